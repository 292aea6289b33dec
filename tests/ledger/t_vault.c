/* SPDX-License-Identifier: Apache-2.0 */
/* A vault opens with its own master and files, makes keys once, and forgets
 * them for good. */
#include "sample.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>

#include "ledger_internal.h"

#define EPOCH SAMPLE_START

static const char *
dir(void)
{
	return sample_path("vault");
}

static enum ex_status
open_with(const char *at, const char *master, bool make, struct ex_vault **v,
    struct ex_error *err)
{
	const struct ex_vault_options o = { sample_path(at),
		master ? sample_path(master) : NULL, true, make };

	return ex_vault_open(&o, v, err);
}

static struct ex_vault *
open_vault(void)
{
	struct ex_vault *v;
	struct ex_error err = { 0 };

	if (open_with("vault", "master", true, &v, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return v;
}

static struct ex_key
key_of(struct ex_vault *v, enum ex_retention_class c, int64_t at, bool make)
{
	struct ex_key key;

	assert_int_equal(ex_vault_epoch(v, c, at, make, &key, NULL), EX_OK);
	return key;
}

static const char *
epoch_file(const char *word, int64_t at)
{
	char start[EX_RFC3339_SIZE], name[64];

	ex_rfc3339_format(at, start);
	snprintf(name, sizeof name, "vault/%.20s.%s", word, start);
	return sample_path(name);
}

static void
a_vault_is_made_once_and_keeps_its_keys(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault(), *again;
	struct ex_recipient_key own = *ex_vault_recipient_key(v);
	struct stat st;
	uint8_t signature[EX_SIGNATURE_SIZE];

	assert_int_equal(stat(dir(), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(stat(sample_path("master"), &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_size, 65);
	again = open_vault();
	assert_memory_equal(
	    ex_vault_recipient(again)->bytes, own.recipient.bytes, 32);
	assert_memory_equal(
	    ex_vault_recipient_key(again)->secret.bytes, own.secret.bytes, 32);
	assert_memory_not_equal(own.secret.bytes, own.recipient.bytes, 32);
	assert_int_equal(
	    ex_vault_sign(v, ex_string_bytes("head"), signature), EX_OK);
	assert_int_equal(ex_signature_verify(ex_vault_verifier(again),
			     ex_string_bytes("head"), signature),
	    EX_OK);
	ex_vault_close(&again);
	assert_null(again);
	ex_vault_close(&again);
	ex_vault_close(&v);
}

static void
without_make_nothing_is_made(void **state)
{
	(void)state;
	struct ex_vault *v;
	struct ex_error err = { 0 };
	struct stat st;

	assert_int_equal(
	    open_with("vault", "master", false, &v, &err), EX_ERR_ENVIRONMENT);
	assert_null(v);
	assert_int_not_equal(stat(dir(), &st), 0);
	assert_int_equal(mkdir(dir(), 0700), 0);
	assert_int_equal(
	    open_with("vault", "master", false, &v, &err), EX_ERR_ENVIRONMENT);
	assert_int_not_equal(stat(sample_path("master"), &st), 0);
	v = open_vault();
	ex_vault_close(&v);
	assert_int_equal(open_with("vault", "master", false, &v, &err), EX_OK);
	ex_vault_close(&v);
	/* A lost master is not made anew. */
	assert_int_equal(unlink(sample_path("master")), 0);
	assert_int_equal(
	    open_with("vault", "master", true, &v, &err), EX_ERR_ENVIRONMENT);
	assert_int_not_equal(stat(sample_path("master"), &st), 0);
}

/* It would be another, and what lanes have sealed to the old one lost. */
static void
a_lost_key_of_the_node_is_not_made_anew(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();

	ex_vault_close(&v);
	assert_int_equal(unlink(sample_path("vault/recipient")), 0);
	assert_int_equal(
	    open_with("vault", "master", true, &v, NULL), EX_ERR_ENVIRONMENT);
}

static void
another_master_is_refused(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_error err = { 0 };

	ex_vault_close(&v);
	assert_int_equal(open_with("vault2", "master2", true, &v, &err), EX_OK);
	ex_vault_close(&v);
	assert_int_equal(
	    open_with("vault", "master2", true, &v, &err), EX_ERR_FORMAT);
	assert_null(v);
	assert_string_equal(err.what, dir());
}

static void
bad_masters_are_named(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_error err = { 0 };
	const char *path = sample_path("bad");
	static const char *const texts[] = { "", "00", "zz",
		"0000000000000000000000000000000000000000000000000000000000000"
		"0000",
		"0000000000000000000000000000000000000000000000000000000000000"
		"00g" };

	ex_vault_close(&v);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(
		    ex_file_write(path, texts[i], strlen(texts[i]), NULL),
		    EX_OK);
		assert_int_equal(chmod(path, 0600), 0);
		assert_int_equal(
		    open_with("vault", "bad", false, &v, &err), EX_ERR_FORMAT);
		assert_string_equal(err.what, path);
	}
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(
	    open_with("vault", NULL, false, &v, &err), EX_ERR_ENVIRONMENT);
}

/* systemd's $CREDENTIALS_DIRECTORY. */
static void
the_master_may_be_a_credential(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_recipient to = *ex_vault_recipient(v);

	ex_vault_close(&v);
	assert_int_equal(
	    rename(sample_path("master"), sample_path("exeunt-master")), 0);
	setenv("CREDENTIALS_DIRECTORY", sample_folder, 1);
	assert_int_equal(chmod(sample_path("exeunt-master"), 0440), 0);
	assert_int_equal(open_with("vault", NULL, false, &v, NULL), EX_OK);
	assert_memory_equal(ex_vault_recipient(v)->bytes, to.bytes, 32);
	ex_vault_close(&v);
	assert_int_equal(chmod(sample_path("exeunt-master"), 0444), 0);
	assert_int_equal(
	    open_with("vault", NULL, false, &v, NULL), EX_ERR_ENVIRONMENT);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void
what_others_may_read_is_refused(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_key key;
	struct ex_error err = { 0 };
	const char *file = epoch_file("pictures", EPOCH);
	const char *const paths[] = { dir(), sample_path("master"),
		sample_path("vault/recipient"), sample_path("vault/proof") };

	ex_vault_close(&v);
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		mode_t good = i == 0 ? 0700 : 0600;

		for (mode_t bit = 01; bit <= 040; bit <<= 1) {
			chmod(paths[i], good | bit);
			assert_int_equal(
			    open_with("vault", "master", false, &v, &err),
			    EX_ERR_ENVIRONMENT);
			assert_string_equal(err.what, paths[i]);
		}
		chmod(paths[i], good);
	}
	v = open_vault();
	key_of(v, EX_RETAIN_PICTURE, EPOCH, true);
	ex_vault_close(&v);
	chmod(file, 0640);
	v = open_vault();
	assert_int_equal(
	    ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH, true, &key, &err),
	    EX_ERR_ENVIRONMENT);
	assert_string_equal(err.what, file);
	/* Nor is a link followed, wherever it leads. */
	assert_int_equal(chmod(file, 0600), 0);
	assert_int_equal(rename(file, sample_path("moved")), 0);
	assert_int_equal(symlink(sample_path("moved"), file), 0);
	assert_int_equal(
	    ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH, true, &key, &err),
	    EX_ERR_ENVIRONMENT);
	ex_vault_close(&v);
}

static void
of_another_user_is_refused(void **state)
{
	(void)state;
	struct ex_vault *v;
	struct ex_error err = { 0 };

	if (geteuid() != 0) {
		print_message("# skipped: only root can give files away\n");
		skip();
	}
	v = open_vault();
	ex_vault_close(&v);
	assert_int_equal(chown(dir(), 1, 1), 0);
	assert_int_equal(
	    open_with("vault", "master", false, &v, &err), EX_ERR_ENVIRONMENT);
	assert_int_equal(chown(dir(), 0, 0), 0);
	assert_int_equal(chown(sample_path("vault/signer"), 1, 1), 0);
	assert_int_equal(
	    open_with("vault", "master", false, &v, &err), EX_ERR_ENVIRONMENT);
}

static void
the_master_lies_on_another_file_system(void **state)
{
	(void)state;
	struct ex_vault_options o = { dir(), sample_path("master"), false,
		true };
	struct ex_vault *v;
	struct ex_error err = { 0 };
	char shm[] = "/dev/shm/exeunt-master-XXXXXX";
	struct stat here, there;
	int fd;

	assert_int_equal(ex_vault_open(&o, &v, &err), EX_ERR_ENVIRONMENT);
	assert_string_equal(err.what, sample_path("master"));
	fd = mkstemp(shm);
	unlink(shm); /* the name is what is needed */
	if (fd < 0 || fstat(fd, &there) != 0 ||
	    stat(sample_folder, &here) != 0 || here.st_dev == there.st_dev) {
		print_message("# skipped: no second file system\n");
		skip();
	}
	close(fd);
	o.master = shm;
	assert_int_equal(ex_vault_open(&o, &v, &err), EX_OK);
	ex_vault_close(&v);
	unlink(shm);
}

/* (L14) */
static void
an_epoch_key_is_one_until_it_is_destroyed(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault(), *w = open_vault();
	struct ex_key a, b, key;

	assert_int_equal(
	    ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH, false, &key, NULL),
	    EX_ERR_NOT_FOUND);
	a = key_of(v, EX_RETAIN_PICTURE, EPOCH, true);
	b = key_of(w, EX_RETAIN_PICTURE, EPOCH, false);
	assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
	b = key_of(v, EX_RETAIN_CITIZEN_PICTURE, EPOCH, true);
	assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
	b = key_of(v, EX_RETAIN_PICTURE, EPOCH + 1, true);
	assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
	/* w destroys it; v has it in memory, and does not use it again. */
	assert_int_equal(
	    ex_vault_destroy(w, EX_RETAIN_PICTURE, EPOCH, NULL), EX_OK);
	assert_int_equal(
	    ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH, false, &key, NULL),
	    EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_vault_destroy(v, EX_RETAIN_PICTURE, EPOCH, NULL), EX_OK);
	/* Made again it is another. */
	b = key_of(w, EX_RETAIN_PICTURE, EPOCH, true);
	assert_memory_not_equal(a.bytes, b.bytes, sizeof a.bytes);
	a = key_of(v, EX_RETAIN_PICTURE, EPOCH, false);
	assert_memory_equal(a.bytes, b.bytes, sizeof a.bytes);
	ex_vault_close(&v);
	ex_vault_close(&w);
}

/* (L14) Through a second name, as a copy of the block would be. */
static void
what_is_destroyed_is_overwritten_first(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_blob before, after;
	uint8_t zeros[60] = { 0 };
	struct ex_key key;
	struct stat st;
	const char *second = sample_path("second");

	key = key_of(v, EX_RETAIN_PICTURE, EPOCH, true);
	assert_int_equal(link(epoch_file("pictures", EPOCH), second), 0);
	assert_int_equal(ex_file_read(second, 100, &before, NULL), EX_OK);
	assert_int_equal(before.size, 60);
	/* Sealed: the key itself is not in its file. */
	assert_null(memmem(before.data, before.size, key.bytes, 8));
	assert_int_equal(
	    ex_vault_destroy(v, EX_RETAIN_PICTURE, EPOCH, NULL), EX_OK);
	assert_int_not_equal(stat(epoch_file("pictures", EPOCH), &st), 0);
	assert_int_equal(ex_file_read(second, 100, &after, NULL), EX_OK);
	assert_int_equal(after.size, 60);
	assert_memory_equal(after.data, zeros, sizeof zeros);
	/* As a crash before the unlink leaves it: destroyed, not damaged. */
	assert_int_equal(rename(second, epoch_file("pictures", EPOCH)), 0);
	assert_int_equal(
	    ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH, true, &key, NULL),
	    EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_vault_destroy(v, EX_RETAIN_PICTURE, EPOCH, NULL), EX_OK);
	assert_int_not_equal(stat(epoch_file("pictures", EPOCH), &st), 0);
	ex_blob_free(&before);
	ex_blob_free(&after);
	ex_vault_close(&v);
}

static void
a_key_file_under_another_name_does_not_open(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_key key;
	struct ex_error err = { 0 };
	const char *to = epoch_file("citizen-pictures", EPOCH);

	key_of(v, EX_RETAIN_PICTURE, EPOCH, true);
	assert_int_equal(rename(epoch_file("pictures", EPOCH), to), 0);
	assert_int_equal(ex_vault_epoch(v, EX_RETAIN_CITIZEN_PICTURE, EPOCH,
			     true, &key, &err),
	    EX_ERR_FORMAT);
	assert_string_equal(err.what, to);
	assert_int_equal(truncate(to, 59), 0);
	assert_int_equal(ex_vault_epoch(v, EX_RETAIN_CITIZEN_PICTURE, EPOCH,
			     true, &key, &err),
	    EX_ERR_FORMAT);
	ex_vault_close(&v);
}

struct seen {
	size_t n;
	int64_t last[2];
};

static enum ex_status
see(enum ex_retention_class c, int64_t epoch_ms, void *arg)
{
	struct seen *s = arg;

	assert_in_range(c, 0, 1);
	assert_true(s->n == 0 || epoch_ms > s->last[c]);
	s->last[c] = epoch_ms;
	s->n++;
	return EX_OK;
}

static void
epochs_are_listed_in_order_and_strangers_are_not(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct seen seen = { 0 };

	for (int64_t i = 99; i >= 0; i--)
		key_of(v, (enum ex_retention_class)(i % 2), EPOCH + i * 3600000,
		    true);
	assert_int_equal(
	    ex_file_write(sample_path("vault/pictures.2026-01-05T00:00:00Z"),
		"x", 1, NULL),
	    EX_OK);
	assert_int_equal(
	    ex_file_write(sample_path("vault/pictures.x"), "x", 1, NULL),
	    EX_OK);
	assert_int_equal(ex_vault_epochs(v, see, &seen, NULL), EX_OK);
	assert_int_equal(seen.n, 100);
	ex_vault_close(&v);
}

/* Processes that begin at once have the same keys in the end. */
static void
processes_agree_on_every_key(void **state)
{
	(void)state;
	enum { CHILDREN = 6, KEYS = 20 };
	struct ex_key mine[KEYS], theirs;
	struct ex_vault *v;
	pid_t pids[CHILDREN];
	int status;

	for (int i = 0; i < CHILDREN; i++) {
		char name[32];
		struct ex_key keys[KEYS];

		snprintf(name, sizeof name, "keys%d", i);
		pids[i] = fork();
		if (pids[i] != 0)
			continue;
		if (open_with("vault", "master", true, &v, NULL) != EX_OK)
			_exit(1);
		for (int k = 0; k < KEYS; k++)
			if (ex_vault_epoch(v, EX_RETAIN_PICTURE, EPOCH + k,
				true, &keys[k], NULL) != EX_OK)
				_exit(2);
		_exit(ex_file_write(
			  sample_path(name), keys, sizeof keys, NULL) == EX_OK
			  ? 0
			  : 3);
	}
	for (int i = 0; i < CHILDREN; i++) {
		assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
		assert_int_equal(status, 0);
	}
	v = open_vault();
	for (int k = 0; k < KEYS; k++)
		mine[k] = key_of(v, EX_RETAIN_PICTURE, EPOCH + k, false);
	for (int i = 0; i < CHILDREN; i++) {
		char name[32];
		struct ex_blob keys;

		snprintf(name, sizeof name, "keys%d", i);
		assert_int_equal(
		    ex_file_read(sample_path(name), 4096, &keys, NULL), EX_OK);
		for (int k = 0; k < KEYS; k++) {
			memcpy(&theirs, keys.data + (size_t)k * sizeof theirs,
			    sizeof theirs);
			assert_memory_equal(
			    theirs.bytes, mine[k].bytes, sizeof theirs.bytes);
		}
		ex_blob_free(&keys);
	}
	ex_vault_close(&v);
}

/* ---- threads ----------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 200 };

/* Keys of epochs that others use and destroy at the same time: one that comes
 * is whole. */
static void *
use_keys(void *arg)
{
	struct ex_vault *v = arg;
	static const struct ex_key none;
	size_t bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		struct ex_key key = none;
		enum ex_status status = ex_vault_epoch(
		    v, EX_RETAIN_PICTURE, EPOCH + i % 20, true, &key, NULL);

		bad += status == EX_OK && memcmp(&key, &none, sizeof key) == 0;
		bad += status != EX_OK && status != EX_ERR_NOT_FOUND;
		if (i % 7 == 0)
			bad += ex_vault_destroy(v, EX_RETAIN_PICTURE,
				   EPOCH + i % 20, NULL) != EX_OK;
	}
	return bad ? v : NULL;
}

static void
threads_share_a_vault(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	pthread_t threads[THREADS];
	void *bad;

	for (int i = 0; i < THREADS; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, use_keys, v), 0);
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], &bad), 0);
		assert_null(bad);
	}
	ex_vault_close(&v);
}

static void
out_of_memory_is_said(void **state)
{
	(void)state;
	struct ex_vault *v = open_vault();
	struct ex_key key;
	struct seen seen = { 0 };
	long n, failures = 0;
	enum ex_status status;

	ex_vault_close(&v);
	for (n = 0;; n++, failures++) {
		ex_calloc_fail_after(n);
		status = open_with("vault", "master", true, &v, NULL);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		assert_null(v);
	}
	for (n = 0;; n++, failures++) {
		ex_calloc_fail_after(n);
		status = ex_vault_epoch(
		    v, EX_RETAIN_PICTURE, EPOCH, true, &key, NULL);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
	}
	ex_calloc_fail_after(0);
	assert_int_equal(ex_vault_epochs(v, see, &seen, NULL), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_true(failures >= 5);
	ex_vault_close(&v);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(                                       \
	    name, sample_folder_make, sample_folder_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_vault_is_made_once_and_keeps_its_keys),
		TEST(without_make_nothing_is_made),
		TEST(a_lost_key_of_the_node_is_not_made_anew),
		TEST(another_master_is_refused),
		TEST(bad_masters_are_named),
		TEST(the_master_may_be_a_credential),
		TEST(what_others_may_read_is_refused),
		TEST(of_another_user_is_refused),
		TEST(the_master_lies_on_another_file_system),
		TEST(an_epoch_key_is_one_until_it_is_destroyed),
		TEST(what_is_destroyed_is_overwritten_first),
		TEST(a_key_file_under_another_name_does_not_open),
		TEST(epochs_are_listed_in_order_and_strangers_are_not),
		TEST(processes_agree_on_every_key),
		TEST(threads_share_a_vault),
		TEST(out_of_memory_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
