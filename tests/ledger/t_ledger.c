/* SPDX-License-Identifier: Apache-2.0 */
/* What is put, what comes back, what is refused. */
#include "sample.h"

#include <math.h>

static void
what_is_put_comes_back_as_stored(void **state) /* (L9) */
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c;
	struct ex_error err = { 0 };
	size_t n = 7;

	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 0);
	for (unsigned k = 0; k < 5; k++)
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	for (unsigned k = 0; k < 5; k++) {
		sample_crossing(&c, k);
		assert_int_equal(ex_ledger_get(l, c.id, &c, NULL), EX_OK);
		assert_true(sample_is(&c, k));
	}
	assert_int_equal(
	    ex_ledger_get(l, "01ZZZZZZZZZZZZZZZZZZZZZZZZ", &c, &err),
	    EX_ERR_NOT_FOUND);
	assert_string_equal(err.what, ":memory:");
	assert_int_equal(c.id[0], '\0');
	ex_ledger_close(&l);
	assert_null(l);
	ex_ledger_close(&l);
}

static void
the_same_crossing_again_changes_nothing(void **state) /* (L3) */
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c;
	size_t n;

	assert_int_equal(sample_put(l, 1, NULL), EX_OK);
	assert_int_equal(sample_put(l, 1, NULL), EX_OK);
	/* What is not stored makes no other crossing. */
	sample_crossing(&c, 1);
	strcpy(c.documents[0].name, "elsewhere.json");
	strcpy(c.occupants[0].best_frame, "other.jpg");
	c.occupants[0].nearest = 2;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 1);
	ex_ledger_close(&l);
}

static void
other_vehicle(struct ex_crossing *c)
{
	strcpy(c->vehicle, "other");
}
static void
other_time(struct ex_crossing *c)
{
	c->closed_ms++;
}
static void
other_similarity(struct ex_crossing *c)
{
	c->occupants[0].similarity = nextafter(c->occupants[0].similarity, 1);
}
static void
other_cause(struct ex_crossing *c)
{
	c->occupants[2].cause = EX_CAUSE_BLUR;
}
static void
other_nearest(struct ex_crossing *c)
{
	c->occupants[2].nearest = 2;
}
static void
never_compared(struct ex_crossing *c)
{
	c->occupants[2].nearest = 0;
}
static void
one_occupant_less(struct ex_crossing *c)
{
	c->n_occupants--;
}
static void
other_number(struct ex_crossing *c)
{
	c->documents[0].number[0] = 'Y';
}
static void
other_issuer(struct ex_crossing *c)
{
	strcpy(c->documents[1].issuer, "UTO");
}
static void
number_now_unread(struct ex_crossing *c)
{
	c->documents[1].number[0] = '\0';
}

static void
another_crossing_under_the_same_id_is_refused(void **state) /* (L3) */
{
	(void)state;
	static void (*const changes[])(struct ex_crossing *) = { other_vehicle,
		other_time, other_similarity, other_cause, other_nearest,
		never_compared, one_occupant_less, other_number, other_issuer,
		number_now_unread };
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c;
	struct ex_error err = { 0 };

	assert_int_equal(sample_put(l, 1, NULL), EX_OK);
	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		sample_crossing(&c, 1);
		changes[i](&c);
		assert_int_equal(ex_ledger_put(l, &c, &err), EX_ERR_CONFLICT);
		assert_int_equal(ex_status_exit(EX_ERR_CONFLICT), 4);
		assert_non_null(strstr(err.why, c.id));
		assert_int_equal(ex_ledger_get(l, c.id, &c, NULL), EX_OK);
		assert_true(sample_is(&c, 1));
	}
	ex_ledger_close(&l);
}

/* Each is wrong in one field, which the error must name. */
#define WRONG(name, field, change)                                             \
	static void name(struct ex_crossing *c)                                \
	{                                                                      \
		change;                                                        \
	}
#include "wrong.inc"
#undef WRONG

static const struct {
	const char *field;
	void (*change)(struct ex_crossing *c);
} wrongs[] = {
#define WRONG(name, field, change) { field, name },
#include "wrong.inc"
#undef WRONG
};

static void
crossings_that_contradict_themselves_are_refused_by_field(void **state)
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c;
	size_t n;

	for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
		struct ex_error err = { 0 };

		sample_crossing(&c, 1);
		wrongs[i].change(&c);
		assert_int_equal(ex_ledger_put(l, &c, &err), EX_ERR_INPUT);
		if (!strstr(err.what, wrongs[i].field))
			fail_msg("%s is not named by: %s", wrongs[i].field,
			    err.what);
	}
	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 0);
	assert_int_equal(sample_put(l, 1, NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
the_largest_crossing_fits(void **state)
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c, back;

	sample_crossing(&c, 1);
	memset(c.lane, 'l', sizeof c.lane - 1);
	c.n_occupants = EX_MAX_OCCUPANTS;
	c.n_documents = EX_MAX_DOCUMENTS;
	for (unsigned i = 0; i < EX_MAX_DOCUMENTS; i++) {
		c.documents[i] = c.documents[0];
		snprintf(c.documents[i].number, sizeof c.documents[i].number,
		    "ABCDEFGHIJKLMNOPQRSTU%02u", i);
	}
	for (unsigned i = 0; i < EX_MAX_OCCUPANTS; i++) {
		c.occupants[i] = c.occupants[0];
		c.occupants[i].n = 2 * i + 2;
		c.occupants[i].document = (int)(EX_MAX_DOCUMENTS - 1 - i);
		c.occupants[i].frames_seen = UINT32_MAX;
	}
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	assert_int_equal(ex_ledger_get(l, c.id, &back, NULL), EX_OK);
	assert_int_equal(back.n_occupants, EX_MAX_OCCUPANTS);
	assert_int_equal(back.n_documents, EX_MAX_DOCUMENTS);
	assert_int_equal(back.occupants[15].n, 32);
	assert_int_equal(back.occupants[15].document, 16);
	assert_int_equal(back.occupants[15].frames_seen, UINT32_MAX);
	assert_string_equal(back.documents[31].name, "d32");
	assert_string_equal(back.lane, c.lane);
	ex_ledger_close(&l);
}

struct walk {
	char last[EX_ULID_SIZE];
	size_t n, stop_at;
};

static enum ex_status
count_rising(const struct ex_crossing *c, void *arg)
{
	struct walk *w = arg;

	assert_true(strcmp(w->last, c->id) < 0);
	strcpy(w->last, c->id);
	return ++w->n == w->stop_at ? EX_ERR_INTERRUPTED : EX_OK;
}

static void
crossings_come_rising_and_through_the_filter(void **state) /* (L9) */
{
	(void)state;
	static const struct {
		struct ex_ledger_filter filter;
		size_t walked, counted;
	} cases[] = {
		{ { 0 }, 30, 30 },
		{ { .from_ms = SAMPLE_START + 20 }, 10, 10 },
		{ { .to_ms = SAMPLE_START + 20 }, 20, 20 },
		{ { .lane = "lane-1" }, 10, 10 },
		{ { .lane = "lane-1", .from_ms = SAMPLE_START + 28 }, 1, 1 },
		{ { .lane = "lane" }, 0, 0 },
		{ { .limit = 7 }, 7, 30 },
		{ { .limit = SIZE_MAX }, 30, 30 },
		{ { .from_ms = INT64_MAX }, 0, 0 },
	};
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);

	for (unsigned k = 0; k < 30; k++) /* in another order */
		assert_int_equal(sample_put(l, k * 7 % 30, NULL), EX_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct ex_ledger_filter *f = &cases[i].filter;
		struct walk w = { .n = 0 };
		size_t n;

		assert_int_equal(
		    ex_ledger_each(l, f, count_rising, &w, NULL), EX_OK);
		assert_int_equal(w.n, cases[i].walked);
		assert_int_equal(ex_ledger_count(l, f, &n, NULL), EX_OK);
		assert_int_equal(n, cases[i].counted);
	}
	ex_ledger_close(&l);
}

static void
a_visitor_can_end_the_walk(void **state)
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct walk w = { .stop_at = 2 };

	for (unsigned k = 0; k < 5; k++)
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	assert_int_equal(ex_ledger_each(l, NULL, count_rising, &w, NULL),
	    EX_ERR_INTERRUPTED);
	assert_int_equal(w.n, 2);
	/* And the ledger is free again. */
	assert_int_equal(sample_put(l, 9, NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
of_an_opted_out_vehicle_only_id_and_times_are_kept(void **state) /* (L4) */
{
	(void)state;
	struct ex_ledger *l = sample_open(":memory:", EX_LEDGER_WRITE);
	struct ex_crossing c, back;

	sample_crossing(&c, 1);
	c.opted_out = true;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	assert_int_equal(ex_ledger_get(l, c.id, &back, NULL), EX_OK);
	assert_true(back.opted_out);
	assert_int_equal(back.n_occupants, 0);
	assert_int_equal(back.n_documents, 0);
	assert_int_equal(back.frames_lost, 0);
	assert_string_equal(back.vehicle, c.vehicle);
	assert_int_equal(back.opened_ms, c.opened_ms);
	assert_int_equal(back.closed_ms, c.closed_ms);
	ex_ledger_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_comes_back_as_stored),
		cmocka_unit_test(the_same_crossing_again_changes_nothing),
		cmocka_unit_test(another_crossing_under_the_same_id_is_refused),
		cmocka_unit_test(
		    crossings_that_contradict_themselves_are_refused_by_field),
		cmocka_unit_test(the_largest_crossing_fits),
		cmocka_unit_test(crossings_come_rising_and_through_the_filter),
		cmocka_unit_test(a_visitor_can_end_the_walk),
		cmocka_unit_test(
		    of_an_opted_out_vehicle_only_id_and_times_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
