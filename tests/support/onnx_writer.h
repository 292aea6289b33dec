/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ONNX files for tests and benchmarks, written from what a test says:
 *
 *   onnx_begin(&m, 13);
 *   onnx_weights(&m, "w", "8,3,3,3", 0.2);
 *   onnx_node(&m, "Conv", "x w", "y", "pads:I=1,1,1,1 group:i=1");
 *   onnx_end(&m, "x", "1,3,16,16", "y");
 *   ... m.file.data, m.file.n ...
 *   onnx_free(&m);
 *
 * Attributes are `name:type=value,value`, with the letters of onnx_ops.inc:
 * i f s I F. Names of nodes are the names of their outputs.
 */
#ifndef EXEUNT_ONNX_WRITER_H
#define EXEUNT_ONNX_WRITER_H

#include <stdlib.h>
#include <string.h>

#include "exeunt/base.h"

struct onnx_bytes {
	uint8_t *data;
	size_t n, room;
};

struct onnx_model {
	struct onnx_bytes nodes, initializers; /* fields of the graph */
	struct onnx_bytes file;
	struct ex_rng rng;
	int opset;
};

static inline void
onnx_put(struct onnx_bytes *b, const void *data, size_t n)
{
	if (b->n + n > b->room) {
		b->room = 2 * (b->n + n) + 64;
		b->data = realloc(b->data, b->room);
		if (!b->data)
			abort();
	}
	if (n > 0)
		memcpy(b->data + b->n, data, n);
	b->n += n;
}

static inline void
onnx_put_varint(struct onnx_bytes *b, uint64_t v)
{
	for (;; v >>= 7) {
		const uint8_t byte = (uint8_t)(v & 127) | (v > 127 ? 128 : 0);

		onnx_put(b, &byte, 1);
		if (v <= 127)
			return;
	}
}

static inline void
onnx_put_int(struct onnx_bytes *b, unsigned field, int64_t v)
{
	onnx_put_varint(b, (uint64_t)field << 3);
	onnx_put_varint(b, (uint64_t)v);
}

static inline void
onnx_put_float(struct onnx_bytes *b, unsigned field, float v)
{
	onnx_put_varint(b, (uint64_t)field << 3 | 5);
	onnx_put(b, &v, sizeof v); /* little endian, as all we run on */
}

static inline void
onnx_put_bytes(struct onnx_bytes *b, unsigned field, const void *data, size_t n)
{
	onnx_put_varint(b, (uint64_t)field << 3 | 2);
	onnx_put_varint(b, n);
	onnx_put(b, data, n);
}

static inline void
onnx_put_text(struct onnx_bytes *b, unsigned field, const char *s)
{
	onnx_put_bytes(b, field, s, strlen(s));
}

/* Move `part` into b as one field. */
static inline void
onnx_put_part(struct onnx_bytes *b, unsigned field, struct onnx_bytes *part)
{
	onnx_put_bytes(b, field, part->data, part->n);
	free(part->data);
	*part = (struct onnx_bytes){ 0 };
}

static inline void
onnx_begin(struct onnx_model *m, int opset)
{
	*m = (struct onnx_model){ .opset = opset };
	ex_rng_init(&m->rng, 7);
}

static inline void
onnx_free(struct onnx_model *m)
{
	free(m->nodes.data);
	free(m->initializers.data);
	free(m->file.data);
	*m = (struct onnx_model){ 0 };
}

/* ---- tensors ----------------------------------------------------------- */

/* "8,3,3,3" as fields; returns how many values that are. "": one, rank 0. */
static inline size_t
onnx_put_dims(struct onnx_bytes *b, const char *dims)
{
	size_t n = 1;
	char *end;

	for (const char *p = dims; *p; p = *end ? end + 1 : end) {
		const int64_t d = strtoll(p, &end, 10);

		onnx_put_int(b, 1, d);
		n *= (size_t)d;
	}
	return n;
}

static inline void
onnx_add_tensor(struct onnx_model *m, struct onnx_bytes *t, const char *name)
{
	onnx_put_text(t, 8, name);
	onnx_put_part(&m->initializers, 5, t);
}

static inline void
onnx_floats(
    struct onnx_model *m, const char *name, const char *dims, const float *data)
{
	struct onnx_bytes t = { 0 };
	const size_t n = onnx_put_dims(&t, dims);

	onnx_put_int(&t, 2, 1);
	onnx_put_bytes(&t, 9, data, n * sizeof *data);
	onnx_add_tensor(m, &t, name);
}

/* As many values as `dims` say, normal around `mean`. */
static inline void
onnx_random(struct onnx_model *m, const char *name, const char *dims,
    double mean, double deviation, bool positive)
{
	struct onnx_bytes unused = { 0 };
	const size_t n = onnx_put_dims(&unused, dims);
	float *data = malloc((n + 1) * sizeof *data);

	if (!data)
		abort();
	for (size_t i = 0; i < n; i++) {
		const double x = mean + deviation * ex_rng_normal(&m->rng);

		data[i] = (float)(positive && x < 0.1 ? 0.1 : x);
	}
	onnx_floats(m, name, dims, data);
	free(data);
	free(unused.data);
}

static inline void
onnx_weights(
    struct onnx_model *m, const char *name, const char *dims, double deviation)
{
	onnx_random(m, name, dims, 0, deviation, false);
}

/* Numbers "0.5,2" as float32, rank 1. */
static inline void
onnx_numbers(struct onnx_model *m, const char *name, const char *values)
{
	struct onnx_bytes t = { 0 }, data = { 0 };
	char *end;

	for (const char *p = values; *p; p = *end ? end + 1 : end) {
		const float v = strtof(p, &end);

		onnx_put(&data, &v, sizeof v);
	}
	onnx_put_int(&t, 1, (int64_t)(data.n / 4));
	onnx_put_int(&t, 2, 1);
	onnx_put_part(&t, 9, &data);
	onnx_add_tensor(m, &t, name);
}

/* Whole numbers "1,-1,512" as int64; `scalar`: of rank 0. */
static inline void
onnx_ints(
    struct onnx_model *m, const char *name, const char *values, bool scalar)
{
	struct onnx_bytes t = { 0 }, data = { 0 };
	char *end;

	for (const char *p = values; *p; p = *end ? end + 1 : end) {
		const int64_t v = strtoll(p, &end, 10);

		onnx_put(&data, &v, sizeof v);
	}
	if (!scalar)
		onnx_put_int(&t, 1, (int64_t)(data.n / 8));
	onnx_put_int(&t, 2, 7);
	onnx_put_part(&t, 9, &data);
	onnx_add_tensor(m, &t, name);
}

/* ---- nodes ------------------------------------------------------------- */

/* Words of `text`, one by one, as fields. */
static inline void
onnx_put_words(struct onnx_bytes *b, unsigned field, const char *text)
{
	while (*text) {
		const size_t n = strcspn(text, " ");

		/* `-` is an input left out. */
		onnx_put_bytes(b, field, text, n == 1 && *text == '-' ? 0 : n);
		text += n;
		text += strspn(text, " ");
	}
}

static inline int
onnx_attribute_type(char letter)
{
	static const char letters[] = "?fist?FI";

	return (int)(strchr(letters, letter) - letters);
}

/* "pads:I=1,1" of n bytes. */
static inline void
onnx_put_attribute(struct onnx_bytes *node, const char *text, size_t n)
{
	const size_t name = strcspn(text, ":");
	const char letter = text[name + 1];
	const char *value = text + name + 3;
	struct onnx_bytes a = { 0 };
	char *end;

	onnx_put_bytes(&a, 1, text, name);
	onnx_put_int(&a, 20, onnx_attribute_type(letter));
	if (letter == 's')
		onnx_put_bytes(&a, 4, value, (size_t)(text + n - value));
	else if (letter == 'i')
		onnx_put_int(&a, 3, strtoll(value, NULL, 10));
	else if (letter == 'f')
		onnx_put_float(&a, 2, strtof(value, NULL));
	for (const char *p = value; letter == 'I' && p < text + n; p = end + 1)
		onnx_put_int(&a, 8, strtoll(p, &end, 10));
	for (const char *p = value; letter == 'F' && p < text + n; p = end + 1)
		onnx_put_float(&a, 7, strtof(p, &end));
	onnx_put_part(node, 5, &a);
}

/* Begin and end of a node, for tests that put more into it. */
static inline void
onnx_node_begin(struct onnx_bytes *node, const char *op, const char *inputs,
    const char *outputs, const char *attributes)
{
	onnx_put_words(node, 1, inputs);
	onnx_put_words(node, 2, outputs);
	onnx_put_bytes(node, 3, outputs, strcspn(outputs, " "));
	onnx_put_text(node, 4, op);
	while (*attributes) {
		const size_t n = strcspn(attributes, " ");

		onnx_put_attribute(node, attributes, n);
		attributes += n;
		attributes += strspn(attributes, " ");
	}
}

static inline void
onnx_node(struct onnx_model *m, const char *op, const char *inputs,
    const char *outputs, const char *attributes)
{
	struct onnx_bytes node = { 0 };

	onnx_node_begin(&node, op, inputs, outputs, attributes);
	onnx_put_part(&m->nodes, 1, &node);
}

/* ---- the file ---------------------------------------------------------- */

/* A value's name and type: floats, with sizes unless NULL. */
static inline void
onnx_put_value(struct onnx_bytes *graph, unsigned field, const char *name,
    size_t n, const char *dims)
{
	struct onnx_bytes value = { 0 }, type = { 0 }, tensor = { 0 },
			  shape = { 0 };
	char *end;

	for (const char *p = dims ? dims : ""; *p; p = *end ? end + 1 : end) {
		struct onnx_bytes dim = { 0 };

		onnx_put_int(&dim, 1, strtoll(p, &end, 10));
		onnx_put_part(&shape, 1, &dim);
	}
	onnx_put_int(&tensor, 1, 1);
	if (dims)
		onnx_put_part(&tensor, 2, &shape);
	onnx_put_part(&type, 1, &tensor);
	onnx_put_bytes(&value, 1, name, n);
	onnx_put_part(&value, 2, &type);
	onnx_put_part(graph, field, &value);
	free(shape.data);
}

static inline void
onnx_end(struct onnx_model *m, const char *input, const char *dims,
    const char *outputs)
{
	struct onnx_bytes graph = { 0 }, opset = { 0 };

	onnx_put(&graph, m->nodes.data, m->nodes.n);
	onnx_put_text(&graph, 2, "graph");
	onnx_put(&graph, m->initializers.data, m->initializers.n);
	onnx_put_value(&graph, 11, input, strlen(input), dims);
	while (*outputs) {
		const size_t n = strcspn(outputs, " ");

		onnx_put_value(&graph, 12, outputs, n, NULL);
		outputs += n;
		outputs += strspn(outputs, " ");
	}
	onnx_put_int(&m->file, 1, 8);
	onnx_put_part(&m->file, 7, &graph);
	onnx_put_text(&opset, 1, "");
	onnx_put_int(&opset, 2, m->opset);
	onnx_put_part(&m->file, 8, &opset);
}

static inline struct ex_bytes
onnx_file(const struct onnx_model *m)
{
	return (struct ex_bytes){ m->file.data, m->file.n };
}

#endif
