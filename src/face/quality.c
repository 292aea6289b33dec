/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quality of one face from its landmarks and its aligned chip. Components
 * follow ISO/IEC 29794-5's names where they measure the same thing; each is
 * mapped to 0..100 and the worst one is the unified score, so that one bad
 * property cannot hide behind good ones.
 */
#include "pose.h"
#include "quality.h"

#include <math.h>

/* The face proper within the chip: brows to chin, without the margin. */
#define FACE_LEFT   38
#define FACE_RIGHT  112
#define FACE_TOP    42
#define FACE_BOTTOM 122

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

static float
measure_block(const struct ex_image *chip, int top, int left, struct grey *g)
{
	int sum = 0;

	for (int y = top; y < top + BLOCK; y++)
		for (int x = left; x < left + BLOCK; x++) {
			int v = ex_luma(ex_image_row(chip, y) + x * 3);

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

void
ex_keep_worst(struct worst *w, float score, enum ex_cause cause)
{
	if ((int)score < w->score)
		*w = (struct worst){ (int)score, cause };
}

/*
 * The ends of each scale are set so that its middle, 50, is where similarity
 * to the portrait starts to fall: measured on the travellers' heads, scaled,
 * blurred, moved, darkened, overexposed and veiled by degrees. The sharpness
 * of good ones is 0.05 and more; at 0.012 the median similarity is down from
 * 0.976 to 0.92, at 0.005 to 0.90, and an impostor's is 0.93 at times.
 */
struct worst
ex_face_worst(const struct ex_face_quality *q)
{
	const float soft = log10f(q->sharpness + 1e-6f);
	struct worst w = { 100, EX_CAUSE_NONE };

	ex_keep_worst(&w, ex_ramp(q->eye_distance, 12, 36), EX_CAUSE_SMALL);
	ex_keep_worst(&w, ex_ramp(fabsf(q->yaw_deg), 55, 15), EX_CAUSE_POSE);
	ex_keep_worst(&w, ex_ramp(fabsf(q->roll_deg), 50, 10), EX_CAUSE_POSE);
	ex_keep_worst(&w, ex_ramp(q->luminance, 6, 26), EX_CAUSE_DARK);
	ex_keep_worst(
	    &w, ex_ramp(q->overexposed, 0.95f, 0.25f), EX_CAUSE_GLARE);
	ex_keep_worst(&w, ex_ramp(q->contrast, 1, 6),
	    q->luminance > 64 ? EX_CAUSE_GLARE : EX_CAUSE_DARK);
	ex_keep_worst(
	    &w, ex_ramp(soft, SHARPNESS_BAD, SHARPNESS_GOOD), EX_CAUSE_BLUR);
	return w;
}

void
ex_face_quality(const struct ex_face *face, const struct ex_image *chip,
    struct ex_face_quality *q)
{
	struct pose pose;
	struct grey g = { 0 };
	struct worst worst;
	double mean, variance;

	ex_face_pose(face, &pose);
	measure(chip, &g);
	mean = g.sum / g.n;
	variance = fmax(0, g.squares / g.n - mean * mean);
	*q = (struct ex_face_quality){
		.eye_distance = pose.eye_distance,
		.yaw_deg = pose.yaw_deg,
		.roll_deg = pose.roll_deg,
		.sharpness = sharpness(&g, variance),
		.luminance = (float)mean,
		.contrast = (float)sqrt(variance),
		.overexposed = (float)g.bright / (float)g.n,
	};
	ex_wipe(&g, sizeof g);
	worst = ex_face_worst(q);
	q->unified = worst.score;
	q->cause = ex_cause_of(worst);
}
