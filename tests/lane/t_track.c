/* SPDX-License-Identifier: Apache-2.0 */
/* Which sighting continues which track, and which shots are kept. */
#include "views.h"

static void
a_moving_face_is_one_track(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	/* Faster than its own size each frame, but steadily, and growing. */
	for (unsigned i = 0; i < 12; i++) {
		float s = 30 + 2 * (float)i;

		JOIN(t, 0, i, { 100 + 1.2f * s * (float)i, 200, s, 0, 80, 0 });
	}
	assert_int_equal(t->n, 1);
	assert_int_equal(t->items[0].n_seen, 12);
	for (unsigned i = 0; i < 12; i++)
		assert_int_equal(t->items[0].seen[i].index, i);
	tracks_free(&t);
}

static void
faces_that_cross_keep_their_tracks(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	/* One to the right, one to the left, meeting at frame 10; the nose
	 * tells who is who, which the tracks do not look at. */
	for (unsigned i = 0; i <= 20; i++) {
		float x = 20 * (float)i;

		JOIN(t, 0, i, { 100 + x, 200, 40, 0.2f, 80, 0 },
		    { 500 - x, 205, 40, -0.2f, 80, 0 });
	}
	assert_int_equal(t->n, 2);
	for (size_t k = 0; k < 2; k++) {
		assert_int_equal(t->items[k].n_seen, 21);
		for (unsigned i = 0; i <= 20; i++)
			assert_float_equal(t->items[k].seen[i].nose,
			    t->items[k].seen[0].nose, 0.01f);
	}
	assert_true(
	    t->items[0].seen[0].nose * t->items[1].seen[0].nose < -0.01f);
	tracks_free(&t);
}

static void
a_face_lost_for_a_while_is_taken_up_again(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	for (unsigned i = 0; i < 5; i++)
		JOIN(t, 0, i, { 100 + 10 * (float)i, 200, 40, 0, 80, 0 });
	JOIN(t, 0, 20, { 100 + 10 * 20, 200, 40, 0, 80, 0 });
	assert_int_equal(t->n, 1);
	assert_int_equal(t->items[0].n_seen, 6);
	tracks_free(&t);
}

static void
a_face_lost_for_long_is_a_new_track(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	JOIN(t, 0, 0, { 100, 200, 40, 0, 80, 0 });
	JOIN(t, 0, 21, { 100, 200, 40, 0, 80, 0 });
	assert_int_equal(t->n, 2);
	tracks_free(&t);
}

static void
a_face_elsewhere_starts_a_track(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	JOIN(t, 0, 0, { 100, 200, 40, 0, 80, 0 });
	JOIN(t, 0, 1, { 102, 200, 40, 0, 80, 0 }, { 400, 200, 40, 0, 80, 0 });
	assert_int_equal(t->n, 2);
	assert_int_equal(t->items[0].n_seen, 2);
	assert_int_equal(t->items[1].n_seen, 1);
	assert_int_equal(t->items[1].seen[0].index, 1);
	tracks_free(&t);
}

static void
the_nearer_face_continues_a_track(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	JOIN(t, 0, 0, { 100, 200, 40, 0.1f, 80, 0 });
	/* The farther one is named first. */
	JOIN(t, 0, 1, { 140, 200, 40, -0.1f, 80, 0 },
	    { 104, 200, 40, 0.1f, 80, 0 });
	assert_int_equal(t->n, 2);
	assert_int_equal(t->items[0].n_seen, 2);
	assert_float_equal(t->items[0].seen[1].nose, 0.1f, 0.01f);
	tracks_free(&t);
}

static void
a_jump_in_size_is_another_face(void **state)
{
	(void)state;
	static const float sizes[] = { 62,
		25 }; /* of 40: over 1.5 either way */
	struct tracks *t = tracks_new();

	for (size_t k = 0; k < 2; k++) {
		JOIN(t, 0, 0, { 100, 200, 40, 0, 80, 0 });
		JOIN(t, 0, 1, { 100, 200, sizes[k], 0, 80, 0 });
		assert_int_equal(t->n, 2);
		ex_tracks_clear(t);
	}
	JOIN(t, 0, 0, { 100, 200, 40, 0, 80, 0 });
	JOIN(t, 0, 1, { 100, 200, 58, 0, 80, 0 });
	assert_int_equal(t->n, 1);
	tracks_free(&t);
}

static void
cameras_have_their_own_tracks(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	for (unsigned i = 0; i < 4; i++) {
		JOIN(t, 0, i, { 100, 200, 40, 0, 80, 0 });
		JOIN(t, 1, i, { 100, 200, 40, 0, 80, 0 });
	}
	assert_int_equal(t->n, 2);
	assert_int_equal(t->items[0].camera, 0);
	assert_int_equal(t->items[1].camera, 1);
	assert_int_equal(t->items[1].n_seen, 4);
	tracks_free(&t);
}

static void
more_faces_than_tracks_are_left_out(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	static struct drawn crowd[EX_FACE_MAX];

	for (size_t i = 0; i < EX_FACE_MAX; i++)
		crowd[i] =
		    (struct drawn){ 100 * (float)i, 200, 40, 0, 80, false };
	assert_int_equal(view_join(t, 0, 0, crowd, EX_FACE_MAX), EX_OK);
	assert_int_equal(t->n, MAX_TRACKS);
	assert_false(t->full);
	for (size_t i = 0; i < EX_FACE_MAX; i++)
		crowd[i].y = 2000;
	assert_int_equal(view_join(t, 0, 1, crowd, EX_FACE_MAX), EX_OK);
	assert_int_equal(t->n, MAX_TRACKS);
	assert_true(t->full); /* and the sum will say so */
	ex_tracks_clear(t);
	assert_false(t->full);
	tracks_free(&t);
}

static void
the_middle_of_a_face_turned_is_where_it_was(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();

	JOIN(t, 0, 3, { 100, 200, 40, 0.25f, 80, true });
	assert_float_equal(t->items[0].seen[0].centre.x, 100, 0.01f);
	assert_float_equal(t->items[0].seen[0].centre.y, 200, 0.01f);
	assert_float_equal(t->items[0].seen[0].size, 40, 0.01f);
	assert_float_equal(t->items[0].seen[0].nose, 0.25f, 0.001f);
	assert_float_equal(t->items[0].seen[0].drop, 0.6f, 0.001f);
	assert_true(t->items[0].seen[0].on_paper);
	tracks_free(&t);
}

/* ---- shots ------------------------------------------------------------- */

static void
check_shots(const struct track *t, const int quality[], unsigned n)
{
	for (size_t i = 0; i < t->n_shots; i++) {
		const struct shot *s = &t->shots[i];
		char name[32];

		assert_true(s->index < n);
		assert_int_equal(s->quality.unified, quality[s->index]);
		snprintf(name, sizeof name, "0/%04u.jpg", s->index);
		assert_string_equal(s->name, name);
		assert_non_null(s->chip.pixels);
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(s->index, t->shots[k].index);
	}
}

static void
follow(struct tracks *t, const int quality[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		JOIN(t, 0, i, { 100, 200, 40, 0, quality[i], 0 });
	assert_int_equal(t->n, 1);
	check_shots(&t->items[0], quality, n);
}

static int
worst_kept(const struct track *t)
{
	int worst = 100;

	for (size_t i = 0; i < t->n_shots; i++)
		if (t->shots[i].quality.unified < worst)
			worst = t->shots[i].quality.unified;
	return worst;
}

static unsigned
least_spacing(const struct track *t)
{
	unsigned least = 1000;

	for (size_t i = 0; i < t->n_shots; i++)
		for (size_t k = 0; k < i; k++) {
			unsigned a = t->shots[i].index, b = t->shots[k].index;
			unsigned d = a > b ? a - b : b - a;

			least = d < least ? d : least;
		}
	return least;
}

static void
the_best_shots_are_kept(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	int quality[40];

	/* Eight good ones among poor ones, far from each other. */
	for (int i = 0; i < 40; i++)
		quality[i] = i % 5 == 2 ? 60 + i : 10 + i % 5;
	follow(t, quality, 40);
	assert_int_equal(t->items[0].n_shots, EX_LANE_SHOTS);
	assert_int_equal(worst_kept(&t->items[0]), 62);
	tracks_free(&t);
}

static void
neighbours_do_not_fill_the_places(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	int quality[8];

	for (int i = 0; i < 8; i++)
		quality[i] = 80 - i;
	follow(t, quality, 8);
	assert_true(least_spacing(&t->items[0]) >= 2);
	assert_int_equal(t->items[0].n_shots, 4);
	tracks_free(&t);
}

/* A vehicle that comes closer gets better with every frame. */
static void
a_face_that_gets_better_leaves_several_shots(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	int quality[30];

	for (int i = 0; i < 30; i++)
		quality[i] = 40 + i;
	follow(t, quality, 30);
	assert_int_equal(t->items[0].n_shots, EX_LANE_SHOTS);
	assert_true(least_spacing(&t->items[0]) >= 2);
	assert_true(worst_kept(&t->items[0]) >= 40 + 30 - 2 * EX_LANE_SHOTS);
	tracks_free(&t);
}

static void
a_failed_allocation_costs_nothing_but_the_frame(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	const struct drawn face = { 100, 200, 40, 0, 80, false };

	for (long n = 0;; n++) {
		enum ex_status status;

		ex_calloc_fail_after(n);
		status = view_join(t, 0, (unsigned)n, &face, 1);
		ex_calloc_fail_after(-1);
		if (status == EX_OK)
			break;
		assert_int_equal(status, EX_ERR_NOMEM);
		ex_tracks_clear(t);
		assert_true(n < 10);
	}
	assert_int_equal(t->n, 1);
	tracks_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moving_face_is_one_track),
		cmocka_unit_test(faces_that_cross_keep_their_tracks),
		cmocka_unit_test(a_face_lost_for_a_while_is_taken_up_again),
		cmocka_unit_test(a_face_lost_for_long_is_a_new_track),
		cmocka_unit_test(a_face_elsewhere_starts_a_track),
		cmocka_unit_test(the_nearer_face_continues_a_track),
		cmocka_unit_test(a_jump_in_size_is_another_face),
		cmocka_unit_test(cameras_have_their_own_tracks),
		cmocka_unit_test(more_faces_than_tracks_are_left_out),
		cmocka_unit_test(the_middle_of_a_face_turned_is_where_it_was),
		cmocka_unit_test(the_best_shots_are_kept),
		cmocka_unit_test(neighbours_do_not_fill_the_places),
		cmocka_unit_test(a_face_that_gets_better_leaves_several_shots),
		cmocka_unit_test(
		    a_failed_allocation_costs_nothing_but_the_frame),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
