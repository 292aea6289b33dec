/* SPDX-License-Identifier: Apache-2.0 */
/* Models with random weights: one a variant of an operator, and networks built
 * like those people use for faces. */
#ifndef EXEUNT_PEERS_ONNX_MODELS_H
#define EXEUNT_PEERS_ONNX_MODELS_H

#include "exeunt/nn.h"
#include "onnx_text.h"

struct onnx_sample {
	const char *name;
	int opset;
	int batch, channels, height, width;
	const char *outputs;
	const char *lines;                       /* or, where NULL: */
	bool (*build)(struct onnx_model *model); /* up to the outputs */
};

extern const struct onnx_sample onnx_samples[];
extern const int n_onnx_samples;

/* The sample as a file; free it with onnx_free. False: what it is made of is
 * not here (scripts/setup). */
bool onnx_sample_make(const struct onnx_sample *s, struct onnx_model *m);

/* dlib's matcher, which is one of the samples: "matcher". */
bool onnx_matcher_read(struct ex_dlib_net *net);

#endif
