/* SPDX-License-Identifier: Apache-2.0 */
#include "layout.h"

/* -1 where a character is filler: unknown in whole, though one is given. */
static int
two_digits(const char *s)
{
	if (s[0] == '<' || s[1] == '<')
		return -1;
	return (s[0] - '0') * 10 + (s[1] - '0');
}

/* The year of these last two digits in first..first + 99. */
static int
year_from(int first, int two)
{
	return first + ((two - first) % 100 + 100) % 100;
}

/* Doc 9303-3, 4.8: YYMMDD, any part unknown. `year` is still two digits. */
static struct ex_mrz_date
date_read(const char *s)
{
	int month = two_digits(s + 2), day = two_digits(s + 4);

	return (struct ex_mrz_date){
		.year = two_digits(s),
		.month = month < 0 ? 0 : month,
		.day = day < 0 ? 0 : day,
	};
}

/* As far as the parts are known; same year at least. */
static bool
later_in_year(struct ex_mrz_date d, struct ex_mrz_date today)
{
	if (!d.month || d.month != today.month)
		return d.month > today.month;
	return d.day > today.day;
}

struct ex_mrz_date
ex_mrz_birth_read(const char *s, struct ex_mrz_date today)
{
	struct ex_mrz_date d = date_read(s);

	if (d.year < 0) {
		d.year = 0;
		return d;
	}
	d.year = year_from(today.year - 99, d.year);
	if (d.year == today.year && later_in_year(d, today))
		d.year -= 100;
	return d;
}

struct ex_mrz_date
ex_mrz_expiry_read(const char *s, struct ex_mrz_date today)
{
	struct ex_mrz_date d = date_read(s);

	d.year = d.year < 0 ? 0 : year_from(today.year - 50, d.year);
	return d;
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30,
		31 };
	/* an unknown year may have been a leap year: 0 divides by 400 */
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

bool
ex_mrz_date_exists(struct ex_mrz_date d)
{
	if (d.year < 0 || d.year > 9999 || d.month < 0 || d.month > 12)
		return false;
	return d.day >= 0 &&
	       d.day <= (d.month ? month_days(d.year, d.month) : 31);
}

struct ex_mrz_date
ex_mrz_date_at(int64_t ms)
{
	char text[EX_RFC3339_SIZE]; /* YYYY-MM-DD first */

	ex_rfc3339_format(ms, text);
	return (struct ex_mrz_date){
		.year = two_digits(text) * 100 + two_digits(text + 2),
		.month = two_digits(text + 5),
		.day = two_digits(text + 8),
	};
}
