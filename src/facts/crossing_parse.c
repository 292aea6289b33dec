/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <string.h>

#include "json.h"

#define MAX_TEXT  ((size_t)1 << 20)
#define MAX_COUNT 1000000 /* of frames and such */

static enum ex_status
read_text(const struct ex_json *up, const char *key, size_t min, char *to,
    size_t room)
{
	struct ex_json j = ex_json_key(up, key);
	const char *s = "";
	enum ex_status status = EX_OK;

	if (j.value || min > 0)
		status = ex_json_string(&j, min, room - 1, &s);
	if (status == EX_OK)
		snprintf(to, room, "%s", s);
	return status;
}

static enum ex_status
read_count(const struct ex_json *up, const char *key, unsigned *out)
{
	struct ex_json j = ex_json_key(up, key);
	int64_t v;
	enum ex_status status = ex_json_integer(&j, 0, MAX_COUNT, &v);

	if (status == EX_OK)
		*out = (unsigned)v;
	return status;
}

/* A word of one of the tables, through the macro below. */
static enum ex_status
read_word(const struct ex_json *j, const char **out)
{
	return ex_json_string(j, 1, 64, out);
}

#define WORD_READER(stem, type)                                                \
	static enum ex_status read_##stem(                                     \
	    const struct ex_json *up, const char *key, enum type *out)         \
	{                                                                      \
		struct ex_json j = ex_json_key(up, key);                       \
		const char *word;                                              \
		enum ex_status status = read_word(&j, &word);                  \
                                                                               \
		if (status == EX_OK && !ex_##stem##_from_word(word, out))      \
			status = ex_json_fail(&j, EX_ERR_FORMAT,               \
			    "is not a word this program knows");               \
		return status;                                                 \
	}

WORD_READER(seat, ex_seat)
WORD_READER(cause, ex_cause)
WORD_READER(verdict, ex_verdict)
WORD_READER(document_verdict, ex_document_verdict)
WORD_READER(direction, ex_direction)
WORD_READER(check, ex_check)

/* A miss always has a cause (DESIGN 1.5). */
static enum ex_status
read_real_cause(const struct ex_json *up, enum ex_cause *out)
{
	struct ex_json j = ex_json_key(up, "cause");
	enum ex_status status = read_cause(up, "cause", out);

	if (status == EX_OK && *out == EX_CAUSE_NONE)
		status = ex_json_fail(
		    &j, EX_ERR_FORMAT, "must name the officer's reason");
	return status;
}

static enum ex_status
read_document(const struct ex_json *j, struct ex_crossing *c, size_t i)
{
	struct ex_document *d = &c->documents[i];
	struct ex_json name = ex_json_key(j, "document");
	struct ex_json checks = ex_json_key(j, "checks");
	enum ex_status status = ex_json_object(j);

	if (status == EX_OK)
		status = read_text(j, "document", 1, d->name, sizeof d->name);
	for (size_t k = 0; k < i && status == EX_OK; k++)
		if (strcmp(c->documents[k].name, d->name) == 0)
			status = ex_json_fail(&name, EX_ERR_FORMAT,
			    "is also the name of documents[%zu]", k);
	if (status == EX_OK)
		status = read_document_verdict(j, "verdict", &d->verdict);
	if (status == EX_OK && d->verdict == EX_DOCUMENT_OFFICER)
		status = read_real_cause(j, &d->cause);
	if (status == EX_OK)
		status = ex_json_object(&checks);
	if (status == EX_OK)
		status = read_check(&checks, "mrz", &d->mrz_check);
	if (status == EX_OK)
		status = read_check(&checks, "portrait", &d->portrait_check);
	if (status == EX_OK)
		status = read_text(j, "type", 0, d->type, sizeof d->type);
	if (status == EX_OK)
		status = read_text(j, "issuer", 0, d->issuer, sizeof d->issuer);
	if (status == EX_OK)
		status = read_text(
		    j, "nationality", 0, d->nationality, sizeof d->nationality);
	return status;
}

/* The index of a document, which confirms none of the n occupants before. */
static enum ex_status
read_reference(const struct ex_json *up, const char *key,
    const struct ex_crossing *c, size_t n, int *out)
{
	struct ex_json j = ex_json_key(up, key);
	const char *name;
	enum ex_status status = ex_json_string(&j, 1, EX_MAX_NAME - 1, &name);
	size_t i = 0;

	if (status != EX_OK)
		return status;
	while (i < c->n_documents && strcmp(c->documents[i].name, name) != 0)
		i++;
	if (i == c->n_documents)
		return ex_json_fail(
		    &j, EX_ERR_FORMAT, "is not among the documents");
	for (size_t k = 0; k < n; k++)
		if (c->occupants[k].document == (int)i)
			return ex_json_fail(&j, EX_ERR_FORMAT,
			    "already confirms occupants[%zu]", k);
	*out = (int)i;
	return EX_OK;
}

static enum ex_status
read_similarity(const struct ex_json *j, struct ex_occupant *p)
{
	struct ex_json similarity = ex_json_key(j, "similarity");
	struct ex_json fmr = ex_json_key(j, "fmr");
	struct ex_json at_most = ex_json_key(j, "fmr_at_most");
	enum ex_status status =
	    ex_json_number(&similarity, -1, 1, &p->similarity);

	if (status == EX_OK && fmr.value && at_most.value)
		status = ex_json_fail(
		    &at_most, EX_ERR_FORMAT, "cannot stand beside \"fmr\"");
	if (status != EX_OK)
		return status;
	p->fmr_at_most = at_most.value != NULL;
	return ex_json_number(p->fmr_at_most ? &at_most : &fmr, 0, 1, &p->fmr);
}

/* Of one who is confirmed. */
static enum ex_status
read_match(const struct ex_json *j, const struct ex_crossing *c, size_t i,
    struct ex_occupant *p)
{
	struct ex_json document = ex_json_key(j, "document");
	enum ex_status status =
	    read_reference(j, "document", c, i, &p->document);

	for (size_t k = 0; k < i && status == EX_OK; k++)
		if (c->occupants[k].nearest == (unsigned)p->document + 1)
			status = ex_json_fail(&document, EX_ERR_FORMAT,
			    "is nearest to occupants[%zu], who is not "
			    "confirmed",
			    k);
	return status == EX_OK ? read_similarity(j, p) : status;
}

/* Of one who is the officer's: a document that is free, if any. */
static enum ex_status
read_nearest(const struct ex_json *j, const struct ex_crossing *c, size_t i,
    struct ex_occupant *p)
{
	struct ex_json nearest = ex_json_key(j, "nearest");
	enum ex_status status;
	int document;

	p->fmr = 1;
	if (!nearest.value)
		return EX_OK;
	status = read_reference(j, "nearest", c, i, &document);
	if (status != EX_OK)
		return status;
	if (c->documents[document].verdict == EX_DOCUMENT_CONFIRMED ||
	    c->documents[document].verdict == EX_DOCUMENT_UNUSABLE)
		return ex_json_fail(&nearest, EX_ERR_FORMAT,
		    "must be a document that is free and usable");
	p->nearest = (unsigned)document + 1;
	return read_similarity(j, p);
}

static enum ex_status
read_best(const struct ex_json *up, struct ex_occupant *p)
{
	struct ex_json j = ex_json_key(up, "best");
	struct ex_json box = ex_json_key(&j, "box");
	enum ex_status status;

	if (!j.value)
		return EX_OK;
	status = ex_json_object(&j);
	if (status == EX_OK)
		status = read_text(
		    &j, "frame", 1, p->best_frame, sizeof p->best_frame);
	if (status == EX_OK)
		status = ex_json_box(&box, &p->best_box);
	return status;
}

/* Numbers rise from 1, so that one number means one person. */
static enum ex_status
read_number(const struct ex_json *up, struct ex_crossing *c, size_t i)
{
	struct ex_json j = ex_json_key(up, "n");
	unsigned least = i ? c->occupants[i - 1].n + 1 : 1;
	int64_t n;
	enum ex_status status = ex_json_integer(&j, least, MAX_COUNT, &n);

	if (status == EX_OK)
		c->occupants[i].n = (unsigned)n;
	return status;
}

static enum ex_status
read_occupant(const struct ex_json *j, struct ex_crossing *c, size_t i)
{
	struct ex_occupant *p = &c->occupants[i];
	struct ex_json quality = ex_json_key(j, "quality");
	struct ex_json handled = ex_json_key(j, "handled");
	enum ex_status status = ex_json_object(j);
	int64_t v = 0;

	p->document = -1;
	if (status == EX_OK)
		status = read_number(j, c, i);
	if (status == EX_OK)
		status = read_seat(j, "seat", &p->seat);
	if (status == EX_OK)
		status = read_verdict(j, "verdict", &p->verdict);
	if (status == EX_OK)
		status = p->verdict == EX_VERDICT_CONFIRMED
			     ? read_match(j, c, i, p)
			     : read_real_cause(j, &p->cause);
	if (status == EX_OK && p->verdict == EX_VERDICT_OFFICER)
		status = read_nearest(j, c, i, p);
	if (status == EX_OK && p->verdict == EX_VERDICT_OFFICER)
		status = ex_json_bool(&handled, false, &p->handled);
	if (status == EX_OK)
		status = ex_json_integer(&quality, 0, 100, &v);
	p->quality = (int)v;
	if (status == EX_OK)
		status = read_count(j, "frames_seen", &p->frames_seen);
	if (status == EX_OK)
		status = read_count(j, "frames_used", &p->frames_used);
	if (status == EX_OK)
		status = read_best(j, p);
	return status;
}

static enum ex_status
read_lists(const struct ex_json *root, struct ex_crossing *c)
{
	struct ex_json documents = ex_json_key(root, "documents");
	struct ex_json occupants = ex_json_key(root, "occupants");
	enum ex_status status = ex_json_array(&documents, 0,
	    c->opted_out ? 0 : EX_MAX_DOCUMENTS, &c->n_documents);

	for (size_t i = 0; status == EX_OK && i < c->n_documents; i++) {
		struct ex_json item = ex_json_at(&documents, i);

		status = read_document(&item, c, i);
	}
	if (status == EX_OK)
		status = ex_json_array(&occupants, 0,
		    c->opted_out ? 0 : EX_MAX_OCCUPANTS, &c->n_occupants);
	for (size_t i = 0; status == EX_OK && i < c->n_occupants; i++) {
		struct ex_json item = ex_json_at(&occupants, i);

		status = read_occupant(&item, c, i);
	}
	return status;
}

static enum ex_status
read_head(const struct ex_json *root, struct ex_crossing *c)
{
	struct ex_json id = ex_json_key(root, "crossing");
	struct ex_json opened = ex_json_key(root, "opened");
	struct ex_json closed = ex_json_key(root, "closed");
	struct ex_json opted_out = ex_json_key(root, "opted_out");
	enum ex_status status = ex_json_object(root);
	int64_t ms;

	if (status == EX_OK)
		status = read_text(root, "crossing", 1, c->id, sizeof c->id);
	if (status == EX_OK && !ex_ulid_time(c->id, &ms))
		status = ex_json_fail(&id, EX_ERR_FORMAT, "is not a ULID");
	if (status == EX_OK)
		status = read_text(root, "lane", 1, c->lane, sizeof c->lane);
	if (status == EX_OK)
		status = read_direction(root, "direction", &c->direction);
	if (status == EX_OK)
		status = read_text(
		    root, "vehicle", 1, c->vehicle, sizeof c->vehicle);
	if (status == EX_OK)
		status = ex_json_time(&opened, &c->opened_ms);
	if (status == EX_OK)
		status = ex_json_time(&closed, &c->closed_ms);
	if (status == EX_OK)
		status = ex_json_bool(&opted_out, false, &c->opted_out);
	return status;
}

/* People for whom the list had no room. */
static enum ex_status
read_unlisted(const struct ex_json *root, struct ex_crossing *c)
{
	struct ex_json j = ex_json_key(root, "unlisted");
	enum ex_status status = EX_OK;

	if (j.value)
		status = read_count(root, "unlisted", &c->unlisted);
	if (status == EX_OK && c->unlisted > 0 && c->opted_out)
		status = ex_json_fail(
		    &j, EX_ERR_FORMAT, "must be 0 of an opted-out vehicle");
	return status;
}

/* seen == confirmed + officer, and each is what the list of occupants says.
 * `complete` follows from the rest and is not compared. */
static enum ex_status
check_sum(const struct ex_json *root, struct ex_crossing *c)
{
	unsigned confirmed = ex_crossing_confirmed(c);
	unsigned seen = (unsigned)ex_crossing_seen(c);
	const struct {
		const char *key;
		unsigned want;
	} sums[] = { { "seen", seen }, { "confirmed", confirmed },
		{ "officer", seen - confirmed } };
	struct ex_json complete = ex_json_key(root, "complete");
	struct ex_json gap = ex_json_key(root, "camera-gap");
	struct ex_json printed = ex_json_key(root, "printed");
	enum ex_status status = EX_OK;
	bool flag;

	for (size_t i = 0; i < 3 && status == EX_OK; i++) {
		struct ex_json j = ex_json_key(root, sums[i].key);
		unsigned v;

		status = read_count(root, sums[i].key, &v);
		if (status == EX_OK && v != sums[i].want)
			status = ex_json_fail(&j, EX_ERR_FORMAT,
			    "is %u, the occupants listed make %u", v,
			    sums[i].want);
	}
	if (status == EX_OK && !complete.value)
		status = ex_json_fail(&complete, EX_ERR_FORMAT, "is missing");
	if (status == EX_OK)
		status = ex_json_bool(&complete, false, &flag);
	if (status == EX_OK && gap.value)
		status = read_count(root, "camera-gap", &c->frames_lost);
	if (status == EX_OK && printed.value)
		status = read_count(root, "printed", &c->printed);
	return status;
}

enum ex_status
ex_crossing_parse(
    const char *json, size_t n, struct ex_crossing *out, struct ex_error *err)
{
	static const char name[] = "crossing";
	struct ex_crossing c = { 0 };
	struct ex_json root;
	json_t *tree;
	enum ex_status status;

	memset(out, 0, sizeof *out);
	if (n > MAX_TEXT)
		return ex_fail(err, EX_ERR_TOO_LARGE, name,
		    "%zu bytes; at most %zu are read", n, MAX_TEXT);
	status = ex_json_parse(
	    name, (struct ex_bytes){ (const void *)json, n }, &tree, err);
	root = ex_json_root(name, tree, err);
	if (status == EX_OK)
		status = read_head(&root, &c);
	if (status == EX_OK)
		status = read_lists(&root, &c);
	if (status == EX_OK)
		status = read_unlisted(&root, &c);
	if (status == EX_OK)
		status = check_sum(&root, &c);
	if (status == EX_OK)
		*out = c;
	json_decref(tree);
	return status;
}
