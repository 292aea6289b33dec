/* SPDX-License-Identifier: Apache-2.0 */
/* The form of what is hashed and signed, and a head as a line of JSON. The
 * expected values were computed apart from this program, from docs/audit.md. */
#include "test.h"

#include "audit.h"

/* The head that an Ed25519 key of the bytes 00..1f signs. */
static const char line[] = "{\"head\":1,\"node\":\"hub-1\",\"seq\":7,"
			   "\"time\":\"2026-01-05T08:00:00.123Z\","
			   "\"hash\":\"000102030405060708090a0b0c0d0e0f"
			   "101112131415161718191a1b1c1d1e1f\","
			   "\"verifier\":\"03a107bff3ce10be1d70dd18e74bc099"
			   "67e4d6309ba50d5f1ddc8664125531b8\","
			   "\"signature\":\"a4f11dc8973300afeb5d6f4116157302"
			   "f4ba6e5645bb79678cab633b4273b427"
			   "4dd10198d504f1f45a2aed8bb42da309"
			   "eaf988cf8e308193672c891ec7886907\"}";

static struct ex_head
head(void)
{
	struct ex_head h;

	assert_int_equal(ex_head_parse(ex_string_bytes(line), &h, NULL), EX_OK);
	return h;
}

static void
a_links_hash_is_the_documented_one(void **state)
{
	(void)state;
	struct ex_link link = {
		.node = "hub-1",
		.seq = 7,
		.at_ms = 1767600000123,
		.actor = "user:ana",
		.action = EX_ACTION_PICTURE,
		.purpose = EX_PURPOSE_REVIEW,
		.subject = "01KE6R3W000000000000000000/o2",
	};
	uint8_t hash[EX_SHA256_SIZE];
	char hex[EX_HEX_SIZE(sizeof hash)];

	for (unsigned i = 0; i < 32; i++)
		link.before[i] = (uint8_t)i;
	assert_int_equal(ex_link_hash(&link, hash), EX_OK);
	ex_hex_format(hash, sizeof hash, hex);
	assert_string_equal(hex, "dd441def16bfb82ff1cec20ece985eec"
				 "16166b6cc540fa2415612dcdad8ccc19");
}

/* Every field at its longest. */
static void
the_largest_link_has_room(void **state)
{
	(void)state;
	struct ex_link link = { .seq = INT64_MAX, .at_ms = INT64_MAX };
	uint8_t hash[EX_SHA256_SIZE];

	memset(link.node, 'n', sizeof link.node - 1);
	memset(link.actor, 'a', sizeof link.actor - 1);
	memset(link.subject, 's', sizeof link.subject - 1);
	memset(link.detail, 'd', sizeof link.detail - 1);
	assert_int_equal(ex_link_hash(&link, hash), EX_OK);
}

static void
a_head_is_read_and_written_the_same(void **state)
{
	(void)state;
	struct ex_head h = head();
	char *json = ex_head_json(&h);

	assert_non_null(json);
	assert_string_equal(json, line);
	free(json);
	assert_string_equal(h.node, "hub-1");
	assert_int_equal(h.seq, 7);
	assert_int_equal(h.at_ms, 1767600000123);
	assert_int_equal(h.hash[31], 31);
}

static void
blanks_and_an_end_of_line_do_not_count(void **state)
{
	(void)state;
	char text[2 * sizeof line], *to = text;
	struct ex_head h;

	/* No blank stands in its strings. */
	for (const char *p = line; *p; p++) {
		*to++ = *p;
		if (*p == ',' || *p == '{')
			*to++ = '\n';
	}
	strcpy(to, " \r\n");
	assert_int_equal(ex_head_parse(ex_string_bytes(text), &h, NULL), EX_OK);
}

static void
the_documented_signature_is_verified(void **state)
{
	(void)state;
	struct ex_head h = head();

	assert_int_equal(ex_statement_verify(EX_STATEMENT_HEAD, &h), EX_OK);
}

/* Each bit of what is signed. */
static void
a_change_to_a_signed_head_is_found(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 256; bit++) {
		struct ex_head h = head();

		h.hash[bit / 8] ^= (uint8_t)(1u << bit % 8);
		assert_int_equal(
		    ex_statement_verify(EX_STATEMENT_HEAD, &h), EX_NO);
	}
	for (unsigned bit = 0; bit < 63; bit++) {
		struct ex_head h = head();

		h.seq ^= UINT64_C(1) << bit;
		assert_int_equal(
		    ex_statement_verify(EX_STATEMENT_HEAD, &h), EX_NO);
		h = head();
		h.at_ms ^= INT64_C(1) << bit;
		assert_int_equal(
		    ex_statement_verify(EX_STATEMENT_HEAD, &h), EX_NO);
	}
	struct ex_head h = head();
	strcpy(h.node, "hub-2");
	assert_int_equal(ex_statement_verify(EX_STATEMENT_HEAD, &h), EX_NO);
}

static void
a_head_is_no_checkpoint(void **state)
{
	(void)state;
	struct ex_head h = head(), back;

	assert_int_equal(
	    ex_statement_verify(EX_STATEMENT_CHECKPOINT, &h), EX_NO);
	assert_int_equal(ex_statement_parse(EX_STATEMENT_CHECKPOINT,
			     ex_string_bytes(line), &back, NULL),
	    EX_ERR_FORMAT);
}

static void
assert_refused(const char *text, size_t size, const char *member)
{
	struct ex_bytes json = { (const uint8_t *)text, size };
	struct ex_error err = { 0 };
	static const struct ex_head zero;
	struct ex_head h;

	assert_int_equal(ex_head_parse(json, &h, &err), EX_ERR_FORMAT);
	assert_memory_equal(&h, &zero, sizeof h);
	if (member && strncmp(err.why, member, strlen(member)) != 0)
		fail_msg("%s: %s, wanted %s", text, err.why, member);
}

static void
a_head_cut_anywhere_is_refused(void **state)
{
	(void)state;
	for (size_t n = 0; n < sizeof line - 1; n++)
		assert_refused(line, n, NULL);
}

/* The first `from` of the line replaced. */
static void
assert_refused_with(const char *from, const char *to, const char *member)
{
	char text[2 * sizeof line];
	const char *at = strstr(line, from);

	assert_non_null(at);
	snprintf(text, sizeof text, "%.*s%s%s", (int)(at - line), line, to,
	    at + strlen(from));
	assert_refused(text, strlen(text), member);
}

static void
what_is_not_a_head_is_refused(void **state)
{
	(void)state;
	assert_refused_with("{", "[", "head");
	assert_refused_with("\"head\":1", "\"head\":2", "head");
	assert_refused_with("\"head\":1", "\"head\":01", "head");
	assert_refused_with("\"head\":1", "\"head\":\"1\"", "head");
	assert_refused_with("\"head\"", "\"heads\"", "head");
	assert_refused_with("hub-1", "", "node");
	assert_refused_with("hub-1", "Hub-1", "node");
	assert_refused_with("hub-1", "hub\\u002d1", "node");
	assert_refused_with("hub-1", "hub:1", "node");
	assert_refused_with(
	    "hub-1", "abcdefghijklmnopqrstuvwxyz-012345", "node");
	assert_refused_with("\"seq\":7", "\"seq\":0", "seq");
	assert_refused_with("\"seq\":7", "\"seq\":-7", "seq");
	assert_refused_with("\"seq\":7", "\"seq\":", "seq");
	assert_refused_with("\"seq\":7", "\"seq\":9223372036854775808", "seq");
	assert_refused_with("\"seq\":7", "\"seq\":7.0", "time");
	assert_refused_with(",\"seq\":7", "", "seq");
	assert_refused_with(".123Z", "Z", "time");
	assert_refused_with("2026", "0000", "time");
	assert_refused_with("-01-05", "-02-30", "time");
	assert_refused_with("000102", "0001020", "hash");
	assert_refused_with("000102", "00010", "hash");
	assert_refused_with("000102", "00010g", "hash");
	assert_refused_with("0c0d0e", "0C0d0e", "hash");
	assert_refused_with("03a107", "3a107", "verifier");
	assert_refused_with("a4f11d", "a4f11", "signature");
	assert_refused_with("07\"}", "07\",\"more\":1}", "signature");
	assert_refused_with("07\"}", "07\"}}", "end");
	assert_refused_with("07\"}", "07\"} x", "end");
}

/* As a NUL in the middle of a string would. */
static void
a_nul_is_refused(void **state)
{
	(void)state;
	char text[sizeof line];

	memcpy(text, line, sizeof line);
	*strchr(text, '-') = '\0';
	assert_refused(text, sizeof line - 1, "node");
}

static void
the_largest_seq_is_read(void **state)
{
	(void)state;
	struct ex_head h = head(), back;
	char *json;

	h.seq = INT64_MAX;
	memset(h.node, 'n', sizeof h.node - 1);
	json = ex_head_json(&h);
	assert_non_null(json);
	assert_int_equal(
	    ex_head_parse(ex_string_bytes(json), &back, NULL), EX_OK);
	assert_true(back.seq == INT64_MAX);
	assert_string_equal(back.node, h.node);
	free(json);
}

static void
without_memory_there_is_no_json(void **state)
{
	(void)state;
	struct ex_head h = head();

	ex_calloc_fail_after(0);
	char *json = ex_head_json(&h);
	ex_calloc_fail_after(-1);
	assert_null(json);
}

static void
keys_of_heads_rise_with_their_seq(void **state)
{
	(void)state;
	char a[EX_HEAD_KEY_SIZE], b[EX_HEAD_KEY_SIZE];

	for (uint64_t seq = 1; seq < INT64_MAX / 10; seq *= 10) {
		ex_head_key("hub-1", seq * 9, a);
		ex_head_key("hub-1", seq * 10, b);
		assert_true(strcmp(a, b) < 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_links_hash_is_the_documented_one),
		cmocka_unit_test(the_largest_link_has_room),
		cmocka_unit_test(a_head_is_read_and_written_the_same),
		cmocka_unit_test(blanks_and_an_end_of_line_do_not_count),
		cmocka_unit_test(the_documented_signature_is_verified),
		cmocka_unit_test(a_change_to_a_signed_head_is_found),
		cmocka_unit_test(a_head_is_no_checkpoint),
		cmocka_unit_test(a_head_cut_anywhere_is_refused),
		cmocka_unit_test(what_is_not_a_head_is_refused),
		cmocka_unit_test(a_nul_is_refused),
		cmocka_unit_test(the_largest_seq_is_read),
		cmocka_unit_test(without_memory_there_is_no_json),
		cmocka_unit_test(keys_of_heads_rise_with_their_seq),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
