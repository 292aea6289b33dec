/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain: links without gaps whoever appends (L19), no person in it
 * (L20), read by filter, heads signed and thinned. */
#include "hub.h"

#include <sys/wait.h>

#include "audit.h"

static const struct ex_act nobody = { "system", EX_PURPOSE_OPERATION };

/* ---- appending --------------------------------------------------------- */

struct seen {
	uint64_t n, last;
	struct ex_link link; /* the latest */
	char list[400];      /* seqs */
};

static enum ex_status
note(const struct ex_link *link, void *arg)
{
	struct seen *s = arg;
	size_t used = strlen(s->list);

	s->n++;
	s->last = link->seq;
	s->link = *link;
	snprintf(s->list + used, sizeof s->list - used, "%s%s%ju",
	    used ? " " : "", strcmp(link->node, HUB_NODE) ? link->node : "",
	    (uintmax_t)link->seq);
	return EX_OK;
}

static struct seen
list(struct ex_ledger *l, const struct ex_audit_filter *f)
{
	struct seen s = { 0 };

	assert_int_equal(ex_audit_each(l, f, note, &s, NULL), EX_OK);
	return s;
}

static void
a_link_says_who_what_when_and_why(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	uint8_t hash[EX_SHA256_SIZE];
	struct seen s;

	hub_clock_ms = SAMPLE_START + 5;
	assert_int_equal(
	    ex_audit_append(l, &hub_officer, EX_ACTION_PICTURE,
		"01KE6R3W000000000000000001/o2", "best shot", NULL),
	    EX_OK);
	s = list(l, NULL);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.link.node, HUB_NODE);
	assert_int_equal(s.link.seq, 1);
	assert_int_equal(s.link.at_ms, SAMPLE_START + 5);
	assert_string_equal(s.link.actor, "officer:ana");
	assert_int_equal(s.link.action, EX_ACTION_PICTURE);
	assert_int_equal(s.link.purpose, EX_PURPOSE_REVIEW);
	assert_string_equal(s.link.subject, "01KE6R3W000000000000000001/o2");
	assert_string_equal(s.link.detail, "best shot");
	assert_int_equal(ex_link_hash(&s.link, hash), EX_OK);
	assert_memory_equal(s.link.hash, hash, sizeof hash);
	memset(hash, 0, sizeof hash);
	assert_memory_equal(s.link.before, hash, sizeof hash);
	ex_ledger_close(&l);
}

static void
no_subject_and_no_detail_are_empty(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	struct seen s;

	assert_int_equal(
	    ex_audit_append(l, &nobody, EX_ACTION_AUDIT, NULL, NULL, NULL),
	    EX_OK);
	s = list(l, NULL);
	assert_string_equal(s.link.subject, "");
	assert_string_equal(s.link.detail, "");
	assert_verified(l, 1, 1);
	ex_ledger_close(&l);
}

static void
an_empty_chain_is_sound(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());

	assert_verified(l, 0, 0);
	ex_ledger_close(&l);
}

static void
time_in_a_chain_never_runs_backwards(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	static const int64_t clock[] = { 1000, 500, -20, 1000, 1001 };
	static const int64_t told[] = { 1000, 1000, 1000, 1000, 1001 };

	for (size_t i = 0; i < 5; i++) {
		hub_clock_ms = SAMPLE_START + clock[i];
		assert_int_equal(
		    ex_audit_append(l, &nobody, EX_ACTION_START, "", "", NULL),
		    EX_OK);
		assert_int_equal(
		    list(l, NULL).link.at_ms, SAMPLE_START + told[i]);
	}
	assert_verified(l, 1, 5);
	ex_ledger_close(&l);
}

static void
a_group_that_is_rolled_back_leaves_no_gap(void **state) /* (L19) */
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);

	hub_append_many(l, 2);
	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	hub_append_many(l, 3);
	ex_ledger_rollback(l);
	assert_verified(l, 1, 2);
	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	hub_append_many(l, 3);
	assert_int_equal(ex_ledger_commit(l, NULL), EX_OK);
	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	hub_append_many(l, 1);
	ex_ledger_close(&l); /* as a process that dies */
	l = hub_open(path);
	hub_append_many(l, 1);
	assert_verified(l, 1, 6);
	ex_ledger_close(&l);
}

static void
assert_link_refused(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const char *subject, const char *detail,
    const char *why)
{
	struct ex_error err = { 0 };

	assert_int_equal(ex_audit_append(l, act, action, subject, detail, &err),
	    EX_ERR_USAGE);
	if (!strstr(err.why, why))
		fail_msg("%s, wanted %s", err.why, why);
	assert_int_equal(list(l, NULL).n, 0);
}

static void
what_may_not_stand_in_a_link_is_refused(void **state) /* (L20) */
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	const struct ex_act act = { "system", EX_PURPOSE_NONE };
	const struct ex_act bad_purpose = { "system", EX_PURPOSE_COUNT };
	char text[EX_DETAIL_SIZE + 1];
	char longest[EX_ACTOR_SIZE + 1];
	const char *const actors[] = { "", "Ana Maria", "officer/ana",
		"offic\xc3\xa9r", longest };
	static const char *const texts[] = { "P<UTOERIKSSON<<ANNA", "\n",
		"a\tb", "M\xc3\xbcller", "\x7f" };

	memset(longest, 'a', sizeof longest);
	longest[EX_ACTOR_SIZE] = '\0';
	for (size_t i = 0; i < 5; i++) {
		const struct ex_act other = { actors[i], EX_PURPOSE_NONE };

		assert_link_refused(l, &other, EX_ACTION_VIEW, "", "", "actor");
		assert_link_refused(
		    l, &act, EX_ACTION_VIEW, texts[i], "", "subject");
		assert_link_refused(
		    l, &act, EX_ACTION_VIEW, "", texts[i], "detail");
	}
	assert_link_refused(l, &act, EX_ACTION_COUNT, "", "", "action");
	assert_link_refused(l, &bad_purpose, EX_ACTION_VIEW, "", "", "purpose");
	memset(text, 'x', sizeof text);
	text[EX_DETAIL_SIZE] = '\0';
	assert_link_refused(l, &act, EX_ACTION_VIEW, "", text, "detail");
	text[EX_SUBJECT_SIZE] = '\0';
	assert_link_refused(l, &act, EX_ACTION_VIEW, text, "", "subject");
	text[EX_SUBJECT_SIZE - 1] = '\0';
	assert_int_equal(
	    ex_audit_append(l, &act, EX_ACTION_VIEW, text, "", NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
a_reader_appends_nothing(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	struct ex_error err = { 0 };

	hub_append_many(l, 1);
	ex_ledger_close(&l);
	l = sample_open(path, EX_LEDGER_READ);
	hub_attach(l, HUB_NODE, NULL);
	assert_int_equal(hub_append(l, 1, &err), EX_ERR_DATABASE);
	assert_verified(l, 1, 1);
	ex_ledger_close(&l);
}

/* One process of several; half of its links come in groups, of which every
 * other one is rolled back. Returns how many stay. */
static unsigned
append_beside_others(const char *path, unsigned rounds)
{
	struct ex_ledger *l = hub_open(path);
	unsigned kept = 0;

	for (unsigned i = 0; i < rounds; i++) {
		hub_append_many(l, 1);
		kept++;
		if (ex_ledger_begin(l, NULL) != EX_OK)
			_exit(1);
		hub_append_many(l, 3);
		if (i % 2) {
			ex_ledger_rollback(l);
		} else {
			if (ex_ledger_commit(l, NULL) != EX_OK)
				_exit(1);
			kept += 3;
		}
		if (i % 5 == 0)
			hub_sign(l);
	}
	ex_ledger_close(&l);
	return kept;
}

static void
several_processes_write_one_chain(void **state) /* (L19) */
{
	(void)state;
	enum { PROCESSES = 4, ROUNDS = 20 };
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	pid_t pids[PROCESSES];

	ex_ledger_close(&l);
	for (int i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(append_beside_others(path, ROUNDS) != 50);
		assert_true(pids[i] > 0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int code;

		assert_int_equal(waitpid(pids[i], &code, 0), pids[i]);
		assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
	}
	l = hub_open(path);
	assert_verified(l, 1, PROCESSES * 50);
	ex_ledger_close(&l);
}

/* ---- reading ----------------------------------------------------------- */

static void
assert_listed(
    struct ex_ledger *l, struct ex_audit_filter f, const char *expected)
{
	assert_string_equal(list(l, &f).list, expected);
}

static void
links_are_found_by_what_is_asked(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	int64_t start = hub_clock_ms;

	hub_append_many(l, 9); /* k = seq - 1 */
	assert_listed(l, (struct ex_audit_filter){ 0 }, "1 2 3 4 5 6 7 8 9");
	assert_listed(
	    l, (struct ex_audit_filter){ .newest = true, .limit = 3 }, "9 8 7");
	assert_listed(l,
	    (struct ex_audit_filter){ .node = HUB_NODE, .after = 6 }, "7 8 9");
	assert_listed(l,
	    (struct ex_audit_filter){
		.node = HUB_NODE, .after = 4, .newest = true },
	    "3 2 1");
	assert_listed(
	    l, (struct ex_audit_filter){ .actor = "lane:demo-1" }, "2 6");
	assert_listed(l, (struct ex_audit_filter){ .actor = "lane" }, "");
	assert_listed(l,
	    (struct ex_audit_filter){
		.from_ms = start + 3000, .to_ms = start + 6000 },
	    "3 4 5");
	assert_listed(l,
	    (struct ex_audit_filter){ .subject = "01KE6R3W000000000000000001" },
	    "3 4");
	assert_listed(l,
	    (struct ex_audit_filter){
		.subject = "01KE6R3W000000000000000001/o2" },
	    "3");
	assert_listed(l,
	    (struct ex_audit_filter){ .subject = "01KE6R3W00000000000000000" },
	    "");
	assert_listed(l, (struct ex_audit_filter){ .node = "hub" }, "");
	ex_ledger_close(&l);
}

static enum ex_status
stop_at_two(const struct ex_link *link, void *arg)
{
	*(uint64_t *)arg = link->seq;
	return link->seq == 2 ? EX_ERR_INTERRUPTED : EX_OK;
}

static void
a_visit_ends_the_walk(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	uint64_t last = 0;

	hub_append_many(l, 4);
	assert_int_equal(ex_audit_each(l, NULL, stop_at_two, &last, NULL),
	    EX_ERR_INTERRUPTED);
	assert_int_equal(last, 2);
	ex_ledger_close(&l);
}

static enum ex_status
join(const char *node, void *arg)
{
	strcat(arg, node);
	strcat(arg, ";");
	return EX_OK;
}

static void
each_node_has_a_chain_of_its_own(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	struct ex_audit_report r;
	char nodes[200] = "";

	for (unsigned i = 0; i < 3; i++) {
		hub_attach(l, i % 2 ? "hub-0" : HUB_NODE, hub_vault);
		hub_append_many(l, 2);
	}
	hub_attach(l, "gone", hub_vault);
	hub_append_many(l, 1);
	hub_sign(l);
	sample_sql(path, "DELETE FROM link WHERE node = 'gone'", NULL, 0);
	assert_int_equal(ex_audit_nodes(l, join, nodes, NULL), EX_OK);
	assert_string_equal(nodes, "gone;hub-0;hub-1;");
	hub_attach(l, HUB_NODE, hub_vault);
	assert_verified(l, 1, 4);
	assert_int_equal(
	    ex_audit_verify(l, "hub-0", NULL, NULL, &r, NULL), EX_OK);
	assert_int_equal(r.links, 2);
	assert_int_equal(
	    ex_audit_verify(l, "gone", NULL, NULL, &r, NULL), EX_NO);
	assert_listed(
	    l, (struct ex_audit_filter){ 0 }, "hub-01 hub-02 1 2 3 4");
	ex_ledger_close(&l);
}

/* ---- heads ------------------------------------------------------------- */

static void
a_head_is_signed_where_the_chain_grew(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	struct ex_head first, again, second;
	struct ex_error err = { 0 };

	assert_int_equal(ex_audit_sign(l, &first, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_audit_head(l, HUB_NODE, &first, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(first.seq, 0);
	hub_append_many(l, 3);
	first = hub_sign(l);
	assert_int_equal(first.seq, 3);
	assert_int_equal(first.at_ms, hub_clock_ms);
	assert_string_equal(first.node, HUB_NODE);
	assert_memory_equal(first.hash, list(l, NULL).link.hash, 32);
	assert_memory_equal(first.verifier, ex_vault_verifier(hub_vault), 32);
	assert_int_equal(ex_statement_verify(EX_STATEMENT_HEAD, &first), EX_OK);
	hub_clock_ms += 60000;
	again = hub_sign(l);
	assert_memory_equal(&again, &first, sizeof first);
	hub_append_many(l, 1);
	second = hub_sign(l);
	assert_int_equal(second.seq, 4);
	assert_int_equal(ex_audit_head(l, HUB_NODE, &again, NULL), EX_OK);
	assert_memory_equal(&again, &second, sizeof second);
	assert_int_equal(
	    ex_audit_head(l, "hub-2", &again, NULL), EX_ERR_NOT_FOUND);
	ex_ledger_close(&l);
}

static void
without_a_vault_nothing_is_signed(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	struct ex_head h;

	hub_append_many(l, 1);
	hub_attach(l, HUB_NODE, NULL);
	assert_int_equal(ex_audit_sign(l, &h, NULL), EX_ERR_ENVIRONMENT);
	assert_int_equal(h.seq, 0);
	ex_ledger_close(&l);
}

static void
a_change_is_not_signed_into_history(void **state)
{
	(void)state;
	static const char *const changes[] = {
		"UPDATE link SET detail = 'x' WHERE seq = 5",
		"UPDATE link SET detail = 'x' WHERE seq = 6",
		"UPDATE link SET hash = zeroblob(32) WHERE seq = 6",
		"DELETE FROM link WHERE seq = 5",
		"DELETE FROM link WHERE seq >= 4", /* past the last head */
	};

	for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
		const char *path = hub_fresh_path();
		struct ex_ledger *l = hub_open(path);
		struct ex_error err = { 0 };
		struct ex_head h;

		hub_append_many(l, 4);
		hub_sign(l);
		hub_append_many(l, 2);
		sample_sql(path, changes[i], NULL, 0);
		assert_int_equal(ex_audit_sign(l, &h, &err), EX_NO);
		assert_non_null(strstr(err.why, "is broken: "));
		assert_int_equal(h.seq, 0);
		ex_ledger_close(&l);
	}
}

static void
heads_of_past_days_are_thinned(void **state)
{
	(void)state;
	const int64_t hour = 3600 * 1000, day = 24 * hour;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	int64_t start = SAMPLE_START / day * day;
	char keys[32];

	/* Three days and an hour, a head each quarter of an hour. */
	for (int64_t t = 0; t <= 3 * day + hour; t += hour / 4) {
		hub_clock_ms = start + t;
		assert_int_equal(
		    ex_audit_append(l, &nobody, EX_ACTION_START, "", "", NULL),
		    EX_OK);
		hub_sign(l);
	}
	/* Two days with one each; the last 24 hours and a bit in full. */
	sample_sql(path, "SELECT count(*) FROM thing WHERE kind = 'audit-head'",
	    keys, sizeof keys);
	assert_in_range(atoi(keys), 2 + 24 * 4, 2 + 26 * 4);
	assert_verified(l, 1, 3 * 24 * 4 + 4 + 1);
	assert_sql(path,
	    "SELECT group_concat(key) FROM (SELECT key FROM thing"
	    " WHERE kind = 'audit-head' ORDER BY key LIMIT 2)",
	    "hub-1:00000000000000000096,hub-1:00000000000000000192");
	ex_ledger_close(&l);
}

/* ---- failures ---------------------------------------------------------- */

static enum ex_status
everything(struct ex_ledger *l, struct ex_error *err)
{
	struct ex_head h;
	struct ex_audit_report r;
	char nodes[200] = "";
	struct seen s = { 0 };
	enum ex_status status = hub_append(l, 1, err);

	if (status == EX_OK)
		status = ex_audit_sign(l, &h, err);
	if (status == EX_OK)
		status = ex_audit_each(l, NULL, note, &s, err);
	if (status == EX_OK)
		status = ex_audit_nodes(l, join, nodes, err);
	if (status == EX_OK)
		status = ex_audit_head(l, HUB_NODE, &h, err);
	if (status == EX_OK)
		status = ex_audit_verify(l, HUB_NODE, &h, NULL, &r, err);
	return status;
}

static void
every_allocation_may_fail(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	enum ex_status status = EX_ERR_NOMEM;
	long n;

	for (n = 0; status != EX_OK; n++) {
		struct ex_error err = { 0 };

		ex_calloc_fail_after(n);
		status = everything(l, &err);
		ex_calloc_fail_after(-1);
		if (status != EX_OK) {
			assert_int_equal(status, EX_ERR_NOMEM);
			assert_int_equal(err.status, EX_ERR_NOMEM);
		}
		assert_in_range(n, 0, 200);
	}
	assert_true(n > 4);
	hub_append_many(l, 1);
	hub_sign(l);
	ex_ledger_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_link_says_who_what_when_and_why),
		cmocka_unit_test(no_subject_and_no_detail_are_empty),
		cmocka_unit_test(an_empty_chain_is_sound),
		cmocka_unit_test(time_in_a_chain_never_runs_backwards),
		cmocka_unit_test(a_group_that_is_rolled_back_leaves_no_gap),
		cmocka_unit_test(what_may_not_stand_in_a_link_is_refused),
		cmocka_unit_test(a_reader_appends_nothing),
		cmocka_unit_test(several_processes_write_one_chain),
		cmocka_unit_test(links_are_found_by_what_is_asked),
		cmocka_unit_test(a_visit_ends_the_walk),
		cmocka_unit_test(each_node_has_a_chain_of_its_own),
		cmocka_unit_test(a_head_is_signed_where_the_chain_grew),
		cmocka_unit_test(without_a_vault_nothing_is_signed),
		cmocka_unit_test(a_change_is_not_signed_into_history),
		cmocka_unit_test(heads_of_past_days_are_thinned),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, hub_setup, hub_teardown);
}
