/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Detection and templates beside dlib's, on the same pixels in the same run,
 * one core each. Ours and the peer's runs alternate and the least time of each
 * counts.
 *
 *   b_face [--json FILE] [--rounds N]
 */
#include "bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/face.h"
#include "peer_dlib.h"

#define OURS_A_ROUND 5 /* runs of ours beside one of the peer's */

static struct ex_face_models *models;
static struct ex_face_work *work;
static struct peer *peer;

/* ---- one table --------------------------------------------------------- */

struct result {
	const char *work;
	double ours, peers; /* seconds */
	double target;      /* times as fast; 0: none set */
};

static void
print_result(const struct result *r, FILE *json, bool first)
{
	char target[32] = "";

	if (r->target > 0)
		snprintf(target, sizeof target, ">= %g: %s", r->target,
		    r->peers / r->ours >= r->target ? "reached" : "MISSED");
	printf("%-38s %10.2f %10.2f %7.1f  %s\n", r->work, r->ours * 1e3,
	    r->peers * 1e3, r->peers / r->ours, target);
	fprintf(json,
	    "%s\n  {\"work\": \"%s\", \"ours_ms\": %.3f, \"peer_ms\": %.3f, "
	    "\"ratio\": %.2f}",
	    first ? "" : ",", r->work, r->ours * 1e3, r->peers * 1e3,
	    r->peers / r->ours);
}

static size_t
detect_ours(const struct ex_image *im, int min_face)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { .min_face = min_face };
	size_t n;

	if (ex_face_detect(work, im, &want, faces, &n) != EX_OK)
		bench_die("detect", "failed");
	return n;
}

/* Faces of 40 pixels and more, beside those of 80 and more. */
static struct result
time_smaller(const struct ex_image *im, int rounds)
{
	struct result r = { .work = "1920 x 1080 from 80 px, beside 40 px",
		.target = 2.5 };

	for (int i = 0; i < rounds; i++) {
		int64_t start = cpu_ns();

		detect_ours(im, 80);
		keep_least(&r.ours, cpu_seconds_since(start));
		start = cpu_ns();
		detect_ours(im, 40);
		keep_least(&r.peers, cpu_seconds_since(start));
	}
	return r;
}

/* The peer's figure holds the copy into its own picture: under 1 %. */
static struct result
time_detection(const char *name, const struct ex_image *im, int rounds)
{
	struct result r = { .work = name, .target = 15 };
	struct peer_face found[64];

	for (int i = 0; i < rounds; i++) {
		int64_t start;
		size_t ours = 0, theirs;

		for (int k = 0; k < OURS_A_ROUND; k++) {
			start = cpu_ns();
			ours = detect_ours(im, 0);
			keep_least(&r.ours, cpu_seconds_since(start));
		}
		start = cpu_ns();
		theirs = peer_detect(
		    peer, im->pixels, im->width, im->height, 0, found, 64);
		keep_least(&r.peers, cpu_seconds_since(start));
		if (ours != theirs)
			bench_die(name, "another number of faces than dlib");
	}
	return r;
}

static struct result
time_template(const struct ex_image *chip, int rounds)
{
	struct result r = { .work = "vector of a chip", .target = 4 };
	float ours[EX_FACE_VECTOR], theirs[EX_FACE_VECTOR];
	double apart = 0;

	for (int i = 0; i < rounds * 10; i++) {
		int64_t start;

		for (int k = 0; k < OURS_A_ROUND; k++) {
			start = cpu_ns();
			if (ex_face_vector(work, chip, ours) != EX_OK)
				bench_die("vector", "failed");
			keep_least(&r.ours, cpu_seconds_since(start));
		}
		start = cpu_ns();
		peer_vector(peer, chip->pixels, theirs);
		keep_least(&r.peers, cpu_seconds_since(start));
	}
	for (int i = 0; i < EX_FACE_VECTOR; i++)
		apart = fmax(apart, fabs((double)(ours[i] - theirs[i])));
	if (apart > 1e-3)
		bench_die("vector", "another than dlib's");
	return r;
}

/* Ours of chip and mirrored chip, the peer's of two chips. */
static struct result
time_mirrored(const struct ex_image *chip, const struct result *one, int rounds)
{
	struct result r = { .work = "template (chip and mirrored chip)",
		.peers = 2 * one->peers,
		.target = 4 };
	struct ex_template t;

	for (int i = 0; i < rounds * 10 * OURS_A_ROUND; i++) {
		const int64_t start = cpu_ns();

		if (ex_face_template(work, chip, &t) != EX_OK)
			bench_die("template", "failed");
		keep_least(&r.ours, cpu_seconds_since(start));
	}
	return r;
}

/* Landmarks in a box, and the chip cut by them. */
static struct result
time_chip(const struct ex_image *im, int rounds)
{
	struct result r = { .work = "landmarks and chip" };
	struct ex_face face = { 0 };
	static uint8_t pixels[EX_FACE_CHIP * EX_FACE_CHIP * 3];
	struct peer_face f;
	struct ex_box box;
	struct ex_image chip;

	if (peer_detect(peer, im->pixels, im->width, im->height, 0, &f, 1) < 1)
		bench_die("portrait", "no face");
	box = (struct ex_box){ (float)f.left, (float)f.top,
		(float)(f.right - f.left + 1), (float)(f.bottom - f.top + 1) };
	for (int i = 0; i < rounds * 10; i++) {
		int64_t start = cpu_ns();

		ex_face_landmarks(models, im, box, face.landmark);
		if (ex_face_align(im, &face, &chip) != EX_OK)
			bench_die("chip", "failed");
		keep_least(&r.ours, cpu_seconds_since(start));
		ex_image_free(&chip);
		start = cpu_ns();
		peer_landmarks(peer, im->pixels, im->width, im->height, &f);
		peer_chip(peer, im->pixels, im->width, im->height, &f, pixels);
		keep_least(&r.peers, cpu_seconds_since(start));
	}
	return r;
}

/* ---- the machine ------------------------------------------------------- */

static void
cpu_name(char out[static 128])
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(out, 128, "unknown processor");
	while (f && fgets(line, sizeof line, f))
		if (strncmp(line, "model name", 10) == 0 && strchr(line, ':')) {
			line[strcspn(line, "\n\"\\")] = '\0';
			snprintf(out, 128, "%.120s", strchr(line, ':') + 2);
			break;
		}
	if (f)
		fclose(f);
}

static double
print_machine(FILE *json)
{
	const char *unit;
	const double peak = peak_gflops(&unit);
	char name[128];

	cpu_name(name);
	printf("%s, %u cores, %s; FMA peak of one core %.0f GFLOP/s\n", name,
	    ex_cpu_count(), unit, peak);
	fprintf(json,
	    "{\"cpu\": \"%s\", \"cores\": %u, \"unit\": \"%s\", "
	    "\"peak_gflops\": %.1f",
	    name, ex_cpu_count(), unit, peak);
	return peak;
}

static void
compare(int rounds, FILE *json)
{
	struct ex_image portrait, frame, chip;
	struct ex_face face;
	struct ex_face_search want = { 0 };
	static struct ex_face faces[EX_FACE_MAX];
	struct result r;
	size_t n;

	printf("\n%-38s %10s %10s %7s\n", "one core, least of several runs",
	    "ours, ms", "peer, ms", "times");
	fprintf(json, ",\n \"compared\": [");
	bench_load(1, "passport.jpg", 3, &portrait);
	r = time_detection("faces of 480 x 600", &portrait, rounds);
	print_result(&r, json, true);
	bench_frame(1280, 720, 4, &frame);
	r = time_detection("faces of 1280 x 720", &frame, rounds);
	print_result(&r, json, false);
	ex_image_free(&frame);
	bench_frame(1920, 1080, 5, &frame);
	r = time_detection("faces of 1920 x 1080", &frame, rounds);
	print_result(&r, json, false);
	r = time_smaller(&frame, rounds);
	print_result(&r, json, false);
	ex_image_free(&frame);

	if (ex_face_detect(work, &portrait, &want, faces, &n) != EX_OK || n < 1)
		bench_die("portrait", "no face");
	face = faces[0];
	if (ex_face_align(&portrait, &face, &chip) != EX_OK)
		bench_die("portrait", "no chip");
	r = time_template(&chip, rounds);
	print_result(&r, json, false);
	r = time_mirrored(&chip, &r, rounds);
	print_result(&r, json, false);
	r = time_chip(&portrait, rounds);
	print_result(&r, json, false);
	fprintf(json, "]");
	ex_image_free(&chip);
	ex_image_free(&portrait);
}

int
main(int argc, char **argv)
{
	const char *out = "/dev/null";
	struct ex_error err;
	int rounds = 3;
	double peak;
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
	peer = peer_new(BENCH_MODELS);
	if (!peer || ex_face_work_new(models, &work) != EX_OK)
		bench_die("models", "cannot be made ready");
	peak = print_machine(json);
	compare(rounds, json);
	if (!layers_print(BENCH_MODELS, peak, json))
		bench_die("models", "cannot be read");
	fprintf(json, "}\n");
	fclose(json);
	ex_face_work_free(&work);
	ex_face_models_free(&models);
	peer_free(peer);
	return 0;
}
