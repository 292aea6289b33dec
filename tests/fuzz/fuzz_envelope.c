/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An envelope from outside, and what a lane that knows our key may have sealed
 * into one. The first byte says which the rest is: 0 an envelope, 1 a record, 2
 * the pictures beside a good record.
 */
#include <stdlib.h>
#include <string.h>

#include "exeunt/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD_SIZE (5 + 26 + 8 + 1 + 6) /* of the lane "lane-1" */

static struct ex_recipient_key key;

static void
need(bool promise)
{
	if (!promise)
		abort();
}

static const struct ex_crossing *
good_crossing(void)
{
	static struct ex_crossing c;
	static const uint8_t chance[10];

	if (c.id[0])
		return &c;
	c.opened_ms = 1767600000000;
	c.closed_ms = c.opened_ms + 3000;
	ex_ulid_make(c.opened_ms, chance, c.id);
	strcpy(c.lane, "lane-1");
	strcpy(c.vehicle, "v0001");
	c.n_documents = 1;
	c.documents[0] = (struct ex_document){ .name = "d1",
		.verdict = EX_DOCUMENT_CONFIRMED,
		.type = "P",
		.issuer = "UTO",
		.nationality = "UTO",
		.number = "L898902C3" };
	c.n_occupants = 1;
	c.occupants[0] = (struct ex_occupant){
		.n = 1, .verdict = EX_VERDICT_CONFIRMED, .similarity = 0.97
	};
	return &c;
}

/* What was opened is fit to be put, and is what the head says. */
static void
check_opened(const struct ex_envelope *e, const struct ex_envelope_head *head)
{
	const struct ex_crossing *c = &e->crossing;

	need(strcmp(c->id, head->crossing) == 0);
	need(strcmp(c->lane, head->lane) == 0);
	need(c->opened_ms == head->opened_ms);
	need(e->n_pictures <= EX_MAX_PICTURES);
	need(!c->opted_out || e->n_pictures == 0);
	for (size_t i = 0; i < e->n_pictures; i++) {
		const struct ex_picture *p = &e->pictures[i];

		need(p->jpeg.size >= 3 && p->jpeg.size <= EX_PICTURE_MOST);
		need(p->jpeg.data[0] == 0xff && p->jpeg.data[1] == 0xd8);
		for (size_t k = 0; k < i; k++)
			need(strcmp(p->name, e->pictures[k].name) != 0);
	}
	for (size_t i = 0; i < c->n_documents; i++)
		need(memchr(c->documents[i].number, '\0',
		    sizeof c->documents[i].number));
}

static void
try(struct ex_bytes envelope)
{
	static struct ex_envelope e;
	struct ex_envelope_head head, less;
	struct ex_error err = { 0 };
	struct ex_blob thin;
	bool seen = ex_envelope_peek(envelope, &head, &err) == EX_OK;
	enum ex_status status = ex_envelope_open(&key, envelope, &e, &err);

	need(status != EX_ERR_INTERNAL && (seen || status != EX_OK));
	if (status == EX_OK)
		check_opened(&e, &head);
	ex_envelope_fini(&e);
	for (unsigned c = 0; seen && c < 2; c++) {
		need(ex_envelope_drop(envelope, (enum ex_retention_class)c,
			 &thin, &err) == EX_OK);
		need(ex_envelope_peek(ex_blob_bytes(&thin), &less, &err) ==
		     EX_OK);
		need(less.parts == (head.parts & ~(1u << c)));
		ex_blob_free(&thin);
	}
}

/* `base` and one part more, sealed as a lane would. */
static struct ex_blob
with_part(struct ex_bytes base, uint8_t kind, struct ex_bytes plain)
{
	uint8_t about[HEAD_SIZE + 1], head[5];
	struct ex_blob sealed, out;

	memcpy(about, base.data, HEAD_SIZE);
	about[HEAD_SIZE] = kind;
	need(ex_seal_to(&key.recipient, ex_string_bytes("exeunt envelope 1"),
		 (struct ex_bytes){ about, sizeof about }, plain,
		 &sealed) == EX_OK);
	head[0] = kind;
	for (int i = 0; i < 4; i++)
		head[1 + i] = (uint8_t)(sealed.size >> (24 - 8 * i));
	out.size = base.size + sizeof head + sealed.size;
	out.data = malloc(out.size);
	need(out.data != NULL);
	memcpy(out.data, base.data, base.size);
	memcpy(out.data + base.size, head, sizeof head);
	memcpy(out.data + base.size + sizeof head, sealed.data, sealed.size);
	ex_blob_free(&sealed);
	return out;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct ex_key secret = { { 7 } };
	struct ex_bytes rest = { data + 1, size - 1 };
	struct ex_blob good, made;

	if (size == 0)
		return 0;
	need(ex_recipient_key_of(&secret, &key) == EX_OK);
	if (data[0] == 0) {
		try(rest);
		return 0;
	}
	need(ex_envelope_seal(&key.recipient, good_crossing(), NULL, 0, "",
		 &good, NULL) == EX_OK);
	made =
	    data[0] == 1
		? with_part((struct ex_bytes){ good.data, HEAD_SIZE }, 0, rest)
		: with_part(ex_blob_bytes(&good), 2, rest);
	try(ex_blob_bytes(&made));
	ex_blob_free(&made);
	ex_blob_free(&good);
	return 0;
}
