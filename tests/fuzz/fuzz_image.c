/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a picture, in every channel choice. */
#include <stdlib.h>

#include "exeunt/img.h"

#define MAX_PIXELS (1 << 20) /* larger ones only cost time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int channels[] = { 1, 3, 4 };
	struct ex_bytes in = { data, size };
	int width, height;

	if (ex_image_size(in, &width, &height) == EX_OK &&
	    (int64_t)width * height > MAX_PIXELS)
		return 0;
	for (int i = 0; i < 3; i++) {
		struct ex_image im;
		struct ex_error err;
		enum ex_status status = ex_image_decode(
		    in, channels[i], EX_ORIENTATION_APPLY, &im, "fuzz", &err);

		/* Whole and of the size it declared, upright or turned; or
		 * nothing at all. */
		if (status == EX_OK ? im.channels != channels[i] ||
					  (int64_t)im.width * im.height !=
					      (int64_t)width * height
				    : im.pixels != NULL)
			abort();
		ex_image_free(&im);
	}
	return 0;
}
