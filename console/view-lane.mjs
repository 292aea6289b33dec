// SPDX-License-Identifier: Apache-2.0
// Lane: the vehicle that is there now.
import { data, fill, h, soon } from "./dom.mjs";
import { get, part } from "./api.mjs";
import { album } from "./pictures.mjs";
import { icon } from "./icons.mjs";
import { button, card, chip, choice, empty, head, into, trouble,
	waiting } from "./parts.mjs";
import { cabin, documentName, notes, state, sum, tile, waitingCount,
	withoutHolder } from "./people.mjs";
import { ownPurpose, remember, remembered } from "./session.mjs";
import { clock, many, t } from "./words.mjs";

const KEPT = 6; /* vehicles listed as just before */
const SETTLE_MS = 150;

class Lane {
	constructor(root, [lane]) {
		this.purpose = ownPurpose("lane");
		this.body = h("div.lane", {});
		this.before = [];
		this.held = false;
		this.hold = button(t("lane.hold"), () => this.toggle(), "", "pin");
		this.hold.setAttribute("aria-pressed", "false");
		this.newer = h("p.newer", { role: "status" });
		this.heading = h("div.controls", {});
		this.refresh = soon(() => this.load(), SETTLE_MS);
		fill(root, head(t("nav.lane"), this.heading), this.newer, this.body);
		into(this.body, () => get("lanes"),
			({ items }) => this.choose(items, lane));
	}

	choose(lanes, wanted) {
		const known = lanes.map(l => l.lane);

		this.lane = [wanted, remembered("lane"), known[0]]
			.find(l => known.includes(l));
		if (!this.lane)
			return empty(t("lane.none.title"), t("lane.none.text"));
		const select = choice(lanes.map(l => [l.lane,
			l.name && l.name !== l.lane ? `${l.name} (${l.lane})`
				: l.lane, true]), this.lane,
		{ "aria-label": t("lane.which") });

		select.addEventListener("change", () => {
			location.hash = `#/lane/${part(select.value)}`;
		});
		fill(this.heading, select, this.hold);
		remember("lane", this.lane);
		this.load();
		return waiting();
	}

	async load() {
		const mine = this.asked = {};
		const what = this.held && this.crossing
			? `crossings/${part(this.crossing.crossing)}`
			: `lanes/${part(this.lane)}/now`;

		try {
			const crossing = await get(what, { purpose: this.purpose });

			if (mine === this.asked)
				this.draw(crossing);
		} catch (problem) {
			if (mine !== this.asked)
				return;
			fill(this.body, problem.status === 404
				? empty(t("lane.empty.title"),
					t("lane.empty.text"), "lane")
				: trouble(problem, () => this.load()));
		}
	}

	draw(crossing) {
		if (this.crossing?.crossing !== crossing.crossing) {
			this.remember(this.crossing);
			this.pictures = album(crossing.crossing, this.purpose);
		}
		this.crossing = crossing;
		fill(this.newer);
		fill(this.body, h("div.vehicle", {},
			h("div.top", {}, h("div", {},
				h("h2", {}, data(crossing.vehicle)),
				h("p.muted", {}, t(`direction.${crossing.direction}`),
					" · ", clock(crossing.closed))),
			h("div", { role: "status" }, sum(crossing))),
			crossing.occupants.length > 0
				? cabin(crossing, o => this.tile(o))
				: empty(t(crossing.opted_out ? "optedout.title"
					: "nobody.title"), t(crossing.opted_out
					? "optedout.text" : "nobody.text"),
				"person")),
		this.side(crossing));
	}

	tile(o) {
		const c = this.crossing;
		const review = state(c, o).kind === "officer" &&
			h("a.button", { href: `#/review/${c.crossing}/${o.n}` },
				icon("review"), t("lane.review"));

		return tile(c, o, this.pictures, review);
	}

	side(crossing) {
		const free = withoutHolder(crossing);

		return h("aside.side", { "aria-label": t("lane.side") },
			notes(crossing),
			card(t("lane.documents"), free.length === 0
				? h("p.muted", {}, t("lane.documents.none"))
				: h("ul.free", {}, free.map(d => this.free(d)))),
			card(t("lane.before"), this.before.length === 0
				? h("p.muted", {}, t("lane.before.none"))
				: h("ul.before", {}, this.before.map(b => this.past(b)))),
			h("a", { href: `#/crossing/${crossing.crossing}/${
				this.purpose}` }, t("lane.all")));
	}

	free(document) {
		const has = this.crossing.pictures?.some(p =>
			p.name === document.document);

		return h("li", {}, this.pictures({
			name: has ? document.document : null,
			alt: t("picture.document.alt") }),
		h("div", {}, documentName(document), h("p.cause", {},
			document.cause ? t(`cause.${document.cause}`)
				: t(`document.${document.verdict}`))));
	}

	past(c) {
		const open = waitingCount(c);

		return h("li", {}, h("a", { href: `#/crossing/${c.crossing}/${
			this.purpose}` }, data(c.vehicle)), clock(c.closed),
		open > 0 ? chip("officer", many("sum.open", open))
			: chip("confirmed", t("sum.closed")));
	}

	remember(crossing) {
		if (crossing)
			this.before = [crossing, ...this.before].slice(0, KEPT);
	}

	toggle() {
		this.held = !this.held;
		this.hold.setAttribute("aria-pressed", String(this.held));
		if (!this.held)
			this.load();
	}

	heard(name, value) {
		if (name === "resync")
			return this.refresh();
		if (name === "crossing" && value.lane === this.lane) {
			if (this.held && this.crossing)
				return fill(this.newer, icon("alarm"), t("lane.newer"));
			return this.refresh();
		}
		if (name === "ruling" && value.crossing === this.crossing?.crossing)
			return this.refresh();
		return null;
	}

	key(key) {
		if (key !== "h")
			return false;
		this.toggle();
		return true;
	}
}

export function open(root, args) {
	const view = new Lane(root, args);

	return { heard: (name, value) => view.heard(name, value),
		key: key => view.key(key), close: () => view.refresh.cancel() };
}
