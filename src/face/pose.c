/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head's angles from the eyes and the base of the nose, as if the camera
 * were far away.
 */
#include "pose.h"

#include <math.h>

/* How far the nose's base stands out, of the distance between the eyes: the
 * least-squares fit over the travellers' 200 lane heads, where the mean error
 * of the yaw is 4.7 degrees. */
#define NOSE 0.45f

/*
 * A bow lowers the nose's base below the eyes, by 0.005 of the distance
 * between them a degree, and the inner corners of the eyes below the outer
 * ones by 0.0008. But people differ by 0.106 and 0.016 in the two (standard
 * deviations, the travellers' 240 pictures), so the angle is the most likely
 * one of a head that is within 10 degrees of level two times of three: about a
 * third of a nod is seen, and heads held level differ by 5 degrees.
 */
#define DROP          0.756f /* means */
#define SLANT         0.018f
#define DROP_DEGREES  30.f /* for one distance between the eyes */
#define SLANT_DEGREES 215.f

static struct ex_point
middle(struct ex_point a, struct ex_point b)
{
	return (struct ex_point){ (a.x + b.x) / 2, (a.y + b.y) / 2 };
}

static struct ex_point
from_to(struct ex_point a, struct ex_point b)
{
	return (struct ex_point){ b.x - a.x, b.y - a.y };
}

static float
along(struct ex_point axis, struct ex_point v)
{
	return axis.x * v.x + axis.y * v.y;
}

/* Positive downwards where the axis leads to the right. */
static float
across(struct ex_point axis, struct ex_point v)
{
	return axis.x * v.y - axis.y * v.x;
}

static float
degrees(float radians)
{
	return radians * 180 / (float)M_PI;
}

void
ex_face_pose(const struct ex_face *face, struct pose *out)
{
	const struct ex_point *p = face->landmark;
	const struct ex_face_triangle t = ex_face_triangle_of(face);
	const struct ex_point left = t.left_eye, right = t.right_eye;
	const struct ex_point axis = from_to(right, left);
	const struct ex_point nose = from_to(middle(left, right), t.nose);
	const float square = along(axis, axis);
	float yaw, drop, slant;

	*out = (struct pose){
		.left = left,
		.right = right,
		.eye_distance = hypotf(axis.x, axis.y),
		.yaw_deg = 90,
		.pitch_deg = 90,
		.roll_deg = degrees(atan2f(axis.y, axis.x)),
	};
	if (!(square > 0))
		return;
	/* Turning moves the nose by NOSE times the sine, and draws the eyes
	 * together by the cosine. */
	yaw = atanf(along(axis, nose) / square / NOSE);
	drop = across(axis, nose) / square * cosf(yaw);
	/* Without the eyes' corners the nose alone tells of a nod. */
	slant = SLANT;
	if (face->set == EX_LANDMARKS_EYE_CORNERS)
		slant = (across(axis, from_to(p[0], p[1])) +
			    across(axis, from_to(p[2], p[3]))) /
			2 / square * cosf(yaw);
	out->yaw_deg = degrees(yaw);
	out->pitch_deg =
	    DROP_DEGREES * (drop - DROP) + SLANT_DEGREES * (slant - SLANT);
	if (fabsf(out->pitch_deg) > 90)
		out->pitch_deg = copysignf(90, out->pitch_deg);
}
