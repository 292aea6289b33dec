/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: what they are called, how they do. Sums come from the desk, so that
 * no call goes through the crossings. */
#include "records.h"
#include "desk.h"
#include "lanes.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)
#define DAY_MS  (24 * HOUR_MS)

/* ---- what is kept of a lane -------------------------------------------- */

static void
copy_text(const json_t *from, const char *key, char *to, size_t size)
{
	const char *s = json_string_value(json_object_get(from, key));

	snprintf(to, size, "%s", s ? s : "");
}

/* From the JSON that is kept, or that was sent. */
static bool
read_lane(const json_t *j, struct ex_lane *out)
{
	const json_t *floor = json_object_get(j, "floor");
	char direction[8];

	copy_text(j, "name", out->title, sizeof out->title);
	copy_text(j, "direction", direction, sizeof direction);
	if (json_is_number(floor))
		out->floor = json_number_value(floor);
	return ex_direction_from_word(direction, &out->direction) &&
	       out->floor >= 0 && out->floor <= 1;
}

static json_t *
lane_json(const struct ex_lane *l)
{
	return json_pack("{ss ss sf}", "name", l->title, "direction",
	    ex_direction_word(l->direction), "floor", l->floor);
}

struct ex_lane
ex_lane_unknown(const struct ex_hub_settings *s, const char *lane)
{
	struct ex_lane l = { .floor = s->capture_floor };

	snprintf(l.lane, sizeof l.lane, "%s", lane);
	snprintf(l.title, sizeof l.title, "%s", lane);
	return l;
}

static enum ex_status
take_lane(const char *key, struct ex_bytes value, void *arg)
{
	struct ex_lanes *all = arg;
	struct ex_lane l = ex_lane_unknown(all->settings, key);
	json_t *j = json_loadb((const char *)value.data, value.size, 0, NULL);

	if (all->n < EX_TREND_LANES && j && read_lane(j, &l))
		all->of[all->n++] = l;
	json_decref(j);
	return EX_OK;
}

static enum ex_status
read_lanes(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct ex_lanes *all = arg;

	all->n = 0;
	return ex_thing_each(l, "lane", take_lane, all, err);
}

static struct ex_lane *
find(struct ex_lanes *all, const char *lane)
{
	for (size_t i = 0; i < all->n; i++)
		if (strcmp(all->of[i].lane, lane) == 0)
			return &all->of[i];
	return NULL;
}

/* Lanes that have been heard of and have no entry. */
static void
add_heard(const struct ex_lane_state *s, void *arg)
{
	struct ex_lanes *all = arg;
	struct ex_lane *l = find(all, s->lane);

	if (!l && all->n < EX_TREND_LANES) {
		l = &all->of[all->n++];
		*l = ex_lane_unknown(all->settings, s->lane);
	}
	if (l)
		l->state = *s;
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(((const struct ex_lane *)a)->lane,
	    ((const struct ex_lane *)b)->lane);
}

enum ex_status
ex_lanes_read(struct ex_hub *h, struct ex_lanes **out, struct ex_error *err)
{
	struct ex_lanes *all = ex_calloc(1, sizeof *all);
	enum ex_status status;

	*out = NULL;
	if (!all)
		return ex_fail(err, EX_ERR_NOMEM, "lanes", NULL);
	all->settings = ex_hub_settings(h);
	status = ex_hub_read(h, read_lanes, all, err);
	if (status != EX_OK) {
		free(all);
		return status;
	}
	ex_desk_lanes(ex_hub_desk(h), add_heard, all);
	qsort(all->of, all->n, sizeof *all->of, by_name);
	*out = all;
	return EX_OK;
}

bool
ex_lane_alarm(const struct ex_lane *l)
{
	double capture = ex_lane_capture(&l->state);

	return capture >= 0 && capture < l->floor;
}

/* ---- the list ---------------------------------------------------------- */

json_t *
ex_causes_json(const struct ex_trend *t)
{
	json_t *j = json_object();

	for (int i = EX_CAUSE_NONE + 1; i < EX_CAUSE_COUNT; i++)
		if (t->cause[i] > 0)
			json_object_set_new(j, ex_cause_word((enum ex_cause)i),
			    json_integer(t->cause[i]));
	return j;
}

static json_t *
trend_json(const struct ex_trend *t)
{
	return json_pack("{si si si si si si so}", "crossings",
	    (int)t->crossings, "opted_out", (int)t->opted_out, "seen",
	    (int)t->seen, "confirmed", (int)t->confirmed, "officer",
	    (int)t->officer, "captured", (int)t->captured, "causes",
	    ex_causes_json(t));
}

static void
sum_up(int64_t from_ms, const struct ex_trend *t, void *arg)
{
	(void)from_ms;
	ex_trend_add(arg, t);
}

static json_t *
list_item(struct ex_hub *h, const struct ex_lane *l)
{
	int64_t today = ex_day_of(ex_hub_now_ms(h));
	double capture = ex_lane_capture(&l->state);
	struct ex_trend t = { 0 };
	json_t *j, *alarms = json_array();

	ex_desk_trend(
	    ex_hub_desk(h), l->lane, today, today + DAY_MS, DAY_MS, sum_up, &t);
	if (ex_lane_alarm(l))
		json_array_append_new(alarms, json_string("capture"));
	j = lane_json(l);
	json_object_set_new(j, "lane", json_string(l->lane));
	json_object_set_new(
	    j, "last_crossing", ex_time_or_null(l->state.last_crossing_ms));
	json_object_set_new(j, "last_seen", ex_time_or_null(l->state.heard_ms));
	json_object_set_new(j, "today", trend_json(&t));
	json_object_set_new(
	    j, "capture", capture < 0 ? json_null() : json_real(capture));
	json_object_set_new(j, "alarms", alarms);
	return j;
}

void
ex_h_lanes_list(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct ex_error err = { 0 };
	struct ex_lanes *all;
	json_t *items;

	(void)q;
	if (!ex_reply_unless(r, ex_lanes_read(h, &all, &err), &err) || !all)
		return;
	items = json_array();
	for (size_t i = 0; i < all->n; i++)
		json_array_append_new(items, list_item(h, &all->of[i]));
	ex_reply_json(r, json_pack("{so}", "items", items));
	free(all);
}

/* ---- changing one ------------------------------------------------------ */

struct change {
	struct ex_act act;
	const struct ex_hub_settings *settings;
	struct ex_lane asked;
};

static enum ex_status
get_old(struct ex_ledger *l, const struct change *c, struct ex_lane *out,
    struct ex_error *err)
{
	struct ex_blob kept;
	enum ex_status status =
	    ex_thing_get(l, "lane", c->asked.lane, &kept, err);
	json_t *j;

	*out = ex_lane_unknown(c->settings, c->asked.lane);
	if (status == EX_ERR_NOT_FOUND)
		return EX_OK;
	if (status != EX_OK)
		return status;
	j = json_loadb((const char *)kept.data, kept.size, 0, NULL);
	read_lane(j, out);
	json_decref(j);
	ex_blob_free(&kept);
	return EX_OK;
}

static enum ex_status
put_lane(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	const struct change *c = arg;
	char detail[EX_DETAIL_SIZE];
	struct ex_lane old;
	json_t *j = lane_json(&c->asked);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	enum ex_status status = get_old(l, c, &old, err);

	json_decref(j);
	snprintf(detail, sizeof detail, "floor %g -> %g, direction %s -> %s",
	    old.floor, c->asked.floor, ex_direction_word(old.direction),
	    ex_direction_word(c->asked.direction));
	if (status == EX_OK && !text)
		status = ex_fail(err, EX_ERR_NOMEM, "lane", NULL);
	if (status == EX_OK)
		status = ex_thing_put(
		    l, "lane", c->asked.lane, ex_string_bytes(text), err);
	if (status == EX_OK)
		status = ex_audit_append(
		    l, &c->act, EX_ACTION_LANE, c->asked.lane, detail, err);
	free(text);
	return status;
}

void
ex_h_lanes_put(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct change c = { .act = ex_act_of(q, EX_ACTION_LANE),
		.settings = ex_hub_settings(h) };
	struct ex_error err = { 0 };
	json_t *event;

	c.asked = ex_lane_unknown(c.settings, q->param[0]);
	if (!read_lane(q->json, &c.asked)) {
		ex_reply_problem(r, 400, "The lane is not as it should be",
		    "direction must be in or out, floor from 0 to 1");
		return;
	}
	if (!ex_reply_unless(r, ex_hub_write(h, put_lane, &c, &err), &err))
		return;
	/* Known from now on, so that it is listed before it is heard of. */
	ex_reply_json(r, list_item(h, &c.asked));
	event = json_pack("{ss}", "lane", c.asked.lane);
	if (event)
		ex_hub_tell(h, EX_ROLE_PEOPLE, NULL, "lane", event);
	json_decref(event);
}

/* ---- health ------------------------------------------------------------ */

static void
put_row(int64_t from_ms, const struct ex_trend *t, void *arg)
{
	json_t *j = trend_json(t);

	json_object_set_new(j, "at", ex_time_json(from_ms));
	json_array_append_new(arg, j);
}

void
ex_h_lane_health(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	int64_t to_ms = ex_request_number(q, "to", ex_hub_now_ms(h) + HOUR_MS);
	int64_t from_ms = ex_request_number(q, "from", to_ms - DAY_MS);
	const char *step = ex_request_query(q, "step");
	bool day = step && strcmp(step, "day") == 0;
	json_t *rows = json_array();

	if (from_ms < to_ms)
		ex_desk_trend(ex_hub_desk(h), q->param[0], from_ms, to_ms,
		    day ? DAY_MS : HOUR_MS, put_row, rows);
	ex_reply_json(r, json_pack("{ss ss so}", "lane", q->param[0], "step",
			     day ? "day" : "hour", "rows", rows));
}

/* ---- what lanes seal to ------------------------------------------------ */

void
ex_h_recipient_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const struct ex_recipient *to = ex_vault_recipient(ex_hub_vault(h));
	char hex[EX_HEX_SIZE(sizeof to->bytes)];

	if (q->who.role == EX_ROLE_LANE)
		ex_desk_heard(ex_hub_desk(h), q->who.name, ex_hub_now_ms(h));
	ex_hex_format(to->bytes, sizeof to->bytes, hex);
	ex_reply_json(r, json_pack("{ss}", "recipient", hex));
}
