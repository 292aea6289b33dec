// SPDX-License-Identifier: Apache-2.0
// Tokens: how lanes and programs sign in. Shown once, hashed at rest.
import { data, fill, h } from "./dom.mjs";
import { call, get, part } from "./api.mjs";
import { actions, button, card, choice, dialog, field, into, say, table }
	from "./parts.mjs";
import { moment, t, word } from "./words.mjs";

const ROLES = ["lane", "auditor"];

class Tokens {
	constructor(place) {
		this.place = place;
		this.load();
	}

	load() {
		return into(this.place, () => get("tokens"), ({ items }) =>
			card(t("settings.tokens"), h("p.muted", {},
				t("token.text")), h("div.row.end", {},
				button(t("token.add"), () => this.make(), "primary",
					"key")), items.length === 0
				? h("p.muted", {}, t("token.none"))
				: this.table(items)));
	}

	table(items) {
		return table(t("settings.tokens"), [[t("token.name")],
			[t("user.role")], [t("token.made")], [actions()]],
		items.map(k => [data(k.name), word("role", k.role),
			moment(k.made), h("div.row.end", {},
				button(t("token.withdraw"), () => this.drop(k),
					"quiet"))]));
	}

	async make() {
		const role = choice([["", t("user.role.choose")], ...ROLES.map(r =>
			[r, word("role", r)])], "", { required: true });
		const name = h("input", { required: true, maxlength: 32,
			pattern: "[a-z0-9\\-]+", autocapitalize: "none" });
		const made = await dialog(t("token.add"), h("div.stack", {},
			field(t("user.role"), role), field(t("token.name"), name,
				t("token.name.hint"))), { action: t("token.do"),
			send: () => call("POST", "tokens", { body:
				{ role: role.value, name: name.value } }) });

		if (!made)
			return;
		await dialog(t("token.once.title"), h("div.stack", {},
			h("p", {}, t("token.once.text")),
			h("output.secret", { translate: "no" }, made.token)));
		this.load();
	}

	async drop(token) {
		const done = await dialog(t("token.withdraw.title",
			{ name: token.name }), h("p", {}, t("token.withdraw.text")),
		{ action: t("token.withdraw"), danger: true, send: () =>
			call("DELETE", `tokens/${part(token.id)}`) });

		if (done) {
			say(t("token.withdrawn", { name: token.name }));
			this.load();
		}
	}
}

export function openTokens(place) {
	fill(place);
	new Tokens(place);
	return {};
}
