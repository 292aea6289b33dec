/* SPDX-License-Identifier: Apache-2.0 */
/*
 * exeunt calibrate: the false match rate at each similarity, from photographs
 * of people who are all different.
 *
 * A file is of the person its name says, up to an underscore: 00012.jpg and
 * several/00012_3.jpg are one. The first photograph of each person (by name)
 * is the reference; probes of k pictures are fused from k of the others, or
 * for k = 1 are the references themselves. A face that cannot be found is
 * counted and left out.
 */
#include "enrol.h"

#include "exeunt/match.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum ex_status cmd_calibrate(struct cli *c);

#define MAX_PHOTOS 200000
#define MAX_DEPTH  4

struct photos {
	struct photo *items;
	size_t n, room;
};

static void
photos_free(struct photos *p)
{
	for (size_t i = 0; i < p->n; i++) {
		photo_wipe(&p->items[i]);
		free(p->items[i].path);
	}
	free(p->items);
	*p = (struct photos){ 0 };
}

static bool
is_picture(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot &&
	       (strcasecmp(dot, ".jpg") == 0 || strcasecmp(dot, ".jpeg") == 0 ||
		   strcasecmp(dot, ".png") == 0);
}

static enum ex_status
add_photo(struct photos *p, char *path, const char *name)
{
	struct photo *more;

	if (p->n == MAX_PHOTOS)
		return EX_ERR_TOO_LARGE;
	if (p->n == p->room) {
		size_t room = p->room ? p->room * 2 : 1024;

		more = ex_calloc(room, sizeof *more);
		if (!more)
			return EX_ERR_NOMEM;
		if (p->n)
			memcpy(more, p->items, p->n * sizeof *more);
		free(p->items);
		p->items = more;
		p->room = room;
	}
	p->items[p->n].path = path;
	snprintf(p->items[p->n].person, sizeof p->items[p->n].person, "%.*s",
	    (int)strcspn(name, "_."), name);
	p->n++;
	return EX_OK;
}

static enum ex_status
walk(struct photos *p, const char *dir, int depth, struct ex_error *err)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	enum ex_status status = EX_OK;

	if (!d)
		return ex_fail(err, EX_ERR_NOT_FOUND, dir, "no such folder");
	while (status == EX_OK && (e = readdir(d))) {
		char *path;
		struct stat st;

		if (e->d_name[0] == '.')
			continue;
		path = ex_path_join(dir, e->d_name);
		if (!path || stat(path, &st) != 0) {
			status = path ? EX_OK : EX_ERR_NOMEM;
			free(path);
		} else if (S_ISDIR(st.st_mode)) {
			if (depth < MAX_DEPTH)
				status = walk(p, path, depth + 1, err);
			free(path);
		} else if (is_picture(e->d_name)) {
			status = add_photo(p, path, e->d_name);
			if (status != EX_OK)
				free(path);
		} else {
			free(path);
		}
	}
	closedir(d);
	if (status != EX_OK && err->status == EX_OK)
		ex_fail(err, status, dir, NULL);
	return status;
}

/* By person, then by path: the order of a folder is chance. */
static int
by_person(const void *a, const void *b)
{
	const struct photo *x = a, *y = b;
	int order = strcmp(x->person, y->person);

	return order ? order : strcmp(x->path, y->path);
}

/* Templates with numbered people, as the curves want them. */
struct set {
	struct ex_template *templates;
	uint32_t *people;
	size_t n;
};

static bool
set_new(struct set *s, size_t room)
{
	s->templates = ex_calloc(room, sizeof *s->templates);
	s->people = ex_calloc(room, sizeof *s->people);
	s->n = 0;
	return s->templates && s->people;
}

static void
set_free(struct set *s)
{
	ex_wipe(s->templates, s->n * sizeof *s->templates);
	free(s->templates);
	free(s->people);
	*s = (struct set){ 0 };
}

static struct ex_calibration_set
view(const struct set *s)
{
	return (struct ex_calibration_set){ s->templates, s->people, s->n };
}

static void
add_to(struct set *s, const struct ex_template *t, uint32_t person)
{
	s->templates[s->n] = *t;
	s->people[s->n++] = person;
}

/* References, and probes fused of k of the further photographs. */
static void
collect(const struct photos *p, unsigned k, struct set *references,
    struct set *probes)
{
	uint32_t person = 0;

	for (size_t i = 0; i < p->n;) {
		struct ex_template held[EX_CALIBRATION_MAX_PICTURES];
		size_t first = i;
		unsigned n = 0;
		bool enrolled = false;

		for (; i < p->n &&
		       strcmp(p->items[i].person, p->items[first].person) == 0;
		     i++) {
			const struct photo *f = &p->items[i];

			if (!f->found)
				continue;
			if (!enrolled) {
				enrolled = true;
				add_to(references, &f->template, person);
				continue;
			}
			if (k == 1)
				continue; /* probes are the references */
			held[n++] = f->template;
			if (n == k) {
				struct ex_template fused;

				ex_template_fuse(held, k, &fused);
				add_to(probes, &fused, person);
				n = 0;
			}
		}
		person++;
	}
}

static enum ex_status
make_curve(const struct photos *p, unsigned k, uint64_t seed,
    struct ex_calibration_curve *out, struct ex_error *err)
{
	struct set references = { 0 }, probes = { 0 };
	struct ex_calibration_set r, q;
	enum ex_status status = EX_ERR_NOMEM;

	if (!set_new(&references, p->n) || !set_new(&probes, p->n)) {
		ex_fail(err, status, "calibration", NULL);
		goto out;
	}
	collect(p, k, &references, &probes);
	r = view(&references);
	q = view(&probes);
	status = ex_calibration_curve_make(
	    k == 1 ? &r : &q, &r, k, EX_CALIBRATION_RESAMPLES, seed, out, err);
out:
	set_free(&references);
	set_free(&probes);
	return status;
}

static size_t
count_people(const struct photos *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += i == 0 ||
		     strcmp(p->items[i].person, p->items[i - 1].person) != 0;
	return n;
}

static size_t
count_lost(const struct photos *p)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n; i++)
		n += !p->items[i].found;
	return n;
}

static void
describe(const struct photos *p, const char *source, uint64_t seed, char *out,
    size_t room)
{
	snprintf(out, room,
	    "%s: %zu photographs of %zu people, %zu without a face that could "
	    "be found. All cross-person pairs; the reference is each person's "
	    "first photograph, probes of k pictures are fused from k others. "
	    "Intervals: 95 %%, bootstrap over people, %d resamples, seed "
	    "%llu. Past the last point that %d pairs reach: exponential "
	    "excesses over the last point that %d pairs reach, by the upper "
	    "bound of their scale, for one decade.",
	    source, p->n, count_people(p), count_lost(p),
	    EX_CALIBRATION_RESAMPLES, (unsigned long long)seed,
	    EX_CALIBRATION_HITS, EX_CALIBRATION_PEAKS);
}

static enum ex_status
write_calibration(const struct photos *p, const char *source,
    const char *recipe, unsigned most, uint64_t seed, const char *path,
    struct ex_error *err)
{
	struct ex_calibration_curve curves[EX_CALIBRATION_MAX_PICTURES] = { 0 };
	char made[1024], recipe_copy[1024];
	struct ex_calibration cal = {
		.recipe = recipe_copy, .made = made, .curves = curves
	};
	enum ex_status status = EX_OK;

	snprintf(recipe_copy, sizeof recipe_copy, "%s", recipe);
	describe(p, source, seed, made, sizeof made);
	for (unsigned k = 1; k <= most && status == EX_OK; k++) {
		status = make_curve(p, k, seed, &curves[k - 1], err);
		/* More pictures than anybody has: fewer are calibrated. */
		if (status == EX_ERR_INPUT && k > 1) {
			status = EX_OK;
			break;
		}
		cal.n_curves = k;
	}
	if (status == EX_OK)
		status = ex_calibration_write(path, &cal, err);
	for (size_t k = 0; k < cal.n_curves; k++)
		free(curves[k].points);
	return status;
}

static enum ex_status
calibrate(struct cli *c, const char *people, const char *source,
    const char *out, unsigned most, uint64_t seed)
{
	struct photos photos = { 0 };
	struct ex_face_models *models = NULL;
	struct ex_error err = { 0 };
	enum ex_status status = walk(&photos, people, 0, &err);

	if (status == EX_OK && photos.n == 0)
		status =
		    ex_fail(&err, EX_ERR_INPUT, people, "holds no photographs");
	if (status != EX_OK) {
		photos_free(&photos);
		return cli_error(&err);
	}
	qsort(photos.items, photos.n, sizeof photos.items[0], by_person);
	status = cli_models(c, &models);
	if (status == EX_OK) {
		status = enrol_all(c, models, photos.items, photos.n);
		if (status != EX_OK && status != EX_ERR_INTERRUPTED) {
			ex_fail(&err, status, "calibration", NULL);
			cli_error(&err);
		}
	}
	if (status == EX_OK) {
		status = write_calibration(&photos, source,
		    ex_face_recipe(models), most, seed, out, &err);
		if (status != EX_OK)
			cli_error(&err);
	}
	if (status == EX_OK && !c->json)
		printf("%s: %zu people, %zu of %zu photographs without a "
		       "face\n",
		    out, count_people(&photos), count_lost(&photos), photos.n);
	ex_face_models_free(&models);
	photos_free(&photos);
	return status;
}

enum ex_status
cmd_calibrate(struct cli *c)
{
	const char *people = NULL, *out = NULL, *source = "photographs";
	uint64_t most = 4, seed = 1;
	const struct cli_option options[] = {
		{ "people", "DIR",
		    "photographs, named PERSON.jpg, PERSON_K.jpg", CLI_TEXT,
		    &people, 0, 0 },
		{ "out", "FILE", "the calibration file to write", CLI_TEXT,
		    &out, 0, 0 },
		{ "source", "TEXT", "what to say they are, in the file",
		    CLI_TEXT, &source, 0, 0 },
		{ "pictures", "N", "largest number of fused pictures (4)",
		    CLI_NUMBER, &most, 1, EX_CALIBRATION_MAX_PICTURES },
		{ "seed", "N", "of the bootstrap (1)", CLI_NUMBER, &seed, 0,
		    1e15 },
	};
	struct ex_error err;
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (!people || !out) {
		ex_fail(&err, EX_ERR_USAGE, people ? "--out" : "--people",
		    "is missing; see 'exeunt calibrate --help'");
		return cli_error(&err);
	}
	return calibrate(c, people, source, out, (unsigned)most, seed);
}
