/* SPDX-License-Identifier: Apache-2.0 */
/* See ops.h: one output channel as a 1 x 1 convolution and a sum. */
#include "ops.h"

#include <stdlib.h>
#include <string.h>

struct spread {
	struct conv_shape shape;
	struct conv *products; /* 1 x 1, to kernel x kernel channels */
	float *weights;        /* kernel x kernel x in */
	float *zeros;          /* its bias */
	float bias;
	size_t products_size, sums_size; /* bytes, whole cache lines */
};

static size_t
whole_lines(size_t bytes)
{
	return (bytes + 63) / 64 * 64;
}

bool
ex_spread_suits(const struct conv_shape *s)
{
	return s->out_channels == 1 && s->stride == 1 && s->kernel > 1 &&
	       s->out_height == s->height && s->out_width == s->width;
}

enum ex_status
ex_spread_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct spread **out)
{
	const int taps = s->kernel * s->kernel;
	struct conv_shape inner = *s;
	struct spread *p = ex_calloc(1, sizeof *p);
	enum ex_status status = EX_ERR_NOMEM;

	*out = NULL;
	if (!p)
		return EX_ERR_NOMEM;
	p->shape = *s;
	p->bias = bias[0];
	p->weights = ex_calloc((size_t)(taps * s->channels), sizeof(float));
	p->zeros = ex_calloc((size_t)taps, sizeof(float));
	if (!p->weights || !p->zeros)
		goto out;
	/* in x taps as it stands in the model, to taps x in. */
	for (int c = 0; c < s->channels; c++)
		for (int t = 0; t < taps; t++)
			p->weights[(t / s->kernel * s->kernel + s->kernel - 1 -
				       t % s->kernel) *
				       s->channels +
				   c] = weights[c * taps + t];
	inner.out_channels = taps;
	inner.kernel = 1;
	inner.pad = 0;
	inner.relu = false;
	status = ex_conv_new(&inner, p->weights, p->zeros, &p->products);
	if (status != EX_OK)
		goto out;
	p->products_size =
	    (size_t)s->height * (size_t)s->width * (size_t)taps * sizeof(float);
	p->products_size = whole_lines((size_t)s->height * (size_t)s->width *
				       (size_t)taps * sizeof(float));
	p->sums_size =
	    whole_lines((size_t)(s->width + s->kernel - 1) * sizeof(float));
	*out = p;
	p = NULL;
out:
	ex_spread_free(&p);
	return status;
}

void
ex_spread_free(struct spread **s)
{
	if (!*s)
		return;
	ex_conv_free(&(*s)->products);
	free((*s)->weights);
	free((*s)->zeros);
	free(*s);
	*s = NULL;
}

/* Products of all pictures, sums of a row, the inner kernel's own scratch. */
size_t
ex_spread_scratch_size(const struct spread *s)
{
	return s->products_size * (size_t)s->shape.batch + s->sums_size +
	       ex_conv_scratch_size(s->products);
}

/*
 * A row of inputs onto a row of sums: the products of input x in this row of
 * the window belong to the `kernel` outputs around x, from left to right, and
 * that is the order they are kept in. sums[0] is output pad - kernel + 1.
 */
static inline void
add_products(
    const float *restrict products, int width, int k, float *restrict sums)
{
	for (int x = 0; x < width; x++, products += k * k)
		for (int t = 0; t < k; t++)
			sums[x + t] += products[t];
}

static void
add_row(const struct spread *s, const float *products, int ky, float *sums)
{
	const int k = s->shape.kernel;

	products += ky * k;
	if (k == 9) /* the detector's: the compiler unrolls what it knows */
		add_products(products, s->shape.width, 9, sums);
	else
		add_products(products, s->shape.width, k, sums);
}

static void
sum_picture(
    const struct spread *s, const float *products, float *sums, float *out)
{
	const int height = s->shape.height, width = s->shape.width;
	const int k = s->shape.kernel, pad = s->shape.pad;
	const size_t row = (size_t)width * (size_t)(k * k);

	for (int y = 0; y < height; y++, out += width) {
		memset(sums, 0, (size_t)(width + k - 1) * sizeof *sums);
		for (int ky = 0; ky < k; ky++)
			if (y + ky >= pad && y + ky - pad < height)
				add_row(s,
				    products + (size_t)(y + ky - pad) * row, ky,
				    sums);
		for (int x = 0; x < width; x++)
			out[x] = s->bias + sums[x + k - 1 - pad];
		for (int x = 0; s->shape.relu && x < width; x++)
			out[x] = out[x] > 0 ? out[x] : 0;
	}
}

bool
ex_spread_run(struct spread *s, const float *in, float *out, void *scratch)
{
	const size_t all = s->products_size * (size_t)s->shape.batch;
	const size_t per = (size_t)s->shape.height * (size_t)s->shape.width;
	const size_t taps = (size_t)(s->shape.kernel * s->shape.kernel);
	float *products = scratch;
	float *sums = (float *)(void *)((char *)scratch + all);

	if (!ex_conv_run(s->products, in, products,
		(char *)scratch + all + s->sums_size))
		return false;
	for (int n = 0; n < s->shape.batch; n++)
		sum_picture(s, products + (size_t)n * per * taps, sums,
		    out + (size_t)n * per);
	return true;
}
