/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What onednn.c does, in plain C: -Dengine=reference builds this in its place.
 * The thread sanitizer sees every load and store of it, and tests compare the
 * two. Weights are laid out once so that a few output channels are summed side
 * by side, which compilers turn into vectors. Running writes nothing but `out`.
 */
#include "onednn.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LANES 16 /* output channels summed at once */

/* sum[l] += in[i] * weights[i][l], for n <= LANES lanes of rows of `stride`. */
static void
add_products(const float *restrict in, int inner, const float *restrict weights,
    size_t stride, int n, float sum[restrict static LANES])
{
	if (n < LANES) {
		for (int i = 0; i < inner; i++, weights += stride)
			for (int l = 0; l < n; l++)
				sum[l] += in[i] * weights[l];
		return;
	}
	for (int i = 0; i < inner; i++, weights += stride)
		for (int l = 0; l < LANES; l++)
			sum[l] += in[i] * weights[l];
}

static int
lanes_from(int first, int all)
{
	return all - first < LANES ? all - first : LANES;
}

/* ---- convolutions ------------------------------------------------------ */

struct conv {
	struct conv_spec spec;
	int in_each, out_each; /* channels of a group */
	float *weights;        /* groups x rows x columns x in x out */
	const float *bias;
};

static size_t
window_values(const struct conv *c)
{
	return (size_t)c->spec.kernel[0] * (size_t)c->spec.kernel[1];
}

static size_t
group_values(const struct conv *c)
{
	return window_values(c) * (size_t)c->in_each * (size_t)c->out_each;
}

/* From out x in x window, as the caller has them. */
static void
lay_out_group(const struct conv *c, const float *from, float *to)
{
	const size_t window = window_values(c), in = (size_t)c->in_each,
		     out = (size_t)c->out_each;

	for (size_t o = 0; o < out; o++)
		for (size_t i = 0; i < in; i++)
			for (size_t k = 0; k < window; k++)
				to[(k * in + i) * out + o] =
				    from[(o * in + i) * window + k];
}

enum ex_status
ex_conv_make(const struct conv_spec *s, const float *weights, const float *bias,
    struct conv **out)
{
	struct conv *c;

	*out = NULL;
	c = ex_calloc(1, sizeof *c);
	if (!c)
		return EX_ERR_NOMEM;
	c->spec = *s;
	c->in_each = s->channels / s->groups;
	c->out_each = s->out_channels / s->groups;
	c->bias = bias;
	c->weights =
	    ex_calloc((size_t)s->groups * group_values(c), sizeof *c->weights);
	if (!c->weights) {
		ex_conv_free(&c);
		return EX_ERR_NOMEM;
	}
	for (size_t g = 0; g < (size_t)s->groups; g++)
		lay_out_group(c, weights + g * group_values(c),
		    c->weights + g * group_values(c));
	*out = c;
	return EX_OK;
}

void
ex_conv_free(struct conv **c)
{
	if (!*c)
		return;
	free((*c)->weights);
	free(*c);
	*c = NULL;
}

size_t
ex_conv_scratch_size(const struct conv *c)
{
	(void)c;
	return 0;
}

bool
ex_conv_is_slow(const struct conv *c)
{
	(void)c;
	return false; /* no other kernel of it would be faster */
}

static float
apply(const struct conv_post *p, float x, float other)
{
	switch (p->what) {
	case CONV_ADD:
		return x + other;
	case CONV_LEAKY:
		return x < 0 ? x * p->a : x;
	case CONV_CLIP:
		return fminf(fmaxf(x, p->a), p->b);
	case CONV_SIGMOID:
		return 1 / (1 + expf(-x));
	}
	return x;
}

/* Output channels of one pixel, of those that one group has. */
struct place {
	int n, y, x; /* picture, row, column of the output */
	int group, first, lanes;
};

/* What the window holds inside the picture; its padding adds nothing. */
static void
sum_window(const struct conv *c, const float *in, const struct place *at,
    float sum[static LANES])
{
	const struct conv_spec *s = &c->spec;
	const float *group =
	    c->weights + (size_t)at->group * group_values(c) + at->first;

	for (int i = 0; i < s->kernel[0]; i++)
		for (int j = 0; j < s->kernel[1]; j++) {
			const int64_t y = (int64_t)at->y * s->stride[0] -
					  s->before[0] + i * s->dilation[0];
			const int64_t x = (int64_t)at->x * s->stride[1] -
					  s->before[1] + j * s->dilation[1];
			const int64_t k = i * s->kernel[1] + j;

			if (y < 0 || y >= s->height || x < 0 || x >= s->width)
				continue;
			add_products(
			    in +
				((at->n * (int64_t)s->height + y) * s->width +
				    x) *
				    s->channels +
				at->group * c->in_each,
			    c->in_each, group + k * c->in_each * c->out_each,
			    (size_t)c->out_each, at->lanes, sum);
		}
}

static void
run_lanes(const struct conv *c, const float *in, const float *other, float *out,
    const struct place *at)
{
	const struct conv_spec *s = &c->spec;
	const int channel = at->group * c->out_each + at->first;
	const int64_t to =
	    ((at->n * (int64_t)s->out_height + at->y) * s->out_width + at->x) *
		s->out_channels +
	    channel;
	float sum[LANES] = { 0 };

	memcpy(sum, c->bias + channel, (size_t)at->lanes * sizeof *sum);
	sum_window(c, in, at, sum);
	for (int l = 0; l < at->lanes; l++) {
		for (int i = 0; i < s->n_posts; i++)
			sum[l] = apply(
			    &s->posts[i], sum[l], other ? other[to + l] : 0);
		out[to + l] = sum[l];
	}
}

static void
run_pixel(const struct conv *c, const float *in, const float *other, float *out,
    struct place at)
{
	for (at.group = 0; at.group < c->spec.groups; at.group++)
		for (at.first = 0; at.first < c->out_each; at.first += LANES) {
			at.lanes = lanes_from(at.first, c->out_each);
			run_lanes(c, in, other, out, &at);
		}
}

bool
ex_conv_run_add(struct conv *c, const float *in, const float *other, float *out,
    void *scratch)
{
	struct place at = { 0 };

	(void)scratch;
	for (at.n = 0; at.n < c->spec.batch; at.n++)
		for (at.y = 0; at.y < c->spec.out_height; at.y++)
			for (at.x = 0; at.x < c->spec.out_width; at.x++)
				run_pixel(c, in, other, out, at);
	return true;
}

/* ---- products ---------------------------------------------------------- */

struct product {
	struct product_shape shape;
	float *weights;
};

enum ex_status
ex_product_new(
    const struct product_shape *s, const float *weights, struct product **out)
{
	const size_t n =
	    (size_t)s->batch * (size_t)s->inner * (size_t)s->columns;
	struct product *p;

	*out = NULL;
	p = ex_calloc(1, sizeof *p);
	if (!p)
		return EX_ERR_NOMEM;
	p->shape = *s;
	p->weights = ex_calloc(n, sizeof *weights);
	if (!p->weights) {
		ex_product_free(&p);
		return EX_ERR_NOMEM;
	}
	memcpy(p->weights, weights, n * sizeof *weights);
	*out = p;
	return EX_OK;
}

void
ex_product_free(struct product **p)
{
	if (!*p)
		return;
	free((*p)->weights);
	free(*p);
	*p = NULL;
}

size_t
ex_product_scratch_size(const struct product *p)
{
	(void)p;
	return 0;
}

static void
run_row(const struct product_shape *s, const float *in, const float *weights,
    float *out)
{
	for (int first = 0; first < s->columns; first += LANES) {
		const int n = lanes_from(first, s->columns);
		float sum[LANES] = { 0 };

		add_products(
		    in, s->inner, weights + first, (size_t)s->columns, n, sum);
		memcpy(out + first, sum, (size_t)n * sizeof *sum);
	}
}

bool
ex_product_run(struct product *p, const float *in, float *out, void *scratch)
{
	const struct product_shape *s = &p->shape;
	const size_t inner = (size_t)s->inner, columns = (size_t)s->columns;

	(void)scratch;
	for (size_t b = 0; b < (size_t)s->batch; b++)
		for (size_t r = b * (size_t)s->rows;
		     r < (b + 1) * (size_t)s->rows; r++)
			run_row(s, in + r * inner,
			    p->weights + b * inner * columns,
			    out + r * columns);
	return true;
}
