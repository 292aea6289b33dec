/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <math.h>

float
ex_box_iou(struct ex_box a, struct ex_box b)
{
	float w = fminf(a.x + a.w, b.x + b.w) - fmaxf(a.x, b.x);
	float h = fminf(a.y + a.h, b.y + b.h) - fmaxf(a.y, b.y);
	float shared = w * h;

	/* The form of the test makes 0 of what is not a number, too. */
	if (!(a.w > 0 && a.h > 0 && b.w > 0 && b.h > 0 && w > 0 && h > 0))
		return 0;
	return shared / (a.w * a.h + b.w * b.h - shared);
}

bool
ex_box_has_centre(struct ex_box outer, struct ex_box inner)
{
	float x = inner.x + inner.w / 2, y = inner.y + inner.h / 2;

	return x >= outer.x && x < outer.x + outer.w && y >= outer.y &&
	       y < outer.y + outer.h;
}
