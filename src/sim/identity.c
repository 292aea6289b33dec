/* SPDX-License-Identifier: Apache-2.0 */
/* Names, numbers and dates of people who do not exist, as the two lines of a
 * passport (Doc 9303-4, 4.2.2). Names are strung from invented syllables. */
#include "sim_internal.h"

#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof *(a))

static const char *const syllables[] = { "BRO", "DAX", "DRI", "FEN", "GOR",
	"HAV", "IBB", "JEK", "KOR", "LUM", "MIV", "NEF", "OSK", "PEL", "QUA",
	"RUV", "SKA", "TAS", "ULM", "VEX", "WIB", "XAN", "YOR", "ZUL" };

/* Utopia mostly; real codes so that one-letter Germany and the like occur. */
static const char *const issuers[] = { "UTO", "UTO", "UTO", "D<<", "XOM" };

static void
add_name(struct ex_rng *r, unsigned parts, char *line, size_t *at)
{
	for (unsigned i = 0; i < parts; i++) {
		memcpy(line + *at, syllables[ex_rng_below(r, COUNT(syllables))],
		    3);
		*at += 3;
	}
}

/* A date YYMMDD; days up to 28 exist in every month. */
static void
put_date(char *to, int year, int month, int day)
{
	char text[16];

	snprintf(text, sizeof text, "%02u%02u%02u", (unsigned)year % 100u,
	    (unsigned)month % 100u, (unsigned)day % 100u);
	memcpy(to, text, 6);
}

/* A day on which somebody is `age` at the scene's start, 5 January 2026. */
static void
put_birth(struct ex_rng *r, char *to, int age)
{
	int month = 1 + (int)ex_rng_below(r, 12);
	int day = 1 + (int)ex_rng_below(r, 28);
	bool had_birthday = month == 1 && day <= 5;

	put_date(to, 2026 - age - (had_birthday ? 0 : 1), month, day);
}

static void
put_check(char *line, size_t at, size_t n)
{
	line[at + n] = (char)('0' + ex_mrz_check_digit(line + at, n));
}

static void
first_line(struct ex_rng *r, const char *issuer, char *line)
{
	size_t at = 5;

	memset(line, '<', TD3_LINE);
	line[0] = 'P';
	memcpy(line + 2, issuer, 3);
	add_name(r, 2 + ex_rng_below(r, 2), line, &at);
	at += 2; /* the two fillers that end the surname */
	add_name(r, 1 + ex_rng_below(r, 2), line, &at);
	if (ex_rng_below(r, 3) == 0) {
		at++;
		add_name(r, 2, line, &at);
	}
}

static void
second_line(
    struct ex_rng *r, const char *issuer, const struct traveller *t, char *line)
{
	/* Without vowels, as issuers do, so that no word appears. */
	static const char signs[] = "CFGHJKLMNPRTVWXYZ0123456789";
	char composite[39];

	memset(line, '<', TD3_LINE);
	for (int i = 0; i < 9; i++)
		line[i] = signs[ex_rng_below(r, sizeof signs - 1)];
	put_check(line, 0, 9);
	memcpy(line + 10, issuer, 3);
	put_birth(r, line + 13, t->age);
	put_check(line, 13, 6);
	line[20] = t->sex == 'X' ? '<' : t->sex;
	put_date(line + 21, 2027 + (int)ex_rng_below(r, 9),
	    1 + (int)ex_rng_below(r, 12), 1 + (int)ex_rng_below(r, 28));
	put_check(line, 21, 6);
	put_check(line, 28, 14);
	memcpy(composite, line, 10);
	memcpy(composite + 10, line + 13, 7);
	memcpy(composite + 17, line + 21, 22);
	line[43] = (char)('0' + ex_mrz_check_digit(composite, 39));
}

void
ex_sim_identity_make(uint64_t seed, size_t index, const struct traveller *t,
    struct identity *out)
{
	struct ex_rng r;
	const char *issuer;

	memset(out, 0, sizeof *out);
	ex_rng_init(&r, ex_sim_stream(seed, 1, index));
	issuer = issuers[ex_rng_below(&r, COUNT(issuers))];
	first_line(&r, issuer, out->mrz[0]);
	second_line(&r, issuer, t, out->mrz[1]);
}
