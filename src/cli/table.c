/* SPDX-License-Identifier: Apache-2.0 */
#include "table.h"

static void
print_comparison(const char *document, const struct ex_occupant *o)
{
	printf("%s  similarity %.3f  FMR %s%.1g\n", document, o->similarity,
	    o->fmr_at_most ? "at most " : "", o->fmr);
}

static void
print_occupant(const struct ex_crossing *c, const struct ex_occupant *o)
{
	printf("  %2u %-13s ", o->n, ex_seat_word(o->seat));
	if (o->verdict == EX_VERDICT_CONFIRMED) {
		printf("confirmed  ");
		print_comparison(c->documents[o->document].name, o);
		return;
	}
	printf("officer    %s: %s%s\n", ex_cause_word(o->cause),
	    ex_cause_text(o->cause), o->handled ? "; handled" : "");
	if (o->nearest > 0) {
		printf("     %-13s nearest    ", "");
		print_comparison(c->documents[o->nearest - 1].name, o);
	}
}

static void
print_document(const struct ex_document *d)
{
	if (d->verdict == EX_DOCUMENT_CONFIRMED)
		return;
	printf("     document      %s  %s%s%s\n",
	    ex_document_verdict_word(d->verdict), d->name,
	    d->cause == EX_CAUSE_NONE ? "" : ": ",
	    d->cause == EX_CAUSE_NONE ? "" : ex_cause_word(d->cause));
}

void
table_crossing(const struct ex_crossing *c)
{
	char opened[EX_RFC3339_SIZE];
	size_t seen = ex_crossing_seen(c);
	unsigned confirmed = ex_crossing_confirmed(c);

	ex_rfc3339_format(c->opened_ms, opened);
	printf("%s  %-10s %s  ", c->id, c->vehicle, opened);
	if (c->opted_out)
		puts("opted out: nobody photographed, the officer counts");
	else
		printf("%zu seen = %u confirmed + %zu officer\n", seen,
		    confirmed, seen - confirmed);
	for (size_t i = 0; i < c->n_occupants; i++)
		print_occupant(c, &c->occupants[i]);
	for (size_t i = 0; i < c->n_documents; i++)
		print_document(&c->documents[i]);
	if (c->unlisted > 0)
		printf("     %u more than can be listed: the officer counts\n",
		    c->unlisted);
	if (c->printed > 0)
		printf("     %u printed %s seen, not counted\n", c->printed,
		    c->printed == 1 ? "face" : "faces");
	if (c->frames_lost > 0)
		printf("     camera gap: %u %s lost\n", c->frames_lost,
		    c->frames_lost == 1 ? "frame" : "frames");
}

void
table_add(struct table_sums *s, const struct ex_crossing *c)
{
	s->vehicles++;
	s->seen += (unsigned)ex_crossing_seen(c);
	s->confirmed += ex_crossing_confirmed(c);
	s->opted_out += c->opted_out;
}

void
table_end(const struct table_sums *s)
{
	printf("%u vehicles: %u seen = %u confirmed + %u officer", s->vehicles,
	    s->seen, s->confirmed, s->seen - s->confirmed);
	if (s->opted_out > 0)
		printf("; %u opted out", s->opted_out);
	putchar('\n');
}
