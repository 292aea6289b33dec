/* SPDX-License-Identifier: Apache-2.0 */
/* A head that was read prints, and what it prints reads the same. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/ledger.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_bytes json = { data, size };
	struct ex_head h, back;
	char *text;

	if (ex_head_parse(json, &h, NULL) != EX_OK)
		return 0;
	text = ex_head_json(&h);
	if (!text || ex_head_parse(ex_string_bytes(text), &back, NULL) != EX_OK)
		abort();
	if (strcmp(h.node, back.node) != 0 || h.seq != back.seq ||
	    h.at_ms != back.at_ms ||
	    memcmp(h.hash, back.hash, sizeof h.hash) != 0 ||
	    memcmp(h.verifier, back.verifier, sizeof h.verifier) != 0 ||
	    memcmp(h.signature, back.signature, sizeof h.signature) != 0)
		abort();
	free(text);
	return 0;
}
