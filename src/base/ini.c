/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of configuration: one table of keys, read strictly. */
#include "exeunt/base.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_LINE 1024

struct reader {
	const char *name; /* of the file */
	const struct ex_ini_key *keys;
	size_t n;
	void *to;
	unsigned line;
	unsigned seen[EX_INI_MAX_KEYS]; /* line of each key; 0: not there */
	const char *section;            /* as the table has it */
	struct ex_error *err;
};

static enum ex_status
fail_line(const struct reader *r, const char *field, const char *why)
{
	char what[256];

	snprintf(what, sizeof what, "%.160s:%u%s%.80s", r->name, r->line,
	    *field ? ": " : "", field);
	return ex_fail(r->err, EX_ERR_FORMAT, what, "%s", why);
}

/* What the value may be, for the one who mends the file. */
static void
say_allowed(const struct ex_ini_key *k, char *out, size_t room)
{
	switch (k->kind) {
	case EX_INI_TEXT:
		snprintf(
		    out, room, "text of %g to %g bytes", k->least, k->most);
		break;
	case EX_INI_PATH:
		snprintf(out, room,
		    "a path inside the file's folder, of %g "
		    "bytes at most, without '..'",
		    k->most);
		break;
	case EX_INI_HEX:
		snprintf(out, room, "%g hexadecimal digits", k->most);
		break;
	case EX_INI_WORD:
		snprintf(out, room, "one of %s", k->words);
		break;
	case EX_INI_YES_NO:
		snprintf(out, room, "yes or no");
		break;
	case EX_INI_WHOLE:
		snprintf(out, room, "a whole number from %.15g to %.15g",
		    k->least, k->most);
		break;
	case EX_INI_REAL:
		snprintf(out, room, "%s from %.15g to %.15g",
		    k->count > 1 ? "numbers (one, or one each)" : "a number",
		    k->least, k->most);
		break;
	}
}

enum ex_status
ex_ini_fail(struct ex_error *err, const char *name, unsigned line,
    const struct ex_ini_key *k, const char *why)
{
	const struct reader r = { .name = name, .line = line, .err = err };
	char field[2 * EX_INI_NAME_SIZE], what[256];

	snprintf(field, sizeof field, "%s%s%s", k->section,
	    *k->section ? "." : "", k->key);
	if (line)
		return fail_line(&r, field, why);
	snprintf(what, sizeof what, "%.160s: %.80s", name, field);
	return ex_fail(err, EX_ERR_FORMAT, what, "%s", why);
}

static enum ex_status
fail_value(const struct reader *r, const struct ex_ini_key *k)
{
	char allowed[200], why[240];

	say_allowed(k, allowed, sizeof allowed);
	snprintf(why, sizeof why, "must be %s", allowed);
	return ex_ini_fail(r->err, r->name, r->line, k, why);
}

/* The names of a section, as many as a line of error holds. */
static void
list_keys(const struct reader *r, const char *section, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n && used + EX_INI_NAME_SIZE < room; i++)
		if (strcmp(r->keys[i].section, section) == 0)
			used += (size_t)snprintf(out + used, room - used,
			    "%s%s", used ? ", " : "", r->keys[i].key);
}

/* The table's own text of the name; NULL: no such section. */
static const char *
find_section(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->n; i++)
		if (strcmp(r->keys[i].section, name) == 0)
			return r->keys[i].section;
	return NULL;
}

static void
list_sections(const struct reader *r, char *out, size_t room)
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < r->n && used + EX_INI_NAME_SIZE < room; i++) {
		const char *s = r->keys[i].section;
		size_t first = 0;

		while (strcmp(r->keys[first].section, s) != 0)
			first++;
		if (first == i && *s)
			used += (size_t)snprintf(out + used, room - used,
			    "%s[%s]", used ? ", " : "", s);
	}
}

static size_t
find_word(const char *words, const char *value, int *index)
{
	size_t n = strlen(value);

	for (*index = 0;; (*index)++) {
		size_t part = strcspn(words, "|");

		if (part == n && memcmp(words, value, n) == 0)
			return n;
		if (words[part] == '\0')
			return 0;
		words += part + 1;
	}
}

static bool
put_word(const struct ex_ini_key *k, const char *value, void *to)
{
	int index;

	if (find_word(k->kind == EX_INI_YES_NO ? "no|yes" : k->words, value,
		&index) == 0)
		return false;
	if (k->kind == EX_INI_YES_NO)
		*(bool *)to = index == 1;
	else
		*(int *)to = index;
	return true;
}

/* One number in decimal form: no blanks, hexadecimal, infinity. */
static bool
take_real(const char **text, double least, double most, double *out)
{
	char *end;

	if (strspn(*text, "+-.0123456789eE") != strcspn(*text, " \t"))
		return false;
	*out = strtod(*text, &end);
	if (end == *text || (*end != '\0' && *end != ' ' && *end != '\t'))
		return false;
	*text = end + strspn(end, " \t");
	return isfinite(*out) && *out >= least && *out <= most;
}

/* `count` numbers, or one that stands for all. */
static bool
put_reals(const struct ex_ini_key *k, const char *value, double *to)
{
	const unsigned count = k->count > 1 ? k->count : 1;
	double got[EX_INI_MAX_REALS];
	unsigned n = 0;

	for (; *value; n++)
		if (n == count ||
		    !take_real(&value, k->least, k->most, &got[n]))
			return false;
	if (n != 1 && n != count)
		return false;
	for (unsigned i = 0; i < count; i++)
		to[i] = got[n == 1 ? 0 : i];
	return true;
}

static bool
put_whole(const struct ex_ini_key *k, const char *value, int64_t *to)
{
	char *end;
	long long v;

	if (value[strspn(value, "-0123456789")] != '\0')
		return false;
	errno = 0;
	v = strtoll(value, &end, 10);
	if (errno || end == value || *end || (double)v < k->least ||
	    (double)v > k->most)
		return false;
	*to = v;
	return true;
}

static bool
put_hex(const struct ex_ini_key *k, const char *value, char *to)
{
	size_t n = strlen(value);

	if (n != (size_t)k->most ||
	    strspn(value, "0123456789abcdefABCDEF") != n)
		return false;
	for (size_t i = 0; i <= n; i++)
		to[i] = (char)(value[i] >= 'A' && value[i] <= 'F'
				   ? value[i] - 'A' + 'a'
				   : value[i]);
	return true;
}

static bool
put_text(const struct ex_ini_key *k, const char *value, char *to)
{
	size_t n = strlen(value);

	if ((double)n < k->least || (double)n > k->most ||
	    (k->kind == EX_INI_PATH && !ex_path_plain(value)))
		return false;
	memcpy(to, value, n + 1);
	return true;
}

static bool
put_value(const struct ex_ini_key *k, const char *value, void *to)
{
	void *at = (char *)to + k->at;

	switch (k->kind) {
	case EX_INI_TEXT:
	case EX_INI_PATH:
		return put_text(k, value, at);
	case EX_INI_HEX:
		return put_hex(k, value, at);
	case EX_INI_WORD:
	case EX_INI_YES_NO:
		return put_word(k, value, at);
	case EX_INI_WHOLE:
		return put_whole(k, value, at);
	case EX_INI_REAL:
		return put_reals(k, value, at);
	}
	return false;
}

static enum ex_status
take_section(struct reader *r, char *line, size_t n)
{
	char why[256], list[200];
	const char *section;

	if (n < 3 || line[n - 1] != ']')
		return fail_line(r, "", "a section is [name] and no more");
	line[n - 1] = '\0';
	section = find_section(r, line + 1);
	if (!section) {
		list_sections(r, list, sizeof list);
		snprintf(
		    why, sizeof why, "no such section; there are %s", list);
		return fail_line(r, line, why);
	}
	r->section = section;
	return EX_OK;
}

static enum ex_status
no_such_key(const struct reader *r, const char *key)
{
	char why[280], list[220];

	list_keys(r, r->section, list, sizeof list);
	if (*list)
		snprintf(why, sizeof why, "no such key; %s%s%s has %s",
		    *r->section ? "[" : "the file's beginning", r->section,
		    *r->section ? "]" : "", list);
	else
		snprintf(why, sizeof why, "stands before the first section");
	return fail_line(r, key, why);
}

static enum ex_status
take_pair(struct reader *r, char *line)
{
	char *equals = strchr(line, '='), *end, *value;
	size_t i = 0;
	char why[64];

	if (!equals)
		return fail_line(r, "", "neither [section] nor key = value");
	for (end = equals; end > line && (end[-1] == ' ' || end[-1] == '\t');)
		end--;
	*end = '\0';
	value = equals + 1 + strspn(equals + 1, " \t");
	while (i < r->n && (strcmp(r->keys[i].section, r->section) != 0 ||
			       strcmp(r->keys[i].key, line) != 0))
		i++;
	if (i == r->n)
		return no_such_key(r, line);
	if (r->seen[i]) {
		snprintf(why, sizeof why, "was given on line %u already",
		    r->seen[i]);
		return ex_ini_fail(r->err, r->name, r->line, &r->keys[i], why);
	}
	r->seen[i] = r->line;
	return put_value(&r->keys[i], value, r->to)
		   ? EX_OK
		   : fail_value(r, &r->keys[i]);
}

/* UTF-8 without control characters, but for tabs. */
static bool
is_text(const char *s)
{
	const unsigned char *p = (const unsigned char *)s;
	size_t n;

	for (; *p; p += n) {
		n = ex_utf8_length(p);
		if (n == 0 || (*p < 0x20 && *p != '\t') || *p == 0x7f ||
		    (*p == 0xc2 && p[1] < 0xa0)) /* C1 controls */
			return false;
	}
	return true;
}

/* Without what ends it and the blanks around it; false: not a line. */
static bool
take_line(struct ex_bytes *in, char out[static MAX_LINE])
{
	const uint8_t *end = memchr(in->data, '\n', in->size);
	size_t n = end ? (size_t)(end - in->data) : in->size;
	struct ex_bytes line, skip;
	size_t blanks;

	if (!ex_bytes_take(in, n, &line) || n >= MAX_LINE ||
	    memchr(line.data, '\0', n))
		return false;
	if (end)
		ex_bytes_take(in, 1, &skip);
	if (end && n > 0 && line.data[n - 1] == '\r')
		n--;
	memcpy(out, line.data, n);
	while (n > 0 && (out[n - 1] == ' ' || out[n - 1] == '\t'))
		n--;
	out[n] = '\0';
	blanks = strspn(out, " \t");
	memmove(out, out + blanks, n - blanks + 1);
	return is_text(out);
}

static enum ex_status
take_lines(struct reader *r, struct ex_bytes in)
{
	char line[MAX_LINE];
	enum ex_status status = EX_OK;

	while (in.size > 0 && status == EX_OK) {
		r->line++;
		if (!take_line(&in, line))
			status = fail_line(
			    r, "", "not a line of UTF-8 text under 1024 bytes");
		else if (line[0] == '[')
			status = take_section(r, line, strlen(line));
		else if (line[0] != '\0' && line[0] != '#' && line[0] != ';')
			status = take_pair(r, line);
	}
	ex_wipe(line, sizeof line); /* a configuration may hold secrets */
	return status;
}

/* Defaults go the way of given values, so that a bad one shows at once. */
static enum ex_status
fill_absent(struct reader *r)
{
	for (size_t i = 0; i < r->n; i++) {
		const struct ex_ini_key *k = &r->keys[i];

		if (r->seen[i])
			continue;
		if (!k->standard) {
			r->line = 0;
			return ex_ini_fail(r->err, r->name, 0, k, "is missing");
		}
		/* "" leaves the struct as it is. */
		if (*k->standard) {
			bool is_value = put_value(k, k->standard, r->to);

			assert(is_value);
			(void)is_value;
		}
	}
	return EX_OK;
}

enum ex_status
ex_ini_parse(const char *name, struct ex_bytes text,
    const struct ex_ini_key *keys, size_t n, void *to, unsigned lines[],
    struct ex_error *err)
{
	struct reader r = { .name = name,
		.keys = keys,
		.n = n,
		.to = to,
		.section = "",
		.err = err };
	enum ex_status status;

	assert(n <= EX_INI_MAX_KEYS);
	if (text.size > EX_INI_MAX_BYTES)
		return ex_fail(err, EX_ERR_TOO_LARGE, name,
		    "%zu bytes; at most %d are read", text.size,
		    EX_INI_MAX_BYTES);
	status = take_lines(&r, text);
	if (status == EX_OK)
		status = fill_absent(&r);
	if (status == EX_OK && lines)
		memcpy(lines, r.seen, n * sizeof *lines);
	return status;
}

enum ex_status
ex_ini_read(const char *path, const struct ex_ini_key *keys, size_t n, void *to,
    unsigned lines[], struct ex_error *err)
{
	struct ex_blob blob;
	enum ex_status status =
	    ex_file_read(path, EX_INI_MAX_BYTES, &blob, err);

	if (status != EX_OK)
		return status;
	status =
	    ex_ini_parse(path, ex_blob_bytes(&blob), keys, n, to, lines, err);
	ex_wipe(blob.data, blob.size);
	ex_blob_free(&blob);
	return status;
}
