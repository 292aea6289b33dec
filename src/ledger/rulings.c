/* SPDX-License-Identifier: Apache-2.0 */
/* What officers decide (L23): rulings are added, each with its link in the
 * audit chain; nothing recorded before changes. */
#include "audit.h"

#include <stdlib.h>
#include <string.h>

#define OCCUPANTS 32 /* numbers that a mask of those who await has room for */

/* All that was ruled in a crossing before. */
struct past {
	unsigned occupant;  /* whose `latest` and `excluded` are */
	const char *undoes; /* the id that is looked for */
	bool undoes_known;
	bool bad;                /* a record names what cannot be */
	struct ex_ruling latest; /* id "": none */
	uint32_t excluded; /* documents a standing ruling says are not theirs */
	int64_t at_ms;     /* of the latest of all */
	struct {
		enum ex_ruling_kind kind; /* of the latest */
		unsigned document;
	} of[OCCUPANTS];
	unsigned holder[EX_MAX_DOCUMENTS]; /* occupant, by rulings; 0: none */
};

struct ruling {
	const struct ex_act *act;
	struct ex_ruling *r;
	char subject[EX_SUBJECT_SIZE]; /* "CROSSING/oN" */
	const struct ex_ledger_record *record;
	uint32_t awaiting;
	struct past past;
};

static uint32_t
bit(unsigned n)
{
	return UINT32_C(1) << (n - 1);
}

/* ---- what was ruled before --------------------------------------------- */

static void
take_back(struct past *p, const struct ex_ruling *undo)
{
	unsigned document = p->of[undo->occupant - 1].document;

	if (document == 0)
		return;
	if (p->holder[document - 1] == undo->occupant)
		p->holder[document - 1] = 0;
	if (undo->occupant == p->occupant &&
	    p->of[undo->occupant - 1].kind == EX_RULING_NOT_THIS_DOCUMENT)
		p->excluded &= ~bit(document);
}

static enum ex_status
recall(const struct ex_ruling *r, void *arg)
{
	struct past *p = arg;

	p->bad = r->occupant < 1 || r->occupant > OCCUPANTS ||
		 r->document > EX_MAX_DOCUMENTS;
	if (p->bad)
		return EX_ERR_DATABASE;
	p->undoes_known |= strcmp(r->id, p->undoes) == 0;
	if (r->kind == EX_RULING_UNDONE)
		take_back(p, r);
	if (r->kind == EX_RULING_SAME_PERSON && r->document)
		p->holder[r->document - 1] = r->occupant;
	if (r->kind == EX_RULING_NOT_THIS_DOCUMENT && r->document &&
	    r->occupant == p->occupant)
		p->excluded |= bit(r->document);
	p->of[r->occupant - 1].kind = r->kind;
	p->of[r->occupant - 1].document = r->document;
	if (r->occupant == p->occupant)
		p->latest = *r;
	if (r->at_ms > p->at_ms)
		p->at_ms = r->at_ms;
	return EX_OK;
}

/* ---- checks ------------------------------------------------------------ */

/* UTF-8 without control characters; `*n` characters that are no blanks. */
static bool
is_text(const char *s, size_t size, size_t *n)
{
	const unsigned char *p = (const void *)s;

	*n = 0;
	if (!memchr(s, '\0', size))
		return false;
	while (*p) {
		size_t length = ex_utf8_length(p);

		if (length == 0 || *p < ' ' || *p == 0x7f ||
		    (p[0] == 0xc2 && p[1] < 0xa0)) /* U+0080..U+009F */
			return false;
		*n += *p != ' ';
		p += length;
	}
	return true;
}

/* What is wrong with it by itself. */
static enum ex_status
check_form(const struct ruling *u, struct ex_error *err)
{
	const struct ex_ruling *r = u->r;
	bool names = r->kind == EX_RULING_SAME_PERSON ||
		     r->kind == EX_RULING_NOT_THIS_DOCUMENT;
	size_t n;

	if (u->act->purpose == EX_PURPOSE_NONE)
		return ex_fail(
		    err, EX_ERR_USAGE, u->subject, "a ruling has a purpose");
	if ((unsigned)r->kind >= EX_RULING_COUNT)
		return ex_fail(
		    err, EX_ERR_INPUT, u->subject, "is not a ruling");
	if (names != (r->document > 0))
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    names ? "the ruling names no document"
			  : "the ruling names a document");
	if (!is_text(r->reason, sizeof r->reason, &n))
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "the reason is not a line of UTF-8");
	if (r->kind == EX_RULING_BY_HAND && n < 3)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "handled by hand: a reason of 3 characters is missing");
	if (!memchr(r->undoes, '\0', sizeof r->undoes) ||
	    (r->kind == EX_RULING_UNDONE) != (r->undoes[0] != '\0'))
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "what is undone is a ruling, named by its id");
	return EX_OK;
}

static const struct ex_occupant *
find_occupant(const struct ex_crossing *c, unsigned n)
{
	for (size_t i = 0; i < c->n_occupants; i++)
		if (c->occupants[i].n == n)
			return &c->occupants[i];
	return NULL;
}

static enum ex_status
check_document(const struct ruling *u, struct ex_error *err)
{
	const struct ex_crossing *c = &u->record->c;
	unsigned d = u->r->document;
	unsigned holder;

	if (d > c->n_documents)
		return ex_fail(err, EX_ERR_NOT_FOUND, u->subject,
		    "the crossing has no document d%u", d);
	holder = u->past.holder[d - 1];
	for (size_t i = 0; i < c->n_occupants; i++)
		if (c->occupants[i].verdict == EX_VERDICT_CONFIRMED &&
		    c->occupants[i].document == (int)d - 1)
			holder = c->occupants[i].n;
	if (holder != 0)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "document d%u is that of occupant %u", d, holder);
	if (u->r->kind == EX_RULING_NOT_THIS_DOCUMENT &&
	    (u->past.excluded & bit(d)))
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "of document d%u this was said already", d);
	return EX_OK;
}

static enum ex_status
check_undo(const struct ruling *u, int64_t at_ms, struct ex_error *err)
{
	const struct ex_ruling *latest = &u->past.latest;

	if (!u->past.undoes_known)
		return ex_fail(err, EX_ERR_NOT_FOUND, u->subject,
		    "the crossing has no such ruling");
	if (latest->kind == EX_RULING_UNDONE || latest->id[0] == '\0' ||
	    strcmp(latest->id, u->r->undoes) != 0)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "only the latest ruling can be undone");
	if (strcmp(latest->actor, u->act->actor) != 0)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "only who ruled can undo it");
	if (at_ms - latest->at_ms > EX_UNDO_MS)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "a ruling can be undone for %d seconds", EX_UNDO_MS / 1000);
	return EX_OK;
}

/* Against what is recorded. */
static enum ex_status
check_record(const struct ruling *u, int64_t at_ms, struct ex_error *err)
{
	const struct ex_occupant *o =
	    find_occupant(&u->record->c, u->r->occupant);

	if (!o || o->n > OCCUPANTS)
		return ex_fail(err, EX_ERR_NOT_FOUND, u->subject,
		    "the crossing has no such occupant");
	if (o->verdict != EX_VERDICT_OFFICER)
		return ex_fail(err, EX_ERR_INPUT, u->subject,
		    "is confirmed, and was not the officer's");
	if (u->r->kind == EX_RULING_UNDONE)
		return check_undo(u, at_ms, err);
	if (!(u->awaiting & bit(o->n)))
		return ex_fail(
		    err, EX_ERR_INPUT, u->subject, "is handled already");
	return u->r->document ? check_document(u, err) : EX_OK;
}

/* ---- writing ----------------------------------------------------------- */

/* The reason is free text and stays out of the chain: its hash does not. */
static enum ex_status
word_detail(const struct ex_ruling *r, char out[static EX_DETAIL_SIZE])
{
	struct ex_parts p = { .size = 0 };
	uint8_t hash[EX_SHA256_SIZE];
	char hex[EX_HEX_SIZE(sizeof hash)] = "", document[16] = "";
	enum ex_status status = EX_OK;

	if (r->document)
		snprintf(document, sizeof document, " d%u", r->document);
	if (r->reason[0]) {
		ex_parts_text(&p, "exeunt ruling reason 1");
		ex_parts_text(&p, r->id);
		ex_parts_text(&p, r->reason);
		status = ex_sha256(ex_parts_bytes(&p), hash);
		ex_hex_format(hash, sizeof hash, hex);
	}
	snprintf(out, EX_DETAIL_SIZE, "%s %s%s%s%s%s%s", r->id,
	    ex_ruling_word(r->kind), document, r->undoes[0] ? " " : "",
	    r->undoes, hex[0] ? " reason " : "", hex);
	return status;
}

/* Times of a crossing's rulings rise strictly, and so do their ids. */
static enum ex_status
name(const struct ruling *u, struct ex_ruling *made, struct ex_error *err)
{
	uint8_t chance[10];
	enum ex_status status = ex_random(chance, sizeof chance);

	if (status != EX_OK)
		return ex_fail(
		    err, status, u->subject, "no random bytes to be had");
	ex_ulid_make(made->at_ms, chance, made->id);
	snprintf(made->actor, sizeof made->actor, "%s", u->act->actor);
	return EX_OK;
}

static uint32_t
awaiting_after(const struct ruling *u)
{
	switch (u->r->kind) {
	case EX_RULING_SAME_PERSON:
	case EX_RULING_BY_HAND:
		return u->awaiting & ~bit(u->r->occupant);
	case EX_RULING_UNDONE:
		return u->awaiting | bit(u->r->occupant);
	default:
		return u->awaiting;
	}
}

static enum ex_status
write(struct ex_ledger *l, struct ruling *u, struct ex_ruling *made,
    struct ex_error *err)
{
	uint32_t awaiting = awaiting_after(u);
	char detail[EX_DETAIL_SIZE];
	enum ex_status status = name(u, made, err);

	if (status == EX_OK && word_detail(made, detail) != EX_OK)
		status = ex_fail(err, EX_ERR_INTERNAL, u->subject, NULL);
	if (status == EX_OK)
		status = ex_audit_link(
		    l, u->act, EX_ACTION_RULING, u->subject, detail, err);
	if (status == EX_OK)
		status = l->ops->ruling_add(l->store, made, err);
	if (status == EX_OK && awaiting != u->awaiting)
		status = l->ops->awaiting_put(
		    l->store, made->crossing, awaiting, err);
	return status;
}

/* Behind the lock of those who await: of two officers at once the second finds
 * what the first has said. */
static enum ex_status
load(struct ex_ledger *l, struct ruling *u, struct ex_ledger_record *record,
    struct ex_error *err)
{
	const char *id = u->r->crossing;
	bool found = false;
	enum ex_status status =
	    l->ops->awaiting_get(l->store, id, &u->awaiting, &found, err);

	if (status == EX_OK && found)
		status =
		    l->ops->crossing_get(l->store, id, record, &found, err);
	if (status == EX_OK && !found)
		return ex_fail(
		    err, EX_ERR_NOT_FOUND, l->name, "holds no such crossing");
	u->record = record;
	u->past.occupant = u->r->occupant;
	u->past.undoes = u->r->undoes;
	if (status == EX_OK)
		status =
		    l->ops->ruling_each(l->store, id, recall, &u->past, err);
	if (u->past.bad)
		ex_fail(err, status, l->name,
		    "a ruling in %s names what the crossing has not", id);
	return status;
}

static enum ex_status
rule(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ruling *u = arg;
	struct ex_ledger_record *record = ex_calloc(1, sizeof *record);
	struct ex_ruling made = *u->r;
	struct ex_link last;
	enum ex_status status;

	if (!record)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	status = ex_audit_now(l, &last, &made.at_ms, err);
	if (status == EX_OK)
		status = load(l, u, record, err);
	if (status == EX_OK && made.at_ms <= u->past.at_ms)
		made.at_ms = u->past.at_ms + 1;
	if (status == EX_OK)
		status = check_record(u, made.at_ms, err);
	if (status == EX_OK)
		status = write(l, u, &made, err);
	if (status == EX_OK)
		*u->r = made;
	free(record);
	return status;
}

enum ex_status
ex_ledger_rule(struct ex_ledger *l, const struct ex_act *act,
    struct ex_ruling *r, struct ex_error *err)
{
	struct ruling u = { .act = act, .r = r };
	enum ex_status status;

	if (!memchr(r->crossing, '\0', sizeof r->crossing))
		return ex_fail(err, EX_ERR_INPUT, l->name,
		    "the crossing of a ruling has no id");
	snprintf(
	    u.subject, sizeof u.subject, "%s/o%u", r->crossing, r->occupant);
	status = check_form(&u, err);
	if (status == EX_OK)
		status = ex_ledger_within(l, true, rule, &u, err);
	return status;
}

/* ---- reading ----------------------------------------------------------- */

struct asking {
	const char *crossing;
	ex_ruling_visit *visit;
	void *arg;
	uint32_t *mask;
};

static enum ex_status
read_rulings(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct asking *a = arg;

	return l->ops->ruling_each(
	    l->store, a->crossing, a->visit, a->arg, err);
}

enum ex_status
ex_ledger_rulings(struct ex_ledger *l, const char *crossing,
    ex_ruling_visit *visit, void *arg, struct ex_error *err)
{
	struct asking a = { crossing, visit, arg, NULL };

	return ex_ledger_within(l, false, read_rulings, &a, err);
}

static enum ex_status
read_awaiting(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct asking *a = arg;
	bool found = false;
	enum ex_status status =
	    l->ops->awaiting_get(l->store, a->crossing, a->mask, &found, err);

	if (status == EX_OK && !found)
		status = ex_fail(
		    err, EX_ERR_NOT_FOUND, l->name, "holds no such crossing");
	return status;
}

enum ex_status
ex_ledger_awaiting(struct ex_ledger *l, const char *crossing, uint32_t *mask,
    struct ex_error *err)
{
	struct asking a = { crossing, NULL, NULL, mask };
	enum ex_status status;

	*mask = 0;
	status = ex_ledger_within(l, false, read_awaiting, &a, err);
	if (status != EX_OK)
		*mask = 0;
	return status;
}
