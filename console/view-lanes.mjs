// SPDX-License-Identifier: Apache-2.0
// Lanes: how each does today, its rates and causes over time, alarms.
import { data, fill, h, soon } from "./dom.mjs";
import { get, part } from "./api.mjs";
import { causesChart, rateChart } from "./charts.mjs";
import { card, chip, choice, empty, head, into, table } from "./parts.mjs";
import { clock, many, number, percent, t, word } from "./words.mjs";

/** Causes by which a face was not captured, rather than not matched. */
const CAPTURE = ["glare", "dark", "blur", "small", "pose", "occluded"];
const HOUR_MS = 3600000;
const DAY_MS = 24 * HOUR_MS;
const SPANS = { day: { step: "hour", ms: DAY_MS },
	week: { step: "hour", ms: 7 * DAY_MS },
	month: { step: "day", ms: 30 * DAY_MS } };
const DRAW_MS = 500; /* however many vehicles arrive meanwhile */
const CHARTS_MS = 60000;

export function captured({ seen, captured: given, causes }) {
	const missed = CAPTURE.reduce((n, c) => n + (causes?.[c] ?? 0), 0);

	return given ?? Math.max(0, seen - missed);
}

const share = (n, of) => of > 0 ? n / of : null;
const shown = value => value === null ? "–" : percent(value);

/** The hub leaves out steps without traffic: there the lines break. */
function everyStep(rows, from, to, step) {
	const size = step === "day" ? DAY_MS : HOUR_MS;
	const known = new Map(rows.map(r => [Date.parse(r.at), r]));
	const out = [];

	for (let at = Math.floor(from / size) * size; at < to; at += size)
		out.push(known.get(at) ?? { at: new Date(at).toISOString(),
			crossings: 0, seen: 0, confirmed: 0, officer: 0,
			captured: 0, causes: {} });
	return out;
}

function meter(value, floor) {
	const low = floor !== undefined && value !== null && value < floor;
	const bar = h("span.meter", { "aria-hidden": "true" }, h("span", {}));

	bar.firstChild.style.width = `${100 * (value ?? 0)}%`;
	bar.classList.toggle("low", low);
	return h("span.metered", {}, bar, shown(value));
}

function topCause(causes) {
	const [name, n] = Object.entries(causes ?? {})
		.sort((a, b) => b[1] - a[1])[0] ?? [];

	return n > 0 ? [word("cause-short", name), ` (${number(n)})`] : "–";
}

class Lanes {
	constructor(root, [lane]) {
		this.root = root;
		this.wanted = lane;
		this.lanes = h("div.lanes", {});
		this.detail = h("div.detail", {});
		this.dirty = new Set();
		this.redraw = soon(() => this.drawDirty(), DRAW_MS);
		this.recharts = soon(() => this.charts(), CHARTS_MS);
		this.reload = soon(() => this.load(), DRAW_MS);
		this.spanSelect = choice(Object.keys(SPANS).map(s =>
			[s, t(`span.${s}`)]), "day", { "aria-label": t("span") });
		this.spanSelect.addEventListener("change", () => this.charts());
		fill(root, head(t("nav.lanes"), this.spanSelect), this.lanes,
			this.detail);
		this.load();
	}

	load() {
		return into(this.lanes, () => get("lanes"), ({ items }) => {
			this.items = new Map(items.map(l => [l.lane, l]));
			if (items.length === 0)
				return empty(t("lanes.empty.title"),
					t("lanes.empty.text"), "lanes");
			if (!this.items.has(this.wanted))
				this.wanted = items[0].lane;
			if (!this.drawn)
				this.charts();
			return this.table();
		});
	}

	table() {
		this.rows = new Map();
		const node = table(t("nav.lanes"), [[t("col.lane")],
			[t("col.state")], [t("col.vehicles"), "n"],
			[t("col.seen"), "n"], [t("col.confirmed")],
			[t("col.captured")], [t("col.cause")], [t("col.last")]],
		[...this.items.values()].map(l => this.cells(l)));

		[...this.items.keys()].forEach((lane, i) =>
			this.rows.set(lane, node.querySelectorAll("tbody tr")[i]));
		return card(null, node);
	}

	cells(l) {
		const today = l.today ?? {};
		const name = l.name && l.name !== l.lane ? l.name : null;

		return [[h("a", { href: `#/lanes/${part(l.lane)}`,
			"aria-current": l.lane === this.wanted ? "true" : null },
		data(l.lane)), name && h("small.muted", {}, " ", data(name))],
		this.state(l), number(today.crossings ?? 0),
		number(today.seen ?? 0),
		meter(share(today.confirmed, today.seen)),
		meter(share(captured({ seen: 0, ...today }), today.seen), l.floor),
		topCause(today.causes), clock(l.last_seen)];
	}

	state(l) {
		if ((l.alarms ?? []).length > 0)
			return l.alarms.map(a => chip("alarm",
				word("alarm", a.kind ?? a)));
		return l.last_seen ? chip("confirmed", t("lanes.well"))
			: chip("plain", t("lanes.quiet"));
	}

	drawDirty() {
		for (const lane of this.dirty) {
			const cells = this.rows.get(lane)?.children;
			const fresh = this.cells(this.items.get(lane));

			/* The name, the first cell, may hold the focus. */
			for (let i = 1; cells && i < fresh.length; i++)
				fill(cells[i], fresh[i]);
		}
		this.dirty.clear();
	}

	charts() {
		const span = SPANS[this.spanSelect.value];
		const to = new Date();
		const query = { step: span.step, to: to.toISOString(),
			from: new Date(to - span.ms).toISOString() };
		const lane = this.wanted;

		this.drawn = true;
		return into(this.detail, () => get(`lanes/${part(lane)}/health`,
			{ query }), ({ rows }) => this.drawCharts(lane,
			everyStep(rows, to - span.ms, to, span.step)));
	}

	drawCharts(lane, rows) {
		const floor = this.items?.get(lane)?.floor;

		this.stop();
		if (!rows.some(r => r.seen > 0))
			return card([data(lane)], empty(t("health.empty.title"),
				t("health.empty.text"), "lanes"));
		const list = rows.map(r => ({ ...r, captured: captured(r) }));

		this.open = [rateChart(list, floor), causesChart(list)];
		return h("div.columns", {}, card([t("health.rates"), " ",
			data(lane)], this.open[0].node),
		card([t("health.causes"), " ", data(lane)], this.open[1].node),
		card(null, this.figures(list)));
	}

	/** The charts' numbers for those who read rather than look. */
	figures(list) {
		const busy = list.filter(r => r.seen > 0);

		return h("details", {}, h("summary", {}, t("health.table")),
			table(t("health.table"), [[t("col.when")],
				[t("col.vehicles"), "n"], [t("col.seen"), "n"],
				[t("col.confirmed"), "n"], [t("col.captured"), "n"],
				[t("col.cause")]], busy.map(r => [clock(r.at),
				number(r.crossings), number(r.seen),
				shown(share(r.confirmed, r.seen)),
				shown(share(r.captured, r.seen)),
				topCause(r.causes)])),
			h("p.small.muted", {}, many("health.rows", busy.length)));
	}

	heard(name, value) {
		const lane = this.items?.get(value.lane);

		if (name === "lane" || name === "resync" ||
		    name === "crossing" && !lane)
			return this.reload();
		if (name !== "crossing")
			return null;
		lane.today.crossings++;
		lane.today.seen += value.seen;
		lane.today.confirmed += value.confirmed;
		lane.today.officer += value.officer;
		lane.today.captured += captured(value);
		for (const [cause, n] of Object.entries(value.causes ?? {}))
			lane.today.causes[cause] = (lane.today.causes[cause] ?? 0) + n;
		lane.last_seen = new Date().toISOString();
		this.dirty.add(value.lane);
		this.redraw();
		if (value.lane === this.wanted)
			this.recharts();
		return null;
	}

	stop() {
		for (const chart of this.open ?? [])
			chart.stop();
		this.open = [];
	}

	close() {
		for (const timer of [this.redraw, this.recharts, this.reload])
			timer.cancel();
		this.stop();
	}
}

export function open(root, args) {
	const view = new Lanes(root, args);

	return { heard: (name, value) => view.heard(name, value),
		close: () => view.close() };
}
