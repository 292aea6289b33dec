/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_FILE      ((size_t)64 << 20)
#define MAX_VEHICLES  100000
#define MAX_FRAMES    100000
#define MAX_OCCUPANTS 64 /* more may be seen than a crossing can hold */
#define MAX_ID        128

static enum ex_status
read_object_size(const struct ex_json *j, size_t max, size_t *n)
{
	enum ex_status status = ex_json_object(j);

	*n = json_object_size(j->value);
	if (status == EX_OK && *n > max)
		status = ex_json_fail(j, EX_ERR_TOO_LARGE,
		    "may hold at most %zu, holds %zu", max, *n);
	return status;
}

/* A key as it came: jansson vouches for UTF-8 alone. */
static enum ex_status
copy_key(const struct ex_json *j, char **out)
{
	size_t n = strlen(j->key);

	if (n == 0 || n > MAX_ID)
		return ex_json_fail(
		    j, EX_ERR_FORMAT, "name must have 1 to %d bytes", MAX_ID);
	*out = ex_strdup(j->key);
	return *out ? EX_OK : ex_json_fail(j, EX_ERR_NOMEM, "out of memory");
}

static enum ex_status
read_frame(const struct ex_json *j, const struct ex_json *yaws,
    struct ex_truth_frame *f)
{
	struct ex_json yaw = ex_json_key(yaws, j->key);
	double degrees = 0;
	enum ex_status status = copy_key(j, &f->name);

	if (status == EX_OK)
		status = ex_json_box(j, &f->box);
	if (status == EX_OK && yaw.value)
		status = ex_json_number(&yaw, -180, 180, &degrees);
	f->yaw_deg = (float)degrees;
	return status;
}

static enum ex_status
read_frames(const struct ex_json *occupant, struct ex_truth_occupant *o)
{
	struct ex_json frames = ex_json_key(occupant, "frames");
	struct ex_json yaws = ex_json_key(occupant, "yaw");
	const char *key;
	json_t *value;
	size_t n;
	enum ex_status status = read_object_size(&frames, MAX_FRAMES, &n);

	if (status == EX_OK && yaws.value)
		status = ex_json_object(&yaws);
	if (status != EX_OK)
		return status;
	o->frames = ex_calloc(n, sizeof *o->frames);
	if (!o->frames)
		return ex_json_fail(&frames, EX_ERR_NOMEM, "out of memory");
	json_object_foreach(frames.value, key, value)
	{
		struct ex_json j = ex_json_key(&frames, key);

		status = read_frame(&j, &yaws, &o->frames[o->n_frames++]);
		if (status != EX_OK)
			break;
	}
	return status;
}

static enum ex_status
read_occupant(const struct ex_json *j, struct ex_truth_occupant *o)
{
	struct ex_json seat = ex_json_key(j, "seat");
	struct ex_json traveller = ex_json_key(j, "traveller");
	struct ex_json document = ex_json_key(j, "document");
	const char *word;
	enum ex_status status = ex_json_object(j);

	if (status == EX_OK)
		status = ex_json_string(&seat, 1, MAX_ID, &word);
	if (status == EX_OK && !ex_seat_from_word(word, &o->seat))
		status = ex_json_fail(&seat, EX_ERR_FORMAT, "is not a seat");
	if (status == EX_OK)
		status =
		    ex_json_string_copy(&traveller, 1, MAX_ID, &o->traveller);
	if (status == EX_OK && document.value)
		status = ex_json_string_copy(
		    &document, 1, EX_MAX_NAME - 1, &o->document);
	if (status == EX_OK)
		status = read_frames(j, o);
	return status;
}

static enum ex_status
read_vehicle(const struct ex_json *j, struct ex_truth_vehicle *v)
{
	struct ex_json list = ex_json_key(j, "occupants");
	enum ex_status status = copy_key(j, &v->id);
	size_t n;

	if (status == EX_OK)
		status = ex_json_object(j);
	if (status == EX_OK)
		status = ex_json_array(&list, 0, MAX_OCCUPANTS, &n);
	if (status != EX_OK)
		return status;
	v->occupants = ex_calloc(n, sizeof *v->occupants);
	if (!v->occupants)
		return ex_json_fail(&list, EX_ERR_NOMEM, "out of memory");
	v->n_occupants = n;
	for (size_t i = 0; i < n && status == EX_OK; i++) {
		struct ex_json item = ex_json_at(&list, i);

		status = read_occupant(&item, &v->occupants[i]);
	}
	return status;
}

static enum ex_status
read_vehicles(const struct ex_json *root, struct ex_truth *t)
{
	struct ex_json all = ex_json_key(root, "vehicles");
	const char *key;
	json_t *value;
	size_t n;
	enum ex_status status = ex_json_object(root);

	if (status == EX_OK)
		status = read_object_size(&all, MAX_VEHICLES, &n);
	if (status != EX_OK)
		return status;
	t->vehicles = ex_calloc(n, sizeof *t->vehicles);
	if (!t->vehicles)
		return ex_json_fail(&all, EX_ERR_NOMEM, "out of memory");
	json_object_foreach(all.value, key, value)
	{
		struct ex_json j = ex_json_key(&all, key);

		status = read_vehicle(&j, &t->vehicles[t->n_vehicles++]);
		if (status != EX_OK)
			break;
	}
	return status;
}

enum ex_status
ex_truth_read(const char *dir, struct ex_truth **out, struct ex_error *err)
{
	char *file = ex_path_join(dir, "truth.json");
	struct ex_truth *t = ex_calloc(1, sizeof *t);
	struct ex_json root;
	json_t *tree = NULL;
	enum ex_status status;

	*out = NULL;
	if (!file || !t)
		status = ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	else
		status = ex_json_load(file, MAX_FILE, &tree, err);
	if (status == EX_OK) {
		root = ex_json_root(file, tree, err);
		status = read_vehicles(&root, t);
	}
	if (status == EX_OK) {
		*out = t;
		t = NULL;
	}
	ex_truth_free(&t);
	json_decref(tree);
	free(file);
	return status;
}

static void
put_frames(struct ex_json_out *o, const struct ex_truth_occupant *p)
{
	ex_json_put(o, ",\n    \"frames\":{");
	for (size_t i = 0; i < p->n_frames; i++) {
		ex_json_put(o, "%s", i ? ",\n     " : "");
		ex_json_put_string(o, p->frames[i].name);
		ex_json_put(o, ":");
		ex_json_put_box(o, p->frames[i].box);
	}
	ex_json_put(o, "},\n    \"yaw\":{");
	for (size_t i = 0; i < p->n_frames; i++) {
		ex_json_put(o, "%s", i ? "," : "");
		ex_json_put_string(o, p->frames[i].name);
		ex_json_put(o, ":");
		ex_json_put_fixed(o, 1, (double)p->frames[i].yaw_deg);
	}
	ex_json_put(o, "}");
}

static void
put_occupant(struct ex_json_out *o, const struct ex_truth_occupant *p)
{
	ex_json_put(
	    o, "\n   {\"seat\":\"%s\",\"traveller\":", ex_seat_word(p->seat));
	ex_json_put_string(o, p->traveller);
	ex_json_put(o, ",\"document\":");
	if (p->document)
		ex_json_put_string(o, p->document);
	else
		ex_json_put(o, "null");
	put_frames(o, p);
	ex_json_put(o, "}");
}

enum ex_status
ex_truth_write(const char *dir, const struct ex_truth *t, struct ex_error *err)
{
	struct ex_json_out o = { 0 };
	char *file = ex_path_join(dir, "truth.json");
	enum ex_status status;

	if (!file)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	ex_json_put(&o, "{\"vehicles\":{");
	for (size_t i = 0; i < t->n_vehicles; i++) {
		const struct ex_truth_vehicle *v = &t->vehicles[i];

		ex_json_put(&o, "%s\n ", i ? "," : "");
		ex_json_put_string(&o, v->id);
		ex_json_put(&o, ":{\"occupants\":[");
		for (size_t k = 0; k < v->n_occupants; k++) {
			ex_json_put(&o, "%s", k ? "," : "");
			put_occupant(&o, &v->occupants[k]);
		}
		ex_json_put(&o, "]}");
	}
	ex_json_put(&o, "}}\n");
	status = ex_json_save(&o, file, err);
	free(file);
	return status;
}

static void
free_occupant(struct ex_truth_occupant *o)
{
	for (size_t i = 0; i < o->n_frames; i++)
		free(o->frames[i].name);
	free(o->frames);
	free(o->traveller);
	free(o->document);
}

void
ex_truth_free(struct ex_truth **t)
{
	if (!*t)
		return;
	for (size_t i = 0; i < (*t)->n_vehicles; i++) {
		struct ex_truth_vehicle *v = &(*t)->vehicles[i];

		for (size_t k = 0; k < v->n_occupants; k++)
			free_occupant(&v->occupants[k]);
		free(v->occupants);
		free(v->id);
	}
	free((*t)->vehicles);
	free(*t);
	*t = NULL;
}
