/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_FACE_MODELS_H
#define EXEUNT_FACE_MODELS_H

#include "exeunt/face.h"
#include "exeunt/nn.h"

struct ex_face_models {
	struct ex_dlib_net detector;
	struct ex_dlib_shape landmarks;
	struct ex_dlib_net matcher;
	char recipe[512];
};

/* Pixels that a stage of the landmarks' model may look at. */
#define LANDMARK_PIXELS 4096

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

#define SEARCH_PLANS 2

struct ex_face_work {
	const struct ex_face_models *models;
	struct search_plan search[SEARCH_PLANS];
	unsigned tick;
	/* For one chip, and for a chip with its mirror image. */
	struct ex_nn_plan *matcher[2];
};

#endif
