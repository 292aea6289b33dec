/* SPDX-License-Identifier: Apache-2.0 */
/* What SQLite's database looks like, and how it came to. */
#ifndef EXEUNT_LEDGER_SCHEMA_H
#define EXEUNT_LEDGER_SCHEMA_H

#include "sqlite.h"

/* Is this ours? EX_ERR_DATABASE for a file that is no database, is damaged, or
 * is of another program. `*blank`: a database without anything in it, to
 * become a ledger. Writes nothing (L6). */
enum ex_status ex_schema_identify(
    struct ex_sqlite *s, bool *blank, struct ex_error *err);

/* Refuse a newer schema; an older one too unless `write`, when it is brought
 * up to date in one transaction (L1). */
enum ex_status ex_schema_update(
    struct ex_sqlite *s, bool write, struct ex_error *err);

#endif
