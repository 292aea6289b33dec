/* SPDX-License-Identifier: Apache-2.0 */
/* What winograd.c asks of its kernels: the transforms of one row of tiles. */
#ifndef EXEUNT_NN_WINOGRAD_H
#define EXEUNT_NN_WINOGRAD_H

#include "ops.h"

#define SPAN     8 /* inputs of a tile along a side, and points */
#define POINTS   (SPAN * SPAN)
#define MAX_TAPS 5
#define MAX_TILE 6  /* outputs of it: SPAN + 1 less the filter's taps */
#define LANES    16 /* channels are worked on by so many at a time */

struct tile_row {
	int channels, out_channels; /* 16 or more */
	int tile;                   /* outputs of a tile along a side: 4, 6 */
	int tiles;                  /* across */
	int width, pad;             /* of the input */
	const float *rows[SPAN];    /* inputs; zeros where outside */

	/* SPAN rows after the transform down, each line_floats long: `pad`
	 * pixels of zeros, the row, and zeros to the end. */
	float *lines;
	size_t line_floats;
	/* Values at the points: POINTS matrices, of which this row fills
	 * `tiles` rows of in_lanes; and their products, of out_lanes. */
	float *points, *products;
	size_t points_step, products_step; /* floats from point to point */
	int in_lanes, out_lanes;
	float *half; /* SPAN x tile x out_lanes, transformed across */

	const float *bias;
	bool relu;
	float *out; /* the row's first pixel */
	int out_width, out_rows;
};

/* One table a cpu level; the first is plain C and the reference. */
struct winograd_kernels {
	unsigned flags; /* ex_cpu_flag it needs */
	void (*in)(const struct tile_row *b);
	void (*out)(const struct tile_row *b);
};
const struct winograd_kernels *ex_winograd_kernels(void);

#endif
