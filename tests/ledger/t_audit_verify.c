/* SPDX-License-Identifier: Apache-2.0 */
/* Every change to a chain shows (L21): made behind the ledger's back, byte by
 * byte, link by link. */
#include "hub.h"

#include "audit.h"
#include "cell.h"

#define LINKS 7u

/* LINKS links, signed at the 4th and the last; a reader as an auditor is one,
 * and a connection that breaks things. Each test leaves all as it was. */
static char path[160];
static struct ex_head at_four, at_end;
static struct ex_ledger *reader;
static sqlite3 *db;

static void
run(const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
}

static void
mend(void)
{
	run("BEGIN; DELETE FROM link; INSERT INTO link SELECT * FROM saved;"
	    "DELETE FROM thing; INSERT INTO thing SELECT * FROM things; END");
}

static int
make_chain(void **state)
{
	struct ex_ledger *l;

	if (hub_setup(state) != 0)
		return -1;
	snprintf(path, sizeof path, "%s", hub_fresh_path());
	l = hub_open(path);
	hub_append_many(l, 4);
	at_four = hub_sign(l);
	hub_append_many(l, LINKS - 4);
	at_end = hub_sign(l);
	assert_verified(l, 1, LINKS);
	ex_ledger_close(&l);
	reader = sample_open(path, EX_LEDGER_READ);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	run("PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON");
	run("CREATE TABLE saved AS SELECT * FROM link;"
	    "CREATE TABLE things AS SELECT * FROM thing");
	return 0;
}

static int
end_chain(void **state)
{
	sqlite3_close(db);
	ex_ledger_close(&reader);
	return hub_teardown(state);
}

static void
assert_found(
    const struct ex_head *head, const uint8_t *verifier, const char *fault)
{
	assert_broken(reader, head, verifier, fault);
}

/* Nothing is wrong with it: so other tests prove something. */
static void
assert_sound_for(const struct ex_head *head)
{
	struct ex_audit_report r;

	assert_int_equal(
	    ex_audit_verify(reader, HUB_NODE, head, NULL, &r, NULL), EX_OK);
}

static void
forget_heads(void)
{
	run("DELETE FROM thing WHERE kind LIKE 'audit-%'");
}

/* ---- one value --------------------------------------------------------- */

/* Each byte of it, in a way of its own: returns how many changes there were,
 * all of them found. */
static unsigned
change_each_byte(const char *table, const char *column, const char *where)
{
	struct cell cell = { .table = table, .column = column, .where = where };
	struct ex_audit_report r;
	unsigned changes = 0;

	cell_read(db, &cell);
	for (int i = 0; i < cell.size; i++) {
		struct cell other = cell;

		other.bytes[i] ^= (uint8_t)(1u << (i + 3) % 8);
		if (!cell_write(db, &other))
			continue;
		changes++;
		if (ex_audit_verify(reader, HUB_NODE, NULL, NULL, &r, NULL) !=
		    EX_NO)
			fail_msg(
			    "byte %d of %s of %s, %s", i, column, table, where);
		mend();
	}
	return changes;
}

static void
any_byte_of_any_column_of_any_link_is_found(void **state)
{
	(void)state;
	static const char *const columns[] = { "port", "node", "seq", "at_ms",
		"actor", "action", "purpose", "subject", "detail", "before",
		"hash" };
	unsigned changes = 0;
	char where[32];

	for (unsigned seq = 1; seq <= LINKS; seq++) {
		snprintf(where, sizeof where, "seq = %u", seq);
		for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
			changes += change_each_byte("link", columns[i], where);
	}
	print_message("# %u changes, all found\n", changes);
	assert_in_range(changes, LINKS * 140, LINKS * 200);
	assert_sound_for(&at_end);
}

/* Without a head too, save where the last link is moved out of the chain:
 * that is a tail cut off. */
static void
any_byte_of_what_a_link_says_is_found_without_heads(void **state)
{
	(void)state;
	static const char *const columns[] = { "at_ms", "actor", "action",
		"purpose", "subject", "detail", "before", "hash" };
	unsigned changes = 0;
	char where[32];

	run("CREATE TABLE kept AS SELECT * FROM things; DELETE FROM things;"
	    "DELETE FROM thing WHERE kind LIKE 'audit-%'");
	for (unsigned seq = 1; seq <= LINKS; seq++) {
		snprintf(where, sizeof where, "seq = %u", seq);
		for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
			changes += change_each_byte("link", columns[i], where);
	}
	run("INSERT INTO things SELECT * FROM kept; DROP TABLE kept");
	mend();
	assert_in_range(changes, LINKS * 120, LINKS * 200);
	assert_sound_for(&at_end);
}

static void
any_byte_of_any_kept_head_is_found(void **state)
{
	(void)state;
	unsigned changes = 0;

	changes += change_each_byte("thing", "value", "kind = 'audit-last'");
	changes += change_each_byte("thing", "value", "key LIKE 'hub-1:%4'");
	changes += change_each_byte("thing", "value", "key LIKE 'hub-1:%7'");
	assert_in_range(changes, 3 * 350, 3 * 420);
	assert_sound_for(NULL);
}

/* Values of another type, longer ones, none at all. */
static void
what_cannot_be_read_is_found(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"UPDATE link SET actor = '' WHERE seq = 3",
		"UPDATE link SET action = 'fly' WHERE seq = 3",
		"UPDATE link SET purpose = 'fun' WHERE seq = 7",
		"UPDATE link SET detail = replace(hex(zeroblob(500)), '0', 'x')"
		" WHERE seq = 1",
		"UPDATE link SET hash = X'' WHERE seq = 7",
		"UPDATE link SET before = zeroblob(33) WHERE seq = 2",
		"UPDATE link SET at_ms = -1 WHERE seq = 7",
		"UPDATE link SET at_ms = 9223372036854775807 WHERE seq = 7",
		"UPDATE link SET at_ms = -9223372036854775807 - 1"
		" WHERE seq = 4",
		"UPDATE thing SET value = X'' WHERE kind = 'audit-last'",
		"UPDATE thing SET value = zeroblob(5000)"
		" WHERE kind = 'audit-head'",
		"UPDATE thing SET key = key || 'x' WHERE kind = 'audit-head'",
	};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		run(changes[i]);
		assert_found(NULL, NULL, "");
		mend();
	}
	assert_sound_for(NULL);
}

/* ---- links gone, moved, added ------------------------------------------ */

static void
each_removal_is_found(void **state)
{
	(void)state;
	char text[128], fault[64];

	for (unsigned a = 1; a <= LINKS; a++)
		for (unsigned b = a; b <= LINKS; b++) {
			snprintf(text, sizeof text,
			    "DELETE FROM link WHERE seq BETWEEN %u AND %u", a,
			    b);
			snprintf(fault, sizeof fault,
			    b < LINKS ? "link %u is missing"
				      : "it ends at link %u,",
			    b < LINKS ? a : a - 1);
			run(text);
			assert_found(NULL, NULL, fault);
			mend();
		}
	assert_sound_for(NULL);
}

/* The others close the gap. */
static void
a_removal_with_the_rest_moved_up_is_found(void **state)
{
	(void)state;
	char text[256];

	for (unsigned a = 1; a < LINKS; a++) {
		snprintf(text, sizeof text,
		    "DELETE FROM link WHERE seq = %u;"
		    "UPDATE link SET seq = seq + 99 WHERE seq > %u;"
		    "UPDATE link SET seq = seq - 100 WHERE seq > 99",
		    a, a);
		forget_heads();
		run(text);
		assert_found(NULL, NULL, "does not follow");
		mend();
	}
	assert_sound_for(NULL);
}

static void
each_swap_is_found(void **state)
{
	(void)state;
	char text[256];

	for (unsigned a = 1; a < LINKS; a++)
		for (unsigned b = a + 1; b <= LINKS; b++) {
			snprintf(text, sizeof text,
			    "UPDATE link SET seq = 99 WHERE seq = %u;"
			    "UPDATE link SET seq = %u WHERE seq = %u;"
			    "UPDATE link SET seq = %u WHERE seq = 99",
			    a, a, b, b);
			forget_heads();
			run(text);
			assert_found(NULL, NULL, "does not follow");
			mend();
		}
	assert_sound_for(NULL);
}

/* A copy of any link put in at any place, the rest moved down. */
static void
each_insertion_is_found(void **state)
{
	(void)state;
	char text[512];

	for (unsigned from = 1; from <= LINKS; from++)
		for (unsigned at = 1; at <= LINKS; at++) {
			snprintf(text, sizeof text,
			    "CREATE TEMP TABLE one AS"
			    " SELECT * FROM link WHERE seq = %u;"
			    "UPDATE one SET seq = %u;"
			    "UPDATE link SET seq = seq + 99 WHERE seq >= %u;"
			    "UPDATE link SET seq = seq - 98 WHERE seq > 99;"
			    "INSERT INTO link SELECT * FROM one;"
			    "DROP TABLE one",
			    from, at, at);
			forget_heads();
			run(text);
			assert_found(NULL, NULL, "");
			mend();
		}
	assert_sound_for(NULL);
}

static void
a_link_zero_and_one_behind_the_end_are_found(void **state)
{
	(void)state;

	run("INSERT INTO link SELECT port, node, 0, at_ms, actor, action,"
	    " purpose, subject, detail, before, hash FROM saved WHERE seq = 1");
	assert_found(NULL, NULL, "link 0 stands there twice");
	mend();
	run("INSERT INTO link SELECT port, node, 8, at_ms, actor, action,"
	    " purpose, subject, detail, before, hash FROM saved WHERE seq = 7");
	assert_found(NULL, NULL, "link 8 does not follow");
	mend();
	assert_sound_for(NULL);
}

/* Where a store would let one link stand there twice. */
static enum ex_status
first_link(const struct ex_link *link, void *arg)
{
	*(struct ex_link *)arg = *link;
	return EX_ERR_INTERRUPTED;
}

static void
a_link_that_stands_there_twice_is_found(void **state)
{
	(void)state;
	struct ex_audit_walk w = { .node = HUB_NODE };
	struct ex_link one;

	ex_audit_each(reader, NULL, first_link, &one, NULL);
	assert_int_equal(ex_audit_step(&w, &one), EX_OK);
	assert_int_equal(ex_audit_step(&w, &one), EX_NO);
	assert_string_equal(w.fault, "link 1 stands there twice");
	w = (struct ex_audit_walk){ .node = "hub-2" };
	assert_int_equal(ex_audit_step(&w, &one), EX_NO);
	assert_non_null(strstr(w.fault, "of another node"));
}

/* ---- the tail, and heads ----------------------------------------------- */

static void
a_cut_tail_shows_by_a_head(void **state)
{
	(void)state;

	for (unsigned end = 0; end < LINKS; end++) {
		char text[64], fault[64];

		snprintf(
		    text, sizeof text, "DELETE FROM link WHERE seq > %u", end);
		snprintf(
		    fault, sizeof fault, "it ends at link %u, and a head", end);
		run(text);
		assert_found(NULL, NULL, fault); /* by what is kept */
		forget_heads();
		assert_found(&at_end, NULL, fault); /* by one from elsewhere */
		if (end < 4)
			assert_found(&at_four, NULL, fault);
		else
			assert_sound_for(&at_four);
		/* And this no verifier can see, as docs/audit.md says. */
		assert_sound_for(NULL);
		mend();
	}
}

static enum ex_status
take(const struct ex_link *link, void *arg)
{
	((struct ex_link *)arg)[link->seq - 1] = *link;
	return EX_OK;
}

static void
put_hash(const char *column, unsigned seq, const uint8_t hash[32])
{
	char hex[65], text[200];

	ex_hex_format(hash, 32, hex);
	snprintf(text, sizeof text, "UPDATE link SET %s = X'%s' WHERE seq = %u",
	    column, hex, seq);
	run(text);
}

/* Whoever can write can make a chain of other links that is sound in itself:
 * links from `from` on get another actor and new hashes. Returns the last. */
static struct ex_link
forge(unsigned from)
{
	struct ex_link links[LINKS];
	char text[100];

	assert_int_equal(ex_audit_each(reader, NULL, take, links, NULL), EX_OK);
	for (unsigned i = from - 1; i < LINKS; i++) {
		strcpy(links[i].actor, "officer:eve");
		if (i > 0)
			memcpy(links[i].before, links[i - 1].hash, 32);
		assert_int_equal(ex_link_hash(&links[i], links[i].hash), EX_OK);
		snprintf(text, sizeof text,
		    "UPDATE link SET actor = 'officer:eve' WHERE seq = %u",
		    i + 1);
		run(text);
		put_hash("before", i + 1, links[i].before);
		put_hash("hash", i + 1, links[i].hash);
	}
	return links[LINKS - 1];
}

static void
a_chain_made_anew_shows_by_a_head(void **state)
{
	(void)state;

	for (unsigned from = 1; from <= LINKS; from++) {
		forge(from);
		assert_found(NULL, NULL, "is not the one that a head was");
		forget_heads();
		assert_found(&at_end, NULL, "link 7 is not the one that");
		if (from <= 4)
			assert_found(&at_four, NULL, "link 4 is not the one");
		else
			assert_sound_for(&at_four);
		assert_sound_for(NULL);
		mend();
	}
}

/* Heads over the forged chain in place of those that were kept. */
static void
keep_forged_head(const struct ex_link *last, const struct ex_signer_key *key)
{
	struct ex_head h = { .seq = last->seq, .at_ms = last->at_ms };
	struct ex_parts p;
	char *json, *text;

	strcpy(h.node, last->node);
	memcpy(h.hash, last->hash, sizeof h.hash);
	memcpy(h.verifier, key->verifier, sizeof h.verifier);
	p = ex_statement_parts(EX_STATEMENT_HEAD, &h);
	assert_int_equal(ex_sign(key, ex_parts_bytes(&p), h.signature), EX_OK);
	json = ex_head_json(&h);
	text = sqlite3_mprintf(
	    "INSERT INTO thing VALUES ('local', 'audit-last', 'hub-1',"
	    " CAST(%Q AS BLOB)), ('local', 'audit-head',"
	    " 'hub-1:00000000000000000007', CAST(%Q AS BLOB))",
	    json, json);
	run(text);
	sqlite3_free(text);
	free(json);
}

static void
a_head_signed_by_another_key_is_found(void **state)
{
	(void)state;
	struct ex_signer_key key;
	struct ex_link last;
	struct ex_ledger *own;

	assert_int_equal(ex_signer_key_make(&key), EX_OK);
	last = forge(2);
	run("DELETE FROM thing WHERE kind = 'audit-last'"
	    " OR key LIKE 'hub-1:%7'");
	keep_forged_head(&last, &key);
	/* Beside a head that was left. */
	assert_found(NULL, NULL, "another key");
	forget_heads();
	keep_forged_head(&last, &key);
	/* All of them forged: only who knows the key sees it. */
	assert_sound_for(NULL);
	assert_found(NULL, at_end.verifier, "another key");
	assert_found(&at_end, NULL, "another key");
	own = sample_open(path, EX_LEDGER_READ);
	hub_attach(own, HUB_NODE, hub_vault);
	assert_broken(own, NULL, NULL, "another key");
	ex_ledger_close(&own);
	mend();
}

static void
a_given_head_must_be_a_true_one(void **state)
{
	(void)state;
	struct ex_head h = at_end;

	assert_sound_for(&at_four);
	assert_sound_for(&at_end);
	h.seq = 9;
	assert_found(&h, NULL, "has a signature that is not its own");
	h = at_end;
	strcpy(h.node, "hub-2");
	assert_found(&h, NULL, "is of another node");
	h = at_end;
	h.verifier[0] ^= 1;
	assert_found(&h, NULL, "has a signature that is not its own");
	assert_found(&at_end, h.verifier, "another key");
}

/* ---- failures ---------------------------------------------------------- */

static void
a_store_that_fails_is_no_broken_chain(void **state)
{
	(void)state;
	struct ex_audit_report r;
	struct ex_error err = { 0 };

	run("ALTER TABLE link RENAME TO away");
	run("ALTER TABLE thing RENAME TO away_too");
	assert_int_equal(
	    ex_audit_verify(reader, HUB_NODE, NULL, NULL, &r, &err),
	    EX_ERR_DATABASE);
	assert_int_equal(err.status, EX_ERR_DATABASE);
	run("ALTER TABLE away RENAME TO link");
	run("ALTER TABLE away_too RENAME TO thing");
	assert_sound_for(&at_end);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_byte_of_any_column_of_any_link_is_found),
		cmocka_unit_test(
		    any_byte_of_what_a_link_says_is_found_without_heads),
		cmocka_unit_test(any_byte_of_any_kept_head_is_found),
		cmocka_unit_test(what_cannot_be_read_is_found),
		cmocka_unit_test(each_removal_is_found),
		cmocka_unit_test(a_removal_with_the_rest_moved_up_is_found),
		cmocka_unit_test(each_swap_is_found),
		cmocka_unit_test(each_insertion_is_found),
		cmocka_unit_test(a_link_zero_and_one_behind_the_end_are_found),
		cmocka_unit_test(a_link_that_stands_there_twice_is_found),
		cmocka_unit_test(a_cut_tail_shows_by_a_head),
		cmocka_unit_test(a_chain_made_anew_shows_by_a_head),
		cmocka_unit_test(a_head_signed_by_another_key_is_found),
		cmocka_unit_test(a_given_head_must_be_a_true_one),
		cmocka_unit_test(a_store_that_fails_is_no_broken_chain),
	};

	return cmocka_run_group_tests(tests, make_chain, end_chain);
}
