/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First half of bench/accuracy: every photograph named on standard input, as
 * "SET PERSON PATH" lines, is looked at once, and the templates that each
 * candidate recipe gives of it go to standard output, one struct seen each.
 *
 * Biometric data: the script keeps it in a private folder and deletes it.
 */
#include "seen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/face.h"

#define CHUNK 32

struct photo {
	char path[512];
	struct seen seen;
};

struct looking {
	struct photo *photos;
	struct ex_face_work **works;
	const struct ex_face_models *models;
};

/* Landmarks of nine boxes around the detected one, averaged: the detector's
 * boxes lie on a grid, and the landmarks depend on where. */
static void
jittered(const struct looking *l, const struct ex_image *im, struct ex_box box,
    float by, struct ex_point out[static EX_FACE_LANDMARKS])
{
	static const float moves[9][3] = { { 0, 0, 0 }, { -1, 0, 0 },
		{ 1, 0, 0 }, { 0, -1, 0 }, { 0, 1, 0 }, { -1, -1, 1 },
		{ 1, 1, 1 }, { -1, 1, -1 }, { 1, -1, -1 } };

	memset(out, 0, EX_FACE_LANDMARKS * sizeof *out);
	for (int i = 0; i < 9; i++) {
		struct ex_point p[EX_FACE_LANDMARKS];
		float grow = moves[i][2] * by * box.w;
		struct ex_box b = { box.x + moves[i][0] * by * box.w - grow / 2,
			box.y + moves[i][1] * by * box.h - grow / 2,
			box.w + grow, box.h + grow };

		ex_face_landmarks(l->models, im, b, p);
		for (int k = 0; k < EX_FACE_LANDMARKS; k++) {
			out[k].x += p[k].x / 9;
			out[k].y += p[k].y / 9;
		}
	}
}

/* Landmarks drawn away from the middle of the chip, or towards it: the same as
 * another margin. The middle lies, in units of the eyes' distance, below the
 * eyes' middle by this much (from the matcher's mean places). */
static void
scaled(const struct ex_point in[static EX_FACE_LANDMARKS], float margin,
    struct ex_point out[static EX_FACE_LANDMARKS])
{
	const float k = (2 * margin + 1) / 1.5f;
	const float below = (0.5f - 0.2213f) / (0.7528f - 0.2273f);
	float lx = (in[0].x + in[1].x) / 2, ly = (in[0].y + in[1].y) / 2;
	float rx = (in[2].x + in[3].x) / 2, ry = (in[2].y + in[3].y) / 2;
	float cx = (lx + rx) / 2 - below * (ly - ry);
	float cy = (ly + ry) / 2 + below * (lx - rx);

	for (int i = 0; i < EX_FACE_LANDMARKS; i++) {
		out[i].x = cx + k * (in[i].x - cx);
		out[i].y = cy + k * (in[i].y - cy);
	}
}

static bool
plain(struct ex_face_work *w, const struct ex_image *chip,
    struct ex_template *out)
{
	*out = (struct ex_template){ .dim = EX_FACE_VECTOR };
	if (ex_face_vector(w, chip, out->v) != EX_OK)
		return false;
	ex_template_fuse(out, 1, out);
	return true;
}

static bool
cut(struct ex_face_work *w, const struct ex_image *im,
    const struct ex_point at[static EX_FACE_LANDMARKS], struct seen *s,
    enum recipe to)
{
	struct ex_face face = { 0 };
	struct ex_image chip;
	bool ok;

	memcpy(face.landmark, at, sizeof face.landmark);
	if (ex_face_align(im, &face, &chip) != EX_OK)
		return false;
	ok = ex_face_template(w, &chip, &s->template[to]) == EX_OK;
	if (to == RECIPE_DEFAULT)
		ok = ok && plain(w, &chip, &s->template[RECIPE_PLAIN]);
	ex_image_free(&chip);
	return ok;
}

static void
look_at(const struct looking *l, struct ex_face_work *w,
    const struct ex_image *im, const struct ex_face *face, struct seen *s)
{
	struct ex_point at[EX_FACE_LANDMARKS];
	struct ex_face_quality quality;
	struct ex_image chip;

	if (ex_face_align(im, face, &chip) != EX_OK)
		return;
	ex_face_quality(face, &chip, &quality);
	ex_image_free(&chip);
	s->quality = quality.unified;
	s->found = cut(w, im, face->landmark, s, RECIPE_DEFAULT);
	jittered(l, im, face->box, 0.04f, at);
	s->found = s->found && cut(w, im, at, s, RECIPE_JITTER_4);
	jittered(l, im, face->box, 0.08f, at);
	s->found = s->found && cut(w, im, at, s, RECIPE_JITTER_8);
	scaled(face->landmark, 0.20f, at);
	s->found = s->found && cut(w, im, at, s, RECIPE_MARGIN_20);
	scaled(face->landmark, 0.32f, at);
	s->found = s->found && cut(w, im, at, s, RECIPE_MARGIN_32);
}

static void
look(void *arg, size_t i, unsigned worker)
{
	const struct looking *l = arg;
	struct photo *p = &l->photos[i];
	const struct ex_face_search search = { 0 };
	struct ex_face faces[EX_FACE_MAX];
	const struct ex_face *face;
	struct ex_image im;
	size_t n;

	if (ex_image_load(p->path, 3, EX_ORIENTATION_APPLY, &im, NULL) != EX_OK)
		return;
	if (ex_face_detect(l->works[worker], &im, &search, faces, &n) ==
		EX_OK &&
	    (face = ex_face_central(faces, n, &im)))
		look_at(l, l->works[worker], &im, face, &p->seen);
	ex_image_free(&im);
}

static size_t
read_chunk(struct photo photos[static CHUNK])
{
	char line[700];
	size_t n = 0;

	memset(photos, 0, CHUNK * sizeof *photos);
	while (n < CHUNK && fgets(line, sizeof line, stdin)) {
		struct photo *p = &photos[n];

		if (sscanf(line, "%15s %15s %511[^\n]", p->seen.set,
			p->seen.person, p->path) == 3)
			n++;
	}
	return n;
}

int
main(int argc, char **argv)
{
	struct looking l = { 0 };
	struct ex_face_models *models = NULL;
	struct ex_pool *pool = NULL;
	struct ex_error err;
	size_t n, done = 0;

	if (argc != 2)
		return 2;
	l.photos = ex_calloc(CHUNK, sizeof *l.photos);
	if (!l.photos || ex_pool_new(0, &pool) != EX_OK ||
	    ex_face_models_load(argv[1], &models, &err) != EX_OK)
		return 4;
	l.models = models;
	l.works = ex_calloc(ex_pool_threads(pool), sizeof(void *));
	for (unsigned i = 0; i < ex_pool_threads(pool); i++)
		if (ex_face_work_new(models, &l.works[i]) != EX_OK)
			return 5;
	while ((n = read_chunk(l.photos)) > 0) {
		ex_pool_run(pool, n, look, &l);
		for (size_t i = 0; i < n; i++)
			if (fwrite(&l.photos[i].seen, sizeof(struct seen), 1,
				stdout) != 1)
				return 4;
		fprintf(stderr, "\r%zu photographs", done += n);
	}
	fputc('\n', stderr);
	for (unsigned i = 0; i < ex_pool_threads(pool); i++)
		ex_face_work_free(&l.works[i]);
	ex_wipe(l.photos, CHUNK * sizeof *l.photos);
	free(l.photos);
	free(l.works);
	ex_pool_free(&pool);
	ex_face_models_free(&models);
	return fflush(stdout) == 0 ? 0 : 4;
}
