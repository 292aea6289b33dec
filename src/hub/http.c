/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server: one thread a connection, so that whoever waits (for a commit, for
 * an event, for a slow line) keeps nobody else waiting (H3). What the library
 * cannot bound, the time that a request takes to come in, is bounded by
 * ex_http_watch.
 */
#include "http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STACK_BYTES (1024 * 1024)
/* A connection's memory: a head of up to 32 KiB that we can still refuse in
 * our own words, and as much for reading and writing. */
#define POOL_BYTES ((size_t)128 * 1024)

/* ---- connections -------------------------------------------------------- */

void
ex_peer_allow(struct ex_peer *p, int64_t seconds)
{
	int64_t until = seconds ? ex_clock_mono_ns() + seconds * 1000000000 : 0;

	pthread_mutex_lock(&p->w->lock);
	p->until_ns = until;
	pthread_mutex_unlock(&p->w->lock);
}

static void
name_address(struct MHD_Connection *c, char out[EX_ADDRESS_SIZE])
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
	const struct sockaddr *a = info ? info->client_addr : NULL;

	snprintf(out, EX_ADDRESS_SIZE, "unknown");
	if (a && a->sa_family == AF_INET)
		inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr,
		    out, EX_ADDRESS_SIZE);
	else if (a && a->sa_family == AF_INET6)
		inet_ntop(AF_INET6,
		    &((const struct sockaddr_in6 *)a)->sin6_addr, out,
		    EX_ADDRESS_SIZE);
}

static struct ex_peer *
enter(struct ex_http *w, struct MHD_Connection *c)
{
	struct ex_peer *p = ex_calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->w = w;
	p->connection = c;
	name_address(c, p->address);
	p->until_ns = ex_clock_mono_ns() + w->h->set.request_s * 1000000000;
	pthread_mutex_lock(&w->lock);
	p->next = w->peers;
	if (p->next)
		p->next->before = p;
	w->peers = p;
	pthread_mutex_unlock(&w->lock);
	w->h->count.connections++;
	return p;
}

static void
leave(struct ex_http *w, struct ex_peer *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&w->lock);
	if (p->before)
		p->before->next = p->next;
	else
		w->peers = p->next;
	if (p->next)
		p->next->before = p->before;
	pthread_mutex_unlock(&w->lock);
	w->h->count.connections--;
	free(p);
}

static void
connection_changed(void *cls, struct MHD_Connection *c, void **context,
    enum MHD_ConnectionNotificationCode code)
{
	struct ex_http *w = cls;

	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		*context = enter(w, c);
	} else {
		leave(w, *context);
		*context = NULL;
	}
}

/* The library closes a socket after connection_changed has taken it off the
 * list, so what is on the list is open. */
void
ex_http_watch(struct ex_http *w)
{
	int64_t now = ex_clock_mono_ns();

	pthread_mutex_lock(&w->lock);
	for (struct ex_peer *p = w->peers; p; p = p->next) {
		const union MHD_ConnectionInfo *info;

		if (p->until_ns == 0 || now < p->until_ns)
			continue;
		info = MHD_get_connection_info(
		    p->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info)
			shutdown(info->connect_fd, SHUT_RDWR);
		p->until_ns = 0;
		w->h->count.cut++;
	}
	pthread_mutex_unlock(&w->lock);
}

/* ---- requests ----------------------------------------------------------- */

static struct ex_peer *
peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
	    MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void *
target_came(void *cls, const char *uri, struct MHD_Connection *c)
{
	struct ex_peer *p = peer_of(c);

	(void)cls;
	return p ? ex_call_new(p, uri) : NULL;
}

static enum MHD_Result
step(void *cls, struct MHD_Connection *c, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size,
    void **con_cls)
{
	struct ex_call *call = *con_cls;

	(void)cls;
	(void)c;
	(void)url;
	(void)version;
	return call ? ex_call_step(call, method, upload, upload_size)
		    : MHD_NO; /* out of memory: closed */
}

static void
completed(void *cls, struct MHD_Connection *c, void **con_cls,
    enum MHD_RequestTerminationCode code)
{
	struct ex_http *w = cls;
	struct ex_call *call = *con_cls;
	struct ex_peer *p = peer_of(c);

	(void)code;
	*con_cls = NULL;
	if (call)
		ex_call_free(call);
	/* The next request of this connection may be a while, and then has
	 * its time as the first had. */
	if (p)
		ex_peer_allow(p, w->h->set.idle_s + w->h->set.request_s);
}

/* Values are taken apart by ex_uri_parse, once and strictly. */
static size_t
leave_escaped(void *cls, struct MHD_Connection *c, char *s)
{
	(void)cls;
	(void)c;
	return strlen(s);
}

/* The library's words may quote a request. */
static void
keep_quiet(void *cls, const char *format, va_list args)
{
	(void)cls;
	(void)format;
	(void)args;
}

/* ---- starting and stopping ---------------------------------------------- */

bool
ex_listen_parse(const char *text, struct ex_listen *out)
{
	const char *colon = strrchr(text, ':');
	size_t n = colon ? (size_t)(colon - text) : 0;
	struct in6_addr six;
	struct in_addr four;
	char *end;

	*out = (struct ex_listen){ 0 };
	if (!colon || colon[1] < '0' || colon[1] > '9')
		return false;
	out->port = (unsigned)strtoul(colon + 1, &end, 10);
	if (*end || end - colon > 6 || out->port > 65535)
		return false;
	out->v6 = n > 2 && text[0] == '[' && text[n - 1] == ']';
	text += out->v6;
	n -= out->v6 ? 2 : 0;
	if (n == 0 || n >= sizeof out->host)
		return false;
	memcpy(out->host, text, n);
	if (out->v6 && inet_pton(AF_INET6, out->host, &six) == 1) {
		out->loopback = IN6_IS_ADDR_LOOPBACK(&six);
		return true;
	}
	if (out->v6 || inet_pton(AF_INET, out->host, &four) != 1)
		return false;
	out->loopback = ntohl(four.s_addr) >> 24 == 127;
	return true;
}

/* Bound and listening; -1: errno says why not. */
static int
listen_at(const struct ex_listen *at)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6,
		.sin6_port = htons((uint16_t)at->port) };
	struct sockaddr_in four = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)at->port) };
	const struct sockaddr *a = at->v6 ? (const struct sockaddr *)&six
					  : (const struct sockaddr *)&four;
	socklen_t size = at->v6 ? sizeof six : sizeof four;
	int on = 1, fd, saved;

	inet_pton(at->v6 ? AF_INET6 : AF_INET, at->host,
	    at->v6 ? (void *)&six.sin6_addr : (void *)&four.sin_addr);
	fd = socket(a->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(fd, a, size) == 0 && listen(fd, SOMAXCONN) == 0)
		return fd;
	saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static void
name_url(struct ex_http *w, int fd)
{
	union {
		struct sockaddr any;
		struct sockaddr_in four;
		struct sockaddr_in6 six;
	} a = { 0 };
	socklen_t size = sizeof a;

	w->port = w->at.port;
	if (getsockname(fd, &a.any, &size) == 0)
		w->port = ntohs(w->at.v6 ? a.six.sin6_port : a.four.sin_port);
	snprintf(w->url, sizeof w->url, "http%s://%s%s%s:%u",
	    w->secure ? "s" : "", w->at.v6 ? "[" : "", w->at.host,
	    w->at.v6 ? "]" : "", w->port);
}

static size_t
tls_options(struct ex_http *w, struct MHD_OptionItem o[])
{
	size_t n = 0;

	if (!w->secure)
		return 0;
	o[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0,
		w->tls.certificate };
	o[n++] =
	    (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, w->tls.key };
	o[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0,
		(void *)(uintptr_t)ex_tls_priorities };
	if (w->tls.client_ca)
		o[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_TRUST, 0,
			w->tls.client_ca };
	return n;
}

static struct MHD_Daemon *
start_daemon(struct ex_http *w, int fd)
{
	const struct ex_hub_settings *set = &w->h->set;
	unsigned flags = MHD_USE_THREAD_PER_CONNECTION |
			 MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL |
			 MHD_USE_ITC | MHD_USE_ERROR_LOG;
	struct MHD_OptionItem tls[5] = { 0 };

	tls[tls_options(w, tls)] =
	    (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
	return MHD_start_daemon(w->secure ? flags | MHD_USE_TLS : flags,
	    (uint16_t)w->port, NULL, NULL, step, w, MHD_OPTION_EXTERNAL_LOGGER,
	    keep_quiet, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)set->connections,
	    MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned)set->per_address,
	    MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)set->idle_s,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, POOL_BYTES,
	    MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_URI_LOG_CALLBACK,
	    target_came, w, MHD_OPTION_UNESCAPE_CALLBACK, leave_escaped, NULL,
	    MHD_OPTION_NOTIFY_COMPLETED, completed, w,
	    MHD_OPTION_NOTIFY_CONNECTION, connection_changed, w,
	    MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

enum ex_status
ex_http_new(struct ex_hub *h, struct ex_http **out, struct ex_error *err)
{
	struct ex_http *w = ex_calloc(1, sizeof *w);
	enum ex_status status;

	*out = NULL;
	if (!w)
		return ex_fail(err, EX_ERR_NOMEM, "hub", NULL);
	w->h = h;
	pthread_mutex_init(&w->lock, NULL);
	status = ex_listen_parse(h->set.listen, &w->at)
		     ? ex_tls_read(&h->set, &w->tls, err)
		     : ex_fail(err, EX_ERR_USAGE, "listen",
			   "is no address and port");
	w->secure = w->tls.certificate != NULL;
	/* (H6) */
	if (status == EX_OK && !w->secure && !w->at.loopback)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, h->set.listen,
		    "plain HTTP is for loopback only; give [tls] certificate "
		    "and key");
	if (status == EX_OK)
		*out = w;
	else
		ex_http_free(&w);
	return status;
}

enum ex_status
ex_http_start(struct ex_http *w, struct ex_error *err)
{
	int fd = listen_at(&w->at);

	if (fd < 0)
		return ex_fail(err, EX_ERR_ENVIRONMENT, w->h->set.listen,
		    "cannot listen: %s", strerror(errno));
	name_url(w, fd);
	w->daemon = start_daemon(w, fd);
	if (w->daemon)
		return EX_OK;
	close(fd);
	return ex_fail(err, EX_ERR_ENVIRONMENT, w->h->set.listen,
	    w->secure ? "cannot serve; are certificate and key a pair?"
		      : "cannot serve");
}

const char *
ex_http_url(const struct ex_http *w)
{
	return w->url;
}

void
ex_http_stop(struct ex_http *w)
{
	if (w->daemon)
		MHD_stop_daemon(w->daemon); /* closes the socket, too */
	w->daemon = NULL;
}

void
ex_http_free(struct ex_http **http)
{
	struct ex_http *w = *http;

	if (!w)
		return;
	ex_http_stop(w);
	ex_tls_fini(&w->tls);
	pthread_mutex_destroy(&w->lock);
	free(w);
	*http = NULL;
}
