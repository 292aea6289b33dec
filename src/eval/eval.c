/* SPDX-License-Identifier: Apache-2.0 */
#include "eval_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Who counts as having faced the camera. */
#define ELIGIBLE_YAW_DEG 25
#define ELIGIBLE_FRAMES  5

struct sums {
	size_t k[EX_EVAL_RATE_COUNT], n[EX_EVAL_RATE_COUNT];
	size_t causes[EX_EVAL_CAUSE_COUNT], eligible[EX_EVAL_CAUSE_COUNT];
	struct ex_eval_counts counts;
};

struct ex_eval {
	struct sums sums;
	struct ex_eval_miss *misses;
	size_t n_misses, room;
};

/* What a vehicle is judged by. */
struct judged {
	const char *scene;
	const struct ex_truth_vehicle *truth;
	const struct ex_crossing *crossing; /* NULL: there is none */
	int pairs[EX_MAX_OCCUPANTS];
};

enum ex_status
ex_eval_new(struct ex_eval **out, struct ex_error *err)
{
	*out = ex_calloc(1, sizeof **out);
	return *out ? EX_OK : ex_fail(err, EX_ERR_NOMEM, "eval", NULL);
}

static void
drop_misses(struct ex_eval *e, size_t keep)
{
	while (e->n_misses > keep) {
		struct ex_eval_miss *m = &e->misses[--e->n_misses];

		free(m->scene);
		free(m->vehicle);
	}
}

void
ex_eval_free(struct ex_eval **e)
{
	if (!*e)
		return;
	drop_misses(*e, 0);
	free((*e)->misses);
	free(*e);
	*e = NULL;
}

/* ---- vehicles by id ------------------------------------------------------ */

struct entry {
	const char *id;
	size_t index;
};

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = strcmp(x->id, y->id);

	if (order)
		return order;
	return (x->index > y->index) - (x->index < y->index);
}

/* Of equal ids the first; NULL if there is none. */
static const struct entry *
find(const struct entry *list, size_t n, const char *id)
{
	size_t low = 0, high = n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(list[middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < n && strcmp(list[low].id, id) == 0 ? &list[low] : NULL;
}

static struct entry *
list_crossings(const struct ex_crossing *crossings, size_t n)
{
	struct entry *list = ex_calloc(n, sizeof *list);

	for (size_t i = 0; list && i < n; i++)
		list[i] = (struct entry){ crossings[i].vehicle, i };
	if (list)
		qsort(list, n, sizeof *list, compare_entries);
	return list;
}

/* A vehicle that could not be read may be without an id. */
static struct entry *
list_vehicles(const struct ex_scene *scene, size_t n)
{
	struct entry *list = ex_calloc(n, sizeof *list);

	for (size_t i = 0; list && i < n; i++) {
		const char *id = scene->vehicles[i].id;

		list[i] = (struct entry){ id ? id : "", i };
	}
	if (list)
		qsort(list, n, sizeof *list, compare_entries);
	return list;
}

/* ---- one vehicle --------------------------------------------------------- */

static void
count(struct ex_eval *e, enum ex_eval_rate_name which, bool yes)
{
	e->sums.n[which]++;
	e->sums.k[which] += yes;
}

static bool
add_miss(struct ex_eval *e, const struct judged *j, enum ex_eval_fault fault,
    enum ex_seat seat, unsigned cause, bool eligible)
{
	struct ex_eval_miss m = { ex_strdup(j->scene), ex_strdup(j->truth->id),
		fault, seat, cause, eligible };

	if (m.scene && m.vehicle && e->n_misses == e->room) {
		size_t room = e->room ? e->room * 2 : 16;
		struct ex_eval_miss *list = ex_calloc(room, sizeof *list);

		if (list) {
			if (e->n_misses)
				memcpy(list, e->misses,
				    e->n_misses * sizeof *list);
			free(e->misses);
			e->misses = list;
			e->room = room;
		}
	}
	if (!m.scene || !m.vehicle || e->n_misses == e->room) {
		free(m.scene);
		free(m.vehicle);
		return false;
	}
	e->misses[e->n_misses++] = m;
	return true;
}

static bool
is_eligible(const struct ex_truth_occupant *t)
{
	size_t frontal = 0;

	for (size_t i = 0; i < t->n_frames; i++)
		frontal += fabsf(t->frames[i].yaw_deg) <= ELIGIBLE_YAW_DEG;
	return t->document && frontal >= ELIGIBLE_FRAMES;
}

/* Somebody who was there; `o` is NULL where they were not found. */
static bool
judge_person(struct ex_eval *e, const struct judged *j,
    const struct ex_truth_occupant *t, const struct ex_occupant *o)
{
	bool confirmed = o && o->verdict == EX_VERDICT_CONFIRMED;
	bool rightly = o && ex_eval_rightly(j->crossing, o, t);
	bool eligible = is_eligible(t);
	unsigned cause = o ? o->cause : EX_EVAL_NONE_FOUND;

	e->sums.counts.occupants++;
	count(e, EX_EVAL_FOUND, o);
	count(e, EX_EVAL_GOOD_ENOUGH, o && o->frames_used > 0);
	if (o)
		count(e, EX_EVAL_SEAT, o->seat == t->seat);
	if (t->document) {
		count(e, EX_EVAL_CONFIRMED, confirmed);
		count(e, EX_EVAL_RIGHTLY, rightly);
	}
	if (eligible)
		count(e, EX_EVAL_ELIGIBLE, rightly);
	if (confirmed)
		return rightly || add_miss(e, j, EX_EVAL_FAULT_WRONG, t->seat,
				      EX_CAUSE_NONE, eligible);
	e->sums.causes[cause]++;
	e->sums.eligible[cause] += eligible;
	/* Rightly the officer's; or said once, of the whole vehicle. */
	if ((o && !t->document) || !j->crossing)
		return true;
	return add_miss(e, j, EX_EVAL_FAULT_MISSED, t->seat, cause, eligible);
}

/* Somebody whom the lane saw; `t` is NULL for a phantom. */
static bool
judge_seen(struct ex_eval *e, const struct judged *j,
    const struct ex_occupant *o, const struct ex_truth_occupant *t)
{
	bool confirmed = o->verdict == EX_VERDICT_CONFIRMED;
	bool wrong = confirmed && !ex_eval_rightly(j->crossing, o, t);

	e->sums.counts.seen++;
	e->sums.counts.confirmed += confirmed;
	if (confirmed)
		count(e, EX_EVAL_WRONG, wrong);
	count(e, EX_EVAL_WRONG_SEEN, wrong);
	count(e, EX_EVAL_PHANTOM, !t);
	return t || add_miss(e, j,
			confirmed ? EX_EVAL_FAULT_WRONG : EX_EVAL_FAULT_PHANTOM,
			o->seat, EX_CAUSE_NONE, false);
}

static bool
judge_people(struct ex_eval *e, struct judged *j)
{
	const struct ex_crossing *c = j->crossing;
	const struct ex_truth_vehicle *v = j->truth;
	size_t n = c ? c->n_occupants : 0;
	bool ok = true;

	for (size_t k = 0; ok && k < v->n_occupants; k++) {
		const struct ex_occupant *o = NULL;

		for (size_t i = 0; i < n; i++)
			if (j->pairs[i] == (int)k)
				o = &c->occupants[i];
		ok = judge_person(e, j, &v->occupants[k], o);
	}
	for (size_t i = 0; ok && i < n; i++)
		ok = judge_seen(e, j, &c->occupants[i],
		    j->pairs[i] < 0 ? NULL : &v->occupants[j->pairs[i]]);
	return ok;
}

static bool
judge_vehicle(struct ex_eval *e, struct judged *j)
{
	const struct ex_crossing *c = j->crossing;

	e->sums.counts.vehicles++;
	count(e, EX_EVAL_MISSING, !c);
	count(e, EX_EVAL_COUNT,
	    c && ex_crossing_seen(c) == j->truth->n_occupants);
	if (!c)
		return add_miss(e, j, EX_EVAL_FAULT_VEHICLE, EX_SEAT_UNKNOWN,
			   EX_CAUSE_NONE, false) &&
		       judge_people(e, j);
	e->sums.counts.printed += c->printed;
	e->sums.counts.camera_gaps += c->frames_lost > 0;
	return ex_eval_pairs(c, j->truth, j->pairs) && judge_people(e, j);
}

/* ---- a scene ------------------------------------------------------------- */

struct lists {
	struct entry *crossings, *vehicles;
	size_t n_crossings, n_vehicles;
};

static bool
judge_truth(struct ex_eval *e, const struct ex_truth *truth,
    const struct ex_scene *scene, const struct ex_crossing *crossings,
    const struct lists *l)
{
	size_t used = 0;

	for (size_t i = 0; i < truth->n_vehicles; i++) {
		const char *id = truth->vehicles[i].id;
		const struct entry *at = find(l->crossings, l->n_crossings, id);
		const struct entry *v = find(l->vehicles, l->n_vehicles, id);
		struct judged j = { .scene = scene ? scene->dir : "",
			.truth = &truth->vehicles[i],
			.crossing = at ? &crossings[at->index] : NULL };

		used += at != NULL;
		if ((v && scene->vehicles[v->index].opted_out) ||
		    (at && j.crossing->opted_out)) {
			e->sums.counts.opted_out++;
			e->sums.counts.broken_opt_out +=
			    at && j.crossing->n_occupants > 0;
		} else if (!judge_vehicle(e, &j)) {
			return false;
		}
	}
	e->sums.counts.extra += l->n_crossings - used;
	return true;
}

enum ex_status
ex_eval_scene(const struct ex_truth *truth, const struct ex_scene *scene,
    const struct ex_crossing crossings[], size_t n, struct ex_eval *tally,
    struct ex_error *err)
{
	struct sums before = tally->sums;
	size_t misses = tally->n_misses;
	struct lists l = { .n_crossings = n,
		.n_vehicles = scene ? scene->n_vehicles : 0 };
	bool ok;

	l.crossings = list_crossings(crossings, n);
	l.vehicles = list_vehicles(scene, l.n_vehicles);
	ok = l.crossings && l.vehicles &&
	     judge_truth(tally, truth, scene, crossings, &l);
	free(l.crossings);
	free(l.vehicles);
	if (!ok) {
		tally->sums = before;
		drop_misses(tally, misses);
		return ex_fail(
		    err, EX_ERR_NOMEM, scene ? scene->dir : "truth.json", NULL);
	}
	tally->sums.counts.scenes++;
	return EX_OK;
}

/* ---- what was counted ---------------------------------------------------- */

struct ex_eval_rate
ex_eval_rate_get(const struct ex_eval *e, enum ex_eval_rate_name which)
{
	return ex_eval_rate_make(e->sums.k[which], e->sums.n[which]);
}

size_t
ex_eval_cause_get(const struct ex_eval *e, unsigned cause, size_t *eligible)
{
	if (eligible)
		*eligible = e->sums.eligible[cause];
	return e->sums.causes[cause];
}

struct ex_eval_counts
ex_eval_counts_get(const struct ex_eval *e)
{
	return e->sums.counts;
}

size_t
ex_eval_misses_get(const struct ex_eval *e, const struct ex_eval_miss **out)
{
	*out = e->misses;
	return e->n_misses;
}

bool
ex_eval_has_target(
    const struct ex_eval *e, enum ex_eval_rate_name which, bool *met)
{
	double target = ex_eval_rate_target(which);
	size_t k = e->sums.k[which], n = e->sums.n[which];

	if (target > 0)
		*met = n > 0 && (double)k * 100 >= target * (double)n;
	else
		*met = k == 0;
	return target >= 0;
}

bool
ex_eval_met(const struct ex_eval *e)
{
	for (int i = 0; i < EX_EVAL_RATE_COUNT; i++) {
		bool met;

		if (ex_eval_has_target(e, (enum ex_eval_rate_name)i, &met) &&
		    !met && e->sums.n[i] > 0)
			return false;
	}
	return true;
}
