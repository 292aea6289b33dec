/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BYTES (64u * 1024)

struct chunk {
	struct chunk *next;
	size_t used, size;
	alignas(max_align_t) uint8_t data[];
};

struct ex_arena {
	struct chunk *chunks;
	size_t left; /* bytes still allowed */
};

struct ex_arena *
ex_arena_new(size_t limit_bytes)
{
	struct ex_arena *a = ex_calloc(1, sizeof *a);

	if (a)
		a->left = limit_bytes;
	return a;
}

static struct chunk *
add_chunk(struct ex_arena *a, size_t least)
{
	size_t size = least > CHUNK_BYTES ? least : CHUNK_BYTES;
	struct chunk *c;

	c = ex_calloc(1, sizeof *c + size);
	if (!c)
		return NULL;
	c->size = size;
	c->next = a->chunks;
	a->chunks = c;
	return c;
}

void *
ex_arena_alloc(struct ex_arena *a, size_t n, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct chunk *c = a->chunks;
	size_t total;
	void *p;

	if (__builtin_mul_overflow(n, size, &total) || total > a->left)
		return NULL;
	total = total ? (total + align - 1) / align * align : align;
	if (total > a->left)
		return NULL;
	if (!c || c->size - c->used < total)
		c = add_chunk(a, total);
	if (!c)
		return NULL;
	p = c->data + c->used;
	c->used += total;
	a->left -= total;
	return p;
}

char *
ex_arena_strdup(struct ex_arena *a, const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = ex_arena_alloc(a, n, 1);

	if (p)
		memcpy(p, s, n);
	return p;
}

void
ex_arena_free(struct ex_arena **a)
{
	if (!*a)
		return;
	for (struct chunk *c = (*a)->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(*a);
	*a = NULL;
}
