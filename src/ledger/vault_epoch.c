/* SPDX-License-Identifier: Apache-2.0 */
/* Epoch keys: made when a picture first needs them, destroyed when its time is
 * over. "pictures.2026-01-05T00:00:00.000Z" is the file of one. */
#include "vault_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- names ------------------------------------------------------------- */

static void
name_of(enum ex_retention_class c, int64_t epoch_ms,
    char name[static EX_VAULT_NAME_SIZE])
{
	char start[EX_RFC3339_SIZE];

	ex_rfc3339_format(epoch_ms, start);
	snprintf(
	    name, EX_VAULT_NAME_SIZE, "%s.%s", ex_retention_word(c), start);
}

struct epoch {
	enum ex_retention_class retention;
	int64_t start_ms;
};

/* Is it the name of an epoch's key, written as we write it? */
static bool
epoch_of(const char *name, struct epoch *out)
{
	char again[EX_VAULT_NAME_SIZE];
	const char *dot = strchr(name, '.');

	if (!dot || !ex_rfc3339_parse(dot + 1, &out->start_ms))
		return false;
	for (int c = 0; c < EX_RETAIN_COUNT; c++) {
		out->retention = (enum ex_retention_class)c;
		name_of(out->retention, out->start_ms, again);
		if (strcmp(name, again) == 0)
			return true;
	}
	return false;
}

/* ---- keys in memory ---------------------------------------------------- */

static struct ex_vault_entry *
find(struct ex_vault *v, const char *name)
{
	for (size_t i = 0; i < EX_VAULT_CACHE; i++)
		if (strcmp(v->cache[i].name, name) == 0)
			return &v->cache[i];
	return NULL;
}

static bool
same_file(const struct ex_vault_entry *e, const struct stat *st)
{
	return e->inode == st->st_ino &&
	       e->changed.tv_sec == st->st_mtim.tv_sec &&
	       e->changed.tv_nsec == st->st_mtim.tv_nsec;
}

/* Another process may have destroyed it: what is in memory counts only while
 * its file is there (L14). */
static bool
recall(struct ex_vault *v, const char *name, struct ex_key *out)
{
	struct ex_vault_entry *e = find(v, name);
	struct stat st;

	if (!e)
		return false;
	if (fstatat(v->fd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !same_file(e, &st)) {
		ex_wipe(e, sizeof *e);
		return false;
	}
	e->used = ++v->uses;
	*out = e->key;
	return true;
}

static void
remember(struct ex_vault *v, const char *name, const struct ex_key *key,
    const struct stat *st)
{
	struct ex_vault_entry *e = &v->cache[0];

	for (size_t i = 1; i < EX_VAULT_CACHE; i++)
		if (v->cache[i].used < e->used)
			e = &v->cache[i];
	snprintf(e->name, sizeof e->name, "%s", name);
	e->key = *key;
	e->inode = st->st_ino;
	e->changed = st->st_mtim;
	e->used = ++v->uses;
}

enum ex_status
ex_vault_epoch(struct ex_vault *v, enum ex_retention_class c, int64_t epoch_ms,
    bool make, struct ex_key *out, struct ex_error *err)
{
	char name[EX_VAULT_NAME_SIZE];
	enum ex_status status = EX_OK;
	struct stat st;

	name_of(c, epoch_ms, name);
	pthread_mutex_lock(&v->lock);
	if (!recall(v, name, out)) {
		status = ex_vault_key(v, name, make, out, &st, err);
		if (status == EX_OK)
			remember(v, name, out, &st);
	}
	pthread_mutex_unlock(&v->lock);
	return status;
}

/* ---- the end of a key (L14) -------------------------------------------- */

/* Over what it was, so that no later look at a free block finds it: as far as
 * the disk writes in place, which flash does not. What is left there is sealed
 * under the master. */
static enum ex_status
blank(struct ex_vault *v, const char *name, struct ex_error *err)
{
	static const uint8_t zeros[EX_KEY_SIZE + EX_SEAL_EXTRA];
	int fd = openat(v->fd, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	enum ex_status status = EX_OK;

	if (fd < 0 && errno == ENOENT)
		return EX_OK;
	if (fd < 0 ||
	    pwrite(fd, zeros, sizeof zeros, 0) != (ssize_t)sizeof zeros ||
	    fsync(fd) != 0)
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, name, "%s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

static enum ex_status
remove_file(struct ex_vault *v, const char *name, struct ex_error *err)
{
	if ((unlinkat(v->fd, name, 0) != 0 && errno != ENOENT) ||
	    fsync(v->fd) != 0)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, name, "%s", strerror(errno));
	return EX_OK;
}

enum ex_status
ex_vault_destroy(struct ex_vault *v, enum ex_retention_class c,
    int64_t epoch_ms, struct ex_error *err)
{
	char name[EX_VAULT_NAME_SIZE];
	struct ex_vault_entry *e;
	enum ex_status status;

	name_of(c, epoch_ms, name);
	pthread_mutex_lock(&v->lock);
	e = find(v, name);
	if (e)
		ex_wipe(e, sizeof *e);
	status = blank(v, name, err);
	if (status == EX_OK)
		status = remove_file(v, name, err);
	pthread_mutex_unlock(&v->lock);
	return status;
}

/* ---- what there is ----------------------------------------------------- */

struct list {
	struct epoch *of;
	size_t n, room;
};

static bool
list_add(struct list *l, const struct epoch *e)
{
	if (l->n == l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		struct epoch *more = ex_calloc(room, sizeof *more);

		if (!more)
			return false;
		if (l->n)
			memcpy(more, l->of, l->n * sizeof *more);
		free(l->of);
		*l = (struct list){ more, l->n, room };
	}
	l->of[l->n++] = *e;
	return true;
}

static int
by_class_and_time(const void *x, const void *y)
{
	const struct epoch *a = x, *b = y;

	if (a->retention != b->retention)
		return a->retention < b->retention ? -1 : 1;
	return (a->start_ms > b->start_ms) - (a->start_ms < b->start_ms);
}

static enum ex_status
read_folder(struct ex_vault *v, struct list *l, struct ex_error *err)
{
	int fd = openat(v->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	enum ex_status status = EX_OK;
	struct dirent *entry;
	struct epoch e;

	if (!d) {
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	while (status == EX_OK && (errno = 0, entry = readdir(d)))
		if (epoch_of(entry->d_name, &e) && !list_add(l, &e))
			status = ex_fail(err, EX_ERR_NOMEM, v->dir, NULL);
	if (status == EX_OK && errno != 0)
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
	closedir(d);
	return status;
}

enum ex_status
ex_vault_epochs(struct ex_vault *v,
    enum ex_status (*visit)(
	enum ex_retention_class c, int64_t epoch_ms, void *arg),
    void *arg, struct ex_error *err)
{
	struct list l = { 0 };
	enum ex_status status = read_folder(v, &l, err);

	if (status == EX_OK && l.n > 0)
		qsort(l.of, l.n, sizeof *l.of, by_class_and_time);
	for (size_t i = 0; status == EX_OK && i < l.n; i++)
		status = visit(l.of[i].retention, l.of[i].start_ms, arg);
	free(l.of);
	return status;
}
