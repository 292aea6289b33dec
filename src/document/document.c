/* SPDX-License-Identifier: Apache-2.0 */
#include "exeunt/document.h"

#include <string.h>

/* T.81, B.1.1.3; PNG (ISO/IEC 15948), 5.2; T.800, I.5.1 and A.4. */
static const struct {
	enum ex_portrait_type type;
	size_t size;
	const char *bytes;
} signatures[] = {
	{ EX_PORTRAIT_JPEG, 3, "\xff\xd8\xff" },
	{ EX_PORTRAIT_PNG, 8, "\x89PNG\r\n\x1a\n" },
	{ EX_PORTRAIT_JP2, 12, "\0\0\0\x0cjP  \r\n\x87\n" },
	{ EX_PORTRAIT_J2K, 4, "\xff\x4f\xff\x51" },
};

enum ex_portrait_type
ex_portrait_type(struct ex_bytes in)
{
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++)
		if (in.size >= signatures[i].size &&
		    !memcmp(in.data, signatures[i].bytes, signatures[i].size))
			return signatures[i].type;
	return EX_PORTRAIT_NONE;
}

static enum ex_status
mrz_read(const char *what, const struct ex_document_file *file,
    struct ex_mrz_date today, struct ex_document_data *out,
    struct ex_error *err)
{
	if (!file->mrz)
		return ex_fail(err, EX_ERR_FORMAT, what, "no MRZ");
	enum ex_status status = ex_mrz_parse(what,
	    (const char *const *)file->mrz, file->n_mrz, today, &out->mrz, err);

	if (status == EX_OK)
		out->mrz_check = ex_mrz_passes(&out->mrz) ? EX_CHECK_PASSED
							  : EX_CHECK_FAILED;
	return status;
}

static enum ex_status
portrait_read(const char *what, const char *path, struct ex_document_data *out,
    struct ex_error *err)
{
	enum ex_status status;
	struct ex_blob blob = { 0 };

	if (!path)
		return ex_fail(err, EX_ERR_FORMAT, what, "no portrait");
	status = ex_file_read(path, EX_PORTRAIT_MAX_BYTES, &blob, err);
	if (status != EX_OK)
		return status;
	out->portrait = blob;
	out->portrait_type = ex_portrait_type(ex_blob_bytes(&blob));
	if (out->portrait_type != EX_PORTRAIT_NONE)
		return EX_OK;
	ex_wipe(out->portrait.data, out->portrait.size);
	ex_blob_free(&out->portrait);
	return ex_fail(err, EX_ERR_FORMAT, path,
	    "by its first bytes neither JPEG nor PNG nor JPEG 2000");
}

enum ex_status
ex_document_open(const char *what, const struct ex_document_file *file,
    struct ex_mrz_date today, struct ex_document_data *out,
    struct ex_error *err)
{
	*out = (struct ex_document_data){ 0 };
	if (file->lds)
		return ex_fail(err, EX_ERR_UNSUPPORTED, what,
		    "an LDS folder, which this version does not read: give "
		    "`mrz` and `portrait`");
	enum ex_status status = mrz_read(what, file, today, out, err);

	if (status == EX_OK)
		status = portrait_read(what, file->portrait, out, err);
	return status;
}

void
ex_document_data_fini(struct ex_document_data *d)
{
	ex_wipe(d->portrait.data, d->portrait.size);
	ex_blob_free(&d->portrait);
	ex_wipe(d, sizeof *d);
}
