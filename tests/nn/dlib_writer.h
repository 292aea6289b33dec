/* SPDX-License-Identifier: Apache-2.0 */
/* dlib's serialisation written, for files that tests make up. */
#ifndef EXEUNT_TESTS_DLIB_WRITER_H
#define EXEUNT_TESTS_DLIB_WRITER_H

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define WRITER_SIZE (1 << 16)

struct writer {
	uint8_t data[WRITER_SIZE];
	size_t n;
};

static inline struct ex_bytes
put_bytes(const struct writer *w)
{
	return (struct ex_bytes){ w->data, w->n };
}

static inline void
put_u8(struct writer *w, unsigned v)
{
	assert(w->n < WRITER_SIZE);
	w->data[w->n++] = (uint8_t)v;
}

static inline void
put_int(struct writer *w, int64_t v)
{
	uint64_t m = v < 0 ? -(uint64_t)v : (uint64_t)v;
	const size_t control = w->n;

	put_u8(w, 0);
	do {
		put_u8(w, m & 0xff);
		m >>= 8;
	} while (m);
	w->data[control] = (uint8_t)((w->n - control - 1) | (v < 0 ? 0x80 : 0));
}

static inline void
put_double(struct writer *w, double v)
{
	int exponent;
	const double mantissa = frexp(v, &exponent);

	put_int(w, (int64_t)ldexp(mantissa, 24));
	put_int(w, v == 0 ? 0 : exponent - 24);
}

static inline void
put_doubles(struct writer *w, int n)
{
	while (n-- > 0)
		put_double(w, 1);
}

static inline void
put_string(struct writer *w, const char *s)
{
	put_int(w, (int64_t)strlen(s));
	while (*s)
		put_u8(w, (uint8_t)*s++);
}

static inline void
put_shape(struct writer *w, int version, int64_t n, int64_t k, int64_t rows,
    int64_t columns)
{
	put_int(w, version);
	put_int(w, n);
	put_int(w, k);
	put_int(w, rows);
	put_int(w, columns);
}

static inline void
put_float_bits(struct writer *w, float f)
{
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	for (int i = 0; i < 4; i++)
		put_u8(w, bits >> 8 * i & 0xff);
}

/* n values `from`, from + step, ... in one row. */
static inline void
put_tensor(struct writer *w, int n, float from, float step)
{
	put_shape(w, 2, n ? 1 : 0, n, n ? 1 : 0, n ? 1 : 0);
	for (int i = 0; i < n; i++)
		put_float_bits(w, from + step * (float)i);
}

#endif
