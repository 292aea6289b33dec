/* SPDX-License-Identifier: Apache-2.0 */
/* Rulings only add (L23): who awaits an officer, what ends it, what is refused,
 * and how one is taken back. */
#include "hub.h"

#include <sys/wait.h>

#include "audit.h"

#define ANA "officer:ana"
#define BEA "officer:bea"

/* Occupant 1 is confirmed with d2; 2 to 4 await an officer; five documents.
 * Puts it as the k-th, its id to `id`. */
static void
put(struct ex_ledger *l, unsigned k, char id[static EX_ULID_SIZE])
{
	struct ex_crossing c;
	struct ex_error err = { 0 };

	sample_crossing(&c, k);
	c.unlisted = 0;
	c.n_documents = 5;
	for (unsigned i = 2; i < 5; i++) {
		c.documents[i] = c.documents[0];
		c.documents[i].verdict = EX_DOCUMENT_HOLDER_NOT_SEEN;
		snprintf(c.documents[i].number, sizeof c.documents[i].number,
		    "QX%u", 100 * k + i);
	}
	c.documents[0].verdict = EX_DOCUMENT_HOLDER_NOT_SEEN;
	c.n_occupants = 4;
	c.occupants[3] = c.occupants[2];
	c.occupants[3].n = 4;
	c.occupants[1] = c.occupants[2];
	c.occupants[1].n = 2;
	if (ex_ledger_put(l, &c, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	strcpy(id, c.id);
}

static enum ex_status
rule_as(struct ex_ledger *l, const char *actor, const char *id, unsigned o,
    enum ex_ruling_kind kind, unsigned document, const char *text,
    struct ex_ruling *made, struct ex_error *err)
{
	const struct ex_act act = { actor, EX_PURPOSE_REVIEW };
	enum ex_status status;

	*made = (struct ex_ruling){
		.occupant = o, .kind = kind, .document = document
	};
	strcpy(made->crossing, id);
	strcpy(kind == EX_RULING_UNDONE ? made->undoes : made->reason, text);
	status = ex_ledger_rule(l, &act, made, err);
	hub_clock_ms += 100;
	return status;
}

static struct ex_ruling
rule(struct ex_ledger *l, const char *id, unsigned o, enum ex_ruling_kind kind,
    unsigned document, const char *text)
{
	struct ex_ruling made;
	struct ex_error err = { 0 };

	if (rule_as(l, ANA, id, o, kind, document, text, &made, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return made;
}

static unsigned
awaiting(struct ex_ledger *l, const char *id)
{
	uint32_t mask;

	assert_int_equal(ex_ledger_awaiting(l, id, &mask, NULL), EX_OK);
	return mask;
}

static enum ex_status
count(const struct ex_ruling *r, void *arg)
{
	(void)r;
	++*(unsigned *)arg;
	return EX_OK;
}

static unsigned
rulings(struct ex_ledger *l, const char *id)
{
	unsigned n = 0;

	assert_int_equal(ex_ledger_rulings(l, id, count, &n, NULL), EX_OK);
	return n;
}

/* Refused, for this reason, and nothing has changed. */
static void
assert_refused(struct ex_ledger *l, const char *actor, const char *id,
    unsigned o, enum ex_ruling_kind kind, unsigned document, const char *text,
    enum ex_status expected, const char *why)
{
	struct ex_ruling made;
	struct ex_error err = { 0 };
	uint32_t before = 0, after = 0;
	unsigned n = 0, m = 0;

	ex_ledger_awaiting(l, id, &before, NULL);
	ex_ledger_rulings(l, id, count, &n, NULL);
	if (rule_as(l, actor, id, o, kind, document, text, &made, &err) !=
		expected ||
	    !strstr(err.why, why))
		fail_msg(
		    "%d %s: %s; wanted %s", err.status, err.what, err.why, why);
	assert_string_equal(made.id, "");
	assert_string_equal(made.actor, "");
	ex_ledger_awaiting(l, id, &after, NULL);
	ex_ledger_rulings(l, id, count, &m, NULL);
	assert_int_equal(before, after);
	assert_int_equal(n, m);
}

/* ---- ending a wait ----------------------------------------------------- */

static void
occupants_left_to_the_officer_await_one(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];
	uint32_t mask = 7;

	put(l, 1, id);
	assert_int_equal(awaiting(l, id), 0xe);
	assert_int_equal(
	    ex_ledger_awaiting(l, "01KE6R3W000000000000000000", &mask, NULL),
	    EX_ERR_NOT_FOUND);
	assert_int_equal(mask, 0);
	ex_ledger_close(&l);
}

static void
same_person_and_by_hand_end_a_wait(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];
	struct ex_ruling r;

	put(l, 1, id);
	r = rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
	assert_int_equal(strlen(r.id), 26);
	assert_string_equal(r.actor, ANA);
	assert_int_equal(r.at_ms, hub_clock_ms - 100);
	assert_int_equal(awaiting(l, id), 0xc);
	rule(l, id, 3, EX_RULING_BY_HAND, 0, "reads the visa");
	assert_int_equal(awaiting(l, id), 0x8);
	rule(l, id, 4, EX_RULING_NOT_THIS_DOCUMENT, 3, "");
	assert_int_equal(awaiting(l, id), 0x8);
	rule(l, id, 4, EX_RULING_NOT_THIS_DOCUMENT, 4, "");
	rule(l, id, 4, EX_RULING_SAME_PERSON, 5, "");
	assert_int_equal(awaiting(l, id), 0);
	assert_int_equal(rulings(l, id), 5);
	ex_ledger_close(&l);
}

/* An officer may change their mind about a document they had put aside. */
static void
a_document_put_aside_may_be_theirs_after_all(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];

	put(l, 1, id);
	rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 1, "");
	rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
	assert_int_equal(awaiting(l, id), 0xc);
	ex_ledger_close(&l);
}

struct list {
	struct ex_ruling r[8];
	size_t n;
};

static enum ex_status
collect(const struct ex_ruling *r, void *arg)
{
	struct list *list = arg;

	list->r[list->n++] = *r;
	return list->n == 8 ? EX_ERR_TOO_LARGE : EX_OK;
}

static void
rulings_come_back_in_order_as_they_were_made(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	char id[EX_ULID_SIZE], other[EX_ULID_SIZE];
	struct ex_ruling made[4];
	struct list list = { 0 };

	put(l, 1, id);
	put(l, 2, other);
	made[0] = rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 1, "");
	rule(l, other, 2, EX_RULING_BY_HAND, 0, "other");
	made[1] =
	    rule(l, id, 2, EX_RULING_BY_HAND, 0, "\xc3\xa4gypt \xe2\x82\xac");
	hub_clock_ms -= 3000; /* a clock put back orders nothing anew */
	made[2] = rule(l, id, 2, EX_RULING_UNDONE, 0, made[1].id);
	made[3] = rule(l, id, 2, EX_RULING_SAME_PERSON, 5, "why");
	ex_ledger_close(&l);
	l = sample_open(path, EX_LEDGER_READ);
	assert_int_equal(ex_ledger_rulings(l, id, collect, &list, NULL), EX_OK);
	assert_int_equal(list.n, 4);
	for (size_t i = 0; i < 4; i++) {
		const struct ex_ruling *a = &list.r[i], *b = &made[i];

		assert_string_equal(a->id, b->id);
		assert_string_equal(a->crossing, id);
		assert_int_equal(a->occupant, 2);
		assert_int_equal(a->kind, b->kind);
		assert_int_equal(a->document, b->document);
		assert_string_equal(a->reason, b->reason);
		assert_string_equal(a->undoes, b->undoes);
		assert_string_equal(a->actor, ANA);
		assert_int_equal(a->at_ms, b->at_ms);
		if (i > 0) {
			assert_true(a->at_ms > a[-1].at_ms);
			assert_true(strcmp(a->id, a[-1].id) > 0);
		}
	}
	ex_ledger_close(&l);
	hub_clock_ms += 3000;
}

static enum ex_status
sum_up(const struct ex_crossing *c, void *arg)
{
	unsigned handled = 0;

	for (size_t i = 0; i < c->n_occupants; i++)
		handled += c->occupants[i].handled;
	snprintf(arg, 32, "%u %s", handled,
	    ex_crossing_complete(c) ? "complete" : "open");
	return EX_OK;
}

static void
assert_reads(struct ex_ledger *l, const char *id, const char *expected)
{
	struct ex_crossing c;
	char got[32];

	assert_int_equal(ex_ledger_get(l, id, &c, NULL), EX_OK);
	sum_up(&c, got);
	assert_string_equal(got, expected);
	assert_int_equal(ex_ledger_each(l, NULL, sum_up, got, NULL), EX_OK);
	assert_string_equal(got, expected);
}

/* And so `exeunt ledger show` says; the same crossing delivered again is still
 * the same. */
static void
a_crossing_is_complete_when_all_are_handled(void **state)
{
	(void)state;
	static const char *const uris[] = { "", ":memory:" };

	for (size_t i = 0; i < 2; i++) {
		struct ex_ledger *l =
		    hub_open(*uris[i] ? uris[i] : hub_fresh_path());
		char id[EX_ULID_SIZE];
		struct ex_ruling r;

		put(l, 1, id);
		assert_reads(l, id, "0 open");
		rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
		rule(l, id, 4, EX_RULING_BY_HAND, 0, "reason");
		rule(l, id, 3, EX_RULING_NOT_THIS_DOCUMENT, 5, "");
		assert_reads(l, id, "2 open");
		put(l, 1, id);
		r = rule(l, id, 3, EX_RULING_BY_HAND, 0, "reason");
		assert_reads(l, id, "3 complete");
		put(l, 1, id);
		rule(l, id, 3, EX_RULING_UNDONE, 0, r.id);
		assert_reads(l, id, "2 open");
		ex_ledger_close(&l);
	}
}

/* ---- what is refused --------------------------------------------------- */

static void
what_contradicts_the_record_is_refused(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];

	put(l, 1, id);
	assert_refused(l, ANA, id, 1, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_INPUT, "was not the officer's");
	assert_refused(l, ANA, id, 5, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_NOT_FOUND, "no such occupant");
	assert_refused(l, ANA, id, 0, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_NOT_FOUND, "no such occupant");
	assert_refused(l, ANA, id, UINT32_MAX, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_NOT_FOUND, "no such occupant");
	assert_refused(l, ANA, id, 2, EX_RULING_SAME_PERSON, 6, "",
	    EX_ERR_NOT_FOUND, "no document d6");
	assert_refused(l, ANA, id, 2, EX_RULING_NOT_THIS_DOCUMENT, UINT32_MAX,
	    "", EX_ERR_NOT_FOUND, "no document");
	/* The lane confirmed occupant 1 with d2. */
	assert_refused(l, ANA, id, 2, EX_RULING_SAME_PERSON, 2, "",
	    EX_ERR_INPUT, "document d2 is that of occupant 1");
	assert_refused(l, ANA, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 2, "",
	    EX_ERR_INPUT, "document d2 is that of occupant 1");
	assert_refused(l, ANA, "01KE6R3W000000000000000000", 2,
	    EX_RULING_SAME_PERSON, 1, "", EX_ERR_NOT_FOUND, "no such crossing");
	assert_refused(l, ANA, "", 2, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_NOT_FOUND, "no such crossing");
	ex_ledger_close(&l);
}

static void
what_was_ruled_before_counts(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];

	put(l, 1, id);
	rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
	assert_refused(l, BEA, id, 2, EX_RULING_BY_HAND, 0, "by hand",
	    EX_ERR_INPUT, "is handled already");
	assert_refused(l, ANA, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 3, "",
	    EX_ERR_INPUT, "is handled already");
	assert_refused(l, BEA, id, 3, EX_RULING_SAME_PERSON, 1, "",
	    EX_ERR_INPUT, "document d1 is that of occupant 2");
	assert_refused(l, BEA, id, 3, EX_RULING_NOT_THIS_DOCUMENT, 1, "",
	    EX_ERR_INPUT, "document d1 is that of occupant 2");
	rule(l, id, 3, EX_RULING_NOT_THIS_DOCUMENT, 4, "");
	assert_refused(l, BEA, id, 3, EX_RULING_NOT_THIS_DOCUMENT, 4, "",
	    EX_ERR_INPUT, "was said already");
	/* Of another occupant it may be. */
	rule(l, id, 4, EX_RULING_NOT_THIS_DOCUMENT, 4, "");
	rule(l, id, 4, EX_RULING_SAME_PERSON, 4, "");
	ex_ledger_close(&l);
}

static void
a_ruling_has_its_form(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE], reason[EX_REASON_SIZE];

	put(l, 1, id);
	assert_refused(l, ANA, id, 2, EX_RULING_SAME_PERSON, 0, "",
	    EX_ERR_INPUT, "names no document");
	assert_refused(l, ANA, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 0, "",
	    EX_ERR_INPUT, "names no document");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 1, "reason",
	    EX_ERR_INPUT, "names a document");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "", EX_ERR_INPUT,
	    "3 characters");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "  a    b  ",
	    EX_ERR_INPUT, "3 characters");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0,
	    "\xe2\x82\xac\xe2\x82\xac", EX_ERR_INPUT, "3 characters");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "line\nline",
	    EX_ERR_INPUT, "not a line of UTF-8");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "abc\x7f",
	    EX_ERR_INPUT, "not a line of UTF-8");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "abc\xc2\x85",
	    EX_ERR_INPUT, "not a line of UTF-8");
	assert_refused(l, ANA, id, 2, EX_RULING_BY_HAND, 0, "abc\xff",
	    EX_ERR_INPUT, "not a line of UTF-8");
	assert_refused(l, ANA, id, 2, EX_RULING_COUNT, 0, "abc", EX_ERR_INPUT,
	    "is not a ruling");
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, "", EX_ERR_INPUT,
	    "named by its id");
	assert_refused(l, "Ana Maria", id, 2, EX_RULING_BY_HAND, 0, "reason",
	    EX_ERR_USAGE, "actor");
	memset(reason, 'x', sizeof reason);
	reason[sizeof reason - 1] = '\0';
	rule(l, id, 2, EX_RULING_BY_HAND, 0, reason);
	rule(l, id, 3, EX_RULING_BY_HAND, 0,
	    "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
	ex_ledger_close(&l);
}

static void
texts_without_an_end_are_refused(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	struct ex_ruling r = { .occupant = 2, .kind = EX_RULING_BY_HAND };

	put(l, 1, r.crossing);
	memset(r.reason, 'x', sizeof r.reason);
	assert_int_equal(
	    ex_ledger_rule(l, &hub_officer, &r, NULL), EX_ERR_INPUT);
	strcpy(r.reason, "reason");
	memset(r.undoes, 'x', sizeof r.undoes);
	assert_int_equal(
	    ex_ledger_rule(l, &hub_officer, &r, NULL), EX_ERR_INPUT);
	memset(r.undoes, 0, sizeof r.undoes);
	memset(r.crossing, 'x', sizeof r.crossing);
	assert_int_equal(
	    ex_ledger_rule(l, &hub_officer, &r, NULL), EX_ERR_INPUT);
	ex_ledger_close(&l);
}

static void
a_ruling_has_a_purpose(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	const struct ex_act act = { ANA, EX_PURPOSE_NONE };
	struct ex_ruling r = {
		.occupant = 2, .kind = EX_RULING_SAME_PERSON, .document = 1
	};

	put(l, 1, r.crossing);
	assert_int_equal(ex_ledger_rule(l, &act, &r, NULL), EX_ERR_USAGE);
	assert_int_equal(rulings(l, r.crossing), 0);
	ex_ledger_close(&l);
}

static void
an_opted_out_vehicle_has_nobody_to_rule_about(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	struct ex_crossing c;

	sample_crossing(&c, 9);
	c.opted_out = true;
	assert_int_equal(ex_ledger_put(l, &c, NULL), EX_OK);
	assert_int_equal(awaiting(l, c.id), 0);
	assert_refused(l, ANA, c.id, 1, EX_RULING_BY_HAND, 0, "counted",
	    EX_ERR_NOT_FOUND, "no such occupant");
	ex_ledger_close(&l);
}

/* ---- taking back ------------------------------------------------------- */

static void
the_latest_is_taken_back_within_a_minute(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];
	struct ex_ruling same, not_this, undone;

	put(l, 1, id);
	same = rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
	hub_clock_ms += EX_UNDO_MS - 100; /* the very end of it */
	undone = rule(l, id, 2, EX_RULING_UNDONE, 0, same.id);
	assert_string_equal(undone.undoes, same.id);
	assert_int_equal(awaiting(l, id), 0xe);
	/* Its document is free again. */
	rule(l, id, 3, EX_RULING_SAME_PERSON, 1, "");
	not_this = rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 3, "");
	rule(l, id, 2, EX_RULING_UNDONE, 0, not_this.id);
	assert_int_equal(awaiting(l, id), 0xa);
	rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 3, "");
	assert_int_equal(rulings(l, id), 6);
	ex_ledger_close(&l);
}

static void
other_rulings_are_not_taken_back(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE], other[EX_ULID_SIZE];
	struct ex_ruling first, second, undone, elsewhere;

	put(l, 1, id);
	put(l, 2, other);
	elsewhere = rule(l, other, 2, EX_RULING_SAME_PERSON, 1, "");
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, elsewhere.id,
	    EX_ERR_NOT_FOUND, "no such ruling");
	first = rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 1, "");
	second = rule(l, id, 2, EX_RULING_SAME_PERSON, 3, "");
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, first.id,
	    EX_ERR_INPUT, "only the latest");
	assert_refused(l, ANA, id, 3, EX_RULING_UNDONE, 0, second.id,
	    EX_ERR_INPUT, "only the latest");
	assert_refused(l, BEA, id, 2, EX_RULING_UNDONE, 0, second.id,
	    EX_ERR_INPUT, "only who ruled");
	undone = rule(l, id, 2, EX_RULING_UNDONE, 0, second.id);
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, second.id,
	    EX_ERR_INPUT, "only the latest");
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, undone.id,
	    EX_ERR_INPUT, "only the latest");
	second = rule(l, id, 2, EX_RULING_BY_HAND, 0, "reason");
	hub_clock_ms += EX_UNDO_MS;
	assert_refused(l, ANA, id, 2, EX_RULING_UNDONE, 0, second.id,
	    EX_ERR_INPUT, "for 60 seconds");
	ex_ledger_close(&l);
}

/* ---- two at once ------------------------------------------------------- */

/* Exit code: 0 won, 1 was told, 2 something else. */
static int
rule_beside_others(const char *path, const char *id, unsigned officer)
{
	struct ex_ledger *l = hub_open(path);
	char actor[32];
	struct ex_ruling made;
	struct ex_error err = { 0 };
	enum ex_status status;

	snprintf(actor, sizeof actor, "officer:%u", officer);
	status = rule_as(l, actor, id, 2,
	    officer % 2 ? EX_RULING_SAME_PERSON : EX_RULING_BY_HAND,
	    officer % 2 ? 1 : 0, officer % 2 ? "" : "by hand", &made, &err);
	ex_ledger_close(&l);
	if (status == EX_OK)
		return 0;
	return status == EX_ERR_INPUT &&
		       strcmp(err.why, "is handled already") == 0
		   ? 1
		   : 2;
}

static void
of_officers_at_once_one_wins(void **state)
{
	(void)state;
	enum { OFFICERS = 6, ROUNDS = 5 };
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	char ids[ROUNDS][EX_ULID_SIZE];

	for (unsigned k = 0; k < ROUNDS; k++)
		put(l, k, ids[k]);
	ex_ledger_close(&l);
	for (unsigned k = 0; k < ROUNDS; k++) {
		pid_t pids[OFFICERS];
		unsigned codes[3] = { 0 };

		for (unsigned i = 0; i < OFFICERS; i++) {
			pids[i] = fork();
			if (pids[i] == 0)
				_exit(rule_beside_others(path, ids[k], i));
			assert_true(pids[i] > 0);
		}
		for (unsigned i = 0; i < OFFICERS; i++) {
			int code;

			assert_int_equal(waitpid(pids[i], &code, 0), pids[i]);
			assert_true(WIFEXITED(code) && WEXITSTATUS(code) < 3);
			codes[WEXITSTATUS(code)]++;
		}
		assert_int_equal(codes[0], 1);
		assert_int_equal(codes[1], OFFICERS - 1);
	}
	l = hub_open(path);
	assert_int_equal(rulings(l, ids[0]), 1);
	assert_verified(l, 1, ROUNDS);
	ex_ledger_close(&l);
}

/* ---- the chain --------------------------------------------------------- */

static enum ex_status
last_link(const struct ex_link *link, void *arg)
{
	*(struct ex_link *)arg = *link;
	return EX_OK;
}

static void
each_ruling_has_its_link(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE], expected[200], hex[65];
	struct ex_ruling r;
	struct ex_link link;
	struct ex_parts p = { .size = 0 };
	uint8_t hash[32];

	put(l, 1, id);
	r = rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 3, "");
	ex_audit_each(l, NULL, last_link, &link, NULL);
	assert_int_equal(link.action, EX_ACTION_RULING);
	assert_int_equal(link.purpose, EX_PURPOSE_REVIEW);
	assert_string_equal(link.actor, ANA);
	snprintf(expected, sizeof expected, "%s/o2", id);
	assert_string_equal(link.subject, expected);
	snprintf(expected, sizeof expected, "%s not-this-document d3", r.id);
	assert_string_equal(link.detail, expected);

	r = rule(l, id, 2, EX_RULING_BY_HAND, 0, "Anna Eriksson, visa");
	ex_audit_each(l, NULL, last_link, &link, NULL);
	ex_parts_text(&p, "exeunt ruling reason 1");
	ex_parts_text(&p, r.id);
	ex_parts_text(&p, "Anna Eriksson, visa");
	ex_sha256(ex_parts_bytes(&p), hash);
	ex_hex_format(hash, 32, hex);
	snprintf(expected, sizeof expected, "%s by-hand reason %s", r.id, hex);
	assert_string_equal(link.detail, expected);

	snprintf(hex, sizeof hex, "%s", r.id);
	r = rule(l, id, 2, EX_RULING_UNDONE, 0, hex);
	ex_audit_each(l, NULL, last_link, &link, NULL);
	snprintf(expected, sizeof expected, "%s undone %s", r.id, hex);
	assert_string_equal(link.detail, expected);
	assert_verified(l, 1, 3);
	ex_ledger_close(&l);
}

/* (L20) Nothing of a document, a vehicle or a reason. */
static void
no_person_is_in_the_chain(void **state)
{
	(void)state;
	static const char *const persons[] = { SAMPLE_NUMBER, "v0001",
		"Eriksson", "visa" };
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	char id[EX_ULID_SIZE], all[2000];
	struct ex_ruling r;

	put(l, 1, id);
	rule(l, id, 2, EX_RULING_NOT_THIS_DOCUMENT, 1, "Anna Eriksson");
	rule(l, id, 2, EX_RULING_SAME_PERSON, 3, SAMPLE_NUMBER "0002");
	r = rule(l, id, 3, EX_RULING_BY_HAND, 0, "v0001, visa of Eriksson");
	rule(l, id, 3, EX_RULING_UNDONE, 0, r.id);
	hub_sign(l);
	sample_sql(path,
	    "SELECT (SELECT group_concat(node || actor || action || purpose ||"
	    " subject || detail) FROM link) || (SELECT group_concat(kind || key"
	    " || CAST(value AS TEXT)) FROM thing WHERE kind LIKE 'audit-%')",
	    all, sizeof all);
	assert_in_range(strlen(all), 1200, sizeof all - 2);
	for (size_t i = 0; i < sizeof persons / sizeof *persons; i++)
		assert_null(strstr(all, persons[i]));
	ex_ledger_close(&l);
}

static void
nothing_recorded_before_changes(void **state)
{
	(void)state;
	const char *path = hub_fresh_path();
	struct ex_ledger *l = hub_open(path);
	char id[EX_ULID_SIZE], before[256], after[256];
	static const char all[] =
	    "SELECT (SELECT group_concat(id || lane || occupants) FROM "
	    "crossing)"
	    " || (SELECT group_concat(n || verdict || cause) FROM occupant)"
	    " || (SELECT group_concat(n || verdict) FROM document)";
	struct ex_ruling r;

	put(l, 1, id);
	sample_sql(path, all, before, sizeof before);
	r = rule(l, id, 2, EX_RULING_SAME_PERSON, 1, "");
	rule(l, id, 2, EX_RULING_UNDONE, 0, r.id);
	rule(l, id, 2, EX_RULING_BY_HAND, 0, "reason");
	sample_sql(path, all, after, sizeof after);
	assert_string_equal(before, after);
	assert_true(strlen(before) > 50);
	ex_ledger_close(&l);
}

static void
a_group_of_rulings_is_one(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];

	put(l, 1, id);
	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	rule(l, id, 2, EX_RULING_BY_HAND, 0, "one");
	rule(l, id, 3, EX_RULING_BY_HAND, 0, "two");
	ex_ledger_rollback(l);
	assert_int_equal(awaiting(l, id), 0xe);
	assert_int_equal(rulings(l, id), 0);
	assert_verified(l, 0, 0);
	assert_int_equal(ex_ledger_begin(l, NULL), EX_OK);
	rule(l, id, 2, EX_RULING_BY_HAND, 0, "one");
	rule(l, id, 3, EX_RULING_BY_HAND, 0, "two");
	assert_int_equal(ex_ledger_commit(l, NULL), EX_OK);
	assert_int_equal(awaiting(l, id), 0x8);
	assert_verified(l, 1, 2);
	ex_ledger_close(&l);
}

/* ---- failures ---------------------------------------------------------- */

static void
every_allocation_may_fail(void **state)
{
	(void)state;
	struct ex_ledger *l = hub_open(hub_fresh_path());
	char id[EX_ULID_SIZE];
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_ruling made;
	long n;

	put(l, 1, id);
	for (n = 0; status != EX_OK; n++) {
		struct ex_error err = { 0 };

		ex_calloc_fail_after(n);
		status = rule_as(
		    l, ANA, id, 2, EX_RULING_BY_HAND, 0, "reason", &made, &err);
		ex_calloc_fail_after(-1);
		if (status != EX_OK) {
			assert_int_equal(status, EX_ERR_NOMEM);
			assert_int_equal(err.status, EX_ERR_NOMEM);
			assert_int_equal(awaiting(l, id), 0xe);
		}
		assert_in_range(n, 0, 50);
	}
	assert_true(n > 1);
	assert_int_equal(rulings(l, id), 1);
	assert_verified(l, 1, 1);
	ex_ledger_close(&l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(occupants_left_to_the_officer_await_one),
		cmocka_unit_test(same_person_and_by_hand_end_a_wait),
		cmocka_unit_test(a_document_put_aside_may_be_theirs_after_all),
		cmocka_unit_test(rulings_come_back_in_order_as_they_were_made),
		cmocka_unit_test(a_crossing_is_complete_when_all_are_handled),
		cmocka_unit_test(what_contradicts_the_record_is_refused),
		cmocka_unit_test(what_was_ruled_before_counts),
		cmocka_unit_test(a_ruling_has_its_form),
		cmocka_unit_test(texts_without_an_end_are_refused),
		cmocka_unit_test(a_ruling_has_a_purpose),
		cmocka_unit_test(an_opted_out_vehicle_has_nobody_to_rule_about),
		cmocka_unit_test(the_latest_is_taken_back_within_a_minute),
		cmocka_unit_test(other_rulings_are_not_taken_back),
		cmocka_unit_test(of_officers_at_once_one_wins),
		cmocka_unit_test(each_ruling_has_its_link),
		cmocka_unit_test(no_person_is_in_the_chain),
		cmocka_unit_test(nothing_recorded_before_changes),
		cmocka_unit_test(a_group_of_rulings_is_one),
		cmocka_unit_test(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, hub_setup, hub_teardown);
}
