/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a calibration: similarity to FMR, and FMR to threshold. */
#include "exeunt/match.h"

#include <math.h>

static bool
point_ok(const struct ex_calibration_point *p)
{
	/* Written so that NaN fails. */
	return p->similarity >= -1 && p->similarity <= 1 && p->fmr > 0 &&
	       p->low >= 0 && p->low <= p->fmr && p->fmr <= p->high &&
	       p->high <= 1;
}

static bool
curve_ok(const struct ex_calibration_curve *c)
{
	if (!c->points || !c->n_points || !c->pairs)
		return false;
	for (size_t i = 0; i < c->n_points; i++) {
		const struct ex_calibration_point *p = &c->points[i];

		if (!point_ok(p))
			return false;
		if (i > 0 && !(p[-1].similarity < p->similarity &&
				 p[-1].fmr >= p->fmr && p[-1].high >= p->high))
			return false;
	}
	return true;
}

/* Nearest curves at or below and at or above `pictures`: one and the same
 * where it has its own. */
static enum ex_status
find_curves(const struct ex_calibration *cal, unsigned pictures,
    const struct ex_calibration_curve *out[2], struct ex_error *err)
{
	const struct ex_calibration_curve *below = NULL, *above = NULL;

	if (pictures == 0)
		return ex_fail(err, EX_ERR_USAGE, "pictures", "none fused");
	for (size_t i = 0; i < cal->n_curves; i++) {
		const struct ex_calibration_curve *c = &cal->curves[i];

		if (c->pictures <= pictures &&
		    (!below || c->pictures > below->pictures))
			below = c;
		if (c->pictures >= pictures &&
		    (!above || c->pictures < above->pictures))
			above = c;
	}
	/* Below the smallest curve there is no neighbour to be stricter by. */
	if (!below)
		return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
		    "no curve for %u or fewer pictures", pictures);
	if (!above)
		return ex_fail(err, EX_ERR_USAGE, "pictures",
		    "%u fused, calibrated to %u", pictures, below->pictures);
	out[0] = below;
	out[1] = above;
	for (int i = 0; i < 2; i++)
		if (!curve_ok(out[i]))
			return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
			    "the curve of %u pictures is empty or out of order",
			    out[i]->pictures);
	return EX_OK;
}

/* Index of the last point that still holds enough pairs; -1 if none does. */
static long
last_supported(const struct ex_calibration_curve *c)
{
	for (size_t i = c->n_points; i-- > 0;) {
		double hits = c->points[i].fmr * (double)c->pairs;

		/* fmr went through decimal text: allow for its rounding. */
		if (hits > EX_CALIBRATION_HITS - 0.5)
			return (long)i;
	}
	return -1;
}

static double
curve_floor(const struct ex_calibration_curve *c)
{
	long last = last_supported(c);

	if (last < 0)
		return 1;
	return fmin(1, fmax(c->points[last].high, 3 / (double)c->pairs));
}

/* Where a similarity lies within the supported points of a curve: `part` of the
 * way from point `i` to the next. */
struct place {
	long i;
	double part;
};

/* False: under the first point, or at the last supported one and past it. */
static bool
find_place(
    const struct ex_calibration_curve *c, double similarity, struct place *out)
{
	const struct ex_calibration_point *p = c->points;
	const long last = last_supported(c);

	out->i = 0;
	if (!(similarity >= p[0].similarity) || last < 0 ||
	    similarity >= p[last].similarity)
		return false;
	while (similarity >= p[out->i + 1].similarity)
		out->i++;
	p += out->i;
	out->part = (similarity - p[0].similarity) /
		    (p[1].similarity - p[0].similarity);
	return true;
}

/* Log-linear; linear where one of them is 0. */
static double
between(double a, double b, double part)
{
	return a > 0 && b > 0 ? exp((1 - part) * log(a) + part * log(b))
			      : (1 - part) * a + part * b;
}

/*
 * The curve falls ever faster, so the chord between two points in log FMR lies
 * under it; ten points to the decade keep that under a thousandth of the FMR,
 * far inside the interval.
 */
static double
curve_fmr(
    const struct ex_calibration_curve *c, double similarity, bool *at_most)
{
	const double floor = curve_floor(c);
	struct place at;
	double fmr;

	*at_most = true;
	if (!(similarity >= c->points[0].similarity))
		return 1;
	if (!find_place(c, similarity, &at))
		return floor;
	fmr = between(c->points[at.i].fmr, c->points[at.i + 1].fmr, at.part);
	*at_most = fmr < floor;
	return fmax(fmr, floor);
}

/* Where there is only a bound: from nothing up to it. */
static void
curve_interval(const struct ex_calibration_curve *c, double similarity,
    double *low, double *high)
{
	const struct ex_calibration_point *p = c->points;
	struct place at;

	*low = 0;
	*high = similarity >= p[0].similarity ? curve_floor(c) : 1;
	if (!find_place(c, similarity, &at))
		return;
	*low = between(p[at.i].low, p[at.i + 1].low, at.part);
	*high = fmax(between(p[at.i].high, p[at.i + 1].high, at.part), *high);
}

enum ex_status
ex_calibration_interval(const struct ex_calibration *cal, unsigned pictures,
    double similarity, double *low, double *high, struct ex_error *err)
{
	const struct ex_calibration_curve *c[2];
	double lows[2], highs[2];
	enum ex_status status = find_curves(cal, pictures, c, err);

	*low = 0;
	*high = 1;
	if (status)
		return status;
	for (int i = 0; i < 2; i++)
		curve_interval(c[i], similarity, &lows[i], &highs[i]);
	*low = fmin(lows[0], lows[1]);
	*high = fmax(highs[0], highs[1]);
	return EX_OK;
}

/* Upper bound of the tail that starts at the last supported point. */
static double
tail_fmr(const struct ex_calibration_curve *c, double similarity)
{
	double past = similarity - c->points[last_supported(c)].similarity;

	return curve_floor(c) * exp(-past / c->tail.scale_high);
}

static bool
has_tail(const struct ex_calibration_curve *c)
{
	/* Written so that NaN has none. */
	return c->tail.peaks > 0 && c->tail.scale_high > 0 &&
	       last_supported(c) >= 0;
}

static double
curve_fmr_beyond(const struct ex_calibration_curve *c, double similarity,
    bool *at_most, enum ex_calibration_reach *reach)
{
	double fmr = curve_fmr(c, similarity, at_most), end, past;

	*reach = EX_REACH_SAMPLE;
	if (!has_tail(c) ||
	    !(similarity > c->points[last_supported(c)].similarity))
		return fmr;
	end = curve_floor(c) / EX_CALIBRATION_REACH;
	past = tail_fmr(c, similarity);
	*reach = past < end ? EX_REACH_END : EX_REACH_TAIL;
	return fmax(past, end);
}

enum ex_status
ex_calibration_fmr_beyond(const struct ex_calibration *cal, unsigned pictures,
    double similarity, double *fmr, bool *at_most,
    enum ex_calibration_reach *reach, struct ex_error *err)
{
	const struct ex_calibration_curve *c[2];
	enum ex_calibration_reach reaches[2];
	enum ex_status status;
	bool at_mosts[2];
	double fmrs[2];
	int worse;

	*fmr = 1;
	*at_most = true;
	*reach = EX_REACH_SAMPLE;
	status = find_curves(cal, pictures, c, err);
	if (status)
		return status;
	for (int i = 0; i < 2; i++)
		fmrs[i] = curve_fmr_beyond(
		    c[i], similarity, &at_mosts[i], &reaches[i]);
	worse = fmrs[1] > fmrs[0];
	*fmr = fmrs[worse];
	*at_most = at_mosts[worse];
	*reach = reaches[worse];
	return EX_OK;
}

enum ex_status
ex_calibration_fmr(const struct ex_calibration *cal, unsigned pictures,
    double similarity, double *fmr, bool *at_most, struct ex_error *err)
{
	const struct ex_calibration_curve *c[2];
	enum ex_status status;
	double a, b;
	bool a_at_most, b_at_most;

	*fmr = 1;
	*at_most = true;
	status = find_curves(cal, pictures, c, err);
	if (status)
		return status;
	a = curve_fmr(c[0], similarity, &a_at_most);
	b = curve_fmr(c[1], similarity, &b_at_most);
	*fmr = fmax(a, b);
	*at_most = a >= b ? a_at_most : b_at_most;
	return EX_OK;
}

static enum ex_status
curve_threshold(const struct ex_calibration_curve *c, double fmr,
    double *similarity, struct ex_error *err)
{
	const struct ex_calibration_point *p = c->points;
	double floor = curve_floor(c), part;
	size_t i = 0;

	if (fmr < floor)
		return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
		    "%zu pairs with %u pictures support an FMR of %.2g, "
		    "not of %.2g",
		    c->pairs, c->pictures, floor, fmr);
	/* Ends at the last supported point: its `high` is under the floor. */
	while (p[i].high > fmr)
		i++;
	*similarity = p[i].similarity;
	if (i == 0)
		return EX_OK;
	part = log(p[i - 1].high / fmr) / log(p[i - 1].high / p[i].high);
	*similarity = p[i - 1].similarity +
		      part * (p[i].similarity - p[i - 1].similarity);
	return EX_OK;
}

enum ex_status
ex_calibration_threshold(const struct ex_calibration *cal, unsigned pictures,
    double fmr, double *similarity, struct ex_error *err)
{
	const struct ex_calibration_curve *c[2];
	enum ex_status status;
	double a, b;

	if (!(fmr > 0 && fmr < 1))
		return ex_fail(
		    err, EX_ERR_USAGE, "fmr", "%g is not between 0 and 1", fmr);
	status = find_curves(cal, pictures, c, err);
	if (status)
		return status;
	status = curve_threshold(c[0], fmr, &a, err);
	if (status)
		return status;
	status = curve_threshold(c[1], fmr, &b, err);
	if (status)
		return status;
	*similarity = fmax(a, b);
	return EX_OK;
}

static enum ex_status
curve_threshold_beyond(const struct ex_calibration_curve *c, double fmr,
    double *similarity, enum ex_calibration_reach *reach, struct ex_error *err)
{
	double floor = curve_floor(c);

	*reach = EX_REACH_SAMPLE;
	if (fmr >= floor || !has_tail(c))
		return curve_threshold(c, fmr, similarity, err);
	if (fmr < floor / EX_CALIBRATION_REACH)
		return ex_fail(err, EX_ERR_CALIBRATION, "calibration",
		    "%zu pairs with %u pictures support an FMR of %.2g, and "
		    "their tail is followed to %.2g, not to %.2g",
		    c->pairs, c->pictures, floor, floor / EX_CALIBRATION_REACH,
		    fmr);
	*reach = EX_REACH_TAIL;
	*similarity = c->points[last_supported(c)].similarity +
		      c->tail.scale_high * log(floor / fmr);
	return EX_OK;
}

enum ex_status
ex_calibration_threshold_beyond(const struct ex_calibration *cal,
    unsigned pictures, double fmr, double *similarity,
    enum ex_calibration_reach *reach, struct ex_error *err)
{
	const struct ex_calibration_curve *c[2];
	enum ex_calibration_reach reaches[2];
	enum ex_status status;
	double at[2];

	if (!(fmr > 0 && fmr < 1))
		return ex_fail(
		    err, EX_ERR_USAGE, "fmr", "%g is not between 0 and 1", fmr);
	status = find_curves(cal, pictures, c, err);
	for (int i = 0; !status && i < 2; i++)
		status =
		    curve_threshold_beyond(c[i], fmr, &at[i], &reaches[i], err);
	if (status)
		return status;
	*similarity = fmax(at[0], at[1]);
	*reach = reaches[0] > reaches[1] ? reaches[0] : reaches[1];
	return EX_OK;
}
