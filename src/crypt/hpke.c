/* SPDX-License-Identifier: Apache-2.0 */
/* HPKE (RFC 9180), base mode, single shot: DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, ChaCha20-Poly1305. OpenSSL 3.0 has its parts and not it. */
#include "crypt_internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/core_names.h>

#define PUBLIC_SIZE 32

static const struct ex_bytes nothing;

/* RFC 9180, 4.1: suite_id of the KEM; 5.1: of all three. */
#define SUITE(bytes)                                                           \
	{                                                                      \
		(const uint8_t *)(bytes), sizeof(bytes) - 1                    \
	}
static const struct ex_bytes kem_suite = SUITE("KEM\x00\x20");
static const struct ex_bytes suite = SUITE("HPKE\x00\x20\x00\x01\x00\x03");

/* RFC 9180, 4: LabeledExtract. */
static enum ex_status
labeled_extract(struct ex_bytes id, struct ex_bytes salt, const char *label,
    struct ex_bytes ikm, struct ex_key *out)
{
	const struct ex_bytes parts[] = { ex_string_bytes("HPKE-v1"), id,
		ex_string_bytes(label), ikm };

	return ex_hkdf_extract(salt, parts, sizeof parts / sizeof *parts, out);
}

/* RFC 9180, 4: LabeledExpand; n under 256. */
static enum ex_status
labeled_expand(struct ex_bytes id, const struct ex_key *prk, const char *label,
    const struct ex_bytes info[2], void *out, size_t n)
{
	const uint8_t length[] = { 0, (uint8_t)n };
	const struct ex_bytes parts[] = { { length, sizeof length },
		ex_string_bytes("HPKE-v1"), id, ex_string_bytes(label), info[0],
		info[1] };

	return ex_hkdf_expand(prk, parts, sizeof parts / sizeof *parts, out, n);
}

/* ---- the KEM (RFC 9180, 4.1) ------------------------------------------- */

/* Our own key; borrowed. */
struct pair {
	const struct ex_key *secret;
	const struct ex_recipient *public;
};

/* Points whose order divides 8, and the other ways to write them: with them
 * everybody agrees on zero (RFC 7748, 6.1 and 7). The top bit does not count
 * (5). */
static const char small_order[][2 * PUBLIC_SIZE + 1] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
};

static bool
is_of_small_order(const struct ex_recipient *r)
{
	struct ex_recipient u = *r;
	char hex[EX_HEX_SIZE(PUBLIC_SIZE)];

	u.bytes[PUBLIC_SIZE - 1] &= 0x7f;
	ex_hex_format(u.bytes, sizeof u.bytes, hex);
	for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
		if (strcmp(hex, small_order[i]) == 0)
			return true;
	return false;
}

/* A pair whose halves are both known: from the secret alone OpenSSL would make
 * the public half again, which takes as long as the agreement itself. */
static EVP_PKEY *
pair_of(const struct pair *p)
{
	OSSL_PARAM halves[] = {
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PRIV_KEY,
		    (uint8_t *)(uintptr_t)p->secret->bytes, EX_KEY_SIZE),
		OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY,
		    (uint8_t *)(uintptr_t)p->public->bytes, PUBLIC_SIZE),
		OSSL_PARAM_END,
	};
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
	EVP_PKEY *pair = NULL;

	if (ctx && EVP_PKEY_fromdata_init(ctx) == 1 &&
	    EVP_PKEY_fromdata(ctx, &pair, EVP_PKEY_KEYPAIR, halves) != 1)
		pair = NULL;
	EVP_PKEY_CTX_free(ctx);
	return pair;
}

/* X25519 (RFC 7748, 5) of our secret and their point. */
static enum ex_status
agree(const struct pair *mine, const struct ex_recipient *theirs,
    struct ex_key *out)
{
	EVP_PKEY *a = NULL, *b = NULL;
	EVP_PKEY_CTX *ctx = NULL;
	size_t n = sizeof out->bytes;
	bool good;

	if (is_of_small_order(theirs))
		return EX_ERR_FORMAT;
	a = pair_of(mine);
	b = EVP_PKEY_new_raw_public_key(
	    EVP_PKEY_X25519, NULL, theirs->bytes, sizeof theirs->bytes);
	ctx = a && b ? EVP_PKEY_CTX_new(a, NULL) : NULL;
	good = ctx && EVP_PKEY_derive_init(ctx) == 1 &&
	       EVP_PKEY_derive_set_peer(ctx, b) == 1 &&
	       EVP_PKEY_derive(ctx, out->bytes, &n) == 1 &&
	       n == sizeof out->bytes;
	EVP_PKEY_CTX_free(ctx);
	EVP_PKEY_free(b);
	EVP_PKEY_free(a);
	if (good)
		return EX_OK;
	ex_wipe(out, sizeof *out);
	return EX_ERR_INTERNAL;
}

/* ExtractAndExpand over kem_context = enc | pkR. */
static enum ex_status
share(const struct pair *mine, const struct ex_recipient *theirs,
    const struct ex_recipient *enc, const struct ex_recipient *to,
    struct ex_key *out)
{
	const struct ex_bytes context[2] = { { enc->bytes, PUBLIC_SIZE },
		{ to->bytes, PUBLIC_SIZE } };
	struct ex_key dh, prk = { 0 };
	enum ex_status status = agree(mine, theirs, &dh);

	if (status != EX_OK)
		return status;
	status = labeled_extract(kem_suite, nothing, "eae_prk",
	    (struct ex_bytes){ dh.bytes, sizeof dh.bytes }, &prk);
	if (status == EX_OK)
		status = labeled_expand(kem_suite, &prk, "shared_secret",
		    context, out->bytes, sizeof out->bytes);
	ex_wipe(&dh, sizeof dh);
	ex_wipe(&prk, sizeof prk);
	return status;
}

/* ---- the key schedule (RFC 9180, 5.1) ---------------------------------- */

struct schedule {
	struct ex_key key;
	uint8_t nonce[EX_NONCE_SIZE]; /* of message 0, the only one */
};

static enum ex_status
schedule_of(
    const struct ex_key *shared, struct ex_bytes info, struct schedule *out)
{
	struct {
		uint8_t mode; /* 0: base */
		struct ex_key psk_id_hash, info_hash;
	} context = { 0 };
	const struct ex_bytes over[2] = { { (uint8_t *)&context,
	    sizeof context } };
	struct ex_key secret = { 0 };
	enum ex_status status = labeled_extract(
	    suite, nothing, "psk_id_hash", nothing, &context.psk_id_hash);

	if (status == EX_OK)
		status = labeled_extract(
		    suite, nothing, "info_hash", info, &context.info_hash);
	if (status == EX_OK)
		status = labeled_extract(suite,
		    (struct ex_bytes){ shared->bytes, sizeof shared->bytes },
		    "secret", nothing, &secret);
	if (status == EX_OK)
		status = labeled_expand(suite, &secret, "key", over,
		    out->key.bytes, sizeof out->key.bytes);
	if (status == EX_OK)
		status = labeled_expand(suite, &secret, "base_nonce", over,
		    out->nonce, sizeof out->nonce);
	ex_wipe(&secret, sizeof secret);
	if (status != EX_OK)
		ex_wipe(out, sizeof *out);
	return status;
}

/* The AEAD's key and nonce; `enc` and `to` are both sides' public keys. */
static enum ex_status
set_up(const struct pair *mine, const struct ex_recipient *theirs,
    const struct ex_recipient *enc, const struct ex_recipient *to,
    struct ex_bytes info, struct schedule *out)
{
	struct ex_key shared;
	enum ex_status status = share(mine, theirs, enc, to, &shared);

	if (status == EX_OK) {
		status = schedule_of(&shared, info, out);
		ex_wipe(&shared, sizeof shared);
	}
	return status;
}

/* ---- keys -------------------------------------------------------------- */

enum ex_status
ex_recipient_key_of(const struct ex_key *secret, struct ex_recipient_key *out)
{
	enum ex_status status;

	out->secret = *secret;
	status =
	    ex_public_of(EVP_PKEY_X25519, &out->secret, out->recipient.bytes);
	if (status != EX_OK)
		ex_wipe(out, sizeof *out);
	return status;
}

enum ex_status
ex_recipient_key_make(struct ex_recipient_key *out)
{
	enum ex_status status = ex_random(&out->secret, sizeof out->secret);

	if (status == EX_OK)
		return ex_recipient_key_of(&out->secret, out);
	ex_wipe(out, sizeof *out);
	return status;
}

/* ---- single shot (RFC 9180, 6.1) --------------------------------------- */

enum ex_status
ex_seal_to(const struct ex_recipient *to, struct ex_bytes info,
    struct ex_bytes about, struct ex_bytes plain, struct ex_blob *out)
{
	struct ex_recipient_key sender = { 0 };
	const struct pair own = { &sender.secret, &sender.recipient };
	struct schedule s = { 0 };
	struct ex_aead a = { EVP_chacha20_poly1305(), &s.key, s.nonce, about };
	size_t size = plain.size + EX_SEAL_TO_EXTRA;
	enum ex_status status;

	*out = (struct ex_blob){ 0 };
	if (plain.size > INT_MAX)
		return EX_ERR_INTERNAL;
	status = ex_recipient_key_make(&sender);
	if (status == EX_OK)
		status = set_up(&own, to, &sender.recipient, to, info, &s);
	if (status == EX_OK) {
		*out = (struct ex_blob){ ex_calloc(size, 1), size };
		status = out->data ? EX_OK : EX_ERR_NOMEM;
	}
	if (status == EX_OK) {
		memcpy(out->data, sender.recipient.bytes, PUBLIC_SIZE);
		status = ex_aead_seal(&a, plain, out->data + PUBLIC_SIZE,
		    out->data + PUBLIC_SIZE + plain.size);
	}
	if (status != EX_OK)
		ex_blob_free(out);
	ex_wipe(&sender, sizeof sender);
	ex_wipe(&s, sizeof s);
	return status;
}

enum ex_status
ex_unseal_from(const struct ex_recipient_key *key, struct ex_bytes info,
    struct ex_bytes about, struct ex_bytes sealed, struct ex_blob *out)
{
	const struct pair own = { &key->secret, &key->recipient };
	struct schedule s = { 0 };
	struct ex_aead a = { EVP_chacha20_poly1305(), &s.key, s.nonce, about };
	struct ex_recipient enc;
	struct ex_bytes middle, tag;
	enum ex_status status;

	*out = (struct ex_blob){ 0 };
	if (sealed.size < EX_SEAL_TO_EXTRA || sealed.size > INT_MAX)
		return EX_ERR_FORMAT;
	if (!ex_bytes_copy(&sealed, enc.bytes, sizeof enc.bytes) ||
	    !ex_bytes_take(&sealed, sealed.size - EX_TAG_SIZE, &middle) ||
	    !ex_bytes_take(&sealed, EX_TAG_SIZE, &tag))
		return EX_ERR_FORMAT;
	status = set_up(&own, &enc, &enc, &key->recipient, info, &s);
	if (status == EX_OK) {
		*out =
		    (struct ex_blob){ ex_calloc(middle.size, 1), middle.size };
		status = out->data ? EX_OK : EX_ERR_NOMEM;
	}
	if (status == EX_OK)
		status = ex_aead_open(&a, middle, out->data, tag.data);
	if (status != EX_OK) /* wiped */
		ex_blob_free(out);
	ex_wipe(&s, sizeof s);
	return status;
}
