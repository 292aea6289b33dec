/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdlib.h>
#include <string.h>

bool
ex_bytes_take(struct ex_bytes *in, size_t n, struct ex_bytes *out)
{
	if (n > in->size)
		return false;
	*out = (struct ex_bytes){ in->data, n };
	if (n) {
		in->data += n;
		in->size -= n;
	}
	return true;
}

bool
ex_bytes_copy(struct ex_bytes *in, void *to, size_t n)
{
	struct ex_bytes part;

	if (!ex_bytes_take(in, n, &part))
		return false;
	if (n)
		memcpy(to, part.data, n);
	return true;
}

bool
ex_bytes_u8(struct ex_bytes *in, uint8_t *out)
{
	return ex_bytes_copy(in, out, 1);
}

bool
ex_bytes_be16(struct ex_bytes *in, uint16_t *out)
{
	uint8_t b[2];

	if (!ex_bytes_copy(in, b, sizeof b))
		return false;
	*out = (uint16_t)(b[0] << 8 | b[1]);
	return true;
}

bool
ex_bytes_be32(struct ex_bytes *in, uint32_t *out)
{
	uint16_t high, low;

	if (in->size < 4 || !ex_bytes_be16(in, &high) ||
	    !ex_bytes_be16(in, &low))
		return false;
	*out = (uint32_t)high << 16 | low;
	return true;
}

bool
ex_bytes_le32(struct ex_bytes *in, uint32_t *out)
{
	if (!ex_bytes_be32(in, out))
		return false;
	*out = __builtin_bswap32(*out);
	return true;
}

struct ex_bytes
ex_blob_bytes(const struct ex_blob *blob)
{
	return (struct ex_bytes){ blob->data, blob->size };
}

void
ex_blob_free(struct ex_blob *blob)
{
	free(blob->data);
	*blob = (struct ex_blob){ 0 };
}
