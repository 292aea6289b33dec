/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain as auditors see it, and what was and will be erased. */
#include "desk.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

#define DAY_MS ((int64_t)24 * 3600 * 1000)

/* ---- links ------------------------------------------------------------- */

static enum ex_status
read_links(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	return ex_links_read(l, arg, err);
}

static const char *
node_of(struct ex_hub *h, const struct ex_request *q)
{
	const char *node = ex_request_query(q, "node");

	return node ? node : ex_hub_settings(h)->node;
}

void
ex_h_audit_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_links k = {
		.filter = { .node = node_of(h, q),
		    .after = (uint64_t)ex_request_number(q, "after", 0),
		    .from_ms = ex_request_number(q, "from", 0),
		    .to_ms = ex_request_number(q, "to", 0),
		    .actor = ex_request_query(q, "actor"),
		    .subject = ex_request_query(q, "subject"),
		    .newest = true,
		    .limit = (size_t)ex_request_number(q, "limit", 100) }
	};
	struct ex_error err = { 0 };

	if (!ex_hub_audit(h, q, r, EX_ACTION_AUDIT, k.filter.subject,
		"at most %zu links", k.filter.limit))
		return;
	if (ex_reply_unless(r, ex_hub_read(h, read_links, &k, &err), &err))
		ex_reply_json(r,
		    json_pack("{sO so}", "items", k.items, "next",
			k.n == k.filter.limit ? json_integer((json_int_t)k.last)
					      : json_null()));
	json_decref(k.items);
}

/* ---- heads ------------------------------------------------------------- */

struct head {
	const char *node;
	struct ex_head head;
};

static enum ex_status
read_head(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct head *k = arg;

	return ex_audit_head(l, k->node, &k->head, err);
}

void
ex_h_audit_head(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct head k = { .node = node_of(h, q) };
	struct ex_error err = { 0 };
	char *text;

	if (!ex_reply_unless(r, ex_hub_read(h, read_head, &k, &err), &err))
		return;
	text = ex_head_json(&k.head);
	ex_reply_json(r, text ? json_loads(text, 0, NULL) : NULL);
	free(text);
}

/* ---- the summary ------------------------------------------------------- */

#define ACTORS_MOST 256

struct reads {
	char actor[EX_ACTOR_SIZE];
	int pictures, views, lists, rulings;
};
struct summary {
	struct ex_audit_filter filter;
	struct reads of[ACTORS_MOST + 1]; /* the last one: all others */
	size_t n;
	int64_t head_ms; /* 0: none */
};

static struct reads *
reads_of(struct summary *s, const char *actor)
{
	size_t i = 0;

	while (i < s->n && strcmp(s->of[i].actor, actor) != 0)
		i++;
	if (i == s->n && i < ACTORS_MOST) {
		snprintf(s->of[i].actor, sizeof s->of[i].actor, "%s", actor);
		s->n++;
	}
	return &s->of[i];
}

static enum ex_status
count_link(const struct ex_link *k, void *arg)
{
	struct summary *s = arg;
	bool counts =
	    k->action == EX_ACTION_PICTURE || k->action == EX_ACTION_VIEW ||
	    k->action == EX_ACTION_LIST || k->action == EX_ACTION_RULING;
	struct reads *of = counts ? reads_of(s, k->actor) : NULL;

	if (!counts)
		return EX_OK;
	of->pictures += k->action == EX_ACTION_PICTURE;
	of->views += k->action == EX_ACTION_VIEW;
	of->lists += k->action == EX_ACTION_LIST;
	of->rulings += k->action == EX_ACTION_RULING;
	return EX_OK;
}

static enum ex_status
read_summary(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct summary *s = arg;
	struct ex_head head;
	enum ex_status status = ex_audit_head(l, s->filter.node, &head, err);

	s->head_ms = status == EX_OK ? head.at_ms : 0;
	if (status != EX_OK && status != EX_ERR_NOT_FOUND)
		return status;
	s->n = 0;
	memset(s->of, 0, sizeof s->of);
	return ex_audit_each(l, &s->filter, count_link, s, err);
}

static json_t *
reads_json(const struct summary *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i <= s->n && i <= ACTORS_MOST; i++) {
		const struct reads *of = &s->of[i];

		if (!*of->actor && i < ACTORS_MOST)
			continue;
		json_array_append_new(
		    list, json_pack("{ss si si si si}", "actor",
			      *of->actor ? of->actor : "others", "pictures",
			      of->pictures, "views", of->views, "lists",
			      of->lists, "rulings", of->rulings));
	}
	return list;
}

struct verify {
	const char *node;
	struct ex_chain *found;
};

static enum ex_status
verify(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct verify *v = arg;
	enum ex_status status =
	    ex_audit_verify(l, v->node, NULL, NULL, &v->found->report, err);

	v->found->sound = status == EX_OK;
	return status == EX_NO ? EX_OK : status;
}

/* What was found holds for a minute, or twenty times as long as it took. */
static enum ex_status
verify_again(struct ex_hub *h, const char *node, int64_t now_ms,
    struct ex_chain *c, struct ex_error *err)
{
	struct verify v = { node, c };
	int64_t start_ns = ex_clock_mono_ns(), took_ms;
	enum ex_status status;

	*c->node = '\0';
	status = ex_hub_read(h, verify, &v, err);
	if (status != EX_OK)
		return status;
	took_ms = (ex_clock_mono_ns() - start_ns) / 1000000;
	c->at_ms = now_ms;
	c->until_ms = now_ms + (took_ms > 3000 ? 20 * took_ms : 60000);
	snprintf(c->node, sizeof c->node, "%s", node);
	return EX_OK;
}

static void
add_verdict(json_t *j, const struct ex_chain *c)
{
	json_object_set_new(
	    j, "state", json_string(c->sound ? "ok" : "broken"));
	json_object_set_new(j, "verified", ex_time_json(c->at_ms));
	json_object_set_new(
	    j, "links", json_integer((json_int_t)c->report.links));
	if (!c->sound)
		json_object_set_new(j, "fault", ex_given_json(c->report.fault));
}

/* One caller at a time goes through the chain; others wait for what it finds.
 */
static enum ex_status
add_verified(
    struct ex_hub *h, const char *node, json_t *j, struct ex_error *err)
{
	struct ex_chain *c = ex_desk_chain(ex_hub_desk(h));
	int64_t now_ms = ex_hub_now_ms(h);
	enum ex_status status = EX_OK;

	pthread_mutex_lock(&c->lock);
	if (strcmp(c->node, node) != 0 || now_ms >= c->until_ms ||
	    now_ms < c->at_ms)
		status = verify_again(h, node, now_ms, c, err);
	if (status == EX_OK)
		add_verdict(j, c);
	pthread_mutex_unlock(&c->lock);
	return status;
}

void
ex_h_audit_summary(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct summary *s = ex_calloc(1, sizeof *s);
	json_t *j = json_object();
	struct ex_error err = { 0 };

	if (!s || !j) {
		ex_reply_nomem(r);
		goto out;
	}
	s->filter = (struct ex_audit_filter){ .node = node_of(h, q),
		.to_ms = ex_request_number(q, "to", 0),
		.from_ms =
		    ex_request_number(q, "from", ex_hub_now_ms(h) - DAY_MS) };
	if (ex_hub_audit(h, q, r, EX_ACTION_AUDIT, NULL, "summary") &&
	    ex_reply_unless(
		r, add_verified(h, s->filter.node, j, &err), &err) &&
	    ex_reply_unless(r, ex_hub_read(h, read_summary, s, &err), &err)) {
		json_object_set_new(j, "head_at", ex_time_or_null(s->head_ms));
		json_object_set_new(j, "reads", reads_json(s));
		ex_reply_json(r, json_incref(j));
	}
out:
	json_decref(j);
	free(s);
}

/* ---- erasures ---------------------------------------------------------- */

#define ERASED_MOST 100
#define ERASED_MS   (31 * DAY_MS) /* how far back is looked */

struct erasures {
	json_t *due;
	struct ex_links done;
};

static enum ex_status
take_epoch(
    enum ex_retention_class c, int64_t from_ms, int64_t erase_ms, void *arg)
{
	struct erasures *e = arg;

	return json_array_append_new(e->due,
		   json_pack("{ss so so}", "class", ex_retention_word(c),
		       "epoch", ex_time_json(from_ms), "erase",
		       ex_time_json(erase_ms))) == 0
		   ? EX_OK
		   : EX_ERR_NOMEM;
}

static enum ex_status
read_erasures(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct erasures *e = arg;
	enum ex_status status;

	json_decref(e->due);
	e->due = json_array();
	status = ex_retention_due(l, take_epoch, e, err);
	if (status == EX_ERR_NOMEM)
		return ex_fail(err, status, "erasures", NULL);
	return status == EX_OK ? ex_links_read(l, &e->done, err) : status;
}

void
ex_h_erasures_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct erasures e = {
		.done = { .one = true,
		    .action = EX_ACTION_ERASE,
		    .most = ERASED_MOST,
		    .filter = { .node = ex_hub_settings(h)->node,
			.newest = true,
			.from_ms = ex_hub_now_ms(h) - ERASED_MS } }
	};
	struct ex_error err = { 0 };

	if (ex_hub_audit(h, q, r, EX_ACTION_AUDIT, NULL, "erasures") &&
	    ex_reply_unless(r, ex_hub_read(h, read_erasures, &e, &err), &err))
		ex_reply_json(r,
		    json_pack("{sO sO}", "due", e.due, "done", e.done.items));
	json_decref(e.due);
	json_decref(e.done.items);
}
