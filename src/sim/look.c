/* SPDX-License-Identifier: Apache-2.0 */
/* How a vehicle comes and how it is lit. The camera looks down the lane along
 * the vehicle's path and nods with it, so that approaching is growing: what is
 * farther away appears higher (RISE) and smaller. */
#include "stage.h"

#include <math.h>

#define RISE 0.2 /* tangent of the angle the camera looks down by */

static const struct rgb paints[] = { { 0.72f, 0.73f, 0.74f },
	{ 0.90f, 0.90f, 0.89f }, { 0.13f, 0.14f, 0.16f },
	{ 0.40f, 0.42f, 0.45f }, { 0.48f, 0.09f, 0.10f },
	{ 0.12f, 0.22f, 0.42f }, { 0.16f, 0.30f, 0.24f },
	{ 0.62f, 0.56f, 0.45f } };
static const struct rgb fabrics[] = { { 0.15f, 0.15f, 0.16f },
	{ 0.24f, 0.24f, 0.25f }, { 0.42f, 0.37f, 0.30f },
	{ 0.20f, 0.17f, 0.15f } };

#define COUNT(a) (sizeof(a) / sizeof *(a))

static double
between(struct ex_rng *r, double low, double high)
{
	return low + (high - low) * ex_rng_unit(r);
}

/* Rows decide how tall the glass is and where the vehicle stops: the last
 * frame still holds the outer and the uppermost heads. */
static void
make_path(struct look *l, struct ex_rng *r, int rows)
{
	static const double roofs[] = { 0.30, 0.46, 0.62 };
	static const double stops[] = { 4.30, 4.70, 5.35 };
	static const double heights[] = { 0.56, 0.62, 0.66 };

	l->rows = rows;
	l->roof = roofs[rows - 1];
	l->near = stops[rows - 1] * between(r, 0.98, 1.04);
	l->far = between(r, 9.3, 9.8);
	l->lateral = between(r, -0.025, 0.025);
	l->cy_far = between(r, 0.48, 0.52);
	l->cy_near = heights[rows - 1] + between(r, -0.01, 0.01);
	l->bounce_phase = between(r, 0, 6.28);
}

static void
make_light(struct look *l, struct ex_rng *r, enum light light)
{
	l->exposure = between(r, 0.94, 1.05);
	l->falloff = 0.88;
	l->noise = 1;
	l->blur = 1.3;
	switch (light) {
	case LIGHT_DAY: {
		float k = (float)between(r, 0.85, 1.08);

		l->ambient = (struct rgb){ k, k, k };
		l->cabin = (struct rgb){ 1.04f, 1.04f, 1.04f };
		break;
	}
	case LIGHT_DUSK:
		l->ambient = (struct rgb){ 0.34f, 0.37f, 0.46f };
		l->cabin = (struct rgb){ 0.86f, 0.80f, 0.74f };
		l->reflection *= 0.6;
		l->noise = 1.9;
		l->blur = 2.2;
		break;
	case LIGHT_NIGHT:
		l->ambient = (struct rgb){ 0.13f, 0.13f, 0.13f };
		l->cabin = (struct rgb){ 1.15f, 1.15f, 1.15f };
		l->falloff = 0.84;
		l->grey = 1;
		l->reflection *= 0.3;
		l->noise = 2.2;
		l->blur = 1.6;
		break;
	}
}

static void
make_glare(struct look *l, struct ex_rng *r, const struct vehicle *v)
{
	size_t length = v->n_frames / 4 + 1;

	if (v->light == LIGHT_NIGHT || ex_rng_unit(r) > 0.2)
		return;
	l->glare = between(r, 0.5, 0.9);
	l->glare_seat =
	    v->persons[ex_rng_below(r, (uint32_t)v->n_persons)].seat;
	l->glare_from = ex_rng_below(r, (uint32_t)v->n_frames);
	l->glare_to = l->glare_from + length;
}

void
ex_sim_look_make(
    const struct vehicle *v, const struct ex_sim_options *o, struct look *out)
{
	struct ex_rng r;

	*out = (struct look){ 0 };
	ex_rng_init(&r, ex_sim_stream(v->seed, 10, 0));
	make_path(out, &r, ex_sim_vehicle_rows(v));
	out->body = paints[ex_rng_below(&r, COUNT(paints))];
	out->fabric = fabrics[ex_rng_below(&r, COUNT(fabrics))];
	out->tint = between(&r, 0.06, 0.16) * o->tint;
	out->reflection = between(&r, 0.16, 0.40);
	out->sky_edge = between(&r, -0.30, 0.05);
	make_light(out, &r, v->light);
	make_glare(out, &r, v);
	out->reflection *= o->reflection;
	out->glare *= clamp(o->reflection, 0, 1.5);
	out->noise *= o->noise;
	out->blur *= o->speed;
}

struct view
ex_sim_view_at(const struct stage *s, size_t frame)
{
	const struct look *l = &s->look;
	const struct ex_sim_options *o = s->options;
	double n = (double)(s->vehicle->n_frames - 1);
	double left = 1 - (double)frame / n;
	double t = (double)frame / o->fps;
	struct view v;

	v.unit = fmin(o->width / 1280.0, o->height / 720.0);
	v.f = 4800 * v.unit;
	/* Braking: the way still to go shrinks faster than the time. */
	v.d = l->near + (l->far - l->near) * pow(left, 1.6);
	v.cx = o->width * LANE_SHARE / 2 + l->lateral * v.f / v.d;
	v.cy = o->height *
	       (l->cy_near + (l->cy_far - l->cy_near) * pow(left, 1.3));
	v.cy += 0.004 * sin(t * 9 + l->bounce_phase) * left * v.f / v.d;
	return v;
}

double
ex_sim_scale_at(const struct view *v, double z)
{
	return v->f / (v->d + z);
}

struct point
ex_sim_project(const struct view *v, double x, double y, double z)
{
	double k = ex_sim_scale_at(v, z);

	return (struct point){ v->cx + x * k, v->cy + (y - RISE * z) * k };
}
