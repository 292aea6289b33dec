// SPDX-License-Identifier: Apache-2.0
// TAP for tests in JavaScript, as tools/tap.py says it for those in Python.

let n = 0;
let failed = 0;

/** Run `check`; it throws, or returns a list of problems, or nothing. */
export async function test(name, check) {
	let problems;

	try {
		problems = await check() ?? [];
	} catch (error) {
		problems = [error.stack ?? String(error)];
	}
	console.log(`${problems.length ? "not ok" : "ok"} ${++n} - ${name}`);
	for (const problem of problems)
		console.log(String(problem).replace(/^/gm, "# "));
	failed += problems.length > 0;
}

export function skip(name, why) {
	console.log(`ok ${++n} - ${name} # SKIP ${why}`);
}

/** The plan, and the exit code. */
export function end() {
	console.log(`1..${n}`);
	process.exitCode = failed > 0 ? 1 : 0;
}
