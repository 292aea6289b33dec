/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that compute value by value, or over whole axes. */
#include "onnx_plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- value by value ---------------------------------------------------- */

/* One loop from input 0 to the output, of the same sizes and order. */
static enum ex_status
elementwise(struct ex_onnx_plan *p, onnx_inner *inner, float a, float b)
{
	const struct value *in = ex_onnx_in(p, 0);
	const struct onnx_dims dims = in->dims;
	struct view views[2];
	struct nest nest = { .inner = inner,
		.a = a,
		.b = b,
		.dims = &dims,
		.views = views,
		.n_views = 2,
		.along = -1,
		.in_place = true };
	enum ex_status status;
	int out;

	status = ex_onnx_make_out(p, &dims, in->nhwc, &out);
	if (status != EX_OK)
		return status;
	views[0] = ex_onnx_view(p, out);
	views[1] = ex_onnx_view(p, p->node->in[0]);
	return ex_onnx_loop(p, &nest);
}

enum ex_status
ex_onnx_node_unary(struct ex_onnx_plan *p)
{
	const struct onnx_node *n = p->node;

	if (ex_onnx_in(p, 0)->whole)
		return refuse(p, EX_ERR_UNSUPPORTED, "not of whole numbers");
	switch (n->op) {
	case ONNX_SIGMOID:
		return elementwise(p, ex_onnx_do_sigmoid, 0, 0);
	case ONNX_SQRT:
		return elementwise(p, ex_onnx_do_root, 0, 0);
	case ONNX_FLOOR:
		return elementwise(p, ex_onnx_do_floor, 0, 0);
	case ONNX_CEIL:
		return elementwise(p, ex_onnx_do_ceil, 0, 0);
	case ONNX_LEAKY_RELU:
		return elementwise(
		    p, ex_onnx_do_leaky, ex_onnx_float(n, "alpha", 0.01f), 0);
	default:
		return elementwise(p, ex_onnx_do_leaky, 0, 0); /* Relu */
	}
}

/* A bound of Clip: an input since opset 11, an attribute before. */
static enum ex_status
bound(struct ex_onnx_plan *p, int input, const char *name, float *x)
{
	const struct value *v = ex_onnx_in(p, input);

	if (p->net->opset < 11)
		*x = ex_onnx_float(p->node, name, *x);
	if (!v)
		return EX_OK;
	if (!v->constant || v->count != 1 || v->whole)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its %s is not one known number", name);
	*x = v->data[0];
	return EX_OK;
}

enum ex_status
ex_onnx_bounds(struct ex_onnx_plan *p, float *low, float *high)
{
	enum ex_status status;

	*low = -INFINITY;
	*high = INFINITY;
	status = bound(p, 1, "min", low);
	if (status == EX_OK)
		status = bound(p, 2, "max", high);
	/* Above low, then below high, as the standard has it where they
	 * cross. */
	*low = *low < *high ? *low : *high;
	return status;
}

enum ex_status
ex_onnx_node_clip(struct ex_onnx_plan *p)
{
	float low, high;
	enum ex_status status = ex_onnx_bounds(p, &low, &high);

	if (status != EX_OK)
		return status;
	if (ex_onnx_in(p, 0)->whole)
		return refuse(p, EX_ERR_UNSUPPORTED, "not of whole numbers");
	return elementwise(p, ex_onnx_do_clip, low, high);
}

bool
ex_onnx_overlay(
    const struct onnx_dims *a, const struct onnx_dims *b, struct onnx_dims *out)
{
	*out = a->rank >= b->rank ? *a : *b;
	for (int i = 1; i <= a->rank && i <= b->rank; i++) {
		const int64_t x = a->n[a->rank - i], y = b->n[b->rank - i];

		if (x != y && x != 1 && y != 1)
			return false;
		out->n[out->rank - i] = x == 1 ? y : x;
	}
	return true;
}

static onnx_inner *
binary_inner(enum onnx_op op, bool whole)
{
	switch (op) {
	case ONNX_ADD:
		return ex_onnx_do_add;
	case ONNX_SUB:
		return ex_onnx_do_sub;
	case ONNX_MUL:
		return ex_onnx_do_mul;
	case ONNX_DIV:
		return whole ? ex_onnx_do_div_whole : ex_onnx_do_div;
	default:
		return ex_onnx_do_prelu;
	}
}

/* Order of an output beside which operands lie as they are. */
static bool
goes_nhwc(const struct value *a, const struct value *b, int rank)
{
	if (rank != 4)
		return false;
	return (a->nhwc && !a->constant && a->count > a->dims.n[1]) ||
	       (b->nhwc && !b->constant && b->count > b->dims.n[1]);
}

enum ex_status
ex_onnx_node_binary(struct ex_onnx_plan *p)
{
	const struct value *a = ex_onnx_in(p, 0), *b = ex_onnx_in(p, 1);
	struct view views[3];
	struct onnx_dims dims;
	struct nest nest = { .dims = &dims,
		.views = views,
		.n_views = 3,
		.along = -1,
		.in_place = true };
	enum ex_status status;
	int out;

	if (!a || !b || !ex_onnx_overlay(&a->dims, &b->dims, &dims))
		return refuse(
		    p, EX_ERR_FORMAT, "sizes of its inputs do not fit");
	if (p->node->op == ONNX_PRELU && ex_onnx_count(&dims) != a->count)
		return refuse(
		    p, EX_ERR_FORMAT, "sizes of its slopes do not fit");
	if (a->whole != b->whole)
		return refuse(
		    p, EX_ERR_FORMAT, "whole numbers and others do not mix");
	nest.inner = binary_inner(p->node->op, a->whole);
	status = ex_onnx_make_out(p, &dims, goes_nhwc(a, b, dims.rank), &out);
	if (status != EX_OK)
		return status;
	views[0] = ex_onnx_view(p, out);
	views[1] = ex_onnx_view_as(p, p->node->in[0], &dims);
	views[2] = ex_onnx_view_as(p, p->node->in[1], &dims);
	return ex_onnx_loop(p, &nest);
}

enum ex_status
ex_onnx_node_cast(struct ex_onnx_plan *p)
{
	enum { FLOAT = 1, INT32 = 6, INT64 = 7 };
	const int64_t to = ex_onnx_int(p->node, "to", 0);
	const struct value *in = ex_onnx_in(p, 0);
	enum ex_status status = EX_OK;

	if (to != FLOAT && to != INT32 && to != INT64)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "to type %lld: only to float, int32, int64", (long long)to);
	if (in->whole || to == FLOAT) {
		status = ex_onnx_same(p, p->node->in[0], &in->dims);
		p->values[p->node->out].whole = to != FLOAT;
		return status;
	}
	if (!in->constant)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "to whole numbers of what the picture decides");
	status = ex_onnx_exact(p, in);
	if (status == EX_OK)
		status = elementwise(p, ex_onnx_do_truncate, 0, 0);
	if (status != EX_OK)
		return status;
	if (!p->values[p->node->out].constant)
		return refuse(p, EX_ERR_TOO_LARGE, "of too many values");
	p->values[p->node->out].whole = true;
	return EX_OK;
}

/* ---- batch normalisation ----------------------------------------------- */

enum ex_status
ex_onnx_affine(struct ex_onnx_plan *p, const struct onnx_node *n,
    int64_t channels, float **out)
{
	const float epsilon = ex_onnx_float(n, "epsilon", 1e-5f);
	const float *in[4];
	float *affine;

	*out = NULL;
	/* `spatial` of old opsets shows in the sizes of the statistics. */
	if (ex_onnx_int(n, "training_mode", 0) != 0)
		return ex_onnx_refuse(p->err, p->net, n, EX_ERR_UNSUPPORTED,
		    "normalises by other than the file's statistics");
	for (int i = 0; i < 4; i++) {
		const struct value *v =
		    n->in[i + 1] < 0 ? NULL : &p->values[n->in[i + 1]];

		if (!v || !v->constant || v->whole || v->count != channels)
			return ex_onnx_refuse(p->err, p->net, n, EX_ERR_FORMAT,
			    "input %d is not one known number a channel",
			    i + 1);
		in[i] = v->data;
	}
	affine = ex_calloc(2 * (size_t)channels, sizeof *affine);
	if (!affine)
		return ex_onnx_no_memory(p);
	for (int64_t c = 0; c < channels; c++) {
		const double scale =
		    (double)in[0][c] / sqrt((double)in[3][c] + (double)epsilon);

		affine[c] = (float)scale;
		affine[channels + c] =
		    (float)((double)in[1][c] - scale * (double)in[2][c]);
		if (isfinite(affine[c]) && isfinite(affine[channels + c]))
			continue;
		free(affine);
		return ex_onnx_refuse(p->err, p->net, n, EX_ERR_FORMAT,
		    "its scale is past what a float holds");
	}
	*out = affine;
	return EX_OK;
}

/* A constant of one number a channel, seen along dimension 1. */
static enum ex_status
per_channel(struct ex_onnx_plan *p, const float *from, int64_t channels,
    struct view *view)
{
	const struct onnx_dims dims = { 1, { channels } };
	int made;
	enum ex_status status = ex_onnx_make(p, -1, &dims, false, true, &made);

	if (status != EX_OK)
		return status;
	memcpy(p->values[made].fold, from, (size_t)channels * sizeof *from);
	*view = (struct view){ .value = made, .stride = { 0, 1 } };
	return EX_OK;
}

/* Where no convolution comes before it: see onnx_conv.c. */
enum ex_status
ex_onnx_node_batch_norm(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	const struct onnx_dims dims = in->dims;
	struct view views[4];
	const struct nest nest = { .inner = ex_onnx_do_affine,
		.dims = &dims,
		.views = views,
		.n_views = 4,
		.along = -1,
		.in_place = true };
	enum ex_status status;
	float *affine;
	int out;

	if (dims.rank < 2 || in->whole)
		return refuse(p, EX_ERR_FORMAT, "its input has no channels");
	status = ex_onnx_affine(p, p->node, dims.n[1], &affine);
	if (status != EX_OK)
		return status;
	status = ex_onnx_make(p, p->node->out, &dims, in->nhwc, false, &out);
	if (status == EX_OK)
		status = per_channel(p, affine, dims.n[1], &views[2]);
	if (status == EX_OK)
		status =
		    per_channel(p, affine + dims.n[1], dims.n[1], &views[3]);
	free(affine);
	if (status != EX_OK)
		return status;
	views[0] = ex_onnx_view(p, out);
	views[1] = ex_onnx_view(p, p->node->in[0]);
	return ex_onnx_loop(p, &nest);
}

/* ---- over axes --------------------------------------------------------- */

/* Which axes: an attribute, an input since opset 13 or 18, all. */
static enum ex_status
take_axes(struct ex_onnx_plan *p, int rank, bool axes[ONNX_RANK])
{
	const struct onnx_ints ints = ex_onnx_ints(p->node, "axes");
	int64_t given[ONNX_RANK];
	int n = (int)(ints.n > ONNX_RANK ? ONNX_RANK : ints.n);

	if (p->node->op == ONNX_GLOBAL_AVERAGE_POOL) {
		for (int i = 2; i < rank; i++)
			axes[i] = true;
		return EX_OK;
	}
	if (n > 0)
		memcpy(given, ints.data, (size_t)n * sizeof *given);
	else if (ex_onnx_in(p, 1))
		n = ex_onnx_whole(p, 1, given, ONNX_RANK);
	for (int i = 0; i < n; i++) {
		const int axis = ex_onnx_axis(given[i], rank);

		if (axis < 0)
			return refuse(p, EX_ERR_FORMAT, "axis out of range");
		axes[axis] = true;
	}
	if (n < 0 || ints.n > ONNX_RANK)
		return refuse(p, EX_ERR_UNSUPPORTED, "its axes are not known");
	if (n == 0 && ex_onnx_int(p->node, "noop_with_empty_axes", 0))
		return refuse(p, EX_ERR_UNSUPPORTED, "without axes");
	for (int i = 0; n == 0 && i < rank; i++)
		axes[i] = true;
	return EX_OK;
}

static enum ex_status
one_loop(struct ex_onnx_plan *p, onnx_inner *inner, float a,
    const struct onnx_dims *dims, struct view to, struct view from)
{
	const struct view views[] = { to, from };
	const struct nest nest = { .inner = inner,
		.a = a,
		.dims = dims,
		.views = views,
		.n_views = 2,
		.along = -1 };

	return ex_onnx_loop(p, &nest);
}

/* Zeros, the sum, and then its share or its root, all in `kept`. */
static enum ex_status
sum_up(struct ex_onnx_plan *p, int kept)
{
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	const int64_t count = ex_onnx_in(p, 0)->count;
	const struct onnx_dims out = p->values[kept].dims;
	const bool root = p->node->op == ONNX_REDUCE_L2;
	const struct view all = ex_onnx_view(p, kept);
	enum ex_status status = ex_onnx_fill(p, kept, 0);

	if (status == EX_OK)
		status =
		    one_loop(p, root ? ex_onnx_do_sum_squares : ex_onnx_do_sum,
			0, &in, ex_onnx_view_as(p, kept, &in),
			ex_onnx_view(p, p->node->in[0]));
	if (status == EX_OK && p->node->op != ONNX_REDUCE_SUM)
		status = one_loop(p, root ? ex_onnx_do_root : ex_onnx_do_scale,
		    (float)ex_onnx_count(&out) / (float)count, &out, all, all);
	return status;
}

enum ex_status
ex_onnx_node_reduce(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	const bool global = p->node->op == ONNX_GLOBAL_AVERAGE_POOL;
	const bool keep = global || ex_onnx_int(p->node, "keepdims", 1) != 0;
	struct onnx_dims kept = in->dims, dropped = { 0 };
	bool axes[ONNX_RANK] = { false };
	enum ex_status status;
	int value;

	if (in->whole || (global && in->dims.rank < 3))
		return refuse(p, EX_ERR_UNSUPPORTED, "of such an input");
	if (in->count == 0 && p->node->op != ONNX_REDUCE_SUM)
		return refuse(p, EX_ERR_FORMAT, "of no values");
	status = take_axes(p, kept.rank, axes);
	if (status != EX_OK)
		return status;
	for (int i = 0; i < kept.rank; i++) {
		if (axes[i])
			kept.n[i] = 1;
		else
			dropped.n[dropped.rank++] = kept.n[i];
	}
	status = ex_onnx_make(p, keep ? p->node->out : -1, &kept, in->nhwc,
	    in->constant && in->count <= 4096, &value);
	if (status == EX_OK)
		status = sum_up(p, value);
	if (status == EX_OK && !keep)
		status = ex_onnx_ordered(p, value, false, &value);
	if (status == EX_OK && !keep)
		status = ex_onnx_same(p, value, &dropped);
	return status;
}

/* Since opset 13 along one axis; before, over all from the axis on. */
enum ex_status
ex_onnx_node_softmax(struct ex_onnx_plan *p)
{
	const bool flat = p->net->opset < 13;
	int in = p->node->in[0], out, axis;
	struct onnx_dims dims = p->values[in].dims;
	struct view views[2];
	struct nest nest = { .inner = ex_onnx_do_softmax,
		.dims = &dims,
		.views = views,
		.n_views = 2 };
	enum ex_status status;

	axis = ex_onnx_axis(
	    ex_onnx_int(p->node, "axis", flat ? 1 : -1), dims.rank);
	if (axis < 0 || p->values[in].whole)
		return refuse(p, EX_ERR_FORMAT, "axis out of range");
	status = flat ? ex_onnx_ordered(p, in, false, &in) : EX_OK;
	if (status == EX_OK)
		status = ex_onnx_make(
		    p, p->node->out, &dims, p->values[in].nhwc, false, &out);
	if (status != EX_OK)
		return status;
	views[0] = ex_onnx_view(p, out);
	views[1] = ex_onnx_view(p, in);
	nest.along = axis;
	if (flat) {
		int64_t rows = 1;

		for (int i = 0; i < axis; i++)
			rows *= dims.n[i];
		dims = (struct onnx_dims){ 2,
			{ rows, p->values[in].count / rows } };
		nest.along = 1;
		for (int k = 0; k < 2; k++) {
			views[k].stride[0] = dims.n[1];
			views[k].stride[1] = 1;
		}
	}
	return ex_onnx_loop(p, &nest);
}
