/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt_internal.h"

#include <openssl/core_names.h>
#include <openssl/params.h>

/* NULL where OpenSSL refuses. An empty key is refused here: to OpenSSL it
 * means "the key of before". */
static EVP_MAC_CTX *
start(struct ex_bytes key)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(
		    OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = NULL;
	EVP_MAC_CTX *ctx = NULL;

	if (key.size == 0)
		return NULL;
	mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;
	EVP_MAC_free(mac); /* the context holds its own reference */
	if (ctx && !EVP_MAC_init(ctx, key.data, key.size, params)) {
		EVP_MAC_CTX_free(ctx);
		ctx = NULL;
	}
	return ctx;
}

static bool
add(EVP_MAC_CTX *ctx, struct ex_bytes part)
{
	return part.size == 0 || EVP_MAC_update(ctx, part.data, part.size);
}

static bool
add_length(EVP_MAC_CTX *ctx, uint64_t size)
{
	uint8_t be[8];

	for (int i = 0; i < 8; i++)
		be[i] = (uint8_t)(size >> (56 - 8 * i));
	return EVP_MAC_update(ctx, be, sizeof be);
}

static enum ex_status
finish(EVP_MAC_CTX *ctx, bool good, uint8_t out[static EX_SHA256_SIZE])
{
	size_t n = 0;

	good = good && EVP_MAC_final(ctx, out, &n, EX_SHA256_SIZE) &&
	       n == EX_SHA256_SIZE;
	EVP_MAC_CTX_free(ctx);
	if (good)
		return EX_OK;
	ex_wipe(out, EX_SHA256_SIZE);
	return EX_ERR_INTERNAL;
}

enum ex_status
ex_hmac_sha256(struct ex_bytes key, struct ex_bytes message,
    uint8_t out[static EX_SHA256_SIZE])
{
	EVP_MAC_CTX *ctx = start(key);

	return finish(ctx, ctx && add(ctx, message), out);
}

enum ex_status
ex_hmac_sha256_parts(struct ex_bytes key, const struct ex_bytes parts[],
    size_t n, uint8_t out[static EX_SHA256_SIZE])
{
	EVP_MAC_CTX *ctx = start(key);
	bool good = ctx && n > 0;

	for (size_t i = 0; good && i < n; i++)
		good = add_length(ctx, parts[i].size) && add(ctx, parts[i]);
	return finish(ctx, good, out);
}

enum ex_status
ex_hmac_sha256_joined(struct ex_bytes key, const struct ex_bytes parts[],
    size_t n, uint8_t out[static EX_SHA256_SIZE])
{
	EVP_MAC_CTX *ctx = start(key);
	bool good = ctx != NULL;

	for (size_t i = 0; good && i < n; i++)
		good = add(ctx, parts[i]);
	return finish(ctx, good, out);
}
