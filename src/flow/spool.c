/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a lane has for its hub, on the lane's own disk. Promises of this file:
 *
 * (S1) What was put is on disk, whole, when the call comes back.
 * (S2) Crossings are handed out in the order of their ids, and one is removed
 *      only after the hub has it.
 * (S3) A record is never dropped: it is delivered, or set aside with the
 *      reason. Pictures are dropped when their term is over and, the oldest
 *      first, when there is no room; each time it is counted and said.
 * (S4) A file that is damaged is set aside, said, and holds up nothing.
 * (S5) A process killed at any moment leaves each crossing whole, or as if it
 *      had never been put.
 * (S6) Time does not run backwards, from one process to the next either: a
 *      clock set back does not make pictures stay longer.
 *
 * One lock over all. Problems are told under it: who listens must not call.
 */
#include "spool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_BYTES (INT64_C(2) << 30)
#define MARK_MS    60000 /* how far the mark on disk may lag behind */

struct ex_spool {
	struct ex_spool_folder folder;
	struct ex_spool_options options;
	pthread_mutex_t lock;
	pthread_cond_t change;
	bool woken;
	struct ex_spool_list waiting, refused;
	struct ex_spool_count count;
	int64_t now_ms, mark_ms, mono_ns; /* (S6) */
};

static struct ex_spool_list *
list_of(struct ex_spool *s, enum ex_spool_place place)
{
	return place == EX_SPOOL_REFUSED ? &s->refused : &s->waiting;
}

static void
say(struct ex_spool *s, enum ex_status status, const char *id, const char *why)
{
	struct ex_error err;
	char what[64];

	snprintf(what, sizeof what, "spool: %s", id);
	ex_fail(&err, status, what, "%s", why);
	if (s->options.problem)
		s->options.problem(s->options.arg, &err);
}

static void
say_error(struct ex_spool *s, const struct ex_error *err)
{
	if (s->options.problem)
		s->options.problem(s->options.arg, err);
}

/* ---- time --------------------------------------------------------------- */

/* The wall clock, or how far it must have come since we last looked. */
static int64_t
now_ms(struct ex_spool *s)
{
	int64_t wall, mono;

	if (s->options.now_ms) {
		wall = s->options.now_ms();
	} else {
		mono = ex_clock_mono_ns();
		wall = ex_clock_wall_ms();
		s->now_ms += (mono - s->mono_ns) / 1000000;
		s->mono_ns += (mono - s->mono_ns) / 1000000 * 1000000;
	}
	if (wall > s->now_ms)
		s->now_ms = wall;
	if (s->now_ms - s->mark_ms >= MARK_MS) {
		s->mark_ms = s->now_ms;
		ex_spool_folder_set_mark(&s->folder, s->mark_ms);
	}
	return s->now_ms;
}

/* Picture classes whose term is over for a crossing opened then. */
static unsigned
parts_due(const struct ex_spool *s, int64_t opened_ms, int64_t at_ms)
{
	unsigned due = 0;

	if (at_ms - opened_ms >= s->options.citizen_pictures_ms)
		due |= 1u << EX_RETAIN_CITIZEN_PICTURE;
	if (at_ms - opened_ms >= s->options.pictures_ms)
		due |= 1u << EX_RETAIN_PICTURE;
	return due;
}

/* ---- taking pictures out ------------------------------------------------ */

/* The envelope without these classes; `*envelope` is replaced. */
static enum ex_status
without_parts(struct ex_blob *envelope, unsigned parts, unsigned *left,
    struct ex_error *err)
{
	struct ex_envelope_head head;
	enum ex_status status =
	    ex_envelope_peek(ex_blob_bytes(envelope), &head, err);

	for (unsigned c = 0; c < EX_RETAIN_COUNT && status == EX_OK; c++) {
		struct ex_blob less = { 0 };

		if (!(head.parts & parts & 1u << c))
			continue;
		status = ex_envelope_drop(ex_blob_bytes(envelope),
		    (enum ex_retention_class)c, &less, err);
		if (status != EX_OK)
			break;
		ex_blob_free(envelope);
		*envelope = less;
		head.parts &= ~(1u << c);
	}
	*left = head.parts & EX_SPOOL_PICTURES;
	return status;
}

static void
forget_entry(struct ex_spool *s, enum ex_spool_place place, const char *id)
{
	struct ex_spooled *e = ex_spool_list_find(list_of(s, place), id);

	if (e)
		s->count.bytes -= e->size;
	ex_spool_list_drop(list_of(s, place), id);
}

/* (S4) */
static void
set_damaged(struct ex_spool *s, enum ex_spool_place place, const char *id,
    const struct ex_error *why)
{
	char name[EX_ULID_SIZE], text[EX_ULID_SIZE + sizeof why->why];
	struct ex_error err;

	memcpy(name, id, sizeof name); /* `id` may lie in the list */
	snprintf(text, sizeof text, "damaged, set aside: %s", why->why);
	if (ex_spool_folder_move(
		&s->folder, name, place, EX_SPOOL_DAMAGED, &err) != EX_OK)
		say_error(s, &err);
	say(s, EX_ERR_INPUT, name, text);
	s->count.damaged++;
	forget_entry(s, place, name);
}

/* Take classes out of a crossing that lies here. False: it went away, or its
 * file could not be changed. */
static bool
strip(struct ex_spool *s, enum ex_spool_place place, struct ex_spooled *e,
    unsigned parts)
{
	struct ex_blob envelope = { 0 };
	struct ex_error err = { 0 };
	size_t before = 0;
	unsigned left;
	enum ex_status status =
	    ex_spool_folder_read(&s->folder, place, e->id, &envelope, &err);

	if (status == EX_OK) {
		before = envelope.size;
		status = without_parts(&envelope, parts, &left, &err);
	}
	if (status != EX_OK) {
		if (status != EX_ERR_NOMEM)
			set_damaged(s, place, e->id, &err);
		ex_blob_free(&envelope);
		return false;
	}
	if (envelope.size != before)
		status = ex_spool_folder_replace(
		    &s->folder, place, e->id, ex_blob_bytes(&envelope), &err);
	if (status == EX_OK) {
		s->count.bytes -= e->size - envelope.size;
		e->size = envelope.size;
		e->parts = left;
	} else {
		say_error(s, &err);
	}
	ex_blob_free(&envelope);
	return status == EX_OK;
}

static void
forget_in(struct ex_spool *s, enum ex_spool_place place, int64_t at_ms)
{
	struct ex_spool_list *l = list_of(s, place);
	struct ex_spooled *e;

	for (size_t i = 0; (e = ex_spool_list_at(l, i)); i++) {
		size_t n = l->n, size = e->size;
		unsigned due;
		int64_t opened;

		ex_ulid_time(e->id, &opened);
		due = parts_due(s, opened, at_ms);
		if (!due) /* nor those behind it */
			break;
		if (!(e->parts & due))
			continue;
		if (strip(s, place, e, due) && e->size < size) {
			s->count.pictures_old++;
			say(s, EX_OK, e->id,
			    "pictures whose term is over are dropped");
		}
		if (l->n < n)
			i--; /* it was damaged */
	}
}

static void
forget(struct ex_spool *s)
{
	int64_t at = now_ms(s);
	int64_t longest = s->options.pictures_ms;

	if (s->options.citizen_pictures_ms > longest)
		longest = s->options.citizen_pictures_ms;
	forget_in(s, EX_SPOOL_WAITING, at);
	forget_in(s, EX_SPOOL_REFUSED, at);
	if (s->count.damaged > 0 &&
	    ex_spool_folder_expire(&s->folder, at - longest) > 0)
		say(s, EX_OK, "damaged",
		    "files older than any picture's term are removed");
}

void
ex_spool_forget(struct ex_spool *s)
{
	pthread_mutex_lock(&s->lock);
	forget(s);
	pthread_mutex_unlock(&s->lock);
}

/* The oldest crossing with pictures, wherever it lies; NULL: none. */
static struct ex_spooled *
oldest_with_pictures(struct ex_spool *s, enum ex_spool_place *place)
{
	struct ex_spooled *oldest = NULL, *e;

	for (int p = EX_SPOOL_WAITING; p <= EX_SPOOL_REFUSED; p++)
		for (size_t i = 0; (e = ex_spool_list_at(
					list_of(s, (enum ex_spool_place)p), i));
		     i++) {
			if (!e->parts)
				continue;
			if (!oldest || strcmp(e->id, oldest->id) < 0) {
				oldest = e;
				*place = (enum ex_spool_place)p;
			}
			break;
		}
	return oldest;
}

static bool
fits(const struct ex_spool *s, size_t size)
{
	return s->count.bytes + size <= s->options.most_bytes;
}

/* (S3) Room for `size` bytes, at the cost of the oldest pictures. */
static void
make_room(struct ex_spool *s, size_t size)
{
	enum ex_spool_place place = EX_SPOOL_WAITING;
	struct ex_spooled *e;

	while (!fits(s, size) && (e = oldest_with_pictures(s, &place))) {
		size_t before = e->size, n = list_of(s, place)->n;

		if (strip(s, place, e, EX_SPOOL_PICTURES)) {
			if (e->size == before)
				continue; /* it had none */
			s->count.pictures_full++;
			say(s, EX_OK, e->id,
			    "the spool is full, the pictures are dropped");
		} else if (list_of(s, place)->n == n) {
			return; /* the disk takes no change */
		}
	}
}

/* ---- opening ------------------------------------------------------------ */

struct opening {
	struct ex_spool *spool;
	enum ex_spool_place place;
};

static enum ex_status
found(void *arg, const char *name, const char *id, size_t size)
{
	struct opening *o = arg;
	struct ex_spooled e = { .parts = EX_SPOOL_PICTURES, .size = size };
	struct ex_error err;

	if (o->place == EX_SPOOL_DAMAGED) {
		o->spool->count.damaged++;
		return EX_OK;
	}
	if (!id) {
		say(o->spool, EX_ERR_INPUT, name,
		    "does not belong here and is left alone");
		return EX_OK;
	}
	memcpy(e.id, id, sizeof e.id);
	if (!ex_spool_list_put(list_of(o->spool, o->place), &e))
		return EX_ERR_NOMEM;
	o->spool->count.bytes += size;
	if (size > EX_ENVELOPE_MOST || size == 0) {
		ex_fail(&err, EX_ERR_INPUT, name, "%zu bytes", size);
		set_damaged(o->spool, o->place, e.id, &err);
	}
	return EX_OK;
}

static enum ex_status
look_around(struct ex_spool *s, struct ex_error *err)
{
	enum ex_status status = EX_OK;

	/* What was damaged first, so that what is found to be is not counted
	 * twice. */
	for (int p = EX_SPOOL_PLACES - 1; p >= 0 && status == EX_OK; p--) {
		struct opening o = { s, (enum ex_spool_place)p };

		status =
		    ex_spool_folder_each(&s->folder, o.place, found, &o, err);
		if (status == EX_ERR_NOMEM)
			ex_fail(err, status, "spool", NULL);
	}
	return status;
}

static void
set_options(struct ex_spool *s, const struct ex_spool_options *o)
{
	const struct ex_retention r = ex_retention_default();

	s->options = *o;
	if (!s->options.most_bytes)
		s->options.most_bytes = MOST_BYTES;
	if (!s->options.citizen_pictures_ms)
		s->options.citizen_pictures_ms =
		    r.of[EX_RETAIN_CITIZEN_PICTURE].term_ms;
	if (!s->options.pictures_ms)
		s->options.pictures_ms = r.of[EX_RETAIN_PICTURE].term_ms;
}

static enum ex_status
make_lock(struct ex_spool *s)
{
	pthread_condattr_t clock;
	int failed = pthread_mutex_init(&s->lock, NULL);

	pthread_condattr_init(&clock);
	pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
	failed |= pthread_cond_init(&s->change, &clock);
	pthread_condattr_destroy(&clock);
	return failed ? EX_ERR_NOMEM : EX_OK;
}

enum ex_status
ex_spool_open(const struct ex_spool_options *options, struct ex_spool **out,
    struct ex_error *err)
{
	struct ex_spool *s = ex_calloc(1, sizeof *s);
	enum ex_status status;

	*out = NULL;
	if (!s || make_lock(s) != EX_OK) {
		free(s);
		return ex_fail(err, EX_ERR_NOMEM, "spool", NULL);
	}
	set_options(s, options);
	status = ex_spool_folder_open(&s->folder, options->dir, err);
	if (status == EX_OK) {
		s->mono_ns = ex_clock_mono_ns();
		s->now_ms = s->mark_ms = ex_spool_folder_mark(&s->folder);
		status = look_around(s, err);
	}
	if (status == EX_OK) {
		forget(s);
		*out = s;
	} else {
		ex_spool_close(&s);
	}
	return status;
}

void
ex_spool_close(struct ex_spool **spool)
{
	struct ex_spool *s = *spool;

	if (!s)
		return;
	ex_spool_folder_close(&s->folder);
	ex_spool_list_fini(&s->waiting);
	ex_spool_list_fini(&s->refused);
	pthread_cond_destroy(&s->change);
	pthread_mutex_destroy(&s->lock);
	free(s);
	*spool = NULL;
}

struct ex_spool_count
ex_spool_count(struct ex_spool *s)
{
	struct ex_spool_count count;

	pthread_mutex_lock(&s->lock);
	count = s->count;
	count.waiting = s->waiting.n;
	count.refused = s->refused.n;
	pthread_mutex_unlock(&s->lock);
	return count;
}

/* ---- putting ------------------------------------------------------------ */

/* What is past its term is not written at all, and what does not fit goes in
 * without its pictures. */
static enum ex_status
put_envelope(struct ex_spool *s, struct ex_blob *envelope,
    const struct ex_envelope_head *head, struct ex_error *err)
{
	struct ex_spooled e = { .parts = head->parts & EX_SPOOL_PICTURES };
	unsigned due = parts_due(s, head->opened_ms, now_ms(s)) & e.parts;
	enum ex_status status = EX_OK;

	memcpy(e.id, head->crossing, sizeof e.id);
	if (due) {
		status = without_parts(envelope, due, &e.parts, err);
		s->count.pictures_old++;
		say(s, EX_OK, e.id, "pictures whose term is over are dropped");
	}
	if (status == EX_OK)
		make_room(s, envelope->size);
	if (status == EX_OK && e.parts && !fits(s, envelope->size)) {
		status =
		    without_parts(envelope, EX_SPOOL_PICTURES, &e.parts, err);
		s->count.pictures_full++;
		say(s, EX_OK, e.id,
		    "the spool is full, the pictures are dropped");
	}
	if (status != EX_OK)
		return status;
	if (!fits(s, envelope->size))
		return ex_fail(err, EX_ERR_ENVIRONMENT, s->folder.dir,
		    "the spool is full: %zu crossings wait", s->waiting.n);
	e.size = envelope->size;
	if (!ex_spool_list_put(&s->waiting, &e))
		return ex_fail(err, EX_ERR_NOMEM, "spool", NULL);
	s->count.bytes += e.size;
	status = ex_spool_folder_add(
	    &s->folder, e.id, ex_blob_bytes(envelope), err); /* (S1) */
	if (status != EX_OK)
		forget_entry(s, EX_SPOOL_WAITING, e.id);
	return status;
}

enum ex_status
ex_spool_put(struct ex_spool *s, struct ex_blob *envelope, struct ex_error *err)
{
	struct ex_envelope_head head;
	enum ex_status status =
	    ex_envelope_peek(ex_blob_bytes(envelope), &head, err);
	int64_t named;

	if (status == EX_OK &&
	    (!ex_ulid_time(head.crossing, &named) || named != head.opened_ms))
		status = ex_fail(err, EX_ERR_INPUT, "spool",
		    "the crossing's id is not of its time");
	if (status != EX_OK)
		return status;
	pthread_mutex_lock(&s->lock);
	if (!ex_spool_list_find(&s->waiting, head.crossing) &&
	    !ex_spool_list_find(&s->refused, head.crossing))
		status = put_envelope(s, envelope, &head, err);
	s->woken = true;
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
	return status;
}

/* ---- emptying ----------------------------------------------------------- */

static enum ex_status
read_first(struct ex_spool *s, const struct ex_spooled *e, struct ex_blob *out,
    struct ex_error *err)
{
	struct ex_envelope_head head;
	enum ex_status status =
	    ex_spool_folder_read(&s->folder, EX_SPOOL_WAITING, e->id, out, err);

	if (status == EX_OK)
		status = ex_envelope_peek(ex_blob_bytes(out), &head, err);
	if (status == EX_OK && strcmp(head.crossing, e->id) != 0)
		status = ex_fail(err, EX_ERR_FORMAT, e->id,
		    "holds another crossing than its name says");
	if (status != EX_OK)
		ex_blob_free(out);
	return status;
}

enum ex_status
ex_spool_next(struct ex_spool *s, char id[static EX_ULID_SIZE],
    struct ex_blob *out, struct ex_error *err)
{
	enum ex_status status = EX_NO;
	struct ex_spooled *e;

	*out = (struct ex_blob){ 0 };
	pthread_mutex_lock(&s->lock);
	while (status != EX_OK && status != EX_ERR_NOMEM &&
	       (e = ex_spool_list_at(&s->waiting, 0))) {
		struct ex_error why = { 0 };

		memcpy(id, e->id, EX_ULID_SIZE);
		status = read_first(s, e, out, &why);
		if (status == EX_ERR_NOMEM)
			*err = why;
		else if (status != EX_OK) {
			set_damaged(s, EX_SPOOL_WAITING, e->id, &why);
			status = EX_NO;
		}
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

enum ex_status
ex_spool_done(struct ex_spool *s, const char *id, struct ex_error *err)
{
	enum ex_status status;

	pthread_mutex_lock(&s->lock);
	status = ex_spool_folder_remove(&s->folder, EX_SPOOL_WAITING, id, err);
	/* One that stays on disk goes out once more after the next start. */
	forget_entry(s, EX_SPOOL_WAITING, id);
	s->count.delivered++;
	pthread_mutex_unlock(&s->lock);
	return status;
}

enum ex_status
ex_spool_refuse(
    struct ex_spool *s, const char *id, const char *why, struct ex_error *err)
{
	struct ex_spooled *e, moved;
	enum ex_status status;

	pthread_mutex_lock(&s->lock);
	status = ex_spool_folder_explain(&s->folder, id, why, err);
	if (status == EX_OK)
		status = ex_spool_folder_move(
		    &s->folder, id, EX_SPOOL_WAITING, EX_SPOOL_REFUSED, err);
	e = ex_spool_list_find(&s->waiting, id);
	if (status == EX_OK && e) {
		moved = *e;
		ex_spool_list_drop(&s->waiting, id);
		s->count.set_aside++;
		if (!ex_spool_list_put(&s->refused, &moved))
			s->count.bytes -= moved.size;
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

enum ex_status
ex_spool_retry(struct ex_spool *s, struct ex_error *err)
{
	enum ex_status status = EX_OK;
	struct ex_spooled *e, moved;

	pthread_mutex_lock(&s->lock);
	while (status == EX_OK && (e = ex_spool_list_at(&s->refused, 0))) {
		moved = *e;
		if (!ex_spool_list_put(&s->waiting, &moved))
			status = ex_fail(err, EX_ERR_NOMEM, "spool", NULL);
		else
			status = ex_spool_folder_move(&s->folder, moved.id,
			    EX_SPOOL_REFUSED, EX_SPOOL_WAITING, err);
		ex_spool_list_drop(
		    status == EX_OK ? &s->refused : &s->waiting, moved.id);
	}
	pthread_mutex_unlock(&s->lock);
	return status;
}

void
ex_spool_wait(struct ex_spool *s, int64_t most_ms)
{
	int64_t until = ex_clock_mono_ns() + most_ms * 1000000;
	const struct timespec t = { .tv_sec = until / 1000000000,
		.tv_nsec = until % 1000000000 };

	pthread_mutex_lock(&s->lock);
	while (
	    !s->woken && pthread_cond_timedwait(&s->change, &s->lock, &t) == 0)
		;
	s->woken = false;
	pthread_mutex_unlock(&s->lock);
}

void
ex_spool_wake(struct ex_spool *s)
{
	pthread_mutex_lock(&s->lock);
	s->woken = true;
	pthread_cond_broadcast(&s->change);
	pthread_mutex_unlock(&s->lock);
}
