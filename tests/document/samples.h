/* SPDX-License-Identifier: Apache-2.0 */
/* MRZs whose check digits are all right: ICAO's specimens of Utopia (Doc
 * 9303-4 to -7, appendices) and one of our own with a long number. */
#ifndef TESTS_DOCUMENT_SAMPLES_H
#define TESTS_DOCUMENT_SAMPLES_H

#include "exeunt/document.h"
#include "test.h"

#define TODAY ((struct ex_mrz_date){ 2026, 1, 5 })

struct sample {
	enum ex_mrz_format format;
	size_t n;
	const char *line[3];
};

static const struct sample td1 = { EX_MRZ_TD1, 3,
	{ "I<UTOD231458907<<<<<<<<<<<<<<<", "7408122F1204159UTO<<<<<<<<<<<6",
	    "ERIKSSON<<ANNA<MARIA<<<<<<<<<<" } };
static const struct sample td2 = { EX_MRZ_TD2, 2,
	{ "I<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
	    "D231458907UTO7408122F1204159<<<<<<<6" } };
static const struct sample td3 = { EX_MRZ_TD3, 2,
	{ "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
	    "L898902C36UTO7408122F1204159ZE184226B<<<<<10" } };
static const struct sample mrva = { EX_MRZ_MRVA, 2,
	{ "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<",
	    "L8988901C4XXX4009078F96121096ZE184226B<<<<<<" } };
static const struct sample mrvb = { EX_MRZ_MRVB, 2,
	{ "V<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<",
	    "L8988901C4XXX4009078F9612109<<<<<<<<" } };

/* A copy whose characters may be changed. */
struct copy {
	char text[3][48];
	const char *line[3];
	size_t n;
};

static inline void
copy_init(struct copy *c, const struct sample *s)
{
	c->n = s->n;
	for (size_t i = 0; i < s->n; i++) {
		snprintf(c->text[i], sizeof c->text[i], "%s", s->line[i]);
		c->line[i] = c->text[i];
	}
}

static inline enum ex_status
copy_parse(const struct copy *c, struct ex_mrz *out, struct ex_error *err)
{
	return ex_mrz_parse("m", c->line, c->n, TODAY, out, err);
}

/* Put `text` over a copy's line from a column, 1 the first. */
static inline void
copy_put(struct copy *c, size_t line, size_t column, const char *text)
{
	memcpy(c->text[line - 1] + column - 1, text, strlen(text));
}

/* The check digit over a part of a copy, put where it belongs. */
static inline void
copy_sign(struct copy *c, size_t line, size_t from, size_t to, size_t at)
{
	int digit =
	    ex_mrz_check_digit(c->text[line - 1] + from - 1, to - from + 1);

	assert_in_range(digit, 0, 9);
	c->text[line - 1][at - 1] = (char)('0' + digit);
}

#endif
