/* SPDX-License-Identifier: Apache-2.0 */
/* A model of a few lines, read and planned. */
#ifndef EXEUNT_NN_ONNX_TEST_H
#define EXEUNT_NN_ONNX_TEST_H

#include "exeunt/nn.h"
#include "onnx_text.h"

struct onnx_made {
	struct ex_onnx_net *net;
	struct ex_onnx_plan *plan;
	struct ex_error err;
	enum ex_status status;
};

/* "1,3,4,5" */
static inline void
onnx_sizes(const char *dims, int to[4])
{
	char *end;

	for (int i = 0; i < 4; i++, dims = *end ? end + 1 : end)
		to[i] = (int)strtol(dims, &end, 10);
}

/* Whatever came of it; free it with onnx_unmake. */
static inline struct onnx_made
onnx_make_file(struct ex_bytes file, const char *dims)
{
	struct onnx_made made = { 0 };
	int n[4];

	onnx_sizes(dims, n);
	made.status = ex_onnx_net_read(file, &made.net, "made up", &made.err);
	if (made.status == EX_OK)
		made.status = ex_onnx_plan_new(
		    made.net, n[0], n[2], n[3], &made.plan, &made.err);
	return made;
}

static inline struct onnx_made
onnx_make(int opset, const char *dims, const char *outputs, const char *lines)
{
	struct onnx_model m;
	struct onnx_made made;

	onnx_begin(&m, opset);
	onnx_lines(&m, lines);
	onnx_end(&m, "x", dims, outputs);
	made = onnx_make_file(onnx_file(&m), dims);
	onnx_free(&m); /* the net needs it no more */
	return made;
}

static inline void
onnx_unmake(struct onnx_made *made)
{
	ex_onnx_plan_free(&made->plan);
	ex_onnx_net_free(&made->net);
}

#endif
