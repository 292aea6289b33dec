/* SPDX-License-Identifier: Apache-2.0 */
/* A layer under SQLite whose n-th operation on a disk, or on memory, fails.
 * It becomes the default of the whole test program, so that the ledger needs
 * no door for tests. */
#ifndef EXEUNT_TESTS_LEDGER_FAULTY_H
#define EXEUNT_TESTS_LEDGER_FAULTY_H

#include <stdbool.h>

#include <sqlite3.h>

enum faulty_kind {
	FAULTY_WRITE, /* also the growing and cutting of files */
	FAULTY_SYNC,
	FAULTY_READ,
	FAULTY_OPEN,
	FAULTY_ALLOC, /* of SQLite's own memory */
	FAULTY_COUNT
};

/* Operations of a kind still to succeed; below 0: no limit. Past it each one
 * fails, or with `once` a single one. */
struct faulty_plan {
	long left;
	bool once, hit;
	long asked; /* operations so far */
};
static struct faulty_plan faulty_plans[FAULTY_COUNT];

static inline void
faulty_plan(enum faulty_kind kind, long left, bool once)
{
	faulty_plans[kind] = (struct faulty_plan){ left, once, false, 0 };
}

static inline bool
faulty_now(enum faulty_kind kind)
{
	struct faulty_plan *p = &faulty_plans[kind];

	p->asked++;
	if (p->left < 0 || (p->hit && p->once))
		return false;
	if (p->left > 0) {
		p->left--;
		return false;
	}
	p->hit = true;
	return true;
}

/* ---- memory ------------------------------------------------------------ */

static sqlite3_mem_methods faulty_real_mem;

static inline void *
faulty_malloc(int n)
{
	return faulty_now(FAULTY_ALLOC) ? NULL : faulty_real_mem.xMalloc(n);
}

static inline void *
faulty_realloc(void *p, int n)
{
	return faulty_now(FAULTY_ALLOC) ? NULL : faulty_real_mem.xRealloc(p, n);
}

/* ---- files ------------------------------------------------------------- */

static sqlite3_vfs faulty_vfs, *faulty_real_vfs;

/* SQLite has a few tables of methods, with locks and without: a copy of each
 * that was met, in which some are replaced. */
static struct faulty_table {
	sqlite3_io_methods io; /* first: a file's pMethods leads here */
	const sqlite3_io_methods *real;
} faulty_tables[8];

static inline const sqlite3_io_methods *
faulty_real_io(sqlite3_file *f)
{
	return ((const struct faulty_table *)f->pMethods)->real;
}

static inline int
faulty_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	/* Half of it arrives, as on a disk that fills up. */
	if (faulty_now(FAULTY_WRITE)) {
		faulty_real_io(f)->xWrite(f, data, n / 2, at);
		return SQLITE_FULL;
	}
	return faulty_real_io(f)->xWrite(f, data, n, at);
}

static inline int
faulty_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return faulty_now(FAULTY_WRITE) ? SQLITE_IOERR_TRUNCATE
					: faulty_real_io(f)->xTruncate(f, size);
}

/* No power fails in these tests: a sync that succeeds need not wait. */
static inline int
faulty_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	return faulty_now(FAULTY_SYNC) ? SQLITE_IOERR_FSYNC : SQLITE_OK;
}

static inline int
faulty_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	return faulty_now(FAULTY_READ)
		   ? SQLITE_IOERR_READ
		   : faulty_real_io(f)->xRead(f, data, n, at);
}

static inline const sqlite3_io_methods *
faulty_table_of(const sqlite3_io_methods *real)
{
	struct faulty_table *t = faulty_tables;

	while (t->real && t->real != real)
		t++;
	t->real = real;
	t->io = *real;
	t->io.xWrite = faulty_write;
	t->io.xTruncate = faulty_truncate;
	t->io.xSync = faulty_sync;
	t->io.xRead = faulty_read;
	return &t->io;
}

static inline int
faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
    int *out_flags)
{
	int rc;

	(void)vfs;
	f->pMethods = NULL;
	if (faulty_now(FAULTY_OPEN))
		return SQLITE_CANTOPEN;
	rc = faulty_real_vfs->xOpen(faulty_real_vfs, name, f, flags, out_flags);
	if (f->pMethods)
		f->pMethods = faulty_table_of(f->pMethods);
	return rc;
}

/* Before any other use of SQLite. */
static inline int
faulty_install(void)
{
	static sqlite3_mem_methods mem;

	for (int i = 0; i < FAULTY_COUNT; i++)
		faulty_plan((enum faulty_kind)i, -1, false);
	sqlite3_config(SQLITE_CONFIG_GETMALLOC, &faulty_real_mem);
	mem = faulty_real_mem;
	mem.xMalloc = faulty_malloc;
	mem.xRealloc = faulty_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &mem) != SQLITE_OK)
		return -1;
	faulty_real_vfs = sqlite3_vfs_find(NULL);
	faulty_vfs = *faulty_real_vfs;
	faulty_vfs.zName = "faulty";
	faulty_vfs.xOpen = faulty_open;
	return sqlite3_vfs_register(&faulty_vfs, 1);
}

#endif
