/* SPDX-License-Identifier: Apache-2.0 */
/* Curves of a trial as SVG; they look for no error. */
#ifndef EXEUNT_EVAL_TRIAL_PLOT_H
#define EXEUNT_EVAL_TRIAL_PLOT_H

#include "exeunt/eval.h"

/* Nothing where the sample supports fewer than two points. */
void ex_trial_plot_det(FILE *f, const struct ex_trial_result *r);
/* Where edc.fmr is over 0. */
void ex_trial_plot_edc(FILE *f, const struct ex_trial_result *r);

#endif
