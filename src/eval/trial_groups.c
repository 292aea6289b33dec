/* SPDX-License-Identifier: Apache-2.0 */
/* Groups of the people in a trial, from a CSV file. */
#include "eval_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)64 << 20)

/* Pictures by their person's name. */
struct named {
	const char *name;
	size_t size;
	uint32_t picture;
};

struct sorting {
	struct ex_csv csv;
	const struct ex_trial_list *list;
	struct ex_trial_groups *groups;
	struct named *named;
	struct ex_error *err;
};

static struct named
name_of(const struct ex_trial_list *l, uint32_t picture)
{
	const char *path = l->pictures[picture].path;
	const char *slash = strrchr(path, '/');
	struct named n = { .name = path, .picture = picture };

	if (l->named) {
		n.size = strcspn(path, "/");
		return n;
	}
	if (slash)
		n.name = slash + 1;
	n.size = strcspn(n.name, "_.");
	return n;
}

static int
by_name(const void *a, const void *b)
{
	const struct named *x = a, *y = b;
	size_t n = x->size < y->size ? x->size : y->size;
	int order = memcmp(x->name, y->name, n);

	return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* Index of the word in its grouping, new if need be; NO_GROUP: no room. */
static uint8_t
word_index(struct ex_trial_grouping *g, const char *word)
{
	for (size_t i = 0; i < g->n_words; i++)
		if (strcmp(g->words[i], word) == 0)
			return (uint8_t)i;
	if (g->n_words == EX_TRIAL_MAX_GROUPS)
		return EX_TRIAL_NO_GROUP;
	snprintf(g->words[g->n_words], sizeof g->words[0], "%s", word);
	return (uint8_t)g->n_words++;
}

static bool
is_age(const char *name)
{
	size_t n = strlen(name);

	return n >= 3 && strcmp(name + n - 3, "age") == 0;
}

/* "34" is "30 to 39"; what is no age, such as "NA", stays as it is. */
static void
to_decade(char word[static 64])
{
	char *end;
	long years = strtol(word, &end, 10);

	if (word[0] < '0' || word[0] > '9' || years > 150 ||
	    end[strspn(end, ".0123456789")] != '\0')
		return;
	snprintf(word, 64, "%ld to %ld", years / 10 * 10, years / 10 * 10 + 9);
}

static enum ex_status
take_word(struct sorting *s, size_t column, uint8_t *out)
{
	struct ex_trial_grouping *g = &s->groups->items[column - 1];
	const char *text = s->csv.column[column];
	char word[64];

	*out = EX_TRIAL_NO_GROUP;
	if (text[0] == '\0')
		return EX_OK;
	if (strlen(text) >= sizeof word)
		return ex_csv_fail(&s->csv, s->err, g->name, "is too long");
	snprintf(word, sizeof word, "%s", text);
	if (is_age(g->name))
		to_decade(word);
	*out = word_index(g, word);
	if (*out == EX_TRIAL_NO_GROUP)
		return ex_csv_fail(&s->csv, s->err, g->name, "too many groups");
	return EX_OK;
}

static void
put(const struct sorting *s, uint32_t picture,
    const uint8_t word[static EX_TRIAL_MAX_GROUPINGS])
{
	for (size_t k = 0; k < s->groups->n; k++)
		s->groups->items[k].of[picture] = word[k];
}

/* The picture of that path, else all of the person of that name. */
static bool
put_key(const struct sorting *s, const char *key,
    const uint8_t word[static EX_TRIAL_MAX_GROUPINGS])
{
	const struct ex_trial_list *l = s->list;
	const struct named want = { .name = key, .size = strlen(key) };
	const struct ex_trial_picture *exact = ex_trial_picture_find(l, key);
	size_t low = 0, high = l->n_pictures, at;

	if (exact) {
		put(s, (uint32_t)(exact - l->pictures), word);
		return true;
	}
	while (low < high) {
		at = (low + high) / 2;
		if (by_name(&s->named[at], &want) < 0)
			low = at + 1;
		else
			high = at;
	}
	for (at = low; at < l->n_pictures && by_name(&s->named[at], &want) == 0;
	     at++)
		put(s, s->named[at].picture, word);
	return at > low;
}

static enum ex_status
take_line(struct sorting *s)
{
	uint8_t word[EX_TRIAL_MAX_GROUPINGS];
	enum ex_status status = EX_OK;

	if (s->csv.n_columns != s->groups->n + 1)
		return ex_fail(s->err, EX_ERR_FORMAT, s->csv.path,
		    "line %u: %zu fields where the header has %zu", s->csv.line,
		    s->csv.n_columns, s->groups->n + 1);
	for (size_t k = 1; k < s->csv.n_columns && status == EX_OK; k++)
		status = take_word(s, k, &word[k - 1]);
	if (status == EX_OK && !put_key(s, s->csv.column[0], word))
		s->groups->strangers++;
	return status;
}

static enum ex_status
take_header(struct sorting *s)
{
	struct ex_trial_groups *g = s->groups;
	size_t n = s->list->n_pictures;

	if (s->csv.n_columns < 2 ||
	    s->csv.n_columns > EX_TRIAL_MAX_GROUPINGS + 1)
		return ex_fail(s->err, EX_ERR_FORMAT, s->csv.path,
		    "line %u: the header must have a name and 1 to %d "
		    "groupings",
		    s->csv.line, EX_TRIAL_MAX_GROUPINGS);
	for (size_t k = 1; k < s->csv.n_columns; k++) {
		struct ex_trial_grouping *item = &g->items[k - 1];

		if (!s->csv.column[k][0] ||
		    strlen(s->csv.column[k]) >= sizeof item->name)
			return ex_fail(s->err, EX_ERR_FORMAT, s->csv.path,
			    "line %u: a grouping's name is empty or too long",
			    s->csv.line);
		snprintf(item->name, sizeof item->name, "%s", s->csv.column[k]);
		item->of = ex_calloc(n, 1);
		g->n = k;
		if (!item->of)
			return ex_fail(s->err, EX_ERR_NOMEM, s->csv.path, NULL);
		memset(item->of, EX_TRIAL_NO_GROUP, n);
	}
	return EX_OK;
}

static int
by_word(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Groups in the order of their words, not of the file. */
static void
order_words(struct ex_trial_grouping *g, size_t n_pictures)
{
	char before[EX_TRIAL_MAX_GROUPS][64];

	memcpy(before, g->words, sizeof before);
	qsort(g->words, g->n_words, sizeof g->words[0], by_word);
	for (size_t i = 0; i < n_pictures; i++)
		if (g->of[i] != EX_TRIAL_NO_GROUP)
			g->of[i] = word_index(g, before[g->of[i]]);
}

static enum ex_status
sort_all(struct sorting *s)
{
	size_t n = s->list->n_pictures;
	enum ex_status status;

	for (uint32_t i = 0; i < n; i++)
		s->named[i] = name_of(s->list, i);
	qsort(s->named, n, sizeof *s->named, by_name);
	status = ex_csv_next(&s->csv, s->err);
	if (status == EX_NO)
		return ex_fail(
		    s->err, EX_ERR_FORMAT, s->csv.path, "the file is empty");
	if (status == EX_OK)
		status = take_header(s);
	while (
	    status == EX_OK && (status = ex_csv_next(&s->csv, s->err)) == EX_OK)
		status = take_line(s);
	if (status != EX_NO)
		return status;
	for (size_t k = 0; k < s->groups->n; k++)
		order_words(&s->groups->items[k], n);
	return EX_OK;
}

enum ex_status
ex_trial_groups_parse(const char *name, struct ex_bytes text,
    const struct ex_trial_list *l, struct ex_trial_groups **out,
    struct ex_error *err)
{
	struct sorting *s = ex_calloc(1, sizeof *s);
	struct ex_trial_groups *g = ex_calloc(1, sizeof *g);
	struct named *named = ex_calloc(l->n_pictures, sizeof *named);
	enum ex_status status = EX_ERR_NOMEM;

	*out = NULL;
	if (!s || !g || !named) {
		ex_fail(err, status, name, NULL);
		goto out;
	}
	s->csv.path = name;
	s->csv.in = text;
	s->list = l;
	s->groups = g;
	s->named = named;
	s->err = err;
	status = sort_all(s);
	if (status == EX_OK) {
		*out = g;
		g = NULL;
	}
out:
	free(s);
	free(named);
	ex_trial_groups_free(&g);
	return status;
}

enum ex_status
ex_trial_groups_read(const char *path, const struct ex_trial_list *l,
    struct ex_trial_groups **out, struct ex_error *err)
{
	struct ex_blob text;
	enum ex_status status = ex_file_read(path, MAX_FILE, &text, err);

	*out = NULL;
	if (status == EX_OK)
		status = ex_trial_groups_parse(
		    path, ex_blob_bytes(&text), l, out, err);
	ex_blob_free(&text);
	return status;
}

void
ex_trial_groups_free(struct ex_trial_groups **g)
{
	if (!*g)
		return;
	for (size_t k = 0; k < (*g)->n; k++)
		free((*g)->items[k].of);
	free(*g);
	*g = NULL;
}
