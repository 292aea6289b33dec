/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt audit verify, audit show, audit head: for who watches the watchers. */
#include "cli.h"

#include "exeunt/ledger.h"

#include <stdlib.h>
#include <string.h>

enum ex_status cmd_audit_verify(struct cli *c);
enum ex_status cmd_audit_show(struct cli *c);
enum ex_status cmd_audit_head(struct cli *c);

#define HEAD_MOST_BYTES 4096

/* Where the chains are; the port is that of the rows, NULL: local. */
struct place {
	const char *uri, *port, *node;
};

static enum ex_status
open_ledger(struct cli *c, const struct place *at, struct ex_ledger **out,
    struct ex_error *err)
{
	const struct ex_ledger_node n = { .node = "local", .port = at->port };
	enum ex_status status;

	*out = NULL;
	if (!at->uri)
		return ex_fail(err, EX_ERR_USAGE, "--ledger",
		    "is missing; see 'exeunt %s --help'", c->command->name);
	status = ex_ledger_open(at->uri, NULL, EX_LEDGER_READ, out, err);
	if (status == EX_OK && at->port)
		status = ex_ledger_attach(*out, &n, err);
	return status;
}

/* An error that nobody has told yet. */
static enum ex_status
end(enum ex_status status, const struct ex_error *err)
{
	return err->status != EX_OK ? cli_error(err) : status;
}

/* ---- verify ------------------------------------------------------------ */

struct verifying {
	struct ex_ledger *ledger;
	bool json;
	const struct ex_head *head; /* NULL: none given */
	bool head_used;
	const uint8_t *verifier; /* NULL: none given */
	bool named;              /* the node is, by its option */
	size_t chains;
	bool broken;
	struct ex_error *err;
};

static enum ex_status
read_head(const char *path, struct ex_head *out, struct ex_error *err)
{
	struct ex_blob text = { 0 };
	struct ex_error why = { 0 };
	enum ex_status status = ex_file_read(path, HEAD_MOST_BYTES, &text, err);

	if (status == EX_OK) {
		status = ex_head_parse(ex_blob_bytes(&text), out, &why);
		if (status != EX_OK)
			ex_fail(err, status, path, "%s", why.why);
	}
	ex_blob_free(&text);
	return status;
}

static enum ex_status
print_report(
    const char *node, const struct ex_audit_report *r, bool ok, bool json)
{
	if (json)
		return cli_print(json_pack("{ss sb sI sI sI sI sb ss*}", "node",
		    node, "ok", (int)ok, "links", (json_int_t)r->links, "heads",
		    (json_int_t)r->heads, "first", (json_int_t)r->first_seq,
		    "last", (json_int_t)r->last_seq, "pruned", (int)r->pruned,
		    "fault", ok ? NULL : r->fault));
	if (!ok)
		printf("%s: BROKEN: %s\n", node, r->fault);
	else if (r->links == 0)
		printf("%s: ok, no links\n", node);
	else
		printf("%s: ok, links %ju to %ju%s, %ju signed heads\n", node,
		    (uintmax_t)r->first_seq, (uintmax_t)r->last_seq,
		    r->pruned ? " behind a signed checkpoint" : "",
		    (uintmax_t)r->heads);
	return EX_OK;
}

static enum ex_status
verify(const char *node, void *arg)
{
	struct verifying *v = arg;
	bool ours = v->head && strcmp(v->head->node, node) == 0;
	struct ex_audit_report report;
	enum ex_status status;

	if (cli_stop)
		return EX_ERR_INTERRUPTED;
	status = ex_audit_verify(v->ledger, node, ours ? v->head : NULL,
	    v->verifier, &report, v->err);
	if (status != EX_OK && status != EX_NO)
		return status;
	if (v->named && status == EX_OK && report.links + report.heads == 0)
		return ex_fail(v->err, EX_ERR_NOT_FOUND, "--node",
		    "the ledger has no audit chain of %s", node);
	v->chains++;
	v->head_used |= ours;
	v->broken |= status == EX_NO;
	return print_report(node, &report, status == EX_OK, v->json);
}

/* One node's chain, or each that there is; and the head's in any case: it may
 * be all that is left of one. */
static enum ex_status
verify_chains(struct verifying *v, const char *node)
{
	enum ex_status status;

	if (node && v->head && strcmp(node, v->head->node) != 0)
		return ex_fail(v->err, EX_ERR_USAGE, "--head",
		    "is one of node %s", v->head->node);
	v->named = node != NULL;
	status = node ? verify(node, v)
		      : ex_audit_nodes(v->ledger, verify, v, v->err);
	if (status == EX_OK && v->head && !v->head_used)
		status = verify(v->head->node, v);
	if (status == EX_OK && v->chains == 0 && !v->json)
		puts("no audit chain");
	return status == EX_OK && v->broken ? EX_NO : status;
}

enum ex_status
cmd_audit_verify(struct cli *c)
{
	struct place at = { 0 };
	const char *file = NULL, *hex = NULL;
	const struct cli_option options[] = {
		{ "ledger", "URI", "the ledger (sqlite:PATH)", CLI_TEXT,
		    &at.uri, 0, 0 },
		{ "port", "NAME", "the rows of this port (local)", CLI_TEXT,
		    &at.port, 0, 0 },
		{ "node", "NAME", "the chain of this node alone", CLI_TEXT,
		    &at.node, 0, 0 },
		{ "head", "FILE", "a head kept elsewhere, to be reached",
		    CLI_TEXT, &file, 0, 0 },
		{ "verifier", "HEX", "the public key that signs the heads",
		    CLI_TEXT, &hex, 0, 0 },
	};
	uint8_t verifier[32];
	struct ex_head head;
	struct ex_error err = { 0 };
	struct verifying v = { .err = &err };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	if (hex && !ex_hex_parse(ex_string_bytes(hex), verifier, 32))
		status = ex_fail(
		    &err, EX_ERR_USAGE, "--verifier", "must be 64 hex digits");
	if (status == EX_OK)
		status = open_ledger(c, &at, &v.ledger, &err);
	if (status == EX_OK && file)
		status = read_head(file, &head, &err);
	v.json = c->json;
	v.verifier = hex ? verifier : NULL;
	v.head = file ? &head : NULL;
	if (status == EX_OK)
		status = verify_chains(&v, at.node);
	ex_ledger_close(&v.ledger);
	return end(status, &err);
}

/* ---- show -------------------------------------------------------------- */

static enum ex_status
print_link(const struct ex_link *k, const char *at)
{
	printf("%s  %s %ju  %-20s %s", at, k->node, (uintmax_t)k->seq, k->actor,
	    ex_action_text(k->action));
	if (k->subject[0])
		printf("  %s", k->subject);
	if (k->purpose != EX_PURPOSE_NONE)
		printf("  (%s)", ex_purpose_text(k->purpose));
	if (k->detail[0])
		printf("  %s", k->detail);
	putchar('\n');
	return EX_OK;
}

static enum ex_status
show(const struct ex_link *k, void *arg)
{
	const bool *json = arg;
	char at[EX_RFC3339_SIZE], hash[EX_HEX_SIZE(sizeof k->hash)];

	if (cli_stop)
		return EX_ERR_INTERRUPTED;
	ex_rfc3339_format(k->at_ms, at);
	if (!*json)
		return print_link(k, at);
	ex_hex_format(k->hash, sizeof k->hash, hash);
	return cli_print(json_pack("{ss sI ss ss ss ss ss ss ss}", "node",
	    k->node, "seq", (json_int_t)k->seq, "at", at, "actor", k->actor,
	    "action", ex_action_word(k->action), "purpose",
	    ex_purpose_word(k->purpose), "subject", k->subject, "detail",
	    k->detail, "hash", hash));
}

enum ex_status
cmd_audit_show(struct cli *c)
{
	struct ex_audit_filter f = { 0 };
	struct place at = { 0 };
	const char *from = NULL, *to = NULL;
	uint64_t limit = 0;
	const struct cli_option options[] = {
		{ "ledger", "URI", "the ledger (sqlite:PATH)", CLI_TEXT,
		    &at.uri, 0, 0 },
		{ "port", "NAME", "the rows of this port (local)", CLI_TEXT,
		    &at.port, 0, 0 },
		{ "node", "NAME", "the chain of this node alone", CLI_TEXT,
		    &at.node, 0, 0 },
		{ "from", "TIME", "at or after", CLI_TEXT, &from, 0, 0 },
		{ "to", "TIME", "before", CLI_TEXT, &to, 0, 0 },
		{ "actor", "NAME", "what this actor did", CLI_TEXT, &f.actor, 0,
		    0 },
		{ "subject", "ID", "what was done to it or what is in it",
		    CLI_TEXT, &f.subject, 0, 0 },
		{ "newest", NULL, "the newest first", CLI_FLAG, &f.newest, 0,
		    0 },
		{ "limit", "N", "at most N", CLI_NUMBER, &limit, 1, 1e9 },
	};
	struct ex_ledger *ledger = NULL;
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	f.node = at.node;
	f.limit = (size_t)limit;
	status = cli_time("--from", from, &f.from_ms, &err);
	if (status == EX_OK)
		status = cli_time("--to", to, &f.to_ms, &err);
	if (status == EX_OK)
		status = open_ledger(c, &at, &ledger, &err);
	if (status == EX_OK)
		status = ex_audit_each(ledger, &f, show, &c->json, &err);
	ex_ledger_close(&ledger);
	return end(status, &err);
}

/* ---- head -------------------------------------------------------------- */

struct choosing {
	char node[sizeof((struct ex_head *)0)->node];
	size_t n;
};

static enum ex_status
choose(const char *node, void *arg)
{
	struct choosing *x = arg;

	snprintf(x->node, sizeof x->node, "%s", node);
	x->n++;
	return EX_OK;
}

static enum ex_status
load_head(struct ex_ledger *l, const char *node, struct ex_head *out,
    struct ex_error *err)
{
	struct choosing x = { .n = 0 };
	enum ex_status status =
	    node ? choose(node, &x) : ex_audit_nodes(l, choose, &x, err);

	if (status == EX_OK && x.n > 1)
		status = ex_fail(err, EX_ERR_USAGE, "--node",
		    "is missing: the ledger has the chains of %zu nodes", x.n);
	if (status == EX_OK && x.n == 0)
		status = ex_fail(err, EX_ERR_NOT_FOUND, "--ledger",
		    "the ledger has no audit chain");
	return status == EX_OK ? ex_audit_head(l, x.node, out, err) : status;
}

/* As one line, into the file or, without one, on stdout. */
static enum ex_status
put_head(const struct ex_head *h, const char *file, struct ex_error *err)
{
	char *json = ex_head_json(h), *line;
	enum ex_status status = EX_OK;
	size_t n;

	if (!json)
		return ex_fail(err, EX_ERR_NOMEM, "head", NULL);
	n = strlen(json);
	line = ex_calloc(n + 2, 1);
	if (!line) {
		free(json);
		return ex_fail(err, EX_ERR_NOMEM, "head", NULL);
	}
	memcpy(line, json, n);
	line[n] = '\n';
	if (file)
		status = ex_file_write(file, line, n + 1, err);
	else
		fputs(line, stdout);
	free(line);
	free(json);
	return status;
}

enum ex_status
cmd_audit_head(struct cli *c)
{
	struct place at = { 0 };
	const char *file = NULL;
	const struct cli_option options[] = {
		{ "ledger", "URI", "the ledger (sqlite:PATH)", CLI_TEXT,
		    &at.uri, 0, 0 },
		{ "port", "NAME", "the rows of this port (local)", CLI_TEXT,
		    &at.port, 0, 0 },
		{ "node", "NAME", "of this node (the only one)", CLI_TEXT,
		    &at.node, 0, 0 },
		{ "out", "FILE", "write it there, not to stdout", CLI_TEXT,
		    &file, 0, 0 },
	};
	struct ex_ledger *ledger = NULL;
	struct ex_head head;
	struct ex_error err = { 0 };
	enum ex_status status =
	    cli_options(c, options, sizeof options / sizeof *options, 0, 0);

	if (status != EX_OK)
		return status;
	status = open_ledger(c, &at, &ledger, &err);
	if (status == EX_OK)
		status = load_head(ledger, at.node, &head, &err);
	if (status == EX_OK)
		status = put_head(&head, file, &err);
	ex_ledger_close(&ledger);
	return end(status, &err);
}
