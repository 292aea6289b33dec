/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt model show, verify: what a folder of models holds, and whether it
 * can be relied on. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum ex_status cmd_model_show(struct cli *c);
enum ex_status cmd_model_verify(struct cli *c);

/* ---- show --------------------------------------------------------------- */

/* What the folder holds; the calibration is the one that would be used. */
struct shown {
	char *dir;
	struct ex_pack pack;
	char recipe[EX_RECIPE_SIZE];
	char *calibration;    /* path; NULL: none */
	struct ex_error fits; /* EX_OK, or why it does not fit */
};

/* Bytes of a pack's file; -1: not there. */
static json_int_t
bytes_of(const char *dir, const char *name)
{
	char *path = ex_path_join(dir, name);
	struct stat st;
	json_int_t n =
	    path && stat(path, &st) == 0 ? (json_int_t)st.st_size : -1;

	free(path);
	return n;
}

static json_t *
json_of_file(const struct shown *s, const char *section, int kind,
    const struct ex_pack_file *f)
{
	char word[EX_PACK_WORD_SIZE];
	json_int_t bytes;
	json_t *o = json_pack(
	    "{s:s}", "kind", ex_pack_word(section, "kind", kind, word));

	if (!f->name[0])
		return o;
	bytes = bytes_of(s->dir, f->name);
	json_object_set_new(o, "file", json_string(f->name));
	json_object_set_new(o, "sha256", json_string(f->sha256));
	json_object_set_new(
	    o, "bytes", bytes < 0 ? json_null() : json_integer(bytes));
	return o;
}

static void
add_input(json_t *o, const struct ex_pack_input *in)
{
	char word[EX_PACK_WORD_SIZE];

	json_object_set_new(o, "channels",
	    json_string(
		ex_pack_word("matcher", "channels", in->channels, word)));
	json_object_set_new(o, "mean",
	    json_pack("[f,f,f]", in->mean[0], in->mean[1], in->mean[2]));
	json_object_set_new(o, "scale",
	    json_pack("[f,f,f]", in->scale[0], in->scale[1], in->scale[2]));
}

static json_t *
json_of_detector(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;
	json_t *o =
	    json_of_file(s, "detector", p->detector.kind, &p->detector.file);

	if (p->detector.kind == EX_DETECTOR_MMOD)
		return o;
	add_input(o, &p->detector.input);
	json_object_set_new(o, "threshold", json_real(p->detector.threshold));
	json_object_set_new(o, "overlap", json_real(p->detector.overlap));
	json_object_set_new(o, "longest", json_integer(p->detector.longest));
	json_object_set_new(o, "smallest", json_integer(p->detector.smallest));
	json_object_set_new(o, "square", json_boolean(p->detector.square));
	return o;
}

static json_t *
json_of_matcher(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;
	char word[EX_PACK_WORD_SIZE];
	json_t *o =
	    json_of_file(s, "matcher", p->matcher.kind, &p->matcher.file);

	json_object_set_new(o, "alignment",
	    json_string(ex_pack_word(
		"matcher", "alignment", p->matcher.alignment, word)));
	if (p->matcher.kind == EX_MATCHER_ONNX)
		add_input(o, &p->matcher.input);
	json_object_set_new(o, "size", json_integer(p->matcher.size));
	json_object_set_new(o, "mirrored", json_boolean(p->matcher.mirrored));
	return o;
}

static enum ex_status
show_json(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;
	json_t *calibration = json_pack("{s:s?,s:b}", "file", s->calibration,
	    "fits", s->fits.status == EX_OK);

	if (s->fits.status != EX_OK)
		json_object_set_new(
		    calibration, "why", json_string(s->fits.why));
	return cli_print(json_pack("{s:s,s:s,s:s,s:o,s:o,s:o,s:s,s:o}",
	    "models", s->dir, "name", p->name, "licence", p->licence,
	    "detector", json_of_detector(s), "landmarker",
	    json_of_file(
		s, "landmarker", p->landmarker.kind, &p->landmarker.file),
	    "matcher", json_of_matcher(s), "recipe", s->recipe, "calibration",
	    calibration));
}

static void
show_file(const struct shown *s, const char *section, int kind,
    const struct ex_pack_file *f)
{
	char word[EX_PACK_WORD_SIZE];
	json_int_t bytes;

	printf("%-12s %s", section, ex_pack_word(section, "kind", kind, word));
	if (!f->name[0]) {
		puts(": eyes, tip of the nose and corners of the mouth");
		return;
	}
	bytes = bytes_of(s->dir, f->name);
	if (bytes < 0)
		printf(", %s, missing\n", f->name);
	else
		printf(
		    ", %s, %" JSON_INTEGER_FORMAT " bytes\n", f->name, bytes);
	printf("%-12s sha256 %s\n", "", f->sha256);
}

static void
show_input(const struct ex_pack_input *in)
{
	char word[EX_PACK_WORD_SIZE];

	printf("%-12s %s, mean %g %g %g, scale %g %g %g\n", "",
	    ex_pack_word("matcher", "channels", in->channels, word),
	    in->mean[0], in->mean[1], in->mean[2], in->scale[0], in->scale[1],
	    in->scale[2]);
}

static void
show_detector(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;

	show_file(s, "detector", p->detector.kind, &p->detector.file);
	if (p->detector.kind == EX_DETECTOR_MMOD)
		return;
	show_input(&p->detector.input);
	printf("%-12s %s %d pixels, faces from %d pixels there, threshold %g, "
	       "overlap %g\n",
	    "", p->detector.square ? "always" : "longest side",
	    (int)p->detector.longest, (int)p->detector.smallest,
	    p->detector.threshold, p->detector.overlap);
}

static void
show_matcher(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;
	char word[EX_PACK_WORD_SIZE];

	show_file(s, "matcher", p->matcher.kind, &p->matcher.file);
	if (p->matcher.kind == EX_MATCHER_ONNX)
		show_input(&p->matcher.input);
	printf("%-12s chip %s, %d numbers, %s\n", "",
	    ex_pack_word("matcher", "alignment", p->matcher.alignment, word),
	    (int)p->matcher.size,
	    p->matcher.mirrored ? "mean of chip and mirrored chip"
				: "chip alone");
}

static enum ex_status
show_text(const struct shown *s)
{
	const struct ex_pack *p = &s->pack;

	printf("models       %s\nname         %s\nlicence      %s\n", s->dir,
	    p->name, p->licence);
	show_detector(s);
	show_file(s, "landmarker", p->landmarker.kind, &p->landmarker.file);
	show_matcher(s);
	printf("recipe       %s\n", s->recipe);
	printf("calibration  %s: %s\n",
	    s->calibration ? s->calibration : "none",
	    s->fits.status == EX_OK ? "fits" : s->fits.why);
	return EX_OK;
}

static void
judge_calibration(struct shown *s)
{
	struct ex_calibration *cal = NULL;
	enum ex_status status = EX_OK;

	if (s->calibration)
		status = ex_calibration_read(s->calibration, &cal, &s->fits);
	if (status == EX_OK)
		status = ex_calibration_fits(cal, s->recipe, &s->fits);
	s->fits.status = status;
	ex_calibration_free(&cal);
}

/* An operand is as good as --models. What is wrong is said. */
static enum ex_status
open_shown(struct cli *c, struct shown *s)
{
	enum ex_status status = cli_options(c, NULL, 0, 0, 1);
	struct ex_error err;

	if (status != EX_OK)
		return status;
	if (c->argc == 1)
		c->models_dir = c->argv[0];
	status = cli_pack(c, &s->dir, &s->pack, &s->calibration, &err);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

static void
close_shown(struct shown *s)
{
	free(s->calibration);
	free(s->dir);
}

enum ex_status
cmd_model_show(struct cli *c)
{
	struct shown s = { 0 };
	enum ex_status status = open_shown(c, &s);

	if (status == EX_OK) {
		ex_pack_recipe(&s.pack, s.recipe);
		judge_calibration(&s);
		status = c->json ? show_json(&s) : show_text(&s);
	}
	close_shown(&s);
	return status;
}

/* ---- verify ------------------------------------------------------------- */

/* A face where there is none: what is made of it must still be a template. */
static const struct ex_face nobody[] = {
	{ .box = { 240, 140, 160, 180 },
	    .landmark = { { 380, 200 }, { 340, 200 }, { 260, 200 },
		{ 300, 200 }, { 320, 255 } },
	    .set = EX_LANDMARKS_EYE_CORNERS },
	{ .box = { 240, 140, 160, 180 },
	    .landmark = { { 360, 200 }, { 280, 200 }, { 320, 245 },
		{ 352, 290 }, { 288, 290 } },
	    .set = EX_LANDMARKS_EYES_MOUTH },
};

static enum ex_status
run_once(struct ex_face_work *w, const struct ex_image *blank,
    const struct ex_pack *pack, const char *dir, struct ex_error *err)
{
	const struct ex_face_search search = { 0 };
	struct ex_face *faces = ex_calloc(EX_FACE_MAX, sizeof *faces);
	struct ex_template t;
	enum ex_status status = EX_ERR_NOMEM;
	size_t n;

	if (!faces)
		return ex_fail(err, status, dir, NULL);
	status = ex_face_detect(w, blank, &search, faces, &n);
	free(faces);
	if (status != EX_OK)
		return ex_fail(err, EX_ERR_MODEL, dir,
		    status == EX_ERR_MODEL
			? "the detector gives numbers that are not finite"
			: "the detector does not run");
	status = ex_face_enrol(w, blank,
	    &nobody[pack->landmarker.kind == EX_LANDMARKER_DETECTOR], &t, NULL);
	if (status != EX_OK)
		return ex_fail(err, EX_ERR_MODEL, dir,
		    "the matcher makes no template of finite length");
	return EX_OK;
}

static enum ex_status
run_on_blank(
    const struct ex_face_models *m, const char *dir, struct ex_error *err)
{
	struct ex_face_work *w;
	struct ex_image blank = { 0 };
	enum ex_status status = ex_face_work_new(m, &w);

	if (status == EX_OK)
		status = ex_image_new(640, 480, 3, &blank);
	if (status == EX_OK) {
		memset(blank.pixels, 128, blank.stride_bytes * 480);
		status = run_once(w, &blank, ex_face_models_pack(m), dir, err);
	} else {
		ex_fail(err, status, dir, NULL);
	}
	ex_image_free(&blank);
	ex_face_work_free(&w);
	return status;
}

static enum ex_status
verify(struct cli *c, const struct shown *s, struct ex_error *err)
{
	struct ex_face_models *m = NULL;
	struct ex_calibration *cal = NULL;
	enum ex_status status = ex_face_models_load(s->dir, &m, err);

	if (status == EX_OK)
		status = run_on_blank(m, s->dir, err);
	if (status == EX_OK && s->calibration)
		status = ex_calibration_read(s->calibration, &cal, err);
	if (status == EX_OK)
		status = ex_calibration_fits(cal, ex_face_recipe(m), err);
	if (status == EX_OK && c->json)
		status = cli_print(json_pack("{s:s,s:b,s:s,s:s}", "models",
		    s->dir, "verified", true, "recipe", ex_face_recipe(m),
		    "calibration", s->calibration));
	else if (status == EX_OK)
		printf("%s: verified: files, hashes, a run, and the "
		       "calibration %s\n",
		    s->dir, s->calibration);
	ex_calibration_free(&cal);
	ex_face_models_free(&m);
	return status;
}

enum ex_status
cmd_model_verify(struct cli *c)
{
	struct shown s = { 0 };
	struct ex_error err = { 0 };
	enum ex_status status = open_shown(c, &s);

	if (status == EX_OK) {
		status = verify(c, &s, &err);
		if (status != EX_OK && err.status != EX_OK)
			cli_error(&err);
	}
	close_shown(&s);
	return status;
}
