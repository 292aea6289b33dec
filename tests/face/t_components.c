/* SPDX-License-Identifier: Apache-2.0 */
/* Each native measure against what pencil and paper give, on drawn pictures;
 * and no input that leaves 0..100. */
#include "sanitized.h"
#include "test.h"

#include "exeunt/face.h"

#include <math.h>
#include <time.h>

#define NEAR(a, b, by) assert_float_equal((double)(a), (double)(b), (by))

static void
new_image(int width, int height, uint8_t grey, struct ex_image *out)
{
	assert_int_equal(ex_image_new(width, height, 3, out), EX_OK);
	memset(out->pixels, grey, out->stride_bytes * (size_t)height);
}

static void
fill(struct ex_image *im, int x, int y, int width, int height,
    const uint8_t rgb[static 3])
{
	for (int v = y; v < y + height; v++)
		for (int u = x; u < x + width; u++)
			memcpy(ex_image_row(im, v) + u * 3, rgb, 3);
}

/* Eyes 80 px apart around 200, 200 and a level head; `turn` moves the nose by
 * so much of that distance towards the subject's left. */
static struct ex_face
face_at(float x, float y, float turn)
{
	return (struct ex_face){
		.box = { x - 70, y - 30, 140, 140 },
		.score = 1,
		.landmark = {
			{ x + 55, y - 0.72f }, { x + 25, y + 0.72f },
			{ x - 55, y - 0.72f }, { x - 25, y + 0.72f },
			{ x + 80 * turn, y + 0.756f * 80 },
		},
	};
}

static struct ex_image chip;

static int
make_chip(void **state)
{
	(void)state;
	return ex_image_new(EX_FACE_CHIP, EX_FACE_CHIP, 3, &chip) == EX_OK ? 0
									   : -1;
}

static int
free_chip(void **state)
{
	(void)state;
	ex_image_free(&chip);
	return 0;
}

/* The chip as it stands, of a face in a plain picture. */
static void
place(float turn, struct ex_face_components *q)
{
	const struct ex_face face = face_at(200, 200, turn);
	struct ex_image im;

	new_image(400, 500, 128, &im);
	ex_face_components(&im, &face, 1, 0, &chip, q);
	ex_image_free(&im);
}

static void
judge_chip(struct ex_face_components *q)
{
	place(0, q);
}

/* ---- light -------------------------------------------------------------- */

static void
grey_has_its_luminance_and_nothing_else(void **state)
{
	struct ex_face_components q;

	(void)state;
	memset(chip.pixels, 128, chip.stride_bytes * EX_FACE_CHIP);
	judge_chip(&q);
	/* ((128 / 255 + 0.055) / 1.055)^2.4 = 0.2159: level 55 of 255 */
	NEAR(q.native[EX_FACE_LUMINANCE_MEAN], 55 / 255., 1e-5);
	assert_int_equal(q.score[EX_FACE_LUMINANCE_MEAN], 58);
	NEAR(q.native[EX_FACE_LUMINANCE_VARIANCE], 0, 1e-6);
	assert_int_equal(q.score[EX_FACE_LUMINANCE_VARIANCE], 0);
	NEAR(q.native[EX_FACE_DYNAMIC_RANGE], 0, 1e-6);
	NEAR(q.native[EX_FACE_UNDER_EXPOSURE], 0, 0);
	assert_int_equal(q.score[EX_FACE_UNDER_EXPOSURE], 100);
	NEAR(q.native[EX_FACE_OVER_EXPOSURE], 0, 0);
	assert_int_equal(q.score[EX_FACE_OVER_EXPOSURE], 100);
	NEAR(q.native[EX_FACE_ILLUMINATION_UNIFORMITY], 1, 1e-6);
	assert_int_equal(q.score[EX_FACE_ILLUMINATION_UNIFORMITY], 100);
	/* a = b = 0, where 5 is the least of skin: 5 times the root of 2 */
	NEAR(q.native[EX_FACE_NATURAL_COLOUR], 7.0711, 0.02);
	assert_int_equal(q.score[EX_FACE_NATURAL_COLOUR], 66);
}

/* Black above the eyes, white below them. */
static void
black_and_white_are_counted(void **state)
{
	/* 0.45 by 1.8 above; half an ellipse of 0.9 and 1.7 below */
	const double above = 0.45 * 1.8, below = M_PI / 2 * 0.9 * 1.7;
	const double p = above / (above + below);
	struct ex_face_components q;

	(void)state;
	memset(chip.pixels, 255, chip.stride_bytes * EX_FACE_CHIP);
	memset(chip.pixels, 0, chip.stride_bytes * 47);
	judge_chip(&q);
	NEAR(q.native[EX_FACE_UNDER_EXPOSURE], p, 0.01);
	NEAR(q.native[EX_FACE_OVER_EXPOSURE], 1 - p, 0.01);
	assert_int_equal(q.score[EX_FACE_OVER_EXPOSURE], 1);
	NEAR(q.native[EX_FACE_LUMINANCE_MEAN], 1 - p, 0.01);
	NEAR(q.native[EX_FACE_LUMINANCE_VARIANCE], p * (1 - p), 0.01);
	NEAR(q.native[EX_FACE_DYNAMIC_RANGE],
	    -p * log2(p) - (1 - p) * log2(1 - p), 0.02);
}

/* The first and last levels that count as black and as white. */
static void
exposure_has_the_standards_ends(void **state)
{
	static const struct {
		uint8_t coded;
		int level; /* of linear light */
		enum ex_face_component c;
		float share;
	} ends[] = {
		{ 88, 25, EX_FACE_UNDER_EXPOSURE, 1 },
		{ 90, 26, EX_FACE_UNDER_EXPOSURE, 0 },
		{ 251, 246, EX_FACE_OVER_EXPOSURE, 0 },
		{ 252, 248, EX_FACE_OVER_EXPOSURE, 1 },
	};
	struct ex_face_components q;

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		memset(chip.pixels, ends[i].coded,
		    chip.stride_bytes * EX_FACE_CHIP);
		judge_chip(&q);
		NEAR(q.native[EX_FACE_LUMINANCE_MEAN], ends[i].level / 255.,
		    1e-4);
		NEAR(q.native[ends[i].c], ends[i].share, 1e-5);
	}
}

/* Cheeks of 15 x 15 pixels: 0.3 of 52.6, outwards of the eyes at 47.7 and
 * 100.3, from 47.1 + 0.575 x 52.6 down. */
static void
cheeks_share_what_is_alike(void **state)
{
	static const uint8_t skin[] = { 200, 150, 120 },
			     dark[] = { 90, 60, 50 };
	struct ex_face_components q;

	(void)state;
	memset(chip.pixels, 0, chip.stride_bytes * EX_FACE_CHIP);
	fill(&chip, 32, 77, 15, 15, skin);
	fill(&chip, 100, 77, 15, 15, skin);
	judge_chip(&q);
	NEAR(q.native[EX_FACE_ILLUMINATION_UNIFORMITY], 1, 1e-6);
	/* CIELAB 16.5, 23.5: within 5..25 and 5..35 */
	NEAR(q.native[EX_FACE_NATURAL_COLOUR], 0, 0);
	assert_int_equal(q.score[EX_FACE_NATURAL_COLOUR], 100);
	fill(&chip, 100, 77, 15, 5, dark);
	judge_chip(&q);
	NEAR(q.native[EX_FACE_ILLUMINATION_UNIFORMITY], 2 / 3., 1e-5);
	/* 100 times (2 / 3)^0.3 */
	assert_int_equal(q.score[EX_FACE_ILLUMINATION_UNIFORMITY], 89);
	fill(&chip, 100, 77, 15, 15, dark);
	judge_chip(&q);
	assert_int_equal(q.score[EX_FACE_ILLUMINATION_UNIFORMITY], 0);
}

static void
colour_is_that_of_cielab(void **state)
{
	static const struct {
		uint8_t rgb[3];
		double distance;
	} colours[] = {
		/* a -1.1: green */
		{ { 120, 150, 200 }, 100 },
		/* a 49.99, b 56.77: 24.99 and 21.77 over */
		{ { 255, 120, 60 }, 33.14 },
	};
	struct ex_face_components q;

	(void)state;
	for (size_t i = 0; i < sizeof colours / sizeof *colours; i++) {
		fill(&chip, 0, 0, EX_FACE_CHIP, EX_FACE_CHIP, colours[i].rgb);
		judge_chip(&q);
		NEAR(q.native[EX_FACE_NATURAL_COLOUR], colours[i].distance,
		    0.05);
	}
}

/* ---- geometry ----------------------------------------------------------- */

static void
a_level_head_has_the_drawn_places(void **state)
{
	struct ex_face_components q;

	(void)state;
	place(0, &q);
	NEAR(q.native[EX_FACE_INTER_EYE_DISTANCE], 80, 1e-3);
	assert_int_equal(q.score[EX_FACE_INTER_EYE_DISTANCE], 62);
	/* chin at 1.8 x 80 = 144 below the eyes */
	NEAR(q.native[EX_FACE_HEAD_SIZE], 144 / 500., 1e-5);
	assert_int_equal(q.score[EX_FACE_HEAD_SIZE], 8);
	NEAR(q.native[EX_FACE_LEFTWARD_CROP], 160 / 80., 1e-5);
	NEAR(q.native[EX_FACE_RIGHTWARD_CROP], 160 / 80., 1e-5);
	NEAR(q.native[EX_FACE_MARGIN_ABOVE], 200 / 144., 1e-5);
	assert_int_equal(q.score[EX_FACE_MARGIN_ABOVE], 47);
	NEAR(q.native[EX_FACE_MARGIN_BELOW], 300 / 144., 1e-5);
	assert_int_equal(q.score[EX_FACE_MARGIN_BELOW], 94);
	NEAR(q.native[EX_FACE_YAW], 0, 1e-3);
	NEAR(q.native[EX_FACE_PITCH], 0, 0.05);
	NEAR(q.native[EX_FACE_ROLL], 0, 1e-3);
	assert_int_equal(q.score[EX_FACE_ROLL], 100);
}

static void
a_turn_is_taken_out_of_the_eye_distance(void **state)
{
	struct ex_face_components q;

	(void)state;
	/* 0.45 times the tangent of 30 degrees */
	place(0.25981f, &q);
	NEAR(q.native[EX_FACE_YAW], 30, 0.01);
	assert_int_equal(q.score[EX_FACE_YAW], 75);
	NEAR(q.native[EX_FACE_INTER_EYE_DISTANCE], 80 / cos(M_PI / 6), 0.01);
	assert_int_equal(q.score[EX_FACE_INTER_EYE_DISTANCE], 75);
	place(3, &q); /* never more than doubled */
	NEAR(q.native[EX_FACE_INTER_EYE_DISTANCE], 160, 0.01);
	place(-0.25981f, &q);
	NEAR(q.native[EX_FACE_YAW], -30, 0.01);
}

/* Where a head of the mean's proportions has eyes and nose after a bow: the
 * nose's base stands out by 0.45 of the eyes' distance, the outer corners lie
 * back by 0.17 of it. */
static struct ex_face
bowed(double degrees)
{
	const double a = degrees * M_PI / 180;
	struct ex_face f = face_at(200, 200, 0);

	f.landmark[4].y = (float)(200 + 80 * (0.756 * cos(a) + 0.45 * sin(a)));
	for (int i = 0; i < 4; i++) {
		const double back = i % 2 == 0 ? 0.085 : -0.085;
		const double down = i % 2 == 0 ? -0.009 : 0.009;

		f.landmark[i].y =
		    (float)(200 + 80 * (down * cos(a) - back * sin(a)));
	}
	return f;
}

static void
a_nod_is_seen_both_ways(void **state)
{
	double last = -90;
	int score = 101;
	struct ex_image im;

	(void)state;
	new_image(400, 500, 128, &im);
	for (int a = -45; a <= 45; a += 15) {
		const struct ex_face f = bowed(a);
		struct ex_face_components q;

		ex_face_components(&im, &f, 1, 0, &chip, &q);
		assert_true((double)q.native[EX_FACE_PITCH] > last + 1);
		last = (double)q.native[EX_FACE_PITCH];
		if (a == 0)
			NEAR(last, 0, 0.1);
		if (a >= 0) {
			assert_true(q.score[EX_FACE_PITCH] < score);
			score = q.score[EX_FACE_PITCH];
		}
	}
	assert_true(score < 97);
	ex_image_free(&im);
}

static void
other_faces_count_by_their_size(void **state)
{
	static const struct {
		float side; /* of the other box */
		int score;
	} others[] = { { 14, 90 }, { 70, 50 }, { 140, 0 }, { 300, 0 },
		{ NAN, 100 }, { -5, 100 } };
	struct ex_face faces[2] = { face_at(200, 200, 0), face_at(60, 60, 0) };
	struct ex_face_components q;
	struct ex_image im;

	(void)state;
	new_image(400, 500, 128, &im);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		faces[1].box.w = faces[1].box.h = others[i].side;
		ex_face_components(&im, faces, 2, 0, &chip, &q);
		assert_int_equal(q.score[EX_FACE_SINGLE_FACE], others[i].score);
	}
	ex_image_free(&im);
}

/* ---- compression -------------------------------------------------------- */

/* Squares of 8 pixels that differ by 10, the first `shift` pixels less. */
static void
draw_blocks(struct ex_image *im, int shift)
{
	for (int y = 0; y < im->height; y++)
		for (int x = 0; x < im->width; x++)
			memset(ex_image_row(im, y) + x * 3,
			    ((x + shift) / 8 + (y + shift) / 8) % 2 ? 110 : 100,
			    3);
}

static void
blocks_are_seen_wherever_they_begin(void **state)
{
	const struct ex_face face = face_at(200, 200, 0);
	struct ex_face_components q;
	struct ex_image im;

	(void)state;
	new_image(400, 500, 128, &im);
	for (int shift = 0; shift < 8; shift++) {
		draw_blocks(&im, shift);
		ex_face_components(&im, &face, 1, 0, &chip, &q);
		/* a step of 10 where the others are 0, over the grain of 0.5 */
		NEAR(q.native[EX_FACE_NO_COMPRESSION], 20, 1e-4);
		assert_int_equal(q.score[EX_FACE_NO_COMPRESSION], 0);
	}
	for (int y = 0; y < im.height; y++)
		for (int x = 0; x < im.width; x++)
			memset(ex_image_row(&im, y) + x * 3, (x + y) / 4, 3);
	ex_face_components(&im, &face, 1, 0, &chip, &q);
	assert_int_equal(q.score[EX_FACE_NO_COMPRESSION], 100);
	ex_image_free(&im);
}

static void
of_a_few_pixels_nothing_is_said(void **state)
{
	struct ex_face face = face_at(200, 200, 0);
	struct ex_face_components q;
	struct ex_image im;

	(void)state;
	new_image(400, 500, 128, &im);
	face.box = (struct ex_box){ 180, 180, 31, 31 };
	ex_face_components(&im, &face, 1, 0, &chip, &q);
	assert_true(isnan(q.native[EX_FACE_NO_COMPRESSION]));
	assert_int_equal(q.score[EX_FACE_NO_COMPRESSION], 0);
	face.box = (struct ex_box){ 369, 180, 200, 200 }; /* 31 within */
	ex_face_components(&im, &face, 1, 0, &chip, &q);
	assert_true(isnan(q.native[EX_FACE_NO_COMPRESSION]));
	ex_image_free(&im);
}

/* ---- whatever comes ----------------------------------------------------- */

static void
check_range(const struct ex_face_components *q)
{
	for (int i = 0; i < EX_FACE_COMPONENTS; i++) {
		assert_in_range(q->score[i], 0, 100);
		assert_true(isfinite(q->native[i]) || q->score[i] == 0);
	}
	assert_in_range(q->unified, 0, 100);
	assert_in_range(q->limit, 0, EX_CAUSE_COUNT - 1);
	assert_int_equal(
	    q->cause, q->unified >= 50 ? (int)EX_CAUSE_NONE : (int)q->limit);
	assert_true(q->unified <= q->quality.unified);
	assert_true(q->unified == 100 || q->limit != EX_CAUSE_NONE);
}

static void
no_native_value_leaves_the_scale(void **state)
{
	(void)state;
	for (int i = 0; i < EX_FACE_COMPONENTS; i++) {
		const enum ex_face_component c = (enum ex_face_component)i;

		assert_int_equal(ex_face_component_score(c, NAN), 0);
		assert_int_equal(ex_face_component_score(c, INFINITY), 0);
		assert_int_equal(ex_face_component_score(c, -INFINITY), 0);
		for (float v = 1e-30f; v < 1e30f; v *= 1.7f) {
			assert_in_range(ex_face_component_score(c, v), 0, 100);
			assert_in_range(ex_face_component_score(c, -v), 0, 100);
		}
	}
}

static void
what_is_no_face_scores_nothing(void **state)
{
	static const float wild[][2] = { { NAN, 0 }, { INFINITY, 0 },
		{ -INFINITY, 0 }, { 1e30f, 0 }, { -500, 1 }, { 3000, 1 },
		{ 200, 0.001f }, { 200, 0 }, { 200, 1e6f } };
	struct ex_image im;

	(void)state;
	new_image(400, 500, 128, &im);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		struct ex_face f = face_at(0, 0, 0);
		struct ex_face_components q;

		for (int k = 0; k < EX_FACE_LANDMARKS; k++) {
			f.landmark[k].x =
			    f.landmark[k].x * wild[i][1] + wild[i][0];
			f.landmark[k].y =
			    f.landmark[k].y * wild[i][1] + wild[i][0];
		}
		f.box.x = f.box.w = wild[i][0];
		ex_face_components(&im, &f, 1, 0, &chip, &q);
		check_range(&q);
		assert_int_equal(q.unified, 0);
		for (int k = 0; k < EX_FACE_COMPONENTS; k++)
			assert_int_equal(q.score[k], 0);
	}
	ex_image_free(&im);
}

static uint32_t seed = 1;

static uint32_t
chance(void)
{
	return seed = seed * 1664525u + 1013904223u;
}

static float
anywhere(void)
{
	static const float odd[] = { NAN, INFINITY, -1e38f, 0, 1e-38f };

	if (chance() >> 28 == 0)
		return odd[(chance() >> 16) % 5];
	return (float)(int)(chance() >> 16) / 40 - 400;
}

static void
any_face_in_any_picture_stays_in_range(void **state)
{
	struct ex_face f[3];
	struct ex_image im;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct ex_face_components q;
		struct ex_image cut;
		const size_t n = 1 + (size_t)round % 3;

		new_image(1 + (int)(chance() >> 24), 1 + (int)(chance() >> 24),
		    (uint8_t)(chance() >> 24), &im);
		for (size_t i = 0; i < n; i++) {
			f[i].box = (struct ex_box){ anywhere(), anywhere(),
				anywhere(), anywhere() };
			for (int k = 0; k < EX_FACE_LANDMARKS; k++)
				f[i].landmark[k] =
				    (struct ex_point){ anywhere(), anywhere() };
		}
		assert_int_equal(ex_face_align(&im, &f[0], &cut), EX_OK);
		ex_face_components(&im, f, n, 0, &cut, &q);
		check_range(&q);
		ex_image_free(&cut);
		ex_image_free(&im);
	}
}

/* ---- table and time ----------------------------------------------------- */

static void
components_have_different_words(void **state)
{
	(void)state;
	for (int i = 0; i < EX_FACE_COMPONENTS; i++) {
		const struct ex_face_component_words *w =
		    &ex_face_component_words[i];

		assert_int_equal(strlen(w->heading), 3);
		assert_int_equal(strncmp(w->clause, "7.", 2), 0);
		for (int k = 0; k < i; k++) {
			assert_string_not_equal(
			    w->word, ex_face_component_words[k].word);
			assert_string_not_equal(
			    w->heading, ex_face_component_words[k].heading);
			assert_string_not_equal(
			    w->clause, ex_face_component_words[k].clause);
		}
	}
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
a_face_takes_under_5_ms(void **state)
{
	struct ex_face face = face_at(900, 500, 0);
	struct ex_face_components q;
	struct ex_image im;
	double least = 1e9;

	(void)state;
	new_image(1920, 1080, 128, &im);
	for (size_t i = 0; i < im.stride_bytes * 1080; i++)
		im.pixels[i] = (uint8_t)(chance() >> 24);
	face.box = (struct ex_box){ 600, 200, 700, 700 };
	for (int i = 0; i < 50; i++) {
		const double from = now_ms();

		ex_face_components(&im, &face, 1, 0, &chip, &q);
		least = fmin(least, now_ms() - from);
	}
	print_message("# the full set of one face: %.2f ms\n", least);
	assert_true(least < (SANITIZED ? 25 : 5));
	ex_image_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grey_has_its_luminance_and_nothing_else),
		cmocka_unit_test(black_and_white_are_counted),
		cmocka_unit_test(exposure_has_the_standards_ends),
		cmocka_unit_test(cheeks_share_what_is_alike),
		cmocka_unit_test(colour_is_that_of_cielab),
		cmocka_unit_test(a_level_head_has_the_drawn_places),
		cmocka_unit_test(a_turn_is_taken_out_of_the_eye_distance),
		cmocka_unit_test(a_nod_is_seen_both_ways),
		cmocka_unit_test(other_faces_count_by_their_size),
		cmocka_unit_test(blocks_are_seen_wherever_they_begin),
		cmocka_unit_test(of_a_few_pixels_nothing_is_said),
		cmocka_unit_test(no_native_value_leaves_the_scale),
		cmocka_unit_test(what_is_no_face_scores_nothing),
		cmocka_unit_test(any_face_in_any_picture_stays_in_range),
		cmocka_unit_test(components_have_different_words),
		cmocka_unit_test(a_face_takes_under_5_ms),
	};

	return cmocka_run_group_tests(tests, make_chip, free_chip);
}
