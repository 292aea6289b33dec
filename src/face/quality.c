/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quality of one face from its landmarks and its aligned chip. Components
 * follow ISO/IEC 29794-5's names where they measure the same thing; each is
 * mapped to 0..100 and the worst one is the unified score, so that one bad
 * property cannot hide behind good ones.
 */
#include "exeunt/face.h"

#include <math.h>

/* The face proper within the chip: brows to chin, without the margin. */
#define FACE_LEFT   38
#define FACE_RIGHT  112
#define FACE_TOP    42
#define FACE_BOTTOM 122

static struct ex_point
middle(struct ex_point a, struct ex_point b)
{
	return (struct ex_point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
}

/* How far the nose's base stands out, of the distance between the eyes. */
#define NOSE 0.45f

/*
 * Yaw from where the nose's base lies between the eyes: turning moves it by
 * NOSE times the sine of the angle, and draws the eyes together by the cosine.
 * NOSE is the least-squares fit over the travellers' 200 lane heads; the mean
 * error there is 4.7 degrees.
 */
static float
yaw(struct ex_point left, struct ex_point right, struct ex_point nose)
{
	const float dx = left.x - right.x, dy = left.y - right.y;
	const float square = dx * dx + dy * dy;
	const struct ex_point centre = middle(left, right);
	float along;

	if (!(square > 0))
		return 90;
	along = ((nose.x - centre.x) * dx + (nose.y - centre.y) * dy) / square;
	return atanf(along / NOSE) * 180 / (float)M_PI;
}

/* Blocks of 3 x 3 pixels: finer detail is lost in small faces anyway, and
 * what noise is left in them counts little. */
#define BLOCK   3
#define ROWS    ((FACE_BOTTOM - FACE_TOP) / BLOCK)
#define COLUMNS ((FACE_RIGHT - FACE_LEFT) / BLOCK)

struct grey {
	double sum, squares;
	unsigned n, bright;
	float block[ROWS][COLUMNS]; /* means */
};

static int
level(const struct ex_image *im, int y, int x)
{
	const uint8_t *p = ex_image_row(im, y) + x * 3;

	return (p[0] * 77 + p[1] * 150 + p[2] * 29) >> 8; /* BT.601 */
}

static float
measure_block(const struct ex_image *chip, int top, int left, struct grey *g)
{
	int sum = 0;

	for (int y = top; y < top + BLOCK; y++)
		for (int x = left; x < left + BLOCK; x++) {
			int v = level(chip, y, x);

			sum += v;
			g->squares += v * v;
			g->bright += v >= 250;
		}
	g->sum += sum;
	g->n += BLOCK * BLOCK;
	return (float)sum / (BLOCK * BLOCK);
}

static void
measure(const struct ex_image *chip, struct grey *g)
{
	for (int y = 0; y < ROWS; y++)
		for (int x = 0; x < COLUMNS; x++)
			g->block[y][x] = measure_block(chip,
			    FACE_TOP + y * BLOCK, FACE_LEFT + x * BLOCK, g);
}

static float
bend(float before, float at, float after)
{
	float b = 2 * at - before - after;

	return b * b;
}

/*
 * Mean squared second difference of the blocks along the softer of the two
 * axes (motion blurs one of them only), over the variance of the face's grey
 * levels, so that a dark picture is not called a soft one.
 */
static float
sharpness(const struct grey *g, double variance)
{
	const float n = (ROWS - 2) * (COLUMNS - 2);
	float across = 0, down = 0;

	for (int y = 1; y < ROWS - 1; y++)
		for (int x = 1; x < COLUMNS - 1; x++) {
			const float *row = g->block[y];

			across += bend(row[x - 1], row[x], row[x + 1]);
			down += bend(
			    g->block[y - 1][x], row[x], g->block[y + 1][x]);
		}
	return fminf(across, down) / n / ((float)variance + 1);
}

/* 0 at `bad`, 100 at `good`, linear between; bad may be the larger. What is
 * not a number (landmarks from outside) scores 0. */
static float
score(float value, float bad, float good)
{
	float s = (value - bad) / (good - bad) * 100;

	return s > 100 ? 100 : s > 0 ? s : 0;
}

static void
keep_worst(struct ex_face_quality *q, float score_of, enum ex_cause cause)
{
	if ((int)score_of < q->unified) {
		q->unified = (int)score_of;
		q->cause = cause;
	}
}

/*
 * The ends of each scale are set so that its middle, 50, is where similarity
 * to the portrait starts to fall: measured on the travellers' heads, scaled,
 * blurred, moved, darkened, overexposed and veiled by degrees. The sharpness
 * of good ones is 0.05 and more; at 0.012 the median similarity is down from
 * 0.976 to 0.92, at 0.005 to 0.90, and an impostor's is 0.93 at times.
 */
static void
judge(struct ex_face_quality *q)
{
	const float soft = log10f(q->sharpness + 1e-6f);

	q->unified = 100;
	q->cause = EX_CAUSE_NONE;
	keep_worst(q, score(q->eye_distance, 12, 36), EX_CAUSE_SMALL);
	keep_worst(q, score(fabsf(q->yaw_deg), 55, 15), EX_CAUSE_POSE);
	keep_worst(q, score(fabsf(q->roll_deg), 50, 10), EX_CAUSE_POSE);
	keep_worst(q, score(q->luminance, 6, 26), EX_CAUSE_DARK);
	keep_worst(q, score(q->overexposed, 0.95f, 0.25f), EX_CAUSE_GLARE);
	keep_worst(q, score(q->contrast, 1, 6),
	    q->luminance > 64 ? EX_CAUSE_GLARE : EX_CAUSE_DARK);
	keep_worst(q, score(soft, -2.7f, -1.1f), EX_CAUSE_BLUR);
	if (q->unified >= 50)
		q->cause = EX_CAUSE_NONE;
}

void
ex_face_quality(const struct ex_face *face, const struct ex_image *chip,
    struct ex_face_quality *q)
{
	const struct ex_point *p = face->landmark;
	struct ex_point left = middle(p[0], p[1]), right = middle(p[2], p[3]);
	struct grey g = { 0 };
	double mean, variance;

	measure(chip, &g);
	mean = g.sum / g.n;
	variance = fmax(0, g.squares / g.n - mean * mean);
	*q = (struct ex_face_quality){
		.eye_distance = hypotf(left.x - right.x, left.y - right.y),
		.yaw_deg = yaw(left, right, p[4]),
		.roll_deg = atan2f(left.y - right.y, left.x - right.x) * 180 /
			    (float)M_PI,
		.sharpness = sharpness(&g, variance),
		.luminance = (float)mean,
		.contrast = (float)sqrt(variance),
		.overexposed = (float)g.bright / (float)g.n,
	};
	ex_wipe(&g, sizeof g);
	judge(q);
}
