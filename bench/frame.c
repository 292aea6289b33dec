/* SPDX-License-Identifier: Apache-2.0 */
#include "bench.h"

#include <stdlib.h>

#define TRAVELLER EX_BENCH_ROOT "/data/travellers/%03d/%s"

void
bench_die(const char *what, const char *why)
{
	fprintf(stderr, "bench: %s: %s\n", what, why);
	exit(4);
}

void
bench_load(int traveller, const char *file, int channels, struct ex_image *out)
{
	struct ex_error err;
	char path[4096];

	snprintf(path, sizeof path, TRAVELLER, traveller, file);
	if (ex_image_load(path, channels, EX_ORIENTATION_IGNORE, out, &err) !=
	    EX_OK)
		bench_die(err.what, err.why);
}

void
bench_frame(int width, int height, int heads, struct ex_image *out)
{
	struct ex_image head;
	struct ex_rng rng;

	if (ex_image_new(width, height, 3, out) != EX_OK)
		bench_die("frame", "out of memory");
	ex_rng_init(&rng, 1);
	for (size_t i = 0; i < out->stride_bytes * (size_t)height; i++)
		out->pixels[i] = (uint8_t)(100 + ex_rng_below(&rng, 30));
	for (int i = 0; i < heads; i++) {
		bench_load(i + 1, "lane_0.png", 4, &head);
		ex_image_blend(out, &head, i * (width - 400) / (heads - 1),
		    (height - 400) / 2, 1);
		ex_image_free(&head);
	}
}
