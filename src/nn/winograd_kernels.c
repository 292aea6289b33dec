/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Transforms at the points 0, 1, -1, 2, -2, 1/2, -1/2 and infinity, on 16
 * channels at a time. The same source is compiled for each cpu level: gcc and
 * clang split the 16 lanes as the level wants.
 */
#include "winograd.h"

/* Rows of pictures start at any float. */
typedef float lanes
    __attribute__((vector_size(LANES * sizeof(float)), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

/* B^T d */
INLINE void
to_points(const lanes d[SPAN], lanes t[SPAN])
{
	const lanes a = d[1] - d[3] * 4.25f + d[5];
	const lanes b = d[2] - d[4] * 4.25f + d[6];
	const lanes c = d[1] * 0.5f - d[3] * 2.5f + d[5] * 2.0f;
	const lanes e = d[2] * 0.25f - d[4] * 1.25f + d[6];
	const lanes f = d[1] * 2.0f - d[3] * 2.5f + d[5] * 0.5f;
	const lanes g = d[2] * 4.0f - d[4] * 5.0f + d[6];

	t[0] = d[0] - d[6] + (d[4] - d[2]) * 5.25f;
	t[1] = b + a;
	t[2] = b - a;
	t[3] = e + c;
	t[4] = e - c;
	t[5] = g + f;
	t[6] = g - f;
	t[7] = d[7] - d[1] + (d[3] - d[5]) * 5.25f;
}

/* A^T m: the sum over the points x of m x^k for output k, and of the point at
 * infinity for the last one. */
INLINE void
from_points(const lanes m[SPAN], int tile, lanes o[MAX_TILE])
{
	const lanes a = m[1] + m[2], b = m[1] - m[2];
	const lanes c = m[3] + m[4], d = m[3] - m[4];
	const lanes e = m[5] + m[6], f = m[5] - m[6];

	o[0] = m[0] + a + c + e;
	o[1] = b + d * 2.0f + f * 0.5f;
	o[2] = a + c * 4.0f + e * 0.25f;
	o[3] = b + d * 8.0f + f * 0.125f;
	o[4] = a + c * 16.0f + e * 0.0625f;
	o[5] = b + d * 32.0f + f * 0.03125f;
	o[tile - 1] += m[7];
}

INLINE void
load(const float *from, size_t step, lanes to[SPAN])
{
	for (int i = 0; i < SPAN; i++)
		to[i] = *(const lanes *)(from + (size_t)i * step);
}

/* The last step of a length that is no multiple goes back a little. */
INLINE size_t
next(size_t at, size_t length)
{
	return at + LANES < length && at + 2 * LANES > length ? length - LANES
							      : at + LANES;
}

INLINE void
transform_down(const struct tile_row *b)
{
	const size_t n = (size_t)b->width * (size_t)b->channels;
	float *to = b->lines + (size_t)b->pad * (size_t)b->channels;

	for (size_t i = 0; i < n; i = next(i, n)) {
		lanes d[SPAN], t[SPAN];

		for (int k = 0; k < SPAN; k++)
			d[k] = *(const lanes *)(b->rows[k] + i);
		to_points(d, t);
		for (int k = 0; k < SPAN; k++)
			*(lanes *)(to + (size_t)k * b->line_floats + i) = t[k];
	}
}

/* Lanes past the last channel take the next pixel's: their weights are 0. */
INLINE void
transform_across(const struct tile_row *b, int tile, int row)
{
	const size_t channels = (size_t)b->channels;
	const float *line = b->lines + (size_t)row * b->line_floats +
			    (size_t)(tile * b->tile) * channels;
	float *to = b->points + (size_t)(row * SPAN) * b->points_step +
		    (size_t)(tile * b->in_lanes);

	for (int c = 0; c < b->in_lanes; c += LANES) {
		lanes d[SPAN], t[SPAN];

		load(line + c, channels, d);
		to_points(d, t);
		for (int k = 0; k < SPAN; k++)
			*(lanes *)(to + (size_t)k * b->points_step + c) = t[k];
	}
}

INLINE void
tiles_in(const struct tile_row *b)
{
	transform_down(b);
	for (int row = 0; row < SPAN; row++)
		for (int tile = 0; tile < b->tiles; tile++)
			transform_across(b, tile, row);
}

INLINE void
sum_across(const struct tile_row *b, int outputs, int tile, int row)
{
	const float *from = b->products +
			    (size_t)(row * SPAN) * b->products_step +
			    (size_t)(tile * b->out_lanes);
	float *to = b->half + (size_t)(row * outputs * b->out_lanes);

	for (int c = 0; c < b->out_lanes; c += LANES) {
		lanes m[SPAN], o[MAX_TILE];

		load(from + c, b->products_step, m);
		from_points(m, outputs, o);
		for (int k = 0; k < outputs; k++)
			*(lanes *)(to + k * b->out_lanes + c) = o[k];
	}
}

/* One column of a tile's outputs, `rows` of them. */
INLINE void
sum_down(const struct tile_row *b, int outputs, int column, float *out)
{
	const size_t n = (size_t)b->out_channels;
	const size_t line = (size_t)b->out_width * n;

	for (size_t c = 0; c < n; c = next(c, n)) {
		const lanes bias = *(const lanes *)(b->bias + c);
		lanes m[SPAN], o[MAX_TILE];

		load(b->half + (size_t)(column * b->out_lanes) + c,
		    (size_t)(outputs * b->out_lanes), m);
		from_points(m, outputs, o);
		for (int k = 0; k < b->out_rows; k++) {
			lanes v = o[k] + bias;

			if (b->relu)
				v = (lanes)((v > 0) & (__typeof__(v > 0))v);
			*(lanes *)(out + (size_t)k * line + c) = v;
		}
	}
}

INLINE void
tiles_out_of(const struct tile_row *b, int outputs)
{
	for (int tile = 0; tile < b->tiles; tile++) {
		for (int row = 0; row < SPAN; row++)
			sum_across(b, outputs, tile, row);
		for (int column = 0; column < outputs; column++) {
			int x = tile * outputs + column;

			if (x < b->out_width)
				sum_down(b, outputs, column,
				    b->out + x * b->out_channels);
		}
	}
}

/* Each with a constant, so that nothing is left of the other. */
INLINE void
tiles_out(const struct tile_row *b)
{
	if (b->tile == 4)
		tiles_out_of(b, 4);
	else
		tiles_out_of(b, 6);
}

#define LEVEL(name, attribute)                                                 \
	attribute static void in_##name(const struct tile_row *b)              \
	{                                                                      \
		tiles_in(b);                                                   \
	}                                                                      \
	attribute static void out_##name(const struct tile_row *b)             \
	{                                                                      \
		tiles_out(b);                                                  \
	}

LEVEL(c, )
#if defined(__x86_64__)
LEVEL(avx2, __attribute__((target("avx2,fma"))))
LEVEL(avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl"))))
#endif

static const struct winograd_kernels levels[] = {
#if defined(__x86_64__)
	{ EX_CPU_AVX2 | EX_CPU_AVX512, in_avx512, out_avx512 },
	{ EX_CPU_AVX2, in_avx2, out_avx2 },
#endif
	{ 0, in_c, out_c },
};

const struct winograd_kernels *
ex_winograd_kernels(void)
{
	const struct winograd_kernels *k = levels;

	while ((k->flags & ex_cpu_flags()) != k->flags)
		k++;
	return k;
}
