/* SPDX-License-Identifier: Apache-2.0 */
/* From light to bytes: motion blur, exposure, the sensor's noise. */
#include "stage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One pass of a three-tap kernel along y (stride one row) or x. */
static void
three_taps(const float *in, float *out, size_t n, size_t stride, float w)
{
	memcpy(out, in, stride * sizeof *in);
	memcpy(out + n - stride, in + n - stride, stride * sizeof *in);
	for (size_t i = stride; i < n - stride; i++)
		out[i] =
		    in[i] * (1 - 2 * w) + (in[i - stride] + in[i + stride]) * w;
}

/* A box of length L has variance L^2/12, three taps w, 1-2w, w have 2w: as
 * much blur for L = sqrt(24 w), and no tap outweighs the middle under 1/3. */
static float
tap(double length)
{
	return (float)clamp(length * length / 24, 0, 0.33);
}

void
ex_sim_blur_motion(struct canvas *c, const struct stage *s, size_t frame)
{
	size_t row = (size_t)c->w * 3, n = row * (size_t)c->h;
	double left = 1 - (double)frame / (double)(s->vehicle->n_frames - 1);
	double unit = fmin(c->w / 1280.0, c->h / 720.0);
	/* The lens alone blurs by about 0.9 pixels. */
	double length = 0.9 + s->look.blur * unit * pow(left, 0.6);

	three_taps(c->rgb, c->line, n, row, tap(length));
	three_taps(c->line, c->rgb, n, 3, tap(0.9 + 0.35 * (length - 0.9)));
	if (length > 2.8) {
		three_taps(c->rgb, c->line, n, row, tap(length - 2.0));
		memcpy(c->rgb, c->line, n * sizeof *c->rgb);
	}
}

bool
ex_sim_normals_make(float **out)
{
	struct ex_rng r;

	*out = ex_calloc(NORMALS, sizeof **out);
	if (!*out)
		return false;
	ex_rng_init(&r, 0x6e6f697365);
	for (size_t i = 0; i < NORMALS; i++)
		(*out)[i] = (float)ex_rng_normal(&r);
	return true;
}

void
ex_sim_expose(const struct canvas *c, const struct stage *s, size_t frame,
    struct ex_image *out)
{
	const struct look *l = &s->look;
	/* Of 255: read noise, and shot noise that grows with the light. */
	float read = (float)(1.2 * l->noise), shot = (float)(2.6 * l->noise);
	float gain = (float)l->exposure;
	struct ex_rng r;

	ex_rng_init(&r, ex_sim_stream(s->vehicle->seed, 20, frame));
	for (int y = 0; y < c->h; y++) {
		const float *in = c->rgb + (size_t)y * (size_t)c->w * 3;
		uint8_t *px = ex_image_row(out, y);
		uint64_t chance = 0;

		for (int i = 0; i < 3 * c->w; i++) {
			float v = in[i] * gain, sigma;

			/* Four numbers of 16 bits from each draw. */
			chance = i % 4 ? chance >> 16 : ex_rng_u64(&r);
			v = v < 0 ? 0 : v > 1 ? 1 : v;
			sigma = read + shot * sqrtf(v);
			v = v * 255 + 0.5f +
			    sigma * s->normals[chance & (NORMALS - 1)];
			px[i] = (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
		}
	}
}
