/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th call of the store fails: the first, then the second, until the whole
 * work succeeds. What failed left nothing, and the chain is sound. */
#include "hub.h"

#include "audit.h"

/* ---- a store that fails in its n-th call ------------------------------- */

static const struct ex_store_ops *real;
static long left; /* calls still to succeed; below 0: all */
static bool once; /* only one fails */
static bool hit;  /* one has */

static bool
fails(struct ex_error *err, enum ex_status *status)
{
	if (left != 0) {
		left -= left > 0;
		return false;
	}
	hit = true;
	if (once)
		left = -1;
	*status = ex_fail(err, EX_ERR_DATABASE, "store", "fails on purpose");
	return true;
}

/* One that passes on, or fails: parameters and arguments without `err`. */
#define CALL(name, parameters, arguments)                                      \
	static enum ex_status failing_##name parameters                        \
	{                                                                      \
		enum ex_status status;                                         \
                                                                               \
		return fails(err, &status) ? status : real->name arguments;    \
	}
CALL(begin, (void *s, bool write, struct ex_error *err), (s, write, err))
CALL(commit, (void *s, struct ex_error *err), (s, err))
CALL(crossing_get,
    (void *s, const char *id, struct ex_ledger_record *r, bool *found,
	struct ex_error *err),
    (s, id, r, found, err))
CALL(awaiting_get,
    (void *s, const char *crossing, uint32_t *mask, bool *found,
	struct ex_error *err),
    (s, crossing, mask, found, err))
CALL(awaiting_put,
    (void *s, const char *crossing, uint32_t mask, struct ex_error *err),
    (s, crossing, mask, err))
CALL(ruling_add, (void *s, const struct ex_ruling *r, struct ex_error *err),
    (s, r, err))
CALL(ruling_each,
    (void *s, const char *crossing, ex_ruling_visit *visit, void *arg,
	struct ex_error *err),
    (s, crossing, visit, arg, err))
CALL(link_add, (void *s, const struct ex_link *l, struct ex_error *err),
    (s, l, err))
CALL(link_last,
    (void *s, const char *node, struct ex_link *out, bool *found,
	struct ex_error *err),
    (s, node, out, found, err))
CALL(link_each,
    (void *s, const struct ex_audit_filter *f, ex_link_visit *visit, void *arg,
	struct ex_error *err),
    (s, f, visit, arg, err))
CALL(link_drop,
    (void *s, const char *node, uint64_t through_seq, size_t *n,
	struct ex_error *err),
    (s, node, through_seq, n, err))
CALL(thing_put,
    (void *s, const char *kind, const char *key, struct ex_bytes value,
	struct ex_error *err),
    (s, kind, key, value, err))
CALL(thing_get,
    (void *s, const char *kind, const char *key, struct ex_blob *out,
	bool *found, struct ex_error *err),
    (s, kind, key, out, found, err))
CALL(thing_drop,
    (void *s, const char *kind, const char *key, struct ex_error *err),
    (s, kind, key, err))
CALL(thing_each,
    (void *s, const char *kind, ex_thing_visit *visit, void *arg,
	struct ex_error *err),
    (s, kind, visit, arg, err))

static struct ex_store_ops failing;

static struct ex_ledger *
open_failing(const char *path)
{
	struct ex_ledger *l = hub_open(path);

	real = l->ops;
	left = -1;
	failing = *real;
	failing.begin = failing_begin;
	failing.commit = failing_commit;
	failing.crossing_get = failing_crossing_get;
	failing.awaiting_get = failing_awaiting_get;
	failing.awaiting_put = failing_awaiting_put;
	failing.ruling_add = failing_ruling_add;
	failing.ruling_each = failing_ruling_each;
	failing.link_add = failing_link_add;
	failing.link_last = failing_link_last;
	failing.link_each = failing_link_each;
	failing.link_drop = failing_link_drop;
	failing.thing_put = failing_thing_put;
	failing.thing_get = failing_thing_get;
	failing.thing_drop = failing_thing_drop;
	failing.thing_each = failing_thing_each;
	l->ops = &failing;
	return l;
}

/* ---- each work, failing at every call ---------------------------------- */

typedef enum ex_status work(
    struct ex_ledger *l, const char *crossing, struct ex_error *err);

static enum ex_status
append(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	(void)crossing;
	return hub_append(l, 3, err);
}

static enum ex_status
sign(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	struct ex_head h;
	enum ex_status status;

	(void)crossing;
	status = ex_audit_sign(l, &h, err);
	assert_int_equal(h.seq == 0, status != EX_OK);
	return status;
}

static enum ex_status
prune_work(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	size_t n;

	(void)arg;
	return ex_audit_prune(l, hub_clock_ms - 4000, &n, err);
}

static enum ex_status
prune(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	(void)crossing;
	return ex_ledger_within(l, true, prune_work, NULL, err);
}

static enum ex_status
nothing(const struct ex_ruling *r, void *arg)
{
	(void)r;
	(void)arg;
	return EX_OK;
}

static enum ex_status
rule(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	struct ex_ruling r = {
		.occupant = 3, .kind = EX_RULING_BY_HAND, .reason = "reason"
	};
	uint32_t mask;
	enum ex_status status;

	strcpy(r.crossing, crossing);
	status = ex_ledger_rulings(l, crossing, nothing, NULL, err);
	if (status == EX_OK)
		status = ex_ledger_rule(l, &hub_officer, &r, err);
	if (status == EX_OK)
		status = ex_ledger_awaiting(l, crossing, &mask, err);
	return status;
}

static enum ex_status
no_thing(const char *key, struct ex_bytes value, void *arg)
{
	(void)key;
	(void)value;
	(void)arg;
	return EX_OK;
}

static enum ex_status
things(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	struct ex_blob out;
	enum ex_status status;

	(void)crossing;
	status = ex_thing_put(l, "k", "a", ex_string_bytes("v"), err);
	if (status == EX_OK)
		status = ex_thing_get(l, "k", "a", &out, err);
	if (status == EX_OK)
		ex_blob_free(&out);
	if (status == EX_OK)
		status = ex_thing_each(l, "k", no_thing, NULL, err);
	if (status == EX_OK)
		status = ex_thing_drop(l, "k", "a", err);
	return status;
}

static enum ex_status
no_node(const char *node, void *arg)
{
	(void)node;
	(void)arg;
	return EX_OK;
}

static enum ex_status
read_all(struct ex_ledger *l, const char *crossing, struct ex_error *err)
{
	struct ex_head h;
	enum ex_status status;

	(void)crossing;
	status = ex_audit_head(l, HUB_NODE, &h, err);
	if (status == EX_OK)
		status = ex_audit_nodes(l, no_node, NULL, err);
	return status;
}

/* Ten links, signed at the eighth, and one who awaits an officer. */
static struct ex_ledger *
prepare(char crossing[static EX_ULID_SIZE])
{
	struct ex_ledger *l = open_failing(hub_fresh_path());
	struct ex_crossing c;

	sample_crossing(&c, 1);
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	strcpy(crossing, c.id);
	hub_append_many(l, 8);
	hub_sign(l);
	hub_append_many(l, 2);
	return l;
}

static void
fail_each_call(work *fn, long at_least)
{
	enum ex_status status = EX_ERR_DATABASE;
	long n;

	for (n = 0; status != EX_OK; n++) {
		char crossing[EX_ULID_SIZE];
		struct ex_ledger *l = prepare(crossing);
		struct ex_error err = { 0 };
		struct ex_audit_report r;

		left = n;
		status = fn(l, crossing, &err);
		left = -1;
		assert_true(status == EX_OK || status == EX_ERR_DATABASE);
		assert_int_equal(err.status, status);
		assert_int_equal(
		    ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, NULL), EX_OK);
		/* And the same again succeeds. */
		if (status != EX_OK && fn(l, crossing, &err) != EX_OK)
			assert_string_equal(err.why, "is handled already");
		assert_int_equal(
		    ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, NULL), EX_OK);
		ex_ledger_close(&l);
		assert_in_range(n, 0, 100);
	}
	assert_true(n > at_least);
}

static void
an_append_may_fail(void **state)
{
	(void)state;
	fail_each_call(append, 3);
}

static void
a_signature_may_fail(void **state)
{
	(void)state;
	fail_each_call(sign, 6);
}

static void
pruning_may_fail(void **state)
{
	(void)state;
	fail_each_call(prune, 8);
}

static void
a_ruling_may_fail(void **state)
{
	(void)state;
	fail_each_call(rule, 9);
}

static void
things_may_fail(void **state)
{
	(void)state;
	fail_each_call(things, 8);
}

static void
reading_may_fail(void **state)
{
	(void)state;
	fail_each_call(read_all, 5);
}

/* A store that does not answer, for good or once, is no broken chain; and is
 * never taken for a sound one. */
static void
verify_with_failures(bool lasting)
{
	char crossing[EX_ULID_SIZE];
	struct ex_ledger *l = prepare(crossing);
	struct ex_audit_report r;
	enum ex_status status;
	long n = 0;

	once = !lasting;
	do {
		struct ex_error err = { 0 };

		hit = false;
		left = n;
		status = ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, &err);
		left = -1;
		if (lasting && hit)
			assert_int_equal(status, EX_ERR_DATABASE);
		else
			assert_int_equal(status, EX_OK);
		assert_int_equal(err.status, status);
		assert_in_range(++n, 0, 50);
	} while (hit);
	assert_true(n >= 5);
	once = false;
	ex_ledger_close(&l);
}

static void
a_store_that_fails_is_no_answer(void **state)
{
	(void)state;
	verify_with_failures(true);
}

static void
a_store_that_fails_once_is_asked_again(void **state)
{
	(void)state;
	verify_with_failures(false);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_append_may_fail),
		cmocka_unit_test(a_signature_may_fail),
		cmocka_unit_test(pruning_may_fail),
		cmocka_unit_test(a_ruling_may_fail),
		cmocka_unit_test(things_may_fail),
		cmocka_unit_test(reading_may_fail),
		cmocka_unit_test(a_store_that_fails_is_no_answer),
		cmocka_unit_test(a_store_that_fails_once_is_asked_again),
	};

	return cmocka_run_group_tests(tests, hub_setup, hub_teardown);
}
