/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Allocations still to succeed; negative: no limit. */
static atomic_long allowed = -1;

void
ex_calloc_fail_after(long n)
{
	atomic_store(&allowed, n);
}

static bool
rehearse_failure(void)
{
	long left = atomic_load(&allowed);

	if (left < 0)
		return false;
	if (left == 0)
		return true;
	atomic_fetch_sub(&allowed, 1);
	return false;
}

void *
ex_calloc(size_t n, size_t size)
{
	size_t total;
	void *p;

	if (__builtin_mul_overflow(n, size, &total) || total > SIZE_MAX - 64 ||
	    rehearse_failure())
		return NULL;
	total = total ? (total + 63) / 64 * 64 : 64;
	p = aligned_alloc(64, total);
	if (p)
		memset(p, 0, total);
	return p;
}

char *
ex_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = ex_calloc(n, 1);

	if (p)
		memcpy(p, s, n);
	return p;
}

void
ex_wipe(void *p, size_t n)
{
	if (n)
		explicit_bzero(p, n);
}
