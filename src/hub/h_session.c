/* SPDX-License-Identifier: Apache-2.0 */
/* (H4) Signing in and out. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define AT_ONCE   2  /* passwords looked at; each takes 32 MiB */
#define IN_LINE   32 /* that wait for it */
#define COOKIE    "exeunt=%s; Path=/; HttpOnly; SameSite=Strict%s"
#define NO_COOKIE "exeunt=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0%s"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t free;
	unsigned busy, waiting;
} passwords = { .lock = PTHREAD_MUTEX_INITIALIZER,
	.free = PTHREAD_COND_INITIALIZER };

/* False: too many want to. */
static bool
enter(void)
{
	bool in = false;

	pthread_mutex_lock(&passwords.lock);
	if (passwords.waiting < IN_LINE) {
		passwords.waiting++;
		while (passwords.busy == AT_ONCE)
			pthread_cond_wait(&passwords.free, &passwords.lock);
		passwords.waiting--;
		passwords.busy++;
		in = true;
	}
	pthread_mutex_unlock(&passwords.lock);
	return in;
}

static void
leave(void)
{
	pthread_mutex_lock(&passwords.lock);
	passwords.busy--;
	pthread_cond_signal(&passwords.free);
	pthread_mutex_unlock(&passwords.lock);
}

/* ---- what goes to the ledger -------------------------------------------- */

struct link {
	const char *actor;
	enum ex_action action;
	char subject[EX_SUBJECT_SIZE], detail[EX_DETAIL_SIZE];
};

static enum ex_status
append(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct link *k = arg;
	const struct ex_act act = { k->actor, EX_PURPOSE_OPERATION };

	return ex_audit_append(l, &act, k->action, k->subject, k->detail, err);
}

struct change {
	struct ex_user user;        /* wipe, as all of it */
	char was[EX_PASSWORD_SIZE]; /* the password that was given */
	struct link link;
};

/* A new password alone is written: what an administrator has done to the user
 * while the old one was verified stays done. */
static enum ex_status
change_user(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct change *c = arg;
	struct ex_user now;
	enum ex_status status = ex_user_get(l, c->user.name, &now, err);

	if (status == EX_ERR_NOT_FOUND ||
	    (status == EX_OK &&
		(now.disabled || strcmp(now.password, c->was) != 0)))
		status = ex_fail(
		    err, EX_ERR_CONFLICT, "user", "was changed meanwhile");
	if (status == EX_OK) {
		memcpy(now.password, c->user.password, sizeof now.password);
		now.changed_ms = c->user.changed_ms;
		c->user = now;
		status = ex_user_put(l, &now, err);
	}
	ex_wipe(&now, sizeof now);
	return status == EX_OK ? append(l, &c->link, err) : status;
}

/* ---- signing in --------------------------------------------------------- */

static void
tell_session(struct ex_reply *r, const struct ex_principal *who)
{
	r->json = json_pack("{s:s, s:s, s:s, s:s}", "user", who->name, "role",
	    ex_role_word(who->role), "csrf", who->csrf, "language",
	    who->language);
	if (!r->json)
		ex_reply_nomem(r);
}

/* A name that nobody has is not written down: people type their passwords
 * there. */
static enum ex_status
audit_sign_in(struct ex_hub *h, const struct ex_request *q,
    const struct ex_user *u, bool well, struct ex_error *err)
{
	struct link k = { .action = well ? EX_ACTION_SIGN_IN
					 : EX_ACTION_SIGN_IN_REFUSED };
	char actor[EX_ACTOR_SIZE] = "system";

	if (*u->name) {
		snprintf(k.subject, sizeof k.subject, "user:%s", u->name);
		if (well)
			snprintf(actor, sizeof actor, "user:%s", u->name);
	}
	k.actor = actor;
	snprintf(k.detail, sizeof k.detail, "from %s%s", ex_request_address(q),
	    *u->name ? u->disabled ? ", disabled" : "" : ", unknown user");
	return ex_hub_write(h, append, &k, err);
}

/* The new session takes the old one's place: an id that was known before the
 * sign-in is worth nothing after it. */
static void
open_session(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r,
    const struct ex_user *u)
{
	char id[EX_HEX_SIZE(32)];
	struct ex_principal who;
	struct ex_error err;

	if (q->who.by_cookie)
		ex_sessions_close(h, &q->who);
	if (ex_sessions_open(h, u, id, &who, &err) != EX_OK) {
		ex_reply_error(r, &err);
		return;
	}
	snprintf(r->cookie, sizeof r->cookie, COOKIE, id,
	    *h->set.certificate ? "; Secure" : "");
	tell_session(r, &who);
	ex_wipe(id, sizeof id);
	ex_wipe(&who, sizeof who);
}

static unsigned
wait_of(struct ex_hub *h, const struct ex_request *q, const char *name)
{
	return ex_limiter_wait(
	    h->limiter, name, ex_request_address(q), ex_clock_mono_ns());
}

/* True: a password may be tried, and leave() is called after; else the reply
 * says when. Who stood in line is judged by what came of those before. */
static bool
may_try(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r,
    const char *name)
{
	r->retry_s = wait_of(h, q, name);
	if (r->retry_s == 0 && enter()) {
		r->retry_s = wait_of(h, q, name);
		if (r->retry_s == 0)
			return true;
		leave();
	}
	r->retry_s += r->retry_s == 0;
	h->count.limited++;
	ex_reply_problem(
	    r, 429, "Too many tries", "wait as long as Retry-After says");
	return false;
}

/* @param u whose name it is, if anybody's; wipe */
static enum ex_status
verify(struct ex_hub *h, const struct ex_request *q, const char *name,
    const char *password, struct ex_user *u, struct ex_error *err)
{
	enum ex_status status = ex_hub_user(h, name, u, err);

	if (status != EX_OK && status != EX_ERR_NOT_FOUND)
		return status;
	/* Also for nobody: it takes the same time. */
	status = ex_password_verify(password, u->password);
	if (status == EX_OK && (!*u->name || u->disabled))
		status = EX_NO;
	if (status != EX_OK && status != EX_NO)
		return ex_fail(
		    err, status, "password", "could not be verified");
	ex_limiter_tell(h->limiter, name, ex_request_address(q),
	    status == EX_OK, ex_clock_mono_ns());
	return status;
}

void
ex_h_session_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const char *name = json_string_value(json_object_get(q->json, "user"));
	const char *password =
	    json_string_value(json_object_get(q->json, "password"));
	struct ex_error err = { 0 };
	struct ex_user u;
	enum ex_status status, said;

	if (!may_try(h, q, r, name))
		return;
	status = verify(h, q, name, password, &u, &err);
	leave();
	if (status == EX_OK || status == EX_NO) {
		said = audit_sign_in(h, q, &u, status == EX_OK, &err);
		status = said == EX_OK ? status : said;
	}
	h->count.sign_ins += status == EX_OK;
	h->count.refused += status == EX_NO;
	if (status == EX_OK)
		open_session(h, q, r, &u);
	else if (status == EX_NO)
		ex_reply_problem(
		    r, 401, "Not signed in", "user and password do not match");
	else
		ex_reply_error(r, &err);
	ex_wipe(&u, sizeof u);
}

/* A token may be called as a user is, and is not that user. */
static bool
has_session(const struct ex_request *q, struct ex_reply *r)
{
	if (!q->who.by_cookie)
		ex_reply_problem(r, 404, "Not found", "a token has no session");
	return q->who.by_cookie;
}

void
ex_h_session_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	(void)h;
	if (has_session(q, r))
		tell_session(r, &q->who);
}

void
ex_h_session_delete(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct link k = { .actor = q->who.actor, .action = EX_ACTION_SIGN_OUT };
	struct ex_error err = { 0 };

	if (!has_session(q, r))
		return;
	snprintf(k.subject, sizeof k.subject, "user:%.64s", q->who.name);
	ex_sessions_close(h, &q->who);
	snprintf(r->cookie, sizeof r->cookie, NO_COOKIE,
	    *h->set.certificate ? "; Secure" : "");
	if (ex_hub_write(h, append, &k, &err) != EX_OK)
		ex_reply_error(r, &err);
}

/* ---- one's own password ------------------------------------------------- */

static enum ex_status
renew(struct ex_hub *h, const struct ex_request *q, struct change *c,
    struct ex_error *err)
{
	const char *new = json_string_value(json_object_get(q->json, "new"));
	enum ex_status status;

	memcpy(c->was, c->user.password, sizeof c->was);
	status = ex_user_password(&c->user, new, err);
	if (status != EX_OK)
		return status;
	c->user.changed_ms = ex_hub_now_ms(h);
	c->link.actor = q->who.actor;
	c->link.action = EX_ACTION_USER;
	snprintf(
	    c->link.subject, sizeof c->link.subject, "user:%s", c->user.name);
	snprintf(c->link.detail, sizeof c->link.detail, "password");
	return ex_hub_write(h, change_user, c, err);
}

/* Who found a screen unlocked may not try passwords either. */
void
ex_h_password_put(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const char *old = json_string_value(json_object_get(q->json, "old"));
	struct ex_error err = { 0 };
	struct change c = { 0 };
	enum ex_status status;

	if (!has_session(q, r) || !may_try(h, q, r, q->who.name))
		return;
	status = verify(h, q, q->who.name, old, &c.user, &err);
	if (status == EX_OK)
		status = renew(h, q, &c, &err);
	leave();
	if (status == EX_OK) {
		ex_hub_sessions_end(h, c.user.name);
		open_session(h, q, r, &c.user);
		json_decref(r->json);
		r->json = NULL;
	} else if (status == EX_NO) {
		ex_reply_problem(
		    r, 403, "Forbidden", "old: is not the password");
	} else {
		ex_reply_error(r, &err);
	}
	ex_wipe(&c, sizeof c);
}
