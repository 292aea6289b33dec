/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ex_status
open_regular(const char *path, size_t max_bytes, int *fd, size_t *size,
    struct ex_error *err)
{
	struct stat st;

	/* O_NONBLOCK: a pipe with no writer must not hold a lane. */
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (*fd < 0)
		return ex_fail(err,
		    errno == ENOENT || errno == ENOTDIR ? EX_ERR_NOT_FOUND
							: EX_ERR_INPUT,
		    path, "%s", strerror(errno));
	if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode))
		return ex_fail(err, EX_ERR_INPUT, path, "not a regular file");
	if (st.st_size < 0 || (uintmax_t)st.st_size > max_bytes)
		return ex_fail(err, EX_ERR_TOO_LARGE, path,
		    "%jd bytes; at most %zu are read", (intmax_t)st.st_size,
		    max_bytes);
	*size = (size_t)st.st_size;
	return EX_OK;
}

enum ex_status
ex_file_read(const char *path, size_t max_bytes, struct ex_blob *out,
    struct ex_error *err)
{
	enum ex_status status;
	uint8_t *data = NULL;
	size_t size = 0, got = 0;
	ssize_t n;
	int fd;

	*out = (struct ex_blob){ 0 };
	status = open_regular(path, max_bytes, &fd, &size, err);
	if (status != EX_OK)
		goto out;
	data = ex_calloc(size + 1, 1);
	if (!data) {
		status = ex_fail(err, EX_ERR_NOMEM, path, NULL);
		goto out;
	}
	while (got < size && (n = read(fd, data + got, size - got)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			status = ex_fail(
			    err, EX_ERR_INPUT, path, "%s", strerror(errno));
			goto out;
		}
		got += (size_t)n;
	}
	*out = (struct ex_blob){ data, got };
	data = NULL;
out:
	free(data);
	if (fd >= 0)
		close(fd);
	return status;
}

static bool
write_all(int fd, const uint8_t *data, size_t size)
{
	while (size > 0) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		data += n;
		size -= (size_t)n;
	}
	return true;
}

/* A rename is durable only when the folder that holds it is. */
static void
sync_folder_of(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	int fd;

	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1,
	    slash ? path : ".");
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
}

enum ex_status
ex_file_write(
    const char *path, const void *data, size_t size, struct ex_error *err)
{
	char temporary[PATH_MAX];
	mode_t mask;
	int fd, n;

	n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return ex_fail(err, EX_ERR_ENVIRONMENT, path, "name too long");
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
	umask(mask = umask(0));
	if (!write_all(fd, data, size) || fchmod(fd, 0666 & ~mask) != 0 ||
	    fsync(fd) != 0 || rename(temporary, path) != 0) {
		int why = errno;

		close(fd);
		unlink(temporary);
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(why));
	}
	close(fd);
	sync_folder_of(path);
	return EX_OK;
}

enum ex_status
ex_file_make_private(
    const char *path, const void *data, size_t size, struct ex_error *err)
{
	char temporary[PATH_MAX];
	int fd, n, why = 0;

	n = snprintf(temporary, sizeof temporary, "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return ex_fail(err, EX_ERR_ENVIRONMENT, path, "name too long");
	fd = mkostemp(temporary, O_CLOEXEC); /* mode 0600 */
	if (fd < 0)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
	if (!write_all(fd, data, size) || fsync(fd) != 0)
		why = errno;
	/* Closed before it has its name: closing a database drops the locks
	 * of another thread that has opened it. A link never replaces. */
	close(fd);
	if (!why && link(temporary, path) != 0 && errno != EEXIST)
		why = errno;
	unlink(temporary);
	if (why)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(why));
	sync_folder_of(path);
	return EX_OK;
}

enum ex_status
ex_dir_make(const char *path, struct ex_error *err)
{
	char part[PATH_MAX];
	struct stat st;
	size_t n = strlen(path);

	if (n == 0 || n >= sizeof part)
		return ex_fail(err, EX_ERR_ENVIRONMENT, path, "not a name");
	memcpy(part, path, n + 1);
	for (char *p = part + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		mkdir(part, 0777);
		*p = '/';
	}
	if (mkdir(part, 0777) != 0 &&
	    (stat(part, &st) != 0 || !S_ISDIR(st.st_mode)))
		return ex_fail(err, EX_ERR_ENVIRONMENT, path, "%s",
		    strerror(errno == EEXIST ? ENOTDIR : errno));
	return EX_OK;
}
