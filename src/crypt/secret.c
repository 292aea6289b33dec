/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/crypt.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#define STRENGTH_BITS 256

enum ex_status
ex_random(void *out, size_t n)
{
	if (n == 0 || RAND_priv_bytes_ex(NULL, out, n, STRENGTH_BITS) == 1)
		return EX_OK;
	ex_wipe(out, n);
	return EX_ERR_INTERNAL;
}

bool
ex_secret_equal(const void *a, const void *b, size_t n)
{
	return n == 0 || CRYPTO_memcmp(a, b, n) == 0;
}
