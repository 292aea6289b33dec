/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a lane may talk to. */
#include "uplink.h"

#include <curl/curl.h>

#include <stdlib.h>
#include <string.h>

static enum ex_status
refuse(struct ex_error *err, const char *why)
{
	return ex_fail(err, EX_ERR_USAGE, "--hub", "%s", why);
}

/* Part of the URL, or "" where it has none. Free with curl_free. */
static char *
part_of(CURLU *u, CURLUPart part, unsigned flags)
{
	char *text = NULL;

	return curl_url_get(u, part, &text, flags) == CURLUE_OK ? text : NULL;
}

static bool
has(CURLU *u, CURLUPart part)
{
	char *text = part_of(u, part, 0);
	bool there = text != NULL;

	curl_free(text);
	return there;
}

/* 127.0.0.0/8, ::1 and the name that means them. */
static bool
is_this_machine(const char *host)
{
	return strcmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
	       (strncmp(host, "127.", 4) == 0 &&
		   strspn(host, "0123456789.") == strlen(host));
}

static enum ex_status
check_parts(CURLU *u, struct ex_uplink_url *out, struct ex_error *err)
{
	char *scheme = part_of(u, CURLUPART_SCHEME, 0);
	char *host = part_of(u, CURLUPART_HOST, 0);
	char *port = part_of(u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
	enum ex_status status = EX_OK;

	if (!scheme || !host || !port)
		status = refuse(err, "is not a URL");
	else if (has(u, CURLUPART_USER) || has(u, CURLUPART_PASSWORD) ||
		 has(u, CURLUPART_QUERY) || has(u, CURLUPART_FRAGMENT))
		status = refuse(
		    err, "must be https://HOST[:PORT] without user or query");
	else if (strcmp(scheme, "https") == 0)
		out->tls = true;
	else if (strcmp(scheme, "http") != 0 || !is_this_machine(host))
		status = refuse(
		    err, "must be https:// (plain http only to this machine)");
	/* What the resolver makes of the name does not matter. */
	if (status == EX_OK && strcmp(host, "localhost") == 0)
		snprintf(out->pin, sizeof out->pin,
		    "localhost:%s:127.0.0.1,[::1]", port);
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	return status;
}

enum ex_status
ex_uplink_url_parse(
    const char *url, struct ex_uplink_url *out, struct ex_error *err)
{
	CURLU *u = curl_url();
	enum ex_status status;
	size_t n = strlen(url);

	memset(out, 0, sizeof *out);
	if (!u)
		return ex_fail(err, EX_ERR_NOMEM, "--hub", NULL);
	while (n > 0 && url[n - 1] == '/')
		n--;
	if (n >= sizeof out->base)
		status = refuse(err, "is too long");
	else if (curl_url_set(u, CURLUPART_URL, url, 0) != CURLUE_OK)
		status = refuse(err, "is not a URL");
	else
		status = check_parts(u, out, err);
	if (status == EX_OK)
		snprintf(out->base, sizeof out->base, "%.*s", (int)n, url);
	curl_url_cleanup(u);
	return status;
}
