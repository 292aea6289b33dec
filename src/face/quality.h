/* SPDX-License-Identifier: Apache-2.0 */
/* What the measures of quality share. */
#ifndef EXEUNT_FACE_QUALITY_H
#define EXEUNT_FACE_QUALITY_H

#include "exeunt/face.h"

/* Grey level as the picture codes it (BT.601). */
static inline int
ex_luma(const uint8_t rgb[static 3])
{
	return (rgb[0] * 77 + rgb[1] * 150 + rgb[2] * 29) >> 8;
}

/* 0 at `bad`, 100 at `good`, linear between; bad may be the larger. What is
 * not a number (landmarks from outside) scores 0. */
static inline float
ex_ramp(float value, float bad, float good)
{
	float s = (value - bad) / (good - bad) * 100;

	return s > 100 ? 100 : s > 0 ? s : 0;
}

/* Of log10 of ex_face_quality's sharpness: where it scores 0, and 100. */
#define SHARPNESS_BAD  -2.7f
#define SHARPNESS_GOOD -1.1f

/* The worst measure of several: 0..100, and what it means. */
struct worst {
	int score;
	enum ex_cause cause;
};

/* At this score and more a picture is good enough, and has no cause. */
#define GOOD_ENOUGH 50

static inline enum ex_cause
ex_cause_of(struct worst w)
{
	return w.score >= GOOD_ENOUGH ? EX_CAUSE_NONE : w.cause;
}

/* quality.c: `score` of 0..100 in `w`'s place where it is worse. */
void ex_keep_worst(struct worst *w, float score, enum ex_cause cause);
/* quality.c: of what ex_face_quality measures. */
struct worst ex_face_worst(const struct ex_face_quality *q);

/* The face in its chip, by light as it falls (linear, 0..1): chip only. */
struct light {
	float uniformity; /* of both cheeks: what their histograms share */
	float mean, variance;
	float under, over; /* shares of pixels */
	float entropy;     /* bits a pixel */
	float colour;      /* CIELAB distance from the colours of skin */
};

/* light.c */
void ex_face_light(const struct ex_image *chip, struct light *out);

/* blocking.c: how the steps between an encoder's blocks of 8 x 8 pixels stand
 * out from the steps beside them, 0 for not at all; not a number where too
 * little of the box is in the picture. */
float ex_face_blocking(const struct ex_image *rgb, struct ex_box box);

#endif
