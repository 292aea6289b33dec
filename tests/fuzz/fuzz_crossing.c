/* SPDX-License-Identifier: Apache-2.0 */
/* A crossing that was read prints, and what it prints reads the same. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ex_crossing c, back;
	struct ex_error err;
	char *first, *second;

	if (ex_crossing_parse((const char *)data, size, &c, &err) != EX_OK)
		return 0;
	first = ex_crossing_json(&c);
	if (!first ||
	    ex_crossing_parse(first, strlen(first), &back, &err) != EX_OK)
		abort();
	second = ex_crossing_json(&back);
	if (!second || strcmp(first, second) != 0)
		abort();
	free(first);
	free(second);
	return 0;
}
