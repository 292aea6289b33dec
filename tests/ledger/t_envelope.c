/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane seals, a spool thins out and a hub opens. */
#include "picture.h"
#include "sample.h"

static struct ex_recipient_key hub, other;
static struct picture_bytes bytes[4];
static struct ex_picture pictures[4];

/* Of sample k: the second document and so occupant 1 are a citizen's. */
static void
crossing_of(struct ex_crossing *c, unsigned k)
{
	sample_crossing(c, k);
	strcpy(c->documents[1].nationality, "QZX");
	c->occupants[2].nearest = 3;
	c->occupants[2].similarity = 0.5;
	c->occupants[2].fmr = 0.25;
	c->documents[2].verdict = EX_DOCUMENT_HOLDER_NOT_SEEN;
	c->documents[2].mrz_check = EX_CHECK_PASSED;
	strcpy(c->documents[2].nationality, "UTO");
	strcpy(c->documents[2].number, SAMPLE_NUMBER "9999");
}

static struct ex_blob
seal(const struct ex_crossing *c, size_t n, const char *host)
{
	struct ex_blob out;
	struct ex_error err = { 0 };

	if (ex_envelope_seal(
		&hub.recipient, c, pictures, n, host, &out, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return out;
}

static void
what_a_lane_seals_the_hub_opens(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static struct ex_envelope e;
	struct ex_blob sealed;

	crossing_of(&c, 7);
	sealed = seal(&c, 4, "QZX");
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&sealed), &e, NULL), EX_OK);
	assert_string_equal(e.crossing.id, c.id);
	assert_string_equal(e.crossing.lane, c.lane);
	assert_int_equal(e.crossing.n_occupants, 3);
	assert_int_equal(e.crossing.occupants[2].nearest, 3);
	for (size_t i = 0; i < c.n_documents; i++) {
		const struct ex_document *d = &e.crossing.documents[i];

		assert_string_equal(d->type, c.documents[i].type);
		assert_string_equal(d->issuer, c.documents[i].issuer);
		assert_string_equal(d->number, c.documents[i].number);
		assert_string_equal(d->nationality, c.documents[i].nationality);
	}
	/* No path of a frame or a document leaves the lane. */
	assert_string_equal(e.crossing.documents[0].name, "d1");
	assert_string_equal(e.crossing.occupants[0].best_frame, "");
	assert_int_equal(e.n_pictures, 4);
	for (size_t i = 0; i < 4; i++)
		for (size_t k = 0; k < 4; k++)
			if (strcmp(e.pictures[i].name, pictures[k].name) == 0)
				assert_true(picture_same(
				    e.pictures[i].jpeg, pictures[k].jpeg));
	ex_envelope_fini(&e);
	assert_null(e.plain[0].data);
	ex_blob_free(&sealed);
}

/* (L18) */
static void
nothing_of_a_person_is_in_clear(void **state)
{
	(void)state;
	static struct ex_crossing c;
	struct ex_blob sealed;

	crossing_of(&c, 7);
	sealed = seal(&c, 4, "QZX");
	assert_non_null(
	    memmem(sealed.data, sealed.size, c.id, EX_ULID_SIZE - 1));
	assert_null(memmem(sealed.data, sealed.size, SAMPLE_NUMBER, 8));
	assert_null(memmem(
	    sealed.data, sealed.size, PICTURE_MARK, sizeof PICTURE_MARK - 1));
	assert_null(memmem(sealed.data, sealed.size, "v0007", 5));
	assert_null(memmem(sealed.data, sealed.size, "confirmed", 9));
	ex_blob_free(&sealed);
}

/* (L18) */
static void
only_the_hub_opens_it_and_only_unchanged(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static struct ex_envelope e;
	struct ex_blob sealed;

	crossing_of(&c, 7);
	sealed = seal(&c, 1, "");
	assert_int_equal(
	    ex_envelope_open(&other, ex_blob_bytes(&sealed), &e, NULL),
	    EX_ERR_FORMAT);
	for (size_t i = 0; i < sealed.size; i += i < 600 ? 1 : 97) {
		enum ex_status status;

		sealed.data[i] ^= 0x01;
		status =
		    ex_envelope_open(&hub, ex_blob_bytes(&sealed), &e, NULL);
		if (status != EX_ERR_FORMAT && status != EX_ERR_TRUNCATED)
			fail_msg("byte %zu changed: %d", i, status);
		assert_null(e.plain[0].data);
		assert_int_equal(e.crossing.id[0], '\0');
		sealed.data[i] ^= 0x01;
	}
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&sealed), &e, NULL), EX_OK);
	ex_envelope_fini(&e);
	ex_blob_free(&sealed);
}

static void
the_head_is_seen_without_a_key_and_cut_ones_are_refused(void **state)
{
	(void)state;
	static struct ex_crossing c;
	struct ex_envelope_head head;
	struct ex_blob sealed;
	size_t whole = 0;

	crossing_of(&c, 7);
	sealed = seal(&c, 4, "QZX");
	assert_int_equal(
	    ex_envelope_peek(ex_blob_bytes(&sealed), &head, NULL), EX_OK);
	assert_string_equal(head.crossing, c.id);
	assert_string_equal(head.lane, c.lane);
	assert_int_equal(head.opened_ms, c.opened_ms);
	assert_int_equal(head.parts,
	    1u << EX_RETAIN_CITIZEN_PICTURE | 1u << EX_RETAIN_PICTURE);
	for (size_t n = 0; n < sealed.size; n++) {
		enum ex_status status = ex_envelope_peek(
		    (struct ex_bytes){ sealed.data, n }, &head, NULL);

		/* Between two parts it is one without the second. */
		whole += status == EX_OK;
		if (status != EX_OK)
			assert_int_equal(status, EX_ERR_TRUNCATED);
	}
	assert_int_equal(whole, 2);
	ex_blob_free(&sealed);
}

static size_t
open_and_count(struct ex_bytes sealed, const char *not_this)
{
	static struct ex_envelope e;
	size_t n;

	assert_int_equal(ex_envelope_open(&hub, sealed, &e, NULL), EX_OK);
	for (size_t i = 0; i < e.n_pictures; i++)
		assert_string_not_equal(e.pictures[i].name, not_this);
	n = e.n_pictures;
	ex_envelope_fini(&e);
	return n;
}

static void
a_spool_drops_a_class_without_a_key(void **state)
{
	(void)state;
	static struct ex_crossing c;
	struct ex_envelope_head head;
	struct ex_blob sealed, less, none;

	crossing_of(&c, 7);
	sealed = seal(&c, 4, "QZX");
	assert_int_equal(ex_envelope_drop(ex_blob_bytes(&sealed),
			     EX_RETAIN_CITIZEN_PICTURE, &less, NULL),
	    EX_OK);
	assert_true(less.size < sealed.size);
	assert_int_equal(
	    ex_envelope_peek(ex_blob_bytes(&less), &head, NULL), EX_OK);
	assert_int_equal(head.parts, 1u << EX_RETAIN_PICTURE);
	/* o1 was confirmed with the citizen's document, d2. */
	assert_int_equal(open_and_count(ex_blob_bytes(&less), "o1"), 2);
	assert_int_equal(open_and_count(ex_blob_bytes(&less), "d2"), 2);
	assert_int_equal(ex_envelope_drop(ex_blob_bytes(&less),
			     EX_RETAIN_PICTURE, &none, NULL),
	    EX_OK);
	assert_int_equal(open_and_count(ex_blob_bytes(&none), ""), 0);
	ex_blob_free(&less);
	assert_int_equal(ex_envelope_drop(ex_blob_bytes(&none),
			     EX_RETAIN_PICTURE, &less, NULL),
	    EX_OK);
	assert_int_equal(less.size, none.size);
	ex_blob_free(&none);
	ex_blob_free(&less);
	ex_blob_free(&sealed);
}

/* Parts of two envelopes of one lane, put together anew. */
static void
a_part_does_not_move_to_another_crossing(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static struct ex_envelope e;
	struct ex_blob a, b, none;
	const uint8_t chance[10] = { 1 };
	size_t head, start;

	crossing_of(&c, 7);
	a = seal(&c, 1, "");
	ex_ulid_make(c.opened_ms, chance, c.id);
	b = seal(&c, 1, "");
	/* Same sizes, so that the parts begin at the same place. */
	assert_int_equal(a.size, b.size);
	assert_int_equal(
	    ex_envelope_drop(ex_blob_bytes(&b), EX_RETAIN_PICTURE, &none, NULL),
	    EX_OK);
	start = none.size;
	head = 5 + 26 + 8 + 1 + strlen(c.lane);
	memcpy(a.data + start, b.data + start, a.size - start);
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&a), &e, NULL), EX_ERR_FORMAT);
	/* Nor a record, nor under another head. */
	memcpy(a.data + head, b.data + head, a.size - head);
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&a), &e, NULL), EX_ERR_FORMAT);
	memcpy(a.data, b.data, head);
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&a), &e, NULL), EX_OK);
	ex_envelope_fini(&e);
	ex_blob_free(&none);
	ex_blob_free(&a);
	ex_blob_free(&b);
}

static void
an_opted_out_vehicle_has_no_picture_and_no_people(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static struct ex_envelope e;
	struct ex_blob sealed = { 0 };

	crossing_of(&c, 7);
	c.opted_out = true;
	assert_int_equal(ex_envelope_seal(&hub.recipient, &c, pictures, 1, "",
			     &sealed, NULL),
	    EX_ERR_INPUT);
	assert_null(sealed.data);
	sealed = seal(&c, 0, "");
	assert_int_equal(
	    ex_envelope_open(&hub, ex_blob_bytes(&sealed), &e, NULL), EX_OK);
	assert_true(e.crossing.opted_out);
	assert_int_equal(e.crossing.n_occupants, 0);
	assert_int_equal(e.crossing.n_documents, 0);
	ex_envelope_fini(&e);
	ex_blob_free(&sealed);
}

static void
what_could_not_be_opened_is_not_sealed(void **state)
{
	(void)state;
	static struct ex_crossing c;
	struct ex_recipient zero = { { 0 } };
	struct ex_blob sealed;
	struct ex_picture bad[2] = { pictures[0], pictures[0] };

	crossing_of(&c, 7);
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, bad, 2, "", &sealed, NULL),
	    EX_ERR_INPUT);
	strcpy(bad[1].name, "o4");
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, bad, 2, "", &sealed, NULL),
	    EX_ERR_INPUT);
	strcpy(bad[1].name, "d4");
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, bad, 2, "", &sealed, NULL),
	    EX_ERR_INPUT);
	strcpy(bad[1].name, "o2");
	bad[1].jpeg = ex_string_bytes("GIF89a");
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, bad, 2, "", &sealed, NULL),
	    EX_ERR_INPUT);
	bad[1].jpeg = (struct ex_bytes){ bytes[0].data, EX_PICTURE_MOST + 1 };
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, bad, 2, "", &sealed, NULL),
	    EX_ERR_TOO_LARGE);
	assert_int_equal(
	    ex_envelope_seal(&zero, &c, NULL, 0, "", &sealed, NULL),
	    EX_ERR_USAGE);
	strcpy(c.documents[0].number, "with blank");
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, NULL, 0, "", &sealed, NULL),
	    EX_ERR_INPUT);
	crossing_of(&c, 7);
	c.opened_ms++;
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, NULL, 0, "", &sealed, NULL),
	    EX_ERR_INPUT);
	crossing_of(&c, 7);
	c.lane[0] = '\0';
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, NULL, 0, "", &sealed, NULL),
	    EX_ERR_INPUT);
	assert_null(sealed.data);
}

static void
an_envelope_has_a_limit(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static uint8_t jpeg[EX_PICTURE_MOST] = { 0xff, 0xd8, 0xff, 0xdb };
	static struct ex_picture many[17];
	struct ex_envelope_head head;
	struct ex_blob sealed;
	struct ex_bytes large = { calloc(1, EX_ENVELOPE_MOST + 1),
		EX_ENVELOPE_MOST + 1 };

	crossing_of(&c, 7);
	c.n_documents = 17;
	c.n_occupants = 0;
	for (unsigned i = 0; i < 17; i++) {
		c.documents[i] = c.documents[2];
		snprintf(many[i].name, sizeof many[i].name, "d%u", i + 1);
		many[i].jpeg = (struct ex_bytes){ jpeg, sizeof jpeg };
	}
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, many, 17, "", &sealed, NULL),
	    EX_ERR_TOO_LARGE);
	assert_int_equal(
	    ex_envelope_seal(&hub.recipient, &c, many, 15, "", &sealed, NULL),
	    EX_OK);
	ex_blob_free(&sealed);
	assert_int_equal(
	    ex_envelope_peek(large, &head, NULL), EX_ERR_TOO_LARGE);
	free((void *)large.data);
}

static void
out_of_memory_leaves_nothing(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static struct ex_envelope e;
	struct ex_blob sealed, whole, less;
	enum ex_status status;
	long n, seals = 0, opens = 0;

	crossing_of(&c, 7);
	for (n = 0;; n++, seals++) {
		ex_calloc_fail_after(n);
		status = ex_envelope_seal(
		    &hub.recipient, &c, pictures, 4, "QZX", &whole, NULL);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		assert_null(whole.data);
	}
	for (n = 0;; n++, opens++) {
		ex_calloc_fail_after(n);
		status =
		    ex_envelope_open(&hub, ex_blob_bytes(&whole), &e, NULL);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		assert_null(e.plain[0].data);
	}
	ex_envelope_fini(&e);
	assert_true(seals > 5 && opens >= 3);
	sealed = seal(&c, 4, "QZX");
	ex_calloc_fail_after(0);
	assert_int_equal(ex_envelope_drop(ex_blob_bytes(&sealed),
			     EX_RETAIN_PICTURE, &less, NULL),
	    EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_null(less.data);
	ex_blob_free(&sealed);
	ex_blob_free(&whole);
}

static int
make_keys(void **state)
{
	static const char *const names[] = { "o1", "o3", "d1", "d2" };

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		pictures[i] = picture_make(&bytes[i], names[i], i);
	return ex_recipient_key_make(&hub) || ex_recipient_key_make(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_lane_seals_the_hub_opens),
		cmocka_unit_test(nothing_of_a_person_is_in_clear),
		cmocka_unit_test(only_the_hub_opens_it_and_only_unchanged),
		cmocka_unit_test(
		    the_head_is_seen_without_a_key_and_cut_ones_are_refused),
		cmocka_unit_test(a_spool_drops_a_class_without_a_key),
		cmocka_unit_test(a_part_does_not_move_to_another_crossing),
		cmocka_unit_test(
		    an_opted_out_vehicle_has_no_picture_and_no_people),
		cmocka_unit_test(what_could_not_be_opened_is_not_sealed),
		cmocka_unit_test(an_envelope_has_a_limit),
		cmocka_unit_test(out_of_memory_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, make_keys, NULL);
}
