/* SPDX-License-Identifier: Apache-2.0 */
/* Tensors of the file (onnx.proto, TensorProto): whole numbers become floats,
 * floats stay where they are. */
#include "onnx_file.h"

#include <math.h>
#include <string.h>

int64_t
ex_onnx_count(const struct onnx_dims *d)
{
	const int64_t most = (int64_t)1 << 27;
	int64_t n = 1;
	bool empty = false;

	for (int i = 0; i < d->rank; i++) {
		if (d->n[i] < 0 || d->n[i] > most)
			return -1;
		empty |= d->n[i] == 0;
		if (d->n[i] > 0)
			n *= d->n[i];
		if (n > most)
			return -1;
	}
	return empty ? 0 : n;
}

float *
ex_onnx_constant_new(struct ex_onnx_net *net, bool whole, int rank, size_t n,
    const struct onnx_constant **out)
{
	struct onnx_constant *c = ex_arena_alloc(net->arena, 1, sizeof *c);
	float *data = ex_arena_alloc(net->arena, n, sizeof *data);

	if (!c || !data)
		return NULL;
	*c = (struct onnx_constant){ .whole = whole, .data = data };
	c->count = (int64_t)n;
	c->dims.rank = rank;
	c->dims.n[0] = (int64_t)n;
	*out = c;
	return data;
}

static uint64_t
little_endian(const uint8_t *p, size_t size)
{
	uint64_t v = 0;

	for (size_t i = 0; i < size; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

/* Whole numbers, by whichever of three ways the file holds them. */
static bool
whole_numbers(const ExOnnx__Tensor *t, size_t count, float *to)
{
	const size_t size = t->data_type == TYPE_INT64   ? 8
			    : t->data_type == TYPE_INT32 ? 4
							 : 1;
	const bool in_64 = t->data_type == TYPE_INT64;

	if (t->has_raw_data) {
		if (t->raw_data.len != count * size)
			return false;
		for (size_t i = 0; i < count; i++) {
			uint64_t v =
			    little_endian(t->raw_data.data + i * size, size);

			to[i] =
			    size == 4 ? (float)(int32_t)v : (float)(int64_t)v;
		}
		return true;
	}
	if ((in_64 ? t->n_int64_data : t->n_int32_data) != count)
		return false;
	for (size_t i = 0; i < count; i++)
		to[i] =
		    in_64 ? (float)t->int64_data[i] : (float)t->int32_data[i];
	return true;
}

/* The file's floats, in place: protobuf's memory is aligned. */
static const float *
floats(ExOnnx__Tensor *t, size_t count)
{
	float *p;

	if (!t->has_raw_data)
		return t->n_float_data == count ? t->float_data : NULL;
	if (t->raw_data.len != count * sizeof *p)
		return NULL;
	p = (void *)t->raw_data.data;
	for (size_t i = 0; i < count; i++) {
		uint32_t bits =
		    (uint32_t)little_endian(t->raw_data.data + i * 4, 4);

		memcpy(p + i, &bits, sizeof bits);
	}
	return p;
}

/* Single values may be infinite: they bound others. */
static bool
are_numbers(const float *p, int64_t n)
{
	if (n == 1)
		return !isnan(p[0]);
	for (int64_t i = 0; i < n; i++)
		if (!isfinite(p[i]))
			return false;
	return true;
}

static const char *
problem_of(const ExOnnx__Tensor *t)
{
	if (t->n_external_data > 0 || t->data_location != 0)
		return "its data are in another file";
	if (t->has_segment)
		return "its data are in segments";
	if (t->data_type != TYPE_FLOAT && t->data_type != TYPE_INT32 &&
	    t->data_type != TYPE_INT64 && t->data_type != TYPE_BOOL)
		return "its data are not float, int32, int64 or bool";
	return t->n_dims > ONNX_RANK ? "it has more than 6 dimensions" : NULL;
}

enum ex_status
ex_onnx_tensor_take(struct ex_onnx_net *net, ExOnnx__Tensor *t,
    const struct onnx_constant **out, const char **problem)
{
	struct onnx_constant *c;
	float *whole;

	*problem = problem_of(t);
	if (*problem)
		return EX_ERR_UNSUPPORTED;
	c = ex_arena_alloc(net->arena, 1, sizeof *c);
	if (!c)
		return EX_ERR_NOMEM;
	*c = (struct onnx_constant){ .whole = t->data_type != TYPE_FLOAT };
	c->dims.rank = (int)t->n_dims;
	for (int i = 0; i < c->dims.rank; i++)
		c->dims.n[i] = t->dims[i];
	c->count = ex_onnx_count(&c->dims);
	*problem = "its sizes are negative or too large";
	if (c->count < 0)
		return EX_ERR_FORMAT;
	*problem = "it does not hold what its sizes say";
	if (c->whole) {
		/* Each takes a byte of the file at least. */
		if ((uint64_t)c->count >
		    t->raw_data.len + t->n_int64_data + t->n_int32_data)
			return EX_ERR_FORMAT;
		whole =
		    ex_arena_alloc(net->arena, (size_t)c->count, sizeof *whole);
		if (!whole)
			return EX_ERR_NOMEM;
		if (!whole_numbers(t, (size_t)c->count, whole))
			return EX_ERR_FORMAT;
		c->data = whole;
	} else if (c->count > 0) {
		c->data = floats(t, (size_t)c->count);
		if (!c->data)
			return EX_ERR_FORMAT;
	}
	*problem = "it holds what is no number";
	if (!are_numbers(c->data, c->count))
		return EX_ERR_FORMAT;
	*out = c;
	return EX_OK;
}
