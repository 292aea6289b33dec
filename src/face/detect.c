/* SPDX-License-Identifier: Apache-2.0 */
#include "pyramid.h"
#include "search.h"

#include <math.h>
#include <stdlib.h>

/* A window that scored, in whole pixels with inclusive edges: dlib rounds
 * here, and suppresses what overlaps after rounding. */
struct candidate {
	long left, top, right, bottom;
	float score;
};

#define MAX_CANDIDATES 20000

struct candidates {
	struct candidate items[MAX_CANDIDATES];
	size_t n;
};

void
ex_search_plan_wipe(struct search_plan *s)
{
	if (s->line)
		ex_wipe(s->line, (size_t)s->width * 3 * sizeof *s->line);
	if (s->plan)
		ex_nn_plan_wipe(s->plan);
}

void
ex_search_plan_fini(struct search_plan *s)
{
	ex_search_plan_wipe(s);
	ex_nn_plan_free(&s->plan);
	free(s->pyramid);
	free(s->line);
	*s = (struct search_plan){ 0 };
}

/* The plan for a size, made when it is not there; the oldest gives way. */
static enum ex_status
get_plan(
    struct ex_face_work *w, int width, int height, struct search_plan **out)
{
	const struct ex_dlib_net *d = &w->models->detector;
	struct search_plan *s = &w->search[0];
	struct pyramid layout;

	w->tick++;
	for (int i = 0; i < SEARCH_PLANS; i++) {
		struct search_plan *p = &w->search[i];

		if (p->plan && p->width == width && p->height == height) {
			p->used = w->tick;
			*out = p;
			return EX_OK;
		}
		if (p->used < s->used)
			s = p;
	}
	ex_search_plan_fini(s);
	s->width = width;
	s->height = height;
	ex_pyramid_plan(&layout, width, height, d->padding, d->outer_padding);
	s->pyramid = ex_calloc(1, sizeof *s->pyramid);
	s->line = ex_calloc((size_t)width * 3, sizeof *s->line);
	if (!s->pyramid || !s->line)
		return EX_ERR_NOMEM;
	*s->pyramid = layout;
	s->used = w->tick;
	*out = s;
	return ex_nn_plan_new(
	    d->graph, 1, layout.height, layout.width, &s->plan);
}

/* Centre of an output cell in the tiled picture: through the layers back to
 * the input, x * stride - pad + kernel / 2 at each convolution. */
static double
to_input(const struct ex_nn_graph *g, double at)
{
	for (int i = g->n_layers; i-- > 0;) {
		const struct ex_nn_layer *l = &g->layers[i];

		if (l->op == EX_NN_CONV)
			at = at * l->stride - l->pad + l->kernel / 2;
	}
	return at;
}

static long
nearest(double v)
{
	return (long)floor(v + 0.5);
}

static void
add_candidate(const struct ex_face_work *w, const struct pyramid *p, int x,
    int y, int window, float score, struct candidates *out)
{
	const struct ex_dlib_net *d = &w->models->detector;
	double cx = to_input(d->graph, x), cy = to_input(d->graph, y);
	double rx = (d->windows[window].width - 1) / 2.0;
	double ry = (d->windows[window].height - 1) / 2.0;
	struct corners c = { cx - rx, cy - ry, cx + rx, cy + ry };

	if (out->n == MAX_CANDIDATES)
		return;
	c = ex_pyramid_to_picture(p, c);
	out->items[out->n++] = (struct candidate){ nearest(c.left),
		nearest(c.top), nearest(c.right), nearest(c.bottom), score };
}

/* Best first; ties in reading order, so that results repeat. */
static int
by_score(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->score != y->score)
		return x->score < y->score ? 1 : -1;
	if (x->top != y->top)
		return x->top < y->top ? -1 : 1;
	return (x->left > y->left) - (x->left < y->left);
}

static double
area(long left, long top, long right, long bottom)
{
	return left > right || top > bottom
		   ? 0
		   : (double)(right - left + 1) * (double)(bottom - top + 1);
}

static long
least(long a, long b)
{
	return a < b ? a : b;
}

static long
most(long a, long b)
{
	return a > b ? a : b;
}

/* dlib's test_box_overlap: the outer area is that of the box around both. */
static bool
same_face(const struct ex_dlib_net *d, const struct candidate *a,
    const struct candidate *b)
{
	double inner = area(most(a->left, b->left), most(a->top, b->top),
	    least(a->right, b->right), least(a->bottom, b->bottom));
	double outer = area(least(a->left, b->left), least(a->top, b->top),
	    most(a->right, b->right), most(a->bottom, b->bottom));

	return inner > 0 &&
	       (inner / outer > d->nms_iou ||
		   inner / area(a->left, a->top, a->right, a->bottom) >
		       d->nms_covered ||
		   inner / area(b->left, b->top, b->right, b->bottom) >
		       d->nms_covered);
}

/* Keep the best of those that overlap; at most EX_FACE_MAX, in place. */
static size_t
suppress(const struct ex_dlib_net *d, struct candidates *c)
{
	size_t kept = 0;

	qsort(c->items, c->n, sizeof c->items[0], by_score);
	for (size_t i = 0; i < c->n && kept < EX_FACE_MAX; i++) {
		size_t j = 0;

		while (j < kept && !same_face(d, &c->items[i], &c->items[j]))
			j++;
		if (j == kept)
			c->items[kept++] = c->items[i];
	}
	return kept;
}

static void
collect(const struct ex_face_work *w, const struct search_plan *s,
    const float *scores, float threshold, struct candidates *out)
{
	struct ex_nn_shape shape = ex_nn_plan_output_shape(s->plan);

	for (int y = 0; y < shape.height; y++)
		for (int x = 0; x < shape.width; x++)
			for (int k = 0; k < shape.channels; k++, scores++)
				if (*scores > threshold)
					add_candidate(w, s->pyramid, x, y, k,
					    *scores, out);
}

static enum ex_status
search(struct ex_face_work *w, const struct ex_image *rgb, float threshold,
    struct candidates *found)
{
	const struct ex_dlib_net *d = &w->models->detector;
	struct search_plan *s;
	enum ex_status status;
	const float *scores;

	if ((int64_t)rgb->width * rgb->height > EX_FACE_MAX_PIXELS)
		return EX_ERR_TOO_LARGE;
	status = get_plan(w, rgb->width, rgb->height, &s);
	if (status != EX_OK) {
		/* A picture under the detector's reach has no faces. */
		return status == EX_ERR_TOO_LARGE &&
			       (rgb->width < 64 || rgb->height < 64)
			   ? EX_OK
			   : status;
	}
	ex_pyramid_fill(
	    s->pyramid, rgb, d->mean, s->line, ex_nn_plan_input(s->plan));
	scores = ex_nn_plan_run(s->plan);
	if (!scores)
		return EX_ERR_INTERNAL;
	collect(w, s, scores, threshold, found);
	return EX_OK;
}

/* The smallest window of the model: the smallest face at full size. */
static int
smallest_window(const struct ex_dlib_net *d)
{
	int side = d->windows[0].width;

	for (int i = 1; i < d->n_windows; i++)
		side = (int)least(side, d->windows[i].width);
	return side;
}

/* By how much the picture is reduced so that the smallest face wanted is as
 * large as the smallest window; under 1 it is enlarged, as far as it may be. */
static double
reduction(const struct ex_image *rgb, int min_face, int window)
{
	const double pixels = (double)rgb->width * rgb->height;
	const double by = (double)most(min_face, EX_FACE_LEAST) / window;

	if (min_face == 0)
		return 1;
	/* The copy's sides are rounded: keep clear of the limit. */
	return by < 1 ? fmin(1, fmax(by,
				    sqrt(pixels / (0.99 * EX_FACE_MAX_PIXELS))))
		      : by;
}

/* Search such a copy, or the picture itself. */
static enum ex_status
search_scaled(struct ex_face_work *w, const struct ex_image *rgb,
    const struct ex_face_search *want, struct candidates *found, double *scale)
{
	struct ex_image copy;
	enum ex_status status;
	double width, height;

	*scale = reduction(
	    rgb, want->min_face, smallest_window(&w->models->detector));
	if (*scale == 1)
		return search(w, rgb, want->threshold, found);
	width = fmax(1, floor(rgb->width / *scale + 0.5));
	height = fmax(1, floor(rgb->height / *scale + 0.5));
	status = ex_image_resize(rgb, (int)width, (int)height, &copy);
	if (status != EX_OK)
		return status;
	status = search(w, &copy, want->threshold, found);
	ex_image_free(&copy);
	return status;
}

static struct ex_box
box_of(const struct candidate *c, double scale)
{
	return (struct ex_box){
		(float)((double)c->left * scale),
		(float)((double)c->top * scale),
		(float)((double)(c->right - c->left + 1) * scale),
		(float)((double)(c->bottom - c->top + 1) * scale),
	};
}

enum ex_status
ex_face_detect(struct ex_face_work *w, const struct ex_image *rgb,
    const struct ex_face_search *want, struct ex_face faces[static EX_FACE_MAX],
    size_t *n)
{
	struct candidates *found;
	enum ex_status status;
	double scale;

	*n = 0;
	if (rgb->channels != 3)
		return EX_ERR_UNSUPPORTED;
	if (w->models->pack.detector.kind != EX_DETECTOR_MMOD)
		return ex_heads_detect(w, rgb, want, faces, n);
	found = ex_face_work_found(w, sizeof *found);
	if (!found)
		return EX_ERR_NOMEM;
	found->n = 0;
	status = search_scaled(w, rgb, want, found, &scale);
	if (status == EX_OK)
		*n = suppress(&w->models->detector, found);
	for (size_t i = 0; i < *n; i++) {
		faces[i].box = box_of(&found->items[i], scale);
		faces[i].score = found->items[i].score;
		faces[i].set = EX_LANDMARKS_EYE_CORNERS;
		ex_face_landmarks(
		    w->models, rgb, faces[i].box, faces[i].landmark);
	}
	return status;
}

const struct ex_face *
ex_face_central(const struct ex_face *f, size_t n, const struct ex_image *im)
{
	const float x = (float)im->width / 2, y = (float)im->height / 2;

	for (size_t i = 0; i < n; i++)
		if (x >= f[i].box.x && x < f[i].box.x + f[i].box.w &&
		    y >= f[i].box.y && y < f[i].box.y + f[i].box.h)
			return &f[i];
	return NULL;
}
