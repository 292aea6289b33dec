/* SPDX-License-Identifier: Apache-2.0 */
#include "policy.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)

/* ---- its JSON ---------------------------------------------------------- */

struct ex_hub_policy
ex_policy_of_settings(const struct ex_hub_settings *s)
{
	struct ex_hub_policy p = { .fmr = s->fmr,
		.vehicle_cap = s->vehicle_cap,
		.margin = s->margin };

	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		p.term_ms[i] = s->retention.of[i].term_ms;
	return p;
}

static json_t *
hours(const int64_t term_ms[static EX_RETAIN_COUNT])
{
	json_t *j = json_object();

	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		json_object_set_new(j,
		    ex_retention_word((enum ex_retention_class)i),
		    json_integer(term_ms[i] / HOUR_MS));
	return j;
}

json_t *
ex_policy_json(const struct ex_hub_policy *p)
{
	char at[EX_RFC3339_SIZE];

	ex_rfc3339_format(p->at_ms, at);
	return json_pack("{si sf sf sf so ss ss ss}", "version",
	    (int)p->version, "fmr", p->fmr, "vehicle_cap", p->vehicle_cap,
	    "margin", p->margin, "retention", hours(p->term_ms), "by", p->by,
	    "approved", p->approved, "at", at);
}

static bool
take(const json_t *j, struct ex_hub_policy *p)
{
	const char *by, *approved, *at;
	json_t *terms;
	json_int_t version;

	if (json_unpack((json_t *)j, "{sI sF sF sF so ss ss ss}", "version",
		&version, "fmr", &p->fmr, "vehicle_cap", &p->vehicle_cap,
		"margin", &p->margin, "retention", &terms, "by", &by,
		"approved", &approved, "at", &at) != 0 ||
	    version < 0 || version > INT32_MAX ||
	    !ex_rfc3339_parse(at, &p->at_ms))
		return false;
	p->version = (unsigned)version;
	snprintf(p->by, sizeof p->by, "%s", by);
	snprintf(p->approved, sizeof p->approved, "%s", approved);
	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		const json_t *v = json_object_get(
		    terms, ex_retention_word((enum ex_retention_class)i));
		json_int_t h = json_integer_value(v);

		if (h < 1 || h > INT32_MAX)
			return false;
		p->term_ms[i] = h * HOUR_MS;
	}
	return true;
}

enum ex_status
ex_policy_read(struct ex_bytes json, const char *name,
    struct ex_hub_policy *out, struct ex_error *err)
{
	struct ex_hub_policy p = { 0 };
	json_t *j = json_loadb(
	    json.size ? (const char *)json.data : "", json.size, 0, NULL);
	bool good = j && take(j, &p);

	json_decref(j);
	memset(out, 0, sizeof *out);
	if (!good)
		return ex_fail(err, EX_ERR_DATABASE, name,
		    "what is kept there is not a policy");
	*out = p;
	return EX_OK;
}

/* ---- versions ---------------------------------------------------------- */

struct search {
	struct ex_hub_policy *best;
	int64_t at_ms;
	struct ex_error *err;
};

/* Keys rise with the version; the first one began at the latest then. */
static enum ex_status
look_at(const char *key, struct ex_bytes value, void *arg)
{
	struct search *s = arg;
	struct ex_hub_policy p;
	enum ex_status status = ex_policy_read(value, key, &p, s->err);

	if (status == EX_OK && p.at_ms <= s->at_ms)
		*s->best = p;
	return status;
}

enum ex_status
ex_policy_get(struct ex_ledger *l, const struct ex_hub_settings *set,
    int64_t at_ms, struct ex_hub_policy *out, struct ex_error *err)
{
	struct search s = { out, at_ms, err };

	*out = ex_policy_of_settings(set);
	return ex_thing_each(l, "policy", look_at, &s, err);
}

struct at {
	const struct ex_hub_settings *settings;
	int64_t at_ms;
	struct ex_hub_policy policy;
};

static enum ex_status
get_at(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct at *a = arg;

	return ex_policy_get(l, a->settings, a->at_ms, &a->policy, err);
}

double
ex_policy_fmr_at(struct ex_hub *h, int64_t at_ms)
{
	struct at a = { .settings = ex_hub_settings(h), .at_ms = at_ms };
	struct ex_error err;

	if (ex_hub_read(h, get_at, &a, &err) != EX_OK)
		return a.settings->fmr;
	return a.policy.fmr;
}

enum ex_status
ex_policy_follow(struct ex_hub *h, struct ex_error *err)
{
	struct at a = { .settings = ex_hub_settings(h), .at_ms = INT64_MAX };
	enum ex_status status = ex_hub_read(h, get_at, &a, err);
	struct ex_retention r = ex_hub_retention(h);
	bool same = true;

	if (status != EX_OK || a.policy.version == 0)
		return status;
	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		same = same && r.of[i].term_ms == a.policy.term_ms[i];
		r.of[i].term_ms = a.policy.term_ms[i];
	}
	status = ex_retention_check(&r, err);
	if (status == EX_OK && !same)
		ex_hub_retention_set(h, &r);
	return status;
}

/* ---- two people -------------------------------------------------------- */

/* (P2); a clock set back makes none younger than new. */
bool
ex_proposal_void(const struct ex_hub_policy *p, int64_t now_ms)
{
	return now_ms - p->at_ms >= EX_PROPOSAL_MS;
}

/* (P1) */
bool
ex_proposal_other(const struct ex_hub_policy *p, const char *actor)
{
	return strcmp(p->by, actor) != 0;
}

static void
say(char out[static EX_DETAIL_SIZE], const char *format, const char *what,
    double from, double to)
{
	size_t n = strlen(out);

	if (from == to)
		return;
	n += (size_t)snprintf(out + n, EX_DETAIL_SIZE - n, "%s", n ? ", " : "");
	if (n < EX_DETAIL_SIZE)
		snprintf(out + n, EX_DETAIL_SIZE - n, format, what, from, to);
}

void
ex_policy_change_numbers(const struct ex_hub_policy *from,
    const struct ex_hub_policy *to, char out[static EX_DETAIL_SIZE])
{
	static const char format[] = "%s %.9g -> %.9g";

	*out = '\0';
	say(out, format, "fmr", from->fmr, to->fmr);
	say(out, format, "cap", from->vehicle_cap, to->vehicle_cap);
	say(out, format, "margin", from->margin, to->margin);
}

void
ex_policy_change_terms(const struct ex_hub_policy *from,
    const struct ex_hub_policy *to, char out[static EX_DETAIL_SIZE])
{
	*out = '\0';
	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		say(out, "%s %.0f -> %.0f h",
		    ex_retention_word((enum ex_retention_class)i),
		    (double)(from->term_ms[i] / HOUR_MS),
		    (double)(to->term_ms[i] / HOUR_MS));
}
