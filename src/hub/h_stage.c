/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that somebody hands in for the vehicle at a lane. They wait in
 * memory (desk.h) until the lane takes them. What is read here is their shape
 * alone: the lane reads them as it reads any document. */
#include "records.h"
#include "desk.h"

#include <string.h>

static const char refused[] = "The documents are not as they should be";

static void
no(struct ex_reply *r, size_t i, const char *why)
{
	ex_reply_problem(r, 400, refused, "documents[%zu] %s", i, why);
}

/* Characters of a machine readable zone (Doc 9303-3, 4.3), lines of at most 64;
 * the schema bounds their number. */
static bool
is_mrz(const json_t *lines)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789<";
	size_t n = json_array_size(lines), i = 0;

	for (; i < n; i++) {
		const char *s = json_string_value(json_array_get(lines, i));

		if (!s || !*s || strlen(s) > 64 || s[strspn(s, allowed)])
			return false;
	}
	return n >= 1 && n <= 3;
}

/* RFC 4648, 4; decoded by the lane. */
static bool
is_base64(const json_t *value)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *s = json_string_value(value);
	size_t n = s ? strlen(s) : 0, core = s ? strspn(s, allowed) : 0;

	if (n == 0 || n % 4 != 0 || n - core > 2)
		return false;
	return strspn(s + core, "=") == n - core;
}

/* Files of an LDS: COM, SOD, DG1 .. DG16 (Doc 9303-10, 4). */
static bool
is_lds(const json_t *files)
{
	const char *key;
	json_t *value;

	/* jansson's iterator takes no const, and changes nothing. */
	json_object_foreach((json_t *)files, key, value)
	{
		bool known = strcmp(key, "COM") == 0 || strcmp(key, "SOD") == 0;

		if (!known && (strncmp(key, "DG", 2) != 0 ||
				  !ex_numbered(key + 1, 'G', 16)))
			return false;
		if (!is_base64(value))
			return false;
	}
	return json_object_size(files) > 0;
}

static bool
is_document(const json_t *d, size_t i, struct ex_reply *r)
{
	const json_t *mrz = json_object_get(d, "mrz");
	const json_t *portrait = json_object_get(d, "portrait");
	const json_t *lds = json_object_get(d, "lds");

	if (lds ? mrz || portrait : !mrz || !portrait)
		no(r, i, "must hold mrz and portrait, or lds");
	else if (lds && !is_lds(lds))
		no(r, i, "lds must hold COM, SOD, DG1 .. DG16 in base64");
	else if (mrz && !is_mrz(mrz))
		no(r, i, "mrz must be 1 to 3 lines of A-Z 0-9 <");
	else if (portrait && !is_base64(portrait))
		no(r, i, "portrait must be base64");
	else
		return true;
	return false;
}

static bool
are_documents(const json_t *list, struct ex_reply *r)
{
	size_t n = json_array_size(list);

	if (n < 1 || n > EX_MAX_DOCUMENTS) {
		ex_reply_problem(r, 400, refused,
		    "documents must be a list of 1 to %d", EX_MAX_DOCUMENTS);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		if (!is_document(json_array_get(list, i), i, r))
			return false;
	return true;
}

/* (H1) A lane's token acts for its lane alone. */
static bool
is_own(const struct ex_request *q, struct ex_reply *r)
{
	if (q->who.role != EX_ROLE_LANE ||
	    strcmp(q->param[0], q->who.name) == 0)
		return true;
	ex_reply_problem(
	    r, 403, "Not allowed", "a lane's token acts for that lane alone");
	return false;
}

static void
tell(struct ex_hub *h, const char *lane)
{
	json_t *event = json_pack("{ss}", "lane", lane);

	if (event)
		ex_hub_tell(h,
		    EX_ROLE_LANE | EX_ROLE_OFFICER | EX_ROLE_SUPERVISOR, lane,
		    "vehicle", event);
	json_decref(event);
}

void
ex_h_vehicle_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const json_t *list = json_object_get(q->json, "documents");
	const char *vehicle =
	    json_string_value(json_object_get(q->json, "vehicle"));
	enum ex_status status;

	if (!is_own(q, r) || !are_documents(list, r) ||
	    !ex_hub_audit(h, q, r, EX_ACTION_STAGE, q->param[0],
		"%zu documents", json_array_size(list)))
		return;
	status = ex_stage_put(ex_hub_desk(h), q->param[0],
	    vehicle ? vehicle : "", q->body, ex_hub_now_ms(h));
	if (status == EX_ERR_TOO_LARGE) {
		r->retry_s = 60;
		ex_reply_problem(r, 503, "Too much is waiting",
		    "the lanes have not taken what was staged before");
	} else if (status != EX_OK) {
		ex_reply_nomem(r);
	} else {
		ex_reply_json(r, json_pack("{ss}", "lane", q->param[0]));
		tell(h, q->param[0]);
	}
}

void
ex_h_vehicle_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_blob taken;

	if (!is_own(q, r))
		return;
	ex_desk_heard(ex_hub_desk(h), q->who.name, ex_hub_now_ms(h));
	ex_stage_take(ex_hub_desk(h), q->param[0],
	    ex_request_query(q, "vehicle"), ex_hub_now_ms(h), &taken);
	if (!taken.data) {
		r->status = 204;
	} else if (ex_hub_audit(
		       h, q, r, EX_ACTION_STAGE, q->param[0], "taken")) {
		r->type = "application/json";
		r->body = taken;
	} else { /* not without a link */
		ex_wipe(taken.data, taken.size);
		ex_blob_free(&taken);
	}
}
