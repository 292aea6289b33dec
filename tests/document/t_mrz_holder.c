/* SPDX-License-Identifier: Apache-2.0 */
/* Which documents are of one holder: those are no look-alikes of each other,
 * so every doubt must end with "of two". */
#include "samples.h"

#include <string.h>

static struct ex_mrz
read(const struct sample *s)
{
	struct ex_mrz m;

	assert_int_equal(
	    ex_mrz_parse("m", s->line, s->n, TODAY, &m, NULL), EX_OK);
	return m;
}

static void
assert_of_one(const struct ex_mrz *a, const struct ex_mrz *b, bool one)
{
	assert_int_equal(ex_mrz_same_holder(a, b), one);
	assert_int_equal(ex_mrz_same_holder(b, a), one);
}

static void
passport_and_card_of_one_person_are_of_one(void **state)
{
	struct ex_mrz passport = read(&td3), card = read(&td1);

	(void)state;
	assert_of_one(&passport, &card, true);
}

static void
two_of_one_kind_are_of_two_unless_issuers_differ(void **state)
{
	struct ex_mrz card = read(&td1), other = read(&td2);

	(void)state;
	assert_of_one(&card, &other, false);
	strcpy(other.issuer, "XXX");
	assert_of_one(&card, &other, true);
}

/* One change to a pair that is of one holder. */
enum change {
	SURNAME,
	GIVEN,
	YEAR,
	MONTH,
	DAY,
	SEX,
	NATIONALITY,
	DIGIT,
	CHANGES
};

static void
change(struct ex_mrz *m, enum change which)
{
	switch (which) {
	case SURNAME:
		strcpy(m->surname, "ERIKSEN");
		break;
	case GIVEN:
		strcpy(m->given, "ANNA");
		break;
	case YEAR:
		m->birth.year++;
		break;
	case MONTH:
		m->birth.month++;
		break;
	case DAY:
		m->birth.day++;
		break;
	case SEX:
		m->sex = 'M';
		break;
	case NATIONALITY:
		strcpy(m->nationality, "D");
		break;
	case DIGIT:
		m->checks_wrong = EX_MRZ_CHECK_NUMBER;
		break;
	case CHANGES:
		break;
	}
}

static void
any_difference_makes_them_of_two(void **state)
{
	(void)state;
	for (int i = 0; i < CHANGES; i++) {
		struct ex_mrz passport = read(&td3), card = read(&td1);

		change(&card, (enum change)i);
		assert_of_one(&passport, &card, false);
	}
}

/* The same gap in both: equal, and still nothing that tells them apart. */
static void
what_is_missing_in_both_does_not_make_them_one(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++) {
		struct ex_mrz m[2] = { read(&td3), read(&td1) };

		for (int k = 0; k < 2; k++) {
			if (i == 0)
				m[k].given[0] = '\0';
			else if (i == 1)
				m[k].birth.year = 0;
			else if (i == 2)
				m[k].birth.month = 0;
			else if (i == 3)
				m[k].birth.day = 0;
			else
				m[k].name_full = true;
		}
		assert_of_one(&m[0], &m[1], false);
	}
	assert_of_one(&(struct ex_mrz){ 0 }, &(struct ex_mrz){ 0 }, false);
}

static void
a_name_that_fills_its_field_is_marked(void **state)
{
	struct copy c;
	struct ex_mrz m;

	(void)state;
	copy_init(&c, &td1);
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_false(m.name_full);
	copy_put(&c, 3, 1, "ERIKSSON<<ANNA<MARIA<MAGDALENA");
	assert_int_equal(copy_parse(&c, &m, NULL), EX_OK);
	assert_true(m.name_full);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(passport_and_card_of_one_person_are_of_one),
		cmocka_unit_test(
		    two_of_one_kind_are_of_two_unless_issuers_differ),
		cmocka_unit_test(any_difference_makes_them_of_two),
		cmocka_unit_test(
		    what_is_missing_in_both_does_not_make_them_one),
		cmocka_unit_test(a_name_that_fills_its_field_is_marked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
