/* SPDX-License-Identifier: Apache-2.0 */
/* Pictures made worse by degrees, each in one way. */
#ifndef EXEUNT_TESTS_DEGRADE_H
#define EXEUNT_TESTS_DEGRADE_H

#include "face_test.h"

#include <math.h>

/* A picture and the face in it. */
struct scene {
	struct ex_image im;
	struct ex_face face;
};

static inline void
copy_image(const struct ex_image *im, struct ex_image *out)
{
	assert_int_equal(
	    ex_image_crop(im, 0, 0, im->width, im->height, out), EX_OK);
}

static inline float
eyes_apart(const struct ex_face *f)
{
	const struct ex_point *p = f->landmark;

	return hypotf(p[0].x + p[1].x - p[2].x - p[3].x,
		   p[0].y + p[1].y - p[2].y - p[3].y) /
	       2;
}

static inline uint8_t
byte(double v)
{
	return v > 255 ? 255 : v > 0 ? (uint8_t)(v + 0.5) : 0;
}

/* Every value v of channel c becomes gain[c] * v + haze. */
static inline void
change(struct ex_image *im, const double gain[static 3], double haze)
{
	for (int y = 0; y < im->height; y++)
		for (int i = 0; i < im->width * 3; i++) {
			uint8_t *p = ex_image_row(im, y) + i;

			*p = byte(*p * gain[i % 3] + haze);
		}
}

/* Mean of 2 reach + 1 values, n of them `stride` bytes apart, those past the
 * ends being as the last. */
static inline void
smear_line(const uint8_t *from, uint8_t *to, size_t stride, int n, int reach)
{
	int sum = 0;

	for (int k = -reach; k < n + reach; k++) {
		const int in = k < 0 ? 0 : k < n ? k : n - 1;
		const int out = k - 2 * reach - 1;

		sum += from[(size_t)in * stride];
		if (out >= -reach)
			sum -= from[(size_t)(out < 0 ? 0 : out) * stride];
		if (k >= reach)
			to[(size_t)(k - reach) * stride] =
			    byte((double)sum / (2 * reach + 1));
	}
}

/* Box filter along one axis. */
static inline void
smear(struct ex_image *im, int reach, bool down)
{
	const size_t stride = down ? im->stride_bytes : 3;
	struct ex_image from;

	copy_image(im, &from);
	for (int i = 0; i < (down ? im->width * 3 : im->height * 3); i++) {
		const size_t at =
		    down ? (size_t)i
			 : (size_t)(i / 3) * im->stride_bytes + (size_t)(i % 3);

		smear_line(from.pixels + at, im->pixels + at, stride,
		    down ? im->height : im->width, reach);
	}
	ex_image_free(&from);
}

/* ---- the ways; 0 < strength <= 1 ---------------------------------------- */

static inline void
blur(struct scene *s, double strength)
{
	const int reach = (int)(strength * 0.2 * (double)eyes_apart(&s->face));

	for (int pass = 0; pass < 2; pass++) {
		smear(&s->im, reach, false);
		smear(&s->im, reach, true);
	}
}

static inline void
darken(struct scene *s, double strength)
{
	const double g = pow(0.04, strength);

	change(&s->im, (double[]){ g, g, g }, 0);
}

static inline void
overexpose(struct scene *s, double strength)
{
	const double g = 1 + 5 * strength;

	change(&s->im, (double[]){ g, g, g }, 0);
}

static inline void
flatten(struct scene *s, double strength)
{
	const double g = 1 - 0.95 * strength;

	change(&s->im, (double[]){ g, g, g }, 128 * (1 - g));
}

static inline void
tint(struct scene *s, double strength)
{
	change(&s->im,
	    (double[]){
		1 - 0.5 * strength, 1 - 0.1 * strength, 1 + 0.6 * strength },
	    0);
}

/* Shade on one half of the face, with a soft edge. */
static inline void
shade(struct scene *s, double strength)
{
	const float across = eyes_apart(&s->face);
	const float middle = s->face.landmark[4].x;

	for (int y = 0; y < s->im.height; y++)
		for (int x = 0; x < s->im.width; x++) {
			const double at =
			    (double)(((float)x - middle) / across);
			const double lit =
			    1 - 0.95 * strength / (1 + exp(-6 * at));
			uint8_t *p = ex_image_row(&s->im, y) + x * 3;

			for (int k = 0; k < 3; k++)
				p[k] = byte(p[k] * lit);
		}
}

/* A white reflection over part of the face. */
static inline void
glare(struct scene *s, double strength)
{
	const double across = (double)eyes_apart(&s->face);
	const double cx = (double)s->face.landmark[0].x;
	const double cy = (double)s->face.landmark[4].y;

	for (int y = 0; y < s->im.height; y++)
		for (int x = 0; x < s->im.width; x++) {
			const double d = hypot(x - cx, y - cy) / across;
			const double veil =
			    1 / (1 + exp(8 * (d - 2.2 * strength)));
			uint8_t *p = ex_image_row(&s->im, y) + x * 3;

			for (int k = 0; k < 3; k++)
				p[k] = byte(p[k] + 255 * veil);
		}
}

static inline void
compress(struct scene *s, double strength)
{
	struct ex_blob jpeg;
	struct ex_error err;

	if (strength <= 0)
		return;
	assert_int_equal(ex_image_encode_jpeg(
			     &s->im, (int)(90 * pow(0.035, strength)), &jpeg),
	    EX_OK);
	ex_image_free(&s->im);
	assert_int_equal(ex_image_decode(ex_blob_bytes(&jpeg), 3,
			     EX_ORIENTATION_IGNORE, &s->im, "jpeg", &err),
	    EX_OK);
	ex_blob_free(&jpeg);
}

/* What lies at p comes to lie at m * p, from the picture's origin. */
static inline void
map_face(struct ex_face *f, float scale, float dx, float dy)
{
	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		f->landmark[i].x = f->landmark[i].x * scale + dx;
		f->landmark[i].y = f->landmark[i].y * scale + dy;
	}
	f->box.x = f->box.x * scale + dx;
	f->box.y = f->box.y * scale + dy;
	f->box.w *= scale;
	f->box.h *= scale;
}

static inline void
reduce(struct scene *s, double strength)
{
	const float scale = (float)pow(0.1, strength);
	struct ex_image small;

	assert_int_equal(
	    ex_image_resize(&s->im, (int)((float)s->im.width * scale),
		(int)((float)s->im.height * scale), &small),
	    EX_OK);
	ex_image_free(&s->im);
	s->im = small;
	map_face(&s->face, scale, 0, 0);
}

static inline void
cut(struct scene *s, int left, int top, int right, int bottom)
{
	struct ex_image part;

	assert_int_equal(
	    ex_image_crop(&s->im, left, top, s->im.width - left - right,
		s->im.height - top - bottom, &part),
	    EX_OK);
	ex_image_free(&s->im);
	s->im = part;
	map_face(&s->face, 1, (float)-left, (float)-top);
}

/* Further away: the same picture within more of its background. */
static inline void
withdraw(struct scene *s, double strength)
{
	const int more = (int)(strength * s->im.height);

	cut(s, -more, -more, -more, -more);
}

static inline void
cut_left(struct scene *s, double strength)
{
	const struct ex_point *p = s->face.landmark;

	cut(s, (int)(strength * (double)(p[2].x + p[3].x) / 2), 0, 0, 0);
}

static inline void
cut_right(struct scene *s, double strength)
{
	const struct ex_point *p = s->face.landmark;

	cut(s, 0, 0,
	    (int)(strength *
		  ((double)s->im.width - (double)(p[0].x + p[1].x) / 2)),
	    0);
}

static inline void
cut_above(struct scene *s, double strength)
{
	cut(s, 0, (int)(strength * (double)s->face.landmark[1].y), 0, 0);
}

static inline void
cut_below(struct scene *s, double strength)
{
	cut(s, 0, 0, 0,
	    (int)(strength *
		  ((double)s->im.height - (double)s->face.landmark[4].y)));
}

/* About the picture's middle. */
static inline void
tilt(struct scene *s, double strength)
{
	const double a = strength * 60 * M_PI / 180, c = cos(a), n = sin(a);
	const double x = s->im.width / 2.0, y = s->im.height / 2.0;
	/* from the turned picture back to this one */
	const struct ex_affine back = { { c, n, x - c * x - n * y, -n, c,
	    y + n * x - c * y } };
	struct ex_image turned;

	assert_int_equal(
	    ex_image_warp(&s->im, &back, s->im.width, s->im.height, &turned),
	    EX_OK);
	ex_image_free(&s->im);
	s->im = turned;
	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		const double u = (double)s->face.landmark[i].x - x;
		const double v = (double)s->face.landmark[i].y - y;

		s->face.landmark[i].x = (float)(x + c * u - n * v);
		s->face.landmark[i].y = (float)(y + n * u + c * v);
	}
}

#endif
