/* SPDX-License-Identifier: Apache-2.0 */
/* Chips and templates; tests/peers compares them with dlib's. */
#include "face_test.h"
#include "mirror.h"

#include <math.h>

static void
chip_of(const struct ex_image *im, struct ex_image *chip)
{
	struct ex_face face;

	assert_true(find(im, 0, &face) >= 1);
	assert_int_equal(ex_face_align(im, &face, chip), EX_OK);
	assert_int_equal(chip->width, EX_FACE_CHIP);
	assert_int_equal(chip->height, EX_FACE_CHIP);
	assert_int_equal(chip->channels, 3);
}

static void
template_of(const struct ex_image *im, struct ex_template *t)
{
	struct ex_image chip;

	chip_of(im, &chip);
	assert_int_equal(ex_face_template(work, &chip, t), EX_OK);
	ex_image_free(&chip);
}

static void
passport_template(int traveller, struct ex_template *t)
{
	struct ex_image im;

	load_passport(traveller, &im);
	template_of(&im, t);
	ex_image_free(&im);
}

static void
templates_are_of_unit_length(void **state)
{
	(void)state;
	for (int i = 1; i <= 5; i++) {
		struct ex_template t;
		double norm = 0;

		passport_template(i, &t);
		for (int k = 0; k < EX_FACE_VECTOR; k++)
			norm += (double)t.v[k] * (double)t.v[k];
		assert_true(fabs(sqrt(norm) - 1) < 1e-6);
	}
}

static void
mirrored_chip_gives_the_same_template(void **state)
{
	struct ex_image im, chip;
	struct ex_template a, b;

	(void)state;
	load_passport(7, &im);
	chip_of(&im, &chip);
	assert_int_equal(ex_face_template(work, &chip, &a), EX_OK);
	mirror(&chip);
	assert_int_equal(ex_face_template(work, &chip, &b), EX_OK);
	assert_true(ex_template_similarity(&a, &b) > 0.999999f);
	ex_image_free(&chip);
	ex_image_free(&im);
}

static void
same_person_is_closer_than_others(void **state)
{
	struct ex_template portrait, head, other;
	struct ex_image im;

	(void)state;
	passport_template(8, &portrait);
	passport_template(20, &other);
	load_head(8, 0, &im);
	template_of(&im, &head);
	assert_true(ex_template_similarity(&portrait, &head) > 0.94f);
	assert_true(ex_template_similarity(&portrait, &head) >
		    ex_template_similarity(&other, &head) + 0.02f);
	ex_image_free(&im);
}

static void
template_does_not_depend_on_the_one_before(void **state)
{
	struct ex_template first, other, again;

	(void)state;
	passport_template(9, &first);
	passport_template(10, &other);
	passport_template(9, &again);
	assert_memory_equal(&first, &again, sizeof first);
	assert_memory_not_equal(&first, &other, sizeof first);
}

static void
other_sizes_than_a_chip_are_refused(void **state)
{
	static const int sizes[][3] = { { 149, 150, 3 }, { 150, 151, 3 },
		{ 150, 150, 1 }, { 150, 150, 4 }, { 1, 1, 3 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		float v[EX_FACE_VECTOR];
		struct ex_template t;
		struct ex_image im;

		assert_int_equal(
		    ex_image_new(sizes[i][0], sizes[i][1], sizes[i][2], &im),
		    EX_OK);
		assert_int_equal(
		    ex_face_template(work, &im, &t), EX_ERR_UNSUPPORTED);
		assert_int_equal(
		    ex_face_vector(work, &im, v), EX_ERR_UNSUPPORTED);
		ex_image_free(&im);
	}
}

static bool
is_black(const struct ex_image *im)
{
	for (size_t i = 0; i < im->stride_bytes * (size_t)im->height; i++)
		if (im->pixels[i])
			return false;
	return true;
}

/* All five at one value; the others are offsets from it. */
static void
align_at(const struct ex_image *im, const float at[2], float spread, bool black)
{
	static const float shape[EX_FACE_LANDMARKS][2] = { { 2, 0 }, { 1, 0 },
		{ -2, 0 }, { -1, 0 }, { 0, 2 } };
	struct ex_face f = { 0 };
	struct ex_image chip;

	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		f.landmark[i] = (struct ex_point){ at[0] + spread * shape[i][0],
			at[1] + spread * shape[i][1] };
	assert_int_equal(ex_face_align(im, &f, &chip), EX_OK);
	assert_int_equal(chip.width, EX_FACE_CHIP);
	assert_int_equal(is_black(&chip), black);
	ex_image_free(&chip);
}

static void
hostile_landmarks_give_a_black_chip(void **state)
{
	static const float wild[] = { NAN, INFINITY, -INFINITY, 1e30f, -1e30f,
		1e9f, -1e9f, 100000, -100000 };
	struct ex_image im;

	(void)state;
	load_passport(11, &im);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		align_at(&im, (float[]){ wild[i], 200 }, 20, true);
		align_at(&im, (float[]){ 200, wild[i] }, 20, true);
	}
	for (int i = 0; i < 5; i++) /* all of one place, or no numbers */
		align_at(&im, (float[]){ 200, 200 }, i ? wild[i - 1] : 0, true);
	align_at(&im, (float[]){ 200, 200 }, 20, false);
	ex_image_free(&im);
}

/* Any similarity that is bounded is sampled without a step outside. */
static void
chips_over_every_edge_are_cut(void **state)
{
	static const float spreads[] = { 0.01f, 0.5f, 3, 40, 300, 2000, -40 };
	struct ex_image im;

	(void)state;
	load_passport(12, &im);
	for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++)
		for (int y = -700; y <= 1300; y += 400)
			for (int x = -700; x <= 1300; x += 400) {
				struct ex_face f = { 0 };
				struct ex_image chip;

				for (int k = 0; k < EX_FACE_LANDMARKS; k++)
					f.landmark[k] = (struct ex_point){
						(float)x +
						    spreads[i] *
							(float)(k * k % 7),
						(float)y +
						    spreads[i] * (float)(k % 4)
					};
				assert_int_equal(
				    ex_face_align(&im, &f, &chip), EX_OK);
				ex_image_free(&chip);
			}
	ex_image_free(&im);
}

/* Scaled, moved and turned, the chip of a face stays what it is. */
static void
chips_do_not_depend_on_size(void **state)
{
	struct ex_template a, b;
	struct ex_image im, smaller;

	(void)state;
	load_passport(13, &im);
	template_of(&im, &a);
	assert_int_equal(ex_image_resize(&im, 240, 300, &smaller), EX_OK);
	template_of(&smaller, &b);
	assert_true(ex_template_similarity(&a, &b) > 0.94f);
	ex_image_free(&smaller);
	ex_image_free(&im);
}

static void
failed_allocations_are_survived(void **state)
{
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_image im, chip;
	struct ex_face face;

	(void)state;
	load_passport(14, &im);
	assert_int_equal(find(&im, 0, &face), 1);
	for (long n = 0; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = ex_face_align(&im, &face, &chip);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, chip.pixels != NULL);
	}
	ex_image_free(&chip);
	ex_image_free(&im);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_of_unit_length),
		cmocka_unit_test(mirrored_chip_gives_the_same_template),
		cmocka_unit_test(same_person_is_closer_than_others),
		cmocka_unit_test(template_does_not_depend_on_the_one_before),
		cmocka_unit_test(other_sizes_than_a_chip_are_refused),
		cmocka_unit_test(hostile_landmarks_give_a_black_chip),
		cmocka_unit_test(chips_over_every_edge_are_cut),
		cmocka_unit_test(chips_do_not_depend_on_size),
		cmocka_unit_test(failed_allocations_are_survived),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
