/* SPDX-License-Identifier: Apache-2.0 */
/* The first call of the store fails, then the second, until the work succeeds:
 * what has failed has left everything as it was, and can be done again. */
#include "backends.h"
#include "failing.h"

static const struct ex_act act = { "officer:ana", EX_PURPOSE_REVIEW };

/* ---- all that a ledger holds, as one text ------------------------------- */

struct digest {
	struct ex_ledger *l;
	char *text;
	size_t size;
	FILE *to;
};

static enum ex_status
tell_picture(const struct ex_store_picture *p, void *arg)
{
	struct digest *d = arg;

	fprintf(
	    d->to, "%s %zu %02x\n", p->name, p->sealed.size, p->sealed.data[0]);
	return EX_OK;
}

static enum ex_status
tell_ruling(const struct ex_ruling *r, void *arg)
{
	struct digest *d = arg;

	fprintf(
	    d->to, "%s %u %d %u\n", r->id, r->occupant, r->kind, r->document);
	return EX_OK;
}

static enum ex_status
tell_crossing(const struct ex_crossing *c, void *arg)
{
	struct digest *d = arg;
	char *json = ex_crossing_json(c);

	fprintf(d->to, "%s\n", json);
	free(json);
	return EX_OK;
}

static enum ex_status
tell_link(const struct ex_link *l, void *arg)
{
	struct digest *d = arg;

	fprintf(d->to, "%s %ju %d %s\n", l->node, (uintmax_t)l->seq, l->action,
	    l->subject);
	return EX_OK;
}

static enum ex_status
tell_thing(const char *key, struct ex_bytes value, void *arg)
{
	struct digest *d = arg;

	fprintf(
	    d->to, "%s=%.*s\n", key, (int)value.size, (const char *)value.data);
	return EX_OK;
}

/* Heap. */
static char *
tell_all(struct ex_ledger *l)
{
	static const struct ex_audit_filter links;
	static const struct ex_ledger_filter crossings;
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct digest d = { .l = l };
	struct ex_crossing c;
	uint32_t mask;
	bool found;

	d.to = open_memstream(&d.text, &d.size);
	assert_non_null(d.to);
	DO(l->ops->begin(l->store, false, err));
	DO(l->ops->crossing_each(
	    l->store, &crossings, r, tell_crossing, &d, err));
	for (unsigned k = 0; k < 8; k++) {
		sample_crossing(&c, k);
		DO(l->ops->awaiting_get(l->store, c.id, &mask, &found, err));
		fprintf(d.to, "%u\n", mask);
		DO(l->ops->picture_each(
		    l->store, c.id, NULL, tell_picture, &d, err));
		DO(l->ops->ruling_each(l->store, c.id, tell_ruling, &d, err));
	}
	DO(l->ops->link_each(l->store, &links, tell_link, &d, err));
	DO(l->ops->thing_each(l->store, "k", tell_thing, &d, err));
	l->ops->rollback(l->store);
	fclose(d.to);
	free(r);
	return d.text;
}

/* ---- what is done ------------------------------------------------------ */

static enum ex_status
put_new(struct ex_ledger *l, struct ex_error *err)
{
	return sample_put(l, 2, err);
}

static enum ex_status
put_again(struct ex_ledger *l, struct ex_error *err)
{
	return sample_put(l, 1, err);
}

static enum ex_status
put_thing(struct ex_ledger *l, struct ex_error *err)
{
	return ex_thing_put(l, "k", "a", ex_string_bytes("new"), err);
}

static enum ex_status
drop_thing(struct ex_ledger *l, struct ex_error *err)
{
	return ex_thing_drop(l, "k", "a", err);
}

static enum ex_status
append_link(struct ex_ledger *l, struct ex_error *err)
{
	return ex_audit_append(l, &act, EX_ACTION_VIEW, "x", "", err);
}

static enum ex_status
rule(struct ex_ledger *l, struct ex_error *err)
{
	struct ex_ruling r = { .occupant = 3, .kind = EX_RULING_BY_HAND };
	struct ex_crossing c;

	sample_crossing(&c, 1);
	memcpy(r.crossing, c.id, sizeof r.crossing);
	strcpy(r.reason, "seen at the window");
	return ex_ledger_rule(l, &act, &r, err);
}

/* An ex_ledger_work. */
static enum ex_status
add_with_picture(struct ex_ledger *l, void *record, struct ex_error *err)
{
	const struct ex_ledger_record *r = record;
	struct ex_store_picture p = { .name = "o1",
		.key = ex_string_bytes("key"),
		.sealed = ex_string_bytes("sealed") };
	enum ex_status status;
	bool fresh;

	memcpy(p.crossing, r->c.id, sizeof p.crossing);
	status = ex_ledger_add(l, r, &fresh, err);
	return status == EX_OK ? l->ops->picture_add(l->store, &p, err)
			       : status;
}

static enum ex_status
put_picture(struct ex_ledger *l, struct ex_error *err)
{
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct ex_crossing c;
	enum ex_status status;

	sample_crossing(&c, 3);
	status = ex_ledger_record_make(&l->key, &c, r, err);
	if (status == EX_OK)
		status = ex_ledger_within(l, true, add_with_picture, r, err);
	free(r);
	return status;
}

static enum ex_status
put_group(struct ex_ledger *l, struct ex_error *err)
{
	enum ex_status status = ex_ledger_begin(l, err);

	for (unsigned k = 2; status == EX_OK && k < 6; k++)
		status = sample_put(l, k, err);
	if (status == EX_OK)
		status = put_thing(l, err);
	if (status == EX_OK)
		status = rule(l, err);
	if (status == EX_OK)
		return ex_ledger_commit(l, err);
	ex_ledger_rollback(l);
	return status;
}

static const struct {
	const char *name;
	enum ex_status (*run)(struct ex_ledger *l, struct ex_error *err);
	long least; /* calls that can fail */
} works[] = {
	{ "put_new", put_new, 3 },
	{ "put_again", put_again, 3 },
	{ "put_thing", put_thing, 3 },
	{ "drop_thing", drop_thing, 3 },
	{ "append_link", append_link, 3 },
	{ "rule", rule, 5 },
	{ "put_picture", put_picture, 4 },
	{ "put_group", put_group, 10 },
};
enum { WORKS = sizeof works / sizeof *works };

/* ---- rehearsal --------------------------------------------------------- */

/* The n-th call fails; false once the work needs no n calls. */
static bool
fail_one(struct ex_ledger *l, size_t work, long n, bool late)
{
	char *before = tell_all(l), *after;
	struct ex_error err = { 0 };
	enum ex_status status;
	bool hit;

	failing_wear(l, n, late);
	status = works[work].run(l, &err);
	hit = failing_doff(l);
	assert_int_equal(status, hit ? EX_ERR_DATABASE : EX_OK);
	if (hit) {
		assert_string_equal(err.why, "fails on purpose");
		after = tell_all(l);
		assert_string_equal(before, after);
		free(after);
	}
	free(before);
	return hit;
}

static void
fail_each(struct backend *b, size_t work, bool late)
{
	struct ex_ledger *l;
	long n = 0;

	backend_clear(b);
	l = backend_open(b);
	DO(sample_put(l, 0, err));
	DO(sample_put(l, 1, err));
	DO(ex_thing_put(l, "k", "a", ex_string_bytes("old"), err));
	while (fail_one(l, work, n, late))
		n++;
	assert_true(n >= works[work].least);
	ex_ledger_close(&l);
}

static void
a_call_that_fails_leaves_all_as_it_was(void **state)
{
	for (size_t i = 0; i < WORKS; i++)
		fail_each(*state, i, false);
}

static void
a_call_whose_answer_is_lost_leaves_all_as_it_was(void **state)
{
	for (size_t i = 0; i < WORKS; i++)
		fail_each(*state, i, true);
}

static void
an_allocation_that_fails_leaves_all_as_it_was(void **state)
{
	struct ex_ledger *l = backend_fresh(state);

	DO(sample_put(l, 0, err));
	DO(sample_put(l, 1, err));
	DO(ex_thing_put(l, "k", "a", ex_string_bytes("old"), err));
	for (size_t i = 0; i < WORKS; i++) {
		enum ex_status status = EX_ERR_NOMEM;

		if (works[i].run == put_new || works[i].run == put_picture)
			continue; /* put_group's are these */
		for (long n = 0; status == EX_ERR_NOMEM; n++) {
			char *before = tell_all(l), *after;

			ex_calloc_fail_after(n);
			status = works[i].run(l, NULL);
			ex_calloc_fail_after(-1);
			after = tell_all(l);
			if (status == EX_ERR_NOMEM)
				assert_string_equal(before, after);
			free(before);
			free(after);
		}
		if (works[i].run == rule) /* handled now; so in the group */
			break;
		assert_int_equal(status, EX_OK);
	}
	ex_ledger_close(&l);
}

int
main(void)
{
	static const struct backend_test tests[] = {
		BACKEND_TEST(a_call_that_fails_leaves_all_as_it_was),
		BACKEND_TEST(a_call_whose_answer_is_lost_leaves_all_as_it_was),
		BACKEND_TEST(an_allocation_that_fails_leaves_all_as_it_was),
	};

	return backends_run(tests, sizeof tests / sizeof *tests);
}
