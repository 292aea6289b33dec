/* SPDX-License-Identifier: Apache-2.0 */
#include "keeper.h"

static enum ex_status
copy(const char *option, const char *from, char *to, size_t room,
    struct ex_error *err)
{
	int n = from ? snprintf(to, room, "%s", from) : 0;

	if (n >= 0 && (size_t)n < room)
		return EX_OK;
	return ex_fail(err, EX_ERR_USAGE, option, "is too long a name");
}

/* As the options say it: the ledger of a lane without a hub. */
static enum ex_status
from_options(struct cli_keeper *k, struct ex_error *err)
{
	struct ex_hub_settings *s = &k->set;
	enum ex_status status =
	    copy("--ledger", k->ledger, s->ledger, sizeof s->ledger, err);

	if (status == EX_OK)
		status = copy("--ledger-key", k->ledger_key, s->ledger_key,
		    sizeof s->ledger_key, err);
	if (status == EX_OK)
		status =
		    copy("--vault", k->vault, s->vault, sizeof s->vault, err);
	if (status == EX_OK)
		status = copy("--master-key", k->master, s->master_key,
		    sizeof s->master_key, err);
	s->same_disk = k->same_disk;
	s->retention = ex_retention_default();
	snprintf(s->node, sizeof s->node, "local");
	snprintf(s->port, sizeof s->port, "local");
	return status;
}

enum ex_status
cli_keeper_read(struct cli *c, struct cli_keeper *k, bool needs_ledger,
    struct ex_error *err)
{
	bool options =
	    k->ledger || k->ledger_key || k->vault || k->master || k->same_disk;

	if (k->config && options)
		return ex_fail(err, EX_ERR_USAGE, "--config",
		    "says all that the other options do");
	if (k->config)
		return ex_hub_settings_read(k->config, &k->set, err);
	if (needs_ledger ? !k->ledger : !k->vault)
		return ex_fail(err, EX_ERR_USAGE,
		    needs_ledger ? "--ledger" : "--vault",
		    "is missing, or --config; see 'exeunt %s --help'",
		    c->command->name);
	return from_options(k, err);
}

enum ex_status
cli_keeper_vault(struct cli_keeper *k, bool make, struct ex_error *err)
{
	const struct ex_hub_settings *s = &k->set;
	const struct ex_vault_options o = {
		.dir = s->vault,
		.master = *s->master_key ? s->master_key : NULL,
		.same_disk = s->same_disk,
		.make = make,
	};

	return ex_vault_open(&o, &k->open_vault, err);
}

/* One that is not there is not made: whoever keeps crossings makes it. */
enum ex_status
cli_keeper_ledger(struct cli_keeper *k, struct ex_error *err)
{
	const struct ex_hub_settings *s = &k->set;
	const char *key = *s->ledger_key ? s->ledger_key : NULL;
	enum ex_status status =
	    *s->vault ? cli_keeper_vault(k, false, err) : EX_OK;
	struct ex_ledger_node node = { .node = s->node,
		.port = s->port,
		.vault = k->open_vault,
		.retention = &s->retention };

	if (status == EX_OK)
		status = ex_ledger_open(
		    s->ledger, key, EX_LEDGER_READ, &k->open_ledger, err);
	ex_ledger_close(&k->open_ledger);
	if (status == EX_OK)
		status = ex_ledger_open(
		    s->ledger, key, EX_LEDGER_WRITE, &k->open_ledger, err);
	if (status == EX_OK)
		status = ex_ledger_attach(k->open_ledger, &node, err);
	return status;
}

void
cli_keeper_fini(struct cli_keeper *k)
{
	ex_ledger_close(&k->open_ledger);
	ex_vault_close(&k->open_vault);
}
