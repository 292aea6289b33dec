/* SPDX-License-Identifier: Apache-2.0 */
/* A traveller made ready: pictures decoded, poses spread over the frames. */
#include "stage.h"

#include <math.h>
#include <stdlib.h>

#define FRONTAL_DEG 25.0

/* ---- one picture ----------------------------------------------------------
 */

/* Colour of each column at the lower edge, where the body goes on; columns
 * without any take that of their neighbour. Averaged sideways: a single
 * bright pixel would run down the body as a streak. */
static void
measure_shirt(const struct ex_image *im, struct rgb *out)
{
	const int reach = im->width / 16;

	for (int x = 0; x < im->width; x++) {
		double sum[4] = { 0 };

		for (int grow = reach; sum[3] < 1 && grow <= im->width;
		     grow *= 2) {
			for (int y = im->height * 97 / 100; y < im->height; y++)
				for (int i = x - grow; i <= x + grow; i++) {
					const uint8_t *px;

					if (i < 0 || i >= im->width)
						continue;
					px = ex_image_row(im, y) + 4 * i;
					for (int k = 0; k < 3; k++)
						sum[k] += px[k] * px[3];
					sum[3] += px[3];
				}
		}
		if (sum[3] >= 1)
			out[x] = (struct rgb){ (float)(sum[0] / sum[3]),
				(float)(sum[1] / sum[3]),
				(float)(sum[2] / sum[3]) };
		out[x] = rgb_scale(out[x], 1 / 255.0);
	}
}

static bool
is_opaque(const struct ex_image *im, int x, int y)
{
	return ex_image_row(im, y)[4 * x + 3] >= 128;
}

/* Where the shoulder on one side ends: at the lower edge, or, if the cut-out
 * is too narrow for it, where it first touches the side. `step` is 1 from the
 * left side, -1 from the right. */
static struct side
measure_side(const struct ex_image *im, int step)
{
	int w = im->width, h = im->height;
	int edge = step > 0 ? 0 : w - 1, x = edge, y = h - 2;

	while (x != w / 2 && !is_opaque(im, x, y))
		x += step;
	if (x == edge)
		while (y > h / 2 && is_opaque(im, x, y - 1))
			y--;
	/* A little higher, so that the body starts behind the cut-out. */
	y -= h / 64;
	return (struct side){ fabs((double)x / w - FACE_X),
		(double)y / h - FACE_Y };
}

/* The neck may be bare: the shirt is what the outer quarters show. */
static struct rgb
measure_cloth(const struct head *h)
{
	int w = h->cutout.width;
	int from = (int)(clamp(FACE_X - h->left.x, 0, 0.4) * w);
	int to = (int)(clamp(FACE_X + h->right.x, 0.6, 1) * w);
	struct rgb sum = { 0, 0, 0 };
	float n = 0;

	for (int x = from; x < to; x++) {
		if (x > from + (to - from) / 4 && x < to - (to - from) / 4)
			continue;
		sum.r += h->shirt[x].r;
		sum.g += h->shirt[x].g;
		sum.b += h->shirt[x].b;
		n++;
	}
	return rgb_scale(sum, 1 / (double)n);
}

static double
opaque_share(const struct ex_image *im)
{
	int side = (int)(FACE_SIDE * im->width);
	int left = (int)((FACE_X - FACE_SIDE / 2) * im->width);
	int top = (int)((FACE_Y - FACE_SIDE / 2) * im->height);
	long count = 0;

	for (int y = top; y < top + side; y++)
		for (int x = left; x < left + side; x++)
			count += is_opaque(im, x, y);
	return fmax(0.05, (double)count / ((double)side * side));
}

enum ex_status
ex_sim_head_load(struct head *h, const struct travellers *t,
    const struct traveller *who, const struct pose *pose, struct ex_error *err)
{
	char *dir = ex_path_join(t->dir, who->id);
	char *path = dir ? ex_path_join(dir, pose->image) : NULL;
	enum ex_status status = EX_ERR_NOMEM;

	*h = (struct head){ .yaw_deg = pose->yaw_deg };
	if (!path) {
		ex_fail(err, EX_ERR_NOMEM, t->dir, NULL);
		goto out;
	}
	status = ex_image_load(path, 4, EX_ORIENTATION_IGNORE, &h->cutout, err);
	if (status != EX_OK)
		goto out;
	if (h->cutout.width < 64 || h->cutout.width > 1024 ||
	    h->cutout.height != h->cutout.width) {
		status = ex_fail(err, EX_ERR_FORMAT, path,
		    "a cut-out is square, of 64 to 1024 pixels");
		goto out;
	}
	h->shirt = ex_calloc((size_t)h->cutout.width, sizeof *h->shirt);
	if (!h->shirt) {
		status = ex_fail(err, EX_ERR_NOMEM, path, NULL);
		goto out;
	}
	measure_shirt(&h->cutout, h->shirt);
	h->left = measure_side(&h->cutout, 1);
	h->right = measure_side(&h->cutout, -1);
	h->cloth = measure_cloth(h);
	h->face_alpha = opaque_share(&h->cutout);
out:
	free(dir);
	free(path);
	if (status != EX_OK)
		ex_sim_head_fini(h);
	return status;
}

void
ex_sim_head_fini(struct head *h)
{
	ex_image_free(&h->cutout);
	free(h->shirt);
	*h = (struct head){ 0 };
}

/* ---- poses over time ------------------------------------------------------
 */

static bool
is_frontal(const struct pose *p)
{
	return fabs(p->yaw_deg) <= FRONTAL_DEG;
}

/* Another pose than the last. Mostly near the camera; those who turned away
 * stay so, if they have such a pose at all. */
static size_t
next_pose(struct ex_rng *r, const struct traveller *who, bool away, size_t last)
{
	size_t pick = last;

	for (int tries = 0; tries < 16; tries++) {
		size_t i = ex_rng_below(r, (uint32_t)who->n_poses);
		bool frontal = is_frontal(&who->poses[i]);

		if (away ? frontal : !frontal && ex_rng_unit(r) < 0.65)
			continue;
		pick = i;
		if (i != last)
			break;
	}
	return pick;
}

/* Hold a pose for 0.6 to 1.2 s, then take another. */
static void
plan_poses(struct actor *a, struct ex_rng *r, const struct traveller *who,
    bool away, size_t n_frames, double fps)
{
	size_t pose = ex_rng_below(r, (uint32_t)who->n_poses);
	size_t frame = 0;

	while (frame < n_frames) {
		size_t hold = (size_t)((0.6 + 0.6 * ex_rng_unit(r)) * fps);

		pose = next_pose(r, who, away, pose);
		for (size_t i = 0; i <= hold && frame < n_frames; i++)
			a->schedule[frame++] = (uint8_t)pose;
	}
}

/* Half of the frames at least show a face that can be matched. */
static void
ensure_frontal(struct actor *a, const struct traveller *who, size_t n_frames)
{
	size_t count = 0, best = 0;

	for (size_t i = 1; i < who->n_poses; i++)
		if (fabs(who->poses[i].yaw_deg) <
		    fabs(who->poses[best].yaw_deg))
			best = i;
	for (size_t i = 0; i < n_frames; i++)
		count += is_frontal(&who->poses[a->schedule[i]]);
	for (size_t i = n_frames; i-- > 0 && 2 * count < n_frames;)
		if (!is_frontal(&who->poses[a->schedule[i]])) {
			a->schedule[i] = (uint8_t)best;
			count++;
		}
}

static void
plan_body(struct actor *a, struct ex_rng *r, const struct traveller *who)
{
	a->size = 1 + 0.02 * clamp(ex_rng_normal(r), -2, 2);
	if (who->age < 13)
		a->size *= 0.95;
	a->dx = 0.012 * clamp(ex_rng_normal(r), -2, 2);
	a->dy = 0.012 * clamp(ex_rng_normal(r), -2, 2);
	for (int k = 0; k < 2; k++) {
		a->sway[k] = 0.0015 + 0.003 * ex_rng_unit(r);
		a->rate[k] = 1.5 + 3 * ex_rng_unit(r);
		a->phase[k] = 6.28 * ex_rng_unit(r);
	}
}

/* ---- decoding in parallel --------------------------------------------------
 */

struct decode {
	struct actor *actor;
	const struct travellers *travellers;
	const struct traveller *who;
	bool needed[MAX_POSES];
	enum ex_status status[MAX_POSES];
	struct ex_error error[MAX_POSES];
};

static void
decode_one(void *arg, size_t i, unsigned worker)
{
	struct decode *d = arg;

	(void)worker;
	if (d->needed[i])
		d->status[i] = ex_sim_head_load(&d->actor->heads[i],
		    d->travellers, d->who, &d->who->poses[i], &d->error[i]);
}

static enum ex_status
load_heads(struct decode *d, size_t n_frames, struct ex_pool *pool,
    struct ex_error *err)
{
	for (size_t i = 0; i < n_frames; i++)
		d->needed[d->actor->schedule[i]] = true;
	if (pool)
		ex_pool_run(pool, d->who->n_poses, decode_one, d);
	else
		for (size_t i = 0; i < d->who->n_poses; i++)
			decode_one(d, i, 0);
	for (size_t i = 0; i < d->who->n_poses; i++)
		if (d->status[i] != EX_OK) {
			if (err)
				*err = d->error[i];
			return d->status[i];
		}
	return EX_OK;
}

enum ex_status
ex_sim_actor_load(struct actor *a, const struct stage *s,
    const struct traveller *who, uint64_t seed, bool turned_away,
    struct ex_pool *pool, struct ex_error *err)
{
	size_t n_frames = s->vehicle->n_frames;
	struct decode *d = ex_calloc(1, sizeof *d);
	enum ex_status status;
	struct ex_rng r;

	*a = (struct actor){ .n_heads = who->n_poses };
	a->schedule = ex_calloc(n_frames, 1);
	if (!a->schedule || !d) {
		free(d);
		return ex_fail(err, EX_ERR_NOMEM, "poses", NULL);
	}
	ex_rng_init(&r, seed);
	plan_body(a, &r, who);
	plan_poses(a, &r, who, turned_away, n_frames, s->options->fps);
	if (!turned_away)
		ensure_frontal(a, who, n_frames);
	d->actor = a;
	d->travellers = s->travellers;
	d->who = who;
	status = load_heads(d, n_frames, pool, err);
	free(d);
	return status;
}

void
ex_sim_actor_fini(struct actor *a)
{
	for (size_t i = 0; i < a->n_heads; i++)
		ex_sim_head_fini(&a->heads[i]);
	free(a->schedule);
	*a = (struct actor){ 0 };
}
