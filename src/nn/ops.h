/* SPDX-License-Identifier: Apache-2.0 */
/* The small operations, in plain C on NHWC floats; compilers vectorise them
 * along the channels. */
#ifndef EXEUNT_NN_OPS_H
#define EXEUNT_NN_OPS_H

#include "exeunt/nn.h"

#include "onednn.h"

void ex_nn_max_pool(const float *in, struct ex_nn_shape in_shape, int kernel,
    int stride, float *out, struct ex_nn_shape out_shape);
/* kernel 0: the mean of the whole picture. */
void ex_nn_mean_pool(const float *in, struct ex_nn_shape in_shape, int kernel,
    int stride, float *out, struct ex_nn_shape out_shape);
/* Where a or b has no value (smaller, fewer channels) it counts as zero. */
void ex_nn_add(const float *a, struct ex_nn_shape a_shape, const float *b,
    struct ex_nn_shape b_shape, bool relu, float *out,
    struct ex_nn_shape out_shape);
/* weights: in x out, in counted over height, width, channels. */
void ex_nn_full(const float *in, struct ex_nn_shape in_shape,
    const float *weights, float *out, struct ex_nn_shape out_shape);

/*
 * A convolution with a large window and one output channel wastes a vector
 * kernel's 16 lanes on that one channel. Instead, every input pixel computes
 * its k x k products at once (a 1 x 1 convolution to k x k channels), and
 * these are then added up where they belong.
 */
struct spread;
bool ex_spread_suits(const struct conv_shape *s);
enum ex_status ex_spread_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct spread **out);
void ex_spread_free(struct spread **s);
size_t ex_spread_scratch_size(const struct spread *s);
bool ex_spread_run(
    struct spread *s, const float *in, float *out, void *scratch);

/* 5 x 5 and 3 x 3 convolutions of stride 1 with fewer products: see winograd.c.
 * Results
 * differ from the sum as written by some 1e-5 of their size. */
struct winograd;
bool ex_winograd_suits(const struct conv_shape *s);
enum ex_status ex_winograd_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct winograd **out);
void ex_winograd_free(struct winograd **w);
size_t ex_winograd_scratch_size(const struct winograd *w);
bool ex_winograd_run(
    struct winograd *w, const float *in, float *out, void *scratch);

#endif
