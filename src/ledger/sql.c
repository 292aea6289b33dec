/* SPDX-License-Identifier: Apache-2.0 */
#include "sql.h"

#include <assert.h>
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
ex_sql_fail(struct ex_sql *s, int rc, struct ex_error *err)
{
	int number;

	if (rc == SQLITE_NOMEM || rc == SQLITE_IOERR_NOMEM)
		return ex_fail(err, EX_ERR_NOMEM, s->name, NULL);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if ((rc & 0xff) == reasons[i].rc)
			return ex_fail(err, EX_ERR_DATABASE, s->name, "%s",
			    reasons[i].why);
	number = s->handle ? sqlite3_system_errno(s->handle) : 0;
	if (((rc & 0xff) == SQLITE_IOERR || (rc & 0xff) == SQLITE_CANTOPEN) &&
	    number != 0)
		return ex_fail(err, EX_ERR_DATABASE, s->name,
		    "cannot be read or written: %s", strerror(number));
	return ex_fail(err, EX_ERR_DATABASE, s->name, "%s",
	    s->handle ? sqlite3_errmsg(s->handle) : sqlite3_errstr(rc));
}

enum ex_status
ex_sql_open(struct ex_sql *s, const char *path, int flags, struct ex_error *err)
{
	int rc = sqlite3_open_v2(path, &s->handle,
	    flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_busy_timeout(s->handle, EX_SQL_BUSY_MS);
	/* A file from elsewhere must not run its own functions here. */
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(
		    s->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(
		    s->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)NULL);
	return rc == SQLITE_OK ? EX_OK : ex_sql_fail(s, rc, err);
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
ex_sql_open_at_rest(struct ex_sql *s, const char *path, struct ex_error *err)
{
	char *uri = uri_at_rest(path);
	enum ex_status status;

	if (!uri)
		return ex_fail(err, EX_ERR_NOMEM, s->name, NULL);
	status =
	    ex_sql_open(s, uri, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
	free(uri);
	return status;
}

void
ex_sql_close(struct ex_sql *s)
{
	for (size_t i = 0; i < EX_SQL_KEPT; i++)
		sqlite3_finalize(s->kept[i].statement);
	sqlite3_close(s->handle);
	free(s->name);
	*s = (struct ex_sql){ 0 };
}

enum ex_status
ex_sql_exec(struct ex_sql *s, const char *text, struct ex_error *err)
{
	int rc = sqlite3_exec(s->handle, text, NULL, NULL, NULL);

	return rc == SQLITE_OK ? EX_OK : ex_sql_fail(s, rc, err);
}

void
ex_sql_rollback(struct ex_sql *s)
{
	/* After some failures SQLite has done it already. */
	if (!sqlite3_get_autocommit(s->handle))
		sqlite3_exec(s->handle, "ROLLBACK", NULL, NULL, NULL);
}

enum ex_status
ex_sql_query(struct ex_sql *s, const char *text, struct ex_sql_query *q,
    struct ex_error *err)
{
	size_t i = 0;
	int rc = SQLITE_OK;

	while (i < EX_SQL_KEPT && s->kept[i].text && s->kept[i].text != text)
		i++;
	assert(i < EX_SQL_KEPT);
	*q = (struct ex_sql_query){ .sql = s };
	if (!s->kept[i].statement)
		rc = sqlite3_prepare_v3(s->handle, text, -1,
		    SQLITE_PREPARE_PERSISTENT, &s->kept[i].statement, NULL);
	if (rc != SQLITE_OK)
		return ex_sql_fail(s, rc, err);
	s->kept[i].text = text;
	q->statement = s->kept[i].statement;
	return EX_OK;
}

static void
note(struct ex_sql_query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void
ex_sql_put_int(struct ex_sql_query *q, int64_t v)
{
	note(q, sqlite3_bind_int64(q->statement, ++q->at, v));
}

void
ex_sql_put_real(struct ex_sql_query *q, double v)
{
	note(q, sqlite3_bind_double(q->statement, ++q->at, v));
}

void
ex_sql_put_text(struct ex_sql_query *q, const char *v)
{
	note(q, sqlite3_bind_text(q->statement, ++q->at, v, -1, SQLITE_STATIC));
}

void
ex_sql_put_blob(struct ex_sql_query *q, const void *v, size_t n)
{
	note(
	    q, sqlite3_bind_blob64(q->statement, ++q->at, v, n, SQLITE_STATIC));
}

void
ex_sql_put_null(struct ex_sql_query *q)
{
	note(q, sqlite3_bind_null(q->statement, ++q->at));
}

enum ex_status
ex_sql_step(struct ex_sql_query *q, bool *row, struct ex_error *err)
{
	int rc = q->rc;
	enum ex_status status = EX_OK;

	*row = false;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(q->statement);
	q->at = 0;
	if (rc == SQLITE_ROW) {
		*row = true;
		return EX_OK;
	}
	/* Told before the reset, which forgets the text. */
	if (rc != SQLITE_DONE)
		status = ex_sql_fail(q->sql, rc, err);
	ex_sql_reset(q);
	return status;
}

enum ex_status
ex_sql_run(struct ex_sql_query *q, struct ex_error *err)
{
	enum ex_status status;
	bool row;

	do
		status = ex_sql_step(q, &row, err);
	while (status == EX_OK && row);
	return status;
}

void
ex_sql_reset(struct ex_sql_query *q)
{
	sqlite3_reset(q->statement);
	sqlite3_clear_bindings(q->statement);
	q->at = 0;
	q->rc = SQLITE_OK;
}

void
ex_sql_refuse(struct ex_sql_query *q)
{
	if (!q->bad)
		q->bad = sqlite3_column_name(q->statement, q->at - 1);
	if (!q->bad)
		q->bad = "column";
}

int64_t
ex_sql_take_int(struct ex_sql_query *q, int64_t low, int64_t high)
{
	int at = q->at++;
	int64_t v = sqlite3_column_int64(q->statement, at);

	if (sqlite3_column_type(q->statement, at) == SQLITE_INTEGER &&
	    v >= low && v <= high)
		return v;
	ex_sql_refuse(q);
	return 0;
}

double
ex_sql_take_real(struct ex_sql_query *q)
{
	int at = q->at++;

	if (sqlite3_column_type(q->statement, at) == SQLITE_FLOAT)
		return sqlite3_column_double(q->statement, at);
	ex_sql_refuse(q);
	return 0;
}

void
ex_sql_take_text(struct ex_sql_query *q, char *out, size_t size)
{
	int at = q->at++;
	bool text = sqlite3_column_type(q->statement, at) == SQLITE_TEXT;
	/* As bytes: unlike sqlite3_column_text this allocates nothing. */
	const void *v = sqlite3_column_blob(q->statement, at);
	size_t n = v ? (size_t)sqlite3_column_bytes(q->statement, at) : 0;

	*out = '\0';
	/* A NUL within would hide what follows it. */
	if (!text || n >= size || (n && memchr(v, 0, n))) {
		ex_sql_refuse(q);
		return;
	}
	if (n)
		memcpy(out, v, n);
	out[n] = '\0';
}

bool
ex_sql_take_blob(struct ex_sql_query *q, void *out, size_t n)
{
	int at = q->at++;
	const void *v = NULL;

	if (sqlite3_column_type(q->statement, at) == SQLITE_BLOB)
		v = sqlite3_column_blob(q->statement, at);
	if (v && (size_t)sqlite3_column_bytes(q->statement, at) == n) {
		memcpy(out, v, n);
		return true;
	}
	memset(out, 0, n);
	ex_sql_refuse(q);
	return false;
}

bool
ex_sql_take_null(struct ex_sql_query *q)
{
	if (sqlite3_column_type(q->statement, q->at) != SQLITE_NULL)
		return false;
	q->at++;
	return true;
}
