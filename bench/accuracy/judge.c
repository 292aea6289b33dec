/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second half of bench/accuracy: what each recipe, and each way to fuse
 * pictures, gives. Reads the structs seen of see.c on standard input.
 *
 * People are divided by chance into two halves. Thresholds are set on the
 * impostors of the first (the similarity with the promised FMR there), and
 * the FNMR and FMR that they give are told of the second: no threshold, and
 * no choice of a recipe, is made on the people it is judged by.
 */
#include "seen.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exeunt/eval.h"
#include "exeunt/match.h"

#define MAX_OF_PERSON 32
#define RESAMPLES     500
#define MOST_FUSED    6 /* of 7 photographs, one is the reference */

static const double fmrs[] = { 1e-2, 1e-3, 5e-4, 1e-4 };
#define FMRS (sizeof fmrs / sizeof *fmrs)

static const struct {
	const char *name;
	enum recipe of[2];
	int n;
} recipes[] = {
	{ "chip alone", { RECIPE_PLAIN }, 1 },
	{ "chip and mirrored chip (default)", { RECIPE_DEFAULT }, 1 },
	{ "the same, margin 0.20", { RECIPE_MARGIN_20 }, 1 },
	{ "the same, margin 0.32", { RECIPE_MARGIN_32 }, 1 },
	{ "the same, margins 0.25 and 0.32", { 0, RECIPE_MARGIN_32 }, 2 },
	{ "the same, margins 0.20 and 0.25", { 0, RECIPE_MARGIN_20 }, 2 },
	{ "landmarks of 9 boxes, 4 %", { RECIPE_JITTER_4 }, 1 },
	{ "landmarks of 9 boxes, 8 %", { RECIPE_JITTER_8 }, 1 },
	{ "default and 9 boxes, 8 %", { 0, RECIPE_JITTER_8 }, 2 },
};
#define RECIPES         (sizeof recipes / sizeof *recipes)
#define RECIPE_AS_IT_IS 1 /* the default's row */

enum fusion { EQUAL, WEIGHTED, BEST };
static const char *const fusion_names[] = { "equal", "by quality",
	"the best picture" };

struct person {
	const struct seen *pictures[MAX_OF_PERSON];
	size_t n;
	bool first_half;
};

struct set {
	struct person *people;
	size_t n;
};

struct comparisons {
	struct ex_comparison *list;
	size_t n, room;
};

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "accuracy_judge: %s\n", what);
	exit(5);
}

/* ---- templates ----------------------------------------------------------- */

static void
template_of(const struct seen *s, size_t recipe, struct ex_template *out)
{
	struct ex_template t[2];

	for (int i = 0; i < recipes[recipe].n; i++)
		t[i] = s->template[recipes[recipe].of[i]];
	ex_template_fuse(t, (size_t)recipes[recipe].n, out);
}

static void
fuse(const struct seen *const *pictures, size_t n, size_t recipe,
    enum fusion how, struct ex_template *out)
{
	struct ex_template t[MAX_OF_PERSON];
	size_t best = 0;

	for (size_t i = 0; i < n; i++) {
		template_of(pictures[i], recipe, &t[i]);
		if (pictures[i]->quality > pictures[best]->quality)
			best = i;
		for (int k = 0; how == WEIGHTED && k < EX_TEMPLATE_DIM; k++)
			t[i].v[k] *= (float)(pictures[i]->quality + 1);
	}
	if (how == BEST)
		*out = t[best];
	else
		ex_template_fuse(t, n, out);
}

/* ---- comparisons --------------------------------------------------------- */

static void
add(struct comparisons *c, size_t a, size_t b, float similarity)
{
	if (c->n == c->room) {
		c->room = c->room ? c->room * 2 : 1 << 16;
		c->list = realloc(c->list, c->room * sizeof *c->list);
		need(c->list, "out of memory");
	}
	c->list[c->n++] = (struct ex_comparison){ { (uint32_t)a, (uint32_t)b },
		similarity, 0 };
}

/*
 * Probes of k consecutive pictures of a person, against each picture that is
 * not among them: their own, and the first of everybody else.
 */
static struct comparisons
compare(const struct set *s, bool first_half, size_t recipe, size_t k,
    enum fusion how)
{
	struct ex_template *references =
	    calloc(s->n * MAX_OF_PERSON, sizeof *references);
	struct comparisons c = { 0 };

	need(references, "out of memory");
	for (size_t p = 0; p < s->n; p++)
		for (size_t i = 0; i < s->people[p].n; i++)
			template_of(s->people[p].pictures[i], recipe,
			    &references[p * MAX_OF_PERSON + i]);
	for (size_t p = 0; p < s->n; p++) {
		const struct person *who = &s->people[p];
		struct ex_template probe;

		if (who->first_half != first_half)
			continue;
		for (size_t i = 0; i + k <= who->n; i += k) {
			fuse(&who->pictures[i], k, recipe, how, &probe);
			for (size_t r = 0; r < who->n; r++)
				/* One picture each: a pair once. */
				if (k == 1 ? r > i : r < i || r >= i + k)
					add(&c, p, p,
					    ex_template_similarity(&probe,
						&references[p * MAX_OF_PERSON +
							    r]));
			for (size_t q = 0; q < s->n; q++)
				for (size_t r = 0;
				     q != p && r < s->people[q].n &&
				     s->people[q].first_half == first_half;
				     r++)
					if (k > 1 || q > p)
						add(&c, p, q,
						    ex_template_similarity(
							&probe,
							&references
							    [q * MAX_OF_PERSON +
								r]));
		}
	}
	free(references);
	return c;
}

/* ---- the table ----------------------------------------------------------- */

static void
print_shares(const struct comparisons *c, size_t people,
    const double threshold[static FMRS])
{
	for (size_t i = 0; i < FMRS; i++) {
		struct ex_trial_share s;

		need(ex_trial_share_make(c->list, c->n, people, NULL, 1,
			 threshold[i], RESAMPLES, 1, &s, NULL) == EX_OK,
		    "out of memory");
		printf(" %.1f (%.1f to %.1f), %.2g |", 100 * s.fnmr.value,
		    100 * s.fnmr.low, 100 * s.fnmr.high, s.fmr.value);
	}
}

static void
set_thresholds(const struct ex_trial_result *r, double threshold[static FMRS])
{
	for (size_t i = 0; i < FMRS; i++)
		threshold[i] =
		    r->rates[i].supported ? r->rates[i].threshold : 2;
}

/* A row: the second half's comparisons and the first half's thresholds. */
struct judged {
	struct comparisons c;
	double threshold[FMRS];
	double first_half; /* FNMR at 5e-4 */
};

static double
is_miss(const struct judged *j, size_t i)
{
	return (double)j->c.list[i].similarity < j->threshold[2];
}

/*
 * FNMR of one recipe less that of another at 5e-4, on the same comparisons of
 * the second half and each at its own threshold: much of what moves both is
 * common, so this tells more than two intervals side by side.
 */
static struct ex_interval
difference(const struct judged *a, const struct judged *b, size_t people)
{
	uint32_t *times = calloc(people, sizeof *times);
	double values[RESAMPLES];
	struct ex_interval d = { 0 };
	struct ex_rng rng;

	need(times && a->c.n == b->c.n, "comparisons differ");
	ex_rng_init(&rng, 1);
	for (int draw = -1; draw < RESAMPLES; draw++) {
		double misses = 0, all = 0;

		if (draw >= 0)
			ex_people_draw(&rng, times, people);
		for (size_t i = 0; i < a->c.n; i++) {
			const uint32_t *who = a->c.list[i].people;
			double w = draw < 0 ? 1 : times[who[0]];

			if (who[0] != who[1])
				continue;
			all += w;
			misses += w * (is_miss(a, i) - is_miss(b, i));
		}
		if (draw < 0)
			d.value = misses / all;
		else
			values[draw] = all > 0 ? misses / all : 0;
	}
	ex_people_interval(values, RESAMPLES, d.value, &d.low, &d.high);
	free(times);
	return d;
}

static struct judged
judge(const struct set *faces, size_t recipe, size_t k, enum fusion how)
{
	struct comparisons ours = compare(faces, true, recipe, k, how);
	struct judged j = { .c = compare(faces, false, recipe, k, how) };
	struct ex_trial_result r;

	need(ex_trial_judge(
		 ours.list, ours.n, faces->n, 5e-4, 100, 1, &r, NULL) == EX_OK,
	    "the first half tells nothing");
	j.first_half = r.rates[2].fnmr.value;
	set_thresholds(&r, j.threshold);
	free(ours.list);
	return j;
}

/* `base` is what the row is measured against; NULL: nothing. */
static struct judged
row(const struct set *faces, size_t recipe, size_t k, enum fusion how,
    const struct judged *base)
{
	struct judged j = judge(faces, recipe, k, how);

	printf("| %s | %zu", recipes[recipe].name, k);
	if (k > 1)
		printf(", %s", fusion_names[how]);
	printf(" | %.1f |", 100 * j.first_half);
	print_shares(&j.c, faces->n, j.threshold);
	if (base) {
		struct ex_interval d = difference(&j, base, faces->n);

		printf(" %+.1f (%+.1f to %+.1f) |", 100 * d.value, 100 * d.low,
		    100 * d.high);
	} else {
		fputs(" |", stdout);
	}
	putchar('\n');
	fflush(stdout);
	return j;
}

/* Too few people to set a threshold by: those of the faces' first half. */
static void
row_elsewhere(const struct set *faces, const struct set *other, size_t recipe)
{
	struct judged j = judge(faces, recipe, 1, EQUAL);
	struct comparisons theirs = compare(other, true, recipe, 1, EQUAL);

	printf("| %s |", recipes[recipe].name);
	print_shares(&theirs, other->n, j.threshold);
	putchar('\n');
	fflush(stdout);
	free(j.c.list);
	free(theirs.list);
}

/* ---- input --------------------------------------------------------------- */

static void
collect(const struct seen *seen, size_t n, const char *name, bool divide,
    struct set *out)
{
	struct ex_rng rng;
	size_t lost = 0, pictures = 0;
	const char *last = "";

	ex_rng_init(&rng, 1);
	out->people = calloc(n, sizeof *out->people);
	need(out->people, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct person *p;

		if (strcmp(seen[i].set, name) != 0)
			continue;
		if (strcmp(seen[i].person, last) != 0)
			out->people[out->n++].first_half =
			    !divide || ex_rng_below(&rng, 2);
		last = seen[i].person;
		p = &out->people[out->n - 1];
		pictures++;
		lost += !seen[i].found;
		if (seen[i].found && p->n < MAX_OF_PERSON)
			p->pictures[p->n++] = &seen[i];
	}
	printf("%s: %zu people, %zu pictures, %zu without a face found.\n\n",
	    name, out->n, pictures, lost);
}

static struct seen *
read_all(size_t *n)
{
	struct seen *list = NULL;
	size_t room = 0;

	for (*n = 0;; (*n)++) {
		if (*n == room) {
			room = room ? room * 2 : 1024;
			list = realloc(list, room * sizeof *list);
			need(list, "out of memory");
		}
		if (fread(&list[*n], sizeof *list, 1, stdin) != 1)
			return list;
	}
}

#define HEAD "at 1e-2 | at 1e-3 | at 5e-4 | at 1e-4 |"

static void
faces_table(const struct set *faces)
{
	struct judged base = judge(faces, RECIPE_AS_IT_IS, 1, EQUAL), j;

	puts("| recipe | pictures fused | first half, at 5e-4 | " HEAD
	     " against the default |\n"
	     "| --- | --- | --- | --- | --- | --- | --- | --- |");
	for (size_t r = 0; r < RECIPES; r++) {
		j = row(faces, r, 1, EQUAL, &base);
		free(j.c.list);
	}
	free(base.c.list);
	for (size_t k = 2; k <= MOST_FUSED; k++) {
		base = row(faces, RECIPE_AS_IT_IS, k, EQUAL, NULL);
		for (int how = WEIGHTED; k <= 4 && how <= BEST; how++) {
			j = row(
			    faces, RECIPE_AS_IT_IS, k, (enum fusion)how, &base);
			free(j.c.list);
		}
		for (size_t r = 2; k == 4 && r < RECIPES; r++) {
			j = row(faces, r, k, EQUAL, &base);
			free(j.c.list);
		}
		free(base.c.list);
	}
	putchar('\n');
}

int
main(void)
{
	static const char *const others[] = { "portraits", "travellers" };
	struct set faces = { 0 };
	size_t n;
	struct seen *seen = read_all(&n);

	collect(seen, n, "faces", true, &faces);
	faces_table(&faces);
	for (int i = 0; i < 2; i++) {
		struct set other = { 0 };

		collect(seen, n, others[i], false, &other);
		puts("| recipe | " HEAD "\n| --- | --- | --- | --- | --- |");
		for (size_t r = 0; r < RECIPES; r++)
			row_elsewhere(&faces, &other, r);
		putchar('\n');
		free(other.people);
	}
	ex_wipe(seen, n * sizeof *seen);
	free(seen);
	free(faces.people);
	return 0;
}
