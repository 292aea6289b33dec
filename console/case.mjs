// SPDX-License-Identifier: Apache-2.0
// One occupant on the stage of the review: two pictures at the same size, why
// the lane was not sure, and three answers of which none is prepared.
import { data, fill, h } from "./dom.mjs";
import { album } from "./pictures.mjs";
import { icon } from "./icons.mjs";
import { chip, empty } from "./parts.mjs";
import { band, documentName, standing } from "./people.mjs";
import { reasonForm } from "./reason.mjs";
import { t } from "./words.mjs";

export class Case {
	/** @param decide (decision, reason): what the officer answered */
	constructor(stage, purpose, decide) {
		this.stage = stage;
		this.purpose = purpose;
		this.decide = decide;
	}

	/** Documents that may be the occupant's and were not ruled out. */
	candidates() {
		const { occupant, documents } = this.item;
		const out = new Set(standing(occupant, occupant.n)
			.filter(r => r.decision === "not-this-document")
			.map(r => r.document));
		const free = (documents ?? []).filter(d =>
			d.verdict !== "confirmed" && !out.has(d.document));

		return free.sort((a, b) => (b.document === occupant.nearest) -
			(a.document === occupant.nearest));
	}

	/** Put `item` on the stage; undefined: nobody waits. */
	show(item) {
		if (item !== this.item)
			this.chosen = null;
		this.item = item;
		fill(this.stage, item ? this.draw(item)
			: empty(t("review.empty.title"), t("review.empty.text"),
				"confirmed"));
	}

	focus() {
		const title = this.stage.querySelector("h2");

		title?.setAttribute("tabindex", "-1");
		title?.focus();
	}

	draw(item) {
		if (this.album?.of !== item.crossing) {
			this.album = album(item.crossing, this.purpose);
			this.album.of = item.crossing;
		}
		this.documents = this.candidates();
		this.chosen = this.documents.find(d =>
			d.document === this.chosen?.document) ?? this.documents[0];
		this.answers = h("div.answers", { role: "group",
			"aria-label": t("review.answers") }, this.buttons());
		return h("article.case", { "aria-labelledby": "case" },
			this.title(item), h("div.faces", {}, this.faces(item),
				this.reasons(item)),
			this.documents.length > 1 && this.chooser(), this.answers,
			h("p.small.muted", {}, t("review.never")));
	}

	title(item) {
		return h("header", {}, h("h2#case", { tabindex: -1 },
			data(item.vehicle), " · ",
			t(`seat.${item.occupant.seat}`)),
		chip("officer", t("state.officer")),
		h("a", { href: `#/crossing/${item.crossing}/${this.purpose}` },
			t("review.crossing")));
	}

	faces(item) {
		const { occupant } = item;
		const shown = this.chosen;

		const kept = name => item.pictures?.includes(name) ? name : null;

		return [this.album({ name: kept(`o${occupant.n}`),
			caption: t("picture.lane"), alt: t("picture.lane.alt",
				{ seat: t(`seat.${occupant.seat}`) }) }),
		this.album({ name: kept(shown?.document),
			caption: shown && documentName(shown),
			alt: t("picture.document.alt"),
			none: shown ? null : t("review.no-document") })];
	}

	reasons(item) {
		const { occupant } = item;
		const nearest = this.chosen?.document === occupant.nearest;

		return h("div.why", {}, h("p.because", {}, icon("officer"),
			t(`cause.${occupant.cause}`)),
		this.chosen && (nearest ? band(occupant, item.promised_fmr)
			: h("p.muted", {}, t("band.other"))));
	}

	chooser() {
		return h("div.others", { role: "group",
			"aria-label": t("review.documents") },
		h("h3", {}, t("review.documents"), " ", h("kbd", {}, "D")),
		this.documents.map(d => h("button", { type: "button",
			"aria-pressed": String(d === this.chosen),
			onclick: () => this.choose(d) }, documentName(d))));
	}

	choose(document) {
		this.chosen = document;
		this.show(this.item);
		this.stage.querySelector("[aria-pressed=true]")?.focus();
	}

	buttons() {
		const answer = (n, name, fn, off) => h("button.answer", {
			type: "button", disabled: off, onclick: fn,
			"data-answer": name, "aria-keyshortcuts": String(n) },
		h("kbd", {}, String(n)), t(`answer.${name}`));
		const none = !this.chosen;

		return [
			answer(1, "same-person", () => this.decide("same-person"),
				none),
			answer(2, "not-this-document",
				() => this.decide("not-this-document"), none),
			answer(3, "by-hand", () => this.byHand()),
		];
	}

	byHand() {
		fill(this.answers, reasonForm({
			send: reason => this.decide("by-hand", reason),
			cancel: () => {
				fill(this.answers, this.buttons());
				this.answers.querySelector("[data-answer=by-hand]")
					.focus();
			} }));
		this.answers.querySelector("textarea").focus();
	}

	nextDocument() {
		const i = this.documents.indexOf(this.chosen);

		if (this.documents.length > 1)
			this.choose(this.documents[(i + 1) % this.documents.length]);
	}
}
