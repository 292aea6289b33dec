/* SPDX-License-Identifier: Apache-2.0 */
/* The decision over one vehicle's numbers: (D1) to (D4) of match.h, and the
 * causes of what they leave to the officer. */
#include "match_internal.h"

#include <math.h>

struct judgement {
	const struct ex_match_case *c;
	/* Documents of one holder share a column: their first one's index. */
	size_t column[EX_MAX_DOCUMENTS];
	bool alike[EX_MAX_DOCUMENTS];    /* by column */
	int confirmed[EX_MAX_DOCUMENTS]; /* by column: face or -1 */
	int likely[EX_MAX_OCCUPANTS];    /* best document of a face or -1 */
	struct ex_match_assignment pairs;
};

static void
set_columns(struct judgement *j)
{
	const struct ex_match_case *c = j->c;

	for (size_t d = 0; d < c->n_documents; d++) {
		size_t first = 0;

		while (first < d &&
		       !(c->holder[d] && c->holder[first] == c->holder[d]))
			first++;
		j->column[d] = first;
		j->confirmed[d] = -1;
	}
}

/* Every portrait counts here, also that of a document of no use otherwise:
 * its holder sits in the car all the same. */
static void
find_look_alikes(struct judgement *j)
{
	const struct ex_match_case *c = j->c;

	for (size_t d = 0; d < c->n_documents; d++)
		for (size_t e = 0; e < c->n_documents; e++)
			if (j->column[d] != j->column[e] &&
			    c->alike[d][e] >= c->alike_bar)
				j->alike[j->column[d]] = true;
}

/* Usable document of a column that the face resembles most; -1: none. */
static int
best_of_column(const struct judgement *j, size_t f, size_t column)
{
	const struct ex_match_case *c = j->c;
	int best = -1;

	for (size_t d = 0; d < c->n_documents; d++)
		if (j->column[d] == column && c->cause[d] == EX_CAUSE_NONE &&
		    (best < 0 || c->similarity[f][d] > c->similarity[f][best]))
			best = (int)d;
	return best;
}

static int64_t
gain(const struct judgement *j, size_t f, size_t column)
{
	const struct ex_match_case *c = j->c;
	int d = best_of_column(j, f, column);

	if (!c->seen[f] || d < 0 || !(c->similarity[f][d] >= c->bar[f]))
		return EX_MATCH_FORBIDDEN;
	return llround((c->similarity[f][d] - c->bar[f]) * EX_MATCH_TICKS);
}

static void
assign(struct judgement *j)
{
	const struct ex_match_case *c = j->c;
	struct ex_match_gains g = { .rows = c->n_faces,
		.columns = c->n_documents };

	for (size_t f = 0; f < c->n_faces; f++)
		for (size_t d = 0; d < c->n_documents; d++)
			g.gain[f][d] = gain(j, f, d);
	ex_match_assign(&g, &j->pairs);
}

/* (D2) */
static bool
face_has_one_document(const struct judgement *j, size_t f, size_t d)
{
	const struct ex_match_case *c = j->c;

	for (size_t e = 0; e < c->n_documents; e++)
		if (j->column[e] != j->column[d] && c->shown[e] &&
		    !(c->similarity[f][d] - c->similarity[f][e] >= c->margin))
			return false;
	return true;
}

/* (D3) */
static bool
document_has_one_face(const struct judgement *j, size_t f, size_t d)
{
	const struct ex_match_case *c = j->c;
	double above = c->similarity[f][d] - c->bar[f];

	for (size_t other = 0; other < c->n_faces; other++) {
		/* A bar out of reach must not hide a rival. */
		double bar = isinf(c->bar[other]) ? c->bar[f] : c->bar[other];
		int e = best_of_column(j, other, j->column[d]);

		if (other != f && c->seen[other] &&
		    !(above - (c->similarity[other][e] - bar) >= c->margin))
			return false;
	}
	return true;
}

static void
confirm(struct judgement *j, size_t f, struct ex_match_occupant *o)
{
	const struct ex_match_case *c = j->c;
	int column = j->pairs.column[f], d;

	*o = (struct ex_match_occupant){
		.verdict = EX_VERDICT_OFFICER,
		.document = -1,
		.nearest = -1,
		.fmr = 1,
	};
	if (column < 0)
		return;
	d = best_of_column(j, f, (size_t)column);
	if (j->pairs.margin[f] < llround(c->margin * EX_MATCH_TICKS) ||
	    j->alike[column] || /* (D1), (D4) */
	    !face_has_one_document(j, f, (size_t)d) ||
	    !document_has_one_face(j, f, (size_t)d))
		return;
	j->confirmed[column] = (int)f;
	o->verdict = EX_VERDICT_CONFIRMED;
	o->document = d;
	o->similarity = c->similarity[f][d];
}

/* The document that the face resembles most. One that is confirmed with
 * another face does not count, unless this face too is at its bar. */
static int
likely_document(const struct judgement *j, size_t f)
{
	const struct ex_match_case *c = j->c;
	int best = -1;

	for (size_t d = 0; d < c->n_documents; d++) {
		double s = c->similarity[f][d];

		if (!c->shown[d] || !(s >= c->resemble[f]))
			continue;
		if (j->confirmed[j->column[d]] >= 0 && !(s >= c->bar[f]))
			continue;
		if (best < 0 || s > c->similarity[f][best])
			best = (int)d;
	}
	return best;
}

static bool
resembles_look_alike(const struct judgement *j, size_t f)
{
	const struct ex_match_case *c = j->c;

	for (size_t d = 0; d < c->n_documents; d++)
		if (j->alike[j->column[d]] && c->similarity[f][d] >= c->bar[f])
			return true;
	return false;
}

static bool
holder_has_portrait(const struct judgement *j, size_t d)
{
	for (size_t e = 0; e < j->c->n_documents; e++)
		if (j->column[e] == j->column[d] && j->c->shown[e])
			return true;
	return false;
}

static enum ex_cause
face_cause(const struct judgement *j, size_t f)
{
	const struct ex_match_case *c = j->c;
	int d = j->likely[f];

	if (!c->seen[f])
		return c->capture[f];
	if (resembles_look_alike(j, f))
		return EX_CAUSE_LOOK_ALIKE;
	if (d >= 0 && c->cause[d] != EX_CAUSE_NONE &&
	    c->similarity[f][d] >= c->bar[f])
		return c->cause[d];
	if (d >= 0)
		return EX_CAUSE_BELOW_THRESHOLD;
	for (size_t e = 0; e < c->n_documents; e++)
		if (!holder_has_portrait(j, e))
			return c->cause[e];
	return EX_CAUSE_NO_DOCUMENT;
}

/* Cause of a face on its way to the officer that may be the holder. */
static enum ex_cause
claimed(const struct judgement *j, size_t d, const struct ex_match_result *r)
{
	const struct ex_match_case *c = j->c;

	for (size_t f = 0; f < c->n_faces; f++)
		if (r->occupants[f].verdict == EX_VERDICT_OFFICER &&
		    c->seen[f] &&
		    (j->likely[f] == (int)d ||
			c->similarity[f][d] >= c->bar[f]))
			return r->occupants[f].cause;
	return EX_CAUSE_NONE;
}

static struct ex_match_presented
judge_document(
    const struct judgement *j, size_t d, const struct ex_match_result *r)
{
	const struct ex_match_case *c = j->c;
	int face = j->confirmed[j->column[d]];
	enum ex_cause cause;

	if (c->cause[d] == EX_CAUSE_DOCUMENT)
		return (struct ex_match_presented){ EX_DOCUMENT_UNUSABLE,
			EX_CAUSE_DOCUMENT };
	if (c->cause[d] != EX_CAUSE_NONE)
		return (struct ex_match_presented){ EX_DOCUMENT_OFFICER,
			c->cause[d] };
	if (j->alike[j->column[d]])
		return (struct ex_match_presented){ EX_DOCUMENT_OFFICER,
			EX_CAUSE_LOOK_ALIKE };
	if (face >= 0 && c->similarity[face][d] >= c->bar[face])
		return (struct ex_match_presented){ EX_DOCUMENT_CONFIRMED,
			EX_CAUSE_NONE };
	if (face >= 0)
		return (struct ex_match_presented){ EX_DOCUMENT_OFFICER,
			EX_CAUSE_BELOW_THRESHOLD };
	cause = claimed(j, d, r);
	if (cause != EX_CAUSE_NONE)
		return (
		    struct ex_match_presented){ EX_DOCUMENT_OFFICER, cause };
	return (struct ex_match_presented){ EX_DOCUMENT_HOLDER_NOT_SEEN,
		EX_CAUSE_NONE };
}

/* Column that the face has in every pairing of largest gain; -1: none. */
static int
settled_column(const struct judgement *j, size_t f)
{
	return j->pairs.margin[f] > 0 ? j->pairs.column[f] : -1;
}

static bool
is_settled_elsewhere(const struct judgement *j, size_t f, size_t d)
{
	for (size_t other = 0; other < j->c->n_faces; other++)
		if (other != f && settled_column(j, other) == (int)j->column[d])
			return true;
	return false;
}

/* Which document to hold beside a face that is the officer's. */
static void
point_at_nearest(
    const struct judgement *j, size_t f, struct ex_match_occupant *o)
{
	const struct ex_match_case *c = j->c;
	bool settled = settled_column(j, f) >= 0;

	for (size_t d = 0; c->seen[f] && d < c->n_documents; d++) {
		if (!c->shown[d] || c->cause[d] == EX_CAUSE_DOCUMENT ||
		    j->confirmed[j->column[d]] >= 0 ||
		    (settled && is_settled_elsewhere(j, f, d)))
			continue;
		if (o->nearest < 0 || c->similarity[f][d] > o->similarity) {
			o->nearest = (int)d;
			o->similarity = c->similarity[f][d];
		}
	}
}

void
ex_match_judge(const struct ex_match_case *c, struct ex_match_result *out)
{
	struct judgement j = { .c = c };

	set_columns(&j);
	find_look_alikes(&j);
	assign(&j);
	for (size_t f = 0; f < c->n_faces; f++)
		confirm(&j, f, &out->occupants[f]);
	for (size_t f = 0; f < c->n_faces; f++) {
		struct ex_match_occupant *o = &out->occupants[f];

		j.likely[f] = c->seen[f] ? likely_document(&j, f) : -1;
		if (o->verdict == EX_VERDICT_CONFIRMED)
			continue;
		o->cause = face_cause(&j, f);
		point_at_nearest(&j, f, o);
	}
	for (size_t d = 0; d < c->n_documents; d++)
		out->documents[d] = judge_document(&j, d, out);
}
