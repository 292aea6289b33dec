/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

enum ex_status
ex_rows_picture_add(
    void *store, const struct ex_store_picture *p, struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO picture (port, crossing, name, retention, epoch_ms,"
	    " key, sealed) VALUES ($1, $2, $3, $4, $5, $6, $7)";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, p->crossing);
	ex_sql_put_text(&q, p->name);
	ex_sql_put_int(&q, p->retention);
	ex_sql_put_int(&q, p->epoch_ms);
	ex_sql_put_blob(&q, p->key);
	ex_sql_put_blob(&q, p->sealed);
	return ex_sql_send(&q, err);
}

#define COLUMNS "p.crossing, p.name, p.retention, p.epoch_ms, p.key, p.sealed"

/* What the columns lead to is borrowed until the next step. */
static enum ex_status
visit_all(struct ex_sql_query *q, ex_store_picture_visit *visit, void *arg,
    struct ex_error *err)
{
	enum ex_status status;
	bool row;

	while ((status = ex_sql_step(q, &row, err)) == EX_OK && row) {
		struct ex_store_picture p;

		ex_sql_take_text(q, p.crossing, sizeof p.crossing);
		ex_sql_take_text(q, p.name, sizeof p.name);
		p.retention = (enum ex_retention_class)ex_sql_take_int(
		    q, 0, EX_RETAIN_COUNT - 1);
		p.epoch_ms = ex_sql_take_int(q, 0, INT64_MAX);
		p.key = ex_sql_take_bytes(q);
		p.sealed = ex_sql_take_bytes(q);
		status = q->bad ? ex_sql_damaged(q, "a picture", err)
				: visit(&p, arg);
		if (status != EX_OK)
			break;
	}
	ex_sql_reset(q);
	return status;
}

enum ex_status
ex_rows_picture_each(void *store, const char *crossing, const char *name,
    ex_store_picture_visit *visit, void *arg, struct ex_error *err)
{
	static const char all[] =
	    "SELECT " COLUMNS " FROM picture p"
	    " WHERE p.port = $1 AND p.crossing = $2 ORDER BY p.name";
	static const char one[] =
	    "SELECT " COLUMNS " FROM picture p"
	    " WHERE p.port = $1 AND p.crossing = $2 AND p.name = $3";
	struct ex_sql_query q;

	ex_sql_query(store, name ? one : all, &q);
	ex_sql_put_text(&q, crossing);
	if (name)
		ex_sql_put_text(&q, name);
	return visit_all(&q, visit, arg, err);
}

/* No crossing from before the oldest picture can have one. */
enum ex_status
ex_rows_picture_earlier(void *store, const uint8_t number[EX_SHA256_SIZE],
    size_t most, ex_store_picture_visit *visit, void *arg, struct ex_error *err)
{
	static const char text[] =
	    "SELECT " COLUMNS " FROM document d"
	    " JOIN occupant o ON o.port = d.port AND o.crossing = d.crossing"
	    "  AND o.document = d.n"
	    " JOIN picture p ON p.port = o.port AND p.crossing = o.crossing"
	    "  AND p.name = 'o' || o.n"
	    " WHERE d.port = $1 AND d.number_hash = $2 AND d.crossing >="
	    "  (SELECT min(crossing) FROM picture WHERE port = $1)"
	    " ORDER BY d.crossing DESC LIMIT $3";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_hash(&q, number);
	ex_sql_put_int(&q, (int64_t)most);
	return visit_all(&q, visit, arg, err);
}

enum ex_status
ex_rows_picture_drop(
    void *store, const char *crossing, size_t *n, struct ex_error *err)
{
	static const char text[] =
	    "DELETE FROM picture WHERE port = $1 AND crossing = $2";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, crossing);
	return ex_sql_run(&q, n, err);
}

enum ex_status
ex_rows_picture_drop_epoch(void *store, enum ex_retention_class c,
    int64_t epoch_ms, size_t *n, struct ex_error *err)
{
	static const char text[] = "DELETE FROM picture WHERE port = $1"
				   " AND retention = $2 AND epoch_ms = $3";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_int(&q, c);
	ex_sql_put_int(&q, epoch_ms);
	return ex_sql_run(&q, n, err);
}
