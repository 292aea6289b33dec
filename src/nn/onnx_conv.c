/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolutions, and products with known matrices, which are convolutions of one
 * row of pixels. What follows one and is used by nobody else goes into it:
 * batch normalisation and known addends into weights and bias, activations and
 * the other branch of a residual block into what the kernel does to its output.
 */
#include "onnx_plan.h"

#include "ops.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FUSED 8

/* A convolution in the making. */
struct making {
	struct conv_spec spec;
	const float *given; /* the file's weights, out x in x rows x columns */
	float *own;         /* the same, changed; heap; else NULL */
	float *bias;        /* of the plan */
	bool full;          /* a product: its rows are the picture's columns */
	struct onnx_dims out;
	int other; /* value that CONV_ADD adds, -1 */
	int fused[MAX_FUSED];
	int n_fused;
};

static bool
run_conv(const struct step *s)
{
	return ex_conv_run_add(
	    s->conv, s->data[1], s->data[2], s->data[0], s->scratch);
}

static bool
run_winograd(const struct step *s)
{
	return ex_winograd_run(s->winograd, s->data[1], s->data[0], s->scratch);
}

static size_t
weights_each(const struct conv_spec *s)
{
	return (size_t)(s->channels / s->groups) * (size_t)s->kernel[0] *
	       (size_t)s->kernel[1];
}

/* ---- what follows ------------------------------------------------------ */

static enum ex_status
fuse_batch_norm(
    struct ex_onnx_plan *p, const struct onnx_node *next, struct making *m)
{
	const size_t channels = (size_t)m->spec.out_channels,
		     each = weights_each(&m->spec);
	float *affine;
	enum ex_status status =
	    ex_onnx_affine(p, next, m->spec.out_channels, &affine);

	if (status != EX_OK)
		return status;
	if (!m->own) {
		m->own = ex_calloc(channels * each, sizeof *m->own);
		if (!m->own) {
			free(affine);
			return ex_onnx_no_memory(p);
		}
		memcpy(m->own, m->given, channels * each * sizeof *m->own);
	}
	for (size_t c = 0; c < channels; c++) {
		for (size_t i = 0; i < each; i++)
			m->own[c * each + i] *= affine[c];
		m->bias[c] = m->bias[c] * affine[c] + affine[channels + c];
	}
	free(affine);
	return EX_OK;
}

static bool
same_dims(const struct onnx_dims *a, const struct onnx_dims *b)
{
	return a->rank == b->rank &&
	       memcmp(a->n, b->n, (size_t)a->rank * sizeof *a->n) == 0;
}

/* Is it one known number a channel? */
static bool
is_bias(const struct value *v, const struct making *m)
{
	const int at = v->dims.rank - (m->full ? 1 : 3);

	return v->constant && !v->whole && v->count == m->spec.out_channels &&
	       at >= 0 && v->dims.rank <= m->out.rank &&
	       v->dims.n[at] == v->count;
}

static bool
fuse_add(struct ex_onnx_plan *p, const struct onnx_node *next, int out,
    bool may_add, struct making *m)
{
	const int other = next->in[0] == out ? next->in[1] : next->in[0];
	const struct value *v = other < 0 ? NULL : &p->values[other];

	if (!v)
		return false;
	if (m->spec.n_posts == 0 && is_bias(v, m)) {
		for (int c = 0; c < m->spec.out_channels; c++)
			m->bias[c] += v->data[c];
		return true;
	}
	if (!may_add || m->other >= 0 || v->constant || m->out.rank == 3 ||
	    !same_dims(&v->dims, &m->out))
		return false;
	m->other = other;
	m->spec.posts[m->spec.n_posts++] =
	    (struct conv_post){ .what = CONV_ADD };
	return true;
}

/* oneDNN 2.6 gives two posts of one kind the parameters of one of them. */
static bool
has_post(const struct making *m, enum conv_then what)
{
	for (int i = 0; i < m->spec.n_posts; i++)
		if (m->spec.posts[i].what == what)
			return true;
	return false;
}

static enum ex_status
fuse_activation(struct ex_onnx_plan *p, const struct onnx_node *next,
    struct making *m, bool *took)
{
	struct conv_post post = { .what = CONV_LEAKY };
	const struct onnx_node *held = p->node;
	enum ex_status status = EX_OK;

	if (next->op == ONNX_LEAKY_RELU)
		post.a = ex_onnx_float(next, "alpha", 0.01f);
	if (next->op == ONNX_SIGMOID)
		post.what = CONV_SIGMOID;
	if (next->op == ONNX_CLIP)
		post.what = CONV_CLIP;
	*took = !has_post(m, post.what);
	if (!*took)
		return EX_OK;
	if (next->op == ONNX_CLIP) {
		p->node = next;
		status = ex_onnx_bounds(p, &post.a, &post.b);
		p->node = held;
	}
	m->spec.posts[m->spec.n_posts++] = post;
	return status;
}

/* Is all there that it takes besides the value that it follows? */
static bool
others_made(const struct ex_onnx_plan *p, const struct onnx_node *next, int out)
{
	for (int i = 0; i < next->n_in; i++)
		if (next->in[i] >= 0 && next->in[i] != out &&
		    !p->values[next->in[i]].made)
			return false;
	return true;
}

/* *took: whether the next node went in. */
static enum ex_status
fuse_one(struct ex_onnx_plan *p, const struct onnx_node *next, int out,
    bool may_add, struct making *m, bool *took)
{
	*took = false;
	if (m->spec.n_posts == CONV_MAX_POSTS || m->n_fused == MAX_FUSED ||
	    !others_made(p, next, out))
		return EX_OK;
	switch (next->op) {
	case ONNX_BATCH_NORM:
		*took = next->in[0] == out && m->spec.n_posts == 0 &&
			(!m->full || m->out.rank == 2);
		return *took ? fuse_batch_norm(p, next, m) : EX_OK;
	case ONNX_CLIP:
	case ONNX_RELU:
	case ONNX_LEAKY_RELU:
	case ONNX_SIGMOID:
		return next->in[0] == out ? fuse_activation(p, next, m, took)
					  : EX_OK;
	case ONNX_ADD:
		*took = fuse_add(p, next, out, may_add, m);
		return EX_OK;
	default:
		return EX_OK;
	}
}

/* The node's followers, one by one, while each is the only user. */
static enum ex_status
fuse(struct ex_onnx_plan *p, bool may_add, struct making *m)
{
	int out = p->node->out;
	enum ex_status status = EX_OK;
	bool took = true;

	while (took && status == EX_OK) {
		const struct onnx_value *v = &p->net->values[out];

		if (v->uses != 1 || v->user < 0)
			break;
		status = fuse_one(
		    p, &p->net->nodes[v->user], out, may_add, m, &took);
		if (!took || status != EX_OK)
			break;
		m->fused[m->n_fused++] = v->user;
		out = p->net->nodes[v->user].out;
	}
	return status;
}

/* ---- the step ---------------------------------------------------------- */

/* What computes it: one of the two. */
struct kernel {
	struct conv *conv;
	struct winograd *winograd;
};

static void
free_kernel(struct kernel *k)
{
	ex_conv_free(&k->conv);
	ex_winograd_free(&k->winograd);
}

/* As the shape that the faster kernels know; false: it is none. */
static bool
is_square(const struct conv_spec *s, struct conv_shape *shape)
{
	const int pad = s->before[0];

	*shape = (struct conv_shape){
		.batch = s->batch,
		.height = s->height,
		.width = s->width,
		.channels = s->channels,
		.out_height = s->out_height,
		.out_width = s->out_width,
		.out_channels = s->out_channels,
		.kernel = s->kernel[0],
		.stride = s->stride[0],
		.pad = pad,
		.relu = s->n_posts == 1 && s->posts[0].what == CONV_LEAKY &&
			s->posts[0].a == 0,
	};
	return s->groups == 1 && s->kernel[0] == s->kernel[1] &&
	       s->stride[0] == s->stride[1] && s->dilation[0] == 1 &&
	       s->dilation[1] == 1 && s->before[1] == pad &&
	       s->after[0] == pad && s->after[1] == pad &&
	       (s->n_posts == 0 || shape->relu);
}

/* A file's single number may be infinite, and finite ones may be folded past
 * what a float holds. */
static bool
are_finite(const float *p, size_t n)
{
	bool finite = true;

	for (size_t i = 0; i < n; i++)
		finite &= isfinite(p[i]) != 0;
	return finite;
}

static enum ex_status
make_kernel(struct ex_onnx_plan *p, const struct making *m, struct kernel *k)
{
	const float *weights = m->own ? m->own : m->given;
	struct conv_shape shape;
	enum ex_status status;
	const size_t out = (size_t)m->spec.out_channels;

	if (!are_finite(weights, out * weights_each(&m->spec)) ||
	    !are_finite(m->bias, out))
		return refuse(
		    p, EX_ERR_FORMAT, "its weights are not finite numbers");
	if (is_square(&m->spec, &shape) && ex_winograd_suits(&shape))
		status =
		    ex_winograd_new(&shape, weights, m->bias, &k->winograd);
	else
		status = ex_conv_make(&m->spec, weights, m->bias, &k->conv);
	if (status != EX_OK)
		refuse(p, status, "the library has no kernel for it");
	return status;
}

/* The plan's bias: what the node has, or zeros. */
static enum ex_status
begin(struct ex_onnx_plan *p, const struct value *bias, float factor,
    struct making *m)
{
	const int n = m->spec.out_channels;

	m->other = -1;
	m->n_fused = m->spec.n_posts = 0;
	m->bias = ex_arena_alloc(p->arena, (size_t)n, sizeof *m->bias);
	if (!m->bias)
		return ex_onnx_no_memory(p);
	for (int c = 0; bias && c < n; c++)
		m->bias[c] = factor * bias->data[bias->count == 1 ? 0 : c];
	return EX_OK;
}

static enum ex_status
make_step(
    struct ex_onnx_plan *p, int in, struct making *m, struct kernel *kernel)
{
	const size_t need = kernel->conv
				? ex_conv_scratch_size(kernel->conv)
				: ex_winograd_scratch_size(kernel->winograd);
	int out, other = m->other;
	enum ex_status status = EX_OK;
	struct step *s = NULL;

	for (int i = 0; i < m->n_fused; i++) {
		p->done[m->fused[i]] = true;
		p->node = &p->net->nodes[m->fused[i]];
	}
	if (other >= 0)
		status = ex_onnx_ordered(p, other, !m->full, &other);
	if (status == EX_OK)
		status = ex_onnx_make(
		    p, p->node->out, &m->out, !m->full, false, &out);
	if (status == EX_OK)
		s = ex_onnx_step(
		    p, kernel->conv ? run_conv : run_winograd, out, in);
	if (!s) {
		free_kernel(kernel);
		return status == EX_OK ? ex_onnx_no_memory(p) : status;
	}
	s->value[2] = other;
	s->conv = kernel->conv;
	s->winograd = kernel->winograd;
	if (p->scratch_size < need)
		p->scratch_size = need;
	return EX_OK;
}

/* Worth a step of its own for the sum: fewer products, or no reference. */
static bool
better_apart(const struct making *m, const struct kernel *k)
{
	struct conv_spec alone = m->spec;
	struct conv_shape shape;

	if (m->other < 0)
		return false;
	alone.n_posts = 0;
	return ex_conv_is_slow(k->conv) ||
	       (is_square(&alone, &shape) && ex_winograd_suits(&shape));
}

/*
 * With its followers. Where the library has no fast kernel that adds another
 * tensor, without that one; nor below AVX2, where oneDNN 2.6 adds it wrongly
 * when the channels do not fill its vectors.
 */
static enum ex_status
emit(struct ex_onnx_plan *p, int in, const struct value *bias, float factor,
    struct making *m)
{
	struct kernel kernel = { NULL, NULL };
	enum ex_status status = EX_OK;

	for (int may_add = ex_cpu_flags() & EX_CPU_AVX2 ? 1 : 0; may_add >= 0;
	     may_add--) {
		free_kernel(&kernel);
		status = begin(p, bias, factor, m);
		if (status == EX_OK)
			status = fuse(p, may_add, m);
		if (status == EX_OK)
			status = make_kernel(p, m, &kernel);
		free(m->own);
		m->own = NULL;
		if (status != EX_OK || !better_apart(m, &kernel))
			break;
	}
	return status == EX_OK ? make_step(p, in, m, &kernel) : status;
}

/* ---- Conv -------------------------------------------------------------- */

static enum ex_status
check_conv(struct ex_onnx_plan *p, int64_t groups)
{
	const struct value *in = ex_onnx_in(p, 0), *w = ex_onnx_in(p, 1),
			   *bias = ex_onnx_in(p, 2);

	if (!in || in->dims.rank != 4 || in->whole)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its input is not batch x channels x height x width");
	if (!w || !w->constant || w->whole || w->dims.rank != 4 || w->count < 1)
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its weights are not known, or not of 4 dimensions");
	if (groups < 1 || groups > in->dims.n[1] ||
	    w->dims.n[1] * groups != in->dims.n[1] ||
	    w->dims.n[0] % groups != 0 || w->dims.n[0] > 65536)
		return refuse(p, EX_ERR_FORMAT,
		    "its weights are not for %lld channels in %lld groups",
		    (long long)in->dims.n[1], (long long)groups);
	if (bias &&
	    (!bias->constant || bias->whole || bias->count != w->dims.n[0]))
		return refuse(p, EX_ERR_UNSUPPORTED,
		    "its bias is not one known number a channel");
	return EX_OK;
}

static void
describe_conv(const struct value *in, const struct value *w,
    const struct window *window, int groups, struct making *m)
{
	struct conv_spec *s = &m->spec;

	*m = (struct making){ .given = w->data };
	s->batch = (int)in->dims.n[0];
	s->channels = (int)in->dims.n[1];
	s->height = (int)in->dims.n[2];
	s->width = (int)in->dims.n[3];
	s->groups = groups;
	s->out_channels = (int)w->dims.n[0];
	memcpy(s->kernel, window->kernel, sizeof s->kernel);
	memcpy(s->stride, window->stride, sizeof s->stride);
	memcpy(s->dilation, window->dilation, sizeof s->dilation);
	memcpy(s->before, window->before, sizeof s->before);
	memcpy(s->after, window->after, sizeof s->after);
	m->out = (struct onnx_dims){ 4,
		{ s->batch, s->out_channels,
		    ex_onnx_windows(window, 0, s->height, false),
		    ex_onnx_windows(window, 1, s->width, false) } };
	s->out_height = (int)m->out.n[2];
	s->out_width = (int)m->out.n[3];
}

enum ex_status
ex_onnx_node_conv(struct ex_onnx_plan *p)
{
	const int64_t groups = ex_onnx_int(p->node, "group", 1);
	const struct value *w = ex_onnx_in(p, 1);
	enum ex_status status = check_conv(p, groups);
	struct window window;
	struct making m;
	int in;

	if (status == EX_OK)
		status = ex_onnx_window(p, ex_onnx_in(p, 0), &window,
		    (int)w->dims.n[2], (int)w->dims.n[3]);
	if (status != EX_OK)
		return status;
	describe_conv(ex_onnx_in(p, 0), w, &window, (int)groups, &m);
	if (ex_onnx_count(&m.out) < 1)
		return refuse(p, EX_ERR_TOO_LARGE,
		    "its output would be empty or too large");
	status = ex_onnx_work(
	    p, ex_onnx_count(&m.out), (int64_t)weights_each(&m.spec));
	if (status == EX_OK)
		status = ex_onnx_ordered(p, p->node->in[0], true, &in);
	if (status != EX_OK)
		return status;
	return emit(p, in, ex_onnx_in(p, 2), 1, &m);
}

/* ---- products with a known matrix -------------------------------------- */

/* out x in from in x out, or scaled: a copy on the heap. */
static float *
turned(const float *from, int64_t in, int64_t out, bool turn, float scale)
{
	float *to = ex_calloc((size_t)(in * out), sizeof *to);

	for (int64_t o = 0; to && o < out; o++)
		for (int64_t i = 0; i < in; i++)
			to[o * in + i] =
			    scale * from[turn ? i * out + o : o * in + i];
	return to;
}

/* rows x inner values of `in` by a known matrix of inner x columns, which lies
 * `turn`ed (inner x columns) or not (columns x inner); plus `factor` times the
 * third input, if there is one. */
static enum ex_status
known_product(struct ex_onnx_plan *p, int in, const struct onnx_dims *out,
    bool turn, float scale, float factor)
{
	const struct value *w = ex_onnx_in(p, 1);
	const int64_t columns = out->n[out->rank - 1];
	struct making m = { .given = w->data, .full = true, .out = *out };
	float *turned_weights = NULL;
	enum ex_status status;
	int64_t rows, inner;

	assert(columns > 0); /* the caller saw that the output is not empty */
	rows = ex_onnx_count(out) / columns;
	inner = w->count / columns;
	if (rows > 1 << 20 || inner > 1 << 20 || columns > 65536)
		return refuse(
		    p, EX_ERR_TOO_LARGE, "its matrices are too large");
	m.spec = (struct conv_spec){ .batch = 1,
		.height = 1,
		.width = (int)rows,
		.channels = (int)inner,
		.out_height = 1,
		.out_width = (int)rows,
		.out_channels = (int)columns,
		.groups = 1,
		.kernel = { 1, 1 },
		.stride = { 1, 1 },
		.dilation = { 1, 1 } };
	if (turn || scale != 1.0f) {
		turned_weights = turned(w->data, inner, columns, turn, scale);
		if (!turned_weights)
			return ex_onnx_no_memory(p);
		m.given = turned_weights;
	}
	status = ex_onnx_ordered(p, in, false, &in);
	if (status == EX_OK)
		status = emit(p, in, ex_onnx_in(p, 2), factor, &m);
	free(turned_weights);
	return status;
}

/* ---- products of what the run brings ----------------------------------- */

/* out = left x right, over dims that end in rows, inner, columns. */
static enum ex_status
any_product(struct ex_onnx_plan *p, const struct onnx_dims *dims,
    struct view out, struct view left, struct view right)
{
	const struct view views[] = { out, left, right };
	const struct nest nest = { .inner = ex_onnx_do_sum_products,
		.dims = dims,
		.views = views,
		.n_views = 3,
		.along = -1 };
	enum ex_status status = ex_onnx_fill(p, out.value, 0);

	return status == EX_OK ? ex_onnx_loop(p, &nest) : status;
}

static enum ex_status
add_scaled(struct ex_onnx_plan *p, int out, const struct value *c, float beta)
{
	const struct onnx_dims dims = p->values[out].dims, own = c->dims;
	const int from = (int)(c - p->values);
	struct view views[3];
	struct nest nest = { .inner = ex_onnx_do_scale,
		.a = beta,
		.dims = &own,
		.views = views,
		.n_views = 2,
		.along = -1 };
	enum ex_status status;
	int scaled;

	status =
	    ex_onnx_make(p, -1, &own, p->values[from].nhwc, false, &scaled);
	if (status != EX_OK)
		return status;
	views[0] = ex_onnx_view(p, scaled);
	views[1] = ex_onnx_view(p, from);
	status = ex_onnx_loop(p, &nest);
	if (status != EX_OK)
		return status;
	nest = (struct nest){ .inner = ex_onnx_do_add,
		.dims = &dims,
		.views = views,
		.n_views = 3,
		.along = -1 };
	views[0] = views[1] = ex_onnx_view(p, out);
	views[2] = ex_onnx_view_as(p, scaled, &dims);
	return ex_onnx_loop(p, &nest);
}

static bool
broadcasts_to(const struct onnx_dims *from, const struct onnx_dims *to)
{
	for (int i = 1; i <= from->rank; i++)
		if (i > to->rank ||
		    (from->n[from->rank - i] != 1 &&
			from->n[from->rank - i] != to->n[to->rank - i]))
			return false;
	return true;
}

/* Rows and columns turned. */
static struct view
turned_view(struct view v, bool turn)
{
	const int64_t stride = v.stride[0];

	if (turn) {
		v.stride[0] = v.stride[1];
		v.stride[1] = stride;
	}
	return v;
}

static enum ex_status
any_gemm(struct ex_onnx_plan *p, const struct onnx_dims *out_dims,
    int64_t inner, bool turn_a, bool turn_b)
{
	const float alpha = ex_onnx_float(p->node, "alpha", 1),
		    beta = ex_onnx_float(p->node, "beta", 1);
	const struct onnx_dims dims = { 3,
		{ out_dims->n[0], inner, out_dims->n[1] } };
	const struct view a =
	    turned_view(ex_onnx_view(p, p->node->in[0]), turn_a);
	const struct view b =
	    turned_view(ex_onnx_view(p, p->node->in[1]), turn_b);
	struct view views[2];
	struct nest nest = { .inner = ex_onnx_do_scale,
		.a = alpha,
		.dims = out_dims,
		.views = views,
		.n_views = 2,
		.along = -1 };
	enum ex_status status;
	int out;

	status = ex_onnx_make(p, p->node->out, out_dims, false, false, &out);
	if (status != EX_OK)
		return status;
	views[0] = views[1] = ex_onnx_view(p, out);
	status = any_product(p, &dims,
	    (struct view){ .value = out, .stride = { dims.n[2], 0, 1 } },
	    (struct view){
		.value = a.value, .stride = { a.stride[0], a.stride[1], 0 } },
	    (struct view){
		.value = b.value, .stride = { 0, b.stride[0], b.stride[1] } });
	if (status == EX_OK && alpha != 1.0f)
		status = ex_onnx_loop(p, &nest);
	if (status == EX_OK && ex_onnx_in(p, 2))
		status = add_scaled(p, out, ex_onnx_in(p, 2), beta);
	return status;
}

enum ex_status
ex_onnx_node_gemm(struct ex_onnx_plan *p)
{
	const bool turn_a = ex_onnx_int(p->node, "transA", 0) != 0,
		   turn_b = ex_onnx_int(p->node, "transB", 0) != 0;
	const struct value *a = ex_onnx_in(p, 0), *b = ex_onnx_in(p, 1),
			   *c = ex_onnx_in(p, 2);
	struct onnx_dims out = { .rank = 2 };
	enum ex_status status;
	bool row;

	if (!a || !b || a->dims.rank != 2 || b->dims.rank != 2 || a->whole ||
	    b->whole || a->dims.n[turn_a ? 0 : 1] != b->dims.n[turn_b ? 1 : 0])
		return refuse(
		    p, EX_ERR_FORMAT, "its inputs are not matrices that fit");
	out.n[0] = a->dims.n[turn_a ? 1 : 0];
	out.n[1] = b->dims.n[turn_b ? 0 : 1];
	if (ex_onnx_count(&out) < 1 || b->count < 1)
		return refuse(p, EX_ERR_TOO_LARGE,
		    "its output would be empty or too large");
	if (c && (c->whole || !broadcasts_to(&c->dims, &out)))
		return refuse(p, EX_ERR_FORMAT, "its addend does not fit");
	status =
	    ex_onnx_work(p, ex_onnx_count(&out), a->dims.n[turn_a ? 0 : 1]);
	if (status != EX_OK)
		return status;
	/* One known number a column, or one for all. */
	row = !c || (c->constant &&
			(c->count == 1 ||
			    (c->count == out.n[1] &&
				c->dims.n[c->dims.rank - 1] == c->count)));
	if (!row || !b->constant || turn_a)
		return any_gemm(
		    p, &out, a->dims.n[turn_a ? 0 : 1], turn_a, turn_b);
	return known_product(p, p->node->in[0], &out, !turn_b,
	    ex_onnx_float(p->node, "alpha", 1),
	    ex_onnx_float(p->node, "beta", 1));
}

/* Stacks of matrices, laid over each other like any two tensors. */
static bool
matmul_dims(const struct onnx_dims *a, const struct onnx_dims *b,
    struct onnx_dims *nest)
{
	const int stack =
	    (a->rank > b->rank ? a->rank : b->rank) - 2; /* of stacking */

	if (a->rank < 2 || b->rank < 2 || stack + 3 > ONNX_RANK ||
	    a->n[a->rank - 1] != b->n[b->rank - 2])
		return false;
	nest->rank = stack + 3;
	for (int i = 0; i < stack; i++) {
		const int x = a->rank - 2 - stack + i,
			  y = b->rank - 2 - stack + i;
		const int64_t m = x < 0 ? 1 : a->n[x], n = y < 0 ? 1 : b->n[y];

		if (m != n && m != 1 && n != 1)
			return false;
		nest->n[i] = m == 1 ? n : m;
	}
	nest->n[stack] = a->n[a->rank - 2];
	nest->n[stack + 1] = a->n[a->rank - 1];
	nest->n[stack + 2] = b->n[b->rank - 1];
	return true;
}

/* One operand over the nest; `still` is the dimension it does not move along,
 * counted from the last. */
static struct view
matmul_view(struct ex_onnx_plan *p, int value, int rank, int still)
{
	const struct onnx_dims d = p->values[value].dims;
	const struct view own = ex_onnx_view(p, value);
	struct view v = { .value = value };

	for (int i = 0, at = d.rank - 1; i < rank && at >= 0; i++) {
		if (i == still)
			continue;
		if (i < 3 || d.n[at] > 1)
			v.stride[rank - 1 - i] = own.stride[at];
		at--;
	}
	return v;
}

enum ex_status
ex_onnx_node_matmul(struct ex_onnx_plan *p)
{
	const struct onnx_node *n = p->node;
	const struct value *a = ex_onnx_in(p, 0), *b = ex_onnx_in(p, 1);
	struct onnx_dims nest = { 0 }, dims = { 0 };
	enum ex_status status;
	int out;

	if (!a || !b || a->whole || b->whole ||
	    !matmul_dims(&a->dims, &b->dims, &nest))
		return refuse(
		    p, EX_ERR_FORMAT, "its inputs are not matrices that fit");
	for (int i = 0; i < nest.rank; i++)
		if (i != nest.rank - 2)
			dims.n[dims.rank++] = nest.n[i];
	if (ex_onnx_count(&dims) < 1)
		return refuse(p, EX_ERR_TOO_LARGE,
		    "its output would be empty or too large");
	status = ex_onnx_work(p, ex_onnx_count(&dims), nest.n[nest.rank - 2]);
	if (status != EX_OK)
		return status;
	if (b->constant && b->dims.rank == 2 && b->count > 0)
		return known_product(p, n->in[0], &dims, true, 1, 0);
	status = ex_onnx_make(p, n->out, &dims, false, false, &out);
	if (status != EX_OK)
		return status;
	return any_product(p, &nest, matmul_view(p, out, nest.rank, 1),
	    matmul_view(p, n->in[0], nest.rank, 0),
	    matmul_view(p, n->in[1], nest.rank, 2));
}
