/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept and what is forgotten, on every back end. */
#include "backends.h"
#include "keeping.h"

static struct ex_vault *vault;

static struct ex_ledger *
open_at(const struct backend *b, const char *port)
{
	const struct ex_ledger_node n = { "hub-1", port, vault, &hub_retention,
		hub_clock };
	struct ex_ledger *l = backend_open(b);

	DO(ex_ledger_attach(l, &n, err));
	return l;
}

static struct ex_ledger *
begin(void **state)
{
	hub_now = SAMPLE_START;
	hub_retention = ex_retention_default();
	hub_retention.earlier = true;
	/* A vault belongs to one ledger's life: each case has its own. */
	ex_vault_close(&vault);
	nftw(sample_path("vault"), sample_unlink, 16, FTW_DEPTH | FTW_PHYS);
	unlink(sample_path("master"));
	vault = hub_vault();
	backend_clear(*state);
	return open_at(*state, "port-1");
}

static struct ex_retention_report
run_at(struct ex_ledger *l, int64_t ms)
{
	struct ex_retention_report r;

	hub_now = ms;
	DO(ex_retention_run(l, &hub_system, true, &r, err));
	return r;
}

#define DUE (SAMPLE_START - 8 * HOUR + 14 * DAY)

static void
pictures_live_and_go_with_their_key(void **state)
{
	struct ex_ledger *l = begin(state);
	char a[EX_ULID_SIZE], b[EX_ULID_SIZE];
	struct ex_picture_info infos[EX_MAX_PICTURES];
	struct ex_blob out[4];
	struct ex_document d = hub_crossing(1, 0)->documents[1];
	int64_t when;
	size_t n;

	hub_id(a, 1, 0);
	hub_id(b, 2, DAY);
	hub_put_well(l, hub_crossing(1, 0), 4);
	hub_put_well(l, hub_crossing(2, DAY), 4);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(hub_look(l, a, hub_pictures[i].name), EX_OK);
	DO(ex_ledger_pictures(l, a, infos, &n, err));
	assert_int_equal(n, 4);
	assert_string_equal(infos[0].name, "d1");
	assert_int_equal(infos[0].erase_ms, DUE);
	DO(ex_ledger_earlier(l, &hub_officer, &d, 4, out, &n, err));
	assert_int_equal(n, 1);
	ex_blob_free(&out[0]);
	assert_int_equal(run_at(l, DUE - 10000).pictures, 0);
	assert_int_equal(hub_look(l, a, "o1"), EX_OK);
	assert_int_equal(run_at(l, DUE).pictures, 4);
	assert_int_equal(hub_look(l, a, "o1"), EX_ERR_NOT_FOUND);
	DO(ex_ledger_pictures(l, a, infos, &n, err));
	assert_int_equal(n, 0);
	DO(ex_ledger_earlier(l, &hub_officer, &d, 4, out, &n, err));
	assert_int_equal(n, 0);
	DO(ex_ledger_erase_early(l, &hub_officer, b, &when, err));
	assert_int_equal(when, DUE + DAY);
	assert_int_equal(hub_look(l, b, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(run_at(l, DUE + DAY).keys, 1);
	assert_int_equal(hub_links(l, EX_ACTION_ERASE).n, 2);
	ex_ledger_close(&l);
}

static void
crossings_go_with_their_term(void **state)
{
	struct ex_ledger *l = begin(state);
	size_t n;

	hub_put_well(l, hub_crossing(1, 0), 4);
	hub_put_well(l, hub_crossing(2, DAY), 4);
	assert_int_equal(run_at(l, SAMPLE_START + 3 * 365 * DAY).crossings, 1);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 1);
	ex_ledger_close(&l);
}

/* Of a vault that two ports share, the first run destroys the key; the other
 * port's rows go with its own run. */
static void
ports_that_share_a_vault_each_clear_their_rows(void **state)
{
	struct ex_ledger *l, *other;
	struct ex_retention_report r;

	backend_must_be_shared(*state);
	l = begin(state);
	other = open_at(*state, "port-2");
	hub_put_well(l, hub_crossing(1, 0), 4);
	hub_put_well(other, hub_crossing(2, 1), 2);
	r = run_at(l, DUE);
	assert_int_equal(r.keys, 1);
	assert_int_equal(r.pictures, 4);
	assert_int_equal(
	    hub_look(other, hub_crossing(2, 1)->id, "o1"), EX_ERR_NOT_FOUND);
	r = run_at(other, DUE);
	assert_int_equal(r.keys, 0);
	assert_int_equal(r.pictures, 2);
	ex_ledger_close(&other);
	ex_ledger_close(&l);
}

/* Of two hubs that add to an epoch, one erases it; the other notices though it
 * has its key in memory. */
static void
another_hub_does_not_go_on_with_a_destroyed_key(void **state)
{
	struct ex_ledger *l, *other;

	backend_must_be_shared(*state);
	l = begin(state);
	other = open_at(*state, "port-1");
	hub_put_well(l, hub_crossing(1, 0), 2);
	hub_put_well(other, hub_crossing(2, 1), 2);
	run_at(l, DUE - 30 * 60000);
	assert_int_equal(hub_look(other, hub_crossing(2, 1)->id, "o1"), EX_OK);
	assert_int_equal(run_at(l, DUE).pictures, 4);
	assert_int_equal(
	    hub_look(other, hub_crossing(2, 1)->id, "o1"), EX_ERR_NOT_FOUND);
	hub_put_well(other, hub_crossing(3, 2), 2); /* too late to be kept */
	assert_int_equal(
	    hub_look(other, hub_crossing(3, 2)->id, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(run_at(l, DUE + 1000).pictures, 0);
	ex_ledger_close(&other);
	ex_ledger_close(&l);
}

static int
make(void **state)
{
	int failed = hub_setup(state); /* the pictures, and a folder */

	if (failed == 0)
		sample_folder_remove(state);
	return failed ? failed : backends_make(state);
}

static int
end(void **state)
{
	ex_vault_close(&vault);
	return backends_end(state);
}

static const struct {
	const char *name;
	CMUnitTestFunction fn;
} cases[] = {
	{ "pictures_live_and_go_with_their_key",
	    pictures_live_and_go_with_their_key },
	{ "crossings_go_with_their_term", crossings_go_with_their_term },
	{ "ports_that_share_a_vault_each_clear_their_rows",
	    ports_that_share_a_vault_each_clear_their_rows },
	{ "another_hub_does_not_go_on_with_a_destroyed_key",
	    another_hub_does_not_go_on_with_a_destroyed_key },
};
enum { CASES = sizeof cases / sizeof *cases };

int
main(void)
{
	static struct CMUnitTest tests[BACKENDS * CASES];
	static char names[BACKENDS * CASES][96];

	for (size_t b = 0; b < BACKENDS; b++)
		for (size_t i = 0; i < CASES; i++) {
			size_t at = b * CASES + i;

			snprintf(names[at], sizeof names[at], "%s: %s",
			    backends[b].name, cases[i].name);
			tests[at] = (struct CMUnitTest){ names[at], cases[i].fn,
				NULL, NULL, &backends[b] };
		}
	return cmocka_run_group_tests(tests, make, end);
}
