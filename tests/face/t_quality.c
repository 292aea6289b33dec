/* SPDX-License-Identifier: Apache-2.0 */
/* Quality goes down with what makes a picture worse, and says which it was. */
#include "face_test.h"

#include <math.h>

static void
quality_of(const struct ex_image *im, const struct ex_face *face,
    struct ex_face_quality *q)
{
	struct ex_image chip;

	assert_int_equal(ex_face_align(im, face, &chip), EX_OK);
	ex_face_quality(face, &chip, q);
	ex_image_free(&chip);
	assert_in_range(q->unified, 0, 100);
	assert_int_equal(q->unified >= 50, q->cause == EX_CAUSE_NONE);
}

/* Times `gain`, plus `haze`. */
static void
expose(
    const struct ex_image *im, double gain, double haze, struct ex_image *out)
{
	assert_int_equal(
	    ex_image_crop(im, 0, 0, im->width, im->height, out), EX_OK);
	for (size_t i = 0; i < out->stride_bytes * (size_t)out->height; i++) {
		double v = out->pixels[i] * gain + haze;

		out->pixels[i] = (uint8_t)fmin(255, v);
	}
}

/* Smear along x: the mean of `length` pixels around each. */
static void
move(const struct ex_image *im, int length, struct ex_image *out)
{
	assert_int_equal(
	    ex_image_crop(im, 0, 0, im->width, im->height, out), EX_OK);
	for (int y = 0; y < im->height; y++)
		for (int i = 0; i < im->width * 3; i++) {
			int sum = 0;

			for (int k = 0; k < length; k++) {
				int x = i / 3 + k - length / 2;

				x = x < 0           ? 0
				    : x < im->width ? x
						    : im->width - 1;
				sum += ex_image_row(im, y)[x * 3 + i % 3];
			}
			ex_image_row(out, y)[i] = (uint8_t)(sum / length);
		}
}

/* The picture and its face, scaled. */
static void
reduce(const struct ex_image *im, const struct ex_face *face, float scale,
    struct ex_image *out, struct ex_face *smaller)
{
	assert_int_equal(ex_image_resize(im, (int)((float)im->width * scale),
			     (int)((float)im->height * scale), out),
	    EX_OK);
	*smaller = *face;
	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		smaller->landmark[i].x *= scale;
		smaller->landmark[i].y *= scale;
	}
}

static void
check_worse(const struct ex_image *worse, const struct ex_face *face,
    enum ex_cause cause)
{
	struct ex_face_quality q;

	quality_of(worse, face, &q);
	if (q.unified >= 50)
		fail_msg("cause %d: %d, sharpness %g", cause, q.unified,
		    (double)q.sharpness);
	assert_int_equal(q.cause, cause);
}

static void
what_spoils_a_picture_is_named(void **state)
{
	(void)state;
	for (int i = 1; i <= 10; i++) {
		struct ex_image im, worse, moved;
		struct ex_face face, smaller;
		struct ex_face_quality q;

		load_passport(i, &im);
		assert_int_equal(find(&im, 0, &face), 1);
		quality_of(&im, &face, &q);
		assert_true(q.unified >= 90);

		expose(&im, 0.05, 0, &worse);
		check_worse(&worse, &face, EX_CAUSE_DARK);
		ex_image_free(&worse);
		expose(&im, 8, 0, &worse);
		check_worse(&worse, &face, EX_CAUSE_GLARE);
		ex_image_free(&worse);
		expose(&im, 0.06, 180, &worse);
		check_worse(&worse, &face, EX_CAUSE_GLARE);
		ex_image_free(&worse);
		move(&im, 60, &moved);
		move(&moved, 60, &worse);
		check_worse(&worse, &face, EX_CAUSE_BLUR);
		ex_image_free(&moved);
		ex_image_free(&worse);
		reduce(&im, &face, 15 / q.eye_distance, &worse, &smaller);
		check_worse(&worse, &smaller, EX_CAUSE_SMALL);
		ex_image_free(&worse);
		ex_image_free(&im);
	}
}

/* Each step of blur lowers it, at any size and exposure about alike. */
static void
sharpness_falls_with_blur_alone(void **state)
{
	struct ex_image im, worse, dark, small;
	struct ex_face face, smaller;
	struct ex_face_quality q, other;
	float last = INFINITY;

	(void)state;
	load_passport(15, &im);
	assert_int_equal(find(&im, 0, &face), 1);
	for (int length = 1; length <= 61; length += 12) {
		move(&im, length, &worse);
		quality_of(&worse, &face, &q);
		assert_true(q.sharpness < 0.9f * last);
		last = q.sharpness;
		expose(&worse, 0.5, 0, &dark);
		quality_of(&dark, &face, &other);
		assert_true(fabsf(logf(other.sharpness / last)) < 0.4f);
		reduce(&worse, &face, 0.5f, &small, &smaller);
		quality_of(&small, &smaller, &other);
		assert_true(fabsf(logf(other.sharpness / last)) < 0.7f);
		ex_image_free(&dark);
		ex_image_free(&small);
		ex_image_free(&worse);
	}
	ex_image_free(&im);
}

/* ---- pose -------------------------------------------------------------- */

#define PICTURES (TRAVELLERS * HEADS)

/* Yaw of each lane head as index.csv has it: 001,lane_0.png,sex,age,"...",yaw.
 * The appearance may hold commas only within quotes. */
static void
read_yaws(float yaw[PICTURES])
{
	FILE *f = fopen(TEST_SOURCE_FILE("data/travellers/index.csv"), "r");
	unsigned found = 0;
	char line[1024];

	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		int id, k, column = 0;
		bool quoted = false;
		char *p = line;

		if (sscanf(line, "%d,lane_%d.png,", &id, &k) != 2)
			continue;
		for (; *p && column < 5; p++) {
			quoted ^= *p == '"';
			column += *p == ',' && !quoted;
		}
		assert_in_range(id, 1, TRAVELLERS);
		assert_in_range(k, 0, HEADS - 1);
		yaw[(id - 1) * HEADS + k] = strtof(p, NULL);
		found++;
	}
	fclose(f);
	assert_int_equal(found, PICTURES);
}

struct pose {
	float is, seems;
};

static double
correlation(const struct pose *p, unsigned n)
{
	double x = 0, y = 0, xx = 0, yy = 0, xy = 0;

	for (unsigned i = 0; i < n; i++) {
		x += (double)p[i].is / n;
		y += (double)p[i].seems / n;
	}
	for (unsigned i = 0; i < n; i++) {
		double u = (double)p[i].is - x, v = (double)p[i].seems - y;

		xx += u * u;
		yy += v * v;
		xy += u * v;
	}
	return xy / sqrt(xx * yy);
}

/* Heads as the renderer turned them; also that most good ones pass. */
static void
yaw_is_estimated_and_good_heads_pass(void **state)
{
	float yaw[PICTURES];
	struct pose poses[PICTURES];
	unsigned n = 0, good = 0, passed = 0;
	double error = 0;

	(void)state;
	read_yaws(yaw);
	for (int i = 0; i < PICTURES; i++) {
		struct ex_face_quality q;
		struct ex_image im, small;
		struct ex_face face, smaller;

		load_head(i / HEADS + 1, i % HEADS, &im);
		if (find(&im, 0, &face) == 0) {
			ex_image_free(&im);
			continue;
		}
		quality_of(&im, &face, &q);
		error += fabs((double)q.yaw_deg - (double)yaw[i]);
		poses[n++] = (struct pose){ yaw[i], q.yaw_deg };
		/* a size at the far end of what a lane sees */
		reduce(&im, &face, 30 / q.eye_distance, &small, &smaller);
		quality_of(&small, &smaller, &q);
		good += fabsf(yaw[i]) <= 25;
		passed += fabsf(yaw[i]) <= 25 && q.unified >= 50;
		ex_image_free(&small);
		ex_image_free(&im);
	}
	print_message("# yaw of %u heads: correlation %.3f, mean error %.1f "
		      "degrees; %u of %u good heads pass\n",
	    n, correlation(poses, n), error / n, passed, good);
	assert_true(n >= PICTURES * 95 / 100);
	assert_true(correlation(poses, n) > 0.9);
	assert_true(error / n < 7);
	assert_true(passed >= good * 95 / 100);
}

static void
put(struct ex_face *f, const float at[10])
{
	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		f->landmark[i] = (struct ex_point){ at[2 * i], at[2 * i + 1] };
}

static void
angles_have_the_signs_of_the_header(void **state)
{
	struct ex_image chip;
	struct ex_face_quality q;
	struct ex_face f = { .score = 1 };

	(void)state;
	assert_int_equal(
	    ex_image_new(EX_FACE_CHIP, EX_FACE_CHIP, 3, &chip), EX_OK);
	put(&f, (float[]){ 70, 50, 60, 50, 30, 50, 40, 50, 50, 70 });
	ex_face_quality(&f, &chip, &q);
	assert_true(q.yaw_deg == 0 && q.roll_deg == 0 && q.eye_distance == 30);
	/* the nose towards the subject's left eye */
	put(&f, (float[]){ 70, 50, 60, 50, 30, 50, 40, 50, 58, 70 });
	ex_face_quality(&f, &chip, &q);
	assert_true(q.yaw_deg > 20 && q.yaw_deg < 45);
	/* the subject's left eye, at the right, is the lower: clockwise */
	put(&f, (float[]){ 70, 60, 60, 57, 30, 46, 40, 50, 50, 70 });
	ex_face_quality(&f, &chip, &q);
	assert_true(q.roll_deg > 10 && q.roll_deg < 30);
	ex_image_free(&chip);
}

static void
hostile_landmarks_are_no_good_face(void **state)
{
	static const float wild[] = { NAN, INFINITY, -INFINITY, 1e30f, 0 };
	struct ex_face_quality q;
	struct ex_image chip;

	(void)state;
	assert_int_equal(
	    ex_image_new(EX_FACE_CHIP, EX_FACE_CHIP, 3, &chip), EX_OK);
	for (size_t i = 0; i < sizeof wild / sizeof *wild; i++) {
		struct ex_face f = { .score = 1 };
		float at[10];

		for (int k = 0; k < 10; k++)
			at[k] = wild[i];
		put(&f, at);
		ex_face_quality(&f, &chip, &q);
		assert_int_equal(q.unified, 0);
		assert_int_not_equal(q.cause, EX_CAUSE_NONE);
	}
	ex_image_free(&chip);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_spoils_a_picture_is_named),
		cmocka_unit_test(sharpness_falls_with_blur_alone),
		cmocka_unit_test(yaw_is_estimated_and_good_heads_pass),
		cmocka_unit_test(angles_have_the_signs_of_the_header),
		cmocka_unit_test(hostile_landmarks_are_no_good_face),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
