/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making one curve of a calibration.
 *
 * Every cross-person pair's similarity is kept as a 16-bit step. Counting
 * steps gives the points exactly; from then on a pair is only the number of
 * points it reaches, its bin, and a resample is one weighted count of bins.
 */
#include "match_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Steps of similarity: -1 is 0, 1 is STEPS - 2; the last means "no pair". */
#define STEPS   65536u
#define NO_PAIR (STEPS - 1)
#define SCALE   ((STEPS - 2) / 2.0)

#define START_FMR         0.5
#define POINTS_PER_DECADE 10
#define MAX_POINTS        250 /* more than 2^64 pairs ask for */
#define BIN_NO_PAIR       255

struct sample {
	const struct ex_calibration_set *probes, *references;
	bool same;        /* one set: each pair once */
	uint32_t *people; /* distinct, rising */
	size_t n_people;
	uint32_t *probe_person; /* index into people */
	uint32_t *reference_person;
	/* Probes x references; with `same` only references after the probe.
	 * First the step of similarity, then the bin: points reached. */
	uint16_t *cell;
	uint64_t *at_or_above; /* pairs, by step */
	uint64_t pairs;
};

static void
sample_fini(struct sample *s)
{
	free(s->people);
	free(s->probe_person);
	free(s->reference_person);
	free(s->cell);
	free(s->at_or_above);
}

static size_t
first_reference(const struct sample *s, size_t probe)
{
	return s->same ? probe + 1 : 0;
}

static int
by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static uint32_t *
person_indices(const struct sample *s, const struct ex_calibration_set *set)
{
	uint32_t *out = ex_calloc(set->n, sizeof *out);

	for (size_t i = 0; out && i < set->n; i++) {
		const uint32_t *at = bsearch(&set->people[i], s->people,
		    s->n_people, sizeof *s->people, by_number);

		out[i] = (uint32_t)(at - s->people);
	}
	return out;
}

static enum ex_status
number_people(struct sample *s)
{
	size_t np = s->probes->n, n = np + s->references->n;

	s->people = ex_calloc(n, sizeof *s->people);
	if (!s->people)
		return EX_ERR_NOMEM;
	memcpy(s->people, s->probes->people, np * sizeof *s->people);
	memcpy(s->people + np, s->references->people,
	    s->references->n * sizeof *s->people);
	qsort(s->people, n, sizeof *s->people, by_number);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || s->people[i] != s->people[i - 1])
			s->people[s->n_people++] = s->people[i];
	s->probe_person = person_indices(s, s->probes);
	s->reference_person = person_indices(s, s->references);
	return s->probe_person && s->reference_person ? EX_OK : EX_ERR_NOMEM;
}

/* Rounded down, so that "at or above a step" is the same before and after. */
static uint16_t
to_step(float similarity)
{
	double step = ((double)similarity + 1) * SCALE;

	return (uint16_t)fmax(0, fmin(step, STEPS - 2));
}

static enum ex_status
measure(struct sample *s)
{
	size_t nr = s->references->n;
	size_t cells;

	if (__builtin_mul_overflow(s->probes->n, nr, &cells))
		return EX_ERR_NOMEM;
	s->cell = ex_calloc(cells, sizeof *s->cell);
	s->at_or_above = ex_calloc(STEPS, sizeof *s->at_or_above);
	if (!s->cell || !s->at_or_above)
		return EX_ERR_NOMEM;
	for (size_t p = 0; p < s->probes->n; p++) {
		uint16_t *row = &s->cell[p * nr];

		for (size_t r = first_reference(s, p); r < nr; r++) {
			row[r] = NO_PAIR;
			if (s->probe_person[p] == s->reference_person[r])
				continue;
			row[r] = to_step(
			    ex_template_similarity(&s->probes->templates[p],
				&s->references->templates[r]));
			s->at_or_above[row[r]]++;
			s->pairs++;
		}
	}
	for (size_t step = NO_PAIR; step-- > 0;)
		s->at_or_above[step] += s->at_or_above[step + 1];
	return EX_OK;
}

/* The largest similarity still reached by `hits` pairs becomes a point, unless
 * it is the last one already. */
static void
add_point(const struct sample *s, double hits, uint32_t *step,
    struct ex_calibration_curve *out)
{
	struct ex_calibration_point *p = &out->points[out->n_points];
	double pairs = (double)s->pairs;
	uint32_t at = *step;

	while (at + 1 < NO_PAIR && (double)s->at_or_above[at + 1] >= hits)
		at++;
	if (out->n_points > 0 && at == *step)
		return;
	*step = at;
	p->similarity = at / SCALE - 1;
	p->fmr = (double)s->at_or_above[at] / pairs;
	out->n_points++;
}

static void
choose_points(const struct sample *s, struct ex_calibration_curve *out)
{
	const double ratio = pow(10, 1.0 / POINTS_PER_DECADE);
	double hits = START_FMR * (double)s->pairs;
	uint32_t step = 0;

	out->n_points = 0;
	while (hits > EX_CALIBRATION_HITS) {
		add_point(s, hits, &step, out);
		hits /= ratio;
	}
	add_point(s, EX_CALIBRATION_HITS, &step, out);
	add_point(s, 1, &step, out);
}

/* The last point that enough pairs reach for a tail to be fitted to them;
 * 0 steps where there is none. */
static uint32_t
tail_step(const struct sample *s, const struct ex_calibration_curve *c)
{
	for (size_t i = c->n_points; i-- > 0;) {
		double at = (c->points[i].similarity + 1) * SCALE;
		uint32_t step = (uint32_t)(at + 0.5);

		if (s->at_or_above[step] >= EX_CALIBRATION_PEAKS)
			return step;
	}
	return 0;
}

static void
collect_peaks(
    const struct sample *s, uint32_t from, struct ex_match_peak *peaks)
{
	size_t nr = s->references->n, n = 0;

	for (size_t p = 0; p < s->probes->n; p++)
		for (size_t r = first_reference(s, p); r < nr; r++) {
			uint16_t step = s->cell[p * nr + r];

			if (step < from || step == NO_PAIR)
				continue;
			peaks[n++] = (struct ex_match_peak){
				s->probe_person[p],
				s->reference_person[r],
				(step - from) / SCALE,
			};
		}
}

/* Before to_bins: it needs the steps. */
static enum ex_status
add_tail(const struct sample *s, unsigned resamples, uint64_t seed,
    struct ex_calibration_curve *curve)
{
	uint32_t from = tail_step(s, curve);
	size_t n = from ? (size_t)s->at_or_above[from] : 0;
	struct ex_match_peak *peaks;
	enum ex_status status;

	/* A sample of a few similarities only has no tail. */
	if (n == 0 || n > 100 * EX_CALIBRATION_PEAKS)
		return EX_OK;
	peaks = ex_calloc(n, sizeof *peaks);
	if (!peaks)
		return EX_ERR_NOMEM;
	collect_peaks(s, from, peaks);
	curve->tail.from = from / SCALE - 1;
	status = ex_match_tail_fit(
	    peaks, n, s->n_people, resamples, seed, &curve->tail);
	free(peaks);
	return status;
}

/* From the step of each pair to the number of points it reaches. */
static enum ex_status
to_bins(struct sample *s, const struct ex_calibration_curve *curve)
{
	uint8_t *bin = ex_calloc(STEPS, sizeof *bin);
	size_t nr = s->references->n, reached = 0;

	if (!bin)
		return EX_ERR_NOMEM;
	for (uint32_t step = 0; step < NO_PAIR; step++) {
		/* The very expression that made the point: equal is equal. */
		while (reached < curve->n_points &&
		       curve->points[reached].similarity <= step / SCALE - 1)
			reached++;
		bin[step] = (uint8_t)reached;
	}
	bin[NO_PAIR] = BIN_NO_PAIR;
	for (size_t p = 0; p < s->probes->n; p++)
		for (size_t r = first_reference(s, p); r < nr; r++)
			s->cell[p * nr + r] = bin[s->cell[p * nr + r]];
	free(bin);
	return EX_OK;
}

/* Pairs by bin, each as often as both its people were drawn. */
static void
count_resample(const struct sample *s, const uint32_t *times,
    uint64_t count[static BIN_NO_PAIR + 1])
{
	size_t nr = s->references->n;

	memset(count, 0, (BIN_NO_PAIR + 1) * sizeof *count);
	for (size_t p = 0; p < s->probes->n; p++) {
		const uint16_t *row = &s->cell[p * nr];
		uint64_t w = times[s->probe_person[p]];

		for (size_t r = first_reference(s, p); w && r < nr; r++)
			count[row[r]] += w * times[s->reference_person[r]];
	}
}

/* shares[point][resample]: FMR at each point in each resample. */
static enum ex_status
resample(const struct sample *s, size_t n_points, unsigned resamples,
    uint64_t seed, double *shares)
{
	uint32_t *times = ex_calloc(s->n_people, sizeof *times);
	uint64_t count[BIN_NO_PAIR + 1];
	struct ex_rng rng;

	if (!times)
		return EX_ERR_NOMEM;
	ex_rng_init(&rng, seed);
	for (unsigned b = 0; b < resamples; b++) {
		uint64_t all = 0, above = 0;

		ex_people_draw(&rng, times, s->n_people);
		count_resample(s, times, count);
		for (size_t k = 0; k <= n_points; k++)
			all += count[k];
		for (size_t k = n_points; k-- > 0;) {
			above += count[k + 1];
			/* A draw without any pair tells nothing: the worst. */
			shares[k * resamples + b] =
			    all ? (double)above / (double)all : 1;
		}
	}
	free(times);
	return EX_OK;
}

static void
set_intervals(
    struct ex_calibration_curve *curve, unsigned resamples, double *shares)
{
	for (size_t k = 0; k < curve->n_points; k++) {
		struct ex_calibration_point *p = &curve->points[k];

		ex_people_interval(&shares[k * resamples], resamples, p->fmr,
		    &p->low, &p->high);
	}
}

static enum ex_status
add_intervals(const struct sample *s, unsigned resamples, uint64_t seed,
    struct ex_calibration_curve *curve)
{
	double *shares = ex_calloc(curve->n_points * resamples, sizeof *shares);
	enum ex_status status = EX_ERR_NOMEM;

	if (shares)
		status = resample(s, curve->n_points, resamples, seed, shares);
	if (!status)
		set_intervals(curve, resamples, shares);
	free(shares);
	return status;
}

static enum ex_status
make_points(struct sample *s, unsigned resamples, uint64_t seed,
    struct ex_calibration_curve *out, struct ex_error *err)
{
	enum ex_status status;

	if (s->pairs < EX_CALIBRATION_MIN_PAIRS)
		return ex_fail(err, EX_ERR_INPUT, "calibration",
		    "%ju pairs of different people, at least %d needed",
		    (uintmax_t)s->pairs, EX_CALIBRATION_MIN_PAIRS);
	out->points = ex_calloc(MAX_POINTS, sizeof *out->points);
	if (!out->points)
		return ex_fail(
		    err, EX_ERR_NOMEM, "calibration", "out of memory");
	choose_points(s, out);
	if (out->n_points < 2)
		return ex_fail(err, EX_ERR_INPUT, "calibration",
		    "all pairs have the same similarity");
	status = add_tail(s, resamples, seed, out);
	if (!status)
		status = to_bins(s, out);
	if (!status)
		status = add_intervals(s, resamples, seed, out);
	return status ? ex_fail(err, status, "calibration", "out of memory")
		      : EX_OK;
}

enum ex_status
ex_calibration_curve_make(const struct ex_calibration_set *probes,
    const struct ex_calibration_set *references, unsigned pictures,
    unsigned resamples, uint64_t seed, struct ex_calibration_curve *out,
    struct ex_error *err)
{
	struct sample s = { .probes = probes,
		.references = references,
		.same = probes == references };
	enum ex_status status;

	*out = (struct ex_calibration_curve){ .pictures = pictures,
		.probes = probes->n,
		.references = references->n };
	if (pictures < 1 || pictures > EX_CALIBRATION_MAX_PICTURES)
		return ex_fail(err, EX_ERR_USAGE, "pictures",
		    "%u is not within 1 and %d", pictures,
		    EX_CALIBRATION_MAX_PICTURES);
	if (resamples < 100 || resamples > 10000)
		return ex_fail(err, EX_ERR_USAGE, "resamples",
		    "%u is not within 100 and 10000", resamples);
	status = probes->n && references->n ? number_people(&s) : EX_OK;
	if (!status && s.n_people)
		status = measure(&s);
	if (status)
		ex_fail(err, status, "calibration", "out of memory");
	else
		status = make_points(&s, resamples, seed, out, err);
	out->pairs = (size_t)s.pairs;
	if (status) {
		free(out->points);
		out->points = NULL;
		out->n_points = 0;
	}
	sample_fini(&s);
	return status;
}
