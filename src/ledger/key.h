/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's key, in a file of its own. */
#ifndef EXEUNT_LEDGER_KEY_H
#define EXEUNT_LEDGER_KEY_H

#include "ledger_internal.h"

/* Read the key; with `make`, a missing one is made first. `ledger` is named in
 * the error where it is missing. */
enum ex_status ex_ledger_key_load(const char *path, const char *ledger,
    bool make, struct ex_ledger_key *key, struct ex_error *err);

/* Is its key, from `path`, the one this ledger was begun with? A new ledger
 * takes it. */
enum ex_status ex_ledger_key_prove(
    struct ex_ledger *l, const char *path, struct ex_error *err);

#endif
