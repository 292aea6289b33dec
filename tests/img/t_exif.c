/* SPDX-License-Identifier: Apache-2.0 */
/* Orientation tags put into a real JPEG, both byte orders. */
#include "picture.h"

/* APP1 with one directory of one entry: orientation, a short. */
static struct ex_blob
with_tag(const struct ex_blob *jpeg, bool little, unsigned value)
{
	uint8_t big[36] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'M',
		'M', 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1,
		(uint8_t)(value >> 8), (uint8_t)value };
	uint8_t small[36] = { 0xff, 0xe1, 0, 34, 'E', 'x', 'i', 'f', 0, 0, 'I',
		'I', 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0,
		(uint8_t)value, (uint8_t)(value >> 8) };
	struct ex_blob out = { ex_calloc(jpeg->size + 36, 1), jpeg->size + 36 };

	memcpy(out.data, jpeg->data, 2);
	memcpy(out.data + 2, little ? small : big, 36);
	memcpy(out.data + 38, jpeg->data + 2, jpeg->size - 2);
	return out;
}

/* Four flat quarters; their greys are the corners a, b over c, d. */
static struct ex_blob
quarters(void)
{
	static const uint8_t grey[2][2] = { { 20, 90 }, { 160, 230 } };
	struct ex_image im;
	struct ex_blob blob;

	assert_int_equal(ex_image_new(48, 32, 1, &im), EX_OK);
	for (int y = 0; y < 32; y++)
		for (int x = 0; x < 48; x++)
			ex_image_row(&im, y)[x] = grey[y / 16][x / 24];
	assert_int_equal(ex_image_encode_jpeg(&im, 95, &blob), EX_OK);
	ex_image_free(&im);
	return blob;
}

/* Which quarter a corner shows, as the letter it had when stored. */
static char
corner(const struct ex_image *im, int right, int bottom)
{
	int x = right ? im->width - 1 : 0, y = bottom ? im->height - 1 : 0;

	return (char)('a' + ex_image_row(im, y)[x] / 64);
}

/* Decode with the tag; the corners read in rows must spell `want`. */
static void
check(const struct ex_blob *tagged, enum ex_orientation turn, const char *want)
{
	struct ex_image im;
	char got[5];
	bool upright = want[0] == 'a'   ? want[1] == 'b'
		       : want[0] == 'b' ? want[1] == 'a'
		       : want[0] == 'c' ? want[1] == 'd'
					: want[1] == 'c';

	assert_int_equal(ex_image_decode(ex_blob_bytes(tagged), 1, turn, &im,
			     "picture", NULL),
	    EX_OK);
	assert_int_equal(im.width, upright ? 48 : 32);
	assert_int_equal(im.height, upright ? 32 : 48);
	snprintf(got, sizeof got, "%c%c%c%c", corner(&im, 0, 0),
	    corner(&im, 1, 0), corner(&im, 0, 1), corner(&im, 1, 1));
	assert_string_equal(got, want);
	ex_image_free(&im);
}

static void
all_eight_orientations_are_turned_upright(void **state)
{
	/* TIFF 6.0, Orientation: 1 the 0th row is the visual top and the 0th
	 * column the left; 2 top, right; 3 bottom, right; 4 bottom, left;
	 * 5 left, top; 6 right, top; 7 right, bottom; 8 left, bottom. */
	static const char *upright[9] = { "abcd", "abcd", "badc", "dcba",
		"cdab", "acbd", "cadb", "dbca", "bdac" };
	struct ex_blob jpeg = quarters();

	(void)state;
	for (unsigned tag = 0; tag <= 8; tag++)
		for (int little = 0; little < 2; little++) {
			struct ex_blob tagged = with_tag(&jpeg, little, tag);

			check(&tagged, EX_ORIENTATION_APPLY, upright[tag]);
			check(&tagged, EX_ORIENTATION_IGNORE, "abcd");
			ex_blob_free(&tagged);
		}
	ex_blob_free(&jpeg);
}

static void
damaged_tags_turn_nothing(void **state)
{
	struct ex_blob jpeg = quarters();
	struct ex_blob tagged = with_tag(&jpeg, false, 6);

	(void)state;
	check(&tagged, EX_ORIENTATION_APPLY, "cadb");
	for (unsigned at = 12; at < 32; at++) {
		uint8_t was = tagged.data[at];

		if (at == 20 || at == 21) /* more entries do no harm */
			continue;
		tagged.data[at] = 0xfe; /* magic, offset, tag, type, value */
		check(&tagged, EX_ORIENTATION_APPLY, "abcd");
		tagged.data[at] = was;
	}
	ex_blob_free(&tagged);
	ex_blob_free(&jpeg);
}

static void
failed_allocation_while_turning_is_reported(void **state)
{
	struct ex_blob jpeg = quarters();
	struct ex_blob tagged = with_tag(&jpeg, true, 8);
	struct ex_image im;

	(void)state;
	for (long n = 0; n < 2; n++) {
		ex_calloc_fail_after(n);
		assert_int_equal(
		    ex_image_decode(ex_blob_bytes(&tagged), 3,
			EX_ORIENTATION_APPLY, &im, "picture", NULL),
		    EX_ERR_NOMEM);
		assert_null(im.pixels);
	}
	ex_calloc_fail_after(-1);
	ex_blob_free(&tagged);
	ex_blob_free(&jpeg);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_eight_orientations_are_turned_upright),
		cmocka_unit_test(damaged_tags_turn_nothing),
		cmocka_unit_test(failed_allocation_while_turning_is_reported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
