/* SPDX-License-Identifier: Apache-2.0 */
/* Inside flow: what a spool is made of, and the side that empties it. */
#ifndef EXEUNT_FLOW_SPOOL_H
#define EXEUNT_FLOW_SPOOL_H

#include <limits.h>
#include <pthread.h>

#include "exeunt/flow.h"

/* ---- spool_list.c: what lies in a folder, ids rising -------------------- */

#define EX_SPOOL_PICTURES                                                      \
	(1u << EX_RETAIN_CITIZEN_PICTURE | 1u << EX_RETAIN_PICTURE)

struct ex_spooled {
	char id[EX_ULID_SIZE];
	unsigned parts; /* picture classes that may be in it */
	size_t size;    /* bytes */
};
struct ex_spool_list {
	struct ex_spooled *all; /* from `first` on, n of them */
	size_t first, n, room;
};
/* A known id is replaced. False: no memory. */
bool ex_spool_list_put(struct ex_spool_list *l, const struct ex_spooled *s);
/* NULL: not there. Valid until the list changes. */
struct ex_spooled *ex_spool_list_find(struct ex_spool_list *l, const char *id);
void ex_spool_list_drop(struct ex_spool_list *l, const char *id);
struct ex_spooled *ex_spool_list_at(struct ex_spool_list *l, size_t i);
void ex_spool_list_fini(struct ex_spool_list *l);

/* ---- spool_folder.c: its files ------------------------------------------ */

/* Where a crossing lies. */
enum ex_spool_place {
	EX_SPOOL_WAITING,
	EX_SPOOL_REFUSED,
	EX_SPOOL_DAMAGED,
	EX_SPOOL_PLACES
};
#define EX_SPOOL_PATH (PATH_MAX / 2)

struct ex_spool_folder {
	char dir[EX_SPOOL_PATH];
	int lock; /* file descriptor; holds the folder for this process */
};
enum ex_status ex_spool_folder_open(
    struct ex_spool_folder *f, const char *dir, struct ex_error *err);
void ex_spool_folder_close(struct ex_spool_folder *f);
/* When the folder was last in use, by the clock of then. */
int64_t ex_spool_folder_mark(const struct ex_spool_folder *f);
void ex_spool_folder_set_mark(struct ex_spool_folder *f, int64_t ms);
/* Visit what lies in a place; removes what a killed process left half done.
 * `id` is NULL for a file that is not a crossing's. */
enum ex_status ex_spool_folder_each(struct ex_spool_folder *f,
    enum ex_spool_place place,
    enum ex_status (*visit)(
	void *arg, const char *name, const char *id, size_t size),
    void *arg, struct ex_error *err);
enum ex_status ex_spool_folder_read(struct ex_spool_folder *f,
    enum ex_spool_place place, const char *id, struct ex_blob *out,
    struct ex_error *err);
/* Whole and on disk; what has the name already stays. */
enum ex_status ex_spool_folder_add(struct ex_spool_folder *f, const char *id,
    struct ex_bytes envelope, struct ex_error *err);
/* Whole and on disk, in place of what has the name. */
enum ex_status ex_spool_folder_replace(struct ex_spool_folder *f,
    enum ex_spool_place place, const char *id, struct ex_bytes envelope,
    struct ex_error *err);
enum ex_status ex_spool_folder_move(struct ex_spool_folder *f, const char *id,
    enum ex_spool_place from, enum ex_spool_place to, struct ex_error *err);
enum ex_status ex_spool_folder_remove(struct ex_spool_folder *f,
    enum ex_spool_place place, const char *id, struct ex_error *err);
/* The reason beside one that was refused. */
enum ex_status ex_spool_folder_explain(struct ex_spool_folder *f,
    const char *id, const char *why, struct ex_error *err);
/* Of what cannot be read nothing can be taken out: files in `damaged` go when
 * they are older than this. Returns how many went. */
size_t ex_spool_folder_expire(struct ex_spool_folder *f, int64_t before_ms);

/* ---- spool.c: the side that delivers ------------------------------------ */

/* The first that waits, read whole. @return EX_OK; EX_NO: none waits;
 * EX_ERR_NOMEM */
enum ex_status ex_spool_next(struct ex_spool *s, char id[static EX_ULID_SIZE],
    struct ex_blob *out, struct ex_error *err);
/* It is the hub's now. */
enum ex_status ex_spool_done(
    struct ex_spool *s, const char *id, struct ex_error *err);
/* It will never be: set it aside with the reason. */
enum ex_status ex_spool_refuse(
    struct ex_spool *s, const char *id, const char *why, struct ex_error *err);
/* Drop what is past its term. */
void ex_spool_forget(struct ex_spool *s);
/* Sleep until something is put, somebody wakes us, or the time is over. */
void ex_spool_wait(struct ex_spool *s, int64_t most_ms);
void ex_spool_wake(struct ex_spool *s);

#endif
