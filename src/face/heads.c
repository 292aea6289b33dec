/* SPDX-License-Identifier: Apache-2.0 */
#include "heads.h"

#include <math.h>
#include <stdlib.h>

const int ex_head_width[HEAD_PARTS] = { 1, 1, 4, 10 };

/* Past this a box is no box; also bounds what is made of it later. */
#define FAR 1e6f

static bool
sane(const struct found *f)
{
	const float v[] = { f->left, f->top, f->right, f->bottom };

	for (int i = 0; i < 4; i++)
		if (!(v[i] > -FAR && v[i] < FAR))
			return false;
	for (int i = 0; i < 5; i++)
		if (!(fabsf(f->at[i].x) < FAR && fabsf(f->at[i].y) < FAR))
			return false;
	return f->right > f->left && f->bottom > f->top;
}

/* The networks' order is that of the picture: its left eye first, which is the
 * subject's right one. */
static const int subjects[5] = { 1, 0, 2, 4, 3 };

static void
take_points(
    const struct head_level *l, int i, float x, float y, struct found *f)
{
	const float *p = l->part[HEAD_POINTS];

	for (int k = 0; p && k < 5; k++) {
		const float *at = p + 10 * (ptrdiff_t)i + 2 * subjects[k];

		f->at[k] = (struct ex_point){ x + at[0] * (float)l->stride,
			y + at[1] * (float)l->stride };
	}
}

static float
clamp(float v)
{
	return v > 1 ? 1 : v > 0 ? v : 0;
}

/* Box: centre from the cell's corner, in cells, and the logarithm of its sides
 * in cells. Score: sqrt(class x object). */
size_t
ex_heads_yunet(const struct head_level *l, float threshold, struct found out[],
    size_t n, size_t room)
{
	const float s = (float)l->stride;

	for (int i = 0; i < l->rows * l->columns && n < room; i++) {
		const float column = (float)(i % l->columns);
		const float row = (float)(i / l->columns);
		const float *b = l->part[HEAD_BOX] + 4 * (ptrdiff_t)i;
		float score = sqrtf(clamp(l->part[HEAD_SCORE][i]) *
				    clamp(l->part[HEAD_OBJECT][i]));
		float x, y, w, h;

		if (!(score > threshold))
			continue;
		x = (column + b[0]) * s;
		y = (row + b[1]) * s;
		w = expf(b[2]) * s;
		h = expf(b[3]) * s;
		out[n] = (struct found){ .left = x - w / 2,
			.top = y - h / 2,
			.right = x + w / 2,
			.bottom = y + h / 2,
			.score = score };
		take_points(l, i, column * s, row * s, &out[n]);
		n += sane(&out[n]);
	}
	return n;
}

/* Box: distances from the cell's corner to its sides, in cells. */
size_t
ex_heads_scrfd(const struct head_level *l, float threshold, struct found out[],
    size_t n, size_t room)
{
	const float s = (float)l->stride;

	for (int i = 0; i < l->rows * l->columns * l->anchors && n < room;
	     i++) {
		const int cell = i / l->anchors;
		const float x = (float)(cell % l->columns) * s;
		const float y = (float)(cell / l->columns) * s;
		const float *b = l->part[HEAD_BOX] + 4 * (ptrdiff_t)i;
		float score = clamp(l->part[HEAD_SCORE][i]);

		if (!(score > threshold))
			continue;
		out[n] = (struct found){ .left = x - b[0] * s,
			.top = y - b[1] * s,
			.right = x + b[2] * s,
			.bottom = y + b[3] * s,
			.score = score };
		take_points(l, i, x, y, &out[n]);
		n += sane(&out[n]);
	}
	return n;
}

/* Best first; ties in reading order, so that results repeat. */
static int
by_score(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->top != y->top)
		return x->top < y->top ? -1 : 1;
	return (x->left > y->left) - (x->left < y->left);
}

static struct ex_box
box_of(const struct found *f)
{
	return (struct ex_box){ f->left, f->top, f->right - f->left,
		f->bottom - f->top };
}

size_t
ex_heads_suppress(struct found f[], size_t n, float overlap, size_t most)
{
	size_t kept = 0;

	qsort(f, n, sizeof *f, by_score);
	for (size_t i = 0; i < n && kept < most; i++) {
		size_t j = 0;

		while (j < kept &&
		       !(ex_box_iou(box_of(&f[i]), box_of(&f[j])) > overlap))
			j++;
		if (j == kept)
			f[kept++] = f[i];
	}
	return kept;
}
