/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: entries that an administrator keeps, and what the desk knows. */
#ifndef EXEUNT_HUB_LANES_H
#define EXEUNT_HUB_LANES_H

#include "desk.h"
#include "hub_internal.h"

#define EX_TITLE_SIZE 65

struct ex_lane {
	char lane[65];
	char title[EX_TITLE_SIZE]; /* for people; the lane's own name if none */
	enum ex_direction direction;
	double floor; /* of the capture rate, 0..1 */
	struct ex_lane_state state;
};
struct ex_lanes {
	const struct ex_hub_settings *settings;
	size_t n;
	struct ex_lane of[EX_TREND_LANES]; /* names rising */
};
/* A lane without an entry. */
struct ex_lane ex_lane_unknown(
    const struct ex_hub_settings *s, const char *lane);
/* All there are. @param out free() */
enum ex_status ex_lanes_read(
    struct ex_hub *h, struct ex_lanes **out, struct ex_error *err);
/* Is its capture rate under its floor? */
bool ex_lane_alarm(const struct ex_lane *l);

/* {"glare":3,"blur":1}: those there are. */
json_t *ex_causes_json(const struct ex_trend *t);

#endif
