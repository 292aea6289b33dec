/* SPDX-License-Identifier: Apache-2.0 */
/* How often a password may be tried. */
#include "test.h"

#include "parts.h"

#define S INT64_C(1000000000)

static int64_t now = 1000 * S;

static struct ex_limiter *
new_limiter(void)
{
	struct ex_limiter *l;

	assert_int_equal(ex_limiter_new(&l), EX_OK);
	return l;
}

/* Fail as soon as it is allowed, n times; the time that took, in seconds. */
static int64_t
guess(struct ex_limiter *l, const char *user, const char *from, int n)
{
	int64_t begun = now;

	for (int i = 0; i < n; i++) {
		now += ex_limiter_wait(l, user, from, now) * S;
		assert_int_equal(ex_limiter_wait(l, user, from, now), 0);
		ex_limiter_tell(l, user, from, false, now);
	}
	return (now - begun) / S;
}

static void
guesses_get_slower(void **state)
{
	struct ex_limiter *l = new_limiter();

	(void)state;
	assert_int_equal(guess(l, "ana", "a", 3), 0);
	assert_int_equal(ex_limiter_wait(l, "ana", "a", now), 0);
	guess(l, "ana", "a", 1);
	assert_int_equal(ex_limiter_wait(l, "ana", "a", now), 1);
	guess(l, "ana", "a", 1);
	assert_int_equal(ex_limiter_wait(l, "ana", "a", now), 2);
	/* A day of guessing: a hundred tries, not a million. */
	assert_true(guess(l, "ana", "a", 100) > 80000);
	ex_limiter_free(&l);
}

static void
a_good_one_ends_the_wait(void **state)
{
	struct ex_limiter *l = new_limiter();

	(void)state;
	guess(l, "ana", "a", 6);
	assert_true(ex_limiter_wait(l, "ana", "a", now) > 0);
	ex_limiter_tell(l, "ana", "a", true, now);
	assert_int_equal(ex_limiter_wait(l, "ana", "a", now), 0);
	ex_limiter_free(&l);
}

/* From many addresses a stranger slows a user down by seconds, and not where
 * they usually sign in. */
static void
nobody_is_shut_out_by_strangers(void **state)
{
	struct ex_limiter *l = new_limiter();
	char from[16];

	(void)state;
	ex_limiter_tell(l, "ana", "home", true, now);
	for (int i = 0; i < 1000; i++) {
		snprintf(from, sizeof from, "10.0.%d.%d", i / 250, i % 250);
		ex_limiter_tell(l, "ana", from, false, now);
	}
	assert_int_equal(ex_limiter_wait(l, "ana", "home", now), 0);
	assert_in_range(ex_limiter_wait(l, "ana", "elsewhere", now), 1, 30);
	assert_int_equal(ex_limiter_wait(l, "ben", "elsewhere", now), 0);
	ex_limiter_free(&l);
}

/* One address that tries a password on everybody. */
static void
an_address_is_slowed_for_all_users(void **state)
{
	struct ex_limiter *l = new_limiter();
	char user[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(user, sizeof user, "user%d", i);
		ex_limiter_tell(l, user, "a", false, now);
	}
	assert_in_range(ex_limiter_wait(l, "another", "a", now), 1, 60);
	assert_int_equal(ex_limiter_wait(l, "another", "b", now), 0);
	now += 3600 * S;
	assert_int_equal(ex_limiter_wait(l, "another", "a", now), 0);
	ex_limiter_free(&l);
}

/* Names by the million cost no more memory, and the one who guesses in earnest
 * is not forgotten for some thousands of them. */
static void
memory_is_bounded(void **state)
{
	struct ex_limiter *l = new_limiter();
	char user[16], from[16];

	(void)state;
	guess(l, "ana", "a", 12);
	for (int i = 0; i < 2000; i++) {
		snprintf(user, sizeof user, "n%d", i);
		snprintf(from, sizeof from, "f%d", i);
		ex_limiter_tell(l, user, from, false, now);
	}
	assert_true(ex_limiter_wait(l, "ana", "a", now) > 60);
	for (int i = 0; i < 100000; i++) {
		snprintf(user, sizeof user, "n%d", i);
		ex_limiter_tell(l, user, "f", false, now);
	}
	ex_limiter_free(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses_get_slower),
		cmocka_unit_test(a_good_one_ends_the_wait),
		cmocka_unit_test(nobody_is_shut_out_by_strangers),
		cmocka_unit_test(an_address_is_slowed_for_all_users),
		cmocka_unit_test(memory_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
