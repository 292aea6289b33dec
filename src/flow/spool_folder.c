/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a spool: DIR/ID.envelope of what waits, DIR/refused and
 * DIR/damaged of what was set aside, DIR/lock. */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".envelope"
#define WHY    ".why"

static const char *const places[EX_SPOOL_PLACES] = { "", "refused/",
	"damaged/" };

static void
path_of(const struct ex_spool_folder *f, enum ex_spool_place place,
    const char *name, const char *ending, char out[static PATH_MAX])
{
	snprintf(
	    out, PATH_MAX, "%s/%s%s%s", f->dir, places[place], name, ending);
}

static enum ex_status
system_fail(struct ex_error *err, const char *path)
{
	return ex_fail(err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
}

/* Sealed or not: whose crossings these are is nobody else's business. */
static enum ex_status
make_private(const char *path, struct ex_error *err)
{
	struct stat st;

	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return system_fail(err, path);
	if (lstat(path, &st) != 0)
		return system_fail(err, path);
	if (!S_ISDIR(st.st_mode))
		return ex_fail(err, EX_ERR_ENVIRONMENT, path, "is no folder");
	if (st.st_uid != geteuid() || (st.st_mode & 077) != 0)
		return ex_fail(err, EX_ERR_ENVIRONMENT, path,
		    "must be this user's alone (mode 0700)");
	return EX_OK;
}

static enum ex_status
take_lock(struct ex_spool_folder *f, struct ex_error *err)
{
	char path[PATH_MAX];

	path_of(f, EX_SPOOL_WAITING, "lock", "", path);
	f->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (f->lock < 0)
		return system_fail(err, path);
	if (flock(f->lock, LOCK_EX | LOCK_NB) != 0)
		return ex_fail(err, EX_ERR_ENVIRONMENT, f->dir, "%s",
		    errno == EWOULDBLOCK ? "another process uses this spool"
					 : strerror(errno));
	return EX_OK;
}

enum ex_status
ex_spool_folder_open(
    struct ex_spool_folder *f, const char *dir, struct ex_error *err)
{
	enum ex_status status = EX_OK;

	f->lock = -1;
	if (snprintf(f->dir, sizeof f->dir, "%s", dir) >= (int)sizeof f->dir)
		return ex_fail(err, EX_ERR_ENVIRONMENT, dir, "name too long");
	for (int place = 0; place < EX_SPOOL_PLACES && status == EX_OK;
	     place++) {
		char path[PATH_MAX];

		path_of(f, (enum ex_spool_place)place, "", "", path);
		status = make_private(path, err);
	}
	if (status == EX_OK)
		status = take_lock(f, err);
	if (status != EX_OK)
		ex_spool_folder_close(f);
	return status;
}

void
ex_spool_folder_close(struct ex_spool_folder *f)
{
	if (f->lock >= 0)
		close(f->lock);
	f->lock = -1;
}

int64_t
ex_spool_folder_mark(const struct ex_spool_folder *f)
{
	struct stat st;

	if (fstat(f->lock, &st) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000 + st.st_mtim.tv_nsec / 1000000;
}

void
ex_spool_folder_set_mark(struct ex_spool_folder *f, int64_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	futimens(f->lock, (const struct timespec[2]){ t, t });
}

/* ---- what lies there ---------------------------------------------------- */

/* The crossing's id in `name`, which goes on with ENDING and then `*rest`. */
static bool
take_id(const char *name, char id[static EX_ULID_SIZE], const char **rest)
{
	size_t n = EX_ULID_SIZE - 1;
	int64_t ms;

	if (strlen(name) < n + strlen(ENDING) ||
	    strncmp(name + n, ENDING, strlen(ENDING)) != 0)
		return false;
	memcpy(id, name, n);
	id[n] = '\0';
	*rest = name + n + strlen(ENDING);
	return ex_ulid_time(id, &ms);
}

static bool
is_our_own(const char *name)
{
	static const char *const known[] = { ".", "..", "lock", "refused",
		"damaged", "recipient", "policy.json" };
	const char *ending = strrchr(name, '.');

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(name, known[i]) == 0)
			return true;
	return ending && strcmp(ending, WHY) == 0;
}

/* A file that did not get its name before its process ended: "ID.envelope.new",
 * or a name of ours and six characters of chance. */
static bool
is_left_over(const char *name, const char *behind_id)
{
	const char *ending = strrchr(name, '.');
	bool chance = ending && strlen(ending) == 7;

	return *behind_id ||
	       (chance && (strncmp(name, "recipient.", 10) == 0 ||
			      strncmp(name, "policy.json.", 12) == 0 ||
			      strstr(name, WHY ".")));
}

enum ex_status
ex_spool_folder_each(struct ex_spool_folder *f, enum ex_spool_place place,
    enum ex_status (*visit)(
	void *arg, const char *name, const char *id, size_t size),
    void *arg, struct ex_error *err)
{
	char path[PATH_MAX], id[EX_ULID_SIZE];
	enum ex_status status = EX_OK;
	const struct dirent *e;
	const char *rest = "";
	struct stat st;
	DIR *dir;

	path_of(f, place, "", "", path);
	dir = opendir(path);
	if (!dir)
		return system_fail(err, path);
	while (status == EX_OK && (e = readdir(dir))) {
		bool ours = take_id(e->d_name, id, &rest);

		if (is_our_own(e->d_name))
			continue;
		if (is_left_over(e->d_name, ours ? rest : "")) { /* (S5) */
			unlinkat(dirfd(dir), e->d_name, 0);
			continue;
		}
		ours = ours &&
		       fstatat(dirfd(dir), e->d_name, &st,
			   AT_SYMLINK_NOFOLLOW) == 0 &&
		       S_ISREG(st.st_mode);
		status = visit(arg, e->d_name, ours ? id : NULL,
		    ours ? (size_t)st.st_size : 0);
	}
	closedir(dir);
	return status;
}

enum ex_status
ex_spool_folder_read(struct ex_spool_folder *f, enum ex_spool_place place,
    const char *id, struct ex_blob *out, struct ex_error *err)
{
	char path[PATH_MAX];

	path_of(f, place, id, ENDING, path);
	return ex_file_read(path, EX_ENVELOPE_MOST, out, err);
}

/* ---- changes ------------------------------------------------------------ */

enum ex_status
ex_spool_folder_add(struct ex_spool_folder *f, const char *id,
    struct ex_bytes envelope, struct ex_error *err)
{
	char path[PATH_MAX];

	path_of(f, EX_SPOOL_WAITING, id, ENDING, path);
	return ex_file_make_private(path, envelope.data, envelope.size, err);
}

static void
sync_place(const struct ex_spool_folder *f, enum ex_spool_place place)
{
	char path[PATH_MAX];
	int fd;

	path_of(f, place, "", "", path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

enum ex_status
ex_spool_folder_replace(struct ex_spool_folder *f, enum ex_spool_place place,
    const char *id, struct ex_bytes envelope, struct ex_error *err)
{
	char path[PATH_MAX], fresh[PATH_MAX];
	enum ex_status status;

	path_of(f, place, id, ENDING, path);
	path_of(f, place, id, ENDING ".new", fresh);
	unlink(fresh);
	status = ex_file_make_private(fresh, envelope.data, envelope.size, err);
	if (status == EX_OK && rename(fresh, path) != 0) {
		status = system_fail(err, path);
		unlink(fresh);
	}
	sync_place(f, place);
	return status;
}

enum ex_status
ex_spool_folder_move(struct ex_spool_folder *f, const char *id,
    enum ex_spool_place from, enum ex_spool_place to, struct ex_error *err)
{
	char old[PATH_MAX], new[PATH_MAX];

	path_of(f, from, id, ENDING, old);
	path_of(f, to, id, ENDING, new);
	if (rename(old, new) != 0)
		return system_fail(err, old);
	sync_place(f, to);
	sync_place(f, from);
	if (from == EX_SPOOL_REFUSED) {
		path_of(f, from, id, WHY, old);
		unlink(old);
	}
	return EX_OK;
}

enum ex_status
ex_spool_folder_remove(struct ex_spool_folder *f, enum ex_spool_place place,
    const char *id, struct ex_error *err)
{
	char path[PATH_MAX];

	path_of(f, place, id, ENDING, path);
	if (unlink(path) != 0 && errno != ENOENT)
		return system_fail(err, path);
	return EX_OK;
}

enum ex_status
ex_spool_folder_explain(struct ex_spool_folder *f, const char *id,
    const char *why, struct ex_error *err)
{
	char path[PATH_MAX];

	path_of(f, EX_SPOOL_REFUSED, id, WHY, path);
	unlink(path);
	return ex_file_make_private(path, why, strlen(why), err);
}

size_t
ex_spool_folder_expire(struct ex_spool_folder *f, int64_t before_ms)
{
	char path[PATH_MAX];
	const struct dirent *e;
	struct stat st;
	size_t gone = 0;
	DIR *dir;

	path_of(f, EX_SPOOL_DAMAGED, "", "", path);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		if (fstatat(dirfd(dir), e->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    S_ISREG(st.st_mode) &&
		    (int64_t)st.st_mtim.tv_sec * 1000 < before_ms)
			gone += unlinkat(dirfd(dir), e->d_name, 0) == 0;
	if (dir)
		closedir(dir);
	return gone;
}
