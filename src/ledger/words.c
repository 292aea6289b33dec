/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/ledger.h"

#include <string.h>

#define EX_WORD(name, word, text) word,
static const char *const actions[EX_ACTION_COUNT] = {
#include "exeunt/actions.inc"
};
static const char *const purposes[EX_PURPOSE_COUNT] = {
#include "exeunt/purposes.inc"
};
static const char *const rulings[EX_RULING_COUNT] = {
#include "exeunt/rulings.inc"
};
#undef EX_WORD
#define EX_WORD(name, word, text) text,
static const char *const action_texts[EX_ACTION_COUNT] = {
#include "exeunt/actions.inc"
};
static const char *const purpose_texts[EX_PURPOSE_COUNT] = {
#include "exeunt/purposes.inc"
};
#undef EX_WORD

#define COUNT(table) (sizeof(table) / sizeof *(table))

/* What stands at `v`; a value outside of the table is "unknown". */
static const char *
at(const char *const *table, size_t count, size_t v)
{
	return v < count ? table[v] : "unknown";
}

/* Index of `word`, or the count where no entry has it. */
static size_t
find(const char *const *table, size_t count, const char *word)
{
	size_t i = 0;

	while (i < count && strcmp(table[i], word) != 0)
		i++;
	return i;
}

/* One pair of functions a table. */
#define PAIR(stem, type, table)                                                \
	const char *ex_##stem##_word(enum type v)                              \
	{                                                                      \
		return at(table, COUNT(table), (size_t)v);                     \
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

PAIR(action, ex_action, actions)
PAIR(purpose, ex_purpose, purposes)
PAIR(ruling, ex_ruling_kind, rulings)

const char *
ex_action_text(enum ex_action v)
{
	return at(action_texts, COUNT(action_texts), (size_t)v);
}

const char *
ex_purpose_text(enum ex_purpose v)
{
	return at(purpose_texts, COUNT(purpose_texts), (size_t)v);
}
