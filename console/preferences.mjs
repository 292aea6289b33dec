// SPDX-License-Identifier: Apache-2.0
// What a person sets for themselves: look, language, keys, password.
import { h } from "./dom.mjs";
import { call, explain } from "./api.mjs";
import { button, choice, dialog, field, say } from "./parts.mjs";
import { remember, remembered, who } from "./session.mjs";
import { LANGUAGES, speak, spoken, t } from "./words.mjs";

function themes(changed) {
	const select = choice([["", t("theme.system")], ["light",
		t("theme.light")], ["dark", t("theme.dark")]],
	remembered("theme"));

	select.addEventListener("change", () => {
		remember("theme", select.value);
		changed();
	});
	return field(t("theme"), select);
}

function languages(changed) {
	const select = choice(Object.entries(LANGUAGES)
		.map(([code, name]) => [code, name, true]), spoken());

	select.addEventListener("change", () => {
		remember(`language.${who().user}`, select.value);
		speak(select.value);
		changed();
	});
	return field(t("language"), select);
}

function keys() {
	const box = h("input", { type: "checkbox",
		checked: remembered("keys") !== "off" });

	box.addEventListener("change", () =>
		remember("keys", box.checked ? "on" : "off"));
	return h("label.row", {}, box, t("keys.on"));
}

async function password() {
	const old = h("input", { type: "password", required: true,
		autocomplete: "current-password", maxlength: 256 });
	const fresh = h("input", { type: "password", required: true,
		autocomplete: "new-password", minlength: 12, maxlength: 256 });
	const done = await dialog(t("password.title"), h("div.stack", {},
		field(t("password.old"), old),
		field(t("password.new"), fresh, t("password.hint"))),
	{ action: t("password.do"), send: () =>
		call("PUT", "session/password",
			{ body: { old: old.value, new: fresh.value } }) });

	if (done)
		say(t("password.done"));
}

async function out(changed) {
	try {
		await call("DELETE", "session");
		changed(null);
	} catch (problem) {
		if (problem.status !== 401)
			say(explain(problem));
	}
}

/** `changed(null)` after signing out, else what is on the screen is stale. */
export function preferences(changed) {
	const redraw = () => {
		document.querySelector("dialog")?.remove();
		changed(who());
		preferences(changed);
	};

	return dialog(t("preferences"), h("div.stack", {}, themes(redraw),
		languages(redraw), keys(),
		h("div.row", {}, button(t("password.do"), password, "", "key"),
			button(t("signout"), () => out(changed), "", "out"))));
}
