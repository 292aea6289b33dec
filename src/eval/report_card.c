/* SPDX-License-Identifier: Apache-2.0 */
/* A vehicle as a card. */
#include "report_internal.h"

#include <stdarg.h>

#include "text.h"

/* ---- seats --------------------------------------------------------------- */

/* Column and row of a seat seen from above, front up. */
static bool
seat_place(enum ex_seat seat, int *column, int *row)
{
	static const struct {
		enum ex_seat seat;
		int column, row;
	} places[] = {
		{ EX_SEAT_FRONT_LEFT, 0, 0 },
		{ EX_SEAT_FRONT_MIDDLE, 1, 0 },
		{ EX_SEAT_FRONT_RIGHT, 2, 0 },
		{ EX_SEAT_REAR_LEFT, 0, 1 },
		{ EX_SEAT_REAR_CENTRE, 1, 1 },
		{ EX_SEAT_REAR_RIGHT, 2, 1 },
		{ EX_SEAT_THIRD_LEFT, 0, 2 },
		{ EX_SEAT_THIRD_CENTRE, 1, 2 },
		{ EX_SEAT_THIRD_RIGHT, 2, 2 },
	};

	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		if (places[i].seat != seat)
			continue;
		*column = places[i].column;
		*row = places[i].row;
		return true;
	}
	return false;
}

/* The vehicle from above: disc confirmed, diamond officer. The same stands in
 * words below, so that readers of the page lose nothing. */
static void
put_seats(FILE *f, const struct ex_crossing *c)
{
	fputs("<svg class=\"seats\" viewBox=\"0 0 46 64\" aria-hidden=\"true\">"
	      "<rect class=\"body\" x=\"1\" y=\"1\" width=\"44\" height=\"62\" "
	      "rx=\"12\"/><path class=\"glass\" d=\"M8 12q15-7 30 0\"/>",
	    f);
	for (int i = 0; i < 9; i++)
		fprintf(f,
		    "<circle class=\"free\" cx=\"%d\" cy=\"%d\" "
		    "r=\"1.6\"/>",
		    11 + 12 * (i % 3), 22 + 14 * (i / 3));
	for (size_t i = 0; i < c->n_occupants; i++) {
		int column, row;

		if (!seat_place(c->occupants[i].seat, &column, &row))
			continue;
		if (c->occupants[i].verdict == EX_VERDICT_CONFIRMED)
			fprintf(f,
			    "<circle class=\"ok\" cx=\"%d\" cy=\"%d\" "
			    "r=\"5\"/>",
			    11 + 12 * column, 22 + 14 * row);
		else
			fprintf(f,
			    "<path class=\"officer\" d=\"M%d %dl5.6 5.6-5.6 "
			    "5.6-5.6-5.6z\"/>",
			    11 + 12 * column, 16 + 14 * row);
	}
	fputs("</svg>", f);
}

/* ---- documents ----------------------------------------------------------- */

static bool
has_holder(const struct ex_crossing *c, size_t document)
{
	for (size_t i = 0; i < c->n_occupants; i++)
		if (ex_eval_document(c, &c->occupants[i]) ==
		    &c->documents[document])
			return true;
	return false;
}

static void
put_document_verdict(FILE *f, const struct ex_document *d)
{
	switch (d->verdict) {
	case EX_DOCUMENT_CONFIRMED:
		fputs("Confirmed with its holder's other document.", f);
		break;
	case EX_DOCUMENT_HOLDER_NOT_SEEN:
		fputs("Its holder was not seen in the vehicle.", f);
		break;
	case EX_DOCUMENT_OFFICER:
		fputs("Left to the officer. ", f);
		if (d->cause != EX_CAUSE_NONE)
			ex_report_sentence(f, ex_cause_text(d->cause));
		break;
	default:
		fputs("Not usable. ", f);
		if (d->cause != EX_CAUSE_NONE)
			ex_report_sentence(f, ex_cause_text(d->cause));
	}
	if (d->mrz_check == EX_CHECK_FAILED)
		fputs(" A check digit is wrong.", f);
	if (d->portrait_check == EX_CHECK_FAILED)
		fputs(" The portrait does not show exactly one face.", f);
}

static void
put_document(FILE *f, const struct card *card, size_t i)
{
	const struct ex_document *d = &card->crossing->documents[i];

	fputs("<li>", f);
	ex_report_picture(f, ex_report_portrait(card, i),
	    "Portrait of the document", d->name);
	fputs("<div><p class=\"name\">", f);
	ex_report_icon(f, "i-document");
	ex_report_id(f, d->name);
	fputs("</p><p>", f);
	put_document_verdict(f, d);
	fputs("</p></div></li>\n", f);
}

static void
put_documents(FILE *f, const struct card *card)
{
	const struct ex_crossing *c = card->crossing;
	bool any = false;

	for (size_t i = 0; i < c->n_documents; i++) {
		if (has_holder(c, i))
			continue;
		if (!any)
			fputs("<section class=\"documents\"><h4>Documents "
			      "without a confirmed holder</h4><ul>\n",
			    f);
		any = true;
		put_document(f, card, i);
	}
	if (any)
		fputs("</ul></section>\n", f);
}

/* ---- the card ------------------------------------------------------------ */

static void put_note(FILE *f, const char *class, const char *icon,
    const char *format, ...) __attribute__((format(printf, 4, 5)));

static void
put_note(FILE *f, const char *class, const char *icon, const char *format, ...)
{
	va_list ap;

	fprintf(f, "<p class=\"note %s\">", class);
	ex_report_icon(f, icon);
	fputs("<span>", f);
	va_start(ap, format);
	vfprintf(f, format, ap);
	va_end(ap);
	fputs("</span></p>\n", f);
}

bool
ex_report_has_wrong(const struct card *card)
{
	const struct ex_crossing *c = card->crossing;

	for (size_t i = 0; card->truth && i < c->n_occupants; i++) {
		const struct ex_truth_occupant *t =
		    card->pairs[i] < 0
			? NULL
			: &card->truth->occupants[card->pairs[i]];

		if (c->occupants[i].verdict == EX_VERDICT_CONFIRMED &&
		    !ex_eval_rightly(c, &c->occupants[i], t))
			return true;
	}
	return false;
}

static void
put_notes(FILE *f, const struct card *card)
{
	const struct ex_crossing *c = card->crossing;

	if (ex_report_has_wrong(card))
		put_note(f, "wrong", "i-wrong",
		    "Somebody here was confirmed with the document of another "
		    "traveller.");
	if (c->frames_lost > 0)
		put_note(f, "officer", "i-camera",
		    "Camera gap: %u frame%s could not be read.", c->frames_lost,
		    c->frames_lost == 1 ? "" : "s");
	if (c->printed > 0)
		put_note(f, "", "i-printed",
		    "%u printed face%s (a shirt, a photograph) seen and not "
		    "counted.",
		    c->printed, c->printed == 1 ? "" : "s");
	if (c->n_occupants == 0)
		put_note(f, "officer", "i-officer",
		    "Nobody was seen. The officer counts the people.");
	if (c->unlisted > 0)
		put_note(f, "officer", "i-officer",
		    "%u more were seen than can be shown. The officer counts "
		    "the people.",
		    c->unlisted);
	if (card->truth && card->truth->n_occupants != ex_crossing_seen(c))
		put_note(f, "wrong", "i-wrong",
		    "In truth %zu in the vehicle, %zu seen.",
		    card->truth->n_occupants, ex_crossing_seen(c));
}

/* People of the truth whom no occupant is. */
static void
put_unseen(FILE *f, const struct card *card)
{
	for (size_t k = 0; card->truth && k < card->truth->n_occupants; k++) {
		const struct ex_truth_occupant *t = &card->truth->occupants[k];
		bool seen = false;

		for (size_t i = 0; i < EX_MAX_OCCUPANTS; i++)
			seen |= card->pairs[i] == (int)k;
		if (seen)
			continue;
		fputs("<p class=\"note wrong\">", f);
		ex_report_icon(f, "i-wrong");
		fprintf(f, "<span>Not seen: %s, traveller ",
		    ex_report_seat(t->seat));
		ex_report_id(f, t->traveller);
		fputs(".</span></p>\n", f);
	}
}

static void
put_when(FILE *f, const struct ex_crossing *c)
{
	char opened[EX_RFC3339_SIZE];

	ex_rfc3339_format(c->opened_ms, opened);
	fprintf(f, "<time datetime=\"%s\">%.10s %.8s</time> UTC, %.1f s",
	    opened, opened, opened + 11,
	    (double)(c->closed_ms - c->opened_ms) / 1000);
}

static void
put_head(FILE *f, const struct card *card)
{
	const struct ex_crossing *c = card->crossing;
	bool complete = ex_crossing_complete(c);
	const char *class = c->opted_out ? "plain"
			    : complete   ? "ok"
					 : "officer";

	fprintf(f,
	    "<article class=\"card\" id=\"c%zu\" aria-labelledby=\"h%zu\">"
	    "<header>",
	    card->number, card->number);
	if (!c->opted_out)
		put_seats(f, c);
	fprintf(f, "<div class=\"title\"><h3 id=\"h%zu\">", card->number);
	ex_report_id(f, c->vehicle);
	fputs("</h3><p class=\"meta\">Lane ", f);
	ex_report_id(f, c->lane);
	fprintf(f, ", %s<span class=\"dot\"> · </span>",
	    c->direction == EX_DIRECTION_IN ? "inbound" : "outbound");
	put_when(f, c);
	fputs("</p></div><div class=\"result\"><p class=\"sum\">", f);
	if (c->opted_out)
		fputs("Opted out", f);
	else
		ex_report_sum(f, ex_crossing_seen(c), ex_crossing_confirmed(c));
	fprintf(f, "</p><p class=\"badge %s\">", class);
	ex_report_icon(f, c->opted_out ? "i-none"
			  : complete   ? "i-ok"
				       : "i-officer");
	fprintf(f, "%s</p></div></header>\n",
	    c->opted_out ? "No picture taken"
	    : complete   ? "Complete"
			 : "For the officer");
}

void
ex_report_card(FILE *f, const struct card *card)
{
	const struct ex_crossing *c = card->crossing;

	put_head(f, card);
	if (c->opted_out) {
		put_note(f, "", "i-none",
		    "This vehicle asked not to be photographed. No picture of "
		    "it is kept; the officer counts the people in it.");
		fputs("</article>\n", f);
		return;
	}
	put_notes(f, card);
	put_unseen(f, card);
	fprintf(f, "<div class=\"people%s\">\n",
	    c->n_occupants < 3 || c->n_occupants == 4 ? " pairs" : "");
	for (size_t i = 0; i < c->n_occupants; i++)
		ex_report_person(f, card, i);
	fputs("</div>\n", f);
	put_documents(f, card);
	fputs("</article>\n", f);
}
