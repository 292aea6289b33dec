/* SPDX-License-Identifier: Apache-2.0 */
#include "epochs.h"

#include <stdlib.h>
#include <string.h>

void
ex_epoch_name(enum ex_retention_class c, int64_t start_ms,
    char out[static EX_EPOCH_NAME_SIZE])
{
	char start[EX_RFC3339_SIZE];

	ex_rfc3339_format(start_ms, start);
	snprintf(out, EX_EPOCH_NAME_SIZE, "%s.%s", ex_retention_word(c), start);
}

bool
ex_epoch_parse(const char *name, struct ex_epoch *out)
{
	char again[EX_EPOCH_NAME_SIZE];
	const char *dot = strchr(name, '.');

	*out = (struct ex_epoch){ 0 };
	if (!dot || !ex_rfc3339_parse(dot + 1, &out->start_ms))
		return false;
	for (int c = 0; c < EX_RETAIN_COUNT; c++) {
		out->retention = (enum ex_retention_class)c;
		ex_epoch_name(out->retention, out->start_ms, again);
		if (strcmp(name, again) == 0)
			return true;
	}
	return false;
}

enum ex_status
ex_epoch_list_add(struct ex_epoch_list *l, const struct ex_epoch *e)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->of[i].retention == e->retention &&
		    l->of[i].start_ms == e->start_ms) {
			l->of[i].key |= e->key;
			return EX_OK;
		}
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct ex_epoch *more = ex_calloc(room, sizeof *more);

		if (!more)
			return EX_ERR_NOMEM;
		if (l->n)
			memcpy(more, l->of, l->n * sizeof *more);
		free(l->of);
		l->of = more;
		l->room = room;
	}
	l->of[l->n++] = *e;
	return EX_OK;
}

static int
by_class_and_time(const void *x, const void *y)
{
	const struct ex_epoch *a = x, *b = y;

	if (a->retention != b->retention)
		return a->retention < b->retention ? -1 : 1;
	return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

void
ex_epoch_list_sort(struct ex_epoch_list *l)
{
	if (l->n > 0)
		qsort(l->of, l->n, sizeof *l->of, by_class_and_time);
}

void
ex_epoch_list_free(struct ex_epoch_list *l)
{
	free(l->of);
	*l = (struct ex_epoch_list){ 0 };
}
