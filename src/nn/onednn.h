/* SPDX-License-Identifier: Apache-2.0 */
/* The one door to oneDNN: convolutions on pictures in NHWC, and products of
 * matrices. Behind it is onednn.c or, with -Dengine=reference, reference.c. */
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

/* weights: out x in x kernel x kernel, copied into the kernel's own layout;
 * bias is borrowed. */
enum ex_status ex_conv_new(const struct conv_shape *s, const float *weights,
    const float *bias, struct conv **out);
void ex_conv_free(struct conv **c);
/* Bytes of scratch that conv_run wants; 64-byte aligned. */
size_t ex_conv_scratch_size(const struct conv *c);
bool ex_conv_run(struct conv *c, const float *in, float *out, void *scratch);

/* What is done to a convolution's output while it is at hand. */
enum conv_then {
	CONV_ADD,     /* plus another tensor of the output's shape; once */
	CONV_LEAKY,   /* below zero times a; a 0: relu */
	CONV_CLIP,    /* to a..b */
	CONV_SIGMOID, /* 1 / (1 + e^-x) */
};

struct conv_post {
	enum conv_then what;
	float a, b;
};

#define CONV_MAX_POSTS 4

/* Any convolution of pictures; pairs are rows, columns. */
struct conv_spec {
	int batch, height, width, channels; /* input */
	int out_height, out_width, out_channels;
	int groups;
	int kernel[2], stride[2], dilation[2]; /* dilation 1: a dense window */
	int before[2], after[2];               /* padding, zeros */
	struct conv_post posts[CONV_MAX_POSTS];
	int n_posts;
};

/* weights: out x in / groups x rows x columns, copied; bias is borrowed. */
enum ex_status ex_conv_make(const struct conv_spec *s, const float *weights,
    const float *bias, struct conv **out);
/* Is it the library's reference, a hundred times slower than its kernels? */
bool ex_conv_is_slow(const struct conv *c);
/* As ex_conv_run; `other` is what CONV_ADD adds. */
bool ex_conv_run_add(struct conv *c, const float *in, const float *other,
    float *out, void *scratch);

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
