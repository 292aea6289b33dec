/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool
reserve(struct ex_json_out *o, size_t more)
{
	size_t room = o->room ? o->room : 1024;
	char *text;

	if (o->failed)
		return false;
	while (room < o->size + more + 1)
		room *= 2;
	if (room == o->room)
		return true;
	text = ex_calloc(room, 1);
	if (!text) {
		o->failed = true;
		return false;
	}
	if (o->size)
		memcpy(text, o->text, o->size);
	free(o->text);
	o->text = text;
	o->room = room;
	return true;
}

static void
append(struct ex_json_out *o, const char *s, size_t n)
{
	if (!reserve(o, n))
		return;
	memcpy(o->text + o->size, s, n);
	o->size += n;
	o->text[o->size] = '\0';
	for (size_t i = 0; i < n; i++)
		o->column = s[i] == '\n' ? 0 : o->column + 1;
}

void
ex_json_put(struct ex_json_out *o, const char *format, ...)
{
	char text[256]; /* our own formats and numbers only */
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof text)
		o->failed = true;
	else
		append(o, text, (size_t)n);
}

void
ex_json_put_string(struct ex_json_out *o, const char *s)
{
	const unsigned char *p = (const void *)s;

	append(o, "\"", 1);
	while (*p) {
		size_t n = ex_utf8_length(p);

		if (n == 0)
			append(o, "\\ufffd", 6);
		else if (*p == '"' || *p == '\\')
			ex_json_put(o, "\\%c", *p);
		else if (*p < 0x20)
			ex_json_put(o, "\\u%04x", *p);
		else
			append(o, (const char *)p, n);
		p += n ? n : 1;
	}
	append(o, "\"", 1);
}

void
ex_json_put_strings(
    struct ex_json_out *o, const char *const list[], size_t n, unsigned indent)
{
	append(o, "[", 1);
	for (size_t i = 0; i < n; i++) {
		if (i)
			append(o, ",", 1);
		if (o->column + strlen(list[i]) + 3 > 80)
			ex_json_put(o, "\n%*s", (int)indent, "");
		ex_json_put_string(o, list[i]);
	}
	append(o, "]", 1);
}

void
ex_json_put_fixed(struct ex_json_out *o, int decimals, double v)
{
	if (isfinite(v))
		ex_json_put(o, "%.*f", decimals, v);
	else
		append(o, "null", 4);
}

void
ex_json_put_digits(struct ex_json_out *o, int digits, double v)
{
	if (isfinite(v))
		ex_json_put(o, "%.*g", digits, v);
	else
		append(o, "null", 4);
}

void
ex_json_put_box(struct ex_json_out *o, struct ex_box box)
{
	const float v[4] = { box.x, box.y, box.w, box.h };

	for (size_t i = 0; i < 4; i++) {
		append(o, i ? "," : "[", 1);
		/* What a float surely holds, so that it reads the same. */
		ex_json_put_digits(o, FLT_DIG, (double)v[i]);
	}
	append(o, "]", 1);
}

char *
ex_json_take(struct ex_json_out *o)
{
	char *text = o->failed ? NULL : o->text;

	if (o->failed)
		free(o->text);
	*o = (struct ex_json_out){ 0 };
	return text;
}

enum ex_status
ex_json_save(struct ex_json_out *o, const char *path, struct ex_error *err)
{
	size_t size = o->size;
	char *text = ex_json_take(o);
	enum ex_status status;

	if (!text)
		return ex_fail(err, EX_ERR_NOMEM, path, NULL);
	status = ex_file_write(path, text, size, err);
	ex_wipe(text, size);
	free(text);
	return status;
}
