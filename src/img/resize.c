/* SPDX-License-Identifier: Apache-2.0 */
/* Separable resize: each axis is a list of weights, rows first, then columns.
 * Colours of RGBA are averaged by their alpha, so that what is transparent
 * lends no colour to the edge beside it. */
#include "codec.h"

#include <math.h>
#include <stdlib.h>

/* How one axis is gathered: output i is the sum over k < taps of
 * weight[i * taps + k] * input[first[i] + k]. */
struct axis {
	int out, taps;
	int *first;
	float *weight;
};

static void
axis_fini(struct axis *a)
{
	free(a->first);
	free(a->weight);
}

/* Output i covers [i, i + 1) * in / out; each input counts by its share. */
static void
weigh_area(struct axis *a, int i, int in)
{
	double scale = (double)in / a->out;
	double from = i * scale, to = from + scale;
	float *weight = a->weight + (size_t)i * (size_t)a->taps;

	a->first[i] = (int)from < in - a->taps ? (int)from : in - a->taps;
	for (int k = 0; k < a->taps; k++) {
		double low = fmax(from, a->first[i] + k);
		double high = fmin(to, a->first[i] + k + 1);

		weight[k] = high > low ? (float)((high - low) / scale) : 0;
	}
}

/* Output i lies between two inputs; the outermost are held. */
static void
weigh_linear(struct axis *a, int i, int in)
{
	double at = (i + 0.5) * in / a->out - 0.5;
	float *weight = a->weight + (size_t)i * (size_t)a->taps;

	at = fmin(fmax(at, 0), in - 1);
	a->first[i] = (int)at < in - a->taps ? (int)at : in - a->taps;
	if (a->taps == 1) {
		weight[0] = 1;
		return;
	}
	weight[1] = (float)(at - a->first[i]);
	weight[0] = 1 - weight[1];
}

static bool
axis_init(struct axis *a, int in, int out)
{
	bool shrink = out <= in;
	/* An area that starts inside a pixel touches one more. */
	int taps = shrink ? (in + out - 1) / out + 1 : 2;

	a->out = out;
	a->taps = taps < in ? taps : in;
	a->first = ex_calloc((size_t)out, sizeof *a->first);
	a->weight = ex_calloc((size_t)out, (size_t)a->taps * sizeof *a->weight);
	if (!a->first || !a->weight)
		return false;
	for (int i = 0; i < out; i++)
		(shrink ? weigh_area : weigh_linear)(a, i, in);
	return true;
}

static void
add_row(float *restrict sum, const uint8_t *restrict row, size_t n, float w)
{
	for (size_t i = 0; i < n; i++)
		sum[i] += w * (float)row[i];
}

/* As above, colours times alpha. */
static void
add_row_alpha(
    float *restrict sum, const uint8_t *restrict row, size_t n, float w)
{
	for (size_t i = 0; i < n; i += 4) {
		float a = w * (float)row[i + 3];

		sum[i] += a * (float)row[i];
		sum[i + 1] += a * (float)row[i + 1];
		sum[i + 2] += a * (float)row[i + 2];
		sum[i + 3] += a;
	}
}

/* One row of sums, as wide as the input. */
static void
gather_rows(const struct ex_image *im, const struct axis *a, int y, float *sum)
{
	const float *weight = a->weight + (size_t)y * (size_t)a->taps;
	size_t n = (size_t)im->width * (size_t)im->channels;

	for (size_t i = 0; i < n; i++)
		sum[i] = 0;
	for (int k = 0; k < a->taps; k++) {
		const uint8_t *row;

		if (weight[k] == 0)
			continue;
		row = ex_image_row(im, a->first[y] + k);
		if (im->channels == 4)
			add_row_alpha(sum, row, n, weight[k]);
		else
			add_row(sum, row, n, weight[k]);
	}
}

/* Sums of weights that add up to 1 stay within 0..255, less a rounding. */
static inline uint8_t
to_byte(float v)
{
	int i = (int)(v + 0.5f);

	return (uint8_t)(i > 255 ? 255 : i);
}

/* Sums to pixels along the row; compiled once for each number of channels. */
static inline __attribute__((always_inline)) void
gather_n(const float *restrict sum, const struct axis *a, const int channels,
    uint8_t *restrict to)
{
	const float *restrict weight = a->weight;
	const int taps = a->taps;

	for (int x = 0; x < a->out; x++, weight += taps, to += channels) {
		const float *from = sum + a->first[x] * channels;
		float v[4] = { 0 };

		for (int k = 0; k < taps; k++, from += channels)
			for (int c = 0; c < channels; c++)
				v[c] += weight[k] * from[c];
		float scale = channels == 4 && v[3] > 0 ? 1 / v[3] : 1;
		for (int c = 0; c < channels; c++)
			to[c] = to_byte(c == 3 ? v[c] : v[c] * scale);
	}
}

static void
gather_columns(
    const float *sum, const struct axis *a, int channels, uint8_t *to)
{
	if (channels == 1)
		gather_n(sum, a, 1, to);
	else if (channels == 3)
		gather_n(sum, a, 3, to);
	else
		gather_n(sum, a, 4, to);
}

enum ex_status
ex_image_resize(
    const struct ex_image *im, int width, int height, struct ex_image *out)
{
	struct axis rows = { 0 }, columns = { 0 };
	size_t n = (size_t)im->width * (size_t)im->channels;
	float *sum = NULL;
	enum ex_status status = ex_image_new(width, height, im->channels, out);

	if (status != EX_OK)
		return status;
	sum = ex_calloc(n, sizeof *sum);
	if (!sum || !axis_init(&rows, im->height, height) ||
	    !axis_init(&columns, im->width, width)) {
		status = EX_ERR_NOMEM;
		ex_image_free(out);
		goto out;
	}
	for (int y = 0; y < height; y++) {
		gather_rows(im, &rows, y, sum);
		gather_columns(
		    sum, &columns, im->channels, ex_image_row(out, y));
	}
out:
	if (sum)
		ex_wipe(sum, n * sizeof *sum);
	free(sum);
	axis_fini(&rows);
	axis_fini(&columns);
	return status;
}
