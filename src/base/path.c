/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

char *
ex_path_join(const char *dir, const char *name)
{
	size_t n = strlen(dir) + strlen(name) + 2;
	char *p = ex_calloc(n, 1);

	if (p)
		snprintf(p, n, "%s/%s", dir, name);
	return p;
}

static bool
has_dot_dot(const char *rel)
{
	for (const char *p = rel; p; p = strchr(p, '/')) {
		p += *p == '/';
		if (strncmp(p, "..", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
			return true;
	}
	return false;
}

static bool
has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

bool
ex_path_plain(const char *rel)
{
	return *rel != '\0' && *rel != '/' && strlen(rel) < PATH_MAX / 2 &&
	       !has_dot_dot(rel) && !has_control(rel);
}

/* Does `path`, links followed, stay under `root`? A file that does not exist
 * is judged by its folder. Negative: errno says why nobody can tell. */
static int
stays_within(const char *root, const char *path)
{
	char real_root[PATH_MAX], real[PATH_MAX];
	size_t n;

	if (!realpath(root, real_root))
		return 1; /* opening it will say so */
	if (!realpath(path, real))
		return errno == ENOENT || errno == ENOTDIR ? 1 : -1;
	n = strlen(real_root);
	return strncmp(real, real_root, n) == 0 &&
	       (real[n] == '/' || real[n] == '\0' || real_root[n - 1] == '/');
}

enum ex_status
ex_path_within(
    const char *root, const char *rel, char **out, struct ex_error *err)
{
	char *path;
	int within;

	*out = NULL;
	if (!ex_path_plain(rel))
		return ex_fail(err, EX_ERR_PATH, rel,
		    "must be a plain path relative to %s", root);
	path = ex_path_join(root, rel);
	if (!path)
		return ex_fail(err, EX_ERR_NOMEM, rel, NULL);
	within = stays_within(root, path);
	if (within > 0) {
		*out = path;
		return EX_OK;
	}
	if (within < 0)
		ex_fail(err, EX_ERR_PATH, rel, "%s", strerror(errno));
	else
		ex_fail(err, EX_ERR_PATH, rel, "is a link that leads out of %s",
		    root);
	free(path);
	return EX_ERR_PATH;
}
