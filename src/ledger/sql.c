/* SPDX-License-Identifier: Apache-2.0 */
#include "sql.h"

#include <assert.h>
#include <string.h>

void
ex_sql_query(struct ex_sql *s, const char *text, struct ex_sql_query *q)
{
	size_t i = 0;

	while (i < EX_SQL_KEPT && s->kept[i] && s->kept[i] != text)
		i++;
	assert(i < EX_SQL_KEPT);
	s->kept[i] = text;
	*q = (struct ex_sql_query){ .sql = s, .slot = i };
	ex_sql_put_text(q, s->port);
}

/* ---- values put in ----------------------------------------------------- */

static void
put(struct ex_sql_query *q, struct ex_sql_value v)
{
	assert(q->n_in < EX_SQL_VALUES && !q->begun);
	q->in[q->n_in++] = v;
}

void
ex_sql_put_int(struct ex_sql_query *q, int64_t v)
{
	put(q, (struct ex_sql_value){ EX_SQL_INT, .whole = v });
}

void
ex_sql_put_real(struct ex_sql_query *q, double v)
{
	put(q, (struct ex_sql_value){ EX_SQL_REAL, .real = v });
}

void
ex_sql_put_text(struct ex_sql_query *q, const char *v)
{
	struct ex_bytes bytes = { (const uint8_t *)v, strlen(v) };

	put(q, (struct ex_sql_value){ EX_SQL_TEXT, .bytes = bytes });
}

void
ex_sql_put_blob(struct ex_sql_query *q, struct ex_bytes v)
{
	put(q, (struct ex_sql_value){ EX_SQL_BLOB, .bytes = v });
}

void
ex_sql_put_hash(struct ex_sql_query *q, const uint8_t v[static 32])
{
	ex_sql_put_blob(q, (struct ex_bytes){ v, 32 });
}

void
ex_sql_put_null(struct ex_sql_query *q)
{
	put(q, (struct ex_sql_value){ .kind = EX_SQL_NULL });
}

/* ---- running ----------------------------------------------------------- */

enum ex_status
ex_sql_step(struct ex_sql_query *q, bool *row, struct ex_error *err)
{
	enum ex_status status;

	*row = false;
	q->at = 0;
	status = q->sql->driver->step(q, row, err);
	q->begun = *row;
	return status;
}

enum ex_status
ex_sql_run(struct ex_sql_query *q, size_t *changes, struct ex_error *err)
{
	enum ex_status status;
	bool row;

	do
		status = ex_sql_step(q, &row, err);
	while (status == EX_OK && row);
	if (changes)
		*changes = status == EX_OK ? (size_t)q->changes : 0;
	return status;
}

enum ex_status
ex_sql_send(struct ex_sql_query *q, struct ex_error *err)
{
	if (q->sql->driver->send)
		return q->sql->driver->send(q, err);
	return ex_sql_run(q, NULL, err);
}

void
ex_sql_reset(struct ex_sql_query *q)
{
	if (q->begun)
		q->sql->driver->reset(q);
	q->begun = false;
}

/* ---- columns taken: a database is outside bytes like any other ---------- */

void
ex_sql_refuse(struct ex_sql_query *q)
{
	if (!q->bad)
		q->bad = q->sql->driver->column_name(q, q->at - 1);
	if (!q->bad)
		q->bad = "column";
}

static struct ex_sql_value
take(struct ex_sql_query *q, enum ex_sql_kind kind)
{
	struct ex_sql_value v = q->sql->driver->column(q, q->at++);

	if (v.kind == kind)
		return v;
	ex_sql_refuse(q);
	return (struct ex_sql_value){ .kind = EX_SQL_NULL };
}

int64_t
ex_sql_take_int(struct ex_sql_query *q, int64_t low, int64_t high)
{
	struct ex_sql_value v = take(q, EX_SQL_INT);

	if (v.kind == EX_SQL_INT && v.whole >= low && v.whole <= high)
		return v.whole;
	ex_sql_refuse(q);
	return 0;
}

double
ex_sql_take_real(struct ex_sql_query *q)
{
	struct ex_sql_value v = take(q, EX_SQL_REAL);

	return v.kind == EX_SQL_REAL ? v.real : 0;
}

void
ex_sql_take_text(struct ex_sql_query *q, char *out, size_t size)
{
	struct ex_sql_value v = take(q, EX_SQL_TEXT);
	size_t n = v.kind == EX_SQL_TEXT ? v.bytes.size : 0;

	*out = '\0';
	/* A NUL within would hide what follows it. */
	if (n >= size || (n && memchr(v.bytes.data, 0, n))) {
		ex_sql_refuse(q);
		return;
	}
	if (n)
		memcpy(out, v.bytes.data, n);
	out[n] = '\0';
}

struct ex_bytes
ex_sql_take_bytes(struct ex_sql_query *q)
{
	struct ex_sql_value v = take(q, EX_SQL_BLOB);

	return v.kind == EX_SQL_BLOB ? v.bytes : (struct ex_bytes){ 0 };
}

bool
ex_sql_take_hash(struct ex_sql_query *q, uint8_t out[static 32])
{
	struct ex_bytes v = ex_sql_take_bytes(q);

	if (v.size == 32) {
		memcpy(out, v.data, 32);
		return true;
	}
	memset(out, 0, 32);
	ex_sql_refuse(q);
	return false;
}

bool
ex_sql_take_null(struct ex_sql_query *q)
{
	if (q->sql->driver->column(q, q->at).kind != EX_SQL_NULL)
		return false;
	q->at++;
	return true;
}

enum ex_status
ex_sql_damaged(
    const struct ex_sql_query *q, const char *what, struct ex_error *err)
{
	return ex_fail(err, EX_ERR_DATABASE, q->sql->name, "%s is damaged: %s",
	    what, q->bad);
}
