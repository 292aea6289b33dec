/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures and passwords. */
#include "vector.h"

/* RFC 8032, 7.1: tests 1, 2, 3. */
static const struct {
	const char *secret, *verifier, *message, *signature;
} ed25519[] = {
	{ "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
	    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
	    "",
	    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
	    "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100"
	    "b" },
	{ "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
	    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
	    "72",
	    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
	    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c0"
	    "0" },
	{ "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
	    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
	    "af82",
	    "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
	    "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40"
	    "a" },
};

static void
ed25519_gives_the_signatures_of_rfc_8032(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof ed25519 / sizeof *ed25519; i++) {
		struct ex_key secret = vector_key(ed25519[i].secret);
		struct vector message = vector_of(ed25519[i].message);
		struct ex_signer_key key;
		uint8_t signature[EX_SIGNATURE_SIZE];

		assert_int_equal(ex_signer_key_of(&secret, &key), EX_OK);
		vector_assert(
		    (struct ex_bytes){ key.verifier, 32 }, ed25519[i].verifier);
		assert_int_equal(
		    ex_sign(&key, vector_bytes(&message), signature), EX_OK);
		vector_assert((struct ex_bytes){ signature, sizeof signature },
		    ed25519[i].signature);
		assert_int_equal(ex_signature_verify(key.verifier,
				     vector_bytes(&message), signature),
		    EX_OK);
	}
}

static void
any_change_makes_a_signature_wrong(void **state)
{
	(void)state;
	struct ex_signer_key key, other;
	struct ex_bytes message = ex_string_bytes("head 17");
	uint8_t signature[EX_SIGNATURE_SIZE];

	assert_int_equal(ex_signer_key_make(&key), EX_OK);
	assert_int_equal(ex_signer_key_make(&other), EX_OK);
	assert_int_equal(ex_sign(&key, message, signature), EX_OK);
	assert_int_equal(
	    ex_signature_verify(key.verifier, message, signature), EX_OK);
	for (size_t i = 0; i < 8 * sizeof signature; i++) {
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
		assert_int_equal(
		    ex_signature_verify(key.verifier, message, signature),
		    EX_NO);
		signature[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	assert_int_equal(ex_signature_verify(key.verifier,
			     ex_string_bytes("head 18"), signature),
	    EX_NO);
	assert_int_equal(ex_signature_verify(key.verifier,
			     (struct ex_bytes){ NULL, 0 }, signature),
	    EX_NO);
	assert_int_equal(
	    ex_signature_verify(other.verifier, message, signature), EX_NO);
	/* No point of the curve at all. */
	memset(other.verifier, 0xff, sizeof other.verifier);
	assert_int_not_equal(
	    ex_signature_verify(other.verifier, message, signature), EX_OK);
}

/* ---- passwords --------------------------------------------------------- */

/* RFC 7914, 12, the second and third; of 64 bytes the first 32, as PBKDF2
 * makes them one block after the other. */
static const char rfc_small[] =
    "scrypt$10$8$16$4e61436c$"
    "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162";
static const char rfc_large[] =
    "scrypt$14$8$1$536f6469756d43686c6f72696465$"
    "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2";

static void
scrypt_gives_the_values_of_rfc_7914(void **state)
{
	(void)state;
	assert_int_equal(ex_password_verify("password", rfc_small), EX_OK);
	assert_int_equal(ex_password_verify("Password", rfc_small), EX_NO);
	assert_int_equal(ex_password_verify("pleaseletmein", rfc_large), EX_OK);
	assert_int_equal(ex_password_verify("pleaseletmei", rfc_large), EX_NO);
}

static void
a_stored_password_tells_nothing_twice(void **state)
{
	(void)state;
	char a[EX_PASSWORD_SIZE], b[EX_PASSWORD_SIZE];
	const char *password = "vier \xc3\xa4pfel im korb";

	assert_int_equal(ex_password_store(password, a), EX_OK);
	assert_int_equal(ex_password_store(password, b), EX_OK);
	assert_memory_equal(a, "scrypt$15$8$1$", 14);
	assert_int_equal(strlen(a), 14 + 32 + 1 + 64);
	assert_memory_not_equal(a + 14, b + 14, 32);
	assert_memory_not_equal(a + 47, b + 47, 64);
	assert_int_equal(ex_password_verify(password, a), EX_OK);
	assert_int_equal(ex_password_verify(password, b), EX_OK);
	assert_int_equal(ex_password_verify("vier apfel im korb", a), EX_NO);
	assert_int_equal(ex_password_verify("", a), EX_NO);
}

static int64_t
time_of(const char *stored)
{
	int64_t before = ex_clock_mono_ns();

	assert_int_equal(ex_password_verify("a password", stored), EX_NO);
	return ex_clock_mono_ns() - before;
}

/* A word without a hash would take microseconds; a hash takes tens of
 * milliseconds. */
static void
nobody_takes_as_long_as_somebody(void **state)
{
	(void)state;
	char stored[EX_PASSWORD_SIZE];

	assert_int_equal(ex_password_store("another", stored), EX_OK);
	int64_t somebody = time_of(stored);

	assert_true(time_of(NULL) > somebody / 4);
	assert_true(time_of("") > somebody / 4);
}

static void
lengths_have_a_limit(void **state)
{
	(void)state;
	char password[EX_PASSWORD_MOST + 2] = "", stored[EX_PASSWORD_SIZE];

	assert_int_equal(ex_password_store("", stored), EX_ERR_INPUT);
	memset(password, 'x', EX_PASSWORD_MOST + 1);
	assert_int_equal(ex_password_store(password, stored), EX_ERR_INPUT);
	assert_string_equal(stored, "");
	password[EX_PASSWORD_MOST] = '\0';
	assert_int_equal(ex_password_store(password, stored), EX_OK);
	assert_int_equal(ex_password_verify(password, stored), EX_OK);
	password[EX_PASSWORD_MOST] = 'x';
	assert_int_equal(ex_password_verify(password, stored), EX_NO);
}

static void
only_the_stored_form_is_read_and_within_its_limits(void **state)
{
	(void)state;
	static const char *const bad[] = { "x", "scrypt", "scrypt$15$8$1",
		"scrypt$10$8$16$4e61436c", "scrypt$10$8$16$4e61436c$",
		"scrypt$10$8$16$$00", "bcrypt$10$8$16$4e61436c$00",
		"scrypt$10$8$16$4e6143$fdbabe1c",
#define HASH "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
		"scrypt$9$8$16$4e61436c$" HASH, "scrypt$17$8$1$4e61436c$" HASH,
		"scrypt$99$8$1$4e61436c$" HASH, "scrypt$10$0$1$4e61436c$" HASH,
		"scrypt$10$9$1$4e61436c$" HASH, "scrypt$10$8$0$4e61436c$" HASH,
		"scrypt$10$8$17$4e61436c$" HASH,
		"scrypt$010$8$1$4e61436c$" HASH, "scrypt$-1$8$1$4e61436c$" HASH,
		"scrypt$10$8$1$4e61436$" HASH, "scrypt$10$8$1$4e61436g$" HASH,
		"scrypt$10$8$1$4e61436c$" HASH "$",
		"scrypt$10$8$1$4e61436c$" HASH "00",
		"scrypt$10$8$1$0000000000000000000000000000000000$" HASH };

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (ex_password_verify("password", bad[i]) != EX_ERR_FORMAT)
			fail_msg("taken: %s", bad[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ed25519_gives_the_signatures_of_rfc_8032),
		cmocka_unit_test(any_change_makes_a_signature_wrong),
		cmocka_unit_test(scrypt_gives_the_values_of_rfc_7914),
		cmocka_unit_test(a_stored_password_tells_nothing_twice),
		cmocka_unit_test(nobody_takes_as_long_as_somebody),
		cmocka_unit_test(lengths_have_a_limit),
		cmocka_unit_test(
		    only_the_stored_form_is_read_and_within_its_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
