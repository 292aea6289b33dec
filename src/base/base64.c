/* SPDX-License-Identifier: Apache-2.0 */
/* RFC 4648, section 4: the plain alphabet, padded, nothing else. */
#include "exeunt/base.h"

#include <stdlib.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "abcdefghijklmnopqrstuvwxyz0123456789+/";

void
ex_base64_group(struct ex_bytes *in, char out[static 4])
{
	uint8_t b[3] = { 0 };
	size_t n = in->size < 3 ? in->size : 3;

	ex_bytes_copy(in, b, n);
	out[0] = digits[b[0] >> 2];
	out[1] = digits[(b[0] & 3) << 4 | b[1] >> 4];
	out[2] = n > 1 ? digits[(b[1] & 15) << 2 | b[2] >> 6] : '=';
	out[3] = n > 2 ? digits[b[2] & 63] : '=';
}

char *
ex_base64_text(struct ex_bytes in)
{
	char *text, *at;

	if (in.size > SIZE_MAX / 2)
		return NULL;
	text = ex_calloc((in.size + 2) / 3 * 4 + 1, 1);
	for (at = text; text && in.size > 0; at += 4)
		ex_base64_group(&in, at);
	return text;
}

static int
digit_value(uint8_t c)
{
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

/* Four digits become `n` bytes; the bits left over must be zero, so that each
 * text has one meaning and each meaning one text. */
static bool
take_group(struct ex_bytes *text, size_t n, uint8_t *out)
{
	uint8_t raw[4];
	uint32_t v = 0;

	if (!ex_bytes_copy(text, raw, 4))
		return false;
	for (size_t i = 0; i < 4; i++) {
		int d = i <= n ? digit_value(raw[i]) : raw[i] == '=' ? 0 : -1;

		if (d < 0)
			return false;
		v = v << 6 | (uint32_t)d;
	}
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)(v >> (16 - 8 * i));
	return (v & (0xffffffU >> (8 * n))) == 0;
}

enum ex_status
ex_base64_bytes(struct ex_bytes text, size_t most, struct ex_blob *out)
{
	size_t pad = 0, size, at = 0;
	uint8_t *data;

	*out = (struct ex_blob){ 0 };
	if (text.size % 4 != 0)
		return EX_ERR_FORMAT;
	while (
	    pad < 2 && pad < text.size && text.data[text.size - 1 - pad] == '=')
		pad++;
	size = text.size / 4 * 3 - pad;
	if (size > most)
		return EX_ERR_TOO_LARGE;
	data = ex_calloc(size + 1, 1);
	if (!data)
		return EX_ERR_NOMEM;
	while (at < size) {
		size_t n = size - at < 3 ? size - at : 3;

		if (!take_group(&text, n, data + at)) {
			ex_wipe(data, size);
			free(data);
			return EX_ERR_FORMAT;
		}
		at += n;
	}
	*out = (struct ex_blob){ data, size };
	return EX_OK;
}
