/* SPDX-License-Identifier: Apache-2.0 */
/* The files: what is in them, who may open them, what is refused. */
#include "sample.h"

/* Whole file, or nothing where there is none. */
static struct ex_blob
slurp(const char *path)
{
	struct ex_blob b = { 0 };

	ex_file_read(path, 1u << 28, &b, NULL);
	return b;
}

static size_t
occurrences(const char *path, const char *needle)
{
	struct ex_blob b = slurp(path);
	size_t n = 0, size = strlen(needle);

	for (size_t i = 0; i + size <= b.size; i++)
		n += memcmp(b.data + i, needle, size) == 0;
	ex_blob_free(&b);
	return n;
}

static void
copy(const char *from, const char *to)
{
	struct ex_blob b = slurp(from);

	assert_int_equal(ex_file_write(to, b.data, b.size, NULL), EX_OK);
	ex_blob_free(&b);
}

/* A new ledger of `n` samples, closed again. */
static const char *
ledger_of(const char *name, unsigned n)
{
	const char *path = sample_path(name);
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);

	for (unsigned k = 0; k < n; k++)
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	ex_ledger_close(&l);
	return path;
}

static void
assert_refused(const char *path, const char *key, enum ex_ledger_mode mode,
    const char *what, const char *why)
{
	struct ex_ledger *l = (struct ex_ledger *)&l;
	struct ex_error err = { 0 };
	enum ex_status status = ex_ledger_open(path, key, mode, &l, &err);

	assert_int_equal(ex_status_exit(status), 4);
	assert_null(l);
	assert_string_equal(err.what, what);
	if (!strstr(err.why, why))
		fail_msg("expected '%s', got '%s'", why, err.why);
}

static void
nothing_personal_enters_the_files(void **state) /* (L4) */
{
	(void)state;
	static const char *const kept_out[] = { SAMPLE_NUMBER, SAMPLE_ISSUER,
		"QPframes", "documents/QP", ".json", ".jpg" };
	static const char *const endings[] = { "", "-wal", "-shm", ".key" };
	const char *path = sample_path("personal.db");
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);
	size_t seen = 0;
	char file[256];

	for (unsigned k = 0; k < 20; k++)
		assert_int_equal(sample_put(l, k, NULL), EX_OK);
	for (int open = 1; open >= 0; open--) { /* WAL, then database */
		for (size_t e = 0; e < 4; e++) {
			snprintf(file, sizeof file, "%s%s", path, endings[e]);
			for (size_t i = 0; i < 6; i++)
				assert_int_equal(
				    occurrences(file, kept_out[i]), 0);
			/* The search itself finds what is there. */
			seen += occurrences(file, "front-left");
		}
		if (open)
			ex_ledger_close(&l);
	}
	assert_true(seen >= 20);
}

static void
numbers_are_hashed_under_the_ledgers_key(void **state) /* (L4) */
{
	(void)state;
	static const char distinct[] =
	    "SELECT count(*) || ' ' || count(DISTINCT number_hash) || ' ' ||"
	    " min(length(number_hash)) FROM document WHERE n <= 2";
	static const char one[] =
	    "SELECT hex(number_hash) FROM document WHERE n = 1 LIMIT 1";
	const char *a = ledger_of("hash-a.db", 2);
	const char *b = ledger_of("hash-b.db", 1);
	struct ex_ledger *l = sample_open(a, EX_LEDGER_WRITE);
	struct ex_crossing c;
	char in_a[80], in_b[80];

	/* The documents of crossing 0 come again: four hashes, not six. */
	sample_crossing(&c, 0);
	c.id[25] = 'Z';
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	ex_ledger_close(&l);
	assert_sql(a, distinct, "6 4 32");
	assert_sql(a,
	    "SELECT count(*) FROM document"
	    " WHERE n = 3 AND number_hash IS NULL",
	    "3");
	sample_sql(a, one, in_a, sizeof in_a);
	sample_sql(b, one, in_b, sizeof in_b);
	assert_string_not_equal(in_a, in_b);
}

static void
database_and_key_are_the_owners_alone(void **state) /* (L8) */
{
	(void)state;
	const char *path = ledger_of("mode.db", 1);
	const char *key = sample_path("mode.db.key");
	struct ex_blob hex = slurp(key);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(hex.size, 65);
	assert_int_equal(
	    strspn((const char *)hex.data, "0123456789abcdef"), 64);
	ex_blob_free(&hex);
	assert_sql(path, "PRAGMA journal_mode", "wal");
	assert_sql(path,
	    "SELECT version || name FROM schema_migration"
	    " WHERE applied_at LIKE '20__-__-__T%Z' ORDER BY version",
	    "1crossings with occupants and documents");
}

static void
a_ledger_without_its_own_key_is_refused(void **state) /* (L8) */
{
	(void)state;
	const char *path = ledger_of("keyed.db", 1);
	const char *key = sample_path("keyed.db.key");
	const char *away = sample_path("keyed.away");
	const char *other = sample_path("other.key");
	struct ex_ledger *l;
	char hex[65];

	assert_int_equal(rename(key, away), 0);
	assert_refused(path, NULL, EX_LEDGER_WRITE, key, "is missing");
	assert_int_equal(access(key, F_OK), -1);
	memset(hex, 'a', sizeof hex);
	assert_int_equal(ex_file_make_private(other, hex, 64, NULL), EX_OK);
	assert_refused(
	    path, other, EX_LEDGER_WRITE, other, "key of another ledger");
	assert_int_equal(ex_file_write(other, hex, 63, NULL), EX_OK);
	assert_int_equal(chmod(other, 0600), 0);
	assert_refused(path, other, EX_LEDGER_WRITE, other, "64 hex digits");
	assert_refused(path, sample_folder, EX_LEDGER_WRITE, sample_folder,
	    "not a regular file");
	assert_int_equal(chmod(away, 0604), 0);
	assert_refused(path, away, EX_LEDGER_WRITE, away, "chmod 600");
	assert_int_equal(chmod(away, 0640), 0);
	/* Its own key serves from anywhere. */
	assert_int_equal(
	    ex_ledger_open(path, away, EX_LEDGER_WRITE, &l, NULL), EX_OK);
	assert_int_equal(sample_put(l, 0, NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
a_key_without_its_ledger_begins_a_new_one(void **state) /* (L8) */
{
	(void)state;
	const char *path = sample_path("again.db");
	struct ex_blob before, after;

	/* As after a kill between the making of the two files. */
	ledger_of("again.db", 1);
	before = slurp(sample_path("again.db.key"));
	assert_int_equal(unlink(path), 0);
	ledger_of("again.db", 1);
	after = slurp(sample_path("again.db.key"));
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	ex_blob_free(&before);
	ex_blob_free(&after);
	assert_int_equal(truncate(path, 0), 0); /* an empty file is no ledger */
	assert_refused(path, NULL, EX_LEDGER_READ, path, "no ledger yet");
	ledger_of("again.db", 1);
	assert_sound(path);
}

static void
reading_needs_no_key_and_writes_nothing(void **state)
{
	(void)state;
	const char *path = ledger_of("read.db", 3);
	struct ex_blob before = slurp(path), after;
	struct ex_error err = { 0 };
	struct ex_ledger *l;
	size_t n;

	assert_int_equal(unlink(sample_path("read.db.key")), 0);
	l = sample_open(path, EX_LEDGER_READ);
	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 3);
	assert_int_equal(sample_put(l, 9, &err), EX_ERR_DATABASE);
	assert_string_equal(err.what, path);
	ex_ledger_close(&l);
	after = slurp(path);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	ex_blob_free(&before);
	ex_blob_free(&after);
	assert_int_equal(access(sample_path("read.db.key"), F_OK), -1);
}

static void
uris_of_other_kinds_are_a_usage_error(void **state)
{
	(void)state;
	static const char *const bad[] = { "",
		"sqlite:", "postgres://user:secret@host/db", "http://x" };
	struct ex_ledger *l;
	char uri[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ex_error err = { 0 };

		assert_int_equal(
		    ex_ledger_open(bad[i], NULL, EX_LEDGER_WRITE, &l, &err),
		    EX_ERR_USAGE);
		assert_null(l);
		assert_null(strstr(err.why, "secret"));
		assert_null(strstr(err.what, "secret"));
	}
	snprintf(uri, sizeof uri, "sqlite:%s", sample_path("uri.db"));
	l = sample_open(uri, EX_LEDGER_WRITE);
	ex_ledger_close(&l);
	assert_int_equal(access(sample_path("uri.db.key"), F_OK), 0);
	/* A name that SQLite would take for a URI is a name. */
	assert_int_equal(chdir(sample_folder), 0);
	l = sample_open("file:odd?mode=memory", EX_LEDGER_WRITE);
	assert_int_equal(access("file:odd?mode=memory", F_OK), 0);
	ex_ledger_close(&l);
	assert_int_equal(chdir("/"), 0);
}

/* Refused for reading and for writing, and every byte as before. */
static void
assert_left_alone(const char *path, const char *why)
{
	struct ex_blob before = slurp(path), after;

	copy(sample_path("key.db.key"), sample_path("stray.key"));
	assert_int_equal(chmod(sample_path("stray.key"), 0600), 0);
	assert_refused(path, NULL, EX_LEDGER_READ, path, why);
	assert_refused(
	    path, sample_path("stray.key"), EX_LEDGER_WRITE, path, why);
	after = slurp(path);
	assert_int_equal(before.size, after.size);
	assert_memory_equal(before.data, after.data, before.size);
	ex_blob_free(&before);
	ex_blob_free(&after);
}

static void
what_is_no_ledger_is_refused_and_left_alone(void **state) /* (L6) */
{
	(void)state;
	static const char text[] = "This is a text file and not a database, "
				   "and it is long enough to hold a header.";
	const char *path = sample_path("stray.db");
	const char *good = ledger_of("key.db", 3);
	struct ex_blob b;

	assert_int_equal(ex_file_write(path, text, sizeof text, NULL), EX_OK);
	assert_left_alone(path, "is not a database");

	assert_int_equal(unlink(path), 0);
	sample_sql(
	    path, "CREATE TABLE t (x); INSERT INTO t VALUES (1)", NULL, 0);
	assert_left_alone(path, "another program");
	sample_sql(path, "PRAGMA application_id = 7", NULL, 0);
	assert_left_alone(path, "another program");

	copy(good, path);
	sample_sql(path,
	    "INSERT INTO schema_migration VALUES"
	    " (99, '2030-01-01T00:00:00.000Z', 'later')",
	    NULL, 0);
	assert_left_alone(path, "has schema 99, made by a newer program");

	/* The header says ledger, the rest is noise. */
	b = slurp(good);
	memset(b.data + 100, 0xa5, b.size - 100);
	assert_int_equal(ex_file_write(path, b.data, b.size, NULL), EX_OK);
	assert_left_alone(path, "damaged");
	/* Cut within its first page. */
	assert_int_equal(truncate(path, 700), 0);
	assert_left_alone(path, "");
	ex_blob_free(&b);
}

static void
what_cannot_be_a_file_is_named(void **state) /* (L5) */
{
	(void)state;
	const char *none = sample_path("none/ledger.db");
	const char *absent = sample_path("absent.db");
	const char *pipe = sample_path("pipe.db");

	assert_refused(absent, NULL, EX_LEDGER_READ, absent, "No such file");
	assert_int_equal(access(absent, F_OK), -1);
	assert_refused(none, NULL, EX_LEDGER_READ, none, "No such file");
	assert_refused(none, NULL, EX_LEDGER_WRITE,
	    sample_path("none/ledger.db.key"), "No such file");
	assert_refused(sample_folder, NULL, EX_LEDGER_WRITE, sample_folder,
	    "not a regular file");
	assert_int_equal(mkfifo(pipe, 0600), 0);
	assert_refused(pipe, NULL, EX_LEDGER_WRITE, pipe, "not a regular file");
	assert_refused("/dev/full", NULL, EX_LEDGER_WRITE, "/dev/full",
	    "not a regular file");
}

static enum ex_status
count_all(const struct ex_crossing *c, void *arg)
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
		"DELETE FROM occupant WHERE n = 3",
		"DELETE FROM document WHERE n = 3",
		"UPDATE occupant SET seat = 'roof' WHERE n = 1",
		"UPDATE occupant SET cause = 'none found' WHERE n = 3",
		"UPDATE occupant SET verdict = 'officer' WHERE n = 1",
		"UPDATE occupant SET document = 9 WHERE n = 1",
		"UPDATE occupant SET nearest = 4 WHERE n = 3",
		"UPDATE occupant SET nearest = 1 WHERE n = 1",
		"UPDATE occupant SET similarity = 0.5 WHERE n = 3",
		"UPDATE occupant SET fmr = NULL WHERE n = 2",
		"UPDATE crossing SET opened_ms = opened_ms - 1",
		"UPDATE occupant SET quality = 101 WHERE n = 1",
		"UPDATE occupant SET frames_seen = 4294967296 WHERE n = 1",
		"UPDATE document SET n = 4 WHERE n = 3",
		"UPDATE document SET number_hash = x'00' WHERE n = 1",
		"UPDATE document SET type = 'PASSPORT' WHERE n = 1",
		"UPDATE document SET mrz_check = 'x' WHERE n = 1",
		"UPDATE crossing SET direction = 'up'",
		"UPDATE crossing SET closed_ms = 0",
		"UPDATE crossing SET occupants = 17",
		"UPDATE crossing SET lane = hex(randomblob(200))",
		"UPDATE crossing SET lane = 'a' || char(0) || 'b'",
	};
	const char *good = ledger_of("whole.db", 1);
	const char *path = sample_path("harmed.db");
	struct ex_crossing c;
	char text[300];

	for (size_t i = 0; i < sizeof harms / sizeof *harms; i++) {
		struct ex_error err = { 0 };
		struct ex_ledger *l;
		size_t n = 0;

		copy(good, path);
		snprintf(text, sizeof text,
		    "PRAGMA ignore_check_constraints = ON;%s", harms[i]);
		sample_sql(path, text, NULL, 0);
		l = sample_open(path, EX_LEDGER_READ);
		sample_crossing(&c, 0);
		if (ex_ledger_each(l, NULL, count_all, &n, &err) !=
			EX_ERR_DATABASE ||
		    n != 0 ||
		    ex_ledger_get(l, c.id, &c, NULL) != EX_ERR_DATABASE)
			fail_msg("handed out after: %s", harms[i]);
		assert_non_null(strstr(err.why, "is damaged: "));
		assert_int_equal(c.id[0], '\0');
		ex_ledger_close(&l);
	}
}

static void
an_older_schema_is_brought_up_to_date_by_a_writer_only(void **state)
{
	(void)state;
	const char *path = ledger_of("older.db", 0);
	struct ex_ledger *l;

	/* As before the first migration: a ledger without tables. */
	sample_sql(path,
	    "DROP TABLE picture; DROP TABLE ruling; DROP TABLE occupant;"
	    "DROP TABLE document; DROP TABLE crossing; DROP TABLE link;"
	    "DROP TABLE thing; DELETE FROM schema_migration",
	    NULL, 0);
	assert_refused(path, NULL, EX_LEDGER_READ, path, "has schema 0, older");
	l = sample_open(path, EX_LEDGER_WRITE);
	assert_int_equal(sample_put(l, 1, NULL), EX_OK);
	ex_ledger_close(&l);
	l = sample_open(path, EX_LEDGER_READ);
	ex_ledger_close(&l);
	assert_sql(path, "SELECT count(*) FROM schema_migration", "2");
}

/* What the program wrote when it knew schema 1, by its own first migration. */
static void
make_schema_1(const char *path)
{
	static const char rows[] =
	    "PRAGMA journal_mode = WAL;"
	    "PRAGMA application_id = 1163415124;"
	    "CREATE TABLE schema_migration (version INTEGER PRIMARY KEY,"
	    "  applied_at TEXT NOT NULL, name TEXT NOT NULL) STRICT;"
	    "INSERT INTO schema_migration VALUES"
	    "  (1, '2026-01-01T00:00:00.000Z', 'x');"
	    "INSERT INTO crossing VALUES ('01KE6JQ300000G000000000000',"
	    "  'lane-0', 'v0000', 'out', 1767600000000, 1767600003000, 0, 1, 0,"
	    "  2, 3, 1),"
	    "  ('01KE6JQ301000G000000000000',"
	    "  'lane-1', 'v0001', 'in', 1767600000001, 1767600003000, 1, 0, 0,"
	    "  0, 0, 0);"
	    "INSERT INTO document VALUES ('01KE6JQ300000G000000000000', 1,"
	    "  'confirmed', NULL, 'P', 'UTO', zeroblob(32), 'passed', "
	    "'passed');"
	    "INSERT INTO occupant VALUES"
	    "  ('01KE6JQ300000G000000000000', 1, 'front-left', 'confirmed',"
	    "  NULL, 1, 0.95, 2e-5, 1, 70, 31, 4),"
	    "  ('01KE6JQ300000G000000000000', 2, 'rear-left', 'officer',"
	    "  'glare', NULL, NULL, NULL, NULL, 20, 9, 0),"
	    "  ('01KE6JQ300000G000000000000', 4, 'rear-right', 'officer',"
	    "  'blur', NULL, NULL, NULL, NULL, 30, 9, 1);";
	static const char *const migrations[] = {
#define EX_MIGRATION(version, name, sql) sql,
#include "../../src/ledger/migrations.inc"
#undef EX_MIGRATION
	};
	struct ex_bytes label = ex_string_bytes("exeunt ledger key 1");
	struct ex_bytes key = { (const uint8_t[32]){ 0 }, 32 };
	uint8_t proof[EX_SHA256_SIZE];
	char hex[EX_HEX_SIZE(32)], text[200];

	sample_sql(path, migrations[0], NULL, 0);
	sample_sql(path, rows, NULL, 0);
	assert_int_equal(ex_hmac_sha256_parts(key, &label, 1, proof), EX_OK);
	ex_hex_format(proof, 32, hex);
	snprintf(
	    text, sizeof text, "INSERT INTO ledger_key VALUES (1, x'%s')", hex);
	sample_sql(path, text, NULL, 0);
	snprintf(text, sizeof text, "%s.key", path);
	memset(hex, '0', 64);
	assert_int_equal(ex_file_make_private(text, hex, 64, NULL), EX_OK);
}

static void
a_ledger_of_schema_1_keeps_what_it_holds(void **state)
{
	(void)state;
	const char *path = sample_path("one.db");
	const char *stray = sample_path("stray-one.key");
	struct ex_ledger_filter open = { .open = true };
	struct ex_ledger *l;
	struct ex_crossing c;
	char hex[64];
	size_t n;

	make_schema_1(path);
	assert_refused(path, NULL, EX_LEDGER_READ, path, "has schema 1, older");
	memset(hex, 'b', sizeof hex);
	assert_int_equal(ex_file_make_private(stray, hex, 64, NULL), EX_OK);
	assert_refused(
	    path, stray, EX_LEDGER_WRITE, stray, "key of another ledger");
	l = sample_open(path, EX_LEDGER_WRITE); /* its own key still serves */
	assert_int_equal(
	    ex_ledger_get(l, "01KE6JQ300000G000000000000", &c, NULL), EX_OK);
	assert_int_equal(c.n_occupants, 3);
	assert_int_equal(c.occupants[0].document, 0);
	assert_true(c.occupants[0].similarity == 0.95);
	assert_int_equal(c.occupants[2].n, 4);
	assert_int_equal(c.occupants[2].nearest, 0);
	assert_true(c.occupants[2].fmr == 1);
	assert_int_equal(c.unlisted, 2);
	assert_int_equal(ex_ledger_count(l, NULL, &n, NULL), EX_OK);
	assert_int_equal(n, 2);
	assert_int_equal(ex_ledger_count(l, &open, &n, NULL), EX_OK);
	assert_int_equal(n, 1);
	assert_int_equal(sample_put(l, 7, NULL), EX_OK);
	ex_ledger_close(&l);
	assert_sql(path, "SELECT awaiting FROM crossing ORDER BY id", "10");
	assert_sql(path,
	    "SELECT count(*) FROM sqlite_schema"
	    " WHERE sql GLOB '*_2*'",
	    "0");
	assert_sound(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_personal_enters_the_files),
		cmocka_unit_test(numbers_are_hashed_under_the_ledgers_key),
		cmocka_unit_test(database_and_key_are_the_owners_alone),
		cmocka_unit_test(a_ledger_without_its_own_key_is_refused),
		cmocka_unit_test(a_key_without_its_ledger_begins_a_new_one),
		cmocka_unit_test(reading_needs_no_key_and_writes_nothing),
		cmocka_unit_test(uris_of_other_kinds_are_a_usage_error),
		cmocka_unit_test(what_is_no_ledger_is_refused_and_left_alone),
		cmocka_unit_test(what_cannot_be_a_file_is_named),
		cmocka_unit_test(a_damaged_record_is_not_handed_out),
		cmocka_unit_test(
		    an_older_schema_is_brought_up_to_date_by_a_writer_only),
		cmocka_unit_test(a_ledger_of_schema_1_keeps_what_it_holds),
	};

	return cmocka_run_group_tests(
	    tests, sample_folder_make, sample_folder_remove);
}
