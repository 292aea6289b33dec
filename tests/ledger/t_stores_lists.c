/* SPDX-License-Identifier: Apache-2.0 */
/* Links and things on every back end. */
#include "store_rows.h"

/* ---- links ------------------------------------------------------------- */

#define LINKS 700u /* of each of two nodes; more than a page */

struct links {
	const struct ex_audit_filter *f;
	size_t n;
	unsigned next; /* place in the order of all */
};

static const char *const nodes[] = { "hub", "hub-2" };

/* The i-th link in the order asked for. */
static struct ex_link
link_at(const struct ex_audit_filter *f, unsigned i)
{
	if (f->newest)
		i = 2 * LINKS - 1 - i;
	return link_of(nodes[i / LINKS], i % LINKS + 1);
}

static bool
link_let(const struct ex_audit_filter *f, const struct ex_link *l)
{
	size_t n = f->subject ? strlen(f->subject) : 0;

	return (!f->node || strcmp(f->node, l->node) == 0) &&
	       (!f->after ||
		   (f->newest ? l->seq < f->after : l->seq > f->after)) &&
	       l->at_ms >= f->from_ms && (!f->to_ms || l->at_ms < f->to_ms) &&
	       (!f->actor || strcmp(f->actor, l->actor) == 0) &&
	       (!f->subject ||
		   (strncmp(l->subject, f->subject, n) == 0 &&
		       (l->subject[n] == '\0' || l->subject[n] == '/')));
}

static enum ex_status
see_link(const struct ex_link *l, void *arg)
{
	struct links *s = arg;
	struct ex_link e;

	do
		e = link_at(s->f, s->next++);
	while (!link_let(s->f, &e) && s->next < 2 * LINKS);
	assert_string_equal(l->node, e.node);
	assert_int_equal(l->seq, e.seq);
	assert_int_equal(l->at_ms, e.at_ms);
	assert_string_equal(l->actor, e.actor);
	assert_int_equal(l->action, e.action);
	assert_int_equal(l->purpose, e.purpose);
	assert_string_equal(l->subject, e.subject);
	assert_string_equal(l->detail, e.detail);
	assert_memory_equal(l->before, e.before, sizeof e.before);
	assert_memory_equal(l->hash, e.hash, sizeof e.hash);
	s->n++;
	return EX_OK;
}

static void
check_links(struct ex_ledger *l, const struct ex_audit_filter *f)
{
	struct links s = { .f = f };
	size_t expected = 0;

	DO(OPS(l)->link_each(AT(l), f, see_link, &s, err));
	for (unsigned i = 0; i < 2 * LINKS; i++) {
		struct ex_link e = link_at(f, i);

		expected += link_let(f, &e);
	}
	if (f->limit && f->limit < expected)
		expected = f->limit;
	assert_int_equal(s.n, expected);
}

static void
add_links(struct ex_ledger *l)
{
	for (size_t n = 0; n < 2; n++)
		for (unsigned seq = 1; seq <= LINKS; seq++) {
			struct ex_link link = link_of(nodes[n], seq);

			DO(OPS(l)->link_add(AT(l), &link, err));
		}
}

static void
links_come_back_through_their_filter(void **state)
{
	static const struct ex_audit_filter filters[] = {
		{ 0 },
		{ .node = "hub" },
		{ .node = "hub-2", .after = 600 },
		{ .node = "hub", .after = 20, .limit = 3 },
		{ .node = "hub-3" },
		{ .actor = "officer:3" },
		{ .subject = "A" },
		{ .subject = "A/o1", .node = "hub" },
		{ .subject = "%" },
		{ .from_ms = SAMPLE_START + 100, .to_ms = SAMPLE_START + 120 },
		{ .limit = 512 },
		{ .limit = 1000 },
	};
	struct ex_ledger *l = backend_fresh(state);
	struct ex_link last;
	bool found;

	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->link_last(AT(l), "hub", &last, &found, err));
	assert_false(found);
	add_links(l);
	DO(OPS(l)->link_last(AT(l), "hub", &last, &found, err));
	assert_true(found);
	assert_string_equal(last.node, "hub");
	assert_int_equal(last.seq, LINKS);
	DO(OPS(l)->commit(AT(l), err));
	DO(OPS(l)->begin(AT(l), false, err));
	for (size_t i = 0; i < sizeof filters / sizeof *filters; i++) {
		struct ex_audit_filter f = filters[i];

		check_links(l, &f);
		f.newest = true;
		check_links(l, &f);
	}
	OPS(l)->rollback(AT(l));
	ex_ledger_close(&l);
}

static enum ex_status
first_seq(const struct ex_link *l, void *arg)
{
	*(uint64_t *)arg = l->seq;
	return EX_ERR_INTERRUPTED;
}

static void
links_go_from_the_front(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_audit_filter f = { .node = "hub" };
	uint64_t first = 0;
	size_t n;

	DO(OPS(l)->begin(AT(l), true, err));
	add_links(l);
	DO(OPS(l)->link_drop(AT(l), "hub", 300, &n, err));
	assert_int_equal(n, 300);
	OPS(l)->link_each(AT(l), &f, first_seq, &first, NULL);
	assert_int_equal(first, 301);
	f.node = "hub-2";
	OPS(l)->link_each(AT(l), &f, first_seq, &first, NULL);
	assert_int_equal(first, 1);
	DO(OPS(l)->commit(AT(l), err));
	ex_ledger_close(&l);
}

static void
a_link_is_never_written_over(void **state)
{
	struct ex_ledger *l = backend_fresh(state);
	struct ex_link link = link_of("hub", 1), last;
	enum ex_status status;
	bool found;

	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->link_add(AT(l), &link, err));
	DO(OPS(l)->commit(AT(l), err));
	DO(OPS(l)->begin(AT(l), true, err));
	link.at_ms++;
	status = OPS(l)->link_add(AT(l), &link, NULL);
	if (status == EX_OK) /* then it is told at the latest now */
		status = OPS(l)->commit(AT(l), NULL);
	assert_int_equal(status, EX_ERR_DATABASE);
	OPS(l)->rollback(AT(l));
	DO(OPS(l)->begin(AT(l), false, err));
	DO(OPS(l)->link_last(AT(l), "hub", &last, &found, err));
	assert_int_equal(last.at_ms, link.at_ms - 1);
	OPS(l)->rollback(AT(l));
	ex_ledger_close(&l);
}

/* ---- things ------------------------------------------------------------ */

struct seen {
	char text[400]; /* "key=size " of each */
};

static enum ex_status
append_key(const char *key, struct ex_bytes value, void *arg)
{
	struct seen *s = arg;
	size_t at = strlen(s->text);

	snprintf(s->text + at, sizeof s->text - at, "%s=%zu ", key, value.size);
	return EX_OK;
}

static void
things_come_back_by_name(void **state)
{
	static const char *const keys[] = { "b", "a", "B", "a.b", "a-b", "aa",
		"a_b", "\xc3\xa9" };
	struct ex_ledger *l = backend_fresh(state);
	uint8_t all[4096];
	struct seen s = { "" };

	for (size_t i = 0; i < sizeof all; i++)
		all[i] = (uint8_t)i;
	DO(OPS(l)->begin(AT(l), true, err));
	for (size_t i = 0; i < 8; i++)
		DO(OPS(l)->thing_put(AT(l), "k", keys[i], bytes(all, i), err));
	for (size_t i = 0; i < ODD; i++)
		DO(OPS(l)->thing_put(
		    AT(l), odd[i], odd[i], bytes(all, 4096), err));
	DO(OPS(l)->commit(AT(l), err));
	DO(OPS(l)->begin(AT(l), true, err));
	DO(OPS(l)->thing_each(AT(l), "k", append_key, &s, err));
	assert_string_equal(
	    s.text, "B=2 a=1 a-b=4 a.b=3 a_b=6 aa=5 b=0 \xc3\xa9=7 ");
	for (size_t i = 0; i < ODD; i++)
		assert_thing(l, odd[i], odd[i], bytes(all, 4096));
	assert_thing(l, "k", "b", bytes(all, 0));
	DO(OPS(l)->thing_put(AT(l), "k", "b", bytes(all + 1, 3), err));
	assert_thing(l, "k", "b", bytes(all + 1, 3));
	DO(OPS(l)->thing_drop(AT(l), "k", "b", err));
	assert_thing(l, "k", "b", (struct ex_bytes){ 0 });
	DO(OPS(l)->thing_drop(AT(l), "k", "b", err));
	assert_thing(l, "none", "a", (struct ex_bytes){ 0 });
	DO(OPS(l)->commit(AT(l), err));
	ex_ledger_close(&l);
}

int
main(void)
{
	static const struct backend_test tests[] = {
		BACKEND_TEST(links_come_back_through_their_filter),
		BACKEND_TEST(links_go_from_the_front),
		BACKEND_TEST(a_link_is_never_written_over),
		BACKEND_TEST(things_come_back_by_name),
	};

	return backends_run(tests, sizeof tests / sizeof *tests);
}
