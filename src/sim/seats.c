/* SPDX-License-Identifier: Apache-2.0 */
/* Where people sit. The vehicle's own left is the picture's right. */
#include "sim_internal.h"

#define COUNT(a) (sizeof(a) / sizeof *(a))

#define FL EX_SEAT_FRONT_LEFT
#define FR EX_SEAT_FRONT_RIGHT
#define FM EX_SEAT_FRONT_MIDDLE
#define RL EX_SEAT_REAR_LEFT
#define RC EX_SEAT_REAR_CENTRE
#define RR EX_SEAT_REAR_RIGHT
#define TL EX_SEAT_THIRD_LEFT
#define TC EX_SEAT_THIRD_CENTRE
#define TR EX_SEAT_THIRD_RIGHT

/* Rear rows sit higher, and further out than in life, so that a head shows
 * beside and above the ones before it: a lane that cannot see a face cannot be
 * measured on it. */
static const struct place places[EX_SEAT_COUNT] = {
	[FL] = { 0.345, 0, 0, 0 },
	[FR] = { -0.345, 0, 0, 0 },
	[FM] = { 0, -0.01, 0.05, 0 },
	[RL] = { 0.50, -0.055, 0.9, 1 },
	[RC] = { 0, -0.06, 0.92, 1 },
	[RR] = { -0.50, -0.055, 0.9, 1 },
	[TL] = { 0.28, -0.10, 1.8, 2 },
	[TC] = { 0, -0.10, 1.8, 2 },
	[TR] = { -0.28, -0.10, 1.8, 2 },
};

/* Ways of sitting by number of people; the driver first. */
#define WAYS 4
static const enum ex_seat ways[MAX_PERSONS][WAYS][MAX_PERSONS] = {
	{ { FL }, { FL }, { FL }, { FL } },
	{ { FL, FR }, { FL, FR }, { FL, FR }, { FL, RR } },
	{ { FL, FR, RC }, { FL, FR, RR }, { FL, FR, RL }, { FL, RL, RR } },
	{ { FL, FR, RL, RR }, { FL, FR, RL, RR }, { FL, FR, RL, RC },
	    { FL, FR, RC, RR } },
	{ { FL, FR, RL, RC, RR }, { FL, FR, RL, RC, RR },
	    { FL, FR, RL, RC, RR }, { FL, FM, FR, RL, RR } },
	{ { FL, FR, RL, RR, TL, TR }, { FL, FR, RL, RC, RR, TL },
	    { FL, FM, FR, RL, RR, TC }, { FL, FR, RL, RC, RR, TR } },
	{ { FL, FR, RL, RC, RR, TL, TR }, { FL, FR, RL, RC, RR, TL, TR },
	    { FL, FR, RL, RC, RR, TL, TR }, { FL, FM, FR, RL, RR, TL, TR } },
};

struct place
ex_sim_seat_place(enum ex_seat s)
{
	return places[s];
}

const enum ex_seat *
ex_sim_seats_for(size_t n, uint32_t pick)
{
	return ways[n - 1][pick % WAYS];
}

static bool
is_taken(const struct vehicle *v, enum ex_seat s)
{
	for (size_t i = 0; i < v->n_persons; i++)
		if (v->persons[i].seat == s)
			return true;
	return false;
}

enum ex_seat
ex_sim_seat_free(const struct vehicle *v)
{
	static const enum ex_seat wanted[] = { FR, RC, RR, RL, TR, TL };

	for (size_t i = 0; i < COUNT(wanted); i++)
		/* The print is taller than a head: nobody behind it. */
		if (!is_taken(v, wanted[i]) &&
		    (wanted[i] != FR || !is_taken(v, RR)))
			return wanted[i];
	return EX_SEAT_UNKNOWN;
}

int
ex_sim_vehicle_rows(const struct vehicle *v)
{
	int rows = v->portrait != NOBODY ? places[v->portrait_seat].row + 1 : 1;

	for (size_t i = 0; i < v->n_persons; i++)
		if (places[v->persons[i].seat].row + 1 > rows)
			rows = places[v->persons[i].seat].row + 1;
	return rows;
}
