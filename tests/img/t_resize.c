/* SPDX-License-Identifier: Apache-2.0 */
/* Resize and warp against references that do one pixel at a time in doubles. */
#include "picture.h"

#include <math.h>

/* Share of input k in output i along one axis. */
static double
share(int i, int k, int in, int out)
{
	double scale = (double)in / out;

	if (out <= in) {
		double low = fmax(i * scale, k);
		double high = fmin((i + 1) * scale, k + 1);

		return high > low ? (high - low) / scale : 0;
	}
	double at = fmin(fmax((i + 0.5) * scale - 0.5, 0), in - 1);
	return fmax(0, 1 - fabs(at - k));
}

/* Channel c of output (x, y), and its alpha where there is one. */
static double
reference(const struct ex_image *im, int width, int height, int x, int y, int c)
{
	double sum = 0, weights = 0;

	for (int v = 0; v < im->height; v++)
		for (int u = 0; u < im->width; u++) {
			const uint8_t *p =
			    ex_image_row(im, v) + u * im->channels;
			double w = share(x, u, im->width, width) *
				   share(y, v, im->height, height);

			if (im->channels == 4 && c < 3)
				w *= p[3];
			sum += w * p[c];
			weights += w;
		}
	return weights > 1e-9 ? sum / weights : 0;
}

static void
check_resize(int w, int h, int channels, int width, int height)
{
	struct ex_image im = noise_picture(w, h, channels, 5), out;

	assert_int_equal(ex_image_resize(&im, width, height, &out), EX_OK);
	assert_int_equal(out.width, width);
	assert_int_equal(out.height, height);
	assert_int_equal(out.channels, channels);
	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int c = 0; c < channels; c++) {
				double want =
				    reference(&im, width, height, x, y, c);
				double got =
				    ex_image_row(&out, y)[x * channels + c];

				assert_true(fabs(want - got) < 0.51);
			}
	ex_image_free(&im);
	ex_image_free(&out);
}

static void
resize_equals_its_reference(void **state)
{
	static const int sizes[][4] = { { 24, 18, 12, 9 }, { 24, 18, 7, 5 },
		{ 24, 18, 23, 17 }, { 9, 7, 20, 31 }, { 9, 20, 30, 3 },
		{ 1, 1, 5, 4 }, { 17, 1, 3, 2 }, { 40, 30, 1, 1 },
		{ 6, 6, 6, 6 }, { 2, 3, 3, 2 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		for (int channels = 1; channels <= 4; channels++)
			if (channels != 2)
				check_resize(sizes[i][0], sizes[i][1], channels,
				    sizes[i][2], sizes[i][3]);
}

static void
resize_to_its_own_size_changes_nothing(void **state)
{
	struct ex_image im = noise_picture(31, 17, 3, 6), out;

	(void)state;
	assert_int_equal(ex_image_resize(&im, 31, 17, &out), EX_OK);
	assert_int_equal(largest_difference(&im, &out), 0);
	ex_image_free(&im);
	ex_image_free(&out);
}

/* White, opaque on the right half; black beneath the transparent left. */
static struct ex_image
half_transparent(void)
{
	struct ex_image im;

	assert_int_equal(ex_image_new(16, 16, 4, &im), EX_OK);
	for (int y = 0; y < 16; y++)
		memset(ex_image_row(&im, y) + 7 * 4, 255, 9 * 4);
	return im;
}

static void
assert_no_fringe(const struct ex_image *im)
{
	int faint = 0;

	for (int y = 0; y < im->height; y++)
		for (int x = 0; x < im->width; x++) {
			const uint8_t *p = ex_image_row(im, y) + x * 4;

			if (p[3] == 0)
				continue;
			faint += p[3] < 255;
			for (int c = 0; c < 3; c++)
				assert_in_range(p[c], 254, 255);
		}
	assert_true(faint > 0); /* else nothing was tested */
}

static void
transparent_black_lends_edges_no_colour(void **state)
{
	static const int sizes[] = { 5, 9, 16 * 3 };
	const struct ex_affine turn = { { 0.9, 0.3, 1, -0.3, 0.9, 4 } };
	struct ex_image im = half_transparent(), out;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		assert_int_equal(
		    ex_image_resize(&im, sizes[i], sizes[i], &out), EX_OK);
		assert_no_fringe(&out);
		ex_image_free(&out);
	}
	assert_int_equal(ex_image_warp(&im, &turn, 16, 16, &out), EX_OK);
	assert_no_fringe(&out);
	ex_image_free(&out);
	ex_image_free(&im);
}

/* One sample of the picture; zero outside. */
static double
at(const struct ex_image *im, int x, int y, int c)
{
	if (x < 0 || y < 0 || x >= im->width || y >= im->height)
		return 0;
	return ex_image_row(im, y)[x * im->channels + c];
}

static double
warped(const struct ex_image *im, double x, double y, int c)
{
	double sum = 0, weights = 0;

	for (int v = (int)floor(y); v <= (int)floor(y) + 1; v++)
		for (int u = (int)floor(x); u <= (int)floor(x) + 1; u++) {
			double w = (1 - fabs(x - u)) * (1 - fabs(y - v));

			if (im->channels == 4 && c < 3)
				w *= at(im, u, v, 3);
			sum += w * at(im, u, v, c);
			weights += w;
		}
	return weights > 1e-9 ? sum / weights : 0;
}

static void
warp_equals_its_reference(void **state)
{
	static const struct ex_affine maps[] = { { { 1, 0, 0, 0, 1, 0 } },
		{ { 1, 0, -3, 0, 1, 2 } }, { { 0.8, 0.5, -4, -0.5, 0.8, 6 } },
		{ { 0.25, 0, 3.5, 0, 0.25, 2.25 } },
		{ { 3, 0, -7, 0, 2, -5 } } };

	(void)state;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++)
		for (int channels = 1; channels <= 4; channels++) {
			if (channels == 2)
				continue;
			struct ex_image im = noise_picture(19, 13, channels, 7);
			struct ex_image out;
			const double *a = maps[i].a;

			assert_int_equal(
			    ex_image_warp(&im, &maps[i], 22, 16, &out), EX_OK);
			for (int y = 0; y < 16; y++)
				for (int x = 0; x < 22; x++)
					for (int c = 0; c < channels; c++)
						assert_true(
						    fabs(
							warped(&im,
							    a[0] * x +
								a[1] * y + a[2],
							    a[3] * x +
								a[4] * y + a[5],
							    c) -
							at(&out, x, y, c)) <
						    0.51);
			ex_image_free(&im);
			ex_image_free(&out);
		}
}

static void
warp_by_nonsense_is_empty(void **state)
{
	static const struct ex_affine maps[] = { { { NAN, 0, 0, 0, NAN, 0 } },
		{ { INFINITY, 0, 0, 0, 1, 0 } },
		{ { 1e300, 1e300, 1e300, 1e300, 1e300, 1e300 } },
		{ { 0, 0, -5, 0, 0, 2 } } };
	struct ex_image im = noise_picture(8, 8, 3, 8), out;

	(void)state;
	for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
		assert_int_equal(
		    ex_image_warp(&im, &maps[i], 4, 4, &out), EX_OK);
		for (int k = 0; k < 4 * 4 * 3; k++)
			assert_int_equal(out.pixels[k], 0);
		ex_image_free(&out);
	}
	ex_image_free(&im);
}

static void
every_failed_allocation_is_reported(void **state)
{
	const struct ex_affine same = { { 1, 0, 0, 0, 1, 0 } };
	struct ex_image im = noise_picture(8, 8, 3, 9), out;
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	(void)state;
	for (; status == EX_ERR_NOMEM && n < 50; n++) {
		ex_calloc_fail_after(n);
		status = ex_image_resize(&im, 4, 12, &out);
		if (status != EX_OK)
			assert_null(out.pixels);
	}
	ex_calloc_fail_after(0);
	assert_int_equal(status, EX_OK);
	assert_int_equal(
	    n, 7); /* picture, sums, two lists an axis; then fine */
	ex_image_free(&out);
	assert_int_equal(ex_image_warp(&im, &same, 4, 4, &out), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_int_equal(
	    ex_image_resize(&im, 20000, 4, &out), EX_ERR_TOO_LARGE);
	assert_int_equal(
	    ex_image_warp(&im, &same, 4, 0, &out), EX_ERR_TOO_LARGE);
	ex_image_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resize_equals_its_reference),
		cmocka_unit_test(resize_to_its_own_size_changes_nothing),
		cmocka_unit_test(transparent_black_lends_edges_no_colour),
		cmocka_unit_test(warp_equals_its_reference),
		cmocka_unit_test(warp_by_nonsense_is_empty),
		cmocka_unit_test(every_failed_allocation_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
