/* SPDX-License-Identifier: Apache-2.0 */
/* hub.conf. */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS INT64_C(3600000)

static const struct ex_setting table[] = {
#define EX_SETTING(                                                            \
    section, name, kind, member, standard, least, most, words, shown, help)    \
	{ { section, name, EX_INI_##kind, 0,                                   \
	      offsetof(struct ex_hub_settings, member), standard, least, most, \
	      words },                                                         \
		EX_SETTING_##shown, help },
#include "exeunt/settings.inc"
#undef EX_SETTING
};
#define N_SETTINGS (sizeof table / sizeof *table)
_Static_assert(N_SETTINGS <= EX_INI_MAX_KEYS, "more than a file may hold");

const struct ex_setting *
ex_hub_settings_table(size_t *n)
{
	*n = N_SETTINGS;
	return table;
}

struct reader {
	const char *path;
	struct ex_hub_settings *to;
	unsigned lines[N_SETTINGS];
	struct ex_error *err;
};

static size_t
find_key(const char *section, const char *key)
{
	size_t i = 0;

	while (strcmp(table[i].key.section, section) != 0 ||
	       strcmp(table[i].key.key, key) != 0)
		i++;
	return i;
}

static enum ex_status
fail(struct reader *r, const char *section, const char *key, const char *why)
{
	size_t i = find_key(section, key);

	return ex_ini_fail(r->err, r->path, r->lines[i], &table[i].key, why);
}

/* "12 h", "14 days", "3 years". */
static bool
read_term(const char *text, int64_t *ms)
{
	static const struct {
		const char *word;
		int64_t hours;
	} units[] = { { "h", 1 }, { "hour", 1 }, { "hours", 1 }, { "day", 24 },
		{ "days", 24 }, { "year", INT64_C(24) * 365 },
		{ "years", INT64_C(24) * 365 } };
	char *end;
	int64_t n;

	if (*text < '1' || *text > '9')
		return false;
	n = strtoll(text, &end, 10);
	if (n > 1000000 || *end != ' ')
		return false;
	end += strspn(end, " ");
	for (size_t i = 0; i < sizeof units / sizeof *units; i++)
		if (strcmp(end, units[i].word) == 0) {
			*ms = n * units[i].hours * HOUR_MS;
			return true;
		}
	return false;
}

static enum ex_status
read_terms(struct reader *r)
{
	struct ex_hub_settings *s = r->to;
	const struct {
		enum ex_retention_class of;
		const char *key, *term, *legal;
	} terms[] = {
		{ EX_RETAIN_CITIZEN_PICTURE, "citizen-pictures",
		    s->citizen_pictures, s->citizen_pictures_legal },
		{ EX_RETAIN_PICTURE, "pictures", s->pictures,
		    s->pictures_legal },
		{ EX_RETAIN_CROSSING, "crossings", s->crossings,
		    s->crossings_legal },
		{ EX_RETAIN_AUDIT, "audit", s->audit, s->audit_legal },
	};
	struct ex_error why;

	s->retention = ex_retention_default();
	snprintf(s->retention.host, sizeof s->retention.host, "%s", s->host);
	s->retention.earlier = s->earlier;
	s->retention.earlier_citizens = s->earlier_citizens;
	for (size_t i = 0; i < sizeof terms / sizeof *terms; i++) {
		enum ex_retention_class of = terms[i].of;

		if (!read_term(terms[i].term, &s->retention.of[of].term_ms))
			return fail(r, "retention", terms[i].key,
			    "must be a term such as 12 h, 14 days or 3 years");
		/* One that is not given keeps the default's. */
		if (*terms[i].legal)
			snprintf(s->retention.of[of].legal, EX_LEGAL_SIZE, "%s",
			    terms[i].legal);
	}
	if (ex_retention_check(&s->retention, &why) != EX_OK)
		return ex_fail(r->err, EX_ERR_FORMAT, r->path,
		    "[retention] %s: %s", why.what, why.why);
	return EX_OK;
}

static enum ex_status
check_names(struct reader *r)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	struct ex_hub_settings *s = r->to;
	struct ex_listen at;

	if (s->node[strspn(s->node, allowed)])
		return fail(r, "hub", "node", "must be of a-z, 0-9 and '-'");
	if (s->port[strspn(s->port, allowed)])
		return fail(r, "hub", "port", "must be of a-z, 0-9 and '-'");
	if (s->host[strspn(s->host, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")])
		return fail(r, "retention", "host",
		    "must be a state's code as in an MRZ");
	if (!ex_listen_parse(s->listen, &at))
		return fail(r, "hub", "listen",
		    "must be an address and a port, such as 127.0.0.1:8080");
	if (!*s->certificate != !*s->key)
		return fail(r, "tls", *s->key ? "certificate" : "key",
		    "goes with the other one");
	if (*s->client_ca && !*s->certificate)
		return fail(r, "tls", "client-ca", "needs a certificate");
	/* (H6) */
	if (!at.loopback && !*s->certificate)
		return fail(r, "hub", "listen",
		    "plain HTTP is for loopback only; give [tls] certificate "
		    "and key");
	return EX_OK;
}

/* `value` of `room` bytes, a relative path, starts at the file's folder. */
static enum ex_status
resolve(struct reader *r, char *value, size_t room, size_t skip)
{
	const char *slash = strrchr(r->path, '/');
	size_t folder = slash ? (size_t)(slash - r->path) + 1 : 0;
	size_t n = strlen(value + skip);

	if (n == 0 || value[skip] == '/' || folder == 0)
		return EX_OK;
	if (skip + folder + n >= room)
		return ex_fail(
		    r->err, EX_ERR_FORMAT, r->path, "a path in it is too long");
	memmove(value + skip + folder, value + skip, n + 1);
	memcpy(value + skip, r->path, folder);
	return EX_OK;
}

static enum ex_status
resolve_all(struct reader *r)
{
	struct ex_hub_settings *s = r->to;
	char *const paths[] = { s->ledger_key, s->vault, s->master_key,
		s->console, s->certificate, s->key, s->client_ca };
	enum ex_status status = EX_OK;

	for (size_t i = 0; i < sizeof paths / sizeof *paths && status == EX_OK;
	     i++)
		status = resolve(r, paths[i], sizeof s->vault, 0);
	if (status != EX_OK || strcmp(s->ledger, ":memory:") == 0 ||
	    strstr(s->ledger, "://"))
		return status;
	return resolve(r, s->ledger, sizeof s->ledger,
	    strncmp(s->ledger, "sqlite:", 7) == 0 ? 7 : 0);
}

enum ex_status
ex_hub_settings_parse(const char *path, struct ex_bytes text,
    struct ex_hub_settings *out, struct ex_error *err)
{
	struct ex_ini_key keys[N_SETTINGS];
	struct reader r = { .path = path, .to = out, .err = err };
	enum ex_status status;

	*out = (struct ex_hub_settings){ 0 };
	for (size_t i = 0; i < N_SETTINGS; i++)
		keys[i] = table[i].key;
	status = ex_ini_parse(path, text, keys, N_SETTINGS, out, r.lines, err);
	if (status == EX_OK)
		status = check_names(&r);
	if (status == EX_OK)
		status = read_terms(&r);
	if (status == EX_OK)
		status = resolve_all(&r);
	return status;
}

enum ex_status
ex_hub_settings_read(
    const char *path, struct ex_hub_settings *out, struct ex_error *err)
{
	struct ex_blob text;
	enum ex_status status =
	    ex_file_read(path, EX_INI_MAX_BYTES, &text, err);

	if (status != EX_OK)
		return status;
	status = ex_hub_settings_parse(path, ex_blob_bytes(&text), out, err);
	ex_wipe(text.data, text.size);
	ex_blob_free(&text);
	return status;
}
