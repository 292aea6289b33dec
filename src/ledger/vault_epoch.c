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

	ex_epoch_name(c, epoch_ms, name);
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

	ex_epoch_name(c, epoch_ms, name);
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

static enum ex_status
read_folder(struct ex_vault *v, struct ex_epoch_list *l, struct ex_error *err)
{
	int fd = openat(v->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	enum ex_status status = EX_OK;
	struct dirent *entry;
	struct ex_epoch e;

	if (!d) {
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, v->dir, "%s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	while (status == EX_OK && (errno = 0, entry = readdir(d)))
		if (ex_epoch_parse(entry->d_name, &e) &&
		    ex_epoch_list_add(l, &e) != EX_OK)
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
	struct ex_epoch_list l = { 0 };
	enum ex_status status = read_folder(v, &l, err);

	ex_epoch_list_sort(&l);
	for (size_t i = 0; status == EX_OK && i < l.n; i++)
		status = visit(l.of[i].retention, l.of[i].start_ms, arg);
	ex_epoch_list_free(&l);
	return status;
}
