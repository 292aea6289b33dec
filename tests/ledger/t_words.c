/* SPDX-License-Identifier: Apache-2.0 */
/* Actions, purposes and rulings: a word for each value, and back. */
#include "test.h"

#include "exeunt/ledger.h"

static void
every_action_has_a_word_and_a_text(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EX_ACTION_COUNT; i++) {
		enum ex_action v = (enum ex_action)i, back = EX_ACTION_COUNT;

		assert_true(ex_action_from_word(ex_action_word(v), &back));
		assert_int_equal(back, v);
		assert_true(strlen(ex_action_text(v)) > 5);
	}
	assert_string_equal(ex_action_word(EX_ACTION_SIGN_IN), "sign-in");
	assert_string_equal(
	    ex_action_text(EX_ACTION_PICTURE), "opened a picture");
}

static void
every_purpose_has_a_word_and_a_text(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EX_PURPOSE_COUNT; i++) {
		enum ex_purpose v = (enum ex_purpose)i, back = EX_PURPOSE_COUNT;

		assert_true(ex_purpose_from_word(ex_purpose_word(v), &back));
		assert_int_equal(back, v);
		assert_true(strlen(ex_purpose_text(v)) > 5);
	}
}

static void
every_ruling_has_a_word(void **state)
{
	(void)state;
	for (unsigned i = 0; i < EX_RULING_COUNT; i++) {
		enum ex_ruling_kind v = (enum ex_ruling_kind)i, back = 0;

		assert_true(ex_ruling_from_word(ex_ruling_word(v), &back));
		assert_int_equal(back, v);
	}
}

static void
no_ruling_refuses_a_traveller(void **state)
{
	(void)state;
	static const char *const adverse[] = { "refuse", "deny", "reject",
		"detain", "arrest", "stop", "block" };

	for (unsigned i = 0; i < EX_RULING_COUNT; i++)
		for (size_t k = 0; k < sizeof adverse / sizeof *adverse; k++)
			assert_null(
			    strstr(ex_ruling_word((enum ex_ruling_kind)i),
				adverse[k]));
}

static void
other_words_and_values_are_unknown(void **state)
{
	(void)state;
	enum ex_action action = EX_ACTION_USER;
	enum ex_purpose purpose = EX_PURPOSE_REVIEW;
	enum ex_ruling_kind ruling = EX_RULING_BY_HAND;

	assert_false(ex_action_from_word("signin", &action));
	assert_false(ex_action_from_word("", &action));
	assert_int_equal(action, EX_ACTION_USER);
	assert_false(ex_purpose_from_word("unknown", &purpose));
	assert_int_equal(purpose, EX_PURPOSE_REVIEW);
	assert_false(ex_ruling_from_word("SAME-PERSON", &ruling));
	assert_int_equal(ruling, EX_RULING_BY_HAND);
	assert_string_equal(ex_action_word(EX_ACTION_COUNT), "unknown");
	assert_string_equal(ex_purpose_text(EX_PURPOSE_COUNT), "unknown");
	assert_string_equal(
	    ex_ruling_word((enum ex_ruling_kind)1000), "unknown");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_action_has_a_word_and_a_text),
		cmocka_unit_test(every_purpose_has_a_word_and_a_text),
		cmocka_unit_test(every_ruling_has_a_word),
		cmocka_unit_test(no_ruling_refuses_a_traveller),
		cmocka_unit_test(other_words_and_values_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
