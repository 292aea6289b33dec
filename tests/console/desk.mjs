// SPDX-License-Identifier: Apache-2.0
// Chromium before the console: people at their desks.
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { PASSWORD, ROOT, until } from "./hub.mjs";

const require = createRequire(path.join(ROOT, "package.json"));
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser",
	"/usr/bin/google-chrome"];
const PATIENCE_MS = 30000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa",
	"best-practice"];

/** Why there is no browser here; null where there is. */
export function lacking() {
	if (!PLACES.some(p => existsSync(p)))
		return "no chromium";
	try {
		require.resolve("playwright-core");
		require.resolve("axe-core");
		return null;
	} catch {
		return "no playwright-core or axe-core (scripts/setup)";
	}
}

export async function launch() {
	const { chromium } = require("playwright-core");
	/* Chromium's own sandbox refuses root. */
	const args = process.getuid() === 0 ? ["--no-sandbox"] : [];

	return chromium.launch({ args,
		executablePath: PLACES.find(p => existsSync(p)) });
}

export class Desk {
	/** @param options of a browser's context: viewport, locale, ... */
	static async open(browser, hub, options = {}) {
		const desk = new Desk();

		desk.hub = hub;
		desk.context = await browser.newContext({ locale: "en-GB",
			viewport: { width: 1280, height: 720 },
			colorScheme: "light", ...options });
		desk.page = await desk.context.newPage();
		desk.page.setDefaultTimeout(PATIENCE_MS);
		desk.wrong = []; /* what the page complained of */
		desk.requests = [];
		desk.page.on("pageerror", e => desk.wrong.push(e.stack));
		desk.page.on("console", m => desk.note(m));
		desk.page.on("request", r => desk.requests.push(r));
		return desk;
	}

	/** A refused call is the hub's answer and no fault of the page. */
	note(message) {
		if (message.type() === "error" &&
		    !/Failed to load resource|net::ERR/.test(message.text()))
			this.wrong.push(message.text());
	}

	async signIn(user, password = PASSWORD) {
		await this.page.goto(this.hub.url);
		await this.page.fill("input[name=user]", user);
		await this.page.fill("input[name=password]", password);
		await this.page.keyboard.press("Enter");
		if (password === PASSWORD)
			await this.page.waitForSelector("nav a");
		return this;
	}

	/** Go to a view by its address, as a link does. */
	async go(view) {
		await this.page.evaluate(to => {
			location.hash = `#/${to}`;
		}, view);
		await this.page.waitForSelector(`main[data-at="#/${view}"] h1`);
		await this.settled();
	}

	/** Nothing is on its way but what the hub will push. */
	async settled() {
		await this.page.waitForFunction(() =>
			!document.querySelector(".waiting, [aria-busy]"));
	}

	async text(selector) {
		return (await this.page.textContent(selector)).trim();
	}

	count(selector) {
		return this.page.locator(selector).count();
	}

	/** Until as many are there; how many were. */
	async counts(selector, wanted) {
		await until(async () => await this.count(selector) === wanted);
		return this.count(selector);
	}

	/** A call from within the page, with its session. */
	call(method, to, { purpose, body } = {}) {
		return this.page.evaluate(async ([m, path_, why, json]) => {
			const { csrf } = await (await fetch("/v1/session")).json();
			const answer = await fetch(`/v1/${path_}`, { method: m,
				headers: { "X-Exeunt-CSRF": csrf,
					"Content-Type": "application/json",
					...(why ? { "X-Exeunt-Purpose": why } : {}) },
				body: json ? JSON.stringify(json) : undefined });

			return { status: answer.status, json: await answer.json()
				.catch(() => null) };
		}, [method, to, purpose, body]);
	}

	/** What axe-core finds on the page as it is. */
	async axe() {
		if (!await this.page.evaluate(() => "axe" in window))
			await this.page.evaluate(require("axe-core").source);
		const { violations } = await this.page.evaluate(tags =>
			window.axe.run(document, { runOnly: tags }), RULES);

		return violations.flatMap(v => v.nodes.map(n =>
			`${v.id}: ${n.target.join(" ")}: ${n.failureSummary}`));
	}

	async picture(name) {
		if (process.env.EXEUNT_SHOTS)
			await this.page.screenshot({ type: "jpeg", quality: 82,
				path: path.join(process.env.EXEUNT_SHOTS,
					`console-${name}.jpg`) });
	}

	async close() {
		await this.context.close();
		return this.wrong;
	}
}
