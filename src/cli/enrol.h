/* SPDX-License-Identifier: Apache-2.0 */
/* Templates of many photographs: what `calibrate` and `eval pairs` do. */
#ifndef EXEUNT_CLI_ENROL_H
#define EXEUNT_CLI_ENROL_H

#include "cli.h"

struct photo {
	char *path;
	char person[64];
	enum ex_status status; /* of reading the picture */
	bool found;            /* a face, and so a template */
	int quality;           /* 0..100 */
	struct ex_template template;
};

/* Fill in all but path and person, on c->threads, with progress. The face is
 * the one at the picture's middle. EX_OK, EX_ERR_INTERRUPTED, EX_ERR_NOMEM. */
enum ex_status enrol_all(struct cli *c, const struct ex_face_models *m,
    struct photo *photos, size_t n);

void photo_wipe(struct photo *p);

#endif
