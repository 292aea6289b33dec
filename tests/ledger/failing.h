/* SPDX-License-Identifier: Apache-2.0 */
/* The twin that fails on purpose: a store around another one, whose n-th call
 * fails, before or (FAILING_LATE) after it was made. */
#ifndef EXEUNT_TESTS_LEDGER_FAILING_H
#define EXEUNT_TESTS_LEDGER_FAILING_H

#include "ledger_internal.h"

static struct failing {
	const struct ex_store_ops *inner;
	void *store;
	long left; /* calls that succeed; below 0: all */
	bool late; /* the call is made, and its answer lost */
	bool hit;
} failing;

static inline bool
failing_now(void)
{
	if (failing.left != 0) {
		failing.left -= failing.left > 0;
		return false;
	}
	failing.left = -1;
	failing.hit = true;
	return true;
}

static inline enum ex_status
failing_say(struct ex_error *err)
{
	return ex_fail(err, EX_ERR_DATABASE, "store", "fails on purpose");
}

/* What is not done leaves its outputs as they are: nobody may use them. A
 * commit is answered or not made. */
#define FAILING(call, parameters, ...)                                         \
	static inline enum ex_status failing_##call parameters                 \
	{                                                                      \
		bool now = failing_now();                                      \
		enum ex_status status = EX_OK;                                 \
		(void)s;                                                       \
		if (!now || failing.late)                                      \
			status = failing.inner->call(__VA_ARGS__);             \
		return now ? failing_say(err) : status;                        \
	}

FAILING(use_port, (void *s, const char *port, struct ex_error *err),
    failing.store, port, err)
FAILING(begin, (void *s, bool write, struct ex_error *err), failing.store,
    write, err)
FAILING(crossing_add,
    (void *s, const struct ex_ledger_record *r, bool *fresh,
	struct ex_error *err),
    failing.store, r, fresh, err)
FAILING(crossing_get,
    (void *s, const char *id, struct ex_ledger_record *r, bool *found,
	struct ex_error *err),
    failing.store, id, r, found, err)
FAILING(crossing_each,
    (void *s, const struct ex_ledger_filter *f,
	struct ex_ledger_record *scratch, ex_ledger_visit *visit, void *arg,
	struct ex_error *err),
    failing.store, f, scratch, visit, arg, err)
FAILING(crossing_count,
    (void *s, const struct ex_ledger_filter *f, size_t *n,
	struct ex_error *err),
    failing.store, f, n, err)
FAILING(crossing_drop,
    (void *s, int64_t before_ms, size_t *n, struct ex_error *err),
    failing.store, before_ms, n, err)
FAILING(awaiting_get,
    (void *s, const char *crossing, uint32_t *mask, bool *found,
	struct ex_error *err),
    failing.store, crossing, mask, found, err)
FAILING(awaiting_put,
    (void *s, const char *crossing, uint32_t mask, struct ex_error *err),
    failing.store, crossing, mask, err)
FAILING(picture_add,
    (void *s, const struct ex_store_picture *p, struct ex_error *err),
    failing.store, p, err)
FAILING(picture_each,
    (void *s, const char *crossing, const char *name,
	ex_store_picture_visit *visit, void *arg, struct ex_error *err),
    failing.store, crossing, name, visit, arg, err)
FAILING(picture_earlier,
    (void *s, const uint8_t number[EX_SHA256_SIZE], size_t most,
	ex_store_picture_visit *visit, void *arg, struct ex_error *err),
    failing.store, number, most, visit, arg, err)
FAILING(picture_drop,
    (void *s, const char *crossing, size_t *n, struct ex_error *err),
    failing.store, crossing, n, err)
FAILING(picture_drop_epoch,
    (void *s, enum ex_retention_class c, int64_t epoch_ms, size_t *n,
	struct ex_error *err),
    failing.store, c, epoch_ms, n, err)
FAILING(ruling_add, (void *s, const struct ex_ruling *r, struct ex_error *err),
    failing.store, r, err)
FAILING(ruling_each,
    (void *s, const char *crossing, ex_ruling_visit *visit, void *arg,
	struct ex_error *err),
    failing.store, crossing, visit, arg, err)
FAILING(link_add, (void *s, const struct ex_link *l, struct ex_error *err),
    failing.store, l, err)
FAILING(link_last,
    (void *s, const char *node, struct ex_link *out, bool *found,
	struct ex_error *err),
    failing.store, node, out, found, err)
FAILING(link_each,
    (void *s, const struct ex_audit_filter *f, ex_link_visit *visit, void *arg,
	struct ex_error *err),
    failing.store, f, visit, arg, err)
FAILING(link_drop,
    (void *s, const char *node, uint64_t through_seq, size_t *n,
	struct ex_error *err),
    failing.store, node, through_seq, n, err)
FAILING(thing_put,
    (void *s, const char *kind, const char *key, struct ex_bytes value,
	struct ex_error *err),
    failing.store, kind, key, value, err)
FAILING(thing_drop,
    (void *s, const char *kind, const char *key, struct ex_error *err),
    failing.store, kind, key, err)
FAILING(thing_each,
    (void *s, const char *kind, ex_thing_visit *visit, void *arg,
	struct ex_error *err),
    failing.store, kind, visit, arg, err)
#undef FAILING

static inline enum ex_status
failing_thing_get(void *s, const char *kind, const char *key,
    struct ex_blob *out, bool *found, struct ex_error *err)
{
	(void)s;
	*out = (struct ex_blob){ 0 };
	return failing_now() ? failing_say(err)
			     : failing.inner->thing_get(
				   failing.store, kind, key, out, found, err);
}

static inline enum ex_status
failing_commit(void *s, struct ex_error *err)
{
	(void)s;
	return failing_now() ? failing_say(err)
			     : failing.inner->commit(failing.store, err);
}

static inline void
failing_rollback(void *s)
{
	(void)s;
	failing.inner->rollback(failing.store);
}

static const struct ex_store_ops failing_ops = {
	.version = EX_STORE_VERSION,
	.name = "failing",
	.rollback = failing_rollback,
	.use_port = failing_use_port,
	.begin = failing_begin,
	.commit = failing_commit,
	.crossing_add = failing_crossing_add,
	.crossing_get = failing_crossing_get,
	.crossing_each = failing_crossing_each,
	.crossing_count = failing_crossing_count,
	.crossing_drop = failing_crossing_drop,
	.awaiting_get = failing_awaiting_get,
	.awaiting_put = failing_awaiting_put,
	.picture_add = failing_picture_add,
	.picture_each = failing_picture_each,
	.picture_earlier = failing_picture_earlier,
	.picture_drop = failing_picture_drop,
	.picture_drop_epoch = failing_picture_drop_epoch,
	.ruling_add = failing_ruling_add,
	.ruling_each = failing_ruling_each,
	.link_add = failing_link_add,
	.link_last = failing_link_last,
	.link_each = failing_link_each,
	.link_drop = failing_link_drop,
	.thing_put = failing_thing_put,
	.thing_get = failing_thing_get,
	.thing_drop = failing_thing_drop,
	.thing_each = failing_thing_each,
};

/* Put it around a ledger's store, and take it off again. */
static inline void
failing_wear(struct ex_ledger *l, long left, bool late)
{
	failing = (struct failing){ l->ops, l->store, left, late, false };
	l->ops = &failing_ops;
}

static inline bool
failing_doff(struct ex_ledger *l)
{
	l->ops = failing.inner;
	l->store = failing.store;
	return failing.hit;
}

#endif
