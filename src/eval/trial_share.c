/* SPDX-License-Identifier: Apache-2.0 */
/* Rates of a trial at one threshold, by group. */
#include "eval_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/match.h"

double
ex_trial_weight(const uint32_t people[2], const uint32_t *times)
{
	if (!times)
		return 1;
	return people[0] == people[1]
		   ? (double)times[people[0]]
		   : (double)times[people[0]] * (double)times[people[1]];
}

void
ex_trial_rule_of_three(struct ex_interval *v, size_t n)
{
	v->high = fmax(v->high, n > 3 ? 3 / (double)n : 1);
}

enum ex_status
ex_trial_resamples_check(unsigned resamples, struct ex_error *err)
{
	if (resamples < 100 || resamples > 10000)
		return ex_fail(err, EX_ERR_USAGE, "resamples",
		    "%u is not within 100 and 10000", resamples);
	return EX_OK;
}

/* Weights of one group, in one draw. */
struct tally {
	double genuine, misses, impostor, matches;
};

static void
tally_all(const struct ex_comparison *c, size_t n, const uint8_t *group,
    double threshold, const uint32_t *times, struct tally *t)
{
	for (size_t i = 0; i < n; i++) {
		const uint8_t g = group ? group[i] : 0;
		const float similarity = c[i].similarity;
		double w;

		if (g == EX_TRIAL_NO_GROUP)
			continue;
		w = ex_trial_weight(c[i].people, times);
		if (c[i].people[0] == c[i].people[1]) {
			t[g].genuine += w;
			/* Written so that what was not made is a miss. */
			if (!((double)similarity >= threshold))
				t[g].misses += w;
		} else if (!isnan(similarity)) {
			t[g].impostor += w;
			if ((double)similarity >= threshold)
				t[g].matches += w;
		}
	}
}

/* A draw without any pair tells nothing: left out; all such: 0..1. */
static void
interval_of(double part, double all, double *values, size_t n, size_t three,
    struct ex_interval *out)
{
	*out = (struct ex_interval){ 0, 0, 1 };
	if (!(all > 0) || n == 0)
		return;
	out->value = part / all;
	ex_people_interval(values, n, out->value, &out->low, &out->high);
	ex_trial_rule_of_three(out, three);
}

/* Distinct people with genuine comparisons in the group. */
static size_t
people_in(const struct ex_comparison *c, size_t n, const uint8_t *group,
    size_t which, uint32_t *seen, size_t people)
{
	size_t found = 0;

	memset(seen, 0, people * sizeof *seen);
	for (size_t i = 0; i < n; i++)
		if ((group ? group[i] : 0) == which &&
		    c[i].people[0] == c[i].people[1])
			found += seen[c[i].people[0]]++ == 0;
	return found;
}

struct shares {
	const struct ex_comparison *c;
	size_t n, people, n_groups;
	const uint8_t *group;
	double threshold;
	unsigned resamples;
	struct tally *draws; /* [resample][group] */
	double *values;
	uint32_t *times;
};

static void
finish_group(struct shares *s, size_t g, struct ex_trial_share *out)
{
	size_t m[2] = { 0, 0 };
	double *fnmr = s->values, *fmr = s->values + s->resamples;

	for (unsigned b = 0; b < s->resamples; b++) {
		const struct tally *t = &s->draws[b * s->n_groups + g];

		if (t->genuine > 0)
			fnmr[m[0]++] = t->misses / t->genuine;
		if (t->impostor > 0)
			fmr[m[1]++] = t->matches / t->impostor;
	}
	interval_of((double)out->misses, (double)out->genuine, fnmr, m[0],
	    people_in(s->c, s->n, s->group, g, s->times, s->people),
	    &out->fnmr);
	interval_of((double)out->matches, (double)out->impostor, fmr, m[1],
	    out->impostor, &out->fmr);
}

static void
make_shares(struct shares *s, uint64_t seed, struct ex_trial_share *out)
{
	struct ex_rng rng;

	ex_rng_init(&rng, seed);
	tally_all(s->c, s->n, s->group, s->threshold, NULL, s->draws);
	for (size_t g = 0; g < s->n_groups; g++)
		out[g] = (struct ex_trial_share){
			.genuine = (size_t)s->draws[g].genuine,
			.misses = (size_t)s->draws[g].misses,
			.impostor = (size_t)s->draws[g].impostor,
			.matches = (size_t)s->draws[g].matches,
		};
	memset(s->draws, 0, s->n_groups * sizeof *s->draws);
	for (unsigned b = 0; b < s->resamples; b++) {
		ex_people_draw(&rng, s->times, s->people);
		tally_all(s->c, s->n, s->group, s->threshold, s->times,
		    &s->draws[b * s->n_groups]);
	}
	for (size_t g = 0; g < s->n_groups; g++)
		finish_group(s, g, &out[g]);
}

enum ex_status
ex_trial_share_make(const struct ex_comparison *c, size_t n, size_t people,
    const uint8_t *group, size_t n_groups, double threshold, unsigned resamples,
    uint64_t seed, struct ex_trial_share *out, struct ex_error *err)
{
	struct shares s = { c, n, people, n_groups, group, threshold, resamples,
		NULL, NULL, NULL };
	enum ex_status status = ex_trial_resamples_check(resamples, err);

	if (status != EX_OK)
		return status;
	s.draws = ex_calloc(n_groups * resamples, sizeof *s.draws);
	s.values = ex_calloc(2 * (size_t)resamples, sizeof *s.values);
	s.times = ex_calloc(people, sizeof *s.times);
	if (s.draws && s.values && s.times)
		make_shares(&s, seed, out);
	else
		status = ex_fail(err, EX_ERR_NOMEM, "pairs", NULL);
	free(s.draws);
	free(s.values);
	free(s.times);
	return status;
}

struct ex_trial_ratio
ex_trial_ratio_make(const struct ex_trial_share *s, size_t n, bool fnmr)
{
	struct ex_trial_ratio r = { .worst = -1, .best = -1, .ratio = 1 };
	size_t counted = 0;
	double best;

	for (size_t g = 0; g < n; g++) {
		const struct ex_interval *v = fnmr ? &s[g].fnmr : &s[g].fmr;

		if ((fnmr ? s[g].genuine : s[g].impostor) < EX_TRIAL_LEAST)
			continue;
		counted++;
		if (r.worst < 0 || v->value > (fnmr ? s[r.worst].fnmr.value
						    : s[r.worst].fmr.value))
			r.worst = (int)g;
		if (r.best < 0 || v->value < (fnmr ? s[r.best].fnmr.value
						   : s[r.best].fmr.value))
			r.best = (int)g;
	}
	/* Without an error anywhere there is nothing to tell apart. */
	if (counted < 2 ||
	    (fnmr ? s[r.worst].fnmr.value : s[r.worst].fmr.value) <= 0) {
		r.worst = r.best = -1;
		return r;
	}
	best = fnmr ? s[r.best].fnmr.value : s[r.best].fmr.value;
	r.at_least = best <= 0;
	if (r.at_least)
		best = fnmr ? s[r.best].fnmr.high : s[r.best].fmr.high;
	r.ratio = (fnmr ? s[r.worst].fnmr.value : s[r.worst].fmr.value) / best;
	r.ratio = fmax(r.ratio, r.at_least ? 0 : 1);
	return r;
}
