/* SPDX-License-Identifier: Apache-2.0 */
/* The policy: what is promised, and how long things are kept. Settings say it
 * until two people have agreed on another; each version stays, so that it can
 * be told which promise a crossing was made under.
 *
 * (P1) A version comes to be by a proposal of one person and the approval of
 *      another; both are in the audit chain, with old and new values. A person
 *      is a user here, and neither may have made the other or given them a
 *      password. An administrator who makes two users can still be both: the
 *      chain alone shows that.
 * (P2) A proposal is void EX_PROPOSAL_MS after it was made.
 * (P3) There is one proposal at a time. */
#ifndef EXEUNT_HUB_POLICY_H
#define EXEUNT_HUB_POLICY_H

#include "hub_internal.h"

#define EX_PROPOSAL_MS ((int64_t)7 * 24 * 3600 * 1000)

struct ex_hub_policy {
	unsigned version; /* 0: of the settings */
	double fmr, vehicle_cap, margin;
	int64_t term_ms[EX_RETAIN_COUNT];
	char by[EX_ACTOR_SIZE], approved[EX_ACTOR_SIZE]; /* "": settings */
	int64_t at_ms; /* in force from; of a proposal: made */
};

struct ex_hub_policy ex_policy_of_settings(const struct ex_hub_settings *s);
/* JSON as it is kept. @return EX_OK; EX_ERR_DATABASE (what is kept is not a
 *  policy), EX_ERR_NOMEM */
enum ex_status ex_policy_read(struct ex_bytes json, const char *name,
    struct ex_hub_policy *out, struct ex_error *err);
json_t *ex_policy_json(const struct ex_hub_policy *p);

/* The version in force at `at_ms`, or now (INT64_MAX). */
enum ex_status ex_policy_get(struct ex_ledger *l,
    const struct ex_hub_settings *s, int64_t at_ms, struct ex_hub_policy *out,
    struct ex_error *err);
/* The promise of a comparison at a time; the settings' where the ledger does
 * not answer. */
double ex_policy_fmr_at(struct ex_hub *h, int64_t at_ms);
/* Terms that two people have approved are those in force: at the start, and
 * again now and then, for another hub on the same ledger may have changed
 * them. */
enum ex_status ex_policy_follow(struct ex_hub *h, struct ex_error *err);

/* Is this proposal void? */
bool ex_proposal_void(const struct ex_hub_policy *p, int64_t now_ms);
/* May `actor` approve it? */
bool ex_proposal_other(const struct ex_hub_policy *p, const char *actor);
/* Old and new, of what is not the same: "fmr 0.0005 -> 0.0001, margin ..." and
 * "pictures 336 -> 72 h, ...". Each fits the detail of a link. */
void ex_policy_change_numbers(const struct ex_hub_policy *from,
    const struct ex_hub_policy *to, char out[static EX_DETAIL_SIZE]);
void ex_policy_change_terms(const struct ex_hub_policy *from,
    const struct ex_hub_policy *to, char out[static EX_DETAIL_SIZE]);

#endif
