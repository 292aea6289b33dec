/* SPDX-License-Identifier: Apache-2.0 */
/* MRZ lines out of strings and out of the bytes of a file. */
#include "layout.h"

#include <string.h>

/* One more than any MRZ has, so that a fourth line is seen. */
#define LINES_MAX (MRZ_MAX_LINES + 1)

enum ex_status
ex_mrz_parse(const char *what, const char *const lines[], size_t n_lines,
    struct ex_mrz_date today, struct ex_mrz *out, struct ex_error *err)
{
	struct ex_bytes in[LINES_MAX];

	for (size_t i = 0; i < n_lines && i < LINES_MAX; i++)
		in[i] = (struct ex_bytes){ (const uint8_t *)lines[i],
			strlen(lines[i]) };
	return ex_mrz_lines_parse(what, in, n_lines, today, out, err);
}

static bool
is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line off the front, without its end and the blanks around it. */
static struct ex_bytes
line_take(struct ex_bytes *in)
{
	const uint8_t *end = memchr(in->data, '\n', in->size);
	struct ex_bytes line, end_mark;

	ex_bytes_take(in, end ? (size_t)(end - in->data) : in->size, &line);
	ex_bytes_take(in, 1, &end_mark);
	while (line.size && is_blank(line.data[line.size - 1]))
		line.size--;
	while (line.size && is_blank(line.data[0])) {
		line.data++;
		line.size--;
	}
	return line;
}

/* One run of all characters into the lines of the format that has as many;
 * returns their number, 1 where there is none. */
static size_t
run_split(struct ex_bytes lines[static LINES_MAX])
{
	struct ex_bytes run = lines[0];

	for (size_t f = 0; f < MRZ_FORMAT_COUNT; f++) {
		const struct mrz_layout *l = &ex_mrz_layouts[f];

		if (l->n_lines * l->width != run.size)
			continue;
		for (size_t i = 0; i < l->n_lines; i++)
			ex_bytes_take(&run, l->width, &lines[i]);
		return l->n_lines;
	}
	return 1;
}

enum ex_status
ex_mrz_parse_text(const char *what, struct ex_bytes text,
    struct ex_mrz_date today, struct ex_mrz *out, struct ex_error *err)
{
	struct ex_bytes lines[LINES_MAX];
	size_t n = 0;

	if (text.size > EX_MRZ_TEXT_MAX)
		return ex_fail(err, EX_ERR_TOO_LARGE, what,
		    "%zu bytes, an MRZ takes at most %d", text.size,
		    EX_MRZ_TEXT_MAX);
	while (text.size && n < LINES_MAX) {
		lines[n] = line_take(&text);
		n += lines[n].size > 0;
	}
	if (n == 1)
		n = run_split(lines);
	return ex_mrz_lines_parse(what, lines, n, today, out, err);
}
