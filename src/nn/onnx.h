/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ONNX network as it was read, for the files that plan it. Everything that
 * can be checked without a size of input has been: values are made before they
 * are used, operators and attributes are known and of the right types.
 *
 * All data are floats. Whole numbers (sizes, axes, indices) are floats too, and
 * remembered as whole: those that a float does not hold exactly are beyond any
 * size we allow.
 */
#ifndef EXEUNT_NN_ONNX_H
#define EXEUNT_NN_ONNX_H

#include "exeunt/nn.h"

#define ONNX_RANK EX_ONNX_MAX_RANK

enum onnx_op {
#define ONNX_OP(id, name, least, most, planned_by, attributes) ONNX_##id,
#include "onnx_ops.inc"
#undef ONNX_OP
	ONNX_N_OPS
};

/* Sizes of a tensor; rank 0 is one value. */
struct onnx_dims {
	int rank;
	int64_t n[ONNX_RANK];
};

/* A tensor the file holds. */
struct onnx_constant {
	bool whole;
	struct onnx_dims dims;
	int64_t count;
	const float *data;
};

struct onnx_attributes; /* of the file: onnx_attribute.c */

struct onnx_node {
	enum onnx_op op;
	const char *name; /* bytes from outside; perhaps empty */
	const struct onnx_attributes *attributes;
	const struct onnx_constant *tensor; /* its attribute `value`; NULL */
	const int *in;                      /* values; -1: left out */
	int n_in;
	int out; /* value; others it might have are not made */
};

struct onnx_value {
	const char *name;
	const struct onnx_constant *constant; /* NULL: made by a node */
	int uses; /* inputs of nodes, outputs of the graph */
	int user; /* the node that uses it last, -1 */
};

struct ex_onnx_net {
	char *what;
	struct ex_arena *arena;
	void *model; /* protobuf's; the rest points into it */
	int opset;
	struct onnx_value *values;
	int n_values;
	struct onnx_node *nodes;
	int n_nodes;
	struct ex_onnx_input in_dims;
	int input;
	int *outputs;
	int n_outputs;
};

/* `err` says "node NAME (Operator): why"; n NULL: why alone. */
enum ex_status ex_onnx_refuse(struct ex_error *err,
    const struct ex_onnx_net *net, const struct onnx_node *n,
    enum ex_status status, const char *why, ...)
    __attribute__((format(printf, 5, 6)));
#ifdef __clang_analyzer__ /* as ex_fail */
#define ex_onnx_refuse(err, net, n, status, ...)                               \
	((void)ex_onnx_refuse(err, net, n, status, __VA_ARGS__), (status))
#endif

/* Copy with what cannot be printed as '?', cut to `size`. */
const char *ex_onnx_printable(const char *from, char *to, size_t size);

/* Number of values, -1 where it is over 2^27 or a size is negative. */
int64_t ex_onnx_count(const struct onnx_dims *d);

/* ---- attributes -------------------------------------------------------- */

struct onnx_ints {
	const int64_t *data;
	size_t n;
};

struct onnx_floats {
	const float *data;
	size_t n;
};

bool ex_onnx_has(const struct onnx_node *n, const char *name);
int64_t ex_onnx_int(
    const struct onnx_node *n, const char *name, int64_t otherwise);
float ex_onnx_float(
    const struct onnx_node *n, const char *name, float otherwise);
/* n == 0: not there, or empty. */
struct onnx_ints ex_onnx_ints(const struct onnx_node *n, const char *name);
struct onnx_floats ex_onnx_floats(const struct onnx_node *n, const char *name);
/* Index of the text in `words` (NULL-terminated): the first, if the attribute
 * is not there; -1 for any other text. */
int ex_onnx_choice(
    const struct onnx_node *n, const char *name, const char *const words[]);

#endif
