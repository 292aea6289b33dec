/* SPDX-License-Identifier: Apache-2.0 */
/* (H4) Users and tokens, each a small thing of the ledger. */
#include "hub_internal.h"

#include <stdlib.h>
#include <string.h>

#define USER   "user"
#define TOKEN  "token"
#define PREFIX "exeunt-"

static const struct {
	enum ex_role role;
	const char *word;
} roles[] = {
	{ EX_ROLE_ANYONE, "anyone" },
	{ EX_ROLE_LANE, "lane" },
	{ EX_ROLE_OFFICER, "officer" },
	{ EX_ROLE_SUPERVISOR, "supervisor" },
	{ EX_ROLE_AUDITOR, "auditor" },
	{ EX_ROLE_ADMIN, "admin" },
};

const char *
ex_role_word(enum ex_role role)
{
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
		if (roles[i].role == role)
			return roles[i].word;
	return "nobody";
}

bool
ex_role_from_word(const char *word, enum ex_role *out)
{
	for (size_t i = 1; i < sizeof roles / sizeof *roles; i++)
		if (strcmp(word, roles[i].word) == 0) {
			*out = roles[i].role;
			return true;
		}
	return false;
}

static bool
is_name(const char *s, size_t room)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-");

	return n > 0 && n < room && s[n] == '\0' && *s != '.';
}

static bool
has_role(const char *word, unsigned set)
{
	enum ex_role role;

	return ex_role_from_word(word, &role) && (role & set);
}

/* A string member that fits; "" where there is none. */
static bool
take_text(const json_t *o, const char *name, char *out, size_t room)
{
	const char *s = json_string_value(json_object_get(o, name));

	out[0] = '\0';
	if (!s)
		return true;
	if (strlen(s) >= room)
		return false;
	memcpy(out, s, strlen(s) + 1);
	return true;
}

static json_t *
load(struct ex_bytes value)
{
	return json_loadb(
	    (const char *)value.data, value.size, JSON_REJECT_DUPLICATES, NULL);
}

/* `o` is taken. */
static enum ex_status
put(struct ex_ledger *l, const char *kind, const char *key, json_t *o,
    struct ex_error *err)
{
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;
	enum ex_status status;

	json_decref(o);
	if (!text)
		return ex_fail(err, EX_ERR_NOMEM, kind, NULL);
	status = ex_thing_put(l, kind, key, ex_string_bytes(text), err);
	ex_wipe(text, strlen(text));
	free(text);
	return status;
}

/* ---- users -------------------------------------------------------------- */

static bool
is_language(const char *s)
{
	return strcmp(s, "en") == 0 || strcmp(s, "es") == 0 ||
	       strcmp(s, "fr") == 0;
}

static enum ex_status
check_user(const struct ex_user *u, struct ex_error *err)
{
	if (!is_name(u->name, sizeof u->name))
		return ex_fail(err, EX_ERR_INPUT, "user",
		    "must be 1 to 32 of a-z, 0-9, '.', '_' and '-'");
	if (!has_role(u->role, EX_ROLE_PEOPLE))
		return ex_fail(err, EX_ERR_INPUT, "role",
		    "must be officer, supervisor, auditor or admin");
	if (!is_language(u->language))
		return ex_fail(
		    err, EX_ERR_INPUT, "language", "must be en, es or fr");
	return EX_OK;
}

static enum ex_status
parse_user(const char *name, struct ex_bytes value, struct ex_user *out,
    struct ex_error *err)
{
	json_t *o = load(value);
	bool good;

	*out = (struct ex_user){ 0 };
	if (!is_name(name, sizeof out->name)) {
		json_decref(o);
		return ex_fail(err, EX_ERR_DATABASE, USER, "a damaged record");
	}
	memcpy(out->name, name, strlen(name) + 1);
	good = take_text(o, "role", out->role, sizeof out->role) &&
	       take_text(o, "password", out->password, sizeof out->password) &&
	       take_text(o, "language", out->language, sizeof out->language) &&
	       take_text(o, "by", out->by, sizeof out->by);
	out->disabled = json_is_true(json_object_get(o, "disabled"));
	out->changed_ms = json_integer_value(json_object_get(o, "changed"));
	json_decref(o);
	if (good && check_user(out, NULL) == EX_OK)
		return EX_OK;
	ex_wipe(out, sizeof *out);
	return ex_fail(err, EX_ERR_DATABASE, USER, "a damaged record");
}

enum ex_status
ex_user_get(struct ex_ledger *l, const char *name, struct ex_user *out,
    struct ex_error *err)
{
	struct ex_blob value;
	enum ex_status status;

	*out = (struct ex_user){ 0 };
	if (!is_name(name, sizeof out->name))
		return ex_fail(err, EX_ERR_NOT_FOUND, USER, "no such user");
	status = ex_thing_get(l, USER, name, &value, err);
	if (status != EX_OK)
		return status;
	status = parse_user(name, ex_blob_bytes(&value), out, err);
	ex_wipe(value.data, value.size);
	ex_blob_free(&value);
	return status;
}

enum ex_status
ex_user_put(struct ex_ledger *l, const struct ex_user *u, struct ex_error *err)
{
	enum ex_status status = check_user(u, err);

	if (status != EX_OK)
		return status;
	return put(l, USER, u->name,
	    json_pack("{s:s, s:s, s:s, s:b, s:I, s:s}", "role", u->role,
		"password", u->password, "language", u->language, "disabled",
		u->disabled, "changed", (json_int_t)u->changed_ms, "by", u->by),
	    err);
}

enum ex_status
ex_user_drop(struct ex_ledger *l, const char *name, struct ex_error *err)
{
	if (!is_name(name, EX_USER_SIZE))
		return ex_fail(err, EX_ERR_NOT_FOUND, USER, "no such user");
	return ex_thing_drop(l, USER, name, err);
}

struct user_walk {
	ex_user_visit *visit;
	void *arg;
	struct ex_error *err;
};

static enum ex_status
visit_user(const char *key, struct ex_bytes value, void *arg)
{
	struct user_walk *w = arg;
	struct ex_user u;
	enum ex_status status = parse_user(key, value, &u, w->err);

	if (status == EX_OK)
		status = w->visit(&u, w->arg);
	ex_wipe(&u, sizeof u);
	return status;
}

enum ex_status
ex_user_each(
    struct ex_ledger *l, ex_user_visit *visit, void *arg, struct ex_error *err)
{
	struct user_walk w = { visit, arg, err };

	return ex_thing_each(l, USER, visit_user, &w, err);
}

enum ex_status
ex_user_password(struct ex_user *u, const char *password, struct ex_error *err)
{
	size_t n = strlen(password);

	/* NIST SP 800-63B, 5.1.1.2: length, and no rules of composition. */
	if (n < 12 || n > EX_PASSWORD_MOST)
		return ex_fail(err, EX_ERR_INPUT, "password",
		    "must be of 12 to %d bytes", EX_PASSWORD_MOST);
	if (ex_password_store(password, u->password) != EX_OK)
		return ex_fail(
		    err, EX_ERR_INTERNAL, "password", "could not be hashed");
	return EX_OK;
}

/* ---- tokens ------------------------------------------------------------- */

static bool
hash_text(const char *text, char key[EX_HEX_SIZE(EX_SHA256_SIZE)])
{
	uint8_t hash[EX_SHA256_SIZE];

	if (ex_sha256(ex_string_bytes(text), hash) != EX_OK)
		return false;
	ex_hex_format(hash, sizeof hash, key);
	return true;
}

static enum ex_status
check_token(const struct ex_token *t, struct ex_error *err)
{
	if (!has_role(t->role, EX_ROLE_LANE | EX_ROLE_AUDITOR))
		return ex_fail(
		    err, EX_ERR_INPUT, "role", "must be lane or auditor");
	if (!is_name(t->name, sizeof t->name))
		return ex_fail(err, EX_ERR_INPUT, "name",
		    "must be 1 to 32 of a-z, 0-9, '.', '_' and '-'");
	return EX_OK;
}

static enum ex_status
parse_token(const char *key, struct ex_bytes value, struct ex_token *out,
    struct ex_error *err)
{
	json_t *o = load(value);
	bool good;

	*out = (struct ex_token){ 0 };
	good = strlen(key) == EX_HEX_SIZE(EX_SHA256_SIZE) - 1 &&
	       take_text(o, "role", out->role, sizeof out->role) &&
	       take_text(o, "name", out->name, sizeof out->name);
	out->made_ms = json_integer_value(json_object_get(o, "made"));
	json_decref(o);
	if (!good || check_token(out, NULL) != EX_OK)
		return ex_fail(err, EX_ERR_DATABASE, TOKEN, "a damaged record");
	memcpy(out->id, key, EX_TOKEN_ID_SIZE - 1);
	return EX_OK;
}

enum ex_status
ex_token_make(struct ex_ledger *l, struct ex_token *t,
    char text[static EX_TOKEN_TEXT_SIZE], struct ex_error *err)
{
	char key[EX_HEX_SIZE(EX_SHA256_SIZE)];
	uint8_t chance[32];
	enum ex_status status = check_token(t, err);

	text[0] = '\0';
	if (status != EX_OK)
		return status;
	if (ex_random(chance, sizeof chance) != EX_OK)
		return ex_fail(err, EX_ERR_INTERNAL, TOKEN, "no random bytes");
	memcpy(text, PREFIX, sizeof PREFIX);
	ex_hex_format(chance, sizeof chance, text + sizeof PREFIX - 1);
	ex_wipe(chance, sizeof chance);
	if (hash_text(text, key)) {
		memcpy(t->id, key, EX_TOKEN_ID_SIZE - 1);
		t->id[EX_TOKEN_ID_SIZE - 1] = '\0';
		status = put(l, TOKEN, key,
		    json_pack("{s:s, s:s, s:I}", "role", t->role, "name",
			t->name, "made", (json_int_t)t->made_ms),
		    err);
	} else {
		status =
		    ex_fail(err, EX_ERR_INTERNAL, TOKEN, "could not be hashed");
	}
	if (status != EX_OK)
		ex_wipe(text, EX_TOKEN_TEXT_SIZE);
	return status;
}

struct token_walk {
	ex_token_visit *visit;
	void *arg;
	struct ex_error *err;
	const char *id; /* to be found */
	char key[EX_HEX_SIZE(EX_SHA256_SIZE)];
};

static enum ex_status
visit_token(const char *key, struct ex_bytes value, void *arg)
{
	struct token_walk *w = arg;
	struct ex_token t;
	enum ex_status status = parse_token(key, value, &t, w->err);

	return status == EX_OK ? w->visit(&t, w->arg) : status;
}

enum ex_status
ex_token_each(
    struct ex_ledger *l, ex_token_visit *visit, void *arg, struct ex_error *err)
{
	struct token_walk w = { .visit = visit, .arg = arg, .err = err };

	return ex_thing_each(l, TOKEN, visit_token, &w, err);
}

static enum ex_status
visit_key(const char *key, struct ex_bytes value, void *arg)
{
	struct token_walk *w = arg;

	(void)value;
	if (strlen(key) == sizeof w->key - 1 &&
	    strncmp(key, w->id, EX_TOKEN_ID_SIZE - 1) == 0)
		memcpy(w->key, key, sizeof w->key);
	return EX_OK;
}

enum ex_status
ex_token_drop(struct ex_ledger *l, const char *id, struct ex_error *err)
{
	struct token_walk w = { .id = id };
	enum ex_status status =
	    strlen(id) == EX_TOKEN_ID_SIZE - 1
		? ex_thing_each(l, TOKEN, visit_key, &w, err)
		: EX_OK;

	if (status != EX_OK)
		return status;
	if (!*w.key)
		return ex_fail(err, EX_ERR_NOT_FOUND, TOKEN, "no such token");
	return ex_thing_drop(l, TOKEN, w.key, err);
}

enum ex_status
ex_token_find(struct ex_ledger *l, const char *text, struct ex_token *out,
    struct ex_error *err)
{
	char key[EX_HEX_SIZE(EX_SHA256_SIZE)];
	struct ex_blob value;
	enum ex_status status;

	*out = (struct ex_token){ 0 };
	if (strlen(text) != EX_TOKEN_TEXT_SIZE - 1 ||
	    strncmp(text, PREFIX, sizeof PREFIX - 1) != 0 ||
	    !hash_text(text, key))
		return ex_fail(err, EX_ERR_NOT_FOUND, TOKEN, "no such token");
	/* By the hash: what a comparison's time tells is of no use. */
	status = ex_thing_get(l, TOKEN, key, &value, err);
	if (status != EX_OK)
		return status;
	status = parse_token(key, ex_blob_bytes(&value), out, err);
	ex_blob_free(&value);
	return status;
}
