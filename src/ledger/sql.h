/* SPDX-License-Identifier: Apache-2.0 */
/* A connection to SQLite and its prepared statements. Values are bound and
 * taken in order; the first thing that goes wrong sticks to the query and is
 * told once, naming the database. */
#ifndef EXEUNT_LEDGER_SQL_H
#define EXEUNT_LEDGER_SQL_H

#include "exeunt/base.h"

#include <sqlite3.h>

#define EX_SQL_KEPT    16
#define EX_SQL_BUSY_MS 10000

struct ex_sql {
	sqlite3 *handle;
	char *name; /* of the file, as the user gave it, for errors */
	struct {
		const char *text;
		sqlite3_stmt *statement;
	} kept[EX_SQL_KEPT];
};

/* One use of a prepared statement: bind, step, take. */
struct ex_sql_query {
	struct ex_sql *sql;
	sqlite3_stmt *statement;
	int rc;          /* first failure of a bind */
	int at;          /* parameters bound, or columns taken */
	const char *bad; /* first column that held something else */
};

/* `path` goes to SQLite as it is; `flags` as of sqlite3_open_v2. Close it also
 * after failure. */
enum ex_status ex_sql_open(
    struct ex_sql *s, const char *path, int flags, struct ex_error *err);
void ex_sql_close(struct ex_sql *s);
/* For reading a file that nobody writes, in a folder where SQLite may not make
 * its own files: no locks, no log. */
enum ex_status ex_sql_open_at_rest(
    struct ex_sql *s, const char *path, struct ex_error *err);

/* Tell a result code of SQLite; its texts hold no stored values. */
enum ex_status ex_sql_fail(struct ex_sql *s, int rc, struct ex_error *err);

/* Statements without values or rows; static text, never put together. */
enum ex_status ex_sql_exec(
    struct ex_sql *s, const char *text, struct ex_error *err);
/* Undo what is open; never fails, as there is nothing left to lose. */
void ex_sql_rollback(struct ex_sql *s);

/* `text` must be static: the statement is kept under its address. */
enum ex_status ex_sql_query(struct ex_sql *s, const char *text,
    struct ex_sql_query *q, struct ex_error *err);
void ex_sql_put_int(struct ex_sql_query *q, int64_t v);
void ex_sql_put_real(struct ex_sql_query *q, double v);
void ex_sql_put_text(struct ex_sql_query *q, const char *v);
void ex_sql_put_blob(struct ex_sql_query *q, const void *v, size_t n);
void ex_sql_put_null(struct ex_sql_query *q);

/* To the next row, `*row` false behind the last one; texts and blobs put in
 * must live until then. The query is ready for reuse after false or failure. */
enum ex_status ex_sql_step(
    struct ex_sql_query *q, bool *row, struct ex_error *err);
/* For statements without rows. */
enum ex_status ex_sql_run(struct ex_sql_query *q, struct ex_error *err);
void ex_sql_reset(struct ex_sql_query *q);

/* The next column; what is not of the kind or size asked for marks the query
 * bad and gives 0 or "". */
int64_t ex_sql_take_int(struct ex_sql_query *q, int64_t low, int64_t high);
double ex_sql_take_real(struct ex_sql_query *q);
void ex_sql_take_text(struct ex_sql_query *q, char *out, size_t size);
bool ex_sql_take_blob(struct ex_sql_query *q, void *out, size_t n);
/* NULL is taken (true), anything else is left for the next call. */
bool ex_sql_take_null(struct ex_sql_query *q);
/* Mark the column just taken as bad. */
void ex_sql_refuse(struct ex_sql_query *q);

#endif
