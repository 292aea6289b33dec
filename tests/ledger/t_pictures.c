/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures are kept sealed, opened on the record, and found by nobody else. */
#include "keeping.h"

#include <dirent.h>

#include "pictures.h"

/* (L17) */
static void
a_picture_opens_and_the_chain_says_who_and_why(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	const struct ex_crossing *c = hub_crossing(1, 0);
	struct hub_links links;
	char subject[EX_SUBJECT_SIZE];

	hub_put_well(l, c, 4);
	assert_int_equal(hub_links(l, EX_ACTION_PICTURE).n, 0);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(
		    hub_look(l, c->id, hub_pictures[i].name), EX_OK);
	links = hub_links(l, EX_ACTION_PICTURE);
	assert_int_equal(links.n, 4);
	assert_string_equal(links.last.actor, "officer:ana");
	assert_int_equal(links.last.purpose, EX_PURPOSE_REVIEW);
	snprintf(subject, sizeof subject, "%.26s/d2", c->id);
	assert_string_equal(links.last.subject, subject);
	ex_ledger_close(&l);
	/* And after a restart. */
	l = hub_open("l.db", v);
	assert_int_equal(hub_look(l, c->id, "o1"), EX_OK);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* (L17) */
static void
without_a_purpose_or_a_link_nothing_opens(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	const struct ex_crossing *c = hub_crossing(1, 0);
	const struct ex_act none = { "officer:ana", EX_PURPOSE_NONE };
	const struct ex_act nobody = { "not an actor", EX_PURPOSE_REVIEW };
	struct ex_blob out;
	int64_t when;

	hub_put_well(l, c, 4);
	assert_int_equal(
	    ex_ledger_picture(l, &none, c->id, "o1", &out, NULL), EX_ERR_USAGE);
	assert_null(out.data);
	assert_int_not_equal(
	    ex_ledger_picture(l, &nobody, c->id, "o1", &out, NULL), EX_OK);
	assert_null(out.data);
	assert_int_equal(
	    ex_ledger_erase_early(l, &none, c->id, &when, NULL), EX_ERR_USAGE);
	assert_int_equal(hub_links(l, EX_ACTION_PICTURE).n, 0);
	assert_int_equal(hub_look(l, c->id, "o2"), EX_ERR_NOT_FOUND);
	assert_int_equal(hub_look(l, c->id, "o17"), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    hub_look(l, "01ZZZZZZZZZZZZZZZZZZZZZZZZ", "o1"), EX_ERR_NOT_FOUND);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

static void
without_a_vault_no_picture_is_kept(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open("l.db", NULL);
	const struct ex_crossing *c = hub_crossing(1, 0);
	struct ex_crossing back;

	assert_int_equal(hub_put(l, c, 1, NULL), EX_ERR_ENVIRONMENT);
	assert_int_equal(
	    ex_ledger_get(l, c->id, &back, NULL), EX_ERR_NOT_FOUND);
	assert_int_equal(hub_put(l, c, 0, NULL), EX_OK);
	ex_ledger_close(&l);
}

static void
a_crossing_again_changes_nothing(void **state) /* (L3) */
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	struct ex_crossing c = *hub_crossing(1, 0);
	struct ex_picture_info infos[EX_MAX_PICTURES];
	bool fresh;
	size_t n;

	assert_int_equal(
	    ex_ledger_put_pictures(l, &c, hub_pictures, 2, &fresh, NULL),
	    EX_OK);
	assert_true(fresh);
	assert_int_equal(
	    ex_ledger_put_pictures(l, &c, hub_pictures, 4, &fresh, NULL),
	    EX_OK);
	assert_false(fresh);
	assert_int_equal(ex_ledger_pictures(l, c.id, infos, &n, NULL), EX_OK);
	assert_int_equal(n, 2);
	strcpy(c.vehicle, "other");
	assert_int_equal(
	    ex_ledger_put_pictures(l, &c, hub_pictures, 4, &fresh, NULL),
	    EX_ERR_CONFLICT);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

static void
wrong_pictures_are_refused_with_their_crossing(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	struct ex_crossing c = *hub_crossing(1, 0), back;
	static const char *const names[] = { "o4", "d4", "o0", "x1", "", "o",
		"o1x", "o01" };
	struct ex_picture p = hub_pictures[0];
	struct ex_error err = { 0 };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		memset(p.name, 0, sizeof p.name);
		snprintf(p.name, sizeof p.name, "%s", names[i]);
		assert_int_equal(
		    ex_ledger_put_pictures(l, &c, &p, 1, NULL, &err),
		    EX_ERR_INPUT);
		assert_non_null(strstr(err.what, "pictures[0]"));
	}
	memcpy(p.name, "o123", 4); /* without an end */
	assert_int_equal(
	    ex_ledger_put_pictures(l, &c, &p, 1, NULL, &err), EX_ERR_INPUT);
	c.opted_out = true;
	assert_int_equal(hub_put(l, &c, 1, &err), EX_ERR_INPUT);
	assert_int_equal(ex_ledger_get(l, c.id, &back, NULL), EX_ERR_NOT_FOUND);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* Host UTO: whose picture is kept for the citizens' term? */
static void
the_class_is_that_of_the_document_that_confirmed(void **state)
{
	(void)state;
	static struct ex_crossing c;
	static const enum ex_retention_class citizen =
						 EX_RETAIN_CITIZEN_PICTURE,
					     other = EX_RETAIN_PICTURE;

	sample_crossing(&c, 1);
	/* o1 by d2 and o2 by d1; o3 by nobody; d3 unread. */
	strcpy(c.documents[0].nationality, "UTO");
	strcpy(c.documents[1].nationality, "QZX");
	strcpy(c.documents[2].nationality, "QZX");
	assert_int_equal(ex_picture_class(&c, "d1", "UTO"), citizen);
	assert_int_equal(ex_picture_class(&c, "o2", "UTO"), citizen);
	assert_int_equal(ex_picture_class(&c, "d2", "UTO"), other);
	assert_int_equal(ex_picture_class(&c, "o1", "UTO"), other);
	/* The citizen's document has confirmed somebody else already. */
	assert_int_equal(ex_picture_class(&c, "o3", "UTO"), other);
	strcpy(c.documents[2].nationality, "UTO");
	assert_int_equal(ex_picture_class(&c, "o3", "UTO"), citizen);
	/* Unread: perhaps a citizen's. */
	c.documents[2].nationality[0] = '\0';
	assert_int_equal(ex_picture_class(&c, "d3", "UTO"), citizen);
	assert_int_equal(ex_picture_class(&c, "o3", "UTO"), citizen);
	/* Without a host state nobody is a citizen. */
	for (unsigned i = 1; i <= 3; i++) {
		const char d[] = { 'd', (char)('0' + i), '\0' };
		const char o[] = { 'o', (char)('0' + i), '\0' };

		assert_int_equal(ex_picture_class(&c, d, ""), other);
		assert_int_equal(ex_picture_class(&c, o, ""), other);
	}
}

static void
what_there_is_says_when_it_goes(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l;
	struct ex_crossing c = *hub_crossing(1, 90 * 60000);
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	strcpy(hub_retention.host, "UTO");
	strcpy(c.documents[0].nationality, "QZX");
	hub_now = c.opened_ms;
	l = hub_open("l.db", v);
	hub_put_well(l, &c, 4);
	assert_int_equal(ex_ledger_pictures(l, c.id, infos, &n, NULL), EX_OK);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < n; i++)
		if (strcmp(infos[i].name, "d1") == 0) {
			assert_int_equal(infos[i].retention, EX_RETAIN_PICTURE);
			/* Of its day. */
			assert_int_equal(infos[i].erase_ms,
			    SAMPLE_START - 8 * HOUR + 14 * DAY);
		} else {
			assert_int_equal(
			    infos[i].retention, EX_RETAIN_CITIZEN_PICTURE);
			/* Of its hour. */
			assert_int_equal(
			    infos[i].erase_ms, SAMPLE_START + 13 * HOUR);
		}
	assert_int_equal(ex_ledger_pictures(
			     l, "01ZZZZZZZZZZZZZZZZZZZZZZZZ", infos, &n, NULL),
	    EX_OK);
	assert_int_equal(n, 0);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* (L13) */
static void
nothing_in_a_row_can_be_changed_or_moved(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	char a[EX_ULID_SIZE], b[EX_ULID_SIZE], sql[512];
	static const char *const changes[] = {
		"UPDATE picture SET sealed = (SELECT sealed FROM picture WHERE"
		" crossing = '%2$s' AND name = 'o1') WHERE crossing = '%1$s'"
		" AND name = 'o1'",
		"UPDATE picture SET key = (SELECT key FROM picture WHERE"
		" crossing = '%2$s' AND name = 'o1') WHERE crossing = '%1$s'"
		" AND name = 'o1'",
		"UPDATE picture SET sealed = (SELECT sealed FROM picture WHERE"
		" crossing = '%1$s' AND name = 'd1') WHERE crossing = '%1$s'"
		" AND name = 'o1'",
		"UPDATE picture SET sealed = substr(sealed, 2)",
	};

	for (unsigned i = 0; i < sizeof changes / sizeof *changes; i++) {
		hub_id(a, 2 * i, 0);
		hub_put_well(l, hub_crossing(2 * i, 0), 4);
		hub_id(b, 2 * i + 1, 0);
		hub_put_well(l, hub_crossing(2 * i + 1, 0), 4);
		assert_int_equal(hub_look(l, a, "o1"), EX_OK);
		snprintf(sql, sizeof sql, changes[i], a, b);
		sample_sql(sample_path("l.db"), sql, NULL, 0);
		assert_int_equal(hub_look(l, a, "o1"), EX_ERR_FORMAT);
	}
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* ---- a stolen disk ----------------------------------------------------- */

/* In how many files of a folder the bytes are. */
static size_t
files_with(const char *folder, const void *bytes, size_t n)
{
	DIR *d = opendir(folder);
	struct dirent *e;
	size_t found = 0;

	assert_non_null(d);
	while ((e = readdir(d))) {
		char path[512];
		struct ex_blob file;
		struct stat st;

		snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
		if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		assert_int_equal(
		    ex_file_read(path, 64 << 20, &file, NULL), EX_OK);
		found += memmem(file.data, file.size, bytes, n) != NULL;
		ex_blob_free(&file);
	}
	closedir(d);
	return found;
}

/* (L4) (L13) Database, log, keys of the vault: all but the master. */
static void
a_stolen_disk_shows_no_picture_number_or_name(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	const char *const folders[] = { sample_folder, sample_path("vault") };

	for (unsigned k = 0; k < 20; k++)
		hub_put_well(l, hub_crossing(k, k), 4);
	assert_int_equal(hub_look(l, hub_crossing(3, 3)->id, "o1"), EX_OK);
	assert_int_equal(unlink(sample_path("master")), 0);
	/* The search finds what is there in clear. */
	assert_true(files_with(sample_folder, "v0003", 5) > 0);
	assert_true(files_with(sample_folder, "officer:ana", 11) > 0);
	/* Not for the issuer: chance has its three letters in as much sealed
	 * as this one time in six. */
	for (size_t f = 0; f < 2; f++) {
		assert_int_equal(files_with(folders[f], PICTURE_MARK, 11), 0);
		assert_int_equal(files_with(folders[f], SAMPLE_NUMBER, 8), 0);
		assert_int_equal(files_with(folders[f], "QP2.json", 8), 0);
		assert_int_equal(files_with(folders[f], "QPframes", 8), 0);
		for (size_t i = 0; i < 4; i++)
			for (size_t at = 0; at + 16 < 20 * 1024; at += 4000)
				assert_int_equal(
				    files_with(folders[f],
					hub_bytes[i].data + at + 4, 12),
				    0);
	}
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* ---- early erasure, earlier pictures ----------------------------------- */

static void
an_early_erasure_takes_the_rows_at_once_and_says_when_it_is_complete(
    void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l = hub_open("l.db", v);
	const struct ex_act asked = { "supervisor:eva",
		EX_PURPOSE_DATA_SUBJECT };
	char a[EX_ULID_SIZE], b[EX_ULID_SIZE];
	struct ex_crossing back;
	struct hub_links links;
	int64_t when;

	hub_put_well(l, hub_crossing(1, 0), 4);
	hub_put_well(l, hub_crossing(2, 1), 4);
	hub_id(a, 1, 0);
	hub_id(b, 2, 1);
	assert_int_equal(
	    ex_ledger_erase_early(l, &asked, a, &when, NULL), EX_OK);
	assert_int_equal(when, SAMPLE_START - 8 * HOUR + 14 * DAY);
	assert_int_equal(hub_look(l, a, "o1"), EX_ERR_NOT_FOUND);
	assert_int_equal(hub_look(l, b, "o1"), EX_OK);
	assert_int_equal(ex_ledger_get(l, a, &back, NULL), EX_OK);
	links = hub_links(l, EX_ACTION_ERASE_EARLY);
	assert_int_equal(links.n, 1);
	assert_string_equal(links.last.subject, a);
	assert_string_equal(links.last.actor, "supervisor:eva");
	assert_non_null(strstr(links.last.detail, "4 pictures"));
	/* Nothing left: complete now. */
	hub_now += 5000;
	assert_int_equal(
	    ex_ledger_erase_early(l, &asked, a, &when, NULL), EX_OK);
	assert_in_range(when, hub_now, hub_now + 5000);
	assert_int_equal(ex_ledger_erase_early(l, &asked,
			     "01ZZZZZZZZZZZZZZZZZZZZZZZZ", &when, NULL),
	    EX_ERR_NOT_FOUND);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

static size_t
earlier(struct ex_ledger *l, const struct ex_document *d, size_t most)
{
	const struct ex_act lane = { "lane:demo-1", EX_PURPOSE_CROSSING };
	struct ex_blob out[8] = { { 0 } };
	size_t n = 9;

	assert_int_equal(
	    ex_ledger_earlier(l, &lane, d, most, out, &n, NULL), EX_OK);
	assert_in_range(n, 0, most);
	for (size_t i = 0; i < n; i++) {
		assert_true(
		    picture_same(ex_blob_bytes(&out[i]), hub_pictures[0].jpeg));
		ex_blob_free(&out[i]);
	}
	return n;
}

static void
earlier_shots_are_found_by_the_document_where_policy_allows(void **state)
{
	(void)state;
	struct ex_vault *v = hub_vault();
	struct ex_ledger *l;
	struct ex_crossing c;
	struct ex_document d;

	strcpy(hub_retention.host, "QZX");
	l = hub_open("l.db", v);
	for (unsigned k = 0; k < 5; k++) {
		c = *hub_crossing(k, k);
		strcpy(c.documents[1].number, "QXSAME");
		hub_put_well(l, &c, 4);
	}
	d = c.documents[1]; /* that confirmed o1 */
	assert_int_equal(earlier(l, &d, 8), 0);
	assert_int_equal(hub_links(l, EX_ACTION_EARLIER).n, 0);
	hub_retention.earlier = true;
	hub_attach(l, v);
	assert_int_equal(earlier(l, &d, 8), 5);
	assert_int_equal(earlier(l, &d, 2), 2);
	assert_int_equal(hub_links(l, EX_ACTION_EARLIER).n, 7);
	/* Another document has none; a citizen's are left alone. */
	d.number[0] = 'Y';
	assert_int_equal(earlier(l, &d, 8), 0);
	d = c.documents[1];
	strcpy(d.nationality, "QZX");
	assert_int_equal(earlier(l, &d, 8), 0);
	d.nationality[0] = '\0';
	assert_int_equal(earlier(l, &d, 8), 0);
	hub_retention.earlier_citizens = true;
	hub_attach(l, v);
	assert_int_equal(earlier(l, &d, 8), 5);
	ex_ledger_close(&l);
	ex_vault_close(&v);
}

/* ---- every allocation fails -------------------------------------------- */

static struct ex_ledger *faulty;
static const char *faulty_id;

static enum ex_status
put_once(void)
{
	return hub_put(faulty, hub_crossing(1, 0), 4, NULL);
}
static enum ex_status
look_once(void)
{
	return hub_look(faulty, faulty_id, "d1");
}
static enum ex_status
list_once(void)
{
	struct ex_picture_info infos[EX_MAX_PICTURES];
	size_t n;

	return ex_ledger_pictures(faulty, faulty_id, infos, &n, NULL);
}
static enum ex_status
earlier_once(void)
{
	struct ex_blob out[8] = { { 0 } };
	size_t n;
	enum ex_status status = ex_ledger_earlier(faulty, &hub_officer,
	    &hub_crossing(1, 0)->documents[1], 8, out, &n, NULL);

	for (size_t i = 0; i < 8; i++) {
		assert_true(status == EX_OK || !out[i].data);
		ex_blob_free(&out[i]);
	}
	return status;
}
static enum ex_status
erase_once(void)
{
	int64_t when;

	return ex_ledger_erase_early(
	    faulty, &hub_officer, faulty_id, &when, NULL);
}

static void
out_of_memory_changes_nothing(void **state)
{
	(void)state;
	static enum ex_status (*const calls[])(void) = { put_once, look_once,
		list_once, earlier_once, erase_once };
	struct ex_vault *v = hub_vault();
	char id[EX_ULID_SIZE];
	size_t n;

	hub_retention.earlier = true;
	hub_id(id, 1, 0);
	faulty = hub_open("l.db", v);
	faulty_id = id;
	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		long k = 0;
		enum ex_status status;

		for (;; k++) {
			ex_calloc_fail_after(k);
			status = calls[i]();
			ex_calloc_fail_after(-1);
			if (status == EX_OK)
				break;
			assert_int_equal(status, EX_ERR_NOMEM);
			assert_int_equal(
			    ex_ledger_count(faulty, NULL, &n, NULL), EX_OK);
			assert_int_equal(n, i > 0);
		}
		print_message("# call %zu: %ld failures\n", i, k);
	}
	assert_int_equal(hub_links(faulty, EX_ACTION_PICTURE).n, 1);
	assert_int_equal(hub_links(faulty, EX_ACTION_EARLIER).n, 1);
	ex_ledger_close(&faulty);
	ex_vault_close(&v);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		HUB_TEST(a_picture_opens_and_the_chain_says_who_and_why),
		HUB_TEST(without_a_purpose_or_a_link_nothing_opens),
		HUB_TEST(without_a_vault_no_picture_is_kept),
		HUB_TEST(a_crossing_again_changes_nothing),
		HUB_TEST(wrong_pictures_are_refused_with_their_crossing),
		HUB_TEST(the_class_is_that_of_the_document_that_confirmed),
		HUB_TEST(what_there_is_says_when_it_goes),
		HUB_TEST(nothing_in_a_row_can_be_changed_or_moved),
		HUB_TEST(a_stolen_disk_shows_no_picture_number_or_name),
		HUB_TEST(
		    an_early_erasure_takes_the_rows_at_once_and_says_when_it_is_complete),
		HUB_TEST(
		    earlier_shots_are_found_by_the_document_where_policy_allows),
		HUB_TEST(out_of_memory_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
