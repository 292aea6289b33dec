/* SPDX-License-Identifier: Apache-2.0 */
#include "test.h"

#include <string.h>

static struct ex_bytes
text_of(const char *s)
{
	return (struct ex_bytes){ (const uint8_t *)s, strlen(s) };
}

static enum ex_status
decoded(const char *text, size_t most, struct ex_blob *out)
{
	return ex_base64_bytes(text_of(text), most, out);
}

/* RFC 4648, section 10. */
static void
the_vectors_of_the_standard_hold(void **state)
{
	static const char *const pairs[][2] = { { "", "" }, { "f", "Zg==" },
		{ "fo", "Zm8=" }, { "foo", "Zm9v" }, { "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" } };

	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		char *text = ex_base64_text(text_of(pairs[i][0]));
		struct ex_blob blob;

		assert_string_equal(text, pairs[i][1]);
		assert_int_equal(decoded(pairs[i][1], 6, &blob), EX_OK);
		assert_int_equal(blob.size, strlen(pairs[i][0]));
		assert_memory_equal(blob.data, pairs[i][0], blob.size);
		ex_blob_free(&blob);
		free(text);
	}
}

static void
every_byte_survives_the_round_trip(void **state)
{
	uint8_t raw[256 + 2];

	(void)state;
	for (size_t i = 0; i < sizeof raw; i++)
		raw[i] = (uint8_t)(255 - i);
	for (size_t n = sizeof raw - 3; n <= sizeof raw; n++) {
		char *text = ex_base64_text((struct ex_bytes){ raw, n });
		struct ex_blob blob;

		assert_int_equal(decoded(text, n, &blob), EX_OK);
		assert_int_equal(blob.size, n);
		assert_memory_equal(blob.data, raw, n);
		ex_blob_free(&blob);
		free(text);
	}
}

static void
what_is_not_base64_is_refused(void **state)
{
	static const char *const wrong[] = { "Z", "Zg", "Zg=", "Zg===", "=",
		"====", "Zg=a", "Z===", "Zm9v\n", "Zm 9", "Zm9-", "Zm9_",
		"Zh==", "Zm9=", "Zg==Zg==" };
	struct ex_blob blob;

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (decoded(wrong[i], 100, &blob) != EX_ERR_FORMAT)
			fail_msg("'%s' is taken", wrong[i]);
		assert_null(blob.data);
	}
	assert_int_equal(
	    ex_base64_bytes(
		(struct ex_bytes){ (const uint8_t *)"Zm\0v", 4 }, 100, &blob),
	    EX_ERR_FORMAT);
}

static void
more_than_the_caller_wants_is_refused(void **state)
{
	struct ex_blob blob;

	(void)state;
	assert_int_equal(decoded("Zm9vYmFy", 5, &blob), EX_ERR_TOO_LARGE);
	assert_int_equal(decoded("Zm9vYmFy", 6, &blob), EX_OK);
	ex_blob_free(&blob);
	ex_calloc_fail_after(0);
	assert_int_equal(decoded("Zm9v", 6, &blob), EX_ERR_NOMEM);
	assert_null(ex_base64_text(text_of("foo")));
	ex_calloc_fail_after(-1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_standard_hold),
		cmocka_unit_test(every_byte_survives_the_round_trip),
		cmocka_unit_test(what_is_not_base64_is_refused),
		cmocka_unit_test(more_than_the_caller_wants_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
