/* SPDX-License-Identifier: Apache-2.0 */
/*
 * (H4) Who is signed in: in memory, by the hash of an id that only the browser
 * has. A user who is changed, by this program or another, loses theirs within
 * LOOK_NS.
 */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define SECOND_NS INT64_C(1000000000)
#define LOOK_NS   (5 * SECOND_NS)
#define MOST_EACH 16 /* sessions of one user */

struct session {
	bool live;
	struct ex_principal who;
	int64_t made_ns, used_ns, looked_ns;
	int64_t changed_ms; /* of the user */
};

struct ex_sessions {
	pthread_mutex_t lock;
	size_t n;
	int64_t idle_ns, most_ns;
	struct session all[];
};

enum ex_status
ex_sessions_new(struct ex_hub *h, struct ex_sessions **out)
{
	size_t n = (size_t)h->set.sessions;
	struct ex_sessions *s = ex_calloc(1, sizeof *s + n * sizeof s->all[0]);

	*out = s;
	if (!s)
		return EX_ERR_NOMEM;
	s->n = n;
	s->idle_ns = h->set.session_idle_min * 60 * SECOND_NS;
	s->most_ns = h->set.session_h * 3600 * SECOND_NS;
	pthread_mutex_init(&s->lock, NULL);
	return EX_OK;
}

void
ex_sessions_free(struct ex_sessions **sessions)
{
	struct ex_sessions *s = *sessions;

	if (!s)
		return;
	ex_wipe(s->all, s->n * sizeof s->all[0]);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*sessions = NULL;
}

static void
drop(struct session *s)
{
	ex_wipe(s, sizeof *s);
}

static bool
is_over(const struct ex_sessions *s, const struct session *one, int64_t now)
{
	return now - one->used_ns > s->idle_ns ||
	       now - one->made_ns > s->most_ns;
}

/* Live, and in time; else NULL. */
static struct session *
find(struct ex_sessions *s, const uint8_t key[EX_SHA256_SIZE])
{
	int64_t now = ex_clock_mono_ns();

	for (size_t i = 0; i < s->n; i++) {
		struct session *one = &s->all[i];

		if (!one->live ||
		    !ex_secret_equal(one->who.session, key, EX_SHA256_SIZE))
			continue;
		if (!is_over(s, one, now))
			return one;
		drop(one);
	}
	return NULL;
}

/* A free place; else the user's own oldest where they have many, or the one
 * that was not used for longest. */
static struct session *
make_room(struct ex_sessions *s, const char *user)
{
	struct session *free_one = NULL, *own = NULL, *idle = NULL;
	size_t n_own = 0;

	for (size_t i = 0; i < s->n; i++) {
		struct session *one = &s->all[i];

		if (!one->live) {
			free_one = free_one ? free_one : one;
			continue;
		}
		if (!idle || one->used_ns < idle->used_ns)
			idle = one;
		if (strcmp(one->who.name, user) != 0)
			continue;
		n_own++;
		if (!own || one->made_ns < own->made_ns)
			own = one;
	}
	if (n_own >= MOST_EACH)
		return own;
	return free_one ? free_one : idle;
}

static bool
hash_id(const char *id, uint8_t key[EX_SHA256_SIZE])
{
	return strlen(id) == EX_HEX_SIZE(32) - 1 &&
	       ex_sha256(ex_string_bytes(id), key) == EX_OK;
}

enum ex_status
ex_sessions_open(struct ex_hub *h, const struct ex_user *u,
    char id[static EX_HEX_SIZE(32)], struct ex_principal *who,
    struct ex_error *err)
{
	struct ex_sessions *s = h->sessions;
	struct session one = { .live = true, .changed_ms = u->changed_ms };
	uint8_t chance[64];

	*who = (struct ex_principal){ 0 };
	if (ex_random(chance, sizeof chance) != EX_OK ||
	    !ex_role_from_word(u->role, &one.who.role))
		return ex_fail(
		    err, EX_ERR_INTERNAL, "session", "could not be made");
	ex_hex_format(chance, 32, id);
	ex_hex_format(chance + 32, 32, one.who.csrf);
	ex_wipe(chance, sizeof chance);
	if (!hash_id(id, one.who.session))
		return ex_fail(
		    err, EX_ERR_INTERNAL, "session", "could not be made");
	one.who.by_cookie = true;
	snprintf(one.who.name, sizeof one.who.name, "%s", u->name);
	snprintf(one.who.actor, sizeof one.who.actor, "user:%s", u->name);
	memcpy(one.who.language, u->language, sizeof one.who.language);
	one.made_ns = one.used_ns = one.looked_ns = ex_clock_mono_ns();
	*who = one.who;
	pthread_mutex_lock(&s->lock);
	*make_room(s, u->name) = one;
	pthread_mutex_unlock(&s->lock);
	ex_wipe(&one, sizeof one);
	return EX_OK;
}

/* ---- is the user still who they were? ----------------------------------- */

/* @return EX_OK; EX_NO: not any more */
static enum ex_status
look_again(struct ex_hub *h, const struct session *copy, struct ex_error *err)
{
	struct ex_user u;
	enum ex_status status = ex_hub_user(h, copy->who.name, &u, err);
	bool same =
	    status == EX_OK && !u.disabled && u.changed_ms == copy->changed_ms;

	ex_wipe(&u, sizeof u);
	if (status == EX_ERR_NOT_FOUND || (status == EX_OK && !same))
		return EX_NO;
	return status;
}

enum ex_status
ex_sessions_find(struct ex_hub *h, const char *id, struct ex_principal *who,
    struct ex_error *err)
{
	struct ex_sessions *s = h->sessions;
	int64_t now = ex_clock_mono_ns();
	struct session copy = { 0 }, *one;
	enum ex_status status = EX_OK;
	uint8_t key[EX_SHA256_SIZE];
	bool look = false;

	if (!hash_id(id, key))
		return EX_NO;
	pthread_mutex_lock(&s->lock);
	one = find(s, key);
	if (one) {
		one->used_ns = now;
		look = now - one->looked_ns > LOOK_NS;
		if (look)
			one->looked_ns = now;
		copy = *one;
	}
	pthread_mutex_unlock(&s->lock);
	if (!one)
		return EX_NO;
	if (look)
		status = look_again(h, &copy, err);
	if (status == EX_OK)
		*who = copy.who;
	if (status == EX_NO)
		ex_sessions_close(h, &copy.who);
	ex_wipe(&copy, sizeof copy);
	return status;
}

bool
ex_sessions_holds(struct ex_hub *h, const struct ex_principal *who)
{
	struct ex_sessions *s = h->sessions;
	struct ex_error err;
	struct session copy = { 0 }, *one;
	bool held;

	pthread_mutex_lock(&s->lock);
	one = find(s, who->session);
	if (one)
		copy = *one;
	pthread_mutex_unlock(&s->lock);
	held = one && look_again(h, &copy, &err) != EX_NO;
	if (one && !held)
		ex_sessions_close(h, who);
	ex_wipe(&copy, sizeof copy);
	return held;
}

void
ex_sessions_close(struct ex_hub *h, const struct ex_principal *who)
{
	struct ex_sessions *s = h->sessions;
	struct session *one;

	pthread_mutex_lock(&s->lock);
	one = find(s, who->session);
	if (one)
		drop(one);
	pthread_mutex_unlock(&s->lock);
}

void
ex_hub_sessions_end(struct ex_hub *h, const char *user)
{
	struct ex_sessions *s = h->sessions;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n; i++)
		if (s->all[i].live && strcmp(s->all[i].who.name, user) == 0)
			drop(&s->all[i]);
	pthread_mutex_unlock(&s->lock);
}

size_t
ex_sessions_sweep(struct ex_hub *h)
{
	struct ex_sessions *s = h->sessions;
	int64_t now = ex_clock_mono_ns();
	size_t n = 0;

	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->n; i++) {
		if (s->all[i].live && is_over(s, &s->all[i], now))
			drop(&s->all[i]);
		n += s->all[i].live;
	}
	pthread_mutex_unlock(&s->lock);
	return n;
}
