/* SPDX-License-Identifier: Apache-2.0 */
/* Drawing: a canvas of floats, shapes with smooth edges, cut-outs, noise. */
#ifndef EXEUNT_SIM_PAINT_H
#define EXEUNT_SIM_PAINT_H

#include "sim_internal.h"

/** Who is seen at a pixel: nobody, an occupant (1..), or something before. */
#define OWNER_NONE   0
#define OWNER_THINGS 255

struct canvas {
	int w, h;
	float *rgb;     /* w x h x 3, sRGB-coded, 0..1, may go beyond */
	uint8_t *owner; /* w x h */
	uint8_t *clip;  /* w x h, 255 inside; used while `clipped` */
	float *cover;   /* scratch of one row; w + 2 */
	float *line;    /* scratch of the blur, w x h x 3 */
	bool clipped;
};

struct rgb {
	float r, g, b;
};

struct point {
	double x, y;
};

/** Colours from the shape's top to its bottom. */
struct paint {
	struct rgb top, bottom;
	float opacity;
	uint8_t owner;
	bool keep_owner; /* see-through: leaves who is seen */
};

bool ex_sim_canvas_init(struct canvas *c, int w, int h);
void ex_sim_canvas_fini(struct canvas *c);

static inline struct rgb
rgb_mix(struct rgb a, struct rgb b, double t)
{
	float k = (float)t;

	return (struct rgb){ a.r + (b.r - a.r) * k, a.g + (b.g - a.g) * k,
		a.b + (b.b - a.b) * k };
}

static inline struct rgb
rgb_scale(struct rgb a, double k)
{
	float f = (float)k;

	return (struct rgb){ a.r * f, a.g * f, a.b * f };
}

static inline struct rgb
rgb_times(struct rgb a, struct rgb b)
{
	return (struct rgb){ a.r * b.r, a.g * b.g, a.b * b.b };
}

/** As an infrared camera weighs the channels. */
static inline struct rgb
rgb_luma(struct rgb a)
{
	float luma = 0.35f * a.r + 0.5f * a.g + 0.15f * a.b;

	return (struct rgb){ luma, luma, luma };
}

/** Even-odd polygon of 3..MAX_CORNERS corners in pixels. */
#define MAX_CORNERS 64
void ex_sim_fill(struct canvas *c, const struct point *p, size_t n,
    const struct paint *with);
void ex_sim_fill_ellipse(struct canvas *c, struct point centre, double rx,
    double ry, const struct paint *with);
/** Line of the given width in pixels, with square ends beyond its points. */
void ex_sim_stroke(struct canvas *c, struct point a, struct point b,
    double width, const struct paint *with);
/** Make the polygon the clip: later fills and pictures stay inside. */
void ex_sim_clip_to(struct canvas *c, const struct point *p, size_t n);

/** How a cut-out is lit when it is drawn. */
struct lit {
	struct rgb gain;
	float opacity;
	float grey; /* 0..1: towards its luma, as infrared shows it */
	uint8_t owner;
};

/**
 * Draw an RGBA picture with its top left at x, y (fractions count) and
 * scale_x, scale_y pixels for each of its own: weighted by area and alpha.
 * @return false when out of memory
 */
bool ex_sim_draw_picture(struct canvas *c, const struct ex_image *im, double x,
    double y, double scale_x, double scale_y, const struct lit *lit);

/** Tileable value noise of several octaves, 0..1. */
#define TEXTURE_SIDE 256
struct texture {
	float v[TEXTURE_SIDE * TEXTURE_SIDE];
};
void ex_sim_texture_make(struct texture *t, uint64_t seed, int octaves);
/** Bilinear; one tile is 1 x 1; within 2^22 tiles of the origin. */
float ex_sim_texture_at(const struct texture *t, double u, double v);

static inline double
clamp(double v, double low, double high)
{
	return v < low ? low : v > high ? high : v;
}

static inline double
smooth(double from, double to, double v)
{
	double t = clamp((v - from) / (to - from), 0, 1);

	return t * t * (3 - 2 * t);
}

#endif
