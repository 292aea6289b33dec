// SPDX-License-Identifier: Apache-2.0
// The language on the screen: catalogues, plurals, numbers and times.
import en from "./words-en.mjs";
import es from "./words-es.mjs";
import fr from "./words-fr.mjs";
import { h } from "./dom.mjs";

export const LANGUAGES = { en: "English", es: "Español", fr: "Français" };
const CATALOGUES = { en, es, fr };
const DAY_MS = 86400000;

let language = "en";
let plurals, numbers, rates, percents, clocks, days, moments;

/** Take the first of `wanted` ("es-ES", "fr") that there is. */
export function speak(...wanted) {
	language = wanted.map(w => String(w ?? "").slice(0, 2).toLowerCase())
		.find(w => CATALOGUES[w]) ?? "en";
	plurals = new Intl.PluralRules(language);
	numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 4 });
	rates = new Intl.NumberFormat(language, { style: "percent",
		maximumSignificantDigits: 2 });
	percents = new Intl.NumberFormat(language,
		{ style: "percent", maximumFractionDigits: 1 });
	clocks = new Intl.DateTimeFormat(language, { timeStyle: "medium",
		hourCycle: "h23" });
	days = new Intl.DateTimeFormat(language, { dateStyle: "medium" });
	moments = new Intl.DateTimeFormat(language,
		{ dateStyle: "medium", timeStyle: "short", hourCycle: "h23" });
	document.documentElement.lang = language;
}

export function spoken() {
	return language;
}

function filled(text, values) {
	return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

/** The text of `key`; `{name}` in it stands for values.name. */
export function t(key, values = {}) {
	return filled(CATALOGUES[language][key] ?? key, values);
}

/** Is there such a key? For words that come from the hub. */
export function known(key) {
	return Object.hasOwn(CATALOGUES[language], key);
}

/** The form of `key` for `n` things; `{n}` is their number. */
export function many(key, n, values = {}) {
	const form = `${key}.${plurals.select(n)}`;

	return t(known(form) ? form : `${key}.other`,
		{ n: number(n), ...values });
}

/** A word of the hub's tables ("glare" of "cause"), or itself if new. */
export function word(table, value) {
	const key = `${table}.${value}`;

	return known(key) ? t(key) : String(value ?? "");
}

export const number = n => numbers.format(n);
/** 0.05 %: two digits that count, however small. */
export const rate = share => rates.format(share);
export const percent = share => percents.format(share);

/** A share of pairs as "1 in 38,000", which people can picture. */
export function oneIn(fmr) {
	if (!(fmr > 0))
		return "";
	const n = 1 / fmr;
	const unit = 10 ** Math.max(0, Math.floor(Math.log10(n)) - 1);

	return t("rate.one-in", { n: number(Math.floor(n / unit + 1e-9) * unit) });
}

function time(text, format) {
	const at = new Date(text ?? NaN);

	if (Number.isNaN(at.getTime()))
		return h("span", { translate: "no" }, "–");
	return h("time", { datetime: text, title: text, translate: "no" },
		format(at));
}

/** 08:14:03, with the day before it unless that is today. */
export const clock = text => time(text, at =>
	Math.abs(Date.now() - at) < DAY_MS && at.getDate() === new Date().getDate()
		? clocks.format(at) : moments.format(at));
export const moment = text => time(text, at => moments.format(at));
export const day = text => time(text, at => days.format(at));

speak();
