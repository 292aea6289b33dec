/* SPDX-License-Identifier: Apache-2.0 */
/* Heads: signed each minute, thinned after a day. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS  (24 * HOUR_MS)

/* ---- statements -------------------------------------------------------- */

enum ex_status
ex_statement_sign(struct ex_ledger *l, enum ex_statement kind,
    struct ex_head *h, char **json, struct ex_error *err)
{
	struct ex_parts p = ex_statement_parts(kind, h);
	enum ex_status status;

	*json = NULL;
	if (!l->vault)
		return ex_fail(err, EX_ERR_ENVIRONMENT, l->name,
		    "has no vault, whose key signs the audit chain");
	memcpy(h->verifier, ex_vault_verifier(l->vault), sizeof h->verifier);
	status = ex_vault_sign(l->vault, ex_parts_bytes(&p), h->signature);
	if (status != EX_OK)
		return ex_fail(err, status, l->name,
		    "the vault does not sign the audit chain");
	*json = ex_statement_json(kind, h);
	return *json ? EX_OK : ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
}

enum ex_status
ex_statement_load(struct ex_ledger *l, enum ex_statement kind,
    const char *things, const char *key, struct ex_head *out, bool *found,
    struct ex_error *err)
{
	struct ex_blob json = { 0 };
	struct ex_error why = { 0 };
	enum ex_status status =
	    l->ops->thing_get(l->store, things, key, &json, found, err);

	memset(out, 0, sizeof *out);
	if (status == EX_OK && *found &&
	    ex_statement_parse(kind, ex_blob_bytes(&json), out, &why) != EX_OK)
		status = ex_fail(err, EX_ERR_DATABASE, l->name, "the %s %s: %s",
		    things, key, why.why);
	ex_blob_free(&json);
	return status;
}

/* ---- kept heads -------------------------------------------------------- */

struct forgetting {
	const char *node;
	ex_head_choice *choose;
	int64_t limit;
	struct ex_head before;
	uint64_t drop[EX_HEAD_BATCH]; /* seqs */
	size_t n;
};

/* "NODE:" in front? */
static bool
is_of(const char *key, const char *node)
{
	size_t n = strlen(node);

	return strncmp(key, node, n) == 0 && key[n] == ':';
}

/* One that cannot be read stays, for ex_audit_verify to find. */
static enum ex_status
consider(const char *key, struct ex_bytes value, void *arg)
{
	struct forgetting *f = arg;
	struct ex_head h;
	enum ex_head_use use;

	if (f->n == EX_HEAD_BATCH || !is_of(key, f->node) ||
	    ex_head_parse(value, &h, NULL) != EX_OK)
		return EX_OK;
	use = f->choose(f->before.seq ? &f->before : NULL, &h, f->limit);
	if (use == EX_HEAD_DROP)
		f->drop[f->n++] = h.seq;
	else if (use == EX_HEAD_DROP_BEFORE)
		f->drop[f->n++] = f->before.seq;
	f->before = h;
	return EX_OK;
}

enum ex_status
ex_head_forget(struct ex_ledger *l, ex_head_choice *choose, int64_t limit,
    size_t *n, struct ex_error *err)
{
	struct forgetting f = {
		.node = l->node, .choose = choose, .limit = limit
	};
	char key[EX_HEAD_KEY_SIZE];
	enum ex_status status =
	    l->ops->thing_each(l->store, EX_AUDIT_HEADS, consider, &f, err);

	*n = f.n;
	for (size_t i = 0; status == EX_OK && i < f.n; i++) {
		ex_head_key(l->node, f.drop[i], key);
		status = l->ops->thing_drop(l->store, EX_AUDIT_HEADS, key, err);
	}
	return status;
}

/* Past a day, of each day (UTC) the last. */
static enum ex_head_use
thin(const struct ex_head *before, const struct ex_head *h, int64_t limit)
{
	return before && before->at_ms < limit &&
		       before->at_ms / DAY_MS == h->at_ms / DAY_MS
		   ? EX_HEAD_DROP_BEFORE
		   : EX_HEAD_KEEP;
}

/* ---- signing ----------------------------------------------------------- */

static enum ex_status
step(const struct ex_link *link, void *arg)
{
	return ex_audit_step(arg, link);
}

/* Where the links begin that no head, and no checkpoint, speaks of. */
static enum ex_status
begin(struct ex_ledger *l, const struct ex_head *head, struct ex_audit_walk *w,
    struct ex_error *err)
{
	struct ex_head checkpoint;
	bool found;
	enum ex_status status = ex_statement_load(l, EX_STATEMENT_CHECKPOINT,
	    EX_AUDIT_CHECKPOINTS, l->node, &checkpoint, &found, err);
	const struct ex_head *from =
	    checkpoint.seq > head->seq ? &checkpoint : head;

	*w = (struct ex_audit_walk){ .node = l->node, .seq = from->seq };
	memcpy(w->hash, from->hash, sizeof w->hash);
	return status;
}

/* A head is signed over links that follow, unchanged, from the head before:
 * a change is not signed into the chain's history. */
static enum ex_status
follow(struct ex_ledger *l, const struct ex_head *head,
    const struct ex_link *last, struct ex_error *err)
{
	struct ex_audit_walk w;
	struct ex_audit_filter f = { .node = l->node, .from_ms = INT64_MIN };
	enum ex_status status = begin(l, head, &w, err);

	f.after = w.seq;
	if (status == EX_OK)
		status = l->ops->link_each(l->store, &f, step, &w, err);
	if (status == EX_OK && w.seq != last->seq)
		status = ex_audit_fault(&w,
		    "it ends at link %ju, and reached link %ju before",
		    (uintmax_t)last->seq, (uintmax_t)w.seq);
	if (status == EX_OK && memcmp(w.hash, last->hash, sizeof w.hash) != 0)
		status = ex_audit_fault(
		    &w, "link %ju is not the one signed", (uintmax_t)w.seq);
	if (status == EX_NO)
		ex_fail(err, status, l->name,
		    "the audit chain of %s is broken: %s", l->node, w.fault);
	else if (status == EX_ERR_INTERNAL)
		ex_fail(err, status, l->name, NULL);
	return status;
}

static enum ex_status
keep(struct ex_ledger *l, const struct ex_head *h, const char *json,
    struct ex_error *err)
{
	struct ex_bytes value = ex_string_bytes(json);
	char key[EX_HEAD_KEY_SIZE];
	enum ex_status status;

	ex_head_key(h->node, h->seq, key);
	status = l->ops->thing_put(l->store, EX_AUDIT_HEADS, key, value, err);
	if (status == EX_OK)
		status = l->ops->thing_put(
		    l->store, EX_AUDIT_LAST, h->node, value, err);
	return status;
}

static enum ex_status
sign(struct ex_ledger *l, struct ex_head *h, struct ex_error *err)
{
	char *json;
	enum ex_status status =
	    ex_statement_sign(l, EX_STATEMENT_HEAD, h, &json, err);

	if (status == EX_OK)
		status = keep(l, h, json, err);
	free(json);
	return status;
}

static enum ex_status
sign_last(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ex_head *out = arg, before;
	struct ex_link last;
	int64_t now_ms;
	size_t n;
	bool found;
	enum ex_status status = ex_audit_now(l, &last, &now_ms, err);

	if (status == EX_OK)
		status = ex_statement_load(l, EX_STATEMENT_HEAD, EX_AUDIT_LAST,
		    l->node, &before, &found, err);
	if (status == EX_OK && !found && last.seq == 0)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->name,
		    "the audit chain of %s has no link yet", l->node);
	if (status == EX_OK)
		status = follow(l, &before, &last, err);
	if (status != EX_OK)
		return status;
	if (found && before.seq == last.seq) {
		*out = before;
		return EX_OK;
	}
	*out = (struct ex_head){ .seq = last.seq, .at_ms = now_ms };
	memcpy(out->node, last.node, sizeof out->node);
	memcpy(out->hash, last.hash, sizeof out->hash);
	status = sign(l, out, err);
	if (status == EX_OK && before.at_ms / HOUR_MS != now_ms / HOUR_MS)
		status = ex_head_forget(l, thin, now_ms - DAY_MS, &n, err);
	return status;
}

enum ex_status
ex_audit_sign(struct ex_ledger *l, struct ex_head *out, struct ex_error *err)
{
	enum ex_status status = ex_ledger_within(l, true, sign_last, out, err);

	if (status != EX_OK)
		memset(out, 0, sizeof *out);
	return status;
}

/* ---- the last head ----------------------------------------------------- */

struct asking {
	const char *node;
	struct ex_head *out;
};

static enum ex_status
load_last(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct asking *a = arg;
	bool found = false;
	enum ex_status status = ex_statement_load(
	    l, EX_STATEMENT_HEAD, EX_AUDIT_LAST, a->node, a->out, &found, err);

	if (status == EX_OK && !found)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->name,
		    "no head of the audit chain of %s is signed yet", a->node);
	return status;
}

enum ex_status
ex_audit_head(struct ex_ledger *l, const char *node, struct ex_head *out,
    struct ex_error *err)
{
	struct asking a = { node, out };
	enum ex_status status = ex_ledger_within(l, false, load_last, &a, err);

	if (status != EX_OK)
		memset(out, 0, sizeof *out);
	return status;
}
