/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt ledger show: what is on record. */
#include "cli.h"
#include "table.h"

#include "exeunt/ledger.h"

#include <stdlib.h>

enum ex_status cmd_ledger_show(struct cli *c);

struct showing {
	bool json;
	struct table_sums sums;
};

static enum ex_status
show(const struct ex_crossing *c, void *arg)
{
	struct showing *s = arg;
	char *line;

	if (cli_stop)
		return EX_ERR_INTERRUPTED;
	table_add(&s->sums, c);
	if (!s->json) {
		table_crossing(c);
		return EX_OK;
	}
	line = ex_crossing_json(c);
	if (!line)
		return cli_out_of_memory();
	puts(line);
	free(line);
	return EX_OK;
}

enum ex_status
cmd_ledger_show(struct cli *c)
{
	const char *uri = NULL, *lane = NULL, *from = NULL, *to = NULL;
	uint64_t limit = 0;
	const struct cli_option options[] = {
		{ "ledger", "URI", "the ledger (sqlite:PATH)", CLI_TEXT, &uri,
		    0, 0 },
		{ "lane", "NAME", "this lane alone", CLI_TEXT, &lane, 0, 0 },
		{ "from", "TIME", "opened at or after", CLI_TEXT, &from, 0, 0 },
		{ "to", "TIME", "opened before", CLI_TEXT, &to, 0, 0 },
		{ "limit", "N", "at most N", CLI_NUMBER, &limit, 1, 1e9 },
	};
	struct showing showing = { 0 };
	struct ex_ledger_filter filter = { 0 };
	struct ex_ledger *ledger = NULL;
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	showing.json = c->json;
	filter.lane = lane;
	filter.limit = (size_t)limit;
	status = uri ? EX_OK
		     : ex_fail(&err, EX_ERR_USAGE, "--ledger",
			   "is missing; see 'exeunt ledger show --help'");
	if (status == EX_OK)
		status = cli_time("--from", from, &filter.from_ms, &err);
	if (status == EX_OK)
		status = cli_time("--to", to, &filter.to_ms, &err);
	if (status == EX_OK)
		status =
		    ex_ledger_open(uri, NULL, EX_LEDGER_READ, &ledger, &err);
	if (status == EX_OK)
		status = ex_ledger_each(ledger, &filter, show, &showing, &err);
	ex_ledger_close(&ledger);
	if (status != EX_OK && err.status != EX_OK)
		return cli_error(&err);
	if (!c->json && status == EX_OK)
		table_end(&showing.sums);
	return status;
}
