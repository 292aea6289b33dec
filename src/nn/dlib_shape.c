/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dlib's shape_predictor (dlib/image_processing/shape_predictor.h, 19.24):
 * version, mean shape, stages of trees, and the pixels each stage looks at.
 */
#include "exeunt/nn.h"

#include "dlib_cursor.h"

#include <stdlib.h>

/* Numbers of parts, stages and so on are well under these in any model. */
#define MAX_PARTS  256
#define MAX_STAGES 64
#define MAX_TREES  4096
#define MAX_SPLITS 1023
#define MAX_PIXELS 65536

struct reader {
	struct ex_bytes in;
	struct ex_dlib_shape *s;
	const char *problem;
	bool out_of_memory;
	bool whole; /* all was read: no lack of bytes is the problem */
};

static bool
refuse(struct reader *r, const char *problem)
{
	if (!r->problem)
		r->problem = problem;
	return false;
}

static bool
take_count(struct reader *r, int64_t most, uint32_t *out)
{
	int64_t n;

	if (!ex_dlib_int(&r->in, 1, most, &n))
		return refuse(r, "count out of range");
	*out = (uint32_t)n;
	return true;
}

/* A count that must equal the one read before. */
static bool
expect(struct reader *r, uint32_t count)
{
	int64_t n;

	return ex_dlib_int(&r->in, count, count, &n) ||
	       refuse(r, "stages or trees of different sizes");
}

/* A column of floats; its sizes are written negative (matrix.h). */
static bool
take_column(struct reader *r, uint32_t rows, float *out)
{
	int64_t n;

	if (!ex_dlib_int(&r->in, -(int64_t)rows, -(int64_t)rows, &n) ||
	    !ex_dlib_int(&r->in, -1, -1, &n))
		return refuse(r, "column of another size");
	for (uint32_t i = 0; i < rows; i++)
		if (!ex_dlib_float(&r->in, &out[i]))
			return refuse(r, "number expected");
	return true;
}

/* Every item costs at least two bytes in the file, so what the file cannot
 * hold is refused before it is allocated. */
static void *
array(struct reader *r, uint64_t n, size_t size)
{
	void *p;

	if (n > r->in.size / 2) {
		refuse(r, "more items than the file can hold");
		return NULL;
	}
	p = ex_calloc((size_t)n, size);
	r->out_of_memory |= !p;
	return p;
}

static bool
take_mean(struct reader *r)
{
	int64_t rows, one;
	struct ex_bytes ahead = r->in;

	if (!ex_dlib_int(&ahead, -2 * MAX_PARTS, -2, &rows) || rows % 2 != 0 ||
	    !ex_dlib_int(&ahead, -1, -1, &one))
		return refuse(r, "mean shape expected");
	r->s->parts = (uint32_t)(-rows / 2);
	r->s->mean = array(r, (uint64_t)-rows, sizeof *r->s->mean);
	return r->s->mean && take_column(r, (uint32_t)-rows, r->s->mean);
}

static bool
take_tree(struct reader *r, size_t index)
{
	struct ex_dlib_shape *s = r->s;
	struct ex_dlib_split *split = s->split + index * s->splits;
	float *leaf = s->leaf + index * (s->splits + 1) * s->parts * 2;
	int64_t a, b;

	for (uint32_t i = 0; i < s->splits; i++) {
		if (!ex_dlib_int(&r->in, 0, MAX_PIXELS - 1, &a) ||
		    !ex_dlib_int(&r->in, 0, MAX_PIXELS - 1, &b) ||
		    !ex_dlib_float(&r->in, &split[i].threshold))
			return refuse(r, "split of a tree expected");
		split[i].a = (uint32_t)a;
		split[i].b = (uint32_t)b;
	}
	if (!expect(r, s->splits + 1))
		return false;
	for (uint32_t i = 0; i <= s->splits; i++)
		if (!take_column(r, s->parts * 2, leaf + i * s->parts * 2))
			return false;
	return true;
}

/* The first stage and the first tree say how large all are. */
static bool
take_forests(struct reader *r)
{
	struct ex_dlib_shape *s = r->s;

	if (!take_count(r, MAX_STAGES, &s->stages))
		return false;
	for (uint32_t i = 0; i < s->stages; i++) {
		if (i == 0 ? !take_count(r, MAX_TREES, &s->trees)
			   : !expect(r, s->trees))
			return false;
		for (uint32_t j = 0; j < s->trees; j++) {
			uint64_t all = (uint64_t)s->stages * s->trees;

			if (i + j > 0 ? !expect(r, s->splits)
				      : !take_count(r, MAX_SPLITS, &s->splits))
				return false;
			/* A full tree: 2^n leaves (the reader of one pixel
			 * path relies on it). */
			if ((s->splits & (s->splits + 1)) != 0)
				return refuse(r, "tree is not full");
			if (!s->split)
				s->split =
				    array(r, all * s->splits, sizeof *s->split);
			if (s->split && !s->leaf)
				s->leaf = array(r,
				    all * (s->splits + 1) * s->parts * 2,
				    sizeof *s->leaf);
			if (!s->split || !s->leaf ||
			    !take_tree(r, (size_t)i * s->trees + j))
				return false;
		}
	}
	return true;
}

static bool
take_anchors(struct reader *r)
{
	struct ex_dlib_shape *s = r->s;
	int64_t anchor;

	if (!expect(r, s->stages))
		return false;
	for (uint32_t i = 0; i < s->stages; i++) {
		if (i == 0 ? !take_count(r, MAX_PIXELS, &s->pixels)
			   : !expect(r, s->pixels))
			return false;
		if (!s->pixel)
			s->pixel = array(r, (uint64_t)s->stages * s->pixels,
			    sizeof *s->pixel);
		if (!s->pixel)
			return false;
		for (uint32_t j = 0; j < s->pixels; j++) {
			if (!ex_dlib_int(&r->in, 0, s->parts - 1, &anchor))
				return refuse(r, "anchor out of range");
			s->pixel[(size_t)i * s->pixels + j].anchor =
			    (uint32_t)anchor;
		}
	}
	return true;
}

static bool
take_offsets(struct reader *r)
{
	struct ex_dlib_shape *s = r->s;

	if (!expect(r, s->stages))
		return false;
	for (uint32_t i = 0; i < s->stages; i++) {
		if (!expect(r, s->pixels))
			return false;
		for (uint32_t j = 0; j < s->pixels; j++) {
			struct ex_dlib_pixel *p =
			    &s->pixel[(size_t)i * s->pixels + j];

			if (!ex_dlib_float(&r->in, &p->dx) ||
			    !ex_dlib_float(&r->in, &p->dy))
				return refuse(r, "offset expected");
		}
	}
	return true;
}

static bool
splits_are_in_range(struct reader *r)
{
	const struct ex_dlib_shape *s = r->s;
	size_t n = (size_t)s->stages * s->trees * s->splits;

	for (size_t i = 0; i < n; i++)
		if (s->split[i].a >= s->pixels || s->split[i].b >= s->pixels)
			return refuse(r, "split looks at no pixel");
	return true;
}

static bool
take_shape(struct reader *r)
{
	int64_t version;

	if (!ex_dlib_int(&r->in, 1, 1, &version))
		return refuse(r, "not a shape predictor");
	r->whole = take_mean(r) && take_forests(r) && take_anchors(r) &&
		   take_offsets(r);
	return r->whole && splits_are_in_range(r) &&
	       (r->in.size == 0 || refuse(r, "bytes left over at the end"));
}

enum ex_status
ex_dlib_shape_read(struct ex_bytes file, struct ex_dlib_shape *out,
    const char *what, struct ex_error *err)
{
	struct reader r = { .in = file, .s = out };

	*out = (struct ex_dlib_shape){ 0 };
	if (take_shape(&r))
		return EX_OK;
	ex_dlib_shape_free(out);
	if (r.out_of_memory)
		return ex_fail(err, EX_ERR_NOMEM, what, NULL);
	return ex_fail(err,
	    r.in.size == 0 && !r.whole ? EX_ERR_TRUNCATED : EX_ERR_FORMAT, what,
	    "%s at byte %zu", r.problem, file.size - r.in.size);
}

void
ex_dlib_shape_free(struct ex_dlib_shape *s)
{
	free(s->mean);
	free(s->split);
	free(s->leaf);
	free(s->pixel);
	*s = (struct ex_dlib_shape){ 0 };
}
