/* SPDX-License-Identifier: Apache-2.0 */
/* A trial as a page of HTML. It shows no picture and names nobody. */
#include <math.h>

#include "report_internal.h"
#include "text.h"
#include "trial_plot.h"

static void
open_panel(FILE *f, const char *id, const char *title)
{
	fprintf(f,
	    "<section aria-labelledby=\"%s\" class=\"panel\"><h2 id=\"%s\">%s"
	    "</h2>\n",
	    id, id, title);
}

static void
put_number(FILE *f, const char *class, size_t n, const char *text)
{
	fprintf(f, "<li class=\"%s\"><b>%zu</b><span>%s</span></li>\n", class,
	    n, text);
}

static void
put_counts(FILE *f, const struct ex_trial_counts *c)
{
	open_panel(f, "sample", "The sample");
	fputs("<ul class=\"numbers\">\n", f);
	put_number(f, "", c->people, "people");
	put_number(f, "", c->pictures, "pictures");
	put_number(f, c->not_enrolled ? "officer" : "ok", c->not_enrolled,
	    "without a template: failures to enrol");
	put_number(f, "", c->genuine, "comparisons of one person");
	put_number(f, "", c->impostor, "comparisons of two people");
	fputs("</ul>\n", f);
	if (c->not_enrolled > 0)
		fprintf(f,
		    "<p>%zu genuine comparisons could not be made and count "
		    "as missed; %zu of two people are left out.</p>\n",
		    c->genuine_lost, c->impostor_lost);
	fputs("</section>\n", f);
}

/* On a scale from 0 to `most`; what lies past it ends there. */
static void
put_picture(FILE *f, struct ex_interval v, double most)
{
	double scale = most > 0 ? 100 / most : 0;

	ex_report_span(f,
	    (struct ex_interval){ fmin(100, scale * v.value),
		fmin(100, scale * v.low), fmin(100, scale * v.high) },
	    0);
}

static void
put_percents(FILE *f, struct ex_interval v)
{
	fprintf(f,
	    "<td class=\"n share\">%.2f %%</td><td class=\"range\">%.2f to "
	    "%.2f %%</td>",
	    100 * v.value, 100 * v.low, 100 * v.high);
}

static void
put_rate_row(FILE *f, const struct ex_trial_point *p, size_t made, double most)
{
	fprintf(f, "<tr><th scope=\"row\">%g %%</th>", 100 * p->fmr);
	if (p->supported) {
		put_percents(f, p->fnmr);
		fputs("<td>", f);
		put_picture(f, p->fnmr, most);
		fprintf(
		    f, "</td><td class=\"n\">%.4f</td></tr>\n", p->threshold);
	} else {
		fprintf(f,
		    "<td colspan=\"4\">not supported: %zu comparisons of two "
		    "people reach %.2g %% (rule of three)</td></tr>\n",
		    made, 300 / (double)made);
	}
}

static void
put_rates(FILE *f, const struct ex_trial_result *r)
{
	size_t made = r->counts.impostor - r->counts.impostor_lost;
	double most = r->eer.high;

	for (int i = 0; i < EX_TRIAL_RATES; i++)
		if (r->rates[i].supported)
			most = fmax(most, r->rates[i].fnmr.high);
	open_panel(f, "rates", "Misses at each rate of false matches");
	fputs("<div class=\"wide\"><table class=\"trial\"><thead><tr><th "
	      "scope=\"col\">False matches</th><th scope=\"col\" class=\"n\">"
	      "Missed</th><th scope=\"col\">95 % interval</th><th "
	      "scope=\"col\"></th><th scope=\"col\" class=\"n\">Similarity"
	      "</th></tr></thead><tbody>\n",
	    f);
	for (int i = 0; i < EX_TRIAL_RATES; i++)
		put_rate_row(f, &r->rates[i], made, most);
	fputs("<tr><th scope=\"row\">equal error rate</th>", f);
	put_percents(f, r->eer);
	fputs("<td>", f);
	put_picture(f, r->eer, most);
	fputs("</td><td></td></tr>\n</tbody></table></div></section>\n", f);
}

/* ---- groups -------------------------------------------------------------- */

static void
put_share(FILE *f, size_t k, size_t n, struct ex_interval v, int decimals,
    double most)
{
	fprintf(f, "<td class=\"n\">%zu of %zu</td>", k, n);
	if (n == 0) {
		fputs("<td></td><td></td>", f);
		return;
	}
	fprintf(f,
	    "<td class=\"range\"><b class=\"share\">%.*f</b> (%.*f to %.*f) "
	    "%%</td><td>",
	    decimals, 100 * v.value, decimals, 100 * v.low, decimals,
	    100 * v.high);
	put_picture(f, v, most);
	fputs("</td>", f);
}

static void
put_group(FILE *f, const char *word, const struct ex_trial_share *s,
    const double most[static 2])
{
	fputs("<tr><th scope=\"row\">", f);
	ex_report_id(f, word);
	fputs("</th>", f);
	put_share(f, s->matches, s->impostor, s->fmr, 3, most[0]);
	put_share(f, s->misses, s->genuine, s->fnmr, 1, most[1]);
	fputs("</tr>\n", f);
}

static void
put_ratio(FILE *f, const struct ex_trial_grouping *g,
    const struct ex_trial_share *s, bool fnmr)
{
	struct ex_trial_ratio r = ex_trial_ratio_make(s, g->n_words, fnmr);
	const char *what = fnmr ? "misses" : "false matches";

	if (r.worst < 0) {
		fprintf(f,
		    "no two groups of %d comparisons, or no error, to tell %s "
		    "apart by",
		    EX_TRIAL_LEAST, what);
		return;
	}
	fprintf(f, "worst ratio of %s %s%.2g (", what,
	    r.at_least ? "at least " : "", r.ratio);
	ex_report_id(f, g->words[r.worst]);
	fputs(" to ", f);
	ex_report_id(f, g->words[r.best]);
	fputs(")", f);
}

static void
put_grouping(
    FILE *f, const struct ex_trial_grouping *g, const struct ex_trial_share *s)
{
	double most[2] = { 0, 0 };

	for (size_t i = 0; i < g->n_words; i++) {
		if (s[i].impostor >= EX_TRIAL_LEAST)
			most[0] = fmax(most[0], s[i].fmr.high);
		if (s[i].genuine >= EX_TRIAL_LEAST)
			most[1] = fmax(most[1], s[i].fnmr.high);
	}
	/* Groups of few are drawn to the edge. */
	most[0] = most[0] > 0 ? most[0] : 1;
	most[1] = most[1] > 0 ? most[1] : 1;
	fputs("<tr class=\"name\"><th scope=\"rowgroup\" colspan=\"7\">", f);
	ex_report_id(f, g->name);
	fputs("</th></tr>\n", f);
	for (size_t i = 0; i < g->n_words; i++)
		put_group(f, g->words[i], &s[i], most);
	fputs("<tr class=\"ratio\"><td colspan=\"7\">", f);
	put_ratio(f, g, s, false);
	fputs("; ", f);
	put_ratio(f, g, s, true);
	fputs(".</td></tr>\n", f);
}

static void
put_groups(FILE *f, const struct ex_trial_paper *p)
{
	const struct ex_trial_share *s = p->shares;

	open_panel(f, "groups", "By group");
	fprintf(f,
	    "<p>At a similarity of %.4f, where the calibration promises %g %% "
	    "false matches. Impostors of a group are both of it. A group is "
	    "known to this page alone: what decides about a person never sees "
	    "one.</p>\n",
	    p->threshold, 100 * p->promised_fmr);
	fputs("<div class=\"wide\"><table class=\"groups\"><thead><tr><th "
	      "scope=\"col\"></th><th scope=\"col\" class=\"n\">False matches"
	      "</th><th scope=\"col\">Share</th><th scope=\"col\"></th><th "
	      "scope=\"col\" class=\"n\">Missed</th><th scope=\"col\">Share"
	      "</th><th scope=\"col\"></th></tr></thead><tbody>\n",
	    f);
	put_group(
	    f, "everybody", s, (const double[]){ s->fmr.high, s->fnmr.high });
	s++;
	for (size_t k = 0; k < p->groups->n; k++) {
		put_grouping(f, &p->groups->items[k], s);
		s += p->groups->items[k].n_words;
	}
	fputs("</tbody></table></div></section>\n", f);
}

/* ---- the page ------------------------------------------------------------ */

struct page {
	const char *title;
	const struct ex_trial_paper *paper;
};

static void
put_legend(FILE *f)
{
	fputs("<section aria-labelledby=\"legend\" class=\"panel legend\"><h2 "
	      "id=\"legend\">Reading this page</h2><p><strong>False matches"
	      "</strong> (FMR): comparisons of two different people that are "
	      "at or over the similarity. <strong>Missed</strong> (FNMR): "
	      "comparisons of one person that are under it. Dots are the "
	      "shares, bands their 95 % intervals, by drawing people (not "
	      "pairs) again 500 times or as many as were asked for; they "
	      "reach up to the rule of three at least.</p><p>The "
	      "DET curve's axes are normal deviates; the broken line is where "
	      "both errors are one.</p></section>\n",
	    f);
}

static bool
put_page(FILE *f, const void *arg)
{
	const struct page *page = arg;
	const struct ex_trial_paper *p = page->paper;

	ex_report_begin(f, page->title);
	fputs("<header class=\"mast\"><p class=\"brand\">Exeunt</p><h1>", f);
	ex_text_html(f, page->title);
	fputs("</h1></header>\n<main>\n", f);
	put_counts(f, &p->result->counts);
	put_rates(f, p->result);
	fputs("<div class=\"two\">\n", f);
	open_panel(f, "det", "DET curve");
	ex_trial_plot_det(f, p->result);
	fputs("</section>\n", f);
	if (p->result->edc.fmr > 0) {
		open_panel(f, "edc", "Errors against discards");
		fprintf(f,
		    "<p>At %g %% false matches, by the quality of the "
		    "worse picture. The broken line is what a quality that "
		    "knew every miss would do.</p>\n",
		    100 * p->result->edc.fmr);
		ex_trial_plot_edc(f, p->result);
		fputs("</section>\n", f);
	}
	fputs("</div>\n", f);
	if (p->groups)
		put_groups(f, p);
	put_legend(f);
	fputs("</main>\n</body>\n</html>\n", f);
	return true;
}

enum ex_status
ex_trial_report(const char *path, const char *title,
    const struct ex_trial_paper *p, struct ex_error *err)
{
	return ex_report_write(path, put_page, &(struct page){ title, p }, err);
}
