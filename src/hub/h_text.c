/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration as people and programs read it: settings, the sign for
 * travellers, the privacy impact report. */
#include "lanes.h"
#include "policy.h"
#include "records.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

struct facts {
	const struct ex_hub_settings *settings;
	struct ex_hub_policy policy;
};

static enum ex_status
read_policy(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct facts *f = arg;

	return ex_policy_get(l, f->settings, INT64_MAX, &f->policy, err);
}

typedef enum ex_status make_page(const struct ex_page_facts *f,
    enum ex_language language, struct ex_blob *out);

static void
answer(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r,
    make_page *make, const char *type)
{
	enum ex_language language =
	    ex_language_of(ex_request_query(q, "language"));
	struct facts f = { .settings = ex_hub_settings(h) };
	struct ex_retention retention = ex_hub_retention(h);
	struct ex_lanes *lanes = NULL;
	struct ex_error err = { 0 };

	if (!ex_reply_unless(r, ex_hub_read(h, read_policy, &f, &err), &err) ||
	    !ex_reply_unless(r, ex_lanes_read(h, &lanes, &err), &err))
		return;
	if (make(&(struct ex_page_facts){ f.settings, &retention, &f.policy,
		     lanes->n, ex_hub_now_ms(h) },
		language, &r->body) == EX_OK)
		r->type = type;
	else
		ex_reply_nomem(r);
	free(lanes);
}

void
ex_h_sign_get(struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	answer(h, q, r, ex_page_sign, "text/plain; charset=utf-8");
}

void
ex_h_impact_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	answer(h, q, r, ex_page_impact, "text/html; charset=utf-8");
}

/* ---- settings ---------------------------------------------------------- */

static json_t *
value_json(const struct ex_setting *s, const void *settings)
{
	const char *at = (const char *)settings + s->key.at;
	const char *word = s->key.words;
	int64_t whole;
	double real;
	int index;

	switch (s->key.kind) {
	case EX_INI_YES_NO:
		return json_boolean(*(const bool *)at);
	case EX_INI_WHOLE:
		memcpy(&whole, at, sizeof whole);
		return json_integer(whole);
	case EX_INI_REAL:
		memcpy(&real, at, sizeof real);
		return json_real(real);
	case EX_INI_WORD:
		memcpy(&index, at, sizeof index);
		for (; index > 0 && word; index--) {
			word = strchr(word, '|');
			word += word != NULL;
		}
		return word ? json_stringn(word, strcspn(word, "|"))
			    : json_null();
	default:
		return json_string(at);
	}
}

void
ex_h_configuration_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	const struct ex_hub_settings *set = ex_hub_settings(h);
	json_t *sections = json_object();
	size_t n;
	const struct ex_setting *rows = ex_hub_settings_table(&n);

	(void)q;
	for (size_t i = 0; i < n; i++) {
		json_t *section =
		    json_object_get(sections, rows[i].key.section);

		if (rows[i].shown != EX_SETTING_SHOWN)
			continue;
		if (!section) {
			section = json_object();
			json_object_set_new(
			    sections, rows[i].key.section, section);
		}
		json_object_set_new(
		    section, rows[i].key.key, value_json(&rows[i], set));
	}
	ex_reply_json(r, sections);
}
