/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <string.h>

/* The check digit's place may hold any character; only one is right. */
static bool
matches(const char *s, size_t n, char digit)
{
	return digit == '0' + ex_mrz_check_digit(s, n);
}

static bool
all_filler(const char *s, size_t n)
{
	while (n && s[n - 1] == '<')
		n--;
	return n == 0;
}

/* Fields that carry a check digit of their own, the long number aside. */
static void
field_check(const struct mrz_zone *z, enum mrz_field field,
    enum ex_mrz_check check, struct ex_mrz *out)
{
	const char *s, *digit;
	size_t n = ex_mrz_span_get(z, z->layout->field[field], &s);

	if (!ex_mrz_span_get(z, z->layout->check[field], &digit)) {
		out->checks_absent |= check;
		return;
	}
	/* Doc 9303-4, 4.2.2.2: a personal number that is not used may have
	 * the filler instead of its 0. */
	if (field == MRZ_OPTIONAL && *digit == '<' && all_filler(s, n)) {
		out->checks_absent |= check;
		return;
	}
	if (!matches(s, n, *digit))
		out->checks_wrong |= check;
}

/* Doc 9303-5 and -6, 4.2.4: over those parts of both lines together that the
 * layout names, in that order. */
static void
composite_check(const struct mrz_zone *z, struct ex_mrz *out)
{
	char all[MRZ_MAX_LINES * MRZ_MAX_WIDTH];
	const char *s, *digit;
	size_t n = 0;

	if (!ex_mrz_span_get(z, z->layout->composite_check, &digit)) {
		out->checks_absent |= EX_MRZ_CHECK_COMPOSITE;
		return;
	}
	for (size_t i = 0; i < 4; i++) {
		size_t part = ex_mrz_span_get(z, z->layout->composite[i], &s);

		if (part)
			memcpy(all + n, s, part);
		n += part;
	}
	if (!matches(all, n, *digit))
		out->checks_wrong |= EX_MRZ_CHECK_COMPOSITE;
	ex_wipe(all, sizeof all);
}

/*
 * Doc 9303-5, 4.2.2 note j, 4.2.4 and Doc 9303-6, 4.2.2 note j: a filler in
 * the check digit's place says that the number goes on at the start of the
 * optional data, followed there by the check digit of the whole (that filler
 * left out) and a filler. What comes after is optional data proper.
 */
static void
long_number(const struct mrz_zone *z, struct ex_mrz *out)
{
	char whole[sizeof out->number];
	const char *head, *tail;
	size_t n = ex_mrz_span_get(z, z->layout->field[MRZ_NUMBER], &head);
	size_t room = ex_mrz_span_get(z, z->layout->field[MRZ_OPTIONAL], &tail);
	const char *end = memchr(tail, '<', room);

	/* at least one more character, and the check digit */
	if (!end || end - tail < 2) {
		out->checks_wrong |= EX_MRZ_CHECK_NUMBER;
		ex_mrz_text_make(head, n, out->number, sizeof out->number);
		ex_mrz_text_make(
		    tail, room, out->optional, sizeof out->optional);
		return;
	}
	size_t more = (size_t)(end - tail) - 1;

	memcpy(whole, head, n);
	memcpy(whole + n, tail, more);
	if (!matches(whole, n + more, tail[more]))
		out->checks_wrong |= EX_MRZ_CHECK_NUMBER;
	ex_mrz_text_make(whole, n + more, out->number, sizeof out->number);
	ex_mrz_text_make(
	    end + 1, room - more - 2, out->optional, sizeof out->optional);
	ex_wipe(whole, sizeof whole);
}

static void
short_number(const struct mrz_zone *z, struct ex_mrz *out)
{
	const char *s;
	size_t n = ex_mrz_span_get(z, z->layout->field[MRZ_NUMBER], &s);

	ex_mrz_text_make(s, n, out->number, sizeof out->number);
	n = ex_mrz_span_get(z, z->layout->field[MRZ_OPTIONAL], &s);
	ex_mrz_text_make(s, n, out->optional, sizeof out->optional);
	field_check(z, MRZ_NUMBER, EX_MRZ_CHECK_NUMBER, out);
}

void
ex_mrz_checks_read(const struct mrz_zone *z, struct ex_mrz *out)
{
	const char *digit;

	ex_mrz_span_get(z, z->layout->check[MRZ_NUMBER], &digit);
	if (z->layout->long_number && *digit == '<')
		long_number(z, out);
	else
		short_number(z, out);
	field_check(z, MRZ_BIRTH, EX_MRZ_CHECK_BIRTH, out);
	field_check(z, MRZ_EXPIRY, EX_MRZ_CHECK_EXPIRY, out);
	field_check(z, MRZ_OPTIONAL, EX_MRZ_CHECK_OPTIONAL, out);
	composite_check(z, out);
}
