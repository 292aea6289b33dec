// SPDX-License-Identifier: Apache-2.0
// Everything of one crossing: people, documents, decisions, audit trail, and
// what will be erased when.
import { data, fill, h, soon } from "./dom.mjs";
import { call, get, part } from "./api.mjs";
import { album } from "./pictures.mjs";
import { button, card, chip, dialog, empty, facts, into, say, table }
	from "./parts.mjs";
import { cabin, documentName, notes, sum, tile } from "./people.mjs";
import { person, role } from "./session.mjs";
import { clock, moment, number, t, word } from "./words.mjs";

const SETTLE_MS = 300;

/** Auditors read what happened, never a face. */
const seesPictures = () => ["officer", "supervisor"].includes(role());
const seesTrail = () => ["supervisor", "auditor"].includes(role());

class Record {
	constructor(place, crossing, purpose) {
		this.place = place;
		this.id = crossing;
		this.purpose = purpose;
		this.pictures = album(crossing, null);
		this.refresh = soon(() => this.load(), SETTLE_MS);
		this.load();
	}

	load() {
		return into(this.place, () => get(`crossings/${part(this.id)}`,
			{ purpose: this.purpose }), crossing => this.draw(crossing));
	}

	draw(crossing) {
		this.crossing = crossing;
		return [h("div.top.card", {}, h("div", {},
			h("h2", {}, data(crossing.vehicle)),
			h("p.muted", {}, t(`direction.${crossing.direction}`), " · ",
				data(crossing.lane), " · ", clock(crossing.opened)),
			h("p.small.muted", {}, t("purpose.for",
				{ purpose: t(`purpose.${this.purpose}`) }))),
		sum(crossing)), notes(crossing), this.people(crossing),
		h("div.columns", {}, this.documents(crossing),
			this.decisions(crossing), this.erasure(crossing),
			this.numbers(crossing)), seesTrail() && this.trail()];
	}

	people(crossing) {
		if (crossing.occupants.length === 0)
			return empty(t(crossing.opted_out ? "optedout.title"
				: "nobody.title"), t(crossing.opted_out
				? "optedout.text" : "nobody.text"), "person");
		return [seesPictures() && (crossing.pictures ?? []).length > 0 &&
			!this.opened && h("p", {}, button(t("record.open"),
			() => this.openPictures(), "", "eye"), " ",
		h("small.muted", {}, t("record.open.text"))),
		cabin(crossing, o => tile(crossing, o, this.pictures))];
	}

	openPictures() {
		this.opened = true;
		this.pictures = album(this.id, this.purpose);
		fill(this.place, this.draw(this.crossing));
	}

	documents(crossing) {
		return card(t("record.documents"), crossing.documents.length === 0
			? h("p.muted", {}, t("record.documents.none"))
			: h("ul.lines", {}, crossing.documents.map(d => h("li", {},
				documentName(d), " ", chip(d.verdict === "confirmed"
					? "confirmed" : "officer",
				t(`document.${d.verdict}`)),
				d.cause && h("p.small", {}, t(`cause.${d.cause}`)),
				h("p.small.muted", {}, t("record.checks", {
					mrz: t(`check.${d.checks?.mrz ?? "not-done"}`),
					portrait: t(`check.${d.checks?.portrait ??
						"not-done"}`) }))))));
	}

	decisions(crossing) {
		const seats = Object.fromEntries(crossing.occupants.map(o =>
			[o.n, t(`seat.${o.seat}`)]));

		return card(t("record.rulings"),
			(crossing.rulings ?? []).length === 0
				? h("p.muted", {}, t("record.rulings.none"))
				: h("ol.lines", {}, crossing.rulings.map(r => h("li", {},
					clock(r.at), " ", h("strong", {},
						seats[r.occupant]), ": ",
					word("ruling", r.decision),
					r.reason && [" – ", data(r.reason)],
					h("small.muted", {}, " (", data(person(r.actor)),
						")")))));
	}

	erasure(crossing) {
		const pictures = crossing.pictures ?? [];
		const classes = [...new Set(pictures.map(p => p.class))];
		const rows = classes.map(c => {
			const mine = pictures.filter(p => p.class === c);

			return [t(`class.${c}`), [moment(mine[0].erase), " (",
				number(mine.length), ")"]];
		});

		return card(t("record.erase"), facts([...rows,
			rows.length === 0 && [t("class.pictures"),
				t("record.erase.nothing")],
			[t("class.crossings"), moment(crossing.erase?.crossing)],
			[t("class.audit"), moment(crossing.erase?.audit)]]),
		role() === "supervisor" && pictures.length > 0 &&
			button(t("erase.do"), () => this.erase(), "danger",
				"erase"));
	}

	async erase() {
		const done = await dialog(t("erase.title"),
			h("p", {}, t("erase.text")), { action: t("erase.do"),
				danger: true, send: () => call("DELETE",
					`crossings/${part(this.id)}/pictures`,
					{ purpose: this.purpose }) });

		if (done) {
			this.pictures = album(this.id, null);
			this.opened = false;
			say(t("erase.done"));
			this.load();
		}
	}

	numbers(crossing) {
		return card(t("record.numbers"), facts([
			[t("record.id"), h("code", { translate: "no" },
				crossing.crossing)],
			[t("record.opened"), clock(crossing.opened)],
			[t("record.closed"), clock(crossing.closed)]]));
	}

	trail() {
		const place = card(t("record.trail"));
		const list = h("div", {});

		place.append(list);
		into(list, () => get(`crossings/${part(this.id)}/trail`),
			({ items }) => items.length === 0
				? h("p.muted", {}, t("record.trail.none"))
				: table(t("record.trail"), [[t("col.when")],
					[t("col.who")], [t("col.what")], [t("col.why")]],
				items.map(l => [clock(l.at), data(person(l.actor)),
					word("action", l.action),
					word("purpose", l.purpose)])));
		return place;
	}

	heard(name, value) {
		if (name === "resync" || name === "ruling" &&
		    value.crossing === this.id)
			this.refresh();
	}

	close() {
		this.refresh.cancel();
	}
}

export const record = (place, id, purpose) => new Record(place, id, purpose);
