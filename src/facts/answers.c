/* SPDX-License-Identifier: Apache-2.0 */
/* What a hub answers a lane: JSON from outside. */
#include "exeunt/facts.h"

#include <string.h>

#include "json.h"

#define MAX_TEXT ((size_t)4 << 20)
#define MAX_MS   (INT64_C(200) * 366 * 86400000)

static enum ex_status
open_answer(const char *name, struct ex_bytes json, json_t **tree,
    struct ex_json *root, struct ex_error *err)
{
	enum ex_status status;

	*tree = NULL;
	if (json.size > MAX_TEXT)
		return ex_fail(err, EX_ERR_TOO_LARGE, name,
		    "%zu bytes; at most %zu are read", json.size, MAX_TEXT);
	status = ex_json_parse(name, json, tree, err);
	*root = ex_json_root(name, *tree, err);
	return status == EX_OK ? ex_json_object(root) : status;
}

/* A whole number that may be missing: then it stays. */
static enum ex_status
read_optional(const struct ex_json *up, const char *key, int64_t *out)
{
	struct ex_json j = ex_json_key(up, key);

	return j.value ? ex_json_integer(&j, 0, MAX_MS, out) : EX_OK;
}

static enum ex_status
read_retention(const struct ex_json *root, struct ex_policy *p)
{
	struct ex_json retention = ex_json_key(root, "retention");
	struct ex_json host = ex_json_key(&retention, "host");
	enum ex_status status;
	const char *state = "";

	if (!retention.value)
		return EX_OK;
	status = ex_json_object(&retention);
	if (status == EX_OK && host.value)
		status = ex_json_string(&host, 0, sizeof p->host - 1, &state);
	if (status == EX_OK)
		snprintf(p->host, sizeof p->host, "%s", state);
	if (status == EX_OK)
		status = read_optional(
		    &retention, "citizen_pictures_ms", &p->citizen_pictures_ms);
	if (status == EX_OK)
		status =
		    read_optional(&retention, "pictures_ms", &p->pictures_ms);
	return status;
}

static enum ex_status
read_policy(const struct ex_json *root, struct ex_policy *p)
{
	struct ex_json fmr = ex_json_key(root, "fmr");
	struct ex_json cap = ex_json_key(root, "vehicle_cap");
	struct ex_json margin = ex_json_key(root, "margin");
	struct ex_json earlier = ex_json_key(root, "earlier");
	struct ex_json citizens = ex_json_key(root, "earlier_citizens");
	enum ex_status status = ex_json_number(&fmr, 1e-9, 0.01, &p->fmr);

	if (status == EX_OK)
		status = ex_json_number(&cap, 1e-9, 0.1, &p->vehicle_cap);
	if (status == EX_OK)
		status = ex_json_number(&margin, 0.001, 0.2, &p->margin);
	if (status == EX_OK)
		status = read_optional(root, "version", &p->version);
	if (status == EX_OK)
		status = ex_json_bool(&earlier, false, &p->earlier);
	if (status == EX_OK)
		status = ex_json_bool(&citizens, false, &p->earlier_citizens);
	return status == EX_OK ? read_retention(root, p) : status;
}

enum ex_status
ex_policy_parse(const char *name, struct ex_bytes json, struct ex_policy *out,
    struct ex_error *err)
{
	struct ex_policy p = { 0 };
	struct ex_json root;
	json_t *tree;
	enum ex_status status = open_answer(name, json, &tree, &root, err);

	memset(out, 0, sizeof *out);
	if (status == EX_OK)
		status = read_policy(&root, &p);
	if (status == EX_OK)
		*out = p;
	json_decref(tree);
	return status;
}

enum ex_status
ex_answer_string(const char *name, struct ex_bytes json, const char *key,
    char *out, size_t room, struct ex_error *err)
{
	struct ex_json root, j;
	json_t *tree;
	const char *text;
	enum ex_status status = open_answer(name, json, &tree, &root, err);

	*out = '\0';
	j = ex_json_key(&root, key);
	if (status == EX_OK)
		status = ex_json_string(&j, 1, room - 1, &text);
	if (status == EX_OK)
		snprintf(out, room, "%s", text);
	json_decref(tree);
	return status;
}

static enum ex_status
read_pictures(const struct ex_json *pictures, size_t most, size_t most_bytes,
    struct ex_blob out[], size_t *n)
{
	size_t count;
	enum ex_status status = ex_json_array(pictures, 0, most, &count);

	while (status == EX_OK && *n < count) {
		struct ex_json j = ex_json_at(pictures, *n);
		const char *text;

		status = ex_json_string(&j, 4, MAX_TEXT, &text);
		if (status == EX_OK)
			status = ex_base64_bytes(
			    (struct ex_bytes){
				(const uint8_t *)text, strlen(text) },
			    most_bytes, &out[*n]);
		else
			break;
		if (status == EX_OK)
			(*n)++;
		else
			ex_json_fail(&j, status,
			    "is not base 64 of at most %zu bytes", most_bytes);
	}
	return status;
}

enum ex_status
ex_pictures_parse(const char *name, struct ex_bytes json, size_t most,
    size_t most_bytes, struct ex_blob out[], size_t *n, struct ex_error *err)
{
	struct ex_json root, pictures;
	json_t *tree;
	enum ex_status status = open_answer(name, json, &tree, &root, err);

	*n = 0;
	pictures = ex_json_key(&root, "pictures");
	if (status == EX_OK)
		status = read_pictures(&pictures, most, most_bytes, out, n);
	while (status != EX_OK && *n > 0) {
		struct ex_blob *blob = &out[--*n];

		ex_wipe(blob->data, blob->size);
		ex_blob_free(blob);
	}
	json_decref(tree);
	return status;
}
