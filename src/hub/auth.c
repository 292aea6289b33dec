/* SPDX-License-Identifier: Apache-2.0 */
/* (H1) Who asks: by token, by session, or by certificate. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

struct search {
	const char *text;
	struct ex_token token;
};

static enum ex_status
find_token(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct search *s = arg;

	return ex_token_find(l, s->text, &s->token, err);
}

struct look {
	const char *name;
	struct ex_user *user;
};

static enum ex_status
get_user(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct look *k = arg;

	return ex_user_get(l, k->name, k->user, err);
}

enum ex_status
ex_hub_user(struct ex_hub *h, const char *name, struct ex_user *out,
    struct ex_error *err)
{
	struct look k = { name, out };

	*out = (struct ex_user){ 0 };
	return ex_hub_read(h, get_user, &k, err);
}

static void
be_program(struct ex_principal *who, enum ex_role role, const char *name)
{
	who->role = role;
	snprintf(who->name, sizeof who->name, "%s", name);
	snprintf(who->actor, sizeof who->actor, "%s:%.58s",
	    role == EX_ROLE_LANE ? "lane" : "token", name);
}

/* Each time from the ledger: a token that is withdrawn, by whichever program,
 * is so from the next request on. */
static enum ex_status
by_token(struct ex_hub *h, const char *text, struct ex_principal *who,
    struct ex_error *err)
{
	struct search s = { .text = text };
	enum ex_role role;
	enum ex_status status = ex_hub_read(h, find_token, &s, err);

	if (status == EX_ERR_NOT_FOUND)
		return EX_NO;
	if (status == EX_OK && ex_role_from_word(s.token.role, &role))
		be_program(who, role, s.token.name);
	memcpy(who->token, s.token.id, sizeof who->token);
	return status;
}

/* Names of lanes are those of tokens: a certificate with another is no
 * lane's. */
static bool
is_lane(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n < EX_USER_SIZE && name[n] == '\0' && *name != '.';
}

enum ex_status
ex_auth_find(struct ex_hub *h, const struct ex_credentials *c,
    struct ex_principal *who, struct ex_error *err)
{
	*who = (struct ex_principal){ .role = EX_ROLE_ANYONE };
	if (c->bearer)
		return by_token(h, c->bearer, who, err);
	if (c->cookie)
		return ex_sessions_find(h, c->cookie, who, err);
	if (c->certificate && is_lane(c->certificate)) {
		be_program(who, EX_ROLE_LANE, c->certificate);
		return EX_OK;
	}
	return EX_NO;
}

/* ---- still? ------------------------------------------------------------- */

struct again {
	const char *id;
	bool found;
};

static enum ex_status
look_at_token(const struct ex_token *t, void *arg)
{
	struct again *a = arg;

	a->found = a->found || strcmp(t->id, a->id) == 0;
	return EX_OK;
}

static enum ex_status
look_for_token(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	return ex_token_each(l, look_at_token, arg, err);
}

bool
ex_auth_holds(struct ex_hub *h, const struct ex_principal *who)
{
	struct again a = { .id = who->token };
	struct ex_error err;

	if (who->by_cookie)
		return ex_sessions_holds(h, who);
	if (!*who->token)
		return true; /* a certificate, for as long as it is connected */
	return ex_hub_read(h, look_for_token, &a, &err) != EX_OK || a.found;
}
