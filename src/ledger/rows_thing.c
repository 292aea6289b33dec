/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <string.h>

enum ex_status
ex_rows_use_port(void *store, const char *port, struct ex_error *err)
{
	struct ex_sql *s = store;

	(void)err;
	snprintf(s->port, sizeof s->port, "%s", port);
	return EX_OK;
}

enum ex_status
ex_rows_lock(
    struct ex_sql *s, const char *kind, const char *name, struct ex_error *err)
{
	if (!s->writing || !s->driver->lock)
		return EX_OK;
	return s->driver->lock(s, kind, name, err);
}

enum ex_status
ex_rows_thing_put(void *store, const char *kind, const char *key,
    struct ex_bytes value, struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO thing (port, kind, key, value)"
	    " VALUES ($1, $2, $3, $4)"
	    " ON CONFLICT (port, kind, key) DO UPDATE SET value = $4";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, kind);
	ex_sql_put_text(&q, key);
	ex_sql_put_blob(&q, value);
	return ex_sql_send(&q, err);
}

static enum ex_status
keep(struct ex_sql_query *q, const char *key, struct ex_blob *out,
    struct ex_error *err)
{
	struct ex_bytes value = ex_sql_take_bytes(q);

	if (q->bad)
		return ex_sql_damaged(q, key, err);
	out->data = ex_calloc(value.size + 1, 1); /* also where it is empty */
	if (!out->data)
		return ex_fail(err, EX_ERR_NOMEM, q->sql->name, NULL);
	if (value.size)
		memcpy(out->data, value.data, value.size);
	out->size = value.size;
	return EX_OK;
}

enum ex_status
ex_rows_thing_get(void *store, const char *kind, const char *key,
    struct ex_blob *out, bool *found, struct ex_error *err)
{
	static const char text[] =
	    "SELECT value FROM thing"
	    " WHERE port = $1 AND kind = $2 AND key = $3";
	struct ex_sql_query q;
	enum ex_status status = ex_rows_lock(store, kind, key, err);

	*out = (struct ex_blob){ 0 };
	*found = false;
	if (status != EX_OK)
		return status;
	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, kind);
	ex_sql_put_text(&q, key);
	status = ex_sql_step(&q, found, err);
	if (status == EX_OK && *found)
		status = keep(&q, key, out, err);
	ex_sql_reset(&q);
	return status;
}

enum ex_status
ex_rows_thing_drop(
    void *store, const char *kind, const char *key, struct ex_error *err)
{
	static const char text[] =
	    "DELETE FROM thing"
	    " WHERE port = $1 AND kind = $2 AND key = $3";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, kind);
	ex_sql_put_text(&q, key);
	return ex_sql_send(&q, err);
}

enum ex_status
ex_rows_thing_each(void *store, const char *kind, ex_thing_visit *visit,
    void *arg, struct ex_error *err)
{
	static const char text[] =
	    "SELECT key, value FROM thing"
	    " WHERE port = $1 AND kind = $2 ORDER BY key";
	struct ex_sql_query q;
	enum ex_status status;
	bool row;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, kind);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		char key[EX_SUBJECT_SIZE];
		struct ex_bytes value;

		ex_sql_take_text(&q, key, sizeof key);
		value = ex_sql_take_bytes(&q);
		status = q.bad ? ex_sql_damaged(&q, kind, err)
			       : visit(key, value, arg);
		if (status != EX_OK)
			break;
	}
	ex_sql_reset(&q);
	return status;
}
