/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of crypt share. */
#ifndef EXEUNT_CRYPT_INTERNAL_H
#define EXEUNT_CRYPT_INTERNAL_H

#include "exeunt/crypt.h"

#include <openssl/evp.h>

#define EX_NONCE_SIZE 12
#define EX_TAG_SIZE   16

/* HMAC-SHA-256 of parts behind each other, as if they were one message. */
enum ex_status ex_hmac_sha256_joined(struct ex_bytes key,
    const struct ex_bytes parts[], size_t n,
    uint8_t out[static EX_SHA256_SIZE]);

/* The two halves of HKDF (RFC 5869, 2.2 and 2.3), of parts behind each other;
 * at most EX_KDF_PARTS. */
#define EX_KDF_PARTS 6
enum ex_status ex_hkdf_extract(struct ex_bytes salt,
    const struct ex_bytes parts[], size_t n, struct ex_key *out);
enum ex_status ex_hkdf_expand(const struct ex_key *prk,
    const struct ex_bytes parts[], size_t n_parts, void *out, size_t n);

/* An AEAD: `to` takes as many bytes as `from` has. The tag is written when
 * sealing; opening, one that is not right is EX_ERR_FORMAT and `to` is
 * wiped. */
struct ex_aead {
	const EVP_CIPHER *cipher;
	const struct ex_key *key;
	const uint8_t *nonce; /* EX_NONCE_SIZE bytes */
	struct ex_bytes about;
};
enum ex_status ex_aead_seal(const struct ex_aead *a, struct ex_bytes from,
    uint8_t *to, uint8_t tag[static EX_TAG_SIZE]);
enum ex_status ex_aead_open(const struct ex_aead *a, struct ex_bytes from,
    uint8_t *to, const uint8_t tag[static EX_TAG_SIZE]);

/* The public half of a secret on an Edwards or Montgomery curve: `kind` is
 * EVP_PKEY_X25519 or EVP_PKEY_ED25519. */
enum ex_status ex_public_of(
    int kind, const struct ex_key *secret, uint8_t out[static 32]);

#endif
