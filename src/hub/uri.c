/* SPDX-License-Identifier: Apache-2.0 */
#include "uri.h"

#include <string.h>

static int
hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986, 2.1; in a query also '+' for a blank, as forms send it. */
static bool
take_character(struct ex_bytes *in, bool query, uint8_t *c, bool *encoded)
{
	uint8_t high, low;

	if (!ex_bytes_u8(in, c))
		return false;
	*encoded = *c == '%';
	if (query && *c == '+')
		*c = ' ';
	if (!*encoded)
		return true;
	if (!ex_bytes_u8(in, &high) || !ex_bytes_u8(in, &low))
		return false;
	if (hex_digit(high) < 0 || hex_digit(low) < 0)
		return false;
	*c = (uint8_t)(hex_digit(high) << 4 | hex_digit(low));
	return true;
}

static bool
is_text(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p;) {
		size_t n = ex_utf8_length(p);

		if (n == 0 || *p < 0x20 || *p == 0x7f)
			return false;
		p += n;
	}
	return true;
}

/* Where decoded pieces go, one behind the other, each with its NUL. The decoded
 * form is never longer than the target, and a NUL takes a delimiter's place. */
struct writer {
	struct ex_uri *uri;
	size_t used;
};

static const char *
put_piece(struct writer *w, struct ex_bytes piece, bool query)
{
	char *start = w->uri->text + w->used;
	bool encoded;
	uint8_t c;

	if (w->used + piece.size + 1 > sizeof w->uri->text)
		return NULL;
	while (piece.size > 0) {
		if (!take_character(&piece, query, &c, &encoded))
			return NULL;
		if (c == '\0' || (encoded && !query && c == '/'))
			return NULL;
		w->uri->text[w->used++] = (char)c;
	}
	w->uri->text[w->used++] = '\0';
	return is_text(start) ? start : NULL;
}

/* The bytes before the first `mark`, which is taken too; all if there is
 * none. */
static struct ex_bytes
take_until(struct ex_bytes *in, uint8_t mark)
{
	const uint8_t *end = in->data ? memchr(in->data, mark, in->size) : NULL;
	size_t n = end ? (size_t)(end - in->data) : in->size;
	struct ex_bytes piece = { 0 }, skipped;

	ex_bytes_take(in, n, &piece);
	if (end)
		ex_bytes_take(in, 1, &skipped);
	return piece;
}

static enum ex_status
take_path(struct writer *w, struct ex_bytes path)
{
	struct ex_uri *u = w->uri;

	while (path.size > 0) {
		bool last = memchr(path.data, '/', path.size) == NULL;
		struct ex_bytes piece = take_until(&path, '/');
		const char *s = put_piece(w, piece, false);

		if (!s || !*s || u->n_segments == EX_URI_SEGMENTS)
			return EX_ERR_FORMAT;
		if (strcmp(s, ".") == 0 || strcmp(s, "..") == 0)
			return EX_ERR_FORMAT;
		u->segment[u->n_segments++] = s;
		u->folder = !last;
	}
	return EX_OK;
}

static enum ex_status
take_query(struct writer *w, struct ex_bytes query)
{
	struct ex_uri *u = w->uri;

	while (query.size > 0) {
		struct ex_bytes value = take_until(&query, '&');
		struct ex_bytes name = take_until(&value, '=');
		struct ex_uri_pair *p = &u->pair[u->n_pairs];

		if (u->n_pairs == EX_HUB_QUERY)
			return EX_ERR_FORMAT;
		p->name = put_piece(w, name, true);
		p->value = put_piece(w, value, true);
		if (!p->name || !*p->name || !p->value)
			return EX_ERR_FORMAT;
		u->n_pairs++;
	}
	return EX_OK;
}

enum ex_status
ex_uri_parse(struct ex_bytes target, struct ex_uri *out)
{
	struct writer w = { .uri = out };
	struct ex_bytes path;
	enum ex_status status;
	uint8_t slash;

	*out = (struct ex_uri){ 0 };
	/* Room for the NUL of a value that is not there, too. */
	if (target.size > EX_URI_MOST - EX_HUB_QUERY)
		return EX_ERR_TOO_LARGE;
	if (target.data && memchr(target.data, '#', target.size))
		return EX_ERR_FORMAT;
	path = take_until(&target, '?');
	if (!ex_bytes_u8(&path, &slash) || slash != '/')
		return EX_ERR_FORMAT;
	status = take_path(&w, path);
	return status ? status : take_query(&w, target);
}
