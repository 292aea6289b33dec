/* SPDX-License-Identifier: Apache-2.0 */
/* What the detector would say of faces that are only numbers. */
#ifndef EXEUNT_TESTS_LANE_VIEWS_H
#define EXEUNT_TESTS_LANE_VIEWS_H

#include "test.h"

#include "lane_internal.h"

#include <math.h>

/* A face by the middle of its landmarks, its eye distance and where its nose
 * is across, in eye distances. Upright. The quality is its rank too. */
struct drawn {
	float x, y, size, nose;
	int quality;
	bool on_paper;
};

static inline struct ex_face
view_face(const struct drawn *d)
{
	const float eye = d->y - d->size * 0.3f;
	struct ex_face f = {
		.box = { d->x - d->size * 1.15f, d->y - d->size * 1.3f,
		    d->size * 2.3f, d->size * 2.3f },
		.score = (float)d->quality / 100,
	};
	const float mid = d->x - d->nose * d->size / 2;

	f.landmark[0] = (struct ex_point){ mid + d->size * 0.7f, eye };
	f.landmark[1] = (struct ex_point){ mid + d->size * 0.3f, eye };
	f.landmark[2] = (struct ex_point){ mid - d->size * 0.7f, eye };
	f.landmark[3] = (struct ex_point){ mid - d->size * 0.3f, eye };
	f.landmark[4] =
	    (struct ex_point){ mid + d->nose * d->size, eye + d->size * 0.6f };
	return f;
}

/* Join one frame with these faces; what the tracks did not take is freed. */
static inline enum ex_status
view_join(struct tracks *t, unsigned camera, unsigned index,
    const struct drawn faces[], size_t n)
{
	struct view *v = calloc(1, sizeof *v); /* no failure is rehearsed */
	char name[32];
	enum ex_status status;

	snprintf(name, sizeof name, "%u/%04u.jpg", camera, index);
	assert_non_null(v);
	v->camera = camera;
	v->index = index;
	v->name = name;
	v->n = n;
	for (size_t i = 0; i < n; i++) {
		v->faces[i] = view_face(&faces[i]);
		v->quality[i].unified = faces[i].quality;
		if (faces[i].quality < 50)
			v->quality[i].cause = EX_CAUSE_BLUR;
		v->on_paper[i] = faces[i].on_paper;
		v->chips[i] = (struct ex_image){ 1, 1, 3, 3, malloc(64) };
		v->pictures[i] = (struct ex_image){ 1, 1, 3, 3, malloc(64) };
	}
	status = ex_tracks_join(t, v);
	for (size_t i = 0; i < n; i++) {
		ex_image_free(&v->chips[i]);
		ex_image_free(&v->pictures[i]);
	}
	free(v);
	return status;
}

static inline struct tracks *
tracks_new(void)
{
	struct tracks *t = calloc(1, sizeof *t);

	assert_non_null(t);
	return t;
}

static inline void
tracks_free(struct tracks **t)
{
	ex_tracks_clear(*t);
	free(*t);
	*t = NULL;
}

#define JOIN(t, camera, index, ...)                                            \
	assert_int_equal(                                                      \
	    view_join(t, camera, index, (const struct drawn[]){ __VA_ARGS__ }, \
		sizeof((const struct drawn[]){ __VA_ARGS__ }) /                \
		    sizeof(struct drawn)),                                     \
	    EX_OK)

/* A template at this cosine to the axis of `person`. Of two people they stand
 * at a right angle; of one person, with different `look`, at likeness squared;
 * with the same look they are equal. */
static inline struct ex_template
template_of(unsigned person, unsigned look, float likeness)
{
	struct ex_template t = { .dim = 128 };

	t.v[person] = likeness;
	t.v[64 + look] = sqrtf(1 - likeness * likeness);
	return t;
}

static inline void
give_templates(struct track *t, unsigned person, unsigned look, float likeness)
{
	for (size_t i = 0; i < t->n_shots; i++)
		t->shots[i].template = template_of(person, look, likeness);
}

#endif
