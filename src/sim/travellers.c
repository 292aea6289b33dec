/* SPDX-License-Identifier: Apache-2.0 */
/* index.csv: one line a picture; lines of one id make a traveller. */
#include "sim_internal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MAX_INDEX_BYTES ((size_t)16 << 20)
#define MAX_TRAVELLERS  10000u

enum column { ID, IMAGE, SEX, AGE, APPEARANCE, YAW, COLUMNS };

static const char *const names[COLUMNS] = { "id", "image", "sex", "age",
	"appearance", "yaw_deg" };

/* Ids and picture names become paths: no slash, no leading dot. */
static bool
is_plain_name(const char *s, size_t size)
{
	size_t n = strlen(s);

	return n > 0 && n < size && s[0] != '.' &&
	       strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789._-") == n;
}

static struct traveller *
find(struct travellers *t, const char *id)
{
	/* Lines of one id stand together, so the last is the usual hit. */
	for (size_t i = t->n; i-- > 0;)
		if (strcmp(t->list[i].id, id) == 0)
			return &t->list[i];
	return NULL;
}

static enum ex_status
add(struct travellers *t, const struct ex_csv *c, const size_t at[COLUMNS],
    struct traveller **out, struct ex_error *err)
{
	const char *sex = c->column[at[SEX]], *look = c->column[at[APPEARANCE]];
	struct traveller *who;
	enum ex_status status;
	double age;

	if (!is_plain_name(c->column[at[ID]], NAME_SIZE))
		return ex_csv_fail(c, err, "id", "not a plain short name");
	status = ex_csv_number(c, at[AGE], "age", 0, 120, &age, err);
	if (status != EX_OK)
		return status;
	if (t->n == MAX_TRAVELLERS)
		return ex_csv_fail(c, err, "id", "too many travellers");
	who = &t->list[t->n++];
	memcpy(who->id, c->column[at[ID]], strlen(c->column[at[ID]]) + 1);
	who->age = (int)age;
	who->sex = strcmp(sex, "male") == 0     ? 'M'
		   : strcmp(sex, "female") == 0 ? 'F'
						: 'X';
	snprintf(
	    who->look, sizeof who->look, "%.*s", (int)strcspn(look, ";"), look);
	*out = who;
	return EX_OK;
}

static enum ex_status
add_picture(struct traveller *who, const struct ex_csv *c,
    const size_t at[COLUMNS], struct ex_error *err)
{
	const char *image = c->column[at[IMAGE]];
	struct pose *pose;
	double yaw;
	enum ex_status status;

	if (!is_plain_name(image, IMAGE_SIZE))
		return ex_csv_fail(c, err, "image", "not a plain file name");
	if (strcmp(image, "passport.jpg") == 0) {
		if (who->has_portrait)
			return ex_csv_fail(c, err, "image", "given twice");
		who->has_portrait = true;
		return EX_OK;
	}
	status = ex_csv_number(c, at[YAW], "yaw_deg", -180, 180, &yaw, err);
	if (status != EX_OK)
		return status;
	for (size_t i = 0; i < who->n_poses; i++)
		if (strcmp(who->poses[i].image, image) == 0)
			return ex_csv_fail(c, err, "image", "given twice");
	if (who->n_poses == MAX_POSES)
		return ex_csv_fail(c, err, "image", "too many poses");
	pose = &who->poses[who->n_poses++];
	memcpy(pose->image, image, strlen(image) + 1);
	pose->yaw_deg = yaw;
	return EX_OK;
}

static enum ex_status
read_lines(struct travellers *t, struct ex_csv *c, struct ex_error *err)
{
	size_t at[COLUMNS], n_columns;
	enum ex_status status = ex_csv_next(c, err);

	if (status == EX_NO)
		return ex_fail(err, EX_ERR_FORMAT, c->path, "empty");
	for (int i = 0; i < COLUMNS && status == EX_OK; i++)
		status = ex_csv_column(c, names[i], &at[i], err);
	n_columns = c->n_columns;
	while (status == EX_OK && (status = ex_csv_next(c, err)) == EX_OK) {
		struct traveller *who;

		if (c->n_columns != n_columns)
			return ex_fail(err, EX_ERR_FORMAT, c->path,
			    "line %u: %zu columns where the header has %zu",
			    c->line, c->n_columns, n_columns);
		who = find(t, c->column[at[ID]]);
		if (!who)
			status = add(t, c, at, &who, err);
		if (status == EX_OK)
			status = add_picture(who, c, at, err);
	}
	return status == EX_NO ? EX_OK : status;
}

static enum ex_status
check_complete(
    const struct travellers *t, const char *path, struct ex_error *err)
{
	if (t->n == 0)
		return ex_fail(err, EX_ERR_FORMAT, path, "no traveller");
	for (size_t i = 0; i < t->n; i++)
		if (!t->list[i].has_portrait || t->list[i].n_poses == 0)
			return ex_fail(err, EX_ERR_FORMAT, path,
			    "id '%s' has no %s", t->list[i].id,
			    t->list[i].has_portrait ? "pose" : "passport.jpg");
	return EX_OK;
}

static enum ex_status
read_index(struct travellers *t, const char *path, struct ex_error *err)
{
	struct ex_blob blob;
	struct ex_csv *c = ex_calloc(1, sizeof *c);
	enum ex_status status;

	t->list = ex_calloc(MAX_TRAVELLERS, sizeof *t->list);
	if (!c || !t->list) {
		free(c);
		return ex_fail(err, EX_ERR_NOMEM, path, NULL);
	}
	status = ex_file_read(path, MAX_INDEX_BYTES, &blob, err);
	if (status == EX_OK) {
		c->path = path;
		c->in = ex_blob_bytes(&blob);
		status = read_lines(t, c, err);
	}
	if (status == EX_OK)
		status = check_complete(t, path, err);
	ex_blob_free(&blob);
	free(c);
	return status;
}

enum ex_status
ex_sim_travellers_read(const char *dir, const char *lookalikes,
    struct travellers *out, struct ex_error *err)
{
	char *index = ex_path_join(dir, "index.csv");
	char *beside = ex_path_join(dir, "lookalikes.csv");
	enum ex_status status = EX_ERR_NOMEM;

	*out = (struct travellers){ .dir = dir };
	if (!index || !beside) {
		ex_fail(err, EX_ERR_NOMEM, dir, NULL);
		goto out;
	}
	status = read_index(out, index, err);
	if (status != EX_OK)
		goto out;
	if (!lookalikes && access(beside, F_OK) == 0)
		lookalikes = beside;
	status = lookalikes ? ex_sim_pairs_read(out, lookalikes, err)
			    : ex_sim_pairs_guess(out, err);
out:
	free(index);
	free(beside);
	if (status != EX_OK)
		ex_sim_travellers_fini(out);
	return status;
}

void
ex_sim_travellers_fini(struct travellers *t)
{
	free(t->list);
	free(t->pairs);
	*t = (struct travellers){ 0 };
}

bool
ex_sim_travellers_alike(const struct travellers *t, size_t a, size_t b)
{
	for (size_t i = 0; i < t->n_pairs; i++)
		if ((t->pairs[i].a == a && t->pairs[i].b == b) ||
		    (t->pairs[i].a == b && t->pairs[i].b == a))
			return true;
	return false;
}
