/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * document: what a traveller presents. Machine readable zones of all five
 * formats (ICAO Doc 9303, 8th edition, parts 3 to 7) and the portrait as
 * bytes with its type.
 *
 * Does not decode the portrait, read chips or verify signatures, and does not
 * say whether a document has expired: that is the caller's policy.
 *
 * Everything here is personal data: wipe it, never print it in errors.
 * Errors name line and column of an MRZ, never what stands there. All calls
 * are thread safe.
 */
#ifndef EXEUNT_DOCUMENT_H
#define EXEUNT_DOCUMENT_H

#include "exeunt/base.h"
#include "exeunt/facts.h"

/* ---- machine readable zone --------------------------------------------- */

#define EX_MRZ_TEXT_MAX 4096 /**< bytes of a text that holds an MRZ */

/**
 * Parse the lines of an MRZ. The shape tells the format: 3 x 30 is TD1, 2 x 36
 * TD2 or (code V) MRV-B, 2 x 44 TD3 or MRV-A.
 *
 * Refused is what no reading makes sense of: another shape, a character
 * outside A-Z 0-9 <, a digit in a name, a letter in a date, a field left empty
 * that every document has. A wrong check digit is an answer, not an error:
 * EX_OK with its bit in out->checks_wrong. So is an unknown country or a date
 * that no calendar has: ask ex_country_name and ex_mrz_date_exists.
 *
 * Centuries (Doc 9303-3, 4.8 has two digits and leaves the rest to the
 * reader), told from the date of reading:
 * - birth is the latest year of the century that is not after `today`, as far
 *   as month and day are known. Who is over 100 is read as under;
 * - expiry is the year nearest to `today`, 50 years before to 49 after, so
 *   that an error says "expired" and an officer looks.
 *
 * Parts of a date that are `<` (or 00, as some issuers write) are 0.
 *
 * @param what  names the source in errors
 * @param lines without line ends or blanks around them; borrowed
 * @param today a date that exists, whole: asserted
 * @param out   written only on EX_OK; wipe after use
 * @return EX_OK; EX_ERR_FORMAT
 *
 * Allocates nothing.
 */
enum ex_status ex_mrz_parse(const char *what, const char *const lines[],
    size_t n_lines, struct ex_mrz_date today, struct ex_mrz *out,
    struct ex_error *err);

/**
 * The same for the bytes of a file: lines end in LF or CRLF, blanks around
 * them and empty lines do not count. Also one run of 90 (TD1), 72 (TD2, MRV-B)
 * or 88 (TD3, MRV-A) characters.
 *
 * @return EX_OK; EX_ERR_FORMAT; EX_ERR_TOO_LARGE past EX_MRZ_TEXT_MAX
 */
enum ex_status ex_mrz_parse_text(const char *what, struct ex_bytes text,
    struct ex_mrz_date today, struct ex_mrz *out, struct ex_error *err);

/** No check digit wrong, and both dates exist. */
bool ex_mrz_passes(const struct ex_mrz *m);

/**
 * Do two documents name one person as their holder, as passport and visa do?
 * Both pass; surname, given names, whole birth date, sex and nationality are
 * there and equal, and no name fills its field, where it may have been cut.
 * Two of one kind and issuer are never one person's: twins, rather, or a
 * forgery. When in doubt false: what is then a look-alike goes to the officer.
 */
bool ex_mrz_same_holder(const struct ex_mrz *a, const struct ex_mrz *b);

/** Is there such a date, as far as its parts are known (not 0)? */
bool ex_mrz_date_exists(struct ex_mrz_date d);

/** The date at `ms` after 1970, UTC, years 1..9999: `today` for a parse. */
struct ex_mrz_date ex_mrz_date_at(int64_t ms);

/** "TD1", "TD2", "TD3", "MRV-A", "MRV-B". */
const char *ex_mrz_format_word(enum ex_mrz_format f);

/** Of one bit: "number", "birth", "expiry", "optional", "composite". */
const char *ex_mrz_check_word(enum ex_mrz_check c);

/**
 * English short name of a code that may stand as issuer or nationality: ISO
 * 3166-1 alpha-3 and the additions of Doc 9303-3, 5. NULL if unknown.
 */
const char *ex_country_name(const char *code);

/* ---- a document of a scene --------------------------------------------- */

#define EX_PORTRAIT_MAX_BYTES (8u * 1024 * 1024)

enum ex_portrait_type {
	EX_PORTRAIT_NONE,
	EX_PORTRAIT_JPEG,
	EX_PORTRAIT_PNG,
	EX_PORTRAIT_JP2, /**< JPEG 2000 in boxes */
	EX_PORTRAIT_J2K, /**< bare JPEG 2000 codestream */
};

/** By signature alone; EX_PORTRAIT_NONE for anything else. */
enum ex_portrait_type ex_portrait_type(struct ex_bytes in);

struct ex_document_data {
	/** EX_CHECK_NOT_DONE: no MRZ was read and `mrz` means nothing;
	 *  otherwise the outcome of ex_mrz_passes. */
	enum ex_check mrz_check;
	struct ex_mrz mrz;
	struct ex_blob portrait; /**< encoded, whole file; not decoded here */
	enum ex_portrait_type portrait_type;
};

/**
 * Read what a document's file names: its MRZ, then its portrait.
 *
 * @param what  names the document in errors about its MRZ
 * @param file  as ex_document_file_read gave it; borrowed
 * @param today see ex_mrz_parse
 * @param out   ex_document_data_fini on success and on failure: when only the
 *              portrait fails, the MRZ stays, so that the document can be
 *              recorded
 * @return EX_OK (also where mrz_check is EX_CHECK_FAILED);
 *         EX_ERR_FORMAT (no MRZ, no portrait, or not what they claim to be);
 *         EX_ERR_UNSUPPORTED (an LDS folder);
 *         EX_ERR_TOO_LARGE (portrait over EX_PORTRAIT_MAX_BYTES);
 *         EX_ERR_NOT_FOUND, EX_ERR_INPUT, EX_ERR_NOMEM
 */
enum ex_status ex_document_open(const char *what,
    const struct ex_document_file *file, struct ex_mrz_date today,
    struct ex_document_data *out, struct ex_error *err);

/** Wipe and release; a zeroed struct is fine, and a second call. */
void ex_document_data_fini(struct ex_document_data *d);

#endif
