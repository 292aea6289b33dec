/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Seats, from where faces stand to each other in one frame. A camera in front
 * of the vehicle sees its left at the right of the picture, and, standing
 * higher than the heads, each further row higher in the picture. Somebody
 * drives, so the lowest face is of the front row. An estimate for the
 * officer's eye: nothing is decided by it.
 */
#include "lane_internal.h"

#include <math.h>
#include <stdlib.h>

/* Heights over the lowest face, in eye distances of the front row: people of
 * one row differ by some 0.8, the rows by three to four. */
#define SECOND_ROW 1.7f
#define THIRD_ROW  4.6f
/* Distance from the vehicle's middle, likewise, under which a seat is a middle
 * one. */
#define MIDDLE 2.0f

struct place {
	size_t track;
	struct ex_point at;
	float size; /* eye distance */
};

/* The frame in which most tracks of a camera are seen, the later of equals. */
static unsigned
common_frame(const struct tracks *t, unsigned camera)
{
	unsigned best = 0, most = 0;

	for (size_t i = 0; i < t->n; i++) {
		const struct track *a = &t->items[i];

		for (size_t k = 0; k < a->n_seen && a->camera == camera; k++) {
			unsigned n = 0, index = a->seen[k].index;

			for (size_t j = 0; j < t->n; j++) {
				const struct track *b = &t->items[j];

				n += b->camera == camera &&
				     b->seen[0].index <= index &&
				     b->seen[b->n_seen - 1].index >= index;
			}
			if (n > most || (n == most && index > best)) {
				most = n;
				best = index;
			}
		}
	}
	return best;
}

/* The sighting nearest to a frame. */
static const struct sighting *
nearest(const struct track *t, unsigned index)
{
	const struct sighting *best = &t->seen[0];

	for (size_t i = 1; i < t->n_seen; i++)
		if (labs((long)t->seen[i].index - (long)index) <
		    labs((long)best->index - (long)index))
			best = &t->seen[i];
	return best;
}

static size_t
find_places(const struct tracks *t, unsigned camera, struct place *out)
{
	const unsigned index = common_frame(t, camera);
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		if (t->items[i].camera == camera) {
			const struct sighting *s = nearest(&t->items[i], index);

			out[n++] = (struct place){ i, s->centre, s->size };
		}
	return n;
}

/* The lowest face, and the front row's eye distance: the largest of those
 * about as low, since a turned head has a shorter one. */
static struct place
front(const struct place *p, size_t n)
{
	struct place lowest = p[0];
	float size = 0;

	for (size_t i = 1; i < n; i++)
		if (p[i].at.y > lowest.at.y)
			lowest = p[i];
	for (size_t i = 0; i < n; i++)
		if (lowest.at.y - p[i].at.y < SECOND_ROW * p[i].size)
			size = fmaxf(size, p[i].size);
	lowest.size = size;
	return lowest;
}

static float
middle_of_faces(const struct place *p, size_t n)
{
	float least = p[0].at.x, most = p[0].at.x;

	for (size_t i = 1; i < n; i++) {
		least = fminf(least, p[i].at.x);
		most = fmaxf(most, p[i].at.x);
	}
	return (least + most) / 2;
}

static enum ex_seat
seat(float height, float side)
{
	static const enum ex_seat seats[3][3] = {
		{ EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_MIDDLE,
		    EX_SEAT_FRONT_RIGHT },
		{ EX_SEAT_REAR_LEFT, EX_SEAT_REAR_CENTRE, EX_SEAT_REAR_RIGHT },
		{ EX_SEAT_THIRD_LEFT, EX_SEAT_THIRD_CENTRE,
		    EX_SEAT_THIRD_RIGHT },
	};
	int row = height < SECOND_ROW ? 0 : height < THIRD_ROW ? 1 : 2;
	/* Facing the vehicle, its left is on our right. */
	int column = side > MIDDLE ? 0 : side < -MIDDLE ? 2 : 1;

	return seats[row][column];
}

void
ex_lane_assign_seats(const struct tracks *t, const struct ex_lane_options *o,
    enum ex_seat out[static MAX_TRACKS])
{
	struct place p[MAX_TRACKS], low;

	for (unsigned camera = 0; camera < EX_LANE_CAMERAS; camera++) {
		size_t n = find_places(t, camera, p);
		float centre;

		if (n == 0)
			continue;
		low = front(p, n);
		centre = o->has_region ? o->region.x + o->region.w / 2
				       : middle_of_faces(p, n);
		for (size_t i = 0; i < n; i++)
			out[p[i].track] =
			    seat((low.at.y - p[i].at.y) / low.size,
				(p[i].at.x - centre) / low.size);
	}
}
