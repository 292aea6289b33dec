/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlite.h"

#include <stdlib.h>
#include <string.h>

/* SQLite's own texts are for programmers; these are for the operator. */
static const struct {
	int rc;
	const char *why;
} reasons[] = {
	{ SQLITE_FULL, "the disk is full" },
	{ SQLITE_READONLY, "is read-only" },
	{ SQLITE_PERM, "is read-only" },
	{ SQLITE_NOTADB, "is not a database" },
	{ SQLITE_CORRUPT, "the database is damaged" },
	{ SQLITE_BUSY, "is locked by another process for over 10 seconds" },
};

enum ex_status
ex_sqlite_fail(struct ex_sqlite *s, int rc, struct ex_error *err)
{
	const char *name = s->sql.name;
	int number;

	if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
		return ex_fail(err, EX_ERR_NOMEM, name, NULL);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if ((rc & 0xff) == reasons[i].rc)
			return ex_fail(
			    err, EX_ERR_DATABASE, name, "%s", reasons[i].why);
	number = s->handle ? sqlite3_system_errno(s->handle) : 0;
	if (((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN) &&
	    number != 0)
		return ex_fail(err, EX_ERR_DATABASE, name,
		    "cannot be read or written: %s", strerror(number));
	return ex_fail(err, EX_ERR_DATABASE, name, "%s",
	    s->handle ? sqlite3_errmsg(s->handle) : sqlite3_errstr(rc));
}

/* ---- connection -------------------------------------------------------- */

enum ex_status
ex_sqlite_open(
    struct ex_sqlite *s, const char *path, int flags, struct ex_error *err)
{
	int rc = sqlite3_open_v2(path, &s->handle,
	    flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->handle, EX_SQLITE_BUSY_MS);
	/* A file from elsewhere must not run its own functions here. */
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(
		    s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(
		    s->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	return rc == SQLITE_OK ? EX_OK : ex_sqlite_fail(s, rc, err);
}

/* Every byte as %XX: none of them means anything else then. */
static char *
uri_at_rest(const char *path)
{
	static const char scheme[] = "file:", option[] = "?immutable=1";
	char *uri =
	    ex_calloc(strlen(path) * 3 + sizeof scheme + sizeof option, 1);
	char *to = uri;

	if (!uri)
		return NULL;
	to += sprintf(to, scheme);
	for (; *path; path++)
		to += sprintf(to, "%%%02X", (unsigned)(unsigned char)*path);
	sprintf(to, option);
	return uri;
}

enum ex_status
ex_sqlite_open_at_rest(
    struct ex_sqlite *s, const char *path, struct ex_error *err)
{
	char *uri = uri_at_rest(path);
	enum ex_status status;

	if (!uri)
		return ex_fail(err, EX_ERR_NOMEM, s->sql.name, NULL);
	status =
	    ex_sqlite_open(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	free(uri);
	return status;
}

void
ex_sqlite_close(struct ex_sqlite *s)
{
	for (size_t i = 0; i < EX_SQL_KEPT; i++)
		sqlite3_finalize(s->statements[i]);
	sqlite3_close(s->handle);
}

enum ex_status
ex_sqlite_exec(struct ex_sqlite *s, const char *text, struct ex_error *err)
{
	int rc = sqlite3_exec(s->handle, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? EX_OK : ex_sqlite_fail(s, rc, err);
}

void
ex_sqlite_rollback(struct ex_sqlite *s)
{
	/* After some failures SQLite has done it already. */
	if (!sqlite3_get_autocommit(s->handle))
		sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
}

/* ---- statements -------------------------------------------------------- */

static struct ex_sqlite *
store_of(const struct ex_sql_query *q)
{
	return (struct ex_sqlite *)q->sql;
}

static sqlite3_stmt *
statement_of(const struct ex_sql_query *q)
{
	return store_of(q)->statements[q->slot];
}

static int
bind(sqlite3_stmt *st, int at, const struct ex_sql_value *v)
{
	const void *bytes = v->bytes.data;

	switch (v->kind) {
	case EX_SQL_INT:
		return sqlite3_bind_int64(st, at, v->whole);
	case EX_SQL_REAL:
		return sqlite3_bind_double(st, at, v->real);
	case EX_SQL_TEXT:
		return sqlite3_bind_text64(
		    st, at, bytes, v->bytes.size, SQLITE_STATIC, SQLITE_UTF8);
	case EX_SQL_BLOB: /* at NULL it would bind a NULL */
		return sqlite3_bind_blob64(
		    st, at, bytes ? bytes : "", v->bytes.size, SQLITE_STATIC);
	default:
		return sqlite3_bind_null(st, at);
	}
}

static int
begin(struct ex_sql_query *q)
{
	struct ex_sqlite *s = store_of(q);
	sqlite3_stmt **st = &s->statements[q->slot];
	int rc = SQLITE_OK;

	if (!*st)
		rc = sqlite3_prepare_v3(s->handle, q->sql->kept[q->slot], -1,
		    SQLITE_PREPARE_PERSISTENT, st, NULL);
	/* "$3" is a name to SQLite: numbered by where it stands. */
	for (size_t i = 0; rc == SQLITE_OK && i < q->n_in; i++) {
		char name[8];

		snprintf(name, sizeof name, "$%zu", i + 1);
		rc = bind(
		    *st, sqlite3_bind_parameter_index(*st, name), &q->in[i]);
	}
	return rc;
}

static void
reset(struct ex_sql_query *q)
{
	sqlite3_reset(statement_of(q));
	sqlite3_clear_bindings(statement_of(q));
}

static enum ex_status
step(struct ex_sql_query *q, bool *row, struct ex_error *err)
{
	struct ex_sqlite *s = store_of(q);
	enum ex_status status = EX_OK;
	int rc = q->begun ? SQLITE_OK : begin(q);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement_of(q));
	*row = rc == SQLITE_ROW;
	if (*row)
		return EX_OK;
	if (rc == SQLITE_DONE)
		q->changes = sqlite3_changes64(s->handle);
	else /* told before the reset, which forgets the text */
		status = ex_sqlite_fail(s, rc, err);
	if (statement_of(q))
		reset(q);
	return status;
}

static struct ex_sql_value
column(const struct ex_sql_query *q, size_t i)
{
	sqlite3_stmt *st = statement_of(q);
	struct ex_sql_value v = { .kind = EX_SQL_NULL };
	int at = (int)i;

	switch (sqlite3_column_type(st, at)) {
	case SQLITE_INTEGER:
		v.kind = EX_SQL_INT;
		v.whole = sqlite3_column_int64(st, at);
		break;
	case SQLITE_FLOAT:
		v.kind = EX_SQL_REAL;
		v.real = sqlite3_column_double(st, at);
		break;
	case SQLITE_TEXT:
	case SQLITE_BLOB:
		v.kind = sqlite3_column_type(st, at) == SQLITE_TEXT
			     ? EX_SQL_TEXT
			     : EX_SQL_BLOB;
		/* As bytes: unlike sqlite3_column_text it allocates nothing. */
		v.bytes.data = sqlite3_column_blob(st, at);
		v.bytes.size = (size_t)sqlite3_column_bytes(st, at);
		break;
	default:
		break;
	}
	return v;
}

static const char *
column_name(const struct ex_sql_query *q, size_t i)
{
	return sqlite3_column_name(statement_of(q), (int)i);
}

const struct ex_sql_driver ex_sqlite_driver = {
	.step = step,
	.reset = reset,
	.column = column,
	.column_name = column_name,
};
