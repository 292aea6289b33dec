/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody of a vehicle: pictures, verdict, figures. */
#include "report_internal.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "text.h"

/* The rarity as a person reads it, never rarer than it is: two digits. */
static void
put_fmr(FILE *f, double fmr, bool at_most)
{
	double n = fmr > 0 && fmr <= 1 ? 1 / fmr : 1, unit = 1;
	char digits[32];
	size_t length;

	while (n / unit >= 100 && unit < 1e12)
		unit *= 10;
	/* 1 / 0.0001 must not become 9999. */
	n = floor(n / unit * (1 + 1e-9)) * unit;
	snprintf(digits, sizeof digits, "%.0f", n);
	length = strlen(digits);
	fputs(at_most ? "at most 1 in " : "1 in ", f);
	for (size_t i = 0; i < length; i++) {
		if (i > 0 && (length - i) % 3 == 0)
			fputc(',', f);
		fputc(digits[i], f);
	}
}

static void
put_figure(FILE *f, struct ex_bytes jpeg, const char *what, const char *name,
    const char *caption)
{
	fputs("<figure>", f);
	ex_report_picture(f, jpeg, what, name);
	fprintf(f, "<figcaption>%s</figcaption></figure>", caption);
}

static struct ex_bytes
best_shot(const struct card *card, size_t i)
{
	return card->pictures ? card->pictures->occupants[i]
			      : (struct ex_bytes){ 0 };
}

/* Who it was: a line under what the lane said. */
static void
put_truth(FILE *f, const struct card *card, const struct ex_occupant *o,
    const struct ex_truth_occupant *t)
{
	bool confirmed = o->verdict == EX_VERDICT_CONFIRMED;
	bool rightly = ex_eval_rightly(card->crossing, o, t);

	fprintf(f, "<p class=\"truth%s\">",
	    rightly           ? " right"
	    : confirmed || !t ? " wrong"
			      : "");
	ex_report_icon(f, rightly           ? "i-ok"
			  : confirmed || !t ? "i-wrong"
					    : "i-truth");
	fputs("<span>In truth: ", f);
	if (!t) {
		fputs("nobody, or somebody seen twice", f);
	} else {
		fputs("traveller ", f);
		ex_report_id(f, t->traveller);
		if (!t->document)
			fputs(", whose document is not in the vehicle", f);
		else if (rightly)
			fputs(", and this is their document", f);
		else {
			fputs(", whose document is ", f);
			ex_report_id(f, t->document);
		}
		if (t->seat != o->seat)
			fprintf(f, "; %s", ex_seat_word(t->seat));
	}
	fprintf(f, ".%s</span></p>",
	    confirmed && !rightly
		? " <strong>This confirmation is wrong.</strong>"
		: "");
}

static void put_fact(FILE *f, const char *name, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void
put_fact(FILE *f, const char *name, const char *format, ...)
{
	va_list ap;

	fprintf(f, "<div><dt>%s</dt><dd>", name);
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	fputs("</dd></div>", f);
}

static void
put_facts(FILE *f, const struct ex_crossing *c, const struct ex_occupant *o)
{
	bool confirmed = o->verdict == EX_VERDICT_CONFIRMED;
	bool near =
	    !confirmed && o->nearest > 0 && o->nearest <= c->n_documents;

	fputs("<dl>", f);
	if (near) {
		fputs("<div><dt>Nearest</dt><dd>", f);
		ex_report_id(f, c->documents[o->nearest - 1].name);
		fputs("</dd></div>", f);
	}
	if (confirmed || near) {
		put_fact(f, "Similarity", "%.3f", o->similarity);
		fputs("<div><dt>False match</dt><dd>", f);
		put_fmr(f, o->fmr, o->fmr_at_most);
		fputs("</dd></div>", f);
	}
	put_fact(f, "Quality", "%d of 100", o->quality);
	put_fact(
	    f, "Frames", "%u seen, %u used", o->frames_seen, o->frames_used);
	fputs("</dl>", f);
}

void
ex_report_person(FILE *f, const struct card *card, size_t i)
{
	const struct ex_occupant *o = &card->crossing->occupants[i];
	const struct ex_document *d = ex_eval_document(card->crossing, o);
	bool confirmed = o->verdict == EX_VERDICT_CONFIRMED;
	const char *seat = ex_report_seat(o->seat);

	fprintf(f, "<section class=\"person %s\"><h4><span>%c%s</span>",
	    confirmed ? "ok" : "officer", toupper((unsigned char)seat[0]),
	    seat + 1);
	fprintf(f, "<span class=\"badge %s\">", confirmed ? "ok" : "officer");
	ex_report_icon(f, confirmed ? "i-ok" : "i-officer");
	fprintf(f, "%s</span></h4><div class=\"inside\"><div class=\"pair\">",
	    confirmed ? "Confirmed" : "Officer");
	put_figure(f, best_shot(card, i), "Best shot of the person", seat,
	    "At the lane");
	if (d) {
		put_figure(f, ex_report_portrait(card, (size_t)o->document),
		    "Portrait of the document", d->name, "Document");
	} else {
		fputs("<div class=\"reason\">", f);
		ex_report_icon(f, "i-officer");
		fputs("<p>", f);
		ex_report_sentence(f, ex_cause_text(o->cause));
		fprintf(
		    f, "</p><small>%s</small></div>", ex_cause_word(o->cause));
	}
	fputs("</div><div>", f);
	if (d) {
		fputs("<p class=\"name\">", f);
		ex_report_icon(f, "i-document");
		ex_report_id(f, d->name);
		fputs("</p>", f);
	}
	put_facts(f, card->crossing, o);
	if (card->truth)
		put_truth(f, card, o,
		    card->pairs[i] < 0
			? NULL
			: &card->truth->occupants[card->pairs[i]]);
	fputs("</div></div></section>\n", f);
}
