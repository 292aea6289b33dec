/* SPDX-License-Identifier: Apache-2.0 */
/* One tag of one directory; everything else in Exif is none of our business.
 * TIFF 6.0, section 2: header, then a directory of 12-byte entries. */
#include "codec.h"

#define TAG_ORIENTATION 0x0112
#define TYPE_SHORT      3

struct tiff {
	struct ex_bytes left;
	bool little;
};

static bool
take_u16(struct tiff *t, uint16_t *out)
{
	if (!ex_bytes_be16(&t->left, out))
		return false;
	if (t->little)
		*out = __builtin_bswap16(*out);
	return true;
}

static bool
take_u32(struct tiff *t, uint32_t *out)
{
	return t->little ? ex_bytes_le32(&t->left, out)
			 : ex_bytes_be32(&t->left, out);
}

/* Byte order, the number 42, and where the first directory starts. */
static bool
open_directory(struct tiff *t)
{
	struct ex_bytes whole = t->left, skipped;
	uint16_t order, magic;
	uint32_t offset;

	if (!ex_bytes_be16(&t->left, &order) ||
	    (order != 0x4949 && order != 0x4d4d)) /* "II" or "MM" */
		return false;
	t->little = order == 0x4949;
	if (!take_u16(t, &magic) || magic != 42 || !take_u32(t, &offset))
		return false;
	t->left = whole;
	return ex_bytes_take(&t->left, offset, &skipped);
}

int
ex_exif_orientation(struct ex_bytes in)
{
	struct tiff t = { in, false };
	uint16_t entries;

	if (!open_directory(&t) || !take_u16(&t, &entries))
		return 1;
	for (unsigned i = 0; i < entries; i++) {
		uint16_t tag, type, value, rest;
		uint32_t count;

		if (!take_u16(&t, &tag) || !take_u16(&t, &type) ||
		    !take_u32(&t, &count) || !take_u16(&t, &value) ||
		    !take_u16(&t, &rest))
			return 1;
		if (tag == TAG_ORIENTATION)
			return type == TYPE_SHORT && count == 1 && value >= 1 &&
				       value <= 8
				   ? value
				   : 1;
	}
	return 1;
}
