/* SPDX-License-Identifier: Apache-2.0 */
/* A calibration to test with, whose every number is known in advance. */
#ifndef EXEUNT_TESTS_MATCH_TEST_H
#define EXEUNT_TESTS_MATCH_TEST_H

#include "test.h"

#include <math.h>

#include "exeunt/match.h"

/* In double precision, and false for NaN. */
#define assert_near(a, b, tolerance)                                           \
	do {                                                                   \
		double a_ = (a), b_ = (b);                                     \
		if (!(fabs(a_ - b_) <= (tolerance)))                           \
			fail_msg("%s: %.12g, not %.12g", #a, a_, b_);          \
	} while (0)

#define CURVE_POINTS 60
#define CURVE_STEP   0.002
#define CURVE_PAIRS  4000000

/* FMR of point i is 0.5 x 10^(-i/10), its interval a fifth either way. */
struct known_calibration {
	struct ex_calibration cal;
	struct ex_calibration_curve curves[3];
	struct ex_calibration_point points[3][CURVE_POINTS];
};

static inline double
known_fmr(size_t i)
{
	return 0.5 * pow(10, -(double)i / 10);
}

/* Curves for 1, 2 and 4 pictures, each starting 0.005 higher. */
static inline void
known_calibration_init(struct known_calibration *k)
{
	static const unsigned pictures[3] = { 1, 2, 4 };

	memset(k, 0, sizeof *k);
	for (size_t c = 0; c < 3; c++) {
		k->curves[c] = (struct ex_calibration_curve){
			.pictures = pictures[c],
			.probes = 2000,
			.references = 2000,
			.pairs = CURVE_PAIRS,
			.points = k->points[c],
			.n_points = CURVE_POINTS,
		};
		for (size_t i = 0; i < CURVE_POINTS; i++)
			k->points[c][i] = (struct ex_calibration_point){
				.similarity = 0.85 + 0.005 * (double)c +
					      CURVE_STEP * (double)i,
				.fmr = known_fmr(i),
				.low = known_fmr(i) / 1.2,
				.high = fmin(1, known_fmr(i) * 1.2),
			};
	}
	k->cal.curves = k->curves;
	k->cal.n_curves = 3;
}

#endif
