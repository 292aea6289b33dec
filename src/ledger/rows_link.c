/* SPDX-License-Identifier: Apache-2.0 */
#include "rows.h"

#include <string.h>

enum ex_status
ex_rows_link_add(void *store, const struct ex_link *l, struct ex_error *err)
{
	static const char text[] =
	    "INSERT INTO link (port, node, seq, at_ms, actor, action, purpose,"
	    " subject, detail, before, hash)"
	    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, l->node);
	ex_sql_put_int(&q, (int64_t)l->seq);
	ex_sql_put_int(&q, l->at_ms);
	ex_sql_put_text(&q, l->actor);
	ex_sql_put_text(&q, ex_action_word(l->action));
	ex_sql_put_text(&q, ex_purpose_word(l->purpose));
	ex_sql_put_text(&q, l->subject);
	ex_sql_put_text(&q, l->detail);
	ex_sql_put_hash(&q, l->before);
	ex_sql_put_hash(&q, l->hash);
	return ex_sql_send(&q, err);
}

#define COLUMNS                                                                \
	"SELECT node, seq, at_ms, actor, action, purpose, subject, detail,"    \
	" before, hash FROM link WHERE port = $1"

static enum ex_status
take_link(struct ex_sql_query *q, struct ex_link *l, struct ex_error *err)
{
	char what[80];

	*l = (struct ex_link){ 0 };
	ex_sql_take_text(q, l->node, sizeof l->node);
	l->seq = (uint64_t)ex_sql_take_int(q, 0, INT64_MAX);
	l->at_ms = ex_sql_take_int(q, INT64_MIN, INT64_MAX);
	ex_sql_take_text(q, l->actor, sizeof l->actor);
	EX_TAKE_WORD(q, action, &l->action);
	EX_TAKE_WORD(q, purpose, &l->purpose);
	ex_sql_take_text(q, l->subject, sizeof l->subject);
	ex_sql_take_text(q, l->detail, sizeof l->detail);
	ex_sql_take_hash(q, l->before);
	ex_sql_take_hash(q, l->hash);
	if (!q->bad)
		return EX_OK;
	snprintf(what, sizeof what, "link %ju of node %s", (uintmax_t)l->seq,
	    l->node);
	return ex_sql_damaged(q, what, err);
}

enum ex_status
ex_rows_link_last(void *store, const char *node, struct ex_link *out,
    bool *found, struct ex_error *err)
{
	static const char text[] =
	    COLUMNS " AND node = $2 ORDER BY seq DESC LIMIT 1";
	struct ex_sql_query q;
	enum ex_status status = ex_rows_lock(store, "link", node, err);

	*found = false;
	if (status != EX_OK)
		return status;
	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, node);
	status = ex_sql_step(&q, found, err);
	if (status == EX_OK && *found)
		status = take_link(&q, out, err);
	ex_sql_reset(&q);
	return status;
}

/* ---- many -------------------------------------------------------------- */

#define PAGE 512
#define WHERE                                                                  \
	COLUMNS " AND node >= $2 AND node <= $3 AND at_ms >= $4"               \
		" AND at_ms < $5 AND actor = coalesce($6, actor)"
#define RISING " AND (node, seq) > ($7, $8) ORDER BY node, seq LIMIT $9"
#define FALLING                                                                \
	" AND (node, seq) < ($7, $8) ORDER BY node DESC, seq DESC LIMIT $9"
/* '0' is next to '/': the subject, and what is under it. */
#define SUBJECT                                                                \
	WHERE " AND (subject = $10 OR"                                         \
	      " (subject > $10 || '/' AND subject < $10 || '0'))"

/* A node's name is of [a-z0-9-]. */
#define BEFORE_ALL ""
#define AFTER_ALL  "~"

struct walk {
	const struct ex_audit_filter *f;
	char node[33]; /* of the last link visited */
	int64_t seq;
	size_t left;
	ex_link_visit *visit;
	void *arg;
};

static void
put_walk(struct ex_sql_query *q, const struct walk *w)
{
	const struct ex_audit_filter *f = w->f;

	ex_sql_put_text(q, f->node ? f->node : BEFORE_ALL);
	ex_sql_put_text(q, f->node ? f->node : AFTER_ALL);
	ex_sql_put_int(q, f->from_ms);
	ex_sql_put_int(q, f->to_ms ? f->to_ms : INT64_MAX);
	if (f->actor)
		ex_sql_put_text(q, f->actor);
	else
		ex_sql_put_null(q);
	ex_sql_put_text(q, w->node);
	ex_sql_put_int(q, w->seq);
	ex_sql_put_int(q, w->left < PAGE ? (int64_t)w->left : PAGE);
	if (f->subject)
		ex_sql_put_text(q, f->subject);
}

static enum ex_status
visit_page(struct ex_sql *s, struct walk *w, size_t *n, struct ex_error *err)
{
	static const char *const texts[2][2] = {
		/* newest, subject */
		{ WHERE RISING, SUBJECT RISING },
		{ WHERE FALLING, SUBJECT FALLING },
	};
	const struct walk from = *w; /* bound: it must stay as it is */
	struct ex_sql_query q;
	enum ex_status status;
	bool row;

	*n = 0;
	ex_sql_query(s, texts[w->f->newest][w->f->subject != NULL], &q);
	put_walk(&q, &from);
	while ((status = ex_sql_step(&q, &row, err)) == EX_OK && row) {
		struct ex_link l;

		status = take_link(&q, &l, err);
		if (status == EX_OK)
			status = w->visit(&l, w->arg);
		if (status != EX_OK)
			break;
		snprintf(w->node, sizeof w->node, "%s", l.node);
		w->seq = (int64_t)l.seq;
		++*n;
	}
	ex_sql_reset(&q);
	return status;
}

enum ex_status
ex_rows_link_each(void *store, const struct ex_audit_filter *f,
    ex_link_visit *visit, void *arg, struct ex_error *err)
{
	const char *first = f->newest ? AFTER_ALL : BEFORE_ALL;
	struct walk w = {
		.f = f,
		.left = f->limit ? f->limit : SIZE_MAX,
		.visit = visit,
		.arg = arg,
		.seq = f->newest ? INT64_MAX : -1,
	};
	enum ex_status status = EX_OK;
	size_t n = PAGE;

	if (f->after)
		w.seq = (int64_t)f->after;
	snprintf(w.node, sizeof w.node, "%s", f->node ? f->node : first);
	while (status == EX_OK && n == PAGE && w.left > 0) {
		status = visit_page(store, &w, &n, err);
		w.left -= n;
	}
	return status;
}

enum ex_status
ex_rows_link_drop(void *store, const char *node, uint64_t through_seq,
    size_t *n, struct ex_error *err)
{
	static const char text[] =
	    "DELETE FROM link"
	    " WHERE port = $1 AND node = $2 AND seq <= $3";
	struct ex_sql_query q;

	ex_sql_query(store, text, &q);
	ex_sql_put_text(&q, node);
	ex_sql_put_int(&q, (int64_t)through_seq);
	return ex_sql_run(&q, n, err);
}
