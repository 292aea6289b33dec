/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger and its vault, as hub.conf names them or options do. */
#ifndef EXEUNT_CLI_KEEPER_H
#define EXEUNT_CLI_KEEPER_H

#include "cli.h"

#include "exeunt/hub.h"

struct cli_keeper {
	const char *config; /* then the others may not be given */
	const char *ledger, *ledger_key, *vault, *master;
	bool same_disk;

	struct ex_hub_settings set; /* cli_keeper_read */
	struct ex_vault *open_vault;
	struct ex_ledger *open_ledger;
};

/* Options that name them: of a vault alone, and of a ledger too. */
#define KEEPER_VAULT_ROWS(k)                                                   \
	{ "config", "FILE", "hub.conf, which names all below", CLI_TEXT,       \
		&(k).config, 0, 0 },                                           \
	    { "vault", "DIR", "the vault's folder", CLI_TEXT, &(k).vault, 0,   \
		    0 },                                                       \
	    { "master-key", "FILE", "the vault's master key", CLI_TEXT,        \
		    &(k).master, 0, 0 },                                       \
	{                                                                      \
		"same-disk", NULL, "allow both on one file system", CLI_FLAG,  \
		    &(k).same_disk, 0, 0                                       \
	}
#define KEEPER_LEDGER_ROWS(k)                                                  \
	KEEPER_VAULT_ROWS(k),                                                  \
	    { "ledger", "URI", "the ledger (sqlite:PATH, postgres://...)",     \
		    CLI_TEXT, &(k).ledger, 0, 0 },                             \
	{                                                                      \
		"ledger-key", "FILE", "its key, if not beside it", CLI_TEXT,   \
		    &(k).ledger_key, 0, 0                                      \
	}

/* Which they are. EX_ERR_USAGE where neither says. */
enum ex_status cli_keeper_read(struct cli *c, struct cli_keeper *k,
    bool needs_ledger, struct ex_error *err);
/* Open the vault (made if `make`), and the ledger with it. */
enum ex_status cli_keeper_vault(
    struct cli_keeper *k, bool make, struct ex_error *err);
enum ex_status cli_keeper_ledger(struct cli_keeper *k, struct ex_error *err);
void cli_keeper_fini(struct cli_keeper *k);

#endif
