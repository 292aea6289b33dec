/* SPDX-License-Identifier: Apache-2.0 */
/* Affine warp, bilinear, without a filter before it: who shrinks by more than
 * half resizes first. */
#include "codec.h"

/* The four neighbours of a point and their shares, which add up to ONE:
 * 15 bits, so that share x alpha x colour fills 31. */
#define ONE 32768u

struct patch {
	const uint8_t *pixel[4];
	uint32_t share[4];
};

/* Stands for what is outside. */
static const uint8_t nothing[4];

static inline void
find_patch(const struct ex_image *im, double x, double y, struct patch *p)
{
	/* Above -1, so that truncation after the shift is floor. */
	int left = (int)(x + 1) - 1, top = (int)(y + 1) - 1;
	uint32_t fx = (uint32_t)((x - left) * ONE);
	uint32_t fy = (uint32_t)((y - top) * ONE);

	p->share[3] = fx * fy / ONE; /* rounded down: none is below 0 */
	p->share[2] = fy - p->share[3];
	p->share[1] = fx - p->share[3];
	p->share[0] = ONE - fx - p->share[2];
	for (int k = 0; k < 4; k++) {
		int u = left + (k & 1), v = top + (k >> 1);

		p->pixel[k] =
		    u >= 0 && v >= 0 && u < im->width && v < im->height
			? ex_image_row(im, v) + (size_t)u * (size_t)im->channels
			: nothing;
	}
}

static inline void
blend_patch(const struct patch *p, const int channels, uint8_t *to)
{
	for (int c = 0; c < channels; c++) {
		uint32_t v = ONE / 2;

		for (int k = 0; k < 4; k++)
			v += p->share[k] * p->pixel[k][c];
		to[c] = (uint8_t)(v / ONE);
	}
}

/* Colours by their alpha, as in resize.c. */
static inline void
blend_patch_alpha(const struct patch *p, uint8_t *to)
{
	uint32_t v[3] = { 0 }, alpha = 0;

	for (int k = 0; k < 4; k++) {
		uint32_t a = p->share[k] * p->pixel[k][3];

		for (int c = 0; c < 3; c++)
			v[c] += a * p->pixel[k][c];
		alpha += a;
	}
	if (alpha == 0)
		return;
	for (int c = 0; c < 3; c++)
		to[c] = (uint8_t)((v[c] + alpha / 2) / alpha);
	to[3] = (uint8_t)((alpha + ONE / 2) / ONE);
}

/* One output row; compiled once for each number of channels. */
static inline __attribute__((always_inline)) void
warp_row(const struct ex_image *im, const double *a, int y, int width,
    const int channels, uint8_t *to)
{
	for (int x = 0; x < width; x++, to += channels) {
		double sx = a[0] * x + a[1] * y + a[2];
		double sy = a[3] * x + a[4] * y + a[5];
		struct patch p;

		/* Also false for what is not a number. */
		if (!(sx > -1 && sy > -1 && sx < im->width && sy < im->height))
			continue;
		find_patch(im, sx, sy, &p);
		if (channels == 4)
			blend_patch_alpha(&p, to);
		else
			blend_patch(&p, channels, to);
	}
}

enum ex_status
ex_image_warp(const struct ex_image *im, const struct ex_affine *map, int width,
    int height, struct ex_image *out)
{
	enum ex_status status = ex_image_new(width, height, im->channels, out);

	for (int y = 0; status == EX_OK && y < height; y++) {
		uint8_t *to = ex_image_row(out, y);

		if (im->channels == 1)
			warp_row(im, map->a, y, width, 1, to);
		else if (im->channels == 3)
			warp_row(im, map->a, y, width, 3, to);
		else
			warp_row(im, map->a, y, width, 4, to);
	}
	return status;
}
