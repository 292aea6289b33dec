/* SPDX-License-Identifier: Apache-2.0 */
/* Crossings to put into a spool, in a scratch folder, at a time that the test
 * sets. */
#ifndef EXEUNT_TESTS_FLOW_SPOOL_H
#define EXEUNT_TESTS_FLOW_SPOOL_H

#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../src/flow/spool.h"

/* Not before now: a fresh folder knows what time it is. */
#define START_MS start_ms
#define HOUR_MS  INT64_C(3600000)
#define PICTURE  2000 /* bytes */

static char scratch[64];
static int64_t clock_ms, start_ms;
static struct ex_recipient_key hub_key;
static size_t problems;
static char last_problem[700];

static int64_t
test_now_ms(void)
{
	return clock_ms;
}

static void
on_problem(void *arg, const struct ex_error *err)
{
	(void)arg;
	problems++;
	snprintf(
	    last_problem, sizeof last_problem, "%s: %s", err->what, err->why);
}

static inline int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static inline int
scratch_make(void **state)
{
	(void)state;
	snprintf(scratch, sizeof scratch, "/tmp/exeunt-spool-XXXXXX");
	start_ms = clock_ms = ex_clock_wall_ms() + 60000;
	problems = 0;
	last_problem[0] = '\0';
	if (ex_recipient_key_make(&hub_key) != EX_OK)
		return -1;
	return mkdtemp(scratch) ? 0 : -1;
}

static inline int
scratch_remove(void **state)
{
	(void)state;
	return nftw(scratch, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* One confirmed citizen and one stranger for the officer, a picture each. */
static inline void
make_crossing(int64_t opened_ms, uint8_t number, struct ex_crossing *c)
{
	const uint8_t chance[10] = { number };

	*c = (struct ex_crossing){ .lane = "demo-1",
		.vehicle = "v0001",
		.opened_ms = opened_ms,
		.closed_ms = opened_ms + 3000,
		.n_occupants = 2,
		.n_documents = 1 };
	ex_ulid_make(opened_ms, chance, c->id);
	c->occupants[0] = (struct ex_occupant){ .n = 1,
		.verdict = EX_VERDICT_CONFIRMED,
		.document = 0,
		.similarity = 0.97,
		.fmr = 1e-5 };
	c->occupants[1] = (struct ex_occupant){ .n = 2,
		.verdict = EX_VERDICT_OFFICER,
		.cause = EX_CAUSE_GLARE,
		.document = -1,
		.fmr = 1 };
	c->documents[0] = (struct ex_document){ .name = "d1",
		.verdict = EX_DOCUMENT_CONFIRMED,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P",
		.issuer = "UTO",
		.nationality = "UTO",
		.number = "L898902C3" };
}

static inline struct ex_blob
make_envelope(int64_t opened_ms, uint8_t number)
{
	static uint8_t jpeg[PICTURE] = { 0xff, 0xd8, 0xff, 0xe0 };
	const struct ex_picture pictures[] = {
		{ "o1", { jpeg, sizeof jpeg } },
		{ "o2", { jpeg, sizeof jpeg } },
	};
	struct ex_crossing c;
	struct ex_blob out;
	struct ex_error err;

	make_crossing(opened_ms, number, &c);
	if (ex_envelope_seal(&hub_key.recipient, &c, pictures, 2, "UTO", &out,
		&err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return out;
}

static inline struct ex_spool *
open_spool_of(uint64_t most_bytes)
{
	const struct ex_spool_options o = { .dir = scratch,
		.most_bytes = most_bytes,
		.now_ms = test_now_ms,
		.problem = on_problem };
	struct ex_spool *s;
	struct ex_error err;

	if (ex_spool_open(&o, &s, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return s;
}

static inline struct ex_spool *
open_spool(void)
{
	return open_spool_of(0);
}

static inline enum ex_status
put(struct ex_spool *s, int64_t opened_ms, uint8_t number)
{
	struct ex_blob envelope = make_envelope(opened_ms, number);
	struct ex_error err;
	enum ex_status status = ex_spool_put(s, &envelope, &err);

	ex_blob_free(&envelope);
	return status;
}

#endif
