/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_FILE   ((size_t)32 << 20)
#define MIN_POINTS 2
#define MAX_POINTS 10000
#define MAX_WORDS  4096 /* of recipe and made, bytes */
#define TAIL_MODEL "exponential"
/* Under a step of similarity nothing was measured. */
#define LEAST_SCALE 1e-6
#define MAX_SAMPLE  (INT64_C(1) << 53)

/* [similarity, fmr, low, high] */
static enum ex_status
read_point(const struct ex_json *j, struct ex_calibration_point *p)
{
	double *const to[] = { &p->similarity, &p->fmr, &p->low, &p->high };
	size_t n;
	enum ex_status status = ex_json_array(j, 4, 4, &n);

	for (size_t i = 0; i < 4 && status == EX_OK; i++) {
		struct ex_json part = ex_json_at(j, i);

		status = ex_json_number(&part, i == 0 ? -1 : 0, 1, to[i]);
	}
	if (status == EX_OK && !(p->low <= p->fmr && p->fmr <= p->high))
		status = ex_json_fail(j, EX_ERR_CALIBRATION,
		    "must hold low <= fmr <= high, holds %g, %g, %g", p->low,
		    p->fmr, p->high);
	return status;
}

/* A threshold is found by walking the points: they must be in order. */
static enum ex_status
check_order(const struct ex_json *j, const struct ex_calibration_point *before,
    const struct ex_calibration_point *p)
{
	if (!(p->similarity > before->similarity))
		return ex_json_fail(j, EX_ERR_CALIBRATION,
		    "similarity must rise, %g follows %g", p->similarity,
		    before->similarity);
	if (p->fmr > before->fmr)
		return ex_json_fail(j, EX_ERR_CALIBRATION,
		    "fmr must not rise, %g follows %g", p->fmr, before->fmr);
	return EX_OK;
}

static enum ex_status
read_points(const struct ex_json *curve, struct ex_calibration_curve *c)
{
	struct ex_json list = ex_json_key(curve, "points");
	size_t n;
	enum ex_status status =
	    ex_json_array(&list, MIN_POINTS, MAX_POINTS, &n);

	if (status != EX_OK)
		return status;
	c->points = ex_calloc(n, sizeof *c->points);
	if (!c->points)
		return ex_json_fail(&list, EX_ERR_NOMEM, "out of memory");
	c->n_points = n;
	for (size_t i = 0; i < n && status == EX_OK; i++) {
		struct ex_json item = ex_json_at(&list, i);

		status = read_point(&item, &c->points[i]);
		if (status == EX_OK && i > 0)
			status = check_order(
			    &item, &c->points[i - 1], &c->points[i]);
	}
	return status;
}

static enum ex_status
read_size(const struct ex_json *up, const char *key, size_t *out)
{
	struct ex_json j = ex_json_key(up, key);
	int64_t v;
	enum ex_status status = ex_json_integer(&j, 1, MAX_SAMPLE, &v);

	if (status == EX_OK)
		*out = (size_t)v;
	return status;
}

/* {"model":"exponential","from":S,"scale":S,"scale_high":S,"peaks":N} */
static enum ex_status
read_tail(const struct ex_json *curve, struct ex_calibration_tail *t)
{
	struct ex_json j = ex_json_key(curve, "tail");
	struct ex_json model = ex_json_key(&j, "model");
	struct ex_json from = ex_json_key(&j, "from");
	struct ex_json scale = ex_json_key(&j, "scale");
	struct ex_json high = ex_json_key(&j, "scale_high");
	const char *word;
	enum ex_status status;

	if (!j.value)
		return EX_OK;
	status = ex_json_object(&j);
	if (status == EX_OK)
		status = ex_json_string(&model, 1, MAX_WORDS, &word);
	if (status == EX_OK && strcmp(word, TAIL_MODEL) != 0)
		status = ex_json_fail(
		    &model, EX_ERR_CALIBRATION, "is no model known here");
	if (status == EX_OK)
		status = ex_json_number(&from, -1, 1, &t->from);
	if (status == EX_OK)
		status = ex_json_number(&high, LEAST_SCALE, 2, &t->scale_high);
	if (status == EX_OK)
		status = ex_json_number(
		    &scale, LEAST_SCALE, t->scale_high, &t->scale);
	/* Last: without peaks there is no tail. */
	if (status == EX_OK)
		status = read_size(&j, "peaks", &t->peaks);
	return status;
}

static enum ex_status
read_curve(const struct ex_json *j, unsigned before, int64_t most,
    struct ex_calibration_curve *c)
{
	struct ex_json pictures = ex_json_key(j, "pictures");
	int64_t v;
	enum ex_status status = ex_json_object(j);

	if (status == EX_OK)
		status =
		    ex_json_integer(&pictures, (int64_t)before + 1, most, &v);
	if (status != EX_OK)
		return status;
	c->pictures = (unsigned)v;
	status = read_size(j, "probes", &c->probes);
	if (status == EX_OK)
		status = read_size(j, "references", &c->references);
	if (status == EX_OK)
		status = read_size(j, "pairs", &c->pairs);
	if (status == EX_OK)
		status = read_points(j, c);
	if (status == EX_OK)
		status = read_tail(j, &c->tail);
	return status;
}

static enum ex_status
read_curves(const struct ex_json *root, struct ex_calibration *c)
{
	struct ex_json list = ex_json_key(root, "curves");
	size_t n;
	enum ex_status status =
	    ex_json_array(&list, 1, EX_CALIBRATION_MAX_PICTURES, &n);

	if (status != EX_OK)
		return status;
	c->curves = ex_calloc(n, sizeof *c->curves);
	if (!c->curves)
		return ex_json_fail(&list, EX_ERR_NOMEM, "out of memory");
	c->n_curves = n;
	/* Without a curve for one picture the first frame has no promise. */
	for (size_t i = 0; i < n && status == EX_OK; i++) {
		struct ex_json item = ex_json_at(&list, i);

		status = read_curve(&item, i ? c->curves[i - 1].pictures : 0,
		    i ? EX_CALIBRATION_MAX_PICTURES : 1, &c->curves[i]);
	}
	return status;
}

static enum ex_status
read_all(const struct ex_json *root, struct ex_calibration *c)
{
	struct ex_json version = ex_json_key(root, "calibration");
	struct ex_json recipe = ex_json_key(root, "recipe");
	struct ex_json made = ex_json_key(root, "made");
	int64_t v;
	enum ex_status status = ex_json_object(root);

	if (status == EX_OK)
		status = ex_json_integer(&version, 1, 2, &v);
	if (status == EX_OK)
		status = ex_json_string_copy(&recipe, 1, MAX_WORDS, &c->recipe);
	if (status == EX_OK)
		status = ex_json_string_copy(&made, 1, MAX_WORDS, &c->made);
	if (status == EX_OK)
		status = read_curves(root, c);
	return status;
}

/* Whatever is wrong with it, it is no calibration and the lane must not start
 * (exit code 4); only being out of memory is something else. */
static enum ex_status
as_calibration(enum ex_status status, struct ex_error *err)
{
	if (status == EX_OK || status == EX_ERR_NOMEM)
		return status;
	if (err)
		err->status = EX_ERR_CALIBRATION;
	return EX_ERR_CALIBRATION;
}

enum ex_status
ex_calibration_parse(const char *name, struct ex_bytes json,
    struct ex_calibration **out, struct ex_error *err)
{
	struct ex_calibration *c = ex_calloc(1, sizeof *c);
	struct ex_json root;
	json_t *tree = NULL;
	enum ex_status status;

	*out = NULL;
	if (!c)
		return ex_fail(err, EX_ERR_NOMEM, name, NULL);
	status = ex_json_parse(name, json, &tree, err);
	root = ex_json_root(name, tree, err);
	if (status == EX_OK)
		status = read_all(&root, c);
	if (status == EX_OK) {
		*out = c;
		c = NULL;
	}
	ex_calibration_free(&c);
	json_decref(tree);
	return as_calibration(status, err);
}

enum ex_status
ex_calibration_read(
    const char *path, struct ex_calibration **out, struct ex_error *err)
{
	struct ex_blob text;
	enum ex_status status;

	*out = NULL;
	status = ex_file_read(path, MAX_FILE, &text, err);
	if (status == EX_OK)
		status =
		    ex_calibration_parse(path, ex_blob_bytes(&text), out, err);
	ex_blob_free(&text);
	return as_calibration(status, err);
}

static void
put_tail(struct ex_json_out *o, const struct ex_calibration_tail *t)
{
	if (t->peaks == 0)
		return;
	ex_json_put(o, ",\n  \"tail\":{\"model\":\"" TAIL_MODEL "\",\"from\":");
	ex_json_put_digits(o, 10, t->from);
	ex_json_put(o, ",\"scale\":");
	ex_json_put_digits(o, 6, t->scale);
	ex_json_put(o, ",\"scale_high\":");
	ex_json_put_digits(o, 6, t->scale_high);
	ex_json_put(o, ",\"peaks\":%zu}", t->peaks);
}

static void
put_curve(struct ex_json_out *o, const struct ex_calibration_curve *c)
{
	ex_json_put(
	    o, "\n {\"pictures\":%u,\"probes\":%zu", c->pictures, c->probes);
	ex_json_put(
	    o, ",\"references\":%zu,\"pairs\":%zu", c->references, c->pairs);
	ex_json_put(o, ",\n  \"points\":[");
	for (size_t i = 0; i < c->n_points; i++) {
		const struct ex_calibration_point *p = &c->points[i];

		ex_json_put(o, "%s\n   [", i ? "," : "");
		ex_json_put_digits(o, 10, p->similarity);
		ex_json_put(o, ",");
		ex_json_put_digits(o, 6, p->fmr);
		ex_json_put(o, ",");
		ex_json_put_digits(o, 6, p->low);
		ex_json_put(o, ",");
		ex_json_put_digits(o, 6, p->high);
		ex_json_put(o, "]");
	}
	ex_json_put(o, "]");
	put_tail(o, &c->tail);
	ex_json_put(o, "}");
}

enum ex_status
ex_calibration_write(
    const char *path, const struct ex_calibration *c, struct ex_error *err)
{
	struct ex_json_out o = { 0 };
	struct ex_calibration *back = NULL;
	enum ex_status status;

	ex_json_put(&o, "{\"calibration\":2,\n\"recipe\":");
	ex_json_put_string(&o, c->recipe);
	ex_json_put(&o, ",\n\"made\":");
	ex_json_put_string(&o, c->made);
	ex_json_put(&o, ",\n\"curves\":[");
	for (size_t i = 0; i < c->n_curves; i++) {
		ex_json_put(&o, "%s", i ? "," : "");
		put_curve(&o, &c->curves[i]);
	}
	ex_json_put(&o, "]}\n");
	if (o.failed) {
		free(ex_json_take(&o));
		return ex_fail(err, EX_ERR_NOMEM, path, NULL);
	}
	/* What we write we can read, rounding included. */
	status = ex_calibration_parse(path,
	    (struct ex_bytes){ (const void *)o.text, o.size }, &back, err);
	ex_calibration_free(&back);
	if (status == EX_OK)
		status = ex_json_save(&o, path, err);
	free(ex_json_take(&o));
	return status;
}

void
ex_calibration_free(struct ex_calibration **c)
{
	if (!*c)
		return;
	for (size_t i = 0; i < (*c)->n_curves; i++)
		free((*c)->curves[i].points);
	free((*c)->curves);
	free((*c)->recipe);
	free((*c)->made);
	free(*c);
	*c = NULL;
}

enum ex_status
ex_calibration_fits(
    const struct ex_calibration *c, const char *recipe, struct ex_error *err)
{
	if (!c)
		return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
		    "these models have none; make one with 'exeunt "
		    "calibrate'");
	if (strcmp(c->recipe, recipe) != 0)
		return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
		    "was made for another recipe; make one with 'exeunt "
		    "calibrate'");
	return EX_OK;
}
