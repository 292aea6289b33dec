/* SPDX-License-Identifier: Apache-2.0 */
/* (H5) The console's files: a fixed list, read once at the start. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define FILE_MOST ((size_t)1024 * 1024)

static const struct {
	const char *name, *type;
} names[] = {
#define EX_CONSOLE_FILE(name, type) { name, type },
#include "console_files.inc"
#undef EX_CONSOLE_FILE
};
#define N_NAMES (sizeof names / sizeof *names)

struct ex_files {
	struct ex_file all[N_NAMES];
	char paths[N_NAMES][64];
};

enum ex_status
ex_files_read(const char *folder, struct ex_files **out, struct ex_error *err)
{
	struct ex_files *f = ex_calloc(1, sizeof *f);
	enum ex_status status = EX_OK;

	*out = NULL;
	if (!f)
		return ex_fail(err, EX_ERR_NOMEM, folder, NULL);
	for (size_t i = 0; i < N_NAMES && status == EX_OK; i++) {
		char *path = ex_path_join(folder, names[i].name);

		snprintf(f->paths[i], sizeof f->paths[i], "/%s", names[i].name);
		f->all[i].path = f->paths[i];
		f->all[i].type = names[i].type;
		status =
		    path ? ex_file_read(path, FILE_MOST, &f->all[i].bytes, err)
			 : ex_fail(err, EX_ERR_NOMEM, folder, NULL);
		free(path);
	}
	if (status == EX_OK)
		*out = f;
	else
		ex_files_free(&f);
	return status;
}

void
ex_files_free(struct ex_files **files)
{
	struct ex_files *f = *files;

	if (!f)
		return;
	for (size_t i = 0; i < N_NAMES; i++)
		ex_blob_free(&f->all[i].bytes);
	free(f);
	*files = NULL;
}

const struct ex_file *
ex_files_find(const struct ex_files *f, const char *path)
{
	if (!f)
		return NULL;
	if (strcmp(path, "/") == 0)
		path = "/index.html";
	for (size_t i = 0; i < N_NAMES; i++)
		if (strcmp(path, f->all[i].path) == 0)
			return &f->all[i];
	return NULL;
}
