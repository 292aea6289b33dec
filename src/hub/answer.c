/* SPDX-License-Identifier: Apache-2.0 */
/* Replies as HTTP, with the headers that every one of them has. */
#include "http.h"

#include <stdlib.h>
#include <string.h>

#define STREAM_BLOCK 8192

static const struct {
	const char *name, *value;
} security[] = {
	{ "Content-Security-Policy",
	    "default-src 'self'; img-src 'self' blob:; style-src 'self'; "
	    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'" },
	{ "X-Content-Type-Options", "nosniff" },
	{ "Referrer-Policy", "no-referrer" },
	{ "Cross-Origin-Opener-Policy", "same-origin" },
	{ "Cross-Origin-Resource-Policy", "same-origin" },
	{ "Permissions-Policy", "camera=(), geolocation=(), microphone=()" },
};

static void
add_headers(const struct ex_call *call, struct MHD_Response *m)
{
	const struct ex_reply *r = &call->r;
	char seconds[16];

	for (size_t i = 0; i < sizeof security / sizeof *security; i++)
		MHD_add_response_header(m, security[i].name, security[i].value);
	if (call->peer->w->secure)
		MHD_add_response_header(
		    m, "Strict-Transport-Security", "max-age=31536000");
	MHD_add_response_header(
	    m, "Cache-Control", call->file ? "no-cache" : "no-store");
	if (r->retry_s) {
		snprintf(seconds, sizeof seconds, "%u", r->retry_s);
		MHD_add_response_header(m, "Retry-After", seconds);
	}
	if (*r->allow)
		MHD_add_response_header(m, "Allow", r->allow);
	if (*r->location)
		MHD_add_response_header(m, "Location", r->location);
	if (*r->cookie)
		MHD_add_response_header(m, "Set-Cookie", r->cookie);
	if (r->status == 401)
		MHD_add_response_header(m, "WWW-Authenticate", "Bearer");
}

/* ---- bodies ------------------------------------------------------------- */

/* A body and its size, for whoever frees it. */
struct parcel {
	size_t size;
	void *data;
};

static void
free_parcel(void *cls)
{
	struct parcel *p = cls;

	ex_wipe(p->data, p->size);
	free(p->data);
	free(p);
}

/* `data` is taken, also on failure. */
static struct MHD_Response *
of_bytes(void *data, size_t size)
{
	struct parcel *p = ex_calloc(1, sizeof *p);
	struct MHD_Response *m = NULL;

	if (p) {
		*p = (struct parcel){ size, data };
		m = MHD_create_response_from_buffer_with_free_callback_cls(
		    size, data, free_parcel, p);
	}
	if (!m) {
		ex_wipe(data, size);
		free(data);
		free(p);
	}
	return m;
}

static struct MHD_Response *
of_json(json_t **json)
{
	char *text = json_dumps(*json, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(*json);
	*json = NULL;
	return text ? of_bytes(text, strlen(text)) : NULL;
}

static struct MHD_Response *
of_problem(const struct ex_reply *r)
{
	json_t *o = json_pack("{s:s, s:s, s:i, s:s}", "type", "about:blank",
	    "title", r->title, "status", r->status, "detail", r->problem);
	/* A detail cut within a character is no text any more. */
	if (!o)
		o = json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title",
		    r->title, "status", r->status);
	return o ? of_json(&o) : NULL;
}

static ssize_t
read_stream(void *cls, uint64_t at, char *buffer, size_t room)
{
	long n = ex_stream_read(cls, buffer, room);

	(void)at;
	return n > 0 ? n : MHD_CONTENT_READER_END_OF_STREAM;
}

static void
free_stream(void *cls)
{
	struct ex_stream *s = cls;

	ex_stream_free(&s);
}

static struct MHD_Response *
of_stream(struct ex_reply *r)
{
	struct MHD_Response *m =
	    MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK,
		read_stream, r->stream, free_stream);

	if (m)
		r->stream = NULL;
	return m;
}

static struct MHD_Response *
of_file(const struct ex_file *f)
{
	return MHD_create_response_from_buffer(
	    f->bytes.size, f->bytes.data, MHD_RESPMEM_PERSISTENT);
}

/* And what it is; NULL: out of memory. */
static struct MHD_Response *
make(struct ex_call *call, const char **type)
{
	struct ex_reply *r = &call->r;
	void *data = r->body.data;

	*type = r->type ? r->type : "application/json";
	if (r->title) {
		*type = "application/problem+json";
		return of_problem(r);
	}
	if (call->file) {
		r->status = 200;
		*type = call->file->type;
		return of_file(call->file);
	}
	if (r->stream) {
		*type = "text/event-stream";
		return of_stream(r);
	}
	if (r->json)
		return of_json(&r->json);
	if (!data) {
		*type = r->type;
		return MHD_create_response_from_buffer(
		    0, NULL, MHD_RESPMEM_PERSISTENT);
	}
	r->body.data = NULL;
	return of_bytes(data, r->body.size);
}

enum MHD_Result
ex_call_send(struct ex_call *call)
{
	struct ex_counters *c = &call->peer->w->h->count;
	struct MHD_Response *m;
	enum MHD_Result result;
	const char *type;

	m = make(call, &type);
	if (!m)
		return MHD_NO; /* out of memory: closed */
	add_headers(call, m);
	if (type)
		MHD_add_response_header(m, "Content-Type", type);
	result =
	    MHD_queue_response(call->connection, (unsigned)call->r.status, m);
	MHD_destroy_response(m);
	c->requests[call->r.status / 100 % 6]++;
	return result;
}
