/* SPDX-License-Identifier: Apache-2.0 */
/* Pages for people, in three languages, from tables of blocks (sign.inc,
 * impact.inc) and the configuration in force. Pure. */
#ifndef EXEUNT_HUB_PAGE_H
#define EXEUNT_HUB_PAGE_H

#include "policy.h"

enum ex_language {
	EX_LANGUAGE_EN,
	EX_LANGUAGE_ES,
	EX_LANGUAGE_FR,
	EX_LANGUAGE_COUNT
};
/* English for any other word, and for NULL. */
enum ex_language ex_language_of(const char *word);

/* What the pages are filled in from; borrowed. */
struct ex_page_facts {
	const struct ex_hub_settings *settings;
	const struct ex_retention *retention;
	const struct ex_hub_policy *policy;
	size_t lanes;
	int64_t now_ms;
};
/* "12 hours", "14 días", "3 ans"; hours where nothing larger divides them. */
void ex_page_term(enum ex_language language, int64_t ms, char out[static 32]);
/* The sign, as plain text. @param out ex_blob_free; @return EX_OK,
 *  EX_ERR_NOMEM */
enum ex_status ex_page_sign(const struct ex_page_facts *f,
    enum ex_language language, struct ex_blob *out);
/* The privacy impact report, as HTML. */
enum ex_status ex_page_impact(const struct ex_page_facts *f,
    enum ex_language language, struct ex_blob *out);

#endif
