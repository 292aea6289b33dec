/* SPDX-License-Identifier: Apache-2.0 */
/* What PostgreSQL alone can do: be durable or not, be lost and come back, keep
 * days in tables of their own. */
#include "backends.h"

#include <pthread.h>
#include <time.h>

#define PASSWORD "QXSECRETQX"
#define DAY_MS   INT64_C(86400000)

static struct backend *const pg = &backends[2];

static void
restart(const char *setting)
{
	cluster_stop(&backend_cluster, SIGINT);
	assert_true(cluster_start(&backend_cluster, setting));
}

/* Refused so, and no word of the password anywhere. */
static void
assert_refused(const char *uri, enum ex_status expected, const char *why)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;
	enum ex_status status =
	    ex_ledger_open(uri, pg->key, EX_LEDGER_WRITE, &l, &err);

	assert_null(l);
	assert_int_equal(status, expected);
	assert_null(strstr(err.what, PASSWORD));
	assert_null(strstr(err.why, PASSWORD));
	if (!strstr(err.why, why))
		fail_msg("expected '%s', got '%s: %s'", why, err.what, err.why);
}

static void
what_is_not_durable_is_refused(void **state) /* (L11) */
{
	(void)state;
	struct ex_ledger *l;

	backend_clear(pg);
	restart("fsync=off");
	assert_refused(pg->uri, EX_ERR_DATABASE, "fsync = off");
	restart("synchronous_commit=off");
	assert_refused(pg->uri, EX_ERR_DATABASE, "synchronous_commit = off");
	restart("synchronous_commit=local");
	l = backend_open(pg);
	ex_ledger_close(&l);
	restart(NULL);
}

static void
no_error_holds_a_password(void **state) /* (L12) */
{
	(void)state;
	static const char *const bad[] = {
		"postgres://u:" PASSWORD "@/postgres?host=/nowhere",
		"postgres:///postgres?host=/nowhere&password=" PASSWORD,
		"postgres://u:" PASSWORD "@[",
		"postgres://u:" PASSWORD "/x@h/db",
		"postgres://u:" PASSWORD "?x@h/db",
		"postgres://h/db?" PASSWORD,
		"postgresql://u:" PASSWORD "@127.0.0.1:1/db",
	};
	struct ex_ledger *l;
	struct ex_error err;

	backend_clear(pg);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		enum ex_status status =
		    ex_ledger_open(bad[i], pg->key, EX_LEDGER_WRITE, &l, &err);

		assert_refused(bad[i], status, "");
		assert_true(
		    status == EX_ERR_USAGE || status == EX_ERR_DATABASE);
	}
	assert_int_equal(
	    ex_ledger_open(pg->uri, NULL, EX_LEDGER_WRITE, &l, &err),
	    EX_ERR_USAGE);
	assert_non_null(strstr(err.why, "name a key file"));
}

static void
end_connections(void)
{
	char left[8];

	assert_true(cluster_sql(&backend_cluster,
	    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
	    " WHERE application_name = 'exeunt'",
	    NULL, 0));
	do /* it is a signal: until all are gone */
		assert_true(cluster_sql(&backend_cluster,
		    "SELECT count(*) FROM pg_stat_activity"
		    " WHERE application_name = 'exeunt'",
		    left, sizeof left));
	while (strcmp(left, "0") != 0);
}

static void
a_lost_connection_is_told_and_made_anew(void **state) /* (L12) */
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	struct ex_error said = { 0 };
	size_t n;

	/* Between transactions nothing is lost. */
	DO(sample_put(l, 0, err));
	end_connections();
	DO(sample_put(l, 1, err));
	/* Within one it is, and says so. */
	DO(ex_ledger_begin(l, err));
	DO(sample_put(l, 2, err));
	end_connections();
	assert_int_equal(sample_put(l, 3, &said), EX_ERR_DATABASE);
	assert_true(strstr(said.why, "was shut down") ||
		    strstr(said.why, "connection was lost"));
	assert_int_equal(ex_ledger_commit(l, NULL), EX_ERR_DATABASE);
	DO(ex_ledger_begin(l, err));
	DO(sample_put(l, 2, err));
	end_connections();
	assert_int_equal(ex_ledger_commit(l, NULL), EX_ERR_DATABASE);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 2);
	DO(sample_put(l, 2, err));
	ex_ledger_close(&l);
}

/* Its farewell may be here before the end of the connection is. */
static void
a_farewell_is_enough(void **state) /* (L12) */
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));

	for (unsigned k = 0; k < 60; k++) {
		DO(sample_put(l, k, err));
		assert_true(cluster_sql(&backend_cluster,
		    "SELECT pg_terminate_backend(pid, 5000) FROM"
		    " pg_stat_activity WHERE application_name = 'exeunt'",
		    NULL, 0));
	}
	DO(sample_put(l, 60, err));
	ex_ledger_close(&l);
}

static void
a_server_that_comes_back_is_used_again(void **state) /* (L12) */
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	enum ex_status status = EX_OK;
	unsigned k = 2;

	DO(sample_put(l, 0, err));
	cluster_stop(&backend_cluster, SIGKILL);
	assert_true(cluster_start(&backend_cluster, NULL));
	DO(sample_put(l, 1, err));
	/* One that does not is an error, after some seconds. */
	cluster_stop(&backend_cluster, SIGKILL);
	while (k < 1000 && (status = sample_put(l, k, NULL)) == EX_OK)
		k++; /* its helper outlives it for a moment */
	assert_int_equal(status, EX_ERR_DATABASE);
	assert_true(cluster_start(&backend_cluster, NULL));
	DO(sample_put(l, k, err));
	ex_ledger_close(&l);
}

/* A text that SQL gives. */
static void
assert_answer(const char *text, const char *expected)
{
	char got[400];

	assert_true(cluster_sql(&backend_cluster, text, got, sizeof got));
	assert_string_equal(got, expected);
}

static void
put_on_day(struct ex_ledger *l, int64_t day)
{
	struct ex_crossing c;

	sample_crossing(&c, 1);
	c.opened_ms = c.closed_ms = SAMPLE_START + day * DAY_MS;
	ex_ulid_make(c.opened_ms, (const uint8_t[10]){ 0 }, c.id);
	DO(ex_ledger_put(l, &c, err));
}

#define TABLES                                                                 \
	"SELECT string_agg(c.relname, ' ' ORDER BY c.relname)"                 \
	" FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"            \
	" WHERE c.relkind = 'r'"

static void
a_day_is_a_table_and_goes_as_one(void **state)
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	size_t n;

	for (int64_t day = 0; day < 3; day++)
		put_on_day(l, day);
	assert_answer(TABLES " AND c.relname LIKE 'crossing%'",
	    "crossing_20260105 crossing_20260106 crossing_20260107");
	assert_answer(TABLES " AND c.relname LIKE '%20260106'",
	    "crossing_20260106 document_20260106 occupant_20260106"
	    " picture_20260106 ruling_20260106");
	/* One id is looked for in one table. */
	assert_answer("SET search_path = exeunt; SET enable_seqscan = off;"
		      "CREATE FUNCTION plan(t text) RETURNS SETOF text"
		      " LANGUAGE plpgsql AS $$ BEGIN"
		      " RETURN QUERY EXECUTE 'EXPLAIN ' || t; END $$;"
		      "SELECT string_agg(substring(line FROM"
		      " 'on (crossing_[0-9]+)'), ' ') FROM plan("
		      "'SELECT * FROM crossing WHERE port = ''local'' AND id ="
		      " ''01KE953T000000000000000000''') AS line",
	    "crossing_20260106");
	DO(l->ops->begin(l->store, true, err));
	DO(l->ops->crossing_drop(l->store, SAMPLE_START + DAY_MS, &n, err));
	assert_int_equal(n, 1);
	DO(l->ops->commit(l->store, err));
	assert_answer(TABLES " AND c.relname LIKE '%20260105'", "");
	assert_answer("SELECT count(*) FROM exeunt.day", "2");
	ex_ledger_close(&l);
}

static void
a_day_that_is_read_is_not_waited_for(void **state)
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	struct ex_ledger *reader = backend_open(pg);
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct ex_crossing c;
	bool found;
	size_t n;

	DO(sample_put(l, 0, err));
	sample_crossing(&c, 0);
	DO(reader->ops->begin(reader->store, false, err));
	DO(reader->ops->crossing_get(reader->store, c.id, r, &found, err));
	DO(l->ops->begin(l->store, true, err));
	DO(l->ops->crossing_drop(l->store, SAMPLE_START + DAY_MS, &n, err));
	assert_int_equal(n, 1);
	DO(l->ops->commit(l->store, err));
	assert_answer(TABLES " AND c.relname LIKE 'crossing%'",
	    "crossing_20260105"); /* empty, until the next time */
	assert_answer("SELECT count(*) FROM exeunt.crossing", "0");
	reader->ops->rollback(reader->store);
	free(r);
	ex_ledger_close(&reader);
	ex_ledger_close(&l);
}

/* What one port forgets another may keep, and read meanwhile. */
static void
a_day_of_two_ports_goes_with_the_last(void **state)
{
	(void)state;
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	struct ex_ledger *other = backend_open(pg);
	size_t n;

	DO(sample_put(l, 0, err));
	DO(other->ops->use_port(other->store, "other", err));
	DO(sample_put(other, 1, err));
	DO(l->ops->begin(l->store, true, err));
	DO(l->ops->crossing_drop(l->store, SAMPLE_START + DAY_MS, &n, err));
	assert_int_equal(n, 1);
	assert_answer("SELECT count(*) FROM pg_locks"
		      " WHERE mode = 'AccessExclusiveLock'"
		      " AND locktype = 'relation'",
	    "0");
	assert_int_equal(ex_ledger_count(other, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 1);
	DO(l->ops->commit(l->store, err));
	assert_answer(
	    "SELECT string_agg(port, ' ') FROM exeunt.crossing", "other");
	DO(other->ops->begin(other->store, true, err));
	DO(other->ops->crossing_drop(
	    other->store, SAMPLE_START + DAY_MS, &n, err));
	assert_int_equal(n, 1);
	DO(other->ops->commit(other->store, err));
	assert_answer("SELECT count(*) FROM exeunt.day", "0");
	ex_ledger_close(&other);
	ex_ledger_close(&l);
}

static void *
forget_too(void *arg)
{
	struct ex_ledger *l = arg;
	enum ex_status status;
	size_t n;

	status = l->ops->begin(l->store, true, NULL);
	if (status == EX_OK)
		status = l->ops->crossing_drop(
		    l->store, SAMPLE_START + DAY_MS, &n, NULL);
	if (status == EX_OK)
		status = l->ops->commit(l->store, NULL);
	l->ops->rollback(l->store);
	return status == EX_OK && n == 0 ? arg : NULL;
}

/* As two hubs of a port do when both look at the same minute. */
static void
two_forget_a_day_at_once(void **state)
{
	(void)state;
	const struct timespec moment = { 0, 300000000 };
	struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
	struct ex_ledger *other = backend_open(pg);
	pthread_t thread;
	void *well;
	size_t n;

	DO(sample_put(l, 0, err));
	DO(l->ops->begin(l->store, true, err));
	DO(l->ops->crossing_drop(l->store, SAMPLE_START + DAY_MS, &n, err));
	assert_int_equal(n, 1);
	assert_int_equal(pthread_create(&thread, NULL, forget_too, other), 0);
	nanosleep(&moment, NULL); /* it waits, or will find nothing */
	DO(l->ops->commit(l->store, err));
	assert_int_equal(pthread_join(thread, &well), 0);
	assert_non_null(well);
	ex_ledger_close(&other);
	ex_ledger_close(&l);
}

static void
databases_that_hold_no_ledger_are_refused(void **state) /* (L6) */
{
	(void)state;
	struct ex_ledger *l;
	struct ex_error said = { 0 };

	backend_clear(pg);
	assert_int_equal(
	    ex_ledger_open(pg->uri, NULL, EX_LEDGER_READ, &l, &said),
	    EX_ERR_DATABASE);
	assert_string_equal(said.why, "holds no ledger yet");
	l = backend_open(pg);
	ex_ledger_close(&l);
	assert_true(cluster_sql(&backend_cluster,
	    "INSERT INTO exeunt.schema_migration VALUES (99, 'x', 'later')",
	    NULL, 0));
	assert_refused(pg->uri, EX_ERR_DATABASE, "made by a newer program");
	assert_true(cluster_sql(
	    &backend_cluster, "DROP DATABASE IF EXISTS latin", NULL, 0));
	assert_true(cluster_sql(&backend_cluster,
	    "CREATE DATABASE latin ENCODING LATIN1 TEMPLATE template0", NULL,
	    0));
	snprintf(pg->uri, sizeof pg->uri, "postgres://exeunt@/latin?host=%s",
	    backend_cluster.folder);
	assert_refused(pg->uri, EX_ERR_DATABASE, "encoding is not UTF8");
}

static enum ex_status
count_one(const struct ex_crossing *c, void *arg)
{
	(void)c;
	++*(size_t *)arg;
	return EX_OK;
}

static void
a_damaged_record_is_not_handed_out(void **state) /* (L9) */
{
	(void)state;
	static const char *const harms[] = {
		"DELETE FROM exeunt.occupant WHERE n = 3",
		"UPDATE exeunt.occupant SET seat = 'roof' WHERE n = 1",
		"UPDATE exeunt.occupant SET document = 9 WHERE n = 1",
		"UPDATE exeunt.document SET n = 4 WHERE n = 3",
		"UPDATE exeunt.crossing SET direction = 'up'",
		"UPDATE exeunt.crossing SET opened_ms = opened_ms - 1",
		"UPDATE exeunt.crossing SET occupants = 17",
		"UPDATE exeunt.crossing SET lane = repeat('x', 300)",
	};

	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		struct ex_error said = { 0 };
		struct ex_ledger *l = (backend_clear(pg), backend_open(pg));
		struct ex_crossing c;
		size_t n = 0;

		DO(sample_put(l, 0, err));
		sample_crossing(&c, 0);
		assert_true(cluster_sql(&backend_cluster, harms[i], NULL, 0));
		if (ex_ledger_each(l, NULL, count_one, &n, &said) !=
			EX_ERR_DATABASE ||
		    n != 0 ||
		    ex_ledger_get(l, c.id, &c, NULL) != EX_ERR_DATABASE)
			fail_msg("handed out after: %s", harms[i]);
		assert_non_null(strstr(said.why, "is damaged: "));
		ex_ledger_close(&l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_durable_is_refused),
		cmocka_unit_test(no_error_holds_a_password),
		cmocka_unit_test(a_lost_connection_is_told_and_made_anew),
		cmocka_unit_test(a_farewell_is_enough),
		cmocka_unit_test(a_server_that_comes_back_is_used_again),
		cmocka_unit_test(a_day_is_a_table_and_goes_as_one),
		cmocka_unit_test(a_day_that_is_read_is_not_waited_for),
		cmocka_unit_test(a_day_of_two_ports_goes_with_the_last),
		cmocka_unit_test(two_forget_a_day_at_once),
		cmocka_unit_test(databases_that_hold_no_ledger_are_refused),
		cmocka_unit_test(a_damaged_record_is_not_handed_out),
	};

	return cmocka_run_group_tests(tests, backends_make, backends_end);
}
