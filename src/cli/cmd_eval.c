/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt eval scene: the lane against the truth. exeunt eval pairs: faces
 * against each other. */
#include "judge.h"
#include "pairs.h"

#include <limits.h>

#include "exeunt/match.h"

enum ex_status cmd_eval_scene(struct cli *c);
enum ex_status cmd_eval_pairs(struct cli *c);

static enum ex_status
judge_all(struct judge *j, const char *crossings)
{
	struct cli *c = j->run.cli;
	enum ex_status worst = EX_OK;

	for (int i = 0; i < c->argc && !cli_stop; i++) {
		enum ex_status status =
		    crossings ? judge_crossings(j, c->argv[i], crossings)
			      : judge_scene(j, c->argv[i]);

		if (ex_status_exit(status) > ex_status_exit(worst))
			worst = status;
		if (ex_status_exit(status) > ex_status_exit(EX_ERR_INPUT))
			return worst;
	}
	return cli_stop ? EX_ERR_INTERRUPTED : worst;
}

enum ex_status
cmd_eval_scene(struct cli *c)
{
	struct judge j = { .run = { .cli = c, .options = run_defaults() } };
	const char *report = NULL, *crossings = NULL;
	const struct cli_option options[] = {
		{ "report", "FILE",
		    "write a page with every vehicle's pictures", CLI_TEXT,
		    &report, 0, 0 },
		{ "crossings", "FILE",
		    "judge what 'lane run --json' printed of the one scene",
		    CLI_TEXT, &crossings, 0, 0 },
		RUN_OPTION_ROWS(j.run.options),
	};
	struct ex_error err;
	enum ex_status status = cli_options(
	    c, options, sizeof options / sizeof *options, 1, INT_MAX);

	if (status != EX_OK)
		return status;
	if (crossings && (c->argc > 1 || report)) {
		ex_fail(&err, EX_ERR_USAGE, "--crossings",
		    "goes with one scene and without --report");
		return cli_error(&err);
	}
	j.run.keep_pictures = report != NULL;
	status = judge_open(&j, report, "Exeunt: a lane against the truth");
	if (status == EX_OK) {
		enum ex_status judged = judge_all(&j, crossings);

		if (ex_status_exit(judged) <= ex_status_exit(EX_ERR_INPUT))
			status = judge_finish(&j);
		status = status == EX_OK ? judged : status;
	}
	judge_close(&j);
	return status;
}

enum ex_status
cmd_eval_pairs(struct cli *c)
{
	struct pairs_options o = { .fmr = ex_match_policy_default().fmr,
		.resamples = EX_CALIBRATION_RESAMPLES,
		.seed = 1 };
	const struct cli_option options[] = {
		{ "pairs", "FILE", "LFW's pairs.txt, or CSV: a,b,same",
		    CLI_TEXT, &o.pairs, 0, 0 },
		{ "root", "DIR", "the folder its paths are in", CLI_TEXT,
		    &o.root, 0, 0 },
		{ "groups", "FILE", "CSV: picture or person, then groups",
		    CLI_TEXT, &o.groups, 0, 0 },
		{ "report", "FILE", "write a page with the curves", CLI_TEXT,
		    &o.report, 0, 0 },
		{ "fmr", "RATE", "promised, of groups and discards (0.0005)",
		    CLI_REAL, &o.fmr, 1e-9, 0.01 },
		{ "resamples", "N", "of the bootstrap (500)", CLI_NUMBER,
		    &o.resamples, 100, 10000 },
		{ "seed", "N", "of the bootstrap (1)", CLI_NUMBER, &o.seed, 0,
		    1e15 },
	};
	struct ex_error err;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (!o.pairs || !o.root) {
		ex_fail(&err, EX_ERR_USAGE, o.pairs ? "--root" : "--pairs",
		    "is missing; see 'exeunt eval pairs --help'");
		return cli_error(&err);
	}
	return pairs_run(c, &o);
}
