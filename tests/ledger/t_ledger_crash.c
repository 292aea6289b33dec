/* SPDX-License-Identifier: Apache-2.0 */
/* Processes that are killed, that write at once, that may not write. */
#include "sample.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#define KILLS      40
#define NEW_KILLS  12 /* of these, while the ledger is being made */
#define WRITERS    4
#define EACH       25
#define ROUNDS     30 /* of new ledgers that all of them make */
#define NOBODY     65534
#define FEW_BYTES  (256 * 1024)
#define MUCH       100000u /* more crossings than fit into those */
#define CHILD_FAIL 99

static void
pause_us(uint32_t us)
{
	nanosleep(
	    &(struct timespec){ us / 1000000, us % 1000000 * 1000L }, NULL);
}

/* The exit code of a child that should end by itself. */
static int
exit_of(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- kill -9 ----------------------------------------------------------- */

/* Write crossings first, first + 1 ... for ever; a byte for each that is
 * said to be on disk. */
static _Noreturn void
write_until_killed(const char *path, unsigned first, int told)
{
	struct ex_ledger *l;

	if (ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, NULL) != EX_OK)
		_exit(CHILD_FAIL);
	for (unsigned k = first;; k++)
		if (sample_put(l, k, NULL) != EX_OK || write(told, "", 1) != 1)
			_exit(CHILD_FAIL);
}

/* How many crossings the child had been promised when it was killed; `at_work`:
 * the time runs from its first. */
static size_t
kill_a_writer(const char *path, unsigned first, uint32_t after_us, bool at_work)
{
	size_t promised = 0;
	char bytes[256];
	int fds[2], status;
	ssize_t n;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		write_until_killed(path, first, fds[1]);
	close(fds[1]);
	if (at_work && read(fds[0], bytes, 1) == 1)
		promised++;
	pause_us(after_us);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status)); /* not by a failure of its own */
	while ((n = read(fds[0], bytes, sizeof bytes)) > 0)
		promised += (size_t)n;
	close(fds[0]);
	return promised;
}

static enum ex_status
is_next_sample(const struct ex_crossing *c, void *arg)
{
	unsigned *k = arg;

	assert_true(sample_is(c, (*k)++));
	return EX_OK;
}

/* Every crossing whole, in order, none missing; how many. */
static unsigned
check_whole(const char *path)
{
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);
	unsigned n = 0;

	assert_int_equal(
	    ex_ledger_each(l, NULL, is_next_sample, &n, NULL), EX_OK);
	ex_ledger_close(&l);
	assert_sound(path);
	return n;
}

static void
killed_writers_leave_whole_crossings_and_lose_none(void **state) /* L1 L2 */
{
	(void)state;
	const char *path = sample_path("killed.db");
	struct ex_rng rng;
	unsigned have = 0;

	ex_rng_init(&rng, 9);
	for (int i = 0; i < KILLS; i++) {
		size_t promised =
		    kill_a_writer(path, have, ex_rng_below(&rng, 30000), i % 2);
		unsigned now = check_whole(path);

		/* At most one was written and not yet told. */
		assert_in_range(now, have + promised, have + promised + 1);
		have = now;
	}
	assert_true(have >= KILLS / 2);
}

static void
killed_makers_leave_a_ledger_that_opens(void **state) /* L1 L8 */
{
	(void)state;
	struct ex_rng rng;

	ex_rng_init(&rng, 10);
	for (int i = 0; i < NEW_KILLS; i++) {
		char name[32];
		const char *path;
		size_t promised;

		snprintf(name, sizeof name, "made-%d.db", i);
		path = sample_path(name);
		promised =
		    kill_a_writer(path, 0, ex_rng_below(&rng, 12000), false);
		assert_in_range(check_whole(path), promised, promised + 1);
	}
}

/* ---- several at once --------------------------------------------------- */

/* Write `each` crossings of one's own, and as many that all write. */
static _Noreturn void
write_share(const char *path, unsigned writer, unsigned each)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;
	bool good =
	    ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, &err) == EX_OK;

	for (unsigned i = 0; good && i < each; i++) {
		good = sample_put(l, WRITERS * i + writer, &err) == EX_OK &&
		       sample_put(l, 1000 + i, &err) == EX_OK;
		pause_us(100);
	}
	ex_ledger_close(&l);
	if (!good)
		dprintf(STDERR_FILENO, "# %s: %s\n", err.what, err.why);
	_exit(good ? 0 : CHILD_FAIL);
}

/* The ledger is new: they make it at once, too. */
static void
write_at_once(const char *path, unsigned each)
{
	pid_t pids[WRITERS];
	struct ex_ledger *l;
	size_t n;

	for (unsigned w = 0; w < WRITERS; w++) {
		pids[w] = fork();
		assert_true(pids[w] >= 0);
		if (pids[w] == 0)
			write_share(path, w, each);
	}
	for (unsigned w = 0; w < WRITERS; w++)
		assert_int_equal(exit_of(pids[w]), 0);
	l = sample_open(path, EX_LEDGER_READ);
	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, WRITERS * each + each);
	ex_ledger_close(&l);
	assert_sound(path);
}

static void
writers_at_once_all_succeed(void **state) /* L7 */
{
	(void)state;
	write_at_once(sample_path("shared.db"), EACH);
}

static void
makers_at_once_all_succeed(void **state) /* L7 L8 */
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		char name[32];

		snprintf(name, sizeof name, "raced-%d.db", i);
		write_at_once(sample_path(name), 1);
	}
}

static enum ex_status
put_another_elsewhere(const struct ex_crossing *c, void *arg)
{
	static unsigned next = 100;

	(void)c;
	return sample_put(arg, next++, NULL);
}

static void
a_reader_sees_one_moment_while_others_write(void **state) /* L7 */
{
	(void)state;
	const char *path = sample_path("moment.db");
	struct ex_ledger *writer = sample_open(path, EX_LEDGER_WRITE);
	struct ex_ledger *reader;
	size_t n;

	for (unsigned k = 0; k < 5; k++)
		assert_int_equal(sample_put(writer, k, NULL), EX_OK);
	reader = sample_open(path, EX_LEDGER_READ);
	/* Each visit adds one: a walk that saw them would never end. */
	assert_int_equal(
	    ex_ledger_each(reader, NULL, put_another_elsewhere, writer, NULL),
	    EX_OK);
	assert_int_equal(ex_ledger_count(reader, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 10);
	ex_ledger_close(&reader);
	ex_ledger_close(&writer);
}

/* ---- disks that refuse -------------------------------------------------- */

/* Did the call fail as a broken environment should, naming the ledger? */
static bool
refused_well(
    enum ex_status status, const struct ex_error *err, const char *path)
{
	return ex_status_exit(status) == 4 && strstr(err->what, path) &&
	       err->why[0] != '\0';
}

/* Fill what the file may grow to, see one clear error, and go on when there
 * is room again. The number of crossings comes back in a file. */
static _Noreturn void
fill_the_disk(const char *path)
{
	struct rlimit limit = { FEW_BYTES, RLIM_INFINITY };
	struct ex_error err = { 0 };
	enum ex_status status = EX_OK;
	struct ex_ledger *l;
	unsigned k = 0;
	char text[16];

	signal(SIGXFSZ, SIG_IGN);
	if (ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, NULL) != EX_OK ||
	    setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(1);
	while (k < MUCH && (status = sample_put(l, k, &err)) == EX_OK)
		k++;
	if (!refused_well(status, &err, path))
		_exit(2);
	if (sample_put(l, k, &err) == EX_OK) /* still full */
		_exit(3);
	limit.rlim_cur = RLIM_INFINITY;
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
	    sample_put(l, k, NULL) != EX_OK)
		_exit(4);
	ex_ledger_close(&l);
	snprintf(text, sizeof text, "%u", k + 1);
	_exit(ex_file_write(sample_path("count"), text, strlen(text), NULL));
}

static void
a_full_disk_is_one_error_and_costs_nothing(void **state) /* L5 */
{
	(void)state;
	const char *path = sample_path("full.db");
	struct ex_blob count;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		fill_the_disk(path);
	assert_int_equal(exit_of(pid), 0);
	assert_int_equal(
	    ex_file_read(sample_path("count"), 16, &count, NULL), EX_OK);
	assert_int_equal(
	    check_whole(path), strtoul((char *)count.data, NULL, 10));
	ex_blob_free(&count);
}

static _Noreturn void
try_as_nobody(const char *path)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l = NULL;
	enum ex_status status;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		_exit(1);
	status = ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, &err);
	_exit(!l && refused_well(status, &err, path) ? 0 : 2);
}

static _Noreturn void
read_as_nobody(const char *path, size_t crossings)
{
	struct ex_ledger *l = NULL;
	size_t n = 0;

	if (geteuid() == 0 && (setgid(NOBODY) != 0 || setuid(NOBODY) != 0))
		_exit(1);
	if (ex_ledger_open(path, NULL, EX_LEDGER_READ, &l, NULL) != EX_OK ||
	    ex_ledger_count(l, NULL, &n, NULL) != EX_OK)
		_exit(2);
	ex_ledger_close(&l);
	_exit(n == crossings ? 0 : 3);
}

static void
a_copy_that_cannot_be_written_is_read(void **state) /* L6 */
{
	(void)state;
	const char *folder = sample_path("copy 1%?#");
	const char *path = sample_path("copy 1%?#/ledger.db");
	struct ex_ledger *l;
	pid_t pid;

	assert_int_equal(chmod(sample_folder, 0755), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	l = sample_open(path, EX_LEDGER_WRITE);
	for (unsigned k = 0; k < 3; k++)
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	ex_ledger_close(&l);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		read_as_nobody(path, 3);
	assert_int_equal(exit_of(pid), 0);
	assert_int_equal(chmod(folder, 0755), 0);
}

static int
opened_by_nobody(const char *path)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		try_as_nobody(path);
	return exit_of(pid);
}

static void
a_read_only_folder_or_file_is_one_error(void **state) /* L5 */
{
	(void)state;
	const char *folder = sample_path("locked");
	const char *path = sample_path("locked/ledger.db");
	const char *key = sample_path("locked/ledger.db.key");
	struct ex_ledger *l;

	assert_int_equal(chmod(sample_folder, 0755), 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_int_equal(opened_by_nobody(path), 0); /* new ledger */
	assert_int_equal(access(path, F_OK), -1);

	assert_int_equal(chmod(folder, 0755), 0);
	l = sample_open(path, EX_LEDGER_WRITE);
	assert_int_equal(sample_put(l, 0, NULL), EX_OK);
	ex_ledger_close(&l);
	if (geteuid() == 0)
		assert_int_equal(chown(key, NOBODY, NOBODY), 0);
	assert_int_equal(chmod(path, 0444), 0);
	assert_int_equal(opened_by_nobody(path), 0); /* read-only file */
	assert_int_equal(access(sample_path("locked/ledger.db-wal"), F_OK), -1);
	if (geteuid() == 0)
		assert_int_equal(chown(path, NOBODY, NOBODY), 0);
	assert_int_equal(chmod(path, 0600), 0);
	assert_int_equal(chmod(folder, 0555), 0);
	assert_int_equal(opened_by_nobody(path), 0); /* no room for the WAL */
	/* Nor for writing to one that a killed writer left, read-only now. */
	assert_int_equal(chmod(folder, 0755), 0);
	assert_true(kill_a_writer(path, 1, 0, true) >= 1);
	assert_int_equal(chmod(sample_path("locked/ledger.db-wal"), 0444), 0);
	assert_int_equal(opened_by_nobody(path), 0);
	assert_int_equal(chmod(sample_path("locked/ledger.db-wal"), 0600), 0);
	assert_true(check_whole(path) >= 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    killed_writers_leave_whole_crossings_and_lose_none),
		cmocka_unit_test(killed_makers_leave_a_ledger_that_opens),
		cmocka_unit_test(writers_at_once_all_succeed),
		cmocka_unit_test(makers_at_once_all_succeed),
		cmocka_unit_test(a_reader_sees_one_moment_while_others_write),
		cmocka_unit_test(a_full_disk_is_one_error_and_costs_nothing),
		cmocka_unit_test(a_copy_that_cannot_be_written_is_read),
		cmocka_unit_test(a_read_only_folder_or_file_is_one_error),
	};

	return cmocka_run_group_tests(
	    tests, sample_folder_make, sample_folder_remove);
}
