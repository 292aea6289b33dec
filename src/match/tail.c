/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tail of a curve, past the pairs that were found: peaks over a threshold
 * with exponential excesses (the generalised Pareto law of shape 0; Pickands
 * 1975). Similarity ends at 1, so the true shape is under 0 and the law falls
 * too slowly rather than too fast: the bound errs to the safe side.
 */
#include "match_internal.h"

#include <math.h>
#include <stdlib.h>

/* Mean excess, each peak as often as both its people were drawn; -1: none. */
static double
mean_excess(const struct ex_match_peak *p, size_t n, const uint32_t *times)
{
	double sum = 0, weight = 0;

	for (size_t i = 0; i < n; i++) {
		double w =
		    times ? (double)times[p[i].a] * (double)times[p[i].b] : 1;

		sum += w * p[i].excess;
		weight += w;
	}
	return weight > 0 ? sum / weight : -1;
}

enum ex_status
ex_match_tail_fit(const struct ex_match_peak *peaks, size_t n, size_t people,
    unsigned resamples, uint64_t seed, struct ex_calibration_tail *out)
{
	double *scales = ex_calloc(resamples, sizeof *scales), low;
	uint32_t *times = ex_calloc(people, sizeof *times);
	double scale = mean_excess(peaks, n, NULL);
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_rng rng;
	size_t kept = 0;

	out->peaks = 0;
	if (!scales || !times)
		goto out;
	status = EX_OK;
	if (!(scale > 0))
		goto out; /* all at the threshold itself: nothing to fit */
	ex_rng_init(&rng, seed);
	for (unsigned i = 0; i < resamples; i++) {
		ex_people_draw(&rng, times, people);
		scales[kept] = mean_excess(peaks, n, times);
		kept += scales[kept] >= 0;
	}
	if (kept < resamples / 2)
		goto out; /* the peaks are of so few that most draw none */
	out->scale = scale;
	ex_people_interval(scales, kept, scale, &low, &out->scale_high);
	out->peaks = n;
out:
	free(scales);
	free(times);
	return status;
}
