/* SPDX-License-Identifier: Apache-2.0 */
/* Where faces are; tests/peers compares it with dlib. */
#include "face_test.h"

#include "sanitized.h"

#include <math.h>

/* As the subject has them: left eye outer, inner, right eye outer, inner,
 * nose. The subject's left is the picture's right. */
static void
assert_anatomy(const struct ex_face *f)
{
	const struct ex_point *p = f->landmark;

	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		assert_true(p[i].x >= f->box.x && p[i].y >= f->box.y);
		assert_true(p[i].x < f->box.x + f->box.w);
		assert_true(p[i].y < f->box.y + f->box.h);
	}
	assert_true(p[0].x > p[1].x && p[1].x > p[3].x && p[3].x > p[2].x);
	for (int i = 0; i < 4; i++)
		assert_true(p[4].y > p[i].y);
	assert_true(p[4].x < p[0].x && p[4].x > p[2].x);
}

/* Boxes move in steps of the network's stride (8 pixels of its level) and of
 * the pyramid (5/6); landmarks hardly do. */
static void
assert_same_face(const struct ex_face *a, const struct ex_face *b)
{
	assert_true(ex_box_iou(a->box, b->box) > 0.5f);
	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		assert_true(hypotf(a->landmark[i].x - b->landmark[i].x,
				a->landmark[i].y - b->landmark[i].y) <
			    0.06f * b->box.w);
}

static void
every_portrait_has_one_face(void **state)
{
	(void)state;
	for (int i = 1; i <= TRAVELLERS; i++) {
		struct ex_image im;
		struct ex_face face;

		load_passport(i, &im);
		assert_int_equal(find(&im, 0, &face), 1);
		assert_true(face.score > 0.3f);
		assert_true(face.box.w > 100 && face.box.h > 100);
		assert_anatomy(&face);
		ex_image_free(&im);
	}
}

static void
results_repeat_whatever_was_searched_between(void **state)
{
	static const int sizes[][2] = { { 250, 250 }, { 300, 200 },
		{ 97, 301 } };
	struct ex_image portrait, im;
	struct ex_face first, face;

	(void)state;
	load_passport(1, &portrait);
	assert_int_equal(find(&portrait, 0, &first), 1);
	for (int i = 0; i < 6; i++) {
		assert_int_equal(
		    ex_image_new(sizes[i % 3][0], sizes[i % 3][1], 3, &im),
		    EX_OK);
		assert_int_equal(find(&im, 0, &face), 0);
		ex_image_free(&im);
		if (i % 2 == 0)
			continue;
		assert_int_equal(find(&portrait, 0, &face), 1);
		assert_memory_equal(&face, &first, sizeof face);
	}
	ex_image_free(&portrait);
}

/* A face keeps its place in a picture of any size around it. */
static void
odd_sizes_move_nothing(void **state)
{
	static const int around[][4] = { { 0, 0, 481, 601 },
		{ -7, -3, 487, 603 }, { -101, -50, 683, 651 } };
	struct ex_image portrait, im;
	struct ex_face first, face;

	(void)state;
	load_passport(2, &portrait);
	assert_int_equal(find(&portrait, 0, &first), 1);
	for (int i = 0; i < 3; i++) {
		const int *a = around[i];

		assert_int_equal(
		    ex_image_crop(&portrait, a[0], a[1], a[2], a[3], &im),
		    EX_OK);
		assert_int_equal(find(&im, 0, &face), 1);
		face.box.x += (float)a[0];
		face.box.y += (float)a[1];
		for (int k = 0; k < EX_FACE_LANDMARKS; k++) {
			face.landmark[k].x += (float)a[0];
			face.landmark[k].y += (float)a[1];
		}
		assert_same_face(&face, &first);
		ex_image_free(&im);
	}
	ex_image_free(&portrait);
}

static void
tiny_pictures_have_no_faces(void **state)
{
	static const int sizes[][2] = { { 1, 1 }, { 1, 500 }, { 500, 1 },
		{ 2, 3 }, { 5, 5 }, { 30, 30 }, { 31, 64 }, { 79, 79 } };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct ex_image im;
		struct ex_face face;

		assert_int_equal(
		    ex_image_new(sizes[i][0], sizes[i][1], 3, &im), EX_OK);
		memset(im.pixels, 200, im.stride_bytes * (size_t)im.height);
		assert_int_equal(find(&im, 0, &face), 0);
		assert_int_equal(find(&im, 2000, &face), 0);
		ex_image_free(&im);
	}
}

static void
other_than_three_channels_is_refused(void **state)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { 0 };

	(void)state;
	for (int channels = 1; channels <= 4; channels += 3) {
		struct ex_image im;
		size_t n = 9;

		assert_int_equal(ex_image_new(100, 100, channels, &im), EX_OK);
		assert_int_equal(ex_face_detect(work, &im, &want, faces, &n),
		    EX_ERR_UNSUPPORTED);
		assert_int_equal(n, 0);
		ex_image_free(&im);
	}
}

/* A file may decode to 64 million pixels; a search of them would take
 * gigabytes. A smaller copy is searched when only large faces count. */
static void
enormous_pictures_are_refused_unless_reduced(void **state)
{
	static struct ex_face faces[EX_FACE_MAX];
	struct ex_face_search want = { 0 };
	struct ex_image im;
	size_t n;

	(void)state;
	assert_int_equal(ex_image_new(6000, 3000, 3, &im), EX_OK);
	assert_int_equal(
	    ex_face_detect(work, &im, &want, faces, &n), EX_ERR_TOO_LARGE);
	want.min_face = 1000;
	assert_int_equal(ex_face_detect(work, &im, &want, faces, &n), EX_OK);
	assert_int_equal(n, 0);
	ex_image_free(&im);
}

static void
smaller_faces_than_wanted_are_left_out(void **state)
{
	struct ex_image im;
	struct ex_face full, face;

	(void)state;
	load_passport(3, &im);
	assert_int_equal(find(&im, 0, &full), 1);
	assert_true(full.box.w < 330);
	assert_int_equal(find(&im, 480, &face), 0);
	for (int least = 90; least <= 150; least += 30) {
		assert_int_equal(find(&im, least, &face), 1);
		assert_same_face(&face, &full);
		assert_anatomy(&face);
	}
	ex_image_free(&im);
}

static size_t
count_over(const struct ex_image *im, float threshold)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { .threshold = threshold };
	size_t n;

	assert_int_equal(ex_face_detect(work, im, &want, faces, &n), EX_OK);
	for (size_t i = 0; i < n; i++) {
		assert_true(faces[i].score > threshold);
		assert_true(i == 0 || faces[i].score <= faces[i - 1].score);
	}
	return n;
}

static void
threshold_is_kept_and_order_is_by_score(void **state)
{
	struct ex_image im;

	(void)state;
	load_passport(4, &im);
	assert_int_equal(count_over(&im, 10), 0);
	assert_int_equal(count_over(&im, 0), 1);
	assert_true(count_over(&im, -1.2f) > 5);
	assert_int_equal(count_over(&im, -INFINITY), EX_FACE_MAX);
	assert_int_equal(count_over(&im, NAN), 0);
	ex_image_free(&im);
}

/* Boxes far outside, without size, or no numbers. */
static void
landmarks_of_any_box_touch_nothing_else(void **state)
{
	static const struct ex_box boxes[] = { { -1e9f, -1e9f, 10, 10 },
		{ 0, 0, 0, 0 }, { 10, 10, -50, -50 }, { 1e30f, 0, 1e30f, 1 },
		{ NAN, NAN, NAN, NAN }, { 0, 0, INFINITY, 1 },
		{ -INFINITY, 5, 5, 5 } };
	struct ex_point p[EX_FACE_LANDMARKS];
	struct ex_image im;

	(void)state;
	load_passport(5, &im);
	for (size_t i = 0; i < sizeof boxes / sizeof *boxes; i++)
		ex_face_landmarks(models, &im, boxes[i], p);
	ex_image_free(&im);
}

static void
failed_allocations_are_survived(void **state)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { .min_face = 200 };
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_face_work *w;
	struct ex_image im;
	size_t n;

	(void)state;
	load_passport(6, &im);
	assert_int_equal(ex_face_work_new(models, &w), EX_OK);
	for (long k = 0; status != EX_OK; k++) {
		ex_calloc_fail_after(k);
		status = ex_face_detect(w, &im, &want, faces, &n);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_true(k < 100);
	}
	assert_int_equal(n, 1);
	ex_face_work_free(&w);
	ex_image_free(&im);
}

/* A face half the size of the model's window. */
static void
small_faces_are_found_when_asked_for(void **state)
{
	struct ex_face whole = { 0 }, small = { 0 };
	struct ex_image im, half;
	float f;

	(void)state;
	load_passport(7, &im);
	assert_int_equal(find(&im, 0, &whole), 1);
	f = 50 / whole.box.w;
	assert_int_equal(ex_image_resize(&im, (int)((float)im.width * f),
			     (int)((float)im.height * f), &half),
	    EX_OK);
	assert_int_equal(find(&half, 0, &small), 0);
	assert_int_equal(find(&half, 1, &small), 1);
	assert_int_equal(find(&half, 40, &small), 1);
	small.box.x /= f;
	small.box.y /= f;
	small.box.w /= f;
	small.box.h /= f;
	assert_true(ex_box_iou(small.box, whole.box) > 0.8f);
	ex_image_free(&im);
	ex_image_free(&half);
}

/* What would be too large, enlarged by all that is asked, is searched as large
 * as may be: to ask for more never finds nothing. */
static void
enlarging_ends_at_the_limit(void **state)
{
	struct ex_image im, frame;
	struct ex_face face;

	(void)state;
	if (SANITIZED) {
		print_message("# skipped: 16 million pixels take too long\n");
		skip();
	}
	load_passport(9, &im);
	assert_int_equal(ex_image_new(1920, 1080, 3, &frame), EX_OK);
	for (int y = 0; y < im.height; y++)
		memcpy(frame.pixels + (size_t)(y + 200) * frame.stride_bytes,
		    ex_image_row(&im, y), (size_t)im.width * 3);
	assert_true(find(&frame, EX_FACE_LEAST, &face) >= 1);
	ex_image_free(&frame);
	ex_image_free(&im);
}

static void
a_size_seen_before_allocates_nothing(void **state)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { 0 };
	struct ex_image im;
	size_t n;

	(void)state;
	load_passport(8, &im);
	assert_int_equal(ex_face_detect(work, &im, &want, faces, &n), EX_OK);
	ex_calloc_fail_after(0);
	assert_int_equal(ex_face_detect(work, &im, &want, faces, &n), EX_OK);
	ex_calloc_fail_after(-1);
	assert_int_equal(n, 1);
	ex_image_free(&im);
}

static void
the_central_face_is_the_best_that_holds_the_middle(void **state)
{
	const struct ex_image im = { .width = 200, .height = 100 };
	const struct ex_face faces[] = {
		{ .box = { 0, 0, 100, 50 } }, /* ends where the middle begins */
		{ .box = { 90, 40, 30, 30 } },
		{ .box = { 0, 0, 200, 100 } },
	};

	(void)state;
	assert_ptr_equal(ex_face_central(faces, 3, &im), &faces[1]);
	assert_null(ex_face_central(faces, 1, &im));
	assert_null(ex_face_central(faces, 0, &im));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_portrait_has_one_face),
		cmocka_unit_test(results_repeat_whatever_was_searched_between),
		cmocka_unit_test(odd_sizes_move_nothing),
		cmocka_unit_test(tiny_pictures_have_no_faces),
		cmocka_unit_test(other_than_three_channels_is_refused),
		cmocka_unit_test(enormous_pictures_are_refused_unless_reduced),
		cmocka_unit_test(smaller_faces_than_wanted_are_left_out),
		cmocka_unit_test(threshold_is_kept_and_order_is_by_score),
		cmocka_unit_test(landmarks_of_any_box_touch_nothing_else),
		cmocka_unit_test(
		    the_central_face_is_the_best_that_holds_the_middle),
		cmocka_unit_test(small_faces_are_found_when_asked_for),
		cmocka_unit_test(enlarging_ends_at_the_limit),
		cmocka_unit_test(a_size_seen_before_allocates_nothing),
		cmocka_unit_test(failed_allocations_are_survived),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
