/* SPDX-License-Identifier: Apache-2.0 */
/* One program on every back end: whatever one does the others do. */
#include "store_rows.h"

static void
put_many(struct ex_ledger *l, unsigned from, unsigned to)
{
	DO(ex_ledger_begin(l, err));
	for (unsigned k = from; k < to; k++)
		DO(sample_put(l, k, err));
	DO(ex_ledger_commit(l, err));
}

/* ---- crossings --------------------------------------------------------- */

static void
crossings_come_back(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct ex_crossing c;
	bool fresh, found;

	put_many(l, 0, 20);
	for (unsigned k = 0; k < 20; k++) {
		sample_crossing(&c, k);
		DO(ex_ledger_get(l, c.id, &c, err));
		assert_true(sample_is(&c, k));
	}
	sample_crossing(&c, 20);
	assert_int_equal(ex_ledger_get(l, c.id, &c, NULL), EX_ERR_NOT_FOUND);
	sample_crossing(&c, 3);
	DO(ex_ledger_record_make(&l->key, &c, r, err));
	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->crossing_add(AT(l), r, &fresh, err));
	assert_false(fresh);
	DO(OPS(l)->crossing_get(AT(l), odd[0], r, &found, err));
	assert_false(found);
	OPS(l)->rollback(AT(l));
	free(r);
	ex_ledger_close(&l);
}

static void
an_id_with_other_content_is_a_conflict(void **state) /* (L3) */
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_crossing c;
	size_t n;

	put_many(l, 0, 2);
	sample_crossing(&c, 1);
	DO(ex_ledger_put(l, &c, err));
	c.occupants[2].nearest = 2;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_ERR_CONFLICT);
	sample_crossing(&c, 1);
	c.documents[0].number[3]++;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_ERR_CONFLICT);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 2);
	DO(ex_ledger_get(l, c.id, &c, err));
	assert_true(sample_is(&c, 1));
	ex_ledger_close(&l);
}

static void
odd_texts_come_back_as_they_were(void **state)
{
	struct ex_ledger *l = backend_fresh(state);

	for (unsigned k = 0; k < ODD; k++) {
		struct ex_ledger_filter f = { .lane = odd[k] };
		struct ex_crossing c;
		size_t n;

		sample_crossing(&c, k);
		snprintf(c.lane, sizeof c.lane, "%s", odd[k]);
		snprintf(c.vehicle, sizeof c.vehicle, "%s", odd[ODD - 1 - k]);
		DO(ex_ledger_put(l, &c, err));
		DO(ex_ledger_get(l, c.id, &c, err));
		assert_string_equal(c.lane, odd[k]);
		assert_string_equal(c.vehicle, odd[ODD - 1 - k]);
		DO(ex_ledger_count(l, &f, &n, err));
		assert_int_equal(n, 1);
	}
	ex_ledger_close(&l);
}

/* The numbers of the crossings a walk came by. */
struct walk {
	unsigned k[1000];
	size_t n;
};

static enum ex_status
note(const struct ex_crossing *c, void *arg)
{
	struct walk *w = arg;

	w->k[w->n++] = (unsigned)(c->opened_ms - SAMPLE_START);
	return EX_OK;
}

static const char *
id_of(unsigned k)
{
	static struct ex_crossing c;

	sample_crossing(&c, k);
	return c.id;
}

#define MANY 600u /* more than two pages */

/* Does the filter let the k-th through? Somebody awaits only in every 50th. */
static bool
lets(const struct ex_ledger_filter *f, unsigned k)
{
	int64_t at = SAMPLE_START + k;
	char lane[16];

	snprintf(lane, sizeof lane, "lane-%u", k % 3);
	if (f->after && (f->newest ? strcmp(id_of(k), f->after) >= 0
				   : strcmp(id_of(k), f->after) <= 0))
		return false;
	return at >= f->from_ms && (!f->to_ms || at < f->to_ms) &&
	       (!f->lane || strcmp(f->lane, lane) == 0) &&
	       (!f->open || k % 50 == 0);
}

static void
check_walk(struct ex_ledger *l, const struct ex_ledger_filter *f)
{
	struct walk w = { .n = 0 };
	size_t expected = 0, counted;

	DO(ex_ledger_each(l, f, note, &w, err));
	DO(ex_ledger_count(l, f, &counted, err));
	for (unsigned i = 0; i < MANY; i++) {
		unsigned k = f->newest ? MANY - 1 - i : i;

		if (!lets(f, k))
			continue;
		if (!f->limit || expected < f->limit)
			assert_int_equal(w.k[expected], k);
		expected++;
	}
	assert_int_equal(counted, expected);
	if (f->limit && expected > f->limit)
		expected = f->limit;
	assert_int_equal(w.n, expected);
}

static void
filters_let_through_what_they_say(void **state) /* (L9) */
{
	char after[EX_ULID_SIZE];
	const struct ex_ledger_filter filters[] = {
		{ 0 },
		{ .from_ms = SAMPLE_START + 256 },
		{ .to_ms = SAMPLE_START + 256 },
		{ .from_ms = SAMPLE_START + 10, .to_ms = SAMPLE_START + 11 },
		{ .from_ms = INT64_MAX },
		{ .lane = "lane-2" },
		{ .lane = "lane" },
		{ .limit = 256 },
		{ .limit = 257, .lane = "lane-1" },
		{ .after = after },
		{ .after = after, .limit = 5 },
		{ .open = true },
		{ .open = true, .lane = "lane-2", .after = after },
		{ .from_ms = SAMPLE_START + 500, .after = after },
		{ .to_ms = SAMPLE_START + 100, .after = after },
	};
	struct ex_ledger *l = backend_fresh(state);

	snprintf(after, sizeof after, "%s", id_of(299));
	put_many(l, 0, MANY);
	DO(OPS(l)->begin(AT(l), true, err));
	for (unsigned k = 0; k < MANY; k++)
		if (k % 50 != 0)
			DO(OPS(l)->awaiting_put(AT(l), id_of(k), 0, err));
	DO(OPS(l)->commit(AT(l), err));
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		struct ex_ledger_filter f = filters[i];

		check_walk(l, &f);
		f.newest = true;
		check_walk(l, &f);
	}
	ex_ledger_close(&l);
}

static void
who_awaits_an_officer_is_kept(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_crossing c;
	uint32_t mask;
	bool found;

	sample_crossing(&c, 1);
	c.occupants[2].n = 32;
	DO(ex_ledger_put(l, &c, err));
	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->awaiting_get(AT(l), c.id, &mask, &found, err));
	assert_true(found);
	assert_int_equal(mask, UINT32_C(1) << 31);
	DO(OPS(l)->awaiting_put(AT(l), c.id, 0xffffffff, err));
	DO(OPS(l)->awaiting_get(AT(l), c.id, &mask, &found, err));
	assert_int_equal(mask, 0xffffffff);
	DO(OPS(l)->awaiting_get(AT(l), id_of(2), &mask, &found, err));
	assert_false(found);
	DO(OPS(l)->commit(AT(l), err));
	ex_ledger_close(&l);
}

/* ---- pictures ---------------------------------------------------------- */

static struct ex_store_picture
picture_of(unsigned k, const char *name)
{
	static const uint8_t some[] = "\0sealed\0'\"\\\xff";
	struct ex_store_picture p = {
		.retention =
		    k % 2 ? EX_RETAIN_PICTURE : EX_RETAIN_CITIZEN_PICTURE,
		.epoch_ms = SAMPLE_START + k / 4,
		.key = bytes(some, k % 12),
		.sealed = bytes(some, sizeof some - k % 12),
	};

	snprintf(p.crossing, sizeof p.crossing, "%s", id_of(k));
	snprintf(p.name, sizeof p.name, "%s", name);
	return p;
}

struct seen {
	char text[400]; /* "k:name " of each */
	size_t n, stop_at;
};

static enum ex_status
see_picture(const struct ex_store_picture *p, void *arg)
{
	struct seen *s = arg;
	size_t at = strlen(s->text);

	for (unsigned k = 0; k < 20; k++) {
		struct ex_store_picture q = picture_of(k, p->name);

		if (strcmp(q.crossing, p->crossing) != 0)
			continue;
		assert_int_equal(p->retention, q.retention);
		assert_int_equal(p->epoch_ms, q.epoch_ms);
		assert_int_equal(p->key.size, q.key.size);
		assert_int_equal(p->sealed.size, q.sealed.size);
		if (q.key.size)
			assert_memory_equal(
			    p->key.data, q.key.data, q.key.size);
		assert_memory_equal(
		    p->sealed.data, q.sealed.data, q.sealed.size);
		snprintf(
		    s->text + at, sizeof s->text - at, "%u:%s ", k, p->name);
	}
	return ++s->n == s->stop_at ? EX_ERR_INTERRUPTED : EX_OK;
}

static void
assert_pictures(
    struct ex_ledger *l, unsigned k, const char *name, const char *expected)
{
	struct seen s = { .n = 0 };
	char id[EX_ULID_SIZE];

	snprintf(id, sizeof id, "%s", id_of(k)); /* which see_picture uses */
	DO(OPS(l)->picture_each(AT(l), id, name, see_picture, &s, err));
	assert_string_equal(s.text, expected);
}

static void
add_pictures(struct ex_ledger *l)
{
	static const char *const names[] = { "d1", "o1", "o2", "o16" };

	for (unsigned k = 0; k < 8; k++)
		for (size_t i = 0; i < 4; i++) {
			struct ex_store_picture p = picture_of(k, names[i]);

			DO(OPS(l)->picture_add(AT(l), &p, err));
		}
}

static void
pictures_come_back_and_go(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct seen s = { .stop_at = 2 };
	size_t n;

	put_many(l, 0, 8);
	DO(OPS(l)->begin(AT(l), true, err));
	add_pictures(l);
	DO(OPS(l)->commit(AT(l), err));
	DO(OPS(l)->begin(AT(l), true, err));
	assert_pictures(l, 3, NULL, "3:d1 3:o1 3:o16 3:o2 ");
	assert_pictures(l, 3, "o1", "3:o1 ");
	assert_pictures(l, 3, "o3", "");
	assert_pictures(l, 9, NULL, "");
	assert_int_equal(
	    OPS(l)->picture_each(AT(l), id_of(3), NULL, see_picture, &s, NULL),
	    EX_ERR_INTERRUPTED);
	DO(OPS(l)->picture_drop(AT(l), id_of(3), &n, err));
	assert_int_equal(n, 4);
	assert_pictures(l, 3, NULL, "");
	/* Epoch 0 of the citizens' class: crossings 0 and 2. */
	DO(OPS(l)->picture_drop_epoch(
	    AT(l), EX_RETAIN_CITIZEN_PICTURE, SAMPLE_START, &n, err));
	assert_int_equal(n, 8);
	assert_pictures(l, 2, NULL, "");
	assert_pictures(l, 1, "d1", "1:d1 ");
	assert_pictures(l, 4, "d1", "4:d1 ");
	DO(OPS(l)->commit(AT(l), err));
	ex_ledger_close(&l);
}

static void
earlier_pictures_are_found_by_document(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct ex_crossing c;
	struct seen s = { .n = 0 }, two = { .n = 0 }, none = { .n = 0 };

	for (unsigned k = 0; k < 8; k++) { /* always the same two passports */
		sample_crossing(&c, 100);
		snprintf(c.id, sizeof c.id, "%s", id_of(k));
		c.opened_ms = c.closed_ms = SAMPLE_START + k;
		if (k == 5) /* this time not confirmed */
			c.n_occupants = 0;
		DO(ex_ledger_put(l, &c, err));
	}
	DO(ex_ledger_record_make(&l->key, &c, r, err));
	DO(OPS(l)->begin(AT(l), true, err));
	add_pictures(l);
	/* Document 1 confirms occupant 2 in each of them. */
	DO(OPS(l)->picture_earlier(
	    AT(l), r->number[0].hash, 99, see_picture, &s, err));
	assert_string_equal(s.text, "7:o2 6:o2 4:o2 3:o2 2:o2 1:o2 0:o2 ");
	DO(OPS(l)->picture_earlier(
	    AT(l), r->number[1].hash, 2, see_picture, &two, err));
	assert_string_equal(two.text, "7:o1 6:o1 ");
	r->number[0].hash[31] ^= 1;
	DO(OPS(l)->picture_earlier(
	    AT(l), r->number[0].hash, 99, see_picture, &none, err));
	assert_string_equal(none.text, "");
	DO(OPS(l)->commit(AT(l), err));
	free(r);
	ex_ledger_close(&l);
}

/* ---- rulings ----------------------------------------------------------- */

static struct ex_ruling
ruling_of(unsigned k, unsigned i)
{
	struct ex_ruling r = {
		.occupant = i + 1,
		.kind = (enum ex_ruling_kind)(i % EX_RULING_COUNT),
		.document = i % 3,
		.actor = "officer:ana",
		.at_ms = SAMPLE_START + i,
	};

	snprintf(r.id, sizeof r.id, "%s", id_of(900 + i));
	snprintf(r.crossing, sizeof r.crossing, "%s", id_of(k));
	snprintf(r.reason, sizeof r.reason, "%s", odd[i % ODD]);
	if (i > 0)
		snprintf(r.undoes, sizeof r.undoes, "%s", id_of(900 + i - 1));
	return r;
}

static enum ex_status
see_ruling(const struct ex_ruling *r, void *arg)
{
	unsigned *i = arg;
	struct ex_ruling expected = ruling_of(1, (*i)++);

	assert_string_equal(r->id, expected.id);
	assert_string_equal(r->crossing, expected.crossing);
	assert_string_equal(r->reason, expected.reason);
	assert_string_equal(r->undoes, expected.undoes);
	assert_string_equal(r->actor, expected.actor);
	assert_int_equal(r->occupant, expected.occupant);
	assert_int_equal(r->kind, expected.kind);
	assert_int_equal(r->document, expected.document);
	assert_int_equal(r->at_ms, expected.at_ms);
	return EX_OK;
}

static void
rulings_come_back_in_order(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	unsigned n = 0;

	put_many(l, 0, 2);
	DO(OPS(l)->begin(AT(l), true, err));
	for (unsigned i = 0; i < 10; i++) {
		struct ex_ruling r = ruling_of(1, i * 7 % 10);

		DO(OPS(l)->ruling_add(AT(l), &r, err));
	}
	DO(OPS(l)->ruling_each(AT(l), id_of(1), see_ruling, &n, err));
	assert_int_equal(n, 10);
	DO(OPS(l)->ruling_each(AT(l), id_of(0), see_ruling, &n, err));
	assert_int_equal(n, 10);
	DO(OPS(l)->commit(AT(l), err));
	ex_ledger_close(&l);
}

/* ---- transactions ------------------------------------------------------ */

/* Everything that can be added, and what can be changed. */
static void
write_all_kinds(struct ex_ledger *l)
{
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	struct ex_store_picture p = picture_of(5, "o1");
	struct ex_ruling ruling = ruling_of(1, 0);
	struct ex_link link = link_of("hub", 1);
	struct ex_crossing c;
	bool fresh;
	size_t n;

	sample_crossing(&c, 5);
	DO(ex_ledger_record_make(&l->key, &c, r, err));
	DO(OPS(l)->crossing_add(AT(l), r, &fresh, err));
	assert_true(fresh);
	DO(OPS(l)->picture_add(AT(l), &p, err));
	DO(OPS(l)->ruling_add(AT(l), &ruling, err));
	DO(OPS(l)->awaiting_put(AT(l), id_of(1), 0, err));
	DO(OPS(l)->link_add(AT(l), &link, err));
	DO(OPS(l)->thing_put(AT(l), "k", "new", bytes("1", 1), err));
	DO(OPS(l)->thing_put(AT(l), "k", "old", bytes("2", 1), err));
	DO(OPS(l)->thing_drop(AT(l), "k", "gone", err));
	DO(OPS(l)->crossing_drop(AT(l), SAMPLE_START + 1, &n, err));
	assert_int_equal(n, 1);
	free(r);
}

/* Is all of it there, or nothing? */
static void
assert_all_kinds(struct ex_ledger *l, bool there)
{
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	unsigned rulings = 0;
	struct ex_link link;
	uint32_t mask;
	bool found;

	DO(OPS(l)->begin(AT(l), false, err));
	DO(OPS(l)->crossing_get(AT(l), id_of(5), r, &found, err));
	assert_int_equal(found, there);
	DO(OPS(l)->crossing_get(AT(l), id_of(0), r, &found, err));
	assert_int_equal(found, !there);
	assert_pictures(l, 5, NULL, there ? "5:o1 " : "");
	DO(OPS(l)->ruling_each(AT(l), id_of(1), see_ruling, &rulings, err));
	assert_int_equal(rulings, there);
	DO(OPS(l)->awaiting_get(AT(l), id_of(1), &mask, &found, err));
	assert_int_equal(mask, there ? 0 : 4);
	DO(OPS(l)->link_last(AT(l), "hub", &link, &found, err));
	assert_int_equal(found, there);
	assert_thing(
	    l, "k", "new", there ? bytes("1", 1) : (struct ex_bytes){ 0 });
	assert_thing(l, "k", "old", bytes(there ? "2" : "1", 1));
	assert_thing(
	    l, "k", "gone", there ? (struct ex_bytes){ 0 } : bytes("", 0));
	OPS(l)->rollback(AT(l));
	free(r);
}

static void
a_transaction_is_all_or_nothing(void **state) /* (L10) */
{
	const struct backend *b = *state;
	struct ex_ledger *l = backend_fresh(state);

	put_many(l, 0, 3);
	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->thing_put(AT(l), "k", "old", bytes("1", 1), err));
	DO(OPS(l)->thing_put(AT(l), "k", "gone", bytes("", 0), err));
	DO(OPS(l)->commit(AT(l), err));
	assert_all_kinds(l, false);
	DO(OPS(l)->begin(AT(l), true, err));
	write_all_kinds(l);
	OPS(l)->rollback(AT(l));
	OPS(l)->rollback(AT(l)); /* nothing open: nothing done */
	assert_all_kinds(l, false);
	DO(OPS(l)->begin(AT(l), true, err));
	write_all_kinds(l);
	DO(OPS(l)->commit(AT(l), err));
	OPS(l)->rollback(AT(l));
	assert_all_kinds(l, true);
	ex_ledger_close(&l);
	if (!b->shared)
		return;
	l = backend_open(b);
	assert_all_kinds(l, true);
	ex_ledger_close(&l);
}

static void
a_group_is_one_commit(void **state) /* (L10) */
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_crossing c;
	size_t n;

	DO(ex_ledger_begin(l, err));
	for (unsigned k = 0; k < 10; k++)
		DO(sample_put(l, k, err));
	ex_ledger_rollback(l);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 0);
	put_many(l, 0, 10);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 10);
	/* What has failed in a group fails the group. */
	DO(ex_ledger_begin(l, err));
	DO(sample_put(l, 10, err));
	sample_crossing(&c, 3);
	c.closed_ms++;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_ERR_CONFLICT);
	assert_int_equal(ex_ledger_commit(l, NULL), EX_ERR_DATABASE);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 10);
	assert_int_equal(ex_ledger_commit(l, NULL), EX_ERR_DATABASE);
	DO(sample_put(l, 10, err));
	ex_ledger_close(&l);
}

static void
ports_are_apart(void **state)
{
	struct ex_ledger_node a = { .node = "hub", .port = "port-a" };
	struct ex_ledger_node b = { .node = "hub", .port = "port-b" };
	struct ex_ledger *l = backend_fresh(state);
	struct ex_crossing c;
	size_t n;

	assert_int_equal(
	    ex_ledger_attach(l,
		&(struct ex_ledger_node){ .node = "hub", .port = "'; --" },
		NULL),
	    EX_ERR_USAGE);
	DO(ex_ledger_attach(l, &a, err));
	put_many(l, 0, 3);
	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->thing_put(AT(l), "k", "x", bytes("a", 1), err));
	DO(OPS(l)->commit(AT(l), err));
	DO(ex_ledger_attach(l, &b, err));
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 0);
	put_many(l, 2, 4); /* an id of the other port's, too */
	DO(OPS(l)->begin(AT(l), true, err));
	assert_thing(l, "k", "x", (struct ex_bytes){ 0 });
	DO(OPS(l)->crossing_drop(AT(l), SAMPLE_START + 3, &n, err));
	assert_int_equal(n, 1);
	DO(OPS(l)->commit(AT(l), err));
	DO(ex_ledger_attach(l, &a, err));
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 3);
	DO(ex_ledger_get(l, id_of(2), &c, err));
	assert_true(sample_is(&c, 2));
	ex_ledger_close(&l);
}

#define DAY_MS INT64_C(86400000)

static void
put_on_day(struct ex_ledger *l, unsigned day, unsigned k)
{
	const uint8_t chance[10] = { (uint8_t)k };
	struct ex_crossing c;

	sample_crossing(&c, k);
	c.opened_ms = SAMPLE_START + day * DAY_MS + k;
	c.closed_ms = c.opened_ms;
	ex_ulid_make(c.opened_ms, chance, c.id);
	DO(ex_ledger_put(l, &c, err));
}

static void
what_is_due_goes_with_all_that_hangs_on_it(void **state)
{
	struct backend *b = *state;
	struct ex_ledger_node other = { .node = "hub", .port = "other" };
	struct ex_ledger_node own = { .node = "hub", .port = "local" };
	struct ex_ledger *l = backend_fresh(state);
	struct ex_store_picture p = picture_of(0, "o1");
	struct ex_ruling r = ruling_of(0, 0);
	unsigned rulings = 0;
	size_t n;

	for (unsigned day = 0; day < 4; day++)
		for (unsigned k = 0; k < 3; k++)
			put_on_day(l, day, k);
	DO(ex_ledger_attach(l, &other, err));
	put_on_day(l, 1, 7); /* this day is another's, too */
	DO(ex_ledger_attach(l, &own, err));
	DO(OPS(l)->begin(AT(l), true, err));
	ex_ulid_make(SAMPLE_START, (const uint8_t[10]){ 0 }, p.crossing);
	memcpy(r.crossing, p.crossing, sizeof r.crossing);
	DO(OPS(l)->picture_add(AT(l), &p, err));
	DO(OPS(l)->ruling_add(AT(l), &r, err));
	/* The sample's day began eight hours before it. */
	DO(OPS(l)->crossing_drop(
	    AT(l), SAMPLE_START + 2 * DAY_MS + 1, &n, err));
	assert_int_equal(n, 7);
	DO(OPS(l)->commit(AT(l), err));
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 5);
	DO(OPS(l)->begin(AT(l), false, err));
	assert_pictures(l, 0, NULL, "");
	DO(OPS(l)->ruling_each(AT(l), r.crossing, see_ruling, &rulings, err));
	assert_int_equal(rulings, 0);
	OPS(l)->rollback(AT(l));
	put_on_day(l, 0, 1); /* late, and kept */
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 6);
	DO(ex_ledger_attach(l, &other, err));
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 1);
	ex_ledger_close(&l);
	(void)b;
}

static void
reading_alone_writes_nothing(void **state)
{
	struct backend *b = *state;
	struct ex_error said = { 0 };
	struct ex_ledger *l;
	size_t n;

	backend_clear(b);
	backend_must_be_shared(b);
	assert_int_equal(
	    ex_ledger_open(b->uri, NULL, EX_LEDGER_READ, &l, &said),
	    EX_ERR_DATABASE);
	l = backend_open(b);
	put_many(l, 0, 3);
	ex_ledger_close(&l);
	DO(ex_ledger_open(b->uri, NULL, EX_LEDGER_READ, &l, err));
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, 3);
	assert_int_equal(sample_put(l, 9, &said), EX_ERR_DATABASE);
	assert_string_equal(said.why, "is open for reading only");
	assert_int_equal(ex_ledger_begin(l, NULL), EX_ERR_DATABASE);
	ex_ledger_close(&l);
}

static void
another_key_is_refused(void **state) /* (L8) */
{
	struct backend *b = *state;
	char hex[65], other[180];
	struct ex_error said = { 0 };
	struct ex_ledger *l = backend_fresh(state);

	ex_ledger_close(&l);
	backend_must_be_shared(b);
	memset(hex, 'c', sizeof hex);
	snprintf(other, sizeof other, "%s.other", b->key);
	DO(ex_file_make_private(other, hex, 64, err));
	assert_int_equal(
	    ex_ledger_open(b->uri, other, EX_LEDGER_WRITE, &l, &said),
	    EX_ERR_DATABASE);
	assert_non_null(strstr(said.why, "key of another ledger"));
	snprintf(other, sizeof other, "%s.none", b->key);
	assert_int_equal(
	    ex_ledger_open(b->uri, other, EX_LEDGER_WRITE, &l, &said),
	    EX_ERR_DATABASE);
	assert_non_null(strstr(said.why, "is missing"));
	l = backend_open(b);
	ex_ledger_close(&l);
}

/* ---- several at once --------------------------------------------------- */

#define WRITERS 4u
#define EACH    30u

/* A counter that all raise, crossings of one's own, and those of all. */
static _Noreturn void
write_share(const struct backend *b, unsigned writer)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;
	enum ex_status status =
	    ex_ledger_open(b->uri, b->key, EX_LEDGER_WRITE, &l, &err);

	for (unsigned i = 0; status == EX_OK && i < EACH; i++) {
		struct ex_blob value;
		uint8_t next;
		bool found;

		status = ex_ledger_begin(l, &err);
		if (status == EX_OK)
			status = OPS(l)->thing_get(
			    AT(l), "n", "n", &value, &found, &err);
		next = status == EX_OK && found ? *value.data + 1 : 1;
		ex_blob_free(&value);
		if (status == EX_OK)
			status = OPS(l)->thing_put(
			    AT(l), "n", "n", bytes(&next, 1), &err);
		if (status == EX_OK)
			status =
			    sample_put(l, 100 + WRITERS * i + writer, &err);
		if (status == EX_OK)
			status = sample_put(l, i, &err);
		if (status == EX_OK)
			status = ex_ledger_commit(l, &err);
	}
	if (status != EX_OK)
		dprintf(STDERR_FILENO, "# %s: %s\n", err.what, err.why);
	_exit(status == EX_OK ? 0 : 1);
}

/* The ledger is new: they make it at once, too. */
static void
writers_at_once_lose_nothing(void **state) /* (L7) */
{
	struct backend *b = *state;
	uint8_t sum = WRITERS * EACH;
	pid_t pids[WRITERS];
	struct ex_ledger *l;
	size_t n;

	backend_clear(b);
	backend_must_be_shared(b);
	for (unsigned w = 0; w < WRITERS; w++) {
		pids[w] = fork();
		assert_true(pids[w] >= 0);
		if (pids[w] == 0)
			write_share(b, w);
	}
	for (unsigned w = 0; w < WRITERS; w++) {
		int status;

		assert_int_equal(waitpid(pids[w], &status, 0), pids[w]);
		assert_int_equal(status, 0);
	}
	l = backend_open(b);
	DO(ex_ledger_count(l, NULL, &n, err));
	assert_int_equal(n, WRITERS * EACH + EACH);
	DO(OPS(l)->begin(AT(l), false, err));
	assert_thing(l, "n", "n", bytes(&sum, 1));
	OPS(l)->rollback(AT(l));
	ex_ledger_close(&l);
}

int
main(void)
{
	static const struct backend_test tests[] = {
		BACKEND_TEST(crossings_come_back),
		BACKEND_TEST(an_id_with_other_content_is_a_conflict),
		BACKEND_TEST(odd_texts_come_back_as_they_were),
		BACKEND_TEST(filters_let_through_what_they_say),
		BACKEND_TEST(who_awaits_an_officer_is_kept),
		BACKEND_TEST(pictures_come_back_and_go),
		BACKEND_TEST(earlier_pictures_are_found_by_document),
		BACKEND_TEST(rulings_come_back_in_order),
		BACKEND_TEST(a_transaction_is_all_or_nothing),
		BACKEND_TEST(a_group_is_one_commit),
		BACKEND_TEST(ports_are_apart),
		BACKEND_TEST(what_is_due_goes_with_all_that_hangs_on_it),
		BACKEND_TEST(reading_alone_writes_nothing),
		BACKEND_TEST(another_key_is_refused),
		BACKEND_TEST(writers_at_once_lose_nothing),
	};

	return backends_run(tests, sizeof tests / sizeof *tests);
}
