/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One optimal assignment of faces to holders.
 *
 * The Hungarian method by shortest augmenting paths with potentials (Kuhn
 * 1955; Jonker and Volgenant 1987), rows added one by one. Every row has a
 * column of its own that means "unpaired" at no cost, so a forbidden pair is
 * never taken and rows may outnumber columns.
 */
#include "match_internal.h"

#include <string.h>

#define ROWS    EX_MAX_OCCUPANTS
#define COLUMNS (EX_MAX_DOCUMENTS + EX_MAX_OCCUPANTS)

/* More than any sum of gains (16 x 2 x 2^40 = 2^45), less than overflow. */
#define COST_FORBIDDEN ((int64_t)1 << 52)
#define COST_INFINITE  ((int64_t)1 << 60)

/* Index 0 of rows and columns is the sentinel of the method. */
struct search {
	int64_t cost[ROWS][COLUMNS];
	int64_t row_potential[ROWS + 1], column_potential[COLUMNS + 1];
	size_t row_of[COLUMNS + 1]; /* 0: free */
	size_t rows, columns;
};

static void
search_init(struct search *s, const struct ex_match_gains *g)
{
	memset(s, 0, sizeof *s);
	s->rows = g->rows;
	s->columns = g->columns + g->rows;
	for (size_t r = 0; r < g->rows; r++) {
		for (size_t c = 0; c < g->columns; c++)
			s->cost[r][c] =
			    g->gain[r][c] < 0 ? COST_FORBIDDEN : -g->gain[r][c];
		for (size_t c = g->columns; c < s->columns; c++)
			s->cost[r][c] =
			    c - g->columns == r ? 0 : COST_FORBIDDEN;
	}
}

/* Grow shortest paths from `row` to the nearest free column; `from` tells the
 * column before each one. Returns that free column. */
static size_t
grow(struct search *s, size_t row, size_t from[static COLUMNS + 1])
{
	int64_t least[COLUMNS + 1], delta;
	bool done[COLUMNS + 1] = { false };
	size_t at = 0, next = 0;

	for (size_t c = 0; c <= s->columns; c++)
		least[c] = COST_INFINITE;
	s->row_of[0] = row;
	do {
		size_t r = s->row_of[at];

		done[at] = true;
		delta = COST_INFINITE;
		for (size_t c = 1; c <= s->columns; c++) {
			if (done[c])
				continue;
			int64_t slack = s->cost[r - 1][c - 1] -
					s->row_potential[r] -
					s->column_potential[c];

			if (slack < least[c]) {
				least[c] = slack;
				from[c] = at;
			}
			if (least[c] < delta) {
				delta = least[c];
				next = c;
			}
		}
		for (size_t c = 0; c <= s->columns; c++) {
			if (done[c]) {
				s->row_potential[s->row_of[c]] += delta;
				s->column_potential[c] -= delta;
			} else {
				least[c] -= delta;
			}
		}
		at = next;
	} while (s->row_of[at] != 0);
	return at;
}

static int64_t
solve(const struct ex_match_gains *g, int column[static ROWS])
{
	struct search s;
	size_t from[COLUMNS + 1] = { 0 };
	int64_t total = 0;

	search_init(&s, g);
	for (size_t row = 1; row <= s.rows; row++) {
		size_t at = grow(&s, row, from);

		while (at != 0) { /* shift the pairs along the path */
			s.row_of[at] = s.row_of[from[at]];
			at = from[at];
		}
	}
	for (size_t r = 0; r < ROWS; r++)
		column[r] = -1;
	for (size_t c = 1; c <= g->columns; c++) {
		if (s.row_of[c] == 0)
			continue;
		column[s.row_of[c] - 1] = (int)c - 1;
		total += g->gain[s.row_of[c] - 1][c - 1];
	}
	return total;
}

void
ex_match_assign(const struct ex_match_gains *g, struct ex_match_assignment *out)
{
	struct ex_match_gains without = *g;
	int other[ROWS];

	memset(out, 0, sizeof *out);
	out->total = solve(g, out->column);
	for (size_t r = 0; r < g->rows; r++) {
		int c = out->column[r];

		if (c < 0)
			continue;
		without.gain[r][c] = EX_MATCH_FORBIDDEN;
		out->margin[r] = out->total - solve(&without, other);
		without.gain[r][c] = g->gain[r][c];
	}
}
