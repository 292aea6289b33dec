/* SPDX-License-Identifier: Apache-2.0 */
/* Rows to put into a store and to know again. */
#ifndef EXEUNT_TESTS_LEDGER_STORE_ROWS_H
#define EXEUNT_TESTS_LEDGER_STORE_ROWS_H

#include "backends.h"

#define OPS(l) (l)->ops
#define AT(l)  (l)->store

static const char *const odd[] = {
	"'; DROP TABLE crossing; --",
	"\"quoted\" \\back\\slash\\ %s %n $1 ?1 :x",
	"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\x97 \xd8\xa7\xd9\x84",
	"tab\tline\nreturn\r\x01\x7f",
	"E'\\x41' || chr(0)",
	" ",
};
#define ODD (sizeof odd / sizeof *odd)

static inline struct ex_bytes
bytes(const void *data, size_t size)
{
	return (struct ex_bytes){ data, size };
}

static inline struct ex_link
link_of(const char *node, unsigned seq)
{
	static const char *const subjects[] = { "A", "A/o1", "A/o2", "A0", "A-",
		"AB", "", "B/A" };
	struct ex_link l = {
		.seq = seq,
		.at_ms = SAMPLE_START + seq / 2,
		.action = (enum ex_action)(seq % EX_ACTION_COUNT),
		.purpose = (enum ex_purpose)(seq % EX_PURPOSE_COUNT),
	};

	snprintf(l.node, sizeof l.node, "%s", node);
	snprintf(l.actor, sizeof l.actor, "officer:%u", seq % 5);
	snprintf(l.subject, sizeof l.subject, "%s", subjects[seq % 8]);
	snprintf(l.detail, sizeof l.detail, "%s", odd[seq % ODD]);
	memset(l.before, (int)(seq - 1) & 0xff, sizeof l.before);
	memset(l.hash, (int)seq & 0xff, sizeof l.hash);
	return l;
}

static inline void
assert_thing(struct ex_ledger *l, const char *kind, const char *key,
    struct ex_bytes expected)
{
	struct ex_blob got;
	bool found;

	DO(OPS(l)->thing_get(AT(l), kind, key, &got, &found, err));
	assert_int_equal(found, expected.data != NULL);
	if (found) {
		assert_int_equal(got.size, expected.size);
		assert_memory_equal(got.data, expected.data, got.size);
	}
	ex_blob_free(&got);
}

#endif
