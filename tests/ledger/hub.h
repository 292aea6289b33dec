/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger as a hub has it: a node, a vault, and a clock that the test sets. */
#ifndef EXEUNT_TESTS_LEDGER_HUB_H
#define EXEUNT_TESTS_LEDGER_HUB_H

#include "sample.h"

#define HUB_NODE "hub-1"

static int64_t hub_clock_ms = SAMPLE_START;
static struct ex_vault *hub_vault;

static const struct ex_act hub_officer = { "officer:ana", EX_PURPOSE_REVIEW };

static inline int64_t
hub_now_ms(void)
{
	return hub_clock_ms;
}

static inline struct ex_vault *
hub_vault_at(const char *name)
{
	char master[64];
	struct ex_error err = { 0 };
	struct ex_vault_options o = { .same_disk = true, .make = true };
	struct ex_vault *v;

	snprintf(master, sizeof master, "%s.master", name);
	o.dir = sample_path(name);
	o.master = sample_path(master);
	if (ex_vault_open(&o, &v, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return v;
}

/* A folder, and a vault in it. */
static inline int
hub_setup(void **state)
{
	if (sample_folder_make(state) != 0)
		return -1;
	hub_vault = hub_vault_at("vault");
	return 0;
}

static inline int
hub_teardown(void **state)
{
	ex_vault_close(&hub_vault);
	return sample_folder_remove(state);
}

static inline void
hub_attach(struct ex_ledger *l, const char *node, struct ex_vault *vault)
{
	const struct ex_ledger_node n = {
		.node = node,
		.port = "local",
		.vault = vault,
		.now_ms = hub_now_ms,
	};

	assert_int_equal(ex_ledger_attach(l, &n, NULL), EX_OK);
}

static inline struct ex_ledger *
hub_open(const char *path)
{
	struct ex_ledger *l = sample_open(path, EX_LEDGER_WRITE);

	hub_attach(l, HUB_NODE, hub_vault);
	return l;
}

/* A path nobody has used, good for 63 further ones. */
static inline const char *
hub_fresh_path(void)
{
	static unsigned next;
	char name[32];

	snprintf(name, sizeof name, "hub-%u.db", next++);
	return sample_path(name);
}

/* The k-th of links that differ in everything; the clock goes on a second. */
static inline enum ex_status
hub_append(struct ex_ledger *l, unsigned k, struct ex_error *err)
{
	static const char *const actors[] = { "officer:ana", "lane:demo-1",
		"admin:eve", "system" };
	const struct ex_act act = { actors[k % 4],
		(enum ex_purpose)(k % EX_PURPOSE_COUNT) };
	char subject[64], detail[64];

	snprintf(subject, sizeof subject, "01KE6R3W%018u/o%u", k / 2, k % 3);
	snprintf(detail, sizeof detail, "detail %u", k);
	hub_clock_ms += 1000;
	return ex_audit_append(l, &act, (enum ex_action)(k % EX_ACTION_COUNT),
	    subject, detail, err);
}

static inline void
hub_append_many(struct ex_ledger *l, unsigned n)
{
	struct ex_error err = { 0 };

	for (unsigned k = 0; k < n; k++)
		if (hub_append(l, k, &err) != EX_OK)
			fail_msg("%s: %s", err.what, err.why);
}

static inline struct ex_head
hub_sign(struct ex_ledger *l)
{
	struct ex_head h;
	struct ex_error err = { 0 };

	if (ex_audit_sign(l, &h, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return h;
}

static inline void
assert_verified(struct ex_ledger *l, uint64_t first, uint64_t last)
{
	struct ex_audit_report r;
	struct ex_error err = { 0 };
	enum ex_status status =
	    ex_audit_verify(l, HUB_NODE, NULL, NULL, &r, &err);

	if (status != EX_OK)
		fail_msg("%d: %s %s: %s", status, r.fault, err.what, err.why);
	assert_string_equal(r.fault, "");
	assert_int_equal(r.first_seq, first);
	assert_int_equal(r.last_seq, last);
	assert_int_equal(r.links, last ? last - first + 1 : 0);
	assert_int_equal(r.pruned, first > 1);
}

/* Broken, and `fault` is in what is told of it. */
static inline void
assert_broken(struct ex_ledger *l, const struct ex_head *head,
    const uint8_t *verifier, const char *fault)
{
	struct ex_audit_report r;
	struct ex_error err = { 0 };
	enum ex_status status =
	    ex_audit_verify(l, HUB_NODE, head, verifier, &r, &err);

	if (status != EX_NO || !strstr(r.fault, fault))
		fail_msg("%d: '%s' (%s: %s), wanted: %s", status, r.fault,
		    err.what, err.why, fault);
}

/* The database in one file: what the log holds is brought into it. */
static inline void
hub_close(struct ex_ledger **l, const char *path)
{
	ex_ledger_close(l);
	sample_sql(path, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, 0);
}

static inline void
hub_copy(const char *from, const char *to)
{
	struct ex_blob all;

	assert_int_equal(ex_file_read(from, 1 << 26, &all, NULL), EX_OK);
	assert_int_equal(ex_file_write(to, all.data, all.size, NULL), EX_OK);
	ex_blob_free(&all);
}

/* SQL behind the ledger's back, with printf's arguments. */
static inline void __attribute__((format(printf, 2, 3)))
hub_sql(const char *path, const char *format, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	assert_in_range(n, 1, sizeof text - 1);
	sample_sql(path, text, NULL, 0);
}

#endif
