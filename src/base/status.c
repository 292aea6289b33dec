/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdarg.h>
#include <string.h>

static const struct {
	enum ex_status status;
	int exit_code;
	const char *text;
} table[] = {
#define EX_STATUS(name, value, exit_code, text) { name, exit_code, text },
#include "exeunt/status.inc"
#undef EX_STATUS
};

const char *
ex_status_text(enum ex_status status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status)
			return table[i].text;
	return "unknown status";
}

int
ex_status_exit(enum ex_status status)
{
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].status == status)
			return table[i].exit_code;
	return ex_status_exit(EX_ERR_INTERNAL);
}

/* Control characters from hostile names must not reach a terminal. */
static void
blunt(char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

#undef ex_fail /* the analyzer's, where it runs */

enum ex_status
ex_fail(struct ex_error *err, enum ex_status status, const char *what,
    const char *why, ...)
{
	va_list ap;

	if (!err)
		return status;
	err->status = status;
	/* `what` may be err->what itself, handed on from below. */
	size_t n = strnlen(what, sizeof err->what - 1);
	memmove(err->what, what, n);
	err->what[n] = '\0';
	if (why && *why) {
		va_start(ap, why);
		vsnprintf(err->why, sizeof err->why, why, ap);
		va_end(ap);
	} else {
		snprintf(
		    err->why, sizeof err->why, "%s", ex_status_text(status));
	}
	blunt(err->what);
	blunt(err->why);
	return status;
}
