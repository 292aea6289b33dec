/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#define HEAD  "{\"calibration\":1,\"recipe\":\"r\",\"made\":\"m\",\"curves\":["
#define SIZES "\"probes\":3,\"references\":4,\"pairs\":12,"
#define ONE                                                                    \
	"{\"pictures\":1," SIZES "\"points\":[[0.1,0.5,0.4,0.6],[0.2,0,0,0.1]" \
	"]}"

static struct ex_error err;
static struct ex_calibration *cal;

static enum ex_status
parse(const char *json)
{
	ex_calibration_free(&cal);
	return ex_calibration_parse("c.json",
	    (struct ex_bytes){ (const void *)json, strlen(json) }, &cal, &err);
}

static int
forget(void **state)
{
	(void)state;
	ex_calibration_free(&cal);
	return 0;
}

static void
refused(const char *json, const char *field, const char *why)
{
	char what[100];

	assert_int_equal(parse(json), EX_ERR_CALIBRATION);
	assert_int_equal(err.status, EX_ERR_CALIBRATION);
	assert_null(cal);
	snprintf(what, sizeof what, "c.json%s%s", *field ? ": " : "", field);
	assert_string_equal(err.what, what);
	assert_text(&err, "", why);
}

static void
points_refused(const char *points, const char *field, const char *why)
{
	char json[500], what[100];

	snprintf(json, sizeof json,
	    HEAD "{\"pictures\":1," SIZES "\"points\":%s}]}", points);
	snprintf(what, sizeof what, "curves[0].points%s", field);
	refused(json, what, why);
}

static void
curves_are_read(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(HEAD ONE ",{\"pictures\":4," SIZES "\"points\":"
			   "[[-1,1,1,1],[0.9,0.5,0.5,1],[1,0.5,0,0.5]]}]}"),
	    EX_OK);
	assert_string_equal(cal->recipe, "r");
	assert_string_equal(cal->made, "m");
	assert_int_equal(cal->n_curves, 2);
	assert_int_equal(cal->curves[0].pictures, 1);
	assert_int_equal(cal->curves[0].probes, 3);
	assert_int_equal(cal->curves[0].references, 4);
	assert_int_equal(cal->curves[0].pairs, 12);
	assert_true(cal->curves[0].points[0].similarity == 0.1);
	assert_true(cal->curves[0].points[0].low == 0.4);
	assert_true(cal->curves[0].points[1].high == 0.1);
	assert_int_equal(cal->curves[1].pictures, 4);
	assert_int_equal(cal->curves[1].n_points, 3);
}

static void
wrong_heads_are_refused(void **state)
{
	(void)state;
	refused("", "", "line 1");
	refused("[]", "", "must be an object");
	refused("{}", "calibration", "whole number");
	refused("{\"calibration\":3}", "calibration", "from 1 to 2");
	refused("{\"calibration\":1}", "recipe", "must be a string");
	refused("{\"calibration\":1,\"recipe\":\"\"}", "recipe", "empty");
	refused("{\"calibration\":1,\"recipe\":\"r\"}", "made", "a string");
	refused("{\"calibration\":1,\"recipe\":\"r\",\"made\":\"m\"}", "curves",
	    "must be a list");
	refused(HEAD "]}", "curves", "at least 1");
}

static void
curves_start_at_one_picture_and_rise(void **state)
{
	(void)state;
	refused(HEAD "{\"pictures\":2}]}", "curves[0].pictures", "from 1 to 1");
	refused(HEAD "{\"pictures\":0}]}", "curves[0].pictures", "from 1 to 1");
	refused(HEAD ONE "," ONE "]}", "curves[1].pictures", "from 2 to 16");
	refused(HEAD ONE ",{\"pictures\":17}]}", "curves[1].pictures",
	    "from 2 to 16");
	refused(HEAD ONE ",7]}", "curves[1]", "must be an object");
}

static void
a_sample_has_a_size(void **state)
{
	(void)state;
	refused(HEAD "{\"pictures\":1}]}", "curves[0].probes", "whole number");
	refused(HEAD "{\"pictures\":1,\"probes\":0}]}", "curves[0].probes",
	    "must be from 1");
	refused(HEAD "{\"pictures\":1,\"probes\":1,\"references\":1.5}]}",
	    "curves[0].references", "whole number");
	refused(HEAD "{\"pictures\":1,\"probes\":1,\"references\":1,"
		     "\"pairs\":-1}]}",
	    "curves[0].pairs", "must be from 1");
}

static void
points_that_contradict_are_refused(void **state)
{
	(void)state;
	points_refused("{}", "", "must be a list");
	points_refused("[[0.1,0.5,0.4,0.6]]", "", "at least 2");
	points_refused("[1,2]", "[0]", "must be a list");
	points_refused("[[0.1,0.5,0.4],[0.2,0,0,0]]", "[0]", "at least 4");
	points_refused(
	    "[[0.1,0.5,0.4,\"1\"],[0.2,0,0,0]]", "[0][3]", "must be a number");
	points_refused(
	    "[[-1.1,0.5,0.4,0.6],[0.2,0,0,0]]", "[0][0]", "from -1 to 1");
	points_refused(
	    "[[0.1,1.5,0.4,0.6],[0.2,0,0,0]]", "[0][1]", "from 0 to 1");
	points_refused(
	    "[[0.1,0.5,-0.4,0.6],[0.2,0,0,0]]", "[0][2]", "from 0 to 1");
	points_refused("[[0.1,0.5,0.4,0.6],[0.1,0.4,0.4,0.4]]", "[1]",
	    "similarity must rise");
	points_refused("[[0.1,0.5,0.4,0.6],[0.2,0.51,0.4,0.6]]", "[1]",
	    "fmr must not rise");
	points_refused(
	    "[[0.1,0.5,0.51,0.6],[0.2,0,0,0]]", "[0]", "low <= fmr <= high");
	points_refused("[[0.1,0.5,0.4,0.6],[0.2,0.3,0.2,0.29]]", "[1]",
	    "low <= fmr <= high");
}

static void
points_are_bounded(void **state)
{
	(void)state;
	size_t room = 10001 * 8 + 400;
	char *json = malloc(room), *p = json;

	assert_non_null(json);
	p += sprintf(p, HEAD "{\"pictures\":1," SIZES "\"points\":[0");
	for (int i = 0; i < 10000; i++)
		p += sprintf(p, ",0");
	sprintf(p, "]}]}");
	refused(json, "curves[0].points", "at most 10000");
	free(json);
}

static void
tail_refused(const char *tail, const char *field, const char *why)
{
	char json[700], what[100];

	snprintf(json, sizeof json,
	    HEAD "{\"pictures\":1," SIZES "\"points\":[[0.1,0.5,0.4,0.6],"
		 "[0.2,0,0,0.1]],\"tail\":%s}]}",
	    tail);
	snprintf(what, sizeof what, "curves[0].tail%s", field);
	refused(json, what, why);
}

static void
tails_are_bounded(void **state)
{
	(void)state;
#define TAIL "{\"model\":\"exponential\",\"from\":0.9,"
	tail_refused("7", "", "must be an object");
	tail_refused("{}", ".model", "must be a string");
	tail_refused("{\"model\":\"hope\"}", ".model", "no model");
	tail_refused("{\"model\":\"exponential\",\"from\":1.1}", ".from", "1");
	tail_refused(TAIL "\"scale\":1}", ".scale_high", "");
	tail_refused(TAIL "\"scale_high\":0}", ".scale_high", "");
	tail_refused(TAIL "\"scale_high\":0.1,\"scale\":0.2}", ".scale", "");
	tail_refused(TAIL "\"scale_high\":0.1,\"scale\":0}", ".scale", "");
	tail_refused(TAIL "\"scale_high\":0.1,\"scale\":0.1,\"peaks\":0}",
	    ".peaks", "from 1");
#undef TAIL
}

static void
a_missing_file_is_a_missing_calibration(void **state)
{
	(void)state;
	assert_int_equal(
	    ex_calibration_read(scratch_path("none.json"), &cal, &err),
	    EX_ERR_CALIBRATION);
	assert_int_equal(err.status, EX_ERR_CALIBRATION);
	assert_text(&err, "none.json", "No such file");
	assert_int_equal(
	    ex_calibration_read(scratch, &cal, NULL), EX_ERR_CALIBRATION);
}

static void
what_is_written_is_read_back_one_point_a_line(void **state)
{
	(void)state;
	struct ex_calibration_point points[] = {
		{ -0.25, 1, 0.999, 1 },
		{ 0.935, 5.0e-4, 4.1e-4, 6.2e-4 },
		{ 0.9350001, 1.0 / 3e6, 0, 1e-6 },
	};
	struct ex_calibration_curve curves[] = {
		{ 1, 2890, 2890, 8349210, points, 3,
		    { 0.93, 0.00375, 0.0047, 123 } },
		{ 16, 5, 6, 30, points, 2, { .peaks = 0 } },
	};
	const struct ex_calibration c = { "dlib-cnn \"1\"", "all pairs é",
		curves, 2 };
	struct ex_blob text;

	scratch_put("c.json", "");
	assert_int_equal(
	    ex_calibration_write(scratch_path("c.json"), &c, &err), EX_OK);
	assert_int_equal(
	    ex_calibration_read(scratch_path("c.json"), &cal, &err), EX_OK);
	assert_string_equal(cal->recipe, c.recipe);
	assert_string_equal(cal->made, c.made);
	assert_int_equal(cal->n_curves, 2);
	assert_int_equal(cal->curves[0].pairs, 8349210);
	assert_int_equal(cal->curves[1].pictures, 16);
	assert_true(cal->curves[0].points[1].similarity == 0.935);
	assert_true(cal->curves[0].points[1].fmr == 5.0e-4);
	assert_true(cal->curves[0].points[2].similarity == 0.9350001);
	assert_true(cal->curves[0].tail.from == 0.93);
	assert_true(cal->curves[0].tail.scale == 0.00375);
	assert_true(cal->curves[0].tail.scale_high == 0.0047);
	assert_int_equal(cal->curves[0].tail.peaks, 123);
	assert_int_equal(cal->curves[1].tail.peaks, 0);
	assert_int_equal(
	    ex_file_read(scratch_path("c.json"), 4096, &text, &err), EX_OK);
	assert_non_null(strstr(
	    (const char *)text.data, "\n   [0.935,0.0005,0.00041,0.00062],\n"));
	ex_blob_free(&text);
}

static void
writing_refuses_what_reading_would(void **state)
{
	(void)state;
	struct ex_calibration_point points[] = { { 0.1, 0.5, 0.4, 0.6 },
		{ 0.1, 0.4, 0.4, 0.6 } };
	struct ex_calibration_curve curve = { 1, 1, 1, 1, points, 2,
		{ .peaks = 0 } };
	const struct ex_calibration c = { "r", "m", &curve, 1 };
	const char *path = scratch_path("never.json");

	assert_int_equal(
	    ex_calibration_write(path, &c, &err), EX_ERR_CALIBRATION);
	assert_text(&err, "curves[0].points[1]", "similarity must rise");
	assert_int_equal(access(path, F_OK), -1);
	points[1].similarity = 0.0 / 0.0;
	assert_int_equal(
	    ex_calibration_write(path, &c, &err), EX_ERR_CALIBRATION);
	points[1].similarity = 0.2;
	assert_int_equal(ex_calibration_write("/no/such/c.json", &c, &err),
	    EX_ERR_ENVIRONMENT);
}

static enum ex_status
read_example(void)
{
	static const char json[] = HEAD ONE "]}";
	struct ex_calibration *c;
	enum ex_status status = ex_calibration_parse("c.json",
	    (struct ex_bytes){ (const uint8_t *)json, sizeof json - 1 }, &c,
	    NULL);

	assert_true((status == EX_OK) == (c != NULL));
	ex_calibration_free(&c);
	return status;
}

static enum ex_status
write_example(void)
{
	struct ex_calibration_point points[] = { { 0.1, 0.5, 0.4, 0.6 },
		{ 0.2, 0.4, 0.4, 0.6 } };
	struct ex_calibration_curve curve = { 1, 1, 1, 1, points, 2,
		{ .peaks = 0 } };
	const struct ex_calibration c = { "r", "m", &curve, 1 };

	return ex_calibration_write(scratch_path("w.json"), &c, NULL);
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	rehearse(read_example);
	rehearse(write_example);
}

int
main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		T(curves_are_read),
		T(wrong_heads_are_refused),
		T(curves_start_at_one_picture_and_rise),
		T(a_sample_has_a_size),
		T(points_that_contradict_are_refused),
		T(points_are_bounded),
		T(tails_are_bounded),
		T(a_missing_file_is_a_missing_calibration),
		T(what_is_written_is_read_back_one_point_a_line),
		T(writing_refuses_what_reading_would),
		T(every_failed_allocation_is_survived),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
