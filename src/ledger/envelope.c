/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An envelope, in bytes, numbers big endian:
 *
 *   "EXEN" 1                        what it is, and its version
 *   crossing (26) opened_ms (8)     the head, in clear
 *   size (1) lane
 *   kind (1) size (4) sealed        the record (0), then pictures by class
 *                                   (1 + class), each kind once, rising
 *
 * A part is sealed by HPKE about the head and its kind, so that none can move
 * to another envelope or another place (L18). A part of pictures can be taken
 * out by who has no key: that is how a spool forgets them on time.
 *
 *   record    size (4) JSON, then size (1) number of each document
 *   pictures  of each: size (1) name, size (4) JPEG
 */
#include "pictures.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define KINDS     3 /* the record, two classes of pictures */
#define HEAD_MOST (5 + EX_ULID_SIZE - 1 + 8 + 1 + EX_MAX_NAME)
#define PART_HEAD 5

static const char magic[5] = { 'E', 'X', 'E', 'N', 1 };
static const char protocol[] = "exeunt envelope 1";
static const char envelope_name[] = "envelope";

static_assert(EX_RETAIN_CITIZEN_PICTURE == 0 && EX_RETAIN_PICTURE == 1,
    "kinds of parts are 1 + class");

/* ---- bytes out: the room is counted before ----------------------------- */

struct out {
	uint8_t *data;
	size_t size, room;
};

static void
put(struct out *o, const void *data, size_t n)
{
	assert(n <= o->room - o->size);
	if (n)
		memcpy(o->data + o->size, data, n);
	o->size += n;
}

static void
put_number(struct out *o, uint64_t v, unsigned bytes)
{
	while (bytes-- > 0) {
		uint8_t b = (uint8_t)(v >> 8 * bytes);

		put(o, &b, 1);
	}
}

static void
put_short(struct out *o, const char *text)
{
	size_t n = strlen(text);

	put_number(o, n, 1);
	put(o, text, n);
}

static bool
out_init(struct out *o, size_t room)
{
	*o = (struct out){ ex_calloc(room, 1), 0, room };
	return o->data != NULL;
}

/* It may have held a number or a picture. */
static void
out_fini(struct out *o)
{
	if (o->data)
		ex_wipe(o->data, o->room);
	free(o->data);
	*o = (struct out){ 0 };
}

/* ---- sealing ----------------------------------------------------------- */

static void
put_head(struct out *o, const struct ex_crossing *c)
{
	put(o, magic, sizeof magic);
	put(o, c->id, EX_ULID_SIZE - 1);
	put_number(o, (uint64_t)c->opened_ms, 8);
	put_short(o, c->lane);
}

/* What of a crossing leaves the lane: no path of a frame or a document. */
static void
strip(const struct ex_crossing *c, struct ex_crossing *to)
{
	*to = *c;
	for (size_t i = 0; i < to->n_occupants; i++)
		ex_wipe(to->occupants[i].best_frame,
		    sizeof to->occupants[i].best_frame);
	for (size_t i = 0; i < to->n_documents; i++)
		snprintf(to->documents[i].name, sizeof to->documents[i].name,
		    "d%zu", i + 1);
	if (to->opted_out)
		to->n_occupants = to->n_documents = 0;
}

/* The JSON, once it is sure that who opens it will take it. */
static enum ex_status
crossing_text(
    const struct ex_crossing *c, char **json, size_t *n, struct ex_error *err)
{
	struct ex_crossing *copy = ex_calloc(2, sizeof *copy);
	enum ex_status status = EX_ERR_NOMEM;

	*json = NULL;
	if (copy) {
		strip(c, copy);
		*json = ex_crossing_json(copy);
	}
	if (!*json) {
		status = ex_fail(err, EX_ERR_NOMEM, envelope_name, NULL);
	} else {
		*n = strlen(*json);
		status = ex_crossing_parse(*json, *n, copy + 1, err);
	}
	if (copy)
		ex_wipe(copy, 2 * sizeof *copy);
	free(copy);
	if (status == EX_ERR_FORMAT)
		status = EX_ERR_INPUT;
	return status;
}

/* As of an MRZ. */
static bool
is_number(const char *s)
{
	return s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<")] == '\0';
}

static enum ex_status
pack_record(const struct ex_crossing *c, struct out *o, struct ex_error *err)
{
	size_t documents = c->opted_out ? 0 : c->n_documents, n = 0;
	int64_t made_ms;
	char *json;
	enum ex_status status = crossing_text(c, &json, &n, err);

	for (size_t i = 0; status == EX_OK && i < documents; i++)
		if (!is_number(c->documents[i].number))
			status = ex_fail(err, EX_ERR_INPUT, envelope_name,
			    "documents[%zu]: its number is none", i);
	if (status == EX_OK &&
	    (!ex_ulid_time(c->id, &made_ms) || made_ms != c->opened_ms))
		status = ex_fail(err, EX_ERR_INPUT, envelope_name,
		    "opened: is not the time of the crossing's id");
	if (status == EX_OK &&
	    !out_init(o, 4 + n + documents * (1 + sizeof c->documents->number)))
		status = ex_fail(err, EX_ERR_NOMEM, envelope_name, NULL);
	if (status == EX_OK) {
		put_number(o, n, 4);
		put(o, json, n);
		for (size_t i = 0; i < documents; i++)
			put_short(o, c->documents[i].number);
	}
	free(json);
	return status;
}

/* The pictures of one class; nothing where there are none. */
static enum ex_status
pack_pictures(const struct ex_crossing *c, const struct ex_picture pictures[],
    size_t n, const char *host, enum ex_retention_class class, struct out *o,
    struct ex_error *err)
{
	size_t room = 0;

	for (size_t i = 0; i < n; i++)
		if (ex_picture_class(c, pictures[i].name, host) == class)
			room += 1 + EX_PICTURE_NAME_SIZE + 4 +
				pictures[i].jpeg.size;
	if (room == 0)
		return EX_OK;
	if (!out_init(o, room))
		return ex_fail(err, EX_ERR_NOMEM, envelope_name, NULL);
	for (size_t i = 0; i < n; i++) {
		const struct ex_picture *p = &pictures[i];

		if (ex_picture_class(c, p->name, host) != class)
			continue;
		put_short(o, p->name);
		put_number(o, p->jpeg.size, 4);
		put(o, p->jpeg.data, p->jpeg.size);
	}
	return EX_OK;
}

/* What a part is sealed about: the head and its kind. */
static struct ex_bytes
about_part(struct ex_bytes head, unsigned kind, uint8_t text[HEAD_MOST + 1])
{
	assert(head.size <= HEAD_MOST);
	memcpy(text, head.data, head.size);
	text[head.size] = (uint8_t)kind;
	return (struct ex_bytes){ text, head.size + 1 };
}

static enum ex_status
seal_part(const struct ex_recipient *to, struct ex_bytes head, unsigned kind,
    const struct out *plain, struct ex_blob *sealed, struct ex_error *err)
{
	uint8_t about[HEAD_MOST + 1];
	enum ex_status status;

	if (!plain->data)
		return EX_OK;
	status = ex_seal_to(to, ex_string_bytes(protocol),
	    about_part(head, kind, about),
	    (struct ex_bytes){ plain->data, plain->size }, sealed);
	if (status == EX_ERR_FORMAT)
		return ex_fail(err, EX_ERR_USAGE, "recipient",
		    "is not a key that can be sealed to");
	return status == EX_OK ? EX_OK
			       : ex_fail(err, status, envelope_name, NULL);
}

static enum ex_status
join(struct ex_bytes head, const struct ex_blob parts[KINDS],
    struct ex_blob *out, struct ex_error *err)
{
	size_t size = head.size;
	struct out o;

	for (unsigned i = 0; i < KINDS; i++)
		size += parts[i].data ? PART_HEAD + parts[i].size : 0;
	if (size > EX_ENVELOPE_MOST)
		return ex_fail(err, EX_ERR_TOO_LARGE, envelope_name,
		    "%zu bytes; at most %d are sent", size, EX_ENVELOPE_MOST);
	if (!out_init(&o, size))
		return ex_fail(err, EX_ERR_NOMEM, envelope_name, NULL);
	put(&o, head.data, head.size);
	for (unsigned i = 0; i < KINDS; i++) {
		if (!parts[i].data)
			continue;
		put_number(&o, i, 1);
		put_number(&o, parts[i].size, 4);
		put(&o, parts[i].data, parts[i].size);
	}
	*out = (struct ex_blob){ o.data, o.size };
	return EX_OK;
}

enum ex_status
ex_envelope_seal(const struct ex_recipient *to, const struct ex_crossing *c,
    const struct ex_picture pictures[], size_t n_pictures, const char *host,
    struct ex_blob *out, struct ex_error *err)
{
	uint8_t text[HEAD_MOST];
	struct out head = { text, 0, sizeof text }, plain[KINDS] = { { 0 } };
	struct ex_blob sealed[KINDS] = { { 0 } };
	enum ex_status status = ex_pictures_check(c, pictures, n_pictures, err);

	*out = (struct ex_blob){ 0 };
	if (status == EX_OK)
		status = pack_record(c, &plain[0], err);
	for (unsigned k = 1; status == EX_OK && k < KINDS; k++)
		status = pack_pictures(c, pictures, n_pictures, host,
		    (enum ex_retention_class)(k - 1), &plain[k], err);
	if (status == EX_OK)
		put_head(&head, c);
	for (unsigned k = 0; status == EX_OK && k < KINDS; k++)
		status = seal_part(to, (struct ex_bytes){ text, head.size }, k,
		    &plain[k], &sealed[k], err);
	if (status == EX_OK)
		status = join(
		    (struct ex_bytes){ text, head.size }, sealed, out, err);
	for (unsigned k = 0; k < KINDS; k++) {
		out_fini(&plain[k]);
		ex_blob_free(&sealed[k]);
	}
	return status;
}

/* ---- looking ----------------------------------------------------------- */

struct view {
	struct ex_envelope_head head;
	struct ex_bytes clear, parts[KINDS]; /* sealed; NULL: not there */
};

static enum ex_status
cut_short(struct ex_error *err)
{
	return ex_fail(err, EX_ERR_TRUNCATED, envelope_name, NULL);
}

static enum ex_status
not_one(const char *why, struct ex_error *err)
{
	return ex_fail(err, EX_ERR_FORMAT, envelope_name, "%s", why);
}

static enum ex_status
take_head(struct ex_bytes *in, struct ex_envelope_head *h, struct ex_error *err)
{
	char start[sizeof magic];
	uint32_t high, low;
	int64_t made_ms;
	uint8_t size;

	if (!ex_bytes_copy(in, start, sizeof start))
		return cut_short(err);
	if (memcmp(start, magic, sizeof magic) != 0)
		return not_one("is none that this program reads", err);
	if (!ex_bytes_copy(in, h->crossing, EX_ULID_SIZE - 1) ||
	    !ex_bytes_be32(in, &high) || !ex_bytes_be32(in, &low) ||
	    !ex_bytes_u8(in, &size) || !ex_bytes_copy(in, h->lane, size))
		return cut_short(err);
	h->opened_ms = (int64_t)((uint64_t)high << 32 | low);
	if (!ex_ulid_time(h->crossing, &made_ms))
		return not_one("crossing: is not a ULID", err);
	if (made_ms != h->opened_ms)
		return not_one("opened: is not the time of the id", err);
	if (size == 0 || strlen(h->lane) != size)
		return not_one("lane: is no name", err);
	return EX_OK;
}

static enum ex_status
take_parts(struct ex_bytes *in, struct view *v, struct ex_error *err)
{
	unsigned next = 0;

	while (in->size > 0) {
		uint8_t kind = 0;
		uint32_t size;

		if (!ex_bytes_u8(in, &kind) || !ex_bytes_be32(in, &size))
			return cut_short(err);
		if (kind < next || kind >= KINDS || (next == 0 && kind != 0))
			return not_one("its parts are not in order", err);
		if (!ex_bytes_take(in, size, &v->parts[kind]))
			return cut_short(err);
		if (size < EX_SEAL_TO_EXTRA)
			return not_one("a part is too short", err);
		next = kind + 1u;
		if (kind > 0)
			v->head.parts |= 1u << (kind - 1);
	}
	return next > 0 ? EX_OK : cut_short(err);
}

static enum ex_status
look(struct ex_bytes envelope, struct view *v, struct ex_error *err)
{
	struct ex_bytes in = envelope;
	enum ex_status status;

	memset(v, 0, sizeof *v);
	if (envelope.size > EX_ENVELOPE_MOST)
		return ex_fail(err, EX_ERR_TOO_LARGE, envelope_name,
		    "%zu bytes; at most %d are read", envelope.size,
		    EX_ENVELOPE_MOST);
	status = take_head(&in, &v->head, err);
	if (status != EX_OK)
		return status;
	v->clear = (struct ex_bytes){ envelope.data, envelope.size - in.size };
	return take_parts(&in, v, err);
}

enum ex_status
ex_envelope_peek(struct ex_bytes envelope, struct ex_envelope_head *out,
    struct ex_error *err)
{
	struct view v;
	enum ex_status status = look(envelope, &v, err);

	memset(out, 0, sizeof *out);
	if (status == EX_OK)
		*out = v.head;
	return status;
}

enum ex_status
ex_envelope_drop(struct ex_bytes envelope, enum ex_retention_class c,
    struct ex_blob *out, struct ex_error *err)
{
	struct ex_blob parts[KINDS] = { { 0 } };
	struct view v;
	enum ex_status status = look(envelope, &v, err);

	*out = (struct ex_blob){ 0 };
	if (status != EX_OK)
		return status;
	for (unsigned k = 0; k < KINDS; k++)
		if (k == 0 || k - 1 != (unsigned)c)
			parts[k] = (struct ex_blob){ (uint8_t *)v.parts[k].data,
				v.parts[k].size };
	return join(v.clear, parts, out, err);
}

/* ---- opening ----------------------------------------------------------- */

static enum ex_status
open_part(const struct ex_recipient_key *key, const struct view *v,
    unsigned kind, struct ex_blob *out, struct ex_error *err)
{
	uint8_t about[HEAD_MOST + 1];
	enum ex_status status;

	if (!v->parts[kind].data)
		return EX_OK;
	status = ex_unseal_from(key, ex_string_bytes(protocol),
	    about_part(v->clear, kind, about), v->parts[kind], out);
	if (status == EX_ERR_FORMAT)
		return not_one(
		    "is not sealed to this hub, or was changed", err);
	return status == EX_OK ? EX_OK
			       : ex_fail(err, status, envelope_name, NULL);
}

/* The numbers that the JSON leaves out. */
static enum ex_status
take_numbers(struct ex_bytes *in, struct ex_crossing *c, struct ex_error *err)
{
	for (size_t i = 0; i < c->n_documents; i++) {
		struct ex_document *d = &c->documents[i];
		uint8_t size;

		if (!ex_bytes_u8(in, &size))
			return cut_short(err);
		if (size >= sizeof d->number)
			return not_one("a document's number is too long", err);
		if (!ex_bytes_copy(in, d->number, size))
			return cut_short(err);
		if (strlen(d->number) != size || !is_number(d->number))
			return not_one("a document's number is none", err);
	}
	return in->size == 0 ? EX_OK : not_one("has more than its record", err);
}

static enum ex_status
take_record(struct ex_bytes in, const struct ex_envelope_head *head,
    struct ex_crossing *c, struct ex_error *err)
{
	struct ex_bytes json;
	uint32_t size;
	enum ex_status status;

	if (!ex_bytes_be32(&in, &size) || !ex_bytes_take(&in, size, &json))
		return cut_short(err);
	status = ex_crossing_parse((const char *)json.data, json.size, c, err);
	if (status == EX_OK)
		status = take_numbers(&in, c, err);
	if (status == EX_OK && (strcmp(c->id, head->crossing) != 0 ||
				   strcmp(c->lane, head->lane) != 0 ||
				   c->opened_ms != head->opened_ms))
		status = not_one("is about another crossing than it says", err);
	return status;
}

static enum ex_status
take_pictures(struct ex_bytes in, struct ex_envelope *e, struct ex_error *err)
{
	while (in.size > 0) {
		struct ex_picture p = { 0 };
		uint32_t bytes;
		uint8_t size;

		if (e->n_pictures == EX_MAX_PICTURES)
			return not_one("has too many pictures", err);
		if (!ex_bytes_u8(&in, &size))
			return cut_short(err);
		if (size >= sizeof p.name)
			return not_one("a picture's name is none", err);
		if (!ex_bytes_copy(&in, p.name, size) ||
		    !ex_bytes_be32(&in, &bytes) ||
		    !ex_bytes_take(&in, bytes, &p.jpeg))
			return cut_short(err);
		e->pictures[e->n_pictures++] = p;
	}
	return EX_OK;
}

/* (L18) */
enum ex_status
ex_envelope_open(const struct ex_recipient_key *key, struct ex_bytes envelope,
    struct ex_envelope *out, struct ex_error *err)
{
	struct view v;
	enum ex_status status = look(envelope, &v, err);

	memset(out, 0, sizeof *out);
	for (unsigned k = 0; status == EX_OK && k < KINDS; k++)
		status = open_part(key, &v, k, &out->plain[k], err);
	if (status == EX_OK)
		status = take_record(ex_blob_bytes(&out->plain[0]), &v.head,
		    &out->crossing, err);
	for (unsigned k = 1; status == EX_OK && k < KINDS; k++)
		status = take_pictures(ex_blob_bytes(&out->plain[k]), out, err);
	if (status == EX_OK)
		status = ex_pictures_check(
		    &out->crossing, out->pictures, out->n_pictures, err);
	if (status != EX_OK)
		ex_envelope_fini(out);
	return status;
}

void
ex_envelope_fini(struct ex_envelope *e)
{
	for (unsigned k = 0; k < KINDS; k++) {
		if (e->plain[k].data)
			ex_wipe(e->plain[k].data, e->plain[k].size);
		ex_blob_free(&e->plain[k]);
	}
	ex_wipe(e, sizeof *e);
}
