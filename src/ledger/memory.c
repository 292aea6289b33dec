/* SPDX-License-Identifier: Apache-2.0 */
/* The store in memory, the twin of the others: what they promise it does in
 * plain C, and nothing of it is left when it is closed. */
#include "memory_rows.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "store.h"

struct memory {
	struct ex_memory_rows rows;
	const char *name;
	char port[33];
};

/* What a crossing's row holds. */
struct crossing {
	struct ex_ledger_record record;
	uint32_t awaiting;
};

/* ---- keys -------------------------------------------------------------- */

/* kind, port, and the parts up to a NULL. */
static void
key_of(const struct memory *m, char key[static EX_MEMORY_KEY_SIZE],
    const char *kind, ...)
{
	size_t at = (size_t)snprintf(key, EX_MEMORY_KEY_SIZE,
	    "%s" EX_MEMORY_END "%s" EX_MEMORY_END, kind, m->port);
	const char *part;
	va_list parts;

	va_start(parts, kind);
	while ((part = va_arg(parts, const char *)) && at < EX_MEMORY_KEY_SIZE)
		at += (size_t)snprintf(key + at, EX_MEMORY_KEY_SIZE - at,
		    "%s" EX_MEMORY_END, part);
	va_end(parts);
}

static enum ex_status
put(struct memory *m, const char *key, const void *data, size_t size,
    struct ex_error *err)
{
	return ex_memory_put(&m->rows, key, data, size)
		   ? EX_OK
		   : ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
}

static enum ex_status
drop(struct memory *m, const char *key, struct ex_error *err)
{
	return ex_memory_drop(&m->rows, key)
		   ? EX_OK
		   : ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
}

/* Every row under the prefix for which `due` holds, NULL: all. */
static enum ex_status
drop_under(struct memory *m, const char *prefix,
    bool (*due)(const struct ex_memory_row *r, const void *arg),
    const void *arg, size_t *n, struct ex_error *err)
{
	size_t i = ex_memory_find(&m->rows, prefix);
	enum ex_status status = EX_OK;

	*n = 0;
	while (status == EX_OK && ex_memory_under(&m->rows, i, prefix)) {
		if (due && !due(&m->rows.now.rows[i], arg)) {
			i++;
			continue;
		}
		status = drop(m, m->rows.now.rows[i].key, err);
		++*n;
	}
	return status;
}

/* ---- opening and transactions ------------------------------------------ */

static enum ex_status
look(const struct ex_store_open *o, bool *fresh, struct ex_error *err)
{
	(void)o;
	(void)err;
	*fresh = true;
	return EX_OK;
}

static enum ex_status
memory_open(const struct ex_store_open *o, void **out, struct ex_error *err)
{
	struct memory *m = ex_calloc(1, sizeof *m);

	*out = m;
	if (!m)
		return ex_fail(err, EX_ERR_NOMEM, o->name, NULL);
	m->name = o->name;
	strcpy(m->port, "local");
	return EX_OK;
}

static void
memory_close(void **store)
{
	struct memory *m = *store;

	if (!m)
		return;
	ex_memory_fini(&m->rows);
	free(m);
	*store = NULL;
}

static enum ex_status
use_port(void *store, const char *port, struct ex_error *err)
{
	struct memory *m = store;

	(void)err;
	snprintf(m->port, sizeof m->port, "%s", port);
	return EX_OK;
}

static enum ex_status
begin(void *store, bool write, struct ex_error *err)
{
	(void)store;
	(void)write;
	(void)err;
	return EX_OK;
}

static enum ex_status
commit(void *store, struct ex_error *err)
{
	struct memory *m = store;

	(void)err;
	ex_memory_keep(&m->rows);
	return EX_OK;
}

static void
rollback(void *store)
{
	struct memory *m = store;

	ex_memory_undo(&m->rows);
}

/* ---- crossings --------------------------------------------------------- */

static const struct crossing *
crossing_at(const struct memory *m, const char *id)
{
	char key[EX_MEMORY_KEY_SIZE];
	const struct ex_memory_row *r;

	key_of(m, key, "crossing", id, NULL);
	r = ex_memory_get(&m->rows, key);
	return r ? r->data : NULL;
}

static enum ex_status
crossing_put(struct memory *m, const struct crossing *c, struct ex_error *err)
{
	char key[EX_MEMORY_KEY_SIZE];

	key_of(m, key, "crossing", c->record.c.id, NULL);
	return put(m, key, c, sizeof *c, err);
}

static enum ex_status
crossing_add(void *store, const struct ex_ledger_record *r, bool *fresh,
    struct ex_error *err)
{
	struct memory *m = store;
	struct crossing *c;
	enum ex_status status;

	*fresh = !crossing_at(m, r->c.id);
	if (!*fresh)
		return EX_OK;
	c = ex_calloc(1, sizeof *c);
	if (!c)
		return ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
	c->record = *r;
	c->awaiting = ex_ledger_record_awaiting(&r->c);
	status = crossing_put(m, c, err);
	free(c);
	return status;
}

static void
hand_out(const struct crossing *c, struct ex_ledger_record *r)
{
	*r = c->record;
	r->awaiting = c->awaiting;
	ex_ledger_record_mark(r);
}

static enum ex_status
crossing_get(void *store, const char *id, struct ex_ledger_record *r,
    bool *found, struct ex_error *err)
{
	const struct crossing *c = crossing_at(store, id);

	(void)err;
	*found = c != NULL;
	if (c)
		hand_out(c, r);
	return EX_OK;
}

static bool
passes(const struct crossing *c, const struct ex_ledger_filter *f,
    const char *low, const char *high)
{
	const struct ex_crossing *x = &c->record.c;

	return strcmp(x->id, low) > 0 && strcmp(x->id, high) < 0 &&
	       (!f->open || c->awaiting) &&
	       (!f->lane || strcmp(f->lane, x->lane) == 0);
}

/* Call `fn` with each that passes until one says no. */
static void
walk(struct memory *m, const struct ex_ledger_filter *f,
    bool (*fn)(const struct crossing *c, void *arg), void *arg)
{
	char low[EX_ULID_SIZE], high[EX_ULID_SIZE], prefix[EX_MEMORY_KEY_SIZE];
	size_t first, n = 0;

	ex_ledger_filter_ids(f, low, high);
	key_of(m, prefix, "crossing", NULL);
	first = ex_memory_find(&m->rows, prefix);
	while (ex_memory_under(&m->rows, first + n, prefix))
		n++;
	for (size_t i = 0; i < n; i++) {
		size_t at = f->newest ? first + n - 1 - i : first + i;
		const struct crossing *c = m->rows.now.rows[at].data;

		if (passes(c, f, low, high) && !fn(c, arg))
			break;
	}
}

struct visit {
	struct ex_ledger_record *scratch;
	ex_ledger_visit *visit;
	void *arg;
	size_t left;
	enum ex_status status;
};

static bool
visit_one(const struct crossing *c, void *arg)
{
	struct visit *v = arg;

	hand_out(c, v->scratch);
	v->status = v->visit(&v->scratch->c, v->arg);
	return v->status == EX_OK && --v->left > 0;
}

static enum ex_status
crossing_each(void *store, const struct ex_ledger_filter *f,
    struct ex_ledger_record *scratch, ex_ledger_visit *visit, void *arg,
    struct ex_error *err)
{
	struct visit v = { scratch, visit, arg, f->limit ? f->limit : SIZE_MAX,
		EX_OK };

	(void)err;
	walk(store, f, visit_one, &v);
	return v.status;
}

static bool
count_one(const struct crossing *c, void *arg)
{
	(void)c;
	++*(size_t *)arg;
	return true;
}

static enum ex_status
crossing_count(void *store, const struct ex_ledger_filter *f, size_t *n,
    struct ex_error *err)
{
	(void)err;
	*n = 0;
	walk(store, f, count_one, n);
	return EX_OK;
}

/* What hangs on a crossing has its id behind kind and port. */
static bool
is_below(const struct ex_memory_row *r, const void *below)
{
	const char *id =
	    strchr(strchr(r->key, *EX_MEMORY_END) + 1, *EX_MEMORY_END) + 1;

	return strncmp(id, below, strlen(below)) < 0;
}

static enum ex_status
crossing_drop(void *store, int64_t before_ms, size_t *n, struct ex_error *err)
{
	static const char *const kinds[] = { "picture", "ruling", "crossing" };
	char below[EX_ULID_SIZE], prefix[EX_MEMORY_KEY_SIZE];
	enum ex_status status = EX_OK;

	ex_ledger_id_floor(before_ms, below);
	for (size_t i = 0; status == EX_OK && i < 3; i++) {
		key_of(store, prefix, kinds[i], NULL);
		status = drop_under(store, prefix, is_below, below, n, err);
	}
	return status;
}

static enum ex_status
awaiting_get(void *store, const char *crossing, uint32_t *mask, bool *found,
    struct ex_error *err)
{
	const struct crossing *c = crossing_at(store, crossing);

	(void)err;
	*found = c != NULL;
	*mask = c ? c->awaiting : 0;
	return EX_OK;
}

static enum ex_status
awaiting_put(
    void *store, const char *crossing, uint32_t mask, struct ex_error *err)
{
	const struct crossing *there = crossing_at(store, crossing);
	struct memory *m = store;
	struct crossing *c;
	enum ex_status status;

	if (!there)
		return EX_OK;
	c = ex_calloc(1, sizeof *c);
	if (!c)
		return ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
	*c = *there;
	c->awaiting = mask;
	status = crossing_put(m, c, err);
	free(c);
	return status;
}

/* ---- pictures ---------------------------------------------------------- */

/* A row: this, then the key's bytes, then the sealed ones. */
struct picture {
	struct ex_store_picture p;
	size_t n_key, n_sealed;
};

static enum ex_status
picture_add(void *store, const struct ex_store_picture *p, struct ex_error *err)
{
	struct memory *m = store;
	size_t size = sizeof(struct picture) + p->key.size + p->sealed.size;
	struct picture *row = ex_calloc(1, size);
	char key[EX_MEMORY_KEY_SIZE];
	enum ex_status status;

	if (!row)
		return ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
	*row = (struct picture){ *p, p->key.size, p->sealed.size };
	if (p->key.size)
		memcpy(row + 1, p->key.data, p->key.size);
	if (p->sealed.size)
		memcpy((char *)(row + 1) + p->key.size, p->sealed.data,
		    p->sealed.size);
	key_of(m, key, "picture", p->crossing, p->name, NULL);
	if (ex_memory_get(&m->rows, key))
		status = ex_fail(err, EX_ERR_DATABASE, m->name,
		    "a picture has this name already");
	else
		status = put(m, key, row, size, err);
	free(row);
	return status;
}

static enum ex_status
show(const struct ex_memory_row *r, ex_store_picture_visit *visit, void *arg)
{
	const struct picture *row = r->data;
	const uint8_t *bytes = (const uint8_t *)(row + 1);
	struct ex_store_picture p = row->p;

	p.key = (struct ex_bytes){ bytes, row->n_key };
	p.sealed = (struct ex_bytes){ bytes + row->n_key, row->n_sealed };
	return visit(&p, arg);
}

static enum ex_status
picture_each(void *store, const char *crossing, const char *name,
    ex_store_picture_visit *visit, void *arg, struct ex_error *err)
{
	struct memory *m = store;
	char prefix[EX_MEMORY_KEY_SIZE];
	enum ex_status status = EX_OK;

	(void)err;
	key_of(m, prefix, "picture", crossing, name, NULL);
	for (size_t i = ex_memory_find(&m->rows, prefix);
	     status == EX_OK && ex_memory_under(&m->rows, i, prefix); i++)
		status = show(&m->rows.now.rows[i], visit, arg);
	return status;
}

struct earlier {
	struct memory *m;
	const uint8_t *number;
	size_t left;
	ex_store_picture_visit *visit;
	void *arg;
	enum ex_status status;
};

/* The best shot of whom the i-th document has confirmed. */
static void
show_confirmed(struct earlier *e, const struct ex_crossing *c, size_t i)
{
	for (size_t k = 0; k < c->n_occupants; k++) {
		char name[16], key[EX_MEMORY_KEY_SIZE];
		const struct ex_memory_row *r;

		if (c->occupants[k].document != (int)i)
			continue;
		snprintf(name, sizeof name, "o%u", c->occupants[k].n);
		key_of(e->m, key, "picture", c->id, name, NULL);
		r = ex_memory_get(&e->m->rows, key);
		if (!r || e->left == 0)
			continue;
		e->left--;
		e->status = show(r, e->visit, e->arg);
	}
}

static bool
show_earlier(const struct crossing *c, void *arg)
{
	struct earlier *e = arg;

	for (size_t i = 0; i < c->record.c.n_documents; i++)
		if (c->record.number[i].known && e->status == EX_OK &&
		    memcmp(c->record.number[i].hash, e->number,
			EX_SHA256_SIZE) == 0)
			show_confirmed(e, &c->record.c, i);
	return e->status == EX_OK && e->left > 0;
}

static enum ex_status
picture_earlier(void *store, const uint8_t number[EX_SHA256_SIZE], size_t most,
    ex_store_picture_visit *visit, void *arg, struct ex_error *err)
{
	static const struct ex_ledger_filter newest = { .newest = true };
	struct earlier e = { store, number, most, visit, arg, EX_OK };

	(void)err;
	if (most > 0)
		walk(store, &newest, show_earlier, &e);
	return e.status;
}

static enum ex_status
picture_drop(void *store, const char *crossing, size_t *n, struct ex_error *err)
{
	char prefix[EX_MEMORY_KEY_SIZE];

	key_of(store, prefix, "picture", crossing, NULL);
	return drop_under(store, prefix, NULL, NULL, n, err);
}

static bool
is_of_epoch(const struct ex_memory_row *r, const void *arg)
{
	const struct ex_store_picture *a = r->data, *b = arg;

	return a->retention == b->retention && a->epoch_ms == b->epoch_ms;
}

static enum ex_status
picture_drop_epoch(void *store, enum ex_retention_class c, int64_t epoch_ms,
    size_t *n, struct ex_error *err)
{
	struct ex_store_picture like = { .retention = c, .epoch_ms = epoch_ms };
	char prefix[EX_MEMORY_KEY_SIZE];

	key_of(store, prefix, "picture", NULL);
	return drop_under(store, prefix, is_of_epoch, &like, n, err);
}

/* ---- rulings ----------------------------------------------------------- */

static enum ex_status
ruling_add(void *store, const struct ex_ruling *r, struct ex_error *err)
{
	char key[EX_MEMORY_KEY_SIZE];

	key_of(store, key, "ruling", r->crossing, r->id, NULL);
	return put(store, key, r, sizeof *r, err);
}

static enum ex_status
ruling_each(void *store, const char *crossing, ex_ruling_visit *visit,
    void *arg, struct ex_error *err)
{
	struct memory *m = store;
	char prefix[EX_MEMORY_KEY_SIZE];
	enum ex_status status = EX_OK;

	(void)err;
	key_of(m, prefix, "ruling", crossing, NULL);
	for (size_t i = ex_memory_find(&m->rows, prefix);
	     status == EX_OK && ex_memory_under(&m->rows, i, prefix); i++)
		status = visit(m->rows.now.rows[i].data, arg);
	return status;
}

/* ---- links ------------------------------------------------------------- */

static void
link_key(const struct memory *m, char key[static EX_MEMORY_KEY_SIZE],
    const char *node, uint64_t seq)
{
	char number[24];

	snprintf(number, sizeof number, "%020ju", (uintmax_t)seq);
	key_of(m, key, "link", node, number, NULL);
}

static enum ex_status
link_add(void *store, const struct ex_link *l, struct ex_error *err)
{
	struct memory *m = store;
	char key[EX_MEMORY_KEY_SIZE];

	link_key(m, key, l->node, l->seq);
	if (ex_memory_get(&m->rows, key))
		return ex_fail(err, EX_ERR_DATABASE, m->name,
		    "a link has this number already");
	return put(m, key, l, sizeof *l, err);
}

static enum ex_status
link_last(void *store, const char *node, struct ex_link *out, bool *found,
    struct ex_error *err)
{
	struct memory *m = store;
	char prefix[EX_MEMORY_KEY_SIZE], end[EX_MEMORY_KEY_SIZE];
	size_t i;

	(void)err;
	key_of(m, prefix, "link", node, NULL);
	link_key(m, end, node, UINT64_MAX);
	i = ex_memory_find(&m->rows, end);
	*found = i > 0 && ex_memory_under(&m->rows, i - 1, prefix);
	if (*found)
		memcpy(out, m->rows.now.rows[i - 1].data, sizeof *out);
	return EX_OK;
}

static bool
is_under(const char *subject, const char *what)
{
	size_t n = strlen(what);

	return strncmp(subject, what, n) == 0 &&
	       (subject[n] == '\0' || subject[n] == '/');
}

static bool
link_passes(const struct ex_link *l, const struct ex_audit_filter *f)
{
	bool behind = f->newest ? l->seq < f->after : l->seq > f->after;

	return (!f->after || behind) && l->at_ms >= f->from_ms &&
	       (!f->to_ms || l->at_ms < f->to_ms) &&
	       (!f->actor || strcmp(f->actor, l->actor) == 0) &&
	       (!f->subject || is_under(l->subject, f->subject));
}

static enum ex_status
link_each(void *store, const struct ex_audit_filter *f, ex_link_visit *visit,
    void *arg, struct ex_error *err)
{
	struct memory *m = store;
	char prefix[EX_MEMORY_KEY_SIZE];
	size_t first, n = 0, left = f->limit ? f->limit : SIZE_MAX;
	enum ex_status status = EX_OK;

	(void)err;
	key_of(m, prefix, "link", f->node, NULL);
	first = ex_memory_find(&m->rows, prefix);
	while (ex_memory_under(&m->rows, first + n, prefix))
		n++;
	for (size_t i = 0; i < n && left > 0 && status == EX_OK; i++) {
		size_t at = f->newest ? first + n - 1 - i : first + i;
		const struct ex_link *l = m->rows.now.rows[at].data;

		if (!link_passes(l, f))
			continue;
		left--;
		status = visit(l, arg);
	}
	return status;
}

static bool
is_through(const struct ex_memory_row *r, const void *seq)
{
	return ((const struct ex_link *)r->data)->seq <= *(const uint64_t *)seq;
}

static enum ex_status
link_drop(void *store, const char *node, uint64_t through_seq, size_t *n,
    struct ex_error *err)
{
	char prefix[EX_MEMORY_KEY_SIZE];

	key_of(store, prefix, "link", node, NULL);
	return drop_under(store, prefix, is_through, &through_seq, n, err);
}

/* ---- things ------------------------------------------------------------ */

static enum ex_status
thing_put(void *store, const char *kind, const char *name,
    struct ex_bytes value, struct ex_error *err)
{
	char key[EX_MEMORY_KEY_SIZE];

	key_of(store, key, "thing", kind, name, NULL);
	return put(store, key, value.data, value.size, err);
}

static enum ex_status
thing_get(void *store, const char *kind, const char *name, struct ex_blob *out,
    bool *found, struct ex_error *err)
{
	struct memory *m = store;
	char key[EX_MEMORY_KEY_SIZE];
	const struct ex_memory_row *r;

	*out = (struct ex_blob){ 0 };
	key_of(m, key, "thing", kind, name, NULL);
	r = ex_memory_get(&m->rows, key);
	*found = r != NULL;
	if (!r)
		return EX_OK;
	out->data = ex_calloc(r->size + 1, 1);
	if (!out->data)
		return ex_fail(err, EX_ERR_NOMEM, m->name, NULL);
	memcpy(out->data, r->data, r->size);
	out->size = r->size;
	return EX_OK;
}

static enum ex_status
thing_drop(
    void *store, const char *kind, const char *name, struct ex_error *err)
{
	char key[EX_MEMORY_KEY_SIZE];

	key_of(store, key, "thing", kind, name, NULL);
	return drop(store, key, err);
}

static enum ex_status
thing_each(void *store, const char *kind, ex_thing_visit *visit, void *arg,
    struct ex_error *err)
{
	struct memory *m = store;
	char prefix[EX_MEMORY_KEY_SIZE], name[EX_MEMORY_KEY_SIZE];
	enum ex_status status = EX_OK;

	(void)err;
	key_of(m, prefix, "thing", kind, NULL);
	for (size_t i = ex_memory_find(&m->rows, prefix);
	     status == EX_OK && ex_memory_under(&m->rows, i, prefix); i++) {
		const struct ex_memory_row *r = &m->rows.now.rows[i];
		const char *key = r->key + strlen(prefix);

		snprintf(name, sizeof name, "%.*s",
		    (int)strcspn(key, EX_MEMORY_END), key);
		status =
		    visit(name, (struct ex_bytes){ r->data, r->size }, arg);
	}
	return status;
}

const struct ex_store_ops ex_store_memory = {
	.version = EX_STORE_VERSION,
	.name = "memory",
	.look = look,
	.open = memory_open,
	.close = memory_close,
	.use_port = use_port,
	.begin = begin,
	.commit = commit,
	.rollback = rollback,
	.crossing_add = crossing_add,
	.crossing_get = crossing_get,
	.crossing_each = crossing_each,
	.crossing_count = crossing_count,
	.crossing_drop = crossing_drop,
	.awaiting_get = awaiting_get,
	.awaiting_put = awaiting_put,
	.picture_add = picture_add,
	.picture_each = picture_each,
	.picture_earlier = picture_earlier,
	.picture_drop = picture_drop,
	.picture_drop_epoch = picture_drop_epoch,
	.ruling_add = ruling_add,
	.ruling_each = ruling_each,
	.link_add = link_add,
	.link_last = link_last,
	.link_each = link_each,
	.link_drop = link_drop,
	.thing_put = thing_put,
	.thing_get = thing_get,
	.thing_drop = thing_drop,
	.thing_each = thing_each,
};
