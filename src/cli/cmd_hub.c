/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt hub: run one, look at its configuration, its users and tokens. */
#include "cli.h"

#include "exeunt/hub.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum ex_status cmd_hub(struct cli *c);
enum ex_status cmd_hub_check(struct cli *c);
enum ex_status cmd_hub_user(struct cli *c);
enum ex_status cmd_hub_token(struct cli *c);

static enum ex_status
read_settings(struct cli *c, const char *config, struct ex_hub_settings *out,
    struct ex_error *err)
{
	char what[64];

	if (config)
		return ex_hub_settings_read(config, out, err);
	snprintf(what, sizeof what, "is missing; see 'exeunt %s --help'",
	    c->command->name);
	return ex_fail(err, EX_ERR_USAGE, "--config", "%s", what);
}

/* ---- running ------------------------------------------------------------ */

static void
tell_url(const struct cli *c, const struct ex_hub *h)
{
	if (c->json)
		cli_print(json_pack("{s:s}", "url", ex_hub_url(h)));
	else
		printf("The hub is at %s\n", ex_hub_url(h));
	fflush(stdout);
}

/* The hub's threads inherit the mask, so that the signal comes here. */
static enum ex_status
run_until_stopped(const struct cli *c, const struct ex_hub_settings *s,
    const char *console, struct ex_error *err)
{
	struct ex_hub *h = NULL;
	sigset_t stopping, before;
	enum ex_status status;

	sigemptyset(&stopping);
	sigaddset(&stopping, SIGINT);
	sigaddset(&stopping, SIGTERM);
	sigprocmask(SIG_BLOCK, &stopping, &before);
	status = ex_hub_new(s, console, &h, err);
	if (status == EX_OK)
		status = ex_hub_start(h, err);
	if (status == EX_OK) {
		tell_url(c, h);
		while (!cli_stop)
			sigsuspend(&before);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	ex_hub_free(&h);
	return status;
}

enum ex_status
cmd_hub(struct cli *c)
{
	const char *config = NULL;
	const struct cli_option options[] = {
		{ "config", "FILE", "hub.conf", CLI_TEXT, &config, 0, 0 },
	};
	struct ex_hub_settings s;
	struct ex_error err = { 0 };
	char *console;
	enum ex_status status = cli_options(c, options, 1, 0, 0);

	if (status != EX_OK)
		return status;
	console = cli_console();
	status = read_settings(c, config, &s, &err);
	if (status == EX_OK)
		status = run_until_stopped(c, &s, console, &err);
	free(console);
	ex_wipe(&s, sizeof s);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

/* ---- looking at the configuration --------------------------------------- */

static void
format_setting(const struct ex_setting *k, const struct ex_hub_settings *s,
    char *out, size_t room)
{
	const void *at = (const char *)s + k->key.at;
	const char *words = k->key.words;

	switch (k->key.kind) {
	case EX_INI_WORD:
		for (int i = *(const int *)at; i > 0; i--)
			words += strcspn(words, "|") + 1;
		snprintf(out, room, "%.*s", (int)strcspn(words, "|"), words);
		break;
	case EX_INI_YES_NO:
		snprintf(out, room, "%s", *(const bool *)at ? "yes" : "no");
		break;
	case EX_INI_WHOLE:
		snprintf(out, room, "%lld", (long long)*(const int64_t *)at);
		break;
	case EX_INI_REAL:
		snprintf(out, room, "%.10g", *(const double *)at);
		break;
	default:
		snprintf(out, room, "%s", (const char *)at);
	}
}

static enum ex_status
print_settings(const struct cli *c, const struct ex_hub_settings *s)
{
	json_t *o = c->json ? json_object() : NULL;
	const char *section = "";
	char value[1024], name[80];
	size_t n;
	const struct ex_setting *k = ex_hub_settings_table(&n);

	for (; n > 0; k++, n--) {
		if (k->shown == EX_SETTING_HIDDEN)
			continue;
		format_setting(k, s, value, sizeof value);
		snprintf(
		    name, sizeof name, "%s.%s", k->key.section, k->key.key);
		if (o) {
			json_object_set_new(o, name, json_string(value));
			continue;
		}
		if (strcmp(section, k->key.section) != 0)
			printf("[%s]\n", k->key.section);
		section = k->key.section;
		printf("%s = %s\n", k->key.key, value);
	}
	return o ? cli_print(o) : EX_OK;
}

enum ex_status
cmd_hub_check(struct cli *c)
{
	const char *config = NULL;
	const struct cli_option options[] = {
		{ "config", "FILE", "hub.conf", CLI_TEXT, &config, 0, 0 },
	};
	struct ex_hub_settings s;
	struct ex_error err = { 0 };
	char *console;
	enum ex_status status = cli_options(c, options, 1, 0, 0);

	if (status != EX_OK)
		return status;
	console = cli_console();
	status = read_settings(c, config, &s, &err);
	if (status == EX_OK)
		status = ex_hub_check(&s, console, &err);
	if (status == EX_OK)
		status = print_settings(c, &s);
	else
		cli_error(&err);
	free(console);
	ex_wipe(&s, sizeof s);
	return status;
}

/* ---- users and tokens --------------------------------------------------- */

struct work {
	struct cli *c;
	const char *name; /* the operand; NULL */
	const char *role, *lane, *language;
	struct ex_user user;
	struct ex_token token;
	bool made; /* the password is ours */
	char secret[EX_PASSWORD_MOST + 2];
};
typedef enum ex_status action(
    struct ex_ledger *l, struct work *w, struct ex_error *err);

/* What `fn` does and its link go into the ledger together. */
static enum ex_status
within(const struct ex_hub_settings *s, struct work *w, action *fn,
    struct ex_error *err)
{
	const struct ex_ledger_node node = {
		.node = s->node,
		.port = s->port,
		.retention = &s->retention,
	};
	struct ex_ledger *l = NULL;
	enum ex_status status = ex_ledger_open(s->ledger,
	    *s->ledger_key ? s->ledger_key : NULL, EX_LEDGER_WRITE, &l, err);

	if (status == EX_OK)
		status = ex_ledger_attach(l, &node, err);
	if (status == EX_OK)
		status = ex_ledger_begin(l, err);
	if (status == EX_OK) {
		status = fn(l, w, err);
		if (status == EX_OK)
			status = ex_ledger_commit(l, err);
		else
			ex_ledger_rollback(l);
	}
	ex_ledger_close(&l);
	return status;
}

/* From standard input, one line; at a terminal or from nothing, one of
 * chance. */
static enum ex_status
take_password(struct work *w, struct ex_error *err)
{
	uint8_t chance[12];
	size_t n;

	if (!isatty(STDIN_FILENO) &&
	    fgets(w->secret, sizeof w->secret, stdin)) {
		n = strcspn(w->secret, "\r\n");
		if (n == sizeof w->secret - 1)
			return ex_fail(err, EX_ERR_INPUT, "password",
			    "is longer than %d bytes", EX_PASSWORD_MOST);
		w->secret[n] = '\0';
		return EX_OK;
	}
	if (ex_random(chance, sizeof chance) != EX_OK)
		return ex_fail(
		    err, EX_ERR_INTERNAL, "password", "no random bytes");
	ex_hex_format(chance, sizeof chance, w->secret);
	ex_wipe(chance, sizeof chance);
	w->made = true;
	return EX_OK;
}

/* Too long is wrong, not cut. */
static enum ex_status
copy(const char *what, const char *from, char *to, size_t room,
    struct ex_error *err)
{
	size_t n = strlen(from);

	if (n >= room)
		return ex_fail(err, EX_ERR_INPUT, what,
		    "must be of %zu characters at most", room - 1);
	memcpy(to, from, n + 1);
	return EX_OK;
}

static enum ex_status
fill_user(const struct work *w, struct ex_user *u, struct ex_error *err)
{
	enum ex_status status;

	*u = (struct ex_user){ .changed_ms = ex_clock_wall_ms() };
	status = copy("user", w->name, u->name, sizeof u->name, err);
	if (status == EX_OK)
		status = copy("role", w->role, u->role, sizeof u->role, err);
	if (status == EX_OK)
		status = copy("language", w->language, u->language,
		    sizeof u->language, err);
	return status == EX_OK ? ex_user_password(u, w->secret, err) : status;
}

static enum ex_status
add_user(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	struct ex_user *u = &w->user;
	char subject[EX_SUBJECT_SIZE], detail[64];
	enum ex_status status = ex_user_get(l, w->name, u, NULL);

	if (status == EX_OK)
		return ex_fail(err, EX_ERR_INPUT, w->name, "is there already");
	status = fill_user(w, u, err);
	if (status == EX_OK)
		status = ex_user_put(l, u, err);
	if (status != EX_OK)
		return status;
	snprintf(subject, sizeof subject, "user:%s", u->name);
	snprintf(detail, sizeof detail, "added, %s, at the machine", u->role);
	return ex_hub_note(l, EX_ACTION_USER, subject, detail, err);
}

static enum ex_status
set_disabled(
    struct ex_ledger *l, struct work *w, bool disabled, struct ex_error *err)
{
	struct ex_user *u = &w->user;
	char subject[EX_SUBJECT_SIZE];
	enum ex_status status = ex_user_get(l, w->name, u, err);

	if (status != EX_OK)
		return status;
	u->disabled = disabled;
	u->changed_ms = ex_clock_wall_ms();
	status = ex_user_put(l, u, err);
	if (status != EX_OK)
		return status;
	snprintf(subject, sizeof subject, "user:%s", u->name);
	return ex_hub_note(l, EX_ACTION_USER, subject,
	    disabled ? "disabled, at the machine" : "enabled, at the machine",
	    err);
}

static enum ex_status
enable_user(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	return set_disabled(l, w, false, err);
}

static enum ex_status
disable_user(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	return set_disabled(l, w, true, err);
}

static enum ex_status
print_user(const struct ex_user *u, void *arg)
{
	const struct work *w = arg;

	if (w->c->json)
		return cli_print(json_pack("{s:s, s:s, s:s, s:b}", "user",
		    u->name, "role", u->role, "language", u->language,
		    "disabled", u->disabled));
	printf("%-32s  %-10s  %s%s\n", u->name, u->role, u->language,
	    u->disabled ? "  disabled" : "");
	return EX_OK;
}

static enum ex_status
list_users(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	return ex_user_each(l, print_user, w, err);
}

static enum ex_status
add_token(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	struct ex_token *t = &w->token;
	char subject[EX_SUBJECT_SIZE], detail[96];
	enum ex_status status;

	t->made_ms = ex_clock_wall_ms();
	status = copy("role", w->role, t->role, sizeof t->role, err);
	if (status == EX_OK)
		status = copy("name", w->lane, t->name, sizeof t->name, err);
	if (status == EX_OK)
		status = ex_token_make(l, t, w->secret, err);
	if (status != EX_OK)
		return status;
	snprintf(subject, sizeof subject, "token:%s", t->id);
	snprintf(detail, sizeof detail, "made, %s %s, at the machine", t->role,
	    t->name);
	return ex_hub_note(l, EX_ACTION_TOKEN, subject, detail, err);
}

static enum ex_status
revoke_token(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	char subject[EX_SUBJECT_SIZE];
	enum ex_status status = ex_token_drop(l, w->name, err);

	if (status != EX_OK)
		return status;
	snprintf(subject, sizeof subject, "token:%.80s", w->name);
	return ex_hub_note(
	    l, EX_ACTION_TOKEN, subject, "withdrawn, at the machine", err);
}

static enum ex_status
print_token(const struct ex_token *t, void *arg)
{
	const struct work *w = arg;
	char made[EX_RFC3339_SIZE];

	ex_rfc3339_format(t->made_ms, made);
	if (w->c->json)
		return cli_print(json_pack("{s:s, s:s, s:s, s:s}", "token",
		    t->id, "role", t->role, "name", t->name, "made", made));
	printf("%s  %-8s  %-32s  %s\n", t->id, t->role, t->name, made);
	return EX_OK;
}

static enum ex_status
list_tokens(struct ex_ledger *l, struct work *w, struct ex_error *err)
{
	return ex_token_each(l, print_token, w, err);
}

/* ---- the commands ------------------------------------------------------- */

struct verb {
	const char *word;
	action *fn;
	bool wants_name;
};

static const struct verb *
find_verb(const struct verb *verbs, struct cli *c, struct work *w,
    struct ex_error *err)
{
	for (; verbs->word; verbs++)
		if (strcmp(verbs->word, c->argv[0]) == 0)
			break;
	w->name = c->argc > 1 ? c->argv[1] : NULL;
	if (verbs->word && verbs->wants_name == (w->name != NULL))
		return verbs;
	ex_fail(err, EX_ERR_USAGE, c->argv[0],
	    verbs->word ? "wants its operand, and no more; see 'exeunt %s "
			  "--help'"
			: "is none of its verbs; see 'exeunt %s --help'",
	    c->command->name);
	return NULL;
}

/* A secret is told this once, on a line of its own. */
static enum ex_status
tell_secret(const struct work *w, const char *what, const char *id)
{
	if (w->c->json)
		return cli_print(
		    json_pack("{s:s, s:s}", "id", id, what, w->secret));
	puts(w->secret);
	return EX_OK;
}

enum ex_status
cmd_hub_user(struct cli *c)
{
	static const struct verb verbs[] = {
		{ "add", add_user, true },
		{ "list", list_users, false },
		{ "enable", enable_user, true },
		{ "disable", disable_user, true },
		{ 0 },
	};
	struct work w = { .c = c, .role = "officer", .language = "en" };
	const char *config = NULL;
	const struct cli_option options[] = {
		{ "config", "FILE", "hub.conf", CLI_TEXT, &config, 0, 0 },
		{ "role", "ROLE",
		    "officer (default), supervisor, auditor or admin", CLI_TEXT,
		    &w.role, 0, 0 },
		{ "language", "CODE", "en (default), es or fr", CLI_TEXT,
		    &w.language, 0, 0 },
	};
	struct ex_hub_settings s = { 0 };
	struct ex_error err = { 0 };
	const struct verb *verb = NULL;
	enum ex_status status = cli_options(c, options, 3, 1, 2);

	if (status != EX_OK)
		return status;
	status = read_settings(c, config, &s, &err);
	if (status == EX_OK)
		verb = find_verb(verbs, c, &w, &err);
	status = err.status;
	if (verb && verb->fn == add_user)
		status = take_password(&w, &err);
	if (verb && status == EX_OK)
		status = within(&s, &w, verb->fn, &err);
	if (status == EX_OK && w.made)
		status = tell_secret(&w, "password", w.name);
	else if (status != EX_OK && err.status != EX_OK)
		cli_error(&err);
	ex_wipe(&w, sizeof w);
	ex_wipe(&s, sizeof s);
	return status;
}

enum ex_status
cmd_hub_token(struct cli *c)
{
	static const struct verb verbs[] = {
		{ "add", add_token, false },
		{ "list", list_tokens, false },
		{ "revoke", revoke_token, true },
		{ 0 },
	};
	struct work w = { .c = c, .role = "lane", .lane = "" };
	const char *config = NULL;
	const struct cli_option options[] = {
		{ "config", "FILE", "hub.conf", CLI_TEXT, &config, 0, 0 },
		{ "role", "ROLE", "lane (default) or auditor", CLI_TEXT,
		    &w.role, 0, 0 },
		{ "name", "NAME", "the lane's name, or what the program is",
		    CLI_TEXT, &w.lane, 0, 0 },
	};
	struct ex_hub_settings s = { 0 };
	struct ex_error err = { 0 };
	const struct verb *verb = NULL;
	enum ex_status status = cli_options(c, options, 3, 1, 2);

	if (status != EX_OK)
		return status;
	status = read_settings(c, config, &s, &err);
	if (status == EX_OK)
		verb = find_verb(verbs, c, &w, &err);
	status = err.status;
	if (verb)
		status = within(&s, &w, verb->fn, &err);
	if (status == EX_OK && verb && verb->fn == add_token)
		status = tell_secret(&w, "token", w.token.id);
	else if (status != EX_OK && err.status != EX_OK)
		cli_error(&err);
	ex_wipe(&w, sizeof w);
	ex_wipe(&s, sizeof s);
	return status;
}
