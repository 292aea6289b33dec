/* SPDX-License-Identifier: Apache-2.0 */
/*
 * make_spool DIR RECIPIENT N BYTES LANE: N crossings with two pictures of BYTES
 * each, opened a second apart up to now, into a spool. For tests of delivery,
 * and of a hub.
 */
#include "exeunt/flow.h"

#include <stdlib.h>
#include <string.h>

static int
fail(const char *what, const struct ex_error *err)
{
	fprintf(stderr, "make_spool: %s: %s: %s\n", what, err->what, err->why);
	return 1;
}

static void
describe(struct ex_crossing *c, const char *lane, int64_t opened_ms)
{
	uint8_t chance[10];

	memset(c, 0, sizeof *c);
	if (ex_random(chance, sizeof chance) != EX_OK)
		abort();
	ex_ulid_make(opened_ms, chance, c->id);
	snprintf(c->lane, sizeof c->lane, "%s", lane);
	snprintf(c->vehicle, sizeof c->vehicle, "v%.8s", c->id + 10);
	c->opened_ms = opened_ms;
	c->closed_ms = opened_ms + 900;
	c->n_occupants = c->n_documents = 1;
	c->occupants[0] = (struct ex_occupant){ .n = 1,
		.verdict = EX_VERDICT_CONFIRMED,
		.similarity = 0.97,
		.fmr = 1e-5,
		.quality = 80,
		.frames_seen = 9,
		.frames_used = 4 };
	c->documents[0] = (struct ex_document){ .name = "documents/1.json",
		.verdict = EX_DOCUMENT_CONFIRMED,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P",
		.issuer = "UTO",
		.nationality = "UTO" };
	snprintf(c->documents[0].number, sizeof c->documents[0].number, "T%.8s",
	    c->id + 12);
}

static enum ex_status
put(struct ex_spool *s, const struct ex_recipient *to, const char *lane,
    int64_t opened_ms, struct ex_bytes jpeg, struct ex_error *err)
{
	const struct ex_picture pictures[] = { { "o1", jpeg }, { "d1", jpeg } };
	struct ex_crossing c;
	struct ex_blob envelope;
	enum ex_status status;

	describe(&c, lane, opened_ms);
	status = ex_envelope_seal(
	    to, &c, pictures, jpeg.size ? 2 : 0, "", &envelope, err);
	if (status == EX_OK)
		status = ex_spool_put(s, &envelope, err);
	ex_blob_free(&envelope);
	return status;
}

int
main(int argc, char **argv)
{
	struct ex_spool_options o = { 0 };
	struct ex_recipient to;
	struct ex_spool *s;
	struct ex_error err = { 0 };
	struct ex_blob jpeg = { 0 };
	int64_t n;

	if (argc != 6 ||
	    !ex_hex_parse(ex_string_bytes(argv[2]), to.bytes, sizeof to.bytes))
		return 2;
	o.dir = argv[1];
	n = atoll(argv[3]);
	jpeg.size = (size_t)atoll(argv[4]);
	jpeg.data = ex_calloc(jpeg.size + 4, 1);
	if (!jpeg.data || ex_random(jpeg.data, jpeg.size) != EX_OK)
		return 1;
	memcpy(jpeg.data, "\xff\xd8\xff\xe0", 4);
	if (ex_spool_open(&o, &s, &err) != EX_OK)
		return fail("open", &err);
	for (int64_t i = n; i > 0; i--)
		if (put(s, &to, argv[5], ex_clock_wall_ms() - i * 1000,
			ex_blob_bytes(&jpeg), &err) != EX_OK)
			return fail("put", &err);
	ex_spool_close(&s);
	ex_blob_free(&jpeg);
	return 0;
}
