/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the tests of facts: a scratch folder, and failing allocations
 * that reach into jansson. */
#ifndef EXEUNT_TESTS_FACTS_SUPPORT_H
#define EXEUNT_TESTS_FACTS_SUPPORT_H

#include "test.h"

#include <ftw.h>
#include <jansson.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exeunt/facts.h"

/* A folder of this test, made by scratch_make, removed by scratch_remove. */
static char scratch[64];

static inline int
scratch_make(void **state)
{
	(void)state;
	snprintf(scratch, sizeof scratch, "/tmp/exeunt-facts-XXXXXX");
	return mkdtemp(scratch) ? 0 : -1;
}

static inline int
scratch_drop(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int
scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch, scratch_drop, 8, FTW_DEPTH | FTW_PHYS);
}

/* Path of a file in the folder; good until the next call. */
static inline const char *
scratch_path(const char *name)
{
	static char path[512];

	snprintf(path, sizeof path, "%s/%s", scratch, name);
	return path;
}

static inline void
scratch_put(const char *name, const char *text)
{
	assert_int_equal(
	    ex_file_write(scratch_path(name), text, strlen(text), NULL), EX_OK);
}

static inline void
assert_text(const struct ex_error *err, const char *what, const char *why)
{
	if (!strstr(err->what, what))
		fail_msg("'%s' does not name '%s'", err->what, what);
	if (!strstr(err->why, why))
		fail_msg("'%s' does not say '%s'", err->why, why);
}

static inline void *
failing_malloc(size_t n)
{
	return ex_calloc(1, n ? n : 1);
}

/* Let the first allocation fail, then the second... until `call` succeeds.
 * jansson reports a failed allocation in a string as a syntax error, so any
 * failure is fine; a crash or a leak is not. */
static inline void rehearse(enum ex_status (*call)(void))
{
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	json_set_alloc_funcs(failing_malloc, free);
	for (; status != EX_OK; n++) {
		assert_true(n < 5000);
		ex_calloc_fail_after(n);
		status = call();
		ex_calloc_fail_after(-1);
		assert_true(status <= 0);
	}
	json_set_alloc_funcs(malloc, free);
	assert_true(n > 3);
}

#endif
