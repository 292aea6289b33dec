/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/crypt.h"

#include <openssl/evp.h>

enum ex_status
ex_sha256(struct ex_bytes data, uint8_t out[static EX_SHA256_SIZE])
{
	/* OpenSSL takes no NULL, even of no bytes. */
	if (EVP_Digest(data.size ? data.data : out, data.size, out, NULL,
		EVP_sha256(), NULL))
		return EX_OK;
	ex_wipe(out, EX_SHA256_SIZE);
	return EX_ERR_INTERNAL;
}
