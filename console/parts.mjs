// SPDX-License-Identifier: Apache-2.0
// What the views are put together from.
import { add, fill, h } from "./dom.mjs";
import { explain } from "./api.mjs";
import { icon } from "./icons.mjs";
import { t } from "./words.mjs";

/** The head of a view; its title takes the focus when the view opens. */
export function head(title, ...controls) {
	return h("header.head", {}, h("h1", { tabindex: -1 }, title),
		h("div.controls", {}, controls));
}

/** A state in a word and a shape, never by colour alone. */
export function chip(kind, text) {
	const shapes = { confirmed: "confirmed", officer: "officer",
		handled: "handled", bad: "broken", alarm: "alarm",
		plain: "unknown" };

	return h(`span.chip.${kind}`, {}, icon(shapes[kind]), text);
}

/** Says what will appear here, and when. */
export function empty(title, text, picture = "empty") {
	return h("div.empty", {}, icon(picture), h("h2", {}, title),
		h("p", {}, text));
}

/** Says what happened, what to do, and lets one try again. */
export function trouble(problem, again) {
	return h("div.trouble", { role: "alert" }, icon("broken"),
		h("p", {}, explain(problem)),
		again && h("button", { type: "button", onclick: again },
			t("again")));
}

/** A quiet line instead of a spinner, and only if it takes a while. */
export function waiting() {
	return h("p.waiting", { role: "status" }, t("waiting"));
}

/** Draw what `load` brings into `node`, or its trouble. */
export async function into(node, load, draw) {
	if (!node.hasChildNodes())
		fill(node, waiting());
	try {
		const value = await load();

		fill(node, draw(value));
	} catch (problem) {
		if (problem.name !== "AbortError")
			fill(node, trouble(problem, () => into(node, load, draw)));
	}
}

let fields = 0;

/** A control with its label, and a hint that belongs to it. */
export function field(label, control, hint) {
	const id = `f${++fields}`;

	control.id = id;
	if (hint)
		control.setAttribute("aria-describedby", `${id}h`);
	return h("div.field", {}, h("label", { for: id }, label), control,
		hint && h("p.small.muted", { id: `${id}h` }, hint));
}

/** [[value, text]...]; the first is no answer where `value` is "". */
export function choice(options, value, attributes = {}) {
	return h("select", attributes, options.map(([v, text, raw]) =>
		h("option", { value: v, selected: v === value,
			translate: raw ? "no" : null }, text)));
}

export function button(text, onclick, kind = "", picture = "") {
	return h(`button${kind && `.${kind}`}`, { type: "button", onclick },
		picture && icon(picture), text);
}

/** columns: [[heading, "n" or ""]...]; a row is an array of cells. */
export function table(caption, columns, rows) {
	return h("div.scroll", { tabindex: 0, role: "region",
		"aria-label": caption },
	h("table", {}, h("caption.hidden", {}, caption),
		h("thead", {}, h("tr", {}, columns.map(([text, kind]) =>
			h(`th${kind ? ".n" : ""}`, { scope: "col" }, text)))),
		h("tbody", {}, rows.map(row => h("tr", {}, row.map((cell, i) =>
			h(`${i ? "td" : "th"}${columns[i]?.[1] ? ".n" : ""}`,
				i ? {} : { scope: "row" }, cell)))))));
}

/** The heading of a column of buttons. */
export const actions = () => h("span.hidden", {}, t("col.actions"));

export function card(title, ...children) {
	return h("section.card", {}, title && h("h2", {}, title), children);
}

/** Pairs of a word and what belongs to it. */
export function facts(pairs) {
	return h("dl.facts", {}, pairs.filter(p => p && p[1] !== null &&
		p[1] !== undefined).map(([name, value]) =>
		h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

/** A dialog that resolves to what `send` returned, or null. */
export function dialog(title, content, { action, danger, send } = {}) {
	const said = h("div", { role: "alert" });
	const id = `f${++fields}`;
	const box = h("dialog", { "aria-labelledby": id });

	return new Promise(resolve => {
		const end = value => {
			box.close();
			box.remove();
			resolve(value);
		};
		const submit = async event => {
			event.preventDefault();
			try {
				end(await send?.() ?? true);
			} catch (problem) {
				fill(said, h("p.said", {}, explain(problem)));
			}
		};
		const no = button(t(action ? "cancel" : "close"),
			() => end(null));
		const yes = action && h(`button.${danger ? "danger" : "primary"}`,
			{ type: "submit" }, action);

		box.addEventListener("cancel", () => end(null));
		add(box, h("form.stack", { onsubmit: submit },
			h("h2", { id }, title), content, said,
			h("div.row.end", {}, no, yes)));
		document.body.append(box);
		box.showModal();
	});
}

/** What was done, said once, politely; `act` undoes it. */
export function say(text, act) {
	const place = document.getElementById("said");
	const gone = () => note.remove();
	const note = h("div.note.arrives", {}, h("span", {}, text),
		act && button(act.text, () => {
			gone();
			act.fn();
		}, "quiet", "undo"));

	fill(place, note);
	setTimeout(gone, act?.ms ?? 8000);
	return gone;
}
