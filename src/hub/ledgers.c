/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One thread writes: it takes all writes that wait into one transaction, so
 * that as many share a commit as came in during the last one (H2). Readers have
 * a few ledgers of their own.
 */
#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define GROUP_MOST  128
#define GROUP_TRIES 3 /* then each write by itself */

/* A ledger, and the retention that it was attached with. */
struct handle {
	struct ex_ledger *ledger;
	struct ex_retention retention;
	unsigned changes;
	bool busy;
};

/* On the asking thread's stack. */
struct job {
	ex_hub_work *fn;
	void *arg;
	struct ex_error err;
	enum ex_status status;
	bool alone; /* has transactions of its own */
	bool settled, done;
	pthread_cond_t wake;
	struct job *next;
};

struct ex_ledgers {
	struct ex_hub *h;
	bool shared; /* in memory: readers have to ask the writer */
	pthread_mutex_t lock;
	pthread_cond_t work, reader;
	struct job *first, **last;
	int64_t n_jobs;
	bool stop, runs;
	pthread_t thread;
	struct handle writer;
	size_t n_readers;
	struct handle *readers;
};

static enum ex_status
attach(struct ex_hub *h, struct handle *a, struct ex_error *err)
{
	struct ex_ledger_node node = {
		.node = h->set.node,
		.port = h->set.port,
		.vault = h->vault,
		.retention = &a->retention,
	};

	pthread_mutex_lock(&h->lock);
	a->retention = h->retention;
	a->changes = h->retention_changes;
	pthread_mutex_unlock(&h->lock);
	return ex_ledger_attach(a->ledger, &node, err);
}

/* Open, if it is not, and of the retention that is in force. */
static enum ex_status
prepare(struct ex_hub *h, struct handle *a, enum ex_ledger_mode mode,
    struct ex_error *err)
{
	const char *key = *h->set.ledger_key ? h->set.ledger_key : NULL;
	enum ex_status status = EX_OK;
	bool stale;

	if (!a->ledger) {
		status =
		    ex_ledger_open(h->set.ledger, key, mode, &a->ledger, err);
		if (status == EX_OK)
			status = attach(h, a, err);
	} else {
		pthread_mutex_lock(&h->lock);
		stale = a->changes != h->retention_changes;
		pthread_mutex_unlock(&h->lock);
		if (stale)
			status = attach(h, a, err);
	}
	if (status != EX_OK)
		ex_ledger_close(&a->ledger);
	return status;
}

/* ---- the writer --------------------------------------------------------- */

/* A connection that broke may come back with a new handle; a file in memory
 * would not. */
static void
mend(struct ex_ledgers *g, enum ex_status status)
{
	if (status == EX_ERR_DATABASE && !g->shared)
		ex_ledger_close(&g->writer.ledger);
}

static void
settle(struct job *j, enum ex_status status, const struct ex_error *err)
{
	j->settled = true;
	j->status = status;
	if (status != EX_OK && err)
		j->err = *err;
}

/* All that are not settled in one transaction.
 * @param failed the one that failed, if it was one of them */
static enum ex_status
try_group(struct ex_ledgers *g, struct job *jobs[], size_t n,
    struct job **failed, struct ex_error *err)
{
	enum ex_status status = prepare(g->h, &g->writer, EX_LEDGER_WRITE, err);
	struct ex_ledger *l = g->writer.ledger;
	size_t ran = 0;

	*failed = NULL;
	if (status == EX_OK)
		status = ex_ledger_begin(l, err);
	if (status != EX_OK) {
		mend(g, status);
		return status;
	}
	for (size_t i = 0; i < n && status == EX_OK; i++) {
		if (jobs[i]->settled)
			continue;
		status = jobs[i]->fn(l, jobs[i]->arg, err);
		*failed = status == EX_OK ? NULL : jobs[i];
		ran++;
	}
	if (status == EX_OK)
		status = ex_ledger_commit(l, err);
	if (status != EX_OK) {
		ex_ledger_rollback(l);
		g->h->count.rolled_back++;
		return status;
	}
	g->h->count.commits++;
	g->h->count.written += ran;
	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->settled)
			settle(jobs[i], EX_OK, NULL);
	return EX_OK;
}

static void
run_alone(struct ex_ledgers *g, struct job *j)
{
	struct ex_error err = { 0 };
	struct job *failed;
	enum ex_status status = try_group(g, &j, 1, &failed, &err);

	if (status != EX_OK) {
		settle(j, status, &err);
		mend(g, status);
	}
}

/* One that fails must not take the others with it: they run again without it.
 * It may have failed for their sake (a disk that was full for all), so it too
 * gets a transaction of its own. */
static void
run_group(struct ex_ledgers *g, struct job *jobs[], size_t n)
{
	struct job *alone[GROUP_TRIES];
	size_t n_alone = 0;

	for (int i = 0; i < GROUP_TRIES && n > 1; i++) {
		struct ex_error err = { 0 };
		struct job *failed;

		if (try_group(g, jobs, n, &failed, &err) == EX_OK || !failed)
			break;
		failed->settled = true; /* of this group */
		alone[n_alone++] = failed;
	}
	for (size_t i = 0; i < n_alone; i++)
		alone[i]->settled = false;
	for (size_t i = 0; i < n; i++)
		if (!jobs[i]->settled)
			run_alone(g, jobs[i]);
}

static void
run_outside(struct ex_ledgers *g, struct job *j)
{
	struct ex_error err = { 0 };
	enum ex_status status =
	    prepare(g->h, &g->writer, EX_LEDGER_WRITE, &err);

	if (status == EX_OK)
		status = j->fn(g->writer.ledger, j->arg, &err);
	settle(j, status, &err);
	mend(g, status);
}

/* The next group, or the next one that is no part of any. */
static size_t
take_jobs(struct ex_ledgers *g, struct job *jobs[GROUP_MOST])
{
	size_t n = 0;

	while (g->first && n < GROUP_MOST && (n == 0 || !g->first->alone)) {
		jobs[n++] = g->first;
		g->first = g->first->next;
		if (jobs[n - 1]->alone)
			break;
	}
	if (!g->first)
		g->last = &g->first;
	g->n_jobs -= (int64_t)n;
	g->h->count.waiting = (uint64_t)g->n_jobs;
	return n;
}

static void *
write_on(void *arg)
{
	struct ex_ledgers *g = arg;
	struct job *jobs[GROUP_MOST];

	pthread_mutex_lock(&g->lock);
	for (;;) {
		size_t n;

		while (!g->first && !g->stop)
			pthread_cond_wait(&g->work, &g->lock);
		n = take_jobs(g, jobs);
		if (n == 0)
			break; /* stopped, and nothing is left */
		pthread_mutex_unlock(&g->lock);
		if (jobs[0]->alone)
			run_outside(g, jobs[0]);
		else
			run_group(g, jobs, n);
		pthread_mutex_lock(&g->lock);
		for (size_t i = 0; i < n; i++) {
			jobs[i]->done = true;
			pthread_cond_signal(&jobs[i]->wake);
		}
	}
	pthread_mutex_unlock(&g->lock);
	return NULL;
}

static enum ex_status
wait_written(struct ex_hub *h, struct job *asked, struct ex_error *err)
{
	struct ex_ledgers *g = h->ledgers;
	struct job j = *asked;

	pthread_mutex_lock(&g->lock);
	if (g->n_jobs >= h->set.queue) {
		pthread_mutex_unlock(&g->lock);
		h->count.too_many++;
		return ex_fail(err, EX_ERR_ENVIRONMENT, "writes",
		    "%lld wait already", (long long)h->set.queue);
	}
	pthread_cond_init(&j.wake, NULL);
	*g->last = &j;
	g->last = &j.next;
	g->n_jobs++;
	h->count.waiting = (uint64_t)g->n_jobs;
	pthread_cond_signal(&g->work);
	while (!j.done)
		pthread_cond_wait(&j.wake, &g->lock);
	pthread_mutex_unlock(&g->lock);
	pthread_cond_destroy(&j.wake);
	if (j.status != EX_OK && err)
		*err = j.err;
	return j.status;
}

enum ex_status
ex_hub_write(struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err)
{
	return wait_written(h, &(struct job){ .fn = fn, .arg = arg }, err);
}

enum ex_status
ex_hub_write_alone(
    struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err)
{
	return wait_written(
	    h, &(struct job){ .fn = fn, .arg = arg, .alone = true }, err);
}

/* ---- the readers -------------------------------------------------------- */

static struct handle *
take_reader(struct ex_ledgers *g)
{
	struct handle *found = NULL;

	pthread_mutex_lock(&g->lock);
	while (!found) {
		for (size_t i = 0; i < g->n_readers && !found; i++)
			if (!g->readers[i].busy)
				found = &g->readers[i];
		if (!found)
			pthread_cond_wait(&g->reader, &g->lock);
	}
	found->busy = true;
	pthread_mutex_unlock(&g->lock);
	return found;
}

static void
give_reader(struct ex_ledgers *g, struct handle *a)
{
	pthread_mutex_lock(&g->lock);
	a->busy = false;
	pthread_cond_signal(&g->reader);
	pthread_mutex_unlock(&g->lock);
}

enum ex_status
ex_hub_read(struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err)
{
	struct ex_ledgers *g = h->ledgers;
	enum ex_status status;
	struct handle *a;

	if (g->shared)
		return ex_hub_write(h, fn, arg, err);
	a = take_reader(g);
	status = prepare(h, a, EX_LEDGER_READ, err);
	if (status == EX_OK)
		status = fn(a->ledger, arg, err);
	if (status == EX_ERR_DATABASE)
		ex_ledger_close(&a->ledger);
	give_reader(g, a);
	return status;
}

/* ---- both --------------------------------------------------------------- */

enum ex_status
ex_ledgers_new(struct ex_hub *h, struct ex_ledgers **out, struct ex_error *err)
{
	struct ex_ledgers *g = ex_calloc(1, sizeof *g);
	enum ex_status status;

	*out = NULL;
	if (!g)
		return ex_fail(err, EX_ERR_NOMEM, "hub", "out of memory");
	g->h = h;
	g->shared = strcmp(h->set.ledger, ":memory:") == 0;
	g->last = &g->first;
	g->n_readers = (size_t)h->set.readers;
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->work, NULL);
	pthread_cond_init(&g->reader, NULL);
	g->readers = ex_calloc(g->n_readers, sizeof *g->readers);
	status = g->readers
		     ? prepare(h, &g->writer, EX_LEDGER_WRITE, err)
		     : ex_fail(err, EX_ERR_NOMEM, "hub", "out of memory");
	if (status == EX_OK) {
		g->runs = pthread_create(&g->thread, NULL, write_on, g) == 0;
		if (!g->runs)
			status = ex_fail(err, EX_ERR_ENVIRONMENT, "hub",
			    "no thread for the writer");
	}
	if (status == EX_OK)
		*out = g;
	else
		ex_ledgers_free(&g);
	return status;
}

void
ex_ledgers_free(struct ex_ledgers **ledgers)
{
	struct ex_ledgers *g = *ledgers;

	if (!g)
		return;
	pthread_mutex_lock(&g->lock);
	g->stop = true;
	pthread_cond_signal(&g->work);
	pthread_mutex_unlock(&g->lock);
	if (g->runs)
		pthread_join(g->thread, NULL);
	assert(!g->first);
	for (size_t i = 0; g->readers && i < g->n_readers; i++)
		ex_ledger_close(&g->readers[i].ledger);
	ex_ledger_close(&g->writer.ledger);
	free(g->readers);
	pthread_cond_destroy(&g->reader);
	pthread_cond_destroy(&g->work);
	pthread_mutex_destroy(&g->lock);
	free(g);
	*ledgers = NULL;
}
