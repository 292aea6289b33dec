/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EXEUNT_FACE_SEARCH_H
#define EXEUNT_FACE_SEARCH_H

#include "models.h"

/* Find the heads among the outputs of the loaded detector_net, and check their
 * sizes. EX_OK, EX_ERR_MODEL, or what ex_onnx_plan_new says. */
enum ex_status ex_heads_map(
    struct ex_face_models *m, const char *what, struct ex_error *err);

/* As ex_face_detect. */
enum ex_status ex_heads_detect(struct ex_face_work *w,
    const struct ex_image *rgb, const struct ex_face_search *want,
    struct ex_face faces[static EX_FACE_MAX], size_t *n);

void ex_heads_plan_fini(struct heads_plan *p);

/*
 * Three planes of height x width floats, as the pack's networks want them, the
 * picture at the top left and black beside it; mirrored: its left and right.
 */
void ex_face_planes(const struct ex_image *rgb, const struct ex_pack_input *in,
    bool mirrored, int width, int height, float *out);

#endif
