/* SPDX-License-Identifier: Apache-2.0 */
/* The bare database: the rows of a crossing with two pictures put in by
 * prepared statements, nothing checked, hashed or sealed. */
#ifndef EXEUNT_BENCH_LEDGER_BARE_H
#define EXEUNT_BENCH_LEDGER_BARE_H

#include "exeunt/base.h"
#include "exeunt/facts.h"

struct bare;

/* A ledger is there already; its tables are used. @return NULL: no */
struct bare *bare_sqlite(const char *path);
struct bare *bare_postgres(const char *uri);
/* Crossings first, first + 1 ... in one durable transaction. */
bool bare_group(
    struct bare *b, unsigned first, unsigned n, struct ex_bytes picture);
void bare_close(struct bare *b);

#endif
