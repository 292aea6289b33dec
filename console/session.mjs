// SPDX-License-Identifier: Apache-2.0
// Who is signed in, what their role sees, and what this browser remembers.

const VIEWS = {
	lane: ["officer", "supervisor"],
	review: ["officer", "supervisor"],
	crossing: ["officer", "supervisor", "auditor"],
	lanes: ["officer", "supervisor", "auditor", "admin"],
	audit: ["auditor", "supervisor"],
	settings: ["admin", "supervisor"],
};
/** Purposes that a person may name when they look up a crossing. */
const PURPOSES = {
	officer: ["crossing", "review", "data-subject"],
	supervisor: ["supervision", "data-subject", "complaint",
		"investigation"],
	auditor: ["audit", "complaint", "investigation"],
};
/** Purposes that the console names by itself, and for whom. */
const OWN = { lane: "crossing", review: "review" };

let session = null;

export function setSession(value) {
	session = value;
}
export const who = () => session;
export const role = () => session?.role ?? "";
export const views = () => Object.keys(VIEWS).filter(may);
export const may = view => VIEWS[view]?.includes(role()) ?? false;
export const rolesOf = view => VIEWS[view] ?? [];
export const purposes = () => PURPOSES[role()] ?? [];
export const ownPurpose = view => OWN[view];

/** "user:ana" of the audit chain is "ana" on the screen. */
export const person = actor => String(actor ?? "").replace(/^user:/, "");
export const isMe = actor => person(actor) === session?.user;

/** Settings of this browser; a browser that keeps none still works. */
export function remembered(key, otherwise = "") {
	try {
		return localStorage.getItem(`exeunt.${key}`) ?? otherwise;
	} catch {
		return otherwise;
	}
}
export function remember(key, value) {
	try {
		localStorage.setItem(`exeunt.${key}`, value);
	} catch {
		/* private window without storage */
	}
}
