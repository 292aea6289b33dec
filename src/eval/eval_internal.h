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

/* By exact path; NULL if it is in no pair. */
const struct ex_trial_picture *ex_trial_picture_find(
    const struct ex_trial_list *l, const char *path);

/* How often a comparison counts in a draw of people; NULL: once. */
double ex_trial_weight(const uint32_t people[2], const uint32_t *times);
/* Among n, no failure says only that the rate is under 3 / n; some say less. */
void ex_trial_rule_of_three(struct ex_interval *v, size_t n);
enum ex_status ex_trial_resamples_check(
    unsigned resamples, struct ex_error *err);

#endif
