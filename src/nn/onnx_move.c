/* SPDX-License-Identifier: Apache-2.0 */
/* Operators that move values or tell their sizes: the exporters' preambles. */
#include "onnx_plan.h"

#include <string.h>

/* ---- other sizes, the same values -------------------------------------- */

/* The output is the input row by row, seen in other sizes. */
static enum ex_status
reshaped(struct ex_onnx_plan *p, const struct onnx_dims *dims)
{
	int in = p->node->in[0];
	enum ex_status status;

	if (ex_onnx_count(dims) != p->values[in].count)
		return refuse(p, EX_ERR_FORMAT,
		    "%lld values do not fit the sizes asked for",
		    (long long)p->values[in].count);
	status = ex_onnx_ordered(p, in, false, &in);
	return status == EX_OK ? ex_onnx_same(p, in, dims) : status;
}

enum ex_status
ex_onnx_node_reshape(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	struct onnx_dims dims = { 0 };
	int64_t known = 1;
	int open = -1;

	dims.rank = ex_onnx_whole(p, 1, dims.n, ONNX_RANK);
	if (dims.rank < 0)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its sizes are not known, or over 6");
	for (int i = 0; i < dims.rank; i++) {
		if (dims.n[i] == 0 && i < in->dims.rank &&
		    ex_onnx_int(p->node, "allowzero", 0) == 0)
			dims.n[i] = in->dims.n[i];
		if (dims.n[i] == -1 && open >= 0)
			return refuse(
			    p, EX_ERR_FORMAT, "two of its sizes are open");
		if (dims.n[i] == -1)
			open = i;
		else if (dims.n[i] < 1 || dims.n[i] > in->count ||
			 __builtin_mul_overflow(known, dims.n[i], &known))
			return refuse(p, EX_ERR_FORMAT, "sizes out of range");
	}
	if (open >= 0)
		dims.n[open] = in->count / known;
	return reshaped(p, &dims);
}

enum ex_status
ex_onnx_node_flatten(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	int64_t axis = ex_onnx_int(p->node, "axis", 1);
	struct onnx_dims dims = { 2, { 1, 1 } };

	if (axis < 0)
		axis += in->dims.rank;
	if (axis < 0 || axis > in->dims.rank)
		return refuse(p, EX_ERR_FORMAT, "axis out of range");
	for (int i = 0; i < in->dims.rank; i++)
		dims.n[i < axis ? 0 : 1] *= in->dims.n[i];
	return reshaped(p, &dims);
}

/* Axes of (Un)squeeze: an attribute before opset 13, then an input. -1: not
 * known. */
static int
take_axes(struct ex_onnx_plan *p, int64_t axes[ONNX_RANK])
{
	const struct onnx_ints ints = ex_onnx_ints(p->node, "axes");

	if (ints.n == 0)
		return ex_onnx_in(p, 1) ? ex_onnx_whole(p, 1, axes, ONNX_RANK)
					: 0;
	if (ints.n > ONNX_RANK)
		return -1;
	memcpy(axes, ints.data, ints.n * sizeof *axes);
	return (int)ints.n;
}

/* Which of `rank` dimensions are named; false: one is out of range or twice. */
static bool
mark_axes(const int64_t *axes, int n, int rank, bool marked[ONNX_RANK])
{
	for (int i = 0; i < n; i++) {
		const int axis = ex_onnx_axis(axes[i], rank);

		if (axis < 0 || marked[axis])
			return false;
		marked[axis] = true;
	}
	return true;
}

enum ex_status
ex_onnx_node_squeeze(struct ex_onnx_plan *p)
{
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	bool marked[ONNX_RANK] = { false };
	struct onnx_dims dims = { 0 };
	int64_t axes[ONNX_RANK];
	const int n = take_axes(p, axes);

	if (n < 0 || !mark_axes(axes, n, in.rank, marked))
		return refuse(
		    p, EX_ERR_FORMAT, "its axes are not known or out of range");
	for (int i = 0; i < in.rank; i++) {
		if (n == 0)
			marked[i] = in.n[i] == 1;
		if (!marked[i])
			dims.n[dims.rank++] = in.n[i];
		else if (in.n[i] != 1)
			return refuse(p, EX_ERR_FORMAT,
			    "dimension %d is not of size 1", i);
	}
	return reshaped(p, &dims);
}

enum ex_status
ex_onnx_node_unsqueeze(struct ex_onnx_plan *p)
{
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	bool marked[ONNX_RANK] = { false };
	struct onnx_dims dims = { 0 };
	int64_t axes[ONNX_RANK];
	const int n = take_axes(p, axes);
	int from = 0;

	if (n < 1 || in.rank + n > ONNX_RANK ||
	    !mark_axes(axes, n, in.rank + n, marked))
		return refuse(
		    p, EX_ERR_FORMAT, "its axes are not known or out of range");
	dims.rank = in.rank + n;
	for (int i = 0; i < dims.rank; i++)
		dims.n[i] = marked[i] ? 1 : in.n[from++];
	return reshaped(p, &dims);
}

enum ex_status
ex_onnx_node_identity(struct ex_onnx_plan *p)
{
	return ex_onnx_same(p, p->node->in[0], &ex_onnx_in(p, 0)->dims);
}

/* Of use in training alone. */
enum ex_status
ex_onnx_node_dropout(struct ex_onnx_plan *p)
{
	const struct value *training = ex_onnx_in(p, 2);

	if (training && (!training->constant || training->count != 1 ||
			    training->data[0] != 0))
		return refuse(p, EX_ERR_UNSUPPORTED, "in training");
	return ex_onnx_node_identity(p);
}

/* ---- constants --------------------------------------------------------- */

static enum ex_status
make_constant(struct ex_onnx_plan *p, const struct onnx_dims *dims, bool whole,
    const float *data)
{
	p->values[p->node->out] = (struct value){ .made = true,
		.constant = true,
		.whole = whole,
		.dims = *dims,
		.count = ex_onnx_count(dims),
		.data = data,
		.root = p->node->out,
		.buffer = -1 };
	return EX_OK;
}

static enum ex_status
make_row(struct ex_onnx_plan *p, int rank, int64_t n, bool whole)
{
	const struct onnx_dims dims = { rank, { n } };
	int made;
	enum ex_status status =
	    ex_onnx_make(p, p->node->out, &dims, false, true, &made);

	if (status == EX_OK)
		p->values[made].whole = whole;
	return status;
}

/* By one of five attributes. */
enum ex_status
ex_onnx_node_constant(struct ex_onnx_plan *p)
{
	const struct onnx_node *n = p->node;
	const struct onnx_constant *c = n->tensor;
	const struct onnx_ints ints = ex_onnx_ints(n, "value_ints");
	const struct onnx_floats floats = ex_onnx_floats(n, "value_floats");
	const bool one = ex_onnx_has(n, "value_float"),
		   one_whole = ex_onnx_has(n, "value_int");
	const size_t count = one || one_whole ? 1 : ints.n + floats.n;
	enum ex_status status;
	float *to;

	if (c)
		return make_constant(p, &c->dims, c->whole, c->data);
	if (count == 0)
		return refuse(p, EX_ERR_UNSUPPORTED, "without a value");
	status = make_row(p, one || one_whole ? 0 : 1, (int64_t)count,
	    one_whole || ints.n > 0);
	if (status != EX_OK)
		return status;
	to = p->values[n->out].fold;
	if (one || one_whole)
		to[0] = one ? ex_onnx_float(n, "value_float", 0)
			    : (float)ex_onnx_int(n, "value_int", 0);
	else
		for (size_t i = 0; i < count; i++)
			to[i] = ints.n ? (float)ints.data[i] : floats.data[i];
	return EX_OK;
}

enum ex_status
ex_onnx_node_constant_of_shape(struct ex_onnx_plan *p)
{
	const struct onnx_constant *c = p->node->tensor;
	struct onnx_dims dims = { 0 };
	enum ex_status status;
	int made;

	dims.rank = ex_onnx_whole(p, 0, dims.n, ONNX_RANK);
	if (dims.rank < 0 || (c && c->count != 1))
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its sizes or its value are not known");
	status = ex_onnx_make(p, p->node->out, &dims, false, true, &made);
	if (status != EX_OK)
		return status;
	p->values[made].whole = c && c->whole;
	for (int64_t i = 0; i < p->values[made].count; i++)
		p->values[made].fold[i] = c ? c->data[0] : 0;
	return EX_OK;
}

/* An index as Shape and Slice clamp it. */
static int64_t
clamped(int64_t at, int64_t n, int64_t low, int64_t high)
{
	if (at < 0)
		at += n;
	return at < low ? low : at > high ? high : at;
}

enum ex_status
ex_onnx_node_shape(struct ex_onnx_plan *p)
{
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	const int64_t start =
	    clamped(ex_onnx_int(p->node, "start", 0), in.rank, 0, in.rank);
	const int64_t end = clamped(
	    ex_onnx_int(p->node, "end", in.rank), in.rank, start, in.rank);
	enum ex_status status = make_row(p, 1, end - start, true);

	for (int64_t i = start; status == EX_OK && i < end; i++)
		p->values[p->node->out].fold[i - start] = (float)in.n[i];
	return status;
}

/* ---- copies ------------------------------------------------------------ */

enum ex_status
ex_onnx_node_transpose(struct ex_onnx_plan *p)
{
	const struct onnx_ints perm = ex_onnx_ints(p->node, "perm");
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	const struct view whole = ex_onnx_view(p, p->node->in[0]);
	struct view from = { .value = whole.value };
	struct onnx_dims dims = { .rank = in.rank };
	bool taken[ONNX_RANK] = { false };
	enum ex_status status;
	int out;

	if (perm.n != 0 && perm.n != (size_t)in.rank)
		return refuse(p, EX_ERR_FORMAT, "its order is not of its axes");
	for (int i = 0; i < in.rank; i++) {
		const int64_t axis = perm.n ? perm.data[i] : in.rank - 1 - i;

		if (axis < 0 || axis >= in.rank || taken[axis])
			return refuse(
			    p, EX_ERR_FORMAT, "its order is not of its axes");
		taken[axis] = true;
		dims.n[i] = in.n[axis];
		from.stride[i] = whole.stride[axis];
	}
	status = ex_onnx_make_out(p, &dims, false, &out);
	if (status != EX_OK)
		return status;
	return ex_onnx_copy(p, &dims, ex_onnx_view(p, out), from);
}

enum ex_status
ex_onnx_node_expand(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	struct onnx_dims wanted = { 0 }, dims;
	enum ex_status status;
	int out;

	wanted.rank = ex_onnx_whole(p, 1, wanted.n, ONNX_RANK);
	if (wanted.rank < 0 || !ex_onnx_overlay(&in->dims, &wanted, &dims))
		return refuse(p, EX_ERR_FORMAT,
		    "the sizes asked for are not known or do not fit");
	status = ex_onnx_make_out(p, &dims, in->nhwc && dims.rank == 4, &out);
	if (status != EX_OK)
		return status;
	return ex_onnx_copy(p, &dims, ex_onnx_view(p, out),
	    ex_onnx_view_as(p, p->node->in[0], &dims));
}

/* Sizes of the parts side by side along `axis`; false: they do not fit. */
static bool
joined(struct ex_onnx_plan *p, int axis, struct onnx_dims *dims)
{
	*dims = ex_onnx_in(p, 0)->dims;
	for (int k = 1; k < p->node->n_in; k++) {
		const struct value *v = ex_onnx_in(p, k);

		if (!v || v->dims.rank != dims->rank ||
		    v->whole != ex_onnx_in(p, 0)->whole)
			return false;
		for (int i = 0; i < dims->rank; i++)
			if (i != axis && v->dims.n[i] != dims->n[i])
				return false;
		dims->n[axis] += v->dims.n[axis];
	}
	return true;
}

enum ex_status
ex_onnx_node_concat(struct ex_onnx_plan *p)
{
	const struct onnx_node *n = p->node;
	const struct value *first = ex_onnx_in(p, 0);
	struct onnx_dims dims;
	enum ex_status status;
	struct view to;
	int axis, out;

	axis = ex_onnx_axis(ex_onnx_int(n, "axis", 0), first->dims.rank);
	if (axis < 0 || !joined(p, axis, &dims))
		return refuse(
		    p, EX_ERR_FORMAT, "sizes of its inputs do not fit");
	status = ex_onnx_make_out(p, &dims, first->nhwc, &out);
	if (status != EX_OK)
		return status;
	to = ex_onnx_view(p, out);
	for (int k = 0; k < n->n_in && status == EX_OK; k++) {
		const struct onnx_dims part = ex_onnx_in(p, k)->dims;

		status = ex_onnx_copy(p, &part, to, ex_onnx_view(p, n->in[k]));
		to.offset += part.n[axis] * to.stride[axis];
	}
	return status;
}

struct cut {
	int64_t starts[ONNX_RANK], ends[ONNX_RANK], axes[ONNX_RANK],
	    steps[ONNX_RANK];
};

/* Inputs since opset 10, attributes before. -1: not known. */
static int
take_cut(struct ex_onnx_plan *p, struct cut *c)
{
	const struct onnx_ints starts = ex_onnx_ints(p->node, "starts"),
			       ends = ex_onnx_ints(p->node, "ends"),
			       axes = ex_onnx_ints(p->node, "axes");
	int n = (int)(starts.n > ONNX_RANK ? ONNX_RANK + 1 : starts.n);

	for (int i = 0; i < ONNX_RANK; i++) {
		c->axes[i] = i;
		c->steps[i] = 1;
	}
	if (p->node->n_in > 1) {
		n = ex_onnx_whole(p, 1, c->starts, ONNX_RANK);
		if (n < 0 || ex_onnx_whole(p, 2, c->ends, ONNX_RANK) != n ||
		    (ex_onnx_in(p, 3) &&
			ex_onnx_whole(p, 3, c->axes, ONNX_RANK) != n) ||
		    (ex_onnx_in(p, 4) &&
			ex_onnx_whole(p, 4, c->steps, ONNX_RANK) != n))
			return -1;
		return n;
	}
	if (n < 1 || n > ONNX_RANK || ends.n != starts.n ||
	    (axes.n != 0 && axes.n != starts.n))
		return -1;
	for (int i = 0; i < n; i++) {
		c->starts[i] = starts.data[i];
		c->ends[i] = ends.data[i];
		c->axes[i] = axes.n ? axes.data[i] : i;
	}
	return n;
}

/* Narrow one dimension. */
static bool
cut_axis(const struct cut *c, int i, struct onnx_dims *dims, struct view *from)
{
	const int axis = ex_onnx_axis(c->axes[i], dims->rank);
	const int64_t step = c->steps[i];
	int64_t n, start, end;

	if (axis < 0 || step == 0 || step < -65536 || step > 65536)
		return false;
	n = dims->n[axis];
	if (step > 0) {
		start = clamped(c->starts[i], n, 0, n);
		end = clamped(c->ends[i], n, start, n);
		dims->n[axis] = (end - start + step - 1) / step;
	} else {
		start = clamped(c->starts[i], n, 0, n - 1);
		end = c->ends[i] <= -1 - n ? -1
					   : clamped(c->ends[i], n, -1, start);
		dims->n[axis] = (start - end - step - 1) / -step;
	}
	from->offset += start * from->stride[axis];
	from->stride[axis] *= step;
	return true;
}

enum ex_status
ex_onnx_node_slice(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	struct view from = ex_onnx_view(p, p->node->in[0]);
	struct onnx_dims dims = in->dims;
	bool cut[ONNX_RANK] = { false };
	enum ex_status status;
	struct cut c = { 0 };
	const int n = take_cut(p, &c);
	int out;

	if (n < 0 || !mark_axes(c.axes, n, dims.rank, cut))
		return refuse(
		    p, EX_ERR_UNSUPPORTED, "where it cuts is not known");
	for (int i = 0; i < n; i++)
		if (!cut_axis(&c, i, &dims, &from))
			return refuse(p, EX_ERR_UNSUPPORTED,
			    "it cuts with a step out of range");
	status = ex_onnx_make_out(p, &dims, in->nhwc, &out);
	if (status != EX_OK)
		return status;
	return ex_onnx_copy(p, &dims, ex_onnx_view(p, out), from);
}

/* What Gather picks: whole numbers of any rank. */
static enum ex_status
pick(struct ex_onnx_plan *p, int axis, const struct value *indices,
    const struct onnx_dims *part, int out)
{
	const struct view whole = ex_onnx_view(p, p->node->in[0]);
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	const int64_t count = indices->count;
	const float *at = indices->data;
	struct view from = { .value = whole.value }, to = { .value = out };
	enum ex_status status = EX_OK;
	int64_t inside = 1;

	/* `part` is the input without the axis; in the output the indices'
	 * dimensions stand in its place. */
	for (int i = part->rank - 1; i >= 0; i--) {
		from.stride[i] = whole.stride[i < axis ? i : i + 1];
		to.stride[i] = inside * (i < axis ? count : 1);
		inside *= part->n[i];
	}
	inside = 1;
	for (int i = axis; i < part->rank; i++)
		inside *= part->n[i];
	for (int64_t k = 0; k < count && status == EX_OK; k++) {
		const int64_t n = in.n[axis];
		const float x = at[k] < 0 ? at[k] + (float)n : at[k];

		if (!(x >= 0 && x < (float)n))
			return refuse(p, EX_ERR_FORMAT, "index out of range");
		from.offset = (int64_t)x * whole.stride[axis];
		to.offset = k * inside;
		status = ex_onnx_copy(p, part, to, from);
	}
	return status;
}

enum ex_status
ex_onnx_node_gather(struct ex_onnx_plan *p)
{
	const struct onnx_dims in = ex_onnx_in(p, 0)->dims;
	const struct value *indices = ex_onnx_in(p, 1);
	const int axis = ex_onnx_axis(ex_onnx_int(p->node, "axis", 0), in.rank);
	struct onnx_dims dims = { 0 }, part = { 0 };
	enum ex_status status;
	int out;

	if (!indices || !indices->constant || !indices->whole ||
	    indices->count > 1024)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its indices are not known, or over 1024");
	if (axis < 0 || in.rank - 1 + indices->dims.rank > ONNX_RANK)
		return refuse(p, EX_ERR_FORMAT, "axis out of range");
	for (int i = 0; i < in.rank; i++) {
		if (i != axis) {
			part.n[part.rank++] = in.n[i];
			dims.n[dims.rank++] = in.n[i];
			continue;
		}
		for (int k = 0; k < indices->dims.rank; k++)
			dims.n[dims.rank++] = indices->dims.n[k];
	}
	status = ex_onnx_make_out(p, &dims, false, &out);
	if (status != EX_OK)
		return status;
	return pick(p, axis, &p->values[p->node->in[1]], &part, out);
}
