/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pictures: each sealed under a key of its crossing and class, that under the
 * key of its epoch, which lies in the vault (L13).
 */
#include "pictures.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger_internal.h"

/* ---- what seals are about ---------------------------------------------- */

#define ABOUT_SIZE 160

/* All that stands beside it in its row, so that nothing of it can be changed or
 * moved. `name` is "" for the crossing's key. */
static struct ex_bytes
about(const struct ex_store_picture *p, const char *name,
    char text[static ABOUT_SIZE])
{
	snprintf(text, ABOUT_SIZE, "exeunt picture 1 %s %s %" PRId64 " %s",
	    p->crossing, ex_retention_word(p->retention), p->epoch_ms, name);
	return ex_string_bytes(text);
}

static enum ex_status
seal_fail(const struct ex_store_picture *p, enum ex_status status,
    struct ex_error *err)
{
	char what[64];

	snprintf(what, sizeof what, "crossing %s: %s", p->crossing, p->name);
	return ex_fail(err, status, what,
	    status == EX_ERR_FORMAT ? "was changed since it was stored" : NULL);
}

/* ---- storing ----------------------------------------------------------- */

struct putting {
	const struct ex_crossing *c;
	const struct ex_picture *pictures;
	size_t n;
	struct ex_ledger_record *record;
	bool fresh;
};

/* The key of a crossing's pictures of one class, and how it is stored. */
struct class_key {
	struct ex_key key;
	struct ex_blob wrapped;
};

static void
class_key_fini(struct class_key *k)
{
	ex_wipe(&k->key, sizeof k->key);
	ex_blob_free(&k->wrapped);
}

static enum ex_status
class_key_make(struct ex_ledger *l, const struct ex_store_picture *p,
    struct class_key *k, struct ex_error *err)
{
	char text[ABOUT_SIZE];
	struct ex_key epoch;
	enum ex_status status = ex_vault_epoch(
	    l->vault, p->retention, p->epoch_ms, true, &epoch, err);

	/* Destroyed half an erasure ago, and to be so again. */
	if (status == EX_ERR_NOT_FOUND)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, p->crossing,
		    "the key of its epoch is being destroyed");
	if (status != EX_OK)
		return status;
	status = ex_random(&k->key, sizeof k->key);
	if (status == EX_OK)
		status = ex_seal(&epoch, about(p, "", text),
		    (struct ex_bytes){ k->key.bytes, sizeof k->key.bytes },
		    &k->wrapped);
	ex_wipe(&epoch, sizeof epoch);
	return status == EX_OK ? EX_OK : seal_fail(p, status, err);
}

static enum ex_status
add_picture(struct ex_ledger *l, struct ex_store_picture *p,
    const struct class_key *k, const struct ex_picture *picture,
    struct ex_error *err)
{
	char text[ABOUT_SIZE];
	struct ex_blob sealed;
	enum ex_status status;

	memcpy(p->name, picture->name, sizeof p->name);
	status =
	    ex_seal(&k->key, about(p, p->name, text), picture->jpeg, &sealed);
	if (status != EX_OK)
		return seal_fail(p, status, err);
	p->key = ex_blob_bytes(&k->wrapped);
	p->sealed = ex_blob_bytes(&sealed);
	status = l->ops->picture_add(l->store, p, err);
	ex_blob_free(&sealed);
	return status;
}

static bool
has_class(const struct putting *g, enum ex_retention_class c, const char *host)
{
	for (size_t i = 0; i < g->n; i++)
		if (ex_picture_class(g->c, g->pictures[i].name, host) == c)
			return true;
	return false;
}

/* Of one class, unless their time is over already: what a lane could not
 * deliver for long enough is not kept (L15). */
static enum ex_status
add_class(struct ex_ledger *l, const struct putting *g,
    enum ex_retention_class c, struct ex_error *err)
{
	const char *host = l->retention.host;
	struct ex_store_picture p = { .retention = c };
	struct class_key k = { 0 };
	int64_t now, due;
	enum ex_status status = ex_ledger_now(l, &now, err);

	memcpy(p.crossing, g->c->id, sizeof p.crossing);
	p.epoch_ms = ex_retention_epoch(&l->retention, c, g->c->opened_ms);
	if (status == EX_OK)
		status = ex_epoch_due(l, c, p.epoch_ms, &due, err);
	if (status != EX_OK ||
	    ex_clock_over(&l->clock, due, l->retention.of[c].term_ms))
		return status;
	status = ex_epoch_note(l, c, p.epoch_ms, err);
	if (status == EX_OK)
		status = class_key_make(l, &p, &k, err);
	for (size_t i = 0; status == EX_OK && i < g->n; i++)
		if (ex_picture_class(g->c, g->pictures[i].name, host) == c)
			status = add_picture(l, &p, &k, &g->pictures[i], err);
	class_key_fini(&k);
	return status;
}

/* An ex_ledger_work. */
static enum ex_status
put_all(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct putting *g = arg;
	enum ex_status status = ex_ledger_add(l, g->record, &g->fresh, err);

	for (int c = 0; status == EX_OK && g->fresh && c <= EX_RETAIN_PICTURE;
	     c++)
		if (has_class(g, (enum ex_retention_class)c, l->retention.host))
			status =
			    add_class(l, g, (enum ex_retention_class)c, err);
	return status;
}

enum ex_status
ex_ledger_put_pictures(struct ex_ledger *l, const struct ex_crossing *c,
    const struct ex_picture pictures[], size_t n_pictures, bool *fresh,
    struct ex_error *err)
{
	struct putting g = { c, pictures, n_pictures,
		ex_calloc(1, sizeof *g.record), false };
	enum ex_status status;

	if (fresh)
		*fresh = false;
	if (!g.record)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	status = ex_ledger_record_make(&l->key, c, g.record, err);
	if (status == EX_OK)
		status = ex_pictures_check(c, pictures, n_pictures, err);
	if (status == EX_OK && n_pictures > 0 && !l->vault)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, l->name,
		    "takes no pictures without a vault");
	if (status == EX_OK)
		status = ex_ledger_within(l, true, put_all, &g, err);
	if (status == EX_OK && fresh)
		*fresh = g.fresh;
	free(g.record);
	return status;
}

/* ---- opening ----------------------------------------------------------- */

static enum ex_status
open_key(struct ex_ledger *l, const struct ex_store_picture *p,
    struct ex_key *out, struct ex_error *err)
{
	char text[ABOUT_SIZE];
	struct ex_key epoch;
	struct ex_blob key = { 0 };
	enum ex_status status = ex_vault_epoch(
	    l->vault, p->retention, p->epoch_ms, false, &epoch, err);

	if (status != EX_OK)
		return status;
	status = ex_unseal(&epoch, about(p, "", text), p->key, &key);
	if (status == EX_OK && key.size != sizeof out->bytes)
		status = EX_ERR_FORMAT;
	if (status == EX_OK)
		memcpy(out->bytes, key.data, sizeof out->bytes);
	ex_wipe(&epoch, sizeof epoch);
	if (key.data)
		ex_wipe(key.data, key.size);
	ex_blob_free(&key);
	return status == EX_OK ? EX_OK : seal_fail(p, status, err);
}

/* EX_ERR_NOT_FOUND: its time is over, whether or not its key is gone yet. */
static enum ex_status
open_picture(struct ex_ledger *l, const struct ex_store_picture *p,
    struct ex_blob *out, struct ex_error *err)
{
	char text[ABOUT_SIZE];
	struct ex_key key;
	int64_t now, due;
	enum ex_status status = ex_ledger_now(l, &now, err);

	if (status == EX_OK && !l->vault)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, l->name,
		    "opens no pictures without a vault");
	if (status == EX_OK)
		status = ex_epoch_due(l, p->retention, p->epoch_ms, &due, err);
	if (status == EX_OK && ex_clock_over(&l->clock, due,
				   l->retention.of[p->retention].term_ms))
		status =
		    ex_fail(err, EX_ERR_NOT_FOUND, p->crossing, "is erased");
	if (status == EX_OK)
		status = open_key(l, p, &key, err);
	if (status != EX_OK)
		return status;
	status = ex_unseal(&key, about(p, p->name, text), p->sealed, out);
	ex_wipe(&key, sizeof key);
	return status == EX_OK ? EX_OK : seal_fail(p, status, err);
}

static void
drop_blob(struct ex_blob *b)
{
	if (b->data)
		ex_wipe(b->data, b->size);
	ex_blob_free(b);
}

static enum ex_status
link_picture(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const struct ex_store_picture *p,
    struct ex_error *err)
{
	char subject[EX_SUBJECT_SIZE];

	snprintf(subject, sizeof subject, "%s/%s", p->crossing, p->name);
	return ex_audit_link(l, act, action, subject, "", err);
}

/* A row as it is visited is borrowed, and nothing else is to be asked of the
 * store meanwhile: a copy of it. */
struct row {
	struct ex_store_picture p; /* into `bytes` */
	struct ex_blob bytes;
};

static enum ex_status
copy_row(const struct ex_store_picture *p, struct row *to)
{
	to->bytes.size = p->key.size + p->sealed.size;
	to->bytes.data = ex_calloc(to->bytes.size, 1);
	if (!to->bytes.data)
		return EX_ERR_NOMEM;
	memcpy(to->bytes.data, p->key.data, p->key.size);
	memcpy(to->bytes.data + p->key.size, p->sealed.data, p->sealed.size);
	to->p = *p;
	to->p.key.data = to->bytes.data;
	to->p.sealed.data = to->bytes.data + p->key.size;
	return EX_OK;
}

struct opening {
	const struct ex_act *act;
	const char *crossing, *name;
	struct row row;
	struct ex_blob plain;
};

/* An ex_store_picture_visit. */
static enum ex_status
take_row(const struct ex_store_picture *p, void *arg)
{
	struct opening *o = arg;

	return copy_row(p, &o->row);
}

static enum ex_status
not_found(const char *crossing, const char *name, struct ex_error *err)
{
	char what[64];

	snprintf(what, sizeof what, "crossing %.26s: %.3s", crossing, name);
	return ex_fail(err, EX_ERR_NOT_FOUND, what, "no such picture is kept");
}

/* An ex_ledger_work: the link is in the commit before anybody has it (L17). */
static enum ex_status
open_and_link(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct opening *o = arg;
	enum ex_status status = l->ops->picture_each(
	    l->store, o->crossing, o->name, take_row, o, err);

	if (status == EX_ERR_NOMEM)
		return ex_fail(err, status, l->name, NULL);
	if (status == EX_OK && !o->row.bytes.data)
		return not_found(o->crossing, o->name, err);
	if (status == EX_OK)
		status = open_picture(l, &o->row.p, &o->plain, err);
	if (status == EX_OK)
		status =
		    link_picture(l, o->act, EX_ACTION_PICTURE, &o->row.p, err);
	return status;
}

static enum ex_status
need_purpose(const struct ex_act *act, struct ex_error *err)
{
	if (act->purpose > EX_PURPOSE_NONE && act->purpose < EX_PURPOSE_COUNT)
		return EX_OK;
	return ex_fail(err, EX_ERR_USAGE, "purpose",
	    "must be named: why is a person's data needed");
}

enum ex_status
ex_ledger_picture(struct ex_ledger *l, const struct ex_act *act,
    const char *crossing, const char *name, struct ex_blob *out,
    struct ex_error *err)
{
	struct opening o = { .act = act, .crossing = crossing, .name = name };
	enum ex_status status = need_purpose(act, err);

	*out = (struct ex_blob){ 0 };
	if (status == EX_OK)
		status = ex_ledger_within(l, true, open_and_link, &o, err);
	if (status == EX_OK)
		*out = o.plain;
	else
		drop_blob(&o.plain);
	ex_blob_free(&o.row.bytes);
	return status;
}

/* ---- what there is ----------------------------------------------------- */

struct counting {
	const char *crossing;
	struct ex_picture_info *to; /* EX_MAX_PICTURES */
	int64_t epoch_ms[EX_MAX_PICTURES];
	size_t n;
};

/* An ex_store_picture_visit. */
static enum ex_status
count_row(const struct ex_store_picture *p, void *arg)
{
	struct counting *k = arg;

	if (k->n == EX_MAX_PICTURES)
		return EX_ERR_DATABASE;
	memcpy(k->to[k->n].name, p->name, sizeof p->name);
	k->to[k->n].retention = p->retention;
	k->epoch_ms[k->n++] = p->epoch_ms;
	return EX_OK;
}

/* An ex_ledger_work. */
static enum ex_status
list_pictures(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct counting *k = arg;
	struct ex_error why = { 0 };
	enum ex_status status = l->ops->picture_each(
	    l->store, k->crossing, NULL, count_row, k, &why);

	if (status != EX_OK)
		return ex_fail(err, status, l->name, "%s",
		    why.status ? why.why : "has too many pictures of one");
	for (size_t i = 0; status == EX_OK && i < k->n; i++)
		status = ex_epoch_due(l, k->to[i].retention, k->epoch_ms[i],
		    &k->to[i].erase_ms, err);
	return status;
}

enum ex_status
ex_ledger_pictures(struct ex_ledger *l, const char *crossing,
    struct ex_picture_info out[], size_t *n, struct ex_error *err)
{
	struct counting k = { .crossing = crossing, .to = out };
	enum ex_status status =
	    ex_ledger_within(l, false, list_pictures, &k, err);

	*n = status == EX_OK ? k.n : 0;
	return status;
}

/* ---- early erasure ----------------------------------------------------- */

struct erasing {
	const struct ex_act *act;
	struct counting k;
	int64_t complete_ms;
};

/* An ex_ledger_work. */
static enum ex_status
erase(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct erasing *e = arg;
	char detail[EX_DETAIL_SIZE], when[EX_RFC3339_SIZE];
	uint32_t mask;
	bool found = false;
	size_t n = 0;
	enum ex_status status =
	    l->ops->awaiting_get(l->store, e->k.crossing, &mask, &found, err);

	if (status == EX_OK && !found)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->name,
		    "holds no crossing %.26s", e->k.crossing);
	if (status == EX_OK)
		status = ex_ledger_now(l, &e->complete_ms, err);
	if (status == EX_OK)
		status = list_pictures(l, &e->k, err);
	for (size_t i = 0; status == EX_OK && i < e->k.n; i++)
		if (e->k.to[i].erase_ms > e->complete_ms)
			e->complete_ms = e->k.to[i].erase_ms;
	if (status == EX_OK)
		status = l->ops->picture_drop(l->store, e->k.crossing, &n, err);
	if (status != EX_OK)
		return status;
	ex_rfc3339_format(e->complete_ms, when);
	snprintf(detail, sizeof detail, "%zu picture%s, complete %s", n,
	    n == 1 ? "" : "s", when);
	return ex_audit_link(
	    l, e->act, EX_ACTION_ERASE_EARLY, e->k.crossing, detail, err);
}

enum ex_status
ex_ledger_erase_early(struct ex_ledger *l, const struct ex_act *act,
    const char *crossing, int64_t *complete_ms, struct ex_error *err)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	struct erasing e = { act, { .crossing = crossing, .to = infos }, 0 };
	enum ex_status status = need_purpose(act, err);

	if (status == EX_OK)
		status = ex_ledger_within(l, true, erase, &e, err);
	*complete_ms = status == EX_OK ? e.complete_ms : 0;
	return status;
}

/* ---- earlier pictures of a document ------------------------------------ */

#define EARLIER_MOST 16

struct earlier {
	const struct ex_act *act;
	uint8_t number[EX_SHA256_SIZE];
	struct row rows[EARLIER_MOST];
	size_t n_rows, most;
	struct ex_blob *out;
	size_t n;
};

/* An ex_store_picture_visit. */
static enum ex_status
take_earlier(const struct ex_store_picture *p, void *arg)
{
	struct earlier *e = arg;

	if (e->n_rows == e->most)
		return EX_OK;
	return copy_row(p, &e->rows[e->n_rows++]);
}

/* An ex_ledger_work. */
static enum ex_status
open_earlier(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct earlier *e = arg;
	enum ex_status status = l->ops->picture_earlier(
	    l->store, e->number, e->most, take_earlier, e, err);

	if (status == EX_ERR_NOMEM)
		return ex_fail(err, status, l->name, NULL);
	for (size_t i = 0; status == EX_OK && i < e->n_rows; i++) {
		const struct ex_store_picture *p = &e->rows[i].p;

		status = open_picture(l, p, &e->out[e->n], err);
		if (status == EX_ERR_NOT_FOUND) { /* its time is over */
			status = EX_OK;
			continue;
		}
		if (status == EX_OK) {
			e->n++;
			status =
			    link_picture(l, e->act, EX_ACTION_EARLIER, p, err);
		}
	}
	return status;
}

static bool
allowed(const struct ex_retention *r, const struct ex_document *d)
{
	bool citizen = r->host[0] && (d->nationality[0] == '\0' ||
					 strcmp(d->nationality, r->host) == 0);

	return r->earlier && d->number[0] && (!citizen || r->earlier_citizens);
}

enum ex_status
ex_ledger_earlier(struct ex_ledger *l, const struct ex_act *act,
    const struct ex_document *d, size_t most, struct ex_blob out[], size_t *n,
    struct ex_error *err)
{
	struct earlier *e = NULL;
	enum ex_status status = need_purpose(act, err);

	*n = 0;
	memset(out, 0, most * sizeof *out);
	if (status != EX_OK || most == 0 || !allowed(&l->retention, d))
		return status;
	e = ex_calloc(1, sizeof *e);
	if (!e)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	e->act = act;
	e->most = most < EARLIER_MOST ? most : EARLIER_MOST;
	e->out = out;
	status = ex_ledger_number_hash(&l->key, d, e->number);
	if (status != EX_OK)
		ex_fail(err, status, l->name, NULL);
	if (status == EX_OK)
		status = ex_ledger_within(l, true, open_earlier, e, err);
	for (size_t i = 0; i < EARLIER_MOST; i++)
		ex_blob_free(&e->rows[i].bytes);
	for (size_t i = 0; status != EX_OK && i < e->n; i++)
		drop_blob(&out[i]);
	*n = status == EX_OK ? e->n : 0;
	free(e);
	return status;
}
