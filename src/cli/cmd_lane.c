/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt lane run: a scene through the lane; exeunt lane deliver: what waits
 * for the hub. */
#include "table.h"
#include "uplink.h"

#include <stdlib.h>

enum ex_status cmd_lane_run(struct cli *c);
enum ex_status cmd_lane_deliver(struct cli *c);

struct printing {
	bool json;
	struct table_sums sums;
};

static enum ex_status
print_crossing(void *arg, const struct ex_flow_crossing *c)
{
	struct printing *p = arg;
	char *line;

	table_add(&p->sums, &c->crossing);
	if (!p->json) {
		table_crossing(&c->crossing);
	} else {
		line = ex_crossing_json(&c->crossing);
		if (!line)
			return cli_out_of_memory();
		puts(line);
		free(line);
	}
	fflush(stdout); /* whoever watches sees each vehicle as it passes */
	return EX_OK;
}

/* The larger exit code of the two. */
static enum ex_status
worse(enum ex_status a, enum ex_status b)
{
	return ex_status_exit(b) > ex_status_exit(a) ? b : a;
}

static enum ex_status
run_lane(struct runner *r, struct uplink *uplink, struct ex_scene *scene)
{
	enum ex_status status = EX_OK;

	uplink->lane = scene->lane;
	if (uplink_wanted(&uplink->options)) {
		status = uplink_open(uplink, &r->options);
		r->uplink = uplink;
	}
	if (status == EX_OK)
		status = run_open(r);
	return status == EX_OK ? run_scene(r, scene) : status;
}

static enum ex_status
open_scene(const char *dir, bool now, struct ex_scene **scene)
{
	struct ex_error err;
	enum ex_status status;

	if (!dir) {
		ex_fail(&err, EX_ERR_USAGE, "--scene",
		    "is missing; see 'exeunt lane run --help'");
		cli_error(&err);
		return EX_ERR_USAGE;
	}
	status = ex_scene_read(dir, scene, &err);
	if (status != EX_OK)
		cli_error(&err);
	else if (now)
		(*scene)->start_ms = -1;
	return status;
}

enum ex_status
cmd_lane_run(struct cli *c)
{
	struct printing printing = { 0 };
	struct uplink uplink = { .cli = c, .options = uplink_defaults() };
	struct runner r = { .cli = c,
		.options = run_defaults(),
		.crossing = print_crossing,
		.arg = &printing };
	const char *dir = NULL;
	bool now = false;
	const struct cli_option options[] = {
		{ "scene", "DIR", "the scene to process", CLI_TEXT, &dir, 0,
		    0 },
		{ "now", NULL, "as if it began now, whatever it says", CLI_FLAG,
		    &now, 0, 0 },
		{ "ledger", "URI", "record the crossings here (sqlite:PATH)",
		    CLI_TEXT, &r.options.ledger, 0, 0 },
		{ "ledger-key", "FILE", "key of its hashes (PATH.key)",
		    CLI_TEXT, &r.options.ledger_key, 0, 0 },
		RUN_OPTION_ROWS(r.options),
		UPLINK_COMMON_ROWS(uplink.options),
		UPLINK_SEAL_ROWS(uplink.options),
	};
	struct ex_scene *scene = NULL;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	printing.json = c->json;
	status = open_scene(dir, now, &scene);
	if (status != EX_OK)
		return status;
	status = run_lane(&r, &uplink, scene);
	if (!c->json && printing.sums.vehicles > 0)
		table_end(&printing.sums);
	status = worse(status, uplink_close(&uplink, false));
	run_close(&r);
	ex_scene_free(&scene);
	return status;
}

enum ex_status
cmd_lane_deliver(struct cli *c)
{
	struct uplink u = { .cli = c, .options = uplink_defaults() };
	bool again = false;
	const struct cli_option options[] = {
		UPLINK_COMMON_ROWS(u.options),
		{ "again", NULL, "have what the hub refused wait again",
		    CLI_FLAG, &again, 0, 0 },
	};
	struct ex_error err;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	status = uplink_open_rest(&u);
	if (status == EX_OK && again && ex_spool_retry(u.spool, &err) != EX_OK)
		status = cli_error(&err);
	return worse(status, uplink_close(&u, true));
}
