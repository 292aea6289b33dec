/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <math.h>

#include "exeunt/facts.h"

static bool
near(float a, float b)
{
	return fabsf(a - b) < 1e-6f;
}

static void
iou_of_known_boxes(void **state)
{
	(void)state;
	const struct ex_box a = { 0, 0, 10, 10 };

	assert_true(near(ex_box_iou(a, a), 1));
	/* Half of each is shared: 50 of 150. */
	assert_true(
	    near(ex_box_iou(a, (struct ex_box){ 5, 0, 10, 10 }), 1.0f / 3));
	/* Half-open: neighbours that touch share nothing. */
	assert_true(ex_box_iou(a, (struct ex_box){ 10, 0, 10, 10 }) == 0);
	assert_true(ex_box_iou(a, (struct ex_box){ 2, 2, 5, 5 }) == 0.25f);
}

static void
iou_of_no_box_is_zero(void **state)
{
	(void)state;
	const struct ex_box a = { 0, 0, 10, 10 };

	assert_true(ex_box_iou(a, (struct ex_box){ 1, 1, 0, 5 }) == 0);
	assert_true(
	    ex_box_iou((struct ex_box){ 0 }, (struct ex_box){ 0 }) == 0);
	assert_true(ex_box_iou(a, (struct ex_box){ 1, 1, -5, -5 }) == 0);
	assert_true(ex_box_iou(a, (struct ex_box){ NAN, 1, 5, 5 }) >= 0);
	assert_true(ex_box_iou(a, (struct ex_box){ 1, 1, NAN, 5 }) == 0);
}

static void
centre_decides_what_is_inside(void **state)
{
	(void)state;
	const struct ex_box a = { 0, 0, 10, 10 };

	assert_true(ex_box_has_centre(a, (struct ex_box){ -3, 2, 8, 4 }));
	assert_false(ex_box_has_centre(a, (struct ex_box){ -6, 2, 8, 4 }));
	assert_false(ex_box_has_centre(a, (struct ex_box){ 9, 9, 2, 2 }));
	assert_false(ex_box_has_centre(a, (struct ex_box){ NAN, 9, 2, 2 }));
}

/* Unit vectors along two axes, and between them. */
static struct ex_template
axis(size_t i, size_t j)
{
	struct ex_template t = { .dim = 128 };

	t.v[i] += i == j ? 1 : sqrtf(0.5f);
	t.v[j] += i == j ? 0 : sqrtf(0.5f);
	return t;
}

static void
similarity_is_the_cosine(void **state)
{
	(void)state;
	struct ex_template a = axis(0, 0), b = axis(127, 127), c = axis(0, 127);
	struct ex_template minus = a, large = a;

	minus.v[0] = -1;
	large.v[0] = 1.0001f;
	assert_true(ex_template_similarity(&a, &a) == 1);
	assert_true(ex_template_similarity(&a, &b) == 0);
	assert_true(near(ex_template_similarity(&c, &b), sqrtf(0.5f)));
	assert_true(ex_template_similarity(&a, &minus) == -1);
	assert_true(ex_template_similarity(&large, &large) == 1);
}

static void
fused_templates_have_unit_length(void **state)
{
	(void)state;
	struct ex_template t[2] = { axis(0, 0), axis(127, 127) };
	struct ex_template want = axis(0, 127), out;

	ex_template_fuse(t, 2, &out);
	assert_true(near(ex_template_similarity(&out, &want), 1));
	assert_true(near(ex_template_similarity(&out, &out), 1));
	ex_template_fuse(t, 1, &out);
	assert_memory_equal(&out, &t[0], sizeof out);
	/* In place, too. */
	ex_template_fuse(t, 2, &t[0]);
	assert_true(near(ex_template_similarity(&t[0], &want), 1));
}

/* Of two matchers, or of none: zeros past a shorter one would pass for a
 * likeness. */
static void
templates_of_unequal_size_are_not_alike(void **state)
{
	(void)state;
	struct ex_template t[2] = { axis(0, 0), axis(0, 0) }, out;
	static const struct ex_template nobody;

	t[1].dim = 127;
	assert_true(ex_template_similarity(&t[0], &t[1]) == -1);
	assert_true(ex_template_similarity(&nobody, &nobody) == -1);
	ex_template_fuse(t, 2, &out);
	assert_memory_equal(&out, &nobody, sizeof out);
	/* The largest there is. */
	t[0] = t[1] = axis(511, 511);
	t[0].dim = t[1].dim = 512;
	assert_true(ex_template_similarity(&t[0], &t[1]) == 1);
	ex_template_fuse(t, 2, &out);
	assert_memory_equal(&out, &t[0], sizeof out);
}

static void
opposite_templates_fuse_to_nobody(void **state)
{
	(void)state;
	struct ex_template t[2] = { axis(3, 3), axis(3, 3) }, out;

	t[1].v[3] = -1;
	ex_template_fuse(t, 2, &out);
	assert_true(ex_template_similarity(&out, &t[0]) == 0);
}

static void
words_survive_the_round_trip(void **state)
{
	(void)state;
	enum ex_seat seat;
	enum ex_cause cause;
	enum ex_document_verdict verdict;

	for (int i = 0; i < EX_SEAT_COUNT; i++) {
		assert_true(
		    ex_seat_from_word(ex_seat_word((enum ex_seat)i), &seat));
		assert_int_equal(seat, i);
	}
	for (int i = 0; i < EX_CAUSE_COUNT; i++) {
		assert_true(ex_cause_from_word(
		    ex_cause_word((enum ex_cause)i), &cause));
		assert_int_equal(cause, i);
		assert_true(strlen(ex_cause_text((enum ex_cause)i)) > 5);
	}
	for (int i = 0; i < EX_DOCUMENT_VERDICT_COUNT; i++) {
		assert_true(ex_document_verdict_from_word(
		    ex_document_verdict_word((enum ex_document_verdict)i),
		    &verdict));
		assert_int_equal(verdict, i);
	}
}

static void
words_are_those_of_the_design(void **state)
{
	(void)state;
	enum ex_verdict verdict;
	enum ex_direction direction;
	enum ex_check check;

	assert_string_equal(ex_seat_word(EX_SEAT_THIRD_CENTRE), "third-centre");
	assert_string_equal(ex_cause_word(EX_CAUSE_LOOK_ALIKE), "look-alike");
	assert_string_equal(
	    ex_document_verdict_word(EX_DOCUMENT_HOLDER_NOT_SEEN),
	    "holder-not-seen");
	assert_true(ex_verdict_from_word("confirmed", &verdict));
	assert_int_equal(verdict, EX_VERDICT_CONFIRMED);
	assert_true(ex_direction_from_word("in", &direction));
	assert_int_equal(direction, EX_DIRECTION_IN);
	assert_true(ex_check_from_word("not-done", &check));
	assert_int_equal(check, EX_CHECK_NOT_DONE);
}

static void
unknown_words_are_refused(void **state)
{
	(void)state;
	enum ex_seat seat = EX_SEAT_REAR_LEFT;
	enum ex_cause cause;

	assert_false(ex_seat_from_word("rear", &seat));
	assert_false(ex_seat_from_word("", &seat));
	assert_false(ex_seat_from_word("REAR-LEFT", &seat));
	assert_int_equal(seat, EX_SEAT_REAR_LEFT);
	assert_false(ex_cause_from_word("none-found", &cause));
	assert_string_equal(ex_seat_word((enum ex_seat)99), "unknown");
	assert_string_equal(ex_cause_word((enum ex_cause)99), "unknown");
	assert_string_equal(ex_cause_text((enum ex_cause)99), "unknown cause");
}

static void
ulid_matches_the_specification(void **state)
{
	(void)state;
	static const uint8_t none[10] = { 0 };
	static const uint8_t all[10] = { 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255 };
	static const uint8_t some[10] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
		0xcd, 0xef, 0x01, 0x23 };
	char out[EX_ULID_SIZE];

	ex_ulid_make(0, none, out);
	assert_string_equal(out, "00000000000000000000000000");
	/* The largest valid one, by the specification. */
	ex_ulid_make((INT64_C(1) << 48) - 1, all, out);
	assert_string_equal(out, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
	/* The specification's example of a time: seed 1469918176385. */
	ex_ulid_make(1469918176385, none, out);
	assert_string_equal(out, "01ARYZ6S410000000000000000");
	/* 0x0123456789abcdef0123 in groups of five bits. */
	ex_ulid_make(0, some, out);
	assert_string_equal(out, "000000000004HMASW9NF6YY093");
}

static void
the_time_of_a_ulid_is_read_back(void **state)
{
	static const char *const wrong[] = { "", "01ARYZ6S41000000000000000",
		"01ARYZ6S4100000000000000000", "81ARYZ6S410000000000000000",
		"01ARYZ6S41000000000000000U", "01aryz6s410000000000000000" };
	const uint8_t all[10] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff };
	char id[EX_ULID_SIZE];
	int64_t ms;

	(void)state;
	for (int64_t t = 1; t < INT64_C(1) << 48; t *= 3) {
		ex_ulid_make(t, all, id);
		assert_true(ex_ulid_time(id, &ms));
		assert_int_equal(ms, t);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		ms = 7;
		assert_false(ex_ulid_time(wrong[i], &ms));
		assert_int_equal(ms, 0);
	}
}

static void
ulids_sort_by_time_and_stay_in_range(void **state)
{
	(void)state;
	static const uint8_t all[10] = { 255, 255, 255, 255, 255, 255, 255, 255,
		255, 255 };
	static const uint8_t none[10] = { 0 };
	char a[EX_ULID_SIZE], b[EX_ULID_SIZE];

	ex_ulid_make(1767600000000, all, a);
	ex_ulid_make(1767600000001, none, b);
	assert_true(strcmp(a, b) < 0);
	ex_ulid_make(-5, none, a);
	assert_string_equal(a, "00000000000000000000000000");
	ex_ulid_make(INT64_MAX, none, a);
	assert_string_equal(a, "7ZZZZZZZZZ0000000000000000");
}

static int
digit_of(const char *s)
{
	return ex_mrz_check_digit(s, strlen(s));
}

static void
check_digits_of_doc_9303(void **state)
{
	(void)state;
	/* Doc 9303-3, 4.9 and the specimens of parts 4 to 6. */
	assert_int_equal(digit_of("520727"), 3);
	assert_int_equal(digit_of("AB2134<<<"), 5);
	assert_int_equal(digit_of("HA672242<"), 6);
	assert_int_equal(digit_of("L898902C3"), 6);
	assert_int_equal(digit_of("740812"), 2);
	assert_int_equal(digit_of("120415"), 9);
	assert_int_equal(digit_of("ZE184226B<<<<<"), 1);
	/* The composites of part 4's passport and of part 5's card. */
	assert_int_equal(
	    digit_of("L898902C3674081221204159ZE184226B<<<<<1"), 0);
	assert_int_equal(digit_of("D231458907<<<<<<<<<<<<<<<"
				  "7408122"
				  "1204159"
				  "<<<<<<<<<<<"),
	    6);
	assert_int_equal(digit_of(""), 0);
}

static void
check_digit_of_foreign_characters_is_refused(void **state)
{
	(void)state;
	assert_int_equal(digit_of("52072a"), -1);
	assert_int_equal(digit_of("52 727"), -1);
	assert_int_equal(digit_of("\xc3\x84"), -1);
	assert_int_equal(ex_mrz_check_digit("52\0", 3), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(iou_of_known_boxes),
		cmocka_unit_test(iou_of_no_box_is_zero),
		cmocka_unit_test(centre_decides_what_is_inside),
		cmocka_unit_test(similarity_is_the_cosine),
		cmocka_unit_test(fused_templates_have_unit_length),
		cmocka_unit_test(templates_of_unequal_size_are_not_alike),
		cmocka_unit_test(opposite_templates_fuse_to_nobody),
		cmocka_unit_test(words_survive_the_round_trip),
		cmocka_unit_test(words_are_those_of_the_design),
		cmocka_unit_test(unknown_words_are_refused),
		cmocka_unit_test(ulid_matches_the_specification),
		cmocka_unit_test(the_time_of_a_ulid_is_read_back),
		cmocka_unit_test(ulids_sort_by_time_and_stay_in_range),
		cmocka_unit_test(check_digits_of_doc_9303),
		cmocka_unit_test(check_digit_of_foreign_characters_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
