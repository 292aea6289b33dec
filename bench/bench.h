/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the benchmark share. Times are minima: other programs on
 * the machine only ever add. */
#ifndef EXEUNT_BENCH_H
#define EXEUNT_BENCH_H

#include <stdio.h>

#include "exeunt/base.h"

/* Single precision, one core, 10^9 operations a second, by a loop of nothing
 * but fused multiply-adds in registers; `unit` says which were used. */
double peak_gflops(const char **unit);

/* Rates of the networks' layers at the sizes they run at here, on stdout and
 * as members of an open JSON object. False when a model cannot be read. */
bool layers_print(const char *models, double peak, FILE *json);

static inline double
seconds_since(int64_t start_ns)
{
	return (double)(ex_clock_mono_ns() - start_ns) * 1e-9;
}

static inline void
keep_least(double *least, double seconds)
{
	if (*least <= 0 || seconds < *least)
		*least = seconds;
}

#endif
