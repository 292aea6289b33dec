/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_FILE     ((size_t)64 << 20)
#define MAX_VEHICLES 100000
#define MAX_FRAMES   100000 /* of one camera */
#define MAX_CAMERAS  8
#define MAX_ID       128
#define MIN_FPS      0.001 /* a frame's time must stay a time */
#define MAX_FPS      240

/* Paths end up in ex_occupant.best_frame and ex_document.name. */
static enum ex_status
read_path(const struct ex_json *j, char **out)
{
	const char *s;
	enum ex_status status = ex_json_string(j, 1, EX_MAX_NAME - 1, &s);

	if (status != EX_OK)
		return status;
	if (!ex_path_plain(s))
		return ex_json_fail(j, EX_ERR_PATH,
		    "must be a path inside the scene's folder, without '..'");
	return ex_json_string_copy(j, 1, EX_MAX_NAME - 1, out);
}

static enum ex_status
read_paths(
    const struct ex_json *list, size_t min, size_t max, char ***out, size_t *n)
{
	enum ex_status status = ex_json_array(list, min, max, n);

	if (status != EX_OK)
		return status;
	*out = ex_calloc(*n, sizeof **out);
	if (!*out)
		return ex_json_fail(list, EX_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < *n && status == EX_OK; i++) {
		struct ex_json item = ex_json_at(list, i);

		status = read_path(&item, &(*out)[i]);
	}
	return status;
}

static enum ex_status
read_frames(const struct ex_json *owner, struct ex_scene_camera *camera)
{
	struct ex_json frames = ex_json_key(owner, "frames");

	return read_paths(
	    &frames, 1, MAX_FRAMES, &camera->frames, &camera->n_frames);
}

static enum ex_status
read_camera(const struct ex_json *j, struct ex_scene_vehicle *v, size_t i)
{
	struct ex_json id = ex_json_key(j, "id");
	enum ex_status status = ex_json_object(j);

	if (status == EX_OK)
		status = ex_json_string_copy(&id, 1, MAX_ID, &v->cameras[i].id);
	for (size_t k = 0; k < i && status == EX_OK; k++)
		if (strcmp(v->cameras[k].id, v->cameras[i].id) == 0)
			status = ex_json_fail(&id, EX_ERR_FORMAT,
			    "is also the id of cameras[%zu]", k);
	if (status == EX_OK)
		status = read_frames(j, &v->cameras[i]);
	return status;
}

static enum ex_status
make_cameras(const struct ex_json *j, struct ex_scene_vehicle *v, size_t n)
{
	v->cameras = ex_calloc(n, sizeof *v->cameras);
	if (!v->cameras)
		return ex_json_fail(j, EX_ERR_NOMEM, "out of memory");
	v->n_cameras = n;
	return EX_OK;
}

static enum ex_status
read_cameras(const struct ex_json *list, struct ex_scene_vehicle *v)
{
	size_t n;
	enum ex_status status = ex_json_array(list, 1, MAX_CAMERAS, &n);

	if (status == EX_OK)
		status = make_cameras(list, v, n);
	for (size_t i = 0; status == EX_OK && i < n; i++) {
		struct ex_json item = ex_json_at(list, i);

		status = read_camera(&item, v, i);
	}
	return status;
}

static enum ex_status
read_one_camera(const struct ex_json *vehicle, struct ex_scene_vehicle *v)
{
	enum ex_status status = make_cameras(vehicle, v, 1);

	if (status != EX_OK)
		return status;
	v->cameras[0].id = ex_strdup("");
	if (!v->cameras[0].id)
		return ex_json_fail(vehicle, EX_ERR_NOMEM, "out of memory");
	return read_frames(vehicle, &v->cameras[0]);
}

/* What the vehicle was seen by: "frames", "cameras" or "video", one of them.
 * No frame of an opted-out vehicle is decoded, so it needs none. */
static enum ex_status
read_sight(const struct ex_json *j, struct ex_scene_vehicle *v)
{
	struct ex_json frames = ex_json_key(j, "frames");
	struct ex_json cameras = ex_json_key(j, "cameras");
	struct ex_json video = ex_json_key(j, "video");
	int given = !!frames.value + !!cameras.value + !!video.value;

	if (v->opted_out && (given == 0 || video.value))
		return EX_OK;
	if (video.value)
		return ex_json_fail(&video, EX_ERR_UNSUPPORTED,
		    "this version reads pictures (\"frames\"), not video");
	if (given != 1)
		return ex_json_fail(j, EX_ERR_FORMAT,
		    "must have either \"frames\" or \"cameras\"");
	return frames.value ? read_one_camera(j, v) : read_cameras(&cameras, v);
}

static void
drop_paths(char ***list, size_t *n)
{
	for (size_t i = 0; *list && i < *n; i++)
		free((*list)[i]);
	free(*list);
	*list = NULL;
	*n = 0;
}

/* All but the id and the error. */
static void
drop_content(struct ex_scene_vehicle *v)
{
	for (size_t i = 0; i < v->n_cameras; i++) {
		free(v->cameras[i].id);
		drop_paths(&v->cameras[i].frames, &v->cameras[i].n_frames);
	}
	free(v->cameras);
	v->cameras = NULL;
	v->n_cameras = 0;
	drop_paths(&v->documents, &v->n_documents);
}

/* A document shown twice is one document. */
static void
drop_repeats(struct ex_scene_vehicle *v)
{
	size_t kept = 0;

	for (size_t i = 0; i < v->n_documents; i++) {
		char *path = v->documents[i];
		size_t k = 0;

		while (k < kept && strcmp(v->documents[k], path) != 0)
			k++;
		if (k == kept)
			v->documents[kept++] = path;
		else
			free(path);
	}
	v->n_documents = kept;
}

static enum ex_status
read_content(const struct ex_json *j, struct ex_scene_vehicle *v)
{
	struct ex_json id = ex_json_key(j, "id");
	struct ex_json opted_out = ex_json_key(j, "opted_out");
	struct ex_json documents = ex_json_key(j, "documents");
	enum ex_status status = ex_json_object(j);

	if (status == EX_OK)
		status = ex_json_string_copy(&id, 1, MAX_ID, &v->id);
	if (status == EX_OK)
		status = ex_json_bool(&opted_out, false, &v->opted_out);
	if (status == EX_OK)
		status = read_sight(j, v);
	if (status == EX_OK && documents.value)
		status = read_paths(&documents, 0, EX_MAX_DOCUMENTS,
		    &v->documents, &v->n_documents);
	if (status == EX_OK)
		drop_repeats(v);
	return status;
}

/* Fails only when out of memory: all else is the vehicle's own error. */
static enum ex_status
read_vehicle(const struct ex_json *list, size_t i, struct ex_scene_vehicle *v)
{
	struct ex_json j = ex_json_at(list, i);
	enum ex_status status;

	j.err = &v->error;
	status = read_content(&j, v);
	if (status != EX_OK)
		drop_content(v);
	if (!v->id)
		v->id = ex_strdup("");
	if (status == EX_ERR_NOMEM || !v->id)
		return ex_json_fail(list, EX_ERR_NOMEM, "out of memory");
	return EX_OK;
}

static int
by_id_and_place(const void *a, const void *b)
{
	const struct ex_scene_vehicle *const *x = a, *const *y = b;
	int order = strcmp((*x)->id, (*y)->id);

	return order ? order : (*x > *y) - (*x < *y);
}

/* The first keeps its id; later ones get an error that names the first. */
static enum ex_status
refuse_duplicates(const struct ex_json *list, struct ex_scene *s)
{
	struct ex_scene_vehicle **order, *first = NULL;

	order = ex_calloc(s->n_vehicles, sizeof *order);
	if (!order)
		return ex_json_fail(list, EX_ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < s->n_vehicles; i++)
		order[i] = &s->vehicles[i];
	qsort(order, s->n_vehicles, sizeof *order, by_id_and_place);
	for (size_t i = 0; i < s->n_vehicles; i++) {
		struct ex_scene_vehicle *v = order[i];

		if (!first || strcmp(first->id, v->id) != 0) {
			first = v;
		} else if (v->error.status == EX_OK) {
			struct ex_json item =
			    ex_json_at(list, (size_t)(v - s->vehicles));
			struct ex_json id = ex_json_key(&item, "id");

			id.err = &v->error;
			ex_json_fail(&id, EX_ERR_FORMAT,
			    "is also the id of vehicles[%zu]",
			    (size_t)(first - s->vehicles));
			drop_content(v);
		}
	}
	free(order);
	return EX_OK;
}

static enum ex_status
read_vehicles(const struct ex_json *root, struct ex_scene *s)
{
	struct ex_json list = ex_json_key(root, "vehicles");
	size_t n;
	enum ex_status status = ex_json_array(&list, 0, MAX_VEHICLES, &n);

	if (status != EX_OK)
		return status;
	s->vehicles = ex_calloc(n, sizeof *s->vehicles);
	if (!s->vehicles)
		return ex_json_fail(&list, EX_ERR_NOMEM, "out of memory");
	s->n_vehicles = n;
	for (size_t i = 0; i < n && status == EX_OK; i++)
		status = read_vehicle(&list, i, &s->vehicles[i]);
	if (status == EX_OK)
		status = refuse_duplicates(&list, s);
	return status;
}

static enum ex_status
read_version(const struct ex_json *root)
{
	struct ex_json j = ex_json_key(root, "scene");
	int64_t version;
	enum ex_status status = ex_json_object(root);

	if (status == EX_OK)
		status = ex_json_integer(&j, 0, INT32_MAX, &version);
	if (status == EX_OK && version != 1)
		status = ex_json_fail(&j, EX_ERR_UNSUPPORTED,
		    "is version %d; this program reads 1", (int)version);
	return status;
}

static enum ex_status
read_direction(const struct ex_json *root, enum ex_direction *out)
{
	struct ex_json j = ex_json_key(root, "direction");
	const char *word;
	enum ex_status status = ex_json_string(&j, 1, MAX_ID, &word);

	if (status == EX_OK && !ex_direction_from_word(word, out))
		status = ex_json_fail(
		    &j, EX_ERR_FORMAT, "must be \"out\" or \"in\"");
	return status;
}

static enum ex_status
read_fps(const struct ex_json *root, double *out)
{
	struct ex_json j = ex_json_key(root, "fps");
	enum ex_status status = ex_json_number(&j, 0, MAX_FPS, out);

	if (status == EX_OK && !(*out >= MIN_FPS))
		status = ex_json_fail(
		    &j, EX_ERR_FORMAT, "must be over 0, at least %g", MIN_FPS);
	return status;
}

static enum ex_status
read_head(const struct ex_json *root, struct ex_scene *s)
{
	struct ex_json lane = ex_json_key(root, "lane");
	struct ex_json start = ex_json_key(root, "start");
	struct ex_json region = ex_json_key(root, "region");
	enum ex_status status = read_version(root);

	if (status == EX_OK)
		status = ex_json_string_copy(&lane, 1, MAX_ID, &s->lane);
	if (status == EX_OK)
		status = read_direction(root, &s->direction);
	if (status == EX_OK)
		status = read_fps(root, &s->fps);
	s->start_ms = -1;
	if (status == EX_OK && start.value)
		status = ex_json_time(&start, &s->start_ms);
	if (status == EX_OK && start.value && s->start_ms < 0)
		status = ex_json_fail(&start, EX_ERR_FORMAT,
		    "must not be before "
		    "1970");
	s->has_region = region.value != NULL;
	if (status == EX_OK && s->has_region)
		status = ex_json_box(&region, &s->region);
	return status;
}

static enum ex_status
build(const char *dir, const char *file, json_t *tree, struct ex_scene **out,
    struct ex_error *err)
{
	struct ex_json root = ex_json_root(file, tree, err);
	struct ex_scene *s = ex_calloc(1, sizeof *s);
	enum ex_status status;

	if (!s || !(s->dir = ex_strdup(dir))) {
		status = ex_fail(err, EX_ERR_NOMEM, file, NULL);
		goto out;
	}
	status = read_head(&root, s);
	if (status == EX_OK)
		status = read_vehicles(&root, s);
	if (status == EX_OK) {
		*out = s;
		s = NULL;
	}
out:
	ex_scene_free(&s);
	return status;
}

enum ex_status
ex_scene_parse(const char *dir, struct ex_bytes json, struct ex_scene **out,
    struct ex_error *err)
{
	char *file = ex_path_join(dir, "scene.json");
	json_t *tree = NULL;
	enum ex_status status;

	*out = NULL;
	if (!file)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	status = ex_json_parse(file, json, &tree, err);
	if (status == EX_OK)
		status = build(dir, file, tree, out, err);
	json_decref(tree);
	free(file);
	return status;
}

enum ex_status
ex_scene_read(const char *dir, struct ex_scene **out, struct ex_error *err)
{
	char *file = ex_path_join(dir, "scene.json");
	struct ex_blob text = { 0 };
	enum ex_status status;

	*out = NULL;
	if (!file)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	status = ex_file_read(file, MAX_FILE, &text, err);
	if (status == EX_OK)
		status = ex_scene_parse(dir, ex_blob_bytes(&text), out, err);
	ex_blob_free(&text);
	free(file);
	return status;
}

void
ex_scene_free(struct ex_scene **s)
{
	if (!*s)
		return;
	for (size_t i = 0; i < (*s)->n_vehicles; i++) {
		drop_content(&(*s)->vehicles[i]);
		free((*s)->vehicles[i].id);
	}
	free((*s)->vehicles);
	free((*s)->lane);
	free((*s)->dir);
	free(*s);
	*s = NULL;
}
