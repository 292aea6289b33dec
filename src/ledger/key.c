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

/* ---- the proof: what the ledger remembers of its key -------------------- */

struct proof {
	const char *path;
	uint8_t bytes[EX_SHA256_SIZE];
};

/* An ex_ledger_work. One at a time: of two that begin a ledger with different
 * keys the second is refused. */
static enum ex_status
prove(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	static const char kind[] = "ledger", name[] = "key";
	const struct proof *p = arg;
	struct ex_bytes ours = { p->bytes, sizeof p->bytes };
	struct ex_blob stored = { 0 };
	bool there;
	enum ex_status status =
	    l->ops->thing_get(l->store, kind, name, &stored, &there, err);

	if (status == EX_OK && !there)
		status = l->ops->thing_put(l->store, kind, name, ours, err);
	else if (status == EX_OK &&
		 (stored.size != ours.size ||
		     !ex_secret_equal(stored.data, ours.data, ours.size)))
		status = ex_fail(err, EX_ERR_DATABASE, p->path,
		    "is the key of another ledger than %s", l->name);
	ex_blob_free(&stored);
	return status;
}

/* (L8) */
enum ex_status
ex_ledger_key_prove(struct ex_ledger *l, const char *path, struct ex_error *err)
{
	struct ex_bytes label = ex_string_bytes("exeunt ledger key 1");
	struct proof p = { .path = path };
	enum ex_status status =
	    ex_hmac_sha256_parts(bytes_of(&l->key), &label, 1, p.bytes);

	if (status != EX_OK)
		return ex_fail(err, status, path, NULL);
	return ex_ledger_within(l, true, prove, &p, err);
}
