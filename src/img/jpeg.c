/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG through libjpeg-turbo. Its warnings are refusals here: the library
 * would paint grey over what is missing. */
#include "codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <turbojpeg.h>

enum { SOF_PROGRESSIVE = 0xc2 };

enum ex_status
ex_jpeg_peek(struct ex_bytes in, uint32_t *width, uint32_t *height,
    struct ex_walk_error *e)
{
	struct ex_jpeg_facts facts;
	enum ex_status status = ex_jpeg_walk(in, EX_WALK_HEADER, &facts, e);

	*width = facts.width;
	*height = facts.height;
	return status;
}

static int
pixel_format(int channels)
{
	return channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_RGBA;
}

/* The library tells its reasons in words only. */
static enum ex_status
library_status(const char *text)
{
	if (strstr(text, "emory"))
		return EX_ERR_NOMEM;
	if (strstr(text, "remature end"))
		return EX_ERR_TRUNCATED;
	if (strstr(text, "nsupported") || strstr(text, "not supported") ||
	    strstr(text, "subsampling type"))
		return EX_ERR_UNSUPPORTED;
	return EX_ERR_FORMAT;
}

static enum ex_status
library_fail(const struct ex_image_job *job, tjhandle tj)
{
	const char *text = tjGetErrorStr2(tj);

	return ex_fail(
	    job->err, library_status(text), job->what, "JPEG: %s", text);
}

static enum ex_status
check_facts(const struct ex_image_job *job, struct ex_jpeg_facts *facts)
{
	struct ex_walk_error e = { NULL };
	enum ex_status status = ex_jpeg_walk(job->in, EX_WALK_WHOLE, facts, &e);

	if (status != EX_OK)
		return ex_fail(job->err, status, job->what, "JPEG: %s", e.why);
	if (facts->frame > SOF_PROGRESSIVE)
		return ex_fail(job->err, EX_ERR_UNSUPPORTED, job->what,
		    "JPEG: neither baseline nor progressive (SOF%u)",
		    facts->frame & 15);
	if (facts->precision != 8)
		return ex_fail(job->err, EX_ERR_UNSUPPORTED, job->what,
		    "JPEG: %u bits a sample; 8 are read", facts->precision);
	if (facts->components != 1 && facts->components != 3)
		return ex_fail(job->err, EX_ERR_UNSUPPORTED, job->what,
		    "JPEG: %u components; grey and colour are read, "
		    "CMYK is not",
		    facts->components);
	return EX_OK;
}

static enum ex_status
decode_pixels(const struct ex_image_job *job, const struct ex_jpeg_facts *facts,
    tjhandle tj, struct ex_image *out)
{
	int width, height, sampling, space;
	enum ex_status status;

	if (tjDecompressHeader3(tj, job->in.data, job->in.size, &width, &height,
		&sampling, &space) != 0)
		return library_fail(job, tj);
	/* What was bounded must be what is decoded. */
	if ((uint32_t)width != facts->width ||
	    (uint32_t)height != facts->height || space == TJCS_CMYK ||
	    space == TJCS_YCCK)
		return ex_fail(job->err, EX_ERR_FORMAT, job->what,
		    "JPEG: its headers contradict each other");
	status = ex_image_new(width, height, job->channels, out);
	if (status != EX_OK)
		return ex_fail(job->err, status, job->what, NULL);
	if (tjDecompress2(tj, job->in.data, job->in.size, out->pixels, width,
		(int)out->stride_bytes, height, pixel_format(job->channels),
		TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS |
		    TJFLAG_ACCURATEDCT) != 0)
		return library_fail(job, tj);
	return EX_OK;
}

enum ex_status
ex_jpeg_decode(const struct ex_image_job *job, struct ex_image *out)
{
	struct ex_jpeg_facts facts;
	enum ex_status status = check_facts(job, &facts);
	tjhandle tj;

	if (status != EX_OK)
		return status;
	tj = tjInitDecompress();
	if (!tj)
		return ex_fail(job->err, EX_ERR_NOMEM, job->what, NULL);
	status = decode_pixels(job, &facts, tj, out);
	tjDestroy(tj);
	if (status == EX_OK && job->turn == EX_ORIENTATION_APPLY) {
		status = ex_image_orient(out, ex_exif_orientation(facts.exif));
		if (status != EX_OK)
			ex_fail(job->err, status, job->what, NULL);
	}
	return status;
}

enum ex_status
ex_image_encode_jpeg(
    const struct ex_image *im, int quality, struct ex_blob *out)
{
	enum ex_status status = EX_ERR_NOMEM;
	int sampling = im->channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
	unsigned long size = tjBufSize(im->width, im->height, sampling);
	tjhandle tj = tjInitCompress();
	uint8_t *data = NULL;

	assert(im->channels != 4 && quality >= 1 && quality <= 100);
	*out = (struct ex_blob){ 0 };
	if (!tj || size == (unsigned long)-1)
		goto out;
	data = ex_calloc(size, 1);
	if (!data)
		goto out;
	status = EX_ERR_INTERNAL;
	if (tjCompress2(tj, im->pixels, im->width, (int)im->stride_bytes,
		im->height, pixel_format(im->channels), &data, &size, sampling,
		quality, TJFLAG_NOREALLOC | TJFLAG_ACCURATEDCT) != 0)
		goto out;
	*out = (struct ex_blob){ data, size };
	data = NULL;
	status = EX_OK;
out:
	if (tj)
		tjDestroy(tj);
	free(data);
	return status;
}

static enum ex_status
shrunk(const struct ex_image *im, int side, struct ex_image *out)
{
	int longer = im->width > im->height ? im->width : im->height;
	int width = im->width * side / longer;
	int height = im->height * side / longer;

	return ex_image_resize(
	    im, width > 0 ? width : 1, height > 0 ? height : 1, out);
}

/* The best quality that fits, if one does; else EX_ERR_TOO_LARGE. */
static enum ex_status
encode_within(const struct ex_image *im, struct ex_blob *out)
{
	for (int quality = 90; quality >= 50; quality -= 10) {
		enum ex_status status = ex_image_encode_jpeg(im, quality, out);

		if (status != EX_OK || out->size <= EX_JPEG_BYTES)
			return status;
		ex_wipe(out->data, out->size);
		ex_blob_free(out);
	}
	return EX_ERR_TOO_LARGE;
}

enum ex_status
ex_image_encode_judged(const struct ex_image *im, struct ex_blob *out)
{
	int longer = im->width > im->height ? im->width : im->height;
	int side = longer < EX_JPEG_SIDE ? longer : EX_JPEG_SIDE;
	enum ex_status status = EX_ERR_TOO_LARGE;

	*out = (struct ex_blob){ 0 };
	if (side == longer) {
		status = encode_within(im, out);
		side = side * 3 / 4;
	}
	/* Even noise fits before the side is under a hundred. */
	for (; status == EX_ERR_TOO_LARGE; side = side * 3 / 4) {
		struct ex_image small;

		status = shrunk(im, side, &small);
		if (status != EX_OK)
			return status;
		status = encode_within(&small, out);
		ex_image_free(&small);
	}
	return status;
}
