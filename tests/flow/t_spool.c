/* SPDX-License-Identifier: Apache-2.0 */
/* (S1) to (S6) of src/flow/spool.c. */
#include "spool.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/wait.h>

static struct ex_error err;

/* Take the first that waits and see that it opens; its pictures. */
static size_t
take(struct ex_spool *s, char id[static EX_ULID_SIZE])
{
	static struct ex_envelope e;
	struct ex_blob blob;
	size_t pictures;

	assert_int_equal(ex_spool_next(s, id, &blob, &err), EX_OK);
	assert_int_equal(
	    ex_envelope_open(&hub_key, ex_blob_bytes(&blob), &e, &err), EX_OK);
	assert_string_equal(e.crossing.id, id);
	assert_string_equal(e.crossing.documents[0].number, "L898902C3");
	pictures = e.n_pictures;
	ex_envelope_fini(&e);
	ex_blob_free(&blob);
	return pictures;
}

static void
expect_time(const char *id, int64_t ms)
{
	int64_t at;

	assert_true(ex_ulid_time(id, &at));
	assert_int_equal(at, ms);
}

static size_t
files_in(const char *sub)
{
	char path[128];
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/%s", scratch, sub);
	dir = opendir(path);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static void
write_file(const char *name, const void *data, size_t size)
{
	char path[192];

	snprintf(path, sizeof path, "%s/%s", scratch, name);
	assert_int_equal(ex_file_write(path, data, size, &err), EX_OK);
}

static void
crossings_come_out_in_order_and_once(void **state)
{
	struct ex_spool *s = open_spool();
	struct ex_blob none;
	char id[EX_ULID_SIZE];

	(void)state;
	for (int i = 0; i < 200; i++) /* not in order */
		assert_int_equal(
		    put(s, START_MS + 1000 * (i * 77 % 200), 1), EX_OK);
	assert_int_equal(ex_spool_count(s).waiting, 200);
	for (int i = 0; i < 200; i++) {
		assert_int_equal(take(s, id), 2);
		expect_time(id, START_MS + 1000 * i);
		/* (S2) until it is done it is the next one */
		if (i % 10 == 0)
			take(s, id);
		expect_time(id, START_MS + 1000 * i);
		assert_int_equal(ex_spool_done(s, id, &err), EX_OK);
	}
	assert_int_equal(ex_spool_next(s, id, &none, &err), EX_NO);
	assert_int_equal(ex_spool_count(s).delivered, 200);
	assert_int_equal(ex_spool_count(s).bytes, 0);
	assert_int_equal(problems, 0);
	ex_spool_close(&s);
	assert_int_equal(files_in(""), 3); /* lock, refused, damaged */
}

static void
putting_a_crossing_again_is_harmless(void **state)
{
	struct ex_spool *s = open_spool();
	uint64_t bytes;

	(void)state;
	assert_int_equal(put(s, START_MS, 1), EX_OK);
	bytes = ex_spool_count(s).bytes;
	assert_int_equal(put(s, START_MS, 1), EX_OK);
	assert_int_equal(ex_spool_count(s).waiting, 1);
	assert_int_equal(ex_spool_count(s).bytes, bytes);
	ex_spool_close(&s);
}

static void
the_next_process_finds_what_the_last_one_left(void **state)
{
	struct ex_spool *s = open_spool();
	struct ex_spool_count before, after;
	char id[EX_ULID_SIZE];

	(void)state;
	for (int i = 0; i < 5; i++)
		put(s, START_MS + i, 1);
	take(s, id);
	assert_int_equal(ex_spool_refuse(s, id, "HTTP 409\n", &err), EX_OK);
	before = ex_spool_count(s);
	assert_int_equal(before.set_aside, 1);
	ex_spool_close(&s);
	s = open_spool();
	after = ex_spool_count(s);
	assert_int_equal(after.waiting, 4);
	assert_int_equal(after.refused, 1);
	assert_int_equal(after.bytes, before.bytes);
	assert_int_equal(after.set_aside, 0);
	assert_int_equal(problems, 0);
	assert_int_equal(ex_spool_retry(s, &err), EX_OK);
	take(s, id);
	expect_time(id, START_MS);
	assert_int_equal(ex_spool_count(s).refused, 0);
	assert_int_equal(ex_spool_count(s).bytes, before.bytes);
	assert_int_equal(files_in("refused"), 0);
	ex_spool_close(&s);
}

static void
one_process_has_it_and_nobody_else_reads_it(void **state)
{
	const struct ex_spool_options o = { .dir = scratch };
	struct ex_spool *s = open_spool(), *other;
	struct stat st;
	char path[128];

	(void)state;
	assert_int_equal(ex_spool_open(&o, &other, &err), EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.why, "another process"));
	assert_null(other);
	put(s, START_MS, 1);
	ex_spool_close(&s);
	assert_int_equal(stat(scratch, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	snprintf(path, sizeof path, "%s/damaged", scratch);
	assert_int_equal(chmod(path, 0755), 0);
	assert_int_equal(ex_spool_open(&o, &other, &err), EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.why, "0700"));
}

/* (S3) The pictures of a class go when their term is over, of what the hub
 * refused too; the record stays. */
static void
pictures_go_when_their_term_is_over(void **state)
{
	struct ex_spool *s = open_spool();
	char id[EX_ULID_SIZE];
	uint64_t whole;

	(void)state;
	put(s, START_MS, 1);
	put(s, START_MS + HOUR_MS, 1);
	whole = ex_spool_count(s).bytes;
	take(s, id);
	ex_spool_refuse(s, id, "no\n", &err);
	clock_ms = START_MS + 12 * HOUR_MS - 1;
	ex_spool_forget(s);
	assert_int_equal(ex_spool_count(s).bytes, whole);
	clock_ms++; /* citizens: 12 h */
	ex_spool_forget(s);
	assert_in_range(
	    ex_spool_count(s).bytes, whole - PICTURE - 200, whole - PICTURE);
	assert_int_equal(ex_spool_count(s).pictures_old, 1);
	assert_int_equal(take(s, id), 2);
	clock_ms = START_MS + 13 * HOUR_MS;
	ex_spool_forget(s);
	assert_int_equal(take(s, id), 1);
	/* A clock set back brings nothing back and delays nothing. (S6) */
	clock_ms = START_MS + 14 * 24 * HOUR_MS + HOUR_MS;
	ex_spool_forget(s);
	assert_int_equal(take(s, id), 0);
	clock_ms = START_MS;
	ex_spool_close(&s);
	s = open_spool();
	put(s, START_MS + 2, 1);
	take(s, id);
	expect_time(id, START_MS + 2);
	assert_int_equal(take(s, id), 0);
	assert_int_equal(ex_spool_count(s).waiting, 2);
	ex_spool_close(&s);
}

static void
what_is_past_its_term_is_not_even_written(void **state)
{
	struct ex_spool *s = open_spool();
	char id[EX_ULID_SIZE];

	(void)state;
	put(s, START_MS - 13 * HOUR_MS, 1);
	assert_int_equal(take(s, id), 1);
	assert_int_equal(ex_spool_count(s).pictures_old, 1);
	ex_spool_close(&s);
}

static void
a_full_spool_loses_its_oldest_pictures_and_no_record(void **state)
{
	struct ex_spool *s = open_spool_of(60000);
	size_t without = 0;
	char id[EX_ULID_SIZE];

	(void)state;
	for (int i = 0; i < 60; i++) {
		assert_int_equal(put(s, START_MS + i, 1), EX_OK);
		assert_in_range(ex_spool_count(s).bytes, 0, 60000);
	}
	assert_true(ex_spool_count(s).pictures_full > 40);
	assert_int_equal(problems, ex_spool_count(s).pictures_full);
	assert_non_null(strstr(last_problem, "full"));
	for (int i = 0; i < 60; i++) {
		size_t pictures = take(s, id);

		expect_time(id, START_MS + i);
		/* Once one has kept them, all that follow have. */
		assert_true(pictures == 2 || without == (size_t)i);
		without += pictures == 0;
		ex_spool_done(s, id, &err);
	}
	assert_int_equal(ex_spool_count(s).waiting, 0);
	assert_in_range(without, 40, 59);
	ex_spool_close(&s);
}

static void
a_spool_full_of_records_says_so(void **state)
{
	struct ex_spool *s = open_spool_of(3000);
	enum ex_status status = EX_OK;
	struct ex_blob envelope;
	size_t n = 0;

	(void)state;
	while (status == EX_OK && n < 100)
		status = put(s, START_MS + (int64_t)n++, 1);
	assert_int_equal(status, EX_ERR_ENVIRONMENT);
	assert_in_range(n, 3, 10);
	assert_int_equal(ex_spool_count(s).waiting, n - 1);
	envelope = make_envelope(START_MS + 1000, 1);
	assert_int_equal(ex_spool_put(s, &envelope, &err), EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.why, "full"));
	ex_blob_free(&envelope);
	ex_spool_close(&s);
}

/* (S4) */
static void
damaged_files_are_set_aside_and_block_nothing(void **state)
{
	struct ex_spool *s = open_spool();
	struct ex_blob good = make_envelope(START_MS + 9, 1);
	char id[EX_ULID_SIZE], name[128];
	const uint8_t chance[10] = { 1 };

	(void)state;
	put(s, START_MS + 8, 1);
	ex_spool_close(&s);
	/* Nothing, noise, cut, another crossing's, and what is none of ours. */
	for (int i = 0; i < 4; i++) {
		ex_ulid_make(START_MS + i, chance, id);
		snprintf(name, sizeof name, "%s.envelope", id);
		write_file(name, i == 1 ? (const void *)"noise" : good.data,
		    i == 0   ? 0
		    : i == 1 ? 5
		    : i == 2 ? good.size - 7
			     : good.size);
	}
	write_file("01ARYZ6S41.envelope", "x", 1);
	write_file("notes.txt", "x", 1);
	snprintf(name, sizeof name, "%s/%s.envelope", scratch,
	    "01ARYZ6S410000000000000000");
	assert_int_equal(symlink("/dev/zero", name), 0);
	s = open_spool();
	assert_int_equal(ex_spool_count(s).damaged, 1); /* the empty one */
	assert_int_equal(problems, 4);
	assert_int_equal(take(s, id), 2);
	expect_time(id, START_MS + 8);
	assert_int_equal(ex_spool_count(s).damaged, 4);
	assert_int_equal(ex_spool_count(s).waiting, 1);
	assert_int_equal(files_in("damaged"), 4);
	ex_spool_close(&s);
	/* They are found again, and go when no picture may be left. */
	s = open_spool();
	assert_int_equal(ex_spool_count(s).damaged, 4);
	clock_ms = ex_clock_wall_ms() + 15 * 24 * HOUR_MS;
	ex_spool_forget(s);
	assert_int_equal(files_in("damaged"), 0);
	ex_spool_close(&s);
	ex_blob_free(&good);
}

static void
what_is_no_envelope_is_not_put(void **state)
{
	struct ex_spool *s = open_spool();
	struct ex_blob blob = make_envelope(START_MS, 1), cut;

	(void)state;
	cut = (struct ex_blob){ blob.data, blob.size - 1 };
	assert_int_not_equal(ex_spool_put(s, &cut, &err), EX_OK);
	cut.size = 0;
	assert_int_not_equal(ex_spool_put(s, &cut, &err), EX_OK);
	assert_int_equal(ex_spool_count(s).waiting, 0);
	ex_blob_free(&blob);
	ex_spool_close(&s);
}

/* (S1), (S5) A child puts and is killed, again and again: what it said that it
 * put is there, whole, and nothing else is left. */
static void
killed_at_any_moment_it_keeps_what_it_promised(void **state)
{
	int said = 0;

	(void)state;
	for (int round = 0; round < 60; round++) {
		int pipe_of[2];
		struct ex_spool *s;
		uint8_t number;
		pid_t child;

		assert_int_equal(pipe(pipe_of), 0);
		child = fork();
		if (child == 0) {
			s = open_spool();
			for (uint8_t i = 0;; i++)
				if (put(s, START_MS + round * 1000 + i, 1) ||
				    write(pipe_of[1], &i, 1) != 1)
					_exit(1);
		}
		close(pipe_of[1]);
		usleep((unsigned)(500 + round * 137 % 9000));
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		while (read(pipe_of[0], &number, 1) == 1)
			said++;
		close(pipe_of[0]);
	}
	assert_in_range(said, 5, 20000);

	struct ex_spool *s = open_spool();
	size_t waiting = ex_spool_count(s).waiting;
	char id[EX_ULID_SIZE];

	assert_int_equal(problems, 0);
	assert_int_equal(files_in(""), waiting + 3);
	/* One may be on disk that was not said yet. */
	assert_in_range(waiting, (size_t)said, (size_t)said + 60);
	for (size_t i = 0; i < waiting; i++) {
		assert_int_equal(take(s, id), 2);
		ex_spool_done(s, id, &err);
	}
	ex_spool_close(&s);
}

/* A hub that is down for a day: a vehicle every six seconds. */
static void
a_day_without_a_hub_is_a_spool_of_a_day(void **state)
{
	enum { VEHICLES = 24 * 600, SAMPLE = 8 };
	struct ex_spool *s = open_spool_of((uint64_t)VEHICLES / SAMPLE * 3000);
	char id[EX_ULID_SIZE];
	size_t with_citizens = 0, with_none = 0, n = 0;
	int64_t opened, began;

	(void)state;
	for (int i = 0; i < VEHICLES; i += SAMPLE) {
		clock_ms = START_MS + i * INT64_C(6000);
		assert_int_equal(put(s, clock_ms, 1), EX_OK);
		if (i % 80 == 0)
			ex_spool_forget(s);
	}
	assert_int_equal(ex_spool_count(s).waiting, VEHICLES / SAMPLE);
	assert_true(ex_spool_count(s).pictures_old > 0);
	assert_true(ex_spool_count(s).pictures_full > 0);
	began = ex_clock_mono_ns();
	while (ex_spool_count(s).waiting > 0) {
		size_t pictures = take(s, id);

		assert_true(ex_ulid_time(id, &opened));
		if (clock_ms - opened > 12 * HOUR_MS + 60000 * SAMPLE)
			assert_true(pictures < 2);
		with_citizens += pictures == 2;
		with_none += pictures == 0;
		ex_spool_done(s, id, &err);
		n++;
	}
	assert_int_equal(n, VEHICLES / SAMPLE);
	assert_true(with_citizens > n / 4);
	print_message("# a day: %zu crossings, %zu with all pictures, %zu "
		      "with none, %.0f a second out\n",
	    n, with_citizens, with_none,
	    (double)n * 1e9 / (double)(ex_clock_mono_ns() - began));
	ex_spool_close(&s);
}

static void
every_failed_allocation_is_survived(void **state)
{
	struct ex_blob envelope = make_envelope(START_MS, 1), out;
	char id[EX_ULID_SIZE];
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_spool *s = NULL;

	(void)state;
	for (long n = 0; status == EX_ERR_NOMEM; n++) {
		const struct ex_spool_options o = { .dir = scratch,
			.now_ms = test_now_ms };

		assert_true(n < 200);
		ex_calloc_fail_after(n);
		status = ex_spool_open(&o, &s, &err);
		if (status == EX_OK)
			status = ex_spool_put(s, &envelope, &err);
		if (status == EX_OK)
			status = ex_spool_next(s, id, &out, &err);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			ex_blob_free(&out);
		ex_spool_close(&s);
	}
	assert_int_equal(status, EX_OK);
	s = open_spool();
	assert_int_equal(ex_spool_count(s).damaged, 0);
	assert_int_equal(take(s, id), 2);
	ex_spool_close(&s);
	ex_blob_free(&envelope);
}

#define SPOOL_TEST(f)                                                          \
	cmocka_unit_test_setup_teardown(f, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		SPOOL_TEST(crossings_come_out_in_order_and_once),
		SPOOL_TEST(putting_a_crossing_again_is_harmless),
		SPOOL_TEST(the_next_process_finds_what_the_last_one_left),
		SPOOL_TEST(one_process_has_it_and_nobody_else_reads_it),
		SPOOL_TEST(pictures_go_when_their_term_is_over),
		SPOOL_TEST(what_is_past_its_term_is_not_even_written),
		SPOOL_TEST(
		    a_full_spool_loses_its_oldest_pictures_and_no_record),
		SPOOL_TEST(a_spool_full_of_records_says_so),
		SPOOL_TEST(damaged_files_are_set_aside_and_block_nothing),
		SPOOL_TEST(what_is_no_envelope_is_not_put),
		SPOOL_TEST(killed_at_any_moment_it_keeps_what_it_promised),
		SPOOL_TEST(a_day_without_a_hub_is_a_spool_of_a_day),
		SPOOL_TEST(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
