/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_LANE_INTERNAL_H
#define EXEUNT_LANE_INTERNAL_H

#include "track.h"

/* One frame on its way through a worker. */
struct job {
	const struct ex_lane_frame *frame;
	struct view view;
	unsigned bystanders;
	enum ex_status loaded; /* whether the frame could be read */
	enum ex_status status; /* whether the work on it went well */
	struct ex_error error; /* of loading */
};

struct ex_lane {
	const struct ex_face_models *models;
	struct ex_lane_options options;
	struct ex_pool *pool;
	unsigned threads;
	struct ex_face_work **works; /* one a thread */
	struct job *jobs;            /* one a thread */
	struct tracks tracks;
	unsigned frames, frames_lost, bystanders;
	unsigned seen_by[EX_LANE_CAMERAS]; /* frames that could be searched */
	struct shot **to_compute;
	_Atomic enum ex_status compute_status;
};

/* people.c: from tracks to people. Shots have their templates from the second
 * call on. */

/* Remove what was seen too briefly to be anybody, of the frames that each
 * camera gave. */
void ex_lane_drop_flickers(
    struct tracks *t, const unsigned frames[static EX_LANE_CAMERAS]);
/* Join the tracks of one person. */
enum ex_status ex_lane_merge_same_people(struct tracks *t);
/* Remove pictures of faces; how many. */
unsigned ex_lane_drop_printed(struct tracks *t);
/* Fuse, judge and seat those who are left. */
void ex_lane_make_occupants(struct tracks *t, const struct ex_lane_options *o,
    struct ex_lane_result *out);

/* seats.c */
void ex_lane_assign_seats(const struct tracks *t,
    const struct ex_lane_options *o, enum ex_seat out[static MAX_TRACKS]);

#endif
