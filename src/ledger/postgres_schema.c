/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL's schema `exeunt` looks like, and how it came to. */
#include <stdlib.h>
#include <string.h>

#include "postgres.h"

static const struct {
	int version;
	const char *name;
	const char *sql;
} migrations[] = {
#define EX_MIGRATION(version, name, sql) { version, name, sql },
#include "migrations_postgres.inc"
#undef EX_MIGRATION
};

#define LATEST ((int64_t)(sizeof migrations / sizeof *migrations))

/* The one number of a statement, with one value or none. */
static enum ex_status
number(struct ex_postgres *p, const char *text, const char *value, int64_t *out,
    struct ex_error *err)
{
	PGresult *r = PQexecParams(
	    p->link, text, value ? 1 : 0, NULL, &value, NULL, NULL, 0);
	enum ex_status status = EX_OK;

	*out = 0;
	if (PQresultStatus(r) != PGRES_TUPLES_OK || PQntuples(r) != 1)
		status = ex_postgres_fail(p, r, err);
	else
		*out = strtoll(PQgetvalue(r, 0, 0), NULL, 10);
	PQclear(r);
	return status;
}

enum ex_status
ex_postgres_version(
    struct ex_postgres *p, int64_t *version, struct ex_error *err)
{
	static const char exists[] =
	    "SELECT count(to_regclass('exeunt.schema_migration'))";
	static const char last[] =
	    "SELECT coalesce(max(version), 0) FROM exeunt.schema_migration";
	enum ex_status status = number(p, exists, NULL, version, err);

	if (status == EX_OK && *version)
		status = number(p, last, NULL, version, err);
	if (status == EX_OK && *version > LATEST)
		status = ex_fail(err, EX_ERR_DATABASE, p->sql.name,
		    "has schema %jd, made by a newer program; this one knows "
		    "up to %jd",
		    (intmax_t)*version, (intmax_t)LATEST);
	return status;
}

static enum ex_status
migrate_one(struct ex_postgres *p, size_t i, struct ex_error *err)
{
	static const char log[] =
	    "INSERT INTO schema_migration (version, applied_at, name)"
	    " VALUES ($1, $2, $3)";
	char version[16], now[EX_RFC3339_SIZE];
	const char *values[] = { version, now, migrations[i].name };
	enum ex_status status =
	    ex_postgres_exec(p, migrations[i].sql, NULL, err);
	PGresult *r;

	if (status != EX_OK)
		return status;
	snprintf(version, sizeof version, "%d", migrations[i].version);
	ex_rfc3339_format(ex_clock_wall_ms(), now);
	r = PQexecParams(p->link, log, 3, NULL, values, NULL, NULL, 0);
	if (PQresultStatus(r) != PGRES_COMMAND_OK)
		status = ex_postgres_fail(p, r, err);
	PQclear(r);
	return status;
}

/* In one transaction; of several programs that start at once one makes the
 * tables, and the others find them made. */
static enum ex_status
migrate(struct ex_postgres *p, struct ex_error *err)
{
	static const char begin[] =
	    "BEGIN;"
	    "SELECT pg_advisory_xact_lock(hashtextextended('exeunt', 0))";
	static const char tables[] =
	    "CREATE SCHEMA IF NOT EXISTS exeunt;"
	    "CREATE TABLE IF NOT EXISTS schema_migration ("
	    "  version bigint PRIMARY KEY,"
	    "  applied_at text NOT NULL,"
	    "  name text NOT NULL)";
	int64_t version = 0;
	enum ex_status status = ex_postgres_exec(p, begin, NULL, err);

	if (status == EX_OK)
		status = ex_postgres_exec(p, tables, NULL, err);
	if (status == EX_OK)
		status = ex_postgres_version(p, &version, err);
	for (int64_t i = version; status == EX_OK && i < LATEST; i++)
		status = migrate_one(p, (size_t)i, err);
	if (status == EX_OK)
		return ex_postgres_exec(p, "COMMIT", "COMMIT", err);
	ex_postgres_exec(p, "ROLLBACK", NULL, NULL);
	return status;
}

enum ex_status
ex_postgres_update(struct ex_postgres *p, bool write, struct ex_error *err)
{
	int64_t version;
	enum ex_status status = ex_postgres_version(p, &version, err);

	if (status != EX_OK || version == LATEST)
		return status;
	if (write)
		return migrate(p, err);
	if (version == 0)
		return ex_fail(
		    err, EX_ERR_DATABASE, p->sql.name, "holds no ledger yet");
	return ex_fail(err, EX_ERR_DATABASE, p->sql.name,
	    "has schema %jd, older than %jd; opened once for writing it is "
	    "brought up to date",
	    (intmax_t)version, (intmax_t)LATEST);
}
