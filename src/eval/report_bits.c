/* SPDX-License-Identifier: Apache-2.0 */
/* Small pieces that every part of a report is made of. */
#include "report_internal.h"

#include <ctype.h>

#include "text.h"

void
ex_report_sum(FILE *f, size_t seen, size_t confirmed)
{
	fprintf(f, "%zu seen = %zu confirmed + %zu officer", seen, confirmed,
	    seen - confirmed);
}

void
ex_report_icon(FILE *f, const char *symbol)
{
	fprintf(f,
	    "<svg class=\"i\" aria-hidden=\"true\"><use href=\"#%s\"/></svg>",
	    symbol);
}

void
ex_report_sentence(FILE *f, const char *text)
{
	fputc(toupper((unsigned char)text[0]), f);
	ex_text_html(f, text[0] ? text + 1 : text);
	fputc('.', f);
}

void
ex_report_id(FILE *f, const char *id)
{
	fputs("<bdi>", f);
	ex_text_html(f, id);
	fputs("</bdi>", f);
}

const char *
ex_report_seat(enum ex_seat seat)
{
	static const char *const texts[EX_SEAT_COUNT] = {
#define EX_WORD(name, word, text) text,
#include "exeunt/seats.inc"
#undef EX_WORD
	};

	return texts[seat];
}

void
ex_report_picture(
    FILE *f, struct ex_bytes jpeg, const char *what, const char *name)
{
	if (jpeg.size == 0) {
		fputs("<div class=\"none\">", f);
		ex_report_icon(f, "i-none");
		fputs("<span>no picture</span></div>", f);
		return;
	}
	fprintf(f,
	    "<img width=\"160\" height=\"200\" "
	    "alt=\"%s ",
	    what);
	ex_text_html(f, name);
	fputs("\" src=\"data:image/jpeg;base64,", f);
	ex_text_base64(f, jpeg);
	fputs("\">", f);
}

struct ex_bytes
ex_report_portrait(const struct card *card, size_t i)
{
	return card->pictures ? card->pictures->documents[i]
			      : (struct ex_bytes){ 0 };
}

double
ex_report_percent(size_t k, size_t n)
{
	return n ? 100 * (double)k / (double)n : 0;
}

void
ex_report_span(FILE *f, struct ex_interval percent, double target)
{
	bool any = percent.high >= 0;

	fputs("<svg class=\"rate\" aria-hidden=\"true\"><rect class=\"track\" "
	      "y=\"9\" width=\"100%\" height=\"4\" rx=\"2\"/>",
	    f);
	if (any)
		fprintf(f,
		    "<rect class=\"band\" x=\"%.2f%%\" y=\"5\" "
		    "width=\"%.2f%%\" height=\"12\" rx=\"4\"/>",
		    percent.low, percent.high - percent.low);
	if (target > 0)
		fprintf(f,
		    "<line class=\"target\" x1=\"%.2f%%\" x2=\"%.2f%%\" "
		    "y1=\"0\" y2=\"22\"/>",
		    target, target);
	if (any)
		fprintf(f,
		    "<circle class=\"point\" cx=\"%.2f%%\" cy=\"11\" "
		    "r=\"4.5\"/>",
		    percent.value);
	fputs("</svg>", f);
}
