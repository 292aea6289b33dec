/* SPDX-License-Identifier: Apache-2.0 */
/* One optimal assignment of faces to holders, and by how much each pair of it
 * is the better one. */
#include "match_internal.h"

#include <stdalign.h>
#include <string.h>

static int64_t
solve(const struct ex_match_gains *g, int column[static EX_MAX_OCCUPANTS])
{
	alignas(max_align_t) uint8_t
	    work[EX_ASSIGN_WORK_SIZE(EX_MAX_OCCUPANTS, EX_MAX_DOCUMENTS)];

	for (size_t r = 0; r < EX_MAX_OCCUPANTS; r++)
		column[r] = -1;
	return ex_assign(
	    g->gain[0], EX_MAX_DOCUMENTS, g->rows, g->columns, work, column);
}

void
ex_match_assign(const struct ex_match_gains *g, struct ex_match_assignment *out)
{
	struct ex_match_gains without = *g;
	int other[EX_MAX_OCCUPANTS];

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
