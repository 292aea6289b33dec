/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032), and the public halves of secrets. */
#include "crypt_internal.h"

static EVP_PKEY *
load(int kind, const struct ex_key *secret)
{
	return EVP_PKEY_new_raw_private_key(
	    kind, NULL, secret->bytes, sizeof secret->bytes);
}

enum ex_status
ex_public_of(int kind, const struct ex_key *secret, uint8_t out[static 32])
{
	EVP_PKEY *key = load(kind, secret);
	size_t n = 32;
	bool good =
	    key && EVP_PKEY_get_raw_public_key(key, out, &n) == 1 && n == 32;

	EVP_PKEY_free(key);
	if (good)
		return EX_OK;
	ex_wipe(out, 32);
	return EX_ERR_INTERNAL;
}

enum ex_status
ex_signer_key_of(const struct ex_key *secret, struct ex_signer_key *out)
{
	enum ex_status status;

	out->secret = *secret;
	status = ex_public_of(EVP_PKEY_ED25519, &out->secret, out->verifier);
	if (status != EX_OK)
		ex_wipe(out, sizeof *out);
	return status;
}

enum ex_status
ex_signer_key_make(struct ex_signer_key *out)
{
	enum ex_status status = ex_random(&out->secret, sizeof out->secret);

	if (status == EX_OK)
		return ex_signer_key_of(&out->secret, out);
	ex_wipe(out, sizeof *out);
	return status;
}

/* OpenSSL takes no NULL, even of no bytes. */
static const uint8_t *
bytes_or_empty(struct ex_bytes message)
{
	static const uint8_t none;

	return message.size ? message.data : &none;
}

enum ex_status
ex_sign(const struct ex_signer_key *key, struct ex_bytes message,
    uint8_t signature[static EX_SIGNATURE_SIZE])
{
	EVP_PKEY *pkey = load(EVP_PKEY_ED25519, &key->secret);
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	size_t n = EX_SIGNATURE_SIZE;
	bool good = ctx &&
		    EVP_DigestSignInit(ctx, NULL, NULL, NULL, pkey) == 1 &&
		    EVP_DigestSign(ctx, signature, &n, bytes_or_empty(message),
			message.size) == 1 &&
		    n == EX_SIGNATURE_SIZE;

	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	if (good)
		return EX_OK;
	ex_wipe(signature, EX_SIGNATURE_SIZE);
	return EX_ERR_INTERNAL;
}

enum ex_status
ex_signature_verify(const uint8_t verifier[static 32], struct ex_bytes message,
    const uint8_t signature[static EX_SIGNATURE_SIZE])
{
	EVP_PKEY *pkey =
	    EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, verifier, 32);
	EVP_MD_CTX *ctx = pkey ? EVP_MD_CTX_new() : NULL;
	int right = -1;

	if (ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, pkey) == 1)
		right = EVP_DigestVerify(ctx, signature, EX_SIGNATURE_SIZE,
		    bytes_or_empty(message), message.size);
	EVP_MD_CTX_free(ctx);
	EVP_PKEY_free(pkey);
	return right == 1 ? EX_OK : right == 0 ? EX_NO : EX_ERR_INTERNAL;
}
