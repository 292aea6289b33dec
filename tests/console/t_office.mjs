// SPDX-License-Identifier: Apache-2.0
// Supervisors, auditors and administrators at work: two people for a promise,
// users, tokens and lanes, early erasure, rates, the audit chain.
import { Desk, lacking, launch } from "./desk.mjs";
import { Hub, PASSWORD, until } from "./hub.mjs";
import { end, skip, test } from "./tap.mjs";

let hub, browser, ada, sofia, aude, car;

function same(what, got, wanted) {
	const a = JSON.stringify(got), b = JSON.stringify(wanted);

	return a === b ? [] : [`${what} is ${a}, wanted ${b}`];
}

const button = (desk, text) =>
	desk.page.locator("button", { hasText: text }).first();

/** The proposer cannot approve; another can, and both see it at once. */
async function twoPeople() {
	await ada.go("settings/policy");
	await sofia.go("settings/policy");
	await ada.page.fill("input >> nth=0", "0.0002");
	await button(ada, "Propose").click();
	await ada.page.waitForSelector(".chip.alarm");
	const own = await ada.page.locator("button",
		{ hasText: /^Approve$/ }).count();

	await sofia.page.waitForSelector(".chip.alarm");
	const { json } = await ada.call("GET", "policy");
	const { status } = await ada.call("POST",
		`policy/proposals/${json.proposal.id}/approval`);

	await sofia.picture("policy");
	await button(sofia, "Approve").click();
	await until(async () => (await ada.call("GET", "policy")).json.fmr ===
		0.0002);
	await ada.page.waitForFunction(() =>
		/1 in 5,000/.test(document.querySelector(".facts")?.textContent));
	const after = (await ada.call("GET", "policy")).json;

	return [...same("the proposer's buttons to approve", own, 0),
		...same("the hub's answer to the proposer", status, 403),
		...same("approved by", after.approved_by.length, 2),
		...same("the other terms", after.retention, json.retention)];
}

async function proposalRejected() {
	await ada.go("lanes");
	await ada.go("settings/policy");
	await ada.page.fill("fieldset input >> nth=1", "48");
	await button(ada, "Propose").click();
	await ada.page.waitForSelector(".chip.alarm");
	await button(ada, "Withdraw").click();
	await ada.page.waitForSelector("fieldset");
	const { json } = await ada.call("GET", "policy");

	return [...same("proposal", json.proposal, null),
		...same("pictures", json.retention.pictures, 336)];
}

async function users() {
	await ada.go("settings/users");
	await button(ada, "Add a user").click();
	await ada.page.fill("dialog input >> nth=0", "noor");
	await ada.page.selectOption("dialog select >> nth=0", "officer");
	await ada.page.selectOption("dialog select >> nth=1", "fr");
	await ada.page.fill("dialog input[type=password]", PASSWORD);
	await button(ada, "Save").click();
	await ada.page.waitForSelector("tbody tr:nth-child(4)");
	await ada.picture("users");
	const noor = await (await Desk.open(browser, hub)).signIn("noor");
	const title = same("noor's title", await noor.text("h1"), "Voie");

	await ada.page.locator("tr", { hasText: "noor" })
		.getByText("Remove").click();
	await ada.page.locator("dialog .danger").click();
	const gone = same("users", await ada.counts("tbody tr", 3), 3);

	/* Who is removed is out with their next call. */
	await noor.page.click("nav a[data-view=lanes]");
	await noor.page.waitForSelector("input[name=user]");
	return [...title, ...gone, ...await noor.close()];
}

async function tokens() {
	await ada.go("settings/tokens");
	await button(ada, "Make a token").click();
	await ada.page.selectOption("dialog select", "lane");
	await ada.page.fill("dialog input", "north-9");
	await ada.page.locator("dialog .primary").click();
	await ada.page.waitForSelector(".secret");
	const token = await ada.text(".secret");
	const let_in = await fetch(`${hub.url}/v1/recipient`,
		{ headers: { Authorization: `Bearer ${token}` } });

	await button(ada, "Close").click();
	await ada.settled();
	const still = await ada.page.evaluate(secret =>
		document.body.innerHTML.includes(secret), token);

	await ada.page.locator("tr", { hasText: "north-9" })
		.getByText("Withdraw").click();
	await ada.page.locator("dialog .danger").click();
	await until(async () => await ada.count("tr >> text=north-9") === 0);
	const after = await fetch(`${hub.url}/v1/recipient`,
		{ headers: { Authorization: `Bearer ${token}` } });

	return [...same("a token that was made", let_in.status, 200),
		...same("a token on the page afterwards", still, false),
		...same("a token that was withdrawn", after.status, 401)];
}

async function lanes() {
	await ada.go("settings/lanes");
	await ada.page.locator("tr", { hasText: "demo-1" })
		.getByText("Edit").click();
	await ada.page.fill("dialog input >> nth=1", "North gate");
	await ada.page.fill("dialog input[type=number]", "99");
	await button(ada, "Save").click();
	await until(async () => /North gate/.test(await ada.text("tbody")));
	await sofia.go("lanes");
	return same("the name in Lanes", /North gate/.test(
		await sofia.text("tbody")), true);
}

async function rates() {
	await sofia.go("lanes/demo-1");
	await sofia.page.waitForSelector(".plot canvas");
	const seen = () => sofia.text("tbody tr:nth-child(1) td:nth-child(4)");
	const before = Number(await seen());
	const row = await sofia.text("tbody tr:nth-child(1)");

	await sofia.picture("lanes");
	await hub.deliver("demo-1", { people: "3..3", seed: 77 });
	await until(async () => Number(await seen()) === before + 3);
	return [...same("seen, by itself", Number(await seen()), before + 3),
		...same("an alarm in words", /Capture under its floor/.test(row),
			true),
		...same("charts", await sofia.count(".plot canvas"), 2)];
}

/** Nothing is shown before a purpose is chosen; pictures only when asked. */
async function record() {
	await sofia.go("crossing");
	const early = await sofia.count("tbody tr");

	await sofia.page.selectOption("form.narrow select", "complaint");
	await button(sofia, "Go on").click();
	await sofia.page.click(`tbody a >> text="${car.vehicle}"`);
	await sofia.page.waitForSelector(".tile");
	await sofia.settled();
	const closed = await sofia.count(".frame img");

	await button(sofia, "Open the pictures").click();
	await sofia.page.waitForSelector(".frame img");
	await sofia.settled();
	const open = await sofia.count(".frame img");
	const { json } = await sofia.call("GET", `crossings/${car.crossing}/trail`);
	const pictures = json.items.filter(l => l.action === "picture" &&
		l.actor === "user:sofia" && l.purpose === "complaint");

	await sofia.picture("crossing");
	return [...same("rows before a purpose", early, 0),
		...same("pictures before they are asked for", closed, 0),
		...open > 1 ? [] : [`${open} pictures`],
		...same("pictures in the chain", pictures.length, open)];
}

async function erases() {
	await button(sofia, "Erase the pictures now").click();
	await sofia.page.locator("dialog .danger").click();
	await sofia.page.waitForSelector(".note");
	await until(async () => await sofia.count(".frame img") === 0);
	const { json } = await sofia.call("GET", `crossings/${car.crossing}`,
		{ purpose: "supervision" });
	const picture = await sofia.call("GET",
		`crossings/${car.crossing}/pictures/o1`, { purpose: "supervision" });

	return [...same("pictures left", json.pictures, []),
		...same("a picture that is asked for", picture.status, 404),
		...same("who did it", /erased before their time/.test(await sofia
			.text("main")) || /had pictures erased/.test(await sofia
			.text("main")), true)];
}

async function audit() {
	await aude.go("audit");
	await aude.page.waitForSelector(".chain.ok");
	await aude.picture("audit");
	const text = await aude.text("main");
	const rows = await aude.page.$$eval(".card tbody th", list =>
		list.map(c => c.textContent));

	await aude.page.fill("form.filters input", "user:sofia");
	await aude.page.keyboard.press("Enter");
	const actors = () => aude.page.$$eval(
		"form.filters ~ div tbody td:nth-child(3)",
		list => String([...new Set(list.map(c => c.textContent))]));

	await until(async () => await actors() === "sofia");
	return [...same("sofia reads", rows.includes("sofia"), true),
		...same("erasures due", /Pictures/.test(text), true),
		...same("links of one person", await actors(), "sofia")];
}

async function auditorSeesNoFace() {
	await aude.go(`crossing/${car.crossing}/audit`);
	return [...same("pictures", await aude.count("img"), 0),
		...same("ways to open them", await aude.page.locator("button",
			{ hasText: "Open the pictures" }).count(), 0),
		...same("the trail", /answer a complaint/.test(
			await aude.text("main")), true)];
}

async function signsOut() {
	await aude.page.click(".me");
	await button(aude, "Sign out").click();
	await aude.page.waitForSelector("input[name=user]");
	await aude.page.goBack();
	await aude.page.reload();
	await aude.page.waitForSelector("input[name=user]");
	return aude.close();
}

async function prepare() {
	hub = new Hub();
	hub.user("ada", "admin");
	hub.user("sofia", "supervisor");
	hub.user("aude", "auditor");
	await hub.start();
	browser = await launch();
	await hub.deliver("demo-1", { count: 12, people: "1..4", seed: 4,
		every: 400000, start: new Date(Date.now() - 5400000).toISOString() });
	car = await hub.deliverMixed("demo-1", 2);
	[ada, sofia, aude] = await Promise.all(["ada", "sofia", "aude"].map(
		async user => (await Desk.open(browser, hub)).signIn(user)));
}

async function main() {
	const why = lacking();

	if (why)
		return skip("offices at work", why);
	await prepare();
	await test("a promise changes by two people", twoPeople);
	await test("a proposal is withdrawn; nothing changed", proposalRejected);
	await test("a user is made, works, and is removed", users);
	await test("a token is shown once, and withdrawn", tokens);
	await test("a lane gets a name and a floor", lanes);
	await test("rates count along by themselves; an alarm in words", rates);
	await test("a purpose first, pictures when asked for", record);
	await test("a supervisor erases pictures early", erases);
	await test("the auditor sees chain, reads and erasures", audit);
	await test("an auditor sees no face", auditorSeesNoFace);
	await test("who signs out is out", signsOut);
	await test("the pages complained of nothing", async () =>
		[...await ada.close(), ...await sofia.close()]);
	return null;
}

try {
	await main();
} finally {
	await browser?.close();
	await hub?.end();
}
end();
