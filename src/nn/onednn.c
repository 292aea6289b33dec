/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Convolutions by oneDNN 2.x through its C API. One OpenMP thread: our workers
 * split frames and tiles. Scratch is the caller's, so running allocates
 * nothing. A 3.x API would replace this file alone.
 */
#include "onednn.h"

#include <oneapi/dnnl/dnnl.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* libgomp; its header is gcc's own and clang does not find it. */
void omp_set_num_threads(int n);

struct conv {
	dnnl_primitive_desc_t desc;
	dnnl_primitive_t primitive;
	dnnl_stream_t stream;
	dnnl_memory_t in, weights, bias, out, scratch;
	dnnl_memory_t other; /* what the post `adding` adds; else NULL */
	int adding;
	size_t scratch_size;
};

static dnnl_engine_t engine;
static pthread_once_t engine_once = PTHREAD_ONCE_INIT;

static void
limit_isa(void)
{
	unsigned flags = ex_cpu_flags();

	if (!(flags & EX_CPU_AVX2))
		dnnl_set_max_cpu_isa(dnnl_cpu_isa_sse41);
	else if (!(flags & EX_CPU_AVX512))
		dnnl_set_max_cpu_isa(dnnl_cpu_isa_avx2);
}

static void
make_engine(void)
{
	limit_isa();
	if (dnnl_engine_create(&engine, dnnl_cpu, 0) != dnnl_success)
		engine = NULL;
}

static bool
memory_new(dnnl_memory_t *m, const dnnl_memory_desc_t *d, void *data)
{
	return dnnl_memory_create(m, d, engine, data) == dnnl_success;
}

static bool
append_post(dnnl_post_ops_t post, const struct conv_post *p,
    const dnnl_memory_desc_t *out)
{
	switch (p->what) {
	case CONV_ADD:
		return dnnl_post_ops_append_binary(
			   post, dnnl_binary_add, out) == dnnl_success;
	case CONV_LEAKY:
		return dnnl_post_ops_append_eltwise(post, 1.0f,
			   dnnl_eltwise_relu, p->a, 0) == dnnl_success;
	case CONV_CLIP:
		return dnnl_post_ops_append_eltwise(post, 1.0f,
			   dnnl_eltwise_clip, p->a, p->b) == dnnl_success;
	case CONV_SIGMOID:
		return dnnl_post_ops_append_eltwise(post, 1.0f,
			   dnnl_eltwise_logistic, 0, 0) == dnnl_success;
	}
	return false;
}

/* Attributes: scratch is the caller's, and what follows the convolution. */
static bool
set_attributes(dnnl_primitive_attr_t attr, dnnl_post_ops_t post,
    const struct conv_spec *s, const dnnl_memory_desc_t *out)
{
	for (int i = 0; i < s->n_posts; i++)
		if (!append_post(post, &s->posts[i], out))
			return false;
	return dnnl_primitive_attr_set_scratchpad_mode(
		   attr, dnnl_scratchpad_mode_user) == dnnl_success &&
	       dnnl_primitive_attr_set_post_ops(attr, post) == dnnl_success;
}

/* Weights as the caller has them, in a layout by `tag` or any: of four
 * dimensions, and of five where there are groups. */
static bool
describe_weights(
    const struct conv_spec *s, bool any, dnnl_memory_desc_t *weights)
{
	const dnnl_dims_t plain = { s->out_channels, s->channels, s->kernel[0],
		s->kernel[1] };
	const dnnl_dims_t grouped = { s->groups, s->out_channels / s->groups,
		s->channels / s->groups, s->kernel[0], s->kernel[1] };

	if (s->groups == 1)
		return dnnl_memory_desc_init_by_tag(weights, 4, plain, dnnl_f32,
			   any ? dnnl_format_tag_any : dnnl_oihw) ==
		       dnnl_success;
	return dnnl_memory_desc_init_by_tag(weights, 5, grouped, dnnl_f32,
		   any ? dnnl_format_tag_any : dnnl_goihw) == dnnl_success;
}

/* Describe, with `any` layout for the weights so that the kernel chooses. */
static bool
describe(struct conv *c, const struct conv_spec *s)
{
	const dnnl_dims_t in = { s->batch, s->channels, s->height, s->width };
	const dnnl_dims_t out = { s->batch, s->out_channels, s->out_height,
		s->out_width };
	const dnnl_dims_t bias = { s->out_channels };
	const dnnl_dims_t strides = { s->stride[0], s->stride[1] };
	const dnnl_dims_t gaps = { s->dilation[0] - 1, s->dilation[1] - 1 };
	const dnnl_dims_t before = { s->before[0], s->before[1] };
	const dnnl_dims_t after = { s->after[0], s->after[1] };
	dnnl_memory_desc_t in_d, weights_d, bias_d, out_d;
	dnnl_convolution_desc_t conv_d;
	dnnl_primitive_attr_t attr = NULL;
	dnnl_post_ops_t post = NULL;
	bool ok = false;

	if (dnnl_memory_desc_init_by_tag(&in_d, 4, in, dnnl_f32, dnnl_nhwc) !=
		dnnl_success ||
	    !describe_weights(s, true, &weights_d) ||
	    dnnl_memory_desc_init_by_tag(&bias_d, 1, bias, dnnl_f32, dnnl_x) !=
		dnnl_success ||
	    dnnl_memory_desc_init_by_tag(&out_d, 4, out, dnnl_f32, dnnl_nhwc) !=
		dnnl_success ||
	    dnnl_dilated_convolution_forward_desc_init(&conv_d,
		dnnl_forward_inference, dnnl_convolution_direct, &in_d,
		&weights_d, &bias_d, &out_d, strides, gaps, before,
		after) != dnnl_success)
		return false;
	if (dnnl_primitive_attr_create(&attr) == dnnl_success &&
	    dnnl_post_ops_create(&post) == dnnl_success &&
	    set_attributes(attr, post, s, &out_d))
		ok = dnnl_primitive_desc_create(
			 &c->desc, &conv_d, attr, engine, NULL) == dnnl_success;
	dnnl_post_ops_destroy(post);
	dnnl_primitive_attr_destroy(attr);
	return ok;
}

/* Copy the caller's weights into the kernel's layout. */
static bool
lay_out(struct conv *c, const struct conv_spec *s, const float *weights)
{
	const dnnl_memory_desc_t *to =
	    dnnl_primitive_desc_query_md(c->desc, dnnl_query_weights_md, 0);
	dnnl_memory_desc_t from;
	dnnl_memory_t plain = NULL;
	dnnl_primitive_desc_t desc = NULL;
	dnnl_primitive_t reorder = NULL;
	bool ok = false;

	if (!memory_new(&c->weights, to, DNNL_MEMORY_ALLOCATE) ||
	    !describe_weights(s, false, &from))
		return false;
	if (memory_new(&plain, &from, (void *)(uintptr_t)weights) &&
	    dnnl_reorder_primitive_desc_create(
		&desc, &from, engine, to, engine, NULL) == dnnl_success &&
	    dnnl_primitive_create(&reorder, desc) == dnnl_success) {
		const dnnl_exec_arg_t args[] = { { DNNL_ARG_FROM, plain },
			{ DNNL_ARG_TO, c->weights } };

		ok = dnnl_primitive_execute(reorder, c->stream, 2, args) ==
			 dnnl_success &&
		     dnnl_stream_wait(c->stream) == dnnl_success;
	}
	dnnl_primitive_destroy(reorder);
	dnnl_primitive_desc_destroy(desc);
	dnnl_memory_destroy(plain);
	return ok;
}

/* Which of the posts adds another tensor; -1: none. */
static int
adding_post(const struct conv_spec *s)
{
	for (int i = 0; i < s->n_posts; i++)
		if (s->posts[i].what == CONV_ADD)
			return i;
	return -1;
}

static bool
attach(struct conv *c, const float *bias)
{
	const_dnnl_primitive_desc_t d = c->desc;
	const dnnl_memory_desc_t *scratch =
	    dnnl_primitive_desc_query_md(d, dnnl_query_scratchpad_md, 0);

	c->scratch_size = dnnl_memory_desc_get_size(scratch);
	return memory_new(&c->in,
		   dnnl_primitive_desc_query_md(d, dnnl_query_src_md, 0),
		   DNNL_MEMORY_NONE) &&
	       memory_new(&c->out,
		   dnnl_primitive_desc_query_md(d, dnnl_query_dst_md, 0),
		   DNNL_MEMORY_NONE) &&
	       memory_new(&c->bias,
		   dnnl_primitive_desc_query_md(d, dnnl_query_weights_md, 1),
		   (void *)(uintptr_t)bias) &&
	       (c->adding < 0 ||
		   memory_new(&c->other,
		       dnnl_primitive_desc_query_md(d, dnnl_query_dst_md, 0),
		       DNNL_MEMORY_NONE)) &&
	       memory_new(&c->scratch, scratch, DNNL_MEMORY_NONE);
}

enum ex_status
ex_conv_make(const struct conv_spec *s, const float *weights, const float *bias,
    struct conv **out)
{
	struct conv *c;

	*out = NULL;
	omp_set_num_threads(1); /* of this thread: OpenMP keeps it per thread */
	pthread_once(&engine_once, make_engine);
	if (!engine)
		return EX_ERR_INTERNAL;
	c = ex_calloc(1, sizeof *c);
	if (!c)
		return EX_ERR_NOMEM;
	c->adding = adding_post(s);
	if (dnnl_stream_create(&c->stream, engine, dnnl_stream_default_flags) !=
		dnnl_success ||
	    !describe(c, s) ||
	    dnnl_primitive_create(&c->primitive, c->desc) != dnnl_success ||
	    !lay_out(c, s, weights) || !attach(c, bias)) {
		ex_conv_free(&c);
		return EX_ERR_INTERNAL;
	}
	*out = c;
	return EX_OK;
}

void
ex_conv_free(struct conv **c)
{
	if (!*c)
		return;
	dnnl_memory_destroy((*c)->in);
	dnnl_memory_destroy((*c)->weights);
	dnnl_memory_destroy((*c)->bias);
	dnnl_memory_destroy((*c)->out);
	dnnl_memory_destroy((*c)->scratch);
	dnnl_memory_destroy((*c)->other);
	dnnl_primitive_destroy((*c)->primitive);
	dnnl_primitive_desc_destroy((*c)->desc);
	dnnl_stream_destroy((*c)->stream);
	free(*c);
	*c = NULL;
}

size_t
ex_conv_scratch_size(const struct conv *c)
{
	return c->scratch_size;
}

bool
ex_conv_is_slow(const struct conv *c)
{
	const char *name;

	return dnnl_primitive_desc_query(c->desc, dnnl_query_impl_info_str, 0,
		   &name) == dnnl_success &&
	       strncmp(name, "ref", 3) == 0;
}

bool
ex_conv_run_add(struct conv *c, const float *in, const float *other, float *out,
    void *scratch)
{
	const dnnl_exec_arg_t args[] = {
		{ DNNL_ARG_SRC, c->in },
		{ DNNL_ARG_WEIGHTS, c->weights },
		{ DNNL_ARG_BIAS, c->bias },
		{ DNNL_ARG_DST, c->out },
		{ DNNL_ARG_SCRATCHPAD, c->scratch },
		{ DNNL_ARG_ATTR_MULTIPLE_POST_OP(c->adding) | DNNL_ARG_SRC_1,
		    c->other },
	};
	const int n = sizeof args / sizeof *args - (c->other ? 0 : 1);

	omp_set_num_threads(1);
	return dnnl_memory_set_data_handle(c->in, (void *)(uintptr_t)in) ==
		   dnnl_success &&
	       (!c->other || dnnl_memory_set_data_handle(c->other,
				 (void *)(uintptr_t)other) == dnnl_success) &&
	       dnnl_memory_set_data_handle(c->out, out) == dnnl_success &&
	       dnnl_memory_set_data_handle(c->scratch, scratch) ==
		   dnnl_success &&
	       dnnl_primitive_execute(c->primitive, c->stream, n, args) ==
		   dnnl_success &&
	       dnnl_stream_wait(c->stream) == dnnl_success;
}

/* ---- products ---------------------------------------------------------- */

struct product {
	dnnl_primitive_desc_t desc;
	dnnl_primitive_t primitive;
	dnnl_stream_t stream;
	dnnl_memory_t in, weights, out, scratch;
	size_t scratch_size;
};

static bool
describe_product(struct product *p, const struct product_shape *s)
{
	const dnnl_dims_t in = { s->batch, s->rows, s->inner };
	const dnnl_dims_t weights = { s->batch, s->inner, s->columns };
	const dnnl_dims_t out = { s->batch, s->rows, s->columns };
	dnnl_memory_desc_t in_d, weights_d, out_d;
	dnnl_matmul_desc_t product_d;
	dnnl_primitive_attr_t attr = NULL;
	bool ok;

	ok = dnnl_memory_desc_init_by_tag(&in_d, 3, in, dnnl_f32, dnnl_abc) ==
		 dnnl_success &&
	     dnnl_memory_desc_init_by_tag(
		 &weights_d, 3, weights, dnnl_f32, dnnl_abc) == dnnl_success &&
	     dnnl_memory_desc_init_by_tag(&out_d, 3, out, dnnl_f32, dnnl_abc) ==
		 dnnl_success &&
	     dnnl_matmul_desc_init(
		 &product_d, &in_d, &weights_d, NULL, &out_d) == dnnl_success &&
	     dnnl_primitive_attr_create(&attr) == dnnl_success &&
	     dnnl_primitive_attr_set_scratchpad_mode(
		 attr, dnnl_scratchpad_mode_user) == dnnl_success &&
	     dnnl_primitive_desc_create(
		 &p->desc, &product_d, attr, engine, NULL) == dnnl_success &&
	     memory_new(&p->in, &in_d, DNNL_MEMORY_NONE) &&
	     memory_new(&p->weights, &weights_d, DNNL_MEMORY_ALLOCATE) &&
	     memory_new(&p->out, &out_d, DNNL_MEMORY_NONE);
	dnnl_primitive_attr_destroy(attr);
	return ok;
}

static bool
copy_weights(
    struct product *p, const struct product_shape *s, const float *weights)
{
	const size_t n =
	    (size_t)s->batch * (size_t)s->inner * (size_t)s->columns;
	void *to;

	if (dnnl_memory_get_data_handle(p->weights, &to) != dnnl_success)
		return false;
	memcpy(to, weights, n * sizeof *weights);
	return true;
}

enum ex_status
ex_product_new(
    const struct product_shape *s, const float *weights, struct product **out)
{
	const dnnl_memory_desc_t *scratch;
	struct product *p;

	*out = NULL;
	omp_set_num_threads(1);
	pthread_once(&engine_once, make_engine);
	if (!engine)
		return EX_ERR_INTERNAL;
	p = ex_calloc(1, sizeof *p);
	if (!p)
		return EX_ERR_NOMEM;
	if (dnnl_stream_create(&p->stream, engine, dnnl_stream_default_flags) !=
		dnnl_success ||
	    !describe_product(p, s) ||
	    dnnl_primitive_create(&p->primitive, p->desc) != dnnl_success ||
	    !copy_weights(p, s, weights))
		goto fail;
	scratch =
	    dnnl_primitive_desc_query_md(p->desc, dnnl_query_scratchpad_md, 0);
	p->scratch_size = dnnl_memory_desc_get_size(scratch);
	if (!memory_new(&p->scratch, scratch, DNNL_MEMORY_NONE))
		goto fail;
	*out = p;
	return EX_OK;
fail:
	ex_product_free(&p);
	return EX_ERR_INTERNAL;
}

void
ex_product_free(struct product **p)
{
	if (!*p)
		return;
	dnnl_memory_destroy((*p)->in);
	dnnl_memory_destroy((*p)->weights);
	dnnl_memory_destroy((*p)->out);
	dnnl_memory_destroy((*p)->scratch);
	dnnl_primitive_destroy((*p)->primitive);
	dnnl_primitive_desc_destroy((*p)->desc);
	dnnl_stream_destroy((*p)->stream);
	free(*p);
	*p = NULL;
}

size_t
ex_product_scratch_size(const struct product *p)
{
	return p->scratch_size;
}

bool
ex_product_run(struct product *p, const float *in, float *out, void *scratch)
{
	const dnnl_exec_arg_t args[] = {
		{ DNNL_ARG_SRC, p->in },
		{ DNNL_ARG_WEIGHTS, p->weights },
		{ DNNL_ARG_DST, p->out },
		{ DNNL_ARG_SCRATCHPAD, p->scratch },
	};

	omp_set_num_threads(1);
	return dnnl_memory_set_data_handle(p->in, (void *)(uintptr_t)in) ==
		   dnnl_success &&
	       dnnl_memory_set_data_handle(p->out, out) == dnnl_success &&
	       dnnl_memory_set_data_handle(p->scratch, scratch) ==
		   dnnl_success &&
	       dnnl_primitive_execute(p->primitive, p->stream,
		   sizeof args / sizeof *args, args) == dnnl_success &&
	       dnnl_stream_wait(p->stream) == dnnl_success;
}
