/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in memory, sorted by their keys, and what a transaction has changed of
 * them. */
#ifndef EXEUNT_LEDGER_MEMORY_ROWS_H
#define EXEUNT_LEDGER_MEMORY_ROWS_H

#include "exeunt/base.h"

/* Parts of a key end in this: a part comes before those it begins. */
#define EX_MEMORY_END      "\x01"
#define EX_MEMORY_KEY_SIZE 256

struct ex_memory_row {
	char *key;
	void *data; /* of the row; in an undo list NULL: it was not there */
	size_t size;
};
struct ex_memory_list {
	struct ex_memory_row *rows;
	size_t n, room;
};
struct ex_memory_rows {
	struct ex_memory_list now;  /* keys rising */
	struct ex_memory_list undo; /* rows as they were, oldest first */
};

/* Where a key is, or would be. */
size_t ex_memory_find(const struct ex_memory_rows *m, const char *key);
/* NULL: not there. */
const struct ex_memory_row *ex_memory_get(
    const struct ex_memory_rows *m, const char *key);
/* Does the i-th row's key begin so? */
bool ex_memory_under(
    const struct ex_memory_rows *m, size_t i, const char *prefix);
/* False when out of memory, and nothing has changed. */
bool ex_memory_put(
    struct ex_memory_rows *m, const char *key, const void *data, size_t size);
bool ex_memory_drop(struct ex_memory_rows *m, const char *key);

/* What was changed since stays, or never was. */
void ex_memory_keep(struct ex_memory_rows *m);
void ex_memory_undo(struct ex_memory_rows *m);
void ex_memory_fini(struct ex_memory_rows *m);

#endif
