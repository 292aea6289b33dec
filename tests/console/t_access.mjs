// SPDX-License-Identifier: Apache-2.0
// The console for everybody: each role, three languages, light and dark, a
// tablet, and what axe-core finds by WCAG 2.2 AA.
import { readFileSync } from "node:fs";
import path from "node:path";
import { Desk, lacking, launch } from "./desk.mjs";
import { Hub, ROOT } from "./hub.mjs";
import { end, skip, test } from "./tap.mjs";

const PEOPLE = { ana: "officer", sofia: "supervisor", aude: "auditor",
	ada: "admin" };
const VIEWS = { officer: ["lane", "review", "crossing", "lanes"],
	supervisor: ["lane", "review", "crossing", "lanes", "audit",
		"settings"],
	auditor: ["crossing", "lanes", "audit"],
	admin: ["lanes", "settings"] };
/** Calls of the hub and who is let through. */
const CALLS = [
	["GET", "queue", ["officer", "supervisor"], "review"],
	["GET", "crossings", ["officer", "supervisor", "auditor"],
		"supervision"],
	["GET", "audit/summary", ["supervisor", "auditor"]],
	["GET", "erasures", ["supervisor", "auditor"]],
	["GET", "users", ["admin"]],
	["GET", "tokens", ["admin"]],
];
const TABS = ["policy", "configuration", "users", "tokens", "lanes"];
const TABLETS = [[1024, 768], [820, 1180], [1280, 720]];
const SMALLEST_PX = 24; /* WCAG 2.2, 2.5.8 */

let hub, browser, crossing;

async function at(user, options) {
	return (await Desk.open(browser, hub, options)).signIn(user);
}

/** Every place there is for a role: [address, how to get there]. */
function places(role) {
	const list = VIEWS[role].map(v => v === "settings" ? null : [v])
		.filter(Boolean);

	if (VIEWS[role].includes("crossing"))
		list.push([`crossing/${crossing}/${role === "auditor" ? "audit"
			: role === "officer" ? "crossing" : "supervision"}`]);
	if (VIEWS[role].includes("settings"))
		list.push(...TABS.filter((t, i) => role === "admin" || i < 2)
			.map(t => [`settings/${t}`]));
	return list.map(([address]) => address);
}

async function refusals(user, role) {
	const desk = await at(user);
	const problems = [];
	const seen = await desk.page.$$eval("nav a", list =>
		list.map(a => a.dataset.view));

	if (String(seen) !== String(VIEWS[role]))
		problems.push(`${role} sees ${seen}`);
	for (const view of VIEWS.supervisor) {
		await desk.go(view);
		const refused = await desk.count(".empty") === 1 &&
			/not part of your role/.test(await desk.text(".empty"));

		if (refused === VIEWS[role].includes(view))
			problems.push(`${view}: ${refused ? "refused" : "open"}`);
	}
	for (const [method, to, roles, purpose] of CALLS) {
		const { status } = await desk.call(method, to, { purpose });
		const wanted = roles.includes(role) ? 200 : 403;

		if (status !== wanted)
			problems.push(`${to}: ${status}, wanted ${wanted}`);
	}
	return [...problems, ...await desk.close()];
}

/** A picture asked for without a purpose, or by who may see none. */
async function pictureRefusals() {
	const to = `crossings/${crossing}/pictures/o1`;
	const ana = await at("ana"), aude = await at("aude");
	const without = (await ana.call("GET", to)).status;
	const auditor = (await aude.call("GET", to, { purpose: "audit" })).status;

	return [without === 400 ? null : `without a purpose: ${without}`,
		auditor === 403 ? null : `an auditor: ${auditor}`]
		.filter(Boolean).concat(await ana.close(), await aude.close());
}

async function axe(user, role, options) {
	const desk = await at(user, options);
	const problems = [];

	for (const address of places(role)) {
		await desk.go(address);
		for (const found of await desk.axe())
			problems.push(`${address}: ${found}`);
	}
	await desk.page.click(".me");
	for (const found of await desk.axe())
		problems.push(`preferences: ${found}`);
	return [...problems, ...await desk.close()];
}

async function axeSignIn() {
	const desk = await Desk.open(browser, hub);

	await desk.page.goto(hub.url);
	await desk.page.waitForSelector("input");
	return [...await desk.axe(), ...await desk.close()];
}

async function themes() {
	const desk = await at("ana", { colorScheme: "dark" });
	const ground = () => desk.page.evaluate(() =>
		getComputedStyle(document.body).backgroundColor);
	const dark = await ground();

	await desk.page.click(".me");
	await desk.page.selectOption("dialog select", "light");
	const light = await ground();

	await desk.page.reload();
	await desk.page.waitForSelector("nav");
	const kept = await ground();
	const sum = text => text.match(/\d+/g).slice(0, 3)
		.reduce((n, v) => n + Number(v), 0);

	return [sum(dark) < 150 ? null : `dark is ${dark}`,
		sum(light) > 600 ? null : `light is ${light}`,
		kept === light ? null : "the choice is not kept"]
		.filter(Boolean).concat(await desk.close());
}

/** Spanish by the user's setting, French by the browser before sign-in. */
async function languages() {
	const desk = await Desk.open(browser, hub,
		{ locale: "fr-FR", colorScheme: "dark" });

	await desk.page.goto(hub.url);
	await desk.page.waitForSelector("h1");
	const before = await desk.text("h1");

	await desk.signIn("luz");
	await desk.go("review");
	const after = [await desk.text("h1"), await desk.page.evaluate(() =>
		document.documentElement.lang)];

	await desk.settled();
	await desk.picture("spanish");
	return [before === "Connexion" ? null : `before: ${before}`,
		String(after) === "Revisión,es" ? null : `after: ${after}`]
		.filter(Boolean).concat(await desk.close());
}

/** The English catalogue with every text between brackets: what stands
 *  outside them did not come from it, unless it is marked as data. */
async function noOtherText(user, role) {
	const desk = await Desk.open(browser, hub);
	const source = readFileSync(path.join(ROOT, "console", "words-en.mjs"),
		"utf8").replace(/^(\t"[^"]+": ")(.*)(",)$/gm, "$1⟦$2⟧$3");
	const outside = () => desk.page.evaluate(() => {
		const raw = "[translate=no], time, code, option[translate=no]";
		const walk = document.createTreeWalker(document.body,
			NodeFilter.SHOW_TEXT);
		const letters = /\p{L}/u;
		const rest = text => text.replace(/⟦[^⟦⟧]*⟧/g, "");
		const clean = text => {
			for (let last = ""; last !== text;) {
				last = text;
				text = rest(text);
			}
			return text;
		};
		const found = [];

		for (let n = walk.nextNode(); n; n = walk.nextNode())
			if (letters.test(clean(n.data)) &&
			    !n.parentElement.closest(raw) && !/^[A-Z]$/.test(n.data))
				found.push(n.data);
		for (const e of document.querySelectorAll(
			"[aria-label], [alt], [placeholder]"))
			for (const a of ["aria-label", "alt", "placeholder"])
				if (letters.test(clean(e.getAttribute(a) ?? "")))
					found.push(`${a}=${e.getAttribute(a)}`);
		return found;
	});
	const problems = [];

	await desk.page.route("**/words-en.mjs", route => route.fulfill(
		{ contentType: "text/javascript; charset=utf-8", body: source }));
	await desk.signIn(user);
	for (const address of places(role)) {
		await desk.go(address);
		for (const text of await outside())
			problems.push(`${address}: ${text}`);
	}
	return [...problems, ...await desk.close()];
}

/** No sideways scrolling, and nothing too small to be touched. */
async function tablet([width, height]) {
	const desk = await at("sofia", { viewport: { width, height },
		hasTouch: true });
	const problems = [];

	for (const address of places("supervisor")) {
		await desk.go(address);
		const found = await desk.page.evaluate(least => {
			const main = document.querySelector("main");
			const small = [...document.querySelectorAll(
				"button, select, input:not([type=checkbox]), nav a")]
				.filter(e => e.checkVisibility())
				.map(e => [e, e.getBoundingClientRect()])
				.filter(([, r]) => r.height < least || r.width < least)
				.map(([e]) => `${e.tagName} ${e.textContent}`);

			return { small, wide: main.scrollWidth - main.clientWidth +
				document.documentElement.scrollWidth -
				innerWidth };
		}, SMALLEST_PX);

		if (found.wide > 0)
			problems.push(`${address}: ${found.wide} px too wide`);
		problems.push(...found.small.map(s => `${address}: small: ${s}`));
	}
	if (height > width) {
		await desk.go("lane");
		await desk.picture("tablet");
	}
	return [...problems, ...await desk.close()];
}

async function stillness() {
	const desk = await at("ana", { reducedMotion: "reduce" });

	await desk.go("lane");
	const moving = await desk.page.evaluate(() =>
		document.getAnimations().filter(a =>
			a.effect.getComputedTiming().duration > 250).length);

	return [...moving ? [`${moving} animations`] : [], ...await desk.close()];
}

/** By Tab alone, from the first element on, the focus can be seen. */
async function focus() {
	const desk = await at("ana");
	const problems = [];

	await desk.go("review");
	await desk.page.evaluate(() => document.activeElement.blur());
	for (let i = 0; i < 12; i++) {
		await desk.page.keyboard.press("Tab");
		const seen = await desk.page.evaluate(() => {
			const e = document.activeElement;
			const style = getComputedStyle(e);

			return e === document.body || style.outlineStyle !== "none" &&
				parseFloat(style.outlineWidth) >= 2 ? null : e.outerHTML;
		});

		if (seen)
			problems.push(`no focus seen on ${seen.slice(0, 120)}`);
	}
	return [...problems, ...await desk.close()];
}

async function prepare() {
	hub = new Hub();
	for (const [name, role] of Object.entries(PEOPLE))
		hub.user(name, role);
	hub.user("luz", "officer", "es");
	await hub.start();
	browser = await launch();
	await hub.deliver("demo-2", { count: 3, people: "1..3", seed: 5 });
	await hub.deliver("demo-1", { count: 6, people: "2..5", seed: 3 });
	({ crossing } = await hub.deliverMixed("demo-1", 3));
}

async function main() {
	const why = lacking();

	if (why)
		return skip("the console for everybody", why);
	await prepare();
	for (const [user, role] of Object.entries(PEOPLE))
		await test(`what is not part of the role is refused: ${role}`,
			() => refusals(user, role));
	await test("no picture without a purpose, none for an auditor",
		pictureRefusals);
	await test("axe: sign-in", axeSignIn);
	for (const colorScheme of ["light", "dark"])
		for (const [user, role] of Object.entries(PEOPLE))
			await test(`axe: every view, ${role}, ${colorScheme}`,
				() => axe(user, role, { colorScheme }));
	await test("light and dark: the system's, or what was chosen", themes);
	await test("the language is the user's, before that the browser's",
		languages);
	for (const [user, role] of Object.entries(PEOPLE))
		await test(`no text but the catalogue's: ${role}`,
			() => noOtherText(user, role));
	for (const size of TABLETS)
		await test(`fits ${size.join(" x ")}, by touch`,
			() => tablet(size));
	await test("nothing moves where that is not wanted", stillness);
	await test("the focus can be seen", focus);
	return null;
}

try {
	await main();
} finally {
	await browser?.close();
	await hub?.end();
}
end();
