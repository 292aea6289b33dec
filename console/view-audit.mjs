// SPDX-License-Identifier: Apache-2.0
// Audit: is the chain whole, who read what, what was and will be erased.
import { data, fill, h, soon } from "./dom.mjs";
import { explain, get } from "./api.mjs";
import { button, card, chip, empty, facts, field, head, into, say, table }
	from "./parts.mjs";
import { person } from "./session.mjs";
import { clock, day, many, moment, number, t, word } from "./words.mjs";

const PAGE = 50;
const MOST_DUE = 12;
const SETTLE_MS = 2000;

function chain(summary) {
	const ok = summary.state === "ok";

	return h(`div.chain.${ok ? "ok" : "bad"}`, {},
		chip(ok ? "confirmed" : "bad", t(`chain.${ok ? "ok" : "broken"}`)),
		h("p", {}, t(ok ? "chain.ok.text" : "chain.broken.text")),
		summary.fault && data(summary.fault, "code"),
		facts([[t("chain.links"), number(summary.links ?? 0)],
			[t("chain.head"), moment(summary.head_at)],
			[t("chain.verified"), moment(summary.verified)]]));
}

function reads(list) {
	const most = Math.max(1, ...list.map(r => r.pictures));

	if (list.length === 0)
		return h("p.muted", {}, t("reads.none"));
	return table(t("reads.title"), [[t("col.who")], [t("col.pictures")],
		[t("col.views"), "n"], [t("col.rulings"), "n"]],
	list.map(r => {
		const bar = h("span.meter", { "aria-hidden": "true" },
			h("span", {}));

		bar.firstChild.style.width = `${100 * r.pictures / most}%`;
		return [data(person(r.actor)), h("span.metered", {}, bar,
			number(r.pictures)), number(r.views), number(r.rulings)];
	}));
}

function due(list) {
	const next = [...list].sort((a, b) => a.erase < b.erase ? -1 : 1)
		.slice(0, MOST_DUE);

	if (next.length === 0)
		return h("p.muted", {}, t("due.none"));
	return [table(t("due.title"), [[t("col.class")], [t("col.epoch")],
		[t("col.erase")]], next.map(e => [t(`class.${e.class}`),
		day(e.epoch), moment(e.erase)])),
	list.length > next.length && h("p.small.muted", {},
		many("due.rest", list.length - next.length))];
}

function done(list) {
	if (list.length === 0)
		return h("p.muted", {}, t("done.none"));
	return table(t("done.title"), [[t("col.when")], [t("col.what")]],
		list.slice(0, MOST_DUE).map(l => [moment(l.at),
			[word("action", l.action), " ", data(l.detail ?? "")]]));
}

class Links {
	constructor() {
		this.actor = h("input", { maxlength: 64, spellcheck: "false",
			autocapitalize: "none" });
		this.list = h("div", {});
		const submit = event => {
			event.preventDefault();
			this.load();
		};

		this.node = card(t("links.title"), h("form.filters",
			{ onsubmit: submit }, field(t("links.actor"), this.actor,
				t("links.actor.hint")),
			h("button", { type: "submit" }, t("search.do"))),
		this.list);
		this.load();
	}

	ask(after) {
		return get("audit", { query: { limit: PAGE, after,
			actor: this.actor.value.trim() } });
	}

	load() {
		return into(this.list, () => this.ask(), page => {
			this.items = page.items;
			return this.draw(page.next);
		});
	}

	async more(next) {
		try {
			const page = await this.ask(next);

			this.items.push(...page.items);
			fill(this.list, this.draw(page.next));
		} catch (problem) {
			say(explain(problem));
		}
	}

	draw(next) {
		if (this.items.length === 0)
			return empty(t("links.empty.title"), t("links.empty.text"),
				"audit");
		return [table(t("links.title"), [[t("col.number"), "n"],
			[t("col.when")], [t("col.who")], [t("col.what")],
			[t("col.why")], [t("col.about")], [t("col.hash")]],
		this.items.map(l => [number(l.seq), clock(l.at),
			data(person(l.actor)), word("action", l.action),
			l.purpose && l.purpose !== "none"
				? word("purpose", l.purpose) : "–",
			data(l.subject ?? "", "code"),
			data(String(l.hash ?? "").slice(0, 12), "code")])),
		next && button(t("more"), () => this.more(next), "quiet")];
	}
}

export function open(root) {
	const state = h("div", {});
	const readers = h("div", {});
	const soonDue = h("div", {}), wasDone = h("div", {});
	const links = new Links();
	const load = () => {
		into(state, () => get("audit/summary"), summary => {
			fill(readers, reads(summary.reads ?? []));
			return chain(summary);
		});
		into(soonDue, () => get("erasures"), erasures => {
			fill(wasDone, done(erasures.done ?? []));
			return due(erasures.due ?? []);
		});
	};
	const refresh = soon(load, SETTLE_MS);

	fill(root, head(t("nav.audit")), card(t("chain.title"), state),
		h("div.columns", {}, card(t("reads.title"), readers),
			card(t("due.title"), soonDue),
			card(t("done.title"), wasDone)), links.node);
	load();
	return { heard: name => ["erasure", "resync"].includes(name) &&
		refresh(), close: () => refresh.cancel() };
}
