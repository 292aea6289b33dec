/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often a password may be tried. Failures are counted three ways: of a
 * user from an address, of a user from anywhere, of an address for anybody;
 * each makes the next try wait longer, up to a cap. A stranger can so slow
 * down, and never shut out, a user: the wait of a user from anywhere is short
 * at most, and an address from which they once signed in is free of it.
 */
#include "parts.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define WAYS      8
#define SETS      1024 /* x WAYS entries of 40 bytes: the memory's bound */

enum kind { PAIR, USER, ADDRESS, KINDS };
static const struct {
	unsigned free;   /* failures without a wait */
	int64_t first_s; /* the wait after the next, doubled with each */
	int64_t most_s;
	int64_t forget_s; /* after the last failure */
} rules[KINDS] = {
	[PAIR] = { 3, 1, 900, 3600 },
	[USER] = { 10, 1, 30, 3600 },
	[ADDRESS] = { 20, 1, 60, 900 },
};

struct entry {
	uint8_t key[16]; /* keyed hash of kind, user, address; zero: free */
	int64_t last_ns; /* failure, or sign-in */
	int64_t until_ns;
	unsigned failures;
	bool known; /* a pair that has signed in */
};

struct ex_limiter {
	pthread_mutex_t lock;
	uint8_t secret[32]; /* so that nobody can aim at a set */
	struct entry sets[SETS][WAYS];
};

enum ex_status
ex_limiter_new(struct ex_limiter **out)
{
	struct ex_limiter *l = ex_calloc(1, sizeof *l);

	*out = NULL;
	if (!l)
		return EX_ERR_NOMEM;
	if (ex_random(l->secret, sizeof l->secret) != EX_OK) {
		free(l);
		return EX_ERR_INTERNAL;
	}
	pthread_mutex_init(&l->lock, NULL);
	*out = l;
	return EX_OK;
}

void
ex_limiter_free(struct ex_limiter **limiter)
{
	struct ex_limiter *l = *limiter;

	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	ex_wipe(l, sizeof *l);
	free(l);
	*limiter = NULL;
}

static void
make_key(const struct ex_limiter *l, enum kind kind, const char *user,
    const char *address, uint8_t key[EX_SHA256_SIZE])
{
	const uint8_t label = (uint8_t)kind;
	const struct ex_bytes parts[] = {
		{ &label, 1 },
		ex_string_bytes(kind == ADDRESS ? "" : user),
		ex_string_bytes(kind == USER ? "" : address),
	};

	/* Where it fails, all share one entry: slower, not open. */
	if (ex_hmac_sha256_parts(
		(struct ex_bytes){ l->secret, sizeof l->secret }, parts, 3,
		key) != EX_OK)
		memset(key, 1, EX_SHA256_SIZE);
}

/* What is lost with an entry: strangers who fail once must not crowd out
 * somebody who guesses, nor who has signed in. */
static unsigned
worth(const struct entry *e, int64_t now_ns)
{
	if (now_ns - e->last_ns > rules[PAIR].forget_s * SECOND_NS)
		return 0;
	return e->known ? UINT_MAX : e->failures;
}

/* The entry of a key; where there is none the place of the one worth least,
 * then the oldest, or NULL. */
static struct entry *
find(struct ex_limiter *l, const uint8_t key[EX_SHA256_SIZE], bool make,
    int64_t now_ns)
{
	struct entry *set = l->sets[(key[16] | (unsigned)key[17] << 8) % SETS];
	struct entry *least = set;

	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(set[i].key, key, sizeof set[i].key) == 0)
			return &set[i];
		if (worth(&set[i], now_ns) < worth(least, now_ns) ||
		    (worth(&set[i], now_ns) == worth(least, now_ns) &&
			set[i].last_ns < least->last_ns))
			least = &set[i];
	}
	if (!make)
		return NULL;
	*least = (struct entry){ 0 };
	memcpy(least->key, key, sizeof least->key);
	return least;
}

unsigned
ex_limiter_wait(
    struct ex_limiter *l, const char *user, const char *address, int64_t now_ns)
{
	uint8_t key[EX_SHA256_SIZE];
	int64_t wait = 0;
	bool known = false;

	pthread_mutex_lock(&l->lock);
	for (enum kind kind = PAIR; kind < KINDS; kind++) {
		const struct entry *e;

		make_key(l, kind, user, address, key);
		e = find(l, key, false, now_ns);
		if (kind == PAIR)
			known = e && e->known;
		else if (known)
			continue;
		if (e && e->until_ns - now_ns > wait)
			wait = e->until_ns - now_ns;
	}
	pthread_mutex_unlock(&l->lock);
	return (unsigned)((wait + SECOND_NS - 1) / SECOND_NS);
}

static void
fail(struct entry *e, enum kind kind, int64_t now_ns)
{
	int64_t wait_s = rules[kind].first_s;

	if (now_ns - e->last_ns > rules[kind].forget_s * SECOND_NS)
		e->failures = 0;
	e->last_ns = now_ns;
	if (++e->failures <= rules[kind].free)
		return;
	for (unsigned i = rules[kind].free + 1;
	     i < e->failures && wait_s < rules[kind].most_s; i++)
		wait_s *= 2;
	if (wait_s > rules[kind].most_s)
		wait_s = rules[kind].most_s;
	e->until_ns = now_ns + wait_s * SECOND_NS;
}

void
ex_limiter_tell(struct ex_limiter *l, const char *user, const char *address,
    bool well, int64_t now_ns)
{
	uint8_t key[EX_SHA256_SIZE];

	pthread_mutex_lock(&l->lock);
	for (enum kind kind = PAIR; kind < KINDS; kind++) {
		struct entry *e;

		/* A good password says nothing of the others that were tried
		 * from there. */
		if (well && kind == ADDRESS)
			break;
		make_key(l, kind, user, address, key);
		e = find(l, key, !well || kind == PAIR, now_ns);
		if (!e)
			continue;
		if (!well) {
			fail(e, kind, now_ns);
			continue;
		}
		e->last_ns = now_ns;
		e->until_ns = 0;
		e->failures = 0;
		e->known = kind == PAIR;
	}
	pthread_mutex_unlock(&l->lock);
}
