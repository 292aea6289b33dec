/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- blocks ------------------------------------------------------------ */

enum kind { TITLE, H, P, LI, TABLE, ROW, END };

/* Facts that a block may depend on. */
enum when {
	ALWAYS,
	HOST,
	NO_HOST,
	EARLIER,
	NO_EARLIER,
	APPROVED,
	NOT_APPROVED,
	TLS,
	NO_TLS,
	SAME_DISK,
	LEGAL_MISSING,
	UNSAID,
};

struct block {
	enum kind kind;
	enum when when;
	const char *text[EX_LANGUAGE_COUNT];
};
#define EX_BLOCK(kind, when, en, es, fr) { kind, when, { en, es, fr } },
static const struct block sign[] = {
#include "sign.inc"
};
static const struct block impact[] = {
#include "impact.inc"
};
#undef EX_BLOCK
#define COUNT(list) (sizeof(list) / sizeof *(list))

static const char *const languages[EX_LANGUAGE_COUNT] = { "en", "es", "fr" };

enum ex_language
ex_language_of(const char *word)
{
	for (int i = 0; word && i < EX_LANGUAGE_COUNT; i++)
		if (strcmp(languages[i], word) == 0)
			return (enum ex_language)i;
	return EX_LANGUAGE_EN;
}

/* ---- what stands in braces --------------------------------------------- */

struct writer {
	const struct ex_page_facts *f;
	enum ex_language language;
	bool html;
	char *text;
	size_t size, room;
	bool failed;
	enum kind last; /* what the block before was */
	unsigned rows;  /* of the table that is open */
};

void
ex_page_term(enum ex_language language, int64_t ms, char out[static 32])
{
	static const char *const units[EX_LANGUAGE_COUNT][6] = {
		{ "hour", "hours", "day", "days", "year", "years" },
		{ "hora", "horas", "día", "días", "año", "años" },
		{ "heure", "heures", "jour", "jours", "an", "ans" },
	};
	int64_t n = ms / (3600 * 1000), unit = 0;

	if (n > 0 && n % (365 * 24) == 0) {
		n /= 365 * 24;
		unit = 4;
	} else if (n > 24 && n % 24 == 0) {
		n /= 24;
		unit = 2;
	}
	snprintf(
	    out, 32, "%lld %s", (long long)n, units[language][unit + (n != 1)]);
}

static bool
is_missing(const char *legal)
{
	static const char ask[] = "operator to name";

	return !*legal || strncmp(legal, ask, sizeof ask - 1) == 0;
}

static const char *
legal(const struct writer *w, const char *given)
{
	static const char *const missing[EX_LANGUAGE_COUNT] = {
		"not stated",
		"no indicada",
		"non indiquée",
	};

	return is_missing(given) ? missing[w->language] : given;
}

static const char *
yes_no(const struct writer *w, bool yes)
{
	static const char *const words[EX_LANGUAGE_COUNT][2] = {
		{ "no", "yes" },
		{ "no", "sí" },
		{ "non", "oui" },
	};

	return words[w->language][yes];
}

#define VALUE_SIZE 512

/* A term or a legal basis: "term-pictures". */
static bool
retention_value(const struct writer *w, const char *name, char *out)
{
	const struct ex_retention *r = w->f->retention;

	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		const char *class =
		    ex_retention_word((enum ex_retention_class)i);
		char term[32];

		if (strncmp(name, "term-", 5) == 0 &&
		    strcmp(name + 5, class) == 0) {
			ex_page_term(w->language, r->of[i].term_ms, term);
			snprintf(out, VALUE_SIZE, "%s", term);
			return true;
		}
		if (strncmp(name, "legal-", 6) == 0 &&
		    strcmp(name + 6, class) == 0) {
			snprintf(
			    out, VALUE_SIZE, "%s", legal(w, r->of[i].legal));
			return true;
		}
	}
	return false;
}

/* What the settings say where nobody has said anything, in each language. */
static const char *const unsaid[][EX_LANGUAGE_COUNT] = {
	{ "the border authority", "la autoridad fronteriza",
	    "l'autorité frontalière" },
	{ "the officer at the lane", "el agente del carril",
	    "l'agent de la voie" },
	{ "Tell the officer before the lane.",
	    "Dígaselo al agente antes del carril.",
	    "Dites-le à l'agent avant la voie." },
};

static bool
is_unsaid(const char *value)
{
	for (size_t i = 0; i < COUNT(unsaid); i++)
		if (strcmp(value, unsaid[i][EX_LANGUAGE_EN]) == 0)
			return true;
	return false;
}

static const char *
said(const struct writer *w, const char *value)
{
	for (size_t i = 0; i < COUNT(unsaid); i++)
		if (strcmp(value, unsaid[i][EX_LANGUAGE_EN]) == 0)
			return unsaid[i][w->language];
	return value;
}

static bool
text_value(const struct writer *w, const char *name, char *out)
{
	const struct ex_hub_settings *s = w->f->settings;
	const struct {
		const char *name, *value;
	} values[] = {
		{ "controller", said(w, s->controller) },
		{ "contact", said(w, s->contact) },
		{ "opt-out", said(w, s->opt_out) },
		{ "node", s->node },
		{ "port", s->port },
		{ "host", w->f->retention->host },
		{ "version", EX_VERSION },
		{ "policy-by", w->f->policy->by },
		{ "policy-approved", w->f->policy->approved },
		{ "earlier-citizens",
		    yes_no(w, w->f->retention->earlier_citizens) },
	};

	for (size_t i = 0; i < COUNT(values); i++)
		if (strcmp(values[i].name, name) == 0) {
			snprintf(out, VALUE_SIZE, "%s", values[i].value);
			return true;
		}
	return false;
}

static bool
number_value(const struct writer *w, const char *name, char *out)
{
	const struct ex_hub_policy *p = w->f->policy;
	char now[EX_RFC3339_SIZE];

	if (strcmp(name, "fmr") == 0)
		snprintf(out, VALUE_SIZE, "%.4g %%", p->fmr * 100);
	else if (strcmp(name, "fmr-one-in") == 0)
		snprintf(out, VALUE_SIZE, "%.0f", floor(1 / p->fmr));
	else if (strcmp(name, "cap") == 0)
		snprintf(out, VALUE_SIZE, "%.4g %%", p->vehicle_cap * 100);
	else if (strcmp(name, "margin") == 0)
		snprintf(out, VALUE_SIZE, "%.4g", p->margin);
	else if (strcmp(name, "floor") == 0)
		snprintf(out, VALUE_SIZE, "%.4g %%",
		    w->f->settings->capture_floor * 100);
	else if (strcmp(name, "policy-version") == 0)
		snprintf(out, VALUE_SIZE, "%u", p->version);
	else if (strcmp(name, "lanes") == 0)
		snprintf(out, VALUE_SIZE, "%zu", w->f->lanes);
	else if (strcmp(name, "now") == 0) {
		ex_rfc3339_format(w->f->now_ms, now);
		snprintf(out, VALUE_SIZE, "%.16s UTC", now);
	} else
		return false;
	return true;
}

static bool
value_of(const struct writer *w, const char *name, char out[static VALUE_SIZE])
{
	return text_value(w, name, out) || number_value(w, name, out) ||
	       retention_value(w, name, out);
}

/* ---- writing ----------------------------------------------------------- */

static void
put_bytes(struct writer *w, const char *s, size_t n)
{
	size_t room = w->room ? w->room : 8192;
	char *more;

	if (w->failed)
		return;
	if (w->size + n >= w->room) {
		while (room <= w->size + n)
			room *= 2;
		more = ex_calloc(room, 1);
		w->failed = more == NULL;
		if (w->failed)
			return;
		if (w->size)
			memcpy(more, w->text, w->size);
		free(w->text);
		w->text = more;
		w->room = room;
	}
	memcpy(w->text + w->size, s, n);
	w->size += n;
}

static void
put(struct writer *w, const char *s)
{
	put_bytes(w, s, strlen(s));
}

/* Text, not markup. */
static void
put_text(struct writer *w, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *entity = s[i] == '&'   ? "&amp;"
				     : s[i] == '<' ? "&lt;"
				     : s[i] == '>' ? "&gt;"
				     : s[i] == '"' ? "&quot;"
						   : NULL;

		if (w->html && entity)
			put(w, entity);
		else
			put_bytes(w, s + i, 1);
	}
}

/* With what stands in braces filled in. */
static void
put_filled(struct writer *w, const char *s, size_t n)
{
	while (n > 0) {
		const char *open = memchr(s, '{', n);
		size_t plain = open ? (size_t)(open - s) : n;
		const char *close = open ? memchr(open, '}', n - plain) : NULL;
		char name[32] = "", value[VALUE_SIZE] = "";

		put_text(w, s, plain);
		if (!close)
			return;
		snprintf(name, sizeof name, "%.*s", (int)(close - open - 1),
		    open + 1);
		if (value_of(w, name, value))
			put_text(w, value, strlen(value));
		else
			w->failed = true; /* a slip in a table: tests see it */
		n -= (size_t)(close + 1 - s);
		s = close + 1;
	}
}

static bool
holds(const struct writer *w, enum when when)
{
	const struct ex_page_facts *f = w->f;
	bool missing = false;

	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		missing = missing || is_missing(f->retention->of[i].legal);
	switch (when) {
	case HOST:
		return *f->retention->host != '\0';
	case NO_HOST:
		return *f->retention->host == '\0';
	case EARLIER:
		return f->retention->earlier;
	case NO_EARLIER:
		return !f->retention->earlier;
	case APPROVED:
		return f->policy->version > 0;
	case NOT_APPROVED:
		return f->policy->version == 0;
	case TLS:
		return *f->settings->certificate != '\0';
	case NO_TLS:
		return *f->settings->certificate == '\0';
	case SAME_DISK:
		return f->settings->same_disk;
	case LEGAL_MISSING:
		return missing;
	case UNSAID:
		return is_unsaid(f->settings->controller) ||
		       is_unsaid(f->settings->contact) ||
		       is_unsaid(f->settings->opt_out);
	case ALWAYS:
		break;
	}
	return true;
}

/* ---- as plain text ----------------------------------------------------- */

static void
put_plain(struct writer *w, enum kind kind, const char *s)
{
	if (kind == H || (kind == P && w->last == LI))
		put(w, "\n");
	if (kind == LI)
		put(w, "- ");
	put_filled(w, s, strlen(s));
	put(w, kind == TITLE || kind == P ? "\n\n" : "\n");
	/* A blank line has been left already. */
	if (kind == P && w->size >= 2)
		w->size--;
	w->last = kind;
}

/* ---- as HTML ----------------------------------------------------------- */

static void
put_cells(struct writer *w, const char *s, const char *tag)
{
	put(w, "<tr>");
	for (bool more = true; more;) {
		size_t n = strcspn(s, "|");

		put(w, "<");
		put(w, tag);
		put(w, ">");
		put_filled(w, s, n);
		put(w, "</");
		put(w, tag);
		put(w, ">");
		more = s[n] == '|';
		s += n + more;
	}
	put(w, "</tr>\n");
}

static void
put_element(
    struct writer *w, const char *open, const char *s, const char *close)
{
	put(w, open);
	put_filled(w, s, strlen(s));
	put(w, close);
}

static void
put_html(struct writer *w, enum kind kind, const char *s)
{
	if (kind == LI && w->last != LI)
		put(w, "<ul>\n");
	if (kind != LI && w->last == LI)
		put(w, "</ul>\n");
	switch (kind) {
	case TITLE:
		put_element(w, "<title>", s, "</title></head><body><main>\n");
		put_element(w, "<h1>", s, "</h1>\n");
		break;
	case H:
		put_element(w, "<h2>", s, "</h2>\n");
		break;
	case P:
		put_element(w, "<p>", s, "</p>\n");
		break;
	case LI:
		put_element(w, "<li>", s, "</li>\n");
		break;
	case TABLE:
		put(w, "<table>\n");
		if (strcmp(s, "|") != 0)
			put_cells(w, s, "th");
		break;
	case ROW:
		put_cells(w, s, "td");
		break;
	case END:
		put(w, "</table>\n");
		break;
	}
	w->last = kind;
}

/* ---- pages ------------------------------------------------------------- */

static enum ex_status
finish(struct writer *w, struct ex_blob *out)
{
	*out = (struct ex_blob){ 0 };
	if (w->failed) {
		free(w->text);
		return EX_ERR_NOMEM;
	}
	*out = (struct ex_blob){ (uint8_t *)w->text, w->size };
	return EX_OK;
}

enum ex_status
ex_page_sign(const struct ex_page_facts *f, enum ex_language language,
    struct ex_blob *out)
{
	struct writer w = { .f = f, .language = language, .last = TITLE };

	for (size_t i = 0; i < COUNT(sign); i++)
		if (holds(&w, sign[i].when))
			put_plain(&w, sign[i].kind, sign[i].text[language]);
	return finish(&w, out);
}

enum ex_status
ex_page_impact(const struct ex_page_facts *f, enum ex_language language,
    struct ex_blob *out)
{
	struct writer w = {
		.f = f, .language = language, .html = true, .last = TITLE
	};

	put(&w, "<!DOCTYPE html>\n<html lang=\"");
	put(&w, languages[language]);
	put(&w, "\"><head><meta charset=\"utf-8\">");
	for (size_t i = 0; i < COUNT(impact); i++)
		if (holds(&w, impact[i].when))
			put_html(&w, impact[i].kind, impact[i].text[language]);
	put(&w, "</main></body></html>\n");
	return finish(&w, out);
}
