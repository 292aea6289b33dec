/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt face detect, template, compare, quality. */
#include "cli.h"
#include "quality.h"

#include "exeunt/match.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum ex_status cmd_face_detect(struct cli *c);
enum ex_status cmd_face_template(struct cli *c);
enum ex_status cmd_face_compare(struct cli *c);
enum ex_status cmd_face_quality(struct cli *c);

struct tools {
	struct ex_face_models *models;
	struct ex_face_work *work;
	struct ex_face faces[EX_FACE_MAX];
};

static enum ex_status
open_tools(struct cli *c, struct tools **out)
{
	struct tools *t = ex_calloc(1, sizeof *t);
	struct ex_error err;
	enum ex_status status;

	*out = NULL;
	if (!t) {
		ex_fail(&err, EX_ERR_NOMEM, "face", NULL);
		cli_error(&err);
		return EX_ERR_NOMEM;
	}
	status = cli_models(c, &t->models);
	if (status == EX_OK) {
		status = ex_face_work_new(t->models, &t->work);
		if (status != EX_OK) {
			ex_fail(&err, status, "face", NULL);
			cli_error(&err);
		}
	}
	*out = t;
	return status;
}

static void
close_tools(struct tools **t)
{
	if (!*t)
		return;
	ex_face_work_free(&(*t)->work);
	ex_face_models_free(&(*t)->models);
	ex_wipe(*t, sizeof **t);
	free(*t);
	*t = NULL;
}

static enum ex_status
find_faces(struct tools *t, const char *path, uint64_t min_face,
    struct ex_image *im, size_t *n, struct ex_error *err)
{
	const struct ex_face_search search = { .min_face = (int)min_face };
	enum ex_status status;

	status = ex_image_load(path, 3, EX_ORIENTATION_APPLY, im, err);
	if (status != EX_OK)
		return status;
	status = ex_face_detect(t->work, im, &search, t->faces, n);
	if (status != EX_OK) {
		ex_image_free(im);
		return ex_fail(err, status, path, NULL);
	}
	return EX_OK;
}

static json_t *
json_of_face(const struct ex_face *f)
{
	json_t *points = json_array();

	for (int i = 0; i < EX_FACE_LANDMARKS; i++)
		json_array_append_new(
		    points, json_pack("[f,f]", (double)f->landmark[i].x,
				(double)f->landmark[i].y));
	return json_pack("{s:o,s:f,s:o}", "box", cli_json_box(f->box), "score",
	    (double)f->score, "landmarks", points);
}

static enum ex_status
print_faces(
    const struct cli *c, const char *path, const struct ex_face *f, size_t n)
{
	json_t *list;

	if (c->json) {
		list = json_array();
		for (size_t i = 0; i < n; i++)
			json_array_append_new(list, json_of_face(&f[i]));
		return cli_print(
		    json_pack("{s:s,s:o}", "image", path, "faces", list));
	}
	printf("%s: %zu %s\n", path, n, n == 1 ? "face" : "faces");
	for (size_t i = 0; i < n; i++) {
		printf("  box %.0f,%.0f %.0f x %.0f  score %.3f  landmarks",
		    f[i].box.x, f[i].box.y, f[i].box.w, f[i].box.h, f[i].score);
		for (int k = 0; k < EX_FACE_LANDMARKS; k++)
			printf(" %.0f,%.0f", f[i].landmark[k].x,
			    f[i].landmark[k].y);
		putchar('\n');
	}
	return EX_OK;
}

enum ex_status
cmd_face_detect(struct cli *c)
{
	uint64_t min_face = 0;
	const struct cli_option options[] = {
		{ "min-face", "PX",
		    "smallest face looked for; larger is faster", CLI_NUMBER,
		    &min_face, 0, 4096 },
	};
	struct tools *t = NULL;
	struct ex_error err;
	enum ex_status status = cli_options(c, options, 1, 1, INT_MAX);

	if (status != EX_OK)
		return status;
	status = open_tools(c, &t);
	for (int i = 0; i < c->argc && status == EX_OK && !cli_stop; i++) {
		struct ex_image im;
		size_t n;

		if (find_faces(t, c->argv[i], min_face, &im, &n, &err) !=
		    EX_OK) {
			cli_problem(c, &err);
			continue;
		}
		status = print_faces(c, c->argv[i], t->faces, n);
		ex_image_free(&im);
	}
	close_tools(&t);
	return cli_stop ? EX_ERR_INTERRUPTED : status;
}

/* The one face of a picture: template and quality. */
static enum ex_status
one_template(struct tools *t, const char *path, struct ex_template *out,
    struct ex_face_quality *quality, struct ex_error *err)
{
	struct ex_image im;
	enum ex_status status;
	size_t n;

	status = find_faces(t, path, 0, &im, &n, err);
	if (status != EX_OK)
		return status;
	if (n == 0)
		status = ex_fail(err, EX_ERR_NO_FACE, path, NULL);
	else if (n > 1)
		status = ex_fail(err, EX_ERR_FACES, path,
		    "%zu faces found where one is expected", n);
	if (status == EX_OK) {
		status =
		    ex_face_enrol(t->work, &im, &t->faces[0], out, quality);
		if (status != EX_OK)
			ex_fail(err, status, path, NULL);
	}
	ex_image_free(&im);
	return status;
}

static enum ex_status
print_template(const struct cli *c, const char *path,
    const struct ex_template *t, const struct ex_face_quality *q)
{
	json_t *list;

	if (c->json) {
		list = json_array();
		for (unsigned i = 0; i < t->dim; i++)
			json_array_append_new(list, json_real((double)t->v[i]));
		return cli_print(json_pack("{s:s,s:i,s:o}", "image", path,
		    "quality", q->unified, "template", list));
	}
	printf("%s: quality %d\n", path, q->unified);
	for (unsigned i = 0; i < t->dim; i++)
		printf("%s%9.6f", i % 8 ? " " : "  ", (double)t->v[i]),
		    i % 8 == 7 || i + 1 == t->dim ? putchar('\n') : 0;
	return EX_OK;
}

/* A command without options, picture by picture: `work` fails only where
 * there is no going on. */
static enum ex_status
each_image(struct cli *c,
    enum ex_status (*work)(struct cli *c, struct tools *t, const char *path))
{
	struct tools *t = NULL;
	enum ex_status status = cli_options(c, NULL, 0, 1, INT_MAX);

	if (status != EX_OK)
		return status;
	status = open_tools(c, &t);
	for (int i = 0; i < c->argc && status == EX_OK && !cli_stop; i++)
		status = work(c, t, c->argv[i]);
	close_tools(&t);
	return cli_stop ? EX_ERR_INTERRUPTED : status;
}

static enum ex_status
make_template(struct cli *c, struct tools *t, const char *path)
{
	struct ex_face_quality quality;
	struct ex_template template;
	struct ex_error err;
	enum ex_status status = EX_OK;

	if (one_template(t, path, &template, &quality, &err) != EX_OK)
		cli_problem(c, &err);
	else
		status = print_template(c, path, &template, &quality);
	ex_wipe(&template, sizeof template);
	return status;
}

enum ex_status
cmd_face_template(struct cli *c)
{
	return each_image(c, make_template);
}

struct comparison {
	double similarity, fmr, threshold;
	double low, high; /* 95 % interval of the FMR */
	double tail;      /* the FMR where `reach` is past the sample */
	enum ex_calibration_reach reach;
	bool at_most, same;
};

static enum ex_status
print_comparison(const struct cli *c, const struct comparison *r)
{
	bool tail = r->reach != EX_REACH_SAMPLE;
	json_t *line;

	if (c->json) {
		line = json_pack("{s:s,s:s,s:f,s:f,s:[f,f],s:f,s:b}", "a",
		    c->argv[0], "b", c->argv[1], "similarity", r->similarity,
		    r->at_most ? "fmr_at_most" : "fmr", r->fmr, "fmr_interval",
		    r->low, r->high, "threshold", r->threshold, "same",
		    r->same);
		if (tail) {
			json_object_set_new(line, "fmr_extrapolated_at_most",
			    json_real(r->tail));
			json_object_set_new(line, "fmr_extrapolated_to_end",
			    json_boolean(r->reach == EX_REACH_END));
		}
		return cli_print(line);
	}
	printf(
	    "similarity  %.4f (threshold %.4f)\n", r->similarity, r->threshold);
	if (r->at_most)
		printf("FMR         at most %.2g\n", r->fmr);
	else
		printf("FMR         %.2g (95 %% interval %.2g to %.2g)\n",
		    r->fmr, r->low, r->high);
	if (tail)
		printf("            at most %.2g, extrapolated%s\n", r->tail,
		    r->reach == EX_REACH_END ? " as far as the tail goes" : "");
	printf("same        %s\n", r->same ? "yes" : "no");
	return EX_OK;
}

/* The models must be those that the calibration was made with. */
static enum ex_status
weigh(const struct tools *t, const struct ex_calibration *cal, double fmr,
    struct comparison *r, struct ex_error *err)
{
	enum ex_status status =
	    ex_calibration_fits(cal, ex_face_recipe(t->models), err);

	if (status == EX_OK)
		status = ex_calibration_fmr(
		    cal, 1, r->similarity, &r->fmr, &r->at_most, err);
	if (status == EX_OK)
		status = ex_calibration_interval(
		    cal, 1, r->similarity, &r->low, &r->high, err);
	if (status == EX_OK) {
		bool at_most;

		status = ex_calibration_fmr_beyond(
		    cal, 1, r->similarity, &r->tail, &at_most, &r->reach, err);
	}
	if (status == EX_OK)
		status =
		    ex_calibration_threshold(cal, 1, fmr, &r->threshold, err);
	r->same = r->similarity >= r->threshold;
	return status;
}

static enum ex_status
compare(struct cli *c, struct tools *t, const struct ex_calibration *cal,
    double fmr)
{
	struct ex_template template[2] = { 0 };
	struct ex_face_quality quality;
	struct comparison r = { 0 };
	enum ex_status status = EX_OK;
	struct ex_error err;

	for (int i = 0; i < 2; i++)
		if (one_template(t, c->argv[i], &template[i], &quality, &err) !=
		    EX_OK) {
			cli_problem(c, &err);
			status = c->worst;
		}
	if (status == EX_OK) {
		r.similarity =
		    (double)ex_template_similarity(&template[0], &template[1]);
		status = weigh(t, cal, fmr, &r, &err);
		if (status != EX_OK)
			cli_error(&err);
		else
			status = print_comparison(c, &r);
	}
	ex_wipe(template, sizeof template);
	return status == EX_OK && !r.same ? EX_NO : status;
}

enum ex_status
cmd_face_compare(struct cli *c)
{
	double fmr = ex_match_policy_default().fmr;
	const struct cli_option options[] = {
		{ "fmr", "RATE", "false match rate of the threshold (0.0005)",
		    CLI_REAL, &fmr, 1e-9, 0.01 },
	};
	struct ex_calibration *cal = NULL;
	struct tools *t = NULL;
	enum ex_status status = cli_options(c, options, 1, 2, 2);

	if (status != EX_OK)
		return status;
	status = cli_calibration(c, &cal);
	if (status == EX_OK)
		status = open_tools(c, &t);
	if (status == EX_OK)
		status = compare(c, t, cal, fmr);
	close_tools(&t);
	ex_calibration_free(&cal);
	return status;
}

static size_t
largest(const struct ex_face *f, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (f[i].box.w * f[i].box.h > f[best].box.w * f[best].box.h)
			best = i;
	return best;
}

/* Of the picture's largest face. */
static enum ex_status
judge(struct tools *t, const char *path, struct ex_face_components *out,
    struct quality_line *line, struct ex_error *err)
{
	struct ex_image im, chip;
	enum ex_status status;
	size_t n, i;

	status = find_faces(t, path, 0, &im, &n, err);
	if (status != EX_OK)
		return status;
	i = largest(t->faces, n);
	*line = (struct quality_line){ path, n, t->faces[i].box, out };
	if (n == 0)
		status = ex_fail(err, EX_ERR_NO_FACE, path, NULL);
	else if ((status = ex_face_align(&im, &t->faces[i], &chip)) != EX_OK)
		ex_fail(err, status, path, NULL);
	if (status == EX_OK) {
		ex_face_components(&im, t->faces, n, i, &chip, out);
		ex_image_free(&chip);
	}
	ex_image_free(&im);
	return status;
}

static enum ex_status
print_quality(struct cli *c, struct tools *t, const char *path)
{
	struct ex_face_components components;
	struct quality_line line;
	struct ex_error err;
	const bool table = c->argc > 1 && !c->json;

	if (table && path == c->argv[0])
		quality_heading();
	if (judge(t, path, &components, &line, &err) != EX_OK)
		cli_problem(c, &err);
	else if (c->json)
		return quality_json(&line);
	else if (table)
		quality_row(&line);
	else
		quality_sheet(&line);
	return EX_OK;
}

enum ex_status
cmd_face_quality(struct cli *c)
{
	return each_image(c, print_quality);
}
