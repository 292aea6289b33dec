/* SPDX-License-Identifier: Apache-2.0 */
/* The store on a server, or a cluster that speaks as one: PostgreSQL. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "postgres.h"
#include "rows.h"

/* What of a URI may be told: "postgres://host:port/database". */
static const char *
option(const PQconninfoOption *options, const char *name)
{
	for (; options->keyword; options++)
		if (strcmp(options->keyword, name) == 0 && options->val)
			return options->val;
	return "";
}

/* A password with a character that should have been escaped is taken for a
 * part of something else: such a URI is none. */
static bool
is_plain(const char *host, const char *port)
{
	return strspn(port, "0123456789,") == strlen(port) &&
	       strlen(port) <= 64 && !strchr(host, '@');
}

static char *
told_as(const char *address)
{
	PQconninfoOption *options = PQconninfoParse(address, NULL);
	char text[320] = "";

	if (options) {
		const char *host = option(options, "host");
		const char *port = option(options, "port");

		if (is_plain(host, port))
			snprintf(text, sizeof text, "postgres://%s%s%s/%s",
			    host, *port ? ":" : "", port,
			    option(options, "dbname"));
		PQconninfoFree(options);
	}
	return ex_strdup(text);
}

/* ---- opening ----------------------------------------------------------- */

static void
postgres_close(void **store)
{
	struct ex_postgres *p = *store;

	if (!p)
		return;
	ex_postgres_disconnect(p);
	if (p->uri)
		ex_wipe(p->uri, strlen(p->uri));
	free(p->uri);
	free(p);
	*store = NULL;
}

/* A store that is connected and nothing more. */
static enum ex_status
connect(const struct ex_store_open *o, void **out, struct ex_error *err)
{
	void *store;
	struct ex_postgres *p;
	enum ex_status status;

	store = p = ex_calloc(1, sizeof *p);
	*out = NULL;
	if (!p)
		return ex_fail(err, EX_ERR_NOMEM, o->name, NULL);
	p->sql = (struct ex_sql){
		.driver = &ex_postgres_driver, .name = o->name, .port = "local"
	};
	p->uri = ex_strdup(o->address);
	if (!p->uri)
		status = ex_fail(err, EX_ERR_NOMEM, o->name, NULL);
	else
		status = ex_postgres_connect(p, err);
	if (status == EX_OK)
		*out = p;
	else
		postgres_close(&store);
	return status;
}

static enum ex_status
look(const struct ex_store_open *o, bool *fresh, struct ex_error *err)
{
	int64_t version = 1;
	void *store;
	enum ex_status status = connect(o, &store, err);

	if (status == EX_OK)
		status = ex_postgres_version(store, &version, err);
	*fresh = status == EX_OK && version == 0;
	postgres_close(&store);
	return status;
}

static enum ex_status
use_pipeline(struct ex_postgres *p, struct ex_error *err)
{
	if (PQenterPipelineMode(p->link))
		return EX_OK;
	return ex_postgres_fail(p, NULL, err);
}

static enum ex_status
postgres_open(const struct ex_store_open *o, void **out, struct ex_error *err)
{
	enum ex_status status = connect(o, out, err);

	if (status == EX_OK)
		status =
		    ex_postgres_update(*out, o->mode == EX_LEDGER_WRITE, err);
	if (status == EX_OK)
		status = use_pipeline(*out, err);
	if (status != EX_OK)
		postgres_close(out);
	return status;
}

/* ---- transactions ------------------------------------------------------ */

#define TRIES_MS 8000 /* a server that was killed may be back by then */

/* (L12) */
static enum ex_status
reconnect(struct ex_postgres *p, struct ex_error *err)
{
	enum ex_status status = ex_postgres_connect(p, err);

	for (long waited = 0, ms = 20; status != EX_OK && waited < TRIES_MS;
	     waited += ms, ms = ms < 1000 ? 2 * ms : ms) {
		nanosleep(
		    &(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
		status = ex_postgres_connect(p, err);
	}
	return status == EX_OK ? use_pipeline(p, err) : status;
}

/* Has the server hung up since? Seen without asking it: once for its farewell,
 * once for the end behind it, of which either may be on its way. */
static bool
is_there(const struct ex_postgres *p)
{
	PGconn *link = p->link;

	if (PQstatus(link) != CONNECTION_OK || !PQconsumeInput(link) ||
	    !PQconsumeInput(link))
		return false;
	PQisBusy(link); /* takes what has come apart */
	return !p->left && PQstatus(link) == CONNECTION_OK;
}

/* Not waited for: what is wrong with it the first answer tells. */
static enum ex_status
begin(void *store, bool write, struct ex_error *err)
{
	/* Readers see one moment, writers what others have committed. */
	const char *text =
	    write ? "BEGIN READ WRITE"
		  : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
	struct ex_postgres *p = store;
	enum ex_status status = EX_OK;

	ex_rows_begin(&p->sql, write);
	p->failed = false;
	if (!is_there(p)) /* between transactions nothing is lost */
		status = reconnect(p, err);
	if (status == EX_OK &&
	    !PQsendQueryParams(p->link, text, 0, NULL, NULL, NULL, NULL, 1))
		status = ex_postgres_fail(p, NULL, err);
	return status;
}

static enum ex_status
commit(void *store, struct ex_error *err)
{
	struct ex_postgres *p = store;
	/* Of a transaction that has failed the server makes a ROLLBACK. */
	enum ex_status status = ex_postgres_exec(p, "COMMIT", "COMMIT", err);

	if (status == EX_OK)
		p->days_changed = false;
	return status;
}

static void
rollback(void *store)
{
	struct ex_postgres *p = store;

	/* Behind an addition that fails it is not looked at: once more. */
	for (int i = 0; i < 2 && PQstatus(p->link) == CONNECTION_OK &&
			PQtransactionStatus(p->link) != PQTRANS_IDLE;
	     i++)
		ex_postgres_exec(p, "ROLLBACK", NULL, NULL);
	if (p->days_changed || p->failed)
		memset(p->days, 0, sizeof p->days);
	p->days_changed = false;
	if (!p->failed)
		return;
	p->failed = false;
	if (PQstatus(p->link) == CONNECTION_OK)
		ex_postgres_exec(p, "DEALLOCATE ALL", NULL, NULL);
	memset(p->prepared, 0, sizeof p->prepared);
}

const struct ex_store_ops ex_store_postgres = {
	.version = EX_STORE_VERSION,
	.name = "postgres",
	.told_as = told_as,
	.look = look,
	.open = postgres_open,
	.close = postgres_close,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	EX_ROWS_OPS,
};
