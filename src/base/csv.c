/* SPDX-License-Identifier: Apache-2.0 */
/* Plain comma-separated lines, as index.csv has them. A quote is refused
 * rather than guessed at: no column of ours needs one. */
#include "exeunt/base.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum ex_status
ex_csv_fail(const struct ex_csv *c, struct ex_error *err, const char *column,
    const char *why)
{
	return ex_fail(err, EX_ERR_FORMAT, c->path, "line %u, column '%s': %s",
	    c->line, column, why);
}

static enum ex_status
line_fail(const struct ex_csv *c, struct ex_error *err, const char *why)
{
	return ex_fail(
	    err, EX_ERR_FORMAT, c->path, "line %u: %s", c->line, why);
}

/* Copy one line without its end to c->text; false if it does not fit. */
static bool
take_line(struct ex_csv *c)
{
	size_t n = 0;
	uint8_t byte = 0;

	while (ex_bytes_u8(&c->in, &byte) && byte != '\n') {
		if (n + 1 >= sizeof c->text)
			return false;
		/* A NUL would hide the rest: refused as the others are. */
		c->text[n++] = byte ? (char)byte : '\1';
	}
	if (n > 0 && c->text[n - 1] == '\r')
		n--;
	c->text[n] = '\0';
	c->line++;
	return true;
}

/* Split c->text at the commas, in place. */
static enum ex_status
split(struct ex_csv *c, struct ex_error *err)
{
	char *p = c->text;

	c->n_columns = 0;
	for (;;) {
		char *comma = strchr(p, ',');

		if (c->n_columns == EX_CSV_COLUMNS)
			return line_fail(c, err, "too many columns");
		c->column[c->n_columns++] = p;
		if (!comma)
			return EX_OK;
		*comma = '\0';
		p = comma + 1;
	}
}

enum ex_status
ex_csv_next(struct ex_csv *c, struct ex_error *err)
{
	do {
		if (c->in.size == 0)
			return EX_NO;
		if (!take_line(c)) {
			c->line++;
			return line_fail(c, err, "the line is too long");
		}
	} while (c->text[0] == '\0');
	for (const char *p = c->text; *p; p++)
		if ((unsigned char)*p < ' ' || *p == '"')
			return line_fail(
			    c, err, "a quote or control character");
	return split(c, err);
}

enum ex_status
ex_csv_column(
    const struct ex_csv *c, const char *name, size_t *out, struct ex_error *err)
{
	for (*out = 0; *out < c->n_columns; (*out)++)
		if (strcmp(c->column[*out], name) == 0)
			return EX_OK;
	return ex_csv_fail(c, err, name, "the header does not have it");
}

enum ex_status
ex_csv_number(const struct ex_csv *c, size_t column, const char *name,
    double low, double high, double *out, struct ex_error *err)
{
	const char *text = c->column[column];
	char *end;

	/* Digits only: strtod would also take hex, "inf" and blanks. */
	*out = 0;
	if (text[0] == '\0' || text[strspn(text, "+-.0123456789")] != '\0')
		return ex_csv_fail(c, err, name, "not a number");
	*out = strtod(text, &end);
	if (*end != '\0')
		return ex_csv_fail(c, err, name, "not a number");
	if (!(*out >= low && *out <= high))
		return ex_csv_fail(c, err, name, "out of range");
	return EX_OK;
}
