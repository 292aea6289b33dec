/* SPDX-License-Identifier: Apache-2.0 */
#include "pyramid.h"

#include <math.h>
#include <string.h>

#define STEP       (5.0 / 6.0)
#define STEP_UP    (6.0 / 5.0) /* not 1 / STEP: edges fall on halves */
#define MIN_HEIGHT 5

static int
make_levels(struct pyramid *p, int width, int height)
{
	int total = 0;

	p->n_tiles = 0;
	while (p->n_tiles < PYRAMID_LEVELS && width > 0 && height > 0 &&
	       (p->n_tiles == 0 || height >= MIN_HEIGHT)) {
		p->tiles[p->n_tiles++] =
		    (struct tile){ .width = width, .height = height };
		total += height;
		width = (int)floor(STEP * width);
		height = (int)floor(STEP * height);
	}
	return total;
}

/* Height of the first column: it ends where the next level fits beside the
 * last one and at least half of what is left is stacked. */
static int
column_height(const struct pyramid *p, int total, int padding)
{
	const struct tile *t = p->tiles;
	int height = 0, last_width = 0;

	total += padding * (p->n_tiles - 2);
	for (int i = 0; i < p->n_tiles; i++) {
		if (t[i].width <= t[0].width - last_width - padding &&
		    (height - t[0].height) * 2 >= total - t[0].height)
			break;
		height += t[i].height + padding;
		last_width = t[i].width;
	}
	return height - padding;
}

static bool
overlap(struct tile a, struct tile b)
{
	return a.x < b.x + b.width && b.x < a.x + a.width &&
	       a.y < b.y + b.height && b.y < a.y + a.height;
}

void
ex_pyramid_plan(
    struct pyramid *p, int width, int height, int padding, int outer)
{
	int total = make_levels(p, width, height);
	int column = column_height(p, total, padding);
	int y = outer, i = 0;

	p->width = width + 2 * outer;
	p->height = column + 2 * outer;
	/* Down the left side ... */
	for (; i < p->n_tiles && y < column + outer; i++) {
		p->tiles[i].x = outer;
		p->tiles[i].y = y;
		y += p->tiles[i].height + padding;
	}
	y -= padding;
	/* ... and up the right side, until the first level is in the way. */
	for (; i < p->n_tiles; i++) {
		struct tile *t = &p->tiles[i];

		t->x = outer + width - t->width;
		t->y = y - t->height;
		if (overlap(*t, p->tiles[0]))
			break;
		y -= t->height + padding;
	}
	p->n_tiles = i;
}

static size_t
offset(const struct pyramid *p, const struct tile *t, int y)
{
	return ((size_t)(t->y + y) * (size_t)p->width + (size_t)t->x) * 3;
}

/* Values of a multiple of three; 48 of them are whole vectors. */
#define RUN 48

static void
fill_run(
    const uint8_t *restrict in, const float *restrict mean, float *restrict out)
{
	for (int i = 0; i < RUN; i++)
		out[i] = ((float)in[i] - mean[i]) / 256.0f;
}

static void
fill_first(const struct pyramid *p, const struct ex_image *rgb,
    const float mean[3], float *out)
{
	const struct tile *t = &p->tiles[0];
	const int n = t->width * 3;
	float means[RUN];

	for (int i = 0; i < RUN; i++)
		means[i] = mean[i % 3];
	for (int y = 0; y < t->height; y++) {
		const uint8_t *in = ex_image_row(rgb, y);
		float *row = out + offset(p, t, y);
		int i = 0;

		for (; i + RUN <= n; i += RUN)
			fill_run(in + i, means, row + i);
		for (; i < n; i++)
			row[i] = ((float)in[i] - means[i % 3]) / 256.0f;
	}
}

static float
ratio(int from, int to)
{
	return (float)(from - 1) / (float)(to > 1 ? to - 1 : 1);
}

/* Two rows of the level above, mixed: all of a row at once. */
static void
mix_rows(const float *above, const float *below, float fraction, size_t n,
    float *restrict out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (1 - fraction) * above[i] + fraction * below[i];
}

static void
sample_row(const float *row, const struct tile *from, const struct tile *to,
    float *restrict out)
{
	const float step = ratio(from->width, to->width);

	for (int x = 0; x < to->width; x++, out += 3) {
		float at = (float)x * step;
		int left = (int)at;
		const float *a = row + (size_t)left * 3;
		const float *b = left + 1 < from->width ? a + 3 : a;
		float f = at - (float)left, g = 1 - f;

		out[0] = g * a[0] + f * b[0];
		out[1] = g * a[1] + f * b[1];
		out[2] = g * a[2] + f * b[2];
	}
}

/* Bilinear, corners on corners, from the level above. */
static void
shrink(const struct pyramid *p, const struct tile *from, const struct tile *to,
    float *data, float *line)
{
	const float step = ratio(from->height, to->height);

	for (int y = 0; y < to->height; y++) {
		float at = (float)y * step;
		int top = (int)at;
		int bottom = top + 1 < from->height ? top + 1 : top;

		mix_rows(data + offset(p, from, top),
		    data + offset(p, from, bottom), at - (float)top,
		    (size_t)from->width * 3, line);
		sample_row(line, from, to, data + offset(p, to, y));
	}
}

void
ex_pyramid_fill(const struct pyramid *p, const struct ex_image *rgb,
    const float mean[3], float *line, float *out)
{
	fill_first(p, rgb, mean, out);
	for (int i = 1; i < p->n_tiles; i++)
		shrink(p, &p->tiles[i - 1], &p->tiles[i], out, line);
}

static double
gap(double at, int from, int size)
{
	if (at < from)
		return from - at;
	if (at > from + size - 1)
		return at - (from + size - 1);
	return 0;
}

static int
nearest_tile(const struct pyramid *p, double x, double y)
{
	double best = INFINITY;
	int nearest = 0;

	for (int i = 0; i < p->n_tiles; i++) {
		const struct tile *t = &p->tiles[i];
		double d =
		    hypot(gap(x, t->x, t->width), gap(y, t->y, t->height));

		if (d < best) {
			best = d;
			nearest = i;
		}
	}
	return nearest;
}

struct corners
ex_pyramid_to_picture(const struct pyramid *p, struct corners c)
{
	int level = nearest_tile(p, floor((c.left + c.right) / 2 + 0.5),
	    floor((c.top + c.bottom) / 2 + 0.5));
	const struct tile *t = &p->tiles[level];

	c.left -= t->x;
	c.right -= t->x;
	c.top -= t->y;
	c.bottom -= t->y;
	/* Each step up is 6/5 and the 0.3 pixels that dlib's pyramid adds. */
	for (int i = 0; i < level; i++) {
		c.left = c.left * STEP_UP + 0.3;
		c.right = c.right * STEP_UP + 0.3;
		c.top = c.top * STEP_UP + 0.3;
		c.bottom = c.bottom * STEP_UP + 0.3;
	}
	return c;
}
