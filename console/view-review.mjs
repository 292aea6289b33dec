// SPDX-License-Identifier: Apache-2.0
// Review: occupants whom the lane left to an officer, oldest first. Three
// answers, none of them prepared, none of them a refusal.
import { add, data, fill, h, soon } from "./dom.mjs";
import { call, explain, get, part } from "./api.mjs";
import { icon } from "./icons.mjs";
import { Case } from "./case.mjs";
import { button, head, say, trouble, waiting } from "./parts.mjs";
import { ownPurpose } from "./session.mjs";
import { clock, many, t } from "./words.mjs";

const PAGE = 50;
const SETTLE_MS = 1000;
const UNDO_MS = 60000;

const key = item => `${item.crossing}/${item.occupant.n}`;

class Review {
	constructor(root, [crossing, n]) {
		this.purpose = ownPurpose("review");
		this.items = [];
		this.count = 0;
		this.wanted = crossing && `${crossing}/${n ?? 1}`;
		this.list = h("ol.queue", { "aria-label": t("review.queue") });
		this.stage = h("div.stage", {});
		this.case = new Case(this.stage, this.purpose,
			(decision, reason) => this.decide(decision, reason));
		this.counter = h("p.counter", { role: "status" });
		this.refresh = soon(() => this.more(), SETTLE_MS);
		fill(root, head(t("nav.review"), this.counter),
			h("div.review", {}, this.stage, h("div.queue-box", {},
				h("h2", {}, t("review.queue")), this.list)));
		this.load();
	}

	ask(after) {
		return get("queue", { purpose: this.purpose,
			query: { after, limit: PAGE } });
	}

	async load() {
		if (!this.case.item)
			fill(this.stage, waiting());
		try {
			const page = await this.ask();
			const on = this.item ? key(this.item) : this.wanted;

			this.items = page.items;
			this.at = Math.max(0, this.items.findIndex(i =>
				key(i) === on));
			this.take(page);
			this.case.show(this.item);
		} catch (problem) {
			fill(this.stage, trouble(problem, () => this.load()));
		}
	}

	/** The hub counts crossings; people are known once all are here. */
	take(page) {
		this.next = page.next;
		this.count = this.next ? Math.max(page.count, this.items.length)
			: this.items.length;
		this.drawList();
	}

	/** Somebody joined the queue, or is back in it, `after` a crossing:
	 *  what is on the stage stays there. */
	async more(after) {
		if (!this.item)
			return this.load();
		try {
			const page = await this.ask(after);

			for (const item of page.items)
				if (!this.items.some(i => key(i) === key(item)))
					this.insert(item);
			this.take(page);
		} catch (problem) {
			say(explain(problem));
		}
		return null;
	}

	/** Oldest first; returns where. */
	insert(item) {
		const found = this.items.findIndex(o => o.opened > item.opened);
		const i = found < 0 ? this.items.length : found;

		this.items.splice(i, 0, item);
		if (i <= this.at)
			this.at++;
		return i;
	}

	drawList() {
		fill(this.counter, many("review.count", this.count));
		fill(this.list, this.items.map((item, i) => h("li", {},
			h("button.entry", { type: "button", "aria-current":
				i === this.at ? "true" : null,
			onclick: () => this.go(i) },
			h("strong", {}, data(item.vehicle)), " ",
			h("span", {}, t(`seat.${item.occupant.seat}`)),
			h("small", {}, data(item.lane), " · ",
				clock(item.opened))))),
		this.next && h("li", {}, button(t("more"),
			() => this.more(this.next), "quiet")));
	}

	get item() {
		return this.items[this.at];
	}

	go(i) {
		if (i < 0 || i >= this.items.length)
			return;
		this.at = i;
		this.drawList();
		this.case.show(this.item);
		this.case.focus();
		this.list.querySelector("[aria-current]")
			?.scrollIntoView({ block: "nearest" });
	}
	async rule(item, body) {
		return call("POST", `crossings/${part(item.crossing)}/occupants/${
			item.occupant.n}/rulings`, { purpose: this.purpose, body });
	}

	async decide(decision, reason) {
		const item = this.item;
		const document = decision === "by-hand" ? undefined
			: this.case.chosen?.document;

		if (this.busy || !item || (decision !== "by-hand" && !document))
			return;
		this.busy = true;
		try {
			const ruling = await this.rule(item,
				{ decision, document, reason });

			item.occupant.rulings.push(ruling);
			this.after(item, decision, ruling);
		} catch (problem) {
			say(explain(problem));
		} finally {
			this.busy = false;
		}
	}

	/** "Not this document" does not end the wait; the others do. */
	after(item, decision, ruling) {
		say(t(`said.${decision}`, { vehicle: item.vehicle }),
			{ text: t("undo"), ms: UNDO_MS,
				fn: () => this.undo(item, ruling) });
		this.last = { item, ruling, until: Date.now() + UNDO_MS };
		if (decision !== "not-this-document")
			this.drop(key(item));
		else
			this.go(this.at);
	}

	drop(gone) {
		const i = this.items.findIndex(item => key(item) === gone);

		if (i < 0)
			return;
		this.items.splice(i, 1);
		this.count = Math.max(this.items.length, this.count - 1);
		if (i < this.at) {
			this.at--;
			this.drawList();
		} else if (i > this.at) {
			this.drawList();
		} else if (this.items.length > 0) {
			this.go(Math.min(this.at, this.items.length - 1));
		} else {
			this.drawList();
			this.case.show();
			this.case.focus();
		}
	}

	async undo(item, ruling) {
		this.last = null;
		try {
			await this.rule(item,
				{ decision: "undone", undoes: ruling.id });
			item.occupant.rulings = item.occupant.rulings
				.filter(r => r.id !== ruling.id);
			fill(document.getElementById("said"));
			say(t("said.undone", { vehicle: item.vehicle }));
			this.put(item);
		} catch (problem) {
			say(problem.status === 409 ? t("undo.late")
				: explain(problem));
		}
	}

	/** Back to its place in the queue, and onto the stage. */
	put(item) {
		if (!this.items.includes(item)) {
			this.insert(item);
			this.count++;
		}
		this.go(this.items.indexOf(item));
	}

	heard(name, value) {
		if (name === "resync")
			this.load();
		else if (name === "crossing" && value.awaiting > 0)
			this.joined(value.awaiting);
		else if (name === "ruling" && !this.busy)
			this.ruled(value);
	}

	/** Behind a full page only their number is known. */
	joined(n) {
		if (!this.next)
			return this.refresh();
		this.count += n;
		return this.drawList();
	}

	/** A colleague decided: that occupant waits no longer, or again. */
	ruled({ crossing, occupant, decision }) {
		if (decision === "same-person" || decision === "by-hand")
			this.drop(`${crossing}/${occupant}`);
		else if (decision === "undone" && !this.items.some(i =>
			key(i) === `${crossing}/${occupant}`))
			this.refresh();
	}

	key(pressed) {
		const does = {
			j: () => this.go(this.at + 1),
			k: () => this.go(this.at - 1),
			1: () => this.decide("same-person"),
			2: () => this.decide("not-this-document"),
			3: () => this.case.byHand(),
			d: () => this.case.nextDocument(),
			u: () => this.last && Date.now() < this.last.until &&
				this.undo(this.last.item, this.last.ruling),
		}[pressed];

		if (!does || !this.item && pressed !== "u")
			return false;
		does();
		return true;
	}
}

export function open(root, args) {
	const view = new Review(root, args);

	add(root, h("p.keys", {}, icon("keyboard"),
		[["J", "next"], ["K", "previous"], ["1 2 3", "answer"],
			["D", "document"], ["U", "undo"]].map(([k, name]) =>
			h("span", {}, k.split(" ").map(one => h("kbd", {}, one)),
				" ", t(`keys.${name}`)))));
	return { heard: (name, value) => view.heard(name, value),
		key: pressed => view.key(pressed),
		close: () => view.refresh.cancel() };
}
