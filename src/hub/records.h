/* SPDX-License-Identifier: Apache-2.0 */
/* What the handlers share: a crossing and what hangs on it, read at one time,
 * and its JSON; links of the audit chain; small conversions. */
#ifndef EXEUNT_HUB_RECORDS_H
#define EXEUNT_HUB_RECORDS_H

#include "hub_internal.h"

#define EX_RULINGS_MOST 256 /* of a crossing that are shown */

/* ---- small things ------------------------------------------------------ */

/* RFC 3339; NULL when out of memory, as all json_t here. */
json_t *ex_time_json(int64_t ms);
/* The same; null for 0, "never". */
json_t *ex_time_or_null(int64_t ms);
/* Text that a lane gave: U+FFFD where it is not UTF-8. */
json_t *ex_given_json(const char *s);
/* Take `json` as the reply; out of memory where it is NULL. */
void ex_reply_json(struct ex_reply *r, json_t *json);
/* Where work failed: the reply for it. */
bool ex_reply_unless(
    struct ex_reply *r, enum ex_status status, const struct ex_error *err);
/* "d2", "o12": the letter, and a number without zeros in front; 0: no such. */
unsigned ex_numbered(const char *s, char letter, unsigned most);
/* The day of `ms`, UTC, 00:00. */
int64_t ex_day_of(int64_t ms);

/* ---- writing to the audit chain ---------------------------------------- */

/* Where the route asks for no purpose the action tells it. */
struct ex_act ex_act_of(const struct ex_request *q, enum ex_action action);
/* A link of its own, durable when this returns true; otherwise the reply says
 * why not. `subject` and `detail` may be NULL. */
bool ex_hub_audit(struct ex_hub *h, const struct ex_request *q,
    struct ex_reply *r, enum ex_action action, const char *subject,
    const char *detail, ...) __attribute__((format(printf, 6, 7)));

/* ---- links of the audit chain ------------------------------------------ */

struct ex_links {
	struct ex_audit_filter filter; /* of all nodes where it names none */
	bool one;                      /* keep `action` alone */
	enum ex_action action;
	size_t most;   /* of these; 0: as the filter says */
	json_t *items; /* json_decref; NULL until read */
	size_t n;      /* in items */
	uint64_t last; /* seq of the last one */
};
enum ex_status ex_links_read(
    struct ex_ledger *l, struct ex_links *k, struct ex_error *err);

/* ---- a crossing and what hangs on it ----------------------------------- */

struct ex_case {
	struct ex_crossing c;
	uint32_t awaiting;
	struct ex_ruling rulings[EX_RULINGS_MOST];
	size_t n_rulings;
	struct ex_picture_info pictures[EX_MAX_PICTURES];
	size_t n_pictures;
};
/* `c->id` says which. @return as ex_ledger_get */
enum ex_status ex_case_load(struct ex_ledger *l, const char *id,
    struct ex_case *out, struct ex_error *err);
/* All but `c`, which is there. */
enum ex_status ex_case_fill(
    struct ex_ledger *l, struct ex_case *out, struct ex_error *err);
/* Is ruling i in force? */
bool ex_case_stands(const struct ex_case *k, size_t i);
/* Nobody awaits an officer, nobody is unlisted, somebody was seen. */
bool ex_case_complete(const struct ex_case *k);
/* Documents, by their index, that occupant n (from 1) may still be found to
 * hold: nobody else's, and not ruled out for n. */
bool ex_case_free(const struct ex_case *k, size_t document, unsigned n);

json_t *ex_ruling_json(const struct ex_ruling *g);
/* In the form of the design, and more: nearest, similarity, awaiting. */
json_t *ex_case_occupants(const struct ex_case *k);
/* The crossing with documents, rulings and pictures. */
json_t *ex_case_json(const struct ex_case *k);
json_t *ex_picture_names(const struct ex_case *k);
/* {crossing, lane, seen, confirmed, officer, awaiting}, as events and lists
 * begin. */
json_t *ex_crossing_sum(const struct ex_crossing *c, uint32_t awaiting);

#endif
