/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * flow: the crossing itself. Frames and documents of a vehicle become one
 * recorded crossing.
 *
 * Nothing here refuses anybody: an occupant is confirmed, or an officer is
 * asked with the reason.
 */
#ifndef EXEUNT_FLOW_H
#define EXEUNT_FLOW_H

#include <signal.h>

#include "exeunt/base.h"
#include "exeunt/face.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"
#include "exeunt/lane.h"
#include "exeunt/ledger.h"
#include "exeunt/match.h"

struct ex_flow_options {
	struct ex_match_policy policy;
	int min_face;     /**< pixels; see ex_lane_options */
	unsigned min_age; /**< years, 0..120; holders under it are left to
			       the officer; 0: nobody is */
	bool seeded;      /**< ids from `seed`, so that they repeat */
	uint64_t seed;
	bool keep_pictures; /**< hand pictures to the hook */
};
struct ex_flow_options ex_flow_options_default(void);

/** A crossing as decided, with pictures if asked for; all borrowed by hooks. */
struct ex_flow_crossing {
	struct ex_crossing crossing;
	/** Around the best shot; no pixels where there is none. */
	struct ex_image occupants[EX_MAX_OCCUPANTS];
	/** The documents' portraits, at most 480 pixels high. */
	struct ex_image portraits[EX_MAX_DOCUMENTS];
	int64_t
	    verdict_ns;   /**< from handing in the last frame to the verdict */
	int64_t total_ns; /**< from opening to the verdict */
};

struct ex_flow_hooks {
	void *arg;
	/** A crossing is decided and recorded. Not EX_OK: stop, and return it.
	 *  May be NULL. */
	enum ex_status (*crossing)(void *arg, const struct ex_flow_crossing *c);
	/** Something is wrong with an input; the work goes on. May be NULL. */
	void (*problem)(void *arg, const struct ex_error *err);
	/** Frames done of all frames. May be NULL. */
	void (*progress)(void *arg, size_t done, size_t total);
	/** Not 0: stop at the next frame; the open crossing is dropped whole.
	 *  May be NULL. */
	const volatile sig_atomic_t *stop;
};

/** Runs vehicles through; one thread calls it, its pool works. */
struct ex_flow;

/**
 * @param models, calibration, pool, ledger borrowed for the flow's life;
 *        ledger may be NULL: nothing is recorded
 * @return EX_OK; EX_ERR_CALIBRATION (its recipe is not the models', or it
 *         cannot support the policy); EX_ERR_USAGE; EX_ERR_NOMEM;
 *         EX_ERR_INTERNAL
 */
enum ex_status ex_flow_new(const struct ex_face_models *models,
    const struct ex_calibration *calibration, struct ex_pool *pool,
    struct ex_ledger *ledger, const struct ex_flow_options *options,
    const struct ex_scene *scene, struct ex_flow **out, struct ex_error *err);
void ex_flow_free(struct ex_flow **f);

/**
 * Process every vehicle of the scene. Each crossing is recorded, then handed
 * to the hook. Input that is wrong, or a ledger that does not take a crossing,
 * is reported to `problem` and the others go on; the status with the largest
 * exit code is returned at the end.
 *
 * @return EX_OK: every vehicle processed and recorded, whatever the verdicts;
 *         EX_ERR_INTERRUPTED, EX_ERR_NOMEM and EX_ERR_INTERNAL at once, and any
 *         problem's status at the end
 */
enum ex_status ex_flow_run(
    struct ex_flow *f, const struct ex_flow_hooks *hooks, struct ex_error *err);

#endif
