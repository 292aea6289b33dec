/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a report. All of them print and look for no error: the stream
 * remembers, and report.c asks it. */
#ifndef EXEUNT_EVAL_REPORT_INTERNAL_H
#define EXEUNT_EVAL_REPORT_INTERNAL_H

#include "eval_internal.h"

/* A card in a line, for the list of vehicles on top. */
struct tile {
	char *vehicle;
	size_t seen, confirmed;
	bool opted_out, complete;
	bool wrong, miscounted; /* by the truth, where it is known */
	size_t there;           /* in truth, if miscounted */
};

struct ex_report {
	char *path, *title;
	FILE *body; /* cards so far, in a file without a name */
	bool failed;
	struct tile *tiles;
	size_t n_tiles, room;
	/* Over all cards; opted-out ones count as vehicles alone. */
	size_t seen, confirmed, complete, opted_out;
	size_t causes[EX_CAUSE_COUNT];
	int64_t first_ms, last_ms;
	char lane[EX_MAX_NAME]; /* of all cards; "" if they differ */
	enum ex_direction direction;
};

/* What a card is drawn from. */
struct card {
	size_t number; /* from 1 */
	const struct ex_crossing *crossing;
	const struct ex_report_pictures *pictures; /* or NULL */
	const struct ex_truth_vehicle *truth;      /* or NULL */
	int pairs[EX_MAX_OCCUPANTS];
};

/* Is anybody wrongly confirmed, so far as the truth is known? */
bool ex_report_has_wrong(const struct card *card);

/* A page under its name, whole or not at all (R1), mode 0600 (R3). `put` says
 * whether it could; the stream is asked as well. */
enum ex_status ex_report_write(const char *path,
    bool (*put)(FILE *f, const void *arg), const void *arg,
    struct ex_error *err);

/* The page down to its symbols, with the title as heading of the browser. */
void ex_report_begin(FILE *f, const char *title);
void ex_report_card(FILE *f, const struct card *card);
void ex_report_person(FILE *f, const struct card *card, size_t i);
/* Everything above the cards; `tally` may be NULL. */
void ex_report_top(
    FILE *f, const struct ex_report *r, const struct ex_eval *tally);
void ex_report_rates(FILE *f, const struct ex_eval *e);
void ex_report_causes(
    FILE *f, const struct ex_report *r, const struct ex_eval *tally);
void ex_report_misses(
    FILE *f, const struct ex_report *r, const struct ex_eval *tally);
/* Everything below them. */
void ex_report_bottom(FILE *f, bool truth);

/* "2 seen = 1 confirmed + 1 officer" */
void ex_report_sum(FILE *f, size_t seen, size_t confirmed);
/* One of report_symbols.inc; for eyes alone. */
void ex_report_icon(FILE *f, const char *symbol);
/* Of a cause's text: capital first, full stop last. */
void ex_report_sentence(FILE *f, const char *text);
/* Letters of any direction in it do not turn the line around it. */
void ex_report_id(FILE *f, const char *id);
/* `what` and `name` are the words for those who do not see the picture. */
void ex_report_picture(
    FILE *f, struct ex_bytes jpeg, const char *what, const char *name);
/* Of a document; empty where there is none. */
struct ex_bytes ex_report_portrait(const struct card *card, size_t i);
/* "rear left" */
const char *ex_report_seat(enum ex_seat seat);
/* The interval as a band, the rate as a dot, the target (over 0) as a stroke,
 * in percent of the width; `high` under 0: nothing counted. All of it stands as
 * numbers in the same row. */
void ex_report_span(FILE *f, struct ex_interval percent, double target);
/* 0 of nothing. */
double ex_report_percent(size_t k, size_t n);

#endif
