/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"

static void
assert_date(struct ex_mrz_date d, int year, int month, int day)
{
	assert_int_equal(d.year, year);
	assert_int_equal(d.month, month);
	assert_int_equal(d.day, day);
}

static struct ex_mrz
parsed(const struct sample *s)
{
	struct ex_mrz m;
	struct ex_error err = { 0 };

	assert_int_equal(
	    ex_mrz_parse("m", s->line, s->n, TODAY, &m, &err), EX_OK);
	assert_int_equal(m.format, s->format);
	assert_string_equal(m.issuer, "UTO");
	assert_string_equal(m.surname, "ERIKSSON");
	assert_string_equal(m.given, "ANNA MARIA");
	assert_int_equal(m.sex, 'F');
	assert_int_equal(m.checks_wrong, 0);
	assert_true(ex_mrz_passes(&m));
	return m;
}

static void
icao_passport_is_read(void **state)
{
	(void)state;
	struct ex_mrz m = parsed(&td3);

	assert_string_equal(m.type, "P");
	assert_string_equal(m.nationality, "UTO");
	assert_string_equal(m.number, "L898902C3");
	assert_string_equal(m.optional, "ZE184226B");
	assert_string_equal(m.optional2, "");
	assert_int_equal(m.checks_absent, 0);
	assert_date(m.birth, 1974, 8, 12);
	assert_date(m.expiry, 2012, 4, 15);
}

static void
icao_cards_are_read(void **state)
{
	const struct sample *cards[] = { &td1, &td2 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ex_mrz m = parsed(cards[i]);

		assert_string_equal(m.type, "I");
		assert_string_equal(m.nationality, "UTO");
		assert_string_equal(m.number, "D23145890");
		assert_string_equal(m.optional, "");
		assert_int_equal(m.checks_absent, EX_MRZ_CHECK_OPTIONAL);
		assert_date(m.birth, 1974, 8, 12);
		assert_date(m.expiry, 2012, 4, 15);
	}
}

static void
icao_visas_are_read(void **state)
{
	const struct sample *visas[] = { &mrva, &mrvb };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct ex_mrz m = parsed(visas[i]);

		assert_string_equal(m.type, "V");
		assert_string_equal(m.nationality, "XXX");
		assert_string_equal(m.number, "L8988901C");
		assert_string_equal(m.optional, i ? "" : "6ZE184226B");
		assert_int_equal(m.checks_absent,
		    EX_MRZ_CHECK_OPTIONAL | EX_MRZ_CHECK_COMPOSITE);
		assert_date(m.birth, 1940, 9, 7);
		assert_date(m.expiry, 1996, 12, 10);
	}
}

static void
both_optional_fields_of_td1_are_kept(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td1);
	copy_put(&c, 1, 1, "AC");
	copy_put(&c, 1, 16, "ABCDE1234567890");
	copy_put(&c, 2, 19, "Z1<Y2345678");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_string_equal(m.type, "AC");
	assert_string_equal(m.optional, "ABCDE1234567890");
	assert_string_equal(m.optional2, "Z1 Y2345678");
}

/* Doc 9303-5, 4.2.3 and Doc 9303-3, 4.6 */
static void
names_are_taken_apart(void **state)
{
	static const struct {
		const char *line, *surname, *given;
	} names[] = {
		{ "NILAVADHANANANDA<<CHAYAPA<DE<K", "NILAVADHANANANDA",
		    "CHAYAPA DE K" },
		{ "BENNELONG<WOOLOOMOOLOO<W<W<<DI",
		    "BENNELONG WOOLOOMOOLOO W W", "DI" },
		{ "BENNE<WOOLO<WARRA<WARNA<<DIN<P", "BENNE WOOLO WARRA WARNA",
		    "DIN P" },
		{ "PAPANDROPOULOUS<<JONATHON<ALEC", "PAPANDROPOULOUS",
		    "JONATHON ALEC" },
		{ "VAN<DER<MUELLEN<<MARTIN<<<<<<<", "VAN DER MUELLEN",
		    "MARTIN" },
		{ "SATRIYA<SUDARPA<<<<<<<<<<<<<<<", "SATRIYA SUDARPA", "" },
		{ "ARKFREITH<<<<<<<<<<<<<<<<<<<<<", "ARKFREITH", "" },
		{ "OCONNOR<<ENYA<SIOBHAN<<<<<<<<<", "OCONNOR", "ENYA SIOBHAN" },
		{ "SMITH<JONES<<SUSIE<MARGARET<<<", "SMITH JONES",
		    "SUSIE MARGARET" },
		{ "<<ONLY<GIVEN<<<<<<<<<<<<<<<<<<", "", "ONLY GIVEN" },
		{ "A<<B<<C<<<<<<<<<<<<<<<<<<<<<<<", "A", "B C" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD",
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZABCD", "" },
		{ "ABCDEFGHIJKLMNOPQRSTUVWXYZABC<",
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZABC", "" },
	};
	struct copy c;
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		copy_init(&c, &td1);
		copy_put(&c, 3, 1, names[i].line);
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_string_equal(m.surname, names[i].surname);
		assert_string_equal(m.given, names[i].given);
	}
}

static void
longest_name_of_a_passport_fits(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td3);
	copy_put(&c, 1, 6, "A<B<C<D<E<F<G<H<I<J<K<L<M<N<O<P<Q<R<S<T");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_string_equal(
	    m.surname, "A B C D E F G H I J K L M N O P Q R S T");
}

static void
sex_has_three_values(void **state)
{
	static const char read[][2] = { "FF", "MM", "<X", "XX" };
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td3);
	for (size_t i = 0; i < 4; i++) {
		c.text[1][20] = read[i][0];
		assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
		assert_int_equal(m.sex, read[i][1]);
	}
}

/* Whatever is refused is named by place and never quoted. */
static void
assert_refused(const struct copy *c, const char *place)
{
	struct ex_mrz m = { .sex = 'q' };
	struct ex_error err = { 0 };

	assert_int_equal(copy_parse(c, &m, &err), EX_ERR_FORMAT);
	assert_string_equal(err.what, "m");
	assert_non_null(strstr(err.why, place));
	assert_null(strstr(err.why, "ERIK"));
	assert_null(strstr(err.why, "L898"));
	assert_int_equal(m.sex, 'q');
}

static void
characters_out_of_place_are_refused(void **state)
{
	static const struct {
		size_t line, column;
		const char *put, *place;
	} cases[] = {
		{ 1, 1, "p", "line 1, column 1:" },
		{ 1, 13, "n", "line 1, column 13:" },
		{ 1, 44, " ", "line 1, column 44:" },
		{ 2, 1, "\xc3\x84", "line 2, column 1:" },
		{ 2, 44, "-", "line 2, column 44:" },
		{ 1, 3, "0TO", "line 1, column 3: out of place in issuer" },
		{ 1, 7, "1", "line 1, column 7:" },
		{ 2, 12, "0", "line 2, column 12:" },
		{ 2, 14, "O", "line 2, column 14:" },
		{ 2, 21, "W", "line 2, column 21:" },
		{ 2, 27, "A", "line 2, column 27:" },
	};
	struct copy c;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		copy_init(&c, &td3);
		copy_put(&c, cases[i].line, cases[i].column, cases[i].put);
		assert_refused(&c, cases[i].place);
	}
}

static void
empty_mandatory_fields_are_refused(void **state)
{
	static const struct {
		size_t line, column;
		const char *put, *place;
	} cases[] = {
		{ 1, 1, "<<", "line 1, column 1: no document code" },
		{ 1, 3, "<<<", "line 1, column 3: no issuer" },
		{ 1, 6, "<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<",
		    "line 1, column 6: no name" },
		{ 2, 1, "<<<<<<<<<", "line 2, column 1: no document number" },
		{ 2, 11, "<<<", "line 2, column 11: no nationality" },
	};
	struct copy c;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		copy_init(&c, &td3);
		copy_put(&c, cases[i].line, cases[i].column, cases[i].put);
		assert_refused(&c, cases[i].place);
	}
}

static void
other_shapes_are_refused(void **state)
{
	struct copy c;

	(void)state;
	copy_init(&c, &td3);
	c.n = 1;
	assert_refused(&c, "MRZ of 1 lines, the first of 44");
	c.n = 0;
	assert_refused(&c, "MRZ of 0 lines");
	copy_init(&c, &td1);
	c.n = 2;
	assert_refused(&c, "MRZ of 2 lines, the first of 30");
	copy_init(&c, &td3);
	c.text[1][43] = '\0';
	assert_refused(&c, "line 2: 43 characters, not 44");
	copy_init(&c, &td3);
	c.text[0][0] = '\0';
	assert_refused(&c, "the first of 0");
	copy_init(&c, &td1);
	c.text[0][0] = 'V'; /* a visa has two lines */
	assert_refused(&c, "MRZ of 3 lines");
}

static void
more_lines_than_any_format_are_refused(void **state)
{
	const char *lines[9];
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < 9; i++)
		lines[i] = td1.line[0];
	for (size_t n = 4; n <= 9; n++)
		assert_int_equal(ex_mrz_parse("m", lines, n, TODAY, &m, NULL),
		    EX_ERR_FORMAT);
}

static enum ex_status
text_parse(const char *text, struct ex_mrz *m)
{
	return ex_mrz_parse_text("m",
	    (struct ex_bytes){ (const uint8_t *)text, strlen(text) }, TODAY, m,
	    NULL);
}

static void
text_may_be_spaced_and_ended_as_files_are(void **state)
{
	static const char *const ends[][2] = { { "\n", "" }, { "\n", "\n" },
		{ "\r\n", "\r\n" }, { "\n\n \t\n", "\r\n\n" },
		{ "  \n\t ", "   " }, { "", "" }, { "", "\n" } };
	const struct sample *all[] = { &td1, &td2, &td3, &mrva, &mrvb };
	char text[256];
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		for (size_t k = 0; k < 5; k++) {
			const struct sample *s = all[k];

			snprintf(text, sizeof text, "%s%s%s%s%s%s", s->line[0],
			    ends[i][0], s->line[1], s->n > 2 ? ends[i][0] : "",
			    s->n > 2 ? s->line[2] : "", ends[i][1]);
			assert_int_equal(text_parse(text, &m), EX_OK);
			assert_int_equal(m.format, s->format);
			assert_int_equal(m.checks_wrong, 0);
			assert_string_equal(m.given, "ANNA MARIA");
		}
}

static void
hostile_text_is_refused(void **state)
{
	static const char *const texts[] = { "", "\n", "\r\n\r\n", "x",
		"1\n2\n3\n4\n5\n6", "\xef\xbb\xbfP<UTO",
		"P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<" };
	uint8_t zeros[88] = { 0 };
	struct ex_mrz m;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		assert_int_equal(text_parse(texts[i], &m), EX_ERR_FORMAT);
	assert_int_equal(
	    ex_mrz_parse_text(
		"m", (struct ex_bytes){ zeros, sizeof zeros }, TODAY, &m, NULL),
	    EX_ERR_FORMAT);
	assert_int_equal(ex_mrz_parse_text("m", (struct ex_bytes){ NULL, 0 },
			     TODAY, &m, NULL),
	    EX_ERR_FORMAT);
}

static void
text_is_bounded(void **state)
{
	static uint8_t text[EX_MRZ_TEXT_MAX + 1];
	struct ex_mrz m;

	(void)state;
	memset(text, '\n', sizeof text);
	assert_int_equal(
	    ex_mrz_parse_text(
		"m", (struct ex_bytes){ text, sizeof text }, TODAY, &m, NULL),
	    EX_ERR_TOO_LARGE);
	assert_int_equal(
	    ex_mrz_parse_text("m", (struct ex_bytes){ text, sizeof text - 1 },
		TODAY, &m, NULL),
	    EX_ERR_FORMAT);
}

static void
parsing_needs_no_memory(void **state)
{
	struct ex_mrz m;

	(void)state;
	ex_calloc_fail_after(0);
	enum ex_status status =
	    ex_mrz_parse("m", td3.line, td3.n, TODAY, &m, NULL);
	ex_calloc_fail_after(-1);
	assert_int_equal(status, EX_OK);
}

static void
formats_have_words(void **state)
{
	(void)state;
	assert_string_equal(ex_mrz_format_word(EX_MRZ_TD1), "TD1");
	assert_string_equal(ex_mrz_format_word(EX_MRZ_TD2), "TD2");
	assert_string_equal(ex_mrz_format_word(EX_MRZ_TD3), "TD3");
	assert_string_equal(ex_mrz_format_word(EX_MRZ_MRVA), "MRV-A");
	assert_string_equal(ex_mrz_format_word(EX_MRZ_MRVB), "MRV-B");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(icao_passport_is_read),
		cmocka_unit_test(icao_cards_are_read),
		cmocka_unit_test(icao_visas_are_read),
		cmocka_unit_test(both_optional_fields_of_td1_are_kept),
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test(longest_name_of_a_passport_fits),
		cmocka_unit_test(sex_has_three_values),
		cmocka_unit_test(characters_out_of_place_are_refused),
		cmocka_unit_test(empty_mandatory_fields_are_refused),
		cmocka_unit_test(other_shapes_are_refused),
		cmocka_unit_test(more_lines_than_any_format_are_refused),
		cmocka_unit_test(text_may_be_spaced_and_ended_as_files_are),
		cmocka_unit_test(hostile_text_is_refused),
		cmocka_unit_test(text_is_bounded),
		cmocka_unit_test(parsing_needs_no_memory),
		cmocka_unit_test(formats_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
