/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

#include <assert.h>
#include <string.h>

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ<"
#define DIGITS  "0123456789"

/* The second line up to expiry is the same in all formats of two lines, and
 * so is the first but for its width. */
#define UPPER(width)                                                           \
	[MRZ_TYPE] = { 1, 1, 2 }, [MRZ_ISSUER] = { 1, 3, 5 },                  \
	[MRZ_NAME] = { 1, 6, width }
#define LOWER                                                                  \
	[MRZ_NUMBER] = { 2, 1, 9 }, [MRZ_NATIONALITY] = { 2, 11, 13 },         \
	[MRZ_BIRTH] = { 2, 14, 19 }, [MRZ_SEX] = { 2, 21, 21 },                \
	[MRZ_EXPIRY] = { 2, 22, 27 }
#define LOWER_CHECKS                                                           \
	[MRZ_NUMBER] = { 2, 10, 10 }, [MRZ_BIRTH] = { 2, 20, 20 },             \
	[MRZ_EXPIRY] = { 2, 28, 28 }

const struct mrz_layout ex_mrz_layouts[MRZ_FORMAT_COUNT] = {
	/* Doc 9303-5, 4.2.2 and 4.2.4 */
	[EX_MRZ_TD1] = {
		.word = "TD1", .n_lines = 3, .width = 30, .long_number = true,
		.field = {
			[MRZ_TYPE] = { 1, 1, 2 }, [MRZ_ISSUER] = { 1, 3, 5 },
			[MRZ_NUMBER] = { 1, 6, 14 },
			[MRZ_OPTIONAL] = { 1, 16, 30 },
			[MRZ_BIRTH] = { 2, 1, 6 }, [MRZ_SEX] = { 2, 8, 8 },
			[MRZ_EXPIRY] = { 2, 9, 14 },
			[MRZ_NATIONALITY] = { 2, 16, 18 },
			[MRZ_OPTIONAL2] = { 2, 19, 29 },
			[MRZ_NAME] = { 3, 1, 30 },
		},
		.check = {
			[MRZ_NUMBER] = { 1, 15, 15 }, [MRZ_BIRTH] = { 2, 7, 7 },
			[MRZ_EXPIRY] = { 2, 15, 15 },
		},
		.composite = {
			{ 1, 6, 30 }, { 2, 1, 7 }, { 2, 9, 15 }, { 2, 19, 29 },
		},
		.composite_check = { 2, 30, 30 },
	},
	/* Doc 9303-6, 4.2.2 and 4.2.4 */
	[EX_MRZ_TD2] = {
		.word = "TD2", .n_lines = 2, .width = 36, .long_number = true,
		.field = { UPPER(36), LOWER, [MRZ_OPTIONAL] = { 2, 29, 35 } },
		.check = { LOWER_CHECKS },
		.composite = { { 2, 1, 10 }, { 2, 14, 20 }, { 2, 22, 35 } },
		.composite_check = { 2, 36, 36 },
	},
	/* Doc 9303-4, 4.2.2 and 4.2.4 */
	[EX_MRZ_TD3] = {
		.word = "TD3", .n_lines = 2, .width = 44,
		.field = { UPPER(44), LOWER, [MRZ_OPTIONAL] = { 2, 29, 42 } },
		.check = { LOWER_CHECKS, [MRZ_OPTIONAL] = { 2, 43, 43 } },
		.composite = { { 2, 1, 10 }, { 2, 14, 20 }, { 2, 22, 43 } },
		.composite_check = { 2, 44, 44 },
	},
	/* Doc 9303-7, 4.2.2: no composite check digit */
	[EX_MRZ_MRVA] = {
		.word = "MRV-A", .n_lines = 2, .width = 44, .visa = true,
		.field = { UPPER(44), LOWER, [MRZ_OPTIONAL] = { 2, 29, 44 } },
		.check = { LOWER_CHECKS },
	},
	/* Doc 9303-7, 7.2.2: likewise */
	[EX_MRZ_MRVB] = {
		.word = "MRV-B", .n_lines = 2, .width = 36, .visa = true,
		.field = { UPPER(36), LOWER, [MRZ_OPTIONAL] = { 2, 29, 36 } },
		.check = { LOWER_CHECKS },
	},
};

#define TEXT(member)                                                           \
	offsetof(struct ex_mrz, member), sizeof(((struct ex_mrz *)0)->member)

/* Doc 9303-3, 4.6: no digits in names; 4.8: dates. Sex is M, F or filler; X is
 * for the visual zone (Doc 9303-4, 4.1.1.1), but its meaning is plain. */
const struct mrz_field_rule ex_mrz_field_rules[MRZ_FIELD_COUNT] = {
	[MRZ_TYPE] = { "document code", LETTERS DIGITS, true, TEXT(type) },
	[MRZ_ISSUER] = { "issuer", LETTERS, true, TEXT(issuer) },
	[MRZ_NAME] = { "name", LETTERS, true, 0, 0 },
	[MRZ_NUMBER] = { "document number", LETTERS DIGITS, true, 0, 0 },
	[MRZ_NATIONALITY] = { "nationality", LETTERS, true, TEXT(nationality) },
	[MRZ_BIRTH] = { "date of birth", DIGITS "<", false, 0, 0 },
	[MRZ_SEX] = { "sex", "MFX<", false, 0, 0 },
	[MRZ_EXPIRY] = { "date of expiry", DIGITS "<", false, 0, 0 },
	[MRZ_OPTIONAL] = { "optional data", LETTERS DIGITS, false, 0, 0 },
	[MRZ_OPTIONAL2] = { "optional data", LETTERS DIGITS, false,
	    TEXT(optional2) },
};

size_t
ex_mrz_span_get(
    const struct mrz_zone *z, struct mrz_span span, const char **first)
{
	*first = NULL;
	if (!span.line)
		return 0;
	assert(span.line <= z->layout->n_lines);
	assert(span.from <= span.to && span.to <= z->layout->width);
	*first = z->line[span.line - 1] + span.from - 1;
	return (size_t)(span.to - span.from + 1);
}

/* Doc 9303-3, 4.10: what does not fill its field is followed by fillers. */
void
ex_mrz_text_make(const char *s, size_t n, char *to, size_t size)
{
	assert(size);
	while (n && s[n - 1] == '<')
		n--;
	if (n > size - 1)
		n = size - 1;
	for (size_t i = 0; i < n; i++)
		to[i] = s[i] == '<' ? ' ' : s[i];
	memset(to + n, 0, size - n);
}
