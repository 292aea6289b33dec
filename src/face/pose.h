/* SPDX-License-Identifier: Apache-2.0 */
/* Where the eyes are and how the head is turned, by five landmarks. */
#ifndef EXEUNT_FACE_POSE_H
#define EXEUNT_FACE_POSE_H

#include "exeunt/face.h"

struct pose {
	struct ex_point left, right; /* eye centres, as the subject has them */
	float eye_distance;          /* pixels */
	float yaw_deg;               /* positive towards the subject's left */
	float pitch_deg;             /* positive downwards */
	float roll_deg;              /* positive clockwise in the picture */
};

/* Landmarks that are not numbers give angles that are none; eyes in one
 * place give a yaw of 90. */
void ex_face_pose(const struct ex_face *face, struct pose *out);

#endif
