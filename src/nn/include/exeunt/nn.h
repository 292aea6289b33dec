/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * nn: networks as graphs of few operations, read from dlib's files and run on
 * the processor. Knows tensors, not faces.
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

/** @return batch x height x width x channels floats, borrowed; NULL if the
 *          library failed */
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

#endif
