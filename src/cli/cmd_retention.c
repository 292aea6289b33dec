/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt retention: erase what is due, and say what is due when. */
#include "keeper.h"

enum ex_status cmd_retention_run(struct cli *c);
enum ex_status cmd_retention_due(struct cli *c);

/* ---- run --------------------------------------------------------------- */

static void
tell_report(const struct cli *c, const struct ex_retention_report *r)
{
	char now[EX_RFC3339_SIZE];

	ex_rfc3339_format(r->now_ms, now);
	if (c->json)
		cli_print(json_pack("{s:s,s:I,s:I,s:I,s:I,s:b}", "now", now,
		    "keys", (json_int_t)r->keys, "pictures",
		    (json_int_t)r->pictures, "crossings",
		    (json_int_t)r->crossings, "links", (json_int_t)r->links,
		    "held", r->held));
	else
		printf("Erased by %s: %zu keys, %zu pictures, %zu crossings, "
		       "%zu links of the audit chain\n",
		    now, r->keys, r->pictures, r->crossings, r->links);
}

static enum ex_status
run(struct cli *c, struct cli_keeper *k, bool confirm, struct ex_error *err)
{
	static const struct ex_act act = { "operator", EX_PURPOSE_RETENTION };
	struct ex_retention_report report = { 0 };
	enum ex_status status = cli_keeper_ledger(k, err);

	if (status != EX_OK)
		return status;
	status = ex_retention_run(k->open_ledger, &act, confirm, &report, err);
	tell_report(c, &report);
	if (status == EX_OK && report.held)
		status = ex_fail(err, EX_NO, "clock",
		    "is ahead by over an hour that nobody has counted; what "
		    "only that makes due is kept; if it is right: "
		    "--confirm-clock");
	return status;
}

enum ex_status
cmd_retention_run(struct cli *c)
{
	struct cli_keeper k = { 0 };
	bool confirm = false;
	const struct cli_option options[] = {
		KEEPER_LEDGER_ROWS(k),
		{ "confirm-clock", NULL, "the clock is right: erase by it",
		    CLI_FLAG, &confirm, 0, 0 },
	};
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	status = cli_keeper_read(c, &k, true, &err);
	if (status == EX_OK)
		status = run(c, &k, confirm, &err);
	cli_keeper_fini(&k);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

/* ---- due --------------------------------------------------------------- */

/* An ex_epoch_visit. */
static enum ex_status
tell_epoch(
    enum ex_retention_class class, int64_t from_ms, int64_t erase_ms, void *arg)
{
	const struct cli *c = arg;
	char from[EX_RFC3339_SIZE], erase[EX_RFC3339_SIZE];

	if (cli_stop)
		return EX_ERR_INTERRUPTED;
	ex_rfc3339_format(from_ms, from);
	ex_rfc3339_format(erase_ms, erase);
	if (c->json)
		return cli_print(json_pack("{s:s,s:s,s:s}", "class",
		    ex_retention_word(class), "from", from, "erase", erase));
	printf("%-16s  from %s  erased at %s\n", ex_retention_word(class), from,
	    erase);
	return EX_OK;
}

enum ex_status
cmd_retention_due(struct cli *c)
{
	struct cli_keeper k = { 0 };
	const struct cli_option options[] = {
		KEEPER_LEDGER_ROWS(k),
	};
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	status = cli_keeper_read(c, &k, true, &err);
	if (status == EX_OK)
		status = cli_keeper_ledger(&k, &err);
	if (status == EX_OK)
		status = ex_retention_due(k.open_ledger, tell_epoch, c, &err);
	cli_keeper_fini(&k);
	return status == EX_OK || err.status == EX_OK ? status
						      : cli_error(&err);
}
