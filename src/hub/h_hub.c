/* SPDX-License-Identifier: Apache-2.0 */
/* How the hub is, what it can do, and what happens in it. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static const char *
word(bool well)
{
	return well ? "ok" : "degraded";
}

void
ex_h_health_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	bool ledger = h->well.ledger, vault = h->well.vault;
	bool clock = h->well.clock;
	char now[EX_RFC3339_SIZE];

	(void)q;
	ex_rfc3339_format(ex_hub_now_ms(h), now);
	r->json = json_pack("{s:s, s:s, s:s, s:{s:s, s:s, s:s}}", "status",
	    word(ledger && vault && clock), "version", EX_VERSION, "time", now,
	    "checks", "ledger", word(ledger), "vault", word(vault), "clock",
	    word(clock));
	if (!r->json)
		ex_reply_nomem(r);
}

void
ex_h_openapi_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	size_t n = strlen(h->openapi);

	(void)q;
	r->body.data = ex_calloc(n, 1);
	if (!r->body.data) {
		ex_reply_nomem(r);
		return;
	}
	r->body.size = n;
	memcpy(r->body.data, h->openapi, n);
}

void
ex_h_events_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const char *last = ex_request_header(q, "Last-Event-ID");
	uint64_t from = 0;

	if (last && strlen(last) < 17 &&
	    last[strspn(last, "0123456789")] == '\0')
		from = strtoull(last, NULL, 10);
	if (ex_stream_new(h, &q->who, from, &r->stream) != EX_OK)
		ex_reply_nomem(r);
}
