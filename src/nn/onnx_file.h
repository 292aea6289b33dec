/* SPDX-License-Identifier: Apache-2.0 */
/* The reader's own: what protobuf made of the file. */
#ifndef EXEUNT_NN_ONNX_FILE_H
#define EXEUNT_NN_ONNX_FILE_H

#include <onnx.pb-c.h> /* made of onnx.proto */

#include "onnx.h"

/* Types of data and of attributes, by the standard's numbers. */
enum {
	TYPE_FLOAT = 1,
	TYPE_INT32 = 6,
	TYPE_INT64 = 7,
	TYPE_BOOL = 9,
};

/*
 * Check a tensor and make a constant of it in the net's arena. Floats stay
 * where protobuf put them, and their bytes are turned to this machine's order
 * there; `t` must outlive the constant.
 *
 * On failure *problem is why, in words for ex_onnx_refuse.
 */
enum ex_status ex_onnx_tensor_take(struct ex_onnx_net *net, ExOnnx__Tensor *t,
    const struct onnx_constant **out, const char **problem);

/* A constant of our own making: n values to fill, rank 0 or 1. NULL: memory. */
float *ex_onnx_constant_new(struct ex_onnx_net *net, bool whole, int rank,
    size_t n, const struct onnx_constant **out);

/* Check the attributes of a node against its operator's list; the node keeps
 * them, and its `value` as a tensor. */
enum ex_status ex_onnx_attributes_take(struct ex_onnx_net *net,
    const ExOnnx__Node *message, struct onnx_node *n, struct ex_error *err);

#endif
