// SPDX-License-Identifier: Apache-2.0
// "Handled by hand" needs to say how, in three characters at least.
import { fill, h } from "./dom.mjs";
import { button, field } from "./parts.mjs";
import { t } from "./words.mjs";

const SHORTEST = 3;
const LONGEST_BYTES = 280;
const USUAL = ["reason.document", "reason.child", "reason.inspected",
	"reason.interview"];

/** send(reason), cancel(); Enter sends, Escape goes back. */
export function reasonForm({ send, cancel }) {
	const text = h("textarea", { rows: 2, maxlength: LONGEST_BYTES,
		required: true });
	const said = h("div", { role: "alert" });
	const submit = event => {
		event?.preventDefault();
		const reason = text.value.trim().replace(/\s+/g, " ");

		if ([...reason].length < SHORTEST) {
			fill(said, h("p.said", {}, t("reason.short")));
			text.focus();
		} else if (new TextEncoder().encode(reason).length >
		    LONGEST_BYTES) {
			fill(said, h("p.said", {}, t("reason.long")));
		} else {
			send(reason);
		}
	};
	const keys = event => {
		if (event.key === "Escape") {
			event.preventDefault();
			cancel();
		} else if (event.key === "Enter" && event.target === text &&
		    !event.shiftKey && !event.isComposing) {
			submit(event);
		}
	};
	const usual = USUAL.map(name => button(t(name), () => {
		text.value = t(name);
		text.focus();
	}));

	return h("form.reason-form.stack", { onsubmit: submit, onkeydown: keys },
		field(t("reason.label"), text, t("reason.hint")), said,
		h("div.row.wrap", {}, usual),
		h("div.row.end", {}, button(t("cancel"), cancel),
			h("button.primary", { type: "submit" }, t("reason.do"))));
}
