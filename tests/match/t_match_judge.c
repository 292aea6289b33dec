/* SPDX-License-Identifier: Apache-2.0 */
/* (D1) to (D4) of match.h against their plain wording, by brute force. All
 * numbers are multiples of 1/1024, so that equal is equal. */
#include "test.h"

#include <math.h>

#include "match_internal.h"

#define UNIT   (1.0 / 1024)
#define MARGIN (8 * UNIT)

static bool
same_holder(const struct ex_match_case *c, size_t a, size_t b)
{
	return a == b || (c->holder[a] && c->holder[a] == c->holder[b]);
}

static bool
assignable(const struct ex_match_case *c, size_t f, size_t d)
{
	return c->seen[f] && c->cause[d] == EX_CAUSE_NONE &&
	       c->similarity[f][d] >= c->bar[f];
}

/* Best total from face `f` on; `not_f` must not get a document of `not_d`'s
 * holder. Taken documents are bits. */
static double
best_total(const struct ex_match_case *c, size_t f, unsigned taken, int not_f,
    int not_d)
{
	double best;

	if (f == c->n_faces)
		return 0;
	best = best_total(c, f + 1, taken, not_f, not_d);
	for (size_t d = 0; d < c->n_documents; d++) {
		unsigned holders = 0;

		for (size_t e = 0; e < c->n_documents; e++)
			if (same_holder(c, d, e))
				holders |= 1u << e;
		if ((taken & holders) || !assignable(c, f, d) ||
		    ((int)f == not_f && same_holder(c, d, (size_t)not_d)))
			continue;
		best = fmax(best,
		    c->similarity[f][d] - c->bar[f] +
			best_total(c, f + 1, taken | holders, not_f, not_d));
	}
	return best;
}

/* The document is the holder's best for this face, the first of equals. */
static bool
best_of_holder(const struct ex_match_case *c, size_t f, size_t d)
{
	for (size_t e = 0; e < c->n_documents; e++)
		if (same_holder(c, d, e) && c->cause[e] == EX_CAUSE_NONE &&
		    (c->similarity[f][e] > c->similarity[f][d] ||
			(e < d && c->similarity[f][e] == c->similarity[f][d])))
			return false;
	return true;
}

static bool
has_look_alike(const struct ex_match_case *c, size_t d)
{
	for (size_t a = 0; a < c->n_documents; a++)
		for (size_t b = 0; b < c->n_documents; b++)
			if (same_holder(c, a, d) && !same_holder(c, a, b) &&
			    c->alike[a][b] >= c->alike_bar)
				return true;
	return false;
}

static bool
must_confirm(const struct ex_match_case *c, size_t f, size_t d)
{
	double total = best_total(c, 0, 0, -1, 0);

	if (!assignable(c, f, d) || !best_of_holder(c, f, d) ||
	    has_look_alike(c, d))
		return false;
	if (total - best_total(c, 0, 0, (int)f, (int)d) < c->margin)
		return false;
	for (size_t e = 0; e < c->n_documents; e++)
		if (c->shown[e] && !same_holder(c, d, e) &&
		    c->similarity[f][d] - c->similarity[f][e] < c->margin)
			return false;
	for (size_t g = 0; g < c->n_faces; g++)
		for (size_t e = 0; g != f && e < c->n_documents; e++)
			if (c->seen[g] && same_holder(c, d, e) &&
			    c->cause[e] == EX_CAUSE_NONE &&
			    c->similarity[f][d] - c->bar[f] -
				    (c->similarity[g][e] - c->bar[g]) <
				c->margin)
				return false;
	return true;
}

/* In every pairing of largest gain, face `f` has the holder of `d`. */
static bool
settled(const struct ex_match_case *c, size_t f, size_t d)
{
	return best_total(c, 0, 0, -1, 0) > best_total(c, 0, 0, (int)f, (int)d);
}

static bool
may_be_nearest(const struct ex_match_case *c, const struct ex_match_result *r,
    size_t f, size_t d)
{
	bool paired = false;

	for (size_t g = 0; g < c->n_faces; g++)
		if (r->occupants[g].document >= 0 &&
		    same_holder(c, (size_t)r->occupants[g].document, d))
			return false;
	for (size_t e = 0; e < c->n_documents; e++)
		paired = paired || settled(c, f, e);
	for (size_t g = 0; paired && g < c->n_faces; g++)
		if (g != f && settled(c, g, d))
			return false;
	return c->seen[f] && c->shown[d] && c->cause[d] != EX_CAUSE_DOCUMENT;
}

static int
expected_nearest(
    const struct ex_match_case *c, const struct ex_match_result *r, size_t f)
{
	int best = -1;

	if (r->occupants[f].verdict == EX_VERDICT_CONFIRMED)
		return -1;
	for (size_t d = 0; d < c->n_documents; d++)
		if (may_be_nearest(c, r, f, d) &&
		    (best < 0 || c->similarity[f][d] > c->similarity[f][best]))
			best = (int)d;
	return best;
}

/* One call of chance: similarities crowd around the bars. */
static double
draw_similarity(struct ex_rng *rng, double bar)
{
	int32_t off = (int32_t)ex_rng_below(rng, 60) - 30;

	if (ex_rng_below(rng, 3) == 0)
		return 0.25;
	return bar + off * UNIT;
}

static void
draw_documents(struct ex_rng *rng, struct ex_match_case *c, bool plain)
{
	for (size_t d = 0; d < c->n_documents; d++) {
		uint32_t kind = plain ? 9 : ex_rng_below(rng, 10);

		c->cause[d] = kind == 0   ? EX_CAUSE_DOCUMENT
			      : kind == 1 ? EX_CAUSE_POLICY
					  : EX_CAUSE_NONE;
		c->shown[d] = kind > 1 || ex_rng_below(rng, 2);
		c->holder[d] = plain ? 0 : ex_rng_below(rng, 4);
		for (size_t e = 0; e < d; e++)
			c->alike[d][e] = c->alike[e][d] =
			    c->shown[d] && c->shown[e] &&
				    ex_rng_below(rng, 12) == 0
				? 0.875
				: 0.5;
	}
}

static void
draw_case(struct ex_rng *rng, struct ex_match_case *c)
{
	bool plain = ex_rng_below(rng, 2);

	memset(c, 0, sizeof *c);
	c->n_faces = ex_rng_below(rng, 5);
	c->n_documents = ex_rng_below(rng, 5);
	c->margin = MARGIN;
	c->alike_bar = 0.875;
	draw_documents(rng, c, plain);
	for (size_t f = 0; f < c->n_faces; f++) {
		c->seen[f] = plain || ex_rng_below(rng, 8);
		c->capture[f] = c->seen[f] ? EX_CAUSE_NONE : EX_CAUSE_BLUR;
		c->bar[f] = 0.875 + ex_rng_below(rng, 3) * 4 * UNIT;
		c->resemble[f] = c->bar[f] - 16 * UNIT;
		for (size_t d = 0; d < c->n_documents; d++)
			c->similarity[f][d] =
			    c->seen[f] && c->shown[d]
				? draw_similarity(rng, c->bar[f])
				: -1;
	}
}

/* Like a family with its own documents, most of them clear. */
static void
draw_family(struct ex_rng *rng, struct ex_match_case *c)
{
	draw_case(rng, c);
	for (size_t f = 0; f < c->n_faces && f < c->n_documents; f++)
		if (c->seen[f] && c->shown[f])
			c->similarity[f][f] =
			    c->bar[f] + (10 + ex_rng_below(rng, 50)) * UNIT;
}

static unsigned
check_case(const struct ex_match_case *c)
{
	struct ex_match_result r = { 0 };
	unsigned confirmed = 0;

	ex_match_judge(c, &r);
	for (size_t f = 0; f < c->n_faces; f++) {
		int expected = -1;

		for (size_t d = 0; d < c->n_documents; d++)
			if (must_confirm(c, f, d)) {
				assert_int_equal(expected, -1);
				expected = (int)d;
			}
		assert_int_equal(r.occupants[f].document, expected);
		assert_int_equal(r.occupants[f].verdict,
		    expected < 0 ? EX_VERDICT_OFFICER : EX_VERDICT_CONFIRMED);
		/* Every miss has a cause, no hit has one. */
		assert_int_equal(
		    r.occupants[f].cause == EX_CAUSE_NONE, expected >= 0);
		confirmed += expected >= 0;
	}
	for (size_t f = 0; f < c->n_faces; f++) {
		const struct ex_match_occupant *o = &r.occupants[f];
		int with = o->document >= 0 ? o->document : o->nearest;

		assert_int_equal(o->nearest, expected_nearest(c, &r, f));
		assert_true(
		    o->similarity == (with >= 0 ? c->similarity[f][with] : 0));
	}
	for (size_t d = 0; d < c->n_documents; d++) {
		enum ex_document_verdict v = r.documents[d].verdict;

		assert_int_equal(r.documents[d].cause != EX_CAUSE_NONE,
		    v == EX_DOCUMENT_OFFICER || v == EX_DOCUMENT_UNUSABLE);
	}
	return confirmed;
}

static void
every_confirmation_follows_from_the_rules_and_none_is_missing(void **state)
{
	struct ex_match_case c;
	struct ex_rng rng;
	unsigned confirmed = 0, faces = 0;

	(void)state;
	ex_rng_init(&rng, 41);
	for (int round = 0; round < 30000; round++) {
		if (round % 2)
			draw_case(&rng, &c);
		else
			draw_family(&rng, &c);
		confirmed += check_case(&c);
		faces += (unsigned)c.n_faces;
	}
	/* The comparison says something only if both happen often. */
	assert_in_range(confirmed, faces / 20, faces / 2);
}

static void
small_similarity_grids_agree_exhaustively(void **state)
{
	/* 3 faces x 2 documents, each far, under, at, over or well over. */
	static const int offsets[] = { -200, -4, 0, 8, 20 };
	struct ex_match_case c = { .n_faces = 3,
		.n_documents = 2,
		.margin = MARGIN,
		.alike_bar = 0.875 };

	(void)state;
	for (size_t d = 0; d < 2; d++)
		c.shown[d] = true;
	for (size_t f = 0; f < 3; f++) {
		c.seen[f] = true;
		c.bar[f] = 0.875;
		c.resemble[f] = 0.875 - 16 * UNIT;
	}
	for (unsigned code = 0; code < 5 * 5 * 5 * 5 * 5 * 5; code++) {
		unsigned left = code;

		for (size_t i = 0; i < 6; i++, left /= 5)
			c.similarity[i / 2][i % 2] =
			    0.875 + offsets[left % 5] * UNIT;
		check_case(&c);
	}
}

/* Confirmations do not depend on who sits where or what is handed in first. */
static void
order_of_faces_and_documents_does_not_matter(void **state)
{
	struct ex_match_case c, turned;
	struct ex_match_result a, b;
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 99);
	for (int round = 0; round < 5000; round++) {
		draw_family(&rng, &c);
		turned = c;
		for (size_t f = 0; f < c.n_faces; f++) {
			size_t g = c.n_faces - 1 - f;

			turned.seen[g] = c.seen[f];
			turned.capture[g] = c.capture[f];
			turned.bar[g] = c.bar[f];
			turned.resemble[g] = c.resemble[f];
			memcpy(turned.similarity[g], c.similarity[f],
			    sizeof c.similarity[f]);
		}
		ex_match_judge(&c, &a);
		ex_match_judge(&turned, &b);
		for (size_t f = 0; f < c.n_faces; f++) {
			size_t g = c.n_faces - 1 - f;

			assert_int_equal(
			    a.occupants[f].document, b.occupants[g].document);
			assert_int_equal(
			    a.occupants[f].cause, b.occupants[g].cause);
		}
	}
}

static void
a_bar_out_of_reach_confirms_nobody_and_hides_no_rival(void **state)
{
	struct ex_match_case c = { .n_faces = 2,
		.n_documents = 1,
		.margin = MARGIN,
		.alike_bar = 0.875,
		.seen = { true, true },
		.shown = { true },
		.bar = { 0.875, INFINITY },
		.resemble = { 0.75, 0.75 } };
	struct ex_match_result r = { 0 };

	(void)state;
	c.similarity[0][0] = 0.9375;
	c.similarity[1][0] = 0.9375;
	ex_match_judge(&c, &r);
	assert_int_equal(r.occupants[0].verdict, EX_VERDICT_OFFICER);
	assert_int_equal(r.occupants[1].verdict, EX_VERDICT_OFFICER);
	assert_int_equal(r.occupants[1].cause, EX_CAUSE_BELOW_THRESHOLD);
	c.similarity[1][0] = 0.25;
	ex_match_judge(&c, &r);
	assert_int_equal(r.occupants[0].verdict, EX_VERDICT_CONFIRMED);
	assert_int_equal(r.occupants[1].cause, EX_CAUSE_NO_DOCUMENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    every_confirmation_follows_from_the_rules_and_none_is_missing),
		cmocka_unit_test(small_similarity_grids_agree_exhaustively),
		cmocka_unit_test(order_of_faces_and_documents_does_not_matter),
		cmocka_unit_test(
		    a_bar_out_of_reach_confirms_nobody_and_hides_no_rival),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
