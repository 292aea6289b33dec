/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <string.h>

#define EX_WORD(name, word, text) word,
static const char *const seats[EX_SEAT_COUNT] = {
#include "exeunt/seats.inc"
};
static const char *const causes[EX_CAUSE_COUNT] = {
#include "exeunt/causes.inc"
};
#undef EX_WORD
#define EX_WORD(name, word, text) text,
static const char *const cause_texts[EX_CAUSE_COUNT] = {
#include "exeunt/causes.inc"
};
#undef EX_WORD

static const char *const verdicts[] = {
	[EX_VERDICT_OFFICER] = "officer",
	[EX_VERDICT_CONFIRMED] = "confirmed",
};
static const char *const document_verdicts[EX_DOCUMENT_VERDICT_COUNT] = {
	[EX_DOCUMENT_CONFIRMED] = "confirmed",
	[EX_DOCUMENT_HOLDER_NOT_SEEN] = "holder-not-seen",
	[EX_DOCUMENT_OFFICER] = "officer",
	[EX_DOCUMENT_UNUSABLE] = "unusable",
};
static const char *const directions[] = {
	[EX_DIRECTION_OUT] = "out",
	[EX_DIRECTION_IN] = "in",
};
static const char *const checks[] = {
	[EX_CHECK_NOT_DONE] = "not-done",
	[EX_CHECK_PASSED] = "passed",
	[EX_CHECK_FAILED] = "failed",
};

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* Index of `word`, or the count where no entry has it. */
static size_t
find(const char *const *table, size_t count, const char *word)
{
	size_t i = 0;

	while (i < count && strcmp(table[i], word) != 0)
		i++;
	return i;
}

/* One pair of functions a table. A value outside of it is "unknown". */
#define PAIR(stem, type, table)                                                \
	const char *ex_##stem##_word(enum type v)                              \
	{                                                                      \
		return (size_t)v < COUNT(table) ? table[v] : "unknown";        \
	}                                                                      \
	bool ex_##stem##_from_word(const char *word, enum type *out)           \
	{                                                                      \
		size_t i = find(table, COUNT(table), word);                    \
                                                                               \
		if (i == COUNT(table))                                         \
			return false;                                          \
		*out = (enum type)i;                                           \
		return true;                                                   \
	}

PAIR(seat, ex_seat, seats)
PAIR(cause, ex_cause, causes)
PAIR(verdict, ex_verdict, verdicts)
PAIR(document_verdict, ex_document_verdict, document_verdicts)
PAIR(direction, ex_direction, directions)
PAIR(check, ex_check, checks)

const char *
ex_cause_text(enum ex_cause c)
{
	return (size_t)c < COUNT(cause_texts) ? cause_texts[c]
					      : "unknown cause";
}
