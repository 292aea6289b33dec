/* SPDX-License-Identifier: Apache-2.0 */
/* A small truth and its crossings, made up in memory. */
#ifndef EXEUNT_TESTS_EVAL_SCENE_H
#define EXEUNT_TESTS_EVAL_SCENE_H

#include "test.h"

#include "exeunt/eval.h"

#define MOST_VEHICLES 4
#define MOST_PEOPLE   4
#define FRAMES        6

/* Person k of any vehicle sits at x = 100 k, in every frame. */
static struct ex_truth_frame frames_of[MOST_PEOPLE][FRAMES];
static struct ex_truth_occupant people[MOST_VEHICLES][MOST_PEOPLE];
static struct ex_truth_vehicle truth_vehicles[MOST_VEHICLES];
static struct ex_truth truth;
static struct ex_scene_vehicle scene_vehicles[MOST_VEHICLES];
static struct ex_scene scene;
static struct ex_crossing crossings[MOST_VEHICLES];
static struct ex_error err;

static char *const frame_names[FRAMES] = { "0001", "0002", "0003", "0004",
	"0005", "0006" };
static char *const vehicle_ids[MOST_VEHICLES] = { "v0001", "v0002", "v0003",
	"v0004" };
static char *const travellers[MOST_PEOPLE] = { "001", "002", "003", "004" };
static char *const document_names[MOST_PEOPLE] = { "documents/001.json",
	"documents/002.json", "documents/003.json", "documents/004.json" };

static inline struct ex_box
box_of(size_t person)
{
	return (struct ex_box){ 100 * (float)person, 50, 40, 40 };
}

/* A vehicle of the truth with n people, all with their documents. */
static inline struct ex_truth_vehicle *
truth_add(size_t n)
{
	size_t v = truth.n_vehicles++;

	for (size_t k = 0; k < n; k++) {
		for (size_t i = 0; i < FRAMES; i++)
			frames_of[k][i] =
			    (struct ex_truth_frame){ frame_names[i], box_of(k),
				    5 };
		people[v][k] = (struct ex_truth_occupant){
			.seat = (enum ex_seat)(EX_SEAT_FRONT_LEFT + (int)k),
			.traveller = travellers[k],
			.document = document_names[k],
			.frames = frames_of[k],
			.n_frames = FRAMES
		};
	}
	truth_vehicles[v] =
	    (struct ex_truth_vehicle){ vehicle_ids[v], people[v], n };
	scene_vehicles[v] = (struct ex_scene_vehicle){ .id = vehicle_ids[v] };
	scene.n_vehicles = truth.n_vehicles;
	return &truth_vehicles[v];
}

/* The crossing a lane without fault would make of it. */
static inline struct ex_crossing *
cross(size_t v)
{
	struct ex_crossing *c = &crossings[v];

	memset(c, 0, sizeof *c);
	snprintf(c->id, sizeof c->id, "01ARYZ6S41000000000000000%zu", v);
	snprintf(c->lane, sizeof c->lane, "demo-1");
	snprintf(c->vehicle, sizeof c->vehicle, "%s", vehicle_ids[v]);
	c->opened_ms = 1767600000000 + 8000 * (int64_t)v;
	c->closed_ms = c->opened_ms + 3100;
	c->n_occupants = c->n_documents = truth_vehicles[v].n_occupants;
	for (size_t k = 0; k < c->n_occupants; k++) {
		struct ex_occupant *o = &c->occupants[k];
		struct ex_document *d = &c->documents[k];

		*o = (struct ex_occupant){ .n = (unsigned)k + 1,
			.seat = people[v][k].seat,
			.verdict = EX_VERDICT_CONFIRMED,
			.document = (int)k,
			.similarity = 0.961,
			.fmr = 2.1e-5,
			.quality = 71,
			.frames_seen = 31,
			.frames_used = 4,
			.best_box = box_of(k) };
		snprintf(o->best_frame, sizeof o->best_frame, "%s/0003.jpg",
		    vehicle_ids[v]);
		*d = (struct ex_document){ .verdict = EX_DOCUMENT_CONFIRMED,
			.mrz_check = EX_CHECK_PASSED,
			.portrait_check = EX_CHECK_PASSED,
			.type = "P",
			.issuer = "UTO",
			.nationality = "UTO",
			.number = "L898902C3" };
		snprintf(d->name, sizeof d->name, "%s", document_names[k]);
	}
	return c;
}

/* Leave an occupant to the officer. */
static inline void
to_officer(struct ex_crossing *c, size_t k, enum ex_cause cause)
{
	struct ex_occupant *o = &c->occupants[k];

	if (o->document >= 0)
		c->documents[o->document].verdict = EX_DOCUMENT_HOLDER_NOT_SEEN;
	o->verdict = EX_VERDICT_OFFICER;
	o->cause = cause;
	o->document = -1;
	o->similarity = o->fmr = 0;
}

static inline void
swap_documents(struct ex_crossing *c, size_t a, size_t b)
{
	int document = c->occupants[a].document;

	c->occupants[a].document = c->occupants[b].document;
	c->occupants[b].document = document;
}

static inline int
scene_reset(void **state)
{
	(void)state;
	memset(people, 0, sizeof people);
	memset(crossings, 0, sizeof crossings);
	memset(scene_vehicles, 0, sizeof scene_vehicles);
	truth = (struct ex_truth){ .vehicles = truth_vehicles };
	static char dir[] = "demo";

	scene = (struct ex_scene){ .dir = dir, .vehicles = scene_vehicles };
	return 0;
}

/* Of the first n crossings. */
static inline struct ex_eval *
tally_of(size_t n)
{
	struct ex_eval *e;

	assert_int_equal(ex_eval_new(&e, &err), EX_OK);
	assert_int_equal(
	    ex_eval_scene(&truth, &scene, crossings, n, e, &err), EX_OK);
	return e;
}

#define assert_rate(e, which, kk, nn)                                          \
	do {                                                                   \
		struct ex_eval_rate got = ex_eval_rate_get(e, which);          \
		assert_int_equal(got.k, kk);                                   \
		assert_int_equal(got.n, nn);                                   \
	} while (0)

#endif
