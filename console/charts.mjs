// SPDX-License-Identifier: Apache-2.0
// Charts over time by uPlot, in the console's colours, with words and line
// patterns so that colour is never all there is.
import uPlot from "./uplot.mjs";
import { h } from "./dom.mjs";
import { number, percent, spoken, t, word } from "./words.mjs";

const HEIGHT = 220;
const MOST_CAUSES = 5;
const FILLS = ["--warn-line", "--accent", "--bad-line", "--ok-line", "--edge",
	"--muted"];
const DASHES = [[], [8, 4], [2, 3], [10, 3, 2, 3], [4, 4], [1, 2]];

/** What a colour of the sheet is in the look that is on now. */
function colours(...names) {
	const probe = h("span", {});

	document.body.append(probe);
	const out = names.map(name => {
		probe.style.color = `var(${name})`;
		return getComputedStyle(probe).color;
	});

	probe.remove();
	return out;
}

function axes(format) {
	const [ink, line] = colours("--muted", "--line");
	const font = "12px system-ui, sans-serif";
	const look = { stroke: ink, grid: { stroke: line, width: 1 },
		ticks: { stroke: line, width: 1 }, font };
	const clock = new Intl.DateTimeFormat(spoken(), { hour: "2-digit",
		minute: "2-digit", hourCycle: "h23" });
	const day = new Intl.DateTimeFormat(spoken(), { day: "numeric",
		month: "short" });
	const ticks = (plot, splits, axis, space, step) => splits.map(s =>
		(step >= 86400 || new Date(s * 1000).getHours() === 0 ? day
			: clock).format(new Date(s * 1000)));

	return [{ ...look, space: 60, values: ticks },
		{ ...look, size: 52, values: (plot, v) => v.map(format) }];
}

/** Its keys are drawn in the order of `series`, beside the words. */
function legend(series) {
	return h("ul.legend", {}, series.map(s => {
		const key = h("canvas", { width: 28, height: 10,
			"aria-hidden": "true" });
		const pen = key.getContext("2d");

		pen.strokeStyle = s.stroke;
		pen.lineWidth = 3;
		pen.setLineDash(s.dash ?? []);
		pen.moveTo(0, 5);
		pen.lineTo(28, 5);
		pen.stroke();
		return h("li", {}, key, s.label);
	}));
}

/** A chart as wide as its place. */
function draw(label, series, columns, more) {
	const place = h("div.plot", { role: "img", "aria-label": label });
	const options = { width: 400, height: HEIGHT, legend: { show: false },
		cursor: { show: false }, ...more,
		series: [{}, ...series.map(s => ({ width: 2,
			points: { show: false }, ...s }))] };
	const plot = new uPlot(options, columns, place);
	const watch = new ResizeObserver(([entry]) => plot.setSize({
		width: Math.max(200, Math.floor(entry.contentRect.width)),
		height: HEIGHT }));

	watch.observe(place);
	return { node: h("div", {}, place, legend(series)), stop() {
		watch.disconnect();
		plot.destroy();
	} };
}

const seconds = rows => rows.map(r => Date.parse(r.at) / 1000);

export function rateChart(rows, floor) {
	const [confirmed, captured, bar] =
		colours("--ok-line", "--accent", "--bad-line");
	const of = name => rows.map(r => r.seen > 0 ? r[name] / r.seen : null);
	const series = [
		{ label: t("rate.confirmed"), stroke: confirmed },
		{ label: t("rate.captured"), stroke: captured, dash: DASHES[1] }];
	const columns = [seconds(rows), of("confirmed"), of("captured")];

	if (floor > 0) {
		series.push({ label: t("rate.floor", { floor: percent(floor) }),
			stroke: bar, dash: DASHES[2] });
		columns.push(rows.map(() => floor));
	}
	return draw(t("health.rates.label"), series, columns,
		{ axes: axes(percent), scales: { y: { range: [0, 1] } } });
}

/** The most frequent first; what is rarer is one more, together. */
function ranked(rows) {
	const sums = {};

	for (const r of rows)
		for (const [cause, n] of Object.entries(r.causes ?? {}))
			sums[cause] = (sums[cause] ?? 0) + n;
	return Object.keys(sums).filter(c => sums[c] > 0)
		.sort((a, b) => sums[b] - sums[a]);
}

export function causesChart(rows) {
	const order = ranked(rows);
	const own = order.slice(0, MOST_CAUSES), rest = order.slice(MOST_CAUSES);
	const paints = colours(...FILLS);
	const lines = own.map(c => [word("cause-short", c),
		rows.map(r => r.causes?.[c] ?? 0)]);

	if (own.length === 0)
		return { node: h("p.muted", {}, t("health.causes.none")), stop() {} };
	if (rest.length > 0)
		lines.push([t("cause-short.rest"), rows.map(r => rest.reduce(
			(n, c) => n + (r.causes?.[c] ?? 0), 0))]);
	return draw(t("health.causes.label"), lines.map(([label], i) =>
		({ label, stroke: paints[i], dash: DASHES[i] })),
	[seconds(rows), ...lines.map(l => l[1])],
	{ axes: axes(number), scales: { y: { range: (plot, low, high) =>
		[0, Math.max(4, high * 1.1)] } } });
}
