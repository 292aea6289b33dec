/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <turbojpeg.h>

static struct ex_blob
encoded(int width, int height, int channels)
{
	struct ex_image im = smooth_picture(width, height, channels);
	struct ex_blob blob;

	assert_int_equal(ex_image_encode_jpeg(&im, 95, &blob), EX_OK);
	ex_image_free(&im);
	return blob;
}

/* What our own encoder does not write; freed with free(). */
static struct ex_blob
encoded_as(int format, int sampling, int flags)
{
	struct ex_image im =
	    smooth_picture(48, 40, format == TJPF_CMYK ? 4 : 3);
	tjhandle tj = tjInitCompress();
	unsigned long size = tjBufSize(48, 40, TJSAMP_444);
	struct ex_blob blob = { ex_calloc(size, 1), 0 };

	assert_int_equal(
	    tjCompress2(tj, im.pixels, 48, 0, 40, format, &blob.data, &size,
		sampling, 95, flags | TJFLAG_NOREALLOC),
	    0);
	blob.size = size;
	tjDestroy(tj);
	ex_image_free(&im);
	return blob;
}

/* The file with `n` bytes put in at `at`. */
static struct ex_blob
inserted(const struct ex_blob *in, size_t at, const void *bytes, size_t n)
{
	struct ex_blob out = { ex_calloc(in->size + n, 1), in->size + n };

	memcpy(out.data, in->data, at);
	memcpy(out.data + at, bytes, n);
	memcpy(out.data + at + n, in->data + at, in->size - at);
	return out;
}

static void
round_trip_keeps_the_picture(void **state)
{
	(void)state;
	for (int channels = 1; channels <= 3; channels += 2) {
		struct ex_image im = smooth_picture(97, 61, channels), out;
		struct ex_blob blob = encoded(97, 61, channels);
		struct ex_error err;

		assert_int_equal(
		    decode(ex_blob_bytes(&blob), channels, &out, &err), EX_OK);
		assert_true(largest_difference(&im, &out) <= 6);
		ex_image_free(&out);
		ex_image_free(&im);
		ex_blob_free(&blob);
	}
}

static void
channels_are_what_the_caller_wants(void **state)
{
	struct ex_blob colour = encoded(40, 30, 3), grey = encoded(40, 30, 1);
	struct ex_image rgb, rgba, one, from_grey;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&colour), 3, &rgb, &err), 0);
	assert_int_equal(decode(ex_blob_bytes(&colour), 4, &rgba, &err), 0);
	assert_int_equal(decode(ex_blob_bytes(&grey), 1, &one, &err), 0);
	assert_int_equal(decode(ex_blob_bytes(&grey), 3, &from_grey, &err), 0);
	for (int i = 0; i < 40 * 30; i++) {
		assert_memory_equal(rgb.pixels + i * 3, rgba.pixels + i * 4, 3);
		assert_int_equal(rgba.pixels[i * 4 + 3], 255);
		for (int c = 0; c < 3; c++)
			assert_int_equal(
			    from_grey.pixels[i * 3 + c], one.pixels[i]);
	}
	ex_image_free(&rgb);
	ex_image_free(&rgba);
	ex_image_free(&one);
	ex_image_free(&from_grey);
	ex_blob_free(&colour);
	ex_blob_free(&grey);
}

static void
encoder_follows_the_stride(void **state)
{
	struct ex_image im = noise_picture(64, 32, 3, 1), part, copy;
	struct ex_blob a, b;

	(void)state;
	assert_int_equal(ex_image_crop(&im, 5, 0, 40, 32, &copy), EX_OK);
	part = im;
	part.pixels += 5 * 3;
	part.width = 40;
	assert_int_equal(ex_image_encode_jpeg(&part, 90, &a), EX_OK);
	assert_int_equal(ex_image_encode_jpeg(&copy, 90, &b), EX_OK);
	assert_int_equal(a.size, b.size);
	assert_memory_equal(a.data, b.data, a.size);
	ex_blob_free(&a);
	ex_blob_free(&b);
	ex_image_free(&im);
	ex_image_free(&copy);
}

static int
longer_side(const struct ex_blob *jpeg)
{
	int w, h;

	assert_int_equal(ex_image_size(ex_blob_bytes(jpeg), &w, &h), EX_OK);
	return w > h ? w : h;
}

static void
a_picture_for_judging_is_small_and_large_enough(void **state)
{
	static const int sizes[][2] = { { 320, 320 }, { 413, 531 },
		{ 2000, 1500 }, { 40, 3000 }, { 3000, 1 }, { 1, 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct ex_image im =
		    smooth_picture(sizes[i][0], sizes[i][1], 3);
		int longer = im.width > im.height ? im.width : im.height;
		struct ex_blob jpeg;

		assert_int_equal(ex_image_encode_judged(&im, &jpeg), EX_OK);
		assert_in_range(jpeg.size, 1, EX_JPEG_BYTES);
		/* What is smooth keeps every pixel there may be. */
		assert_int_equal(longer_side(&jpeg),
		    longer < EX_JPEG_SIDE ? longer : EX_JPEG_SIDE);
		ex_blob_free(&jpeg);
		ex_image_free(&im);
	}
}

static void
even_noise_fits_and_stays_a_picture(void **state)
{
	struct ex_image im = noise_picture(900, 700, 3, 5), back;
	struct ex_blob jpeg;
	struct ex_error err;

	(void)state;
	assert_int_equal(ex_image_encode_judged(&im, &jpeg), EX_OK);
	assert_in_range(jpeg.size, EX_JPEG_BYTES / 3, EX_JPEG_BYTES);
	assert_in_range(longer_side(&jpeg), 100, EX_JPEG_SIDE - 1);
	assert_int_equal(decode(ex_blob_bytes(&jpeg), 3, &back, &err), EX_OK);
	ex_image_free(&back);
	ex_blob_free(&jpeg);
	for (long n = 0;; n++) {
		enum ex_status status;

		ex_calloc_fail_after(n);
		status = ex_image_encode_judged(&im, &jpeg);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		assert_null(jpeg.data);
		assert_true(n < 100);
	}
	ex_blob_free(&jpeg);
	ex_image_free(&im);
}

static void
progressive_is_read(void **state)
{
	struct ex_blob blob =
	    encoded_as(TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE);
	struct ex_image im = smooth_picture(48, 40, 3), out;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&blob), 3, &out, &err), EX_OK);
	assert_true(largest_difference(&im, &out) <= 6);
	ex_image_free(&out);
	ex_image_free(&im);
	ex_blob_free(&blob);
}

/* Where the last scan starts: its SOS marker. */
static size_t
last_scan(const struct ex_blob *blob)
{
	size_t at = 0;

	for (size_t i = 0; i + 1 < blob->size; i++)
		if (blob->data[i] == 0xff && blob->data[i + 1] == 0xda)
			at = i;
	assert_true(at > 0);
	return at;
}

static void
endless_scans_are_refused(void **state)
{
	struct ex_blob blob =
	    encoded_as(TJPF_RGB, TJSAMP_444, TJFLAG_PROGRESSIVE);
	size_t from = last_scan(&blob), n = blob.size - 2 - from;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct ex_blob more =
		    inserted(&blob, from, blob.data + from, n);

		ex_blob_free(&blob);
		blob = more;
	}
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	ex_blob_free(&blob);
}

static void
cmyk_is_refused(void **state)
{
	struct ex_blob blob = encoded_as(TJPF_CMYK, TJSAMP_444, 0);

	(void)state;
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	ex_blob_free(&blob);
}

/* The frame header's marker; dimensions stand 5 bytes on. */
static uint8_t *
frame_of(const struct ex_blob *blob)
{
	return find(blob, "\xff\xc0\x00\x11\x08", 5);
}

static void
huge_frame_is_refused_before_any_allocation(void **state)
{
	struct ex_blob blob = encoded(40, 30, 3);
	uint8_t *frame = frame_of(&blob);
	int width, height;

	(void)state;
	put_be32(frame + 5, 50000u << 16 | 50000u);
	ex_calloc_fail_after(0);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_image_size(ex_blob_bytes(&blob), &width, &height),
	    EX_ERR_TOO_LARGE);
	ex_calloc_fail_after(-1);
	assert_int_equal(width, 0);
	ex_blob_free(&blob);
}

static void
frames_of_other_kinds_are_refused(void **state)
{
	struct ex_blob blob = encoded(40, 30, 3);
	uint8_t *frame = frame_of(&blob);

	(void)state;
	frame[4] = 12; /* bits a sample */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	frame[4] = 8;
	frame[1] = 0xc9; /* arithmetic coding */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	frame[1] = 0xc0;
	frame[5] = frame[6] = 0; /* height in a DNL marker */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_FORMAT);
	ex_blob_free(&blob);
}

/* A frame that says twice the height: the data end too soon for it. */
static void
taller_frame_than_data_is_refused(void **state)
{
	struct ex_blob blob = encoded(40, 32, 3);

	(void)state;
	frame_of(&blob)[6] = 64;
	assert_refused(ex_blob_bytes(&blob), EX_ERR_TRUNCATED);
	ex_blob_free(&blob);
}

/* Cut, and mended with an end marker: the walk is content, the decoder not. */
static void
cut_scan_with_an_end_is_refused(void **state)
{
	struct ex_blob blob = encoded(200, 150, 3);
	size_t cut = (last_scan(&blob) + blob.size) / 2;

	(void)state;
	blob.data[cut] = 0xff;
	blob.data[cut + 1] = 0xd9;
	assert_refused(
	    (struct ex_bytes){ blob.data, cut + 2 }, EX_ERR_TRUNCATED);
	ex_blob_free(&blob);
}

static void
bytes_after_the_end_are_ignored(void **state)
{
	struct ex_blob blob = encoded(40, 30, 3);
	struct ex_blob more = inserted(&blob, blob.size, "\0\0padding", 9);
	struct ex_image out;
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&more), 3, &out, &err), EX_OK);
	ex_image_free(&out);
	ex_blob_free(&blob);
	ex_blob_free(&more);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_keeps_the_picture),
		cmocka_unit_test(channels_are_what_the_caller_wants),
		cmocka_unit_test(encoder_follows_the_stride),
		cmocka_unit_test(
		    a_picture_for_judging_is_small_and_large_enough),
		cmocka_unit_test(even_noise_fits_and_stays_a_picture),
		cmocka_unit_test(progressive_is_read),
		cmocka_unit_test(endless_scans_are_refused),
		cmocka_unit_test(cmyk_is_refused),
		cmocka_unit_test(huge_frame_is_refused_before_any_allocation),
		cmocka_unit_test(frames_of_other_kinds_are_refused),
		cmocka_unit_test(taller_frame_than_data_is_refused),
		cmocka_unit_test(cut_scan_with_an_end_is_refused),
		cmocka_unit_test(bytes_after_the_end_are_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
