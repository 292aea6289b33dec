/* SPDX-License-Identifier: Apache-2.0 */
/* Which pictures a crossing may have, and whose they are. */
#include "pictures.h"

#include <stdlib.h>
#include <string.h>

/* "o12" is 12 of kind 'o'; 0: no name of that kind. */
static unsigned
number_of(const char *name, char kind)
{
	unsigned n;

	if (name[0] != kind || name[1] < '1' || name[1] > '9')
		return 0;
	n = (unsigned)(name[1] - '0');
	if (name[2] == '\0')
		return n;
	if (name[2] < '0' || name[2] > '9' || name[3] != '\0')
		return 0;
	return 10 * n + (unsigned)(name[2] - '0');
}

static const struct ex_occupant *
occupant_of(const struct ex_crossing *c, const char *name)
{
	unsigned n = number_of(name, 'o');

	for (size_t i = 0; n > 0 && i < c->n_occupants; i++)
		if (c->occupants[i].n == n)
			return &c->occupants[i];
	return NULL;
}

static const struct ex_document *
document_of(const struct ex_crossing *c, const char *name)
{
	unsigned n = number_of(name, 'd');

	return n >= 1 && n <= c->n_documents ? &c->documents[n - 1] : NULL;
}

/* ---- which there may be ------------------------------------------------ */

static enum ex_status
refuse(const struct ex_crossing *c, size_t i, enum ex_status status,
    const char *why, struct ex_error *err)
{
	char what[96];

	snprintf(what, sizeof what, "crossing %.26s: pictures[%zu]", c->id, i);
	return ex_fail(err, status, what, "%s", why);
}

/* ITU-T T.81, B.2.1: SOI, and another marker behind it. */
static bool
looks_like_jpeg(struct ex_bytes b)
{
	static const uint8_t soi[] = { 0xff, 0xd8, 0xff };

	return b.size > sizeof soi && memcmp(b.data, soi, sizeof soi) == 0;
}

enum ex_status
ex_pictures_check(const struct ex_crossing *c,
    const struct ex_picture pictures[], size_t n, struct ex_error *err)
{
	if (n > 0 && c->opted_out)
		return refuse(c, 0, EX_ERR_INPUT,
		    "must not be: the vehicle opted out", err);
	for (size_t i = 0; i < n; i++) {
		const struct ex_picture *p = &pictures[i];

		if (!memchr(p->name, '\0', sizeof p->name) ||
		    (!occupant_of(c, p->name) && !document_of(c, p->name)))
			return refuse(c, i, EX_ERR_INPUT,
			    "is of nobody in the crossing", err);
		for (size_t k = 0; k < i; k++)
			if (strcmp(pictures[k].name, p->name) == 0)
				return refuse(
				    c, i, EX_ERR_INPUT, "is there twice", err);
		if (p->jpeg.size > EX_PICTURE_MOST)
			return refuse(c, i, EX_ERR_TOO_LARGE,
			    ex_status_text(EX_ERR_TOO_LARGE), err);
		if (!looks_like_jpeg(p->jpeg))
			return refuse(c, i, EX_ERR_INPUT, "is no JPEG", err);
	}
	return EX_OK;
}

/* ---- whose they are ---------------------------------------------------- */

/* Of an unread document the shorter term is the safe one. */
static bool
of_citizen(const struct ex_document *d, const char *host)
{
	return *host &&
	       (d->nationality[0] == '\0' || strcmp(d->nationality, host) == 0);
}

/* Could somebody without a document of their own be a citizen? */
static bool
citizen_unmatched(const struct ex_crossing *c, const char *host)
{
	for (size_t i = 0; i < c->n_documents; i++) {
		bool taken = false;

		for (size_t k = 0; k < c->n_occupants; k++)
			taken |=
			    c->occupants[k].verdict == EX_VERDICT_CONFIRMED &&
			    c->occupants[k].document == (int)i;
		if (!taken && of_citizen(&c->documents[i], host))
			return true;
	}
	return false;
}

enum ex_retention_class
ex_picture_class(
    const struct ex_crossing *c, const char *name, const char *host)
{
	const struct ex_document *d = document_of(c, name);
	const struct ex_occupant *o = occupant_of(c, name);
	bool citizen;

	if (o && o->verdict == EX_VERDICT_CONFIRMED && o->document >= 0 &&
	    (size_t)o->document < c->n_documents)
		d = &c->documents[o->document];
	citizen = d ? of_citizen(d, host) : citizen_unmatched(c, host);
	return citizen ? EX_RETAIN_CITIZEN_PICTURE : EX_RETAIN_PICTURE;
}
