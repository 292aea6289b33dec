/* SPDX-License-Identifier: Apache-2.0 */
/* Who looks like whom: from a file, since this room has no face matcher, or
 * guessed from sex, appearance and age. */
#include "sim_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PAIRS_BYTES ((size_t)1 << 20)
#define MAX_PAIRS       4096u
#define MAX_GUESSED     200u /* travellers compared with each other */

static enum ex_status
take_id(const struct travellers *t, const struct ex_csv *c, size_t column,
    const char *name, size_t *out, struct ex_error *err)
{
	for (*out = 0; *out < t->n; (*out)++)
		if (strcmp(t->list[*out].id, c->column[column]) == 0)
			return EX_OK;
	return ex_csv_fail(c, err, name, "no such id in index.csv");
}

static enum ex_status
read_lines(struct travellers *t, struct ex_csv *c, struct ex_error *err)
{
	size_t a = 0, b = 0;
	enum ex_status status = ex_csv_next(c, err);

	if (status == EX_NO)
		return ex_fail(err, EX_ERR_FORMAT, c->path, "empty");
	if (status == EX_OK)
		status = ex_csv_column(c, "a", &a, err);
	if (status == EX_OK)
		status = ex_csv_column(c, "b", &b, err);
	while (status == EX_OK && (status = ex_csv_next(c, err)) == EX_OK) {
		struct pair p;

		if (c->n_columns <= (a > b ? a : b))
			return ex_csv_fail(
			    c, err, a > b ? "a" : "b", "missing");
		if (t->n_pairs == MAX_PAIRS)
			return ex_csv_fail(c, err, "a", "too many pairs");
		status = take_id(t, c, a, "a", &p.a, err);
		if (status == EX_OK)
			status = take_id(t, c, b, "b", &p.b, err);
		if (status == EX_OK && p.a == p.b)
			status = ex_csv_fail(c, err, "b", "the same as a");
		if (status == EX_OK)
			t->pairs[t->n_pairs++] = p;
	}
	return status == EX_NO ? EX_OK : status;
}

enum ex_status
ex_sim_pairs_read(struct travellers *t, const char *path, struct ex_error *err)
{
	struct ex_csv *c = ex_calloc(1, sizeof *c);
	struct ex_blob blob = { 0 };
	enum ex_status status;

	t->pairs = ex_calloc(MAX_PAIRS, sizeof *t->pairs);
	if (!c || !t->pairs) {
		free(c);
		return ex_fail(err, EX_ERR_NOMEM, path, NULL);
	}
	status = ex_file_read(path, MAX_PAIRS_BYTES, &blob, err);
	if (status == EX_OK) {
		c->path = path;
		c->in = ex_blob_bytes(&blob);
		status = read_lines(t, c, err);
	}
	ex_blob_free(&blob);
	free(c);
	return status;
}

/* Smaller is more alike; other sex or appearance: not alike at all. */
static int
difference(const struct traveller *a, const struct traveller *b)
{
	int years = abs(a->age - b->age);

	if (a->sex != b->sex || strcmp(a->look, b->look) != 0)
		return 1000;
	/* A child and an adult differ more than the years say. */
	return (a->age < 16) != (b->age < 16) ? years + 30 : years;
}

/* Pairs are disjoint and few: one for ten travellers, at least two. */
enum ex_status
ex_sim_pairs_guess(struct travellers *t, struct ex_error *err)
{
	size_t n = t->n < MAX_GUESSED ? t->n : MAX_GUESSED;
	size_t wanted = n / 10 > 2 ? n / 10 : 2;
	bool *taken = ex_calloc(n, sizeof *taken);

	t->pairs = ex_calloc(wanted, sizeof *t->pairs);
	if (!taken || !t->pairs) {
		free(taken);
		return ex_fail(err, EX_ERR_NOMEM, t->dir, NULL);
	}
	while (t->n_pairs < wanted) {
		struct pair best = { 0, 0 };
		int least = 1000;

		for (size_t a = 0; a < n; a++)
			for (size_t b = a + 1; b < n && !taken[a]; b++) {
				int d = difference(&t->list[a], &t->list[b]);

				if (taken[b] || d >= least)
					continue;
				least = d;
				best = (struct pair){ a, b };
			}
		if (least == 1000)
			break;
		taken[best.a] = taken[best.b] = true;
		t->pairs[t->n_pairs++] = best;
	}
	free(taken);
	return EX_OK;
}
