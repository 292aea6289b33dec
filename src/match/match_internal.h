/* SPDX-License-Identifier: Apache-2.0 */
/* Inside match, and for its tests, which prescribe similarities. */
#ifndef EXEUNT_MATCH_INTERNAL_H
#define EXEUNT_MATCH_INTERNAL_H

#include "exeunt/match.h"

/* ---- assign.c ------------------------------------------------------------ */

/* Gains are whole numbers, so that totals and margins are exact and ties are
 * ties: 2^40 ticks to one unit of similarity, a sum of 16 far from overflow. */
#define EX_MATCH_TICKS     0x1p40
#define EX_MATCH_FORBIDDEN (-1) /* any negative gain: not a pair */

struct ex_match_gains {
	size_t rows, columns; /* faces, holders */
	int64_t gain[EX_MAX_OCCUPANTS][EX_MAX_DOCUMENTS];
};

struct ex_match_assignment {
	int column[EX_MAX_OCCUPANTS];     /* of each row; -1: unpaired */
	int64_t margin[EX_MAX_OCCUPANTS]; /* of each paired row */
	int64_t total;
};

/* The pairing of largest total gain, and for each of its pairs the total less
 * the best total with that pair forbidden. */
void ex_match_assign(
    const struct ex_match_gains *g, struct ex_match_assignment *out);

/* ---- tail.c -------------------------------------------------------------- */

/* A cross-person pair of the tail: its people, 0..people - 1, and by how much
 * its similarity passes the threshold. */
struct ex_match_peak {
	uint32_t a, b;
	double excess;
};

/* Sets scale, scale_high and peaks of `out`; peaks 0 where they tell nothing.
 * EX_OK, EX_ERR_NOMEM. */
enum ex_status ex_match_tail_fit(const struct ex_match_peak *peaks, size_t n,
    size_t people, unsigned resamples, uint64_t seed,
    struct ex_calibration_tail *out);

/* ---- decide.c ------------------------------------------------------------ */

/* One vehicle in numbers: all that the decision looks at. */
struct ex_match_case {
	size_t n_faces, n_documents;
	double margin;
	double alike_bar;
	/* Per face. `seen`: has a template. */
	bool seen[EX_MAX_OCCUPANTS];
	enum ex_cause capture[EX_MAX_OCCUPANTS];
	double bar[EX_MAX_OCCUPANTS];      /* INFINITY: out of reach */
	double resemble[EX_MAX_OCCUPANTS]; /* the bar of "clearly nobody" */
	/* Per document. `shown`: has a template. */
	bool shown[EX_MAX_DOCUMENTS];
	enum ex_cause cause[EX_MAX_DOCUMENTS];
	unsigned holder[EX_MAX_DOCUMENTS];
	/* Cosines; -1 where either has no template. */
	double similarity[EX_MAX_OCCUPANTS][EX_MAX_DOCUMENTS];
	double alike[EX_MAX_DOCUMENTS][EX_MAX_DOCUMENTS];
};

/* Fills verdicts, causes, documents, nearest ones and similarities of `out`,
 * not FMRs. */
void ex_match_judge(const struct ex_match_case *c, struct ex_match_result *out);

#endif
