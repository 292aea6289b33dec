/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <math.h>

/* splitmix64 (Steele, Lea, Flood 2014): fills the state from one word. */
static uint64_t
splitmix(uint64_t *x)
{
	uint64_t z = *x += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

void
ex_rng_init(struct ex_rng *r, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		r->s[i] = splitmix(&seed);
}

static uint64_t
rotate(uint64_t x, int k)
{
	return x << k | x >> (64 - k);
}

uint64_t
ex_rng_u64(struct ex_rng *r)
{
	uint64_t *s = r->s;
	uint64_t out = rotate(s[0] + s[3], 23) + s[0];
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate(s[3], 45);
	return out;
}

uint32_t
ex_rng_below(struct ex_rng *r, uint32_t n)
{
	/* Lemire 2019: multiply, and draw again in the biased sliver. */
	uint64_t m = (ex_rng_u64(r) >> 32) * n;

	if ((uint32_t)m < n) {
		uint32_t least = -n % n;

		while ((uint32_t)m < least)
			m = (ex_rng_u64(r) >> 32) * n;
	}
	return (uint32_t)(m >> 32);
}

double
ex_rng_unit(struct ex_rng *r)
{
	return (double)(ex_rng_u64(r) >> 11) * 0x1p-53;
}

double
ex_rng_normal(struct ex_rng *r)
{
	double u, v, q;

	do {
		u = 2 * ex_rng_unit(r) - 1;
		v = 2 * ex_rng_unit(r) - 1;
		q = u * u + v * v;
	} while (q >= 1 || q == 0);
	return u * sqrt(-2 * log(q) / q);
}
