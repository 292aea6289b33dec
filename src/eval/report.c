/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Promises:
 *  (R1) what is at the path is replaced by a whole page or not at all;
 *  (R2) a process that dies leaves no file behind while cards gather;
 *  (R3) pictures are readable by the owner alone, from the first byte;
 *  (R4) memory does not grow with the pictures.
 */
#include "report_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A new file of mode 0600 (R3) beside `path`; its name in `name`. */
static FILE *
open_beside(const char *path, char name[static PATH_MAX], const char *mode)
{
	int n = snprintf(name, PATH_MAX, "%s.XXXXXX", path), fd;
	FILE *f;

	if (n < 0 || n >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, mode);
	if (!f) {
		int why = errno;

		close(fd);
		unlink(name);
		errno = why;
	}
	return f;
}

enum ex_status
ex_report_open(const char *path, const char *title, struct ex_report **out,
    struct ex_error *err)
{
	struct ex_report *r = ex_calloc(1, sizeof *r);
	char name[PATH_MAX];
	enum ex_status status = EX_OK;

	*out = NULL;
	if (!r)
		return ex_fail(err, EX_ERR_NOMEM, path, NULL);
	r->path = ex_strdup(path);
	r->title = ex_strdup(title);
	if (!r->path || !r->title) {
		status = ex_fail(err, EX_ERR_NOMEM, path, NULL);
		goto out;
	}
	r->body = open_beside(path, name, "w+");
	if (!r->body) {
		status = ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
		goto out;
	}
	unlink(name); /* (R2) */
	*out = r;
	r = NULL;
out:
	ex_report_free(&r);
	return status;
}

void
ex_report_free(struct ex_report **r)
{
	if (!*r)
		return;
	if ((*r)->body)
		fclose((*r)->body);
	for (size_t i = 0; i < (*r)->n_tiles; i++)
		free((*r)->tiles[i].vehicle);
	free((*r)->tiles);
	free((*r)->path);
	free((*r)->title);
	free(*r);
	*r = NULL;
}

/* ---- a vehicle ----------------------------------------------------------- */

static bool
add_tile(struct ex_report *r, const struct tile *tile)
{
	if (r->n_tiles == r->room) {
		size_t room = r->room ? r->room * 2 : 32;
		struct tile *list = ex_calloc(room, sizeof *list);

		if (!list)
			return false;
		if (r->n_tiles)
			memcpy(list, r->tiles, r->n_tiles * sizeof *list);
		free(r->tiles);
		r->tiles = list;
		r->room = room;
	}
	r->tiles[r->n_tiles] = *tile;
	r->tiles[r->n_tiles].vehicle = ex_strdup(tile->vehicle);
	return r->tiles[r->n_tiles].vehicle && ++r->n_tiles;
}

static void
add_times(struct ex_report *r, const struct ex_crossing *c)
{
	bool first = r->n_tiles == 1;

	if (first || c->opened_ms < r->first_ms)
		r->first_ms = c->opened_ms;
	if (first || c->closed_ms > r->last_ms)
		r->last_ms = c->closed_ms;
	if (first) {
		memcpy(r->lane, c->lane, sizeof r->lane);
		r->direction = c->direction;
	} else if (strcmp(r->lane, c->lane) != 0 ||
		   r->direction != c->direction) {
		r->lane[0] = '\0';
	}
}

static void
add_people(struct ex_report *r, const struct ex_crossing *c)
{
	r->seen += ex_crossing_seen(c);
	r->confirmed += ex_crossing_confirmed(c);
	r->complete += ex_crossing_complete(c);
	for (size_t i = 0; i < c->n_occupants; i++)
		if (c->occupants[i].verdict == EX_VERDICT_OFFICER)
			r->causes[c->occupants[i].cause]++;
}

static bool
add_totals(struct ex_report *r, const struct card *card)
{
	const struct ex_crossing *c = card->crossing;
	char vehicle[EX_MAX_NAME];
	struct tile tile = { .vehicle = vehicle,
		.opted_out = c->opted_out,
		.complete = ex_crossing_complete(c) };

	snprintf(vehicle, sizeof vehicle, "%s", c->vehicle);
	if (!c->opted_out) {
		tile.seen = ex_crossing_seen(c);
		tile.confirmed = ex_crossing_confirmed(c);
		tile.wrong = ex_report_has_wrong(card);
		tile.there = card->truth ? card->truth->n_occupants : 0;
		tile.miscounted = card->truth && tile.there != tile.seen;
	}
	if (!add_tile(r, &tile))
		return false;
	add_times(r, c);
	if (c->opted_out)
		r->opted_out++;
	else
		add_people(r, c);
	return true;
}

enum ex_status
ex_report_vehicle(struct ex_report *r, const struct ex_crossing *crossing,
    const struct ex_report_pictures *pictures,
    const struct ex_truth_vehicle *truth, struct ex_error *err)
{
	struct card card = { .number = r->n_tiles + 1,
		.crossing = crossing,
		.pictures = pictures,
		.truth = truth };

	if (r->failed)
		return ex_fail(err, EX_ERR_ENVIRONMENT, r->path,
		    "an earlier vehicle could not be written");
	if (!ex_eval_pairs(crossing, truth, card.pairs) ||
	    !add_totals(r, &card)) {
		r->failed = true;
		return ex_fail(err, EX_ERR_NOMEM, r->path, NULL);
	}
	ex_report_card(r->body, &card);
	if (fflush(r->body) != 0 || ferror(r->body)) {
		r->failed = true;
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, r->path, "%s", strerror(errno));
	}
	return EX_OK;
}

/* ---- the page ------------------------------------------------------------ */

static bool
copy_body(FILE *to, FILE *from)
{
	char part[65536];
	size_t n;

	rewind(from);
	while ((n = fread(part, 1, sizeof part, from)) > 0)
		if (fwrite(part, 1, n, to) != n)
			return false;
	return !ferror(from);
}

enum ex_status
ex_report_write(const char *path, bool (*put)(FILE *f, const void *arg),
    const void *arg, struct ex_error *err)
{
	char name[PATH_MAX];
	FILE *f = open_beside(path, name, "w");
	bool ok;
	int why = 0;

	if (!f)
		return ex_fail(
		    err, EX_ERR_ENVIRONMENT, path, "%s", strerror(errno));
	ok = put(f, arg) && fflush(f) == 0 && !ferror(f) &&
	     fsync(fileno(f)) == 0;
	why = errno;
	if (fclose(f) != 0 && ok) {
		ok = false;
		why = errno;
	}
	if (ok && rename(name, path) != 0) {
		ok = false;
		why = errno;
	}
	if (ok)
		return EX_OK;
	unlink(name);
	return ex_fail(err, EX_ERR_ENVIRONMENT, path, "%s", strerror(why));
}

struct page {
	struct ex_report *report;
	const struct ex_eval *tally;
};

static bool
put_page(FILE *f, const void *arg)
{
	const struct page *p = arg;

	ex_report_top(f, p->report, p->tally);
	if (!copy_body(f, p->report->body))
		return false;
	ex_report_bottom(f, p->tally != NULL);
	return true;
}

enum ex_status
ex_report_close(
    struct ex_report **r, const struct ex_eval *tally, struct ex_error *err)
{
	enum ex_status status;

	if ((*r)->failed)
		status = ex_fail(err, EX_ERR_ENVIRONMENT, (*r)->path,
		    "a vehicle could not be written");
	else
		status = ex_report_write(
		    (*r)->path, put_page, &(struct page){ *r, tally }, err);
	ex_report_free(r);
	return status;
}
