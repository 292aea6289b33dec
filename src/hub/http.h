/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that speak HTTP share: a connection, and a request on it. */
#ifndef EXEUNT_HUB_HTTP_H
#define EXEUNT_HUB_HTTP_H

#include "parts.h"
#include "uri.h"

#include <microhttpd.h>

#define EX_ADDRESS_SIZE 46 /* of an IPv6 address in text, with the NUL */

/* A connection, in the daemon's list while its socket is open. */
struct ex_peer {
	struct ex_http *w;
	struct MHD_Connection *connection;
	struct ex_peer *before, *next;
	int64_t until_ns; /* it is closed after; 0: not for time */
	char address[EX_ADDRESS_SIZE];
	bool certified_known, certified; /* looked at; there is one */
	char certified_name[EX_USER_SIZE];
};

struct ex_http {
	struct ex_hub *h;
	struct ex_listen at;
	struct ex_tls tls;
	bool secure;
	unsigned port; /* the real one */
	char url[128];
	struct MHD_Daemon *daemon;
	pthread_mutex_t lock; /* of the list and its deadlines */
	struct ex_peer *peers;
};

/* A request, from its first line until its answer has gone. */
struct ex_call {
	struct ex_peer *peer;
	struct MHD_Connection *connection;
	int64_t started_ns;
	enum ex_status target; /* what parsing the target said */
	char *raw;             /* the target's path as it came */
	struct ex_uri uri;
	bool begun, streams;
	const struct ex_file *file; /* of the console */
	struct ex_blob body;        /* of Content-Length bytes */
	size_t got;
	struct ex_request q;
	struct ex_reply r;
};

/* From now on the connection has so long, in seconds; 0: as it takes. */
void ex_peer_allow(struct ex_peer *p, int64_t seconds);

/* A request's target has come. NULL: out of memory. */
struct ex_call *ex_call_new(struct ex_peer *p, const char *target);
void ex_call_free(struct ex_call *call);
/* MHD's access handler. */
enum MHD_Result ex_call_step(struct ex_call *call, const char *method,
    const char *upload, size_t *upload_size);

/* judge.c: what a request's head says. True: it may go on; else the call's
 * reply says why not. */
bool ex_call_judge(struct ex_call *call, const char *method);

/* answer.c: send the call's reply. */
enum MHD_Result ex_call_send(struct ex_call *call);

#endif
