/* SPDX-License-Identifier: Apache-2.0 */
/* The writer: groups, failures within them, and when it says that it is done.
 */
#include "test.h"

#include "parts.h"

#include <dirent.h>
#include <unistd.h>

#define THREADS 16

static char dir[] = "/tmp/exeunt-test-XXXXXX";
static char path[64];

static void
begin(struct ex_hub *h)
{
	struct ex_error err = { 0 };

	*h = (struct ex_hub){ 0 };
	snprintf(h->set.ledger, sizeof h->set.ledger, "sqlite:%s", path);
	snprintf(h->set.node, sizeof h->set.node, "hub-1");
	snprintf(h->set.port, sizeof h->set.port, "port-1");
	h->set.queue = 64;
	h->set.readers = 3;
	h->retention = ex_retention_default();
	pthread_mutex_init(&h->lock, NULL);
	if (ex_ledgers_new(h, &h->ledgers, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
}

static void
end(struct ex_hub *h)
{
	char other[80];

	ex_ledgers_free(&h->ledgers);
	assert_null(h->ledgers);
	pthread_mutex_destroy(&h->lock);
	unlink(path);
	for (const char *const *s =
		 (const char *const[]){ "key", "wal", "shm", NULL };
	     *s; s++) {
		snprintf(other, sizeof other, "%s%s%s", path,
		    strcmp(*s, "key") == 0 ? "." : "-", *s);
		unlink(other);
	}
}

struct item {
	char key[24];
	bool wrong;    /* fails, always */
	unsigned runs; /* how often it was tried */
};

static enum ex_status
put(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct item *t = arg;
	enum ex_status status;

	t->runs++;
	status = ex_thing_put(l, "test", t->key,
	    (struct ex_bytes){ (const uint8_t *)"1", 1 }, err);
	if (status == EX_OK && t->wrong)
		return ex_fail(err, EX_ERR_INPUT, t->key, "is wrong");
	return status;
}

static enum ex_status
count_one(const char *key, struct ex_bytes value, void *arg)
{
	(void)key;
	(void)value;
	++*(unsigned *)arg;
	return EX_OK;
}

static enum ex_status
count(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	*(unsigned *)arg = 0;
	return ex_thing_each(l, "test", count_one, arg, err);
}

static enum ex_status
look(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ex_blob value;
	enum ex_status status = ex_thing_get(l, "test", arg, &value, err);

	ex_blob_free(&value);
	return status;
}

/* ---- */

static void
what_is_written_can_be_read_at_once(void **state)
{
	struct item one = { .key = "one" };
	struct ex_error err;
	struct ex_hub h;

	(void)state;
	begin(&h);
	assert_int_equal(
	    ex_hub_read(&h, look, one.key, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(ex_hub_write(&h, put, &one, &err), EX_OK);
	assert_int_equal(ex_hub_read(&h, look, one.key, &err), EX_OK);
	assert_int_equal(one.runs, 1);
	end(&h);
}

struct worker {
	struct ex_hub *h;
	pthread_t thread;
	unsigned n, rounds, wrong_each;
	unsigned good, bad, odd;
};

/* Each write is asked for and, where it is said to be done, looked for. */
static void *
work(void *arg)
{
	struct worker *w = arg;
	struct ex_error err;

	for (unsigned i = 0; i < w->rounds; i++) {
		struct item t = { .wrong =
				      w->wrong_each && i % w->wrong_each == 0 };
		enum ex_status status;

		snprintf(t.key, sizeof t.key, "w%u-%u", w->n, i);
		status = ex_hub_write(w->h, put, &t, &err);
		w->good += status == EX_OK;
		w->bad +=
		    status == EX_ERR_INPUT && strcmp(err.what, t.key) == 0;
		w->odd += ex_hub_read(w->h, look, t.key, &err) !=
			  (t.wrong ? EX_ERR_NOT_FOUND : EX_OK);
	}
	return NULL;
}

static unsigned
run_workers(struct ex_hub *h, unsigned rounds, unsigned wrong_each)
{
	struct worker all[THREADS];
	unsigned good = 0;

	for (unsigned i = 0; i < THREADS; i++) {
		all[i] = (struct worker){ .h = h,
			.n = i,
			.rounds = rounds,
			.wrong_each = wrong_each };
		assert_int_equal(
		    pthread_create(&all[i].thread, NULL, work, &all[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(all[i].thread, NULL);
		assert_int_equal(all[i].odd, 0);
		assert_int_equal(all[i].good + all[i].bad, rounds);
		good += all[i].good;
	}
	return good;
}

static void
writes_share_commits(void **state)
{
	struct ex_error err;
	struct ex_hub h;
	unsigned n;

	(void)state;
	begin(&h);
	assert_int_equal(run_workers(&h, 20, 0), THREADS * 20);
	assert_int_equal(ex_hub_read(&h, count, &n, &err), EX_OK);
	assert_int_equal(n, THREADS * 20);
	assert_int_equal((unsigned)h.count.written, THREADS * 20);
	assert_true(h.count.commits < h.count.written);
	assert_int_equal((unsigned)h.count.rolled_back, 0);
	end(&h);
}

/* (H2) One in three fails: it alone is not there, and hears its own error. */
static void
a_failure_takes_nobody_with_it(void **state)
{
	struct ex_error err;
	struct ex_hub h;
	unsigned n, good;

	(void)state;
	begin(&h);
	good = run_workers(&h, 21, 3);
	assert_int_equal(good, THREADS * 14);
	assert_int_equal(ex_hub_read(&h, count, &n, &err), EX_OK);
	assert_int_equal(n, good);
	assert_true(h.count.rolled_back > 0);
	end(&h);
}

/* A write that holds the writer up until it is let go. */
struct gate {
	atomic_bool entered, open;
};

static enum ex_status
wait_open(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct gate *g = arg;

	(void)l;
	(void)err;
	g->entered = true;
	while (!g->open)
		usleep(1000);
	return EX_OK;
}

struct asking {
	struct ex_hub *h;
	ex_hub_work *fn;
	void *arg;
	enum ex_status status;
	pthread_t thread;
};

static void *
ask(void *arg)
{
	struct asking *a = arg;

	a->status = ex_hub_write(a->h, a->fn, a->arg, NULL);
	return NULL;
}

static void
start(struct asking *a)
{
	assert_int_equal(pthread_create(&a->thread, NULL, ask, a), 0);
}

static void
a_full_queue_refuses_and_goes_on(void **state)
{
	struct gate gate = { 0 };
	struct item late = { .key = "late" },
		    waiting[2] = { { .key = "a" }, { .key = "b" } };
	struct asking first = { .fn = wait_open, .arg = &gate }, more[2];
	struct ex_error err;
	struct ex_hub h;

	(void)state;
	begin(&h);
	h.set.queue = 2;
	first.h = &h;
	start(&first);
	while (!gate.entered)
		usleep(1000);
	for (int i = 0; i < 2; i++) {
		more[i] =
		    (struct asking){ .h = &h, .fn = put, .arg = &waiting[i] };
		start(&more[i]);
	}
	while (h.count.waiting < 2)
		usleep(1000);
	assert_int_equal(
	    ex_hub_write(&h, put, &late, &err), EX_ERR_ENVIRONMENT);
	assert_int_equal(late.runs, 0);
	assert_int_equal((unsigned)h.count.too_many, 1);
	gate.open = true;
	pthread_join(first.thread, NULL);
	for (int i = 0; i < 2; i++) {
		pthread_join(more[i].thread, NULL);
		assert_int_equal(more[i].status, EX_OK);
	}
	assert_int_equal(ex_hub_write(&h, put, &late, &err), EX_OK);
	end(&h);
}

/* What was asked for is done before it ends. */
static void
the_end_waits_for_what_was_asked(void **state)
{
	struct gate gate = { 0 };
	struct item last = { .key = "last" };
	struct asking first = { .fn = wait_open, .arg = &gate };
	struct asking second = { .fn = put, .arg = &last };
	struct ex_hub h;

	(void)state;
	begin(&h);
	first.h = second.h = &h;
	start(&first);
	while (!gate.entered)
		usleep(1000);
	start(&second);
	while (h.count.waiting < 1)
		usleep(1000);
	gate.open = true;
	pthread_join(second.thread, NULL);
	assert_int_equal(second.status, EX_OK);
	pthread_join(first.thread, NULL);
	end(&h);
}

/* It fails after it has written: that stays, and its neighbours' too. */
static enum ex_status
put_twice(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	enum ex_status status = ex_ledger_begin(l, err);

	if (status == EX_OK)
		status = put(l, arg, err);
	if (status == EX_OK)
		status = ex_ledger_commit(l, err);
	return status == EX_OK ? EX_NO : status;
}

static void *
ask_alone(void *arg)
{
	struct asking *a = arg;

	a->status = ex_hub_write_alone(a->h, a->fn, a->arg, NULL);
	return NULL;
}

static void
who_writes_alone_shares_no_transaction(void **state)
{
	struct gate gate = { 0 };
	struct item items[3] = { { .key = "a" }, { .key = "alone" },
		{ .key = "b" } };
	struct asking first = { .fn = wait_open, .arg = &gate }, more[3];
	struct ex_error err;
	struct ex_hub h;

	(void)state;
	begin(&h);
	first.h = &h;
	start(&first);
	while (!gate.entered)
		usleep(1000);
	for (unsigned i = 0; i < 3; i++) {
		more[i] = (struct asking){ .h = &h,
			.arg = &items[i],
			.fn = i == 1 ? put_twice : put };
		assert_int_equal(pthread_create(&more[i].thread, NULL,
				     i == 1 ? ask_alone : ask, &more[i]),
		    0);
		while (h.count.waiting < i + 1)
			usleep(1000);
	}
	gate.open = true;
	pthread_join(first.thread, NULL);
	for (int i = 0; i < 3; i++) {
		pthread_join(more[i].thread, NULL);
		assert_int_equal(more[i].status, i == 1 ? EX_NO : EX_OK);
		assert_int_equal(items[i].runs, 1);
		assert_int_equal(
		    ex_hub_read(&h, look, items[i].key, &err), EX_OK);
	}
	end(&h);
}

static enum ex_status
see_retention(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	(void)l;
	(void)arg;
	(void)err;
	return EX_OK;
}

static void
a_new_retention_reaches_every_ledger(void **state)
{
	struct ex_retention r;
	struct ex_error err;
	struct ex_hub h;

	(void)state;
	begin(&h);
	assert_int_equal(ex_hub_write(&h, see_retention, NULL, &err), EX_OK);
	r = ex_hub_retention(&h);
	r.of[EX_RETAIN_PICTURE].term_ms = 3600000;
	ex_hub_retention_set(&h, &r);
	assert_int_equal(
	    ex_hub_retention(&h).of[EX_RETAIN_PICTURE].term_ms, 3600000);
	assert_int_equal(ex_hub_write(&h, see_retention, NULL, &err), EX_OK);
	assert_int_equal(ex_hub_read(&h, see_retention, NULL, &err), EX_OK);
	end(&h);
}

static void
each_failed_allocation_is_told(void **state)
{
	struct ex_error err;
	struct ex_hub h;
	long n;

	(void)state;
	for (n = 0; n < 2000; n++) {
		struct ex_ledgers *g = NULL;
		enum ex_status status;

		begin(&h);
		ex_ledgers_free(&h.ledgers);
		ex_calloc_fail_after(n);
		status = ex_ledgers_new(&h, &g, &err);
		ex_calloc_fail_after(-1);
		if (status != EX_OK) {
			assert_int_equal(status, EX_ERR_NOMEM);
			assert_null(g);
		}
		ex_ledgers_free(&g);
		end(&h);
		if (status == EX_OK)
			break;
	}
	assert_in_range(n, 2, 1999);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_can_be_read_at_once),
		cmocka_unit_test(writes_share_commits),
		cmocka_unit_test(a_failure_takes_nobody_with_it),
		cmocka_unit_test(a_full_queue_refuses_and_goes_on),
		cmocka_unit_test(the_end_waits_for_what_was_asked),
		cmocka_unit_test(who_writes_alone_shares_no_transaction),
		cmocka_unit_test(a_new_retention_reaches_every_ledger),
		cmocka_unit_test(each_failed_allocation_is_told),
	};
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/hub.db", dir);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(dir);
	return failed;
}
