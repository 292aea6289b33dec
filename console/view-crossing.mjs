// SPDX-License-Identifier: Apache-2.0
// Crossing: find one, for a purpose that is named first.
import { data, fill, h } from "./dom.mjs";
import { get } from "./api.mjs";
import { button, chip, choice, empty, field, head, into, table }
	from "./parts.mjs";
import { record } from "./record.mjs";
import { purposes } from "./session.mjs";
import { clock, many, number, t } from "./words.mjs";

const PAGE = 30;

/** No purpose is prepared: whoever looks has to say why. */
function purposeForm(go) {
	const select = choice([["", t("purpose.choose")], ...purposes()
		.map(p => [p, t(`purpose.${p}`)])], "", { required: true });
	const submit = event => {
		event.preventDefault();
		go(select.value);
	};

	return h("form.card.stack.narrow", { onsubmit: submit },
		h("h2", {}, t("purpose.title")), h("p", {}, t("purpose.text")),
		field(t("purpose"), select),
		h("div.row.end", {}, h("button.primary", { type: "submit" },
			t("purpose.go"))));
}

function openSum(c) {
	if (c.opted_out)
		return chip("officer", t("sum.opted-out"));
	return c.awaiting > 0 ? chip("officer", many("sum.open", c.awaiting))
		: chip("confirmed", t("sum.closed"));
}

class Search {
	constructor(place, purpose) {
		this.place = place;
		this.purpose = purpose;
		this.found = h("div.card", {});
		this.lane = choice([["", t("search.lane.any")]], "");
		this.state = choice([["all", t("search.state.all")],
			["open", t("search.state.open")]], "all");
		this.from = h("input", { type: "datetime-local" });
		this.to = h("input", { type: "datetime-local" });
		const submit = event => {
			event.preventDefault();
			this.search();
		};

		fill(place, h("form.filters", { onsubmit: submit },
			field(t("search.lane"), this.lane),
			field(t("search.from"), this.from),
			field(t("search.to"), this.to),
			field(t("search.state"), this.state),
			h("button.primary", { type: "submit" }, t("search.do"))),
		this.found);
		this.search();
		this.lanes();
	}

	async lanes() {
		const { items } = await get("lanes").catch(() => ({ items: [] }));

		for (const { lane } of items)
			this.lane.append(h("option", { value: lane,
				translate: "no" }, lane));
	}

	query() {
		const at = input => input.value &&
			new Date(input.value).toISOString();

		return { lane: this.lane.value, from: at(this.from),
			to: at(this.to), state: this.state.value, limit: PAGE };
	}

	search() {
		const query = this.query();

		return into(this.found, () => get("crossings",
			{ purpose: this.purpose, query }), page => {
			this.items = page.items;
			return this.draw(page.next, query);
		});
	}

	async more(next, query) {
		const page = await get("crossings", { purpose: this.purpose,
			query: { ...query, after: next } });

		this.items.push(...page.items);
		fill(this.found, this.draw(page.next, query));
	}

	draw(next, query) {
		if (this.items.length === 0)
			return empty(t("search.empty.title"), t("search.empty.text"),
				"crossing");
		return [table(t("search.found"), [[t("col.vehicle")],
			[t("col.lane")], [t("col.opened")], [t("col.seen"), "n"],
			[t("col.confirmed"), "n"], [t("col.officer"), "n"],
			[t("col.state")]],
		this.items.map(c => [h("a", { href: `#/crossing/${
			c.crossing}/${this.purpose}` }, data(c.vehicle)),
		data(c.lane), clock(c.opened), number(c.seen),
		number(c.confirmed), number(c.officer), openSum(c)])),
		next && button(t("more"), () => this.more(next, query),
			"quiet")];
	}
}

export function open(root, [crossing, purpose]) {
	const place = h("div.crossing", {});
	const allowed = purposes().includes(purpose);
	let view = null;

	fill(root, head(t("nav.crossing"), crossing && h("a.button.quiet",
		{ href: "#/crossing" }, t("search.back"))), place);
	const go = why => {
		if (crossing)
			view = record(place, crossing, why);
		else
			view = new Search(place, why);
	};

	if (crossing && allowed)
		go(purpose);
	else
		fill(place, purposeForm(go));
	return { heard: (name, value) => view?.heard?.(name, value),
		close: () => view?.close?.() };
}
