/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten when, in which order, and by which clock. */
#include "keeping.h"

#include <time.h>

#include "ledger_internal.h"

#define START_OF_DAY (SAMPLE_START - 8 * HOUR)
#define DUE          (START_OF_DAY + 14 * DAY) /* pictures of the first day */

static struct ex_vault *vault;
static struct ex_ledger *ledger;
static char first[EX_ULID_SIZE]; /* a crossing with pictures, of SAMPLE_START */

static struct ex_retention_report
run(bool confirm)
{
	struct ex_retention_report r;
	struct ex_error err = { 0 };

	if (ex_retention_run(ledger, &hub_system, confirm, &r, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return r;
}

/* As a hub that has been at work all the while. */
static void
pass_to(int64_t ms)
{
	hub_now = ms;
	run(true);
}

static size_t
rows(const char *table)
{
	char sql[64], n[32];

	snprintf(sql, sizeof sql, "SELECT count(*) FROM %s", table);
	sample_sql(sample_path("l.db"), sql, n, sizeof n);
	return (size_t)atoi(n);
}

static bool
has_key(enum ex_retention_class c, int64_t epoch_ms)
{
	struct ex_key key;

	return ex_vault_epoch(vault, c, epoch_ms, false, &key, NULL) == EX_OK;
}

/* ---- terms ------------------------------------------------------------- */

static void
the_terms_are_those_of_the_law_text(void **state)
{
	(void)state;
	struct ex_retention r = ex_retention_default();

	assert_int_equal(r.of[EX_RETAIN_CITIZEN_PICTURE].term_ms, 12 * HOUR);
	assert_int_equal(r.of[EX_RETAIN_PICTURE].term_ms, 14 * DAY);
	assert_int_equal(r.of[EX_RETAIN_CROSSING].term_ms, 3 * 365 * DAY);
	assert_int_equal(r.of[EX_RETAIN_AUDIT].term_ms, 4 * 365 * DAY);
	assert_string_equal(r.host, "");
	assert_false(r.earlier || r.earlier_citizens);
	for (int c = 0; c < EX_RETAIN_COUNT; c++)
		assert_true(strlen(r.of[c].legal) > 20);
	assert_string_equal(
	    ex_retention_word(EX_RETAIN_CITIZEN_PICTURE), "citizen-pictures");
	assert_int_equal(ex_retention_check(&r, NULL), EX_OK);
}

static void
terms_that_make_no_sense_are_refused_by_class(void **state)
{
	(void)state;
	static const struct {
		enum ex_retention_class c;
		int64_t term_ms;
		const char *named;
	} bad[] = {
		{ EX_RETAIN_PICTURE, HOUR - 1, "of pictures" },
		{ EX_RETAIN_AUDIT, 100 * 365 * DAY + 1, "of audit" },
		{ EX_RETAIN_CITIZEN_PICTURE, 4 * 365 * DAY, "citizen" },
		{ EX_RETAIN_CROSSING, 13 * DAY, "of pictures" },
		{ EX_RETAIN_AUDIT, 2 * 365 * DAY, "of audit" },
		{ EX_RETAIN_CROSSING, 0, "of citizen" },
	};

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct ex_retention r = ex_retention_default();
		struct ex_error err = { 0 };

		r.of[bad[i].c].term_ms = bad[i].term_ms;
		assert_int_equal(ex_retention_check(&r, &err), EX_ERR_USAGE);
		assert_non_null(strstr(err.what, bad[i].named));
	}
}

static void
epochs_are_hours_for_short_terms_and_days_for_long(void **state)
{
	(void)state;
	struct ex_retention r = ex_retention_default();

	assert_int_equal(ex_retention_epoch(&r, EX_RETAIN_CITIZEN_PICTURE,
			     SAMPLE_START + HOUR - 1),
	    SAMPLE_START);
	assert_int_equal(ex_retention_epoch(&r, EX_RETAIN_CITIZEN_PICTURE,
			     SAMPLE_START + HOUR),
	    SAMPLE_START + HOUR);
	assert_int_equal(
	    ex_retention_epoch(&r, EX_RETAIN_PICTURE, SAMPLE_START),
	    START_OF_DAY);
	r.of[EX_RETAIN_PICTURE].term_ms = 2 * DAY;
	assert_int_equal(
	    ex_retention_epoch(&r, EX_RETAIN_PICTURE, SAMPLE_START),
	    START_OF_DAY);
	r.of[EX_RETAIN_PICTURE].term_ms--;
	assert_int_equal(
	    ex_retention_epoch(&r, EX_RETAIN_PICTURE, SAMPLE_START),
	    SAMPLE_START);
}

/* ---- erasure (L15) ----------------------------------------------------- */

static void
pictures_go_when_their_epoch_is_due_and_not_before(void **state)
{
	(void)state;
	struct ex_retention_report r;
	struct hub_links links;
	struct ex_crossing c;

	hub_put_well(ledger, hub_crossing(2, DAY), 4);
	pass_to(DUE - 10000);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	assert_int_equal(rows("picture"), 8);
	hub_now = DUE;
	r = run(false);
	assert_false(r.held);
	assert_int_equal(r.keys, 1);
	assert_int_equal(r.pictures, 4);
	assert_int_equal(r.crossings, 0);
	assert_in_range(r.now_ms, DUE, DUE + 10000);
	assert_false(has_key(EX_RETAIN_PICTURE, START_OF_DAY));
	assert_true(has_key(EX_RETAIN_PICTURE, START_OF_DAY + DAY));
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(rows("picture"), 4);
	links = hub_links(ledger, EX_ACTION_ERASE);
	assert_int_equal(links.n, 1);
	assert_string_equal(
	    links.last.subject, "pictures.2026-01-05T00:00:00.000Z");
	assert_string_equal(links.last.detail, "key destroyed, 4 pictures");
	assert_string_equal(links.last.actor, "system");
	/* The record stays; and there is nothing more to say. */
	assert_int_equal(ex_ledger_get(ledger, first, &c, NULL), EX_OK);
	run(false);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE).n, 1);
}

/* Between due and the run nobody opens it any more. */
static void
what_is_due_is_not_opened_even_before_the_run(void **state)
{
	(void)state;
	pass_to(DUE - 10000);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	hub_now = DUE;
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
	assert_true(has_key(EX_RETAIN_PICTURE, START_OF_DAY));
}

static void
citizens_pictures_go_by_the_hour(void **state)
{
	(void)state;
	struct ex_crossing c = *hub_crossing(2, HOUR - 1);

	strcpy(hub_retention.host, "UTO");
	hub_attach(ledger, vault);
	strcpy(c.documents[0].nationality, "QZX");
	hub_now = c.opened_ms;
	hub_put_well(ledger, &c, 4);
	pass_to(SAMPLE_START + 12 * HOUR - 10000);
	assert_int_equal(hub_look(ledger, c.id, "d2"), EX_OK);
	pass_to(SAMPLE_START + 12 * HOUR);
	assert_int_equal(hub_look(ledger, c.id, "d2"), EX_ERR_NOT_FOUND);
	assert_int_equal(hub_look(ledger, c.id, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(hub_look(ledger, c.id, "d1"), EX_OK);
}

static void
crossings_and_links_go_at_the_end_of_their_terms(void **state)
{
	(void)state;
	struct ex_crossing c;
	struct ex_retention_report r;
	char later[EX_ULID_SIZE];

	hub_id(later, 2, 2);
	hub_put_well(ledger, hub_crossing(2, 2), 0);
	pass_to(SAMPLE_START + 3 * 365 * DAY);
	assert_int_equal(
	    ex_ledger_get(ledger, first, &c, NULL), EX_ERR_NOT_FOUND);
	assert_int_equal(rows("picture"), 0);
	hub_now += 3000;
	r = run(false);
	assert_int_equal(r.crossings, 1);
	assert_int_equal(
	    ex_ledger_get(ledger, later, &c, NULL), EX_ERR_NOT_FOUND);
	assert_string_equal(
	    hub_links(ledger, EX_ACTION_ERASE).last.subject, "crossings");
	assert_int_equal(hub_links(ledger, EX_ACTION_CHECKPOINT).n, 0);
	pass_to(SAMPLE_START + (3 + 4) * 365 * DAY + HOUR);
	assert_true(hub_links(ledger, EX_ACTION_ERASE).n <= 1);
}

static void
a_longer_term_does_not_reach_back_and_a_shorter_one_does(void **state)
{
	(void)state;
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	hub_retention.of[EX_RETAIN_PICTURE].term_ms = 60 * DAY;
	hub_attach(ledger, vault);
	assert_int_equal(
	    ex_ledger_pictures(ledger, first, infos, &n, NULL), EX_OK);
	assert_int_equal(infos[0].erase_ms, DUE);
	hub_retention.of[EX_RETAIN_PICTURE].term_ms = 3 * DAY;
	hub_attach(ledger, vault);
	assert_int_equal(
	    ex_ledger_pictures(ledger, first, infos, &n, NULL), EX_OK);
	assert_int_equal(infos[0].erase_ms, START_OF_DAY + 3 * DAY);
	hub_retention.of[EX_RETAIN_PICTURE].term_ms = 60 * DAY;
	hub_attach(ledger, vault);
	pass_to(DUE - 10000);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	pass_to(DUE);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
}

/* A spool that was away for too long. */
static void
pictures_that_arrive_after_their_time_are_not_kept(void **state)
{
	(void)state;
	struct ex_crossing back;
	const struct ex_crossing *c = hub_crossing(2, 1);
	char id[EX_ULID_SIZE];

	memcpy(id, c->id, sizeof id);
	pass_to(DUE);
	assert_int_equal(rows("picture"), 0);
	hub_put_well(ledger, hub_crossing(2, 1), 4);
	assert_int_equal(ex_ledger_get(ledger, id, &back, NULL), EX_OK);
	assert_int_equal(rows("picture"), 0);
	assert_false(has_key(EX_RETAIN_PICTURE, START_OF_DAY));
}

static enum ex_status
count_due(
    enum ex_retention_class c, int64_t from_ms, int64_t erase_ms, void *arg)
{
	assert_int_equal(c, EX_RETAIN_PICTURE);
	assert_int_equal(erase_ms, from_ms + 14 * DAY);
	++*(size_t *)arg;
	return EX_OK;
}

static void
what_is_due_when_is_told(void **state)
{
	(void)state;
	size_t n = 0;

	for (unsigned k = 1; k < 4; k++)
		hub_put_well(ledger, hub_crossing(k, k * DAY), 1);
	assert_int_equal(ex_retention_due(ledger, count_due, &n, NULL), EX_OK);
	assert_int_equal(n, 4);
}

/* ---- what a crash leaves (L15) ----------------------------------------- */

static void
a_run_that_was_killed_is_finished_by_the_next(void **state)
{
	(void)state;
	struct ex_retention_report r;

	/* After the key: its rows, note and link are still as before. */
	pass_to(DUE - 10000);
	assert_int_equal(
	    ex_vault_destroy(vault, EX_RETAIN_PICTURE, START_OF_DAY, NULL),
	    EX_OK);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(rows("picture"), 4);
	hub_now = DUE;
	r = run(false);
	assert_int_equal(r.keys, 0);
	assert_int_equal(r.pictures, 4);
	assert_int_equal(rows("picture"), 0);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE).n, 1);
}

static void
a_run_that_was_rolled_back_is_finished_by_the_next(void **state)
{
	(void)state;
	pass_to(DUE - 10000);
	hub_now = DUE;
	assert_int_equal(ex_ledger_begin(ledger, NULL), EX_OK);
	run(false);
	ex_ledger_rollback(ledger);
	/* The key cannot come back; the rest has not happened yet. */
	assert_false(has_key(EX_RETAIN_PICTURE, START_OF_DAY));
	assert_int_equal(rows("picture"), 4);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE).n, 0);
	ex_ledger_close(&ledger);
	ledger = hub_open("l.db", vault);
	run(false);
	assert_int_equal(rows("picture"), 0);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE).n, 1);
}

/* A folder in the place of a key file cannot be overwritten. */
static void
one_key_that_stays_does_not_keep_the_others(void **state)
{
	(void)state;
	struct ex_retention_report r;
	struct ex_error err = { 0 };
	const char *stuck =
	    sample_path("vault/pictures.2026-01-04T00:00:00.000Z");

	hub_put_well(ledger, hub_crossing(2, DAY), 1);
	assert_int_equal(mkdir(stuck, 0700), 0);
	pass_to(DUE - 30 * 60000 - DAY);
	hub_now = DUE + DAY;
	assert_int_equal(ex_retention_run(ledger, &hub_system, true, &r, &err),
	    EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.what, "pictures.2026-01-04"));
	assert_int_equal(r.keys, 2);
	assert_int_equal(rows("picture"), 0);
	assert_int_equal(rmdir(stuck), 0);
	run(false);
}

static void
out_of_memory_is_said_and_made_good(void **state)
{
	(void)state;
	struct ex_retention_report r;
	long n;
	enum ex_status status;

	pass_to(DUE - 10000);
	hub_now = DUE;
	for (n = 0;; n++) {
		ex_calloc_fail_after(n);
		status = ex_retention_run(ledger, &hub_system, false, &r, NULL);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
	}
	assert_true(n >= 3);
	assert_int_equal(rows("picture"), 0);
	assert_int_equal(hub_links(ledger, EX_ACTION_ERASE).n, 1);
}

/* ---- restore (L14) ----------------------------------------------------- */

static void
copy(const char *from, const char *to)
{
	struct ex_blob file;

	assert_int_equal(
	    ex_file_read(sample_path(from), 64 << 20, &file, NULL), EX_OK);
	assert_int_equal(
	    ex_file_write(sample_path(to), file.data, file.size, NULL), EX_OK);
	chmod(sample_path(to), 0600);
	ex_blob_free(&file);
}

static void
copy_ledger(const char *to)
{
	char name[64];

	copy("l.db", to);
	snprintf(name, sizeof name, "%s-wal", to);
	copy("l.db-wal", name);
	snprintf(name, sizeof name, "%s.key", to);
	copy("l.db.key", name);
}

static enum ex_status
look_in(const char *name)
{
	struct ex_ledger *l = hub_open(name, vault);
	enum ex_status status = hub_look(l, first, "o1");

	ex_ledger_close(&l);
	return status;
}

static void
restored_copies_stay_closed_even_with_the_master(void **state)
{
	(void)state;
	char sql[256];
	struct ex_key key;
	static const char *const copies[] = { "copy.db", "backup.db" };

	copy_ledger("copy.db");
	copy_ledger("early.db");
	snprintf(
	    sql, sizeof sql, "VACUUM INTO '%.200s'", sample_path("backup.db"));
	sample_sql(sample_path("l.db"), sql, NULL, 0);
	copy("l.db.key", "backup.db.key");
	/* Before the erasure they open. */
	assert_int_equal(look_in("early.db"), EX_OK);
	pass_to(DUE);
	/* The clock back too, so that nothing but the key keeps them shut. */
	hub_now = SAMPLE_START;
	ex_vault_close(&vault);
	vault = hub_vault(); /* with the master */
	hub_attach(ledger, vault);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(look_in(copies[i]), EX_ERR_NOT_FOUND);
		assert_sql(sample_path(copies[i]),
		    "SELECT count(*) FROM picture", "4");
	}
	/* Nor does a new key of that epoch open what the old one closed. */
	assert_int_equal(ex_vault_epoch(vault, EX_RETAIN_PICTURE, START_OF_DAY,
			     true, &key, NULL),
	    EX_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(look_in(copies[i]), EX_ERR_FORMAT);
}

/* ---- clocks (L16) ------------------------------------------------------ */

static void
a_clock_set_back_does_not_delay_an_erasure(void **state)
{
	(void)state;
	struct ex_retention_report r;
	int64_t now;

	pass_to(DUE - 30 * 60000);
	hub_now = DUE + 1000; /* seen by a crossing, not by a run */
	hub_put_well(ledger, hub_crossing(3, 14 * DAY), 1);
	ex_ledger_close(&ledger);
	hub_now = SAMPLE_START - 365 * DAY;
	ledger = hub_open("l.db", vault);
	r = run(false);
	assert_false(r.held);
	assert_int_equal(r.keys, 1);
	assert_in_range(r.now_ms, DUE + 1000, DUE + 60000);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(ex_ledger_begin(ledger, NULL), EX_OK);
	assert_int_equal(ex_ledger_now(ledger, &now, NULL), EX_OK);
	assert_in_range(now, DUE + 1000, DUE + 60000);
	ex_ledger_rollback(ledger);
}

static void
a_jump_forward_holds_erasures_until_somebody_confirms_it(void **state)
{
	(void)state;
	struct ex_retention_report r;
	struct hub_links links;

	run(false);
	hub_now = DUE; /* and nobody was there to see how */
	for (int i = 0; i < 3; i++) {
		r = run(false);
		assert_true(r.held);
		assert_int_equal(r.keys, 0);
		hub_now += 60000;
	}
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	links = hub_links(ledger, EX_ACTION_CLOCK);
	assert_int_equal(links.n, 1);
	assert_non_null(strstr(links.last.detail, "2026-01-05T08:"));
	assert_non_null(strstr(links.last.detail, "erasures held"));
	r = run(true);
	assert_false(r.held);
	assert_int_equal(r.keys, 1);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
	links = hub_links(ledger, EX_ACTION_CLOCK);
	assert_int_equal(links.n, 2);
	assert_non_null(strstr(links.last.detail, "confirmed"));
}

static void
within_the_hour_it_is_no_jump(void **state)
{
	(void)state;
	pass_to(DUE - HOUR);
	hub_now = DUE;
	assert_int_equal(run(false).keys, 1);
}

static void
nothing_is_held_past_twice_its_term(void **state)
{
	(void)state;
	struct ex_retention_report r;

	run(false);
	hub_now = DUE + 14 * DAY - 1;
	assert_true(run(false).held);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	hub_now++;
	r = run(false);
	assert_true(r.held);
	assert_int_equal(r.keys, 1);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_ERR_NOT_FOUND);
}

/* What was due before the jump goes all the same. */
static void
a_jump_holds_only_what_it_makes_due(void **state)
{
	(void)state;
	pass_to(DUE - 1000);
	hub_put_well(ledger, hub_crossing(2, 14 * DAY), 1);
	hub_now = DUE + 500;
	hub_look(ledger, first, "o1");
	hub_now = DUE + 15 * DAY;
	assert_true(run(false).held);
	assert_false(has_key(EX_RETAIN_PICTURE, START_OF_DAY));
	assert_true(has_key(EX_RETAIN_PICTURE, START_OF_DAY + 14 * DAY));
}

/* A clock that was wrong and is put right: nothing is erased for it, and then
 * everything goes on time. */
static void
a_wrong_jump_that_is_mended_changes_nothing(void **state)
{
	(void)state;
	run(false);
	hub_now = SAMPLE_START + 20 * DAY;
	assert_true(run(false).held);
	hub_now = SAMPLE_START + 60000;
	assert_false(run(false).held);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	for (hub_now = SAMPLE_START; hub_now < DUE - HOUR; hub_now += HOUR / 2)
		assert_false(run(false).held);
	assert_int_equal(hub_look(ledger, first, "o1"), EX_OK);
	hub_now = DUE;
	assert_int_equal(run(false).keys, 1);
}

static int64_t
boot_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* What is kept of the clock, as it would be had this machine, started long
 * ago, last looked `ago_ms` before. */
static void
age_clock(int64_t ago_ms)
{
	struct ex_blob value;
	char text[160], id[64] = "";
	int64_t given, trusted;
	bool found;

	assert_int_equal(ex_ledger_begin(ledger, NULL), EX_OK);
	assert_int_equal(ledger->ops->thing_get(ledger->store, "clock", "now",
			     &value, &found, NULL),
	    EX_OK);
	assert_true(found && value.size < sizeof text);
	snprintf(text, sizeof text, "%.*s", (int)value.size,
	    (const char *)value.data);
	assert_int_equal(
	    sscanf(text, "%ld %ld %*d %*d %63s", &given, &trusted, id), 3);
	snprintf(text, sizeof text, "%ld %ld %ld 0 %.40s", given, trusted,
	    boot_ms() - ago_ms, id);
	assert_int_equal(ledger->ops->thing_put(ledger->store, "clock", "now",
			     ex_string_bytes(text), NULL),
	    EX_OK);
	assert_int_equal(ex_ledger_commit(ledger, NULL), EX_OK);
	ex_blob_free(&value);
}

/* A command run once a day on a machine that is never off. */
static void
time_that_the_machine_itself_has_counted_is_no_jump(void **state)
{
	(void)state;
	struct ex_retention_report r;

	if (access("/proc/sys/kernel/random/boot_id", R_OK) != 0) {
		print_message("# skipped: no boot id on this system\n");
		skip();
	}
	run(false);
	age_clock(DUE - SAMPLE_START);
	hub_now = DUE;
	r = run(false);
	assert_false(r.held);
	assert_int_equal(r.keys, 1);
	/* Nor does a wall clock set back stop what the machine counts. */
	hub_put_well(ledger, hub_crossing(2, DAY), 1);
	age_clock(DAY);
	hub_now = SAMPLE_START;
	assert_int_equal(run(false).keys, 1);
}

/* Hubs on two machines with one ledger: what the other has kept of its clock
 * says nothing of ours, and both clocks may be set back. */
static void
what_another_machine_keeps_does_not_stop_what_ours_counts(void **state)
{
	(void)state;
	char text[160];
	struct ex_retention_report r;

	assert_false(run(false).held);
	ledger->clock.boot_ms -= DUE - SAMPLE_START; /* so long ago it was */
	snprintf(text, sizeof text, "%ld %ld %ld 0 %s", SAMPLE_START,
	    SAMPLE_START, INT64_MAX / 2,
	    "00000000-0000-0000-0000-000000000000");
	assert_int_equal(ex_ledger_begin(ledger, NULL), EX_OK);
	assert_int_equal(ledger->ops->thing_put(ledger->store, "clock", "now",
			     ex_string_bytes(text), NULL),
	    EX_OK);
	assert_int_equal(ex_ledger_commit(ledger, NULL), EX_OK);
	hub_now = SAMPLE_START - DAY;
	r = run(false);
	assert_false(r.held);
	assert_int_equal(r.keys, 1);
}

/* A confirmation that was not committed is none. */
static void
a_confirmation_that_was_rolled_back_erases_nothing(void **state)
{
	(void)state;
	struct ex_retention_report r;

	run(false);
	hub_now = DUE;
	assert_int_equal(ex_ledger_begin(ledger, NULL), EX_OK);
	assert_int_equal(
	    ex_retention_run(ledger, &hub_system, true, &r, NULL), EX_OK);
	ex_ledger_rollback(ledger);
	r = run(false);
	assert_true(r.held);
}

static int
begin(void **state)
{
	if (hub_setup(state) != 0)
		return -1;
	vault = hub_vault();
	ledger = hub_open("l.db", vault);
	hub_id(first, 1, 0);
	hub_put_well(ledger, hub_crossing(1, 0), 4);
	return 0;
}

static int
end(void **state)
{
	ex_ledger_close(&ledger);
	ex_vault_close(&vault);
	return sample_folder_remove(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_terms_are_those_of_the_law_text),
		cmocka_unit_test(terms_that_make_no_sense_are_refused_by_class),
		cmocka_unit_test(
		    epochs_are_hours_for_short_terms_and_days_for_long),
		TEST(pictures_go_when_their_epoch_is_due_and_not_before),
		TEST(what_is_due_is_not_opened_even_before_the_run),
		TEST(citizens_pictures_go_by_the_hour),
		TEST(crossings_and_links_go_at_the_end_of_their_terms),
		TEST(a_longer_term_does_not_reach_back_and_a_shorter_one_does),
		TEST(pictures_that_arrive_after_their_time_are_not_kept),
		TEST(what_is_due_when_is_told),
		TEST(a_run_that_was_killed_is_finished_by_the_next),
		TEST(a_run_that_was_rolled_back_is_finished_by_the_next),
		TEST(one_key_that_stays_does_not_keep_the_others),
		TEST(out_of_memory_is_said_and_made_good),
		TEST(restored_copies_stay_closed_even_with_the_master),
		TEST(a_clock_set_back_does_not_delay_an_erasure),
		TEST(a_jump_forward_holds_erasures_until_somebody_confirms_it),
		TEST(within_the_hour_it_is_no_jump),
		TEST(nothing_is_held_past_twice_its_term),
		TEST(a_jump_holds_only_what_it_makes_due),
		TEST(a_wrong_jump_that_is_mended_changes_nothing),
		TEST(time_that_the_machine_itself_has_counted_is_no_jump),
		TEST(what_another_machine_keeps_does_not_stop_what_ours_counts),
		TEST(a_confirmation_that_was_rolled_back_erases_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
