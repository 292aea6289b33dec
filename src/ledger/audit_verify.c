/* SPDX-License-Identifier: Apache-2.0 */
/* Is a chain as it was written (L21)? What is signed is read first, then the
 * links, one by one. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

/* A head that was verified. */
struct known {
	uint64_t seq;
	int64_t at_ms;
	uint8_t hash[EX_SHA256_SIZE];
};

struct verifying {
	struct ex_audit_walk *walk;
	struct ex_audit_report *out;
	uint8_t verifier[32];
	bool trusted;        /* verifier is set */
	struct known *heads; /* by seq once the links are read */
	size_t n_heads, room, next;
	char recorded[EX_DETAIL_SIZE]; /* detail to be found; "": none, or
					  found */
};

/* ---- what is signed ---------------------------------------------------- */

static void
trust(struct verifying *v, const uint8_t verifier[static 32])
{
	if (!v->trusted)
		memcpy(v->verifier, verifier, sizeof v->verifier);
	v->trusted = true;
}

static enum ex_status
check_statement(
    struct verifying *v, enum ex_statement kind, const struct ex_head *h)
{
	const char *what = kind == EX_STATEMENT_HEAD ? "head" : "checkpoint";
	enum ex_status status = ex_statement_verify(kind, h);

	if (strcmp(h->node, v->walk->node) != 0)
		return ex_audit_fault(v->walk,
		    "the %s at link %ju is of another node", what,
		    (uintmax_t)h->seq);
	if (status == EX_NO)
		return ex_audit_fault(v->walk,
		    "the %s at link %ju has a signature that is not its own",
		    what, (uintmax_t)h->seq);
	if (status != EX_OK)
		return status;
	trust(v, h->verifier);
	if (memcmp(h->verifier, v->verifier, sizeof v->verifier) != 0)
		return ex_audit_fault(v->walk,
		    "the %s at link %ju is signed by another key", what,
		    (uintmax_t)h->seq);
	return EX_OK;
}

static enum ex_status
know(struct verifying *v, const struct ex_head *h)
{
	size_t room = v->room ? 2 * v->room : 64;

	if (v->n_heads == v->room) {
		struct known *more = ex_calloc(room, sizeof *more);

		if (!more)
			return EX_ERR_NOMEM;
		if (v->n_heads)
			memcpy(more, v->heads, v->n_heads * sizeof *more);
		free(v->heads);
		v->heads = more;
		v->room = room;
	}
	v->heads[v->n_heads].seq = h->seq;
	v->heads[v->n_heads].at_ms = h->at_ms;
	memcpy(v->heads[v->n_heads++].hash, h->hash, sizeof h->hash);
	return EX_OK;
}

static enum ex_status
add_head(struct verifying *v, const struct ex_head *h)
{
	enum ex_status status = check_statement(v, EX_STATEMENT_HEAD, h);

	return status == EX_OK ? know(v, h) : status;
}

static enum ex_status
add_kept(const char *key, struct ex_bytes value, void *arg)
{
	struct verifying *v = arg;
	char expected[EX_HEAD_KEY_SIZE];
	size_t n = strlen(v->walk->node);
	struct ex_head h;
	enum ex_status status;

	if (strncmp(key, v->walk->node, n) != 0 || key[n] != ':')
		return EX_OK;
	status = ex_head_parse(value, &h, NULL);
	ex_head_key(v->walk->node, h.seq, expected);
	if (status != EX_OK || strcmp(key, expected) != 0)
		return ex_audit_fault(
		    v->walk, "the head %s is not as it was signed", key);
	v->out->heads++;
	return add_head(v, &h);
}

/* A statement kept under the node's name; zero where there is none. */
static enum ex_status
load(struct ex_ledger *l, struct verifying *v, enum ex_statement kind,
    struct ex_head *out, struct ex_error *err)
{
	bool head = kind == EX_STATEMENT_HEAD, found = false;
	struct ex_blob json = { 0 };
	enum ex_status status = l->ops->thing_get(l->store,
	    head ? EX_AUDIT_LAST : EX_AUDIT_CHECKPOINTS, v->walk->node, &json,
	    &found, err);

	memset(out, 0, sizeof *out);
	if (status == EX_OK && found &&
	    ex_statement_parse(kind, ex_blob_bytes(&json), out, NULL) != EX_OK)
		status = ex_audit_fault(v->walk,
		    "the %s is not as it was "
		    "signed",
		    head ? "last head" : "checkpoint");
	if (status == EX_OK && found)
		status = check_statement(v, kind, out);
	ex_blob_free(&json);
	return status;
}

static int
by_seq(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->seq > y->seq) - (x->seq < y->seq);
}

static enum ex_status
load_heads(struct ex_ledger *l, struct verifying *v,
    const struct ex_head *given, struct ex_error *err)
{
	struct ex_head last;
	enum ex_status status = given ? add_head(v, given) : EX_OK;

	if (status == EX_OK)
		status = load(l, v, EX_STATEMENT_HEAD, &last, err);
	if (status == EX_OK && last.seq > 0)
		status = know(v, &last);
	if (status == EX_OK)
		status = l->ops->thing_each(
		    l->store, EX_AUDIT_HEADS, add_kept, v, err);
	if (status == EX_OK && v->n_heads > 0)
		qsort(v->heads, v->n_heads, sizeof *v->heads, by_seq);
	return status;
}

/* Where the chain begins. */
static enum ex_status
load_checkpoint(struct ex_ledger *l, struct verifying *v, struct ex_error *err)
{
	struct ex_head checkpoint;
	enum ex_status status =
	    load(l, v, EX_STATEMENT_CHECKPOINT, &checkpoint, err);

	if (status != EX_OK || checkpoint.seq == 0)
		return status;
	v->out->pruned = true;
	v->walk->seq = checkpoint.seq;
	memcpy(v->walk->hash, checkpoint.hash, sizeof checkpoint.hash);
	ex_checkpoint_detail(&checkpoint, v->recorded);
	return EX_OK;
}

/* ---- the links --------------------------------------------------------- */

/* Heads up to where the walk is: of links that gave way they can be compared
 * with the checkpoint alone. */
static enum ex_status
compare_heads(struct verifying *v)
{
	const struct ex_audit_walk *w = v->walk;
	char at[EX_RFC3339_SIZE];

	for (; v->next < v->n_heads && v->heads[v->next].seq <= w->seq;
	     v->next++) {
		const struct known *h = &v->heads[v->next];

		if (h->seq < w->seq ||
		    memcmp(h->hash, w->hash, sizeof h->hash) == 0)
			continue;
		ex_rfc3339_format(h->at_ms, at);
		return ex_audit_fault(v->walk,
		    "link %ju is not the one that a head was signed over at %s",
		    (uintmax_t)h->seq, at);
	}
	return EX_OK;
}

static enum ex_status
verify_link(const struct ex_link *link, void *arg)
{
	struct verifying *v = arg;
	enum ex_status status = ex_audit_step(v->walk, link);

	if (status == EX_OK)
		status = compare_heads(v);
	if (status != EX_OK)
		return status;
	if (v->out->links++ == 0)
		v->out->first_seq = link->seq;
	v->out->last_seq = link->seq;
	if (link->action == EX_ACTION_CHECKPOINT &&
	    strcmp(link->detail, v->recorded) == 0)
		v->recorded[0] = '\0';
	return EX_OK;
}

static enum ex_status
verify_end(struct verifying *v)
{
	char at[EX_RFC3339_SIZE];
	const struct known *h;

	if (v->next < v->n_heads) {
		h = &v->heads[v->n_heads - 1];
		ex_rfc3339_format(h->at_ms, at);
		return ex_audit_fault(v->walk,
		    "it ends at link %ju, and a head signed at %s says %ju",
		    (uintmax_t)v->walk->seq, at, (uintmax_t)h->seq);
	}
	if (v->recorded[0])
		return ex_audit_fault(v->walk,
		    "no link records the checkpoint at link %ju, where it "
		    "begins",
		    (uintmax_t)(v->out->first_seq ? v->out->first_seq - 1
						  : v->walk->seq));
	return EX_OK;
}

static enum ex_status
verify_all(struct ex_ledger *l, const struct ex_audit_range *r,
    struct verifying *v, struct ex_error *err)
{
	struct ex_audit_filter f = { .node = r->node,
		.from_ms = INT64_MIN, /* whatever was made of their times */
		.to_ms = r->to_ms };
	enum ex_status status = load_heads(l, v, r->last, err);

	if (status == EX_OK)
		status = load_checkpoint(l, v, err);
	if (status == EX_OK)
		status = compare_heads(v);
	if (status == EX_OK)
		status = l->ops->link_each(l->store, &f, verify_link, v, err);
	if (status == EX_OK && r->to_ms == 0)
		status = verify_end(v);
	return status;
}

enum ex_status
ex_audit_check(struct ex_ledger *l, const struct ex_audit_range *r,
    struct ex_audit_walk *w, struct ex_audit_report *out, struct ex_error *err)
{
	struct verifying v = { .walk = w, .out = out };
	enum ex_status status;

	*out = (struct ex_audit_report){ 0 };
	*w = (struct ex_audit_walk){ .node = r->node };
	if (r->verifier)
		trust(&v, r->verifier);
	else if (r->last)
		trust(&v, r->last->verifier);
	else if (l->vault && strcmp(l->node, r->node) == 0)
		trust(&v, ex_vault_verifier(l->vault));
	status = verify_all(l, r, &v, err);
	free(v.heads);
	/* Theirs who called the visits: they have no `err`. */
	if (status == EX_ERR_NOMEM || status == EX_ERR_INTERNAL)
		ex_fail(err, status, l->name, NULL);
	return status;
}

/* ---- for everybody ----------------------------------------------------- */

struct asking {
	struct ex_audit_range range;
	struct ex_audit_report *out;
	struct ex_audit_walk walk;
};

static enum ex_status
check(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct asking *a = arg;

	return ex_audit_check(l, &a->range, &a->walk, a->out, err);
}

static enum ex_status
probe(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct asking *a = arg;
	struct ex_blob any = { 0 };
	bool found;
	enum ex_status status = l->ops->thing_get(
	    l->store, EX_AUDIT_LAST, a->range.node, &any, &found, err);

	ex_blob_free(&any);
	return status;
}

/* What cannot be read, again and again, in a store that answers otherwise: that
 * too is a change. */
static enum ex_status
judge_unreadable(
    struct ex_ledger *l, struct asking *a, const struct ex_error *why)
{
	if (ex_ledger_within(l, false, probe, a, NULL) != EX_OK)
		return why->status;
	return ex_audit_fault(&a->walk,
	    "what stands behind link %ju cannot be read: %s",
	    (uintmax_t)a->walk.seq, why->why);
}

enum ex_status
ex_audit_verify(struct ex_ledger *l, const char *node,
    const struct ex_head *last, const uint8_t *verifier,
    struct ex_audit_report *out, struct ex_error *err)
{
	struct asking a = { .range = { node, last, verifier, 0 }, .out = out };
	struct ex_error why = { 0 };
	enum ex_status status = ex_ledger_within(l, false, check, &a, &why);

	if (status == EX_ERR_DATABASE && !l->grouped) {
		status = ex_ledger_within(l, false, check, &a, &why);
		if (status == EX_ERR_DATABASE)
			status = judge_unreadable(l, &a, &why);
	}
	if (status == EX_NO)
		snprintf(out->fault, sizeof out->fault, "%s", a.walk.fault);
	else if (status != EX_OK && err)
		*err = why;
	return status;
}
