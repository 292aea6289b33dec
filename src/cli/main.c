/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt: which command, how it ends. */
#include "cli.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

volatile sig_atomic_t cli_stop;

#define CLI_COMMAND(function, name, operands, summary)                         \
	enum ex_status function(struct cli *c);
#include "commands.inc"
#undef CLI_COMMAND

const struct cli_command cli_commands[] = {
#define CLI_COMMAND(function, name, operands, summary)                         \
	{ name, function, operands, summary },
#include "commands.inc"
#undef CLI_COMMAND
	{ 0 },
};

static void
stop(int signal_number)
{
	/* The second one is for who does not want to wait. */
	if (cli_stop)
		_Exit(128 + signal_number);
	cli_stop = signal_number;
}

static void
catch_signals(void)
{
	struct sigaction a = { .sa_handler = stop };

	sigaction(SIGINT, &a, NULL);
	sigaction(SIGTERM, &a, NULL);
	signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write */
}

/* What jansson held may have been an MRZ. */
static void
wipe_and_free(void *p)
{
	ex_wipe(p, malloc_usable_size(p));
	free(p);
}

static void
help(FILE *to)
{
	fputs("exeunt confirms who crosses a land border by vehicle.\n\n"
	      "Usage: exeunt COMMAND [OPTION]... [OPERAND]...\n\n"
	      "Commands:\n",
	    to);
	for (const struct cli_command *c = cli_commands; c->name; c++)
		fprintf(to, "  %-14s  %s\n", c->name, c->summary);
	fputs("\n'exeunt COMMAND --help' tells the options of a command; "
	      "exeunt(1) tells all.\n",
	    to);
}

/* Names are one or two words. Returns how many arguments the name took. */
static int
find(int argc, char **argv, const struct cli_command **out)
{
	for (const struct cli_command *c = cli_commands; c->name; c++) {
		const char *blank = strchr(c->name, ' ');

		if (!blank && argc > 1 && strcmp(argv[1], c->name) == 0) {
			*out = c;
			return 1;
		}
		if (blank && argc > 2 &&
		    strlen(argv[1]) == (size_t)(blank - c->name) &&
		    strncmp(argv[1], c->name, strlen(argv[1])) == 0 &&
		    strcmp(argv[2], blank + 1) == 0) {
			*out = c;
			return 2;
		}
	}
	return 0;
}

static int
exit_code(enum ex_status status)
{
	if (status == CLI_HELPED)
		return 0;
	if (status == EX_ERR_INTERRUPTED && cli_stop)
		return 128 + cli_stop;
	return ex_status_exit(status);
}

/* What was printed must have arrived: a full disk is not success. */
static enum ex_status
flush(enum ex_status status)
{
	struct ex_error err;

	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	ex_fail(&err, EX_ERR_ENVIRONMENT, "standard output",
	    "could not be written");
	return cli_error(&err);
}

int
main(int argc, char **argv)
{
	struct cli c = { 0 };
	enum ex_status status;
	struct ex_error err;
	int used;

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("exeunt " EX_VERSION);
		return exit_code(flush(EX_OK));
	}
	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		help(stdout);
		return exit_code(flush(EX_OK));
	}
	used = find(argc, argv, &c.command);
	if (used == 0 && argc > 1) {
		ex_fail(&err, EX_ERR_USAGE, argv[1],
		    "no such command; 'exeunt --help' lists them");
		return exit_code(cli_error(&err));
	}
	if (used == 0) {
		help(stderr);
		return exit_code(EX_ERR_USAGE);
	}
	c.argc = argc - 1 - used;
	c.argv = argv + 1 + used;
	catch_signals();
	json_set_alloc_funcs(malloc, wipe_and_free);
	status = flush(c.command->run(&c));
	if (ex_status_exit(c.worst) > exit_code(status))
		status = c.worst;
	return exit_code(status);
}
