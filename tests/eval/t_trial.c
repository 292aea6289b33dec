/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of a trial, against worked examples and the plain way. */
#include "test.h"

#include <math.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exeunt/eval.h"
#include "exeunt/match.h"

#define assert_near(a, b, tolerance)                                           \
	do {                                                                   \
		double a_ = (a), b_ = (b);                                     \
		if (!(fabs(a_ - b_) <= (tolerance)))                           \
			fail_msg("%s: %.12g, not %.12g", #a, a_, b_);          \
	} while (0)

static struct ex_error err;
static struct ex_trial_result r;

static void
judge(const struct ex_comparison *c, size_t n, size_t people, double edc)
{
	if (ex_trial_judge(c, n, people, edc, 200, 1, &r, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
}

/* ---- by hand ------------------------------------------------------------- */

/* Genuine: 0.1, 0.2 ... 1.0 of ten people; impostors: 400 of which 4 lie at
 * 0.55, 4 at 0.35 and the rest at 0. */
static size_t
ladder(struct ex_comparison c[static 410])
{
	size_t n = 0;

	for (uint32_t i = 0; i < 10; i++)
		c[n++] = (struct ex_comparison){ { i, i },
			0.1f * (float)(i + 1), 50 };
	for (uint32_t i = 0; i < 400; i++)
		c[n++] = (struct ex_comparison){
			{ i % 10, (i + 1 + i / 10 % 9) % 10 },
			i < 4   ? 0.55f
			: i < 8 ? 0.35f
				: 0,
			50,
		};
	return n;
}

static void
a_ladder_gives_the_rates_counted_by_hand(void **state)
{
	struct ex_comparison c[410];

	(void)state;
	judge(c, ladder(c), 10, 0.01);
	assert_int_equal(r.counts.genuine, 10);
	assert_int_equal(r.counts.impostor, 400);
	/* 1 % of 400 is 4: those at 0.55 may pass, those at 0.35 not. */
	assert_true(r.rates[0].supported);
	assert_near(r.rates[0].fnmr.value, 0.3, 1e-9);
	assert_true(r.rates[0].threshold > 0.35);
	assert_near(r.rates[0].threshold, 0.35, 1e-6);
	/* 400 comparisons reach 3 / 400 and no further. */
	for (int i = 1; i < EX_TRIAL_RATES; i++)
		assert_false(r.rates[i].supported);
	assert_near(r.det[r.n_det - 1].fmr, 0.5 * pow(10, -1.8), 1e-9);
	/* Under 0.35, FMR 2 %, the misses fall from 30 % to none. */
	assert_near(r.eer.value, 0.02, 1e-9);
	assert_true(r.eer.low <= r.eer.value && r.eer.value <= r.eer.high);
}

/* Equal similarities leave no threshold between: on the line. */
static void
ties_give_the_equal_error_rate_between_them(void **state)
{
	struct ex_comparison c[20];

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		c[i] =
		    (struct ex_comparison){ { i, i }, i < 2 ? 0.1f : 0.5f, 0 };
	for (uint32_t i = 0; i < 10; i++)
		c[10 + i] = (struct ex_comparison){ { i, (i + 1) % 10 },
			i < 4 ? 0.5f : 0.1f, 0 };
	judge(c, 20, 10, 0.01);
	/* From 0 and 100 % to 40 and 20 %: 100 - 80 x = 40 x. */
	assert_near(r.eer.value, 0.4 * (1 / 1.2), 1e-9);
}

static void
separated_people_have_no_error_and_the_rule_of_three(void **state)
{
	struct ex_comparison c[60];
	size_t n = 0;

	(void)state;
	for (uint32_t i = 0; i < 10; i++)
		c[n++] = (struct ex_comparison){ { i, i }, 0.9f, 50 };
	for (uint32_t i = 0; i < 10; i++)
		for (uint32_t k = i + 1; k < 10; k++)
			c[n++] = (struct ex_comparison){ { i, k }, 0.1f, 50 };
	judge(c, n, 10, 5e-4);
	assert_near(r.eer.value, 0, 0);
	assert_near(r.det[0].fnmr.value, 0, 0);
	assert_near(r.det[0].fnmr.high, 0.3, 1e-12); /* 3 of 10 people */
	assert_near(r.edc.fmr, 0, 0);
}

static void
failures_to_enrol_are_misses_and_no_non_matches(void **state)
{
	struct ex_comparison c[410];
	size_t n = ladder(c);

	(void)state;
	c[9].similarity = NAN; /* the most similar pair of one person */
	c[10].similarity = NAN;
	judge(c, n, 10, 0.01);
	assert_int_equal(r.counts.genuine_lost, 1);
	assert_int_equal(r.counts.impostor_lost, 1);
	/* 3 of the 4 at 0.55 are left of 399: FMR 1 % is 3.99. */
	assert_near(r.rates[0].fnmr.value, 0.4, 1e-9);
	for (size_t i = 0; i < 10; i++)
		c[i].similarity = NAN;
	judge(c, n, 10, 0.01);
	assert_near(r.rates[0].fnmr.value, 1, 0);
}

static void
discards_take_the_worst_first_and_ties_in_equal_shares(void **state)
{
	struct ex_comparison c[410];
	size_t n = ladder(c);

	(void)state;
	/* Misses at FMR 1 %: 0.1, 0.2, 0.3. Two of least quality. */
	for (size_t i = 0; i < 10; i++)
		c[i].quality = i < 2 ? 10 : 60;
	judge(c, n, 10, 0.01);
	assert_near(r.edc.fmr, 0.01, 0);
	assert_near(r.edc.fnmr[0], 0.3, 1e-9);
	assert_near(r.edc.fnmr[2], 2.0 / 9, 1e-9);
	assert_near(r.edc.fnmr[4], 1.0 / 8, 1e-9);
	/* The eight tied at 60 hold one miss: three of them take 3/8. */
	assert_near(r.edc.fnmr[10], (1 - 3.0 / 8) / 5, 1e-9);
	for (size_t i = 0; i < 10; i++) /* the other way round */
		c[i].quality = i < 2 ? 99 : 60;
	judge(c, n, 10, 0.01);
	assert_true(r.edc.fnmr[4] > r.edc.fnmr[0]);
}

/* ---- against the plain way ----------------------------------------------- */

#define PEOPLE 40

/* Some people resemble many, some are hard to tell from themselves. */
static size_t
crowd(struct ex_rng *rng, struct ex_comparison *c)
{
	double bias[PEOPLE];
	size_t n = 0;

	for (uint32_t i = 0; i < PEOPLE; i++)
		bias[i] = 0.1 * ex_rng_normal(rng);
	for (uint32_t i = 0; i < PEOPLE; i++)
		for (uint32_t k = i; k < PEOPLE; k++)
			for (int turn = 0; turn < (i == k ? 5 : 2); turn++) {
				double s = (i == k ? 0.6 : 0.1) + bias[i] +
					   bias[k] + 0.1 * ex_rng_normal(rng);

				/* Coarse: many are equal. */
				c[n++] = (struct ex_comparison){ { i, k },
					(float)(floor(s * 50) / 50),
					(int)ex_rng_below(rng, 101) };
			}
	return n;
}

static double
count(const struct ex_comparison *c, size_t n, bool genuine, double threshold)
{
	double hits = 0;

	for (size_t i = 0; i < n; i++)
		hits += (c[i].people[0] == c[i].people[1]) == genuine &&
			(double)c[i].similarity >= threshold;
	return hits;
}

static void
rates_are_those_of_trying_every_threshold(void **state)
{
	static struct ex_comparison c[2000];
	struct ex_rng rng;

	(void)state;
	for (uint64_t seed = 1; seed <= 20; seed++) {
		ex_rng_init(&rng, seed);
		size_t n = crowd(&rng, c);
		double all_g = count(c, n, true, -9);
		double all_i = count(c, n, false, -9);

		judge(c, n, PEOPLE, 0.01);
		for (size_t k = 0; k < r.n_det; k++) {
			double best = 9;

			for (size_t i = 0; i < n; i++) {
				double t =
				    (double)nextafterf(c[i].similarity, 9);

				if (t < best && count(c, n, false, t) <=
						    r.det[k].fmr * all_i)
					best = t;
			}
			assert_near(r.det[k].threshold, best, 0);
			assert_near(r.det[k].fnmr.value,
			    1 - count(c, n, true, best) / all_g, 1e-12);
			assert_true(r.det[k].fnmr.low <= r.det[k].fnmr.value);
			assert_true(r.det[k].fnmr.value <= r.det[k].fnmr.high);
		}
	}
}

/* The interval of the FNMR at a fixed threshold, drawn the plain way. */
static void
shares_agree_with_drawing_the_people_by_hand(void **state)
{
	static struct ex_comparison c[2000];
	enum { DRAWS = 200 };
	double fnmr[DRAWS], fmr[DRAWS], low, high;
	uint32_t times[PEOPLE];
	struct ex_trial_share s;
	struct ex_rng rng;
	size_t n;

	(void)state;
	ex_rng_init(&rng, 99);
	n = crowd(&rng, c);
	assert_int_equal(
	    ex_trial_share_make(c, n, PEOPLE, NULL, 1, 0.4, DRAWS, 7, &s, &err),
	    EX_OK);
	ex_rng_init(&rng, 7);
	for (int b = 0; b < DRAWS; b++) {
		double g = 0, m = 0, i = 0, h = 0;

		memset(times, 0, sizeof times);
		for (int k = 0; k < PEOPLE; k++)
			times[ex_rng_below(&rng, PEOPLE)]++;
		for (size_t k = 0; k < n; k++) {
			uint32_t x = c[k].people[0], y = c[k].people[1];
			double w = x == y ? times[x] : times[x] * times[y];
			bool match = (double)c[k].similarity >= 0.4;

			g += x == y ? w : 0;
			m += x == y && !match ? w : 0;
			i += x != y ? w : 0;
			h += x != y && match ? w : 0;
		}
		fnmr[b] = m / g;
		fmr[b] = h / i;
	}
	assert_near(s.fnmr.value, (double)s.misses / (double)s.genuine, 1e-12);
	ex_people_interval(fnmr, DRAWS, s.fnmr.value, &low, &high);
	assert_near(s.fnmr.low, low, 1e-12);
	assert_near(s.fnmr.high, fmax(high, 3.0 / PEOPLE), 1e-12);
	ex_people_interval(fmr, DRAWS, s.fmr.value, &low, &high);
	assert_near(s.fmr.low, low, 1e-12);
	assert_near(s.fmr.high, high, 1e-12);
}

/* A hundred comparisons of each of ten people tell of ten, not a thousand. */
static void
intervals_are_of_people_not_of_pairs(void **state)
{
	static struct ex_comparison many[1045], few[145];
	size_t n = 0, k = 0;
	double wide;

	(void)state;
	for (uint32_t p = 0; p < 10; p++) {
		float s = p < 3 ? 0.2f : 0.8f; /* three are always missed */

		for (int i = 0; i < 100; i++)
			many[n++] = (struct ex_comparison){ { p, p }, s, 50 };
		for (int i = 0; i < 10; i++)
			few[k++] = (struct ex_comparison){ { p, p }, s, 50 };
	}
	for (uint32_t i = 0; i < 10; i++)
		for (uint32_t j = i + 1; j < 10; j++)
			many[n++] = few[k++] =
			    (struct ex_comparison){ { i, j }, 0.5f, 50 };
	judge(few, k, 10, 0.01);
	wide = r.det[0].fnmr.high - r.det[0].fnmr.low;
	assert_near(r.det[0].fnmr.value, 0.3, 1e-9);
	assert_true(wide > 0.4);
	judge(many, n, 10, 0.01);
	assert_near(r.det[0].fnmr.high - r.det[0].fnmr.low, wide, 1e-9);
}

static void
intervals_hold_the_truth_about_as_often_as_they_say(void **state)
{
	static struct ex_comparison c[2000];
	enum { ROUNDS = 100 };
	/* Of the crowd's law: bias of one person twice, and a draw. */
	const double truth =
	    erfc(-(0.4 - 0.6 + 0.01) / sqrt(2 * (4 * 0.01 + 0.01))) / 2;
	int held = 0;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 5);
	for (int round = 0; round < ROUNDS; round++) {
		size_t n = crowd(&rng, c);
		struct ex_trial_share s;

		assert_int_equal(ex_trial_share_make(c, n, PEOPLE, NULL, 1, 0.4,
				     200, 1, &s, &err),
		    EX_OK);
		held += s.fnmr.low <= truth && truth <= s.fnmr.high;
	}
	assert_in_range(held, 85, ROUNDS);
}

/* ---- groups -------------------------------------------------------------- */

static void
groups_are_told_apart_and_their_worst_ratio(void **state)
{
	static struct ex_comparison c[2000];
	static uint8_t group[2000];
	struct ex_trial_share s[3];
	struct ex_trial_ratio ratio;
	size_t n = 0;

	(void)state;
	/* 20 people: ten of group 0 with 10 % misses, ten of 1 with 40 %. */
	for (uint32_t p = 0; p < 20; p++)
		for (uint32_t i = 0; i < 10; i++) {
			group[n] = p >= 10;
			c[n++] = (struct ex_comparison){ { p, p },
				i < (p < 10 ? 1u : 4u) ? 0.2f : 0.8f, 50 };
		}
	for (uint32_t p = 0; p < 20; p++)
		for (uint32_t q = p + 1; q < 20; q++) {
			group[n] = p < 10 && q < 10     ? 0
				   : p >= 10 && q >= 10 ? 1
							: EX_TRIAL_NO_GROUP;
			/* One false match, of group 1. */
			c[n++] = (struct ex_comparison){ { p, q },
				p == 10 && q == 11 ? 0.9f : 0.1f, 50 };
		}
	assert_int_equal(
	    ex_trial_share_make(c, n, 20, group, 3, 0.5, 100, 1, s, &err),
	    EX_OK);
	assert_int_equal(s[0].genuine, 100);
	assert_int_equal(s[0].misses, 10);
	assert_int_equal(s[1].misses, 40);
	assert_int_equal(s[0].impostor, 45);
	assert_int_equal(s[0].matches, 0);
	assert_int_equal(s[1].matches, 1);
	assert_int_equal(s[2].genuine, 0);
	assert_near(s[2].fmr.high, 1, 0);
	ratio = ex_trial_ratio_make(s, 3, true);
	assert_int_equal(ratio.worst, 1);
	assert_int_equal(ratio.best, 0);
	assert_near(ratio.ratio, 4, 1e-9);
	assert_false(ratio.at_least);
	/* None against 1 of 45: at least that to the bound of none. */
	ratio = ex_trial_ratio_make(s, 3, false);
	assert_true(ratio.at_least);
	assert_near(ratio.ratio, (1.0 / 45) / (3.0 / 45), 1e-9);
	/* Too few to be compared. */
	assert_int_equal(ex_trial_ratio_make(s + 1, 2, true).worst, -1);
	s[1].matches = 0;
	s[1].fmr.value = 0;
	assert_int_equal(ex_trial_ratio_make(s, 2, false).worst, -1);
}

/* ---- what is wrong, memory, output --------------------------------------- */

static void
trials_that_tell_nothing_are_refused(void **state)
{
	struct ex_comparison c[410];
	size_t n = ladder(c);

	(void)state;
	assert_int_equal(
	    ex_trial_judge(c, 10, 10, 0.01, 200, 1, &r, &err), EX_ERR_INPUT);
	assert_non_null(strstr(err.why, "different people"));
	assert_int_equal(
	    ex_trial_judge(c + 10, n - 10, 10, 0.01, 200, 1, &r, &err),
	    EX_ERR_INPUT);
	assert_non_null(strstr(err.why, "the same people"));
	assert_int_equal(
	    ex_trial_judge(c, n, 10, 0.01, 99, 1, &r, &err), EX_ERR_USAGE);
	assert_string_equal(err.what, "resamples");
}

static void
every_failed_allocation_is_survived(void **state)
{
	struct ex_comparison c[410];
	struct ex_trial_share s;
	size_t n = ladder(c);
	enum ex_status status;
	long k = 0;

	(void)state;
	do {
		ex_calloc_fail_after(k++);
		status = ex_trial_judge(c, n, 10, 0.01, 100, 1, &r, NULL);
		if (status == EX_OK)
			status = ex_trial_share_make(
			    c, n, 10, NULL, 1, 0.5, 100, 1, &s, NULL);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	} while (status != EX_OK);
	assert_true(k > 7);
}

static void
the_page_loads_nothing_and_is_the_owners(void **state)
{
	static struct ex_trial_groups groups = { .n = 1 };
	struct ex_comparison c[410];
	struct ex_trial_share s[2] = { 0 };
	struct ex_trial_paper paper = { &r, &groups, s, 5e-4, 0.93 };
	char path[] = "/tmp/exeunt-trial-XXXXXX", *json;
	struct ex_blob page;
	struct stat st;

	(void)state;
	judge(c, ladder(c), 10, 0.01);
	r.counts.pictures = 20;
	r.counts.not_enrolled = 1;
	groups.items[0].n_words = 1;
	snprintf(groups.items[0].name, 64, "<script>");
	snprintf(groups.items[0].words[0], 64, "a\"<b>");
	close(mkstemp(path));
	assert_int_equal(ex_trial_report(path, "T<", &paper, &err), EX_OK);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(ex_file_read(path, 1 << 20, &page, &err), EX_OK);
	assert_null(strstr((char *)page.data, "<script>"));
	assert_null(strstr((char *)page.data, "a\"<b>"));
	assert_null(strstr((char *)page.data, "http://"));
	assert_null(strstr((char *)page.data, "nan"));
	assert_non_null(strstr((char *)page.data, "default-src 'none'"));
	assert_non_null(strstr((char *)page.data, "class=\"curve\""));
	assert_non_null(strstr((char *)page.data, "not supported"));
	ex_blob_free(&page);
	unlink(path);
	json = ex_trial_json(&paper);
	assert_non_null(json);
	assert_non_null(strstr(json, "\"fte\":0.05,"));
	assert_non_null(strstr(json, "\"a\\\"<b>\":{"));
	assert_non_null(strstr(json, "{\"fmr\":1e-05,\"supported\":false}"));
	free(json);
	assert_int_equal(ex_trial_report("/no/such/x.html", "T", &paper, &err),
	    EX_ERR_ENVIRONMENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_ladder_gives_the_rates_counted_by_hand),
		cmocka_unit_test(ties_give_the_equal_error_rate_between_them),
		cmocka_unit_test(
		    separated_people_have_no_error_and_the_rule_of_three),
		cmocka_unit_test(
		    failures_to_enrol_are_misses_and_no_non_matches),
		cmocka_unit_test(
		    discards_take_the_worst_first_and_ties_in_equal_shares),
		cmocka_unit_test(rates_are_those_of_trying_every_threshold),
		cmocka_unit_test(shares_agree_with_drawing_the_people_by_hand),
		cmocka_unit_test(intervals_are_of_people_not_of_pairs),
		cmocka_unit_test(
		    intervals_hold_the_truth_about_as_often_as_they_say),
		cmocka_unit_test(groups_are_told_apart_and_their_worst_ratio),
		cmocka_unit_test(trials_that_tell_nothing_are_refused),
		cmocka_unit_test(every_failed_allocation_is_survived),
		cmocka_unit_test(the_page_loads_nothing_and_is_the_owners),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
