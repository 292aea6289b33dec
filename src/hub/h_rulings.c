/* SPDX-License-Identifier: Apache-2.0 */
/* What officers decide about an occupant. None of it refuses a traveller. */
#include "records.h"
#include "desk.h"

#include <stdlib.h>
#include <string.h>

struct job {
	struct ex_act act;
	struct ex_ruling asked, ruling;
};

static enum ex_status
rule(struct ex_ledger *l, void *arg, struct ex_error *err)
{
	struct job *j = arg;

	j->ruling = j->asked;
	return ex_ledger_rule(l, &j->act, &j->ruling, err);
}

static const char *
text(const struct ex_request *q, const char *key)
{
	const char *s = json_string_value(json_object_get(q->json, key));

	return s ? s : "";
}

static void
no(struct ex_reply *r, const char *why)
{
	ex_reply_problem(
	    r, 400, "The ruling is not as it should be", "%s", why);
}

/* What each decision must say, and must not; false: the reply says it. */
static bool
read_ruling(const struct ex_request *q, struct ex_ruling *g, struct ex_reply *r)
{
	const char *document = text(q, "document"), *undoes = text(q, "undoes");
	const char *reason = text(q, "reason");
	bool about_document, undone;

	if (!ex_ruling_from_word(text(q, "decision"), &g->kind)) {
		no(r, "decision is not a word that this call knows");
		return false;
	}
	about_document = g->kind == EX_RULING_SAME_PERSON ||
			 g->kind == EX_RULING_NOT_THIS_DOCUMENT;
	undone = g->kind == EX_RULING_UNDONE;
	g->occupant = (unsigned)strtoul(q->param[1], NULL, 10);
	g->document = ex_numbered(document, 'd', EX_MAX_DOCUMENTS);
	if (about_document != (g->document > 0) ||
	    (*document && g->document == 0))
		no(r, "document must be d1, d2 ... where the decision is about "
		      "one, and is not given otherwise");
	else if (undone != (*undoes != '\0') ||
		 (undone && strlen(undoes) != EX_ULID_SIZE - 1))
		no(r, "undoes must be the id of a ruling where it is undone, "
		      "and is not given otherwise");
	else if (strlen(reason) >= sizeof g->reason ||
		 (g->kind == EX_RULING_BY_HAND && strlen(reason) < 3))
		no(r, "reason must be of 3 to 280 bytes where somebody was "
		      "handled by hand");
	else {
		snprintf(g->reason, sizeof g->reason, "%s", reason);
		snprintf(g->undoes, sizeof g->undoes, "%s", undoes);
		return true;
	}
	return false;
}

static void
tell(struct ex_hub *h, const struct ex_ruling *g)
{
	json_t *event = json_pack("{ss si ss}", "crossing", g->crossing,
	    "occupant", (int)g->occupant, "decision", ex_ruling_word(g->kind));

	ex_desk_ruling(ex_hub_desk(h), g->kind);
	if (event)
		ex_hub_tell(h, EX_ROLE_PEOPLE, NULL, "ruling", event);
	json_decref(event);
}

void
ex_h_rulings_post(
    struct ex_hub *h, const struct ex_request *q, struct ex_reply *r)
{
	struct job j = { .act = ex_act_of(q, EX_ACTION_RULING) };
	struct ex_error err = { 0 };

	if (!read_ruling(q, &j.asked, r))
		return;
	snprintf(j.asked.crossing, sizeof j.asked.crossing, "%s", q->param[0]);
	if (ex_hub_write(h, rule, &j, &err) == EX_OK) {
		ex_reply_json(r, ex_ruling_json(&j.ruling));
		tell(h, &j.ruling);
	} else if (err.status == EX_ERR_INPUT) {
		/* What is recorded speaks against it; the reason names no
		 * person. */
		ex_reply_problem(
		    r, 409, "The ruling does not stand", "%s", err.why);
	} else {
		ex_reply_error(r, &err);
	}
}
