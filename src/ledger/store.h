/* SPDX-License-Identifier: Apache-2.0 */
/* A store: where a ledger's rows lie. One constant struct a back end: SQLite,
 * PostgreSQL, memory, and one that fails on purpose (tests). A store keeps rows
 * and knows no rules: the ledger above it does.
 *
 * Every call but open and close happens between begin and commit or rollback;
 * after a failed call rollback follows. Calls that look for one thing say
 * `*found`. Texts and blobs given are borrowed for the call; blobs handed out
 * through `out` are the caller's (ex_blob_free), those given to visits are
 * borrowed. Errors: EX_ERR_DATABASE naming the store, EX_ERR_NOMEM. */
#ifndef EXEUNT_LEDGER_STORE_H
#define EXEUNT_LEDGER_STORE_H

#include "record.h"

#include "exeunt/ledger.h"

#define EX_STORE_VERSION 1

struct ex_store_open {
	const char *address; /* path or URI, behind the kind */
	const char *name;    /* for errors; lives as long as the store */
	enum ex_ledger_mode mode;
};

/* A picture's row: the wrapped key of its crossing and class, and the bytes
 * sealed under that. */
struct ex_store_picture {
	char crossing[EX_ULID_SIZE];
	char name[EX_PICTURE_NAME_SIZE];
	enum ex_retention_class retention;
	int64_t epoch_ms; /* start of the epoch whose key wraps */
	struct ex_bytes key, sealed;
};
typedef enum ex_status ex_store_picture_visit(
    const struct ex_store_picture *p, void *arg);

struct ex_store_ops {
	unsigned version;
	const char *name;

	/* What errors call it: without user, password and options; heap, NULL
	 * when out of memory, "" where the address is none. NULL: the address
	 * itself. */
	char *(*told_as)(const char *address);
	/* Would open begin a new store? Then its key is made first. */
	enum ex_status (*look)(
	    const struct ex_store_open *o, bool *fresh, struct ex_error *err);
	enum ex_status (*open)(
	    const struct ex_store_open *o, void **out, struct ex_error *err);
	void (*close)(void **s);
	/* Rows of which port are read and written; "local" before. */
	enum ex_status (*use_port)(
	    void *s, const char *port, struct ex_error *err);
	enum ex_status (*begin)(void *s, bool write, struct ex_error *err);
	enum ex_status (*commit)(void *s, struct ex_error *err); /* durable */
	void (*rollback)(void *s); /* nothing open: nothing done */

	/* *fresh false, and nothing written: the id is there. Occupants for
	 * the officer await one. An addition whose outcome nobody waits for
	 * may tell its failure in a later call, commit at the latest. */
	enum ex_status (*crossing_add)(void *s,
	    const struct ex_ledger_record *r, bool *fresh,
	    struct ex_error *err);
	enum ex_status (*crossing_get)(void *s, const char *id,
	    struct ex_ledger_record *r, bool *found, struct ex_error *err);
	/* With `scratch`; what `visit` returns ends the walk. */
	enum ex_status (*crossing_each)(void *s,
	    const struct ex_ledger_filter *f, struct ex_ledger_record *scratch,
	    ex_ledger_visit *visit, void *arg, struct ex_error *err);
	enum ex_status (*crossing_count)(void *s,
	    const struct ex_ledger_filter *f, size_t *n, struct ex_error *err);
	/* With all that hangs on them; opened before. */
	enum ex_status (*crossing_drop)(
	    void *s, int64_t before_ms, size_t *n, struct ex_error *err);
	/* In a transaction that writes, nobody else's gets to this crossing's
	 * until it ends. */
	enum ex_status (*awaiting_get)(void *s, const char *crossing,
	    uint32_t *mask, bool *found, struct ex_error *err);
	enum ex_status (*awaiting_put)(
	    void *s, const char *crossing, uint32_t mask, struct ex_error *err);

	enum ex_status (*picture_add)(
	    void *s, const struct ex_store_picture *p, struct ex_error *err);
	/* Of one name (at most one visit), or all (NULL) of a crossing. */
	enum ex_status (*picture_each)(void *s, const char *crossing,
	    const char *name, ex_store_picture_visit *visit, void *arg,
	    struct ex_error *err);
	/* Best shots of occupants confirmed with a document of this number,
	 * newest crossing first. */
	enum ex_status (*picture_earlier)(void *s,
	    const uint8_t number[EX_SHA256_SIZE], size_t most,
	    ex_store_picture_visit *visit, void *arg, struct ex_error *err);
	enum ex_status (*picture_drop)(
	    void *s, const char *crossing, size_t *n, struct ex_error *err);
	enum ex_status (*picture_drop_epoch)(void *s, enum ex_retention_class c,
	    int64_t epoch_ms, size_t *n, struct ex_error *err);

	enum ex_status (*ruling_add)(
	    void *s, const struct ex_ruling *r, struct ex_error *err);
	/* Ids rising. */
	enum ex_status (*ruling_each)(void *s, const char *crossing,
	    ex_ruling_visit *visit, void *arg, struct ex_error *err);

	enum ex_status (*link_add)(
	    void *s, const struct ex_link *l, struct ex_error *err);
	/* The last one; also keeps other writers of this chain out until the
	 * transaction ends. */
	enum ex_status (*link_last)(void *s, const char *node,
	    struct ex_link *out, bool *found, struct ex_error *err);
	/* By node and seq, rising, or falling where the newest are asked for.
	 */
	enum ex_status (*link_each)(void *s, const struct ex_audit_filter *f,
	    ex_link_visit *visit, void *arg, struct ex_error *err);
	enum ex_status (*link_drop)(void *s, const char *node,
	    uint64_t through_seq, size_t *n, struct ex_error *err);

	enum ex_status (*thing_put)(void *s, const char *kind, const char *key,
	    struct ex_bytes value, struct ex_error *err);
	/* In a transaction that writes, nobody else's gets to this one until it
	 * ends, also where it is not there. */
	enum ex_status (*thing_get)(void *s, const char *kind, const char *key,
	    struct ex_blob *out, bool *found, struct ex_error *err);
	enum ex_status (*thing_drop)(
	    void *s, const char *kind, const char *key, struct ex_error *err);
	/* Keys rising, byte by byte. */
	enum ex_status (*thing_each)(void *s, const char *kind,
	    ex_thing_visit *visit, void *arg, struct ex_error *err);
};

extern const struct ex_store_ops ex_store_sqlite, ex_store_postgres,
    ex_store_memory;

/* The ids that a filter's times and `after` leave, exclusive: texts before and
 * behind them, some shorter than an id. */
void ex_ledger_filter_ids(const struct ex_ledger_filter *f,
    char low[static EX_ULID_SIZE], char high[static EX_ULID_SIZE]);

#endif
