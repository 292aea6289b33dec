// SPDX-License-Identifier: Apache-2.0
// Settings: promises and retention for admins and supervisors; users, tokens
// and lanes for admins.
import { data, fill, h } from "./dom.mjs";
import { get } from "./api.mjs";
import { card, facts, head, into } from "./parts.mjs";
import { openLanes } from "./settings-lanes.mjs";
import { openPolicy } from "./settings-policy.mjs";
import { openTokens } from "./settings-tokens.mjs";
import { openUsers } from "./settings-users.mjs";
import { role } from "./session.mjs";
import { known, spoken, t } from "./words.mjs";

const TABS = { policy: openPolicy, configuration: openConfiguration,
	users: openUsers, tokens: openTokens, lanes: openLanes };
const OF_ADMINS = ["users", "tokens", "lanes"];

function settingRows(group) {
	return Object.entries(group)
		.filter(([name]) => !name.endsWith("-legal"))
		.map(([name, value]) => {
			const legal = group[`${name}-legal`];
			const title = known(`class.${name}`) ? t(`class.${name}`)
				: data(name, "code");

			return [title, [data(value === "" ? "–" : value),
				legal && h("small.muted", {}, " ", data(legal))]];
		});
}

/** What is in force, as the hub's file says it. */
function openConfiguration(place) {
	const links = card(t("papers.title"), h("p", {}, t("papers.text")),
		h("p.row.wrap", {}, [["impact", "papers.impact"],
			["sign", "papers.sign"]].map(([path, name]) =>
			h("a.button", { href: `/v1/${path}?language=${spoken()}`,
				target: "_blank", rel: "noopener" }, t(name)))));
	const inForce = h("div.stack", {});

	fill(place, inForce, links);
	into(inForce, () => get("configuration"), settings => [
		h("p.muted", {}, t("configuration.text")),
		Object.entries(settings)
			.filter(([, group]) => group && typeof group === "object")
			.map(([name, group]) => card(known(`settings.${name}`)
				? t(`settings.${name}`) : data(name),
			facts(settingRows(group))))]);
}

export function open(root, [tab]) {
	const tabs = Object.keys(TABS).filter(name =>
		role() === "admin" || !OF_ADMINS.includes(name));
	const current = tabs.includes(tab) ? tab : tabs[0];
	const place = h("div.stack", {});

	fill(root, head(t("nav.settings")), h("nav.tabs",
		{ "aria-label": t("nav.settings") }, tabs.map(name =>
			h("a", { href: `#/settings/${name}`, "aria-current":
				name === current ? "page" : null },
			t(`settings.${name}`)))), place);
	return TABS[current](place);
}
