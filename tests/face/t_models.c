/* SPDX-License-Identifier: Apache-2.0 */
/* The pinned files, and what is said when they are not. */
#include "face_test.h"

#include <unistd.h>

static const char *const names[] = { "mmod_human_face_detector.dat",
	"shape_predictor_5_face_landmarks.dat",
	"dlib_face_recognition_resnet_model_v1.dat" };

enum damage { MISSING, EMPTY, ONE_BIT, LONGER, A_FOLDER, DAMAGES };

static void
write_file(const char *path, const uint8_t *data, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	fclose(f);
}

static void
damage_file(const char *from, const char *to, enum damage how)
{
	struct ex_error err;
	struct ex_blob blob;

	assert_int_equal(ex_file_read(from, 1 << 26, &blob, &err), EX_OK);
	switch (how) {
	case EMPTY:
		write_file(to, blob.data, 0);
		break;
	case ONE_BIT:
		blob.data[blob.size / 2] ^= 1;
		write_file(to, blob.data, blob.size);
		break;
	case LONGER:
		write_file(to, blob.data, blob.size);
		assert_int_equal(truncate(to, (off_t)blob.size + 1), 0);
		break;
	case A_FOLDER:
		assert_int_equal(ex_dir_make(to, &err), EX_OK);
		break;
	default:
		break;
	}
	ex_blob_free(&blob);
}

/* A folder of links to the models, but for one. */
static void
check_damage(const char *dir, int which, enum damage how)
{
	struct ex_face_models *m = (struct ex_face_models *)&which;
	struct ex_error err;
	char from[4096], to[4096];

	for (int i = 0; i < 3; i++) {
		snprintf(from, sizeof from, MODELS "/%s", names[i]);
		snprintf(to, sizeof to, "%s/%s", dir, names[i]);
		if (i == which)
			damage_file(from, to, how);
		else
			assert_int_equal(symlink(from, to), 0);
	}
	assert_int_equal(ex_face_models_load(dir, &m, &err), EX_ERR_MODEL);
	assert_null(m);
	assert_non_null(strstr(err.what, names[which]));
	assert_non_null(strstr(err.why, "npm ci"));
	for (int i = 0; i < 3; i++) {
		snprintf(to, sizeof to, "%s/%s", dir, names[i]);
		remove(to);
	}
}

static void
damaged_models_are_named_with_what_mends_them(void **state)
{
	char dir[] = "/tmp/exeunt-models-XXXXXX";

	(void)state;
	assert_non_null(mkdtemp(dir));
	for (int which = 0; which < 3; which++)
		for (int how = 0; how < DAMAGES; how++)
			check_damage(dir, which, (enum damage)how);
	assert_int_equal(rmdir(dir), 0);
}

static void
missing_folder_is_said_with_what_mends_it(void **state)
{
	struct ex_face_models *m;
	struct ex_error err;

	(void)state;
	assert_int_equal(
	    ex_face_models_load("/nowhere/at/all", &m, &err), EX_ERR_MODEL);
	assert_null(m);
	assert_non_null(strstr(err.why, "npm ci"));
	assert_int_equal(ex_status_exit(EX_ERR_MODEL), 4);
}

static void
recipe_names_models_and_crop(void **state)
{
	const char *recipe = ex_face_recipe(models);

	(void)state;
	assert_non_null(strstr(recipe, "55533b28a95800a5"));
	assert_non_null(strstr(recipe, "c4b1e9804792707d"));
	assert_non_null(strstr(recipe, "be467b1a76f48269"));
	assert_non_null(strstr(recipe, "150"));
	assert_non_null(strstr(recipe, "mirrored"));
	assert_null(strchr(recipe, '\n'));
}

/* A load is a hundred allocations and tenths of a second: not every one. */
static long
further(long n)
{
	return n + 1 + n / 4;
}

static void
failed_allocations_are_survived_at_load(void **state)
{
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_face_models *m;
	struct ex_error err;

	(void)state;
	for (long n = 0; status != EX_OK; n = further(n)) {
		ex_calloc_fail_after(n);
		status = ex_face_models_load(MODELS, &m, &err);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, m != NULL);
		if (status != EX_OK)
			assert_int_equal(err.status, EX_ERR_NOMEM);
	}
	ex_face_models_free(&m);
	assert_null(m);
}

static void
failed_allocations_are_survived_by_work(void **state)
{
	enum ex_status status = EX_ERR_NOMEM;
	struct ex_face_work *w;

	(void)state;
	for (long n = 0; status != EX_OK; n = further(n)) {
		ex_calloc_fail_after(n);
		status = ex_face_work_new(models, &w);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		assert_int_equal(status == EX_OK, w != NULL);
	}
	ex_face_work_free(&w);
	assert_null(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_models_are_named_with_what_mends_them),
		cmocka_unit_test(missing_folder_is_said_with_what_mends_it),
		cmocka_unit_test(recipe_names_models_and_crop),
		cmocka_unit_test(failed_allocations_are_survived_at_load),
		cmocka_unit_test(failed_allocations_are_survived_by_work),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
