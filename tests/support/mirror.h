/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_TESTS_MIRROR_H
#define EXEUNT_TESTS_MIRROR_H

#include "exeunt/img.h"

static inline void
mirror_swap(uint8_t *a, uint8_t *b, int channels)
{
	for (int c = 0; c < channels; c++) {
		uint8_t t = a[c];

		a[c] = b[c];
		b[c] = t;
	}
}

/* Mirror left and right, in place. */
static inline void
mirror(struct ex_image *im)
{
	for (int y = 0; y < im->height; y++) {
		uint8_t *left = ex_image_row(im, y);
		uint8_t *right =
		    left + (size_t)(im->width - 1) * (size_t)im->channels;

		for (; left < right;
		     left += im->channels, right -= im->channels)
			mirror_swap(left, right, im->channels);
	}
}

#endif
