/* SPDX-License-Identifier: Apache-2.0 */
/* Packs with detectors and matchers in ONNX, from their folder to templates. */
#include "test.h"

#include "mirror.h"
#include "pack_writer.h"

#include "exeunt/face.h"

#include <ftw.h>
#include <math.h>
#include <unistd.h>

#define SIZE 256 /* of a template */

static char dir[64]; /* of the case that runs */

struct parts {
	const char *detector; /* kind */
	const char *more;     /* lines of [detector] */
	const char *landmarker;
	const char *matcher; /* further lines of [matcher] */
};

static const struct parts usual = { "yunet", "", "kind = from-detector\n", "" };

/* The folder, with the detector that `m` is, and the matcher. */
static void
write_pack(struct onnx_model *m, const struct parts *p)
{
	char detector[65], matcher[65];
	struct onnx_model other;

	pack_save(dir, "d.onnx", m, detector);
	pack_matcher(&other, SIZE);
	pack_save(dir, "m.onnx", &other, matcher);
	pack_ini(dir,
	    PACK_INI_HEAD
	    "[detector]\nkind = %s\nfile = d.onnx\nsha256 = %s\n%s"
	    "[landmarker]\n%s"
	    "[matcher]\nkind = onnx\nfile = m.onnx\nsha256 = %s\n"
	    "alignment = arcface-112\nchannels = rgb\nmean = 127.5\n"
	    "scale = 0.0078125\n%s%s",
	    p->detector, detector, p->more, p->landmarker, matcher,
	    strstr(p->matcher, "size") ? "" : "size = 256\n", p->matcher);
}

static struct ex_face_models *
load(void)
{
	struct ex_face_models *m;
	struct ex_error err = { 0 };

	if (ex_face_models_load(dir, &m, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return m;
}

/* The pack with this detector, loaded and at work. */
struct opened {
	struct ex_face_models *m;
	struct ex_face_work *w;
};

static struct opened
open_pack(struct onnx_model *net, const struct parts *parts)
{
	struct opened o;

	write_pack(net, parts);
	o.m = load();
	assert_int_equal(ex_face_work_new(o.m, &o.w), EX_OK);
	return o;
}

static void
close_pack(struct opened *o)
{
	ex_face_work_free(&o->w);
	ex_face_models_free(&o->m);
}

static void
refused(const char *what, const char *why)
{
	struct ex_face_models *m;
	struct ex_error err = { 0 };

	assert_int_equal(ex_face_models_load(dir, &m, &err), EX_ERR_MODEL);
	assert_null(m);
	assert_int_equal(err.status, EX_ERR_MODEL);
	if (!strstr(err.what, what) || !strstr(err.why, why))
		fail_msg(
		    "'%s: %s' says '%s: %s'", what, why, err.what, err.why);
}

/* A square of light, with a dark spot so that the matcher sees something. */
static void
make_picture(
    int width, int height, int x, int y, int side, struct ex_image *out)
{
	assert_int_equal(ex_image_new(width, height, 3, out), EX_OK);
	for (int v = 0; v < height; v++)
		for (int u = 0; u < width; u++)
			ex_image_row(out, v)[3 * u + u % 3] =
			    (uint8_t)((u * 3 + v * 5) % 60);
	for (int v = y; v < y + side; v++)
		memset(ex_image_row(out, v) + 3 * x, 255, 3 * (size_t)side);
}

static size_t
find(struct ex_face_work *w, const struct ex_image *im, int min_face,
    float threshold, struct ex_face *best)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { threshold, min_face };
	size_t n;

	assert_int_equal(ex_face_detect(w, im, &want, faces, &n), EX_OK);
	if (n > 0)
		*best = faces[0];
	return n;
}

static void
assert_near(float got, double wanted, double within)
{
	if (!(fabs((double)got - wanted) <= within))
		fail_msg("%g, not %g", (double)got, wanted);
}

/* The face of a cell whose corner is at x, y and `cell` pixels wide. */
static void
assert_face(const struct ex_face *f, double x, double y, double cell,
    double centre, double side)
{
	static const int subjects[5] = { 1, 0, 2, 4, 3 };

	assert_near(f->box.x, x + (centre - side / 2) * cell, 0.01);
	assert_near(f->box.y, y + (centre - side / 2) * cell, 0.01);
	assert_near(f->box.w, side * cell, 0.01);
	assert_near(f->box.h, side * cell, 0.01);
	assert_int_equal(f->set, EX_LANDMARKS_EYES_MOUTH);
	for (int i = 0; i < 5; i++) {
		const float *p = pack_points + 2 * subjects[i];

		assert_near(f->landmark[i].x, x + p[0] * cell, 0.01);
		assert_near(f->landmark[i].y, y + p[1] * cell, 0.01);
	}
}

static void
yunet_finds_a_face_where_it_is(void **state)
{
	struct opened o;
	struct onnx_model net;
	struct ex_image im;
	struct ex_face f;

	(void)state;
	pack_yunet(&net);
	o = open_pack(&net, &usual);
	/* As it is, in whole cells of a size that is not: cell 3, 1. */
	make_picture(300, 200, 96, 32, 32, &im);
	assert_int_equal(find(o.w, &im, 0, 0, &f), 1);
	assert_face(&f, 96, 32, 32, 0.5, 4);
	/* 0.995 lies 0.983 of the way from the threshold, 0.7, to 1. */
	assert_near(f.score, 0.983, 0.002);
	assert_int_equal(find(o.w, &im, 0, 0.99f, &f), 0);
	assert_int_equal(find(o.w, &im, 0, -INFINITY, &f), EX_FACE_MAX);
	ex_image_free(&im);
	/* Reduced by two, to 640 x 360: cell 4, 2. */
	make_picture(1280, 720, 256, 128, 64, &im);
	assert_int_equal(find(o.w, &im, 0, 0, &f), 1);
	assert_face(&f, 256, 128, 64, 0.5, 4);
	/* By four where the smallest face, 12 pixels there, is to be 48. */
	assert_int_equal(find(o.w, &im, 48, 0, &f), 0);
	ex_image_free(&im);
	make_picture(1280, 720, 256, 128, 128, &im);
	assert_int_equal(find(o.w, &im, 48, 0, &f), 1);
	assert_face(&f, 256, 128, 128, 0.5, 4);
	ex_image_free(&im);
	close_pack(&o);
}

static void
scrfd_finds_it_by_name_and_by_order(void **state)
{
	struct parts parts = usual;

	(void)state;
	parts.detector = "scrfd";
	for (int named = 0; named < 2; named++) {
		struct opened o;
		struct onnx_model net;
		struct ex_image im;
		struct ex_face f;

		pack_scrfd(&net, true, named);
		o = open_pack(&net, &parts);
		make_picture(300, 200, 96, 32, 32, &im);
		assert_int_equal(find(o.w, &im, 0, 0, &f), 1);
		assert_face(&f, 96, 32, 32, 0, 4);
		ex_image_free(&im);
		close_pack(&o);
	}
}

/* A network for one size only: the picture at the top left of it. */
static void
square_inputs_are_filled_up(void **state)
{
	struct parts parts = usual;
	struct opened o;
	struct onnx_model net;
	struct ex_image im;
	struct ex_face f;

	(void)state;
	parts.more = "square = yes\nlongest = 320\n";
	pack_yunet(&net);
	o = open_pack(&net, &parts);
	make_picture(640, 100, 512, 0, 64, &im);
	assert_int_equal(find(o.w, &im, 0, 0, &f), 1);
	assert_face(&f, 512, 0, 64, 0.5, 4);
	ex_image_free(&im);
	close_pack(&o);
}

static void
enrol(const char *matcher, bool turn, struct ex_template *out)
{
	struct parts parts = usual;
	struct opened o;
	struct onnx_model net;
	struct ex_image im;
	struct ex_face f;
	struct ex_image chip = { 0 };

	parts.matcher = matcher;
	pack_yunet(&net);
	o = open_pack(&net, &parts);
	make_picture(300, 200, 96, 64, 32, &im);
	assert_int_equal(find(o.w, &im, 0, 0, &f), 1);
	assert_int_equal(ex_face_fit(o.m, &im, &f, &chip), EX_OK);
	if (turn)
		mirror(&chip);
	assert_int_equal(ex_face_template(o.w, &chip, out), EX_OK);
	ex_face_work_wipe(o.w);
	ex_image_free(&chip);
	ex_image_free(&im);
	close_pack(&o);
}

static void
templates_have_the_packs_size_and_unit_length(void **state)
{
	struct ex_template t, again;
	double norm = 0;

	(void)state;
	enrol("", false, &t);
	assert_int_equal(t.dim, SIZE);
	for (int i = 0; i < EX_TEMPLATE_DIM; i++) {
		norm += (double)t.v[i] * (double)t.v[i];
		assert_true(i < SIZE || t.v[i] == 0);
	}
	assert_near((float)norm, 1, 1e-5);
	enrol("", false, &again);
	assert_memory_equal(&t, &again, sizeof t);
}

/* The mean of two vectors, before either is scaled: of that direction. */
static void
mirrored_chips_are_averaged_where_the_pack_says_so(void **state)
{
	struct ex_template both, turned, one, other;

	(void)state;
	enrol("mirrored = yes\n", false, &both);
	enrol("mirrored = yes\n", true, &turned);
	assert_true(ex_template_similarity(&both, &turned) > 0.99999f);
	enrol("mirrored = no\n", false, &one);
	enrol("mirrored = no\n", true, &other);
	assert_true(ex_template_similarity(&one, &other) < 0.99f);
	assert_true(ex_template_similarity(&both, &one) < 0.999f);
	/* In their plane, between them. */
	assert_true(ex_template_similarity(&both, &one) >
		    ex_template_similarity(&one, &other));
	assert_true(ex_template_similarity(&both, &other) >
		    ex_template_similarity(&one, &other));
}

static void
wrong_chips_are_refused(void **state)
{
	struct opened o;
	struct onnx_model net;
	struct ex_image chip;
	struct ex_template t;
	float v[EX_FACE_VECTOR];

	(void)state;
	pack_yunet(&net);
	o = open_pack(&net, &usual);
	assert_int_equal(ex_image_new(150, 150, 3, &chip), EX_OK);
	assert_int_equal(ex_face_template(o.w, &chip, &t), EX_ERR_UNSUPPORTED);
	assert_int_equal(ex_face_vector(o.w, &chip, v), EX_ERR_UNSUPPORTED);
	ex_image_free(&chip);
	close_pack(&o);
}

static void
models_that_are_not_what_the_pack_says_are_refused(void **state)
{
	struct parts parts = usual;
	struct onnx_model net;

	(void)state;
	parts.matcher = "size = 128\n";
	pack_yunet(&net);
	write_pack(&net, &parts);
	refused("m.onnx", "gives 256 numbers where pack.ini says size = 128");
	parts = usual;
	parts.detector = "scrfd";
	pack_yunet(&net);
	write_pack(&net, &parts);
	refused("d.onnx", "not an SCRFD");
	pack_scrfd(&net, true, true);
	write_pack(&net, &usual);
	refused("d.onnx", "not a YuNet");
	pack_scrfd(&net, false, false);
	write_pack(&net, &parts);
	refused("d.onnx", "gives no landmarks");
	/* The outputs of a matcher under the names of a detector. */
	onnx_begin(&net, 13);
	onnx_node(&net, "Relu", "x", "score_8", "");
	onnx_node(&net, "Relu", "x", "score_16", "");
	onnx_node(&net, "Relu", "x", "score_32", "");
	onnx_node(&net, "Relu", "x", "bbox_8", "");
	onnx_node(&net, "Relu", "x", "bbox_16", "");
	onnx_node(&net, "Relu", "x", "bbox_32", "");
	onnx_node(&net, "Relu", "x", "kps_8", "");
	onnx_node(&net, "Relu", "x", "kps_16", "");
	onnx_node(&net, "Relu", "x", "kps_32", "");
	onnx_end(&net, "x", "1,3,64,64",
	    "score_8 score_16 score_32 bbox_8 "
	    "bbox_16 bbox_32 kps_8 kps_16 kps_32");
	write_pack(&net, &parts);
	refused("d.onnx", "are not those of SCRFD");
	onnx_begin(&net, 13);
	onnx_node(&net, "Relu", "x", "y", "");
	onnx_end(&net, "x", "1,1,64,64", "y");
	write_pack(&net, &usual);
	refused("d.onnx", "3 channels");
}

/* Every part of a pack that a template depends on is in its recipe. */
static void
the_recipe_tells_packs_apart(void **state)
{
	char first[EX_RECIPE_SIZE], other[EX_RECIPE_SIZE];
	struct onnx_model net;
	struct ex_pack p, q;
	struct ex_error err;

	(void)state;
	pack_yunet(&net);
	write_pack(&net, &usual);
	assert_int_equal(ex_pack_read(dir, &p, &err), EX_OK);
	assert_false(p.standard);
	ex_pack_recipe(&p, first);
	assert_null(strchr(first, '\n'));
#define DIFFERS(change)                                                        \
	do {                                                                   \
		q = p;                                                         \
		change;                                                        \
		ex_pack_recipe(&q, other);                                     \
		assert_string_not_equal(first, other);                         \
	} while (0)
	DIFFERS(q.matcher.file.sha256[0] ^= 1);
	DIFFERS(q.detector.file.sha256[0] ^= 1);
	DIFFERS(q.matcher.mirrored = false);
	DIFFERS(q.matcher.alignment = EX_ALIGNMENT_DLIB_150);
	DIFFERS(q.matcher.input.channels = EX_CHANNELS_BGR);
	DIFFERS(q.matcher.input.mean[1] += 0.5);
	DIFFERS(q.matcher.input.scale[2] *= 1.001);
	DIFFERS(q.detector.input.mean[0] += 1);
	DIFFERS(q.detector.longest = 320);
	DIFFERS(q.landmarker.kind = EX_LANDMARKER_SHAPE_5);
	/* Names for people, and who is a face, are not. */
	q = p;
	q.name[0] ^= 1;
	q.detector.threshold = 0.9;
	ex_pack_recipe(&q, other);
	assert_string_equal(first, other);
}

static void
failed_allocations_are_survived(void **state)
{
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_face_models *m = NULL;
	struct ex_face_work *w = NULL;
	struct onnx_model net;
	struct ex_error err;
	struct ex_image im;
	struct ex_template t;
	const struct ex_face_search want = { 0 };
	static struct ex_face faces[EX_FACE_MAX];
	size_t n = 0;

	(void)state;
	pack_yunet(&net);
	write_pack(&net, &usual);
	for (long k = 0; status != EX_OK; k += 1 + k / 8) {
		ex_calloc_fail_after(k);
		status = ex_face_models_load(dir, &m, &err);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, m != NULL);
	}
	make_picture(1280, 720, 256, 128, 64, &im);
	status = EX_ERR_NOMEM;
	for (long k = 0; status != EX_OK; k++) {
		ex_calloc_fail_after(k);
		status = ex_face_work_new(m, &w);
		if (status == EX_OK)
			status = ex_face_detect(w, &im, &want, faces, &n);
		if (status == EX_OK)
			status = ex_face_enrol(w, &im, &faces[0], &t, NULL);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		ex_face_work_free(&w);
	}
	assert_int_equal(n, 1);
	ex_image_free(&im);
	ex_face_models_free(&m);
}

static int
make_folder(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/exeunt-pack-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int
drop(const char *path, const struct stat *st, int flag, struct FTW *at)
{
	(void)st;
	(void)flag;
	(void)at;
	return remove(path);
}

static int
drop_folder(void **state)
{
	(void)state;
	return nftw(dir, drop, 8, FTW_DEPTH | FTW_PHYS);
}

#define IN_FOLDER(test)                                                        \
	cmocka_unit_test_setup_teardown(test, make_folder, drop_folder)

/* They are over no threshold: it would look like an empty lane. */
static void
heads_that_are_no_numbers_are_an_error(void **state)
{
	static struct ex_face faces[EX_FACE_MAX];
	const struct ex_face_search want = { 0 };
	struct onnx_model net;
	struct ex_image im;
	struct opened o;
	size_t n;

	(void)state;
	pack_yunet_growing(&net, 3e38f);
	o = open_pack(&net, &usual);
	assert_int_equal(ex_image_new(96, 64, 3, &im), EX_OK); /* black */
	assert_int_equal(ex_face_detect(o.w, &im, &want, faces, &n), EX_OK);
	memset(im.pixels, 255, im.stride_bytes * (size_t)im.height);
	assert_int_equal(
	    ex_face_detect(o.w, &im, &want, faces, &n), EX_ERR_MODEL);
	ex_image_free(&im);
	close_pack(&o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_FOLDER(yunet_finds_a_face_where_it_is),
		IN_FOLDER(scrfd_finds_it_by_name_and_by_order),
		IN_FOLDER(square_inputs_are_filled_up),
		IN_FOLDER(templates_have_the_packs_size_and_unit_length),
		IN_FOLDER(mirrored_chips_are_averaged_where_the_pack_says_so),
		IN_FOLDER(wrong_chips_are_refused),
		IN_FOLDER(models_that_are_not_what_the_pack_says_are_refused),
		IN_FOLDER(the_recipe_tells_packs_apart),
		IN_FOLDER(heads_that_are_no_numbers_are_an_error),
		IN_FOLDER(failed_allocations_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
