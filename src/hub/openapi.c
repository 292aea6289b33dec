/* SPDX-License-Identifier: Apache-2.0 */
/* The description of the API (OpenAPI 3.1), made from the table of routes. */
#include "uri.h"

#include "parts.h"

#include <string.h>

/* New references only: each function gives NULL when out of memory, and
 * json_object_set_new and json_array_append_new take NULL for a failure. */

static json_t *
schema_of(const struct ex_param *p)
{
	json_t *words, *o;

	switch (p->kind) {
	case EX_PARAM_WHOLE:
		return json_pack("{s:s, s:I, s:I}", "type", "integer",
		    "minimum", (json_int_t)p->least, "maximum",
		    (json_int_t)p->most);
	case EX_PARAM_TIME:
		return json_pack(
		    "{s:s, s:s}", "type", "string", "format", "date-time");
	case EX_PARAM_WORD:
		words = json_array();
		for (const char *w = p->words; *w;) {
			size_t n = strcspn(w, "|");

			json_array_append_new(words, json_stringn(w, n));
			w += n + (w[n] == '|');
		}
		return json_pack("{s:s, s:o}", "type", "string", "enum", words);
	default:
		o = json_pack("{s:s, s:I, s:I}", "type", "string", "minLength",
		    (json_int_t)p->least, "maxLength", (json_int_t)p->most);
		if (p->kind == EX_PARAM_ULID)
			json_object_set_new(o, "pattern",
			    json_string("^[0-7][0-9A-HJKMNP-TV-Z]{25}$"));
		return o;
	}
}

static void
add_param(json_t *list, const char *token, size_t n, const char *in)
{
	size_t size;
	const struct ex_param *row = ex_param_of(token, n, &size);

	json_array_append_new(
	    list, json_pack("{s:o, s:s, s:b, s:s, s:o}", "name",
		      json_stringn(token, size), "in", in, "required",
		      strcmp(in, "path") == 0, "description", row->text,
		      "schema", schema_of(row)));
}

static json_t *
params_of(const struct ex_route *r)
{
	json_t *list = json_array();

	for (const char *p = strchr(r->path, '{'); p; p = strchr(p + 1, '{'))
		add_param(list, p + 1, strcspn(p + 1, "}"), "path");
	for (const char *p = r->query; *p; p += strspn(p, " ")) {
		size_t n = strcspn(p, " ");

		add_param(list, p, n, "query");
		p += n;
	}
	if (r->purpose) {
		json_array_append_new(
		    list, json_pack("{s:s}", "$ref",
			      "#/components/parameters/purposeHeader"));
		json_array_append_new(
		    list, json_pack("{s:s}", "$ref",
			      "#/components/parameters/purposeQuery"));
	}
	return list;
}

/* {media type: {schema}} of a schema's name or a media type. */
static json_t *
content_of(const char *what)
{
	char ref[96];

	if (strchr(what, '/'))
		return json_pack("{s:{s:{}}}", what, "schema");
	snprintf(ref, sizeof ref, "#/components/schemas/%s", what);
	return json_pack("{s:{s:{s:s}}}",
	    strcmp(what, "Problem") == 0 ? "application/problem+json"
					 : "application/json",
	    "schema", "$ref", ref);
}

static json_t *
replies_of(const struct ex_route *r)
{
	json_t *o = json_object();
	json_t *good = json_pack("{s:s}", "description", r->summary);
	char status[12];

	if (*r->reply)
		json_object_set_new(good, "content", content_of(r->reply));
	snprintf(status, sizeof status, "%d", r->status);
	json_object_set_new(o, status, good);
	json_object_set_new(o, "default",
	    json_pack("{s:s, s:o}", "description", "what went wrong", "content",
		content_of("Problem")));
	return o;
}

static json_t *
roles_of(const struct ex_route *r)
{
	json_t *list = json_array();

	for (unsigned bit = EX_ROLE_ANYONE; bit <= EX_ROLE_ADMIN; bit <<= 1)
		if (r->roles & bit)
			json_array_append_new(
			    list, json_string(ex_role_word((enum ex_role)bit)));
	return list;
}

static json_t *
operation_of(const struct ex_route *r)
{
	json_t *o = json_pack("{s:s, s:o, s:o, s:b, s:o}", "summary",
	    r->summary, "parameters", params_of(r), "x-roles", roles_of(r),
	    "x-purpose", r->purpose, "responses", replies_of(r));

	if (*r->body)
		json_object_set_new(o, "requestBody",
		    json_pack("{s:b, s:o, s:I}", "required", 1, "content",
			content_of(r->body), "x-most-bytes",
			(json_int_t)r->body_most));
	if (r->roles & EX_ROLE_ANYONE)
		json_object_set_new(o, "security", json_array());
	return o;
}

static void
method_key(enum ex_method m, char out[8])
{
	const char *word = ex_method_word(m);
	size_t i = 0;

	for (; word[i] && i < 7; i++)
		out[i] = (char)(word[i] - 'A' + 'a');
	out[i] = '\0';
}

/* "{after=seq}" is "{after}" outside. */
static void
path_key(const char *path, char *out, size_t room)
{
	size_t n = 0;

	for (bool skip = false; *path && n + 1 < room; path++) {
		skip = *path == '=' || (skip && *path != '}');
		if (!skip)
			out[n++] = *path;
	}
	out[n] = '\0';
}

static json_t *
paths_of(void)
{
	json_t *paths = json_object(), *item;
	char method[8], path[128];

	for (size_t i = 0; i < ex_n_routes; i++) {
		path_key(ex_routes[i].path, path, sizeof path);
		item = json_object_get(paths, path);
		if (!item) {
			item = json_object();
			json_object_set_new(paths, path, item);
		}
		method_key(ex_routes[i].method, method);
		json_object_set_new(item, method, operation_of(&ex_routes[i]));
	}
	return paths;
}

static json_t *
purposes(void)
{
	json_t *list = json_array();

	for (int i = EX_PURPOSE_NONE + 1; i < EX_PURPOSE_COUNT; i++)
		json_array_append_new(
		    list, json_string(ex_purpose_word((enum ex_purpose)i)));
	return list;
}

static json_t *
purpose_param(const char *name, const char *in)
{
	return json_pack("{s:s, s:s, s:s, s:{s:s, s:o}}", "name", name, "in",
	    in, "description",
	    "why a person's data is asked for, here or in the other place; it "
	    "is written into the audit chain",
	    "schema", "type", "string", "enum", purposes());
}

static json_t *
components_of(json_t *schemas)
{
	return json_pack("{s:O, s:{s:o, s:o}, s:{s:{s:s, s:s, s:s}, "
			 "s:{s:s, s:s}, s:{s:s}}}",
	    "schemas", schemas, "parameters", "purposeHeader",
	    purpose_param("X-Exeunt-Purpose", "header"), "purposeQuery",
	    purpose_param("purpose", "query"), "securitySchemes", "session",
	    "type", "apiKey", "in", "cookie", "name", "exeunt", "token", "type",
	    "http", "scheme", "bearer", "certificate", "type", "mutualTLS");
}

char *
ex_openapi_make(json_t *schemas)
{
	json_t *o = json_pack(
	    "{s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:[{s:[]}, {s:[]}, {s:[]}]}",
	    "openapi", "3.1.0", "info", "title", "Exeunt", "version",
	    EX_VERSION, "description",
	    "Who crosses a land border by vehicle. There is no call that takes "
	    "a face and asks whose it is, and none that refuses anybody.",
	    "paths", paths_of(), "components", components_of(schemas),
	    "security", "session", "token", "certificate");
	char *text = o ? json_dumps(o, JSON_COMPACT) : NULL;

	json_decref(o);
	return text;
}
