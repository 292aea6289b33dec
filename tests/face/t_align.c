/* SPDX-License-Identifier: Apache-2.0 */
/* Two sets of landmarks, two mean faces: where the chip's pixels come from. */
#include "test.h"

#include "search.h"

#include <math.h>

/* As published, in the picture's order: left and right eye, nose, mouth. */
static const double arcface[5][2] = { { 38.2946, 51.6963 },
	{ 73.5318, 51.5014 }, { 56.0252, 71.7366 }, { 41.5493, 92.3655 },
	{ 70.7299, 92.2041 } };
static const int subjects[5] = { 1, 0, 2, 4, 3 };

/* Chip to picture. */
struct map {
	double turn_deg, scale, x, y;
};

static void
apply(const struct map *m, const double at[2], double out[2])
{
	const double c = cos(m->turn_deg * M_PI / 180) * m->scale;
	const double s = sin(m->turn_deg * M_PI / 180) * m->scale;

	out[0] = c * at[0] - s * at[1] + m->x;
	out[1] = s * at[0] + c * at[1] + m->y;
}

static struct ex_face
mouth_face(const struct map *m)
{
	struct ex_face f = { .set = EX_LANDMARKS_EYES_MOUTH };
	double p[2];

	for (int i = 0; i < 5; i++) {
		apply(m, arcface[subjects[i]], p);
		f.landmark[i] = (struct ex_point){ (float)p[0], (float)p[1] };
	}
	return f;
}

/* Red tells the column, green the row, in steps of `step` pixels. */
static void
make_ramp(int side, int step, struct ex_image *out)
{
	assert_int_equal(ex_image_new(side, side, 3, out), EX_OK);
	for (int y = 0; y < side; y++)
		for (int x = 0; x < side; x++) {
			ex_image_row(out, y)[3 * x] = (uint8_t)(x / step);
			ex_image_row(out, y)[3 * x + 1] = (uint8_t)(y / step);
		}
}

static void
assert_from(const struct ex_image *chip, int x, int y, const double at[2],
    int step, double within)
{
	const uint8_t *p = ex_image_row(chip, y) + 3 * x;

	if (fabs(p[0] - at[0] / step) > within ||
	    fabs(p[1] - at[1] / step) > within)
		fail_msg("%d,%d is from %d,%d, not %.1f,%.1f", x, y,
		    p[0] * step, p[1] * step, at[0], at[1]);
}

/* Every pixel of the chip against the map that the landmarks were made by. */
static void
check_arcface(const struct map *m, int step, double within)
{
	struct ex_face_models models = { 0 };
	const struct ex_face f = mouth_face(m);
	struct ex_image ramp, chip;

	make_ramp(256 * step, step, &ramp);
	models.pack.matcher.alignment = EX_ALIGNMENT_ARCFACE_112;
	assert_int_equal(ex_face_align(&ramp, &f, &chip), EX_OK);
	assert_int_equal(ex_face_fit(&models, &ramp, &f, &chip), EX_OK);
	assert_int_equal(chip.width, 112);
	assert_int_equal(chip.height, 112);
	for (int y = 0; y < 112; y++)
		for (int x = 0; x < 112; x++) {
			double at[2];

			apply(m, (double[]){ x, y }, at);
			assert_from(&chip, x, y, at, step, within);
		}
	ex_image_free(&chip);
	ex_image_free(&ramp);
}

static void
arcface_chips_come_from_where_their_landmarks_say(void **state)
{
	(void)state;
	/* Bilinear, fractions cut off: under one level. */
	check_arcface(&(struct map){ 0, 1, 40, 30 }, 1, 1.01);
	check_arcface(&(struct map){ 20, 1.3, 90, 20 }, 1, 1.01);
	check_arcface(&(struct map){ -75, 0.7, 40, 180 }, 1, 1.01);
}

static void
draw_disc(struct ex_image *im, struct ex_point at, float radius)
{
	for (int y = 0; y < im->height; y++)
		for (int x = 0; x < im->width; x++)
			if (hypotf((float)x - at.x, (float)y - at.y) < radius)
				ex_image_row(im, y)[3 * x] = 255;
}

/* Where the light of red is around a place of the chip. */
static void
centroid(const struct ex_image *chip, const double near[2], double out[2])
{
	double sum = 0;

	out[0] = out[1] = 0;
	for (int y = (int)near[1] - 6; y <= (int)near[1] + 6; y++)
		for (int x = (int)near[0] - 6; x <= (int)near[0] + 6; x++) {
			double v = ex_image_row(chip, y)[3 * x];

			sum += v;
			out[0] += v * x;
			out[1] += v * y;
		}
	assert_true(sum > 0);
	out[0] /= sum;
	out[1] /= sum;
}

/* A face seven times the chip comes from a copy halved twice. */
static void
large_faces_keep_their_landmarks_in_place(void **state)
{
	const struct ex_face f = mouth_face(&(struct map){ 10, 7, 150, 60 });
	struct ex_face_models models = { 0 };
	struct ex_image im, chip = { 0 };

	(void)state;
	models.pack.matcher.alignment = EX_ALIGNMENT_ARCFACE_112;
	assert_int_equal(ex_image_new(1000, 1000, 3, &im), EX_OK);
	for (int i = 0; i < 5; i++)
		draw_disc(&im, f.landmark[i], 14);
	assert_int_equal(ex_face_fit(&models, &im, &f, &chip), EX_OK);
	for (int i = 0; i < 5; i++) {
		double at[2];

		centroid(&chip, arcface[i], at);
		assert_true(fabs(at[0] - arcface[i][0]) < 0.3);
		assert_true(fabs(at[1] - arcface[i][1]) < 0.3);
	}
	ex_image_free(&chip);
	ex_image_free(&im);
}

/* dlib's chip of those landmarks: eyes and base of the nose where dlib's mean
 * face has them, as far as two mean faces agree. */
static void
either_set_is_aligned_to_either_face(void **state)
{
	static const double wanted[3][2] = { { 100.281, 47.132 },
		{ 47.733, 47.132 }, { 74.011, 87.780 } };
	const struct map m = { 15, 1.2, 70, 30 };
	const struct ex_face f = mouth_face(&m);
	const struct ex_face_triangle t = ex_face_triangle_of(&f);
	const struct ex_point *p[3] = { &t.left_eye, &t.right_eye, &t.nose };
	struct ex_image ramp, chip;

	(void)state;
	make_ramp(256, 1, &ramp);
	assert_int_equal(ex_face_align(&ramp, &f, &chip), EX_OK);
	assert_int_equal(chip.width, 150);
	for (int i = 0; i < 3; i++)
		assert_from(&chip, (int)lround(wanted[i][0]),
		    (int)lround(wanted[i][1]),
		    (double[]){ (double)p[i]->x, (double)p[i]->y }, 1, 2);
	ex_image_free(&chip);
	ex_image_free(&ramp);
}

static void
corner_landmarks_are_fitted_to_arcface_by_their_triangle(void **state)
{
	/* Corners of eyes whose centres are ArcFace's, 8 pixels to each side,
	 * and the base of the nose under the tip. */
	const struct ex_face f = {
		.landmark = { { 121.5318f, 71.5014f }, { 105.5318f, 71.5014f },
		    { 70.2946f, 71.6963f }, { 86.2946f, 71.6963f },
		    { 96.0624f, 98.8623f } },
		.set = EX_LANDMARKS_EYE_CORNERS,
	};
	struct ex_face_models models = { 0 };
	struct ex_image ramp, chip;

	(void)state;
	make_ramp(256, 1, &ramp);
	models.pack.matcher.alignment = EX_ALIGNMENT_ARCFACE_112;
	assert_int_equal(ex_face_align(&ramp, &f, &chip), EX_OK);
	assert_int_equal(ex_face_fit(&models, &ramp, &f, &chip), EX_OK);
	for (int i = 0; i < 112; i += 37) {
		double at[2];

		/* Shifted by 40, 20 and nothing else. */
		apply(&(struct map){ 0, 1, 40, 20 }, (double[]){ i, i }, at);
		assert_from(&chip, i, i, at, 1, 1.2);
	}
	ex_image_free(&chip);
	ex_image_free(&ramp);
}

/* The mean face looks straight ahead, whichever landmarks tell so. */
static void
quality_reads_the_angles_of_either_set(void **state)
{
	const struct map m = { 15, 2, 100, 40 };
	const struct ex_face f = mouth_face(&m);
	struct ex_face_quality q;
	struct ex_image ramp, chip;

	(void)state;
	make_ramp(512, 2, &ramp);
	assert_int_equal(ex_face_align(&ramp, &f, &chip), EX_OK);
	ex_face_quality(&f, &chip, &q);
	assert_true(fabsf(q.yaw_deg) < 3);
	assert_true(fabsf(q.roll_deg - 15) < 1);
	assert_true(fabsf(q.eye_distance - 2 * 35.24f) < 0.1f);
	ex_image_free(&chip);
	ex_image_free(&ramp);
}

static void
the_standard_chip_is_left_as_it_is(void **state)
{
	const struct ex_face_models models = { 0 };
	struct ex_image chip;
	const uint8_t *pixels;

	(void)state;
	assert_int_equal(ex_image_new(150, 150, 3, &chip), EX_OK);
	pixels = chip.pixels;
	assert_int_equal(ex_face_fit(&models, NULL, NULL, &chip), EX_OK);
	assert_ptr_equal(chip.pixels, pixels);
	ex_image_free(&chip);
}

static void
failed_allocations_leave_no_chip(void **state)
{
	struct ex_face_models models = { 0 };
	const struct ex_face f = mouth_face(&(struct map){ 10, 3, 30, 30 });
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_image ramp, chip;
	long n = 0;

	(void)state;
	models.pack.matcher.alignment = EX_ALIGNMENT_ARCFACE_112;
	make_ramp(512, 2, &ramp);
	for (; status != EX_OK; n++) {
		assert_int_equal(ex_face_align(&ramp, &f, &chip), EX_OK);
		ex_calloc_fail_after(n);
		status = ex_face_fit(&models, &ramp, &f, &chip);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, chip.pixels != NULL);
	}
	assert_true(n > 2);
	ex_image_free(&chip);
	ex_image_free(&ramp);
}

/* Planes as networks want them: channels, levels, mirror, black around. */
static void
pictures_are_given_as_the_pack_says(void **state)
{
	const struct ex_pack_input rgb = { .channels = EX_CHANNELS_RGB,
		.mean = { 1, 2, 3 },
		.scale = { 1, 0.5, 2 } };
	struct ex_pack_input bgr = rgb;
	uint8_t pixels[] = { 10, 20, 30, 40, 50, 60 };
	const struct ex_image im = { .width = 2,
		.height = 1,
		.channels = 3,
		.stride_bytes = 6,
		.pixels = pixels };
	float out[18];
	/* Two pixels and one of black; a row of black. */
	static const float wanted[18] = { 9, 39, -1, -1, -1, -1, 9, 24, -1, -1,
		-1, -1, 54, 114, -6, -6, -6, -6 };
	static const float turned[6] = { 59, 29, 24, 9, 74, 14 };

	(void)state;
	ex_face_planes(&im, &rgb, false, 3, 2, out);
	assert_memory_equal(out, wanted, sizeof wanted);
	bgr.channels = EX_CHANNELS_BGR;
	ex_face_planes(&im, &bgr, true, 2, 1, out);
	assert_memory_equal(out, turned, sizeof turned);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    arcface_chips_come_from_where_their_landmarks_say),
		cmocka_unit_test(large_faces_keep_their_landmarks_in_place),
		cmocka_unit_test(either_set_is_aligned_to_either_face),
		cmocka_unit_test(
		    corner_landmarks_are_fitted_to_arcface_by_their_triangle),
		cmocka_unit_test(quality_reads_the_angles_of_either_set),
		cmocka_unit_test(the_standard_chip_is_left_as_it_is),
		cmocka_unit_test(failed_allocations_leave_no_chip),
		cmocka_unit_test(pictures_are_given_as_the_pack_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
