/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * sim: scenes of synthetic travellers in vehicles behind glass, with the
 * truth. What a lane may read (scene.json, frames, documents) and what it may
 * not (truth.json) come out of one plan.
 *
 * The pictures are for exercising a lane from end to end. They are no
 * photographs of people: rates measured on them say nothing of real rates.
 */
#ifndef EXEUNT_SIM_H
#define EXEUNT_SIM_H

#include <signal.h>

#include "exeunt/base.h"

/** What at least one vehicle of a large enough scene shows. */
enum ex_sim_special {
#define EX_WORD(name, word, text) EX_SIM_##name,
#include "exeunt/specials.inc"
#undef EX_WORD
	EX_SIM_SPECIAL_COUNT
};

/** "look-alike-document"; never NULL. */
const char *ex_sim_special_word(enum ex_sim_special s);

/** From ex_sim_defaults, then what you need. Strings are borrowed. */
struct ex_sim_options {
	/** Folder of travellers: index.csv, NNN/passport.jpg, NNN/lane_K.png */
	const char *travellers;
	/** CSV with columns a,b: pairs of ids that look alike. NULL: the file
	 *  lookalikes.csv beside index.csv if there is one, else the pairs that
	 *  sex, appearance and age suggest. */
	const char *lookalikes;
	/** New or empty folder, or one that an earlier run has filled. */
	const char *out;
	uint64_t seed;      /**< default 1 */
	unsigned vehicles;  /**< 1..9999, default 30 */
	unsigned occupants; /**< in all; 0 (default): 8 for 3 vehicles */
	int width, height;  /**< 320x180..3840x2160, default 1280x720 */
	double fps;         /**< 2..60, default 10 */

	/* How hard it is, each times the usual; 0..4, default 1. */
	double tint;       /**< darkness of the glass */
	double reflection; /**< of sky and trees on it, and glare */
	double noise;      /**< of the sensor */
	double speed;      /**< of the vehicles, 0.25..4 */
	double darkness;   /**< share of vehicles at dusk and night */

	struct ex_pool *pool; /**< borrowed; NULL: no threads */
	/** Called from the caller's thread after each vehicle; or NULL. */
	void (*progress)(void *arg, size_t done_frames, size_t all_frames);
	void *progress_arg;
	/** Non-zero stops the run: EX_ERR_INTERRUPTED. Or NULL. */
	const volatile sig_atomic_t *cancel;
};

/** Fill in every default; the folders are left NULL. */
void ex_sim_defaults(struct ex_sim_options *o);

struct ex_sim_summary {
	size_t vehicles, occupants, documents, frames;
	/** Vehicles that show each special; 0 where the scene is too small. */
	unsigned specials[EX_SIM_SPECIAL_COUNT];
	/** Index of the first such vehicle, -1 where there is none. */
	int first[EX_SIM_SPECIAL_COUNT];
};

/**
 * Make a scene: OUT/sim.txt (the mark by which a later run knows that it may
 * replace the folder's content), documents/, vNNNN/, truth.json and, last,
 * scene.json. Equal options and travellers give equal bytes, whatever the
 * number of threads.
 *
 * @param out may be NULL; zeroed on failure
 * @return EX_OK; EX_ERR_USAGE for an option out of range or occupants that
 *         these vehicles and travellers cannot hold; EX_ERR_NOT_FOUND,
 *         EX_ERR_FORMAT and the other input errors, naming file, line and
 *         column, for the travellers; EX_ERR_ENVIRONMENT for an out folder
 *         that cannot be written or holds something else;
 *         EX_ERR_INTERRUPTED; EX_ERR_NOMEM
 *
 * On failure or cancel there is no scene.json and no truth.json. Does not
 * sync the frames to the disk. Not re-entrant for one pool.
 */
enum ex_status ex_sim_run(const struct ex_sim_options *o,
    struct ex_sim_summary *out, struct ex_error *err);

#endif
