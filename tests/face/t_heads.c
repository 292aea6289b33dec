/* SPDX-License-Identifier: Apache-2.0 */
/* What YuNet and SCRFD say, against boxes computed by hand. */
#include "test.h"

#include "heads.h"

#include <math.h>

#define CELLS 6 /* 3 columns, 2 rows */
#define ROOM  64

static void
assert_close(float got, double wanted)
{
	if (!(fabs((double)got - wanted) <= 1e-3))
		fail_msg("%.6f, not %.6f", (double)got, wanted);
}

static void
assert_box(
    const struct found *f, double left, double top, double right, double bottom)
{
	assert_close(f->left, left);
	assert_close(f->top, top);
	assert_close(f->right, right);
	assert_close(f->bottom, bottom);
}

static void
assert_point(struct ex_point p, double x, double y)
{
	assert_close(p.x, x);
	assert_close(p.y, y);
}

/* Network order: the picture's left eye, right eye, nose, mouth's left and
 * right corner; subject's order: the eyes and the corners change places. */
static const float offsets[10] = { -0.5f, 0, 0.5f, 0, 0, 0.25f, -0.25f, 0.5f,
	0.25f, 0.75f };

static void
yunet_is_read_as_its_authors_do(void **state)
{
	float cls[CELLS] = { 0 }, obj[CELLS] = { 0 }, box[CELLS * 4] = { 0 };
	float points[CELLS * 10] = { 0 };
	const struct head_level l = { .stride = 16,
		.columns = 3,
		.rows = 2,
		.anchors = 1,
		.part = { cls, obj, box, points } };
	struct found f[ROOM];

	(void)state;
	/* Cell 5 is column 2, row 1: (2 + 0.5) 16 = 40, (1 + 0.25) 16 = 20;
	 * sides e^0.5 16 = 26.3795 and 2 x 16 = 32; sqrt(0.81 x 1). */
	cls[5] = 0.81f;
	obj[5] = 1.7f; /* clamped to 1 */
	memcpy(
	    box + 20, (float[]){ 0.5f, 0.25f, 0.5f, logf(2) }, 4 * sizeof *box);
	memcpy(points + 50, offsets, sizeof offsets);
	assert_int_equal(ex_heads_yunet(&l, 0.5f, f, 0, ROOM), 1);
	assert_close(f->score, 0.9);
	assert_box(f, 40 - 13.18977, 4, 40 + 13.18977, 36);
	assert_point(f->at[0], 32 + 8, 16);
	assert_point(f->at[1], 32 - 8, 16);
	assert_point(f->at[2], 32, 16 + 4);
	assert_point(f->at[3], 32 + 4, 16 + 12);
	assert_point(f->at[4], 32 - 4, 16 + 8);
	/* Over the threshold, not at it; and never past the room. */
	assert_int_equal(ex_heads_yunet(&l, f->score, f, 0, ROOM), 0);
	assert_int_equal(ex_heads_yunet(&l, -1, f, 0, ROOM), CELLS);
	assert_int_equal(ex_heads_yunet(&l, -1, f, ROOM - 2, ROOM), ROOM);
}

static void
scrfd_is_read_as_its_authors_do(void **state)
{
	float score[CELLS * 2] = { 0 }, box[CELLS * 8] = { 0 };
	float points[CELLS * 20] = { 0 };
	const struct head_level l = { .stride = 8,
		.columns = 3,
		.rows = 2,
		.anchors = 2,
		.part = { score, NULL, box, points } };
	struct found f[ROOM];

	(void)state;
	/* Face 7 is the second of cell 3: column 0, row 1, at (0, 8). */
	score[7] = 0.6f;
	memcpy(box + 28, (float[]){ 1, 0.5f, 2, 3 }, 4 * sizeof *box);
	memcpy(points + 70, offsets, sizeof offsets);
	/* Face 4 is the first of cell 2: column 2, row 0, at (16, 0). */
	score[4] = 0.7f;
	memcpy(box + 16, (float[]){ 2, 0, 0.25f, 1 }, 4 * sizeof *box);
	assert_int_equal(ex_heads_scrfd(&l, 0.5f, f, 0, ROOM), 2);
	assert_close(f[0].score, 0.7);
	assert_box(&f[0], 0, 0, 18, 8);
	assert_close(f[1].score, 0.6);
	assert_box(&f[1], -8, 4, 16, 32);
	assert_point(f[1].at[0], 4, 8);
	assert_point(f[1].at[1], -4, 8);
	assert_point(f[1].at[2], 0, 10);
	assert_point(f[1].at[3], 2, 14);
	assert_point(f[1].at[4], -2, 12);
}

static void
points_may_be_absent(void **state)
{
	float score[2] = { 0.9f, 0.1f };
	float box[8] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	const struct head_level l = { .stride = 32,
		.columns = 1,
		.rows = 1,
		.anchors = 2,
		.part = { score, NULL, box, NULL } };
	struct found f[ROOM];

	(void)state;
	assert_int_equal(ex_heads_scrfd(&l, 0.5f, f, 0, ROOM), 1);
	assert_point(f->at[0], 0, 0);
}

/* A network may say anything. */
static void
what_is_no_box_is_left_out(void **state)
{
	static const float odd[] = { NAN, INFINITY, -INFINITY, 1e30f, 200 };
	float cls[1], obj[1] = { 1 }, box[4], points[10] = { 0 };
	const struct head_level l = { .stride = 8,
		.columns = 1,
		.rows = 1,
		.anchors = 1,
		.part = { cls, obj, box, points } };
	struct found f[ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		cls[0] = 1;
		for (int k = 0; k < 4; k++) {
			memset(box, 0, sizeof box);
			box[k] = odd[i];
			/* A centre 200 cells away is one; e^200 is no side. */
			assert_int_equal(ex_heads_yunet(&l, 0.5f, f, 0, ROOM),
			    odd[i] == 200 && k < 2);
			box[k] = odd[i] == 200 ? -1e7f : odd[i];
			assert_int_equal(
			    ex_heads_scrfd(&l, 0.5f, f, 0, ROOM), 0);
		}
		memset(box, 0, sizeof box);
		points[3] = odd[i];
		assert_int_equal(
		    ex_heads_yunet(&l, 0.5f, f, 0, ROOM), odd[i] == 200);
		points[3] = 0;
		cls[0] = odd[i];
		assert_int_equal(
		    ex_heads_yunet(&l, 0.5f, f, 0, ROOM), odd[i] > 0);
	}
}

static struct found
square(float x, float y, float side, float score)
{
	return (struct found){ .left = x,
		.top = y,
		.right = x + side,
		.bottom = y + side,
		.score = score };
}

static void
the_best_of_those_that_overlap_stays(void **state)
{
	/* The second overlaps the first by 80 of 120: 2/3. The third the
	 * second by as much, the first by 60 of 140. */
	struct found f[] = { square(0, 0, 10, 0.6f), square(2, 0, 10, 0.9f),
		square(4, 0, 10, 0.8f), square(50, 0, 10, 0.7f) };
	struct found again[4];

	(void)state;
	memcpy(again, f, sizeof f);
	assert_int_equal(ex_heads_suppress(f, 4, 0.5f, 9), 2);
	assert_close(f[0].score, 0.9);
	assert_close(f[1].score, 0.7);
	memcpy(f, again, sizeof f);
	assert_int_equal(ex_heads_suppress(f, 4, 0.7f, 9), 4);
	assert_close(f[3].score, 0.6);
	memcpy(f, again, sizeof f);
	assert_int_equal(ex_heads_suppress(f, 4, 0.7f, 3), 3);
	assert_int_equal(ex_heads_suppress(f, 0, 0.5f, 9), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(yunet_is_read_as_its_authors_do),
		cmocka_unit_test(scrfd_is_read_as_its_authors_do),
		cmocka_unit_test(points_may_be_absent),
		cmocka_unit_test(what_is_no_box_is_left_out),
		cmocka_unit_test(the_best_of_those_that_overlap_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
