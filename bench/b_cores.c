/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same work on one worker and on two, each with its own plans: frames
 * searched, and templates made, a second. Wall time, so it wants a machine with
 * nothing else to do; rounds alternate and the least time of each counts.
 *
 *   b_cores [--json FILE] [--rounds N]
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

#include "exeunt/face.h"

#define WORKERS 2

static struct ex_face_work *works[WORKERS];
static struct ex_image frame, chip;

static void
detect(void *arg, size_t i, unsigned worker)
{
	static struct ex_face faces[WORKERS][EX_FACE_MAX];
	const struct ex_face_search want = { 0 };
	size_t n;

	(void)arg;
	(void)i;
	if (ex_face_detect(works[worker], &frame, &want, faces[worker], &n) !=
	    EX_OK)
		bench_die("detect", "failed");
}

static void
make_template(void *arg, size_t i, unsigned worker)
{
	struct ex_template t;

	(void)arg;
	(void)i;
	if (ex_face_template(works[worker], &chip, &t) != EX_OK)
		bench_die("template", "failed");
}

static double
wall_seconds(struct ex_pool *pool, size_t n,
    void (*fn)(void *arg, size_t i, unsigned worker))
{
	const int64_t start = ex_clock_mono_ns();

	ex_pool_run(pool, n, fn, NULL);
	return (double)(ex_clock_mono_ns() - start) * 1e-9;
}

static void
compare(const char *what, size_t n, int rounds,
    void (*fn)(void *arg, size_t i, unsigned worker), struct ex_pool *one,
    struct ex_pool *two, FILE *json)
{
	double alone = 0, together = 0;

	for (int i = 0; i < rounds; i++) {
		keep_least(&alone, wall_seconds(one, n, fn));
		keep_least(&together, wall_seconds(two, n, fn));
	}
	printf("%-38s %10.1f %10.1f %7.2f  >= 1.85: %s\n", what,
	    (double)n / alone, (double)n / together, alone / together,
	    alone / together >= 1.85 ? "reached" : "MISSED");
	fprintf(json,
	    "%s{\"work\": \"%s\", \"one\": %.2f, \"two\": %.2f, "
	    "\"ratio\": %.3f}",
	    fn == detect ? "[" : ", ", what, (double)n / alone,
	    (double)n / together, alone / together);
}

static void
cut_chip(void)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { 0 };
	struct ex_image portrait;
	size_t n;

	bench_load(1, "passport.jpg", 3, &portrait);
	if (ex_face_detect(works[0], &portrait, &want, faces, &n) != EX_OK ||
	    n < 1 || ex_face_align(&portrait, &faces[0], &chip) != EX_OK)
		bench_die("portrait", "no chip");
	ex_image_free(&portrait);
}

int
main(int argc, char **argv)
{
	struct ex_face_models *models;
	struct ex_pool *one, *two;
	const char *out = "/dev/null";
	struct ex_error err;
	int rounds = 5;
	FILE *json;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (strcmp(argv[i], "--json") == 0)
			out = argv[i + 1];
		else if (strcmp(argv[i], "--rounds") == 0)
			rounds = atoi(argv[i + 1]);
	}
	json = fopen(out, "w");
	if (!json)
		bench_die(out, "cannot be written");
	if (ex_face_models_load(BENCH_MODELS, &models, &err) != EX_OK)
		bench_die(err.what, err.why);
	if (ex_pool_new(1, &one) != EX_OK || ex_pool_new(2, &two) != EX_OK)
		bench_die("threads", "cannot be started");
	for (int i = 0; i < WORKERS; i++)
		if (ex_face_work_new(models, &works[i]) != EX_OK)
			bench_die("models", "cannot be made ready");
	bench_frame(1280, 720, 4, &frame);
	cut_chip();
	printf("\n%-38s %10s %10s %7s\n", "a second, by workers", "one", "two",
	    "times");
	compare("frames of 1280 x 720", 8, rounds, detect, one, two, json);
	compare("templates", 200, rounds, make_template, one, two, json);
	fprintf(json, "]\n");
	fclose(json);
	for (int i = 0; i < WORKERS; i++)
		ex_face_work_free(&works[i]);
	ex_face_models_free(&models);
	ex_image_free(&frame);
	ex_image_free(&chip);
	ex_pool_free(&one);
	ex_pool_free(&two);
	return 0;
}
