/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/document.h"

#include <string.h>

static const struct {
	const char *code, *name;
} table[] = {
#define EX_COUNTRY(code, name) { code, name },
#include "countries.inc"
#undef EX_COUNTRY
};

const char *
ex_country_name(const char *code)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (!strcmp(table[i].code, code))
			return table[i].name;
	return NULL;
}
