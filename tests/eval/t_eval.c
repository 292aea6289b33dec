/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <jansson.h>
#include <math.h>

#define assert_near(a, b, tolerance) assert_true(fabs((a) - (b)) <= (tolerance))

static void
faultless_lane_has_all_and_meets_its_targets(void **state)
{
	(void)state;
	truth_add(3);
	truth_add(1);
	cross(0);
	cross(1);
	struct ex_eval *e = tally_of(2);
	const struct ex_eval_miss *misses;

	assert_rate(e, EX_EVAL_FOUND, 4, 4);
	assert_rate(e, EX_EVAL_GOOD_ENOUGH, 4, 4);
	assert_rate(e, EX_EVAL_CONFIRMED, 4, 4);
	assert_rate(e, EX_EVAL_RIGHTLY, 4, 4);
	assert_rate(e, EX_EVAL_ELIGIBLE, 4, 4);
	assert_rate(e, EX_EVAL_WRONG, 0, 4);
	assert_rate(e, EX_EVAL_WRONG_SEEN, 0, 4);
	assert_rate(e, EX_EVAL_COUNT, 2, 2);
	assert_rate(e, EX_EVAL_SEAT, 4, 4);
	assert_rate(e, EX_EVAL_PHANTOM, 0, 4);
	assert_rate(e, EX_EVAL_MISSING, 0, 2);
	assert_int_equal(ex_eval_misses_get(e, &misses), 0);
	assert_true(ex_eval_met(e));
	ex_eval_free(&e);
	assert_null(e);
}

static void
look_alikes_confirmed_crosswise_count_as_two_wrong(void **state)
{
	(void)state;
	truth_add(3);
	swap_documents(cross(0), 0, 1);
	struct ex_eval *e = tally_of(1);
	const struct ex_eval_miss *misses;

	assert_rate(e, EX_EVAL_CONFIRMED, 3, 3);
	assert_rate(e, EX_EVAL_RIGHTLY, 1, 3);
	assert_rate(e, EX_EVAL_ELIGIBLE, 1, 3);
	assert_rate(e, EX_EVAL_WRONG, 2, 3);
	assert_rate(e, EX_EVAL_WRONG_SEEN, 2, 3);
	assert_int_equal(ex_eval_misses_get(e, &misses), 2);
	assert_int_equal(misses[0].fault, EX_EVAL_FAULT_WRONG);
	assert_int_equal(misses[0].seat, EX_SEAT_FRONT_LEFT);
	assert_string_equal(misses[1].vehicle, "v0001");
	assert_string_equal(misses[1].scene, "demo");
	assert_false(ex_eval_met(e));
	ex_eval_free(&e);
}

static void
any_confirmation_without_an_own_document_is_wrong(void **state)
{
	(void)state;
	truth_add(2)->occupants[1].document = NULL;
	cross(0);
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_CONFIRMED, 1, 1);
	assert_rate(e, EX_EVAL_WRONG, 1, 2);
	assert_rate(e, EX_EVAL_ELIGIBLE, 1, 1);
	ex_eval_free(&e);
}

static void
document_outside_the_list_is_a_wrong_confirmation(void **state)
{
	(void)state;
	truth_add(2);
	cross(0)->occupants[0].document = 77;
	crossings[0].occupants[1].document = -1;
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_WRONG, 2, 2);
	ex_eval_free(&e);
}

static void
phantom_is_nobody_and_wrong_when_confirmed(void **state)
{
	(void)state;
	truth_add(2);
	struct ex_crossing *c = cross(0);
	const struct ex_eval_miss *misses;

	c->occupants[1].best_box.x = 700; /* nobody sits there */
	c->occupants[2] = c->occupants[1];
	to_officer(c, 2, EX_CAUSE_NO_DOCUMENT);
	c->n_occupants = 3;
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_FOUND, 1, 2);
	assert_rate(e, EX_EVAL_PHANTOM, 2, 3);
	assert_rate(e, EX_EVAL_WRONG, 1, 2);
	assert_rate(e, EX_EVAL_WRONG_SEEN, 1, 3);
	assert_rate(e, EX_EVAL_COUNT, 0, 1);
	assert_int_equal(ex_eval_cause_get(e, EX_EVAL_NONE_FOUND, NULL), 1);
	assert_int_equal(ex_eval_misses_get(e, &misses), 3);
	assert_int_equal(misses[0].fault, EX_EVAL_FAULT_MISSED);
	assert_int_equal(misses[0].cause, EX_EVAL_NONE_FOUND);
	assert_int_equal(misses[1].fault, EX_EVAL_FAULT_WRONG);
	assert_int_equal(misses[2].fault, EX_EVAL_FAULT_PHANTOM);
	ex_eval_free(&e);
}

static void
somebody_seen_twice_is_found_once(void **state)
{
	(void)state;
	truth_add(1);
	struct ex_crossing *c = cross(0);

	c->occupants[1] = c->occupants[0];
	c->occupants[1].best_box.x += 8;
	to_officer(c, 1, EX_CAUSE_BLUR);
	c->n_occupants = 2;
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_FOUND, 1, 1);
	assert_rate(e, EX_EVAL_RIGHTLY, 1, 1); /* the better box is theirs */
	assert_rate(e, EX_EVAL_PHANTOM, 1, 2);
	assert_rate(e, EX_EVAL_COUNT, 0, 1);
	ex_eval_free(&e);
}

/* A prefers the place that B can only have: greedy would lose one. */
static void
pairing_finds_most_people_before_best_boxes(void **state)
{
	(void)state;
	truth_add(2);
	struct ex_crossing *c = cross(0);

	frames_of[1][2].box = (struct ex_box){ 25, 50, 40, 40 };
	c->occupants[0].best_box = (struct ex_box){ 18, 50, 40, 40 };
	c->occupants[1].best_box = (struct ex_box){ 40, 50, 40, 40 };
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_FOUND, 2, 2);
	assert_rate(e, EX_EVAL_WRONG, 0, 2);
	ex_eval_free(&e);
}

static void
pairing_is_by_the_frame_of_the_best_shot(void **state)
{
	(void)state;
	truth_add(1);
	struct ex_crossing *c = cross(0);

	snprintf(c->occupants[0].best_frame, EX_MAX_NAME, "v0001/0007.jpg");
	struct ex_eval *e = tally_of(1);
	assert_rate(e, EX_EVAL_FOUND, 0, 1);
	ex_eval_free(&e);

	c->occupants[0].best_frame[0] = '\0';
	e = tally_of(1);
	assert_rate(e, EX_EVAL_FOUND, 0, 1);
	ex_eval_free(&e);

	snprintf(c->occupants[0].best_frame, EX_MAX_NAME, "a.b/c/0006");
	e = tally_of(1);
	assert_rate(e, EX_EVAL_FOUND, 1, 1);
	ex_eval_free(&e);
}

static void
small_box_inside_a_large_one_is_the_same_person(void **state)
{
	(void)state;
	truth_add(1);
	cross(0)->occupants[0].best_box = (struct ex_box){ 15, 65, 10, 10 };
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_FOUND, 1, 1);
	ex_eval_free(&e);
}

static void
vehicle_without_a_crossing_is_missing_and_none_found(void **state)
{
	(void)state;
	truth_add(1);
	truth_add(3);
	cross(0);
	struct ex_eval *e = tally_of(1);
	const struct ex_eval_miss *misses;
	size_t eligible;

	assert_rate(e, EX_EVAL_MISSING, 1, 2);
	assert_rate(e, EX_EVAL_COUNT, 1, 2);
	assert_rate(e, EX_EVAL_FOUND, 1, 4);
	assert_rate(e, EX_EVAL_ELIGIBLE, 1, 4);
	assert_rate(e, EX_EVAL_SEAT, 1, 1);
	assert_int_equal(
	    ex_eval_cause_get(e, EX_EVAL_NONE_FOUND, &eligible), 3);
	assert_int_equal(eligible, 3);
	assert_int_equal(ex_eval_misses_get(e, &misses), 1);
	assert_int_equal(misses[0].fault, EX_EVAL_FAULT_VEHICLE);
	assert_string_equal(misses[0].vehicle, "v0002");
	ex_eval_free(&e);
}

static void
opted_out_vehicles_are_in_no_rate(void **state)
{
	(void)state;
	truth_add(2);
	truth_add(1);
	truth_add(2);
	cross(0)->n_occupants = 0;
	cross(1);
	cross(2); /* people of a vehicle that the scene says opted out */
	crossings[0].opted_out = true;
	scene_vehicles[2].opted_out = true;
	struct ex_eval *e = tally_of(3);
	struct ex_eval_counts c = ex_eval_counts_get(e);

	assert_int_equal(c.opted_out, 2);
	assert_int_equal(c.broken_opt_out, 1);
	assert_int_equal(c.vehicles, 1);
	assert_int_equal(c.occupants, 1);
	assert_int_equal(c.seen, 1);
	assert_rate(e, EX_EVAL_FOUND, 1, 1);
	assert_rate(e, EX_EVAL_COUNT, 1, 1);
	assert_int_equal(ex_eval_cause_get(e, EX_EVAL_NONE_FOUND, NULL), 0);
	ex_eval_free(&e);
}

static void
opted_out_counts_without_a_scene_too(void **state)
{
	(void)state;
	truth_add(2);
	cross(0)->opted_out = true;
	crossings[0].n_occupants = 0;
	struct ex_eval *e;

	assert_int_equal(ex_eval_new(&e, &err), EX_OK);
	assert_int_equal(
	    ex_eval_scene(&truth, NULL, crossings, 1, e, &err), EX_OK);
	assert_int_equal(ex_eval_counts_get(e).opted_out, 1);
	assert_rate(e, EX_EVAL_FOUND, 0, 0);
	ex_eval_free(&e);
}

static void
eligible_needs_document_and_five_frontal_frames(void **state)
{
	(void)state;
	struct ex_truth_vehicle *v = truth_add(4);

	frames_of[0][0].yaw_deg = -25; /* just facing */
	frames_of[1][0].yaw_deg = 26;  /* five left */
	frames_of[2][0].yaw_deg = 40;
	frames_of[2][1].yaw_deg = -40; /* four left */
	v->occupants[3].document = NULL;
	cross(0);
	for (size_t k = 0; k < 4; k++)
		to_officer(&crossings[0], k, EX_CAUSE_POSE);
	struct ex_eval *e = tally_of(1);
	const struct ex_eval_miss *misses;
	size_t eligible;

	assert_rate(e, EX_EVAL_ELIGIBLE, 0, 2);
	assert_int_equal(ex_eval_cause_get(e, EX_CAUSE_POSE, &eligible), 4);
	assert_int_equal(eligible, 2);
	/* The fourth is the officer's by right: nothing to look at. */
	assert_int_equal(ex_eval_misses_get(e, &misses), 3);
	assert_true(misses[0].eligible && misses[1].eligible);
	assert_false(misses[2].eligible);
	ex_eval_free(&e);
}

static void
seat_and_usable_pictures_are_counted_apart(void **state)
{
	(void)state;
	truth_add(2);
	struct ex_crossing *c = cross(0);

	c->occupants[0].seat = EX_SEAT_REAR_RIGHT;
	to_officer(c, 1, EX_CAUSE_DARK);
	c->occupants[1].frames_used = 0;
	struct ex_eval *e = tally_of(1);

	assert_rate(e, EX_EVAL_SEAT, 1, 2);
	assert_rate(e, EX_EVAL_GOOD_ENOUGH, 1, 2);
	assert_rate(e, EX_EVAL_FOUND, 2, 2);
	ex_eval_free(&e);
}

static void
crossings_beyond_the_truth_are_said_not_judged(void **state)
{
	(void)state;
	truth_add(1);
	truth_add(1);
	cross(0);
	cross(1);
	snprintf(crossings[1].vehicle, EX_MAX_NAME, "nowhere");
	crossings[2] = crossings[0]; /* the same vehicle again */
	crossings[2].occupants[0].best_box.x = 700;
	struct ex_eval *e = tally_of(3);

	assert_int_equal(ex_eval_counts_get(e).extra, 2);
	assert_rate(e, EX_EVAL_MISSING, 1, 2);
	assert_rate(e, EX_EVAL_PHANTOM, 0, 1);
	ex_eval_free(&e);
}

static void
scenes_add_up(void **state)
{
	(void)state;
	truth_add(2);
	cross(0)->printed = 1;
	crossings[0].frames_lost = 3;
	struct ex_eval *e = tally_of(1);

	assert_int_equal(
	    ex_eval_scene(&truth, &scene, crossings, 0, e, &err), EX_OK);
	assert_rate(e, EX_EVAL_FOUND, 2, 4);
	assert_rate(e, EX_EVAL_MISSING, 1, 2);
	assert_int_equal(ex_eval_counts_get(e).scenes, 2);
	assert_int_equal(ex_eval_counts_get(e).printed, 1);
	assert_int_equal(ex_eval_counts_get(e).camera_gaps, 1);
	ex_eval_free(&e);
}

static void
failed_allocation_leaves_the_tally_as_it_was(void **state)
{
	(void)state;
	struct ex_eval *e = NULL;
	const struct ex_eval_miss *misses;
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	truth_add(3);
	truth_add(2);
	swap_documents(cross(0), 0, 1);
	ex_calloc_fail_after(0);
	assert_int_equal(ex_eval_new(&e, &err), EX_ERR_NOMEM);
	assert_null(e);
	ex_calloc_fail_after(-1);
	assert_int_equal(ex_eval_new(&e, &err), EX_OK);
	for (; status != EX_OK; n++) {
		assert_int_equal(ex_eval_counts_get(e).vehicles, 0);
		assert_int_equal(ex_eval_misses_get(e, &misses), 0);
		assert_true(n < 1000);
		ex_calloc_fail_after(n);
		status = ex_eval_scene(&truth, &scene, crossings, 1, e, &err);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	}
	assert_true(n > 8);
	assert_int_equal(ex_eval_misses_get(e, &misses), 3);
	ex_eval_free(&e);
}

/* ---- output ------------------------------------------------------------- */

static double
number(const json_t *object, const char *rate, const char *key)
{
	return json_number_value(json_object_get(
	    json_object_get(json_object_get(object, "rates"), rate), key));
}

static void
json_reads_back_with_hostile_ids(void **state)
{
	(void)state;
	static char id[] = "\"><script>\\\n\xff";

	truth_add(2)->id = id;
	snprintf(cross(0)->vehicle, EX_MAX_NAME, "%s", id);
	to_officer(&crossings[0], 1, EX_CAUSE_GLARE);
	struct ex_eval *e = tally_of(1);
	char *text = ex_eval_json(e);
	json_error_t why;

	assert_non_null(text);
	assert_null(strchr(text, '\n'));
	json_t *j = json_loads(text, JSON_REJECT_DUPLICATES, &why);
	if (!j)
		fail_msg("%s at %d", why.text, why.position);
	assert_near(number(j, "found", "rate"), 1, 0);
	assert_near(number(j, "eligible_confirmed", "low"), 0.0945, 1e-9);
	assert_int_equal(
	    json_object_size(json_object_get(j, "rates")), EX_EVAL_RATE_COUNT);
	json_t *miss = json_array_get(json_object_get(j, "misses"), 0);
	assert_string_equal(json_string_value(json_object_get(miss, "vehicle")),
	    "\"><script>\\\n\xef\xbf\xbd");
	assert_string_equal(
	    json_string_value(json_object_get(miss, "cause")), "glare");
	assert_true(json_is_false(json_object_get(j, "met")));
	json_decref(j);
	free(text);
	ex_eval_free(&e);
}

static void
json_of_nothing_has_null_rates(void **state)
{
	(void)state;
	struct ex_eval *e;

	assert_int_equal(ex_eval_new(&e, &err), EX_OK);
	char *text = ex_eval_json(e);
	json_t *j = json_loads(text, 0, NULL);

	assert_non_null(j);
	assert_true(json_is_null(json_object_get(
	    json_object_get(json_object_get(j, "rates"), "exact_count"),
	    "rate")));
	json_decref(j);
	free(text);
	ex_eval_free(&e);
}

static void
table_shows_rates_and_obeys_no_terminal_codes(void **state)
{
	(void)state;
	static char id[] = "\x1b[2Jv\xc2\x9b";

	truth_add(2)->id = id;
	snprintf(cross(0)->vehicle, EX_MAX_NAME, "%s", id);
	to_officer(&crossings[0], 1, EX_CAUSE_GLARE);
	struct ex_eval *e = tally_of(1);
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	ex_eval_table(e, f);
	assert_int_equal(fclose(f), 0);
	assert_null(strchr(text, '\x1b'));
	assert_null(strchr(text, '\x9b'));
	assert_non_null(strstr(text, "?[2Jv?"));
	assert_non_null(strstr(text, "at least 90 %: NOT MET"));
	assert_non_null(strstr(text, "not one: met"));
	assert_non_null(strstr(text, "    1 of    2   50.0 %"));
	free(text);
	ex_eval_free(&e);
}

#define TEST(name) cmocka_unit_test_setup(name, scene_reset)

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(faultless_lane_has_all_and_meets_its_targets),
		TEST(look_alikes_confirmed_crosswise_count_as_two_wrong),
		TEST(any_confirmation_without_an_own_document_is_wrong),
		TEST(document_outside_the_list_is_a_wrong_confirmation),
		TEST(phantom_is_nobody_and_wrong_when_confirmed),
		TEST(somebody_seen_twice_is_found_once),
		TEST(pairing_finds_most_people_before_best_boxes),
		TEST(pairing_is_by_the_frame_of_the_best_shot),
		TEST(small_box_inside_a_large_one_is_the_same_person),
		TEST(vehicle_without_a_crossing_is_missing_and_none_found),
		TEST(opted_out_vehicles_are_in_no_rate),
		TEST(opted_out_counts_without_a_scene_too),
		TEST(eligible_needs_document_and_five_frontal_frames),
		TEST(seat_and_usable_pictures_are_counted_apart),
		TEST(crossings_beyond_the_truth_are_said_not_judged),
		TEST(scenes_add_up),
		TEST(failed_allocation_leaves_the_tally_as_it_was),
		TEST(json_reads_back_with_hostile_ids),
		TEST(json_of_nothing_has_null_rates),
		TEST(table_shows_rates_and_obeys_no_terminal_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
