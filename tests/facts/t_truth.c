/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

static struct ex_error err;
static struct ex_truth *truth;

static int
forget(void **state)
{
	(void)state;
	ex_truth_free(&truth);
	return 0;
}

static enum ex_status
read_json(const char *json)
{
	ex_truth_free(&truth);
	scratch_put("truth.json", json);
	return ex_truth_read(scratch, &truth, &err);
}

/* Fields of an occupant that is otherwise good. */
static void
occupant_refused(const char *fields, const char *field, const char *why)
{
	char json[500], what[100];

	snprintf(json, sizeof json,
	    "{\"vehicles\":{\"v1\":{\"occupants\":[{%s}]}}}", fields);
	assert_int_equal(read_json(json), EX_ERR_FORMAT);
	assert_null(truth);
	snprintf(
	    what, sizeof what, "truth.json: vehicles.v1.occupants[0]%s", field);
	assert_text(&err, what, why);
}

static void
the_designs_example_is_read(void **state)
{
	(void)state;
	assert_int_equal(
	    read_json("{\"vehicles\":{\"v0001\":{\"occupants\":["
		      "{\"seat\":\"front-left\",\"traveller\":\"012\","
		      "\"document\":\"documents/012.json\",\"frames\":{"
		      "\"0002\":[1,2,3,4],\"0001\":[5,6.5,7,8]},"
		      "\"yaw\":{\"0001\":-3.0,\"0009\":9}},"
		      "{\"seat\":\"rear-right\",\"traveller\":\"013\","
		      "\"document\":null,\"frames\":{}}]},\"v0002\":"
		      "{\"occupants\":[]}}}"),
	    EX_OK);
	assert_int_equal(truth->n_vehicles, 2);
	const struct ex_truth_occupant *o = truth->vehicles[0].occupants;
	assert_int_equal(o[0].seat, EX_SEAT_FRONT_LEFT);
	assert_string_equal(o[0].traveller, "012");
	assert_string_equal(o[0].document, "documents/012.json");
	assert_int_equal(o[0].n_frames, 2);
	/* In the order of the file. */
	assert_string_equal(o[0].frames[0].name, "0002");
	assert_true(o[0].frames[0].yaw_deg == 0);
	assert_true(o[0].frames[1].box.y == 6.5f);
	assert_true(o[0].frames[1].yaw_deg == -3);
	assert_null(o[1].document);
	assert_int_equal(o[1].n_frames, 0);
	assert_string_equal(truth->vehicles[1].id, "v0002");
}

static void
wrong_fields_are_named(void **state)
{
	(void)state;
#define GOOD "\"seat\":\"front-left\",\"traveller\":\"1\","
	occupant_refused("", ".seat", "must be a string");
	occupant_refused("\"seat\":\"roof\"", ".seat", "is not a seat");
	occupant_refused(
	    "\"seat\":\"front-left\"", ".traveller", "must be a string");
	occupant_refused(GOOD "\"document\":4", ".document", "a string");
	occupant_refused(GOOD "\"frames\":[]", ".frames", "must be an object");
	occupant_refused(GOOD "\"frames\":{\"0001\":[1,2,3]}", ".frames.0001",
	    "must be [x,y,w,h]");
	occupant_refused(
	    GOOD "\"frames\":{\"0001\":[1,2,3,-4]}", ".frames.0001", "over 0");
	occupant_refused(
	    GOOD "\"frames\":{\"\":[1,2,3,4]}", ".frames.", "1 to 128 bytes");
	occupant_refused(GOOD "\"frames\":{},\"yaw\":3", ".yaw", "an object");
	occupant_refused(GOOD
	    "\"frames\":{\"1\":[1,2,3,4]},\"yaw\":{\"1\":\"left\"}",
	    ".yaw.1", "must be a number");
	occupant_refused(GOOD
	    "\"frames\":{\"1\":[1,2,3,4]},\"yaw\":{\"1\":181}",
	    ".yaw.1", "from -180 to 180");
}

static void
wrong_shapes_are_refused(void **state)
{
	(void)state;
	assert_int_equal(
	    ex_truth_read("/no/such", &truth, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(read_json("[]"), EX_ERR_FORMAT);
	assert_int_equal(read_json("{}"), EX_ERR_FORMAT);
	assert_text(&err, "truth.json: vehicles", "must be an object");
	assert_int_equal(read_json("{\"vehicles\":[]}"), EX_ERR_FORMAT);
	assert_int_equal(read_json("{\"vehicles\":{\"a\":1}}"), EX_ERR_FORMAT);
	assert_text(&err, "vehicles.a", "must be an object");
	assert_int_equal(read_json("{\"vehicles\":{\"a\":{\"occupants\":{}}}}"),
	    EX_ERR_FORMAT);
	assert_text(&err, "vehicles.a.occupants", "must be a list");
	/* The same vehicle twice. */
	assert_int_equal(read_json("{\"vehicles\":{\"a\":{\"occupants\":[]},"
				   "\"a\":{\"occupants\":[]}}}"),
	    EX_ERR_FORMAT);
	assert_text(&err, "truth.json", "given twice");
	assert_null(truth);
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	struct ex_truth_frame frames[] = {
		{ "0001", { 1.25f, -2, 30, 40 }, -3.5f },
		{ "0002", { 2, 3, 30, 40 }, 0 },
	};
	struct ex_truth_occupant people[] = {
		{ EX_SEAT_REAR_CENTRE, "012", "d/012.json", frames, 2 },
		{ EX_SEAT_FRONT_LEFT, "013", NULL, NULL, 0 },
	};
	struct ex_truth_vehicle vehicles[] = { { "v1", people, 2 },
		{ "v2", NULL, 0 } };
	const struct ex_truth t = { vehicles, 2 };

	assert_int_equal(ex_truth_write(scratch, &t, &err), EX_OK);
	assert_int_equal(ex_truth_read(scratch, &truth, &err), EX_OK);
	assert_int_equal(truth->n_vehicles, 2);
	const struct ex_truth_occupant *o = truth->vehicles[0].occupants;
	assert_int_equal(truth->vehicles[0].n_occupants, 2);
	assert_int_equal(o[0].seat, EX_SEAT_REAR_CENTRE);
	assert_string_equal(o[0].document, "d/012.json");
	for (size_t i = 0; i < 2; i++) {
		assert_string_equal(o[0].frames[i].name, frames[i].name);
		assert_memory_equal(
		    &o[0].frames[i].box, &frames[i].box, sizeof frames[i].box);
		assert_true(o[0].frames[i].yaw_deg == frames[i].yaw_deg);
	}
	assert_null(o[1].document);
	assert_int_equal(truth->vehicles[1].n_occupants, 0);
}

static enum ex_status
read_example(void)
{
	struct ex_truth *t;
	enum ex_status status = ex_truth_read(scratch, &t, NULL);

	assert_true((status == EX_OK) == (t != NULL));
	ex_truth_free(&t);
	return status;
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	assert_int_equal(
	    read_json("{\"vehicles\":{\"v0001\":{\"occupants\":["
		      "{\"seat\":\"front-left\",\"traveller\":\"012\","
		      "\"document\":\"documents/012.json\",\"frames\":{"
		      "\"0001\":[5,6.5,7,8]},\"yaw\":{\"0001\":1}}]}}}"),
	    EX_OK);
	rehearse(read_example);
}

int
main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		T(the_designs_example_is_read),
		T(wrong_fields_are_named),
		T(wrong_shapes_are_refused),
		T(what_is_written_is_read_back),
		T(every_failed_allocation_is_survived),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
