/* SPDX-License-Identifier: Apache-2.0 */
#include "codec.h"

#include <assert.h>
#include <string.h>

/* One row a kind of picture; the type comes from the first bytes alone. */
static const struct kind {
	enum ex_image_type type;
	const char *name;
	uint8_t size;
	uint8_t signature[12];
	ex_peek_fn *peek;
	ex_decode_fn *decode;
} kinds[] = {
	/* SOI and the first byte of the next marker (T.81, B.1.1) */
	{ EX_IMAGE_JPEG, "JPEG", 3, { 0xff, 0xd8, 0xff }, ex_jpeg_peek,
	    ex_jpeg_decode },
	/* PNG, 5.2 */
	{ EX_IMAGE_PNG, "PNG", 8, { 137, 'P', 'N', 'G', 13, 10, 26, 10 },
	    ex_png_peek, ex_png_decode },
	/* Signature box (T.800, I.5.1) */
	{ EX_IMAGE_JP2, "JPEG 2000", 12,
	    { 0, 0, 0, 12, 'j', 'P', ' ', ' ', 13, 10, 0x87, 10 }, ex_jp2_peek,
	    ex_jp2_decode },
	/* SOC and SIZ (T.800, A.4.1 and A.5.1) */
	{ EX_IMAGE_J2K, "JPEG 2000", 4, { 0xff, 0x4f, 0xff, 0x51 }, ex_jp2_peek,
	    ex_jp2_decode },
};

static const struct kind *
find_kind(struct ex_bytes in)
{
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (in.size >= kinds[i].size &&
		    !memcmp(in.data, kinds[i].signature, kinds[i].size))
			return &kinds[i];
	return NULL;
}

enum ex_image_type
ex_image_type(struct ex_bytes in)
{
	const struct kind *kind = find_kind(in);

	return kind ? kind->type : EX_IMAGE_UNKNOWN;
}

/* Everything that can be refused from the header alone. */
static enum ex_status
inspect(struct ex_bytes in, uint32_t *width, uint32_t *height, const char *what,
    struct ex_error *err)
{
	const struct kind *kind = find_kind(in);
	struct ex_walk_error e = { NULL };
	enum ex_status status;

	if (in.size == 0)
		return ex_fail(err, EX_ERR_TRUNCATED, what, "empty");
	if (in.size > EX_IMAGE_MAX_BYTES)
		return ex_fail(err, EX_ERR_TOO_LARGE, what,
		    "%zu bytes; pictures have at most %u", in.size,
		    EX_IMAGE_MAX_BYTES);
	if (!kind)
		return ex_fail(err, EX_ERR_FORMAT, what,
		    "not a JPEG, PNG or JPEG 2000 picture");
	status = kind->peek(in, width, height, &e);
	if (status != EX_OK)
		return ex_fail(err, status, what, "%s: %s", kind->name, e.why);
	if (*width == 0 || *height == 0)
		return ex_fail(err, EX_ERR_FORMAT, what,
		    "%s: declares no width or no height", kind->name);
	if (!ex_image_fits(*width, *height))
		return ex_fail(err, EX_ERR_TOO_LARGE, what,
		    "%s: declares %u x %u pixels; at most %d a side and "
		    "%u in all are read",
		    kind->name, *width, *height, EX_IMAGE_MAX_SIDE,
		    EX_IMAGE_MAX_PIXELS);
	return EX_OK;
}

enum ex_status
ex_image_size(struct ex_bytes in, int *width, int *height)
{
	uint32_t w = 0, h = 0;
	enum ex_status status = inspect(in, &w, &h, "", NULL);

	*width = status == EX_OK ? (int)w : 0;
	*height = status == EX_OK ? (int)h : 0;
	return status;
}

enum ex_status
ex_image_decode(struct ex_bytes in, int channels, enum ex_orientation turn,
    struct ex_image *out, const char *what, struct ex_error *err)
{
	struct ex_image_job job = { in, channels, turn, what, err };
	struct ex_image im = { 0 };
	enum ex_status status;
	uint32_t width, height;

	assert(channels == 1 || channels == 3 || channels == 4);
	*out = im;
	status = inspect(in, &width, &height, what, err);
	if (status == EX_OK)
		status = find_kind(in)->decode(&job, &im);
	if (status != EX_OK) {
		ex_image_free(&im);
		return status;
	}
	*out = im;
	return EX_OK;
}

enum ex_status
ex_image_load(const char *path, int channels, enum ex_orientation turn,
    struct ex_image *out, struct ex_error *err)
{
	struct ex_blob file;
	enum ex_status status;

	*out = (struct ex_image){ 0 };
	status = ex_file_read(path, EX_IMAGE_MAX_BYTES, &file, err);
	if (status != EX_OK)
		return status;
	status = ex_image_decode(
	    ex_blob_bytes(&file), channels, turn, out, path, err);
	ex_wipe(file.data, file.size);
	ex_blob_free(&file);
	return status;
}
