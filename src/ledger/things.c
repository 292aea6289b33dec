/* SPDX-License-Identifier: Apache-2.0 */
/* Small things by name, for whoever gives them meaning. */
#include "ledger_internal.h"

#include <string.h>

#define KIND_MOST 32
#define KEY_MOST  96
struct naming {
	const char *kind, *key;
	struct ex_bytes value;
	struct ex_blob *out;
	ex_thing_visit *visit;
	void *arg;
};

static bool
is_name(const char *s, size_t most)
{
	size_t n = strlen(s);

	return n >= 1 && n <= most && strspn(s, EX_NAME_LETTERS) == n;
}

static enum ex_status
check(const struct ex_ledger *l, const char *kind, const char *key,
    struct ex_error *err)
{
	if (is_name(kind, KIND_MOST) && (!key || is_name(key, KEY_MOST)))
		return EX_OK;
	return ex_fail(err, EX_ERR_USAGE, l->name,
	    "the name of a thing has 1 to %d letters, digits, or :._@-",
	    KEY_MOST);
}

/* What the ledger keeps of itself: the proof of its key, the audit chain's
 * statements, epochs and the clock. Nobody else writes there. */
static bool
is_reserved(const char *kind)
{
	static const char *const own[] = { "ledger", "epoch", "clock" };

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(kind, own[i]) == 0)
			return true;
	return strncmp(kind, "audit-", 6) == 0;
}

static enum ex_status
check_writing(const struct ex_ledger *l, const char *kind, const char *key,
    struct ex_error *err)
{
	if (is_reserved(kind))
		return ex_fail(err, EX_ERR_USAGE, l->name,
		    "things of the kind %s are the ledger's own", kind);
	return check(l, kind, key, err);
}

static enum ex_status
put(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct naming *n = arg;

	return l->ops->thing_put(l->store, n->kind, n->key, n->value, err);
}

enum ex_status
ex_thing_put(struct ex_ledger *l, const char *kind, const char *key,
    struct ex_bytes value, struct ex_error *err)
{
	struct naming n = { .kind = kind, .key = key, .value = value };
	enum ex_status status = check_writing(l, kind, key, err);

	if (status == EX_OK && value.size > EX_THING_MOST)
		status = ex_fail(err, EX_ERR_TOO_LARGE, l->name,
		    "a thing has at most %d bytes", EX_THING_MOST);
	if (status == EX_OK)
		status = ex_ledger_within(l, true, put, &n, err);
	return status;
}

static enum ex_status
get(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct naming *n = arg;
	bool found = false;
	enum ex_status status =
	    l->ops->thing_get(l->store, n->kind, n->key, n->out, &found, err);

	if (status == EX_OK && !found)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->name,
		    "holds no %s of this name", n->kind);
	return status;
}

enum ex_status
ex_thing_get(struct ex_ledger *l, const char *kind, const char *key,
    struct ex_blob *out, struct ex_error *err)
{
	struct naming n = { .kind = kind, .key = key, .out = out };
	enum ex_status status = check(l, kind, key, err);

	*out = (struct ex_blob){ 0 };
	if (status == EX_OK)
		status = ex_ledger_within(l, false, get, &n, err);
	if (status != EX_OK)
		ex_blob_free(out);
	return status;
}

static enum ex_status
drop(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct naming *n = arg;

	return l->ops->thing_drop(l->store, n->kind, n->key, err);
}

enum ex_status
ex_thing_drop(struct ex_ledger *l, const char *kind, const char *key,
    struct ex_error *err)
{
	struct naming n = { .kind = kind, .key = key };
	enum ex_status status = check_writing(l, kind, key, err);

	if (status == EX_OK)
		status = ex_ledger_within(l, true, drop, &n, err);
	return status;
}

static enum ex_status
each(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct naming *n = arg;

	return l->ops->thing_each(l->store, n->kind, n->visit, n->arg, err);
}

enum ex_status
ex_thing_each(struct ex_ledger *l, const char *kind, ex_thing_visit *visit,
    void *arg, struct ex_error *err)
{
	struct naming n = { .kind = kind, .visit = visit, .arg = arg };
	enum ex_status status = check(l, kind, NULL, err);

	if (status == EX_OK)
		status = ex_ledger_within(l, false, each, &n, err);
	return status;
}
