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
	    "INSERT INTO crossing (port, id, lane, vehicle, direction,"
	    " opened_ms, closed_ms, opted_out, frames_lost, printed, unlisted,"
	    " occupants, documents, awaiting) VALUES ($1, $2, $3, $4, $5, $6,"
	    " $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING";
	struct ex_sql_query q;
	enum ex_status status;
	size_t changes;

	ex_sql_query(s, text, &q);
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
	ex_sql_put_int(&q, ex_ledger_record_awaiting(c));
	status = ex_sql_run(&q, &changes, err);
	*fresh = changes == 1;
	return status;
}

static enum ex_status
insert_document(struct ex_sql *s, const struct ex_ledger_record *r, size_t i,
    struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO document (port, crossing, n, verdict, cause, type,"
	    " nationality, number_hash, mrz_check, portrait_check)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
	const struct ex_document *d = &r->c.documents[i];
	struct ex_sql_query q;

	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, r->c.id);
	ex_sql_put_int(&q, (int64_t)i + 1);
	ex_sql_put_text(&q, ex_document_verdict_word(d->verdict));
	put_cause(&q, d->cause);
	ex_sql_put_text(&q, d->type);
	ex_sql_put_text(&q, d->nationality);
	if (r->number[i].known)
		ex_sql_put_hash(&q, r->number[i].hash);
	else
		ex_sql_put_null(&q);
	ex_sql_put_text(&q, ex_check_word(d->mrz_check));
	ex_sql_put_text(&q, ex_check_word(d->portrait_check));
	return ex_sql_send(&q, err);
}

static void
put_number(struct ex_sql_query *q, unsigned n)
{
	if (n)
		ex_sql_put_int(q, n);
	else
		ex_sql_put_null(q);
}

static void
put_match(struct ex_sql_query *q, const struct ex_occupant *o)
{
	put_number(q, (unsigned)(o->document + 1));
	put_number(q, o->nearest);
	if (o->document >= 0 || o->nearest) {
		ex_sql_put_real(q, o->similarity);
		ex_sql_put_real(q, o->fmr);
		ex_sql_put_int(q, o->fmr_at_most);
		return;
	}
	for (int i = 0; i < 3; i++)
		ex_sql_put_null(q);
}

static enum ex_status
insert_occupant(struct ex_sql *s, const struct ex_ledger_record *r, size_t i,
    struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO occupant (port, crossing, n, seat, verdict, cause,"
	    " document, nearest, similarity, fmr, fmr_at_most, quality,"
	    " frames_seen, frames_used) VALUES ($1, $2, $3, $4, $5, $6, $7,"
	    " $8, $9, $10, $11, $12, $13, $14)";
	const struct ex_occupant *o = &r->c.occupants[i];
	struct ex_sql_query q;

	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, r->c.id);
	ex_sql_put_int(&q, o->n);
	ex_sql_put_text(&q, ex_seat_word(o->seat));
	ex_sql_put_text(&q, ex_verdict_word(o->verdict));
	put_cause(&q, o->cause);
	put_match(&q, o);
	ex_sql_put_int(&q, o->quality);
	ex_sql_put_int(&q, o->frames_seen);
	ex_sql_put_int(&q, o->frames_used);
	return ex_sql_send(&q, err);
}

enum ex_status
ex_rows_crossing_add(void *store, const struct ex_ledger_record *r, bool *fresh,
    struct ex_error *err)
{
	struct ex_sql *s = store;
	enum ex_status status = EX_OK;

	*fresh = false;
	if (s->driver->prepare_time)
		status = s->driver->prepare_time(s, r->c.opened_ms, err);
	if (status == EX_OK)
		status = insert_head(s, &r->c, fresh, err);
	if (status != EX_OK || !*fresh)
		return status;
	/* Documents first: occupants refer to them. */
	for (size_t i = 0; status == EX_OK && i < r->c.n_documents; i++)
		status = insert_document(s, r, i, err);
	for (size_t i = 0; status == EX_OK && i < r->c.n_occupants; i++)
		status = insert_occupant(s, r, i, err);
	return status;
}

/* ---- reading ----------------------------------------------------------- */

static void
take_cause(struct ex_sql_query *q, enum ex_cause *out)
{
	*out = EX_CAUSE_NONE;
	if (!ex_sql_take_null(q))
		EX_TAKE_WORD(q, cause, out);
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
	" frames_lost, printed, unlisted, occupants, documents, awaiting"

static void
take_head(struct ex_sql_query *q, struct ex_ledger_record *r)
{
	struct ex_crossing *c = &r->c;

	memset(c, 0, sizeof *c);
	ex_sql_take_text(q, c->id, sizeof c->id);
	ex_sql_take_text(q, c->lane, sizeof c->lane);
	ex_sql_take_text(q, c->vehicle, sizeof c->vehicle);
	EX_TAKE_WORD(q, direction, &c->direction);
	c->opened_ms = ex_sql_take_int(q, 0, INT64_MAX);
	/* Filters go by the time in the id. */
	if (!ex_ledger_id_holds(c->id, c->opened_ms))
		ex_sql_refuse(q);
	c->closed_ms = ex_sql_take_int(q, c->opened_ms, INT64_MAX);
	c->opted_out = ex_sql_take_int(q, 0, 1) != 0;
	c->frames_lost = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->printed = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->unlisted = (unsigned)ex_sql_take_int(q, 0, UINT32_MAX);
	c->n_occupants = (size_t)ex_sql_take_int(q, 0, EX_MAX_OCCUPANTS);
	c->n_documents = (size_t)ex_sql_take_int(q, 0, EX_MAX_DOCUMENTS);
	r->awaiting = (uint32_t)ex_sql_take_int(q, 0, UINT32_MAX);
}

static void
take_document(struct ex_sql_query *q, struct ex_ledger_record *r, size_t i)
{
	struct ex_document *d = &r->c.documents[i];

	memset(d, 0, sizeof *d);
	snprintf(d->name, sizeof d->name, "d%zu", i + 1);
	ex_sql_take_int(q, (int64_t)i + 1, (int64_t)i + 1); /* without gaps */
	EX_TAKE_WORD(q, document_verdict, &d->verdict);
	take_cause(q, &d->cause);
	ex_sql_take_text(q, d->type, sizeof d->type);
	ex_sql_take_text(q, d->nationality, sizeof d->nationality);
	memset(&r->number[i], 0, sizeof r->number[i]);
	if (!ex_sql_take_null(q))
		r->number[i].known = ex_sql_take_hash(q, r->number[i].hash);
	EX_TAKE_WORD(q, check, &d->mrz_check);
	EX_TAKE_WORD(q, check, &d->portrait_check);
}

static void
expect_null(struct ex_sql_query *q)
{
	if (ex_sql_take_null(q))
		return;
	q->at++;
	ex_sql_refuse(q);
}

/* 1 .. n_documents, or 0 for a NULL. */
static unsigned
take_number(struct ex_sql_query *q, size_t n_documents)
{
	if (ex_sql_take_null(q))
		return 0;
	return (unsigned)ex_sql_take_int(q, 1, (int64_t)n_documents);
}

static void
take_match(struct ex_sql_query *q, size_t n_documents, struct ex_occupant *o)
{
	o->document = (int)take_number(q, n_documents) - 1;
	if ((o->document >= 0) != (o->verdict == EX_VERDICT_CONFIRMED))
		ex_sql_refuse(q);
	o->nearest = take_number(q, n_documents);
	if (o->document >= 0 && o->nearest)
		ex_sql_refuse(q);
	o->fmr = 1;
	if (o->document < 0 && !o->nearest) {
		for (int k = 0; k < 3; k++)
			expect_null(q);
		return;
	}
	o->similarity = ex_sql_take_real(q);
	o->fmr = ex_sql_take_real(q);
	o->fmr_at_most = ex_sql_take_int(q, 0, 1) != 0;
}

static void
take_occupant(struct ex_sql_query *q, struct ex_ledger_record *r, size_t i)
{
	struct ex_occupant *o = &r->c.occupants[i];

	memset(o, 0, sizeof *o);
	o->n = (unsigned)ex_sql_take_int(q, 1, INT32_MAX);
	EX_TAKE_WORD(q, seat, &o->seat);
	EX_TAKE_WORD(q, verdict, &o->verdict);
	take_cause(q, &o->cause);
	take_match(q, r->c.n_documents, o);
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
	enum ex_status status;
	size_t n = 0;
	bool row;

	ex_sql_query(s, text, &q);
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
	    " mrz_check, portrait_check FROM document"
	    " WHERE port = $1 AND crossing = $2 ORDER BY n";
	static const char occupants[] =
	    "SELECT n, seat, verdict, cause, document, nearest, similarity,"
	    " fmr, fmr_at_most, quality, frames_seen, frames_used"
	    " FROM occupant WHERE port = $1 AND crossing = $2 ORDER BY n";
	enum ex_status status =
	    load_list(s, documents, r, r->c.n_documents, take_document, err);

	if (status == EX_OK)
		status = load_list(
		    s, occupants, r, r->c.n_occupants, take_occupant, err);
	if (status == EX_OK)
		ex_ledger_record_mark(r);
	return status;
}

enum ex_status
ex_rows_crossing_get(void *store, const char *id, struct ex_ledger_record *r,
    bool *found, struct ex_error *err)
{
	static const char text[] = "SELECT " HEAD_COLUMNS " FROM crossing"
				   " WHERE port = $1 AND id = $2";
	struct ex_sql *s = store;
	struct ex_sql_query q;
	enum ex_status status;

	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, id);
	status = ex_sql_step(&q, found, err);
	if (status != EX_OK || !*found)
		return status;
	take_head(&q, r);
	ex_sql_reset(&q);
	if (q.bad)
		return contradicts(s, r->c.id, q.bad, err);
	return load_lists(s, r, err);
}

/* ---- many -------------------------------------------------------------- */

/* A constant text for each kind of filter, so that each finds its index. */
#define WHERE      " FROM crossing WHERE port = $1 AND id > $2 AND id < $3"
#define OPEN       " AND awaiting > 0"
#define LANE       " AND lane = $4"
#define COUNT      "SELECT count(*)" WHERE
#define EACH       "SELECT " HEAD_COLUMNS WHERE
#define RISING(n)  " ORDER BY id LIMIT $" #n
#define FALLING(n) " ORDER BY id DESC LIMIT $" #n

static void
put_filter(struct ex_sql_query *q, const struct ex_ledger_filter *f,
    const char *low, const char *high)
{
	ex_sql_put_text(q, low);
	ex_sql_put_text(q, high);
	if (f->lane)
		ex_sql_put_text(q, f->lane);
}

/* Rows are asked for in pages: a database may hand over all it was asked for
 * at once. */
#define PAGE 256
struct walk {
	char low[EX_ULID_SIZE], high[EX_ULID_SIZE]; /* ids between these */
	size_t left;                                /* of the limit */
	struct ex_ledger_record *scratch;
	ex_ledger_visit *visit;
	void *arg;
};

static enum ex_status
visit_row(struct ex_sql_query *q, struct walk *w, struct ex_error *err)
{
	struct ex_crossing *c = &w->scratch->c;
	enum ex_status status;

	take_head(q, w->scratch);
	if (q->bad)
		return contradicts(q->sql, c->id, q->bad, err);
	status = load_lists(q->sql, w->scratch, err);
	return status == EX_OK ? w->visit(c, w->arg) : status;
}

/* `*n`: how many were visited; `*last`: the id of the last of them. */
static enum ex_status
visit_page(struct ex_sql *s, const struct ex_ledger_filter *f, struct walk *w,
    size_t *n, char last[static EX_ULID_SIZE], struct ex_error *err)
{
	static const char *const texts[2][2][2] = {
		/* newest, open, lane */
		{ { EACH RISING(4), EACH LANE RISING(5) },
		    { EACH OPEN RISING(4), EACH OPEN LANE RISING(5) } },
		{ { EACH FALLING(4), EACH LANE FALLING(5) },
		    { EACH OPEN FALLING(4), EACH OPEN LANE FALLING(5) } },
	};
	struct ex_sql_query q;
	enum ex_status status;
	bool row = false;

	*n = 0;
	ex_sql_query(s, texts[f->newest][f->open][f->lane != NULL], &q);
	put_filter(&q, f, w->low, w->high);
	ex_sql_put_int(&q, w->left < PAGE ? (int64_t)w->left : PAGE);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		status = visit_row(&q, w, err);
		if (status != EX_OK)
			break;
		memcpy(last, w->scratch->c.id, EX_ULID_SIZE);
		++*n;
	}
	ex_sql_reset(&q);
	return status;
}

enum ex_status
ex_rows_crossing_each(void *store, const struct ex_ledger_filter *f,
    struct ex_ledger_record *scratch, ex_ledger_visit *visit, void *arg,
    struct ex_error *err)
{
	struct walk w = {
		.left = f->limit ? f->limit : SIZE_MAX,
		.scratch = scratch,
		.visit = visit,
		.arg = arg,
	};
	enum ex_status status = EX_OK;
	char last[EX_ULID_SIZE];
	size_t n = PAGE;

	ex_ledger_filter_ids(f, w.low, w.high);
	while (status == EX_OK && n == PAGE && w.left > 0) {
		status = visit_page(store, f, &w, &n, last, err);
		w.left -= n;
		if (n > 0)
			memcpy(f->newest ? w.high : w.low, last, sizeof last);
	}
	return status;
}

enum ex_status
ex_rows_crossing_count(void *store, const struct ex_ledger_filter *f, size_t *n,
    struct ex_error *err)
{
	static const char *const texts[2][2] = { /* open, lane */
		{ COUNT, COUNT LANE }, { COUNT OPEN, COUNT OPEN LANE }
	};
	char low[EX_ULID_SIZE], high[EX_ULID_SIZE];
	struct ex_sql_query q;
	enum ex_status status;
	bool row;

	ex_ledger_filter_ids(f, low, high);
	ex_sql_query(store, texts[f->open][f->lane != NULL], &q);
	put_filter(&q, f, low, high);
	status = ex_sql_step(&q, &row, err);
	if (status == EX_OK && row)
		*n = (size_t)ex_sql_take_int(&q, 0, INT64_MAX);
	ex_sql_reset(&q);
	return status;
}

/* ---- who awaits an officer ---------------------------------------------- */

enum ex_status
ex_rows_awaiting_get(void *store, const char *crossing, uint32_t *mask,
    bool *found, struct ex_error *err)
{
	static const char text[] =
	    "SELECT awaiting FROM crossing WHERE port = $1 AND id = $2";
	struct ex_sql_query q;
	enum ex_status status = ex_rows_lock(store, "crossing", crossing, err);

	*mask = 0;
	*found = false;
	if (status != EX_OK)
		return status;
	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, crossing);
	status = ex_sql_step(&q, found, err);
	if (status != EX_OK || !*found)
		return status;
	*mask = (uint32_t)ex_sql_take_int(&q, 0, UINT32_MAX);
	ex_sql_reset(&q);
	return q.bad ? contradicts(store, crossing, q.bad, err) : EX_OK;
}

enum ex_status
ex_rows_awaiting_put(
    void *store, const char *crossing, uint32_t mask, struct ex_error *err)
{
	static const char text[] =
	    "UPDATE crossing SET awaiting = $3 WHERE port = $1 AND id = $2";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, crossing);
	ex_sql_put_int(&q, mask);
	return ex_sql_send(&q, err);
}

/* ---- forgetting -------------------------------------------------------- */

/* Those that refer to others first. */
enum ex_status
ex_rows_crossing_drop(
    void *store, int64_t before_ms, size_t *n, struct ex_error *err)
{
	static const char *const texts[] = {
		"DELETE FROM picture WHERE port = $1 AND crossing < $2",
		"DELETE FROM ruling WHERE port = $1 AND crossing < $2",
		"DELETE FROM occupant WHERE port = $1 AND crossing < $2",
		"DELETE FROM document WHERE port = $1 AND crossing < $2",
		"DELETE FROM crossing WHERE port = $1 AND id < $2",
	};
	struct ex_sql *s = store;
	char below[EX_ULID_SIZE];
	struct ex_sql_query q;
	enum ex_status status = EX_OK;
	size_t at_once = 0, changes = 0;

	*n = 0;
	ex_ledger_id_floor(before_ms, below);
	if (s->driver->drop_below)
		status = s->driver->drop_below(s, below, &at_once, err);
	for (size_t i = 0; status == EX_OK && i < 5; i++) {
		ex_sql_query(s, texts[i], &q);
		ex_sql_put_text(&q, below);
		status = ex_sql_run(&q, &changes, err);
	}
	if (status == EX_OK)
		*n = at_once + changes;
	return status;
}
