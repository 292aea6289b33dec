/* SPDX-License-Identifier: Apache-2.0 */
/* Templates and policy in, one vehicle's numbers out, and back to verdicts. */
#include "match_internal.h"

#include <math.h>
#include <string.h>

static size_t
references_of(const struct ex_match_document *d)
{
	return d->template ? 1 + d->n_more : 0;
}

static const struct ex_template *
reference(const struct ex_match_document *d, size_t i)
{
	return i ? &d->more[i - 1] : d->template;
}

/* With the reference most alike; -1 where there is none. */
static double
resemblance(const struct ex_template *face, const struct ex_match_document *d)
{
	double most = -1;

	for (size_t i = 0; face && i < references_of(d); i++)
		most = fmax(most,
		    (double)ex_template_similarity(face, reference(d, i)));
	return most;
}

static double
alikeness(const struct ex_match_document *a, const struct ex_match_document *b)
{
	double most = -1;

	for (size_t i = 0; i < references_of(a); i++)
		most = fmax(most, resemblance(reference(a, i), b));
	return most;
}

/* A template that is longer resembles everybody, and NaN goes any way. */
static bool
of_unit_length(const struct ex_template *t)
{
	double square = 0;

	for (size_t i = 0; i < t->dim; i++)
		square += (double)t->v[i] * (double)t->v[i];
	return square > 1 - 1e-3 && square < 1 + 1e-3;
}

static enum ex_status
check_face(
    const struct ex_match_face *f, const char *field, struct ex_error *err)
{
	if (!f->template != (f->capture != EX_CAUSE_NONE))
		return ex_fail(err, EX_ERR_USAGE, field,
		    "needs either a template or a cause");
	if (f->template && !of_unit_length(f->template))
		return ex_fail(
		    err, EX_ERR_USAGE, field, "template is not of unit length");
	return EX_OK;
}

static enum ex_status
check_document(
    const struct ex_match_document *d, const char *field, struct ex_error *err)
{
	if (!d->template && d->cause == EX_CAUSE_NONE)
		return ex_fail(
		    err, EX_ERR_USAGE, field, "needs a template or a cause");
	if (d->n_more > EX_MATCH_MORE || (d->n_more > 0 && !d->template))
		return ex_fail(err, EX_ERR_USAGE, field,
		    "%zu further references", d->n_more);
	for (size_t i = 0; i < references_of(d); i++)
		if (!of_unit_length(reference(d, i)))
			return ex_fail(err, EX_ERR_USAGE, field,
			    "template is not of unit length");
	return EX_OK;
}

static enum ex_status
check_arguments(const struct ex_match_face *faces, size_t n_faces,
    const struct ex_match_document *documents, size_t n_documents,
    struct ex_error *err)
{
	enum ex_status status = EX_OK;
	char field[32];

	if (n_faces > EX_MAX_OCCUPANTS)
		return ex_fail(
		    err, EX_ERR_USAGE, "faces", "%zu are too many", n_faces);
	if (n_documents > EX_MAX_DOCUMENTS)
		return ex_fail(err, EX_ERR_USAGE, "documents",
		    "%zu are too many", n_documents);
	for (size_t f = 0; !status && f < n_faces; f++) {
		snprintf(field, sizeof field, "faces[%zu]", f);
		status = check_face(&faces[f], field, err);
	}
	for (size_t d = 0; !status && d < n_documents; d++) {
		snprintf(field, sizeof field, "documents[%zu]", d);
		status = check_document(&documents[d], field, err);
	}
	return status;
}

static double
usable_fmr(const struct ex_match_policy *policy,
    const struct ex_match_face *faces, size_t n_faces,
    const struct ex_match_document *documents, size_t n_documents)
{
	size_t seen = 0, usable = 0;

	for (size_t f = 0; f < n_faces; f++)
		seen += faces[f].template != NULL;
	for (size_t d = 0; d < n_documents; d++)
		if (documents[d].cause == EX_CAUSE_NONE)
			usable += references_of(&documents[d]);
	return ex_match_policy_fmr(policy, seen, usable);
}

static enum ex_status
set_bars(const struct ex_calibration *cal, const struct ex_match_policy *policy,
    const struct ex_match_face *faces, double fmr, struct ex_match_case *c,
    struct ex_error *err)
{
	enum ex_status status;

	c->margin = policy->margin;
	status = ex_calibration_threshold(
	    cal, 1, policy->look_alike_fmr, &c->alike_bar, err);
	for (size_t f = 0; !status && f < c->n_faces; f++) {
		if (!faces[f].template)
			continue;
		status = ex_calibration_threshold(cal, faces[f].pictures,
		    policy->no_document_fmr, &c->resemble[f], err);
		/* What is wrong with the calibration itself has shown above:
		 * a failure here means that the sample is too small. */
		if (!status && ex_calibration_threshold(cal, faces[f].pictures,
				   fmr, &c->bar[f], NULL))
			c->bar[f] = INFINITY;
	}
	return status;
}

static void
compare(const struct ex_match_face *faces,
    const struct ex_match_document *documents, struct ex_match_case *c)
{
	for (size_t f = 0; f < c->n_faces; f++) {
		c->seen[f] = faces[f].template != NULL;
		c->capture[f] = faces[f].capture;
		for (size_t d = 0; d < c->n_documents; d++)
			c->similarity[f][d] =
			    resemblance(faces[f].template, &documents[d]);
	}
	for (size_t d = 0; d < c->n_documents; d++) {
		c->shown[d] = documents[d].template != NULL;
		c->cause[d] = documents[d].cause;
		c->holder[d] = documents[d].holder;
		for (size_t e = 0; e < c->n_documents; e++)
			c->alike[d][e] =
			    alikeness(&documents[d], &documents[e]);
	}
}

enum ex_status
ex_match_decide(const struct ex_calibration *cal,
    const struct ex_match_policy *policy, const struct ex_match_face *faces,
    size_t n_faces, const struct ex_match_document *documents,
    size_t n_documents, struct ex_match_result *out, struct ex_error *err)
{
	struct ex_match_case c = { .n_faces = n_faces,
		.n_documents = n_documents };
	enum ex_status status;

	memset(out, 0, sizeof *out); /* nobody is confirmed */
	for (size_t f = 0; f < EX_MAX_OCCUPANTS; f++)
		out->occupants[f].document = out->occupants[f].nearest = -1;
	status = ex_match_policy_check(policy, NULL, err);
	if (!status)
		status = check_arguments(
		    faces, n_faces, documents, n_documents, err);
	if (status)
		return status;
	out->fmr = usable_fmr(policy, faces, n_faces, documents, n_documents);
	status = set_bars(cal, policy, faces, out->fmr, &c, err);
	if (status)
		return status;
	compare(faces, documents, &c);
	ex_match_judge(&c, out);
	for (size_t f = 0; !status && f < n_faces; f++) {
		struct ex_match_occupant *o = &out->occupants[f];

		int with = o->document >= 0 ? o->document : o->nearest;

		if (with < 0)
			continue;
		status = ex_calibration_fmr(cal, faces[f].pictures,
		    o->similarity, &o->fmr, &o->fmr_at_most, err);
		o->fmr =
		    fmin(1, o->fmr * (double)references_of(&documents[with]));
	}
	return status;
}
