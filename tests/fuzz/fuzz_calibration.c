/* SPDX-License-Identifier: Apache-2.0 */
/* A calibration that was read keeps its order, whatever the bytes. */
#include <stdlib.h>

#include "exeunt/facts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_curve(const struct ex_calibration_curve *c)
{
	if (c->pictures < 1 || c->pictures > EX_CALIBRATION_MAX_PICTURES ||
	    c->n_points < 2)
		abort();
	for (size_t i = 1; i < c->n_points; i++)
		if (!(c->points[i].similarity > c->points[i - 1].similarity &&
			c->points[i].fmr <= c->points[i - 1].fmr))
			abort();
	if (c->tail.peaks > 0 &&
	    !(c->tail.scale > 0 && c->tail.scale <= c->tail.scale_high &&
		c->tail.scale_high <= 2))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_calibration *c;
	struct ex_error err;
	enum ex_status status = ex_calibration_parse(
	    "c", (struct ex_bytes){ data, size }, &c, &err);

	if ((status == EX_OK) != (c != NULL))
		abort();
	for (size_t i = 0; c && i < c->n_curves; i++)
		check_curve(&c->curves[i]);
	ex_calibration_free(&c);
	return 0;
}
