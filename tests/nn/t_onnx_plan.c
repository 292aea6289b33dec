/* SPDX-License-Identifier: Apache-2.0 */
/* Each operator against values worked out by hand, or plain code. */
#include <math.h>

#include "onnx_test.h"
#include "test.h"

/* Made of input 1, 2, 3...; fails the test with the reason otherwise. */
static struct onnx_made
run(int opset, const char *dims, const char *outputs, const char *lines)
{
	struct onnx_made made = onnx_make(opset, dims, outputs, lines);
	int n[4];

	if (made.status != EX_OK)
		fail_msg("%s", made.err.why);
	onnx_sizes(dims, n);
	for (int i = 0; i < n[0] * n[1] * n[2] * n[3]; i++)
		ex_onnx_plan_input(made.plan)[i] = (float)(i + 1);
	assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
	return made;
}

static void
assert_output(const struct onnx_made *made, unsigned i, const char *dims,
    const float *wanted)
{
	struct ex_onnx_tensor t = ex_onnx_plan_output(made->plan, i);
	size_t n = 1;
	char *end;
	int rank = 0;

	for (const char *p = dims; *p; p = *end ? end + 1 : end, rank++) {
		assert_true(rank < t.rank);
		assert_int_equal(t.dims[rank], strtol(p, &end, 10));
		n *= (size_t)t.dims[rank];
	}
	assert_int_equal(t.rank, rank);
	for (size_t k = 0; k < n; k++)
		if (!(fabsf(t.data[k] - wanted[k]) <=
			1e-5f * fmaxf(1, fabsf(wanted[k]))))
			fail_msg("output %u, value %zu is %g, not %g", i, k,
			    (double)t.data[k], (double)wanted[k]);
}

#define VALUES(...) ((const float[]){ __VA_ARGS__ })

/* One case: an operator's output for input 1, 2, 3... */
struct simple {
	int opset;
	const char *dims, *lines, *out;
	float wanted[16];
};

static void
check_all(const struct simple *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct onnx_made made =
		    run(cases[i].opset, cases[i].dims, "y", cases[i].lines);

		assert_output(&made, 0, cases[i].out, cases[i].wanted);
		onnx_unmake(&made);
	}
}
#define CHECK_ALL(cases) check_all(cases, sizeof cases / sizeof *cases)

static void
arithmetic_is_as_by_hand(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,1,1,3", "k ~ 10\nAdd x k -> y", "1,1,1,3",
		    { 11, 12, 13 } },
		{ 13, "1,1,1,3", "k ~ 10\nSub k x -> y", "1,1,1,3",
		    { 9, 8, 7 } },
		{ 13, "1,1,1,3", "Mul x x -> y", "1,1,1,3", { 1, 4, 9 } },
		{ 13, "1,1,1,3", "k ~ 12,12,12\nDiv k x -> y", "1,1,1,3",
		    { 12, 6, 4 } },
		{ 13, "1,2,1,2",
		    "k ~ 10,20\nj # 2,1,1\nReshape k j -> c\n"
		    "Mul x c -> y",
		    "1,2,1,2", { 10, 20, 60, 80 } },
		{ 13, "1,1,2,2",
		    "k ~ -3\nAdd x k -> n\nt ~ 0.5\n"
		    "PRelu n t -> y",
		    "1,1,2,2", { -1, -0.5f, 0, 1 } },
		{ 13, "1,1,2,2", "k ~ -3\nAdd x k -> n\nRelu n -> y", "1,1,2,2",
		    { 0, 0, 0, 1 } },
		{ 13, "1,1,2,2",
		    "k ~ -3\nAdd x k -> n\nLeakyRelu n -> y alpha:f=0.25",
		    "1,1,2,2", { -0.5f, -0.25f, 0, 1 } },
		{ 13, "1,1,2,2", "k ~ 1\nSub x k -> n\nSigmoid n -> y",
		    "1,1,2,2", { 0.5f, 0.7310586f, 0.8807970f, 0.9525741f } },
		{ 13, "1,1,1,3",
		    "k ~ 0.5\nMul x k -> h\nFloor h -> f\nCeil h -> c\n"
		    "t ~ 10\nMul f t -> g\nAdd g c -> y",
		    "1,1,1,3", { 1, 11, 12 } },
		{ 13, "1,1,1,3", "Mul x x -> s\nSqrt s -> y", "1,1,1,3",
		    { 1, 2, 3 } },
		{ 9, "1,1,2,2", "Clip x -> y min:f=1.5 max:f=3", "1,1,2,2",
		    { 1.5f, 2, 3, 3 } },
		{ 11, "1,1,2,2", "l ~ 2\nSqueeze l -> m\nClip x m -> y",
		    "1,1,2,2", { 2, 2, 3, 4 } },
		/* (x - mean) / sqrt(variance + epsilon) x scale + shift */
		{ 13, "1,2,1,2",
		    "s ~ 2,3\no ~ 1,0\nm ~ 1,3\nv ~ 3,8\n"
		    "BatchNormalization x s o m v -> y epsilon:f=1",
		    "1,2,1,2", { 1, 2, 0, 1 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
sums_over_axes_are_as_by_hand(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,2,2,2", "GlobalAveragePool x -> y", "1,2,1,1",
		    { 2.5f, 6.5f } },
		{ 13, "1,2,1,2", "ReduceMean x -> y axes:I=1 keepdims:i=0",
		    "1,1,2", { 2, 3 } },
		{ 18, "1,2,1,2", "a # -1\nReduceMean x a -> y", "1,2,1,1",
		    { 1.5f, 3.5f } },
		{ 13, "1,1,1,2",
		    "k ~ 2,2\nMul x k -> z\nAdd x z -> w\n"
		    "ReduceL2 w -> y keepdims:i=0",
		    "", { 6.7082039f } },
		{ 13, "1,2,1,2", "a # 1,3\nReduceSum x a -> y keepdims:i=0",
		    "1,1", { 10 } },
		{ 13, "1,1,1,2", "Softmax x -> y", "1,1,1,2",
		    { 0.2689414f, 0.7310586f } },
		{ 13, "1,2,1,2", "Softmax x -> y axis:i=1", "1,2,1,2",
		    { 0.1192029f, 0.1192029f, 0.8807971f, 0.8807971f } },
		{ 11, "1,2,1,1", "Softmax x -> y axis:i=1", "1,2,1,1",
		    { 0.2689414f, 0.7310586f } },
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
products_are_as_by_hand(void **state)
{
	static const struct simple cases[] = {
		{ 13, "2,2,1,1",
		    "Flatten x -> f\nk ~ 1,2,3,4,5,6\ns # 2,3\n"
		    "Reshape k s -> w\nb ~ 1,1,2\nGemm f w b -> y",
		    "2,3", { 10, 13, 17, 20, 27, 35 } },
		{ 13, "1,2,1,1",
		    "Flatten x -> f\nw = 3,2 * 0\nb ~ 1,2,3\n"
		    "Gemm f w b -> y transB:i=1 beta:f=2 alpha:f=5",
		    "1,3", { 2, 4, 6 } },
		{ 13, "1,1,2,2", "MatMul x x -> y", "1,1,2,2",
		    { 7, 10, 15, 22 } },
		{ 13, "1,1,2,2",
		    "Flatten x -> f axis:i=3\n"
		    "Gemm f f -> y transA:i=1",
		    "2,2", { 10, 14, 14, 20 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
moves_are_as_by_hand(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,2,1,3", "Transpose x -> y perm:I=0,3,2,1", "1,3,1,2",
		    { 1, 4, 2, 5, 3, 6 } },
		{ 13, "1,2,1,3", "s # 3,-1\nReshape x s -> y", "3,2",
		    { 1, 2, 3, 4, 5, 6 } },
		{ 13, "1,2,1,3", "Flatten x -> y axis:i=3", "2,3",
		    { 1, 2, 3, 4, 5, 6 } },
		{ 13, "1,2,1,2", "Concat x x -> y axis:i=3", "1,2,1,4",
		    { 1, 2, 1, 2, 3, 4, 3, 4 } },
		{ 13, "1,1,1,6",
		    "s # 1\ne # 9223372036854775807\na # 3\n"
		    "t # 2\nSlice x s e a t -> y",
		    "1,1,1,3", { 2, 4, 6 } },
		{ 13, "1,1,1,4",
		    "s # -1\ne # -9223372036854775808\na # 3\n"
		    "t # -1\nSlice x s e a t -> y",
		    "1,1,1,4", { 4, 3, 2, 1 } },
		{ 9, "1,1,2,3", "Slice x -> y axes:I=3 starts:I=-2 ends:I=9",
		    "1,1,2,2", { 2, 3, 5, 6 } },
		{ 13, "1,3,1,2", "i # 2,-3\nGather x i -> y axis:i=1",
		    "1,2,1,2", { 5, 6, 1, 2 } },
		{ 13, "1,3,1,2", "i $ 1\nGather x i -> y axis:i=1", "1,1,2",
		    { 3, 4 } },
		{ 11, "1,1,1,2",
		    "Squeeze x -> s axes:I=0,2\n"
		    "Unsqueeze s -> y axes:I=2",
		    "1,2,1", { 1, 2 } },
		{ 13, "1,1,1,2", "s # 2,1,1\nExpand x s -> y", "1,2,1,2",
		    { 1, 2, 1, 2 } },
		{ 13, "1,1,1,2", "Dropout x -> y", "1,1,1,2", { 1, 2 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

/* Sizes that the input's size decides, computed while planning. */
static void
preambles_become_constants(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,2,1,3", "Shape x -> s\nCast s -> y to:i=1", "4",
		    { 1, 2, 1, 3 } },
		{ 15, "1,2,1,3",
		    "Shape x -> s start:i=1 end:i=-1\nCast s -> y to:i=1", "2",
		    { 2, 1 } },
		{ 13, "1,2,1,3",
		    "Shape x -> s\ni # 1\nGather s i -> c\nm # -1\n"
		    "Concat m c -> t axis:i=0\nReshape x t -> y",
		    "3,2", { 1, 2, 3, 4, 5, 6 } },
		/* whole numbers divide towards zero */
		{ 13, "1,1,1,1",
		    "a # -7,7\nb # 2\nDiv a b -> c\nCast c -> y to:i=1", "2",
		    { -3, 3 } },
		{ 13, "1,1,1,1",
		    "a ~ 2.75,-2.75\nCast a -> c to:i=7\nCast c -> y to:i=1",
		    "2", { 2, -2 } },
		{ 13, "1,1,2,2", "s # 2\nConstantOfShape s -> o\nAdd x o -> y",
		    "1,1,2,2", { 1, 2, 3, 4 } },
		{ 13, "1,1,1,2",
		    "Constant -> k value_float:f=0.5\n"
		    "Mul x k -> y",
		    "1,1,1,2", { 0.5f, 1 } },
		{ 13, "1,1,1,2", "k ~ 3,4\nIdentity k -> y", "2", { 3, 4 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

/* What goes into a convolution may be made after it in the file. */
static void
constants_may_follow_what_they_go_into(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,1,2,2",
		    "k ~ 3\nr # 1,1,1,1\nReshape k r -> w\nConv x w -> c\n"
		    "Constant -> l value_float:f=4\n"
		    "Constant -> h value_float:f=10\nClip c l h -> y",
		    "1,1,2,2", { 4, 6, 9, 10 } },
		{ 13, "1,2,1,1",
		    "Flatten x -> f\nk ~ 1,2,3,4\nr # 2,2\nReshape k r -> w\n"
		    "s ~ 1,1\no ~ 0,0\nm ~ 1,2\nv ~ 3,3\nGemm f w -> g\n"
		    "BatchNormalization g s o m v -> n epsilon:f=1\n"
		    "Constant -> l value_float:f=3.5\nClip n l -> y",
		    "1,2", { 3.5f, 4 } },
		{ 13, "1,1,1,2",
		    "k ~ 3\nr # 1,1,1,1\nReshape k r -> w\nConv x w -> c\n"
		    "s ~ 2\no ~ 1\nm ~ 3\nv ~ 3\nIdentity s -> t\n"
		    "BatchNormalization c t o m v -> y epsilon:f=1",
		    "1,1,1,2", { 1, 4 } },
		{ 13, "1,1,1,2",
		    "k ~ 3\nr # 1,1,1,1\nReshape k r -> w\nConv x w -> c\n"
		    "b ~ 5\nReshape b r -> d\nAdd d c -> y",
		    "1,1,1,2", { 8, 11 } },
		/* Known after the convolution alone: not merged. */
		{ 13, "1,1,1,2",
		    "k ~ 1,1,1,1\nr # 4,1,1,1\nReshape k r -> w\n"
		    "o ~ 0,0,0,0\nv ~ 3,3,3,3\nConv x w -> c\nShape x -> z\n"
		    "Cast z -> s to:i=1\n"
		    "BatchNormalization c s o o v -> y epsilon:f=1",
		    "1,4,1,2", { 0.5f, 1, 0.5f, 1, 0.5f, 1, 1, 2 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

/* An addend of more dimensions than the output gives it those. */
static void
known_addends_keep_their_dimensions(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,1,1,2",
		    "k ~ 3\nr # 1,1,1,1\nReshape k r -> w\nConv x w -> c\n"
		    "b ~ 5\nt # 1,1,1,1,1\nReshape b t -> d\nAdd c d -> y",
		    "1,1,1,1,2", { 8, 11 } },
		{ 13, "1,2,1,1",
		    "Flatten x -> f\nk ~ 1,2,3,4\nr # 2,2\nReshape k r -> w\n"
		    "Gemm f w -> g\nb ~ 1,2\nt # 1,1,2\nReshape b t -> d\n"
		    "Add g d -> y",
		    "1,1,2", { 8, 12 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

static void
windows_are_as_by_hand(void **state)
{
	static const struct simple cases[] = {
		{ 13, "1,1,3,3", "MaxPool x -> y kernel_shape:I=2,2", "1,1,2,2",
		    { 5, 6, 8, 9 } },
		{ 13, "1,1,3,3",
		    "MaxPool x -> y kernel_shape:I=2,2 strides:I=2,2 "
		    "ceil_mode:i=1",
		    "1,1,2,2", { 5, 6, 8, 9 } },
		{ 13, "1,1,3,3",
		    "MaxPool x -> y kernel_shape:I=2,2 dilations:I=2,2",
		    "1,1,1,1", { 9 } },
		{ 13, "1,1,2,2",
		    "AveragePool x -> y kernel_shape:I=2,2 pads:I=1,1,0,0",
		    "1,1,2,2", { 1, 1.5f, 2, 2.5f } },
		{ 13, "1,1,2,2",
		    "AveragePool x -> y kernel_shape:I=2,2 pads:I=1,1,0,0 "
		    "count_include_pad:i=1",
		    "1,1,2,2", { 0.25f, 0.75f, 1, 2.5f } },
		{ 13, "1,1,1,2",
		    "s ~ 1,1,2,2\nr = 0\n"
		    "Resize x r s -> y nearest_mode:s=floor "
		    "coordinate_transformation_mode:s=asymmetric",
		    "1,1,2,4", { 1, 1, 2, 2, 1, 1, 2, 2 } },
		{ 13, "1,1,1,2",
		    "z # 1,1,1,4\nr = 0\n"
		    "Resize x r r z -> y mode:s=linear",
		    "1,1,1,4", { 1, 1.25f, 1.75f, 2 } },
		{ 13, "1,1,1,2",
		    "z # 1,1,1,4\nr = 0\nResize x r r z -> y mode:s=linear "
		    "coordinate_transformation_mode:s=align_corners",
		    "1,1,1,4", { 1, 4.0f / 3, 5.0f / 3, 2 } },
		{ 9, "1,1,1,2", "s ~ 1,1,1,3\nUpsample x s -> y", "1,1,1,6",
		    { 1, 1, 1, 2, 2, 2 } },
	};

	(void)state;
	CHECK_ALL(cases);
}

/* ---- convolutions against the sum as written ---------------------------- */

struct shape {
	int batch, height, width, in, out, groups;
	int kernel[2], stride[2], dilation[2], pads[4];
};

static int
side_of(const struct shape *s, int i)
{
	const int n = i ? s->width : s->height;

	return (n + s->pads[i] + s->pads[2 + i] -
		   (s->kernel[i] - 1) * s->dilation[i] - 1) /
		   s->stride[i] +
	       1;
}

static double
conv_at(const struct shape *s, const float *x, const float *w, int n, int o,
    int row, int column)
{
	const int in = s->in / s->groups;
	double sum = 0;

	for (int c = 0; c < in; c++)
		for (int i = 0; i < s->kernel[0]; i++)
			for (int j = 0; j < s->kernel[1]; j++) {
				const int y = row * s->stride[0] - s->pads[0] +
					      i * s->dilation[0];
				const int z = column * s->stride[1] -
					      s->pads[1] + j * s->dilation[1];
				const int from =
				    o / (s->out / s->groups) * in + c;

				if (y < 0 || y >= s->height || z < 0 ||
				    z >= s->width)
					continue;
				sum +=
				    (double)
					x[((n * s->in + from) * s->height + y) *
						s->width +
					    z] *
				    (double)
					w[((o * in + c) * s->kernel[0] + i) *
						s->kernel[1] +
					    j];
			}
	return sum;
}

static void
check_conv(const struct shape *s, struct ex_rng *rng)
{
	const size_t n_w =
	    (size_t)(s->out * s->in / s->groups * s->kernel[0] * s->kernel[1]);
	float *w = malloc(n_w * sizeof *w);
	struct onnx_model m;
	struct onnx_made made;
	struct ex_onnx_tensor t;
	char dims[64];
	float *x;

	assert_non_null(w);
	for (size_t i = 0; i < n_w; i++)
		w[i] = (float)ex_rng_normal(rng);
	onnx_begin(&m, 13);
	snprintf(dims, sizeof dims, "%d,%d,%d,%d", s->out, s->in / s->groups,
	    s->kernel[0], s->kernel[1]);
	onnx_floats(&m, "w", dims, w);
	onnx_line(&m,
	    "Conv x w -> y group:i=%d strides:I=%d,%d dilations:I=%d,%d "
	    "pads:I=%d,%d,%d,%d",
	    s->groups, s->stride[0], s->stride[1], s->dilation[0],
	    s->dilation[1], s->pads[0], s->pads[1], s->pads[2], s->pads[3]);
	snprintf(dims, sizeof dims, "%d,%d,%d,%d", s->batch, s->in, s->height,
	    s->width);
	onnx_end(&m, "x", dims, "y");
	made = onnx_make_file(onnx_file(&m), dims);
	if (made.status != EX_OK)
		fail_msg("%s", made.err.why);
	x = ex_onnx_plan_input(made.plan);
	for (int i = 0; i < s->batch * s->in * s->height * s->width; i++)
		x[i] = (float)ex_rng_normal(rng);
	assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
	t = ex_onnx_plan_output(made.plan, 0);
	assert_int_equal(t.dims[1], s->out);
	assert_int_equal(t.dims[2], side_of(s, 0));
	assert_int_equal(t.dims[3], side_of(s, 1));
	for (int n = 0, k = 0; n < s->batch; n++)
		for (int o = 0; o < s->out; o++)
			for (int y = 0; y < t.dims[2]; y++)
				for (int z = 0; z < t.dims[3]; z++, k++) {
					double want =
					    conv_at(s, x, w, n, o, y, z);

					assert_true(
					    fabs(want - (double)t.data[k]) <=
					    2e-4);
				}
	onnx_unmake(&made);
	onnx_free(&m);
	free(w);
}

static void
convolutions_are_the_sum_as_written(void **state)
{
	static const int widths[] = { 1, 3, 8, 16, 20, 32 };
	struct ex_rng rng;

	(void)state;
	ex_rng_init(&rng, 5);
	for (int i = 0; i < 60; i++) {
		struct shape s = { .batch = 1 + (int)ex_rng_below(&rng, 2),
			.height = 6 + (int)ex_rng_below(&rng, 9),
			.width = 6 + (int)ex_rng_below(&rng, 9) };
		const int a = widths[ex_rng_below(&rng, 6)],
			  b = widths[ex_rng_below(&rng, 6)];

		s.groups = i % 3 == 0 ? 1 : 1 + (int)ex_rng_below(&rng, 4);
		s.in = i % 3 == 2 ? s.groups : a * s.groups; /* depth-wise */
		s.out = i % 3 == 2 ? s.groups : b * s.groups;
		for (int k = 0; k < 2; k++) {
			s.kernel[k] = 1 + (int)ex_rng_below(&rng, 3);
			s.stride[k] = 1 + (int)ex_rng_below(&rng, 3);
			s.dilation[k] = 1 + (int)ex_rng_below(&rng, 2);
		}
		for (int k = 0; k < 4; k++)
			s.pads[k] =
			    (int)ex_rng_below(&rng, (uint32_t)s.kernel[k % 2]);
		check_conv(&s, &rng);
	}
}

/* ---- plans -------------------------------------------------------------- */

/* A random network of convolutions, sums and activations, its values v0, v1...
 */
static void
random_lines(struct onnx_model *m, struct ex_rng *rng, int n, int channels)
{
	onnx_line(m, "Identity x -> v0");
	onnx_line(m, "s + %d", channels);
	onnx_line(m, "o = %d", channels);
	onnx_line(m, "l = %d,1,1", channels);
	for (int i = 1; i < n; i++) {
		const int a = i - 1 -
			      (int)ex_rng_below(rng, i < 3 ? (uint32_t)i : 3),
			  b = (int)ex_rng_below(rng, (uint32_t)i);

		switch (ex_rng_below(rng, 8)) {
		case 0:
		case 1:
			onnx_line(m, "w%d = %d,%d,3,3 * %g", i, channels,
			    channels, 0.33 / sqrt(channels));
			onnx_line(
			    m, "Conv v%d w%d -> v%d pads:I=1,1,1,1", a, i, i);
			break;
		case 2:
			onnx_line(m, "Relu v%d -> v%d", a, i);
			break;
		case 3:
			onnx_line(m, "LeakyRelu v%d -> v%d alpha:f=0.3", a, i);
			break;
		case 4:
			onnx_line(m,
			    "BatchNormalization v%d s o o s -> v%d "
			    "epsilon:f=0.01",
			    a, i);
			break;
		case 5:
			onnx_line(m, "PRelu v%d l -> v%d", a, i);
			break;
		case 6:
			onnx_line(
			    m, "Transpose v%d -> t%d perm:I=0,1,3,2", a, i);
			onnx_line(m, "Add t%d v%d -> v%d", i, b, i);
			break;
		default:
			onnx_line(m, "Add v%d v%d -> v%d", a, b, i);
		}
	}
}

/* Memory shared, operations merged and written over their inputs: the last
 * value is what it is when every value is kept. */
static void
sharing_memory_changes_nothing(void **state)
{
	enum { VALUES = 30 };
	static const int widths[] = { 5, 16, 24, 33, 64 };
	struct onnx_made made[2];
	struct ex_rng rng;

	(void)state;
	for (uint64_t seed = 0; seed < 60; seed++) {
		const int channels = widths[seed % 5], size = channels * 36;
		struct ex_onnx_tensor t[2];
		float most = 0;
		char dims[32];

		snprintf(dims, sizeof dims, "1,%d,6,6", channels);

		for (int k = 0; k < 2; k++) {
			char outputs[256] = "v29";
			struct onnx_model m;

			ex_rng_init(&rng, seed);
			onnx_begin(&m, 13);
			random_lines(&m, &rng, VALUES, channels);
			for (int i = 0; k == 1 && i < VALUES - 1; i++)
				snprintf(
				    outputs + strlen(outputs), 8, " v%d", i);
			onnx_end(&m, "x", dims, outputs);
			made[k] = onnx_make_file(onnx_file(&m), dims);
			onnx_free(&m);
			if (made[k].status != EX_OK)
				fail_msg("%s", made[k].err.why);
			for (int i = 0; i < size; i++)
				ex_onnx_plan_input(made[k].plan)[i] =
				    (float)(i % 13) / 6 - 1;
			for (int i = 0; i < 2; i++)
				assert_int_equal(
				    ex_onnx_plan_run(made[k].plan), EX_OK);
			t[k] = ex_onnx_plan_output(made[k].plan, 0);
		}
		for (int i = 0; i < size; i++)
			most = fmaxf(most, fabsf(t[1].data[i]));
		for (int i = 0; i < size; i++)
			assert_true(
			    fabsf(t[0].data[i] - t[1].data[i]) <= 1e-5f * most);
		for (int k = 0; k < 2; k++)
			onnx_unmake(&made[k]);
	}
}

#define EVERYTHING                                                             \
	"w = 6,3,3,3\ns + 6\no = 6\nConv x w -> c pads:I=1,1,1,1\n"            \
	"BatchNormalization c s o o s -> n\nRelu n -> r\n"                     \
	"MaxPool r -> p kernel_shape:I=2,2 strides:I=2,2\nt ~ 1,1,2,2\n"       \
	"e = 0\nResize p e t -> u mode:s=linear\nAdd u r -> a\n"               \
	"Transpose a -> h perm:I=0,2,3,1\nk # 1,-1,6\nReshape h k -> y\n"      \
	"GlobalAveragePool a -> g\nFlatten g -> f\nq = 6,4\n"                  \
	"Gemm f q -> z\nSoftmax z -> v"

static void
a_run_allocates_nothing(void **state)
{
	struct onnx_made made = run(13, "1,3,8,8", "y v", EVERYTHING);

	(void)state;
	ex_calloc_fail_after(0);
	assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
	ex_calloc_fail_after(-1);
	onnx_unmake(&made);
}

static void
one_net_serves_many_sizes(void **state)
{
	struct onnx_made made = run(13, "1,3,8,8", "y v", EVERYTHING);
	struct ex_onnx_plan *other;
	struct ex_onnx_input in = ex_onnx_net_input(made.net);

	(void)state;
	assert_int_equal(in.batch, 1);
	assert_int_equal(in.channels, 3);
	assert_int_equal(in.height, 8);
	assert_int_equal(in.width, 8);
	assert_int_equal(ex_onnx_net_outputs(made.net), 2);
	assert_string_equal(ex_onnx_net_output_name(made.net, 0), "y");
	assert_string_equal(ex_onnx_net_output_name(made.net, 1), "v");
	assert_int_equal(
	    ex_onnx_plan_new(made.net, 1, 12, 20, &other, NULL), EX_OK);
	assert_int_equal(ex_onnx_plan_output(other, 0).dims[1], 240);
	assert_int_equal(ex_onnx_plan_run(other), EX_OK);
	ex_onnx_plan_free(&other);
	onnx_unmake(&made);
}

/* Each picture of a batch as it is alone. */
static void
pictures_of_a_batch_do_not_meet(void **state)
{
	static const char lines[] = "w = 6,3,3,3\nConv x w -> c\n"
				    "GlobalAveragePool c -> g\nFlatten g -> f\n"
				    "q = 6,4\nGemm f q -> y";
	struct onnx_made many = run(13, "3,3,8,8", "y", lines),
			 one = onnx_make(13, "1,3,8,8", "y", lines);
	const float *all = ex_onnx_plan_output(many.plan, 0).data;

	(void)state;
	for (int n = 0; n < 3; n++) {
		memcpy(ex_onnx_plan_input(one.plan),
		    ex_onnx_plan_input(many.plan) + n * 192,
		    192 * sizeof(float));
		assert_int_equal(ex_onnx_plan_run(one.plan), EX_OK);
		for (int i = 0; i < 4; i++)
			assert_true(
			    fabsf(ex_onnx_plan_output(one.plan, 0).data[i] -
				  all[n * 4 + i]) <=
			    1e-4f * fabsf(all[n * 4 + i]));
	}
	onnx_unmake(&many);
	onnx_unmake(&one);
}

static const char mixed[] =
    "w = 8,3,3,3\nb = 8\nConv x w b -> c pads:I=1,1,1,1\n"
    "t ~ 0.2\nPRelu c t -> r\nd = 8,1,3,3\n"
    "Conv r d -> e group:i=8 pads:I=1,1,1,1\nSigmoid e -> s\n"
    "Mul s r -> m\nMaxPool m -> p kernel_shape:I=2,2 strides:I=2,2\n"
    "GlobalAveragePool p -> q\nFlatten q -> f\nSoftmax f -> y";

static void
values_that_are_no_numbers_leave_nothing_behind(void **state)
{
	static const float strange[] = { NAN, INFINITY, -INFINITY, 1e-40f };
	struct onnx_made made = run(13, "1,3,12,12", "y", mixed);
	float *in = ex_onnx_plan_input(made.plan), wanted[8];

	(void)state;
	memcpy(wanted, ex_onnx_plan_output(made.plan, 0).data, sizeof wanted);
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 3 * 12 * 12; k += i < 4 ? 1 : 100)
			in[k] = strange[i % 4];
		assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
		for (int k = 0; k < 3 * 12 * 12; k++)
			in[k] = (float)(k + 1);
		assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
		assert_memory_equal(ex_onnx_plan_output(made.plan, 0).data,
		    wanted, sizeof wanted);
	}
	onnx_unmake(&made);
}

/* One infinite number may bound a Clip, but is no weight; nor is a product past
 * what a float holds. */
static void
weights_that_are_not_finite_are_refused(void **state)
{
	static const char *const lines[] = {
		"i ~ inf\ns # 1,1,1,1\nReshape i s -> w\nConv x w -> y",
		"w = 1,1,1,1\nb ~ -inf\nConv x w b -> y",
		("w = 1,1,1,1 * 1e30\ns ~ 1e30\no ~ 0\nm ~ 0\nv ~ 1\n"
		 "Conv x w -> c\nBatchNormalization c s o m v -> y"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		struct onnx_made made = onnx_make(13, "1,1,4,4", "y", lines[i]);

		assert_int_equal(made.status, EX_ERR_FORMAT);
		assert_non_null(strstr(made.err.why, "not finite"));
		onnx_unmake(&made);
	}
}

static void
wiping_leaves_nothing_of_what_was_seen(void **state)
{
	struct onnx_made made = run(13, "1,3,8,8", "y v", EVERYTHING);

	(void)state;
	ex_onnx_plan_wipe(made.plan);
	for (int i = 0; i < 3 * 64; i++)
		assert_true(ex_onnx_plan_input(made.plan)[i] == 0);
	for (unsigned k = 0; k < 2; k++)
		for (int i = 0; i < 4; i++)
			assert_true(
			    ex_onnx_plan_output(made.plan, k).data[i] == 0);
	onnx_unmake(&made);
}

/* The first allocation fails, then the second, until all is well. */
static void
every_failed_allocation_is_survived(void **state)
{
	struct onnx_model m;
	struct onnx_made made = { .status = EX_ERR_NOMEM };
	long n = 0;

	(void)state;
	onnx_begin(&m, 13);
	onnx_lines(&m, EVERYTHING);
	onnx_end(&m, "x", "1,3,8,8", "y v");
	for (; made.status != EX_OK; n++) {
		onnx_unmake(&made);
		ex_calloc_fail_after(n);
		made = onnx_make_file(onnx_file(&m), "1,3,8,8");
		ex_calloc_fail_after(-1);
		assert_true(
		    made.status == EX_OK || made.status == EX_ERR_NOMEM);
		assert_true(
		    made.status == EX_OK || made.err.status == EX_ERR_NOMEM);
	}
	assert_true(n > 100); /* protobuf's are among them */
	assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
	onnx_unmake(&made);
	onnx_free(&m);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arithmetic_is_as_by_hand),
		cmocka_unit_test(sums_over_axes_are_as_by_hand),
		cmocka_unit_test(products_are_as_by_hand),
		cmocka_unit_test(moves_are_as_by_hand),
		cmocka_unit_test(preambles_become_constants),
		cmocka_unit_test(constants_may_follow_what_they_go_into),
		cmocka_unit_test(known_addends_keep_their_dimensions),
		cmocka_unit_test(windows_are_as_by_hand),
		cmocka_unit_test(convolutions_are_the_sum_as_written),
		cmocka_unit_test(sharing_memory_changes_nothing),
		cmocka_unit_test(a_run_allocates_nothing),
		cmocka_unit_test(one_net_serves_many_sizes),
		cmocka_unit_test(pictures_of_a_batch_do_not_meet),
		cmocka_unit_test(
		    values_that_are_no_numbers_leave_nothing_behind),
		cmocka_unit_test(weights_that_are_not_finite_are_refused),
		cmocka_unit_test(wiping_leaves_nothing_of_what_was_seen),
		cmocka_unit_test(every_failed_allocation_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
