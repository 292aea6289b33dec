/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of a vehicle: MRZ, portrait, template. */
#include "flow_internal.h"

#include <stdlib.h>
#include <string.h>

/* Portraits larger than this are searched at this height: a page scanned at
 * 600 dpi shows nothing more that the matcher could use. */
#define MAX_HEIGHT 1000

void
ex_flow_presented_fini(struct presented *p)
{
	ex_image_free(&p->portrait);
	ex_wipe(p, sizeof *p);
}

static unsigned
age_at(struct ex_mrz_date birth, struct ex_mrz_date day)
{
	int years = day.year - birth.year;

	/* What is unknown is taken as the latest: the younger age. */
	if (birth.year == 0)
		return 0;
	int month = birth.month ? birth.month : 12;
	int of_month = birth.day ? birth.day : 31;

	if (day.month < month || (day.month == month && day.day < of_month))
		years--;
	return years < 0 ? 0 : (unsigned)years;
}

static void
copy_fields(const struct ex_mrz *m, struct ex_document *fact)
{
	memcpy(fact->type, m->type, sizeof fact->type);
	memcpy(fact->issuer, m->issuer, sizeof fact->issuer);
	memcpy(fact->nationality, m->nationality, sizeof fact->nationality);
	memcpy(fact->number, m->number, sizeof fact->number);
}

static enum ex_status
shrink(struct ex_image *im)
{
	struct ex_image small;
	enum ex_status status;

	if (im->height <= MAX_HEIGHT)
		return EX_OK;
	status = ex_image_resize(
	    im, im->width * MAX_HEIGHT / im->height, MAX_HEIGHT, &small);
	if (status != EX_OK)
		return status;
	ex_image_free(im);
	*im = small;
	return EX_OK;
}

/* A document shows one person: more faces are as wrong as none. Fainter ones
 * (a ghost image, a badge) do not count beside a plain one. */
static enum ex_status
find_the_face(struct ex_face_work *work, const struct ex_image *im,
    const char *what, struct ex_face *out, struct ex_error *err)
{
	const struct ex_face_search search = { 0 };
	struct ex_face *faces = ex_calloc(EX_FACE_MAX, sizeof *faces);
	enum ex_status status;
	size_t n = 0;

	if (!faces)
		return ex_fail(err, EX_ERR_NOMEM, what, NULL);
	status = ex_face_detect(work, im, &search, faces, &n);
	if (status != EX_OK)
		status = ex_fail(err, status, what, NULL);
	else if (n == 0)
		status = ex_fail(
		    err, EX_ERR_NO_FACE, what, "portrait: no face found in it");
	else if (n > 1 && faces[1].score > 0.5f * faces[0].score &&
		 faces[1].box.w > 0.4f * faces[0].box.w)
		status = ex_fail(err, EX_ERR_FACES, what,
		    "portrait: %zu faces found where one is expected", n);
	else
		*out = faces[0];
	ex_wipe(faces, EX_FACE_MAX * sizeof *faces);
	free(faces);
	return status;
}

static enum ex_status
measure_portrait(struct ex_face_work *work, const char *what,
    struct ex_image *im, struct presented *p, struct ex_error *err)
{
	struct ex_face face;
	enum ex_status status = shrink(im);

	if (status != EX_OK)
		return ex_fail(err, status, what, NULL);
	status = find_the_face(work, im, what, &face, err);
	if (status != EX_OK)
		return status;
	status = ex_face_enrol(work, im, &face, &p->template, NULL);
	if (status != EX_OK)
		return ex_fail(err, status, what, NULL);
	p->has_template = true;
	return EX_OK;
}

/* Decode the portrait and measure its face. */
static enum ex_status
use_portrait(struct ex_face_work *work, const char *what,
    const struct ex_document_data *data, bool keep_picture, struct presented *p,
    struct ex_error *err)
{
	struct ex_image im;
	enum ex_status status;

	status = ex_image_decode(ex_blob_bytes(&data->portrait), 3,
	    EX_ORIENTATION_APPLY, &im, what, err);
	if (status != EX_OK)
		return status;
	status = measure_portrait(work, what, &im, p, err);
	if (keep_picture)
		p->portrait = im;
	else
		ex_image_free(&im);
	return status;
}

/* The template of one earlier shot, if there is one face in it. */
static bool
measure_earlier(struct ex_face_work *work, struct ex_bytes jpeg,
    struct ex_template *out, struct ex_error *err)
{
	struct ex_image im;
	struct ex_face face;
	bool good;

	if (ex_image_decode(jpeg, 3, EX_ORIENTATION_IGNORE, &im,
		"earlier picture", err) != EX_OK)
		return false;
	good =
	    find_the_face(work, &im, "earlier picture", &face, err) == EX_OK &&
	    ex_face_enrol(work, &im, &face, out, NULL) == EX_OK;
	ex_image_free(&im);
	return good;
}

struct reader {
	struct ex_face_work *work;
	const struct ex_scene *scene;
	struct ex_mrz_date today;
	const struct ex_flow_options *options;
	struct report *report;
};

static void
judge_mrz(const struct reader *r, const struct ex_document_data *data,
    struct ex_document *fact, struct presented *p)
{
	struct ex_error err;

	fact->mrz_check = data->mrz_check;
	if (data->mrz_check == EX_CHECK_NOT_DONE)
		return;
	copy_fields(&data->mrz, fact);
	p->mrz = data->mrz;
	if (data->mrz_check == EX_CHECK_FAILED) {
		p->cause = EX_CAUSE_DOCUMENT;
		/* An answer, not an input we could not use: the line is said,
		 * the exit code stays. */
		ex_fail(&err, EX_OK, fact->name,
		    "mrz: check digit or date is wrong");
		ex_flow_report_problem(r->report, &err);
	} else if (age_at(data->mrz.birth, r->today) < r->options->min_age) {
		p->cause = EX_CAUSE_POLICY;
	}
}

/* Earlier shots of this very document. Whatever is wrong with them costs them
 * alone: the document stands as it is. */
static void
add_earlier(
    const struct reader *r, const struct ex_document *fact, struct presented *p)
{
	struct ex_blob shots[EX_FLOW_EARLIER] = { 0 };
	struct ex_error err = { 0 };
	size_t n = 0;

	if (!r->options->earlier || p->cause != EX_CAUSE_NONE ||
	    !p->has_template || !fact->number[0])
		return;
	if (r->options->earlier(r->options->earlier_arg, fact, EX_FLOW_EARLIER,
		shots, &n, &err) != EX_OK) {
		ex_fail(&err, EX_OK, "earlier pictures", "%.300s", err.why);
		ex_flow_report_problem(r->report, &err);
	}
	for (size_t i = 0; i < n; i++) {
		p->n_earlier += measure_earlier(r->work,
		    ex_blob_bytes(&shots[i]), &p->earlier[p->n_earlier], &err);
		ex_wipe(shots[i].data, shots[i].size);
		ex_blob_free(&shots[i]);
	}
}

/* Out of memory and broken models end the run; all else is the document's. */
static bool
is_fatal(enum ex_status status)
{
	return ex_status_exit(status) > ex_status_exit(EX_ERR_INPUT);
}

static enum ex_status
open_one(const struct reader *r, const char *rel, struct ex_document *fact,
    struct presented *p)
{
	struct ex_document_file file = { 0 };
	struct ex_document_data data = { 0 };
	struct ex_error err = { 0 };
	enum ex_status status;

	snprintf(fact->name, sizeof fact->name, "%s", rel);
	status = ex_document_file_read(r->scene->dir, rel, &file, &err);
	if (status == EX_OK)
		status = ex_document_open(rel, &file, r->today, &data, &err);
	judge_mrz(r, &data, fact, p);
	if (status == EX_OK) {
		status = use_portrait(r->work,
		    file.portrait ? file.portrait : rel, &data,
		    r->options->keep_pictures || r->options->spool, p, &err);
		fact->portrait_check =
		    status == EX_OK ? EX_CHECK_PASSED : EX_CHECK_FAILED;
	}
	if (status == EX_OK)
		add_earlier(r, fact, p);
	ex_document_data_fini(&data);
	ex_document_file_free(&file);
	if (status != EX_OK) {
		p->cause = EX_CAUSE_DOCUMENT;
		ex_flow_report_problem(r->report, &err);
	}
	return is_fatal(status) ? status : EX_OK;
}

static void
number_holders(struct presented p[], size_t n)
{
	unsigned next = 1;

	for (size_t i = 0; i < n; i++) {
		if (p[i].holder != 0)
			continue;
		for (size_t j = i + 1; j < n; j++)
			if (ex_mrz_same_holder(&p[i].mrz, &p[j].mrz))
				p[j].holder = p[i].holder = next;
		next += p[i].holder == next;
	}
}

enum ex_status
ex_flow_open_documents(struct ex_face_work *work, const struct ex_scene *scene,
    const struct ex_scene_vehicle *vehicle, int64_t opened_ms,
    const struct ex_flow_options *options, struct report *report,
    struct ex_document facts[], struct presented out[])
{
	const struct reader r = {
		.work = work,
		.scene = scene,
		.today = ex_mrz_date_at(opened_ms),
		.options = options,
		.report = report,
	};
	enum ex_status status = EX_OK;

	for (size_t i = 0; i < vehicle->n_documents && status == EX_OK; i++)
		status =
		    open_one(&r, vehicle->documents[i], &facts[i], &out[i]);
	if (status == EX_OK)
		number_holders(out, vehicle->n_documents);
	return status;
}
