/* SPDX-License-Identifier: Apache-2.0 */
/* A tally as a table and as JSON. */
#include "eval_internal.h"

#include "text.h"

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static void
print_target(const struct ex_eval *e, enum ex_eval_rate_name which, FILE *f)
{
	double target = ex_eval_rate_target(which);
	bool met;

	if (!ex_eval_has_target(e, which, &met))
		return;
	if (target > 0)
		fprintf(f, "   at least %.0f %%: ", target);
	else
		fputs("   not one: ", f);
	fputs(ex_eval_rate_get(e, which).n == 0 ? "nothing to count"
	      : met                             ? "met"
						: "NOT MET",
	    f);
}

static void
print_rates(const struct ex_eval *e, FILE *f)
{
	fprintf(f, "\n%-20s %13s %8s   %-15s   %s\n", "", "k of n", "rate",
	    "95 % interval", "target");
	for (int i = 0; i < EX_EVAL_RATE_COUNT; i++) {
		enum ex_eval_rate_name which = (enum ex_eval_rate_name)i;
		struct ex_eval_rate r = ex_eval_rate_get(e, which);

		fprintf(f, "%-20s %5zu of %4zu", ex_eval_rate_label(which), r.k,
		    r.n);
		if (r.n == 0)
			fprintf(f, " %8s   %-15s", "-", "-");
		else
			fprintf(f, " %6.1f %%   %5.1f .. %5.1f %%",
			    100 * (double)r.k / (double)r.n, 100 * r.low,
			    100 * r.high);
		print_target(e, which, f);
		fputc('\n', f);
	}
}

static void
print_causes(const struct ex_eval *e, FILE *f)
{
	fprintf(
	    f, "\n%-20s %13s %9s\n", "not confirmed for", "people", "eligible");
	for (unsigned i = 0; i < EX_EVAL_CAUSE_COUNT; i++) {
		size_t eligible, n = ex_eval_cause_get(e, i, &eligible);

		if (n > 0)
			fprintf(f, "%-20s %13zu %9zu   %s\n",
			    ex_eval_cause_word(i), n, eligible,
			    ex_eval_cause_text(i));
	}
}

static void
print_misses(const struct ex_eval *e, FILE *f)
{
	const struct ex_eval_miss *misses;
	size_t n = ex_eval_misses_get(e, &misses);

	if (n > 0)
		fputs("\nto look at\n", f);
	for (size_t i = 0; i < n; i++) {
		const struct ex_eval_miss *m = &misses[i];

		fputs("  ", f);
		ex_text_plain(f, m->vehicle, 12);
		fprintf(f, " %-12s  %-8s", ex_seat_word(m->seat),
		    ex_eval_fault_word(m->fault));
		if (m->fault == EX_EVAL_FAULT_MISSED)
			fprintf(f, " %-16s%s", ex_eval_cause_word(m->cause),
			    m->eligible ? " eligible" : "");
		if (ex_eval_counts_get(e).scenes > 1) {
			fputs("  ", f);
			ex_text_plain(f, m->scene, 0);
		}
		fputc('\n', f);
	}
}

void
ex_eval_table(const struct ex_eval *e, FILE *f)
{
	struct ex_eval_counts c = ex_eval_counts_get(e);

	fprintf(f,
	    "%zu scene%s, %zu vehicle%s, %zu people in them; %zu seen, "
	    "%zu confirmed\n",
	    c.scenes, plural(c.scenes), c.vehicles, plural(c.vehicles),
	    c.occupants, c.seen, c.confirmed);
	if (c.opted_out > 0)
		fprintf(f, "%zu vehicle%s opted out, counted in no rate\n",
		    c.opted_out, plural(c.opted_out));
	if (c.broken_opt_out > 0)
		fprintf(f, "%zu of them recorded with people ALL THE SAME\n",
		    c.broken_opt_out);
	if (c.printed > 0)
		fprintf(f, "%zu printed face%s left out\n", c.printed,
		    plural(c.printed));
	if (c.camera_gaps > 0)
		fprintf(f, "%zu crossing%s with frames lost\n", c.camera_gaps,
		    plural(c.camera_gaps));
	if (c.extra > 0)
		fprintf(f,
		    "%zu crossing%s NOT JUDGED: the truth holds no such "
		    "vehicle, or it came twice\n",
		    c.extra, plural(c.extra));
	print_rates(e, f);
	print_causes(e, f);
	print_misses(e, f);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
put_counts(const struct ex_eval *e, FILE *f)
{
	struct ex_eval_counts c = ex_eval_counts_get(e);

	fprintf(f,
	    "\"scenes\":%zu,\"vehicles\":%zu,\"occupants\":%zu,\"seen\":%zu,"
	    "\"confirmed\":%zu,\"printed\":%zu,\"camera_gaps\":%zu,"
	    "\"opted_out\":%zu,\"broken_opt_out\":%zu,\"extra\":%zu",
	    c.scenes, c.vehicles, c.occupants, c.seen, c.confirmed, c.printed,
	    c.camera_gaps, c.opted_out, c.broken_opt_out, c.extra);
}

static void
put_rate(const struct ex_eval *e, enum ex_eval_rate_name which, FILE *f)
{
	struct ex_eval_rate r = ex_eval_rate_get(e, which);
	bool met;

	fprintf(f, "%s\"%s\":{\"k\":%zu,\"n\":%zu,", which ? "," : "",
	    ex_eval_rate_word(which), r.k, r.n);
	if (r.n == 0)
		fputs("\"rate\":null", f);
	else
		fprintf(f, "\"rate\":%.4f", (double)r.k / (double)r.n);
	fprintf(f, ",\"low\":%.4f,\"high\":%.4f", r.low, r.high);
	if (ex_eval_has_target(e, which, &met))
		fprintf(f, ",\"target\":%.0f,\"met\":%s",
		    ex_eval_rate_target(which),
		    r.n == 0 ? "null"
		    : met    ? "true"
			     : "false");
	fputc('}', f);
}

static void
put_causes(const struct ex_eval *e, FILE *f)
{
	const char *comma = "";

	for (unsigned i = 0; i < EX_EVAL_CAUSE_COUNT; i++) {
		size_t eligible, n = ex_eval_cause_get(e, i, &eligible);

		if (n == 0)
			continue;
		fprintf(f, "%s\"%s\":{\"all\":%zu,\"eligible\":%zu}", comma,
		    ex_eval_cause_word(i), n, eligible);
		comma = ",";
	}
}

static void
put_misses(const struct ex_eval *e, FILE *f)
{
	const struct ex_eval_miss *misses;
	size_t n = ex_eval_misses_get(e, &misses);

	for (size_t i = 0; i < n; i++) {
		const struct ex_eval_miss *m = &misses[i];

		fprintf(f, "%s{\"scene\":", i ? "," : "");
		ex_text_json(f, m->scene);
		fputs(",\"vehicle\":", f);
		ex_text_json(f, m->vehicle);
		fprintf(f, ",\"fault\":\"%s\",\"seat\":\"%s\"",
		    ex_eval_fault_word(m->fault), ex_seat_word(m->seat));
		if (m->fault == EX_EVAL_FAULT_MISSED)
			fprintf(f, ",\"cause\":\"%s\"",
			    ex_eval_cause_word(m->cause));
		fprintf(f, ",\"eligible\":%s}", m->eligible ? "true" : "false");
	}
}

static void
put_all(FILE *f, const void *arg)
{
	const struct ex_eval *e = arg;

	fputc('{', f);
	put_counts(e, f);
	fputs(",\"rates\":{", f);
	for (int i = 0; i < EX_EVAL_RATE_COUNT; i++)
		put_rate(e, (enum ex_eval_rate_name)i, f);
	fputs("},\"causes\":{", f);
	put_causes(e, f);
	fputs("},\"misses\":[", f);
	put_misses(e, f);
	fprintf(f, "],\"met\":%s}", ex_eval_met(e) ? "true" : "false");
}

char *
ex_eval_json(const struct ex_eval *e)
{
	return ex_text_written(put_all, e);
}
