/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/document.h"
#include "test.h"

static const char *const codes[] = {
#define EX_COUNTRY(code, name) code,
#include "countries.inc"
#undef EX_COUNTRY
};
static const char *const names[] = {
#define EX_COUNTRY(code, name) name,
#include "countries.inc"
#undef EX_COUNTRY
};
#define N (sizeof codes / sizeof *codes)

static void
codes_are_unique_capitals(void **state)
{
	(void)state;
	for (size_t i = 0; i < N; i++) {
		size_t n = strlen(codes[i]);

		assert_true(n == 3 || !strcmp(codes[i], "D"));
		assert_int_equal(
		    strspn(codes[i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ"), n);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(codes[i], codes[k]);
		assert_true(strlen(names[i]) > 3);
		assert_string_equal(ex_country_name(codes[i]), names[i]);
	}
}

/* ISO 3166-1 has 249 entries; Doc 9303-3, 5 adds parts A to H. */
static void
table_is_complete(void **state)
{
	static const char *const added[] = { "D", "GBD", "GBN", "GBO", "GBP",
		"GBS", "RKS", "EUE", "UNA", "UNK", "UNO", "XBA", "XCC", "XCE",
		"XCO", "XDC", "XEC", "XES", "XIM", "XMP", "XOM", "XPO", "XXA",
		"XXB", "XXC", "XXX", "ANT", "NTZ", "IAO", "UTO" };

	(void)state;
	assert_int_equal(N, 249 + sizeof added / sizeof *added);
	for (size_t i = 0; i < sizeof added / sizeof *added; i++)
		assert_non_null(ex_country_name(added[i]));
}

static void
names_belong_to_codes(void **state)
{
	(void)state;
	assert_string_equal(ex_country_name("D"), "Germany");
	assert_string_equal(ex_country_name("CHE"), "Switzerland");
	assert_string_equal(ex_country_name("UTO"), "Utopia");
	assert_string_equal(ex_country_name("ZWE"), "Zimbabwe");
	assert_string_equal(ex_country_name("AFG"), "Afghanistan");
}

static void
unknown_codes_have_no_name(void **state)
{
	static const char *const unknown[] = { "", "DE", "QQQ", "uto", "UTOX",
		"GB" };

	(void)state;
	for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++)
		assert_null(ex_country_name(unknown[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes_are_unique_capitals),
		cmocka_unit_test(table_is_complete),
		cmocka_unit_test(names_belong_to_codes),
		cmocka_unit_test(unknown_codes_have_no_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
