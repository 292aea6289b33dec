/* SPDX-License-Identifier: Apache-2.0 */
/* The vehicle around the people, from simple shapes. Metres: right as the
 * camera sees it, down from the front row's faces, away from the camera. */
#include "stage.h"

#include <math.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

#define COWL_Z (-0.80) /* lower edge of the windscreen */
#define ROOF_Z (-0.25) /* upper edge */
#define COWL_Y 0.19

static struct rgb
lit_body(const struct look *l, double k)
{
	struct rgb c = rgb_scale(rgb_times(l->body, l->ambient), k);

	return rgb_mix(c, rgb_luma(c), l->grey);
}

static struct rgb
lit_inside(const struct look *l, struct rgb c, int row)
{
	c = rgb_scale(rgb_times(c, l->cabin), pow(l->falloff, row));
	return rgb_mix(c, rgb_luma(c), l->grey);
}

static struct paint
plain(struct rgb top, struct rgb bottom)
{
	return (struct paint){ top, bottom, 1, OWNER_THINGS, false };
}

/* Fill a shape given by its right half, upper end first, mirrored. */
static void
fill_mirrored(struct canvas *c, const struct view *v, const double half[][3],
    size_t n, const struct paint *with)
{
	struct point p[MAX_CORNERS];

	for (size_t i = 0; i < n; i++) {
		p[i] = ex_sim_project(v, half[i][0], half[i][1], half[i][2]);
		p[2 * n - 1 - i] =
		    ex_sim_project(v, -half[i][0], half[i][1], half[i][2]);
	}
	ex_sim_fill(c, p, 2 * n, with);
}

/* ---- outside ---------------------------------------------------------------
 */

static void
draw_bonnet(struct canvas *c, const struct look *l, const struct view *v)
{
	const double bonnet[][3] = { { 0.10, COWL_Y - 0.02, COWL_Z },
		{ 0.78, COWL_Y - 0.01, COWL_Z }, { 0.87, 0.30, -1.2 },
		{ 0.90, 0.46, -1.8 }, { 0.88, 0.75, -1.9 } };
	const double cowl[][3] = { { 0.10, COWL_Y - 0.035, COWL_Z },
		{ 0.76, COWL_Y - 0.02, COWL_Z },
		{ 0.78, COWL_Y + 0.035, COWL_Z - 0.05 },
		{ 0.10, COWL_Y + 0.025, COWL_Z - 0.05 } };
	struct paint metal = plain(lit_body(l, 1.12), lit_body(l, 0.62));
	struct paint dark =
	    plain(rgb_scale(l->ambient, 0.06), rgb_scale(l->ambient, 0.10));
	struct paint crease = plain(lit_body(l, 0.8), lit_body(l, 0.55));

	fill_mirrored(c, v, bonnet, COUNT(bonnet), &metal);
	fill_mirrored(c, v, cowl, COUNT(cowl), &dark);
	for (int side = -1; side <= 1; side += 2)
		ex_sim_stroke(c,
		    ex_sim_project(v, side * 0.46, COWL_Y + 0.05, -0.9),
		    ex_sim_project(v, side * 0.56, 0.46, -1.8),
		    0.012 * v->f / v->d, &crease);
}

static void
draw_mirrors(struct canvas *c, const struct look *l, const struct view *v)
{
	double m = ex_sim_scale_at(v, -0.4);
	struct paint shell = plain(lit_body(l, 0.95), lit_body(l, 0.5));
	struct paint foot = plain(lit_body(l, 0.4), lit_body(l, 0.3));

	for (int side = -1; side <= 1; side += 2) {
		ex_sim_stroke(c, ex_sim_project(v, side * 0.80, 0.16, -0.4),
		    ex_sim_project(v, side * 0.98, 0.13, -0.4), 0.05 * m,
		    &foot);
		ex_sim_fill_ellipse(c,
		    ex_sim_project(v, side * 1.0, 0.10, -0.4), 0.11 * m,
		    0.075 * m, &shell);
	}
}

void
ex_sim_draw_body(struct canvas *c, const struct stage *s, const struct view *v)
{
	const struct look *l = &s->look;
	double top = -l->roof;
	const double shell[][3] = { { 0.20, top - 0.115, 0.2 },
		{ 0.45, top - 0.095, 0.2 }, { 0.58, top - 0.06, 0.1 },
		{ 0.66, top + 0.01, 0 }, { 0.80, -0.02, -0.3 },
		{ 0.90, 0.13, -0.5 }, { 0.95, 0.40, -0.5 },
		{ 0.96, 1.1, -0.6 } };
	const double sides[][3] = { { 0.64, top + 0.03, 0.1 },
		{ 0.78, 0.0, -0.2 }, { 0.84, 0.15, -0.4 } };
	struct paint metal = plain(lit_body(l, 1.05), lit_body(l, 0.45));
	struct paint dark =
	    plain(rgb_scale(l->ambient, 0.10), rgb_scale(l->ambient, 0.05));

	draw_mirrors(c, l, v);
	fill_mirrored(c, v, shell, COUNT(shell), &metal);
	fill_mirrored(c, v, sides, COUNT(sides), &dark);
	draw_bonnet(c, l, v);
}

/* ---- the windscreen ---------------------------------------------------------
 */

/* Right half of the glass, slightly bowed, upper edge first. */
#define GLASS_CORNERS 9
static void
glass_half(const struct look *l, double half[GLASS_CORNERS][3])
{
	static const double shape[GLASS_CORNERS][3] = {
		/* x, share of the height, z */
		{ 0.15, -0.015, ROOF_Z }, { 0.38, -0.005, ROOF_Z },
		{ 0.54, 0.015, ROOF_Z }, { 0.585, 0.04, ROOF_Z },
		{ 0.605, 0.08, -0.27 }, { 0.735, 0.96, -0.78 },
		{ 0.72, 0.985, COWL_Z }, { 0.50, 1.005, COWL_Z },
		{ 0.20, 1.02, COWL_Z }
	};

	for (size_t i = 0; i < GLASS_CORNERS; i++) {
		half[i][0] = shape[i][0];
		half[i][1] = -l->roof + shape[i][1] * (COWL_Y + l->roof);
		half[i][2] = shape[i][2];
	}
}

static void
glass_outline(const struct look *l, const struct view *v,
    struct point out[2 * GLASS_CORNERS])
{
	double half[GLASS_CORNERS][3];

	glass_half(l, half);
	for (size_t i = 0; i < GLASS_CORNERS; i++) {
		const double *h = half[i];

		out[i] = ex_sim_project(v, h[0], h[1], h[2]);
		out[2 * GLASS_CORNERS - 1 - i] =
		    ex_sim_project(v, -h[0], h[1], h[2]);
	}
}

void
ex_sim_clip_to_glass(
    struct canvas *c, const struct stage *s, const struct view *v)
{
	struct point p[2 * GLASS_CORNERS];

	glass_outline(&s->look, v, p);
	ex_sim_clip_to(c, p, 2 * GLASS_CORNERS);
}

static void
draw_rear_mirror(struct canvas *c, const struct look *l, const struct view *v)
{
	double m = ex_sim_scale_at(v, -0.3), y = -l->roof + 0.045;
	struct point at = ex_sim_project(v, 0, y, -0.3);
	struct rgb black = rgb_scale(l->ambient, 0.05);
	struct paint shell = plain(black, rgb_scale(black, 1.6));

	ex_sim_stroke(c, ex_sim_project(v, 0, -l->roof - 0.02, ROOF_Z), at,
	    0.03 * m, &shell);
	ex_sim_fill_ellipse(c, at, 0.105 * m, 0.027 * m, &shell);
}

static void
draw_wipers(struct canvas *c, const struct look *l, const struct view *v)
{
	struct rgb black = rgb_scale(l->ambient, 0.04);
	struct paint rubber = plain(black, black);

	ex_sim_stroke(c, ex_sim_project(v, -0.62, COWL_Y - 0.01, COWL_Z),
	    ex_sim_project(v, -0.02, COWL_Y - 0.045, COWL_Z),
	    0.012 * v->f / v->d, &rubber);
	ex_sim_stroke(c, ex_sim_project(v, 0.06, COWL_Y - 0.01, COWL_Z),
	    ex_sim_project(v, 0.64, COWL_Y - 0.05, COWL_Z), 0.012 * v->f / v->d,
	    &rubber);
}

void
ex_sim_draw_frame_of_glass(
    struct canvas *c, const struct stage *s, const struct view *v)
{
	const struct look *l = &s->look;
	struct point p[2 * GLASS_CORNERS];
	struct rgb black = rgb_scale(l->ambient, 0.035);
	struct paint rubber = plain(black, black);

	glass_outline(l, v, p);
	for (size_t i = 0; i < 2 * GLASS_CORNERS; i++)
		ex_sim_stroke(c, p[i], p[(i + 1) % (2 * GLASS_CORNERS)],
		    0.022 * v->f / v->d, &rubber);
	draw_rear_mirror(c, l, v);
	draw_wipers(c, l, v);
}

/* ---- inside ----------------------------------------------------------------
 */

void
ex_sim_draw_interior(
    struct canvas *c, const struct stage *s, const struct view *v)
{
	const struct look *l = &s->look;
	double back = l->rows > 1 ? 2.6 : 1.7;
	struct rgb lining =
	    lit_inside(l, (struct rgb){ 0.30f, 0.29f, 0.27f }, 1);
	struct paint dark =
	    plain(rgb_scale(lining, 0.45), rgb_scale(lining, 0.12));
	struct paint light =
	    plain(rgb_scale(l->ambient, 0.36), rgb_scale(l->ambient, 0.10));
	const double all[][3] = { { 0.8, -l->roof - 0.1, -0.3 },
		{ 0.9, COWL_Y + 0.2, -0.8 } };
	/* Daylight through the rear window: what heads stand out against. */
	const double top = -l->roof * 0.62;
	const double window[][3] = { { 0.48, top, back },
		{ 0.60, top + 0.03, back }, { 0.64, top + 0.09, back },
		{ 0.67, 0.25, back }, { 0.62, 0.32, back } };

	fill_mirrored(c, v, all, COUNT(all), &dark);
	fill_mirrored(c, v, window, COUNT(window), &light);
}

static void
draw_seat(struct canvas *c, const struct stage *s, const struct view *v,
    enum ex_seat seat)
{
	const struct look *l = &s->look;
	struct place p = ex_sim_seat_place(seat);
	double z = p.z + 0.14, w = p.row ? 0.20 : 0.235;
	struct rgb cloth = lit_inside(l, l->fabric, p.row);
	struct paint back = plain(cloth, rgb_scale(cloth, 0.45));
	struct paint rest =
	    plain(rgb_scale(cloth, 1.15), rgb_scale(cloth, 0.7));
	struct point body[8], head[8];
	static const double shape[8][2] = { { -0.55, 0.11 }, { -0.9, 0.14 },
		{ -1, 0.24 }, { -1.05, 0.8 }, { 1.05, 0.8 }, { 1, 0.24 },
		{ 0.9, 0.14 }, { 0.55, 0.11 } };
	static const double round[8][2] = { { -0.6, -1 }, { 0.6, -1 },
		{ 0.95, -0.6 }, { 1, 0.5 }, { 0.6, 1 }, { -0.6, 1 },
		{ -1, 0.5 }, { -0.95, -0.6 } };

	for (size_t i = 0; i < 8; i++) {
		head[i] = ex_sim_project(v, p.x + round[i][0] * 0.105,
		    p.y + 0.02 + round[i][1] * 0.075, z);
		body[i] = ex_sim_project(
		    v, p.x + shape[i][0] * w, p.y + shape[i][1], z);
	}
	ex_sim_fill(c, body, 8, &back);
	ex_sim_fill(c, head, 8, &rest);
}

void
ex_sim_draw_seats_of_row(
    struct canvas *c, const struct stage *s, const struct view *v, int row)
{
	static const enum ex_seat seats[3][3] = {
		{ EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_RIGHT, EX_SEAT_UNKNOWN },
		{ EX_SEAT_REAR_LEFT, EX_SEAT_REAR_RIGHT, EX_SEAT_REAR_CENTRE },
		{ EX_SEAT_THIRD_LEFT, EX_SEAT_THIRD_RIGHT, EX_SEAT_UNKNOWN },
	};

	for (size_t i = 0; i < 3; i++)
		if (seats[row][i] != EX_SEAT_UNKNOWN)
			draw_seat(c, s, v, seats[row][i]);
}

static void
draw_wheel(struct canvas *c, const struct look *l, const struct view *v)
{
	double m = ex_sim_scale_at(v, -0.42);
	struct point at = ex_sim_project(v, 0.345, 0.235, -0.42), last;
	struct rgb black = lit_inside(l, (struct rgb){ .07f, .07f, .07f }, 0);
	struct paint rim = plain(black, black);

	last = (struct point){ at.x + 0.18 * m, at.y };
	for (int i = 1; i <= 24; i++) {
		double turn = i * (3.14159265358979 / 12);
		struct point next = { at.x + 0.18 * m * cos(turn),
			at.y - 0.11 * m * sin(turn) };

		ex_sim_stroke(c, last, next, 0.026 * m, &rim);
		last = next;
	}
	ex_sim_fill_ellipse(c, at, 0.07 * m, 0.045 * m, &rim);
}

void
ex_sim_draw_dashboard(
    struct canvas *c, const struct stage *s, const struct view *v)
{
	const struct look *l = &s->look;
	const double dash[][3] = { { 0.15, 0.165, -0.6 }, { 0.5, 0.17, -0.6 },
		{ 0.8, 0.19, -0.6 }, { 0.9, 0.6, -0.7 } };
	struct rgb black = lit_inside(l, (struct rgb){ .13f, .13f, .14f }, 0);
	struct paint plastic = plain(black, rgb_scale(black, 0.6));

	draw_wheel(c, l, v);
	fill_mirrored(c, v, dash, COUNT(dash), &plastic);
}
