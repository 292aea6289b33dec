/* SPDX-License-Identifier: Apache-2.0 */
#include "dlib_cursor.h"

#include <math.h>
#include <string.h>

/* A control byte (sign in 0x80, size in the low four bits), then that many
 * bytes of magnitude, least significant first. */
bool
ex_dlib_int(struct ex_bytes *in, int64_t least, int64_t most, int64_t *out)
{
	uint64_t magnitude = 0;
	struct ex_bytes digits;
	uint8_t control;

	if (!ex_bytes_u8(in, &control) || (control & 0x70) != 0 ||
	    (control & 0x0f) == 0 || (control & 0x0f) > 8 ||
	    !ex_bytes_take(in, control & 0x0f, &digits))
		return false;
	for (size_t i = digits.size; i-- > 0;)
		magnitude = magnitude << 8 | digits.data[i];
	if (magnitude > INT64_MAX)
		return false;
	*out = control & 0x80 ? -(int64_t)magnitude : (int64_t)magnitude;
	return *out >= least && *out <= most;
}

bool
ex_dlib_bool(struct ex_bytes *in, bool *out)
{
	uint8_t c;

	if (!ex_bytes_u8(in, &c) || (c != '0' && c != '1'))
		return false;
	*out = c == '1';
	return true;
}

/* Mantissa and binary exponent (dlib/float_details.h); its infinities and
 * its not-a-number are exponents of 32000 and more: refused. */
bool
ex_dlib_double(struct ex_bytes *in, double *out)
{
	int64_t mantissa, exponent;

	if (!ex_dlib_int(in, INT64_MIN, INT64_MAX, &mantissa) ||
	    !ex_dlib_int(in, -2000, 2000, &exponent))
		return false;
	*out = ldexp((double)mantissa, (int)exponent);
	return isfinite(*out);
}

bool
ex_dlib_float(struct ex_bytes *in, float *out)
{
	double wide;

	if (!ex_dlib_double(in, &wide))
		return false;
	*out = (float)wide;
	return isfinite(*out);
}

bool
ex_dlib_word(struct ex_bytes *in, const char *const *words, int *which)
{
	struct ex_bytes text;
	int64_t n;

	if (!ex_dlib_int(in, 0, 64, &n) || !ex_bytes_take(in, (size_t)n, &text))
		return false;
	for (int i = 0; words[i]; i++)
		if (strlen(words[i]) == text.size &&
		    memcmp(words[i], text.data, text.size) == 0) {
			*which = i;
			return true;
		}
	return false;
}

#define MAX_SIDE (1 << 24)

static bool
take_shape(struct ex_bytes *in, struct dlib_tensor *t)
{
	if (!ex_dlib_int(in, 0, MAX_SIDE, &t->n) ||
	    !ex_dlib_int(in, 0, MAX_SIDE, &t->k) ||
	    !ex_dlib_int(in, 0, MAX_SIDE, &t->rows) ||
	    !ex_dlib_int(in, 0, MAX_SIDE, &t->columns))
		return false;
	return !__builtin_mul_overflow(t->n, t->k, &t->count) &&
	       !__builtin_mul_overflow(t->count, t->rows, &t->count) &&
	       !__builtin_mul_overflow(t->count, t->columns, &t->count);
}

bool
ex_dlib_tensor(struct ex_bytes *in, struct dlib_tensor *t)
{
	int64_t version;

	*t = (struct dlib_tensor){ 0 };
	return ex_dlib_int(in, 2, 2, &version) && take_shape(in, t) &&
	       t->count <= in->size / sizeof(float) &&
	       ex_bytes_take(in, t->count * sizeof(float), &t->values);
}

bool
ex_dlib_alias(struct ex_bytes *in, struct dlib_tensor *t)
{
	int64_t version;

	*t = (struct dlib_tensor){ 0 };
	return ex_dlib_int(in, 1, 1, &version) && take_shape(in, t);
}

/* Little-endian, IEEE 754. */
static uint32_t
float_bits(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	       (uint32_t)p[3] << 24;
}

#define EXPONENT 0x7f800000u /* all ones: infinite, or not a number */

bool
ex_dlib_values(
    const struct dlib_tensor *t, size_t from, size_t count, float *out)
{
	struct ex_bytes in = t->values, skipped, taken;
	bool finite = true;

	/* All at once: the files have eight million of these. */
	if (from > t->count || count > t->count - from ||
	    !ex_bytes_take(&in, from * sizeof(float), &skipped) ||
	    !ex_bytes_take(&in, count * sizeof(float), &taken))
		return false;
	for (size_t i = 0; i < count; i++) {
		const uint32_t bits = float_bits(taken.data + i * sizeof bits);

		memcpy(&out[i], &bits, sizeof bits);
		finite &= (bits & EXPONENT) != EXPONENT;
	}
	return finite;
}
