/* SPDX-License-Identifier: Apache-2.0 */
/* From tracks to people: noise, one person twice, prints, fusing. */
#include "views.h"

/* Frames first..last in which a face stands still. */
static void
stand(struct tracks *t, unsigned camera, unsigned first, unsigned last, float x)
{
	for (unsigned i = first; i <= last; i++)
		JOIN(t, camera, i, { x, 200, 40, 0, 80, 0 });
}

/* Two side by side in the same frames. */
static void
stand_by_two(struct tracks *t, unsigned camera, unsigned first, unsigned last)
{
	for (unsigned i = first; i <= last; i++)
		JOIN(t, camera, i, { 100, 200, 40, 0, 80, 0 },
		    { 400, 200, 40, 0, 80, 0 });
}

/* Frames of the first two cameras. */
#define FRAMES_OF(...) ((const unsigned[EX_LANE_CAMERAS]){ __VA_ARGS__ })

static void
flickers_are_dropped(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 1, 100);
	stand(t, 0, 4, 6, 400);
	assert_int_equal(t->n, 2);
	ex_lane_drop_flickers(t, FRAMES_OF(12, 0));
	assert_int_equal(t->n, 1);
	assert_float_equal(t->items[0].seen[0].centre.x, 400, 0.01f);
	tracks_free(&t);
}

static void
of_few_frames_everybody_stays(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 0, 100);
	ex_lane_drop_flickers(t, FRAMES_OF(3, 0));
	assert_int_equal(t->n, 1);
	ex_lane_drop_flickers(t, FRAMES_OF(4, 0));
	assert_int_equal(t->n, 0);
	tracks_free(&t);
}

static void
one_cameras_frames_are_not_anothers(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 0, 100);
	stand(t, 1, 0, 0, 100);
	ex_lane_drop_flickers(t, FRAMES_OF(2, 40));
	assert_int_equal(t->n, 1);
	assert_int_equal(t->items[0].camera, 0);
	tracks_free(&t);
}

/* ---- one person in two tracks ------------------------------------------ */

static void
one_person_in_two_tracks_is_merged(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 5, 100);
	stand(t, 0, 40, 45, 600);
	assert_int_equal(t->n, 2);
	give_templates(&t->items[0], 3, 0, 0.985f); /* 0.970 alike */
	give_templates(&t->items[1], 3, 1, 0.985f);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->items[0].n_seen, 12);
	assert_int_equal(t->items[0].n_shots, 6);
	for (size_t i = 1; i < 12; i++)
		assert_true(
		    t->items[0].seen[i - 1].index < t->items[0].seen[i].index);
	tracks_free(&t);
}

/* Where one track ends the other begins: less likeness is enough. */
static void
a_broken_track_is_mended_with_less_likeness(void **state)
{
	(void)state;
	static const float x[] = { 600, 110 };

	for (size_t near = 0; near < 2; near++) {
		struct tracks *t = tracks_new();

		stand(t, 0, 0, 5, 100);
		stand(t, 0, 40, 45, x[near]);
		give_templates(&t->items[0], 3, 0, 0.967f); /* 0.935 alike */
		give_templates(&t->items[1], 3, 1, 0.967f);
		assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
		assert_int_equal(t->n, near ? 1 : 2);
		tracks_free(&t);
	}
}

static void
different_people_stay_apart(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 5, 100);
	stand(t, 0, 40, 45, 100);
	give_templates(&t->items[0], 3, 0, 0.95f); /* 0.903 alike */
	give_templates(&t->items[1], 3, 1, 0.95f);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 2);
	tracks_free(&t);
}

static void
twins_in_one_frame_are_two(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand_by_two(t, 0, 0, 5);
	give_templates(&t->items[0], 3, 0, 1);
	give_templates(&t->items[1], 3, 0, 1);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 2);
	tracks_free(&t);
}

static void
a_third_track_of_twins_joins_one(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand_by_two(t, 0, 0, 5);
	stand(t, 0, 40, 45, 250);
	assert_int_equal(t->n, 3);
	for (size_t i = 0; i < 3; i++)
		give_templates(&t->items[i], 3, 0, 1);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 2);
	tracks_free(&t);
}

/* A track that could be either of the twins must not join them through
 * itself, whichever of the three is looked at first. */
static void
nobody_joins_two_of_one_frame(void **state)
{
	(void)state;
	for (unsigned other = 0; other < 2; other++)
		for (unsigned first = 0; first < 2; first++) {
			struct tracks *t = tracks_new();

			if (first)
				stand(t, other, 0, 5, 250);
			stand_by_two(t, 0, 40, 45);
			if (!first)
				stand(t, other, 80, 85, 250);
			assert_int_equal(t->n, 3);
			for (size_t i = 0; i < 3; i++)
				give_templates(&t->items[i], 3, 0, 1);
			assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
			assert_int_equal(t->n, 2);
			tracks_free(&t);
		}
}

static void
one_person_in_two_cameras_is_merged(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 5, 100);
	stand(t, 1, 0, 5, 300);
	give_templates(&t->items[0], 3, 0, 0.99f);
	give_templates(&t->items[1], 3, 1, 0.99f);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 1);
	tracks_free(&t);
}

static void
one_face_found_twice_is_one(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	for (unsigned i = 0; i < 5; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, 80, 0 },
		    { 108, 203, 44, 0, 80, 0 });
	assert_int_equal(t->n, 2);
	give_templates(&t->items[0], 3, 0, 0.9f);
	give_templates(&t->items[1], 3, 1, 0.9f);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 1);
	tracks_free(&t);
}

static void
merging_keeps_the_best_shots(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	int good = 0;

	for (unsigned i = 0; i < 16; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, 50, 0 });
	for (unsigned i = 60; i < 66; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, 90, 0 });
	assert_int_equal(t->items[0].n_shots, EX_LANE_SHOTS);
	assert_int_equal(t->items[1].n_shots, 3);
	for (size_t i = 0; i < 2; i++)
		give_templates(&t->items[i], 3, 0, 1);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->items[0].n_shots, EX_LANE_SHOTS);
	for (size_t i = 0; i < EX_LANE_SHOTS; i++)
		good += t->items[0].shots[i].quality.unified == 90;
	assert_int_equal(good, 3);
	tracks_free(&t);
}

static void
merging_without_memory_says_so(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	stand(t, 0, 0, 5, 100);
	stand(t, 0, 40, 45, 100);
	for (size_t i = 0; i < 2; i++)
		give_templates(&t->items[i], 3, 0, 1);
	ex_calloc_fail_after(0);
	assert_int_equal(ex_lane_merge_same_people(t), EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_int_equal(ex_lane_merge_same_people(t), EX_OK);
	assert_int_equal(t->n, 1);
	tracks_free(&t);
}

/* ---- prints ------------------------------------------------------------ */

struct performance {
	unsigned frames, on_paper; /* of every 10 */
	float turn;                /* of the nose */
	float likeness;            /* of the shots to each other */
	unsigned printed;
};

static unsigned
perform(const struct performance *p)
{
	struct tracks *t = tracks_new();
	struct track *a = &t->items[0];
	unsigned n;

	for (unsigned i = 0; i < p->frames; i++)
		JOIN(t, 0, i,
		    { 100, 200, 40, i % 2 ? p->turn : -p->turn, 80,
			i % 10 < p->on_paper });
	for (size_t i = 0; i < a->n_shots; i++)
		a->shots[i].template =
		    template_of(2, (unsigned)i, sqrtf(p->likeness));
	n = ex_lane_drop_printed(t);
	assert_int_equal(t->n, 1 - n);
	tracks_free(&t);
	return n;
}

static void
only_a_still_unchanging_face_on_paper_is_a_print(void **state)
{
	(void)state;
	static const struct performance all[] = {
		{ 20, 10, 0.01f, 0.99f, 1 }, { 20, 6, 0.01f, 0.99f, 1 },
		{ 20, 4, 0.01f, 0.99f, 0 },  /* rarely on paper */
		{ 20, 10, 0.1f, 0.99f, 0 },  /* turns */
		{ 20, 10, 0.01f, 0.94f, 1 }, /* on cloth */
		{ 20, 8, 0.01f, 0.94f, 0 },  /* changes, and is there paper? */
		{ 20, 10, 0.01f, 0.92f, 0 }, /* changes */
		{ 7, 10, 0.01f, 0.99f, 0 },  /* seen too briefly to say */
	};

	for (size_t i = 0; i < sizeof all / sizeof *all; i++)
		assert_int_equal(perform(&all[i]), all[i].printed);
}

/* ---- occupants --------------------------------------------------------- */

static const struct ex_lane_options usual = { .max_pictures = 4,
	.min_quality = 40 };

static int
quality_of(const struct tracks *t, size_t shot)
{
	return t->items[0].shots[shot].quality.unified;
}

static struct ex_template
along(int axis)
{
	struct ex_template t = { .dim = 128 };

	t.v[axis] = 1;
	return t;
}

static void
only_good_shots_are_fused(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct ex_lane_result r;
	const int quality[] = { 45, 0, 20, 0, 90, 0, 39, 0, 60, 0 };
	struct ex_template best[2], expected;

	for (unsigned i = 0; i < 10; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, quality[i], 0 });
	for (size_t i = 0; i < t->items[0].n_shots; i++)
		t->items[0].shots[i].template = along(quality_of(t, i));
	/* Three are good enough, two may be fused: 90 and 60. */
	ex_lane_make_occupants(t,
	    &(struct ex_lane_options){ .max_pictures = 2, .min_quality = 40 },
	    &r);
	best[0] = along(90);
	best[1] = along(60);
	ex_template_fuse(best, 2, &expected);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.occupants[0].frames_used, 2);
	assert_int_equal(r.occupants[0].frames_seen, 10);
	assert_int_equal(r.occupants[0].quality, 90);
	assert_int_equal(r.occupants[0].capture, EX_CAUSE_NONE);
	assert_string_equal(r.occupants[0].best_frame, "0/0004.jpg");
	assert_non_null(r.occupants[0].picture.pixels);
	assert_true(ex_template_similarity(
			&r.occupants[0].template, &expected) > 0.9999f);
	ex_lane_result_fini(&r);
	tracks_free(&t);
}

/* A second picture of one pose adds less than a poorer one of another. */
static void
what_a_picture_repeats_counts_against_it(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct ex_lane_result r;
	const int quality[] = { 90, 0, 89, 0, 80, 0 };
	struct ex_template best[2], expected;

	for (unsigned i = 0; i < 6; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, quality[i], 0 });
	for (size_t i = 0; i < t->items[0].n_shots; i++)
		t->items[0].shots[i].template =
		    template_of(3, quality_of(t, i) < 85, 0.97f);
	ex_lane_make_occupants(t,
	    &(struct ex_lane_options){ .max_pictures = 2, .min_quality = 40 },
	    &r);
	for (unsigned look = 0; look < 2; look++)
		best[look] = template_of(3, look, 0.97f);
	ex_template_fuse(best, 2, &expected);
	assert_int_equal(r.occupants[0].frames_used, 2);
	assert_true(ex_template_similarity(
			&r.occupants[0].template, &expected) > 0.9999f);
	ex_lane_result_fini(&r);
	tracks_free(&t);
}

static void
without_a_good_shot_the_cause_is_said(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct ex_lane_result r;
	static const struct ex_template nothing;

	for (unsigned i = 0; i < 10; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, 20 + (int)i, 0 });
	ex_lane_make_occupants(t, &usual, &r);
	assert_int_equal(r.n_occupants, 1);
	assert_int_equal(r.occupants[0].frames_used, 0);
	assert_int_equal(r.occupants[0].capture, EX_CAUSE_BLUR);
	assert_memory_equal(&r.occupants[0].template, &nothing, sizeof nothing);
	ex_lane_result_fini(&r);
	tracks_free(&t);
}

static void
occupants_come_by_seat(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct ex_lane_result r;

	/* The vehicle's left is on our right. */
	JOIN(t, 0, 0, { 100, 400, 40, 0, 80, 0 }, { 200, 250, 36, 0, 80, 0 },
	    { 500, 400, 40, 0, 80, 0 });
	ex_lane_make_occupants(t, &usual, &r);
	assert_int_equal(r.n_occupants, 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(r.occupants[i - 1].seat <= r.occupants[i].seat);
	assert_int_equal(r.occupants[0].seat, EX_SEAT_FRONT_LEFT);
	assert_true(r.occupants[0].best_box.x > 400);
	ex_lane_result_fini(&r);
	tracks_free(&t);
}

static void
people_beyond_the_limit_are_counted(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct ex_lane_result r;
	struct drawn crowd[EX_MAX_OCCUPANTS + 3];
	const size_t n = sizeof crowd / sizeof *crowd;

	for (size_t i = 0; i < n; i++)
		crowd[i] =
		    (struct drawn){ 100 * (float)i, 200, 40, 0, 80, false };
	assert_int_equal(view_join(t, 0, 0, crowd, n), EX_OK);
	ex_lane_make_occupants(t, &usual, &r);
	assert_int_equal(r.n_occupants, EX_MAX_OCCUPANTS);
	assert_int_equal(r.overflow, 3);
	ex_lane_result_fini(&r);
	tracks_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flickers_are_dropped),
		cmocka_unit_test(of_few_frames_everybody_stays),
		cmocka_unit_test(one_cameras_frames_are_not_anothers),
		cmocka_unit_test(one_person_in_two_tracks_is_merged),
		cmocka_unit_test(a_broken_track_is_mended_with_less_likeness),
		cmocka_unit_test(different_people_stay_apart),
		cmocka_unit_test(twins_in_one_frame_are_two),
		cmocka_unit_test(a_third_track_of_twins_joins_one),
		cmocka_unit_test(nobody_joins_two_of_one_frame),
		cmocka_unit_test(one_person_in_two_cameras_is_merged),
		cmocka_unit_test(one_face_found_twice_is_one),
		cmocka_unit_test(merging_keeps_the_best_shots),
		cmocka_unit_test(merging_without_memory_says_so),
		cmocka_unit_test(
		    only_a_still_unchanging_face_on_paper_is_a_print),
		cmocka_unit_test(only_good_shots_are_fused),
		cmocka_unit_test(what_a_picture_repeats_counts_against_it),
		cmocka_unit_test(without_a_good_shot_the_cause_is_said),
		cmocka_unit_test(occupants_come_by_seat),
		cmocka_unit_test(people_beyond_the_limit_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
