/* SPDX-License-Identifier: Apache-2.0 */
/* A lane and its hub: spool, policy, delivery. What `lane run`, `lane deliver`
 * and `demo` share. */
#ifndef EXEUNT_CLI_UPLINK_H
#define EXEUNT_CLI_UPLINK_H

#include "run.h"

struct uplink_options {
	const char *hub, *token, *ca, *cert, *key, *spool, *recipient, *host;
	uint64_t spool_mib, citizen_hours, picture_hours, wait_s;
};
struct uplink_options uplink_defaults(void);
#define UPLINK_COMMON_ROWS(o)                                                  \
	{ "hub", "URL", "deliver crossings to this hub", CLI_TEXT, &(o).hub,   \
		0, 0 },                                                        \
	    { "hub-token", "FILE", "the lane's token for the hub", CLI_TEXT,   \
		    &(o).token, 0, 0 },                                        \
	    { "hub-ca", "FILE", "certificates that the hub's must be of",      \
		    CLI_TEXT, &(o).ca, 0, 0 },                                 \
	    { "hub-cert", "FILE", "certificate of the lane, for mutual TLS",   \
		    CLI_TEXT, &(o).cert, 0, 0 },                               \
	    { "hub-key", "FILE", "its key", CLI_TEXT, &(o).key, 0, 0 },        \
	    { "hub-wait", "S", "seconds to wait for the hub at the end (30)",  \
		    CLI_NUMBER, &(o).wait_s, 0, 86400 },                       \
	    { "spool", "DIR", "where crossings wait for the hub", CLI_TEXT,    \
		    &(o).spool, 0, 0 },                                        \
	    { "spool-mib", "N", "its size at most (2048)", CLI_NUMBER,         \
		    &(o).spool_mib, 1, 1048576 },                              \
	    { "citizen-pictures", "HOURS",                                     \
		    "wait so long at most, then go (12)", CLI_NUMBER,          \
		    &(o).citizen_hours, 1, 876000 },                           \
	{                                                                      \
		"pictures", "HOURS", "those of everybody else (336)",          \
		    CLI_NUMBER, &(o).picture_hours, 1, 876000                  \
	}
#define UPLINK_SEAL_ROWS(o)                                                    \
	{ "recipient", "KEY", "what to seal to: 64 hex digits, or a file",     \
		CLI_TEXT, &(o).recipient, 0, 0 },                              \
	{                                                                      \
		"host-state", "CODE", "whose citizens' pictures go first",     \
		    CLI_TEXT, &(o).host, 0, 0                                  \
	}

struct uplink {
	struct cli *cli;
	struct uplink_options options;
	struct ex_spool *spool;
	struct ex_delivery *delivery;
	struct ex_uplink *line; /* for questions */
	const char *lane;       /* its name */
	int64_t ask_again_ns;   /* no question for earlier pictures before */
	struct ex_policy policy;
	bool has_policy;
	struct ex_recipient recipient;
	bool ready; /* all of it is open */
};

/* Nothing to do with a hub: neither --hub nor --spool is given. */
bool uplink_wanted(const struct uplink_options *o);
/* For `lane run`: policy, spool, recipient, delivery; makes `run` the stricter
 * of itself and the policy. Says what is wrong. */
enum ex_status uplink_open(struct uplink *u, struct run_options *run);
/* For `lane deliver`: spool and delivery alone. */
enum ex_status uplink_open_rest(struct uplink *u);
/* What a flow needs of it. */
void uplink_set(struct uplink *u, struct ex_flow_options *o);
/* Deliver what can still be, and say what was. */
enum ex_status uplink_close(struct uplink *u, bool while_it_goes);

#endif
