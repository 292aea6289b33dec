/* SPDX-License-Identifier: Apache-2.0 */
#include "models.h"

#include <math.h>
#include <string.h>

static bool
is_chip(const struct ex_image *im)
{
	return im->width == EX_FACE_CHIP && im->height == EX_FACE_CHIP &&
	       im->channels == 3;
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
    float out[static EX_TEMPLATE_DIM])
{
	const float *v;

	if (!is_chip(chip))
		return EX_ERR_UNSUPPORTED;
	v = run(w, chip, false);
	if (!v)
		return EX_ERR_INTERNAL;
	memcpy(out, v, EX_TEMPLATE_DIM * sizeof *out);
	return EX_OK;
}

enum ex_status
ex_face_template(struct ex_face_work *w, const struct ex_image *chip,
    struct ex_template *out)
{
	double norm = 0;
	const float *v;

	if (!is_chip(chip))
		return EX_ERR_UNSUPPORTED;
	v = run(w, chip, true);
	if (!v)
		return EX_ERR_INTERNAL;
	for (int i = 0; i < EX_TEMPLATE_DIM; i++) {
		out->v[i] = (v[i] + v[EX_TEMPLATE_DIM + i]) / 2;
		norm += (double)out->v[i] * (double)out->v[i];
	}
	norm = sqrt(norm);
	if (!(norm > 0) || !isfinite(norm))
		return EX_ERR_INTERNAL;
	for (int i = 0; i < EX_TEMPLATE_DIM; i++)
		out->v[i] = (float)(out->v[i] / norm);
	return EX_OK;
}
