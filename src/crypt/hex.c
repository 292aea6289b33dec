/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/crypt.h"

#include <string.h>

void
ex_hex_format(const void *data, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	const uint8_t *p = data;

	for (size_t i = 0; i < n; i++) {
		*out++ = digits[p[i] >> 4];
		*out++ = digits[p[i] & 15];
	}
	*out = '\0';
}

static bool
digit(uint8_t c, uint8_t *value)
{
	if (c >= '0' && c <= '9')
		*value = (uint8_t)(c - '0');
	else if (c >= 'a' && c <= 'f')
		*value = (uint8_t)(c - 'a' + 10);
	else if (c >= 'A' && c <= 'F')
		*value = (uint8_t)(c - 'A' + 10);
	else
		return false;
	return true;
}

bool
ex_hex_parse(struct ex_bytes text, void *out, size_t n)
{
	uint8_t *to = out, c, high, low;

	if (text.size % 2 != 0 || text.size / 2 != n)
		goto bad;
	for (size_t i = 0; i < n; i++) {
		if (!ex_bytes_u8(&text, &c) || !digit(c, &high) ||
		    !ex_bytes_u8(&text, &c) || !digit(c, &low))
			goto bad;
		to[i] = (uint8_t)(high << 4 | low);
	}
	return true;
bad:
	ex_wipe(out, n);
	return false;
}

struct ex_bytes
ex_string_bytes(const char *s)
{
	return (struct ex_bytes){ (const uint8_t *)s, strlen(s) };
}
