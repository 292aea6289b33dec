/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

/* Doc 9303-4's specimen, of a person who does not exist. */
#define LINE1 "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
#define LINE2 "L898902C36UTO7408122F1204159ZE184226B<<<<<10"

static struct ex_error err;
static struct ex_document_file d;

static int
set_up(void **state)
{
	if (scratch_make(state) != 0)
		return -1;
	return ex_dir_make(scratch_path("documents"), NULL) == EX_OK ? 0 : -1;
}

static int
forget(void **state)
{
	(void)state;
	ex_document_file_free(&d);
	return 0;
}

static enum ex_status
read_json(const char *json)
{
	ex_document_file_free(&d);
	memset(&err, 0, sizeof err);
	scratch_put("documents/1.json", json);
	return ex_document_file_read(scratch, "documents/1.json", &d, &err);
}

static void
refused(
    const char *json, enum ex_status status, const char *field, const char *why)
{
	char what[200];

	assert_int_equal(read_json(json), status);
	snprintf(what, sizeof what, "%s/documents/1.json%s%s", scratch,
	    *field ? ": " : "", field);
	assert_string_equal(err.what, what);
	assert_text(&err, "", why);
	assert_null(d.mrz);
	assert_null(d.portrait);
	assert_null(d.lds);
}

static void
mrz_and_portrait_are_read(void **state)
{
	(void)state;
	char want[200];

	assert_int_equal(read_json("{\"mrz\":[\"" LINE1 "\",\"" LINE2 "\"],"
				   "\"portrait\":\"012.jpg\",\"new\":1}"),
	    EX_OK);
	assert_int_equal(d.n_mrz, 2);
	assert_string_equal(d.mrz[0], LINE1);
	assert_string_equal(d.mrz[1], LINE2);
	snprintf(want, sizeof want, "%s/documents/012.jpg", scratch);
	assert_string_equal(d.portrait, want);
	assert_null(d.lds);
}

static void
an_lds_folder_is_read(void **state)
{
	(void)state;
	char want[200];

	assert_int_equal(read_json("{\"lds\":\"012/\"}"), EX_OK);
	snprintf(want, sizeof want, "%s/documents/012/", scratch);
	assert_string_equal(d.lds, want);
	assert_null(d.mrz);
	assert_null(d.portrait);
}

static void
a_document_beside_the_scene_is_read(void **state)
{
	(void)state;
	char want[200];

	scratch_put("top.json", "{\"portrait\":\"top.jpg\"}");
	assert_int_equal(
	    ex_document_file_read(scratch, "top.json", &d, &err), EX_OK);
	snprintf(want, sizeof want, "%s/top.jpg", scratch);
	assert_string_equal(d.portrait, want);
}

static void
wrong_fields_are_named(void **state)
{
	(void)state;
	refused("{}", EX_ERR_FORMAT, "", "must have \"mrz\"");
	refused("[]", EX_ERR_FORMAT, "", "must be an object");
	refused("{\"mrz\":\"P<\"}", EX_ERR_FORMAT, "mrz", "must be a list");
	refused("{\"mrz\":[]}", EX_ERR_FORMAT, "mrz", "at least 1");
	refused("{\"mrz\":[\"a\",\"b\",\"c\",\"d\"]}", EX_ERR_TOO_LARGE, "mrz",
	    "at most 3");
	refused("{\"mrz\":[\"a\",7]}", EX_ERR_FORMAT, "mrz[1]", "a string");
	refused("{\"mrz\":[\"" LINE1 LINE2 "\"]}", EX_ERR_FORMAT, "mrz[0]",
	    "at most 64 bytes");
	refused("{\"portrait\":7}", EX_ERR_FORMAT, "portrait", "a string");
	refused("{\"lds\":[]}", EX_ERR_FORMAT, "lds", "a string");
}

static void
errors_never_quote_the_mrz(void **state)
{
	(void)state;
	/* A missing quote: jansson would show what stands near it. */
	refused("{\"mrz\":[\"" LINE1 "\",\"" LINE2 "],", EX_ERR_FORMAT, "",
	    "line 1");
	assert_null(strstr(err.why, "L898902C3"));
	refused("{\"mrz\":[\"" LINE1 "\",L898902C36]}", EX_ERR_FORMAT, "",
	    "not valid JSON");
	assert_null(strstr(err.why, "L898902C3"));
	refused("{\"mrz\":[\"" LINE1 "\"],\"portrait\":\"/" LINE2 "\"}",
	    EX_ERR_PATH, "portrait", "inside");
	assert_null(strstr(err.why, "L898902C3"));
}

static void
paths_that_lead_out_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = { "/etc/passwd", "../1.jpg",
		"a/../../../x", ".." };
	char json[100];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(json, sizeof json, "{\"portrait\":\"%s\"}", bad[i]);
		refused(json, EX_ERR_PATH, "portrait", "inside the document's");
		snprintf(json, sizeof json, "{\"lds\":\"%s\"}", bad[i]);
		refused(json, EX_ERR_PATH, "lds", "inside the document's");
		assert_int_equal(
		    ex_document_file_read(scratch, bad[i], &d, &err),
		    EX_ERR_PATH);
	}
}

static void
links_out_of_the_scene_are_refused(void **state)
{
	(void)state;
	assert_int_equal(symlink("/etc", scratch_path("documents/out")), 0);
	refused("{\"portrait\":\"out/passwd\"}", EX_ERR_PATH, "portrait",
	    "link that leads out");
	refused("{\"lds\":\"out\"}", EX_ERR_PATH, "lds", "link");
	/* Within the scene a link is fine. */
	scratch_put("p.jpg", "");
	assert_int_equal(
	    symlink("../p.jpg", scratch_path("documents/in.jpg")), 0);
	assert_int_equal(read_json("{\"portrait\":\"in.jpg\"}"), EX_OK);
	ex_document_file_free(&d);
	/* The file itself may not be one that leads out, either. */
	assert_int_equal(symlink("/etc/passwd", scratch_path("l.json")), 0);
	assert_int_equal(
	    ex_document_file_read(scratch, "l.json", &d, &err), EX_ERR_PATH);
}

static void
missing_and_huge_files_are_refused(void **state)
{
	(void)state;
	char name[400];

	assert_int_equal(ex_document_file_read(scratch, "none.json", &d, &err),
	    EX_ERR_NOT_FOUND);
	assert_text(&err, "none.json", "No such file");
	assert_int_equal(ex_document_file_read(scratch, "documents", &d, &err),
	    EX_ERR_INPUT);
	scratch_put("huge.json", "{}");
	assert_int_equal(truncate(scratch_path("huge.json"), 70000), 0);
	assert_int_equal(ex_document_file_read(scratch, "huge.json", &d, &err),
	    EX_ERR_TOO_LARGE);
	memset(name, 'n', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	assert_int_equal(
	    ex_document_file_read(scratch, name, &d, &err), EX_ERR_PATH);
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	const char *const mrz[] = { LINE1, LINE2 };

	assert_int_equal(
	    ex_document_file_write(
		scratch_path("documents/w.json"), mrz, 2, "w.jpg", &err),
	    EX_OK);
	ex_document_file_free(&d);
	assert_int_equal(
	    ex_document_file_read(scratch, "documents/w.json", &d, &err),
	    EX_OK);
	assert_int_equal(d.n_mrz, 2);
	assert_string_equal(d.mrz[1], LINE2);
	assert_non_null(strstr(d.portrait, "/documents/w.jpg"));
}

static enum ex_status
read_example(void)
{
	struct ex_document_file one;
	enum ex_status status =
	    ex_document_file_read(scratch, "documents/1.json", &one, NULL);

	ex_document_file_free(&one);
	return status;
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	scratch_put("documents/1.json",
	    "{\"mrz\":[\"" LINE1 "\",\"" LINE2 "\"],\"portrait\":\"1.jpg\","
	    "\"lds\":\"1\"}");
	rehearse(read_example);
}

int
main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		T(mrz_and_portrait_are_read),
		T(an_lds_folder_is_read),
		T(a_document_beside_the_scene_is_read),
		T(wrong_fields_are_named),
		T(errors_never_quote_the_mrz),
		T(paths_that_lead_out_are_refused),
		T(links_out_of_the_scene_are_refused),
		T(missing_and_huge_files_are_refused),
		T(what_is_written_is_read_back),
		T(every_failed_allocation_is_survived),
	};
	return cmocka_run_group_tests(tests, set_up, scratch_remove);
}
