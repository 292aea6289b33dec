/* SPDX-License-Identifier: Apache-2.0 */
#include "paint.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Scan lines a pixel row is cut into; along x the cover is exact. */
#define SUBROWS 4

bool
ex_sim_canvas_init(struct canvas *c, int w, int h)
{
	size_t n = (size_t)w * (size_t)h;

	*c = (struct canvas){ .w = w, .h = h };
	c->rgb = ex_calloc(n * 3, sizeof *c->rgb);
	c->line = ex_calloc(n * 3, sizeof *c->line);
	c->owner = ex_calloc(n, 1);
	c->clip = ex_calloc(n, 1);
	c->cover = ex_calloc((size_t)w + 2, sizeof *c->cover);
	if (c->rgb && c->line && c->owner && c->clip && c->cover)
		return true;
	ex_sim_canvas_fini(c);
	return false;
}

void
ex_sim_canvas_fini(struct canvas *c)
{
	free(c->rgb);
	free(c->line);
	free(c->owner);
	free(c->clip);
	free(c->cover);
	*c = (struct canvas){ 0 };
}

/* ---- polygons ------------------------------------------------------------ */

/* Where the polygon's edges cross the line y, sorted. */
static size_t
crossings(const struct point *p, size_t n, double y, double *x)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		struct point a = p[i], b = p[(i + 1) % n];
		size_t at;
		double cross;

		if ((a.y <= y) == (b.y <= y))
			continue;
		cross = a.x + (y - a.y) * (b.x - a.x) / (b.y - a.y);
		for (at = count++; at > 0 && x[at - 1] > cross; at--)
			x[at] = x[at - 1];
		x[at] = cross;
	}
	return count;
}

/* Add what the span a..b covers of each pixel to the row. */
static void
add_span(float *cover, int w, double a, double b)
{
	int first, last;

	a = clamp(a, 0, w);
	b = clamp(b, 0, w);
	if (a >= b)
		return;
	first = (int)a;
	last = (int)b;
	if (first == last) {
		cover[first] += (float)(b - a) / SUBROWS;
		return;
	}
	cover[first] += (float)(first + 1 - a) / SUBROWS;
	for (int x = first + 1; x < last; x++)
		cover[x] += 1.0f / SUBROWS;
	cover[last] += (float)(b - last) / SUBROWS; /* cover[w] is spare */
}

struct extent {
	double top, bottom, left, right;
};

static struct extent
extent_of(const struct point *p, size_t n)
{
	struct extent e = { p[0].y, p[0].y, p[0].x, p[0].x };

	for (size_t i = 1; i < n; i++) {
		e.top = fmin(e.top, p[i].y);
		e.bottom = fmax(e.bottom, p[i].y);
		e.left = fmin(e.left, p[i].x);
		e.right = fmax(e.right, p[i].x);
	}
	return e;
}

static void
cover_row(struct canvas *c, const struct point *p, size_t n, int y)
{
	double x[MAX_CORNERS];

	memset(c->cover, 0, ((size_t)c->w + 1) * sizeof *c->cover);
	for (int k = 0; k < SUBROWS; k++) {
		size_t count = crossings(p, n, y + (k + 0.5) / SUBROWS, x);

		for (size_t i = 0; i + 1 < count; i += 2)
			add_span(c->cover, c->w, x[i], x[i + 1]);
	}
}

static void
blend_row(struct canvas *c, int y, int from, int to, struct rgb colour,
    const struct paint *with)
{
	size_t row = (size_t)y * (size_t)c->w;

	for (int x = from; x < to; x++) {
		float a = c->cover[x] * with->opacity;
		float *px = c->rgb + (row + (size_t)x) * 3;

		if (c->clipped)
			a *= (float)c->clip[row + (size_t)x] / 255;
		if (a <= 0)
			continue;
		px[0] += (colour.r - px[0]) * a;
		px[1] += (colour.g - px[1]) * a;
		px[2] += (colour.b - px[2]) * a;
		if (a >= 0.5f && !with->keep_owner)
			c->owner[row + (size_t)x] = with->owner;
	}
}

void
ex_sim_fill(
    struct canvas *c, const struct point *p, size_t n, const struct paint *with)
{
	struct extent e = extent_of(p, n);
	int top = (int)clamp(floor(e.top), 0, c->h);
	int bottom = (int)clamp(ceil(e.bottom), 0, c->h);
	int left = (int)clamp(floor(e.left), 0, c->w);
	int right = (int)clamp(ceil(e.right), 0, c->w);

	assert(n >= 3 && n <= MAX_CORNERS);
	for (int y = top; y < bottom; y++) {
		double t = (y + 0.5 - e.top) / (e.bottom - e.top);

		cover_row(c, p, n, y);
		blend_row(c, y, left, right,
		    rgb_mix(with->top, with->bottom, clamp(t, 0, 1)), with);
	}
}

void
ex_sim_fill_ellipse(struct canvas *c, struct point centre, double rx, double ry,
    const struct paint *with)
{
	struct point p[32];

	for (size_t i = 0; i < 32; i++) {
		double turn = (double)i * (3.14159265358979 / 16);

		p[i].x = centre.x + rx * cos(turn);
		p[i].y = centre.y + ry * sin(turn);
	}
	ex_sim_fill(c, p, 32, with);
}

void
ex_sim_stroke(struct canvas *c, struct point a, struct point b, double width,
    const struct paint *with)
{
	double length = hypot(b.x - a.x, b.y - a.y);
	double nx, ny, ex, ey;

	if (length <= 0)
		return;
	nx = (a.y - b.y) / length * width / 2;
	ny = (b.x - a.x) / length * width / 2;
	/* Ends reach out by half the width, so that a chain has no gaps. */
	ex = ny;
	ey = -nx;
	ex_sim_fill(c,
	    (struct point[]){ { a.x + nx - ex, a.y + ny - ey },
		{ b.x + nx + ex, b.y + ny + ey },
		{ b.x - nx + ex, b.y - ny + ey },
		{ a.x - nx - ex, a.y - ny - ey } },
	    4, with);
}

void
ex_sim_clip_to(struct canvas *c, const struct point *p, size_t n)
{
	memset(c->clip, 0, (size_t)c->w * (size_t)c->h);
	for (int y = 0; y < c->h; y++) {
		uint8_t *row = c->clip + (size_t)y * (size_t)c->w;

		cover_row(c, p, n, y);
		for (int x = 0; x < c->w; x++)
			row[x] = (uint8_t)clamp(
			    (double)c->cover[x] * 255 + 0.5, 0, 255);
	}
	c->clipped = true;
}

/* ---- noise ----------------------------------------------------------------
 */

/* Add one octave of `cells` x `cells` random values, smoothly joined. */
static void
add_octave(struct texture *t, struct ex_rng *r, int cells, float weight)
{
	float lattice[64 * 64];

	for (int i = 0; i < cells * cells; i++)
		lattice[i] = (float)ex_rng_unit(r);
	for (int y = 0; y < TEXTURE_SIDE; y++)
		for (int x = 0; x < TEXTURE_SIDE; x++) {
			double u = (double)x * cells / TEXTURE_SIDE;
			double v = (double)y * cells / TEXTURE_SIDE;
			int i = (int)u, j = (int)v;
			int i1 = (i + 1) % cells, j1 = (j + 1) % cells;
			float a = (float)smooth(0, 1, u - i);
			float b = (float)smooth(0, 1, v - j);
			float top = lattice[j * cells + i] * (1 - a) +
				    lattice[j * cells + i1] * a;
			float low = lattice[j1 * cells + i] * (1 - a) +
				    lattice[j1 * cells + i1] * a;

			t->v[y * TEXTURE_SIDE + x] +=
			    weight * (top * (1 - b) + low * b);
		}
}

void
ex_sim_texture_make(struct texture *t, uint64_t seed, int octaves)
{
	struct ex_rng r;
	float weight = 1, sum = 0;

	ex_rng_init(&r, seed);
	memset(t, 0, sizeof *t);
	for (int i = 0, cells = 4; i < octaves && cells <= 64; i++) {
		add_octave(t, &r, cells, weight);
		sum += weight;
		weight /= 2;
		cells *= 2;
	}
	for (size_t i = 0; i < TEXTURE_SIDE * TEXTURE_SIDE; i++)
		t->v[i] /= sum;
}

/* floor() is a call into libm where the target has no SSE 4.1. */
static inline int
whole(double v)
{
	int i = (int)v;

	return i - (v < i);
}

float
ex_sim_texture_at(const struct texture *t, double u, double v)
{
	double x = u * TEXTURE_SIDE, y = v * TEXTURE_SIDE;
	int i = whole(x), j = whole(y);
	float a = (float)(x - i), b = (float)(y - j);
	int left = i & (TEXTURE_SIDE - 1), right = (i + 1) & (TEXTURE_SIDE - 1);
	const float *top = t->v + (j & (TEXTURE_SIDE - 1)) * TEXTURE_SIDE;
	const float *low = t->v + ((j + 1) & (TEXTURE_SIDE - 1)) * TEXTURE_SIDE;

	return (top[left] * (1 - a) + top[right] * a) * (1 - b) +
	       (low[left] * (1 - a) + low[right] * a) * b;
}
