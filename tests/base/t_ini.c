/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration: what is read, and what is said of what is not. */
#include "test.h"

struct lamp {
	char name[9];
	char file[65];
	char hash[9];
	int colour;
	bool on;
	int64_t watts;
	double place[3];
};

#define AT(field) offsetof(struct lamp, field)
static const struct ex_ini_key keys[] = {
	{ "", "name", EX_INI_TEXT, 0, AT(name), NULL, 1, 8, NULL },
	{ "bulb", "file", EX_INI_PATH, 0, AT(file), "", 1, 64, NULL },
	{ "bulb", "hash", EX_INI_HEX, 0, AT(hash), "", 8, 8, NULL },
	{ "bulb", "colour", EX_INI_WORD, 0, AT(colour), "green", 0, 0,
	    "red|green|blue" },
	{ "bulb", "on", EX_INI_YES_NO, 0, AT(on), "yes", 0, 0, NULL },
	{ "hall", "watts", EX_INI_WHOLE, 0, AT(watts), "60", -5, 100, NULL },
	{ "hall", "place", EX_INI_REAL, 3, AT(place), "0.5", 0, 10, NULL },
};
#define KEYS (sizeof keys / sizeof *keys)

static enum ex_status
parse(const char *text, struct lamp *l, unsigned lines[], struct ex_error *err)
{
	const struct ex_bytes in = { (const uint8_t *)text, strlen(text) };

	memset(l, 0, sizeof *l);
	return ex_ini_parse("lamp.ini", in, keys, KEYS, l, lines, err);
}

static void
everything_given_is_read(void **state)
{
	struct lamp l;
	struct ex_error err;
	unsigned lines[KEYS];

	(void)state;
	assert_int_equal(parse("# a lamp\r\n; of mine\n\n\tname =  Ünal #1 \n"
			       "[bulb]\nfile=a/b c.onnx\nhash = 00FFabCD\r\n"
			       "colour = blue\non = no\n[hall]\nwatts = -5\n"
			       "place = 1 2.5e0\t10",
			     &l, lines, &err),
	    EX_OK);
	assert_string_equal(l.name, "Ünal #1");
	assert_string_equal(l.file, "a/b c.onnx");
	assert_string_equal(l.hash, "00ffabcd");
	assert_int_equal(l.colour, 2);
	assert_false(l.on);
	assert_int_equal(l.watts, -5);
	assert_true(l.place[0] == 1 && l.place[1] == 2.5 && l.place[2] == 10);
	assert_int_equal(lines[0], 4);
	assert_int_equal(lines[KEYS - 1], 12);
}

static void
what_is_not_given_has_its_default(void **state)
{
	struct lamp l;
	struct ex_error err;
	unsigned lines[KEYS];

	(void)state;
	assert_int_equal(
	    parse("name = x\n[hall]\n[hall]\nplace = 3", &l, lines, &err),
	    EX_OK);
	assert_string_equal(l.file, "");
	assert_int_equal(l.colour, 1);
	assert_true(l.on);
	assert_int_equal(l.watts, 60);
	assert_true(l.place[0] == 3 && l.place[1] == 3 && l.place[2] == 3);
	assert_int_equal(lines[5], 0);
	assert_int_equal(lines[6], 4);
}

/* Text, what is named, what is said. */
static const struct refusal {
	const char *text, *what, *why;
} refusals[] = {
	{ "", "lamp.ini: name", "is missing" },
	{ "name =", "lamp.ini:1: name", "text of 1 to 8 bytes" },
	{ "name = 123456789", "lamp.ini:1: name", "text of 1 to 8 bytes" },
	{ "name = a\nname = a", "lamp.ini:2: name", "on line 1 already" },
	{ "name", "lamp.ini:1", "neither [section] nor key = value" },
	{ "= a", "lamp.ini:1", "no such key" },
	{ "Name = a", "lamp.ini:1: Name", "beginning has name" },
	{ "name = \xff", "lamp.ini:1", "UTF-8" },
	{ "name = a\x01", "lamp.ini:1", "UTF-8" },
	{ "name = a\xc2\x9b"
	  "b",
	    "lamp.ini:1", "UTF-8" },
	{ "name = a\rb", "lamp.ini:1", "UTF-8" },
	{ "[", "lamp.ini:1", "[name] and no more" },
	{ "[]", "lamp.ini:1", "[name] and no more" },
	{ "[bulb] x", "lamp.ini:1", "[name] and no more" },
	{ "\n[cellar]", "lamp.ini:2: [cellar", "there are [bulb], [hall]" },
	{ "[bulb]\nwatts = 1", "lamp.ini:2: watts",
	    "[bulb] has file, hash, colour, on" },
	{ "[bulb]\nfile = /etc/passwd", "lamp.ini:2: bulb.file", "a path" },
	{ "[bulb]\nfile = a/../../b", "lamp.ini:2: bulb.file", "'..'" },
	{ "[bulb]\nfile =", "lamp.ini:2: bulb.file", "a path" },
	{ "[bulb]\nhash = 1234567", "lamp.ini:2: bulb.hash", "8 hexadec" },
	{ "[bulb]\nhash = 1234567g", "lamp.ini:2: bulb.hash", "8 hexadec" },
	{ "[bulb]\ncolour = re", "lamp.ini:2: bulb.colour",
	    "one of red|green|blue" },
	{ "[bulb]\ncolour = red|green", "lamp.ini:2: bulb.colour", "one of" },
	{ "[bulb]\ncolour =", "lamp.ini:2: bulb.colour", "one of" },
	{ "[bulb]\non = true", "lamp.ini:2: bulb.on", "yes or no" },
	{ "[hall]\nwatts = 101", "lamp.ini:2: hall.watts",
	    "a whole number from -5 to 100" },
	{ "[hall]\nwatts = 1.0", "lamp.ini:2: hall.watts", "whole" },
	{ "[hall]\nwatts = 0x1", "lamp.ini:2: hall.watts", "whole" },
	{ "[hall]\nwatts = 99999999999999999999", "lamp.ini:2: hall.watts",
	    "whole" },
	{ "[hall]\nplace = 1 2", "lamp.ini:2: hall.place", "one each" },
	{ "[hall]\nplace = 1 2 3 4", "lamp.ini:2: hall.place", "from 0" },
	{ "[hall]\nplace = nan", "lamp.ini:2: hall.place", "from 0 to 10" },
	{ "[hall]\nplace = 0x1p1", "lamp.ini:2: hall.place", "from 0" },
	{ "[hall]\nplace = 1e999", "lamp.ini:2: hall.place", "from 0" },
	{ "[hall]\nplace = 11", "lamp.ini:2: hall.place", "from 0 to 10" },
};

static void
what_is_wrong_is_named_with_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
		const struct refusal *r = &refusals[i];
		struct lamp l;
		struct ex_error err;

		assert_int_equal(parse(r->text, &l, NULL, &err), EX_ERR_FORMAT);
		if (!strstr(err.what, r->what) || !strstr(err.why, r->why))
			fail_msg("%s: '%s' says '%s: %s'", r->text, r->what,
			    err.what, err.why);
	}
}

/* A token for the hub, say, mistyped. */
static void
values_are_never_quoted(void **state)
{
	struct lamp l;
	struct ex_error err;

	(void)state;
	assert_int_equal(
	    parse("name = very-secret-word", &l, NULL, &err), EX_ERR_FORMAT);
	assert_null(strstr(err.why, "secret"));
	assert_null(strstr(err.what, "secret"));
}

static void
size_is_bounded(void **state)
{
	static uint8_t big[EX_INI_MAX_BYTES + 1];
	struct lamp l = { 0 };
	struct ex_error err;
	char line[1100];

	(void)state;
	memset(big, '\n', sizeof big);
	assert_int_equal(ex_ini_parse("b", (struct ex_bytes){ big, sizeof big },
			     keys, KEYS, &l, NULL, &err),
	    EX_ERR_TOO_LARGE);
	memset(line, '#', sizeof line);
	line[1023] = '\0';
	assert_int_equal(parse(line, &l, NULL, &err), EX_ERR_FORMAT);
	assert_non_null(strstr(err.what, "name"));
	line[1023] = '#';
	line[1024] = '\0';
	assert_int_equal(parse(line, &l, NULL, &err), EX_ERR_FORMAT);
	assert_non_null(strstr(err.why, "1024"));
	assert_int_equal(
	    ex_ini_parse("n", (struct ex_bytes){ (const uint8_t *)"a\0b", 3 },
		keys, KEYS, &l, NULL, &err),
	    EX_ERR_FORMAT);
}

static void
files_that_are_not_there_are_named(void **state)
{
	struct lamp l = { 0 };
	struct ex_error err;

	(void)state;
	assert_int_equal(
	    ex_ini_read("/nowhere/lamp.ini", keys, KEYS, &l, NULL, &err),
	    EX_ERR_NOT_FOUND);
	assert_string_equal(err.what, "/nowhere/lamp.ini");
	ex_calloc_fail_after(0);
	assert_int_equal(ex_ini_read(TEST_SOURCE_FILE("README.md"), keys, KEYS,
			     &l, NULL, &err),
	    EX_ERR_NOMEM);
	ex_calloc_fail_after(-1);
	assert_int_equal(ex_ini_read(TEST_SOURCE_FILE("README.md"), keys, KEYS,
			     &l, NULL, &err),
	    EX_ERR_FORMAT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_given_is_read),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(what_is_wrong_is_named_with_what_is_allowed),
		cmocka_unit_test(values_are_never_quoted),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(files_that_are_not_there_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
