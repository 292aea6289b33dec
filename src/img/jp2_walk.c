/* SPDX-License-Identifier: Apache-2.0 */
/* The boxes of a JP2 file, ITU-T T.800 annex I. The library is given the
 * codestream alone: palettes, profiles and the rest never reach it. */
#include "codec.h"

#include <string.h>

#define BOX(a, b, c, d)                                                        \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d))

static const char cut_short[] = "cut short";

/* I.4: LBox, TBox, and XLBox where LBox is 1; LBox 0 runs to the end. The
 * content of a box that is longer than the file is what there is of it, with
 * `cut` set. */
struct box {
	uint32_t type;
	struct ex_bytes content;
	bool cut;
};

static bool
take_box(struct ex_bytes *in, struct box *box)
{
	uint32_t length, high = 0, low = 0;
	uint64_t size;

	if (!ex_bytes_be32(in, &length) || !ex_bytes_be32(in, &box->type))
		return false;
	if (length == 1 &&
	    (!ex_bytes_be32(in, &high) || !ex_bytes_be32(in, &low)))
		return false;
	size = length == 1 ? (uint64_t)high << 32 | low : length;
	uint64_t header = length == 1 ? 16 : 8;
	if (length == 0)
		size = in->size + header;
	if (size < header)
		return false;
	size -= header;
	box->cut = size > in->size;
	return ex_bytes_take(
	    in, box->cut ? in->size : (size_t)size, &box->content);
}

/* I.5.3.1: height, width, components, bits, compression, unknown, rights. */
static enum ex_status
take_ihdr(struct ex_bytes in, struct ex_jp2_facts *f, struct ex_walk_error *e)
{
	uint16_t components;

	if (f->components)
		return ex_walk_fail(e, EX_ERR_FORMAT, "two picture headers");
	if (!ex_bytes_be32(&in, &f->height) || !ex_bytes_be32(&in, &f->width) ||
	    !ex_bytes_be16(&in, &components) || components == 0)
		return ex_walk_fail(e, EX_ERR_FORMAT, "a bad picture header");
	f->components = components;
	return EX_OK;
}

/* I.5.3.3: method, precedence, approximation; the first box counts. A profile
 * (method 2) is not applied: colours stay as they came. */
static enum ex_status
take_colr(struct ex_bytes in, struct ex_jp2_facts *f, struct ex_walk_error *e)
{
	uint8_t head[3];
	uint32_t colour;

	if (!ex_bytes_copy(&in, head, sizeof head))
		return ex_walk_fail(e, EX_ERR_FORMAT, "a bad colour box");
	if (head[0] != 1 || f->colour)
		return EX_OK;
	if (!ex_bytes_be32(&in, &colour))
		return ex_walk_fail(e, EX_ERR_FORMAT, "a bad colour box");
	if (colour != EX_JP2_SRGB && colour != EX_JP2_GREY &&
	    colour != EX_JP2_SYCC)
		return ex_walk_fail(e, EX_ERR_UNSUPPORTED,
		    colour == EX_JP2_CMYK ? "CMYK colours"
					  : "a colour space it does not know");
	f->colour = colour;
	return EX_OK;
}

/* I.5.3.6: channel, type, association; only the order that needs no sorting:
 * colours 1, 2, 3, then opacity of the whole picture. */
static enum ex_status
take_cdef(struct ex_bytes in, struct ex_jp2_facts *f, struct ex_walk_error *e)
{
	unsigned colours =
	    f->components & 1 ? f->components : f->components - 1;
	uint16_t count, d[3];

	if (!ex_bytes_be16(&in, &count))
		return ex_walk_fail(e, EX_ERR_FORMAT, "a bad channel box");
	for (unsigned i = 0; i < count; i++) {
		for (int k = 0; k < 3; k++)
			if (!ex_bytes_be16(&in, &d[k]))
				return ex_walk_fail(
				    e, EX_ERR_FORMAT, "a bad channel box");
		bool opacity = d[0] >= colours;
		if (d[1] != (opacity ? 1 : 0) ||
		    d[2] != (opacity ? 0 : d[0] + 1))
			return ex_walk_fail(e, EX_ERR_UNSUPPORTED,
			    "channels in an order of their own");
	}
	return EX_OK;
}

static enum ex_status
take_header(struct ex_bytes in, struct ex_jp2_facts *f, struct ex_walk_error *e)
{
	enum ex_status status = EX_OK;
	struct box box;

	while (in.size && status == EX_OK) {
		if (!take_box(&in, &box) || box.cut)
			return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
		if (box.type == BOX('i', 'h', 'd', 'r'))
			status = take_ihdr(box.content, f, e);
		else if (!f->components)
			return ex_walk_fail(
			    e, EX_ERR_FORMAT, "a picture header must be first");
		else if (box.type == BOX('c', 'o', 'l', 'r'))
			status = take_colr(box.content, f, e);
		else if (box.type == BOX('c', 'd', 'e', 'f'))
			status = take_cdef(box.content, f, e);
		else if (box.type == BOX('p', 'c', 'l', 'r') ||
			 box.type == BOX('c', 'm', 'a', 'p'))
			return ex_walk_fail(e, EX_ERR_UNSUPPORTED, "a palette");
	}
	return status;
}

enum ex_status
ex_jp2_walk(
    struct ex_bytes in, struct ex_jp2_facts *facts, struct ex_walk_error *e)
{
	enum ex_status status;
	struct box box;

	*facts = (struct ex_jp2_facts){ 0 };
	for (;;) {
		if (!take_box(&in, &box))
			return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
		if (box.type == BOX('j', 'p', '2', 'c'))
			break;
		if (box.cut)
			return ex_walk_fail(e, EX_ERR_TRUNCATED, cut_short);
		if (box.type != BOX('j', 'p', '2', 'h'))
			continue;
		status = take_header(box.content, facts, e);
		if (status != EX_OK)
			return status;
	}
	if (!facts->components)
		return ex_walk_fail(
		    e, EX_ERR_FORMAT, "the codestream before its header");
	/* A codestream cut short is told by its own walk. */
	facts->codestream = box.content;
	return EX_OK;
}
