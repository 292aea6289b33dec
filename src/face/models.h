/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_FACE_MODELS_H
#define EXEUNT_FACE_MODELS_H

#include "exeunt/face.h"
#include "exeunt/nn.h"

#include "heads.h"

struct ex_face_models {
	struct ex_pack pack;
	char recipe[EX_RECIPE_SIZE];
	/* Of each, what the pack's kinds ask for; the others are empty. */
	struct ex_dlib_net detector;
	struct ex_onnx_net *detector_net;
	struct heads heads; /* of detector_net */
	struct ex_dlib_shape landmarks;
	struct ex_dlib_net matcher;
	struct ex_onnx_net *matcher_net;
};

/* Pixels that a stage of the landmarks' model may look at. */
#define LANDMARK_PIXELS 4096

#define ARCFACE_CHIP 112

/* template.c: plan what every template needs. EX_OK, EX_ERR_NOMEM,
 * EX_ERR_INTERNAL */
enum ex_status ex_matcher_prepare(struct ex_face_work *w);

/* The side of the matcher's chips, pixels. */
int ex_pack_chip(const struct ex_pack *p);

/* A detector's plan for one size of picture, with its pyramid. */
struct search_plan {
	int width, height;
	unsigned used; /* tick of the last use */
	struct pyramid *pyramid;
	float *line; /* scratch of ex_pyramid_fill */
	struct ex_nn_plan *plan;
};

/* detect.c: overwrite what is left of a picture; and release as well. */
void ex_search_plan_wipe(struct search_plan *s);
void ex_search_plan_fini(struct search_plan *s);

/* The same of a detector in ONNX, for one size of input. */
struct heads_plan {
	int width, height;
	unsigned used;
	struct ex_onnx_plan *plan;
};

#define SEARCH_PLANS 2

struct ex_face_work {
	const struct ex_face_models *models;
	struct search_plan search[SEARCH_PLANS];
	struct heads_plan heads[SEARCH_PLANS];
	unsigned tick;
	/* For one chip, and for a chip with its mirror image. */
	struct ex_nn_plan *matcher[2];
	struct ex_onnx_plan *matcher_plan; /* one chip */
	void *found;                       /* see ex_face_work_found */
	size_t found_size;
};

/* models.c: room for what a search finds, as the search before left it; `size`
 * is the same in every call. NULL: no memory. */
void *ex_face_work_found(struct ex_face_work *w, size_t size);

#endif
