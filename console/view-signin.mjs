// SPDX-License-Identifier: Apache-2.0
// The first page: who are you?
import { fill, h } from "./dom.mjs";
import { call, explain } from "./api.mjs";
import { icon } from "./icons.mjs";
import { choice, field } from "./parts.mjs";
import { LANGUAGES, speak, spoken, t } from "./words.mjs";

function languages(redraw) {
	const select = choice(Object.entries(LANGUAGES)
		.map(([code, name]) => [code, name, true]), spoken(),
	{ "aria-label": t("language") });

	select.addEventListener("change", () => {
		speak(select.value);
		redraw();
	});
	return h("div.row.end", {}, icon("language"), select);
}

export function signIn(enter) {
	const user = h("input", { name: "user", autocomplete: "username",
		required: true, maxlength: 64, autocapitalize: "none",
		spellcheck: "false" });
	const password = h("input", { name: "password", type: "password",
		autocomplete: "current-password", required: true,
		maxlength: 256 });
	const said = h("div", { role: "alert" });
	const submit = async event => {
		event.preventDefault();
		fill(said);
		try {
			enter(await call("POST", "session", { quiet: true,
				body: { user: user.value,
					password: password.value } }));
		} catch (problem) {
			password.value = "";
			fill(said, h("p.said", {}, icon("broken"),
				problem.status === 401 ? t("signin.wrong")
					: explain(problem)));
			password.focus();
		}
	};

	document.title = `${t("signin.title")} · Exeunt`;
	fill(document.body, h("main.signin", {},
		h("form.card.stack", { onsubmit: submit },
			h("p.brand", {}, icon("out"),
				h("span", { translate: "no" }, "Exeunt")),
			h("h1", {}, t("signin.title")),
			h("p.muted", {}, t("signin.text")),
			field(t("signin.user"), user),
			field(t("signin.password"), password), said,
			h("button.primary", { type: "submit" },
				t("signin.do")),
			languages(() => signIn(enter)))));
	user.focus();
}
