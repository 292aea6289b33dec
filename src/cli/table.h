/* SPDX-License-Identifier: Apache-2.0 */
/* Crossings for people: a few lines each. */
#ifndef EXEUNT_CLI_TABLE_H
#define EXEUNT_CLI_TABLE_H

#include "exeunt/facts.h"

void table_crossing(const struct ex_crossing *c);

struct table_sums {
	unsigned vehicles, seen, confirmed, opted_out;
};
void table_add(struct table_sums *s, const struct ex_crossing *c);
void table_end(const struct table_sums *s);

#endif
