/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A thread that empties a spool into a hub, one crossing after the other, so
 * that no verdict waits for a network. Promises:
 *
 * (N1) A crossing leaves the spool only when the hub said that it has it, or
 *      that it will never take it; then it is set aside with the reason.
 * (N2) The next one is not sent before: a lane's crossings arrive in order.
 * (N3) What did not arrive for certain is sent again under the same key; the
 *      hub knows it by that, so that twice is as good as once.
 */
#include "spool.h"
#include "uplink.h"

#include <stdlib.h>
#include <string.h>

#define SEND_MS   60000 /* for one crossing */
#define FORGET_MS 10000 /* between looks at terms */
#define POLL_MS   100   /* while somebody waits for the end */

struct ex_delivery {
	struct ex_uplink *uplink;
	struct ex_spool *spool;
	struct ex_delivery_options options;
	struct ex_backoff backoff;
	char said[320]; /* the trouble that was told last */
	int64_t forgot_ns;
	bool asked; /* the hub named the time of the next try */
	pthread_t thread;
	atomic_bool stop, hurry;
	atomic_int worst; /* enum ex_status */
};

static void
tell(struct ex_delivery *d, const struct ex_error *err)
{
	if (d->options.problem)
		d->options.problem(d->options.arg, err);
}

/* Once for each kind of trouble, not for each try. */
static void
tell_once(struct ex_delivery *d, const struct ex_error *err)
{
	if (strcmp(d->said, err->why) == 0)
		return;
	snprintf(d->said, sizeof d->said, "%s", err->why);
	tell(d, err);
}

static void
remember(struct ex_delivery *d, enum ex_status status)
{
	if (ex_status_exit(status) >
	    ex_status_exit((enum ex_status)atomic_load(&d->worst)))
		atomic_store(&d->worst, status);
}

/* ---- one crossing ------------------------------------------------------- */

/* (N1) The reason is the hub's own, as far as it is short and plain. */
static void
set_aside(struct ex_delivery *d, const char *id,
    const struct ex_uplink_call *call, bool *moved)
{
	char why[400];
	struct ex_error err, text;

	snprintf(why, sizeof why, "HTTP %ld: %.*s", call->status,
	    (int)(call->answer.size < 300 ? call->answer.size : 300),
	    call->answer.size ? (const char *)call->answer.data : "");
	/* Made plain as every error is. */
	ex_fail(&text, EX_ERR_INPUT, id, "%s", why);
	snprintf(why, sizeof why, "%s\n", text.why);
	*moved = ex_spool_refuse(d->spool, id, why, &err) == EX_OK;
	if (!*moved) {
		tell(d, &err);
		return;
	}
	ex_fail(&err, EX_ERR_INPUT, id,
	    "the hub refuses it (HTTP %ld); it is set aside", call->status);
	remember(d, EX_ERR_INPUT);
	tell(d, &err);
}

static enum ex_answer
judge_answer(
    struct ex_delivery *d, const char *id, const struct ex_uplink_call *call)
{
	enum ex_answer answer = ex_answer_of(call->status);
	struct ex_error err;
	bool moved;

	if (answer == EX_ANSWER_DONE) {
		if (ex_spool_done(d->spool, id, &err) != EX_OK)
			tell(d, &err);
	} else if (answer == EX_ANSWER_REFUSED) {
		set_aside(d, id, call, &moved);
		if (!moved)
			answer = EX_ANSWER_LATER;
	} else {
		ex_fail(&err, EX_ERR_ENVIRONMENT, d->options.uplink.url,
		    "answers with HTTP %ld; crossings wait in the spool",
		    call->status);
		tell_once(d, &err);
	}
	return answer;
}

/* @return how long to wait before the next; 0: not at all */
static int64_t
send_one(struct ex_delivery *d, const char *id, struct ex_blob *envelope)
{
	struct ex_uplink_call call = { .path = "/v1/crossings",
		.type = "application/vnd.exeunt.envelope",
		.key = id, /* (N3) */
		.body = ex_blob_bytes(envelope),
		.most_ms = SEND_MS };
	enum ex_answer answer = EX_ANSWER_LATER;
	struct ex_error err;

	if (ex_uplink_exchange(d->uplink, &call, &err) == EX_OK)
		answer = judge_answer(d, id, &call);
	else if (!atomic_load(&d->stop))
		tell_once(d, &err);
	ex_blob_free(&call.answer);
	d->asked = call.after_s > 0;
	if (answer == EX_ANSWER_LATER)
		return ex_backoff_next(&d->backoff, call.after_s);
	d->backoff.failures = 0;
	d->said[0] = '\0';
	return 0;
}

/* ---- the thread --------------------------------------------------------- */

static void
pause_for(struct ex_delivery *d, int64_t ms)
{
	int64_t until = ex_clock_mono_ns() + ms * 1000000, left;

	/* What is put meanwhile wakes us, and waits like the rest. (N2) */
	while (!atomic_load(&d->stop) &&
	       (d->asked || !atomic_exchange(&d->hurry, false)) &&
	       (left = until - ex_clock_mono_ns()) > 0)
		ex_spool_wait(d->spool, left / 1000000 + 1);
}

static void
forget_now_and_then(struct ex_delivery *d)
{
	int64_t now = ex_clock_mono_ns();

	if (now - d->forgot_ns < FORGET_MS * INT64_C(1000000))
		return;
	d->forgot_ns = now;
	ex_spool_forget(d->spool);
}

static void *
deliver(void *arg)
{
	struct ex_delivery *d = arg;

	while (!atomic_load(&d->stop)) {
		char id[EX_ULID_SIZE];
		struct ex_blob envelope;
		struct ex_error err;
		int64_t wait = FORGET_MS;
		enum ex_status status;

		forget_now_and_then(d);
		status = ex_spool_next(d->spool, id, &envelope, &err);
		if (status == EX_OK)
			wait = send_one(d, id, &envelope);
		else if (status != EX_NO)
			tell_once(d, &err);
		ex_blob_free(&envelope);
		if (status != EX_NO)
			pause_for(d, wait);
		else
			ex_spool_wait(d->spool, wait);
	}
	return NULL;
}

/* ---- from outside ------------------------------------------------------- */

enum ex_status
ex_delivery_start(const struct ex_delivery_options *o, struct ex_spool *spool,
    struct ex_delivery **out, struct ex_error *err)
{
	struct ex_delivery *d = ex_calloc(1, sizeof *d);
	enum ex_status status;

	*out = NULL;
	if (!d)
		return ex_fail(err, EX_ERR_NOMEM, "delivery", NULL);
	d->options = *o;
	d->spool = spool;
	d->forgot_ns = ex_clock_mono_ns();
	ex_rng_init(&d->backoff.rng,
	    (uint64_t)ex_clock_mono_ns() ^ (uint64_t)ex_clock_wall_ms());
	status = ex_uplink_open(&o->uplink, &d->uplink, err);
	if (status == EX_OK &&
	    pthread_create(&d->thread, NULL, deliver, d) != 0)
		status = ex_fail(err, EX_ERR_NOMEM, "delivery", "no thread");
	if (status == EX_OK) {
		*out = d;
	} else {
		ex_uplink_close(&d->uplink);
		free(d);
	}
	return status;
}

static void
sleep_ms(int64_t ms)
{
	const struct timespec t = { .tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Until nothing waits, the time is over, or somebody is impatient. */
static void
drain(struct ex_delivery *d, const struct ex_delivery_end *end)
{
	int64_t until = ex_clock_mono_ns() + end->wait_ms * 1000000;
	size_t waiting = ex_spool_count(d->spool).waiting, before = waiting;

	if (!end->while_it_goes)
		atomic_store(&d->hurry, true); /* one try at once */
	ex_spool_wake(d->spool);
	while (waiting > 0 && ex_clock_mono_ns() < until &&
	       !(end->stop && *end->stop)) {
		sleep_ms(POLL_MS);
		waiting = ex_spool_count(d->spool).waiting;
		if (end->while_it_goes && waiting < before)
			until = ex_clock_mono_ns() + end->wait_ms * 1000000;
		before = waiting;
	}
}

enum ex_status
ex_delivery_stop(
    struct ex_delivery **delivery, const struct ex_delivery_end *end)
{
	struct ex_delivery *d = *delivery;
	enum ex_status worst;

	if (!d)
		return EX_OK;
	drain(d, end);
	atomic_store(&d->stop, true);
	ex_uplink_cut(d->uplink);
	ex_spool_wake(d->spool);
	pthread_join(d->thread, NULL);
	worst = (enum ex_status)atomic_load(&d->worst);
	ex_uplink_close(&d->uplink);
	free(d);
	*delivery = NULL;
	return worst;
}
