/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of pairs: LFW's pairs.txt, and CSV; and who is who in them. */
#include "eval_internal.h"

#include <stdlib.h>
#include <string.h>

#define MAX_FILE ((size_t)64 << 20)
#define MAX_TEXT ((size_t)512 << 20) /* paths, each as often as it is named */
#define MAX_NAME 200
#define MAX_TURN 99999 /* number of a picture in LFW */

/* A line of the file. */
struct mention {
	const char *path[2];
	unsigned line;
	bool same;
};

struct reading {
	struct ex_csv csv;
	struct ex_trial_list *list;
	struct mention *mentions;
	size_t n, room;
	uint32_t *parent; /* of a picture: union-find */
	struct ex_error *err;
};

static enum ex_status
refuse(const struct reading *r, enum ex_status status, const char *why)
{
	return ex_fail(
	    r->err, status, r->csv.path, "line %u: %s", r->csv.line, why);
}

static enum ex_status
no_memory(const struct reading *r)
{
	return ex_fail(r->err, EX_ERR_NOMEM, r->csv.path, NULL);
}

static enum ex_status
make_room(struct reading *r)
{
	size_t room = r->room ? r->room * 2 : 1024;
	struct mention *more;

	if (r->n < r->room)
		return EX_OK;
	if (r->n >= EX_TRIAL_MAX_PAIRS)
		return refuse(r, EX_ERR_TOO_LARGE, "too many pairs");
	more = ex_calloc(room, sizeof *more);
	if (!more)
		return no_memory(r);
	if (r->n)
		memcpy(more, r->mentions, r->n * sizeof *more);
	free(r->mentions);
	r->mentions = more;
	r->room = room;
	return EX_OK;
}

static enum ex_status
add(struct reading *r, const char *a, const char *b, bool same)
{
	const char *path[2] = { a, b };
	struct mention *m;
	enum ex_status status = make_room(r);

	if (status != EX_OK)
		return status;
	m = &r->mentions[r->n];
	m->line = r->csv.line;
	m->same = same;
	if (strcmp(a, b) == 0)
		return refuse(r, EX_ERR_FORMAT, "a picture with itself");
	for (int i = 0; i < 2; i++) {
		if (!path[i][0] || !ex_path_plain(path[i]))
			return refuse(r, EX_ERR_PATH,
			    "a path is absolute, empty or leads out");
		m->path[i] = ex_arena_strdup(r->list->text, path[i]);
		if (!m->path[i])
			return no_memory(r);
	}
	r->n++;
	return EX_OK;
}

/* ---- LFW ----------------------------------------------------------------- */

/* A whole number of at most five digits. */
static bool
whole(const char *text, unsigned long least, unsigned long *out)
{
	size_t n = strlen(text);

	if (n == 0 || n > 5 || text[strspn(text, "0123456789")] != '\0')
		return false;
	*out = strtoul(text, NULL, 10);
	return *out >= least;
}

static enum ex_status
lfw_path(struct reading *r, const char *name, const char *turn,
    char path[static 2 * MAX_NAME + 16])
{
	unsigned long number;
	size_t n = strlen(name);

	if (n == 0 || n > MAX_NAME || strchr(name, '/'))
		return refuse(r, EX_ERR_FORMAT,
		    "a name is empty, too long or "
		    "a path");
	if (!whole(turn, 1, &number) || number > MAX_TURN)
		return refuse(
		    r, EX_ERR_FORMAT, "a picture's number is none from 1");
	snprintf(
	    path, 2 * MAX_NAME + 16, "%s/%s_%04lu.jpg", name, name, number);
	return EX_OK;
}

static enum ex_status
lfw_line(struct reading *r)
{
	char a[2 * MAX_NAME + 16], b[2 * MAX_NAME + 16];
	char *const *c = r->csv.column;
	bool same = r->csv.n_columns == 3;
	enum ex_status status;

	if (!same && r->csv.n_columns != 4)
		return refuse(
		    r, EX_ERR_FORMAT, "neither 3 fields (genuine) nor 4");
	if (!same && strcmp(c[0], c[2]) == 0)
		return refuse(
		    r, EX_ERR_FORMAT, "one name twice where two are wanted");
	status = lfw_path(r, c[0], c[1], a);
	if (status == EX_OK)
		status = lfw_path(r, same ? c[0] : c[2], c[same ? 2 : 3], b);
	return status == EX_OK ? add(r, a, b, same) : status;
}

/* "10 300": ten times 300 genuine pairs and 300 others; "300": once. */
static enum ex_status
read_lfw(struct reading *r)
{
	unsigned long folds = 1, each = 0, genuine = 0, wanted;
	enum ex_status status;

	if (r->csv.n_columns > 2 ||
	    !whole(r->csv.column[r->csv.n_columns - 1], 1, &each) ||
	    (r->csv.n_columns == 2 && !whole(r->csv.column[0], 1, &folds)))
		return refuse(r, EX_ERR_FORMAT,
		    "neither 'a,b,same' nor the counts of LFW's pairs.txt");
	wanted = folds * each;
	while ((status = ex_csv_next(&r->csv, r->err)) == EX_OK &&
	       (status = lfw_line(r)) == EX_OK)
		genuine += r->mentions[r->n - 1].same;
	if (status != EX_NO)
		return status;
	if (genuine != wanted || r->n - genuine != wanted)
		return ex_fail(r->err, EX_ERR_FORMAT, r->csv.path,
		    "%lu genuine pairs and %zu others where line 1 says %lu "
		    "each",
		    genuine, r->n - genuine, wanted);
	r->list->named = true;
	return EX_OK;
}

/* ---- CSV ----------------------------------------------------------------- */

static enum ex_status
csv_line(struct reading *r)
{
	char *const *c = r->csv.column;

	if (r->csv.n_columns != 3)
		return refuse(r, EX_ERR_FORMAT, "not three fields");
	if (strcmp(c[2], "0") != 0 && strcmp(c[2], "1") != 0)
		return ex_csv_fail(&r->csv, r->err, "same", "neither 0 nor 1");
	return add(r, c[0], c[1], c[2][0] == '1');
}

static enum ex_status
read_csv(struct reading *r)
{
	enum ex_status status;

	while ((status = ex_csv_next(&r->csv, r->err)) == EX_OK &&
	       (status = csv_line(r)) == EX_OK)
		;
	return status == EX_NO ? EX_OK : status;
}

static bool
is_csv(const struct ex_csv *c)
{
	return c->n_columns == 3 && strcmp(c->column[0], "a") == 0 &&
	       strcmp(c->column[1], "b") == 0 &&
	       strcmp(c->column[2], "same") == 0;
}

/* LFW divides its fields by tabs, others who use its form by blanks. */
static bool
use_commas(struct ex_bytes text, struct ex_blob *out)
{
	out->data = ex_calloc(text.size + 1, 1);
	out->size = text.size;
	for (size_t i = 0; out->data && i < text.size; i++) {
		uint8_t c = text.data[i];

		out->data[i] = c == '\t' || c == ' ' ? ',' : c;
	}
	return out->data;
}

static enum ex_status
read_lines(struct reading *r, struct ex_bytes text)
{
	struct ex_blob commas = { 0 };
	bool lfw = text.size && text.data[0] >= '0' && text.data[0] <= '9';
	enum ex_status status;

	if (lfw && !use_commas(text, &commas))
		return no_memory(r);
	r->csv.in = lfw ? ex_blob_bytes(&commas) : text;
	status = ex_csv_next(&r->csv, r->err);
	if (status == EX_NO)
		status = refuse(r, EX_ERR_FORMAT, "the file is empty");
	else if (status == EX_OK)
		status = is_csv(&r->csv) ? read_csv(r) : read_lfw(r);
	ex_blob_free(&commas);
	return status;
}

/* ---- who is who ---------------------------------------------------------- */

static int
by_path(const void *a, const void *b)
{
	return strcmp(((const struct ex_trial_picture *)a)->path,
	    ((const struct ex_trial_picture *)b)->path);
}

const struct ex_trial_picture *
ex_trial_picture_find(const struct ex_trial_list *l, const char *path)
{
	const struct ex_trial_picture key = { .path = path };

	return bsearch(&key, l->pictures, l->n_pictures, sizeof key, by_path);
}

static uint32_t
picture_of(const struct ex_trial_list *l, const char *path)
{
	return (uint32_t)(ex_trial_picture_find(l, path) - l->pictures);
}

static enum ex_status
number_pictures(struct reading *r)
{
	struct ex_trial_list *l = r->list;
	size_t n = 0;

	l->pictures = ex_calloc(2 * r->n, sizeof *l->pictures);
	l->pairs = ex_calloc(r->n, sizeof *l->pairs);
	if (!l->pictures || !l->pairs)
		return no_memory(r);
	for (size_t i = 0; i < 2 * r->n; i++)
		l->pictures[i].path = r->mentions[i / 2].path[i % 2];
	qsort(l->pictures, 2 * r->n, sizeof *l->pictures, by_path);
	for (size_t i = 0; i < 2 * r->n; i++)
		if (n == 0 ||
		    strcmp(l->pictures[i].path, l->pictures[n - 1].path) != 0)
			l->pictures[n++] = l->pictures[i];
	l->n_pictures = n;
	l->n_pairs = r->n;
	for (size_t i = 0; i < r->n; i++)
		l->pairs[i] = (struct ex_trial_pair){
			picture_of(l, r->mentions[i].path[0]),
			picture_of(l, r->mentions[i].path[1]),
			r->mentions[i].same,
		};
	return EX_OK;
}

static uint32_t
root_of(uint32_t *parent, uint32_t i)
{
	while (parent[i] != i)
		i = parent[i] = parent[parent[i]];
	return i;
}

static void
join(uint32_t *parent, uint32_t a, uint32_t b)
{
	a = root_of(parent, a);
	b = root_of(parent, b);
	parent[a > b ? a : b] = a > b ? b : a;
}

static bool
same_folder(const char *a, const char *b)
{
	size_t n = strcspn(a, "/");

	return n == strcspn(b, "/") && memcmp(a, b, n) == 0;
}

static enum ex_status
number_people(struct reading *r)
{
	struct ex_trial_list *l = r->list;
	uint32_t *parent;

	r->parent = parent = ex_calloc(l->n_pictures, sizeof *parent);
	if (!parent)
		return no_memory(r);
	for (uint32_t i = 0; i < l->n_pictures; i++)
		parent[i] = i;
	for (size_t i = 0; i < l->n_pairs; i++)
		if (l->pairs[i].same)
			join(parent, l->pairs[i].a, l->pairs[i].b);
	/* Sorted: the pictures of a folder lie together. */
	for (uint32_t i = 1; l->named && i < l->n_pictures; i++)
		if (same_folder(l->pictures[i - 1].path, l->pictures[i].path))
			join(parent, i - 1, i);
	/* The root of a component is its first picture. */
	for (uint32_t i = 0; i < l->n_pictures; i++) {
		uint32_t root = root_of(parent, i);

		l->pictures[i].person = root == i ? (uint32_t)l->n_people++
						  : l->pictures[root].person;
	}
	for (size_t i = 0; i < l->n_pairs; i++)
		if (!l->pairs[i].same && l->pictures[l->pairs[i].a].person ==
					     l->pictures[l->pairs[i].b].person)
			return ex_fail(r->err, EX_ERR_FORMAT, r->csv.path,
			    "line %u: different people, but other lines make "
			    "them one",
			    r->mentions[i].line);
	return EX_OK;
}

enum ex_status
ex_trial_list_parse(const char *name, struct ex_bytes text,
    struct ex_trial_list **out, struct ex_error *err)
{
	struct reading *r = ex_calloc(1, sizeof *r);
	struct ex_trial_list *l = ex_calloc(1, sizeof *l);
	enum ex_status status = EX_ERR_NOMEM;

	*out = NULL;
	if (l)
		l->text = ex_arena_new(MAX_TEXT);
	if (!r || !l || !l->text) {
		ex_fail(err, status, name, NULL);
		goto out;
	}
	r->csv.path = name;
	r->list = l;
	r->err = err;
	status = read_lines(r, text);
	if (status == EX_OK && r->n == 0)
		status = ex_fail(err, EX_ERR_FORMAT, name, "holds no pairs");
	if (status == EX_OK)
		status = number_pictures(r);
	if (status == EX_OK)
		status = number_people(r);
	if (status == EX_OK) {
		*out = l;
		l = NULL;
	}
out:
	if (r) {
		free(r->mentions);
		free(r->parent);
	}
	free(r);
	ex_trial_list_free(&l);
	return status;
}

enum ex_status
ex_trial_list_read(
    const char *path, struct ex_trial_list **out, struct ex_error *err)
{
	struct ex_blob text;
	enum ex_status status = ex_file_read(path, MAX_FILE, &text, err);

	*out = NULL;
	if (status == EX_OK)
		status =
		    ex_trial_list_parse(path, ex_blob_bytes(&text), out, err);
	ex_blob_free(&text);
	return status;
}

void
ex_trial_list_free(struct ex_trial_list **l)
{
	if (!*l)
		return;
	free((*l)->pictures);
	free((*l)->pairs);
	ex_arena_free(&(*l)->text);
	free(*l);
	*l = NULL;
}
