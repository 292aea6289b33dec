/* SPDX-License-Identifier: Apache-2.0 */
/* Landmarks by stages of regression trees (Kazemi and Sullivan, CVPR 2014). */
#include "models.h"

#include <math.h>
#include <string.h>

/* Rotation and scale, no shift: [a -b; b a]. */
struct turn {
	float a, b;
};

/* Least-squares similarity from one shape to another (Umeyama 1991), of
 * which only the linear part is needed. */
static struct turn
turn_between(const float *from, const float *to, uint32_t parts)
{
	double fx = 0, fy = 0, tx = 0, ty = 0, dot = 0, cross = 0, norm = 0;

	for (uint32_t i = 0; i < parts; i++) {
		fx += from[2 * i];
		fy += from[2 * i + 1];
		tx += to[2 * i];
		ty += to[2 * i + 1];
	}
	fx /= parts;
	fy /= parts;
	tx /= parts;
	ty /= parts;
	for (uint32_t i = 0; i < parts; i++) {
		double x = from[2 * i] - fx, y = from[2 * i + 1] - fy;
		double u = to[2 * i] - tx, v = to[2 * i + 1] - ty;

		dot += x * u + y * v;
		cross += x * v - y * u;
		norm += x * x + y * y;
	}
	if (norm == 0)
		return (struct turn){ 1, 0 };
	return (struct turn){ (float)(dot / norm), (float)(cross / norm) };
}

/* The unit square onto the box, whose last pixel is right and bottom. */
static double
to_picture(double unit, float from, float size)
{
	return from + unit * (size - 1.0);
}

static float
intensity(const struct ex_image *rgb, double x, double y)
{
	const uint8_t *p;

	x = floor(x + 0.5);
	y = floor(y + 0.5);
	/* In this form also what is not a number is outside. */
	if (!(x >= 0 && y >= 0 && x < rgb->width && y < rgb->height))
		return 0;
	p = ex_image_row(rgb, (int)y) + (int)x * 3;
	return (float)((p[0] + p[1] + p[2]) / 3);
}

static void
look(const struct ex_dlib_shape *m, uint32_t stage, const struct ex_image *rgb,
    struct ex_box box, const float *shape, float *out)
{
	const struct ex_dlib_pixel *p = m->pixel + (size_t)stage * m->pixels;
	struct turn t = turn_between(m->mean, shape, m->parts);

	for (uint32_t i = 0; i < m->pixels; i++, p++) {
		float x = t.a * p->dx - t.b * p->dy + shape[2 * p->anchor];
		float y = t.b * p->dx + t.a * p->dy + shape[2 * p->anchor + 1];

		out[i] = intensity(rgb, to_picture(x, box.x, box.w),
		    to_picture(y, box.y, box.h));
	}
}

static void
climb(
    const struct ex_dlib_shape *m, size_t tree, const float *seen, float *shape)
{
	const struct ex_dlib_split *split = m->split + tree * m->splits;
	const float *leaf;
	uint32_t i = 0;

	while (i < m->splits) {
		const struct ex_dlib_split *s = &split[i];

		i = 2 * i + (seen[s->a] - seen[s->b] > s->threshold ? 1 : 2);
	}
	leaf =
	    m->leaf + (tree * (m->splits + 1) + (i - m->splits)) * m->parts * 2;
	for (uint32_t j = 0; j < m->parts * 2; j++)
		shape[j] += leaf[j];
}

void
ex_face_landmarks(const struct ex_face_models *models,
    const struct ex_image *rgb, struct ex_box box,
    struct ex_point out[static EX_FACE_LANDMARKS])
{
	const struct ex_dlib_shape *m = &models->landmarks;
	float shape[2 * EX_FACE_LANDMARKS], seen[LANDMARK_PIXELS];

	memcpy(shape, m->mean, sizeof shape);
	for (uint32_t s = 0; s < m->stages; s++) {
		look(m, s, rgb, box, shape, seen);
		for (uint32_t t = 0; t < m->trees; t++)
			climb(m, (size_t)s * m->trees + t, seen, shape);
	}
	/* Whole pixels, as dlib has them: the matcher was trained on crops
	 * cut by such points. */
	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		double x = to_picture(shape[2 * i], box.x, box.w);
		double y = to_picture(shape[2 * i + 1], box.y, box.h);

		out[i].x = (float)floor(x + 0.5);
		out[i].y = (float)floor(y + 0.5);
	}
	ex_wipe(seen, sizeof seen);
}
