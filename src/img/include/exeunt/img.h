/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * img: pictures in and out, and the plain work on pixels.
 *
 * Pictures come from cameras, chips and files: every decoder is bounded before
 * it allocates. Pixels are 8 bits a channel, sRGB as they came, origin top
 * left. Nothing here logs.
 */
#ifndef EXEUNT_IMG_H
#define EXEUNT_IMG_H

#include "exeunt/base.h"

/** A picture: grey (1), RGB (3) or RGBA (4, straight alpha). Owns pixels. */
struct ex_image {
	int width;    /**< pixels, 1..EX_IMAGE_MAX_SIDE */
	int height;   /**< pixels, 1..EX_IMAGE_MAX_SIDE */
	int channels; /**< 1, 3 or 4 */
	/** from row to row, at least width * channels; exactly that in every
	 * picture that a call of this room made */
	size_t stride_bytes;
	uint8_t *pixels; /**< 64-byte aligned */
};

#define EX_IMAGE_MAX_SIDE   16384               /**< pixels */
#define EX_IMAGE_MAX_PIXELS (64u * 1024 * 1024) /**< width * height */
#define EX_IMAGE_MAX_BYTES  (64u * 1024 * 1024) /**< of an encoded file */
/** Of JPEG 2000, whose decoder needs 8 bytes a sample. */
#define EX_IMAGE_MAX_PIXELS_JP2 (16u * 1024 * 1024)

enum ex_image_type {
	EX_IMAGE_UNKNOWN,
	EX_IMAGE_JPEG,
	EX_IMAGE_PNG,
	EX_IMAGE_JP2, /**< JPEG 2000 in its box format */
	EX_IMAGE_J2K, /**< raw JPEG 2000 codestream */
};

/** Orientation written by a camera (EXIF tag 0x0112). */
enum ex_orientation {
	EX_ORIENTATION_IGNORE, /**< lane frames */
	EX_ORIENTATION_APPLY,  /**< portraits */
};

/**
 * A picture of zeros. `channels` is 1, 3 or 4 (asserted: ours to choose).
 * @return EX_OK; EX_ERR_TOO_LARGE past the limits above or for sizes under 1;
 *         EX_ERR_NOMEM
 */
enum ex_status ex_image_new(
    int width, int height, int channels, struct ex_image *out);
/** Release; wipes first, pictures show people. NULL pixels are fine. */
void ex_image_free(struct ex_image *im);

/** Pixel row y. */
static inline uint8_t *
ex_image_row(const struct ex_image *im, int y)
{
	return im->pixels + (size_t)y * im->stride_bytes;
}

/** By signature alone; never trusts a file name. */
enum ex_image_type ex_image_type(struct ex_bytes in);
/**
 * Width and height from the header alone; nothing allocated, nothing decoded.
 * @return EX_OK, EX_ERR_TOO_LARGE (past the limits above), EX_ERR_FORMAT,
 *         EX_ERR_TRUNCATED, EX_ERR_UNSUPPORTED; both are 0 but for EX_OK
 */
enum ex_status ex_image_size(struct ex_bytes in, int *width, int *height);

/**
 * Decode JPEG (baseline and progressive, grey, YCbCr, CMYK refused), PNG (all
 * types, 16 bit cut to 8), JPEG 2000 (box or codestream, 1..4 components of
 * the same size and at most 16 bits; grey, sRGB, sYCC; palettes refused). No
 * colour profile or gamma is applied.
 *
 * @param in       whole file, at most EX_IMAGE_MAX_BYTES; borrowed
 * @param channels 1, 3 or 4: what the caller wants; alpha is dropped for 1 and
 *                 3 (not blended), and opaque where the file has none
 * @param turn     EX_ORIENTATION_APPLY turns by the EXIF tag (JPEG only; a
 *                 damaged tag turns nothing)
 * @param out      owned by the caller on EX_OK; zeroed otherwise
 * @param what     name for errors
 * @return EX_OK, EX_ERR_FORMAT, EX_ERR_TRUNCATED, EX_ERR_TOO_LARGE,
 *         EX_ERR_UNSUPPORTED, EX_ERR_NOMEM
 *
 * A picture with any missing or corrupt part is refused, not patched over:
 * half a face must not be matched. Thread safe.
 */
enum ex_status ex_image_decode(struct ex_bytes in, int channels,
    enum ex_orientation turn, struct ex_image *out, const char *what,
    struct ex_error *err);
/** ex_file_read and ex_image_decode. */
enum ex_status ex_image_load(const char *path, int channels,
    enum ex_orientation turn, struct ex_image *out, struct ex_error *err);

/**
 * Encode 1 or 3 channels as JPEG, 4:2:0, quality 1..100. Encoders give EX_OK,
 * EX_ERR_NOMEM or EX_ERR_INTERNAL; `out` is the caller's, empty on failure.
 */
enum ex_status ex_image_encode_jpeg(
    const struct ex_image *im, int quality, struct ex_blob *out);
/**
 * The same for a picture that people judge and many are kept of: its longer
 * side shrunk to EX_JPEG_SIDE, then the best quality of 90, 80, 70, 60, 50 that
 * fits into EX_JPEG_BYTES; where none does, three quarters of the side, again.
 *
 * Why these: a chip's portrait, from which officers and matchers work
 * everywhere, has some 90 pixels between the eyes and 12 to 20 KB as JPEG (Doc
 * 9303-9; ISO/IEC 19794-5, annex). A face with a third of its side around it
 * has such eyes at 320 pixels; 400 leave room for a whole portrait.
 */
enum ex_status ex_image_encode_judged(
    const struct ex_image *im, struct ex_blob *out);
#define EX_JPEG_SIDE  400         /**< pixels, at most */
#define EX_JPEG_BYTES (24 * 1024) /**< at most; mostly 12 to 20 KB */
/** Encode 1, 3 or 4 channels as PNG. */
enum ex_status ex_image_encode_png(
    const struct ex_image *im, struct ex_blob *out);
/** Encode as EX_IMAGE_JP2 or EX_IMAGE_J2K, lossless (tests and synthetic
 *  documents). */
enum ex_status ex_image_encode_jp2(
    const struct ex_image *im, enum ex_image_type type, struct ex_blob *out);

/**
 * Copy a rectangle; parts outside `im` are black. x, y may be negative.
 * @return EX_OK, EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_image_crop(const struct ex_image *im, int x, int y, int width,
    int height, struct ex_image *out);
/**
 * Area average along an axis that shrinks, bilinear along one that grows.
 * Colours of RGBA are averaged by their alpha, here and in ex_image_warp.
 * @return EX_OK, EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_image_resize(
    const struct ex_image *im, int width, int height, struct ex_image *out);

/** Affine map from output to input pixels: x' = a[0]x + a[1]y + a[2],
 *  y' = a[3]x + a[4]y + a[5]; pixel centres at whole numbers. */
struct ex_affine {
	double a[6];
};
/**
 * Bilinear warp into a new picture; outside is zero (alpha zero too), and what
 * lies less than a pixel outside fades to it. No filter before it: to shrink
 * by more than half, resize first.
 * @return EX_OK, EX_ERR_TOO_LARGE, EX_ERR_NOMEM
 */
enum ex_status ex_image_warp(const struct ex_image *im,
    const struct ex_affine *map, int width, int height, struct ex_image *out);
/** Blend RGBA `over` onto RGB `onto` at x, y (clipped), times opacity 0..1. */
void ex_image_blend(struct ex_image *onto, const struct ex_image *over, int x,
    int y, double opacity);

#endif
