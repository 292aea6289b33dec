/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again, and whether. Pure. */
#include "uplink.h"

int64_t
ex_backoff_next(struct ex_backoff *b, int64_t after_s)
{
	int64_t most = EX_BACKOFF_FIRST_MS, wait;

	for (unsigned i = 0; i < b->failures && most < EX_BACKOFF_MOST_MS; i++)
		most *= 2;
	if (most > EX_BACKOFF_MOST_MS)
		most = EX_BACKOFF_MOST_MS;
	if (b->failures < 1000)
		b->failures++;
	wait =
	    most / 2 + ex_rng_below(&b->rng, (uint32_t)(most - most / 2 + 1));
	if (after_s > EX_BACKOFF_AFTER_S)
		after_s = EX_BACKOFF_AFTER_S;
	return wait < after_s * 1000 ? after_s * 1000 : wait;
}

/* Only what is wrong with the crossing itself is set aside. Who we are (401),
 * where the hub is (404, 3xx) and how it does (408, 429, 5xx) can be mended. */
enum ex_answer
ex_answer_of(long http_status)
{
	switch (http_status) {
	case 200:
	case 201:
		return EX_ANSWER_DONE;
	case 400:
	case 403:
	case 409:
	case 413:
	case 415:
	case 422:
		return EX_ANSWER_REFUSED;
	default:
		return EX_ANSWER_LATER;
	}
}
