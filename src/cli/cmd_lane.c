/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt lane run: a scene through the lane. */
#include "run.h"
#include "table.h"

#include <stdlib.h>

enum ex_status cmd_lane_run(struct cli *c);

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

enum ex_status
cmd_lane_run(struct cli *c)
{
	struct printing printing = { 0 };
	struct runner r = { .cli = c,
		.options = run_defaults(),
		.crossing = print_crossing,
		.arg = &printing };
	const char *dir = NULL;
	const struct cli_option options[] = {
		{ "scene", "DIR", "the scene to process", CLI_TEXT, &dir, 0,
		    0 },
		{ "ledger", "URI", "record the crossings here (sqlite:PATH)",
		    CLI_TEXT, &r.options.ledger, 0, 0 },
		{ "ledger-key", "FILE", "key of its hashes (PATH.key)",
		    CLI_TEXT, &r.options.ledger_key, 0, 0 },
		RUN_OPTION_ROWS(r.options),
	};
	struct ex_scene *scene = NULL;
	struct ex_error err;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (!dir) {
		ex_fail(&err, EX_ERR_USAGE, "--scene",
		    "is missing; see 'exeunt lane run --help'");
		return cli_error(&err);
	}
	printing.json = c->json;
	status = ex_scene_read(dir, &scene, &err);
	if (status != EX_OK)
		return cli_error(&err);
	status = run_open(&r);
	if (status == EX_OK)
		status = run_scene(&r, scene);
	if (!c->json && printing.sums.vehicles > 0)
		table_end(&printing.sums);
	run_close(&r);
	ex_scene_free(&scene);
	return status;
}
