/* SPDX-License-Identifier: Apache-2.0 */
/* Replies before they are HTTP: problems in the form of RFC 9457. */
#include "hub_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
ex_reply_problem(
    struct ex_reply *r, int status, const char *title, const char *detail, ...)
{
	va_list args;

	json_decref(r->json);
	r->json = NULL;
	if (r->body.data)
		ex_wipe(r->body.data, r->body.size);
	ex_blob_free(&r->body);
	r->type = NULL;
	r->status = status;
	r->title = title;
	r->location[0] = '\0';
	va_start(args, detail);
	vsnprintf(r->problem, sizeof r->problem, detail, args);
	va_end(args);
}

static void
say(struct ex_reply *r, int status, const char *title,
    const struct ex_error *err)
{
	ex_reply_problem(
	    r, status, title, "%.150s: %.160s", err->what, err->why);
}

void
ex_reply_error(struct ex_reply *r, const struct ex_error *err)
{
	switch (err->status) {
	case EX_ERR_USAGE:
	case EX_ERR_INPUT:
	case EX_ERR_FORMAT:
	case EX_ERR_TRUNCATED:
	case EX_ERR_UNSUPPORTED:
	case EX_ERR_PATH:
		say(r, 400, "Bad request", err);
		break;
	case EX_ERR_TOO_LARGE:
		say(r, 413, "Too large", err);
		break;
	case EX_ERR_NOT_FOUND:
		ex_reply_problem(r, 404, "Not found", "there is no such thing");
		break;
	case EX_NO:
	case EX_ERR_CONFLICT:
		say(r, 409, "Conflict", err);
		break;
	case EX_ERR_DATABASE:
	case EX_ERR_ENVIRONMENT:
		/* Where files are and what they lack is the operator's. */
		fprintf(stderr, "exeunt: %s: %s\n", err->what, err->why);
		ex_reply_problem(r, 503, "Not now",
		    "the hub cannot do this now; try again later");
		r->retry_s = 2;
		break;
	default:
		fprintf(stderr, "exeunt: %s: %s\n", err->what, err->why);
		ex_reply_problem(
		    r, 500, "Internal error", "the hub's log says more");
	}
}

void
ex_reply_nomem(struct ex_reply *r)
{
	ex_reply_problem(r, 500, "Internal error", "out of memory");
}
