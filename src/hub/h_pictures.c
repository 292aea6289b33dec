/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures: opened one at a time with a purpose, and erased before their time
 * where a supervisor says so. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

/* ---- one picture ------------------------------------------------------- */

struct picture {
	struct ex_act act;
	const char *crossing, *name;
	struct ex_blob jpeg;
};

static void
drop(struct ex_blob *b)
{
	ex_wipe(b->data, b->size);
	ex_blob_free(b);
}

static enum ex_status
open_picture(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct picture *p = arg;

	drop(&p->jpeg); /* of an earlier try */
	return ex_ledger_picture(
	    l, &p->act, p->crossing, p->name, &p->jpeg, err);
}

void
ex_h_pictures_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct picture p = { .act = ex_act_of(q, EX_ACTION_PICTURE),
		.crossing = q->param[0],
		.name = q->param[1] };
	struct ex_error err = { 0 };

	if (!ex_numbered(p.name, 'o', EX_MAX_OCCUPANTS) &&
	    !ex_numbered(p.name, 'd', EX_MAX_DOCUMENTS)) {
		ex_reply_problem(r, 404, "No such picture",
		    "pictures are called o1, o2, ... and d1, d2, ...");
		return;
	}
	if (!ex_reply_unless(
		r, ex_hub_write(h, open_picture, &p, &err), &err)) {
		drop(&p.jpeg);
		return;
	}
	r->type = "image/jpeg";
	r->body = p.jpeg;
}

/* ---- early erasure ----------------------------------------------------- */

struct erasure {
	struct ex_act act;
	const char *crossing;
	int64_t complete_ms;
};

static enum ex_status
erase(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct erasure *e = arg;

	return ex_ledger_erase_early(
	    l, &e->act, e->crossing, &e->complete_ms, err);
}

void
ex_h_pictures_delete(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct erasure e = { .act = ex_act_of(q, EX_ACTION_ERASE_EARLY),
		.crossing = q->param[0] };
	struct ex_error err = { 0 };
	json_t *event;

	if (!ex_reply_unless(r, ex_hub_write(h, erase, &e, &err), &err))
		return;
	ex_reply_json(r, json_pack("{ss so}", "crossing", e.crossing,
			     "complete", ex_time_json(e.complete_ms)));
	event = json_pack("{ss}", "crossing", e.crossing);
	if (event)
		ex_hub_tell(h, EX_ROLE_PEOPLE, NULL, "erasure", event);
	json_decref(event);
}

/* ---- earlier pictures of the same document, for its lane ---------------- */

#define EARLIER_MOST 4 /* pictures: more would hardly change the template */

struct earlier {
	struct ex_act act;
	struct ex_document document; /* the number in clear */
	struct ex_blob jpeg[EARLIER_MOST];
	size_t n;
};

static void
drop_earlier(struct earlier *e)
{
	for (size_t i = 0; i < EARLIER_MOST; i++)
		drop(&e->jpeg[i]);
	e->n = 0;
}

static enum ex_status
find_earlier(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct earlier *e = arg;

	drop_earlier(e);
	return ex_ledger_earlier(
	    l, &e->act, &e->document, EARLIER_MOST, e->jpeg, &e->n, err);
}

static void
copy_field(const json_t *from, const char *key, char *to, size_t size)
{
	const char *s = json_string_value(json_object_get(from, key));

	snprintf(to, size, "%s", s ? s : "");
}

/* {"pictures":["...","..."]} as bytes that are wiped when they are sent. */
static enum ex_status
put_pictures(const struct earlier *e, struct ex_blob *out)
{
	char *text[EARLIER_MOST] = { NULL };
	size_t size = sizeof "{\"pictures\":[]}", n = 0;
	char *to = NULL;
	bool good = true;

	for (size_t i = 0; i < e->n; i++) {
		text[i] = ex_base64_text(ex_blob_bytes(&e->jpeg[i]));
		good = good && text[i];
		size += text[i] ? strlen(text[i]) + 3 : 0;
	}
	if (good)
		to = ex_calloc(size, 1);
	if (to) {
		n = (size_t)snprintf(to, size, "{\"pictures\":[");
		for (size_t i = 0; i < e->n; i++)
			n += (size_t)snprintf(to + n, size - n, "%s\"%s\"",
			    i ? "," : "", text[i]);
		n += (size_t)snprintf(to + n, size - n, "]}");
		*out = (struct ex_blob){ (uint8_t *)to, n };
	}
	for (size_t i = 0; i < e->n; i++) {
		ex_wipe(text[i], text[i] ? strlen(text[i]) : 0);
		free(text[i]);
	}
	return to ? EX_OK : EX_ERR_NOMEM;
}

void
ex_h_earlier_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct earlier e = { .act = ex_act_of(q, EX_ACTION_EARLIER) };
	struct ex_document *d = &e.document;
	struct ex_error err = { 0 };

	if (strcmp(q->param[0], q->who.name) != 0) {
		ex_reply_problem(r, 403, "Not allowed",
		    "a lane's token acts for that lane alone");
		return;
	}
	copy_field(q->json, "type", d->type, sizeof d->type);
	copy_field(q->json, "issuer", d->issuer, sizeof d->issuer);
	copy_field(
	    q->json, "nationality", d->nationality, sizeof d->nationality);
	copy_field(q->json, "number", d->number, sizeof d->number);
	if (ex_reply_unless(r, ex_hub_write(h, find_earlier, &e, &err), &err)) {
		r->type = "application/json";
		if (put_pictures(&e, &r->body) != EX_OK)
			ex_reply_nomem(r);
	}
	drop_earlier(&e);
	ex_wipe(&e, sizeof e);
}
