/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <assert.h>
#include <string.h>

/* The format of this shape, or -1. */
static int
format_of(size_t n_lines, size_t width, bool visa)
{
	for (int f = 0; f < MRZ_FORMAT_COUNT; f++) {
		const struct mrz_layout *l = &ex_mrz_layouts[f];

		if (l->n_lines == n_lines && l->width == width &&
		    l->visa == visa)
			return f;
	}
	return -1;
}

/* Doc 9303-3, 4.3 */
static bool
in_mrz_set(uint8_t c)
{
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '<';
}

/* Doc 9303-4 to -7, 4.2.2: all lines as long as the first, and which format
 * they are. The code of a visa begins with V (Doc 9303-7, 4.2.2.1). */
static enum ex_status
zone_take(const char *what, const struct ex_bytes lines[], size_t n_lines,
    struct mrz_zone *z, struct ex_error *err)
{
	size_t width = n_lines ? lines[0].size : 0;
	int format =
	    format_of(n_lines, width, width && lines[0].data[0] == 'V');

	if (format < 0)
		return ex_fail(err, EX_ERR_FORMAT, what,
		    "MRZ of %zu lines, the first of %zu characters: none of "
		    "3 x 30, 2 x 36, 2 x 44",
		    n_lines, width);
	z->format = (enum ex_mrz_format)format;
	z->layout = &ex_mrz_layouts[format];
	for (size_t i = 0; i < n_lines; i++) {
		struct ex_bytes in = lines[i];

		if (in.size != width)
			return ex_fail(err, EX_ERR_FORMAT, what,
			    "MRZ line %zu: %zu characters, not %zu", i + 1,
			    in.size, width);
		for (size_t k = 0; k < width; k++)
			if (!in_mrz_set(in.data[k]))
				return ex_fail(err, EX_ERR_FORMAT, what,
				    "MRZ line %zu, column %zu: not one of "
				    "A-Z 0-9 <",
				    i + 1, k + 1);
		ex_bytes_copy(&in, z->line[i], width);
	}
	return EX_OK;
}

static enum ex_status
field_check(const char *what, const struct mrz_zone *z, enum mrz_field field,
    struct ex_error *err)
{
	const struct mrz_field_rule *rule = &ex_mrz_field_rules[field];
	struct mrz_span span = z->layout->field[field];
	const char *s;
	size_t n = ex_mrz_span_get(z, span, &s);
	size_t filler = 0;

	for (size_t i = 0; i < n; i++) {
		if (!strchr(rule->set, s[i]))
			return ex_fail(err, EX_ERR_FORMAT, what,
			    "MRZ line %d, column %zu: out of place in %s",
			    span.line, span.from + i, rule->name);
		filler += s[i] == '<';
	}
	if (rule->mandatory && filler == n)
		return ex_fail(err, EX_ERR_FORMAT, what,
		    "MRZ line %d, column %d: no %s", span.line, span.from,
		    rule->name);
	return EX_OK;
}

/* Components as words with one blank between them. */
static void
words_make(const char *s, size_t n, char *to, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		bool gap = i > 0 && s[i - 1] == '<';

		if (s[i] == '<')
			continue;
		if (used && gap && used < size - 1)
			to[used++] = ' ';
		if (used < size - 1)
			to[used++] = s[i];
	}
	to[used] = '\0';
}

/*
 * Doc 9303-3, 4.6: primary identifier, two fillers, secondary identifier; only
 * the first pair separates. Without a pair there is one name alone. Where
 * names are cut (Doc 9303-4 to -7, 4.2.3) they are taken as they stand: the
 * MRZ cannot tell a cut name from one that just fits.
 */
static void
names_read(const struct mrz_zone *z, struct ex_mrz *out)
{
	const char *s;
	size_t n = ex_mrz_span_get(z, z->layout->field[MRZ_NAME], &s);
	const char *pair = memmem(s, n, "<<", 2);
	size_t primary = pair ? (size_t)(pair - s) : n;

	words_make(s, primary, out->surname, sizeof out->surname);
	words_make(s + primary, n - primary, out->given, sizeof out->given);
	out->name_full = s[n - 1] != '<';
}

static void
fields_read(
    const struct mrz_zone *z, struct ex_mrz_date today, struct ex_mrz *out)
{
	const char *s;

	*out = (struct ex_mrz){ .format = z->format };
	for (int f = 0; f < MRZ_FIELD_COUNT; f++) {
		const struct mrz_field_rule *rule = &ex_mrz_field_rules[f];
		size_t n = ex_mrz_span_get(z, z->layout->field[f], &s);

		if (n && rule->size)
			ex_mrz_text_make(
			    s, n, (char *)out + rule->to, rule->size);
	}
	names_read(z, out);
	ex_mrz_span_get(z, z->layout->field[MRZ_SEX], &s);
	out->sex = *s == '<' ? 'X' : *s;
	ex_mrz_span_get(z, z->layout->field[MRZ_BIRTH], &s);
	out->birth = ex_mrz_birth_read(s, today);
	ex_mrz_span_get(z, z->layout->field[MRZ_EXPIRY], &s);
	out->expiry = ex_mrz_expiry_read(s, today);
	ex_mrz_checks_read(z, out);
}

enum ex_status
ex_mrz_lines_parse(const char *what, const struct ex_bytes lines[],
    size_t n_lines, struct ex_mrz_date today, struct ex_mrz *out,
    struct ex_error *err)
{
	struct mrz_zone z = { 0 };
	enum ex_status status;

	assert(today.year > 0 && today.month > 0 && today.day > 0);
	assert(ex_mrz_date_exists(today));
	status = zone_take(what, lines, n_lines, &z, err);
	for (int f = 0; status == EX_OK && f < MRZ_FIELD_COUNT; f++)
		status = field_check(what, &z, (enum mrz_field)f, err);
	if (status == EX_OK)
		fields_read(&z, today, out);
	ex_wipe(&z, sizeof z);
	return status;
}

bool
ex_mrz_passes(const struct ex_mrz *m)
{
	return !m->checks_wrong && ex_mrz_date_exists(m->birth) &&
	       ex_mrz_date_exists(m->expiry);
}

/* All of what tells people apart, and none of it missing or cut. */
static bool
names_somebody(const struct ex_mrz *m)
{
	return ex_mrz_passes(m) && m->birth.year && m->birth.month &&
	       m->birth.day && m->given[0] && !m->name_full;
}

bool
ex_mrz_same_holder(const struct ex_mrz *a, const struct ex_mrz *b)
{
	return names_somebody(a) && names_somebody(b) &&
	       strcmp(a->surname, b->surname) == 0 &&
	       strcmp(a->given, b->given) == 0 &&
	       a->birth.year == b->birth.year &&
	       a->birth.month == b->birth.month &&
	       a->birth.day == b->birth.day && a->sex == b->sex &&
	       strcmp(a->nationality, b->nationality) == 0 &&
	       (a->type[0] != b->type[0] || strcmp(a->issuer, b->issuer) != 0);
}

const char *
ex_mrz_format_word(enum ex_mrz_format f)
{
	assert((unsigned)f < MRZ_FORMAT_COUNT);
	return ex_mrz_layouts[f].word;
}

const char *
ex_mrz_check_word(enum ex_mrz_check c)
{
	static const char *const words[] = { "number", "birth", "expiry",
		"optional", "composite" };
	int bit = __builtin_ffs((int)c) - 1;

	assert(bit >= 0 && bit < 5 && (unsigned)c == 1u << bit);
	return words[bit];
}
