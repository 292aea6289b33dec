/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that pass for a JPEG and are found again in any file: a marker, and
 * chance seeded by a number. No picture of anybody. */
#ifndef EXEUNT_TESTS_LEDGER_PICTURE_H
#define EXEUNT_TESTS_LEDGER_PICTURE_H

#include "test.h"

#include "exeunt/ledger.h"

#define PICTURE_MARK "QXPICTUREQX"

struct picture_bytes {
	uint8_t data[20 * 1024];
	size_t size;
};

static inline struct ex_picture
picture_make(struct picture_bytes *b, const char *name, uint64_t seed)
{
	static const uint8_t start[] = { 0xff, 0xd8, 0xff, 0xe0 };
	struct ex_picture p = { .jpeg = { b->data, sizeof b->data } };
	struct ex_rng rng;

	ex_rng_init(&rng, seed);
	b->size = sizeof b->data;
	for (size_t i = 0; i < sizeof b->data; i++)
		b->data[i] = (uint8_t)ex_rng_u64(&rng);
	memcpy(b->data, start, sizeof start);
	for (size_t i = 64; i + 64 < sizeof b->data; i += 1000)
		memcpy(b->data + i, PICTURE_MARK, sizeof PICTURE_MARK - 1);
	snprintf(p.name, sizeof p.name, "%s", name);
	return p;
}

static inline bool
picture_same(struct ex_bytes a, struct ex_bytes b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

#endif
