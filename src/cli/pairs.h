/* SPDX-License-Identifier: Apache-2.0 */
/* A trial of photographs in pairs: what `eval pairs` does. */
#ifndef EXEUNT_CLI_PAIRS_H
#define EXEUNT_CLI_PAIRS_H

#include "cli.h"

struct pairs_options {
	const char *pairs, *root, *groups, *report; /* the last two or NULL */
	double fmr;
	uint64_t resamples, seed;
};

/* Says on stderr what is wrong; pictures that cannot be read are problems of
 * the command, and the others are judged. */
enum ex_status pairs_run(struct cli *c, const struct pairs_options *o);

#endif
