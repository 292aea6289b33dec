/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * ledger: crossings, recorded whole or not at all, without a name or a
 * document number in clear. The promises it keeps are numbered at the head of
 * src/ledger/ledger.c.
 *
 * What is stored of a crossing: its id, lane, vehicle, direction, times,
 * opted-out, lost frames, people unlisted; of each occupant number, seat,
 * verdict, cause, document, similarity, FMR, quality and frame counts; of each
 * document, as `d1`, `d2` ... of the crossing, type, nationality, verdict,
 * cause, checks and a keyed hash (HMAC-SHA-256) of type, issuer and number.
 * Never stored: names, numbers, issuers, birth dates, paths of frames and
 * documents, boxes, pictures, templates. Of an opted-out vehicle neither
 * occupants nor documents.
 *
 * Threads: a ledger is used by one thread at a time; open one for each. Several
 * processes may have the same file open, for reading and for writing.
 */
#ifndef EXEUNT_LEDGER_H
#define EXEUNT_LEDGER_H

#include "exeunt/base.h"
#include "exeunt/facts.h"

struct ex_ledger;

enum ex_ledger_mode {
	EX_LEDGER_READ,  /**< what is there; needs no key, changes nothing */
	EX_LEDGER_WRITE, /**< made if absent, brought up to date if older */
};

/**
 * Open a ledger.
 *
 * @param uri      `sqlite:PATH` or PATH; `:memory:` lives until it is closed.
 *                 A new file gets mode 0600
 * @param key_file 32 bytes in hex under which numbers are hashed; NULL: PATH
 *                 with `.key` behind. Made, mode 0600, with a new ledger; an
 *                 existing ledger without its key, or with another's, is
 *                 refused. Not opened for reading; unused by `:memory:`
 * @param out      ex_ledger_close; NULL on failure
 * @return EX_OK; EX_ERR_DATABASE (no such file, not a ledger, damaged, of a
 *         newer schema, read-only, full, key trouble); EX_ERR_ENVIRONMENT (its
 *         files cannot be made); EX_ERR_USAGE for a URI of another kind;
 *         EX_ERR_NOMEM; EX_ERR_INTERNAL without random bytes
 */
enum ex_status ex_ledger_open(const char *uri, const char *key_file,
    enum ex_ledger_mode mode, struct ex_ledger **out, struct ex_error *err);

/** Free; NULL is fine. The key in memory is wiped. */
void ex_ledger_close(struct ex_ledger **l);

/**
 * Record a crossing: on EX_OK it is on disk, whole; otherwise it is not there,
 * save where the disk failed in the very moment of the commit: then it may
 * be, whole. Putting the same crossing again is harmless, and right after any
 * failure.
 *
 * @param c borrowed; occupants numbered from 1, rising; an occupant is
 *          confirmed with exactly one document, a document confirms at most
 *          one occupant
 * @return EX_OK, also where this very crossing was there already; EX_ERR_INPUT
 *         for one that contradicts itself (the field is named); EX_ERR_DATABASE
 *         (exit 4: full, read-only, locked for over 10 s, or another crossing
 *         has this id); EX_ERR_NOMEM
 */
enum ex_status ex_ledger_put(
    struct ex_ledger *l, const struct ex_crossing *c, struct ex_error *err);

/** All zero: every crossing. */
struct ex_ledger_filter {
	int64_t from_ms;  /**< opened at or after */
	int64_t to_ms;    /**< opened before; 0: no end */
	const char *lane; /**< this lane alone; NULL: all; borrowed */
	size_t limit;     /**< at most so many; 0: all; not used by count */
};

/**
 * One crossing as stored: documents are named `d1`, `d2` ..., their number and
 * issuer and the occupants' frames are empty. `c` is borrowed for the time of
 * the call.
 * @return EX_OK to go on; anything else ends the walk and is its result
 */
typedef enum ex_status ex_ledger_visit(const struct ex_crossing *c, void *arg);

/**
 * Visit the crossings, ids rising (which is order in time, to the
 * millisecond), all of one moment. `visit` must not use this ledger.
 *
 * @param filter NULL: every crossing
 * @return EX_OK; what `visit` returned, `err` then untouched; EX_ERR_DATABASE,
 *         also for a record that contradicts itself, which is not handed out;
 *         EX_ERR_NOMEM
 */
enum ex_status ex_ledger_each(struct ex_ledger *l,
    const struct ex_ledger_filter *filter, ex_ledger_visit *visit, void *arg,
    struct ex_error *err);

/**
 * One crossing by its id, as ex_ledger_visit describes it.
 * @param id  may be `out->id`
 * @param out zero unless EX_OK
 * @return EX_OK; EX_ERR_NOT_FOUND; otherwise as ex_ledger_each
 */
enum ex_status ex_ledger_get(struct ex_ledger *l, const char *id,
    struct ex_crossing *out, struct ex_error *err);

/** How many crossings the filter lets through. */
enum ex_status ex_ledger_count(struct ex_ledger *l,
    const struct ex_ledger_filter *filter, size_t *n, struct ex_error *err);

#endif
