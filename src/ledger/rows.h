/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of a store (store.h) for databases that speak SQL: facts to rows
 * and back. `store` is a struct ex_sql. */
#ifndef EXEUNT_LEDGER_ROWS_H
#define EXEUNT_LEDGER_ROWS_H

#include "sql.h"
#include "store.h"

#define EX_WORD_SIZE 32

/* The next column as a word of `kind` ("seat"); others mark the query bad. */
#define EX_TAKE_WORD(q, kind, out)                                             \
	do {                                                                   \
		char word_[EX_WORD_SIZE];                                      \
		ex_sql_take_text((q), word_, sizeof word_);                    \
		if (!ex_##kind##_from_word(word_, (out)))                      \
			ex_sql_refuse(q);                                      \
	} while (0)

/* A transaction begins: what was known of things is not any more. */
void ex_rows_begin(struct ex_sql *s, bool write);

/* Where writers may be several, keep the others from what is read now. */
enum ex_status ex_rows_lock(
    struct ex_sql *s, const char *kind, const char *name, struct ex_error *err);

/* rows.c */
enum ex_status ex_rows_crossing_add(void *store,
    const struct ex_ledger_record *r, bool *fresh, struct ex_error *err);
enum ex_status ex_rows_crossing_get(void *store, const char *id,
    struct ex_ledger_record *r, bool *found, struct ex_error *err);
enum ex_status ex_rows_crossing_each(void *store,
    const struct ex_ledger_filter *f, struct ex_ledger_record *scratch,
    ex_ledger_visit *visit, void *arg, struct ex_error *err);
enum ex_status ex_rows_crossing_count(void *store,
    const struct ex_ledger_filter *f, size_t *n, struct ex_error *err);
enum ex_status ex_rows_crossing_drop(
    void *store, int64_t before_ms, size_t *n, struct ex_error *err);
enum ex_status ex_rows_awaiting_get(void *store, const char *crossing,
    uint32_t *mask, bool *found, struct ex_error *err);
enum ex_status ex_rows_awaiting_put(
    void *store, const char *crossing, uint32_t mask, struct ex_error *err);

/* rows_picture.c */
enum ex_status ex_rows_picture_add(
    void *store, const struct ex_store_picture *p, struct ex_error *err);
enum ex_status ex_rows_picture_each(void *store, const char *crossing,
    const char *name, ex_store_picture_visit *visit, void *arg,
    struct ex_error *err);
enum ex_status ex_rows_picture_earlier(void *store,
    const uint8_t number[EX_SHA256_SIZE], size_t most,
    ex_store_picture_visit *visit, void *arg, struct ex_error *err);
enum ex_status ex_rows_picture_drop(
    void *store, const char *crossing, size_t *n, struct ex_error *err);
enum ex_status ex_rows_picture_drop_epoch(void *store,
    enum ex_retention_class c, int64_t epoch_ms, size_t *n,
    struct ex_error *err);

/* rows_ruling.c */
enum ex_status ex_rows_ruling_add(
    void *store, const struct ex_ruling *r, struct ex_error *err);
enum ex_status ex_rows_ruling_each(void *store, const char *crossing,
    ex_ruling_visit *visit, void *arg, struct ex_error *err);

/* rows_link.c */
enum ex_status ex_rows_link_add(
    void *store, const struct ex_link *l, struct ex_error *err);
enum ex_status ex_rows_link_last(void *store, const char *node,
    struct ex_link *out, bool *found, struct ex_error *err);
enum ex_status ex_rows_link_each(void *store, const struct ex_audit_filter *f,
    ex_link_visit *visit, void *arg, struct ex_error *err);
enum ex_status ex_rows_link_drop(void *store, const char *node,
    uint64_t through_seq, size_t *n, struct ex_error *err);

/* rows_thing.c */
enum ex_status ex_rows_use_port(
    void *store, const char *port, struct ex_error *err);
enum ex_status ex_rows_thing_put(void *store, const char *kind, const char *key,
    struct ex_bytes value, struct ex_error *err);
enum ex_status ex_rows_thing_get(void *store, const char *kind, const char *key,
    struct ex_blob *out, bool *found, struct ex_error *err);
enum ex_status ex_rows_thing_drop(
    void *store, const char *kind, const char *key, struct ex_error *err);
enum ex_status ex_rows_thing_each(void *store, const char *kind,
    ex_thing_visit *visit, void *arg, struct ex_error *err);

/* All of them, for a struct ex_store_ops. */
#define EX_ROWS_OPS                                                            \
	.use_port = ex_rows_use_port, .crossing_add = ex_rows_crossing_add,    \
	.crossing_get = ex_rows_crossing_get,                                  \
	.crossing_each = ex_rows_crossing_each,                                \
	.crossing_count = ex_rows_crossing_count,                              \
	.crossing_drop = ex_rows_crossing_drop,                                \
	.awaiting_get = ex_rows_awaiting_get,                                  \
	.awaiting_put = ex_rows_awaiting_put,                                  \
	.picture_add = ex_rows_picture_add,                                    \
	.picture_each = ex_rows_picture_each,                                  \
	.picture_earlier = ex_rows_picture_earlier,                            \
	.picture_drop = ex_rows_picture_drop,                                  \
	.picture_drop_epoch = ex_rows_picture_drop_epoch,                      \
	.ruling_add = ex_rows_ruling_add, .ruling_each = ex_rows_ruling_each,  \
	.link_add = ex_rows_link_add, .link_last = ex_rows_link_last,          \
	.link_each = ex_rows_link_each, .link_drop = ex_rows_link_drop,        \
	.thing_put = ex_rows_thing_put, .thing_get = ex_rows_thing_get,        \
	.thing_drop = ex_rows_thing_drop, .thing_each = ex_rows_thing_each

#endif
