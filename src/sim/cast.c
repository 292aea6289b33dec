/* SPDX-License-Identifier: Apache-2.0 */
/* The plan of a scene: how many sit in which vehicle, who they are, what they
 * show, and which vehicle is which special case. Nothing is drawn here. */
#include "cast_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

uint64_t
ex_sim_stream(uint64_t seed, uint64_t a, uint64_t b)
{
	struct ex_rng r;

	ex_rng_init(&r, seed ^ a * 0x9e3779b97f4a7c15u);
	ex_rng_init(&r, ex_rng_u64(&r) + b);
	return ex_rng_u64(&r);
}

bool
ex_sim_vehicle_has(const struct vehicle *v, enum ex_sim_special s)
{
	return v->specials >> s & 1;
}

/* ---- how many sit in each vehicle -------------------------------------- */

/* Share of vehicles with 1..7 occupants at a land border; mean 2.7. */
static const double shares[MAX_PERSONS] = { 0.24, 0.31, 0.17, 0.14, 0.08, 0.03,
	0.03 };

static size_t
size_at(double quantile)
{
	size_t n = 1;

	for (double sum = shares[0]; n < MAX_PERSONS && quantile > sum; n++)
		sum += shares[n];
	return n;
}

static void
shuffle_sizes(struct cast *c, struct ex_rng *r)
{
	for (size_t i = c->n - 1; i > 0; i--) {
		size_t j = ex_rng_below(r, (uint32_t)i + 1);
		size_t t = c->vehicles[i].n_persons;

		c->vehicles[i].n_persons = c->vehicles[j].n_persons;
		c->vehicles[j].n_persons = t;
	}
}

/* Even steps through the distribution, then one more or one fewer in chance
 * vehicles until the sum is `total`. */
static void
plan_sizes(struct cast *c, size_t total, size_t most, struct ex_rng *r)
{
	size_t sum = 0;

	for (size_t i = 0; i < c->n; i++) {
		size_t n = size_at(((double)i + 0.5) / (double)c->n);

		c->vehicles[i].n_persons = n < most ? n : most;
		sum += c->vehicles[i].n_persons;
	}
	while (sum != total) {
		size_t *n =
		    &c->vehicles[ex_rng_below(r, (uint32_t)c->n)].n_persons;

		if (sum < total && *n < most) {
			++*n;
			sum++;
		} else if (sum > total && *n > 1) {
			--*n;
			sum--;
		}
	}
	shuffle_sizes(c, r);
}

/* ---- who --------------------------------------------------------------- */

static void
deck_shuffle(struct deck *d)
{
	for (size_t i = d->n - 1; i > 0; i--) {
		size_t j = ex_rng_below(&d->r, (uint32_t)i + 1);
		size_t t = d->card[i];

		d->card[i] = d->card[j];
		d->card[j] = t;
	}
	d->next = 0;
}

bool
ex_sim_vehicle_knows(const struct vehicle *v, size_t who)
{
	for (size_t i = 0; i < v->n_persons; i++)
		if (v->persons[i].traveller == who ||
		    v->persons[i].shirt == who)
			return true;
	for (size_t i = 0; i < v->n_documents; i++)
		if (v->documents[i] == who)
			return true;
	return v->portrait == who || v->pedestrian == who;
}

/* Would `who` look like somebody in this vehicle or its documents? */
static bool
is_confusable(const struct travellers *t, const struct vehicle *v, size_t who)
{
	for (size_t i = 0; i < v->n_persons; i++)
		if (v->persons[i].traveller != NOBODY &&
		    ex_sim_travellers_alike(t, who, v->persons[i].traveller))
			return true;
	for (size_t i = 0; i < v->n_documents; i++)
		if (ex_sim_travellers_alike(t, who, v->documents[i]))
			return true;
	return false;
}

/* First from `next` on that fits; each wish that nobody meets is dropped. */
size_t
ex_sim_deck_draw(struct deck *d, const struct vehicle *v, bool adult)
{
	for (int strict = 2; strict >= 0; strict--)
		for (size_t i = 0; i < d->n; i++) {
			size_t at = d->next + i, who;

			if (at >= d->n)
				at -= d->n;
			who = d->card[at];
			if (ex_sim_vehicle_knows(v, who) ||
			    (strict >= 1 && adult &&
				d->t->list[who].age < 18) ||
			    (strict >= 2 && is_confusable(d->t, v, who)))
				continue;
			/* The drawn card goes behind the mark. */
			d->card[at] = d->card[d->next];
			d->card[d->next] = who;
			if (++d->next == d->n)
				deck_shuffle(d);
			return who;
		}
	return NOBODY;
}

static enum ex_status
deck_init(struct deck *d, const struct travellers *t, uint64_t seed)
{
	*d = (struct deck){ .t = t, .n = t->n };
	ex_rng_init(&d->r, seed);
	d->card = ex_calloc(t->n, sizeof *d->card);
	if (!d->card)
		return EX_ERR_NOMEM;
	for (size_t i = 0; i < t->n; i++)
		d->card[i] = i;
	deck_shuffle(d);
	return EX_OK;
}

/* Children under 12 do not sit in front where a grown-up could. */
static void
seat_children_behind(struct vehicle *v, const struct travellers *t)
{
	for (size_t i = 1; i < v->n_persons; i++)
		for (size_t j = i + 1; j < v->n_persons; j++) {
			size_t a = v->persons[i].traveller;
			size_t b = v->persons[j].traveller;

			if (ex_sim_seat_place(v->persons[i].seat).row > 0 ||
			    t->list[a].age >= 12 || t->list[b].age < 12)
				continue;
			v->persons[i].traveller = b;
			v->persons[j].traveller = a;
		}
}

/* ---- one vehicle -------------------------------------------------------- */

static enum light
pick_light(struct ex_rng *r, double darkness)
{
	double u = ex_rng_unit(r);

	if (u < 0.12 * darkness)
		return LIGHT_NIGHT;
	return u < 0.35 * darkness ? LIGHT_DUSK : LIGHT_DAY;
}

static void
init_vehicle(struct vehicle *v, size_t i, const struct ex_sim_options *o)
{
	size_t n = v->n_persons;
	const enum ex_seat *seats;
	struct ex_rng r;

	snprintf(v->id, sizeof v->id, "v%04u", (unsigned)(i + 1) % 10000u);
	v->seed = ex_sim_stream(o->seed, 2, i);
	v->portrait = v->pedestrian = NOBODY;
	ex_rng_init(&r, ex_sim_stream(v->seed, 3, 0));
	v->light = pick_light(&r, o->darkness);
	v->n_frames = (size_t)((3.0 + ex_rng_unit(&r)) / o->speed * o->fps);
	if (v->n_frames < 2)
		v->n_frames = 2;
	seats = ex_sim_seats_for(n, (uint32_t)ex_rng_u64(&r));
	for (size_t k = 0; k < n; k++) {
		v->persons[k] = (struct person){ .traveller = NOBODY,
			.seat = seats[k],
			.own_document = NOBODY,
			.shirt = NOBODY };
		v->persons[k].turned_away = ex_rng_unit(&r) < 0.035;
	}
}

/* Specials first: they need certain people; then everybody else. */
static void
fill_vehicle(struct vehicle *v, struct deck *d)
{
	ex_sim_special_people(v, d);
	for (size_t k = 0; k < v->n_persons; k++)
		if (v->persons[k].traveller == NOBODY)
			v->persons[k].traveller =
			    ex_sim_deck_draw(d, v, k == 0);
	seat_children_behind(v, d->t);
	ex_sim_special_documents(v, d);
	ex_sim_special_pictures(v, d);
}

static void
shuffle_documents(struct vehicle *v)
{
	struct ex_rng r;

	ex_rng_init(&r, ex_sim_stream(v->seed, 4, 0));
	for (size_t i = v->n_documents; i > 1; i--) {
		size_t j = ex_rng_below(&r, (uint32_t)i);
		size_t t = v->documents[i - 1];

		v->documents[i - 1] = v->documents[j];
		v->documents[j] = t;
	}
	for (size_t k = 0; k < v->n_persons; k++) {
		v->persons[k].own_document = NOBODY;
		for (size_t i = 0; i < v->n_documents; i++)
			if (v->documents[i] == v->persons[k].traveller)
				v->persons[k].own_document = i;
	}
}

static enum ex_status
check_total(const struct ex_sim_options *o, size_t total, size_t most,
    struct ex_error *err)
{
	if (total < o->vehicles)
		return ex_fail(err, EX_ERR_USAGE, "occupants",
		    "%zu are too few for %u vehicles", total, o->vehicles);
	if (total > most * o->vehicles)
		return ex_fail(err, EX_ERR_USAGE, "occupants",
		    "%zu are too many for %u vehicles of at most %zu", total,
		    o->vehicles, most);
	return EX_OK;
}

enum ex_status
ex_sim_cast_plan(const struct ex_sim_options *o, const struct travellers *t,
    struct cast *out, struct ex_error *err)
{
	size_t total = o->occupants ? o->occupants : (o->vehicles * 8u + 1) / 3;
	/* Who is absent or only pictured needs travellers to spare. */
	size_t most =
	    t->n < MAX_PERSONS + 3 ? (t->n > 4 ? t->n - 3 : 1) : MAX_PERSONS;
	struct deck d = { 0 };
	struct ex_rng r;
	enum ex_status status = check_total(o, total, most, err);

	*out = (struct cast){ 0 };
	if (status != EX_OK)
		return status;
	out->vehicles = ex_calloc(o->vehicles, sizeof *out->vehicles);
	if (!out->vehicles ||
	    deck_init(&d, t, ex_sim_stream(o->seed, 5, 0)) != EX_OK) {
		ex_sim_cast_fini(out);
		return ex_fail(err, EX_ERR_NOMEM, "cast", NULL);
	}
	out->n = o->vehicles;
	out->n_occupants = total;
	ex_rng_init(&r, ex_sim_stream(o->seed, 6, 0));
	plan_sizes(out, total, most, &r);
	for (size_t i = 0; i < out->n; i++)
		init_vehicle(&out->vehicles[i], i, o);
	ex_sim_specials_assign(out, t, &r);
	for (size_t i = 0; i < out->n; i++) {
		fill_vehicle(&out->vehicles[i], &d);
		shuffle_documents(&out->vehicles[i]);
	}
	free(d.card);
	return EX_OK;
}

void
ex_sim_cast_fini(struct cast *c)
{
	free(c->vehicles);
	*c = (struct cast){ 0 };
}
