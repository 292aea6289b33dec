/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * eval: what a lane said, held against what was so. Rates with intervals over
 * scenes whose truth is known, and reports of crossings for people.
 *
 * The only room that reads the truth. It decides nothing, and no part of a
 * lane hears of what it finds.
 */
#ifndef EXEUNT_EVAL_H
#define EXEUNT_EVAL_H

#include <stdio.h>

#include "exeunt/base.h"
#include "exeunt/facts.h"

/* ---- rates against the truth ------------------------------------------- */

/*
 * Who is who. An occupant of a crossing and one of the truth can be the same
 * where the truth has a box in the frame of the best shot (its file name
 * without folder and ending), and either the boxes' intersection over union is
 * at least 0.3 or the centre of one is inside the other. Of all ways to pair
 * them one to one, that with the most pairs is taken, and among those the one
 * whose boxes agree best. An occupant left over is a phantom, an occupant of
 * the truth left over was not found.
 *
 * A confirmation is wrong where the person's own document in the truth is
 * another one, or none, or where the occupant is a phantom. Nothing in the
 * pairing favours a right confirmation.
 */

/** k of n, with the 95 % score interval of Wilson (1927); n = 0: 0..1. */
struct ex_eval_rate {
	size_t k, n;
	double low, high;
};
struct ex_eval_rate ex_eval_rate_make(size_t k, size_t n);

enum ex_eval_rate_name {
#define EX_RATE(name, word, target, label, text) EX_EVAL_##name,
#include "exeunt/eval_rates.inc"
#undef EX_RATE
	EX_EVAL_RATE_COUNT
};

/** "exact_count" (JSON), "exact count", what it counts; never NULL. */
const char *ex_eval_rate_word(enum ex_eval_rate_name which);
const char *ex_eval_rate_label(enum ex_eval_rate_name which);
const char *ex_eval_rate_text(enum ex_eval_rate_name which);
/** Percent to reach; 0: not one may happen; -1: no target. */
double ex_eval_rate_target(enum ex_eval_rate_name which);

/** Beside the causes of facts.h: people of the truth the lane did not see. */
#define EX_EVAL_NONE_FOUND  EX_CAUSE_COUNT
#define EX_EVAL_CAUSE_COUNT (EX_CAUSE_COUNT + 1)
/** Word and sentence of a cause, or of EX_EVAL_NONE_FOUND. */
const char *ex_eval_cause_word(unsigned cause);
const char *ex_eval_cause_text(unsigned cause);

/** Plain counts. Only `opted_out` and `broken_opt_out` know of vehicles that
 *  opted out. */
struct ex_eval_counts {
	size_t scenes;
	size_t vehicles;       /**< of the truth */
	size_t occupants;      /**< of the truth, in those */
	size_t seen;           /**< by the lane, in those */
	size_t confirmed;      /**< of those seen, rightly or not */
	size_t printed;        /**< printed faces the lane left out */
	size_t camera_gaps;    /**< crossings with frames that were lost */
	size_t opted_out;      /**< vehicles */
	size_t broken_opt_out; /**< of those, crossings that hold people */
	/** Crossings not judged: of a vehicle that the truth does not know,
	 *  or a second one of the same vehicle. */
	size_t extra;
};

enum ex_eval_fault {
	EX_EVAL_FAULT_WRONG,   /**< confirmed with another's document */
	EX_EVAL_FAULT_PHANTOM, /**< seen, not there */
	EX_EVAL_FAULT_MISSED,  /**< not confirmed, or not seen */
	EX_EVAL_FAULT_VEHICLE, /**< the vehicle has no crossing */
	EX_EVAL_FAULT_COUNT
};
/** "wrong", "phantom", "missed", "vehicle". */
const char *ex_eval_fault_word(enum ex_eval_fault f);

/** Something for people to look at. */
struct ex_eval_miss {
	char *scene, *vehicle;
	enum ex_eval_fault fault;
	enum ex_seat seat; /**< of the truth; of the crossing if a phantom */
	unsigned cause;    /**< if missed */
	bool eligible;
};

/** Counts over one or several scenes. */
struct ex_eval;

/** @return EX_OK, EX_ERR_NOMEM */
enum ex_status ex_eval_new(struct ex_eval **out, struct ex_error *err);
void ex_eval_free(struct ex_eval **e);

/**
 * Add a scene. A truth occupant without their own document who is left to the
 * officer is no miss; one with it who is not confirmed is, and so is anybody
 * not found. A vehicle without a crossing is one miss, and all its people
 * count as not found.
 *
 * @param truth     of the scene
 * @param scene     says who opted out; NULL: the crossings alone say so
 * @param crossings of its vehicles, in any order
 * @param tally     unchanged unless EX_OK
 * @return EX_OK, EX_ERR_NOMEM
 */
enum ex_status ex_eval_scene(const struct ex_truth *truth,
    const struct ex_scene *scene, const struct ex_crossing crossings[],
    size_t n, struct ex_eval *tally, struct ex_error *err);

struct ex_eval_rate ex_eval_rate_get(
    const struct ex_eval *e, enum ex_eval_rate_name which);
/** Unconfirmed people of the truth with this cause; `eligible` of them face
 *  the camera in enough frames and have their document there; may be NULL. */
size_t ex_eval_cause_get(
    const struct ex_eval *e, unsigned cause, size_t *eligible);
struct ex_eval_counts ex_eval_counts_get(const struct ex_eval *e);
/** Borrowed until the next scene; returns how many. */
size_t ex_eval_misses_get(
    const struct ex_eval *e, const struct ex_eval_miss **out);
/** Are all targets met that have something to count? */
bool ex_eval_met(const struct ex_eval *e);

/** For people: rates, causes and what to look at. */
void ex_eval_table(const struct ex_eval *e, FILE *f);
/**
 * One line: {"scenes":1,"vehicles":30,...,"rates":{"found":{"k":79,"n":80,
 * "rate":0.9875,"low":0.9325,"high":0.9978},...},"causes":{"glare":{"all":2,
 * "eligible":1},...},"misses":[{"scene":...,"vehicle":...,"fault":"missed",
 * "seat":"rear-left","cause":"none-found","eligible":true},...],"met":true}.
 * A rate of nothing is null; one with a target has "target" (percent, 0: not
 * one) and "met".
 *
 * @return heap string, free(); NULL when out of memory
 */
char *ex_eval_json(const struct ex_eval *e);

/* ---- trials: pairs of photographs ---------------------------------------- */

/*
 * A trial compares photographs in pairs that are known to show one person
 * (genuine) or two (impostors). Rates are those of ISO/IEC 19795-1: FMR, the
 * share of impostor comparisons that match, and FNMR, the share of genuine
 * ones that do not. A picture without a template is a failure to enrol: its
 * genuine comparisons are misses, its impostor comparisons count nowhere (as
 * sure non-matches they would flatter the FMR).
 *
 * Intervals are 95 %, by the bootstrap over people (match.h), and reach up to
 * the rule of three at least: 3 / people for the FNMR, 3 / comparisons for the
 * FMR. A sample supports an FMR down to 3 / impostor comparisons.
 */

#define EX_TRIAL_MAX_PAIRS     1000000
#define EX_TRIAL_MAX_GROUPINGS 8
#define EX_TRIAL_MAX_GROUPS    64 /**< of one grouping */
#define EX_TRIAL_NO_GROUP      255

struct ex_trial_picture {
	const char *path; /**< relative to the root, plain */
	uint32_t person;  /**< 0..n_people - 1 */
};

struct ex_trial_pair {
	uint32_t a, b; /**< pictures */
	bool same;
};

struct ex_trial_list {
	struct ex_trial_picture *pictures; /**< by path, each once */
	struct ex_trial_pair *pairs;       /**< as in the file */
	size_t n_pictures, n_pairs, n_people;
	bool named; /**< LFW: a picture's folder is its person's name */
	struct ex_arena *text;
};

/**
 * Read pairs in either form, told by the first line:
 *
 * - LFW's pairs.txt: "FOLDS N" or "N", then as many times N lines "name i j"
 *   (genuine) and N lines "name i name j" (impostors), of fields divided by
 *   tabs or blanks; picture name/name_0001.jpg; the name is the person.
 * - CSV with the header "a,b,same": paths relative to the root, and 1 or 0.
 *   People are the connected components of the pairs marked 1.
 *
 * Refused, with the line: absolute paths and such as lead out of the root, a
 * picture with itself, a pair marked 0 within one person, counts that do not
 * hold, lines of 2048 bytes or more, over EX_TRIAL_MAX_PAIRS.
 *
 * @return EX_OK, EX_ERR_NOT_FOUND, EX_ERR_INPUT, EX_ERR_FORMAT, EX_ERR_PATH,
 *         EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_trial_list_read(
    const char *path, struct ex_trial_list **out, struct ex_error *err);
/** The same from memory; `name` stands for the file in errors. */
enum ex_status ex_trial_list_parse(const char *name, struct ex_bytes text,
    struct ex_trial_list **out, struct ex_error *err);
void ex_trial_list_free(struct ex_trial_list **l);

/** One way to divide the people: "gender". */
struct ex_trial_grouping {
	char name[64];
	char words[EX_TRIAL_MAX_GROUPS][64];
	size_t n_words;
	uint8_t *of; /**< by picture: index into words, EX_TRIAL_NO_GROUP */
};

struct ex_trial_groups {
	struct ex_trial_grouping items[EX_TRIAL_MAX_GROUPINGS];
	size_t n;
	size_t strangers; /**< lines whose picture or person is in no pair */
};

/**
 * CSV: a header, then lines of a picture's path or a person's name and their
 * group in each further column (1..8). A person's name is LFW's, else what a
 * file name holds before its first underscore or dot. A column whose name is
 * "age" or ends so groups by ten years. An empty field: no group.
 *
 * @return as ex_trial_list_read; `*out` freed by ex_trial_groups_free
 */
enum ex_status ex_trial_groups_read(const char *path,
    const struct ex_trial_list *l, struct ex_trial_groups **out,
    struct ex_error *err);
enum ex_status ex_trial_groups_parse(const char *name, struct ex_bytes text,
    const struct ex_trial_list *l, struct ex_trial_groups **out,
    struct ex_error *err);
void ex_trial_groups_free(struct ex_trial_groups **g);

/** A comparison that was made, or could not be. */
struct ex_comparison {
	uint32_t people[2]; /**< equal: genuine */
	float similarity;   /**< NaN: a template is missing */
	int quality;        /**< of the worse picture, 0..100; -1: none */
};

struct ex_interval {
	double value, low, high;
};

struct ex_trial_point {
	double fmr;
	bool supported;
	double threshold; /**< the smallest similarity that keeps the FMR */
	struct ex_interval fnmr;
};

#define EX_TRIAL_RATES 5  /**< 1e-2, 1e-3, 5e-4, 1e-4, 1e-5 */
#define EX_TRIAL_DET   60 /**< points at most */
#define EX_TRIAL_EDC   11 /**< 0 to 50 % discarded, by 5 */

struct ex_trial_counts {
	size_t pictures, not_enrolled; /**< filled by the caller */
	size_t people;
	size_t genuine, impostor;           /**< comparisons of the list */
	size_t genuine_lost, impostor_lost; /**< of those, not made */
};

struct ex_trial_result {
	struct ex_trial_counts counts;
	struct ex_trial_point rates[EX_TRIAL_RATES];
	struct ex_trial_point det[EX_TRIAL_DET]; /**< FMR falling from 0.5 */
	size_t n_det;
	struct ex_interval eer; /**< where FMR and FNMR are one */
	/**
	 * Error against discard (ISO/IEC 29794-1): FNMR of the genuine
	 * comparisons left when 5 i percent, those of least quality, are gone;
	 * the threshold of `edc.fmr` stays. Ties leave in equal shares.
	 */
	struct {
		double fmr; /**< 0: the sample does not support it */
		double fnmr[EX_TRIAL_EDC];
	} edc;
};

/**
 * Rates of comparisons.
 *
 * @param people    that the comparisons name: numbers under it
 * @param edc_fmr   of the error against discard curve
 * @param resamples 100..10000
 * @param seed      equal seeds give equal intervals
 * @return EX_OK; EX_ERR_INPUT (no genuine, or no impostor comparison made);
 *         EX_ERR_USAGE (resamples); EX_ERR_NOMEM
 */
enum ex_status ex_trial_judge(const struct ex_comparison *c, size_t n,
    size_t people, double edc_fmr, unsigned resamples, uint64_t seed,
    struct ex_trial_result *out, struct ex_error *err);

/** FMR and FNMR of a group at one threshold. */
struct ex_trial_share {
	size_t genuine, misses, impostor, matches;
	struct ex_interval fnmr, fmr; /**< 0..1 of nothing */
};

/**
 * Rates at a given similarity, by group.
 *
 * @param group     of each comparison, under n_groups, or EX_TRIAL_NO_GROUP;
 *                  NULL: all of one group
 * @param threshold a similarity at or above it is a match
 * @param out       n_groups
 * @return EX_OK, EX_ERR_USAGE (resamples), EX_ERR_NOMEM
 */
enum ex_status ex_trial_share_make(const struct ex_comparison *c, size_t n,
    size_t people, const uint8_t *group, size_t n_groups, double threshold,
    unsigned resamples, uint64_t seed, struct ex_trial_share *out,
    struct ex_error *err);

/**
 * Largest over smallest rate of groups that can be told apart from nothing:
 * at least EX_TRIAL_LEAST comparisons. Where the smallest is 0 the ratio is
 * at least that to the smallest's upper bound (`at_least`).
 */
#define EX_TRIAL_LEAST 30
struct ex_trial_ratio {
	int worst, best; /**< groups; -1: fewer than two, or no error */
	double ratio;
	bool at_least;
};
struct ex_trial_ratio ex_trial_ratio_make(
    const struct ex_trial_share *s, size_t n, bool fnmr);

/** What there is to say of a trial; borrowed. */
struct ex_trial_paper {
	const struct ex_trial_result *result;
	/** With groups: else NULL and 0. `shares[0]` is everybody, then the
	 *  words of each grouping in turn. */
	const struct ex_trial_groups *groups;
	const struct ex_trial_share *shares;
	double promised_fmr, threshold;
};

/** For people. */
void ex_trial_table(const struct ex_trial_paper *p, FILE *f);
/**
 * One line: {"pictures":...,"not_enrolled":...,"fte":...,"people":...,
 * "genuine":{...},"impostor":{...},"rates":[{"fmr":0.01,"fnmr":...,"low":...,
 * "high":...,"threshold":...} or {"fmr":1e-5,"supported":false},...],
 * "eer":{...},"edc":{"fmr":...,"fnmr":[...]},"groups":{...}}.
 * @return heap string, free(); NULL when out of memory
 */
char *ex_trial_json(const struct ex_trial_paper *p);
/**
 * One page of HTML as ex_report_close writes it, without pictures: rates, DET
 * curve on normal deviate axes, error against discard, groups.
 * @return EX_OK, EX_ERR_ENVIRONMENT, EX_ERR_NOMEM
 */
enum ex_status ex_trial_report(const char *path, const char *title,
    const struct ex_trial_paper *p, struct ex_error *err);

/* ---- report: one page of HTML ------------------------------------------ */

/*
 * One self-contained file: no scripts, nothing loaded from elsewhere, which a
 * content security policy in it also says. It holds pictures of people and is
 * readable by its owner alone (mode 0600).
 *
 * What comes from outside (ids, names) is escaped; what is no UTF-8 becomes
 * U+FFFD. Document numbers are not in it.
 */

/** JPEG files, borrowed; size 0: none. Indices as in the crossing. */
struct ex_report_pictures {
	struct ex_bytes occupants[EX_MAX_OCCUPANTS];
	struct ex_bytes documents[EX_MAX_DOCUMENTS];
};

/** A report being written; not thread safe. */
struct ex_report;

/**
 * Begin. Vehicles gather in a file without a name beside `path`, so that a
 * report of any length takes little memory and a process that dies leaves
 * nothing.
 *
 * @param path  replaced by ex_report_close alone
 * @param title of the page, for people
 * @return EX_OK, EX_ERR_ENVIRONMENT (no such folder, read-only), EX_ERR_NOMEM
 */
enum ex_status ex_report_open(const char *path, const char *title,
    struct ex_report **out, struct ex_error *err);

/**
 * Add a vehicle. An opted-out one shows no picture, whatever is given.
 *
 * @param pictures may be NULL
 * @param truth    what was so, shown beside what was said; may be NULL
 * @return EX_OK, EX_ERR_ENVIRONMENT (disk full), EX_ERR_NOMEM; after a failure
 *         the report can only be closed, which fails too
 */
enum ex_status ex_report_vehicle(struct ex_report *r,
    const struct ex_crossing *crossing,
    const struct ex_report_pictures *pictures,
    const struct ex_truth_vehicle *truth, struct ex_error *err);

/**
 * Write the page whole or not at all, and release `*r` either way; NULL it.
 *
 * @param tally rates to show; NULL: only what the crossings say
 * @return EX_OK, EX_ERR_ENVIRONMENT, EX_ERR_NOMEM; what was at the path is
 *         untouched unless EX_OK
 */
enum ex_status ex_report_close(
    struct ex_report **r, const struct ex_eval *tally, struct ex_error *err);

/** Give up: release, write nothing. Accepts NULL. */
void ex_report_free(struct ex_report **r);

#endif
