/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * facts: plain values that travel between rooms, and their JSON. Scenes and
 * their truth, calibrations, MRZ fields, crossings.
 *
 * Readers treat their input as hostile: sizes, counts and types are checked,
 * and errors name file and field ("scene.json: vehicles[2].frames").
 */
#ifndef EXEUNT_FACTS_H
#define EXEUNT_FACTS_H

#include "exeunt/base.h"

/* ---- geometry ---------------------------------------------------------- */

/** Pixels, origin top left, half-open: x..x+w, y..y+h. */
struct ex_box {
	float x, y, w, h;
};
struct ex_point {
	float x, y;
};

/** Intersection over union, 0..1; 0 for empty boxes. */
float ex_box_iou(struct ex_box a, struct ex_box b);
/** Is the centre of `inner` inside `outer`? */
bool ex_box_has_centre(struct ex_box outer, struct ex_box inner);

/* ---- templates: biometric data, never stored, never logged ------------- */

#define EX_TEMPLATE_DIM 512 /**< at most; 128 with the default models */

/** Unit length. Wipe after use. */
struct ex_template {
	float v[EX_TEMPLATE_DIM]; /**< zeros from `dim` on */
	unsigned dim; /**< 1..EX_TEMPLATE_DIM; 0: of nobody, like no other */
};

/** Cosine, -1..1; both of unit length. -1 where they differ in `dim`, or it is
 *  0: templates of different matchers say nothing of each other. */
float ex_template_similarity(
    const struct ex_template *a, const struct ex_template *b);
/** Mean of n >= 1 templates, scaled to unit length; all zeros, `dim` too, where
 *  they differ in `dim`. */
void ex_template_fuse(
    const struct ex_template *t, size_t n, struct ex_template *out);

/* ---- words ------------------------------------------------------------- */

enum ex_seat {
#define EX_WORD(name, word, text) EX_SEAT_##name,
#include "exeunt/seats.inc"
#undef EX_WORD
	EX_SEAT_COUNT
};

/** Why an occupant or a document went to the officer. */
enum ex_cause {
#define EX_WORD(name, word, text) EX_CAUSE_##name,
#include "exeunt/causes.inc"
#undef EX_WORD
	EX_CAUSE_COUNT
};

enum ex_verdict { EX_VERDICT_OFFICER, EX_VERDICT_CONFIRMED };

enum ex_document_verdict {
	EX_DOCUMENT_CONFIRMED,
	EX_DOCUMENT_HOLDER_NOT_SEEN,
	EX_DOCUMENT_OFFICER,
	EX_DOCUMENT_UNUSABLE,
	EX_DOCUMENT_VERDICT_COUNT
};

enum ex_direction { EX_DIRECTION_OUT, EX_DIRECTION_IN };

/** The word used in JSON and the ledger ("rear-left", "look-alike"). */
const char *ex_seat_word(enum ex_seat v);
const char *ex_cause_word(enum ex_cause v);
const char *ex_verdict_word(enum ex_verdict v);
const char *ex_document_verdict_word(enum ex_document_verdict v);
const char *ex_direction_word(enum ex_direction v);
/** A sentence for people ("the glass reflects light over the face"). */
const char *ex_cause_text(enum ex_cause c);

/** The word's value; false, `out` untouched, for any other word. */
bool ex_seat_from_word(const char *word, enum ex_seat *out);
bool ex_cause_from_word(const char *word, enum ex_cause *out);
bool ex_verdict_from_word(const char *word, enum ex_verdict *out);
bool ex_document_verdict_from_word(
    const char *word, enum ex_document_verdict *out);
bool ex_direction_from_word(const char *word, enum ex_direction *out);

/* ---- ULID: 48 bits of milliseconds, 80 of chance, Crockford base 32 ---- */

#define EX_ULID_SIZE 27 /**< 26 characters and the NUL */
void ex_ulid_make(int64_t time_ms, const uint8_t chance[static 10],
    char out[static EX_ULID_SIZE]);
/** Its time; false, and 0, for what is no ULID. */
bool ex_ulid_time(const char *id, int64_t *ms);

/* ---- machine readable zone (Doc 9303-3) -------------------------------- */

enum ex_mrz_format {
	EX_MRZ_TD1,  /**< 3 x 30 */
	EX_MRZ_TD2,  /**< 2 x 36 */
	EX_MRZ_TD3,  /**< 2 x 44 */
	EX_MRZ_MRVA, /**< 2 x 44, visa */
	EX_MRZ_MRVB, /**< 2 x 36, visa */
};

/** A date of the MRZ: parts may be unknown (0). `year` has four digits. */
struct ex_mrz_date {
	int year, month, day;
};

/** Check digits, one bit each: set where wrong, or where absent by design. */
enum ex_mrz_check {
	EX_MRZ_CHECK_NUMBER = 1 << 0,
	EX_MRZ_CHECK_BIRTH = 1 << 1,
	EX_MRZ_CHECK_EXPIRY = 1 << 2,
	EX_MRZ_CHECK_OPTIONAL = 1 << 3, /**< personal number of TD3 */
	EX_MRZ_CHECK_COMPOSITE = 1 << 4,
};

/** Fields without filler. Personal data. */
struct ex_mrz {
	enum ex_mrz_format format;
	char type[3];   /**< "P", "PO", "V", "ID" ... */
	char issuer[4]; /**< "UTO", "D" */
	char nationality[4];
	char number[24];    /**< long numbers joined */
	char surname[48];   /**< parts separated by one blank */
	char given[48];     /**< empty where the document has one name only */
	bool name_full;     /**< no filler after it: perhaps it was cut */
	char optional[32];  /**< optional data 1, or personal number */
	char optional2[16]; /**< TD1's second */
	char sex;           /**< 'F', 'M', 'X' (unspecified) */
	struct ex_mrz_date birth, expiry;
	unsigned checks_wrong; /**< enum ex_mrz_check */
	unsigned
	    checks_absent; /**< not present in this format, or left blank */
};

/** Check digit by weights 7 3 1 over A-Z 0-9 < (Doc 9303-3, 4.9);
 *  -1 for any other character. */
int ex_mrz_check_digit(const char *s, size_t n);

/* ---- scenes ------------------------------------------------------------ */

struct ex_scene_camera {
	char *id;      /**< "" where the vehicle has one unnamed camera */
	char **frames; /**< relative to the scene's folder, in order */
	size_t n_frames;
};

struct ex_scene_vehicle {
	char *id;
	struct ex_scene_camera *cameras;
	size_t n_cameras;
	char **documents; /**< relative to the scene's folder, each once */
	size_t n_documents;
	bool opted_out;
	/** EX_OK, or why this vehicle cannot be processed; the others can. */
	struct ex_error error;
};

struct ex_scene {
	char *dir;
	char *lane;
	enum ex_direction direction;
	double fps;       /**< 0.001 to 240 */
	int64_t start_ms; /**< 0 or more; -1: not given */
	bool has_region;
	struct ex_box region; /**< faces centred outside are bystanders */
	struct ex_scene_vehicle *vehicles;
	size_t n_vehicles;
};

/**
 * Read DIR/scene.json. What is wrong with the whole file fails the call; what
 * is wrong with one vehicle (a type, a duplicate id, a path that leads out) is
 * in its `error`. Files named are not opened here.
 *
 * @return EX_OK, EX_ERR_NOT_FOUND, EX_ERR_FORMAT, EX_ERR_TOO_LARGE,
 *         EX_ERR_UNSUPPORTED (scene version), EX_ERR_NOMEM
 */
enum ex_status ex_scene_read(
    const char *dir, struct ex_scene **out, struct ex_error *err);
/** The same from memory: `json` is what DIR/scene.json holds. */
enum ex_status ex_scene_parse(const char *dir, struct ex_bytes json,
    struct ex_scene **out, struct ex_error *err);
/** Write DIR/scene.json as ex_scene_read reads it. */
enum ex_status ex_scene_write(const struct ex_scene *s, struct ex_error *err);
void ex_scene_free(struct ex_scene **s);

/** A document's JSON: MRZ and portrait, or an LDS folder. */
struct ex_document_file {
	char **mrz; /**< lines as given, or NULL */
	size_t n_mrz;
	char *portrait; /**< path joined to its folder, checked; or NULL */
	char *lds;      /**< likewise; or NULL */
};
/**
 * At least one of `mrz` (1..3 lines of at most 64), `portrait` and `lds` is
 * there; which the caller needs is for it to say. Paths in the file are
 * relative to the file's folder and may not leave the scene's.
 *
 * @param rel relative to the scene's folder `dir`, as in scene.json
 * @param out ex_document_file_free; empty on failure. Personal data.
 * @return EX_OK, EX_ERR_NOT_FOUND, EX_ERR_FORMAT, EX_ERR_PATH,
 *         EX_ERR_TOO_LARGE, EX_ERR_INPUT, EX_ERR_NOMEM
 */
enum ex_status ex_document_file_read(const char *dir, const char *rel,
    struct ex_document_file *out, struct ex_error *err);
enum ex_status ex_document_file_write(const char *path, const char *const mrz[],
    size_t n_mrz, const char *portrait, struct ex_error *err);
void ex_document_file_free(struct ex_document_file *d);

/* ---- truth of a synthetic scene: for eval alone ------------------------ */

struct ex_truth_frame {
	char *name;        /**< "0001": file name without folder and ending */
	struct ex_box box; /**< of the face, as a detector would draw it */
	float yaw_deg; /**< positive towards the subject's left; 0 if absent */
};

struct ex_truth_occupant {
	enum ex_seat seat;
	char *traveller; /**< identity, "012" */
	char *document;  /**< their own, if it is in the vehicle; or NULL */
	struct ex_truth_frame
	    *frames; /**< those in which the face is visible */
	size_t n_frames;
};

struct ex_truth_vehicle {
	char *id;
	struct ex_truth_occupant *occupants;
	size_t n_occupants;
};

struct ex_truth {
	struct ex_truth_vehicle *vehicles;
	size_t n_vehicles;
};

/** DIR/truth.json; per occupant also `"yaw":{"0001":-3.0}`, optional. */
enum ex_status ex_truth_read(
    const char *dir, struct ex_truth **out, struct ex_error *err);
enum ex_status ex_truth_write(
    const char *dir, const struct ex_truth *t, struct ex_error *err);
void ex_truth_free(struct ex_truth **t);

/* ---- calibration ------------------------------------------------------- */

#define EX_CALIBRATION_MAX_PICTURES 16

struct ex_calibration_point {
	double similarity;
	double fmr;       /**< share of impostor pairs at or above it */
	double low, high; /**< 95 % interval, bootstrap over people */
};

/**
 * Past the sample: at similarity s over `from`, log FMR falls by 1 with each
 * `scale`. Fitted to the `peaks` pairs at or above `from` (exponential
 * excesses); 0 peaks: no tail, and nothing is said past the sample.
 */
struct ex_calibration_tail {
	double from;
	double scale;
	double scale_high; /**< its upper 95 % bound, bootstrap over people */
	size_t peaks;
};

/** For probes fused of `pictures` pictures against one reference. */
struct ex_calibration_curve {
	unsigned pictures;
	size_t probes, references, pairs;    /**< the sample */
	struct ex_calibration_point *points; /**< by similarity, rising */
	size_t n_points;
	struct ex_calibration_tail tail;
};

struct ex_calibration {
	char *recipe; /**< what it holds for; equal strings or no start */
	char *made;   /**< how and from what, for people */
	struct ex_calibration_curve *curves; /**< by pictures: 1, 2, 3 ... */
	size_t n_curves;
};

/**
 * Curves by pictures, strictly rising from 1; in each 2..10000 points, the
 * similarity strictly rising, the FMR never rising with it, low <= fmr <= high.
 * Version 2 has tails; version 1, from before, has none.
 *
 * @return EX_OK, EX_ERR_NOMEM, else EX_ERR_CALIBRATION: missing, unreadable,
 *         not a calibration, or one that contradicts itself
 */
enum ex_status ex_calibration_read(
    const char *path, struct ex_calibration **out, struct ex_error *err);
/** The same from memory; `name` stands for the file in errors. */
enum ex_status ex_calibration_parse(const char *name, struct ex_bytes json,
    struct ex_calibration **out, struct ex_error *err);
/** Refuses, as EX_ERR_CALIBRATION, what ex_calibration_read would refuse. */
enum ex_status ex_calibration_write(
    const char *path, const struct ex_calibration *c, struct ex_error *err);
void ex_calibration_free(struct ex_calibration **c);
/**
 * Was it made for this recipe?
 * @param c NULL: there is none
 * @return EX_OK, EX_ERR_CALIBRATION with what mends it
 */
enum ex_status ex_calibration_fits(
    const struct ex_calibration *c, const char *recipe, struct ex_error *err);

/* ---- what a hub answers a lane ----------------------------------------- */

/** GET /v1/policy: what two people approved. */
struct ex_policy {
	double fmr, vehicle_cap, margin; /**< ranges of ex_match_policy */
	int64_t version;                 /**< 0 where it is not said */
	char host[4];                    /**< the host state; "": none */
	/** Terms of pictures; 0 where they are not said. */
	int64_t citizen_pictures_ms, pictures_ms;
	/** Earlier shots may serve as references, of citizens too. */
	bool earlier, earlier_citizens;
};
/**
 * @param name for errors
 * @param out  zero unless EX_OK
 * @return EX_OK, EX_ERR_FORMAT, EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_policy_parse(const char *name, struct ex_bytes json,
    struct ex_policy *out, struct ex_error *err);
/** One string of an object, 1..room - 1 bytes. @return as ex_policy_parse */
enum ex_status ex_answer_string(const char *name, struct ex_bytes json,
    const char *key, char *out, size_t room, struct ex_error *err);
/**
 * {"pictures":[base64, ...]}, at most `most` of at most `most_bytes` each.
 * @param out room for `most`; on EX_OK `n` of them: wipe and ex_blob_free
 * @return as ex_policy_parse
 */
enum ex_status ex_pictures_parse(const char *name, struct ex_bytes json,
    size_t most, size_t most_bytes, struct ex_blob out[], size_t *n,
    struct ex_error *err);

/* ---- a crossing -------------------------------------------------------- */

/* Limits of one vehicle; DESIGN section 5 asks for 9 and 15. */
#define EX_MAX_OCCUPANTS 16
#define EX_MAX_DOCUMENTS 32
#define EX_MAX_NAME      256

struct ex_occupant {
	unsigned n; /**< from 1 */
	enum ex_seat seat;
	enum ex_verdict verdict;
	enum ex_cause cause; /**< EX_CAUSE_NONE if confirmed */
	bool handled; /**< the officer's, and an officer has: known to a ledger
			 alone, which tells and never takes it */
	int document; /**< index into documents; -1 unless confirmed */
	/** Number, from 1, of the document most like, where an officer is asked
	 *  and one was compared; 0: none. */
	unsigned nearest;
	double similarity; /**< -1..1, with the document or the nearest one */
	double fmr;        /**< at that similarity; 1 where there is none */
	bool fmr_at_most;  /**< fmr is the calibration's floor */
	int quality;       /**< 0..100, of the best shot */
	unsigned frames_seen, frames_used;
	char best_frame[EX_MAX_NAME]; /**< of the best shot; "" if none */
	struct ex_box best_box;
};

/** Outcome of one check of a document. */
enum ex_check { EX_CHECK_NOT_DONE, EX_CHECK_PASSED, EX_CHECK_FAILED };
const char *ex_check_word(enum ex_check v);
bool ex_check_from_word(const char *word, enum ex_check *out);

struct ex_document {
	char name[EX_MAX_NAME]; /**< path in the scene; "d1" when stored */
	enum ex_document_verdict verdict;
	enum ex_cause cause;          /**< where verdict is officer */
	enum ex_check mrz_check;      /**< all check digits */
	enum ex_check portrait_check; /**< exactly one face */
	char type[3], issuer[4], nationality[4]; /**< "" if unread */
	char number[24]; /**< in clear here: hashed before it is stored */
};

struct ex_crossing {
	char id[EX_ULID_SIZE];
	char lane[EX_MAX_NAME], vehicle[EX_MAX_NAME];
	enum ex_direction direction;
	int64_t opened_ms, closed_ms;
	bool opted_out;
	unsigned frames_lost; /**< unreadable frames: JSON `camera-gap` */
	unsigned printed; /**< printed faces (a shirt, a photo) not counted */
	struct ex_occupant occupants[EX_MAX_OCCUPANTS];
	size_t n_occupants;
	unsigned unlisted; /**< people seen for whom the list had no room: the
				officer's */
	struct ex_document documents[EX_MAX_DOCUMENTS];
	size_t n_documents;
};

/** People seen, listed or not; 0 of an opted-out vehicle. */
size_t ex_crossing_seen(const struct ex_crossing *c);
unsigned ex_crossing_confirmed(const struct ex_crossing *c);
/** Somebody was seen and nobody is left for an officer to handle. False for an
 *  opted-out vehicle, and for one without a face: somebody drove it. */
bool ex_crossing_complete(const struct ex_crossing *c);
/**
 * One line of JSON in the form of the design, without the document numbers.
 * @return heap string, free(); NULL when out of memory
 */
char *ex_crossing_json(const struct ex_crossing *c);
/** The reverse, for `eval --crossings`. */
enum ex_status ex_crossing_parse(
    const char *json, size_t n, struct ex_crossing *out, struct ex_error *err);

#endif
