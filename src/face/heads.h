/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What detectors in ONNX say, a cell of their grids each: YuNet (one face a
 * cell, as OpenCV's FaceDetectorYN reads it) and SCRFD (two, as InsightFace
 * does). Pure: numbers in, boxes out.
 */
#ifndef EXEUNT_FACE_HEADS_H
#define EXEUNT_FACE_HEADS_H

#include "exeunt/facts.h"

#define HEAD_LEVELS 3 /* strides 8, 16 and 32 */
#define HEAD_STRIDE 32

/* A face found; pixels of the network's input. */
struct found {
	float left, top, right, bottom;
	float score;
	struct ex_point at[5]; /* EX_LANDMARKS_EYES_MOUTH */
};

enum head_part { HEAD_SCORE, HEAD_OBJECT, HEAD_BOX, HEAD_POINTS, HEAD_PARTS };

/* Which outputs of a network are which; -1: it has none. */
struct heads {
	int output[HEAD_PARTS][HEAD_LEVELS];
};

/* The outputs of one stride: rows x columns cells with `anchors` faces each. */
struct head_level {
	int stride, columns, rows, anchors;
	const float *part[HEAD_PARTS]; /* object of YuNet's alone; points may be
					  NULL */
};

/* Values of each part, for one face. */
extern const int ex_head_width[HEAD_PARTS];

/* Append the faces with a score over `threshold`, up to `room`; returns how
 * many there are now. */
size_t ex_heads_yunet(const struct head_level *l, float threshold,
    struct found out[], size_t n, size_t room);
size_t ex_heads_scrfd(const struct head_level *l, float threshold,
    struct found out[], size_t n, size_t room);

/* Keep the best of those that overlap by more than this IoU, at most `most`,
 * best first; returns how many. */
size_t ex_heads_suppress(
    struct found f[], size_t n, float overlap, size_t most);

#endif
