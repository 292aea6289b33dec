/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define ROUNDS 2000000
#define CHAINS 12 /* more than latency times units: 4 x 2 */

__attribute__((target("avx512f"))) static float
spin_512(void)
{
	__m512 sum[CHAINS], a = _mm512_set1_ps(0.999f);
	float out = 0;

	for (int i = 0; i < CHAINS; i++)
		sum[i] = _mm512_set1_ps((float)i);
	for (int r = 0; r < ROUNDS; r++)
#pragma GCC unroll 12
		for (int i = 0; i < CHAINS; i++)
			sum[i] = _mm512_fmadd_ps(sum[i], a, a);
	for (int i = 0; i < CHAINS; i++)
		out += _mm512_cvtss_f32(sum[i]);
	return out;
}

__attribute__((target("avx2,fma"))) static float
spin_256(void)
{
	__m256 sum[CHAINS], a = _mm256_set1_ps(0.999f);
	float out = 0;

	for (int i = 0; i < CHAINS; i++)
		sum[i] = _mm256_set1_ps((float)i);
	for (int r = 0; r < ROUNDS; r++)
#pragma GCC unroll 12
		for (int i = 0; i < CHAINS; i++)
			sum[i] = _mm256_fmadd_ps(sum[i], a, a);
	for (int i = 0; i < CHAINS; i++)
		out += _mm256_cvtss_f32(sum[i]);
	return out;
}

static double
rate(float (*spin)(void), int lanes)
{
	static volatile float sink;
	double best = 0;

	for (int i = 0; i < 8; i++) {
		const int64_t start = cpu_ns();

		sink += spin();
		keep_least(&best, cpu_seconds_since(start));
	}
	return 2.0 * ROUNDS * CHAINS * lanes / best * 1e-9;
}

double
peak_gflops(const char **unit)
{
	const unsigned flags = ex_cpu_flags();

	*unit = flags & EX_CPU_AVX512 ? "AVX-512" : "AVX2";
	if (flags & EX_CPU_AVX512)
		return rate(spin_512, 16);
	return flags & EX_CPU_AVX2 ? rate(spin_256, 8) : 0;
}

#else

double
peak_gflops(const char **unit)
{
	*unit = "not measured";
	return 0;
}

#endif
