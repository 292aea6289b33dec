/* SPDX-License-Identifier: Apache-2.0 */
/* A run: travellers, plan, documents, then vehicle by vehicle the frames, and
 * last the two files that make the folder a scene. */
#include "output.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define JPEG_QUALITY 90
#define MAX_WORKERS  64

struct run {
	const struct ex_sim_options *o;
	struct travellers travellers;
	struct cast cast;
	struct record record;
	struct ex_image backdrop;
	float *normals;
	struct canvas canvas[MAX_WORKERS];
	struct ex_image picture[MAX_WORKERS];
	unsigned workers;
	size_t frames_done, frames_all;
};

/* One vehicle's frames, rendered by all workers. */
struct batch {
	struct run *run;
	struct stage *stage;
	struct sighting *seen;  /* n_frames x MAX_PERSONS */
	enum ex_status *status; /* n_frames */
	struct ex_error *error; /* n_frames */
	atomic_bool failed;     /* the others need not go on */
};

void
ex_sim_defaults(struct ex_sim_options *o)
{
	*o = (struct ex_sim_options){ .seed = 1,
		.vehicles = 30,
		.width = 1280,
		.height = 720,
		.fps = 10,
		.tint = 1,
		.reflection = 1,
		.noise = 1,
		.speed = 1,
		.darkness = 1 };
}

static bool
within(double v, double low, double high)
{
	return v >= low && v <= high; /* false for a NaN */
}

static enum ex_status
check_options(const struct ex_sim_options *o, struct ex_error *err)
{
	const struct {
		const char *name;
		double value, low, high;
	} numbers[] = {
		{ "vehicles", o->vehicles, 1, 9999 },
		{ "occupants", o->occupants, 0, 9999.0 * MAX_PERSONS },
		{ "width", o->width, 320, 3840 },
		{ "height", o->height, 180, 2160 },
		{ "fps", o->fps, 2, 60 },
		{ "tint", o->tint, 0, 4 },
		{ "reflection", o->reflection, 0, 4 },
		{ "noise", o->noise, 0, 4 },
		{ "speed", o->speed, 0.25, 4 },
		{ "darkness", o->darkness, 0, 4 },
	};

	if (!o->travellers || !o->travellers[0])
		return ex_fail(err, EX_ERR_USAGE, "travellers", "not given");
	if (!o->out || !o->out[0])
		return ex_fail(err, EX_ERR_USAGE, "out", "not given");
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
		if (!within(numbers[i].value, numbers[i].low, numbers[i].high))
			return ex_fail(err, EX_ERR_USAGE, numbers[i].name,
			    "%g is not in %g..%g", numbers[i].value,
			    numbers[i].low, numbers[i].high);
	return EX_OK;
}

static bool
is_cancelled(const struct run *r)
{
	return r->o->cancel && *r->o->cancel;
}

/* ---- frames -----------------------------------------------------------------
 */

static enum ex_status
save_frame(const struct run *r, const struct vehicle *v, size_t frame,
    const struct ex_image *picture, struct ex_error *err)
{
	char name[32];
	struct ex_blob jpeg = { 0 };
	char *path;
	enum ex_status status;

	snprintf(name, sizeof name, "%s/%04zu.jpg", v->id, frame + 1);
	path = ex_path_join(r->o->out, name);
	status = path ? ex_image_encode_jpeg(picture, JPEG_QUALITY, &jpeg)
		      : EX_ERR_NOMEM;
	if (status != EX_OK)
		ex_fail(err, status, name, NULL);
	else
		status = ex_sim_write_quick(path, jpeg.data, jpeg.size, err);
	ex_blob_free(&jpeg);
	free(path);
	return status;
}

static void
make_frame(void *arg, size_t i, unsigned worker)
{
	struct batch *b = arg;
	struct run *r = b->run;
	struct ex_image *picture = &r->picture[worker];

	if (atomic_load(&b->failed) || is_cancelled(r))
		return;
	b->status[i] = ex_sim_render_frame(b->stage, &r->canvas[worker], i,
	    picture, b->seen + i * MAX_PERSONS);
	if (b->status[i] != EX_OK)
		ex_fail(
		    &b->error[i], b->status[i], b->stage->vehicle->id, NULL);
	else
		b->status[i] =
		    save_frame(r, b->stage->vehicle, i, picture, &b->error[i]);
	if (b->status[i] != EX_OK)
		atomic_store(&b->failed, true);
}

static enum ex_status
run_batch(struct batch *b, struct ex_error *err)
{
	struct run *r = b->run;
	size_t n = b->stage->vehicle->n_frames;

	if (r->o->pool)
		ex_pool_run(r->o->pool, n, make_frame, b);
	else
		for (size_t i = 0; i < n; i++)
			make_frame(b, i, 0);
	if (is_cancelled(r))
		return ex_fail(err, EX_ERR_INTERRUPTED, r->o->out,
		    "stopped; the scene is not complete");
	for (size_t i = 0; i < n; i++)
		if (b->status[i] != EX_OK) {
			if (err)
				*err = b->error[i];
			return b->status[i];
		}
	return EX_OK;
}

static enum ex_status
make_folder(const struct run *r, const struct vehicle *v, struct ex_error *err)
{
	char *dir = ex_path_join(r->o->out, v->id);
	enum ex_status status =
	    dir ? ex_dir_make(dir, err)
		: ex_fail(err, EX_ERR_NOMEM, r->o->out, NULL);

	free(dir);
	return status;
}

static enum ex_status
make_vehicle(struct run *r, size_t i, struct ex_error *err)
{
	const struct vehicle *v = &r->cast.vehicles[i];
	struct stage *stage = ex_calloc(1, sizeof *stage);
	struct batch b = { .run = r, .stage = stage };
	enum ex_status status = EX_ERR_NOMEM;

	b.seen = ex_calloc(v->n_frames * MAX_PERSONS, sizeof *b.seen);
	b.status = ex_calloc(v->n_frames, sizeof *b.status);
	b.error = ex_calloc(v->n_frames, sizeof *b.error);
	if (!stage || !b.seen || !b.status || !b.error) {
		ex_fail(err, status, v->id, NULL);
		goto out;
	}
	stage->options = r->o;
	stage->travellers = &r->travellers;
	stage->vehicle = v;
	stage->backdrop = &r->backdrop;
	stage->normals = r->normals;
	status = ex_sim_stage_load(stage, r->o->pool, err);
	if (status == EX_OK)
		status = make_folder(r, v, err);
	if (status == EX_OK)
		status = run_batch(&b, err);
	if (status == EX_OK)
		status = ex_sim_record_vehicle(
		    &r->record, &r->travellers, &r->cast, i, b.seen, err);
out:
	if (stage)
		ex_sim_stage_fini(stage);
	free(stage);
	free(b.seen);
	free(b.status);
	free(b.error);
	return status;
}

static enum ex_status
make_vehicles(struct run *r, struct ex_error *err)
{
	enum ex_status status = EX_OK;

	for (size_t i = 0; i < r->cast.n; i++)
		r->frames_all += r->cast.vehicles[i].n_frames;
	for (size_t i = 0; i < r->cast.n && status == EX_OK; i++) {
		status = make_vehicle(r, i, err);
		r->frames_done += r->cast.vehicles[i].n_frames;
		if (status == EX_OK && r->o->progress)
			r->o->progress(
			    r->o->progress_arg, r->frames_done, r->frames_all);
	}
	return status;
}

/* ---- the run ----------------------------------------------------------------
 */

static enum ex_status
prepare_drawing(struct run *r, struct ex_error *err)
{
	const struct ex_sim_options *o = r->o;
	bool done;

	r->workers = o->pool ? ex_pool_threads(o->pool) : 1;
	done = r->workers <= MAX_WORKERS && ex_sim_normals_make(&r->normals) &&
	       ex_sim_backdrop_make(o->width, o->height,
		   ex_sim_stream(o->seed, 30, 0), &r->backdrop) == EX_OK;
	for (unsigned i = 0; i < r->workers && done; i++)
		done = ex_sim_canvas_init(&r->canvas[i], o->width, o->height) &&
		       ex_image_new(o->width, o->height, 3, &r->picture[i]) ==
			   EX_OK;
	return done ? EX_OK : ex_fail(err, EX_ERR_NOMEM, "the picture", NULL);
}

static void
summarise(const struct run *r, size_t documents, struct ex_sim_summary *out)
{
	*out = (struct ex_sim_summary){ .vehicles = r->cast.n,
		.occupants = r->cast.n_occupants,
		.documents = documents,
		.frames = r->frames_done };
	for (int s = 0; s < EX_SIM_SPECIAL_COUNT; s++) {
		out->first[s] = -1;
		for (size_t i = r->cast.n; i-- > 0;)
			if (ex_sim_vehicle_has(
				&r->cast.vehicles[i], (enum ex_sim_special)s)) {
				out->specials[s]++;
				out->first[s] = (int)i;
			}
	}
}

static void
run_fini(struct run *r)
{
	ex_sim_record_fini(&r->record);
	ex_sim_cast_fini(&r->cast);
	ex_sim_travellers_fini(&r->travellers);
	ex_image_free(&r->backdrop);
	free(r->normals);
	for (unsigned i = 0; i < MAX_WORKERS; i++) {
		ex_sim_canvas_fini(&r->canvas[i]);
		ex_image_free(&r->picture[i]);
	}
	free(r);
}

enum ex_status
ex_sim_run(const struct ex_sim_options *o, struct ex_sim_summary *out,
    struct ex_error *err)
{
	struct run *r = NULL;
	size_t documents = 0;
	enum ex_status status;

	if (out)
		*out = (struct ex_sim_summary){ 0 };
	status = check_options(o, err);
	if (status != EX_OK)
		return status;
	r = ex_calloc(1, sizeof *r);
	if (!r)
		return ex_fail(err, EX_ERR_NOMEM, "sim", NULL);
	r->o = o;
	status = ex_sim_travellers_read(
	    o->travellers, o->lookalikes, &r->travellers, err);
	if (status == EX_OK)
		status = ex_sim_cast_plan(o, &r->travellers, &r->cast, err);
	if (status == EX_OK)
		status = prepare_drawing(r, err);
	if (status == EX_OK)
		status = ex_sim_record_init(&r->record, o, &r->cast, err);
	if (status == EX_OK)
		status = ex_sim_folder_prepare(o, err);
	if (status == EX_OK)
		status = ex_sim_documents_write(
		    o, &r->travellers, &r->cast, &documents, err);
	if (status == EX_OK)
		status = make_vehicles(r, err);
	if (status == EX_OK)
		status = ex_sim_record_write(&r->record, o->out, err);
	if (status == EX_OK && out)
		summarise(r, documents, out);
	run_fini(r);
	return status;
}
