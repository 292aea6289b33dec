/* SPDX-License-Identifier: Apache-2.0 */
/* (H4) Users and tokens as the ledger keeps them. */
#include "test.h"

#include "parts.h"

#include <unistd.h>

static char dir[] = "/tmp/exeunt-test-XXXXXX";
static char path[64];
static struct ex_ledger *ledger;
static struct ex_error err;

static struct ex_user
user(const char *name, const char *role)
{
	struct ex_user u = { .changed_ms = 5, .language = "fr" };

	snprintf(u.name, sizeof u.name, "%s", name);
	snprintf(u.role, sizeof u.role, "%s", role);
	return u;
}

static void
a_user_comes_back_as_put(void **state)
{
	struct ex_user u = user("ana", "officer"), got;

	(void)state;
	assert_int_equal(ex_user_password(&u, "twelve chars", &err), EX_OK);
	assert_int_equal(ex_user_put(ledger, &u, &err), EX_OK);
	assert_int_equal(ex_user_get(ledger, "ana", &got, &err), EX_OK);
	assert_memory_equal(&got, &u, sizeof u);
	assert_int_equal(
	    ex_password_verify("twelve chars", got.password), EX_OK);
	assert_null(strstr(got.password, "twelve"));
	assert_int_equal(ex_user_drop(ledger, "ana", &err), EX_OK);
	assert_int_equal(
	    ex_user_get(ledger, "ana", &got, &err), EX_ERR_NOT_FOUND);
}

static void
names_roles_and_languages_are_checked(void **state)
{
	static const char *const names[] = { "", "Ana", "a b", ".a", "a/b",
		"a'b", "\xc3\xa9" };
	struct ex_user u;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		u = user(names[i], "officer");
		assert_int_equal(ex_user_put(ledger, &u, &err), EX_ERR_INPUT);
		assert_string_equal(err.what, "user");
		assert_int_equal(
		    ex_user_get(ledger, names[i], &u, &err), EX_ERR_NOT_FOUND);
		assert_int_equal(
		    ex_user_drop(ledger, names[i], &err), EX_ERR_NOT_FOUND);
	}
	for (size_t i = 0; i < 3; i++) {
		u = user("ana",
		    (const char *const[]){ "lane", "anyone", "root" }[i]);
		assert_int_equal(ex_user_put(ledger, &u, &err), EX_ERR_INPUT);
		assert_string_equal(err.what, "role");
	}
	u = user("ana", "officer");
	memcpy(u.language, "de", 3);
	assert_int_equal(ex_user_put(ledger, &u, &err), EX_ERR_INPUT);
	assert_int_equal(
	    ex_user_password(&u, "eleven char", &err), EX_ERR_INPUT);
}

static void
a_damaged_record_signs_nobody_in(void **state)
{
	static const char *const values[] = {
		"", "{}", "[]", "{\"role\":1}", "{\"role\":\"officer\"}",
		"{\"role\":\"king\",\"language\":\"en\"}",
		"{\"role\":\"officer\",\"language\":\"english\"}",
		"{\"role\":\"officer\",\"role\":\"admin\",\"language\":\"en\"}"
	};
	struct ex_user u;

	(void)state;
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		assert_int_equal(
		    ex_thing_put(ledger, "user", "bad",
			(struct ex_bytes){
			    (const uint8_t *)values[i], strlen(values[i]) },
			&err),
		    EX_OK);
		assert_int_equal(
		    ex_user_get(ledger, "bad", &u, &err), EX_ERR_DATABASE);
		assert_string_equal(u.role, "");
	}
	assert_int_equal(ex_thing_drop(ledger, "user", "bad", &err), EX_OK);
}

static enum ex_status
add_name(const struct ex_user *u, void *arg)
{
	strcat(arg, u->name);
	return strcmp(u->name, "stop") == 0 ? EX_NO : EX_OK;
}

static void
users_are_visited_in_order(void **state)
{
	static const char *const names[] = { "zoe", "ana", "stop" };
	char seen[64] = "";

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct ex_user u = user(names[i], "auditor");

		assert_int_equal(ex_user_put(ledger, &u, &err), EX_OK);
	}
	assert_int_equal(ex_user_each(ledger, add_name, seen, &err), EX_NO);
	assert_string_equal(seen, "anastop");
}

static enum ex_status
keep(const struct ex_token *t, void *arg)
{
	*(struct ex_token *)arg = *t;
	return EX_OK;
}

static void
a_token_is_found_by_its_text_alone(void **state)
{
	struct ex_token t = { .role = "lane", .name = "demo-1", .made_ms = 7 };
	struct ex_token got;
	char text[EX_TOKEN_TEXT_SIZE], other[EX_TOKEN_TEXT_SIZE];

	(void)state;
	assert_int_equal(ex_token_make(ledger, &t, text, &err), EX_OK);
	assert_int_equal(strlen(text), EX_TOKEN_TEXT_SIZE - 1);
	assert_null(strstr(text, t.id));
	assert_int_equal(ex_token_find(ledger, text, &got, &err), EX_OK);
	assert_memory_equal(&got, &t, sizeof t);
	assert_int_equal(ex_token_each(ledger, keep, &got, &err), EX_OK);
	assert_memory_equal(&got, &t, sizeof t);
	memcpy(other, text, sizeof other);
	other[20] = other[20] == '0' ? '1' : '0';
	assert_int_equal(
	    ex_token_find(ledger, other, &got, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_token_find(ledger, "", &got, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_token_find(ledger, text + 7, &got, &err), EX_ERR_NOT_FOUND);
	assert_int_equal(
	    ex_token_drop(ledger, "0123456789abcdef", &err), EX_ERR_NOT_FOUND);
	assert_int_equal(ex_token_drop(ledger, "", &err), EX_ERR_NOT_FOUND);
	assert_int_equal(ex_token_drop(ledger, t.id, &err), EX_OK);
	assert_int_equal(
	    ex_token_find(ledger, text, &got, &err), EX_ERR_NOT_FOUND);
}

static void
tokens_are_of_lanes_and_auditors(void **state)
{
	static const char *const roles[] = { "officer", "supervisor", "admin",
		"anyone", "" };
	char text[EX_TOKEN_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
		struct ex_token t = { .name = "x" };

		snprintf(t.role, sizeof t.role, "%s", roles[i]);
		assert_int_equal(
		    ex_token_make(ledger, &t, text, &err), EX_ERR_INPUT);
		assert_string_equal(text, "");
	}
}

static void
each_failed_allocation_is_told(void **state)
{
	struct ex_user u = user("mem", "admin"), got;
	enum ex_status status;
	long n = 0;

	(void)state;
	do {
		assert_true(n < 500);
		ex_calloc_fail_after(n++);
		status = ex_user_put(ledger, &u, &err);
		if (status == EX_OK)
			status = ex_user_get(ledger, "mem", &got, &err);
		ex_calloc_fail_after(-1);
		assert_true(status == EX_OK || status == EX_ERR_NOMEM);
	} while (status != EX_OK);
	assert_memory_equal(&got, &u, sizeof u);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_comes_back_as_put),
		cmocka_unit_test(names_roles_and_languages_are_checked),
		cmocka_unit_test(a_damaged_record_signs_nobody_in),
		cmocka_unit_test(users_are_visited_in_order),
		cmocka_unit_test(a_token_is_found_by_its_text_alone),
		cmocka_unit_test(tokens_are_of_lanes_and_auditors),
		cmocka_unit_test(each_failed_allocation_is_told),
	};
	char other[80];
	int failed;

	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof path, "%s/hub.db", dir);
	if (ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &ledger, &err) != EX_OK)
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	ex_ledger_close(&ledger);
	unlink(path);
	snprintf(other, sizeof other, "%s.key", path);
	unlink(other);
	rmdir(dir);
	return failed;
}
