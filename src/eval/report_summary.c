/* SPDX-License-Identifier: Apache-2.0 */
/* What stands above and below the cards: figures, rates, causes, legend. */
#include "report_internal.h"

#include <string.h>

#include "text.h"

/* Nothing is loaded and nothing runs, whatever an id may hold. */
static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
    "'none'; img-src data:; style-src 'unsafe-inline'\">\n"
    "<meta name=\"robots\" content=\"noindex\">\n"
    "<meta name=\"referrer\" content=\"no-referrer\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, "
    "initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n";

static const char style[] =
#include "report_style.inc"
    ;

static const char *const symbols[][2] = {
#define EX_SYMBOL(id, paths) { id, paths },
#include "report_symbols.inc"
#undef EX_SYMBOL
};

static const char *
plural(size_t n)
{
	return n == 1 ? "" : "s";
}

/* ---- figures ------------------------------------------------------------- */

static void
put_symbols(FILE *f)
{
	fputs("<svg class=\"symbols\" aria-hidden=\"true\">\n", f);
	for (size_t i = 0; i < sizeof symbols / sizeof *symbols; i++)
		fprintf(f,
		    "<symbol id=\"%s\" viewBox=\"0 0 20 20\">%s</symbol>\n",
		    symbols[i][0], symbols[i][1]);
	fputs("</svg>\n", f);
}

/* "2026-01-05 08:00:00 to 08:04:11 UTC": the day once. */
static void
put_span(FILE *f, int64_t first_ms, int64_t last_ms)
{
	char first[EX_RFC3339_SIZE], last[EX_RFC3339_SIZE];

	ex_rfc3339_format(first_ms, first);
	ex_rfc3339_format(last_ms, last);
	fprintf(f, "%.10s %.8s to ", first, first + 11);
	if (memcmp(first, last, 10) != 0)
		fprintf(f, "%.10s ", last);
	fprintf(f, "%.8s UTC.", last + 11);
}

static void
put_masthead(FILE *f, const struct ex_report *r)
{
	fputs("<header class=\"mast\"><p class=\"brand\">Exeunt</p><h1>", f);
	ex_text_html(f, r->title);
	fputs("</h1><p class=\"meta\">", f);
	if (r->lane[0]) {
		fputs("Lane <bdi>", f);
		ex_text_html(f, r->lane);
		fprintf(f, "</bdi>, %s. ",
		    r->direction == EX_DIRECTION_IN ? "inbound" : "outbound");
	}
	if (r->n_tiles > 0)
		put_span(f, r->first_ms, r->last_ms);
	fputs("</p></header>\n", f);
}

static void
put_number(FILE *f, const char *class, size_t value, const char *text)
{
	fprintf(f, "<li class=\"%s\"><b>%zu</b><span>%s</span></li>\n", class,
	    value, text);
}

/* Confirmed and left to the officer as one bar. */
static void
put_sum_bar(FILE *f, const struct ex_report *r)
{
	double share = ex_report_percent(r->confirmed, r->seen);

	fputs("<p class=\"total\">", f);
	ex_report_sum(f, r->seen, r->confirmed);
	fputs("</p>", f);
	if (r->seen == 0)
		return;
	fprintf(f,
	    "<svg class=\"sumbar\" role=\"img\" aria-label=\"%.0f percent "
	    "confirmed\"><rect class=\"officer\" width=\"100%%\" "
	    "height=\"14\"/><rect class=\"ok\" width=\"%.2f%%\" "
	    "height=\"14\"/><rect class=\"cut\" x=\"%.2f%%\" width=\"3\" "
	    "height=\"14\"/></svg>\n",
	    share, share, share);
}

static void
put_summary(FILE *f, const struct ex_report *r, const struct ex_eval *tally)
{
	fputs("<section aria-labelledby=\"summary\" class=\"panel\"><h2 "
	      "id=\"summary\">Everybody accounted for</h2>\n",
	    f);
	put_sum_bar(f, r);
	fputs("<ul class=\"numbers\">\n", f);
	put_number(f, "", r->n_tiles, r->n_tiles == 1 ? "vehicle" : "vehicles");
	put_number(f, "", r->seen, "people seen");
	put_number(f, "ok", r->confirmed, "confirmed by the machine");
	put_number(f, "officer", r->seen - r->confirmed, "to the officer");
	put_number(f, "", r->complete, "vehicles complete at once");
	if (r->opted_out > 0)
		put_number(f, "", r->opted_out, "opted out");
	if (tally) {
		size_t wrong = ex_eval_rate_get(tally, EX_EVAL_WRONG).k;

		put_number(
		    f, wrong ? "wrong" : "ok", wrong, "wrong confirmations");
	}
	fputs("</ul></section>\n", f);
}

/* ---- vehicles at a glance ------------------------------------------------ */

static void
put_tile(FILE *f, const struct tile *t, size_t number)
{
	bool fault = t->wrong || t->miscounted;
	const char *class = fault          ? "wrong"
			    : t->opted_out ? "plain"
			    : t->complete  ? "ok"
					   : "officer";
	const char *icon = fault          ? "i-wrong"
			   : t->opted_out ? "i-none"
			   : t->complete  ? "i-ok"
					  : "i-officer";

	fprintf(f, "<li><a class=\"tile %s\" href=\"#c%zu\">", class, number);
	ex_report_icon(f, icon);
	fputs("<bdi>", f);
	ex_text_html(f, t->vehicle);
	fputs("</bdi><small>", f);
	if (t->opted_out)
		fputs("opted out", f);
	else
		fprintf(f, "%zu = %zu + %zu", t->seen, t->confirmed,
		    t->seen - t->confirmed);
	if (t->wrong)
		fputs(", wrong", f);
	if (t->miscounted)
		fprintf(f, ", %zu there", t->there);
	fputs("</small></a></li>\n", f);
}

static void
put_tiles(FILE *f, const struct ex_report *r)
{
	fputs("<nav aria-label=\"Vehicles: seen = confirmed + officer\">"
	      "<ul class=\"tiles\">\n",
	    f);
	for (size_t i = 0; i < r->n_tiles; i++)
		put_tile(f, &r->tiles[i], i + 1);
	fputs("</ul></nav>\n", f);
}

void
ex_report_begin(FILE *f, const char *title)
{
	fputs(head, f);
	fputs("<title>", f);
	ex_text_html(f, title);
	fputs("</title>\n<style>\n", f);
	fputs(style, f);
	fputs("</style>\n</head>\n<body>\n", f);
	put_symbols(f);
}

void
ex_report_top(FILE *f, const struct ex_report *r, const struct ex_eval *tally)
{
	ex_report_begin(f, r->title);
	fputs("<a class=\"skip\" href=\"#vehicles\">To the vehicles</a>\n", f);
	put_masthead(f, r);
	fputs("<main>\n", f);
	put_summary(f, r, tally);
	put_tiles(f, r);
	if (tally)
		ex_report_rates(f, tally);
	fputs("<div class=\"two\">\n", f);
	ex_report_causes(f, r, tally);
	if (tally)
		ex_report_misses(f, r, tally);
	fprintf(f,
	    "</div>\n<h2 class=\"list\" id=\"vehicles\">%zu vehicle%s"
	    "</h2>\n",
	    r->n_tiles, plural(r->n_tiles));
}

/* ---- below the cards ----------------------------------------------------- */

static void
put_key(FILE *f, const char *class, const char *icon, const char *text)
{
	fprintf(f, "<li><span class=\"badge %s\">", class);
	ex_report_icon(f, icon);
	fputs(text, f);
	fputs("</li>\n", f);
}

void
ex_report_bottom(FILE *f, bool truth)
{
	fputs("<section aria-labelledby=\"legend\" class=\"panel legend\"><h2 "
	      "id=\"legend\">Reading this page</h2>\n<ul class=\"keys\">\n",
	    f);
	put_key(f, "ok", "i-ok",
	    "Confirmed</span> Green with a tick, a disc on the seat plan: the "
	    "face matches one document of this vehicle.");
	put_key(f, "officer", "i-officer",
	    "Officer</span> Amber with a diamond, also on the seat plan: the "
	    "machine does not decide, an officer does. It says nothing against "
	    "the person.");
	put_key(f, "plain", "i-none",
	    "Opted out</span> Grey with a barred circle: no picture is taken, "
	    "the officer counts.");
	if (truth)
		put_key(f, "wrong", "i-wrong",
		    "Wrong</span> Red with a cross: what was said is not what "
		    "was so. Only an evaluation knows.");
	fputs(
	    "</ul>\n<p><strong>Similarity</strong> is the cosine of the two "
	    "templates, 1 at most. <strong>False match, 1 in 47,000</strong>: "
	    "of so many comparisons of two different people, one comes out "
	    "this alike; \"at most\" where the calibration cannot tell "
	    "closer. <strong>Quality</strong> is that of the best shot. "
	    "Faces are compared with the documents of their own vehicle "
	    "only.</p>\n",
	    f);
	if (truth)
		fputs("<p>Intervals are Wilson's, at 95 %. A dot is the share, "
		      "the band its interval, the upright stroke a target. "
		      "Vehicles that opted out are in no rate.</p>\n",
		    f);
	fputs("<p class=\"care\">This page holds pictures of people. Those of "
	      "a demonstration are synthetic: rendered, nobody's photograph. "
	      "Treat the page in either case as what it looks like, a record "
	      "of who travelled with whom: keep it to those who need it, and "
	      "delete it when its purpose is done. It loads nothing and sends "
	      "nothing.</p></section>\n</main>\n</body>\n</html>\n",
	    f);
}
