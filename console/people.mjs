// SPDX-License-Identifier: Apache-2.0
// A crossing on the screen: its sum, its occupants, its documents.
import { data, h, svg } from "./dom.mjs";
import { chip } from "./parts.mjs";
import { icon } from "./icons.mjs";
import { many, number, oneIn, t, word } from "./words.mjs";
import { person } from "./session.mjs";

const ROWS = ["front", "rear", "third"];
const COLUMNS = { left: 1, middle: 2, centre: 2, right: 3 };

/** Of an occupant the rulings that stand, oldest first. */
export function standing(crossing, n) {
	const all = (crossing.rulings ?? []).filter(r => r.occupant === n);
	const undone = new Set(all.map(r => r.undoes).filter(Boolean));

	return all.filter(r => r.decision !== "undone" && !undone.has(r.id));
}

/** "confirmed" by the lane, "officer" still, "handled" by one. */
export function state(crossing, occupant) {
	const last = standing(crossing, occupant.n)
		.findLast(r => r.decision !== "not-this-document");

	if (occupant.verdict === "confirmed")
		return { kind: "confirmed", text: t("state.confirmed") };
	if (last)
		return { kind: "handled", text: t("state.handled"), ruling: last };
	return { kind: "officer", text: t("state.officer") };
}

export const waitingCount = crossing => crossing.occupants
	.filter(o => state(crossing, o).kind === "officer").length +
	(crossing.unlisted ?? 0);

/** N seen = C confirmed + M officer, and whether that is closed. */
export function sum(crossing) {
	const open = crossing.awaiting ?? waitingCount(crossing);
	const nobody = crossing.opted_out || crossing.seen === 0;

	return h("p.sum", {},
		h("strong", {}, many("sum.seen", crossing.seen)), " = ",
		h("span.ok", {}, many("sum.confirmed", crossing.confirmed)), " + ",
		h("span.warn", {}, many("sum.officer", crossing.officer)), " ",
		nobody ? chip("officer", t(crossing.opted_out ? "sum.opted-out"
			: "sum.nobody"))
			: open > 0 ? chip("officer", many("sum.open", open))
				: chip("confirmed", t("sum.closed")));
}

export function documentName(document) {
	return h("span.document", {}, icon("document"),
		t("document.name", { n: document.document.replace("d", "") }),
		" ", data([document.type, document.nationality]
			.filter(Boolean).join(" · ")));
}

/** Where an occupant's tile stands: row and column of the vehicle. */
function place(occupant) {
	const [row, column] = occupant.seat.split("-");

	return ROWS.includes(row) && COLUMNS[column]
		? { row: ROWS.indexOf(row), column: COLUMNS[column] } : null;
}

function because(occupant, more) {
	return h("div.reason", {}, icon("officer"),
		h("p.cause", {}, t(`cause.${occupant.cause ?? "none"}`)), more);
}

function ruled(last) {
	return h("p.cause", {}, word("ruling", last.decision), ": ",
		last.reason ? data(last.reason) : null, " ",
		h("small", {}, "(", data(person(last.actor)), ")"));
}

function proof(occupant) {
	const rate = occupant.fmr ?? occupant.fmr_at_most;

	return h("p.cause", {}, rate ? t("proof", { rate: oneIn(rate) })
		: t("state.confirmed"));
}

/**
 * One occupant: both pictures at the same size, the verdict and its cause.
 * @param pictures album() of the crossing
 * @param more what an officer may do about one who waits
 */
export function tile(crossing, occupant, pictures, more) {
	const now = state(crossing, occupant);
	const shown = occupant.document ?? now.ruling?.document;
	const has = name => (crossing.pictures ?? [])
		.some(p => p.name === name) ? name : null;

	return h(`article.tile.${now.kind}`, {},
		h("header", {}, h("h3", {}, t(`seat.${occupant.seat}`)),
			chip(now.kind, now.text)),
		h("div.pair", {},
			pictures({ name: has(`o${occupant.n}`),
				caption: t("picture.lane"),
				alt: t("picture.lane.alt",
					{ seat: t(`seat.${occupant.seat}`) }) }),
			shown || now.kind !== "officer"
				? pictures({ name: has(shown),
					caption: t("picture.document"),
					alt: t("picture.document.alt"),
					none: shown ? null : t("picture.none.document") })
				: because(occupant, more)),
		now.kind === "handled" ? ruled(now.ruling)
			: now.kind === "confirmed" ? proof(occupant) : null);
}

/** Only who has a neighbour in the middle has to move over. */
function shape(row) {
	const middle = row.some(o => place(o).column === 2);

	return !middle ? "two" : row.length > 1 ? "three" : "one";
}

/** Tiles as people sit, front row first, the vehicle's own left at left. */
export function cabin(crossing, draw) {
	const placed = [], others = [];

	for (const o of crossing.occupants)
		(place(o) ? placed : others).push(o);
	const rows = ROWS.map((_, i) => placed.filter(o => place(o).row === i)
		.sort((a, b) => place(a).column - place(b).column))
		.filter(r => r.length);

	return h("div.cabin", { "data-rows": rows.length + (others.length > 0) },
		rows.map(row => h(`div.seats.${shape(row)}`, {},
			row.map(o => {
				const node = draw(o);

				node.classList.add(`at-${place(o).column}`);
				return node;
			}))),
		others.length > 0 && h("div.seats.three", {}, others.map(draw)));
}

export function withoutHolder(crossing) {
	const held = new Set(crossing.occupants.map(o => o.document ??
		state(crossing, o).ruling?.document).filter(Boolean));

	return crossing.documents.filter(d => !held.has(d.document));
}

/** What else the lane says of a crossing. */
export function notes(crossing) {
	return [
		crossing.opted_out && t("note.opted-out"),
		crossing["camera-gap"] && many("note.camera-gap",
			crossing["camera-gap"]),
		crossing.printed && many("note.printed", crossing.printed),
		crossing.unlisted && many("note.unlisted", crossing.unlisted),
	].filter(Boolean).map(text => h("p.remark", {}, icon("alarm"), text));
}

const DECADES = 6; /* the band reaches from 1 to 1 in 10^6 */

/**
 * Similarity as a band: how rarely two different people look this alike,
 * beside the rate that is promised. No number to be taken for a certainty.
 */
export function band(occupant, promised) {
	const rate = occupant.fmr ?? occupant.fmr_at_most;

	if (!rate || !promised || occupant.similarity === undefined)
		return h("p.muted", {}, t("band.none"));
	const at = r => 100 * Math.min(1, Math.max(0, -Math.log10(r) / DECADES));
	const kind = rate <= promised ? "over"
		: rate <= 10 * promised ? "near" : "under";

	return h("figure.band", {},
		h("figcaption", {}, h("strong", {}, t(`band.${kind}`)), " ",
			t("band.text", { rate: oneIn(rate) }), " ",
			t("band.promise", { rate: oneIn(promised) })),
		svg("svg", { viewBox: "0 0 100 16", preserveAspectRatio: "none",
			"aria-hidden": "true" },
		svg("rect", { class: "below", width: at(promised), height: 8, y: 4 }),
		svg("rect", { class: "above", x: at(promised), y: 4, height: 8,
			width: 100 - at(promised) }),
		svg("rect", { class: "bar", x: at(promised) - 0.3, width: 0.6,
			height: 16 }),
		svg("rect", { class: "here", x: Math.max(0, at(rate) - 3), y: 1,
			width: 6, height: 14, rx: 1.5 })),
		h("div.ends", { "aria-hidden": "true" },
			h("span", {}, t("band.unlike")),
			h("span", {}, t("band.alike"))),
		h("p.small.muted", {}, t("quality", { n: number(occupant.quality),
			seen: number(occupant.frames_seen),
			used: number(occupant.frames_used) })));
}
