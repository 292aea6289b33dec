/* SPDX-License-Identifier: Apache-2.0 */
/* ONNX files that are not what they should be, and what is said of them. */
#include <math.h>

#include "onnx_test.h"
#include "test.h"

#define PICTURE "1,3,8,8"
#define CONV    "w = 4,3,3,3\nConv x w -> y"

static void
assert_refused(struct onnx_made *made, enum ex_status status, const char *words)
{
	assert_int_equal(made->status, status);
	assert_null(made->plan);
	assert_int_equal(made->err.status, status);
	assert_string_equal(made->err.what, "made up");
	if (!strstr(made->err.why, words))
		fail_msg("\"%s\" does not say \"%s\"", made->err.why, words);
	onnx_unmake(made);
}

/* Lines that make a file to be refused. */
static void
refused(int opset, const char *lines, enum ex_status status, const char *words)
{
	struct onnx_made made = onnx_make(opset, PICTURE, "y", lines);

	assert_refused(&made, status, words);
}

static void
what_is_not_known_is_named(void **state)
{
	(void)state;
	refused(13, "Einsum x -> y", EX_ERR_UNSUPPORTED,
	    "node y: operator Einsum is not known");
	refused(13, "If x -> y", EX_ERR_UNSUPPORTED,
	    "node y: operator If is not known");
	refused(13, "Loop x -> y", EX_ERR_UNSUPPORTED, "operator Loop");
	refused(13, "Relu x -> y beta:f=1", EX_ERR_UNSUPPORTED,
	    "node y (Relu): attribute beta of type 1 is not known");
	refused(13, "LeakyRelu x -> y alpha:i=1", EX_ERR_UNSUPPORTED,
	    "node y (LeakyRelu): attribute alpha of type 2 is not known");
	refused(6, CONV, EX_ERR_UNSUPPORTED, "opset 6 is not one of 7 to 21");
	refused(22, CONV, EX_ERR_UNSUPPORTED, "opset 22 is not one of 7 to 21");
}

static void
values_must_be_made_once_and_before_use(void **state)
{
	(void)state;
	refused(13, "Relu a -> b\nRelu b -> a\nRelu x -> y", EX_ERR_FORMAT,
	    "node b (Relu): input a is made by nothing before it");
	refused(13, "Add x y -> y", EX_ERR_FORMAT,
	    "node y (Add): input y is made by nothing before it");
	refused(13, "Relu x -> y\nRelu x -> y", EX_ERR_FORMAT,
	    "node y (Relu): value y is made twice");
	refused(13, "w = 2\nw = 2\nRelu x -> y", EX_ERR_FORMAT,
	    "value w is made twice");
	refused(13, "Relu x -> x", EX_ERR_FORMAT, "value x is made twice");
	refused(
	    13, "Relu x -> z", EX_ERR_FORMAT, "output y is made by no node");
	refused(13, "Relu -> y", EX_ERR_FORMAT, "node y (Relu): 0 inputs");
	refused(13, "Add x - -> y", EX_ERR_FORMAT, "node y (Add)");
	refused(13, "Relu - -> y", EX_ERR_FORMAT,
	    "node y (Relu): it lacks its first input");
}

/* Batch normalisation's second output is the mean of a batch in training. */
static void
outputs_of_training_are_of_no_use(void **state)
{
	struct onnx_model m;
	struct onnx_made made;

	(void)state;
	onnx_begin(&m, 13);
	onnx_line(&m, "s + 3");
	onnx_node(&m, "BatchNormalization", "x s s s s", "n mean", "");
	onnx_line(&m, "Relu mean -> y");
	onnx_end(&m, "x", PICTURE, "y");
	made = onnx_make_file(onnx_file(&m), PICTURE);
	assert_refused(&made, EX_ERR_UNSUPPORTED,
	    "node y (Relu): input 0 is an output of training");
	onnx_free(&m);
}

static void
sizes_that_do_not_fit_are_named(void **state)
{
	(void)state;
	refused(13, "w = 4,5,3,3\nConv x w -> y", EX_ERR_FORMAT,
	    "node y (Conv): its weights are not for 3 channels in 1 groups");
	refused(13, "w = 4,3,3,3\nConv x w -> y group:i=2", EX_ERR_FORMAT,
	    "node y (Conv): its weights");
	refused(13, "w = 4,3,3,3\nConv x w -> y group:i=-1", EX_ERR_FORMAT,
	    "node y (Conv): its weights");
	refused(13, "w = 4,3,3,3\nConv x w -> y kernel_shape:I=5,5",
	    EX_ERR_FORMAT, "node y (Conv): kernel_shape");
	refused(13, "w = 4,3,9,3\nConv x w -> y", EX_ERR_TOO_LARGE,
	    "node y (Conv): its output would be empty");
	refused(13, "w = 4,3,3,3\nConv x w -> y strides:I=0,1",
	    EX_ERR_UNSUPPORTED, "node y (Conv): kernel_shape, strides");
	refused(13, "w = 4,3,3,3\nConv x w -> y pads:I=-1,0,0,0",
	    EX_ERR_UNSUPPORTED, "node y (Conv): pads are negative");
	refused(13, "w = 4,3,3,3\nConv x w -> y pads:I=0,0,0,9999999",
	    EX_ERR_UNSUPPORTED, "node y (Conv): pads");
	refused(13, "w = 4,3,3,3\nConv x w -> y auto_pad:s=SOME",
	    EX_ERR_UNSUPPORTED, "node y (Conv)");
	refused(13, "MaxPool x -> y kernel_shape:I=2,2 pads:I=2,0,0,0",
	    EX_ERR_FORMAT, "node y (MaxPool): its padding is as wide");
	refused(13, "MaxPool x -> y", EX_ERR_FORMAT, "kernel_shape is missing");
	refused(13, "k = 5\nAdd x k -> y", EX_ERR_FORMAT,
	    "node y (Add): sizes of its inputs do not fit");
	refused(13, "k # 1\nAdd x k -> y", EX_ERR_FORMAT, "do not mix");
	refused(13, "s # 7,-1\nReshape x s -> y", EX_ERR_FORMAT,
	    "node y (Reshape): 192 values do not fit");
	refused(13, "s # -1,-1\nReshape x s -> y", EX_ERR_FORMAT, "two of");
	refused(13, "s # -2\nReshape x s -> y", EX_ERR_FORMAT, "out of range");
	refused(13, "Transpose x -> y perm:I=0,1,1,2", EX_ERR_FORMAT,
	    "node y (Transpose): its order");
	refused(13, "s # 2,4,8,8\nExpand x s -> y", EX_ERR_FORMAT,
	    "node y (Expand): the sizes asked for");
	refused(13, "Flatten x -> y axis:i=5", EX_ERR_FORMAT, "axis");
	refused(13, "Concat x x -> y axis:i=4", EX_ERR_FORMAT, "(Concat)");
	refused(13, "i # 3\nGather x i -> y axis:i=1", EX_ERR_FORMAT,
	    "node y (Gather): index out of range");
	refused(13, "Squeeze x -> s\nw = 4,3\nGemm x w -> y", EX_ERR_FORMAT,
	    "node y (Gemm): its inputs are not matrices");
	refused(13, "w = 4,3\nMatMul x w -> y", EX_ERR_FORMAT, "(MatMul)");
	refused(13, "s # 0\ne # 0\nSlice x s e -> y", EX_ERR_TOO_LARGE,
	    "node y (Slice): its output would be empty");
}

static void
what_would_take_too_much_is_refused(void **state)
{
	(void)state;
	refused(13, "s # 100000,100000\nConstantOfShape s -> y",
	    EX_ERR_TOO_LARGE, "node y (ConstantOfShape)");
	refused(13, "s # 4096,4096\nConstantOfShape s -> y", EX_ERR_TOO_LARGE,
	    "node y (ConstantOfShape)");
	refused(13, "s # -1\nConstantOfShape s -> y", EX_ERR_TOO_LARGE, "");
	refused(13,
	    "s # 2048,2048\nConstantOfShape s -> k\n"
	    "Concat k k -> y axis:i=0",
	    EX_ERR_TOO_LARGE, "node y (Concat): its output would be empty");
	refused(13, "r = 0\ns ~ 1,1,4096,4096\nResize x r s -> y",
	    EX_ERR_TOO_LARGE, "node y (Resize)");
	refused(13, "r = 0\ns ~ 1,1,1e30,1\nResize x r s -> y",
	    EX_ERR_UNSUPPORTED, "node y (Resize)");
	refused(13, "r = 0\ns ~ 1,2,1,1\nResize x r s -> y", EX_ERR_UNSUPPORTED,
	    "it resizes batch or channels");
	refused(13, "a # 5000\nMul a a -> b\nMul b b -> c\nReshape x c -> y",
	    EX_ERR_TOO_LARGE, "a whole number is out of range");
	refused(13, "a # 5\nb # 0\nDiv a b -> c\nReshape x c -> y",
	    EX_ERR_TOO_LARGE, "a whole number is out of range");
}

/* What an older opset wrote as attributes are inputs of a newer one. */
static void
attributes_and_inputs_are_of_the_opset(void **state)
{
	static const struct {
		int since;
		const char *op, *attributes, *before, *after;
	} cases[] = {
		{ 11, "Clip", "min:f=0", "min is no input",
		    "min is no attribute" },
		{ 11, "Clip", "max:f=0", "min is no input",
		    "max is no attribute" },
		{ 10, "Slice", "starts:I=0 ends:I=1", "axes is no input",
		    "ends is no attribute" },
		{ 13, "Squeeze", "axes:I=0", "axes is no input",
		    "axes is no attribute" },
		{ 13, "Unsqueeze", "axes:I=0", "axes is no input",
		    "axes is no attribute" },
		{ 13, "ReduceSum", "axes:I=1", "axes is no input",
		    "axes is no attribute" },
		{ 18, "ReduceMean", "axes:I=1", "axes is no input",
		    "axes is no attribute" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct onnx_made made;
		char lines[100], words[100];

		snprintf(lines, sizeof lines, "%s x -> y %s", cases[i].op,
		    cases[i].attributes);
		snprintf(words, sizeof words, "node y (%s): %s since opset %d",
		    cases[i].op, cases[i].after, cases[i].since);
		made = onnx_make(cases[i].since - 1, PICTURE, "y", lines);
		assert_int_equal(made.status, EX_OK);
		onnx_unmake(&made);
		refused(cases[i].since, lines, EX_ERR_FORMAT, words);
		snprintf(
		    lines, sizeof lines, "k # 0\n%s x k -> y", cases[i].op);
		snprintf(words, sizeof words, "node y (%s): %s before opset %d",
		    cases[i].op, cases[i].before, cases[i].since);
		refused(cases[i].since - 1, lines, EX_ERR_FORMAT, words);
	}
}

/* The root of -1, a quotient by 0 and what no whole number holds. */
static void
what_is_no_number_becomes_no_size(void **state)
{
	(void)state;
	refused(13, "k ~ -1\nSqrt k -> r\nCast r -> s to:i=7\nReshape x s -> y",
	    EX_ERR_TOO_LARGE, "node s (Cast): a whole number is out of range");
	refused(13,
	    "k ~ 1\nz ~ 0\nDiv k z -> q\nCast q -> s to:i=7\n"
	    "Reshape x s -> y",
	    EX_ERR_TOO_LARGE, "node s (Cast): a whole number is out of range");
	refused(13, "k ~ -1e30\nCast k -> i to:i=6\nGather x i -> y",
	    EX_ERR_TOO_LARGE, "node i (Cast): a whole number is out of range");
	refused(13,
	    "s # 0\nConstantOfShape s -> k\nReduceMean k -> m\nMul x m -> y",
	    EX_ERR_FORMAT, "node m (ReduceMean): of no values");
}

/* Each fits in memory. */
static void
what_would_take_too_long_is_refused(void **state)
{
	(void)state;
	refused(13,
	    "MaxPool x -> y kernel_shape:I=1024,1024 "
	    "pads:I=1023,1023,1023,1023",
	    EX_ERR_TOO_LARGE,
	    "node y (MaxPool): takes over 68719476736 operations");
	refused(13,
	    "s ~ 1,1,256,256\nResize x - s -> r\nw = 8,3,256,256\n"
	    "Conv r w -> y",
	    EX_ERR_TOO_LARGE, "node y (Conv): takes over");
	refused(13,
	    "s ~ 1,1,64,64\nResize x - s -> r\nk # 8192,96\n"
	    "Reshape r k -> a\nt # 96,8192\nReshape r t -> b\n"
	    "MatMul a b -> m\nMatMul m m -> y",
	    EX_ERR_TOO_LARGE, "node y (MatMul): takes over");
	refused(13,
	    "s ~ 1,1,64,64\nResize x - s -> r\nk # 8192,96\n"
	    "Reshape r k -> a\nGemm a a -> b transB:i=1\n"
	    "Gemm b b -> y",
	    EX_ERR_TOO_LARGE, "node y (Gemm): takes over");
}

static void
unsupported_values_of_attributes_are_refused(void **state)
{
	(void)state;
	refused(13, "r = 0\ns ~ 1,1,2,2\nResize x r s -> y mode:s=cubic",
	    EX_ERR_UNSUPPORTED, "node y (Resize): mode, coordinates");
	refused(18, "r = 0\ns ~ 1,1,2,2\nResize x r s -> y antialias:i=1",
	    EX_ERR_UNSUPPORTED, "node y (Resize)");
	refused(13, "Cast x -> y to:i=11", EX_ERR_UNSUPPORTED,
	    "node y (Cast): to type 11");
	refused(13, "Cast x -> y to:i=7", EX_ERR_UNSUPPORTED,
	    "of what the picture decides");
	refused(14,
	    "s + 3\nBatchNormalization x s s s s -> y training_mode:i=1",
	    EX_ERR_UNSUPPORTED, "node y (BatchNormalization)");
	refused(13,
	    "s + 3\nm ~ 1,1,1\nv ~ -1,1,1\n"
	    "BatchNormalization x s s m v -> y",
	    EX_ERR_FORMAT, "past what a float holds");
	refused(18, "ReduceMean x -> y noop_with_empty_axes:i=1",
	    EX_ERR_UNSUPPORTED, "node y (ReduceMean)");
	refused(13, "MaxPool x -> y kernel_shape:I=2,2 storage_order:i=1",
	    EX_ERR_UNSUPPORTED, "node y (MaxPool)");
}

/* ---- files built by hand ----------------------------------------------- */

/* A tensor `w` with further fields, in the place of CONV's weights. */
static struct onnx_made
with_tensor(struct onnx_bytes *t)
{
	struct onnx_model m;
	struct onnx_made made;

	onnx_begin(&m, 13);
	onnx_add_tensor(&m, t, "w");
	onnx_line(&m, "Add x w -> y");
	onnx_end(&m, "x", PICTURE, "y");
	made = onnx_make_file(onnx_file(&m), PICTURE);
	onnx_free(&m);
	return made;
}

/* Sizes, type and n zero bytes. */
static struct onnx_bytes
tensor(const char *dims, int type, size_t n)
{
	static const uint8_t zeros[64];
	struct onnx_bytes t = { 0 };

	onnx_put_dims(&t, dims);
	onnx_put_int(&t, 2, type);
	onnx_put_bytes(&t, 9, zeros, n);
	return t;
}

static void
tensors_must_hold_what_they_say(void **state)
{
	static const struct {
		const char *dims;
		int type;
		size_t n;
		enum ex_status status;
		const char *words;
	} cases[] = {
		{ "8", 1, 32, EX_OK, "" },
		{ "8", 1, 31, EX_ERR_FORMAT, "tensor w: it does not hold" },
		{ "8", 1, 0, EX_ERR_FORMAT, "tensor w: it does not hold" },
		{ "-8", 1, 32, EX_ERR_FORMAT, "tensor w: its sizes are neg" },
		{ "1073741824", 1, 32, EX_ERR_FORMAT, "too large" },
		{ "65536,65536,65536,65536", 1, 32, EX_ERR_FORMAT,
		    "too large" },
		{ "4294967296,4294967296", 1, 0, EX_ERR_FORMAT, "too large" },
		{ "134217728", 7, 8, EX_ERR_FORMAT, "does not hold" },
		{ "1,1,1,1,1,1,8", 1, 32, EX_ERR_UNSUPPORTED, "6 dimensions" },
		{ "8", 11, 64, EX_ERR_UNSUPPORTED, "not float, int32, int64" },
		{ "8", 10, 16, EX_ERR_UNSUPPORTED, "not float, int32, int64" },
		{ "8", 8, 16, EX_ERR_UNSUPPORTED, "not float, int32, int64" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct onnx_bytes t =
		    tensor(cases[i].dims, cases[i].type, cases[i].n);
		struct onnx_made made = with_tensor(&t);

		if (cases[i].status == EX_OK) {
			assert_int_equal(made.status, EX_OK);
			onnx_unmake(&made);
		} else
			assert_refused(&made, cases[i].status, cases[i].words);
	}
}

/* Data beside the model would be a path from outside. */
static void
data_elsewhere_are_refused(void **state)
{
	struct onnx_bytes t = tensor("8", 1, 32), entry = { 0 };
	struct onnx_made made;

	(void)state;
	onnx_put_text(&entry, 1, "location");
	onnx_put_text(&entry, 2, "../../etc/passwd");
	onnx_put_part(&t, 13, &entry);
	made = with_tensor(&t);
	assert_refused(
	    &made, EX_ERR_UNSUPPORTED, "tensor w: its data are in another");
	t = tensor("8", 1, 32);
	onnx_put_int(&t, 14, 1);
	made = with_tensor(&t);
	assert_refused(
	    &made, EX_ERR_UNSUPPORTED, "tensor w: its data are in another");
	t = tensor("8", 1, 32);
	onnx_put_text(&t, 3, "");
	made = with_tensor(&t);
	assert_refused(&made, EX_ERR_UNSUPPORTED, "in segments");
}

static void
weights_that_are_no_numbers_are_refused(void **state)
{
	static const float bad[] = { NAN, INFINITY, -INFINITY };

	(void)state;
	for (int i = 0; i < 3; i++) {
		const float data[] = { 1, bad[i] };
		struct onnx_bytes t = { 0 };
		struct onnx_made made;

		onnx_put_dims(&t, "2");
		onnx_put_int(&t, 2, 1);
		onnx_put_bytes(&t, 9, data, sizeof data);
		made = with_tensor(&t);
		assert_refused(
		    &made, EX_ERR_FORMAT, "tensor w: it holds what is no");
	}
}

/* float_data, int32_data, int64_data, packed or one by one. */
static void
data_are_read_in_every_form(void **state)
{
	struct onnx_bytes t = { 0 }, data = { 0 };
	const float halves[8] = { 0.5f, 1.5f, 2.5f, 3.5f, 4.5f, 5.5f, 6.5f,
		7.5f };
	struct onnx_made made;

	(void)state;
	onnx_put_dims(&t, "8");
	onnx_put_int(&t, 2, 1);
	onnx_put_bytes(&t, 4, halves, sizeof halves);
	made = with_tensor(&t);
	assert_int_equal(made.status, EX_OK);
	assert_int_equal(ex_onnx_plan_run(made.plan), EX_OK);
	assert_true(ex_onnx_plan_output(made.plan, 0).data[9] == 1.5f);
	onnx_unmake(&made);
	for (int field = 5; field <= 7; field += 2)
		for (int packed = 0; packed < 2; packed++) {
			struct onnx_model m;

			onnx_begin(&m, 13);
			onnx_put_dims(&t, "2");
			onnx_put_int(&t, 2, field == 5 ? 6 : 7);
			if (packed) {
				onnx_put_varint(&data, 64);
				onnx_put_varint(&data, (uint64_t)-1);
				onnx_put_part(&t, (unsigned)field, &data);
			} else {
				onnx_put_int(&t, (unsigned)field, 64);
				onnx_put_int(&t, (unsigned)field, -1);
			}
			onnx_add_tensor(&m, &t, "s");
			onnx_line(&m, "Reshape x s -> y");
			onnx_end(&m, "x", PICTURE, "y");
			made = onnx_make_file(onnx_file(&m), PICTURE);
			assert_int_equal(made.status, EX_OK);
			assert_int_equal(
			    ex_onnx_plan_output(made.plan, 0).dims[1], 3);
			onnx_unmake(&made);
			onnx_free(&m);
		}
}

/* A graph as an attribute, whether it says so or not. */
static void
graphs_within_the_graph_are_refused(void **state)
{
	(void)state;
	for (int type = 0; type <= 5; type += 5) {
		struct onnx_bytes node = { 0 }, a = { 0 };
		struct onnx_model m;
		struct onnx_made made;

		onnx_begin(&m, 13);
		onnx_put_text(&a, 1, "then_branch");
		onnx_put_int(&a, 20, type);
		onnx_put_text(&a, 6, "");
		onnx_node_begin(&node, "Relu", "x", "y", "");
		onnx_put_part(&node, 5, &a);
		onnx_put_part(&m.nodes, 1, &node);
		onnx_end(&m, "x", PICTURE, "y");
		made = onnx_make_file(onnx_file(&m), PICTURE);
		assert_refused(&made, EX_ERR_UNSUPPORTED,
		    "node y (Relu): attribute then_branch is a graph within");
		onnx_free(&m);
	}
}

/* A model of `lines` with one more field of the graph or of the model. */
static struct onnx_made
with_field(unsigned field, bool of_graph, const char *bytes, size_t n)
{
	struct onnx_model m;
	struct onnx_made made;

	onnx_begin(&m, 13);
	onnx_lines(&m, CONV);
	if (of_graph)
		onnx_put_bytes(&m.nodes, field, bytes, n);
	onnx_end(&m, "x", PICTURE, "y");
	if (!of_graph)
		onnx_put_bytes(&m.file, field, bytes, n);
	made = onnx_make_file(onnx_file(&m), PICTURE);
	onnx_free(&m);
	return made;
}

static void
what_else_a_model_may_hold_is_refused(void **state)
{
	struct onnx_made made = with_field(15, true, "", 0);

	(void)state;
	assert_refused(&made, EX_ERR_UNSUPPORTED, "holds sparse tensors");
	made = with_field(25, false, "", 0);
	assert_refused(&made, EX_ERR_UNSUPPORTED, "holds functions");
	made = with_field(11, true, "\n\1z", 3); /* an input without a type */
	assert_refused(&made, EX_ERR_UNSUPPORTED, "its input is not of floats");
	/* A node of another domain. */
	made = with_field(1, true, "\n\1x\22\1z\"\4Relu:\3com", 17);
	assert_refused(&made, EX_ERR_UNSUPPORTED, "of another domain");
	/* What nobody knows is passed over. */
	made = with_field(99, true, "abc", 3);
	assert_int_equal(made.status, EX_OK);
	onnx_unmake(&made);
}

static void
the_input_is_one_picture_of_floats(void **state)
{
	static const struct {
		const char *dims;
		bool good;
	} cases[] = { { "1,3,8,8", true }, { "-1,3,-1,-1", true },
		{ "0,3,0,0", true }, { "1,-1,8,8", false },
		{ "1,0,8,8", false }, { "3,8,8", false },
		{ "1,1,3,8,8", false }, { "1,100000,8,8", false },
		{ "1,4294967299,8,8", false } };

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct onnx_model m;
		struct onnx_made made;

		onnx_begin(&m, 13);
		onnx_line(&m, "Relu x -> y");
		onnx_end(&m, "x", cases[i].dims, "y");
		made = onnx_make_file(onnx_file(&m), PICTURE);
		onnx_free(&m);
		if (cases[i].good) {
			assert_int_equal(made.status, EX_OK);
			onnx_unmake(&made);
		} else
			assert_refused(&made, EX_ERR_UNSUPPORTED,
			    "its input is not of floats");
	}
}

/* Files before IR version 4 list their weights among the inputs. */
static void
weights_among_the_inputs_are_no_inputs(void **state)
{
	struct onnx_model m;
	struct onnx_made made;

	(void)state;
	for (int second = 0; second < 2; second++) {
		onnx_begin(&m, 8);
		onnx_lines(&m, CONV);
		onnx_put_value(&m.nodes, 11, "w", 1, "4,3,3,3");
		if (second)
			onnx_put_value(&m.nodes, 11, "u", 1, PICTURE);
		onnx_end(&m, "x", PICTURE, "y");
		made = onnx_make_file(onnx_file(&m), PICTURE);
		onnx_free(&m);
		if (second)
			assert_refused(&made, EX_ERR_UNSUPPORTED,
			    "has more than one input");
		else
			assert_int_equal(made.status, EX_OK);
		onnx_unmake(&made);
	}
}

static void
names_from_outside_do_not_reach_the_terminal(void **state)
{
	(void)state;
	refused(13, "Relu x -> \x1b[2Jq\nNo\x07pe q -> y", EX_ERR_UNSUPPORTED,
	    "node y: operator No?pe is not known");
	refused(13, "Relu \x1b[2J -> y", EX_ERR_FORMAT, "input ?[2J is made");
}

/* Small messages that become large structs: refused by the file's size. */
static void
memory_is_bounded_by_the_file(void **state)
{
	struct onnx_model m;
	struct onnx_made made;

	(void)state;
	onnx_begin(&m, 13);
	for (int i = 0; i < 300000; i++)
		onnx_put_bytes(&m.nodes, 1, "", 0);
	onnx_end(&m, "x", PICTURE, "y");
	made = onnx_make_file(onnx_file(&m), PICTURE);
	assert_refused(&made, EX_ERR_TOO_LARGE, "more memory than a file");
	onnx_free(&m);
	onnx_begin(&m, 13);
	for (int i = 0; i < 5000; i++)
		onnx_line(&m, "Relu x -> v%d", i);
	onnx_end(&m, "x", PICTURE, "v0");
	made = onnx_make_file(onnx_file(&m), PICTURE);
	assert_refused(&made, EX_ERR_TOO_LARGE, "over 4096 nodes");
	onnx_free(&m);
}

static struct onnx_model
sample(void)
{
	struct onnx_model m;

	onnx_begin(&m, 13);
	onnx_lines(&m, "w = 4,3,3,3\nb ~ 0,1,2,3\nConv x w b -> c "
		       "pads:I=1,1,1,1\nRelu c -> r\ns # 1,-1\n"
		       "Reshape r s -> f\nSoftmax f -> y axis:i=-1");
	onnx_end(&m, "x", PICTURE, "y");
	return m;
}

static void
every_truncation_is_survived(void **state)
{
	struct onnx_model m = sample();

	(void)state;
	for (size_t n = 0; n < m.file.n; n++) {
		uint8_t *copy = malloc(n ? n : 1); /* its end is a fence */
		struct onnx_made made;

		memcpy(copy, m.file.data, n);
		made = onnx_make_file((struct ex_bytes){ copy, n }, PICTURE);
		/* Whole fields may be missing at the end, never the graph. */
		assert_true(made.status != EX_OK);
		assert_true(made.err.why[0]);
		onnx_unmake(&made);
		free(copy);
	}
	onnx_free(&m);
}

/* Whatever a byte becomes: run, or refused with a reason. */
static void
every_corrupt_byte_is_survived(void **state)
{
	static const uint8_t masks[] = { 1, 2, 8, 128, 255 };
	struct onnx_model m = sample();
	unsigned good = 0, bad = 0;

	(void)state;
	for (size_t i = 0; i < m.file.n; i++)
		for (size_t k = 0; k < sizeof masks; k++) {
			struct onnx_made made;

			m.file.data[i] ^= masks[k];
			made = onnx_make_file(onnx_file(&m), PICTURE);
			m.file.data[i] ^= masks[k];
			if (made.status == EX_OK)
				assert_int_equal(
				    ex_onnx_plan_run(made.plan), EX_OK);
			else
				assert_true(made.err.why[0]);
			*(made.status == EX_OK ? &good : &bad) += 1;
			onnx_unmake(&made);
		}
	assert_true(good > 500 && bad > 500);
	onnx_free(&m);
}

static void
sizes_of_the_input_are_bounded(void **state)
{
	static const int sizes[][3] = { { 0, 8, 8 }, { 65, 8, 8 }, { 1, 0, 8 },
		{ 1, 8, -1 }, { 1, 32769, 8 }, { 64, 32768, 32768 } };
	struct onnx_made made = onnx_make(13, PICTURE, "y", CONV);

	(void)state;
	assert_int_equal(made.status, EX_OK);
	ex_onnx_plan_free(&made.plan);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		assert_int_equal(
		    ex_onnx_plan_new(made.net, sizes[i][0], sizes[i][1],
			sizes[i][2], &made.plan, NULL),
		    EX_ERR_TOO_LARGE);
	onnx_unmake(&made);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_known_is_named),
		cmocka_unit_test(values_must_be_made_once_and_before_use),
		cmocka_unit_test(outputs_of_training_are_of_no_use),
		cmocka_unit_test(sizes_that_do_not_fit_are_named),
		cmocka_unit_test(what_would_take_too_much_is_refused),
		cmocka_unit_test(attributes_and_inputs_are_of_the_opset),
		cmocka_unit_test(what_is_no_number_becomes_no_size),
		cmocka_unit_test(what_would_take_too_long_is_refused),
		cmocka_unit_test(unsupported_values_of_attributes_are_refused),
		cmocka_unit_test(tensors_must_hold_what_they_say),
		cmocka_unit_test(data_elsewhere_are_refused),
		cmocka_unit_test(weights_that_are_no_numbers_are_refused),
		cmocka_unit_test(data_are_read_in_every_form),
		cmocka_unit_test(graphs_within_the_graph_are_refused),
		cmocka_unit_test(what_else_a_model_may_hold_is_refused),
		cmocka_unit_test(the_input_is_one_picture_of_floats),
		cmocka_unit_test(weights_among_the_inputs_are_no_inputs),
		cmocka_unit_test(names_from_outside_do_not_reach_the_terminal),
		cmocka_unit_test(memory_is_bounded_by_the_file),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(every_corrupt_byte_is_survived),
		cmocka_unit_test(sizes_of_the_input_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
