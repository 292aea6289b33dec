/* SPDX-License-Identifier: Apache-2.0 */
/* What a picture is of, and how long it may be kept. */
#ifndef EXEUNT_LEDGER_PICTURES_H
#define EXEUNT_LEDGER_PICTURES_H

#include "exeunt/ledger.h"

/* Check the pictures of a crossing: names of somebody in it, each once, JPEG,
 * within EX_PICTURE_MOST; none of an opted-out vehicle. EX_ERR_INPUT,
 * EX_ERR_TOO_LARGE. */
enum ex_status ex_pictures_check(const struct ex_crossing *c,
    const struct ex_picture pictures[], size_t n, struct ex_error *err);

/* The class of a picture that was checked. */
enum ex_retention_class ex_picture_class(
    const struct ex_crossing *c, const char *name, const char *host);

#endif
