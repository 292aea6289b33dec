/* SPDX-License-Identifier: Apache-2.0 */
/* What a run is given: travellers, folders, options, a wish to stop. */
#include "sim_test.h"

#include <math.h>

#define HEADER "id,image,sex,age,appearance,yaw_deg\n"

/* A folder of travellers that are links to ours under other ids. */
static const char *
borrow_travellers(const char *dir, unsigned n)
{
	static char text[8192];
	size_t used = (size_t)snprintf(text, sizeof text, HEADER);

	mkdir(dir, 0777);
	for (unsigned i = 0; i < n; i++) {
		char name[32], from[512];

		snprintf(name, sizeof name, "x-%02u", i);
		snprintf(from, sizeof from, "%s/%03u", TRAVELLERS, i + 3);
		assert_int_equal(symlink(from, at(dir, name)), 0);
		used += (size_t)snprintf(text + used, sizeof text - used,
		    "%s,passport.jpg,female,%u,tall; dark,0\n"
		    "%s,lane_0.png,female,%u,tall; dark,-3.5\n"
		    "%s,lane_2.png,female,%u,tall; dark,20\n",
		    name, 20 + i, name, 20 + i, name, 20 + i);
	}
	put(at(dir, "index.csv"), text);
	return dir;
}

static void
other_travellers_of_the_same_form_make_a_scene(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 4);
	struct ex_sim_summary summary;
	struct ex_truth *truth;

	o.travellers = borrow_travellers(at(*state, "who"), 12);
	assert_int_equal(ex_sim_run(&o, &summary, NULL), EX_OK);
	assert_int_equal(summary.occupants, 11);
	assert_int_equal(ex_truth_read(o.out, &truth, NULL), EX_OK);
	for (size_t i = 0; i < truth->n_vehicles; i++)
		for (size_t k = 0; k < truth->vehicles[i].n_occupants; k++)
			assert_memory_equal(
			    truth->vehicles[i].occupants[k].traveller, "x-", 2);
	ex_truth_free(&truth);
}

static void
one_traveller_suffices_for_one_vehicle(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 1);
	struct ex_sim_summary summary;

	o.occupants = 1;
	o.travellers = borrow_travellers(at(*state, "who"), 1);
	assert_int_equal(ex_sim_run(&o, &summary, NULL), EX_OK);
	assert_int_equal(summary.occupants, 1);
	assert_int_equal(summary.specials[EX_SIM_LOOKALIKE_PAIR], 0);
}

/* ---- bad travellers
 * ----------------------------------------------------------- */

static void
travellers_that_are_not_there_are_named(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 2);
	struct ex_error err;

	o.travellers = at(*state, "nobody");
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_NOT_FOUND);
	assert_non_null(strstr(err.what, "nobody/index.csv"));
	assert_false(exists(*state, "out"));
}

static void
malformed_index_is_refused_with_line_and_column(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "empty" },
		{ "id,image,sex,age,appearance\n", "line 1, column 'yaw_deg'" },
		{ HEADER, "no traveller" },
		{ HEADER "a,passport.jpg,male,20,x\n", "line 2: 5 columns" },
		{ HEADER "a,passport.jpg,male,old,x,0\n",
		    "line 2, column 'age': not a number" },
		{ HEADER "a,passport.jpg,male,200,x,0\n",
		    "line 2, column 'age': out of range" },
		{ HEADER "a,passport.jpg,male,20,x,0\n"
			 "a,lane_0.png,male,20,x,0x10\n",
		    "line 3, column 'yaw_deg'" },
		{ HEADER "../a,passport.jpg,male,20,x,0\n",
		    "line 2, column 'id'" },
		{ HEADER "a,../x.png,male,20,x,0\n", "line 2, column 'image'" },
		{ HEADER "a,passport.jpg,male,20,\"x\",0\n",
		    "line 2: a quote" },
		{ HEADER "a,lane_0.png,male,20,x,0\na,lane_0.png,male,20,x,0\n",
		    "line 3, column 'image': given twice" },
		{ HEADER "a,lane_0.png,male,20,x,0\n", "has no passport.jpg" },
		{ HEADER "a,passport.jpg,male,20,x,0\n", "has no pose" },
	};
	struct ex_sim_options o = small_options(at(*state, "out"), 2);
	char dir[256];

	snprintf(dir, sizeof dir, "%s", (const char *)*state);
	o.travellers = dir;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ex_error err = { 0 };

		put(at(dir, "index.csv"), cases[i].text);
		assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_FORMAT);
		if (!strstr(err.why, cases[i].why))
			print_error("%zu: %s\n", i, err.why);
		assert_non_null(strstr(err.why, cases[i].why));
		assert_non_null(strstr(err.what, "index.csv"));
	}
}

static void
lookalikes_of_unknown_ids_are_refused(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 2);
	struct ex_error err;

	o.lookalikes = at(*state, "pairs.csv");
	put(o.lookalikes, "a,b\n001,002\n001,999\n");
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_FORMAT);
	assert_non_null(strstr(err.why, "line 3, column 'b'"));
	put(o.lookalikes, "a,b\n001,001\n");
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_FORMAT);
}

static void
broken_picture_is_named_and_leaves_no_scene(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 1);
	struct ex_error err;

	o.occupants = 1;
	o.travellers = at(*state, "who");
	mkdir(o.travellers, 0777);
	mkdir(at(o.travellers, "a"), 0777);
	put(at(o.travellers, "index.csv"),
	    HEADER "a,passport.jpg,male,20,x,0\na,lane_0.png,male,20,x,0\n");
	put(at(o.travellers, "a/passport.jpg"), "text");
	put(at(o.travellers, "a/lane_0.png"), "text");
	assert_true(ex_sim_run(&o, NULL, &err) < 0);
	assert_non_null(strstr(err.what, "a/lane_0.png"));
	assert_false(exists(o.out, "scene.json"));
	assert_false(exists(o.out, "truth.json"));
}

/* ---- the out folder
 * ----------------------------------------------------------- */

static void
folder_with_other_things_is_left_alone(void **state)
{
	struct ex_sim_options o = small_options(*state, 1);
	struct ex_error err;

	put(at(*state, "scene.json"), "{}");
	mkdir(at(*state, "v0001"), 0777);
	put(at(*state, "v0001/0001.jpg"), "dear");
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_ENVIRONMENT);
	assert_true(exists(*state, "scene.json"));
	assert_true(exists(*state, "v0001/0001.jpg"));
}

static void
second_run_replaces_the_first(void **state)
{
	struct ex_sim_options o = small_options(*state, 3);
	struct ex_scene *scene;

	assert_int_equal(ex_sim_run(&o, NULL, NULL), EX_OK);
	put(at(*state, "note.txt"), "mine");
	o.vehicles = 1;
	assert_int_equal(ex_sim_run(&o, NULL, NULL), EX_OK);
	assert_int_equal(ex_scene_read(*state, &scene, NULL), EX_OK);
	assert_int_equal(scene->n_vehicles, 1);
	assert_false(exists(*state, "v0002"));
	assert_true(exists(*state, "note.txt"));
	ex_scene_free(&scene);
}

static void
out_under_a_file_is_an_environment_error(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "file/out"), 1);
	struct ex_error err;

	put(at(*state, "file"), "");
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_ENVIRONMENT);
	assert_non_null(strstr(err.what, "file"));
}

/* ---- options, cancel, memory
 * --------------------------------------------------- */

static void
options_out_of_range_are_named(void **state)
{
	struct ex_sim_options o = small_options(*state, 1);
	struct ex_error err;

	o.fps = NAN;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_USAGE);
	assert_string_equal(err.what, "fps");
	o = small_options(*state, 0);
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_USAGE);
	assert_string_equal(err.what, "vehicles");
	o = small_options(*state, 2);
	o.occupants = 15;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_USAGE);
	assert_string_equal(err.what, "occupants");
	o.occupants = 1;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_USAGE);
	o = small_options(*state, 1);
	o.travellers = NULL;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_USAGE);
}

static volatile sig_atomic_t stop;

static void
stop_soon(void *arg, size_t done, size_t all)
{
	assert_true(done <= all);
	++*(int *)arg;
	stop = 1;
}

static void
cancel_leaves_no_scene_and_a_folder_to_run_in_again(void **state)
{
	struct ex_sim_options o = small_options(*state, 3);
	struct ex_error err;
	int calls = 0;

	stop = 0;
	o.cancel = &stop;
	o.progress = stop_soon;
	o.progress_arg = &calls;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_ERR_INTERRUPTED);
	assert_int_equal(calls, 1);
	assert_false(exists(*state, "scene.json"));
	assert_false(exists(*state, "truth.json"));
	o.cancel = NULL;
	assert_int_equal(ex_sim_run(&o, NULL, &err), EX_OK);
	assert_int_equal(calls, 4);
	assert_true(exists(*state, "scene.json"));
}

static void
every_failed_allocation_is_reported(void **state)
{
	struct ex_sim_options o = small_options(at(*state, "out"), 1);
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_error err;
	long n;

	o.occupants = 1;
	o.speed = 4;
	o.travellers = borrow_travellers(at(*state, "who"), 4);
	/* One by one through the set-up, in steps through the frames. */
	for (n = 0; status != EX_OK; n += n < 60 ? 1 : n / 20) {
		assert_in_range(n, 0, 100000);
		ex_calloc_fail_after(n);
		status = ex_sim_run(&o, NULL, &err);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		assert_false(exists(o.out, "scene.json"));
	}
	assert_true(n > 50);
	assert_true(exists(o.out, "scene.json"));
}

int
main(void)
{
#define SCENE(t)                                                               \
	cmocka_unit_test_setup_teardown(t, folder_setup, folder_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(other_travellers_of_the_same_form_make_a_scene),
		SCENE(one_traveller_suffices_for_one_vehicle),
		SCENE(travellers_that_are_not_there_are_named),
		SCENE(malformed_index_is_refused_with_line_and_column),
		SCENE(lookalikes_of_unknown_ids_are_refused),
		SCENE(broken_picture_is_named_and_leaves_no_scene),
		SCENE(folder_with_other_things_is_left_alone),
		SCENE(second_run_replaces_the_first),
		SCENE(out_under_a_file_is_an_environment_error),
		SCENE(options_out_of_range_are_named),
		SCENE(cancel_leaves_no_scene_and_a_folder_to_run_in_again),
		SCENE(every_failed_allocation_is_reported),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
