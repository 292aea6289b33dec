/* SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COMMON 4

struct parser {
	struct cli *c;
	const struct cli_option *own;
	size_t n_own;
	struct cli_option common[COMMON];
	uint64_t threads;
	bool help;
};

static enum ex_status
usage(struct cli *c, const char *what, const char *why)
{
	struct ex_error err;

	ex_fail(&err, EX_ERR_USAGE, what, "%s; see 'exeunt %s --help'", why,
	    c->command->name);
	return cli_error(&err);
}

static const struct cli_option *
find(const struct parser *p, const char *name, size_t n)
{
	for (size_t i = 0; i < p->n_own + COMMON; i++) {
		const struct cli_option *o =
		    i < p->n_own ? &p->own[i] : &p->common[i - p->n_own];

		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			return o;
	}
	return NULL;
}

static bool
in_range(const struct cli_option *o, double v)
{
	return isfinite(v) && v >= o->least && v <= o->most;
}

static enum ex_status
store(struct parser *p, const struct cli_option *o, const char *value)
{
	char name[64], why[128];
	char *end = NULL;
	double real;

	snprintf(name, sizeof name, "--%s", o->name);
	if (o->kind == CLI_TEXT) {
		*(const char **)o->to = value;
		return EX_OK;
	}
	snprintf(why, sizeof why, "must be %s from %g to %g",
	    o->kind == CLI_NUMBER ? "a whole number" : "a number", o->least,
	    o->most);
	errno = 0;
	if (o->kind == CLI_REAL) {
		real = strtod(value, &end);
		if (errno || end == value || *end || !in_range(o, real))
			return usage(p->c, name, why);
		*(double *)o->to = real;
		return EX_OK;
	}
	/* strtoull takes signs and blanks; a plain number has neither. */
	if (*value >= '0' && *value <= '9') {
		uint64_t whole = strtoull(value, &end, 10);

		if (!errno && !*end && in_range(o, (double)whole)) {
			*(uint64_t *)o->to = whole;
			return EX_OK;
		}
	}
	return usage(p->c, name, why);
}

/* "--name value" or "--name=value". */
static enum ex_status
take_option(struct parser *p, int *i)
{
	char *arg = p->c->argv[*i];
	const char *equals = strchr(arg, '=');
	size_t n = equals ? (size_t)(equals - arg) : strlen(arg);
	const struct cli_option *o = find(p, arg + 2, n - 2);

	if (!o)
		return usage(p->c, arg, "no such option");
	if (o->kind == CLI_FLAG) {
		if (equals)
			return usage(p->c, arg, "takes no value");
		*(bool *)o->to = true;
		return EX_OK;
	}
	if (equals)
		return store(p, o, equals + 1);
	if (*i + 1 >= p->c->argc)
		return usage(p->c, arg, "wants a value");
	return store(p, o, p->c->argv[++*i]);
}

static void
print_option(const struct cli_option *o)
{
	char left[64];

	snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
	    o->argument ? o->argument : "");
	printf("  %-22s  %s\n", left, o->help);
}

static void
print_help(const struct parser *p)
{
	const struct cli_command *c = p->c->command;

	printf("exeunt %s: %s\n\nUsage: exeunt %s [OPTION]... %s\n\n", c->name,
	    c->summary, c->name, c->operands);
	if (p->n_own > 0)
		puts("Options:");
	for (size_t i = 0; i < p->n_own; i++)
		print_option(&p->own[i]);
	puts(p->n_own > 0 ? "\nCommon options:" : "Common options:");
	for (size_t i = 0; i < COMMON; i++)
		print_option(&p->common[i]);
	print_option(
	    &(struct cli_option){ .name = "help", .help = "this text" });
}

enum ex_status
cli_options(struct cli *c, const struct cli_option *options, size_t n,
    int least, int most)
{
	struct parser p = {
	    .c = c,
	    .own = options,
	    .n_own = n,
	    .common =
		{
		    {"json", NULL, "print one JSON object a line", CLI_FLAG,
			&c->json, 0, 0},
		    {"threads", "N",
			"work with N threads (default: one a processor)",
			CLI_NUMBER, NULL, 1, 64},
		    {"models", "DIR", "folder of the face models", CLI_TEXT,
			&c->models_dir, 0, 0},
		    {"calibration", "FILE", "calibration file", CLI_TEXT,
			&c->calibration_file, 0, 0},
		},
	};
	enum ex_status status = EX_OK;
	int operands = 0;
	bool only_operands = false;

	p.common[1].to = &p.threads;
	for (int i = 0; i < c->argc && status == EX_OK; i++) {
		if (only_operands || strncmp(c->argv[i], "--", 2) != 0)
			c->argv[operands++] = c->argv[i];
		else if (c->argv[i][2] == '\0')
			only_operands = true;
		else if (strcmp(c->argv[i], "--help") == 0)
			p.help = true;
		else
			status = take_option(&p, &i);
	}
	if (p.help) {
		print_help(&p);
		return CLI_HELPED;
	}
	c->argc = operands;
	c->threads = (unsigned)p.threads;
	if (status == EX_OK && (operands < least || operands > most))
		status = usage(c, c->command->name,
		    operands < least ? "an operand is missing"
				     : "too many operands");
	return status;
}
