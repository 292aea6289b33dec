/* SPDX-License-Identifier: Apache-2.0 */
/* Values and steps while a plan is made. */
#include "onnx_plan.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FOLDED ((int64_t)1 << 22) /* values of one computed constant */
#define EXACT      16777216.0f        /* whole numbers a float holds exactly */

/* Of one node: some 15 s in the slowest loops. All of iResNet100 takes a fifth
 * of it. */
#define MAX_WORK ((int64_t)1 << 36)

enum ex_status
ex_onnx_no_memory(struct ex_onnx_plan *p)
{
	return refuse(p, EX_ERR_NOMEM, "%s", ex_status_text(EX_ERR_NOMEM));
}

struct value *
ex_onnx_in(struct ex_onnx_plan *p, int i)
{
	if (i >= p->node->n_in || p->node->in[i] < 0)
		return NULL;
	return &p->values[p->node->in[i]];
}

enum ex_status
ex_onnx_work(struct ex_onnx_plan *p, int64_t n, int64_t each)
{
	if (n <= 0 || each <= 0 || n <= MAX_WORK / each)
		return EX_OK;
	return refuse(p, EX_ERR_TOO_LARGE, "takes over %lld operations",
	    (long long)MAX_WORK);
}

/* ---- values ------------------------------------------------------------ */

/* Twice the room when it is full; what was there moves along. */
static bool
grow(void **list, int n, int *room, size_t size)
{
	const int wide = *room ? 2 * *room : 256;
	void *bigger;

	if (n < *room)
		return true;
	bigger = ex_calloc((size_t)wide, size);
	if (!bigger)
		return false;
	if (*list)
		memcpy(bigger, *list, (size_t)n * size);
	free(*list);
	*list = bigger;
	*room = wide;
	return true;
}

enum ex_status
ex_onnx_make(struct ex_onnx_plan *p, int id, const struct onnx_dims *dims,
    bool nhwc, bool fold, int *made)
{
	const int64_t count = ex_onnx_count(dims);
	float *data = NULL;
	struct value *v;

	*made = -1;
	if (count < 0 || (count == 0 && !fold) || (fold && count > MAX_FOLDED))
		return refuse(p, EX_ERR_TOO_LARGE,
		    "its output would be empty or too large");
	if (id < 0) {
		void *values = p->values;

		if (!grow(&values, p->n_values, &p->room_values,
			sizeof *p->values))
			return ex_onnx_no_memory(p);
		p->values = values;
		id = p->n_values++;
	}
	if (fold && count > 0) {
		data = ex_arena_alloc(p->arena, (size_t)count, sizeof *data);
		if (!data)
			return ex_onnx_no_memory(p);
	}
	assert(p->values && id < p->n_values);
	v = &p->values[id];
	*v = (struct value){ .made = true,
		.constant = fold,
		.nhwc = nhwc,
		.dims = *dims,
		.count = count,
		.data = data,
		.fold = data,
		.root = id,
		.buffer = -1 };
	*made = id;
	return EX_OK;
}

static bool
all_constant(struct ex_onnx_plan *p)
{
	for (int i = 0; i < p->node->n_in; i++) {
		const struct value *v = ex_onnx_in(p, i);

		if (v && (!v->constant || v->count > MAX_FOLDED))
			return false;
	}
	return true;
}

enum ex_status
ex_onnx_make_out(
    struct ex_onnx_plan *p, const struct onnx_dims *dims, bool nhwc, int *made)
{
	const struct value *first = ex_onnx_in(p, 0);
	const bool whole = first && first->whole, fold = all_constant(p);
	enum ex_status status;

	*made = -1;
	if (whole && !fold)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "whole numbers are for sizes that the input's size tells");
	status = ex_onnx_make(p, p->node->out, dims, nhwc && !fold, fold, made);
	if (status == EX_OK)
		p->values[*made].whole = whole;
	return status;
}

enum ex_status
ex_onnx_same(struct ex_onnx_plan *p, int value, const struct onnx_dims *dims)
{
	struct value *v = &p->values[p->node->out];

	*v = p->values[value];
	v->dims = *dims;
	v->nhwc &= dims->rank == 4;
	assert(ex_onnx_count(dims) == v->count);
	return EX_OK;
}

/* Does the order make no difference? */
static bool
either_order(const struct value *v)
{
	return v->dims.rank != 4 || v->dims.n[1] == 1 ||
	       v->dims.n[2] * v->dims.n[3] == 1;
}

enum ex_status
ex_onnx_ordered(struct ex_onnx_plan *p, int value, bool nhwc, int *ordered)
{
	struct value v = p->values[value];
	enum ex_status status;
	int made;

	*ordered = value;
	if (v.nhwc == nhwc)
		return EX_OK;
	status = ex_onnx_make(
	    p, -1, &v.dims, nhwc, v.constant && v.count <= MAX_FOLDED, &made);
	if (status != EX_OK)
		return status;
	*ordered = made;
	if (either_order(&v)) {
		p->values[made] = v;
		p->values[made].nhwc = nhwc;
		return EX_OK;
	}
	return ex_onnx_copy(
	    p, &v.dims, ex_onnx_view(p, made), ex_onnx_view(p, value));
}

struct view
ex_onnx_view(const struct ex_onnx_plan *p, int value)
{
	const struct value *v = &p->values[value];
	struct view view = { .value = value };
	int64_t step = 1;

	for (int i = v->dims.rank - 1; i >= 0; i--) {
		view.stride[i] = step;
		step *= v->dims.n[i];
	}
	if (v->nhwc) {
		view.stride[1] = 1;
		view.stride[3] = v->dims.n[1];
		view.stride[2] = v->dims.n[3] * view.stride[3];
	}
	return view;
}

struct view
ex_onnx_view_as(
    const struct ex_onnx_plan *p, int value, const struct onnx_dims *to)
{
	const struct value *v = &p->values[value];
	struct view own = ex_onnx_view(p, value), view = { .value = value };
	const int ahead = to->rank - v->dims.rank;

	for (int i = 0; i < v->dims.rank; i++)
		if (v->dims.n[i] > 1)
			view.stride[ahead + i] = own.stride[i];
	return view;
}

int
ex_onnx_whole(struct ex_onnx_plan *p, int i, int64_t *to, int n)
{
	const struct value *v = ex_onnx_in(p, i);

	if (!v || !v->constant || !v->whole || v->dims.rank > 1 || v->count > n)
		return -1;
	for (int k = 0; k < v->count; k++) {
		const float x = v->data[k];

		if (isnan(x))
			return -1;
		/* What is beyond stands for "to the end". */
		to[k] = x > 1e9f    ? 1000000000
			: x < -1e9f ? -1000000000
				    : (int64_t)x;
	}
	return (int)v->count;
}

int
ex_onnx_axis(int64_t axis, int rank)
{
	if (axis < 0)
		axis += rank;
	return axis < 0 || axis >= rank ? -1 : (int)axis;
}

/* ---- steps ------------------------------------------------------------- */

struct step *
ex_onnx_step(
    struct ex_onnx_plan *p, bool (*run)(const struct step *), int out, int in)
{
	void *steps = p->steps;
	struct step *s;

	if (!grow(&steps, p->n_steps, &p->room_steps, sizeof *p->steps))
		return NULL;
	p->steps = steps;
	s = &p->steps[p->n_steps++];
	*s = (struct step){ .run = run, .value = { out, in, -1, -1 } };
	return s;
}

static int64_t
far(int64_t stride)
{
	const int64_t n = stride < 0 ? -stride : stride;

	return n == 0 ? INT64_MAX : n; /* sums: outermost */
}

static void
swap_dims(struct step *s, int i, int j)
{
	const int64_t n = s->n[i];

	s->n[i] = s->n[j];
	s->n[j] = n;
	for (int k = 0; k < MAX_OPERANDS; k++) {
		const int64_t stride = s->stride[k][i];

		s->stride[k][i] = s->stride[k][j];
		s->stride[k][j] = stride;
	}
}

/* The output's far strides outside, so that it is written in order. */
static void
sort_dims(struct step *s, int rank)
{
	for (int i = 1; i < rank; i++)
		for (int j = i;
		     j > 0 && far(s->stride[0][j - 1]) < far(s->stride[0][j]);
		     j--)
			swap_dims(s, j - 1, j);
}

static bool
is_dense(const struct step *s, int dim)
{
	for (int k = 0; k < MAX_OPERANDS; k++)
		if (s->stride[k][dim] == 1)
			return true;
	return false;
}

/* A short inner loop is all overhead: a long one that reads or writes its
 * neighbours is better. */
static void
lengthen_inner(struct step *s)
{
	const int inner = s->rank - 1;
	int best = inner;

	if (s->n[inner] >= 8)
		return;
	for (int i = 0; i < inner; i++)
		if (s->n[i] > s->n[best] && is_dense(s, i))
			best = i;
	for (int i = best; i < inner; i++)
		swap_dims(s, i, i + 1);
}

/* Two neighbours that are one for every operand. */
static bool
merges(const struct step *s, int i)
{
	for (int k = 0; k < MAX_OPERANDS; k++)
		if (s->stride[k][i] != s->stride[k][i + 1] * s->n[i + 1])
			return false;
	return true;
}

static void
drop_dim(struct step *s, int i)
{
	for (; i + 1 < s->rank; i++)
		swap_dims(s, i, i + 1);
	s->rank--;
}

static void
arrange(struct step *s, int along)
{
	const int fixed = along >= 0 ? 1 : 0;

	if (fixed)
		for (int i = along; i + 1 < s->rank; i++)
			swap_dims(s, i, i + 1);
	for (int i = s->rank - 1 - fixed; i >= 0; i--)
		if (s->n[i] == 1 && s->rank > 1)
			drop_dim(s, i);
	sort_dims(s, s->rank - fixed);
	for (int i = s->rank - 2 - fixed; i >= 0; i--)
		if (merges(s, i)) {
			s->n[i + 1] *= s->n[i];
			drop_dim(s, i);
		}
	if (!fixed)
		lengthen_inner(s);
}

enum ex_status
ex_onnx_exact(struct ex_onnx_plan *p, const struct value *v)
{
	for (int64_t i = 0; i < v->count; i++)
		if (!(fabsf(v->data[i]) <= EXACT))
			return refuse(p, EX_ERR_TOO_LARGE,
			    "a whole number is out of range");
	return EX_OK;
}

/* Run at planning what constants alone decide. */
static enum ex_status
fold_step(struct ex_onnx_plan *p, struct step *s)
{
	const struct value *out = &p->values[s->value[0]];

	for (int k = 0; k < MAX_OPERANDS; k++)
		if (s->value[k] >= 0)
			s->data[k] =
			    k == 0 ? out->fold
				   : (float *)(uintptr_t)p->values[s->value[k]]
					 .data;
	s->run(s);
	p->n_steps--;
	if (!out->whole || s->inner == ex_onnx_do_copy)
		return EX_OK;
	return ex_onnx_exact(p, out);
}

enum ex_status
ex_onnx_loop(struct ex_onnx_plan *p, const struct nest *nest)
{
	const struct value *out;
	struct step *s;

	if (ex_onnx_count(nest->dims) == 0)
		return EX_OK; /* a folded one */
	s = ex_onnx_step(p, ex_onnx_run_loop, nest->views[0].value, -1);
	if (!s)
		return ex_onnx_no_memory(p);
	s->inner = nest->inner;
	s->a = nest->a;
	s->b = nest->b;
	s->in_place = nest->in_place;
	s->rank = nest->dims->rank;
	memcpy(s->n, nest->dims->n, sizeof s->n);
	for (int k = 0; k < nest->n_views; k++) {
		s->value[k] = nest->views[k].value;
		s->offset[k] = nest->views[k].offset;
		memcpy(
		    s->stride[k], nest->views[k].stride, sizeof s->stride[k]);
	}
	if (s->rank == 0) { /* one value */
		s->rank = 1;
		s->n[0] = 1;
	}
	arrange(s, nest->along);
	for (int i = 0; i < s->rank; i++)
		s->in_place &= s->stride[0][i] == s->stride[1][i];
	out = &p->values[nest->views[0].value];
	return out->constant ? fold_step(p, s) : EX_OK;
}

enum ex_status
ex_onnx_copy(struct ex_onnx_plan *p, const struct onnx_dims *dims,
    struct view to, struct view from)
{
	const struct view views[] = { to, from };
	const struct nest nest = { .inner = ex_onnx_do_copy,
		.dims = dims,
		.views = views,
		.n_views = 2,
		.along = -1 };

	return ex_onnx_loop(p, &nest);
}

enum ex_status
ex_onnx_fill(struct ex_onnx_plan *p, int value, float x)
{
	const struct onnx_dims dims = p->values[value].dims;
	const struct view view = ex_onnx_view(p, value);
	const struct nest nest = { .inner = ex_onnx_do_fill,
		.a = x,
		.dims = &dims,
		.views = &view,
		.n_views = 1,
		.along = -1 };

	return ex_onnx_loop(p, &nest);
}
