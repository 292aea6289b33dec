/* SPDX-License-Identifier: Apache-2.0 */
#include "track.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_GAP 20 /* frames after which a track is not taken up */
#define REACH                                                                  \
	1.4f              /* of a face's size: how far it may be from where    \
			     it was expected */
#define MAX_GROWTH   1.5f /* of the size, from one sighting to the next */
#define SHOT_SPACING 2    /* frames of which one shot at most is kept */

static struct ex_point
between(struct ex_point a, struct ex_point b)
{
	return (struct ex_point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
}

static struct sighting
sighting_of(const struct ex_face *f, unsigned index)
{
	const struct ex_face_triangle t = ex_face_triangle_of(f);
	struct ex_point eyes = between(t.left_eye, t.right_eye);
	float dx = t.left_eye.x - t.right_eye.x;
	float dy = t.left_eye.y - t.right_eye.y;
	float square = fmaxf(1, dx * dx + dy * dy);
	float nx = t.nose.x - eyes.x, ny = t.nose.y - eyes.y;

	return (struct sighting){
		.index = index,
		.box = f->box,
		.centre = between(eyes, t.nose),
		.size = sqrtf(square),
		.nose = (nx * dx + ny * dy) / square,
		.drop = (ny * dx - nx * dy) / square,
		.score = f->score,
	};
}

/* The last step, carried on; a track of one sighting stands still. */
struct ex_point
ex_track_predict(const struct track *t, unsigned index)
{
	const struct sighting *last = &t->seen[t->n_seen - 1], *before;
	size_t back = t->n_seen < 4 ? t->n_seen - 1 : 3;
	float steps, ahead = (float)index - (float)last->index;

	if (back == 0)
		return last->centre;
	before = &t->seen[t->n_seen - 1 - back];
	steps = (float)(last->index - before->index);
	return (struct ex_point){
		last->centre.x +
		    (last->centre.x - before->centre.x) / steps * ahead,
		last->centre.y +
		    (last->centre.y - before->centre.y) / steps * ahead,
	};
}

/* Distance from where the track is expected, in sizes; negative: no match. */
static float
mismatch(const struct track *t, const struct view *v, const struct sighting *s)
{
	const struct sighting *last = &t->seen[t->n_seen - 1];
	struct ex_point p;
	float d, growth;

	if (t->camera != v->camera || last->index >= v->index ||
	    v->index - last->index > MAX_GAP)
		return -1;
	growth = s->size / last->size;
	if (growth > MAX_GROWTH || growth < 1 / MAX_GROWTH)
		return -1;
	p = ex_track_predict(t, v->index);
	d = hypotf(s->centre.x - p.x, s->centre.y - p.y) /
	    fmaxf(s->size, last->size);
	return d <= REACH ? d : -1;
}

static enum ex_status
remember(struct track *t, const struct sighting *s)
{
	if (t->n_seen == t->room) {
		size_t room = t->room ? t->room * 2 : 32;
		struct sighting *more = ex_calloc(room, sizeof *more);

		if (!more)
			return EX_ERR_NOMEM;
		if (t->n_seen)
			memcpy(more, t->seen, t->n_seen * sizeof *more);
		free(t->seen);
		t->seen = more;
		t->room = room;
	}
	t->seen[t->n_seen++] = *s;
	return EX_OK;
}

void
ex_shot_fini(struct shot *s)
{
	ex_image_free(&s->chip);
	ex_image_free(&s->picture);
	ex_wipe(s, sizeof *s);
}

/*
 * How useful a picture is to the matcher beside others of the same face. What
 * covers, blurs or turns a face costs it detection score long before it is no
 * longer found, and that tells more of the similarity to come than any measure
 * of the pixels; then size, and the turn of the head.
 */
static float
rank_of(const struct ex_face *f, const struct ex_face_quality *q)
{
	return 100 * fminf(1.1f, f->score) + 1.3f * fminf(50, q->eye_distance) -
	       0.3f * fabsf(q->yaw_deg);
}

/* Where a shot of this rank goes: over a worse one of the same few frames, else
 * in a free place, else over the worst; or nowhere. The stretches of frames
 * stand still: a face that gets better with every frame would otherwise push
 * one shot along and leave no other. */
static struct shot *
place_for(struct track *t, unsigned index, float rank)
{
	struct shot *worst = &t->shots[0];

	for (size_t i = 0; i < t->n_shots; i++) {
		struct shot *s = &t->shots[i];

		if (index / SHOT_SPACING == s->index / SHOT_SPACING)
			return s->rank < rank ? s : NULL;
		if (s->rank < worst->rank)
			worst = s;
	}
	if (t->n_shots < EX_LANE_SHOTS)
		return &t->shots[t->n_shots++];
	return worst->rank < rank ? worst : NULL;
}

static void
keep_shot(struct track *t, struct view *v, size_t face)
{
	const struct ex_face_quality *q = &v->quality[face];
	float rank = rank_of(&v->faces[face], q);
	struct shot *s = place_for(t, v->index, rank);

	if (!s)
		return;
	ex_shot_fini(s);
	s->index = v->index;
	snprintf(s->name, sizeof s->name, "%s", v->name);
	s->box = v->faces[face].box;
	s->quality = *q;
	s->score = v->faces[face].score;
	s->rank = rank;
	s->chip = v->chips[face];
	s->picture = v->pictures[face];
	v->chips[face] = v->pictures[face] = (struct ex_image){ 0 };
}

/* The closest pair of a track and a face that are both still free. */
static bool
closest(const struct tracks *t, size_t n_tracks, const struct view *v,
    const struct sighting *s, const bool *track_taken, const bool *face_taken,
    size_t *track, size_t *face)
{
	float best = INFINITY;

	for (size_t i = 0; i < n_tracks; i++)
		for (size_t j = 0; j < v->n && !track_taken[i]; j++) {
			float d = face_taken[j]
				      ? -1
				      : mismatch(&t->items[i], v, &s[j]);

			if (d >= 0 && d < best) {
				best = d;
				*track = i;
				*face = j;
			}
		}
	return best < INFINITY;
}

static enum ex_status
extend(struct track *t, struct view *v, size_t face, const struct sighting *s)
{
	enum ex_status status = remember(t, s);

	if (status == EX_OK)
		keep_shot(t, v, face);
	return status;
}

enum ex_status
ex_tracks_join(struct tracks *t, struct view *v)
{
	bool track_taken[MAX_TRACKS] = { false };
	bool face_taken[EX_FACE_MAX] = { false };
	struct sighting seen[EX_FACE_MAX];
	enum ex_status status = EX_OK;
	size_t i = 0, j = 0, before = t->n;

	assert(v->n <= EX_FACE_MAX);
	for (size_t k = 0; k < v->n; k++) {
		seen[k] = sighting_of(&v->faces[k], v->index);
		seen[k].on_paper = v->on_paper[k];
	}
	while (status == EX_OK &&
	       closest(t, before, v, seen, track_taken, face_taken, &i, &j)) {
		track_taken[i] = face_taken[j] = true;
		status = extend(&t->items[i], v, j, &seen[j]);
	}
	for (size_t k = 0; k < v->n && status == EX_OK; k++) {
		if (face_taken[k])
			continue;
		if (t->n == MAX_TRACKS) {
			t->full = true;
			continue;
		}
		t->items[t->n] = (struct track){ .camera = v->camera };
		status = extend(&t->items[t->n++], v, k, &seen[k]);
	}
	return status;
}

void
ex_track_fini(struct track *t)
{
	for (size_t i = 0; i < t->n_shots; i++)
		ex_shot_fini(&t->shots[i]);
	if (t->seen)
		ex_wipe(t->seen, t->room * sizeof *t->seen);
	free(t->seen);
	*t = (struct track){ 0 };
}

void
ex_tracks_clear(struct tracks *t)
{
	for (size_t i = 0; i < t->n; i++)
		ex_track_fini(&t->items[i]);
	t->n = 0;
	t->full = false;
}

bool
ex_tracks_share(
    const struct track *a, const struct track *b, size_t *in_a, size_t *in_b)
{
	size_t i = a->n_seen, j = b->n_seen;

	if (a->camera != b->camera)
		return false;
	/* Both rise with the frame: walk down from the last ones, where the
	 * faces are largest. */
	while (i > 0 && j > 0) {
		unsigned x = a->seen[i - 1].index, y = b->seen[j - 1].index;

		if (x == y) {
			*in_a = i - 1;
			*in_b = j - 1;
			return true;
		}
		if (x > y)
			i--;
		else
			j--;
	}
	return false;
}
