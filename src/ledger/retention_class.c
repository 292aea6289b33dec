/* SPDX-License-Identifier: Apache-2.0 */
/* What is forgotten when: classes, terms, epochs. */
#include "ledger_internal.h"

#include <string.h>

#define HOUR_MS INT64_C(3600000)
#define DAY_MS  (24 * HOUR_MS)

static const struct {
	enum ex_retention_class retention;
	const char *word;
	int64_t hours;
	const char *legal;
} table[EX_RETAIN_COUNT] = {
#define EX_RETENTION(name, word, hours, legal)                                 \
	[EX_RETAIN_##name] = { EX_RETAIN_##name, word, hours, legal },
#include "retention.inc"
#undef EX_RETENTION
};

const char *
ex_retention_word(enum ex_retention_class v)
{
	return v < EX_RETAIN_COUNT ? table[v].word : "";
}

struct ex_retention
ex_retention_default(void)
{
	struct ex_retention r = { 0 };

	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		r.of[i].term_ms = table[i].hours * HOUR_MS;
		snprintf(
		    r.of[i].legal, sizeof r.of[i].legal, "%s", table[i].legal);
	}
	return r;
}

static enum ex_status
refuse(enum ex_retention_class c, const char *why, struct ex_error *err)
{
	char what[64];

	snprintf(what, sizeof what, "retention of %s", ex_retention_word(c));
	return ex_fail(err, EX_ERR_USAGE, what, "%s", why);
}

enum ex_status
ex_retention_check(const struct ex_retention *r, struct ex_error *err)
{
	int64_t crossing = r->of[EX_RETAIN_CROSSING].term_ms;

	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		enum ex_retention_class c = (enum ex_retention_class)i;

		if (r->of[i].term_ms < HOUR_MS ||
		    r->of[i].term_ms > 100 * 365 * DAY_MS)
			return refuse(
			    c, "must be from an hour to 100 years", err);
		if (c <= EX_RETAIN_PICTURE && r->of[i].term_ms > crossing)
			return refuse(c,
			    "must end with the crossing's at the latest", err);
		if (!memchr(r->of[i].legal, '\0', sizeof r->of[i].legal))
			return refuse(c, "has too long a reference", err);
	}
	if (r->of[EX_RETAIN_AUDIT].term_ms < crossing)
		return refuse(EX_RETAIN_AUDIT,
		    "must last as long as the crossings at least", err);
	if (!memchr(r->host, '\0', sizeof r->host))
		return ex_fail(err, EX_ERR_USAGE, "host",
		    "must be a state as in an MRZ, such as UTO");
	return EX_OK;
}

/* Epochs of an hour where a day would be much of the term. */
int64_t
ex_retention_epoch(
    const struct ex_retention *r, enum ex_retention_class c, int64_t at_ms)
{
	int64_t length = r->of[c].term_ms < 2 * DAY_MS ? HOUR_MS : DAY_MS;
	int64_t into = at_ms % length;

	return at_ms - (into < 0 ? into + length : into);
}
