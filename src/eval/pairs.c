/* SPDX-License-Identifier: Apache-2.0 */
/* Occupants of a crossing and of the truth, paired one to one. */
#include "eval_internal.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_IOU 0.3f

/* Any pair outweighs the agreement of all boxes together, so that most pairs
 * come first: EX_MAX_OCCUPANTS x IOU_UNITS < PAIR. */
#define IOU_UNITS 1000
#define PAIR      100000L

/* "v0001/0031.jpg" is the frame "0031". */
static bool
is_frame(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash ? slash + 1 : path;
	const char *dot = strrchr(stem, '.');
	size_t n = dot ? (size_t)(dot - stem) : strlen(stem);

	return n == strlen(name) && memcmp(stem, name, n) == 0;
}

/* 0: cannot be the same person. */
static long
gain(const struct ex_occupant *o, const struct ex_truth_occupant *t)
{
	for (size_t i = 0; i < t->n_frames; i++) {
		struct ex_box box = t->frames[i].box;
		float iou;

		if (!is_frame(o->best_frame, t->frames[i].name))
			continue;
		iou = ex_box_iou(o->best_box, box);
		if (iou >= LEAST_IOU || ex_box_has_centre(o->best_box, box) ||
		    ex_box_has_centre(box, o->best_box))
			return PAIR + (long)(iou * IOU_UNITS);
	}
	return 0;
}

/* Rows are occupants, columns people of the truth and then one "nobody" for
 * each row; both count from 1, and column 0 is the row being placed. */
struct assignment {
	size_t rows, columns;
	const long *gains; /* rows x people */
	size_t people;
	long *row_price, *column_price, *slack;
	size_t *row_of, *came_from;
	bool *done;
};

static long
cost(const struct assignment *a, size_t row, size_t column)
{
	if (column > a->people)
		return 0;
	return -a->gains[(row - 1) * a->people + column - 1];
}

/* One step of the search for an unplaced column: the nearest one comes next. */
static size_t
advance(struct assignment *a, size_t column)
{
	size_t row = a->row_of[column], next = 0;
	long least = 0;

	a->done[column] = true;
	for (size_t j = 1; j <= a->columns; j++) {
		long now;

		if (a->done[j])
			continue;
		now = cost(a, row, j) - a->row_price[row] - a->column_price[j];
		if (a->came_from[j] == SIZE_MAX || now < a->slack[j]) {
			a->slack[j] = now;
			a->came_from[j] = column;
		}
		if (next == 0 || a->slack[j] < least) {
			least = a->slack[j];
			next = j;
		}
	}
	for (size_t j = 0; j <= a->columns; j++) {
		if (a->done[j]) {
			a->row_price[a->row_of[j]] += least;
			a->column_price[j] -= least;
		} else {
			a->slack[j] -= least;
		}
	}
	return next;
}

/* Hungarian method, one row at a time (Kuhn 1955; Munkres 1957). With a
 * "nobody" of its own no row stays without a column. */
static void
place(struct assignment *a, size_t row)
{
	size_t column = 0;

	for (size_t j = 0; j <= a->columns; j++) {
		a->done[j] = false;
		a->came_from[j] = SIZE_MAX;
	}
	a->row_of[0] = row;
	do
		column = advance(a, column);
	while (a->row_of[column] != 0);
	while (column != 0) {
		size_t before = a->came_from[column];

		a->row_of[column] = a->row_of[before];
		column = before;
	}
}

/* `gains` is rows x people; false: out of memory. */
static bool
assign(const long *gains, size_t rows, size_t people, int pairs[])
{
	struct assignment a = { .rows = rows,
		.columns = people + rows,
		.gains = gains,
		.people = people };
	size_t n = a.columns + 1;
	bool ok;

	a.row_price = ex_calloc(rows + 1, sizeof *a.row_price);
	a.column_price = ex_calloc(n, sizeof *a.column_price);
	a.slack = ex_calloc(n, sizeof *a.slack);
	a.row_of = ex_calloc(n, sizeof *a.row_of);
	a.came_from = ex_calloc(n, sizeof *a.came_from);
	a.done = ex_calloc(n, sizeof *a.done);
	ok = a.row_price && a.column_price && a.slack && a.row_of &&
	     a.came_from && a.done;
	for (size_t row = 1; ok && row <= rows; row++)
		place(&a, row);
	for (size_t j = 1; ok && j <= people; j++) {
		size_t row = a.row_of[j];

		/* A column of no gain is as good as nobody. */
		if (row != 0 && cost(&a, row, j) < 0)
			pairs[row - 1] = (int)(j - 1);
	}
	free(a.row_price);
	free(a.column_price);
	free(a.slack);
	free(a.row_of);
	free(a.came_from);
	free(a.done);
	return ok;
}

bool
ex_eval_pairs(const struct ex_crossing *c, const struct ex_truth_vehicle *truth,
    int pairs[static EX_MAX_OCCUPANTS])
{
	size_t people = truth ? truth->n_occupants : 0;
	long *gains;
	bool ok;

	for (size_t i = 0; i < EX_MAX_OCCUPANTS; i++)
		pairs[i] = -1;
	if (people == 0 || c->n_occupants == 0)
		return true;
	gains = ex_calloc(c->n_occupants * people, sizeof *gains);
	if (!gains)
		return false;
	for (size_t i = 0; i < c->n_occupants; i++)
		for (size_t k = 0; k < people; k++)
			gains[i * people + k] =
			    gain(&c->occupants[i], &truth->occupants[k]);
	ok = assign(gains, c->n_occupants, people, pairs);
	free(gains);
	return ok;
}

const struct ex_document *
ex_eval_document(const struct ex_crossing *c, const struct ex_occupant *o)
{
	if (o->verdict != EX_VERDICT_CONFIRMED || o->document < 0 ||
	    (size_t)o->document >= c->n_documents)
		return NULL;
	return &c->documents[o->document];
}

bool
ex_eval_rightly(const struct ex_crossing *c, const struct ex_occupant *o,
    const struct ex_truth_occupant *t)
{
	const struct ex_document *d = ex_eval_document(c, o);

	return d && t && t->document && strcmp(d->name, t->document) == 0;
}
