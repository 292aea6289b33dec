/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt vault: begin one, and tell what lanes seal to. */
#include "keeper.h"

enum ex_status cmd_vault_init(struct cli *c);
enum ex_status cmd_vault_recipient(struct cli *c);

static enum ex_status
tell(const struct cli *c, const struct cli_keeper *k, bool long_form)
{
	const struct ex_vault *v = k->open_vault;
	char recipient[EX_HEX_SIZE(32)], verifier[EX_HEX_SIZE(32)];

	ex_hex_format(ex_vault_recipient(v)->bytes, 32, recipient);
	ex_hex_format(ex_vault_verifier(v), 32, verifier);
	if (c->json)
		return cli_print(
		    json_pack("{s:s,s:s,s:s}", "vault", k->set.vault,
			"recipient", recipient, "verifier", verifier));
	if (long_form)
		printf("Vault      %s\n"
		       "Recipient  %s  (lanes seal to it)\n"
		       "Verifier   %s  (of the audit chain's heads)\n",
		    k->set.vault, recipient, verifier);
	else
		puts(recipient);
	return EX_OK;
}

static enum ex_status
open_and_tell(struct cli *c, struct cli_keeper *k, bool make)
{
	struct ex_error err = { 0 };
	enum ex_status status = cli_keeper_read(c, k, false, &err);

	if (status == EX_OK)
		status = cli_keeper_vault(k, make, &err);
	status = status == EX_OK ? tell(c, k, make) : cli_error(&err);
	cli_keeper_fini(k);
	return status;
}

enum ex_status
cmd_vault_init(struct cli *c)
{
	struct cli_keeper k = { 0 };
	const struct cli_option options[] = {
		KEEPER_VAULT_ROWS(k),
	};
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	return status == EX_OK ? open_and_tell(c, &k, true) : status;
}

enum ex_status
cmd_vault_recipient(struct cli *c)
{
	struct cli_keeper k = { 0 };
	const struct cli_option options[] = {
		KEEPER_VAULT_ROWS(k),
	};
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	return status == EX_OK ? open_and_tell(c, &k, false) : status;
}
