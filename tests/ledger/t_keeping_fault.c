/* SPDX-License-Identifier: Apache-2.0 */
/* Every call to the store fails in its turn, while pictures are kept, opened
 * and forgotten: it is said, nothing is half done, and the next try is right.
 */
#include "keeping.h"

#include "failing.h"

static struct ex_vault *vault;
static struct ex_ledger *ledger;
static char first[EX_ULID_SIZE]; /* is there, with pictures */

#define DUE (SAMPLE_START - 8 * HOUR + 14 * DAY)

static size_t
pictures_of(const char *id)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	assert_int_equal(
	    ex_ledger_pictures(ledger, id, infos, &n, NULL), EX_OK);
	return n;
}

/* ---- the calls, and what must hold after a failure --------------------- */

static enum ex_status
put(struct ex_error *err)
{
	return hub_put(ledger, hub_crossing(2, 1), 4, err);
}
static void
put_not(void)
{
	struct ex_crossing c;
	char id[EX_ULID_SIZE];

	hub_id(id, 2, 1);
	assert_int_equal(ex_ledger_get(ledger, id, &c, NULL), EX_ERR_NOT_FOUND);
	assert_int_equal(pictures_of(id), 0);
}

static enum ex_status
look(struct ex_error *err)
{
	struct ex_blob out;
	enum ex_status status =
	    ex_ledger_picture(ledger, &hub_officer, first, "d1", &out, err);

	assert_true((status == EX_OK) == (out.data != NULL));
	ex_blob_free(&out);
	return status;
}
static void
look_not(void)
{
	assert_int_equal(hub_links(ledger, EX_ACTION_PICTURE).n, 0);
}

static enum ex_status
list(struct ex_error *err)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	return ex_ledger_pictures(ledger, first, infos, &n, err);
}
static void
list_not(void)
{
}

static enum ex_status
earlier(struct ex_error *err)
{
	struct ex_blob out[4];
	size_t n;
	enum ex_status status = ex_ledger_earlier(ledger, &hub_officer,
	    &hub_crossing(1, 0)->documents[1], 4, out, &n, err);

	assert_int_equal(n, status == EX_OK);
	for (size_t i = 0; i < 4; i++) {
		assert_true((out[i].data != NULL) == (i < n));
		ex_blob_free(&out[i]);
	}
	return status;
}
static void
earlier_not(void)
{
	assert_int_equal(hub_links(ledger, EX_ACTION_EARLIER).n, 0);
}

static enum ex_status
erase_early(struct ex_error *err)
{
	int64_t when;

	return ex_ledger_erase_early(ledger, &hub_officer, first, &when, err);
}
static void
erase_early_not(void)
{
	assert_int_equal(pictures_of(first), 4);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE_EARLY).n, 0);
}

static enum ex_status
erase_due(struct ex_error *err)
{
	struct ex_retention_report r;

	hub_now = DUE;
	return ex_retention_run(ledger, &hub_system, true, &r, err);
}
/* Rows and link together or not at all; the key may be gone before them. */
static void
erase_due_not(void)
{
	size_t n = hub_links(ledger, EX_ACTION_ERASE).n;

	assert_in_range(n, 0, 1);
	assert_int_equal(pictures_of(first), n ? 0 : 4);
}

static const struct {
	const char *name;
	enum ex_status (*call)(struct ex_error *err);
	void (*after_failure)(void);
	long least; /* calls that can fail */
} works[] = {
	{ "put", put, put_not, 10 },
	{ "picture", look, look_not, 7 },
	{ "pictures", list, list_not, 3 },
	{ "earlier", earlier, earlier_not, 7 },
	{ "erase_early", erase_early, erase_early_not, 8 },
	{ "retention_run", erase_due, erase_due_not, 15 },
};
enum { WORKS = sizeof works / sizeof *works };

/* ---- rehearsal --------------------------------------------------------- */

static void
begin(void)
{
	sample_folder_make(NULL);
	hub_now = SAMPLE_START;
	hub_retention.earlier = true;
	vault = hub_vault();
	ledger = hub_open("l.db", vault);
	hub_id(first, 1, 0);
	hub_put_well(ledger, hub_crossing(1, 0), 4);
	hub_now += 2000; /* so that the clock is looked at again */
}

static void
end(void)
{
	ex_ledger_close(&ledger);
	ex_vault_close(&vault);
	sample_folder_remove(NULL);
}

static void
fail_each(size_t i, bool late)
{
	long n = 0;

	begin();
	for (;; n++) {
		struct ex_error err = { 0 };
		enum ex_status status;
		bool hit;

		ledger->clock.known = false; /* as at the start of a hub */
		failing_wear(ledger, n, late);
		status = works[i].call(&err);
		hit = failing_doff(ledger);
		if (status != (hit ? EX_ERR_DATABASE : EX_OK))
			fail_msg("%s, call %ld: %d: %s: %s", works[i].name, n,
			    status, err.what, err.why);
		if (!hit)
			break;
		assert_string_equal(err.why, "fails on purpose");
		works[i].after_failure();
	}
	print_message("# %s: %ld failures\n", works[i].name, n);
	assert_true(n >= works[i].least);
	end();
}

static void
a_call_to_the_store_that_fails_leaves_nothing_half_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORKS; i++)
		fail_each(i, false);
}

static void
a_call_whose_answer_is_lost_leaves_nothing_half_done(void **state)
{
	(void)state;
	for (size_t i = 0; i < WORKS; i++)
		fail_each(i, true);
}

static int
make_pictures(void **state)
{
	int failed = hub_setup(state);

	return failed ? failed : sample_folder_remove(state);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_call_to_the_store_that_fails_leaves_nothing_half_done),
		cmocka_unit_test(
		    a_call_whose_answer_is_lost_leaves_nothing_half_done),
	};

	return cmocka_run_group_tests(tests, make_pictures, NULL);
}
