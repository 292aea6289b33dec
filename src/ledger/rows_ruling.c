/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

enum ex_status
ex_rows_ruling_add(void *store, const struct ex_ruling *r, struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO ruling (port, crossing, id, occupant, kind, document,"
	    " reason, undoes, actor, at_ms)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, r->crossing);
	ex_sql_put_text(&q, r->id);
	ex_sql_put_int(&q, r->occupant);
	ex_sql_put_text(&q, ex_ruling_word(r->kind));
	ex_sql_put_int(&q, r->document);
	ex_sql_put_text(&q, r->reason);
	ex_sql_put_text(&q, r->undoes);
	ex_sql_put_text(&q, r->actor);
	ex_sql_put_int(&q, r->at_ms);
	return ex_sql_send(&q, err);
}

static void
take_ruling(struct ex_sql_query *q, struct ex_ruling *r)
{
	*r = (struct ex_ruling){ 0 };
	ex_sql_take_text(q, r->crossing, sizeof r->crossing);
	ex_sql_take_text(q, r->id, sizeof r->id);
	r->occupant = (unsigned)ex_sql_take_int(q, 1, INT32_MAX);
	EX_TAKE_WORD(q, ruling, &r->kind);
	r->document = (unsigned)ex_sql_take_int(q, 0, EX_MAX_DOCUMENTS);
	ex_sql_take_text(q, r->reason, sizeof r->reason);
	ex_sql_take_text(q, r->undoes, sizeof r->undoes);
	ex_sql_take_text(q, r->actor, sizeof r->actor);
	r->at_ms = ex_sql_take_int(q, 0, INT64_MAX);
}

enum ex_status
ex_rows_ruling_each(void *store, const char *crossing, ex_ruling_visit *visit,
    void *arg, struct ex_error *err)
{
	static const char text[] =
	    "SELECT crossing, id, occupant, kind, document, reason, undoes,"
	    " actor, at_ms FROM ruling WHERE port = $1 AND crossing = $2"
	    " ORDER BY id";
	struct ex_sql_query q;
	enum ex_status status;
	bool row;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, crossing);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		struct ex_ruling r;

		take_ruling(&q, &r);
		status = q.bad ? ex_sql_damaged(&q, "a ruling", err)
			       : visit(&r, arg);
		if (status != EX_OK)
			break;
	}
	ex_sql_reset(&q);
	return status;
}
