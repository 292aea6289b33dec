// SPDX-License-Identifier: Apache-2.0
// A tiny DOM helper. Text is always a text node: no markup is ever parsed.

const SVG = "http://www.w3.org/2000/svg";

function put(node, name, value) {
	if (value === null || value === undefined || value === false)
		return;
	if (name.startsWith("on"))
		node.addEventListener(name.slice(2), value);
	else if (name === "value" || name === "checked" || name === "disabled")
		node[name] = value;
	else
		node.setAttribute(name, value === true ? "" : value);
}

/** Append strings, numbers, nodes and arrays of them; skip what is not there. */
export function add(node, ...children) {
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== false)
			node.append(child);
	return node;
}

/** h("button.quiet#save", {onclick}, children): an element. */
export function h(what, attributes = {}, ...children) {
	const [tag, ...rest] = what.split(/(?=[.#])/);
	const node = document.createElement(tag || "div");

	for (const part of rest)
		if (part[0] === ".")
			node.classList.add(part.slice(1));
		else
			node.id = part.slice(1);
	for (const [name, value] of Object.entries(attributes))
		put(node, name, value);
	return add(node, children);
}

export function svg(tag, attributes = {}, ...children) {
	const node = document.createElementNS(SVG, tag);

	for (const [name, value] of Object.entries(attributes))
		put(node, name, value);
	return add(node, children);
}

/** Replace what is in `node`. */
export function fill(node, ...children) {
	node.replaceChildren();
	return add(node, children);
}

/** What is data (ids, names, times) and not of the catalogue. */
export function data(value, tag = "span") {
	return h(tag, { translate: "no" }, String(value));
}

/** Run `fn` once after `ms`, however often it is asked for meanwhile. */
export function soon(fn, ms) {
	let timer = null;
	const ask = () => {
		timer ??= setTimeout(() => {
			timer = null;
			fn();
		}, ms);
	};

	ask.cancel = () => {
		clearTimeout(timer);
		timer = null;
	};
	return ask;
}
