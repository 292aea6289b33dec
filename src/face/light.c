/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How light falls on a face: ISO/IEC 29794-5, 7.3.3 to 7.3.7 and 7.3.10, as
 * its reference implementation OFIQ computes them. That one masks the face by
 * the hull of 98 landmarks; here it is a shape of fixed size in the aligned
 * chip, and a pixel that something covers is not left out.
 */
#include "quality.h"

#include <math.h>

/* Of the chip: the eyes' height and middle and the distance between them, by
 * the places that ex_face_align gives the landmarks. */
#define EYES_X 74.f
#define EYES_Y 47.1f
#define EYES   52.6f

/* Brows to chin: straight sides down to the eyes, half an ellipse below. */
#define FACE_TOP  (EYES_Y - 0.45f * EYES)
#define FACE_HALF (0.9f * EYES)
#define FACE_DROP (1.7f * EYES)

/* OFIQ's cheeks: squares of 0.3 of the distance between the eyes, outwards of
 * each eye, from half way to the mouth down. */
#define ZONE       ((int)(0.3f * EYES))
#define ZONE_TOP   ((int)(EYES_Y + 0.575f * EYES))
#define ZONE_RIGHT ((int)(EYES_X - EYES / 2) - ZONE) /* the subject's */
#define ZONE_LEFT  ((int)(EYES_X + EYES / 2))

#define LEVELS 256
/* A quarter as many in a zone's histogram, which has a quarter of the pixels
 * that OFIQ's larger chip has. */
#define ZONE_LEVELS 64

/* sRGB (IEC 61966-2-1), 0..1. */
static float
linear(float coded)
{
	return coded > 0.04045f ? powf((coded + 0.055f) / 1.055f, 2.4f)
				: coded / 12.92f;
}

struct curve {
	float of[LEVELS];
};

static void
make_curve(struct curve *c)
{
	for (int i = 0; i < LEVELS; i++)
		c->of[i] = linear((float)i / 255);
}

/* Luminance (BT.709), 0..255. */
static int
luminance(const struct curve *c, const uint8_t *p)
{
	const float y = 0.2126f * c->of[p[0]] + 0.7152f * c->of[p[1]] +
			0.0722f * c->of[p[2]];

	return (int)(y * 255 + 0.5f);
}

static bool
in_face(int x, int y)
{
	const float down = (float)y - EYES_Y;
	const float u = ((float)x - EYES_X) / FACE_HALF;
	const float v = down > 0 ? down / FACE_DROP : 0;

	return (float)y >= FACE_TOP && u * u + v * v <= 1;
}

static void
measure_face(const struct ex_image *chip, const struct curve *c,
    float histogram[static LEVELS])
{
	unsigned count[LEVELS] = { 0 }, n = 0;

	for (int y = 0; y < EX_FACE_CHIP; y++)
		for (int x = 0; x < EX_FACE_CHIP; x++)
			if (in_face(x, y)) {
				count[luminance(
				    c, ex_image_row(chip, y) + x * 3)]++;
				n++;
			}
	for (int i = 0; i < LEVELS; i++)
		histogram[i] = (float)count[i] / (float)n;
}

static float
share(const float *histogram, int first, int last)
{
	float sum = 0;

	for (int i = first; i <= last; i++)
		sum += histogram[i];
	return sum;
}

static void
judge_histogram(const float histogram[static LEVELS], struct light *out)
{
	for (int i = 0; i < LEVELS; i++)
		out->mean += histogram[i] * (float)i / 255;
	for (int i = 0; i < LEVELS; i++) {
		const float off = (float)i / 255 - out->mean;

		out->variance += histogram[i] * off * off;
		if (histogram[i] > 0)
			out->entropy -= histogram[i] * log2f(histogram[i]);
	}
	out->under = share(histogram, 0, 25);
	out->over = share(histogram, 247, 255);
}

struct zone {
	unsigned count[ZONE_LEVELS];
	unsigned sum[3]; /* red, green, blue as coded */
};

static void
measure_zone(const struct ex_image *chip, const struct curve *c, int left,
    struct zone *z)
{
	for (int y = ZONE_TOP; y < ZONE_TOP + ZONE; y++)
		for (int x = left; x < left + ZONE; x++) {
			const uint8_t *p = ex_image_row(chip, y) + x * 3;

			z->count[luminance(c, p) * ZONE_LEVELS / LEVELS]++;
			for (int k = 0; k < 3; k++)
				z->sum[k] += p[k];
		}
}

static float
common(const struct zone *a, const struct zone *b)
{
	unsigned sum = 0;

	for (int i = 0; i < ZONE_LEVELS; i++)
		sum += a->count[i] < b->count[i] ? a->count[i] : b->count[i];
	return (float)sum / (float)(ZONE * ZONE);
}

/* CIE 1976: from the value over that of white. */
static float
lightness(float of_white)
{
	return of_white > 216.f / 24389 ? cbrtf(of_white)
					: (24389.f / 27 * of_white + 16) / 116;
}

/* How far `v` lies outside least..most. */
static float
outside(float v, float least, float most)
{
	return fmaxf(0, fmaxf(least - v, v - most));
}

/* Closer to no colour than 8 bits can tell, so that rounding does not part one
 * grey from another. */
#define GREY 0.05f

/* CIELAB of the cheeks' mean, against white D50, and how far its a and b lie
 * outside 5..25 and 5..35, where skin has them; 100 for green or blue. */
static float
colour_distance(const struct zone *right, const struct zone *left)
{
	float rgb[3], x, y, z, a, b;

	for (int k = 0; k < 3; k++)
		rgb[k] = linear((float)(right->sum[k] + left->sum[k]) /
				(2.f * 255 * (float)(ZONE * ZONE)));
	/* sRGB to XYZ, adapted to D50 (Bradford), over white. */
	x = (0.43605f * rgb[0] + 0.38508f * rgb[1] + 0.14309f * rgb[2]) /
	    0.964221f;
	y = 0.22249f * rgb[0] + 0.71689f * rgb[1] + 0.06062f * rgb[2];
	z = (0.01393f * rgb[0] + 0.09710f * rgb[1] + 0.71419f * rgb[2]) /
	    0.825211f;
	a = 500 * (lightness(x) - lightness(y));
	b = 200 * (lightness(y) - lightness(z));
	if (a < -GREY || b < -GREY)
		return 100;
	return hypotf(outside(a, 5, 25), outside(b, 5, 35));
}

void
ex_face_light(const struct ex_image *chip, struct light *out)
{
	struct curve curve;
	float histogram[LEVELS];
	struct zone right = { { 0 }, { 0 } }, left = { { 0 }, { 0 } };

	*out = (struct light){ 0 };
	make_curve(&curve);
	measure_face(chip, &curve, histogram);
	judge_histogram(histogram, out);
	measure_zone(chip, &curve, ZONE_RIGHT, &right);
	measure_zone(chip, &curve, ZONE_LEFT, &left);
	out->uniformity = common(&right, &left);
	out->colour = colour_distance(&right, &left);
}
