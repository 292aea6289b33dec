/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/match.h"

#include <math.h>

struct ex_match_policy
ex_match_policy_default(void)
{
	return (struct ex_match_policy){
		.fmr = 0.0005,
		.vehicle_cap = 0.005,
		.margin = 0.005,
		.look_alike_fmr = 0.0005,
		.no_document_fmr = 0.01,
	};
}

static enum ex_status
in_range(const char *field, double value, double low, double high,
    struct ex_error *err)
{
	if (value >= low && value <= high) /* NaN fails */
		return EX_OK;
	return ex_fail(err, EX_ERR_USAGE, field, "%g is not within %g and %g",
	    value, low, high);
}

static enum ex_status
check_ranges(const struct ex_match_policy *p, struct ex_error *err)
{
	const struct {
		const char *field;
		double value, low, high;
	} fields[] = {
		{ "fmr", p->fmr, 1e-9, 0.01 },
		{ "vehicle_cap", p->vehicle_cap, 1e-9, 0.1 },
		{ "margin", p->margin, 0.001, 0.2 },
		{ "look_alike_fmr", p->look_alike_fmr, p->fmr, 0.1 },
		{ "no_document_fmr", p->no_document_fmr, p->fmr, 0.1 },
	};

	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		enum ex_status status = in_range(fields[i].field,
		    fields[i].value, fields[i].low, fields[i].high, err);

		if (status)
			return status;
	}
	return EX_OK;
}

enum ex_status
ex_match_policy_check(const struct ex_match_policy *p,
    const struct ex_calibration *cal, struct ex_error *err)
{
	enum ex_status status = check_ranges(p, err);
	double fmr = ex_match_policy_fmr(p, 1, 1), similarity;

	if (status || !cal)
		return status;
	/* The other two FMRs are no smaller. One picture always: portraits
	 * are compared with each other at it. */
	status = ex_calibration_threshold(cal, 1, fmr, &similarity, err);
	for (size_t i = 0; !status && i < cal->n_curves; i++)
		status = ex_calibration_threshold(
		    cal, cal->curves[i].pictures, fmr, &similarity, err);
	return status;
}

double
ex_match_policy_fmr(
    const struct ex_match_policy *p, size_t faces, size_t references)
{
	double n = (double)faces * (double)references;

	if (n < 1)
		return p->fmr;
	/* 1 - (1 - cap)^(1 / n), without losing digits to the 1. */
	return fmin(p->fmr, -expm1(log1p(-p->vehicle_cap) / n));
}
