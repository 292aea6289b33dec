/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <errno.h>

#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

static void
cursor_never_reads_past_the_end(void **state)
{
	(void)state;
	const uint8_t raw[] = { 1, 2, 3, 4, 5 };
	struct ex_bytes in = { raw, sizeof raw }, part;
	uint32_t v = 7;
	uint8_t b;

	assert_true(ex_bytes_be32(&in, &v));
	assert_int_equal(v, 0x01020304);
	assert_false(ex_bytes_be32(&in, &v));
	assert_false(ex_bytes_take(&in, SIZE_MAX, &part));
	assert_true(ex_bytes_u8(&in, &b));
	assert_int_equal(b, 5);
	assert_false(ex_bytes_u8(&in, &b));
}

static void
status_table_has_exit_codes(void **state)
{
	(void)state;
	assert_int_equal(ex_status_exit(EX_OK), 0);
	assert_int_equal(ex_status_exit(EX_NO), 1);
	assert_int_equal(ex_status_exit(EX_ERR_USAGE), 2);
	assert_int_equal(ex_status_exit(EX_ERR_TRUNCATED), 3);
	assert_int_equal(ex_status_exit(EX_ERR_MODEL), 4);
	assert_int_equal(ex_status_exit(EX_ERR_NOMEM), 5);
	assert_int_equal(ex_status_exit((enum ex_status)99), 5);
}

static void
errors_cannot_steer_a_terminal(void **state)
{
	(void)state;
	struct ex_error err = { 0 };

	assert_int_equal(
	    ex_fail(&err, EX_ERR_FORMAT, "a\x1b[2Jb\nc", NULL), EX_ERR_FORMAT);
	assert_string_equal(err.what, "a?[2Jb?c");
	assert_string_equal(err.why, ex_status_text(EX_ERR_FORMAT));
	/* Handing an error up may pass its own `what` again. */
	ex_fail(&err, EX_ERR_INPUT, err.what, "line %d", 3);
	assert_string_equal(err.what, "a?[2Jb?c");
	assert_string_equal(err.why, "line 3");
}

static void
times_survive_the_round_trip(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "2026-01-05",
		"2026-02-30T00:00:00Z", "2026-01-05T08:00:00.000",
		"2026-01-05T24:01:00Z", "2026-01-05T08:00:00.Z",
		"2026-01-05T08:00:00.000Zx", "x026-01-05T08:00:00Z" };
	char text[EX_RFC3339_SIZE];
	int64_t ms;

	assert_true(ex_rfc3339_parse("2026-01-05T08:00:00.125Z", &ms));
	assert_int_equal(ms, 1767600000125);
	ex_rfc3339_format(ms, text);
	assert_string_equal(text, "2026-01-05T08:00:00.125Z");
	ex_rfc3339_format(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	assert_true(ex_rfc3339_parse("2024-02-29T00:00:00Z", &ms));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_false(ex_rfc3339_parse(bad[i], &ms));
	ex_rfc3339_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static void
paths_from_outside_stay_inside(void **state)
{
	(void)state;
	char dir[] = "/tmp/exeunt-path-XXXXXX", link[64], *path;
	struct ex_error err;

	assert_non_null(mkdtemp(dir));
	snprintf(link, sizeof link, "%s/out", dir);
	assert_int_equal(symlink("/etc", link), 0);
	assert_int_equal(ex_path_within(dir, "a/b.jpg", &path, &err), EX_OK);
	free(path);
	assert_int_equal(ex_path_within(dir, "a..b", &path, &err), EX_OK);
	free(path);
	static const char *const bad[] = { "", "/etc/passwd", "../x",
		"a/../../x", "a/..", "out/passwd", "a\nb" };
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_int_equal(
		    ex_path_within(dir, bad[i], &path, &err), EX_ERR_PATH);
		assert_null(path);
	}
	unlink(link);
	/* What nobody can tell is refused for its own reason. */
	assert_int_equal(symlink("loop", link), 0);
	snprintf(link, sizeof link, "%s/loop", dir);
	assert_int_equal(symlink("out", link), 0);
	assert_int_equal(ex_path_within(dir, "loop", &path, &err), EX_ERR_PATH);
	assert_string_equal(err.why, strerror(ELOOP));
	unlink(link);
	snprintf(link, sizeof link, "%s/out", dir);
	unlink(link);
	rmdir(dir);
}

static void
files_are_bounded_and_regular(void **state)
{
	(void)state;
	char dir[] = "/tmp/exeunt-file-XXXXXX", path[64];
	struct ex_error err;
	struct ex_blob blob;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/f", dir);
	assert_int_equal(ex_file_write(path, "hello", 5, &err), EX_OK);
	assert_int_equal(ex_file_read(path, 5, &blob, &err), EX_OK);
	assert_memory_equal(blob.data, "hello", 5);
	ex_blob_free(&blob);
	assert_int_equal(ex_file_read(path, 4, &blob, &err), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_file_read(dir, 4, &blob, &err), EX_ERR_INPUT);
	assert_int_equal(
	    ex_file_read("/dev/zero", 4, &blob, &err), EX_ERR_INPUT);
	unlink(path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(ex_file_read(path, 4, &blob, &err), EX_ERR_INPUT);
	unlink(path);
	assert_int_equal(ex_file_read(path, 4, &blob, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_file_write("/no/such/dir/f", "", 0, &err), EX_ERR_ENVIRONMENT);
	rmdir(dir);
}

static void
a_private_file_is_made_once(void **state)
{
	(void)state;
	char dir[] = "/tmp/exeunt-base-XXXXXX", path[64];
	struct ex_error err = { 0 };
	struct ex_blob b;
	struct stat st;

	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/none/once", dir);
	assert_int_equal(
	    ex_file_make_private(path, "x", 1, &err), EX_ERR_ENVIRONMENT);
	assert_string_equal(err.what, path);
	snprintf(path, sizeof path, "%s/once", dir);
	assert_int_equal(ex_file_make_private(path, "one", 3, NULL), EX_OK);
	assert_int_equal(ex_file_make_private(path, "two", 3, NULL), EX_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(ex_file_read(path, 16, &b, NULL), EX_OK);
	assert_int_equal(b.size, 3);
	assert_memory_equal(b.data, "one", 3);
	ex_blob_free(&b);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(rmdir(dir), 0); /* nothing temporary is left */
}

static void
arena_keeps_its_limit(void **state)
{
	(void)state;
	struct ex_arena *a = ex_arena_new(200000);
	size_t got = 0;

	while (ex_arena_alloc(a, 100, 10))
		got += 1000;
	assert_true(got >= 190000 && got <= 200000);
	assert_null(ex_arena_alloc(a, SIZE_MAX, 2));
	ex_arena_free(&a);
	assert_null(a);
	ex_arena_free(&a);
}

static void
allocation_failure_can_be_rehearsed(void **state)
{
	(void)state;
	ex_calloc_fail_after(1);
	void *first = ex_calloc(1, 8), *second = ex_calloc(1, 8);
	ex_calloc_fail_after(-1);
	assert_non_null(first);
	assert_null(second);
	free(first);
	assert_null(ex_calloc(SIZE_MAX, 2));
}

struct tally {
	atomic_uint hits[1000];
	atomic_uint at_once[4];
	atomic_bool clash;
};

static void
count(void *arg, size_t i, unsigned worker)
{
	struct tally *t = arg;

	if (atomic_fetch_add(&t->at_once[worker], 1) != 0)
		atomic_store(&t->clash, true);
	atomic_fetch_add(&t->hits[i], 1);
	atomic_fetch_sub(&t->at_once[worker], 1);
}

static void
pool_does_each_once(void **state)
{
	(void)state;
	struct ex_pool *p;
	struct tally t = { 0 };

	assert_int_equal(ex_pool_new(4, &p), EX_OK);
	for (int run = 0; run < 20; run++)
		ex_pool_run(p, 1000, count, &t);
	ex_pool_run(p, 0, count, &t);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(t.hits[i], 20);
	assert_false(t.clash);
	ex_pool_free(&p);
	assert_null(p);
}

static void
seeded_numbers_repeat_and_are_fair(void **state)
{
	(void)state;
	struct ex_rng a, b;
	unsigned seen[6] = { 0 };
	double sum = 0, squares = 0;

	ex_rng_init(&a, 42);
	ex_rng_init(&b, 42);
	assert_true(ex_rng_u64(&a) == ex_rng_u64(&b));
	for (int i = 0; i < 60000; i++)
		seen[ex_rng_below(&a, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_in_range(seen[i], 9500, 10500);
	for (int i = 0; i < 60000; i++) {
		double x = ex_rng_normal(&a);
		sum += x;
		squares += x * x;
	}
	assert_true(sum / 60000 > -0.03 && sum / 60000 < 0.03);
	assert_true(squares / 60000 > 0.97 && squares / 60000 < 1.03);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cursor_never_reads_past_the_end),
		cmocka_unit_test(status_table_has_exit_codes),
		cmocka_unit_test(errors_cannot_steer_a_terminal),
		cmocka_unit_test(times_survive_the_round_trip),
		cmocka_unit_test(paths_from_outside_stay_inside),
		cmocka_unit_test(files_are_bounded_and_regular),
		cmocka_unit_test(a_private_file_is_made_once),
		cmocka_unit_test(arena_keeps_its_limit),
		cmocka_unit_test(allocation_failure_can_be_rehearsed),
		cmocka_unit_test(pool_does_each_once),
		cmocka_unit_test(seeded_numbers_repeat_and_are_fair),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
