/* SPDX-License-Identifier: Apache-2.0 */
/* A vehicle on the stage: camera, light, glass, and people with their
 * pictures; what render.c draws frame by frame. */
#ifndef EXEUNT_SIM_STAGE_H
#define EXEUNT_SIM_STAGE_H

#include "paint.h"

/* The face as the CNN detector draws it in a 400 x 400 cut-out: the heads
 * stand alike in all of them, so one box serves (share of the side). */
#define FACE_X    (192.0 / 400)
#define FACE_Y    (212.0 / 400)
#define FACE_SIDE (200.0 / 400)
/** Side of a cut-out in metres: eyes are then 63 mm apart. */
#define CUTOUT_M 0.30

/** Left of this share of the width is the lane; right of it the pavement. */
#define LANE_SHARE 0.875
#define EDGE_SHARE 0.888

/** Camera and vehicle at one moment; see ex_sim_project(). */
struct view {
	double d;      /* metres from the camera to the front row */
	double f;      /* focal length, pixels */
	double cx, cy; /* pixel of the front row's middle at face height */
	double unit;   /* pixels for one of a 1280 x 720 picture */
};

/** The end of a shoulder in the cut-out, shares of its side from the face. */
struct side {
	double x, y; /* outward, down */
};

/** One picture of a head. */
struct head {
	struct ex_image cutout;  /* RGBA */
	struct side left, right; /* where the shoulders leave the cut-out */
	struct rgb *shirt;       /* colour of each column at the lower edge */
	struct rgb cloth;        /* of the shirt, away from the neck */
	double face_alpha;       /* share of the face box that is opaque */
	double yaw_deg;
};

/** Somebody with a body: an occupant or the pedestrian. */
struct actor {
	struct head heads[MAX_POSES];
	size_t n_heads;
	uint8_t *schedule; /* head of each frame; n_frames */
	double size, dx, dy;
	double sway[2], rate[2], phase[2];
};

/** Everything about one vehicle that does not change from frame to frame. */
struct look {
	int rows;
	double near, far, lateral, cy_far, cy_near;
	double roof; /* top of the windscreen, metres over the faces */
	struct rgb body, fabric;
	struct rgb ambient, cabin;
	double falloff; /* light of each row to the one before it */
	double grey;    /* 1: infrared */
	double tint, reflection, noise, blur, exposure;
	double sky_edge, glare;
	enum ex_seat glare_seat;
	size_t glare_from, glare_to;
	double bounce_phase;
};

struct stage {
	const struct ex_sim_options *options;
	const struct travellers *travellers;
	const struct vehicle *vehicle;
	const struct ex_image *backdrop; /* RGB, of the canvas' size */
	const float *normals;            /* NORMALS values, for noise */
	struct look look;
	struct texture *clouds;
	struct actor actors[MAX_PERSONS];
	struct actor pedestrian;
	struct head print[MAX_PERSONS]; /* on a shirt */
	struct ex_image portrait;       /* RGBA */
};

/** What became of an occupant's face in one frame. */
struct sighting {
	struct ex_box box;
	double visible; /* share of the face that shows, 0..1 */
	double yaw_deg;
};

#define NORMALS 65536

/* look.c */
void ex_sim_look_make(
    const struct vehicle *v, const struct ex_sim_options *o, struct look *out);
struct view ex_sim_view_at(const struct stage *s, size_t frame);
struct point ex_sim_project(const struct view *v, double x, double y, double z);
double ex_sim_scale_at(const struct view *v, double z);

/* actor.c */
enum ex_status ex_sim_actor_load(struct actor *a, const struct stage *s,
    const struct traveller *who, uint64_t seed, bool turned_away,
    struct ex_pool *pool, struct ex_error *err);
void ex_sim_actor_fini(struct actor *a);
enum ex_status ex_sim_head_load(struct head *h, const struct travellers *t,
    const struct traveller *who, const struct pose *pose, struct ex_error *err);
void ex_sim_head_fini(struct head *h);

/* people.c */
bool ex_sim_draw_occupants_of_row(struct canvas *c, const struct stage *s,
    const struct view *v, size_t frame, int row);
bool ex_sim_draw_portrait(
    struct canvas *c, const struct stage *s, const struct view *v);
bool ex_sim_draw_pedestrian(
    struct canvas *c, const struct stage *s, size_t frame);
void ex_sim_see_occupant(const struct canvas *c, const struct stage *s,
    const struct view *v, size_t frame, size_t person, struct sighting *out);

/* body.c */
void ex_sim_draw_body(
    struct canvas *c, const struct stage *s, const struct view *v);
void ex_sim_clip_to_glass(
    struct canvas *c, const struct stage *s, const struct view *v);
void ex_sim_draw_interior(
    struct canvas *c, const struct stage *s, const struct view *v);
void ex_sim_draw_seats_of_row(
    struct canvas *c, const struct stage *s, const struct view *v, int row);
void ex_sim_draw_dashboard(
    struct canvas *c, const struct stage *s, const struct view *v);
void ex_sim_draw_frame_of_glass(
    struct canvas *c, const struct stage *s, const struct view *v);

/* glass.c */
void ex_sim_draw_glass(struct canvas *c, const struct stage *s,
    const struct view *v, size_t frame);

/* backdrop.c */
enum ex_status ex_sim_backdrop_make(
    int width, int height, uint64_t seed, struct ex_image *out);
void ex_sim_draw_backdrop(struct canvas *c, const struct stage *s, int from_x);

/* sensor.c */
void ex_sim_blur_motion(struct canvas *c, const struct stage *s, size_t frame);
void ex_sim_expose(const struct canvas *c, const struct stage *s, size_t frame,
    struct ex_image *out);
bool ex_sim_normals_make(float **out);

/* stage.c */
enum ex_status ex_sim_stage_load(
    struct stage *s, struct ex_pool *pool, struct ex_error *err);
void ex_sim_stage_fini(struct stage *s);

/* render.c */
/** Draw a frame to `out` (RGB of the canvas' size) and say who is seen. */
enum ex_status ex_sim_render_frame(const struct stage *s, struct canvas *c,
    size_t frame, struct ex_image *out,
    struct sighting seen[static MAX_PERSONS]);

#endif
