/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* An empty array costs jansson about 130 bytes for 3 of text; this keeps the
 * tree of a hostile file near 500 MB and lets 3 million frames through. */
#define MAX_VALUES 4000000

static bool
too_many_values(struct ex_bytes text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.size; i++)
		n += text.data[i] == ',' || text.data[i] == '[' ||
		     text.data[i] == '{';
	return n > MAX_VALUES;
}

/* jansson's own text quotes the input, so it stays here. */
static const char *
reason(const json_error_t *e)
{
	switch (json_error_code(e)) {
	case json_error_duplicate_key:
		return "a key is given twice";
	case json_error_premature_end_of_input:
		return "cut short";
	case json_error_invalid_utf8:
		return "not UTF-8";
	case json_error_stack_overflow:
		return "nested too deeply";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "holds a NUL character";
	default:
		return "not valid JSON";
	}
}

enum ex_status
ex_json_parse(
    const char *file, struct ex_bytes text, json_t **out, struct ex_error *err)
{
	json_error_t e = { 0 };

	*out = NULL;
	if (too_many_values(text))
		return ex_fail(err, EX_ERR_TOO_LARGE, file,
		    "holds more than %d values", MAX_VALUES);
	*out = json_loadb(text.size ? (const char *)text.data : "", text.size,
	    JSON_REJECT_DUPLICATES, &e);
	if (*out)
		return EX_OK;
	/* Where an allocation fails jansson says nothing at all. */
	if (e.text[0] == '\0' ||
	    json_error_code(&e) == json_error_out_of_memory)
		return ex_fail(err, EX_ERR_NOMEM, file, NULL);
	return ex_fail(err, EX_ERR_FORMAT, file, "%s, line %d, column %d",
	    reason(&e), e.line, e.column);
}

enum ex_status
ex_json_load(
    const char *path, size_t max_bytes, json_t **out, struct ex_error *err)
{
	struct ex_blob blob;
	enum ex_status status;

	*out = NULL;
	status = ex_file_read(path, max_bytes, &blob, err);
	if (status != EX_OK)
		return status;
	status = ex_json_parse(path, ex_blob_bytes(&blob), out, err);
	ex_wipe(blob.data, blob.size);
	ex_blob_free(&blob);
	return status;
}

struct ex_json
ex_json_root(const char *file, json_t *value, struct ex_error *err)
{
	return (struct ex_json){ .value = value, .file = file, .err = err };
}

struct ex_json
ex_json_key(const struct ex_json *up, const char *key)
{
	json_t *value = json_object_get(up->value, key);

	return (struct ex_json){ .value = json_is_null(value) ? NULL : value,
		.up = up,
		.key = key,
		.file = up->file,
		.err = up->err };
}

struct ex_json
ex_json_at(const struct ex_json *up, size_t index)
{
	return (struct ex_json){ .value = json_array_get(up->value, index),
		.up = up,
		.index = index,
		.file = up->file,
		.err = up->err };
}

/* "vehicles[2].frames[7]"; returns the length, cut at the room given. */
static size_t
place(const struct ex_json *j, char *to, size_t room)
{
	size_t n;
	int more;

	if (!j->up) {
		*to = '\0';
		return 0;
	}
	n = place(j->up, to, room);
	if (j->key)
		more = snprintf(to + n, room - n, "%s%s", n ? "." : "", j->key);
	else
		more = snprintf(to + n, room - n, "[%zu]", j->index);
	if (more < 0)
		return n;
	return (size_t)more < room - n ? n + (size_t)more : room - 1;
}

#undef ex_json_fail /* the analyzer's, where it runs */

enum ex_status
ex_json_fail(
    const struct ex_json *j, enum ex_status status, const char *why, ...)
{
	char where[160], what[320], text[320];
	const char *file = j->file;
	size_t room, n = strlen(file);
	va_list ap;

	va_start(ap, why);
	vsnprintf(text, sizeof text, why, ap);
	va_end(ap);
	/* Of a long path the end tells more, and the field must stay. */
	room = sizeof what - place(j, where, sizeof where) - 3;
	if (n > room)
		file += n - room;
	snprintf(what, sizeof what, "%s%s%s", file, *where ? ": " : "", where);
	return ex_fail(j->err, status, what, "%s", text);
}

enum ex_status
ex_json_object(const struct ex_json *j)
{
	if (!json_is_object(j->value))
		return ex_json_fail(j, EX_ERR_FORMAT, "must be an object");
	return EX_OK;
}

enum ex_status
ex_json_array(const struct ex_json *j, size_t min, size_t max, size_t *n)
{
	size_t size = json_array_size(j->value);

	if (!json_is_array(j->value))
		return ex_json_fail(j, EX_ERR_FORMAT, "must be a list");
	if (size < min)
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "must hold at least %zu, holds %zu", min, size);
	if (size > max)
		return ex_json_fail(j, EX_ERR_TOO_LARGE,
		    "may hold at most %zu, holds %zu", max, size);
	*n = size;
	return EX_OK;
}

/* C0, DEL and, in UTF-8 as C2 80..9F, C1: all can steer a terminal. */
static bool
has_control(const char *s)
{
	for (const unsigned char *p = (const void *)s; *p; p++)
		if (*p < 0x20 || *p == 0x7f ||
		    (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return true;
	return false;
}

enum ex_status
ex_json_string(
    const struct ex_json *j, size_t min, size_t max, const char **out)
{
	const char *s = json_string_value(j->value);

	if (!s)
		return ex_json_fail(j, EX_ERR_FORMAT, "must be a string");
	if (strlen(s) < min)
		return ex_json_fail(j, EX_ERR_FORMAT, "must not be empty");
	if (strlen(s) > max)
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "may be at most %zu bytes long, is %zu", max, strlen(s));
	if (has_control(s))
		return ex_json_fail(
		    j, EX_ERR_FORMAT, "must not hold control characters");
	*out = s;
	return EX_OK;
}

enum ex_status
ex_json_string_copy(const struct ex_json *j, size_t min, size_t max, char **out)
{
	const char *s = NULL;
	enum ex_status status = ex_json_string(j, min, max, &s);
	char *copy;

	if (status != EX_OK)
		return status;
	copy = ex_strdup(s);
	if (!copy)
		return ex_json_fail(j, EX_ERR_NOMEM, "out of memory");
	*out = copy;
	return EX_OK;
}

enum ex_status
ex_json_number(const struct ex_json *j, double low, double high, double *out)
{
	double v = json_number_value(j->value);

	if (!json_is_number(j->value))
		return ex_json_fail(j, EX_ERR_FORMAT, "must be a number");
	if (!(v >= low && v <= high))
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "must be from %g to %g, is %g", low, high, v);
	*out = v;
	return EX_OK;
}

enum ex_status
ex_json_integer(
    const struct ex_json *j, int64_t low, int64_t high, int64_t *out)
{
	int64_t v = json_integer_value(j->value);

	if (!json_is_integer(j->value))
		return ex_json_fail(j, EX_ERR_FORMAT, "must be a whole number");
	if (v < low || v > high)
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "must be from %lld to %lld, is %lld", (long long)low,
		    (long long)high, (long long)v);
	*out = v;
	return EX_OK;
}

enum ex_status
ex_json_bool(const struct ex_json *j, bool absent, bool *out)
{
	if (j->value && !json_is_boolean(j->value))
		return ex_json_fail(j, EX_ERR_FORMAT, "must be true or false");
	*out = j->value ? json_is_true(j->value) : absent;
	return EX_OK;
}

enum ex_status
ex_json_time(const struct ex_json *j, int64_t *ms)
{
	const char *s = json_string_value(j->value);

	if (!s || !ex_rfc3339_parse(s, ms))
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "must be a time such as \"2026-01-05T08:00:00.000Z\"");
	return EX_OK;
}

enum ex_status
ex_json_box(const struct ex_json *j, struct ex_box *out)
{
	/* Pixels; beyond this a float no longer knows halves. */
	static const double most = 4e6;
	double v[4];

	if (json_array_size(j->value) != 4)
		return ex_json_fail(j, EX_ERR_FORMAT, "must be [x,y,w,h]");
	for (size_t i = 0; i < 4; i++) {
		struct ex_json part = ex_json_at(j, i);
		enum ex_status status =
		    ex_json_number(&part, -most, most, &v[i]);

		if (status != EX_OK)
			return status;
	}
	if (!((float)v[2] > 0 && (float)v[3] > 0))
		return ex_json_fail(
		    j, EX_ERR_FORMAT, "must have a width and height over 0");
	*out = (struct ex_box){ (float)v[0], (float)v[1], (float)v[2],
		(float)v[3] };
	return EX_OK;
}
