/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every kind of picture. */
#include "picture.h"

#include <unistd.h>

static const enum ex_image_type types[] = { EX_IMAGE_JPEG, EX_IMAGE_PNG,
	EX_IMAGE_JP2, EX_IMAGE_J2K };
#define N_TYPES (sizeof types / sizeof *types)

static enum ex_status
encode_as(
    const struct ex_image *im, enum ex_image_type type, struct ex_blob *blob)
{
	if (type == EX_IMAGE_JPEG)
		return ex_image_encode_jpeg(im, 90, blob);
	if (type == EX_IMAGE_PNG)
		return ex_image_encode_png(im, blob);
	return ex_image_encode_jp2(im, type, blob);
}

static struct ex_blob
encoded(enum ex_image_type type)
{
	struct ex_image im = smooth_picture(29, 23, 3);
	struct ex_blob blob;

	assert_int_equal(encode_as(&im, type, &blob), EX_OK);
	ex_image_free(&im);
	return blob;
}

static void
type_and_size_come_from_the_bytes(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TYPES; i++) {
		struct ex_blob blob = encoded(types[i]);
		int width, height;

		assert_int_equal(ex_image_type(ex_blob_bytes(&blob)), types[i]);
		ex_calloc_fail_after(0); /* the header needs no memory */
		assert_int_equal(
		    ex_image_size(ex_blob_bytes(&blob), &width, &height),
		    EX_OK);
		ex_calloc_fail_after(-1);
		assert_int_equal(width, 29);
		assert_int_equal(height, 23);
		ex_blob_free(&blob);
	}
}

static void
every_prefix_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TYPES; i++) {
		struct ex_blob blob = encoded(types[i]);

		for (size_t n = 0; n < blob.size; n++) {
			/* A copy of its own: reading past it is found. */
			struct ex_blob part = { malloc(n + 1), n };
			struct ex_image im;
			struct ex_error err;
			enum ex_status status;

			if (n)
				memcpy(part.data, blob.data, n);
			status = decode(ex_blob_bytes(&part), 3, &im, &err);
			assert_true(status == EX_ERR_TRUNCATED ||
				    status == EX_ERR_FORMAT);
			assert_null(im.pixels);
			/* Past the header "cut short" is the honest word. */
			if (n > blob.size / 2)
				assert_int_equal(status, EX_ERR_TRUNCATED);
			ex_blob_free(&part);
		}
		ex_blob_free(&blob);
	}
}

static void
flipped_bits_never_break_the_rules(void **state)
{
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 31);
	for (size_t i = 0; i < N_TYPES; i++)
		for (int round = 0; round < 400; round++) {
			struct ex_blob blob = encoded(types[i]);
			struct ex_image im;
			struct ex_error err;
			uint32_t at = ex_rng_below(&rng, (uint32_t)blob.size);
			int w, h;

			blob.data[at] ^= (uint8_t)(1 << ex_rng_below(&rng, 8));
			if (decode(ex_blob_bytes(&blob), 3, &im, &err) ==
			    EX_OK) {
				assert_int_equal(
				    ex_image_size(ex_blob_bytes(&blob), &w, &h),
				    EX_OK);
				assert_int_equal(im.width, w);
				assert_int_equal(im.height, h);
			} else {
				assert_null(im.pixels);
				assert_true(err.why[0] != '\0');
			}
			ex_image_free(&im);
			ex_blob_free(&blob);
		}
}

static void
other_bytes_are_no_picture(void **state)
{
	static const char text[] = "This is a letter, not a photograph.\n";
	static const char gif[] = "GIF89a\1\0\1\0";

	(void)state;
	assert_refused(
	    (struct ex_bytes){ (const uint8_t *)text, 36 }, EX_ERR_FORMAT);
	assert_refused(
	    (struct ex_bytes){ (const uint8_t *)gif, 10 }, EX_ERR_FORMAT);
	assert_refused((struct ex_bytes){ NULL, 0 }, EX_ERR_TRUNCATED);
	assert_refused(
	    (struct ex_bytes){ (const uint8_t *)text, (size_t)1 << 40 },
	    EX_ERR_TOO_LARGE);
}

static void
text_called_jpg_is_refused_by_name(void **state)
{
	char path[] = "/tmp/exeunt-img-XXXXXX.jpg";
	int fd = mkstemps(path, 4);
	struct ex_image im;
	struct ex_error err;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "hello\n", 6), 6);
	close(fd);
	assert_int_equal(
	    ex_image_load(path, 3, EX_ORIENTATION_APPLY, &im, &err),
	    EX_ERR_FORMAT);
	assert_string_equal(err.what, path);
	assert_string_equal(err.why, "not a JPEG, PNG or JPEG 2000 picture");
	unlink(path);
	assert_int_equal(
	    ex_image_load(path, 3, EX_ORIENTATION_APPLY, &im, &err),
	    EX_ERR_NOT_FOUND);
	assert_null(im.pixels);
}

static void
every_failed_allocation_while_decoding_is_reported(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_TYPES; i++)
		for (int channels = 1; channels <= 4; channels++) {
			struct ex_blob blob = encoded(types[i]);
			enum ex_status status = EX_ERR_NOMEM;
			struct ex_image im;
			struct ex_error err;
			long n = 0;

			for (; status == EX_ERR_NOMEM && n < 100; n++) {
				ex_calloc_fail_after(n);
				status = decode(ex_blob_bytes(&blob),
				    channels == 2 ? 1 : channels, &im, &err);
				if (status != EX_OK)
					assert_null(im.pixels);
			}
			ex_calloc_fail_after(-1);
			assert_int_equal(status, EX_OK);
			assert_true(n >= 2);
			ex_image_free(&im);
			ex_blob_free(&blob);
		}
}

static void
every_failed_allocation_while_encoding_is_reported(void **state)
{
	struct ex_image im = smooth_picture(29, 23, 3);

	(void)state;
	for (size_t i = 0; i < N_TYPES; i++) {
		enum ex_status status = EX_ERR_NOMEM;
		struct ex_blob blob;
		long n = 0;

		for (; status == EX_ERR_NOMEM && n < 100; n++) {
			ex_calloc_fail_after(n);
			status = encode_as(&im, types[i], &blob);
			if (status != EX_OK)
				assert_null(blob.data);
		}
		ex_calloc_fail_after(-1);
		assert_int_equal(status, EX_OK);
		assert_true(n >= 2);
		ex_blob_free(&blob);
	}
	ex_image_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(type_and_size_come_from_the_bytes),
		cmocka_unit_test(every_prefix_is_refused),
		cmocka_unit_test(flipped_bits_never_break_the_rules),
		cmocka_unit_test(other_bytes_are_no_picture),
		cmocka_unit_test(text_called_jpg_is_refused_by_name),
		cmocka_unit_test(
		    every_failed_allocation_while_decoding_is_reported),
		cmocka_unit_test(
		    every_failed_allocation_while_encoding_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
