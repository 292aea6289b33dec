/* SPDX-License-Identifier: Apache-2.0 */
#include "models.h"

#include "exeunt/crypt.h"

#include <stdlib.h>
#include <string.h>

#define MAX_MODEL_BYTES (64u * 1024 * 1024)
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

enum { DETECTOR, LANDMARKS, MATCHER, MODEL_FILES };

static const struct model_file {
	const char *name;
	const char *sha256;
} files[MODEL_FILES] = {
	{ "mmod_human_face_detector.dat", "be467b1a76f482693de3b0f6a1ff91d09231"
					  "9be71523d4d4b0628f6a53fcb87a" },
	{ "shape_predictor_5_face_landmarks.dat",
	    "c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc4188"
	    "8" },
	{ "dlib_face_recognition_resnet_model_v1.dat",
	    "55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da3"
	    "0" },
};

static enum ex_status
load_file(const char *dir, const struct model_file *f, struct ex_blob *out,
    struct ex_error *err)
{
	char *path = ex_path_join(dir, f->name);
	uint8_t digest[EX_SHA256_SIZE];
	char hex[EX_HEX_SIZE(EX_SHA256_SIZE)];
	enum ex_status status;

	*out = (struct ex_blob){ 0 };
	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, f->name, NULL);
	status = ex_file_read(path, MAX_MODEL_BYTES, out, err);
	if (status != EX_OK && status != EX_ERR_NOMEM)
		status =
		    ex_fail(err, EX_ERR_MODEL, path, "model missing; " MEND);
	if (status == EX_OK) {
		status = ex_sha256(ex_blob_bytes(out), digest);
		ex_hex_format(digest, sizeof digest, hex);
		if (status != EX_OK || strcmp(hex, f->sha256) != 0) {
			status = ex_fail(err, EX_ERR_MODEL, path,
			    "not the pinned model (SHA-256 differs); " MEND);
			ex_blob_free(out);
		}
	}
	free(path);
	return status;
}

static enum ex_status
load_net(const char *dir, int which, const char *layers,
    struct ex_dlib_net *out, struct ex_error *err)
{
	struct ex_blob blob;
	enum ex_status status = load_file(dir, &files[which], &blob, err);

	if (status == EX_OK)
		status = ex_dlib_net_read(
		    ex_blob_bytes(&blob), layers, out, files[which].name, err);
	if (status == EX_OK) {
		status = ex_nn_graph_widen(out->graph);
		if (status != EX_OK)
			ex_fail(err, status, files[which].name, NULL);
	}
	ex_blob_free(&blob);
	return status;
}

static enum ex_status
load_landmarks(const char *dir, struct ex_dlib_shape *out, struct ex_error *err)
{
	struct ex_blob blob;
	enum ex_status status = load_file(dir, &files[LANDMARKS], &blob, err);

	if (status == EX_OK)
		status = ex_dlib_shape_read(
		    ex_blob_bytes(&blob), out, files[LANDMARKS].name, err);
	ex_blob_free(&blob);
	if (status == EX_OK &&
	    (out->parts != EX_FACE_LANDMARKS || out->pixels > LANDMARK_PIXELS))
		status = ex_fail(err, EX_ERR_MODEL, files[LANDMARKS].name,
		    "%u landmarks and %u pixels where %d and at most %d are "
		    "used",
		    out->parts, out->pixels, EX_FACE_LANDMARKS,
		    LANDMARK_PIXELS);
	return status;
}

/* The callers' arrays are for these sizes. */
static enum ex_status
check_sizes(const struct ex_face_models *m, struct ex_error *err)
{
	const struct ex_nn_graph *d = m->detector.graph, *t = m->matcher.graph;

	if (d->in_channels != 3)
		return ex_fail(err, EX_ERR_MODEL, files[DETECTOR].name,
		    "not for pictures of 3 channels");
	if (t->in_channels != 3 || m->matcher.side != EX_FACE_CHIP ||
	    t->layers[t->n_layers - 1].out_channels != EX_TEMPLATE_DIM)
		return ex_fail(err, EX_ERR_MODEL, files[MATCHER].name,
		    "not from %d pixels to %d numbers", EX_FACE_CHIP,
		    EX_TEMPLATE_DIM);
	return EX_OK;
}

static void
write_recipe(struct ex_face_models *m)
{
	snprintf(m->recipe, sizeof m->recipe,
	    "detector %.16s, landmarks %.16s, matcher %.16s, chip %d margin "
	    "0.25, mean of chip and mirrored chip, unit length, cosine",
	    files[DETECTOR].sha256, files[LANDMARKS].sha256,
	    files[MATCHER].sha256, EX_FACE_CHIP);
}

enum ex_status
ex_face_models_load(
    const char *dir, struct ex_face_models **out, struct ex_error *err)
{
	struct ex_face_models *m = ex_calloc(1, sizeof *m);
	enum ex_status status;

	*out = NULL;
	if (!m)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	status = load_net(dir, DETECTOR, detector_layers, &m->detector, err);
	if (status == EX_OK)
		status = load_landmarks(dir, &m->landmarks, err);
	if (status == EX_OK)
		status =
		    load_net(dir, MATCHER, matcher_layers, &m->matcher, err);
	if (status == EX_OK)
		status = check_sizes(m, err);
	if (status != EX_OK) {
		ex_face_models_free(&m);
		return status;
	}
	write_recipe(m);
	*out = m;
	return EX_OK;
}

void
ex_face_models_free(struct ex_face_models **m)
{
	if (!*m)
		return;
	ex_dlib_net_free(&(*m)->detector);
	ex_dlib_shape_free(&(*m)->landmarks);
	ex_dlib_net_free(&(*m)->matcher);
	free(*m);
	*m = NULL;
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
	status = ex_nn_plan_new(
	    m->matcher.graph, 2, EX_FACE_CHIP, EX_FACE_CHIP, &w->matcher[1]);
	if (status != EX_OK)
		ex_face_work_free(&w);
	*out = w;
	return status;
}

void
ex_face_work_wipe(struct ex_face_work *w)
{
	for (int i = 0; i < SEARCH_PLANS; i++)
		ex_search_plan_wipe(&w->search[i]);
	for (int i = 0; i < 2; i++)
		if (w->matcher[i])
			ex_nn_plan_wipe(w->matcher[i]);
}

void
ex_face_work_free(struct ex_face_work **w)
{
	if (!*w)
		return;
	for (int i = 0; i < SEARCH_PLANS; i++)
		ex_search_plan_fini(&(*w)->search[i]);
	for (int i = 0; i < 2; i++)
		ex_nn_plan_free(&(*w)->matcher[i]);
	free(*w);
	*w = NULL;
}
