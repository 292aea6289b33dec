/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of pairs and groups: what is read, who is who, what is refused. */
#include "test.h"

#include "exeunt/eval.h"

static struct ex_error err;
static struct ex_trial_list *list;
static struct ex_trial_groups *groups;

static enum ex_status
parse(const char *text)
{
	memset(&err, 0, sizeof err);
	ex_trial_list_free(&list);
	return ex_trial_list_parse("p",
	    (struct ex_bytes){ (const void *)text, strlen(text) }, &list, &err);
}

static enum ex_status
parse_groups(const char *text)
{
	memset(&err, 0, sizeof err);
	ex_trial_groups_free(&groups);
	return ex_trial_groups_parse("g",
	    (struct ex_bytes){ (const void *)text, strlen(text) }, list,
	    &groups, &err);
}

static int
forget(void **state)
{
	(void)state;
	ex_trial_list_free(&list);
	ex_trial_groups_free(&groups);
	return 0;
}

static const struct ex_trial_picture *
picture(const char *path)
{
	for (size_t i = 0; i < list->n_pictures; i++)
		if (strcmp(list->pictures[i].path, path) == 0)
			return &list->pictures[i];
	fail_msg("no picture %s", path);
	return NULL;
}

static bool
one_person(const char *a, const char *b)
{
	return picture(a)->person == picture(b)->person;
}

static void
refused(const char *text, enum ex_status status, const char *why)
{
	assert_int_equal(parse(text), status);
	assert_null(list);
	assert_int_equal(err.status, status);
	assert_string_equal(err.what, "p");
	if (!strstr(err.why, why))
		fail_msg("says '%s', not '%s'", err.why, why);
}

static void
lfw_names_pictures_and_people(void **state)
{
	(void)state;
	assert_int_equal(parse("1\t2\n"
			       "Anna_B\t1\t12\n"
			       "Cy\t3\t10000\n"
			       "Anna_B\t1\tCy\t4\n"
			       "Anna\t1\tAnna_B\t2\n"),
	    EX_OK);
	assert_true(list->named);
	assert_int_equal(list->n_pairs, 4);
	assert_int_equal(list->n_pictures, 7);
	assert_int_equal(list->n_people, 3);
	assert_true(list->pairs[0].same && list->pairs[1].same);
	assert_false(list->pairs[2].same || list->pairs[3].same);
	assert_string_equal(
	    list->pictures[list->pairs[1].b].path, "Cy/Cy_10000.jpg");
	/* By name, though no genuine pair ties the second picture. */
	assert_true(
	    one_person("Anna_B/Anna_B_0012.jpg", "Anna_B/Anna_B_0002.jpg"));
	assert_true(one_person("Cy/Cy_0003.jpg", "Cy/Cy_0004.jpg"));
	assert_false(
	    one_person("Anna/Anna_0001.jpg", "Anna_B/Anna_B_0001.jpg"));
}

static void
lfw_may_have_one_fold_and_blanks(void **state)
{
	(void)state;
	assert_int_equal(parse("1\nA 1 2\nA 1 B 1\n"), EX_OK);
	assert_int_equal(list->n_people, 2);
	assert_int_equal(
	    parse("2 1\r\nA 1 2\r\nA 1 B 1\r\nB 1 3\r\nA 1 C 1"), EX_OK);
	assert_int_equal(list->n_pairs, 4);
}

static void
people_of_csv_are_connected_components(void **state)
{
	(void)state;
	assert_int_equal(parse("a,b,same\n"
			       "x/1.jpg,x/2.jpg,1\n"
			       "y.jpg,z.jpg,0\n"
			       "x/3.jpg,x/4.jpg,1\n"
			       "x/4.jpg,x/2.jpg,1\n"
			       "x/1.jpg,y.jpg,0\n"),
	    EX_OK);
	assert_false(list->named);
	assert_int_equal(list->n_pictures, 6);
	assert_int_equal(list->n_people, 3);
	assert_true(one_person("x/1.jpg", "x/3.jpg"));
	assert_false(one_person("y.jpg", "z.jpg"));
	for (size_t i = 0; i < list->n_pictures; i++)
		assert_true(list->pictures[i].person < list->n_people);
	for (size_t i = 1; i < list->n_pictures; i++)
		assert_true(strcmp(list->pictures[i - 1].path,
				list->pictures[i].path) < 0);
}

static void
what_contradicts_itself_is_refused_by_line(void **state)
{
	(void)state;
	refused("a,b,same\n1,2,1\n3,1,0\n2,3,1\n", EX_ERR_FORMAT,
	    "line 3: different people, but other lines make them one");
	refused("a,b,same\n1,2,1\n2,2,0\n", EX_ERR_FORMAT,
	    "line 3: a picture with itself");
	refused("1\nA 1 1\nA 1 B 1\n", EX_ERR_FORMAT,
	    "line 2: a picture with itself");
	refused("1\nA 1 2\nA 1 A 3\n", EX_ERR_FORMAT, "line 3: one name twice");
	refused("2\nA 1 2\nA 1 B 1\n", EX_ERR_FORMAT,
	    "1 genuine pairs and 1 others where line 1 says 2");
	refused("1\nA 1 2\nA 1 3\n", EX_ERR_FORMAT, "2 genuine pairs and 0");
}

static void
paths_that_lead_out_are_refused(void **state)
{
	static const char *const wrong[] = { "/etc/passwd", "../x", "a/../../x",
		"..", "" };
	char text[100];

	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		snprintf(
		    text, sizeof text, "a,b,same\nx,y,1\nx,%s,0\n", wrong[i]);
		refused(text, EX_ERR_PATH, "line 3: a path is absolute");
	}
	refused("1\n.. 1 2\nA 1 B 1\n", EX_ERR_PATH, "line 2");
	refused("1\n/etc 1 2\nA 1 B 1\n", EX_ERR_FORMAT, "line 2: a name");
}

static void
what_is_no_list_is_refused_by_line(void **state)
{
	char text[3000];

	(void)state;
	refused("", EX_ERR_FORMAT, "empty");
	refused("a,b,same\n", EX_ERR_FORMAT, "holds no pairs");
	refused("b,a,same\nx,y,1\n", EX_ERR_FORMAT, "line 1: neither");
	refused("0\n", EX_ERR_FORMAT, "line 1: neither");
	refused("1 2 3\n", EX_ERR_FORMAT, "line 1: neither");
	refused("123456\n", EX_ERR_FORMAT, "line 1: neither");
	refused("a,b,same\nx,y\n", EX_ERR_FORMAT, "line 2: not three");
	refused("a,b,same\nx,y,yes\n", EX_ERR_FORMAT, "neither 0 nor 1");
	refused("a,b,same\nx,\"y\",1\n", EX_ERR_FORMAT, "line 2: a quote");
	refused("1\nA 1\nA 1 B 1\n", EX_ERR_FORMAT, "line 2: neither 3");
	refused("1\nA 0 2\nA 1 B 1\n", EX_ERR_FORMAT, "line 2: a picture's");
	refused("1\nA 1 2x\nA 1 B 1\n", EX_ERR_FORMAT, "line 2: a picture's");
	refused("1\nA 1 -2\nA 1 B 1\n", EX_ERR_FORMAT, "line 2: a picture's");
	snprintf(text, sizeof text, "a,b,same\n%0*d,y,1\n", 2500, 7);
	refused(text, EX_ERR_FORMAT, "line 2: the line is too long");
	snprintf(text, sizeof text, "1\n%0*d 1 2\nA 1 B 1\n", 300, 7);
	refused(text, EX_ERR_FORMAT, "line 2: a name");
}

static void
bytes_that_hide_the_rest_are_refused(void **state)
{
	static const char text[] = "a,b,same\nx,y,1\0,0\n";

	(void)state;
	assert_int_equal(
	    ex_trial_list_parse("p",
		(struct ex_bytes){ (const void *)text, sizeof text - 1 }, &list,
		&err),
	    EX_ERR_FORMAT);
	assert_non_null(strstr(err.why, "line 2: a quote or control"));
}

/* ---- groups -------------------------------------------------------------- */

static const char *
word_of(size_t grouping, const char *path)
{
	const struct ex_trial_grouping *g = &groups->items[grouping];
	uint8_t i = g->of[picture(path) - list->pictures];

	assert_true(i == EX_TRIAL_NO_GROUP || i < g->n_words);
	return i == EX_TRIAL_NO_GROUP ? "" : g->words[i];
}

static void
groups_go_by_picture_and_by_person(void **state)
{
	(void)state;
	assert_int_equal(parse("a,b,same\nx/7_a.jpg,x/7_b.jpg,1\n"
			       "x/7_a.jpg,8.png,0\n8.png,x/77_a.jpg,0\n"),
	    EX_OK);
	assert_int_equal(parse_groups("who,age,sex\n7,34,f\n"
				      "x/7_b.jpg,40,m\n8,9,m\n77,NA,\n"
				      "nobody,1,f\n"),
	    EX_OK);
	assert_int_equal(groups->n, 2);
	assert_int_equal(groups->strangers, 1);
	assert_string_equal(groups->items[0].name, "age");
	assert_string_equal(word_of(0, "x/7_a.jpg"), "30 to 39");
	assert_string_equal(word_of(0, "x/7_b.jpg"), "40 to 49");
	assert_string_equal(word_of(0, "8.png"), "0 to 9");
	assert_string_equal(word_of(0, "x/77_a.jpg"), "NA");
	assert_string_equal(word_of(1, "x/7_a.jpg"), "f");
	assert_string_equal(word_of(1, "x/7_b.jpg"), "m");
	assert_string_equal(word_of(1, "x/77_a.jpg"), "");
	/* In the order of words. */
	assert_string_equal(groups->items[1].words[0], "f");
	assert_string_equal(groups->items[0].words[0], "0 to 9");
}

static void
groups_go_by_the_names_of_lfw(void **state)
{
	(void)state;
	assert_int_equal(parse("1\nA_B 1 2\nA_B 1 A 1\n"), EX_OK);
	assert_int_equal(parse_groups("who,where\nA,x\nA_B,y\n"), EX_OK);
	assert_string_equal(word_of(0, "A/A_0001.jpg"), "x");
	assert_string_equal(word_of(0, "A_B/A_B_0002.jpg"), "y");
}

static void
groups_refused(const char *text, const char *why)
{
	assert_int_equal(parse_groups(text), EX_ERR_FORMAT);
	assert_null(groups);
	assert_string_equal(err.what, "g");
	if (!strstr(err.why, why))
		fail_msg("says '%s', not '%s'", err.why, why);
}

static void
groups_are_bounded(void **state)
{
	char text[4000] = "who,g\n";

	(void)state;
	assert_int_equal(parse("a,b,same\nx,y,1\n"), EX_OK);
	groups_refused("", "empty");
	groups_refused("who\n", "line 1: the header");
	groups_refused("who,a,b,c,d,e,f,g,h,i\n", "line 1: the header");
	groups_refused("who,\n", "line 1: a grouping's name");
	groups_refused("who,g\nx\n", "line 2: 1 fields where");
	groups_refused("who,g\nx,1,2\n", "line 2: 3 fields where");
	groups_refused("who,g\nx,"
		       "01234567890123456789012345678901234567890123456789"
		       "01234567890123\n",
	    "line 2, column 'g': is too long");
	for (int i = 0; i <= EX_TRIAL_MAX_GROUPS; i++)
		snprintf(text + strlen(text), 20, "x,%d\n", i);
	groups_refused(text, "line 66, column 'g': too many groups");
}

/* ---- memory -------------------------------------------------------------- */

static void
every_failed_allocation_is_survived(void **state)
{
	static const char *const texts[] = { "1\nA 1 2\nA 1 B 1\n",
		"a,b,same\nx,y,1\nx,z,0\n" };
	enum ex_status status;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		long n = 0;

		do {
			ex_calloc_fail_after(n++);
			status = parse(texts[i]);
			if (status == EX_OK)
				status = parse_groups("who,g\nx,1\nA,2\n");
			ex_calloc_fail_after(-1);
			assert_true(status == EX_OK || status == EX_ERR_NOMEM);
		} while (status != EX_OK);
		assert_true(n > 8);
	}
}

int
main(void)
{
#define T(name) cmocka_unit_test_teardown(name, forget)
	const struct CMUnitTest tests[] = {
		T(lfw_names_pictures_and_people),
		T(lfw_may_have_one_fold_and_blanks),
		T(people_of_csv_are_connected_components),
		T(what_contradicts_itself_is_refused_by_line),
		T(paths_that_lead_out_are_refused),
		T(what_is_no_list_is_refused_by_line),
		T(bytes_that_hide_the_rest_are_refused),
		T(groups_go_by_picture_and_by_person),
		T(groups_go_by_the_names_of_lfw),
		T(groups_are_bounded),
		T(every_failed_allocation_is_survived),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
