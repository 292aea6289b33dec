/* SPDX-License-Identifier: Apache-2.0 */
#include "codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool
ex_image_fits(uint32_t width, uint32_t height)
{
	return width >= 1 && height >= 1 && width <= EX_IMAGE_MAX_SIDE &&
	       height <= EX_IMAGE_MAX_SIDE &&
	       (uint64_t)width * height <= EX_IMAGE_MAX_PIXELS;
}

enum ex_status
ex_image_new(int width, int height, int channels, struct ex_image *out)
{
	assert(channels == 1 || channels == 3 || channels == 4);
	*out = (struct ex_image){ 0 };
	if (width < 1 || height < 1 ||
	    !ex_image_fits((uint32_t)width, (uint32_t)height))
		return EX_ERR_TOO_LARGE;
	size_t stride = (size_t)width * (size_t)channels;
	uint8_t *pixels = ex_calloc((size_t)height, stride);
	if (!pixels)
		return EX_ERR_NOMEM;
	*out = (struct ex_image){ width, height, channels, stride, pixels };
	return EX_OK;
}

void
ex_image_free(struct ex_image *im)
{
	if (im->pixels)
		ex_wipe(im->pixels, im->stride_bytes * (size_t)im->height);
	free(im->pixels);
	*im = (struct ex_image){ 0 };
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

enum ex_status
ex_image_crop(const struct ex_image *im, int x, int y, int width, int height,
    struct ex_image *out)
{
	enum ex_status status = ex_image_new(width, height, im->channels, out);

	if (status != EX_OK)
		return status;
	/* The part of the rectangle that lies inside, in pixels of `im`. */
	int64_t left = larger(x, 0);
	int64_t right = smaller((int64_t)x + width, im->width);
	int64_t top = larger(y, 0);
	int64_t bottom = smaller((int64_t)y + height, im->height);
	size_t pixel = (size_t)im->channels;

	for (int64_t row = top; row < bottom && left < right; row++)
		memcpy(ex_image_row(out, (int)(row - y)) +
			   (size_t)(left - x) * pixel,
		    ex_image_row(im, (int)row) + (size_t)left * pixel,
		    (size_t)(right - left) * pixel);
	return EX_OK;
}

/* How an upright pixel (x, y) is found in the stored picture: axes swapped
 * first, then counted from the far end. TIFF 6.0, section 8, Orientation. */
static const struct {
	bool swap, flip_x, flip_y;
} orientations[9] = {
	[2] = { false, true, false },
	[3] = { false, true, true },
	[4] = { false, false, true },
	[5] = { true, false, false },
	[6] = { true, false, true },
	[7] = { true, true, true },
	[8] = { true, true, false },
};

enum ex_status
ex_image_orient(struct ex_image *im, int tag)
{
	assert(tag >= 1 && tag <= 8);
	if (tag == 1)
		return EX_OK;
	bool swap = orientations[tag].swap;
	size_t pixel = (size_t)im->channels;
	struct ex_image out;
	enum ex_status status = ex_image_new(swap ? im->height : im->width,
	    swap ? im->width : im->height, im->channels, &out);

	if (status != EX_OK)
		return status;
	for (int y = 0; y < out.height; y++) {
		uint8_t *to = ex_image_row(&out, y);

		for (int x = 0; x < out.width; x++, to += pixel) {
			int sx = swap ? y : x, sy = swap ? x : y;

			if (orientations[tag].flip_x)
				sx = im->width - 1 - sx;
			if (orientations[tag].flip_y)
				sy = im->height - 1 - sy;
			memcpy(to, ex_image_row(im, sy) + (size_t)sx * pixel,
			    pixel);
		}
	}
	ex_image_free(im);
	*im = out;
	return EX_OK;
}

void
ex_image_blend(struct ex_image *onto, const struct ex_image *over, int x, int y,
    double opacity)
{
	assert(onto->channels == 3 && over->channels == 4);
	opacity = opacity > 0 ? (opacity < 1 ? opacity : 1) : 0;
	/* Alpha 255 at opacity 1 is 1 << 16 exactly: `over` replaces. */
	double unit = opacity * 65536 / 255;
	int left = (int)smaller(larger(-(int64_t)x, 0), over->width);
	int right = (int)smaller(over->width, (int64_t)onto->width - x);
	int top = (int)smaller(larger(-(int64_t)y, 0), over->height);
	int bottom = (int)smaller(over->height, (int64_t)onto->height - y);

	for (int v = top; v < bottom && left < right; v++) {
		const uint8_t *from = ex_image_row(over, v) + (size_t)left * 4;
		uint8_t *to =
		    ex_image_row(onto, y + v) + (size_t)(x + left) * 3;

		for (int u = left; u < right; u++, from += 4, to += 3) {
			unsigned a = (unsigned)(from[3] * unit + 0.5);

			for (int c = 0; c < 3; c++)
				to[c] = (uint8_t)((to[c] * (65536 - a) +
						      from[c] * a + 32768) >>
						  16);
		}
	}
}
