/* SPDX-License-Identifier: Apache-2.0 */
/* The hub's parts, for hub.c, which puts them together, and for each other. */
#ifndef EXEUNT_HUB_PARTS_H
#define EXEUNT_HUB_PARTS_H

#include "hub_internal.h"

#include <pthread.h>
#include <stdatomic.h>

struct ex_http;
struct ex_events;
struct ex_sessions;
struct ex_limiter;
struct ex_ledgers;
struct ex_files;

/* As struct ex_hub_counts, counted by many threads. */
struct ex_counters {
	atomic_uint_fast64_t requests[6], within[EX_HUB_BUCKETS], request_us;
	atomic_uint_fast64_t connections, streams, commits, written;
	atomic_uint_fast64_t rolled_back, waiting, too_many, events, dropped;
	atomic_uint_fast64_t sign_ins, refused, limited, cut;
};

struct ex_hub {
	struct ex_hub_settings set;
	struct ex_vault *vault;
	pthread_mutex_t lock; /* of what follows */
	struct ex_retention retention;
	unsigned retention_changes;
	/* each has its own lock */
	struct ex_ledgers *ledgers;
	struct ex_events *events;
	struct ex_sessions *sessions;
	struct ex_limiter *limiter;
	struct ex_files *files;
	struct ex_http *http;
	struct ex_desk *desk;
	struct ex_counters count;
	char *openapi;
	json_t *schemas; /* by name; read only */
	struct {
		atomic_bool ledger, vault, clock; /* at the last look */
	} well;
	pthread_t clock;
	bool clock_runs, clock_stops; /* under the lock */
	pthread_cond_t tick;
};

/* ---- ledgers.c: the writer and the readers ------------------------------ */

enum ex_status ex_ledgers_new(
    struct ex_hub *h, struct ex_ledgers **out, struct ex_error *err);
/* Finish what is queued; no other thread may ask any more. */
void ex_ledgers_free(struct ex_ledgers **ledgers);

/* ---- events.c ----------------------------------------------------------- */

enum ex_status ex_events_new(struct ex_hub *h, struct ex_events **out);
/* Wake all streams and end them. */
void ex_events_stop(struct ex_events *e);
void ex_events_free(struct ex_events **events);
/* What `who` may hear, from behind event `last` on; 0: from now on. */
enum ex_status ex_stream_new(struct ex_hub *h, const struct ex_principal *who,
    uint64_t last, struct ex_stream **out);
/* Up to `room` bytes to send; waits for them, up to a heart beat.
 * @return how many, 0 < n <= room; -1: the stream is over */
long ex_stream_read(struct ex_stream *s, char *buffer, size_t room);
void ex_stream_free(struct ex_stream **stream);

/* ---- sessions.c --------------------------------------------------------- */

enum ex_status ex_sessions_new(struct ex_hub *h, struct ex_sessions **out);
void ex_sessions_free(struct ex_sessions **sessions);
/* Sign in. @param id what the cookie holds; wipe
 * @param who filled in */
enum ex_status ex_sessions_open(struct ex_hub *h, const struct ex_user *u,
    char id[static EX_HEX_SIZE(32)], struct ex_principal *who,
    struct ex_error *err);
/* Whose is the cookie? Counts as use if `use`.
 * @return EX_OK; EX_NO: nobody's; as ex_user_get */
enum ex_status ex_sessions_find(struct ex_hub *h, const char *id,
    struct ex_principal *who, struct ex_error *err);
/* Is it still there? Does not count as use. */
bool ex_sessions_holds(struct ex_hub *h, const struct ex_principal *who);
void ex_sessions_close(struct ex_hub *h, const struct ex_principal *who);
/* End those whose time is over; how many are left. */
size_t ex_sessions_sweep(struct ex_hub *h);

/* ---- limiter.c ---------------------------------------------------------- */

enum ex_status ex_limiter_new(struct ex_limiter **out);
void ex_limiter_free(struct ex_limiter **limiter);
/* May somebody at `address` try to sign in as `user` now?
 * @return 0, or the seconds to wait */
unsigned ex_limiter_wait(struct ex_limiter *l, const char *user,
    const char *address, int64_t now_ns);
/* They did, and it went well or not. */
void ex_limiter_tell(struct ex_limiter *l, const char *user,
    const char *address, bool well, int64_t now_ns);

/* ---- auth.c ------------------------------------------------------------- */

/* The record of a user, as it is now; wipe. @return as ex_user_get */
enum ex_status ex_hub_user(struct ex_hub *h, const char *name,
    struct ex_user *out, struct ex_error *err);

/* May who was found still ask? A fault of the ledger does not end it. */
bool ex_auth_holds(struct ex_hub *h, const struct ex_principal *who);

struct ex_credentials {
	const char *bearer;      /* of Authorization; NULL */
	const char *cookie;      /* NULL */
	const char *certificate; /* verified common name; NULL */
};
/* Who asks. @return EX_OK; EX_NO: nobody we know; as ex_user_get */
enum ex_status ex_auth_find(struct ex_hub *h, const struct ex_credentials *c,
    struct ex_principal *who, struct ex_error *err);

/* ---- files.c: the console ----------------------------------------------- */

struct ex_file {
	const char *path, *type; /* "/app.mjs" */
	struct ex_blob bytes;
};
enum ex_status ex_files_read(
    const char *folder, struct ex_files **out, struct ex_error *err);
void ex_files_free(struct ex_files **files);
/* By the path as it stands in the request; NULL: none. */
const struct ex_file *ex_files_find(const struct ex_files *f, const char *path);

/* ---- schema.c, openapi.c ------------------------------------------------ */

enum ex_status ex_schemas_read(json_t **out, struct ex_error *err);
/* Is `value` what the schema of that name says? @return EX_OK; EX_ERR_INPUT
 *  naming the field; EX_ERR_NOMEM */
enum ex_status ex_schema_check(json_t *schemas, const char *name,
    const json_t *value, struct ex_error *err);
/* Heap string; NULL: out of memory. */
char *ex_openapi_make(json_t *schemas);

/* ---- http.c, tls.c ------------------------------------------------------ */

enum ex_status ex_http_new(
    struct ex_hub *h, struct ex_http **out, struct ex_error *err);
enum ex_status ex_http_start(struct ex_http *w, struct ex_error *err);
const char *ex_http_url(const struct ex_http *w);
/* Close connections that are past their time; each second. */
void ex_http_watch(struct ex_http *w);
void ex_http_stop(struct ex_http *w);
void ex_http_free(struct ex_http **http);

struct ex_tls {
	char *certificate, *key, *client_ca; /* PEM; NULL: none */
};
enum ex_status ex_tls_read(
    const struct ex_hub_settings *s, struct ex_tls *out, struct ex_error *err);
void ex_tls_fini(struct ex_tls *t);
extern const char ex_tls_priorities[];
/* The common name of the certificate that a client showed and client-ca
 * vouches for; false: none. `session` is GnuTLS's. */
bool ex_tls_peer(void *session, char *name, size_t room);

/* The address and port of `listen`. */
struct ex_listen {
	char host[64];
	unsigned port;
	bool v6, loopback;
};
bool ex_listen_parse(const char *text, struct ex_listen *out);

#endif
