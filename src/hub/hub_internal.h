/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the hub share: requests, replies, who asks, the writer. */
#ifndef EXEUNT_HUB_INTERNAL_H
#define EXEUNT_HUB_INTERNAL_H

#include "exeunt/hub.h"

#include <jansson.h>

#define EX_HUB_PARAMS 3
#define EX_HUB_QUERY  12 /* parameters of a query */

/* ---- roles: a bit each, so that a route names a set -------------------- */

enum ex_role {
	EX_ROLE_ANYONE = 1 << 0, /* not signed in, too: said on purpose */
	EX_ROLE_LANE = 1 << 1,
	EX_ROLE_OFFICER = 1 << 2,
	EX_ROLE_SUPERVISOR = 1 << 3,
	EX_ROLE_AUDITOR = 1 << 4,
	EX_ROLE_ADMIN = 1 << 5,
};
#define EX_ROLE_PEOPLE                                                         \
	(EX_ROLE_OFFICER | EX_ROLE_SUPERVISOR | EX_ROLE_AUDITOR | EX_ROLE_ADMIN)
/* "officer"; of one bit. */
const char *ex_role_word(enum ex_role role);
bool ex_role_from_word(const char *word, enum ex_role *out);

/* Who asks. */
struct ex_principal {
	enum ex_role role;         /* one bit */
	char actor[EX_ACTOR_SIZE]; /* "user:ana", "lane:demo-1", "token:x" */
	char name[EX_ACTOR_SIZE];  /* "ana", "demo-1" */
	bool by_cookie;            /* unsafe methods want the CSRF value */
	uint8_t session[EX_SHA256_SIZE]; /* hash of its id, if by_cookie */
	char token[EX_TOKEN_ID_SIZE];    /* its id, if by one */
	char csrf[EX_HEX_SIZE(EX_SHA256_SIZE)], language[EX_LANGUAGE_SIZE];
};

/* ---- the table of routes ------------------------------------------------ */

enum ex_method {
	EX_METHOD_GET,
	EX_METHOD_POST,
	EX_METHOD_PUT,
	EX_METHOD_DELETE,
	EX_METHOD_COUNT
};
const char *ex_method_word(enum ex_method m);

struct ex_request;
struct ex_reply;
typedef void ex_handler(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r);

#define EX_ROUTE(method, path, roles, purpose, query, body, most, status,      \
    reply, handler, summary)                                                   \
	ex_handler handler;
#include "routes.inc"
#undef EX_ROUTE

/* A row of routes.inc. */
struct ex_route {
	const char *path;
	const char *query; /* "lane after=seq" */
	const char *body;  /* schema, media type or "" */
	size_t body_most;  /* bytes */
	const char *reply; /* of success: likewise */
	ex_handler *handler;
	const char *summary;
	enum ex_method method;
	unsigned roles; /* enum ex_role */
	int status;     /* of success */
	bool purpose;
};
extern const struct ex_route ex_routes[];
extern const size_t ex_n_routes;

/* A row of params.inc. */
enum ex_param_kind {
	EX_PARAM_ULID,
	EX_PARAM_NAME,
	EX_PARAM_WHOLE,
	EX_PARAM_TIME,
	EX_PARAM_WORD,
	EX_PARAM_HEX,
	EX_PARAM_SUBJECT,
	EX_PARAM_PURPOSE,
};
struct ex_param {
	const char *name;
	enum ex_param_kind kind;
	double least, most;
	const char *words, *text;
};
extern const struct ex_param ex_params[];
extern const size_t ex_n_params;

/* ---- a request, already bounded and authorised ------------------------- */

struct ex_request {
	const struct ex_route *route;
	struct ex_principal who;
	enum ex_purpose purpose; /* EX_PURPOSE_NONE unless the route asks */
	const char *param[EX_HUB_PARAMS]; /* of the path, decoded, checked */
	struct ex_bytes body;
	json_t *json; /* of the body, where the route takes JSON; else NULL:
			 checked against its schema */
	void *connection;
};
/* A query parameter, decoded and of its kind; NULL where it is not given. */
const char *ex_request_query(const struct ex_request *q, const char *name);
/* Its value where it is WHOLE or TIME (in ms); `standard` if not given. */
int64_t ex_request_number(
    const struct ex_request *q, const char *name, int64_t standard);
/* A header, untrusted; NULL where it is not given. */
const char *ex_request_header(const struct ex_request *q, const char *name);
/* Where it comes from: "192.0.2.7". */
const char *ex_request_address(const struct ex_request *q);

/* ---- its reply --------------------------------------------------------- */

struct ex_stream;
struct ex_reply {
	int status;               /* the route's at first */
	const char *type;         /* static; NULL: JSON */
	json_t *json;             /* taken */
	struct ex_blob body;      /* taken; wiped before it is freed */
	struct ex_stream *stream; /* taken; events */
	char location[128];
	char cookie[256];
	unsigned retry_s; /* Retry-After, if not 0 */
	char allow[64];   /* of 405 */
	/* RFC 9457, set by ex_reply_problem */
	char problem[320];
	const char *title;
};
/* `title` static; the detail names fields, never values. */
void ex_reply_problem(struct ex_reply *r, int status, const char *title,
    const char *detail, ...) __attribute__((format(printf, 4, 5)));
/* The problem that an error is: 400 input, 404 not found, 409 contradiction,
 * 503 database and environment, 500. */
void ex_reply_error(struct ex_reply *r, const struct ex_error *err);
/* Memory ran out while the reply was made. */
void ex_reply_nomem(struct ex_reply *r);

/* ---- what handlers stand on -------------------------------------------- */

const struct ex_hub_settings *ex_hub_settings(const struct ex_hub *h);
struct ex_vault *ex_hub_vault(struct ex_hub *h);
int64_t ex_hub_now_ms(const struct ex_hub *h);
/* The retention in force; setting it changes it for every ledger from its next
 * work on. */
struct ex_retention ex_hub_retention(struct ex_hub *h);
void ex_hub_retention_set(struct ex_hub *h, const struct ex_retention *r);

/* What lanes stage and how they fare: desk.h. */
struct ex_desk;
struct ex_desk *ex_hub_desk(struct ex_hub *h);

/* End the sessions of a user who was changed, disabled or dropped. */
void ex_hub_sessions_end(struct ex_hub *h, const char *user);

/* What the hub counts of itself. */
#define EX_HUB_BUCKETS 8
struct ex_hub_counts {
	uint64_t requests[6]; /* by hundreds of the status: [2] is 2xx */
	/* by their time: at most ex_hub_bucket_ms[i]; the last: any */
	uint64_t within[EX_HUB_BUCKETS];
	uint64_t request_us;           /* sum */
	uint64_t connections, streams; /* open now */
	uint64_t sessions;             /* now */
	uint64_t commits, written;     /* groups, and jobs in them */
	uint64_t rolled_back;          /* groups */
	uint64_t waiting;              /* writes in the queue now */
	uint64_t too_many;             /* writes refused: the queue was full */
	uint64_t events, dropped;      /* told; slow readers left behind */
	uint64_t sign_ins, refused, limited;
	uint64_t cut; /* connections closed for being slow */
};
extern const unsigned ex_hub_bucket_ms[EX_HUB_BUCKETS];
void ex_hub_counts(struct ex_hub *h, struct ex_hub_counts *out);

/* ---- work on the ledger ------------------------------------------------ */

/* Reads: a ledger of the calling thread's own for the time of `fn`. It is open
 * for reading: what writes to the audit chain (ex_ledger_picture) is a write */
typedef enum ex_status ex_hub_work(
    struct ex_ledger *l, void *arg, struct ex_error *err);
enum ex_status ex_hub_read(
    struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err);
/* Writes: `fn` runs in the writer's thread inside a transaction that it shares
 * with others (group commit); returns when that is durable. Where it fails it
 * alone is rolled back, and it may be run more than once: it must be
 * repeatable, and set all it gives back each time. */
enum ex_status ex_hub_write(
    struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err);

/* The same in no transaction: `fn` has its own, runs once, and what it has done
 * before it fails stays done. Others wait for it. */
enum ex_status ex_hub_write_alone(
    struct ex_hub *h, ex_hub_work *fn, void *arg, struct ex_error *err);

/* ---- events ------------------------------------------------------------ */

/* Tell everybody whose role is in `roles`; lanes hear only of themselves.
 * `data` is one JSON object, borrowed: ids, counts, words; no picture, no
 * reason. */
void ex_hub_tell(struct ex_hub *h, unsigned roles, const char *lane,
    const char *event, const json_t *data);

#endif
