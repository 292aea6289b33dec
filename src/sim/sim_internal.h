/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the room share: travellers, the plan, the pictures. */
#ifndef EXEUNT_SIM_INTERNAL_H
#define EXEUNT_SIM_INTERNAL_H

#include "exeunt/base.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"
#include "exeunt/sim.h"

/* ---- travellers.c: index.csv and lookalikes.csv ------------------------ */

#define MAX_POSES  8
#define NAME_SIZE  40
#define IMAGE_SIZE 64

struct pose {
	char image[IMAGE_SIZE];
	double yaw_deg;
};

struct traveller {
	char id[NAME_SIZE];
	char sex; /* 'M', 'F', 'X' */
	int age;
	char look[IMAGE_SIZE]; /* first words of `appearance` */
	struct pose poses[MAX_POSES];
	size_t n_poses;
	bool has_portrait;
};

struct pair {
	size_t a, b;
};

struct travellers {
	const char *dir; /* borrowed */
	struct traveller *list;
	size_t n;
	struct pair *pairs; /* who looks like whom */
	size_t n_pairs;
};

enum ex_status ex_sim_travellers_read(const char *dir, const char *lookalikes,
    struct travellers *out, struct ex_error *err);
void ex_sim_travellers_fini(struct travellers *t);
bool ex_sim_travellers_alike(const struct travellers *t, size_t a, size_t b);

/* ---- pairs.c ----------------------------------------------------------- */

enum ex_status ex_sim_pairs_read(
    struct travellers *t, const char *path, struct ex_error *err);
enum ex_status ex_sim_pairs_guess(struct travellers *t, struct ex_error *err);

/* ---- identity.c: invented people --------------------------------------- */

#define TD3_LINE 44

struct identity {
	char mrz[2][TD3_LINE + 1];
};

/** Of one traveller; the same in every vehicle of a scene. */
void ex_sim_identity_make(uint64_t seed, size_t index,
    const struct traveller *t, struct identity *out);

/* ---- cast.c: the plan --------------------------------------------------- */

#define MAX_PERSONS 7
#define NOBODY      SIZE_MAX
#define SCENE_START INT64_C(1767600000000) /* 2026-01-05T08:00:00.000Z */

enum light { LIGHT_DAY, LIGHT_DUSK, LIGHT_NIGHT };

struct person {
	size_t traveller;
	enum ex_seat seat;
	size_t own_document; /* index into documents, or NOBODY */
	bool turned_away;    /* never looks near the camera */
	size_t shirt;        /* traveller whose face is printed on it */
};

struct vehicle {
	char id[12];
	uint64_t seed;
	struct person persons[MAX_PERSONS];
	size_t n_persons;
	size_t documents[MAX_PERSONS + 2]; /* travellers */
	size_t n_documents;
	unsigned specials; /* bits of enum ex_sim_special */
	enum ex_seat portrait_seat;
	size_t portrait, pedestrian; /* travellers, or NOBODY */
	enum light light;
	size_t n_frames;
};

struct cast {
	struct vehicle *vehicles;
	size_t n, n_occupants;
};

enum ex_status ex_sim_cast_plan(const struct ex_sim_options *o,
    const struct travellers *t, struct cast *out, struct ex_error *err);
void ex_sim_cast_fini(struct cast *c);
bool ex_sim_vehicle_has(const struct vehicle *v, enum ex_sim_special s);

/* ---- seats.c ------------------------------------------------------------ */

/** Where a face is in the vehicle, metres: right as the camera sees it,
 *  down, and away from the camera behind the front row. */
struct place {
	double x, y, z;
	int row; /* 0 front, 1 rear, 2 third */
};

struct place ex_sim_seat_place(enum ex_seat s);
/** Seats of n people; `pick` chooses among the usual ways. */
const enum ex_seat *ex_sim_seats_for(size_t n, uint32_t pick);
/** The seat for a portrait in a vehicle; EX_SEAT_UNKNOWN if all are taken. */
enum ex_seat ex_sim_seat_free(const struct vehicle *v);
int ex_sim_vehicle_rows(const struct vehicle *v);

/** Seeds of independent streams, so that threads cannot change a picture. */
uint64_t ex_sim_stream(uint64_t seed, uint64_t a, uint64_t b);

#endif
