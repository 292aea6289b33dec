/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to oneDNN: convolutions on pictures in NHWC, and products of
 * matrices. */
#ifndef EXEUNT_NN_ONEDNN_H
#define EXEUNT_NN_ONEDNN_H

#include "exeunt/nn.h"

struct conv;

struct conv_shape {
	int batch, height, width, channels; /* input */
	int out_height, out_width, out_channels;
	int kernel, stride, pad;
	bool relu;
};

/* weights: out x in x kernel x kernel, copied into the kernel's own layout. */
enum ex_status ex_conv_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct conv **out);
void ex_conv_free(struct conv **c);
/* Bytes of scratch that conv_run wants; 64-byte aligned. */
size_t ex_conv_scratch_size(const struct conv *c);
bool ex_conv_run(struct conv *c, const float *in, float *out, void *scratch);

/* `batch` products of rows x inner by inner x columns, all row by row. */
struct product;
struct product_shape {
	int batch, rows, inner, columns;
};

/* weights: batch x inner x columns, copied. */
enum ex_status ex_product_new(
    const struct product_shape *s, const float *weights, struct product **out);
void ex_product_free(struct product **p);
size_t ex_product_scratch_size(const struct product *p);
bool ex_product_run(
    struct product *p, const float *in, float *out, void *scratch);

#endif
