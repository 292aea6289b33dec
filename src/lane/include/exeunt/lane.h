/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * lane: the frames of one vehicle become its occupants, each with a seat, a
 * best shot and one template fused from several good frames.
 *
 * It knows nothing of documents and compares faces only with faces of the same
 * vehicle, to see that two tracks are one person.
 */
#ifndef EXEUNT_LANE_H
#define EXEUNT_LANE_H

#include "exeunt/base.h"
#include "exeunt/face.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"

struct ex_lane_options {
	bool has_region;
	struct ex_box region;  /**< pixels; faces centred outside are
				    bystanders and leave no trace */
	int min_face;          /**< pixels, 0..4096; see ex_face_search */
	unsigned max_pictures; /**< fused at most, 1..EX_LANE_SHOTS: no more
				    than the calibration knows */
	int min_quality;       /**< 0..50, of a frame that is fused; above 50
				    a face lacks no cause to be left out for */
	bool keep_pictures;    /**< give each occupant a picture */
};
/** No region, all faces, 4 pictures of quality 40, no pictures kept. */
struct ex_lane_options ex_lane_options_default(void);

#define EX_LANE_SHOTS 8

/** Someone in the vehicle. */
struct ex_lane_occupant {
	enum ex_seat seat;
	/** EX_CAUSE_NONE: `template` is good. Else why there is none. */
	enum ex_cause capture;
	struct ex_template template;
	unsigned frames_seen, frames_used;
	int quality; /**< of the best shot, 0..100 */
	char best_frame[EX_MAX_NAME];
	struct ex_box best_box;
	struct ex_image picture; /**< RGB around the best shot, or nothing */
};

struct ex_lane_result {
	struct ex_lane_occupant occupants[EX_MAX_OCCUPANTS];
	size_t n_occupants;
	unsigned frames;      /**< looked at */
	unsigned frames_lost; /**< could not be read */
	unsigned bystanders;  /**< faces outside the region, over all frames */
	unsigned printed;     /**< things with a face that are no person: not
				   counted, and said so */
	unsigned overflow;    /**< people beyond EX_MAX_OCCUPANTS, or faces
				   of more people than can be followed */
};

/** Wipes templates and pictures. */
void ex_lane_result_fini(struct ex_lane_result *r);

/** A lane; one vehicle at a time. Not thread safe; uses its pool's threads. */
struct ex_lane;

/**
 * @param models, pool borrowed for the lane's life
 * @return EX_OK, EX_ERR_USAGE (an option out of range), EX_ERR_NOMEM,
 *         EX_ERR_INTERNAL
 */
enum ex_status ex_lane_new(const struct ex_face_models *models,
    struct ex_pool *pool, const struct ex_lane_options *options,
    struct ex_lane **out, struct ex_error *err);
void ex_lane_free(struct ex_lane **l);

/** One picture of the vehicle, on disk. */
struct ex_lane_frame {
	const char *path; /**< to open */
	const char *name; /**< as the scene calls it, for results */
	unsigned camera;  /**< 0..EX_LANE_CAMERAS - 1 */
	unsigned index;   /**< of its camera, rising */
};

#define EX_LANE_CAMERAS 8

/**
 * Look at frames, in order for each camera; several at once on the pool. A
 * frame that cannot be read or searched is counted, named by `lost` (may be
 * NULL) and passed over: the people are in the other ones.
 *
 * @return EX_OK, EX_ERR_NOMEM, EX_ERR_INTERNAL
 */
enum ex_status ex_lane_look(struct ex_lane *l,
    const struct ex_lane_frame frames[], size_t n,
    void (*lost)(void *arg, const struct ex_error *err), void *arg);

/** A worker's scratch, borrowed, for pictures looked at between vehicles. */
struct ex_face_work *ex_lane_work(struct ex_lane *l);

/** Frames that ex_lane_look takes at once without waiting: pool threads. */
unsigned ex_lane_batch(const struct ex_lane *l);

/**
 * The vehicle is gone: say who was in it, best seat order first, and forget
 * all else of it.
 *
 * @param out owned by the caller (ex_lane_result_fini) on EX_OK
 * @return EX_OK, EX_ERR_NOMEM, EX_ERR_INTERNAL; the lane forgets either way
 */
enum ex_status ex_lane_finish(struct ex_lane *l, struct ex_lane_result *out);

#endif
