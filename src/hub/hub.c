/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub: its parts put together, and the clock that sees to what is due. The
 * promises (H1) to (H6) are in hub.h.
 */
#include "desk.h"
#include "parts.h"
#include "policy.h"

#include <stdlib.h>
#include <string.h>

const unsigned ex_hub_bucket_ms[EX_HUB_BUCKETS] = { 5, 10, 25, 50, 100, 200,
	1000, ~0u };

/* ---- what handlers ask -------------------------------------------------- */

const struct ex_hub_settings *
ex_hub_settings(const struct ex_hub *h)
{
	return &h->set;
}

struct ex_vault *
ex_hub_vault(struct ex_hub *h)
{
	return h->vault;
}

int64_t
ex_hub_now_ms(const struct ex_hub *h)
{
	(void)h;
	return ex_clock_wall_ms();
}

struct ex_desk *
ex_hub_desk(struct ex_hub *h)
{
	return h->desk;
}

struct ex_retention
ex_hub_retention(struct ex_hub *h)
{
	struct ex_retention r;

	pthread_mutex_lock(&h->lock);
	r = h->retention;
	pthread_mutex_unlock(&h->lock);
	return r;
}

void
ex_hub_retention_set(struct ex_hub *h, const struct ex_retention *r)
{
	pthread_mutex_lock(&h->lock);
	h->retention = *r;
	h->retention_changes++;
	pthread_mutex_unlock(&h->lock);
}

void
ex_hub_counts(struct ex_hub *h, struct ex_hub_counts *out)
{
	struct ex_counters *c = &h->count;

	for (size_t i = 0; i < 6; i++)
		out->requests[i] = c->requests[i];
	for (size_t i = 0; i < EX_HUB_BUCKETS; i++)
		out->within[i] = c->within[i];
	out->request_us = c->request_us;
	out->connections = c->connections;
	out->streams = c->streams;
	out->sessions = ex_sessions_sweep(h);
	out->commits = c->commits;
	out->written = c->written;
	out->rolled_back = c->rolled_back;
	out->waiting = c->waiting;
	out->too_many = c->too_many;
	out->events = c->events;
	out->dropped = c->dropped;
	out->sign_ins = c->sign_ins;
	out->refused = c->refused;
	out->limited = c->limited;
	out->cut = c->cut;
}

/* ---- the clock ---------------------------------------------------------- */

struct note {
	enum ex_action action;
	char detail[EX_DETAIL_SIZE];
};

enum ex_status
ex_hub_note(struct ex_ledger *l, enum ex_action action, const char *subject,
    const char *detail, struct ex_error *err)
{
	const struct ex_act act = { "system", EX_PURPOSE_OPERATION };

	return ex_audit_append(
	    l, &act, action, subject, detail ? detail : "", err);
}

static enum ex_status
append(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct note *n = arg;

	return ex_hub_note(l, n->action, "", n->detail, err);
}

static enum ex_status
sign(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	return ex_audit_sign(l, arg, err);
}

static enum ex_status
forget(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct ex_act act = { "system", EX_PURPOSE_RETENTION };

	return ex_retention_run(l, &act, false, arg, err);
}

static enum ex_status
touch(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct ex_ledger_filter f = { .from_ms = INT64_MAX };

	return ex_ledger_count(l, &f, arg, err);
}

static bool
went_well(enum ex_status status, const struct ex_error *err)
{
	if (status != EX_OK)
		fprintf(stderr, "exeunt: %s: %s\n", err->what, err->why);
	return status == EX_OK;
}

/* Tries that were not even looked at, in one link a minute: what strangers
 * make the chain grow by is bounded. */
static void
note_limited(struct ex_hub *h, uint64_t *told)
{
	struct note n = { .action = EX_ACTION_SIGN_IN_REFUSED };
	uint64_t now = h->count.limited;
	struct ex_error err = { 0 };

	if (now == *told)
		return;
	snprintf(n.detail, sizeof n.detail, "%llu more, not looked at",
	    (unsigned long long)(now - *told));
	if (went_well(ex_hub_write(h, append, &n, &err), &err))
		*told = now;
}

/* Erasing has transactions of its own: what one fault holds up must not bring
 * back what is gone. */
static void
each_minute(struct ex_hub *h)
{
	struct ex_retention_report report = { 0 };
	struct ex_error err = { 0 };
	struct ex_head head;
	json_t *empty;
	bool erased, signed_;

	erased = went_well(ex_hub_write_alone(h, forget, &report, &err), &err);
	signed_ = went_well(ex_hub_write(h, sign, &head, &err), &err);
	h->well.vault = erased && signed_;
	h->well.clock = !report.held;
	if (report.keys + report.pictures + report.crossings == 0)
		return;
	empty = json_object();
	if (empty)
		ex_hub_tell(h, EX_ROLE_PEOPLE, NULL, "erasure", empty);
	json_decref(empty);
}

static void
look_at_ledger(struct ex_hub *h)
{
	struct ex_error err = { 0 };
	size_t n;

	h->well.ledger = went_well(ex_hub_read(h, touch, &n, &err), &err);
}

/* Hubs that share a ledger: what two people approved at one holds at all. */
static void
look_at_policy(struct ex_hub *h)
{
	struct ex_error err = { 0 };

	went_well(ex_policy_follow(h, &err), &err);
}

static void *
tick(void *arg)
{
	struct ex_hub *h = arg;
	uint64_t limited = 0;
	struct timespec until;
	bool stop = false;

	clock_gettime(CLOCK_MONOTONIC, &until);
	each_minute(h); /* what came due while nothing ran */
	for (unsigned second = 1; !stop; second++) {
		until.tv_sec++;
		pthread_mutex_lock(&h->lock);
		while (!h->clock_stops &&
		       pthread_cond_timedwait(&h->tick, &h->lock, &until) == 0)
			;
		stop = h->clock_stops;
		pthread_mutex_unlock(&h->lock);
		ex_http_watch(h->http);
		if (second % 15 == 0) {
			ex_sessions_sweep(h);
			ex_desk_tick(h->desk, ex_hub_now_ms(h));
			look_at_ledger(h);
			look_at_policy(h);
		}
		if (second % 60 == 0) {
			note_limited(h, &limited);
			each_minute(h);
		}
	}
	/* What came since the last minute is signed, too. */
	note_limited(h, &limited);
	each_minute(h);
	return NULL;
}

/* ---- life --------------------------------------------------------------- */

/* A folder that is no vault yet is refused: a disk that is not mounted must not
 * look like one where all is forgotten. */
static enum ex_status
open_vault(const struct ex_hub_settings *s, struct ex_vault **out,
    struct ex_error *err)
{
	const struct ex_vault_options o = {
		.dir = s->vault,
		.master = *s->master_key ? s->master_key : NULL,
		.same_disk = s->same_disk,
	};

	return ex_vault_open(&o, out, err);
}

static enum ex_status
build_desk(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ex_hub *h = arg;

	return ex_desk_build(h->desk, l, ex_hub_now_ms(h), err);
}

static enum ex_status
new_parts(struct ex_hub *h, const char *console, struct ex_error *err)
{
	const char *folder = *h->set.console ? h->set.console : console;
	enum ex_status status = open_vault(&h->set, &h->vault, err);

	if (status == EX_OK)
		status = ex_ledgers_new(h, &h->ledgers, err);
	if (status == EX_OK)
		status = ex_desk_new(&h->desk, err);
	if (status == EX_OK)
		status = ex_hub_read(h, build_desk, h, err);
	if (status == EX_OK)
		status = ex_policy_follow(h, err);
	if (status == EX_OK && folder)
		status = ex_files_read(folder, &h->files, err);
	if (status == EX_OK)
		status = ex_schemas_read(&h->schemas, err);
	if (status == EX_OK)
		status = ex_http_new(h, &h->http, err);
	if (status != EX_OK)
		return status;
	h->openapi = ex_openapi_make(h->schemas);
	if (!h->openapi || ex_events_new(h, &h->events) != EX_OK ||
	    ex_sessions_new(h, &h->sessions) != EX_OK ||
	    ex_limiter_new(&h->limiter) != EX_OK)
		return ex_fail(err, EX_ERR_NOMEM, "hub", NULL);
	return EX_OK;
}

enum ex_status
ex_hub_new(const struct ex_hub_settings *s, const char *console,
    struct ex_hub **out, struct ex_error *err)
{
	struct ex_hub *h = ex_calloc(1, sizeof *h);
	enum ex_status status;
	pthread_condattr_t mono;

	*out = NULL;
	if (!h)
		return ex_fail(err, EX_ERR_NOMEM, "hub", NULL);
	h->set = *s;
	h->retention = s->retention;
	h->well.ledger = h->well.vault = h->well.clock = true;
	pthread_mutex_init(&h->lock, NULL);
	pthread_condattr_init(&mono);
	pthread_condattr_setclock(&mono, CLOCK_MONOTONIC);
	pthread_cond_init(&h->tick, &mono);
	pthread_condattr_destroy(&mono);
	status = new_parts(h, console, err);
	if (status == EX_OK)
		*out = h;
	else
		ex_hub_free(&h);
	return status;
}

enum ex_status
ex_hub_check(
    const struct ex_hub_settings *s, const char *console, struct ex_error *err)
{
	const char *folder = *s->console ? s->console : console;
	struct ex_ledger *ledger = NULL;
	struct ex_files *files = NULL;
	struct ex_vault *vault = NULL;
	struct ex_tls tls;
	enum ex_status status = ex_tls_read(s, &tls, err);

	ex_tls_fini(&tls);
	if (status == EX_OK)
		status = open_vault(s, &vault, err);
	if (status == EX_OK && folder)
		status = ex_files_read(folder, &files, err);
	if (status == EX_OK && strcmp(s->ledger, ":memory:") != 0)
		status = ex_ledger_open(
		    s->ledger, NULL, EX_LEDGER_READ, &ledger, err);
	ex_ledger_close(&ledger);
	ex_files_free(&files);
	ex_vault_close(&vault);
	return status;
}

enum ex_status
ex_hub_start(struct ex_hub *h, struct ex_error *err)
{
	struct note start = { .action = EX_ACTION_START,
		.detail = "version " EX_VERSION };
	enum ex_status status = ex_hub_write(h, append, &start, err);

	if (status == EX_OK)
		status = ex_http_start(h->http, err);
	if (status != EX_OK)
		return status;
	h->clock_stops = false;
	h->clock_runs = pthread_create(&h->clock, NULL, tick, h) == 0;
	if (h->clock_runs)
		return EX_OK;
	ex_hub_stop(h);
	return ex_fail(
	    err, EX_ERR_ENVIRONMENT, "hub", "no thread for the clock");
}

const char *
ex_hub_url(const struct ex_hub *h)
{
	return ex_http_url(h->http);
}

void
ex_hub_stop(struct ex_hub *h)
{
	ex_events_stop(h->events);
	ex_http_stop(h->http);
	if (!h->clock_runs)
		return;
	pthread_mutex_lock(&h->lock);
	h->clock_stops = true;
	pthread_cond_signal(&h->tick);
	pthread_mutex_unlock(&h->lock);
	pthread_join(h->clock, NULL);
	h->clock_runs = false;
}

void
ex_hub_free(struct ex_hub **hub)
{
	struct ex_hub *h = *hub;

	if (!h)
		return;
	if (h->http && h->events)
		ex_hub_stop(h);
	ex_http_free(&h->http);
	ex_ledgers_free(&h->ledgers);
	ex_desk_free(&h->desk);
	ex_events_free(&h->events);
	ex_sessions_free(&h->sessions);
	ex_limiter_free(&h->limiter);
	ex_files_free(&h->files);
	ex_vault_close(&h->vault);
	json_decref(h->schemas);
	free(h->openapi);
	pthread_cond_destroy(&h->tick);
	pthread_mutex_destroy(&h->lock);
	ex_wipe(&h->set, sizeof h->set);
	free(h);
	*hub = NULL;
}
