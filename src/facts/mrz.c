/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/facts.h"

static int
value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'Z')
		return c - 'A' + 10;
	return c == '<' ? 0 : -1;
}

/* Doc 9303-3, 4.9 */
int
ex_mrz_check_digit(const char *s, size_t n)
{
	static const int weights[] = { 7, 3, 1 };
	int sum = 0;

	for (size_t i = 0; i < n; i++) {
		int v = value(s[i]);

		if (v < 0)
			return -1;
		sum = (sum + v * weights[i % 3]) % 10;
	}
	return sum;
}
