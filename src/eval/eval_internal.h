/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who, shared by the rates and the report. */
#ifndef EXEUNT_EVAL_INTERNAL_H
#define EXEUNT_EVAL_INTERNAL_H

#include "exeunt/eval.h"

/* For each occupant of the crossing the index of theirs in the truth, or -1.
 * false: out of memory. */
bool ex_eval_pairs(const struct ex_crossing *c,
    const struct ex_truth_vehicle *truth, int pairs[static EX_MAX_OCCUPANTS]);

/* The document an occupant was confirmed with, or NULL. */
const struct ex_document *ex_eval_document(
    const struct ex_crossing *c, const struct ex_occupant *o);

/* Is this confirmation with the person's own document? `t` may be NULL. */
bool ex_eval_rightly(const struct ex_crossing *c, const struct ex_occupant *o,
    const struct ex_truth_occupant *t);

/* A rate's target: is there one, and is it met? Nothing counted: no. */
bool ex_eval_has_target(
    const struct ex_eval *e, enum ex_eval_rate_name which, bool *met);

#endif
