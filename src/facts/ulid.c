/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <string.h>

/* ULID specification: 10 characters of time, 16 of chance, five bits each,
 * high ones first. 50 bits hold the 48 of time, so that the first character
 * is 0..7. Text order is time order. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define MOST_MS ((INT64_C(1) << 48) - 1)

void
ex_ulid_make(int64_t time_ms, const uint8_t chance[static 10],
    char out[static EX_ULID_SIZE])
{
	unsigned bits = 0, held = 0;

	if (time_ms < 0)
		time_ms = 0;
	if (time_ms > MOST_MS)
		time_ms = MOST_MS;
	for (int i = 9; i >= 0; i--, time_ms >>= 5)
		out[i] = digits[time_ms & 31];
	for (size_t from = 0, to = 10; to < 26; held -= 5, to++) {
		if (held < 5) {
			bits = (bits & 31) << 8 | chance[from++];
			held += 8;
		}
		out[to] = digits[bits >> (held - 5) & 31];
	}
	out[26] = '\0';
}

bool
ex_ulid_time(const char *id, int64_t *ms)
{
	int64_t time = 0;

	*ms = 0;
	if (strlen(id) != EX_ULID_SIZE - 1 || *id > '7' ||
	    strspn(id, digits) != EX_ULID_SIZE - 1)
		return false;
	for (int i = 0; i < 10; i++)
		time = time << 5 | (strchr(digits, id[i]) - digits);
	*ms = time;
	return true;
}
