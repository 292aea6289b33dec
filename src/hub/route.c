/* SPDX-License-Identifier: Apache-2.0 */
/* (H1) The table of routes, and which of them a request means. */
#include "uri.h"

#include <stdlib.h>
#include <string.h>

/* Short names for the rows. */
enum {
	ANYONE = EX_ROLE_ANYONE,
	LANE = EX_ROLE_LANE,
	OFFICER = EX_ROLE_OFFICER,
	SUPERVISOR = EX_ROLE_SUPERVISOR,
	AUDITOR = EX_ROLE_AUDITOR,
	ADMIN = EX_ROLE_ADMIN,
	PEOPLE = EX_ROLE_PEOPLE,
	NO_PURPOSE = 0,
	PURPOSE = 1,
};

#define EX_ROUTE(method, path, roles, purpose, query, body, most, status,      \
    reply, handler, summary)                                                   \
	_Static_assert((roles) > 0 && (roles) < 2 * ADMIN,                     \
	    "a route names the roles it is for: " path);                       \
	_Static_assert(!((purpose) && ((roles)&ANYONE)),                       \
	    "a purpose is somebody's: " path);                                 \
	_Static_assert((most) >= 0 && (most) <= EX_ENVELOPE_MOST, path);       \
	_Static_assert(sizeof(summary) > 5, "a route says what it is: " path);
#include "routes.inc"
#undef EX_ROUTE

const struct ex_route ex_routes[] = {
#define EX_ROUTE(method, path, roles, purpose, query, body, most, status,      \
    reply, handler, summary)                                                   \
	{ path, query, body, most, reply, handler, summary,                    \
		EX_METHOD_##method, roles, status, purpose },
#include "routes.inc"
#undef EX_ROUTE
};
const size_t ex_n_routes = sizeof ex_routes / sizeof *ex_routes;

const struct ex_param ex_params[] = {
#define EX_PARAM(name, kind, least, most, words, text)                         \
	{ name, EX_PARAM_##kind, least, most, words, text },
#include "params.inc"
#undef EX_PARAM
};
const size_t ex_n_params = sizeof ex_params / sizeof *ex_params;

const char *
ex_method_word(enum ex_method m)
{
	static const char *const words[EX_METHOD_COUNT] = {
		[EX_METHOD_GET] = "GET",
		[EX_METHOD_POST] = "POST",
		[EX_METHOD_PUT] = "PUT",
		[EX_METHOD_DELETE] = "DELETE",
	};

	return words[m];
}

/* ---- parameters -------------------------------------------------------- */

static bool
all_of(const char *s, const char *characters)
{
	return s[strspn(s, characters)] == '\0';
}

#define DIGITS "0123456789"
#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool
is_whole(const struct ex_param *p, const char *value)
{
	double v;

	if (!*value || strlen(value) > 16 || !all_of(value, DIGITS))
		return false;
	v = (double)strtoull(value, NULL, 10);
	return v >= p->least && v <= p->most;
}

static bool
is_word(const char *words, const char *value)
{
	size_t n = strlen(value);

	for (;; words++) {
		size_t part = strcspn(words, "|");

		if (part == n && memcmp(words, value, n) == 0)
			return true;
		words += part;
		if (*words == '\0')
			return false;
	}
}

bool
ex_param_fits(const struct ex_param *p, const char *value)
{
	double n = (double)strlen(value);
	enum ex_purpose purpose;
	int64_t ms;

	if (p->kind == EX_PARAM_WHOLE)
		return is_whole(p, value);
	if (p->kind == EX_PARAM_WORD)
		return is_word(p->words, value);
	if (n < p->least || n > p->most)
		return false;
	switch (p->kind) {
	case EX_PARAM_ULID: /* Crockford's base 32, at most 48 bits of time */
		return *value <= '7' &&
		       all_of(value, DIGITS "ABCDEFGHJKMNPQRSTVWXYZ");
	case EX_PARAM_NAME:
		return all_of(value, DIGITS LOWER UPPER "._:@-");
	case EX_PARAM_SUBJECT:
		return all_of(value, DIGITS LOWER UPPER "._:@-/");
	case EX_PARAM_HEX:
		return all_of(value, DIGITS "abcdef");
	case EX_PARAM_TIME:
		return ex_rfc3339_parse(value, &ms);
	case EX_PARAM_PURPOSE:
		return ex_purpose_from_word(value, &purpose);
	default:
		return false;
	}
}

const struct ex_param *
ex_param_of(const char *token, size_t n, size_t *name_size)
{
	const char *equals = memchr(token, '=', n);
	const char *row = equals ? equals + 1 : token;
	size_t size = equals ? n - (size_t)(row - token) : n;

	*name_size = equals ? (size_t)(equals - token) : n;
	for (size_t i = 0; i < ex_n_params; i++)
		if (strlen(ex_params[i].name) == size &&
		    memcmp(ex_params[i].name, row, size) == 0)
			return &ex_params[i];
	return NULL;
}

const struct ex_param *
ex_route_query(const struct ex_route *r, const char *name)
{
	size_t n = strlen(name);

	for (const char *p = r->query; *p;) {
		size_t token = strcspn(p, " "), size;
		const struct ex_param *row = ex_param_of(p, token, &size);

		if (size == n && memcmp(p, name, n) == 0)
			return row;
		p += token;
		p += strspn(p, " ");
	}
	/* Any call that asks for a purpose takes it here too. */
	if (r->purpose && strcmp(name, "purpose") == 0)
		return ex_param_of(name, n, &n);
	return NULL;
}

/* ---- matching ---------------------------------------------------------- */

/* One segment of a template against one of the target. */
static bool
match_segment(const char *pattern, size_t n, const char *segment,
    const char *param[EX_HUB_PARAMS], size_t *n_params)
{
	const struct ex_param *row;
	size_t size;

	if (*pattern != '{')
		return strlen(segment) == n && memcmp(pattern, segment, n) == 0;
	row = ex_param_of(pattern + 1, n - 2, &size);
	if (!row || !ex_param_fits(row, segment))
		return false;
	if (*n_params < EX_HUB_PARAMS)
		param[(*n_params)++] = segment;
	return true;
}

static bool
match_path(const char *path, const struct ex_uri *uri,
    const char *param[EX_HUB_PARAMS])
{
	size_t n_params = 0, i = 0;

	for (size_t j = 0; j < EX_HUB_PARAMS; j++)
		param[j] = NULL;
	for (; *path == '/'; i++) {
		size_t n = strcspn(++path, "/");

		if (i == uri->n_segments)
			return false;
		if (!match_segment(path, n, uri->segment[i], param, &n_params))
			return false;
		path += n;
	}
	return i == uri->n_segments && !uri->folder;
}

const struct ex_route *
ex_route_match(enum ex_method method, const struct ex_uri *uri,
    const char *param[EX_HUB_PARAMS], unsigned *allowed)
{
	const char *scratch[EX_HUB_PARAMS];

	*allowed = 0;
	for (size_t i = 0; i < ex_n_routes; i++) {
		const struct ex_route *r = &ex_routes[i];

		if (r->method == method && match_path(r->path, uri, param))
			return r;
		if (r->method != method && match_path(r->path, uri, scratch))
			*allowed |= 1u << r->method;
	}
	return NULL;
}

enum ex_status
ex_route_check_query(
    const struct ex_route *r, const struct ex_uri *uri, const char **bad)
{
	for (size_t i = 0; i < uri->n_pairs; i++) {
		const struct ex_uri_pair *p = &uri->pair[i];
		const struct ex_param *row = ex_route_query(r, p->name);

		*bad = row ? row->name : NULL;
		if (!row || !ex_param_fits(row, p->value))
			return EX_ERR_INPUT;
		for (size_t j = 0; j < i; j++)
			if (strcmp(uri->pair[j].name, p->name) == 0)
				return EX_ERR_INPUT;
	}
	*bad = NULL;
	return EX_OK;
}
