/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static struct ex_error err;

/* One confirmed, one for the officer; two documents. */
static struct ex_crossing
example(void)
{
	struct ex_crossing c = { .id = "01ARYZ6S410000000000000000",
		.lane = "demo-1",
		.vehicle = "v0001",
		.opened_ms = 1767600000000,
		.closed_ms = 1767600003100,
		.n_occupants = 2,
		.n_documents = 2 };

	c.occupants[0] = (struct ex_occupant){ .n = 1,
		.seat = EX_SEAT_FRONT_LEFT,
		.verdict = EX_VERDICT_CONFIRMED,
		.document = 0,
		.similarity = 0.961,
		.fmr = 2.1e-5,
		.quality = 71,
		.frames_seen = 31,
		.frames_used = 4,
		.best_frame = "v0001/0031.jpg",
		.best_box = { 410, 220.25f, 96, 96.5f } };
	c.occupants[1] = (struct ex_occupant){ .n = 2,
		.seat = EX_SEAT_REAR_RIGHT,
		.verdict = EX_VERDICT_OFFICER,
		.cause = EX_CAUSE_GLARE,
		.document = -1,
		.fmr = 1,
		.quality = 12,
		.frames_seen = 9 };
	c.documents[0] = (struct ex_document){ .name = "documents/012.json",
		.verdict = EX_DOCUMENT_CONFIRMED,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P",
		.issuer = "UTO",
		.nationality = "UTO",
		.number = "L898902C3" };
	c.documents[1] = (struct ex_document){ .name = "documents/040.json",
		.verdict = EX_DOCUMENT_OFFICER,
		.cause = EX_CAUSE_DOCUMENT,
		.mrz_check = EX_CHECK_FAILED };
	return c;
}

#define EXAMPLE                                                                \
	"{\"crossing\":\"01ARYZ6S410000000000000000\",\"lane\":\"demo-1\","    \
	"\"direction\":\"out\",\"vehicle\":\"v0001\","                         \
	"\"opened\":\"2026-01-05T08:00:00.000Z\","                             \
	"\"closed\":\"2026-01-05T08:00:03.100Z\",\"occupants\":["              \
	"{\"n\":1,\"seat\":\"front-left\",\"verdict\":\"confirmed\","          \
	"\"document\":\"documents/012.json\",\"similarity\":0.9610,"           \
	"\"fmr\":2.1e-05,\"quality\":71,\"frames_seen\":31,"                   \
	"\"frames_used\":4,\"best\":{\"frame\":\"v0001/0031.jpg\","            \
	"\"box\":[410,220.25,96,96.5]}},"                                      \
	"{\"n\":2,\"seat\":\"rear-right\",\"verdict\":\"officer\","            \
	"\"cause\":\"glare\",\"quality\":12,\"frames_seen\":9,"                \
	"\"frames_used\":0}],\"documents\":["                                  \
	"{\"document\":\"documents/012.json\",\"verdict\":\"confirmed\","      \
	"\"checks\":{\"mrz\":\"passed\",\"portrait\":\"passed\"},"             \
	"\"type\":\"P\",\"issuer\":\"UTO\",\"nationality\":\"UTO\"},"          \
	"{\"document\":\"documents/040.json\",\"verdict\":\"officer\","        \
	"\"cause\":\"document\",\"checks\":{\"mrz\":\"failed\","               \
	"\"portrait\":\"not-done\"}}],"                                        \
	"\"seen\":2,\"confirmed\":1,\"officer\":1,\"complete\":false}"

static void
prints_the_form_of_the_design(void **state)
{
	(void)state;
	struct ex_crossing c = example();
	char *json = ex_crossing_json(&c);

	assert_non_null(json);
	assert_string_equal(json, EXAMPLE);
	free(json);
}

static void
never_prints_a_document_number(void **state)
{
	(void)state;
	struct ex_crossing c = example();
	char *json = ex_crossing_json(&c);

	assert_null(strstr(json, "L898902C3"));
	assert_null(strstr(json, "number"));
	free(json);
}

/* Print `c`; does the text hold `part`? */
static bool
prints(const struct ex_crossing *c, const char *part)
{
	char *json = ex_crossing_json(c);
	bool found = strstr(json, part) != NULL;

	free(json);
	return found;
}

static void
an_fmr_is_never_printed_below_what_it_is(void **state)
{
	(void)state;
	struct ex_crossing c = example();
	static const struct {
		double fmr;
		const char *text;
	} cases[] = { { 0.0005, ":0.0005," }, { 2.1e-5, ":2.1e-05," },
		{ 1.2341e-7, ":1.24e-07," }, { 1.2349e-7, ":1.24e-07," },
		{ 1.23e-7, ":1.23e-07," }, { 0.9999, ":1," }, { 1, ":1," },
		{ 9.991e-4, ":0.001," }, { 0, ":0," } };

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		c.occupants[0].fmr = cases[i].fmr;
		if (!prints(&c, cases[i].text))
			fail_msg("%g is not printed as %s", cases[i].fmr,
			    cases[i].text);
	}
	assert_false(prints(&c, "fmr_at_most"));
	c.occupants[0].fmr = 3.5e-7;
	c.occupants[0].fmr_at_most = true;
	assert_true(prints(&c, "\"fmr_at_most\":3.5e-07"));
	assert_false(prints(&c, "\"fmr\""));
}

static void
lost_frames_are_a_camera_gap(void **state)
{
	(void)state;
	struct ex_crossing c = example();

	assert_false(prints(&c, "camera-gap"));
	c.frames_lost = 3;
	assert_true(prints(&c, "\"camera-gap\":3"));
}

static void
of_an_opted_out_vehicle_nothing_else_is_printed(void **state)
{
	(void)state;
	struct ex_crossing c = example(), back;
	char *json;

	c.opted_out = true;
	json = ex_crossing_json(&c);
	assert_non_null(strstr(json,
	    "\"occupants\":[],\"documents\":[],\"seen\":0,\"confirmed\":0,"
	    "\"officer\":0,\"complete\":false,\"opted_out\":true}"));
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	assert_true(back.opted_out);
	assert_int_equal(back.n_occupants, 0);
	free(json);
}

static void
complete_means_nobody_is_left(void **state)
{
	(void)state;
	struct ex_crossing c = example();

	assert_int_equal(ex_crossing_confirmed(&c), 1);
	assert_false(ex_crossing_complete(&c));
	c.n_occupants = 1;
	assert_true(ex_crossing_complete(&c));
	assert_true(prints(&c, "\"complete\":true"));
	c.opted_out = true;
	assert_false(ex_crossing_complete(&c));
	c.opted_out = false;
	/* The others by an officer's hand; those unlisted never are. */
	c.n_occupants = 2;
	assert_false(ex_crossing_complete(&c));
	c.occupants[1].handled = true;
	assert_true(ex_crossing_complete(&c));
	assert_true(prints(&c, ",\"handled\":true,"));
	assert_true(prints(&c, "\"complete\":true"));
	c.unlisted = 1;
	assert_false(ex_crossing_complete(&c));
	/* Somebody drove it, so a vehicle without a face is not done. */
	c = (struct ex_crossing){ 0 };
	assert_false(ex_crossing_complete(&c));
}

static void
who_was_handled_is_read_back(void **state)
{
	(void)state;
	struct ex_crossing c = example(), back;
	char *json;

	c.occupants[1].handled = true;
	json = ex_crossing_json(&c);
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	assert_false(back.occupants[0].handled);
	assert_true(back.occupants[1].handled);
	free(json);
	c.occupants[1].handled = false;
	assert_false(prints(&c, "handled"));
}

static void
hostile_names_are_escaped(void **state)
{
	(void)state;
	struct ex_crossing c = example(), back;
	char *json;

	/* A name cut in the middle of a character, quotes, an escape. */
	snprintf(c.vehicle, sizeof c.vehicle, "a\"b\\c\xc3");
	json = ex_crossing_json(&c);
	assert_non_null(strstr(json, "\"vehicle\":\"a\\\"b\\\\c\\ufffd\""));
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	free(json);
	snprintf(c.vehicle, sizeof c.vehicle,
	    "\x1b[2J\xed\xa0\x80\xf4\x90\x80\x80\xc0\xaf");
	assert_true(prints(&c, "\"\\u001b[2J\\ufffd"));
	c.occupants[0].similarity = 0.0 / 0.0;
	assert_true(prints(&c, "\"similarity\":null"));
}

static void
whom_the_list_has_no_room_for_is_the_officers(void **state)
{
	(void)state;
	struct ex_crossing c = example();

	c.n_occupants = 1; /* the confirmed one */
	assert_true(prints(
	    &c, "\"seen\":1,\"confirmed\":1,\"officer\":0,\"complete\":true}"));
	c.unlisted = 2;
	assert_int_equal(ex_crossing_seen(&c), 3);
	assert_false(ex_crossing_complete(&c));
	assert_true(prints(&c,
	    "\"seen\":3,\"confirmed\":1,\"officer\":2,\"complete\":false,"
	    "\"unlisted\":2}"));
	c.opted_out = true;
	assert_int_equal(ex_crossing_seen(&c), 0);
}

static void
what_is_printed_is_read_back(void **state)
{
	(void)state;
	struct ex_crossing c = example(), back;
	char *json;

	c.direction = EX_DIRECTION_IN;
	c.frames_lost = 2;
	c.printed = 1;
	c.unlisted = 3;
	c.occupants[0].best_box.w = 0.001f;
	c.occupants[0].document = 1;
	c.occupants[0].fmr_at_most = true;
	json = ex_crossing_json(&c);
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	assert_string_equal(back.id, c.id);
	assert_string_equal(back.lane, c.lane);
	assert_string_equal(back.vehicle, c.vehicle);
	assert_int_equal(back.direction, EX_DIRECTION_IN);
	assert_int_equal(back.opened_ms, c.opened_ms);
	assert_int_equal(back.closed_ms, c.closed_ms);
	assert_int_equal(back.frames_lost, 2);
	assert_int_equal(back.printed, 1);
	assert_int_equal(back.unlisted, 3);
	assert_int_equal(back.occupants[0].document, 1);
	assert_true(back.occupants[0].fmr_at_most);
	assert_int_equal(back.occupants[1].document, -1);
	assert_int_equal(back.occupants[1].cause, EX_CAUSE_GLARE);
	assert_string_equal(back.documents[0].number, "");
	char *again = ex_crossing_json(&back);
	assert_string_equal(again, json);
	free(again);
	free(json);
}

/* The second occupant was compared, and is most like the free document. */
static struct ex_crossing
compared(void)
{
	struct ex_crossing c = example();

	c.occupants[1].cause = EX_CAUSE_BELOW_THRESHOLD;
	c.occupants[1].nearest = 2;
	c.occupants[1].similarity = 0.8876;
	c.occupants[1].fmr = 0.012349;
	return c;
}

#define NEAREST                                                                \
	"\"cause\":\"below-threshold\",\"nearest\":\"documents/040.json\","    \
	"\"similarity\":0.8876,\"fmr\":0.0124,"

static void
the_nearest_document_is_printed_and_read_back(void **state)
{
	(void)state;
	struct ex_crossing c = compared(), back;
	char *json = ex_crossing_json(&c), *again;

	assert_non_null(strstr(json, NEAREST));
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	assert_int_equal(back.occupants[1].nearest, 2);
	assert_int_equal(back.occupants[1].document, -1);
	assert_true(back.occupants[1].similarity == 0.8876);
	assert_true(back.occupants[1].fmr == 0.0124);
	assert_int_equal(back.occupants[0].nearest, 0);
	again = ex_crossing_json(&back);
	assert_string_equal(again, json);
	free(again);
	free(json);
	/* What the calibration cannot tell closer stays a bound. */
	c.occupants[1].fmr_at_most = true;
	assert_true(prints(&c, "\"fmr_at_most\":0.0124"));
	/* Who was not compared has none, and no similarity. */
	c.occupants[1].nearest = 0;
	assert_false(prints(&c, "nearest"));
	json = ex_crossing_json(&c);
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &back, &err), EX_OK);
	assert_true(back.occupants[1].fmr == 1);
	assert_true(back.occupants[1].similarity == 0);
	free(json);
}

/* The text of compared() with `from` replaced is refused. */
static void
refused_nearest(
    const char *from, const char *to, const char *what, const char *why)
{
	static char text[4096];
	struct ex_crossing c = compared();
	char *json = ex_crossing_json(&c), *at = strstr(json, from);

	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - json), json, to,
	    at + strlen(from));
	free(json);
	assert_int_equal(
	    ex_crossing_parse(text, strlen(text), &c, &err), EX_ERR_FORMAT);
	assert_text(&err, what, why);
	assert_int_equal(c.n_occupants, 0);
}

static void
a_nearest_document_must_be_free_and_usable(void **state)
{
	(void)state;
	refused_nearest("nearest\":\"documents/040.json", "nearest\":\"d9",
	    "occupants[1].nearest", "not among the documents");
	refused_nearest("nearest\":\"documents/040.json",
	    "nearest\":\"documents/012.json", "occupants[1].nearest",
	    "already confirms occupants[0]");
	refused_nearest("\"documents/040.json\",\"verdict\":\"officer\"",
	    "\"documents/040.json\",\"verdict\":\"unusable\"",
	    "occupants[1].nearest", "free and usable");
	refused_nearest("\"documents/040.json\",\"verdict\":\"officer\"",
	    "\"documents/040.json\",\"verdict\":\"confirmed\"",
	    "occupants[1].nearest", "free and usable");
	refused_nearest("0.8876", "7", "occupants[1].similarity", "from -1");
	refused_nearest("\"fmr\":0.0124,", "", "occupants[1].fmr", "number");
	refused_nearest("\"nearest\":\"documents/040.json\"", "\"nearest\":2",
	    "occupants[1].nearest", "a string");
}

static void
nobody_is_confirmed_with_what_is_nearest_to_another(void **state)
{
	(void)state;
	struct ex_crossing c = compared();
	struct ex_occupant first = c.occupants[0];
	char *json;

	c.occupants[0] = c.occupants[1];
	c.occupants[0].n = 1;
	c.occupants[0].nearest = 1;
	c.documents[0].verdict = EX_DOCUMENT_OFFICER;
	c.documents[0].cause = EX_CAUSE_LOOK_ALIKE;
	c.occupants[1] = first;
	c.occupants[1].n = 2;
	json = ex_crossing_json(&c);
	assert_int_equal(
	    ex_crossing_parse(json, strlen(json), &c, &err), EX_ERR_FORMAT);
	assert_text(&err, "occupants[1].document", "nearest to occupants[0]");
	free(json);
}

/* EXAMPLE with its first `from` replaced by `to`; NULL to only cut. */
static void
refused(const char *from, const char *to, const char *what, const char *why)
{
	static char json[4096];
	struct ex_crossing c;
	const char *at = strstr(EXAMPLE, from);
	const char *text = EXAMPLE;

	assert_non_null(at);
	snprintf(json, sizeof json, "%.*s%s%s",
	    (int)(strlen(text) - strlen(at)), text, to, at + strlen(from));
	enum ex_status status = ex_crossing_parse(json, strlen(json), &c, &err);
	if (status != EX_ERR_FORMAT && status != EX_ERR_TOO_LARGE)
		fail_msg("'%s' for '%s' gives %d", to, from, status);
	assert_text(&err, what, why);
	assert_int_equal(c.n_occupants, 0);
	assert_string_equal(c.id, "");
}

static void
the_sum_must_close(void **state)
{
	(void)state;
	refused("\"seen\":2", "\"seen\":3", "crossing: seen",
	    "is 3, the occupants listed make 2");
	refused("\"confirmed\":1", "\"confirmed\":2", "confirmed", "make 1");
	refused("\"officer\":1", "\"officer\":0", "officer", "make 1");
	refused("\"seen\":2,", "", "seen", "whole number");
	refused(",\"complete\":false", "", "complete", "is missing");
	refused("\"complete\":false", "\"complete\":0", "complete",
	    "true or false");
	refused("\"complete\":false", "\"complete\":false,\"camera-gap\":-1",
	    "camera-gap", "must be from 0");
}

static void
wrong_heads_are_refused(void **state)
{
	(void)state;
	refused("01ARYZ6S410000000000000000", "81ARYZ6S410000000000000000",
	    "crossing: crossing", "not a ULID");
	refused("01ARYZ6S410000000000000000", "01ARYZ6S41000000000000000U",
	    "crossing: crossing", "not a ULID");
	refused("01ARYZ6S410000000000000000", "01ARYZ", "crossing: crossing",
	    "not a ULID");
	refused("\"lane\":\"demo-1\"", "\"lane\":1", "lane", "a string");
	refused("\"out\"", "\"up\"", "direction", "not a word");
	refused("\"v0001\"", "\"\"", "vehicle", "empty");
	refused("2026-01-05T08:00:00.000Z", "now", "opened", "a time");
	refused("2026-01-05T08:00:03.100Z", "now", "closed", "a time");
	refused("\"lane\"", "\"opted_out\":1,\"lane\"", "opted_out", "true or");
	refused("\"lane\"", "\"opted_out\":true,\"lane\"", "documents",
	    "at most 0");
}

static void
wrong_occupants_are_refused(void **state)
{
	(void)state;
	refused("\"n\":1", "\"n\":0", "occupants[0].n", "from 1");
	refused("\"n\":2", "\"n\":1", "occupants[1].n", "from 2");
	refused("front-left", "roof", "occupants[0].seat", "not a word");
	refused("confirmed", "maybe", "occupants[0].verdict", "not a word");
	refused("\"document\":\"documents/012.json\",\"sim",
	    "\"document\":\"d9\",\"sim", "occupants[0].document",
	    "not among the documents");
	refused("0.9610", "1.5", "occupants[0].similarity", "from -1 to 1");
	refused("2.1e-05", "-1", "occupants[0].fmr", "from 0 to 1");
	refused("\"fmr\":2.1e-05", "\"x\":1", "occupants[0].fmr", "a number");
	refused("\"fmr\"", "\"fmr_at_most\":1,\"fmr\"",
	    "occupants[0].fmr_at_most", "beside");
	refused("\"quality\":71", "\"quality\":101", "occupants[0].quality",
	    "from 0 to 100");
	refused("\"frames_seen\":31", "\"frames_seen\":1e3",
	    "occupants[0].frames_seen", "whole number");
	refused("\"best\":{", "\"best\":7,\"x\":{", "occupants[0].best",
	    "an object");
	refused("v0001/0031.jpg", "", "occupants[0].best.frame", "empty");
	refused("96.5", "-1", "occupants[0].best.box", "over 0");
	refused("\"glare\"", "\"none\"", "occupants[1].cause", "reason");
	refused("\"glare\"", "\"none-found\"", "occupants[1].cause", "a word");
	refused("\"cause\":\"glare\",", "", "occupants[1].cause", "a string");
}

static void
one_document_confirms_one_face(void **state)
{
	(void)state;
	refused("\"verdict\":\"officer\",\"cause\":\"glare\"",
	    "\"verdict\":\"confirmed\",\"document\":\"documents/012.json\"",
	    "occupants[1].document", "already confirms occupants[0]");
}

static void
wrong_documents_are_refused(void **state)
{
	(void)state;
	refused("documents/040.json", "documents/012.json",
	    "documents[1].document", "also the name of documents[0]");
	refused("\"cause\":\"document\",", "", "documents[1].cause", "string");
	refused("\"checks\":{", "\"checks\":[],\"x\":{", "documents[0].checks",
	    "an object");
	refused("\"passed\"", "\"good\"", "documents[0].checks.mrz", "a word");
	refused("\"not-done\"", "1", "documents[1].checks.portrait", "string");
	refused("\"type\":\"P\"", "\"type\":\"PAS\"", "documents[0].type",
	    "at most 2 bytes");
	refused("\"issuer\":\"UTO\"", "\"issuer\":\"UTOP\"",
	    "documents[0].issuer", "at most 3 bytes");
}

static void
lists_are_bounded(void **state)
{
	(void)state;
	refused("\"documents\":[{",
	    "\"documents\":[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
	    "1,1,1,1,1,1,1,{",
	    "documents", "at most 32, holds 34");
	refused("\"occupants\":[{",
	    "\"occupants\":[1,1,1,1,1,1,1,1,1,1,1,1,1,"
	    "1,1,{",
	    "occupants", "at most 16, holds 17");
}

static void
texts_that_are_no_crossing_are_refused(void **state)
{
	(void)state;
	static char large[(1 << 20) + 1];
	struct ex_crossing c;

	assert_int_equal(ex_crossing_parse("", 0, &c, &err), EX_ERR_FORMAT);
	assert_int_equal(ex_crossing_parse("[]", 2, &c, &err), EX_ERR_FORMAT);
	assert_int_equal(
	    ex_crossing_parse(large, sizeof large, &c, &err), EX_ERR_TOO_LARGE);
	for (size_t n = 0; n < strlen(EXAMPLE); n++)
		assert_int_equal(
		    ex_crossing_parse(EXAMPLE, n, &c, NULL), EX_ERR_FORMAT);
	assert_int_equal(
	    ex_crossing_parse(EXAMPLE, strlen(EXAMPLE), &c, NULL), EX_OK);
}

static enum ex_status
parse_example(void)
{
	struct ex_crossing c;

	return ex_crossing_parse(EXAMPLE, strlen(EXAMPLE), &c, NULL);
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	struct ex_crossing c = example();
	char *json = NULL;

	rehearse(parse_example);
	for (long n = 0; !json; n++) {
		assert_true(n < 100);
		ex_calloc_fail_after(n);
		json = ex_crossing_json(&c);
		ex_calloc_fail_after(-1);
	}
	assert_string_equal(json, EXAMPLE);
	free(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(prints_the_form_of_the_design),
		cmocka_unit_test(never_prints_a_document_number),
		cmocka_unit_test(an_fmr_is_never_printed_below_what_it_is),
		cmocka_unit_test(lost_frames_are_a_camera_gap),
		cmocka_unit_test(
		    of_an_opted_out_vehicle_nothing_else_is_printed),
		cmocka_unit_test(complete_means_nobody_is_left),
		cmocka_unit_test(who_was_handled_is_read_back),
		cmocka_unit_test(hostile_names_are_escaped),
		cmocka_unit_test(whom_the_list_has_no_room_for_is_the_officers),
		cmocka_unit_test(what_is_printed_is_read_back),
		cmocka_unit_test(the_nearest_document_is_printed_and_read_back),
		cmocka_unit_test(a_nearest_document_must_be_free_and_usable),
		cmocka_unit_test(
		    nobody_is_confirmed_with_what_is_nearest_to_another),
		cmocka_unit_test(the_sum_must_close),
		cmocka_unit_test(wrong_heads_are_refused),
		cmocka_unit_test(wrong_occupants_are_refused),
		cmocka_unit_test(one_document_confirms_one_face),
		cmocka_unit_test(wrong_documents_are_refused),
		cmocka_unit_test(lists_are_bounded),
		cmocka_unit_test(texts_that_are_no_crossing_are_refused),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
