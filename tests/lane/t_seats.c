/* SPDX-License-Identifier: Apache-2.0 */
/* Seats from where faces stand to each other: estimates, but steady ones. */
#include "views.h"

#define MIDDLE 640.0f
#define EYES   40.0f /* of the front row */

static const struct ex_lane_options lane = { .has_region = true,
	.region = { 0, 0, 2 * MIDDLE, 720 } };
static const struct ex_lane_options open_lane = { .has_region = false };

/* The vehicle's own left is to the right of the picture; a row further back is
 * higher and smaller. side: -1, 0, 1 in the picture. */
static struct drawn
sitting(int row, int side)
{
	return (struct drawn){
		.x = MIDDLE + (float)side * EYES * (4.5f - 0.4f * (float)row),
		.y = 500 - 3.2f * EYES * (float)row,
		.size = EYES * (1 - 0.12f * (float)row),
		.quality = 80,
	};
}

static void
expect(const struct drawn faces[], size_t n, const struct ex_lane_options *o,
    const enum ex_seat expected[])
{
	struct tracks *t = tracks_new();
	enum ex_seat seats[MAX_TRACKS];

	assert_int_equal(view_join(t, 0, 0, faces, n), EX_OK);
	assert_int_equal(t->n, n);
	ex_lane_assign_seats(t, o, seats);
	for (size_t i = 0; i < n; i++)
		assert_string_equal(
		    ex_seat_word(seats[i]), ex_seat_word(expected[i]));
	tracks_free(&t);
}

static void
a_full_vehicle_fills_every_seat(void **state)
{
	(void)state;
	const struct drawn faces[] = { sitting(0, 1), sitting(0, 0),
		sitting(0, -1), sitting(1, 1), sitting(1, 0), sitting(1, -1),
		sitting(2, 1), sitting(2, 0), sitting(2, -1) };
	const enum ex_seat seats[] = { EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_MIDDLE,
		EX_SEAT_FRONT_RIGHT, EX_SEAT_REAR_LEFT, EX_SEAT_REAR_CENTRE,
		EX_SEAT_REAR_RIGHT, EX_SEAT_THIRD_LEFT, EX_SEAT_THIRD_CENTRE,
		EX_SEAT_THIRD_RIGHT };

	expect(faces, 9, &lane, seats);
	expect(faces, 9, &open_lane, seats);
}

static void
who_drives_alone_sits_in_front(void **state)
{
	(void)state;
	const enum ex_seat left = EX_SEAT_FRONT_LEFT,
			   right = EX_SEAT_FRONT_RIGHT;
	struct drawn d = sitting(0, 1);

	expect(&d, 1, &lane, &left);
	d = sitting(0, -1);
	expect(&d, 1, &lane, &right);
}

static void
an_empty_row_between_stays_empty(void **state)
{
	(void)state;
	const struct drawn faces[] = { sitting(0, 1), sitting(2, -1) };
	const enum ex_seat seats[] = { EX_SEAT_FRONT_LEFT,
		EX_SEAT_THIRD_RIGHT };

	expect(faces, 2, &lane, seats);
}

/* A head turned away shows a shorter distance between the eyes. */
static void
a_turned_head_stays_in_its_row(void **state)
{
	(void)state;
	struct drawn faces[] = { sitting(0, 1), sitting(0, -1), sitting(1, 1) };
	const enum ex_seat seats[] = { EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_RIGHT,
		EX_SEAT_REAR_LEFT };

	for (size_t i = 0; i < 3; i++) {
		faces[i].size *= 0.75f;
		expect(faces, 3, &lane, seats);
		faces[i].size /= 0.75f;
	}
}

static enum ex_seat
mirrored(enum ex_seat s)
{
	static const enum ex_seat pairs[][2] = {
		{ EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_RIGHT },
		{ EX_SEAT_REAR_LEFT, EX_SEAT_REAR_RIGHT },
		{ EX_SEAT_THIRD_LEFT, EX_SEAT_THIRD_RIGHT },
	};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < 2; k++)
			if (pairs[i][k] == s)
				return pairs[i][1 - k];
	return s;
}

static void
mirrored_pictures_have_mirrored_seats(void **state)
{
	(void)state;
	struct ex_rng rng;

	ex_rng_init(&rng, 5);
	for (int round = 0; round < 200; round++) {
		struct tracks *t = tracks_new(), *u = tracks_new();
		enum ex_seat a[MAX_TRACKS], b[MAX_TRACKS];
		struct drawn d[9];
		size_t n = 1 + ex_rng_below(&rng, 9);

		for (size_t i = 0; i < n; i++) {
			d[i] = sitting((int)i / 3, (int)(i % 3) - 1);
			d[i].x += (float)ex_rng_normal(&rng) * 30;
			d[i].y += (float)ex_rng_normal(&rng) * 20;
		}
		assert_int_equal(view_join(t, 0, 0, d, n), EX_OK);
		for (size_t i = 0; i < n; i++)
			d[i].x = 2 * MIDDLE - d[i].x;
		assert_int_equal(view_join(u, 0, 0, d, n), EX_OK);
		ex_lane_assign_seats(t, &lane, a);
		ex_lane_assign_seats(u, &lane, b);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(a[i], mirrored(b[i]));
			assert_int_not_equal(a[i], EX_SEAT_UNKNOWN);
		}
		tracks_free(&t);
		tracks_free(&u);
	}
}

/* Faces are compared where most are seen together, not where each was last
 * seen. */
static void
who_left_the_picture_early_keeps_the_seat(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	enum ex_seat seats[MAX_TRACKS];
	struct drawn driver = sitting(0, 1), behind = sitting(1, -1);

	for (unsigned i = 0; i < 20; i++) {
		struct drawn both[] = { driver, behind };

		assert_int_equal(
		    view_join(t, 0, i, both, i < 10 ? 2 : 1), EX_OK);
		driver.y += 12;
		behind.y += 12;
	}
	assert_int_equal(t->n, 2);
	ex_lane_assign_seats(t, &lane, seats);
	assert_int_equal(seats[0], EX_SEAT_FRONT_LEFT);
	assert_int_equal(seats[1], EX_SEAT_REAR_RIGHT);
	tracks_free(&t);
}

static void
each_camera_is_judged_alone(void **state)
{
	(void)state;
	struct tracks *t = tracks_new();
	enum ex_seat seats[MAX_TRACKS];
	struct drawn a[] = { sitting(0, 1), sitting(1, -1) };
	struct drawn b[] = { sitting(0, 1), sitting(1, -1) };

	for (size_t i = 0; i < 2; i++)
		b[i].y -= 300; /* this one looks lower */
	assert_int_equal(view_join(t, 0, 0, a, 2), EX_OK);
	assert_int_equal(view_join(t, 1, 0, b, 2), EX_OK);
	ex_lane_assign_seats(t, &lane, seats);
	for (size_t i = 0; i < 4; i += 2) {
		assert_int_equal(seats[i], EX_SEAT_FRONT_LEFT);
		assert_int_equal(seats[i + 1], EX_SEAT_REAR_RIGHT);
	}
	tracks_free(&t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_vehicle_fills_every_seat),
		cmocka_unit_test(who_drives_alone_sits_in_front),
		cmocka_unit_test(an_empty_row_between_stays_empty),
		cmocka_unit_test(a_turned_head_stays_in_its_row),
		cmocka_unit_test(mirrored_pictures_have_mirrored_seats),
		cmocka_unit_test(who_left_the_picture_early_keeps_the_seat),
		cmocka_unit_test(each_camera_is_judged_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
