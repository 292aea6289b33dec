/* SPDX-License-Identifier: Apache-2.0 */
/* JPEG 2000 in, through OpenJPEG in strict mode; its warnings are refusals. */
#include "codec.h"

#include <openjpeg.h>
#include <string.h>

/* The library holds each sample in 4 bytes, twice. */
#define MAX_PIXELS EX_IMAGE_MAX_PIXELS_JP2

/* What both forms come to. */
struct source {
	struct ex_bytes codestream;
	uint32_t colour;
	struct ex_j2k_facts facts;
};

static enum ex_status
open_source(struct ex_bytes in, enum ex_walk how, struct source *s,
    struct ex_walk_error *e)
{
	struct ex_jp2_facts boxes = { .codestream = in };
	bool boxed = ex_image_type(in) == EX_IMAGE_JP2;
	enum ex_status status = boxed ? ex_jp2_walk(in, &boxes, e) : EX_OK;

	if (status != EX_OK)
		return status;
	s->codestream = boxes.codestream;
	s->colour = boxes.colour;
	status = ex_j2k_walk(s->codestream, how, &s->facts, e);
	if (status != EX_OK || !boxed)
		return status;
	if (boxes.width != s->facts.width || boxes.height != s->facts.height ||
	    boxes.components != s->facts.components)
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "its headers contradict each other");
	return EX_OK;
}

enum ex_status
ex_jp2_peek(struct ex_bytes in, uint32_t *width, uint32_t *height,
    struct ex_walk_error *e)
{
	struct source s;
	enum ex_status status = open_source(in, EX_WALK_HEADER, &s, e);

	if (status != EX_OK)
		return status;
	*width = s.facts.width;
	*height = s.facts.height;
	if (ex_image_fits(*width, *height) &&
	    (uint64_t)*width * *height > MAX_PIXELS)
		return ex_walk_fail(e, EX_ERR_TOO_LARGE,
		    "more pixels than are read of this kind");
	return EX_OK;
}

/* ---- the library's stream over our bytes ------------------------------- */

struct reader {
	struct ex_bytes whole;
	size_t at;
};

static OPJ_SIZE_T
read_bytes(void *to, OPJ_SIZE_T n, void *user)
{
	struct reader *r = user;
	size_t left = r->whole.size - r->at;

	if (left == 0)
		return (OPJ_SIZE_T)-1;
	n = n < left ? n : left;
	memcpy(to, r->whole.data + r->at, n);
	r->at += n;
	return n;
}

static OPJ_OFF_T
skip_bytes(OPJ_OFF_T n, void *user)
{
	struct reader *r = user;
	size_t left = r->whole.size - r->at;

	if (n < 0)
		return -1;
	if ((uint64_t)n > left)
		n = (OPJ_OFF_T)left;
	r->at += (size_t)n;
	return n;
}

static OPJ_BOOL
seek_bytes(OPJ_OFF_T to, void *user)
{
	struct reader *r = user;

	if (to < 0 || (uint64_t)to > r->whole.size)
		return OPJ_FALSE;
	r->at = (size_t)to;
	return OPJ_TRUE;
}

static opj_stream_t *
open_stream(struct reader *r)
{
	opj_stream_t *stream = opj_stream_default_create(OPJ_TRUE);

	if (!stream)
		return NULL;
	opj_stream_set_read_function(stream, read_bytes);
	opj_stream_set_skip_function(stream, skip_bytes);
	opj_stream_set_seek_function(stream, seek_bytes);
	opj_stream_set_user_data(stream, r, NULL);
	opj_stream_set_user_data_length(stream, r->whole.size);
	return stream;
}

/* ---- decoding ---------------------------------------------------------- */

/* The first thing the library says; it ends its lines with a newline. */
static void
note(const char *text, void *user)
{
	char *noted = user;

	if (!noted[0])
		snprintf(noted, 128, "%.*s", (int)strcspn(text, "\n"), text);
}

static opj_codec_t *
open_codec(char noted[static 128])
{
	opj_codec_t *codec = opj_create_decompress(OPJ_CODEC_J2K);
	opj_dparameters_t parameters;

	if (!codec)
		return NULL;
	opj_set_default_decoder_parameters(&parameters);
	opj_set_error_handler(codec, note, noted);
	opj_set_warning_handler(codec, note, noted);
	if (!opj_setup_decoder(codec, &parameters) ||
	    !opj_decoder_set_strict_mode(codec, OPJ_TRUE)) {
		opj_destroy_codec(codec);
		return NULL;
	}
	return codec;
}

/* The library's picture is what the walk saw: no index below can stray. */
static bool
as_walked(const opj_image_t *im, const struct ex_j2k_facts *f)
{
	if (im->numcomps != f->components)
		return false;
	for (unsigned i = 0; i < f->components; i++) {
		const opj_image_comp_t *c = &im->comps[i];

		if (!c->data || c->w != f->width || c->h != f->height ||
		    c->prec < 1 || c->prec > 16)
			return false;
	}
	return true;
}

static void
free_image(opj_image_t *im)
{
	for (unsigned i = 0; im && i < im->numcomps; i++) {
		const opj_image_comp_t *c = &im->comps[i];

		if (c->data)
			ex_wipe(c->data, (size_t)c->w * c->h * sizeof *c->data);
	}
	opj_image_destroy(im);
}

static enum ex_status
run_library(
    const struct ex_image_job *job, const struct source *s, opj_image_t **out)
{
	struct reader r = { s->codestream, 0 };
	char noted[128] = "";
	opj_codec_t *codec = open_codec(noted);
	opj_stream_t *stream = open_stream(&r);
	opj_image_t *im = NULL;
	enum ex_status status = EX_OK;

	if (!codec || !stream) {
		status = ex_fail(job->err, EX_ERR_NOMEM, job->what, NULL);
		goto out;
	}
	if (!opj_read_header(stream, codec, &im) ||
	    !opj_decode(codec, stream, im) ||
	    !opj_end_decompress(codec, stream) || noted[0]) {
		status = ex_fail(job->err, EX_ERR_FORMAT, job->what,
		    "JPEG 2000: %s", noted[0] ? noted : "corrupt");
		goto out;
	}
	if (!as_walked(im, &s->facts)) {
		status = ex_fail(job->err, EX_ERR_FORMAT, job->what,
		    "JPEG 2000: its headers contradict each other");
		goto out;
	}
	*out = im;
	im = NULL;
out:
	free_image(im);
	if (stream)
		opj_stream_destroy(stream);
	if (codec)
		opj_destroy_codec(codec);
	return status;
}

/* ---- samples to pixels ------------------------------------------------- */

static unsigned
clamp_byte(int v)
{
	return v < 0 ? 0 : v > 255 ? 255 : (unsigned)v;
}

/* One sample in 8 bits: more bits are cut, fewer spread over the range. */
static unsigned
sample(const opj_image_comp_t *c, size_t i)
{
	int v = c->data[i] + (c->sgnd ? 1 << (c->prec - 1) : 0);

	if (c->prec > 8)
		v >>= c->prec - 8;
	else if (c->prec < 8)
		v = v * 255 / ((1 << c->prec) - 1);
	return clamp_byte(v);
}

/* sYCC (IEC 61966-2-1 annex G) to RGB, 16 bits of fraction. */
static void
from_sycc(unsigned rgb[static 3])
{
	int y = (int)rgb[0] * 65536 + 32768;
	int cb = (int)rgb[1] - 128, cr = (int)rgb[2] - 128;

	rgb[0] = clamp_byte((y + 91881 * cr) >> 16);
	rgb[1] = clamp_byte((y - 22554 * cb - 46802 * cr) >> 16);
	rgb[2] = clamp_byte((y + 116130 * cb) >> 16);
}

static void
put_pixel(
    const opj_image_t *im, uint32_t colour, size_t i, int channels, uint8_t *to)
{
	unsigned n = im->numcomps, alpha = 255, p[3];

	p[0] = p[1] = p[2] = sample(&im->comps[0], i);
	if (n >= 3) {
		p[1] = sample(&im->comps[1], i);
		p[2] = sample(&im->comps[2], i);
		if (colour == EX_JP2_SYCC)
			from_sycc(p);
	}
	if (n == 2 || n == 4)
		alpha = sample(&im->comps[n - 1], i);
	if (channels == 1) {
		to[0] = ex_luma(p[0], p[1], p[2]);
		return;
	}
	for (int c = 0; c < 3; c++)
		to[c] = (uint8_t)p[c];
	if (channels == 4)
		to[3] = (uint8_t)alpha;
}

static enum ex_status
refuse_kind(const struct ex_image_job *job, const struct ex_j2k_facts *f)
{
	if (f->subsampled)
		return ex_fail(job->err, EX_ERR_UNSUPPORTED, job->what,
		    "JPEG 2000: components of different sizes");
	if (f->precision > 16)
		return ex_fail(job->err, EX_ERR_UNSUPPORTED, job->what,
		    "JPEG 2000: %u bits a sample; at most 16 are read",
		    f->precision);
	return EX_OK;
}

enum ex_status
ex_jp2_decode(const struct ex_image_job *job, struct ex_image *out)
{
	struct ex_walk_error e = { NULL };
	struct source s;
	opj_image_t *im = NULL;
	enum ex_status status = open_source(job->in, EX_WALK_WHOLE, &s, &e);

	if (status != EX_OK)
		return ex_fail(
		    job->err, status, job->what, "JPEG 2000: %s", e.why);
	status = refuse_kind(job, &s.facts);
	if (status == EX_OK)
		status = run_library(job, &s, &im);
	if (status != EX_OK)
		return status;
	status = ex_image_new(
	    (int)s.facts.width, (int)s.facts.height, job->channels, out);
	if (status != EX_OK)
		ex_fail(job->err, status, job->what, NULL);
	for (int y = 0; status == EX_OK && y < out->height; y++) {
		uint8_t *to = ex_image_row(out, y);
		size_t i = (size_t)y * (size_t)out->width;

		for (int x = 0; x < out->width; x++, to += job->channels)
			put_pixel(im, s.colour, i++, job->channels, to);
	}
	free_image(im);
	return status;
}
