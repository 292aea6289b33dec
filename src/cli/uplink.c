/* SPDX-License-Identifier: Apache-2.0 */
#include "uplink.h"

#include "exeunt/crypt.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define HOUR_MS     INT64_C(3600000)
#define SILENCE_NS  INT64_C(30000000000) /* after a hub that did not answer */
#define POLICY_MOST ((size_t)64 * 1024)

struct uplink_options
uplink_defaults(void)
{
	return (struct uplink_options){ .spool_mib = 2048,
		.citizen_hours = 12,
		.picture_hours = 336,
		.wait_s = 30 };
}

bool
uplink_wanted(const struct uplink_options *o)
{
	return o->hub || o->spool;
}

static enum ex_status
usage(const char *option, const char *why)
{
	struct ex_error err;

	ex_fail(&err, EX_ERR_USAGE, option, "%s", why);
	return cli_error(&err);
}

/* From any thread. */
static void
on_trouble(void *arg, const struct ex_error *err)
{
	(void)arg;
	cli_progress("frames", 0, 0); /* clear the line */
	cli_error(err);
}

static struct ex_uplink_options
line_options(const struct uplink_options *o)
{
	return (struct ex_uplink_options){
		.url = o->hub,
		.token_file = o->token,
		.cert_file = o->cert,
		.key_file = o->key,
		.ca_file = o->ca,
	};
}

/* ---- policy ------------------------------------------------------------- */

static void
say_difference(const char *what, double hub, double own, double kept)
{
	struct ex_error err;

	if (hub == own)
		return;
	ex_fail(&err, EX_OK, "policy",
	    "%s: the hub says %g, this lane %g; the stricter %g is kept", what,
	    hub, own, kept);
	cli_error(&err);
}

static void
shorten(uint64_t *hours, int64_t term_ms)
{
	const int64_t most = term_ms / HOUR_MS;

	if (most > 0 && (uint64_t)most < *hours)
		*hours = (uint64_t)most;
}

static void
shorten_terms(struct uplink *u)
{
	shorten(&u->options.citizen_hours, u->policy.citizen_pictures_ms);
	shorten(&u->options.picture_hours, u->policy.pictures_ms);
}

/* The stricter of what two people approved and what the lane was told. */
static void
tighten(struct uplink *u, struct run_options *run)
{
	const struct ex_policy *p = &u->policy;
	const struct run_options own = *run;

	if (p->fmr < run->fmr)
		run->fmr = p->fmr;
	if (p->vehicle_cap < run->vehicle_cap)
		run->vehicle_cap = p->vehicle_cap;
	if (p->margin > run->margin)
		run->margin = p->margin;
	say_difference("fmr", p->fmr, own.fmr, run->fmr);
	say_difference(
	    "vehicle cap", p->vehicle_cap, own.vehicle_cap, run->vehicle_cap);
	say_difference("margin", p->margin, own.margin, run->margin);
	shorten_terms(u);
}

static void
name_policy(const struct uplink *u, char path[static PATH_MAX])
{
	snprintf(path, PATH_MAX, "%s/policy.json", u->options.spool);
}

/* As the hub said it last. */
static bool
recall_policy(struct uplink *u)
{
	struct ex_blob text;
	char path[PATH_MAX];
	bool known;

	name_policy(u, path);
	known = ex_file_read(path, POLICY_MOST, &text, NULL) == EX_OK;
	if (!known)
		return false;
	known = ex_policy_parse(path, ex_blob_bytes(&text), &u->policy, NULL) ==
		EX_OK;
	ex_blob_free(&text);
	return known;
}

/* A hub that is down does not stop a lane: it knows what was approved last, or
 * goes by its own options, and says so. */
static void
ask_policy(struct uplink *u, struct run_options *run, struct ex_blob *text)
{
	struct ex_error err, why;

	u->has_policy = ex_uplink_policy(u->line, &u->policy, text, &err) == 0;
	if (!u->has_policy) {
		u->has_policy = recall_policy(u);
		ex_fail(&why, EX_OK, "policy", "%.150s: %.100s", err.why,
		    u->has_policy ? "the last one known is kept"
				  : "this lane's own options are kept");
		cli_error(&why);
	}
	if (u->has_policy)
		tighten(u, run);
}

/* Anybody may be a citizen until somebody has said who is. */
static void
limit_unknown(struct uplink *u)
{
	if (!u->has_policy && !u->options.host &&
	    u->options.citizen_hours < u->options.picture_hours)
		u->options.picture_hours = u->options.citizen_hours;
}

static void
keep_policy(struct uplink *u, struct ex_blob *text)
{
	char path[PATH_MAX];
	struct ex_error err;

	name_policy(u, path);
	if (text->size > 0 &&
	    ex_file_write(path, text->data, text->size, &err) != EX_OK)
		cli_error(&err);
	ex_blob_free(text);
}

/* ---- recipient ---------------------------------------------------------- */

static bool
take_key(struct uplink *u, struct ex_bytes hex)
{
	while (hex.size > 0 && (hex.data[hex.size - 1] == '\n' ||
				   hex.data[hex.size - 1] == '\r'))
		hex.size--;
	return ex_hex_parse(hex, u->recipient.bytes, sizeof u->recipient.bytes);
}

/* @return EX_OK; EX_ERR_NOT_FOUND, said nowhere; else said */
static enum ex_status
read_key(struct uplink *u, const char *path)
{
	struct ex_blob text;
	struct ex_error err;
	enum ex_status status = ex_file_read(path, 256, &text, &err);

	if (status == EX_ERR_NOT_FOUND)
		return status;
	if (status == EX_OK && !take_key(u, ex_blob_bytes(&text)))
		status = ex_fail(
		    &err, EX_ERR_FORMAT, path, "must hold 64 hex digits");
	ex_blob_free(&text);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

/* Nobody vouches for it but the line to the hub: said plainly, and from then
 * on it stays. */
static enum ex_status
trust_on_first_use(struct uplink *u, const char *path)
{
	char hex[EX_HEX_SIZE(sizeof u->recipient.bytes) + 1];
	struct ex_error err;
	enum ex_status status =
	    u->line ? ex_uplink_recipient(u->line, &u->recipient, &err)
		    : ex_fail(&err, EX_ERR_USAGE, "--recipient", "is missing");

	if (status != EX_OK)
		return cli_error(&err);
	ex_hex_format(u->recipient.bytes, sizeof u->recipient.bytes, hex);
	ex_fail(&err, EX_OK, "recipient",
	    "trusted on first use: %s; kept in %s", hex, path);
	cli_error(&err);
	hex[sizeof hex - 2] = '\n'; /* in the place of the NUL */
	status = ex_file_make_private(path, hex, sizeof hex - 1, &err);
	return status == EX_OK ? EX_OK : cli_error(&err);
}

static enum ex_status
find_recipient(struct uplink *u)
{
	const char *given = u->options.recipient;
	char path[PATH_MAX];
	enum ex_status status;

	if (given && take_key(u, ex_string_bytes(given)))
		return EX_OK;
	if (given) {
		status = read_key(u, given);
		return status == EX_ERR_NOT_FOUND
			   ? usage("--recipient",
				 "is neither 64 hex digits nor a file")
			   : status;
	}
	snprintf(path, sizeof path, "%s/recipient", u->options.spool);
	status = read_key(u, path);
	return status == EX_ERR_NOT_FOUND ? trust_on_first_use(u, path)
					  : status;
}

/* ---- opening and closing ------------------------------------------------ */

static enum ex_status
open_spool(struct uplink *u)
{
	const struct ex_spool_options o = {
		.dir = u->options.spool,
		.most_bytes = u->options.spool_mib << 20,
		.citizen_pictures_ms =
		    (int64_t)u->options.citizen_hours * HOUR_MS,
		.pictures_ms = (int64_t)u->options.picture_hours * HOUR_MS,
		.problem = on_trouble,
	};
	struct ex_error err;

	if (ex_spool_open(&o, &u->spool, &err) != EX_OK)
		return cli_error(&err);
	return EX_OK;
}

static enum ex_status
start_delivery(struct uplink *u)
{
	const struct ex_delivery_options o = {
		.uplink = line_options(&u->options), .problem = on_trouble
	};
	struct ex_error err;

	if (u->options.hub &&
	    ex_delivery_start(&o, u->spool, &u->delivery, &err) != EX_OK)
		return cli_error(&err);
	u->ready = true;
	return EX_OK;
}

static enum ex_status
check_options(const struct uplink_options *o)
{
	if (!o->spool)
		return usage("--spool", "is missing: crossings wait there");
	if (strlen(o->spool) > PATH_MAX / 2)
		return usage("--spool", "name too long");
	if (o->host && strlen(o->host) > 3)
		return usage("--host-state", "must be as in an MRZ");
	return EX_OK;
}

enum ex_status
uplink_open(struct uplink *u, struct run_options *run)
{
	const struct ex_uplink_options line = line_options(&u->options);
	struct ex_blob policy = { 0 };
	struct ex_error err;
	enum ex_status status = check_options(&u->options);

	if (status == EX_OK && u->options.hub) {
		if (ex_uplink_open(&line, &u->line, &err) != EX_OK)
			return cli_error(&err);
		ask_policy(u, run, &policy);
	}
	limit_unknown(u);
	if (status == EX_OK)
		status = open_spool(u);
	if (status == EX_OK)
		keep_policy(u, &policy);
	if (status == EX_OK)
		status = find_recipient(u);
	if (status == EX_OK)
		status = start_delivery(u);
	ex_blob_free(&policy);
	return status;
}

enum ex_status
uplink_open_rest(struct uplink *u)
{
	enum ex_status status = check_options(&u->options);

	if (status == EX_OK && !u->options.hub)
		status = usage("--hub", "is missing");
	/* What waits goes by the terms that were approved when it was put. */
	if (status == EX_OK && recall_policy(u))
		shorten_terms(u);
	if (status == EX_OK)
		status = open_spool(u);
	return status == EX_OK ? start_delivery(u) : status;
}

/* A hub that does not answer is not asked again for each document. */
static enum ex_status
ask_earlier(void *arg, const struct ex_document *d, size_t most,
    struct ex_blob out[], size_t *n, struct ex_error *err)
{
	struct uplink *u = arg;
	enum ex_status status;

	*n = 0;
	if ((!u->policy.earlier_citizens && u->policy.host[0] &&
		strcmp(d->nationality, u->policy.host) == 0) ||
	    ex_clock_mono_ns() < u->ask_again_ns)
		return EX_OK;
	status = ex_uplink_earlier(u->line, u->lane, d, most, out, n, err);
	if (status != EX_OK)
		u->ask_again_ns = ex_clock_mono_ns() + SILENCE_NS;
	return status;
}

void
uplink_set(struct uplink *u, struct ex_flow_options *o)
{
	const char *host = u->options.host ? u->options.host : u->policy.host;

	o->spool = u->spool;
	o->recipient = u->recipient;
	snprintf(o->host, sizeof o->host, "%s", host);
	if (u->line && u->has_policy && u->policy.earlier) {
		o->earlier = ask_earlier;
		o->earlier_arg = u;
	}
}

static void
say_counts(const struct uplink *u, const struct ex_spool_count *n)
{
	struct ex_error err;

	if (!u->cli->json)
		printf("Hub: %zu delivered, %zu waiting, %zu set aside, %zu "
		       "without pictures, %zu damaged\n",
		    n->delivered, n->waiting, n->refused,
		    n->pictures_full + n->pictures_old, n->damaged);
	if (n->waiting == 0)
		return;
	ex_fail(&err, EX_OK, u->options.spool,
	    "%zu crossings wait here; 'exeunt lane deliver' sends them",
	    n->waiting);
	cli_error(&err);
}

enum ex_status
uplink_close(struct uplink *u, bool while_it_goes)
{
	const struct ex_delivery_end end = {
		.wait_ms = (int64_t)u->options.wait_s * 1000,
		.while_it_goes = while_it_goes,
		.stop = &cli_stop,
	};
	struct ex_spool_count n;
	enum ex_status status = ex_delivery_stop(&u->delivery, &end);

	if (u->spool && u->ready) {
		n = ex_spool_count(u->spool);
		say_counts(u, &n);
		if (while_it_goes && n.waiting > 0 && status == EX_OK)
			status = EX_ERR_ENVIRONMENT;
	}
	ex_spool_close(&u->spool);
	ex_uplink_close(&u->line);
	return status;
}
