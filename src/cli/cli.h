/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands share: options by table, where models are found, errors
 * in one line, JSON lines, progress, stopping cleanly.
 */
#ifndef EXEUNT_CLI_H
#define EXEUNT_CLI_H

#include <signal.h>

#include "exeunt/base.h"
#include "exeunt/face.h"
#include "exeunt/facts.h"

#include <jansson.h>

struct cli {
	const struct cli_command *command;
	int argc;    /* of what follows the command's name, then of the */
	char **argv; /* operands once cli_options has read the options */
	bool json;
	unsigned threads; /* 0: one for each processor */
	const char *models_dir, *calibration_file; /* NULL: found */
	enum ex_status worst; /* of inputs that failed while others went on */
};

struct cli_command {
	const char *name; /* "face detect" */
	enum ex_status (*run)(struct cli *c);
	const char *operands; /* "IMAGE..." */
	const char *summary;
};
extern const struct cli_command cli_commands[];

enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_NUMBER, CLI_REAL };

struct cli_option {
	const char *name;     /* without the dashes */
	const char *argument; /* "DIR"; NULL for a flag */
	const char *help;
	enum cli_kind kind;
	void *to; /* bool, const char *, uint64_t, double; holds the default */
	double least, most; /* numbers: the range */
};

/* Set by the first SIGINT or SIGTERM to its number. */
extern volatile sig_atomic_t cli_stop;

/* --help was answered: done, and nothing else to do. */
#define CLI_HELPED ((enum ex_status)2)

/**
 * Read the command's options and the common ones; leave the operands, at
 * least `least` and at most `most` of them, in c->argv.
 * @return EX_OK; CLI_HELPED; EX_ERR_USAGE, said on stderr
 */
enum ex_status cli_options(struct cli *c, const struct cli_option *options,
    size_t n, int least, int most);

/* One line on stderr: "exeunt: what: why". Returns its status. */
enum ex_status cli_error(const struct ex_error *err);
/* The same, and the work goes on: the exit code is the largest. */
void cli_problem(struct cli *c, const struct ex_error *err);
/* For output that found no memory. */
enum ex_status cli_out_of_memory(void);

/* Print one JSON object as one line, and drop it. */
enum ex_status cli_print(json_t *object);
json_t *cli_json_box(struct ex_box b);

/* On a terminal's stderr only. `done` == `total` clears the line. */
void cli_progress(const char *what, size_t done, size_t total);

/* An option's time; NULL leaves `out` as it is. EX_ERR_USAGE. */
enum ex_status cli_time(
    const char *option, const char *text, int64_t *out, struct ex_error *err);

/* A file as it lies from the program: in the source tree, else where it is
 * installed. Heap; the first name where neither is there; NULL: no memory. */
char *cli_beside(const char *in_source, const char *installed);

/* The console as built or installed. Heap; NULL where there is none. */
char *cli_console(void);

/* The folder of the models and its pack, and the calibration that would be
 * used with it: NULL where there is none. Heap strings, NULL on failure. Says
 * nothing. */
enum ex_status cli_pack(struct cli *c, char **dir, struct ex_pack *pack,
    char **calibration, struct ex_error *err);
/* Both say what is wrong and return its status. */
enum ex_status cli_models(struct cli *c, struct ex_face_models **out);
enum ex_status cli_calibration(struct cli *c, struct ex_calibration **out);

#endif
