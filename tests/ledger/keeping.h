/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger as a hub has it, with a vault beside it and a clock of the test's.
 */
#ifndef EXEUNT_TESTS_LEDGER_KEEPING_H
#define EXEUNT_TESTS_LEDGER_KEEPING_H

#include "picture.h"
#include "sample.h"

#define HOUR INT64_C(3600000)
#define DAY  (24 * HOUR)

static int64_t hub_now = SAMPLE_START;
static struct ex_retention hub_retention;
static struct picture_bytes hub_bytes[4];
static struct ex_picture hub_pictures[4]; /* o1 o3 d1 d2 of any sample */

static const struct ex_act hub_officer = { "officer:ana", EX_PURPOSE_REVIEW };
static const struct ex_act hub_system = { "system", EX_PURPOSE_RETENTION };

static inline int64_t
hub_clock(void)
{
	return hub_now;
}

static inline struct ex_vault *
hub_vault(void)
{
	const struct ex_vault_options o = { sample_path("vault"),
		sample_path("master"), true, true };
	struct ex_vault *v;
	struct ex_error err = { 0 };

	if (ex_vault_open(&o, &v, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
	return v;
}

static inline void
hub_attach(struct ex_ledger *l, struct ex_vault *v)
{
	const struct ex_ledger_node n = { "hub-1", "port-1", v, &hub_retention,
		hub_clock };

	assert_int_equal(ex_ledger_attach(l, &n, NULL), EX_OK);
}

/* In a file of the folder. */
static inline struct ex_ledger *
hub_open(const char *name, struct ex_vault *v)
{
	struct ex_ledger *l = sample_open(sample_path(name), EX_LEDGER_WRITE);

	hub_attach(l, v);
	return l;
}

/* Sample k, opened `later_ms` after the first. */
static inline const struct ex_crossing *
hub_crossing(unsigned k, int64_t later_ms)
{
	static struct ex_crossing c;
	const uint8_t chance[10] = { (uint8_t)(k >> 8), (uint8_t)k };

	sample_crossing(&c, k);
	c.opened_ms = SAMPLE_START + later_ms;
	c.closed_ms = c.opened_ms + 3000;
	ex_ulid_make(c.opened_ms, chance, c.id);
	return &c;
}

static inline void
hub_id(char out[static EX_ULID_SIZE], unsigned k, int64_t later_ms)
{
	memcpy(out, hub_crossing(k, later_ms)->id, EX_ULID_SIZE);
}

static inline enum ex_status
hub_put(struct ex_ledger *l, const struct ex_crossing *c, size_t n,
    struct ex_error *err)
{
	return ex_ledger_put_pictures(l, c, hub_pictures, n, NULL, err);
}

static inline void
hub_put_well(struct ex_ledger *l, const struct ex_crossing *c, size_t n)
{
	struct ex_error err = { 0 };

	if (hub_put(l, c, n, &err) != EX_OK)
		fail_msg("%s: %s", err.what, err.why);
}

/* Opens it, looks that it is right, and closes it. */
static inline enum ex_status
hub_look(struct ex_ledger *l, const char *id, const char *name)
{
	struct ex_blob out;
	enum ex_status status =
	    ex_ledger_picture(l, &hub_officer, id, name, &out, NULL);

	if (status != EX_OK)
		assert_null(out.data);
	for (size_t i = 0; status == EX_OK && i < 4; i++)
		if (strcmp(hub_pictures[i].name, name) == 0)
			assert_true(picture_same(
			    ex_blob_bytes(&out), hub_pictures[i].jpeg));
	ex_blob_free(&out);
	return status;
}

struct hub_links {
	enum ex_action action;
	size_t n;
	struct ex_link last;
};

static inline enum ex_status
hub_count_link(const struct ex_link *link, void *arg)
{
	struct hub_links *k = arg;

	if (link->action == k->action) {
		k->n++;
		k->last = *link;
	}
	return EX_OK;
}

static inline struct hub_links
hub_links(struct ex_ledger *l, enum ex_action action)
{
	struct hub_links k = { .action = action };

	assert_int_equal(
	    ex_audit_each(l, NULL, hub_count_link, &k, NULL), EX_OK);
	return k;
}

static inline int
hub_setup(void **state)
{
	static const char *const names[] = { "o1", "o3", "d1", "d2" };

	hub_now = SAMPLE_START;
	hub_retention = ex_retention_default();
	for (unsigned i = 0; i < 4; i++)
		hub_pictures[i] = picture_make(&hub_bytes[i], names[i], i);
	return sample_folder_make(state);
}

#define HUB_TEST(name)                                                         \
	cmocka_unit_test_setup_teardown(name, hub_setup, sample_folder_remove)

#endif
