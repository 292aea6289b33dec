/* SPDX-License-Identifier: Apache-2.0 */
/* Plans against a reference that is nothing but loops in double precision. */
#include "test.h"

#include <math.h>

#include "exeunt/nn.h"

/* ---- graphs made up ---------------------------------------------------- */

static struct ex_rng rng;

static int
one_of(const int *choices, uint32_t n)
{
	return choices[ex_rng_below(&rng, n)];
}

static float *
random_floats(size_t n, double scale)
{
	float *p = ex_calloc(n, sizeof *p);

	assert_non_null(p);
	for (size_t i = 0; i < n; i++)
		p[i] = (float)((2 * ex_rng_unit(&rng) - 1) * scale);
	return p;
}

static struct ex_nn_graph *
graph_new(int channels)
{
	struct ex_nn_graph *g = ex_calloc(1, sizeof *g);

	assert_non_null(g);
	g->in_channels = channels;
	return g;
}

static int
channels_of(const struct ex_nn_graph *g, int layer)
{
	return layer < 0 ? g->in_channels : g->layers[layer].out_channels;
}

static struct ex_nn_layer *
add_layer(struct ex_nn_graph *g, enum ex_nn_op op, int in)
{
	struct ex_nn_layer *l = &g->layers[g->n_layers++];

	*l = (struct ex_nn_layer){ .op = op, .in = in, .in2 = -1 };
	l->stride = 1;
	l->in_channels = l->out_channels = channels_of(g, in);
	return l;
}

/* Returns the new layer's index, as all that follow. */
static int
add_conv(struct ex_nn_graph *g, int in, int out_channels, int kernel,
    int stride, int pad, bool relu)
{
	struct ex_nn_layer *l = add_layer(g, EX_NN_CONV, in);
	const size_t fan =
	    (size_t)l->in_channels * (size_t)kernel * (size_t)kernel;

	l->out_channels = out_channels;
	l->kernel = kernel;
	l->stride = stride;
	l->pad = pad;
	l->relu = relu;
	l->weights =
	    random_floats(fan * (size_t)out_channels, 2 / sqrt((double)fan));
	l->bias = random_floats((size_t)out_channels, 0.5);
	return g->n_layers - 1;
}

static int
add_pool(
    struct ex_nn_graph *g, enum ex_nn_op op, int in, int kernel, int stride)
{
	struct ex_nn_layer *l = add_layer(g, op, in);

	l->kernel = kernel;
	l->stride = stride;
	return g->n_layers - 1;
}

static int
add_sum(struct ex_nn_graph *g, int in, int in2, bool relu)
{
	struct ex_nn_layer *l = add_layer(g, EX_NN_ADD, in);

	l->in2 = in2;
	l->relu = relu;
	if (channels_of(g, in2) > l->out_channels)
		l->out_channels = channels_of(g, in2);
	return g->n_layers - 1;
}

static int
add_full(struct ex_nn_graph *g, int in, size_t inputs, int outputs)
{
	struct ex_nn_layer *l = add_layer(g, EX_NN_FULL, in);

	l->in_channels = (int)inputs;
	l->out_channels = outputs;
	l->weights =
	    random_floats(inputs * (size_t)outputs, 2 / sqrt((double)inputs));
	return g->n_layers - 1;
}

/* ---- reference --------------------------------------------------------- */

/* A value of every layer; -1, the input, is kept first. */
struct value {
	struct ex_nn_shape s;
	double *v;
};

static double *
at(const struct value *t, int n, int y, int x, int c)
{
	return &t->v[((n * t->s.height + y) * t->s.width + x) * t->s.channels +
		     c];
}

/* Zero outside, as padding is. */
static double
get(const struct value *t, int n, int y, int x, int c)
{
	return y < 0 || x < 0 || y >= t->s.height || x >= t->s.width ||
		       c >= t->s.channels
		   ? 0
		   : *at(t, n, y, x, c);
}

static double
conv_at(const struct ex_nn_layer *l, const struct value *in, int n, int y,
    int x, int o)
{
	const int k = l->kernel;
	double sum = (double)l->bias[o];

	for (int c = 0; c < l->in_channels; c++)
		for (int i = 0; i < k * k; i++)
			sum += (double)
				   l->weights[(o * l->in_channels + c) * k * k +
					      i] *
			       get(in, n, y * l->stride - l->pad + i / k,
				   x * l->stride - l->pad + i % k, c);
	return sum;
}

static double
pool_at(const struct ex_nn_layer *l, const struct value *in, int n, int y,
    int x, int c)
{
	const int rows = l->kernel ? l->kernel : in->s.height;
	const int columns = l->kernel ? l->kernel : in->s.width;
	double most = -INFINITY, sum = 0;

	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++) {
			double v =
			    get(in, n, y * l->stride + i, x * l->stride + j, c);

			most = fmax(most, v);
			sum += v;
		}
	return l->op == EX_NN_MAX_POOL ? most : sum / (rows * columns);
}

static double
full_at(const struct ex_nn_layer *l, const struct value *in, int n, int o)
{
	const int inputs = in->s.height * in->s.width * in->s.channels;
	double sum = 0;

	for (int i = 0; i < inputs; i++)
		sum += (double)l->weights[i * l->out_channels + o] *
		       in->v[n * inputs + i];
	return sum;
}

static struct ex_nn_shape
shape_of(
    const struct ex_nn_layer *l, struct ex_nn_shape a, struct ex_nn_shape b)
{
	struct ex_nn_shape s = a;

	if (l->op == EX_NN_ADD) {
		s.height = a.height > b.height ? a.height : b.height;
		s.width = a.width > b.width ? a.width : b.width;
	} else if (l->op == EX_NN_FULL || l->kernel == 0) {
		s.height = s.width = 1;
	} else {
		s.height = (a.height + 2 * l->pad - l->kernel) / l->stride + 1;
		s.width = (a.width + 2 * l->pad - l->kernel) / l->stride + 1;
	}
	s.channels = l->out_channels;
	return s;
}

static double
layer_at(const struct ex_nn_layer *l, const struct value *a,
    const struct value *b, int n, int y, int x, int c)
{
	double v;

	switch (l->op) {
	case EX_NN_CONV:
		v = conv_at(l, a, n, y, x, c);
		break;
	case EX_NN_ADD:
		v = get(a, n, y, x, c) + get(b, n, y, x, c);
		break;
	case EX_NN_FULL:
		return full_at(l, a, n, c);
	default:
		return pool_at(l, a, n, y, x, c);
	}
	return l->relu && v < 0 ? 0 : v;
}

static void
value_new(struct value *t, struct ex_nn_shape s)
{
	t->s = s;
	t->v = ex_calloc(
	    (size_t)(s.batch * s.height * s.width * s.channels), sizeof *t->v);
	assert_non_null(t->v);
}

static void
run_layer(const struct ex_nn_layer *l, const struct value *a,
    const struct value *b, struct value *out)
{
	value_new(out, shape_of(l, a->s, b->s));
	for (int n = 0; n < out->s.batch; n++)
		for (int y = 0; y < out->s.height; y++)
			for (int x = 0; x < out->s.width; x++)
				for (int c = 0; c < out->s.channels; c++)
					*at(out, n, y, x, c) =
					    layer_at(l, a, b, n, y, x, c);
}

/* The graph's output; free its `v`. */
static struct value
reference(
    const struct ex_nn_graph *g, struct ex_nn_shape in, const float *pixels)
{
	struct value values[EX_NN_MAX_LAYERS + 1], last;

	value_new(&values[0], in);
	for (int i = 0; i < in.batch * in.height * in.width * in.channels; i++)
		values[0].v[i] = (double)pixels[i];
	for (int i = 0; i < g->n_layers; i++)
		run_layer(&g->layers[i], &values[g->layers[i].in + 1],
		    &values[g->layers[i].in2 + 1], &values[i + 1]);
	last = values[g->n_layers];
	for (int i = 0; i < g->n_layers; i++)
		free(values[i].v);
	return last;
}

/* ---- comparison -------------------------------------------------------- */

#define TOLERANCE 2e-4 /* of sums of values of about 1 */

static void
fill_input(struct ex_nn_plan *p, struct ex_nn_shape s)
{
	float *in = ex_nn_plan_input(p);

	for (int i = 0; i < s.batch * s.height * s.width * s.channels; i++)
		in[i] = (float)(2 * ex_rng_unit(&rng) - 1);
}

static void
assert_same(const struct value *want, const float *got, const char *what)
{
	const struct ex_nn_shape s = want->s;

	for (int i = 0; i < s.batch * s.height * s.width * s.channels; i++)
		if (!(fabs(want->v[i] - (double)got[i]) <=
			TOLERANCE * (1 + fabs(want->v[i]))))
			fail_msg("%s: value %d is %g, not %g", what, i,
			    (double)got[i], want->v[i]);
}

/* Plan, run and compare; then run again, which must give the same bits. */
static void
check(const struct ex_nn_graph *g, int batch, int height, int width,
    const char *what)
{
	const struct ex_nn_shape in = { batch, height, width, g->in_channels };
	struct ex_nn_plan *p;
	struct ex_nn_shape out;
	struct value want;
	const float *got;
	float *first;
	size_t size;

	assert_int_equal(ex_nn_plan_new(g, batch, height, width, &p), EX_OK);
	fill_input(p, in);
	want = reference(g, in, ex_nn_plan_input(p));
	out = ex_nn_plan_output_shape(p);
	assert_memory_equal(&out, &want.s, sizeof out);
	got = ex_nn_plan_run(p);
	assert_non_null(got);
	assert_same(&want, got, what);

	size = (size_t)(out.batch * out.height * out.width * out.channels) *
	       sizeof *first;
	first = ex_calloc(size, 1);
	assert_non_null(first);
	memcpy(first, got, size);
	assert_memory_equal(ex_nn_plan_run(p), first, size);
	free(first);
	free(want.v);
	ex_nn_plan_free(&p);
	assert_null(p);
}

static const int some_channels[] = { 1, 3, 16, 45 };

static void
convolutions_of_every_shape_are_right(void **state)
{
	static const int kernels[] = { 1, 3, 5, 7, 9 };

	(void)state;
	ex_rng_init(&rng, 1);
	for (int k = 0; k < 5; k++)
		for (int round = 0; round < 16; round++) {
			const int kernel = kernels[k], stride = 1 + round % 2;
			const int pad =
			    (int)ex_rng_below(&rng, (uint32_t)kernel / 2 + 1);
			struct ex_nn_graph *g =
			    graph_new(one_of(some_channels, 4));
			char what[64];

			add_conv(g, -1, some_channels[round / 2 % 4], kernel,
			    stride, pad, round % 3 == 0);
			snprintf(what, sizeof what, "conv %d->%d k%d s%d p%d",
			    g->in_channels, g->layers[0].out_channels, kernel,
			    stride, pad);
			check(g, 1 + round % 3, 9 + (int)ex_rng_below(&rng, 14),
			    9 + (int)ex_rng_below(&rng, 14), what);
			ex_nn_graph_free(&g);
		}
}

/* These have kernels of their own, one for each cpu level. */
static void
check_windows(int kernel, int round)
{
	static const unsigned masks[] = { 0, EX_CPU_AVX2, ~0u };
	static const int channels[] = { 16, 17, 45, 48, 64 };
	struct ex_nn_graph *g = graph_new(channels[round % 5]);
	char what[64];

	ex_cpu_mask(masks[round % 3]);
	add_conv(g, -1, one_of(channels, 5), kernel, 1,
	    round / 3 % (kernel / 2 + 1), round % 2 == 0);
	snprintf(what, sizeof what, "flags %u, %d->%d, k%d p%d", ex_cpu_flags(),
	    g->in_channels, g->layers[0].out_channels, kernel,
	    g->layers[0].pad);
	check(g, 1 + round % 2, 12 + (int)ex_rng_below(&rng, 14),
	    12 + (int)ex_rng_below(&rng, 40), what);
	ex_cpu_mask(~0u);
	ex_nn_graph_free(&g);
}

static void
five_by_five_is_right_at_every_level(void **state)
{
	(void)state;
	ex_rng_init(&rng, 7);
	for (int round = 0; round < 45; round++)
		check_windows(5, round);
}

static void
three_by_three_is_right_at_every_level(void **state)
{
	(void)state;
	ex_rng_init(&rng, 11);
	for (int round = 0; round < 45; round++)
		check_windows(3, round);
}

/* One output channel and the same size: another kernel is taken then. */
static void
wide_windows_onto_one_channel_are_right(void **state)
{
	static const int kernels[] = { 3, 5, 7, 9 };

	(void)state;
	ex_rng_init(&rng, 2);
	for (int k = 0; k < 4; k++)
		for (int round = 0; round < 6; round++) {
			struct ex_nn_graph *g =
			    graph_new(some_channels[round % 4]);

			add_conv(g, -1, 1, kernels[k], 1, kernels[k] / 2,
			    round % 2 == 1);
			/* also smaller than its own window */
			check(g, 1 + round % 3, 1 + (int)ex_rng_below(&rng, 16),
			    1 + (int)ex_rng_below(&rng, 16), "one channel");
			ex_nn_graph_free(&g);
		}
}

static void
pools_are_right(void **state)
{
	(void)state;
	ex_rng_init(&rng, 3);
	for (int round = 0; round < 24; round++) {
		struct ex_nn_graph *g = graph_new(one_of(some_channels, 4));

		add_pool(g, round % 2 ? EX_NN_MAX_POOL : EX_NN_AVG_POOL, -1,
		    round % 8 == 2 ? 0 : 1 + round % 3,
		    1 + (int)ex_rng_below(&rng, 3));
		check(g, 1 + round % 3, 3 + (int)ex_rng_below(&rng, 12),
		    3 + (int)ex_rng_below(&rng, 12), "pool");
		ex_nn_graph_free(&g);
	}
}

/* dlib pads the smaller with zeros, in size and in channels. */
static void
sums_of_different_sizes_are_right(void **state)
{
	(void)state;
	ex_rng_init(&rng, 4);
	for (int round = 0; round < 16; round++) {
		struct ex_nn_graph *g = graph_new(3);
		int a = add_conv(
		    g, -1, one_of(some_channels, 4), 3, 2, round % 2, false);
		int b = add_pool(g, EX_NN_AVG_POOL, -1, 2, 2);

		if (round % 4 < 2)
			add_sum(g, a, b, round % 3 == 0);
		else
			add_sum(g, b, a, round % 3 == 0);
		check(g, 1 + round % 3, 4 + (int)ex_rng_below(&rng, 9),
		    4 + (int)ex_rng_below(&rng, 9), "sum");
		ex_nn_graph_free(&g);
	}
}

static void
fully_connected_is_right(void **state)
{
	(void)state;
	ex_rng_init(&rng, 5);
	for (int round = 0; round < 8; round++) {
		const int height = 1 + (int)ex_rng_below(&rng, 4);
		const int width = 1 + (int)ex_rng_below(&rng, 4);
		struct ex_nn_graph *g = graph_new(some_channels[round % 4]);

		add_full(g, -1, (size_t)(height * width * g->in_channels),
		    1 + (int)ex_rng_below(&rng, 40));
		check(g, 1 + round % 3, height, width, "fully connected");
		ex_nn_graph_free(&g);
	}
}

/* A few blocks like a residual network's, picked at random, so that many
 * orders of live values are tried on the shared buffers. */
static void
deep_graphs_are_right(void **state)
{
	(void)state;
	for (int round = 0; round < 30; round++) {
		struct ex_nn_graph *g;
		int last = -1;

		ex_rng_init(&rng, 100 + (uint64_t)round);
		g = graph_new(3);
		for (int block = 0; block < 5; block++) {
			const int from = last;

			last = add_conv(
			    g, last, one_of(some_channels, 4), 3, 1, 1, true);
			if (ex_rng_below(&rng, 2))
				last = add_conv(g, last,
				    one_of(some_channels, 4), 1, 1, 0, false);
			if (ex_rng_below(&rng, 2))
				last = add_sum(g, last, from, true);
			/* and of something long past */
			if (ex_rng_below(&rng, 3) == 0)
				last = add_sum(g, last,
				    (int)ex_rng_below(
					&rng, (uint32_t)g->n_layers + 1) -
					1,
				    false);
		}
		if (round % 2) {
			last = add_pool(g, EX_NN_AVG_POOL, last, 0, 1);
			add_full(g, last, (size_t)channels_of(g, last), 7);
		}
		check(g, 1 + round % 2, 8 + round % 5, 11, "deep graph");
		ex_nn_graph_free(&g);
	}
}

/* ---- promises ---------------------------------------------------------- */

static struct ex_nn_graph *
small_graph(void)
{
	struct ex_nn_graph *g = graph_new(3);

	ex_rng_init(&rng, 6);
	add_conv(g, -1, 16, 5, 2, 0, true);
	add_conv(g, 0, 16, 3, 1, 1, true);
	add_sum(g, 1, 0, true);
	add_conv(g, 2, 1, 9, 1, 4, false);
	return g;
}

static void
runs_do_not_depend_on_the_one_before(void **state)
{
	struct ex_nn_graph *g = small_graph();
	const struct ex_nn_shape in = { 1, 30, 20, 3 };
	const size_t in_size = 30 * 20 * 3 * sizeof(float);
	struct ex_nn_plan *p;
	float *first, *input, one[13 * 8];

	(void)state;
	assert_int_equal(ex_nn_plan_new(g, 1, 30, 20, &p), EX_OK);
	fill_input(p, in);
	input = ex_calloc(in_size, 1);
	first = ex_nn_plan_input(p);
	memcpy(input, first, in_size);
	memcpy(one, ex_nn_plan_run(p), sizeof one);
	assert_memory_equal(first, input, in_size); /* the input is kept */

	fill_input(p, in);
	assert_memory_not_equal(ex_nn_plan_run(p), one, sizeof one);
	memcpy(first, input, in_size);
	assert_memory_equal(ex_nn_plan_run(p), one, sizeof one);
	free(input);
	ex_nn_plan_free(&p);
	ex_nn_graph_free(&g);
}

/* Every kind of kernel: bands, the large window, 5 x 5, 3 x 3, and the rest. */
static struct ex_nn_graph *
every_kernel(void)
{
	struct ex_nn_graph *g = graph_new(3);
	int last;

	ex_rng_init(&rng, 8);
	last = add_conv(g, -1, 16, 3, 1, 0, true);
	last = add_conv(g, last, 16, 5, 2, 0, true);
	last = add_conv(g, last, 32, 5, 1, 2, true);
	last = add_pool(g, EX_NN_MAX_POOL, last, 2, 2);
	last = add_sum(g, add_conv(g, last, 32, 3, 1, 1, true), last, true);
	add_conv(g, last, 1, 9, 1, 4, false);
	return g;
}

#define STRANGE_VALUES (2 * 140 * 40 * 3)

/* Some or all of the input is what a picture never is; then it is clean. */
static void
run_between(struct ex_nn_plan *p, int batch, float strange, int every)
{
	const int n = batch * STRANGE_VALUES / 2;
	float *in = ex_nn_plan_input(p), *clean, *wanted;
	const struct ex_nn_shape s = ex_nn_plan_output_shape(p);
	const size_t out = (size_t)(s.batch * s.height * s.width);

	fill_input(p, (struct ex_nn_shape){ batch, 140, 40, 3 });
	clean = ex_calloc((size_t)n, sizeof *clean);
	wanted = ex_calloc(out, sizeof *wanted);
	assert_true(clean && wanted);
	memcpy(clean, in, (size_t)n * sizeof *clean);
	memcpy(wanted, ex_nn_plan_run(p), out * sizeof *wanted);
	for (int i = 0; i < n / batch; i += every)
		in[i] = strange;
	assert_non_null(ex_nn_plan_run(p));
	if (batch == 2) /* nor does one picture reach the other */
		assert_memory_equal(ex_nn_plan_run(p) + out / 2,
		    wanted + out / 2, out / 2 * sizeof *wanted);
	memcpy(in, clean, (size_t)n * sizeof *clean);
	assert_memory_equal(ex_nn_plan_run(p), wanted, out * sizeof *wanted);
	free(clean);
	free(wanted);
}

static void
values_that_are_no_numbers_leave_nothing_behind(void **state)
{
	static const float strange[] = { NAN, INFINITY, -INFINITY, 3e38f,
		1e-40f };
	static const unsigned masks[] = { 0, EX_CPU_AVX2, ~0u };
	struct ex_nn_graph *g = every_kernel();
	struct ex_nn_plan *p;

	(void)state;
	for (int i = 0; i < 6; i++) {
		const int batch = 1 + i % 2;

		ex_cpu_mask(masks[i / 2]);
		assert_int_equal(ex_nn_plan_new(g, batch, 140, 40, &p), EX_OK);
		for (int k = 0; k < 5; k++)
			run_between(p, batch, strange[k], k % 2 ? 1 : 997);
		ex_nn_plan_free(&p);
	}
	ex_cpu_mask(~0u);
	ex_nn_graph_free(&g);
}

/* They would take some hundred times as long. */
static void
numbers_too_small_count_as_zeros(void **state)
{
#if defined(__x86_64__)
	struct ex_nn_graph *g = every_kernel();
	volatile float tiny = 1.2e-38f;
	struct ex_nn_plan *p;
	const float *out;

	(void)state;
	for (int i = 0; i < g->n_layers; i++)
		for (int c = 0; g->layers[i].bias && c < channels_of(g, i); c++)
			g->layers[i].bias[c] = 0;
	assert_int_equal(ex_nn_plan_new(g, 1, 140, 40, &p), EX_OK);
	for (int i = 0; i < STRANGE_VALUES / 2; i++)
		ex_nn_plan_input(p)[i] = 1e-39f;
	out = ex_nn_plan_run(p);
	for (int i = ex_nn_plan_output_shape(p).height *
		     ex_nn_plan_output_shape(p).width;
	     i-- > 0;)
		assert_true(out[i] == 0);
	assert_true(tiny * 0.5f > 0); /* as before, outside of a run */
	ex_nn_plan_free(&p);
	ex_nn_graph_free(&g);
#else
	(void)state;
	print_message("# skipped: not done on this processor\n");
	skip();
#endif
}

static void
wiping_leaves_zeros(void **state)
{
	struct ex_nn_graph *g = small_graph();
	struct ex_nn_plan *p;
	const float *out;

	(void)state;
	assert_int_equal(ex_nn_plan_new(g, 1, 30, 20, &p), EX_OK);
	fill_input(p, (struct ex_nn_shape){ 1, 30, 20, 3 });
	out = ex_nn_plan_run(p);
	ex_nn_plan_wipe(p);
	for (int i = 0; i < 30 * 20 * 3; i++)
		assert_true(ex_nn_plan_input(p)[i] == 0);
	for (int i = 0; i < 13 * 8; i++)
		assert_true(out[i] == 0);
	ex_nn_plan_free(&p);
	ex_nn_graph_free(&g);
}

static void
sizes_out_of_reach_are_refused(void **state)
{
	static const int sizes[][3] = { { 1, 4, 4 }, { 1, 30, 4 }, { 1, 4, 30 },
		{ 0, 30, 30 }, { 65, 30, 30 }, { 1, 0, 30 }, { 1, 30, -1 },
		{ 1, 32769, 30 }, { 1, 30, 32769 }, { 64, 32768, 32768 } };
	struct ex_nn_graph *g = small_graph();
	struct ex_nn_plan *p;

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		p = (struct ex_nn_plan *)g;
		assert_int_equal(ex_nn_plan_new(g, sizes[i][0], sizes[i][1],
				     sizes[i][2], &p),
		    EX_ERR_TOO_LARGE);
		assert_null(p);
	}
	ex_nn_graph_free(&g);
}

/* Though every layer's output is small. */
static void
large_input_is_refused(void **state)
{
	struct ex_nn_graph *g = graph_new(3);
	struct ex_nn_plan *p;

	(void)state;
	add_pool(g, EX_NN_AVG_POOL, -1, 0, 1);
	assert_int_equal(
	    ex_nn_plan_new(g, 64, 32768, 32768, &p), EX_ERR_TOO_LARGE);
	assert_null(p);
	ex_nn_graph_free(&g);
}

/* The weights of a fully connected layer are for one size. */
static void
inputs_that_do_not_fit_the_last_layer_are_refused(void **state)
{
	struct ex_nn_graph *g = graph_new(3);
	struct ex_nn_plan *p;

	(void)state;
	add_full(g, -1, 3 * 4 * 5, 8);
	assert_int_equal(ex_nn_plan_new(g, 1, 4, 6, &p), EX_ERR_TOO_LARGE);
	assert_null(p);
	assert_int_equal(ex_nn_plan_new(g, 1, 4, 4, &p), EX_ERR_TOO_LARGE);
	assert_int_equal(ex_nn_plan_new(g, 1, 4, 5, &p), EX_OK);
	ex_nn_plan_free(&p);
	ex_nn_graph_free(&g);
}

static void
every_failed_allocation_is_survived(void **state)
{
	struct ex_nn_graph *g = small_graph();
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_nn_plan *p;
	long n = 0;

	(void)state;
	for (; status != EX_OK; n++) {
		ex_calloc_fail_after(n);
		status = ex_nn_plan_new(g, 2, 30, 20, &p);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, p != NULL);
	}
	assert_in_range(n, 8, 100);
	/* (P1) */
	ex_calloc_fail_after(0);
	assert_non_null(ex_nn_plan_run(p));
	ex_calloc_fail_after(-1);
	ex_nn_plan_free(&p);
	ex_nn_graph_free(&g);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(convolutions_of_every_shape_are_right),
		cmocka_unit_test(five_by_five_is_right_at_every_level),
		cmocka_unit_test(three_by_three_is_right_at_every_level),
		cmocka_unit_test(wide_windows_onto_one_channel_are_right),
		cmocka_unit_test(pools_are_right),
		cmocka_unit_test(sums_of_different_sizes_are_right),
		cmocka_unit_test(fully_connected_is_right),
		cmocka_unit_test(deep_graphs_are_right),
		cmocka_unit_test(runs_do_not_depend_on_the_one_before),
		cmocka_unit_test(
		    values_that_are_no_numbers_leave_nothing_behind),
		cmocka_unit_test(numbers_too_small_count_as_zeros),
		cmocka_unit_test(wiping_leaves_zeros),
		cmocka_unit_test(sizes_out_of_reach_are_refused),
		cmocka_unit_test(large_input_is_refused),
		cmocka_unit_test(
		    inputs_that_do_not_fit_the_last_layer_are_refused),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
