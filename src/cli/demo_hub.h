/* SPDX-License-Identifier: Apache-2.0 */
/* The hub of a demonstration: on this machine alone, anew each time. */
#ifndef EXEUNT_CLI_DEMO_HUB_H
#define EXEUNT_CLI_DEMO_HUB_H

#include <limits.h>

#include "uplink.h"

struct ex_hub;
struct demo_hub {
	struct ex_hub *hub;
	char dir[PATH_MAX], spool[PATH_MAX], token[PATH_MAX];
	char url[64], recipient[65], password[33];
	struct uplink uplink;
};

/* Start it under OUT/hub with its people and the lane's token, and open the
 * lane's line to it. Says what is wrong. */
enum ex_status demo_hub_start(struct demo_hub *d, struct cli *c,
    const char *out, struct run_options *run);
/* Where it is and who may sign in. */
void demo_hub_tell(const struct demo_hub *d);
/* Deliver what is left. */
enum ex_status demo_hub_finish(struct demo_hub *d);
/* At a terminal, until Ctrl-C. */
void demo_hub_stay(const struct demo_hub *d);
void demo_hub_stop(struct demo_hub *d);

#endif
