/* SPDX-License-Identifier: Apache-2.0 */
/* A crossing on its way to the hub: pictures as JPEG, sealed, spooled. */
#include "flow_internal.h"

#include <stdlib.h>

struct parcel {
	struct ex_picture pictures[EX_MAX_PICTURES];
	struct ex_blob jpegs[EX_MAX_PICTURES];
	size_t n;
};

/* One that does not become a JPEG costs the crossing that picture alone. */
static enum ex_status
add_picture(
    struct parcel *p, char kind, size_t number, const struct ex_image *im)
{
	struct ex_picture *picture = &p->pictures[p->n];
	enum ex_status status;

	if (!im->pixels)
		return EX_OK;
	status = ex_image_encode_judged(im, &p->jpegs[p->n]);
	if (status == EX_ERR_NOMEM)
		return status;
	if (status != EX_OK)
		return EX_OK;
	snprintf(picture->name, sizeof picture->name, "%c%u", kind,
	    (unsigned)number % 100);
	picture->jpeg = ex_blob_bytes(&p->jpegs[p->n++]);
	return EX_OK;
}

static enum ex_status
add_pictures(struct parcel *p, const struct ex_flow_crossing *c)
{
	enum ex_status status = EX_OK;

	if (c->crossing.opted_out) /* (F1): there are none either */
		return EX_OK;
	for (size_t i = 0; i < c->crossing.n_occupants && !status; i++)
		status = add_picture(
		    p, 'o', c->crossing.occupants[i].n, &c->occupants[i]);
	for (size_t i = 0; i < c->crossing.n_documents && !status; i++)
		status = add_picture(p, 'd', i + 1, &c->portraits[i]);
	return status;
}

enum ex_status
ex_flow_send(const struct ex_flow_options *o, const struct ex_flow_crossing *c,
    struct ex_error *err)
{
	struct parcel *p = ex_calloc(1, sizeof *p);
	struct ex_blob envelope = { 0 };
	enum ex_status status;

	if (!p)
		return ex_fail(err, EX_ERR_NOMEM, "spool", NULL);
	status = add_pictures(p, c);
	if (status != EX_OK)
		ex_fail(err, status, "spool", NULL);
	else
		status = ex_envelope_seal(&o->recipient, &c->crossing,
		    p->pictures, p->n, o->host, &envelope, err);
	if (status == EX_OK)
		status = ex_spool_put(o->spool, &envelope, err);
	for (size_t i = 0; i < EX_MAX_PICTURES; i++) {
		ex_wipe(p->jpegs[i].data, p->jpegs[i].size);
		ex_blob_free(&p->jpegs[i]);
	}
	free(p);
	ex_blob_free(&envelope);
	return status;
}
