/* SPDX-License-Identifier: Apache-2.0 */
/* The back ends that one test runs on: each opens an empty ledger, or the one
 * that is there. */
#ifndef EXEUNT_TESTS_LEDGER_BACKENDS_H
#define EXEUNT_TESTS_LEDGER_BACKENDS_H

#include "sample.h"

#include "cluster.h"
#include "ledger_internal.h"

struct backend {
	const char *name;
	const struct ex_store_ops *ops;
	bool shared; /* a second one opened sees the same rows */
	char uri[160], key[160];
};

static struct cluster backend_cluster;
static struct backend backends[] = {
	{ .name = "memory", .ops = &ex_store_memory },
	{ .name = "sqlite", .ops = &ex_store_sqlite, .shared = true },
	{ .name = "postgres", .ops = &ex_store_postgres, .shared = true },
};
enum { BACKENDS = sizeof backends / sizeof *backends };

/* Skips where it cannot be had. */
static inline void
backend_clear(struct backend *b)
{
	static unsigned next;

	snprintf(b->uri, sizeof b->uri, ":memory:");
	snprintf(b->key, sizeof b->key, "%s/%u.key", sample_folder, next);
	if (b->ops == &ex_store_sqlite)
		snprintf(
		    b->uri, sizeof b->uri, "%s/%u.db", sample_folder, next);
	next++;
	if (b->ops != &ex_store_postgres)
		return;
	if (backend_cluster.why[0]) {
		print_message("# skipped: %s\n", backend_cluster.why);
		skip();
	}
	snprintf(b->uri, sizeof b->uri, "%s", backend_cluster.uri);
	assert_true(cluster_clear(&backend_cluster));
}

static inline void
backend_must_be_shared(const struct backend *b)
{
	if (b->shared)
		return;
	print_message("# skipped: nobody else sees this one\n");
	skip();
}

static inline struct ex_ledger *
backend_open(const struct backend *b)
{
	struct ex_error err = { 0 };
	struct ex_ledger *l;

	if (ex_ledger_open(b->uri, b->key, EX_LEDGER_WRITE, &l, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return l;
}

static inline struct ex_ledger *
backend_fresh(void **state)
{
	backend_clear(*state);
	return backend_open(*state);
}

/* For calls that must succeed. */
#define DO(call)                                                               \
	do {                                                                   \
		struct ex_error err_ = { 0 };                                  \
		enum ex_status status_;                                        \
		struct ex_error *err = &err_;                                  \
		status_ = (call);                                              \
		if (status_ != EX_OK)                                          \
			fail_msg("%s: %s: %s", #call, err_.what, err_.why);    \
	} while (0)

struct backend_test {
	const char *name;
	void (*run)(void **state);
};
#define BACKEND_TEST(name)                                                     \
	{                                                                      \
#name, name                                                    \
	}
#define BACKEND_TESTS_MOST 32

static inline int backends_make(void **state);
static inline int backends_end(void **state);

/* Each test on each back end. */
static inline int
backends_run(const struct backend_test tests[], size_t n)
{
	static struct CMUnitTest all[BACKENDS * BACKEND_TESTS_MOST];
	static char names[BACKENDS * BACKEND_TESTS_MOST][96];

	for (size_t i = 0; i < BACKENDS * n; i++) {
		struct backend *b = &backends[i / n];

		snprintf(names[i], sizeof names[i], "%s: %s", b->name,
		    tests[i % n].name);
		all[i] = (struct CMUnitTest){ .name = names[i],
			.test_func = tests[i % n].run,
			.initial_state = b };
	}
	return _cmocka_run_group_tests(
	    "stores", all, BACKENDS * n, backends_make, backends_end);
}

static inline int
backends_make(void **state)
{
	cluster_make(&backend_cluster);
	return sample_folder_make(state);
}

static inline int
backends_end(void **state)
{
	cluster_end(&backend_cluster);
	return sample_folder_remove(state);
}

#endif
