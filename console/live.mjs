// SPDX-License-Identifier: Apache-2.0
// What the hub pushes. Nothing here asks again and again: the one timer waits
// before connecting anew after the hub closed the stream for good.
const EVENTS = ["crossing", "ruling", "vehicle", "lane", "policy", "erasure"];
const SHORTEST_MS = 2000;
const LONGEST_MS = 60000;

let source = null;
let timer = null;
let wait_ms = SHORTEST_MS;
let lost = false;
let hear = () => {};

function tell(name, text) {
	let value = {};

	try {
		value = JSON.parse(text || "{}");
	} catch {
		return;
	}
	hear(name, value);
}

function opened() {
	wait_ms = SHORTEST_MS;
	hear("state", { live: true });
	// A stream that was begun anew does not say what happened between.
	if (lost)
		hear("resync", {});
	lost = false;
}

function failed() {
	const ended = source.readyState === EventSource.CLOSED;

	hear("state", { live: false, ended });
	if (!ended)
		return;
	lost = true;
	timer = setTimeout(open, wait_ms);
	wait_ms = Math.min(2 * wait_ms, LONGEST_MS);
}

function open() {
	source = new EventSource("/v1/events");
	source.addEventListener("open", opened);
	source.addEventListener("error", failed);
	// The hub's ring no longer reaches back to what was last seen.
	source.addEventListener("reset", () => hear("resync", {}));
	for (const name of EVENTS)
		source.addEventListener(name, event => tell(name, event.data));
}

/** Listen: `heard(name, data)`; names are the hub's, and `state`, `resync`. */
export function listen(heard) {
	hush();
	hear = heard;
	open();
}

export function hush() {
	clearTimeout(timer);
	source?.close();
	source = null;
	lost = false;
	wait_ms = SHORTEST_MS;
}
