// SPDX-License-Identifier: Apache-2.0
// Pictures of people: fetched for a named purpose, shown, and let go.
import { add, fill, h } from "./dom.mjs";
import { getBlob, part } from "./api.mjs";
import { silhouette } from "./icons.mjs";
import { t } from "./words.mjs";

async function show(frame, { crossing, name, purpose, alt }) {
	let url = "";

	frame.setAttribute("aria-busy", "true");
	try {
		const blob = await getBlob(
			`crossings/${part(crossing)}/pictures/${part(name)}`,
			{ purpose });
		const image = h("img", { alt, decoding: "async" });

		url = URL.createObjectURL(blob);
		image.src = url;
		await image.decode();
		fill(frame, image);
	} catch (problem) {
		fill(frame, silhouette(), h("span.none", {},
			t(problem.status === 404 ? "picture.gone"
				: "picture.failed")));
	} finally {
		URL.revokeObjectURL(url);
		frame.removeAttribute("aria-busy");
	}
}

/**
 * A picture with its caption. Without `purpose` it stays closed.
 * @param name "o1" or "d2"; null: there is none, which `none` explains
 */
export function picture({ crossing, name, purpose, alt, caption, none }) {
	const frame = h("div.frame", {}, silhouette());
	const figure = h("figure.picture", {}, frame,
		caption && h("figcaption", {}, caption));

	if (!name)
		add(frame, h("span.none", {}, none ?? t("picture.none")));
	else if (purpose)
		show(frame, { crossing, name, purpose, alt });
	else
		add(frame, h("span.none", {}, t("picture.closed")));
	return figure;
}

/**
 * Pictures by name, each opened once however often a view is drawn: every
 * opening is a link in the audit chain.
 */
export function album(crossing, purpose) {
	const kept = new Map();

	return options => {
		const name = options.name;

		if (!name)
			return picture({ crossing, ...options });
		if (!kept.has(name))
			kept.set(name, picture({ crossing, purpose, ...options }));
		return kept.get(name);
	};
}
