/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An ONNX network made ready for one size of input. Nodes become steps in the
 * file's order, those that only constants decide become constants, and values
 * share memory by when they are used:
 *
 * (Q1) A run allocates nothing.
 * (Q2) No step writes a buffer that a later step still has to read; one that
 *      works value by value may write over its own first input.
 * (Q3) The input buffer is written by the caller alone, constants by nobody.
 */
#include "onnx_plan.h"

#include "flush.h"
#include "ops.h"

#include <assert.h>
#include <stdlib.h>

#define MAX_FLOATS ((int64_t)1 << 28) /* of all buffers */
#define MAX_ARENA  ((size_t)1 << 30)

static enum ex_status (*const planners[])(struct ex_onnx_plan *p) = {
#define ONNX_OP(id, name, least, most, planned_by, attributes)                 \
	ex_onnx_node_##planned_by,
#include "onnx_ops.inc"
#undef ONNX_OP
};

/* ---- nodes ------------------------------------------------------------- */

/* Constants of the file and the input. */
static enum ex_status
make_first_values(struct ex_onnx_plan *p, int batch, int height, int width)
{
	const struct onnx_dims dims = { 4,
		{ batch, p->net->in_dims.channels, height, width } };
	int made;

	for (int i = 0; i < p->net->n_values; i++) {
		const struct onnx_constant *c = p->net->values[i].constant;

		if (c)
			p->values[i] = (struct value){ .made = true,
				.constant = true,
				.whole = c->whole,
				.dims = c->dims,
				.count = c->count,
				.data = c->data,
				.root = i,
				.buffer = -1 };
	}
	return ex_onnx_make(p, p->net->input, &dims, false, false, &made);
}

static enum ex_status
plan_node(struct ex_onnx_plan *p)
{
	for (int i = 0; i < p->node->n_in; i++)
		if (p->node->in[i] >= 0 && !p->values[p->node->in[i]].made)
			return refuse(p, EX_ERR_UNSUPPORTED,
			    "input %d is an output of training", i);
	if (p->node->n_in > 0 && p->node->in[0] < 0)
		return refuse(p, EX_ERR_FORMAT, "it lacks its first input");
	return planners[p->node->op](p);
}

static bool
has_constants_only(struct ex_onnx_plan *p)
{
	for (int i = 0; i < p->node->n_in; i++) {
		const struct value *v = ex_onnx_in(p, i);

		if (v && !v->constant)
			return false;
	}
	return true;
}

/* Constants first, wherever the file has them: exporters put the bounds of a
 * Clip between it and the convolution that it goes into. */
static enum ex_status
plan_nodes(struct ex_onnx_plan *p)
{
	enum ex_status status = EX_OK;

	for (int early = 1; early >= 0; early--)
		for (int i = 0; i < p->net->n_nodes && status == EX_OK; i++) {
			p->node = &p->net->nodes[i];
			if (p->done[i] || (early && !has_constants_only(p)))
				continue;
			p->done[i] = true;
			status = plan_node(p);
		}
	p->node = NULL;
	return status;
}

/* Row by row, whatever order they were made in. */
static enum ex_status
plan_outputs(struct ex_onnx_plan *p)
{
	enum ex_status status = EX_OK;

	for (int i = 0; i < p->net->n_outputs && status == EX_OK; i++) {
		const int v = p->net->outputs[i];

		if (!p->values[v].made)
			return refuse(p, EX_ERR_UNSUPPORTED,
			    "output %d is an output of training", i);
		status = ex_onnx_ordered(p, v, false, &p->outputs[i]);
	}
	return status;
}

/* ---- memory ------------------------------------------------------------ */

static int
root_of(const struct ex_onnx_plan *p, int value)
{
	return p->values[value].root;
}

static void
find_last_uses(struct ex_onnx_plan *p)
{
	for (int i = 0; i < p->n_steps; i++)
		for (int k = 0; k < MAX_OPERANDS; k++)
			if (p->steps[i].value[k] >= 0)
				p->values[root_of(p, p->steps[i].value[k])]
				    .last = i;
	for (int i = 0; i < p->net->n_outputs; i++)
		p->values[root_of(p, p->outputs[i])].last = p->n_steps;
}

/* Buffers while they are given out: until which step each is taken. */
struct lot {
	int *taken_until;
	int64_t *sizes;
	int n;
};

/* May step i write over its first input? (Q2), (Q3) */
static bool
may_overwrite(const struct ex_onnx_plan *p, int i)
{
	const struct step *s = &p->steps[i];
	const struct value *in, *out = &p->values[s->value[0]];

	if (!s->in_place || s->value[1] < 0)
		return false;
	in = &p->values[root_of(p, s->value[1])];
	for (int k = 2; k < MAX_OPERANDS; k++)
		if (s->value[k] >= 0 &&
		    root_of(p, s->value[k]) == root_of(p, s->value[1]))
			return false;
	return !in->constant && in->buffer >= 0 && in->last == i &&
	       in->count == out->count;
}

/* The smallest that is free and large enough, else the largest free, else one
 * more. */
static int
choose(struct lot *lot, int i, int64_t need)
{
	int best = -1;

	for (int b = 0; b < lot->n; b++) {
		if (lot->taken_until[b] >= i)
			continue;
		if (best < 0 || (lot->sizes[best] < need
					? lot->sizes[b] > lot->sizes[best]
					: lot->sizes[b] >= need &&
					      lot->sizes[b] < lot->sizes[best]))
			best = b;
	}
	if (best < 0)
		best = lot->n++;
	if (lot->sizes[best] < need)
		lot->sizes[best] = need;
	return best;
}

static void
give_buffers(struct ex_onnx_plan *p, struct lot *lot)
{
	for (int i = 0; i < p->n_steps; i++) {
		const struct step *s = &p->steps[i];
		struct value *out = &p->values[root_of(p, s->value[0])];

		assert(!out->constant);
		if (out->buffer >= 0) /* written in parts */
			continue;
		out->buffer = may_overwrite(p, i)
				  ? p->values[root_of(p, s->value[1])].buffer
				  : choose(lot, i, out->count);
		lot->taken_until[out->buffer] = out->last;
	}
}

static enum ex_status
allocate(struct ex_onnx_plan *p, const struct lot *lot)
{
	int64_t all = p->values[p->net->input].count;

	for (int b = 0; b < lot->n; b++)
		all += lot->sizes[b];
	if (all > MAX_FLOATS)
		return refuse(p, EX_ERR_TOO_LARGE,
		    "takes over %lld values of memory", (long long)MAX_FLOATS);
	p->sizes = lot->sizes;
	p->n_buffers = lot->n;
	p->buffers = ex_calloc((size_t)lot->n + 1, sizeof *p->buffers);
	if (!p->buffers)
		return ex_onnx_no_memory(p);
	for (int b = 0; b < lot->n; b++) {
		p->buffers[b] = ex_calloc((size_t)lot->sizes[b], sizeof(float));
		if (!p->buffers[b])
			return ex_onnx_no_memory(p);
	}
	p->input =
	    ex_calloc((size_t)p->values[p->net->input].count, sizeof(float));
	p->scratch = ex_calloc(p->scratch_size + 1, 1);
	return p->input && p->scratch ? EX_OK : ex_onnx_no_memory(p);
}

static enum ex_status
plan_memory(struct ex_onnx_plan *p)
{
	struct lot lot = { 0 };
	enum ex_status status;

	find_last_uses(p);
	lot.sizes =
	    ex_arena_alloc(p->arena, (size_t)p->n_steps + 1, sizeof *lot.sizes);
	lot.taken_until = ex_calloc((size_t)p->n_steps + 1, sizeof(int));
	if (!lot.sizes || !lot.taken_until) {
		free(lot.taken_until);
		return ex_onnx_no_memory(p);
	}
	give_buffers(p, &lot);
	status = allocate(p, &lot);
	free(lot.taken_until);
	return status;
}

static float *
data_of(const struct ex_onnx_plan *p, int value)
{
	const struct value *v = &p->values[value];

	if (v->constant)
		return (float *)(uintptr_t)v->data; /* (Q3) */
	if (v->root == p->net->input)
		return p->input;
	return p->buffers[p->values[v->root].buffer];
}

static void
bind(struct ex_onnx_plan *p)
{
	for (int i = 0; i < p->n_steps; i++) {
		struct step *s = &p->steps[i];

		s->scratch = p->scratch;
		for (int k = 0; k < MAX_OPERANDS; k++)
			if (s->value[k] >= 0)
				s->data[k] = data_of(p, s->value[k]);
	}
}

/* ---- the plan ---------------------------------------------------------- */

static enum ex_status
begin(struct ex_onnx_plan *p)
{
	p->room_values =
	    p->net->n_values; /* grows: values have no fixed place */
	p->n_values = p->net->n_values;
	p->values = ex_calloc((size_t)p->room_values, sizeof *p->values);
	p->done = ex_calloc((size_t)p->net->n_nodes + 1, sizeof *p->done);
	p->arena = ex_arena_new(MAX_ARENA);
	return p->values && p->done && p->arena ? EX_OK : ex_onnx_no_memory(p);
}

enum ex_status
ex_onnx_plan_new(const struct ex_onnx_net *n, int batch, int height, int width,
    struct ex_onnx_plan **out, struct ex_error *err)
{
	struct ex_onnx_plan *p;
	enum ex_status status;

	*out = NULL;
	if (batch < 1 || batch > 64 || height < 1 || height > 32768 ||
	    width < 1 || width > 32768)
		return ex_fail(err, EX_ERR_TOO_LARGE, n->what,
		    "cannot take %d pictures of %d x %d", batch, width, height);
	p = ex_calloc(1, sizeof *p);
	if (!p)
		return ex_fail(err, EX_ERR_NOMEM, n->what, "%s",
		    ex_status_text(EX_ERR_NOMEM));
	p->net = n;
	p->err = err;
	status = begin(p);
	if (status == EX_OK)
		status = make_first_values(p, batch, height, width);
	if (status == EX_OK)
		status = plan_nodes(p);
	if (status == EX_OK)
		status = plan_outputs(p);
	if (status == EX_OK)
		status = plan_memory(p);
	if (status == EX_OK)
		bind(p);
	p->err = NULL;
	if (status != EX_OK)
		ex_onnx_plan_free(&p);
	*out = p;
	return status;
}

void
ex_onnx_plan_wipe(struct ex_onnx_plan *p)
{
	if (p->input)
		ex_wipe(p->input,
		    (size_t)p->values[p->net->input].count * sizeof(float));
	for (int b = 0; p->buffers && b < p->n_buffers; b++)
		if (p->buffers[b])
			ex_wipe(
			    p->buffers[b], (size_t)p->sizes[b] * sizeof(float));
	if (p->scratch)
		ex_wipe(p->scratch, p->scratch_size);
}

void
ex_onnx_plan_free(struct ex_onnx_plan **plan)
{
	struct ex_onnx_plan *p = *plan;

	if (!p)
		return;
	ex_onnx_plan_wipe(p);
	for (int i = 0; i < p->n_steps; i++) {
		ex_conv_free(&p->steps[i].conv);
		ex_winograd_free(&p->steps[i].winograd);
	}
	for (int b = 0; p->buffers && b < p->n_buffers; b++)
		free(p->buffers[b]);
	free(p->buffers);
	free(p->input);
	free(p->scratch);
	free(p->steps);
	free(p->values);
	free(p->done);
	ex_arena_free(&p->arena);
	free(p);
	*plan = NULL;
}

float *
ex_onnx_plan_input(struct ex_onnx_plan *p)
{
	return p->input;
}

enum ex_status
ex_onnx_plan_run(struct ex_onnx_plan *p)
{
	const unsigned held = flush_begin();
	bool ok = true;

	for (int i = 0; i < p->n_steps && ok; i++)
		ok = p->steps[i].run(&p->steps[i]);
	flush_end(held);
	return ok ? EX_OK : EX_ERR_INTERNAL;
}

struct ex_onnx_tensor
ex_onnx_plan_output(const struct ex_onnx_plan *p, unsigned i)
{
	const struct value *v = &p->values[p->outputs[i]];
	struct ex_onnx_tensor t = { .data = data_of(p, p->outputs[i]),
		.rank = v->dims.rank };

	for (int k = 0; k < t.rank; k++)
		t.dims[k] = v->dims.n[k];
	return t;
}
