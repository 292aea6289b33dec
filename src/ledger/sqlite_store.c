/* SPDX-License-Identifier: Apache-2.0 */
/* The store in a file: SQLite. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "rows.h"
#include "schema.h"

/* What is at the path; `*fresh`: nothing, or an empty file. */
static enum ex_status
look(const struct ex_store_open *o, bool *fresh, struct ex_error *err)
{
	const char *path = o->address;
	struct stat st = { 0 };

	*fresh = false;
	if (stat(path, &st) != 0) {
		if (errno != ENOENT || o->mode == EX_LEDGER_READ)
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
	if (o->mode == EX_LEDGER_WRITE &&
	    faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
		return ex_fail(
		    err, EX_ERR_DATABASE, path, "%s", strerror(errno));
	*fresh = st.st_size == 0 && o->mode == EX_LEDGER_WRITE;
	return EX_OK;
}

/* WAL: readers and a writer do not wait for each other. SQLite does not wait
 * for locks when it changes the mode, so we do (L7). */
static enum ex_status
use_wal(struct ex_sqlite *s, struct ex_error *err)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int rc = SQLITE_BUSY;

	for (int ms = 0; ms < EX_SQLITE_BUSY_MS; ms += 10) {
		rc = sqlite3_exec(
		    s->handle, "PRAGMA journal_mode = WAL", NULL, NULL, NULL);
		if ((rc & 0xff) != SQLITE_BUSY)
			break;
		nanosleep(&pause, NULL);
	}
	return rc == SQLITE_OK ? EX_OK : ex_sqlite_fail(s, rc, err);
}

static enum ex_status
prepare_writing(struct ex_sqlite *s, struct ex_error *err)
{
	static const char pragmas[] = "PRAGMA foreign_keys = ON;"
				      "PRAGMA secure_delete = ON;"
				      "PRAGMA synchronous = FULL;"; /* (L2) */
	static const char try[] = "BEGIN IMMEDIATE; ROLLBACK";
	enum ex_status status = use_wal(s, err);

	if (status == EX_OK)
		status = ex_sqlite_exec(s, pragmas, err);
	/* What SQLite may not write it opens for reading, silently: better
	 * told now than with the first vehicle (L5). */
	if (status == EX_OK)
		status = ex_sqlite_exec(s, try, err);
	if (status != EX_OK)
		ex_sqlite_rollback(s);
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
connect(
    struct ex_sqlite *s, const struct ex_store_open *o, struct ex_error *err)
{
	const char *name = o->address;
	bool read = o->mode == EX_LEDGER_READ;
	/* "./file:x": a name here, not a URI with options. */
	char *path = *name == '/' ? ex_strdup(name) : ex_path_join(".", name);
	enum ex_status status;
	bool blank;

	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, name, NULL);
	if (read && at_rest(path))
		status = ex_sqlite_open_at_rest(s, path, err);
	else
		status = ex_sqlite_open(s, path,
		    read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE, err);
	free(path);
	if (status == EX_OK)
		status = ex_schema_identify(s, &blank, err);
	if (status == EX_OK && blank && read)
		status =
		    ex_fail(err, EX_ERR_DATABASE, name, "holds no ledger yet");
	return status;
}

static void
sqlite_close(void **store)
{
	struct ex_sqlite *s = *store;

	if (!s)
		return;
	ex_sqlite_close(s);
	free(s);
	*store = NULL;
}

static enum ex_status
sqlite_open(const struct ex_store_open *o, void **out, struct ex_error *err)
{
	bool write = o->mode == EX_LEDGER_WRITE, fresh;
	void *store = NULL;
	struct ex_sqlite *s;
	enum ex_status status = look(o, &fresh, err);

	*out = NULL;
	if (status == EX_OK && fresh)
		status = ex_file_make_private(o->address, NULL, 0, err);
	if (status != EX_OK)
		return status;
	store = s = ex_calloc(1, sizeof *s);
	if (!s)
		return ex_fail(err, EX_ERR_NOMEM, o->name, NULL);
	s->sql = (struct ex_sql){
		.driver = &ex_sqlite_driver, .name = o->name, .port = "local"
	};
	status = connect(s, o, err);
	if (status == EX_OK && write)
		status = prepare_writing(s, err);
	if (status == EX_OK)
		status = ex_schema_update(s, write, err);
	if (status == EX_OK)
		*out = s;
	else
		sqlite_close(&store);
	return status;
}

static enum ex_status
begin(void *store, bool write, struct ex_error *err)
{
	struct ex_sqlite *s = store;

	ex_rows_begin(&s->sql, write);
	return ex_sqlite_exec(s, write ? "BEGIN IMMEDIATE" : "BEGIN", err);
}

static enum ex_status
commit(void *store, struct ex_error *err)
{
	return ex_sqlite_exec(store, "COMMIT", err);
}

static void
rollback(void *store)
{
	ex_sqlite_rollback(store);
}

const struct ex_store_ops ex_store_sqlite = {
	.version = EX_STORE_VERSION,
	.name = "sqlite",
	.look = look,
	.open = sqlite_open,
	.close = sqlite_close,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	EX_ROWS_OPS,
};
