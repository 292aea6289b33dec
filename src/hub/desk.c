/* SPDX-License-Identifier: Apache-2.0 */
#include "desk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS        ((int64_t)3600 * 1000)
#define HEADROOM_HOURS 2 /* a lane's clock may be ahead a little */

struct hour {
	int64_t number; /* since 1970; what stands here of another is stale */
	struct ex_trend t;
};
struct recent {
	uint32_t seen, captured;
};
struct staged {
	struct ex_blob json; /* personal data */
	char vehicle[EX_MAX_NAME];
	int64_t at_ms;
};
struct lane {
	struct ex_lane_state state;
	struct staged staged;
	struct recent recent[EX_CAPTURE_LAST];
	size_t next_recent;
	struct hour hours[EX_TREND_HOURS + HEADROOM_HOURS];
};
struct ex_desk {
	pthread_mutex_t lock;
	struct lane *lanes[EX_TREND_LANES]; /* in order of coming */
	size_t n_lanes;
	struct ex_desk_counts counts;
	struct ex_chain chain;
};

enum ex_status
ex_desk_new(struct ex_desk **out, struct ex_error *err)
{
	struct ex_desk *d = ex_calloc(1, sizeof *d);

	*out = NULL;
	if (!d)
		return ex_fail(err, EX_ERR_NOMEM, "hub", NULL);
	pthread_mutex_init(&d->lock, NULL);
	pthread_mutex_init(&d->chain.lock, NULL);
	*out = d;
	return EX_OK;
}

/* ---- lanes ------------------------------------------------------------- */

static struct lane *
find(struct ex_desk *d, const char *name)
{
	for (size_t i = 0; i < d->n_lanes; i++)
		if (strcmp(d->lanes[i]->state.lane, name) == 0)
			return d->lanes[i];
	return NULL;
}

/* NULL past the bounds (K4) or without memory: it is then not counted. */
static struct lane *
find_or_make(struct ex_desk *d, const char *name)
{
	struct lane *l = find(d, name);

	if (l || d->n_lanes == EX_TREND_LANES ||
	    strlen(name) >= sizeof l->state.lane)
		return l;
	l = ex_calloc(1, sizeof *l);
	if (!l)
		return NULL;
	snprintf(l->state.lane, sizeof l->state.lane, "%s", name);
	d->lanes[d->n_lanes++] = l;
	return l;
}

/* ---- documents staged for the vehicle at a lane ------------------------ */

static void
wipe_staged(struct ex_desk *d, struct lane *l)
{
	struct staged *s = &l->staged;

	if (!s->json.data)
		return;
	d->counts.staged--;
	d->counts.staged_bytes -= s->json.size;
	ex_wipe(s->json.data, s->json.size);
	ex_blob_free(&s->json);
	memset(s, 0, sizeof *s);
}

/* (K3); a clock set back ends them too. */
static void
wipe_old(struct ex_desk *d, struct lane *l, int64_t now_ms)
{
	if (now_ms - l->staged.at_ms >= EX_STAGE_MS || now_ms < l->staged.at_ms)
		wipe_staged(d, l);
}

static enum ex_status
put(struct ex_desk *d, struct lane *l, const char *vehicle,
    struct ex_bytes json, int64_t now_ms)
{
	uint8_t *copy;

	wipe_staged(d, l); /* (K2) */
	if (json.size > EX_STAGE_MOST - d->counts.staged_bytes)
		return EX_ERR_TOO_LARGE; /* (K4) */
	copy = ex_calloc(json.size + 1, 1);
	if (!copy)
		return EX_ERR_NOMEM;
	memcpy(copy, json.data, json.size);
	l->staged.json = (struct ex_blob){ copy, json.size };
	l->staged.at_ms = now_ms;
	snprintf(l->staged.vehicle, sizeof l->staged.vehicle, "%s", vehicle);
	d->counts.staged++;
	d->counts.staged_bytes += json.size;
	return EX_OK;
}

enum ex_status
ex_stage_put(struct ex_desk *d, const char *lane, const char *vehicle,
    struct ex_bytes json, int64_t now_ms)
{
	enum ex_status status = EX_ERR_TOO_LARGE;
	struct lane *l;

	assert(json.size > 0);
	pthread_mutex_lock(&d->lock);
	l = find_or_make(d, lane);
	if (l)
		status = put(d, l, vehicle, json, now_ms);
	pthread_mutex_unlock(&d->lock);
	return status;
}

static bool
is_for(const struct staged *s, const char *vehicle)
{
	return !vehicle || !*s->vehicle || strcmp(s->vehicle, vehicle) == 0;
}

void
ex_stage_take(struct ex_desk *d, const char *lane, const char *vehicle,
    int64_t now_ms, struct ex_blob *out)
{
	struct lane *l;

	*out = (struct ex_blob){ 0 };
	pthread_mutex_lock(&d->lock);
	l = find(d, lane);
	if (l)
		wipe_old(d, l, now_ms);
	if (l && l->staged.json.data && is_for(&l->staged, vehicle)) {
		*out = l->staged.json; /* (K1) */
		d->counts.staged--;
		d->counts.staged_bytes -= out->size;
		memset(&l->staged, 0, sizeof l->staged);
	}
	pthread_mutex_unlock(&d->lock);
}

void
ex_desk_tick(struct ex_desk *d, int64_t now_ms)
{
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_lanes; i++)
		wipe_old(d, d->lanes[i], now_ms);
	pthread_mutex_unlock(&d->lock);
}

void
ex_desk_free(struct ex_desk **desk)
{
	struct ex_desk *d = *desk;

	if (!d)
		return;
	for (size_t i = 0; i < d->n_lanes; i++) {
		wipe_staged(d, d->lanes[i]);
		free(d->lanes[i]);
	}
	pthread_mutex_destroy(&d->chain.lock);
	pthread_mutex_destroy(&d->lock);
	free(d);
	*desk = NULL;
}

/* ---- how lanes do ------------------------------------------------------ */

/* Is there a picture of this person that could be compared? */
static bool
is_captured(enum ex_cause cause)
{
	return cause != EX_CAUSE_GLARE && cause != EX_CAUSE_DARK &&
	       cause != EX_CAUSE_BLUR && cause != EX_CAUSE_SMALL &&
	       cause != EX_CAUSE_POSE && cause != EX_CAUSE_OCCLUDED;
}

void
ex_trend_of(const struct ex_crossing *c, struct ex_trend *out)
{
	*out = (struct ex_trend){ .crossings = 1, .opted_out = c->opted_out };
	if (c->opted_out)
		return;
	out->seen = (uint32_t)ex_crossing_seen(c);
	out->confirmed = ex_crossing_confirmed(c);
	out->officer = out->seen - out->confirmed;
	for (size_t i = 0; i < c->n_occupants; i++) {
		const struct ex_occupant *p = &c->occupants[i];

		out->captured += is_captured(p->cause);
		if (p->verdict == EX_VERDICT_OFFICER &&
		    (size_t)p->cause < EX_CAUSE_COUNT)
			out->cause[p->cause]++;
	}
}

void
ex_trend_add(struct ex_trend *to, const struct ex_trend *more)
{
	to->crossings += more->crossings;
	to->opted_out += more->opted_out;
	to->seen += more->seen;
	to->confirmed += more->confirmed;
	to->officer += more->officer;
	to->captured += more->captured;
	for (size_t i = 0; i < EX_CAUSE_COUNT; i++)
		to->cause[i] += more->cause[i];
}

static struct hour *
hour_at(struct lane *l, int64_t number)
{
	return &l->hours[number % (EX_TREND_HOURS + HEADROOM_HOURS)];
}

/* Hours that the ring does not reach are left out. */
static void
count_hour(
    struct lane *l, const struct ex_trend *t, int64_t at_ms, int64_t now_ms)
{
	int64_t number = at_ms / HOUR_MS, now = now_ms / HOUR_MS;
	struct hour *h = hour_at(l, number < 0 ? 0 : number);

	if (number < 0 || number <= now - EX_TREND_HOURS ||
	    number >= now + HEADROOM_HOURS)
		return;
	if (h->number != number)
		*h = (struct hour){ .number = number };
	ex_trend_add(&h->t, t);
}

static void
count_recent(struct lane *l, const struct ex_trend *t)
{
	struct recent *r = &l->recent[l->next_recent];

	if (t->opted_out)
		return;
	l->state.recent_seen += t->seen - r->seen;
	l->state.recent_captured += t->captured - r->captured;
	*r = (struct recent){ t->seen, t->captured };
	l->next_recent = (l->next_recent + 1) % EX_CAPTURE_LAST;
}

static struct lane *
count(struct ex_desk *d, const struct ex_crossing *c, int64_t now_ms,
    struct ex_trend *t)
{
	struct lane *l = find_or_make(d, c->lane);

	if (!l)
		return NULL;
	ex_trend_of(c, t);
	count_hour(l, t, c->opened_ms, now_ms);
	count_recent(l, t);
	if (c->opened_ms > l->state.last_crossing_ms)
		l->state.last_crossing_ms = c->opened_ms;
	return l;
}

void
ex_desk_crossing(struct ex_desk *d, const struct ex_crossing *c, int64_t now_ms)
{
	struct ex_trend t;
	struct lane *l;

	pthread_mutex_lock(&d->lock);
	l = count(d, c, now_ms, &t);
	if (l) {
		ex_trend_add(&l->state.total, &t);
		l->state.heard_ms = now_ms;
		if (c->closed_ms > l->staged.at_ms)
			wipe_staged(d, l); /* (K2) */
	}
	pthread_mutex_unlock(&d->lock);
}

void
ex_desk_heard(struct ex_desk *d, const char *lane, int64_t now_ms)
{
	struct lane *l;

	pthread_mutex_lock(&d->lock);
	l = find_or_make(d, lane);
	if (l)
		l->state.heard_ms = now_ms;
	pthread_mutex_unlock(&d->lock);
}

struct build {
	struct ex_desk *desk;
	int64_t now_ms;
};

static enum ex_status
build_from(const struct ex_crossing *c, void *arg)
{
	struct build *b = arg;
	struct ex_trend t;

	count(b->desk, c, b->now_ms, &t);
	return EX_OK;
}

enum ex_status
ex_desk_build(struct ex_desk *d, struct ex_ledger *l, int64_t now_ms,
    struct ex_error *err)
{
	int64_t from_ms = now_ms - EX_TREND_HOURS * HOUR_MS;
	struct ex_ledger_filter f = { .from_ms = from_ms > 0 ? from_ms : 0 };
	struct build b = { .desk = d, .now_ms = now_ms };
	enum ex_status status;

	pthread_mutex_lock(&d->lock);
	status = ex_ledger_each(l, &f, build_from, &b, err);
	pthread_mutex_unlock(&d->lock);
	return status;
}

double
ex_lane_capture(const struct ex_lane_state *s)
{
	if (s->recent_seen < EX_CAPTURE_LEAST)
		return -1;
	return (double)s->recent_captured / (double)s->recent_seen;
}

void
ex_desk_lanes(struct ex_desk *d, ex_lane_visit *visit, void *arg)
{
	pthread_mutex_lock(&d->lock);
	for (size_t i = 0; i < d->n_lanes; i++)
		visit(&d->lanes[i]->state, arg);
	pthread_mutex_unlock(&d->lock);
}

bool
ex_desk_lane(struct ex_desk *d, const char *lane, struct ex_lane_state *out)
{
	struct lane *l;

	*out = (struct ex_lane_state){ 0 };
	pthread_mutex_lock(&d->lock);
	l = find(d, lane);
	if (l)
		*out = l->state;
	pthread_mutex_unlock(&d->lock);
	return l != NULL;
}

/* Step by step: hours of one step are added up before it is told. */
static void
walk(struct lane *l, int64_t from, int64_t to, int64_t step,
    ex_trend_visit *visit, void *arg)
{
	struct ex_trend sum = { 0 };

	for (int64_t number = from; number < to; number++) {
		const struct hour *h = hour_at(l, number);

		if (h->number == number)
			ex_trend_add(&sum, &h->t);
		if ((number + 1) % step != 0 && number + 1 < to)
			continue;
		if (sum.crossings > 0)
			visit(number / step * step * HOUR_MS, &sum, arg);
		sum = (struct ex_trend){ 0 };
	}
}

/* Hours that are known of, from..to; what is asked for may be any time. */
static void
clamp_hours(const struct lane *l, int64_t *from, int64_t *to)
{
	int64_t first = INT64_MAX, last = -1;

	for (size_t i = 0; i < EX_TREND_HOURS + HEADROOM_HOURS; i++) {
		const struct hour *h = &l->hours[i];

		if (h->t.crossings == 0)
			continue;
		first = h->number < first ? h->number : first;
		last = h->number > last ? h->number : last;
	}
	if (last - first >= EX_TREND_HOURS + HEADROOM_HOURS)
		first = last - (EX_TREND_HOURS + HEADROOM_HOURS) + 1;
	*from = first > *from ? first : *from;
	*to = last + 1 < *to ? last + 1 : *to;
}

void
ex_desk_trend(struct ex_desk *d, const char *lane, int64_t from_ms,
    int64_t to_ms, int64_t step_ms, ex_trend_visit *visit, void *arg)
{
	int64_t from = from_ms / HOUR_MS;
	int64_t to = to_ms / HOUR_MS + (to_ms % HOUR_MS > 0);
	struct lane *l;

	assert(step_ms >= HOUR_MS && step_ms % HOUR_MS == 0);
	pthread_mutex_lock(&d->lock);
	l = find(d, lane);
	if (l) {
		clamp_hours(l, &from, &to);
		walk(l, from, to, step_ms / HOUR_MS, visit, arg);
	}
	pthread_mutex_unlock(&d->lock);
}

struct ex_chain *
ex_desk_chain(struct ex_desk *d)
{
	return &d->chain;
}

/* ---- counters ---------------------------------------------------------- */

void
ex_desk_delivery(struct ex_desk *d, enum ex_delivery what)
{
	pthread_mutex_lock(&d->lock);
	d->counts.delivery[what]++;
	pthread_mutex_unlock(&d->lock);
}

void
ex_desk_ruling(struct ex_desk *d, enum ex_ruling_kind kind)
{
	pthread_mutex_lock(&d->lock);
	d->counts.ruling[kind]++;
	pthread_mutex_unlock(&d->lock);
}

void
ex_desk_counts(struct ex_desk *d, struct ex_desk_counts *out)
{
	pthread_mutex_lock(&d->lock);
	*out = d->counts;
	pthread_mutex_unlock(&d->lock);
}
