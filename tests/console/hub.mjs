// SPDX-License-Identifier: Apache-2.0
// A hub of the test's own in a folder of its own, with people and lanes; and
// crossings of synthetic travellers, delivered as a lane would.
//
//     node t_x.mjs ROOT EXEUNT MAKE_CROSSING
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync }
	from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const [ROOT, EXEUNT, MAKER] = process.argv.slice(2)
	.map(p => path.resolve(p));
export const PASSWORD = "four calm words here";
const START_MS = 60000;
const STOP_MS = 20000;

export const wait = ms => new Promise(done => setTimeout(done, ms));

/** Until `check` returns something; its last answer after `ms`. */
export async function until(check, ms = 10000) {
	const end = Date.now() + ms;

	for (;;) {
		const value = await check();

		if (value || Date.now() > end)
			return value;
		await wait(50);
	}
}

export class Hub {
	constructor() {
		this.dir = mkdtempSync(path.join(tmpdir(), "exeunt-console-"));
		this.config = path.join(this.dir, "hub.conf");
		this.tokens = new Map();
		this.made = 0;
		/* However the tests end, the hub ends with them. */
		process.once("exit", () => this.process?.kill("SIGKILL"));
		this.configure("127.0.0.1:0");
		this.exeunt("vault", "init", "--vault", this.at("vault"),
			"--master-key", this.at("keys/master"), "--same-disk");
	}

	at(name) {
		return path.join(this.dir, name);
	}

	configure(listen) {
		mkdirSync(this.at("keys"), { recursive: true, mode: 0o700 });
		writeFileSync(this.config, `[hub]
listen = ${listen}
ledger = sqlite:${this.at("ledger.db")}
vault = ${this.at("vault")}
master-key = ${this.at("keys/master")}
same-disk = yes
console = ${path.join(path.dirname(EXEUNT), "console")}
[retention]
host = UTO
pictures-legal = Border Act, section 5
`);
	}

	exeunt(...args) {
		const done = spawnSync(EXEUNT, args,
			{ input: `${PASSWORD}\n`, encoding: "utf8" });

		if (done.status !== 0)
			throw new Error(`exeunt ${args.join(" ")}: ${done.status}: ${
				done.stderr}`);
		return done.stdout;
	}

	user(name, role, language = "en") {
		this.exeunt("hub", "user", "add", name, "--role", role,
			"--language", language, "--config", this.config);
	}

	async start() {
		this.stopping = false;
		this.process = spawn(EXEUNT, ["hub", "--config", this.config,
			"--json"], { stdio: ["ignore", "pipe", "inherit"] });
		this.url = await new Promise((done, fail) => {
			let said = "";
			const late = setTimeout(() =>
				fail(new Error("the hub does not start")), START_MS);

			this.process.stdout.on("data", text => {
				said += text;
				if (said.includes("\n")) {
					clearTimeout(late);
					done(JSON.parse(said).url.replace(/\/$/, ""));
				}
			});
			this.process.on("exit", (code, signal) =>
				this.gone(code ?? signal));
		});
		/* Started again it listens where browsers look for it. */
		this.configure(new URL(this.url).host);
	}

	/** By itself: nothing that follows can be told. */
	gone(how) {
		if (this.stopping)
			return;
		console.log(`Bail out! the hub ended with ${how}`);
		process.exit(1);
	}

	async stop() {
		const gone = () => !this.process ||
			this.process.exitCode !== null ||
			this.process.signalCode !== null;

		if (!gone()) {
			const late = setTimeout(() =>
				this.process.kill("SIGKILL"), STOP_MS);

			this.stopping = true;
			this.process.kill("SIGTERM");
			await until(gone, 2 * STOP_MS);
			clearTimeout(late);
		}
		return this.process?.exitCode;
	}

	async end() {
		await this.stop();
		rmSync(this.dir, { recursive: true, force: true });
	}

	/** The token of a lane, made when it is first asked for. */
	token(lane) {
		if (!this.tokens.has(lane)) {
			const said = this.exeunt("hub", "token", "add", "--role",
				"lane", "--name", lane, "--json", "--config",
				this.config);

			this.tokens.set(lane, JSON.parse(said).token);
		}
		return this.tokens.get(lane);
	}

	async asLane(lane, method, to, { body, headers } = {}) {
		return fetch(`${this.url}/v1/${to}`, { method, body, headers:
			{ Authorization: `Bearer ${this.token(lane)}`, ...headers } });
	}

	async recipient(lane) {
		this.sealTo ??= (await (await this.asLane(lane, "GET",
			"recipient")).json()).recipient;
		return this.sealTo;
	}

	/** Crossings made and not yet sent: [{crossing, file, vehicle, ...}]. */
	async make(lane, options = {}) {
		const out = path.join(this.dir, `made-${++this.made}`);
		const args = { seed: this.made, count: 1, every: 1000,
			start: new Date(Date.now() - 5000).toISOString(),
			host: "UTO", ...options };

		mkdirSync(out);
		return execFileSync(MAKER, ["--data",
			path.join(ROOT, "data", "travellers"), "--recipient",
			await this.recipient(lane), "--lane", lane, "--out", out,
			...Object.entries(args).flatMap(([name, value]) =>
				value === true ? [`--${name}`]
					: [`--${name}`, String(value)])],
		{ encoding: "utf8" }).trim().split("\n")
			.map(line => JSON.parse(line));
	}

	async send(made) {
		const answer = await this.asLane(made.lane, "POST", "crossings", {
			body: readFileSync(made.file), headers: {
				"Content-Type": "application/vnd.exeunt.envelope",
				"Idempotency-Key": made.crossing } });

		if (answer.status !== 201)
			throw new Error(`delivery: ${answer.status} ${
				await answer.text()}`);
		return made;
	}

	/** The program's own lane over a scene of the simulator's: resolves to
	 *  the crossings that it printed. */
	async runLane(lane, vehicles) {
		const scene = this.at(`scene-${++this.made}`);
		const token = `${scene}.token`;

		writeFileSync(token, this.token(lane), { mode: 0o600 });
		const json = path.join(scene, "scene.json");

		this.exeunt("sim", "--out", scene, "--vehicles", "6",
			"--seed", "7");
		const all = JSON.parse(readFileSync(json, "utf8"));

		writeFileSync(json, JSON.stringify({ ...all, lane,
			vehicles: all.vehicles.slice(0, vehicles) }));
		const run = spawn(EXEUNT, ["lane", "run", "--scene", scene, "--json",
			"--min-face", "90", "--now", "--hub", this.url,
			"--hub-token", token, "--spool", `${scene}.spool`,
			"--recipient", await this.recipient(lane)],
		{ stdio: ["ignore", "pipe", "inherit"] });
		let said = "";

		run.stdout.on("data", text => {
			said += text;
		});
		const code = await new Promise(done => run.on("close", done));

		if (code !== 0)
			throw new Error(`lane run: ${code}`);
		return said.trim().split("\n").map(line => JSON.parse(line));
	}

	/** Of several, one vehicle of `confirmed` people and one who waits. */
	async deliverMixed(lane, confirmed) {
		const some = await this.make(lane, { count: 24, seed: 11, every: 1,
			people: `${confirmed + 1}..${confirmed + 1}`, officer: 0.3 });

		return this.send(some.find(c => c.confirmed === confirmed));
	}

	async deliver(lane, options) {
		const all = await this.make(lane, options);

		for (const one of all)
			await this.send(one);
		return all;
	}
}
