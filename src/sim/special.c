/* SPDX-License-Identifier: Apache-2.0 */
/* The cases that a lane must get right and that ordinary traffic seldom
 * shows. Each is assigned to a vehicle here and made true in its plan. */
#include "cast_internal.h"

#include <string.h>

#define BIT(s) (1u << (s))

/* One round of the specials for so many vehicles. */
#define VEHICLES_A_ROUND 30

static const char *const words[EX_SIM_SPECIAL_COUNT] = {
#define EX_WORD(name, word, text) [EX_SIM_##name] = word,
#include "exeunt/specials.inc"
#undef EX_WORD
};

const char *
ex_sim_special_word(enum ex_sim_special s)
{
	return (unsigned)s < EX_SIM_SPECIAL_COUNT ? words[s] : "unknown";
}

/* ---- which vehicle ------------------------------------------------------ */

static bool
can_hold(
    const struct vehicle *v, enum ex_sim_special s, const struct travellers *t)
{
	if (ex_sim_vehicle_has(v, s) || ex_sim_vehicle_has(v, EX_SIM_OPTED_OUT))
		return false;
	switch (s) {
	case EX_SIM_OPTED_OUT:
		return v->specials == 0; /* nothing else is measured there */
	case EX_SIM_LOOKALIKE_DOCUMENT:
		return t->n_pairs > 0 &&
		       !ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_PAIR);
	case EX_SIM_LOOKALIKE_PAIR:
		return t->n_pairs > 0 && v->n_persons >= 2 &&
		       !ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_DOCUMENT);
	case EX_SIM_MISSING_DOCUMENT:
		return v->n_persons >= 2 &&
		       !ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_DOCUMENT) &&
		       !ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_PAIR);
	case EX_SIM_PORTRAIT:
		return v->n_persons <= 4;
	default:
		return true;
	}
}

/* Vehicles with the fewest specials first, so that they spread. */
static struct vehicle *
choose(struct cast *c, enum ex_sim_special s, const struct travellers *t,
    struct ex_rng *r)
{
	size_t from = ex_rng_below(r, (uint32_t)c->n);

	for (int others = 0; others < EX_SIM_SPECIAL_COUNT; others++)
		for (size_t i = 0; i < c->n; i++) {
			struct vehicle *v = &c->vehicles[(from + i) % c->n];

			if (__builtin_popcount(v->specials) == others &&
			    can_hold(v, s, t))
				return v;
		}
	return NULL;
}

void
ex_sim_specials_assign(
    struct cast *c, const struct travellers *t, struct ex_rng *r)
{
	/* The hardest to place first. */
	static const enum ex_sim_special order[] = { EX_SIM_OPTED_OUT,
		EX_SIM_LOOKALIKE_PAIR, EX_SIM_MISSING_DOCUMENT, EX_SIM_PORTRAIT,
		EX_SIM_LOOKALIKE_DOCUMENT, EX_SIM_EXTRA_DOCUMENT, EX_SIM_SHIRT,
		EX_SIM_PEDESTRIAN };
	size_t rounds = (c->n + VEHICLES_A_ROUND / 2) / VEHICLES_A_ROUND;

	if (rounds == 0)
		rounds = 1;
	for (size_t round = 0; round < rounds; round++)
		for (size_t i = 0; i < EX_SIM_SPECIAL_COUNT; i++) {
			struct vehicle *v;

			/* A lone vehicle is more use with its frames read. */
			if (order[i] == EX_SIM_OPTED_OUT && c->n == 1)
				continue;
			v = choose(c, order[i], t, r);
			if (v)
				v->specials |= BIT(order[i]);
		}
}

/* ---- making it true ------------------------------------------------------ */

/* A pair in either order; of grown-ups if chance finds one, as the first of a
 * vehicle's people drives it. */
static struct pair
pick_pair(struct deck *d)
{
	const struct travellers *t = d->t;
	struct pair p;

	for (int tries = 0; tries < 16; tries++) {
		p = t->pairs[ex_rng_below(&d->r, (uint32_t)t->n_pairs)];
		if (t->list[p.a].age >= 18 && t->list[p.b].age >= 18)
			break;
	}
	if (ex_rng_below(&d->r, 2))
		p = (struct pair){ p.b, p.a };
	return p;
}

void
ex_sim_special_people(struct vehicle *v, struct deck *d)
{
	struct pair p;

	if (ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_PAIR)) {
		p = pick_pair(d);
		v->persons[v->n_persons - 1].traveller = p.a;
		v->persons[v->n_persons - 2].traveller = p.b;
	} else if (ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_DOCUMENT)) {
		/* The document comes first: its holder must not be drawn. */
		p = pick_pair(d);
		v->persons[v->n_persons - 1].traveller = p.a;
		v->documents[v->n_documents++] = p.b;
	}
}

/* Index of the person whose own document stays away, or NOBODY. */
static size_t
without_document(const struct vehicle *v, struct deck *d)
{
	if (ex_sim_vehicle_has(v, EX_SIM_MISSING_DOCUMENT))
		return ex_rng_below(&d->r, (uint32_t)v->n_persons);
	if (!ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_DOCUMENT))
		return NOBODY;
	for (size_t k = 0; k < v->n_persons; k++)
		if (ex_sim_travellers_alike(
			d->t, v->persons[k].traveller, v->documents[0]))
			return k;
	return NOBODY;
}

/* These people are what the vehicle is about: they are to be seen. */
static void
show(struct person *p)
{
	p->turned_away = false;
}

void
ex_sim_special_documents(struct vehicle *v, struct deck *d)
{
	size_t missing = without_document(v, d), extra = NOBODY;

	if (ex_sim_vehicle_has(v, EX_SIM_EXTRA_DOCUMENT))
		extra = ex_sim_deck_draw(d, v, false);
	if (missing != NOBODY)
		show(&v->persons[missing]);
	for (size_t k = 0; k < v->n_persons; k++) {
		if (k != missing)
			v->documents[v->n_documents++] =
			    v->persons[k].traveller;
		if (ex_sim_vehicle_has(v, EX_SIM_LOOKALIKE_PAIR))
			show(&v->persons[k]);
	}
	if (extra != NOBODY)
		v->documents[v->n_documents++] = extra;
	else
		v->specials &= ~BIT(EX_SIM_EXTRA_DOCUMENT);
}

/* A vehicle cannot show what there is nobody for. */
static void
keep_if(struct vehicle *v, enum ex_sim_special s, size_t who)
{
	if (who == NOBODY)
		v->specials &= ~BIT(s);
}

void
ex_sim_special_pictures(struct vehicle *v, struct deck *d)
{
	if (ex_sim_vehicle_has(v, EX_SIM_PORTRAIT)) {
		v->portrait_seat = ex_sim_seat_free(v);
		v->portrait = ex_sim_deck_draw(d, v, true);
		keep_if(v, EX_SIM_PORTRAIT, v->portrait);
	}
	if (ex_sim_vehicle_has(v, EX_SIM_PEDESTRIAN)) {
		v->pedestrian = ex_sim_deck_draw(d, v, true);
		keep_if(v, EX_SIM_PEDESTRIAN, v->pedestrian);
	}
	if (ex_sim_vehicle_has(v, EX_SIM_SHIRT)) {
		/* The front passenger's chest is clear of the steering wheel.
		 */
		size_t k =
		    v->n_persons > 1 &&
			    ex_sim_seat_place(v->persons[1].seat).row == 0
			? 1
			: 0;

		v->persons[k].shirt = ex_sim_deck_draw(d, v, true);
		keep_if(v, EX_SIM_SHIRT, v->persons[k].shirt);
	}
}
