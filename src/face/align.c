/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The aligned face: a similarity that puts five landmarks near the places the
 * matcher was trained with, sampled bilinearly from the picture or, where the
 * face is much larger than the chip, from a halved copy of it.
 */
#include "exeunt/face.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 0.25 /* of the chip's side, on each side */

/* Mean places of the landmarks in the unit square (dlib,
 * get_face_chip_details, five points). */
static const double places[EX_FACE_LANDMARKS][2] = {
	{ 0.8595674595992, 0.2134981538014 },
	{ 0.6460604764104, 0.2289674387677 },
	{ 0.1205750620789, 0.2137274526848 },
	{ 0.3340850613712, 0.2290642403242 },
	{ 0.4901123135679, 0.6277975316475 },
};

/* Chip to picture: (x, y) -> (a x - b y + tx, b x + a y + ty). */
struct similarity {
	double a, b, tx, ty;
};

/* Least squares (Umeyama 1991). */
static struct similarity
fit(const struct ex_point points[static EX_FACE_LANDMARKS])
{
	const double n = EX_FACE_LANDMARKS, side = EX_FACE_CHIP;
	double from[EX_FACE_LANDMARKS][2];
	double fx = 0, fy = 0, tx = 0, ty = 0, dot = 0, cross = 0, norm = 0;
	struct similarity s = { 0 };

	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		for (int k = 0; k < 2; k++)
			from[i][k] =
			    (MARGIN + places[i][k]) / (2 * MARGIN + 1) * side;
		fx += from[i][0] / n;
		fy += from[i][1] / n;
		tx += points[i].x / n;
		ty += points[i].y / n;
	}
	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		double x = from[i][0] - fx, y = from[i][1] - fy;
		double u = points[i].x - tx, v = points[i].y - ty;

		dot += x * u + y * v;
		cross += x * v - y * u;
		norm += x * x + y * y;
	}
	s.a = dot / norm;
	s.b = cross / norm;
	s.tx = tx - (s.a * fx - s.b * fy);
	s.ty = ty - (s.b * fx + s.a * fy);
	return s;
}

/* The square of the picture that becomes the chip: centre, side, angle. The
 * chip's corner pixels lie on its corners, inclusive. */
struct square {
	double x, y, side, angle;
};

static struct square
square_of(const struct similarity *s)
{
	const double half = EX_FACE_CHIP / 2.0, scale = hypot(s->a, s->b);
	struct square q;

	q.x = s->a * half - s->b * half + s->tx;
	q.y = s->b * half + s->a * half + s->ty;
	q.side = EX_FACE_CHIP * scale - 1; /* corner to corner */
	q.angle = atan2(s->b, s->a);
	return q;
}

/* Halve by a 5 x 5 binomial filter, keeping every other pixel from the third
 * on; a pixel p of the picture is p / 2 - (1.25, 0.75) here (dlib's
 * pyramid_down<2>). */
static enum ex_status
halve(const struct ex_image *in, struct ex_image *out)
{
	static const unsigned tap[5] = { 1, 4, 6, 4, 1 };
	const int width = (in->width - 3) / 2, height = (in->height - 3) / 2;
	enum ex_status status = ex_image_new(width, height, 3, out);

	if (status != EX_OK)
		return status;
	for (int y = 0; y < height; y++) {
		uint8_t *to = ex_image_row(out, y);

		for (int i = 0; i < width * 3; i++) {
			const size_t at = (size_t)(i / 3 * 6 + i % 3);
			unsigned sum = 0;

			for (int r = 0; r < 5; r++) {
				const uint8_t *p =
				    ex_image_row(in, 2 * y + r) + at;

				sum += tap[r] * (p[0] + 4u * p[3] + 6u * p[6] +
						    4u * p[9] + p[12]);
			}
			to[i] = (uint8_t)(sum / 256);
		}
	}
	return EX_OK;
}

static void
halve_square(struct square *q)
{
	q->x = q->x / 2 - 1.25;
	q->y = q->y / 2 - 0.75;
	q->side /= 2;
}

static bool
worth_halving(struct square q)
{
	double side = q.side / 2 + 1;

	return side * side > EX_FACE_CHIP * EX_FACE_CHIP;
}

/* The part of the picture around the square, with room for the filters. */
static enum ex_status
cut_surroundings(const struct ex_image *rgb, struct square *q, int halvings,
    struct ex_image *out)
{
	double reach =
	    q->side / 2 * (fabs(cos(q->angle)) + fabs(sin(q->angle)));
	double grow = 2;
	int left, top, right, bottom;

	for (int i = 0; i < halvings; i++)
		grow = grow * 2 + 2;
	left = (int)floor(fmax(0, q->x - reach - grow) + 0.5);
	top = (int)floor(fmax(0, q->y - reach - grow) + 0.5);
	right = (int)floor(fmin(rgb->width - 1, q->x + reach + grow) + 0.5);
	bottom = (int)floor(fmin(rgb->height - 1, q->y + reach + grow) + 0.5);
	if (right < left || bottom < top) {
		/* A face wholly outside: black. */
		left = top = right = bottom = 0;
	}
	q->x -= left;
	q->y -= top;
	return ex_image_crop(
	    rgb, left, top, right - left + 1, bottom - top + 1, out);
}

/* Bilinear; false where any of the four pixels lies outside. Fractions of a
 * grey level are cut off, as dlib does. */
static bool
sample(const struct ex_image *im, double x, double y, uint8_t out[static 3])
{
	const int left = (int)floor(x), top = (int)floor(y);
	const double fx = x - left, fy = y - top;
	const uint8_t *a, *b;

	if (left < 0 || top < 0 || left + 1 >= im->width ||
	    top + 1 >= im->height)
		return false;
	a = ex_image_row(im, top) + left * 3;
	b = ex_image_row(im, top + 1) + left * 3;
	for (int c = 0; c < 3; c++)
		out[c] =
		    (uint8_t)((1 - fy) * ((1 - fx) * a[c] + fx * a[c + 3]) +
			      fy * ((1 - fx) * b[c] + fx * b[c + 3]));
	return true;
}

static void
sample_square(
    const struct ex_image *im, const struct square *q, struct ex_image *chip)
{
	const double step = q->side / (EX_FACE_CHIP - 1);
	const double c = cos(q->angle) * step, s = sin(q->angle) * step;
	const double half = (EX_FACE_CHIP - 1) / 2.0;

	for (int y = 0; y < EX_FACE_CHIP; y++) {
		uint8_t *row = ex_image_row(chip, y);

		for (int x = 0; x < EX_FACE_CHIP; x++) {
			double u = x - half, v = y - half;

			sample(im, q->x + c * u - s * v, q->y + s * u + c * v,
			    row + x * 3);
		}
	}
}

/* Coordinates of hostile landmarks are bounded before they become ints. */
static bool
sane(const struct square *q, const struct ex_image *rgb)
{
	double limit = 4.0 * (rgb->width + rgb->height);

	return isfinite(q->x) && isfinite(q->y) && q->side >= 1 &&
	       q->side < limit && fabs(q->x) < limit && fabs(q->y) < limit;
}

enum ex_status
ex_face_align(const struct ex_image *rgb,
    const struct ex_point landmarks[static EX_FACE_LANDMARKS],
    struct ex_image *chip)
{
	struct similarity s = fit(landmarks);
	struct square q = square_of(&s), probe = q;
	struct ex_image near = { 0 }, smaller;
	enum ex_status status;
	int halvings = 0;

	status = ex_image_new(EX_FACE_CHIP, EX_FACE_CHIP, 3, chip);
	if (status != EX_OK || !sane(&q, rgb))
		return status; /* a black chip: like no face */
	for (; worth_halving(probe); halvings++)
		halve_square(&probe);
	status = cut_surroundings(rgb, &q, halvings, &near);
	while (status == EX_OK && worth_halving(q) && near.width > 8 &&
	       near.height > 8) {
		status = halve(&near, &smaller);
		ex_image_free(&near);
		if (status == EX_OK) {
			near = smaller;
			halve_square(&q);
		}
	}
	if (status == EX_OK)
		sample_square(&near, &q, chip);
	else
		ex_image_free(chip);
	ex_image_free(&near);
	return status;
}
