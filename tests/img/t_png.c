/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <spng.h>

/* What our own encoder does not write: any type, with palette and tRNS. */
static struct ex_blob
encoded_as(struct spng_ihdr header, const void *rows, size_t size,
    struct spng_plte *palette, struct spng_trns *transparency)
{
	spng_ctx *png = spng_ctx_new(SPNG_CTX_ENCODER);
	struct ex_blob blob = { 0 };
	int code;

	spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);
	assert_int_equal(spng_set_ihdr(png, &header), 0);
	if (palette)
		assert_int_equal(spng_set_plte(png, palette), 0);
	if (transparency)
		assert_int_equal(spng_set_trns(png, transparency), 0);
	assert_int_equal(spng_encode_image(png, rows, size, SPNG_FMT_PNG,
			     SPNG_ENCODE_FINALIZE),
	    0);
	blob.data = spng_get_png_buffer(png, &blob.size, &code);
	spng_ctx_free(png);
	return blob;
}

static struct ex_blob
encoded(int width, int height, int channels)
{
	struct ex_image im = noise_picture(width, height, channels, 11);
	struct ex_blob blob;

	assert_int_equal(ex_image_encode_png(&im, &blob), EX_OK);
	ex_image_free(&im);
	return blob;
}

static void
round_trip_is_exact(void **state)
{
	(void)state;
	for (int channels = 1; channels <= 4; channels++) {
		if (channels == 2)
			continue;
		struct ex_image im = noise_picture(33, 21, channels, 11), out;
		struct ex_blob blob = encoded(33, 21, channels);
		struct ex_error err;

		assert_int_equal(
		    decode(ex_blob_bytes(&blob), channels, &out, &err), EX_OK);
		assert_int_equal(largest_difference(&im, &out), 0);
		ex_image_free(&out);
		ex_image_free(&im);
		ex_blob_free(&blob);
	}
}

static void
encoder_follows_the_stride(void **state)
{
	struct ex_image im = noise_picture(20, 9, 4, 2), part, copy, out;
	struct ex_blob blob;
	struct ex_error err;

	(void)state;
	assert_int_equal(ex_image_crop(&im, 3, 0, 11, 9, &copy), EX_OK);
	part = im;
	part.pixels += 3 * 4;
	part.width = 11;
	assert_int_equal(ex_image_encode_png(&part, &blob), EX_OK);
	assert_int_equal(decode(ex_blob_bytes(&blob), 4, &out, &err), EX_OK);
	assert_int_equal(largest_difference(&copy, &out), 0);
	ex_image_free(&im);
	ex_image_free(&copy);
	ex_image_free(&out);
	ex_blob_free(&blob);
}

static void
alpha_is_dropped_not_blended(void **state)
{
	struct ex_image im = noise_picture(33, 21, 4, 11), rgb, grey;
	struct ex_blob blob = encoded(33, 21, 4);
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&blob), 3, &rgb, &err), EX_OK);
	assert_int_equal(decode(ex_blob_bytes(&blob), 1, &grey, &err), EX_OK);
	for (int i = 0; i < 33 * 21; i++) {
		const uint8_t *p = im.pixels + i * 4;
		double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];

		assert_memory_equal(rgb.pixels + i * 3, p, 3);
		assert_true(abs((int)(luma + 0.5) - grey.pixels[i]) <= 1);
	}
	ex_image_free(&rgb);
	ex_image_free(&grey);
	ex_image_free(&im);
	ex_blob_free(&blob);
}

static void
palette_becomes_straight_rgba(void **state)
{
	static const uint8_t indices[] = { 0, 1, 2, 3, 2, 0 };
	struct spng_plte palette = { 4,
		{ { 10, 20, 30, 0 }, { 40, 50, 60, 0 }, { 70, 80, 90, 0 },
		    { 200, 210, 220, 0 } } };
	struct spng_trns trns = { .n_type3_entries = 3,
		.type3_alpha = { 0, 128, 255 } };
	struct ex_blob blob = encoded_as(
	    (struct spng_ihdr){ 3, 2, 8, SPNG_COLOR_TYPE_INDEXED, 0, 0, 0 },
	    indices, sizeof indices, &palette, &trns);
	struct ex_image out;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&blob), 4, &out, &err), EX_OK);
	for (int i = 0; i < 6; i++) {
		const struct spng_plte_entry *e = &palette.entries[indices[i]];
		const uint8_t want[4] = { e->red, e->green, e->blue,
			indices[i] < 3 ? trns.type3_alpha[indices[i]] : 255 };

		assert_memory_equal(out.pixels + i * 4, want, 4);
	}
	ex_image_free(&out);
	ex_blob_free(&blob);
}

static void
sixteen_bits_are_cut_to_eight(void **state)
{
	/* Host-endian samples: libspng swaps what PNG stores big-endian. */
	static const uint16_t grey[] = { 0x0000, 0x12ff, 0x8000, 0xffff };
	struct ex_blob blob = encoded_as(
	    (struct spng_ihdr){ 4, 1, 16, SPNG_COLOR_TYPE_GRAYSCALE, 0, 0, 0 },
	    grey, sizeof grey, NULL, NULL);
	struct ex_image out;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&blob), 1, &out, &err), EX_OK);
	for (int i = 0; i < 4; i++)
		assert_int_equal(out.pixels[i], grey[i] >> 8);
	ex_image_free(&out);
	ex_blob_free(&blob);
}

static void
one_bit_and_grey_alpha_are_spread(void **state)
{
	static const uint8_t bits[] = { 0xa0 }, pairs[] = { 7, 9, 200, 255 };
	struct ex_blob one = encoded_as(
	    (struct spng_ihdr){ 4, 1, 1, SPNG_COLOR_TYPE_GRAYSCALE, 0, 0, 0 },
	    bits, sizeof bits, NULL, NULL);
	struct ex_blob two =
	    encoded_as((struct spng_ihdr){ 2, 1, 8,
			   SPNG_COLOR_TYPE_GRAYSCALE_ALPHA, 0, 0, 0 },
		pairs, sizeof pairs, NULL, NULL);
	struct ex_image out;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&one), 1, &out, &err), EX_OK);
	assert_memory_equal(out.pixels, "\xff\x00\xff\x00", 4);
	ex_image_free(&out);
	assert_int_equal(decode(ex_blob_bytes(&two), 4, &out, &err), EX_OK);
	assert_memory_equal(out.pixels, "\7\7\7\x09\xc8\xc8\xc8\xff", 8);
	ex_image_free(&out);
	ex_blob_free(&one);
	ex_blob_free(&two);
}

static void
traveller_is_cut_out_along_the_head(void **state)
{
	struct ex_image out;
	struct ex_error err;
	size_t clear = 0, solid = 0, soft = 0;

	(void)state;
	assert_int_equal(
	    ex_image_load(TEST_SOURCE_FILE("data/travellers/001/lane_0.png"), 4,
		EX_ORIENTATION_IGNORE, &out, &err),
	    EX_OK);
	assert_int_equal(out.width, 400);
	assert_int_equal(out.height, 400);
	for (size_t i = 0; i < 400 * 400; i++) {
		uint8_t alpha = out.pixels[i * 4 + 3];

		clear += alpha == 0;
		solid += alpha == 255;
		soft += alpha > 0 && alpha < 255;
	}
	assert_true(clear > 20000);
	assert_true(solid > 20000);
	assert_true(soft > 100); /* the outline, not a cut with scissors */
	assert_int_equal(ex_image_row(&out, 0)[3], 0);
	assert_int_equal(ex_image_row(&out, 200)[200 * 4 + 3], 255);
	ex_image_free(&out);
}

static void
huge_header_is_refused_before_any_allocation(void **state)
{
	struct ex_blob blob = encoded(9, 9, 3);
	int width, height;

	(void)state;
	put_be32(blob.data + 16, 50000);
	put_be32(blob.data + 20, 50000);
	ex_calloc_fail_after(0);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_size(ex_blob_bytes(&blob), &width, &height),
	    EX_ERR_TOO_LARGE);
	ex_calloc_fail_after(-1);
	put_be32(blob.data + 16, 0);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_FORMAT);
	ex_blob_free(&blob);
}

static void
damaged_chunks_are_refused(void **state)
{
	static const uint8_t indices[] = { 0, 1, 0, 1 };
	struct spng_plte palette = { 2, { { 10, 20, 30, 0 } } };
	struct spng_trns trns = { .n_type3_entries = 1 };
	static const char *const chunks[] = { "IHDR", "PLTE", "tRNS", "IDAT" };
	struct ex_blob blob = encoded_as(
	    (struct spng_ihdr){ 2, 2, 8, SPNG_COLOR_TYPE_INDEXED, 0, 0, 0 },
	    indices, sizeof indices, &palette, &trns);

	(void)state;
	for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		/* Of the header the low byte of the width. */
		uint8_t *p = find(&blob, chunks[i], 4) + (i ? 4 : 7);

		*p ^= 1;
		assert_refused(ex_blob_bytes(&blob), EX_ERR_FORMAT);
		*p ^= 1;
	}
	ex_blob_free(&blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_is_exact),
		cmocka_unit_test(encoder_follows_the_stride),
		cmocka_unit_test(alpha_is_dropped_not_blended),
		cmocka_unit_test(palette_becomes_straight_rgba),
		cmocka_unit_test(sixteen_bits_are_cut_to_eight),
		cmocka_unit_test(one_bit_and_grey_alpha_are_spread),
		cmocka_unit_test(traveller_is_cut_out_along_the_head),
		cmocka_unit_test(huge_header_is_refused_before_any_allocation),
		cmocka_unit_test(damaged_chunks_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
