/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Curves of a trial as SVG. The DET curve has normal deviate axes (Martin et
 * al., "The DET curve in assessment of detection task performance", 1997):
 * normal scores give a straight line, and small rates have room.
 */
#include "trial_plot.h"

#include <math.h>

#define WIDTH  640
#define HEIGHT 460
#define LEFT   78
#define RIGHT  18
#define TOP    14
#define BOTTOM 54

/* One axis: what lies at its ends, through `turn`. */
struct axis {
	double low, high;
	double (*turn)(double v);
};

struct plot {
	FILE *f;
	struct axis x, y;
};

/* Normal deviate of a probability, by halving: 60 steps are exact enough. */
static double
deviate(double p)
{
	double low = -9, high = 9;

	for (int i = 0; i < 60; i++) {
		double mid = (low + high) / 2;

		if (erfc(-mid / sqrt(2)) / 2 < p)
			low = mid;
		else
			high = mid;
	}
	return (low + high) / 2;
}

static double
as_is(double v)
{
	return v;
}

/* 0..1 along an axis; what lies outside, at its end. */
static double
along(const struct axis *a, double v)
{
	double low = a->turn(a->low), high = a->turn(a->high);

	v = fmin(fmax(v, a->low), a->high);
	return (a->turn(v) - low) / (high - low);
}

static double
at_x(const struct plot *p, double v)
{
	return LEFT + along(&p->x, v) * (WIDTH - LEFT - RIGHT);
}

static double
at_y(const struct plot *p, double v)
{
	return HEIGHT - BOTTOM - along(&p->y, v) * (HEIGHT - TOP - BOTTOM);
}

static void
put_ticks(const struct plot *p, const double *ticks, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double v = ticks[i];

		if (v >= p->x.low && v <= p->x.high)
			fprintf(p->f,
			    "<path class=\"grid\" d=\"M%.1f %dV%d\"/><text "
			    "x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%g"
			    "</text>\n",
			    at_x(p, v), TOP, HEIGHT - BOTTOM, at_x(p, v),
			    HEIGHT - BOTTOM + 18, 100 * v);
		if (v >= p->y.low && v <= p->y.high)
			fprintf(p->f,
			    "<path class=\"grid\" d=\"M%d %.1fH%d\"/><text "
			    "x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%g"
			    "</text>\n",
			    LEFT, at_y(p, v), WIDTH - RIGHT, LEFT - 8,
			    at_y(p, v) + 4, 100 * v);
	}
}

static void
put_frame(const struct plot *p, const char *words, const char *x, const char *y)
{
	fprintf(p->f,
	    "<svg class=\"plot\" viewBox=\"0 0 %d %d\" role=\"img\" "
	    "aria-label=\"%s\">\n",
	    WIDTH, HEIGHT, words);
	fprintf(p->f,
	    "<text class=\"axis\" x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s"
	    "</text><text class=\"axis\" transform=\"rotate(-90)\" x=\"%d\" "
	    "y=\"18\" text-anchor=\"middle\">%s</text>\n",
	    (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 10, x,
	    -(TOP + HEIGHT - BOTTOM) / 2, y);
}

/* Towards the upper bounds, and back along the lower ones. */
static void
put_band(const struct plot *p, const struct ex_trial_point *points, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(p->f, "%s%.1f %.1f",
		    i ? "L" : "<path class=\"band\" d=\"M",
		    at_x(p, points[i].fmr), at_y(p, points[i].fnmr.high));
	for (size_t i = n; i-- > 0;)
		fprintf(p->f, "L%.1f %.1f", at_x(p, points[i].fmr),
		    at_y(p, points[i].fnmr.low));
	fputs("Z\"/>\n", p->f);
}

void
ex_trial_plot_det(FILE *f, const struct ex_trial_result *r)
{
	static const double ticks[] = { 1e-5, 1e-4, 1e-3, 0.01, 0.05, 0.1, 0.2,
		0.4 };
	struct plot p = { f, { 0.4, 0.5, deviate }, { 1e-3, 0.5, deviate } };

	if (r->n_det < 2)
		return;
	p.x.low = r->det[r->n_det - 1].fmr;
	put_frame(&p,
	    "DET curve: the share of missed genuine comparisons at each share "
	    "of false matches; the table above has its numbers",
	    "false matches, % of impostor comparisons",
	    "misses, % of genuine comparisons");
	put_ticks(&p, ticks, sizeof ticks / sizeof *ticks);
	fprintf(f, "<path class=\"even\" d=\"M%.1f %.1fL%.1f %.1f\"/>\n",
	    at_x(&p, fmax(p.x.low, p.y.low)), at_y(&p, fmax(p.x.low, p.y.low)),
	    at_x(&p, 0.5), at_y(&p, 0.5));
	put_band(&p, r->det, r->n_det);
	for (size_t i = 0; i < r->n_det; i++)
		fprintf(f, "%s%.1f %.1f",
		    i ? "L" : "<path class=\"curve\" d=\"M",
		    at_x(&p, r->det[i].fmr), at_y(&p, r->det[i].fnmr.value));
	fputs("\"/>\n", f);
	for (int i = 0; i < EX_TRIAL_RATES; i++)
		if (r->rates[i].supported)
			fprintf(f,
			    "<circle class=\"point\" cx=\"%.1f\" cy=\"%.1f\" "
			    "r=\"5\"/>\n",
			    at_x(&p, r->rates[i].fmr),
			    at_y(&p, r->rates[i].fnmr.value));
	fputs("</svg>\n", f);
}

/* What a perfect quality would do: every miss goes first. */
static double
ideal(double all, double gone)
{
	return gone >= all ? 0 : (all - gone) / (1 - gone);
}

/* A round rate at or over the curve: 1, 2 or 5 of a power of ten. */
static double
round_up(double v)
{
	double ten = pow(10, floor(log10(fmax(v, 1e-4))));

	for (int i = 0; i < 3; i++)
		if (v <= ten * (double[]){ 1, 2, 5 }[i])
			return ten * (double[]){ 1, 2, 5 }[i];
	return 10 * ten;
}

void
ex_trial_plot_edc(FILE *f, const struct ex_trial_result *r)
{
	struct plot p = { f, { 0, 0.5, as_is }, { 0, 0, as_is } };
	const double *fnmr = r->edc.fnmr;
	double highest = 0, ticks[6];

	for (int i = 0; i < EX_TRIAL_EDC; i++)
		highest = fmax(highest, fnmr[i]);
	p.y.high = round_up(highest);
	put_frame(&p,
	    "Error against discard: the share of genuine comparisons missed "
	    "when those of least quality are left out",
	    "left out, % of genuine comparisons", "misses, % of those left");
	for (int i = 0; i <= 5; i++)
		ticks[i] = p.y.high * i / 5;
	p.x.high = -1; /* the ticks of y alone, then of x */
	put_ticks(&p, ticks, 6);
	p.x.high = 0.5;
	p.y.low = 1;
	put_ticks(&p, (const double[]){ 0, 0.1, 0.2, 0.3, 0.4, 0.5 }, 6);
	p.y.low = 0;
	for (int i = 0; i <= 50; i++)
		fprintf(f, "%s%.1f %.1f",
		    i ? "L" : "<path class=\"even\" d=\"M", at_x(&p, i / 100.0),
		    at_y(&p, ideal(fnmr[0], i / 100.0)));
	fputs("\"/>\n", f);
	for (int i = 0; i < EX_TRIAL_EDC; i++)
		fprintf(f, "%s%.1f %.1f",
		    i ? "L" : "<path class=\"curve\" d=\"M", at_x(&p, 0.05 * i),
		    at_y(&p, fnmr[i]));
	fputs("\"/>\n</svg>\n", f);
}
