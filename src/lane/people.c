/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From tracks to people. The numbers below, the ranks of track.c and the seats
 * were set on the demo's own scene (seed 1), those of prints also on seeds 7
 * and 210, so the rates there flatter them: scenes of other seeds are the test.
 */
#include "lane_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FLICKER        3      /* sightings under which a track is noise */
#define SAME_NEAR      0.92f  /* similarity of two tracks of one person ... */
#define NEAR           3.0f   /* ... that pass this near, in face sizes */
#define SAME_FAR       0.955f /* ... or anywhere, or in another camera */
#define SAME_BOX       0.35f  /* overlap of two boxes on one face */
#define COVERED        0.3f   /* detection score under which a face is that */
#define PRINT_EVIDENCE 8      /* sightings to call a face printed */

static void
remove_track(struct tracks *t, size_t i)
{
	ex_track_fini(&t->items[i]);
	t->items[i] = t->items[--t->n];
	t->items[t->n] = (struct track){ 0 };
}

void
ex_lane_drop_flickers(
    struct tracks *t, const unsigned frames[static EX_LANE_CAMERAS])
{
	for (size_t i = t->n; i-- > 0;) {
		/* A camera of very few frames shows everybody only briefly. */
		unsigned least = frames[t->items[i].camera] / 4 + 1;

		if (t->items[i].n_seen < (least < FLICKER ? least : FLICKER))
			remove_track(t, i);
	}
}

static void
mean_template(const struct track *t, struct ex_template *out)
{
	struct ex_template all[EX_LANE_SHOTS];

	for (size_t i = 0; i < t->n_shots; i++)
		all[i] = t->shots[i].template;
	ex_template_fuse(all, t->n_shots, out);
	ex_wipe(all, sizeof all);
}

static float
likeness(const struct track *a, const struct track *b)
{
	struct ex_template x, y;
	float s;

	mean_template(a, &x);
	mean_template(b, &y);
	s = ex_template_similarity(&x, &y);
	ex_wipe(&x, sizeof x);
	ex_wipe(&y, sizeof y);
	return s;
}

/* How far the later track starts from where the earlier one would be. */
static float
gap(const struct track *a, const struct track *b)
{
	const struct track *first =
	    a->seen[0].index <= b->seen[0].index ? a : b;
	const struct sighting *start = first == a ? &b->seen[0] : &a->seen[0];
	struct ex_point p = ex_track_predict(first, start->index);

	return hypotf(start->centre.x - p.x, start->centre.y - p.y) /
	       start->size;
}

/* Who was seen beside whom. It outlives the sightings of another camera, which
 * merging drops. */
struct beside {
	bool pair[MAX_TRACKS][MAX_TRACKS];
};

/* Two tracks of one camera that are in the same frame are two people, unless
 * it is one face found twice. */
static bool
found_twice(const struct track *a, size_t i, const struct track *b, size_t j)
{
	return ex_box_iou(a->seen[i].box, b->seen[j].box) > SAME_BOX;
}

static void
see_beside(const struct tracks *t, struct beside *out)
{
	for (size_t a = 0; a < t->n; a++)
		for (size_t b = 0; b < a; b++) {
			const struct track *x = &t->items[a];
			const struct track *y = &t->items[b];
			size_t i, j;

			out->pair[a][b] = out->pair[b][a] =
			    ex_tracks_share(x, y, &i, &j) &&
			    !found_twice(x, i, y, j);
		}
}

/* Track j has become part of i, and the last track moves into its place. */
static void
join_beside(struct beside *s, size_t i, size_t j, size_t last)
{
	for (size_t k = 0; k <= last; k++)
		s->pair[i][k] = s->pair[k][i] = s->pair[i][k] || s->pair[j][k];
	for (size_t k = 0; k <= last; k++)
		s->pair[j][k] = s->pair[k][j] = s->pair[last][k];
	s->pair[j][j] = false;
}

/* Of two tracks that were never side by side: the faces and the places
 * decide. */
static bool
same_person(const struct track *a, const struct track *b)
{
	size_t i, j;

	if (ex_tracks_share(a, b, &i, &j) && found_twice(a, i, b, j))
		return true;
	if (a->camera == b->camera && gap(a, b) < NEAR)
		return likeness(a, b) >= SAME_NEAR;
	return likeness(a, b) >= SAME_FAR;
}

/* Sightings of the same camera in order; those of another one only count. */
static enum ex_status
join_sightings(struct track *into, const struct track *from)
{
	size_t n = into->n_seen + from->n_seen, i = 0, j = 0, k = 0;
	struct sighting *all = ex_calloc(n, sizeof *all);

	if (!all)
		return EX_ERR_NOMEM;
	while (i < into->n_seen || j < from->n_seen)
		if (j == from->n_seen ||
		    (i < into->n_seen &&
			into->seen[i].index <= from->seen[j].index))
			all[k++] = into->seen[i++];
		else
			all[k++] = from->seen[j++];
	ex_wipe(into->seen, into->room * sizeof *into->seen);
	free(into->seen);
	into->seen = all;
	into->n_seen = into->room = n;
	return EX_OK;
}

/* The best of both, best first. */
static void
join_shots(struct track *into, struct track *from)
{
	for (size_t i = 0; i < from->n_shots; i++) {
		struct shot *s = &from->shots[i];
		size_t worst = 0;

		if (into->n_shots < EX_LANE_SHOTS) {
			into->shots[into->n_shots++] = *s;
			*s = (struct shot){ 0 };
			continue;
		}
		for (size_t k = 1; k < EX_LANE_SHOTS; k++)
			if (into->shots[k].rank < into->shots[worst].rank)
				worst = k;
		if (into->shots[worst].rank < s->rank) {
			ex_shot_fini(&into->shots[worst]);
			into->shots[worst] = *s;
			*s = (struct shot){ 0 };
		}
	}
}

enum ex_status
ex_lane_merge_same_people(struct tracks *t)
{
	struct beside beside = { 0 };
	enum ex_status status = EX_OK;

	see_beside(t, &beside);
	for (size_t i = 0; i < t->n; i++)
		for (size_t j = i + 1; j < t->n && status == EX_OK;) {
			if (beside.pair[i][j] ||
			    !same_person(&t->items[i], &t->items[j])) {
				j++;
				continue;
			}
			if (t->items[i].camera == t->items[j].camera)
				status =
				    join_sightings(&t->items[i], &t->items[j]);
			join_shots(&t->items[i], &t->items[j]);
			join_beside(&beside, i, j, t->n - 1);
			remove_track(t, j);
			j = i + 1; /* who joined may join others now */
		}
	return status;
}

/* Least similarity of any two shots: what moves and speaks changes. */
static float
least_likeness(const struct track *t)
{
	float least = 1;

	for (size_t i = 0; i < t->n_shots; i++)
		for (size_t j = i + 1; j < t->n_shots; j++)
			least = fminf(
			    least, ex_template_similarity(&t->shots[i].template,
				       &t->shots[j].template));
	return least;
}

/* Spread of the nose's place between the eyes, in eye distances: a head that
 * turns by a degree moves it by about 0.009. */
static float
nose_spread(const struct track *t)
{
	double sum = 0, squares = 0, n = (double)t->n_seen;

	for (size_t i = 0; i < t->n_seen; i++) {
		sum += t->seen[i].nose;
		squares += t->seen[i].nose * t->seen[i].nose;
	}
	return (float)sqrt(fmax(0, squares / n - sum / n * (sum / n)));
}

static float
share_on_paper(const struct track *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n_seen; i++)
		n += t->seen[i].on_paper;
	return (float)n / (float)t->n_seen;
}

/*
 * A print shows the edges of its sheet, and neither turns its head nor changes
 * its expression. Only all of this, for long enough, makes a face a print: a
 * person taken for one would be a person missed, whereas a print taken for a
 * person costs an officer a look. A print on cloth sways and darkens, so that
 * its shots differ more; its sheet then has to be seen nearly always.
 */
static bool
is_printed(const struct track *t)
{
	const float paper = share_on_paper(t);

	return t->n_seen >= PRINT_EVIDENCE && paper >= 0.5f &&
	       nose_spread(t) < 0.06f &&
	       least_likeness(t) > (paper >= 0.9f ? 0.93f : 0.95f);
}

unsigned
ex_lane_drop_printed(struct tracks *t)
{
	unsigned n = 0;

	for (size_t i = t->n; i-- > 0;)
		if (is_printed(&t->items[i])) {
			remove_track(t, i);
			n++;
		}
	return n;
}

/* ---- occupants --------------------------------------------------------- */

static void
sort_shots(struct track *t)
{
	for (size_t i = 1; i < t->n_shots; i++)
		for (size_t j = i;
		     j > 0 && t->shots[j].rank > t->shots[j - 1].rank; j--) {
			struct shot s = t->shots[j];

			t->shots[j] = t->shots[j - 1];
			t->shots[j - 1] = s;
		}
}

/* A shot's rank less what it repeats of those already chosen. */
static float
worth(const struct shot *s, const struct ex_template chosen[], unsigned n)
{
	float repeats = 0;

	for (unsigned i = 0; i < n; i++)
		repeats = fmaxf(repeats,
		    ex_template_similarity(&s->template, &chosen[i]) - 0.9f);
	return s->rank - 500 * repeats;
}

static bool
is_good(const struct shot *s, const struct ex_lane_options *o)
{
	return s->score >= COVERED && s->quality.unified >= o->min_quality;
}

/* Sharp, bright and frontal, and yet hardly a face to the detector: something
 * is in front of it. */
static enum ex_cause
cause_of(const struct shot *s)
{
	return s->quality.cause != EX_CAUSE_NONE ? s->quality.cause
						 : EX_CAUSE_OCCLUDED;
}

/* Good shots, one after the other: the best, then each time the one that adds
 * most. Pictures of one pose average out less than pictures of several. */
static unsigned
choose(const struct track *t, const struct ex_lane_options *o,
    struct ex_template out[static EX_LANE_SHOTS])
{
	bool used[EX_LANE_SHOTS] = { false };
	unsigned n = 0;

	while (n < o->max_pictures) {
		size_t best = t->n_shots;
		float most = -INFINITY;

		for (size_t i = 0; i < t->n_shots; i++) {
			float w;

			if (used[i] || !is_good(&t->shots[i], o))
				continue;
			w = worth(&t->shots[i], out, n);
			if (w > most) {
				most = w;
				best = i;
			}
		}
		if (best == t->n_shots)
			break;
		used[best] = true;
		out[n++] = t->shots[best].template;
	}
	return n;
}

static void
fuse(const struct track *t, const struct ex_lane_options *o,
    struct ex_lane_occupant *out)
{
	struct ex_template good[EX_LANE_SHOTS];
	unsigned n = choose(t, o, good);

	out->frames_used = n;
	out->capture = EX_CAUSE_NONE;
	if (n > 0)
		ex_template_fuse(good, n, &out->template);
	else
		out->capture = cause_of(&t->shots[0]);
	ex_wipe(good, sizeof good);
}

static void
make_occupant(struct track *t, const struct ex_lane_options *o,
    enum ex_seat seat, struct ex_lane_occupant *out)
{
	struct shot *best;

	sort_shots(t);
	best = &t->shots[0];
	fuse(t, o, out);
	out->seat = seat;
	out->frames_seen = (unsigned)t->n_seen;
	out->quality = best->quality.unified;
	out->best_box = best->box;
	memcpy(out->best_frame, best->name, sizeof out->best_frame);
	out->picture = best->picture;
	best->picture = (struct ex_image){ 0 };
}

void
ex_lane_make_occupants(struct tracks *t, const struct ex_lane_options *o,
    struct ex_lane_result *out)
{
	enum ex_seat seats[MAX_TRACKS];
	bool done[MAX_TRACKS] = { false };

	ex_lane_assign_seats(t, o, seats);
	for (size_t k = 0; k < t->n; k++) {
		size_t next = t->n;

		/* By seat, then as seen: the same order every time. */
		for (size_t i = 0; i < t->n; i++)
			if (!done[i] &&
			    (next == t->n || seats[i] < seats[next]))
				next = i;
		done[next] = true;
		if (out->n_occupants == EX_MAX_OCCUPANTS) {
			out->overflow++;
			continue;
		}
		make_occupant(&t->items[next], o, seats[next],
		    &out->occupants[out->n_occupants++]);
	}
}
