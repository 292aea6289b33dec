/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ledger promises. A comment (L2) stands where a promise is kept, and
 * in tests/ledger where it is tried.
 *
 * (L1) A crossing is there whole or not at all, whatever kills the process.
 * (L2) A crossing that ex_ledger_put answered with EX_OK is on disk.
 * (L3) Putting the same crossing again changes nothing; another crossing under
 *      the same id is refused.
 * (L4) No document number, issuer, path, box, picture or template enters the
 *      file: of the number a keyed hash does, whose key is in another file. Of
 *      an opted-out vehicle its id and times are kept, no more.
 * (L5) What cannot be written (full disk, read-only) is one error with exit
 *      code 4, and costs nothing that was there.
 * (L6) Only a ledger is opened: what is no database, damaged, newer or of
 *      another program is refused and stays as it was.
 * (L7) Several processes may write at once.
 * (L8) A key is made for a new ledger only, before it and whole; a ledger
 *      without its key, or with another's, is refused.
 * (L9) What comes back is what was stored, ids rising; a record that
 *      contradicts itself is an error and is not handed out.
 */
#include "exeunt/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "key.h"
#include "rows.h"
#include "schema.h"

struct ex_ledger {
	struct ex_sql sql;
	struct ex_ledger_key key; /* zero when opened for reading */
};

/* ---- opening ----------------------------------------------------------- */

static enum ex_status
path_of(const char *uri, const char **path, struct ex_error *err)
{
	static const char ours[] = "sqlite:";
	const char *colon = strstr(uri, "://");

	*path = uri;
	if (strncmp(uri, ours, sizeof ours - 1) == 0)
		*path = uri + sizeof ours - 1;
	/* Without its address: that may hold a password. */
	else if (colon)
		return ex_fail(err, EX_ERR_USAGE, "ledger",
		    "%.*s: is not a kind of ledger known here; sqlite:PATH is",
		    (int)(colon - uri), uri);
	if (**path == '\0')
		return ex_fail(err, EX_ERR_USAGE, "ledger", "names no file");
	return EX_OK;
}

static bool
in_memory(const char *path)
{
	return strcmp(path, ":memory:") == 0;
}

/* What is at `path`; `*fresh`: nothing, or an empty file. */
static enum ex_status
look(const char *path, enum ex_ledger_mode mode, bool *fresh,
    struct ex_error *err)
{
	struct stat st = { 0 };

	*fresh = false;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT || mode == EX_LEDGER_READ)
			return ex_fail(
			    err, EX_ERR_DATABASE, path, "%s", strerror(errno));
		*fresh = true;
		return EX_OK;
	}
	if (!S_ISREG(st.st_mode))
		return ex_fail(
		    err, EX_ERR_DATABASE, path, "is not a regular file");
	/* Asked before SQLite is: it would open the file for reading, and
	 * leave a WAL beside it that stays read-only when the file is not. */
	if (mode == EX_LEDGER_WRITE &&
	    faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
		return ex_fail(
		    err, EX_ERR_DATABASE, path, "%s", strerror(errno));
	*fresh = st.st_size == 0 && mode == EX_LEDGER_WRITE;
	return EX_OK;
}

/* WAL: readers and a writer do not wait for each other. SQLite does not wait
 * for locks when it changes the mode, so we do (L7). */
static enum ex_status
use_wal(struct ex_sql *s, struct ex_error *err)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int rc = SQLITE_BUSY;

	for (int ms = 0; ms < EX_SQL_BUSY_MS; ms += 10) {
		rc = sqlite3_exec(
		    s->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return rc == SQLITE_OK ? EX_OK : ex_sql_fail(s, rc, err);
}

static enum ex_status
prepare_writing(struct ex_sql *s, struct ex_error *err)
{
	static const char pragmas[] = "PRAGMA foreign_keys = ON;"
				      "PRAGMA secure_delete = ON;"
				      "PRAGMA synchronous = FULL;"; /* (L2) */
	static const char try[] = "BEGIN IMMEDIATE; ROLLBACK";
	enum ex_status status = use_wal(s, err);

	if (status == EX_OK)
		status = ex_sql_exec(s, pragmas, err);
	/* What SQLite may not write it opens for reading, silently: better
	 * told now than with the first vehicle (L5). */
	if (status == EX_OK)
		status = ex_sql_exec(s, try, err);
	if (status != EX_OK)
		ex_sql_rollback(s);
	return status;
}

/* May SQLite make no files beside this one, and is there no log of it? So it
 * is with an auditor's copy on a medium that cannot be written. */
static bool
at_rest(const char *path)
{
	const char *slash = strrchr(path, '/');
	char beside[PATH_MAX];
	struct stat st;
	int n;

	n = snprintf(beside, sizeof beside, "%.*s",
	    slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	if (n < 0 || (size_t)n >= sizeof beside ||
	    faccessat(AT_FDCWD, beside, W_OK, AT_EACCESS) == 0)
		return false;
	n = snprintf(beside, sizeof beside, "%s-wal", path);
	return n > 0 && (size_t)n < sizeof beside &&
	       (stat(beside, &st) != 0 || st.st_size == 0);
}

/* The connection, and whether it is one to a ledger; nothing is written. */
static enum ex_status
connect(struct ex_ledger *l, enum ex_ledger_mode mode, struct ex_error *err)
{
	const char *name = l->sql.name;
	/* "./file:x": a name here, not a URI with options. */
	bool plain = *name == '/' || in_memory(name);
	char *path = plain ? ex_strdup(name) : ex_path_join(".", name);
	int flags = mode == EX_LEDGER_READ ? SQLITE_OPEN_READONLY
					   : SQLITE_OPEN_READWRITE;
	enum ex_status status;
	bool blank;

	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, name, NULL);
	status = mode == EX_LEDGER_READ && at_rest(path)
		     ? ex_sql_open_at_rest(&l->sql, path, err)
		     : ex_sql_open(&l->sql, path, flags, err);
	free(path);
	if (status == EX_OK)
		status = ex_schema_identify(&l->sql, &blank, err);
	if (status == EX_OK && blank && mode == EX_LEDGER_READ)
		status =
		    ex_fail(err, EX_ERR_DATABASE, name, "holds no ledger yet");
	return status;
}

static enum ex_status
open_file(struct ex_ledger *l, const char *key_file, enum ex_ledger_mode mode,
    struct ex_error *err)
{
	const char *name = l->sql.name;
	bool write = mode == EX_LEDGER_WRITE, fresh;
	enum ex_status status = look(name, mode, &fresh, err);

	/* The key before the file: who finds a ledger finds its key (L8). */
	if (status == EX_OK && fresh)
		status = ex_ledger_key_load(key_file, name, true, &l->key, err);
	if (status == EX_OK && fresh)
		status = ex_file_make_private(name, NULL, 0, err);
	if (status == EX_OK)
		status = connect(l, mode, err);
	if (status == EX_OK && write && !fresh)
		status =
		    ex_ledger_key_load(key_file, name, false, &l->key, err);
	if (status == EX_OK && write)
		status = prepare_writing(&l->sql, err);
	if (status == EX_OK)
		status = ex_schema_update(&l->sql, write, err);
	if (status == EX_OK && write)
		status = ex_ledger_key_prove(&l->sql, key_file, &l->key, err);
	return status;
}

static enum ex_status
open_memory(struct ex_ledger *l, struct ex_error *err)
{
	enum ex_status status = ex_random(l->key.bytes, sizeof l->key.bytes);

	if (status != EX_OK)
		return ex_fail(
		    err, status, l->sql.name, "no random bytes to be had");
	status = connect(l, EX_LEDGER_WRITE, err);
	if (status == EX_OK)
		status = prepare_writing(&l->sql, err);
	return status == EX_OK ? ex_schema_update(&l->sql, true, err) : status;
}

enum ex_status
ex_ledger_open(const char *uri, const char *key_file, enum ex_ledger_mode mode,
    struct ex_ledger **out, struct ex_error *err)
{
	struct ex_ledger *l = NULL;
	char *beside = NULL;
	const char *path;
	size_t size;
	enum ex_status status = path_of(uri, &path, err);

	*out = NULL;
	if (status != EX_OK)
		return status;
	size = strlen(path) + sizeof ".key";
	l = ex_calloc(1, sizeof *l);
	beside = ex_calloc(size, 1);
	if (l)
		l->sql.name = ex_strdup(path);
	if (!l || !beside || !l->sql.name) {
		status = ex_fail(err, EX_ERR_NOMEM, path, NULL);
		goto out;
	}
	snprintf(beside, size, "%s.key", path);
	status = in_memory(path)
		     ? open_memory(l, err)
		     : open_file(l, key_file ? key_file : beside, mode, err);
	if (status == EX_OK) {
		*out = l;
		l = NULL;
	}
out:
	free(beside);
	ex_ledger_close(&l);
	return status;
}

void
ex_ledger_close(struct ex_ledger **ledger)
{
	struct ex_ledger *l = *ledger;

	if (!l)
		return;
	ex_sql_close(&l->sql);
	ex_wipe(&l->key, sizeof l->key);
	free(l);
	*ledger = NULL;
}

/* ---- writing ----------------------------------------------------------- */

/* (L3) */
static enum ex_status
same_or_refuse(
    struct ex_ledger *l, const struct ex_ledger_record *r, struct ex_error *err)
{
	struct ex_ledger_record *there = ex_calloc(1, sizeof *there);
	enum ex_status status;
	bool found;

	if (!there)
		return ex_fail(err, EX_ERR_NOMEM, l->sql.name, NULL);
	status = ex_rows_load(&l->sql, r->c.id, there, &found, err);
	if (status == EX_OK && (!found || !ex_ledger_record_equal(r, there)))
		status = ex_fail(err, EX_ERR_DATABASE, l->sql.name,
		    "crossing %s is recorded already, with other content",
		    r->c.id);
	free(there);
	return status;
}

/* One transaction: (L1), and with synchronous = FULL (L2). */
static enum ex_status
put_record(
    struct ex_ledger *l, const struct ex_ledger_record *r, struct ex_error *err)
{
	enum ex_status status = ex_sql_exec(&l->sql, "BEGIN IMMEDIATE", err);
	bool fresh = false;

	if (status != EX_OK)
		return status;
	status = ex_rows_insert(&l->sql, r, &fresh, err);
	if (status == EX_OK && !fresh)
		status = same_or_refuse(l, r, err);
	if (status == EX_OK && fresh)
		status = ex_sql_exec(&l->sql, "COMMIT", err);
	ex_sql_rollback(&l->sql); /* (L5); nothing after a commit */
	return status;
}

enum ex_status
ex_ledger_put(
    struct ex_ledger *l, const struct ex_crossing *c, struct ex_error *err)
{
	struct ex_ledger_record *r;
	enum ex_status status;

	if (sqlite3_db_readonly(l->sql.handle, "main") == 1)
		return ex_fail(err, EX_ERR_DATABASE, l->sql.name,
		    "is open for reading only");
	r = ex_calloc(1, sizeof *r);
	if (!r)
		return ex_fail(err, EX_ERR_NOMEM, l->sql.name, NULL);
	status = ex_ledger_record_make(&l->key, c, r, err);
	if (status == EX_OK)
		status = put_record(l, r, err);
	free(r);
	return status;
}

/* ---- reading ----------------------------------------------------------- */

static const struct ex_ledger_filter everything;

/* A transaction: heads and lists of one moment. */
static enum ex_status
begin_reading(
    struct ex_ledger *l, struct ex_ledger_record **r, struct ex_error *err)
{
	*r = ex_calloc(1, sizeof **r);
	if (!*r)
		return ex_fail(err, EX_ERR_NOMEM, l->sql.name, NULL);
	return ex_sql_exec(&l->sql, "BEGIN", err);
}

static void
end_reading(struct ex_ledger *l, struct ex_ledger_record *r)
{
	ex_sql_rollback(&l->sql);
	free(r);
}

enum ex_status
ex_ledger_each(struct ex_ledger *l, const struct ex_ledger_filter *filter,
    ex_ledger_visit *visit, void *arg, struct ex_error *err)
{
	struct ex_ledger_record *r;
	enum ex_status status = begin_reading(l, &r, err);

	if (status == EX_OK)
		status = ex_rows_each(
		    &l->sql, filter ? filter : &everything, r, visit, arg, err);
	end_reading(l, r);
	return status;
}

enum ex_status
ex_ledger_get(struct ex_ledger *l, const char *id, struct ex_crossing *out,
    struct ex_error *err)
{
	struct ex_ledger_record *r;
	bool found = false;
	enum ex_status status = begin_reading(l, &r, err);

	if (status == EX_OK)
		status = ex_rows_load(&l->sql, id, r, &found, err);
	if (status == EX_OK && !found)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->sql.name,
		    "holds no crossing %s", id);
	/* Not before: `id` may be the one in `out`. */
	if (status == EX_OK)
		*out = r->c;
	else
		memset(out, 0, sizeof *out);
	end_reading(l, r);
	return status;
}

enum ex_status
ex_ledger_count(struct ex_ledger *l, const struct ex_ledger_filter *filter,
    size_t *n, struct ex_error *err)
{
	*n = 0;
	return ex_rows_count(&l->sql, filter ? filter : &everything, n, err);
}
