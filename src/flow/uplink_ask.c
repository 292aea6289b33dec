/* SPDX-License-Identifier: Apache-2.0 */
/* What a lane asks its hub: whom to seal to, the policy, earlier pictures. */
#include "uplink.h"

#include <stdlib.h>
#include <string.h>

#define ASK_MS     5000
#define EARLIER_MS 1500 /* a vehicle waits */

/* A 200 with a body; the answer is the caller's. */
static enum ex_status
ask(struct ex_uplink *u, struct ex_uplink_call *call, struct ex_error *err)
{
	enum ex_status status = ex_uplink_exchange(u, call, err);

	if (status == EX_OK && call->status != 200) {
		status = ex_fail(err, EX_ERR_ENVIRONMENT, call->path,
		    "the hub answers with HTTP %ld", call->status);
		ex_wipe(call->answer.data, call->answer.size);
		ex_blob_free(&call->answer);
	}
	return status;
}

enum ex_status
ex_uplink_recipient(
    struct ex_uplink *u, struct ex_recipient *out, struct ex_error *err)
{
	struct ex_uplink_call call = { .path = "/v1/recipient",
		.most_ms = ASK_MS };
	char hex[EX_HEX_SIZE(sizeof out->bytes)];
	enum ex_status status = ask(u, &call, err);

	if (status != EX_OK)
		return status;
	status = ex_answer_string(call.path, ex_blob_bytes(&call.answer),
	    "recipient", hex, sizeof hex, err);
	if (status == EX_OK &&
	    !ex_hex_parse(ex_string_bytes(hex), out->bytes, sizeof out->bytes))
		status = ex_fail(
		    err, EX_ERR_FORMAT, call.path, "recipient is not a key");
	ex_blob_free(&call.answer);
	return status;
}

enum ex_status
ex_uplink_policy(struct ex_uplink *u, struct ex_policy *out,
    struct ex_blob *text, struct ex_error *err)
{
	struct ex_uplink_call call = { .path = "/v1/policy",
		.most_ms = ASK_MS };
	enum ex_status status = ask(u, &call, err);

	*text = (struct ex_blob){ 0 };
	if (status != EX_OK)
		return status;
	status =
	    ex_policy_parse(call.path, ex_blob_bytes(&call.answer), out, err);
	if (status == EX_OK)
		*text = call.answer;
	else
		ex_blob_free(&call.answer);
	return status;
}

/* Letters, digits and nothing that would need to be escaped. */
static bool
is_plain(const char *s)
{
	return strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(s);
}

/* Of a lane's name in a path: what is not unreserved is escaped (RFC 3986). */
static bool
put_escaped(char *out, size_t room, const char *name)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (; *name; name++) {
		if (n + 4 > room)
			return false;
		n += (size_t)(strchr(plain, *name)
				  ? snprintf(out + n, room - n, "%c", *name)
				  : snprintf(out + n, room - n, "%%%02X",
					(unsigned char)*name));
	}
	return n > 0;
}

enum ex_status
ex_uplink_earlier(struct ex_uplink *u, const char *lane,
    const struct ex_document *d, size_t most, struct ex_blob out[], size_t *n,
    struct ex_error *err)
{
	char escaped[160], path[192], body[160];
	struct ex_uplink_call call = {
		.path = path, .type = "application/json", .most_ms = EARLIER_MS
	};
	enum ex_status status;

	*n = 0;
	if (!d->number[0] || !is_plain(d->type) || !is_plain(d->issuer) ||
	    !is_plain(d->number) || !is_plain(d->nationality))
		return EX_OK; /* nothing that a hub could know */
	if (!put_escaped(escaped, sizeof escaped, lane))
		return ex_fail(err, EX_ERR_USAGE, "lane", "name too long");
	snprintf(path, sizeof path, "/v1/lanes/%s/earlier", escaped);
	snprintf(body, sizeof body,
	    "{\"type\":\"%s\",\"issuer\":\"%s\",\"number\":\"%s\","
	    "\"nationality\":\"%s\"}",
	    d->type, d->issuer, d->number, d->nationality);
	call.body = ex_string_bytes(body);
	status = ask(u, &call, err);
	ex_wipe(body, sizeof body);
	if (status == EX_OK)
		status = ex_pictures_parse(path, ex_blob_bytes(&call.answer),
		    most, EX_PICTURE_MOST, out, n, err);
	ex_wipe(call.answer.data, call.answer.size);
	ex_blob_free(&call.answer);
	return status;
}
