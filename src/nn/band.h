/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The first layers of a detector, a band of rows at a time. Their outputs are
 * the largest of the whole network; in bands they stay in the cache and take a
 * tenth of the memory. Convolutions without padding need no seams: rows are
 * computed exactly as in one piece, those at a band's edge twice.
 */
#ifndef EXEUNT_NN_BAND_H
#define EXEUNT_NN_BAND_H

#include "exeunt/nn.h"

struct band;

/* How many layers from the first on may go in bands, for pictures of this
 * size; 0 where it is not worth it. */
int ex_band_layers(const struct ex_nn_graph *g, struct ex_nn_shape in);
/* shapes: outputs of the `n` layers. */
enum ex_status ex_band_new(const struct ex_nn_graph *g, int n,
    struct ex_nn_shape in, const struct ex_nn_shape shapes[],
    struct band **out);
void ex_band_free(struct band **b);
/* Overwrite what lies between the layers. */
void ex_band_wipe(struct band *b);
size_t ex_band_scratch_size(const struct band *b);
/* in: the whole picture; out: the whole output of the last of the layers. */
bool ex_band_run(struct band *b, const float *in, float *out, void *scratch);

#endif
