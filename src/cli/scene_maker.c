/* SPDX-License-Identifier: Apache-2.0 */
#include "scene_maker.h"

#include <stdlib.h>

static void
on_progress(void *arg, size_t done, size_t total)
{
	(void)arg;
	cli_progress("drawing frames", done, total);
}

enum ex_status
make_scene(struct cli *c, struct ex_sim_options *o, struct ex_sim_summary *out)
{
	struct ex_error err = { 0 };
	char *found = o->travellers ? NULL
				    : cli_beside("../data/travellers",
					  "../share/exeunt/travellers");
	enum ex_status status = ex_pool_new(c->threads, &o->pool);

	if (status != EX_OK) {
		ex_fail(&err, status, "threads", NULL);
		free(found);
		return cli_error(&err);
	}
	if (found)
		o->travellers = found;
	o->progress = on_progress;
	o->cancel = &cli_stop;
	status = ex_sim_run(o, out, &err);
	cli_progress("drawing frames", 0, 0);
	ex_pool_free(&o->pool);
	o->travellers = NULL;
	free(found);
	if (status != EX_OK && status != EX_ERR_INTERRUPTED)
		cli_error(&err);
	return status;
}
