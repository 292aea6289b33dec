/* SPDX-License-Identifier: Apache-2.0 */
/* Detectors in ONNX: the picture made ready, one run, the heads read. */
#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FOUND 8192

static const int strides[HEAD_LEVELS] = { 8, 16, 32 };

static int
output_named(const struct ex_onnx_net *net, const char *name)
{
	for (unsigned i = 0; i < ex_onnx_net_outputs(net); i++)
		if (strcmp(ex_onnx_net_output_name(net, i), name) == 0)
			return (int)i;
	return -1;
}

static void
map_by_name(const struct ex_onnx_net *net, bool yunet, struct heads *out)
{
	const char *const parts[HEAD_PARTS] = { yunet ? "cls" : "score",
		yunet ? "obj" : "", "bbox", "kps" };
	char name[16];

	for (int p = 0; p < HEAD_PARTS; p++)
		for (int l = 0; l < HEAD_LEVELS; l++) {
			snprintf(
			    name, sizeof name, "%s_%d", parts[p], strides[l]);
			out->output[p][l] = output_named(net, name);
		}
}

/* Exporters name SCRFD's outputs by number: then the order tells, all scores,
 * all boxes, all points. */
static void
map_by_order(const struct ex_onnx_net *net, struct heads *out)
{
	unsigned n = ex_onnx_net_outputs(net);

	for (int l = 0; l < HEAD_LEVELS && (n == 6 || n == 9); l++) {
		out->output[HEAD_SCORE][l] = l;
		out->output[HEAD_BOX][l] = HEAD_LEVELS + l;
		out->output[HEAD_POINTS][l] = n == 9 ? 2 * HEAD_LEVELS + l : -1;
	}
}

static bool
has(const struct heads *h, enum head_part part)
{
	for (int l = 0; l < HEAD_LEVELS; l++)
		if (h->output[part][l] < 0)
			return false;
	return true;
}

static int64_t
values(const struct ex_onnx_tensor *t)
{
	int64_t n = 1;

	for (int d = 0; d < t->rank; d++)
		n *= t->dims[d];
	return n;
}

/* The plan's outputs as levels; false: not of the sizes that they must be. */
static bool
read_levels(const struct ex_face_models *m, const struct heads_plan *p,
    struct head_level out[HEAD_LEVELS])
{
	const int anchors = m->pack.detector.kind == EX_DETECTOR_SCRFD ? 2 : 1;

	for (int l = 0; l < HEAD_LEVELS; l++) {
		out[l] = (struct head_level){ .stride = strides[l],
			.columns = p->width / strides[l],
			.rows = p->height / strides[l],
			.anchors = anchors };
		for (int k = 0; k < HEAD_PARTS; k++) {
			const int which = m->heads.output[k][l];
			struct ex_onnx_tensor t;

			if (which < 0)
				continue;
			t = ex_onnx_plan_output(p->plan, (unsigned)which);
			if (values(&t) != (int64_t)out[l].columns *
					      out[l].rows * anchors *
					      ex_head_width[k])
				return false;
			out[l].part[k] = t.data;
		}
	}
	return true;
}

/* What is not a number is over no threshold: a broken model would look like an
 * empty lane. */
static bool
are_finite(const struct ex_face_models *m, const struct heads_plan *p)
{
	for (int l = 0; l < HEAD_LEVELS; l++)
		for (int k = 0; k < HEAD_PARTS; k++) {
			const int which = m->heads.output[k][l];
			struct ex_onnx_tensor t;

			if (which < 0)
				continue;
			t = ex_onnx_plan_output(p->plan, (unsigned)which);
			for (int64_t i = 0; i < values(&t); i++)
				if (!isfinite(t.data[i]))
					return false;
		}
	return true;
}

/* Whole cells of the coarsest grid. */
static int
whole_cells(int side)
{
	return (side + HEAD_STRIDE - 1) / HEAD_STRIDE * HEAD_STRIDE;
}

static enum ex_status
check_size(const struct ex_face_models *m, int width, int height,
    const char *what, struct ex_error *err)
{
	struct heads_plan p = { .width = width, .height = height };
	struct head_level levels[HEAD_LEVELS];
	enum ex_status status =
	    ex_onnx_plan_new(m->detector_net, 1, height, width, &p.plan, err);

	if (status == EX_OK && !read_levels(m, &p, levels))
		status = ex_fail(err, EX_ERR_MODEL, what,
		    "its outputs are not those of %s at %d x %d pixels",
		    m->pack.detector.kind == EX_DETECTOR_YUNET ? "YuNet"
							       : "SCRFD",
		    width, height);
	ex_onnx_plan_free(&p.plan);
	return status;
}

/* Of two shapes, unless the detector is for one: a size that an exporter has
 * written into the graph is found here, not with the first vehicle. */
static enum ex_status
check_sizes(
    const struct ex_face_models *m, const char *what, struct ex_error *err)
{
	const int longest = (int)m->pack.detector.longest;
	enum ex_status status;

	if (m->pack.detector.square)
		return check_size(m, longest, longest, what, err);
	status = check_size(m, 64, 64, what, err);
	return status == EX_OK ? check_size(m, 160, 96, what, err) : status;
}

enum ex_status
ex_heads_map(struct ex_face_models *m, const char *what, struct ex_error *err)
{
	const bool yunet = m->pack.detector.kind == EX_DETECTOR_YUNET;
	struct heads *h = &m->heads;

	if (ex_onnx_net_input(m->detector_net).channels != 3)
		return ex_fail(
		    err, EX_ERR_MODEL, what, "not for pictures of 3 channels");
	map_by_name(m->detector_net, yunet, h);
	if (!yunet && !has(h, HEAD_SCORE))
		map_by_order(m->detector_net, h);
	if (!has(h, HEAD_SCORE) || !has(h, HEAD_BOX) ||
	    (yunet && !has(h, HEAD_OBJECT)))
		return ex_fail(err, EX_ERR_MODEL, what,
		    yunet ? "not a YuNet: it lacks outputs among cls_8, obj_8, "
			    "bbox_8 and those of 16 and 32"
			  : "not an SCRFD: neither score_8, bbox_8 and those "
			    "of 16 and 32, nor 6 or 9 outputs");
	if (m->pack.landmarker.kind == EX_LANDMARKER_DETECTOR &&
	    !has(h, HEAD_POINTS))
		return ex_fail(err, EX_ERR_MODEL, what,
		    "gives no landmarks; the pack needs a landmarker "
		    "dlib-shape-5");
	return check_sizes(m, what, err);
}

void
ex_heads_plan_fini(struct heads_plan *p)
{
	ex_onnx_plan_free(&p->plan); /* wipes */
	*p = (struct heads_plan){ 0 };
}

/* The plan for a size, made when it is not there; the oldest gives way. */
static enum ex_status
get_plan(struct ex_face_work *w, int width, int height, struct heads_plan **out)
{
	struct heads_plan *p = &w->heads[0];

	w->tick++;
	for (int i = 0; i < SEARCH_PLANS; i++) {
		struct heads_plan *q = &w->heads[i];

		if (q->plan && q->width == width && q->height == height) {
			q->used = w->tick;
			*out = q;
			return EX_OK;
		}
		if (q->used < p->used)
			p = q;
	}
	ex_heads_plan_fini(p);
	*p = (struct heads_plan){ width, height, w->tick, NULL };
	*out = p;
	return ex_onnx_plan_new(
	    w->models->detector_net, 1, height, width, &p->plan, NULL);
}

void
ex_face_planes(const struct ex_image *rgb, const struct ex_pack_input *in,
    bool mirrored, int width, int height, float *out)
{
	for (int c = 0; c < 3; c++) {
		const int from = in->channels == EX_CHANNELS_BGR ? 2 - c : c;
		const float mean = (float)in->mean[c];
		const float scale = (float)in->scale[c];

		for (int y = 0; y < height; y++) {
			const uint8_t *row = y < rgb->height
						 ? ex_image_row(rgb, y) + from
						 : NULL;
			int x = 0;

			for (; row && x < rgb->width; x++) {
				int at = mirrored ? rgb->width - 1 - x : x;

				*out++ = ((float)row[3 * at] - mean) * scale;
			}
			for (; x < width; x++)
				*out++ = -mean * scale; /* black */
		}
	}
}

static enum ex_status
run(struct ex_face_work *w, const struct ex_image *im, float threshold,
    struct found found[], size_t *n)
{
	const struct ex_pack *pack = &w->models->pack;
	const int longest = (int)pack->detector.longest;
	struct head_level levels[HEAD_LEVELS];
	struct heads_plan *p;
	enum ex_status status = get_plan(w,
	    pack->detector.square ? longest : whole_cells(im->width),
	    pack->detector.square ? longest : whole_cells(im->height), &p);

	if (status != EX_OK)
		return status;
	ex_face_planes(im, &pack->detector.input, false, p->width, p->height,
	    ex_onnx_plan_input(p->plan));
	status = ex_onnx_plan_run(p->plan);
	if (status != EX_OK || !read_levels(w->models, p, levels))
		return EX_ERR_INTERNAL;
	if (!are_finite(w->models, p))
		return EX_ERR_MODEL;
	for (int l = 0; l < HEAD_LEVELS; l++)
		*n = pack->detector.kind == EX_DETECTOR_YUNET
			 ? ex_heads_yunet(
			       &levels[l], threshold, found, *n, MAX_FOUND)
			 : ex_heads_scrfd(
			       &levels[l], threshold, found, *n, MAX_FOUND);
	*n = ex_heads_suppress(
	    found, *n, (float)pack->detector.overlap, EX_FACE_MAX);
	return EX_OK;
}

/* By how much the picture is reduced: to the size that is searched, and
 * further where only larger faces are wanted. */
static double
reduction(const struct ex_pack *p, const struct ex_image *rgb, int min_face)
{
	const int side = rgb->width > rgb->height ? rgb->width : rgb->height;
	double by = fmax(1, side / (double)p->detector.longest);

	return fmax(by, min_face / (double)p->detector.smallest);
}

static int
reduced(int side, double by)
{
	int n = (int)(side / by + 0.5);

	return n < 1 ? 1 : n;
}

/* 0 at the pack's threshold, 1 at the most there is. */
static float
over_threshold(const struct ex_pack *p, float score)
{
	const float t = (float)p->detector.threshold;

	return (score - t) / (1 - t);
}

static void
to_face(const struct ex_face_work *w, const struct ex_image *rgb,
    const struct found *f, float sx, float sy, struct ex_face *out)
{
	*out = (struct ex_face){
		.box = { f->left * sx, f->top * sy, (f->right - f->left) * sx,
		    (f->bottom - f->top) * sy },
		.score = over_threshold(&w->models->pack, f->score),
		.set = EX_LANDMARKS_EYES_MOUTH,
	};
	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		out->landmark[i] =
		    (struct ex_point){ f->at[i].x * sx, f->at[i].y * sy };
	if (w->models->pack.landmarker.kind == EX_LANDMARKER_SHAPE_5) {
		out->set = EX_LANDMARKS_EYE_CORNERS;
		ex_face_landmarks(w->models, rgb, out->box, out->landmark);
	}
}

/* Search a copy reduced by `by`, or the picture itself. */
static enum ex_status
search(struct ex_face_work *w, const struct ex_image *rgb, double by,
    float threshold, struct found found[], size_t *n, struct ex_point *step)
{
	struct ex_image small = *rgb;
	enum ex_status status = EX_OK;

	if (by > 1)
		status = ex_image_resize(rgb, reduced(rgb->width, by),
		    reduced(rgb->height, by), &small);
	if (status != EX_OK)
		return status;
	step->x = (float)rgb->width / (float)small.width;
	step->y = (float)rgb->height / (float)small.height;
	status = run(w, &small, threshold, found, n);
	if (by > 1)
		ex_image_free(&small);
	return status;
}

enum ex_status
ex_heads_detect(struct ex_face_work *w, const struct ex_image *rgb,
    const struct ex_face_search *want, struct ex_face faces[static EX_FACE_MAX],
    size_t *n)
{
	const struct ex_pack *pack = &w->models->pack;
	const float t = (float)pack->detector.threshold;
	struct found *found = ex_face_work_found(w, MAX_FOUND * sizeof *found);
	struct ex_point step;
	enum ex_status status;
	size_t count = 0;

	*n = 0;
	if (!found)
		return EX_ERR_NOMEM;
	status = search(w, rgb, reduction(pack, rgb, want->min_face),
	    t + want->threshold * (1 - t), found, &count, &step);
	if (status == EX_OK)
		for (; *n < count; (*n)++)
			to_face(w, rgb, &found[*n], step.x, step.y, &faces[*n]);
	return status == EX_OK || status == EX_ERR_NOMEM ||
		       status == EX_ERR_TOO_LARGE || status == EX_ERR_MODEL
		   ? status
		   : EX_ERR_INTERNAL;
}
