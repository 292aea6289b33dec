/* SPDX-License-Identifier: Apache-2.0 */
/* Published values, in hex as they are printed. */
#ifndef EXEUNT_TESTS_CRYPT_VECTOR_H
#define EXEUNT_TESTS_CRYPT_VECTOR_H

#include "test.h"

#include "exeunt/crypt.h"

#define VECTOR_MOST 256

struct vector {
	uint8_t data[VECTOR_MOST];
	size_t size;
};

static inline struct vector
vector_of(const char *hex)
{
	struct vector v = { .size = strlen(hex) / 2 };

	assert_in_range(v.size, 0, VECTOR_MOST);
	if (!ex_hex_parse(ex_string_bytes(hex), v.data, v.size))
		fail_msg("not hex: %s", hex);
	return v;
}

static inline struct ex_bytes
vector_bytes(const struct vector *v)
{
	return (struct ex_bytes){ v->data, v->size };
}

static inline struct ex_key
vector_key(const char *hex)
{
	struct vector v = vector_of(hex);
	struct ex_key key;

	assert_int_equal(v.size, sizeof key.bytes);
	memcpy(key.bytes, v.data, sizeof key.bytes);
	return key;
}

static inline void
vector_assert(struct ex_bytes got, const char *hex)
{
	struct vector want = vector_of(hex);

	assert_int_equal(got.size, want.size);
	assert_memory_equal(got.data, want.data, want.size);
}

#endif
