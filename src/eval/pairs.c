/* SPDX-License-Identifier: Apache-2.0 */
/* Occupants of a crossing and of the truth, paired one to one. */
#include "eval_internal.h"

#include <stdlib.h>
#include <string.h>

#define LEAST_IOU 0.3f

/* Any pair outweighs the agreement of all boxes together, so that most pairs
 * come first: EX_MAX_OCCUPANTS x IOU_UNITS < PAIR. */
#define IOU_UNITS 1000
#define PAIR      100000

/* "v0001/0031.jpg" is the frame "0031". */
static bool
is_frame(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');
	const char *stem = slash ? slash + 1 : path;
	const char *dot = strrchr(stem, '.');
	size_t n = dot ? (size_t)(dot - stem) : strlen(stem);

	return n == strlen(name) && memcmp(stem, name, n) == 0;
}

/* Negative: cannot be the same person. */
static int64_t
gain(const struct ex_occupant *o, const struct ex_truth_occupant *t)
{
	for (size_t i = 0; i < t->n_frames; i++) {
		struct ex_box box = t->frames[i].box;
		float iou;

		if (!is_frame(o->best_frame, t->frames[i].name))
			continue;
		iou = ex_box_iou(o->best_box, box);
		if (iou >= LEAST_IOU || ex_box_has_centre(o->best_box, box) ||
		    ex_box_has_centre(box, o->best_box))
			return PAIR + (int64_t)(iou * IOU_UNITS);
	}
	return -1;
}

bool
ex_eval_pairs(const struct ex_crossing *c, const struct ex_truth_vehicle *truth,
    int pairs[static EX_MAX_OCCUPANTS])
{
	const size_t people = truth ? truth->n_occupants : 0;
	const size_t rows = c->n_occupants;
	int64_t *gains;
	void *work;
	bool ok;

	for (size_t i = 0; i < EX_MAX_OCCUPANTS; i++)
		pairs[i] = -1;
	if (people == 0 || rows == 0)
		return true;
	gains = ex_calloc(rows * people, sizeof *gains);
	work = ex_calloc(EX_ASSIGN_WORK_SIZE(rows, people), 1);
	for (size_t i = 0; gains && i < rows; i++)
		for (size_t k = 0; k < people; k++)
			gains[i * people + k] =
			    gain(&c->occupants[i], &truth->occupants[k]);
	ok = gains && work;
	if (ok)
		ex_assign(gains, people, rows, people, work, pairs);
	free(gains);
	free(work);
	return ok;
}

const struct ex_document *
ex_eval_document(const struct ex_crossing *c, const struct ex_occupant *o)
{
	if (o->verdict != EX_VERDICT_CONFIRMED || o->document < 0 ||
	    (size_t)o->document >= c->n_documents)
		return NULL;
	return &c->documents[o->document];
}

bool
ex_eval_rightly(const struct ex_crossing *c, const struct ex_occupant *o,
    const struct ex_truth_occupant *t)
{
	const struct ex_document *d = ex_eval_document(c, o);

	return d && t && t->document && strcmp(d->name, t->document) == 0;
}
