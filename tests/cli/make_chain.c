/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An audit chain for the tests of the program: N links of NODE, a minute apart
 * from 2026-01-05T08:00:00Z on, signed in their middle and at their end. A
 * ledger or vault that is there is gone on with.
 *
 *   make_chain LEDGER VAULT NODE N
 */
#include <stdio.h>
#include <stdlib.h>

#include "exeunt/ledger.h"

static int64_t now_ms = INT64_C(1767600000000);

static int64_t
clock_ms(void)
{
	return now_ms;
}

static enum ex_status
append(struct ex_ledger *l, unsigned k, struct ex_error *err)
{
	static const struct ex_act officer = { "officer:ana",
		EX_PURPOSE_REVIEW };
	static const struct ex_act machine = { "system", EX_PURPOSE_NONE };
	char subject[64];

	now_ms += 60000;
	snprintf(subject, sizeof subject, "01KE6R3W%018u/o1", k / 2);
	return k % 2
		   ? ex_audit_append(
			 l, &officer, EX_ACTION_PICTURE, subject, "o1", err)
		   : ex_audit_append(l, &machine, EX_ACTION_START, "", "", err);
}

static enum ex_status
fill(struct ex_ledger *l, unsigned n, struct ex_error *err)
{
	enum ex_status status = EX_OK;
	struct ex_head head;

	for (unsigned k = 0; status == EX_OK && k < n; k++) {
		status = append(l, k, err);
		if (status == EX_OK && (k == n / 2 || k == n - 1))
			status = ex_audit_sign(l, &head, err);
	}
	return status;
}

int
main(int argc, char **argv)
{
	struct ex_vault_options o = { .same_disk = true, .make = true };
	struct ex_ledger_node node = { .port = "local", .now_ms = clock_ms };
	struct ex_ledger *l = NULL;
	struct ex_error err = { 0 };
	char master[4096];
	enum ex_status status;

	if (argc != 5)
		return 2;
	snprintf(master, sizeof master, "%s.master", argv[2]);
	o.dir = argv[2];
	o.master = master;
	node.node = argv[3];
	status = ex_vault_open(&o, &node.vault, &err);
	if (status == EX_OK)
		status =
		    ex_ledger_open(argv[1], NULL, EX_LEDGER_WRITE, &l, &err);
	if (status == EX_OK)
		status = ex_ledger_attach(l, &node, &err);
	if (status == EX_OK)
		status = fill(l, (unsigned)atoi(argv[4]), &err);
	if (status != EX_OK)
		fprintf(stderr, "%s: %s\n", err.what, err.why);
	ex_ledger_close(&l);
	ex_vault_close(&node.vault);
	return status != EX_OK;
}
