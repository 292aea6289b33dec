/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <math.h>
#include <stdlib.h>

#include "json.h"

/* Of an opted-out vehicle the record is its id and the times, no more. */
static size_t
occupants(const struct ex_crossing *c)
{
	return c->opted_out ? 0 : c->n_occupants;
}

size_t
ex_crossing_seen(const struct ex_crossing *c)
{
	return c->opted_out ? 0 : c->n_occupants + c->unlisted;
}

unsigned
ex_crossing_confirmed(const struct ex_crossing *c)
{
	unsigned n = 0;

	for (size_t i = 0; i < occupants(c); i++)
		n += c->occupants[i].verdict == EX_VERDICT_CONFIRMED;
	return n;
}

bool
ex_crossing_complete(const struct ex_crossing *c)
{
	size_t done = 0;

	for (size_t i = 0; i < occupants(c); i++)
		done += c->occupants[i].verdict == EX_VERDICT_CONFIRMED ||
			c->occupants[i].handled;
	return done > 0 && done == ex_crossing_seen(c);
}

/* Three digits, rounded up: an FMR is never printed below what it is. */
static void
put_fmr(struct ex_json_out *o, double fmr)
{
	char text[32];
	double unit;

	snprintf(text, sizeof text, "%.3g", fmr);
	/* Beyond the noise of the decimal form itself. */
	if (fmr > 0 && strtod(text, NULL) < fmr * (1 - 1e-9)) {
		unit = pow(10, floor(log10(fmr)) - 2);
		fmr = fmin(1, fmr + unit / 2);
	}
	ex_json_put_digits(o, 3, fmr);
}

static void
put_comparison(struct ex_json_out *o, const struct ex_crossing *c,
    const char *key, size_t document, const struct ex_occupant *p)
{
	if (document < c->n_documents) {
		ex_json_put(o, ",\"%s\":", key);
		ex_json_put_string(o, c->documents[document].name);
	}
	ex_json_put(o, ",\"similarity\":");
	ex_json_put_fixed(o, 4, p->similarity);
	ex_json_put(o, ",\"%s\":", p->fmr_at_most ? "fmr_at_most" : "fmr");
	put_fmr(o, p->fmr);
}

static void
put_occupant(struct ex_json_out *o, const struct ex_crossing *c,
    const struct ex_occupant *p)
{
	ex_json_put(o, "{\"n\":%u,\"seat\":\"%s\",\"verdict\":\"%s\"", p->n,
	    ex_seat_word(p->seat), ex_verdict_word(p->verdict));
	if (p->verdict != EX_VERDICT_CONFIRMED)
		ex_json_put(o, ",\"cause\":\"%s\"%s", ex_cause_word(p->cause),
		    p->handled ? ",\"handled\":true" : "");
	if (p->verdict == EX_VERDICT_CONFIRMED)
		put_comparison(o, c, "document", (size_t)p->document, p);
	else if (p->nearest > 0)
		put_comparison(o, c, "nearest", p->nearest - 1, p);
	ex_json_put(o, ",\"quality\":%d,\"frames_seen\":%u,\"frames_used\":%u",
	    p->quality, p->frames_seen, p->frames_used);
	if (p->best_frame[0]) {
		ex_json_put(o, ",\"best\":{\"frame\":");
		ex_json_put_string(o, p->best_frame);
		ex_json_put(o, ",\"box\":");
		ex_json_put_box(o, p->best_box);
		ex_json_put(o, "}");
	}
	ex_json_put(o, "}");
}

static void
put_word(struct ex_json_out *o, const char *key, const char *value)
{
	if (!*value)
		return;
	ex_json_put(o, ",\"%s\":", key);
	ex_json_put_string(o, value);
}

static void
put_document(struct ex_json_out *o, const struct ex_document *d)
{
	ex_json_put(o, "{\"document\":");
	ex_json_put_string(o, d->name);
	put_word(o, "verdict", ex_document_verdict_word(d->verdict));
	if (d->verdict == EX_DOCUMENT_OFFICER)
		put_word(o, "cause", ex_cause_word(d->cause));
	ex_json_put(o, ",\"checks\":{\"mrz\":\"%s\",\"portrait\":\"%s\"}",
	    ex_check_word(d->mrz_check), ex_check_word(d->portrait_check));
	put_word(o, "type", d->type);
	put_word(o, "issuer", d->issuer);
	put_word(o, "nationality", d->nationality);
	ex_json_put(o, "}");
}

static void
put_head(struct ex_json_out *o, const struct ex_crossing *c)
{
	char opened[EX_RFC3339_SIZE], closed[EX_RFC3339_SIZE];

	ex_rfc3339_format(c->opened_ms, opened);
	ex_rfc3339_format(c->closed_ms, closed);
	ex_json_put(o, "{\"crossing\":");
	ex_json_put_string(o, c->id);
	put_word(o, "lane", c->lane);
	put_word(o, "direction", ex_direction_word(c->direction));
	put_word(o, "vehicle", c->vehicle);
	put_word(o, "opened", opened);
	put_word(o, "closed", closed);
}

static void
put_sum(struct ex_json_out *o, const struct ex_crossing *c)
{
	unsigned confirmed = ex_crossing_confirmed(c);
	size_t seen = ex_crossing_seen(c);

	ex_json_put(o, ",\"seen\":%zu,\"confirmed\":%u,\"officer\":%zu", seen,
	    confirmed, seen - confirmed);
	ex_json_put(
	    o, ",\"complete\":%s", ex_crossing_complete(c) ? "true" : "false");
	if (seen > occupants(c))
		ex_json_put(o, ",\"unlisted\":%zu", seen - occupants(c));
	if (c->frames_lost > 0)
		ex_json_put(o, ",\"camera-gap\":%u", c->frames_lost);
	if (c->printed > 0)
		ex_json_put(o, ",\"printed\":%u", c->printed);
	if (c->opted_out)
		ex_json_put(o, ",\"opted_out\":true");
}

char *
ex_crossing_json(const struct ex_crossing *c)
{
	struct ex_json_out o = { 0 };
	size_t documents = c->opted_out ? 0 : c->n_documents;

	put_head(&o, c);
	ex_json_put(&o, ",\"occupants\":[");
	for (size_t i = 0; i < occupants(c); i++) {
		ex_json_put(&o, "%s", i ? "," : "");
		put_occupant(&o, c, &c->occupants[i]);
	}
	ex_json_put(&o, "],\"documents\":[");
	for (size_t i = 0; i < documents; i++) {
		ex_json_put(&o, "%s", i ? "," : "");
		put_document(&o, &c->documents[i]);
	}
	ex_json_put(&o, "]");
	put_sum(&o, c);
	ex_json_put(&o, "}");
	return ex_json_take(&o);
}
