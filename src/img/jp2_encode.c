/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG 2000 out, lossless: for tests and synthetic documents. */
#include "codec.h"

#include <assert.h>
#include <openjpeg.h>
#include <stdlib.h>
#include <string.h>

/* Grows by doubling; `size` is the furthest byte written. */
struct writer {
	uint8_t *data;
	size_t size, capacity, at;
};

static bool
grow(struct writer *w, size_t need)
{
	size_t capacity = w->capacity ? w->capacity : 4096;
	uint8_t *data;

	if (need <= w->capacity)
		return true;
	while (capacity < need)
		capacity *= 2;
	data = ex_calloc(capacity, 1);
	if (!data)
		return false;
	if (w->size)
		memcpy(data, w->data, w->size);
	free(w->data);
	w->data = data;
	w->capacity = capacity;
	return true;
}

static OPJ_SIZE_T
write_bytes(void *from, OPJ_SIZE_T n, void *user)
{
	struct writer *w = user;

	if (n > EX_IMAGE_MAX_BYTES || w->at > EX_IMAGE_MAX_BYTES - n ||
	    !grow(w, w->at + n))
		return (OPJ_SIZE_T)-1;
	memcpy(w->data + w->at, from, n);
	w->at += n;
	if (w->at > w->size)
		w->size = w->at;
	return n;
}

static OPJ_BOOL
seek_writer(OPJ_OFF_T to, void *user)
{
	struct writer *w = user;

	if (to < 0 || to > EX_IMAGE_MAX_BYTES || !grow(w, (size_t)to))
		return OPJ_FALSE;
	w->at = (size_t)to;
	return OPJ_TRUE;
}

static OPJ_OFF_T
skip_writer(OPJ_OFF_T n, void *user)
{
	struct writer *w = user;

	return seek_writer((OPJ_OFF_T)w->at + n, w) ? n : -1;
}

static opj_stream_t *
open_writer(struct writer *w)
{
	opj_stream_t *stream = opj_stream_default_create(OPJ_FALSE);

	if (!stream)
		return NULL;
	opj_stream_set_write_function(stream, write_bytes);
	opj_stream_set_skip_function(stream, skip_writer);
	opj_stream_set_seek_function(stream, seek_writer);
	opj_stream_set_user_data(stream, w, NULL);
	return stream;
}

static opj_image_t *
to_components(const struct ex_image *from)
{
	opj_image_cmptparm_t part[4] = { 0 };
	unsigned n = (unsigned)from->channels;
	opj_image_t *im;

	for (unsigned c = 0; c < n; c++) {
		part[c].dx = part[c].dy = 1;
		part[c].w = (OPJ_UINT32)from->width;
		part[c].h = (OPJ_UINT32)from->height;
		part[c].prec = 8;
	}
	im = opj_image_create(
	    n, part, n == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB);
	if (!im)
		return NULL;
	im->x1 = (OPJ_UINT32)from->width;
	im->y1 = (OPJ_UINT32)from->height;
	if (n == 4)
		im->comps[3].alpha = 1;
	for (int y = 0; y < from->height; y++)
		for (int x = 0; x < from->width; x++)
			for (unsigned c = 0; c < n; c++)
				im->comps[c]
				    .data[(size_t)y * (size_t)from->width +
					  (size_t)x] =
				    ex_image_row(from, y)[(size_t)x * n + c];
	return im;
}

/* Five halvings as is usual, fewer where the picture is too small for them. */
static int
resolutions(const struct ex_image *im)
{
	int side = im->width < im->height ? im->width : im->height, n = 1;

	while (n < 6 && side >> n > 0)
		n++;
	return n;
}

static bool
compress(opj_codec_t *codec, opj_stream_t *stream, opj_image_t *im,
    int numresolution)
{
	opj_cparameters_t p;

	opj_set_default_encoder_parameters(&p);
	p.numresolution = numresolution;
	p.tcp_numlayers = 1;
	p.cp_disto_alloc = 1;
	p.tcp_mct = im->numcomps >= 3;
	return opj_setup_encoder(codec, &p, im) &&
	       opj_start_compress(codec, im, stream) &&
	       opj_encode(codec, stream) && opj_end_compress(codec, stream);
}

enum ex_status
ex_image_encode_jp2(
    const struct ex_image *im, enum ex_image_type type, struct ex_blob *out)
{
	struct writer w = { 0 };
	enum ex_status status = EX_ERR_NOMEM;
	opj_codec_t *codec = opj_create_compress(
	    type == EX_IMAGE_JP2 ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
	opj_stream_t *stream = open_writer(&w);
	opj_image_t *parts = to_components(im);

	assert(type == EX_IMAGE_JP2 || type == EX_IMAGE_J2K);
	*out = (struct ex_blob){ 0 };
	/* What can fail in there is memory: for the library, or for `w`. */
	if (!codec || !stream || !parts ||
	    !compress(codec, stream, parts, resolutions(im)))
		goto out;
	*out = (struct ex_blob){ w.data, w.size };
	w.data = NULL;
	status = EX_OK;
out:
	opj_image_destroy(parts);
	if (stream)
		opj_stream_destroy(stream);
	if (codec)
		opj_destroy_codec(codec);
	free(w.data);
	return status;
}
