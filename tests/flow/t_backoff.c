/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again, which answers are final, which addresses are allowed. */
#include "test.h"

#include "../../src/flow/uplink.h"

static void
waits_double_up_to_a_minute_and_spread(void **state)
{
	int64_t least = INT64_MAX, most = 0;

	(void)state;
	for (uint64_t seed = 0; seed < 200; seed++) {
		struct ex_backoff b = { 0 };
		int64_t full = EX_BACKOFF_FIRST_MS;

		ex_rng_init(&b.rng, seed);
		for (int i = 0; i < 3000; i++) {
			int64_t wait = ex_backoff_next(&b, 0);

			assert_in_range(wait, full / 2, full);
			full = full * 2 < EX_BACKOFF_MOST_MS
				   ? full * 2
				   : EX_BACKOFF_MOST_MS;
			if (i == 10) {
				least = wait < least ? wait : least;
				most = wait > most ? wait : most;
			}
		}
	}
	/* Forty lanes do not come back at once. */
	assert_true(most - least > EX_BACKOFF_MOST_MS / 3);
}

static void
the_hub_may_ask_for_more_time_but_not_for_ever(void **state)
{
	struct ex_backoff b = { 0 };

	(void)state;
	ex_rng_init(&b.rng, 1);
	assert_int_equal(ex_backoff_next(&b, 7), 7000);
	b.failures = 0;
	assert_int_equal(
	    ex_backoff_next(&b, INT64_MAX), EX_BACKOFF_AFTER_S * 1000);
	b.failures = 50;
	assert_in_range(
	    ex_backoff_next(&b, 1), EX_BACKOFF_MOST_MS / 2, EX_BACKOFF_MOST_MS);
}

static void
only_what_the_crossing_is_wrong_about_is_final(void **state)
{
	static const long final[] = { 400, 403, 409, 413, 415, 422 };

	(void)state;
	for (long status = 0; status < 700; status++) {
		enum ex_answer want = EX_ANSWER_LATER;

		for (size_t i = 0; i < sizeof final / sizeof *final; i++)
			if (status == final[i])
				want = EX_ANSWER_REFUSED;
		if (status == 200 || status == 201)
			want = EX_ANSWER_DONE;
		assert_int_equal(ex_answer_of(status), want);
	}
}

static void
addresses_are_tls_or_this_machine(void **state)
{
	static const char *const good[] = { "https://hub.example",
		"https://hub.example:8443/", "https://10.0.0.1/exeunt/",
		"http://localhost:8080", "http://127.0.0.1:80/",
		"http://127.3.2.1", "http://[::1]:8080" };
	static const char *const wrong[] = { "", "hub.example",
		"http://hub.example", "http://10.0.0.1", "ftp://localhost",
		"file:///etc/passwd", "http://localhost.example",
		"http://127.0.0.1.example", "http://127.example",
		"https://user@hub.example", "https://u:p@hub.example",
		"https://hub.example/?a=b", "https://hub.example/#x",
		"http://[::2]", "https://", "://x", "http://0.0.0.0",
		"http://user@localhost" };
	struct ex_uplink_url url;
	struct ex_error err;
	char large[2000] = "https://hub.example/";

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		if (ex_uplink_url_parse(good[i], &url, &err) != EX_OK)
			fail_msg("%s: %s", good[i], err.why);
		assert_int_equal(url.tls, good[i][4] == 's');
		assert_true(url.base[strlen(url.base) - 1] != '/');
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (ex_uplink_url_parse(wrong[i], &url, &err) != EX_ERR_USAGE)
			fail_msg("%s is allowed", wrong[i]);
	memset(large + strlen(large), 'a', 1000);
	assert_int_equal(ex_uplink_url_parse(large, &url, &err), EX_ERR_USAGE);
	ex_uplink_url_parse("http://localhost:81", &url, &err);
	assert_string_equal(url.pin, "localhost:81:127.0.0.1,[::1]");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_a_minute_and_spread),
		cmocka_unit_test(
		    the_hub_may_ask_for_more_time_but_not_for_ever),
		cmocka_unit_test(
		    only_what_the_crossing_is_wrong_about_is_final),
		cmocka_unit_test(addresses_are_tls_or_this_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
