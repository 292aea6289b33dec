/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* C0, DEL, and C1 (U+0080..U+009F), which terminals obey as well; marks that
 * turn the direction of writing (U+202A..U+202E, U+2066..U+2069), with which
 * one id could pose as another. */
static bool
is_control(const unsigned char *s)
{
	if (s[0] == 0xe2 && s[1] == 0x80)
		return s[2] >= 0xaa && s[2] <= 0xae;
	if (s[0] == 0xe2 && s[1] == 0x81)
		return s[2] >= 0xa6 && s[2] <= 0xa9;
	return s[0] < 0x20 || s[0] == 0x7f ||
	       (s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0);
}

void
ex_text_json(FILE *f, const char *s)
{
	const unsigned char *p = (const void *)s;

	fputc('"', f);
	while (*p) {
		size_t n = ex_utf8_length(p);

		if (n == 0)
			fputs("\\ufffd", f);
		else if (*p == '"' || *p == '\\')
			fprintf(f, "\\%c", *p);
		else if (*p < 0x20)
			fprintf(f, "\\u%04x", (unsigned)*p);
		else
			fwrite(p, 1, n, f);
		p += n ? n : 1;
	}
	fputc('"', f);
}

void
ex_text_html(FILE *f, const char *s)
{
	const unsigned char *p = (const void *)s;

	while (*p) {
		size_t n = ex_utf8_length(p);

		if (n == 0 || is_control(p))
			fputs("&#xfffd;", f);
		else if (strchr("&<>\"'`=", *p))
			fprintf(f, "&#%d;", *p);
		else
			fwrite(p, 1, n, f);
		p += n ? n : 1;
	}
}

void
ex_text_plain(FILE *f, const char *s, int width)
{
	const unsigned char *p = (const void *)s;

	while (*p) {
		size_t n = ex_utf8_length(p);

		if (n == 0 || is_control(p))
			fputc('?', f);
		else
			fwrite(p, 1, n, f);
		p += n ? n : 1;
		width--;
	}
	fprintf(f, "%*s", width > 0 ? width : 0, "");
}

void
ex_text_base64(FILE *f, struct ex_bytes in)
{
	char out[4];

	while (in.size > 0) {
		ex_base64_group(&in, out);
		fwrite(out, 1, sizeof out, f);
	}
}

char *
ex_text_written(void (*put)(FILE *f, const void *arg), const void *arg)
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	bool failed;

	if (!f)
		return NULL;
	put(f, arg);
	failed = ferror(f) != 0;
	failed |= fclose(f) != 0;
	if (failed) {
		free(text);
		text = NULL;
	}
	return text;
}
