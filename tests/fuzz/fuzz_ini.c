/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration that was read holds what its table allows, whatever the
 * bytes. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct values {
	char text[17], path[17], hex[9];
	int word;
	bool yes;
	int64_t whole;
	double real[3];
};

#define AT(field) offsetof(struct values, field)
static const struct ex_ini_key keys[] = {
	{ "", "text", EX_INI_TEXT, 0, AT(text), "none", 1, 16, NULL },
	{ "", "path", EX_INI_PATH, 0, AT(path), "", 1, 16, NULL },
	{ "a", "hex", EX_INI_HEX, 0, AT(hex), "00000000", 8, 8, NULL },
	{ "a", "word", EX_INI_WORD, 0, AT(word), "two", 0, 0, "one|two" },
	{ "b", "yes", EX_INI_YES_NO, 0, AT(yes), "no", 0, 0, NULL },
	{ "b", "whole", EX_INI_WHOLE, 0, AT(whole), "3", 1, 9, NULL },
	{ "b", "real", EX_INI_REAL, 3, AT(real), "1", 0.5, 2, NULL },
};
#define KEYS (sizeof keys / sizeof *keys)

static void
need(bool promise)
{
	if (!promise)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct values v = { 0 };
	struct ex_error err = { 0 };
	unsigned lines[KEYS];
	enum ex_status status = ex_ini_parse(
	    "f", (struct ex_bytes){ data, size }, keys, KEYS, &v, lines, &err);

	if (status != EX_OK) {
		need(err.status == status && err.what[0] && err.why[0]);
		return 0;
	}
	need(strlen(v.text) >= 1 && strlen(v.text) <= 16);
	need(v.path[0] == '\0' || ex_path_plain(v.path));
	need(strlen(v.hex) == 8 && strspn(v.hex, "0123456789abcdef") == 8);
	need(v.word == 0 || v.word == 1);
	need(v.whole >= 1 && v.whole <= 9);
	for (int i = 0; i < 3; i++)
		need(v.real[i] >= 0.5 && v.real[i] <= 2);
	return 0;
}
