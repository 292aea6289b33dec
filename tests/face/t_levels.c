/* SPDX-License-Identifier: Apache-2.0 */
/* The same faces and similarities at every cpu level: Meson runs this with
 * EXEUNT_CPU=none, avx2 and unset. */
#include "face_test.h"

#include <math.h>

#define WITHIN 1e-4

/* Portrait against lane head `head`, on a machine with AVX-512. */
static const struct expected {
	int traveller, head;
	double score, similarity;
} all[] = {
	{ 1, 0, 0.855319, 0.982849 },
	{ 7, 1, 1.029538, 0.954129 },
	{ 13, 2, 0.970115, 0.979994 },
	{ 21, 3, 1.031994, 0.969559 },
	{ 32, 4, 1.008073, 0.963023 },
};

static void
template_of(
    const struct ex_image *im, struct ex_face *face, struct ex_template *t)
{
	struct ex_image chip;

	assert_true(find(im, 0, face) >= 1);
	assert_int_equal(ex_face_align(im, face, &chip), EX_OK);
	assert_int_equal(ex_face_template(work, &chip, t), EX_OK);
	ex_image_free(&chip);
}

static void
results_are_those_of_every_other_level(void **state)
{
	const char *level = getenv("EXEUNT_CPU");

	(void)state;
	print_message("# level: %s, flags %u\n", level ? level : "all there is",
	    ex_cpu_flags());
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		struct ex_template portrait, head;
		struct ex_image im;
		struct ex_face face;
		double similarity;

		load_passport(all[i].traveller, &im);
		template_of(&im, &face, &portrait);
		ex_image_free(&im);
		load_head(all[i].traveller, all[i].head, &im);
		template_of(&im, &face, &head);
		ex_image_free(&im);
		similarity = (double)ex_template_similarity(&portrait, &head);
		if (fabs((double)face.score - all[i].score) > WITHIN ||
		    fabs(similarity - all[i].similarity) > WITHIN)
			fail_msg("{ %d, %d, %.6f, %.6f },", all[i].traveller,
			    all[i].head, (double)face.score, similarity);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(results_are_those_of_every_other_level),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
