/* SPDX-License-Identifier: Apache-2.0 */
/* Links whose time is over give way to a signed checkpoint (L22). */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

void
ex_checkpoint_detail(
    const struct ex_head *checkpoint, char out[static EX_DETAIL_SIZE])
{
	char hash[EX_HEX_SIZE(sizeof checkpoint->hash)];

	ex_hex_format(checkpoint->hash, sizeof checkpoint->hash, hash);
	snprintf(out, EX_DETAIL_SIZE, "through %ju sha256 %s",
	    (uintmax_t)checkpoint->seq, hash);
}

/* Heads that speak of links which are gone. */
static enum ex_head_use
of_pruned(const struct ex_head *before, const struct ex_head *h, int64_t limit)
{
	(void)before;
	return h->seq < (uint64_t)limit ? EX_HEAD_DROP : EX_HEAD_KEEP;
}

static enum ex_status
forget_heads(struct ex_ledger *l, uint64_t through, struct ex_error *err)
{
	enum ex_status status;
	size_t n;

	do
		status =
		    ex_head_forget(l, of_pruned, (int64_t)through, &n, err);
	while (status == EX_OK && n > 0);
	return status;
}

/* The statement, the link that records it, and only then the links go: never
 * is there nothing to follow from. */
static enum ex_status
replace(struct ex_ledger *l, struct ex_head *checkpoint, size_t *n,
    struct ex_error *err)
{
	const struct ex_act act = { "system", EX_PURPOSE_RETENTION };
	char detail[EX_DETAIL_SIZE], *json;
	enum ex_status status = ex_statement_sign(
	    l, EX_STATEMENT_CHECKPOINT, checkpoint, &json, err);

	ex_checkpoint_detail(checkpoint, detail);
	if (status == EX_OK)
		status = ex_audit_link(
		    l, &act, EX_ACTION_CHECKPOINT, "", detail, err);
	if (status == EX_OK)
		status = l->ops->thing_put(l->store, EX_AUDIT_CHECKPOINTS,
		    l->node, ex_string_bytes(json), err);
	if (status == EX_OK)
		status = l->ops->link_drop(
		    l->store, l->node, checkpoint->seq, n, err);
	if (status == EX_OK)
		status = forget_heads(l, checkpoint->seq, err);
	free(json);
	return status;
}

enum ex_status
ex_audit_prune(
    struct ex_ledger *l, int64_t before_ms, size_t *n, struct ex_error *err)
{
	struct ex_audit_range range = { .node = l->node, .to_ms = before_ms };
	struct ex_audit_report report = { 0 };
	struct ex_head checkpoint = { 0 };
	struct ex_audit_walk w;
	struct ex_link last;
	enum ex_status status;

	*n = 0;
	if (before_ms <= 0)
		return EX_OK;
	/* Its lock first: nobody appends meanwhile. */
	status = ex_audit_now(l, &last, &checkpoint.at_ms, err);
	if (status == EX_OK)
		status = ex_audit_check(l, &range, &w, &report, err);
	if (status == EX_NO)
		ex_fail(err, status, l->name,
		    "the audit chain of %s is broken and not pruned: %s",
		    l->node, w.fault);
	if (status != EX_OK || report.links == 0)
		return status;
	snprintf(checkpoint.node, sizeof checkpoint.node, "%s", l->node);
	checkpoint.seq = w.seq;
	memcpy(checkpoint.hash, w.hash, sizeof checkpoint.hash);
	return replace(l, &checkpoint, n, err);
}
