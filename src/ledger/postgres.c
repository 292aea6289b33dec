/* SPDX-License-Identifier: Apache-2.0 */
/* Everything but the making of tables goes through a pipeline: additions are
 * sent and not waited for; who asks for an answer takes all answers before. */
#include "postgres.h"

#include "record.h"

#include <stdlib.h>
#include <string.h>

/* Of pg_type; these are as fixed as the protocol. */
enum { INT8 = 20, FLOAT8 = 701, TEXT = 25, BYTEA = 17 };

/* ---- what went wrong ---------------------------------------------------- */

/* By SQLSTATE, or its beginning (PostgreSQL, appendix A). */
static const struct {
	const char *state;
	const char *why;
} reasons[] = {
	{ "53100", "the disk is full" },
	{ "53", "has no room for this now" },
	{ "25006", "is read-only" },
	{ "40", "was held by another writer; do it again" },
	{ "55P03", "is locked by another process for over 10 seconds" },
	{ "57014", "did not answer in time" },
	{ "57P", "was shut down" },
	{ "28", "refuses the user or the password" },
	{ "3D000", "has no such database" },
	{ "42501", "does not allow this user to" },
	{ "23514", "refuses a value, or has no partition for its day" },
	{ "XX", "the database is damaged" },
};

enum ex_status
ex_postgres_fail(struct ex_postgres *p, const PGresult *r, struct ex_error *err)
{
	const char *state = r ? PQresultErrorField(r, PG_DIAG_SQLSTATE) : NULL;

	if (!state && PQstatus(p->link) != CONNECTION_OK)
		return ex_fail(err, EX_ERR_DATABASE, p->sql.name,
		    "the connection was lost, and with it the transaction");
	if (!state) /* libpq's own: it has no other */
		return ex_fail(err, EX_ERR_NOMEM, p->sql.name, NULL);
	for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
		if (strncmp(
			state, reasons[i].state, strlen(reasons[i].state)) == 0)
			return ex_fail(err, EX_ERR_DATABASE, p->sql.name, "%s",
			    reasons[i].why);
	return ex_fail(err, EX_ERR_DATABASE, p->sql.name,
	    "refuses this with SQLSTATE %s", state);
}

/* ---- connection -------------------------------------------------------- */

/* The first line of what libpq says of a failed connection: hosts, sockets,
 * users, no password. */
static enum ex_status
fail_connect(struct ex_postgres *p, struct ex_error *err)
{
	const char *why = p->link ? PQerrorMessage(p->link) : "";
	enum ex_status status;

	if (*why)
		status = ex_fail(err, EX_ERR_DATABASE, p->sql.name, "%.*s",
		    (int)strcspn(why, "\n"), why);
	else
		status = ex_fail(err, EX_ERR_NOMEM, p->sql.name, NULL);
	ex_postgres_disconnect(p);
	return status;
}

/* (L11) */
static enum ex_status
check_durable(struct ex_postgres *p, struct ex_error *err)
{
	static const char *const settings[] = { "fsync", "synchronous_commit" };
	enum ex_status status = EX_OK;

	for (size_t i = 0; status == EX_OK && i < 2; i++) {
		PGresult *r =
		    PQexecParams(p->link, "SELECT current_setting($1)", 1, NULL,
			&settings[i], NULL, NULL, 0);

		if (PQresultStatus(r) != PGRES_TUPLES_OK)
			status = ex_postgres_fail(p, r, err);
		else if (strcmp(PQgetvalue(r, 0, 0), "off") == 0)
			status = ex_fail(err, EX_ERR_DATABASE, p->sql.name,
			    "has %s = off: what it commits may be lost; a "
			    "ledger is not kept there",
			    settings[i]);
		PQclear(r);
	}
	return status;
}

static enum ex_status
prepare_session(struct ex_postgres *p, struct ex_error *err)
{
	static const char settings[] =
	    "SET search_path = exeunt;"
	    "SET statement_timeout = '60s';"
	    "SET lock_timeout = '10s';"
	    "SET idle_in_transaction_session_timeout = '5min'";
	enum ex_status status = ex_postgres_exec(p, settings, NULL, err);

	if (status == EX_OK)
		status = check_durable(p, err);
	if (status == EX_OK &&
	    strcmp(PQparameterStatus(p->link, "server_encoding"), "UTF8") != 0)
		status = ex_fail(err, EX_ERR_DATABASE, p->sql.name,
		    "is a database whose encoding is not UTF8");
	return status;
}

/* Nothing of it is for anybody but the farewell, which may come before the
 * end of the connection does. */
static void
take_notice(void *arg, const PGresult *r)
{
	struct ex_postgres *p = arg;
	const char *how = PQresultErrorField(r, PG_DIAG_SEVERITY_NONLOCALIZED);

	if (how && strcmp(how, "FATAL") == 0)
		p->left = true;
}

enum ex_status
ex_postgres_connect(struct ex_postgres *p, struct ex_error *err)
{
	/* What stands before the URI, the URI may set otherwise. */
	static const char *const keywords[] = { "application_name",
		"connect_timeout", "tcp_user_timeout", "dbname",
		"client_encoding", NULL };
	const char *values[] = { "exeunt", "10", "30000", p->uri, "UTF8",
		NULL };
	enum ex_status status;

	ex_postgres_disconnect(p);
	p->link = PQconnectdbParams(keywords, values, 1);
	if (PQstatus(p->link) != CONNECTION_OK)
		return fail_connect(p, err);
	PQsetNoticeReceiver(p->link, take_notice, p);
	status = prepare_session(p, err);
	if (status != EX_OK) /* never to be taken for a good one */
		ex_postgres_disconnect(p);
	return status;
}

void
ex_postgres_disconnect(struct ex_postgres *p)
{
	PQfinish(p->link);
	p->link = NULL;
	p->left = false;
	memset(p->prepared, 0, sizeof p->prepared);
	memset(p->days, 0, sizeof p->days);
}

/* ---- the pipeline ------------------------------------------------------ */

/* Take every answer that is due; that of the last statement is left in
 * `*last`, the first failure is told. */
static enum ex_status
collect(struct ex_postgres *p, PGresult **last, struct ex_error *err)
{
	enum ex_status status = EX_OK;
	bool ended = false; /* between two statements' answers */

	*last = NULL;
	if (!PQpipelineSync(p->link))
		return ex_postgres_fail(p, NULL, err);
	for (;;) {
		PGresult *r = PQgetResult(p->link);
		ExecStatusType what = PQresultStatus(r);

		if (!r && ended) /* no end of the pipeline: no server */
			break;
		ended = !r;
		if (!r)
			continue;
		if (what == PGRES_PIPELINE_SYNC) {
			PQclear(r);
			return status;
		}
		PQclear(*last);
		*last = r;
		if (what == PGRES_TUPLES_OK || what == PGRES_COMMAND_OK)
			continue;
		p->failed = true;
		if (status == EX_OK)
			status = ex_postgres_fail(p, r, err);
		if (PQstatus(p->link) != CONNECTION_OK)
			break;
	}
	PQclear(*last);
	*last = NULL;
	return status != EX_OK ? status : ex_postgres_fail(p, NULL, err);
}

static enum ex_status
exec_in_pipeline(
    struct ex_postgres *p, const char *text, PGresult **r, struct ex_error *err)
{
	*r = NULL;
	if (!PQsendQueryParams(p->link, text, 0, NULL, NULL, NULL, NULL, 1))
		return ex_postgres_fail(p, NULL, err);
	return collect(p, r, err);
}

enum ex_status
ex_postgres_exec(struct ex_postgres *p, const char *text, const char *tag,
    struct ex_error *err)
{
	enum ex_status status = EX_OK;
	PGresult *r;

	if (PQpipelineStatus(p->link) == PQ_PIPELINE_OFF) {
		r = PQexec(p->link, text);
		if (PQresultStatus(r) != PGRES_COMMAND_OK &&
		    PQresultStatus(r) != PGRES_TUPLES_OK)
			status = ex_postgres_fail(p, r, err);
	} else {
		status = exec_in_pipeline(p, text, &r, err);
	}
	if (status == EX_OK && tag && strcmp(PQcmdStatus(r), tag) != 0)
		status = ex_fail(err, EX_ERR_DATABASE, p->sql.name,
		    "a statement of the transaction had failed");
	PQclear(r);
	return status;
}

/* ---- statements -------------------------------------------------------- */

static struct ex_postgres *
store_of(const struct ex_sql_query *q)
{
	return (struct ex_postgres *)q->sql;
}

/* Values in binary: integers and reals are 8 bytes, big endian. */
struct bound {
	Oid types[EX_SQL_VALUES];
	char numbers[EX_SQL_VALUES][8];
	const char *values[EX_SQL_VALUES];
	int lengths[EX_SQL_VALUES], formats[EX_SQL_VALUES];
};

static void
bind_number(struct bound *b, size_t i, uint64_t bits)
{
	for (size_t k = 8; k > 0; k--, bits >>= 8)
		b->numbers[i][k - 1] = (char)(bits & 0xff);
	b->values[i] = b->numbers[i];
	b->lengths[i] = 8;
}

static void
bind(const struct ex_sql_query *q, struct bound *b)
{
	static const Oid types[] = { [EX_SQL_INT] = INT8,
		[EX_SQL_REAL] = FLOAT8,
		[EX_SQL_TEXT] = TEXT,
		[EX_SQL_BLOB] = BYTEA };

	for (size_t i = 0; i < q->n_in; i++) {
		const struct ex_sql_value *v = &q->in[i];
		uint64_t bits = 0;

		b->formats[i] = 1;
		b->types[i] = types[v->kind];
		b->values[i] = NULL;
		b->lengths[i] = 0;
		if (v->kind == EX_SQL_REAL)
			memcpy(&bits, &v->real, sizeof bits);
		if (v->kind == EX_SQL_INT)
			bits = (uint64_t)v->whole;
		if (v->kind == EX_SQL_REAL || v->kind == EX_SQL_INT)
			bind_number(b, i, bits);
		if (v->kind == EX_SQL_TEXT || v->kind == EX_SQL_BLOB) {
			/* At NULL it would be a NULL. */
			b->values[i] =
			    v->bytes.data ? (const char *)v->bytes.data : "";
			b->lengths[i] = (int)v->bytes.size;
		}
	}
}

/* libpq copies the values. */
static enum ex_status
send(struct ex_sql_query *q, struct ex_error *err)
{
	struct ex_postgres *p = store_of(q);
	int n = (int)q->n_in;
	struct bound b;
	char name[24];

	bind(q, &b);
	snprintf(name, sizeof name, "s%zu", q->slot);
	if (!p->prepared[q->slot] &&
	    !PQsendPrepare(p->link, name, q->sql->kept[q->slot], n, b.types))
		return ex_postgres_fail(p, NULL, err);
	p->prepared[q->slot] = true;
	if (!PQsendQueryPrepared(
		p->link, name, n, b.values, b.lengths, b.formats, 1))
		return ex_postgres_fail(p, NULL, err);
	return EX_OK;
}

static void
reset(struct ex_sql_query *q)
{
	PQclear(q->result);
	q->result = NULL;
}

static enum ex_status
step(struct ex_sql_query *q, bool *row, struct ex_error *err)
{
	enum ex_status status = EX_OK;
	PGresult *r = q->result;

	if (q->begun) {
		q->row++;
	} else {
		q->row = 0;
		status = send(q, err);
		if (status == EX_OK)
			status = collect(store_of(q), &r, err);
		q->result = r;
	}
	*row = status == EX_OK && q->row < PQntuples(r);
	if (*row)
		return EX_OK;
	if (status == EX_OK)
		q->changes = strtoll(PQcmdTuples(r), NULL, 10);
	reset(q);
	return status;
}

static uint64_t
number_at(const char bytes[static 8])
{
	uint64_t v = 0;

	for (size_t i = 0; i < 8; i++)
		v = v << 8 | (uint8_t)bytes[i];
	return v;
}

static struct ex_sql_value
column(const struct ex_sql_query *q, size_t i)
{
	const PGresult *r = q->result;
	struct ex_sql_value v = { .kind = EX_SQL_NULL };
	const char *bytes = PQgetvalue(r, q->row, (int)i);
	size_t n = (size_t)PQgetlength(r, q->row, (int)i);
	Oid type = PQftype(r, (int)i);
	uint64_t bits;

	if (PQgetisnull(r, q->row, (int)i))
		return v;
	if (type == INT8 && n == 8) {
		v.kind = EX_SQL_INT;
		v.whole = (int64_t)number_at(bytes);
	} else if (type == FLOAT8 && n == 8) {
		v.kind = EX_SQL_REAL;
		bits = number_at(bytes);
		memcpy(&v.real, &bits, sizeof v.real);
	} else {
		v.kind = type == BYTEA ? EX_SQL_BLOB : EX_SQL_TEXT;
		v.bytes = (struct ex_bytes){ (const uint8_t *)bytes, n };
	}
	return v;
}

static const char *
column_name(const struct ex_sql_query *q, size_t i)
{
	return PQfname(q->result, (int)i);
}

/* ---- what SQLite has no need of ----------------------------------------- */

static enum ex_status
lock(struct ex_sql *s, const char *kind, const char *name, struct ex_error *err)
{
	static const char text[] =
	    "SELECT pg_advisory_xact_lock(hashtextextended("
	    "$1 || '/' || $2 || '/' || $3, 0))";
	struct ex_sql_query q;

	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, kind);
	ex_sql_put_text(&q, name);
	return send(&q, err);
}

#define DAY_MS INT64_C(86400000)

static bool
is_known(const struct ex_postgres *p, int64_t day)
{
	for (size_t i = 0; i < EX_POSTGRES_DAYS; i++)
		if (p->days[i] == day + 1)
			return true;
	return false;
}

/* The partitions of a day are made with its first crossing, and are not known
 * any more once the transaction that made them is rolled back. */
static enum ex_status
prepare_time(struct ex_sql *s, int64_t opened_ms, struct ex_error *err)
{
	static const char text[] = "SELECT make_day($2, $3, $4)";
	struct ex_postgres *p = (struct ex_postgres *)s;
	int64_t day = opened_ms / DAY_MS;
	char low[EX_ULID_SIZE], high[EX_ULID_SIZE];
	struct ex_sql_query q;
	enum ex_status status;

	if (is_known(p, day))
		return EX_OK;
	ex_ledger_id_floor(day * DAY_MS, low);
	ex_ledger_id_floor((day + 1) * DAY_MS, high);
	ex_sql_query(s, text, &q);
	ex_sql_put_int(&q, day);
	ex_sql_put_text(&q, low);
	ex_sql_put_text(&q, high);
	status = ex_sql_run(&q, NULL, err);
	if (status == EX_OK)
		p->days[p->next_day++ % EX_POSTGRES_DAYS] = day + 1;
	p->days_changed = true;
	return status;
}

static enum ex_status
drop_below(struct ex_sql *s, const char *below, size_t *n, struct ex_error *err)
{
	static const char text[] = "SELECT drop_days($1, $2)";
	struct ex_postgres *p = (struct ex_postgres *)s;
	struct ex_sql_query q;
	enum ex_status status;
	bool row;

	memset(p->days, 0, sizeof p->days);
	ex_sql_query(s, text, &q);
	ex_sql_put_text(&q, below);
	status = ex_sql_step(&q, &row, err);
	if (status == EX_OK && row)
		*n = (size_t)ex_sql_take_int(&q, 0, INT64_MAX);
	ex_sql_reset(&q);
	return status;
}

const struct ex_sql_driver ex_postgres_driver = {
	.step = step,
	.send = send,
	.reset = reset,
	.column = column,
	.column_name = column_name,
	.lock = lock,
	.prepare_time = prepare_time,
	.drop_below = drop_below,
};
