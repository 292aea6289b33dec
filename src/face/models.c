/* SPDX-License-Identifier: Apache-2.0 */
#include "search.h"

#include "exeunt/crypt.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MODEL_BYTES (512u * 1024 * 1024)
#define MEND            "run 'npm ci --ignore-scripts' in the source folder"

/*
 * Layers, first to last, in the letters of ex_dlib_net_read. The detector is
 * seven convolutions; the matcher a residual network of 29 (dlib's examples
 * dnn_mmod_face_detection_ex and dnn_face_recognition_ex).
 */
#define BLOCK "1carca+r"
#define DOWN  "1carca2kv&r"
static const char detector_layers[] = "pcarcarcarcarcarcarcM";
static const char matcher_layers[] = "scarx" BLOCK BLOCK BLOCK DOWN BLOCK BLOCK
    BLOCK DOWN BLOCK BLOCK DOWN BLOCK BLOCK DOWN "vfL";

/* A pack being loaded. */
struct loading {
	const char *dir;
	struct ex_face_models *m;
	struct ex_error *err;
};

/* What is to be done, where it is ours to say. */
static const char *
mend(const struct loading *l)
{
	return l->m->pack.standard ? "; " MEND : "; pack.ini names it";
}

/* Links may lead out of the standard folder, which is ours, not of a pack. */
static enum ex_status
find_file(const struct loading *l, const struct ex_pack_file *f, char **path)
{
	if (!l->m->pack.standard)
		return ex_path_within(l->dir, f->name, path, l->err);
	*path = ex_path_join(l->dir, f->name);
	return *path ? EX_OK : ex_fail(l->err, EX_ERR_NOMEM, f->name, NULL);
}

static enum ex_status
check_hash(const struct loading *l, const struct ex_pack_file *f,
    const char *path, struct ex_bytes file)
{
	uint8_t digest[EX_SHA256_SIZE];
	char hex[EX_HEX_SIZE(EX_SHA256_SIZE)];
	enum ex_status status = ex_sha256(file, digest);

	ex_hex_format(digest, sizeof digest, hex);
	if (status == EX_OK && strcmp(hex, f->sha256) == 0)
		return EX_OK;
	return ex_fail(l->err, EX_ERR_MODEL, path,
	    "not the pinned model (SHA-256 differs)%s", mend(l));
}

static enum ex_status
load_file(
    const struct loading *l, const struct ex_pack_file *f, struct ex_blob *out)
{
	enum ex_status status;
	char *path;

	*out = (struct ex_blob){ 0 };
	status = find_file(l, f, &path);
	if (status != EX_OK)
		return status;
	status = ex_file_read(path, MAX_MODEL_BYTES, out, l->err);
	if (status == EX_ERR_NOT_FOUND || l->m->pack.standard)
		status = status == EX_OK || status == EX_ERR_NOMEM
			     ? status
			     : ex_fail(l->err, EX_ERR_MODEL, path,
				   "model missing%s", mend(l));
	if (status == EX_OK)
		status = check_hash(l, f, path, ex_blob_bytes(out));
	if (status != EX_OK)
		ex_blob_free(out);
	free(path);
	return status;
}

static enum ex_status
load_net(const struct loading *l, const struct ex_pack_file *f,
    const char *layers, struct ex_dlib_net *out)
{
	struct ex_blob blob;
	enum ex_status status = load_file(l, f, &blob);

	if (status == EX_OK)
		status = ex_dlib_net_read(
		    ex_blob_bytes(&blob), layers, out, f->name, l->err);
	if (status == EX_OK) {
		status = ex_nn_graph_widen(out->graph);
		if (status != EX_OK)
			ex_fail(l->err, status, f->name, NULL);
	}
	ex_blob_free(&blob);
	return status;
}

static enum ex_status
load_onnx(const struct loading *l, const struct ex_pack_file *f,
    struct ex_onnx_net **out)
{
	struct ex_blob blob;
	enum ex_status status = load_file(l, f, &blob);

	if (status == EX_OK)
		status = ex_onnx_net_read(
		    ex_blob_bytes(&blob), out, f->name, l->err);
	ex_blob_free(&blob);
	return status;
}

static enum ex_status
load_detector(const struct loading *l)
{
	struct ex_face_models *m = l->m;
	const struct ex_pack_file *f = &m->pack.detector.file;
	enum ex_status status;

	if (m->pack.detector.kind != EX_DETECTOR_MMOD) {
		status = load_onnx(l, f, &m->detector_net);
		return status == EX_OK ? ex_heads_map(m, f->name, l->err)
				       : status;
	}
	status = load_net(l, f, detector_layers, &m->detector);
	if (status == EX_OK && m->detector.graph->in_channels != 3)
		status = ex_fail(l->err, EX_ERR_MODEL, f->name,
		    "not for pictures of 3 channels");
	return status;
}

static enum ex_status
load_landmarks(const struct loading *l)
{
	const struct ex_pack_file *f = &l->m->pack.landmarker.file;
	struct ex_dlib_shape *s = &l->m->landmarks;
	struct ex_blob blob;
	enum ex_status status;

	if (l->m->pack.landmarker.kind == EX_LANDMARKER_DETECTOR)
		return EX_OK;
	status = load_file(l, f, &blob);
	if (status == EX_OK)
		status = ex_dlib_shape_read(
		    ex_blob_bytes(&blob), s, f->name, l->err);
	ex_blob_free(&blob);
	if (status == EX_OK &&
	    (s->parts != EX_FACE_LANDMARKS || s->pixels > LANDMARK_PIXELS))
		status = ex_fail(l->err, EX_ERR_MODEL, f->name,
		    "%u landmarks and %u pixels where %d and at most %d are "
		    "used",
		    s->parts, s->pixels, EX_FACE_LANDMARKS, LANDMARK_PIXELS);
	return status;
}

/* An ONNX file says what it gives only once its input has a size. */
static enum ex_status
check_matcher_net(const struct loading *l)
{
	const struct ex_face_models *m = l->m;
	const struct ex_pack *p = &m->pack;
	const int side = ex_pack_chip(p);
	struct ex_onnx_plan *plan;
	struct ex_onnx_tensor t;
	enum ex_status status;
	int64_t n = 1;

	if (ex_onnx_net_input(m->matcher_net).channels != 3)
		return ex_fail(l->err, EX_ERR_MODEL, p->matcher.file.name,
		    "not for pictures of 3 channels");
	status = ex_onnx_plan_new(m->matcher_net, 1, side, side, &plan, l->err);
	if (status != EX_OK)
		return status;
	t = ex_onnx_plan_output(plan, 0);
	for (int d = 0; d < t.rank; d++)
		n *= t.dims[d];
	ex_onnx_plan_free(&plan);
	if (n == p->matcher.size)
		return EX_OK;
	return ex_fail(l->err, EX_ERR_MODEL, p->matcher.file.name,
	    "gives %lld numbers where pack.ini says size = %d", (long long)n,
	    (int)p->matcher.size);
}

static enum ex_status
load_matcher(const struct loading *l)
{
	const struct ex_pack_file *f = &l->m->pack.matcher.file;
	struct ex_dlib_net *net = &l->m->matcher;
	const struct ex_nn_graph *g;
	enum ex_status status;

	if (l->m->pack.matcher.kind == EX_MATCHER_ONNX) {
		status = load_onnx(l, f, &l->m->matcher_net);
		return status == EX_OK ? check_matcher_net(l) : status;
	}
	status = load_net(l, f, matcher_layers, net);
	if (status != EX_OK)
		return status;
	/* The callers' arrays are for these sizes. */
	g = net->graph;
	if (g->in_channels != 3 || net->side != EX_FACE_CHIP ||
	    g->layers[g->n_layers - 1].out_channels != EX_FACE_VECTOR)
		return ex_fail(l->err, EX_ERR_MODEL, f->name,
		    "not from %d pixels to %d numbers", EX_FACE_CHIP,
		    EX_FACE_VECTOR);
	return EX_OK;
}

int
ex_pack_chip(const struct ex_pack *p)
{
	return p->matcher.alignment == EX_ALIGNMENT_ARCFACE_112 ? ARCFACE_CHIP
								: EX_FACE_CHIP;
}

enum ex_status
ex_face_models_load(
    const char *dir, struct ex_face_models **out, struct ex_error *err)
{
	struct ex_error unsaid;
	struct ex_face_models *m = ex_calloc(1, sizeof *m);
	struct loading l = { dir, m, err ? err : &unsaid };
	enum ex_status status;

	*out = NULL;
	if (!m)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	status = ex_pack_read(dir, &m->pack, l.err);
	if (status == EX_OK)
		status = load_detector(&l);
	if (status == EX_OK)
		status = load_landmarks(&l);
	if (status == EX_OK)
		status = load_matcher(&l);
	if (status != EX_OK) {
		ex_face_models_free(&m);
		/* However a file is wrong, the pack is none. */
		if (status != EX_ERR_NOMEM)
			status = l.err->status = EX_ERR_MODEL;
		return status;
	}
	ex_pack_recipe(&m->pack, m->recipe);
	*out = m;
	return EX_OK;
}

void
ex_face_models_free(struct ex_face_models **m)
{
	if (!*m)
		return;
	ex_dlib_net_free(&(*m)->detector);
	ex_onnx_net_free(&(*m)->detector_net);
	ex_dlib_shape_free(&(*m)->landmarks);
	ex_dlib_net_free(&(*m)->matcher);
	ex_onnx_net_free(&(*m)->matcher_net);
	free(*m);
	*m = NULL;
}

const struct ex_pack *
ex_face_models_pack(const struct ex_face_models *m)
{
	return &m->pack;
}

const char *
ex_face_recipe(const struct ex_face_models *m)
{
	return m->recipe;
}

enum ex_status
ex_face_work_new(const struct ex_face_models *m, struct ex_face_work **out)
{
	struct ex_face_work *w = ex_calloc(1, sizeof *w);
	enum ex_status status;

	*out = NULL;
	if (!w)
		return EX_ERR_NOMEM;
	w->models = m;
	status = ex_matcher_prepare(w);
	if (status != EX_OK)
		ex_face_work_free(&w);
	*out = w;
	return status;
}

void *
ex_face_work_found(struct ex_face_work *w, size_t size)
{
	if (!w->found) {
		w->found = ex_calloc(1, size);
		w->found_size = w->found ? size : 0;
	}
	return w->found;
}

void
ex_face_work_wipe(struct ex_face_work *w)
{
	for (int i = 0; i < SEARCH_PLANS; i++) {
		ex_search_plan_wipe(&w->search[i]);
		if (w->heads[i].plan)
			ex_onnx_plan_wipe(w->heads[i].plan);
	}
	for (int i = 0; i < 2; i++)
		if (w->matcher[i])
			ex_nn_plan_wipe(w->matcher[i]);
	if (w->matcher_plan)
		ex_onnx_plan_wipe(w->matcher_plan);
	ex_wipe(w->found, w->found_size);
}

void
ex_face_work_free(struct ex_face_work **w)
{
	if (!*w)
		return;
	ex_wipe((*w)->found, (*w)->found_size);
	free((*w)->found);
	for (int i = 0; i < SEARCH_PLANS; i++) {
		ex_search_plan_fini(&(*w)->search[i]);
		ex_heads_plan_fini(&(*w)->heads[i]);
	}
	for (int i = 0; i < 2; i++)
		ex_nn_plan_free(&(*w)->matcher[i]);
	ex_onnx_plan_free(&(*w)->matcher_plan);
	free(*w);
	*w = NULL;
}
