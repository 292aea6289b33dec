/* SPDX-License-Identifier: Apache-2.0 */
/* Figures for Prometheus, in its text format (version 0.0.4). Labels are lanes,
 * verdicts, causes and outcomes; never a person, a vehicle or an officer. */
#include "desk.h"
#include "lanes.h"
#include "records.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- growing text ------------------------------------------------------ */

struct page {
	char *text;
	size_t size, room;
	bool failed;
};

static void put(struct page *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool
make_room(struct page *p, size_t more)
{
	size_t room = p->room ? p->room : 4096;
	char *text;

	if (p->failed || p->size + more < p->room)
		return !p->failed;
	while (room <= p->size + more)
		room *= 2;
	text = ex_calloc(room, 1);
	if (!text) {
		p->failed = true;
		return false;
	}
	if (p->size)
		memcpy(text, p->text, p->size);
	free(p->text);
	p->text = text;
	p->room = room;
	return true;
}

static void
put(struct page *p, const char *format, ...)
{
	char line[512];
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof line || !make_room(p, (size_t)n))
		return;
	memcpy(p->text + p->size, line, (size_t)n);
	p->size += (size_t)n;
}

static void
head(struct page *p, const char *name, const char *type, const char *help)
{
	put(p, "# HELP exeunt_%s %s\n# TYPE exeunt_%s %s\n", name, help, name,
	    type);
}

static void
single(struct page *p, const char *name, const char *type, const char *help,
    uint64_t value)
{
	head(p, name, type, help);
	put(p, "exeunt_%s %" PRIu64 "\n", name, value);
}

/* ---- lanes ------------------------------------------------------------- */

static void
put_people(struct page *p, const struct ex_lanes *all)
{
	static const char row[] =
	    "exeunt_occupants_total{lane=\"%s\",verdict=\"%s\"} %u\n";

	head(p, "crossings_total", "counter",
	    "Crossings taken from a lane since the hub started.");
	for (size_t i = 0; i < all->n; i++)
		put(p, "exeunt_crossings_total{lane=\"%s\"} %u\n",
		    all->of[i].lane, all->of[i].state.total.crossings);
	head(p, "opted_out_total", "counter",
	    "Vehicles that asked not to be photographed.");
	for (size_t i = 0; i < all->n; i++)
		put(p, "exeunt_opted_out_total{lane=\"%s\"} %u\n",
		    all->of[i].lane, all->of[i].state.total.opted_out);
	head(p, "occupants_total", "counter",
	    "People seen in vehicles, by what the lane made of them.");
	for (size_t i = 0; i < all->n; i++) {
		const struct ex_trend *t = &all->of[i].state.total;

		put(p, row, all->of[i].lane, "confirmed", t->confirmed);
		put(p, row, all->of[i].lane, "officer", t->officer);
	}
}

static void
put_causes(struct page *p, const struct ex_lanes *all)
{
	head(p, "officer_causes_total", "counter",
	    "Why people were left to an officer.");
	for (size_t i = 0; i < all->n; i++)
		for (int c = EX_CAUSE_NONE + 1; c < EX_CAUSE_COUNT; c++)
			put(p,
			    "exeunt_officer_causes_total{lane=\"%s\","
			    "cause=\"%s\"} %u\n",
			    all->of[i].lane, ex_cause_word((enum ex_cause)c),
			    all->of[i].state.total.cause[c]);
}

static void
put_capture(struct page *p, const struct ex_lanes *all)
{
	head(p, "capture_ratio", "gauge",
	    "Share of people with a usable picture among a lane's last "
	    "vehicles.");
	for (size_t i = 0; i < all->n; i++)
		if (ex_lane_capture(&all->of[i].state) >= 0)
			put(p, "exeunt_capture_ratio{lane=\"%s\"} %.4f\n",
			    all->of[i].lane,
			    ex_lane_capture(&all->of[i].state));
	head(p, "capture_floor", "gauge",
	    "The ratio under which a lane raises an alarm.");
	for (size_t i = 0; i < all->n; i++)
		put(p, "exeunt_capture_floor{lane=\"%s\"} %.4f\n",
		    all->of[i].lane, all->of[i].floor);
	head(p, "capture_alarm", "gauge", "1 where a lane raises an alarm.");
	for (size_t i = 0; i < all->n; i++)
		put(p, "exeunt_capture_alarm{lane=\"%s\"} %d\n",
		    all->of[i].lane, ex_lane_alarm(&all->of[i]));
	head(p, "lane_heard_timestamp_seconds", "gauge",
	    "When a lane was last heard of.");
	for (size_t i = 0; i < all->n; i++)
		if (all->of[i].state.heard_ms)
			put(p,
			    "exeunt_lane_heard_timestamp_seconds{lane=\"%s\"} "
			    "%.3f\n",
			    all->of[i].lane,
			    (double)all->of[i].state.heard_ms / 1000);
}

/* ---- the desk ---------------------------------------------------------- */

static void
put_desk(struct page *p, const struct ex_desk_counts *c)
{
	static const char *const deliveries[EX_DELIVERY_COUNT] = {
		[EX_DELIVERY_NEW] = "new",
		[EX_DELIVERY_KNOWN] = "known",
		[EX_DELIVERY_CONFLICT] = "conflict",
		[EX_DELIVERY_FOREIGN] = "foreign",
		[EX_DELIVERY_REFUSED] = "refused",
		[EX_DELIVERY_FAILED] = "failed",
	};

	head(p, "deliveries_total", "counter",
	    "Crossings that lanes sent, by what came of them.");
	for (int i = 0; i < EX_DELIVERY_COUNT; i++)
		put(p, "exeunt_deliveries_total{result=\"%s\"} %" PRIu64 "\n",
		    deliveries[i], c->delivery[i]);
	head(p, "rulings_total", "counter", "What officers decided.");
	for (int i = 0; i < EX_RULING_COUNT; i++)
		put(p, "exeunt_rulings_total{decision=\"%s\"} %" PRIu64 "\n",
		    ex_ruling_word((enum ex_ruling_kind)i), c->ruling[i]);
	single(p, "staged_vehicles", "gauge",
	    "Vehicles whose documents wait in memory for their lane.",
	    c->staged);
	single(p, "staged_bytes", "gauge", "Bytes of these documents.",
	    c->staged_bytes);
}

/* ---- the server -------------------------------------------------------- */

static void
put_requests(struct page *p, const struct ex_hub_counts *c)
{
	uint64_t n = 0;

	head(p, "http_requests_total", "counter",
	    "Requests answered, by hundreds of their status.");
	for (int i = 1; i < 6; i++)
		put(p,
		    "exeunt_http_requests_total{status=\"%dxx\"} %" PRIu64 "\n",
		    i, c->requests[i]);
	head(p, "http_request_duration_seconds", "histogram",
	    "Time from a request's head to its answer.");
	for (int i = 0; i < EX_HUB_BUCKETS; i++) {
		char edge[16] = "+Inf";

		n += c->within[i];
		if (i < EX_HUB_BUCKETS - 1)
			snprintf(edge, sizeof edge, "%g",
			    ex_hub_bucket_ms[i] / 1000.0);
		put(p,
		    "exeunt_http_request_duration_seconds_bucket{le=\"%s\"} "
		    "%" PRIu64 "\n",
		    edge, n);
	}
	put(p, "exeunt_http_request_duration_seconds_sum %.6f\n",
	    (double)c->request_us / 1e6);
	put(p, "exeunt_http_request_duration_seconds_count %" PRIu64 "\n", n);
}

static void
put_server(struct page *p, const struct ex_hub_counts *c)
{
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} rows[] = {
		{ "http_connections", "gauge", "Connections open.",
		    c->connections },
		{ "event_streams", "gauge", "Readers of live events.",
		    c->streams },
		{ "sessions", "gauge", "People signed in.", c->sessions },
		{ "ledger_commits_total", "counter",
		    "Durable commits of the writer.", c->commits },
		{ "ledger_writes_total", "counter", "Writes in these commits.",
		    c->written },
		{ "ledger_rollbacks_total", "counter",
		    "Commits that were rolled back.", c->rolled_back },
		{ "ledger_writes_waiting", "gauge",
		    "Writes that wait for their commit.", c->waiting },
		{ "ledger_writes_refused_total", "counter",
		    "Writes told to come again: too many waited.",
		    c->too_many },
		{ "events_total", "counter", "Live events told.", c->events },
		{ "events_dropped_total", "counter",
		    "Readers of live events left behind.", c->dropped },
		{ "sign_ins_total", "counter", "Sign-ins.", c->sign_ins },
		{ "sign_ins_refused_total", "counter", "Sign-ins refused.",
		    c->refused },
		{ "sign_ins_limited_total", "counter", "Sign-ins told to wait.",
		    c->limited },
		{ "connections_cut_total", "counter",
		    "Connections closed for being slow.", c->cut },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		single(
		    p, rows[i].name, rows[i].type, rows[i].help, rows[i].value);
}

/* ---- how many await ---------------------------------------------------- */

static enum ex_status
count_open(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct ex_ledger_filter f = { .open = true };

	return ex_ledger_count(l, &f, arg, err);
}

void
ex_h_metrics_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_desk_counts desk;
	struct ex_hub_counts hub;
	struct page p = { 0 };
	struct ex_lanes *all;
	struct ex_error err = { 0 };
	size_t open = 0;

	(void)q;
	if (!ex_reply_unless(r, ex_lanes_read(h, &all, &err), &err))
		return;
	if (!ex_reply_unless(r, ex_hub_read(h, count_open, &open, &err), &err))
		goto out;
	ex_desk_counts(ex_hub_desk(h), &desk);
	ex_hub_counts(h, &hub);
	put_people(&p, all);
	put_causes(&p, all);
	put_capture(&p, all);
	single(&p, "crossings_awaiting", "gauge",
	    "Crossings in which somebody awaits an officer.", open);
	put_desk(&p, &desk);
	put_requests(&p, &hub);
	put_server(&p, &hub);
	if (p.failed) {
		ex_reply_nomem(r);
	} else {
		r->type = "text/plain; version=0.0.4; charset=utf-8";
		r->body = (struct ex_blob){ (uint8_t *)p.text, p.size };
		p.text = NULL;
	}
out:
	free(p.text);
	free(all);
}
