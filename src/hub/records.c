/* SPDX-License-Identifier: Apache-2.0 */
#include "records.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- small things ------------------------------------------------------ */

json_t *
ex_time_json(int64_t ms)
{
	char text[EX_RFC3339_SIZE];

	ex_rfc3339_format(ms, text);
	return json_string(text);
}

json_t *
ex_time_or_null(int64_t ms)
{
	return ms ? ex_time_json(ms) : json_null();
}

json_t *
ex_given_json(const char *s)
{
	json_t *j = json_string(s);

	return j ? j : json_string("\xef\xbf\xbd");
}

void
ex_reply_json(struct ex_reply *r, json_t *json)
{
	if (json)
		r->json = json;
	else
		ex_reply_nomem(r);
}

bool
ex_reply_unless(
    struct ex_reply *r, enum ex_status status, const struct ex_error *err)
{
	if (status != EX_OK)
		ex_reply_error(r, err);
	return status == EX_OK;
}

unsigned
ex_numbered(const char *s, char letter, unsigned most)
{
	unsigned n = 0;

	if (*s++ != letter || *s < '1' || *s > '9')
		return 0;
	for (; *s >= '0' && *s <= '9' && n <= most; s++)
		n = n * 10 + (unsigned)(*s - '0');
	return *s == '\0' && n <= most ? n : 0;
}

int64_t
ex_day_of(int64_t ms)
{
	const int64_t day_ms = (int64_t)24 * 3600 * 1000;

	return ms - ((ms % day_ms) + day_ms) % day_ms;
}

/* ---- writing to the audit chain ---------------------------------------- */

static enum ex_purpose
usual_purpose(enum ex_action action)
{
	switch (action) {
	case EX_ACTION_STAGE:
	case EX_ACTION_EARLIER:
		return EX_PURPOSE_CROSSING;
	case EX_ACTION_AUDIT:
		return EX_PURPOSE_AUDIT;
	default:
		return EX_PURPOSE_OPERATION;
	}
}

struct ex_act
ex_act_of(const struct ex_request *q, enum ex_action action)
{
	return (struct ex_act){ .actor = q->who.actor,
		.purpose = q->purpose != EX_PURPOSE_NONE
			       ? q->purpose
			       : usual_purpose(action) };
}

struct link_job {
	struct ex_act act;
	enum ex_action action;
	const char *subject, *detail;
};

static enum ex_status
append_link(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct link_job *j = arg;

	return ex_audit_append(
	    l, &j->act, j->action, j->subject, j->detail, err);
}

bool
ex_hub_audit(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r,
    enum ex_action action, const char *subject, const char *detail, ...)
{
	char text[EX_DETAIL_SIZE] = "";
	struct link_job j = { ex_act_of(q, action), action,
		subject ? subject : "", text };
	struct ex_error err = { 0 };
	va_list ap;

	if (detail) {
		va_start(ap, detail);
		vsnprintf(text, sizeof text, detail, ap);
		va_end(ap);
	}
	return ex_reply_unless(r, ex_hub_write(h, append_link, &j, &err), &err);
}

/* ---- links of the audit chain ------------------------------------------ */

static json_t *
link_json(const struct ex_link *k)
{
	char hash[EX_HEX_SIZE(EX_SHA256_SIZE)];

	ex_hex_format(k->hash, sizeof k->hash, hash);
	return json_pack("{ss sI so ss ss ss ss ss ss}", "node", k->node, "seq",
	    (json_int_t)k->seq, "at", ex_time_json(k->at_ms), "actor", k->actor,
	    "action", ex_action_word(k->action), "purpose",
	    ex_purpose_word(k->purpose), "subject", k->subject, "detail",
	    k->detail, "hash", hash);
}

/* EX_NO: that is enough. */
static enum ex_status
take_link(const struct ex_link *link, void *arg)
{
	struct ex_links *k = arg;

	if (k->one && link->action != k->action)
		return EX_OK;
	if (json_array_append_new(k->items, link_json(link)) != 0)
		return EX_ERR_NOMEM;
	k->last = link->seq;
	k->n++;
	return k->n == k->most ? EX_NO : EX_OK;
}

enum ex_status
ex_links_read(struct ex_ledger *l, struct ex_links *k, struct ex_error *err)
{
	enum ex_status status;

	json_decref(k->items);
	k->n = 0;
	k->items = json_array();
	if (!k->items)
		return ex_fail(err, EX_ERR_NOMEM, "links", NULL);
	status = ex_audit_each(l, &k->filter, take_link, k, err);
	if (status == EX_ERR_NOMEM)
		return ex_fail(err, EX_ERR_NOMEM, "links", NULL);
	return status == EX_NO ? EX_OK : status;
}

/* ---- a crossing and what hangs on it ----------------------------------- */

static enum ex_status
take_ruling(const struct ex_ruling *g, void *arg)
{
	struct ex_case *k = arg;

	/* Of more the last ones: what stands is among them. */
	if (k->n_rulings == EX_RULINGS_MOST)
		memmove(k->rulings, k->rulings + 1,
		    --k->n_rulings * sizeof *k->rulings);
	k->rulings[k->n_rulings++] = *g;
	return EX_OK;
}

enum ex_status
ex_case_fill(struct ex_ledger *l, struct ex_case *out, struct ex_error *err)
{
	const char *id = out->c.id;
	enum ex_status status = ex_ledger_awaiting(l, id, &out->awaiting, err);

	out->n_rulings = out->n_pictures = 0;
	if (status == EX_OK)
		status = ex_ledger_rulings(l, id, take_ruling, out, err);
	if (status == EX_OK)
		status = ex_ledger_pictures(
		    l, id, out->pictures, &out->n_pictures, err);
	return status;
}

enum ex_status
ex_case_load(struct ex_ledger *l, const char *id, struct ex_case *out,
    struct ex_error *err)
{
	enum ex_status status = ex_ledger_get(l, id, &out->c, err);

	return status == EX_OK ? ex_case_fill(l, out, err) : status;
}

bool
ex_case_stands(const struct ex_case *k, size_t i)
{
	if (k->rulings[i].kind == EX_RULING_UNDONE)
		return false;
	for (size_t j = i + 1; j < k->n_rulings; j++)
		if (k->rulings[j].kind == EX_RULING_UNDONE &&
		    strcmp(k->rulings[j].undoes, k->rulings[i].id) == 0)
			return false;
	return true;
}

bool
ex_case_complete(const struct ex_case *k)
{
	return ex_crossing_seen(&k->c) > 0 && k->awaiting == 0 &&
	       k->c.unlisted == 0;
}

bool
ex_case_free(const struct ex_case *k, size_t document, unsigned n)
{
	if (k->c.documents[document].verdict == EX_DOCUMENT_CONFIRMED)
		return false;
	for (size_t i = 0; i < k->n_rulings; i++) {
		const struct ex_ruling *g = &k->rulings[i];

		if (g->document != document + 1 || !ex_case_stands(k, i))
			continue;
		if (g->kind == EX_RULING_SAME_PERSON ||
		    (g->kind == EX_RULING_NOT_THIS_DOCUMENT &&
			g->occupant == n))
			return false;
	}
	return true;
}

/* ---- its JSON ---------------------------------------------------------- */

json_t *
ex_ruling_json(const struct ex_ruling *g)
{
	char document[16] = "";
	json_t *j = json_pack("{ss ss si ss ss so}", "id", g->id, "crossing",
	    g->crossing, "occupant", (int)g->occupant, "decision",
	    ex_ruling_word(g->kind), "actor", g->actor, "at",
	    ex_time_json(g->at_ms));

	snprintf(document, sizeof document, "d%u", g->document);
	if (g->document)
		json_object_set_new(j, "document", json_string(document));
	if (*g->reason)
		json_object_set_new(j, "reason", json_string(g->reason));
	if (*g->undoes)
		json_object_set_new(j, "undoes", json_string(g->undoes));
	return j;
}

static json_t *
rulings(const struct ex_case *k, unsigned occupant)
{
	json_t *list = json_array();

	for (size_t i = 0; i < k->n_rulings; i++) {
		json_t *j;

		if (occupant && k->rulings[i].occupant != occupant)
			continue;
		j = ex_ruling_json(&k->rulings[i]);
		json_object_set_new(
		    j, "stands", json_boolean(ex_case_stands(k, i)));
		json_array_append_new(list, j);
	}
	return list;
}

static json_t *
picture_infos(const struct ex_case *k)
{
	json_t *list = json_array();

	for (size_t i = 0; i < k->n_pictures; i++) {
		const struct ex_picture_info *p = &k->pictures[i];

		json_array_append_new(
		    list, json_pack("{ss ss so}", "name", p->name, "class",
			      ex_retention_word(p->retention), "erase",
			      ex_time_json(p->erase_ms)));
	}
	return list;
}

json_t *
ex_picture_names(const struct ex_case *k)
{
	json_t *list = json_array();

	for (size_t i = 0; i < k->n_pictures; i++)
		json_array_append_new(list, json_string(k->pictures[i].name));
	return list;
}

/* The machine's view of somebody an officer must look at. */
static void
add_nearest(json_t *j, const struct ex_occupant *p)
{
	char name[16];

	if (p->verdict == EX_VERDICT_CONFIRMED || p->nearest == 0)
		return;
	snprintf(name, sizeof name, "d%u", p->nearest);
	json_object_set_new(j, "nearest", json_string(name));
	if (!json_object_get(j, "similarity"))
		json_object_set_new(j, "similarity", json_real(p->similarity));
	if (!json_object_get(j, "fmr") && !json_object_get(j, "fmr_at_most"))
		json_object_set_new(j, p->fmr_at_most ? "fmr_at_most" : "fmr",
		    json_real(p->fmr));
}

static json_t *
crossing_json(const struct ex_case *k)
{
	char *text = ex_crossing_json(&k->c);
	json_t *j = text ? json_loads(text, 0, NULL) : NULL;

	free(text);
	return j;
}

static void
add_to_occupants(json_t *crossing, const struct ex_case *k)
{
	json_t *list = json_object_get(crossing, "occupants");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const struct ex_occupant *p = &k->c.occupants[i];
		bool waits = p->n <= 32 && (k->awaiting >> (p->n - 1) & 1);
		json_t *j = json_array_get(list, i);

		add_nearest(j, p);
		json_object_set_new(j, "awaiting", json_boolean(waits));
		json_object_set_new(j, "rulings", rulings(k, p->n));
	}
}

json_t *
ex_case_occupants(const struct ex_case *k)
{
	json_t *crossing = crossing_json(k);
	json_t *list;

	if (!crossing)
		return NULL;
	add_to_occupants(crossing, k);
	list = json_incref(json_object_get(crossing, "occupants"));
	json_decref(crossing);
	return list;
}

json_t *
ex_case_json(const struct ex_case *k)
{
	json_t *j = crossing_json(k);

	if (!j)
		return NULL;
	add_to_occupants(j, k);
	json_object_set_new(j, "opted_out", json_boolean(k->c.opted_out));
	json_object_set_new(j, "complete", json_boolean(ex_case_complete(k)));
	json_object_set_new(j, "rulings", rulings(k, 0));
	json_object_set_new(j, "pictures", picture_infos(k));
	return j;
}

json_t *
ex_crossing_sum(const struct ex_crossing *c, uint32_t awaiting)
{
	unsigned confirmed = ex_crossing_confirmed(c);
	unsigned seen = (unsigned)ex_crossing_seen(c);

	return json_pack("{ss so si si si si}", "crossing", c->id, "lane",
	    ex_given_json(c->lane), "seen", (int)seen, "confirmed",
	    (int)confirmed, "officer", (int)(seen - confirmed), "awaiting",
	    __builtin_popcount(awaiting));
}
