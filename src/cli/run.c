/* SPDX-License-Identifier: Apache-2.0 */
#include "uplink.h"

struct run_options
run_defaults(void)
{
	const struct ex_match_policy p = ex_match_policy_default();

	return (struct run_options){
		.fmr = p.fmr, .vehicle_cap = p.vehicle_cap, .margin = p.margin
	};
}

enum ex_status
run_open(struct runner *r)
{
	struct ex_error err;
	enum ex_status status = ex_pool_new(r->cli->threads, &r->pool);

	if (status != EX_OK) {
		ex_fail(&err, status, "threads", NULL);
		return cli_error(&err);
	}
	status = cli_calibration(r->cli, &r->calibration);
	if (status == EX_OK)
		status = cli_models(r->cli, &r->models);
	if (status == EX_OK && r->options.ledger) {
		status = ex_ledger_open(r->options.ledger,
		    r->options.ledger_key, EX_LEDGER_WRITE, &r->ledger, &err);
		if (status != EX_OK)
			cli_error(&err);
	}
	return status;
}

void
run_close(struct runner *r)
{
	ex_ledger_close(&r->ledger);
	ex_face_models_free(&r->models);
	ex_calibration_free(&r->calibration);
	ex_pool_free(&r->pool);
}

static enum ex_status
on_crossing(void *arg, const struct ex_flow_crossing *c)
{
	struct runner *r = arg;

	return r->crossing ? r->crossing(r->arg, c) : EX_OK;
}

static void
on_problem(void *arg, const struct ex_error *err)
{
	(void)arg;
	cli_progress("frames", 0, 0); /* clear the line */
	cli_error(err);
}

static void
on_progress(void *arg, size_t done, size_t total)
{
	(void)arg;
	cli_progress("frames", done, total);
}

static struct ex_flow_options
flow_options(const struct runner *r)
{
	struct ex_flow_options o = ex_flow_options_default();

	o.policy.fmr = r->options.fmr;
	o.policy.vehicle_cap = r->options.vehicle_cap;
	o.policy.margin = r->options.margin;
	/* A stricter promise makes the guards no looser than itself. */
	if (o.policy.look_alike_fmr < o.policy.fmr)
		o.policy.look_alike_fmr = o.policy.fmr;
	if (o.policy.no_document_fmr < o.policy.fmr)
		o.policy.no_document_fmr = o.policy.fmr;
	o.min_face = (int)r->options.min_face;
	o.min_age = (unsigned)r->options.min_age;
	o.seeded = r->options.seed != 0;
	o.seed = r->options.seed;
	o.keep_pictures = r->keep_pictures;
	if (r->uplink)
		uplink_set(r->uplink, &o);
	return o;
}

enum ex_status
run_scene(struct runner *r, const struct ex_scene *scene)
{
	const struct ex_flow_options options = flow_options(r);
	const struct ex_flow_hooks hooks = {
		.arg = r,
		.crossing = on_crossing,
		.problem = on_problem,
		.progress = on_progress,
		.stop = &cli_stop,
	};
	struct ex_flow *flow;
	struct ex_error err = { 0 };
	enum ex_status status;

	status = ex_flow_new(r->models, r->calibration, r->pool, r->ledger,
	    &options, scene, &flow, &err);
	if (status != EX_OK)
		return cli_error(&err);
	status = ex_flow_run(flow, &hooks, &err);
	cli_progress("frames", 0, 0);
	/* A problem has been said already; only what ended the run has not. */
	if (err.status != EX_OK && err.status != EX_ERR_INTERRUPTED)
		cli_error(&err);
	ex_flow_free(&flow);
	return status;
}
