/* SPDX-License-Identifier: Apache-2.0 */
/* Records to rows and back. Transactions are the caller's. */
#ifndef EXEUNT_LEDGER_ROWS_H
#define EXEUNT_LEDGER_ROWS_H

#include "record.h"
#include "sql.h"

#include "exeunt/ledger.h"

/* `*fresh` false, and nothing written: a crossing with this id is there. */
enum ex_status ex_rows_insert(struct ex_sql *s,
    const struct ex_ledger_record *r, bool *fresh, struct ex_error *err);

/* `*found` false: no crossing with this id. */
enum ex_status ex_rows_load(struct ex_sql *s, const char *id,
    struct ex_ledger_record *r, bool *found, struct ex_error *err);

enum ex_status ex_rows_each(struct ex_sql *s,
    const struct ex_ledger_filter *filter, struct ex_ledger_record *scratch,
    ex_ledger_visit *visit, void *arg, struct ex_error *err);

enum ex_status ex_rows_count(struct ex_sql *s,
    const struct ex_ledger_filter *filter, size_t *n, struct ex_error *err);

#endif
