/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * match: what a similarity is worth, and who is confirmed with which document.
 *
 * Pure: no clock, no file, no thread, no state. The gallery is the car: there
 * is no call that compares a face with anything but the documents given beside
 * it. Nothing here leads to anything but "confirmed" or "to the officer".
 */
#ifndef EXEUNT_MATCH_H
#define EXEUNT_MATCH_H

#include "exeunt/base.h"
#include "exeunt/facts.h"

/* ---- using a calibration ------------------------------------------------ */

/*
 * FMR: the share of comparisons of two different people whose similarity is at
 * or above a given one. A curve holds for probes fused of one number of
 * pictures; a number without a curve of its own takes the stricter answer of
 * its two neighbours.
 *
 * The floor of a curve, below which it claims nothing, is the upper 95 % bound
 * at its last point with at least EX_CALIBRATION_HITS pairs at or above it,
 * and never under 3 / pairs (the rule of three). Past ten pairs the bootstrap
 * no longer knows its own spread: the tail then hangs on a few people, or on
 * a few wrong labels.
 */
#define EX_CALIBRATION_HITS 10

/**
 * FMR at a similarity, for people to read: log-linear between points, never
 * under the floor, never rising with the similarity.
 *
 * @param pictures fused into the probe: 1 to the largest curve
 * @param fmr      0..1; 1 below the first point, where the curve says nothing
 * @param at_most  true where `fmr` is a bound (the floor, or that 1) and the
 *                 sample cannot tell closer
 * @return EX_OK; EX_ERR_USAGE (pictures), EX_ERR_CALIBRATION (no curve for one
 *         picture, or a curve out of order)
 */
enum ex_status ex_calibration_fmr(const struct ex_calibration *cal,
    unsigned pictures, double similarity, double *fmr, bool *at_most,
    struct ex_error *err);

/**
 * The 95 % interval of the FMR at a similarity: log-linear between the points'
 * intervals; of two neighbours' the wider.
 *
 * @param low, high 0..1, around what ex_calibration_fmr gives; past the last
 *                  supported point 0 and the floor
 * @return as ex_calibration_fmr
 */
enum ex_status ex_calibration_interval(const struct ex_calibration *cal,
    unsigned pictures, double similarity, double *low, double *high,
    struct ex_error *err);

/**
 * The smallest similarity that keeps a promised FMR: the *upper* 95 % bound is
 * at or under `fmr` there. A threshold is a promise, so the estimate itself,
 * which is exceeded every second time, will not do. A smaller FMR never gives
 * a smaller threshold. An `fmr` over the first point's gives that point.
 *
 * @param fmr        over 0, under 1
 * @param similarity written only on EX_OK
 * @return EX_OK; EX_ERR_USAGE (pictures, fmr); EX_ERR_CALIBRATION where the
 *         sample is too small for the promise, or as above
 */
enum ex_status ex_calibration_threshold(const struct ex_calibration *cal,
    unsigned pictures, double fmr, double *similarity, struct ex_error *err);

/* ---- past the sample ------------------------------------------------------
 */

/*
 * A curve with a tail (facts.h) speaks past its last supported point too: from
 * the floor there, the FMR falls as exponential excesses do, by the upper
 * bound of their scale. Measured curves fall faster (log FMR is concave), so
 * this is a bound for people like those of the sample; it is still a model's
 * word. It ends a decade under the floor: there is no answer past that.
 *
 * Promises of a lane (ex_match_decide, ex_match_policy_check) are kept by the
 * sample alone and do not use it.
 */
#define EX_CALIBRATION_PEAKS 100 /* pairs a tail is fitted to, at least */
#define EX_CALIBRATION_REACH 10  /* floor over the last FMR of the tail */

enum ex_calibration_reach {
	EX_REACH_SAMPLE, /**< by the pairs that were measured */
	EX_REACH_TAIL,   /**< extrapolated: the tail's upper bound */
	EX_REACH_END,    /**< past the tail: the bound at its end */
};

/**
 * ex_calibration_fmr, following the tail.
 *
 * @param at_most as there; true of every extrapolated value
 * @return as ex_calibration_fmr
 */
enum ex_status ex_calibration_fmr_beyond(const struct ex_calibration *cal,
    unsigned pictures, double similarity, double *fmr, bool *at_most,
    enum ex_calibration_reach *reach, struct ex_error *err);

/**
 * ex_calibration_threshold, following the tail. The similarity may be over 1:
 * then nothing reaches it.
 *
 * @return as ex_calibration_threshold; EX_ERR_CALIBRATION past the tail's end
 */
enum ex_status ex_calibration_threshold_beyond(const struct ex_calibration *cal,
    unsigned pictures, double fmr, double *similarity,
    enum ex_calibration_reach *reach, struct ex_error *err);

/* ---- bootstrap over people ------------------------------------------------
 */

/**
 * One draw of n people with replacement: how often each. A pair of two people
 * counts as often as the product of both, a pair of one person as often as
 * they were drawn (Owen, "The pigeonhole bootstrap", 2007): one person who
 * resembles many is in all their pairs, and to draw pairs would give far too
 * narrow an interval.
 *
 * @param times n numbers; n > 0
 */
void ex_people_draw(struct ex_rng *rng, uint32_t *times, size_t n);

/**
 * 95 % percentile interval of `n` > 0 resampled values, rounded outwards and
 * widened to hold `around`. Sorts `values`.
 */
void ex_people_interval(
    double *values, size_t n, double around, double *low, double *high);

/* ---- making a calibration ----------------------------------------------- */

/** Templates with the person each one shows; borrowed. */
struct ex_calibration_set {
	const struct ex_template *templates;
	const uint32_t *people; /**< any numbers; equal: the same person */
	size_t n;
};

#define EX_CALIBRATION_MIN_PAIRS 100
#define EX_CALIBRATION_RESAMPLES 500 /**< a sensible number */

/**
 * One curve from all cross-person pairs of probes and references.
 *
 * Points lie ten to the decade, from an FMR of 0.5 down to
 * EX_CALIBRATION_HITS pairs, and one at the largest similarity found. The
 * 95 % interval is by ex_people_draw and ex_people_interval. A tail is fitted
 * to the pairs at or above the last point with EX_CALIBRATION_PEAKS of them,
 * where there is one.
 *
 * @param probes     fused of `pictures` pictures; the same pointer as
 *                   `references` counts each pair once (n (n - 1) / 2)
 * @param references of one picture each
 * @param pictures   1..EX_CALIBRATION_MAX_PICTURES
 * @param resamples  100..10000
 * @param seed       equal seeds give equal curves
 * @param out        its points are the caller's on EX_OK (free()), NULL else
 * @return EX_OK; EX_ERR_USAGE (pictures, resamples); EX_ERR_INPUT (fewer than
 *         EX_CALIBRATION_MIN_PAIRS cross-person pairs, or all pairs equal);
 *         EX_ERR_NOMEM
 *
 * Takes two bytes of memory a pair. 4.2 million pairs with 500 resamples take
 * under ten seconds of one core.
 */
enum ex_status ex_calibration_curve_make(
    const struct ex_calibration_set *probes,
    const struct ex_calibration_set *references, unsigned pictures,
    unsigned resamples, uint64_t seed, struct ex_calibration_curve *out,
    struct ex_error *err);

/* ---- policy -------------------------------------------------------------- */

struct ex_match_policy {
	/** Promised false match rate of one comparison: 1e-9..0.01;
	 *  default 0.0005 (the rate of the European target). */
	double fmr;
	/** Promised chance that anyone of the vehicle is wrongly confirmed,
	 *  had everybody been handed the wrong documents: 1e-9..0.1;
	 *  default 0.005. */
	double vehicle_cap;
	/** In units of similarity: by how much the decision must beat every
	 *  other one, 0.001..0.2; default 0.005. Around the default bar that
	 *  is about a factor of two in FMR. */
	double margin;
	/** Two documents' portraits are look-alikes where their similarity is
	 *  at or above the threshold of this FMR: `fmr`..0.1; default 0.0005.
	 *  Larger is stricter. */
	double look_alike_fmr;
	/** No document resembles a face that stays under the threshold of this
	 *  FMR with all: `fmr`..0.1; default 0.01. Only names the cause. */
	double no_document_fmr;
};

/** The defaults named above. */
struct ex_match_policy ex_match_policy_default(void);

/**
 * Check ranges, and that the calibration supports every promise at every
 * number of pictures it has (for one face and one document: a full car may
 * still ask for more than the sample supports, see ex_match_decide).
 *
 * @param cal may be NULL: then only the ranges
 * @return EX_OK; EX_ERR_USAGE naming the field; EX_ERR_CALIBRATION
 */
enum ex_status ex_match_policy_check(const struct ex_match_policy *p,
    const struct ex_calibration *cal, struct ex_error *err);

/**
 * FMR that each comparison must keep with this many usable faces and
 * references (a document has one, and its `more`): the smaller of `fmr` and the
 * x with 1 - (1 - x)^(faces x references) = vehicle_cap.
 */
double ex_match_policy_fmr(
    const struct ex_match_policy *p, size_t faces, size_t references);

/* ---- the decision -------------------------------------------------------- */

/** An occupant as seen; borrowed. */
struct ex_match_face {
	const struct ex_template *template; /**< NULL: no usable picture */
	unsigned pictures;     /**< fused into it; ignored without one */
	enum ex_cause capture; /**< why there is none; NONE if there is */
};

/** Further references of one document, at most. */
#define EX_MATCH_MORE 8

/** A document as presented; borrowed. */
struct ex_match_document {
	const struct ex_template *template; /**< NULL: no usable portrait */
	/**
	 * Earlier confirmed pictures of the same document's holder, n_more of
	 * them: a face, and another document, is compared with each, and the
	 * most alike counts. Only beside a template.
	 */
	const struct ex_template *more;
	size_t n_more; /**< 0..EX_MATCH_MORE */
	/**
	 * NONE: usable. DOCUMENT: its checks or its portrait failed. POLICY
	 * and others: not to be confirmed with. Where an unusable document has
	 * a template it is still compared: it can be the better explanation of
	 * a face, and a look-alike. Never NONE without a template.
	 */
	enum ex_cause cause;
	/**
	 * 0: nobody else's. Equal numbers over 0: the same holder on paper
	 * (passport and visa). Such documents compete for one face together,
	 * are not look-alikes of each other, and the best of them counts.
	 */
	unsigned holder;
};

struct ex_match_occupant {
	enum ex_verdict verdict;
	enum ex_cause cause; /**< NONE if confirmed */
	int document;        /**< index; -1 unless confirmed */
	int nearest;       /**< index; -1 if confirmed, or none was compared */
	double similarity; /**< with either; 0 where there is neither */
	double fmr;        /**< at that similarity; 1 where there is neither */
	bool fmr_at_most;
};

struct ex_match_presented {
	enum ex_document_verdict verdict;
	enum ex_cause cause; /**< where officer or unusable; else NONE */
};

struct ex_match_result {
	struct ex_match_occupant occupants[EX_MAX_OCCUPANTS];
	struct ex_match_presented documents[EX_MAX_DOCUMENTS];
	double fmr; /**< kept by each comparison of this vehicle */
};

/**
 * Decide for all occupants and documents of one vehicle together.
 *
 * The bar of a face is the threshold of its number of pictures at
 * ex_match_policy_fmr(usable faces, references of usable documents): each
 * further reference is one more chance to be taken for the holder, so it
 * raises the bar of the whole vehicle and the cap holds with it. The FMR of one
 * comparison is what the calibration says of one reference; of a document with
 * n of them it is n times that at most, and is given so. A calibration speaks
 * of references like its own: where earlier pictures of a lane serve, make one
 * from such. Where the calibration cannot support that (a very full car) the
 * bar is out of reach and the officer decides. A face and a usable document
 * under the bar cannot be paired; at or above it the pair gains `similarity -
 * bar`. Leaving somebody unpaired gains nothing. Of all pairings the one of
 * largest total gain is taken, and a pair of it is confirmed only if
 *
 *  (D1) the total beats by the margin the best total with that pair
 *       forbidden. One of the other explanations is always that the face
 *       belongs to nobody here, so a lone pair must clear its bar by the
 *       margin: a look-alike whose document is not in the car is stopped by
 *       nothing else;
 *  (D2) the face resembles no other holder's document to within the margin,
 *       usable or not, over its bar or under;
 *  (D3) no other face, measured from its own bar (probes of different numbers
 *       of pictures are not alike), comes to within the margin of the pair;
 *  (D4) no other holder's portrait in the car is a look-alike of it.
 *
 * Causes, the first that holds: the capture's own; look-alike (at or over the
 * bar with such a document); the document's own cause (the best match, at or
 * over the bar, is unusable); below-threshold (some document resembles the
 * face, one already confirmed with another face and under the bar aside); the
 * cause of a document without a template (it may be theirs); no-document.
 *
 * A document is confirmed; unusable; officer (policy, look-alike, or a face
 * on its way to the officer may be its holder); else holder-not-seen. A
 * second document of a confirmed holder is confirmed if its portrait too is
 * at or over the bar, else the officer's with cause below-threshold.
 *
 * For a face that is left to the officer `nearest` says which document to hold
 * beside it, and decides nothing: the one most like it, the first of equals,
 * of those that are not unusable (of documents with cause DOCUMENT, that is)
 * and whose holder is not confirmed. A face that has a pair in the pairing of
 * largest gain, and in every other one of that gain, is not pointed at a
 * document that another face has in the same way.
 *
 * @param policy in range (ex_match_policy_check)
 * @param out    on failure nobody is confirmed in it
 * @return EX_OK; EX_ERR_USAGE naming the argument (too many, a template and a
 *         cause at odds, pictures beyond the calibration, policy);
 *         EX_ERR_CALIBRATION. Allocates nothing; safe from any thread.
 */
enum ex_status ex_match_decide(const struct ex_calibration *cal,
    const struct ex_match_policy *policy, const struct ex_match_face *faces,
    size_t n_faces, const struct ex_match_document *documents,
    size_t n_documents, struct ex_match_result *out, struct ex_error *err);

#endif
