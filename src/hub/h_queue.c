/* SPDX-License-Identifier: Apache-2.0 */
/* The queue: who awaits an officer, oldest first. */
#include "records.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

struct queue {
	struct ex_ledger_filter filter;
	const struct ex_hub_settings *settings;
	struct ex_crossing *found; /* filter.limit of them */
	size_t n, count;
	struct ex_case *scratch;
	double fmr; /* promised, of the crossing at hand */
	json_t *items;
};

static enum ex_status
collect(const struct ex_crossing *c, void *arg)
{
	struct queue *k = arg;

	k->found[k->n++] = *c;
	return EX_OK;
}

static json_t *
free_documents(const json_t *crossing, const struct ex_case *k, unsigned n)
{
	const json_t *documents = json_object_get(crossing, "documents");
	json_t *list = json_array();

	for (size_t i = 0; i < json_array_size(documents); i++)
		if (ex_case_free(k, i, n))
			json_array_append(list, json_array_get(documents, i));
	return list;
}

/* One item for each occupant who awaits. */
static enum ex_status
put_items(struct queue *q, const struct ex_case *k)
{
	json_t *crossing = ex_case_json(k), *occupant;
	enum ex_status status = crossing ? EX_OK : EX_ERR_NOMEM;
	size_t i;

	json_array_foreach(json_object_get(crossing, "occupants"), i, occupant)
	{
		json_t *item;

		if (!json_is_true(json_object_get(occupant, "awaiting")))
			continue;
		item = json_pack("{ss sO sO sO sO so so sf}", "crossing",
		    k->c.id, "lane", json_object_get(crossing, "lane"),
		    "vehicle", json_object_get(crossing, "vehicle"), "opened",
		    json_object_get(crossing, "opened"), "occupant", occupant,
		    "documents",
		    free_documents(crossing, k, k->c.occupants[i].n),
		    "pictures", ex_picture_names(k), "promised_fmr", q->fmr);
		if (json_array_append_new(q->items, item) != 0)
			status = EX_ERR_NOMEM;
	}
	json_decref(crossing);
	return status;
}

static enum ex_status
read_one(struct ex_ledger *l, struct queue *q, size_t i, struct ex_error *err)
{
	struct ex_hub_policy policy = { 0 };
	enum ex_status status;

	q->scratch->c = q->found[i];
	status = ex_case_fill(l, q->scratch, err);
	if (status == EX_OK)
		status = ex_policy_get(
		    l, q->settings, q->scratch->c.opened_ms, &policy, err);
	q->fmr = policy.fmr;
	if (status == EX_OK && put_items(q, q->scratch) != EX_OK)
		status = ex_fail(err, EX_ERR_NOMEM, "queue", NULL);
	return status;
}

static enum ex_status
read_queue(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct queue *q = arg;
	enum ex_status status;

	q->n = 0;
	status = ex_ledger_each(l, &q->filter, collect, q, err);
	if (status == EX_OK)
		status = ex_ledger_count(l, &q->filter, &q->count, err);
	for (size_t i = 0; status == EX_OK && i < q->n; i++)
		status = read_one(l, q, i, err);
	return status;
}

static void
answer(struct ex_reply *r, struct queue *q)
{
	bool more = q->n == q->filter.limit;

	ex_reply_json(
	    r, json_pack("{sO so si}", "items", q->items, "next",
		   more ? json_string(q->found[q->n - 1].id) : json_null(),
		   "count", (int)q->count));
}

void
ex_h_queue_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct queue k = { .settings = ex_hub_settings(h),
		.filter = { .lane = ex_request_query(q, "lane"),
		    .after = ex_request_query(q, "after"),
		    .open = true,
		    .limit = (size_t)ex_request_number(q, "limit", 20) } };
	struct ex_error err = { 0 };

	k.found = ex_calloc(k.filter.limit, sizeof *k.found);
	k.scratch = ex_calloc(1, sizeof *k.scratch);
	k.items = json_array();
	if (!k.found || !k.scratch || !k.items)
		ex_reply_nomem(r);
	else if (ex_hub_audit(h, q, r, EX_ACTION_LIST,
		     k.filter.lane ? k.filter.lane : "", "queue at most %zu",
		     k.filter.limit) &&
		 ex_reply_unless(r, ex_hub_read(h, read_queue, &k, &err), &err))
		answer(r, &k);
	json_decref(k.items);
	free(k.scratch);
	free(k.found);
}
