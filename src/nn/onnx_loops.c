/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Loop nests over strided operands, and what is done in the inner loop. Each
 * inner loop is written once and compiled for the strides that matter: all of
 * them 1, or one operand standing still.
 */
#include "onnx_plan.h"

#include <math.h>

/* On by `times` steps of dimension i. */
static void
advance(const struct step *s, int i, int64_t times, float *p[MAX_OPERANDS])
{
	for (int k = 0; k < MAX_OPERANDS; k++)
		if (p[k])
			p[k] += s->stride[k][i] * times;
}

bool
ex_onnx_run_loop(const struct step *s)
{
	const int inner = s->rank - 1;
	int64_t at[ONNX_RANK] = { 0 }, step[MAX_OPERANDS];
	float *p[MAX_OPERANDS];
	int i;

	for (int k = 0; k < MAX_OPERANDS; k++) {
		p[k] = s->data[k] ? s->data[k] + s->offset[k] : NULL;
		step[k] = s->stride[k][inner];
	}
	do {
		s->inner(s->n[inner], p, step, s->a, s->b);
		for (i = inner - 1; i >= 0; i--) {
			advance(s, i, 1, p);
			if (++at[i] < s->n[i])
				break;
			at[i] = 0;
			advance(s, i, -s->n[i], p);
		}
	} while (i >= 0);
	return true;
}

/* Nobody asks which comparison saw what is no number; while gcc had to be able
 * to tell, it would not choose in vectors. */
#ifndef __clang__
#pragma GCC optimize("no-trapping-math")
#endif

/* Outputs and inputs may be the same memory, element by element: that is no
 * dependence between the turns of a loop, which compilers must be told. */
#ifdef __clang__
#pragma clang diagnostic ignored "-Wpass-failed" /* calls stay scalar */
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif
#define EACH(statement)                                                        \
	do {                                                                   \
		INDEPENDENT                                                    \
		for (int64_t i = 0; i < n; i++)                                \
			statement;                                             \
	} while (0)

/* `value` of x, the element of the input, and the parameters a and b. */
#define UNARY(name, value)                                                     \
	static inline float name##_of(float x, float a, float b)               \
	{                                                                      \
		(void)a;                                                       \
		(void)b;                                                       \
		return value;                                                  \
	}                                                                      \
	void name(int64_t n, float *const p[MAX_OPERANDS],                     \
	    const int64_t s[MAX_OPERANDS], float a, float b)                   \
	{                                                                      \
		float *out = p[0];                                             \
		const float *in = p[1];                                        \
                                                                               \
		if (s[0] == 1 && s[1] == 1)                                    \
			EACH(out[i] = name##_of(in[i], a, b));                 \
		else                                                           \
			EACH(out[i * s[0]] = name##_of(in[i * s[1]], a, b));   \
	}

UNARY(ex_onnx_do_copy, x)
UNARY(ex_onnx_do_leaky, (x < 0 ? x * a : x))
UNARY(ex_onnx_do_clip, (x < a ? a : (x > b ? b : x)))
UNARY(ex_onnx_do_sigmoid, (1.0f / (1.0f + expf(-x))))
UNARY(ex_onnx_do_scale, (x * a))
UNARY(ex_onnx_do_root, sqrtf(x))
UNARY(ex_onnx_do_truncate, truncf(x))
UNARY(ex_onnx_do_floor, floorf(x))
UNARY(ex_onnx_do_ceil, ceilf(x))

void
ex_onnx_do_fill(int64_t n, float *const p[MAX_OPERANDS],
    const int64_t s[MAX_OPERANDS], float a, float b)
{
	(void)b;
	EACH(p[0][i * s[0]] = a);
}

/* `value` of x and y, the elements of both inputs. */
#define BINARY(name, value)                                                    \
	static inline float name##_of(float x, float y)                        \
	{                                                                      \
		return value;                                                  \
	}                                                                      \
	void name(int64_t n, float *const p[MAX_OPERANDS],                     \
	    const int64_t s[MAX_OPERANDS], float a, float b)                   \
	{                                                                      \
		float *out = p[0];                                             \
		const float *left = p[1], *right = p[2];                       \
		const float y = *right;                                        \
                                                                               \
		(void)a;                                                       \
		(void)b;                                                       \
		if (s[0] == 1 && s[1] == 1 && s[2] == 1)                       \
			EACH(out[i] = name##_of(left[i], right[i]));           \
		else if (s[0] == 1 && s[1] == 1 && s[2] == 0)                  \
			EACH(out[i] = name##_of(left[i], y));                  \
		else                                                           \
			EACH(out[i * s[0]] =                                   \
				 name##_of(left[i * s[1]], right[i * s[2]]));  \
	}

BINARY(ex_onnx_do_add, (x + y))
BINARY(ex_onnx_do_sub, (x - y))
BINARY(ex_onnx_do_mul, (x * y))
BINARY(ex_onnx_do_div, (x / y))
BINARY(ex_onnx_do_div_whole, truncf(x / y))
BINARY(ex_onnx_do_prelu, (x < 0 ? x * y : x))

/* in x scale + shift */
void
ex_onnx_do_affine(int64_t n, float *const p[MAX_OPERANDS],
    const int64_t s[MAX_OPERANDS], float a, float b)
{
	float *out = p[0];
	const float *in = p[1], *scale = p[2], *shift = p[3];

	(void)a;
	(void)b;
	if (s[0] == 1 && s[1] == 1 && s[2] == 1 && s[3] == 1)
		EACH(out[i] = in[i] * scale[i] + shift[i]);
	else
		EACH(out[i * s[0]] =
			 in[i * s[1]] * scale[i * s[2]] + shift[i * s[3]]);
}

/* Sums into an output that stands still, or that moves along. */
#define SUM(name, value)                                                       \
	void name(int64_t n, float *const p[MAX_OPERANDS],                     \
	    const int64_t s[MAX_OPERANDS], float a, float b)                   \
	{                                                                      \
		float *restrict out = p[0];                                    \
		const float *in = p[1];                                        \
                                                                               \
		(void)a;                                                       \
		(void)b;                                                       \
		if (s[0] == 1 && s[1] == 1)                                    \
			for (int64_t i = 0; i < n; i++) {                      \
				const float x = in[i];                         \
                                                                               \
				out[i] += (value);                             \
			}                                                      \
		else if (s[0] == 0) {                                          \
			double sum = 0;                                        \
                                                                               \
			for (int64_t i = 0; i < n; i++) {                      \
				const float x = in[i * s[1]];                  \
                                                                               \
				sum += (double)(value);                        \
			}                                                      \
			*out += (float)sum;                                    \
		} else                                                         \
			for (int64_t i = 0; i < n; i++) {                      \
				const float x = in[i * s[1]];                  \
                                                                               \
				out[i * s[0]] += (value);                      \
			}                                                      \
	}

SUM(ex_onnx_do_sum, x)
SUM(ex_onnx_do_sum_squares, (x * x))

/* out += left x right */
void
ex_onnx_do_sum_products(int64_t n, float *const p[MAX_OPERANDS],
    const int64_t s[MAX_OPERANDS], float a, float b)
{
	float *restrict out = p[0];
	const float *left = p[1], *right = p[2];

	(void)a;
	(void)b;
	if (s[0] == 1 && s[1] == 0 && s[2] == 1)
		for (int64_t i = 0; i < n; i++)
			out[i] += *left * right[i];
	else
		for (int64_t i = 0; i < n; i++)
			out[i * s[0]] += left[i * s[1]] * right[i * s[2]];
}

/* One whole axis: e^x over their sum, the largest taken off first. */
void
ex_onnx_do_softmax(int64_t n, float *const p[MAX_OPERANDS],
    const int64_t s[MAX_OPERANDS], float a, float b)
{
	float *out = p[0], most = p[1][0], sum = 0;
	const float *in = p[1];

	(void)a;
	(void)b;
	for (int64_t i = 1; i < n; i++)
		most = in[i * s[1]] > most ? in[i * s[1]] : most;
	for (int64_t i = 0; i < n; i++) {
		out[i * s[0]] = expf(in[i * s[1]] - most);
		sum += out[i * s[0]];
	}
	for (int64_t i = 0; i < n; i++)
		out[i * s[0]] /= sum;
}
