/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forgetting (L15). An epoch is noted in the ledger, as a thing, with its first
 * picture. When it is due its key goes, then in one commit note and rows, with
 * the link that says so: whatever a crash leaves undone, the note is still
 * there for the next run. The note goes before the rows, so that who adds a
 * picture meanwhile notes it anew.
 */
#include "epochs.h"
#include "ledger_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define KIND "epoch"

/* ---- notes ------------------------------------------------------------- */

static bool
parse_due(struct ex_bytes value, int64_t *out)
{
	char text[32], *end;

	snprintf(text, sizeof text, "%.*s", (int)(value.size % sizeof text),
	    (const char *)value.data);
	*out = strtoll(text, &end, 10);
	return end != text && *end == '\0';
}

/* By the term of now, but no later than was said before: a longer term does
 * not reach back. */
static int64_t
due_of(const struct ex_ledger *l, enum ex_retention_class c, int64_t start_ms,
    int64_t noted_ms)
{
	int64_t due = start_ms + l->retention.of[c].term_ms;

	return noted_ms && noted_ms < due ? noted_ms : due;
}

static enum ex_status
find_note(struct ex_ledger *l, const char *name, int64_t *noted_ms,
    struct ex_error *err)
{
	struct ex_blob value = { 0 };
	bool found;
	enum ex_status status =
	    l->ops->thing_get(l->store, KIND, name, &value, &found, err);

	*noted_ms = 0;
	if (status == EX_OK && found &&
	    !parse_due(ex_blob_bytes(&value), noted_ms))
		status = ex_fail(err, EX_ERR_DATABASE, l->name,
		    "holds an epoch that is none");
	ex_blob_free(&value);
	return status;
}

enum ex_status
ex_epoch_due(struct ex_ledger *l, enum ex_retention_class c, int64_t epoch_ms,
    int64_t *due_ms, struct ex_error *err)
{
	char name[EX_EPOCH_NAME_SIZE];
	int64_t noted = 0;
	enum ex_status status;

	ex_epoch_name(c, epoch_ms, name);
	status = find_note(l, name, &noted, err);
	*due_ms = due_of(l, c, epoch_ms, noted);
	return status;
}

enum ex_status
ex_epoch_note(struct ex_ledger *l, enum ex_retention_class c, int64_t epoch_ms,
    struct ex_error *err)
{
	char name[EX_EPOCH_NAME_SIZE], text[32];
	int64_t noted, due;
	enum ex_status status;

	ex_epoch_name(c, epoch_ms, name);
	status = find_note(l, name, &noted, err);
	due = due_of(l, c, epoch_ms, noted);
	/* Written again only where a run may just be taking it away. */
	if (status != EX_OK ||
	    (noted == due && l->clock.given_ms < due - 3600000))
		return status;
	snprintf(text, sizeof text, "%" PRId64, due);
	return l->ops->thing_put(
	    l->store, KIND, name, ex_string_bytes(text), err);
}

/* ---- the epochs there are ---------------------------------------------- */

struct listing {
	const struct ex_ledger *l;
	struct ex_epoch_list list;
};

/* An ex_thing_visit. */
static enum ex_status
add_noted(const char *key, struct ex_bytes value, void *arg)
{
	struct listing *to = arg;
	struct ex_epoch e;

	if (!ex_epoch_parse(key, &e) || !parse_due(value, &e.due_ms))
		return EX_ERR_DATABASE;
	e.due_ms = due_of(to->l, e.retention, e.start_ms, e.due_ms);
	return ex_epoch_list_add(&to->list, &e);
}

static enum ex_status
add_kept(enum ex_retention_class c, int64_t epoch_ms, void *arg)
{
	struct listing *to = arg;
	const struct ex_epoch e = { c, epoch_ms, due_of(to->l, c, epoch_ms, 0),
		true };

	return ex_epoch_list_add(&to->list, &e);
}

/* An ex_ledger_work: of the ledger and of the vault. */
static enum ex_status
list_epochs(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct listing *to = arg;
	struct ex_error why = { 0 };
	enum ex_status status =
	    l->ops->thing_each(l->store, KIND, add_noted, to, &why);

	if (status == EX_OK && l->vault)
		status = ex_vault_epochs(l->vault, add_kept, to, &why);
	ex_epoch_list_sort(&to->list);
	if (status == EX_OK)
		return EX_OK;
	return why.status ? ex_fail(err, status, why.what, "%s", why.why)
			  : ex_fail(err, status, l->name, "%s",
				status == EX_ERR_DATABASE
				    ? "holds an epoch that is none"
				    : ex_status_text(status));
}

enum ex_status
ex_retention_due(
    struct ex_ledger *l, ex_epoch_visit *visit, void *arg, struct ex_error *err)
{
	struct listing all = { .l = l };
	enum ex_status status =
	    ex_ledger_within(l, false, list_epochs, &all, err);

	for (size_t i = 0; status == EX_OK && i < all.list.n; i++) {
		const struct ex_epoch *e = &all.list.of[i];

		status = visit(e->retention, e->start_ms, e->due_ms, arg);
	}
	ex_epoch_list_free(&all.list);
	return status;
}

/* ---- a run ------------------------------------------------------------- */

struct run {
	const struct ex_act *act;
	bool confirm;
	struct ex_ledger_clock clock;
	const struct ex_epoch *epoch;
	struct ex_retention_report *report;
};

static enum ex_status
say(struct ex_ledger *l, const struct run *r, const char *subject,
    const char *detail, struct ex_error *err)
{
	return ex_audit_link(l, r->act, EX_ACTION_ERASE, subject, detail, err);
}

/* An ex_ledger_work: what time it is, and a jump of it in the chain once. */
static enum ex_status
look(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct run *r = arg;
	struct ex_ledger_clock before;
	char detail[EX_DETAIL_SIZE], from[EX_RFC3339_SIZE], to[EX_RFC3339_SIZE];
	enum ex_status status = ex_ledger_glance(l, &before, err);

	if (status == EX_OK)
		status = ex_ledger_look(l, r->confirm, true, &r->clock, err);
	if (status != EX_OK || !ex_clock_held(&before) ||
	    (before.told && !r->confirm))
		return status;
	ex_rfc3339_format(before.trusted_ms, from);
	ex_rfc3339_format(before.wall_ms, to);
	snprintf(detail, sizeof detail, "%s -> %s, %s", from, to,
	    r->confirm ? "confirmed" : "erasures held");
	return ex_audit_link(l, r->act, EX_ACTION_CLOCK, "", detail, err);
}

/* An ex_ledger_work: note, rows and link of an epoch whose key is gone. */
static enum ex_status
drop_epoch(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct run *r = arg;
	const struct ex_epoch *e = r->epoch;
	char name[EX_EPOCH_NAME_SIZE], detail[EX_DETAIL_SIZE];
	size_t n = 0;
	enum ex_status status;

	ex_epoch_name(e->retention, e->start_ms, name);
	status = l->ops->thing_drop(l->store, KIND, name, err);
	if (status == EX_OK)
		status = l->ops->picture_drop_epoch(
		    l->store, e->retention, e->start_ms, &n, err);
	if (status != EX_OK)
		return status;
	snprintf(detail, sizeof detail, "key destroyed, %zu picture%s", n,
	    n == 1 ? "" : "s");
	status = say(l, r, name, detail, err);
	if (status == EX_OK)
		r->report->pictures += n;
	return status;
}

/* Key, then rows, then link (L15). */
static enum ex_status
erase_epoch(struct ex_ledger *l, struct run *r, const struct ex_epoch *e,
    struct ex_error *err)
{
	enum ex_status status;

	if (!l->vault)
		return ex_fail(err, EX_ERR_ENVIRONMENT, l->name,
		    "holds pictures that are due; without the vault their "
		    "keys cannot be destroyed");
	status = ex_vault_destroy(l->vault, e->retention, e->start_ms, err);
	if (status != EX_OK)
		return status;
	r->report->keys += e->key;
	r->epoch = e;
	return ex_ledger_within(l, true, drop_epoch, r, err);
}

/* The end of what a class keeps: opened before it is over. */
static int64_t
end_of(
    const struct ex_ledger *l, const struct run *r, enum ex_retention_class c)
{
	int64_t term = l->retention.of[c].term_ms;
	int64_t trusted = r->clock.trusted_ms - term;
	int64_t twice = r->clock.wall_ms - 2 * term;

	return (trusted > twice ? trusted : twice) + 1;
}

/* An ex_ledger_work. */
static enum ex_status
drop_crossings(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct run *r = arg;
	int64_t before = end_of(l, r, EX_RETAIN_CROSSING);
	char detail[EX_DETAIL_SIZE], end[EX_RFC3339_SIZE];
	size_t n = 0;
	enum ex_status status =
	    before > 0 ? l->ops->crossing_drop(l->store, before, &n, err)
		       : EX_OK;

	if (status != EX_OK || n == 0)
		return status;
	ex_rfc3339_format(before, end);
	snprintf(detail, sizeof detail, "%zu opened before %s", n, end);
	status = say(l, r, ex_retention_word(EX_RETAIN_CROSSING), detail, err);
	if (status == EX_OK)
		r->report->crossings = n;
	return status;
}

/* An ex_ledger_work. A chain that is not sound is not pruned, and says so. */
static enum ex_status
drop_links(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct run *r = arg;
	int64_t before = end_of(l, r, EX_RETAIN_AUDIT);

	return before > 0 ? ex_audit_prune(l, before, &r->report->links, err)
			  : EX_OK;
}

/* What fails does not keep the rest from being erased; the first is told. */
static void
first(enum ex_status status, const struct ex_error *why, enum ex_status *worst,
    struct ex_error *err)
{
	if (status == EX_OK || *worst != EX_OK)
		return;
	*worst = status;
	if (err)
		*err = *why;
}

static enum ex_status
erase_epochs(struct ex_ledger *l, struct run *r, struct ex_error *err)
{
	struct listing all = { .l = l };
	struct ex_error why = { 0 };
	enum ex_status worst =
	    ex_ledger_within(l, false, list_epochs, &all, err);

	for (size_t i = 0; i < all.list.n; i++) {
		const struct ex_epoch *e = &all.list.of[i];

		if (ex_clock_over(&r->clock, e->due_ms,
			l->retention.of[e->retention].term_ms))
			first(erase_epoch(l, r, e, &why), &why, &worst, err);
	}
	ex_epoch_list_free(&all.list);
	return worst;
}

/* (L15) (L16) */
enum ex_status
ex_retention_run(struct ex_ledger *l, const struct ex_act *act, bool confirm,
    struct ex_retention_report *out, struct ex_error *err)
{
	struct run r = { .act = act, .confirm = confirm, .report = out };
	struct ex_error why = { 0 };
	enum ex_status worst;

	memset(out, 0, sizeof *out);
	worst = ex_ledger_within(l, true, look, &r, err);
	if (worst != EX_OK)
		return worst;
	out->now_ms = r.clock.trusted_ms;
	out->held = ex_clock_held(&r.clock);
	first(erase_epochs(l, &r, &why), &why, &worst, err);
	first(ex_ledger_within(l, true, drop_crossings, &r, &why), &why, &worst,
	    err);
	first(
	    ex_ledger_within(l, true, drop_links, &r, &why), &why, &worst, err);
	return worst;
}
