/* SPDX-License-Identifier: Apache-2.0 */
#include "memory_rows.h"

#include <stdlib.h>
#include <string.h>

size_t
ex_memory_find(const struct ex_memory_rows *m, const char *key)
{
	size_t low = 0, high = m->now.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(m->now.rows[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct ex_memory_row *
ex_memory_get(const struct ex_memory_rows *m, const char *key)
{
	size_t i = ex_memory_find(m, key);

	return i < m->now.n && strcmp(m->now.rows[i].key, key) == 0
		   ? &m->now.rows[i]
		   : NULL;
}

bool
ex_memory_under(const struct ex_memory_rows *m, size_t i, const char *prefix)
{
	return i < m->now.n &&
	       strncmp(m->now.rows[i].key, prefix, strlen(prefix)) == 0;
}

static void
row_free(struct ex_memory_row *r)
{
	free(r->key);
	if (r->data)
		ex_wipe(r->data, r->size);
	free(r->data);
	*r = (struct ex_memory_row){ 0 };
}

static bool
make_room(struct ex_memory_list *l)
{
	size_t room = l->room ? 2 * l->room : 64;
	struct ex_memory_row *rows;

	if (l->n < l->room)
		return true;
	rows = ex_calloc(room, sizeof *rows);
	if (!rows)
		return false;
	if (l->n)
		memcpy(rows, l->rows, l->n * sizeof *rows);
	free(l->rows);
	l->rows = rows;
	l->room = room;
	return true;
}

static bool
row_make(struct ex_memory_row *r, const char *key, const void *data, size_t n)
{
	*r = (struct ex_memory_row){ ex_strdup(key), ex_calloc(n + 1, 1), n };
	if (r->key && r->data) {
		if (n)
			memcpy(r->data, data, n);
		return true;
	}
	row_free(r);
	return false;
}

/* Both need their room before anything changes. */
bool
ex_memory_put(
    struct ex_memory_rows *m, const char *key, const void *data, size_t size)
{
	size_t i = ex_memory_find(m, key);
	bool there = ex_memory_get(m, key) != NULL;
	struct ex_memory_row fresh, *at;
	char *again = NULL;

	if (!make_room(&m->now) || !make_room(&m->undo) ||
	    !row_make(&fresh, key, data, size))
		return false;
	at = &m->now.rows[i];
	if (there) {
		m->undo.rows[m->undo.n++] = *at;
	} else {
		again = ex_strdup(key);
		if (!again) {
			row_free(&fresh);
			return false;
		}
		m->undo.rows[m->undo.n++] =
		    (struct ex_memory_row){ .key = again };
		memmove(at + 1, at, (m->now.n++ - i) * sizeof *at);
	}
	*at = fresh;
	return true;
}

static struct ex_memory_row
take_out(struct ex_memory_rows *m, size_t i)
{
	struct ex_memory_row *rows = m->now.rows, row = rows[i];

	for (m->now.n--; i < m->now.n; i++)
		rows[i] = rows[i + 1];
	rows[i] = (struct ex_memory_row){ 0 };
	return row;
}

bool
ex_memory_drop(struct ex_memory_rows *m, const char *key)
{
	if (!make_room(&m->undo))
		return false;
	if (ex_memory_get(m, key))
		m->undo.rows[m->undo.n++] = take_out(m, ex_memory_find(m, key));
	return true;
}

void
ex_memory_keep(struct ex_memory_rows *m)
{
	while (m->undo.n > 0)
		row_free(&m->undo.rows[--m->undo.n]);
}

/* A row as it was trades places with the row that is; what is put back had its
 * place, as the list never gives room up. */
static void
trade(struct ex_memory_rows *m, struct ex_memory_row *before)
{
	size_t i = ex_memory_find(m, before->key);
	struct ex_memory_row *at = &m->now.rows[i], now = { 0 };

	if (ex_memory_get(m, before->key))
		now = take_out(m, i);
	if (before->data) {
		memmove(at + 1, at, (m->now.n++ - i) * sizeof *at);
		*at = *before;
	} else {
		free(before->key);
	}
	*before = now;
}

void
ex_memory_undo(struct ex_memory_rows *m)
{
	for (size_t i = m->undo.n; i > 0; i--)
		trade(m, &m->undo.rows[i - 1]);
	ex_memory_keep(m);
}

void
ex_memory_fini(struct ex_memory_rows *m)
{
	ex_memory_keep(m);
	while (m->now.n > 0)
		row_free(&m->now.rows[--m->now.n]);
	free(m->now.rows);
	free(m->undo.rows);
}
