/* SPDX-License-Identifier: Apache-2.0 */
/* A trial as a table and as JSON. */
#include "eval_internal.h"

#include "text.h"

/* ---- for people ---------------------------------------------------------- */

static void
print_interval(FILE *f, struct ex_interval v)
{
	fprintf(f, "%7.2f %%   %6.2f .. %6.2f %%", 100 * v.value, 100 * v.low,
	    100 * v.high);
}

static void
print_counts(const struct ex_trial_counts *c, FILE *f)
{
	fprintf(f,
	    "%zu pictures of %zu people, %zu without a template (failure to "
	    "enrol %.2f %%)\n",
	    c->pictures, c->people, c->not_enrolled,
	    100 * (double)c->not_enrolled / (double)c->pictures);
	fprintf(f,
	    "%zu genuine comparisons, %zu of them not made and so missed\n",
	    c->genuine, c->genuine_lost);
	fprintf(f,
	    "%zu impostor comparisons, %zu of them not made and left out\n",
	    c->impostor, c->impostor_lost);
}

static void
print_rates(const struct ex_trial_result *r, FILE *f)
{
	size_t made = r->counts.impostor - r->counts.impostor_lost;

	fprintf(f, "\n%-10s %9s   %-20s %10s\n", "at FMR", "FNMR",
	    "95 % interval", "similarity");
	for (int i = 0; i < EX_TRIAL_RATES; i++) {
		const struct ex_trial_point *p = &r->rates[i];

		fprintf(f, "%-10g ", p->fmr);
		if (p->supported) {
			print_interval(f, p->fnmr);
			fprintf(f, " %10.4f\n", p->threshold);
		} else {
			fprintf(f,
			    "not supported: %zu impostor comparisons reach "
			    "%.2g (rule of three)\n",
			    made, 3 / (double)made);
		}
	}
	fprintf(f, "%-10s ", "equal");
	print_interval(f, r->eer);
	fputc('\n', f);
}

static void
print_edc(const struct ex_trial_result *r, FILE *f)
{
	if (r->edc.fmr <= 0)
		return;
	fprintf(f,
	    "\nFNMR at FMR %g when the comparisons of least quality are "
	    "left out\n",
	    r->edc.fmr);
	for (int i = 0; i < EX_TRIAL_EDC; i += 2)
		fprintf(f, "%7d %%", 5 * i);
	fputs(" left out\n", f);
	for (int i = 0; i < EX_TRIAL_EDC; i += 2)
		fprintf(f, "%7.2f %%", 100 * r->edc.fnmr[i]);
	fputs(" missed\n", f);
}

static void
print_share(const char *word, const struct ex_trial_share *s, FILE *f)
{
	char fmr[64] = "-";

	if (s->impostor > 0)
		snprintf(fmr, sizeof fmr, "%.2g (%.2g .. %.2g)", s->fmr.value,
		    s->fmr.low, s->fmr.high);
	fputs("  ", f);
	ex_text_plain(f, word, 18);
	fprintf(f, " %6zu of %7zu   %-26s %5zu of %5zu", s->matches,
	    s->impostor, fmr, s->misses, s->genuine);
	if (s->genuine > 0)
		print_interval(f, s->fnmr);
	fputc('\n', f);
}

static void
print_ratio(const struct ex_trial_grouping *g, const struct ex_trial_share *s,
    bool fnmr, FILE *f)
{
	struct ex_trial_ratio r = ex_trial_ratio_make(s, g->n_words, fnmr);

	fprintf(f, "  worst ratio of the %s: ", fnmr ? "FNMR" : "FMR");
	if (r.worst < 0) {
		fprintf(f, "no two groups of %d comparisons, or no error\n",
		    EX_TRIAL_LEAST);
		return;
	}
	fprintf(f, "%s%.2g (", r.at_least ? "at least " : "", r.ratio);
	ex_text_plain(f, g->words[r.worst], 0);
	fputs(" to ", f);
	ex_text_plain(f, g->words[r.best], 0);
	fputs(")\n", f);
}

static void
print_groups(const struct ex_trial_paper *p, FILE *f)
{
	const struct ex_trial_share *s = p->shares;

	fprintf(f,
	    "\nby group, at similarity %.4f, where the calibration promises "
	    "FMR %g\n%-20s %17s   %-26s %14s %s\n",
	    p->threshold, p->promised_fmr, "", "false matches", "FMR", "missed",
	    "FNMR");
	print_share("everybody", s++, f);
	for (size_t k = 0; k < p->groups->n; k++) {
		const struct ex_trial_grouping *g = &p->groups->items[k];

		ex_text_plain(f, g->name, 0);
		fputc('\n', f);
		for (size_t i = 0; i < g->n_words; i++)
			print_share(g->words[i], &s[i], f);
		print_ratio(g, s, false, f);
		print_ratio(g, s, true, f);
		s += g->n_words;
	}
	if (p->groups->strangers > 0)
		fprintf(f, "%zu lines name nobody of the pairs\n",
		    p->groups->strangers);
}

void
ex_trial_table(const struct ex_trial_paper *p, FILE *f)
{
	print_counts(&p->result->counts, f);
	print_rates(p->result, f);
	print_edc(p->result, f);
	if (p->groups)
		print_groups(p, f);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
put_interval(FILE *f, const char *name, struct ex_interval v)
{
	fprintf(f, "\"%s\":%.9g,\"low\":%.9g,\"high\":%.9g", name, v.value,
	    v.low, v.high);
}

static void
put_point(FILE *f, const struct ex_trial_point *p)
{
	fprintf(f, "{\"fmr\":%.9g,", p->fmr);
	if (p->supported) {
		put_interval(f, "fnmr", p->fnmr);
		fprintf(f, ",\"threshold\":%.9g}", p->threshold);
	} else {
		fputs("\"supported\":false}", f);
	}
}

static void
put_points(FILE *f, const char *name, const struct ex_trial_point *p, size_t n)
{
	fprintf(f, ",\"%s\":[", name);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? "," : "", f);
		put_point(f, &p[i]);
	}
	fputc(']', f);
}

static void
put_counts(FILE *f, const struct ex_trial_counts *c)
{
	fprintf(f,
	    "\"pictures\":%zu,\"not_enrolled\":%zu,\"fte\":%.9g,"
	    "\"people\":%zu",
	    c->pictures, c->not_enrolled,
	    (double)c->not_enrolled / (double)c->pictures, c->people);
	fprintf(f,
	    ",\"genuine\":{\"n\":%zu,\"not_made\":%zu},"
	    "\"impostor\":{\"n\":%zu,\"not_made\":%zu}",
	    c->genuine, c->genuine_lost, c->impostor, c->impostor_lost);
}

static void
put_edc(FILE *f, const struct ex_trial_result *r)
{
	if (r->edc.fmr <= 0) {
		fputs(",\"edc\":null", f);
		return;
	}
	fprintf(f, ",\"edc\":{\"fmr\":%.9g,\"points\":[", r->edc.fmr);
	for (int i = 0; i < EX_TRIAL_EDC; i++)
		fprintf(f, "%s{\"discarded\":%.2f,\"fnmr\":%.9g}", i ? "," : "",
		    0.05 * i, r->edc.fnmr[i]);
	fputs("]}", f);
}

static void
put_rate(FILE *f, const char *name, size_t k, size_t n, struct ex_interval v)
{
	fprintf(f, "\"%s\":{\"k\":%zu,\"n\":%zu", name, k, n);
	if (n > 0) {
		fputc(',', f);
		put_interval(f, "rate", v);
	}
	fputc('}', f);
}

static void
put_share(FILE *f, const char *word, const struct ex_trial_share *s)
{
	ex_text_json(f, word);
	fputs(":{", f);
	put_rate(f, "fmr", s->matches, s->impostor, s->fmr);
	fputc(',', f);
	put_rate(f, "fnmr", s->misses, s->genuine, s->fnmr);
	fputc('}', f);
}

static void
put_ratio(FILE *f, const struct ex_trial_grouping *g,
    const struct ex_trial_share *s, bool fnmr)
{
	struct ex_trial_ratio r = ex_trial_ratio_make(s, g->n_words, fnmr);

	fprintf(f, ",\"worst_%s_ratio\":", fnmr ? "fnmr" : "fmr");
	if (r.worst < 0) {
		fputs("null", f);
		return;
	}
	fprintf(f, "{\"%s\":%.9g,\"worst\":", r.at_least ? "at_least" : "ratio",
	    r.ratio);
	ex_text_json(f, g->words[r.worst]);
	fputs(",\"best\":", f);
	ex_text_json(f, g->words[r.best]);
	fputc('}', f);
}

static void
put_groups(FILE *f, const struct ex_trial_paper *p)
{
	const struct ex_trial_share *s = p->shares;

	fprintf(f, ",\"promised\":{\"fmr\":%.9g,\"threshold\":%.9g,",
	    p->promised_fmr, p->threshold);
	put_share(f, "everybody", s++);
	fputs("},\"groups\":{", f);
	for (size_t k = 0; k < p->groups->n; k++) {
		const struct ex_trial_grouping *g = &p->groups->items[k];

		fputs(k ? "," : "", f);
		ex_text_json(f, g->name);
		fputs(":{\"of\":{", f);
		for (size_t i = 0; i < g->n_words; i++) {
			fputs(i ? "," : "", f);
			put_share(f, g->words[i], &s[i]);
		}
		fputc('}', f);
		put_ratio(f, g, s, false);
		put_ratio(f, g, s, true);
		fputc('}', f);
		s += g->n_words;
	}
	fprintf(f, "},\"strangers\":%zu", p->groups->strangers);
}

static void
put_all(FILE *f, const void *arg)
{
	const struct ex_trial_paper *p = arg;
	const struct ex_trial_result *r = p->result;

	fputc('{', f);
	put_counts(f, &r->counts);
	put_points(f, "rates", r->rates, EX_TRIAL_RATES);
	fputs(",\"eer\":{", f);
	put_interval(f, "rate", r->eer);
	fputc('}', f);
	put_points(f, "det", r->det, r->n_det);
	put_edc(f, r);
	if (p->groups)
		put_groups(f, p);
	fputc('}', f);
}

char *
ex_trial_json(const struct ex_trial_paper *p)
{
	return ex_text_written(put_all, p);
}
