/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One vehicle after the other. Promises of this file:
 *
 * (F1) Of an opted-out vehicle nothing is opened: no frame, no document.
 * (F2) seen = confirmed + officer, for every crossing.
 * (F3) A crossing is recorded before anybody hears of it.
 * (F4) What is wrong with one vehicle leaves the others as they are; so does a
 *      ledger or spool that takes no more: the next vehicle may find room
 *      again.
 * (F5) Templates and pictures die with their crossing; what goes to the hub is
 *      sealed before it touches the disk.
 */
#include "flow_internal.h"

#include "exeunt/crypt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct ex_flow {
	const struct ex_calibration *calibration;
	struct ex_ledger *ledger;
	struct ex_flow_options options;
	const struct ex_scene *scene;
	struct ex_lane *lane;
	struct ex_rng rng;
	int64_t start_ms;
	unsigned lost; /* frames of this vehicle that lead out of the scene */
};

/* One vehicle in the making. */
struct visit {
	struct ex_flow_crossing out;
	struct presented documents[EX_MAX_DOCUMENTS];
	struct ex_lane_result seen;
	struct ex_match_result result;
};

struct progress {
	size_t done, total; /* frames */
};

struct ex_flow_options
ex_flow_options_default(void)
{
	return (struct ex_flow_options){ .policy = ex_match_policy_default() };
}

void
ex_flow_report_problem(struct report *r, const struct ex_error *err)
{
	if (ex_status_exit(err->status) > ex_status_exit(r->worst))
		r->worst = err->status;
	if (r->hooks->problem)
		r->hooks->problem(r->hooks->arg, err);
}

static enum ex_status
check_calibration(const struct ex_face_models *models,
    const struct ex_calibration *c, const struct ex_match_policy *policy,
    struct ex_error *err)
{
	enum ex_status status =
	    ex_calibration_fits(c, ex_face_recipe(models), err);

	return status == EX_OK ? ex_match_policy_check(policy, c, err) : status;
}

static unsigned
largest_fusion(const struct ex_calibration *c)
{
	unsigned most = 1;

	for (size_t i = 0; i < c->n_curves; i++)
		if (c->curves[i].pictures > most)
			most = c->curves[i].pictures;
	return most < EX_LANE_SHOTS ? most : EX_LANE_SHOTS;
}

static bool
keeps_pictures(const struct ex_flow *f)
{
	return f->options.keep_pictures || f->options.spool;
}

static enum ex_status
make_lane(struct ex_flow *f, const struct ex_face_models *models,
    struct ex_pool *pool, struct ex_error *err)
{
	struct ex_lane_options o = ex_lane_options_default();
	unsigned most = largest_fusion(f->calibration);

	o.has_region = f->scene->has_region;
	o.region = f->scene->region;
	o.min_face = f->options.min_face;
	o.max_pictures = o.max_pictures < most ? o.max_pictures : most;
	o.keep_pictures = keeps_pictures(f);
	return ex_lane_new(models, pool, &o, &f->lane, err);
}

enum ex_status
ex_flow_new(const struct ex_face_models *models,
    const struct ex_calibration *calibration, struct ex_pool *pool,
    struct ex_ledger *ledger, const struct ex_flow_options *options,
    const struct ex_scene *scene, struct ex_flow **out, struct ex_error *err)
{
	enum ex_status status;
	struct ex_flow *f;

	*out = NULL;
	status = check_calibration(models, calibration, &options->policy, err);
	if (status != EX_OK)
		return status;
	f = ex_calloc(1, sizeof *f);
	if (!f)
		return ex_fail(err, EX_ERR_NOMEM, "flow", NULL);
	f->calibration = calibration;
	f->ledger = ledger;
	f->options = *options;
	f->scene = scene;
	f->start_ms =
	    scene->start_ms >= 0 ? scene->start_ms : ex_clock_wall_ms();
	ex_rng_init(&f->rng, options->seed);
	status = make_lane(f, models, pool, err);
	if (status != EX_OK)
		ex_flow_free(&f);
	*out = f;
	return status;
}

void
ex_flow_free(struct ex_flow **f)
{
	if (!*f)
		return;
	ex_lane_free(&(*f)->lane);
	free(*f);
	*f = NULL;
}

static enum ex_status
make_id(struct ex_flow *f, struct ex_crossing *c, struct ex_error *err)
{
	uint8_t chance[10];
	enum ex_status status = EX_OK;

	if (f->options.seeded) {
		uint64_t a = ex_rng_u64(&f->rng), b = ex_rng_u64(&f->rng);

		memcpy(chance, &a, 8);
		memcpy(chance + 8, &b, 2);
	} else {
		status = ex_random(chance, sizeof chance);
	}
	if (status != EX_OK)
		return ex_fail(err, status, "crossing's id", NULL);
	ex_ulid_make(c->opened_ms, chance, c->id);
	return EX_OK;
}

static size_t
frames_of(const struct ex_scene_vehicle *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n_cameras; i++)
		if (v->cameras[i].n_frames > n)
			n = v->cameras[i].n_frames;
	return n;
}

/* A frame's time is start + i / fps, i running through the whole scene. */
static int64_t
time_of(const struct ex_flow *f, size_t frame)
{
	return f->start_ms +
	       (int64_t)((double)frame * 1000.0 / f->scene->fps + 0.5);
}

static enum ex_status
open_crossing(struct ex_flow *f, const struct ex_scene_vehicle *v,
    size_t first_frame, struct ex_crossing *c, struct ex_error *err)
{
	size_t n = frames_of(v);

	snprintf(c->lane, sizeof c->lane, "%s", f->scene->lane);
	snprintf(c->vehicle, sizeof c->vehicle, "%s", v->id);
	c->direction = f->scene->direction;
	c->opened_ms = time_of(f, first_frame);
	c->closed_ms = time_of(f, first_frame + (n ? n - 1 : 0));
	c->opted_out = v->opted_out;
	return make_id(f, c, err);
}

struct looking {
	struct ex_flow *flow;
	const struct ex_scene_vehicle *vehicle;
	struct report *report;
	struct progress *progress;
	int64_t last_handed_ns;
};

static void
frame_lost(void *arg, const struct ex_error *err)
{
	ex_flow_report_problem(arg, err);
}

static bool
stopped(const struct report *r)
{
	return r->hooks->stop && *r->hooks->stop;
}

/* The frames of all cameras that have one at `index`. A path that leads out
 * of the scene is as good as a frame that cannot be read. */
static size_t
gather(struct looking *l, size_t index, struct ex_lane_frame *frames)
{
	size_t n = 0;

	for (size_t c = 0; c < l->vehicle->n_cameras; c++) {
		const struct ex_scene_camera *camera = &l->vehicle->cameras[c];
		struct ex_error err = { 0 };
		char *path = NULL;

		if (index >= camera->n_frames)
			continue;
		if (ex_path_within(l->flow->scene->dir, camera->frames[index],
			&path, &err) != EX_OK) {
			ex_flow_report_problem(l->report, &err);
			l->flow->lost++;
			continue;
		}
		frames[n++] = (struct ex_lane_frame){ .path = path,
			.name = camera->frames[index],
			.camera = (unsigned)c,
			.index = (unsigned)index };
	}
	return n;
}

static enum ex_status
look_at_frames(struct looking *l)
{
	const size_t n = frames_of(l->vehicle);
	const size_t batch = ex_lane_batch(l->flow->lane);
	struct ex_lane_frame *frames;
	enum ex_status status = EX_OK;

	frames = ex_calloc(batch + EX_LANE_CAMERAS, sizeof *frames);
	if (!frames)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < n && status == EX_OK;) {
		size_t held = 0;

		while (i < n && held < batch)
			held += gather(l, i++, frames + held);
		l->last_handed_ns = ex_clock_mono_ns();
		status = stopped(l->report)
			     ? EX_ERR_INTERRUPTED
			     : ex_lane_look(l->flow->lane, frames, held,
				   frame_lost, l->report);
		for (size_t k = 0; k < held; k++)
			free((char *)(uintptr_t)frames[k].path);
		if (l->report->hooks->progress)
			l->report->hooks->progress(l->report->hooks->arg,
			    l->progress->done + i, l->progress->total);
	}
	free(frames);
	return status;
}

static enum ex_status
decide(struct ex_flow *f, struct visit *v, struct ex_error *err)
{
	struct ex_match_face faces[EX_MAX_OCCUPANTS];
	struct ex_match_document documents[EX_MAX_DOCUMENTS];
	const struct ex_crossing *c = &v->out.crossing;

	for (size_t i = 0; i < v->seen.n_occupants; i++) {
		const struct ex_lane_occupant *o = &v->seen.occupants[i];
		bool good = o->capture == EX_CAUSE_NONE;

		faces[i] = (struct ex_match_face){
			.template = good ? &o->template : NULL,
			.pictures = o->frames_used,
			.capture = o->capture,
		};
	}
	for (size_t i = 0; i < c->n_documents; i++) {
		const struct presented *p = &v->documents[i];

		documents[i] = (struct ex_match_document){
			.template = p->has_template ? &p->template : NULL,
			.more = p->earlier,
			.n_more = p->n_earlier,
			.cause = p->cause,
			.holder = p->holder,
		};
	}
	return ex_match_decide(f->calibration, &f->options.policy, faces,
	    v->seen.n_occupants, documents, c->n_documents, &v->result, err);
}

static void
write_occupants(struct visit *v)
{
	struct ex_crossing *c = &v->out.crossing;

	c->n_occupants = v->seen.n_occupants;
	for (size_t i = 0; i < c->n_occupants; i++) {
		struct ex_lane_occupant *s = &v->seen.occupants[i];
		const struct ex_match_occupant *m = &v->result.occupants[i];
		struct ex_occupant *o = &c->occupants[i];

		*o = (struct ex_occupant){
			.n = (unsigned)i + 1,
			.seat = s->seat,
			.verdict = m->verdict,
			.cause = m->cause,
			.document = m->document,
			.nearest = (unsigned)(m->nearest + 1),
			.similarity = m->similarity,
			.fmr = m->fmr,
			.fmr_at_most = m->fmr_at_most,
			.quality = s->quality,
			.frames_seen = s->frames_seen,
			.frames_used = s->frames_used,
			.best_box = s->best_box,
		};
		memcpy(o->best_frame, s->best_frame, sizeof o->best_frame);
		v->out.occupants[i] = s->picture;
	}
}

static void
write_documents(struct visit *v)
{
	struct ex_crossing *c = &v->out.crossing;

	for (size_t i = 0; i < c->n_documents; i++) {
		c->documents[i].verdict = v->result.documents[i].verdict;
		c->documents[i].cause = v->result.documents[i].cause;
		v->out.portraits[i] = v->documents[i].portrait;
	}
}

static enum ex_status
look_and_decide(struct looking *l, struct visit *v, struct ex_error *err)
{
	struct ex_flow *f = l->flow;
	struct ex_crossing *c = &v->out.crossing;
	int64_t opened_ns = ex_clock_mono_ns();
	enum ex_status status;

	status = ex_flow_open_documents(ex_lane_work(f->lane), f->scene,
	    l->vehicle, c->opened_ms, &f->options, l->report, c->documents,
	    v->documents);
	if (status == EX_OK) {
		c->n_documents = l->vehicle->n_documents;
		status = look_at_frames(l);
	}
	/* Also after a failure: the lane must forget the vehicle. (F5) */
	if (ex_lane_finish(f->lane, &v->seen) != EX_OK && status == EX_OK)
		status = EX_ERR_NOMEM;
	if (status != EX_OK)
		return ex_fail(err, status, l->vehicle->id, NULL);
	c->frames_lost = v->seen.frames_lost + f->lost;
	c->printed = v->seen.printed;
	c->unlisted = v->seen.overflow; /* (F2) */
	if (v->seen.overflow > 0) {
		struct ex_error many;

		ex_fail(&many, EX_ERR_TOO_LARGE, l->vehicle->id,
		    "%u seen beyond the %zu whom the record lists",
		    v->seen.overflow, v->seen.n_occupants);
		ex_flow_report_problem(l->report, &many);
	}
	status = decide(f, v, err);
	if (status != EX_OK)
		return status;
	write_occupants(v);
	write_documents(v);
	v->out.verdict_ns = ex_clock_mono_ns() - l->last_handed_ns;
	v->out.total_ns = ex_clock_mono_ns() - opened_ns;
	return EX_OK;
}

static void
visit_free(struct visit **v)
{
	for (size_t i = 0; i < EX_MAX_DOCUMENTS; i++)
		ex_flow_presented_fini(&(*v)->documents[i]);
	ex_lane_result_fini(&(*v)->seen);
	ex_wipe(*v, sizeof **v);
	free(*v);
	*v = NULL;
}

/* (F3); which vehicle is missing is said with the reason. */
static enum ex_status
record(struct ex_flow *f, const struct ex_flow_crossing *crossing,
    struct ex_error *err)
{
	const struct ex_crossing *c = &crossing->crossing;
	struct ex_error why = { 0 };
	enum ex_status status = EX_OK;

	if (f->ledger)
		status = ex_ledger_put(f->ledger, c, &why);
	if (status == EX_OK && f->options.spool)
		status = ex_flow_send(&f->options, crossing, &why);
	if (status != EX_OK)
		ex_fail(err, status, why.what, "%.200s; %.64s is not recorded",
		    why.why, c->vehicle);
	return status;
}

/* (F4) */
static bool
is_this_vehicles(enum ex_status status)
{
	return status == EX_ERR_DATABASE || status == EX_ERR_ENVIRONMENT ||
	       (status != EX_OK &&
		   ex_status_exit(status) <= ex_status_exit(EX_ERR_INPUT));
}

static enum ex_status
cross(struct looking *l, size_t first_frame, struct ex_error *err)
{
	struct ex_flow *f = l->flow;
	struct visit *v = ex_calloc(1, sizeof *v);
	struct ex_crossing *c;
	enum ex_status status;

	if (!v)
		return ex_fail(err, EX_ERR_NOMEM, l->vehicle->id, NULL);
	c = &v->out.crossing;
	f->lost = 0;
	status = open_crossing(f, l->vehicle, first_frame, c, err);
	if (status == EX_OK && !c->opted_out) /* (F1) */
		status = look_and_decide(l, v, err);
	if (status == EX_OK)
		status = record(f, &v->out, err);
	if (status == EX_OK && l->report->hooks->crossing) {
		status =
		    l->report->hooks->crossing(l->report->hooks->arg, &v->out);
	} else if (is_this_vehicles(status)) {
		ex_flow_report_problem(l->report, err);
		*err = (struct ex_error){ 0 };
		status = EX_OK;
	}
	visit_free(&v);
	return status;
}

enum ex_status
ex_flow_run(
    struct ex_flow *f, const struct ex_flow_hooks *hooks, struct ex_error *err)
{
	struct report report = { .hooks = hooks };
	struct progress progress = { 0 };
	struct ex_error unheard;
	enum ex_status status = EX_OK;

	err = err ? err : &unheard;
	for (size_t i = 0; i < f->scene->n_vehicles; i++)
		progress.total += frames_of(&f->scene->vehicles[i]);
	for (size_t i = 0; i < f->scene->n_vehicles && status == EX_OK; i++) {
		const struct ex_scene_vehicle *v = &f->scene->vehicles[i];
		struct looking l = { .flow = f,
			.vehicle = v,
			.report = &report,
			.progress = &progress };

		if (v->error.status != EX_OK) /* (F4) */
			ex_flow_report_problem(&report, &v->error);
		else
			status = cross(&l, progress.done, err);
		progress.done += frames_of(v);
	}
	return status != EX_OK ? status : report.worst;
}
