/* SPDX-License-Identifier: Apache-2.0 */
/* A shape predictor in dlib's format. Of what is read every index must lead
 * into its array, and every tree must be full. */
#include <math.h>
#include <stdlib.h>

#include "exeunt/nn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
need(bool promise)
{
	if (!promise)
		abort();
}

/* So that the sanitizer sees each of them. */
static void
check_numbers(const float *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		need(isfinite(p[i]));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ex_error err = { 0 };
	struct ex_dlib_shape s;
	enum ex_status status = ex_dlib_shape_read(
	    (struct ex_bytes){ data, size }, &s, "shape", &err);
	size_t trees, splits;

	if (status != EX_OK) {
		need(!s.mean && !s.split && !s.leaf && !s.pixel);
		need(err.status == status && err.why[0]);
		return 0;
	}
	trees = (size_t)s.stages * s.trees;
	splits = trees * s.splits;
	need((s.splits & (s.splits + 1)) == 0);
	for (size_t i = 0; i < splits; i++)
		need(s.split[i].a < s.pixels && s.split[i].b < s.pixels);
	for (size_t i = 0; i < (size_t)s.stages * s.pixels; i++)
		need(s.pixel[i].anchor < s.parts);
	check_numbers(s.mean, s.parts * 2);
	check_numbers(s.leaf, (splits + trees) * s.parts * 2);
	ex_dlib_shape_free(&s);
	return 0;
}
