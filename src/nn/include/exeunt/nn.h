/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * nn: networks as graphs of few operations, read from dlib's and ONNX files and
 * run on the processor. Knows tensors, not faces.
 */
#ifndef EXEUNT_NN_H
#define EXEUNT_NN_H

#include "exeunt/base.h"

/* ---- graphs ------------------------------------------------------------ */

enum ex_nn_op {
	EX_NN_CONV,     /**< convolution, bias, perhaps relu */
	EX_NN_MAX_POOL, /**< window `kernel`, no padding */
	EX_NN_AVG_POOL, /**< likewise; kernel 0: the whole picture */
	EX_NN_ADD,      /**< sum of two; the smaller is padded with zeros */
	EX_NN_FULL,     /**< fully connected, no bias, over all inputs */
};

#define EX_NN_MAX_LAYERS 256

/** One operation. `in` and `in2` name earlier layers, -1 the graph's input. */
struct ex_nn_layer {
	enum ex_nn_op op;
	int in, in2;
	int in_channels, out_channels;
	int kernel, stride, pad; /**< square; pixels */
	bool relu;
	/** CONV: out x in x kernel x kernel; FULL: in x out, `in` being all
	 * of height x width x channels. Owned. */
	float *weights;
	float *bias; /**< out; owned */
};

/** The last layer's output is the graph's. */
struct ex_nn_graph {
	int in_channels;
	struct ex_nn_layer layers[EX_NN_MAX_LAYERS];
	int n_layers;
};

/** Release; NULL is fine. */
void ex_nn_graph_free(struct ex_nn_graph **g);

/**
 * Widen convolutions between others to whole vector registers, with channels of
 * zeros: the result is the same, and no kernel has to mask its last lanes.
 * @return EX_OK, EX_ERR_NOMEM (the graph still works)
 */
enum ex_status ex_nn_graph_widen(struct ex_nn_graph *g);

/* ---- execution --------------------------------------------------------- */

/**
 * A graph made ready for one size of input: kernels chosen, weights laid out,
 * memory planned. Not thread safe; one a worker. Running allocates nothing.
 */
struct ex_nn_plan;

/**
 * @param g      borrowed for the plan's life
 * @param batch  pictures at once, 1..64
 * @param height, width of each, pixels, 1..32768
 * @return EX_OK, EX_ERR_TOO_LARGE (the input or a layer's output would be
 *         empty or over 2^31 values, or a fully connected layer is for another
 *         size), EX_ERR_NOMEM, EX_ERR_INTERNAL (the library refuses)
 */
enum ex_status ex_nn_plan_new(const struct ex_nn_graph *g, int batch,
    int height, int width, struct ex_nn_plan **out);
void ex_nn_plan_free(struct ex_nn_plan **p);

/** To fill before a run: batch x height x width x channels floats. Kept by a
 *  run, unlike the output, which the next run overwrites. */
float *ex_nn_plan_input(struct ex_nn_plan *p);
struct ex_nn_shape {
	int batch, height, width, channels;
};
struct ex_nn_shape ex_nn_plan_output_shape(const struct ex_nn_plan *p);

/**
 * Numbers below 1e-38 count as zeros meanwhile (x86-64). What is no number
 * spoils this run's output alone, and of a batch only its own picture's.
 * @return batch x height x width x channels floats, borrowed; NULL if the
 *         library failed
 */
const float *ex_nn_plan_run(struct ex_nn_plan *p);

/** Overwrite all activations: they hold what was seen. */
void ex_nn_plan_wipe(struct ex_nn_plan *p);

/* ---- dlib's files ------------------------------------------------------ */

#define EX_DLIB_MAX_WINDOWS 16

/** A network of dlib (19.x serialisation) with what its ends say. */
struct ex_dlib_net {
	struct ex_nn_graph *graph;
	float mean[3]; /**< red, green, blue; taken off before / 256 */
	int side;      /**< input size, pixels; 0: any */
	/* Pyramid input: space between and around levels, pixels. */
	int padding, outer_padding;
	/* Detector (loss_mmod): windows in input pixels, and when two boxes
	 * are one: intersection over union, share of either covered. */
	struct {
		int width, height;
	} windows[EX_DLIB_MAX_WINDOWS];
	int n_windows;
	double nms_iou, nms_covered;
};

/**
 * Read a network whose layers are known.
 *
 * dlib's format nests layers from the last to the first and says of itself
 * only part of what it holds, so the caller names the layers from the first
 * to the last, one letter each:
 *
 *   p  pyramid input      s  sized input    c  convolution  a  affine
 *   r  relu               x  max pooling    v  average pooling
 *   1 2  tag the output as 1, 2             k  go on from tag 1
 *   +  add tag 1          &  add tag 2      f  fully connected, no bias
 *   M  loss of the detector                 L  loss of the metric
 *
 * Affine (also where the file still holds the batch normalisation of the
 * training) and relu are folded into the convolution before them.
 *
 * @param file  whole file; hostile: every length is checked against what is
 *              left before anything is allocated
 * @param what  name for errors
 * @return EX_OK; EX_ERR_FORMAT, EX_ERR_TRUNCATED (nothing is allocated then);
 *         EX_ERR_NOMEM
 */
enum ex_status ex_dlib_net_read(struct ex_bytes file, const char *layers,
    struct ex_dlib_net *out, const char *what, struct ex_error *err);
void ex_dlib_net_free(struct ex_dlib_net *n);

/** Node of a regression tree: compare two pixels, go left if the first is
 *  brighter by more than `threshold`. */
struct ex_dlib_split {
	uint32_t a, b; /**< indices into the stage's pixels */
	float threshold;
};

/** Where a stage looks: a landmark and an offset in the unit square. */
struct ex_dlib_pixel {
	uint32_t anchor;
	float dx, dy;
};

/**
 * A shape predictor (Kazemi and Sullivan, CVPR 2014): stages of trees that
 * move a mean shape towards the picture. All arrays owned by the model.
 */
struct ex_dlib_shape {
	uint32_t parts;                         /**< landmarks */
	uint32_t stages, trees, splits, pixels; /**< per stage, tree, stage */
	float *mean;                 /**< parts x 2, in the unit square */
	struct ex_dlib_split *split; /**< stages x trees x splits */
	float *leaf; /**< stages x trees x (splits + 1) x parts x 2 */
	struct ex_dlib_pixel *pixel; /**< stages x pixels */
};

/** As ex_dlib_net_read. Stages, trees and pixels must be regular. */
enum ex_status ex_dlib_shape_read(struct ex_bytes file,
    struct ex_dlib_shape *out, const char *what, struct ex_error *err);
void ex_dlib_shape_free(struct ex_dlib_shape *s);

/* ---- ONNX -------------------------------------------------------------- */

/** A network read from ONNX, with one input and named outputs. Constant once
 *  read: threads may share it, each with a plan of its own. */
struct ex_onnx_net;

/**
 * Read a model of the operators that face networks are made of (onnx_ops.inc
 * has the list), of the standard's opsets 7 to 21.
 *
 * @param file whole file; hostile: nothing is believed, and what is allocated
 *             is bounded by what the file holds. Not needed after the call.
 * @param out  NULL unless EX_OK
 * @param what name for errors, kept for those of plans
 * @return EX_OK; EX_ERR_FORMAT (no ONNX; a value used before it is made, which
 *         includes every cycle, or made twice; sizes that contradict),
 *         EX_ERR_UNSUPPORTED (an operator, attribute, type of data, graph
 *         within a graph, sparse tensor or external file; `err` names the node
 *         and its operator), EX_ERR_TOO_LARGE (over 512 MiB or past a count of
 *         ours), EX_ERR_NOMEM
 *
 * Opens no file: weights beside the model are refused.
 */
enum ex_status ex_onnx_net_read(struct ex_bytes file, struct ex_onnx_net **out,
    const char *what, struct ex_error *err);
/** Release; NULL is fine. No plan may be left that was made from it. */
void ex_onnx_net_free(struct ex_onnx_net **n);

/** What the file says of its input; 0 where it leaves a size open. */
struct ex_onnx_input {
	int batch, channels, height, width;
};
struct ex_onnx_input ex_onnx_net_input(const struct ex_onnx_net *n);

/** Outputs in the file's order; at least one. */
unsigned ex_onnx_net_outputs(const struct ex_onnx_net *n);
/** Name of output i < ex_onnx_net_outputs(n), as the file has it: bytes from
 *  outside. Borrowed. */
const char *ex_onnx_net_output_name(const struct ex_onnx_net *n, unsigned i);

/**
 * A network made ready for one size of input: shapes inferred, constants
 * computed, operations merged, memory planned. Not thread safe; one a worker.
 */
struct ex_onnx_plan;

/**
 * @param n      borrowed for the plan's life
 * @param batch  pictures at once, 1..64
 * @param height, width of each, 1..32768; these replace what the file says of
 *               its input, whose channels stand
 * @param out    NULL unless EX_OK
 * @param err    names node and operator
 * @return EX_OK; EX_ERR_FORMAT (sizes do not fit together at this input size,
 *         or a convolution's weights are not finite once folded),
 *         EX_ERR_UNSUPPORTED, EX_ERR_TOO_LARGE, EX_ERR_NOMEM, EX_ERR_INTERNAL
 *         (the library refuses)
 */
enum ex_status ex_onnx_plan_new(const struct ex_onnx_net *n, int batch,
    int height, int width, struct ex_onnx_plan **out, struct ex_error *err);
/** Wipe and release; NULL is fine. */
void ex_onnx_plan_free(struct ex_onnx_plan **p);
/** Overwrite all activations: they hold what was seen. */
void ex_onnx_plan_wipe(struct ex_onnx_plan *p);

/** To fill before a run: batch x channels x height x width floats, as ONNX has
 *  it. Kept by a run. */
float *ex_onnx_plan_input(struct ex_onnx_plan *p);

/**
 * Run once; allocates nothing. Of small numbers and none as ex_nn_plan_run.
 * @return EX_OK, EX_ERR_INTERNAL (the library failed)
 */
enum ex_status ex_onnx_plan_run(struct ex_onnx_plan *p);

#define EX_ONNX_MAX_RANK 6

/** A tensor in ONNX's own order, row by row; rank 0 is one value. */
struct ex_onnx_tensor {
	const float *data;
	int rank;
	int64_t dims[EX_ONNX_MAX_RANK];
};

/** Output i < ex_onnx_net_outputs(n): its sizes hold from the start, its data,
 *  borrowed, from one run to the next. */
struct ex_onnx_tensor ex_onnx_plan_output(
    const struct ex_onnx_plan *p, unsigned i);

#endif
