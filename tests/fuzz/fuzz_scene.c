/* SPDX-License-Identifier: Apache-2.0 */
/* scene.json: whatever the bytes, no vehicle without error lacks a part. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_vehicle(const struct ex_scene_vehicle *v)
{
	if (!v->id || v->n_documents > EX_MAX_DOCUMENTS)
		abort();
	if (v->error.status != EX_OK)
		return;
	if (!*v->id || (v->n_cameras == 0 && !v->opted_out))
		abort();
	for (size_t i = 0; i < v->n_cameras; i++)
		for (size_t k = 0; k < v->cameras[i].n_frames; k++)
			if (!ex_path_plain(v->cameras[i].frames[k]))
				abort();
	for (size_t i = 0; i < v->n_documents; i++)
		if (!ex_path_plain(v->documents[i]))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_scene *s;
	struct ex_error err;
	enum ex_status status =
	    ex_scene_parse("d", (struct ex_bytes){ data, size }, &s, &err);

	if ((status == EX_OK) != (s != NULL))
		abort();
	for (size_t i = 0; s && i < s->n_vehicles; i++)
		check_vehicle(&s->vehicles[i]);
	ex_scene_free(&s);
	return 0;
}
