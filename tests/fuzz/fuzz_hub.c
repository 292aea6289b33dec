/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a stranger may send to a hub before anybody has looked at it: the first
 * byte says which. 't': a request's target; 'j': a body; 'c': hub.conf.
 */
#include "uri.h"

#include "parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
inside(const struct ex_uri *u, const char *s)
{
	return s >= u->text && s < u->text + sizeof u->text &&
	       memchr(s, '\0', (size_t)(u->text + sizeof u->text - s));
}

static void
route(const struct ex_uri *u, enum ex_method method)
{
	const char *param[EX_HUB_PARAMS], *bad;
	unsigned allowed;
	const struct ex_route *r = ex_route_match(method, u, param, &allowed);

	if (!r)
		return;
	assert(r->method == method && allowed < 1u << EX_METHOD_COUNT);
	for (size_t i = 0; i < EX_HUB_PARAMS; i++)
		assert(!param[i] || inside(u, param[i]));
	if (ex_route_check_query(r, u, &bad) == EX_OK)
		for (size_t i = 0; i < u->n_pairs; i++)
			assert(ex_route_query(r, u->pair[i].name));
}

static void
target(struct ex_bytes in)
{
	struct ex_uri u;

	if (ex_uri_parse(in, &u) != EX_OK)
		return;
	for (size_t i = 0; i < u.n_segments; i++) {
		assert(inside(&u, u.segment[i]) && *u.segment[i]);
		assert(strcmp(u.segment[i], "..") != 0);
	}
	for (size_t i = 0; i < u.n_pairs; i++)
		assert(
		    inside(&u, u.pair[i].name) && inside(&u, u.pair[i].value));
	for (int i = 0; i <= EX_METHOD_COUNT; i++)
		route(&u, (enum ex_method)i);
}

static void
body(struct ex_bytes in)
{
	static json_t *schemas;
	struct ex_error err;
	json_t *value;

	if (!schemas && ex_schemas_read(&schemas, &err) != EX_OK)
		abort();
	value = json_loadb(
	    (const char *)in.data, in.size, JSON_REJECT_DUPLICATES, NULL);
	for (size_t i = 0; value && i < ex_n_routes; i++) {
		const char *name = ex_routes[i].body;
		enum ex_status status = EX_OK;

		if (*name && !strchr(name, '/'))
			status = ex_schema_check(schemas, name, value, &err);
		assert(status == EX_OK || status == EX_ERR_INPUT);
	}
	json_decref(value);
}

static void
configuration(struct ex_bytes in)
{
	struct ex_hub_settings s;
	struct ex_error err;
	struct ex_listen at;

	if (ex_hub_settings_parse("/etc/hub.conf", in, &s, &err) != EX_OK)
		return;
	assert(ex_listen_parse(s.listen, &at));
	assert(at.loopback || *s.certificate);
	assert(ex_retention_check(&s.retention, &err) == EX_OK);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_bytes in = { data, size };
	uint8_t which;

	if (!ex_bytes_u8(&in, &which))
		return 0;
	if (which == 't')
		target(in);
	else if (which == 'j')
		body(in);
	else if (which == 'c')
		configuration(in);
	return 0;
}
