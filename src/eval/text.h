/* SPDX-License-Identifier: Apache-2.0 */
/* Text from outside, made harmless for the place it is put in. */
#ifndef EXEUNT_EVAL_TEXT_H
#define EXEUNT_EVAL_TEXT_H

#include <stdio.h>

#include "exeunt/base.h"

/* In quotes; what is no UTF-8 becomes U+FFFD. */
void ex_text_json(FILE *f, const char *s);
/* For elements and quoted attributes; control characters become U+FFFD. */
void ex_text_html(FILE *f, const char *s);
/* For a terminal: control characters become '?', padded to `width`. */
void ex_text_plain(FILE *f, const char *s, int width);
/* RFC 4648, 4. */
void ex_text_base64(FILE *f, struct ex_bytes in);

/* What `put` prints, as a heap string, free(); NULL when out of memory. */
char *ex_text_written(void (*put)(FILE *f, const void *arg), const void *arg);

#endif
