/* SPDX-License-Identifier: Apache-2.0 */
/* Assignment and margins against trying every partial pairing. */
#include "test.h"

#include "match_internal.h"

/* Best total from row `r` on, columns of `taken` gone. */
static int64_t
brute(const struct ex_match_gains *g, size_t r, unsigned taken)
{
	int64_t best;

	if (r == g->rows)
		return 0;
	best = brute(g, r + 1, taken);
	for (size_t c = 0; c < g->columns; c++) {
		int64_t total;

		if (taken >> c & 1 || g->gain[r][c] < 0)
			continue;
		total = g->gain[r][c] + brute(g, r + 1, taken | 1u << c);
		if (total > best)
			best = total;
	}
	return best;
}

static void
check(struct ex_match_gains *g)
{
	struct ex_match_assignment a;
	unsigned taken = 0;
	int64_t total = 0;

	ex_match_assign(g, &a);
	for (size_t r = 0; r < EX_MAX_OCCUPANTS; r++) {
		int c = a.column[r];
		int64_t kept;

		if (c < 0)
			continue;
		assert_true(r < g->rows && (size_t)c < g->columns);
		assert_true(g->gain[r][c] >= 0); /* never a forbidden pair */
		assert_false(taken >> c & 1);    /* one face a document */
		taken |= 1u << c;
		total += kept = g->gain[r][c];
		g->gain[r][c] = EX_MATCH_FORBIDDEN;
		if (a.margin[r] != a.total - brute(g, 0, 0))
			fail_msg("margin of row %zu", r);
		g->gain[r][c] = kept;
	}
	assert_true(total == a.total);
	if (a.total != brute(g, 0, 0))
		fail_msg("%zu x %zu: not optimal", g->rows, g->columns);
}

static void
every_small_matrix_agrees_with_brute_force(void **state)
{
	struct ex_match_gains g = { .rows = 3, .columns = 3 };

	(void)state;
	/* All 3 x 3 of forbidden, 0, 1, 2: every kind of tie there is. */
	for (unsigned code = 0; code < 1u << 18; code++) {
		for (unsigned i = 0; i < 9; i++)
			g.gain[i / 3][i % 3] = (int)(code >> 2 * i & 3) - 1;
		check(&g);
	}
}

static void
random_matrices_of_every_shape_agree_with_brute_force(void **state)
{
	struct ex_match_gains g;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 20260105);
	for (int round = 0; round < 40000; round++) {
		/* Few values make ties; many make chains. */
		uint32_t values = round % 2 ? 6 : 1u << 30;
		uint32_t holes = ex_rng_below(&rng, 4);

		g.rows = ex_rng_below(&rng, 5);
		g.columns = ex_rng_below(&rng, 5);
		for (size_t r = 0; r < g.rows; r++)
			for (size_t c = 0; c < g.columns; c++)
				g.gain[r][c] =
				    ex_rng_below(&rng, 4) < holes
					? EX_MATCH_FORBIDDEN
					: (int64_t)ex_rng_below(&rng, values);
		check(&g);
	}
}

/* Greedy takes the corner and leaves the rest; each step is worth it. */
static void
chains_that_mislead_the_greedy_are_solved(void **state)
{
	struct ex_match_gains g = { .rows = 4, .columns = 4 };
	struct ex_match_assignment a;

	(void)state;
	for (size_t r = 0; r < 4; r++)
		for (size_t c = 0; c < 4; c++)
			g.gain[r][c] = EX_MATCH_FORBIDDEN;
	for (size_t r = 0; r < 4; r++) {
		g.gain[r][r] = 10;
		if (r < 3)
			g.gain[r][r + 1] = 11; /* greedy: 33, and one left */
	}
	check(&g);
	ex_match_assign(&g, &a);
	assert_int_equal(a.total, 40);
	for (int r = 0; r < 4; r++)
		assert_int_equal(a.column[r], r);
}

/* Best totals over sets of columns: brute force that reaches a full car. */
static int64_t
by_subsets(const struct ex_match_gains *g)
{
	static int64_t best[2][1 << 10];
	size_t now = 0;

	memset(best[0], 0, sizeof best[0]);
	for (size_t r = 0; r < g->rows; r++, now = !now) {
		for (unsigned set = 0; set < 1u << g->columns; set++) {
			int64_t b = best[now][set];

			for (size_t c = 0; c < g->columns; c++) {
				int64_t t = g->gain[r][c];

				if (t < 0 || !(set >> c & 1))
					continue;
				t += best[now][set & ~(1u << c)];
				b = t > b ? t : b;
			}
			best[!now][set] = b;
		}
	}
	return best[now][(1u << g->columns) - 1];
}

static void
full_cars_are_solved_optimally(void **state)
{
	struct ex_match_gains g = { .rows = EX_MAX_OCCUPANTS, .columns = 10 };
	struct ex_match_assignment a;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 7);
	for (int round = 0; round < 20; round++) {
		for (size_t r = 0; r < g.rows; r++)
			for (size_t c = 0; c < g.columns; c++)
				g.gain[r][c] =
				    (int64_t)ex_rng_below(&rng, 1u << 31) *
					1024 -
				    ((int64_t)1 << 39);
		ex_match_assign(&g, &a);
		assert_true(a.total == by_subsets(&g));
	}
}

static void
the_largest_gains_do_not_overflow(void **state)
{
	struct ex_match_gains g = { .rows = EX_MAX_OCCUPANTS,
		.columns = EX_MAX_DOCUMENTS };
	struct ex_match_assignment a;
	const int64_t most = (int64_t)(2.2 * EX_MATCH_TICKS);

	(void)state;
	for (size_t r = 0; r < g.rows; r++)
		for (size_t c = 0; c < g.columns; c++)
			g.gain[r][c] = most;
	ex_match_assign(&g, &a);
	assert_true(a.total == most * EX_MAX_OCCUPANTS);
	for (size_t r = 0; r < g.rows; r++)
		assert_true(a.margin[r] == 0); /* any other column does */
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_small_matrix_agrees_with_brute_force),
		cmocka_unit_test(
		    random_matrices_of_every_shape_agree_with_brute_force),
		cmocka_unit_test(chains_that_mislead_the_greedy_are_solved),
		cmocka_unit_test(full_cars_are_solved_optimally),
		cmocka_unit_test(the_largest_gains_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
