/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <math.h>

float
ex_template_similarity(const struct ex_template *a, const struct ex_template *b)
{
	double sum = 0;

	for (size_t i = 0; i < EX_TEMPLATE_DIM; i++)
		sum += (double)a->v[i] * (double)b->v[i];
	/* Rounding must not lead past the ends of a calibration. */
	/* What is no number is no likeness: fmin(1, NaN) would be 1. */
	return sum >= -1 ? (float)fmin(1, sum) : -1;
}

void
ex_template_fuse(const struct ex_template *t, size_t n, struct ex_template *out)
{
	double sum[EX_TEMPLATE_DIM] = { 0 }, square = 0, scale;

	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < EX_TEMPLATE_DIM; i++)
			sum[i] += (double)t[k].v[i];
	for (size_t i = 0; i < EX_TEMPLATE_DIM; i++)
		square += sum[i] * sum[i];
	/* Opposite templates cancel out; zero is then similar to nobody. */
	scale = square > 0 ? 1 / sqrt(square) : 0;
	for (size_t i = 0; i < EX_TEMPLATE_DIM; i++)
		out->v[i] = (float)(sum[i] * scale);
	ex_wipe(sum, sizeof sum);
}
