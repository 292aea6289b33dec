// SPDX-License-Identifier: Apache-2.0
// Calls of the hub. Every call that shows a person names its purpose.
import { t, known } from "./words.mjs";

let csrf = "";
let onSignedOut = () => {};

/** What the hub answered, or that it did not: status 0. */
export class Problem extends Error {
	constructor(status, detail = "") {
		super(detail);
		this.status = status;
	}
}

export function useSession(session, signedOut) {
	csrf = session?.csrf ?? "";
	onSignedOut = signedOut ?? onSignedOut;
}

/** What happened and what to do, for people. */
export function explain(problem) {
	const key = `problem.${problem.status}`;

	if (!(problem instanceof Problem))
		throw problem;
	return known(key) ? t(key) : t("problem.other", { n: problem.status });
}

function path(to, query) {
	const asked = new URLSearchParams();

	for (const [name, value] of Object.entries(query ?? {}))
		if (value !== undefined && value !== null && value !== "")
			asked.set(name, value);
	return `/v1/${to}${asked.size ? `?${asked}` : ""}`;
}

function headers(method, purpose, body) {
	const out = {};

	if (purpose)
		out["X-Exeunt-Purpose"] = purpose;
	if (method !== "GET")
		out["X-Exeunt-CSRF"] = csrf;
	if (body !== undefined)
		out["Content-Type"] = "application/json";
	return out;
}

async function refused(answer, quiet) {
	const problem = await answer.json().catch(() => ({}));

	if (answer.status === 401 && !quiet)
		onSignedOut();
	return new Problem(answer.status, problem.detail);
}

async function ask(method, to, { query, purpose, body, quiet, signal } = {}) {
	let answer;

	try {
		answer = await fetch(path(to, query), { method, signal,
			cache: "no-store", headers: headers(method, purpose, body),
			body: body === undefined ? undefined : JSON.stringify(body) });
	} catch (error) {
		if (error.name === "AbortError")
			throw error;
		throw new Problem(0);
	}
	if (!answer.ok)
		throw await refused(answer, quiet);
	return answer;
}

/** call("GET", "queue", {purpose: "review"}): its JSON, or null for 204. */
export async function call(method, to, options) {
	const answer = await ask(method, to, options);
	const text = await answer.text();

	return text ? JSON.parse(text) : null;
}

export const get = (to, options) => call("GET", to, options);

/** A picture as a blob. The hub writes its opening into the audit chain. */
export async function getBlob(to, options) {
	return (await ask("GET", to, options)).blob();
}

export const part = text => encodeURIComponent(text);
