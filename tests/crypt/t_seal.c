/* SPDX-License-Identifier: Apache-2.0 */
/* Sealed under a key, derived keys, sealed to somebody. */
#include "vector.h"

/* ---- AES-256-GCM ------------------------------------------------------- */

/* McGrew and Viega's test cases 13 to 16, which NIST took over. */
static const struct {
	const char *key, *nonce, *about, *plain, *sealed;
} gcm[] = {
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "",
	    "530f8afbc74536b9a963b4f1c4cb738b" },
	{ "0000000000000000000000000000000000000000000000000000000000000000",
	    "000000000000000000000000", "", "00000000000000000000000000000000",
	    "cea7403d4d606b6e074ec5d3baf39d18"
	    "d0d1c8a799996bf0265b98b5d48ab919" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888", "",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
	    "b094dac5d93471bdec1a502270e3cc6c" },
	{ "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
	    "cafebabefacedbaddecaf888",
	    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
	    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
	    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
	    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
	    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
	    "76fc6ece0f4e1768cddf8853bb2d551b" },
};

static void
gcm_opens_what_nist_sealed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof gcm / sizeof *gcm; i++) {
		struct ex_key key = vector_key(gcm[i].key);
		struct vector about = vector_of(gcm[i].about);
		char joined[2 * VECTOR_MOST];
		struct ex_blob plain;

		snprintf(
		    joined, sizeof joined, "%s%s", gcm[i].nonce, gcm[i].sealed);
		struct vector sealed = vector_of(joined);

		assert_int_equal(ex_unseal(&key, vector_bytes(&about),
				     vector_bytes(&sealed), &plain),
		    EX_OK);
		vector_assert(ex_blob_bytes(&plain), gcm[i].plain);
		ex_blob_free(&plain);
	}
}

static void
what_is_sealed_opens_and_no_two_are_alike(void **state)
{
	(void)state;
	struct ex_key key = vector_key(gcm[2].key);
	struct ex_bytes about = ex_string_bytes("picture o1");
	struct vector text = vector_of(gcm[2].plain);
	struct ex_blob a, b, plain;

	for (size_t n = 0; n <= text.size; n++) {
		struct ex_bytes part = { n ? text.data : NULL, n };

		assert_int_equal(ex_seal(&key, about, part, &a), EX_OK);
		assert_int_equal(ex_seal(&key, about, part, &b), EX_OK);
		assert_int_equal(a.size, n + EX_SEAL_EXTRA);
		assert_memory_not_equal(a.data, b.data, 12);
		if (n >= 8)
			assert_memory_not_equal(a.data + 12, text.data, n);
		assert_int_equal(
		    ex_unseal(&key, about, ex_blob_bytes(&a), &plain), EX_OK);
		assert_int_equal(plain.size, n);
		assert_memory_equal(plain.data, text.data, n);
		ex_blob_free(&plain);
		ex_blob_free(&b);
		ex_blob_free(&a);
	}
}

/* A copy of exactly its size, so that a sanitizer sees a step past the end. */
static enum ex_status
unseal_copy(
    const struct ex_key *key, const char *about, const uint8_t *data, size_t n)
{
	struct ex_blob plain = { (uint8_t *)1, 1 };
	uint8_t *copy = malloc(n ? n : 1);
	enum ex_status status;

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, data, n);
	status = ex_unseal(
	    key, ex_string_bytes(about), (struct ex_bytes){ copy, n }, &plain);
	free(copy);
	if (status != EX_OK) {
		assert_null(plain.data);
		assert_int_equal(plain.size, 0);
	}
	ex_blob_free(&plain);
	return status;
}

static void
nothing_else_opens_it(void **state)
{
	(void)state;
	struct ex_key key = vector_key(gcm[2].key), other = key;
	struct ex_blob sealed;

	assert_int_equal(ex_seal(&key, ex_string_bytes("a"),
			     ex_string_bytes("secret"), &sealed),
	    EX_OK);
	assert_int_equal(
	    unseal_copy(&key, "a", sealed.data, sealed.size), EX_OK);
	for (size_t i = 0; i < sealed.size; i++) {
		sealed.data[i] ^= 0x10;
		assert_int_equal(
		    unseal_copy(&key, "a", sealed.data, sealed.size),
		    EX_ERR_FORMAT);
		sealed.data[i] ^= 0x10;
		assert_int_equal(
		    unseal_copy(&key, "a", sealed.data, i), EX_ERR_FORMAT);
	}
	other.bytes[31] ^= 1;
	assert_int_equal(
	    unseal_copy(&other, "a", sealed.data, sealed.size), EX_ERR_FORMAT);
	assert_int_equal(
	    unseal_copy(&key, "b", sealed.data, sealed.size), EX_ERR_FORMAT);
	assert_int_equal(
	    unseal_copy(&key, "", sealed.data, sealed.size), EX_ERR_FORMAT);
	ex_blob_free(&sealed);
}

/* ---- HKDF -------------------------------------------------------------- */

/* RFC 5869, A.1 to A.3. */
static const struct {
	const char *secret, *salt, *info, *out;
} hkdf[] = {
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
	    "000102030405060708090a0b0c", "f0f1f2f3f4f5f6f7f8f9",
	    "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
	    "34007208d5b887185865" },
	{ "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
	  "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
	  "404142434445464748494a4b4c4d4e4f",
	    "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f"
	    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
	    "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecf"
	    "d0d1d2d3d4d5d6d7d8d9dadbdcdddedfe0e1e2e3e4e5e6e7e8e9eaebecedeeef"
	    "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
	    "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
	    "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
	    "cc30c58179ec3e87c14c01d5c1f3434f1d87" },
	{ "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "", "",
	    "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
	    "9d201395faa4b61a96c8" },
};

static void
hkdf_gives_the_values_of_rfc_5869(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hkdf / sizeof *hkdf; i++) {
		struct vector secret = vector_of(hkdf[i].secret);
		struct vector salt = vector_of(hkdf[i].salt);
		struct vector info = vector_of(hkdf[i].info);
		uint8_t out[VECTOR_MOST];
		size_t n = strlen(hkdf[i].out) / 2;

		assert_int_equal(
		    ex_hkdf_sha256(vector_bytes(&secret), vector_bytes(&salt),
			vector_bytes(&info), out, n),
		    EX_OK);
		vector_assert((struct ex_bytes){ out, n }, hkdf[i].out);
	}
}

static void
hkdf_gives_as_much_as_it_may_and_no_more(void **state)
{
	(void)state;
	static uint8_t out[255 * 32 + 1], zero[sizeof out];
	struct ex_bytes secret = ex_string_bytes("secret"), none = { 0 };

	assert_int_equal(
	    ex_hkdf_sha256(secret, none, none, out, 255 * 32), EX_OK);
	assert_memory_not_equal(out + 254 * 32, zero, 32);
	assert_memory_not_equal(out + 254 * 32, out, 32);
	assert_int_equal(ex_hkdf_sha256(secret, none, none, out, sizeof out),
	    EX_ERR_INTERNAL);
	assert_memory_equal(out, zero, sizeof out);
	assert_int_equal(ex_hkdf_sha256(secret, none, none, out, 0), EX_OK);
}

/* ---- HPKE -------------------------------------------------------------- */

/* RFC 9180, A.2.1, the message of sequence number 0. */
static const char skrm[] =
    "8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb";
static const char pkrm[] =
    "4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a";
static const char enc_and_ct[] =
    "1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a"
    "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db"
    "21993c62ce81883d2dd1b51a28";

static struct ex_recipient_key
recipient_of_rfc(void)
{
	struct ex_key secret = vector_key(skrm);
	struct ex_recipient_key key;

	assert_int_equal(ex_recipient_key_of(&secret, &key), EX_OK);
	return key;
}

static void
hpke_opens_what_rfc_9180_sealed(void **state)
{
	(void)state;
	struct ex_recipient_key key = recipient_of_rfc();
	struct vector sealed = vector_of(enc_and_ct);
	struct ex_blob plain;

	vector_assert((struct ex_bytes){ key.recipient.bytes, 32 }, pkrm);
	assert_int_equal(
	    ex_unseal_from(&key, ex_string_bytes("Ode on a Grecian Urn"),
		ex_string_bytes("Count-0"), vector_bytes(&sealed), &plain),
	    EX_OK);
	assert_int_equal(plain.size, 29);
	assert_memory_equal(plain.data, "Beauty is truth, truth beauty", 29);
	ex_blob_free(&plain);
}

static void
who_sealed_it_cannot_open_it_and_the_recipient_can(void **state)
{
	(void)state;
	struct ex_bytes info = ex_string_bytes("i"), about = { 0 };
	struct ex_recipient_key key, other;
	struct ex_blob a, b, plain;

	assert_int_equal(ex_recipient_key_make(&key), EX_OK);
	assert_int_equal(ex_recipient_key_make(&other), EX_OK);
	assert_memory_not_equal(key.recipient.bytes, other.recipient.bytes, 32);
	for (size_t n = 0; n < 100; n++) {
		struct ex_bytes text = { (const uint8_t *)enc_and_ct, n };

		assert_int_equal(
		    ex_seal_to(&key.recipient, info, about, text, &a), EX_OK);
		assert_int_equal(
		    ex_seal_to(&key.recipient, info, about, text, &b), EX_OK);
		assert_int_equal(a.size, n + EX_SEAL_TO_EXTRA);
		assert_memory_not_equal(a.data, b.data, 32);
		assert_int_equal(ex_unseal_from(&key, info, about,
				     ex_blob_bytes(&a), &plain),
		    EX_OK);
		assert_int_equal(plain.size, n);
		assert_memory_equal(plain.data, text.data, n);
		ex_blob_free(&plain);
		assert_int_equal(ex_unseal_from(&other, info, about,
				     ex_blob_bytes(&a), &plain),
		    EX_ERR_FORMAT);
		assert_null(plain.data);
		ex_blob_free(&b);
		ex_blob_free(&a);
	}
}

static enum ex_status
unseal_from_copy(const struct ex_recipient_key *key, const char *info,
    const char *about, const uint8_t *data, size_t n)
{
	struct ex_blob plain = { (uint8_t *)1, 1 };
	uint8_t *copy = malloc(n ? n : 1);
	enum ex_status status;

	assert_non_null(copy);
	if (n > 0)
		memcpy(copy, data, n);
	status = ex_unseal_from(key, ex_string_bytes(info),
	    ex_string_bytes(about), (struct ex_bytes){ copy, n }, &plain);
	free(copy);
	if (status != EX_OK)
		assert_null(plain.data);
	ex_blob_free(&plain);
	return status;
}

static void
whatever_is_changed_does_not_open(void **state)
{
	(void)state;
	struct ex_recipient_key key = recipient_of_rfc();
	struct vector v = vector_of(enc_and_ct);
	const char *info = "Ode on a Grecian Urn", *about = "Count-0";

	assert_int_equal(
	    unseal_from_copy(&key, info, about, v.data, v.size), EX_OK);
	for (size_t i = 0; i < v.size; i++) {
		v.data[i] ^= 0x04;
		assert_int_equal(
		    unseal_from_copy(&key, info, about, v.data, v.size),
		    EX_ERR_FORMAT);
		v.data[i] ^= 0x04;
		assert_int_equal(unseal_from_copy(&key, info, about, v.data, i),
		    EX_ERR_FORMAT);
	}
	/* The bit that X25519 does not look at counts all the same. */
	v.data[31] ^= 0x80;
	assert_int_equal(
	    unseal_from_copy(&key, info, about, v.data, v.size), EX_ERR_FORMAT);
	v.data[31] ^= 0x80;
	assert_int_equal(unseal_from_copy(&key, "Ode", about, v.data, v.size),
	    EX_ERR_FORMAT);
	assert_int_equal(
	    unseal_from_copy(&key, info, "Count-1", v.data, v.size),
	    EX_ERR_FORMAT);
}

/* RFC 7748, 6.1: what leads to the shared secret zero; p and p + 1 too, which
 * are 0 and 1 written otherwise, and all of them with the top bit. */
static const char *const small_order[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static void
keys_of_small_order_are_refused_on_both_sides(void **state)
{
	(void)state;
	struct ex_recipient_key key = recipient_of_rfc();
	struct ex_bytes text = ex_string_bytes("text");
	struct ex_blob out = { 0 };

	for (size_t i = 0; i < 2 * sizeof small_order / sizeof *small_order;
	     i++) {
		struct ex_key point = vector_key(small_order[i / 2]);
		struct ex_recipient to;
		uint8_t sealed[32 + 16 + 4] = { 0 };

		memcpy(to.bytes, point.bytes, sizeof to.bytes);
		to.bytes[31] |= (uint8_t)(i % 2 << 7);
		assert_int_equal(
		    ex_seal_to(&to, text, text, text, &out), EX_ERR_FORMAT);
		assert_null(out.data);
		memcpy(sealed, to.bytes, sizeof to.bytes);
		assert_int_equal(
		    ex_unseal_from(&key, text, text,
			(struct ex_bytes){ sealed, sizeof sealed }, &out),
		    EX_ERR_FORMAT);
		assert_null(out.data);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gcm_opens_what_nist_sealed),
		cmocka_unit_test(what_is_sealed_opens_and_no_two_are_alike),
		cmocka_unit_test(nothing_else_opens_it),
		cmocka_unit_test(hkdf_gives_the_values_of_rfc_5869),
		cmocka_unit_test(hkdf_gives_as_much_as_it_may_and_no_more),
		cmocka_unit_test(hpke_opens_what_rfc_9180_sealed),
		cmocka_unit_test(
		    who_sealed_it_cannot_open_it_and_the_recipient_can),
		cmocka_unit_test(whatever_is_changed_does_not_open),
		cmocka_unit_test(keys_of_small_order_are_refused_on_both_sides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
