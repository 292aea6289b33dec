/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <limits.h>
#include <math.h>

static void
new_picture_is_zero_aligned_and_bounded(void **state)
{
	struct ex_image im;

	(void)state;
	assert_int_equal(ex_image_new(7, 5, 3, &im), EX_OK);
	assert_int_equal(im.stride_bytes, 21);
	assert_int_equal((uintptr_t)im.pixels % 64, 0);
	for (int i = 0; i < 5 * 21; i++)
		assert_int_equal(im.pixels[i], 0);
	ex_image_free(&im);
	assert_null(im.pixels);
	ex_image_free(&im);

	ex_calloc_fail_after(0); /* refused before any allocation */
	assert_int_equal(ex_image_new(0, 5, 3, &im), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_new(5, -1, 3, &im), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_new(16385, 1, 1, &im), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_new(16384, 4097, 1, &im), EX_ERR_TOO_LARGE);
	assert_int_equal(
	    ex_image_new(INT_MAX, INT_MAX, 4, &im), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_new(5, 5, 3, &im), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_null(im.pixels);
}

static void
crop_copies_inside_and_is_black_outside(void **state)
{
	static const int places[][2] = { { 0, 0 }, { 3, 2 }, { -4, -3 },
		{ 15, 9 }, { 100, 0 }, { 0, -100 }, { INT_MAX, INT_MIN },
		{ INT_MIN, INT_MAX } };
	struct ex_image im = noise_picture(20, 12, 3, 1), out;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int x = places[i][0], y = places[i][1];

		assert_int_equal(ex_image_crop(&im, x, y, 9, 8, &out), EX_OK);
		for (int v = 0; v < 8; v++)
			for (int u = 0; u < 27; u++) {
				int64_t sx = (int64_t)x + u / 3;
				int64_t sy = (int64_t)y + v;
				bool inside =
				    sx >= 0 && sy >= 0 && sx < 20 && sy < 12;

				assert_int_equal(ex_image_row(&out, v)[u],
				    inside ? ex_image_row(
						 &im, (int)sy)[sx * 3 + u % 3]
					   : 0);
			}
		ex_image_free(&out);
	}
	assert_int_equal(
	    ex_image_crop(&im, 0, 0, 0, 8, &out), EX_ERR_TOO_LARGE);
	ex_calloc_fail_after(0);
	assert_int_equal(ex_image_crop(&im, 0, 0, 8, 8, &out), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	ex_image_free(&im);
}

static void
blend_is_straight_alpha_over(void **state)
{
	static const double opacities[] = { 0, 0.3, 1, -1, 7 };
	struct ex_image over = noise_picture(9, 7, 4, 3);

	(void)state;
	for (size_t i = 0; i < sizeof opacities / sizeof *opacities; i++) {
		struct ex_image onto = noise_picture(12, 10, 3, 4);
		struct ex_image before = noise_picture(12, 10, 3, 4);
		double o = fmin(fmax(opacities[i], 0), 1);

		ex_image_blend(&onto, &over, 2, 1, opacities[i]);
		for (int y = 0; y < 10; y++)
			for (int x = 0; x < 12; x++) {
				int u = x - 2, v = y - 1;
				bool hit = u >= 0 && v >= 0 && u < 9 && v < 7;
				const uint8_t *f =
				    ex_image_row(&over, hit ? v : 0) +
				    (hit ? u : 0) * 4;
				double a = hit ? f[3] / 255.0 * o : 0;

				for (int c = 0; c < 3; c++) {
					double was =
					    ex_image_row(&before, y)[x * 3 + c];
					double is =
					    ex_image_row(&onto, y)[x * 3 + c];

					assert_true(fabs(was * (1 - a) +
							 f[c] * a - is) < 0.51);
				}
			}
		ex_image_free(&onto);
		ex_image_free(&before);
	}
	ex_image_free(&over);
}

static void
blend_is_clipped_on_every_side(void **state)
{
	static const int places[][2] = { { -5, -5 }, { 8, 8 }, { -20, 0 },
		{ 0, 40 }, { INT_MAX, INT_MAX }, { INT_MIN, INT_MIN } };
	struct ex_image onto, over;

	(void)state;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		int x = places[i][0], y = places[i][1];

		assert_int_equal(ex_image_new(10, 10, 3, &onto), EX_OK);
		assert_int_equal(ex_image_new(9, 9, 4, &over), EX_OK);
		memset(over.pixels, 255, 9 * 9 * 4);
		ex_image_blend(&onto, &over, x, y, 1);
		for (int v = 0; v < 10; v++)
			for (int u = 0; u < 10; u++) {
				bool hit = u >= x && v >= y &&
					   u < (int64_t)x + 9 &&
					   v < (int64_t)y + 9;

				assert_int_equal(ex_image_row(&onto, v)[u * 3],
				    hit ? 255 : 0);
			}
		ex_image_free(&onto);
		ex_image_free(&over);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_picture_is_zero_aligned_and_bounded),
		cmocka_unit_test(crop_copies_inside_and_is_black_outside),
		cmocka_unit_test(blend_is_straight_alpha_over),
		cmocka_unit_test(blend_is_clipped_on_every_side),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
