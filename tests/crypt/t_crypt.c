/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include "exeunt/crypt.h"

static void
assert_hex(const uint8_t *data, size_t n, const char *hex)
{
	char text[EX_HEX_SIZE(EX_SHA256_SIZE)];

	assert_in_range(n, 1, EX_SHA256_SIZE);
	ex_hex_format(data, n, text);
	assert_string_equal(text, hex);
}

/* FIPS 180-4 examples; the million letters are NIST's long message. */
static const struct {
	const char *message;
	size_t times;
	const char *hex;
} digests[] = {
	{ "", 1,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85"
	    "5" },
	{ "abc", 1,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a"
	    "d" },
	{ "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 1,
	    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c"
	    "1" },
	{ "a", 1000000,
	    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd"
	    "0" },
};

static void
sha256_gives_nists_digests_in_memory_and_from_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof digests / sizeof *digests; i++) {
		size_t one = strlen(digests[i].message);
		size_t n = one * digests[i].times;
		char *text = ex_calloc(n + 1, 1);
		uint8_t out[EX_SHA256_SIZE];

		assert_non_null(text);
		for (size_t k = 0; one && k < n; k += one)
			memcpy(text + k, digests[i].message, one);
		assert_int_equal(ex_sha256(ex_string_bytes(text), out), EX_OK);
		assert_hex(out, sizeof out, digests[i].hex);

		free(text);
	}
	assert_int_equal(
	    ex_sha256((struct ex_bytes){ 0 }, (uint8_t[32]){ 0 }), EX_OK);
}

/* RFC 4231, 4.2 to 4.8; 4.6 (case 5) is cut to 128 bits there. */
static const struct {
	uint8_t key_byte;
	size_t key_size;
	const char *key, *message;
	uint8_t message_byte;
	size_t message_size;
	size_t out_size;
	const char *hex;
} macs[] = {
	{ 0x0b, 20, NULL, "Hi There", 0, 0, 32,
	    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff"
	    "7" },
	{ 0, 0, "Jefe", "what do ya want for nothing?", 0, 0, 32,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec384"
	    "3" },
	{ 0xaa, 20, NULL, NULL, 0xdd, 50, 32,
	    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565f"
	    "e" },
	{ 0, 0,
	    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d"
	    "\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19",
	    NULL, 0xcd, 50, 32,
	    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665"
	    "b" },
	{ 0x0c, 20, NULL, "Test With Truncation", 0, 0, 16,
	    "a3b6167473100ee06e0c796c2955552b" },
	{ 0xaa, 131, NULL,
	    "Test Using Larger Than Block-Size Key - Hash Key First", 0, 0, 32,
	    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f5"
	    "4" },
	{ 0xaa, 131, NULL,
	    "This is a test using a larger than block-size key and a larger "
	    "than block-size data. The key needs to be hashed before being "
	    "used by the HMAC algorithm.",
	    0, 0, 32,
	    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e"
	    "2" },
};

static struct ex_bytes
text_or_fill(const char *text, uint8_t byte, size_t n, uint8_t buffer[160])
{
	if (text)
		return ex_string_bytes(text);
	assert_in_range(n, 1, 160);
	memset(buffer, byte, n);
	return (struct ex_bytes){ buffer, n };
}

static void
hmac_gives_the_values_of_rfc_4231(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof macs / sizeof *macs; i++) {
		uint8_t k[160], m[160], out[EX_SHA256_SIZE];
		struct ex_bytes key = text_or_fill(
		    macs[i].key, macs[i].key_byte, macs[i].key_size, k);
		struct ex_bytes message = text_or_fill(macs[i].message,
		    macs[i].message_byte, macs[i].message_size, m);

		assert_int_equal(ex_hmac_sha256(key, message, out), EX_OK);
		assert_hex(out, macs[i].out_size, macs[i].hex);
	}
}

static void
parts_are_hashed_behind_their_lengths(void **state)
{
	(void)state;
	static const uint8_t joined[] = { 0, 0, 0, 0, 0, 0, 0, 2, 'A', 'B', 0,
		0, 0, 0, 0, 0, 0, 1, 'C', 0, 0, 0, 0, 0, 0, 0, 0 };
	struct ex_bytes key = ex_string_bytes("key");
	struct ex_bytes parts[] = { ex_string_bytes("AB"), ex_string_bytes("C"),
		{ NULL, 0 } };
	uint8_t a[EX_SHA256_SIZE], b[EX_SHA256_SIZE];

	assert_int_equal(ex_hmac_sha256_parts(key, parts, 3, a), EX_OK);
	assert_int_equal(
	    ex_hmac_sha256(key, (struct ex_bytes){ joined, sizeof joined }, b),
	    EX_OK);
	assert_memory_equal(a, b, sizeof a);

	/* The same letters cut elsewhere, or one empty part less. */
	parts[0] = ex_string_bytes("A");
	parts[1] = ex_string_bytes("BC");
	assert_int_equal(ex_hmac_sha256_parts(key, parts, 3, b), EX_OK);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(ex_hmac_sha256_parts(key, parts, 2, a), EX_OK);
	assert_memory_not_equal(a, b, sizeof a);
}

static void
a_missing_key_or_nothing_to_hash_fails_aloud(void **state)
{
	(void)state;
	struct ex_bytes none = { 0 }, part = ex_string_bytes("x");
	uint8_t out[EX_SHA256_SIZE], zero[EX_SHA256_SIZE] = { 0 };

	memset(out, 1, sizeof out);
	assert_int_equal(ex_hmac_sha256(none, part, out), EX_ERR_INTERNAL);
	assert_memory_equal(out, zero, sizeof out);
	memset(out, 1, sizeof out);
	assert_int_equal(
	    ex_hmac_sha256_parts(part, NULL, 0, out), EX_ERR_INTERNAL);
	assert_memory_equal(out, zero, sizeof out);
}

static void
random_bytes_do_not_repeat(void **state)
{
	(void)state;
	uint8_t a[32] = { 0 }, b[32] = { 0 }, zero[32] = { 0 };

	assert_int_equal(ex_random(a, sizeof a), EX_OK);
	assert_int_equal(ex_random(b, sizeof b), EX_OK);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a, zero, sizeof a);
	assert_memory_not_equal(a + 16, zero, 16);
	assert_int_equal(ex_random(NULL, 0), EX_OK);
}

static void
secrets_compare_whole(void **state)
{
	(void)state;
	assert_true(ex_secret_equal("secret", "secret", 6));
	assert_false(ex_secret_equal("secret", "secreT", 6));
	assert_false(ex_secret_equal("secret", "Secret", 6));
	assert_true(ex_secret_equal("secret", "secreT", 5));
	assert_true(ex_secret_equal(NULL, NULL, 0));
}

static void
hex_survives_the_round_trip_and_nothing_else_parses(void **state)
{
	(void)state;
	static const char *const bad[] = { "", "0", "00ff1g", "00ff1",
		"00ff1122", " 0ff11", "0x0ff1", "00ff-1" };
	const uint8_t raw[] = { 0x00, 0xff, 0x1a };
	uint8_t back[3], zero[3] = { 0 };
	char text[EX_HEX_SIZE(3)];

	ex_hex_format(raw, sizeof raw, text);
	assert_string_equal(text, "00ff1a");
	assert_true(ex_hex_parse(ex_string_bytes(text), back, 3));
	assert_memory_equal(back, raw, 3);
	assert_true(ex_hex_parse(ex_string_bytes("00FF1A"), back, 3));
	assert_memory_equal(back, raw, 3);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		memset(back, 1, 3);
		assert_false(ex_hex_parse(ex_string_bytes(bad[i]), back, 3));
		assert_memory_equal(back, zero, 3);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    sha256_gives_nists_digests_in_memory_and_from_files),
		cmocka_unit_test(hmac_gives_the_values_of_rfc_4231),
		cmocka_unit_test(parts_are_hashed_behind_their_lengths),
		cmocka_unit_test(a_missing_key_or_nothing_to_hash_fails_aloud),
		cmocka_unit_test(random_bytes_do_not_repeat),
		cmocka_unit_test(secrets_compare_whole),
		cmocka_unit_test(
		    hex_survives_the_round_trip_and_nothing_else_parses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
