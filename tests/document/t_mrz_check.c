/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

#define NUMBER    EX_MRZ_CHECK_NUMBER
#define BIRTH     EX_MRZ_CHECK_BIRTH
#define EXPIRY    EX_MRZ_CHECK_EXPIRY
#define OPTIONAL  EX_MRZ_CHECK_OPTIONAL
#define COMPOSITE EX_MRZ_CHECK_COMPOSITE

/*
 * What each character of a format counts for, written down from the standard
 * apart from the tables of the parser: n b e o for the check digit of one
 * field, the same in capitals where the composite covers it too, C for the
 * composite alone, a dot for none.
 */
#define NAME_36 "...................................."
#define NAME_44 NAME_36 "........"
static const struct {
	const struct sample *sample;
	const char *covered[3];
} formats[] = {
	{ &td1, { ".....NNNNNNNNNNCCCCCCCCCCCCCCC",
		    "BBBBBBB.EEEEEEE...CCCCCCCCCCCC",
		    ".............................." } },
	{ &td2, { NAME_36, "NNNNNNNNNN...BBBBBBB.EEEEEEECCCCCCCC" } },
	{ &td3, { NAME_44, "NNNNNNNNNN...BBBBBBB.EEEEEEEOOOOOOOOOOOOOOOC" } },
	{ &mrva, { NAME_44, "nnnnnnnnnn...bbbbbbb.eeeeeee................" } },
	{ &mrvb, { NAME_36, "nnnnnnnnnn...bbbbbbb.eeeeeee........" } },
};

static unsigned
expected(char covered)
{
	static const struct {
		char mark;
		unsigned checks;
	} marks[] = { { '.', 0 }, { 'C', COMPOSITE }, { 'n', NUMBER },
		{ 'b', BIRTH }, { 'e', EXPIRY }, { 'N', NUMBER | COMPOSITE },
		{ 'B', BIRTH | COMPOSITE }, { 'E', EXPIRY | COMPOSITE },
		{ 'O', OPTIONAL | COMPOSITE } };

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (marks[i].mark == covered)
			return marks[i].checks;
	fail_msg("no mark %c", covered);
	return 0;
}

/* Another character that may stand there, of a value that no weight hides:
 * mostly one apart, 7 for the letters of sex. */
static char
other(char c)
{
	switch (c) {
	case '<':
		return 'B';
	case 'F':
		return 'M';
	case 'M':
		return 'F';
	case '9':
	case 'Z':
		return (char)(c - 1);
	default:
		return (char)(c + 1);
	}
}

static void
flip_all(const struct sample *s, const char *const covered[3])
{
	struct copy c;
	struct ex_mrz m;

	for (size_t i = 0; i < s->n; i++)
		for (size_t k = 0; s->line[i][k]; k++) {
			if (i == 0 && k == 0)
				continue; /* V would be another format */
			copy_init(&c, s);
			c.text[i][k] = other(c.text[i][k]);
			assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
			assert_int_equal(
			    m.checks_wrong, expected(covered[i][k]));
			if (m.checks_wrong)
				assert_false(ex_mrz_passes(&m));
		}
}

static void
every_changed_character_turns_its_checks_wrong(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
		flip_all(formats[i].sample, formats[i].covered);
}

static void
a_letter_for_a_check_digit_is_a_wrong_one(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td3);
	c.text[1][9] = 'G'; /* 16: as 6 for the composite, yet no 6 */
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, NUMBER);
	copy_init(&c, &td3);
	c.text[1][43] = 'O';
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, COMPOSITE);
}

static void
filler_for_a_check_digit_is_a_wrong_one(void **state)
{
	static const struct {
		size_t column;
		unsigned checks;
	} cases[] = { { 10, NUMBER | COMPOSITE }, { 20, BIRTH | COMPOSITE },
		{ 28, EXPIRY | COMPOSITE }, { 43, OPTIONAL | COMPOSITE } };
	struct copy c;
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		copy_init(&c, &td3);
		copy_put(&c, 2, cases[i].column, "<");
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_int_equal(m.checks_wrong, cases[i].checks);
		assert_int_equal(m.checks_absent, 0);
	}
}

/* Doc 9303-4, 4.2.2.2, position 43 */
static void
unused_personal_number_has_zero_or_filler(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td3);
	copy_put(&c, 2, 29, "<<<<<<<<<<<<<<04"); /* L898... without it */
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong & OPTIONAL, 0);
	assert_int_equal(m.checks_absent, 0);
	assert_string_equal(m.optional, "");
	unsigned with_zero = m.checks_wrong;

	copy_put(&c, 2, 43, "<");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, with_zero);
	assert_int_equal(m.checks_absent, OPTIONAL);

	copy_put(&c, 2, 43, "1");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_true(m.checks_wrong & OPTIONAL);
}

/* An unknown date is worth 0 in all its characters, and so is its digit. */
static void
unknown_birth_has_check_digit_zero(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &mrvb);
	copy_put(&c, 2, 14, "<<<<<<0");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, 0);
	assert_true(ex_mrz_passes(&m));
}

/* A number of 9 + `more`, its check digit computed as the standard has it. */
static void
long_number_put(struct copy *c, size_t line, size_t at, size_t rest,
    size_t room, const char *more)
{
	char whole[32];

	snprintf(
	    whole, sizeof whole, "%.9s%s", c->text[line - 1] + at - 1, more);
	int digit = ex_mrz_check_digit(whole, strlen(whole));

	copy_put(c, line, at + 9, "<");
	memset(c->text[line - 1] + rest - 1, '<', room);
	copy_put(c, line, rest, more);
	c->text[line - 1][rest - 1 + strlen(more)] = (char)('0' + digit);
}

static void
long_numbers_of_td1_are_joined(void **state)
{
	static const char more[] = "0123456789XYZ"; /* 13 fill the field */
	char part[16], number[32];
	struct copy c;
	struct ex_mrz m;

	(void)state;
	for (size_t n = 1; n <= 13; n++) {
		copy_init(&c, &td1);
		snprintf(part, sizeof part, "%.*s", (int)n, more);
		snprintf(number, sizeof number, "D23145890%s", part);
		long_number_put(&c, 1, 6, 16, 15, part);
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_int_equal(m.checks_wrong & NUMBER, 0);
		assert_string_equal(m.number, number);
		assert_string_equal(m.optional, "");

		c.text[0][15 + n] = other(c.text[0][15 + n]);
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_true(m.checks_wrong & NUMBER);
		assert_string_equal(m.number, number);
	}
}

static void
long_numbers_of_td2_are_joined(void **state)
{
	static const char more[] = "ABCDE"; /* and digit and filler: 7 */
	char part[8], number[24];
	struct copy c;
	struct ex_mrz m;

	(void)state;
	for (size_t n = 1; n <= 5; n++) {
		copy_init(&c, &td2);
		snprintf(part, sizeof part, "%.*s", (int)n, more);
		snprintf(number, sizeof number, "D23145890%s", part);
		long_number_put(&c, 2, 1, 29, 7, part);
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_int_equal(m.checks_wrong & NUMBER, 0);
		assert_string_equal(m.number, number);
	}
}

static void
optional_data_after_a_long_number_is_kept(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td1);
	long_number_put(&c, 1, 6, 16, 15, "42");
	copy_put(&c, 1, 20, "REST<1ABCDE");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong & NUMBER, 0);
	assert_string_equal(m.number, "D2314589042");
	assert_string_equal(m.optional, "REST 1ABCDE");
}

static void
whole_long_number_mrz_passes(void **state)
{
	static const char *const lines[] = { "IDUTO123456789<07<<<<<<<<<<<<<",
		"8601012M3001019UTO<<<<<<<<<<<6",
		"SPECIMEN<<JANE<<<<<<<<<<<<<<<<" };
	struct ex_mrz m;

	(void)state;
	assert_int_equal(ex_mrz_parse("m", lines, 3, TODAY, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, 0);
	assert_string_equal(m.number, "1234567890");
}

static void
long_number_without_its_rest_is_wrong(void **state)
{
	static const char *const rests[] = { "<<<<<<<<<<<<<<<",
		"7<<<<<<<<<<<<<<", "<7<<<<<<<<<<<<<", "123456789012345" };
	struct copy c;
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		copy_init(&c, &td1);
		copy_put(&c, 1, 15, "<");
		copy_put(&c, 1, 16, rests[i]);
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_true(m.checks_wrong & NUMBER);
		assert_string_equal(m.number, "D23145890");
	}
}

static void
impossible_dates_do_not_pass(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &mrvb);
	copy_put(&c, 2, 14, "740231");
	copy_sign(&c, 2, 14, 19, 20);
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, 0);
	assert_false(ex_mrz_passes(&m));
	copy_init(&c, &mrvb);
	copy_put(&c, 2, 22, "301301");
	copy_sign(&c, 2, 22, 27, 28);
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_int_equal(m.checks_wrong, 0);
	assert_false(ex_mrz_passes(&m));
}

static void
checks_have_words(void **state)
{
	(void)state;
	assert_string_equal(ex_mrz_check_word(NUMBER), "number");
	assert_string_equal(ex_mrz_check_word(BIRTH), "birth");
	assert_string_equal(ex_mrz_check_word(EXPIRY), "expiry");
	assert_string_equal(ex_mrz_check_word(OPTIONAL), "optional");
	assert_string_equal(ex_mrz_check_word(COMPOSITE), "composite");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_changed_character_turns_its_checks_wrong),
		cmocka_unit_test(a_letter_for_a_check_digit_is_a_wrong_one),
		cmocka_unit_test(filler_for_a_check_digit_is_a_wrong_one),
		cmocka_unit_test(unused_personal_number_has_zero_or_filler),
		cmocka_unit_test(unknown_birth_has_check_digit_zero),
		cmocka_unit_test(long_numbers_of_td1_are_joined),
		cmocka_unit_test(long_numbers_of_td2_are_joined),
		cmocka_unit_test(optional_data_after_a_long_number_is_kept),
		cmocka_unit_test(whole_long_number_mrz_passes),
		cmocka_unit_test(long_number_without_its_rest_is_wrong),
		cmocka_unit_test(impossible_dates_do_not_pass),
		cmocka_unit_test(checks_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
