/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Planning an ONNX network: what the files of operators (onnx_conv.c,
 * onnx_math.c, onnx_move.c, onnx_window.c) are given to make steps with.
 *
 * Every operator but those with windows is a loop nest over strided operands
 * with one of the inner loops of onnx_loops.c: copies in any order, arithmetic
 * that broadcasts, sums over any axis.
 */
#ifndef EXEUNT_NN_ONNX_PLAN_H
#define EXEUNT_NN_ONNX_PLAN_H

#include "onednn.h"
#include "onnx.h"

/* ---- values ------------------------------------------------------------ */

struct value {
	bool made;
	bool constant; /* data are there already; else they come with the run */
	bool whole;    /* whole numbers; of constants only */
	bool nhwc;     /* order in memory; of rank 4 only */
	struct onnx_dims dims;
	int64_t count;
	const float *data; /* of a constant; NULL where count is 0 */
	float *fold;       /* the same, while planning fills it */
	int root;          /* the value whose memory it shares, often itself */
	/* Of roots: */
	int buffer; /* -1: none yet */
	int last;   /* step that writes or reads it last */
};

/* ---- steps ------------------------------------------------------------- */

#define MAX_OPERANDS 4 /* the output and three inputs */

/* An operand of a loop nest: a value, where in it to begin, and by how many
 * values each index of the nest moves (0: broadcast or summed over). */
struct view {
	int value;
	int64_t offset;
	int64_t stride[ONNX_RANK];
};

/* Elements p[0][i x s[0]] of p[1][i x s[1]] and so on; a, b: parameters. */
typedef void onnx_inner(int64_t n, float *const p[MAX_OPERANDS],
    const int64_t s[MAX_OPERANDS], float a, float b);

/* Windows of a pool; pairs are rows, columns. */
struct window {
	int kernel[2], stride[2], dilation[2], before[2], after[2];
	bool max, count_padding;
};

/* Where a resized row or column comes from: two of the old and the share of
 * the second. */
struct source {
	int a, b;
	float share;
};

struct step {
	bool (*run)(const struct step *s);
	int value[MAX_OPERANDS]; /* -1: none */
	float *data[MAX_OPERANDS];
	/* Loops */
	onnx_inner *inner;
	float a, b;
	int rank;
	int64_t n[ONNX_RANK];
	int64_t stride[MAX_OPERANDS][ONNX_RANK];
	int64_t offset[MAX_OPERANDS];
	bool in_place; /* may write over its first input */
	/* Pictures, NHWC */
	int in[4], out[4]; /* batch, height, width, channels */
	struct conv *conv;
	struct winograd *winograd;
	void *scratch;
	struct window window;
	const struct source *rows, *columns;
	bool linear;
};

struct ex_onnx_plan {
	const struct ex_onnx_net *net;
	struct value *values; /* the net's, then those between steps */
	int n_values, room_values;
	struct step *steps;
	int n_steps, room_steps;
	struct ex_arena *arena; /* constants, tables */
	float **buffers;
	int64_t *sizes; /* floats */
	int n_buffers;
	float *input;
	void *scratch;
	size_t scratch_size;
	int outputs[64];
	/* While planning */
	struct ex_error *err;
	const struct onnx_node *node;
	bool *done; /* nodes planned, or gone into an earlier one's step */
};

/* Fails with the node's name. */
#define refuse(p, status, ...)                                                 \
	ex_onnx_refuse((p)->err, (p)->net, (p)->node, status, __VA_ARGS__)
enum ex_status ex_onnx_no_memory(struct ex_onnx_plan *p);

/* Refuses a node of n x each operations that nobody would wait for. */
enum ex_status ex_onnx_work(struct ex_onnx_plan *p, int64_t n, int64_t each);

/* Input i of the node: a value that has been made; NULL: left out. Any call
 * that makes values may move it. */
struct value *ex_onnx_in(struct ex_onnx_plan *p, int i);

/*
 * Give value `id` (-1: a new one) its sizes. Where `fold`, the steps that write
 * it run at once and it is a constant.
 * @return EX_OK with *made its number; EX_ERR_TOO_LARGE, EX_ERR_NOMEM with -1,
 *         which no view may be taken of
 */
enum ex_status ex_onnx_make(struct ex_onnx_plan *p, int id,
    const struct onnx_dims *dims, bool nhwc, bool fold, int *made);
/* The node's output from its inputs: folded if all of them are constants. */
enum ex_status ex_onnx_make_out(
    struct ex_onnx_plan *p, const struct onnx_dims *dims, bool nhwc, int *made);
/* The node's output as another value seen in other sizes. */
enum ex_status ex_onnx_same(
    struct ex_onnx_plan *p, int value, const struct onnx_dims *dims);
/* `value` in the order wanted: itself, or a copy. */
enum ex_status ex_onnx_ordered(
    struct ex_onnx_plan *p, int value, bool nhwc, int *ordered);

/* All of a value, by its own sizes, or broadcast to others (they fit). */
struct view ex_onnx_view(const struct ex_onnx_plan *p, int value);
struct view ex_onnx_view_as(
    const struct ex_onnx_plan *p, int value, const struct onnx_dims *to);

/* Append a step; the caller fills it further. NULL: out of memory. */
struct step *ex_onnx_step(
    struct ex_onnx_plan *p, bool (*run)(const struct step *), int out, int in);

/*
 * A loop nest over `dims` with n views, the output first. `along` >= 0 makes
 * that dimension the inner loop whatever the strides.
 */
struct nest {
	onnx_inner *inner;
	float a, b;
	const struct onnx_dims *dims;
	const struct view *views;
	int n_views;
	int along;
	bool in_place;
};
enum ex_status ex_onnx_loop(struct ex_onnx_plan *p, const struct nest *nest);
/* A copy of one view to another. */
enum ex_status ex_onnx_copy(struct ex_onnx_plan *p,
    const struct onnx_dims *dims, struct view to, struct view from);
/* All of a value filled with x: before sums. */
enum ex_status ex_onnx_fill(struct ex_onnx_plan *p, int value, float x);

/* Sizes of two tensors laid over each other from the last dimension on, where
 * what is 1 is repeated; false: they do not fit. */
bool ex_onnx_overlay(const struct onnx_dims *a, const struct onnx_dims *b,
    struct onnx_dims *out);

/* Refuses a constant that holds what is no whole number of a float. */
enum ex_status ex_onnx_exact(struct ex_onnx_plan *p, const struct value *v);
/* The constant input i as whole numbers, at most n; -1: none, or not so. */
int ex_onnx_whole(struct ex_onnx_plan *p, int i, int64_t *to, int n);
/* An axis as the standard counts it, from the end where negative; -1: out of
 * range. */
int ex_onnx_axis(int64_t axis, int rank);

/* ---- operators --------------------------------------------------------- */

enum ex_status ex_onnx_node_binary(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_unary(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_clip(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_batch_norm(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_reduce(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_softmax(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_cast(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_conv(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_gemm(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_matmul(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_pool(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_resize(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_concat(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_slice(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_gather(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_expand(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_transpose(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_reshape(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_flatten(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_squeeze(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_unsqueeze(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_shape(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_constant(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_constant_of_shape(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_identity(struct ex_onnx_plan *p);
enum ex_status ex_onnx_node_dropout(struct ex_onnx_plan *p);

/* Scale and shift of a BatchNormalization, `channels` each, on the heap in one
 * piece: scale first. NULL on failure. */
enum ex_status ex_onnx_affine(struct ex_onnx_plan *p, const struct onnx_node *n,
    int64_t channels, float **out);

/* Bounds of the node, a Clip; infinite where it has none. */
enum ex_status ex_onnx_bounds(struct ex_onnx_plan *p, float *low, float *high);

/* Window attributes of Conv and pools; kernel[0] 0: the node has none. */
enum ex_status ex_onnx_window(struct ex_onnx_plan *p, const struct value *in,
    struct window *w, int kernel_rows, int kernel_columns);
/* Outputs along one side. */
int64_t ex_onnx_windows(const struct window *w, int side, int64_t n, bool ceil);

/* ---- inner loops: onnx_loops.c ----------------------------------------- */

bool ex_onnx_run_loop(const struct step *s);
onnx_inner ex_onnx_do_copy, ex_onnx_do_fill, ex_onnx_do_leaky, ex_onnx_do_clip,
    ex_onnx_do_sigmoid, ex_onnx_do_scale, ex_onnx_do_root, ex_onnx_do_truncate,
    ex_onnx_do_floor, ex_onnx_do_ceil, ex_onnx_do_add, ex_onnx_do_sub,
    ex_onnx_do_mul, ex_onnx_do_div, ex_onnx_do_div_whole, ex_onnx_do_prelu,
    ex_onnx_do_affine, ex_onnx_do_sum, ex_onnx_do_sum_squares,
    ex_onnx_do_sum_products, ex_onnx_do_softmax;

#endif
