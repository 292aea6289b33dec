/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <math.h>

float
ex_template_similarity(const struct ex_template *a, const struct ex_template *b)
{
	double sum = 0;

	if (a->dim != b->dim || a->dim == 0)
		return -1;
	for (size_t i = 0; i < a->dim; i++)
		sum += (double)a->v[i] * (double)b->v[i];
	/* Rounding must not lead past the ends of a calibration. */
	/* What is no number is no likeness: fmin(1, NaN) would be 1. */
	return sum >= -1 ? (float)fmin(1, sum) : -1;
}

void
ex_template_fuse(const struct ex_template *t, size_t n, struct ex_template *out)
{
	double sum[EX_TEMPLATE_DIM] = { 0 }, square = 0, scale;
	unsigned dim = t[0].dim;

	for (size_t k = 0; k < n; k++)
		dim = t[k].dim == dim ? dim : 0;
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < dim; i++)
			sum[i] += (double)t[k].v[i];
	for (size_t i = 0; i < dim; i++)
		square += sum[i] * sum[i];
	/* Opposite templates cancel out; zero is then similar to nobody. */
	scale = square > 0 ? 1 / sqrt(square) : 0;
	for (size_t i = 0; i < EX_TEMPLATE_DIM; i++)
		out->v[i] = (float)(sum[i] * scale);
	out->dim = dim;
	ex_wipe(sum, sizeof sum);
}
