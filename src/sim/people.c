/* SPDX-License-Identifier: Apache-2.0 */
/* People in their seats: a body that goes on from the cut-out's lower edge,
 * the cut-out head over it, and how much of the face is seen at the end. */
#include "stage.h"

#include <math.h>
#include <stdlib.h>

/* Where a head is in one frame, pixels. */
struct spot {
	struct point face; /* centre */
	double k;          /* pixels for one of the cut-out's */
	double m;          /* pixels for one metre */
	struct lit lit;
};

static struct rgb
light_of_row(const struct look *l, int row)
{
	return rgb_scale(l->cabin, pow(l->falloff, row));
}

static struct spot
spot_of(const struct stage *s, const struct view *v, size_t frame, size_t i)
{
	const struct actor *a = &s->actors[i];
	const struct head *h = &a->heads[a->schedule[frame]];
	struct place p = ex_sim_seat_place(s->vehicle->persons[i].seat);
	double t = (double)frame / s->options->fps;
	double x = p.x + a->dx + a->sway[0] * sin(a->rate[0] * t + a->phase[0]);
	double y = p.y + a->dy + a->sway[1] * sin(a->rate[1] * t + a->phase[1]);
	struct spot out;

	out.m = ex_sim_scale_at(v, p.z);
	out.k = out.m * CUTOUT_M * a->size / h->cutout.width;
	out.face = ex_sim_project(v, x, y, p.z);
	out.lit = (struct lit){ light_of_row(&s->look, p.row), 1,
		(float)s->look.grey, (uint8_t)(i + 1) };
	return out;
}

/* Half the body's width, metres, so far below the middle of the face: from
 * the end of the cut-out's shoulder outward and down in a round slope. */
static double
half_width(struct side side, double y)
{
	double from = side.x * CUTOUT_M, to = fmax(0.2, from + 0.02);
	double t = (y - side.y * CUTOUT_M) / 0.085;

	if (t < 0)
		return 0;
	t = 1 - clamp(t, 0, 1);
	return from + (to - from) * (1 - t * t) + 0.025 * smooth(0.2, 0.4, y);
}

struct cloth {
	const struct texture *folds;
	double offset, depth; /* how fast it darkens towards the lap */
};

static struct rgb
shirt_colour(const struct head *h, const struct spot *at,
    const struct cloth *cloth, double x, double y)
{
	int n = h->cutout.width;
	double u = (x - at->face.x) / at->m, w = (y - at->face.y) / at->m;
	int column = (int)clamp((x - at->face.x) / at->k + FACE_X * n,
	    (FACE_X - h->left.x + 0.01) * n, (FACE_X + h->right.x - 0.01) * n);
	double below = w - 0.14;
	struct rgb c =
	    rgb_mix(h->shirt[column], h->cloth, smooth(-0.01, 0.035, below));
	double fold = (double)ex_sim_texture_at(
	    cloth->folds, u * 1.1 + cloth->offset, w * 0.7);

	/* Darker to the sides and towards the lap. */
	c = rgb_scale(c, (0.72 + 0.56 * fold) *
			     (1 - 0.5 * smooth(0.12, 0.25, fabs(u))) *
			     (1 - cloth->depth * smooth(0.0, 0.32, below)));
	c = rgb_times(c, at->lit.gain);
	return rgb_mix(c, rgb_luma(c), (double)at->lit.grey);
}

static void
draw_torso_row(struct canvas *c, const struct head *h, const struct spot *at,
    const struct cloth *cloth, int y)
{
	double below = (y + 0.5 - at->face.y) / at->m;
	double left = at->face.x - half_width(h->left, below) * at->m;
	double right = at->face.x + half_width(h->right, below) * at->m;
	int from = (int)clamp(left, 0, c->w);
	int to = (int)clamp(right + 1, 0, c->w);

	for (int x = from; x < to; x++) {
		size_t i = (size_t)y * (size_t)c->w + (size_t)x;
		float a = (float)clamp(fmin(x + 1 - left, right - x), 0, 1);
		struct rgb px = shirt_colour(h, at, cloth, x, y);
		float *to_px = c->rgb + 3 * i;

		if (c->clipped)
			a *= (float)c->clip[i] / 255;
		to_px[0] += (px.r - to_px[0]) * a;
		to_px[1] += (px.g - to_px[1]) * a;
		to_px[2] += (px.b - to_px[2]) * a;
		if (a >= 0.5f)
			c->owner[i] = OWNER_THINGS;
	}
}

static void
draw_torso(struct canvas *c, const struct head *h, const struct spot *at,
    const struct cloth *cloth)
{
	double above = fmin(h->left.y, h->right.y) * CUTOUT_M;
	int top = (int)clamp(at->face.y + above * at->m, 0, c->h);
	int bottom = (int)clamp(at->face.y + 0.8 * at->m, 0, c->h);

	for (int y = top; y < bottom; y++)
		draw_torso_row(c, h, at, cloth, y);
}

static bool
draw_head(struct canvas *c, const struct head *h, const struct spot *at)
{
	return ex_sim_draw_picture(c, &h->cutout,
	    at->face.x - FACE_X * h->cutout.width * at->k,
	    at->face.y - FACE_Y * h->cutout.height * at->k, at->k, at->k,
	    &at->lit);
}

/* A face on the chest, in the flat colours of a print. */
static bool
draw_print(struct canvas *c, const struct head *h, const struct spot *at)
{
	struct spot print = *at;
	double half = 0.075 * at->m, y = at->face.y + 0.245 * at->m;
	struct rgb paper = rgb_scale(at->lit.gain, 0.8);
	struct paint panel = { paper, rgb_scale(paper, 0.9), 1, OWNER_THINGS,
		false };

	ex_sim_fill(c,
	    (struct point[]){ { at->face.x - half, y - 1.05 * half },
		{ at->face.x + half, y - 1.05 * half },
		{ at->face.x + half, y + 1.1 * half },
		{ at->face.x - half, y + 1.1 * half } },
	    4, &panel);
	print.face.y = y;
	print.k = 0.098 * at->m / (FACE_SIDE * h->cutout.width);
	print.lit.opacity = 0.85f;
	print.lit.owner = OWNER_THINGS;
	return ex_sim_draw_picture(c, &h->cutout,
	    print.face.x - FACE_X * h->cutout.width * print.k,
	    print.face.y - FACE_Y * h->cutout.height * print.k, print.k,
	    print.k, &print.lit);
}

static bool
draw_occupant(struct canvas *c, const struct stage *s, const struct view *v,
    size_t frame, size_t i)
{
	const struct actor *a = &s->actors[i];
	const struct head *h = &a->heads[a->schedule[frame]];
	struct spot at = spot_of(s, v, frame, i);
	bool front = ex_sim_seat_place(s->vehicle->persons[i].seat).row == 0;

	draw_torso(c, h, &at,
	    &(struct cloth){ s->clouds, 0.37 * (double)i, front ? 0.5 : 0.85 });
	if (!draw_head(c, h, &at))
		return false;
	return s->vehicle->persons[i].shirt == NOBODY ||
	       draw_print(c, &s->print[i], &at);
}

bool
ex_sim_draw_occupants_of_row(struct canvas *c, const struct stage *s,
    const struct view *v, size_t frame, int row)
{
	for (size_t i = 0; i < s->vehicle->n_persons; i++)
		if (ex_sim_seat_place(s->vehicle->persons[i].seat).row == row &&
		    !draw_occupant(c, s, v, frame, i))
			return false;
	return true;
}

/* A photo page blown up on paper and fixed to a headrest: it moves with the
 * seat and with nothing else. */
bool
ex_sim_draw_portrait(
    struct canvas *c, const struct stage *s, const struct view *v)
{
	struct place p = ex_sim_seat_place(s->vehicle->portrait_seat);
	struct point at = ex_sim_project(v, p.x, p.y, p.z);
	double m = ex_sim_scale_at(v, p.z), w = 0.26 * m, h, border = 0.012 * m;
	struct lit lit = { light_of_row(&s->look, p.row), 1,
		(float)s->look.grey, OWNER_THINGS };
	struct rgb white = rgb_scale(lit.gain, 0.92);
	struct paint paper = { white, rgb_scale(white, 0.93), 1, OWNER_THINGS,
		false };
	double left = at.x - w / 2, top;

	h = w * s->portrait.height / s->portrait.width;
	top = at.y - 0.52 * h;
	ex_sim_fill(c,
	    (struct point[]){ { left - border, top - border },
		{ left + w + border, top - border },
		{ left + w + border, top + h + border },
		{ left - border, top + h + border } },
	    4, &paper);
	return ex_sim_draw_picture(c, &s->portrait, left, top,
	    w / s->portrait.width, h / s->portrait.height, &lit);
}

bool
ex_sim_draw_pedestrian(struct canvas *c, const struct stage *s, size_t frame)
{
	const struct actor *a = &s->pedestrian;
	const struct head *h = &a->heads[a->schedule[frame]];
	double t = (double)frame / s->options->fps;
	double unit =
	    fmin(s->options->width / 1280.0, s->options->height / 720.0);
	struct spot at;

	at.m = 610 * unit;
	at.k = at.m * CUTOUT_M * a->size / h->cutout.width;
	at.face.x = 0.947 * s->options->width +
		    2 * unit * sin(a->rate[0] * t + a->phase[0]);
	at.face.y = 0.42 * s->options->height +
		    1.5 * unit * sin(a->rate[1] * t + a->phase[1]);
	at.lit = (struct lit){ rgb_mix(s->look.ambient, (struct rgb){ 1, 1, 1 },
				   0.35),
		1, (float)s->look.grey, OWNER_THINGS };
	draw_torso(c, h, &at, &(struct cloth){ s->clouds, 0.7, 0.4 });
	return draw_head(c, h, &at);
}

void
ex_sim_see_occupant(const struct canvas *c, const struct stage *s,
    const struct view *v, size_t frame, size_t person, struct sighting *out)
{
	const struct actor *a = &s->actors[person];
	const struct head *h = &a->heads[a->schedule[frame]];
	struct spot at = spot_of(s, v, frame, person);
	double side = FACE_SIDE * h->cutout.width * at.k;
	double x = at.face.x - side / 2, y = at.face.y - side / 2;
	long seen = 0;

	for (int j = (int)clamp(y, 0, c->h); j < clamp(y + side, 0, c->h); j++)
		for (int i = (int)clamp(x, 0, c->w);
		     i < clamp(x + side, 0, c->w); i++)
			seen +=
			    c->owner[(size_t)j * (size_t)c->w + (size_t)i] ==
			    person + 1;
	out->yaw_deg = h->yaw_deg;
	out->visible =
	    clamp((double)seen / (side * side * h->face_alpha), 0, 1);
	/* The part in the picture: a detector cannot draw more. */
	out->box.x = (float)clamp(x, 0, c->w);
	out->box.y = (float)clamp(y, 0, c->h);
	out->box.w = (float)clamp(x + side, 0, c->w) - out->box.x;
	out->box.h = (float)clamp(y + side, 0, c->h) - out->box.y;
}
