/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Hungarian method by shortest augmenting paths with potentials (Kuhn 1955;
 * Jonker and Volgenant 1987), rows added one by one. Every row has a column of
 * its own that means "unpaired" at no cost, so a forbidden pair is never taken
 * and rows may outnumber columns.
 */
#include "exeunt/base.h"

#include <string.h>

/* More than any sum of gains, less than overflow. */
#define COST_FORBIDDEN ((int64_t)1 << 52)
#define COST_INFINITE  ((int64_t)1 << 60)

/* Rows and columns count from 1: index 0 is the sentinel of the method, the
 * row being placed. */
struct search {
	const int64_t *gains;
	size_t stride, rows, pairs, columns; /* columns: pairs and rows */
	int64_t *row_potential, *column_potential, *least;
	size_t *row_of; /* of a column; 0: free */
	size_t *from;   /* column before it on its path */
	bool *done;
};

/* The parts of `work`, zero. */
static void
divide(struct search *s, void *work)
{
	const size_t n = s->columns + 1;

	memset(work, 0, EX_ASSIGN_WORK_SIZE(s->rows, s->pairs));
	s->column_potential = work;
	s->least = s->column_potential + n;
	s->row_potential = s->least + n;
	s->row_of = (size_t *)(s->row_potential + s->rows + 1);
	s->from = s->row_of + n;
	s->done = (bool *)(s->from + n);
}

static int64_t
cost(const struct search *s, size_t row, size_t column)
{
	int64_t gain;

	if (column > s->pairs)
		return column - s->pairs == row ? 0 : COST_FORBIDDEN;
	gain = s->gains[(row - 1) * s->stride + column - 1];
	return gain < 0 ? COST_FORBIDDEN : -gain;
}

/* One step from a column that is done: the nearest other one comes next. */
static size_t
advance(struct search *s, size_t at)
{
	const size_t row = s->row_of[at];
	int64_t delta = COST_INFINITE;
	size_t next = 0;

	s->done[at] = true;
	for (size_t c = 1; c <= s->columns; c++) {
		int64_t slack;

		if (s->done[c])
			continue;
		slack = cost(s, row, c) - s->row_potential[row] -
			s->column_potential[c];
		if (slack < s->least[c]) {
			s->least[c] = slack;
			s->from[c] = at;
		}
		if (s->least[c] < delta) {
			delta = s->least[c];
			next = c;
		}
	}
	for (size_t c = 0; c <= s->columns; c++) {
		if (s->done[c]) {
			s->row_potential[s->row_of[c]] += delta;
			s->column_potential[c] -= delta;
		} else {
			s->least[c] -= delta;
		}
	}
	return next;
}

static void
place(struct search *s, size_t row)
{
	size_t at = 0;

	for (size_t c = 0; c <= s->columns; c++) {
		s->least[c] = COST_INFINITE;
		s->done[c] = false;
	}
	s->row_of[0] = row;
	do
		at = advance(s, at);
	while (s->row_of[at] != 0);
	while (at != 0) { /* shift the pairs along the path */
		s->row_of[at] = s->row_of[s->from[at]];
		at = s->from[at];
	}
}

int64_t
ex_assign(const int64_t *gains, size_t stride, size_t rows, size_t columns,
    void *work, int column[])
{
	struct search s = { .gains = gains,
		.stride = stride,
		.rows = rows,
		.pairs = columns,
		.columns = columns + rows };
	int64_t total = 0;

	divide(&s, work);
	for (size_t row = 1; row <= rows; row++)
		place(&s, row);
	for (size_t r = 0; r < rows; r++)
		column[r] = -1;
	for (size_t c = 1; c <= columns; c++) {
		if (s.row_of[c] == 0)
			continue;
		column[s.row_of[c] - 1] = (int)c - 1;
		total += gains[(s.row_of[c] - 1) * stride + c - 1];
	}
	return total;
}
