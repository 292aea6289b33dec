/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <math.h>

#include "exeunt/eval.h"

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

/* Published: R. G. Newcombe, "Two-sided confidence intervals for the single
 * proportion", Statistics in Medicine 17 (1998) 857, table I, method 3. */
static void
interval_agrees_with_newcombes_table(void **state)
{
	(void)state;
	static const struct {
		size_t k, n;
		double low, high;
	} published[] = {
		{ 81, 263, 0.2553, 0.3662 },
		{ 15, 148, 0.0624, 0.1605 },
		{ 0, 20, 0.0000, 0.1611 },
		{ 1, 29, 0.0061, 0.1718 },
	};

	for (size_t i = 0; i < 4; i++) {
		struct ex_eval_rate r =
		    ex_eval_rate_make(published[i].k, published[i].n);

		assert_near(r.low, published[i].low, 0.00005);
		assert_near(r.high, published[i].high, 0.00005);
	}
}

static void
interval_mirrors_when_successes_and_failures_change_places(void **state)
{
	(void)state;
	for (size_t k = 0; k <= 37; k++) {
		struct ex_eval_rate a = ex_eval_rate_make(k, 37);
		struct ex_eval_rate b = ex_eval_rate_make(37 - k, 37);

		assert_near(a.low, 1 - b.high, 1e-12);
		assert_true(a.low <= (double)k / 37 + 1e-12);
		assert_true(a.high >= (double)k / 37 - 1e-12);
	}
}

static void
interval_of_nothing_is_everything(void **state)
{
	(void)state;
	struct ex_eval_rate r = ex_eval_rate_make(0, 0);

	assert_near(r.low, 0, 0);
	assert_near(r.high, 1, 0);
}

static void
interval_ends_exactly_at_none_and_all(void **state)
{
	(void)state;
	for (size_t n = 1; n < 2000; n++) {
		assert_true(ex_eval_rate_make(0, n).low == 0);
		assert_true(ex_eval_rate_make(n, n).high == 1);
		assert_true(ex_eval_rate_make(n, n).low < 1);
	}
}

static void
every_rate_and_cause_has_words(void **state)
{
	(void)state;
	for (int i = 0; i < EX_EVAL_RATE_COUNT; i++) {
		enum ex_eval_rate_name which = (enum ex_eval_rate_name)i;

		assert_true(strlen(ex_eval_rate_word(which)) > 3);
		assert_true(strlen(ex_eval_rate_label(which)) > 3);
		assert_true(strlen(ex_eval_rate_text(which)) > 10);
	}
	assert_near(ex_eval_rate_target(EX_EVAL_ELIGIBLE), 90, 0);
	assert_near(ex_eval_rate_target(EX_EVAL_COUNT), 95, 0);
	assert_near(ex_eval_rate_target(EX_EVAL_WRONG), 0, 0);
	assert_string_equal(
	    ex_eval_cause_word(EX_EVAL_NONE_FOUND), "none-found");
	assert_string_equal(ex_eval_cause_word(EX_CAUSE_GLARE), "glare");
	assert_true(strlen(ex_eval_cause_text(EX_EVAL_NONE_FOUND)) > 10);
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(interval_agrees_with_newcombes_table),
		cmocka_unit_test(
		    interval_mirrors_when_successes_and_failures_change_places),
		cmocka_unit_test(interval_of_nothing_is_everything),
		cmocka_unit_test(interval_ends_exactly_at_none_and_all),
		cmocka_unit_test(every_rate_and_cause_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
