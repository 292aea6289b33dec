/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One vehicle at a time. Promises of this file:
 *
 * (V1) A face outside the region leaves nothing but a count.
 * (V2) Nothing of a vehicle outlives ex_lane_finish: chips, pictures,
 *      templates and the networks' memory are overwritten.
 * (V3) A frame that cannot be read or searched costs that frame alone, and is
 *      counted.
 * (V4) Results do not depend on the number of threads.
 */
#include "lane_internal.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PICTURE_MARGIN 0.35f /* around the box, of its side */
#define PICTURE_SIDE   320   /* pixels at most */

struct ex_lane_options
ex_lane_options_default(void)
{
	return (struct ex_lane_options){ .max_pictures = 4, .min_quality = 40 };
}

static enum ex_status
check(const struct ex_lane_options *o, struct ex_error *err)
{
	if (o->max_pictures < 1 || o->max_pictures > EX_LANE_SHOTS)
		return ex_fail(err, EX_ERR_USAGE, "max_pictures",
		    "must be 1 to %d", EX_LANE_SHOTS);
	if (o->min_quality < 0 || o->min_quality > 50)
		return ex_fail(
		    err, EX_ERR_USAGE, "min_quality", "must be 0 to 50");
	if (o->min_face < 0 || o->min_face > 4096)
		return ex_fail(
		    err, EX_ERR_USAGE, "min_face", "must be 0 to 4096 pixels");
	return EX_OK;
}

enum ex_status
ex_lane_new(const struct ex_face_models *models, struct ex_pool *pool,
    const struct ex_lane_options *options, struct ex_lane **out,
    struct ex_error *err)
{
	enum ex_status status = check(options, err);
	struct ex_lane *l;

	*out = NULL;
	if (status != EX_OK)
		return status;
	l = ex_calloc(1, sizeof *l);
	if (!l)
		return ex_fail(err, EX_ERR_NOMEM, "lane", NULL);
	l->models = models;
	l->pool = pool;
	l->options = *options;
	l->threads = ex_pool_threads(pool);
	l->works = ex_calloc(l->threads, sizeof *l->works);
	l->jobs = ex_calloc(l->threads, sizeof *l->jobs);
	status = l->works && l->jobs ? EX_OK : EX_ERR_NOMEM;
	for (unsigned i = 0; i < l->threads && status == EX_OK; i++)
		status = ex_face_work_new(models, &l->works[i]);
	if (status != EX_OK) {
		ex_lane_free(&l);
		return ex_fail(err, status, "lane", NULL);
	}
	*out = l;
	return EX_OK;
}

void
ex_lane_free(struct ex_lane **lane)
{
	struct ex_lane *l = *lane;

	if (!l)
		return;
	ex_tracks_clear(&l->tracks);
	for (unsigned i = 0; l->works && i < l->threads; i++)
		ex_face_work_free(&l->works[i]);
	free(l->works);
	free(l->jobs);
	free(l);
	*lane = NULL;
}

struct ex_face_work *
ex_lane_work(struct ex_lane *l)
{
	return l->works[0];
}

unsigned
ex_lane_batch(const struct ex_lane *l)
{
	return l->threads;
}

static enum ex_status
cut_picture(const struct ex_image *im, struct ex_box b, struct ex_image *out)
{
	const float margin = PICTURE_MARGIN * b.w;
	struct ex_image cut;
	enum ex_status status;

	status = ex_image_crop(im, (int)(b.x - margin), (int)(b.y - margin),
	    (int)(b.w + 2 * margin), (int)(b.h + 2 * margin), &cut);
	if (status != EX_OK || cut.width <= PICTURE_SIDE) {
		*out = status == EX_OK ? cut : (struct ex_image){ 0 };
		return status;
	}
	status = ex_image_resize(
	    &cut, PICTURE_SIDE, cut.height * PICTURE_SIDE / cut.width, out);
	ex_image_free(&cut);
	return status;
}

/* Take face i of the view apart: chip, quality, picture. */
static enum ex_status
measure(const struct ex_lane *l, const struct ex_image *im, struct view *v,
    size_t i)
{
	enum ex_status status;

	status = ex_face_align(im, &v->faces[i], &v->chips[i]);
	if (status != EX_OK)
		return status;
	ex_face_quality(&v->faces[i], &v->chips[i], &v->quality[i]);
	status = ex_face_fit(l->models, im, &v->faces[i], &v->chips[i]);
	if (status != EX_OK)
		return status;
	v->on_paper[i] = ex_lane_on_paper(im, v->faces[i].box);
	if (!l->options.keep_pictures)
		return EX_OK;
	return cut_picture(im, v->faces[i].box, &v->pictures[i]);
}

/* (V1) */
static unsigned
drop_bystanders(const struct ex_lane_options *o, struct view *v)
{
	size_t kept = 0, before = v->n;

	if (!o->has_region)
		return 0;
	for (size_t i = 0; i < v->n; i++)
		if (ex_box_has_centre(o->region, v->faces[i].box))
			v->faces[kept++] = v->faces[i];
	ex_wipe(&v->faces[kept], (before - kept) * sizeof v->faces[0]);
	v->n = kept;
	return (unsigned)(before - kept);
}

static void
look_at_one(void *arg, size_t i, unsigned worker)
{
	struct ex_lane *l = arg;
	struct job *j = &l->jobs[i];
	const struct ex_face_search search = { .min_face =
						   l->options.min_face };
	struct ex_image im;

	j->bystanders = 0;
	j->view.n = 0;
	j->view.camera = j->frame->camera;
	j->view.index = j->frame->index;
	j->view.name = j->frame->name;
	j->loaded = ex_image_load(
	    j->frame->path, 3, EX_ORIENTATION_IGNORE, &im, &j->error);
	j->status = j->loaded == EX_ERR_NOMEM ? EX_ERR_NOMEM : EX_OK;
	if (j->loaded != EX_OK)
		return;
	j->status = ex_face_detect(
	    l->works[worker], &im, &search, j->view.faces, &j->view.n);
	/* A picture that cannot be searched is no better than one that cannot
	 * be read. (V3) */
	if (j->status == EX_ERR_TOO_LARGE) {
		j->loaded = ex_fail(&j->error, j->status, j->frame->path,
		    "%d x %d pixels: too large, wide or tall to be searched",
		    im.width, im.height);
		j->status = EX_OK;
	}
	if (j->status == EX_OK)
		j->bystanders = drop_bystanders(&l->options, &j->view);
	for (size_t k = 0; k < j->view.n && j->status == EX_OK; k++)
		j->status = measure(l, &im, &j->view, k);
	ex_image_free(&im);
}

static void
view_fini(struct view *v)
{
	for (size_t i = 0; i < v->n; i++) {
		ex_image_free(&v->chips[i]);
		ex_image_free(&v->pictures[i]);
	}
	ex_wipe(v->faces, v->n * sizeof v->faces[0]);
	v->n = 0;
}

/* In the order of the frames, whatever thread was first. (V4) */
static enum ex_status
take_in(struct ex_lane *l, struct job *j,
    void (*lost)(void *arg, const struct ex_error *err), void *arg)
{
	enum ex_status status = j->status;

	l->frames++;
	l->seen_by[j->frame->camera] += j->loaded == EX_OK;
	if (j->loaded != EX_OK) { /* (V3) */
		l->frames_lost++;
		if (lost)
			lost(arg, &j->error);
		return status;
	}
	l->bystanders += j->bystanders;
	if (status == EX_OK)
		status = ex_tracks_join(&l->tracks, &j->view);
	view_fini(&j->view);
	return status;
}

enum ex_status
ex_lane_look(struct ex_lane *l, const struct ex_lane_frame frames[], size_t n,
    void (*lost)(void *arg, const struct ex_error *err), void *arg)
{
	enum ex_status status = EX_OK;

	while (n > 0 && status == EX_OK) {
		size_t batch = n < l->threads ? n : l->threads;

		for (size_t i = 0; i < batch; i++) {
			assert(frames[i].camera < EX_LANE_CAMERAS);
			l->jobs[i].frame = &frames[i];
		}
		ex_pool_run(l->pool, batch, look_at_one, l);
		for (size_t i = 0; i < batch; i++) {
			enum ex_status s = take_in(l, &l->jobs[i], lost, arg);

			status = status == EX_OK ? s : status;
		}
		frames += batch;
		n -= batch;
	}
	return status;
}

static void
make_template(void *arg, size_t i, unsigned worker)
{
	struct ex_lane *l = arg;
	struct shot *s = l->to_compute[i];
	enum ex_status status =
	    ex_face_template(l->works[worker], &s->chip, &s->template);

	if (status != EX_OK)
		l->compute_status = status;
}

static enum ex_status
make_templates(struct ex_lane *l)
{
	size_t n = 0;

	l->to_compute =
	    ex_calloc(l->tracks.n * EX_LANE_SHOTS, sizeof *l->to_compute);
	if (!l->to_compute)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < l->tracks.n; i++)
		for (size_t k = 0; k < l->tracks.items[i].n_shots; k++)
			l->to_compute[n++] = &l->tracks.items[i].shots[k];
	l->compute_status = EX_OK;
	ex_pool_run(l->pool, n, make_template, l);
	free(l->to_compute);
	l->to_compute = NULL;
	return l->compute_status;
}

/* (V2) */
static void
forget(struct ex_lane *l)
{
	ex_tracks_clear(&l->tracks);
	for (unsigned i = 0; i < l->threads; i++)
		ex_face_work_wipe(l->works[i]);
	l->frames = l->frames_lost = l->bystanders = 0;
	memset(l->seen_by, 0, sizeof l->seen_by);
}

enum ex_status
ex_lane_finish(struct ex_lane *l, struct ex_lane_result *out)
{
	enum ex_status status;

	*out = (struct ex_lane_result){
		.frames = l->frames,
		.frames_lost = l->frames_lost,
		.bystanders = l->bystanders,
	};
	ex_lane_drop_flickers(&l->tracks, l->seen_by);
	status = make_templates(l);
	if (status == EX_OK)
		status = ex_lane_merge_same_people(&l->tracks);
	if (status == EX_OK) {
		out->printed = ex_lane_drop_printed(&l->tracks);
		ex_lane_make_occupants(&l->tracks, &l->options, out);
		/* Nobody knows whether that was somebody else. */
		out->overflow += l->tracks.full;
	}
	forget(l);
	return status;
}

void
ex_lane_result_fini(struct ex_lane_result *r)
{
	for (size_t i = 0; i < r->n_occupants; i++)
		ex_image_free(&r->occupants[i].picture);
	ex_wipe(r, sizeof *r);
}
