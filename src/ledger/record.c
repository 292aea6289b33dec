/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <math.h>
#include <string.h>

/* ---- checks: the first field that contradicts the others, or NULL ------- */

#define IS_TEXT(array) (memchr((array), '\0', sizeof(array)) != NULL)

/* Crockford base 32, the first character 0..7: 128 bits. */
static bool
is_ulid(const char id[static EX_ULID_SIZE])
{
	return strspn(id, "0123456789ABCDEFGHJKMNPQRSTVWXYZ") == 26 &&
	       id[26] == '\0' && id[0] <= '7';
}

static bool
is_utf8(const char *s)
{
	while (*s) {
		size_t n = ex_utf8_length((const unsigned char *)s);

		if (n == 0)
			return false;
		s += n;
	}
	return true;
}

void
ex_ledger_id_floor(int64_t ms, char out[static EX_ULID_SIZE])
{
	static const uint8_t none[10];

	ex_ulid_make(ms, none, out);
	out[10] = '\0'; /* its time alone: shorter, so before */
}

bool
ex_ledger_id_holds(const char *id, int64_t opened_ms)
{
	char floor[EX_ULID_SIZE];

	ex_ledger_id_floor(opened_ms, floor);
	return strncmp(id, floor, 10) == 0;
}

static const char *
wrong_in_head(const struct ex_crossing *c)
{
	if (!IS_TEXT(c->id) || !is_ulid(c->id))
		return "crossing";
	if (!IS_TEXT(c->lane) || !is_utf8(c->lane))
		return "lane";
	if (!IS_TEXT(c->vehicle) || !is_utf8(c->vehicle))
		return "vehicle";
	if (c->direction > EX_DIRECTION_IN)
		return "direction";
	if (c->opened_ms < 0 || !ex_ledger_id_holds(c->id, c->opened_ms))
		return "opened";
	if (c->closed_ms < c->opened_ms)
		return "closed";
	if (c->n_occupants > EX_MAX_OCCUPANTS)
		return "occupants";
	if (c->n_documents > EX_MAX_DOCUMENTS)
		return "documents";
	return NULL;
}

static bool
is_confirmed(const struct ex_occupant *o)
{
	return o->verdict == EX_VERDICT_CONFIRMED;
}

static const char *
wrong_in_match(const struct ex_crossing *c, const struct ex_occupant *o)
{
	if (is_confirmed(o) &&
	    (o->document < 0 || (size_t)o->document >= c->n_documents))
		return "document";
	/* A document confirms at most one face. */
	for (const struct ex_occupant *p = c->occupants; p < o; p++)
		if (is_confirmed(o) && is_confirmed(p) &&
		    p->document == o->document)
			return "document";
	if (!is_confirmed(o) && o->nearest > c->n_documents)
		return "nearest";
	if (!is_confirmed(o) && !o->nearest)
		return NULL;
	if (!isfinite(o->similarity))
		return "similarity";
	if (!(o->fmr >= 0 && o->fmr <= 1))
		return "fmr";
	return NULL;
}

static const char *
wrong_in_occupant(const struct ex_crossing *c, size_t i)
{
	const struct ex_occupant *o = &c->occupants[i];

	if (o->n <= (i ? o[-1].n : 0) || o->n > EX_LEDGER_MOST_N)
		return "n";
	if (o->seat >= EX_SEAT_COUNT)
		return "seat";
	if (o->verdict > EX_VERDICT_CONFIRMED)
		return "verdict";
	/* Every miss has a cause. */
	if (o->cause >= EX_CAUSE_COUNT ||
	    (!is_confirmed(o) && o->cause == EX_CAUSE_NONE))
		return "cause";
	if (o->quality < 0 || o->quality > 100)
		return "quality";
	return wrong_in_match(c, o);
}

static const char *
wrong_in_document(const struct ex_document *d)
{
	if (d->verdict >= EX_DOCUMENT_VERDICT_COUNT)
		return "verdict";
	if (d->cause >= EX_CAUSE_COUNT)
		return "cause";
	if (d->mrz_check > EX_CHECK_FAILED ||
	    d->portrait_check > EX_CHECK_FAILED)
		return "checks";
	if (!IS_TEXT(d->type) || !IS_TEXT(d->issuer) ||
	    !IS_TEXT(d->nationality) || !IS_TEXT(d->number) ||
	    !is_utf8(d->type) || !is_utf8(d->nationality))
		return "text";
	return NULL;
}

/* `id` names the crossing once it is known to be a ULID. */
static enum ex_status
refuse(const char *id, const char *list, size_t i, const char *field,
    struct ex_error *err)
{
	char what[128];

	if (list)
		snprintf(what, sizeof what, "crossing %s: %s[%zu].%s", id, list,
		    i, field);
	else
		snprintf(what, sizeof what, "crossing %s: %s", id, field);
	return ex_fail(err, EX_ERR_INPUT, what, "is not possible");
}

static enum ex_status
check(const struct ex_crossing *c, struct ex_error *err)
{
	const char *wrong = wrong_in_head(c);

	if (wrong)
		return refuse(IS_TEXT(c->id) && is_ulid(c->id) ? c->id : "",
		    NULL, 0, wrong, err);
	for (size_t i = 0; i < c->n_occupants; i++)
		if ((wrong = wrong_in_occupant(c, i)))
			return refuse(c->id, "occupants", i, wrong, err);
	for (size_t i = 0; i < c->n_documents; i++)
		if ((wrong = wrong_in_document(&c->documents[i])))
			return refuse(c->id, "documents", i, wrong, err);
	return EX_OK;
}

/* ---- the stored form --------------------------------------------------- */

/* Field by field: what is not named here does not get in. */
static struct ex_occupant
stored_occupant(const struct ex_occupant *o)
{
	struct ex_occupant s = {
		.n = o->n,
		.seat = o->seat,
		.verdict = o->verdict,
		.document = -1,
		.fmr = 1,
		.quality = o->quality,
		.frames_seen = o->frames_seen,
		.frames_used = o->frames_used,
	};

	if (is_confirmed(o)) {
		s.document = o->document;
	} else {
		s.cause = o->cause;
		s.nearest = o->nearest;
	}
	if (is_confirmed(o) || o->nearest) {
		s.similarity = o->similarity;
		s.fmr = o->fmr;
		s.fmr_at_most = o->fmr_at_most;
	}
	return s;
}

static struct ex_document
stored_document(const struct ex_document *d, size_t i)
{
	struct ex_document s = {
		.verdict = d->verdict,
		.mrz_check = d->mrz_check,
		.portrait_check = d->portrait_check,
	};

	if (d->verdict == EX_DOCUMENT_OFFICER)
		s.cause = d->cause;
	snprintf(s.name, sizeof s.name, "d%zu", i + 1);
	memcpy(s.type, d->type, sizeof s.type);
	memcpy(s.nationality, d->nationality, sizeof s.nationality);
	return s;
}

enum ex_status
ex_ledger_number_hash(const struct ex_ledger_key *key,
    const struct ex_document *d, uint8_t out[static EX_SHA256_SIZE])
{
	const struct ex_bytes parts[] = {
		ex_string_bytes("exeunt ledger document 1"),
		ex_string_bytes(d->type),
		ex_string_bytes(d->issuer),
		ex_string_bytes(d->number),
	};

	return ex_hmac_sha256_parts(
	    (struct ex_bytes){ key->bytes, sizeof key->bytes }, parts,
	    sizeof parts / sizeof *parts, out);
}

enum ex_status
ex_ledger_record_make(const struct ex_ledger_key *key,
    const struct ex_crossing *c, struct ex_ledger_record *out,
    struct ex_error *err)
{
	enum ex_status status = check(c, err);

	memset(out, 0, sizeof *out);
	if (status != EX_OK)
		return status;
	memcpy(out->c.id, c->id, sizeof c->id);
	snprintf(out->c.lane, sizeof out->c.lane, "%s", c->lane);
	snprintf(out->c.vehicle, sizeof out->c.vehicle, "%s", c->vehicle);
	out->c.direction = c->direction;
	out->c.opened_ms = c->opened_ms;
	out->c.closed_ms = c->closed_ms;
	out->c.opted_out = c->opted_out;
	if (c->opted_out) /* (L4) its id and times, no more */
		return EX_OK;
	out->c.frames_lost = c->frames_lost;
	out->c.printed = c->printed;
	out->c.unlisted = c->unlisted;
	out->c.n_occupants = c->n_occupants;
	for (size_t i = 0; i < c->n_occupants; i++)
		out->c.occupants[i] = stored_occupant(&c->occupants[i]);
	out->c.n_documents = c->n_documents;
	for (size_t i = 0; i < c->n_documents; i++) {
		const struct ex_document *d = &c->documents[i];

		out->c.documents[i] = stored_document(d, i);
		out->number[i].known = d->number[0] != '\0';
		if (!out->number[i].known)
			continue;
		if (ex_ledger_number_hash(key, d, out->number[i].hash) != EX_OK)
			return ex_fail(err, EX_ERR_INTERNAL, c->id,
			    "its document numbers cannot be hashed");
	}
	return EX_OK;
}

uint32_t
ex_ledger_record_awaiting(const struct ex_crossing *c)
{
	uint32_t mask = 0;

	for (size_t i = 0; i < c->n_occupants; i++)
		if (!is_confirmed(&c->occupants[i]) &&
		    c->occupants[i].n <= EX_LEDGER_MOST_N)
			mask |= UINT32_C(1) << (c->occupants[i].n - 1);
	return mask;
}

void
ex_ledger_record_mark(struct ex_ledger_record *r)
{
	for (size_t i = 0; i < r->c.n_occupants; i++) {
		struct ex_occupant *o = &r->c.occupants[i];

		o->handled = !is_confirmed(o) && o->n <= EX_LEDGER_MOST_N &&
			     !(r->awaiting & UINT32_C(1) << (o->n - 1));
	}
}

/* ---- comparison: not memcmp, as structs have padding ------------------- */

static bool
same_head(const struct ex_crossing *a, const struct ex_crossing *b)
{
	return strcmp(a->id, b->id) == 0 && strcmp(a->lane, b->lane) == 0 &&
	       strcmp(a->vehicle, b->vehicle) == 0 &&
	       a->direction == b->direction && a->opened_ms == b->opened_ms &&
	       a->closed_ms == b->closed_ms && a->opted_out == b->opted_out &&
	       a->frames_lost == b->frames_lost && a->printed == b->printed &&
	       a->unlisted == b->unlisted && a->n_occupants == b->n_occupants &&
	       a->n_documents == b->n_documents;
}

static bool
same_occupant(const struct ex_occupant *a, const struct ex_occupant *b)
{
	return a->n == b->n && a->seat == b->seat && a->verdict == b->verdict &&
	       a->cause == b->cause && a->document == b->document &&
	       a->nearest == b->nearest && a->similarity == b->similarity &&
	       a->fmr == b->fmr && a->fmr_at_most == b->fmr_at_most &&
	       a->quality == b->quality && a->frames_seen == b->frames_seen &&
	       a->frames_used == b->frames_used;
}

static bool
same_document(const struct ex_document *a, const struct ex_document *b)
{
	return a->verdict == b->verdict && a->cause == b->cause &&
	       a->mrz_check == b->mrz_check &&
	       a->portrait_check == b->portrait_check &&
	       strcmp(a->type, b->type) == 0 &&
	       strcmp(a->nationality, b->nationality) == 0;
}

bool
ex_ledger_record_equal(
    const struct ex_ledger_record *a, const struct ex_ledger_record *b)
{
	if (!same_head(&a->c, &b->c))
		return false;
	for (size_t i = 0; i < a->c.n_occupants; i++)
		if (!same_occupant(&a->c.occupants[i], &b->c.occupants[i]))
			return false;
	for (size_t i = 0; i < a->c.n_documents; i++)
		if (!same_document(&a->c.documents[i], &b->c.documents[i]) ||
		    a->number[i].known != b->number[i].known ||
		    memcmp(a->number[i].hash, b->number[i].hash,
			EX_SHA256_SIZE) != 0)
			return false;
	return true;
}
