/* SPDX-License-Identifier: Apache-2.0 */
#include "demo_hub.h"

#include "exeunt/crypt.h"
#include "exeunt/hub.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FIRST_PORT 8080
#define PORTS      20
#define NODE       "demo"
#define PORT       "local"         /* that `ledger show` looks at */
#define MARK       "demonstration" /* what we made we may remove */

/* ---- its folder --------------------------------------------------------- */

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

/* A folder of ours, empty; one that somebody else filled is left alone. */
static enum ex_status
make_anew(const char *dir, struct ex_error *err)
{
	char mark[PATH_MAX];

	if (snprintf(mark, sizeof mark, "%s/" MARK, dir) >= (int)sizeof mark)
		return ex_fail(err, EX_ERR_USAGE, "--out", "name too long");
	if (access(dir, F_OK) == 0) {
		if (access(mark, F_OK) != 0)
			return ex_fail(err, EX_ERR_ENVIRONMENT, dir,
			    "is not a demonstration's; give another folder");
		nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	}
	if (mkdir(dir, 0700) != 0)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, dir, "%s", strerror(errno));
	return ex_file_make_private(mark, "", 0, err);
}

static enum ex_status
make_places(struct demo_hub *d, const char *out, struct ex_error *err)
{
	enum ex_status status;

	if (strlen(out) > PATH_MAX / 4)
		return ex_fail(err, EX_ERR_USAGE, "--out", "name too long");
	snprintf(d->dir, sizeof d->dir, "%s/hub", out);
	status = make_anew(d->dir, err);
	snprintf(d->spool, sizeof d->spool, "%s/hub/spool", out);
	snprintf(d->token, sizeof d->token, "%s/hub/lane.token", out);
	return status;
}

/* ---- the hub ------------------------------------------------------------ */

static enum ex_status
write_settings(const struct demo_hub *d, unsigned port,
    struct ex_hub_settings *out, struct ex_error *err)
{
	char path[PATH_MAX + 16], text[512];
	enum ex_status status;

	snprintf(path, sizeof path, "%s/hub.conf", d->dir);
	snprintf(text, sizeof text,
	    "# A demonstration: the master key lies beside what it guards.\n"
	    "[hub]\n"
	    "listen = 127.0.0.1:%u\n"
	    "public-name = localhost\n"
	    "node = " NODE "\n"
	    "port = " PORT "\n"
	    "ledger = sqlite:ledger.db\n"
	    "vault = vault\n"
	    "master-key = master.key\n"
	    "same-disk = yes\n",
	    port);
	status = ex_file_write(path, text, strlen(text), err);
	if (status == EX_OK)
		status = ex_hub_settings_read(path, out, err);
	return status;
}

/* The keys, and with them whom the lane seals to. */
static enum ex_status
make_vault(struct demo_hub *d, struct ex_error *err)
{
	char dir[PATH_MAX + 16], master[PATH_MAX + 16];
	const struct ex_vault_options o = {
		.dir = dir, .master = master, .same_disk = true, .make = true
	};
	struct ex_vault *vault;
	enum ex_status status;

	snprintf(dir, sizeof dir, "%s/vault", d->dir);
	snprintf(master, sizeof master, "%s/master.key", d->dir);
	status = ex_vault_open(&o, &vault, err);
	if (status != EX_OK)
		return status;
	ex_hex_format(ex_vault_recipient(vault)->bytes,
	    sizeof ex_vault_recipient(vault)->bytes, d->recipient);
	ex_vault_close(&vault);
	return EX_OK;
}

/* At the first port that nobody has. */
static enum ex_status
listen_somewhere(struct demo_hub *d, struct ex_error *err)
{
	enum ex_status status = EX_ERR_ENVIRONMENT;
	char *console = cli_console();

	for (unsigned port = FIRST_PORT;
	     status == EX_ERR_ENVIRONMENT && port < FIRST_PORT + PORTS;
	     port++) {
		struct ex_hub_settings *s = ex_calloc(1, sizeof *s);

		if (!s) {
			status = ex_fail(err, EX_ERR_NOMEM, "hub", NULL);
			break;
		}
		ex_hub_free(&d->hub);
		status = write_settings(d, port, s, err);
		if (status == EX_OK)
			status = ex_hub_new(s, console, &d->hub, err);
		if (status == EX_OK)
			status = ex_hub_start(d->hub, err);
		snprintf(d->url, sizeof d->url, "http://localhost:%u", port);
		free(s);
	}
	free(console);
	return status;
}

/* ---- its people --------------------------------------------------------- */

static enum ex_status
make_password(struct demo_hub *d, struct ex_error *err)
{
	static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";
	uint8_t chance[16];
	enum ex_status status = ex_random(chance, sizeof chance);
	char *at = d->password;

	if (status != EX_OK)
		return ex_fail(err, status, "password", NULL);
	for (size_t i = 0; i < sizeof chance; i++) {
		if (i > 0 && i % 4 == 0)
			*at++ = '-';
		*at++ = letters[chance[i] & 31];
	}
	*at = '\0';
	ex_wipe(chance, sizeof chance);
	return EX_OK;
}

static enum ex_status
add_people(struct ex_ledger *l, const char *password, struct ex_error *err)
{
	static const char *const roles[] = { "officer", "supervisor", "auditor",
		"admin" };
	struct ex_user u = { .language = "en" };
	enum ex_status status = ex_user_password(&u, password, err);

	for (size_t i = 0; i < sizeof roles / sizeof *roles && !status; i++) {
		snprintf(u.name, sizeof u.name, "%s", roles[i]);
		snprintf(u.role, sizeof u.role, "%s", roles[i]);
		status = ex_user_put(l, &u, err);
	}
	ex_wipe(&u, sizeof u);
	return status;
}

static enum ex_status
add_lane(const struct demo_hub *d, struct ex_ledger *l, struct ex_error *err)
{
	struct ex_token t = { .role = "lane", .name = "demo-1" };
	char text[EX_TOKEN_TEXT_SIZE];
	enum ex_status status = ex_token_make(l, &t, text, err);

	if (status == EX_OK)
		status =
		    ex_file_make_private(d->token, text, strlen(text), err);
	ex_wipe(text, sizeof text);
	return status;
}

static enum ex_status
let_in(struct demo_hub *d, struct ex_error *err)
{
	const struct ex_retention retention = ex_retention_default();
	const struct ex_ledger_node node = {
		.node = NODE, .port = PORT, .retention = &retention
	};
	char path[PATH_MAX + 16];
	struct ex_ledger *l = NULL;
	enum ex_status status = make_password(d, err);

	snprintf(path, sizeof path, "%s/ledger.db", d->dir);
	if (status == EX_OK)
		status = ex_ledger_open(path, NULL, EX_LEDGER_WRITE, &l, err);
	if (status == EX_OK)
		status = ex_ledger_attach(l, &node, err);
	if (status == EX_OK)
		status = add_people(l, d->password, err);
	if (status == EX_OK)
		status = add_lane(d, l, err);
	ex_ledger_close(&l);
	return status;
}

/* ---- from outside -------------------------------------------------------- */

enum ex_status
demo_hub_start(
    struct demo_hub *d, struct cli *c, const char *out, struct run_options *run)
{
	struct ex_error err = { 0 };
	enum ex_status status = make_places(d, out, &err);

	if (status == EX_OK)
		status = make_vault(d, &err);
	if (status == EX_OK)
		status = listen_somewhere(d, &err);
	if (status == EX_OK)
		status = let_in(d, &err);
	if (status != EX_OK)
		return cli_error(&err);
	d->uplink = (struct uplink){
		.cli = c, .lane = "demo-1", .options = uplink_defaults()
	};
	d->uplink.options.hub = d->url;
	d->uplink.options.token = d->token;
	d->uplink.options.spool = d->spool;
	d->uplink.options.recipient = d->recipient;
	return uplink_open(&d->uplink, run);
}

void
demo_hub_tell(const struct demo_hub *d)
{
	printf("Console: %s\n"
	       "Sign in as officer (or supervisor, auditor, admin), password "
	       "%s\n\n",
	    d->url, d->password);
	fflush(stdout);
}

enum ex_status
demo_hub_finish(struct demo_hub *d)
{
	return uplink_close(&d->uplink, false);
}

void
demo_hub_stay(const struct demo_hub *d)
{
	const struct timespec pause = { .tv_nsec = 100000000 };

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return;
	printf("\nThe console stays at %s until Ctrl-C.\n", d->url);
	fflush(stdout);
	while (!cli_stop)
		nanosleep(&pause, NULL);
	cli_stop = 0; /* that was what we waited for */
}

void
demo_hub_stop(struct demo_hub *d)
{
	uplink_close(&d->uplink, false);
	ex_hub_free(&d->hub);
	ex_wipe(d->password, sizeof d->password);
}
