/* SPDX-License-Identifier: Apache-2.0 */
#include "quality.h"

#include <math.h>

/* What is not a number is null in JSON. */
static json_t *
json_of_native(float v)
{
	return isfinite(v) ? json_real((double)v) : json_null();
}

enum ex_status
quality_json(const struct quality_line *q)
{
	const struct ex_face_components *c = q->components;
	json_t *list = json_object();

	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		json_object_set_new(list, ex_face_component_words[i].word,
		    json_pack("{s:o,s:i}", "native",
			json_of_native(c->native[i]), "score", c->score[i]));
	return cli_print(
	    json_pack("{s:s,s:I,s:o,s:i,s:s,s:s,s:o}", "image", q->image,
		"faces", (json_int_t)q->faces, "box", cli_json_box(q->box),
		"unified", c->unified, "cause", ex_cause_word(c->cause),
		"limit", ex_cause_word(c->limit), "components", list));
}

#define BAR 20

static void
print_bar(int score)
{
	const int full = (score * BAR + 50) / 100;

	for (int i = 0; i < BAR; i++)
		putchar(i < full ? '#' : '.');
}

static void
print_component(
    const struct ex_face_component_words *w, float native, int score)
{
	char name[32];

	snprintf(name, sizeof name, "%s", w->word);
	for (char *p = name; *p; p++)
		if (*p == '_')
			*p = ' ';
	printf("  %-25s %3d ", name, score);
	print_bar(score);
	if (isfinite(native))
		printf(" %8.3g %s\n", (double)native, w->unit);
	else
		printf(" %8s\n", "-");
}

void
quality_sheet(const struct quality_line *q)
{
	const struct ex_face_components *c = q->components;

	printf("%s: ", q->image);
	if (q->faces > 1)
		printf("the largest of %zu faces, ", q->faces);
	printf("quality %d", c->unified);
	if (c->limit != EX_CAUSE_NONE)
		printf(", limited by %s%s", ex_cause_word(c->limit),
		    c->cause == EX_CAUSE_NONE ? " (good enough)" : "");
	putchar('\n');
	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		print_component(
		    &ex_face_component_words[i], c->native[i], c->score[i]);
}

void
quality_heading(void)
{
	printf("quality limit   ");
	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		printf(" %3s", ex_face_component_words[i].heading);
	printf("  image\n");
}

void
quality_row(const struct quality_line *q)
{
	const struct ex_face_components *c = q->components;

	printf("%7d %-8s", c->unified, ex_cause_word(c->limit));
	for (int i = 0; i < EX_FACE_COMPONENTS; i++)
		printf(" %3d", c->score[i]);
	printf("  %s\n", q->image);
}
