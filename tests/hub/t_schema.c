/* SPDX-License-Identifier: Apache-2.0 */
/* Bodies against their schemas. */
#include "test.h"

#include "parts.h"

static const char schemas_text[] =
    "{\"A\":{\"type\":\"object\",\"additionalProperties\":false,"
    "\"required\":[\"n\"],\"properties\":{"
    "\"n\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":9},"
    "\"x\":{\"type\":\"number\",\"exclusiveMinimum\":0},"
    "\"s\":{\"type\":\"string\",\"minLength\":2,\"maxLength\":3},"
    "\"e\":{\"enum\":[\"a\",\"b\",null]},"
    "\"b\":{\"type\":[\"boolean\",\"null\"]},"
    "\"l\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":2,"
    "\"items\":{\"$ref\":\"#/components/schemas/B\"}},"
    "\"u\":{\"anyOf\":[{\"type\":\"string\"},"
    "{\"$ref\":\"#/components/schemas/B\"}]},"
    "\"r\":{\"$ref\":\"#/components/schemas/R\"},"
    "\"o\":{\"type\":\"object\"}}},"
    "\"B\":{\"type\":\"object\",\"required\":[\"k\"],"
    "\"properties\":{\"k\":{\"type\":\"string\"}}},"
    "\"R\":{\"type\":\"object\",\"properties\":"
    "{\"r\":{\"$ref\":\"#/components/schemas/R\"}}}}";

static json_t *schemas;

static enum ex_status
check(const char *body, struct ex_error *err)
{
	json_t *value = json_loads(body, JSON_DECODE_ANY, NULL);
	enum ex_status status;

	assert_non_null(value);
	status = ex_schema_check(schemas, "A", value, err);
	json_decref(value);
	return status;
}

static void
what_fits_is_taken(void **state)
{
	static const char *const good[] = { "{\"n\":1}", "{\"n\":9,\"x\":0.1}",
		"{\"n\":1,\"x\":3}",
		"{\"n\":1,\"s\":\"\xc3\xa9\xc3\xa9\xc3\xa9\"}",
		"{\"n\":1,\"e\":null}", "{\"n\":1,\"e\":\"b\",\"b\":true}",
		"{\"n\":1,\"l\":[{\"k\":\"\"},{\"k\":\"x\",\"more\":1}]}",
		"{\"n\":1,\"u\":\"x\"}", "{\"n\":1,\"u\":{\"k\":\"x\"}}",
		"{\"n\":1,\"r\":{\"r\":{\"r\":{}}}}",
		"{\"n\":1,\"o\":{\"z\":[]}}" };

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (check(good[i], NULL) != EX_OK)
			fail_msg("%s is refused", good[i]);
}

static void
what_does_not_fit_is_named(void **state)
{
	static const struct {
		const char *body, *what;
	} bad[] = {
		{ "[]", "body" },
		{ "null", "body" },
		{ "{}", "body" },
		{ "{\"n\":0}", "body.n" },
		{ "{\"n\":10}", "body.n" },
		{ "{\"n\":1.0}", "body.n" },
		{ "{\"n\":\"1\"}", "body.n" },
		{ "{\"n\":1,\"q\":1}", "body" },
		{ "{\"n\":1,\"x\":0}", "body.x" },
		{ "{\"n\":1,\"s\":\"a\"}", "body.s" },
		{ "{\"n\":1,\"s\":\"abcd\"}", "body.s" },
		{ "{\"n\":1,\"e\":\"c\"}", "body.e" },
		{ "{\"n\":1,\"b\":0}", "body.b" },
		{ "{\"n\":1,\"l\":[]}", "body.l" },
		{ "{\"n\":1,\"l\":[{\"k\":\"\"},{\"k\":1}]}", "body.l[1].k" },
		{ "{\"n\":1,\"l\":[{\"k\":\"\"},{\"k\":\"\"},{\"k\":\"\"}]}",
		    "body.l" },
		{ "{\"n\":1,\"u\":7}", "body.u" },
		{ "{\"n\":1,\"r\":{\"r\":3}}", "body.r.r" },
	};
	struct ex_error err;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(check(bad[i].body, &err), EX_ERR_INPUT);
		assert_string_equal(err.what, bad[i].what);
	}
}

static void
depth_has_an_end(void **state)
{
	char body[512] = "{\"n\":1,\"r\":";

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(body, "{\"r\":");
	strcat(body, "{}");
	for (int i = 0; i < 31; i++)
		strcat(body, "}");
	assert_int_not_equal(check(body, NULL), EX_OK);
}

/* Every body of the table has its schema, and that can be read. */
static void
each_body_has_a_schema(void **state)
{
	struct ex_error err;
	json_t *all, *value = json_array();

	(void)state;
	assert_int_equal(ex_schemas_read(&all, &err), EX_OK);
	for (size_t i = 0; i < ex_n_routes; i++) {
		const char *names[] = { ex_routes[i].body, ex_routes[i].reply };

		for (int j = 0; j < 2; j++)
			if (*names[j] && !strchr(names[j], '/') &&
			    !json_object_get(all, names[j]))
				fail_msg("no schema %s", names[j]);
		if (*names[0] && !strchr(names[0], '/'))
			assert_int_equal(
			    ex_schema_check(all, names[0], value, &err),
			    EX_ERR_INPUT);
	}
	json_decref(value);
	json_decref(all);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_fits_is_taken),
		cmocka_unit_test(what_does_not_fit_is_named),
		cmocka_unit_test(depth_has_an_end),
		cmocka_unit_test(each_body_has_a_schema),
	};
	int failed;

	schemas = json_loads(schemas_text, 0, NULL);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	json_decref(schemas);
	return failed;
}
