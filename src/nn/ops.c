/* SPDX-License-Identifier: Apache-2.0 */
#include "ops.h"

#include <float.h>
#include <string.h>

static const float *
at(const float *p, struct ex_nn_shape s, int n, int y, int x)
{
	return p +
	       (((size_t)n * (size_t)s.height + (size_t)y) * (size_t)s.width +
		   (size_t)x) *
		   (size_t)s.channels;
}

static int
smaller(int a, int b)
{
	return a < b ? a : b;
}

static void
max_window(const float *in, struct ex_nn_shape s, int n, int top, int left,
    int kernel, float *restrict out)
{
	for (int c = 0; c < s.channels; c++)
		out[c] = -FLT_MAX;
	for (int y = top; y < top + kernel; y++)
		for (int x = left; x < left + kernel; x++) {
			const float *p = at(in, s, n, y, x);

			for (int c = 0; c < s.channels; c++)
				out[c] = p[c] > out[c] ? p[c] : out[c];
		}
}

static void
mean_window(const float *in, struct ex_nn_shape s, int n, int top, int left,
    int height, int width, float *restrict out)
{
	float scale = 1.0f / ((float)height * (float)width);

	memset(out, 0, (size_t)s.channels * sizeof *out);
	for (int y = top; y < top + height; y++)
		for (int x = left; x < left + width; x++) {
			const float *p = at(in, s, n, y, x);

			for (int c = 0; c < s.channels; c++)
				out[c] += p[c];
		}
	for (int c = 0; c < s.channels; c++)
		out[c] *= scale;
}

void
ex_nn_max_pool(const float *in, struct ex_nn_shape in_shape, int kernel,
    int stride, float *out, struct ex_nn_shape out_shape)
{
	for (int n = 0; n < out_shape.batch; n++)
		for (int y = 0; y < out_shape.height; y++)
			for (int x = 0; x < out_shape.width; x++) {
				max_window(in, in_shape, n, y * stride,
				    x * stride, kernel, out);
				out += out_shape.channels;
			}
}

void
ex_nn_mean_pool(const float *in, struct ex_nn_shape in_shape, int kernel,
    int stride, float *out, struct ex_nn_shape out_shape)
{
	int height = kernel ? kernel : in_shape.height;
	int width = kernel ? kernel : in_shape.width;

	for (int n = 0; n < out_shape.batch; n++)
		for (int y = 0; y < out_shape.height; y++)
			for (int x = 0; x < out_shape.width; x++) {
				mean_window(in, in_shape, n, y * stride,
				    x * stride, height, width, out);
				out += out_shape.channels;
			}
}

/* out += the part of p that exists at n, y, x. */
static void
add_pixel(const float *p, struct ex_nn_shape s, int n, int y, int x,
    int channels, float *restrict out)
{
	if (y >= s.height || x >= s.width)
		return;
	p = at(p, s, n, y, x);
	channels = smaller(channels, s.channels);
	for (int c = 0; c < channels; c++)
		out[c] += p[c];
}

static void
cut_below_zero(float *out, int n)
{
	for (int c = 0; c < n; c++)
		out[c] = out[c] > 0 ? out[c] : 0;
}

void
ex_nn_add(const float *a, struct ex_nn_shape a_shape, const float *b,
    struct ex_nn_shape b_shape, bool relu, float *out,
    struct ex_nn_shape out_shape)
{
	const int channels = out_shape.channels;

	for (int n = 0; n < out_shape.batch; n++)
		for (int y = 0; y < out_shape.height; y++)
			for (int x = 0; x < out_shape.width; x++) {
				memset(out, 0, (size_t)channels * sizeof *out);
				add_pixel(a, a_shape, n, y, x, channels, out);
				add_pixel(b, b_shape, n, y, x, channels, out);
				if (relu)
					cut_below_zero(out, channels);
				out += channels;
			}
}

void
ex_nn_full(const float *in, struct ex_nn_shape in_shape, const float *weights,
    float *out, struct ex_nn_shape out_shape)
{
	const size_t inputs = (size_t)in_shape.height * (size_t)in_shape.width *
			      (size_t)in_shape.channels;
	const size_t outputs = (size_t)out_shape.channels;

	for (int n = 0; n < out_shape.batch; n++) {
		memset(out, 0, outputs * sizeof *out);
		for (size_t i = 0; i < inputs; i++)
			for (size_t o = 0; o < outputs; o++)
				out[o] += in[i] * weights[i * outputs + o];
		in += inputs;
		out += outputs;
	}
}
