/* SPDX-License-Identifier: Apache-2.0 */
/* A layer under SQLite that cuts the power: what was written to a file since
 * its last sync is lost, kept or torn by chance, sector by sector, and the
 * process is gone. It becomes the default of the process that installs it. */
#ifndef EXEUNT_TESTS_LEDGER_CUT_H
#define EXEUNT_TESTS_LEDGER_CUT_H

#include "test.h"

#include <fcntl.h>
#include <unistd.h>

#include <sqlite3.h>

#define CUT_FILES  8
#define CUT_SECTOR 512
#define CUT_EXIT   42

/* What a place held before it was written. */
struct cut_write {
	sqlite3_int64 at;
	size_t n;
	off_t size; /* of the file, before */
	uint8_t *before;
	struct cut_write *older;
};
static struct cut_file {
	sqlite3_file *file; /* NULL: free */
	const sqlite3_io_methods *real;
	sqlite3_io_methods io;
	int fd; /* ours, for reading and undoing behind SQLite's back */
	struct cut_write *last;
} cut_files[CUT_FILES];

static struct ex_rng cut_rng;
static long cut_left = -1; /* writes and syncs until the cut */
static sqlite3_vfs cut_vfs, *cut_real_vfs;

static inline struct cut_file *
cut_of(sqlite3_file *f)
{
	for (size_t i = 0; i < CUT_FILES; i++)
		if (cut_files[i].file == f)
			return &cut_files[i];
	abort();
}

/* A sector of an unsynced write did not reach the disk. */
static inline void
cut_undo(const struct cut_file *c, const struct cut_write *w)
{
	bool whole = ex_rng_below(&cut_rng, 2) == 0;

	for (size_t at = 0; at < w->n; at += CUT_SECTOR) {
		size_t n = w->n - at < CUT_SECTOR ? w->n - at : CUT_SECTOR;

		if ((whole || ex_rng_below(&cut_rng, 2)) &&
		    pwrite(c->fd, w->before + at, n,
			(off_t)w->at + (off_t)at) != (ssize_t)n)
			_exit(99);
	}
	if (whole && ftruncate(c->fd, w->size) != 0)
		_exit(99);
}

/* Newest first; some are spared as a whole. */
static inline _Noreturn void
cut_now(void)
{
	for (size_t i = 0; i < CUT_FILES; i++)
		for (struct cut_write *w = cut_files[i].last; w; w = w->older)
			if (ex_rng_below(&cut_rng, 4))
				cut_undo(&cut_files[i], w);
	_exit(CUT_EXIT);
}

static inline void
cut_count(void)
{
	if (cut_left > 0 && --cut_left == 0)
		cut_now();
}

static inline void
cut_remember(struct cut_file *c, sqlite3_int64 at, size_t n)
{
	struct cut_write *w = calloc(1, sizeof *w);

	assert_non_null(w);
	w->at = at;
	w->n = n;
	w->size = lseek(c->fd, 0, SEEK_END);
	w->before = calloc(n ? n : 1, 1);
	w->older = c->last;
	assert_non_null(w->before);
	assert_true(pread(c->fd, w->before, n, (off_t)at) >= 0);
	c->last = w;
}

static inline int
cut_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	struct cut_file *c = cut_of(f);
	int rc;

	cut_remember(c, at, (size_t)n);
	rc = c->real->xWrite(f, data, n, at);
	cut_count();
	return rc;
}

static inline int
cut_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	struct cut_file *c = cut_of(f);
	off_t now = lseek(c->fd, 0, SEEK_END);

	if (now > size)
		cut_remember(c, size, (size_t)(now - size));
	return c->real->xTruncate(f, size);
}

/* The power goes before it, so that nothing is sure, or after. No real sync:
 * the kernel is not what is cut. */
static inline int
cut_sync(sqlite3_file *f, int flags)
{
	struct cut_file *c = cut_of(f);

	(void)flags;
	cut_count();
	while (c->last) {
		struct cut_write *w = c->last;

		c->last = w->older;
		free(w->before);
		free(w);
	}
	cut_count();
	return SQLITE_OK;
}

static inline int
cut_close(sqlite3_file *f)
{
	struct cut_file *c = cut_of(f);
	const sqlite3_io_methods *real = c->real;

	close(c->fd);
	*c = (struct cut_file){ 0 };
	return real->xClose(f);
}

static inline int
cut_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
    int *out_flags)
{
	struct cut_file *c = cut_of(NULL);
	int rc;

	(void)vfs;
	f->pMethods = NULL;
	rc = cut_real_vfs->xOpen(cut_real_vfs, name, f, flags, out_flags);
	if (!f->pMethods || !name)
		return rc;
	c->file = f;
	c->fd = open(name, O_RDWR);
	assert_true(c->fd >= 0);
	c->real = f->pMethods;
	c->io = *c->real;
	c->io.xWrite = cut_write;
	c->io.xTruncate = cut_truncate;
	c->io.xSync = cut_sync;
	c->io.xClose = cut_close;
	f->pMethods = &c->io;
	return rc;
}

/* In a process of its own, before any other use of SQLite there: POSIX locks
 * go when any descriptor of a file is closed, and ours are. */
static inline void
cut_install(uint64_t seed, long after)
{
	ex_rng_init(&cut_rng, seed);
	cut_left = after;
	cut_real_vfs = sqlite3_vfs_find(NULL);
	cut_vfs = *cut_real_vfs;
	cut_vfs.zName = "cut";
	cut_vfs.xOpen = cut_open;
	assert_int_equal(sqlite3_vfs_register(&cut_vfs, 1), SQLITE_OK);
}

#endif
