/* SPDX-License-Identifier: Apache-2.0 */
/* Targets taken apart, and the routes they mean. */
#include "test.h"

#include "uri.h"

static enum ex_status
parse(const char *target, struct ex_uri *out)
{
	return ex_uri_parse(
	    (struct ex_bytes){ (const uint8_t *)target, strlen(target) }, out);
}

static void
a_target_is_taken_apart(void **state)
{
	struct ex_uri u;

	(void)state;
	assert_int_equal(
	    parse("/v1/lanes/a%20b/now?x=1&y=%c3%a9+z&e=&f", &u), EX_OK);
	assert_int_equal(u.n_segments, 4);
	assert_string_equal(u.segment[0], "v1");
	assert_string_equal(u.segment[2], "a b");
	assert_string_equal(u.segment[3], "now");
	assert_int_equal(u.n_pairs, 4);
	assert_string_equal(u.pair[0].name, "x");
	assert_string_equal(u.pair[0].value, "1");
	assert_string_equal(u.pair[1].value, "\xc3\xa9 z");
	assert_string_equal(u.pair[2].value, "");
	assert_string_equal(u.pair[3].name, "f");
	assert_string_equal(u.pair[3].value, "");
	assert_int_equal(parse("/", &u), EX_OK);
	assert_int_equal(u.n_segments, 0);
	assert_int_equal(parse("/a+b", &u), EX_OK);
	assert_string_equal(u.segment[0], "a+b");
}

static void
what_has_two_meanings_is_refused(void **state)
{
	static const char *const bad[] = { "", "v1", "*", "http://x/", "//",
		"/a//b", "/.", "/..", "/a/../b", "/a/%2e%2e/b", "/%2E",
		"/a%2fb", "/a%00b", "/a%", "/a%2", "/a%zz", "/a%0ab", "/\x7f",
		"/\xff", "/%c0%ae", "/%ed%a0%80", "/a?%00", "/a?=1", "/a?&",
		"/a?b=%", "/a?b=%ff", "/a#b", "/a?b#c",
		"/1/2/3/4/5/6/7/8/9/10/11/12/13",
		"/?a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1" };
	struct ex_uri u;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (parse(bad[i], &u) != EX_ERR_FORMAT)
			fail_msg("%s is taken", bad[i]);
}

static void
a_target_has_a_size(void **state)
{
	char text[EX_URI_MOST + 64];
	struct ex_uri u;
	size_t most = EX_URI_MOST - EX_HUB_QUERY;

	(void)state;
	memset(text, 'a', sizeof text);
	text[0] = '/';
	assert_int_equal(
	    ex_uri_parse((struct ex_bytes){ (uint8_t *)text, most }, &u),
	    EX_OK);
	assert_int_equal(strlen(u.segment[0]), most - 1);
	assert_int_equal(
	    ex_uri_parse((struct ex_bytes){ (uint8_t *)text, most + 1 }, &u),
	    EX_ERR_TOO_LARGE);
}

static const struct ex_route *
match(enum ex_method method, const char *target,
    const char *param[EX_HUB_PARAMS], unsigned *allowed)
{
	static struct ex_uri u;

	if (parse(target, &u) != EX_OK)
		return NULL;
	return ex_route_match(method, &u, param, allowed);
}

static void
a_route_is_found(void **state)
{
	const char *param[EX_HUB_PARAMS];
	const struct ex_route *r;
	unsigned allowed;

	(void)state;
	r = match(EX_METHOD_GET, "/v1/health?", param, &allowed);
	assert_non_null(r);
	assert_string_equal(r->path, "/v1/health");
	assert_null(param[0]);
	r = match(EX_METHOD_GET,
	    "/v1/crossings/01J00000000000000000000000/pictures/o1", param,
	    &allowed);
	assert_non_null(r);
	assert_string_equal(param[0], "01J00000000000000000000000");
	assert_string_equal(param[1], "o1");
	assert_null(match(EX_METHOD_PUT, "/v1/session", param, &allowed));
	assert_int_equal(allowed,
	    1 << EX_METHOD_GET | 1 << EX_METHOD_POST | 1 << EX_METHOD_DELETE);
}

static void
what_does_not_fit_is_no_route(void **state)
{
	static const char *const bad[] = { "/", "/v1", "/v1/health/",
		"/v1/health/x", "/V1/health", "/v1/healt", "/v1/crossings/x",
		"/v1/crossings/81J00000000000000000000000",
		"/v1/crossings/01J0000000000000000000000",
		"/v1/crossings/01j00000000000000000000000",
		"/v1/crossings/01J0000000000000000000000I", "/v1/users/a%20b",
		"/v1/tokens/0123456789ABCDEF" };
	const char *param[EX_HUB_PARAMS];
	unsigned allowed;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (match(EX_METHOD_GET, bad[i], param, &allowed) || allowed)
			fail_msg("%s is a route", bad[i]);
	}
}

/* What the compiler cannot see in the table. */
static void
the_table_holds_together(void **state)
{
	size_t size;

	(void)state;
	for (size_t i = 0; i < ex_n_routes; i++) {
		const struct ex_route *r = &ex_routes[i];
		unsigned params = 0;

		assert_true(r->roles > 0);
		assert_true(strncmp(r->path, "/v1/", 4) == 0);
		for (const char *p = strchr(r->path, '{'); p;
		     p = strchr(p + 1, '{')) {
			params++;
			if (!ex_param_of(p + 1, strcspn(p + 1, "}"), &size))
				fail_msg("%s: no such parameter", r->path);
		}
		assert_true(params <= EX_HUB_PARAMS);
		for (const char *p = r->query; *p; p += strspn(p, " ")) {
			size_t n = strcspn(p, " ");

			if (!ex_param_of(p, n, &size))
				fail_msg("%s: no such query", r->path);
			p += n;
		}
		assert_int_equal(*r->body != '\0', r->body_most > 0);
		assert_true(r->method != EX_METHOD_GET || !*r->body);
		for (size_t j = 0; j < i; j++)
			assert_true(r->method != ex_routes[j].method ||
				    strcmp(r->path, ex_routes[j].path) != 0);
	}
}

static void
a_query_is_checked(void **state)
{
	static const struct {
		const char *target;
		enum ex_status status;
	} queries[] = {
		{ "/v1/crossings", EX_OK },
		{ "/v1/crossings?limit=1&lane=a&purpose=review", EX_OK },
		{ "/v1/crossings?from=2026-01-05T08:00:00Z&state=open", EX_OK },
		{ "/v1/crossings?limit=0", EX_ERR_INPUT },
		{ "/v1/crossings?limit=501", EX_ERR_INPUT },
		{ "/v1/crossings?limit=99999999999999999999", EX_ERR_INPUT },
		{ "/v1/crossings?limit=-1", EX_ERR_INPUT },
		{ "/v1/crossings?limit=1&limit=1", EX_ERR_INPUT },
		{ "/v1/crossings?state=ope", EX_ERR_INPUT },
		{ "/v1/crossings?state=openall", EX_ERR_INPUT },
		{ "/v1/crossings?state=", EX_ERR_INPUT },
		{ "/v1/crossings?from=yesterday", EX_ERR_INPUT },
		{ "/v1/crossings?lane=a'b", EX_ERR_INPUT },
		{ "/v1/crossings?purpose=fun", EX_ERR_INPUT },
		{ "/v1/crossings?face=1", EX_ERR_INPUT },
	};
	const char *param[EX_HUB_PARAMS], *bad;
	const struct ex_route *r;
	unsigned allowed;
	struct ex_uri u;

	(void)state;
	r = match(EX_METHOD_GET, "/v1/crossings", param, &allowed);
	assert_non_null(r);
	for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
		assert_int_equal(parse(queries[i].target, &u), EX_OK);
		if (ex_route_check_query(r, &u, &bad) != queries[i].status)
			fail_msg("%s", queries[i].target);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_is_taken_apart),
		cmocka_unit_test(what_has_two_meanings_is_refused),
		cmocka_unit_test(a_target_has_a_size),
		cmocka_unit_test(a_route_is_found),
		cmocka_unit_test(what_does_not_fit_is_no_route),
		cmocka_unit_test(the_table_holds_together),
		cmocka_unit_test(a_query_is_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
