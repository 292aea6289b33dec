/* SPDX-License-Identifier: Apache-2.0 */
/* A list in order of ids. It grows at its end and shrinks at its front. */
#include "spool.h"

#include <stdlib.h>
#include <string.h>

/* Index among the n, of the id or of the first one behind it. */
static size_t
place_of(const struct ex_spool_list *l, const char *id)
{
	size_t low = 0, high = l->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(l->all[l->first + middle].id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Room for one more behind the last; false: no memory. */
static bool
make_room(struct ex_spool_list *l)
{
	struct ex_spooled *more;
	size_t room;

	if (l->first + l->n < l->room)
		return true;
	if (l->first > l->n) { /* more gone than left: move down */
		memmove(l->all, l->all + l->first, l->n * sizeof *l->all);
		l->first = 0;
		return true;
	}
	room = l->room ? 2 * l->room : 64;
	more = ex_calloc(room, sizeof *more);
	if (!more)
		return false;
	if (l->n)
		memcpy(more, l->all + l->first, l->n * sizeof *more);
	free(l->all);
	*l = (struct ex_spool_list){ .all = more, .n = l->n, .room = room };
	return true;
}

bool
ex_spool_list_put(struct ex_spool_list *l, const struct ex_spooled *s)
{
	struct ex_spooled *known = ex_spool_list_find(l, s->id), *at;
	size_t i;

	if (known) {
		*known = *s;
		return true;
	}
	if (!make_room(l))
		return false;
	i = place_of(l, s->id);
	at = l->all + l->first + i;
	memmove(at + 1, at, (l->n - i) * sizeof *at);
	*at = *s;
	l->n++;
	return true;
}

struct ex_spooled *
ex_spool_list_find(struct ex_spool_list *l, const char *id)
{
	struct ex_spooled *s = ex_spool_list_at(l, place_of(l, id));

	return s && strcmp(s->id, id) == 0 ? s : NULL;
}

void
ex_spool_list_drop(struct ex_spool_list *l, const char *id)
{
	struct ex_spooled *s = ex_spool_list_find(l, id);
	size_t i;

	if (!s)
		return;
	i = (size_t)(s - l->all) - l->first;
	l->n--;
	if (i == 0)
		l->first++;
	else
		memmove(s, s + 1, (l->n - i) * sizeof *s);
}

struct ex_spooled *
ex_spool_list_at(struct ex_spool_list *l, size_t i)
{
	return i < l->n ? &l->all[l->first + i] : NULL;
}

void
ex_spool_list_fini(struct ex_spool_list *l)
{
	free(l->all);
	*l = (struct ex_spool_list){ 0 };
}
