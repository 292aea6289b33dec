/* SPDX-License-Identifier: Apache-2.0 */
/* Running the lane on a scene: what `lane run`, `eval scene` and `demo` do. */
#ifndef EXEUNT_CLI_RUN_H
#define EXEUNT_CLI_RUN_H

#include "cli.h"

#include "exeunt/flow.h"

/* Options of a run, with their defaults, and the rows that read them. */
struct run_options {
	double fmr, vehicle_cap, margin;
	uint64_t min_face, min_age, seed;
	const char *ledger, *ledger_key;
};
struct run_options run_defaults(void);
#define RUN_OPTIONS 6
#define RUN_OPTION_ROWS(o)                                                     \
	{ "fmr", "RATE", "false match rate promised of a comparison (0.0005)", \
		CLI_REAL, &(o).fmr, 1e-9, 0.01 },                              \
	    { "vehicle-cap", "RATE",                                           \
		    "promised that anyone of a vehicle is wrong (0.005)",      \
		    CLI_REAL, &(o).vehicle_cap, 1e-9, 0.1 },                   \
	    { "margin", "S", "similarity by which a match must lead (0.005)",  \
		    CLI_REAL, &(o).margin, 0.001, 0.2 },                       \
	    { "min-face", "PX", "smallest face looked for (0: 80 or so)",      \
		    CLI_NUMBER, &(o).min_face, 0, 4096 },                      \
	    { "min-age", "YEARS", "leave younger holders to the officer (0)",  \
		    CLI_NUMBER, &(o).min_age, 0, 120 },                        \
	{                                                                      \
		"seed", "N", "repeatable ids (0: from chance)", CLI_NUMBER,    \
		    &(o).seed, 0, 9007199254740992.0                           \
	}

struct uplink;

/* A scene, the models and the calibration, opened once for several scenes. */
struct runner {
	struct cli *cli;
	struct ex_face_models *models;
	struct ex_calibration *calibration;
	struct ex_pool *pool;
	struct ex_ledger *ledger;
	struct run_options options;
	bool keep_pictures;
	struct uplink *uplink; /* NULL: no hub */
	/* Called for each crossing after it is recorded; or NULL. */
	enum ex_status (*crossing)(void *arg, const struct ex_flow_crossing *c);
	void *arg;
};

/* All say on stderr what is wrong. */
enum ex_status run_open(struct runner *r);
void run_close(struct runner *r);
enum ex_status run_scene(struct runner *r, const struct ex_scene *scene);

#endif
