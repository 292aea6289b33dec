/* SPDX-License-Identifier: Apache-2.0 */
#include <unistd.h>

#include "samples.h"

struct ctx {
	char dir[64], path[96];
	char *mrz[3];
	struct ex_document_file file;
};

static int
set_up(void **state)
{
	struct ctx *c = calloc(1, sizeof *c);

	if (!c)
		return -1;
	snprintf(c->dir, sizeof c->dir, "/tmp/exeunt-document-XXXXXX");
	if (!mkdtemp(c->dir))
		return -1;
	snprintf(c->path, sizeof c->path, "%s/012.jpg", c->dir);
	for (size_t i = 0; i < td3.n; i++)
		c->mrz[i] = strdup(td3.line[i]);
	c->file = (struct ex_document_file){
		.mrz = c->mrz, .n_mrz = td3.n, .portrait = c->path
	};
	*state = c;
	return 0;
}

static int
tear_down(void **state)
{
	struct ctx *c = *state;

	unlink(c->path);
	rmdir(c->dir);
	for (size_t i = 0; i < 3; i++)
		free(c->mrz[i]);
	free(c);
	return 0;
}

static void
portrait_write(const struct ctx *c, const void *data, size_t size)
{
	FILE *f = fopen(c->path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, size, f), size);
	assert_int_equal(fclose(f), 0);
}

static void
assert_empty(const struct ex_document_data *d)
{
	static const struct ex_document_data empty;

	assert_memory_equal(d, &empty, sizeof empty);
}

static void
document_is_read_whole(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;

	portrait_write(c, "\xff\xd8\xff\xe0rest", 8);
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, NULL), EX_OK);
	assert_int_equal(d.mrz_check, EX_CHECK_PASSED);
	assert_string_equal(d.mrz.number, "L898902C3");
	assert_int_equal(d.portrait.size, 8);
	assert_memory_equal(d.portrait.data + 4, "rest", 4);
	assert_int_equal(d.portrait_type, EX_PORTRAIT_JPEG);
	ex_document_data_fini(&d);
	assert_empty(&d);
	ex_document_data_fini(&d);
}

static void
wrong_check_digit_is_an_answer(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;

	portrait_write(c, "\xff\xd8\xff\xe0", 4);
	c->mrz[1][9] = '7';
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, NULL), EX_OK);
	assert_int_equal(d.mrz_check, EX_CHECK_FAILED);
	assert_true(d.mrz.checks_wrong & EX_MRZ_CHECK_NUMBER);
	ex_document_data_fini(&d);
}

static void
bad_mrz_is_refused_by_place(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;
	struct ex_error err;

	portrait_write(c, "\xff\xd8\xff\xe0", 4);
	c->mrz[1][13] = 'Q';
	assert_int_equal(
	    ex_document_open("documents/012.json", &c->file, TODAY, &d, &err),
	    EX_ERR_FORMAT);
	assert_string_equal(err.what, "documents/012.json");
	assert_non_null(strstr(err.why, "line 2, column 14"));
	assert_empty(&d);
}

static void
bad_portrait_leaves_the_mrz(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;
	struct ex_error err;

	portrait_write(c, "this is a text\n", 15);
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, &err), EX_ERR_FORMAT);
	assert_string_equal(err.what, c->path);
	assert_int_equal(d.mrz_check, EX_CHECK_PASSED);
	assert_string_equal(d.mrz.number, "L898902C3");
	assert_null(d.portrait.data);
	assert_int_equal(d.portrait_type, EX_PORTRAIT_NONE);
	ex_document_data_fini(&d);
}

static void
missing_portrait_is_named(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;
	struct ex_error err;

	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, &err), EX_ERR_NOT_FOUND);
	assert_string_equal(err.what, c->path);
	ex_document_data_fini(&d);

	c->file.portrait = NULL;
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, &err), EX_ERR_FORMAT);
	assert_string_equal(err.why, "no portrait");
	ex_document_data_fini(&d);
}

static void
missing_mrz_is_refused(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;
	struct ex_error err;

	c->file.mrz = NULL;
	c->file.n_mrz = 0;
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, &err), EX_ERR_FORMAT);
	assert_string_equal(err.why, "no MRZ");
	assert_empty(&d);
}

static void
portrait_is_bounded(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;

	portrait_write(c, "\xff\xd8\xff\xe0", 4);
	assert_int_equal(truncate(c->path, EX_PORTRAIT_MAX_BYTES), 0);
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, NULL), EX_OK);
	assert_int_equal(d.portrait.size, EX_PORTRAIT_MAX_BYTES);
	ex_document_data_fini(&d);
	assert_int_equal(truncate(c->path, EX_PORTRAIT_MAX_BYTES + 1), 0);
	assert_int_equal(
	    ex_document_open("d", &c->file, TODAY, &d, NULL), EX_ERR_TOO_LARGE);
	ex_document_data_fini(&d);
}

static void
lds_folder_is_unsupported(void **state)
{
	char lds[] = "012/";
	struct ex_document_file file = { .lds = lds };
	struct ex_document_data d;
	struct ex_error err;

	(void)state;
	assert_int_equal(
	    ex_document_open("d", &file, TODAY, &d, &err), EX_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.why, "LDS"));
	assert_empty(&d);
}

static void
portraits_are_told_by_signature(void **state)
{
	static const struct {
		enum ex_portrait_type type;
		size_t size;
		const char *bytes;
	} cases[] = {
		{ EX_PORTRAIT_JPEG, 4, "\xff\xd8\xff\xdb" },
		{ EX_PORTRAIT_PNG, 8, "\x89PNG\r\n\x1a\n" },
		{ EX_PORTRAIT_JP2, 12, "\0\0\0\x0cjP  \r\n\x87\n" },
		{ EX_PORTRAIT_J2K, 4, "\xff\x4f\xff\x51" },
		{ EX_PORTRAIT_NONE, 8, "GIF89a\0\0" },
		{ EX_PORTRAIT_NONE, 2, "\xff\xd8" },
		{ EX_PORTRAIT_NONE, 0, "" },
		{ EX_PORTRAIT_NONE, 11, "\0\0\0\x0cjP  \r\n\x87" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct ex_bytes in = { (const uint8_t *)cases[i].bytes,
			cases[i].size };

		assert_int_equal(ex_portrait_type(in), cases[i].type);
	}
}

static void
every_allocation_may_fail(void **state)
{
	struct ctx *c = *state;
	struct ex_document_data d;
	enum ex_status status = EX_ERR_NOMEM;
	long n = 0;

	portrait_write(c, "\xff\xd8\xff\xe0", 4);
	for (; status != EX_OK; n++) {
		assert_true(n < 50);
		ex_calloc_fail_after(n);
		status = ex_document_open("d", &c->file, TODAY, &d, NULL);
		ex_calloc_fail_after(-1);
		if (status != EX_OK) {
			assert_int_equal(status, EX_ERR_NOMEM);
			assert_null(d.portrait.data);
		}
		ex_document_data_fini(&d);
	}
	assert_true(n > 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(document_is_read_whole),
		TEST(wrong_check_digit_is_an_answer),
		TEST(bad_mrz_is_refused_by_place),
		TEST(bad_portrait_leaves_the_mrz),
		TEST(missing_portrait_is_named),
		TEST(missing_mrz_is_refused),
		TEST(portrait_is_bounded),
		TEST(lds_folder_is_unsupported),
		cmocka_unit_test(portraits_are_told_by_signature),
		TEST(every_allocation_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
