/* SPDX-License-Identifier: Apache-2.0 */
/* A list of pairs, and behind the first line "--" groups of its people. What
 * is read keeps its promises, whatever the bytes. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/eval.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool promise)
{
	if (!promise)
		abort();
}

static void
check_list(const struct ex_trial_list *l)
{
	need(l->n_pairs > 0 && l->n_people > 0 && l->n_pictures > 1);
	for (size_t i = 0; i < l->n_pictures; i++) {
		need(ex_path_plain(l->pictures[i].path));
		need(l->pictures[i].person < l->n_people);
		need(i == 0 ||
		     strcmp(l->pictures[i - 1].path, l->pictures[i].path) < 0);
	}
	for (size_t i = 0; i < l->n_pairs; i++) {
		const struct ex_trial_pair *p = &l->pairs[i];

		need(p->a < l->n_pictures && p->b < l->n_pictures);
		need(p->a != p->b);
		need(p->same ==
		     (l->pictures[p->a].person == l->pictures[p->b].person));
	}
}

static void
check_groups(const struct ex_trial_list *l, struct ex_bytes text)
{
	struct ex_trial_groups *g;
	struct ex_error err = { 0 };
	enum ex_status status = ex_trial_groups_parse("g", text, l, &g, &err);

	if (status != EX_OK) {
		need(!g && err.status == status && err.why[0]);
		return;
	}
	need(g->n >= 1 && g->n <= EX_TRIAL_MAX_GROUPINGS);
	for (size_t k = 0; k < g->n; k++)
		for (size_t i = 0; i < l->n_pictures; i++)
			need(g->items[k].of[i] < g->items[k].n_words ||
			     g->items[k].of[i] == EX_TRIAL_NO_GROUP);
	ex_trial_groups_free(&g);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char mark[] = "\n--\n";
	const uint8_t *cut =
	    size ? memmem(data, size, mark, sizeof mark - 1) : NULL;
	size_t n = cut ? (size_t)(cut - data) + 1 : size;
	struct ex_error err = { 0 };
	struct ex_trial_list *l;
	enum ex_status status =
	    ex_trial_list_parse("p", (struct ex_bytes){ data, n }, &l, &err);

	if (status != EX_OK) {
		need(!l && err.status == status && err.why[0]);
		return 0;
	}
	check_list(l);
	if (cut)
		check_groups(l, (struct ex_bytes){ cut + sizeof mark - 1,
				    size - n - (sizeof mark - 2) });
	ex_trial_list_free(&l);
	return 0;
}
