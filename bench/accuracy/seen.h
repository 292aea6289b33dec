/* SPDX-License-Identifier: Apache-2.0 */
/* What the two halves of bench/accuracy pass on. */
#ifndef EXEUNT_BENCH_ACCURACY_H
#define EXEUNT_BENCH_ACCURACY_H

#include "exeunt/facts.h"

enum recipe {
	RECIPE_DEFAULT, /* what ex_face_template gives: margin 0.25, mirrored */
	RECIPE_PLAIN,   /* without the mirrored chip */
	RECIPE_JITTER_4, /* landmarks averaged over boxes moved by 4 % */
	RECIPE_JITTER_8,
	RECIPE_MARGIN_20,
	RECIPE_MARGIN_32,
	RECIPE_SEEN
};

struct seen {
	char set[16], person[16];
	bool found;
	int quality;
	struct ex_template template[RECIPE_SEEN];
};

#endif
