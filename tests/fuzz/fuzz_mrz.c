/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes of a file that says it holds an MRZ. What parses must be whole:
 * ended texts, a known format, no check both wrong and absent. */
#include <stdlib.h>
#include <string.h>

#include "exeunt/document.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool promise)
{
	if (!promise)
		abort();
}

static bool
ended(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ex_mrz_date today = { 2026, 1, 5 };
	struct ex_error err = { 0 };
	struct ex_mrz m;
	enum ex_status status = ex_mrz_parse_text(
	    "mrz", (struct ex_bytes){ data, size }, today, &m, &err);

	if (status != EX_OK) {
		need(err.status == status && err.why[0]);
		return 0;
	}
	need(ended(m.type, sizeof m.type) && m.type[0]);
	need(ended(m.issuer, sizeof m.issuer) && m.issuer[0]);
	need(ended(m.nationality, sizeof m.nationality));
	need(ended(m.number, sizeof m.number) && m.number[0]);
	need(ended(m.surname, sizeof m.surname));
	need(ended(m.given, sizeof m.given));
	need(m.surname[0] || m.given[0]);
	need(ended(m.optional, sizeof m.optional));
	need(ended(m.optional2, sizeof m.optional2));
	need(m.sex == 'F' || m.sex == 'M' || m.sex == 'X');
	need((m.checks_wrong & m.checks_absent) == 0);
	need((m.checks_wrong | m.checks_absent) < 1 << 5);
	need(m.birth.year <= today.year);
	need(ex_mrz_format_word(m.format) != NULL);
	ex_mrz_passes(&m);
	ex_country_name(m.issuer);
	return 0;
}
