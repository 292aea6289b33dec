/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share: decoders and the walks before them.
 *
 * Every picture is walked by our own bounded cursor before a library sees it,
 * so that size, completeness and kind are known without an allocation. */
#ifndef EXEUNT_IMG_CODEC_H
#define EXEUNT_IMG_CODEC_H

#include "exeunt/img.h"

/* One picture to decode; all borrowed. */
struct ex_image_job {
	struct ex_bytes in;
	int channels;
	enum ex_orientation turn;
	const char *what;
	struct ex_error *err;
};

/* How far a walk goes: to the size, or over every byte. */
enum ex_walk { EX_WALK_HEADER, EX_WALK_WHOLE };

/* A walk that stops says why, in a constant text. */
struct ex_walk_error {
	const char *why;
};

/* What the markers of a JPEG say (ITU-T T.81, annex B). */
struct ex_jpeg_facts {
	uint32_t width, height;
	unsigned frame; /* SOFn marker, 0 before it is seen */
	unsigned precision, components, scans;
	struct ex_bytes exif; /* TIFF structure of the first Exif APP1 */
};

/* What the main header of a codestream says (ITU-T T.800, annex A). */
struct ex_j2k_facts {
	uint32_t width, height;
	uint32_t tile_width, tile_height, tiles;
	unsigned components;
	unsigned precision; /* most bits of any component */
	bool subsampled;
};

/* Colour spaces by number (T.800, table I.10); 0 where the file has none. */
enum {
	EX_JP2_CMYK = 12,
	EX_JP2_SRGB = 16,
	EX_JP2_GREY = 17,
	EX_JP2_SYCC = 18,
};

/* What the boxes of a JP2 file say (T.800, annex I). */
struct ex_jp2_facts {
	struct ex_bytes codestream;
	uint32_t width, height; /* of ihdr; must be those of the codestream */
	unsigned components;
	uint32_t colour;
};

enum ex_status ex_jpeg_walk(struct ex_bytes in, enum ex_walk how,
    struct ex_jpeg_facts *facts, struct ex_walk_error *e);
enum ex_status ex_j2k_walk(struct ex_bytes in, enum ex_walk how,
    struct ex_j2k_facts *facts, struct ex_walk_error *e);
enum ex_status ex_jp2_walk(
    struct ex_bytes in, struct ex_jp2_facts *facts, struct ex_walk_error *e);

/* 1..8; 1 where the structure is absent or damaged. */
int ex_exif_orientation(struct ex_bytes in);
/* Turn `im` so that orientation `tag` shows upright; `im` is replaced. */
enum ex_status ex_image_orient(struct ex_image *im, int tag);

/* Size from the header, of any value; `e` on failure. */
typedef enum ex_status ex_peek_fn(struct ex_bytes in, uint32_t *width,
    uint32_t *height, struct ex_walk_error *e);
/* Decode into `out`, zeroed by the caller and freed by it on failure. */
typedef enum ex_status ex_decode_fn(
    const struct ex_image_job *job, struct ex_image *out);

ex_peek_fn ex_jpeg_peek, ex_png_peek, ex_jp2_peek;
ex_decode_fn ex_jpeg_decode, ex_png_decode, ex_jp2_decode;

/* Within the limits of img.h. */
bool ex_image_fits(uint32_t width, uint32_t height);

/* Luma of ITU-R BT.601 in 16 bits of fraction; grey stays exactly itself. */
static inline uint8_t
ex_luma(unsigned r, unsigned g, unsigned b)
{
	return (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

static inline enum ex_status
ex_walk_fail(struct ex_walk_error *e, enum ex_status status, const char *why)
{
	e->why = why;
	return status;
}

#endif
