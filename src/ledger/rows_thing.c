/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <string.h>

enum ex_status
ex_rows_use_port(void *store, const char *port, struct ex_error *err)
{
	struct ex_sql *s = store;

	(void)err;
	snprintf(s->port, sizeof s->port, "%s", port);
	ex_rows_begin(s, s->writing); /* the other port's things */
	return EX_OK;
}

/* ---- what is known of things in this transaction ------------------------ */

void
ex_rows_begin(struct ex_sql *s, bool write)
{
	s->writing = write;
	for (size_t i = 0; i < EX_SQL_THINGS; i++)
		s->things[i].name[0] = '\0';
}

/* False where the names are too long to be kept. */
static bool
name_of(const char *kind, const char *key, char name[static 160])
{
	int n = snprintf(name, 160, "%s/%s", kind, key);

	return n > 0 && n < 160;
}

static struct ex_sql_thing *
known(struct ex_sql *s, const char *kind, const char *key)
{
	char name[160];

	if (!s->writing || !name_of(kind, key, name))
		return NULL;
	for (size_t i = 0; i < EX_SQL_THINGS; i++)
		if (strcmp(s->things[i].name, name) == 0)
			return &s->things[i];
	return NULL;
}

/* `value` NULL: it is not there. */
static void
know(struct ex_sql *s, const char *kind, const char *key,
    const struct ex_bytes *value)
{
	struct ex_sql_thing *t = known(s, kind, key);
	char name[160];

	if (t)
		t->name[0] = '\0';
	if (!s->writing || !name_of(kind, key, name) ||
	    (value && value->size > EX_SQL_THING_MOST))
		return;
	t = &s->things[s->next_thing++ % EX_SQL_THINGS];
	*t = (struct ex_sql_thing){ .found = value != NULL,
		.size = value ? value->size : 0 };
	memcpy(t->name, name, sizeof t->name);
	if (value && value->size)
		memcpy(t->value, value->data, t->size);
}

/* ---- things ------------------------------------------------------------ */

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
	know(store, kind, key, &value);
	return ex_sql_send(&q, err);
}

static enum ex_status
hand_out(struct ex_sql *s, struct ex_bytes value, struct ex_blob *out,
    struct ex_error *err)
{
	out->data = ex_calloc(value.size + 1, 1); /* also where it is empty */
	if (!out->data)
		return ex_fail(err, EX_ERR_NOMEM, s->name, NULL);
	if (value.size)
		memcpy(out->data, value.data, value.size);
	out->size = value.size;
	return EX_OK;
}

static enum ex_status
ask(struct ex_sql *s, const char *kind, const char *key, struct ex_blob *out,
    bool *found, struct ex_error *err)
{
	static const char text[] =
	    "SELECT value FROM thing"
	    " WHERE port = $1 AND kind = $2 AND key = $3";
	struct ex_bytes value;
	struct ex_sql_query q;
	enum ex_status status;

	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, kind);
	ex_sql_put_text(&q, key);
	status = ex_sql_step(&q, found, err);
	if (status == EX_OK && *found) {
		value = ex_sql_take_bytes(&q);
		status = q.bad ? ex_sql_damaged(&q, key, err)
			       : hand_out(s, value, out, err);
	}
	if (status == EX_OK)
		know(s, kind, key, *found ? &value : NULL);
	ex_sql_reset(&q);
	return status;
}

enum ex_status
ex_rows_thing_get(void *store, const char *kind, const char *key,
    struct ex_blob *out, bool *found, struct ex_error *err)
{
	const struct ex_sql_thing *t = known(store, kind, key);
	enum ex_status status = EX_OK;

	*out = (struct ex_blob){ 0 };
	*found = t && t->found;
	if (t && !t->found)
		return EX_OK;
	if (t)
		return hand_out(
		    store, (struct ex_bytes){ t->value, t->size }, out, err);
	status = ex_rows_lock(store, kind, key, err);
	return status == EX_OK ? ask(store, kind, key, out, found, err)
			       : status;
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
	know(store, kind, key, NULL);
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
