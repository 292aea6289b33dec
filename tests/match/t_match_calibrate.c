/* SPDX-License-Identifier: Apache-2.0 */
/* Curves made of people drawn from a known distribution. */
#include "match_test.h"

#define SPREAD 12 /* dimensions that tell people apart */

struct population {
	struct ex_template *templates;
	uint32_t *people;
	struct ex_calibration_set set;
};

/*
 * Identities are random directions around a common one, some nearer to it than
 * others: those resemble many, as in life, and make pairs depend on people.
 */
static void
draw_identity(struct ex_rng *rng, struct ex_template *out)
{
	double common = fabs(ex_rng_normal(rng));

	memset(out, 0, sizeof *out);
	out->dim = 128;
	for (size_t i = 0; i < SPREAD; i++)
		out->v[i] = (float)ex_rng_normal(rng);
	out->v[0] += (float)common;
	ex_template_fuse(out, 1, out);
}

/* Mean of `pictures` noisy pictures of one identity. */
static void
take_pictures(struct ex_rng *rng, const struct ex_template *identity,
    unsigned pictures, struct ex_template *out)
{
	struct ex_template shot[EX_CALIBRATION_MAX_PICTURES];

	for (unsigned k = 0; k < pictures; k++) {
		shot[k] = *identity;
		for (size_t i = 0; i < SPREAD; i++)
			shot[k].v[i] += (float)(0.1 * ex_rng_normal(rng));
		ex_template_fuse(&shot[k], 1, &shot[k]);
	}
	ex_template_fuse(shot, pictures, out);
}

static void
population_init(struct population *p, struct ex_rng *rng, size_t n)
{
	struct ex_template identity;

	p->templates = calloc(n, sizeof *p->templates);
	p->people = calloc(n, sizeof *p->people);
	assert_true(p->templates && p->people);
	for (size_t i = 0; i < n; i++) {
		draw_identity(rng, &identity);
		take_pictures(rng, &identity, 1, &p->templates[i]);
		p->people[i] = (uint32_t)(1000 - i * 7); /* any numbers */
	}
	p->set = (struct ex_calibration_set){ p->templates, p->people, n };
}

static void
population_fini(struct population *p)
{
	free(p->templates);
	free(p->people);
}

static void
make(const struct ex_calibration_set *probes,
    const struct ex_calibration_set *references, unsigned resamples,
    uint64_t seed, struct ex_calibration_curve *out)
{
	struct ex_error err = { 0 };

	if (ex_calibration_curve_make(
		probes, references, 1, resamples, seed, out, &err))
		fail_msg("%s: %s", err.what, err.why);
}

/* Share of cross-person pairs at or above a similarity, the plain way. */
static double
share_at(const struct ex_calibration_set *probes,
    const struct ex_calibration_set *references, double similarity)
{
	size_t hits = 0, pairs = 0;

	for (size_t p = 0; p < probes->n; p++) {
		size_t r = probes == references ? p + 1 : 0;

		for (; r < references->n; r++) {
			if (probes->people[p] == references->people[r])
				continue;
			pairs++;
			hits += (double)ex_template_similarity(
				    &probes->templates[p],
				    &references->templates[r]) >= similarity;
		}
	}
	return (double)hits / (double)pairs;
}

static void
points_hold_the_exact_share_of_pairs(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	struct ex_rng rng;
	const struct ex_calibration_point *last;

	(void)state;
	ex_rng_init(&rng, 1);
	population_init(&p, &rng, 200);
	make(&p.set, &p.set, 200, 1, &c);
	assert_int_equal(c.pairs, 200 * 199 / 2);
	assert_int_equal(c.probes, 200);
	/* 0.5 down to 10 of 19,900 is 3 decades, ten points each. */
	assert_in_range(c.n_points, 28, 36);
	for (size_t i = 0; i < c.n_points; i++) {
		const struct ex_calibration_point *q = &c.points[i];

		assert_near(
		    q->fmr, share_at(&p.set, &p.set, q->similarity), 1e-15);
		assert_true(q->low <= q->fmr && q->fmr <= q->high);
		if (i > 0) {
			assert_true(q->similarity > q[-1].similarity);
			assert_true(q->fmr < q[-1].fmr);
			assert_true(q->high <= q[-1].high);
			/* No gap that interpolation would have to guess. */
			assert_true(q->fmr > q[-1].fmr * 0.7 ||
				    q->fmr * (double)c.pairs < 12);
		}
	}
	last = &c.points[c.n_points - 1];
	assert_near(last->fmr, 1.0 / (double)c.pairs, 1e-12);
	assert_near(share_at(&p.set, &p.set, last->similarity + 1e-4), 0, 0);
	free(c.points);
	population_fini(&p);
}

static void
pairs_of_one_person_do_not_count(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 2);
	population_init(&p, &rng, 60);
	for (size_t i = 0; i < 60; i += 2) { /* the very same picture */
		p.templates[i + 1] = p.templates[i];
		p.people[i + 1] = p.people[i];
	}
	make(&p.set, &p.set, 100, 1, &c);
	assert_int_equal(c.pairs, 60 * 59 / 2 - 30);
	assert_true(c.points[c.n_points - 1].similarity < 0.999);
	free(c.points);
	population_fini(&p);
}

static void
fused_probes_meet_the_references_of_others(void **state)
{
	struct population p;
	struct ex_template fused[40];
	struct ex_calibration_set probes = { fused, NULL, 40 };
	struct ex_calibration_curve c, single;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 3);
	population_init(&p, &rng, 300);
	probes.people = p.people + 100;
	for (size_t i = 0; i < 40; i++)
		take_pictures(&rng, &p.templates[100 + i], 4, &fused[i]);
	make(&probes, &p.set, 200, 1, &c);
	assert_int_equal(c.pairs, 40 * 299);
	for (size_t i = 0; i < c.n_points; i++)
		assert_near(c.points[i].fmr,
		    share_at(&probes, &p.set, c.points[i].similarity), 1e-15);
	/* Forty probe people know less than three hundred. */
	make(&p.set, &p.set, 200, 1, &single);
	assert_true(c.points[10].high / c.points[10].fmr >
		    single.points[10].high / single.points[10].fmr);
	free(c.points);
	free(single.points);
	population_fini(&p);
}

static void
equal_seeds_give_equal_curves(void **state)
{
	struct population p;
	struct ex_calibration_curve a, b, other;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 4);
	population_init(&p, &rng, 80);
	make(&p.set, &p.set, 100, 5, &a);
	make(&p.set, &p.set, 100, 5, &b);
	make(&p.set, &p.set, 100, 6, &other);
	assert_int_equal(a.n_points, b.n_points);
	assert_memory_equal(a.points, b.points, a.n_points * sizeof *a.points);
	assert_memory_not_equal(
	    a.points, other.points, a.n_points * sizeof *a.points);
	free(a.points);
	free(b.points);
	free(other.points);
	population_fini(&p);
}

/* Pairs share people: taking them for independent would promise too much. */
static void
intervals_are_those_of_people_not_of_pairs(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 8);
	population_init(&p, &rng, 300);
	make(&p.set, &p.set, 300, 1, &c);
	for (size_t i = 5; i < 20; i++) {
		const struct ex_calibration_point *q = &c.points[i];
		double naive =
		    1.96 * sqrt(q->fmr * (1 - q->fmr) / (double)c.pairs);

		assert_true(q->high - q->fmr > 1.5 * naive);
		assert_true(q->fmr - q->low > 1.5 * naive);
	}
	free(c.points);
	population_fini(&p);
}

/* One person resembles all others, who resemble nobody: the FMR is as often
 * as that person is drawn, from never to about four times. */
static void
one_person_who_resembles_all_makes_a_wide_interval(void **state)
{
	enum { N = 100 };
	static struct ex_template t[N];
	static uint32_t people[N];
	struct ex_calibration_set set = { t, people, N };

	(void)state;
	for (size_t wolf = 0; wolf < N; wolf += N - 1) {
		struct ex_calibration_curve c;
		const struct ex_calibration_point *last;

		memset(t, 0, sizeof t);
		for (size_t i = 0; i < N; i++) {
			people[i] = (uint32_t)i;
			t[i].v[i] = 1;
			t[i].dim = 128;
			for (size_t k = 0; i == wolf && k < N; k++)
				t[i].v[k] = 0.1f;
		}
		make(&set, &set, 1000, 1, &c);
		last = &c.points[c.n_points - 1];
		assert_near(last->similarity, 0.1, 1e-4);
		assert_near(last->fmr, 0.02, 1e-12);
		assert_near(last->low, 0, 0);
		assert_true(last->high > 0.055 && last->high < 0.085);
		free(c.points);
	}
}

/* FMR of everybody at a similarity, from a sample far larger than the ones
 * under test. */
static double
true_fmr(double similarity)
{
	struct population all;
	struct ex_rng rng;
	double fmr;

	ex_rng_init(&rng, 1234567);
	population_init(&all, &rng, 1500);
	fmr = share_at(&all.set, &all.set, similarity);
	population_fini(&all);
	return fmr;
}

static void
intervals_cover_the_truth_about_as_often_as_they_say(void **state)
{
	enum { ROUNDS = 60 };
	const double similarity = 0.7;
	double truth = true_fmr(similarity);
	unsigned covered = 0, above = 0;
	struct ex_rng rng;

	(void)state;
	assert_true(truth > 0.002 && truth < 0.05);
	ex_rng_init(&rng, 77);
	for (int round = 0; round < ROUNDS; round++) {
		struct population p;
		struct ex_calibration_curve c;
		size_t i = 0;

		population_init(&p, &rng, 150);
		make(&p.set, &p.set, 200, (uint64_t)round, &c);
		/* The point nearest below: within a tenth of a decade. */
		while (i + 1 < c.n_points &&
		       c.points[i + 1].similarity <= similarity)
			i++;
		double off =
		    c.points[i].fmr / share_at(&p.set, &p.set, similarity);

		covered += c.points[i].low <= truth * off &&
			   truth * off <= c.points[i].high;
		above += truth * off > c.points[i].high;
		free(c.points);
		population_fini(&p);
	}
	/* 95 % of 60 is 57; percentile intervals of so few people are a bit
	 * narrow. Over the upper bound should be rare. */
	assert_in_range(covered, 52, ROUNDS);
	assert_in_range(above, 0, 5);
}

static void
a_threshold_keeps_its_promise_on_people_not_calibrated_with(void **state)
{
	static const double promises[] = { 0.01, 0.003, 0.001 };
	enum { ROUNDS = 8 };
	unsigned broken = 0;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 2026);
	for (int round = 0; round < ROUNDS; round++) {
		struct population ours, others;
		struct ex_calibration_curve curve;
		struct ex_calibration cal = { .curves = &curve, .n_curves = 1 };

		population_init(&ours, &rng, 350);
		population_init(&others, &rng, 500);
		make(&ours.set, &ours.set, 200, 1, &curve);
		for (size_t i = 0; i < 3; i++) {
			double s, fmr;

			assert_int_equal(ex_calibration_threshold(
					     &cal, 1, promises[i], &s, NULL),
			    EX_OK);
			fmr = share_at(&others.set, &others.set, s);
			broken += fmr > promises[i];
			/* Nor is it bought by a bar far too high. */
			assert_true(fmr > promises[i] / 5);
		}
		free(curve.points);
		population_fini(&ours);
		population_fini(&others);
	}
	/* The bound fails 2.5 % of the time, and the others' own sample
	 * strays as well: of 24, a few; half without the bound. */
	assert_in_range(broken, 0, 3);
}

/* A probe set of the same people, fused of so many pictures. */
static void
fused_of(const struct population *p, struct ex_rng *rng, unsigned pictures,
    struct population *out)
{
	out->templates = calloc(p->set.n, sizeof *out->templates);
	assert_non_null(out->templates);
	out->people = NULL;
	for (size_t i = 0; i < p->set.n; i++)
		take_pictures(
		    rng, &p->templates[i], pictures, &out->templates[i]);
	out->set =
	    (struct ex_calibration_set){ out->templates, p->people, p->set.n };
}

static void
an_extrapolated_threshold_keeps_its_promise_on_others(void **state)
{
	enum { ROUNDS = 4 };
	static const unsigned pictures[] = { 1, 2, 4 };
	unsigned broken = 0, used = 0;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 31);
	for (int round = 0; round < 3 * ROUNDS; round++) {
		struct population ours, others, probes, theirs;
		struct ex_calibration_curve curve;
		struct ex_calibration cal = { .curves = &curve, .n_curves = 1 };
		enum ex_calibration_reach reach;
		double floor, s;
		bool at_most;

		population_init(&ours, &rng, 200);
		population_init(&others, &rng, 1000);
		fused_of(&ours, &rng, pictures[round % 3], &probes);
		fused_of(&others, &rng, pictures[round % 3], &theirs);
		make(&probes.set, &ours.set, 200, 1, &curve);
		assert_true(curve.tail.peaks >= EX_CALIBRATION_PEAKS);
		assert_true(curve.tail.scale <= curve.tail.scale_high);
		assert_int_equal(
		    ex_calibration_fmr(&cal, 1, 1, &floor, &at_most, NULL),
		    EX_OK);
		for (double part = 2; part < 10; part *= 2) {
			assert_int_equal(ex_calibration_threshold_beyond(&cal,
					     1, floor / part, &s, &reach, NULL),
			    EX_OK);
			assert_int_equal(reach, EX_REACH_TAIL);
			broken += share_at(&theirs.set, &others.set, s) >
				  floor / part;
			used++;
		}
		free(curve.points);
		population_fini(&ours);
		population_fini(&others);
		population_fini(&probes);
		population_fini(&theirs);
	}
	/* An upper bound of an upper bound: hardly ever. */
	assert_int_equal(used, 3 * 3 * ROUNDS);
	assert_in_range(broken, 0, 2);
}

/* Mean of the peaks over the threshold, and nothing from a few of them. */
static void
the_tail_is_the_mean_excess(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	double sum = 0;
	size_t n = 0;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 32);
	population_init(&p, &rng, 120);
	make(&p.set, &p.set, 200, 1, &c);
	for (size_t i = 0; i < 120; i++)
		for (size_t k = i + 1; k < 120; k++) {
			double over = (double)ex_template_similarity(
					  &p.templates[i], &p.templates[k]) -
				      c.tail.from;

			sum += over >= 0 ? over : 0;
			n += over >= 0;
		}
	assert_in_range(n, EX_CALIBRATION_PEAKS, 150);
	assert_int_equal(c.tail.peaks, n);
	/* Similarities are kept in steps of 2 / 65534. */
	assert_near(c.tail.scale, sum / (double)n, 3.1e-5);
	assert_true(c.tail.scale_high > c.tail.scale);
	free(c.points);
	p.set.n = 16; /* 120 pairs, and less than 100 at any point */
	make(&p.set, &p.set, 200, 1, &c);
	assert_int_equal(c.tail.peaks, 0);
	free(c.points);
	population_fini(&p);
}

static void
samples_that_tell_nothing_are_refused(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	struct ex_calibration_set none = { NULL, NULL, 0 };
	struct ex_error err;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 5);
	population_init(&p, &rng, 20);
	p.set.n = 14; /* 91 pairs */
	assert_int_equal(
	    ex_calibration_curve_make(&p.set, &p.set, 1, 100, 1, &c, &err),
	    EX_ERR_INPUT);
	assert_non_null(strstr(err.why, "91 pairs"));
	assert_null(c.points);
	assert_int_equal(
	    ex_calibration_curve_make(&none, &p.set, 1, 100, 1, &c, &err),
	    EX_ERR_INPUT);
	p.set.n = 20;
	for (size_t i = 1; i < 20; i++)
		p.templates[i] = p.templates[0];
	assert_int_equal(
	    ex_calibration_curve_make(&p.set, &p.set, 1, 100, 1, &c, &err),
	    EX_ERR_INPUT);
	for (size_t i = 1; i < 20; i++) /* all one person */
		p.people[i] = p.people[0];
	assert_int_equal(
	    ex_calibration_curve_make(&p.set, &p.set, 1, 100, 1, &c, &err),
	    EX_ERR_INPUT);
	assert_int_equal(
	    ex_calibration_curve_make(&p.set, &p.set, 17, 100, 1, &c, &err),
	    EX_ERR_USAGE);
	assert_string_equal(err.what, "pictures");
	assert_int_equal(
	    ex_calibration_curve_make(&p.set, &p.set, 1, 99, 1, &c, &err),
	    EX_ERR_USAGE);
	assert_string_equal(err.what, "resamples");
	population_fini(&p);
}

static void
every_allocation_may_fail(void **state)
{
	struct population p;
	struct ex_calibration_curve c;
	struct ex_rng rng;
	enum ex_status status;
	long n = 0;

	(void)state;
	ex_rng_init(&rng, 6);
	population_init(&p, &rng, 40);
	do {
		ex_calloc_fail_after(n++);
		status = ex_calibration_curve_make(
		    &p.set, &p.set, 1, 100, 1, &c, NULL);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, c.points != NULL);
	} while (status != EX_OK);
	assert_true(n > 5);
	free(c.points);
	population_fini(&p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_hold_the_exact_share_of_pairs),
		cmocka_unit_test(pairs_of_one_person_do_not_count),
		cmocka_unit_test(fused_probes_meet_the_references_of_others),
		cmocka_unit_test(equal_seeds_give_equal_curves),
		cmocka_unit_test(intervals_are_those_of_people_not_of_pairs),
		cmocka_unit_test(
		    one_person_who_resembles_all_makes_a_wide_interval),
		cmocka_unit_test(
		    intervals_cover_the_truth_about_as_often_as_they_say),
		cmocka_unit_test(
		    a_threshold_keeps_its_promise_on_people_not_calibrated_with),
		cmocka_unit_test(
		    an_extrapolated_threshold_keeps_its_promise_on_others),
		cmocka_unit_test(the_tail_is_the_mean_excess),
		cmocka_unit_test(samples_that_tell_nothing_are_refused),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
