/* SPDX-License-Identifier: Apache-2.0 */
/* Against MRZs that others made: specimens, test vectors, rendered pages. */
#include <glob.h>

#include "samples.h"

/* Lines of an MRZ as one text; everybody's check digits here are right. */
static void
assert_passes(const char *from, const char *text, const char *format)
{
	struct ex_bytes in = { (const uint8_t *)text, strlen(text) };
	struct ex_error err = { 0 };
	struct ex_mrz m;

	if (ex_mrz_parse_text(from, in, TODAY, &m, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	if (strcmp(ex_mrz_format_word(m.format), format) != 0)
		fail_msg("%s: not %s", from, format);
	if (!ex_mrz_passes(&m))
		fail_msg("%s: checks wrong %#x", from, m.checks_wrong);
	if (strcmp(m.issuer, "BDR") != 0) /* a printer's specimen */
		assert_non_null(ex_country_name(m.issuer));
	assert_non_null(ex_country_name(m.nationality));
}

static FILE *
shared_open(const char *shared, const char *rel)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/%s", shared, rel);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

/* "TD3 | source | line | line | {...}" */
static void
published_vectors_pass(void **state)
{
	char row[1024], text[256];
	size_t n = 0;

	(void)state;
	TEST_NEEDS_SHARED(shared);
	FILE *f = shared_open(shared, "data/emrtd/vectors/mrz_samples.txt");

	while (fgets(row, sizeof row, f)) {
		char *rest, *format = strtok_r(row, " ", &rest);

		if (*row == '#')
			continue;
		size_t used = 0;
		for (char *part; (part = strtok_r(NULL, "|", &rest));) {
			if (strspn(part, " ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789<") < 30)
				continue;
			used += (size_t)snprintf(
			    text + used, sizeof text - used, "%s\n", part);
			assert_true(used < sizeof text);
		}
		assert_passes("mrz_samples.txt", text, format);
		n++;
	}
	fclose(f);
	assert_int_equal(n, 9);
}

/* file, format, lines joined by |, remark: between tabs */
static void
specimens_pass(void **state)
{
	char row[1024];
	size_t n = 0;

	(void)state;
	TEST_NEEDS_SHARED(shared);
	FILE *f = shared_open(shared, "data/mrz/specimens/ground_truth.tsv");

	assert_non_null(fgets(row, sizeof row, f));
	while (fgets(row, sizeof row, f)) {
		char *rest, *name = strtok_r(row, "\t", &rest);
		char *format = strtok_r(NULL, "\t", &rest);
		char *text = strtok_r(NULL, "\t", &rest);

		assert_non_null(text);
		for (char *p = text; *p; p++)
			if (*p == '|')
				*p = '\n';
		if (!strncmp(format, "MRV", 3))
			format = format[3] == 'A' ? "MRV-A" : "MRV-B";
		assert_passes(name, text, format);
		n++;
	}
	fclose(f);
	assert_int_equal(n, 27);
}

static void
synthetic_pages_pass(void **state)
{
	char pattern[4200];
	glob_t found;

	(void)state;
	TEST_NEEDS_SHARED(shared);
	snprintf(
	    pattern, sizeof pattern, "%s/data/mrz/synthetic/*.txt", shared);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 75);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char text[256] = "";
		FILE *f = fopen(found.gl_pathv[i], "r");

		assert_non_null(f);
		assert_true(fread(text, 1, sizeof text - 1, f) > 0);
		fclose(f);
		assert_passes(found.gl_pathv[i], text, "TD3");
	}
	globfree(&found);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_vectors_pass),
		cmocka_unit_test(specimens_pass),
		cmocka_unit_test(synthetic_pages_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
