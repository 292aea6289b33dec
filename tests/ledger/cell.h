/* SPDX-License-Identifier: Apache-2.0 */
/* One value in a database, read and changed behind the ledger's back. */
#ifndef EXEUNT_TESTS_LEDGER_CELL_H
#define EXEUNT_TESTS_LEDGER_CELL_H

#include "test.h"

#include <sqlite3.h>

/* A column of a row; numbers as 8 bytes. */
struct cell {
	const char *table, *column, *where;
	int type;
	uint8_t bytes[600];
	int size;
};

static inline void
cell_read(sqlite3 *db, struct cell *c)
{
	char text[256];
	sqlite3_stmt *st;

	snprintf(text, sizeof text, "SELECT %s FROM %s WHERE %s", c->column,
	    c->table, c->where);
	assert_int_equal(
	    sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	c->type = sqlite3_column_type(st, 0);
	if (c->type == SQLITE_INTEGER) {
		int64_t v = sqlite3_column_int64(st, 0);

		c->size = 8;
		memcpy(c->bytes, &v, 8);
	} else {
		c->size = sqlite3_column_bytes(st, 0);
		assert_in_range(c->size, 0, sizeof c->bytes);
		if (c->size > 0)
			memcpy(c->bytes, sqlite3_column_blob(st, 0),
			    (size_t)c->size);
	}
	sqlite3_finalize(st);
}

/* False where the database itself refuses: a key that is there already. */
static inline bool
cell_write(sqlite3 *db, const struct cell *c)
{
	char text[256];
	sqlite3_stmt *st;
	int64_t v;
	int rc;

	snprintf(text, sizeof text, "UPDATE %s SET %s = ? WHERE %s", c->table,
	    c->column, c->where);
	assert_int_equal(
	    sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	memcpy(&v, c->bytes, sizeof v);
	if (c->type == SQLITE_INTEGER)
		sqlite3_bind_int64(st, 1, v);
	else if (c->type == SQLITE_TEXT)
		sqlite3_bind_text(st, 1, (const char *)c->bytes, c->size, NULL);
	else
		sqlite3_bind_blob(st, 1, c->bytes, c->size, NULL);
	rc = sqlite3_step(st);
	sqlite3_finalize(st);
	assert_true(rc == SQLITE_DONE || rc == SQLITE_CONSTRAINT);
	return rc == SQLITE_DONE;
}

#endif
