/* SPDX-License-Identifier: Apache-2.0 */
/* What a hub answers a lane comes from outside. */
#include "support.h"

static struct ex_error err;

static struct ex_bytes
text_of(const char *s)
{
	return (struct ex_bytes){ (const uint8_t *)s, strlen(s) };
}

#define POLICY                                                                 \
	"{\"fmr\":0.0001,\"vehicle_cap\":0.002,\"margin\":0.01,\"version\":7," \
	"\"approved_by\":[\"a\",\"b\"],\"proposal\":null,\"earlier\":true,"    \
	"\"retention\":{\"host\":\"UTO\",\"citizen_pictures_ms\":43200000,"    \
	"\"pictures_ms\":1209600000}}"

static void
a_policy_is_read(void **state)
{
	struct ex_policy p;

	(void)state;
	assert_int_equal(
	    ex_policy_parse("policy", text_of(POLICY), &p, &err), EX_OK);
	assert_true(p.fmr == 0.0001 && p.vehicle_cap == 0.002);
	assert_true(p.margin == 0.01);
	assert_int_equal(p.version, 7);
	assert_true(p.earlier);
	assert_false(p.earlier_citizens);
	assert_string_equal(p.host, "UTO");
	assert_int_equal(p.citizen_pictures_ms, 43200000);
	assert_int_equal(p.pictures_ms, 1209600000);
	/* What is not said is off, or stays the lane's. */
	assert_int_equal(
	    ex_policy_parse("policy",
		text_of("{\"fmr\":1e-5,\"vehicle_cap\":0.1,\"margin\":0.2}"),
		&p, &err),
	    EX_OK);
	assert_false(p.earlier);
	assert_int_equal(p.pictures_ms, 0);
	assert_string_equal(p.host, "");
}

static void
a_policy_that_is_none_is_refused_by_field(void **state)
{
	static const char *const cases[][3] = {
		{ "0.0001", "0.5", "fmr" },
		{ "0.0001", "0", "fmr" },
		{ "0.002", "-1", "vehicle_cap" },
		{ "0.01,", "\"x\",", "margin" },
		{ "true", "1", "earlier" },
		{ "7", "-7", "version" },
		{ "UTO", "UTOP", "host" },
		{ "43200000", "1e99", "citizen_pictures_ms" },
		{ "{\"host\"", "[],\"x\":{\"host\"", "retention" },
	};
	char text[1024];
	struct ex_policy p;

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *at = strstr(POLICY, cases[i][0]);

		snprintf(text, sizeof text, "%.*s%s%s", (int)(at - POLICY),
		    POLICY, cases[i][1], at + strlen(cases[i][0]));
		if (ex_policy_parse("policy", text_of(text), &p, &err) !=
		    EX_ERR_FORMAT)
			fail_msg("taken: %s", text);
		if (!strstr(err.what, cases[i][2]))
			fail_msg("%s, not %s", err.what, cases[i][2]);
		assert_true(p.fmr == 0);
	}
	for (size_t n = 0; n < strlen(POLICY); n++)
		assert_int_equal(
		    ex_policy_parse("policy",
			(struct ex_bytes){ (const uint8_t *)POLICY, n }, &p,
			&err),
		    EX_ERR_FORMAT);
}

static void
pictures_are_read_and_bounded(void **state)
{
	struct ex_blob out[2];
	size_t n;

	(void)state;
	assert_int_equal(ex_pictures_parse("p",
			     text_of("{\"pictures\":[\"Zm9v\",\"Zg==\"]}"), 2,
			     3, out, &n, &err),
	    EX_OK);
	assert_int_equal(n, 2);
	assert_memory_equal(out[0].data, "foo", 3);
	assert_int_equal(out[1].size, 1);
	ex_blob_free(&out[0]);
	ex_blob_free(&out[1]);
	static const char *const wrong[] = { "{}", "[]", "{\"pictures\":{}}",
		"{\"pictures\":[\"Zm9v\",\"Zm9v\",\"Zm9v\"]}",
		"{\"pictures\":[\"Zm9vZm9v\"]}", "{\"pictures\":[\"Zm9v\",7]}",
		"{\"pictures\":[\"Zm9v\",\"Zm9\"]}", "{\"pictures\":[\"\"]}" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		enum ex_status status = ex_pictures_parse(
		    "p", text_of(wrong[i]), 2, 3, out, &n, &err);

		if (status != EX_ERR_FORMAT && status != EX_ERR_TOO_LARGE)
			fail_msg("taken: %s", wrong[i]);
		assert_int_equal(n, 0);
		assert_non_null(strstr(err.what, "p"));
	}
}

static void
a_string_of_an_answer_has_its_length(void **state)
{
	char out[4];

	(void)state;
	assert_int_equal(ex_answer_string("r", text_of("{\"a\":\"abc\"}"), "a",
			     out, sizeof out, &err),
	    EX_OK);
	assert_string_equal(out, "abc");
	static const char *const wrong[] = { "{\"a\":\"abcd\"}", "{\"a\":\"\"}",
		"{\"a\":1}", "{\"b\":\"abc\"}", "[\"a\"]", "", "{\"a\":\"abc\"",
		"{\"a\":\"a\\u0000\"}" };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (ex_answer_string("r", text_of(wrong[i]), "a", out,
			sizeof out, &err) == EX_OK)
			fail_msg("taken: %s", wrong[i]);
		assert_string_equal(out, "");
	}
}

static enum ex_status
parse_policy(void)
{
	struct ex_policy p;

	return ex_policy_parse("policy", text_of(POLICY), &p, NULL);
}

static enum ex_status
parse_pictures(void)
{
	struct ex_blob out[2];
	size_t n;
	enum ex_status status = ex_pictures_parse("p",
	    text_of("{\"pictures\":[\"Zm9v\",\"Zg==\"]}"), 2, 3, out, &n, NULL);

	for (size_t i = 0; i < n; i++)
		ex_blob_free(&out[i]);
	return status;
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	rehearse(parse_policy);
	rehearse(parse_pictures);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_is_read),
		cmocka_unit_test(a_policy_that_is_none_is_refused_by_field),
		cmocka_unit_test(pictures_are_read_and_bounded),
		cmocka_unit_test(a_string_of_an_answer_has_its_length),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
