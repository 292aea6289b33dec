/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64], path[96];
static struct ex_blob page; /* NUL-terminated by ex_file_read */

static int
setup(void **state)
{
	scene_reset(state);
	snprintf(folder, sizeof folder, "/tmp/exeunt-report-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof path, "%s/report.html", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	ex_blob_free(&page);
	unlink(path);
	return rmdir(folder); /* fails where anything else is left */
}

static size_t
files_in_folder(void)
{
	DIR *d = opendir(folder);
	const struct dirent *e;
	size_t n = 0;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

/* The first n crossings as a page; read into `page`. */
static const char *
write_page(const char *title, size_t n, const struct ex_eval *tally,
    const struct ex_report_pictures *pictures)
{
	struct ex_report *r;

	ex_blob_free(&page);
	assert_int_equal(ex_report_open(path, title, &r, &err), EX_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(ex_report_vehicle(r, &crossings[i], pictures,
				     tally ? &truth_vehicles[i] : NULL, &err),
		    EX_OK);
	assert_int_equal(ex_report_close(&r, tally, &err), EX_OK);
	assert_null(r);
	assert_int_equal(ex_file_read(path, 1 << 24, &page, &err), EX_OK);
	return (const char *)page.data;
}

static void
assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("the page does not hold '%s'", part);
}

static void
assert_lacks(const char *text, const char *part)
{
	const char *at = strstr(text, part);

	if (at)
		fail_msg("the page holds '%.80s'", at);
}

/* Every element is closed, in order; what has no end is in the list. */
static void
assert_balanced(const char *p)
{
	static const char *const empty[] = { "meta", "img", "!DOCTYPE" };
	char open[64][24];
	size_t depth = 0;

	while ((p = strchr(p, '<')) != NULL) {
		bool closing = *++p == '/';
		size_t n = strcspn(p += closing, " />\n");
		const char *end = strchr(p, '>');
		bool alone = end[-1] == '/';

		assert_true(n > 0 && n < sizeof open[0]);
		for (size_t i = 0; i < sizeof empty / sizeof *empty; i++)
			alone |= n == strlen(empty[i]) &&
				 memcmp(p, empty[i], n) == 0;
		if (closing) {
			assert_true(depth > 0);
			depth--;
			if (strlen(open[depth]) != n ||
			    memcmp(open[depth], p, n) != 0)
				fail_msg("%s closed by %.12s", open[depth], p);
		} else if (!alone) {
			assert_true(depth < 64);
			memcpy(open[depth], p, n);
			open[depth++][n] = '\0';
		}
		p = end;
	}
	assert_int_equal(depth, 0);
}

static void
page_says_the_sum_seats_causes_and_figures(void **state)
{
	(void)state;
	truth_add(3);
	to_officer(cross(0), 2, EX_CAUSE_GLARE);
	crossings[0].occupants[1].fmr = 2e-5;
	crossings[0].occupants[1].fmr_at_most = true;
	crossings[0].frames_lost = 3;
	crossings[0].printed = 1;
	const char *text = write_page("A lane", 1, NULL, NULL);

	assert_holds(text, ">3 seen = 2 confirmed + 1 officer<");
	assert_holds(text, "Front left");
	assert_holds(text, "Light reflected by the glass covers the face.");
	assert_holds(text, ">0.961<");
	assert_holds(text, ">1 in 47,000<");
	assert_holds(text, ">at most 1 in 50,000<");
	assert_holds(text, "71 of 100");
	assert_holds(text, "31 seen, 4 used");
	assert_holds(text, "Camera gap: 3 frames");
	assert_holds(text, "1 printed face ");
	assert_holds(text, "Its holder was not seen");
	assert_holds(text, ">2026-01-05 08:00:00</time> UTC, 3.1 s");
	assert_holds(text, "Lane <bdi>demo-1</bdi>, outbound");
	assert_lacks(text, "In truth");
	assert_lacks(text, "L898902C3"); /* a document number */
	assert_balanced(text);
}

static void
rarity_is_rounded_to_the_cautious_side(void **state)
{
	(void)state;
	static const struct {
		double fmr;
		const char *text;
	} cases[] = {
		{ 0.0001, ">1 in 10,000<" }, { 0.000999, ">1 in 1,000<" },
		{ 1.0 / 1999, ">1 in 1,900<" }, { 1, ">1 in 1<" },
		{ 0.011, ">1 in 90<" }, { 1.0 / 3, ">1 in 3<" },
		{ 3e-7, ">1 in 3,300,000<" },
		{ 0, ">1 in 1<" }, /* no such thing as never */
	};

	truth_add(1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cross(0)->occupants[0].fmr = cases[i].fmr;
		assert_holds(
		    write_page("A lane", 1, NULL, NULL), cases[i].text);
	}
}

static void
hostile_names_stay_text(void **state)
{
	(void)state;
	static char id[] = "\"><script>alert('1')</script>&\xff\xe2\x80\xae";

	truth_add(2)->id = id;
	people[0][1].traveller = id;
	people[0][1].document = id;
	struct ex_crossing *c = cross(0);
	snprintf(c->vehicle, EX_MAX_NAME, "%s", id);
	snprintf(c->lane, EX_MAX_NAME, "%s", id);
	snprintf(c->documents[0].name, EX_MAX_NAME, "%s", id);
	to_officer(c, 1, EX_CAUSE_GLARE);
	snprintf(c->documents[1].name, EX_MAX_NAME, "%s", id);
	struct ex_eval *e = tally_of(1);
	const char *text = write_page(id, 1, e, NULL);

	assert_lacks(text, "<script");
	assert_lacks(text, "alert('");
	assert_lacks(text, "\xff");
	assert_lacks(text, "\xe2\x80\xae");
	assert_holds(text, "&#34;&#62;&#60;script&#62;alert(&#39;1");
	assert_holds(text, "&#38;&#xfffd;&#xfffd;");
	assert_balanced(text);
	ex_eval_free(&e);
}

static void
page_loads_nothing_and_says_so(void **state)
{
	(void)state;
	truth_add(2);
	cross(0);
	struct ex_eval *e = tally_of(1);
	const char *text = write_page("A lane", 1, e, NULL);

	assert_holds(text,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\""
	    "default-src 'none'; img-src data:; style-src 'unsafe-inline'\">");
	assert_holds(text, "<meta name=\"robots\" content=\"noindex\">");
	assert_holds(text, "<html lang=\"en\">");
	assert_lacks(text, "://");
	assert_lacks(text, "<link");
	assert_lacks(text, "<script");
	assert_lacks(text, "url(");
	assert_lacks(text, "@import");
	ex_eval_free(&e);
}

static void
pictures_are_in_the_page_with_words_beside(void **state)
{
	(void)state;
	static const uint8_t shot[] = { 0xff, 0xd8, 0xff, 0xe0 };
	static const uint8_t portrait[] = { 0xff, 0xd8, 0xff };
	struct ex_report_pictures p = { .occupants[0] = { shot, sizeof shot },
		.documents[0] = { portrait, sizeof portrait } };

	truth_add(1);
	cross(0);
	const char *text = write_page("A lane", 1, NULL, &p);

	assert_holds(text, "alt=\"Best shot of the person front left\" "
			   "src=\"data:image/jpeg;base64,/9j/4A==\">");
	assert_holds(text,
	    "alt=\"Portrait of the document documents/001.json\" "
	    "src=\"data:image/jpeg;base64,/9j/\">");
	assert_lacks(text, "no picture<");
	assert_holds(write_page("A lane", 1, NULL, NULL), "no picture<");
}

static void
opted_out_vehicle_shows_no_picture(void **state)
{
	(void)state;
	static const uint8_t jpeg[] = { 0xff, 0xd8, 0xff };
	struct ex_report_pictures p = { .occupants[0] = { jpeg, sizeof jpeg },
		.documents[0] = { jpeg, sizeof jpeg } };

	truth_add(1);
	cross(0)->opted_out = true;
	const char *text = write_page("A lane", 1, NULL, &p);

	assert_holds(text, "asked not to be photographed");
	assert_holds(text, ">Opted out<");
	assert_lacks(text, "<img");
	assert_lacks(text, "documents/001.json");
	assert_balanced(text);
}

static void
truth_marks_what_was_wrong(void **state)
{
	(void)state;
	truth_add(3);
	truth_add(2);
	swap_documents(cross(0), 0, 1);
	cross(1)->n_occupants = 1;
	to_officer(&crossings[1], 0, EX_CAUSE_BLUR);
	crossings[1].occupants[0].best_box.x = 700;
	struct ex_eval *e = tally_of(2);
	const char *text = write_page("A lane", 2, e, NULL);

	assert_holds(text, "This confirmation is wrong.");
	assert_holds(text, "confirmed with the document of another traveller");
	assert_holds(text, "<bdi>003</bdi>, and this is their document");
	assert_holds(text, "In truth: nobody, or somebody seen twice");
	assert_holds(text, "In truth 2 in the vehicle, 1 seen.");
	assert_holds(text, "Not seen: front right, traveller <bdi>002</bdi>");
	assert_holds(text, "3 = 3 + 0, wrong<");
	assert_holds(text, "1 = 0 + 1, 2 there<");
	assert_holds(text, "<td class=\"n\">2 of 3</td>");
	assert_holds(text, "too many");
	assert_holds(text, "<a href=\"#c1\"><bdi>v0001</bdi></a>");
	assert_balanced(text);
	ex_eval_free(&e);
}

static void
every_document_verdict_is_said_in_words(void **state)
{
	(void)state;
	truth_add(4);
	struct ex_crossing *c = cross(0);

	for (size_t k = 0; k < 4; k++)
		to_officer(c, k, EX_CAUSE_NO_DOCUMENT);
	c->documents[0].verdict = EX_DOCUMENT_CONFIRMED;
	c->documents[1].verdict = EX_DOCUMENT_OFFICER;
	c->documents[1].cause = EX_CAUSE_LOOK_ALIKE;
	c->documents[2].verdict = EX_DOCUMENT_UNUSABLE;
	c->documents[2].cause = EX_CAUSE_DOCUMENT;
	c->documents[2].mrz_check = EX_CHECK_FAILED;
	c->documents[2].portrait_check = EX_CHECK_FAILED;
	const char *text = write_page("A lane", 1, NULL, NULL);

	assert_holds(text, "Confirmed with its holder's other document.");
	assert_holds(text,
	    "Left to the officer. Two documents of the vehicle show faces "
	    "too alike.");
	assert_holds(text,
	    "Not usable. The document did not pass its checks. A check digit "
	    "is wrong. The portrait does not show exactly one face.");
	assert_holds(text, "Its holder was not seen in the vehicle.");
}

static void
page_without_vehicles_is_whole(void **state)
{
	(void)state;
	struct ex_eval *e;

	assert_int_equal(ex_eval_new(&e, &err), EX_OK);
	assert_balanced(write_page("Nothing", 0, e, NULL));
	assert_balanced(write_page("Nothing", 0, NULL, NULL));
	truth_add(0);
	cross(0);
	assert_holds(write_page("Empty", 1, NULL, NULL),
	    "Nobody was seen. The officer counts the people.");
	assert_balanced((const char *)page.data);
	ex_eval_free(&e);
}

/* ---- whole or not at all --------------------------------------------------
 */

static void
page_is_readable_by_its_owner_alone(void **state)
{
	(void)state;
	struct stat st;

	truth_add(1);
	cross(0);
	write_page("A lane", 1, NULL, NULL);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(files_in_folder(), 1);
}

static void
folder_that_is_not_there_fails_at_once(void **state)
{
	(void)state;
	struct ex_report *r = (void *)&err;

	assert_int_equal(
	    ex_report_open("/tmp/no/such/folder/report.html", "t", &r, &err),
	    EX_ERR_ENVIRONMENT);
	assert_null(r);
	assert_non_null(strstr(err.what, "report.html"));
	assert_true(strlen(err.why) > 5);
	ex_report_free(&r);
}

static void
folder_that_goes_away_fails_at_the_end(void **state)
{
	(void)state;
	struct ex_report *r;
	char moved[96];

	truth_add(1);
	cross(0);
	assert_int_equal(ex_report_open(path, "t", &r, &err), EX_OK);
	assert_int_equal(
	    ex_report_vehicle(r, &crossings[0], NULL, NULL, &err), EX_OK);
	snprintf(moved, sizeof moved, "%s-moved", folder);
	assert_int_equal(rename(folder, moved), 0);
	assert_int_equal(ex_report_close(&r, NULL, &err), EX_ERR_ENVIRONMENT);
	assert_null(r);
	assert_int_equal(rename(moved, folder), 0);
	assert_int_equal(files_in_folder(), 0);
}

static void
given_up_report_leaves_nothing(void **state)
{
	(void)state;
	struct ex_report *r;

	truth_add(1);
	cross(0);
	assert_int_equal(ex_report_open(path, "t", &r, &err), EX_OK);
	assert_int_equal(
	    ex_report_vehicle(r, &crossings[0], NULL, NULL, &err), EX_OK);
	assert_int_equal(files_in_folder(), 0); /* nor would a kill */
	ex_report_free(&r);
	assert_null(r);
	assert_int_equal(files_in_folder(), 0);
}

/* Files of at most `bytes` from here on. */
static void
limit_files(rlim_t bytes)
{
	static struct rlimit before;
	struct rlimit now;

	if (bytes != RLIM_INFINITY) {
		assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
		signal(SIGXFSZ, SIG_IGN);
	}
	now = before;
	if (bytes != RLIM_INFINITY)
		now.rlim_cur = bytes;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* Every place to run out of room in: among the cards, then in the page. */
static void
full_disk_leaves_the_old_page_untouched(void **state)
{
	(void)state;
	enum ex_status status = EX_ERR_ENVIRONMENT;
	rlim_t room = 0;

	truth_add(2);
	cross(0);
	assert_int_equal(ex_file_write(path, "old", 3, &err), EX_OK);
	for (; status != EX_OK; room += 1500) {
		struct ex_report *r;
		enum ex_status vehicle;

		assert_true(room < 1000000);
		limit_files(room);
		assert_int_equal(ex_report_open(path, "t", &r, &err), EX_OK);
		vehicle = ex_report_vehicle(r, &crossings[0], NULL, NULL, &err);
		if (vehicle != EX_OK)
			assert_int_equal(ex_report_vehicle(r, &crossings[0],
					     NULL, NULL, &err),
			    EX_ERR_ENVIRONMENT);
		status = ex_report_close(&r, NULL, &err);
		limit_files(RLIM_INFINITY);
		assert_true(vehicle == EX_OK || status != EX_OK);
		assert_int_equal(files_in_folder(), 1);
		ex_blob_free(&page);
		assert_int_equal(
		    ex_file_read(path, 1 << 24, &page, &err), EX_OK);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_ENVIRONMENT);
		assert_int_equal(page.size, 3);
	}
	assert_true(room > 6000);
	assert_balanced((const char *)page.data);
}

static enum ex_status
make_report(struct ex_eval *e)
{
	struct ex_report *r;
	enum ex_status status = ex_report_open(path, "t", &r, &err);

	if (status != EX_OK)
		return status;
	for (size_t i = 0; i < 2 && status == EX_OK; i++)
		status = ex_report_vehicle(
		    r, &crossings[i], NULL, &truth_vehicles[i], &err);
	if (status != EX_OK) {
		assert_int_not_equal(ex_report_close(&r, e, &err), EX_OK);
		return status;
	}
	return ex_report_close(&r, e, &err);
}

static void
failed_allocation_leaves_no_page(void **state)
{
	(void)state;
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	truth_add(3);
	truth_add(1);
	cross(0);
	cross(1);
	struct ex_eval *e = tally_of(2);
	for (; status != EX_OK; n++) {
		assert_int_equal(files_in_folder(), 0);
		assert_true(n < 1000);
		ex_calloc_fail_after(n);
		status = make_report(e);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	}
	assert_true(n > 10);
	assert_int_equal(files_in_folder(), 1);
	ex_eval_free(&e);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(page_says_the_sum_seats_causes_and_figures),
		TEST(rarity_is_rounded_to_the_cautious_side),
		TEST(hostile_names_stay_text),
		TEST(page_loads_nothing_and_says_so),
		TEST(pictures_are_in_the_page_with_words_beside),
		TEST(opted_out_vehicle_shows_no_picture),
		TEST(truth_marks_what_was_wrong),
		TEST(every_document_verdict_is_said_in_words),
		TEST(page_without_vehicles_is_whole),
		TEST(page_is_readable_by_its_owner_alone),
		TEST(folder_that_is_not_there_fails_at_once),
		TEST(folder_that_goes_away_fails_at_the_end),
		TEST(given_up_report_leaves_nothing),
		TEST(full_disk_leaves_the_old_page_untouched),
		TEST(failed_allocation_leaves_no_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
