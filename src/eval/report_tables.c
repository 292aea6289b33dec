/* SPDX-License-Identifier: Apache-2.0 */
/* Rates, causes and misses of a report. */
#include "report_internal.h"

#include <string.h>

#include "text.h"

/* ---- rates --------------------------------------------------------------- */

static void
put_target(FILE *f, const struct ex_eval *e, enum ex_eval_rate_name which)
{
	double target = ex_eval_rate_target(which);
	bool met;

	if (!ex_eval_has_target(e, which, &met))
		return;
	if (ex_eval_rate_get(e, which).n == 0) {
		fputs("nothing to count", f);
		return;
	}
	fprintf(f, "<span class=\"badge %s\">", met ? "ok" : "wrong");
	ex_report_icon(f, met ? "i-ok" : "i-wrong");
	if (target > 0)
		fprintf(f, "%s %.0f %%</span>", met ? "over" : "under", target);
	else
		fprintf(f, "%s</span>", met ? "none" : "too many");
}

void
ex_report_rates(FILE *f, const struct ex_eval *e)
{
	fputs("<section aria-labelledby=\"rates\" class=\"panel\"><h2 "
	      "id=\"rates\">Held against the truth</h2>\n<div class=\"wide\" "
	      "role=\"region\" tabindex=\"0\" aria-labelledby=\"rates\">"
	      "<table class=\"rates\"><thead><tr><th scope=\"col\">Rate</th>"
	      "<th scope=\"col\" class=\"n\">Count</th><th scope=\"col\" "
	      "class=\"n\">Share</th><th scope=\"col\">95 % interval</th>"
	      "<th scope=\"col\"><span class=\"scale\"><span>0</span><span>50"
	      "</span><span>100 %</span></span></th><th scope=\"col\">Target"
	      "</th></tr></thead><tbody>\n",
	    f);
	for (int i = 0; i < EX_EVAL_RATE_COUNT; i++) {
		enum ex_eval_rate_name which = (enum ex_eval_rate_name)i;
		struct ex_eval_rate r = ex_eval_rate_get(e, which);
		const char *label = ex_eval_rate_label(which);

		fprintf(f,
		    "<tr><th scope=\"row\">%c%s<small>%s</small></th>"
		    "<td class=\"n\">%zu of %zu</td>",
		    label[0] - 'a' + 'A', label + 1, ex_eval_rate_text(which),
		    r.k, r.n);
		if (r.n > 0)
			fprintf(f,
			    "<td class=\"n share\">%.1f %%</td>"
			    "<td class=\"range\">%.1f to %.1f %%</td><td>",
			    ex_report_percent(r.k, r.n), 100 * r.low,
			    100 * r.high);
		else
			fputs("<td class=\"n\">none</td><td></td><td>", f);
		ex_report_span(f,
		    (struct ex_interval){ ex_report_percent(r.k, r.n),
			100 * r.low, r.n > 0 ? 100 * r.high : -1 },
		    ex_eval_rate_target(which));
		fputs("</td><td>", f);
		put_target(f, e, which);
		fputs("</td></tr>\n", f);
	}
	fputs("</tbody></table></div></section>\n", f);
}

/* ---- causes -------------------------------------------------------------- */

static size_t
cause_of(const struct ex_report *r, const struct ex_eval *tally, unsigned cause)
{
	if (tally)
		return ex_eval_cause_get(tally, cause, NULL);
	return cause < EX_CAUSE_COUNT ? r->causes[cause] : 0;
}

static void
put_cause(FILE *f, unsigned cause, size_t n, size_t most)
{
	fprintf(f,
	    "<tr><th scope=\"row\">%s<small>%s</small></th><td "
	    "class=\"n\">%zu</td><td><svg class=\"bar\" aria-hidden=\"true\">"
	    "<rect class=\"%s\" width=\"%.1f%%\" height=\"16\" rx=\"4\"/>"
	    "</svg></td></tr>\n",
	    ex_eval_cause_word(cause), ex_eval_cause_text(cause), n,
	    cause == EX_EVAL_NONE_FOUND ? "wrong" : "officer",
	    ex_report_percent(n, most));
}

void
ex_report_causes(
    FILE *f, const struct ex_report *r, const struct ex_eval *tally)
{
	size_t most = 0;

	for (unsigned i = 0; i < EX_EVAL_CAUSE_COUNT; i++)
		if (cause_of(r, tally, i) > most)
			most = cause_of(r, tally, i);
	if (most == 0)
		return;
	fputs("<section aria-labelledby=\"causes\" class=\"panel\"><h2 "
	      "id=\"causes\">Why people were not confirmed</h2>\n<table "
	      "class=\"causes\"><thead><tr><th scope=\"col\">Cause</th><th "
	      "scope=\"col\" class=\"n\">People</th><th scope=\"col\"></th>"
	      "</tr></thead><tbody>\n",
	    f);
	/* The frequent ones first. */
	for (size_t n = most; n > 0; n--)
		for (unsigned i = 0; i < EX_EVAL_CAUSE_COUNT; i++)
			if (cause_of(r, tally, i) == n)
				put_cause(f, i, n, most);
	fputs("</tbody></table></section>\n", f);
}

/* ---- what to look at ----------------------------------------------------- */

static void
put_vehicle_link(FILE *f, const struct ex_report *r, const char *vehicle)
{
	size_t at = 0;

	while (at < r->n_tiles && strcmp(r->tiles[at].vehicle, vehicle) != 0)
		at++;
	if (at < r->n_tiles)
		fprintf(f, "<a href=\"#c%zu\">", at + 1);
	fputs("<bdi>", f);
	ex_text_html(f, vehicle);
	fputs(at < r->n_tiles ? "</bdi></a>" : "</bdi>", f);
}

static void
put_miss(FILE *f, const struct ex_report *r, const struct ex_eval_miss *m)
{
	static const char *const texts[EX_EVAL_FAULT_COUNT] = {
		[EX_EVAL_FAULT_WRONG] =
		    "confirmed with the document of another",
		[EX_EVAL_FAULT_PHANTOM] = "seen, but not there or seen twice",
		[EX_EVAL_FAULT_VEHICLE] = "the vehicle has no crossing",
	};
	bool missed = m->fault == EX_EVAL_FAULT_MISSED;

	fputs("<tr><th scope=\"row\">", f);
	put_vehicle_link(f, r, m->vehicle);
	fprintf(f,
	    "</th><td class=\"seat\">%s</td><td><span class=\"badge %s\">",
	    m->fault == EX_EVAL_FAULT_VEHICLE ? "" : ex_seat_word(m->seat),
	    missed ? "officer" : "wrong");
	ex_report_icon(f, missed ? "i-officer" : "i-wrong");
	fprintf(f, "%s</span></td><td>%s%s</td></tr>\n",
	    ex_eval_fault_word(m->fault),
	    missed ? ex_eval_cause_word(m->cause) : texts[m->fault],
	    m->eligible ? ", eligible" : "");
}

void
ex_report_misses(
    FILE *f, const struct ex_report *r, const struct ex_eval *tally)
{
	const struct ex_eval_miss *misses;
	size_t n = ex_eval_misses_get(tally, &misses);

	if (n == 0)
		return;
	fprintf(f,
	    "<section aria-labelledby=\"misses\" class=\"panel\"><details%s>"
	    "<summary><h2 id=\"misses\">%zu to look at</h2></summary>\n<table "
	    "class=\"misses\"><thead><tr><th scope=\"col\">Vehicle</th><th "
	    "scope=\"col\">Seat</th><th scope=\"col\">What</th><th "
	    "scope=\"col\">Why</th></tr></thead><tbody>\n",
	    n > 12 ? "" : " open", n);
	for (size_t i = 0; i < n; i++)
		put_miss(f, r, &misses[i]);
	fputs("</tbody></table></details></section>\n", f);
}
