// SPDX-License-Identifier: Apache-2.0
// Icons of our own, 24 x 24, drawn in the colour of the text beside them.
import { svg } from "./dom.mjs";

const PATHS = {
	lane: "M4 21 8 3M20 21 16 3M12 4v3M12 11v3M12 18v3",
	review: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM2.5 20c.6-3.6 3.2-6 6.5-6 1.7 0 3.2.6 4.3 1.7M15.5 18l2.2 2.2L22 15.6",
	crossing: "M6 3h9l4 4v14H6ZM14.5 3v4.5H19M9.5 12h6M9.5 16h6",
	lanes: "M4 20V10M10 20V4M16 20v-7M21 20H3",
	audit: "M12 3 5 6v5.5c0 4.4 2.8 7.8 7 9.5 4.2-1.7 7-5.1 7-9.5V6ZM9 12l2.2 2.2L15.2 10",
	settings: "M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5",
	confirmed: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM8 12.3l2.8 2.8L16 9.5",
	officer: "M12 2.5 21.5 12 12 21.5 2.5 12ZM12 7.8v4.8M12 15.8v.2",
	handled: "M4 4h16v16H4ZM8 12.3l2.8 2.8L16 9.5",
	unknown: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM9.5 9.5c0-3 5-3 5 0 0 2-2.5 2-2.5 4.2M12 16.8v.2",
	alarm: "M12 3.5 22 20.5H2ZM12 10v4.5M12 17.3v.2",
	broken: "M8 3h8l5 5v8l-5 5H8l-5-5V8ZM9 9l6 6M15 9l-6 6",
	document: "M5 3h14v18H5ZM12 12.5a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2ZM8.5 17h7",
	person: "M12 12a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM3.5 21c.8-4.2 4.2-6.5 8.5-6.5s7.7 2.3 8.5 6.5",
	undo: "M8 5 4 9l4 4M4 9h9.5a5.5 5.5 0 0 1 0 11H9",
	out: "M14 4H5v16h9M10.5 12H21M17.5 8.5 21 12l-3.5 3.5",
	in: "M10 4h9v16h-9M3 12h10.5M10 8.5l3.5 3.5-3.5 3.5",
	theme: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 3v18",
	keyboard: "M2.5 6h19v12h-19ZM6 10h.1M10 10h.1M14 10h.1M18 10h.1M7.5 14h9",
	language: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3.5 9.5h17M3.5 14.5h17M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18",
	live: "M12 13.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM7.5 16.5a6.3 6.3 0 0 1 0-9M16.5 7.5a6.3 6.3 0 0 1 0 9M4.5 19.5a10.6 10.6 0 0 1 0-15M19.5 4.5a10.6 10.6 0 0 1 0 15",
	offline: "M3 3l18 18M7.5 16.5a6.3 6.3 0 0 1-.5-8.3M4.5 19.5A10.6 10.6 0 0 1 3.5 7M16.5 7.5a6.3 6.3 0 0 1 1 7.5M19.5 4.5a10.6 10.6 0 0 1 1.5 12.5",
	eye: "M2.5 12C5 7.5 8.2 5.5 12 5.5s7 2 9.5 6.5c-2.5 4.5-5.7 6.5-9.5 6.5S5 16.5 2.5 12ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z",
	erase: "M4 7h16M9 7V4h6v3M6.5 7l1 14h9l1-14M10 11v6M14 11v6",
	pin: "M9 3h6l-1 6 4 4H6l4-4ZM12 13v8",
	empty: "M3 15l3-9h12l3 9v5H3ZM3 15h5.5l1.2 2h4.6l1.2-2H21",
	key: "M8 16a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM12.5 11.5H22M18 11.5V15M21.5 11.5V14",
	right: "M9 5l7 7-7 7",
	left: "M15 5l-7 7 7 7",
	close: "M5 5l14 14M19 5 5 19",
	clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5.3l3.5 2",
};

/** An icon beside a word that says the same: hidden from screen readers. */
export function icon(name) {
	return svg("svg", { class: "icon", viewBox: "0 0 24 24",
		"aria-hidden": "true", focusable: "false" },
	svg("path", { d: PATHS[name] }));
}

/** Head and shoulders, where no picture can be shown. */
export function silhouette() {
	return svg("svg", { class: "silhouette", viewBox: "0 0 80 100",
		"aria-hidden": "true", focusable: "false" },
	svg("path", { d: "M40 58c12 0 19-11 19-24S52 13 40 13 21 21 21 34s7 24 19 24ZM4 104c2-27 16-42 36-42s34 15 36 42Z" }));
}
