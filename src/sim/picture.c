/* SPDX-License-Identifier: Apache-2.0 */
/* Cut-outs at any place and size. Shrinking must average, or hair turns to
 * sparks, and by alpha, or the colour behind the cut-out bleeds in. */
#include "paint.h"

#include <math.h>
#include <stdlib.h>

/* Pixels of the input that fall on one of the output. */
struct span {
	int first, count;
	float first_weight, last_weight; /* between them: 1 */
};

static struct span
span_at(int out, double origin, double scale, int limit)
{
	double a = clamp((out - origin) / scale, 0, limit);
	double b = clamp((out + 1 - origin) / scale, 0, limit);
	struct span s = { (int)a, 0, 0, 0 };
	int last = (int)ceil(b) - 1;

	if (b <= a)
		return s;
	s.count = last - s.first + 1;
	s.first_weight = (float)((s.count == 1 ? b : s.first + 1) - a);
	s.last_weight = (float)(b - last);
	return s;
}

static inline float
span_weight(const struct span *s, int k)
{
	if (k == 0)
		return s->first_weight;
	return k == s->count - 1 ? s->last_weight : 1;
}

/* One input row, summed along x into premultiplied RGBA of the output's
 * columns from..to. */
static void
shrink_row(const uint8_t *in, const struct span *spans, int n, float *out)
{
	for (int i = 0; i < n; i++) {
		const struct span *s = &spans[i];
		float sum[4] = { 0 };

		for (int k = 0; k < s->count; k++) {
			const uint8_t *px = in + 4 * (s->first + k);
			float a = span_weight(s, k) * (float)px[3];

			sum[0] += a * (float)px[0];
			sum[1] += a * (float)px[1];
			sum[2] += a * (float)px[2];
			sum[3] += a;
		}
		for (int k = 0; k < 4; k++)
			out[4 * i + k] = sum[k];
	}
}

static void
blend_pixel(struct canvas *c, size_t at, const float sum[4], float area,
    const struct lit *lit)
{
	float a = sum[3] / (255 * area) * lit->opacity;
	float *px = c->rgb + at * 3;
	struct rgb in;

	if (c->clipped)
		a *= (float)c->clip[at] / 255;
	if (a <= 0.002f)
		return;
	in = rgb_times((struct rgb){ sum[0], sum[1], sum[2] }, lit->gain);
	in = rgb_scale(in, 1.0 / ((double)sum[3] * 255));
	in = rgb_mix(in, rgb_luma(in), (double)lit->grey);
	a = a > 1 ? 1 : a;
	px[0] += (in.r - px[0]) * a;
	px[1] += (in.g - px[1]) * a;
	px[2] += (in.b - px[2]) * a;
	if (a >= 0.5f)
		c->owner[at] = lit->owner;
}

struct window {
	int left, right, top, bottom; /* of the canvas */
};

static struct window
window_of(const struct canvas *c, const struct ex_image *im, double x, double y,
    double scale_x, double scale_y)
{
	return (struct window){
		(int)clamp(floor(x), 0, c->w),
		(int)clamp(ceil(x + im->width * scale_x), 0, c->w),
		(int)clamp(floor(y), 0, c->h),
		(int)clamp(ceil(y + im->height * scale_y), 0, c->h),
	};
}

bool
ex_sim_draw_picture(struct canvas *c, const struct ex_image *im, double x,
    double y, double scale_x, double scale_y, const struct lit *lit)
{
	struct window w = window_of(c, im, x, y, scale_x, scale_y);
	int n = w.right - w.left;
	float area = (float)(1 / (scale_x * scale_y));
	struct span *spans;
	float *row, *sum;

	if (n <= 0 || w.bottom <= w.top)
		return true;
	spans = ex_calloc((size_t)n, sizeof *spans);
	row = ex_calloc((size_t)n * 8, sizeof *row);
	if (!spans || !row) {
		free(spans);
		free(row);
		return false;
	}
	sum = row + 4 * n;
	for (int i = 0; i < n; i++)
		spans[i] = span_at(w.left + i, x, scale_x, im->width);
	for (int oy = w.top; oy < w.bottom; oy++) {
		struct span s = span_at(oy, y, scale_y, im->height);
		size_t at = (size_t)oy * (size_t)c->w + (size_t)w.left;

		for (int i = 0; i < 4 * n; i++)
			sum[i] = 0;
		for (int k = 0; k < s.count; k++) {
			float weight = span_weight(&s, k);

			shrink_row(
			    ex_image_row(im, s.first + k), spans, n, row);
			for (int i = 0; i < 4 * n; i++)
				sum[i] += weight * row[i];
		}
		for (int i = 0; i < n; i++)
			blend_pixel(c, at + (size_t)i, sum + 4 * i, area, lit);
	}
	free(spans);
	free(row);
	return true;
}
