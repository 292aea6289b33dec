/* SPDX-License-Identifier: Apache-2.0 */
#include "bare.h"

#include <libpq-fe.h>
#include <sqlite3.h>

#include "sample.h"

/* One statement a table. Numbers go as texts: both databases take them so. */
static const char *const texts[] = {
	"INSERT INTO crossing (port, id, lane, vehicle, direction, opened_ms,"
	" closed_ms, opted_out, frames_lost, printed, unlisted, occupants,"
	" documents, awaiting) VALUES ('local', $1, $2, $3, 'out', $4, $5, 0,"
	" 0, 0, 0, 3, 3, 4)",
	"INSERT INTO document (port, crossing, n, verdict, type, nationality,"
	" number_hash, mrz_check, portrait_check) VALUES ('local', $1, $2,"
	" 'confirmed', 'P', 'UTO', $3, 'passed', 'passed')",
	"INSERT INTO occupant (port, crossing, n, seat, verdict, document,"
	" similarity, fmr, fmr_at_most, quality, frames_seen, frames_used)"
	" VALUES ('local', $1, $2, 'front-left', 'confirmed', $3, 0.95, 2e-5,"
	" 0, 70, 31, 4)",
	"INSERT INTO picture (port, crossing, name, retention, epoch_ms, key,"
	" sealed) VALUES ('local', $1, $2, 1, $3, $4, $5)",
};
enum { CROSSING, DOCUMENT, OCCUPANT, PICTURE, STATEMENTS };

struct bare {
	sqlite3 *db;
	sqlite3_stmt *st[STATEMENTS];
	PGconn *link;
};

/* Either a number, or bytes that are a text or a blob. */
struct value {
	int64_t number;
	const void *bytes;
	size_t size;
	bool blob;
};

static struct value
number(int64_t v)
{
	return (struct value){ .number = v };
}

static struct value
text(const char *s)
{
	return (struct value){ .bytes = s, .size = strlen(s) };
}

static struct value
blob(const void *data, size_t size)
{
	return (struct value){ .bytes = data, .size = size, .blob = true };
}

/* ---- SQLite ------------------------------------------------------------ */

struct bare *
bare_sqlite(const char *path)
{
	static const char pragmas[] =
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON";
	struct bare *b = calloc(1, sizeof *b);

	if (sqlite3_open(path, &b->db) != SQLITE_OK ||
	    sqlite3_exec(b->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		goto fail;
	for (int i = 0; i < STATEMENTS; i++)
		if (sqlite3_prepare_v2(b->db, texts[i], -1, &b->st[i], NULL) !=
		    SQLITE_OK)
			goto fail;
	return b;
fail:
	bare_close(b);
	return NULL;
}

static bool
put_sqlite(sqlite3_stmt *st, const struct value *v, int n)
{
	for (int i = 0; i < n; i++) {
		if (!v[i].bytes)
			sqlite3_bind_int64(st, i + 1, v[i].number);
		else if (v[i].blob)
			sqlite3_bind_blob64(
			    st, i + 1, v[i].bytes, v[i].size, SQLITE_STATIC);
		else
			sqlite3_bind_text64(st, i + 1, v[i].bytes, v[i].size,
			    SQLITE_STATIC, SQLITE_UTF8);
	}
	return sqlite3_step(st) == SQLITE_DONE &&
	       sqlite3_reset(st) == SQLITE_OK;
}

/* ---- PostgreSQL -------------------------------------------------------- */

struct bare *
bare_postgres(const char *uri)
{
	struct bare *b = calloc(1, sizeof *b);

	b->link = PQconnectdb(uri);
	PQclear(PQexec(b->link, "SET search_path = exeunt"));
	for (int i = 0; i < STATEMENTS; i++) {
		char name[4] = { 's', (char)('0' + i), '\0' };
		PGresult *r = PQprepare(b->link, name, texts[i], 0, NULL);
		bool good = PQresultStatus(r) == PGRES_COMMAND_OK;

		PQclear(r);
		if (!good)
			goto fail;
	}
	if (PQenterPipelineMode(b->link))
		return b;
fail:
	bare_close(b);
	return NULL;
}

static bool
put_postgres(PGconn *link, int statement, const struct value *v, int n)
{
	char name[4] = { 's', (char)('0' + statement), '\0' };
	char numbers[8][24];
	const char *values[8];
	int sizes[8], formats[8];

	for (int i = 0; i < n; i++) {
		snprintf(numbers[i], sizeof numbers[i], "%jd",
		    (intmax_t)v[i].number);
		values[i] = v[i].bytes ? v[i].bytes : numbers[i];
		sizes[i] = (int)v[i].size;
		formats[i] = v[i].blob;
	}
	return PQsendQueryPrepared(link, name, n, values, sizes, formats, 0);
}

/* Everything has been sent: was all of it done? */
static bool
done_postgres(PGconn *link)
{
	bool good = PQpipelineSync(link);

	for (int nothing = 0; good && nothing < 2;) {
		PGresult *r = PQgetResult(link);
		ExecStatusType what = PQresultStatus(r);

		nothing = r ? 0 : nothing + 1;
		PQclear(r);
		if (what == PGRES_PIPELINE_SYNC)
			return true;
		good = !r || what == PGRES_COMMAND_OK;
	}
	return false;
}

/* ---- both -------------------------------------------------------------- */

static bool
put(struct bare *b, int statement, const struct value *v, int n)
{
	return b->db ? put_sqlite(b->st[statement], v, n)
		     : put_postgres(b->link, statement, v, n);
}

static bool
say(struct bare *b, const char *word)
{
	if (b->db)
		return sqlite3_exec(b->db, word, NULL, NULL, NULL) == SQLITE_OK;
	return PQsendQueryParams(b->link, word, 0, NULL, NULL, NULL, NULL, 0);
}

static bool
put_crossing(struct bare *b, unsigned k, struct ex_bytes picture)
{
	static const char *const names[] = { "o1", "d2" };
	static const uint8_t wrapped[60];
	uint8_t hash[32];
	struct ex_crossing c;
	struct value id;
	bool good;

	sample_crossing(&c, k);
	id = text(c.id);
	good = put(b, CROSSING,
	    (struct value[]){ id, text(c.lane), text(c.vehicle),
		number(c.opened_ms), number(c.closed_ms) },
	    5);
	for (int i = 1; good && i <= 3; i++) {
		memset(hash, (int)(k + (unsigned)i) & 0xff, sizeof hash);
		memcpy(hash, &k, sizeof k);
		good = put(b, DOCUMENT,
		    (struct value[]){ id, number(i), blob(hash, 32) }, 3);
	}
	for (int i = 1; good && i <= 3; i++)
		good = put(b, OCCUPANT,
		    (struct value[]){ id, number(i), number(i) }, 3);
	for (int i = 0; good && i < 2; i++)
		good = put(b, PICTURE,
		    (struct value[]){ id, text(names[i]), number(SAMPLE_START),
			blob(wrapped, sizeof wrapped),
			blob(picture.data, picture.size) },
		    5);
	return good;
}

bool
bare_group(struct bare *b, unsigned first, unsigned n, struct ex_bytes picture)
{
	bool good = say(b, b->db ? "BEGIN IMMEDIATE" : "BEGIN");

	for (unsigned k = first; good && k < first + n; k++)
		good = put_crossing(b, k, picture);
	good = good && say(b, "COMMIT");
	return good && (b->db || done_postgres(b->link));
}

void
bare_close(struct bare *b)
{
	for (int i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(b->st[i]);
	sqlite3_close(b->db);
	PQfinish(b->link);
	free(b);
}
