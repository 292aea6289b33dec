/* SPDX-License-Identifier: Apache-2.0 */
/* Inside flow: one request to the hub, and when to try again. */
#ifndef EXEUNT_FLOW_UPLINK_H
#define EXEUNT_FLOW_UPLINK_H

#include <stdatomic.h>

#include "exeunt/flow.h"

/* ---- uplink.c ----------------------------------------------------------- */

struct ex_uplink_call {
	const char *path; /* "/v1/crossings" */
	const char *type; /* of the body of a POST; NULL: a GET */
	const char *key;  /* Idempotency-Key; NULL: none */
	struct ex_bytes body;
	int64_t most_ms; /* for the whole of it */
	/* What came back. */
	long status;     /* of HTTP; 0: nothing came */
	int64_t after_s; /* Retry-After; 0: not said */
	struct ex_blob answer;
};
/* One exchange. EX_OK: the hub answered, whatever it said, and `answer` is the
 * caller's (ex_blob_free); EX_ERR_ENVIRONMENT with the reason: it did not;
 * EX_ERR_NOMEM. */
enum ex_status ex_uplink_exchange(
    struct ex_uplink *u, struct ex_uplink_call *call, struct ex_error *err);
/* Cut off what is under way, from any thread, and all that follows. */
void ex_uplink_cut(struct ex_uplink *u);

/* ---- uplink_url.c ------------------------------------------------------- */

struct ex_uplink_url {
	char base[512]; /* "https://host:port/path" without a last slash */
	char pin[640];  /* "localhost:8080:127.0.0.1,[::1]" or "" */
	bool tls;
};
/* https, or http to this machine; no user, query or fragment. */
enum ex_status ex_uplink_url_parse(
    const char *url, struct ex_uplink_url *out, struct ex_error *err);

/* ---- backoff.c ---------------------------------------------------------- */

#define EX_BACKOFF_FIRST_MS 500
#define EX_BACKOFF_MOST_MS  60000
#define EX_BACKOFF_AFTER_S  600 /* no Retry-After is obeyed for longer */

struct ex_backoff {
	unsigned failures; /* one after the other */
	struct ex_rng rng;
};
/* After one more failure: how long to wait. Doubles from the first to the most;
 * between half of it and all of it by chance, so that forty lanes do not come
 * back in one moment; never less than the hub asked for. */
int64_t ex_backoff_next(struct ex_backoff *b, int64_t after_s);

/* What an answer means for a crossing. */
enum ex_answer {
	EX_ANSWER_DONE,   /* the hub has it */
	EX_ANSWER_LATER,  /* try again */
	EX_ANSWER_REFUSED /* trying again will not help */
};
enum ex_answer ex_answer_of(long http_status);

#endif
