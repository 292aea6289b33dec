/* SPDX-License-Identifier: Apache-2.0 */
/* Where the fields of each format stand, as the standard's own tables. */
#ifndef DOCUMENT_LAYOUT_H
#define DOCUMENT_LAYOUT_H

#include "exeunt/document.h"

#define MRZ_MAX_LINES 3
#define MRZ_MAX_WIDTH 44

enum mrz_field {
	MRZ_TYPE,
	MRZ_ISSUER,
	MRZ_NAME,
	MRZ_NUMBER,
	MRZ_NATIONALITY,
	MRZ_BIRTH,
	MRZ_SEX,
	MRZ_EXPIRY,
	MRZ_OPTIONAL,
	MRZ_OPTIONAL2,
	MRZ_FIELD_COUNT
};

/* As printed in the standard: from 1, `to` included; line 0: absent. */
struct mrz_span {
	uint8_t line, from, to;
};

struct mrz_layout {
	const char *word;
	size_t n_lines, width;
	bool visa; /* document code V, which tells 2-line formats apart */
	bool long_number; /* may go on in MRZ_OPTIONAL */
	struct mrz_span field[MRZ_FIELD_COUNT];
	struct mrz_span check[MRZ_FIELD_COUNT]; /* its check digit */
	struct mrz_span composite[4];           /* what it covers, in order */
	struct mrz_span composite_check;
};

/* Indexed by enum ex_mrz_format. */
#define MRZ_FORMAT_COUNT (EX_MRZ_MRVB + 1)
extern const struct mrz_layout ex_mrz_layouts[MRZ_FORMAT_COUNT];

/* What may stand in a field, and where it goes as text. */
struct mrz_field_rule {
	const char *name; /* for people */
	const char *set;  /* the characters allowed */
	bool mandatory;   /* not all filler */
	size_t to, size; /* in struct ex_mrz; size 0: has a reader of its own */
};
extern const struct mrz_field_rule ex_mrz_field_rules[MRZ_FIELD_COUNT];

/* The lines of an MRZ, each exactly `layout->width` long. */
struct mrz_zone {
	const struct mrz_layout *layout;
	enum ex_mrz_format format;
	char line[MRZ_MAX_LINES][MRZ_MAX_WIDTH];
};

/* First character and length of a span; 0 where the format has none. */
size_t ex_mrz_span_get(
    const struct mrz_zone *z, struct mrz_span span, const char **first);

/* n characters as text: fillers at the end dropped, those within are blanks
 * (they stand for spaces and signs). Cut at size - 1. */
void ex_mrz_text_make(const char *s, size_t n, char *to, size_t size);

/* Six characters YYMMDD as dates of these kinds; see ex_mrz_parse. */
struct ex_mrz_date ex_mrz_birth_read(const char *s, struct ex_mrz_date today);
struct ex_mrz_date ex_mrz_expiry_read(const char *s, struct ex_mrz_date today);

/* Fill number, optional, checks_wrong and checks_absent. */
void ex_mrz_checks_read(const struct mrz_zone *z, struct ex_mrz *out);

/* The lines as bytes of any content, not ended by NUL. */
enum ex_status ex_mrz_lines_parse(const char *what,
    const struct ex_bytes lines[], size_t n_lines, struct ex_mrz_date today,
    struct ex_mrz *out, struct ex_error *err);

#endif
