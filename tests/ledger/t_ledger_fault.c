/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation, write, sync, read or open fails: the first, then the
 * second, until the whole work succeeds (L1, L3, L5). */
#include "sample.h"

#include "faulty.h"

#define PUTS 3u

/* What a lane does with a ledger; the first failure ends it. */
static enum ex_status
work(const char *path, struct ex_error *err)
{
	struct ex_ledger *l = NULL;
	struct ex_crossing c;
	size_t n;
	enum ex_status status =
	    ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, err);

	assert_true((status == EX_OK) == (l != NULL));
	for (unsigned k = 0; status == EX_OK && k < PUTS; k++)
		status = sample_put(l, k, err);
	if (status == EX_OK)
		status = sample_put(l, 0, err); /* and again */
	if (status == EX_OK)
		status = ex_ledger_count(l, NULL, &n, err);
	sample_crossing(&c, 1);
	if (status == EX_OK)
		status = ex_ledger_get(l, c.id, &c, err);
	ex_ledger_close(&l);
	return status;
}

static enum ex_status
is_whole(const struct ex_crossing *c, void *arg)
{
	unsigned k = *(unsigned *)arg;

	/* In order and none between is missing: they were put so. */
	assert_true(sample_is(c, k));
	*(unsigned *)arg = k + 1;
	return EX_OK;
}

static void
assert_told_well(enum ex_status status, const struct ex_error *err)
{
	int code = ex_status_exit(status);

	if (code != 4 && status != EX_ERR_NOMEM)
		fail_msg("%d: %s: %s", status, err->what, err->why);
	assert_int_equal(err->status, status);
	assert_non_null(strstr(err->what, sample_folder));
	assert_true(err->why[0] != '\0');
}

/* After a failure: what is there is whole, and the same work succeeds. */
static void
assert_recovers(const char *path)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;
	unsigned n = 0;

	l = sample_open(path, EX_LEDGER_WRITE);
	assert_int_equal(ex_ledger_each(l, NULL, is_whole, &n, NULL), EX_OK);
	assert_in_range(n, 0, PUTS);
	ex_ledger_close(&l);
	if (work(path, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	assert_sound(path);
}

static const char *
fresh_path(void)
{
	static unsigned next;
	char name[32];

	snprintf(name, sizeof name, "fault-%u.db", next++);
	return sample_path(name);
}

static void
fail_each(enum faulty_kind kind, bool once, long step)
{
	enum ex_status status;
	long failed = 0;
	bool hit;

	for (long n = 0;; n += step) {
		struct ex_error err = { 0 };
		const char *path = fresh_path();

		faulty_plan(kind, n, once);
		status = work(path, &err);
		hit = faulty_plans[kind].hit;
		faulty_plan(kind, -1, once);
		if (status != EX_OK)
			assert_told_well(status, &err);
		failed += status != EX_OK;
		assert_recovers(path);
		if (!hit)
			break;
	}
	assert_int_equal(status, EX_OK);
	assert_true(failed >= 3);
}

static void
a_write_that_fails_once_leaves_whole_crossings(void **state)
{
	(void)state;
	fail_each(FAULTY_WRITE, true, 1);
}

static void
a_disk_full_from_some_write_on_leaves_whole_crossings(void **state)
{
	(void)state;
	fail_each(FAULTY_WRITE, false, 1);
}

static void
a_sync_that_fails_leaves_whole_crossings(void **state)
{
	(void)state;
	fail_each(FAULTY_SYNC, true, 1);
	fail_each(FAULTY_SYNC, false, 1);
}

static void
a_read_that_fails_leaves_whole_crossings(void **state)
{
	(void)state;
	fail_each(FAULTY_READ, true, 1);
}

static void
a_file_that_does_not_open_leaves_whole_crossings(void **state)
{
	(void)state;
	fail_each(FAULTY_OPEN, true, 1);
	fail_each(FAULTY_OPEN, false, 1);
}

static void
sqlites_own_allocations_may_fail(void **state)
{
	(void)state;
	/* Thousands: a prime stride over them, each failing for good. */
	fail_each(FAULTY_ALLOC, false, 37);
	fail_each(FAULTY_ALLOC, true, 41);
}

static void
our_own_allocations_may_fail(void **state)
{
	(void)state;
	enum ex_status status = EX_ERR_NOMEM;

	for (long n = 0; status != EX_OK; n++) {
		struct ex_error err = { 0 };
		const char *path = fresh_path();

		ex_calloc_fail_after(n);
		status = work(path, &err);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(err.status, status);
		assert_recovers(path);
		assert_in_range(n, 0, 100);
	}
}

static void
a_put_can_be_repeated_after_the_disk_was_full(void **state)
{
	(void)state;
	const char *path = fresh_path();
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);
	struct ex_error err = { 0 };
	unsigned n = 0;

	for (unsigned k = 0; k < 20; k++) {
		/* Each a little later in its writes. */
		faulty_plan(FAULTY_WRITE, (long)k, false);
		if (sample_put(l, k, &err) != EX_OK) {
			assert_int_equal(err.status, EX_ERR_DATABASE);
			assert_string_equal(err.why, "the disk is full");
		}
		faulty_plan(FAULTY_WRITE, -1, false);
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	}
	assert_string_equal(err.what, path);
	assert_int_equal(ex_ledger_each(l, NULL, is_whole, &n, NULL), EX_OK);
	assert_int_equal(n, 20);
	ex_ledger_close(&l);
	assert_sound(path);
}

static void
a_put_is_synced_before_it_returns(void **state) /* (L2) */
{
	(void)state;
	struct ex_ledger *l = sample_open(fresh_path(), EX_LEDGER_WRITE);

	for (unsigned k = 0; k < 5; k++) {
		faulty_plan(FAULTY_SYNC, -1, false);
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
		assert_true(faulty_plans[FAULTY_SYNC].asked >= 1);
	}
	ex_ledger_close(&l);
}

/* Hundreds of ledgers: in memory where the system has such a folder. */
static int
quick_folder_make(void **state)
{
	strcpy(sample_folder, "/dev/shm/exeunt-ledger-XXXXXX");
	return mkdtemp(sample_folder) ? 0 : sample_folder_make(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_write_that_fails_once_leaves_whole_crossings),
		cmocka_unit_test(
		    a_disk_full_from_some_write_on_leaves_whole_crossings),
		cmocka_unit_test(a_sync_that_fails_leaves_whole_crossings),
		cmocka_unit_test(a_read_that_fails_leaves_whole_crossings),
		cmocka_unit_test(
		    a_file_that_does_not_open_leaves_whole_crossings),
		cmocka_unit_test(sqlites_own_allocations_may_fail),
		cmocka_unit_test(our_own_allocations_may_fail),
		cmocka_unit_test(a_put_is_synced_before_it_returns),
		cmocka_unit_test(a_put_can_be_repeated_after_the_disk_was_full),
	};

	if (faulty_install() != 0)
		return 1;
	return cmocka_run_group_tests(
	    tests, quick_folder_make, sample_folder_remove);
}
