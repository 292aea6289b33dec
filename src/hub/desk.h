/* SPDX-License-Identifier: Apache-2.0 */
/* What the hub's handlers remember between requests: in memory, bounded, gone
 * with the process. Documents staged for a vehicle, and sums by lane and hour
 * (made again from the ledger at the start).
 *
 * (K1) Staged documents are handed out once, to their lane alone.
 * (K2) They never reach a later vehicle: a second staging replaces the first,
 *      and a crossing that closed after they were staged ends them.
 * (K3) They are wiped when taken, replaced or ended, and after EX_STAGE_MS.
 * (K4) What a lane sends cannot make the desk grow past its bounds.
 *
 * Threads: every call may run in any thread. */
#ifndef EXEUNT_HUB_DESK_H
#define EXEUNT_HUB_DESK_H

#include "exeunt/ledger.h"

#include <pthread.h>

struct ex_desk;
/* @return EX_OK, EX_ERR_NOMEM */
enum ex_status ex_desk_new(struct ex_desk **out, struct ex_error *err);
/* Count the crossings of the last EX_TREND_HOURS into it: once, at the start.
 * @return as ex_ledger_each */
enum ex_status ex_desk_build(struct ex_desk *d, struct ex_ledger *l,
    int64_t now_ms, struct ex_error *err);
/* Now and then: what has waited too long is wiped (K3). */
void ex_desk_tick(struct ex_desk *d, int64_t now_ms);
void ex_desk_free(struct ex_desk **d);

/* ---- documents staged for the vehicle at a lane ------------------------ */

#define EX_STAGE_MS   (10 * 60 * 1000)
#define EX_STAGE_MOST ((size_t)64 * 1024 * 1024) /* bytes of all lanes */

/* @param vehicle "" where it is not said
 * @param json    copied
 * @return EX_OK; EX_ERR_TOO_LARGE: too much is staged, later again;
 *         EX_ERR_NOMEM */
enum ex_status ex_stage_put(struct ex_desk *d, const char *lane,
    const char *vehicle, struct ex_bytes json, int64_t now_ms);
/* @param vehicle NULL: whichever; otherwise only what was staged for it, or
 *                without saying for which
 * @param out     wipe and ex_blob_free; empty where there is none */
void ex_stage_take(struct ex_desk *d, const char *lane, const char *vehicle,
    int64_t now_ms, struct ex_blob *out);

/* ---- how lanes do ------------------------------------------------------ */

#define EX_TREND_HOURS  (31 * 24)
#define EX_TREND_LANES  1024
#define EX_CAPTURE_LAST 50 /* vehicles that the capture rate looks back on */
#define EX_CAPTURE_LEAST                                                       \
	20 /* people seen in them, before it says anything                     \
	    */

/* Of a lane in an hour or longer. */
struct ex_trend {
	uint32_t crossings, opted_out;
	uint32_t seen, confirmed, officer;
	uint32_t captured; /* people of whom a usable picture was taken */
	uint32_t cause[EX_CAUSE_COUNT];
};
void ex_trend_of(const struct ex_crossing *c, struct ex_trend *out);
void ex_trend_add(struct ex_trend *to, const struct ex_trend *more);

/* A crossing that is in the ledger now, for the first time; also ends what was
 * staged for its lane (K2). */
void ex_desk_crossing(
    struct ex_desk *d, const struct ex_crossing *c, int64_t now_ms);
/* A lane has been heard of. */
void ex_desk_heard(struct ex_desk *d, const char *lane, int64_t now_ms);

struct ex_lane_state {
	char lane[65];
	int64_t last_crossing_ms, heard_ms; /* 0: never */
	struct ex_trend total;              /* since the start of the process */
	unsigned recent_seen, recent_captured; /* of EX_CAPTURE_LAST vehicles */
};
/* Share of people with a usable picture among the last vehicles; negative
 * where too few were seen. */
double ex_lane_capture(const struct ex_lane_state *s);
typedef void ex_lane_visit(const struct ex_lane_state *s, void *arg);
/* `visit` must not call the desk. */
void ex_desk_lanes(struct ex_desk *d, ex_lane_visit *visit, void *arg);
/* One of them; false where nothing is known of it. */
bool ex_desk_lane(
    struct ex_desk *d, const char *lane, struct ex_lane_state *out);

typedef void ex_trend_visit(
    int64_t from_ms, const struct ex_trend *t, void *arg);
/* Steps of `step_ms` (whole hours) since 1970 that hold something, in order.
 * `visit` must not call the desk. */
void ex_desk_trend(struct ex_desk *d, const char *lane, int64_t from_ms,
    int64_t to_ms, int64_t step_ms, ex_trend_visit *visit, void *arg);

/* ---- whether the audit chain holds ------------------------------------- */

/* What going through a node's chain found; that takes seconds where it is
 * long, so it holds for a while. Lock while looking it up or making it. */
struct ex_chain {
	pthread_mutex_t lock;
	char node[33]; /* "": nothing yet */
	bool sound;
	int64_t at_ms, until_ms;
	struct ex_audit_report report;
};
struct ex_chain *ex_desk_chain(struct ex_desk *d);

/* ---- counters, since the start of the process -------------------------- */

enum ex_delivery {
	EX_DELIVERY_NEW,
	EX_DELIVERY_KNOWN,
	EX_DELIVERY_CONFLICT, /* another crossing has its id */
	EX_DELIVERY_FOREIGN,  /* of another lane than the sender */
	EX_DELIVERY_REFUSED,  /* not an envelope, not for us, or not true */
	EX_DELIVERY_FAILED,   /* ours: to be sent again */
	EX_DELIVERY_COUNT
};
void ex_desk_delivery(struct ex_desk *d, enum ex_delivery what);
void ex_desk_ruling(struct ex_desk *d, enum ex_ruling_kind kind);
struct ex_desk_counts {
	uint64_t delivery[EX_DELIVERY_COUNT];
	uint64_t ruling[EX_RULING_COUNT];
	size_t staged, staged_bytes;
};
void ex_desk_counts(struct ex_desk *d, struct ex_desk_counts *out);

#endif
