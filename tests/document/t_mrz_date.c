/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

static struct ex_mrz
read_on(struct ex_mrz_date today, const char *birth, const char *expiry)
{
	struct copy c;
	struct ex_mrz m;

	copy_init(&c, &mrvb);
	copy_put(&c, 2, 14, birth);
	copy_put(&c, 2, 22, expiry);
	assert_int_equal(
	    ex_mrz_parse("m", c.line, c.n, today, &m, NULL), EX_OK);
	return m;
}

struct date_case {
	const char *text;
	struct ex_mrz_date date;
};

static void
assert_same(struct ex_mrz_date d, struct ex_mrz_date e)
{
	assert_int_equal(d.year, e.year);
	assert_int_equal(d.month, e.month);
	assert_int_equal(d.day, e.day);
}

static void
birth_is_never_in_the_future(void **state)
{
	static const struct date_case cases[] = {
		{ "260105", { 2026, 1, 5 } },
		{ "260106", { 1926, 1, 6 } },
		{ "260201", { 1926, 2, 1 } },
		{ "251231", { 2025, 12, 31 } },
		{ "270101", { 1927, 1, 1 } },
		{ "000229", { 2000, 2, 29 } },
		{ "990101", { 1999, 1, 1 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_same(read_on(TODAY, cases[i].text, "300101").birth,
		    cases[i].date);
}

static void
unknown_parts_of_birth_are_zero(void **state)
{
	static const struct date_case cases[] = {
		{ "<<<<<<", { 0, 0, 0 } },
		{ "74<<<<", { 1974, 0, 0 } },
		{ "7408<<", { 1974, 8, 0 } },
		{ "<<0812", { 0, 8, 12 } },
		{ "<<<<12", { 0, 0, 12 } },
		{ "7<0812", { 0, 8, 12 } },
		{ "740<1<", { 1974, 0, 0 } },
		{ "740000", { 1974, 0, 0 } },
		{ "26<<<<", { 2026, 0, 0 } },
		{ "2601<<", { 2026, 1, 0 } },
		{ "2602<<", { 1926, 2, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ex_mrz m = read_on(TODAY, cases[i].text, "300101");

		assert_same(m.birth, cases[i].date);
		assert_true(ex_mrz_date_exists(m.birth));
	}
}

static void
expiry_is_the_year_nearest(void **state)
{
	static const struct date_case cases[] = {
		{ "260104", { 2026, 1, 4 } },
		{ "351231", { 2035, 12, 31 } },
		{ "750101", { 2075, 1, 1 } },
		{ "760101", { 1976, 1, 1 } },
		{ "991231", { 1999, 12, 31 } },
		{ "000101", { 2000, 1, 1 } },
		{ "<<<<<<", { 0, 0, 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_same(read_on(TODAY, "740812", cases[i].text).expiry,
		    cases[i].date);
}

static void
centuries_turn_with_the_day_of_reading(void **state)
{
	struct ex_mrz_date y2k = { 2000, 1, 1 }, late = { 1999, 12, 31 };

	(void)state;
	assert_int_equal(read_on(y2k, "000101", "050101").birth.year, 2000);
	assert_int_equal(read_on(late, "000101", "050101").birth.year, 1900);
	assert_int_equal(read_on(late, "000101", "050101").expiry.year, 2005);
	assert_int_equal(read_on(y2k, "000102", "990101").birth.year, 1900);
	assert_int_equal(read_on(y2k, "000102", "990101").expiry.year, 1999);
}

static void
calendar_is_kept(void **state)
{
	static const struct {
		struct ex_mrz_date date;
		bool exists;
	} cases[] = {
		{ { 2024, 2, 29 }, true },
		{ { 2025, 2, 29 }, false },
		{ { 1900, 2, 29 }, false },
		{ { 2000, 2, 29 }, true },
		{ { 0, 2, 29 }, true },
		{ { 0, 2, 30 }, false },
		{ { 2025, 4, 31 }, false },
		{ { 2025, 12, 31 }, true },
		{ { 2025, 13, 1 }, false },
		{ { 2025, 1, 32 }, false },
		{ { 0, 0, 31 }, true },
		{ { 0, 0, 32 }, false },
		{ { 0, 0, 0 }, true },
		{ { 2025, -1, 1 }, false },
		{ { 2025, 1, -1 }, false },
		{ { -1, 1, 1 }, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(
		    ex_mrz_date_exists(cases[i].date), cases[i].exists);
}

static void
todays_date_comes_from_milliseconds(void **state)
{
	(void)state;
	assert_same(ex_mrz_date_at(0), (struct ex_mrz_date){ 1970, 1, 1 });
	assert_same(
	    ex_mrz_date_at(1767599999999), (struct ex_mrz_date){ 2026, 1, 5 });
	assert_same(
	    ex_mrz_date_at(951782400000), (struct ex_mrz_date){ 2000, 2, 29 });
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(birth_is_never_in_the_future),
		cmocka_unit_test(unknown_parts_of_birth_are_zero),
		cmocka_unit_test(expiry_is_the_year_nearest),
		cmocka_unit_test(centuries_turn_with_the_day_of_reading),
		cmocka_unit_test(calendar_is_kept),
		cmocka_unit_test(todays_date_comes_from_milliseconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
