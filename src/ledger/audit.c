/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain: links appended, read, and followed one by one. */
#include "audit.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- links ------------------------------------------------------------- */

/* Printable ASCII. No `<`: no line of an MRZ is ever let in (L20). */
static bool
is_plain(const char *s, size_t size)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] < ' ' || s[i] > '~' || s[i] == '<')
			return false;
	return n < size;
}

static bool
is_actor(const char *s)
{
	size_t n = strlen(s);

	return n >= 1 && n < EX_ACTOR_SIZE && strspn(s, EX_NAME_LETTERS) == n;
}

/* What is wrong with a link-to-be is its caller's mistake. */
static enum ex_status
fill(const struct ex_ledger *l, const struct ex_act *act, enum ex_action action,
    const char *subject, const char *detail, struct ex_link *link,
    struct ex_error *err)
{
	const char *bad = !is_actor(act->actor)                 ? "actor"
			  : (unsigned)action >= EX_ACTION_COUNT ? "action"
			  : act->purpose >= EX_PURPOSE_COUNT    ? "purpose"
			  : !is_plain(subject, EX_SUBJECT_SIZE) ? "subject"
			  : !is_plain(detail, EX_DETAIL_SIZE)   ? "detail"
								: NULL;

	if (bad)
		return ex_fail(err, EX_ERR_USAGE, l->name,
		    "the %s of an audit link has characters or a length that "
		    "it may not have",
		    bad);
	link->action = action;
	link->purpose = act->purpose;
	snprintf(link->node, sizeof link->node, "%s", l->node);
	snprintf(link->actor, sizeof link->actor, "%s", act->actor);
	snprintf(link->subject, sizeof link->subject, "%s", subject);
	snprintf(link->detail, sizeof link->detail, "%s", detail);
	return EX_OK;
}

enum ex_status
ex_audit_now(struct ex_ledger *l, struct ex_link *last, int64_t *now_ms,
    struct ex_error *err)
{
	bool found = false;
	enum ex_status status =
	    l->ops->link_last(l->store, l->node, last, &found, err);

	if (status != EX_OK || !found)
		memset(last, 0, sizeof *last);
	*now_ms = l->now_ms ? l->now_ms() : ex_clock_wall_ms();
	if (*now_ms < last->at_ms)
		*now_ms = last->at_ms;
	return status;
}

/* In the transaction that is open, behind the lock of link_last: several
 * processes may append, and what is rolled back leaves no gap (L19). */
enum ex_status
ex_audit_link(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const char *subject, const char *detail,
    struct ex_error *err)
{
	struct ex_link link = { 0 }, last;
	enum ex_status status = fill(l, act, action, subject ? subject : "",
	    detail ? detail : "", &link, err);

	if (status == EX_OK)
		status = ex_audit_now(l, &last, &link.at_ms, err);
	if (status != EX_OK)
		return status;
	if (last.seq >= INT64_MAX)
		return ex_fail(err, EX_ERR_DATABASE, l->name,
		    "the audit chain of %s has a last link without a "
		    "successor",
		    l->node);
	link.seq = last.seq + 1;
	memcpy(link.before, last.hash, sizeof link.before);
	status = ex_link_hash(&link, link.hash);
	if (status != EX_OK)
		return ex_fail(err, status, l->name, NULL);
	return l->ops->link_add(l->store, &link, err);
}

struct appending {
	const struct ex_act *act;
	enum ex_action action;
	const char *subject, *detail;
};

static enum ex_status
append(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct appending *a = arg;

	return ex_audit_link(l, a->act, a->action, a->subject, a->detail, err);
}

enum ex_status
ex_audit_append(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const char *subject, const char *detail,
    struct ex_error *err)
{
	struct appending a = { act, action, subject, detail };

	return ex_ledger_within(l, true, append, &a, err);
}

/* ---- reading ----------------------------------------------------------- */

static const struct ex_audit_filter everything;

struct reading {
	const struct ex_audit_filter *f;
	ex_link_visit *visit;
	void *arg;
};

static enum ex_status
read_links(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct reading *r = arg;

	return l->ops->link_each(l->store, r->f, r->visit, r->arg, err);
}

enum ex_status
ex_audit_each(struct ex_ledger *l, const struct ex_audit_filter *f,
    ex_link_visit *visit, void *arg, struct ex_error *err)
{
	struct reading r = { f ? f : &everything, visit, arg };

	return ex_ledger_within(l, false, read_links, &r, err);
}

/* ---- nodes -------------------------------------------------------------- */

/* Growing: a country has hundreds. */
struct naming {
	char (*names)[33];
	size_t n, room;
};

static enum ex_status
add_node(struct naming *x, const char *node, size_t size)
{
	size_t room = x->room ? 2 * x->room : 16;

	if (size >= sizeof x->names[0])
		return EX_OK;
	/* The latest first: links come by node. */
	for (size_t i = x->n; i > 0; i--)
		if (strncmp(x->names[i - 1], node, size) == 0 &&
		    x->names[i - 1][size] == '\0')
			return EX_OK;
	if (x->n == x->room) {
		char(*more)[33] = ex_calloc(room, sizeof *more);

		if (!more)
			return EX_ERR_NOMEM;
		if (x->n)
			memcpy(more, x->names, x->n * sizeof *more);
		free(x->names);
		x->names = more;
		x->room = room;
	}
	memcpy(x->names[x->n], node, size);
	x->names[x->n++][size] = '\0';
	return EX_OK;
}

static enum ex_status
node_of_link(const struct ex_link *link, void *arg)
{
	return add_node(arg, link->node, strlen(link->node));
}

/* Keys are NODE or NODE:SEQ. */
static enum ex_status
node_of_thing(const char *key, struct ex_bytes value, void *arg)
{
	(void)value;
	return add_node(arg, key, strcspn(key, ":"));
}

/* Also those of whose chain no link is left, if anything signed is. */
static enum ex_status
find_nodes(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	static const char *const kinds[] = { EX_AUDIT_LAST, EX_AUDIT_HEADS,
		EX_AUDIT_CHECKPOINTS };
	enum ex_status status =
	    l->ops->link_each(l->store, &everything, node_of_link, arg, err);

	for (size_t i = 0; status == EX_OK && i < 3; i++)
		status = l->ops->thing_each(
		    l->store, kinds[i], node_of_thing, arg, err);
	return status;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

enum ex_status
ex_audit_nodes(
    struct ex_ledger *l, ex_node_visit *visit, void *arg, struct ex_error *err)
{
	struct naming x = { 0 };
	enum ex_status status = ex_ledger_within(l, false, find_nodes, &x, err);

	if (status == EX_ERR_NOMEM)
		ex_fail(err, status, l->name, NULL);
	if (x.n > 0)
		qsort(x.names, x.n, sizeof *x.names, by_name);
	for (size_t i = 0; status == EX_OK && i < x.n; i++)
		status = visit(x.names[i], arg);
	free(x.names);
	return status;
}

/* ---- walking ----------------------------------------------------------- */

enum ex_status(ex_audit_fault)(struct ex_audit_walk *w, const char *why, ...)
{
	va_list ap;

	va_start(ap, why);
	vsnprintf(w->fault, sizeof w->fault, why, ap);
	va_end(ap);
	return EX_NO;
}

/* (L21) */
enum ex_status
ex_audit_step(struct ex_audit_walk *w, const struct ex_link *link)
{
	uint8_t hash[EX_SHA256_SIZE];
	uint64_t expected = w->seq + 1;
	enum ex_status status;

	if (strcmp(link->node, w->node) != 0)
		return ex_audit_fault(w,
		    "a link of another node stands among "
		    "those of %s behind link %ju",
		    w->node, (uintmax_t)w->seq);
	if (link->seq < expected)
		return ex_audit_fault(
		    w, "link %ju stands there twice", (uintmax_t)link->seq);
	if (link->seq > expected)
		return ex_audit_fault(w,
		    "link %ju is missing, the next one is "
		    "%ju",
		    (uintmax_t)expected, (uintmax_t)link->seq);
	if (memcmp(link->before, w->hash, sizeof hash) != 0)
		return ex_audit_fault(w,
		    "link %ju does not follow from the "
		    "one before it",
		    (uintmax_t)link->seq);
	status = ex_link_hash(link, hash);
	if (status != EX_OK)
		return status;
	if (memcmp(link->hash, hash, sizeof hash) != 0)
		return ex_audit_fault(w, "link %ju is not as it was written",
		    (uintmax_t)link->seq);
	w->seq = link->seq;
	memcpy(w->hash, hash, sizeof hash);
	return EX_OK;
}
