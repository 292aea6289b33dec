/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF (RFC 5869) on HMAC-SHA-256. */
#include "crypt_internal.h"

#include <assert.h>
#include <string.h>

#define MOST (255 * EX_SHA256_SIZE) /* RFC 5869, 2.3: one byte counts */

enum ex_status
ex_hkdf_extract(struct ex_bytes salt, const struct ex_bytes parts[], size_t n,
    struct ex_key *out)
{
	/* RFC 5869, 2.2: without a salt, zeros. */
	static const uint8_t zeros[EX_SHA256_SIZE];

	if (salt.size == 0)
		salt = (struct ex_bytes){ zeros, sizeof zeros };
	return ex_hmac_sha256_joined(salt, parts, n, out->bytes);
}

/* RFC 5869, 2.3: T(i) = HMAC(PRK, T(i - 1) | info | i). */
enum ex_status
ex_hkdf_expand(const struct ex_key *prk, const struct ex_bytes parts[],
    size_t n_parts, void *out, size_t n)
{
	struct ex_bytes all[EX_KDF_PARTS + 2];
	uint8_t block[EX_SHA256_SIZE], count = 1, *to = out;
	enum ex_status status = n <= MOST ? EX_OK : EX_ERR_INTERNAL;

	assert(n_parts <= EX_KDF_PARTS);
	all[0] = (struct ex_bytes){ NULL, 0 };
	for (size_t i = 0; i < n_parts; i++)
		all[i + 1] = parts[i];
	all[n_parts + 1] = (struct ex_bytes){ &count, 1 };
	for (size_t done = 0; status == EX_OK && done < n; count++) {
		size_t left = n - done;
		size_t take = left < sizeof block ? left : sizeof block;

		status = ex_hmac_sha256_joined(
		    (struct ex_bytes){ prk->bytes, sizeof prk->bytes }, all,
		    n_parts + 2, block);
		memcpy(to + done, block, take);
		done += take;
		all[0] = (struct ex_bytes){ block, sizeof block };
	}
	ex_wipe(block, sizeof block);
	if (status != EX_OK)
		ex_wipe(out, n);
	return status;
}

enum ex_status
ex_hkdf_sha256(struct ex_bytes secret, struct ex_bytes salt,
    struct ex_bytes info, void *out, size_t n)
{
	struct ex_key prk;
	enum ex_status status = ex_hkdf_extract(salt, &secret, 1, &prk);

	if (status == EX_OK)
		status = ex_hkdf_expand(&prk, &info, 1, out, n);
	else
		ex_wipe(out, n);
	ex_wipe(&prk, sizeof prk);
	return status;
}
