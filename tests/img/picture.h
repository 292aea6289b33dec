/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures of nothing, and ways to compare and to damage them. */
#ifndef EXEUNT_TESTS_IMG_PICTURE_H
#define EXEUNT_TESTS_IMG_PICTURE_H

#include "test.h"

#include "exeunt/img.h"

/* Smooth in all channels and lopsided: no mirror image equals it. Alpha runs
 * from 0 at the left to 255 at the right. */
static inline struct ex_image
smooth_picture(int width, int height, int channels)
{
	struct ex_image im;

	assert_int_equal(ex_image_new(width, height, channels, &im), EX_OK);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++) {
			uint8_t *p = ex_image_row(&im, y) + x * channels;
			int v[4] = { 20 + 200 * x / width,
				40 + 180 * y / height,
				30 + 100 * (x + y) / (width + height),
				width > 1 ? 255 * x / (width - 1) : 255 };

			for (int c = 0; c < channels; c++)
				p[c] = (uint8_t)v[c];
		}
	return im;
}

/* Noise, seeded; alpha as noisy as the rest. */
static inline struct ex_image
noise_picture(int width, int height, int channels, uint64_t seed)
{
	struct ex_image im;
	struct ex_rng rng;

	ex_rng_init(&rng, seed);
	assert_int_equal(ex_image_new(width, height, channels, &im), EX_OK);
	for (int y = 0; y < height; y++)
		for (int i = 0; i < width * channels; i++)
			ex_image_row(&im, y)[i] =
			    (uint8_t)ex_rng_below(&rng, 256);
	return im;
}

/* Largest difference of any sample; fails the test for another shape. */
static inline int
largest_difference(const struct ex_image *a, const struct ex_image *b)
{
	int worst = 0;

	assert_int_equal(a->width, b->width);
	assert_int_equal(a->height, b->height);
	assert_int_equal(a->channels, b->channels);
	for (int y = 0; y < a->height; y++)
		for (int i = 0; i < a->width * a->channels; i++) {
			int d = ex_image_row(a, y)[i] - ex_image_row(b, y)[i];

			worst = abs(d) > worst ? abs(d) : worst;
		}
	return worst;
}

static inline enum ex_status
decode(struct ex_bytes in, int channels, struct ex_image *out,
    struct ex_error *err)
{
	memset(err, 0, sizeof *err);
	return ex_image_decode(
	    in, channels, EX_ORIENTATION_IGNORE, out, "picture", err);
}

/* Refused with this status, nothing handed out, and a reason given. */
static inline void
assert_refused(struct ex_bytes in, enum ex_status want)
{
	struct ex_image im;
	struct ex_error err;

	for (int channels = 1; channels <= 4; channels++) {
		if (channels == 2)
			continue;
		assert_int_equal(decode(in, channels, &im, &err), want);
		assert_null(im.pixels);
		assert_int_equal(err.status, want);
		assert_string_equal(err.what, "picture");
		assert_true(err.why[0] != '\0');
	}
}

/* Where `what` stands in the file; fails the test if nowhere. */
static inline uint8_t *
find(const struct ex_blob *blob, const char *what, size_t n)
{
	uint8_t *p = memmem(blob->data, blob->size, what, n);

	assert_non_null(p);
	return p;
}

static inline void
put_be32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> (24 - 8 * i));
}

#endif
