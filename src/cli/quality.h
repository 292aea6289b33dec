/* SPDX-License-Identifier: Apache-2.0 */
/* The quality of a face, for people and as JSON. */
#ifndef EXEUNT_CLI_QUALITY_H
#define EXEUNT_CLI_QUALITY_H

#include "cli.h"

struct quality_line {
	const char *image;
	size_t faces; /* found; the largest was judged */
	struct ex_box box;
	const struct ex_face_components *components;
};

enum ex_status quality_json(const struct quality_line *q);
/* One picture: a line and a bar for each component. */
void quality_sheet(const struct quality_line *q);
/* Several: a row each, under a heading. */
void quality_heading(void);
void quality_row(const struct quality_line *q);

#endif
