/* SPDX-License-Identifier: Apache-2.0 */
/* Documents staged for a vehicle, and what is known of lanes. */
#include "test.h"

#include "desk.h"

#define HOUR_MS ((int64_t)3600 * 1000)
#define NOW     (1000000 * HOUR_MS + 1234)

static struct ex_desk *
desk(void)
{
	struct ex_desk *d = NULL;

	assert_int_equal(ex_desk_new(&d, NULL), EX_OK);
	return d;
}

static struct ex_crossing
crossing(const char *lane, int64_t opened_ms, size_t people, size_t glare)
{
	struct ex_crossing c = { .opened_ms = opened_ms,
		.closed_ms = opened_ms + 4000,
		.n_occupants = people };

	strcpy(c.lane, lane);
	for (size_t i = 0; i < people; i++) {
		c.occupants[i].n = (unsigned)i + 1;
		c.occupants[i].verdict =
		    i < glare ? EX_VERDICT_OFFICER : EX_VERDICT_CONFIRMED;
		c.occupants[i].cause =
		    i < glare ? EX_CAUSE_GLARE : EX_CAUSE_NONE;
	}
	return c;
}

static struct ex_bytes
bytes(const char *s)
{
	return (struct ex_bytes){ (const void *)s, strlen(s) };
}

static void
stage(struct ex_desk *d, const char *lane, const char *vehicle, const char *s,
    int64_t now_ms)
{
	assert_int_equal(
	    ex_stage_put(d, lane, vehicle, bytes(s), now_ms), EX_OK);
}

/* What is there to take, as text; "" for nothing. */
static const char *
taken(struct ex_desk *d, const char *lane, const char *vehicle, int64_t now_ms)
{
	static char text[64];
	struct ex_blob b;

	ex_stage_take(d, lane, vehicle, now_ms, &b);
	assert_true(b.size < sizeof text);
	memset(text, 0, sizeof text);
	if (b.size)
		memcpy(text, b.data, b.size);
	ex_blob_free(&b);
	return text;
}

static void
staged_documents_are_handed_out_once_to_their_lane(void **state) /* (K1) */
{
	(void)state;
	struct ex_desk *d = desk();

	stage(d, "a", "", "one", NOW);
	assert_string_equal(taken(d, "b", NULL, NOW), "");
	assert_string_equal(taken(d, "a", NULL, NOW), "one");
	assert_string_equal(taken(d, "a", NULL, NOW), "");
	ex_desk_free(&d);
	assert_null(d);
}

static void
they_are_for_the_vehicle_that_was_named(void **state)
{
	(void)state;
	struct ex_desk *d = desk();

	stage(d, "a", "v1", "one", NOW);
	assert_string_equal(taken(d, "a", "v2", NOW), "");
	assert_string_equal(taken(d, "a", "v1", NOW), "one");
	stage(d, "a", "", "any", NOW);
	assert_string_equal(taken(d, "a", "v9", NOW), "any");
	ex_desk_free(&d);
}

static void
they_never_reach_the_next_vehicle(void **state) /* (K2) */
{
	(void)state;
	struct ex_desk *d = desk();
	struct ex_crossing c = crossing("a", NOW - 1000, 1, 0);
	struct ex_crossing other = crossing("b", NOW - 1000, 1, 0);

	/* A vehicle left without its documents having been taken. */
	stage(d, "a", "", "left behind", NOW);
	ex_desk_crossing(d, &other, NOW + 4000); /* another lane's */
	c.closed_ms = NOW - 1; /* closed before they were handed in */
	ex_desk_crossing(d, &c, NOW + 4000);
	assert_string_equal(taken(d, "a", NULL, NOW + 4001), "left behind");
	stage(d, "a", "", "left behind", NOW);
	c.closed_ms = NOW + 3000;
	ex_desk_crossing(d, &c, NOW + 4000);
	assert_string_equal(taken(d, "a", NULL, NOW + 4001), "");
	/* A second staging is another vehicle's, or the first one mended. */
	stage(d, "a", "", "first", NOW);
	stage(d, "a", "", "second", NOW + 1);
	assert_string_equal(taken(d, "a", NULL, NOW + 2), "second");
	ex_desk_free(&d);
}

static void
they_are_wiped_after_ten_minutes(void **state) /* (K3) */
{
	(void)state;
	struct ex_desk *d = desk();
	struct ex_desk_counts n;

	stage(d, "a", "", "one", NOW);
	ex_desk_tick(d, NOW + EX_STAGE_MS - 1);
	ex_desk_counts(d, &n);
	assert_int_equal(n.staged, 1);
	assert_int_equal(n.staged_bytes, 3);
	ex_desk_tick(d, NOW + EX_STAGE_MS);
	ex_desk_counts(d, &n);
	assert_int_equal(n.staged, 0);
	assert_int_equal(n.staged_bytes, 0);
	/* Without a tick between, and with a clock that was set back. */
	stage(d, "a", "", "one", NOW);
	assert_string_equal(taken(d, "a", NULL, NOW + EX_STAGE_MS), "");
	stage(d, "a", "", "one", NOW);
	assert_string_equal(taken(d, "a", NULL, NOW - 1), "");
	ex_desk_free(&d);
}

static void
what_waits_is_bounded(void **state) /* (K4) */
{
	(void)state;
	struct ex_desk *d = desk();
	size_t size = 4 * 1024 * 1024;
	char *big = ex_calloc(size, 1);
	char lane[16];
	enum ex_status status = EX_OK;
	unsigned n = 0;

	for (; status == EX_OK; n++) {
		snprintf(lane, sizeof lane, "lane-%u", n);
		status = ex_stage_put(
		    d, lane, "", (struct ex_bytes){ (void *)big, size }, NOW);
	}
	assert_int_equal(status, EX_ERR_TOO_LARGE);
	assert_int_equal(n - 1, EX_STAGE_MOST / size);
	/* Who takes theirs makes room. */
	ex_desk_tick(d, NOW + EX_STAGE_MS);
	stage(d, lane, "", "small", NOW + EX_STAGE_MS);
	free(big);
	ex_desk_free(&d);
}

static void
lanes_are_bounded(void **state) /* (K4) */
{
	(void)state;
	struct ex_desk *d = desk();
	struct ex_lane_state s;
	char lane[80];

	for (unsigned i = 0; i < EX_TREND_LANES; i++) {
		snprintf(lane, sizeof lane, "lane-%u", i);
		ex_desk_heard(d, lane, NOW);
		assert_true(ex_desk_lane(d, lane, &s));
	}
	ex_desk_heard(d, "one-too-many", NOW);
	assert_false(ex_desk_lane(d, "one-too-many", &s));
	memset(lane, 'x', sizeof lane - 1);
	lane[sizeof lane - 1] = '\0';
	ex_desk_heard(d, lane, NOW);
	assert_int_equal(
	    ex_stage_put(d, lane, "", bytes("x"), NOW), EX_ERR_TOO_LARGE);
	ex_desk_free(&d);
}

struct rows {
	size_t n;
	int64_t at[64];
	struct ex_trend of[64];
};

static void
take_row(int64_t from_ms, const struct ex_trend *t, void *arg)
{
	struct rows *r = arg;

	assert_true(r->n < 64);
	r->at[r->n] = from_ms;
	r->of[r->n++] = *t;
}

static void
hours_and_days_add_up(void **state)
{
	(void)state;
	struct ex_desk *d = desk();
	int64_t day = NOW / (24 * HOUR_MS) * 24 * HOUR_MS;
	struct rows r = { 0 };
	struct ex_crossing c;

	for (int i = 0; i < 3; i++) {
		c = crossing("a", day + HOUR_MS * i + 5, 3, (size_t)i);
		ex_desk_crossing(d, &c, NOW);
	}
	c = crossing("b", day, 9, 0);
	ex_desk_crossing(d, &c, NOW);
	ex_desk_trend(d, "a", day, day + 24 * HOUR_MS, HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 3);
	assert_int_equal(r.at[2], day + 2 * HOUR_MS);
	assert_int_equal(r.of[2].seen, 3);
	assert_int_equal(r.of[2].officer, 2);
	assert_int_equal(r.of[2].captured, 1);
	assert_int_equal(r.of[2].cause[EX_CAUSE_GLARE], 2);
	memset(&r, 0, sizeof r);
	ex_desk_trend(
	    d, "a", day, day + 24 * HOUR_MS, 24 * HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.at[0], day);
	assert_int_equal(r.of[0].crossings, 3);
	assert_int_equal(r.of[0].seen, 9);
	assert_int_equal(r.of[0].confirmed, 6);
	/* Any times may be asked for. */
	memset(&r, 0, sizeof r);
	ex_desk_trend(d, "a", INT64_MIN, INT64_MAX, HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 3);
	ex_desk_trend(d, "nobody", 0, INT64_MAX, HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 3);
	ex_desk_free(&d);
}

static void
old_and_coming_hours_are_left_out(void **state)
{
	(void)state;
	struct ex_desk *d = desk();
	struct rows r = { 0 };
	struct ex_crossing c = crossing("a", NOW, 1, 0);
	int64_t wrong[] = { 0, NOW - EX_TREND_HOURS * HOUR_MS,
		NOW + 3 * HOUR_MS, INT64_MAX - 10000 };

	ex_desk_crossing(d, &c, NOW);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		c = crossing("a", wrong[i], 1, 0);
		ex_desk_crossing(d, &c, NOW);
	}
	ex_desk_trend(d, "a", 0, INT64_MAX, HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.of[0].crossings, 1);
	ex_desk_free(&d);
}

static void
a_ring_forgets_what_it_goes_round(void **state)
{
	(void)state;
	struct ex_desk *d = desk();
	struct rows r = { 0 };
	int64_t later = NOW + (EX_TREND_HOURS + 1) * HOUR_MS;
	struct ex_crossing c = crossing("a", NOW, 5, 0);

	ex_desk_crossing(d, &c, NOW);
	c = crossing("a", later, 2, 0);
	ex_desk_crossing(d, &c, later);
	ex_desk_trend(d, "a", NOW + HOUR_MS, INT64_MAX, HOUR_MS, take_row, &r);
	assert_int_equal(r.n, 1);
	assert_int_equal(r.of[0].seen, 2);
	ex_desk_free(&d);
}

static void
the_capture_rate_looks_back_on_the_last_vehicles(void **state)
{
	(void)state;
	struct ex_desk *d = desk();
	struct ex_crossing good = crossing("a", NOW, 2, 0);
	struct ex_crossing bad = crossing("a", NOW, 2, 2);
	struct ex_lane_state s;

	for (int i = 0; i < 9; i++)
		ex_desk_crossing(d, &good, NOW);
	assert_true(ex_desk_lane(d, "a", &s));
	assert_true(ex_lane_capture(&s) < 0); /* too few to say */
	for (int i = 9; i < EX_CAPTURE_LAST; i++)
		ex_desk_crossing(d, &good, NOW);
	ex_desk_lane(d, "a", &s);
	assert_true(ex_lane_capture(&s) == 1);
	for (int i = 0; i < EX_CAPTURE_LAST / 2; i++)
		ex_desk_crossing(d, &bad, NOW);
	ex_desk_lane(d, "a", &s);
	assert_true(ex_lane_capture(&s) == 0.5);
	for (int i = 0; i < EX_CAPTURE_LAST; i++)
		ex_desk_crossing(d, &good, NOW);
	ex_desk_lane(d, "a", &s);
	assert_true(ex_lane_capture(&s) == 1);
	ex_desk_free(&d);
}

static void
an_opted_out_vehicle_counts_as_a_vehicle_alone(void **state)
{
	(void)state;
	struct ex_desk *d = desk();
	struct ex_crossing c = crossing("a", NOW, 4, 4);
	struct ex_lane_state s;

	c.opted_out = true;
	ex_desk_crossing(d, &c, NOW);
	ex_desk_lane(d, "a", &s);
	assert_int_equal(s.total.crossings, 1);
	assert_int_equal(s.total.opted_out, 1);
	assert_int_equal(s.total.seen, 0);
	assert_int_equal(s.total.cause[EX_CAUSE_GLARE], 0);
	assert_int_equal(s.recent_seen, 0);
	ex_desk_free(&d);
}

static void
memory_may_run_out(void **state)
{
	(void)state;
	struct ex_desk *d = NULL;
	struct ex_crossing c = crossing("a", NOW, 1, 0);
	struct ex_lane_state s;

	ex_calloc_fail_after(0);
	assert_int_equal(ex_desk_new(&d, NULL), EX_ERR_NOMEM);
	assert_null(d);
	ex_calloc_fail_after(-1);
	d = desk();
	ex_calloc_fail_after(0);
	ex_desk_crossing(d, &c, NOW); /* counted nowhere */
	assert_int_equal(
	    ex_stage_put(d, "a", "", bytes("x"), NOW), EX_ERR_TOO_LARGE);
	ex_calloc_fail_after(1);
	assert_int_equal(
	    ex_stage_put(d, "a", "", bytes("x"), NOW), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_true(ex_desk_lane(d, "a", &s));
	assert_int_equal(s.total.crossings, 0);
	assert_string_equal(taken(d, "a", NULL, NOW), "");
	ex_desk_free(&d);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    staged_documents_are_handed_out_once_to_their_lane),
		cmocka_unit_test(they_are_for_the_vehicle_that_was_named),
		cmocka_unit_test(they_never_reach_the_next_vehicle),
		cmocka_unit_test(they_are_wiped_after_ten_minutes),
		cmocka_unit_test(what_waits_is_bounded),
		cmocka_unit_test(lanes_are_bounded),
		cmocka_unit_test(hours_and_days_add_up),
		cmocka_unit_test(old_and_coming_hours_are_left_out),
		cmocka_unit_test(a_ring_forgets_what_it_goes_round),
		cmocka_unit_test(
		    the_capture_rate_looks_back_on_the_last_vehicles),
		cmocka_unit_test(
		    an_opted_out_vehicle_counts_as_a_vehicle_alone),
		cmocka_unit_test(memory_may_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
