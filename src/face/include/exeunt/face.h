/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * face: where faces are in a picture, how good they are, and their templates.
 *
 * There is no call here that looks for a face among others: comparing is left
 * to `match`, which knows one vehicle only.
 */
#ifndef EXEUNT_FACE_H
#define EXEUNT_FACE_H

#include "exeunt/base.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"

/* ---- model packs ------------------------------------------------------- */

/* Words in pack.ini, in this order. */
enum ex_detector { EX_DETECTOR_MMOD, EX_DETECTOR_YUNET, EX_DETECTOR_SCRFD };
enum ex_landmarker { EX_LANDMARKER_SHAPE_5, EX_LANDMARKER_DETECTOR };
enum ex_matcher { EX_MATCHER_RESNET, EX_MATCHER_ONNX };
enum ex_alignment { EX_ALIGNMENT_DLIB_150, EX_ALIGNMENT_ARCFACE_112 };
enum ex_channels { EX_CHANNELS_RGB, EX_CHANNELS_BGR };

/** A file of a pack. */
struct ex_pack_file {
	char name[EX_MAX_NAME]; /**< path inside the folder; "": none */
	char sha256[65];        /**< hex */
};

/** What an ONNX network wants: (level - mean) * scale, a channel each. */
struct ex_pack_input {
	int channels; /**< enum ex_channels */
	double mean[3], scale[3];
};

/**
 * What pack.ini says: which networks, and what they are to be given. The
 * grammar is ex_ini_parse's, the keys are those of src/face/pack.c and of the
 * man page.
 */
struct ex_pack {
	char name[128], licence[256];
	char calibration[EX_MAX_NAME]; /**< path inside the folder; "": none */
	bool standard; /**< no pack.ini: the three pinned files of dlib */
	struct {
		int kind; /**< enum ex_detector */
		struct ex_pack_file file;
		/* YuNet and SCRFD only: */
		struct ex_pack_input input;
		double threshold, overlap; /**< of scores 0..1; of boxes, IoU */
		int64_t longest;           /**< longest side searched, pixels */
		int64_t smallest; /**< face that it finds there, pixels */
		bool square;      /**< searches only longest x longest */
	} detector;
	struct {
		int kind; /**< enum ex_landmarker */
		struct ex_pack_file file;
	} landmarker;
	struct {
		int kind; /**< enum ex_matcher */
		struct ex_pack_file file;
		int alignment; /**< enum ex_alignment */
		struct ex_pack_input input;
		int64_t size;  /**< numbers of a template */
		bool mirrored; /**< mean with the mirrored chip's */
	} matcher;
};

/**
 * Read DIR/pack.ini; without one, the pack is that of the three pinned files,
 * whether they are there or not. No other file is opened.
 *
 * @return EX_OK; EX_ERR_MODEL, naming file, line and key; EX_ERR_NOMEM
 */
enum ex_status ex_pack_read(
    const char *dir, struct ex_pack *out, struct ex_error *err);

#define EX_PACK_WORD_SIZE 24

/** What pack.ini says for this value of a key that takes words: "detector",
 *  "kind", EX_DETECTOR_YUNET is "yunet". Returns `out`. */
const char *ex_pack_word(const char *section, const char *key, int value,
    char out[static EX_PACK_WORD_SIZE]);

#define EX_RECIPE_SIZE 1024

/**
 * What a template of this pack depends on, as one line: hashes, alignment,
 * normalisation, mirroring. A calibration holds for one recipe only.
 */
void ex_pack_recipe(const struct ex_pack *p, char out[static EX_RECIPE_SIZE]);

/* ---- models ------------------------------------------------------------ */

/** Detector, landmarks and matcher; read only, shared by threads. */
struct ex_face_models;

/**
 * Load the models of the pack in `dir` and check each file against its SHA-256
 * before a byte of it is parsed.
 *
 * @return EX_OK; EX_ERR_MODEL (missing, another file, not what pack.ini says
 *         it is: `err` names it, and what to run if it is a pinned one);
 *         EX_ERR_NOMEM
 */
enum ex_status ex_face_models_load(
    const char *dir, struct ex_face_models **out, struct ex_error *err);
void ex_face_models_free(struct ex_face_models **m);

/** Borrowed. */
const struct ex_pack *ex_face_models_pack(const struct ex_face_models *m);
/** Its pack's. */
const char *ex_face_recipe(const struct ex_face_models *m);

/* ---- detection --------------------------------------------------------- */

#define EX_FACE_LANDMARKS 5
#define EX_FACE_MAX       256 /**< faces of one picture */
/** Side of the smallest face that can be asked for, pixels. */
#define EX_FACE_LEAST 20
/** Of a picture as it is searched, scaled by min_face; a million take about 160
 *  megabytes of memory. */
#define EX_FACE_MAX_PIXELS (16 * 1024 * 1024)

/** Which five points a face has; left and right are the subject's. */
enum ex_landmark_set {
	/** Left eye's outer and inner corner, right eye's outer and inner
	 *  corner, base of the nose: the default pack's. */
	EX_LANDMARKS_EYE_CORNERS,
	/** Left and right eye's centre, tip of the nose, left and right corner
	 *  of the mouth: of detectors that give landmarks. */
	EX_LANDMARKS_EYES_MOUTH,
};

struct ex_face {
	struct ex_box box; /**< pixels, half-open; may reach over the edge */
	float score; /**< 0 at the detector's threshold; 1 is a plain face */
	struct ex_point landmark[EX_FACE_LANDMARKS]; /**< pixels */
	enum ex_landmark_set set;
};

/** What both sets of landmarks tell: eyes' centres and the base of the nose. */
struct ex_face_triangle {
	struct ex_point left_eye, right_eye, nose;
};
/** Where the base of the nose is not among the landmarks, it is put between
 *  tip and mouth, where it lies in the mean of faces. */
struct ex_face_triangle ex_face_triangle_of(const struct ex_face *f);

/** Scratch of one worker: plans by picture size. Not thread safe. */
struct ex_face_work;
/** @param m borrowed for the work's life */
enum ex_status ex_face_work_new(
    const struct ex_face_models *m, struct ex_face_work **out);
/** Overwrite what it still holds of pictures. */
void ex_face_work_wipe(struct ex_face_work *w);
/** Wipes, then frees. */
void ex_face_work_free(struct ex_face_work **w);

struct ex_face_search {
	float threshold; /**< score above which a window is a face; 0 */
	/** Pixels, side of the smallest face wanted; under EX_FACE_LEAST counts
	 * as that; 0: as the model is, dlib's 80. A larger one is faster and a
	 * smaller one slower, by its square: the picture is scaled first, and
	 * enlarged to EX_FACE_MAX_PIXELS at most. (A detector with heads finds
	 * what it finds: no enlarged picture is searched.) */
	int min_face;
};

/**
 * Find faces with the pack's detector, and five landmarks of each.
 *
 * dlib's CNN detector (max-margin object detection, King 2015): pyramid of 5/6
 * steps, non-maximum suppression as the model says; landmarks by regression
 * trees (Kazemi and Sullivan 2014). YuNet (Wu 2023) and SCRFD (Guo 2021): the
 * picture, reduced until its longest side is the pack's `longest` and filled
 * up with black to whole cells, in one run; suppression above the pack's
 * `overlap`; landmarks as the network gives them, or by trees in its boxes.
 *
 * @param rgb   3 channels
 * @param faces at most EX_FACE_MAX, best score first
 * @return EX_OK (also for none), EX_ERR_UNSUPPORTED (not 3 channels),
 *         EX_ERR_TOO_LARGE (EX_FACE_MAX_PIXELS), EX_ERR_MODEL (a pack's heads
 *         give what is not a number), EX_ERR_NOMEM, EX_ERR_INTERNAL
 *
 * The first picture of a size plans memory.
 */
enum ex_status ex_face_detect(struct ex_face_work *w,
    const struct ex_image *rgb, const struct ex_face_search *want,
    struct ex_face faces[static EX_FACE_MAX], size_t *n);

/** The best face whose box holds the picture's middle, for photographs of
 *  one person with others behind; NULL where there is none. */
const struct ex_face *ex_face_central(
    const struct ex_face *faces, size_t n, const struct ex_image *im);

/** Landmarks within a box, EX_LANDMARKS_EYE_CORNERS; works on any part of a
 *  picture, face or not. Only of packs whose landmarker is dlib-shape-5. */
void ex_face_landmarks(const struct ex_face_models *m,
    const struct ex_image *rgb, struct ex_box box,
    struct ex_point out[static EX_FACE_LANDMARKS]);

/* ---- templates --------------------------------------------------------- */

#define EX_FACE_CHIP 150 /**< side of an aligned face, pixels */

/**
 * Cut the face out, turned upright, scaled to 150 x 150 with a margin of a
 * quarter; what lies outside the picture is black. By least squares (Umeyama
 * 1991) over the five landmarks, or over ex_face_triangle_of where they are
 * not those of dlib's mean face. Quality is measured on this chip.
 *
 * @param chip owned by the caller on EX_OK
 */
enum ex_status ex_face_align(const struct ex_image *rgb,
    const struct ex_face *face, struct ex_image *chip);

/**
 * Make of that chip what the pack's matcher takes. Nothing has to be done for
 * alignment dlib-150; for arcface-112 the face is cut anew, 112 x 112, onto
 * the mean face of ArcFace (Deng 2019), as SFace and others want it.
 *
 * @param chip what ex_face_align made; on failure it is freed
 */
enum ex_status ex_face_fit(const struct ex_face_models *m,
    const struct ex_image *rgb, const struct ex_face *face,
    struct ex_image *chip);

#define EX_FACE_VECTOR 128 /**< numbers of dlib's network */

/**
 * The network's own vector of one chip, not scaled; for comparing with dlib.
 * @return EX_OK, EX_ERR_UNSUPPORTED (not 150 x 150 x 3, or the matcher is
 *         another), EX_ERR_INTERNAL
 */
enum ex_status ex_face_vector(struct ex_face_work *w,
    const struct ex_image *chip, float out[static EX_FACE_VECTOR]);

/**
 * Template of a chip that ex_face_fit has seen: the network's vector, or where
 * the pack says so the mean with that of the mirrored chip, scaled to unit
 * length. `out` is biometric data: wipe it after use.
 * @return EX_OK, EX_ERR_UNSUPPORTED (not the matcher's size, not 3 channels),
 *         EX_ERR_INTERNAL
 */
enum ex_status ex_face_template(struct ex_face_work *w,
    const struct ex_image *chip, struct ex_template *out);

struct ex_face_quality;

/**
 * ex_face_align, ex_face_quality, ex_face_fit and ex_face_template of one face
 * of a picture.
 * @param quality NULL: not wanted
 */
enum ex_status ex_face_enrol(struct ex_face_work *w, const struct ex_image *rgb,
    const struct ex_face *face, struct ex_template *out,
    struct ex_face_quality *quality);

/* ---- quality ----------------------------------------------------------- */

/** Native measures of one face; see docs of each for the unit. */
struct ex_face_quality {
	float eye_distance; /**< pixels between the eyes' centres */
	float yaw_deg;     /**< estimate; positive towards the subject's left */
	float roll_deg;    /**< positive clockwise in the picture */
	float sharpness;   /**< of coarse detail, over the contrast's square:
			      0.002 soft, 0.08 and more sharp */
	float luminance;   /**< mean of the face's grey levels, 0..255 */
	float contrast;    /**< standard deviation of them */
	float overexposed; /**< share of pixels at 250 or more, 0..1 */
	int unified;       /**< 0..100: the worst component's score */
	enum ex_cause cause; /**< of that component; EX_CAUSE_NONE at 50 and
				more: good enough */
};

/** @param chip the face aligned by ex_face_align */
void ex_face_quality(const struct ex_face *face, const struct ex_image *chip,
    struct ex_face_quality *q);

/** The components of ISO/IEC 29794-5:2025 that are measured. */
enum ex_face_component {
#define EX_QUALITY(name, clause, word, heading, unit, text) EX_FACE_##name,
#include "exeunt/quality.inc"
#undef EX_QUALITY
	EX_FACE_COMPONENTS
};

struct ex_face_component_words {
	const char *clause;  /**< of the standard, "7.3.3" */
	const char *word;    /**< "illumination_uniformity", as in JSON */
	const char *heading; /**< "ill", of a narrow column */
	const char *unit;    /**< of the native measure */
	const char *text;    /**< what 100 says of a picture */
};
extern const struct ex_face_component_words
    ex_face_component_words[EX_FACE_COMPONENTS];

struct ex_face_components {
	/** In the table's units. Not a number where there is none: all of them
	 *  where the middle between the eyes is not in the picture, or they are
	 *  less than a pixel apart; the compression of less than 32 x 32
	 *  pixels. */
	float native[EX_FACE_COMPONENTS];
	int score[EX_FACE_COMPONENTS];  /**< 0..100, higher is better; 0 where
					     native is not a number */
	struct ex_face_quality quality; /**< what the lane judges by */
	int unified; /**< 0..100: quality.unified, or worse for a face that is
			  spoiled by compression or cut by the edge */
	enum ex_cause limit; /**< what it would take to raise `unified`;
				  EX_CAUSE_NONE only at 100 */
	enum ex_cause cause; /**< the same, but EX_CAUSE_NONE at 50 and more:
				  good enough */
};

/**
 * Judge one face of a picture by the standard's components, as OFIQ, its
 * reference implementation, defines them where detector, landmarks and pixels
 * are enough (docs/quality.md).
 *
 * @param rgb   the picture the face was found in, 3 channels
 * @param faces all faces of the picture, n >= 1 of them
 * @param which the one to judge; OFIQ takes the largest
 * @param chip  it, aligned by ex_face_align
 *
 * The components describe a portrait. Only `unified` was made, and is tested,
 * to tell how well a face can be compared. Boxes and landmarks may be
 * anything. Allocates nothing; thread safe.
 */
void ex_face_components(const struct ex_image *rgb, const struct ex_face *faces,
    size_t n, size_t which, const struct ex_image *chip,
    struct ex_face_components *out);

/** 0..100 for a native measure; 0 for what is not a number. */
int ex_face_component_score(enum ex_face_component c, float native);

#endif
