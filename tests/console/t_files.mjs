// SPDX-License-Identifier: Apache-2.0
// The console's files as they lie: which there are, what may not be in them,
// and that the three catalogues say the same things.
//
//     node t_files.mjs ROOT
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { end, test } from "./tap.mjs";

const ROOT = path.resolve(process.argv[2]);
const FOLDER = path.join(ROOT, "console");
const LONGEST = 300;
const NOT_SERVED = ["README.md", "meson.build"];
const FROM_NPM = ["uplot.css", "uplot.mjs"];
const LANGUAGES = ["en", "es", "fr"];

const read = (...parts) => readFileSync(path.join(...parts), "utf8");
const files = readdirSync(FOLDER).filter(n => !NOT_SERVED.includes(n));
const modules = files.filter(n => n.endsWith(".mjs"));
const code = modules.filter(n => !n.startsWith("words-"));
const texts = Object.fromEntries(files.map(n => [n, read(FOLDER, n)]));
const catalogues = {};

for (const l of LANGUAGES)
	catalogues[l] = (await import(pathToFileURL(
		path.join(FOLDER, `words-${l}.mjs`)))).default;

function differences(what, got, wanted) {
	return [...wanted.filter(n => !got.includes(n))
		.map(n => `${what} lacks ${n}`),
	...got.filter(n => !wanted.includes(n))
		.map(n => `${what} has ${n}, which is not there`)];
}

function served() {
	const list = read(ROOT, "src", "hub", "console_files.inc");
	const build = read(FOLDER, "meson.build");
	const own = build.match(/console_files = \[([^\]]*)/)[1];

	return [...differences("console_files.inc",
		[...list.matchAll(/^EX_CONSOLE_FILE\("([^"]+)"/gm)]
			.map(m => m[1]), [...files, ...FROM_NPM]),
	...differences("console/meson.build",
		[...own.matchAll(/'([^']+)'/g)].map(m => m[1]), files)];
}

/** Lines of `names` that hold `pattern`. */
function holding(names, pattern) {
	return names.flatMap(name => texts[name].split("\n")
		.map((line, i) => [line, `${name}:${i + 1}: ${line.trim()}`])
		.filter(([line]) => pattern.test(line)).map(([, said]) => said));
}

function wellFormed() {
	return modules.flatMap(name => {
		const run = spawnSync(process.execPath,
			["--check", path.join(FOLDER, name)], { encoding: "utf8" });

		return run.status === 0 ? [] : [`${name}: ${run.stderr}`];
	});
}

function imports() {
	return modules.flatMap(name =>
		[...texts[name].matchAll(/^import\b[^"]*"([^"]+)"|\bimport\("([^"]+)"/gm)]
			.map(m => m[1] ?? m[2])
			.filter(from => !from.startsWith("./") ||
				![...files, ...FROM_NPM].includes(from.slice(2)))
			.map(from => `${name} imports ${from}`));
}

function html() {
	const text = texts["index.html"];

	return [
		/<script(?![^>]*\bsrc=)/.test(text) && "a script in the page",
		/\bstyle[=>]/.test(text) && "a style in the page",
		/\son\w+=/.test(text) && "a handler in the page",
		/https?:/.test(text) && "an address elsewhere",
	].filter(Boolean);
}

const holes = text => [...text.matchAll(/\{(\w+)\}/g)].map(m => m[1])
	.sort().join(" ");

function sameKeys() {
	const english = Object.keys(catalogues.en);

	return LANGUAGES.slice(1).flatMap(l => [
		...differences(l, Object.keys(catalogues[l]), english),
		...english.filter(k => holes(catalogues.en[k]) !==
			holes(catalogues[l][k] ?? ""))
			.map(k => `${l}: ${k} has other values to fill in`)]);
}

/** Keys named whole, and the beginnings of those put together. */
function named() {
	const all = code.map(n => texts[n]).join("\n");
	const whole = new Set([...all.matchAll(/"([a-z0-9_-]+(?:\.[a-z0-9_-]+)*)"/g)]
		.map(m => m[1]));
	const begun = [...all.matchAll(/`([a-z-]+)\.\$\{/g)].map(m => `${m[1]}.`);

	for (const m of all.matchAll(/word\("([a-z-]+)"/g))
		begun.push(`${m[1]}.`);
	return { whole, begun: [...new Set(begun)] };
}

function keysUsed() {
	const { whole, begun } = named();

	return Object.keys(catalogues.en).filter(key => {
		const stem = key.replace(/\.(one|other)$/, "");

		return !whole.has(key) && !whole.has(stem) &&
			!begun.some(b => key.startsWith(b));
	}).map(key => `nobody says ${key}`);
}

function keysThere() {
	const english = catalogues.en;
	const asked = code.flatMap(name => [...texts[name]
		.matchAll(/\b(t|many)\(\s*"([^"]+)"/g)]
		.map(m => [name, m[1] === "many" ? `${m[2]}.other` : m[2]]));

	return asked.filter(([, key]) => !(key in english))
		.map(([name, key]) => `${name} asks for ${key}`);
}

/** Each word of the program's tables can be said. */
function tables() {
	const table = {
		"facts/include/exeunt/causes": ["cause", "cause-short"],
		"facts/include/exeunt/seats": ["seat"],
		"ledger/include/exeunt/actions": ["action"],
		"ledger/include/exeunt/purposes": ["purpose"],
		"ledger/include/exeunt/rulings": ["ruling"],
	};

	return Object.entries(table).flatMap(([name, stems]) =>
		[...read(ROOT, "src", `${name}.inc`)
			.matchAll(/^EX_WORD\(\w+,\s*"([^"]+)"/gm)]
			.flatMap(m => stems.map(stem => `${stem}.${m[1]}`))
			.filter(key => !(key in catalogues.en))
			.map(key => `no text for ${key}`));
}

await test("what the hub serves and the build copies is what there is",
	served);
await test("every module is well formed", wellFormed);
await test("modules import each other alone", imports);
await test("no markup is made of text, no text is run", () => holding(code,
	/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\("(style|on)/));
await test("nothing asks again and again", () =>
	holding(code, /setInterval/));
await test("nothing is fetched from elsewhere", () => holding(
	files.filter(n => n !== "icon.svg"),
	/https?:\/\/(?!www\.w3\.org\/2000\/svg")/));
await test("the page has no script, style or handler of its own", html);
await test(`no file is over ${LONGEST} lines`, () => files
	.filter(n => !n.startsWith("words-"))
	.filter(n => texts[n].split("\n").length > LONGEST + 1));
await test("every file names its licence", () => files
	.filter(n => n !== "icon.svg" &&
		!texts[n].slice(0, 120).includes("SPDX-License-Identifier")));
await test("the catalogues have the same keys and the same values to fill in",
	sameKeys);
await test("every key that is asked for is there", keysThere);
await test("every key that is there is asked for", keysUsed);
await test("every word of the program's tables can be said", tables);
end();
