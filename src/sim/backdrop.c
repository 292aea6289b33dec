/* SPDX-License-Identifier: Apache-2.0 */
/* The place: a lane between a booth and a pavement, drawn once a scene. */
#include "stage.h"

#include <math.h>
#include <stdlib.h>

#define HORIZON 0.30 /* share of the height where the ground begins */

static struct paint
plain(struct rgb top, struct rgb bottom)
{
	return (struct paint){ top, bottom, 1, OWNER_NONE, false };
}

/* A box given in shares of the picture. */
static void
box(struct canvas *c, double left, double top, double right, double bottom,
    struct rgb from, struct rgb to)
{
	struct paint with = plain(from, to);

	left *= c->w;
	right *= c->w;
	top *= c->h;
	bottom *= c->h;
	ex_sim_fill(c,
	    (struct point[]){ { left, top }, { right, top }, { right, bottom },
		{ left, bottom } },
	    4, &with);
}

/* A stripe on the ground that runs towards the vanishing point. */
static void
stripe(struct canvas *c, double at, double width, struct rgb colour)
{
	double far = LANE_SHARE / 2 + (at - LANE_SHARE / 2) * 0.25;
	struct paint with = plain(rgb_scale(colour, 0.8), colour);

	ex_sim_fill(c,
	    (struct point[]){ { far * c->w, HORIZON * c->h },
		{ (far + width / 4) * c->w, HORIZON * c->h },
		{ (at + width) * c->w, c->h }, { at * c->w, c->h } },
	    4, &with);
}

static void
draw_far(struct canvas *c)
{
	const struct rgb sky = { 0.70f, 0.77f, 0.84f };
	const struct rgb haze = { 0.83f, 0.85f, 0.85f };
	const struct rgb tree = { 0.22f, 0.29f, 0.20f };
	const struct rgb roof = { 0.34f, 0.36f, 0.39f };
	const struct rgb wall = { 0.58f, 0.57f, 0.54f };

	box(c, 0, 0, 1, HORIZON, sky, haze);
	box(c, 0, HORIZON - 0.10, 1, HORIZON, tree, rgb_scale(tree, 0.7));
	box(c, 0.12, 0.02, 0.93, 0.10, roof, rgb_scale(roof, 0.7));
	for (int i = 0; i < 5; i++)
		box(c, 0.18 + 0.15 * i, 0.085, 0.25 + 0.15 * i, 0.095,
		    (struct rgb){ 0.95f, 0.95f, 0.9f },
		    (struct rgb){ 0.95f, 0.95f, 0.9f });
	for (int i = 0; i < 4; i++)
		box(c, 0.16 + 0.24 * i, 0.10, 0.18 + 0.24 * i, HORIZON + 0.02,
		    wall, rgb_scale(wall, 0.7));
}

static void
draw_ground(struct canvas *c)
{
	const struct rgb asphalt = { 0.36f, 0.36f, 0.37f };
	const struct rgb white = { 0.78f, 0.78f, 0.74f };

	box(c, 0, HORIZON, 1, 1, rgb_scale(asphalt, 1.25),
	    rgb_scale(asphalt, 0.85));
	stripe(c, -0.02, 0.022, white);
	stripe(c, 0.86, 0.022, white);
}

static void
draw_booth(struct canvas *c)
{
	const struct rgb wall = { 0.70f, 0.69f, 0.64f };
	const struct rgb pane = { 0.20f, 0.26f, 0.31f };
	const struct rgb yellow = { 0.84f, 0.68f, 0.12f };
	const struct rgb black = { 0.10f, 0.10f, 0.10f };

	box(c, 0, 0.08, 0.075, 0.86, wall, rgb_scale(wall, 0.75));
	box(c, 0, 0.20, 0.060, 0.46, pane, rgb_scale(pane, 1.6));
	box(c, 0.075, 0.08, 0.079, 0.86, rgb_scale(wall, 0.5),
	    rgb_scale(wall, 0.4));
	for (int i = 0; i < 6; i++)
		box(c, 0.088, 0.60 + 0.05 * i, 0.108, 0.65 + 0.05 * i,
		    i % 2 ? black : yellow, i % 2 ? black : yellow);
}

/* Near the camera on the right: it stays before the vehicle. */
static void
draw_pavement(struct canvas *c)
{
	const struct rgb panel = { 0.66f, 0.68f, 0.68f };
	const struct rgb slab = { 0.55f, 0.54f, 0.52f };

	box(c, EDGE_SHARE, 0, 1, 0.62, panel, rgb_scale(panel, 0.8));
	box(c, 0.985, 0, 0.988, 0.62, rgb_scale(panel, 0.6),
	    rgb_scale(panel, 0.5));
	box(c, EDGE_SHARE, 0.62, 1, 1, slab, rgb_scale(slab, 0.85));
	box(c, EDGE_SHARE, 0.62, 1, 0.63, rgb_scale(slab, 0.5),
	    rgb_scale(slab, 0.6));
	box(c, EDGE_SHARE, 0, EDGE_SHARE + 0.006, 1, rgb_scale(panel, 0.55),
	    rgb_scale(slab, 0.5));
}

static void
roughen(const struct canvas *c, const struct texture *t, struct ex_image *out)
{
	for (int y = 0; y < c->h; y++) {
		uint8_t *row = ex_image_row(out, y);

		for (int x = 0; x < c->w; x++) {
			double u = (double)x / c->w, v = (double)y / c->h;
			double ground = smooth(HORIZON - 0.02, HORIZON, v);
			double fine =
			    (double)ex_sim_texture_at(t, u * 7, v * 4) - 0.5;
			double wide = (double)ex_sim_texture_at(t, u, v) - 0.5;
			double k = 1 + (0.10 + 0.25 * ground) * fine +
				   (0.10 + 0.15 * (1 - ground)) * wide;

			for (int i = 0; i < 3; i++)
				row[3 * x + i] = (uint8_t)clamp(
				    (double)c->rgb[3 * (y * c->w + x) + i] * k *
					    255 +
					0.5,
				    0, 255);
		}
	}
}

enum ex_status
ex_sim_backdrop_make(int width, int height, uint64_t seed, struct ex_image *out)
{
	struct canvas c;
	struct texture *t = ex_calloc(1, sizeof *t);
	enum ex_status status = EX_ERR_NOMEM;

	*out = (struct ex_image){ 0 };
	if (t && ex_sim_canvas_init(&c, width, height)) {
		status = ex_image_new(width, height, 3, out);
		if (status == EX_OK) {
			ex_sim_texture_make(t, seed, 5);
			draw_far(&c);
			draw_ground(&c);
			draw_booth(&c);
			draw_pavement(&c);
			roughen(&c, t, out);
		}
		ex_sim_canvas_fini(&c);
	}
	free(t);
	return status;
}

void
ex_sim_draw_backdrop(struct canvas *c, const struct stage *s, int from_x)
{
	struct rgb light = rgb_scale(s->look.ambient, 1 / 255.0);
	float grey = (float)s->look.grey;

	for (int y = 0; y < c->h; y++) {
		const uint8_t *in = ex_image_row(s->backdrop, y);
		float *out = c->rgb + (size_t)y * (size_t)c->w * 3;

		for (int x = from_x; x < c->w; x++) {
			struct rgb p = { (float)in[3 * x] * light.r,
				(float)in[3 * x + 1] * light.g,
				(float)in[3 * x + 2] * light.b };

			p = rgb_mix(p, rgb_luma(p), (double)grey);
			out[3 * x] = p.r;
			out[3 * x + 1] = p.g;
			out[3 * x + 2] = p.b;
			c->owner[(size_t)y * (size_t)c->w + (size_t)x] =
			    OWNER_NONE;
		}
	}
}
