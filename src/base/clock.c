/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/base.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

int64_t
ex_clock_wall_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t
ex_clock_mono_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#define YEAR_1_MS    INT64_C(-62135596800000)
#define YEAR_9999_MS INT64_C(253402300799999)

void
ex_rfc3339_format(int64_t ms, char out[static EX_RFC3339_SIZE])
{
	struct tm tm;
	time_t seconds;
	int64_t rest;

	if (ms < YEAR_1_MS)
		ms = YEAR_1_MS;
	if (ms > YEAR_9999_MS)
		ms = YEAR_9999_MS;
	rest = (ms % 1000 + 1000) % 1000;
	seconds = (time_t)((ms - rest) / 1000);
	gmtime_r(&seconds, &tm);
	/* The modulo tells the compiler the widths that the clamp ensures. */
	snprintf(out, EX_RFC3339_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
	    (unsigned)(tm.tm_year + 1900) % 10000u,
	    (unsigned)(tm.tm_mon + 1) % 100u, (unsigned)tm.tm_mday % 100u,
	    (unsigned)tm.tm_hour % 100u, (unsigned)tm.tm_min % 100u,
	    (unsigned)tm.tm_sec % 100u, (unsigned)rest % 1000u);
}

static bool
digits(const char **p, int n, int *out)
{
	*out = 0;
	for (int i = 0; i < n; i++, (*p)++) {
		if (**p < '0' || **p > '9')
			return false;
		*out = *out * 10 + (**p - '0');
	}
	return true;
}

static bool
letter(const char **p, char c)
{
	return *(*p)++ == c;
}

/* RFC 3339, 5.6: up to nine digits of fraction; we keep three. */
static bool
fraction(const char **p, int *ms)
{
	int scale = 100, count = 0;

	*ms = 0;
	if (**p != '.')
		return true;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++, scale /= 10, count++)
		*ms += (**p - '0') * scale;
	return count >= 1 && count <= 9;
}

bool
ex_rfc3339_parse(const char *text, int64_t *ms)
{
	struct tm tm = { 0 }, back;
	const char *p = text;
	int year, month, rest;
	time_t t;

	if (!digits(&p, 4, &year) || !letter(&p, '-') ||
	    !digits(&p, 2, &month) || !letter(&p, '-') ||
	    !digits(&p, 2, &tm.tm_mday) || !letter(&p, 'T') ||
	    !digits(&p, 2, &tm.tm_hour) || !letter(&p, ':') ||
	    !digits(&p, 2, &tm.tm_min) || !letter(&p, ':') ||
	    !digits(&p, 2, &tm.tm_sec) || !fraction(&p, &rest) ||
	    strcmp(p, "Z") != 0 || year < 1)
		return false;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	back = tm;
	t = timegm(&back);
	/* timegm mends the 31st of February; we refuse it. */
	if (back.tm_mon != tm.tm_mon || back.tm_mday != tm.tm_mday ||
	    back.tm_hour != tm.tm_hour || back.tm_min != tm.tm_min ||
	    back.tm_sec != tm.tm_sec)
		return false;
	*ms = (int64_t)t * 1000 + rest;
	return true;
}
