/* SPDX-License-Identifier: Apache-2.0 */
/* What every unit test includes: cmocka and its prerequisites. */
#ifndef EXEUNT_TESTS_TEST_H
#define EXEUNT_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exeunt/base.h"

/* Absolute path of the repository, given by tests/meson.build. */
#define TEST_SOURCE_FILE(rel) EX_TEST_ROOT "/" rel

/* Shared data beside the project; NULL where a user has none. */
static inline const char *
test_shared(void)
{
	static char path[4096];
	const char *env = getenv("EXEUNT_SHARED");

	snprintf(
	    path, sizeof path, "%s", env ? env : TEST_SOURCE_FILE("../shared"));
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	fclose(f);
	return path;
}

#define TEST_NEEDS_SHARED(var)                                                 \
	const char *var = test_shared();                                       \
	if (!(var)) {                                                          \
		print_message("# skipped: no shared data (EXEUNT_SHARED)\n");  \
		skip();                                                        \
	}

#endif
