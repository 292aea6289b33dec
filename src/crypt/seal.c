/* SPDX-License-Identifier: Apache-2.0 */
#include "crypt_internal.h"

#include <limits.h>
#include <string.h>

/* ---- any AEAD ---------------------------------------------------------- */

static bool
small_enough(const struct ex_aead *a, struct ex_bytes from)
{
	return from.size <= INT_MAX && a->about.size <= INT_MAX;
}

/* Everything but the tag. OpenSSL takes no NULL, even of no bytes. */
static bool
run(EVP_CIPHER_CTX *ctx, const struct ex_aead *a, bool sealing,
    struct ex_bytes from, uint8_t *to)
{
	int n = 0;

	if (!ctx || !small_enough(a, from))
		return false;
	if (EVP_CipherInit_ex(
		ctx, a->cipher, NULL, a->key->bytes, a->nonce, sealing) != 1)
		return false;
	if (a->about.size > 0 && EVP_CipherUpdate(ctx, NULL, &n, a->about.data,
				     (int)a->about.size) != 1)
		return false;
	return from.size == 0 ||
	       (EVP_CipherUpdate(ctx, to, &n, from.data, (int)from.size) == 1 &&
		   (size_t)n == from.size);
}

enum ex_status
ex_aead_seal(const struct ex_aead *a, struct ex_bytes from, uint8_t *to,
    uint8_t tag[static EX_TAG_SIZE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t rest[EX_TAG_SIZE];
	int n = 0;
	bool good = run(ctx, a, true, from, to) &&
		    EVP_CipherFinal_ex(ctx, rest, &n) == 1 &&
		    EVP_CIPHER_CTX_ctrl(
			ctx, EVP_CTRL_AEAD_GET_TAG, EX_TAG_SIZE, tag) == 1;

	EVP_CIPHER_CTX_free(ctx); /* wipes */
	if (good)
		return EX_OK;
	ex_wipe(to, from.size); /* perhaps still what it was made from */
	ex_wipe(tag, EX_TAG_SIZE);
	return EX_ERR_INTERNAL;
}

enum ex_status
ex_aead_open(const struct ex_aead *a, struct ex_bytes from, uint8_t *to,
    const uint8_t tag[static EX_TAG_SIZE])
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t right[EX_TAG_SIZE], rest[EX_TAG_SIZE];
	enum ex_status status = EX_ERR_INTERNAL;
	int n = 0;

	memcpy(right, tag, sizeof right); /* the call takes no const */
	if (run(ctx, a, false, from, to) &&
	    EVP_CIPHER_CTX_ctrl(
		ctx, EVP_CTRL_AEAD_SET_TAG, EX_TAG_SIZE, right) == 1)
		/* Nothing but the tag can fail here. */
		status = EVP_CipherFinal_ex(ctx, rest, &n) == 1 ? EX_OK
								: EX_ERR_FORMAT;
	EVP_CIPHER_CTX_free(ctx);
	if (status != EX_OK)
		ex_wipe(to, from.size);
	return status;
}

/* ---- AES-256-GCM under a nonce of chance ------------------------------- */

enum ex_status
ex_seal(const struct ex_key *key, struct ex_bytes about, struct ex_bytes plain,
    struct ex_blob *out)
{
	struct ex_aead a = { EVP_aes_256_gcm(), key, NULL, about };
	enum ex_status status;
	uint8_t *data;

	*out = (struct ex_blob){ 0 };
	if (plain.size > INT_MAX)
		return EX_ERR_INTERNAL;
	data = ex_calloc(plain.size + EX_SEAL_EXTRA, 1);
	if (!data)
		return EX_ERR_NOMEM;
	a.nonce = data;
	status = ex_random(data, EX_NONCE_SIZE);
	if (status == EX_OK)
		status = ex_aead_seal(&a, plain, data + EX_NONCE_SIZE,
		    data + EX_NONCE_SIZE + plain.size);
	*out = (struct ex_blob){ data, plain.size + EX_SEAL_EXTRA };
	if (status != EX_OK)
		ex_blob_free(out);
	return status;
}

enum ex_status
ex_unseal(const struct ex_key *key, struct ex_bytes about,
    struct ex_bytes sealed, struct ex_blob *out)
{
	struct ex_aead a = { EVP_aes_256_gcm(), key, NULL, about };
	struct ex_bytes nonce, middle, tag;
	enum ex_status status;

	*out = (struct ex_blob){ 0 };
	if (sealed.size < EX_SEAL_EXTRA || sealed.size > INT_MAX)
		return EX_ERR_FORMAT;
	if (!ex_bytes_take(&sealed, EX_NONCE_SIZE, &nonce) ||
	    !ex_bytes_take(&sealed, sealed.size - EX_TAG_SIZE, &middle) ||
	    !ex_bytes_take(&sealed, EX_TAG_SIZE, &tag))
		return EX_ERR_FORMAT;
	*out = (struct ex_blob){ ex_calloc(middle.size, 1), middle.size };
	if (!out->data) {
		out->size = 0;
		return EX_ERR_NOMEM;
	}
	a.nonce = nonce.data;
	status = ex_aead_open(&a, middle, out->data, tag.data);
	if (status != EX_OK) /* wiped */
		ex_blob_free(out);
	return status;
}
