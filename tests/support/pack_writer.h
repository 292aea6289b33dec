/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Model packs for tests. Their detectors are YuNet and SCRFD by their outputs
 * and find one thing: a cell of 32 x 32 pixels that is white. Their matcher has
 * random weights.
 */
#ifndef EXEUNT_PACK_WRITER_H
#define EXEUNT_PACK_WRITER_H

#include "onnx_writer.h"

#include "exeunt/crypt.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* Points of a face, in cells from the cell's corner, in the networks' order. */
static const float pack_points[10] = { -0.75f, -0.5f, 0.75f, -0.5f, 0, 0.25f,
	-0.5f, 1, 0.5f, 1 };

/* Values of the cells' mean levels: `channels` planes with weights for the
 * three colours and a bias each, as rows of `width` numbers. */
static inline void
pack_head(struct onnx_model *m, const char *from, const char *name,
    int channels, int width, float weight, const float *bias, bool sigmoid,
    bool ranked)
{
	char w[24], b[24], t[4][24], dims[32], in[80];
	float *weights = malloc((size_t)channels * 3 * sizeof *weights);

	if (!weights)
		abort();
	for (int i = 0; i < channels * 3; i++)
		weights[i] = weight;
	snprintf(w, sizeof w, "%.16s_w", name);
	snprintf(b, sizeof b, "%.16s_b", name);
	for (int i = 0; i < 4; i++)
		snprintf(t[i], sizeof t[i], "%.16s_%c", name, 'p' + i);
	snprintf(dims, sizeof dims, "%d,3,1,1", channels);
	onnx_floats(m, w, dims, weights);
	snprintf(dims, sizeof dims, "%d", channels);
	onnx_floats(m, b, dims, bias);
	snprintf(dims, sizeof dims, ranked ? "1,-1,%d" : "-1,%d", width);
	onnx_ints(m, t[3], dims, false);
	snprintf(in, sizeof in, "%s %s %s", from, w, b);
	onnx_node(m, "Conv", in, t[0], "kernel_shape:I=1,1");
	if (sigmoid)
		onnx_node(m, "Sigmoid", t[0], t[1], "");
	onnx_node(
	    m, "Transpose", sigmoid ? t[1] : t[0], t[2], "perm:I=0,2,3,1");
	snprintf(in, sizeof in, "%s %s", t[2], t[3]);
	onnx_node(m, "Reshape", in, name, "");
	free(weights);
}

static inline void
pack_cells(struct onnx_model *m, int stride, char name[static 16])
{
	char attributes[64];

	snprintf(name, 16, "cells%d", stride);
	snprintf(attributes, sizeof attributes,
	    "kernel_shape:I=%d,%d strides:I=%d,%d", stride, stride, stride,
	    stride);
	onnx_node(m, "AveragePool", "x", name, attributes);
}

/* Levels 0..255; a white cell scores 0.995, one of half its light 0.1. Boxes
 * grow by `growth` a level. */
static inline void
pack_yunet_growing(struct onnx_model *m, float growth)
{
	static const float box[4] = { 0.5f, 0.5f, 1.3862944f, 1.3862944f };
	static const float dead = -1000, live = -10;
	static const char outputs[] =
	    "cls_8 cls_16 cls_32 obj_8 obj_16 obj_32 bbox_8 bbox_16 bbox_32 "
	    "kps_8 kps_16 kps_32";

	onnx_begin(m, 13);
	for (int stride = 8; stride <= 32; stride *= 2) {
		const float *bias = stride == 32 ? &live : &dead;
		char cells[16], name[16];

		pack_cells(m, stride, cells);
		snprintf(name, sizeof name, "cls_%d", stride);
		pack_head(m, cells, name, 1, 1, 0.02f, bias, true, true);
		snprintf(name, sizeof name, "obj_%d", stride);
		pack_head(m, cells, name, 1, 1, 0.02f, bias, true, true);
		snprintf(name, sizeof name, "bbox_%d", stride);
		pack_head(m, cells, name, 4, 4, growth, box, false, true);
		snprintf(name, sizeof name, "kps_%d", stride);
		pack_head(m, cells, name, 10, 10, 0, pack_points, false, true);
	}
	onnx_end(m, "x", "1,3,640,640", outputs);
}

static inline void
pack_yunet(struct onnx_model *m)
{
	pack_yunet_growing(m, 0);
}

/* Levels (v - 127.5) / 128; two faces a cell, of which the second lives; named
 * as the authors do, or by numbers as exporters do. */
static inline void
pack_scrfd(struct onnx_model *m, bool points, bool named)
{
	static const float dead[2] = { -1000, -1000 }, live[2] = { -1000, -4 };
	float box[8], kps[20];
	char outputs[9][16], list[160] = "";
	const int parts = points ? 3 : 2;

	for (int i = 0; i < 8; i++)
		box[i] = 2;
	for (int i = 0; i < 20; i++)
		kps[i] = pack_points[i % 10];
	onnx_begin(m, 13);
	for (int l = 0; l < 3; l++) {
		static const char *const words[] = { "score", "bbox", "kps" };
		char cells[16];

		for (int p = 0; p < parts; p++)
			if (named)
				snprintf(outputs[3 * p + l], 16, "%s_%d",
				    words[p], 8 << l);
			else
				snprintf(outputs[3 * p + l], 16, "%d",
				    443 + 23 * l + p);
		pack_cells(m, 8 << l, cells);
		pack_head(m, cells, outputs[l], 2, 1, 3, l == 2 ? live : dead,
		    true, named);
		pack_head(m, cells, outputs[3 + l], 8, 4, 0, box, false, named);
		if (points)
			pack_head(m, cells, outputs[6 + l], 20, 10, 0, kps,
			    false, named);
	}
	for (int i = 0; i < 3 * parts; i++) {
		strcat(list, i ? " " : "");
		strcat(list, outputs[i]);
	}
	onnx_end(m, "x", "1,3,640,640", list);
}

/* 112 x 112 to `size` numbers. */
static inline void
pack_matcher(struct onnx_model *m, int size)
{
	char dims[32];

	onnx_begin(m, 13);
	onnx_weights(m, "w1", "8,3,7,7", 0.08);
	onnx_weights(m, "w2", "8,8,3,3", 0.1);
	snprintf(dims, sizeof dims, "1352,%d", size);
	onnx_weights(m, "w3", dims, 0.03);
	onnx_node(m, "Conv", "x w1", "c1", "strides:I=4,4 kernel_shape:I=7,7");
	onnx_node(m, "Relu", "c1", "r1", "");
	onnx_node(m, "Conv", "r1 w2", "c2", "strides:I=2,2 kernel_shape:I=3,3");
	onnx_node(m, "Flatten", "c2", "f", "axis:i=1");
	onnx_node(m, "Gemm", "f w3", "embedding", "");
	onnx_end(m, "x", "1,3,112,112", "embedding");
}

/* Write DIR/name and free the model; `hex` is the file's hash. */
static inline void
pack_save(const char *dir, const char *name, struct onnx_model *m,
    char hex[static 65])
{
	uint8_t digest[EX_SHA256_SIZE];
	char *path = ex_path_join(dir, name);

	if (!path || ex_file_write(path, m->file.data, m->file.n, NULL) ||
	    ex_sha256(onnx_file(m), digest))
		abort();
	ex_hex_format(digest, sizeof digest, hex);
	free(path);
	onnx_free(m);
}

#define PACK_INI_HEAD "[pack]\nname = of tests\nlicence = Apache-2.0\n"

/* Write DIR/pack.ini. */
static inline void __attribute__((format(printf, 2, 3)))
pack_ini(const char *dir, const char *format, ...)
{
	char *path = ex_path_join(dir, "pack.ini");
	char text[4096];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (!path || n < 0 || (size_t)n >= sizeof text ||
	    ex_file_write(path, text, (size_t)n, NULL))
		abort();
	free(path);
}

#endif
