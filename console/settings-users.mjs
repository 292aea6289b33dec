// SPDX-License-Identifier: Apache-2.0
// Users: who may sign in, as what.
import { data, h } from "./dom.mjs";
import { call, get, part } from "./api.mjs";
import { actions, button, card, chip, choice, dialog, field, into, say, table }
	from "./parts.mjs";
import { isMe } from "./session.mjs";
import { LANGUAGES, spoken, t, word } from "./words.mjs";

const ROLES = ["officer", "supervisor", "auditor", "admin"];

function languages(value) {
	return choice(Object.entries(LANGUAGES)
		.map(([code, name]) => [code, name, true]), value ?? spoken());
}

class Users {
	constructor(place) {
		this.place = place;
		this.load();
	}

	load() {
		return into(this.place, () => get("users"), ({ items }) =>
			card(t("settings.users"), h("div.row.end", {},
				button(t("user.add"), () => this.edit({}), "primary",
					"person")), this.table(items)));
	}

	table(items) {
		return table(t("settings.users"), [[t("signin.user")],
			[t("user.role")], [t("language")], [t("col.state")], [actions()]],
		items.map(u => [data(u.user), word("role", u.role),
			data(LANGUAGES[u.language] ?? u.language),
			chip(u.disabled ? "plain" : "confirmed",
				t(u.disabled ? "user.disabled" : "user.active")),
			h("div.row.end", {}, button(t("edit"),
				() => this.edit(u), "quiet"), !isMe(u.user) &&
				button(t("remove"), () => this.remove(u),
					"quiet"))]));
	}

	async edit(user) {
		const fresh = !user.user;
		const name = h("input", { required: true, maxlength: 32,
			pattern: "[a-z0-9._\\-]+", value: user.user ?? "",
			disabled: !fresh, autocapitalize: "none" });
		const role = choice([["", t("user.role.choose")], ...ROLES.map(r =>
			[r, word("role", r)])], user.role ?? "", { required: true });
		const language = languages(user.language);
		const password = h("input", { type: "password", minlength: 12,
			maxlength: 256, required: fresh,
			autocomplete: "new-password" });
		const off = h("input", { type: "checkbox",
			checked: Boolean(user.disabled) });
		const send = () => call("PUT", `users/${part(name.value)}`,
			{ body: { role: role.value, language: language.value,
				disabled: off.checked, ...(password.value
					? { password: password.value } : {}) } });
		const done = await dialog(t(fresh ? "user.add" : "user.edit"),
			h("div.stack", {}, field(t("signin.user"), name,
				t("user.name.hint")), field(t("user.role"), role),
			field(t("language"), language),
			field(t("signin.password"), password, t(fresh
				? "password.hint" : "user.password.keep")),
			h("label.row", {}, off, t("user.disable"))),
			{ action: t("save"), send });

		if (done) {
			say(t("user.saved", { user: name.value }));
			this.load();
		}
	}

	async remove(user) {
		const done = await dialog(t("user.remove.title",
			{ user: user.user }), h("p", {}, t("user.remove.text")),
		{ action: t("remove"), danger: true, send: () =>
			call("DELETE", `users/${part(user.user)}`) });

		if (done) {
			say(t("user.removed", { user: user.user }));
			this.load();
		}
	}
}

export function openUsers(place) {
	new Users(place);
	return {};
}
