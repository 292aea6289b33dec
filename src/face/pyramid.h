/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The detector's input: all levels of a 5/6 pyramid tiled into one picture, so
 * that one run of the network sees all sizes (dlib's input_rgb_image_pyramid).
 */
#ifndef EXEUNT_FACE_PYRAMID_H
#define EXEUNT_FACE_PYRAMID_H

#include "exeunt/facts.h"
#include "exeunt/img.h"

#define PYRAMID_LEVELS 64

struct tile {
	int x, y, width, height;
};

struct pyramid {
	int width, height; /* of the tiled picture */
	struct tile tiles[PYRAMID_LEVELS];
	int n_tiles;
};

/* Lay out the levels of a picture; `padding` between, `outer` around. */
void ex_pyramid_plan(
    struct pyramid *p, int width, int height, int padding, int outer);
/* Fill the tiles: 3 floats a pixel, (value - mean) / 256. The space between
 * them must hold zeros and is left alone. `line` is scratch of 3 floats for
 * each pixel of a row. */
void ex_pyramid_fill(const struct pyramid *p, const struct ex_image *rgb,
    const float mean[3], float *line, float *out);
/* A box in the tiled picture (edges inclusive, as dlib has them), in the
 * picture's own pixels. */
struct corners {
	double left, top, right, bottom;
};
struct corners ex_pyramid_to_picture(const struct pyramid *p, struct corners c);

#endif
