/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"
#include "table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define MAX_CROSSINGS_BYTES (256u * 1024 * 1024)
#define PICTURE_QUALITY     85

static enum ex_status
said(enum ex_status status, struct ex_error *err, const char *what)
{
	if (err->status == EX_OK)
		ex_fail(err, status, what, NULL);
	cli_error(err);
	return status;
}

enum ex_status
judge_open(struct judge *j, const char *path, const char *title)
{
	struct ex_error err = { 0 };
	enum ex_status status = run_open(&j->run);

	if (status != EX_OK)
		return status;
	status = ex_eval_new(&j->tally, &err);
	if (status == EX_OK && path)
		status = ex_report_open(path, title, &j->report, &err);
	return status == EX_OK ? EX_OK : said(status, &err, "eval");
}

void
judge_close(struct judge *j)
{
	ex_report_free(&j->report);
	ex_eval_free(&j->tally);
	run_close(&j->run);
	free(j->verdicts_ns);
	j->verdicts_ns = NULL;
}

static const struct ex_truth_vehicle *
find_truth(const struct ex_truth *t, const char *id)
{
	for (size_t i = 0; i < t->n_vehicles; i++)
		if (strcmp(t->vehicles[i].id, id) == 0)
			return &t->vehicles[i];
	return NULL;
}

static void
encode(const struct ex_image *im, struct ex_blob *blob, struct ex_bytes *out)
{
	/* A picture that cannot be shown leaves its place empty. */
	if (im->pixels &&
	    ex_image_encode_jpeg(im, PICTURE_QUALITY, blob) == EX_OK)
		*out = ex_blob_bytes(blob);
}

static enum ex_status
report_vehicle(struct judge *j, const struct ex_flow_crossing *c)
{
	struct ex_blob blobs[EX_MAX_OCCUPANTS + EX_MAX_DOCUMENTS] = { 0 };
	struct ex_report_pictures pictures = { 0 };
	struct ex_error err = { 0 };
	enum ex_status status;

	for (size_t i = 0; i < c->crossing.n_occupants; i++)
		encode(&c->occupants[i], &blobs[i], &pictures.occupants[i]);
	for (size_t i = 0; i < c->crossing.n_documents; i++)
		encode(&c->portraits[i], &blobs[EX_MAX_OCCUPANTS + i],
		    &pictures.documents[i]);
	status = ex_report_vehicle(j->report, &c->crossing, &pictures,
	    find_truth(j->truth, c->crossing.vehicle), &err);
	for (size_t i = 0; i < sizeof blobs / sizeof *blobs; i++) {
		ex_wipe(blobs[i].data, blobs[i].size);
		ex_blob_free(&blobs[i]);
	}
	return status == EX_OK ? EX_OK : said(status, &err, "report");
}

static enum ex_status
take_crossing(void *arg, const struct ex_flow_crossing *c)
{
	struct judge *j = arg;

	j->crossings[j->n_crossings++] = c->crossing;
	if (!c->crossing.opted_out)
		j->verdicts_ns[j->n_verdicts++] = c->verdict_ns;
	if (j->print) {
		cli_progress("frames", 0, 0);
		table_crossing(&c->crossing);
		fflush(stdout);
	}
	return j->report ? report_vehicle(j, c) : EX_OK;
}

/* They hold document numbers. */
static void
drop_crossings(struct judge *j)
{
	if (j->crossings)
		ex_wipe(j->crossings, j->n_crossings * sizeof *j->crossings);
	free(j->crossings);
	j->crossings = NULL;
}

/* Room for one more scene's crossings and verdicts. */
static enum ex_status
make_room(struct judge *j, size_t vehicles)
{
	int64_t *more =
	    ex_calloc(j->n_verdicts + vehicles, sizeof *j->verdicts_ns);

	if (!more)
		return EX_ERR_NOMEM;
	if (j->n_verdicts)
		memcpy(more, j->verdicts_ns, j->n_verdicts * sizeof *more);
	free(j->verdicts_ns);
	j->verdicts_ns = more;
	j->n_crossings = 0;
	j->crossings = ex_calloc(vehicles, sizeof *j->crossings);
	return j->crossings ? EX_OK : EX_ERR_NOMEM;
}

/* What a scene needs before it can be judged, and what is left after. */
static enum ex_status
open_scene(struct judge *j, const char *dir, struct ex_scene **scene,
    struct ex_truth **truth)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_scene_read(dir, scene, &err);

	if (status == EX_OK)
		status = ex_truth_read(dir, truth, &err);
	if (status == EX_OK)
		status = make_room(j, (*scene)->n_vehicles);
	if (status == EX_OK && j->now)
		(*scene)->start_ms = -1;
	j->truth = *truth;
	return status == EX_OK ? EX_OK : said(status, &err, dir);
}

static enum ex_status
tally(struct judge *j, const struct ex_scene *scene, const char *dir)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_eval_scene(
	    j->truth, scene, j->crossings, j->n_crossings, j->tally, &err);

	return status == EX_OK ? EX_OK : said(status, &err, dir);
}

enum ex_status
judge_scene(struct judge *j, const char *dir)
{
	struct ex_scene *scene = NULL;
	struct ex_truth *truth = NULL;
	enum ex_status status = open_scene(j, dir, &scene, &truth), ran;

	j->run.crossing = take_crossing;
	j->run.arg = j;
	if (status == EX_OK) {
		ran = run_scene(&j->run, scene);
		/* Wrong input of one vehicle leaves the others to judge. */
		status = ex_status_exit(ran) <= ex_status_exit(EX_ERR_INPUT)
			     ? tally(j, scene, dir)
			     : ran;
		status = status == EX_OK ? ran : status;
	}
	drop_crossings(j);
	ex_truth_free(&truth);
	ex_scene_free(&scene);
	return status;
}

static enum ex_status
parse_lines(struct judge *j, const char *file, size_t room, char *text)
{
	struct ex_error err = { 0 };
	char what[256];
	unsigned line = 0;

	for (char *rest = text, *s; (s = strsep(&rest, "\n"));) {
		enum ex_status status;

		line++;
		if (*s == '\0')
			continue;
		snprintf(what, sizeof what, "%.200s line %u", file, line);
		if (j->n_crossings == room)
			status = ex_fail(&err, EX_ERR_FORMAT, what,
			    "more crossings than the scene has vehicles");
		else
			status = ex_crossing_parse(s, strlen(s),
			    &j->crossings[j->n_crossings++], &err);
		if (status != EX_OK) {
			char why[320];

			snprintf(why, sizeof why, "%.150s: %.150s", err.what,
			    err.why);
			ex_fail(&err, status, what, "%s", why);
			return cli_error(&err);
		}
	}
	return EX_OK;
}

enum ex_status
judge_crossings(struct judge *j, const char *dir, const char *file)
{
	struct ex_scene *scene = NULL;
	struct ex_truth *truth = NULL;
	struct ex_blob blob = { 0 };
	struct ex_error err = { 0 };
	enum ex_status status = open_scene(j, dir, &scene, &truth);

	if (status == EX_OK) {
		/* ex_file_read puts a NUL behind what it read. */
		status = ex_file_read(file, MAX_CROSSINGS_BYTES, &blob, &err);
		status = status == EX_OK
			     ? parse_lines(j, file, scene->n_vehicles,
				   (char *)blob.data)
			     : said(status, &err, file);
	}
	if (status == EX_OK)
		status = tally(j, scene, dir);
	ex_blob_free(&blob);
	drop_crossings(j);
	ex_truth_free(&truth);
	ex_scene_free(&scene);
	return status;
}

static int
by_time(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double
quantile_s(const struct judge *j, double q)
{
	size_t at = (size_t)(q * (double)(j->n_verdicts - 1) + 0.5);

	return (double)j->verdicts_ns[at] / 1e9;
}

static void
print_times(struct judge *j)
{
	struct rusage use;

	if (j->n_verdicts == 0)
		return;
	qsort(j->verdicts_ns, j->n_verdicts, sizeof *j->verdicts_ns, by_time);
	getrusage(RUSAGE_SELF, &use);
	printf("Verdict after the last frame: median %.2f s, 99 %% within "
	       "%.2f s, all within %.2f s. Memory: %ld MiB at most.\n",
	    quantile_s(j, 0.5), quantile_s(j, 0.99), quantile_s(j, 1),
	    use.ru_maxrss / 1024);
}

/* Of no scene there are no rates: the errors have said why. */
static enum ex_status
print_tally(struct judge *j, struct ex_error *err)
{
	char *line;

	if (ex_eval_counts_get(j->tally).scenes == 0)
		return EX_OK;
	if (!j->run.cli->json) {
		putchar('\n');
		ex_eval_table(j->tally, stdout);
		print_times(j);
		return EX_OK;
	}
	line = ex_eval_json(j->tally);
	if (!line)
		return said(EX_ERR_NOMEM, err, "eval");
	puts(line);
	free(line);
	return EX_OK;
}

enum ex_status
judge_finish(struct judge *j)
{
	struct ex_error err = { 0 };
	enum ex_status status = print_tally(j, &err);

	if (status != EX_OK || !j->report)
		return status;
	status = ex_report_close(&j->report, j->tally, &err);
	return status == EX_OK ? EX_OK : said(status, &err, "report");
}
