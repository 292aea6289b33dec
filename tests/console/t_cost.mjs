// SPDX-License-Identifier: Apache-2.0
// Twenty lanes live, a vehicle every six seconds each: what that costs the
// browser, by Chromium's own account and by the system's.
import { readdirSync, readFileSync } from "node:fs";
import { Desk, lacking, launch } from "./desk.mjs";
import { Hub, until, wait } from "./hub.mjs";
import { end, skip, test } from "./tap.mjs";

const LANES = 20;
const EVERY_MS = 6000;
const SPAN_MS = 18000;
const MOST = 0.1; /* of a core */
const TICKS = 100; /* a second: sysconf(_SC_CLK_TCK) on Linux */

let hub, browser;

/** Of a process and of those it started: [parent, seconds of processor]. */
function processes() {
	const out = new Map();

	for (const pid of readdirSync("/proc").filter(n => /^\d+$/.test(n)))
		try {
			const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
			const rest = stat.slice(stat.lastIndexOf(")") + 2).split(" ");

			out.set(Number(pid), [Number(rest[1]),
				(Number(rest[11]) + Number(rest[12])) / TICKS]);
		} catch {
			/* ended meanwhile */
		}
	return out;
}

/** Seconds of processor of every process of the browser. */
function spent(root) {
	const all = processes();
	const inside = pid => pid === root ||
		all.has(pid) && inside(all.get(pid)[0]);

	return [...all].filter(([pid]) => inside(pid))
		.reduce((sum, [, [, s]]) => sum + s, 0);
}

/** The vehicles of all lanes, in the order in which they are sent. */
async function vehicles(n) {
	const lanes = [];

	for (let i = 0; i < LANES; i++)
		lanes.push(await hub.make(`lane-${i + 1}`,
			{ count: n, people: "1..4", seed: 100 + i }));
	return Array.from({ length: n }, (_, k) => lanes.map(l => l[k])).flat();
}

async function drive(list, ms) {
	const began = Date.now();
	const gap = EVERY_MS / LANES;
	let n = 0;

	while (Date.now() - began < ms && n < list.length) {
		await hub.send(list[n++]);
		await wait(Math.max(0, began + n * gap - Date.now()));
	}
	return n;
}

async function metrics(cdp) {
	const { metrics: list } = await cdp.send("Performance.getMetrics");

	return Object.fromEntries(list.map(m => [m.name, m.value]));
}

async function measure(desk, root, list) {
	const cdp = await desk.context.newCDPSession(desk.page);

	await cdp.send("Performance.enable");
	await wait(1000);
	const began = Date.now(), before = await metrics(cdp), cpu = spent(root);
	const n = await drive(list, SPAN_MS);

	await wait(500);
	const after = await metrics(cdp), s = (Date.now() - began) / 1000;
	const tasks = (after.TaskDuration - before.TaskDuration) / s;
	const all = (spent(root) - cpu) / s;

	console.log(`# ${n} vehicles in ${s.toFixed(1)} s: tasks of the page ${
		(100 * tasks).toFixed(1)} % of a core, every process of the ` +
		`browser ${(100 * all).toFixed(1)} %`);
	return [n > SPAN_MS / EVERY_MS * LANES * 0.8 ? null
		: `only ${n} vehicles were sent`,
	tasks < MOST ? null : `tasks took ${(100 * tasks).toFixed(1)} % of a core`]
		.filter(Boolean);
}

async function main() {
	const why = lacking();

	if (why)
		return skip("twenty lanes live", why);
	hub = new Hub();
	hub.user("sofia", "supervisor");
	await hub.start();
	const server = await launch();

	browser = server;
	const per = SPAN_MS / EVERY_MS;
	const list = await vehicles(2 * per + 1);
	const desk = await (await Desk.open(browser, hub)).signIn("sofia");
	const root = [...processes()].find(([pid, [parent]]) =>
		parent === process.pid && pid !== hub.process.pid &&
		/chrom/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8")))[0];

	for (const one of list.splice(0, LANES))
		await hub.send(one);
	await desk.go("lanes");
	await desk.counts("tbody tr", LANES);
	await test(`${LANES} lanes live cost under ${100 * MOST} % of a core: ` +
		"the view of all lanes", () =>
		measure(desk, root, list.splice(0, per * LANES)));
	await desk.go("lane/lane-1");
	await until(async () => await desk.count(".top h2") === 1);
	await test(`${LANES} lanes live cost under ${100 * MOST} % of a core: ` +
		"a lane with its pictures", () => measure(desk, root, list));
	return null;
}

try {
	await main();
} finally {
	await browser?.close();
	await hub?.end();
}
end();
