/* SPDX-License-Identifier: Apache-2.0 */
#include "key.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define HEX_SIZE (2 * EX_LEDGER_KEY_SIZE)

static struct ex_bytes
bytes_of(const struct ex_ledger_key *key)
{
	return (struct ex_bytes){ key->bytes, sizeof key->bytes };
}

static enum ex_status
make(const char *path, struct ex_error *err)
{
	struct ex_ledger_key key;
	char hex[EX_HEX_SIZE(sizeof key.bytes)];
	enum ex_status status = ex_random(key.bytes, sizeof key.bytes);

	if (status != EX_OK)
		return ex_fail(err, status, path, "no random bytes to be had");
	ex_hex_format(key.bytes, sizeof key.bytes, hex);
	hex[HEX_SIZE] = '\n';
	status = ex_file_make_private(path, hex, sizeof hex, err);
	ex_wipe(&key, sizeof key);
	ex_wipe(hex, sizeof hex);
	return status;
}

static enum ex_status
parse(const char *path, struct ex_bytes text, struct ex_ledger_key *key,
    struct ex_error *err)
{
	if (text.size == HEX_SIZE + 1 && text.data[HEX_SIZE] == '\n')
		text.size--;
	if (ex_hex_parse(text, key->bytes, sizeof key->bytes))
		return EX_OK;
	return ex_fail(err, EX_ERR_DATABASE, path,
	    "is not a ledger's key, which has %d hex digits", HEX_SIZE);
}

/* There, and not for everybody? A missing one is made where that is right. */
static enum ex_status
ensure(
    const char *path, const char *ledger, bool may_make, struct ex_error *err)
{
	struct stat st;

	if (stat(path, &st) == 0) {
		if (S_ISREG(st.st_mode) && (st.st_mode & S_IRWXO) == 0)
			return EX_OK;
		return ex_fail(err, EX_ERR_DATABASE, path,
		    S_ISREG(st.st_mode)
			? "is open to every user of the machine; chmod 600 it"
			: "is not a regular file");
	}
	if (errno == ENOENT && may_make)
		return make(path, err);
	if (errno == ENOENT)
		return ex_fail(err, EX_ERR_DATABASE, path,
		    "is missing; without its key nothing is written to %s",
		    ledger);
	return ex_fail(err, EX_ERR_DATABASE, path, "%s", strerror(errno));
}

/* (L8) */
enum ex_status
ex_ledger_key_load(const char *path, const char *ledger, bool may_make,
    struct ex_ledger_key *key, struct ex_error *err)
{
	struct ex_error why = { 0 };
	struct ex_blob text = { 0 };
	enum ex_status status = ensure(path, ledger, may_make, err);

	if (status != EX_OK)
		return status;
	status = ex_file_read(path, 256, &text, &why);
	if (status == EX_OK)
		status = parse(path, ex_blob_bytes(&text), key, err);
	else if (status == EX_ERR_NOMEM)
		ex_fail(err, status, path, NULL);
	else /* for a caller's file this were bad input */
		status = ex_fail(err, EX_ERR_DATABASE, path, "%s", why.why);
	ex_wipe(text.data, text.size);
	ex_blob_free(&text);
	return status;
}

static enum ex_status
read_proof(struct ex_sql *s, uint8_t out[static EX_SHA256_SIZE], bool *there,
    struct ex_error *err)
{
	static const char text[] = "SELECT proof FROM ledger_key";
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	*there = false;
	if (status == EX_OK)
		status = ex_sql_step(&q, there, err);
	if (status == EX_OK && *there) {
		ex_sql_take_blob(&q, out, EX_SHA256_SIZE);
		ex_sql_reset(&q);
	}
	return status;
}

static enum ex_status
write_proof(struct ex_sql *s, const uint8_t proof[static EX_SHA256_SIZE],
    struct ex_error *err)
{
	static const char text[] = "INSERT INTO ledger_key (one, proof)"
				   " VALUES (1, ?) ON CONFLICT DO NOTHING";
	struct ex_sql_query q;
	enum ex_status status = ex_sql_query(s, text, &q, err);

	if (status != EX_OK)
		return status;
	ex_sql_put_blob(&q, proof, EX_SHA256_SIZE);
	return ex_sql_run(&q, err);
}

/* (L8) */
enum ex_status
ex_ledger_key_prove(struct ex_sql *s, const char *path,
    const struct ex_ledger_key *key, struct ex_error *err)
{
	struct ex_bytes label = ex_string_bytes("exeunt ledger key 1");
	uint8_t proof[EX_SHA256_SIZE], stored[EX_SHA256_SIZE] = { 0 };
	bool there;
	enum ex_status status =
	    ex_hmac_sha256_parts(bytes_of(key), &label, 1, proof);

	if (status != EX_OK)
		return ex_fail(err, status, path, NULL);
	status = read_proof(s, stored, &there, err);
	if (status == EX_OK && !there) {
		status = write_proof(s, proof, err);
		/* Another process may have been faster, with another key. */
		if (status == EX_OK)
			status = read_proof(s, stored, &there, err);
	}
	if (status == EX_OK && !ex_secret_equal(stored, proof, sizeof stored))
		status = ex_fail(err, EX_ERR_DATABASE, path,
		    "is the key of another ledger than %s", s->name);
	return status;
}
