/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON inside the room facts. Reading: a value knows where it stands, so that
 * an error names file and field ("scene.json: vehicles[2].frames[7]").
 * Writing: text in the order of construction, numbers in the form we choose.
 */
#ifndef EXEUNT_FACTS_JSON_H
#define EXEUNT_FACTS_JSON_H

#include <jansson.h>

#include "exeunt/facts.h"

/* ---- reading ----------------------------------------------------------- */

/* A value, borrowed from its tree; `value` is NULL where the key is absent. */
struct ex_json {
	json_t *value;
	const struct ex_json *up; /* what holds it; NULL for the root */
	const char *key;          /* its name there; NULL in an array */
	size_t index;             /* its place in an array */
	const char *file;
	struct ex_error *err; /* may be NULL */
};

/* Parse text of at most 4 million values. Repeated keys and NUL characters
 * are refused. Errors do not quote the text: it may be personal data.
 * The root is json_decref'd by the caller; NULL on failure. */
enum ex_status ex_json_parse(
    const char *file, struct ex_bytes text, json_t **out, struct ex_error *err);
/* The same for a file of at most `max_bytes`; its bytes are wiped. */
enum ex_status ex_json_load(
    const char *path, size_t max_bytes, json_t **out, struct ex_error *err);

struct ex_json ex_json_root(
    const char *file, json_t *value, struct ex_error *err);
/* Member of an object; `up` must outlive it. Absent and null are the same. */
struct ex_json ex_json_key(const struct ex_json *up, const char *key);
struct ex_json ex_json_at(const struct ex_json *up, size_t index);

enum ex_status ex_json_fail(const struct ex_json *j, enum ex_status status,
    const char *why, ...) __attribute__((format(printf, 3, 4)));
#ifdef __clang_analyzer__ /* as for ex_fail */
#define ex_json_fail(j, status, ...)                                           \
	((void)ex_json_fail(j, status, __VA_ARGS__), (status))
#endif

/* Each checks type and range and says what it wants; outputs are written only
 * on EX_OK. Bounds are inclusive. */
enum ex_status ex_json_object(const struct ex_json *j);
/* More than `max`: EX_ERR_TOO_LARGE. */
enum ex_status ex_json_array(
    const struct ex_json *j, size_t min, size_t max, size_t *n);
/* Lengths in bytes; no control characters. Borrowed from the tree. */
enum ex_status ex_json_string(
    const struct ex_json *j, size_t min, size_t max, const char **out);
enum ex_status ex_json_string_copy(
    const struct ex_json *j, size_t min, size_t max, char **out);
enum ex_status ex_json_number(
    const struct ex_json *j, double low, double high, double *out);
enum ex_status ex_json_integer(
    const struct ex_json *j, int64_t low, int64_t high, int64_t *out);
/* Absent: `absent`. */
enum ex_status ex_json_bool(const struct ex_json *j, bool absent, bool *out);
enum ex_status ex_json_time(const struct ex_json *j, int64_t *ms);
/* [x,y,w,h] with w and h over 0. */
enum ex_status ex_json_box(const struct ex_json *j, struct ex_box *out);

/* ---- writing ----------------------------------------------------------- */

/* Growing text; after a failed allocation all calls do nothing. Zero it to
 * begin. The program stays in the C locale: a decimal point is a point. */
struct ex_json_out {
	char *text;
	size_t size, room;
	size_t column; /* since the last end of line, bytes */
	bool failed;
};

void ex_json_put(struct ex_json_out *o, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Quoted and escaped; bytes that are not UTF-8 become U+FFFD. */
void ex_json_put_string(struct ex_json_out *o, const char *s);
/* ["a","b"], wrapped at 80 columns with `indent` blanks. */
void ex_json_put_strings(
    struct ex_json_out *o, const char *const list[], size_t n, unsigned indent);
/* With so many decimals, or significant digits; null where not finite. */
void ex_json_put_fixed(struct ex_json_out *o, int decimals, double v);
void ex_json_put_digits(struct ex_json_out *o, int digits, double v);
void ex_json_put_box(struct ex_json_out *o, struct ex_box box);
/* The text, now the caller's; NULL when out of memory. */
char *ex_json_take(struct ex_json_out *o);
/* Write the text to a file and release it. */
enum ex_status ex_json_save(
    struct ex_json_out *o, const char *path, struct ex_error *err);

#endif
