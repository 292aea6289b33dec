/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a hub's answers is in range. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/facts.h"

#define MOST  4
#define BYTES 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_policy(struct ex_bytes in)
{
	struct ex_error err;
	struct ex_policy p;

	if (ex_policy_parse("policy", in, &p, &err) != EX_OK)
		return;
	if (!(p.fmr > 0 && p.fmr <= 0.01 && p.margin > 0) ||
	    p.pictures_ms < 0 || p.citizen_pictures_ms < 0 ||
	    strlen(p.host) > 3)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_bytes in = { data, size };
	struct ex_blob pictures[MOST];
	struct ex_error err;
	char text[65];
	size_t n;

	check_policy(in);
	if (ex_pictures_parse(
		"pictures", in, MOST, BYTES, pictures, &n, &err) != EX_OK &&
	    n != 0)
		abort();
	while (n > 0) {
		if (pictures[--n].size > BYTES)
			abort();
		ex_blob_free(&pictures[n]);
	}
	if (ex_answer_string("recipient", in, "recipient", text, sizeof text,
		&err) == EX_OK &&
	    !*text)
		abort();
	return 0;
}
