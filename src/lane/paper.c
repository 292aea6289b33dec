/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is there a sheet of paper around a face? A print has straight sides to the
 * left and right of the face, from above the brows to the chin, both lighter
 * or both darker than what is beyond. Headrests and seats have such sides too,
 * but round ones, or not as tall; pillars stand on one side.
 */
#include "track.h"

#include <math.h>
#include <stdlib.h>

#define ROWS     32    /* looked at, of the face's height */
#define FROM     0.10f /* of the box's side, outside it: where a side may be */
#define TO       0.80f
#define CONTRAST 7     /* grey levels across a side */
#define COVERAGE 0.85f /* of the rows must show it */
#define SLOPES   7     /* tilts tried, in steps of 0.05 */

static int
level(const struct ex_image *im, int x, int y)
{
	const uint8_t *p = ex_image_row(im, y) + x * 3;

	return (p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8;
}

/* Three pixels inwards less three outwards of x; a pixel of blur between. */
static int
step(const struct ex_image *im, int x, int y, int outwards)
{
	int sum = 0;

	for (int k = 2; k <= 4; k++)
		sum += level(im, x - outwards * k, y) -
		       level(im, x + outwards * k, y);
	return sum / 3;
}

/* How many of the rows have a side through column x, tilted. */
struct votes {
	int lighter, darker, rows;
};

static struct votes
vote(
    const struct ex_image *im, struct ex_box b, int x, float tilt, int outwards)
{
	struct votes v = { 0 };

	for (int i = 0; i < ROWS; i++) {
		float along = (float)i / (ROWS - 1) - 0.5f;
		int y = (int)(b.y + b.h * (0.4f + 1.1f * along));
		int at = x + (int)lrintf(tilt * along * b.h);
		int s;

		if (y < 0 || y >= im->height || at < 5 || at >= im->width - 5)
			continue;
		s = step(im, at, y, outwards);
		v.rows++;
		v.lighter += s >= CONTRAST;
		v.darker += s <= -CONTRAST;
	}
	return v;
}

static bool
covers(int votes, int rows)
{
	return rows >= ROWS / 2 && (float)votes >= COVERAGE * (float)rows;
}

/* Sides found on one side of the face. */
struct sides {
	bool lighter, darker;
};

static struct sides
find_sides(const struct ex_image *im, struct ex_box b, int outwards)
{
	const float edge = outwards > 0 ? b.x + b.w : b.x;
	struct sides found = { 0 };

	for (float d = FROM * b.w; d < TO * b.w; d += 1)
		for (int k = 0; k < SLOPES; k++) {
			float tilt = 0.05f * (float)(k - SLOPES / 2);
			struct votes v = vote(im, b,
			    (int)(edge + (float)outwards * d), tilt, outwards);

			found.lighter |= covers(v.lighter, v.rows);
			found.darker |= covers(v.darker, v.rows);
		}
	return found;
}

bool
ex_lane_on_paper(const struct ex_image *rgb, struct ex_box box)
{
	struct sides left = find_sides(rgb, box, -1);
	struct sides right = find_sides(rgb, box, 1);

	return (left.lighter && right.lighter) || (left.darker && right.darker);
}
