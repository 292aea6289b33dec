/* SPDX-License-Identifier: Apache-2.0 */
/* A vehicle whose similarities are prescribed, through the public call. */
#ifndef EXEUNT_TESTS_MATCH_SCENE_H
#define EXEUNT_TESTS_MATCH_SCENE_H

#include "match_test.h"

#define MAX_PEOPLE 10

/* Unit vectors with prescribed cosines: the rows of the Cholesky factor. */
static inline void
prescribe(size_t n, double gram[MAX_PEOPLE][MAX_PEOPLE],
    struct ex_template out[MAX_PEOPLE])
{
	double l[MAX_PEOPLE][MAX_PEOPLE] = { 0 };

	memset(out, 0, MAX_PEOPLE * sizeof *out);
	for (size_t i = 0; i < n; i++) {
		out[i].dim = 128;
		for (size_t j = 0; j <= i; j++) {
			double sum = i == j ? 1 : gram[i][j];

			for (size_t k = 0; k < j; k++)
				sum -= l[i][k] * l[j][k];
			if (i == j)
				assert_true(sum > 1e-9); /* can exist */
			l[i][j] = i == j ? sqrt(sum) : sum / l[j][j];
			out[i].v[j] = (float)l[i][j];
		}
	}
}

/* Threshold of one picture at the default policy: about 0.910; of "clearly
 * nobody": about 0.885; margin 0.01. FAR is nobody's. */
#define SURE  0.95
#define CLOSE 0.925 /* within reach of another over the bar */
#define MAYBE 0.895 /* resembles, under the bar */
#define FAR   0.6

struct scene {
	struct known_calibration known;
	struct ex_match_policy policy;
	size_t n_faces, n_documents;
	struct ex_template people[MAX_PEOPLE];
	double gram[MAX_PEOPLE][MAX_PEOPLE];
	struct ex_match_face faces[MAX_PEOPLE];
	struct ex_match_document documents[MAX_PEOPLE];
	struct ex_match_result result;
};

/* Everybody far from everybody; faces first, then documents. */
static inline void
scene_init(struct scene *s, size_t n_faces, size_t n_documents)
{
	memset(s, 0, sizeof *s);
	known_calibration_init(&s->known);
	s->policy = ex_match_policy_default();
	s->policy.margin = 0.01;
	s->n_faces = n_faces;
	s->n_documents = n_documents;
	for (size_t i = 0; i < MAX_PEOPLE; i++)
		for (size_t j = 0; j < MAX_PEOPLE; j++)
			s->gram[i][j] = FAR;
	for (size_t f = 0; f < n_faces; f++)
		s->faces[f] =
		    (struct ex_match_face){ &s->people[f], 1, EX_CAUSE_NONE };
	for (size_t d = 0; d < n_documents; d++)
		s->documents[d].template = &s->people[n_faces + d];
}

static inline void
set(struct scene *s, size_t a, size_t b, double similarity)
{
	s->gram[a][b] = s->gram[b][a] = similarity;
}

static inline void
face_shows(struct scene *s, size_t face, size_t document, double similarity)
{
	set(s, face, s->n_faces + document, similarity);
}

static inline enum ex_status
run(struct scene *s)
{
	prescribe(s->n_faces + s->n_documents, s->gram, s->people);
	return ex_match_decide(&s->known.cal, &s->policy, s->faces, s->n_faces,
	    s->documents, s->n_documents, &s->result, NULL);
}

static inline void
expect_confirmed(const struct scene *s, size_t face, int document)
{
	const struct ex_match_occupant *o = &s->result.occupants[face];

	assert_int_equal(o->verdict, EX_VERDICT_CONFIRMED);
	assert_int_equal(o->cause, EX_CAUSE_NONE);
	assert_int_equal(o->document, document);
	assert_true(o->fmr > 0 && o->fmr <= s->policy.fmr);
	assert_int_equal(
	    s->result.documents[document].verdict, EX_DOCUMENT_CONFIRMED);
}

static inline void
expect_officer(const struct scene *s, size_t face, enum ex_cause cause)
{
	const struct ex_match_occupant *o = &s->result.occupants[face];

	assert_int_equal(o->verdict, EX_VERDICT_OFFICER);
	assert_string_equal(ex_cause_word(o->cause), ex_cause_word(cause));
	assert_int_equal(o->document, -1);
}

static inline void
expect_document(const struct scene *s, size_t document,
    enum ex_document_verdict verdict, enum ex_cause cause)
{
	const struct ex_match_presented *p = &s->result.documents[document];

	assert_int_equal(p->verdict, verdict);
	assert_string_equal(ex_cause_word(p->cause), ex_cause_word(cause));
}

#endif
