/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a ledger promises. A comment (L2) stands where a promise is kept, and
 * in tests/ledger where it is tried.
 *
 * (L1) A crossing is there whole or not at all, whatever kills the process.
 * (L2) A crossing that ex_ledger_put answered with EX_OK is on disk.
 * (L3) Putting the same crossing again changes nothing; another crossing under
 *      the same id is refused.
 * (L4) No document number, issuer, path, box, picture or template enters the
 *      file: of the number a keyed hash does, whose key is in another file. Of
 *      an opted-out vehicle its id and times are kept, no more.
 * (L5) What cannot be written (full disk, read-only) is one error with exit
 *      code 4, and costs nothing that was there.
 * (L6) Only a ledger is opened: what is no database, damaged, newer or of
 *      another program is refused and stays as it was.
 * (L7) Several processes may write at once.
 * (L8) A key is made for a new ledger only, before it and whole; a ledger
 *      without its key, or with another's, is refused.
 * (L9) What comes back is what was stored, ids rising; a record that
 *      contradicts itself is an error and is not handed out.
 * (L10) What was put between ex_ledger_begin and an ex_ledger_commit that
 *      answered EX_OK is on disk, all of it; without that answer none of it
 *      is, save where the commit itself was under way. A group in which a
 *      write failed cannot be committed.
 * (L11) A server that does not keep what it commits (fsync or
 *      synchronous_commit off) is refused.
 * (L12) A connection that is lost takes its open transaction with it and says
 *      so; the next transaction connects anew. No error holds a password.
 * (L13) Pictures are sealed before they are written: who has the database, its
 *      log, every backup and the vault reads none of them without the master
 *      key; and no part of a row can be changed, or moved to another.
 * (L14) What an epoch key closed stays closed in every copy once that key is
 *      destroyed, master key or not. No process uses a key in memory past its
 *      file.
 * (L15) A picture opens until its epoch's term is over, and not after. Its
 *      epoch key goes first, then the rows, then a link says so; what a crash
 *      leaves undone the next run does.
 * (L16) A clock set back delays no erasure. A jump forward of over an hour,
 *      which the machine's own clock has not counted, holds what only it makes
 *      due, until confirmed and never past twice its term.
 * (L17) Who opened a picture, and why, is in the commit before anybody has it;
 *      without a purpose nothing opens.
 * (L18) A lane cannot open what it has sealed to a hub, and no part of it can
 *      be changed or moved to another envelope.
 * (L19) Each node's chain is complete: links from 1 on without gaps, whoever
 *      appends at once and whatever is rolled back; what was done and its link
 *      are in one commit.
 * (L20) No name, number, MRZ line, picture or free text is in a link; of an
 *      officer's reason its hash alone.
 * (L21) Whatever is changed, removed, added or moved in a chain shows when it
 *      is verified; a tail that was cut as far as a signed head reaches.
 * (L22) Pruning leaves a signed checkpoint which a link records, and takes away
 *      only what is as it was written.
 * (L23) Rulings only add; a wait ends by one ruling of one officer, and the
 *      latest is taken back by another entry.
 */
#include <stdlib.h>
#include <string.h>

#include "key.h"

#define LOCAL "local"

/* ---- opening ----------------------------------------------------------- */

static bool
begins(const char *uri, const char *with)
{
	return strncmp(uri, with, strlen(with)) == 0;
}

static enum ex_status
store_of(const char *uri, const struct ex_store_ops **ops, const char **address,
    struct ex_error *err)
{
	static const char file[] = "sqlite:";
	const char *colon = strstr(uri, "://");

	*ops = &ex_store_sqlite;
	*address = uri;
	if (begins(uri, file))
		*address = uri + sizeof file - 1;
	else if (strcmp(uri, ":memory:") == 0)
		*ops = &ex_store_memory;
	else if (begins(uri, "postgres://") || begins(uri, "postgresql://"))
		*ops = &ex_store_postgres;
	/* Without its address: that may hold a password. */
	else if (colon)
		return ex_fail(err, EX_ERR_USAGE, "ledger",
		    "%.*s: is not a kind of ledger known here; sqlite:PATH and "
		    "postgres://... are",
		    (int)(colon - uri), uri);
	if (**address == '\0')
		return ex_fail(err, EX_ERR_USAGE, "ledger", "names no file");
	return EX_OK;
}

/* The key before the store: who finds a ledger finds its key (L8). */
static enum ex_status
open_with_key(struct ex_ledger *l, const struct ex_store_open *o,
    const char *key_file, struct ex_error *err)
{
	bool fresh;
	enum ex_status status = l->ops->look(o, &fresh, err);

	if (status == EX_OK && fresh)
		status =
		    ex_ledger_key_load(key_file, l->name, true, &l->key, err);
	if (status == EX_OK)
		status = l->ops->open(o, &l->store, err);
	if (status == EX_OK && !fresh)
		status =
		    ex_ledger_key_load(key_file, l->name, false, &l->key, err);
	if (status == EX_OK)
		status = ex_ledger_key_prove(l, key_file, err);
	return status;
}

/* Nobody will come back to it. */
static enum ex_status
open_memory(
    struct ex_ledger *l, const struct ex_store_open *o, struct ex_error *err)
{
	enum ex_status status = ex_random(l->key.bytes, sizeof l->key.bytes);

	if (status != EX_OK)
		return ex_fail(
		    err, status, l->name, "no random bytes to be had");
	return l->ops->open(o, &l->store, err);
}

static enum ex_status
open_store(struct ex_ledger *l, const char *address, const char *key_file,
    struct ex_error *err)
{
	struct ex_store_open o = { address, l->name, l->mode };
	size_t size = strlen(address) + sizeof ".key";
	enum ex_status status;
	char *beside;

	if (l->ops == &ex_store_memory)
		return open_memory(l, &o, err);
	if (l->mode == EX_LEDGER_READ)
		return l->ops->open(&o, &l->store, err);
	if (key_file)
		return open_with_key(l, &o, key_file, err);
	if (l->ops->told_as)
		return ex_fail(err, EX_ERR_USAGE, l->name,
		    "has no place for a key: name a key file");
	beside = ex_calloc(size, 1);
	if (!beside)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	snprintf(beside, size, "%s.key", address);
	status = open_with_key(l, &o, beside, err);
	free(beside);
	return status;
}

/* What errors call it. */
static enum ex_status
name_it(struct ex_ledger *l, const char *address, struct ex_error *err)
{
	l->name =
	    l->ops->told_as ? l->ops->told_as(address) : ex_strdup(address);
	if (!l->name)
		return ex_fail(err, EX_ERR_NOMEM, "ledger", NULL);
	if (*l->name == '\0')
		return ex_fail(err, EX_ERR_USAGE, "ledger",
		    "its address is not a URI of PostgreSQL");
	return EX_OK;
}

enum ex_status
ex_ledger_open(const char *uri, const char *key_file, enum ex_ledger_mode mode,
    struct ex_ledger **out, struct ex_error *err)
{
	const struct ex_store_ops *ops;
	struct ex_ledger *l;
	const char *address;
	enum ex_status status = store_of(uri, &ops, &address, err);

	*out = NULL;
	if (status != EX_OK)
		return status;
	l = ex_calloc(1, sizeof *l);
	if (!l)
		return ex_fail(err, EX_ERR_NOMEM, "ledger", NULL);
	*l = (struct ex_ledger){
		.ops = ops,
		.mode = mode,
		.node = LOCAL,
		.port = LOCAL,
		.retention = ex_retention_default(),
		.now_ms = ex_clock_wall_ms,
	};
	status = name_it(l, address, err);
	if (status == EX_OK)
		status = open_store(l, address, key_file, err);
	if (status == EX_OK)
		*out = l;
	else
		ex_ledger_close(&l);
	return status;
}

void
ex_ledger_close(struct ex_ledger **ledger)
{
	struct ex_ledger *l = *ledger;

	if (!l)
		return;
	if (l->store)
		l->ops->close(&l->store);
	ex_wipe(&l->key, sizeof l->key);
	free(l->name);
	free(l);
	*ledger = NULL;
}

static bool
is_name(const char *s)
{
	size_t n = s ? strlen(s) : 0;

	return n >= 1 && n <= 32 &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

enum ex_status
ex_ledger_attach(
    struct ex_ledger *l, const struct ex_ledger_node *n, struct ex_error *err)
{
	enum ex_status status;

	if (!is_name(n->node) || !is_name(n->port))
		return ex_fail(err, EX_ERR_USAGE,
		    is_name(n->node) ? "port" : "node",
		    "is not of 1 to 32 of a-z, 0-9 and -");
	status = l->ops->use_port(l->store, n->port, err);
	if (status != EX_OK)
		return status;
	snprintf(l->node, sizeof l->node, "%s", n->node);
	snprintf(l->port, sizeof l->port, "%s", n->port);
	l->vault = n->vault;
	if (n->retention)
		l->retention = *n->retention;
	l->now_ms = n->now_ms ? n->now_ms : ex_clock_wall_ms;
	return EX_OK;
}

/* ---- transactions ------------------------------------------------------ */

static enum ex_status
begin(struct ex_ledger *l, bool write, struct ex_error *err)
{
	if (write && l->mode == EX_LEDGER_READ)
		return ex_fail(
		    err, EX_ERR_DATABASE, l->name, "is open for reading only");
	return l->ops->begin(l->store, write, err);
}

enum ex_status
ex_ledger_begin(struct ex_ledger *l, struct ex_error *err)
{
	enum ex_status status = begin(l, true, err);

	l->grouped = status == EX_OK;
	l->failed = false;
	return status;
}

enum ex_status
ex_ledger_commit(struct ex_ledger *l, struct ex_error *err)
{
	enum ex_status status;

	if (!l->grouped || l->failed)
		status = ex_fail(err, EX_ERR_DATABASE, l->name,
		    l->failed ? "a write of this group has failed"
			      : "there is no group to commit");
	else
		status = l->ops->commit(l->store, err);
	ex_ledger_rollback(l); /* (L5); nothing after a commit */
	return status;
}

void
ex_ledger_rollback(struct ex_ledger *l)
{
	l->grouped = l->failed = false;
	l->ops->rollback(l->store);
}

/* One transaction: (L1), and with a durable commit (L2). */
enum ex_status
ex_ledger_within(struct ex_ledger *l, bool write, ex_ledger_work *fn, void *arg,
    struct ex_error *err)
{
	enum ex_status status;

	if (l->grouped) {
		status = fn(l, arg, err);
		l->failed = l->failed || (write && status != EX_OK); /* (L10) */
		return status;
	}
	status = begin(l, write, err);
	if (status == EX_OK)
		status = fn(l, arg, err);
	if (status == EX_OK && write)
		status = l->ops->commit(l->store, err);
	l->ops->rollback(l->store); /* (L5) */
	return status;
}

/* ---- writing ----------------------------------------------------------- */

/* (L3) */
static enum ex_status
same_or_refuse(
    struct ex_ledger *l, const struct ex_ledger_record *r, struct ex_error *err)
{
	struct ex_ledger_record *there = ex_calloc(1, sizeof *there);
	enum ex_status status;
	bool found;

	if (!there)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	status = l->ops->crossing_get(l->store, r->c.id, there, &found, err);
	if (status == EX_OK && (!found || !ex_ledger_record_equal(r, there)))
		status = ex_fail(err, EX_ERR_CONFLICT, l->name,
		    "crossing %s is recorded already, with other content",
		    r->c.id);
	free(there);
	return status;
}

enum ex_status
ex_ledger_add(struct ex_ledger *l, const struct ex_ledger_record *r,
    bool *fresh, struct ex_error *err)
{
	enum ex_status status = l->ops->crossing_add(l->store, r, fresh, err);

	if (status == EX_OK && !*fresh)
		status = same_or_refuse(l, r, err);
	return status;
}

/* An ex_ledger_work. */
static enum ex_status
add(struct ex_ledger *l, void *record, struct ex_error *err)
{
	bool fresh;

	return ex_ledger_add(l, record, &fresh, err);
}

enum ex_status
ex_ledger_put(
    struct ex_ledger *l, const struct ex_crossing *c, struct ex_error *err)
{
	struct ex_ledger_record *r = ex_calloc(1, sizeof *r);
	enum ex_status status;

	if (!r)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	status = ex_ledger_record_make(&l->key, c, r, err);
	if (status == EX_OK)
		status = ex_ledger_within(l, true, add, r, err);
	free(r);
	return status;
}

/* ---- reading ----------------------------------------------------------- */

static const struct ex_ledger_filter everything;

void
ex_ledger_filter_ids(const struct ex_ledger_filter *f,
    char low[static EX_ULID_SIZE], char high[static EX_ULID_SIZE])
{
	ex_ledger_id_floor(f->from_ms, low);
	if (f->to_ms)
		ex_ledger_id_floor(f->to_ms, high);
	else
		snprintf(high, EX_ULID_SIZE, "~"); /* behind every id */
	if (!f->after)
		return;
	if (f->newest && strcmp(f->after, high) < 0)
		snprintf(high, EX_ULID_SIZE, "%s", f->after);
	if (!f->newest && strcmp(f->after, low) > 0)
		snprintf(low, EX_ULID_SIZE, "%s", f->after);
}

/* What is asked for and where it goes. */
struct question {
	const struct ex_ledger_filter *filter;
	const char *id;
	struct ex_ledger_record *record;
	ex_ledger_visit *visit;
	void *arg;
	size_t *n;
};

/* Ask in a transaction: heads and lists of one moment. */
static enum ex_status
ask(struct ex_ledger *l, ex_ledger_work *fn, struct question *q,
    struct ex_error *err)
{
	enum ex_status status;

	if (!q->filter)
		q->filter = &everything;
	q->record = ex_calloc(1, sizeof *q->record);
	if (!q->record)
		return ex_fail(err, EX_ERR_NOMEM, l->name, NULL);
	status = ex_ledger_within(l, false, fn, q, err);
	if (status != EX_OK)
		memset(&q->record->c, 0, sizeof q->record->c);
	return status;
}

static enum ex_status
each(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct question *q = arg;

	return l->ops->crossing_each(
	    l->store, q->filter, q->record, q->visit, q->arg, err);
}

enum ex_status
ex_ledger_each(struct ex_ledger *l, const struct ex_ledger_filter *filter,
    ex_ledger_visit *visit, void *arg, struct ex_error *err)
{
	struct question q = { .filter = filter, .visit = visit, .arg = arg };
	enum ex_status status = ask(l, each, &q, err);

	free(q.record);
	return status;
}

static enum ex_status
get(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct question *q = arg;
	bool found;
	enum ex_status status =
	    l->ops->crossing_get(l->store, q->id, q->record, &found, err);

	if (status == EX_OK && !found)
		status = ex_fail(err, EX_ERR_NOT_FOUND, l->name,
		    "holds no crossing %s", q->id);
	return status;
}

enum ex_status
ex_ledger_get(struct ex_ledger *l, const char *id, struct ex_crossing *out,
    struct ex_error *err)
{
	struct question q = { .id = id };
	enum ex_status status = ask(l, get, &q, err);

	/* Not before: `id` may be the one in `out`. */
	if (q.record)
		*out = q.record->c;
	else
		memset(out, 0, sizeof *out);
	free(q.record);
	return status;
}

static enum ex_status
count(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct question *q = arg;

	return l->ops->crossing_count(l->store, q->filter, q->n, err);
}

enum ex_status
ex_ledger_count(struct ex_ledger *l, const struct ex_ledger_filter *filter,
    size_t *n, struct ex_error *err)
{
	struct question q = { .filter = filter ? filter : &everything, .n = n };

	*n = 0;
	return ex_ledger_within(l, false, count, &q, err);
}
