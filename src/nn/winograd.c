/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolutions of stride 1 by Winograd's minimal filtering, F(4x4, 5x5) and
 * F(6x6, 3x3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
 * Networks", CVPR 2016). A tile of outputs depends on 8 x 8 inputs; both the
 * tile and the filter are taken as polynomials, evaluated at 8 x 8 points,
 * multiplied there, and the product is interpolated: 64 products for each pair
 * of channels where the sum as written has 400 or 324.
 *
 * At each point the products of all tiles of a block and all channels are one
 * product of matrices, which oneDNN does. A block is a few rows of tiles, so
 * that its matrices stay in the second cache.
 */
#include "winograd.h"

#include <stdlib.h>
#include <string.h>

#define MAX_CHANNELS   256
#define MAX_CHANNELS_3 64
#define BLOCK_TILES    40 /* rows of tiles are added up to this many */

struct winograd {
	struct conv_shape shape;
	const struct winograd_kernels *kernels;
	int tiles;    /* across */
	int down;     /* rows of tiles in the picture */
	int together; /* of them in a block */
	int in_lanes, out_lanes;
	struct product *products;
	float *bias;
	/* Parts of the scratch, floats, multiples of LANES. */
	size_t zeros, lines, points, results, half;
};

static int
round_up(int n, int to)
{
	return (n + to - 1) / to * to;
}

static int
tile_of(const struct conv_shape *s)
{
	return SPAN + 1 - s->kernel;
}

/* Filters at 64 points take seven times the memory of those of 3 x 3: where
 * there are many channels and few tiles, waiting for them costs more than the
 * products that are saved. */
bool
ex_winograd_suits(const struct conv_shape *s)
{
	const int most = s->kernel == 5 ? MAX_CHANNELS : MAX_CHANNELS_3;

	return (s->kernel == 5 || s->kernel == 3) && s->stride == 1 &&
	       s->pad <= s->kernel / 2 && s->channels >= LANES &&
	       s->channels <= most && s->out_channels >= LANES &&
	       s->out_channels <= most && s->out_width >= 2 * tile_of(s) &&
	       s->out_height >= 2 * tile_of(s);
}

/* ---- filters ----------------------------------------------------------- */

/* G: the filter's polynomial at the points, scaled so that B and A (see the
 * kernels) hold few digits. */
static void
filter_at_points(const double f[], int taps, double out[SPAN])
{
	static const struct {
		double at, scale;
	} points[SPAN - 1] = { { 0, 1 }, { 1, -2 / 9.0 }, { -1, -2 / 9.0 },
		{ 2, 1 / 90.0 }, { -2, 1 / 90.0 }, { 0.5, 32 / 45.0 },
		{ -0.5, 32 / 45.0 } };

	for (int i = 0; i < SPAN - 1; i++) {
		double sum = 0;

		for (int k = taps; k-- > 0;)
			sum = sum * points[i].at + f[k];
		out[i] = sum * points[i].scale;
	}
	out[SPAN - 1] = f[taps - 1];
}

/* One filter's values at all points, `step` floats apart. */
static void
transform_filter(const float *f, int taps, float *out, size_t step)
{
	double across[MAX_TAPS][SPAN], column[MAX_TAPS], values[SPAN];

	for (int y = 0; y < taps; y++) {
		for (int x = 0; x < taps; x++)
			column[x] = (double)f[y * taps + x];
		filter_at_points(column, taps, across[y]);
	}
	for (int x = 0; x < SPAN; x++) {
		for (int y = 0; y < taps; y++)
			column[y] = across[y][x];
		filter_at_points(column, taps, values);
		for (int y = 0; y < SPAN; y++)
			out[(size_t)(y * SPAN + x) * step] = (float)values[y];
	}
}

/* POINTS x in_lanes x out_lanes; zero past the channels. */
static float *
transform_filters(const struct winograd *w, const float *weights)
{
	const int in = w->shape.channels, taps = w->shape.kernel;
	const size_t step = (size_t)(w->in_lanes * w->out_lanes);
	float *all = ex_calloc(POINTS * step, sizeof *all);

	for (int o = 0; all && o < w->shape.out_channels; o++)
		for (int i = 0; i < in; i++)
			transform_filter(
			    weights + (size_t)((o * in + i) * taps * taps),
			    taps, all + i * w->out_lanes + o, step);
	return all;
}

/* ---- plan -------------------------------------------------------------- */

static size_t
aligned(size_t floats)
{
	return (floats + LANES - 1) / LANES * LANES;
}

static void
measure(struct winograd *w)
{
	const struct conv_shape *s = &w->shape;
	const size_t channels = (size_t)s->channels;
	const int tile = tile_of(s);
	size_t block;

	w->tiles = round_up(s->out_width, tile) / tile;
	w->down = round_up(s->out_height, tile) / tile;
	w->together = round_up(BLOCK_TILES, w->tiles) / w->tiles;
	if (w->together > w->down)
		w->together = w->down;
	w->in_lanes = round_up(s->channels, LANES);
	w->out_lanes = round_up(s->out_channels, LANES);
	block = (size_t)(w->together * w->tiles);
	w->zeros = aligned((size_t)s->width * channels);
	/* and what the last pixel's lanes reach past its channels */
	w->lines =
	    aligned((size_t)(w->tiles * tile + SPAN - tile) * channels + LANES);
	w->points = block * (size_t)w->in_lanes;
	w->results = block * (size_t)w->out_lanes;
	w->half = (size_t)(SPAN * tile * w->out_lanes);
}

enum ex_status
ex_winograd_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct winograd **out)
{
	struct winograd *w = ex_calloc(1, sizeof *w);
	enum ex_status status = EX_ERR_NOMEM;
	float *filters = NULL;

	*out = NULL;
	if (!w)
		return EX_ERR_NOMEM;
	w->shape = *s;
	w->kernels = ex_winograd_kernels();
	measure(w);
	filters = transform_filters(w, weights);
	w->bias = ex_calloc((size_t)w->out_lanes, sizeof(float));
	if (!filters || !w->bias)
		goto out;
	memcpy(w->bias, bias, (size_t)s->out_channels * sizeof(float));
	status = ex_product_new(
	    &(struct product_shape){
		POINTS, w->together * w->tiles, w->in_lanes, w->out_lanes },
	    filters, &w->products);
	if (status != EX_OK)
		goto out;
	*out = w;
	w = NULL;
out:
	free(filters);
	ex_winograd_free(&w);
	return status;
}

void
ex_winograd_free(struct winograd **w)
{
	if (!*w)
		return;
	ex_product_free(&(*w)->products);
	free((*w)->bias);
	free(*w);
	*w = NULL;
}

size_t
ex_winograd_scratch_size(const struct winograd *w)
{
	return (w->zeros + SPAN * w->lines + POINTS * (w->points + w->results) +
		   w->half) *
		   sizeof(float) +
	       ex_product_scratch_size(w->products);
}

/* ---- run --------------------------------------------------------------- */

/* Scratch comes as the layer before left it: what is read unwritten is made
 * zero here. */
static void
divide(const struct winograd *w, float *scratch, struct tile_row *b)
{
	const struct conv_shape *s = &w->shape;
	const size_t left = (size_t)(s->pad * s->channels);
	const size_t right = left + (size_t)(s->width * s->channels);

	*b = (struct tile_row){
		.channels = s->channels,
		.out_channels = s->out_channels,
		.tile = tile_of(s),
		.tiles = w->tiles,
		.width = s->width,
		.pad = s->pad,
		.lines = scratch + w->zeros,
		.line_floats = w->lines,
		.points_step = w->points,
		.products_step = w->results,
		.in_lanes = w->in_lanes,
		.out_lanes = w->out_lanes,
		.bias = w->bias,
		.relu = s->relu,
		.out_width = s->out_width,
	};
	b->points = b->lines + SPAN * w->lines;
	b->products = b->points + POINTS * w->points;
	b->half = b->products + POINTS * w->results;
	memset(scratch, 0, w->zeros * sizeof *scratch);
	for (int i = 0; i < SPAN; i++) {
		float *line = b->lines + (size_t)i * w->lines;

		memset(line, 0, left * sizeof *line);
		memset(line + right, 0, (w->lines - right) * sizeof *line);
	}
}

/* The tiles from output row `y` on, as the `i`-th of its block. */
static void
place(const struct winograd *w, const float *in, const float *zeros, int y,
    int i, float *out, struct tile_row *b)
{
	const struct conv_shape *s = &w->shape;
	const size_t row = (size_t)s->width * (size_t)s->channels;

	for (int k = 0; k < SPAN; k++) {
		int at = y + k - s->pad;

		b->rows[k] =
		    at < 0 || at >= s->height ? zeros : in + (size_t)at * row;
	}
	b->points += i * w->tiles * w->in_lanes;
	b->products += i * w->tiles * w->out_lanes;
	b->out =
	    out + (size_t)y * (size_t)s->out_width * (size_t)s->out_channels;
	b->out_rows = s->out_height - y < b->tile ? s->out_height - y : b->tile;
}

static bool
run_picture(const struct winograd *w, const struct tile_row *all,
    const float *in, float *out, const float *zeros)
{
	struct tile_row b;

	for (int top = 0; top < w->down; top += w->together) {
		int n =
		    w->down - top < w->together ? w->down - top : w->together;

		for (int i = 0; i < n; i++) {
			b = *all;
			place(w, in, zeros, (top + i) * all->tile, i, out, &b);
			w->kernels->in(&b);
		}
		if (!ex_product_run(w->products, all->points, all->products,
			all->half + w->half))
			return false;
		for (int i = 0; i < n; i++) {
			b = *all;
			place(w, in, zeros, (top + i) * all->tile, i, out, &b);
			w->kernels->out(&b);
		}
	}
	return true;
}

bool
ex_winograd_run(struct winograd *w, const float *in, float *out, void *scratch)
{
	const struct conv_shape *s = &w->shape;
	const size_t in_size =
	    (size_t)s->height * (size_t)s->width * (size_t)s->channels;
	const size_t out_size = (size_t)s->out_height * (size_t)s->out_width *
				(size_t)s->out_channels;
	struct tile_row all;

	divide(w, scratch, &all);
	for (int n = 0; n < s->batch; n++)
		if (!run_picture(w, &all, in + (size_t)n * in_size,
			out + (size_t)n * out_size, scratch))
			return false;
	return true;
}
