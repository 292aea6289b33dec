/* SPDX-License-Identifier: Apache-2.0 */
/* Epochs: their names, and lists of them. */
#ifndef EXEUNT_LEDGER_EPOCHS_H
#define EXEUNT_LEDGER_EPOCHS_H

#include "exeunt/ledger.h"

#define EX_EPOCH_NAME_SIZE 64

struct ex_epoch {
	enum ex_retention_class retention;
	int64_t start_ms, due_ms;
	bool key; /* the vault has one */
};

/* "pictures.2026-01-05T00:00:00.000Z": its key's file, its note in the ledger,
 * its subject in the audit chain. */
void ex_epoch_name(enum ex_retention_class c, int64_t start_ms,
    char out[static EX_EPOCH_NAME_SIZE]);
/* The reverse; false for a name that ex_epoch_name does not give. */
bool ex_epoch_parse(const char *name, struct ex_epoch *out);

struct ex_epoch_list {
	struct ex_epoch *of;
	size_t n, room;
};
/* One that is there already gains the key of `e`. @return EX_OK,
 * EX_ERR_NOMEM */
enum ex_status ex_epoch_list_add(
    struct ex_epoch_list *l, const struct ex_epoch *e);
/* By class, then time. */
void ex_epoch_list_sort(struct ex_epoch_list *l);
void ex_epoch_list_free(struct ex_epoch_list *l);

#endif
