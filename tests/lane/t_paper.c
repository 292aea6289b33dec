/* SPDX-License-Identifier: Apache-2.0 */
/* Prints are told by their sheet, drawn here with straight or round sides. */
#include "views.h"

#define WIDTH  400
#define HEIGHT 400
#define FACE   100.0f

static const struct ex_box box = { 150, 150, FACE, FACE };

/* What is behind the face: how far inside the shape a point is, in pixels
 * (negative outside), and the shape's grey. */
struct backing {
	float half_width, above, below; /* from the middle of the face */
	float round;                    /* radius of the corners */
	float tilt;                     /* radians */
	float right;                    /* further half width to the right */
	int grey;
	int wall; /* grey of what is beyond */
};

static float
inside(const struct backing *b, float x, float y)
{
	const float c = cosf(b->tilt), s = sinf(b->tilt);
	const float u = x * c + y * s, v = -x * s + y * c;
	const float mid = (b->below - b->above) / 2 - b->round;
	const float dx =
	    fabsf(u) - (b->half_width + (u > 0 ? b->right : 0)) + b->round;
	const float dy = fabsf(v - (b->below + b->above) / 2) - mid;

	/* Distance to a box with rounded corners. */
	return b->round - hypotf(fmaxf(dx, 0), fmaxf(dy, 0)) -
	       fminf(fmaxf(dx, dy), 0);
}

static struct ex_image
draw(const struct backing *b)
{
	struct ex_image im;
	struct ex_rng noise;

	ex_rng_init(&noise, 1);
	assert_int_equal(ex_image_new(WIDTH, HEIGHT, 3, &im), EX_OK);
	for (int y = 0; y < HEIGHT; y++)
		for (int x = 0; x < WIDTH; x++) {
			const float fx = (float)x - (box.x + box.w / 2);
			const float fy = (float)y - (box.y + box.h / 2);
			const float in = inside(b, fx, fy);
			const float share = fminf(1, fmaxf(0, in + 0.5f));
			float grey =
			    (float)b->wall + (float)(b->grey - b->wall) * share;
			uint8_t *p = ex_image_row(&im, y) + x * 3;

			/* The face itself, skin coloured. */
			bool face = hypotf(fx / 45, fy / 60) < 1;

			grey += (float)ex_rng_normal(&noise);
			p[0] = (uint8_t)(face ? 200 : grey);
			p[1] = (uint8_t)(face ? 150 : grey);
			p[2] = (uint8_t)(face ? 120 : grey);
		}
	return im;
}

static bool
is_paper(const struct backing *b)
{
	struct ex_image im = draw(b);
	bool found = ex_lane_on_paper(&im, box);

	ex_image_free(&im);
	return found;
}

static const struct backing sheet = { 80, -95, 110, 0, 0, 0, 225, 60 };

static void
a_face_on_a_sheet_is_on_paper(void **state)
{
	(void)state;
	struct backing dark = sheet;

	assert_true(is_paper(&sheet));
	dark.grey = 50;
	dark.wall = 120;
	assert_true(is_paper(&dark));
}

static void
a_tilted_sheet_is_paper_too(void **state)
{
	(void)state;
	struct backing b = sheet;

	for (int degrees = -3; degrees <= 3; degrees++) {
		b.tilt = (float)(degrees * M_PI / 180);
		assert_true(is_paper(&b));
	}
}

static void
a_face_before_a_wall_is_not(void **state)
{
	(void)state;
	struct backing b = sheet;

	b.grey = b.wall;
	assert_false(is_paper(&b));
}

/* Rounded at the top and gone below the chin, where the shoulders are. */
static void
a_headrest_is_not_paper(void **state)
{
	(void)state;
	const struct backing dark = { 80, -85, 30, 50, 0, 0, 30, 90 };
	const struct backing light = { 80, -85, 30, 50, 0, 0, 190, 90 };

	assert_false(is_paper(&dark));
	assert_false(is_paper(&light));
}

static void
a_round_backing_is_not_paper(void **state)
{
	(void)state;
	const struct backing b = { 100, -100, 100, 100, 0, 0, 220, 60 };

	assert_false(is_paper(&b));
}

/* A door pillar, or a seat's edge. */
static void
one_side_alone_is_not_paper(void **state)
{
	(void)state;
	struct backing b = sheet;

	b.right = 300;
	assert_false(is_paper(&b));
}

/* Bright on the left, dark on the right: a step in what is behind. */
static void
sides_that_disagree_are_not_paper(void **state)
{
	(void)state;
	struct ex_image im = draw(&sheet);

	for (int y = 0; y < HEIGHT; y++)
		memset(ex_image_row(&im, y) + 3 * 280, 255, 3 * (WIDTH - 280));
	assert_false(ex_lane_on_paper(&im, box));
	ex_image_free(&im);
}

static void
any_box_is_looked_at_within_the_picture(void **state)
{
	(void)state;
	static const struct ex_box boxes[] = { { -50, -50, 100, 100 },
		{ 350, 350, 100, 100 }, { -500, 100, 100, 100 },
		{ 100, 900, 100, 100 }, { 0, 0, 400, 400 }, { 10, 10, 1, 1 },
		{ -300, -300, 1000, 1000 } };
	const struct backing plain = { 80, -95, 110, 0, 0, 0, 60, 60 };
	struct ex_image im = draw(&plain), small;

	for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
		assert_false(ex_lane_on_paper(&im, boxes[i]));
	ex_image_free(&im);
	assert_int_equal(ex_image_new(3, 3, 3, &small), EX_OK);
	assert_false(ex_lane_on_paper(&small, (struct ex_box){ 0, 0, 3, 3 }));
	ex_image_free(&small);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_face_on_a_sheet_is_on_paper),
		cmocka_unit_test(a_tilted_sheet_is_paper_too),
		cmocka_unit_test(a_face_before_a_wall_is_not),
		cmocka_unit_test(a_headrest_is_not_paper),
		cmocka_unit_test(a_round_backing_is_not_paper),
		cmocka_unit_test(one_side_alone_is_not_paper),
		cmocka_unit_test(sides_that_disagree_are_not_paper),
		cmocka_unit_test(any_box_is_looked_at_within_the_picture),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
