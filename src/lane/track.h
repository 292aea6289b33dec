/* SPDX-License-Identifier: Apache-2.0 */
/* Tracks: the sightings of one face over the frames of one camera. */
#ifndef EXEUNT_LANE_TRACK_H
#define EXEUNT_LANE_TRACK_H

#include "exeunt/lane.h"

/* A face in one frame, as the tracks remember all of them. */
struct sighting {
	unsigned index; /* of the frame */
	struct ex_box box;
	struct ex_point centre; /* mean of the landmarks: steadier than the
				   box, whose sides come in steps of 6/5 */
	float size;             /* eye distance, pixels */
	float nose;             /* across the line of the eyes, / size */
	float drop;             /* below it, / size */
	float score;
	bool on_paper; /* see ex_lane_on_paper */
};

/* A face in one frame, kept because it is among the track's best. */
struct shot {
	unsigned index;
	char name[EX_MAX_NAME];
	struct ex_box box;
	struct ex_face_quality quality;
	float score;                 /* of the detection */
	float rank;                  /* among the track's: see rank_of */
	struct ex_image chip;        /* aligned */
	struct ex_image picture;     /* around the box; or nothing */
	struct ex_template template; /* at the end */
};

struct track {
	unsigned camera;
	struct sighting *seen;
	size_t n_seen, room;
	struct shot shots[EX_LANE_SHOTS]; /* best first */
	size_t n_shots;
};

#define MAX_TRACKS 256

struct tracks {
	struct track items[MAX_TRACKS];
	size_t n;
	bool full; /* a face found no track and no room for one */
};

/* What one frame shows: faces with their measures, chips, pictures. */
struct view {
	unsigned camera, index;
	const char *name;
	size_t n;
	struct ex_face faces[EX_FACE_MAX];
	struct ex_face_quality quality[EX_FACE_MAX];
	struct ex_image chips[EX_FACE_MAX];
	struct ex_image pictures[EX_FACE_MAX];
	bool on_paper[EX_FACE_MAX];
};

/* Join the view's faces to the tracks, new ones where none fits; takes the
 * chips and pictures it wants and leaves the others to the caller. */
enum ex_status ex_tracks_join(struct tracks *t, struct view *v);
/* paper.c: is the face on a sheet with straight sides? */
bool ex_lane_on_paper(const struct ex_image *rgb, struct ex_box box);
void ex_shot_fini(struct shot *s);
void ex_track_fini(struct track *t);
void ex_tracks_clear(struct tracks *t);
/* Where the track would be in frame `index`. */
struct ex_point ex_track_predict(const struct track *t, unsigned index);
/* Have both tracks a sighting in one frame? Its place in each, if so. */
bool ex_tracks_share(
    const struct track *a, const struct track *b, size_t *in_a, size_t *in_b);

#endif
