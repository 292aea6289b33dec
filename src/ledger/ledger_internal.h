/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger share. */
#ifndef EXEUNT_LEDGER_INTERNAL_H
#define EXEUNT_LEDGER_INTERNAL_H

#include "store.h"

/* Of actors, and of the kinds and keys of things. */
#define EX_NAME_LETTERS                                                        \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:._@-"

/* Time, as clock.c sees it. */
struct ex_ledger_clock {
	bool known;
	int64_t given_ms;   /* no time before it is given any more */
	int64_t trusted_ms; /* what erasures go by; never runs back */
	int64_t wall_ms;    /* when it was last looked at ... */
	int64_t boot_ms;    /* ... and what the machine's own clock said */
	int64_t kept_ms;    /* wall_ms of what the ledger holds */
	bool told;          /* a jump of it is in the audit chain */
};

struct ex_ledger {
	const struct ex_store_ops *ops;
	void *store;
	char *name; /* for errors: without a password */
	enum ex_ledger_mode mode;
	struct ex_ledger_key key; /* zero when opened for reading */
	bool grouped;             /* between ex_ledger_begin and its end */
	bool failed; /* a write in this group has: only rollback is left */
	char node[33], port[33];
	struct ex_vault *vault; /* NULL: none */
	struct ex_retention retention;
	int64_t (*now_ms)(void);
	struct ex_ledger_clock clock; /* clock.c; unknown at first */
};

/* Run `fn` in the transaction that is open, or in one of its own: then it is
 * committed, or rolled back where `fn` fails. */
typedef enum ex_status ex_ledger_work(
    struct ex_ledger *l, void *arg, struct ex_error *err);
enum ex_status ex_ledger_within(struct ex_ledger *l, bool write,
    ex_ledger_work *fn, void *arg, struct ex_error *err);

/* Within the open transaction: add it; one that is there already must be the
 * same (L3), and is EX_ERR_CONFLICT otherwise. */
enum ex_status ex_ledger_add(struct ex_ledger *l,
    const struct ex_ledger_record *r, bool *fresh, struct ex_error *err);

/* audit.c: append within the open transaction. */
enum ex_status ex_audit_link(struct ex_ledger *l, const struct ex_act *act,
    enum ex_action action, const char *subject, const char *detail,
    struct ex_error *err);
/* audit_prune.c: within the open transaction, links older than that give way to
 * a signed checkpoint. EX_NO, and nothing has changed: those links are not as
 * they were written, and pruning must not hide it. Without any that old, no
 * vault is needed. */
enum ex_status ex_audit_prune(
    struct ex_ledger *l, int64_t before_ms, size_t *n, struct ex_error *err);

/* vault.c: the key of an epoch, made if absent and `make`; EX_ERR_NOT_FOUND
 * once it is destroyed. Durable before it is used. */
enum ex_status ex_vault_epoch(struct ex_vault *v, enum ex_retention_class c,
    int64_t epoch_ms, bool make, struct ex_key *out, struct ex_error *err);
/* vault.c: destroy it; one that is not there is destroyed. */
enum ex_status ex_vault_destroy(struct ex_vault *v, enum ex_retention_class c,
    int64_t epoch_ms, struct ex_error *err);
/* vault.c: epochs that have a key, in order. */
enum ex_status ex_vault_epochs(struct ex_vault *v,
    enum ex_status (*visit)(
	enum ex_retention_class c, int64_t epoch_ms, void *arg),
    void *arg, struct ex_error *err);
/* vault.c: sign with the node's key. */
enum ex_status ex_vault_sign(struct ex_vault *v, struct ex_bytes message,
    uint8_t signature[static EX_SIGNATURE_SIZE]);

/* clock.c, all within an open write transaction. The time that counts: never
 * before one it gave before (to the second, where this process ends). */
enum ex_status ex_ledger_now(
    struct ex_ledger *l, int64_t *now_ms, struct ex_error *err);
/* clock.c: look at the clock and keep what it says; with `confirm` it is right,
 * whatever it says; with `tell` a jump of it is told from now on. */
enum ex_status ex_ledger_look(struct ex_ledger *l, bool confirm, bool tell,
    struct ex_ledger_clock *out, struct ex_error *err);
/* clock.c: the same without keeping it, in a transaction for reading. */
enum ex_status ex_ledger_glance(
    struct ex_ledger *l, struct ex_ledger_clock *out, struct ex_error *err);
/* Has it jumped forward, and nobody has confirmed it? */
bool ex_clock_held(const struct ex_ledger_clock *k);
/* Is it time to erase what is due at `due_ms` and was kept for `term_ms`? */
bool ex_clock_over(
    const struct ex_ledger_clock *k, int64_t due_ms, int64_t term_ms);

/* retention.c: note, within an open write transaction, that pictures of an
 * epoch are stored: its time is then due by the terms of now, or of later ones
 * if shorter. */
enum ex_status ex_epoch_note(struct ex_ledger *l, enum ex_retention_class c,
    int64_t epoch_ms, struct ex_error *err);
/* retention.c: when an epoch is due. */
enum ex_status ex_epoch_due(struct ex_ledger *l, enum ex_retention_class c,
    int64_t epoch_ms, int64_t *due_ms, struct ex_error *err);

/* retention_class.c: start of the epoch that holds `at_ms`. */
int64_t ex_retention_epoch(
    const struct ex_retention *r, enum ex_retention_class c, int64_t at_ms);

#endif
