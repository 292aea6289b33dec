/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * flow: the crossing itself. Frames and documents of a vehicle become one
 * recorded crossing.
 *
 * Nothing here refuses anybody: an occupant is confirmed, or an officer is
 * asked with the reason.
 */
#ifndef EXEUNT_FLOW_H
#define EXEUNT_FLOW_H

#include <signal.h>

#include "exeunt/base.h"
#include "exeunt/face.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"
#include "exeunt/lane.h"
#include "exeunt/ledger.h"
#include "exeunt/match.h"

/* ---- the spool: what waits for the hub --------------------------------- */

/**
 * A folder of mode 0700 with a file for each crossing, sealed to the hub: the
 * lane cannot open it again. One process has it at a time. The promises are
 * numbered at the head of src/flow/spool.c. Any thread may call.
 */
struct ex_spool;
struct ex_spool_options {
	const char *dir;     /**< made if absent */
	uint64_t most_bytes; /**< of all envelopes; 0: 2 GiB, which is a day of
				  a busy lane */
	/** When pictures of a class are dropped, from the opening of their
	 *  crossing; 0: as ex_retention_default. */
	int64_t citizen_pictures_ms, pictures_ms;
	int64_t (*now_ms)(void); /**< NULL: the clock; tests set it */
	/** Something was dropped, set aside or is wrong; from the thread that
	 *  found it, and must not call the spool. May be NULL. */
	void (*problem)(void *arg, const struct ex_error *err);
	void *arg;
};
struct ex_spool_count {
	size_t waiting, refused; /**< crossings that lie here */
	size_t damaged;          /**< files set aside, now and before */
	uint64_t bytes;
	/** Since it was opened. */
	size_t delivered, set_aside, pictures_full, pictures_old;
};
/**
 * @return EX_OK; EX_ERR_ENVIRONMENT (not this user's alone, in use by another
 *         process, cannot be made); EX_ERR_NOMEM
 */
enum ex_status ex_spool_open(const struct ex_spool_options *o,
    struct ex_spool **out, struct ex_error *err);
void ex_spool_close(struct ex_spool **s);
/**
 * Put an envelope: on EX_OK it is on disk, whole. One of a crossing that lies
 * here already is harmless. Pictures past their term are left out.
 *
 * @param envelope may be replaced by one with fewer pictures; stays yours
 * @return EX_OK; EX_ERR_ENVIRONMENT (full even without pictures, the disk);
 *         EX_ERR_INPUT, EX_ERR_FORMAT, EX_ERR_TRUNCATED, EX_ERR_TOO_LARGE
 *         (not an envelope); EX_ERR_NOMEM
 */
enum ex_status ex_spool_put(
    struct ex_spool *s, struct ex_blob *envelope, struct ex_error *err);
struct ex_spool_count ex_spool_count(struct ex_spool *s);
/** Have what the hub refused wait again. */
enum ex_status ex_spool_retry(struct ex_spool *s, struct ex_error *err);

/* ---- the hub ----------------------------------------------------------- */

/** How to reach it. Strings are borrowed while the call lasts. */
struct ex_uplink_options {
	const char *url; /**< https://HOST[:PORT][/PATH]; http:// only to this
			    machine */
	const char *token_file;           /**< of mode 0600; or */
	const char *cert_file, *key_file; /**< PEM: mutual TLS */
	const char *ca_file; /**< PEM: whom to trust; NULL: the system's */
};
/** A connection, for one thread at a time. */
struct ex_uplink;
/** Checks files and URL; connects to nothing yet. @return EX_OK, EX_ERR_USAGE,
 *  EX_ERR_ENVIRONMENT, EX_ERR_NOT_FOUND, EX_ERR_FORMAT, EX_ERR_NOMEM */
enum ex_status ex_uplink_open(const struct ex_uplink_options *o,
    struct ex_uplink **out, struct ex_error *err);
void ex_uplink_close(struct ex_uplink **u);
/**
 * What a lane asks at its start, 5 s at most each.
 * @return EX_OK; EX_ERR_ENVIRONMENT (no answer, or a refusal); EX_ERR_FORMAT
 *         and EX_ERR_TOO_LARGE for an answer that is none; EX_ERR_NOMEM
 */
enum ex_status ex_uplink_recipient(
    struct ex_uplink *u, struct ex_recipient *out, struct ex_error *err);
/** @param text the answer itself, to be kept; ex_blob_free */
enum ex_status ex_uplink_policy(struct ex_uplink *u, struct ex_policy *out,
    struct ex_blob *text, struct ex_error *err);
/**
 * Earlier confirmed shots of the same document, 1.5 s at most: found by the
 * document, never by a face.
 * @param out room for `most`; wipe and ex_blob_free each
 */
enum ex_status ex_uplink_earlier(struct ex_uplink *u, const char *lane,
    const struct ex_document *d, size_t most, struct ex_blob out[], size_t *n,
    struct ex_error *err);

/* ---- delivery ---------------------------------------------------------- */

/** A thread that empties a spool into a hub, in order, and tries again until
 *  it can; promises at the head of src/flow/deliver.c. */
struct ex_delivery;
struct ex_delivery_options {
	struct ex_uplink_options uplink;
	/** From the thread: the hub cannot be reached (once for each reason),
	 *  refuses a crossing. May be NULL. */
	void (*problem)(void *arg, const struct ex_error *err);
	void *arg;
};
/** @param o borrowed, its strings too, and `spool`, until the end
 *  @return as ex_uplink_open */
enum ex_status ex_delivery_start(const struct ex_delivery_options *o,
    struct ex_spool *spool, struct ex_delivery **out, struct ex_error *err);
struct ex_delivery_end {
	int64_t wait_ms;    /**< to deliver what still waits, at most */
	bool while_it_goes; /**< so long without one delivered */
	const volatile sig_atomic_t *stop; /**< not 0: at once; may be NULL */
};
/**
 * What is not delivered stays in the spool.
 * @return EX_OK; EX_ERR_INPUT where the hub refused a crossing
 */
enum ex_status ex_delivery_stop(
    struct ex_delivery **d, const struct ex_delivery_end *end);

/* ---- the crossing ------------------------------------------------------ */

/** Earlier shots that are asked for of one document. */
#define EX_FLOW_EARLIER 4

struct ex_flow_options {
	struct ex_match_policy policy;
	int min_face;     /**< pixels; see ex_lane_options */
	unsigned min_age; /**< years, 0..120; holders under it are left to
			       the officer; 0: nobody is */
	bool seeded;      /**< ids from `seed`, so that they repeat */
	uint64_t seed;
	bool keep_pictures; /**< hand pictures to the hook */
	/** Where crossings wait for the hub; NULL: nowhere. Borrowed. */
	struct ex_spool *spool;
	struct ex_recipient recipient; /**< whom they are sealed to */
	char host[4]; /**< host state: its citizens' pictures are a class */
	/**
	 * Earlier confirmed shots of a document, JPEG, as further references of
	 * the same holder: `d` has type, issuer, number and nationality. Found
	 * by the document, never by a face. What goes wrong costs the further
	 * references alone. NULL: none are asked for.
	 * @param out room for `most`; the caller wipes and frees
	 */
	enum ex_status (*earlier)(void *arg, const struct ex_document *d,
	    size_t most, struct ex_blob out[], size_t *n, struct ex_error *err);
	void *earlier_arg;
};
struct ex_flow_options ex_flow_options_default(void);

/** A crossing as decided, with pictures if asked for or sent to a hub; all
 *  borrowed by hooks. */
struct ex_flow_crossing {
	struct ex_crossing crossing;
	/** Around the best shot; no pixels where there is none. */
	struct ex_image occupants[EX_MAX_OCCUPANTS];
	/** The documents' portraits, at most 1000 pixels high. */
	struct ex_image portraits[EX_MAX_DOCUMENTS];
	int64_t
	    verdict_ns;   /**< from handing in the last frame to the verdict */
	int64_t total_ns; /**< from opening to the verdict */
};

struct ex_flow_hooks {
	void *arg;
	/** A crossing is decided and recorded. Not EX_OK: stop, and return it.
	 *  May be NULL. */
	enum ex_status (*crossing)(void *arg, const struct ex_flow_crossing *c);
	/** Something is wrong with an input; the work goes on. May be NULL. */
	void (*problem)(void *arg, const struct ex_error *err);
	/** Frames done of all frames. May be NULL. */
	void (*progress)(void *arg, size_t done, size_t total);
	/** Not 0: stop at the next frame; the open crossing is dropped whole.
	 *  May be NULL. */
	const volatile sig_atomic_t *stop;
};

/** Runs vehicles through; one thread calls it, its pool works. */
struct ex_flow;

/**
 * @param models, calibration, pool, ledger borrowed for the flow's life;
 *        ledger may be NULL: nothing is recorded
 * @return EX_OK; EX_ERR_CALIBRATION (its recipe is not the models', or it
 *         cannot support the policy); EX_ERR_USAGE; EX_ERR_NOMEM;
 *         EX_ERR_INTERNAL
 */
enum ex_status ex_flow_new(const struct ex_face_models *models,
    const struct ex_calibration *calibration, struct ex_pool *pool,
    struct ex_ledger *ledger, const struct ex_flow_options *options,
    const struct ex_scene *scene, struct ex_flow **out, struct ex_error *err);
void ex_flow_free(struct ex_flow **f);

/**
 * Process every vehicle of the scene. Each crossing is recorded, in the ledger
 * and the spool that there are, then handed to the hook. Input that is wrong,
 * or a ledger or spool that does not take a crossing, is reported to `problem`
 * and the others go on; the status with the largest exit code is returned at
 * the end.
 *
 * @return EX_OK: every vehicle processed and recorded, whatever the verdicts;
 *         EX_ERR_INTERRUPTED, EX_ERR_NOMEM and EX_ERR_INTERNAL at once, and any
 *         problem's status at the end
 */
enum ex_status ex_flow_run(
    struct ex_flow *f, const struct ex_flow_hooks *hooks, struct ex_error *err);

#endif
