/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/eval.h"

#include <math.h>

/* Normal deviate of a two-sided 95 % interval. */
#define Z 1.959963984540054

static const struct {
	const char *word, *label, *text;
	double target;
} names[] = {
#define EX_RATE(name, word, target, label, text)                               \
	[EX_EVAL_##name] = { word, label, text, target },
#include "exeunt/eval_rates.inc"
#undef EX_RATE
};

/*
 * The score interval: E. B. Wilson, "Probable inference, the law of
 * succession, and statistical inference", J. Am. Stat. Assoc. 22 (1927) 209.
 * With p = k / n, its ends are
 *
 *     (p + z^2 / 2n  -+  z sqrt(p (1 - p) / n + z^2 / 4n^2)) / (1 + z^2 / n)
 *
 * It stays honest where nearly all or nearly none of few succeed, which is
 * where the textbook's p +- z s.e. claims certainty.
 */
struct ex_eval_rate
ex_eval_rate_make(size_t k, size_t n)
{
	struct ex_eval_rate r = { .k = k, .n = n, .low = 0, .high = 1 };
	double m = (double)n, p, centre, half, scale;

	if (n == 0)
		return r;
	p = (double)k / m;
	scale = 1 + Z * Z / m;
	centre = (p + Z * Z / (2 * m)) / scale;
	half = Z * sqrt(p * (1 - p) / m + Z * Z / (4 * m * m)) / scale;
	/* Exactly 0 and 1 at the ends, whatever the rounding. */
	r.low = k == 0 ? 0 : fmax(0, centre - half);
	r.high = k == n ? 1 : fmin(1, centre + half);
	return r;
}

const char *
ex_eval_rate_word(enum ex_eval_rate_name which)
{
	return names[which].word;
}

const char *
ex_eval_rate_label(enum ex_eval_rate_name which)
{
	return names[which].label;
}

const char *
ex_eval_rate_text(enum ex_eval_rate_name which)
{
	return names[which].text;
}

double
ex_eval_rate_target(enum ex_eval_rate_name which)
{
	return names[which].target;
}

const char *
ex_eval_cause_word(unsigned cause)
{
	return cause == EX_EVAL_NONE_FOUND
		   ? "none-found"
		   : ex_cause_word((enum ex_cause)cause);
}

const char *
ex_eval_cause_text(unsigned cause)
{
	return cause == EX_EVAL_NONE_FOUND
		   ? "the lane did not see this person"
		   : ex_cause_text((enum ex_cause)cause);
}

const char *
ex_eval_fault_word(enum ex_eval_fault f)
{
	static const char *const words[EX_EVAL_FAULT_COUNT] = { "wrong",
		"phantom", "missed", "vehicle" };

	return words[f];
}
