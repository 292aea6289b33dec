/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The components of ISO/IEC 29794-5 from detector, landmarks and pixels. The
 * native measures and their mappings to 0..100 are those of OFIQ, the
 * standard's reference implementation, but for sharpness, compression and the
 * angles, which it has from trained models; docs/quality.md compares them one
 * by one.
 */
#include "pose.h"
#include "quality.h"

#include <math.h>

/* From the eyes' middle to the chin, of the distance between the eyes; OFIQ
 * has it from a landmark on the chin. */
#define CHIN 1.8f

/* Of the distance between the eyes at most doubled for the turn of the head. */
#define MIN_COSINE 0.5f

const struct ex_face_component_words
    ex_face_component_words[EX_FACE_COMPONENTS] = {
#define EX_QUALITY(name, clause, word, heading, unit, text)                    \
	{ clause, word, heading, unit, text },
#include "exeunt/quality.inc"
#undef EX_QUALITY
    };

/* ---- native measures ----------------------------------------------------- */

static float
area(struct ex_box b)
{
	const float a = b.w * b.h;

	return b.w > 0 && b.h > 0 && isfinite(a) ? a : 0;
}

/* Side of the largest other face over that of this one, at most 1. */
static float
rival(const struct ex_face *faces, size_t n, size_t which)
{
	const float own = area(faces[which].box);
	float largest = 0;

	for (size_t i = 0; i < n; i++)
		if (i != which)
			largest = fmaxf(largest, area(faces[i].box));
	return own > 0 ? fminf(1, sqrtf(largest / own)) : 1;
}

/* Something to measure: eyes apart, by no more than the picture is large, and
 * the middle between them in it. False for what is not a number. */
static bool
is_face(const struct pose *p, const struct ex_image *im)
{
	const float x = (p->left.x + p->right.x) / 2;
	const float y = (p->left.y + p->right.y) / 2;

	return p->eye_distance >= 1 &&
	       p->eye_distance < (float)(im->width + im->height) && x >= 0 &&
	       y >= 0 && x < (float)im->width && y < (float)im->height;
}

static void
take_light(const struct ex_image *chip, float native[static EX_FACE_COMPONENTS])
{
	struct light light;

	ex_face_light(chip, &light);
	native[EX_FACE_ILLUMINATION_UNIFORMITY] = light.uniformity;
	native[EX_FACE_LUMINANCE_MEAN] = light.mean;
	native[EX_FACE_LUMINANCE_VARIANCE] = light.variance;
	native[EX_FACE_UNDER_EXPOSURE] = light.under;
	native[EX_FACE_OVER_EXPOSURE] = light.over;
	native[EX_FACE_DYNAMIC_RANGE] = light.entropy;
	native[EX_FACE_NATURAL_COLOUR] = light.colour;
}

static void
take_geometry(const struct ex_image *rgb, const struct pose *p,
    float native[static EX_FACE_COMPONENTS])
{
	const float yaw = p->yaw_deg * (float)M_PI / 180;
	const float across = p->eye_distance;
	const float apart = across / fmaxf(MIN_COSINE, cosf(yaw));
	const float chin = CHIN * apart;
	const float down = (p->left.y + p->right.y) / 2;

	native[EX_FACE_INTER_EYE_DISTANCE] = apart;
	native[EX_FACE_HEAD_SIZE] = chin / (float)rgb->height;
	native[EX_FACE_LEFTWARD_CROP] = p->right.x / across;
	native[EX_FACE_RIGHTWARD_CROP] =
	    ((float)rgb->width - p->left.x) / across;
	native[EX_FACE_MARGIN_ABOVE] = down / chin;
	native[EX_FACE_MARGIN_BELOW] = ((float)rgb->height - down) / chin;
	native[EX_FACE_YAW] = p->yaw_deg;
	native[EX_FACE_PITCH] = p->pitch_deg;
	native[EX_FACE_ROLL] = p->roll_deg;
}

/* ---- from native measures to 0..100 -------------------------------------- */

/* 0 below `centre`, 1 above, within some `width`s. */
static float
sigmoid(float v, float centre, float width)
{
	return 1 / (1 + expf((centre - v) / width));
}

static float
by_uniformity(float v)
{
	return 100 * powf(v, 0.3f);
}

static float
by_mean(float v)
{
	return 100 * sigmoid(v, 0.2f, 0.05f) * (1 - sigmoid(v, 0.8f, 0.05f));
}

static float
by_variance(float v)
{
	return 100 * sinf(60 * v / (60 * v + 1) * (float)M_PI);
}

static float
by_black(float v)
{
	return 120 * (0.832f - sigmoid(v, 0.92f, 0.05f));
}

static float
by_white(float v)
{
	return 1 / (v + 0.01f);
}

static float
by_bits(float v)
{
	return 12.5f * v;
}

static float
by_sharpness(float v)
{
	return ex_ramp(log10f(v + 1e-6f), SHARPNESS_BAD, SHARPNESS_GOOD);
}

static float
by_blocking(float v)
{
	return ex_ramp(log10f(v + 1e-6f), 1.1f, -0.3f);
}

static float
by_colour(float v)
{
	return 200 * (1 - sigmoid(v, 0, 10));
}

static float
by_rival(float v)
{
	return 100 * (1 - v);
}

static float
by_eyes(float v)
{
	return 100 * sigmoid(v, 70, 20);
}

static float
by_head(float v)
{
	return 200 * (1 - sigmoid(fabsf(v - 0.45f), 0, 0.05f));
}

static float
by_side(float v)
{
	return 100 * sigmoid(v, 0.9f, 0.1f);
}

static float
by_above(float v)
{
	return 100 * sigmoid(v, 1.4f, 0.1f);
}

static float
by_below(float v)
{
	return 100 * sigmoid(v, 1.8f, 0.1f);
}

static float
by_angle(float degrees)
{
	const float c = cosf(degrees * (float)M_PI / 180);

	return fabsf(degrees) < 90 ? 100 * c * c : 0;
}

static float (*const mapping[EX_FACE_COMPONENTS])(float) = {
	[EX_FACE_ILLUMINATION_UNIFORMITY] = by_uniformity,
	[EX_FACE_LUMINANCE_MEAN] = by_mean,
	[EX_FACE_LUMINANCE_VARIANCE] = by_variance,
	[EX_FACE_UNDER_EXPOSURE] = by_black,
	[EX_FACE_OVER_EXPOSURE] = by_white,
	[EX_FACE_DYNAMIC_RANGE] = by_bits,
	[EX_FACE_SHARPNESS] = by_sharpness,
	[EX_FACE_NO_COMPRESSION] = by_blocking,
	[EX_FACE_NATURAL_COLOUR] = by_colour,
	[EX_FACE_SINGLE_FACE] = by_rival,
	[EX_FACE_INTER_EYE_DISTANCE] = by_eyes,
	[EX_FACE_HEAD_SIZE] = by_head,
	[EX_FACE_LEFTWARD_CROP] = by_side,
	[EX_FACE_RIGHTWARD_CROP] = by_side,
	[EX_FACE_MARGIN_ABOVE] = by_above,
	[EX_FACE_MARGIN_BELOW] = by_below,
	[EX_FACE_YAW] = by_angle,
	[EX_FACE_PITCH] = by_angle,
	[EX_FACE_ROLL] = by_angle,
};

int
ex_face_component_score(enum ex_face_component c, float native)
{
	const float score = isfinite(native) ? mapping[c](native) : 0;

	return score > 100 ? 100 : score > 0 ? (int)(score + 0.5f) : 0;
}

/* ---- the whole ---------------------------------------------------------- */

static void
measure(const struct ex_image *rgb, const struct ex_face *faces, size_t n,
    size_t which, const struct ex_image *chip, struct ex_face_components *out)
{
	struct pose pose;

	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		out->native[i] = NAN;
	ex_face_pose(&faces[which], &pose);
	if (!is_face(&pose, rgb))
		return;
	take_light(chip, out->native);
	take_geometry(rgb, &pose, out->native);
	out->native[EX_FACE_SHARPNESS] = out->quality.sharpness;
	out->native[EX_FACE_NO_COMPRESSION] =
	    ex_face_blocking(rgb, faces[which].box);
	out->native[EX_FACE_SINGLE_FACE] = rival(faces, n, which);
}

/*
 * What the lane's measures do not see: blocks, where detail was; and a face
 * that reaches over the picture's edge. As there, a scale's middle is where
 * similarity starts to fall: at JPEG quality 6, with the eyes at the upper
 * edge, with the mouth at the lower one.
 */
static struct worst
judge(const struct ex_face_components *c)
{
	const float *v = c->native;
	struct worst w = ex_face_worst(&c->quality);

	ex_keep_worst(&w,
	    ex_ramp(log10f(v[EX_FACE_NO_COMPRESSION] + 1e-6f), 1.35f, 0.6f),
	    EX_CAUSE_BLUR);
	ex_keep_worst(&w, ex_ramp(v[EX_FACE_LEFTWARD_CROP], -0.5f, 0.3f),
	    EX_CAUSE_OCCLUDED);
	ex_keep_worst(&w, ex_ramp(v[EX_FACE_RIGHTWARD_CROP], -0.5f, 0.3f),
	    EX_CAUSE_OCCLUDED);
	ex_keep_worst(&w, ex_ramp(v[EX_FACE_MARGIN_ABOVE], -0.2f, 0.2f),
	    EX_CAUSE_OCCLUDED);
	ex_keep_worst(&w, ex_ramp(v[EX_FACE_MARGIN_BELOW], 0.1f, 0.7f),
	    EX_CAUSE_OCCLUDED);
	return w;
}

void
ex_face_components(const struct ex_image *rgb, const struct ex_face *faces,
    size_t n, size_t which, const struct ex_image *chip,
    struct ex_face_components *out)
{
	struct worst worst;

	ex_face_quality(&faces[which], chip, &out->quality);
	measure(rgb, faces, n, which, chip, out);
	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		out->score[i] = ex_face_component_score(
		    (enum ex_face_component)i, out->native[i]);
	worst = judge(out);
	out->unified = worst.score;
	out->limit = worst.cause;
	out->cause = ex_cause_of(worst);
}
