/* SPDX-License-Identifier: Apache-2.0 */
/* dlib's graphs as ONNX, so that others can run the same network. Input `x`,
 * normalised pixels in ONNX's order; output `y`. */
#ifndef EXEUNT_ONNX_DLIB_H
#define EXEUNT_ONNX_DLIB_H

#include "exeunt/nn.h"
#include "onnx_text.h"

struct onnx_size {
	int height, width, channels;
};

/* Zeros behind `name` along an axis until it has the size wanted: dlib's sums
 * do that by themselves. Returns the name of what came of it. */
static inline void
onnx_pad(struct onnx_model *m, char name[64], int axis, struct onnx_size *have,
    int wanted)
{
	int *n = axis == 1   ? &have->channels
		 : axis == 2 ? &have->height
			     : &have->width;
	struct onnx_size lack = *have;

	if (*n >= wanted)
		return;
	*(axis == 1     ? &lack.channels
	    : axis == 2 ? &lack.height
			: &lack.width) = wanted - *n;
	onnx_line(m, "%s_z%d = 1,%d,%d,%d * 0", name, axis, lack.channels,
	    lack.height, lack.width);
	onnx_line(m, "Concat %s %s_z%d -> %s_p%d axis:i=%d", name, name, axis,
	    name, axis, axis);
	snprintf(name + strlen(name), 4, "_p%d", axis);
	*n = wanted;
}

static inline void
onnx_add_layer(struct onnx_model *m, const struct ex_nn_layer *l, int i,
    const struct onnx_size *sizes, const char *out)
{
	struct onnx_size a = sizes[l->in + 1], b = sizes[l->in2 + 1];
	char left[64], right[64];

	/* Each layer may be padded for several sums. */
	snprintf(left, sizeof left, "v%d_l%d", l->in, i);
	snprintf(right, sizeof right, "v%d_r%d", l->in2, i);
	onnx_line(m, "Identity v%d -> %s", l->in, left);
	onnx_line(m, "Identity v%d -> %s", l->in2, right);
	onnx_pad(m, left, 1, &a, b.channels);
	onnx_pad(m, right, 1, &b, a.channels);
	onnx_pad(m, left, 2, &a, b.height);
	onnx_pad(m, right, 2, &b, a.height);
	onnx_pad(m, left, 3, &a, b.width);
	onnx_pad(m, right, 3, &b, a.width);
	onnx_line(m, "Add %s %s -> %s", left, right, out);
}

static inline void
onnx_conv_layer(
    struct onnx_model *m, const struct ex_nn_layer *l, int i, const char *out)
{
	char dims[64], name[32];

	snprintf(dims, sizeof dims, "%d,%d,%d,%d", l->out_channels,
	    l->in_channels, l->kernel, l->kernel);
	snprintf(name, sizeof name, "w%d", i);
	onnx_floats(m, name, dims, l->weights);
	snprintf(dims, sizeof dims, "%d", l->out_channels);
	snprintf(name, sizeof name, "b%d", i);
	onnx_floats(m, name, dims, l->bias);
	onnx_line(m,
	    "Conv v%d w%d b%d -> %s kernel_shape:I=%d,%d strides:I=%d,%d "
	    "pads:I=%d,%d,%d,%d",
	    l->in, i, i, out, l->kernel, l->kernel, l->stride, l->stride,
	    l->pad, l->pad, l->pad, l->pad);
}

static inline void
onnx_layer(struct onnx_model *m, const struct ex_nn_layer *l, int i,
    const struct onnx_size *sizes)
{
	const char *pool = l->op == EX_NN_MAX_POOL ? "MaxPool" : "AveragePool";
	char out[32], dims[64];

	snprintf(out, sizeof out, l->relu ? "v%d_raw" : "v%d", i);
	switch (l->op) {
	case EX_NN_CONV:
		onnx_conv_layer(m, l, i, out);
		break;
	case EX_NN_MAX_POOL:
	case EX_NN_AVG_POOL:
		if (l->kernel == 0)
			onnx_line(m, "GlobalAveragePool v%d -> %s", l->in, out);
		else
			onnx_line(m,
			    "%s v%d -> %s kernel_shape:I=%d,%d strides:I=%d,%d",
			    pool, l->in, out, l->kernel, l->kernel, l->stride,
			    l->stride);
		break;
	case EX_NN_ADD:
		onnx_add_layer(m, l, i, sizes, out);
		break;
	case EX_NN_FULL: /* over one pixel: its order makes no difference */
		snprintf(dims, sizeof dims, "%d,%d", l->in_channels,
		    l->out_channels);
		snprintf(out + strlen(out), 3, "_w");
		onnx_floats(m, out, dims, l->weights);
		onnx_line(m, "Flatten v%d -> v%d_f", l->in, i);
		onnx_line(m, "Gemm v%d_f %s -> v%d", i, out, i);
		break;
	}
	if (l->relu)
		onnx_line(m, "Relu %s -> v%d", out, i);
}

static inline struct onnx_size
onnx_size_after(const struct ex_nn_layer *l, const struct onnx_size *sizes)
{
	struct onnx_size s = sizes[l->in + 1];

	if (l->op == EX_NN_ADD) {
		const struct onnx_size t = sizes[l->in2 + 1];

		s.height = s.height > t.height ? s.height : t.height;
		s.width = s.width > t.width ? s.width : t.width;
	} else if (l->op == EX_NN_FULL || l->kernel == 0) {
		s.height = s.width = 1;
	} else {
		s.height = (s.height + 2 * l->pad - l->kernel) / l->stride + 1;
		s.width = (s.width + 2 * l->pad - l->kernel) / l->stride + 1;
	}
	s.channels = l->out_channels;
	return s;
}

/* The lines of a model for one picture of this size. */
static inline void
onnx_graph_lines(
    struct onnx_model *m, const struct ex_nn_graph *g, int height, int width)
{
	static struct onnx_size sizes[EX_NN_MAX_LAYERS + 1];

	sizes[0] = (struct onnx_size){ height, width, g->in_channels };
	onnx_line(m, "Identity x -> v-1");
	for (int i = 0; i < g->n_layers; i++) {
		onnx_layer(m, &g->layers[i], i, sizes);
		sizes[i + 1] = onnx_size_after(&g->layers[i], sizes);
	}
	onnx_line(m, "Identity v%d -> y", g->n_layers - 1);
}

#endif
