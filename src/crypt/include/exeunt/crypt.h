/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * crypt: hashes, keyed hashes, chance, comparison of secrets. Thin over
 * OpenSSL 3, and shaped so that the wrong use does not compile or fails
 * aloud: sizes are fixed, nothing falls back to something weaker.
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
 * SHA-256 of a regular file of any size, read in pieces.
 *
 * @param path named in errors as given
 * @return EX_OK, EX_ERR_NOT_FOUND, EX_ERR_INPUT (a folder, a device, a read
 *         error), EX_ERR_INTERNAL; `out` zeroed unless EX_OK
 */
enum ex_status ex_sha256_file(
    const char *path, uint8_t out[static EX_SHA256_SIZE], struct ex_error *err);

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
