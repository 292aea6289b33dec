/* SPDX-License-Identifier: Apache-2.0 */
/* A crossing in the form it is stored in: checked, and rid of everything that
 * must not be stored. What is written, read and compared is this. */
#ifndef EXEUNT_LEDGER_RECORD_H
#define EXEUNT_LEDGER_RECORD_H

#include "exeunt/crypt.h"
#include "exeunt/facts.h"

#define EX_LEDGER_KEY_SIZE 32

struct ex_ledger_key {
	uint8_t bytes[EX_LEDGER_KEY_SIZE];
};

/* Of an occupant; EX_MAX_OCCUPANTS bounds how many there are. */
#define EX_LEDGER_MOST_N 32

struct ex_ledger_record {
	struct ex_crossing c; /* documents "d1" ...; no number, issuer, frame */
	uint32_t awaiting;    /* a store's reading: as awaiting_get */
	struct {
		bool known; /* false: the document's number was unread */
		uint8_t hash[EX_SHA256_SIZE];
	} number[EX_MAX_DOCUMENTS];
};

/* EX_ERR_INPUT names the field in which `c` contradicts itself. */
enum ex_status ex_ledger_record_make(const struct ex_ledger_key *key,
    const struct ex_crossing *c, struct ex_ledger_record *out,
    struct ex_error *err);

/* What stands in a record for a document's type, issuer and number. */
enum ex_status ex_ledger_number_hash(const struct ex_ledger_key *key,
    const struct ex_document *d, uint8_t out[static EX_SHA256_SIZE]);

bool ex_ledger_record_equal(
    const struct ex_ledger_record *a, const struct ex_ledger_record *b);

/* Its occupants who are the officer's: bit n - 1. */
uint32_t ex_ledger_record_awaiting(const struct ex_crossing *c);
/* Say who was handled: the officer's who do not await one any more. */
void ex_ledger_record_mark(struct ex_ledger_record *r);

/* A crossing's id holds its opening: order of ids is order in time. */
bool ex_ledger_id_holds(const char *id, int64_t opened_ms);
/* Not an id: before every one of that time, behind every one from before. */
void ex_ledger_id_floor(int64_t ms, char out[static EX_ULID_SIZE]);

#endif
