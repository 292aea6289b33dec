/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt demo: simulator, lane, hub, ledger and report in one. */
#include "demo_hub.h"
#include "judge.h"
#include "scene_maker.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum ex_status cmd_demo(struct cli *c);

/* Where the demo's things lie. */
struct places {
	char scene[PATH_MAX], ledger[PATH_MAX], report[PATH_MAX];
};

static bool
find_places(const char *out, struct places *p)
{
	return snprintf(p->scene, PATH_MAX, "%s/scene", out) < PATH_MAX &&
	       snprintf(p->ledger, PATH_MAX, "%s/ledger.db", out) < PATH_MAX &&
	       snprintf(p->report, PATH_MAX, "%s/report.html", out) < PATH_MAX;
}

/* A ledger without a demo's scene beside it is somebody's records. */
static enum ex_status
check_ledger(const struct places *p, struct ex_error *err)
{
	if (access(p->ledger, F_OK) != 0 || access(p->scene, F_OK) == 0)
		return EX_OK;
	return ex_fail(err, EX_ERR_ENVIRONMENT, p->ledger,
	    "is not a demonstration's; give another folder");
}

/* A demo starts anew: its own ledger of the last time goes. */
static void
remove_ledger(const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".key" };
	char name[PATH_MAX + 8];

	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		snprintf(name, sizeof name, "%s%s", path, endings[i]);
		unlink(name);
	}
}

static enum ex_status
make_demo_scene(
    struct cli *c, const char *dir, uint64_t vehicles, uint64_t seed)
{
	struct ex_sim_options o;
	struct ex_sim_summary summary;
	enum ex_status status;

	ex_sim_defaults(&o);
	o.out = dir;
	o.vehicles = (unsigned)vehicles;
	o.seed = seed;
	status = make_scene(c, &o, &summary);
	if (status == EX_OK && !c->json)
		printf("Made %s: %zu vehicles, %zu people, %zu pictures.\n\n",
		    dir, summary.vehicles, summary.occupants, summary.frames);
	return status;
}

static void
tell_places(const struct places *p, const struct demo_hub *hub)
{
	printf("\nReport: %s\nLedger: %s ('exeunt ledger show --ledger "
	       "%s')\nHub: %s/hub.conf\n\n",
	    p->report, p->ledger, p->ledger, hub->dir);
	demo_hub_tell(hub);
}

/* The vehicles, while the hub is up. */
static enum ex_status
play(struct judge *j, const struct places *p, struct demo_hub *hub)
{
	bool talk = !j->run.cli->json;
	enum ex_status status;

	if (talk)
		demo_hub_tell(hub);
	status = judge_open(j, p->report, "Exeunt: a demonstration");
	if (status == EX_OK)
		status = judge_scene(j, p->scene);
	if (status == EX_OK)
		status = judge_finish(j);
	if (status == EX_OK)
		status = demo_hub_finish(hub);
	if (status != EX_OK || !talk)
		return status;
	tell_places(p, hub);
	demo_hub_stay(hub);
	return EX_OK;
}

static enum ex_status
run_demo(struct cli *c, const struct places *p, const char *out)
{
	struct judge j = { .run = { .cli = c, .options = run_defaults() } };
	struct demo_hub *hub = ex_calloc(1, sizeof *hub);
	enum ex_status status;

	if (!hub)
		return cli_out_of_memory();
	j.print = !c->json;
	j.now = true; /* what the hub keeps of it is forgotten by its time */
	j.run.keep_pictures = true;
	j.run.options.ledger = p->ledger;
	j.run.options.seed = 1;
	j.run.uplink = &hub->uplink;
	remove_ledger(p->ledger);
	status = demo_hub_start(hub, c, out, &j.run.options);
	if (status == EX_OK)
		status = play(&j, p, hub);
	judge_close(&j);
	demo_hub_stop(hub);
	free(hub);
	return status;
}

enum ex_status
cmd_demo(struct cli *c)
{
	const char *out = "demo";
	uint64_t vehicles = 30, seed = 1;
	const struct cli_option options[] = {
		{ "out", "DIR",
		    "folder for scene, hub, ledger and report (demo)", CLI_TEXT,
		    &out, 0, 0 },
		{ "vehicles", "N", "how many (30)", CLI_NUMBER, &vehicles, 1,
		    9999 },
		{ "seed", "N", "of the scene (1)", CLI_NUMBER, &seed, 0,
		    9007199254740992.0 },
	};
	struct places places;
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (!find_places(out, &places)) {
		ex_fail(&err, EX_ERR_USAGE, "--out", "name too long");
		return cli_error(&err);
	}
	if (ex_dir_make(out, &err) != EX_OK ||
	    check_ledger(&places, &err) != EX_OK)
		return cli_error(&err);
	status = make_demo_scene(c, places.scene, vehicles, seed);
	if (status == EX_OK)
		status = run_demo(c, &places, out);
	return status;
}
