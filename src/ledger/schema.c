/* SPDX-License-Identifier: Apache-2.0 */
#include "schema.h"

/* PRAGMA application_id (SQLite file format, 1.3.15): "EXNT". */
#define APPLICATION_ID     1163415124
#define SET_APPLICATION_ID "PRAGMA application_id = 1163415124"

static const struct {
	int version;
	const char *name;
	const char *sql;
} migrations[] = {
#define EX_MIGRATION(version, name, sql) { version, name, sql },
#include "migrations.inc"
#undef EX_MIGRATION
};

#define LATEST ((int64_t)(sizeof migrations / sizeof *migrations))

/* The one number of a statement's first row. */
static enum ex_status
number(
    struct ex_sqlite *s, const char *text, int64_t *out, struct ex_error *err)
{
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(s->handle, text, -1, &st, NULL);

	*out = 0;
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	if (rc == SQLITE_ROW)
		*out = sqlite3_column_int64(st, 0);
	sqlite3_finalize(st);
	if (rc == SQLITE_ROW || rc == SQLITE_DONE)
		return EX_OK;
	return ex_sqlite_fail(s, rc, err);
}

enum ex_status
ex_schema_identify(struct ex_sqlite *s, bool *blank, struct ex_error *err)
{
	static const char id_of[] = "PRAGMA application_id";
	static const char things[] = "SELECT count(*) FROM sqlite_schema";
	int64_t id = 0, n = 0;
	enum ex_status status;

	*blank = false;
	/* Of one moment: another process may be making the ledger (L7). */
	status = ex_sqlite_exec(s, "BEGIN", err);
	if (status == EX_OK)
		status = number(s, id_of, &id, err);
	if (status == EX_OK)
		status = number(s, things, &n, err);
	ex_sqlite_rollback(s);
	if (status != EX_OK)
		return status;
	*blank = id == 0 && n == 0;
	if (!*blank && id != APPLICATION_ID)
		return ex_fail(err, EX_ERR_DATABASE, s->sql.name,
		    "is a database of another program");
	return EX_OK;
}

static enum ex_status
version_of(struct ex_sqlite *s, int64_t *version, struct ex_error *err)
{
	static const char exists[] = "SELECT count(*) FROM sqlite_schema"
				     " WHERE name = 'schema_migration'";
	static const char last[] =
	    "SELECT ifnull(max(version), 0) FROM schema_migration";
	enum ex_status status = number(s, exists, version, err);

	if (status == EX_OK && *version)
		status = number(s, last, version, err);
	if (status != EX_OK)
		return status;
	if (*version > LATEST)
		return ex_fail(err, EX_ERR_DATABASE, s->sql.name,
		    "has schema %jd, made by a newer program; this one knows "
		    "up to %jd",
		    (intmax_t)*version, (intmax_t)LATEST);
	return EX_OK;
}

static int
log_migration(struct ex_sqlite *s, size_t i)
{
	static const char text[] = "INSERT INTO schema_migration"
				   " (version, applied_at, name)"
				   " VALUES (?, ?, ?)";
	char now[EX_RFC3339_SIZE];
	sqlite3_stmt *st;
	int rc = sqlite3_prepare_v2(s->handle, text, -1, &st, NULL);

	ex_rfc3339_format(ex_clock_wall_ms(), now);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int(st, 1, migrations[i].version);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(st, 2, now, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_bind_text(
		    st, 3, migrations[i].name, -1, SQLITE_STATIC);
	if (rc == SQLITE_OK)
		rc = sqlite3_step(st);
	sqlite3_finalize(st);
	return rc;
}

static enum ex_status
migrate_one(struct ex_sqlite *s, size_t i, struct ex_error *err)
{
	enum ex_status status = ex_sqlite_exec(s, migrations[i].sql, err);
	int rc;

	if (status != EX_OK)
		return status;
	rc = log_migration(s, i);
	return rc == SQLITE_DONE ? EX_OK : ex_sqlite_fail(s, rc, err);
}

static enum ex_status
migrate(struct ex_sqlite *s, struct ex_error *err)
{
	static const char begin[] = "BEGIN IMMEDIATE";
	static const char table[] = "CREATE TABLE IF NOT EXISTS"
				    " schema_migration ("
				    "  version INTEGER PRIMARY KEY,"
				    "  applied_at TEXT NOT NULL,"
				    "  name TEXT NOT NULL"
				    ") STRICT";
	int64_t version = 0;
	enum ex_status status = ex_sqlite_exec(s, begin, err);

	/* Read again under the lock: another process may have been faster. */
	if (status == EX_OK)
		status = version_of(s, &version, err);
	if (status == EX_OK)
		status = ex_sqlite_exec(s, SET_APPLICATION_ID, err);
	if (status == EX_OK)
		status = ex_sqlite_exec(s, table, err);
	for (int64_t i = version; status == EX_OK && i < LATEST; i++)
		status = migrate_one(s, (size_t)i, err);
	if (status == EX_OK)
		status = ex_sqlite_exec(s, "COMMIT", err);
	if (status != EX_OK)
		ex_sqlite_rollback(s);
	return status;
}

enum ex_status
ex_schema_update(struct ex_sqlite *s, bool write, struct ex_error *err)
{
	int64_t version;
	enum ex_status status = version_of(s, &version, err);

	if (status != EX_OK || version == LATEST)
		return status;
	if (write)
		return migrate(s, err);
	return ex_fail(err, EX_ERR_DATABASE, s->sql.name,
	    "has schema %jd, older than %jd; opened once for writing it is "
	    "brought up to date",
	    (intmax_t)version, (intmax_t)LATEST);
}
