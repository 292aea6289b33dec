/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the ledger share: crossings by number, a folder, and a
 * look into the database behind the ledger's back. */
#ifndef EXEUNT_TESTS_LEDGER_SAMPLE_H
#define EXEUNT_TESTS_LEDGER_SAMPLE_H

#include "test.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "exeunt/ledger.h"

#define SAMPLE_START  INT64_C(1767600000000) /* 2026-01-05T08:00:00Z */
#define SAMPLE_NUMBER "QXNUMBER"             /* and four digits */
#define SAMPLE_ISSUER "QZX"

static char sample_folder[64];

static inline int
sample_folder_make(void **state)
{
	(void)state;
	snprintf(
	    sample_folder, sizeof sample_folder, "/tmp/exeunt-ledger-XXXXXX");
	return mkdtemp(sample_folder) ? 0 : -1;
}

static inline int
sample_unlink(const char *path, const struct stat *st, int kind, struct FTW *f)
{
	(void)st;
	(void)kind;
	(void)f;
	return remove(path);
}

static inline int
sample_folder_remove(void **state)
{
	(void)state;
	return nftw(sample_folder, sample_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* "FOLDER/name"; good for 63 further calls. */
static inline const char *
sample_path(const char *name)
{
	static char paths[64][160];
	static unsigned next;
	char *path = paths[next++ % 64];

	snprintf(path, sizeof paths[0], "%s/%s", sample_folder, name);
	return path;
}

/* The k-th crossing: two confirmed, one for the officer; three documents, one
 * of them unread. Ids rise with k. */
static inline void
sample_crossing(struct ex_crossing *c, unsigned k)
{
	const uint8_t chance[10] = { (uint8_t)(k >> 8), (uint8_t)k };
	static const struct ex_document read = {
		.verdict = EX_DOCUMENT_CONFIRMED,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P",
		.issuer = SAMPLE_ISSUER,
		.nationality = "UTO",
	};

	memset(c, 0, sizeof *c);
	ex_ulid_make(SAMPLE_START + k, chance, c->id);
	snprintf(c->lane, sizeof c->lane, "lane-%u", k % 3);
	snprintf(c->vehicle, sizeof c->vehicle, "v%04u", k);
	c->opened_ms = SAMPLE_START + k;
	c->closed_ms = SAMPLE_START + k + 3000;
	c->frames_lost = k % 2;
	c->unlisted = k % 3;
	c->n_documents = 3;
	for (unsigned i = 0; i < 2; i++) {
		struct ex_document *d = &c->documents[i];

		*d = read;
		snprintf(d->name, sizeof d->name, "documents/QP%u.json", i);
		snprintf(d->number, sizeof d->number, SAMPLE_NUMBER "%04u",
		    (2 * k + i) % 10000);
	}
	c->documents[2] = (struct ex_document){
		.name = "documents/QP2.json",
		.verdict = EX_DOCUMENT_UNUSABLE,
		.mrz_check = EX_CHECK_FAILED,
	};
	c->n_occupants = 3;
	for (unsigned i = 0; i < 3; i++)
		c->occupants[i] = (struct ex_occupant){
			.n = i + 1,
			.seat = (enum ex_seat)(EX_SEAT_FRONT_LEFT + i),
			.verdict = EX_VERDICT_CONFIRMED,
			.document = (int)(1 - i),
			.similarity = 0.9 + 0.1 / (k + 3.0 + i),
			.fmr = 2.1e-5,
			.fmr_at_most = i == 1,
			.quality = (int)(k % 101),
			.frames_seen = 31,
			.frames_used = 4,
			.best_frame = "QPframes/0001.jpg",
			.best_box = { 1, 2, 3, 4 },
		};
	c->occupants[2].verdict = EX_VERDICT_OFFICER;
	c->occupants[2].cause = EX_CAUSE_GLARE;
	c->occupants[2].fmr_at_most = false;
	if (k % 2) /* else compared with none */
		c->occupants[2].nearest = 3;
}

/* Is `c` the k-th sample, as a ledger gives it back? */
static inline bool
sample_is(const struct ex_crossing *c, unsigned k)
{
	struct ex_crossing full;
	bool same;

	sample_crossing(&full, k);
	same = strcmp(c->id, full.id) == 0 && strcmp(c->lane, full.lane) == 0 &&
	       strcmp(c->vehicle, full.vehicle) == 0 &&
	       c->opened_ms == full.opened_ms &&
	       c->closed_ms == full.closed_ms &&
	       c->frames_lost == full.frames_lost &&
	       c->unlisted == full.unlisted &&
	       c->n_occupants == full.n_occupants &&
	       c->n_documents == full.n_documents;
	for (unsigned i = 0; same && i < 3; i++) {
		const struct ex_occupant *a = &c->occupants[i];
		const struct ex_occupant *b = &full.occupants[i];
		bool match = b->verdict == EX_VERDICT_CONFIRMED;
		bool near = b->nearest != 0;

		same = a->n == b->n && a->seat == b->seat &&
		       a->verdict == b->verdict && a->cause == b->cause &&
		       a->document == (match ? b->document : -1) &&
		       a->nearest == (match ? 0 : b->nearest) &&
		       a->similarity == (match || near ? b->similarity : 0) &&
		       a->fmr == (match || near ? b->fmr : 1) &&
		       a->fmr_at_most == b->fmr_at_most &&
		       a->quality == b->quality && a->frames_seen == 31 &&
		       a->frames_used == 4 && a->best_frame[0] == '\0';
	}
	for (unsigned i = 0; same && i < 3; i++) {
		const struct ex_document *a = &c->documents[i];
		const struct ex_document *b = &full.documents[i];
		const char name[] = { 'd', (char)('1' + i), '\0' };

		same = strcmp(a->name, name) == 0 && a->verdict == b->verdict &&
		       a->mrz_check == b->mrz_check &&
		       a->portrait_check == b->portrait_check &&
		       strcmp(a->type, b->type) == 0 &&
		       strcmp(a->nationality, b->nationality) == 0 &&
		       a->issuer[0] == '\0' && a->number[0] == '\0';
	}
	return same;
}

static inline struct ex_ledger *
sample_open(const char *path, enum ex_ledger_mode mode)
{
	struct ex_ledger *l;
	struct ex_error err = { 0 };

	if (ex_ledger_open(path, NULL, mode, &l, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return l;
}

static inline enum ex_status
sample_put(struct ex_ledger *l, unsigned k, struct ex_error *err)
{
	struct ex_crossing *c = malloc(sizeof *c);
	enum ex_status status;

	assert_non_null(c);
	sample_crossing(c, k);
	status = ex_ledger_put(l, c, err);
	free(c);
	return status;
}

/* Run SQL behind the ledger's back; the first column of the first row as text
 * into `out` where given. */
static inline void
sample_sql(const char *path, const char *text, char *out, size_t size)
{
	sqlite3 *db;
	sqlite3_stmt *st;
	const char *rest = text;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (out)
		*out = '\0';
	while (*rest) {
		assert_int_equal(
		    sqlite3_prepare_v2(db, rest, -1, &st, &rest), SQLITE_OK);
		int rc = sqlite3_step(st);

		if (rc == SQLITE_ROW && out && sqlite3_column_text(st, 0))
			snprintf(out, size, "%s", sqlite3_column_text(st, 0));
		else if (rc != SQLITE_ROW && rc != SQLITE_DONE)
			fail_msg("%s: %s", text, sqlite3_errmsg(db));
		sqlite3_finalize(st);
	}
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void
assert_sql(const char *path, const char *text, const char *expected)
{
	char got[256];

	sample_sql(path, text, got, sizeof got);
	assert_string_equal(got, expected);
}

/* Nothing torn, nothing dangling. */
static inline void
assert_sound(const char *path)
{
	assert_sql(path, "PRAGMA integrity_check", "ok");
	assert_sql(path, "SELECT count(*) FROM pragma_foreign_key_check", "0");
	assert_sql(path,
	    "SELECT count(*) FROM crossing c WHERE"
	    " occupants <> (SELECT count(*) FROM occupant"
	    "  WHERE port = c.port AND crossing = c.id)"
	    " OR documents <> (SELECT count(*) FROM document"
	    "  WHERE port = c.port AND crossing = c.id)",
	    "0");
}

#endif
