/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"

#define MAX_FILE  ((size_t)64 << 10)
#define MAX_LINES 3
#define MAX_LINE  64

static enum ex_status
read_mrz(const struct ex_json *root, struct ex_document_file *d)
{
	struct ex_json list = ex_json_key(root, "mrz");
	enum ex_status status;
	size_t n;

	if (!list.value)
		return EX_OK;
	status = ex_json_array(&list, 1, MAX_LINES, &n);
	if (status != EX_OK)
		return status;
	d->mrz = ex_calloc(n, sizeof *d->mrz);
	if (!d->mrz)
		return ex_json_fail(&list, EX_ERR_NOMEM, "out of memory");
	d->n_mrz = n;
	for (size_t i = 0; i < n && status == EX_OK; i++) {
		struct ex_json line = ex_json_at(&list, i);

		status = ex_json_string_copy(&line, 1, MAX_LINE, &d->mrz[i]);
	}
	return status;
}

/* The file's folder and the name in it, as one path below the scene's folder:
 * the name itself must be plain, and no link on the way may leave the scene. */
static enum ex_status
read_path(const struct ex_json *root, const char *key, const char *dir,
    const char *rel, char **out)
{
	struct ex_json j = ex_json_key(root, key);
	const char *name, *slash = strrchr(rel, '/');
	char below[2 * EX_MAX_NAME];
	struct ex_error why = { 0 };
	enum ex_status status;

	if (!j.value)
		return EX_OK;
	status = ex_json_string(&j, 1, EX_MAX_NAME - 1, &name);
	if (status != EX_OK)
		return status;
	if (!ex_path_plain(name))
		return ex_json_fail(&j, EX_ERR_PATH,
		    "must be a path inside the document's folder, without "
		    "'..'");
	snprintf(below, sizeof below, "%.*s%s",
	    slash ? (int)(slash - rel) + 1 : 0, rel, name);
	status = ex_path_within(dir, below, out, &why);
	if (status != EX_OK)
		return ex_json_fail(&j, status, "%s", why.why);
	return EX_OK;
}

static enum ex_status
read_content(const struct ex_json *root, const char *dir, const char *rel,
    struct ex_document_file *d)
{
	enum ex_status status = ex_json_object(root);

	if (status == EX_OK)
		status = read_mrz(root, d);
	if (status == EX_OK)
		status = read_path(root, "portrait", dir, rel, &d->portrait);
	if (status == EX_OK)
		status = read_path(root, "lds", dir, rel, &d->lds);
	if (status == EX_OK && !d->mrz && !d->portrait && !d->lds)
		status = ex_json_fail(root, EX_ERR_FORMAT,
		    "must have \"mrz\" and \"portrait\", or \"lds\"");
	return status;
}

enum ex_status
ex_document_file_read(const char *dir, const char *rel,
    struct ex_document_file *out, struct ex_error *err)
{
	struct ex_document_file d = { 0 };
	struct ex_json root;
	char *path = NULL;
	json_t *tree = NULL;
	enum ex_status status;

	*out = d;
	if (strlen(rel) >= EX_MAX_NAME)
		return ex_fail(err, EX_ERR_PATH, rel, "longer than %d bytes",
		    EX_MAX_NAME - 1);
	status = ex_path_within(dir, rel, &path, err);
	if (status == EX_OK)
		status = ex_json_load(path, MAX_FILE, &tree, err);
	if (status == EX_OK) {
		root = ex_json_root(path, tree, err);
		status = read_content(&root, dir, rel, &d);
	}
	if (status == EX_OK) {
		*out = d;
		d = (struct ex_document_file){ 0 };
	}
	ex_document_file_free(&d);
	json_decref(tree);
	free(path);
	return status;
}

enum ex_status
ex_document_file_write(const char *path, const char *const mrz[], size_t n_mrz,
    const char *portrait, struct ex_error *err)
{
	struct ex_json_out o = { 0 };

	ex_json_put(&o, "{\"mrz\":[");
	for (size_t i = 0; i < n_mrz; i++) {
		ex_json_put(&o, "%s", i ? ",\n        " : "");
		ex_json_put_string(&o, mrz[i]);
	}
	ex_json_put(&o, "],\n \"portrait\":");
	ex_json_put_string(&o, portrait);
	ex_json_put(&o, "}\n");
	return ex_json_save(&o, path, err);
}

void
ex_document_file_free(struct ex_document_file *d)
{
	for (size_t i = 0; i < d->n_mrz; i++) {
		if (d->mrz[i])
			ex_wipe(d->mrz[i], strlen(d->mrz[i]));
		free(d->mrz[i]);
	}
	free(d->mrz);
	free(d->portrait);
	free(d->lds);
	*d = (struct ex_document_file){ 0 };
}
