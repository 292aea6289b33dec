/* SPDX-License-Identifier: Apache-2.0 */
/* Between cast.c, which plans every vehicle, and special.c, which plans what
 * is special about some. */
#ifndef EXEUNT_SIM_CAST_INTERNAL_H
#define EXEUNT_SIM_CAST_INTERNAL_H

#include "sim_internal.h"

/** Travellers in chance order, so that all appear about equally often. */
struct deck {
	const struct travellers *t;
	size_t *card;
	size_t n, next;
	struct ex_rng r;
};

/** Somebody not in this vehicle in any form; NOBODY if there is none. */
size_t ex_sim_deck_draw(struct deck *d, const struct vehicle *v, bool adult);
/** As an occupant, a document or a picture. */
bool ex_sim_vehicle_knows(const struct vehicle *v, size_t who);

/** Give each special to a vehicle that can hold it, as far as there are. */
void ex_sim_specials_assign(
    struct cast *c, const struct travellers *t, struct ex_rng *r);
/** Seat the look-alikes that a special needs. */
void ex_sim_special_people(struct vehicle *v, struct deck *d);
/** Everybody's documents, less the missing, plus the strange. */
void ex_sim_special_documents(struct vehicle *v, struct deck *d);
/** Portrait, pedestrian, shirt: faces that are no occupants. */
void ex_sim_special_pictures(struct vehicle *v, struct deck *d);

#endif
