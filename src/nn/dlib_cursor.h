/* SPDX-License-Identifier: Apache-2.0 */
/* dlib's primitives (dlib/serialize.h of 19.24) from a bounded cursor. */
#ifndef EXEUNT_NN_DLIB_CURSOR_H
#define EXEUNT_NN_DLIB_CURSOR_H

#include "exeunt/base.h"

/* Every call: false when the bytes are short, malformed or out of range. */
bool ex_dlib_int(
    struct ex_bytes *in, int64_t least, int64_t most, int64_t *out);
bool ex_dlib_bool(struct ex_bytes *in, bool *out);
bool ex_dlib_float(struct ex_bytes *in, float *out);
bool ex_dlib_double(struct ex_bytes *in, double *out);
/* A string that equals one of the `words`, a NULL-terminated list. */
bool ex_dlib_word(struct ex_bytes *in, const char *const *words, int *which);

/* A tensor's shape; `values` is its little-endian floats, borrowed. */
struct dlib_tensor {
	int64_t n, k, rows, columns;
	size_t count;
	struct ex_bytes values;
};
bool ex_dlib_tensor(struct ex_bytes *in, struct dlib_tensor *out);
/* A shape into another tensor, without values. */
bool ex_dlib_alias(struct ex_bytes *in, struct dlib_tensor *out);
/* Copy `count` finite floats from `from` on; false if there are fewer. */
bool ex_dlib_values(
    const struct dlib_tensor *t, size_t from, size_t count, float *out);

#endif
