/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The aligned face: a similarity that puts the landmarks near the places the
 * matcher was trained with, sampled bilinearly from the picture or, where the
 * face is much larger than the chip, from a halved copy of it.
 */
#include "models.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MARGIN 0.25 /* of dlib's chip's side, on each side */

/* A mean face and the chip it lies in. */
struct pattern {
	int side; /* of the chip, pixels */
	/* The chip's centre on the pattern, and how long its side is there from
	 * the centre of its first pixel to that of its last: dlib means
	 * span times the scale, less one pixel of the picture. */
	double centre, span, less;
	enum ex_landmark_set set;
	double places[EX_FACE_LANDMARKS][2]; /* pixels of the chip */
};

/* dlib, get_face_chip_details, five points: in the unit square. */
#define AT(v) ((MARGIN + (v)) / (2 * MARGIN + 1) * EX_FACE_CHIP)
static const struct pattern dlib = {
	.side = EX_FACE_CHIP,
	.centre = EX_FACE_CHIP / 2.0,
	.span = EX_FACE_CHIP,
	.less = 1,
	.set = EX_LANDMARKS_EYE_CORNERS,
	.places = { { AT(0.8595674595992), AT(0.2134981538014) },
	    { AT(0.6460604764104), AT(0.2289674387677) },
	    { AT(0.1205750620789), AT(0.2137274526848) },
	    { AT(0.3340850613712), AT(0.2290642403242) },
	    { AT(0.4901123135679), AT(0.6277975316475) } },
};

/* ArcFace's five points for 112 x 112 (Deng 2019; OpenCV's FaceRecognizerSF has
 * the same), in the subject's order. */
static const struct pattern arcface = {
	.side = ARCFACE_CHIP,
	.centre = (ARCFACE_CHIP - 1) / 2.0,
	.span = ARCFACE_CHIP - 1,
	.set = EX_LANDMARKS_EYES_MOUTH,
	.places = { { 73.5318, 51.5014 }, { 38.2946, 51.6963 },
	    { 56.0252, 71.7366 }, { 70.7299, 92.2041 }, { 41.5493, 92.3655 } },
};

/* How far from the tip of the nose to the middle of the mouth its base lies.
 * Under the line of the eyes, in eye distances, dlib's mean face has the base
 * at 0.774, ArcFace's the tip at 0.571 and the mouth at 1.155. */
#define BASE_OF_NOSE 0.3465f

static struct ex_point
between(struct ex_point a, struct ex_point b, float share)
{
	return (struct ex_point){ a.x + (b.x - a.x) * share,
		a.y + (b.y - a.y) * share };
}

struct ex_face_triangle
ex_face_triangle_of(const struct ex_face *f)
{
	const struct ex_point *p = f->landmark;

	if (f->set == EX_LANDMARKS_EYES_MOUTH)
		return (struct ex_face_triangle){ p[0], p[1],
			between(
			    p[2], between(p[3], p[4], 0.5f), BASE_OF_NOSE) };
	return (struct ex_face_triangle){
		{ (p[0].x + p[1].x) / 2, (p[0].y + p[1].y) / 2 },
		{ (p[2].x + p[3].x) / 2, (p[2].y + p[3].y) / 2 },
		p[4],
	};
}

/* Points of the pattern and of a face that should fall together. */
struct pairs {
	int n;
	double from[EX_FACE_LANDMARKS][2];
	struct ex_point to[EX_FACE_LANDMARKS];
};

static void
pair_triangles(
    const struct pattern *p, const struct ex_face *f, struct pairs *out)
{
	struct ex_face mean = { .set = p->set };
	struct ex_face_triangle from, to = ex_face_triangle_of(f);

	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		mean.landmark[i] = (struct ex_point){ (float)p->places[i][0],
			(float)p->places[i][1] };
	from = ex_face_triangle_of(&mean);
	*out = (struct pairs){ .n = 3,
		.from = { { from.left_eye.x, from.left_eye.y },
		    { from.right_eye.x, from.right_eye.y },
		    { from.nose.x, from.nose.y } },
		.to = { to.left_eye, to.right_eye, to.nose } };
}

static void
pair(const struct pattern *p, const struct ex_face *f, struct pairs *out)
{
	if (f->set != p->set) {
		pair_triangles(p, f, out);
		return;
	}
	out->n = EX_FACE_LANDMARKS;
	memcpy(out->from, p->places, sizeof out->from);
	memcpy(out->to, f->landmark, sizeof out->to);
}

/* Chip to picture: (x, y) -> (a x - b y + tx, b x + a y + ty). */
struct similarity {
	double a, b, tx, ty;
};

/* Least squares (Umeyama 1991). */
static struct similarity
fit(const struct pairs *p)
{
	const double n = p->n;
	double fx = 0, fy = 0, tx = 0, ty = 0, dot = 0, cross = 0, norm = 0;
	struct similarity s = { 0 };

	for (int i = 0; i < p->n; i++) {
		fx += p->from[i][0] / n;
		fy += p->from[i][1] / n;
		tx += p->to[i].x / n;
		ty += p->to[i].y / n;
	}
	for (int i = 0; i < p->n; i++) {
		double x = p->from[i][0] - fx, y = p->from[i][1] - fy;
		double u = p->to[i].x - tx, v = p->to[i].y - ty;

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
square_of(const struct similarity *s, const struct pattern *p)
{
	const double c = p->centre;
	struct square q;

	q.x = s->a * c - s->b * c + s->tx;
	q.y = s->b * c + s->a * c + s->ty;
	q.side = p->span * hypot(s->a, s->b) - p->less;
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
worth_halving(struct square q, int chip)
{
	double side = q.side / 2 + 1;

	return side * side > chip * chip;
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
	const double step = q->side / (chip->width - 1);
	const double c = cos(q->angle) * step, s = sin(q->angle) * step;
	const double half = (chip->width - 1) / 2.0;

	for (int y = 0; y < chip->height; y++) {
		uint8_t *row = ex_image_row(chip, y);

		for (int x = 0; x < chip->width; x++) {
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

static enum ex_status
cut(const struct ex_image *rgb, const struct ex_face *face,
    const struct pattern *p, struct ex_image *chip)
{
	struct ex_image near = { 0 }, smaller;
	struct similarity s;
	struct square q, probe;
	struct pairs pairs;
	enum ex_status status;
	int halvings = 0;

	pair(p, face, &pairs);
	s = fit(&pairs);
	probe = q = square_of(&s, p);
	status = ex_image_new(p->side, p->side, 3, chip);
	if (status != EX_OK || !sane(&q, rgb))
		return status; /* a black chip: like no face */
	for (; worth_halving(probe, p->side); halvings++)
		halve_square(&probe);
	status = cut_surroundings(rgb, &q, halvings, &near);
	while (status == EX_OK && worth_halving(q, p->side) && near.width > 8 &&
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

enum ex_status
ex_face_align(const struct ex_image *rgb, const struct ex_face *face,
    struct ex_image *chip)
{
	return cut(rgb, face, &dlib, chip);
}

enum ex_status
ex_face_fit(const struct ex_face_models *m, const struct ex_image *rgb,
    const struct ex_face *face, struct ex_image *chip)
{
	if (m->pack.matcher.alignment == EX_ALIGNMENT_DLIB_150)
		return EX_OK;
	ex_image_free(chip);
	return cut(rgb, face, &arcface, chip);
}
