/* SPDX-License-Identifier: Apache-2.0 */
#include "enrol.h"

#include <stdlib.h>

struct enrolment {
	struct photo *photos;
	struct ex_face_work **works;
};

void
photo_wipe(struct photo *p)
{
	ex_wipe(&p->template, sizeof p->template);
}

static void
take(struct ex_face_work *w, const struct ex_image *im,
    const struct ex_face *face, struct photo *p)
{
	struct ex_face_quality quality = { 0 };

	p->found = ex_face_enrol(w, im, face, &p->template, &quality) == EX_OK;
	p->quality = quality.unified;
}

static void
enrol(void *arg, size_t i, unsigned worker)
{
	struct enrolment *e = arg;
	struct photo *p = &e->photos[i];
	struct ex_face_work *w = e->works[worker];
	const struct ex_face_search search = { 0 };
	const struct ex_face *face;
	struct ex_face faces[EX_FACE_MAX];
	struct ex_image im;
	size_t n;

	if (cli_stop || p->status != EX_OK)
		return;
	p->status = ex_image_load(p->path, 3, EX_ORIENTATION_APPLY, &im, NULL);
	if (p->status != EX_OK)
		return;
	if (ex_face_detect(w, &im, &search, faces, &n) == EX_OK &&
	    (face = ex_face_central(faces, n, &im)))
		take(w, &im, face, p);
	ex_image_free(&im);
}

#define CHUNK 64 /* photographs between two looks at progress */

enum ex_status
enrol_all(struct cli *c, const struct ex_face_models *m, struct photo *photos,
    size_t n)
{
	struct enrolment e = { .photos = photos };
	struct ex_pool *pool = NULL;
	enum ex_status status = ex_pool_new(c->threads, &pool);
	unsigned threads = status == EX_OK ? ex_pool_threads(pool) : 0;

	e.works = ex_calloc(threads, sizeof *e.works);
	if (!e.works)
		status = EX_ERR_NOMEM;
	for (unsigned i = 0; i < threads && status == EX_OK; i++)
		status = ex_face_work_new(m, &e.works[i]);
	for (size_t i = 0; i < n && status == EX_OK; i += CHUNK) {
		e.photos = photos + i;
		ex_pool_run(pool, n - i < CHUNK ? n - i : CHUNK, enrol, &e);
		cli_progress("photographs", i, n);
		if (cli_stop)
			status = EX_ERR_INTERRUPTED;
	}
	cli_progress("photographs", n, n);
	for (unsigned i = 0; e.works && i < threads; i++)
		ex_face_work_free(&e.works[i]);
	free(e.works);
	ex_pool_free(&pool);
	return status;
}
