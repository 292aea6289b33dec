/* SPDX-License-Identifier: Apache-2.0 */
/* Get a vehicle's people and pictures ready, and put them away. */
#include "stage.h"

#include <stdlib.h>

static enum ex_status
load_portrait(
    struct stage *s, const struct traveller *who, struct ex_error *err)
{
	char *dir = ex_path_join(s->travellers->dir, who->id);
	char *path = dir ? ex_path_join(dir, "passport.jpg") : NULL;
	enum ex_status status =
	    path ? ex_image_load(
		       path, 4, EX_ORIENTATION_APPLY, &s->portrait, err)
		 : ex_fail(err, EX_ERR_NOMEM, s->travellers->dir, NULL);

	free(dir);
	free(path);
	return status;
}

static enum ex_status
load_person(
    struct stage *s, size_t i, struct ex_pool *pool, struct ex_error *err)
{
	const struct vehicle *v = s->vehicle;
	const struct person *p = &v->persons[i];
	const struct traveller *list = s->travellers->list;
	enum ex_status status =
	    ex_sim_actor_load(&s->actors[i], s, &list[p->traveller],
		ex_sim_stream(v->seed, 11, i), p->turned_away, pool, err);

	if (status == EX_OK && p->shirt != NOBODY)
		status = ex_sim_head_load(&s->print[i], s->travellers,
		    &list[p->shirt], &list[p->shirt].poses[0], err);
	return status;
}

enum ex_status
ex_sim_stage_load(struct stage *s, struct ex_pool *pool, struct ex_error *err)
{
	const struct vehicle *v = s->vehicle;
	enum ex_status status = EX_OK;

	ex_sim_look_make(v, s->options, &s->look);
	s->clouds = ex_calloc(1, sizeof *s->clouds);
	if (!s->clouds)
		return ex_fail(err, EX_ERR_NOMEM, v->id, NULL);
	ex_sim_texture_make(s->clouds, ex_sim_stream(v->seed, 12, 0), 4);
	for (size_t i = 0; i < v->n_persons && status == EX_OK; i++)
		status = load_person(s, i, pool, err);
	if (status == EX_OK && v->pedestrian != NOBODY)
		status = ex_sim_actor_load(&s->pedestrian, s,
		    &s->travellers->list[v->pedestrian],
		    ex_sim_stream(v->seed, 13, 0), false, pool, err);
	if (status == EX_OK && v->portrait != NOBODY)
		status =
		    load_portrait(s, &s->travellers->list[v->portrait], err);
	return status;
}

void
ex_sim_stage_fini(struct stage *s)
{
	for (size_t i = 0; i < MAX_PERSONS; i++) {
		ex_sim_actor_fini(&s->actors[i]);
		ex_sim_head_fini(&s->print[i]);
	}
	ex_sim_actor_fini(&s->pedestrian);
	ex_image_free(&s->portrait);
	free(s->clouds);
	s->clouds = NULL;
}
