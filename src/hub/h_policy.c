/* SPDX-License-Identifier: Apache-2.0 */
/* The policy, which takes two people to change (policy.h). */
#include "desk.h"
#include "policy.h"
#include "records.h"

#include <stdlib.h>
#include <string.h>

#define HOUR_MS ((int64_t)3600 * 1000)

static const char kind[] = "proposal";

struct job {
	struct ex_act act;
	const struct ex_hub_settings *settings;
	const char *id; /* of the proposal that is meant */
	int64_t now_ms;
	struct ex_retention retention; /* in force; then with new terms */
	json_t *asked;                 /* POST's body, borrowed */
	struct ex_hub_policy policy, proposal;
	char proposal_id[EX_ULID_SIZE]; /* "": there is none */
	enum {
		DONE,
		SAME_PERSON,
		MADE_BY_OTHER,
		OTHER_THERE,
		NONE_THERE,
		NOT_TERMS
	} what;
	struct ex_error err; /* NOT_TERMS */
};

/* ---- reading ----------------------------------------------------------- */

struct look {
	struct job *job;
	struct ex_error *err;
};

/* There is one (P3); one that is void counts as none (P2). */
static enum ex_status
take_proposal(const char *key, struct ex_bytes value, void *arg)
{
	struct look *k = arg;
	struct ex_hub_policy p;
	enum ex_status status = ex_policy_read(value, key, &p, k->err);

	if (status != EX_OK || ex_proposal_void(&p, k->job->now_ms))
		return status;
	k->job->proposal = p;
	snprintf(k->job->proposal_id, sizeof k->job->proposal_id, "%s", key);
	return EX_OK;
}

static enum ex_status
read_both(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct job *j = arg;
	struct look k = { j, err };
	enum ex_status status =
	    ex_policy_get(l, j->settings, INT64_MAX, &j->policy, err);

	*j->proposal_id = '\0';
	j->what = DONE;
	if (status == EX_OK)
		status = ex_thing_each(l, kind, take_proposal, &k, err);
	return status;
}

static json_t *
proposal_json(const struct job *j)
{
	json_t *p;

	if (!*j->proposal_id)
		return json_null();
	p = ex_policy_json(&j->proposal);
	json_object_del(p, "version");
	json_object_del(p, "approved");
	json_object_set_new(p, "id", json_string(j->proposal_id));
	json_object_set_new(
	    p, "void_at", ex_time_json(j->proposal.at_ms + EX_PROPOSAL_MS));
	return p;
}

/* What lanes go by (exeunt/facts.h, struct ex_policy). */
static void
add_for_lanes(json_t *p, const struct ex_retention *r)
{
	json_t *terms = json_object_get(p, "retention");

	json_object_set_new(terms, "host", json_string(r->host));
	json_object_set_new(terms, "citizen_pictures_ms",
	    json_integer(r->of[EX_RETAIN_CITIZEN_PICTURE].term_ms));
	json_object_set_new(terms, "pictures_ms",
	    json_integer(r->of[EX_RETAIN_PICTURE].term_ms));
	json_object_set_new(p, "earlier", json_boolean(r->earlier));
	json_object_set_new(
	    p, "earlier_citizens", json_boolean(r->earlier_citizens));
}

static json_t *
both_json(const struct job *j)
{
	json_t *p = ex_policy_json(&j->policy);
	json_t *people = json_array();

	if (j->policy.version > 0) {
		json_array_append_new(people, json_string(j->policy.by));
		json_array_append_new(people, json_string(j->policy.approved));
	}
	json_object_del(p, "by");
	json_object_del(p, "approved");
	if (j->policy.version == 0)
		json_object_del(p, "at");
	add_for_lanes(p, &j->retention);
	json_object_set_new(p, "approved_by", people);
	json_object_set_new(p, "proposal", proposal_json(j));
	return p;
}

static struct job
job_of(struct ex_hub *h, const struct ex_request *q, enum ex_action action)
{
	return (struct job){ .act = ex_act_of(q, action),
		.settings = ex_hub_settings(h),
		.id = q->param[0],
		.now_ms = ex_hub_now_ms(h),
		.retention = ex_hub_retention(h),
		.asked = q->json };
}

void
ex_h_policy_get(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct job j = job_of(h, q, EX_ACTION_POLICY_PROPOSE);
	struct ex_error err = { 0 };

	if (q->who.role == EX_ROLE_LANE)
		ex_desk_heard(ex_hub_desk(h), q->who.name, j.now_ms);
	if (ex_reply_unless(r, ex_hub_read(h, read_both, &j, &err), &err))
		ex_reply_json(r, both_json(&j));
}

/* ---- writing ----------------------------------------------------------- */

static enum ex_status
keep(struct ex_ledger *l, const char *what, const char *key,
    const struct ex_hub_policy *p, struct ex_error *err)
{
	json_t *j = ex_policy_json(p);
	char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	enum ex_status status =
	    text ? ex_thing_put(l, what, key, ex_string_bytes(text), err)
		 : ex_fail(err, EX_ERR_NOMEM, what, NULL);

	free(text);
	json_decref(j);
	return status;
}

/* One link, two where both numbers and terms change. */
static enum ex_status
record(struct ex_ledger *l, const struct job *j, enum ex_action action,
    const struct ex_hub_policy *to, struct ex_error *err)
{
	char numbers[EX_DETAIL_SIZE], terms[EX_DETAIL_SIZE];
	enum ex_status status = EX_OK;

	ex_policy_change_numbers(&j->policy, to, numbers);
	ex_policy_change_terms(&j->policy, to, terms);
	if (*numbers || !*terms)
		status = ex_audit_append(
		    l, &j->act, action, j->proposal_id, numbers, err);
	if (status == EX_OK && *terms)
		status = ex_audit_append(
		    l, &j->act, action, j->proposal_id, terms, err);
	return status;
}

/* Void ones go when another takes their place. */
static enum ex_status
drop_key(const char *key, struct ex_bytes value, void *arg)
{
	char *to = arg;

	(void)value;
	snprintf(to, EX_ULID_SIZE, "%s", key);
	return EX_NO;
}

static enum ex_status
drop_all(struct ex_ledger *l, struct ex_error *err)
{
	for (;;) {
		char key[EX_ULID_SIZE] = "";
		enum ex_status status =
		    ex_thing_each(l, kind, drop_key, key, err);

		if (status == EX_NO)
			status = EX_OK;
		if (status != EX_OK || !*key)
			return status;
		status = ex_thing_drop(l, kind, key, err);
		if (status != EX_OK)
			return status;
	}
}

static void
ask_number(const json_t *from, const char *key, double *to)
{
	const json_t *v = json_object_get(from, key);

	if (json_is_number(v))
		*to = json_number_value(v);
}

/* What is not said stays as it is. */
static struct ex_hub_policy
asked(const struct job *j)
{
	const json_t *terms = json_object_get(j->asked, "retention");
	struct ex_hub_policy p = j->policy;

	ask_number(j->asked, "fmr", &p.fmr);
	ask_number(j->asked, "vehicle_cap", &p.vehicle_cap);
	ask_number(j->asked, "margin", &p.margin);
	for (int i = 0; i < EX_RETAIN_COUNT; i++) {
		double h = (double)(p.term_ms[i] / HOUR_MS);

		ask_number(
		    terms, ex_retention_word((enum ex_retention_class)i), &h);
		p.term_ms[i] = (int64_t)h * HOUR_MS;
	}
	p.at_ms = j->now_ms;
	*p.approved = '\0';
	snprintf(p.by, sizeof p.by, "%s", j->act.actor);
	return p;
}

static enum ex_status
set_terms(struct job *j, const struct ex_hub_policy *p)
{
	for (int i = 0; i < EX_RETAIN_COUNT; i++)
		j->retention.of[i].term_ms = p->term_ms[i];
	return ex_retention_check(&j->retention, &j->err);
}

static enum ex_status
propose(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct job *j = arg;
	uint8_t chance[10];
	enum ex_status status = read_both(l, j, err);

	if (status != EX_OK)
		return status;
	if (*j->proposal_id) {
		j->what = OTHER_THERE;
		return EX_OK;
	}
	j->proposal = asked(j);
	if (set_terms(j, &j->proposal) != EX_OK) {
		j->what = NOT_TERMS;
		return EX_OK;
	}
	status = ex_random(chance, sizeof chance);
	if (status != EX_OK)
		return ex_fail(err, status, "proposal", NULL);
	ex_ulid_make(j->now_ms, chance, j->proposal_id);
	status = drop_all(l, err);
	if (status == EX_OK)
		status = keep(l, kind, j->proposal_id, &j->proposal, err);
	if (status == EX_OK)
		status =
		    record(l, j, EX_ACTION_POLICY_PROPOSE, &j->proposal, err);
	return status;
}

static bool
is_meant(struct job *j)
{
	if (strcmp(j->proposal_id, j->id) == 0)
		return true;
	j->what = NONE_THERE;
	return false;
}

/* Was `actor` made, or given a password, by `other`? Who is gone was not. */
static enum ex_status
is_made_by(struct ex_ledger *l, const char *actor, const char *other,
    bool *made, struct ex_error *err)
{
	const char *name = strchr(actor, ':');
	struct ex_user u;
	enum ex_status status = ex_user_get(l, name ? name + 1 : "", &u, err);

	*made = *made || (status == EX_OK && strcmp(u.by, other) == 0);
	ex_wipe(&u, sizeof u);
	return status == EX_ERR_NOT_FOUND ? EX_OK : status;
}

/* (P1) */
static enum ex_status
check_two(struct ex_ledger *l, struct job *j, struct ex_error *err)
{
	const char *pair[] = { j->proposal.by, j->act.actor };
	bool made = false;
	enum ex_status status = EX_OK;

	for (int i = 0; i < 2 && status == EX_OK; i++)
		status = is_made_by(l, pair[i], pair[1 - i], &made, err);
	if (!ex_proposal_other(&j->proposal, pair[1]))
		j->what = SAME_PERSON;
	else if (made)
		j->what = MADE_BY_OTHER;
	return status;
}

static enum ex_status
approve(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct job *j = arg;
	char key[16];
	struct ex_hub_policy next;
	enum ex_status status = read_both(l, j, err);

	if (status != EX_OK || !is_meant(j))
		return status;
	status = check_two(l, j, err);
	if (status != EX_OK || j->what != DONE)
		return status;
	next = j->proposal;
	next.version = j->policy.version + 1;
	next.at_ms = j->now_ms;
	snprintf(next.approved, sizeof next.approved, "%s", j->act.actor);
	snprintf(key, sizeof key, "%08u", next.version);
	if (set_terms(j, &next) != EX_OK) {
		j->what = NOT_TERMS;
		return EX_OK;
	}
	status = keep(l, "policy", key, &next, err);
	if (status == EX_OK)
		status = drop_all(l, err);
	if (status == EX_OK)
		status = record(l, j, EX_ACTION_POLICY_APPROVE, &next, err);
	j->policy = next;
	*j->proposal_id = '\0';
	return status;
}

static enum ex_status
reject(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct job *j = arg;
	enum ex_status status = read_both(l, j, err);

	if (status != EX_OK || !is_meant(j))
		return status;
	status = drop_all(l, err);
	if (status == EX_OK)
		status = ex_audit_append(l, &j->act, EX_ACTION_POLICY_REJECT,
		    j->proposal_id, "", err);
	return status;
}

/* Run it, and say what came of it; true where it is done. */
static bool
change(struct ex_hub *h, ex_hub_work *fn, struct job *j, struct ex_reply *r)
{
	struct ex_error err = { 0 };
	json_t *event;

	if (!ex_reply_unless(r, ex_hub_write(h, fn, j, &err), &err))
		return false;
	switch (j->what) {
	case SAME_PERSON:
		ex_reply_problem(r, 403, "Two people are needed",
		    "who proposed a policy cannot approve it");
		return false;
	case MADE_BY_OTHER:
		ex_reply_problem(r, 403, "Two people are needed",
		    "one of the two gave the other their password");
		return false;
	case OTHER_THERE:
		ex_reply_problem(r, 409, "There is a proposal already",
		    "approve or reject it first");
		return false;
	case NONE_THERE:
		ex_reply_problem(r, 404, "No such proposal",
		    "it was approved, rejected, or is over seven days old");
		return false;
	case NOT_TERMS:
		ex_reply_problem(r, 400, "The terms do not go together",
		    "%s %s", j->err.what, j->err.why);
		return false;
	case DONE:
		break;
	}
	event = json_object();
	if (event)
		ex_hub_tell(
		    h, EX_ROLE_PEOPLE | EX_ROLE_LANE, NULL, "policy", event);
	json_decref(event);
	return true;
}

void
ex_h_proposals_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct job j = job_of(h, q, EX_ACTION_POLICY_PROPOSE);

	if (change(h, propose, &j, r))
		ex_reply_json(r, proposal_json(&j));
}

void
ex_h_proposals_approve(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct job j = job_of(h, q, EX_ACTION_POLICY_APPROVE);

	if (!change(h, approve, &j, r))
		return;
	ex_hub_retention_set(h, &j.retention);
	ex_reply_json(r, both_json(&j));
}

void
ex_h_proposals_delete(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct job j = job_of(h, q, EX_ACTION_POLICY_REJECT);

	change(h, reject, &j, r);
}
