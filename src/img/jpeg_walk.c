/* SPDX-License-Identifier: Apache-2.0 */
/* The markers of a JPEG file, ITU-T T.81 annex B. */
#include "codec.h"

#include <string.h>

/* A progressive file may repeat its scans; each costs a pass over the whole
 * picture, so a small file could keep a lane busy for minutes. Encoders write
 * ten or so. */
#define MAX_SCANS 64

enum {
	M_SOF0 = 0xc0,
	M_SOF2 = 0xc2,
	M_DHT = 0xc4,
	M_JPG = 0xc8,
	M_DAC = 0xcc,
	M_SOF15 = 0xcf,
	M_RST0 = 0xd0,
	M_RST7 = 0xd7,
	M_SOI = 0xd8,
	M_EOI = 0xd9,
	M_SOS = 0xda,
	M_APP1 = 0xe1,
};

static const char cut_short[] = "cut short";

/* Markers are 0xff, more 0xff as filling, and a code (B.1.1.2). */
static enum ex_status
take_marker(struct ex_bytes *in, unsigned *marker, struct ex_walk_error *e)
{
	uint8_t b;

	if (!ex_bytes_u8(in, &b))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	if (b != 0xff)
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "a marker is missing between segments");
	while (b == 0xff)
		if (!ex_bytes_u8(in, &b))
			return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	if (b <= 1 || (b >= M_RST0 && b <= M_SOI))
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "a marker stands where none may");
	*marker = b;
	return EX_OK;
}

static bool
is_frame(unsigned marker)
{
	return marker >= M_SOF0 && marker <= M_SOF15 && marker != M_DHT &&
	       marker != M_JPG && marker != M_DAC;
}

/* Frame header (B.2.2): precision, lines, samples a line, components. */
static enum ex_status
take_frame(unsigned marker, struct ex_bytes body, struct ex_jpeg_facts *f,
    struct ex_walk_error *e)
{
	uint8_t precision, components;
	uint16_t width, height;

	if (f->frame)
		return ex_walk_fail(e, EX_ERR_FORMAT, "two frame headers");
	if (!ex_bytes_u8(&body, &precision) || !ex_bytes_be16(&body, &height) ||
	    !ex_bytes_be16(&body, &width) || !ex_bytes_u8(&body, &components))
		return ex_walk_fail(e, EX_ERR_FORMAT, "frame header too short");
	f->frame = marker;
	f->precision = precision;
	f->width = width;
	f->height = height;
	f->components = components;
	return EX_OK;
}

static void
take_exif(struct ex_bytes body, struct ex_jpeg_facts *f)
{
	struct ex_bytes name;

	if (!f->exif.data && ex_bytes_take(&body, 6, &name) &&
	    !memcmp(name.data, "Exif\0", 6))
		f->exif = body;
}

/* Entropy-coded data end at a marker that is neither a stuffed zero nor a
 * restart (B.1.1.5); leaves `in` at that marker. */
static bool
skip_scan(struct ex_bytes *in)
{
	while (in->size >= 2) {
		const uint8_t *p = memchr(in->data, 0xff, in->size - 1);
		struct ex_bytes passed;

		if (!p)
			return false;
		ex_bytes_take(in, (size_t)(p - in->data), &passed);
		if (p[1] != 0 && p[1] != 0xff &&
		    (p[1] < M_RST0 || p[1] > M_RST7))
			return true;
		/* Filling may precede a marker: step over one byte of it. */
		ex_bytes_take(in, p[1] == 0xff ? 1 : 2, &passed);
	}
	return false;
}

static enum ex_status
take_scan(struct ex_bytes *in, struct ex_jpeg_facts *f, struct ex_walk_error *e)
{
	if (!f->frame)
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "a scan before its frame header");
	if (++f->scans > MAX_SCANS)
		return ex_walk_fail(
		    e, EX_ERR_UNSUPPORTED, "more scans than any camera writes");
	if (!skip_scan(in))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	return EX_OK;
}

static enum ex_status
take_segment(struct ex_bytes *in, unsigned marker, struct ex_jpeg_facts *f,
    struct ex_walk_error *e)
{
	struct ex_bytes body;
	uint16_t length;

	if (!ex_bytes_be16(in, &length))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	if (length < 2)
		return ex_walk_fail(e, EX_ERR_FORMAT, "a segment of no length");
	if (!ex_bytes_take(in, length - 2u, &body))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	if (is_frame(marker))
		return take_frame(marker, body, f, e);
	if (marker == M_APP1)
		take_exif(body, f);
	if (marker == M_SOS)
		return take_scan(in, f, e);
	return EX_OK;
}

enum ex_status
ex_jpeg_walk(struct ex_bytes in, enum ex_walk how, struct ex_jpeg_facts *facts,
    struct ex_walk_error *e)
{
	enum ex_status status;
	unsigned marker = 0;
	struct ex_bytes soi;

	*facts = (struct ex_jpeg_facts){ 0 };
	if (!ex_bytes_take(&in, 2, &soi))
		return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
	for (;;) {
		status = take_marker(&in, &marker, e);
		if (status != EX_OK)
			return status;
		if (marker == M_EOI)
			break;
		status = take_segment(&in, marker, facts, e);
		if (status != EX_OK)
			return status;
		if (facts->frame && how == EX_WALK_HEADER)
			return EX_OK;
	}
	if (!facts->scans)
		return ex_walk_fail(e, EX_ERR_FORMAT, "holds no picture");
	return EX_OK;
}
