/* SPDX-License-Identifier: Apache-2.0 */
/* Users and tokens. No password and no token is ever told again. */
#include "records.h"

#include <stdlib.h>
#include <string.h>

static const char *
text(const struct ex_request *q, const char *key)
{
	const char *s = json_string_value(json_object_get(q->json, key));

	return s ? s : "";
}

/* ---- users ------------------------------------------------------------- */

static json_t *
user_json(const struct ex_user *u, bool password)
{
	return json_pack("{ss ss ss sb sb so}", "user", u->name, "role",
	    u->role, "language", u->language, "disabled", u->disabled,
	    "password", password, "changed", ex_time_or_null(u->changed_ms));
}

static enum ex_status
take_user(const struct ex_user *u, void *arg)
{
	json_t *j = user_json(u, *u->password != '\0');

	return json_array_append_new(arg, j) == 0 ? EX_OK : EX_ERR_NOMEM;
}

static enum ex_status
read_users(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	json_array_clear(arg);
	return ex_user_each(l, take_user, arg, err);
}

void
ex_h_users_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	json_t *items = json_array();
	struct ex_error err = { .status = EX_ERR_NOMEM };

	(void)q;
	if (ex_reply_unless(r, ex_hub_read(h, read_users, items, &err), &err))
		ex_reply_json(r, json_pack("{sO}", "items", items));
	json_decref(items);
}

struct change {
	struct ex_act act;
	struct ex_user asked; /* wipe */
	bool drop, password;  /* given */
	bool has_password;
	enum { DONE, LAST_ADMIN, NO_PASSWORD } what;
};

struct admins {
	const char *except;
	size_t n;
};

static enum ex_status
count_admin(const struct ex_user *u, void *arg)
{
	struct admins *a = arg;

	a->n += strcmp(u->role, "admin") == 0 && !u->disabled &&
		strcmp(u->name, a->except) != 0;
	return EX_OK;
}

/* Nobody locks the door from outside: one administrator stays. */
static enum ex_status
check_admins(struct ex_ledger *l, struct change *c, struct ex_error *err)
{
	struct admins a = { .except = c->asked.name };
	bool stays = !c->drop && !c->asked.disabled &&
		     strcmp(c->asked.role, "admin") == 0;
	enum ex_status status = ex_user_each(l, count_admin, &a, err);

	if (status == EX_OK && a.n == 0 && !stays)
		c->what = LAST_ADMIN;
	return status;
}

static const char *
state(const struct ex_user *u)
{
	return u->disabled ? " (disabled)" : "";
}

static enum ex_status
record_user(struct ex_ledger *l, const struct change *c,
    const struct ex_user *old, const struct ex_user *new, struct ex_error *err)
{
	char subject[EX_SUBJECT_SIZE], detail[EX_DETAIL_SIZE];

	snprintf(subject, sizeof subject, "user:%s", c->asked.name);
	snprintf(detail, sizeof detail, "%s%s -> %s%s%s",
	    old ? old->role : "nobody", old ? state(old) : "",
	    new ? new->role : "nobody", new ? state(new) : "",
	    c->password ? ", new password" : "");
	return ex_audit_append(
	    l, &c->act, EX_ACTION_USER, subject, detail, err);
}

static enum ex_status
put_user(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct change *c = arg;
	struct ex_user old, new = c->asked;
	enum ex_status status = ex_user_get(l, c->asked.name, &old, err);
	bool there = status == EX_OK;

	c->what = DONE;
	if (status == EX_ERR_NOT_FOUND)
		status = EX_OK;
	if (there && !c->password)
		memcpy(new.password, old.password, sizeof new.password);
	snprintf(new.by, sizeof new.by, "%s",
	    there && !c->password ? old.by : c->act.actor);
	if (!there && !c->password)
		c->what = NO_PASSWORD;
	if (status == EX_OK && c->what == DONE)
		status = check_admins(l, c, err);
	if (status == EX_OK && c->what == DONE)
		status = ex_user_put(l, &new, err);
	c->has_password = *new.password != '\0';
	if (status == EX_OK && c->what == DONE)
		status = record_user(l, c, there ? &old : NULL, &new, err);
	ex_wipe(&old, sizeof old);
	ex_wipe(&new, sizeof new);
	return status;
}

static enum ex_status
drop_user(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct change *c = arg;
	struct ex_user old;
	enum ex_status status = ex_user_get(l, c->asked.name, &old, err);

	c->what = DONE;
	if (status == EX_OK)
		status = check_admins(l, c, err);
	if (status == EX_OK && c->what == DONE)
		status = ex_user_drop(l, c->asked.name, err);
	if (status == EX_OK && c->what == DONE)
		status = record_user(l, c, &old, NULL, err);
	ex_wipe(&old, sizeof old);
	return status;
}

static bool
change_user(
    struct ex_hub *h, ex_hub_work *fn, struct change *c, struct ex_reply *r)
{
	struct ex_error err = { 0 };

	if (!ex_reply_unless(r, ex_hub_write(h, fn, c, &err), &err))
		return false;
	if (c->what == LAST_ADMIN)
		ex_reply_problem(r, 409, "The last administrator",
		    "somebody must stay who may change users");
	else if (c->what == NO_PASSWORD)
		ex_reply_problem(r, 400, "The user is not as it should be",
		    "password must be given for a new user");
	else
		ex_hub_sessions_end(h, c->asked.name);
	return c->what == DONE;
}

void
ex_h_users_put(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct change c = { .act = ex_act_of(q, EX_ACTION_USER) };
	struct ex_user *u = &c.asked;
	const char *password = text(q, "password");
	struct ex_error err = { 0 };

	snprintf(u->name, sizeof u->name, "%s", q->param[0]);
	snprintf(u->role, sizeof u->role, "%s", text(q, "role"));
	snprintf(u->language, sizeof u->language, "%s",
	    *text(q, "language") ? text(q, "language") : "en");
	u->disabled = json_is_true(json_object_get(q->json, "disabled"));
	u->changed_ms = ex_hub_now_ms(h);
	c.password = *password != '\0';
	if ((!c.password || ex_reply_unless(r,
				ex_user_password(u, password, &err), &err)) &&
	    change_user(h, put_user, &c, r))
		ex_reply_json(r, user_json(u, c.has_password));
	ex_wipe(&c, sizeof c);
}

void
ex_h_users_delete(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct change c = { .act = ex_act_of(q, EX_ACTION_USER), .drop = true };

	snprintf(c.asked.name, sizeof c.asked.name, "%s", q->param[0]);
	change_user(h, drop_user, &c, r);
}

/* ---- tokens ------------------------------------------------------------ */

static json_t *
token_json(const struct ex_token *t)
{
	return json_pack("{ss ss ss so}", "id", t->id, "role", t->role, "name",
	    t->name, "made", ex_time_json(t->made_ms));
}

static enum ex_status
take_token(const struct ex_token *t, void *arg)
{
	return json_array_append_new(arg, token_json(t)) == 0 ? EX_OK
							      : EX_ERR_NOMEM;
}

static enum ex_status
read_tokens(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	json_array_clear(arg);
	return ex_token_each(l, take_token, arg, err);
}

void
ex_h_tokens_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	json_t *items = json_array();
	struct ex_error err = { .status = EX_ERR_NOMEM };

	(void)q;
	if (ex_reply_unless(r, ex_hub_read(h, read_tokens, items, &err), &err))
		ex_reply_json(r, json_pack("{sO}", "items", items));
	json_decref(items);
}

struct token_job {
	struct ex_act act;
	const char *role, *name, *id;
	int64_t now_ms;
	struct ex_token token;
	char text[EX_TOKEN_TEXT_SIZE]; /* wipe */
};

static enum ex_status
record_token(struct ex_ledger *l, const struct token_job *j, const char *what,
    struct ex_error *err)
{
	char subject[EX_SUBJECT_SIZE], detail[EX_DETAIL_SIZE];

	snprintf(
	    subject, sizeof subject, "token:%s", j->id ? j->id : j->token.id);
	snprintf(detail, sizeof detail, "%s %s %s", what, j->token.role,
	    j->token.name);
	return ex_audit_append(
	    l, &j->act, EX_ACTION_TOKEN, subject, detail, err);
}

static enum ex_status
make_token(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct token_job *j = arg;
	enum ex_status status;

	memset(&j->token, 0, sizeof j->token);
	snprintf(j->token.role, sizeof j->token.role, "%s", j->role);
	snprintf(j->token.name, sizeof j->token.name, "%s", j->name);
	j->token.made_ms = j->now_ms;
	status = ex_token_make(l, &j->token, j->text, err);
	return status == EX_OK ? record_token(l, j, "made", err) : status;
}

static enum ex_status
keep_token(const struct ex_token *t, void *arg)
{
	struct token_job *j = arg;

	if (strcmp(t->id, j->id) == 0)
		j->token = *t;
	return EX_OK;
}

static enum ex_status
drop_token(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct token_job *j = arg;
	enum ex_status status = ex_token_each(l, keep_token, j, err);

	if (status == EX_OK)
		status = ex_token_drop(l, j->id, err);
	return status == EX_OK ? record_token(l, j, "withdrew", err) : status;
}

void
ex_h_tokens_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct token_job j = { .act = ex_act_of(q, EX_ACTION_TOKEN),
		.role = text(q, "role"),
		.name = text(q, "name"),
		.now_ms = ex_hub_now_ms(h) };
	struct ex_error err = { 0 };
	json_t *answer;

	if (ex_reply_unless(r, ex_hub_write(h, make_token, &j, &err), &err)) {
		answer = token_json(&j.token);
		json_object_set_new(answer, "token", json_string(j.text));
		ex_reply_json(r, answer);
	}
	ex_wipe(&j, sizeof j);
}

void
ex_h_tokens_delete(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct token_job j = { .act = ex_act_of(q, EX_ACTION_TOKEN),
		.id = q->param[0] };
	struct ex_error err = { 0 };

	ex_reply_unless(r, ex_hub_write(h, drop_token, &j, &err), &err);
}
