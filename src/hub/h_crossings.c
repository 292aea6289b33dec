/* SPDX-License-Identifier: Apache-2.0 */
/* Crossings: taken from lanes, shown to people. */
#include "records.h"
#include "desk.h"
#include "lanes.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

/* ---- from a lane ------------------------------------------------------- */

/* How far a lane's clock may be ahead of ours: what it sends is kept for a term
 * that starts with its time. */
#define AHEAD_MS ((int64_t)3600 * 1000)

static const char not_taken[] = "The crossing was not taken";

struct delivery {
	const struct ex_envelope *envelope;
	bool fresh;
};

static enum ex_status
put(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct delivery *d = arg;
	const struct ex_envelope *e = d->envelope;

	d->fresh = false;
	return ex_ledger_put_pictures(
	    l, &e->crossing, e->pictures, e->n_pictures, &d->fresh, err);
}

/* So that who counts along need not ask for the lane's sums. */
static void
add_trend(json_t *event, const struct ex_crossing *c)
{
	struct ex_trend t;

	ex_trend_of(c, &t);
	json_object_set_new(event, "at", ex_time_json(c->opened_ms));
	json_object_set_new(event, "captured", json_integer(t.captured));
	json_object_set_new(event, "causes", ex_causes_json(&t));
}

static void
answer(struct ex_hub *h, const struct ex_crossing *c, bool fresh,
    struct ex_reply *r)
{
	struct ex_desk *desk = ex_hub_desk(h);
	uint32_t awaiting = 0;
	json_t *event;

	ex_reply_json(r, json_pack("{ss}", "crossing", c->id));
	ex_desk_delivery(desk, fresh ? EX_DELIVERY_NEW : EX_DELIVERY_KNOWN);
	if (!fresh) {
		r->status = 200;
		return;
	}
	ex_desk_crossing(desk, c, ex_hub_now_ms(h));
	for (size_t i = 0; !c->opted_out && i < c->n_occupants; i++)
		if (c->occupants[i].verdict == EX_VERDICT_OFFICER)
			awaiting |= UINT32_C(1) << i;
	event = ex_crossing_sum(c, awaiting);
	add_trend(event, c);
	if (event)
		ex_hub_tell(h, EX_ROLE_PEOPLE, c->lane, "crossing", event);
	json_decref(event);
}

static void
refuse(struct ex_hub *h, struct ex_reply *r, enum ex_delivery what, int status,
    const char *why)
{
	ex_desk_delivery(ex_hub_desk(h), what);
	ex_reply_problem(r, status, not_taken, "%s", why);
}

static void
put_failed(struct ex_hub *h, const struct ex_error *err, struct ex_reply *r)
{
	if (err->status == EX_ERR_CONFLICT) {
		refuse(h, r, EX_DELIVERY_CONFLICT, 409,
		    "another crossing is recorded under this id");
		return;
	}
	ex_desk_delivery(ex_hub_desk(h),
	    err->status == EX_ERR_INPUT || err->status == EX_ERR_TOO_LARGE
		? EX_DELIVERY_REFUSED
		: EX_DELIVERY_FAILED);
	ex_reply_error(r, err);
}

/* What is inside must be what the head says: the head alone was checked
 * against the sender. NULL, or what is wrong. */
static const char *
contradiction(const struct ex_envelope_head *head, const struct ex_envelope *e,
    int64_t now_ms)
{
	const struct ex_crossing *c = &e->crossing;

	if (strcmp(c->id, head->crossing) != 0 ||
	    strcmp(c->lane, head->lane) != 0 || c->opened_ms != head->opened_ms)
		return "what is sealed is not what the head says";
	if (c->closed_ms > now_ms + AHEAD_MS)
		return "it is of a time to come: check the lane's clock";
	for (size_t i = 0; i < e->n_pictures; i++) {
		struct ex_bytes b = e->pictures[i].jpeg;

		/* SOI and the marker behind it (ITU-T T.81, B.1.1.3) */
		if (b.size < 4 || memcmp(b.data, "\xff\xd8\xff", 3) != 0)
			return "a picture is not JPEG";
	}
	return NULL;
}

static void
take(struct ex_hub *h, const struct ex_envelope_head *head,
    const struct ex_envelope *e, struct ex_reply *r)
{
	const char *wrong = contradiction(head, e, ex_hub_now_ms(h));
	struct delivery d = { .envelope = e };
	struct ex_error err = { 0 };

	if (wrong)
		refuse(h, r, EX_DELIVERY_REFUSED, 400, wrong);
	else if (ex_hub_write(h, put, &d, &err) != EX_OK)
		put_failed(h, &err, r);
	else
		answer(h, &e->crossing, d.fresh, r);
}

static void
open_and_take(struct ex_hub *h, const struct ex_request *q,
    const struct ex_envelope_head *head, struct ex_reply *r)
{
	struct ex_envelope *e = ex_calloc(1, sizeof *e);
	struct ex_error err = { 0 };
	enum ex_status status;

	if (!e) {
		ex_reply_nomem(r);
		return;
	}
	status = ex_envelope_open(
	    ex_vault_recipient_key(ex_hub_vault(h)), q->body, e, &err);
	if (status == EX_OK)
		take(h, head, e, r);
	else if (status == EX_ERR_NOMEM || status == EX_ERR_INTERNAL)
		ex_reply_error(r, &err);
	else
		refuse(h, r, EX_DELIVERY_REFUSED, 400,
		    "the envelope is not sealed to this hub, or was changed");
	ex_envelope_fini(e);
	ex_wipe(e, sizeof *e); /* documents' numbers */
	free(e);
}

void
ex_h_crossings_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const char *key = ex_request_header(q, "Idempotency-Key");
	struct ex_envelope_head head;
	struct ex_error err;

	ex_desk_heard(ex_hub_desk(h), q->who.name, ex_hub_now_ms(h));
	if (ex_envelope_peek(q->body, &head, &err) != EX_OK)
		refuse(h, r, EX_DELIVERY_REFUSED, 400,
		    "the body is not an envelope");
	else if (strcmp(head.lane, q->who.name) != 0)
		refuse(h, r, EX_DELIVERY_FOREIGN, 403,
		    "the envelope is of another lane than the token");
	else if (!key || strcmp(key, head.crossing) != 0)
		refuse(h, r, EX_DELIVERY_REFUSED, 400,
		    "Idempotency-Key must be the crossing's id");
	else
		open_and_take(h, q, &head, r);
}

/* ---- to people --------------------------------------------------------- */

struct listing {
	struct ex_ledger_filter filter;
	json_t *items;
	bool failed; /* out of memory */
	size_t n;
	char last[EX_ULID_SIZE];
	struct {
		json_t *item; /* borrowed from items */
		char id[EX_ULID_SIZE];
		bool seen, unlisted;
	} of[]; /* filter.limit of them */
};

static enum ex_status
list_one(const struct ex_crossing *c, void *arg)
{
	struct listing *g = arg;
	json_t *j = ex_crossing_sum(c, 0);

	json_object_set_new(
	    j, "direction", json_string(ex_direction_word(c->direction)));
	json_object_set_new(j, "vehicle", ex_given_json(c->vehicle));
	json_object_set_new(j, "opened", ex_time_json(c->opened_ms));
	json_object_set_new(j, "closed", ex_time_json(c->closed_ms));
	json_object_set_new(j, "opted_out", json_boolean(c->opted_out));
	if (json_array_append_new(g->items, j) != 0) {
		g->failed = true;
		return EX_ERR_NOMEM;
	}
	memcpy(g->of[g->n].id, c->id, sizeof c->id);
	g->of[g->n].item = j;
	g->of[g->n].seen = ex_crossing_seen(c) > 0;
	g->of[g->n].unlisted = c->unlisted > 0;
	memcpy(g->last, c->id, sizeof g->last);
	g->n++;
	return EX_OK;
}

/* The list first, who awaits behind it: a visit must not use the ledger. */
static enum ex_status
list(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct listing *g = arg;
	enum ex_status status = ex_ledger_each(l, &g->filter, list_one, g, err);

	for (size_t i = 0; status == EX_OK && i < g->n; i++) {
		uint32_t mask = 0;
		bool complete;

		status = ex_ledger_awaiting(l, g->of[i].id, &mask, err);
		complete = g->of[i].seen && !g->of[i].unlisted && mask == 0;
		json_object_set_new(g->of[i].item, "awaiting",
		    json_integer(__builtin_popcount(mask)));
		json_object_set_new(
		    g->of[i].item, "complete", json_boolean(complete));
	}
	return g->failed ? ex_fail(err, EX_ERR_NOMEM, "crossings", NULL)
			 : status;
}

static struct ex_ledger_filter
list_filter(const struct ex_request *q)
{
	const char *state = ex_request_query(q, "state");

	return (struct ex_ledger_filter){
		.from_ms = ex_request_number(q, "from", 0),
		.to_ms = ex_request_number(q, "to", 0),
		.lane = ex_request_query(q, "lane"),
		.after = ex_request_query(q, "after"),
		.newest = true,
		.open = state && strcmp(state, "open") == 0,
		.limit = (size_t)ex_request_number(q, "limit", 50),
	};
}

/* One link a listing, with the filter (ids and times, no person). */
static bool
audit_list(struct ex_hub *h, const struct ex_request *q,
    const struct ex_ledger_filter *f, struct ex_reply *r)
{
	char from[EX_RFC3339_SIZE] = "", to[EX_RFC3339_SIZE] = "";

	if (f->from_ms)
		ex_rfc3339_format(f->from_ms, from);
	if (f->to_ms)
		ex_rfc3339_format(f->to_ms, to);
	return ex_hub_audit(h, q, r, EX_ACTION_LIST, f->lane ? f->lane : "",
	    "%s %s..%s at most %zu", f->open ? "open" : "all", from, to,
	    f->limit);
}

static json_t *
page(json_t *items, const char *last, bool more)
{
	return json_pack("{sO so}", "items", items, "next",
	    more ? json_string(last) : json_null());
}

void
ex_h_crossings_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_ledger_filter f = list_filter(q);
	struct listing *g = ex_calloc(1, sizeof *g + f.limit * sizeof g->of[0]);
	struct ex_error err = { 0 };

	if (!g) {
		ex_reply_nomem(r);
		return;
	}
	g->filter = f;
	g->items = json_array();
	if (audit_list(h, q, &f, r) &&
	    ex_reply_unless(r, ex_hub_read(h, list, g, &err), &err))
		ex_reply_json(r, page(g->items, g->last, g->n == f.limit));
	json_decref(g->items);
	free(g);
}

static enum ex_status
load(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ex_case *k = arg;

	return ex_case_load(l, k->c.id, k, err);
}

/* A crossing that somebody looks at: read, then recorded in the audit chain,
 * then shown. NULL: the reply says why not; else free(). */
static struct ex_case *
view(struct ex_hub *h, const struct ex_request *q, const char *id,
    struct ex_reply *r)
{
	struct ex_case *k = ex_calloc(1, sizeof *k);
	struct ex_error err = { 0 };

	if (!k) {
		ex_reply_nomem(r);
		return NULL;
	}
	snprintf(k->c.id, sizeof k->c.id, "%s", id);
	if (ex_reply_unless(r, ex_hub_read(h, load, k, &err), &err) &&
	    ex_hub_audit(h, q, r, EX_ACTION_VIEW, k->c.id, NULL))
		return k;
	free(k);
	return NULL;
}

/* When what is known of a crossing goes, and the promise it was made under. */
static void
add_terms(struct ex_hub *h, json_t *j, const struct ex_crossing *c)
{
	struct ex_retention t = ex_hub_retention(h);

	json_object_set_new(j, "erase",
	    json_pack("{so so}", "crossing",
		ex_time_json(c->opened_ms + t.of[EX_RETAIN_CROSSING].term_ms),
		"audit",
		ex_time_json(c->opened_ms + t.of[EX_RETAIN_AUDIT].term_ms)));
	json_object_set_new(
	    j, "promised_fmr", json_real(ex_policy_fmr_at(h, c->opened_ms)));
}

static void
show(struct ex_hub *h, const struct ex_request *q, const char *id,
    struct ex_reply *r)
{
	struct ex_case *k = view(h, q, id, r);
	json_t *j;

	if (!k)
		return;
	j = ex_case_json(k);
	if (j)
		add_terms(h, j, &k->c);
	ex_reply_json(r, j);
	free(k);
}

void
ex_h_crossings_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	show(h, q, q->param[0], r);
}

void
ex_h_occupants_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_case *k = view(h, q, q->param[0], r);

	if (!k)
		return;
	ex_reply_json(r, json_pack("{so}", "items", ex_case_occupants(k)));
	free(k);
}

struct newest {
	struct ex_ledger_filter filter;
	char id[EX_ULID_SIZE];
};

static enum ex_status
keep_id(const struct ex_crossing *c, void *arg)
{
	struct newest *n = arg;

	memcpy(n->id, c->id, sizeof n->id);
	return EX_OK;
}

static enum ex_status
find_newest(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct newest *n = arg;

	return ex_ledger_each(l, &n->filter, keep_id, n, err);
}

void
ex_h_lane_now(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct newest n = {
		.filter = { .lane = q->param[0], .newest = true, .limit = 1 }
	};
	struct ex_error err = { 0 };

	if (!ex_reply_unless(r, ex_hub_read(h, find_newest, &n, &err), &err))
		return;
	if (*n.id)
		show(h, q, n.id, r);
	else
		ex_reply_problem(r, 404, "No crossing",
		    "nothing has crossed at this lane yet");
}

/* ---- its trail --------------------------------------------------------- */

static enum ex_status
trail(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	return ex_links_read(l, arg, err);
}

void
ex_h_trail_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_links k = { .filter = {
				  .subject = q->param[0], .limit = 1000 } };
	struct ex_error err = { 0 };

	if (!ex_hub_audit(h, q, r, EX_ACTION_AUDIT, q->param[0], NULL))
		return;
	if (ex_reply_unless(r, ex_hub_read(h, trail, &k, &err), &err))
		ex_reply_json(r, json_pack("{sO}", "items", k.items));
	json_decref(k.items);
}
