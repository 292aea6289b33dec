/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a request's head says, in the order in which it may be refused: whether
 * it is a request at all, what it means, who asks, whether they may, and how
 * large a body it announces (H1).
 */
#include "http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const char *
header(const struct ex_call *call, const char *name)
{
	return MHD_lookup_connection_value(
	    call->connection, MHD_HEADER_KIND, name);
}

static bool
refuse(struct ex_call *call, int status, const char *title, const char *detail)
{
	ex_reply_problem(&call->r, status, title, "%s", detail);
	return false;
}

static bool
judge_size(struct ex_call *call)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    call->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);

	if (call->target == EX_ERR_TOO_LARGE)
		return refuse(call, 414, "Target too long",
		    "the target of a request has 4084 bytes at most");
	if (info &&
	    info->header_size > (size_t)call->peer->w->h->set.header_bytes)
		return refuse(call, 431, "Head too large",
		    "the head of a request is limited");
	if (call->target != EX_OK)
		return refuse(call, 400, "Bad request",
		    "the target is not a path and query in their plain form");
	return true;
}

/* Headers that mean something to us, and mean two things when given twice
 * (RFC 9112, 6.3; RFC 9110, 5.3). */
static const char *const once[] = { "Host", "Content-Length", "Content-Type",
	"Transfer-Encoding", "Authorization", "X-Exeunt-CSRF",
	"X-Exeunt-Purpose", "Idempotency-Key", "Last-Event-ID" };
#define N_ONCE (sizeof once / sizeof *once)

static enum MHD_Result
count_header(
    void *arg, enum MHD_ValueKind kind, const char *key, const char *value)
{
	unsigned *n = arg;

	(void)kind;
	(void)value;
	for (size_t i = 0; i < N_ONCE; i++)
		n[i] += strcasecmp(key, once[i]) == 0;
	return MHD_YES;
}

static bool
judge_headers(struct ex_call *call)
{
	unsigned n[N_ONCE] = { 0 };

	MHD_get_connection_values(
	    call->connection, MHD_HEADER_KIND, count_header, n);
	for (size_t i = 0; i < N_ONCE; i++)
		if (n[i] > 1) {
			ex_reply_problem(&call->r, 400, "Bad request",
			    "%s: given twice", once[i]);
			return false;
		}
	return true;
}

/* "localhost:8080" is `name`, with or without a port? */
static bool
is_host(const char *host, const char *name)
{
	size_t n = strlen(name);

	return n > 0 && strncasecmp(host, name, n) == 0 &&
	       (host[n] == '\0' ||
		   (host[n] == ':' &&
		       host[n + 1 + strspn(host + n + 1, "0123456789")] ==
			   '\0'));
}

/* A page of another site, its name pointed at loopback, reaches us under its
 * own name (DNS rebinding). Under TLS the certificate sees to that. */
static bool
judge_host(struct ex_call *call)
{
	const struct ex_http *w = call->peer->w;
	const char *host = header(call, "Host");
	char six[80];

	if (w->secure)
		return true;
	snprintf(six, sizeof six, "[%s]", w->at.host);
	if (host &&
	    (is_host(host, "localhost") || is_host(host, w->at.host) ||
		is_host(host, six) || is_host(host, w->h->set.public_name)))
		return true;
	return refuse(call, 421, "Misdirected request",
	    "the hub is not known under this name; see public-name");
}

static bool
find_method(const char *word, enum ex_method *out)
{
	for (int i = 0; i < EX_METHOD_COUNT; i++)
		if (strcmp(word, ex_method_word((enum ex_method)i)) == 0) {
			*out = (enum ex_method)i;
			return true;
		}
	return false;
}

static bool
not_allowed(struct ex_call *call, unsigned allowed)
{
	size_t used = 0;

	refuse(call, 405, "Method not allowed",
	    "this path has other methods; see Allow");
	for (int i = 0; i < EX_METHOD_COUNT; i++)
		if (allowed & 1u << i)
			used += (size_t)snprintf(call->r.allow + used,
			    sizeof call->r.allow - used, "%s%s",
			    used ? ", " : "",
			    ex_method_word((enum ex_method)i));
	return false;
}

static bool
judge_route(struct ex_call *call, const char *word)
{
	struct ex_hub *h = call->peer->w->h;
	enum ex_method method;
	unsigned allowed = 0;
	bool known = find_method(word, &method);

	call->file = ex_files_find(h->files, call->raw);
	if (call->file) {
		if (known && method == EX_METHOD_GET)
			return true;
		return not_allowed(call, 1u << EX_METHOD_GET);
	}
	/* A method that no route has matches none, and hears which there
	 * are. */
	call->q.route = ex_route_match(known ? method : EX_METHOD_COUNT,
	    &call->uri, call->q.param, &allowed);
	if (call->q.route)
		return true;
	if (allowed)
		return not_allowed(call, allowed);
	return refuse(call, 404, "Not found", "there is nothing here");
}

/* ---- who ---------------------------------------------------------------- */

static const char *
bearer(const struct ex_call *call)
{
	const char *value = header(call, "Authorization");

	if (!value || strncasecmp(value, "Bearer ", 7) != 0)
		return NULL;
	return value + 7 + strspn(value + 7, " ");
}

/* Looked at once a connection: the certificate does not change on it. */
static const char *
certificate(struct ex_peer *p)
{
	const union MHD_ConnectionInfo *info;

	if (!p->w->tls.client_ca)
		return NULL;
	if (!p->certified_known) {
		info = MHD_get_connection_info(
		    p->connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
		p->certified =
		    info && ex_tls_peer(info->tls_session, p->certified_name,
				sizeof p->certified_name);
		p->certified_known = true;
	}
	return p->certified ? p->certified_name : NULL;
}

/* SameSite keeps other sites out of browsers that know it; the value keeps them
 * out of all. */
static bool
judge_csrf(struct ex_call *call)
{
	const struct ex_principal *who = &call->q.who;
	const char *value = header(call, "X-Exeunt-CSRF");
	size_t n = strlen(who->csrf);

	if (!who->by_cookie || call->q.route->method == EX_METHOD_GET)
		return true;
	if (value && strlen(value) == n && ex_secret_equal(value, who->csrf, n))
		return true;
	return refuse(call, 403, "Forbidden",
	    "X-Exeunt-CSRF must hold the session's csrf value");
}

static bool
judge_who(struct ex_call *call)
{
	const struct ex_credentials c = {
		.bearer = bearer(call),
		.cookie = MHD_lookup_connection_value(
		    call->connection, MHD_COOKIE_KIND, "exeunt"),
		.certificate = certificate(call->peer),
	};
	const struct ex_route *r = call->q.route;
	struct ex_error err = { 0 };
	enum ex_status status =
	    ex_auth_find(call->peer->w->h, &c, &call->q.who, &err);

	if (status == EX_OK && (r->roles & (call->q.who.role | EX_ROLE_ANYONE)))
		return judge_csrf(call);
	if (status == EX_NO && (r->roles & EX_ROLE_ANYONE))
		return true;
	if (status == EX_OK)
		return refuse(
		    call, 403, "Forbidden", "this is not for who is signed in");
	if (status == EX_NO)
		return refuse(call, 401, "Not signed in",
		    "sign in, or send a valid token");
	ex_reply_error(&call->r, &err);
	return false;
}

/* ---- what and why ------------------------------------------------------- */

static bool
judge_query(struct ex_call *call)
{
	const char *bad;

	if (ex_route_check_query(call->q.route, &call->uri, &bad) == EX_OK)
		return true;
	ex_reply_problem(&call->r, 400, "Bad request", "query: %s%s",
	    bad ? bad : "a parameter",
	    bad ? " does not fit, or is given twice"
		: " that this call does not have");
	return false;
}

static bool
judge_purpose(struct ex_call *call)
{
	const char *word = header(call, "X-Exeunt-Purpose");

	if (!call->q.route->purpose)
		return true;
	if (!word)
		word = ex_request_query(&call->q, "purpose");
	if (word && ex_purpose_from_word(word, &call->q.purpose) &&
	    call->q.purpose != EX_PURPOSE_NONE)
		return true;
	call->q.purpose = EX_PURPOSE_NONE;
	return refuse(call, 400, "Bad request",
	    "purpose: say why, as X-Exeunt-Purpose or in the query");
}

static bool
judge_type(struct ex_call *call)
{
	const char *want = call->q.route->body;
	const char *type = header(call, "Content-Type");
	size_t n;

	if (!strchr(want, '/'))
		want = "application/json";
	n = strlen(want);
	/* Also what makes browsers ask before another site's page may send
	 * it. */
	if (type && strncasecmp(type, want, n) == 0 &&
	    (type[n] == '\0' || type[n] == ';' || type[n] == ' '))
		return true;
	return refuse(call, 415, "Unsupported media type", want);
}

static bool
judge_body(struct ex_call *call)
{
	const struct ex_route *r = call->q.route;
	const char *length = header(call, "Content-Length");
	size_t n;

	if (header(call, "Transfer-Encoding"))
		return refuse(call, 411, "Length required",
		    "a body comes with its Content-Length, not in chunks");
	if (!length && *r->body)
		return refuse(call, 411, "Length required",
		    "this call takes a body, with its Content-Length");
	if (!length)
		return true;
	if (strlen(length) > 10 || length[strspn(length, "0123456789")] != '\0')
		n = SIZE_MAX;
	else
		n = strtoul(length, NULL, 10);
	if (n > r->body_most) {
		ex_reply_problem(&call->r, 413, "Too large",
		    "the body of this call has %zu bytes at most",
		    r->body_most);
		return false;
	}
	return !*r->body || judge_type(call);
}

bool
ex_call_judge(struct ex_call *call, const char *method)
{
	if (!judge_size(call) || !judge_headers(call) || !judge_host(call) ||
	    !judge_route(call, method))
		return false;
	if (call->file)
		return true;
	call->r.status = call->q.route->status;
	return judge_who(call) && judge_query(call) && judge_purpose(call) &&
	       judge_body(call);
}
