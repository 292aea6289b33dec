/* SPDX-License-Identifier: Apache-2.0 */
/* The form of what is hashed and signed in the audit chain: docs/audit.md. */
#include "audit.h"

#include <assert.h>
#include <string.h>

/* ---- packed parts ------------------------------------------------------ */

static void
put_u64(uint8_t out[static 8], uint64_t v)
{
	for (int i = 0; i < 8; i++)
		out[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
ex_parts_add(struct ex_parts *p, const void *data, size_t n)
{
	assert(n <= sizeof p->bytes - 8 && p->size <= sizeof p->bytes - 8 - n);
	put_u64(p->bytes + p->size, n);
	memcpy(p->bytes + p->size + 8, data, n);
	p->size += 8 + n;
}

void
ex_parts_text(struct ex_parts *p, const char *s)
{
	ex_parts_add(p, s, strlen(s));
}

void
ex_parts_number(struct ex_parts *p, uint64_t v)
{
	uint8_t bytes[8];

	put_u64(bytes, v);
	ex_parts_add(p, bytes, sizeof bytes);
}

struct ex_bytes
ex_parts_bytes(const struct ex_parts *p)
{
	return (struct ex_bytes){ p->bytes, p->size };
}

/* ---- links ------------------------------------------------------------- */

/* Words rather than numbers: a new line in a list changes no hash. */
enum ex_status
ex_link_hash(const struct ex_link *l, uint8_t out[static EX_SHA256_SIZE])
{
	struct ex_parts p = { .size = 0 };

	ex_parts_text(&p, "exeunt audit link 1");
	ex_parts_text(&p, l->node);
	ex_parts_number(&p, l->seq);
	ex_parts_number(&p, (uint64_t)l->at_ms);
	ex_parts_text(&p, l->actor);
	ex_parts_text(&p, ex_action_word(l->action));
	ex_parts_text(&p, ex_purpose_word(l->purpose));
	ex_parts_text(&p, l->subject);
	ex_parts_text(&p, l->detail);
	ex_parts_add(&p, l->before, sizeof l->before);
	return ex_sha256(ex_parts_bytes(&p), out);
}

/* ---- statements -------------------------------------------------------- */

static const char *const labels[] = {
	[EX_STATEMENT_HEAD] = "exeunt audit head 1",
	[EX_STATEMENT_CHECKPOINT] = "exeunt audit checkpoint 1",
};

struct ex_parts
ex_statement_parts(enum ex_statement kind, const struct ex_head *h)
{
	struct ex_parts p = { .size = 0 };

	ex_parts_text(&p, labels[kind]);
	ex_parts_text(&p, h->node);
	ex_parts_number(&p, h->seq);
	ex_parts_number(&p, (uint64_t)h->at_ms);
	ex_parts_add(&p, h->hash, sizeof h->hash);
	return p;
}

enum ex_status
ex_statement_verify(enum ex_statement kind, const struct ex_head *h)
{
	struct ex_parts p = ex_statement_parts(kind, h);

	return ex_signature_verify(
	    h->verifier, ex_parts_bytes(&p), h->signature);
}

/* Rising with the seq. */
void
ex_head_key(const char *node, uint64_t seq, char out[static EX_HEAD_KEY_SIZE])
{
	snprintf(out, EX_HEAD_KEY_SIZE, "%s:%020ju", node, (uintmax_t)seq);
}
