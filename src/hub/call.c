/* SPDX-License-Identifier: Apache-2.0 */
/* A request on its way: its head is judged before its body is taken. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

struct ex_call *
ex_call_new(struct ex_peer *p, const char *target)
{
	struct ex_call *call = ex_calloc(1, sizeof *call);
	size_t n = strcspn(target, "?");

	if (!call)
		return NULL;
	call->peer = p;
	call->connection = p->connection;
	call->started_ns = ex_clock_mono_ns();
	call->target = ex_uri_parse(
	    (struct ex_bytes){ (const uint8_t *)target, strlen(target) },
	    &call->uri);
	call->raw = ex_calloc(n + 1, 1);
	if (!call->raw) {
		free(call);
		return NULL;
	}
	memcpy(call->raw, target, n);
	call->q.connection = call;
	return call;
}

static void
count(const struct ex_call *call)
{
	struct ex_counters *c = &call->peer->w->h->count;
	uint64_t us = (uint64_t)(ex_clock_mono_ns() - call->started_ns) / 1000;
	size_t i = 0;

	/* A stream's answer is over when its reader goes. */
	if (!call->begun || call->q.route == NULL || call->streams)
		return;
	while (i + 1 < EX_HUB_BUCKETS && us > 1000u * ex_hub_bucket_ms[i])
		i++;
	c->within[i]++;
	c->request_us += us;
}

void
ex_call_free(struct ex_call *call)
{
	count(call);
	json_decref(call->q.json);
	if (call->body.data)
		ex_wipe(call->body.data, call->body.size);
	ex_blob_free(&call->body);
	json_decref(call->r.json);
	if (call->r.body.data)
		ex_wipe(call->r.body.data, call->r.body.size);
	ex_blob_free(&call->r.body);
	ex_stream_free(&call->r.stream);
	ex_wipe(call->r.cookie, sizeof call->r.cookie);
	free(call->raw);
	free(call);
}

static const char *
header(const struct ex_call *call, const char *name)
{
	return MHD_lookup_connection_value(
	    call->connection, MHD_HEADER_KIND, name);
}

static bool
has_body(const struct ex_call *call)
{
	const char *length = header(call, "Content-Length");

	return header(call, "Transfer-Encoding") ||
	       (length && strcmp(length, "0") != 0);
}

static bool
is_json(const struct ex_route *r)
{
	return *r->body && !strchr(r->body, '/');
}

/* The body as the JSON that the route asks for. */
static bool
take_json(struct ex_call *call)
{
	struct ex_request *q = &call->q;
	struct ex_hub *h = call->peer->w->h;
	struct ex_error err = { 0 };
	json_error_t where;

	q->json = json_loadb((const char *)q->body.data, q->body.size,
	    JSON_REJECT_DUPLICATES, &where);
	if (!q->json) {
		if (json_error_code(&where) == json_error_out_of_memory)
			ex_reply_nomem(&call->r);
		else
			ex_reply_problem(&call->r, 400, "Bad request",
			    "body: not JSON at line %d, column %d", where.line,
			    where.column);
		return false;
	}
	if (ex_schema_check(h->schemas, q->route->body, q->json, &err) == EX_OK)
		return true;
	ex_reply_error(&call->r, &err);
	return false;
}

static enum MHD_Result
finish(struct ex_call *call)
{
	struct ex_request *q = &call->q;
	int64_t late = call->peer->w->h->set.request_s;

	ex_peer_allow(call->peer, 0);
	if (call->r.status < 400 && q->route) {
		q->body = (struct ex_bytes){ call->body.data, call->got };
		if (!is_json(q->route) || take_json(call))
			q->route->handler(call->peer->w->h, q, &call->r);
	}
	/* Who does not fetch the answer has lost interest; streams end by
	 * their own rules. */
	call->streams = call->r.stream != NULL;
	if (!call->streams)
		ex_peer_allow(call->peer, late + 60);
	return ex_call_send(call);
}

static enum MHD_Result
begin(struct ex_call *call, const char *method)
{
	const char *length = header(call, "Content-Length");
	bool good = ex_call_judge(call, method);

	call->begun = true;
	/* Refused at once, a body stays unread and the connection ends; where
	 * there is none, it may serve again. */
	if (!good)
		return has_body(call) ? ex_call_send(call) : MHD_YES;
	if (has_body(call)) {
		/* ex_call_judge has read it before. */
		size_t n = strtoul(length, NULL, 10);

		call->body.data = ex_calloc(n, 1);
		call->body.size = call->body.data ? n : 0;
		if (!call->body.data) {
			ex_reply_nomem(&call->r);
			return ex_call_send(call);
		}
	}
	ex_peer_allow(call->peer, call->peer->w->h->set.request_s);
	return MHD_YES;
}

enum MHD_Result
ex_call_step(struct ex_call *call, const char *method, const char *upload,
    size_t *upload_size)
{
	if (!call->begun)
		return begin(call, method);
	if (*upload_size == 0)
		return finish(call);
	if (*upload_size > call->body.size - call->got)
		return MHD_NO; /* more than it said: closed */
	memcpy(call->body.data + call->got, upload, *upload_size);
	call->got += *upload_size;
	*upload_size = 0;
	return MHD_YES;
}

/* ---- what handlers ask of it -------------------------------------------- */

const char *
ex_request_query(const struct ex_request *q, const char *name)
{
	const struct ex_call *call = q->connection;

	for (size_t i = 0; i < call->uri.n_pairs; i++)
		if (strcmp(call->uri.pair[i].name, name) == 0)
			return call->uri.pair[i].value;
	return NULL;
}

int64_t
ex_request_number(
    const struct ex_request *q, const char *name, int64_t standard)
{
	const char *value = ex_request_query(q, name);
	int64_t ms;

	if (!value)
		return standard;
	if (ex_rfc3339_parse(value, &ms))
		return ms;
	return (int64_t)strtoll(value, NULL, 10);
}

const char *
ex_request_header(const struct ex_request *q, const char *name)
{
	return header(q->connection, name);
}

const char *
ex_request_address(const struct ex_request *q)
{
	const struct ex_call *call = q->connection;

	return call->peer->address;
}
