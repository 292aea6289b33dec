/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever processes do to a chain at once, in whatever order, it is sound
 * (L19, L22); and whatever single byte is changed then, it is not (L21). */
#include "hub.h"

#include <sys/wait.h>

#include "audit.h"
#include "cell.h"

#define PROCESSES 2
#define STEPS     50u
#define CHANGES   200u

static struct ex_rng rng;

static enum ex_status
prune_work(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	size_t n;

	return ex_audit_prune(l, *(int64_t *)arg, &n, err);
}

static bool
group(struct ex_ledger *l)
{
	if (ex_ledger_begin(l, NULL) != EX_OK)
		return false;
	for (uint32_t n = ex_rng_below(&rng, 4); n > 0; n--)
		if (hub_append(l, ex_rng_below(&rng, 1000), NULL) != EX_OK)
			return false;
	if (ex_rng_below(&rng, 3) == 0) {
		ex_ledger_rollback(l);
		return true;
	}
	return ex_ledger_commit(l, NULL) == EX_OK;
}

static bool
step(struct ex_ledger *l)
{
	struct ex_head h;
	enum ex_status status;
	int64_t before_ms;

	switch (ex_rng_below(&rng, 8)) {
	case 0:
		status = ex_audit_sign(l, &h, NULL);
		return status == EX_OK || status == EX_ERR_NOT_FOUND;
	case 1: /* now and then all there is */
		before_ms = hub_clock_ms - ex_rng_below(&rng, 60) * 1000;
		return ex_ledger_within(
			   l, true, prune_work, &before_ms, NULL) == EX_OK;
	case 2:
	case 3:
		return group(l);
	case 4: /* hours, so that heads are thinned */
		hub_clock_ms += ex_rng_below(&rng, 8 * 3600 * 1000);
		return true;
	default:
		return hub_append(l, ex_rng_below(&rng, 1000), NULL) == EX_OK;
	}
}

static int
act(const char *path, uint64_t seed)
{
	struct ex_ledger *l = hub_open(path);
	bool ok = true;

	ex_rng_init(&rng, seed);
	for (unsigned i = 0; ok && i < STEPS; i++)
		ok = step(l);
	ex_ledger_close(&l);
	return !ok;
}

static void
act_at_once(const char *path, uint64_t seed)
{
	pid_t pids[PROCESSES];

	for (unsigned i = 0; i < PROCESSES; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(act(path, seed * 100 + i));
		assert_true(pids[i] > 0);
	}
	for (unsigned i = 0; i < PROCESSES; i++) {
		int code;

		assert_int_equal(waitpid(pids[i], &code, 0), pids[i]);
		assert_true(WIFEXITED(code) && WEXITSTATUS(code) == 0);
	}
}

/* A value by chance: of a link, or what was signed. */
static void
choose(sqlite3 *db, struct cell *c, char *where, size_t size)
{
	static const char *const columns[] = { "port", "node", "seq", "at_ms",
		"actor", "action", "purpose", "subject", "detail", "before",
		"hash" };
	uint32_t at = ex_rng_below(&rng, 14);
	bool link = at < 11;
	char text[200];
	sqlite3_stmt *st;

	c->table = link ? "link" : "thing";
	c->column = link ? columns[at] : "value";
	snprintf(text, sizeof text,
	    "SELECT %s FROM %s%s ORDER BY 1 LIMIT 1 OFFSET (%u %% (SELECT"
	    " count(*) FROM %s%s))",
	    link ? "'seq = ' || seq, seq"
		 : "'kind = ''' || kind || ''' AND key = ''' || key || ''''",
	    c->table, link ? "" : " WHERE kind LIKE 'audit-%'",
	    (unsigned)ex_rng_below(&rng, 1u << 30), c->table,
	    link ? "" : " WHERE kind LIKE 'audit-%'");
	assert_int_equal(
	    sqlite3_prepare_v2(db, text, -1, &st, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	snprintf(where, size, "%s", sqlite3_column_text(st, 0));
	sqlite3_finalize(st);
	c->where = where;
}

static unsigned
change_and_find(const char *path)
{
	struct ex_ledger *l = sample_open(path, EX_LEDGER_READ);
	struct ex_audit_report r;
	unsigned found = 0;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	sqlite3_exec(db,
	    "PRAGMA synchronous = OFF; PRAGMA ignore_check_constraints = ON;"
	    "CREATE TABLE saved AS SELECT * FROM link;"
	    "CREATE TABLE things AS SELECT * FROM thing",
	    NULL, NULL, NULL);
	for (unsigned i = 0; i < CHANGES; i++) {
		struct cell c = { 0 };
		char where[160];
		int at;

		choose(db, &c, where, sizeof where);
		cell_read(db, &c);
		if (c.size == 0)
			continue;
		at = (int)ex_rng_below(&rng, (uint32_t)c.size);
		c.bytes[at] ^= (uint8_t)(1 + ex_rng_below(&rng, 255));
		if (!cell_write(db, &c))
			continue;
		if (ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, NULL) != EX_NO)
			fail_msg("byte %d of %s, %s", at, c.column, where);
		found++;
		assert_int_equal(
		    sqlite3_exec(db,
			"BEGIN; DELETE FROM link;"
			"INSERT INTO link SELECT * FROM saved;"
			"DELETE FROM thing;"
			"INSERT INTO thing SELECT * FROM things; END",
			NULL, NULL, NULL),
		    SQLITE_OK);
	}
	assert_int_equal(
	    ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, NULL), EX_OK);
	sqlite3_close(db);
	ex_ledger_close(&l);
	return found;
}

static void
a_chain_is_sound_until_a_byte_changes(void **state)
{
	(void)state;
	const char *rounds = getenv("EXEUNT_ROUNDS");
	unsigned n = rounds ? (unsigned)atoi(rounds) : 6, found = 0;
	uint64_t links = 0, pruned = 0;

	for (unsigned seed = 1; seed <= n; seed++) {
		const char *path = hub_fresh_path();
		struct ex_ledger *l = hub_open(path);
		struct ex_audit_report r;

		hub_append_many(l, 1);
		ex_ledger_close(&l);
		act_at_once(path, seed);
		l = hub_open(path);
		hub_append_many(l, 1);
		hub_sign(l);
		if (ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, NULL) != EX_OK)
			fail_msg("seed %u: %s", seed, r.fault);
		ex_ledger_close(&l);
		links += r.links;
		pruned += r.first_seq - 1;
		ex_rng_init(&rng, seed);
		found += change_and_find(path);
	}
	print_message("# %u runs: %ju links kept, %ju pruned; %u changes, all "
		      "found\n",
	    n, (uintmax_t)links, (uintmax_t)pruned, found);
	assert_true(links > n && pruned > n && found > n * CHANGES / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_is_sound_until_a_byte_changes),
	};

	return cmocka_run_group_tests(tests, hub_setup, hub_teardown);
}
