/* SPDX-License-Identifier: Apache-2.0 */
/* The audit chain: what its files share. The form of everything that is hashed
 * or signed is in docs/audit.md, for those who write their own verifier. */
#ifndef EXEUNT_LEDGER_AUDIT_H
#define EXEUNT_LEDGER_AUDIT_H

#include "ledger_internal.h"

/* Kinds of things; keys: NODE:SEQ (20 digits), NODE, NODE. */
#define EX_AUDIT_HEADS       "audit-head"
#define EX_AUDIT_LAST        "audit-last"
#define EX_AUDIT_CHECKPOINTS "audit-checkpoint"

/* ---- packed parts ------------------------------------------------------ */

/* Parts that cannot be confused, each behind its length in 8 bytes, big
 * endian, as in ex_hmac_sha256_parts. Large enough for every link. */
struct ex_parts {
	uint8_t bytes[1024];
	size_t size;
};
void ex_parts_add(struct ex_parts *p, const void *data, size_t n);
void ex_parts_text(struct ex_parts *p, const char *s);
void ex_parts_number(struct ex_parts *p, uint64_t v); /* 8 bytes, big endian */
struct ex_bytes ex_parts_bytes(const struct ex_parts *p);

/* ---- links ------------------------------------------------------------- */

/* What l->hash has to be. */
enum ex_status ex_link_hash(
    const struct ex_link *l, uint8_t out[static EX_SHA256_SIZE]);

/* The last link of this node's chain, under a lock that keeps other writers
 * out, and the time that counts: never before that link's. Without a link
 * `last` is zero. */
enum ex_status ex_audit_now(struct ex_ledger *l, struct ex_link *last,
    int64_t *now_ms, struct ex_error *err);

/* Walk of a part of a chain whose order and hashes are checked. Begin with the
 * seq and hash of what stands before the first link: 0 and zeros at the very
 * beginning. */
struct ex_audit_walk {
	const char *node;
	uint64_t seq;
	uint8_t hash[EX_SHA256_SIZE];
	char fault[200]; /* "": none so far */
};
/* The next link: EX_OK, EX_NO with the fault, EX_ERR_INTERNAL. */
enum ex_status ex_audit_step(
    struct ex_audit_walk *w, const struct ex_link *link);
/* EX_NO with this fault. */
enum ex_status ex_audit_fault(struct ex_audit_walk *w, const char *why, ...)
    __attribute__((format(printf, 2, 3)));
#ifdef __clang_analyzer__ /* as for ex_fail */
#define ex_audit_fault(w, ...) ((void)ex_audit_fault(w, __VA_ARGS__), EX_NO)
#endif

/* ---- signed statements ------------------------------------------------- */

/* A checkpoint has the form of a head and another label: neither passes for
 * the other. Its seq and hash are those of the last link that gave way. */
enum ex_statement { EX_STATEMENT_HEAD, EX_STATEMENT_CHECKPOINT };

struct ex_parts ex_statement_parts(
    enum ex_statement kind, const struct ex_head *h);
char *ex_statement_json(enum ex_statement kind, const struct ex_head *h);
enum ex_status ex_statement_parse(enum ex_statement kind, struct ex_bytes json,
    struct ex_head *out, struct ex_error *err);
/* EX_OK, EX_NO for a signature that is not that of h->verifier over `h`. */
enum ex_status ex_statement_verify(
    enum ex_statement kind, const struct ex_head *h);
/* Fill in verifier and signature, by the vault; say it as JSON. */
enum ex_status ex_statement_sign(struct ex_ledger *l, enum ex_statement kind,
    struct ex_head *h, char **json, struct ex_error *err);
/* The statement kept under this kind and key. */
enum ex_status ex_statement_load(struct ex_ledger *l, enum ex_statement kind,
    const char *things, const char *key, struct ex_head *out, bool *found,
    struct ex_error *err);

/* ---- verifying --------------------------------------------------------- */

struct ex_audit_range {
	const char *node;
	const struct ex_head *last; /* NULL: none */
	const uint8_t *verifier;    /* NULL: found as ex_audit_verify says */
	int64_t to_ms; /* only links before; 0: all, and heads past the last
			  link are a fault */
};
/* Verify within the open transaction, from the checkpoint on, also the heads
 * that speak of these links.
 * @param w where it ended, or its fault
 * @return EX_OK; EX_NO, with w->fault */
enum ex_status ex_audit_check(struct ex_ledger *l,
    const struct ex_audit_range *r, struct ex_audit_walk *w,
    struct ex_audit_report *out, struct ex_error *err);

/* How the link that records a checkpoint words it. */
void ex_checkpoint_detail(
    const struct ex_head *checkpoint, char out[static EX_DETAIL_SIZE]);

/* ---- kept heads -------------------------------------------------------- */

/* Is the head before this one, or this one itself, to be forgotten? */
enum ex_head_use { EX_HEAD_KEEP, EX_HEAD_DROP, EX_HEAD_DROP_BEFORE };
typedef enum ex_head_use ex_head_choice(
    const struct ex_head *before, const struct ex_head *h, int64_t limit);
/* Forget heads of this node's chain, in order of their seq; `before` is NULL
 * for the first. At most EX_HEAD_BATCH in one call; `n`: how many. */
#define EX_HEAD_BATCH 128
enum ex_status ex_head_forget(struct ex_ledger *l, ex_head_choice *choose,
    int64_t limit, size_t *n, struct ex_error *err);

/* NODE:SEQ. */
#define EX_HEAD_KEY_SIZE 64
void ex_head_key(
    const char *node, uint64_t seq, char out[static EX_HEAD_KEY_SIZE]);

#endif
