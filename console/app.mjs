// SPDX-License-Identifier: Apache-2.0
// The frame around the views: sign-in, the rail, addresses, events.
import { data, fill, h } from "./dom.mjs";
import { get, useSession } from "./api.mjs";
import { icon } from "./icons.mjs";
import { hush, listen } from "./live.mjs";
import { may, remembered, role, rolesOf, setSession, views, who }
	from "./session.mjs";
import { empty, head, trouble } from "./parts.mjs";
import { speak, t, word } from "./words.mjs";
import { preferences } from "./preferences.mjs";
import { signIn } from "./view-signin.mjs";

const LOAD = {
	lane: () => import("./view-lane.mjs"),
	review: () => import("./view-review.mjs"),
	crossing: () => import("./view-crossing.mjs"),
	lanes: () => import("./view-lanes.mjs"),
	audit: () => import("./view-audit.mjs"),
	settings: () => import("./view-settings.mjs"),
};

let shown = null; /* the open view: {heard, key, close}, each optional */
let turn = 0; /* of navigations: a late one must not draw */
let live = true;

export function dress() {
	const theme = remembered("theme");

	if (theme)
		document.documentElement.dataset.theme = theme;
	else
		delete document.documentElement.dataset.theme;
}

function address() {
	const [view, ...args] = location.hash.replace(/^#\/?/, "").split("/")
		.map(decodeURIComponent);

	return { view: LOAD[view] ? view : views()[0], args };
}

function refusal(view) {
	return [head(t(`nav.${view}`)), empty(t("refused.title"),
		t("refused.text", { role: word("role", role()),
			roles: rolesOf(view).map(r => word("role", r)).join(", ") }),
		"key")];
}

async function show(first) {
	const { view, args } = address();
	const main = document.getElementById("main");
	const mine = ++turn;

	shown?.close?.();
	shown = null;
	/* What can still be undone stays; the rest has been read. */
	for (const note of document.querySelectorAll(".note:not(:has(button))"))
		note.remove();
	for (const link of document.querySelectorAll("nav a"))
		link.toggleAttribute("aria-current",
			link.dataset.view === view);
	document.querySelector("nav [aria-current]")
		?.setAttribute("aria-current", "page");
	document.title = `${t(`nav.${view}`)} · Exeunt`;
	if (!may(view)) {
		fill(main, refusal(view));
	} else {
		try {
			const module = await LOAD[view]();

			if (mine !== turn)
				return;
			fill(main);
			shown = module.open(main, args);
		} catch (problem) {
			fill(main, trouble(problem, () => show(first)));
		}
	}
	main.dataset.at = location.hash;
	if (!first)
		main.querySelector("h1")?.focus();
}

function drawLive() {
	const place = document.getElementById("live");

	if (place)
		fill(place, icon(live ? "live" : "offline"),
			h("span", {}, t(live ? "live.on" : "live.off")));
	place?.classList.toggle("off", !live);
}

function rail() {
	return h("header.rail", {},
		h("a.brand", { href: "#/" }, icon("out"),
			h("span", { translate: "no" }, "Exeunt")),
		h("nav", { "aria-label": t("nav.label") }, h("ul", {},
			views().map(v => h("li", {}, h("a", { href: `#/${v}`,
				"data-view": v }, icon(v),
			h("span", {}, t(`nav.${v}`))))))),
		h("div.foot", {}, h("p#live", { role: "status" }),
			h("button.me", { type: "button",
				onclick: () => preferences(again) },
			icon("person"), h("span", {}, data(who().user),
				h("small", {}, word("role", role()))),
			h("span.hidden", {}, t("preferences")))));
}

function frame() {
	const skip = h("button.skip", { type: "button",
		onclick: () => document.getElementById("main").focus() },
	t("skip"));

	fill(document.body, skip, rail(), h("main#main", { tabindex: -1 }),
		h("div#said", { role: "status" }));
	drawLive();
}

function heard(name, value) {
	if (name === "state") {
		if (live !== value.live) {
			live = value.live;
			drawLive();
		}
		/* Perhaps it is the session that has ended: then this says so. */
		if (value.ended)
			get("session").catch(() => {});
		return;
	}
	shown?.heard?.(name, value);
}

/** Draw everything anew: somebody else, another language, another look. */
function again(session) {
	if (session === null)
		return leave();
	dress();
	frame();
	return show(true);
}

function leave() {
	hush();
	turn++;
	shown?.close?.();
	shown = null;
	setSession(null);
	useSession(null);
	for (const box of document.querySelectorAll("dialog"))
		box.remove();
	speak(...navigator.languages);
	signIn(enter);
}

function enter(session) {
	setSession(session);
	useSession(session, leave);
	speak(remembered(`language.${session.user}`), session.language,
		...navigator.languages);
	frame();
	listen(heard);
	show(true);
}

/** Plain keys are shortcuts unless switched off, and never while typing. */
function pressed(event) {
	const typing = event.target.closest?.("input, textarea, select, dialog");

	if (typing || event.ctrlKey || event.altKey || event.metaKey ||
	    remembered("keys") === "off")
		return;
	if (shown?.key?.(event.key.toLowerCase()))
		event.preventDefault();
}

async function start() {
	dress();
	speak(...navigator.languages);
	addEventListener("hashchange", () => who() && show(false));
	addEventListener("keydown", pressed);
	try {
		enter(await get("session", { quiet: true }));
	} catch (problem) {
		if (problem.status === 401)
			leave();
		else
			fill(document.body, h("main", {},
				trouble(problem, () => location.reload())));
	}
}

start();
