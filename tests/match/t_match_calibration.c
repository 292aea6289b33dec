/* SPDX-License-Identifier: Apache-2.0 */
#include "match_test.h"

static double
fmr_at(const struct ex_calibration *cal, unsigned pictures, double s,
    bool *at_most)
{
	double fmr = -1;

	assert_int_equal(
	    ex_calibration_fmr(cal, pictures, s, &fmr, at_most, NULL), EX_OK);
	return fmr;
}

static double
threshold_at(const struct ex_calibration *cal, unsigned pictures, double fmr)
{
	double s = -2;

	assert_int_equal(
	    ex_calibration_threshold(cal, pictures, fmr, &s, NULL), EX_OK);
	return s;
}

static void
fmr_is_exact_at_points_and_between_them_in_between(void **state)
{
	struct known_calibration k;
	bool at_most;

	(void)state;
	known_calibration_init(&k);
	for (size_t i = 0; i < 40; i++) {
		double at =
		    fmr_at(&k.cal, 1, k.points[0][i].similarity, &at_most);
		double mid = fmr_at(&k.cal, 1,
		    k.points[0][i].similarity + CURVE_STEP / 2, &at_most);

		assert_near(at, known_fmr(i), 1e-12);
		assert_false(at_most);
		assert_near(mid, sqrt(known_fmr(i) * known_fmr(i + 1)), 1e-9);
	}
}

static void
the_interval_is_that_of_the_points_and_holds_the_fmr(void **state)
{
	struct known_calibration k;
	double low, high, floor;
	bool at_most;

	(void)state;
	known_calibration_init(&k);
	for (int i = -10000; i <= 10000; i++) {
		const double s = i / 10000.0;
		const double fmr = fmr_at(&k.cal, 1, s, &at_most);

		assert_int_equal(
		    ex_calibration_interval(&k.cal, 1, s, &low, &high, NULL),
		    EX_OK);
		assert_true(0 <= low && low <= fmr && fmr <= high && high <= 1);
	}
	/* Past the sample there is only the bound, and nothing under it. */
	floor = fmr_at(&k.cal, 1, 1, &at_most);
	assert_true(at_most && low == 0 && high == floor);
	for (size_t i = 0; i < 30; i++) {
		const struct ex_calibration_point *p = &k.points[0][i];

		assert_int_equal(ex_calibration_interval(&k.cal, 1,
				     p->similarity, &low, &high, NULL),
		    EX_OK);
		assert_near(low, p->low, 1e-12);
		assert_near(high, fmax(p->high, floor), 1e-12);
	}
	assert_int_equal(
	    ex_calibration_interval(&k.cal, 0, 0.5, &low, &high, NULL),
	    EX_ERR_USAGE);
}

static void
fmr_is_never_below_what_the_sample_supports(void **state)
{
	struct known_calibration k;
	double floor = 0, before = 1;
	bool at_most, was = true;

	(void)state;
	known_calibration_init(&k);
	for (size_t i = 0; i < CURVE_POINTS; i++)
		if (known_fmr(i) * CURVE_PAIRS >= EX_CALIBRATION_HITS)
			floor = k.points[0][i].high;
	assert_true(floor > 0);
	for (int i = -10000; i <= 10000; i++) {
		double s = i / 10000.0;
		double fmr = fmr_at(&k.cal, 1, s, &at_most);

		assert_true(fmr >= floor && fmr <= before);
		if (s < 0.85)
			assert_true(fmr >= 1 && at_most);
		/* Bounds at either end, estimates in one stretch between. */
		if (s > 0.8502 && !was)
			assert_true(!at_most || fmr <= floor);
		before = fmr;
		was = at_most;
	}
	assert_true(at_most);
	assert_near(before, floor, 1e-12);
}

static void
small_samples_claim_no_less_than_the_rule_of_three(void **state)
{
	struct ex_calibration_point p[] = {
		{ 0.5, 0.5, 0.4, 0.6 },
		{ 0.6, 0.1, 0.1, 0.1 }, /* ten pairs, an interval of nothing */
		{ 0.7, 0.01, 0, 0.02 },
	};
	struct ex_calibration_curve curve = { 1, 15, 15, 100, p, 3,
		{ .peaks = 0 } };
	struct ex_calibration cal = { .curves = &curve, .n_curves = 1 };
	double s;
	bool at_most;

	(void)state;
	assert_near(fmr_at(&cal, 1, 0.7, &at_most), 0.1, 1e-12);
	assert_true(at_most);
	assert_near(threshold_at(&cal, 1, 0.1), 0.6, 1e-12);
	assert_int_equal(ex_calibration_threshold(&cal, 1, 0.09, &s, NULL),
	    EX_ERR_CALIBRATION);
	/* 3 / 100 binds where the interval claims to know better. */
	p[1] = (struct ex_calibration_point){ 0.6, 0.1, 0, 0.1 };
	curve.pairs = 95; /* 9.5 hits of 0.1 do not count as ten */
	assert_int_equal(ex_calibration_threshold(&cal, 1, 0.1, &s, NULL),
	    EX_ERR_CALIBRATION);
	curve.pairs = 20; /* 10 pairs at 0.5; high there is 0.6 */
	assert_near(fmr_at(&cal, 1, 0.9, &at_most), 0.6, 1e-12);
	curve.pairs = 4; /* nothing holds ten pairs: nothing is claimed */
	assert_near(fmr_at(&cal, 1, 0.9, &at_most), 1, 0);
	assert_true(at_most);
}

static void
thresholds_keep_the_upper_bound_and_rise_as_the_promise_tightens(void **state)
{
	struct known_calibration k;
	double before = -1;
	bool at_most;

	(void)state;
	known_calibration_init(&k);
	for (int i = 0; i < 375; i++) {
		double fmr = 0.4 * pow(0.97, i); /* down to 4e-6 */
		double s = threshold_at(&k.cal, 1, fmr);

		assert_true(s >= before);
		before = s;
		/* The estimate there is a sixth under the promise. */
		assert_near(fmr_at(&k.cal, 1, s, &at_most) * 1.2 / fmr, 1,
		    at_most ? 0.3 : 1e-6);
		assert_true(fmr_at(&k.cal, 1, s, &at_most) <= fmr);
	}
	assert_near(threshold_at(&k.cal, 1, 0.9), 0.85, 0);
}

static void
a_promise_beyond_the_sample_is_refused(void **state)
{
	struct known_calibration k;
	struct ex_error err;
	double s = 42;

	(void)state;
	known_calibration_init(&k);
	assert_int_equal(ex_calibration_threshold(&k.cal, 1, 1e-6, &s, &err),
	    EX_ERR_CALIBRATION);
	assert_non_null(strstr(err.why, "support"));
	assert_near(s, 42, 0);
}

static void
a_missing_curve_takes_the_stricter_neighbour(void **state)
{
	struct known_calibration k;
	bool at_most;

	(void)state;
	known_calibration_init(&k);
	assert_near(
	    threshold_at(&k.cal, 3, 0.001), threshold_at(&k.cal, 4, 0.001), 0);
	assert_near(fmr_at(&k.cal, 3, 0.9, &at_most),
	    fmr_at(&k.cal, 4, 0.9, &at_most), 0);
	/* Even where it is the one of fewer pictures. */
	for (size_t i = 0; i < CURVE_POINTS; i++)
		k.points[1][i].similarity += 0.02;
	assert_near(
	    threshold_at(&k.cal, 3, 0.001), threshold_at(&k.cal, 2, 0.001), 0);
	assert_true(
	    threshold_at(&k.cal, 3, 0.001) > threshold_at(&k.cal, 4, 0.001));
	assert_near(fmr_at(&k.cal, 3, 0.9, &at_most),
	    fmr_at(&k.cal, 2, 0.9, &at_most), 0);
}

static void
numbers_of_pictures_outside_the_calibration_are_refused(void **state)
{
	struct known_calibration k;
	double s, fmr;
	bool at_most;

	(void)state;
	known_calibration_init(&k);
	assert_int_equal(
	    ex_calibration_threshold(&k.cal, 5, 0.001, &s, NULL), EX_ERR_USAGE);
	assert_int_equal(
	    ex_calibration_threshold(&k.cal, 0, 0.001, &s, NULL), EX_ERR_USAGE);
	assert_int_equal(
	    ex_calibration_fmr(&k.cal, 5, 0.9, &fmr, &at_most, NULL),
	    EX_ERR_USAGE);
	assert_near(fmr, 1, 0);
	k.cal.curves++; /* no curve for one picture */
	k.cal.n_curves--;
	assert_int_equal(ex_calibration_threshold(&k.cal, 1, 0.001, &s, NULL),
	    EX_ERR_CALIBRATION);
}

static void
promises_that_are_no_share_are_refused(void **state)
{
	struct known_calibration k;
	const double wrong[] = { 0, -0.1, 1, 2, NAN, INFINITY };
	double s;

	(void)state;
	known_calibration_init(&k);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(
		    ex_calibration_threshold(&k.cal, 1, wrong[i], &s, NULL),
		    EX_ERR_USAGE);
}

static void
curves_out_of_order_are_refused(void **state)
{
	struct known_calibration k;
	double s;

	(void)state;
	for (int wrong = 0; wrong < 6; wrong++) {
		known_calibration_init(&k);
		struct ex_calibration_point *p = &k.points[0][9];

		switch (wrong) {
		case 0:
			p->similarity = p[-1].similarity;
			break;
		case 1:
			p->fmr = p[-1].fmr * 1.1;
			break;
		case 2:
			p->high = p->fmr / 2;
			break;
		case 3:
			p->high = NAN;
			break;
		case 4:
			p->low = p->fmr * 2;
			break;
		default:
			k.curves[0].n_points = 0;
		}
		assert_int_equal(
		    ex_calibration_threshold(&k.cal, 1, 0.001, &s, NULL),
		    EX_ERR_CALIBRATION);
	}
}

static void
vehicle_cap_raises_the_bar_exactly_as_promised(void **state)
{
	struct ex_match_policy p = ex_match_policy_default();

	(void)state;
	for (size_t f = 0; f <= EX_MAX_OCCUPANTS; f++) {
		for (size_t d = 0; d <= EX_MAX_DOCUMENTS; d++) {
			double x = ex_match_policy_fmr(&p, f, d);
			double wrong = 1 - pow(1 - x, (double)(f * d));

			assert_true(x > 0 && x <= p.fmr);
			assert_true(wrong <= p.vehicle_cap + 1e-12);
			/* No stricter than either promise asks for. */
			assert_true(
			    x >= p.fmr || fabs(wrong - p.vehicle_cap) < 1e-12);
		}
	}
	assert_near(ex_match_policy_fmr(&p, 2, 5), 0.0005, 0);
	assert_true(ex_match_policy_fmr(&p, 11, 1) < 0.0005);
}

static void
policies_out_of_range_name_their_field(void **state)
{
	static const struct {
		const char *field;
		size_t at;
		double low, high;
	} fields[] = {
#define FIELD(name, low, high)                                                 \
	{ #name, offsetof(struct ex_match_policy, name), low, high }
		FIELD(fmr, 0, 0.011),
		FIELD(vehicle_cap, 0, 0.11),
		FIELD(margin, 0, 0.21),
		FIELD(look_alike_fmr, 0.0004, 0.11),
		FIELD(no_document_fmr, 0.0004, 0.11),
#undef FIELD
	};
	struct known_calibration k;
	struct ex_match_policy p = ex_match_policy_default();
	struct ex_error err;

	(void)state;
	known_calibration_init(&k);
	assert_int_equal(ex_match_policy_check(&p, &k.cal, NULL), EX_OK);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		const double wrong[] = { fields[i].low, fields[i].high, -1, NAN,
			INFINITY };

		for (size_t j = 0; j < sizeof wrong / sizeof *wrong; j++) {
			p = ex_match_policy_default();
			memcpy((char *)&p + fields[i].at, &wrong[j],
			    sizeof wrong[j]);
			assert_int_equal(ex_match_policy_check(&p, NULL, &err),
			    EX_ERR_USAGE);
			assert_string_equal(err.what, fields[i].field);
		}
	}
}

static void
policies_beyond_the_sample_do_not_start(void **state)
{
	struct known_calibration k;
	struct ex_match_policy p = ex_match_policy_default();

	(void)state;
	known_calibration_init(&k);
	/* One curve alone is enough to break the promise. */
	k.curves[1].pairs = 1000;
	assert_int_equal(
	    ex_match_policy_check(&p, &k.cal, NULL), EX_ERR_CALIBRATION);
	k.curves[1].pairs = CURVE_PAIRS;
	p.vehicle_cap = 1e-8;
	assert_int_equal(
	    ex_match_policy_check(&p, &k.cal, NULL), EX_ERR_CALIBRATION);
}

/* The known calibration with the tail that its own points would give. */
static void
tailed_init(struct known_calibration *k)
{
	known_calibration_init(k);
	for (size_t i = 0; i < 3; i++)
		k->curves[i].tail = (struct ex_calibration_tail){
			.from = k->points[i][40].similarity,
			.scale = 0.008,
			.scale_high = 0.01,
			.peaks = 200,
		};
}

static double
beyond(const struct ex_calibration *cal, double s,
    enum ex_calibration_reach *reach)
{
	double fmr = -1;
	bool at_most;

	assert_int_equal(
	    ex_calibration_fmr_beyond(cal, 1, s, &fmr, &at_most, reach, NULL),
	    EX_OK);
	assert_true(at_most || *reach == EX_REACH_SAMPLE);
	return fmr;
}

static void
the_tail_falls_from_the_floor_by_its_upper_scale_and_ends(void **state)
{
	struct known_calibration k;
	enum ex_calibration_reach reach;
	double floor, end, before = 1;
	bool at_most;
	int reached[3] = { 0 };

	(void)state;
	tailed_init(&k);
	floor = fmr_at(&k.cal, 1, 0.999, &at_most);
	/* The last point with ten of four million pairs is the 53rd. */
	end = k.points[0][53].similarity;
	assert_true(known_fmr(53) * CURVE_PAIRS >= 9.5);
	assert_true(known_fmr(54) * CURVE_PAIRS < 9.5);
	assert_near(beyond(&k.cal, end, &reach), floor, 1e-12);
	assert_int_equal(reach, EX_REACH_SAMPLE);
	assert_near(beyond(&k.cal, end + 0.01, &reach), floor * exp(-1), 1e-12);
	assert_int_equal(reach, EX_REACH_TAIL);
	assert_near(beyond(&k.cal, end + 0.03, &reach), floor / 10, 1e-12);
	assert_int_equal(reach, EX_REACH_END);
	for (int i = 0; i <= 10000; i++) {
		double fmr = beyond(&k.cal, i / 10000.0, &reach);

		assert_true(fmr <= before && fmr >= floor / 10.0001);
		before = fmr;
		reached[reach]++;
	}
	assert_true(reached[0] > 0 && reached[1] > 100 && reached[2] > 100);
}

static void
thresholds_follow_the_tail_for_a_decade_and_no_further(void **state)
{
	struct known_calibration k;
	enum ex_calibration_reach reach;
	struct ex_error err = { 0 };
	double floor, s, before = -1;
	bool at_most;

	(void)state;
	tailed_init(&k);
	floor = fmr_at(&k.cal, 1, 0.999, &at_most);
	for (double fmr = 0.4; fmr > floor / 10; fmr *= 0.97) {
		assert_int_equal(ex_calibration_threshold_beyond(
				     &k.cal, 1, fmr, &s, &reach, &err),
		    EX_OK);
		assert_int_equal(
		    reach, fmr < floor ? EX_REACH_TAIL : EX_REACH_SAMPLE);
		assert_true(s >= before);
		before = s;
		/* Back again: under the promise, and not by much. */
		if (fmr < floor) {
			assert_near(beyond(&k.cal, s, &reach), fmr, fmr * 1e-9);
			/* Who does not ask for it is not given it. */
			assert_int_equal(
			    ex_calibration_threshold(&k.cal, 1, fmr, &s, NULL),
			    EX_ERR_CALIBRATION);
		} else {
			assert_near(s, threshold_at(&k.cal, 1, fmr), 0);
		}
	}
	assert_int_equal(ex_calibration_threshold_beyond(
			     &k.cal, 1, floor / 10.1, &s, &reach, &err),
	    EX_ERR_CALIBRATION);
	assert_non_null(strstr(err.why, "tail is followed to"));
	k.curves[0].tail.peaks = 0; /* a file from before there were tails */
	assert_int_equal(ex_calibration_threshold_beyond(
			     &k.cal, 1, floor / 2, &s, &reach, &err),
	    EX_ERR_CALIBRATION);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    fmr_is_exact_at_points_and_between_them_in_between),
		cmocka_unit_test(
		    the_interval_is_that_of_the_points_and_holds_the_fmr),
		cmocka_unit_test(fmr_is_never_below_what_the_sample_supports),
		cmocka_unit_test(
		    small_samples_claim_no_less_than_the_rule_of_three),
		cmocka_unit_test(
		    thresholds_keep_the_upper_bound_and_rise_as_the_promise_tightens),
		cmocka_unit_test(a_promise_beyond_the_sample_is_refused),
		cmocka_unit_test(a_missing_curve_takes_the_stricter_neighbour),
		cmocka_unit_test(
		    numbers_of_pictures_outside_the_calibration_are_refused),
		cmocka_unit_test(promises_that_are_no_share_are_refused),
		cmocka_unit_test(curves_out_of_order_are_refused),
		cmocka_unit_test(
		    vehicle_cap_raises_the_bar_exactly_as_promised),
		cmocka_unit_test(policies_out_of_range_name_their_field),
		cmocka_unit_test(policies_beyond_the_sample_do_not_start),
		cmocka_unit_test(
		    the_tail_falls_from_the_floor_by_its_upper_scale_and_ends),
		cmocka_unit_test(
		    thresholds_follow_the_tail_for_a_decade_and_no_further),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
