/* SPDX-License-Identifier: Apache-2.0 */
/* Running a scene and holding it against its truth: what `eval scene` and
 * `demo` do. */
#ifndef EXEUNT_CLI_JUDGE_H
#define EXEUNT_CLI_JUDGE_H

#include "run.h"

#include "exeunt/eval.h"

struct judge {
	struct runner run;
	bool print; /* crossings as they come */
	bool now;   /* scenes begin now, whatever they say */
	struct ex_eval *tally;
	struct ex_report *report; /* or NULL */
	/* Of all vehicles: from the last frame to the verdict. */
	int64_t *verdicts_ns;
	size_t n_verdicts;
	/* Of the scene at hand. */
	struct ex_crossing *crossings;
	size_t n_crossings;
	const struct ex_truth *truth;
};

/* Models, calibration, threads, tally; and a report if `path` is not NULL. */
enum ex_status judge_open(struct judge *j, const char *path, const char *title);
/* One scene: run, report, tally. */
enum ex_status judge_scene(struct judge *j, const char *dir);
/* The same with crossings that a lane printed before, one JSON a line. */
enum ex_status judge_crossings(
    struct judge *j, const char *dir, const char *file);
/* Print the rates, write the report. */
enum ex_status judge_finish(struct judge *j);
void judge_close(struct judge *j);

#endif
