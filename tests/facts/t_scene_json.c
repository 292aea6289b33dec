/* SPDX-License-Identifier: Apache-2.0 */
#include "support.h"

#define HEAD "{\"scene\":1,\"lane\":\"l\",\"direction\":\"out\",\"fps\":10"

static struct ex_error err;

/* A scene that a test owns for its length. */
static struct ex_scene *scene;

static enum ex_status
parse(const char *json)
{
	ex_scene_free(&scene);
	memset(&err, 0, sizeof err);
	return ex_scene_parse("v",
	    (struct ex_bytes){ (const void *)json, strlen(json) }, &scene,
	    &err);
}

static int
forget(void **state)
{
	(void)state;
	ex_scene_free(&scene);
	return 0;
}

static void
refused(
    const char *json, enum ex_status status, const char *field, const char *why)
{
	char what[200];

	assert_int_equal(parse(json), status);
	assert_null(scene);
	snprintf(
	    what, sizeof what, "v/scene.json%s%s", *field ? ": " : "", field);
	assert_string_equal(err.what, what);
	assert_text(&err, "", why);
}

/* `vehicle` between two good ones: its error, and theirs is none. */
static void
vehicle_refused(const char *vehicle, enum ex_status status, const char *field,
    const char *why)
{
	char json[2048], what[200];

	snprintf(json, sizeof json,
	    HEAD ",\"vehicles\":[{\"id\":\"a\",\"frames\":[\"a/1.jpg\"]},%s,"
		 "{\"id\":\"z\",\"frames\":[\"z/1.jpg\"]}]}",
	    vehicle);
	assert_int_equal(parse(json), EX_OK);
	assert_int_equal(scene->n_vehicles, 3);
	assert_int_equal(scene->vehicles[0].error.status, EX_OK);
	assert_int_equal(scene->vehicles[2].error.status, EX_OK);
	assert_int_equal(scene->vehicles[1].error.status, status);
	assert_int_equal(scene->vehicles[1].n_cameras, 0);
	assert_int_equal(scene->vehicles[1].n_documents, 0);
	assert_non_null(scene->vehicles[1].id);
	snprintf(what, sizeof what, "v/scene.json: vehicles[1]%s", field);
	assert_string_equal(scene->vehicles[1].error.what, what);
	assert_text(&scene->vehicles[1].error, "", why);
}

static void
the_designs_example_is_read(void **state)
{
	(void)state;
	assert_int_equal(
	    parse("{\"scene\":1,\"lane\":\"demo-1\",\"direction\":\"in\","
		  "\"fps\":12.5,\"start\":\"2026-01-05T08:00:00.000Z\","
		  "\"region\":[10,20,600.5,400],\"later\":{\"x\":[1]},"
		  "\"vehicles\":[{\"id\":\"v0001\",\"frames\":[\"v0001/"
		  "0001.jpg\","
		  "\"v0001/0002.jpg\"],\"documents\":[\"documents/012.json\"],"
		  "\"opted_out\":false},{\"id\":\"v0002\",\"cameras\":["
		  "{\"id\":\"left\",\"frames\":[\"l.jpg\"]},"
		  "{\"id\":\"right\",\"frames\":[\"r.jpg\"]}]}]}"),
	    EX_OK);
	assert_string_equal(scene->dir, "v");
	assert_string_equal(scene->lane, "demo-1");
	assert_int_equal(scene->direction, EX_DIRECTION_IN);
	assert_true(scene->fps == 12.5);
	assert_int_equal(scene->start_ms, 1767600000000);
	assert_true(scene->has_region && scene->region.w == 600.5f);
	const struct ex_scene_vehicle *v = scene->vehicles;
	assert_string_equal(v[0].cameras[0].id, "");
	assert_string_equal(v[0].cameras[0].frames[1], "v0001/0002.jpg");
	assert_string_equal(v[0].documents[0], "documents/012.json");
	assert_int_equal(v[1].n_cameras, 2);
	assert_string_equal(v[1].cameras[1].id, "right");
	assert_int_equal(v[1].n_documents, 0);
	assert_int_equal(v[0].error.status, EX_OK);
	assert_int_equal(v[1].error.status, EX_OK);
}

static void
optional_parts_may_be_absent(void **state)
{
	(void)state;
	assert_int_equal(parse(HEAD ",\"start\":null,\"vehicles\":[]}"), EX_OK);
	assert_int_equal(scene->n_vehicles, 0);
	assert_int_equal(scene->start_ms, -1);
	assert_false(scene->has_region);
}

static void
what_is_no_json_is_refused_with_its_place(void **state)
{
	(void)state;
	refused("", EX_ERR_FORMAT, "", "line 1");
	refused("{\"scene\":1,", EX_ERR_FORMAT, "", "cut short");
	refused("{\"scene\":1,\n\"scene\":1}", EX_ERR_FORMAT, "",
	    "a key is given twice, line 2");
	refused("{\"lane\":\"\xff\"}", EX_ERR_FORMAT, "", "not UTF-8");
	refused("{\"scene\":1e999}", EX_ERR_FORMAT, "", "too large");
	refused("{\"lane\":\"\\u0000\"}", EX_ERR_FORMAT, "", "NUL");
	refused("[1,2]", EX_ERR_FORMAT, "", "must be an object");
}

static void
deep_nesting_is_refused(void **state)
{
	(void)state;
	static char deep[100001];

	memset(deep, '[', sizeof deep - 1);
	refused(deep, EX_ERR_FORMAT, "", "nested too deeply");
}

static void
too_many_values_are_refused_before_they_cost_memory(void **state)
{
	(void)state;
	size_t n = 8 << 20;
	char *many = malloc(n + 1);

	assert_non_null(many);
	memset(many, ',', n);
	many[n] = '\0';
	refused(many, EX_ERR_TOO_LARGE, "", "more than 4000000 values");
	free(many);
}

static void
other_versions_are_refused(void **state)
{
	(void)state;
	refused("{}", EX_ERR_FORMAT, "scene", "must be a whole number");
	refused("{\"scene\":2}", EX_ERR_UNSUPPORTED, "scene", "version 2");
	refused("{\"scene\":\"1\"}", EX_ERR_FORMAT, "scene", "whole number");
}

static void
a_wrong_head_names_its_field(void **state)
{
	(void)state;
#define S "{\"scene\":1,"
	refused(S "\"lane\":5}", EX_ERR_FORMAT, "lane", "must be a string");
	refused(S "\"lane\":\"\"}", EX_ERR_FORMAT, "lane", "empty");
	refused(S "\"lane\":\"a\\u001b[2J\"}", EX_ERR_FORMAT, "lane",
	    "control characters");
	refused(S "\"lane\":\"a\\u009b2J\"}", EX_ERR_FORMAT, "lane",
	    "control characters");
	refused(S "\"lane\":\"l\"}", EX_ERR_FORMAT, "direction", "a string");
	refused(S "\"lane\":\"l\",\"direction\":\"up\"}", EX_ERR_FORMAT,
	    "direction", "\"out\" or \"in\"");
#undef S
#define S "{\"scene\":1,\"lane\":\"l\",\"direction\":\"out\",\"fps\":"
	refused(S "\"10\"}", EX_ERR_FORMAT, "fps", "must be a number");
	refused(S "0}", EX_ERR_FORMAT, "fps", "over 0");
	refused(S "1e-300}", EX_ERR_FORMAT, "fps", "at least 0.001");
	refused(S "-1}", EX_ERR_FORMAT, "fps", "from 0 to 240");
	refused(S "240.5}", EX_ERR_FORMAT, "fps", "from 0 to 240");
#undef S
	refused(HEAD ",\"start\":\"yesterday\"}", EX_ERR_FORMAT, "start",
	    "must be a time");
	refused(HEAD ",\"start\":\"1969-12-31T23:59:59.999Z\"}", EX_ERR_FORMAT,
	    "start", "before 1970");
	refused(
	    HEAD ",\"region\":[0,0,5]}", EX_ERR_FORMAT, "region", "[x,y,w,h]");
	refused(
	    HEAD ",\"region\":[0,0,5,0]}", EX_ERR_FORMAT, "region", "over 0");
	refused(HEAD ",\"region\":[0,0,5,1e-60]}", EX_ERR_FORMAT, "region",
	    "over 0");
	refused(HEAD ",\"region\":[0,\"0\",5,5]}", EX_ERR_FORMAT, "region[1]",
	    "must be a number");
	refused(HEAD ",\"region\":[1e300,0,5,5]}", EX_ERR_FORMAT, "region[0]",
	    "must be from");
	refused(HEAD "}", EX_ERR_FORMAT, "vehicles", "must be a list");
}

static void
a_wrong_vehicle_leaves_the_others_good(void **state)
{
	(void)state;
	vehicle_refused("7", EX_ERR_FORMAT, "", "must be an object");
	vehicle_refused("{}", EX_ERR_FORMAT, ".id", "must be a string");
	vehicle_refused("{\"id\":\"\"}", EX_ERR_FORMAT, ".id", "empty");
	vehicle_refused("{\"id\":\"a\\nb\"}", EX_ERR_FORMAT, ".id", "control");
	vehicle_refused("{\"id\":\"b\"}", EX_ERR_FORMAT, "",
	    "either \"frames\" or \"cameras\"");
	vehicle_refused("{\"id\":\"b\",\"frames\":[]}", EX_ERR_FORMAT,
	    ".frames", "at least 1");
	vehicle_refused("{\"id\":\"b\",\"frames\":\"1.jpg\"}", EX_ERR_FORMAT,
	    ".frames", "must be a list");
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"1.jpg\",2]}",
	    EX_ERR_FORMAT, ".frames[1]", "must be a string");
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"1.jpg\"],"
			"\"cameras\":[]}",
	    EX_ERR_FORMAT, "", "either");
	vehicle_refused("{\"id\":\"b\",\"video\":\"b.mp4\"}",
	    EX_ERR_UNSUPPORTED, ".video", "this version reads pictures");
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"1.jpg\"],"
			"\"opted_out\":\"no\"}",
	    EX_ERR_FORMAT, ".opted_out", "true or false");
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"1.jpg\"],"
			"\"documents\":{}}",
	    EX_ERR_FORMAT, ".documents", "must be a list");
}

static void
paths_that_lead_out_are_that_vehicles_error(void **state)
{
	(void)state;
	static const char *const bad[] = { "/etc/passwd", "../x.jpg",
		"a/../../x.jpg", "a/.." };
	char vehicle[200];

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		snprintf(vehicle, sizeof vehicle,
		    "{\"id\":\"b\",\"frames\":[\"b/1.jpg\",\"%s\"]}", bad[i]);
		vehicle_refused(vehicle, EX_ERR_PATH, ".frames[1]",
		    "inside the scene's folder");
		snprintf(vehicle, sizeof vehicle,
		    "{\"id\":\"b\",\"frames\":[\"1\"],\"documents\":[\"%s\"]}",
		    bad[i]);
		vehicle_refused(vehicle, EX_ERR_PATH, ".documents[0]",
		    "inside the scene's folder");
	}
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"a\\tb\"]}", EX_ERR_FORMAT,
	    ".frames[0]", "control");
	vehicle_refused("{\"id\":\"b\",\"frames\":[\"\"]}", EX_ERR_FORMAT,
	    ".frames[0]", "empty");
}

static void
cameras_are_checked_one_by_one(void **state)
{
	(void)state;
	vehicle_refused("{\"id\":\"b\",\"cameras\":[]}", EX_ERR_FORMAT,
	    ".cameras", "at least 1");
	vehicle_refused("{\"id\":\"b\",\"cameras\":[1]}", EX_ERR_FORMAT,
	    ".cameras[0]", "must be an object");
	vehicle_refused("{\"id\":\"b\",\"cameras\":[{\"frames\":[\"1\"]}]}",
	    EX_ERR_FORMAT, ".cameras[0].id", "must be a string");
	vehicle_refused("{\"id\":\"b\",\"cameras\":[{\"id\":\"l\"}]}",
	    EX_ERR_FORMAT, ".cameras[0].frames", "must be a list");
	vehicle_refused("{\"id\":\"b\",\"cameras\":["
			"{\"id\":\"l\",\"frames\":[\"1\"]},"
			"{\"id\":\"l\",\"frames\":[\"2\"]}]}",
	    EX_ERR_FORMAT, ".cameras[1].id", "also the id of cameras[0]");
	vehicle_refused("{\"id\":\"b\",\"cameras\":[{\"id\":\"l\","
			"\"frames\":[\"1\",\"../2\"]}]}",
	    EX_ERR_PATH, ".cameras[0].frames[1]", "inside");
	vehicle_refused("{\"id\":\"b\",\"cameras\":[{},{},{},{},{},{},{},{},"
			"{}]}",
	    EX_ERR_TOO_LARGE, ".cameras", "at most 8");
}

static void
the_second_of_two_equal_ids_is_refused(void **state)
{
	(void)state;
	vehicle_refused("{\"id\":\"a\",\"frames\":[\"1.jpg\"]}", EX_ERR_FORMAT,
	    ".id", "also the id of vehicles[0]");
	/* A vehicle's own fault is told rather than the repeated id. */
	vehicle_refused("{\"id\":\"a\",\"frames\":[]}", EX_ERR_FORMAT,
	    ".frames", "at least 1");
	assert_int_equal(
	    parse(HEAD ",\"vehicles\":[{\"id\":\"b\",\"frames\":[\"1\"]},"
		       "{\"id\":\"a\",\"frames\":[\"1\"]},"
		       "{\"id\":\"b\",\"frames\":[\"1\"]},"
		       "{\"id\":\"b\",\"frames\":[\"1\"]}]}"),
	    EX_OK);
	assert_int_equal(scene->vehicles[0].error.status, EX_OK);
	assert_int_equal(scene->vehicles[1].error.status, EX_OK);
	for (size_t i = 2; i < 4; i++)
		assert_text(&scene->vehicles[i].error, ".id", "vehicles[0]");
}

static void
ids_and_paths_have_a_longest_length(void **state)
{
	(void)state;
	char id[130], path[257], vehicle[600];

	memset(id, 'i', sizeof id - 1);
	id[129] = '\0';
	snprintf(vehicle, sizeof vehicle, "{\"id\":\"%s\"}", id);
	vehicle_refused(vehicle, EX_ERR_FORMAT, ".id", "at most 128 bytes");
	memset(path, 'p', sizeof path - 1);
	path[256] = '\0';
	snprintf(vehicle, sizeof vehicle, "{\"id\":\"b\",\"frames\":[\"%s\"]}",
	    path);
	vehicle_refused(
	    vehicle, EX_ERR_FORMAT, ".frames[0]", "at most 255 bytes");
	snprintf(vehicle, sizeof vehicle,
	    HEAD ",\"vehicles\":[{\"id\":\"%s\",\"frames\":[\"%s\"]}]}", id + 1,
	    path + 1);
	assert_int_equal(parse(vehicle), EX_OK);
	assert_int_equal(scene->vehicles[0].error.status, EX_OK);
}

static void
a_document_shown_twice_is_one(void **state)
{
	(void)state;
	const struct ex_scene_vehicle *v;

	assert_int_equal(
	    parse(HEAD ",\"vehicles\":[{\"id\":\"b\",\"frames\":[\"1\"],"
		       "\"documents\":[\"b\",\"a\",\"b\",\"b\",\"c\"]}]}"),
	    EX_OK);
	v = scene->vehicles;
	assert_int_equal(v->error.status, EX_OK);
	assert_int_equal(v->n_documents, 3);
	assert_string_equal(v->documents[0], "b");
	assert_string_equal(v->documents[1], "a");
	assert_string_equal(v->documents[2], "c");
}

static void
too_many_documents_are_that_vehicles_error(void **state)
{
	(void)state;
	char vehicle[1024];
	int n = snprintf(vehicle, sizeof vehicle,
	    "{\"id\":\"b\",\"frames\":[\"1\"],\"documents\":[\"0\"");

	for (int i = 1; i < EX_MAX_DOCUMENTS + 1; i++)
		n += snprintf(
		    vehicle + n, sizeof vehicle - (size_t)n, ",\"%d\"", i);
	snprintf(vehicle + n, sizeof vehicle - (size_t)n, "]}");
	vehicle_refused(vehicle, EX_ERR_TOO_LARGE, ".documents", "at most 32");
}

/* HEAD, "vehicles":[ n times `item` ]} */
static char *
repeated(const char *before, const char *item, size_t n, const char *after)
{
	size_t width = strlen(item) + 1;
	char *text = malloc(strlen(before) + n * width + strlen(after) + 1);
	char *p = text;

	assert_non_null(text);
	p += sprintf(p, "%s", before);
	for (size_t i = 0; i < n; i++)
		p += sprintf(p, "%s%s", i ? "," : "", item);
	sprintf(p, "%s", after);
	return text;
}

static void
counts_are_bounded(void **state)
{
	(void)state;
	char *text = repeated(HEAD ",\"vehicles\":[", "1", 100001, "]}");

	refused(text, EX_ERR_TOO_LARGE, "vehicles", "at most 100000");
	free(text);
	text = repeated(HEAD ",\"vehicles\":[{\"id\":\"b\",\"frames\":[",
	    "\"1\"", 100001, "]}]}");
	assert_int_equal(parse(text), EX_OK);
	assert_int_equal(scene->vehicles[0].error.status, EX_ERR_TOO_LARGE);
	free(text);
}

static void
an_opted_out_vehicle_needs_no_frames(void **state)
{
	(void)state;
	assert_int_equal(
	    parse(
		HEAD ",\"vehicles\":[{\"id\":\"a\",\"opted_out\":true},"
		     "{\"id\":\"b\",\"opted_out\":true,\"video\":\"b.mp4\"},"
		     "{\"id\":\"c\",\"opted_out\":true,\"frames\":[\"1\"]}]}"),
	    EX_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_true(scene->vehicles[i].opted_out);
		assert_int_equal(scene->vehicles[i].error.status, EX_OK);
	}
	assert_int_equal(scene->vehicles[0].n_cameras, 0);
	vehicle_refused("{\"id\":\"b\",\"opted_out\":true,\"frames\":[\"/1\"]}",
	    EX_ERR_PATH, ".frames[0]", "inside");
}

static void
files_are_read_and_bounded(void **state)
{
	(void)state;
	const char *file = scratch_path("scene.json");

	assert_int_equal(
	    ex_scene_read(scratch, &scene, &err), EX_ERR_NOT_FOUND);
	assert_string_equal(err.what, file);
	scratch_put("scene.json", HEAD ",\"vehicles\":[]}");
	assert_int_equal(ex_scene_read(scratch, &scene, &err), EX_OK);
	assert_string_equal(scene->dir, scratch);
	ex_scene_free(&scene);
	/* A sparse file: only its size is looked at. */
	assert_int_equal(truncate(file, (64 << 20) + 1), 0);
	assert_int_equal(
	    ex_scene_read(scratch, &scene, &err), EX_ERR_TOO_LARGE);
	assert_null(scene);
	unlink(file);
}

static void
what_is_written_is_read_back(void **state)
{
	(void)state;
	char *frames[40], *rear[] = { "r\"\\.jpg" },
			  *documents[] = { "d/1.json" };
	char names[40][32];
	for (int i = 0; i < 40; i++) {
		snprintf(names[i], sizeof names[i], "v0001/%04d.jpg", i + 1);
		frames[i] = names[i];
	}
	struct ex_scene_camera one = { .id = "", .frames = frames, 40 };
	struct ex_scene_camera two[] = { { "left", frames, 2 },
		{ "réar", rear, 1 } };
	struct ex_scene_vehicle vehicles[] = {
		{ .id = "v0001",
		    .cameras = &one,
		    .n_cameras = 1,
		    .documents = documents,
		    .n_documents = 1 },
		{ .id = "v0002", .cameras = two, .n_cameras = 2 },
		{ .id = "v0003", .opted_out = true },
	};
	struct ex_scene s = { .dir = scratch,
		.lane = "demo-1",
		.direction = EX_DIRECTION_IN,
		.fps = 29.97,
		.start_ms = 1767600000125,
		.has_region = true,
		.region = { 1, 2.25f, 1280, 720 },
		.vehicles = vehicles,
		.n_vehicles = 3 };

	assert_int_equal(ex_scene_write(&s, &err), EX_OK);
	assert_int_equal(ex_scene_read(scratch, &scene, &err), EX_OK);
	assert_string_equal(scene->lane, "demo-1");
	assert_int_equal(scene->direction, EX_DIRECTION_IN);
	assert_true(scene->fps == 29.97);
	assert_int_equal(scene->start_ms, s.start_ms);
	assert_memory_equal(&scene->region, &s.region, sizeof s.region);
	assert_int_equal(scene->n_vehicles, 3);
	const struct ex_scene_vehicle *v = scene->vehicles;
	assert_int_equal(v[0].cameras[0].n_frames, 40);
	assert_string_equal(v[0].cameras[0].id, "");
	assert_string_equal(v[0].cameras[0].frames[39], "v0001/0040.jpg");
	assert_string_equal(v[0].documents[0], "d/1.json");
	assert_string_equal(v[1].cameras[1].id, "réar");
	assert_string_equal(v[1].cameras[1].frames[0], "r\"\\.jpg");
	assert_true(v[2].opted_out && v[2].n_cameras == 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(v[i].error.status, EX_OK);
}

static void
writing_says_where_it_cannot(void **state)
{
	(void)state;
	struct ex_scene s = { .dir = "/no/such/folder", .lane = "l", .fps = 1 };

	assert_int_equal(ex_scene_write(&s, &err), EX_ERR_ENVIRONMENT);
	assert_text(&err, "/no/such/folder/scene.json", "No such file");
}

static void
a_long_path_does_not_hide_the_field(void **state)
{
	(void)state;
	char dir[1000];

	memset(dir, 'd', sizeof dir - 1);
	dir[sizeof dir - 1] = '\0';
	assert_int_equal(
	    ex_scene_parse(dir, (struct ex_bytes){ (const uint8_t *)"{}", 2 },
		&scene, &err),
	    EX_ERR_FORMAT);
	assert_text(&err, "d/scene.json: scene", "whole number");
}

static enum ex_status
read_example(void)
{
	static const char json[] = HEAD
	    ",\"vehicles\":[{\"id\":\"v1\",\"cameras\":[{\"id\":\"a\","
	    "\"frames\":[\"1.jpg\",\"2.jpg\"]}],\"documents\":[\"d.json\"]},"
	    "{\"id\":\"v2\",\"frames\":[\"3.jpg\"]},{}]}";
	struct ex_scene *s;
	enum ex_status status = ex_scene_parse("v",
	    (struct ex_bytes){ (const uint8_t *)json, sizeof json - 1 }, &s,
	    NULL);

	assert_true((status == EX_OK) == (s != NULL));
	ex_scene_free(&s);
	return status;
}

static enum ex_status
write_example(void)
{
	struct ex_scene s = { .dir = scratch, .lane = "l", .fps = 1 };

	return ex_scene_write(&s, NULL);
}

static void
every_failed_allocation_is_survived(void **state)
{
	(void)state;
	rehearse(read_example);
}

static void
writing_survives_failed_allocations(void **state)
{
	(void)state;
	enum ex_status status = EX_ERR_NOMEM;

	for (long n = 0; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = write_example();
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_true(n < 100);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		T(the_designs_example_is_read),
		T(optional_parts_may_be_absent),
		T(what_is_no_json_is_refused_with_its_place),
		T(deep_nesting_is_refused),
		T(too_many_values_are_refused_before_they_cost_memory),
		T(other_versions_are_refused),
		T(a_wrong_head_names_its_field),
		T(a_wrong_vehicle_leaves_the_others_good),
		T(paths_that_lead_out_are_that_vehicles_error),
		T(cameras_are_checked_one_by_one),
		T(the_second_of_two_equal_ids_is_refused),
		T(ids_and_paths_have_a_longest_length),
		T(a_document_shown_twice_is_one),
		T(too_many_documents_are_that_vehicles_error),
		T(counts_are_bounded),
		T(an_opted_out_vehicle_needs_no_frames),
		T(files_are_read_and_bounded),
		T(what_is_written_is_read_back),
		T(writing_says_where_it_cannot),
		T(a_long_path_does_not_hide_the_field),
		T(every_failed_allocation_is_survived),
		T(writing_survives_failed_allocations),
	};
	return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
