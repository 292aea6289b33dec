/* SPDX-License-Identifier: Apache-2.0 */
/* Operators over windows of a picture, NHWC: pools and resizing. */
#include "onnx_plan.h"

#include <float.h>
#include <math.h>
#include <string.h>

#ifndef __clang__ /* as in onnx_loops.c */
#pragma GCC optimize("no-trapping-math")
#endif

#define MAX_WINDOW 1024

/* ---- windows ----------------------------------------------------------- */

/* A pair out of an attribute, `otherwise` where it is not there. */
static bool
take_pair(const struct onnx_node *n, const char *name, int otherwise, int to[2])
{
	const struct onnx_ints ints = ex_onnx_ints(n, name);

	to[0] = to[1] = otherwise;
	if (ints.n == 0)
		return true;
	for (size_t i = 0; i < ints.n && i < 2; i++) {
		if (ints.data[i] < 1 || ints.data[i] > MAX_WINDOW)
			return false;
		to[i] = (int)ints.data[i];
	}
	return ints.n == 2;
}

static int
extent(const struct window *w, int side)
{
	return (w->kernel[side] - 1) * w->dilation[side] + 1;
}

/* As many windows as strides, with zeros around where that takes them. */
static void
pad_to_same(struct window *w, const int64_t n[2], bool lower)
{
	for (int i = 0; i < 2; i++) {
		const int64_t windows = (n[i] - 1) / w->stride[i];
		const int64_t lack =
		    windows * w->stride[i] + extent(w, i) - n[i];
		const int all = lack > 0 ? (int)lack : 0;

		w->before[i] = lower ? all - all / 2 : all / 2;
		w->after[i] = all - w->before[i];
	}
}

enum ex_status
ex_onnx_window(struct ex_onnx_plan *p, const struct value *in, struct window *w,
    int kernel_rows, int kernel_columns)
{
	static const char *const autos[] = { "NOTSET", "SAME_UPPER",
		"SAME_LOWER", "VALID", NULL };
	const struct onnx_node *n = p->node;
	const struct onnx_ints pads = ex_onnx_ints(n, "pads");
	const int mode = ex_onnx_choice(n, "auto_pad", autos);

	*w = (struct window){ 0 };
	if (!take_pair(n, "kernel_shape", kernel_rows, w->kernel) ||
	    !take_pair(n, "strides", 1, w->stride) ||
	    !take_pair(n, "dilations", 1, w->dilation) || mode < 0)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "kernel_shape, strides, dilations or auto_pad");
	if (kernel_rows && !ex_onnx_has(n, "kernel_shape"))
		w->kernel[1] = kernel_columns;
	if (w->kernel[0] < 1 || w->kernel[0] > MAX_WINDOW || w->kernel[1] < 1 ||
	    w->kernel[1] > MAX_WINDOW ||
	    (kernel_rows && (w->kernel[0] != kernel_rows ||
				w->kernel[1] != kernel_columns)))
		return refuse(p, EX_ERR_FORMAT,
		    "kernel_shape is missing or not that of the weights");
	if (mode == 1 || mode == 2) {
		pad_to_same(w, in->dims.n + 2, mode == 2);
		return EX_OK;
	}
	if (pads.n != 0 && pads.n != 4)
		return refuse(p, EX_ERR_FORMAT, "pads are not four");
	for (size_t i = 0; i < pads.n && mode == 0; i++) {
		if (pads.data[i] < 0 || pads.data[i] > MAX_WINDOW)
			return refuse(p, EX_ERR_UNSUPPORTED,
			    "pads are negative or over %d", MAX_WINDOW);
		(i < 2 ? w->before : w->after)[i % 2] = (int)pads.data[i];
	}
	return EX_OK;
}

int64_t
ex_onnx_windows(const struct window *w, int side, int64_t n, bool ceil)
{
	const int64_t room =
	    n + w->before[side] + w->after[side] - extent(w, side);
	const int64_t stride = w->stride[side];
	int64_t windows;

	if (room < 0)
		return 0;
	windows = room / stride + 1;
	/* One more for what is left over, if it begins inside. */
	if (ceil && room % stride != 0 &&
	    windows * stride < n + w->before[side])
		windows++;
	return windows;
}

/* ---- pools ------------------------------------------------------------- */

static const float *
pixel(const struct step *s, int n, int y, int x)
{
	return s->data[1] +
	       (((size_t)n * (size_t)s->in[1] + (size_t)y) * (size_t)s->in[2] +
		   (size_t)x) *
		   (size_t)s->in[3];
}

static void
take_tap(const float *restrict in, int channels, bool max, float *restrict out)
{
	if (max)
		for (int c = 0; c < channels; c++)
			out[c] = in[c] > out[c] ? in[c] : out[c];
	else
		for (int c = 0; c < channels; c++)
			out[c] += in[c];
}

/* How many of the taps from `at` on lie before `end`. */
static int
taps_before(const struct window *w, int side, int at, int end)
{
	int n = 0;

	while (n < w->kernel[side] && at + n * w->dilation[side] < end)
		n++;
	return n;
}

static void
pool_one(const struct step *s, int n, int top, int left, float *out)
{
	const struct window *w = &s->window;
	int taps = 0;

	for (int c = 0; c < s->in[3]; c++)
		out[c] = w->max ? -FLT_MAX : 0;
	for (int i = 0; i < w->kernel[0]; i++)
		for (int j = 0; j < w->kernel[1]; j++) {
			const int y = top + i * w->dilation[0];
			const int x = left + j * w->dilation[1];

			if (y < 0 || y >= s->in[1] || x < 0 || x >= s->in[2])
				continue;
			take_tap(pixel(s, n, y, x), s->in[3], w->max, out);
			taps++;
		}
	if (w->max)
		return;
	if (w->count_padding)
		taps = taps_before(w, 0, top, s->in[1] + w->after[0]) *
		       taps_before(w, 1, left, s->in[2] + w->after[1]);
	for (int c = 0; c < s->in[3]; c++)
		out[c] /= (float)(taps ? taps : 1);
}

static bool
run_pool(const struct step *s)
{
	const struct window *w = &s->window;
	float *out = s->data[0];

	for (int n = 0; n < s->out[0]; n++)
		for (int y = 0; y < s->out[1]; y++)
			for (int x = 0; x < s->out[2]; x++) {
				pool_one(s, n, y * w->stride[0] - w->before[0],
				    x * w->stride[1] - w->before[1], out);
				out += s->out[3];
			}
	return true;
}

/* A step from picture to picture. */
static enum ex_status
picture_step(struct ex_onnx_plan *p, bool (*run)(const struct step *),
    const struct onnx_dims *dims, struct step **step)
{
	static const int order[4] = { 0, 2, 3, 1 };
	int in, out;
	enum ex_status status = ex_onnx_ordered(p, p->node->in[0], true, &in);

	if (status == EX_OK)
		status = ex_onnx_make(p, p->node->out, dims, true, false, &out);
	if (status != EX_OK)
		return status;
	*step = ex_onnx_step(p, run, out, in);
	if (!*step)
		return ex_onnx_no_memory(p);
	for (int i = 0; i < 4; i++) {
		(*step)->in[i] = (int)p->values[in].dims.n[order[i]];
		(*step)->out[i] = (int)dims->n[order[i]];
	}
	return EX_OK;
}

/* A tap costs its channels and what finding it does, inside or outside. */
static enum ex_status
pool_work(
    struct ex_onnx_plan *p, const struct window *w, const struct onnx_dims *out)
{
	enum { FINDING = 16 };
	const int64_t count = ex_onnx_count(out);

	if (count < 1)
		return EX_OK; /* refused where it is made */
	return ex_onnx_work(p, count + FINDING * (count / out->n[1]),
	    (int64_t)w->kernel[0] * w->kernel[1]);
}

enum ex_status
ex_onnx_node_pool(struct ex_onnx_plan *p)
{
	const struct onnx_node *n = p->node;
	const struct value *in = ex_onnx_in(p, 0);
	const bool ceil = ex_onnx_int(n, "ceil_mode", 0) != 0;
	struct onnx_dims dims = in->dims;
	enum ex_status status;
	struct window w;
	struct step *s;

	if (dims.rank != 4 || in->whole || ex_onnx_int(n, "storage_order", 0))
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its input is not batch x channels x height x width");
	status = ex_onnx_window(p, in, &w, 0, 0);
	if (status != EX_OK)
		return status;
	for (int i = 0; i < 2; i++) {
		if (w.before[i] >= extent(&w, i) || w.after[i] >= extent(&w, i))
			return refuse(p, EX_ERR_FORMAT,
			    "its padding is as wide as its window");
		dims.n[2 + i] = ex_onnx_windows(&w, i, dims.n[2 + i], ceil);
	}
	status = pool_work(p, &w, &dims);
	if (status != EX_OK)
		return status;
	w.max = n->op == ONNX_MAX_POOL;
	w.count_padding = ex_onnx_int(n, "count_include_pad", 0) != 0;
	status = picture_step(p, run_pool, &dims, &s);
	if (status == EX_OK)
		s->window = w;
	return status;
}

/* ---- resizing ---------------------------------------------------------- */

enum coordinates {
	HALF_PIXEL,
	PYTORCH_HALF_PIXEL,
	ALIGN_CORNERS,
	ASYMMETRIC,
	TF_HALF_PIXEL,
};

struct resizing {
	enum coordinates coordinates;
	int nearest; /* round_prefer_floor, round_prefer_ceil, floor, ceil */
	bool linear;
	float scale[2];
	int64_t from[2], to[2];
};

/* Where in the old the middle of the new i lies (Resize, "x_original"). */
static float
origin(const struct resizing *r, int side, int64_t i)
{
	const float x = (float)i, scale = r->scale[side];

	switch (r->coordinates) {
	case PYTORCH_HALF_PIXEL:
		return r->to[side] > 1 ? (x + 0.5f) / scale - 0.5f : 0;
	case ALIGN_CORNERS:
		return r->to[side] > 1 ? x * (float)(r->from[side] - 1) /
					     (float)(r->to[side] - 1)
				       : 0;
	case ASYMMETRIC:
		return x / scale;
	case TF_HALF_PIXEL:
		return (x + 0.5f) / scale;
	default:
		return (x + 0.5f) / scale - 0.5f;
	}
}

static float
nearest(int mode, float x)
{
	switch (mode) {
	case 0:
		return ceilf(x - 0.5f);
	case 1:
		return floorf(x + 0.5f);
	case 2:
		return floorf(x);
	default:
		return ceilf(x);
	}
}

static const struct source *
sources(struct ex_onnx_plan *p, const struct resizing *r, int side)
{
	const float last = (float)(r->from[side] - 1);
	struct source *s =
	    ex_arena_alloc(p->arena, (size_t)r->to[side], sizeof *s);

	for (int64_t i = 0; s && i < r->to[side]; i++) {
		float x = origin(r, side, i);

		if (!r->linear)
			x = nearest(r->nearest, x);
		x = x > 0 ? (x < last ? x : last) : 0;
		s[i].a = (int)x;
		s[i].b = x < last ? s[i].a + 1 : s[i].a;
		s[i].share = x - (float)s[i].a;
	}
	return s;
}

static void
resize_row(const struct step *s, int n, const struct source *row, float *out)
{
	const size_t channels = (size_t)s->in[3];

	for (int x = 0; x < s->out[2]; x++, out += channels) {
		const struct source *c = &s->columns[x];
		const float *p = pixel(s, n, row->a, c->a);

		if (!s->linear) {
			memcpy(out, p, channels * sizeof *out);
			continue;
		}
		const float *q = pixel(s, n, row->a, c->b);
		const float *p2 = pixel(s, n, row->b, c->a);
		const float *q2 = pixel(s, n, row->b, c->b);
		const float u = c->share, v = row->share;

		for (size_t i = 0; i < channels; i++)
			out[i] = (1 - v) * ((1 - u) * p[i] + u * q[i]) +
				 v * ((1 - u) * p2[i] + u * q2[i]);
	}
}

static bool
run_resize(const struct step *s)
{
	const size_t wide = (size_t)s->out[2] * (size_t)s->out[3];
	float *out = s->data[0];

	for (int n = 0; n < s->out[0]; n++)
		for (int y = 0; y < s->out[1]; y++, out += wide) {
			if (y > 0 && !s->linear &&
			    s->rows[y].a == s->rows[y - 1].a)
				memcpy(out, out - wide, wide * sizeof *out);
			else
				resize_row(s, n, &s->rows[y], out);
		}
	return true;
}

static enum ex_status
take_modes(struct ex_onnx_plan *p, struct resizing *r)
{
	static const char *const modes[] = { "nearest", "linear", NULL };
	static const char *const spaces[] = { "half_pixel",
		"pytorch_half_pixel", "align_corners", "asymmetric",
		"tf_half_pixel_for_nn", NULL };
	static const char *const roundings[] = { "round_prefer_floor",
		"round_prefer_ceil", "floor", "ceil", NULL };
	static const char *const policies[] = { "stretch", NULL };
	const struct onnx_node *n = p->node;
	const bool old = n->op == ONNX_UPSAMPLE || p->net->opset < 11;
	const int mode = ex_onnx_choice(n, "mode", modes);
	const int space =
	    ex_onnx_choice(n, "coordinate_transformation_mode", spaces);

	r->nearest = ex_onnx_choice(n, "nearest_mode", roundings);
	if (mode < 0 || space < 0 || r->nearest < 0 ||
	    ex_onnx_choice(n, "keep_aspect_ratio_policy", policies) < 0 ||
	    ex_onnx_int(n, "antialias", 0) != 0 ||
	    ex_onnx_int(n, "exclude_outside", 0) != 0)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "mode, coordinates, rounding, aspect or antialias");
	r->linear = mode == 1;
	r->coordinates = old ? ASYMMETRIC : (enum coordinates)space;
	if (old)
		r->nearest = 2;
	return EX_OK;
}

/* Sizes asked for, by factors or as they are. */
static enum ex_status
take_sizes(struct ex_onnx_plan *p, struct resizing *r, struct onnx_dims *dims)
{
	const bool old = p->node->op == ONNX_UPSAMPLE || p->net->opset < 11;
	const struct value *scales = ex_onnx_in(p, old ? 1 : 2);
	const struct value *sizes = old ? NULL : ex_onnx_in(p, 3);
	const bool by_size = sizes && sizes->count > 0;
	const struct value *v = by_size ? sizes : scales;

	if (!v || !v->constant || v->count != 4 || v->whole != by_size)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its scales or sizes are not four known numbers");
	for (int i = 0; i < 4; i++) {
		const float from = (float)dims->n[i];
		const float to = by_size ? v->data[i] : v->data[i] * from;

		if (!(to >= 1 && to <= 32768) ||
		    (i < 2 && (int64_t)to != dims->n[i]))
			return refuse(p, EX_ERR_UNSUPPORTED,
			    "it resizes batch or channels, or out of range");
		if (i >= 2) {
			r->from[i - 2] = dims->n[i];
			r->to[i - 2] = (int64_t)to;
			r->scale[i - 2] =
			    by_size ? v->data[i] / from : v->data[i];
		}
		dims->n[i] = (int64_t)to;
	}
	return EX_OK;
}

enum ex_status
ex_onnx_node_resize(struct ex_onnx_plan *p)
{
	const struct value *in = ex_onnx_in(p, 0);
	struct onnx_dims dims = in->dims;
	struct resizing r = { 0 };
	enum ex_status status;
	struct step *s;

	if (dims.rank != 4 || in->whole)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its input is not batch x channels x height x width");
	status = take_modes(p, &r);
	if (status == EX_OK)
		status = take_sizes(p, &r, &dims);
	if (status == EX_OK)
		status = picture_step(p, run_resize, &dims, &s);
	if (status != EX_OK)
		return status;
	s->linear = r.linear;
	s->rows = sources(p, &r, 0);
	s->columns = sources(p, &r, 1);
	return s->rows && s->columns ? EX_OK : ex_onnx_no_memory(p);
}
