/* SPDX-License-Identifier: Apache-2.0 */
/* A request's target, taken apart; and the route that it means. */
#ifndef EXEUNT_HUB_URI_H
#define EXEUNT_HUB_URI_H

#include "hub_internal.h"

#define EX_URI_MOST     4096 /* bytes of a target */
#define EX_URI_SEGMENTS 12

struct ex_uri_pair {
	const char *name, *value;
};
/* Decoded: UTF-8 without control characters, no segment "." or "..". */
struct ex_uri {
	char text[EX_URI_MOST + 1]; /* what the rest points into */
	const char *segment[EX_URI_SEGMENTS];
	size_t n_segments; /* "/": 0 */
	bool folder;       /* ended in '/' */
	struct ex_uri_pair pair[EX_HUB_QUERY];
	size_t n_pairs;
};
/* Take an origin-form target (RFC 9112, 3.2.1) apart. Strict where looseness
 * would let one resource have two names: an encoded slash or NUL, an empty
 * segment and what is no UTF-8 are refused.
 * @return EX_OK, EX_ERR_TOO_LARGE, EX_ERR_FORMAT */
enum ex_status ex_uri_parse(struct ex_bytes target, struct ex_uri *out);

/* Does a value fit a row of params.inc? */
bool ex_param_fits(const struct ex_param *p, const char *value);
/* The row that stands for a name in a route's path or query ("after=seq"): by
 * `token` of `n` characters; NULL: no such row. `name_size` is that of the
 * name before '='. */
const struct ex_param *ex_param_of(
    const char *token, size_t n, size_t *name_size);
/* The parameter `name` of a route's query; NULL: takes none of that name. */
const struct ex_param *ex_route_query(
    const struct ex_route *r, const char *name);

/* Which route? `param` points into `uri`.
 * @return NULL where there is none; `allowed` is then a bit (1 << method) for
 *         each method that the path has: 0 is no such path */
const struct ex_route *ex_route_match(enum ex_method method,
    const struct ex_uri *uri, const char *param[EX_HUB_PARAMS],
    unsigned *allowed);
/* Each parameter of the query is one of the route's, given once, and fits.
 * @param bad the one that is not, or its name's place holder; for the reply */
enum ex_status ex_route_check_query(
    const struct ex_route *r, const struct ex_uri *uri, const char **bad);

#endif
