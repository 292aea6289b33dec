/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <string.h>

/* ---- writing ----------------------------------------------------------- */

static void
put_cause(struct ex_sql_query *q, enum ex_cause cause)
{
	if (cause == EX_CAUSE_NONE)
		ex_sql_put_null(q);
	else
		ex_sql_put_text(q, ex_cause_word(cause));
}

static enum ex_status
insert_head(struct ex_sql *s, const struct ex_crossing *c, bool *fresh,
    struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO crossing (id, lane, vehicle, direction, opened_ms,"
	    " closed_ms, opted_out, frames_lost, printed, unlisted, occupants,"
	    " documents) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT (id) DO NOTHING";
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	if (status != EX_OK)
		return status;
	ex_sql_put_text(&q, c->id);
	ex_sql_put_text(&q, c->lane);
	ex_sql_put_text(&q, c->vehicle);
	ex_sql_put_text(&q, ex_direction_word(c->direction));
	ex_sql_put_int(&q, c->opened_ms);
	ex_sql_put_int(&q, c->closed_ms);
	ex_sql_put_int(&q, c->opted_out);
	ex_sql_put_int(&q, c->frames_lost);
	ex_sql_put_int(&q, c->printed);
	ex_sql_put_int(&q, c->unlisted);
	ex_sql_put_int(&q, (int64_t)c->n_occupants);
	ex_sql_put_int(&q, (int64_t)c->n_documents);
	status = ex_sql_run(&q, err);
	*fresh = status == EX_OK && sqlite3_changes(s->handle) == 1;
	return status;
}

static enum ex_status
insert_document(struct ex_sql *s, const struct ex_ledger_record *r, size_t i,
    struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO document (crossing, n, verdict, cause, type,"
	    " nationality, number_hash, mrz_check, portrait_check)"
	    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
	const struct ex_document *d = &r->c.documents[i];
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	if (status != EX_OK)
		return status;
	ex_sql_put_text(&q, r->c.id);
	ex_sql_put_int(&q, (int64_t)i + 1);
	ex_sql_put_text(&q, ex_document_verdict_word(d->verdict));
	put_cause(&q, d->cause);
	ex_sql_put_text(&q, d->type);
	ex_sql_put_text(&q, d->nationality);
	if (r->number[i].known)
		ex_sql_put_blob(&q, r->number[i].hash, EX_SHA256_SIZE);
	else
		ex_sql_put_null(&q);
	ex_sql_put_text(&q, ex_check_word(d->mrz_check));
	ex_sql_put_text(&q, ex_check_word(d->portrait_check));
	return ex_sql_run(&q, err);
}

static void
put_match(struct ex_sql_query *q, const struct ex_occupant *o)
{
	if (o->verdict == EX_VERDICT_CONFIRMED) {
		ex_sql_put_int(q, o->document + 1);
		ex_sql_put_real(q, o->similarity);
		ex_sql_put_real(q, o->fmr);
		ex_sql_put_int(q, o->fmr_at_most);
		return;
	}
	for (int i = 0; i < 4; i++)
		ex_sql_put_null(q);
}

static enum ex_status
insert_occupant(struct ex_sql *s, const struct ex_ledger_record *r, size_t i,
    struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO occupant (crossing, n, seat, verdict, cause,"
	    " document, similarity, fmr, fmr_at_most, quality, frames_seen,"
	    " frames_used) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	const struct ex_occupant *o = &r->c.occupants[i];
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	if (status != EX_OK)
		return status;
	ex_sql_put_text(&q, r->c.id);
	ex_sql_put_int(&q, o->n);
	ex_sql_put_text(&q, ex_seat_word(o->seat));
	ex_sql_put_text(&q, ex_verdict_word(o->verdict));
	put_cause(&q, o->cause);
	put_match(&q, o);
	ex_sql_put_int(&q, o->quality);
	ex_sql_put_int(&q, o->frames_seen);
	ex_sql_put_int(&q, o->frames_used);
	return ex_sql_run(&q, err);
}

enum ex_status
ex_rows_insert(struct ex_sql *s, const struct ex_ledger_record *r, bool *fresh,
    struct ex_error *err)
{
	enum ex_status status = insert_head(s, &r->c, fresh, err);

	if (status != EX_OK || !*fresh)
		return status;
	/* Documents first: occupants refer to them. */
	for (size_t i = 0; status == EX_OK && i < r->c.n_documents; i++)
		status = insert_document(s, r, i, err);
	for (size_t i = 0; status == EX_OK && i < r->c.n_occupants; i++)
		status = insert_occupant(s, r, i, err);
	return status;
}

/* ---- reading: the file is outside bytes like any other ------------------ */

#define WORD_SIZE 32

/* The next column as a word of `kind` ("seat"); others mark the query bad. */
#define TAKE_WORD(q, kind, out)                                                \
	do {                                                                   \
		char word_[WORD_SIZE];                                         \
		ex_sql_take_text((q), word_, sizeof word_);                    \
		if (!ex_##kind##_from_word(word_, (out)))                      \
			ex_sql_refuse(q);                                      \
	} while (0)

static void
take_cause(struct ex_sql_query *q, enum ex_cause *out)
{
	*out = EX_CAUSE_NONE;
	if (!ex_sql_take_null(q))
		TAKE_WORD(q, cause, out);
}

static enum ex_status
contradicts(
    struct ex_sql *s, const char *id, const char *where, struct ex_error *err)
{
	return ex_fail(err, EX_ERR_DATABASE, s->name,
	    "crossing %s is damaged: %s", id, where);
}

#define HEAD_COLUMNS                                                           \
	"id, lane, vehicle, direction, opened_ms, closed_ms, opted_out,"       \
	" frames_lost, printed, unlisted, occupants, documents"

static void
take_head(struct ex_sql_query *q, struct ex_crossing *c)
{
	memset(c, 0, sizeof *c);
	ex_sql_take_text(q, c->id, sizeof c->id);
	ex_sql_take_text(q, c->lane, sizeof c->lane);
	ex_sql_take_text(q, c->vehicle, sizeof c->vehicle);
	TAKE_WORD(q, direction, &c->direction);
	c->opened_ms = ex_sql_take_int(q, 0, INT64_MAX);
	c->closed_ms = ex_sql_take_int(q, c->opened_ms, INT64_MAX);
	c->opted_out = ex_sql_take_int(q, 0, 1) != 0;
	c->frames_lost = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->printed = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->unlisted = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->n_occupants = (size_t)ex_sql_take_int(q, 0, EX_MAX_OCCUPANTS);
	c->n_documents = (size_t)ex_sql_take_int(q, 0, EX_MAX_DOCUMENTS);
}

static void
take_document(struct ex_sql_query *q, struct ex_ledger_record *r, size_t i)
{
	struct ex_document *d = &r->c.documents[i];

	memset(d, 0, sizeof *d);
	snprintf(d->name, sizeof d->name, "d%zu", i + 1);
	ex_sql_take_int(q, (int64_t)i + 1, (int64_t)i + 1); /* without gaps */
	TAKE_WORD(q, document_verdict, &d->verdict);
	take_cause(q, &d->cause);
	ex_sql_take_text(q, d->type, sizeof d->type);
	ex_sql_take_text(q, d->nationality, sizeof d->nationality);
	memset(&r->number[i], 0, sizeof r->number[i]);
	if (!ex_sql_take_null(q))
		r->number[i].known =
		    ex_sql_take_blob(q, r->number[i].hash, EX_SHA256_SIZE);
	TAKE_WORD(q, check, &d->mrz_check);
	TAKE_WORD(q, check, &d->portrait_check);
}

static void
take_match(struct ex_sql_query *q, size_t n_documents, struct ex_occupant *o)
{
	o->document = (int)ex_sql_take_int(q, 1, (int64_t)n_documents) - 1;
	o->similarity = ex_sql_take_real(q);
	o->fmr = ex_sql_take_real(q);
	o->fmr_at_most = ex_sql_take_int(q, 0, 1) != 0;
}

static void
take_occupant(struct ex_sql_query *q, struct ex_ledger_record *r, size_t i)
{
	struct ex_occupant *o = &r->c.occupants[i];
	bool match = true;

	memset(o, 0, sizeof *o);
	o->n = (unsigned)ex_sql_take_int(q, 1, INT32_MAX);
	TAKE_WORD(q, seat, &o->seat);
	TAKE_WORD(q, verdict, &o->verdict);
	take_cause(q, &o->cause);
	o->document = -1;
	if (o->verdict == EX_VERDICT_CONFIRMED)
		take_match(q, r->c.n_documents, o);
	else
		for (int k = 0; k < 4; k++)
			match = ex_sql_take_null(q) && match;
	if (!match)
		ex_sql_refuse(q);
	o->quality = (int)ex_sql_take_int(q, 0, 100);
	o->frames_seen = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	o->frames_used = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
}

/* All rows of one crossing in `table`, exactly as many as its head says. */
static enum ex_status
load_list(struct ex_sql *s, const char *text, struct ex_ledger_record *r,
    size_t expected,
    void (*take)(struct ex_sql_query *, struct ex_ledger_record *, size_t),
    struct ex_error *err)
{
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);
	size_t n = 0;
	bool row;

	if (status != EX_OK)
		return status;
	ex_sql_put_text(&q, r->c.id);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		if (n == expected)
			break;
		take(&q, r, n++);
		if (q.bad)
			status = contradicts(s, r->c.id, q.bad, err);
		if (q.bad)
			break;
	}
	ex_sql_reset(&q);
	if (status == EX_OK && (n != expected || row))
		status = contradicts(s, r->c.id, "rows missing or over", err);
	return status;
}

/* (L9) */
static enum ex_status
load_lists(struct ex_sql *s, struct ex_ledger_record *r, struct ex_error *err)
{
	static const char documents[] =
	    "SELECT n, verdict, cause, type, nationality, number_hash,"
	    " mrz_check, portrait_check FROM document WHERE crossing = ?"
	    " ORDER BY n";
	static const char occupants[] =
	    "SELECT n, seat, verdict, cause, document, similarity, fmr,"
	    " fmr_at_most, quality, frames_seen, frames_used FROM occupant"
	    " WHERE crossing = ? ORDER BY n";
	enum ex_status status =
	    load_list(s, documents, r, r->c.n_documents, take_document, err);

	if (status != EX_OK)
		return status;
	return load_list(s, occupants, r, r->c.n_occupants, take_occupant, err);
}

enum ex_status
ex_rows_load(struct ex_sql *s, const char *id, struct ex_ledger_record *r,
    bool *found, struct ex_error *err)
{
	static const char text[] =
	    "SELECT " HEAD_COLUMNS " FROM crossing WHERE id = ?";
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	*found = false;
	if (status != EX_OK)
		return status;
	ex_sql_put_text(&q, id);
	status = ex_sql_step(&q, found, err);
	if (status != EX_OK || !*found)
		return status;
	take_head(&q, &r->c);
	ex_sql_reset(&q);
	if (q.bad)
		return contradicts(s, r->c.id, q.bad, err);
	return load_lists(s, r, err);
}

/* ---- many -------------------------------------------------------------- */

#define FILTER                                                                 \
	" FROM crossing WHERE opened_ms >= ? AND opened_ms < ?"                \
	" AND lane = ifnull(?, lane)"

static void
put_filter(struct ex_sql_query *q, const struct ex_ledger_filter *f)
{
	ex_sql_put_int(q, f->from_ms);
	ex_sql_put_int(q, f->to_ms ? f->to_ms : INT64_MAX);
	if (f->lane)
		ex_sql_put_text(q, f->lane);
	else
		ex_sql_put_null(q);
}

static enum ex_status
visit_row(struct ex_sql_query *q, struct ex_ledger_record *r,
    ex_ledger_visit *visit, void *arg, struct ex_error *err)
{
	enum ex_status status;

	take_head(q, &r->c);
	if (q->bad)
		return contradicts(q->sql, r->c.id, q->bad, err);
	status = load_lists(q->sql, r, err);
	return status == EX_OK ? visit(&r->c, arg) : status;
}

enum ex_status
ex_rows_each(struct ex_sql *s, const struct ex_ledger_filter *filter,
    struct ex_ledger_record *scratch, ex_ledger_visit *visit, void *arg,
    struct ex_error *err)
{
	static const char text[] =
	    "SELECT " HEAD_COLUMNS FILTER " ORDER BY id LIMIT ?";
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);
	bool row = false;

	if (status != EX_OK)
		return status;
	put_filter(&q, filter);
	ex_sql_put_int(&q, filter->limit ? (int64_t)filter->limit : -1);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		status = visit_row(&q, scratch, visit, arg, err);
		if (status != EX_OK)
			break;
	}
	ex_sql_reset(&q);
	return status;
}

enum ex_status
ex_rows_count(struct ex_sql *s, const struct ex_ledger_filter *filter,
    size_t *n, struct ex_error *err)
{
	static const char text[] = "SELECT count(*)" FILTER;
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);
	bool row = false;

	if (status != EX_OK)
		return status;
	put_filter(&q, filter);
	status = ex_sql_step(&q, &row, err);
	if (status == EX_OK && row) {
		*n = (size_t)ex_sql_take_int(&q, 0, INT64_MAX);
		ex_sql_reset(&q);
	}
	return status;
}
