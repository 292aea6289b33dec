/* SPDX-License-Identifier: Apache-2.0 */
/* PostgreSQL: a connection, and the driver of its statements. */
#ifndef EXEUNT_LEDGER_POSTGRES_H
#define EXEUNT_LEDGER_POSTGRES_H

#include <libpq-fe.h>

#include "sql.h"

#define EX_POSTGRES_DAYS 8

struct ex_postgres {
	struct ex_sql sql; /* first: stores are given as this */
	PGconn *link;      /* in pipeline mode once it is open */
	char *uri;         /* may hold a password: wiped */
	bool prepared[EX_SQL_KEPT];
	bool left;   /* the server has said farewell */
	bool failed; /* since the last rollback: `prepared` may be wrong */
	/* Days whose partitions are there, as days since 1970; 0: free. */
	int64_t days[EX_POSTGRES_DAYS];
	size_t next_day;
	bool days_changed; /* in this transaction */
};

extern const struct ex_sql_driver ex_postgres_driver;

/* Connect, and refuse a server that does not keep what it committed. Close it
 * also after failure. */
enum ex_status ex_postgres_connect(struct ex_postgres *p, struct ex_error *err);
void ex_postgres_disconnect(struct ex_postgres *p);

/* Tell a result, or (NULL) that the connection is lost, by SQLSTATE: the
 * server's texts may hold stored values. */
enum ex_status ex_postgres_fail(
    struct ex_postgres *p, const PGresult *r, struct ex_error *err);

/* A statement without values or rows and its outcome; `tag`: as the server
 * answers, or NULL. Outside of pipeline mode it may be several. */
enum ex_status ex_postgres_exec(struct ex_postgres *p, const char *text,
    const char *tag, struct ex_error *err);

/* postgres_schema.c, before pipeline mode: which schema is there, 0 for none;
 * bring it up to date. */
enum ex_status ex_postgres_version(
    struct ex_postgres *p, int64_t *version, struct ex_error *err);
enum ex_status ex_postgres_update(
    struct ex_postgres *p, bool write, struct ex_error *err);

#endif
