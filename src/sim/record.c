/* SPDX-License-Identifier: Apache-2.0 */
/* What is written beside the frames: documents, the scene and its truth. */
#include "output.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Of a face: less than this in view is not counted as visible. */
#define LEAST_VISIBLE 0.6

static char *
document_path(const struct traveller *who, const char *ending)
{
	char text[EX_MAX_NAME];

	snprintf(text, sizeof text, "documents/%s.%s", who->id, ending);
	return ex_strdup(text);
}

/* "0001", or with the vehicle "v0001/0001.jpg". */
static char *
frame_name(const struct vehicle *v, size_t frame)
{
	char text[EX_MAX_NAME];

	snprintf(text, sizeof text, "%s%s%04zu%s", v ? v->id : "", v ? "/" : "",
	    frame + 1, v ? ".jpg" : "");
	return ex_strdup(text);
}

/* ---- documents --------------------------------------------------------------
 */

/* The portrait as it is, byte for byte. */
static enum ex_status
copy_portrait(const char *to, const struct travellers *t,
    const struct traveller *who, struct ex_error *err)
{
	char *dir = ex_path_join(t->dir, who->id);
	char *from = dir ? ex_path_join(dir, "passport.jpg") : NULL;
	struct ex_blob blob = { 0 };
	enum ex_status status =
	    from ? ex_file_read(from, EX_IMAGE_MAX_BYTES, &blob, err)
		 : ex_fail(err, EX_ERR_NOMEM, t->dir, NULL);

	if (status == EX_OK)
		status = ex_sim_write_quick(to, blob.data, blob.size, err);
	ex_blob_free(&blob);
	free(dir);
	free(from);
	return status;
}

static enum ex_status
write_document(const struct ex_sim_options *o, const struct travellers *t,
    size_t index, struct ex_error *err)
{
	const struct traveller *who = &t->list[index];
	char *json = document_path(who, "json");
	char *path = json ? ex_path_join(o->out, json) : NULL;
	char *picture = document_path(who, "jpg");
	char *to = picture ? ex_path_join(o->out, picture) : NULL;
	struct identity identity;
	enum ex_status status;

	if (!path || !to) {
		status = ex_fail(err, EX_ERR_NOMEM, o->out, NULL);
	} else {
		ex_sim_identity_make(o->seed, index, who, &identity);
		status = copy_portrait(to, t, who, err);
		if (status == EX_OK)
			status = ex_document_file_write(path,
			    (const char *const[]){
				identity.mrz[0], identity.mrz[1] },
			    2, strchr(picture, '/') + 1, err);
	}
	free(json);
	free(path);
	free(picture);
	free(to);
	return status;
}

enum ex_status
ex_sim_documents_write(const struct ex_sim_options *o,
    const struct travellers *t, const struct cast *c, size_t *count,
    struct ex_error *err)
{
	bool *written = ex_calloc(t->n, sizeof *written);
	char *dir = ex_path_join(o->out, "documents");
	enum ex_status status = written && dir
				    ? ex_dir_make(dir, err)
				    : ex_fail(err, EX_ERR_NOMEM, o->out, NULL);

	*count = 0;
	for (size_t i = 0; i < c->n; i++)
		for (size_t k = 0;
		     k < c->vehicles[i].n_documents && status == EX_OK; k++) {
			size_t who = c->vehicles[i].documents[k];

			if (written[who])
				continue;
			written[who] = true;
			status = write_document(o, t, who, err);
			++*count;
		}
	free(written);
	free(dir);
	return status;
}

/* ---- truth ------------------------------------------------------------------
 */

static bool
add_frames(struct ex_truth_occupant *to, const struct vehicle *v, size_t person,
    const struct sighting *seen)
{
	to->frames = ex_calloc(v->n_frames, sizeof *to->frames);
	if (!to->frames)
		return false;
	for (size_t i = 0; i < v->n_frames; i++) {
		const struct sighting *s = &seen[i * MAX_PERSONS + person];
		struct ex_truth_frame *f = &to->frames[to->n_frames];

		if (s->visible < LEAST_VISIBLE)
			continue;
		f->name = frame_name(NULL, i);
		if (!f->name)
			return false;
		f->box = s->box;
		f->yaw_deg = (float)s->yaw_deg;
		to->n_frames++;
	}
	return true;
}

static bool
add_truth(struct ex_truth_vehicle *to, const struct travellers *t,
    const struct vehicle *v, const struct sighting *seen)
{
	to->id = ex_strdup(v->id);
	to->occupants = ex_calloc(v->n_persons, sizeof *to->occupants);
	if (!to->id || !to->occupants)
		return false;
	for (size_t i = 0; i < v->n_persons; i++) {
		const struct person *p = &v->persons[i];
		struct ex_truth_occupant *o = &to->occupants[to->n_occupants++];

		o->seat = p->seat;
		o->traveller = ex_strdup(t->list[p->traveller].id);
		if (p->own_document != NOBODY)
			o->document =
			    document_path(&t->list[p->traveller], "json");
		if (!o->traveller ||
		    (p->own_document != NOBODY && !o->document))
			return false;
		if (!add_frames(o, v, i, seen))
			return false;
	}
	return true;
}

/* ---- scene ------------------------------------------------------------------
 */

static bool
add_scene(struct ex_scene_vehicle *to, const struct travellers *t,
    const struct vehicle *v)
{
	struct ex_scene_camera *camera = ex_calloc(1, sizeof *camera);

	to->id = ex_strdup(v->id);
	to->opted_out = ex_sim_vehicle_has(v, EX_SIM_OPTED_OUT);
	to->documents = ex_calloc(v->n_documents, sizeof *to->documents);
	to->cameras = camera;
	if (!to->id || !to->documents || !camera)
		return false;
	to->n_cameras = 1;
	camera->id = ex_strdup("");
	camera->frames = ex_calloc(v->n_frames, sizeof *camera->frames);
	if (!camera->id || !camera->frames)
		return false;
	for (; camera->n_frames < v->n_frames; camera->n_frames++) {
		char *name = frame_name(v, camera->n_frames);

		if (!name)
			return false;
		camera->frames[camera->n_frames] = name;
	}
	for (; to->n_documents < v->n_documents; to->n_documents++) {
		char *path = document_path(
		    &t->list[v->documents[to->n_documents]], "json");

		if (!path)
			return false;
		to->documents[to->n_documents] = path;
	}
	return true;
}

enum ex_status
ex_sim_record_init(struct record *r, const struct ex_sim_options *o,
    const struct cast *c, struct ex_error *err)
{
	*r = (struct record){ ex_calloc(1, sizeof *r->truth),
		ex_calloc(1, sizeof *r->scene) };
	if (r->truth)
		r->truth->vehicles =
		    ex_calloc(c->n, sizeof *r->truth->vehicles);
	if (r->scene) {
		r->scene->vehicles =
		    ex_calloc(c->n, sizeof *r->scene->vehicles);
		r->scene->dir = ex_strdup(o->out);
		r->scene->lane = ex_strdup("demo-1");
	}
	if (!r->truth || !r->scene || !r->truth->vehicles ||
	    !r->scene->vehicles || !r->scene->dir || !r->scene->lane) {
		ex_sim_record_fini(r);
		return ex_fail(err, EX_ERR_NOMEM, o->out, NULL);
	}
	r->scene->direction = EX_DIRECTION_OUT;
	r->scene->fps = o->fps;
	r->scene->start_ms = SCENE_START;
	r->scene->has_region = true;
	r->scene->region = (struct ex_box){ 0, 0,
		(float)(int)(LANE_SHARE * o->width), (float)o->height };
	return EX_OK;
}

enum ex_status
ex_sim_record_vehicle(struct record *r, const struct travellers *t,
    const struct cast *c, size_t i, const struct sighting *seen,
    struct ex_error *err)
{
	const struct vehicle *v = &c->vehicles[i];

	/* Counted before they are whole, so that a failure frees the part. */
	r->truth->n_vehicles = r->scene->n_vehicles = i + 1;
	if (!add_truth(&r->truth->vehicles[i], t, v, seen) ||
	    !add_scene(&r->scene->vehicles[i], t, v))
		return ex_fail(err, EX_ERR_NOMEM, v->id, NULL);
	return EX_OK;
}

enum ex_status
ex_sim_record_write(
    const struct record *r, const char *dir, struct ex_error *err)
{
	enum ex_status status = ex_truth_write(dir, r->truth, err);
	char *truth;

	if (status == EX_OK)
		status = ex_scene_write(r->scene, err);
	if (status != EX_OK && (truth = ex_path_join(dir, "truth.json"))) {
		unlink(truth);
		free(truth);
	}
	return status;
}

void
ex_sim_record_fini(struct record *r)
{
	ex_truth_free(&r->truth);
	ex_scene_free(&r->scene);
}
