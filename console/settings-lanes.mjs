// SPDX-License-Identifier: Apache-2.0
// Lanes: their names, directions, and the capture rate that raises an alarm.
import { data, h } from "./dom.mjs";
import { call, get, part } from "./api.mjs";
import { actions, button, card, choice, dialog, field, into, say, table }
	from "./parts.mjs";
import { percent, t } from "./words.mjs";

class LaneSettings {
	constructor(place) {
		this.place = place;
		this.load();
	}

	load() {
		return into(this.place, () => get("lanes"), ({ items }) =>
			card(t("settings.lanes"), h("div.row.end", {},
				button(t("lane.add"), () => this.edit({}), "primary",
					"lane")), items.length === 0
				? h("p.muted", {}, t("lanes.empty.text"))
				: this.table(items)));
	}

	table(items) {
		return table(t("settings.lanes"), [[t("col.lane")],
			[t("lane.name")], [t("lane.direction")],
			[t("lane.floor"), "n"], [actions()]],
		items.map(l => [data(l.lane), data(l.name ?? ""),
			l.direction ? t(`direction.${l.direction}`) : "–",
			l.floor > 0 ? percent(l.floor) : "–",
			h("div.row.end", {}, button(t("edit"),
				() => this.edit(l), "quiet"))]));
	}

	async edit(lane) {
		const id = h("input", { required: true, maxlength: 32,
			pattern: "[a-z0-9\\-]+", value: lane.lane ?? "",
			disabled: Boolean(lane.lane), autocapitalize: "none" });
		const name = h("input", { maxlength: 64, value: lane.name ?? "" });
		const direction = choice([["out", t("direction.out")],
			["in", t("direction.in")]], lane.direction ?? "out");
		const floor = h("input", { type: "number", min: 0, max: 100,
			step: 1, required: true,
			value: Math.round(100 * (lane.floor ?? 0.8)) });
		const done = await dialog(t(lane.lane ? "lane.edit" : "lane.add"),
			h("div.stack", {}, field(t("col.lane"), id,
				t("token.name.hint")), field(t("lane.name"), name),
			field(t("lane.direction"), direction),
			field(t("lane.floor.percent"), floor, t("lane.floor.hint"))),
			{ action: t("save"), send: () => call("PUT",
				`lanes/${part(id.value)}`, { body: {
					name: name.value, direction: direction.value,
					floor: floor.valueAsNumber / 100 } }) });

		if (done) {
			say(t("lane.saved", { lane: id.value }));
			this.load();
		}
	}
}

export function openLanes(place) {
	new LaneSettings(place);
	return {};
}
