/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <stdlib.h>

#include "json.h"

static void
put_frames(struct ex_json_out *o, const struct ex_scene_camera *c)
{
	ex_json_put(o, "\"frames\":");
	ex_json_put_strings(o, (const char *const *)c->frames, c->n_frames, 4);
}

static void
put_cameras(struct ex_json_out *o, const struct ex_scene_vehicle *v)
{
	ex_json_put(o, ",\n   \"cameras\":[");
	for (size_t i = 0; i < v->n_cameras; i++) {
		ex_json_put(o, "%s\n    {\"id\":", i ? "," : "");
		ex_json_put_string(o, v->cameras[i].id);
		ex_json_put(o, ",");
		put_frames(o, &v->cameras[i]);
		ex_json_put(o, "}");
	}
	ex_json_put(o, "]");
}

static void
put_vehicle(struct ex_json_out *o, const struct ex_scene_vehicle *v)
{
	ex_json_put(o, "\n  {\"id\":");
	ex_json_put_string(o, v->id);
	if (v->n_cameras == 1 && v->cameras[0].id[0] == '\0') {
		ex_json_put(o, ",\n   ");
		put_frames(o, &v->cameras[0]);
	} else if (v->n_cameras > 0) {
		put_cameras(o, v);
	}
	ex_json_put(o, ",\n   \"documents\":");
	ex_json_put_strings(
	    o, (const char *const *)v->documents, v->n_documents, 4);
	if (v->opted_out)
		ex_json_put(o, ",\n   \"opted_out\":true");
	ex_json_put(o, "}");
}

static void
put_head(struct ex_json_out *o, const struct ex_scene *s)
{
	char start[EX_RFC3339_SIZE];

	ex_json_put(o, "{\"scene\":1,\"lane\":");
	ex_json_put_string(o, s->lane);
	ex_json_put(o,
	    ",\"direction\":\"%s\",\"fps\":", ex_direction_word(s->direction));
	ex_json_put_digits(o, 10, s->fps);
	if (s->start_ms >= 0) {
		ex_rfc3339_format(s->start_ms, start);
		ex_json_put(o, ",\n \"start\":\"%s\"", start);
	}
	if (s->has_region) {
		ex_json_put(o, ",\n \"region\":");
		ex_json_put_box(o, s->region);
	}
}

enum ex_status
ex_scene_write(const struct ex_scene *s, struct ex_error *err)
{
	struct ex_json_out o = { 0 };
	char *file = ex_path_join(s->dir, "scene.json");
	enum ex_status status;

	if (!file)
		return ex_fail(err, EX_ERR_NOMEM, s->dir, NULL);
	put_head(&o, s);
	ex_json_put(&o, ",\n \"vehicles\":[");
	for (size_t i = 0; i < s->n_vehicles; i++) {
		ex_json_put(&o, "%s", i ? "," : "");
		put_vehicle(&o, &s->vehicles[i]);
	}
	ex_json_put(&o, "]}\n");
	status = ex_json_save(&o, file, err);
	free(file);
	return status;
}
