/* SPDX-License-Identifier: Apache-2.0 */
/* What the windscreen does to those behind it: tint, and the sky, clouds and
 * trees that it mirrors. */
#include "stage.h"

#include <math.h>

struct mirror {
	const struct look *look;
	const struct texture *clouds;
	struct point origin;
	double m, drift; /* pixels for a metre; how far the reflection moved */
	struct point glare;
	double glare_strength, glare_size;
	struct rgb sky, tree;
};

/* Where the trees end and the sky begins, for each column. */
static void
make_skyline(const struct mirror *g, float *edge, int n)
{
	for (int x = 0; x < n; x++) {
		double u = (x - g->origin.x) / g->m;
		float wide = ex_sim_texture_at(g->clouds, u * 0.35 + 0.1, 0.37);
		float fine = ex_sim_texture_at(g->clouds, u * 1.7, 0.81);

		edge[x] = (float)g->look->sky_edge + 0.22f * (wide - 0.5f) +
			  0.07f * (fine - 0.5f);
	}
}

/* Sky over trees: bright above an uneven edge, dark under it. */
static struct rgb
reflected(const struct mirror *g, double edge, double u, double w)
{
	double cloud =
	    (double)ex_sim_texture_at(g->clouds, u * 0.3, w * 0.45 + g->drift);
	double above = 1 - smooth(edge - 0.035, edge + 0.035, w + g->drift);
	struct rgb sky =
	    rgb_mix(g->sky, (struct rgb){ 1, 1, 1 }, smooth(0.45, 0.7, cloud));

	return rgb_mix(rgb_scale(g->tree, 0.5 + cloud), sky, above);
}

static void
shade_pixel(
    const struct mirror *g, float edge, int x, int y, float cover, float *px)
{
	const struct look *l = g->look;
	double u = (x - g->origin.x) / g->m, w = (y - g->origin.y) / g->m;
	struct rgb r = reflected(g, (double)edge, u, w);
	/* The flatter upper part of the glass mirrors more of the sky. */
	double share = l->reflection * (0.75 - 0.6 * w);
	float a = (float)clamp(share, 0, 0.85) * cover;
	float keep = (float)(1 - clamp(l->tint, 0, 0.9) * (double)cover);
	float flare = 0;

	if (g->glare_strength > 0) {
		double dx = (x - g->glare.x) / g->glare_size;
		double dy = (y - g->glare.y) / g->glare_size;

		flare = (float)(g->glare_strength *
				exp(-(dx * dx * 0.7 + dy * dy))) *
			cover;
	}
	px[0] = px[0] * keep * (1 - 0.6f * a) + r.r * a + flare;
	px[1] = px[1] * keep * (1 - 0.6f * a) + r.g * a + flare * 0.97f;
	px[2] = px[2] * keep * (1 - 0.6f * a) + r.b * a + flare * 0.9f;
}

static void
place_glare(
    struct mirror *g, const struct stage *s, const struct view *v, size_t frame)
{
	const struct look *l = &s->look;
	struct place p = ex_sim_seat_place(l->glare_seat);

	if (l->glare <= 0 || frame < l->glare_from || frame >= l->glare_to)
		return;
	g->glare = ex_sim_project(v, p.x, p.y - 0.04, p.z);
	g->glare_size = 0.17 * ex_sim_scale_at(v, p.z);
	g->glare_strength = l->glare;
}

void
ex_sim_draw_glass(
    struct canvas *c, const struct stage *s, const struct view *v, size_t frame)
{
	struct mirror g = { .look = &s->look, .clouds = s->clouds };

	g.origin = ex_sim_project(v, 0, 0, -0.5);
	g.m = ex_sim_scale_at(v, -0.5);
	g.drift = 0.05 * (s->look.far - v->d);
	g.sky = rgb_times((struct rgb){ 0.68f, 0.80f, 0.95f }, s->look.ambient);
	g.tree =
	    rgb_times((struct rgb){ 0.10f, 0.14f, 0.09f }, s->look.ambient);
	place_glare(&g, s, v, frame);
	make_skyline(&g, c->cover, c->w);
	for (int y = 0; y < c->h; y++) {
		size_t row = (size_t)y * (size_t)c->w;

		for (int x = 0; x < c->w; x++)
			if (c->clip[row + (size_t)x])
				shade_pixel(&g, c->cover[x], x, y,
				    (float)c->clip[row + (size_t)x] / 255,
				    c->rgb + (row + (size_t)x) * 3);
	}
}
