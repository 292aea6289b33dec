/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rates of a trial. Comparisons are sorted by similarity once; a curve is one
 * walk from the most similar down, and a resample is the same walk with each
 * comparison counted as often as its people were drawn.
 */

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "eval_internal.h"
#include "exeunt/match.h"

#define LOST (-2.0f) /* the similarity of what could not be compared */

struct score {
	float similarity;
	uint32_t people[2];
};

struct sorted {
	struct score *impostor, *genuine; /* falling */
	size_t n_impostor, n_genuine;
};

static const double rates[EX_TRIAL_RATES] = { 1e-2, 1e-3, 5e-4, 1e-4, 1e-5 };

/* ---- sorting ------------------------------------------------------------- */

static int
falling(const void *a, const void *b)
{
	float x = ((const struct score *)a)->similarity;
	float y = ((const struct score *)b)->similarity;

	return (x < y) - (x > y);
}

static void
sorted_fini(struct sorted *s)
{
	free(s->impostor);
	free(s->genuine);
}

static void
count(const struct ex_comparison *c, size_t n, struct ex_trial_counts *t)
{
	for (size_t i = 0; i < n; i++) {
		bool lost = isnan(c[i].similarity);

		if (c[i].people[0] == c[i].people[1]) {
			t->genuine++;
			t->genuine_lost += lost;
		} else {
			t->impostor++;
			t->impostor_lost += lost;
		}
	}
}

static bool
sorted_init(struct sorted *s, const struct ex_comparison *c, size_t n,
    const struct ex_trial_counts *t)
{
	s->impostor = ex_calloc(t->impostor, sizeof *s->impostor);
	s->genuine = ex_calloc(t->genuine, sizeof *s->genuine);
	if (!s->impostor || !s->genuine)
		return false;
	for (size_t i = 0; i < n; i++) {
		bool lost = isnan(c[i].similarity);
		struct score one = { lost ? LOST : c[i].similarity,
			{ c[i].people[0], c[i].people[1] } };

		if (one.people[0] == one.people[1])
			s->genuine[s->n_genuine++] = one;
		else if (!lost)
			s->impostor[s->n_impostor++] = one;
	}
	qsort(s->impostor, s->n_impostor, sizeof *s->impostor, falling);
	qsort(s->genuine, s->n_genuine, sizeof *s->genuine, falling);
	return true;
}

/* ---- one walk ------------------------------------------------------------ */

/* What is asked of a walk, and found: at each FMR, rising, the share of
 * genuine comparisons at or under the bar, which none may pass with. */
struct walk {
	const double *fmr;
	size_t n;
	double *fnmr;
	float *bar; /* or NULL */
	double eer;
};

static double
weigh(const struct score *s, size_t n, const uint32_t *times)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += ex_trial_weight(s[i].people, times);
	return sum;
}

/* A threshold sinking through both lists: weights that match so far. */
struct sinking {
	const struct sorted *s;
	const uint32_t *times;
	double impostor, genuine; /* at or over it */
	size_t i, g;
};

/* Genuine comparisons over `bar`, and those equal to it if `equal`. */
static void
sink(struct sinking *k, float bar, bool equal)
{
	const struct sorted *s = k->s;

	while (k->g < s->n_genuine &&
	       (s->genuine[k->g].similarity > bar ||
		   (equal && s->genuine[k->g].similarity >= bar)))
		k->genuine +=
		    ex_trial_weight(s->genuine[k->g++].people, k->times);
}

/* The last point of the curve, and whether FMR has passed FNMR. */
struct point {
	double fmr, fnmr;
	bool crossed;
};

/* FMR and FNMR are one on the line between the last two points. */
static void
look_for_eer(struct point *last, double fmr, double fnmr, double *eer)
{
	double before = last->fnmr - last->fmr, after = fmr - fnmr;

	if (!last->crossed && after >= 0) {
		double part =
		    before + after > 0 ? before / (before + after) : 0;

		last->crossed = true;
		*eer = last->fmr + part * (fmr - last->fmr);
	}
	last->fmr = fmr;
	last->fnmr = fnmr;
}

static void
walk(const struct sorted *s, const uint32_t *times, struct walk *w)
{
	const double all_i = weigh(s->impostor, s->n_impostor, times);
	const double all_g = weigh(s->genuine, s->n_genuine, times);
	struct sinking k = { .s = s, .times = times };
	struct point e = { 0, 1, false };
	double f0 = 0;
	size_t at = 0;

	w->eer = 1; /* a draw without any pair tells nothing: the worst */
	for (size_t i = 0; i < w->n; i++)
		w->fnmr[i] = 1;
	if (!(all_i > 0 && all_g > 0))
		return;
	while (k.i < s->n_impostor && !(e.crossed && at == w->n)) {
		float bar = s->impostor[k.i].similarity;
		double f1, m1;

		while (
		    k.i < s->n_impostor && s->impostor[k.i].similarity >= bar)
			k.impostor +=
			    ex_trial_weight(s->impostor[k.i++].people, times);
		sink(&k, bar, false);
		f1 = k.impostor / all_i;
		/* Matching at the bar itself would be too much: over it. */
		for (; at < w->n && f1 > w->fmr[at]; at++) {
			w->fnmr[at] = 1 - k.genuine / all_g;
			if (w->bar)
				w->bar[at] = bar;
		}
		/* Two points: just over the bar, and at it. */
		m1 = 1 - k.genuine / all_g;
		look_for_eer(&e, f0, m1, &w->eer);
		sink(&k, bar, true);
		m1 = 1 - k.genuine / all_g;
		look_for_eer(&e, f1, m1, &w->eer);
		f0 = f1;
	}
}

/* ---- intervals ----------------------------------------------------------- */

static size_t
genuine_people(const struct sorted *s, uint32_t *times, size_t people)
{
	size_t n = 0;

	memset(times, 0, people * sizeof *times);
	for (size_t i = 0; i < s->n_genuine; i++)
		n += times[s->genuine[i].people[0]]++ == 0;
	return n;
}

/* values[point][resample], the last point being the equal error rate. */
static void
resample(const struct sorted *s, size_t people, unsigned resamples,
    uint64_t seed, struct walk *w, uint32_t *times, double *values)
{
	struct ex_rng rng;

	w->bar = NULL;
	ex_rng_init(&rng, seed);
	for (unsigned b = 0; b < resamples; b++) {
		ex_people_draw(&rng, times, people);
		walk(s, times, w);
		for (size_t i = 0; i < w->n; i++)
			values[i * resamples + b] = w->fnmr[i];
		values[w->n * resamples + b] = w->eer;
	}
}

/* ---- the points asked for ------------------------------------------------ */

#define POINTS_PER_DECADE 10
#define MAX_POINTS        (EX_TRIAL_DET + EX_TRIAL_RATES + 1)

/* Where each point of a result lies among the rising FMRs of a walk. */
struct plan {
	double fmr[MAX_POINTS];
	size_t n;
};

static int
rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static bool
supports(size_t impostor, double fmr)
{
	return fmr * (double)impostor >= 3;
}

static void
make_plan(struct plan *p, struct ex_trial_result *out, double edc_fmr,
    size_t impostor)
{
	for (int i = 0; i < EX_TRIAL_DET; i++) {
		double fmr = 0.5 * pow(10, -i / (double)POINTS_PER_DECADE);

		if (!supports(impostor, fmr))
			break;
		out->det[out->n_det++].fmr = p->fmr[p->n++] = fmr;
	}
	for (int i = 0; i < EX_TRIAL_RATES; i++) {
		out->rates[i].fmr = rates[i];
		if (supports(impostor, rates[i]))
			p->fmr[p->n++] = rates[i];
	}
	out->edc.fmr = supports(impostor, edc_fmr) ? edc_fmr : 0;
	if (out->edc.fmr > 0)
		p->fmr[p->n++] = edc_fmr;
	qsort(p->fmr, p->n, sizeof *p->fmr, rising);
}

static size_t
place(const struct plan *p, double fmr)
{
	size_t i = 0;

	while (i < p->n && p->fmr[i] < fmr)
		i++;
	return i;
}

static void
fill_point(struct ex_trial_point *point, const struct plan *p,
    const struct ex_interval *fnmr, const float *bar, size_t impostor)
{
	size_t i = place(p, point->fmr);

	point->supported = supports(impostor, point->fmr);
	if (!point->supported)
		return;
	point->fnmr = fnmr[i];
	point->threshold = (double)nextafterf(bar[i], 2);
}

/* ---- error against discard ----------------------------------------------- */

struct graded {
	int quality;
	bool miss;
};

static int
worst_first(const void *a, const void *b)
{
	const struct graded *x = a, *y = b;

	return (x->quality > y->quality) - (x->quality < y->quality);
}

/* Misses among the `gone` comparisons of least quality; those of the quality
 * at the border in equal shares. */
static double
misses_within(const struct graded *g, size_t n, double gone)
{
	double misses = 0;

	for (size_t i = 0, end; i < n && (double)i < gone; i = end) {
		double tied = 0, part;

		for (end = i; end < n && g[end].quality == g[i].quality; end++)
			tied += g[end].miss;
		part = (gone - (double)i) / (double)(end - i);
		misses += tied * fmin(1, part);
	}
	return misses;
}

static enum ex_status
discard(const struct ex_comparison *c, size_t n, double threshold,
    struct ex_trial_result *out)
{
	size_t genuine = out->counts.genuine, k = 0;
	struct graded *g = ex_calloc(genuine, sizeof *g);
	double all;

	if (!g)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		if (c[i].people[0] == c[i].people[1])
			g[k++] = (struct graded){ c[i].quality,
				!((double)c[i].similarity >= threshold) };
	qsort(g, genuine, sizeof *g, worst_first);
	all = misses_within(g, genuine, (double)genuine);
	for (int i = 0; i < EX_TRIAL_EDC; i++) {
		double gone = 0.05 * i * (double)genuine;

		out->edc.fnmr[i] = (all - misses_within(g, genuine, gone)) /
				   ((double)genuine - gone);
	}
	free(g);
	return EX_OK;
}

/* ---- all of it ----------------------------------------------------------- */

/* The walk on the sample itself and on its resamples. */
static enum ex_status
measure(const struct sorted *s, const struct plan *p, unsigned resamples,
    uint64_t seed, struct ex_trial_result *out, float bar[static MAX_POINTS])
{
	size_t people = out->counts.people;
	double fnmr[MAX_POINTS] = { 0 };
	struct ex_interval v[MAX_POINTS] = { 0 };
	struct walk w = { p->fmr, p->n, fnmr, bar, 0 };
	double *values = ex_calloc((p->n + 1) * resamples, sizeof *values);
	uint32_t *times = ex_calloc(people, sizeof *times);
	size_t n;

	if (!values || !times) {
		free(values);
		free(times);
		return EX_ERR_NOMEM;
	}
	walk(s, NULL, &w);
	for (size_t i = 0; i < p->n; i++)
		v[i].value = fnmr[i];
	out->eer.value = w.eer;
	n = genuine_people(s, times, people);
	resample(s, people, resamples, seed, &w, times, values);
	for (size_t i = 0; i < p->n; i++) {
		ex_people_interval(&values[i * resamples], resamples,
		    v[i].value, &v[i].low, &v[i].high);
		ex_trial_rule_of_three(&v[i], n);
	}
	ex_people_interval(&values[p->n * resamples], resamples, out->eer.value,
	    &out->eer.low, &out->eer.high);
	ex_trial_rule_of_three(&out->eer, n);
	for (int i = 0; i < EX_TRIAL_RATES; i++)
		fill_point(&out->rates[i], p, v, bar, s->n_impostor);
	for (size_t i = 0; i < out->n_det; i++)
		fill_point(&out->det[i], p, v, bar, s->n_impostor);
	free(values);
	free(times);
	return EX_OK;
}

enum ex_status
ex_trial_judge(const struct ex_comparison *c, size_t n, size_t people,
    double edc_fmr, unsigned resamples, uint64_t seed,
    struct ex_trial_result *out, struct ex_error *err)
{
	enum ex_status status = ex_trial_resamples_check(resamples, err);
	float bar[MAX_POINTS] = { 0 };
	struct sorted s = { 0 };
	struct plan p = { 0 };

	*out = (struct ex_trial_result){ .counts.people = people };
	if (status != EX_OK)
		return status;
	count(c, n, &out->counts);
	if (out->counts.genuine == 0 ||
	    out->counts.impostor == out->counts.impostor_lost)
		return ex_fail(err, EX_ERR_INPUT, "pairs",
		    "no comparison of %s people could be made",
		    out->counts.genuine == 0 ? "the same" : "different");
	if (!sorted_init(&s, c, n, &out->counts)) {
		status = EX_ERR_NOMEM;
	} else {
		make_plan(&p, out, edc_fmr, s.n_impostor);
		status = measure(&s, &p, resamples, seed, out, bar);
	}
	if (status == EX_OK && out->edc.fmr > 0)
		status = discard(
		    c, n, (double)nextafterf(bar[place(&p, edc_fmr)], 2), out);
	sorted_fini(&s);
	return status == EX_OK ? EX_OK : ex_fail(err, status, "pairs", NULL);
}
