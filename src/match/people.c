/* SPDX-License-Identifier: Apache-2.0 */
/* The bootstrap over people (Owen, "The pigeonhole bootstrap", 2007). */
#include "exeunt/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
ex_people_draw(struct ex_rng *rng, uint32_t *times, size_t n)
{
	memset(times, 0, n * sizeof *times);
	for (size_t i = 0; i < n; i++)
		times[ex_rng_below(rng, (uint32_t)n)]++;
}

static int
by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void
ex_people_interval(
    double *values, size_t n, double around, double *low, double *high)
{
	size_t cut = n / 40; /* 2.5 %, rounded outwards */

	qsort(values, n, sizeof *values, by_size);
	*low = fmin(around, values[cut]);
	*high = fmax(around, values[n - 1 - cut]);
}
