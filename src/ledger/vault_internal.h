/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the vault share. */
#ifndef EXEUNT_LEDGER_VAULT_INTERNAL_H
#define EXEUNT_LEDGER_VAULT_INTERNAL_H

#include "epochs.h"
#include "ledger_internal.h"

#include <pthread.h>
#include <sys/stat.h>

#define EX_VAULT_NAME_SIZE EX_EPOCH_NAME_SIZE /* of a key's file */
#define EX_VAULT_CACHE     16

/* An epoch key in memory, and the file it came from: gone or another by now,
 * and it is not used again. */
struct ex_vault_entry {
	char name[EX_VAULT_NAME_SIZE]; /* "": free */
	struct ex_key key;
	ino_t inode;
	struct timespec changed;
	uint64_t used;
};

struct ex_vault {
	char *dir;
	int fd; /* of the folder */
	struct ex_key master;
	struct ex_recipient_key recipient;
	struct ex_signer_key signer;
	pthread_mutex_t lock; /* of what follows */
	struct ex_vault_entry cache[EX_VAULT_CACHE];
	uint64_t uses;
};

/* The key in the file `name`, made if absent and `make`: sealed under the
 * master and bound to its name. EX_ERR_NOT_FOUND where there is none, or what
 * is left of a destroyed one. `st` of the file it came from. */
enum ex_status ex_vault_key(struct ex_vault *v, const char *name, bool make,
    struct ex_key *out, struct stat *st, struct ex_error *err);

#endif
