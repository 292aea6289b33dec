/* SPDX-License-Identifier: Apache-2.0 */
/* exeunt document mrz: the one command that prints what an MRZ says. */
#include "cli.h"

#include "exeunt/document.h"

#include <string.h>

enum ex_status cmd_document_mrz(struct cli *c);

static enum ex_status
read_input(
    const char *path, char *text, size_t room, size_t *n, struct ex_error *err)
{
	struct ex_blob blob;
	enum ex_status status;

	if (strcmp(path, "-") == 0) {
		*n = fread(text, 1, room, stdin);
		return ferror(stdin) ? ex_fail(err, EX_ERR_INPUT,
					   "standard input", "read error")
				     : EX_OK;
	}
	status = ex_file_read(path, room, &blob, err);
	*n = status == EX_OK ? blob.size : 0;
	if (*n > 0)
		memcpy(text, blob.data, *n);
	if (blob.data)
		ex_wipe(blob.data, blob.size);
	ex_blob_free(&blob);
	return status;
}

/* Unknown parts as in the MRZ: two fillers. */
static void
format_date(struct ex_mrz_date d, char out[static 16])
{
	char month[4] = "<<", day[4] = "<<", year[8] = "<<<<";

	if (d.year)
		snprintf(year, sizeof year, "%04u", (unsigned)d.year % 10000u);
	if (d.month)
		snprintf(month, sizeof month, "%02u", (unsigned)d.month % 100u);
	if (d.day)
		snprintf(day, sizeof day, "%02u", (unsigned)d.day % 100u);
	snprintf(out, 16, "%s-%s-%s", year, month, day);
}

static const char *
outcome(const struct ex_mrz *m, enum ex_mrz_check check)
{
	return m->checks_wrong & check    ? "wrong"
	       : m->checks_absent & check ? "absent"
					  : "right";
}

static const enum ex_mrz_check checks[] = { EX_MRZ_CHECK_NUMBER,
	EX_MRZ_CHECK_BIRTH, EX_MRZ_CHECK_EXPIRY, EX_MRZ_CHECK_OPTIONAL,
	EX_MRZ_CHECK_COMPOSITE };
#define CHECKS (sizeof checks / sizeof *checks)

struct field {
	const char *key, *label, *value;
};

static enum ex_status
print_json(const struct field *fields, size_t n, const struct ex_mrz *m)
{
	json_t *o = json_object(), *list = json_object();

	for (size_t i = 0; i < n; i++)
		json_object_set_new(
		    o, fields[i].key, json_string(fields[i].value));
	for (size_t i = 0; i < CHECKS; i++)
		json_object_set_new(list, ex_mrz_check_word(checks[i]),
		    json_string(outcome(m, checks[i])));
	json_object_set_new(o, "checks", list);
	json_object_set_new(o, "passes", json_boolean(ex_mrz_passes(m)));
	return cli_print(o);
}

static const char *
country(const char *code)
{
	const char *name = ex_country_name(code);

	return name ? name : "unknown code";
}

static enum ex_status
print_mrz(const struct cli *c, const struct ex_mrz *m)
{
	const char sex[2] = { m->sex, '\0' };
	char birth[16], expiry[16];
	const struct field fields[] = {
		{ "format", "format", ex_mrz_format_word(m->format) },
		{ "type", "type", m->type },
		{ "issuer", "issuer", m->issuer },
		{ "issuer_name", "", country(m->issuer) },
		{ "nationality", "nationality", m->nationality },
		{ "nationality_name", "", country(m->nationality) },
		{ "number", "number", m->number },
		{ "surname", "surname", m->surname },
		{ "given", "given names", m->given },
		{ "birth", "born", birth },
		{ "sex", "sex", sex },
		{ "expiry", "expires", expiry },
		{ "optional", "optional data", m->optional },
		{ "optional2", "more", m->optional2 },
	};
	const size_t n = sizeof fields / sizeof *fields;

	format_date(m->birth, birth);
	format_date(m->expiry, expiry);
	if (c->json)
		return print_json(fields, n, m);
	for (size_t i = 0; i < n; i++)
		if (fields[i].value[0])
			printf("%-14s %s\n", fields[i].label, fields[i].value);
	fputs("check digits  ", stdout);
	for (size_t i = 0; i < CHECKS; i++)
		printf(" %s %s%s", ex_mrz_check_word(checks[i]),
		    outcome(m, checks[i]), i + 1 < CHECKS ? "," : "\n");
	return EX_OK;
}

enum ex_status
cmd_document_mrz(struct cli *c)
{
	char text[EX_MRZ_TEXT_MAX + 1];
	struct ex_mrz m = { 0 };
	struct ex_error err;
	enum ex_status status = cli_options(c, NULL, 0, 1, 1);
	size_t n;

	if (status != EX_OK)
		return status;
	status = read_input(c->argv[0], text, sizeof text, &n, &err);
	if (status == EX_OK)
		status = ex_mrz_parse_text(c->argv[0],
		    (struct ex_bytes){ (const uint8_t *)text, n },
		    ex_mrz_date_at(ex_clock_wall_ms()), &m, &err);
	if (status == EX_OK)
		status = print_mrz(c, &m);
	else
		cli_error(&err);
	if (status == EX_OK && !ex_mrz_passes(&m))
		status = EX_NO;
	ex_wipe(text, sizeof text);
	ex_wipe(&m, sizeof m);
	return status;
}
