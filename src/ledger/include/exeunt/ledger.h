/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * ledger: crossings, recorded whole or not at all, without a name or a
 * document number in clear; their pictures, sealed, and forgotten on time; what
 * officers decide; and who did what to whose data, in a chain that shows every
 * change. The promises it keeps are numbered at the head of
 * src/ledger/ledger.c.
 *
 * What is stored of a crossing: its id, lane, vehicle, direction, times,
 * opted-out, lost frames, people unlisted; of each occupant number, seat,
 * verdict, cause, document, nearest document, similarity, FMR, quality and
 * frame counts; of each document, as `d1`, `d2` ... of the crossing, type,
 * nationality, verdict, cause, checks and a keyed hash (HMAC-SHA-256) of type,
 * issuer and number. Of pictures, sealed: an occupant's best shot ("o1") and a
 * document's portrait ("d1"). Never stored: names, numbers, issuers, birth
 * dates, paths of frames and documents, boxes, templates. Of an opted-out
 * vehicle neither occupants, nor documents, nor pictures.
 *
 * Threads: a ledger is used by one thread at a time; open one for each. Several
 * processes may have the same ledger open, for reading and for writing.
 */
#ifndef EXEUNT_LEDGER_H
#define EXEUNT_LEDGER_H

#include "exeunt/base.h"
#include "exeunt/crypt.h"
#include "exeunt/facts.h"

struct ex_ledger;
struct ex_vault;

/* ---- words ------------------------------------------------------------- */

enum ex_action {
#define EX_WORD(name, word, text) EX_ACTION_##name,
#include "exeunt/actions.inc"
#undef EX_WORD
	EX_ACTION_COUNT
};
enum ex_purpose {
#define EX_WORD(name, word, text) EX_PURPOSE_##name,
#include "exeunt/purposes.inc"
#undef EX_WORD
	EX_PURPOSE_COUNT
};
enum ex_ruling_kind {
#define EX_WORD(name, word, text) EX_RULING_##name,
#include "exeunt/rulings.inc"
#undef EX_WORD
	EX_RULING_COUNT
};
/** The word that JSON and the ledger use, a sentence for people, and the word's
 *  value: false, `out` untouched, for any other word. */
const char *ex_action_word(enum ex_action v);
const char *ex_action_text(enum ex_action v);
const char *ex_purpose_word(enum ex_purpose v);
const char *ex_purpose_text(enum ex_purpose v);
const char *ex_ruling_word(enum ex_ruling_kind v);
bool ex_action_from_word(const char *word, enum ex_action *out);
bool ex_purpose_from_word(const char *word, enum ex_purpose *out);
bool ex_ruling_from_word(const char *word, enum ex_ruling_kind *out);

/* ---- retention --------------------------------------------------------- */

/** What is forgotten at its own time; rows of retention.inc. */
enum ex_retention_class {
	EX_RETAIN_CITIZEN_PICTURE, /**< pictures of the host state's citizens */
	EX_RETAIN_PICTURE,         /**< all other pictures */
	EX_RETAIN_CROSSING,
	EX_RETAIN_AUDIT,
	EX_RETAIN_COUNT
};
#define EX_LEGAL_SIZE 161
struct ex_retention {
	char host[4]; /**< the host state as in an MRZ; "": none, nobody is a
			 citizen */
	struct {
		int64_t term_ms;           /**< from the opening on */
		char legal[EX_LEGAL_SIZE]; /**< the reference it rests on */
	} of[EX_RETAIN_COUNT];
	/** Earlier confirmed shots may serve as further references. */
	bool earlier, earlier_citizens;
};
/** 12 h, 14 days, 3 years, 4 years; nothing earlier; no host. */
struct ex_retention ex_retention_default(void);
const char *ex_retention_word(enum ex_retention_class v);
/** Terms in range (1 h .. 100 years), the log at least as long as the
 *  crossings, pictures at most as long as their crossing.
 *  @return EX_OK, EX_ERR_USAGE naming the class */
enum ex_status ex_retention_check(
    const struct ex_retention *r, struct ex_error *err);

/* ---- the vault: epoch keys --------------------------------------------- */

/**
 * Epoch keys (retention class x hour for terms under two days, else day), each
 * in a file of its own, sealed under the master key, in a folder that is in
 * neither the database nor its backups; and the node's own keys: the one that
 * lanes seal to and the one that signs the audit chain's heads. Threads,
 * processes and hubs may share one.
 */
struct ex_vault_options {
	const char *dir;    /**< of this user alone, mode 0700 */
	const char *master; /**< file of 64 hex digits, of this user or root,
			       mode 0600; NULL:
			       $CREDENTIALS_DIRECTORY/exeunt-master */
	bool same_disk; /**< the master may lie on the file system of `dir` */
	bool make; /**< begin a vault where there is none: folder, keys and,
		      if missing, the master */
};
/**
 * Without `make` a folder that is no vault is refused: a disk that is not
 * mounted must not look like one whose pictures have all been erased.
 *
 * @return EX_OK; EX_ERR_ENVIRONMENT (missing, open to others, another user's,
 *         same file system); EX_ERR_FORMAT (not this vault's master, or a file
 *         that was changed); EX_ERR_NOMEM; EX_ERR_INTERNAL
 */
enum ex_status ex_vault_open(const struct ex_vault_options *o,
    struct ex_vault **out, struct ex_error *err);
void ex_vault_close(struct ex_vault **v);
/** What lanes seal to; may be told to anybody. */
const struct ex_recipient *ex_vault_recipient(const struct ex_vault *v);
const struct ex_recipient_key *ex_vault_recipient_key(const struct ex_vault *v);
/** What heads of the audit chain are verified with. */
const uint8_t *ex_vault_verifier(const struct ex_vault *v);

/* ---- opening ----------------------------------------------------------- */
enum ex_ledger_mode {
	EX_LEDGER_READ,  /**< what is there; needs no key, changes nothing */
	EX_LEDGER_WRITE, /**< made if absent, brought up to date if older */
};

/**
 * Open a ledger.
 *
 * @param uri      `sqlite:PATH` or PATH, a new file gets mode 0600;
 *                 `postgres://...` or `postgresql://...` (libpq's URI), which
 *                 needs a key file; `:memory:` lives until it is closed
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

/** What a hub adds to a ledger; borrowed for the ledger's life. */
struct ex_ledger_node {
	const char *node; /**< [a-z0-9-]{1,32}: whose audit chain is written */
	const char *port; /**< [a-z0-9-]{1,32}: key of this port's rows */
	struct ex_vault *vault; /**< NULL: pictures are refused */
	const struct ex_retention *retention;
	int64_t (*now_ms)(void); /**< NULL: ex_clock_wall_ms; tests set it */
};
/** Make `l` that of a hub. Without it: node "local", port "local", no vault,
 *  default retention. @return EX_OK, EX_ERR_USAGE (a name) */
enum ex_status ex_ledger_attach(
    struct ex_ledger *l, const struct ex_ledger_node *n, struct ex_error *err);

/**
 * Group several calls into one durable commit. Without it each call is its own
 * transaction. After a call inside has failed, rollback is the only way on.
 * Not to be nested.
 */
enum ex_status ex_ledger_begin(struct ex_ledger *l, struct ex_error *err);
enum ex_status ex_ledger_commit(struct ex_ledger *l, struct ex_error *err);
void ex_ledger_rollback(struct ex_ledger *l);

/** Who acts, and why; every call that touches a person's data takes one and
 *  writes it to the audit chain in the same commit. */
struct ex_act {
	const char *actor; /**< "officer:ana", "lane:demo-1", "system": 1..64 of
			      [A-Za-z0-9:._@-]; never a traveller */
	enum ex_purpose purpose;
};

/* ---- crossings --------------------------------------------------------- */

/** "o1": best shot of occupant 1; "d2": portrait of document 2. JPEG. */
#define EX_PICTURE_NAME_SIZE 4
#define EX_PICTURE_MOST      (256 * 1024) /**< bytes */
#define EX_MAX_PICTURES      (EX_MAX_OCCUPANTS + EX_MAX_DOCUMENTS)
struct ex_picture {
	char name[EX_PICTURE_NAME_SIZE];
	struct ex_bytes jpeg; /**< borrowed */
};

/**
 * Record a crossing: on EX_OK it is on disk, whole; otherwise it is not there,
 * save where the disk failed in the very moment of the commit: then it may
 * be, whole. Putting the same crossing again is harmless, and right after any
 * failure.
 *
 * @param c borrowed; opened at the time in its id; occupants numbered 1..32,
 *          rising; an occupant is confirmed with exactly one document, a
 *          document confirms at most one occupant; texts are UTF-8
 * @return EX_OK, also where this very crossing was there already; EX_ERR_INPUT
 *         for one that contradicts itself (the field is named);
 *         EX_ERR_CONFLICT where another crossing has this id; EX_ERR_DATABASE
 *         (exit 4: full, read-only, locked for over 10 s); EX_ERR_NOMEM
 */
enum ex_status ex_ledger_put(
    struct ex_ledger *l, const struct ex_crossing *c, struct ex_error *err);
/**
 * The same with its pictures, sealed under keys of the crossing's own, one for
 * each retention class, and these under their epoch keys. The class of an
 * occupant's picture is that of the document that confirmed them; of one whom
 * an officer must handle it is the citizens' while a document of a citizen in
 * the vehicle has confirmed nobody. An unread document may be a citizen's.
 * Pictures whose time is over already, by a delivery that took too long, are
 * not kept; the crossing is.
 *
 * @param fresh may be NULL; false: it was there already, nothing changed
 * @return as ex_ledger_put; EX_ERR_INPUT for a name of nobody in `c`, one
 *         twice, any picture of an opted-out vehicle; EX_ERR_TOO_LARGE;
 *         EX_ERR_ENVIRONMENT without a vault, or where it takes no key
 */
enum ex_status ex_ledger_put_pictures(struct ex_ledger *l,
    const struct ex_crossing *c, const struct ex_picture pictures[],
    size_t n_pictures, bool *fresh, struct ex_error *err);

/** All zero: every crossing. */
struct ex_ledger_filter {
	int64_t from_ms;   /**< opened at or after */
	int64_t to_ms;     /**< opened before; 0: no end */
	const char *lane;  /**< this lane alone; NULL: all; borrowed */
	const char *after; /**< only ids behind this one in the order asked
			      for; NULL: from the start; borrowed */
	bool newest;       /**< ids falling */
	bool open;         /**< only where somebody awaits an officer */
	size_t limit;      /**< at most so many; 0: all; not used by count */
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

/* ---- pictures ---------------------------------------------------------- */

struct ex_picture_info {
	char name[EX_PICTURE_NAME_SIZE];
	enum ex_retention_class retention;
	int64_t erase_ms; /**< when its key goes, at the latest */
};
/** What pictures of a crossing there are; opens none.
 *  @param out EX_MAX_PICTURES of them */
enum ex_status ex_ledger_pictures(struct ex_ledger *l, const char *crossing,
    struct ex_picture_info out[], size_t *n, struct ex_error *err);
/**
 * Open a picture, and say so in the audit chain first. In a group it is to be
 * handed on after the commit only.
 *
 * @param out wipe and ex_blob_free; empty unless EX_OK
 * @return EX_OK; EX_ERR_NOT_FOUND: never kept, its time over, or erased;
 *         EX_ERR_FORMAT: changed since it was stored; EX_ERR_USAGE without
 *         a purpose; EX_ERR_DATABASE, EX_ERR_ENVIRONMENT, EX_ERR_NOMEM
 */
enum ex_status ex_ledger_picture(struct ex_ledger *l, const struct ex_act *act,
    const char *crossing, const char *name, struct ex_blob *out,
    struct ex_error *err);
/** One early erasure: the rows of all pictures of a crossing go at once;
 *  copies elsewhere become unreadable when their epoch key goes.
 *  @param complete_ms when that is
 *  @return EX_OK, also where there were none; EX_ERR_NOT_FOUND (crossing);
 *  EX_ERR_USAGE without a purpose */
enum ex_status ex_ledger_erase_early(struct ex_ledger *l,
    const struct ex_act *act, const char *crossing, int64_t *complete_ms,
    struct ex_error *err);
/**
 * Earlier confirmed shots of the same document, newest first, where policy
 * allows (ex_retention.earlier): found by the document's hash, never by face.
 *
 * @param d     its type, issuer, number; nationality decides if a citizen's
 * @param most  over 16 counts as 16
 * @param out   room for `most`; wipe and ex_blob_free each
 * @return EX_OK, also for none; EX_ERR_USAGE without a purpose
 */
enum ex_status ex_ledger_earlier(struct ex_ledger *l, const struct ex_act *act,
    const struct ex_document *d, size_t most, struct ex_blob out[], size_t *n,
    struct ex_error *err);

/* ---- what officers decide ---------------------------------------------- */

#define EX_REASON_SIZE 281
struct ex_ruling {
	char id[EX_ULID_SIZE]; /**< given by the ledger */
	char crossing[EX_ULID_SIZE];
	unsigned occupant; /**< n, from 1 */
	enum ex_ruling_kind kind;
	unsigned document;           /**< n, from 1; 0 for BY_HAND, UNDONE */
	char reason[EX_REASON_SIZE]; /**< BY_HAND: 3 characters at least;
					UTF-8 without control characters */
	char undoes[EX_ULID_SIZE];   /**< UNDONE: the ruling; else "" */
	char actor[65];
	int64_t at_ms;
};
#define EX_UNDO_MS 60000
/**
 * Record a ruling; nothing recorded before changes. SAME_PERSON and BY_HAND
 * end an occupant's wait, NOT_THIS_DOCUMENT does not, UNDONE (within
 * EX_UNDO_MS, by the same actor, of their latest) takes the last one back.
 *
 * @param r id, actor and at_ms are filled in
 * @return EX_OK; EX_ERR_NOT_FOUND (crossing, occupant, document, ruling);
 *         EX_ERR_INPUT where it contradicts what is recorded (was not the
 *         officer's, is handled already, the document is another's, too late)
 */
enum ex_status ex_ledger_rule(struct ex_ledger *l, const struct ex_act *act,
    struct ex_ruling *r, struct ex_error *err);
typedef enum ex_status ex_ruling_visit(const struct ex_ruling *r, void *arg);
/** Of a crossing, in order. */
enum ex_status ex_ledger_rulings(struct ex_ledger *l, const char *crossing,
    ex_ruling_visit *visit, void *arg, struct ex_error *err);
/** Occupants of a crossing who await an officer: bit n - 1 of `mask`; people
 *  unlisted are not in it. */
enum ex_status ex_ledger_awaiting(struct ex_ledger *l, const char *crossing,
    uint32_t *mask, struct ex_error *err);

/* ---- the audit chain --------------------------------------------------- */

#define EX_ACTOR_SIZE   65
#define EX_SUBJECT_SIZE 97
#define EX_DETAIL_SIZE  161
/** A link: who, when, what, of what, why, and the hash over all of it and the
 *  link before. No name, number or picture of a traveller. */
struct ex_link {
	char node[33];
	uint64_t seq; /**< from 1, without gaps */
	int64_t at_ms;
	char actor[EX_ACTOR_SIZE];
	enum ex_action action;
	enum ex_purpose purpose;
	char subject[EX_SUBJECT_SIZE]; /**< "01J.../o2", "user:ana" or "" */
	char detail[EX_DETAIL_SIZE];   /**< "fmr 0.0005 -> 0.0001" or "" */
	uint8_t before[EX_SHA256_SIZE], hash[EX_SHA256_SIZE];
};
/** A signed statement of how far a chain reaches. */
struct ex_head {
	char node[33];
	uint64_t seq;
	int64_t at_ms;
	uint8_t hash[EX_SHA256_SIZE];
	uint8_t verifier[32], signature[EX_SIGNATURE_SIZE];
};
/**
 * Append; time, node, seq and hashes are the ledger's.
 *
 * @param subject,detail printable ASCII without `<`; NULL is ""
 * @return EX_OK; EX_ERR_USAGE for what may not stand in a link;
 *         EX_ERR_DATABASE
 */
enum ex_status ex_audit_append(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const char *subject, const char *detail,
    struct ex_error *err);
struct ex_audit_filter {
	const char *node;       /**< NULL: every node's */
	uint64_t after;         /**< seq; of one node only */
	int64_t from_ms, to_ms; /**< to: 0 is no end */
	const char *actor;      /**< NULL: all */
	const char
	    *subject; /**< it or what is under it ("ID", "ID/..."); NULL */
	bool newest;
	size_t limit; /**< 0: all */
};
typedef enum ex_status ex_link_visit(const struct ex_link *link, void *arg);
enum ex_status ex_audit_each(struct ex_ledger *l,
    const struct ex_audit_filter *f, ex_link_visit *visit, void *arg,
    struct ex_error *err);
/** The nodes that have a chain, or a signed statement of one, by name; `visit`
 *  may use this ledger. Reads every link. */
typedef enum ex_status ex_node_visit(const char *node, void *arg);
enum ex_status ex_audit_nodes(
    struct ex_ledger *l, ex_node_visit *visit, void *arg, struct ex_error *err);
/** Sign how far this node's chain reaches (each minute, where it grew), and
 *  keep it; past a day, of each
 *  day the last is kept. Needs the vault. What comes behind the head before
 *  is verified first.
 *  @return EX_OK; EX_ERR_NOT_FOUND: no link yet; EX_NO, nothing signed: the
 *          chain was changed; EX_ERR_ENVIRONMENT without a vault */
enum ex_status ex_audit_sign(
    struct ex_ledger *l, struct ex_head *out, struct ex_error *err);
/** The last signed head of a node; EX_ERR_NOT_FOUND. */
enum ex_status ex_audit_head(struct ex_ledger *l, const char *node,
    struct ex_head *out, struct ex_error *err);
/** A head as one line of JSON (heap, free(); NULL: no memory) and back, for
 *  export. Blanks may stand between its parts; nothing else may differ.
 *  @return EX_OK, EX_ERR_FORMAT naming the member, `out` zero */
char *ex_head_json(const struct ex_head *h);
enum ex_status ex_head_parse(
    struct ex_bytes json, struct ex_head *out, struct ex_error *err);

struct ex_audit_report {
	uint64_t links, heads, first_seq, last_seq;
	bool pruned;     /**< begins with a checkpoint */
	char fault[200]; /**< where and what, if EX_NO */
};
/**
 * Go through a node's chain: each link's hash, their order without gaps, every
 * signed head and checkpoint.
 *
 * @param last     a head from elsewhere that the chain must reach; NULL: none,
 *                 then a cut tail shows only as far as signed heads are kept
 * @param verifier of heads, 32 bytes; NULL: that of `last`, else of the vault
 *                 if it is this node's, else the one that all heads name
 * @return EX_OK; EX_NO with `fault`, also for links that cannot be read any
 *         more; EX_ERR_DATABASE where the store fails; EX_ERR_NOMEM
 */
enum ex_status ex_audit_verify(struct ex_ledger *l, const char *node,
    const struct ex_head *last, const uint8_t *verifier,
    struct ex_audit_report *out, struct ex_error *err);

/* ---- forgetting -------------------------------------------------------- */

struct ex_retention_report {
	size_t keys;                       /**< epoch keys destroyed */
	size_t pictures, crossings, links; /**< rows gone */
	int64_t now_ms;                    /**< the time that was used */
	bool held; /**< the clock jumped forward: what only that makes due is
		      kept, but for what is past twice its term */
};
/**
 * Erase what is due: epoch keys first, then rows, then a link that says so.
 * The time used never runs backwards (it is kept in the ledger) and goes on by
 * the machine's own clock where the wall's is set back. Where the wall's is
 * ahead by over an hour that the machine has not counted (a jump, or days when
 * it was off) the link says so, and erasures are held until confirmed, though
 * never past twice their term. A term that was made longer does not reach back.
 *
 * What fails does not keep the rest from being erased; the first failure is
 * told. Needs the vault where there were pictures.
 *
 * @param confirm the clock is right
 * @return EX_OK; EX_NO: the audit chain is broken and was not pruned;
 *         EX_ERR_ENVIRONMENT, EX_ERR_DATABASE, EX_ERR_NOMEM
 */
enum ex_status ex_retention_run(struct ex_ledger *l, const struct ex_act *act,
    bool confirm, struct ex_retention_report *out, struct ex_error *err);
/** What is due when: one visit for each epoch key there is. */
typedef enum ex_status ex_epoch_visit(
    enum ex_retention_class c, int64_t from_ms, int64_t erase_ms, void *arg);
enum ex_status ex_retention_due(struct ex_ledger *l, ex_epoch_visit *visit,
    void *arg, struct ex_error *err);

/* ---- small things by name ---------------------------------------------- */

/* Users, tokens, lanes, the policy: whoever keeps them gives them meaning. */
#define EX_THING_MOST 4096
/** @param kind, key [A-Za-z0-9:._@-], 1..32 and 1..96 */
enum ex_status ex_thing_put(struct ex_ledger *l, const char *kind,
    const char *key, struct ex_bytes value, struct ex_error *err);
/** @return EX_OK, EX_ERR_NOT_FOUND */
enum ex_status ex_thing_get(struct ex_ledger *l, const char *kind,
    const char *key, struct ex_blob *out, struct ex_error *err);
enum ex_status ex_thing_drop(struct ex_ledger *l, const char *kind,
    const char *key, struct ex_error *err);
typedef enum ex_status ex_thing_visit(
    const char *key, struct ex_bytes value, void *arg);
/** Of a kind, keys rising. */
enum ex_status ex_thing_each(struct ex_ledger *l, const char *kind,
    ex_thing_visit *visit, void *arg, struct ex_error *err);

/* ---- what a lane sends to a hub ---------------------------------------- */

#define EX_ENVELOPE_MOST (4 * 1024 * 1024) /**< bytes of one */
/**
 * A crossing sealed to a hub: a head in clear (crossing, lane, time of opening)
 * and sealed parts, the record with the documents' numbers, and one part for
 * the pictures of each retention class, so that a spool can drop these on time
 * without being able to read them. Each part is bound to the head.
 *
 * @param host "" or the host state: which pictures are citizens'
 */
enum ex_status ex_envelope_seal(const struct ex_recipient *to,
    const struct ex_crossing *c, const struct ex_picture pictures[],
    size_t n_pictures, const char *host, struct ex_blob *out,
    struct ex_error *err);
struct ex_envelope_head {
	char crossing[EX_ULID_SIZE];
	char lane[EX_MAX_NAME];
	int64_t opened_ms;
	unsigned parts; /**< bits 1 << enum ex_retention_class, pictures only */
};
/** Look at the head; EX_ERR_FORMAT, EX_ERR_TRUNCATED, EX_ERR_TOO_LARGE. */
enum ex_status ex_envelope_peek(struct ex_bytes envelope,
    struct ex_envelope_head *out, struct ex_error *err);
/** The same envelope without the pictures of a class. */
enum ex_status ex_envelope_drop(struct ex_bytes envelope,
    enum ex_retention_class c, struct ex_blob *out, struct ex_error *err);
struct ex_envelope {
	struct ex_crossing crossing;
	struct ex_picture pictures[EX_MAX_PICTURES]; /**< into `plain` */
	size_t n_pictures;
	struct ex_blob plain[3];
};
/** @param out ex_envelope_fini; EX_ERR_FORMAT where it is not sealed to us or
 *  was changed. What is in it is checked as any outside input is. */
enum ex_status ex_envelope_open(const struct ex_recipient_key *key,
    struct ex_bytes envelope, struct ex_envelope *out, struct ex_error *err);
void ex_envelope_fini(struct ex_envelope *e);

#endif
