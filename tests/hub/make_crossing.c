/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crossings as a lane would send them, for tests of the hub, the console and
 * delivery: envelopes sealed to a hub, of vehicles with synthetic travellers.
 * The same seed gives the same crossings, sealed anew.
 *
 *   make_crossing --data DIR --recipient HEX --lane NAME --out DIR
 *       [--seed N] [--count N] [--start TIME] [--every MS] [--host UTO]
 *       [--people LEAST..MOST] [--officer SHARE] [--opted-out] [--no-pictures]
 *
 *   DIR of --data is data/travellers; TIME the first one's opening (default: so
 *   that the last one has just closed);
 *   SHARE of people who are left to an officer (0.35). Writes
 * OUT/NNNNN.envelope and on stdout a line of JSON each: crossing, file, lane,
 * vehicle, opened, closed, seen, confirmed, officer, opted_out, numbers of
 * documents.
 */
#include "exeunt/crypt.h"
#include "exeunt/facts.h"
#include "exeunt/img.h"
#include "exeunt/ledger.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define TRAVELLERS 40

struct traveller {
	struct ex_blob portrait, shot; /* JPEG; empty: not made yet */
};

struct maker {
	const char *data, *lane, *out, *host;
	struct ex_recipient to;
	uint64_t seed;
	unsigned count, least, most;
	int64_t start_ms, every_ms;
	double officer;
	bool opted_out, no_pictures;
	struct ex_rng rng;
	struct traveller of[TRAVELLERS];
	struct ex_crossing c;
	unsigned who[EX_MAX_OCCUPANTS]; /* traveller of each occupant */
	struct ex_error err;
};

/* ---- pictures ---------------------------------------------------------- */

static enum ex_status
make_portrait(struct maker *m, unsigned i)
{
	char path[1024];
	struct ex_image im = { 0 };
	enum ex_status status;

	snprintf(path, sizeof path, "%s/%03u/passport.jpg", m->data, i + 1);
	status = ex_image_load(path, 3, EX_ORIENTATION_APPLY, &im, &m->err);
	if (status == EX_OK)
		status = ex_image_encode_judged(&im, &m->of[i].portrait);
	ex_image_free(&im);
	return status;
}

/* The head as the lane saw it, before something grey. */
static enum ex_status
make_shot(struct maker *m, unsigned i)
{
	char path[1024];
	struct ex_image head = { 0 }, shot = { 0 };
	enum ex_status status;

	snprintf(
	    path, sizeof path, "%s/%03u/lane_%u.png", m->data, i + 1, i % 5);
	status = ex_image_load(path, 4, EX_ORIENTATION_IGNORE, &head, &m->err);
	if (status == EX_OK)
		status = ex_image_new(head.width, head.height, 3, &shot);
	if (status == EX_OK) {
		memset(
		    shot.pixels, 96, shot.stride_bytes * (size_t)shot.height);
		ex_image_blend(&shot, &head, 0, 0, 1);
		status = ex_image_encode_judged(&shot, &m->of[i].shot);
	}
	ex_image_free(&head);
	ex_image_free(&shot);
	return status;
}

static enum ex_status
need_traveller(struct maker *m, unsigned i)
{
	enum ex_status status = EX_OK;

	if (m->no_pictures || m->of[i].portrait.data)
		return EX_OK;
	status = make_portrait(m, i);
	return status == EX_OK ? make_shot(m, i) : status;
}

/* ---- a crossing -------------------------------------------------------- */

static const enum ex_seat seats[] = { EX_SEAT_FRONT_LEFT, EX_SEAT_FRONT_RIGHT,
	EX_SEAT_REAR_LEFT, EX_SEAT_REAR_RIGHT, EX_SEAT_REAR_CENTRE };

static void
make_document(struct maker *m, struct ex_document *d, unsigned i)
{
	static const char *const states[] = { "UTO", "D", "FRA", "ESP" };
	const char *state = states[ex_rng_below(&m->rng, 4)];

	*d = (struct ex_document){ .verdict = EX_DOCUMENT_HOLDER_NOT_SEEN,
		.mrz_check = EX_CHECK_PASSED,
		.portrait_check = EX_CHECK_PASSED,
		.type = "P" };
	snprintf(d->name, sizeof d->name, "documents/%03u.json", i + 1);
	snprintf(d->issuer, sizeof d->issuer, "%s", state);
	snprintf(d->nationality, sizeof d->nationality, "%s", state);
	/* Of a shape that nothing else in a file or a log has. */
	snprintf(d->number, sizeof d->number, "X%03uQ%04u", i + 1,
	    ex_rng_below(&m->rng, 10000));
}

static void
confirm(struct maker *m, size_t i)
{
	struct ex_occupant *p = &m->c.occupants[i];

	p->verdict = EX_VERDICT_CONFIRMED;
	p->document = (int)i;
	p->similarity = 0.955 + 0.03 * ex_rng_unit(&m->rng);
	p->fmr = 1e-5;
	p->fmr_at_most = true;
	p->quality = 55 + (int)ex_rng_below(&m->rng, 40);
	m->c.documents[i].verdict = EX_DOCUMENT_CONFIRMED;
}

/* Left to an officer, for one of the reasons there are. */
static void
leave(struct maker *m, size_t i)
{
	static const enum ex_cause causes[] = { EX_CAUSE_GLARE, EX_CAUSE_DARK,
		EX_CAUSE_BLUR, EX_CAUSE_POSE, EX_CAUSE_BELOW_THRESHOLD,
		EX_CAUSE_BELOW_THRESHOLD, EX_CAUSE_DOCUMENT };
	struct ex_occupant *p = &m->c.occupants[i];

	p->cause = causes[ex_rng_below(&m->rng, 7)];
	p->quality = 10 + (int)ex_rng_below(&m->rng, 60);
	p->fmr = 1;
	if (p->cause == EX_CAUSE_BELOW_THRESHOLD) {
		p->nearest = (unsigned)i + 1;
		p->similarity = 0.90 + 0.03 * ex_rng_unit(&m->rng);
		p->fmr = 0.002 + 0.05 * ex_rng_unit(&m->rng);
	}
	if (p->cause == EX_CAUSE_DOCUMENT) {
		m->c.documents[i].verdict = EX_DOCUMENT_OFFICER;
		m->c.documents[i].cause = EX_CAUSE_DOCUMENT;
		m->c.documents[i].mrz_check = EX_CHECK_FAILED;
	}
}

static bool
is_in(const struct maker *m, size_t n, unsigned who)
{
	for (size_t i = 0; i < n; i++)
		if (m->who[i] == who)
			return true;
	return false;
}

static enum ex_status
make_occupant(struct maker *m, size_t i)
{
	struct ex_occupant *p = &m->c.occupants[i];
	unsigned who = ex_rng_below(&m->rng, TRAVELLERS);

	while (is_in(m, i, who))
		who = (who + 1) % TRAVELLERS;
	m->who[i] = who;
	*p = (struct ex_occupant){ .n = (unsigned)i + 1,
		.seat = seats[i],
		.document = -1,
		.frames_seen = 12 + ex_rng_below(&m->rng, 30),
		.frames_used = 1 + ex_rng_below(&m->rng, 4) };
	make_document(m, &m->c.documents[i], who);
	if (ex_rng_unit(&m->rng) < m->officer)
		leave(m, i);
	else
		confirm(m, i);
	return need_traveller(m, who);
}

static enum ex_status
make_crossing(struct maker *m, unsigned k)
{
	struct ex_crossing *c = &m->c;
	size_t people =
	    m->least + ex_rng_below(&m->rng, m->most - m->least + 1);
	enum ex_status status = EX_OK;
	uint8_t chance[10];

	*c = (struct ex_crossing){ .opened_ms =
				       m->start_ms + (int64_t)k * m->every_ms,
		.opted_out = m->opted_out };
	c->closed_ms = c->opened_ms + 4000;
	for (size_t i = 0; i < sizeof chance; i++)
		chance[i] = (uint8_t)ex_rng_below(&m->rng, 256);
	ex_ulid_make(c->opened_ms, chance, c->id);
	snprintf(c->lane, sizeof c->lane, "%s", m->lane);
	snprintf(c->vehicle, sizeof c->vehicle, "v%llu-%05u",
	    (unsigned long long)m->seed, k);
	for (size_t i = 0; !m->opted_out && status == EX_OK && i < people; i++)
		status = make_occupant(m, i);
	c->n_occupants = c->n_documents = m->opted_out ? 0 : people;
	return status;
}

/* ---- out --------------------------------------------------------------- */

static size_t
list_pictures(struct maker *m, struct ex_picture out[EX_MAX_PICTURES])
{
	size_t n = 0;

	for (size_t i = 0; !m->no_pictures && i < m->c.n_occupants; i++) {
		const struct traveller *t = &m->of[m->who[i]];

		snprintf(out[n].name, sizeof out->name, "o%zu", i + 1);
		out[n++].jpeg = ex_blob_bytes(&t->shot);
		snprintf(out[n].name, sizeof out->name, "d%zu", i + 1);
		out[n++].jpeg = ex_blob_bytes(&t->portrait);
	}
	return n;
}

static void
print(const struct maker *m, const char *file)
{
	const struct ex_crossing *c = &m->c;
	char opened[EX_RFC3339_SIZE], closed[EX_RFC3339_SIZE];
	size_t seen = ex_crossing_seen(c);

	ex_rfc3339_format(c->opened_ms, opened);
	ex_rfc3339_format(c->closed_ms, closed);
	printf("{\"crossing\":\"%s\",\"file\":\"%s\",\"lane\":\"%s\","
	       "\"vehicle\":\"%s\",\"opened\":\"%s\",\"closed\":\"%s\","
	       "\"seen\":%zu,\"confirmed\":%u,\"officer\":%zu,"
	       "\"opted_out\":%s,\"numbers\":[",
	    c->id, file, c->lane, c->vehicle, opened, closed, seen,
	    ex_crossing_confirmed(c), seen - ex_crossing_confirmed(c),
	    c->opted_out ? "true" : "false");
	for (size_t i = 0; i < c->n_documents; i++)
		printf("%s\"%s\"", i ? "," : "", c->documents[i].number);
	printf("]}\n");
}

static enum ex_status
make_one(struct maker *m, unsigned k)
{
	struct ex_picture pictures[EX_MAX_PICTURES];
	struct ex_blob envelope = { 0 };
	char file[1024];
	enum ex_status status = make_crossing(m, k);

	snprintf(file, sizeof file, "%s/%05u.envelope", m->out, k);
	if (status == EX_OK)
		status = ex_envelope_seal(&m->to, &m->c, pictures,
		    list_pictures(m, pictures), m->host, &envelope, &m->err);
	if (status == EX_OK)
		status =
		    ex_file_write(file, envelope.data, envelope.size, &m->err);
	if (status == EX_OK)
		print(m, file);
	ex_blob_free(&envelope);
	return status;
}

/* ---- options ----------------------------------------------------------- */

static bool
take_option(struct maker *m, int option, const char *value)
{
	switch (option) {
	case 'd':
		m->data = value;
		return true;
	case 'r':
		return ex_hex_parse(
		    ex_string_bytes(value), m->to.bytes, sizeof m->to.bytes);
	case 'l':
		m->lane = value;
		return true;
	case 'o':
		m->out = value;
		return true;
	case 's':
		m->seed = strtoull(value, NULL, 10);
		return true;
	case 'c':
		m->count = (unsigned)strtoul(value, NULL, 10);
		return m->count > 0;
	case 't':
		return ex_rfc3339_parse(value, &m->start_ms);
	case 'e':
		m->every_ms = strtoll(value, NULL, 10);
		return true;
	case 'h':
		m->host = value;
		return strlen(value) < 4;
	case 'p':
		return sscanf(value, "%u..%u", &m->least, &m->most) == 2 &&
		       m->least >= 1 && m->least <= m->most && m->most <= 5;
	case 'f':
		m->officer = strtod(value, NULL);
		return true;
	case 'x':
		m->opted_out = true;
		return true;
	case 'n':
		m->no_pictures = true;
		return true;
	default:
		return false;
	}
}

static bool
take_options(struct maker *m, int argc, char **argv)
{
	static const struct option options[] = {
		{ "data", required_argument, NULL, 'd' },
		{ "recipient", required_argument, NULL, 'r' },
		{ "lane", required_argument, NULL, 'l' },
		{ "out", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "start", required_argument, NULL, 't' },
		{ "every", required_argument, NULL, 'e' },
		{ "host", required_argument, NULL, 'h' },
		{ "people", required_argument, NULL, 'p' },
		{ "officer", required_argument, NULL, 'f' },
		{ "opted-out", no_argument, NULL, 'x' },
		{ "no-pictures", no_argument, NULL, 'n' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (!take_option(m, option, optarg))
			return false;
	return optind == argc && m->data && m->lane && m->out;
}

int
main(int argc, char **argv)
{
	static struct maker m = { .host = "",
		.seed = 1,
		.count = 1,
		.least = 1,
		.most = 5,
		.every_ms = 6000,
		.officer = 0.35 };
	enum ex_status status = EX_OK;

	if (!take_options(&m, argc, argv)) {
		fputs("make_crossing: see the head of its source\n", stderr);
		return 2;
	}
	if (m.start_ms == 0) /* the last one has just closed */
		m.start_ms = ex_clock_wall_ms() - 5000 -
			     (int64_t)(m.count - 1) * m.every_ms;
	ex_rng_init(&m.rng, m.seed);
	for (unsigned k = 0; status == EX_OK && k < m.count; k++)
		status = make_one(&m, k);
	for (unsigned i = 0; i < TRAVELLERS; i++) {
		ex_blob_free(&m.of[i].portrait);
		ex_blob_free(&m.of[i].shot);
	}
	if (status != EX_OK)
		fprintf(
		    stderr, "make_crossing: %s: %s\n", m.err.what, m.err.why);
	return ex_status_exit(status);
}
