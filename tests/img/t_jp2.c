/* SPDX-License-Identifier: Apache-2.0 */
#include "picture.h"

#include <math.h>
#include <openjpeg.h>

static struct ex_blob
encoded(int width, int height, int channels, enum ex_image_type type)
{
	struct ex_image im = noise_picture(width, height, channels, 21);
	struct ex_blob blob;

	assert_int_equal(ex_image_encode_jp2(&im, type, &blob), EX_OK);
	assert_int_equal(ex_image_type(ex_blob_bytes(&blob)), type);
	ex_image_free(&im);
	return blob;
}

/* SIZ: 2 its length, 4 Rsiz, 6 Xsiz, 10 Ysiz, ... 38 components, 40 the first
 * component's bits and sampling, counted from the marker's end. */
static uint8_t *
size_of(const struct ex_blob *blob)
{
	return find(blob, "\xff\x4f\xff\x51", 4) + 4 - 2;
}

static void
round_trip_is_exact(void **state)
{
	static const int sizes[][2] = { { 40, 30 }, { 1, 1 }, { 3, 70 } };

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (int channels = 1; channels <= 4; channels++)
			for (int boxed = 0; boxed < 2 && channels != 2;
			     boxed++) {
				int w = sizes[i][0], h = sizes[i][1];
				struct ex_image im =
				    noise_picture(w, h, channels, 21);
				struct ex_blob blob = encoded(w, h, channels,
				    boxed ? EX_IMAGE_JP2 : EX_IMAGE_J2K);
				struct ex_image out;
				struct ex_error err;

				assert_int_equal(decode(ex_blob_bytes(&blob),
						     channels, &out, &err),
				    EX_OK);
				assert_int_equal(
				    largest_difference(&im, &out), 0);
				ex_image_free(&im);
				ex_image_free(&out);
				ex_blob_free(&blob);
			}
}

static void
channels_are_what_the_caller_wants(void **state)
{
	struct ex_image im = noise_picture(12, 9, 4, 21), rgb, grey;
	struct ex_blob blob = encoded(12, 9, 4, EX_IMAGE_JP2);
	struct ex_error err;

	(void)state;
	assert_int_equal(decode(ex_blob_bytes(&blob), 3, &rgb, &err), EX_OK);
	assert_int_equal(decode(ex_blob_bytes(&blob), 1, &grey, &err), EX_OK);
	for (int i = 0; i < 12 * 9; i++) {
		const uint8_t *p = im.pixels + i * 4;
		double luma = 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];

		assert_memory_equal(rgb.pixels + i * 3, p, 3);
		assert_true(fabs(luma - grey.pixels[i]) <= 0.51);
	}
	ex_image_free(&im);
	ex_image_free(&rgb);
	ex_image_free(&grey);
	ex_blob_free(&blob);
}

/* The library's writer, for what ours does not write. */
struct sink {
	uint8_t data[8192];
	size_t size;
};

static OPJ_SIZE_T
write_sink(void *from, OPJ_SIZE_T n, void *user)
{
	struct sink *s = user;

	assert_true(s->size + n <= sizeof s->data);
	memcpy(s->data + s->size, from, n);
	s->size += n;
	return n;
}

/* An 8 x 8 ramp of `n` components with `bits` each, as a codestream. */
static void
encode_ramp(struct sink *s, unsigned n, unsigned bits, unsigned is_signed,
    unsigned halved)
{
	opj_codec_t *codec = opj_create_compress(OPJ_CODEC_J2K);
	opj_stream_t *stream = opj_stream_create(4096, OPJ_FALSE);
	opj_image_cmptparm_t part[4] = { 0 };
	opj_cparameters_t p;
	opj_image_t *im;

	for (unsigned c = 0; c < n; c++) {
		unsigned step = halved && c > 0 ? 2 : 1;

		part[c] = (opj_image_cmptparm_t){ .dx = step,
			.dy = step,
			.w = 8 / step,
			.h = 8 / step,
			.prec = bits,
			.sgnd = is_signed };
	}
	im = opj_image_create(n, part, OPJ_CLRSPC_UNSPECIFIED);
	im->x1 = im->y1 = 8;
	for (unsigned c = 0; c < n; c++)
		for (unsigned i = 0; i < part[c].w * part[c].h; i++)
			im->comps[c].data[i] =
			    (int)(i * ((1u << bits) - 1) / 63) -
			    (is_signed ? 1 << (bits - 1) : 0);
	opj_set_default_encoder_parameters(&p);
	p.numresolution = 2;
	p.tcp_numlayers = 1;
	p.cp_disto_alloc = 1;
	opj_stream_set_write_function(stream, write_sink);
	opj_stream_set_user_data(stream, s, NULL);
	s->size = 0;
	assert_true(opj_setup_encoder(codec, &p, im));
	assert_true(opj_start_compress(codec, im, stream));
	assert_true(opj_encode(codec, stream));
	assert_true(opj_end_compress(codec, stream));
	opj_stream_destroy(stream);
	opj_destroy_codec(codec);
	opj_image_destroy(im);
}

static void
other_precisions_are_scaled_to_eight_bits(void **state)
{
	static const unsigned bits[] = { 1, 4, 7, 8, 12, 16 };
	struct sink s;
	struct ex_image out;
	struct ex_error err;

	(void)state;
	for (size_t k = 0; k < sizeof bits / sizeof *bits; k++)
		for (unsigned sign = 0; sign < 2; sign++) {
			unsigned b = bits[k];

			encode_ramp(&s, 1, b, sign, 0);
			assert_int_equal(
			    decode((struct ex_bytes){ s.data, s.size }, 1, &out,
				&err),
			    EX_OK);
			for (unsigned i = 0; i < 64; i++) {
				unsigned v = i * ((1u << b) - 1) / 63;

				assert_int_equal(out.pixels[i],
				    b > 8 ? v >> (b - 8)
					  : v * 255 / ((1u << b) - 1));
			}
			ex_image_free(&out);
		}
}

static void
two_components_are_grey_and_alpha(void **state)
{
	struct sink s;
	struct ex_image out;
	struct ex_error err;

	(void)state;
	encode_ramp(&s, 2, 8, 0, 0);
	assert_int_equal(
	    decode((struct ex_bytes){ s.data, s.size }, 4, &out, &err), EX_OK);
	for (int i = 0; i < 64; i++)
		for (int c = 0; c < 4; c++)
			assert_int_equal(out.pixels[i * 4 + c], i * 255 / 63);
	ex_image_free(&out);
}

static void
subsampled_components_are_refused(void **state)
{
	struct sink s;

	(void)state;
	encode_ramp(&s, 3, 8, 0, 1);
	assert_refused((struct ex_bytes){ s.data, s.size }, EX_ERR_UNSUPPORTED);
}

static void
sycc_becomes_rgb(void **state)
{
	struct ex_image ycc = noise_picture(16, 16, 3, 21), out;
	struct ex_blob blob = encoded(16, 16, 3, EX_IMAGE_JP2);
	struct ex_error err;

	(void)state;
	/* colr: method 1, precedence 0, approximation 0, then the number. */
	put_be32(find(&blob, "colr\1\0\0", 7) + 7, 18);
	assert_int_equal(decode(ex_blob_bytes(&blob), 3, &out, &err), EX_OK);
	for (int i = 0; i < 16 * 16; i++) {
		const uint8_t *p = ycc.pixels + i * 3;
		double y = p[0], cb = p[1] - 128.0, cr = p[2] - 128.0;
		double want[3] = { y + 1.402 * cr,
			y - 0.344136 * cb - 0.714136 * cr, y + 1.772 * cb };

		for (int c = 0; c < 3; c++)
			assert_true(fabs(fmin(fmax(want[c], 0), 255) -
					 out.pixels[i * 3 + c]) < 0.51);
	}
	ex_image_free(&ycc);
	ex_image_free(&out);
	ex_blob_free(&blob);
}

static void
boxes_we_do_not_read_are_refused(void **state)
{
	struct ex_blob blob = encoded(8, 8, 4, EX_IMAGE_JP2);
	uint8_t *colr = find(&blob, "colr", 4), *cdef = find(&blob, "cdef", 4);

	(void)state;
	put_be32(colr + 7, 12);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	put_be32(colr + 7, 16);
	memcpy(colr, "pclr", 4);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	memcpy(colr, "colr", 4);
	cdef[11] = 3; /* first channel is the third colour */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	ex_blob_free(&blob);
}

static void
huge_header_is_refused_before_any_allocation(void **state)
{
	(void)state;
	for (int boxed = 0; boxed < 2; boxed++) {
		struct ex_blob blob =
		    encoded(8, 8, 3, boxed ? EX_IMAGE_JP2 : EX_IMAGE_J2K);
		uint8_t *size = size_of(&blob);
		int width, height;

		put_be32(size + 6, 50000);
		put_be32(size + 10, 50000);
		if (boxed) {
			put_be32(find(&blob, "ihdr", 4) + 4, 50000);
			put_be32(find(&blob, "ihdr", 4) + 8, 50000);
		}
		ex_calloc_fail_after(0);
		assert_refused(ex_blob_bytes(&blob), EX_ERR_TOO_LARGE);
		assert_int_equal(
		    ex_image_size(ex_blob_bytes(&blob), &width, &height),
		    EX_ERR_TOO_LARGE);
		ex_calloc_fail_after(-1);
		ex_blob_free(&blob);
	}
}

static void
sixteen_million_pixels_are_the_most(void **state)
{
	struct ex_blob blob = encoded(8, 8, 1, EX_IMAGE_J2K);
	uint8_t *size = size_of(&blob);
	int width, height;

	(void)state;
	put_be32(size + 6, 4096);
	put_be32(size + 10, 4096);
	assert_int_equal(
	    ex_image_size(ex_blob_bytes(&blob), &width, &height), EX_OK);
	assert_int_equal(width, 4096);
	put_be32(size + 10, 4097);
	assert_int_equal(ex_image_size(ex_blob_bytes(&blob), &width, &height),
	    EX_ERR_TOO_LARGE);
	ex_blob_free(&blob);
}

static void
headers_that_contradict_are_refused(void **state)
{
	struct ex_blob blob = encoded(8, 8, 3, EX_IMAGE_JP2);

	(void)state;
	put_be32(find(&blob, "ihdr", 4) + 4, 9);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_FORMAT);
	ex_blob_free(&blob);
}

/* Each byte of the header that makes the library's work explode. */
static void
costly_streams_are_refused(void **state)
{
	struct ex_blob blob = encoded(64, 64, 1, EX_IMAGE_J2K);
	uint8_t *size = size_of(&blob);
	uint8_t *cod = find(&blob, "\xff\x52", 2);

	(void)state;
	put_be32(size + 22, 1); /* tiles of one pixel */
	put_be32(size + 26, 1);
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	put_be32(size + 22, 64);
	put_be32(size + 26, 64);
	cod[6] = 0xff; /* 65,281 layers */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	cod[6] = 0;
	size[4] = 0x80; /* Part 2 */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	size[4] = 0;
	cod[12] |= 0x40; /* code-blocks of Part 15 */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_UNSUPPORTED);
	ex_blob_free(&blob);
}

static void
missing_tile_is_refused(void **state)
{
	struct ex_blob blob = encoded(64, 64, 1, EX_IMAGE_J2K);
	uint8_t *size = size_of(&blob);

	(void)state;
	put_be32(size + 6, 128); /* twice as wide: two tiles, one is there */
	assert_refused(ex_blob_bytes(&blob), EX_ERR_TRUNCATED);
	ex_blob_free(&blob);
}

static void
bytes_after_the_end_are_ignored(void **state)
{
	struct ex_blob blob = encoded(8, 8, 1, EX_IMAGE_J2K);
	uint8_t padded[4096] = { 0 };
	struct ex_image out;
	struct ex_error err;

	(void)state;
	assert_true(blob.size < sizeof padded - 16);
	memcpy(padded, blob.data, blob.size);
	assert_int_equal(
	    decode((struct ex_bytes){ padded, blob.size + 16 }, 1, &out, &err),
	    EX_OK);
	ex_image_free(&out);
	ex_blob_free(&blob);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip_is_exact),
		cmocka_unit_test(channels_are_what_the_caller_wants),
		cmocka_unit_test(other_precisions_are_scaled_to_eight_bits),
		cmocka_unit_test(two_components_are_grey_and_alpha),
		cmocka_unit_test(subsampled_components_are_refused),
		cmocka_unit_test(sycc_becomes_rgb),
		cmocka_unit_test(boxes_we_do_not_read_are_refused),
		cmocka_unit_test(huge_header_is_refused_before_any_allocation),
		cmocka_unit_test(sixteen_million_pixels_are_the_most),
		cmocka_unit_test(headers_that_contradict_are_refused),
		cmocka_unit_test(costly_streams_are_refused),
		cmocka_unit_test(missing_tile_is_refused),
		cmocka_unit_test(bytes_after_the_end_are_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
