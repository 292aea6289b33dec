/* SPDX-License-Identifier: Apache-2.0 */
/* Where a scene goes. (F1) Nothing is removed from a folder that does not bear
 * our mark. (F2) From a folder that does, only what a run writes is removed.
 * (F3) scene.json goes first: no moment shows a scene half replaced. */
#include "output.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MARK_FILE "sim.txt"
#define MARK      "exeunt sim\n"

enum ex_status
ex_sim_write_quick(
    const char *path, const void *data, size_t size, struct ex_error *err)
{
	FILE *f = fopen(path, "wbe");
	bool done;

	if (!f)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
	done = fwrite(data, 1, size, f) == size;
	if (fclose(f) != 0)
		done = false;
	if (!done)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
	return EX_OK;
}

static bool
is_empty(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;
	bool empty = true;

	if (!d)
		return false;
	while (empty && (e = readdir(d)))
		empty =
		    strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return empty;
}

static bool
has_mark(const char *dir)
{
	char *path = ex_path_join(dir, MARK_FILE);
	struct ex_blob blob = { 0 };
	bool marked = path && ex_file_read(path, 4096, &blob, NULL) == EX_OK &&
		      blob.size >= sizeof MARK - 1 &&
		      memcmp(blob.data, MARK, sizeof MARK - 1) == 0;

	ex_blob_free(&blob);
	free(path);
	return marked;
}

static bool
ends_with(const char *name, const char *ending)
{
	size_t n = strlen(name), k = strlen(ending);

	return n > k && strcmp(name + n - k, ending) == 0;
}

/* (F2) Pictures and JSON of one subfolder, then it, if nothing else is left.
 * A link in its place is not followed. */
static void
remove_subfolder(int dir, const char *name)
{
	int fd =
	    openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *e;

	if (!d) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((e = readdir(d)))
		if (ends_with(e->d_name, ".jpg") ||
		    ends_with(e->d_name, ".json"))
			unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	unlinkat(dir, name, AT_REMOVEDIR);
}

static bool
is_ours(const char *name)
{
	if (strcmp(name, "documents") == 0)
		return true;
	return name[0] == 'v' && strlen(name) == 5 &&
	       strspn(name + 1, "0123456789") == 4;
}

static void
remove_scene(const char *path)
{
	DIR *d = opendir(path);
	const struct dirent *e;

	if (!d)
		return;
	unlinkat(dirfd(d), "scene.json", 0); /* (F3) */
	unlinkat(dirfd(d), "truth.json", 0);
	while ((e = readdir(d)))
		if (is_ours(e->d_name))
			remove_subfolder(dirfd(d), e->d_name);
	closedir(d);
}

static enum ex_status
put_mark(const struct ex_sim_options *o, struct ex_error *err)
{
	char text[512];
	char *path = ex_path_join(o->out, MARK_FILE);
	enum ex_status status;

	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, o->out, NULL);
	snprintf(text, sizeof text,
	    MARK "A scene of synthetic travellers. The next run into this "
		 "folder replaces it.\n"
		 "seed %llu\nvehicles %u\noccupants %u\nsize %dx%d\nfps %g\n"
		 "tint %g\nreflection %g\nnoise %g\nspeed %g\ndarkness %g\n",
	    (unsigned long long)o->seed, o->vehicles, o->occupants, o->width,
	    o->height, o->fps, o->tint, o->reflection, o->noise, o->speed,
	    o->darkness);
	status = ex_sim_write_quick(path, text, strlen(text), err);
	free(path);
	return status;
}

enum ex_status
ex_sim_folder_prepare(const struct ex_sim_options *o, struct ex_error *err)
{
	struct stat st;
	enum ex_status status;

	if (stat(o->out, &st) != 0) {
		status = ex_dir_make(o->out, err);
		if (status != EX_OK)
			return status;
	} else if (!S_ISDIR(st.st_mode)) {
		return ex_fail(err, EX_ERR_ENVIRONMENT, o->out, "not a folder");
	} else if (has_mark(o->out)) {
		remove_scene(o->out);
	} else if (!is_empty(o->out)) { /* (F1) */
		return ex_fail(err, EX_ERR_ENVIRONMENT, o->out,
		    "holds something else than a simulated scene; "
		    "give a new or empty folder");
	}
	return put_mark(o, err);
}
