// SPDX-License-Identifier: Apache-2.0
// An officer's work in a real browser: sign in, see vehicles arrive, decide.
import { Desk, lacking, launch } from "./desk.mjs";
import { Hub, until, wait } from "./hub.mjs";
import { end, skip, test } from "./tap.mjs";

const REVIEW = { purpose: "review" };
const QUIET_MS = 3000;
const LANE_MS = 240000;

let hub, browser, ana;

function same(what, got, wanted) {
	const a = JSON.stringify(got), b = JSON.stringify(wanted);

	return a === b ? [] : [`${what} is ${a}, wanted ${b}`];
}

const queue = async () => (await ana.call("GET", "queue", REVIEW)).json.items;
const stage = () => ana.page.evaluate(() =>
	document.querySelector(".case h2")?.textContent ?? "");
const answers = () => ana.page.evaluate(() =>
	[...document.querySelectorAll(".answer")].map(b => [b.dataset.answer,
		b === document.activeElement, b.getAttribute("aria-pressed")]));
async function press(...keys) {
	for (const key of keys)
		await ana.page.keyboard.press(key);
	await ana.settled();
}

async function wrongPassword() {
	const desk = await Desk.open(browser, hub);

	await desk.signIn("ana", "not the password");
	await desk.page.waitForSelector("[role=alert] p");
	const problems = [
		...same("who is in", await desk.count("nav"), 0),
		...same("the password's field",
			await desk.page.inputValue("input[name=password]"), ""),
		...same("where the focus is", await desk.page.evaluate(() =>
			document.activeElement.name), "password")];

	return [...problems, ...await desk.close()];
}

async function signsIn() {
	await ana.signIn("ana");
	await ana.settled();
	return [...same("title", await ana.text("h1"), "Lane"),
		...same("views", await ana.page.$$eval("nav a", list =>
			list.map(a => a.dataset.view)),
		["lane", "review", "crossing", "lanes"]),
		...same("an empty place says what will come",
			await ana.text(".empty h2"), "No lane is known yet")];
}

async function appears() {
	hub.token("demo-1");
	await hub.deliver("demo-1", { people: "1..1", officer: 0 });
	await ana.page.reload();
	await ana.page.waitForSelector(".tile");
	await ana.settled();
	const asked = ana.requests.length;

	await wait(QUIET_MS);
	const quiet = same("calls while nothing happens",
		ana.requests.length - asked, 0);
	const car = await hub.deliverMixed("demo-1", 3);
	const began = Date.now();

	await until(async () => await ana.text(".top h2") === car.vehicle);
	const took = Date.now() - began;

	await ana.settled();
	await ana.picture("lane");
	return [...quiet, ...took < 2000 ? [] : [`it took ${took} ms`],
		...same("tiles", await ana.count(".tile"), car.seen),
		...same("confirmed", await ana.count(".tile.confirmed"),
			car.confirmed),
		...same("the sum", await ana.text(".sum"), `${car.seen} seen = ${
			car.confirmed} confirmed + 1 officer 1 waits for an officer`),
		...same("one listed as before", await ana.count(".before li"), 1)];
}

/** As many as were shown were asked for, by name, and none can be had again. */
async function opensPictures() {
	const shots = ana.requests.filter(r => /pictures\/[od]/.test(r.url()));
	const shown = await ana.page.$$eval(".frame img", list =>
		list.map(i => [i.src, i.naturalWidth, i.alt]));
	const again = await ana.page.evaluate(async sources => {
		const kept = await Promise.allSettled(sources.map(src => {
			const image = new Image();

			image.src = src;
			return image.decode();
		}));

		return kept.filter(k => k.status === "fulfilled").length;
	}, shown.map(([src]) => src));
	const twice = shots.map(r => r.url())
		.filter((u, i, all) => all.indexOf(u) !== i);

	return [...shown.length > 3 ? [] : [`${shown.length} pictures`],
		...same("pictures without size", shown.filter(s => !s[1]), []),
		...same("pictures without words", shown.filter(s => !s[2]), []),
		...same("pictures that are kept", again, 0),
		...same("calls without a purpose", shots.filter(r =>
			r.headers()["x-exeunt-purpose"] !== "crossing").length, 0),
		...same("pictures opened twice", twice, [])];
}

async function holds() {
	const before = await ana.text(".top h2");

	await press("h");
	await hub.deliver("demo-1", { people: "1..1", officer: 0 });
	await ana.page.waitForSelector(".newer:not(:empty)");
	const held = same("held", await ana.text(".top h2"), before);

	await press("h");
	await until(async () => await ana.text(".top h2") !== before);
	return [...held, ...(await ana.text(".top h2")) === before
		? ["it is not let go"] : []];
}

/** The real thing: frames, faces, documents, envelope, hub, screen. */
async function realLane() {
	const lane = hub.runLane("demo-7", 2);

	lane.catch(() => {}); /* said where it is awaited */
	await ana.go("lanes");
	await ana.page.waitForSelector("tr >> text=demo-7",
		{ timeout: LANE_MS });
	await ana.go("lane/demo-7");
	const last = (await lane).at(-1);

	await until(async () => await ana.text(".top h2") === last.vehicle);
	await ana.settled();
	const shown = await ana.count(".frame img");

	await ana.go("lane/demo-1");
	return [...same("the vehicle", (await lane).length, 2),
		...same("tiles", last.seen > 0, true),
		...shown >= last.seen ? [] : [`${shown} pictures of ${last.seen}`]];
}

/** J and K move, D shows another document, and nothing is prepared. */
async function moves() {
	await hub.deliver("demo-1", { people: "3..3", officer: 1, seed: 21 });
	await ana.go("review");
	await ana.page.waitForSelector(".answer");
	const first = await stage();
	const prepared = (await answers()).filter(([, focus, on]) =>
		focus || on);

	await ana.picture("review");
	await press("j");
	const second = await stage();

	await press("k");
	const sizes = await ana.page.$$eval(".faces .frame", list =>
		list.map(f => [f.clientWidth, f.clientHeight].join("x")));
	const problems = [...same("an answer that is prepared", prepared, []),
		...same("back again", await stage(), first),
		...same("sizes of the two pictures", new Set(sizes).size, 1),
		...second === first ? ["J does not move"] : []];
	const other = () => ana.page.$$eval(".others button", list =>
		list.findIndex(b => b.getAttribute("aria-pressed") === "true"));

	await press("j", "d");
	const shown = await other();

	await press("k");
	return [...problems, ...same("the document after D", shown, 1)];
}

async function samePerson() {
	const [one] = await queue();

	await ana.go("review");
	await press("1");
	await until(async () => (await queue())[0]?.occupant.n !== one.occupant.n ||
		(await queue())[0].crossing !== one.crossing);
	const { json } = await ana.call("GET", `crossings/${one.crossing}`, REVIEW);
	const [ruling] = json.rulings.filter(r => r.occupant === one.occupant.n);

	return [...same("decision", ruling?.decision, "same-person"),
		...same("by", ruling?.actor, "user:ana"),
		...same("undo is offered", await ana.count(".note button"), 1)];
}

async function undoes() {
	const before = (await queue()).length;

	await press("u");
	await until(async () => (await queue()).length === before + 1);
	const after = await queue();
	const { json } = await ana.call("GET",
		`crossings/${after[0].crossing}`, REVIEW);
	const kinds = json.rulings.map(r => r.decision);

	return [...same("waiting again", after.length, before + 1),
		...same("what is recorded", kinds, ["same-person", "undone"])];
}

async function notThisDocument() {
	await ana.go("lanes");
	await ana.go("review");
	const [one] = await queue();
	const shown = await ana.text(".faces .picture:nth-child(2) figcaption");

	await press("2");
	await until(async () => (await queue())[0].occupant.rulings.length >
		one.occupant.rulings.length);
	const [now] = await queue();

	return [...same("still waiting", now.occupant.n, one.occupant.n),
		...same("documents left", now.documents.length,
			one.documents.length - 1),
		...(await ana.text(".faces .picture:nth-child(2)")) === shown
			? ["the document that was ruled out is still shown"] : []];
}

async function byHand() {
	const [one] = await queue();

	await press("3");
	const asked = same("the focus is in the reason", await ana.page
		.evaluate(() => document.activeElement.tagName), "TEXTAREA");

	await ana.page.keyboard.type("ok");
	await press("Enter");
	const short = await ana.count(".reason-form .said");

	await press("Escape");
	const back = await ana.count(".answer");

	await press("3");
	await ana.page.keyboard.type("jk12 compared face to face");
	await press("Enter");
	await until(async () => !(await queue()).some(i => i.crossing ===
		one.crossing && i.occupant.n === one.occupant.n));
	const { json } = await ana.call("GET", `crossings/${one.crossing}`, REVIEW);

	return [...asked, ...same("a short reason is refused", short, 1),
		...same("Escape brings the answers back", back, 3),
		...same("the reason", json.rulings.at(-1).reason,
			"jk12 compared face to face")];
}

async function empties() {
	for (let n = (await queue()).length; n > 0; n--) {
		await press("3");
		await ana.page.keyboard.type("document checked by hand");
		await press("Enter");
		await until(async () => (await queue()).length < n);
	}
	await ana.page.waitForSelector(".stage .empty");
	const [car] = await hub.deliver("demo-1",
		{ people: "1..1", officer: 1, seed: 31 });

	await ana.page.waitForSelector(".answer");
	return same("who comes next", (await stage()).split(" ")[0],
		car.vehicle);
}

/** Two officers: what one decides leaves the other's queue by itself. */
async function colleague() {
	const marc = await (await Desk.open(browser, hub)).signIn("marc");

	await marc.go("review");
	await marc.page.waitForSelector(".answer");
	await ana.go("review");
	await ana.page.waitForSelector(".answer");
	await press("3");
	await ana.page.keyboard.type("second line took over");
	await press("Enter");
	await marc.page.waitForSelector(".stage .empty");
	return marc.close();
}

async function keysOff() {
	await hub.deliver("demo-1", { people: "1..1", officer: 1, seed: 41 });
	await ana.page.waitForSelector(".answer");
	await ana.page.click(".me");
	await ana.page.click("dialog input[type=checkbox]");
	await press("Escape");
	await press("3");
	const off = same("forms while keys are off",
		await ana.count("textarea"), 0);

	await ana.page.click(".me");
	await ana.page.click("dialog input[type=checkbox]");
	await press("Escape");
	return off;
}

/** The hub goes away and comes back: the console says so, and goes on. */
async function outage() {
	await ana.go("lane");
	const code = await hub.stop();

	await ana.page.waitForSelector("#live.off");
	await hub.start();
	await ana.page.waitForSelector("#live:not(.off), input[name=user]",
		{ timeout: 30000 });
	if (await ana.count("input[name=user]"))
		await ana.signIn("ana");
	const [car] = await hub.deliver("demo-1", { people: "2..2", seed: 51 });

	await until(async () => await ana.text(".top h2") === car.vehicle);
	return [...same("the hub's exit code", code, 0),
		...same("the vehicle", await ana.text(".top h2"), car.vehicle)];
}

async function main() {
	const why = lacking();

	if (why)
		return skip("officers at work", why);
	hub = new Hub();
	hub.user("ana", "officer");
	hub.user("marc", "officer");
	await hub.start();
	browser = await launch();
	ana = await Desk.open(browser, hub);
	await test("a wrong password is refused, in words", wrongPassword);
	await test("an officer signs in and sees what will appear", signsIn);
	await test("a vehicle appears by itself; nothing polls", appears);
	await test("pictures name their purpose and are let go", opensPictures);
	await test("a vehicle can be held", holds);
	await test("the vehicles of a lane that runs appear", realLane);
	await test("J, K and D move; no answer is prepared", moves);
	await test("1: same person", samePerson);
	await test("U takes it back by an entry of its own", undoes);
	await test("2: not this document; the person still waits",
		notThisDocument);
	await test("3: handled by hand, with a reason", byHand);
	await test("who joins an empty queue appears by themselves", empties);
	await test("what a colleague decided is gone", colleague);
	await test("single keys can be switched off", keysOff);
	await test("an outage of the hub is said, and passes", outage);
	await test("the page complained of nothing", () => ana.close());
	return null;
}

try {
	await main();
} finally {
	await browser?.close();
	await hub?.end();
}
end();
