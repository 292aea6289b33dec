// SPDX-License-Identifier: Apache-2.0
// What is promised of a match. One person proposes a change, another approves.
import { data, fill, h } from "./dom.mjs";
import { call, explain, get, part } from "./api.mjs";
import { button, card, chip, facts, field, into, say }
	from "./parts.mjs";
import { isMe, person } from "./session.mjs";
import { many, moment, number, oneIn, rate, t } from "./words.mjs";

const NAMES = ["fmr", "vehicle_cap", "margin"];
const BOUNDS = { fmr: [1e-9, 0.01], vehicle_cap: [1e-9, 0.1],
	margin: [0.001, 0.2] };
const CLASSES = ["citizen-pictures", "pictures", "crossings", "audit"];
const DAY_H = 24;
const MOST_H = 876000; /* a hundred years */

function shown(name, value) {
	if (value === undefined || value === null)
		return "–";
	return name === "margin" ? number(value)
		: `${rate(value)} (${oneIn(value)})`;
}

/** Hours as people say them: "12 h", "14 days". */
const term = hours => hours % DAY_H === 0 ? many("days", hours / DAY_H)
	: many("hours", hours);

function rows(policy) {
	return [...NAMES.map(n => [t(`policy.${n}`), shown(n, policy[n])]),
		...CLASSES.filter(c => policy.retention?.[c]).map(c =>
			[t(`class.${c}`), term(policy.retention[c])])];
}

function inForce(policy) {
	return card(t("policy.now"), facts([
		...rows(policy),
		[t("policy.version"), number(policy.version ?? 0)],
		[t("policy.by"), (policy.approved_by ?? []).length > 0
			? data(policy.approved_by.map(person).join(", "))
			: t("policy.by.file")]]),
	h("p.small.muted", {}, t("policy.strict")));
}

class Policy {
	constructor(place) {
		this.place = place;
		this.load();
	}

	load() {
		return into(this.place, () => get("policy"),
			policy => this.draw(policy));
	}

	draw(policy) {
		this.policy = policy;
		return [h("p", {}, t("policy.text")), h("div.columns", {},
			inForce(policy), policy.proposal
				? this.proposal(policy.proposal) : this.form())];
	}

	proposal(p) {
		const mine = isMe(p.by);

		return card(t("proposal.title"), chip("alarm",
			t("proposal.waits")), facts([
			...rows(p),
			[t("proposal.by"), data(person(p.by))],
			[t("proposal.at"), moment(p.at)]]),
		h("p.muted", {}, t(mine ? "proposal.mine" : "proposal.others")),
		h("div.row.end", {}, button(t("proposal.drop"), () => this.act(
			"DELETE", `policy/proposals/${part(p.id)}`,
			"proposal.dropped"), "danger"),
		!mine && button(t("proposal.approve"), () => this.act("POST",
			`policy/proposals/${part(p.id)}/approval`,
			"proposal.approved"), "primary")));
	}

	rates() {
		return Object.fromEntries(NAMES.map(n => [n, h("input",
			{ type: "number", step: "any", min: BOUNDS[n][0],
				max: BOUNDS[n][1], required: true,
				value: this.policy[n] ?? "" })]));
	}

	terms() {
		return Object.fromEntries(CLASSES.map(c => [c, h("input",
			{ type: "number", step: 1, min: 1, max: MOST_H,
				required: true,
				value: this.policy.retention?.[c] ?? "" })]));
	}

	form() {
		const rates = this.rates(), terms = this.terms();
		const means = h("p.small.muted", { role: "status" });
		const told = () => fill(means, t("policy.means",
			{ rate: oneIn(rates.fmr.valueAsNumber) || "–" }));
		const numbers = inputs => Object.fromEntries(Object.entries(inputs)
			.map(([name, input]) => [name, input.valueAsNumber]));
		const submit = event => {
			event.preventDefault();
			this.act("POST", "policy/proposals", "proposal.made",
				{ ...numbers(rates), retention: numbers(terms) });
		};

		rates.fmr.addEventListener("input", told);
		told();
		return card(t("proposal.new"), h("form.stack",
			{ onsubmit: submit }, NAMES.map(n => [field(t(`policy.${n}`),
				rates[n], t(`policy.${n}.hint`)),
			n === "fmr" && means]), h("fieldset", {},
				h("legend", {}, t("policy.terms")),
				h("div.columns.four", {}, CLASSES.map(c =>
					field(t(`class.${c}`), terms[c])))),
			h("div.row.end", {}, h("button.primary",
				{ type: "submit" }, t("proposal.do")))));
	}

	async act(method, path, done, body) {
		try {
			await call(method, path, { body });
			say(t(done));
		} catch (problem) {
			say(explain(problem));
		}
		this.load();
	}

	heard(name) {
		/* A proposal half typed is not wiped by somebody's event. */
		if (["policy", "resync"].includes(name) &&
		    !this.place.contains(document.activeElement))
			this.load();
	}
}

export function openPolicy(place) {
	const policy = new Policy(place);

	return { heard: name => policy.heard(name) };
}
