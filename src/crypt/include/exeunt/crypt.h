/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * crypt: hashes, keyed hashes, sealed bytes, signatures, passwords, chance,
 * comparison of secrets. Thin over OpenSSL 3, and shaped so that the wrong use
 * does not compile or fails aloud: sizes are fixed, nothing falls back to
 * something weaker.
 *
 * Threads: every call may run in any thread. What a call could not finish is
 * zeroed, never left half made.
 */
#ifndef EXEUNT_CRYPT_H
#define EXEUNT_CRYPT_H

#include "exeunt/base.h"

#define EX_SHA256_SIZE 32

/** Characters of n bytes in hex, and the NUL. */
#define EX_HEX_SIZE(n) (2 * (n) + 1)

/**
 * SHA-256 (FIPS 180-4) of bytes in memory.
 * @return EX_OK; EX_ERR_INTERNAL where OpenSSL refuses, `out` zeroed
 */
enum ex_status ex_sha256(
    struct ex_bytes data, uint8_t out[static EX_SHA256_SIZE]);

/**
 * HMAC-SHA-256 (RFC 2104) of one message.
 *
 * @param key at least one byte; 32 of chance are the right choice
 * @return EX_OK; EX_ERR_INTERNAL for an empty key or where OpenSSL refuses,
 *         `out` zeroed
 */
enum ex_status ex_hmac_sha256(struct ex_bytes key, struct ex_bytes message,
    uint8_t out[static EX_SHA256_SIZE]);

/**
 * HMAC-SHA-256 of several parts that cannot be confused: each goes in behind
 * its length (8 bytes, big endian), so {"AB","C"} and {"A","BC"} differ. Make
 * the first part a label that says what is hashed; then one key serves several
 * purposes without one passing for another.
 *
 * @param n at least 1
 */
enum ex_status ex_hmac_sha256_parts(struct ex_bytes key,
    const struct ex_bytes parts[], size_t n,
    uint8_t out[static EX_SHA256_SIZE]);

/**
 * Bytes for keys and ids from the system's generator. There is no fallback:
 * without EX_OK the bytes are zero and must not be used.
 */
enum ex_status ex_random(void *out, size_t n);

/* ---- sealed bytes ------------------------------------------------------ */

/** A secret of 256 bits; wipe after use. */
#define EX_KEY_SIZE 32
struct ex_key {
	uint8_t bytes[EX_KEY_SIZE];
};

/** What sealing adds: nonce in front, tag behind. */
#define EX_SEAL_EXTRA (12 + 16)

/**
 * AES-256-GCM (NIST SP 800-38D) under a nonce of chance, which stands in front
 * of the sealed bytes. A key seals at most 2^32 messages.
 *
 * @param about bound to the message, not in it: what it is and whose
 * @param out   ex_blob_free; plain.size + EX_SEAL_EXTRA bytes; empty on failure
 * @return EX_OK, EX_ERR_NOMEM, EX_ERR_INTERNAL (also for 2 GiB and more)
 */
enum ex_status ex_seal(const struct ex_key *key, struct ex_bytes about,
    struct ex_bytes plain, struct ex_blob *out);
/**
 * @param out wipe and ex_blob_free; empty on failure
 * @return EX_OK; EX_ERR_FORMAT: not sealed with this key about this, or
 *         changed since; EX_ERR_NOMEM; EX_ERR_INTERNAL
 */
enum ex_status ex_unseal(const struct ex_key *key, struct ex_bytes about,
    struct ex_bytes sealed, struct ex_blob *out);

/** HKDF-SHA-256 (RFC 5869); n at most 255 x 32.
 *  @return EX_OK; EX_ERR_INTERNAL, `out` zeroed */
enum ex_status ex_hkdf_sha256(struct ex_bytes secret, struct ex_bytes salt,
    struct ex_bytes info, void *out, size_t n);

/* ---- sealed to somebody ------------------------------------------------ */

/** An X25519 key (RFC 7748): what is sealed to the public half only the
 *  private half opens, not who sealed it. */
struct ex_recipient {
	uint8_t bytes[32]; /**< public */
};
struct ex_recipient_key {
	struct ex_key secret;
	struct ex_recipient recipient;
};
/** @return EX_OK; EX_ERR_INTERNAL, `out` zeroed; of the next one too */
enum ex_status ex_recipient_key_make(struct ex_recipient_key *out);
/** The pair of a stored secret. */
enum ex_status ex_recipient_key_of(
    const struct ex_key *secret, struct ex_recipient_key *out);

/** What sealing to somebody adds: the sender's own key in front, tag behind. */
#define EX_SEAL_TO_EXTRA (32 + 16)

/**
 * HPKE (RFC 9180), single shot, base mode, DHKEM(X25519, HKDF-SHA256),
 * HKDF-SHA256, ChaCha20-Poly1305: `enc` and ciphertext behind each other.
 *
 * @param info  what the protocol is; both sides give the same
 * @param about as of ex_seal (HPKE's aad)
 * @return EX_OK, EX_ERR_NOMEM, EX_ERR_INTERNAL, EX_ERR_FORMAT for a public key
 *         of small order, with which everybody would have the same secret
 */
enum ex_status ex_seal_to(const struct ex_recipient *to, struct ex_bytes info,
    struct ex_bytes about, struct ex_bytes plain, struct ex_blob *out);
/** @return as ex_unseal */
enum ex_status ex_unseal_from(const struct ex_recipient_key *key,
    struct ex_bytes info, struct ex_bytes about, struct ex_bytes sealed,
    struct ex_blob *out);

/* ---- signatures -------------------------------------------------------- */

#define EX_SIGNATURE_SIZE 64
/** Ed25519 (RFC 8032). */
struct ex_signer_key {
	struct ex_key secret;
	uint8_t verifier[32]; /**< public */
};
enum ex_status ex_signer_key_make(struct ex_signer_key *out);
enum ex_status ex_signer_key_of(
    const struct ex_key *secret, struct ex_signer_key *out);
enum ex_status ex_sign(const struct ex_signer_key *key, struct ex_bytes message,
    uint8_t signature[static EX_SIGNATURE_SIZE]);
/** @return EX_OK, EX_NO for a signature that is not this key's over this,
 *  EX_ERR_INTERNAL */
enum ex_status ex_signature_verify(const uint8_t verifier[static 32],
    struct ex_bytes message, const uint8_t signature[static EX_SIGNATURE_SIZE]);

/* ---- passwords --------------------------------------------------------- */

#define EX_PASSWORD_SIZE 128 /**< of the stored form, with the NUL */
#define EX_PASSWORD_MOST 256 /**< bytes of a password */
/**
 * scrypt (RFC 7914), N = 2^15, r = 8, p = 1 (OWASP's advice), salt of chance,
 * as "scrypt$15$8$1$SALT$HASH" in hex. Takes 32 MiB and about 0.1 s.
 * @return EX_OK; EX_ERR_INPUT for an empty password or one over
 *         EX_PASSWORD_MOST; EX_ERR_INTERNAL; `out` "" then
 */
enum ex_status ex_password_store(
    const char *password, char out[static EX_PASSWORD_SIZE]);
/** @param stored NULL or "": takes the same time and is EX_NO, so that a name
 *  nobody has is not told by the clock. Other costs are read too, up to twice
 *  the memory (2^10..2^16, r to 8, p to 16).
 *  @return EX_OK, EX_NO, EX_ERR_FORMAT (`stored`), EX_ERR_INTERNAL */
enum ex_status ex_password_verify(const char *password, const char *stored);

/* ---- chance, comparison, text ------------------------------------------ */

/** Equal? In a time that depends on n alone. */
bool ex_secret_equal(const void *a, const void *b, size_t n);

/** Lower-case hex; `out` holds EX_HEX_SIZE(n) characters. */
void ex_hex_format(const void *data, size_t n, char *out);

/** Exactly n bytes from exactly 2 n hex digits of either case; on false `out`
 *  is zeroed. `text` need not end in NUL. */
bool ex_hex_parse(struct ex_bytes text, void *out, size_t n);

/** The bytes of a string, without its NUL. */
struct ex_bytes ex_string_bytes(const char *s);

#endif
