/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_uint kept = ~0u;

static unsigned
detect(void)
{
	unsigned flags = 0;

#if defined(__x86_64__)
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
		flags |= EX_CPU_AVX2;
	if (flags && __builtin_cpu_supports("avx512f") &&
	    __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512dq") &&
	    __builtin_cpu_supports("avx512vl"))
		flags |= EX_CPU_AVX512;
#endif
	return flags;
}

static unsigned
allowed_by_environment(void)
{
	const char *level = getenv("EXEUNT_CPU");

	if (level && strcmp(level, "none") == 0)
		return 0;
	if (level && strcmp(level, "avx2") == 0)
		return EX_CPU_AVX2;
	return ~0u;
}

unsigned
ex_cpu_flags(void)
{
	return detect() & allowed_by_environment() & atomic_load(&kept);
}

void
ex_cpu_mask(unsigned flags)
{
	atomic_store(&kept, flags);
}
