/* SPDX-License-Identifier: Apache-2.0 */
#include "pairs.h"

#include "enrol.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/eval.h"
#include "exeunt/match.h"

struct trial {
	struct cli *c;
	const struct pairs_options *o;
	struct ex_trial_list *list;
	struct ex_trial_groups *groups;
	struct photo *photos; /* of the list's pictures */
	struct ex_comparison *comparisons;
	uint8_t *group; /* of each comparison, for one grouping at a time */
	struct ex_trial_share *shares;
	struct ex_trial_result result;
	struct ex_calibration *calibration;
	double threshold;
};

static enum ex_status
said(enum ex_status status, struct ex_error *err, const char *what)
{
	if (err->status == EX_OK)
		ex_fail(err, status, what, NULL);
	return cli_error(err);
}

static void
trial_fini(struct trial *t)
{
	for (size_t i = 0; t->photos && i < t->list->n_pictures; i++) {
		photo_wipe(&t->photos[i]);
		free(t->photos[i].path);
	}
	free(t->photos);
	free(t->comparisons);
	free(t->group);
	free(t->shares);
	ex_calibration_free(&t->calibration);
	ex_trial_groups_free(&t->groups);
	ex_trial_list_free(&t->list);
}

/* ---- templates ----------------------------------------------------------- */

/* A link that leads out of the root is a picture that cannot be had. */
static enum ex_status
find_photos(struct trial *t, struct ex_error *err)
{
	size_t n = t->list->n_pictures;
	enum ex_status status = EX_OK;

	t->photos = ex_calloc(n, sizeof *t->photos);
	if (!t->photos)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < n && status != EX_ERR_NOMEM; i++)
		status = t->photos[i].status = ex_path_within(t->o->root,
		    t->list->pictures[i].path, &t->photos[i].path, err);
	return status == EX_ERR_NOMEM ? status : EX_OK;
}

static void
tell_problems(const struct trial *t)
{
	for (size_t i = 0; i < t->list->n_pictures; i++) {
		struct ex_error err;

		if (t->photos[i].status == EX_OK)
			continue;
		ex_fail(
		    &err, t->photos[i].status, t->list->pictures[i].path, NULL);
		cli_problem(t->c, &err);
	}
}

static enum ex_status
check_recipe(const struct trial *t, const struct ex_face_models *m)
{
	struct ex_error err;

	if (!t->calibration || ex_calibration_fits(t->calibration,
				   ex_face_recipe(m), &err) == EX_OK)
		return EX_OK;
	return cli_error(&err);
}

static enum ex_status
enrol_photos(struct trial *t)
{
	struct ex_face_models *models = NULL;
	struct ex_error err = { 0 };
	enum ex_status status = cli_models(t->c, &models);

	if (status != EX_OK)
		return status;
	status = check_recipe(t, models);
	if (status == EX_OK) {
		status = find_photos(t, &err);
		if (status == EX_OK)
			status = enrol_all(
			    t->c, models, t->photos, t->list->n_pictures);
		if (status != EX_OK && status != EX_ERR_INTERRUPTED)
			said(status, &(struct ex_error){ 0 }, "pairs");
	}
	if (status == EX_OK)
		tell_problems(t);
	ex_face_models_free(&models);
	return status;
}

/* ---- comparisons --------------------------------------------------------- */

static struct ex_comparison
compare(const struct trial *t, const struct ex_trial_pair *pair)
{
	const struct photo *a = &t->photos[pair->a], *b = &t->photos[pair->b];
	struct ex_comparison c = {
		.people = { t->list->pictures[pair->a].person,
		    t->list->pictures[pair->b].person },
		.similarity = NAN,
		.quality = -1,
	};

	if (!a->found || !b->found)
		return c;
	c.similarity = ex_template_similarity(&a->template, &b->template);
	c.quality = a->quality < b->quality ? a->quality : b->quality;
	return c;
}

static enum ex_status
judge(struct trial *t, struct ex_error *err)
{
	size_t n = t->list->n_pairs, lost = 0;
	enum ex_status status;

	t->comparisons = ex_calloc(n, sizeof *t->comparisons);
	if (!t->comparisons)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		t->comparisons[i] = compare(t, &t->list->pairs[i]);
	status = ex_trial_judge(t->comparisons, n, t->list->n_people, t->o->fmr,
	    (unsigned)t->o->resamples, t->o->seed, &t->result, err);
	for (size_t i = 0; i < t->list->n_pictures; i++)
		lost += !t->photos[i].found;
	t->result.counts.pictures = t->list->n_pictures;
	t->result.counts.not_enrolled = lost;
	return status;
}

/* ---- groups -------------------------------------------------------------- */

/* A comparison is of a group where both its pictures are. */
static enum ex_status
share_grouping(const struct trial *t, const struct ex_trial_grouping *g,
    struct ex_trial_share *out, struct ex_error *err)
{
	for (size_t i = 0; i < t->list->n_pairs; i++) {
		const struct ex_trial_pair *p = &t->list->pairs[i];

		t->group[i] = g->of[p->a] == g->of[p->b] ? g->of[p->a]
							 : EX_TRIAL_NO_GROUP;
	}
	return ex_trial_share_make(t->comparisons, t->list->n_pairs,
	    t->list->n_people, t->group, g->n_words, t->threshold,
	    (unsigned)t->o->resamples, t->o->seed, out, err);
}

static enum ex_status
share_groups(struct trial *t, struct ex_error *err)
{
	size_t n = 1;
	enum ex_status status;

	for (size_t k = 0; k < t->groups->n; k++)
		n += t->groups->items[k].n_words;
	t->shares = ex_calloc(n, sizeof *t->shares);
	t->group = ex_calloc(t->list->n_pairs, 1);
	if (!t->shares || !t->group)
		return EX_ERR_NOMEM;
	status = ex_trial_share_make(t->comparisons, t->list->n_pairs,
	    t->list->n_people, NULL, 1, t->threshold, (unsigned)t->o->resamples,
	    t->o->seed, t->shares, err);
	n = 1;
	for (size_t k = 0; k < t->groups->n && status == EX_OK; k++) {
		const struct ex_trial_grouping *g = &t->groups->items[k];

		if (g->n_words > 0)
			status = share_grouping(t, g, &t->shares[n], err);
		n += g->n_words;
	}
	return status;
}

/* ---- what comes of it ---------------------------------------------------- */

static enum ex_status
print_paper(const struct trial *t, struct ex_error *err)
{
	const struct ex_trial_paper paper = { &t->result, t->groups, t->shares,
		t->o->fmr, t->threshold };
	char *line;

	if (t->c->json) {
		line = ex_trial_json(&paper);
		if (!line)
			return EX_ERR_NOMEM;
		puts(line);
		free(line);
	} else {
		ex_trial_table(&paper, stdout);
	}
	if (!t->o->report)
		return EX_OK;
	return ex_trial_report(
	    t->o->report, "Exeunt: faces compared in pairs", &paper, err);
}

static enum ex_status
read_inputs(struct trial *t)
{
	struct ex_error err = { 0 };
	enum ex_status status = ex_trial_list_read(t->o->pairs, &t->list, &err);

	if (status == EX_OK && t->o->groups)
		status = ex_trial_groups_read(
		    t->o->groups, t->list, &t->groups, &err);
	if (status != EX_OK)
		return said(status, &err, t->o->pairs);
	if (!t->groups)
		return EX_OK;
	/* Groups are told at the threshold that a promise would have. */
	status = cli_calibration(t->c, &t->calibration);
	if (status == EX_OK) {
		status = ex_calibration_threshold(
		    t->calibration, 1, t->o->fmr, &t->threshold, &err);
		if (status != EX_OK)
			said(status, &err, "calibration");
	}
	return status;
}

enum ex_status
pairs_run(struct cli *c, const struct pairs_options *o)
{
	struct trial t = { .c = c, .o = o };
	struct ex_error err = { 0 };
	enum ex_status status = read_inputs(&t);

	if (status == EX_OK)
		status = enrol_photos(&t);
	if (status == EX_OK) {
		status = judge(&t, &err);
		if (status == EX_OK && t.groups)
			status = share_groups(&t, &err);
		if (status == EX_OK && cli_stop)
			status = EX_ERR_INTERRUPTED;
		else if (status == EX_OK)
			status = print_paper(&t, &err);
		if (status != EX_OK && status != EX_ERR_INTERRUPTED)
			said(status, &err, "pairs");
	}
	trial_fini(&t);
	return status;
}
