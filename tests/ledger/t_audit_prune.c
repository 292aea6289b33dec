/* SPDX-License-Identifier: Apache-2.0 */
/* Pruning leaves a signed checkpoint, and hides nothing (L22). */
#include "hub.h"

#include "audit.h"

#define LINKS 10u

static int64_t start_ms; /* link k is k seconds later */

static struct ex_ledger *
grown(const char *path)
{
	struct ex_ledger *l = hub_open(path);

	start_ms = hub_clock_ms;
	hub_append_many(l, LINKS);
	return l;
}

struct pruning {
	int64_t before_ms;
	size_t n;
};

static enum ex_status
prune_work(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct pruning *p = arg;

	return ex_audit_prune(l, p->before_ms, &p->n, err);
}

static enum ex_status
prune(struct ex_ledger *l, int64_t before_ms, size_t *n, struct ex_error *err)
{
	struct pruning p = { .before_ms = before_ms };
	enum ex_status status = ex_ledger_within(l, true, prune_work, &p, err);

	*n = p.n;
	return status;
}

/* All links up to `through`. */
static void
prune_through(struct ex_ledger *l, unsigned through, size_t expected)
{
	struct ex_error err = { 0 };
	size_t n;

	if (prune(l, start_ms + 1000 * (int64_t)through + 1, &n, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	assert_int_equal(n, expected);
}

static enum ex_status
last_link(const struct ex_link *link, void *arg)
{
	*(struct ex_link *)arg = *link;
	return EX_OK;
}

static void
links_give_way_to_a_checkpoint(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = grown(path);
	struct ex_link last;
	char hash[200], expected[200];

	sample_sql(path,
	    "SELECT 'through 4 sha256 ' || lower(hex(hash)) FROM link"
	    " WHERE seq = 4",
	    expected, sizeof expected);
	hub_clock_ms += 5000;
	prune_through(l, 4, 4);
	assert_verified(l, 5, LINKS + 1);
	assert_int_equal(ex_audit_each(l, NULL, last_link, &last, NULL), EX_OK);
	assert_int_equal(last.action, EX_ACTION_CHECKPOINT);
	assert_int_equal(last.purpose, EX_PURPOSE_RETENTION);
	assert_string_equal(last.actor, "system");
	assert_string_equal(last.detail, expected);
	assert_sql(path, "SELECT min(seq) || ' ' || count(*) FROM link", "5 7");
	sample_sql(path,
	    "SELECT CAST(value AS TEXT) FROM thing"
	    " WHERE kind = 'audit-checkpoint' AND key = 'hub-1'",
	    hash, sizeof hash);
	assert_non_null(strstr(hash, "{\"checkpoint\":1,\"node\":\"hub-1\","
				     "\"seq\":4,"));
	hub_append_many(l, 1);
	assert_verified(l, 5, LINKS + 2);
	ex_ledger_close(&l);
}

static void
a_chain_is_pruned_again_and_again(void **state)
{
	(void)state;
	struct ex_ledger *l = grown(hub_fresh_path());

	prune_through(l, 1, 1);
	assert_verified(l, 2, LINKS + 1);
	prune_through(l, 1, 0);
	assert_verified(l, 2, LINKS + 1);
	prune_through(l, 6, 5);
	assert_verified(l, 7, LINKS + 2);
	/* Every link there is, the last checkpoint's too. */
	hub_clock_ms += 10000;
	prune_through(l, 100, 6);
	assert_verified(l, LINKS + 3, LINKS + 3);
	hub_append_many(l, 2);
	assert_verified(l, LINKS + 3, LINKS + 5);
	ex_ledger_close(&l);
}

static void
heads_of_what_is_gone_go_too(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	struct ex_head third;

	start_ms = hub_clock_ms;
	for (unsigned i = 1; i <= LINKS; i++) {
		struct ex_head h;

		hub_append_many(l, 1);
		h = hub_sign(l);
		if (i == 3)
			third = h;
	}
	prune_through(l, 6, 6);
	/* That of link 6 itself can still be compared. */
	assert_sql(path,
	    "SELECT group_concat(CAST(substr(key, 7) AS INTEGER)) FROM"
	    " (SELECT key FROM thing WHERE kind = 'audit-head' ORDER BY key)",
	    "6,7,8,9,10");
	assert_verified(l, 7, LINKS + 1);
	/* An old head from elsewhere is no harm; its link can't be asked. */
	assert_int_equal(ex_audit_verify(l, HUB_NODE, &third, NULL,
			     &(struct ex_audit_report){ 0 }, NULL),
	    EX_OK);
	ex_ledger_close(&l);
}

static void
more_heads_than_one_batch_go_too(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);

	start_ms = hub_clock_ms;
	for (unsigned i = 0; i < 2 * EX_HEAD_BATCH + 5; i++) {
		hub_append_many(l, 1);
		hub_sign(l);
	}
	hub_clock_ms += 1000;
	prune_through(l, 2 * EX_HEAD_BATCH + 5, 2 * EX_HEAD_BATCH + 5);
	assert_sql(
	    path, "SELECT count(*) FROM thing WHERE kind = 'audit-head'", "1");
	assert_verified(l, 2 * EX_HEAD_BATCH + 6, 2 * EX_HEAD_BATCH + 6);
	ex_ledger_close(&l);
}

static void
without_old_links_nothing_is_needed(void **state)
{
	(void)state;
	struct ex_ledger *l = grown(hub_fresh_path());
	struct ex_error err = { 0 };
	size_t n;

	hub_attach(l, HUB_NODE, NULL); /* no vault */
	assert_int_equal(prune(l, start_ms, &n, &err), EX_OK);
	assert_int_equal(n, 0);
	assert_int_equal(prune(l, -5, &n, &err), EX_OK);
	assert_int_equal(
	    prune(l, start_ms + 2500, &n, &err), EX_ERR_ENVIRONMENT);
	assert_int_equal(n, 0);
	assert_verified(l, 1, LINKS);
	hub_attach(l, "hub-9", NULL); /* no chain */
	assert_int_equal(prune(l, start_ms + 2500, &n, &err), EX_OK);
	ex_ledger_close(&l);
}

/* ---- what pruning must not hide ---------------------------------------- */

static void
what_was_changed_is_not_pruned(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"UPDATE link SET actor = 'officer:eve' WHERE seq = 2",
		"DELETE FROM link WHERE seq = 1",
		"DELETE FROM link WHERE seq = 3",
		"UPDATE link SET at_ms = at_ms + 99999999 WHERE seq = 2",
		"UPDATE link SET hash = zeroblob(32) WHERE seq = 4",
		("UPDATE thing SET value = CAST(replace(CAST(value AS TEXT),"
		 " 'seq\":3', 'seq\":4') AS BLOB) WHERE kind = 'audit-head'"),
	};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const char *path = hub_fresh_path();
		struct ex_ledger *l = hub_open(path);
		struct ex_error err = { 0 };
		size_t n;

		start_ms = hub_clock_ms;
		hub_append_many(l, 3);
		hub_sign(l);
		hub_append_many(l, LINKS - 3);
		sample_sql(path, changes[i], NULL, 0);
		assert_int_equal(prune(l, start_ms + 4001, &n, &err), EX_NO);
		assert_non_null(strstr(err.why, "is broken and not pruned: "));
		assert_int_equal(n, 0);
		assert_sql(path,
		    "SELECT count(*) FROM thing"
		    " WHERE kind = 'audit-checkpoint'",
		    "0");
		assert_broken(l, NULL, NULL, "");
		ex_ledger_close(&l);
	}
}

/* One that was pruned through the 4th, then the 6th, and the first of its
 * checkpoints. */
static struct ex_ledger *
pruned(const char *path, char *earlier, size_t size)
{
	struct ex_ledger *l = grown(path);

	prune_through(l, 4, 4);
	sample_sql(path,
	    "SELECT CAST(value AS TEXT) FROM thing"
	    " WHERE kind = 'audit-checkpoint'",
	    earlier, size);
	prune_through(l, 6, 2);
	hub_sign(l);
	return l;
}

static void
put_checkpoint(const char *path, const char *json)
{
	char *text = sqlite3_mprintf("UPDATE thing SET value = CAST(%Q AS BLOB)"
				     " WHERE kind = 'audit-checkpoint'",
	    json);

	sample_sql(path, text, NULL, 0);
	sqlite3_free(text);
}

static void
any_byte_of_a_checkpoint_is_found(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	char earlier[600], json[600];
	struct ex_ledger *l = pruned(path, earlier, sizeof earlier);

	sample_sql(path,
	    "SELECT CAST(value AS TEXT) FROM thing"
	    " WHERE kind = 'audit-checkpoint'",
	    json, sizeof json);
	assert_in_range(strlen(json), 350, 450);
	for (size_t i = 0; i < strlen(json); i++) {
		char other[600];

		strcpy(other, json);
		other[i] ^= (char)(1 << (i + 3) % 7);
		put_checkpoint(path, other);
		assert_broken(l, NULL, NULL, "");
	}
	put_checkpoint(path, json);
	assert_verified(l, 7, LINKS + 2);
	ex_ledger_close(&l);
}

static void
a_checkpoint_gone_or_an_earlier_one_is_found(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	char earlier[600];
	struct ex_ledger *l = pruned(path, earlier, sizeof earlier);

	put_checkpoint(path, earlier);
	assert_broken(l, NULL, NULL, "link 5 is missing, the next one is 7");
	sample_sql(
	    path, "DELETE FROM thing WHERE kind = 'audit-checkpoint'", NULL, 0);
	assert_broken(l, NULL, NULL, "link 1 is missing, the next one is 7");
	ex_ledger_close(&l);
}

static void
sign(struct ex_head *h, enum ex_statement kind, const struct ex_signer_key *key)
{
	struct ex_parts p;

	memcpy(h->verifier, key->verifier, sizeof h->verifier);
	p = ex_statement_parts(kind, h);
	assert_int_equal(ex_sign(key, ex_parts_bytes(&p), h->signature), EX_OK);
}

/* Whoever takes links away and has no key. */
static void
a_forged_checkpoint_is_found(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	char earlier[600], *json;
	struct ex_ledger *l = pruned(path, earlier, sizeof earlier);
	struct ex_signer_key key;
	struct ex_head h, head;
	struct ex_link eight = { 0 };

	assert_int_equal(ex_audit_head(l, HUB_NODE, &head, NULL), EX_OK);
	assert_int_equal(ex_audit_each(l,
			     &(struct ex_audit_filter){
				 .node = HUB_NODE, .after = 7, .limit = 1 },
			     last_link, &eight, NULL),
	    EX_OK);
	sample_sql(path, "DELETE FROM link WHERE seq <= 8", NULL, 0);
	assert_broken(l, NULL, NULL, "link 7 is missing, the next one is 9");
	/* A true head of the very place is no checkpoint. */
	h = head;
	json = ex_statement_json(EX_STATEMENT_CHECKPOINT, &h);
	put_checkpoint(path, json);
	free(json);
	assert_broken(l, NULL, NULL, "a signature that is not its own");
	/* One by another key. */
	assert_int_equal(ex_signer_key_make(&key), EX_OK);
	h = (struct ex_head){ .node = HUB_NODE, .seq = 8, .at_ms = head.at_ms };
	memcpy(h.hash, eight.hash, sizeof h.hash);
	sign(&h, EX_STATEMENT_CHECKPOINT, &key);
	json = ex_statement_json(EX_STATEMENT_CHECKPOINT, &h);
	put_checkpoint(path, json);
	free(json);
	assert_broken(l, NULL, NULL, "signed by another key");
	ex_ledger_close(&l);
}

/* Even by the right key: no link records it. */
static void
a_checkpoint_that_no_link_records_is_found(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	char earlier[600], *json;
	struct ex_ledger *l = pruned(path, earlier, sizeof earlier);
	struct ex_head h = { .node = HUB_NODE, .seq = 8, .at_ms = 5 };
	struct ex_link eight = { 0 };

	assert_int_equal(ex_audit_each(l,
			     &(struct ex_audit_filter){
				 .node = HUB_NODE, .after = 7, .limit = 1 },
			     last_link, &eight, NULL),
	    EX_OK);
	memcpy(h.hash, eight.hash, sizeof h.hash);
	assert_int_equal(
	    ex_statement_sign(l, EX_STATEMENT_CHECKPOINT, &h, &json, NULL),
	    EX_OK);
	sample_sql(path, "DELETE FROM link WHERE seq <= 8", NULL, 0);
	put_checkpoint(path, json);
	free(json);
	assert_broken(
	    l, NULL, NULL, "no link records the checkpoint at link 8");
	ex_ledger_close(&l);
}

/* Links cut off behind a checkpoint, and heads as well. */
static void
an_emptied_chain_behind_a_checkpoint_is_found(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	char earlier[600];
	struct ex_ledger *l = pruned(path, earlier, sizeof earlier);

	sample_sql(path,
	    "DELETE FROM link; DELETE FROM thing"
	    " WHERE kind IN ('audit-head', 'audit-last')",
	    NULL, 0);
	assert_broken(
	    l, NULL, NULL, "no link records the checkpoint at link 6");
	ex_ledger_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(links_give_way_to_a_checkpoint),
		cmocka_unit_test(a_chain_is_pruned_again_and_again),
		cmocka_unit_test(heads_of_what_is_gone_go_too),
		cmocka_unit_test(more_heads_than_one_batch_go_too),
		cmocka_unit_test(without_old_links_nothing_is_needed),
		cmocka_unit_test(what_was_changed_is_not_pruned),
		cmocka_unit_test(any_byte_of_a_checkpoint_is_found),
		cmocka_unit_test(a_checkpoint_gone_or_an_earlier_one_is_found),
		cmocka_unit_test(a_forged_checkpoint_is_found),
		cmocka_unit_test(a_checkpoint_that_no_link_records_is_found),
		cmocka_unit_test(an_emptied_chain_behind_a_checkpoint_is_found),
	};

	return cmocka_run_group_tests(tests, hub_setup, hub_teardown);
}
