/* SPDX-License-Identifier: Apache-2.0 */
/* A vault: a folder of keys, each in a file of its own, all sealed under a
 * master that lies elsewhere. Here the folder, the master and the node's own
 * keys; vault_epoch.c has the keys that are destroyed. */
#include "vault_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SEALED_SIZE (EX_KEY_SIZE + EX_SEAL_EXTRA)
#define HEX_SIZE    (2 * EX_KEY_SIZE)
#define PROOF       "proof"
#define RECIPIENT   "recipient"
#define SIGNER      "signer"

/* ---- private files ----------------------------------------------------- */

struct private_file {
	const char *folder; /* "": the path says it */
	const char *path;
	int at, flags;  /* folder of the path, of openat */
	mode_t refused; /* permissions it must not have */
	bool of_root;   /* may belong to root too */
};

static enum ex_status
refuse(const struct private_file *f, enum ex_status status, const char *why,
    struct ex_error *err)
{
	char what[PATH_MAX];

	snprintf(what, sizeof what, "%s%s%s", f->folder, *f->folder ? "/" : "",
	    f->path);
	return ex_fail(err, status, what, "%s", why);
}

static enum ex_status
check_private(
    const struct private_file *f, const struct stat *st, struct ex_error *err)
{
	if (!S_ISREG(st->st_mode))
		return refuse(
		    f, EX_ERR_ENVIRONMENT, "is not a regular file", err);
	if (st->st_uid != geteuid() && !(f->of_root && st->st_uid == 0))
		return refuse(
		    f, EX_ERR_ENVIRONMENT, "belongs to another user", err);
	if (st->st_mode & f->refused)
		return refuse(f, EX_ERR_ENVIRONMENT,
		    "is open to other users of the machine; chmod 600 it", err);
	return EX_OK;
}

/* At most `size` bytes; `*n` how many there are, `size` + 1 for more. */
static enum ex_status
read_private(const struct private_file *f, uint8_t *to, size_t size, size_t *n,
    struct stat *st, struct ex_error *err)
{
	int fd = openat(f->at, f->path,
	    O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | f->flags);
	enum ex_status status;
	ssize_t got = 0;

	*n = 0;
	if (fd < 0)
		return refuse(f,
		    errno == ENOENT ? EX_ERR_NOT_FOUND : EX_ERR_ENVIRONMENT,
		    strerror(errno), err);
	status = fstat(fd, st) == 0
		     ? check_private(f, st, err)
		     : refuse(f, EX_ERR_ENVIRONMENT, strerror(errno), err);
	if (status == EX_OK) {
		got = pread(fd, to, size, 0);
		if (got < 0)
			status =
			    refuse(f, EX_ERR_ENVIRONMENT, strerror(errno), err);
	}
	close(fd);
	if (status == EX_OK)
		*n = st->st_size > (off_t)size ? size + 1 : (size_t)got;
	return status;
}

/* ---- keys under the master --------------------------------------------- */

static struct ex_bytes
about(const char *name, char text[static EX_VAULT_NAME_SIZE + 32])
{
	snprintf(text, EX_VAULT_NAME_SIZE + 32, "exeunt vault 1 %s", name);
	return ex_string_bytes(text);
}

static enum ex_status
make_key(struct ex_vault *v, const char *name, struct ex_error *err)
{
	char text[EX_VAULT_NAME_SIZE + 32];
	struct ex_blob sealed = { 0 };
	struct ex_key key;
	char *path = ex_path_join(v->dir, name);
	enum ex_status status =
	    path ? ex_random(&key, sizeof key) : EX_ERR_NOMEM;

	if (status == EX_OK)
		status = ex_seal(&v->master, about(name, text),
		    (struct ex_bytes){ key.bytes, sizeof key.bytes }, &sealed);
	if (status != EX_OK)
		ex_fail(err, status, v->dir, NULL);
	else /* another process may be faster: then theirs stays */
		status =
		    ex_file_make_private(path, sealed.data, sealed.size, err);
	ex_wipe(&key, sizeof key);
	ex_blob_free(&sealed);
	free(path);
	return status;
}

static bool
is_blank(const uint8_t *p, size_t n)
{
	while (n > 0 && p[n - 1] == 0)
		n--;
	return n == 0;
}

static enum ex_status
load_key(struct ex_vault *v, const char *name, struct ex_key *out,
    struct stat *st, struct ex_error *err)
{
	const struct private_file f = { v->dir, name, v->fd, O_NOFOLLOW, 077,
		false };
	char text[EX_VAULT_NAME_SIZE + 32];
	uint8_t sealed[SEALED_SIZE];
	struct ex_blob key = { 0 };
	size_t n;
	enum ex_status status =
	    read_private(&f, sealed, sizeof sealed, &n, st, err);

	if (status != EX_OK)
		return status;
	if (n == sizeof sealed && is_blank(sealed, n))
		return refuse(&f, EX_ERR_NOT_FOUND, "has been destroyed", err);
	status = n == sizeof sealed ? ex_unseal(&v->master, about(name, text),
					  (struct ex_bytes){ sealed, n }, &key)
				    : EX_ERR_FORMAT;
	if (status != EX_OK)
		return refuse(&f, status,
		    status == EX_ERR_FORMAT ? "was changed since it was made"
					    : ex_status_text(status),
		    err);
	memcpy(out->bytes, key.data, sizeof out->bytes);
	ex_wipe(key.data, key.size);
	ex_blob_free(&key);
	return EX_OK;
}

enum ex_status
ex_vault_key(struct ex_vault *v, const char *name, bool make,
    struct ex_key *out, struct stat *st, struct ex_error *err)
{
	enum ex_status status;

	memset(out, 0, sizeof *out);
	if (make && faccessat(v->fd, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 &&
	    errno == ENOENT) {
		status = make_key(v, name, err);
		if (status != EX_OK)
			return status;
	}
	return load_key(v, name, out, st, err);
}

/* ---- the master -------------------------------------------------------- */

/* Of systemd's credentials the group's bits may be those of an access list. */
static enum ex_status
master_path(const char *given, char path[static PATH_MAX],
    struct private_file *f, struct ex_error *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	int n;

	if (!given && !folder)
		return ex_fail(err, EX_ERR_ENVIRONMENT, "master key",
		    "is missing: no file is named and $CREDENTIALS_DIRECTORY "
		    "is not set");
	n = given ? snprintf(path, PATH_MAX, "%s", given)
		  : snprintf(path, PATH_MAX, "%s/exeunt-master", folder);
	if (n < 0 || n >= PATH_MAX)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, "master key", "name too long");
	*f = (struct private_file){ "", path, AT_FDCWD, 0, given ? 077 : 007,
		true };
	return EX_OK;
}

static enum ex_status
make_master(const char *path, struct ex_error *err)
{
	struct ex_key key;
	char hex[EX_HEX_SIZE(sizeof key.bytes)];
	enum ex_status status = ex_random(&key, sizeof key);

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
read_master(const struct private_file *f, struct ex_key *out, struct stat *st,
    struct ex_error *err)
{
	uint8_t text[HEX_SIZE + 1];
	size_t n;
	enum ex_status status = read_private(f, text, sizeof text, &n, st, err);

	if (status == EX_ERR_NOT_FOUND)
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, f->path, "no such master key");
	if (status == EX_OK && n == sizeof text && text[HEX_SIZE] == '\n')
		n--;
	if (status == EX_OK &&
	    !ex_hex_parse((struct ex_bytes){ text, n <= HEX_SIZE ? n : 0 },
		out->bytes, sizeof out->bytes))
		status = ex_fail(err, EX_ERR_FORMAT, f->path,
		    "is not a master key, which has %d hex digits", HEX_SIZE);
	ex_wipe(text, sizeof text);
	return status;
}

/* `fresh`: the vault has no master yet. */
static enum ex_status
take_master(struct ex_vault *v, const struct ex_vault_options *o, bool fresh,
    struct ex_error *err)
{
	char path[PATH_MAX];
	struct private_file f;
	struct stat st, folder;
	enum ex_status status = master_path(o->master, path, &f, err);

	if (status == EX_OK && fresh && faccessat(AT_FDCWD, path, F_OK, 0) != 0)
		status = make_master(path, err);
	if (status == EX_OK)
		status = read_master(&f, &v->master, &st, err);
	if (status == EX_OK && fstat(v->fd, &folder) != 0)
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
	if (status == EX_OK && !o->same_disk && st.st_dev == folder.st_dev)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, path,
		    "lies on the same file system as the vault: who takes one "
		    "has both");
	return status;
}

/* Is it this vault's master? A new vault takes it. */
static enum ex_status
prove_master(struct ex_vault *v, bool fresh, struct ex_error *err)
{
	const struct private_file f = { v->dir, PROOF, v->fd, O_NOFOLLOW, 077,
		false };
	struct ex_bytes label = ex_string_bytes("exeunt vault 1");
	uint8_t proof[EX_SHA256_SIZE], there[EX_SHA256_SIZE];
	char *path = ex_path_join(v->dir, PROOF);
	struct stat st;
	size_t n = 0;
	enum ex_status status =
	    path ? ex_hmac_sha256_parts(
		       (struct ex_bytes){ v->master.bytes, EX_KEY_SIZE },
		       &label, 1, proof)
		 : EX_ERR_NOMEM;

	if (status != EX_OK)
		ex_fail(err, status, v->dir, NULL);
	if (status == EX_OK && fresh)
		status = ex_file_make_private(path, proof, sizeof proof, err);
	free(path);
	if (status == EX_OK)
		status = read_private(&f, there, sizeof there, &n, &st, err);
	if (status == EX_OK &&
	    (n != sizeof there || !ex_secret_equal(there, proof, sizeof proof)))
		status = ex_fail(err, EX_ERR_FORMAT, v->dir,
		    "the master key is not this vault's");
	return status;
}

/* ---- opening ----------------------------------------------------------- */

static enum ex_status
open_folder(struct ex_vault *v, bool make, bool *fresh, struct ex_error *err)
{
	struct stat st;

	*fresh = false;
	if (make && mkdir(v->dir, 0700) != 0 && errno != EEXIST)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
	v->fd = open(v->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (v->fd < 0 || fstat(v->fd, &st) != 0)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 077))
		return ex_fail(err, EX_ERR_ENVIRONMENT, v->dir,
		    "is not this user's alone; chmod 700 it");
	if (faccessat(v->fd, PROOF, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return EX_OK;
	if (!make)
		return ex_fail(err, EX_ERR_ENVIRONMENT, v->dir,
		    "is no vault yet; see 'exeunt vault init'");
	*fresh = true;
	return EX_OK;
}

static enum ex_status
load_own(struct ex_vault *v, bool make, struct ex_error *err)
{
	struct ex_key secret;
	struct stat st;
	enum ex_status status =
	    ex_vault_key(v, RECIPIENT, make, &secret, &st, err);

	if (status == EX_OK) {
		status = ex_recipient_key_of(&secret, &v->recipient);
		if (status != EX_OK)
			ex_fail(err, status, v->dir, NULL);
	}
	if (status == EX_OK)
		status = ex_vault_key(v, SIGNER, make, &secret, &st, err);
	if (status == EX_OK) {
		status = ex_signer_key_of(&secret, &v->signer);
		if (status != EX_OK)
			ex_fail(err, status, v->dir, NULL);
	}
	ex_wipe(&secret, sizeof secret);
	if (status == EX_ERR_NOT_FOUND)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, v->dir,
		    "has lost a key of the node's own");
	return status;
}

enum ex_status
ex_vault_open(const struct ex_vault_options *o, struct ex_vault **out,
    struct ex_error *err)
{
	struct ex_vault *v = ex_calloc(1, sizeof *v);
	enum ex_status status = EX_OK;
	bool fresh = false;

	*out = NULL;
	if (!v)
		return ex_fail(err, EX_ERR_NOMEM, o->dir, NULL);
	v->fd = -1;
	pthread_mutex_init(&v->lock, NULL);
	v->dir = ex_strdup(o->dir);
	if (!v->dir)
		status = ex_fail(err, EX_ERR_NOMEM, o->dir, NULL);
	if (status == EX_OK)
		status = open_folder(v, o->make, &fresh, err);
	if (status == EX_OK)
		status = take_master(v, o, fresh, err);
	/* The proof last: a vault that has it is whole. */
	if (status == EX_OK && fresh)
		status = load_own(v, true, err);
	if (status == EX_OK)
		status = prove_master(v, fresh, err);
	if (status == EX_OK && !fresh)
		status = load_own(v, false, err);
	if (status == EX_OK)
		*out = v;
	else
		ex_vault_close(&v);
	return status;
}

void
ex_vault_close(struct ex_vault **vault)
{
	struct ex_vault *v = *vault;

	if (!v)
		return;
	if (v->fd >= 0)
		close(v->fd);
	pthread_mutex_destroy(&v->lock);
	free(v->dir);
	ex_wipe(v, sizeof *v);
	free(v);
	*vault = NULL;
}

const struct ex_recipient *
ex_vault_recipient(const struct ex_vault *v)
{
	return &v->recipient.recipient;
}

const struct ex_recipient_key *
ex_vault_recipient_key(const struct ex_vault *v)
{
	return &v->recipient;
}

const uint8_t *
ex_vault_verifier(const struct ex_vault *v)
{
	return v->signer.verifier;
}

enum ex_status
ex_vault_sign(struct ex_vault *v, struct ex_bytes message,
    uint8_t signature[static EX_SIGNATURE_SIZE])
{
	return ex_sign(&v->signer, message, signature);
}
