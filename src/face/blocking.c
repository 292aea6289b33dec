/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an encoder that works in blocks of 8 x 8 pixels (JPEG) leaves behind:
 * steps at the blocks' edges that the pixels inside do not have. The standard's
 * own measure (ISO/IEC 29794-5, 7.3.9) is a network trained to guess the
 * structural similarity to the picture before; this one needs none, and sees
 * nothing once the picture has been scaled.
 */
#include "quality.h"

#include <math.h>
#include <stdlib.h>

#define BLOCK 8
/* At most so much of the face, around its middle: about a thousand blocks. */
#define WINDOW 256
/* Fewer say nothing: three whole blocks across. */
#define LEAST 32
/* Steps of this size, in grey levels, are there in any picture. */
#define GRAIN 0.5

struct window {
	int x, y, width, height;
};

/* Of one axis, by their place modulo 8. */
struct steps {
	double sum[BLOCK];
	unsigned n[BLOCK];
};

/* The `most` pixels around the middle of what of from..from + size lies in
 * 0..limit; nothing of what is not a number. */
static int
clip(float from, float size, int limit, int most, int *length)
{
	const float first = fmaxf(from, 0),
		    end = fminf(from + size, (float)limit);
	int at;

	*length = 0;
	if (!(from + size > 0 && from < (float)limit && end - first >= 1))
		return 0;
	*length = (int)(end - first);
	at = (int)first;
	if (*length > most) {
		at += (*length - most) / 2;
		*length = most;
	}
	return at;
}

/* Between the 2nd and 3rd of four pixels in a row: by how much the step there
 * is larger than those beside it. */
static int
excess(int a, int b, int c, int d)
{
	const int beside = abs(b - a) + abs(d - c);
	const int step = 2 * abs(c - b);

	return step > beside ? step - beside : 0;
}

static int
luma_at(const struct ex_image *im, int x, int y)
{
	return ex_luma(ex_image_row(im, y) + (size_t)x * 3);
}

static void
take_across(const struct ex_image *im, const struct window *w, struct steps *s)
{
	for (int y = w->y; y < w->y + w->height; y++)
		for (int x = w->x + 2; x < w->x + w->width - 1; x++) {
			s->sum[x % BLOCK] +=
			    excess(luma_at(im, x - 2, y), luma_at(im, x - 1, y),
				luma_at(im, x, y), luma_at(im, x + 1, y));
			s->n[x % BLOCK]++;
		}
}

static void
take_down(const struct ex_image *im, const struct window *w, struct steps *s)
{
	for (int y = w->y + 2; y < w->y + w->height - 1; y++)
		for (int x = w->x; x < w->x + w->width; x++) {
			s->sum[y % BLOCK] +=
			    excess(luma_at(im, x, y - 2), luma_at(im, x, y - 1),
				luma_at(im, x, y), luma_at(im, x, y + 1));
			s->n[y % BLOCK]++;
		}
}

/* The largest of the eight places, since a picture may be cut so that its
 * blocks begin anywhere, over the second: in a picture without blocks chance
 * alone parts the two. Against the mean of the others. */
static double
stand_out(const struct steps *s)
{
	double largest = 0, second = 0, sum = 0;

	for (int i = 0; i < BLOCK; i++) {
		const double mean = s->sum[i] / s->n[i] / 2;

		second = fmax(second, fmin(mean, largest));
		largest = fmax(largest, mean);
		sum += mean;
	}
	return (largest - second) / ((sum - largest) / (BLOCK - 1) + GRAIN);
}

float
ex_face_blocking(const struct ex_image *rgb, struct ex_box box)
{
	struct steps across = { { 0 }, { 0 } }, down = { { 0 }, { 0 } };
	struct window w;

	w.x = clip(box.x, box.w, rgb->width, WINDOW, &w.width);
	w.y = clip(box.y, box.h, rgb->height, WINDOW, &w.height);
	if (w.width < LEAST || w.height < LEAST)
		return NAN;
	take_across(rgb, &w, &across);
	take_down(rgb, &w, &down);
	return (float)((stand_out(&across) + stand_out(&down)) / 2);
}
