/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define MAX_THREADS 64u

struct worker {
	struct ex_pool *pool;
	pthread_t thread;
	unsigned index;
};

struct ex_pool {
	pthread_mutex_t lock;
	pthread_cond_t wake, idle;
	void (*fn)(void *arg, size_t i, unsigned worker);
	void *arg;
	size_t n;
	atomic_size_t next;
	unsigned generation; /* counts runs; workers wait for it to change */
	unsigned busy;
	bool stop;
	unsigned threads;
	struct worker workers[];
};

unsigned
ex_cpu_count(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) != 0)
		return 1;
	return CPU_COUNT(&set) > 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

static void
drain(struct ex_pool *p, unsigned worker)
{
	for (size_t i; (i = atomic_fetch_add(&p->next, 1)) < p->n;)
		p->fn(p->arg, i, worker);
}

static void *
work(void *arg)
{
	struct worker *w = arg;
	struct ex_pool *p = w->pool;
	unsigned seen = 0;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->stop && p->generation == seen)
			pthread_cond_wait(&p->wake, &p->lock);
		if (p->stop)
			break;
		seen = p->generation;
		pthread_mutex_unlock(&p->lock);
		drain(p, w->index);
		pthread_mutex_lock(&p->lock);
		if (--p->busy == 0)
			pthread_cond_signal(&p->idle);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

enum ex_status
ex_pool_new(unsigned threads, struct ex_pool **out)
{
	struct ex_pool *p;

	*out = NULL;
	if (threads == 0)
		threads = ex_cpu_count();
	if (threads > MAX_THREADS)
		threads = MAX_THREADS;
	p = ex_calloc(1, sizeof *p + threads * sizeof p->workers[0]);
	if (!p)
		return EX_ERR_NOMEM;
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->wake, NULL);
	pthread_cond_init(&p->idle, NULL);
	p->threads = 1;
	for (unsigned i = 1; i < threads; i++) {
		struct worker *w = &p->workers[i];

		*w = (struct worker){ .pool = p, .index = i };
		/* Fewer threads are slower, not wrong. */
		if (pthread_create(&w->thread, NULL, work, w) != 0)
			break;
		p->threads++;
	}
	*out = p;
	return EX_OK;
}

unsigned
ex_pool_threads(const struct ex_pool *p)
{
	return p->threads;
}

void
ex_pool_run(struct ex_pool *p, size_t n,
    void (*fn)(void *arg, size_t i, unsigned worker), void *arg)
{
	pthread_mutex_lock(&p->lock);
	assert(p->busy == 0);
	p->fn = fn;
	p->arg = arg;
	p->n = n;
	atomic_store(&p->next, 0);
	p->busy = p->threads - 1;
	p->generation++;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	drain(p, 0);
	pthread_mutex_lock(&p->lock);
	while (p->busy > 0)
		pthread_cond_wait(&p->idle, &p->lock);
	pthread_mutex_unlock(&p->lock);
}

void
ex_pool_free(struct ex_pool **pool)
{
	struct ex_pool *p = *pool;

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	p->stop = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
	for (unsigned i = 1; i < p->threads; i++)
		pthread_join(p->workers[i].thread, NULL);
	pthread_cond_destroy(&p->idle);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p);
	*pool = NULL;
}
