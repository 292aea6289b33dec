/* SPDX-License-Identifier: Apache-2.0 */
/* SQLite: a connection, and the driver of its statements. */
#ifndef EXEUNT_LEDGER_SQLITE_H
#define EXEUNT_LEDGER_SQLITE_H

#include <sqlite3.h>

#include "sql.h"

#define EX_SQLITE_BUSY_MS 10000

struct ex_sqlite {
	struct ex_sql sql; /* first: stores are given as this */
	sqlite3 *handle;
	sqlite3_stmt *statements[EX_SQL_KEPT];
};

extern const struct ex_sql_driver ex_sqlite_driver;

/* `path` goes to SQLite as it is; `flags` as of sqlite3_open_v2. Close it also
 * after failure. */
enum ex_status ex_sqlite_open(
    struct ex_sqlite *s, const char *path, int flags, struct ex_error *err);
/* For reading a file that nobody writes, in a folder where SQLite may not make
 * its own files: no locks, no log. */
enum ex_status ex_sqlite_open_at_rest(
    struct ex_sqlite *s, const char *path, struct ex_error *err);
void ex_sqlite_close(struct ex_sqlite *s);

/* Tell a result code of SQLite; its texts hold no stored values. */
enum ex_status ex_sqlite_fail(
    struct ex_sqlite *s, int rc, struct ex_error *err);
enum ex_status ex_sqlite_exec(
    struct ex_sqlite *s, const char *text, struct ex_error *err);
/* Undo what is open; never fails, as there is nothing left to lose. */
void ex_sqlite_rollback(struct ex_sqlite *s);

#endif
