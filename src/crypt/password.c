/* SPDX-License-Identifier: Apache-2.0 */
/* scrypt (RFC 7914), and the form its result is stored in. */
#include "crypt_internal.h"

#include <string.h>

#define SALT_MOST 16
#define HASH_SIZE 32
/* A little over 128 r N of 64 MiB: twice what we store. */
#define MEMORY_MOST (UINT64_C(65) << 20)

struct cost {
	unsigned log_n, r, p;
};
static const struct cost standard = { 15, 8, 1 };

struct stored {
	struct cost cost;
	uint8_t salt[SALT_MOST], hash[HASH_SIZE];
	size_t salt_size;
};

static enum ex_status
derive(const char *password, size_t n, const struct stored *s,
    uint8_t out[static HASH_SIZE])
{
	if (EVP_PBE_scrypt(password, n, s->salt, s->salt_size,
		UINT64_C(1) << s->cost.log_n, s->cost.r, s->cost.p, MEMORY_MOST,
		out, HASH_SIZE) == 1)
		return EX_OK;
	ex_wipe(out, HASH_SIZE);
	return EX_ERR_INTERNAL;
}

/* ---- "scrypt$15$8$1$SALT$HASH" ----------------------------------------- */

/* What is before the next '$', or the rest. */
static bool
take_field(struct ex_bytes *in, struct ex_bytes *out)
{
	const uint8_t *end = in->size ? memchr(in->data, '$', in->size) : NULL;
	size_t n = end ? (size_t)(end - in->data) : in->size;
	uint8_t dollar;

	return ex_bytes_take(in, n, out) && n > 0 &&
	       (!end || ex_bytes_u8(in, &dollar));
}

/* A plain number of one or two digits, least..most. */
static bool
take_number(struct ex_bytes *in, unsigned least, unsigned most, unsigned *out)
{
	struct ex_bytes digits;
	uint8_t c;

	*out = 0;
	if (!take_field(in, &digits) || digits.size > 2)
		return false;
	while (ex_bytes_u8(&digits, &c)) {
		if (c < '0' || c > '9')
			return false;
		*out = *out * 10 + (c - (unsigned)'0');
	}
	return *out >= least && *out <= most;
}

static bool
parse(struct ex_bytes in, struct stored *s)
{
	struct ex_bytes name, salt;

	memset(s, 0, sizeof *s);
	if (!take_field(&in, &name) || name.size != 6 ||
	    memcmp(name.data, "scrypt", 6) != 0 ||
	    !take_number(&in, 10, 16, &s->cost.log_n) ||
	    !take_number(&in, 1, 8, &s->cost.r) ||
	    !take_number(&in, 1, 16, &s->cost.p) || !take_field(&in, &salt))
		return false;
	s->salt_size = salt.size / 2;
	return s->salt_size >= 1 && s->salt_size <= SALT_MOST &&
	       ex_hex_parse(salt, s->salt, s->salt_size) &&
	       ex_hex_parse(in, s->hash, sizeof s->hash);
}

/* ---- store and verify -------------------------------------------------- */

enum ex_status
ex_password_store(const char *password, char out[static EX_PASSWORD_SIZE])
{
	struct stored s = { .cost = standard, .salt_size = SALT_MOST };
	size_t n = strnlen(password, EX_PASSWORD_MOST + 1);
	char salt[EX_HEX_SIZE(SALT_MOST)], hash[EX_HEX_SIZE(HASH_SIZE)];
	enum ex_status status =
	    n >= 1 && n <= EX_PASSWORD_MOST ? EX_OK : EX_ERR_INPUT;

	memset(out, 0, EX_PASSWORD_SIZE);
	if (status == EX_OK)
		status = ex_random(s.salt, sizeof s.salt);
	if (status == EX_OK)
		status = derive(password, n, &s, s.hash);
	if (status == EX_OK) {
		ex_hex_format(s.salt, sizeof s.salt, salt);
		ex_hex_format(s.hash, sizeof s.hash, hash);
		snprintf(out, EX_PASSWORD_SIZE, "scrypt$%u$%u$%u$%s$%s",
		    s.cost.log_n, s.cost.r, s.cost.p, salt, hash);
	}
	ex_wipe(&s, sizeof s);
	ex_wipe(hash, sizeof hash);
	return status;
}

enum ex_status
ex_password_verify(const char *password, const char *stored)
{
	/* In the place of a person who is not there. */
	struct stored s = { .cost = standard, .salt_size = SALT_MOST };
	size_t n = strnlen(password, EX_PASSWORD_MOST + 1);
	bool there = stored && *stored, fits = n <= EX_PASSWORD_MOST;
	uint8_t hash[HASH_SIZE];
	enum ex_status status;

	if (there && !parse((struct ex_bytes){ (const uint8_t *)stored,
				strnlen(stored, EX_PASSWORD_SIZE) },
			 &s))
		return EX_ERR_FORMAT;
	status = derive(password, fits ? n : 0, &s, hash);
	if (status == EX_OK)
		status =
		    there && fits && ex_secret_equal(hash, s.hash, sizeof hash)
			? EX_OK
			: EX_NO;
	ex_wipe(hash, sizeof hash);
	ex_wipe(&s, sizeof s);
	return status;
}
