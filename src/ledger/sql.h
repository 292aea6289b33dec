/* SPDX-License-Identifier: Apache-2.0 */
/* Prepared statements of a database that speaks SQL, whichever it is. Values
 * are put in and taken in order; the first column that holds something else
 * sticks to the query and is told once. Statement texts are constants, with
 * $1, $2 ... for what is put in: SQLite and PostgreSQL both read them. */
#ifndef EXEUNT_LEDGER_SQL_H
#define EXEUNT_LEDGER_SQL_H

#include "exeunt/base.h"

#define EX_SQL_KEPT   64 /* statements of one connection */
#define EX_SQL_VALUES 18 /* of one statement */

enum ex_sql_kind {
	EX_SQL_NULL,
	EX_SQL_INT,
	EX_SQL_REAL,
	EX_SQL_TEXT,
	EX_SQL_BLOB,
};

struct ex_sql_value {
	enum ex_sql_kind kind;
	union {
		int64_t whole;
		double real;
		struct ex_bytes bytes; /* text, without a NUL behind; blob */
	};
};

/* A thing as it stands in the transaction that writes: nobody else gets to it
 * until that ends, so it is asked for once. */
#define EX_SQL_THINGS     8
#define EX_SQL_THING_MOST 64
struct ex_sql_thing {
	char name[160]; /* kind/key; "": free */
	bool found;
	size_t size;
	uint8_t value[EX_SQL_THING_MOST];
};

struct ex_sql {
	const struct ex_sql_driver *driver;
	const char *name; /* for errors */
	char port[33];    /* whose rows */
	bool writing;     /* in a transaction that writes */
	const char *kept[EX_SQL_KEPT];
	struct ex_sql_thing things[EX_SQL_THINGS];
	size_t next_thing;
};

/* One use of a prepared statement: put, step, take. */
struct ex_sql_query {
	struct ex_sql *sql;
	size_t slot; /* of its text in `kept` */
	struct ex_sql_value in[EX_SQL_VALUES];
	size_t n_in;
	size_t at;       /* columns taken */
	bool begun;      /* stepped, and not at its end */
	int64_t changes; /* rows written, once it is at its end */
	const char *bad; /* first column that held something else */
	void *result;    /* the driver's, and where it is in it */
	int row;
};

/* What a database does for these. Failures name it and hold no values. */
struct ex_sql_driver {
	/* To the first row, or the next; at the end or on failure the query is
	 * reset. */
	enum ex_status (*step)(
	    struct ex_sql_query *q, bool *row, struct ex_error *err);
	/* A statement without rows whose outcome nobody waits for: its failure
	 * may be told by a later call of the transaction. NULL: no such. */
	enum ex_status (*send)(struct ex_sql_query *q, struct ex_error *err);
	void (*reset)(struct ex_sql_query *q);
	/* Of the row stepped to; bytes live until the next step. */
	struct ex_sql_value (*column)(const struct ex_sql_query *q, size_t i);
	const char *(*column_name)(const struct ex_sql_query *q, size_t i);
	/* In a transaction that writes: keep others out who lock this name,
	 * until its end. NULL: a writer is alone. */
	enum ex_status (*lock)(struct ex_sql *s, const char *kind,
	    const char *name, struct ex_error *err);
	/* Rows of crossings opened then will be written. NULL: no matter. */
	enum ex_status (*prepare_time)(
	    struct ex_sql *s, int64_t opened_ms, struct ex_error *err);
	/* What can be dropped at once of the crossings with ids below; `*n` is
	 * how many went. NULL: nothing. */
	enum ex_status (*drop_below)(struct ex_sql *s, const char *below,
	    size_t *n, struct ex_error *err);
};

/* `text` must be static: the statement is kept under its address. The port is
 * put in already, as $1. */
void ex_sql_query(struct ex_sql *s, const char *text, struct ex_sql_query *q);
void ex_sql_put_int(struct ex_sql_query *q, int64_t v);
void ex_sql_put_real(struct ex_sql_query *q, double v);
/* Borrowed until the query is at its end. */
void ex_sql_put_text(struct ex_sql_query *q, const char *v);
void ex_sql_put_blob(struct ex_sql_query *q, struct ex_bytes v);
void ex_sql_put_hash(struct ex_sql_query *q, const uint8_t v[static 32]);
void ex_sql_put_null(struct ex_sql_query *q);

/* To the next row, `*row` false behind the last one. The query may be put
 * anew after false or failure. */
enum ex_status ex_sql_step(
    struct ex_sql_query *q, bool *row, struct ex_error *err);
/* For statements without rows; `*changes` may be NULL. */
enum ex_status ex_sql_run(
    struct ex_sql_query *q, size_t *changes, struct ex_error *err);
enum ex_status ex_sql_send(struct ex_sql_query *q, struct ex_error *err);
/* Stop before the end; nothing to do behind it. */
void ex_sql_reset(struct ex_sql_query *q);

/* The next column; what is not of the kind or size asked for marks the query
 * bad and gives 0 or "". */
int64_t ex_sql_take_int(struct ex_sql_query *q, int64_t low, int64_t high);
double ex_sql_take_real(struct ex_sql_query *q);
void ex_sql_take_text(struct ex_sql_query *q, char *out, size_t size);
struct ex_bytes ex_sql_take_bytes(struct ex_sql_query *q);
bool ex_sql_take_hash(struct ex_sql_query *q, uint8_t out[static 32]);
/* NULL is taken (true), anything else is left for the next call. */
bool ex_sql_take_null(struct ex_sql_query *q);
/* Mark the column just taken as bad. */
void ex_sql_refuse(struct ex_sql_query *q);
/* EX_ERR_DATABASE: `what` is damaged, in the column marked. */
enum ex_status ex_sql_damaged(
    const struct ex_sql_query *q, const char *what, struct ex_error *err);

#endif
