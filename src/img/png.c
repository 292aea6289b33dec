/* SPDX-License-Identifier: Apache-2.0 */
/* PNG (ISO/IEC 15948) through libspng. */
#include "codec.h"

#include <spng.h>
#include <stdlib.h>
#include <string.h>

/* Of one chunk and of all that are kept; texts and profiles are not ours. */
#define MAX_CHUNK (1u << 20)
#define MAX_KEPT  (4u << 20)

/* Whether an allocation failed in the call under way: zlib's word for it does
 * not always come through, and the library's hooks carry no pointer of ours. */
static _Thread_local bool starved;

static void *
allocate_array(size_t n, size_t size)
{
	void *p = ex_calloc(n, size);

	starved = starved || !p;
	return p;
}

static void *
allocate(size_t size)
{
	return allocate_array(1, size);
}

static void *
reallocate(void *p, size_t size)
{
	void *larger = realloc(p, size);

	starved = starved || !larger;
	return larger;
}

/* The library's memory fails in rehearsals as ours does; both end in free. */
static spng_ctx *
new_context(int flags)
{
	struct spng_alloc a = { allocate, reallocate, allocate_array, free };

	starved = false;
	return spng_ctx_new2(&a, flags);
}

/* Signature, then IHDR first of all (11.2.1): width, height. */
enum ex_status
ex_png_peek(struct ex_bytes in, uint32_t *width, uint32_t *height,
    struct ex_walk_error *e)
{
	struct ex_bytes signature, kind;
	uint32_t length;

	if (!ex_bytes_take(&in, 8, &signature) ||
	    !ex_bytes_be32(&in, &length) || !ex_bytes_take(&in, 4, &kind) ||
	    !ex_bytes_be32(&in, width) || !ex_bytes_be32(&in, height))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, "cut short");
	if (length != 13 || memcmp(kind.data, "IHDR", 4) != 0)
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "does not begin with its header chunk");
	return EX_OK;
}

/* Chunks (5.3: length, type, data, checksum) up to and with IEND. The library
 * is content with an IEND that has lost its checksum. */
static enum ex_status
check_chunks(const struct ex_image_job *job)
{
	struct ex_bytes in = job->in, kind, part;
	uint32_t length;

	ex_bytes_take(&in, 8, &part);
	while (ex_bytes_be32(&in, &length) && ex_bytes_take(&in, 4, &kind) &&
	       ex_bytes_take(&in, length, &part) &&
	       ex_bytes_take(&in, 4, &part))
		if (!memcmp(kind.data, "IEND", 4))
			return EX_OK;
	return ex_fail(job->err, EX_ERR_TRUNCATED, job->what, "PNG: cut short");
}

static enum ex_status
library_status(int code)
{
	if (starved)
		return EX_ERR_NOMEM;
	switch (code) {
	case SPNG_IO_EOF:
	case SPNG_EOF:
	case SPNG_EIDAT_TOO_SHORT:
		return EX_ERR_TRUNCATED;
	case SPNG_ECHUNK_LIMITS:
	case SPNG_EUSER_WIDTH:
	case SPNG_EUSER_HEIGHT:
		return EX_ERR_TOO_LARGE;
	default:
		return EX_ERR_FORMAT;
	}
}

static int
open_png(spng_ctx *png, struct ex_bytes in, struct spng_ihdr *header)
{
	int code =
	    spng_set_image_limits(png, EX_IMAGE_MAX_SIDE, EX_IMAGE_MAX_SIDE);

	if (!code)
		code = spng_set_chunk_limits(png, MAX_CHUNK, MAX_KEPT);
	/* A damaged tRNS chunk would silently make a cut-out opaque. */
	if (!code)
		code = spng_set_crc_action(png, SPNG_CRC_ERROR, SPNG_CRC_ERROR);
	if (!code)
		code = spng_set_png_buffer(png, in.data, in.size);
	if (!code)
		code = spng_get_ihdr(png, header);
	return code;
}

/* Grey is reduced from RGB: libspng turns only some types into grey. */
static enum ex_status
to_grey(const struct ex_image *rgb, struct ex_image *out)
{
	enum ex_status status = ex_image_new(rgb->width, rgb->height, 1, out);

	for (int y = 0; status == EX_OK && y < rgb->height; y++) {
		const uint8_t *p = ex_image_row(rgb, y);
		uint8_t *to = ex_image_row(out, y);

		for (int x = 0; x < rgb->width; x++, p += 3)
			to[x] = ex_luma(p[0], p[1], p[2]);
	}
	return status;
}

/* The library's code; where that is 0, what we say is in `status`. */
static int
decode_pixels(spng_ctx *png, const struct ex_image_job *job,
    struct ex_image *im, enum ex_status *status)
{
	bool alpha = job->channels == 4;
	struct spng_ihdr header;
	int code = open_png(png, job->in, &header);

	if (code)
		return code;
	*status = ex_image_new(
	    (int)header.width, (int)header.height, alpha ? 4 : 3, im);
	if (*status != EX_OK)
		return 0;
	code = spng_decode_image(png, im->pixels,
	    im->stride_bytes * (size_t)im->height,
	    alpha ? SPNG_FMT_RGBA8 : SPNG_FMT_RGB8,
	    alpha ? SPNG_DECODE_TRNS : 0);
	/* To the end: later chunks are part of the file too. */
	return code ? code : spng_decode_chunks(png);
}

enum ex_status
ex_png_decode(const struct ex_image_job *job, struct ex_image *out)
{
	enum ex_status status = check_chunks(job);
	struct ex_image im = { 0 };
	spng_ctx *png;
	int code = SPNG_EMEM;

	if (status != EX_OK)
		return status;
	png = new_context(0);
	if (png)
		code = decode_pixels(png, job, &im, &status);
	spng_ctx_free(png);
	if (code)
		status = ex_fail(job->err, library_status(code), job->what,
		    "PNG: %s", spng_strerror(code));
	else if (status == EX_OK && job->channels == 1)
		status = to_grey(&im, out);
	if (!code && status != EX_OK)
		ex_fail(job->err, status, job->what, NULL);
	if (status == EX_OK && job->channels != 1)
		*out = im;
	else
		ex_image_free(&im);
	return status;
}

static int
write_rows(spng_ctx *png, const struct ex_image *im)
{
	struct spng_ihdr header = {
		.width = (uint32_t)im->width,
		.height = (uint32_t)im->height,
		.bit_depth = 8,
		.color_type = im->channels == 1 ? SPNG_COLOR_TYPE_GRAYSCALE
			      : im->channels == 3
				  ? SPNG_COLOR_TYPE_TRUECOLOR
				  : SPNG_COLOR_TYPE_TRUECOLOR_ALPHA,
	};
	size_t row_bytes = (size_t)im->width * (size_t)im->channels;
	int code = spng_set_option(png, SPNG_ENCODE_TO_BUFFER, 1);

	if (!code)
		code = spng_set_ihdr(png, &header);
	if (!code)
		code = spng_encode_image(png, NULL, 0, SPNG_FMT_PNG,
		    SPNG_ENCODE_PROGRESSIVE | SPNG_ENCODE_FINALIZE);
	for (int y = 0; !code && y < im->height; y++)
		code = spng_encode_row(png, ex_image_row(im, y), row_bytes);
	return code == SPNG_EOI ? 0 : code;
}

enum ex_status
ex_image_encode_png(const struct ex_image *im, struct ex_blob *out)
{
	spng_ctx *png = new_context(SPNG_CTX_ENCODER);
	int code = SPNG_EMEM;
	size_t size = 0;

	*out = (struct ex_blob){ 0 };
	if (png)
		code = write_rows(png, im);
	if (!code)
		out->data = spng_get_png_buffer(png, &size, &code);
	if (out->data)
		out->size = size;
	spng_ctx_free(png);
	if (code)
		return starved ? EX_ERR_NOMEM : EX_ERR_INTERNAL;
	return EX_OK;
}
