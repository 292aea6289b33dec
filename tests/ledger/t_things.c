/* SPDX-License-Identifier: Apache-2.0 */
/* Small things by name. */
#include "sample.h"

static struct ex_ledger *
open_memory(void)
{
	return sample_open(":memory:", EX_LEDGER_WRITE);
}

static enum ex_status
put(struct ex_ledger *l, const char *kind, const char *key, const char *value)
{
	return ex_thing_put(l, kind, key, ex_string_bytes(value), NULL);
}

static void
assert_thing(
    struct ex_ledger *l, const char *kind, const char *key, const char *value)
{
	struct ex_blob out;

	assert_int_equal(ex_thing_get(l, kind, key, &out, NULL), EX_OK);
	assert_int_equal(out.size, strlen(value));
	assert_memory_equal(out.data, value, out.size);
	ex_blob_free(&out);
}

static void
a_thing_is_put_changed_and_dropped(void **state)
{
	(void)state;
	struct ex_ledger *l = open_memory();
	struct ex_blob out = { (uint8_t *)"x", 1 };

	assert_int_equal(
	    ex_thing_get(l, "user", "ana", &out, NULL), EX_ERR_NOT_FOUND);
	assert_null(out.data);
	assert_int_equal(put(l, "user", "ana", "one"), EX_OK);
	assert_int_equal(put(l, "lane", "ana", "two"), EX_OK);
	assert_thing(l, "user", "ana", "one");
	assert_int_equal(put(l, "user", "ana", ""), EX_OK);
	assert_thing(l, "user", "ana", "");
	assert_thing(l, "lane", "ana", "two");
	assert_int_equal(ex_thing_drop(l, "user", "ana", NULL), EX_OK);
	assert_int_equal(ex_thing_drop(l, "user", "ana", NULL), EX_OK);
	assert_int_equal(
	    ex_thing_get(l, "user", "ana", &out, NULL), EX_ERR_NOT_FOUND);
	assert_thing(l, "lane", "ana", "two");
	ex_ledger_close(&l);
}

static enum ex_status
join(const char *key, struct ex_bytes value, void *arg)
{
	size_t n = strlen(arg);

	snprintf((char *)arg + n, 100 - n, "%s=%.*s;", key, (int)value.size,
	    (const char *)value.data);
	return strcmp(key, "stop") == 0 ? EX_ERR_INTERRUPTED : EX_OK;
}

static void
things_of_a_kind_come_by_key(void **state)
{
	(void)state;
	struct ex_ledger *l = open_memory();
	char all[100] = "";

	put(l, "user", "b", "2");
	put(l, "user", "a.b", "1");
	put(l, "user", "B", "0");
	put(l, "users", "c", "3");
	assert_int_equal(ex_thing_each(l, "user", join, all, NULL), EX_OK);
	assert_string_equal(all, "B=0;a.b=1;b=2;");
	all[0] = '\0';
	put(l, "user", "stop", "4");
	put(l, "user", "x", "5");
	assert_int_equal(
	    ex_thing_each(l, "user", join, all, NULL), EX_ERR_INTERRUPTED);
	assert_string_equal(all, "B=0;a.b=1;b=2;stop=4;");
	all[0] = '\0';
	assert_int_equal(ex_thing_each(l, "none", join, all, NULL), EX_OK);
	assert_string_equal(all, "");
	ex_ledger_close(&l);
}

static void
names_and_sizes_have_their_limits(void **state)
{
	(void)state;
	struct ex_ledger *l = open_memory();
	static const uint8_t large[EX_THING_MOST + 1];
	static const char *const names[] = { "", "a b", "a/b", "\xc3\xa4",
		"a'b", "a%b" };
	char longest[98];
	struct ex_blob out;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_int_equal(put(l, names[i], "k", ""), EX_ERR_USAGE);
		assert_int_equal(put(l, "k", names[i], ""), EX_ERR_USAGE);
		assert_int_equal(
		    ex_thing_get(l, "k", names[i], &out, NULL), EX_ERR_USAGE);
		assert_int_equal(
		    ex_thing_drop(l, names[i], "k", NULL), EX_ERR_USAGE);
		assert_int_equal(
		    ex_thing_each(l, names[i], join, NULL, NULL), EX_ERR_USAGE);
	}
	memset(longest, 'k', sizeof longest);
	longest[97] = '\0';
	assert_int_equal(put(l, "k", longest, ""), EX_ERR_USAGE);
	longest[96] = '\0';
	assert_int_equal(put(l, "k", longest, ""), EX_OK);
	longest[33] = '\0';
	assert_int_equal(put(l, longest, "k", ""), EX_ERR_USAGE);
	longest[32] = '\0';
	assert_int_equal(put(l, longest, "k", ""), EX_OK);
	assert_int_equal(ex_thing_put(l, "k", "k",
			     (struct ex_bytes){ large, EX_THING_MOST }, NULL),
	    EX_OK);
	assert_int_equal(
	    ex_thing_put(l, "k", "k",
		(struct ex_bytes){ large, EX_THING_MOST + 1 }, NULL),
	    EX_ERR_TOO_LARGE);
	ex_ledger_close(&l);
}

static void
what_the_ledger_keeps_of_itself_is_not_written(void **state)
{
	(void)state;
	struct ex_ledger *l = open_memory();
	static const char *const kinds[] = { "audit-head", "audit-last",
		"audit-checkpoint", "audit-", "epoch", "clock", "ledger" };

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		assert_int_equal(put(l, kinds[i], "k", ""), EX_ERR_USAGE);
		assert_int_equal(
		    ex_thing_drop(l, kinds[i], "k", NULL), EX_ERR_USAGE);
	}
	assert_int_equal(put(l, "auditor", "k", ""), EX_OK);
	assert_int_equal(put(l, "epochs", "k", ""), EX_OK);
	ex_ledger_close(&l);
}

static void
a_reader_changes_nothing(void **state)
{
	(void)state;
	const char *path = sample_path("things.db");
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);

	put(l, "user", "ana", "one");
	ex_ledger_close(&l);
	l = sample_open(path, EX_LEDGER_READ);
	assert_int_equal(put(l, "user", "ana", "two"), EX_ERR_DATABASE);
	assert_int_equal(
	    ex_thing_drop(l, "user", "ana", NULL), EX_ERR_DATABASE);
	assert_thing(l, "user", "ana", "one");
	ex_ledger_close(&l);
}

static void
what_is_rolled_back_was_never_put(void **state)
{
	(void)state;
	struct ex_ledger *l = open_memory();
	struct ex_blob out;

	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	put(l, "user", "ana", "one");
	assert_thing(l, "user", "ana", "one");
	ex_ledger_rollback(l);
	assert_int_equal(
	    ex_thing_get(l, "user", "ana", &out, NULL), EX_ERR_NOT_FOUND);
	ex_ledger_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thing_is_put_changed_and_dropped),
		cmocka_unit_test(things_of_a_kind_come_by_key),
		cmocka_unit_test(names_and_sizes_have_their_limits),
		cmocka_unit_test(
		    what_the_ledger_keeps_of_itself_is_not_written),
		cmocka_unit_test(a_reader_changes_nothing),
		cmocka_unit_test(what_is_rolled_back_was_never_put),
	};

	return cmocka_run_group_tests(
	    tests, sample_folder_make, sample_folder_remove);
}
