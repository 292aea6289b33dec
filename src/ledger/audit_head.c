/* SPDX-License-Identifier: Apache-2.0 */
/* Signed statements of how far a chain reaches, as one line of JSON. */
#include "audit.h"

#include <string.h>

#define NODE_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789-"

/* First in JSON; its number is the version of the form. */
static const char *const keys[] = {
	[EX_STATEMENT_HEAD] = "head",
	[EX_STATEMENT_CHECKPOINT] = "checkpoint",
};

/* ---- JSON -------------------------------------------------------------- */

#define JSON_SIZE 640

char *
ex_statement_json(enum ex_statement kind, const struct ex_head *h)
{
	char time[EX_RFC3339_SIZE], text[JSON_SIZE];
	char hash[EX_HEX_SIZE(sizeof h->hash)];
	char verifier[EX_HEX_SIZE(sizeof h->verifier)];
	char signature[EX_HEX_SIZE(sizeof h->signature)];

	ex_rfc3339_format(h->at_ms, time);
	ex_hex_format(h->hash, sizeof h->hash, hash);
	ex_hex_format(h->verifier, sizeof h->verifier, verifier);
	ex_hex_format(h->signature, sizeof h->signature, signature);
	snprintf(text, sizeof text,
	    "{\"%s\":1,\"node\":\"%s\",\"seq\":%ju,\"time\":\"%s\","
	    "\"hash\":\"%s\",\"verifier\":\"%s\",\"signature\":\"%s\"}",
	    keys[kind], h->node, (uintmax_t)h->seq, time, hash, verifier,
	    signature);
	return ex_strdup(text);
}

char *
ex_head_json(const struct ex_head *h)
{
	return ex_statement_json(EX_STATEMENT_HEAD, h);
}

static bool
is_blank(uint8_t c) /* RFC 8259, 2 */
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void
skip_blanks(struct ex_bytes *in)
{
	struct ex_bytes c;

	while (in->size > 0 && is_blank(*in->data))
		ex_bytes_take(in, 1, &c);
}

static bool
take_mark(struct ex_bytes *in, char mark)
{
	struct ex_bytes c;

	skip_blanks(in);
	return in->size > 0 && *in->data == (uint8_t)mark &&
	       ex_bytes_take(in, 1, &c);
}

/* A string without escapes: none of ours needs one. */
static bool
take_string(struct ex_bytes *in, char *out, size_t size)
{
	const uint8_t *end;
	struct ex_bytes text;

	if (!take_mark(in, '"') || in->size == 0)
		return false;
	end = memchr(in->data, '"', in->size);
	if (!end || (size_t)(end - in->data) >= size)
		return false;
	if (!ex_bytes_take(in, (size_t)(end - in->data), &text))
		return false;
	memcpy(out, text.data, text.size);
	out[text.size] = '\0';
	return strlen(out) == text.size && !strchr(out, '\\') &&
	       take_mark(in, '"');
}

/* 1..INT64_MAX, without leading zeros. */
static bool
take_number(struct ex_bytes *in, uint64_t *out)
{
	struct ex_bytes c;

	skip_blanks(in);
	*out = 0;
	if (in->size > 0 && *in->data == '0')
		return false;
	while (in->size > 0 && *in->data >= '0' && *in->data <= '9') {
		uint64_t digit = (uint64_t)(*in->data - '0');

		if (*out > (INT64_MAX - digit) / 10)
			return false;
		*out = *out * 10 + digit;
		ex_bytes_take(in, 1, &c);
	}
	return *out > 0;
}

static bool
take_hex(struct ex_bytes *in, uint8_t *out, size_t n)
{
	char text[EX_HEX_SIZE(EX_SIGNATURE_SIZE)];
	char again[EX_HEX_SIZE(EX_SIGNATURE_SIZE)];

	if (!take_string(in, text, sizeof text) ||
	    !ex_hex_parse(ex_string_bytes(text), out, n))
		return false;
	/* One value, one form. */
	ex_hex_format(out, n, again);
	return strcmp(text, again) == 0;
}

static bool
take_node(struct ex_bytes *in, char *out, size_t size)
{
	return take_string(in, out, size) && *out != '\0' &&
	       strspn(out, NODE_LETTERS) == strlen(out);
}

static bool
take_time(struct ex_bytes *in, int64_t *out)
{
	char text[EX_RFC3339_SIZE], again[EX_RFC3339_SIZE];

	if (!take_string(in, text, sizeof text) || !ex_rfc3339_parse(text, out))
		return false;
	/* Likewise. */
	ex_rfc3339_format(*out, again);
	return strcmp(text, again) == 0;
}

/* `, "key":`; a brace in place of the first comma. */
static bool
take_key(struct ex_bytes *in, char before, const char *key)
{
	char text[16];

	return take_mark(in, before) && take_string(in, text, sizeof text) &&
	       strcmp(text, key) == 0 && take_mark(in, ':');
}

/* The first member that is not as ex_statement_json writes it, or NULL. */
static const char *
take_statement(enum ex_statement kind, struct ex_bytes *in, struct ex_head *out)
{
	uint64_t version;

	if (!take_key(in, '{', keys[kind]) || !take_number(in, &version) ||
	    version != 1)
		return keys[kind];
	if (!take_key(in, ',', "node") ||
	    !take_node(in, out->node, sizeof out->node))
		return "node";
	if (!take_key(in, ',', "seq") || !take_number(in, &out->seq))
		return "seq";
	if (!take_key(in, ',', "time") || !take_time(in, &out->at_ms))
		return "time";
	if (!take_key(in, ',', "hash") ||
	    !take_hex(in, out->hash, sizeof out->hash))
		return "hash";
	if (!take_key(in, ',', "verifier") ||
	    !take_hex(in, out->verifier, sizeof out->verifier))
		return "verifier";
	if (!take_key(in, ',', "signature") ||
	    !take_hex(in, out->signature, sizeof out->signature) ||
	    !take_mark(in, '}'))
		return "signature";
	skip_blanks(in);
	return in->size > 0 ? "end" : NULL;
}

enum ex_status
ex_statement_parse(enum ex_statement kind, struct ex_bytes json,
    struct ex_head *out, struct ex_error *err)
{
	const char *bad;

	memset(out, 0, sizeof *out);
	bad = take_statement(kind, &json, out);
	if (!bad)
		return EX_OK;
	memset(out, 0, sizeof *out);
	return ex_fail(err, EX_ERR_FORMAT, keys[kind],
	    "%s: is missing, or not as it is written", bad);
}

enum ex_status
ex_head_parse(struct ex_bytes json, struct ex_head *out, struct ex_error *err)
{
	return ex_statement_parse(EX_STATEMENT_HEAD, json, out, err);
}
