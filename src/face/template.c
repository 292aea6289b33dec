/* SPDX-License-Identifier: Apache-2.0 */
#include "search.h"

#include <math.h>
#include <string.h>

static bool
is_chip(const struct ex_image *im, int side)
{
	return im->width == side && im->height == side && im->channels == 3;
}

#define CHIP_VALUES ((size_t)EX_FACE_CHIP * EX_FACE_CHIP * 3)

static void
load_chip(
    const struct ex_image *chip, const float mean[3], bool mirrored, float *out)
{
	for (int y = 0; y < EX_FACE_CHIP; y++) {
		const uint8_t *row = ex_image_row(chip, y);

		for (int x = 0; x < EX_FACE_CHIP; x++, out += 3) {
			const uint8_t *p =
			    row + 3 * (mirrored ? EX_FACE_CHIP - 1 - x : x);

			for (int c = 0; c < 3; c++)
				out[c] = ((float)p[c] - mean[c]) / 256.0f;
		}
	}
}

/* Made when first wanted: most never compare with dlib. */
static struct ex_nn_plan *
get_plan(struct ex_face_work *w, bool mirrored)
{
	if (!w->matcher[mirrored] &&
	    ex_nn_plan_new(w->models->matcher.graph, mirrored ? 2 : 1,
		EX_FACE_CHIP, EX_FACE_CHIP, &w->matcher[mirrored]) != EX_OK)
		return NULL;
	return w->matcher[mirrored];
}

/* Vector of the chip and, if `mirrored`, of its mirror image after it. */
static const float *
run(struct ex_face_work *w, const struct ex_image *chip, bool mirrored)
{
	const struct ex_dlib_net *m = &w->models->matcher;
	struct ex_nn_plan *plan = get_plan(w, mirrored);
	float *in;

	if (!plan)
		return NULL;
	in = ex_nn_plan_input(plan);
	load_chip(chip, m->mean, false, in);
	if (mirrored)
		load_chip(chip, m->mean, true, in + CHIP_VALUES);
	return ex_nn_plan_run(plan);
}

enum ex_status
ex_face_vector(struct ex_face_work *w, const struct ex_image *chip,
    float out[static EX_FACE_VECTOR])
{
	const float *v;

	if (!is_chip(chip, EX_FACE_CHIP) ||
	    w->models->pack.matcher.kind != EX_MATCHER_RESNET)
		return EX_ERR_UNSUPPORTED;
	v = run(w, chip, false);
	if (!v)
		return EX_ERR_INTERNAL;
	memcpy(out, v, EX_FACE_VECTOR * sizeof *out);
	return EX_OK;
}

enum ex_status
ex_matcher_prepare(struct ex_face_work *w)
{
	const struct ex_face_models *m = w->models;
	const int side = ex_pack_chip(&m->pack);
	enum ex_status status;

	if (m->pack.matcher.kind == EX_MATCHER_RESNET)
		return ex_nn_plan_new(
		    m->matcher.graph, 2, side, side, &w->matcher[1]);
	/* One chip at a time: exporters write a batch of one into shapes. */
	status = ex_onnx_plan_new(
	    m->matcher_net, 1, side, side, &w->matcher_plan, NULL);
	return status == EX_OK || status == EX_ERR_NOMEM ? status
							 : EX_ERR_INTERNAL;
}

/* Add the network's vector of the chip, or its mirror image. */
static enum ex_status
add_onnx(struct ex_face_work *w, const struct ex_image *chip, bool mirrored,
    float *sum)
{
	const struct ex_pack *p = &w->models->pack;
	struct ex_onnx_tensor t;

	ex_face_planes(chip, &p->matcher.input, mirrored, chip->width,
	    chip->height, ex_onnx_plan_input(w->matcher_plan));
	if (ex_onnx_plan_run(w->matcher_plan) != EX_OK)
		return EX_ERR_INTERNAL;
	t = ex_onnx_plan_output(w->matcher_plan, 0);
	for (int64_t i = 0; i < p->matcher.size; i++)
		sum[i] += t.data[i];
	return EX_OK;
}

static enum ex_status
sum_onnx(struct ex_face_work *w, const struct ex_image *chip, float *sum)
{
	enum ex_status status = add_onnx(w, chip, false, sum);

	if (status == EX_OK && w->models->pack.matcher.mirrored)
		status = add_onnx(w, chip, true, sum);
	return status;
}

static enum ex_status
sum_resnet(struct ex_face_work *w, const struct ex_image *chip, float *sum)
{
	const bool mirrored = w->models->pack.matcher.mirrored;
	const float *v = run(w, chip, mirrored);

	if (!v)
		return EX_ERR_INTERNAL;
	for (int i = 0; i < EX_FACE_VECTOR; i++)
		sum[i] = mirrored ? (v[i] + v[EX_FACE_VECTOR + i]) / 2 : v[i];
	return EX_OK;
}

static enum ex_status
scale_to_unit(struct ex_template *t)
{
	double norm = 0;

	for (unsigned i = 0; i < t->dim; i++)
		norm += (double)t->v[i] * (double)t->v[i];
	norm = sqrt(norm);
	if (!(norm > 0) || !isfinite(norm))
		return EX_ERR_INTERNAL;
	for (unsigned i = 0; i < t->dim; i++)
		t->v[i] = (float)(t->v[i] / norm);
	return EX_OK;
}

enum ex_status
ex_face_template(struct ex_face_work *w, const struct ex_image *chip,
    struct ex_template *out)
{
	const struct ex_pack *p = &w->models->pack;
	enum ex_status status;

	if (!is_chip(chip, ex_pack_chip(p)))
		return EX_ERR_UNSUPPORTED;
	*out = (struct ex_template){ .dim = (unsigned)p->matcher.size };
	status = p->matcher.kind == EX_MATCHER_RESNET
		     ? sum_resnet(w, chip, out->v)
		     : sum_onnx(w, chip, out->v);
	return status == EX_OK ? scale_to_unit(out) : status;
}

enum ex_status
ex_face_enrol(struct ex_face_work *w, const struct ex_image *rgb,
    const struct ex_face *face, struct ex_template *out,
    struct ex_face_quality *quality)
{
	struct ex_image chip;
	enum ex_status status = ex_face_align(rgb, face, &chip);

	if (status != EX_OK)
		return status;
	if (quality)
		ex_face_quality(face, &chip, quality);
	status = ex_face_fit(w->models, rgb, face, &chip);
	if (status == EX_OK)
		status = ex_face_template(w, &chip, out);
	ex_image_free(&chip);
	return status;
}
